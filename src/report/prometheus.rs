//! Metrics for the node exporter's textfile collector.
//! Source: Prometheus, "Exposition formats" and "Metric and label naming".

use std::{
    collections::HashMap,
    fmt::{Display, Write as _},
    io::{self, Write},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Finding, Report, Verdict};

/// Writes the run's gauges, then three families with a series a check.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_run(report, out)?;
    let series = series(report);
    head(
        "portcheck_check_success",
        "Whether the check passed, warnings allowed.",
        out,
    )?;
    for (labels, finding) in &series {
        let good = matches!(finding.verdict, Verdict::Pass | Verdict::Warn);
        if finding.verdict != Verdict::Skip {
            writeln!(
                out,
                "portcheck_check_success{{{labels}}} {}",
                u8::from(good)
            )?;
        }
    }
    head(
        "portcheck_check_cause_info",
        "Verdict and cause of a check that did not plainly pass.",
        out,
    )?;
    for (labels, finding) in &series {
        if finding.verdict != Verdict::Pass {
            writeln!(
                out,
                "portcheck_check_cause_info{{{labels},verdict=\"{}\",cause=\"{}\"}} 1",
                finding.verdict,
                escaped(finding.cause.as_deref().unwrap_or_default())
            )?;
        }
    }
    head(
        "portcheck_check_duration_seconds",
        "How long the check took.",
        out,
    )?;
    for (labels, finding) in &series {
        writeln!(
            out,
            "portcheck_check_duration_seconds{{{labels}}} {}",
            seconds(finding.elapsed_ms)
        )?;
    }
    Ok(())
}

fn write_run(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    head(
        "portcheck_run_info",
        "The run that this file is about.",
        out,
    )?;
    writeln!(
        out,
        "portcheck_run_info{{version=\"{}\",profiles=\"{}\",verdict=\"{}\"}} 1",
        escaped(&report.version),
        escaped(&report.profiles.join(",")),
        report.verdict
    )?;
    if let Ok(started) = OffsetDateTime::parse(&report.started, &Rfc3339) {
        let name = "portcheck_run_start_timestamp_seconds";
        gauge(
            name,
            "When the run started, in seconds since 1970.",
            started.unix_timestamp(),
            out,
        )?;
    }
    let elapsed = seconds(report.elapsed_ms);
    gauge(
        "portcheck_run_duration_seconds",
        "How long the run took.",
        elapsed,
        out,
    )?;
    gauge(
        "portcheck_run_exit_code",
        "The exit code of the run.",
        report.exit_code,
        out,
    )?;
    let cut = u8::from(report.interrupted.is_some());
    gauge(
        "portcheck_run_interrupted",
        "Whether the run was cut short.",
        cut,
        out,
    )?;
    head(
        "portcheck_checks",
        "How many checks came to each verdict.",
        out,
    )?;
    let summary = &report.summary;
    for (verdict, count) in [
        (Verdict::Pass, summary.pass),
        (Verdict::Warn, summary.warn),
        (Verdict::Fail, summary.fail),
        (Verdict::Inconclusive, summary.inconclusive),
        (Verdict::Skip, summary.skip),
    ] {
        writeln!(out, "portcheck_checks{{verdict=\"{verdict}\"}} {count}")?;
    }
    Ok(())
}

/// The findings by their labels. A series may come once only, so of equal labels the worst counts.
fn series(report: &Report) -> Vec<(String, &Finding)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut series: Vec<(String, &Finding)> = Vec::new();
    for finding in &report.findings {
        let labels = labels(finding);
        if let Some(place) = places.get(&labels) {
            if series[*place].1.verdict < finding.verdict {
                series[*place].1 = finding;
            }
        } else {
            places.insert(labels.clone(), series.len());
            series.push((labels, finding));
        }
    }
    series
}

fn labels(finding: &Finding) -> String {
    let port = finding.endpoint.ports_text().unwrap_or_default();
    let mut labels = String::new();
    for (name, value) in [
        ("rule", finding.rule.as_str()),
        ("level", finding.level.word()),
        ("host", &finding.endpoint.host),
        ("port", &port),
        ("transport", finding.endpoint.transport.word()),
    ] {
        let comma = if labels.is_empty() { "" } else { "," };
        let _ = write!(labels, "{comma}{name}=\"{}\"", escaped(value));
    }
    if finding.waived.is_some() {
        labels.push_str(",waived=\"true\"");
    }
    labels
}

fn gauge(name: &str, help: &str, value: impl Display, out: &mut dyn Write) -> io::Result<()> {
    head(name, help, out)?;
    writeln!(out, "{name} {value}")
}

fn head(name: &str, help: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
