//! One scenario: its fault is made, portcheck runs, what it said is read.

use std::{
    fs::File,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use portcheck::report::{PortField, Report};

use crate::{
    connections,
    scenario::{Row, SECRET, Said, Scenario},
    topology::{Ground, execute},
};

/// How long portcheck may take, whatever the other side does.
const ENDS_WITHIN: Duration = Duration::from_secs(25);
/// How much memory it may use, whatever the other side sends.
const MEMORY_LIMIT: u64 = 50 << 20;
/// How often a running portcheck is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// Makes the fault and runs portcheck; what it said.
///
/// # Errors
/// When it said nothing that can be compared, or broke a rule that holds in every scenario.
pub(crate) fn run(ground: &Ground, portcheck: &Path, scenario: &Scenario) -> Result<Said> {
    for (place, script) in &scenario.faults {
        execute(ground.command(*place, "sh").args(["-ec", script]))?;
    }
    let file = |kind: &str| ground.dir().join(format!("{}.{kind}", scenario.host.v4));
    std::fs::write(file("resolv"), format!("{}\n", scenario.resolver.trim()))?;
    std::fs::write(
        file("hosts"),
        format!("127.0.0.1 localhost\n{}\n", scenario.hosts.trim()),
    )?;
    let child = spawn(ground, portcheck, scenario, &file)?;
    let status = wait(child)?;
    let out = std::fs::read_to_string(file("out")).context("the report is not UTF-8")?;
    keep(&scenario.name, &out)?;
    let said = std::fs::read_to_string(file("err")).unwrap_or_default();
    let report =
        read(&out, status).with_context(|| said.lines().next().unwrap_or("no word").to_owned())?;
    keep_secret(&[&out, &said])?;
    for row in &scenario.rows {
        row_is_true(row, &report)?;
    }
    let unsaid = scenario.says.iter().find(|words| !out.contains(*words));
    ensure!(unsaid.is_none(), "it does not say {unsaid:?}");
    Ok(Said {
        cost: connections::cost(ground, scenario, &report)?,
        ..said_by(&report)
    })
}

/// Keeps the report in `target/tmp/lab`, for whoever wonders.
fn keep(name: &str, report: &str) -> Result<()> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lab");
    std::fs::create_dir_all(&dir)?;
    let file = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    Ok(std::fs::write(dir.join(format!("{file}.json")), report)?)
}

fn spawn(
    ground: &Ground,
    portcheck: &Path,
    scenario: &Scenario,
    file: &dyn Fn(&str) -> PathBuf,
) -> Result<Child> {
    let script = "mount --bind \"$RESOLV\" /etc/resolv.conf
        mount --bind \"$HOSTS\" /etc/hosts
        unset RESOLV HOSTS
        exec \"$@\"";
    let mut command = ground.command(scenario.from, "sh");
    command.args(["-ec", script, "sh"]);
    if !scenario.root {
        command.args([
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ]);
    }
    if let Some(clock) = &scenario.clock {
        command.args(["faketime", "-f", clock]);
    }
    let public = ground.dir().join("public-root.pem");
    command
        .arg(portcheck)
        .args(&scenario.arguments)
        .args(["--format", "json"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("RESOLV", file("resolv"))
        .env("HOSTS", file("hosts"))
        .env("SSL_CERT_FILE", &public)
        .env("PORTCHECK_PUBLIC_ROOTS", &public)
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .envs(&scenario.env)
        .stdout(File::create(file("out"))?)
        .stderr(File::create(file("err"))?);
    Ok(command.spawn()?)
}

fn wait(mut child: Child) -> Result<ExitStatus> {
    let since = Instant::now();
    let mut most = 0;
    loop {
        most = memory(child.id()).max(most);
        if let Some(status) = child.try_wait()? {
            ensure!(most < MEMORY_LIMIT, "it used {} MB", most >> 20);
            return Ok(status);
        }
        if since.elapsed() > ENDS_WITHIN {
            child.kill()?;
            child.wait()?;
            bail!("it ran for more than {} s", ENDS_WITHIN.as_secs());
        }
        thread::sleep(GLANCE);
    }
}

/// The most memory the process had at a time, in bytes; 0 if it is gone.
/// Source: proc(5), `VmHWM`.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// The report, unless it breaks a rule that holds in every scenario.
fn read(out: &str, status: ExitStatus) -> Result<Report> {
    if let Some(signal) = status.signal() {
        bail!("it was killed by signal {signal}");
    }
    let exit = status.code().context("no exit code")?;
    let report: Report =
        serde_json::from_str(out).with_context(|| format!("no report, exit {exit}"))?;
    let said = i32::from(report.exit_code);
    ensure!(said == exit, "the report says exit {said}");
    let mut words = report.findings.iter().flat_map(|finding| &finding.evidence);
    let harmless = words.all(|word| !word.contains(char::is_control));
    ensure!(harmless, "control characters in the evidence");
    Ok(report)
}

/// Nothing that portcheck writes has the proxies' password in it, as it is or as `Basic` sends it.
fn keep_secret(texts: &[&str]) -> Result<()> {
    // In base64 by how many bytes are before it, less the letters that these have a part in.
    let written = [
        "Y2FuYXJ5LTVlY3JldA",
        "NhbmFyeS01ZWNyZXQ",
        "jYW5hcnktNWVjcmV0",
    ];
    let mut forms = written.into_iter().chain([SECRET]);
    let told = forms.find(|form| texts.iter().any(|text| text.contains(form)));
    ensure!(told.is_none(), "it tells the password: {told:?}");
    Ok(())
}

/// Every row of that port is as it must be, and there is one.
fn row_is_true(row: &Row, report: &Report) -> Result<()> {
    let mut found = 0;
    for finding in &report.findings {
        if finding.endpoint.port != PortField::Port(row.port) {
            continue;
        }
        found += 1;
        let (verdict, cause) = (finding.verdict.word(), finding.cause.as_deref());
        ensure!(
            verdict == row.verdict && cause == row.cause.as_deref(),
            "{}:{} is {verdict} {}",
            finding.endpoint.host,
            row.port,
            cause.unwrap_or("-")
        );
    }
    ensure!(found > 0, "there is no row of port {}", row.port);
    Ok(())
}

fn said_by(report: &Report) -> Said {
    let exit = i32::from(report.exit_code);
    match &report.findings[..] {
        [finding] => Said {
            verdict: finding.verdict.word().to_owned(),
            cause: finding.cause.clone(),
            certainty: finding.certainty.word().to_owned(),
            exit,
            evidence: finding.evidence.first().cloned().unwrap_or_default(),
            cost: None,
        },
        findings => Said {
            verdict: report.verdict.word().to_owned(),
            cause: all_causes(report),
            certainty: "-".to_owned(),
            exit,
            evidence: format!("{} findings", findings.len()),
            cost: None,
        },
    }
}

/// What several findings come down to: the root causes, and the causes of what decides the
/// verdict and that no root explains.
fn all_causes(report: &Report) -> Option<String> {
    let deciding = report
        .findings
        .iter()
        .filter(|finding| finding.verdict == report.verdict && finding.explained_by.is_none());
    let roots = report.root_causes.iter().map(|root| root.cause.as_str());
    let causes: Vec<&str> = roots
        .chain(deciding.filter_map(|finding| finding.cause.as_deref()))
        .collect();
    (!causes.is_empty()).then(|| causes.join("+"))
}
