use super::*;
use crate::{
    cause::{Cause, Places},
    fact::{Origin, Part, Sentence},
    report::{Endpoint, PortField, Transport},
};

fn report(name: &str, host: &str) -> Report {
    let file = format!("{}/tests/reports/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let mut report = Report::from_json(&std::fs::read_to_string(file).unwrap()).unwrap();
    report.host = host.to_owned();
    report
}

/// Two machines that are well and one that is not.
fn three() -> Vec<Report> {
    vec![
        report("green", "node-1"),
        report("mixed", "node-2"),
        report("green", "node-3"),
    ]
}

fn text(reports: &[Report], format: Format) -> String {
    let style = Style {
        width: 80,
        colour: false,
        unicode: true,
        verbose: false,
    };
    let mut out = Vec::new();
    write(reports, format, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_row_has_a_cell_for_each_machine_that_made_the_check() {
    let matrix = matrix(&three());
    let row = matrix
        .rows
        .iter()
        .find(|row| row.rule == "demo.licence")
        .unwrap();
    let verdicts: Vec<Option<Verdict>> = row
        .cells
        .iter()
        .map(|cell| cell.as_ref().map(|cell| cell.verdict))
        .collect();
    let pass = Some(Verdict::Pass);
    assert_eq!(verdicts, [pass, Some(Verdict::Fail), pass]);
    assert_eq!(row.causes(), "tcp-no-reply on 2");
    assert_eq!(matrix.verdict, Verdict::Fail);
    assert_eq!(matrix.counts(), "3 machines: 1 failed, 2 passed");
}

#[test]
fn the_rows_of_a_rule_stand_together() {
    let mut later = report("green", "node-2");
    later.findings[0].endpoint.host = "elsewhere".to_owned();
    let matrix = matrix(&[report("green", "node-1"), later]);
    let rules: Vec<&str> = matrix.rows.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(rules[..2], ["demo.licence", "demo.licence"]);
}

#[test]
fn a_root_cause_of_several_machines_is_told_once() {
    let matrix = matrix(&[
        report("mixed", "a"),
        report("green", "b"),
        report("mixed", "c"),
    ]);
    let shared = matrix.root_causes.iter();
    let shared: Vec<(&str, usize, &[usize])> = shared
        .map(|it| (it.root.cause.as_str(), it.root.explains, &it.machines[..]))
        .collect();
    let both: &[usize] = &[0, 2];
    assert_eq!(
        shared,
        [
            ("tcp-no-reply", 4, both),
            ("rejected-by-firewall", 4, both),
            ("tcp-refused", 2, both),
            ("wrong-protocol", 2, both),
            ("tls-intercepted", 2, both),
        ]
    );
}

/// What is seen of a port.
type Seen = fn(&Look) -> Option<&'static str>;

/// A look of one machine at a port of another.
struct Look {
    from: usize,
    to: usize,
    port: u16,
}

const PORTS: [u16; 5] = [22, 443, 2181, 6021, 9090];

/// Machines `n1`, `n2`, … each of which looks at the ports of all others at `10.0.0.1`, `10.0.0.2`, …
fn world(machines: usize, seen: Seen) -> Vec<Report> {
    let whole = report("green", "n1");
    (1..=machines)
        .map(|from| {
            let others = (1..=machines).filter(|to| *to != from);
            let ports = others.flat_map(|to| PORTS.map(|port| Look { from, to, port }));
            Report {
                host: format!("n{from}"),
                findings: ports
                    .map(|port| finding(&whole.findings[0], &port, seen))
                    .collect(),
                root_causes: Vec::new(),
                ..whole.clone()
            }
        })
        .collect()
}

fn finding(like: &Finding, look: &Look, seen: Seen) -> Finding {
    let cause = seen(look);
    let host = format!("10.0.0.{}", look.to);
    let flow = Sentence::from("tcp").then(" to ").then(Part::host(&host));
    let flow = flow
        .then(" port ")
        .then(Part::of(Origin::Number, look.port));
    let places = Places::new(&Part::host(&host), &flow, &"tcp");
    let remedy = cause.map(|cause| cause.parse::<Cause>().unwrap().remedy(&places));
    Finding {
        rule: format!("nodes.{}", look.port),
        from: Some("nodes".to_owned()),
        to: Some("nodes".to_owned()),
        endpoint: Endpoint {
            host,
            port: PortField::Port(look.port),
            ports: None,
            transport: Transport::Tcp,
        },
        verdict: if cause.is_some() {
            Verdict::Fail
        } else {
            Verdict::Pass
        },
        cause: cause.map(str::to_owned),
        remedy: remedy.as_ref().map(ToString::to_string),
        remedy_parts: remedy.unwrap_or_default().0,
        ..like.clone()
    }
}

/// Title and remedy of each statement.
fn told(reports: &[Report]) -> Vec<[String; 2]> {
    let told = matrix(reports).root_causes.into_iter();
    told.map(|it| [it.root.title, it.root.remedy]).collect()
}

#[test]
fn a_machine_that_lets_nearly_nothing_in_is_one_statement() {
    let reports = world(4, |it| {
        (it.to == 3 && it.port != 22).then_some("tcp-no-reply")
    });
    let ports = "tcp 443, 2181, 6021, 9090 from every other machine to n3";
    assert_eq!(
        told(&reports),
        [[
            format!("{ports}: nothing is answered"),
            format!("ask the network team to allow {ports}: the host answers other checks"),
        ]]
    );
}

#[test]
fn two_racks_that_do_not_hear_each_other_are_one_statement() {
    let reports = world(6, |it| {
        ((it.from <= 3) != (it.to <= 3)).then_some("tcp-no-reply")
    });
    let ways = "between n1, n2 and n3 on the one side and n4, n5 and n6 on the other";
    assert_eq!(
        told(&reports),
        [[
            format!("nothing gets through {ways}: 90 checks"),
            format!(
                "ask the network team what blocks everything {ways}: both ends are up, a report \
                 comes from each"
            ),
        ]]
    );
}

#[test]
fn a_machine_that_is_down_is_one_statement() {
    let mut reports = world(4, |it| (it.to == 3).then_some("host-unreachable"));
    reports.remove(2);
    let ways = "from all 3 machines";
    assert_eq!(
        told(&reports),
        [[
            format!("there is no way to deliver {ways} to 10.0.0.3: 15 checks"),
            format!(
                "check that 10.0.0.3 is up and has that address, then ask the network team what \
                 blocks everything {ways} to it"
            ),
        ]]
    );
}

#[test]
fn a_pair_is_told_by_its_names() {
    let reports = world(4, |it| {
        ((it.from == 1 && it.to == 2 || it.from == 2 && it.to == 1) && it.port == 443)
            .then_some("tcp-refused")
    });
    assert_eq!(
        told(&reports),
        [[
            "tcp 443 between n1 and n2: the connection is refused",
            "start the service on n1 and n2, or ask the network team whether a firewall rejects \
             tcp 443 between n1 and n2",
        ]]
    );
}

#[test]
fn a_port_that_is_closed_everywhere_is_one_statement() {
    let reports = world(4, |it| (it.port == 2181).then_some("tcp-no-reply"));
    let ways = "tcp 2181 between all 4 machines";
    assert_eq!(
        told(&reports),
        [[
            format!("{ways}: nothing is answered"),
            format!("ask the network team to allow {ways}: the hosts answer other checks"),
        ]]
    );
}

#[test]
fn a_machine_that_hears_nobody_is_one_statement() {
    let reports = world(4, |it| (it.from == 2).then_some("tcp-no-reply"));
    let ways = "from n2 to every other machine";
    assert_eq!(
        told(&reports),
        [[
            format!("nothing gets through {ways}: 15 checks"),
            format!(
                "ask the network team, or whoever runs n2, what blocks everything {ways}: both ends \
                 are up, a report comes from each"
            ),
        ]]
    );
}

#[test]
fn the_grid_says_who_sees_whom() {
    let reports = world(4, |it| {
        (it.to == 3 && it.port != 22).then_some("tcp-no-reply")
    });
    let text = text(&reports, Format::Table);
    let grid = "
Each machine (a row), and how it sees the others by their numbers
     1  2  3  4
  1  .  ✓  ✗  ✓   n1: pass, 2026-11-20T10:00:00Z
  2  ✓  .  ✗  ✓   n2: pass, 2026-11-20T10:00:00Z
  3  ✓  ✓  .  ✓   n3: pass, 2026-11-20T10:00:00Z
  4  ✓  ✓  ✗  .   n4: pass, 2026-11-20T10:00:00Z

4 more checks explained above, 16 more checks without a problem on any machine,
-v shows them
";
    assert!(text.contains(grid), "{text}");
    let page = super::tests::text(&reports, Format::Markdown);
    let row = "| 2 | n2 | pass | 2026-11-20T10:00:00Z | pass |  | **fail** | pass |";
    assert!(page.contains(row), "{page}");
}

#[test]
fn every_cell_that_fails_is_explained_by_a_statement_over_all_machines() {
    let reports = world(4, |it| {
        (it.to == 3 && it.port != 22).then_some("tcp-no-reply")
    });
    let matrix = matrix(&reports);
    let root = &matrix.root_causes[0];
    assert_eq!(root.root.sources, ["n1", "n2", "n4"]);
    assert_eq!(root.root.hosts, ["n3"]);
    assert_eq!(root.root.fewest, Some(true));
    let explained: Vec<&Row> = root
        .root
        .findings
        .iter()
        .map(|it| &matrix.rows[*it])
        .collect();
    let own = |row: &&Row| row.endpoint.starts_with("10.0.0.3:") && row.rule != "nodes.22";
    assert_eq!(
        explained,
        matrix.rows.iter().filter(own).collect::<Vec<&Row>>()
    );
    assert!(matrix.rows.iter().all(|row| !row.is_open()));
}

#[test]
fn neighbours_are_counted_together() {
    assert_eq!(numbers(&[0, 2, 3, 5, 6, 7]), "1, 3, 4, 6-8");
}

#[test]
fn the_table_shows_what_is_not_well_everywhere() {
    let mut reports = three();
    reports[1].findings.truncate(2);
    assert_eq!(
        text(&reports, Format::Table),
        "\
✗ tcp-no-reply: tcp 80, 443 from node-2 to licence.example.com: nothing is
  answered
  no answer in 3.0 s from 203.0.113.9
  → ask the network team to allow tcp 80, 443 from node-2 to
    licence.example.com: the host answers other checks
  explains 2 checks on machine 2

Each machine
  1  node-1: pass, 2026-11-20T10:00:00Z
  2  node-2: fail, 2026-11-20T10:00:00Z
  3  node-3: pass, 2026-11-20T10:00:00Z

2 more checks explained above, 2 more checks without a problem on any machine,
-v shows them
FAIL: 3 machines: 1 failed, 2 passed
"
    );
}

#[test]
fn what_a_stranger_sent_acts_in_no_format() {
    for format in [
        Format::Table,
        Format::Json,
        Format::Markdown,
        Format::Html,
        Format::Csv,
    ] {
        let text = text(&three(), format);
        assert!(text.ends_with('\n'), "{format:?}");
        assert!(!text.contains(['\u{1b}', '\0', '\u{202e}']), "{format:?}");
        let is_page = format == Format::Html;
        assert!(!is_page || !text.contains("<script>"), "{format:?}");
    }
}
