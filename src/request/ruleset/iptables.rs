//! What `iptables-save` or `ip6tables-save` says. Source: iptables-extensions(8).

use ipnet::IpNet;

use super::rules::{Asks, BaseChain, ChainFamily, Hook, Rule, Ruleset, Spans, Test, Verdict};
use crate::request::flow::{End, Family};

/// The chains of such a listing of one family; `None` for what is none.
#[must_use]
pub fn parse(text: &str, family: Family) -> Option<Ruleset> {
    let mut reader = Reader {
        family,
        table: String::new(),
        ruleset: Ruleset::default(),
    };
    let lines = text.lines().map(str::trim);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.try_for_each(|line| reader.line(line))?;
    (!reader.table.is_empty() || text.trim().is_empty()).then_some(reader.ruleset)
}

struct Reader {
    family: Family,
    table: String,
    ruleset: Ruleset,
}

impl Reader {
    fn line(&mut self, line: &str) -> Option<()> {
        if let Some(table) = line.strip_prefix('*') {
            table.clone_into(&mut self.table);
        } else if let Some(chain) = line.strip_prefix(':') {
            let mut words = chain.split_whitespace();
            let (name, policy) = (words.next()?, words.next()?);
            let filters = self.table != "nat" && policy != "-";
            self.ruleset.chains.push(BaseChain {
                family: match self.family {
                    Family::V4 => ChainFamily::Ip,
                    Family::V6 => ChainFamily::Ip6,
                },
                table: self.table.clone(),
                name: name.to_owned(),
                hook: Hook::from_word(name).filter(|_| filters),
                drops: policy == "DROP",
                rules: Vec::new(),
            });
        } else if line != "COMMIT" {
            self.rule(&words(line))?;
        }
        Some(())
    }

    /// `-A CHAIN …`, with counters before it or not.
    fn rule(&mut self, words: &[String]) -> Option<()> {
        let appended = words.iter().position(|word| word == "-A")?;
        let name = words.get(appended + 1)?;
        let mut options = Options::new(self.family);
        let mut rest = words
            .get(appended + 2..)?
            .iter()
            .map(String::as_str)
            .peekable();
        let mut negated = false;
        while let Some(word) = rest.next() {
            if word == "!" {
                negated = true;
                continue;
            }
            let mut values = Vec::new();
            while let Some(value) = rest.next_if(|next| !next.starts_with('-') && *next != "!") {
                values.push(value);
            }
            options.option(word, &values, negated);
            negated = false;
        }
        let verdict = self.verdict(&options);
        let is_its = |chain: &&mut BaseChain| chain.table == self.table && chain.name == *name;
        let chain = self.ruleset.chains.iter_mut().find(is_its)?;
        chain.rules.push(Rule {
            tests: options.tests,
            verdict,
        });
        Some(())
    }

    fn verdict(&self, options: &Options) -> Verdict {
        let target = options.target.as_str();
        let mut chains = self.ruleset.chains.iter();
        let is_chain = chains.any(|it| it.table == self.table && it.name == target);
        match target {
            "ACCEPT" => Verdict::Accept,
            "DROP" | "REJECT" => Verdict::Drop,
            "RETURN" => Verdict::Return,
            "QUEUE" | "NFQUEUE" => Verdict::Unclear,
            name if options.goes => Verdict::Goto(name.to_owned()),
            name if is_chain => Verdict::Jump(name.to_owned()),
            _ => Verdict::Continue,
        }
    }
}

/// The options of one rule.
struct Options {
    family: Family,
    tests: Vec<Test>,
    target: String,
    /// Whether the target is gone to, not jumped to.
    goes: bool,
}

/// Modules whose options are understood, or ask nothing.
const MODULES: [&str; 8] = [
    "tcp",
    "udp",
    "multiport",
    "conntrack",
    "state",
    "comment",
    "icmp",
    "icmp6",
];

impl Options {
    const fn new(family: Family) -> Self {
        Self {
            family,
            tests: Vec::new(),
            target: String::new(),
            goes: false,
        }
    }

    fn option(&mut self, option: &str, values: &[&str], negated: bool) {
        let first = values.first().copied().unwrap_or_default();
        if !self.target.is_empty() {
            return; // what the target is told asks nothing of the packet
        }
        let listed = || first.split(',').map(str::to_ascii_lowercase).collect();
        let asks = match option {
            "-j" | "-g" => {
                first.clone_into(&mut self.target);
                self.goes = option == "-g";
                return;
            }
            "--comment" => return,
            "-m" if MODULES.contains(&first) => return,
            "-s" => networks(first, self.family).map(Asks::Source),
            "-d" => networks(first, self.family).map(Asks::Destination),
            "-p" if first == "all" => return,
            "-p" => Some(Asks::Transport(vec![first.to_owned()])),
            "--dport" | "--dports" => ports(first).map(Asks::DestinationPort),
            "--sport" | "--sports" => ports(first).map(Asks::SourcePort),
            "--ctstate" | "--state" => Some(Asks::State(listed())),
            "-i" | "-o" => Some(Asks::Interface(vec![first.to_owned()])),
            "--icmp-type" | "--icmpv6-type" => echo(first).map(Asks::Echo),
            _ => None,
        };
        let asks = asks.unwrap_or(Asks::Unclear);
        self.tests.push(Test { asks, negated });
    }
}

fn networks(text: &str, family: Family) -> Option<Spans> {
    let spans = text.split(',').map(|part| {
        let network: IpNet = part.parse().ok().or_else(|| {
            let address: std::net::IpAddr = part.parse().ok()?;
            Some(IpNet::from(address))
        })?;
        Spans::of(&End::Network(network))?.all.first().copied()
    });
    Some(Spans {
        family: Some(family),
        all: spans.collect::<Option<Vec<[u128; 2]>>>()?,
    })
}

fn ports(text: &str) -> Option<Spans> {
    let spans = text.split(',').map(|part| {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        Some([first.parse().ok()?, last.parse().ok()?])
    });
    spans.collect::<Option<Vec<[u128; 2]>>>().map(Spans::ports)
}

/// Source: RFC 792; RFC 4443 §4.
fn echo(text: &str) -> Option<Vec<String>> {
    let word = match text {
        "8" | "128" | "echo-request" => "echo-request",
        "0" | "129" | "echo-reply" => "echo-reply",
        "any" => return Some(vec!["echo-request".to_owned(), "echo-reply".to_owned()]),
        _ => {
            return text
                .bytes()
                .all(|it| it.is_ascii_digit())
                .then(|| vec![text.to_owned()]);
        }
    };
    Some(vec![word.to_owned()])
}

/// The words of a line; what is in double quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut any) = (String::new(), false, false);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted => word.extend(characters.next()),
            '"' => {
                quoted = !quoted;
                any = true;
            }
            ' ' if !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            character => word.push(character),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}
