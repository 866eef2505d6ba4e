//! How a run ends when something comes between: signals, deadlines, readers that go away.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
};

use crate::{
    Portcheck,
    peer::{Days, Peer},
    validators::answer,
};

/// A probe of a peer that answers and of one that never does, at the moment the first has
/// answered; and the peers.
fn half_done(portcheck: &mut Portcheck) -> Child {
    let (open, silent) = (Peer::accepting(), Peer::silent());
    let child = portcheck
        .command()
        .args(["probe", "--timeout=1m", "--format=json"])
        .args([open.uri("tcp"), silent.uri("tcp")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    open.wait_for_a_connection();
    // Both stay until the test process ends; the child is gone long before.
    std::mem::forget((open, silent));
    child
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_signal_leaves_a_report_of_what_was_seen() {
    for (signal, name, code) in [
        ("-HUP", "SIGHUP", 129),
        ("-INT", "SIGINT", 130),
        ("-QUIT", "SIGQUIT", 131),
        ("-TERM", "SIGTERM", 143),
    ] {
        let mut portcheck = Portcheck::new(&[]).exits(code).prints_anything();
        let child = half_done(&mut portcheck);
        send(signal, &child);
        let printed = portcheck.judge(&child.wait_with_output().unwrap());
        let report: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
        assert_eq!(report["interrupted"], name);
        assert_eq!(report["exit_code"], code);
        assert_eq!(report["findings"][1]["verdict"], "inconclusive");
        assert_eq!(report["findings"][1]["cause"], "interrupted");
    }
}

#[test]
fn a_run_under_nohup_outlives_its_terminal() {
    let (open, silent) = (Peer::accepting(), Peer::silent());
    let mut child = Command::new("sh")
        .args(["-c", r#"trap "" HUP; exec "$@""#, "sh"])
        .arg(env!("CARGO_BIN_EXE_portcheck"))
        .args(["probe", "--timeout=1m", "--deadline=1s"])
        .args([open.uri("tcp"), silent.uri("tcp")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    open.wait_for_a_connection();
    send("-HUP", &child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn a_run_that_is_killed_leaves_nothing_and_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    let (open, silent) = (Peer::accepting(), Peer::silent());
    let output = format!("--output=json={}", path.display());
    let mut child = Command::new(env!("CARGO_BIN_EXE_portcheck"))
        .args(["probe", "--timeout=1m", &output])
        .args([open.uri("tcp"), silent.uri("tcp")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    open.wait_for_a_connection();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // What an earlier version has left, with the number of any process.
    let peer = Peer::accepting();
    for number in 1..=4 {
        fs::write(folder.path().join(format!(".r.json.{number}.part")), "").unwrap();
    }
    Portcheck::new(&["probe", &peer.uri("tcp"), &output])
        .prints_anything()
        .run();
    assert!(fs::metadata(&path).unwrap().len() > 100);
}

#[test]
fn where_no_thread_can_be_made_the_report_is_whole() {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if !is_root {
        eprintln!("skipped: only root can become a user of its own, whose threads are counted");
        return;
    }
    // Where everyone may run it, wherever it was built.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let program = folder.path().join("portcheck");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    // A link, where there can be one: a copy is busy while another test's child has it open.
    let built = env!("CARGO_BIN_EXE_portcheck");
    if fs::hard_link(built, &program).is_err() {
        fs::copy(built, &program).unwrap();
    }
    let (peer, _) = Peer::tls_for(&["127.0.0.1"], Days(90));
    let open = Peer::accepting();
    let mut limited = Command::new("setpriv");
    limited
        .args(["--reuid=54321", "--clear-groups", "prlimit", "--nproc=1:1"])
        .arg(program)
        .args(["probe", "--format=json", &peer.uri("tls"), &open.uri("tcp")]);
    let Some(answer) = answer(&mut limited) else {
        return;
    };
    let report: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    let verdicts = [0, 1].map(|index| report["findings"][index]["verdict"].clone());
    assert_eq!(verdicts, ["fail", "pass"], "{report:#}");
}

#[test]
fn a_deadline_leaves_a_report_of_what_was_seen() {
    let (open, silent) = (Peer::accepting(), Peer::silent());
    let printed = Portcheck::new(&[
        "probe",
        "--timeout=1m",
        "--deadline=300ms",
        "--format=json",
        &open.uri("tcp"),
        &silent.uri("tcp"),
    ])
    .exits(3)
    .prints_anything()
    .run();
    let report: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(report["interrupted"], "deadline");
    assert_eq!(report["findings"][0]["verdict"], "pass");
    assert_eq!(report["findings"][1]["cause"], "interrupted");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut portcheck = Portcheck::new(&["catalog", "export"]);
    let mut child = portcheck
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    portcheck.judge(&output);
}

#[test]
fn a_report_that_cannot_be_printed_is_our_failure() {
    let peer = Peer::accepting();
    let mut portcheck = Portcheck::new(&["probe", &peer.uri("tcp")])
        .exits(4)
        .tells("error: cannot write to stdout: no space is left on the device\n");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let child = portcheck
        .command()
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    portcheck.judge(&output);
}

#[test]
fn a_stdout_that_is_closed_is_our_failure_and_one_that_is_thrown_away_is_none() {
    let run = |redirection: &str| {
        let program = env!("CARGO_BIN_EXE_portcheck");
        let line = format!("{program} catalog list {redirection}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).env_clear();
        let output = shell.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), told)
    };
    let failure = "error: cannot write to stdout: it is closed\n".to_owned();
    assert_eq!(run(">&-"), (Some(4), failure));
    // For reading and writing, as many a program's "ignore the output" has it.
    for thrown_away in [">/dev/null", "1<>/dev/null"] {
        assert_eq!(run(thrown_away), (Some(0), String::new()));
    }
}

#[test]
fn an_unwritable_output_is_found_before_the_first_packet() {
    let peer = Peer::accepting();
    Portcheck::new(&[
        "probe",
        &peer.uri("tcp"),
        "--output",
        "/no/such/report.json",
    ])
    .exits(2)
    .tells("error: cannot write `/no/such/report.json`: there is no such file or directory\n")
    .run();
    assert!(!peer.was_reached());
}

#[test]
fn output_files_are_written_beside_stdout_each_in_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let (json, table) = (folder.path().join("a.json"), folder.path().join("b.txt"));
    let peer = Peer::accepting();
    let printed = Portcheck::new(&[
        "probe",
        &peer.uri("tcp"),
        "--output",
        &format!("json={}", json.display()),
        "--output",
        &table.display().to_string(),
    ])
    .prints_anything()
    .run();
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(report["schema"], "portcheck.report/1");
    assert_eq!(fs::read_to_string(&table).unwrap(), printed.stdout);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let path = json.display().to_string();
    Portcheck::new(&["report", &path])
        .prints(&crate::portcheck::timeless(&printed.stdout))
        .run();
}

#[test]
fn what_is_no_report_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    fs::write(&path, "{}").unwrap();
    Portcheck::new(&["report", &path.display().to_string()])
        .exits(2)
        .tells_anything()
        .run();
}
