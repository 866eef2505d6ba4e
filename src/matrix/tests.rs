use super::*;

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
    assert_eq!(matrix.root_causes.len(), 1);
    let shared = &matrix.root_causes[0];
    assert_eq!(
        (shared.root.explains, &shared.machines[..]),
        (4, &[0, 2][..])
    );
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
\x20 1  node-1, 2026-11-20T10:00:00Z: pass
  2  node-2, 2026-11-20T10:00:00Z: fail
  3  node-3, 2026-11-20T10:00:00Z: pass

✗ tcp-no-reply: nothing is heard from licence.example.com (2 checks)
  no answer in 3.0 s from 203.0.113.9
  → check that licence.example.com is up, then ask the network team what blocks
    everything from here to it
  explains 2 checks on machine 2

1  2  3
✓  ✗  ✓   demo.licence licence.example.com:443/tcp
      tcp-no-reply on 2
.  ✗  .   demo.updates licence.example.com:80/tcp
      tcp-no-reply on 2

2 more checks without a problem on any machine, -v shows them
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
