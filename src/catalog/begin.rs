//! Catalogs to begin with: an example with its explanations, or the rules of a table of ports as
//! network teams keep it.

use std::{collections::BTreeMap, fmt::Write as _};

use time::Date;

use super::{
    Mistakes, help,
    mistakes::{Reporter, Span, quoted},
};
use crate::net::{Host, Ports, Protocol, Transport};

/// The example; it has no mistake.
pub const EXAMPLE: &str = include_str!("begin/example.yaml");

/// The columns, each with the words that head it; without a heading they come in this order.
const COLUMNS: [(Column, &[&str]); 6] = [
    (Column::Source, &["source", "src", "from"]),
    (
        Column::Destination,
        &["destination", "dest", "dst", "to", "host", "target"],
    ),
    (
        Column::Port,
        &["port", "ports", "destination port", "dst port"],
    ),
    (Column::Protocol, &["protocol", "proto", "transport"]),
    (Column::Service, &["service", "name", "application"]),
    (
        Column::Comment,
        &["comment", "purpose", "description", "note", "remark"],
    ),
];

/// What a column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Source,
    Destination,
    Port,
    Protocol,
    Service,
    Comment,
}

/// A row of the table, and where it begins.
struct Row {
    span: Span,
    cells: BTreeMap<Column, String>,
}

impl Row {
    fn cell(&self, column: Column) -> &str {
        self.cells.get(&column).map_or("", |cell| cell.trim())
    }
}

/// A rule to be, for one port or range.
struct Draft {
    id: String,
    from: String,
    to: String,
    /// The keys that say what is reached.
    target: Vec<String>,
    ports: Ports,
    transports: Vec<Transport>,
    protocol: Protocol,
    stated: [(&'static str, String); 4],
    service: String,
    purpose: String,
}

/// The catalog that a table comes to: a rule for each port of a row. `file` is what the table is called;
/// cells are parted by `,`, `;` or tabs, and may be quoted. Source: RFC 4180.
///
/// # Errors
/// Every row that says no destination or no port, or that there is none.
pub fn of_table(file: &str, text: &str, read: Date) -> Result<String, Mistakes> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reporter = Reporter::new(file, text);
    let stem = std::path::Path::new(file)
        .file_stem()
        .and_then(|stem| stem.to_str());
    let name = word(stem.unwrap_or_default(), '-');
    let name = if name.is_empty() {
        "own".to_owned()
    } else {
        name
    };
    let mut table = Table {
        name,
        groups: BTreeMap::new(),
        variables: BTreeMap::new(),
        drafts: Vec::new(),
    };
    for row in rows(text) {
        table.take(&row, &mut reporter);
    }
    let is_any = !table.drafts.is_empty();
    let page = is_any.then(|| table.page(file, read));
    reporter.finish(page)
}

/// The rows below the heading, or all of them.
fn rows(text: &str) -> Vec<Row> {
    let mut records = records(text).into_iter().peekable();
    let heading: Option<Vec<Option<Column>>> = records.peek().and_then(|(_, cells)| {
        let columns: Vec<_> = cells.iter().map(|cell| column(cell)).collect();
        columns.iter().any(Option::is_some).then_some(columns)
    });
    let columns = match heading {
        Some(columns) => {
            records.next();
            columns
        }
        None => COLUMNS.iter().map(|(column, _)| Some(*column)).collect(),
    };
    records
        .map(|(span, cells)| {
            let named = columns.iter().zip(cells);
            let cells = named.filter_map(|(column, cell)| Some(((*column)?, cell)));
            Row {
                span,
                cells: cells.collect(),
            }
        })
        .collect()
}

fn column(cell: &str) -> Option<Column> {
    let cell = cell.trim().to_lowercase();
    let found = COLUMNS
        .iter()
        .find(|(_, words)| words.contains(&cell.as_str()));
    found.map(|(column, _)| *column)
}

/// The records of the text that are not blank, with their places.
fn records(text: &str) -> Vec<(Span, Vec<String>)> {
    let first = text.lines().next().unwrap_or_default();
    let joints = ['\t', ';', ','];
    let joint = joints
        .into_iter()
        .find(|joint| first.contains(*joint))
        .unwrap_or(',');
    let mut records = Vec::new();
    let mut cells = vec![String::new()];
    let (mut start, mut is_quoted) = (0, false);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match character {
            '"' if is_quoted && characters.peek().is_some_and(|(_, next)| *next == '"') => {
                characters.next();
                cell.push('"');
            }
            '"' if is_quoted || cell.trim().is_empty() => is_quoted = !is_quoted,
            '\n' if !is_quoted => {
                records.push((
                    start,
                    at,
                    std::mem::replace(&mut cells, vec![String::new()]),
                ));
                start = at + 1;
            }
            joint_here if joint_here == joint && !is_quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    records.push((start, text.len(), cells));
    records
        .into_iter()
        .filter(|(.., cells)| cells.iter().any(|cell| !cell.trim().is_empty()))
        .filter(|(.., cells)| !cells[0].trim_start().starts_with('#'))
        .map(|(start, end, cells)| {
            (
                Span {
                    end,
                    ..Span::at(text, start)
                },
                cells,
            )
        })
        .collect()
}

/// Letters, digits and the joint: what may stand in a name.
fn word(text: &str, joint: char) -> String {
    let plain = |it: char| {
        if it.is_ascii_alphanumeric() {
            it.to_ascii_lowercase()
        } else {
            ' '
        }
    };
    let plain: String = text.chars().map(plain).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let joined = words.join(&joint.to_string());
    // A name begins with a letter.
    match joined.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("x{joint}{joined}"),
        Some(_) | None => joined,
    }
}

/// What the rows come to.
struct Table {
    name: String,
    /// The groups: what each is, and the variable that binds it.
    groups: BTreeMap<String, (String, Option<String>)>,
    variables: BTreeMap<String, String>,
    drafts: Vec<Draft>,
}

impl Table {
    fn take(&mut self, row: &Row, reporter: &mut Reporter<'_>) {
        let destination = row.cell(Column::Destination);
        if destination.is_empty() {
            return reporter.report(row.span, "the row says no destination");
        }
        let port = row.cell(Column::Port);
        let written = row.cell(Column::Protocol);
        let Some(listed) = help::Ports::read(port) else {
            let message = format!("{} are no ports", quoted(port));
            let help = "write `443`, `80,443` or `8000-8010`".to_owned();
            return reporter.report_with(row.span, message, help);
        };
        let Some((transports, protocol)) = spoken(written, &listed) else {
            let message = format!("{} is neither a transport nor a protocol", quoted(written));
            let help = "write `tcp`, `udp`, `tcp/udp` or a protocol such as `https`".to_owned();
            return reporter.report_with(row.span, message, help);
        };
        let mut ports = listed.all();
        if !transports.iter().any(|it| it.has_ports()) {
            ports = vec![Ports::None];
        } else if let (true, Some(port)) = (ports.is_empty(), protocol.default_port()) {
            ports.push(Ports::One(port));
        }
        if ports.is_empty() {
            return reporter.report(row.span, "the row says no port");
        }
        let from = self.source(row.cell(Column::Source));
        let (to, target) = self.target(destination);
        for ports in ports {
            let id = self.id(&from, row, ports);
            let cell = |column| row.cell(column).to_owned();
            let service = cell(Column::Service);
            self.drafts.push(Draft {
                id,
                from: from.clone(),
                to: to.clone(),
                target: target.clone(),
                ports,
                transports: transports.clone(),
                protocol,
                stated: [
                    ("source", cell(Column::Source)),
                    ("destination", cell(Column::Destination)),
                    ("port", cell(Column::Port)),
                    ("protocol", cell(Column::Protocol)),
                ],
                purpose: first_of([&cell(Column::Comment), &service, "Not said"]),
                service: first_of([&service, destination, ""]),
            });
        }
    }

    fn source(&mut self, cell: &str) -> String {
        let about = first_of([cell, "this machine", ""]);
        let name = first_of([&word(cell, '-'), "here", ""]);
        self.groups.entry(name.clone()).or_insert((about, None));
        name
    }

    /// The group that is reached, and what of it: a host, a pattern with a witness, or the hosts that
    /// a variable names.
    fn target(&mut self, cell: &str) -> (String, Vec<String>) {
        let outside = "destinations".to_owned();
        let about = "what the table names".to_owned();
        if let Ok(host) = cell.parse::<Host>() {
            self.groups.entry(outside.clone()).or_insert((about, None));
            return (outside, vec![format!("host: {}", text(&host.to_string()))]);
        }
        if let Some(Ok(domain)) = cell.strip_prefix("*.").map(str::parse::<Host>) {
            self.groups.entry(outside.clone()).or_insert((about, None));
            let witness = text(&format!("www.{domain}"));
            let witness = format!("witness: {witness} # CHECK: a host that stands for all of them");
            return (outside, vec![format!("host: {}", text(cell)), witness]);
        }
        let variable = first_of([&word(cell, '_'), "hosts", ""]);
        let name = variable.replace('_', "-");
        self.variables.insert(variable.clone(), cell.to_owned());
        let group = self
            .groups
            .entry(name.clone())
            .or_insert((cell.to_owned(), None));
        group.1 = Some(variable);
        (name, Vec::new())
    }

    fn id(&self, from: &str, row: &Row, ports: Ports) -> String {
        let service = word(row.cell(Column::Service), '-');
        let what = first_of([&service, &word(row.cell(Column::Destination), '-'), "rule"]);
        let port = match ports {
            Ports::None => String::new(),
            Ports::One(_) | Ports::Range(_) => format!("-{ports}"),
        };
        let id = format!("{}.{from}.{what}{port}", self.name);
        let is_free = |id: &String| self.drafts.iter().all(|draft| draft.id != *id);
        let mut ids = std::iter::once(id.clone()).chain((2..).map(|count| format!("{id}-{count}")));
        ids.find(is_free).unwrap_or(id)
    }

    fn page(&self, file: &str, read: Date) -> String {
        let name = &self.name;
        let mut page = format!(
            "# Made of {file} by `portcheck catalog init`. `portcheck catalog lint` checks it;\n\
             # docs/catalogs.md explains every key.\ncatalog: {name}\ntitle: {title}\npages:\n  table: {{title: {title}, read: \
             {read}}}\nsections:\n  rows: {{page: table, title: Rows}}\n",
            file = harmless(file),
            title = text(&format!("The table {file}")),
        );
        page += "# Who stands at the ends of the rules; a variable names the hosts of a group.\ngroups:\n";
        for (group, (about, variable)) in &self.groups {
            let bound = variable
                .as_ref()
                .map(|it| format!(", bound-by: {it}"))
                .unwrap_or_default();
            let _ = writeln!(page, "  {group}: {{about: {}{bound}}}", text(about));
        }
        if !self.variables.is_empty() {
            page += "# What a site says: `--set NAME=HOST`, or its site file.\nvariables:\n";
        }
        for (variable, about) in &self.variables {
            let _ = writeln!(
                page,
                "  {variable}: {{about: {}, kind: hosts}}",
                text(about)
            );
        }
        page += "# What is checked from which kind of machine: `portcheck run --catalog FILE --profile NAME`.\nprofiles:\n";
        let sources = self.drafts.iter().map(|draft| draft.from.as_str());
        for from in sources.collect::<std::collections::BTreeSet<_>>() {
            let _ = writeln!(
                page,
                "  {name}-{from}: {{about: {}, from: {from}, rules: [\"{name}.{from}.*\"]}}",
                text(&format!("what {from} needs")),
            );
        }
        page += "# `level` is `mandatory` or `optional`; the table does not say.\nrules:\n";
        self.drafts.iter().for_each(|draft| draft.write(&mut page));
        page
    }
}

impl Draft {
    fn write(&self, page: &mut String) {
        let stated = self.stated.iter().filter(|(_, cell)| !cell.is_empty());
        let stated: Vec<String> = stated
            .map(|(key, cell)| format!("{key}: {}", text(cell)))
            .collect();
        let transports: Vec<&str> = self.transports.iter().map(|it| it.word()).collect();
        let mut lines = vec![
            "section: rows".to_owned(),
            format!("stated: {{{}}}", stated.join(", ")),
            "level: mandatory".to_owned(),
            format!("from: {}", self.from),
            format!("to: {}", self.to),
        ];
        lines.extend(self.target.iter().cloned());
        lines.extend(match self.ports {
            Ports::None => None,
            Ports::One(port) => Some(format!("port: {port}")),
            Ports::Range(range) => Some(format!(
                "ports: {{first: {}, last: {}}}",
                range.first(),
                range.last()
            )),
        });
        lines.extend([
            format!("transports: [{}]", transports.join(", ")),
            format!("protocol: {}", self.protocol),
            format!("service: {}", text(&self.service)),
            format!("purpose: {}", text(&self.purpose)),
        ]);
        let _ = writeln!(page, "  - id: {}", self.id);
        for line in lines {
            let _ = writeln!(page, "    {line}");
        }
    }
}

/// What is spoken, and over what, as the protocol's cell and the port's say it.
fn spoken(written: &str, ports: &help::Ports) -> Option<(Vec<Transport>, Protocol)> {
    let bare = |transport: Transport| match transport {
        Transport::Tcp => Protocol::Tcp,
        Transport::Udp => Protocol::Udp,
        Transport::Icmp => Protocol::Icmp,
        Transport::Esp => Protocol::Esp,
    };
    if written.is_empty() {
        let transport = ports.transport().unwrap_or(Transport::Tcp);
        return Some((vec![transport], bare(transport)));
    }
    let known = Transport::ALL.map(Transport::word);
    if let Some(words) = help::of_words(written, &known) {
        let mut transports: Vec<Transport> = Vec::new();
        for transport in words.into_iter().filter_map(|word| word.parse().ok()) {
            if !transports.contains(&transport) {
                transports.push(transport);
            }
        }
        let first = *transports.first()?;
        return Some((transports, bare(first)));
    }
    let protocol: Protocol = written.to_ascii_lowercase().parse().ok()?;
    Some((vec![protocol.transport()], protocol))
}

fn first_of(texts: [&str; 3]) -> String {
    let found = texts.into_iter().find(|text| !text.is_empty());
    found.unwrap_or_default().to_owned()
}

/// As text of YAML: JSON's texts are that too. Source: YAML 1.2.2 §1.3.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// On one line of a comment.
fn harmless(text: &str) -> String {
    crate::text::stranger(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::catalog::Catalog;

    const DAY: Date = date!(2026 - 11 - 25);

    #[test]
    fn the_example_has_no_mistake_and_nothing_in_vain() {
        let example = Catalog::parse("example.yaml", EXAMPLE).unwrap();
        assert_eq!(example.unused(), []);
    }

    #[test]
    fn a_table_becomes_a_catalog_without_mistakes() {
        let table = "Source;Destination;Port;Protocol;Service;Comment\n\
                     App server;db.example;5432;postgres;Database;\"reads; writes\"\n\
                     App server;*.vendor.example;443;TCP;Updates;\n\
                     App server;Domain controllers;53,88;TCP/UDP;;\"says \"\"who\"\"\"\n\
                     Users;10.0.0.5;8000-8010;;;\n\
                     Users;10.0.0.0/8;;icmp;Ping;\n";
        let page = of_table("my ports.csv", table, DAY).unwrap();
        let catalog =
            Catalog::parse("made", &page).unwrap_or_else(|wrong| panic!("{wrong}\n{page}"));
        let rules: Vec<String> = catalog
            .rules
            .iter()
            .map(|rule| format!("{} {} {} {}", rule.id, rule.to, rule.ports, rule.protocol))
            .collect();
        assert_eq!(
            rules,
            [
                "my-ports.app-server.database-5432 destinations 5432 postgres",
                "my-ports.app-server.updates-443 destinations 443 tcp",
                "my-ports.app-server.domain-controllers-53 domain-controllers 53 tcp",
                "my-ports.app-server.domain-controllers-88 domain-controllers 88 tcp",
                "my-ports.users.x-10-0-0-5-8000-8010 destinations 8000-8010 tcp",
                "my-ports.users.ping x-10-0-0-0-8 - icmp",
            ]
        );
        assert_eq!(catalog.unused(), []);
        let profiles: Vec<&str> = catalog.profiles.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(profiles, ["my-ports-app-server", "my-ports-users"]);
    }

    #[test]
    fn every_wrong_row_is_told() {
        let table = "a,,443,tcp\na,b,x,tcp\na,b,443,tpc\na,b,,\n";
        let wrong = of_table("t.csv", table, DAY).unwrap_err();
        let told: Vec<&str> = wrong.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "the row says no destination",
                "`x` are no ports",
                "`tpc` is neither a transport nor a protocol",
                "the row says no port",
            ]
        );
        assert!(of_table("t.csv", "source,destination\n", DAY).is_err());
    }
}
