//! Secrets are for whom they are meant: planted in every way in, they come out nowhere.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread,
};

use ::portcheck::report::Format;
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{Portcheck, peer::Peer};

const USER: &str = "canary-user";
const PASSWORD: &str = "canary-5ecret";

/// A proxy that says back all that it is told, wherever that may be kept.
fn echoing_proxy(status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut heard = [0; 4096];
            let length = stream.read(&mut heard).unwrap_or(0);
            let heard = String::from_utf8_lossy(&heard[..length]).into_owned();
            let told = heard
                .lines()
                .find_map(|line| line.strip_prefix("Proxy-Authorization: "))
                .unwrap_or_default()
                .to_owned();
            let plain = format!("{USER}:{PASSWORD}");
            let encoded = plain.replace('-', "%2D").replace(':', "%3A");
            let answer = format!(
                "HTTP/1.1 {status} {told} {plain}\r\nServer: {told}\r\nVia: {PASSWORD}\r\n\
                 X-Squid-Error: {plain}\r\nLocation: http://{plain}@h/\r\n\
                 Proxy-Authenticate: Basic realm=\"{PASSWORD}\"\r\n\r\n{told} {plain} {encoded}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// Whether a secret is in it, as it is or encoded.
fn leaks(text: &str) -> bool {
    let pair = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let bare = pair.trim_end_matches('=');
    let encoded = PASSWORD.replace('-', "%2D");
    [USER, PASSWORD, bare, &encoded]
        .into_iter()
        .any(|secret| text.contains(secret))
}

/// Runs, and looks at all that comes out.
fn run(arguments: &[&str], environment: &[(&str, &str)]) {
    let mut portcheck = Portcheck::new(arguments);
    for (name, value) in environment {
        portcheck = portcheck.env(name, value);
    }
    let output = portcheck.command().output().unwrap();
    for told in [output.stdout, output.stderr] {
        let told = String::from_utf8(told).unwrap();
        assert!(!leaks(&told), "{arguments:?} {environment:?}:\n{told}");
    }
}

#[test]
fn no_format_shows_what_a_proxy_was_told_and_says_back() {
    let folder = tempfile::tempdir().unwrap();
    let login = folder.path().join("login");
    fs::write(&login, format!("{USER}:{PASSWORD}\n")).unwrap();
    for status in ["407", "403", "502", "302", "200"] {
        let proxy = echoing_proxy(status);
        let url = format!("http://{USER}:{PASSWORD}@{proxy}");
        let bare = format!("http://{proxy}");
        for format in Format::ALL {
            let word = format.word();
            for endpoint in ["https://localhost:1", "http://localhost:1"] {
                let probe = ["probe", endpoint, "--format", word, "-v", "--timeout", "1s"];
                run(&[&probe[..], &["--proxy", &url]].concat(), &[]);
            }
            let probe = ["probe", "https://localhost:1", "--format", word];
            run(&probe, &[("https_proxy", &url)]);
            let file = login.to_str().unwrap();
            let with_file = [&probe[..], &["--proxy", &bare, "--proxy-auth-file", file]].concat();
            run(&with_file, &[]);
        }
    }
}

#[test]
fn no_spelling_of_the_environment_is_repeated() {
    let proxy = echoing_proxy("407");
    for url in [
        format!("http://{USER}:{PASSWORD}@{proxy}"),
        format!("{USER}:{PASSWORD}@{proxy}"),
        format!("socks5h://{USER}:{PASSWORD}@{proxy}"),
        format!("gopher://{USER}:{PASSWORD}@{proxy}"),
        format!("http://{USER}:{PASSWORD}@"),
        format!("http://{USER}:{PASSWORD}@{proxy}:port"),
    ] {
        for name in [
            "https_proxy",
            "HTTPS_PROXY",
            "http_proxy",
            "HTTP_PROXY",
            "all_proxy",
            "ALL_PROXY",
            "PORTCHECK_PROXY",
        ] {
            let endpoints = ["https://localhost:1", "http://localhost:1"];
            run(&[&["probe"], &endpoints[..]].concat(), &[(name, &url)]);
        }
        let plan = ["plan", "--profile", "looker-server", "--proxy", &url];
        run(&plan, &[]);
        run(&[&plan[..], &["--format", "json"]].concat(), &[]);
    }
}

#[test]
fn no_mistake_repeats_a_password() {
    let typed = format!("{USER}:{PASSWORD}");
    for endpoint in [
        format!("https://{typed}@target.example"),
        format!("http-proxy://{typed}@target.example:1"),
        format!("{typed}@target.example:443"),
        format!("gopher://{typed}@target.example"),
        format!("https://{typed}@target.example/path?x=y"),
        format!("https://{typed}?x@target.example"),
        format!("https:/{typed}@target.example"),
        format!("//{typed}@target.example"),
        format!("{typed}://x@target.example"),
        format!("https://{typed}%40target.example"),
        format!("https://target.example?name={typed}@x"),
    ] {
        run(&["probe", &endpoint], &[]);
    }
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong");
    fs::write(&wrong, PASSWORD).unwrap();
    let file = wrong.to_str().unwrap();
    let proxy = ["--proxy", "h:1", "--proxy-auth-file", file];
    run(&[&["probe", "https://h"], &proxy[..]].concat(), &[]);
    let url = format!("http://{typed}@h:1");
    run(
        &["probe", "https://h", "--proxy", &url, "--no-such-option"],
        &[],
    );
    run(&["probe", "--proxy", &url], &[]);
    run(&["report", "--proxy", &url], &[]);
    for misplaced in [
        &["--format", &url][..],
        &["--proxy-auth-file", &url],
        &["--site", &url],
        &["--catalog", &url],
        &["--resolver", &url],
        &["--timeout", &url],
        &["--output", &url],
        &["--pac", &url],
        &["--node", &url],
        &["--no-proxy", &url],
        &[&format!("--proxi={url}")],
        &[&url],
    ] {
        run(
            &[&["plan", "--profile", "looker-server"], misplaced].concat(),
            &[],
        );
        run(&[&["probe", "tcp://127.0.0.1:1"], misplaced].concat(), &[]);
    }
}

#[test]
fn no_file_holds_what_a_proxy_was_told_and_says_back() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = echoing_proxy("403");
    let url = format!("http://{USER}:{PASSWORD}@{proxy}");
    let paths: Vec<_> = Format::ALL
        .map(|format| (format.word(), folder.path().join(format.word())))
        .into_iter()
        .collect();
    let outputs: Vec<String> = paths
        .iter()
        .map(|(word, path)| format!("--output={word}={}", path.display()))
        .collect();
    let mut arguments = vec!["probe", "https://localhost:1", "-v", "--proxy", &url];
    arguments.extend(outputs.iter().map(String::as_str));
    run(&arguments, &[]);
    for (word, path) in paths {
        let written = fs::read_to_string(path).unwrap();
        assert!(!leaks(&written), "{word}:\n{written}");
    }
}

#[test]
fn no_format_shows_the_token_of_responders() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let file = file.to_str().unwrap();
    let peer = Peer::closed();
    let uri = peer.uri("tcp");
    for format in Format::ALL {
        let probe = [
            "probe",
            &uri,
            "--responders",
            "--format",
            format.word(),
            "-v",
        ];
        run(&[&probe[..], &["--token", PASSWORD]].concat(), &[]);
        run(&[&probe[..], &["--token-file", file]].concat(), &[]);
        run(&probe, &[("PORTCHECK_TOKEN", PASSWORD)]);
    }
    run(&["respond", "--token", PASSWORD], &[]);
    run(
        &["respond", "--profile", "none-such", "--token", PASSWORD],
        &[],
    );
}
