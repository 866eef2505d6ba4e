//! Text for people within a width: wrapped paragraphs, aligned lines, marks and colours.

use std::{collections::HashSet, fmt::Write as _};

use anstyle::{AnsiColor, Style as Paint};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, Table, Width};

use super::{
    Style,
    fold::{Detail, Lead, Line, Rest, Tone},
};
use crate::text;

/// The mark, a blank, a word of at most 7 characters, two blanks; more where a word is longer.
const STATUS: usize = 11;
/// Blanks between two columns.
const GAP: usize = 2;
/// A result that is longer is cut or wrapped.
const RESULT: usize = 32;
/// A service column narrower than this says nothing.
const SERVICE: usize = 8;
/// Lines are laid out for at least and at most so many columns: below they cannot be read, above
/// the eye loses the line.
const WIDTH: (usize, usize) = (60, 120);

/// Room that is kept for a time: `999 ms`.
const TIME: usize = 6;
/// What tells two lines of one endpoint apart has at least so much room.
const TWIN: usize = 12;
/// What a result is wrapped to where that takes the room.
const NARROW: usize = 14;

/// Lines under a heading.
pub(crate) struct Section {
    pub(crate) heading: String,
    pub(crate) lines: Vec<Line>,
}

/// A page being written.
pub(crate) struct Sheet<'a> {
    style: &'a Style,
    text: String,
}

impl<'a> Sheet<'a> {
    /// An empty page.
    pub(crate) fn new(style: &'a Style) -> Self {
        Self {
            style,
            text: String::new(),
        }
    }

    /// What was written.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// An empty line, unless the page is empty.
    pub(crate) fn blank(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// A heading, after an empty line.
    pub(crate) fn heading(&mut self, text: &str) {
        self.blank();
        self.painted_lines("", text, Paint::new().bold());
    }

    /// A paragraph: a lead on its first line, the others under the text.
    pub(crate) fn paragraph(&mut self, lead: &str, text: &str) {
        self.painted_lines(lead, text, Paint::new());
    }

    /// A root cause: its mark and its title.
    pub(crate) fn title(&mut self, tone: Tone, title: &str) {
        let mark = format!("{} ", self.mark(tone));
        self.painted_lines(&mark, title, paint(tone));
    }

    /// A sentence that says how it came out.
    pub(crate) fn verdict(&mut self, tone: Tone, text: &str) {
        self.painted_lines("", text, paint(tone));
    }

    /// The same behind a lead.
    pub(crate) fn verdict_behind(&mut self, lead: &str, tone: Tone, text: &str) {
        self.painted_lines(lead, text, paint(tone));
    }

    /// A text under a title or a line.
    pub(super) fn detail(&mut self, indent: usize, detail: &Detail) {
        let lead = match detail.lead {
            Lead::Evidence => "",
            Lead::Remedy => self.arrow(),
        };
        let lead = format!("{:indent$}{lead}", "");
        self.paragraph(&lead, &detail.text);
    }

    /// Lines under their headings, the columns of all of them as wide as all of them need.
    pub(crate) fn sections(&mut self, sections: &[Section]) {
        let lines = sections.iter().flat_map(|section| &section.lines);
        let lines: Vec<Line> = lines.map(harmless).collect();
        let longest = lines.iter().map(|line| line.word.len()).max();
        let status = STATUS.max(longest.unwrap_or(0) + 2 + GAP);
        let columns = Columns::fit(&lines, self.width() - status);
        let mut lines = lines.iter();
        for section in sections {
            self.heading(&section.heading);
            for line in lines.by_ref().take(section.lines.len()) {
                self.line(line, &columns, status);
                for detail in &line.details {
                    self.detail(status, detail);
                }
            }
        }
    }

    fn line(&mut self, line: &Line, columns: &Columns, width: usize) {
        let status = format!("{} {}", self.mark(line.tone), line.word);
        let padding = " ".repeat(width - length(&status));
        let status = self.painted(&status, paint(line.tone));
        for (index, row) in columns.rows(line).iter().enumerate() {
            let status = if index == 0 {
                format!("{status}{padding}")
            } else {
                " ".repeat(width)
            };
            let row = format!("{status}{}", self.cut_mark(row));
            let _ = writeln!(self.text, "{}", row.trim_end());
        }
    }

    fn painted_lines(&mut self, lead: &str, text: &str, paint: Paint) {
        let indent = lead.chars().count();
        let text = self.cut_mark(&text::harmless(text));
        for (index, row) in wrap(&text, self.width() - indent).iter().enumerate() {
            let lead = if index == 0 {
                lead.to_owned()
            } else {
                " ".repeat(indent)
            };
            let row = self.painted(&format!("{lead}{row}"), paint);
            let _ = writeln!(self.text, "{row}");
        }
    }

    fn painted(&self, text: &str, paint: Paint) -> String {
        let text = text.trim_end();
        if self.style.colour && paint != Paint::new() {
            format!("{paint}{text}{paint:#}")
        } else {
            text.to_owned()
        }
    }

    fn width(&self) -> usize {
        self.style.width.clamp(WIDTH.0, WIDTH.1)
    }

    /// An arrow and a blank.
    pub(crate) fn arrow(&self) -> &'static str {
        if self.style.unicode { "→ " } else { "-> " }
    }

    /// The mark of a cut is the only one of ours inside a text.
    fn cut_mark(&self, text: &str) -> String {
        if self.style.unicode {
            text.to_owned()
        } else {
            text.replace('…', "~")
        }
    }

    /// The sign beside a word, for those who do not see the colour.
    pub(crate) fn mark(&self, tone: Tone) -> char {
        match (tone, self.style.unicode) {
            (Tone::Good, true) => '✓',
            (Tone::Good, false) => '+',
            (Tone::Bad | Tone::Aside, true) => '✗',
            (Tone::Bad | Tone::Aside, false) => 'x',
            (Tone::Warning, _) => '!',
            (Tone::Unknown, _) => '?',
            (Tone::Quiet, _) => '-',
            (Tone::Planned, true) => '•',
            (Tone::Planned, false) => '*',
        }
    }
}

fn paint(tone: Tone) -> Paint {
    match tone {
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Warning | Tone::Aside => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Unknown => AnsiColor::Magenta.on_default(),
        Tone::Quiet => Paint::new().dimmed(),
        Tone::Planned => Paint::new(),
    }
}

fn harmless(line: &Line) -> Line {
    let rest = match &line.rest {
        Rest::Columns { result, time } => Rest::Columns {
            result: text::harmless(result),
            time: *time,
        },
        Rest::Wide(rest) => Rest::Wide(text::harmless(rest)),
    };
    Line {
        endpoint: text::harmless(&line.endpoint),
        service: text::harmless(&line.service),
        rest,
        ..line.clone()
    }
}

/// The widths of a table's columns; one of width 0 is left out.
struct Columns {
    room: usize,
    endpoint: usize,
    wide_endpoint: usize,
    service: usize,
    result: usize,
    time: usize,
    /// The endpoints that several lines have: only the service tells these apart.
    twins: HashSet<String>,
}

impl Columns {
    /// As wide as the lines need, and together no wider than `room`: the service gives way first,
    /// then long results and endpoints are wrapped.
    fn fit(lines: &[Line], room: usize) -> Self {
        let widest = |part: &dyn Fn(&Line) -> usize| lines.iter().map(part).max().unwrap_or(0);
        let in_columns = |line: &Line, part: fn(&str, &str) -> usize| match &line.rest {
            Rest::Columns { result, time } => {
                part(result, &time.map_or(String::new(), text::duration))
            }
            Rest::Wide(_) => 0,
        };
        let twins = twins(lines);
        let most = if twins.is_empty() {
            room * 3 / 5
        } else {
            room / 2
        };
        let endpoint_of = |line: &Line, wide: bool| {
            if matches!(line.rest, Rest::Wide(_)) == wide {
                length(&line.endpoint).min(most)
            } else {
                0
            }
        };
        let endpoint = widest(&|line| endpoint_of(line, false));
        let time = widest(&|line| in_columns(line, |_, time| length(time)));
        // A run that takes a little longer looks the same.
        let kept = if time > 0 { time.max(TIME) + GAP } else { 0 };
        let left = room - endpoint - GAP - kept;
        let result = widest(&|line| in_columns(line, |result, _| length(result)))
            .min(RESULT)
            .min(left);
        let natural = widest(&|line| service_of(line, |_| true));
        let least = widest(&|line| service_of(line, |line| twins.contains(&line.endpoint)));
        let least = least.min(TWIN);
        let result = result.min(left.saturating_sub(least + GAP).max(NARROW.min(result)));
        let service = left.saturating_sub(result + GAP).min(natural);
        let service = if service < natural.min(SERVICE) && least == 0 {
            0
        } else {
            service
        };
        Self {
            room,
            endpoint,
            wide_endpoint: widest(&|line| endpoint_of(line, true)),
            service,
            result,
            time,
            twins,
        }
    }

    /// The service, cut to its column unless it is all that tells the line from another.
    fn service(&self, line: &Line) -> String {
        if self.twins.contains(&line.endpoint) {
            line.service.clone()
        } else {
            cut(&line.service, self.service)
        }
    }

    /// The rows that a line takes, without its status.
    fn rows(&self, line: &Line) -> Vec<String> {
        match &line.rest {
            Rest::Columns { result, time } => grid(&[
                Column::left(&line.endpoint, self.endpoint),
                Column::left(&self.service(line), self.service),
                Column::left(result, self.result),
                Column::right(&time.map_or(String::new(), text::duration), self.time),
            ]),
            Rest::Wide(text) => grid(&[
                Column::left(&line.endpoint, self.wide_endpoint),
                Column::left(text, self.room - self.wide_endpoint - GAP),
            ]),
        }
    }
}

/// How wide the service of a line is, if it is meant and stands in a column.
fn service_of(line: &Line, is_meant: impl Fn(&Line) -> bool) -> usize {
    match line.rest {
        Rest::Columns { .. } if is_meant(line) => length(&line.service),
        Rest::Columns { .. } | Rest::Wide(_) => 0,
    }
}

/// The endpoints that several lines have.
fn twins(lines: &[Line]) -> HashSet<String> {
    let mut known = HashSet::new();
    let again = lines.iter().filter(|line| !known.insert(&line.endpoint));
    again.map(|line| line.endpoint.clone()).collect()
}

/// One cell of a grid.
pub(crate) struct Column {
    text: String,
    width: usize,
    alignment: CellAlignment,
}

impl Column {
    /// A cell whose text begins at its left edge.
    pub(crate) fn left(text: &str, width: usize) -> Self {
        Self {
            text: text.to_owned(),
            width,
            alignment: CellAlignment::Left,
        }
    }

    /// A cell whose text ends at its right edge.
    pub(crate) fn right(text: &str, width: usize) -> Self {
        Self {
            alignment: CellAlignment::Right,
            ..Self::left(text, width)
        }
    }
}

/// The cells side by side, each wrapped to its width. Cells of width 0 are left out.
pub(crate) fn grid(columns: &[Column]) -> Vec<String> {
    let columns: Vec<&Column> = columns.iter().filter(|column| column.width > 0).collect();
    let mut table = Table::new();
    table.add_row(
        columns
            .iter()
            .map(|column| Cell::new(&column.text).set_alignment(column.alignment)),
    );
    for (index, column) in columns.iter().enumerate() {
        let gap = if index + 1 < columns.len() { GAP } else { 0 };
        if let Some(cell) = table.column_mut(index) {
            cell.set_padding((0, small(gap)));
            cell.set_constraint(ColumnConstraint::Absolute(Width::Fixed(small(
                column.width + gap,
            ))));
        }
    }
    table.load_style(comfy_table::presets::NOTHING);
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// The text in lines of at most `width` columns, broken between words; a word that is longer than a
/// line is broken too. At least one line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        for (index, piece) in pieces(word, width).into_iter().enumerate() {
            let last = lines.len() - 1;
            let line = &mut lines[last];
            let fits = columns(line) + 1 + columns(piece) <= width;
            if index == 0 && line.is_empty() {
                line.push_str(piece);
            } else if index == 0 && fits {
                line.push(' ');
                line.push_str(piece);
            } else {
                lines.push(piece.to_owned());
            }
        }
    }
    lines
}

/// The word in pieces of at most `width` columns, at least one character each.
fn pieces(word: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, character) in word.char_indices() {
        let wide = columns(character.encode_utf8(&mut [0; 4]));
        if index > start && used + wide > width {
            pieces.push(&word[start..index]);
            (start, used) = (index, 0);
        }
        used += wide;
    }
    pieces.push(&word[start..]);
    pieces
}

/// How many columns a text takes on a terminal, never too few: from Hangul on (U+1100) characters
/// may be two wide. Source: UAX #11.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|character| if character < '\u{1100}' { 1 } else { 2 })
        .sum()
}

/// The text, cut to `width` characters with `…` where it was cut.
pub(super) fn cut(text: &str, width: usize) -> String {
    if length(text) <= width || width == 0 {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{}…", kept.trim_end())
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn small(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}
