//! Proxies and `NO_PROXY`, held to curl. Nothing listens where curl is sent: what it tries is told
//! by `-v` before the refusal.

use std::{collections::BTreeMap, process::Command, thread};

use portcheck::{
    net::{Address, Protocol, ProxyUrl},
    site::{Goal, Proxies, ProxySettings, Route},
};

use crate::answer;

/// Where nothing listens: curl goes there directly.
const DIRECT: &str = "127.0.0.1:1";

/// curl, with nothing of this machine's but the variables.
fn curl(variables: &[(&str, &str)], arguments: &[&str]) -> Option<String> {
    let mut curl = Command::new("curl");
    curl.env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(variables.iter().copied())
        .args(["-q", "-sSv", "--max-time", "5"])
        .args(["--connect-to", &format!("::{DIRECT}")])
        .args([
            "--resolve",
            "p.test:9:127.0.0.1",
            "--resolve",
            "p.test:1080:127.0.0.1",
        ])
        .args(["--resolve", "smtp.p.test:9:127.0.0.1"])
        .args(arguments);
    let seen = answer(&mut curl)?;
    Some(String::from_utf8_lossy(&seen.stderr).into_owned())
}

/// The first place that curl tried, or `none`.
fn tried(seen: &str) -> String {
    let place = seen.lines().find_map(|line| {
        let (_, place) = line.split_once("Trying ")?;
        Some(place.trim_end_matches('.').to_owned())
    });
    place.unwrap_or_else(|| "none".to_owned())
}

/// The place that portcheck would try first.
fn planned(variables: &[(&str, &str)], flag: Option<&str>, target: &str) -> String {
    let settings = ProxySettings {
        flag: flag.map(str::to_owned),
        environment: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        ..ProxySettings::default()
    };
    let (scheme, place) = target.split_once("://").unwrap();
    let protocol: Protocol = scheme.parse().unwrap();
    let address: Address = place.trim_end_matches('/').parse().unwrap();
    let goal = Goal {
        host: &address.host,
        port: address.port.or(protocol.default_port()),
        protocol,
        via: None,
    };
    match Proxies::read(&settings).and_then(|proxies| proxies.route(goal)) {
        Ok(Route::Direct) => DIRECT.to_owned(),
        Ok(Route::Through(proxy)) => proxy.url.host.with_port(proxy.url.port),
        Err(_) => "none".to_owned(),
    }
}

/// Compares all of these, on two threads, and tells every difference.
fn compare<T: Sync>(cases: &[T], differs: impl Fn(&T) -> Option<String> + Sync) {
    let wrong: Vec<String> = thread::scope(|scope| {
        let halves = cases.split_at(cases.len() / 2);
        let differs = &differs;
        let threads = [halves.0, halves.1]
            .map(|half| scope.spawn(move || half.iter().filter_map(differs).collect::<Vec<_>>()));
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const TARGETS: [&str; 8] = [
    "http://example.test/",
    "http://a.example.test/",
    "https://a.b.example.test:8443/",
    "http://badexample.test/",
    "http://localhost/",
    "http://10.1.2.3/",
    "http://192.168.7.7:8080/",
    "http://[fd00::1]/",
];

const LISTS: [&str; 58] = [
    "*",
    " *",
    "* ",
    "**",
    "*,",
    "localhost,*",
    "*.example.test",
    ".example.test",
    "example.test",
    "example.test.",
    ".example.test.",
    "EXAMPLE.TEST",
    "..example.test",
    ".",
    "..",
    ",",
    "test",
    ".test",
    "ample.test",
    "a.example.test:80",
    "example.test:80",
    "http://example.test",
    "x,example.test",
    "x, example.test",
    "x example.test",
    "x\texample.test",
    "x,,example.test",
    "x;example.test",
    "b.example.test,a.example.test",
    "a.b.example.test",
    "localhost",
    "localhost.localdomain",
    "127.0.0.1",
    "10.0.0.0/8",
    "10.0.0.0/08",
    "10.0.0.0/8x",
    "10.1.2.3",
    "10.1.2.3/0",
    "10.1.2.3/32",
    "10.1.2.3/33",
    "10.1.2.2/31",
    "10.0.0.0/-1",
    "10.0.0.0/255.0.0.0",
    "10.*",
    "10.",
    "10.1.2.3.",
    ".10.1.2.3",
    "2.3",
    "10.1.2.3:80",
    "010.1.2.3",
    "0xa.1.2.3",
    "192.168.0.0/16,10.0.0.0/9",
    "fd00::1",
    "fd00::/8",
    "[fd00::1]",
    "fd00:0::1",
    "::1,fd00::1",
    "[fd00::1]:80",
];

#[test]
fn no_proxy_is_read_as_curl_reads_it() {
    let proxy = "http://127.0.0.1:9";
    let cases: Vec<(&str, &str)> = LISTS
        .iter()
        .flat_map(|list| TARGETS.map(|target| (*list, target)))
        .collect();
    compare(&cases, |(list, target)| {
        let seen = curl(&[("no_proxy", list)], &["-x", proxy, target])?;
        let (curl, ours) = (
            tried(&seen),
            planned(&[("no_proxy", list)], Some(proxy), target),
        );
        (curl != ours).then(|| format!("`{list}` {target}: curl {curl}, portcheck {ours}"))
    });
}

#[test]
fn of_the_variables_the_same_one_counts() {
    const NAMES: [(&str, &str); 6] = [
        ("http_proxy", "127.0.0.1:11"),
        ("https_proxy", "http://127.0.0.1:12"),
        ("HTTPS_PROXY", "127.0.0.1:13"),
        ("all_proxy", "socks5h://127.0.0.1:14"),
        ("ALL_PROXY", "socks://127.0.0.1:15/"),
        ("HTTP_PROXY", "127.0.0.1:16"),
    ];
    let cases: Vec<(Vec<(&str, &str)>, &str)> = (0..64_u32)
        .flat_map(|set| {
            let chosen = NAMES.iter().enumerate();
            let variables: Vec<(&str, &str)> = chosen
                .map(|(index, (name, url))| (*name, if set >> index & 1 == 1 { *url } else { "" }))
                .collect();
            ["http://a.test/", "https://a.test/"].map(|target| (variables.clone(), target))
        })
        .collect();
    compare(&cases, |(variables, target)| {
        let (curl, ours) = (
            tried(&curl(variables, &[target])?),
            planned(variables, None, target),
        );
        (curl != ours).then(|| format!("{variables:?} {target}: curl {curl}, portcheck {ours}"))
    });
}

const URLS: [&str; 60] = [
    "127.0.0.1:9",
    "http://127.0.0.1:9",
    "HTTP://127.0.0.1:9/",
    "http:/127.0.0.1:9",
    "http:///127.0.0.1:9",
    "http:////127.0.0.1:9",
    "http:127.0.0.1:9",
    "//127.0.0.1:9",
    "socks://127.0.0.1:1080/",
    "socks://127.0.0.1",
    "socks4://127.0.0.1",
    "socks4a://127.0.0.1",
    "socks5://127.0.0.1",
    "SOCKS5H://127.0.0.1",
    "https://127.0.0.1",
    "https2://127.0.0.1",
    "http1.0://127.0.0.1:9",
    "ftp://127.0.0.1:9",
    "user:p@ss@127.0.0.1:9",
    "u:p%40ss@127.0.0.1:9",
    "u@127.0.0.1:9",
    "@127.0.0.1:9",
    "http://:@127.0.0.1:9",
    "http://u:p/w@127.0.0.1:9",
    "http://u:p?w@127.0.0.1:9",
    "http://u:p#w@127.0.0.1:9",
    " 127.0.0.1:9",
    "127.0.0.1:9 ",
    "127.0.0.1: 9",
    "::1:9",
    "[::1]:9",
    "[::1]",
    "[::1",
    "::1]:9",
    "[::1]9",
    "[127.0.0.1]:9",
    "[]:9",
    "127.0.0.1:",
    "http://127.0.0.1:",
    "127.0.0.1:009",
    "127.0.0.1:+9",
    "127.0.0.1:9x",
    "127.0.0.1:65536",
    "127.0.0.1:9?x",
    "127.0.0.1:9#x",
    "127.0.0.1:9/x",
    "127.1:9",
    "2130706433:9",
    "0x7f.1:9",
    "0177.0.0.1:9",
    "%31%32%37.0.0.1:9",
    "p.test:9",
    "p.test",
    "ftp.p.test:9",
    "smtp.p.test:9",
    "http://smtp.p.test:9",
    "p,q.test:9",
    "p%2fq.test:9",
    "http://",
    "",
];

#[test]
fn a_proxys_url_is_taken_or_refused_as_curl_does() {
    compare(&URLS, |url| {
        if url.is_empty() {
            return None;
        }
        let seen = tried(&curl(&[], &["-x", url, "http://t.test/"])?);
        let ours = url.parse::<ProxyUrl>().map_or_else(
            |_| "none".to_owned(),
            |url| url.host.with_port(url.port).replace("p.test", "127.0.0.1"),
        );
        let ours = ours.replace("smtp.127", "127");
        (seen != ours).then(|| format!("`{url}`: curl {seen}, portcheck {ours}"))
    });
}
