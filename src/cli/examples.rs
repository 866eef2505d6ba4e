//! The examples under each help text.

/// Under `portcheck -h`.
pub(super) const SHORT: &str = "\
Examples:
  portcheck run --profile looker-server
  portcheck probe https://github.com ssh://github.com

`portcheck --help` says more.";

/// Under `portcheck --help`.
pub(super) const LONG: &str = "\
Examples:
  portcheck catalog list
  portcheck plan --profile thoughtspot-cluster --node 10.0.0.2,10.0.0.3
  portcheck run --profile thoughtspot-cluster --node 10.0.0.2,10.0.0.3
  portcheck run --profile looker-server --output json=report.json
  portcheck probe https://github.com ssh://github.com 10.0.0.2:9042
  portcheck explain tcp-no-reply

Exit codes:
  0    every mandatory check was decided and passed
  1    at least one mandatory check failed
  2    the arguments, a catalog or the site file are wrong; no packet was sent
  3    none failed, but at least one could not be decided, or a variable is missing
  4    portcheck could not do its own job
  130  interrupted by SIGINT, 129 by SIGHUP, 131 by SIGQUIT, 143 by SIGTERM; what was seen is
       still reported

Each option can be given by the environment: `--timeout` is PORTCHECK_TIMEOUT.";

/// Under the help of `run`.
pub(super) const RUN: &str = "\
Examples:
  portcheck run --profile looker-server
  portcheck run --profile thoughtspot-cluster --node 10.0.0.2,10.0.0.3 --set smtp_relay=mail:25
  portcheck run --profile thoughtspot-cluster --site site.yaml --format json
  portcheck run --profile looker-server --output html=report.html --output junit=report.xml
  portcheck run --profile looker-server --baseline yesterday.json
  portcheck run --profile looker-server --watch --until-pass";

/// Under the help of `mesh`.
pub(super) const MESH: &str = "\
Examples:
  portcheck mesh --site site.yaml --profile thoughtspot-cluster
  portcheck mesh --site site.yaml --profile thoughtspot-cluster --sudo --ssh-option User=admin
  portcheck mesh --site site.yaml --profile thoughtspot-cluster --dry-run
  portcheck mesh plan --site site.yaml --profile thoughtspot-cluster";

/// Under the help of `plan`.
pub(super) const PLAN: &str = "\
Examples:
  portcheck plan --profile looker-server
  portcheck plan --profile thoughtspot-cluster --node 10.0.0.2 --format json";

/// Under `portcheck probe -h`.
pub(super) const PROBE: &str = "\
Examples:
  portcheck probe https://github.com ssh://github.com
  portcheck probe 10.0.0.2:9042 'dns://10.0.0.53?name=github.com'
  portcheck probe --ports 80,443,8000-8010 web-1 web-2
  portcheck probe --from list.csv

`portcheck probe --help` lists the schemes.";

/// Under `portcheck probe --help`.
pub(super) const PROBE_LONG: &str = "\
Schemes:
  tcp udp tls https http ssh smtp smtps git dns dns+tcp ntp ldap ldaps nfs nfs+udp ipmi ike
  ike-natt postgres mysql mssql oracle redis memcached memcached+udp zookeeper cassandra http-proxy
  socks5 icmp esp

  The port defaults to the scheme's; `tcp` and `udp` have none. IPv6 addresses stand in brackets.

Options of an endpoint:
  expect=service|path|blocked   as --expect
  timeout=DURATION              as --timeout
  pki=public|private|any        where the certificate's chain must end
  starttls=yes|no               for smtp (default yes) and ldap (default no)
  tls=yes|no                    for postgres, mysql, mssql: whether it must be offered
  name=NAME                     what a dns probe asks for

Examples:
  portcheck probe https://github.com ssh://github.com
  portcheck probe 10.0.0.2:9042 'dns://10.0.0.53?name=github.com'
  portcheck probe 'tls://[2001:db8::1]:8443?pki=private' --ca-file corporate.pem";

/// Under the help of `respond`.
pub(super) const RESPOND: &str = "\
Examples:
  portcheck respond --profile thoughtspot-cluster
  portcheck respond --profile thoughtspot-cluster --full-ranges --for 2h --token-file token
  portcheck respond --profile thoughtspot-outbound --as ldap-server

On the other machines: portcheck run --responders --profile thoughtspot-cluster --node HOST

Exit codes:
  0    the time is up
  2    the arguments, a catalog or the site file are wrong; nothing was bound
  4    no port could be bound
  130  ended by SIGINT, 129 by SIGHUP, 131 by SIGQUIT, 143 by SIGTERM";

/// Under the help of `site init`.
pub(super) const SITE_INIT: &str = "\
Examples:
  portcheck site init --profile thoughtspot-cluster --output site.yaml
  portcheck site lint site.yaml
  portcheck run --profile thoughtspot-cluster --site site.yaml";

/// Under the help of `request`.
pub(super) const REQUEST: &str = "\
Examples:
  portcheck request --profile thoughtspot-cluster --node 10.0.0.2,10.0.0.3 --for csv
  portcheck request report.json
  portcheck request report.json --for nftables --output change.nft --undo undo.sh
  portcheck request report.json --for iptables --chain 'ip filter FORWARD'
  portcheck request --profile looker-server --check rules.json";

/// Under the help of `explain`.
pub(super) const EXPLAIN: &str = "\
Examples:
  portcheck explain
  portcheck explain tcp-no-reply
  portcheck explain looker.current.licensing";

/// Under the help of `report`.
pub(super) const REPORT: &str = "\
Examples:
  portcheck report report.json
  portcheck report report.json --format html --redact > report.html
  portcheck report node-1.json node-2.json node-3.json
  portcheck report --schema";

/// Under the help of `diff`.
pub(super) const DIFF: &str = "\
Examples:
  portcheck diff yesterday.json today.json
  portcheck diff yesterday.json today.json --format markdown

Exit codes:
  0  nothing got worse
  1  something did";

/// Under the help of `completions`.
pub(super) const COMPLETIONS: &str = "\
Examples:
  portcheck completions bash > /etc/bash_completion.d/portcheck
  portcheck completions zsh > \"${fpath[1]}/_portcheck\"
  portcheck completions fish > ~/.config/fish/completions/portcheck.fish
  portcheck completions powershell >> $PROFILE";

/// Under the help of `man`.
pub(super) const MAN: &str = "\
Examples:
  portcheck man > /usr/local/share/man/man1/portcheck.1";
