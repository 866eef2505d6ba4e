//! Nodes out of lists and patterns.

use super::inventory::expand;
use crate::{
    catalog::{
        Mistakes,
        mistakes::{Reporter, Span, quoted},
    },
    net::Host,
};

/// The most nodes that a pattern or a list stands for: a range for more is a slip of the pen.
const LIMIT: usize = 10_000;

/// The hosts that `node[1:9]` stands for; a host is itself, whatever it is.
///
/// # Errors
/// What is wrong with a range.
pub fn spread(pattern: &str) -> Result<Vec<String>, String> {
    if !pattern.contains('[') {
        return Ok(vec![pattern.to_owned()]);
    }
    let names = expand(pattern, LIMIT)?;
    match names.first() {
        Some(first) if first.parse::<Host>().is_err() => Err(format!(
            "{} is neither a host name nor an address",
            quoted(first)
        )),
        Some(_) | None => Ok(names),
    }
}

/// The hosts of a list, each once: several a line, parted by blanks or commas; `#` begins a comment.
/// `file` is what it is called in mistakes.
///
/// # Errors
/// Every mistake of the list, or that it is empty.
pub fn listed(file: &str, text: &str) -> Result<Vec<String>, Mistakes> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reporter = Reporter::new(file, text);
    let mut hosts: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.split('#').next().unwrap_or_default();
        let mut at = start;
        start += line.len();
        for word in content.split_inclusive(|it: char| it.is_whitespace() || it == ',') {
            let bare = word.trim_end_matches(|it: char| it.is_whitespace() || it == ',');
            let span = Span {
                end: at + bare.len(),
                ..Span::at(text, at)
            };
            at += word.len();
            if bare.is_empty() {
                continue;
            }
            match spread(bare) {
                Ok(names) if names.iter().all(|name| name.parse::<Host>().is_ok()) => {
                    hosts.extend(names.into_iter().filter(|name| seen.insert(name.clone())));
                }
                Ok(_) => {
                    let bare = quoted(bare);
                    reporter.report(
                        span,
                        format!("{bare} is neither a host name nor an address"),
                    );
                }
                Err(message) => reporter.report(span, message),
            }
        }
        if hosts.len() > LIMIT {
            let message = format!("got more than {LIMIT} nodes");
            return Err(Mistakes::whole_file(file, message, None));
        }
    }
    let is_any = !hosts.is_empty();
    reporter.finish(is_any.then_some(hosts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_names_patterns_and_comments() {
        let text = "# ours\nn1, n2 n2\n  n[08:10].x # three\n[::1]\r\n";
        let expected = ["n1", "n2", "n08.x", "n09.x", "n10.x", "[::1]"];
        assert_eq!(listed("nodes", text).unwrap(), expected);
    }

    #[test]
    fn every_mistake_of_a_list_is_told_at_once() {
        let mistakes = listed("nodes", "n1 a!b\nn[3:1]\n10.0.0.0/30,n2\n").unwrap_err();
        assert_eq!(
            mistakes.to_string(),
            "error: `a!b` is neither a host name nor an address
 --> nodes:1:4
1 | n1 a!b
  |    ^^^

error: got the range `3:1`, expected one such as `[01:16]` or `[a:d]`
 --> nodes:2:1
2 | n[3:1]
  | ^^^^^^

error: `10.0.0.0/30` is neither a host name nor an address
 --> nodes:3:1
3 | 10.0.0.0/30,n2
  | ^^^^^^^^^^^"
        );
        assert!(listed("nodes", "# none\n").is_err());
    }
}
