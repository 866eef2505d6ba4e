//! Builds the tree from the parser's events.

use std::{borrow::Cow, collections::HashMap};

use serde_saphyr::granit_parser::{
    self as granit, ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, StrInput,
};

use super::{Entry, Node, Value};
use crate::catalog::mistakes::{Reporter, Span, quoted};

/// The most values that the aliases of a file may stand for; those that it writes out itself are
/// bounded by its size. The larger of the two embedded catalogs has about 2,500 in all.
const NODE_LIMIT: usize = 100_000;

/// The deepest nesting. A catalog needs five.
const DEPTH_LIMIT: usize = 32;

/// What becomes of a tag, `!x`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tags {
    /// It is a mistake.
    Refused,
    /// The value counts as if it had none. Such a file is for a reader of YAML 1.1: `<<` takes another
    /// mapping in, and of a repeated key the last counts.
    PassedOver,
}

/// The tree of a file's only document; what is wrong is reported. `None` if there is no tree.
pub(super) fn read<'t>(
    source: &'t str,
    tags: Tags,
    reporter: &mut Reporter<'t>,
) -> Option<Node<'t>> {
    let options = granit::options! {
        disallow_directives: true,
        emit_comments: false,
        flow_nesting_limit: DEPTH_LIMIT,
        block_nesting_limit: DEPTH_LIMIT,
    };
    let mut builder = Builder {
        events: Parser::new_from_str_with_options(source, options),
        source,
        tags,
        reporter,
        anchors: HashMap::new(),
        nodes: 0,
        copied: 0,
    };
    builder.document().unwrap_or_default()
}

/// The file makes no sense from here on, and that has been reported.
struct Stop;

/// An anchored value, and what an alias of it costs.
struct Anchored<'t> {
    node: Node<'t>,
    nodes: usize,
    depth: usize,
}

/// Builds the tree from the parser's events.
struct Builder<'t, 'r> {
    events: Parser<'t, StrInput<'t>>,
    source: &'t str,
    tags: Tags,
    reporter: &'r mut Reporter<'t>,
    anchors: HashMap<usize, Anchored<'t>>,
    /// The values so far, those of aliases included.
    nodes: usize,
    /// The values of aliases so far.
    copied: usize,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Option<Node<'t>>, Stop> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_none() => {}
                Event::DocumentStart(..) => {
                    let message = "a second document begins here, expected one document a file";
                    self.reporter.report(span, message);
                    return Err(Stop);
                }
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        // A file of comments alone has a document too, with nothing in it.
        Ok(root.filter(|node| node.value != Value::Null))
    }

    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Stop> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                self.refuse_tag(&span);
                let mut span = self.span(&span);
                // A collection's own span may cover pages: point to where it begins.
                if matches!(event, Event::MappingStart(..) | Event::SequenceStart(..)) {
                    span.end = span.start;
                }
                Ok(Some((event, span)))
            }
            Some(Err(error)) => {
                let span = self.error_span(&error);
                let (message, help) = syntax(error.kind());
                self.reporter.report_with(span, message, help);
                Err(Stop)
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node<'t>, Stop> {
        self.charge(1, depth, span)?;
        let (anchor, nodes) = (event.anchor_id(), self.nodes);
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(text),
            Event::Scalar(text, ..) => Value::Text(text),
            Event::SequenceStart(..) => Value::List(self.list(depth + 1)?),
            Event::MappingStart(..) => Value::Map(self.map(depth + 1)?),
            Event::Alias(id) => return self.alias(id, span, depth),
            // The parser puts none of these where a value stands.
            _ => Value::Null,
        };
        let node = Node { span, value };
        if let Some(id) = anchor {
            let anchored = Anchored {
                nodes: self.nodes - nodes + 1,
                depth: height(&node),
                node: node.clone(),
            };
            self.anchors.insert(id, anchored);
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node<'t>>, Stop> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(self.node(event, span, depth)?);
        }
        Ok(items)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry<'t>>, Stop> {
        let mut entries = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.key(event, span, depth)?;
            let Some((event, at)) = self.next()? else {
                break;
            };
            let mut value = self.node(event, at, depth)?;
            // Nothing has no place of its own.
            if value.value == Value::Null && value.span.start == value.span.end {
                value.span = span;
            }
            if let Some(key) = key {
                entries.push(Entry { key, span, value });
            }
        }
        match self.tags {
            Tags::Refused => Ok(entries),
            Tags::PassedOver => Ok(merged(entries)),
        }
    }

    /// A key as written; `None`, and reported, if it is no word.
    fn key(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: usize,
    ) -> Result<Option<Cow<'t, str>>, Stop> {
        if let Event::Scalar(text, _, 0, None) = event {
            self.charge(1, depth, span)?;
            return Ok(Some(text));
        }
        let node = self.node(event, span, depth)?;
        let message = format!("got {} as a key, expected a word", node.described());
        self.reporter.report(span, message);
        Ok(None)
    }

    fn alias(&mut self, id: usize, span: Span, depth: usize) -> Result<Node<'t>, Stop> {
        let Some(anchored) = self.anchors.get(&id) else {
            self.reporter
                .report(span, "this alias stands for a value that contains it");
            return Err(Stop);
        };
        let (nodes, deep) = (anchored.nodes, anchored.depth);
        self.copied += nodes;
        self.charge(nodes, depth + deep, span)?;
        // Looked up again: charging needed the whole builder.
        let node = self.anchors.get(&id).map(|anchored| anchored.node.clone());
        node.ok_or(Stop)
    }

    /// Counts `nodes` more values and looks how deep they reach.
    fn charge(&mut self, nodes: usize, depth: usize, span: Span) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.copied > NODE_LIMIT {
            let message = format!("the file has more than {NODE_LIMIT} values");
            let help = "an alias counts as all that it stands for".to_owned();
            self.reporter.report_with(span, message, help);
            return Err(Stop);
        }
        if depth > DEPTH_LIMIT {
            self.reporter.report(span, too_deep());
            return Err(Stop);
        }
        Ok(())
    }

    fn refuse_tag(&mut self, span: &granit::Span) {
        if self.tags == Tags::PassedOver {
            return;
        }
        if let Some(start) = span.tag_start() {
            let help = "remove the `!…`; quote what must be text".to_owned();
            let span = span.tag_span().map(|tag| self.span(&tag));
            let span = span.unwrap_or_else(|| self.empty_span(&start));
            self.reporter
                .report_with(span, "tags are not supported", help);
        }
    }

    fn span(&self, span: &granit::Span) -> Span {
        let end = span.end.byte_offset().unwrap_or(0);
        let mut own = self.empty_span(&span.start);
        let covered = self.source.get(own.start..end).unwrap_or("");
        own.end = own.start + covered.trim_end().len();
        own
    }

    /// Where a syntax error stands: the parser gives the start of the text that has a character
    /// which may not be there.
    fn error_span(&self, error: &ScanError) -> Span {
        let span = self.empty_span(error.marker());
        // The scanner points to where the text began, not to what is wrong with it.
        let character = match error.kind() {
            ErrorKind::UnexpectedCharacter { character } => *character,
            ErrorKind::TabInPlainScalar => '\t',
            _ => return span,
        };
        let rest = self.source.get(span.start..).unwrap_or("");
        match rest.find(character) {
            Some(offset) => Span::at(self.source, span.start + offset),
            None => span,
        }
    }

    fn empty_span(&self, marker: &Marker) -> Span {
        let start = marker.byte_offset().unwrap_or(0).min(self.source.len());
        Span {
            line: marker.line(),
            column: marker.col() + 1,
            start,
            end: start,
        }
    }
}

/// The entries with those of `<<` in the place of it, and of each key the last. What a mapping says
/// itself counts more than what it takes in. Source: YAML 1.1, "Merge key language-independent type".
fn merged(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut whole: Vec<Entry<'_>> = Vec::with_capacity(entries.len());
    let mut taken = Vec::new();
    for entry in entries {
        match entry.value.value {
            Value::Map(inner) if entry.key == "<<" => taken.extend(inner),
            Value::List(items) if entry.key == "<<" => {
                let inner = items.into_iter().map(|item| item.value);
                taken.extend(inner.flat_map(|value| match value {
                    Value::Map(inner) => inner,
                    Value::Text(_)
                    | Value::Number(_)
                    | Value::Bool(_)
                    | Value::Null
                    | Value::List(_) => Vec::new(),
                }));
            }
            value => {
                let entry = Entry {
                    value: Node {
                        value,
                        span: entry.value.span,
                    },
                    ..entry
                };
                if let Some(place) = places.get(&*entry.key) {
                    whole[*place] = entry;
                } else {
                    places.insert(entry.key.to_string(), whole.len());
                    whole.push(entry);
                }
            }
        }
    }
    for entry in taken {
        if !places.contains_key(&*entry.key) {
            places.insert(entry.key.to_string(), whole.len());
            whole.push(entry);
        }
    }
    whole
}

/// How many levels a value nests, itself not counted.
fn height(node: &Node<'_>) -> usize {
    let items = node.items().iter();
    let values = node.entries().iter().map(|entry| &entry.value);
    items
        .chain(values)
        .map(|inner| height(inner) + 1)
        .max()
        .unwrap_or(0)
}

fn too_deep() -> String {
    format!("the nesting is deeper than {DEPTH_LIMIT} levels")
}

/// What plain text stands for. Source: YAML 1.2.2 §10.3.2, core schema.
fn plain(text: Cow<'_, str>) -> Value<'_> {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        word if is_number(word) => Value::Number(text),
        _ => Value::Text(text),
    }
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['+', '-']);
    let prefixed = |prefix: &str, radix: u32| {
        word.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(radix)))
    };
    let starts_as_one = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let special = matches!(digits.to_ascii_lowercase().as_str(), ".inf" | ".nan");
    let decimal = starts_as_one && word.len() - digits.len() <= 1 && digits.parse::<f64>().is_ok();
    decimal || special || prefixed("0x", 16) || prefixed("0o", 8)
}

/// What a syntax error means for someone who writes YAML by hand.
fn syntax(kind: &ErrorKind) -> (String, Option<String>) {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => (
            "a tab stands where YAML wants spaces".to_owned(),
            Some("indent with spaces".to_owned()),
        ),
        ErrorKind::RecursionLimitExceeded => (too_deep(), None),
        ErrorKind::DirectiveDisallowed => ("directives are not supported".to_owned(), None),
        ErrorKind::UnknownAnchor => ("this alias stands for nothing".to_owned(), None),
        ErrorKind::UnclosedQuotedScalar => ("this quote is never closed".to_owned(), None),
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("this `{open}` is never closed"), None)
        }
        ErrorKind::UnexpectedCharacter { character } => {
            let character = quoted(character.encode_utf8(&mut [0; 4]));
            (
                format!("the character {character} may not stand here"),
                None,
            )
        }
        ErrorKind::InvalidQuotedScalarIndent => (
            "quoted text goes on here and is indented too little".to_owned(),
            Some("is a quote left open above?".to_owned()),
        ),
        ErrorKind::InvalidColonPlacement => (
            "a `:` stands where none may".to_owned(),
            Some("is a bracket left open above?".to_owned()),
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` stands where none may".to_owned(),
            Some("quote text that has a `:` in it; check the indentation".to_owned()),
        ),
        kind => (format!("this is not YAML: {kind}"), None),
    }
}
