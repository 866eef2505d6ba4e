//! A diff for people: root causes first, then the changes by kind, one last line.

use super::{Change, Diff, Kind, counts};
use crate::report::{Sheet, Style, Tone};

/// The diff as text, with a line feed at the end.
pub(super) fn table(diff: &Diff, style: &Style) -> String {
    let mut sheet = Sheet::new(style);
    for root in &diff.root_causes {
        sheet.blank();
        sheet.title(Tone::Bad, &format!("{}: {}", root.cause, root.title));
        for evidence in &root.evidence {
            sheet.paragraph("  ", evidence);
        }
        remedy(&mut sheet, &root.remedy);
    }
    for kind in Kind::ALL {
        let mut of_kind = diff.changes.iter().filter(|it| it.kind == kind).peekable();
        if of_kind.peek().is_some() {
            sheet.heading(&capitalised(kind.words()));
        }
        for change in of_kind {
            write_change(&mut sheet, change);
        }
    }
    ending(&mut sheet, diff);
    sheet.into_text()
}

fn write_change(sheet: &mut Sheet<'_>, change: &Change) {
    let states: Vec<String> = [&change.old, &change.new]
        .into_iter()
        .flatten()
        .map(super::State::words)
        .collect();
    let arrow = format!(" {}", sheet.arrow());
    let text = format!("{}: {}", change.title, states.join(&arrow));
    sheet.title(tone(change), &text);
    if change.is_told() {
        for evidence in &change.evidence {
            sheet.paragraph("  ", evidence);
        }
        if let Some(text) = &change.remedy {
            remedy(sheet, text);
        }
    }
}

fn remedy(sheet: &mut Sheet<'_>, text: &str) {
    let lead = format!("  {}", sheet.arrow());
    sheet.paragraph(&lead, text);
}

fn tone(change: &Change) -> Tone {
    match change.kind {
        Kind::Gone => Tone::Quiet,
        Kind::Broken | Kind::New if super::is_worse(change) => Tone::Bad,
        Kind::Broken | Kind::OtherCause => Tone::Warning,
        Kind::New | Kind::Fixed => Tone::Good,
    }
}

fn ending(sheet: &mut Sheet<'_>, diff: &Diff) {
    sheet.blank();
    let (tone, word) = if diff.worse {
        (Tone::Bad, "WORSE")
    } else if diff.lost > 0 {
        (Tone::Unknown, "UNKNOWN")
    } else if diff.summary.fixed > 0 {
        (Tone::Good, "BETTER")
    } else {
        (Tone::Good, "NO WORSE")
    };
    let (old, new) = (&diff.old, &diff.new);
    let sides = format!(
        "from {} {} to {} {}",
        old.host, old.started, new.host, new.started
    );
    sheet.paragraph("", &sides);
    if let Some(profiles) = diff.told_profiles() {
        sheet.paragraph("", &profiles);
    }
    let lost = match diff.lost {
        0 => String::new(),
        _ if diff.worse => String::new(),
        1 => "; 1 check that worked was not made again".to_owned(),
        lost => format!("; {lost} checks that worked were not made again"),
    };
    let text = format!(
        "{word}: {}{lost} (exit {})",
        counts(&diff.summary),
        diff.exit_code()
    );
    sheet.verdict(tone, &text);
}

fn capitalised(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
