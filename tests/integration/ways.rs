//! Which way out, as typed.

use crate::Portcheck;

#[test]
fn a_variable_that_is_no_proxy_ends_only_what_would_go_by_it() {
    Portcheck::new(&["plan", "--profile", "looker-legacy", "--only", "*.git*"])
        .env("HTTPS_PROXY", "u:p@ss@h")
        .prints_anything()
        .tells_anything()
        .run();
    Portcheck::new(&["probe", "https://a.test"])
        .env("HTTPS_PROXY", "u:p@ss@h")
        .exits(2)
        .tells(
            "error: `HTTPS_PROXY`: got a second `@`: curl refuses one within a user or password\n\
             help: write `%40` for an `@` in a user or password\n",
        )
        .run();
}

#[test]
fn one_cannot_go_by_a_proxy_and_by_none() {
    let contradicts = "error: `--proxy` cannot be used with `--no-proxy`: one is by a proxy, the \
                       other by none\n";
    Portcheck::new(&["probe", "tcp://127.0.0.1:1", "--proxy", "h:1", "--no-proxy"])
        .exits(2)
        .tells(contradicts)
        .run();
    // What is typed weighs more than what the environment says.
    Portcheck::new(&["probe", "tcp://127.0.0.1:1", "--no-proxy", "-q"])
        .env("PORTCHECK_PROXY", "h:1")
        .exits(1)
        .prints_anything()
        .run();
}

#[test]
fn the_row_says_what_curl_does_not_read_in_the_exceptions() {
    let printed = Portcheck::new(&["probe", "https://localhost:1", "-v", "-q"])
        .env("https_proxy", "socks://127.0.0.1:1/")
        .env("NO_PROXY", "x.test,localhost:1")
        .exits(1)
        .prints_anything()
        .run();
    let told = "NO_PROXY has `localhost:1`, which curl does not read: write `localhost`";
    let whole = printed
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(whole.contains(told), "{}", printed.stdout);
}
