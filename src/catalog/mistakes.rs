//! The mistakes of a file that a user wrote, each with its place, its line and what to do about it.

use std::fmt;

use crate::text::{self, secrets};

/// The most mistakes of one file that are kept; the rest are counted. Nobody reads a thousand.
const LIMIT: usize = 1_000;

/// The most characters of a line that are shown before and after the mistake's first one.
/// A line that was written by hand fits.
const WINDOW: usize = 100;

/// The bytes before and after a mistake that can be shown: twice [`WINDOW`] characters at their
/// longest, so that a cut shows as one.
const NEAR: usize = 8 * WINDOW;

/// The bytes of a line before what is shown that are looked at for the key of a secret: more than a
/// private key has.
const CONTEXT: usize = 8 << 10;

/// Words longer than this are no misspelling, in characters. The longest rule ids have about 50.
const LONGEST_WORD: usize = 80;

/// Everything that is wrong with one file, in the order of the file; at least one mistake.
///
/// Shown, each mistake begins with `error:`, mistakes are parted by an empty line, and the last
/// line has no line break.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", Shown(self))]
pub struct Mistakes {
    /// The file, as the user named it.
    file: String,
    /// The mistakes, in the order of the file.
    list: Vec<Mistake>,
    /// How many more there are than `list` holds.
    more: usize,
}

impl Mistakes {
    /// The only mistake of `file`, about the file as a whole.
    pub(crate) fn whole_file(file: &str, message: impl Into<String>, help: Option<String>) -> Self {
        Self {
            file: file.to_owned(),
            list: vec![Mistake {
                place: None,
                message: message.into(),
                help,
            }],
            more: 0,
        }
    }

    /// The same, of a file that holds what is none of ours: no more of its lines is shown than what
    /// the mistakes are about.
    #[must_use]
    pub(crate) fn only_marked(mut self) -> Self {
        for place in self.list.iter_mut().filter_map(|it| it.place.as_mut()) {
            place.keep_to_the_mark();
        }
        self
    }

    /// The file, as the user named it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many there are, at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// The mistakes, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.list.iter()
    }
}

/// One mistake of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands; `None` if it is about the file as a whole.
    pub place: Option<Place>,
    /// What is wrong: lower case, no full stop, harmless to show.
    pub message: String,
    /// What to do about it, likewise.
    pub help: Option<String>,
}

/// Where a mistake stands, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The line, or as much of it as is near the mistake, harmless to show.
    shown: String,
    /// How many characters of `shown` come before the mistake.
    indent: usize,
    /// How many characters of `shown` the mistake covers, at least one.
    width: usize,
}

/// [`Mistakes`] as they are shown.
struct Shown<'m>(&'m Mistakes);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mistakes { file, list, more } = self.0;
        let file = text::stranger(text::without_login(file).as_bytes());
        for (index, mistake) in list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            mistake.write(f, &file)?;
        }
        if *more > 0 {
            let more = text::count(*more, "more mistake");
            write!(f, "\n\nerror: {more}\n --> {file}")?;
        }
        Ok(())
    }
}

impl Mistake {
    fn write(&self, f: &mut fmt::Formatter<'_>, file: &str) -> fmt::Result {
        write!(f, "error: {}\n --> {file}", self.message)?;
        if let Some(place) = &self.place {
            place.write(f)?;
        }
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl Place {
    fn new(span: Span, source: &str) -> Self {
        let excerpt = Excerpt::new(span, source);
        Self {
            line: span.line,
            column: span.column,
            indent: excerpt.before.chars().count(),
            width: excerpt.marked.chars().count().max(1),
            shown: format!("{}{}{}", excerpt.before, excerpt.marked, excerpt.after),
        }
    }

    fn keep_to_the_mark(&mut self) {
        let mut characters = self.shown.chars();
        let before: String = characters.by_ref().take(self.indent).collect();
        let marked: String = characters.by_ref().take(self.width).collect();
        let before = if before.trim().is_empty() {
            before
        } else {
            "… ".to_owned()
        };
        let is_last = characters.as_str().trim().is_empty();
        self.indent = before.chars().count();
        self.shown = before + &marked + if is_last { "" } else { " …" };
    }

    /// The rest of the `-->` line, the line of the file, and the caret.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = (self.line, self.column);
        let gutter = " ".repeat(line.to_string().len());
        let (indent, carets) = (" ".repeat(self.indent), "^".repeat(self.width));
        write!(f, ":{line}:{column}\n{line} | {}", self.shown)?;
        write!(f, "\n{gutter} | {indent}{carets}")
    }
}

/// A line of a file in three pieces, harmless to show.
struct Excerpt {
    before: String,
    marked: String,
    after: String,
}

impl Excerpt {
    fn new(span: Span, source: &str) -> Self {
        let (head, tail) = source.split_at_checked(span.start).unwrap_or((source, ""));
        // No more of a line is looked at than is of use: a file may be one line.
        let far = head.ceil_char_boundary(head.len().saturating_sub(NEAR + CONTEXT));
        let near = head.ceil_char_boundary(head.len().saturating_sub(NEAR));
        let tail = &tail[..tail.floor_char_boundary(NEAR)];
        let is_break = |character: char| matches!(character, '\n' | '\r');
        let line_start = head.rfind(is_break).map_or(0, |at| at + 1);
        let known = line_start.max(far);
        let above = &head[far..known.max(far)];
        let line_rest = &tail[..tail.find(is_break).unwrap_or(tail.len())];
        let width = (span.end.max(span.start) - span.start).min(line_rest.len());
        let (marked, after) = line_rest.split_at_checked(width).unwrap_or((line_rest, ""));
        let line = format!("{}{line_rest}", &head[known..]);
        let secrets = secrets::of_line(&line, above);
        let shown = |piece: &str, at: usize| secrets::masked(piece, at, &secrets);
        let begin = line_start.max(near);
        let before = shown(&head[begin..], begin - known);
        let marked_at = head.len() - known;
        let (marked, after) = (
            first_chars(&shown(marked, marked_at)),
            first_chars(&shown(after, marked_at + marked.len())),
        );
        Self {
            before: last_chars(&before),
            after: if marked.ends_with('…') {
                String::new()
            } else {
                after
            },
            marked,
        }
    }
}

/// The first [`WINDOW`] characters of a line, made harmless, with `…` for the rest.
fn first_chars(line: &str) -> String {
    match line.char_indices().nth(WINDOW) {
        Some((end, _)) => harmless(&line[..end]) + "…",
        None => harmless(line),
    }
}

/// The last [`WINDOW`] characters of a line, made harmless, with `…` for the rest.
fn last_chars(line: &str) -> String {
    match line.char_indices().rev().nth(WINDOW) {
        Some((start, skipped)) => "…".to_owned() + &harmless(&line[start + skipped.len_utf8()..]),
        None => harmless(line),
    }
}

/// Each character as it is if it only prints; tabs as spaces, so that the caret stays under it.
fn harmless(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for character in line.chars() {
        if character == ' ' || character == '\t' {
            shown.push(' ');
        } else {
            shown += &text::stranger(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    shown
}

/// A piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The line of its first character, from 1.
    pub(crate) line: usize,
    /// The column of its first character, from 1, in characters.
    pub(crate) column: usize,
    /// The offset of its first byte.
    pub(crate) start: usize,
    /// The offset behind its last byte; the start for an empty piece.
    pub(crate) end: usize,
}

impl Span {
    /// The empty piece at a byte offset.
    pub(crate) fn at(source: &str, offset: usize) -> Self {
        let head = source.get(..offset).unwrap_or(source);
        let line_start = head.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: head.matches('\n').count() + 1,
            column: head[line_start..].chars().count() + 1,
            start: offset,
            end: offset,
        }
    }
}

/// Collects the mistakes of one file while it is read.
pub(crate) struct Reporter<'t> {
    file: &'t str,
    source: &'t str,
    mistakes: Vec<Mistake>,
    more: usize,
}

impl<'t> Reporter<'t> {
    pub(crate) fn new(file: &'t str, source: &'t str) -> Self {
        Self {
            file,
            source,
            mistakes: Vec::new(),
            more: 0,
        }
    }

    /// Notes a mistake and goes on.
    pub(crate) fn report(&mut self, span: Span, message: impl Into<String>) {
        self.note(span, message.into(), None);
    }

    /// Notes a mistake with what to do about it.
    pub(crate) fn report_with(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        self.note(span, message.into(), help.into());
    }

    fn note(&mut self, span: Span, message: String, help: Option<String>) {
        if self.mistakes.len() == LIMIT {
            self.more += 1;
            return;
        }
        self.mistakes.push(Mistake {
            place: Some(Place::new(span, self.source)),
            message,
            help,
        });
    }

    /// Notes a word that is none of those known, and the one that was probably meant.
    pub(crate) fn unknown<'w>(
        &mut self,
        span: Span,
        noun: &str,
        word: &str,
        known: impl IntoIterator<Item = &'w str>,
    ) {
        let message = format!("unknown {noun} {}", quoted(word));
        self.mistaken(span, message, word, known);
    }

    /// Notes a mistake with the known word that was probably meant; beyond the limit nobody looks
    /// for one.
    pub(crate) fn mistaken<'w>(
        &mut self,
        span: Span,
        message: String,
        word: &str,
        known: impl IntoIterator<Item = &'w str>,
    ) {
        let is_kept = self.mistakes.len() < LIMIT;
        let help = is_kept.then(|| meant(word, known)).flatten();
        self.report_with(span, message, help);
    }

    /// What was read, if nothing is wrong with it and it is there at all.
    ///
    /// # Errors
    /// All mistakes, in the order of the file.
    pub(crate) fn finish<T>(mut self, read: Option<T>) -> Result<T, Mistakes> {
        self.mistakes
            .sort_by_key(|mistake| mistake.place.as_ref().map(|at| (at.line, at.column)));
        match read {
            Some(read) if self.mistakes.is_empty() => Ok(read),
            None if self.mistakes.is_empty() => {
                Err(Mistakes::whole_file(self.file, "the file is empty", None))
            }
            Some(_) | None => Err(Mistakes {
                file: self.file.to_owned(),
                list: self.mistakes,
                more: self.more,
            }),
        }
    }
}

/// A word of a stranger in backticks.
pub(crate) fn quoted(word: &str) -> String {
    format!(
        "`{}`",
        text::stranger(text::without_secrets(word).as_bytes())
    )
}

/// `did you mean …?` if a known word is near; the list of them if it is short.
pub(crate) fn meant<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(word, &known) {
        return Some(format!("did you mean {}?", quoted(near)));
    }
    known.dedup();
    let quoted: Vec<String> = known.iter().map(|word| quoted(word)).collect();
    let is_short = (1..=8).contains(&known.len());
    is_short.then(|| format!("expected {}", text::list(&quoted, "or")))
}

/// The known word nearest to `word`, or the same in another case; words of very different length
/// are not even compared.
pub(crate) fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    let length = word.chars().count();
    if length > LONGEST_WORD {
        return None;
    }
    let mut same = known.iter().copied();
    if let Some(same) = same.find(|known| known.to_lowercase() == word.to_lowercase()) {
        return Some(same);
    }
    let slack = (length / 3).max(1);
    let near = known
        .iter()
        .copied()
        .filter(|known| known.chars().count().abs_diff(length) <= slack);
    text::suggestion(word, near)
}
