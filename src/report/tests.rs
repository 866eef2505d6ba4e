//! Three saved runs that every format is held to: all green, mixed with hostile texts, interrupted.

use std::{fs, path::Path};

use super::{Format, Report, Style, write};

pub(super) fn green() -> Report {
    Report::from_json(include_str!("../../tests/reports/green.json")).unwrap()
}

pub(super) fn mixed() -> Report {
    Report::from_json(include_str!("../../tests/reports/mixed.json")).unwrap()
}

pub(super) fn interrupted() -> Report {
    Report::from_json(include_str!("../../tests/reports/interrupted.json")).unwrap()
}

/// A thousand findings.
fn many() -> Report {
    let mut report = mixed();
    let findings = report.findings.clone();
    report.findings = (0..1_000)
        .map(|index| {
            let mut finding = findings[index % findings.len()].clone();
            finding.rule = format!("{}.{index}", finding.rule);
            finding
        })
        .collect();
    report
}

/// A report in a format.
pub(super) fn text(report: &Report, format: Format) -> String {
    let style = Style {
        width: 80,
        colour: false,
        unicode: true,
        verbose: false,
    };
    let mut out = Vec::new();
    write(report, format, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_a_stranger_sent_acts_in_no_format() {
    for format in Format::ALL {
        let text = text(&mixed(), format);
        assert!(text.ends_with('\n'), "{format:?}");
        for character in text.chars() {
            let plain = !character.is_control() || matches!(character, '\n' | '\r');
            let data = matches!(format, Format::Json | Format::Ndjson);
            assert!(
                plain && (data || character != '\u{202e}'),
                "{format:?}: {character:?}"
            );
        }
    }
}

#[test]
fn a_thousand_findings_are_all_told_where_nothing_limits_the_length() {
    let report = many();
    for (format, last) in [
        (Format::Ndjson, 1),
        (Format::Junit, 1),
        (Format::Tap, 1),
        (Format::Csv, 1),
        (Format::Html, 1),
        (Format::Prometheus, 2),
    ] {
        let text = text(&report, format);
        assert_eq!(text.matches("demo.users.999").count(), last, "{format:?}");
    }
}

#[test]
fn the_page_of_a_thousand_findings_can_be_mailed() {
    let filtered = include_str!("../../tests/reports/v0.1.0/filtered.json");
    let mut report = Report::from_json(filtered).unwrap();
    let findings = report.findings.clone();
    report.findings = findings.into_iter().cycle().take(1_000).collect();
    assert!(text(&report, Format::Html).len() < 1_500_000);
    assert!(text(&many(), Format::Html).len() < 1_500_000);
}

/// Holds the saved texts to what is written; with `PORTCHECK_BLESS` it saves them instead.
#[test]
fn every_format_is_as_it_was_read_and_approved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports");
    for (name, report) in [
        ("green", green()),
        ("mixed", mixed()),
        ("interrupted", interrupted()),
    ] {
        for format in [
            Format::Ndjson,
            Format::Junit,
            Format::Tap,
            Format::Sarif,
            Format::Markdown,
            Format::Csv,
            Format::Prometheus,
            Format::Nagios,
            Format::Github,
        ] {
            let file = folder.join(format!("{name}.{}", format.word()));
            let text = text(&report, format);
            if std::env::var_os("PORTCHECK_BLESS").is_some() {
                fs::write(&file, &text).unwrap();
            }
            let saved = fs::read_to_string(&file).unwrap();
            assert_eq!(text, saved, "{}", file.display());
        }
    }
}

#[test]
fn the_name_of_a_file_may_speak_of_a_format() {
    for (path, format) in [
        ("a/report.html", Some(Format::Html)),
        ("junit", Some(Format::Junit)),
        ("out.xml", Some(Format::Junit)),
        ("report.txt", None),
        ("report", None),
    ] {
        assert_eq!(Format::of_name(Path::new(path)), format, "{path}");
    }
}
