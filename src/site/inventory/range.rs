//! Many hosts in one word: `node[01:16]`, `db[a:d].example`, `rack[1:3]node[1:9:2]`.

use std::net::IpAddr;

use crate::catalog::mistakes::quoted;

/// The letters in their order. Source: Ansible, `expand_hostname_range`: Python's `ascii_letters`.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The names that `pattern` stands for, at most `limit`.
///
/// # Errors
/// What is wrong with a range, or that it stands for more. Source: Ansible, "Adding ranges of hosts".
pub(in crate::site) fn expand(pattern: &str, limit: usize) -> Result<Vec<String>, String> {
    let mut names = vec![String::new()];
    let mut rest = pattern;
    while let Some((literal, range, after)) = next_range(rest)? {
        let span = Span::read(range)?;
        let total = names.len().saturating_mul(span.count());
        if total > limit {
            let pattern = quoted(pattern);
            return Err(format!(
                "{pattern} stands for {total} hosts, expected at most {limit}"
            ));
        }
        names = names
            .iter()
            .flat_map(|name| {
                span.items()
                    .map(move |item| format!("{name}{literal}{item}"))
            })
            .collect();
        rest = after;
    }
    for name in &mut names {
        name.push_str(rest);
    }
    Ok(names)
}

/// What comes before the next range, the range, and what comes after it.
fn next_range(text: &str) -> Result<Option<(&str, &str, &str)>, String> {
    let Some((literal, range)) = text.split_once('[') else {
        return Ok(None);
    };
    let Some((range, after)) = range.split_once(']') else {
        return Err(format!("the `[` of {} is never closed", quoted(text)));
    };
    // `[::1]` is an address and no range.
    if literal.is_empty() && range.parse::<IpAddr>().is_ok() {
        return Ok(None);
    }
    Ok(Some((literal, range, after)))
}

/// Numbers or letters from one to another.
struct Span {
    first: u64,
    last: u64,
    step: u64,
    /// How many digits a number has at least; none for letters.
    width: Option<usize>,
}

impl Span {
    fn read(range: &str) -> Result<Self, String> {
        let wrong = || {
            let range = quoted(range);
            format!("got the range {range}, expected one such as `[01:16]` or `[a:d]`")
        };
        let mut parts = range.split(':');
        let (Some(first), Some(last), step, None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let step = step.map_or(Ok(1), str::parse).map_err(|_| wrong())?;
        let (bounds, width) = match (letter(first), letter(last)) {
            (Some(first), Some(last)) => ((first, last), None),
            (_, _) => Self::numbers(first, last).ok_or_else(wrong)?,
        };
        let span = Self {
            first: bounds.0,
            last: bounds.1,
            step,
            width,
        };
        if span.first > span.last || span.step == 0 {
            return Err(wrong());
        }
        Ok(span)
    }

    /// The bounds and how many digits a number has at least: as many as the first, if that begins
    /// with a zero.
    fn numbers(first: &str, last: &str) -> Option<((u64, u64), Option<usize>)> {
        let first = if first.is_empty() { "0" } else { first };
        let is_padded = first.len() > 1 && first.starts_with('0');
        if is_padded && first.len() != last.len() {
            return None;
        }
        let width = if is_padded { first.len() } else { 0 };
        Some(((number(first)?, number(last)?), Some(width)))
    }

    fn count(&self) -> usize {
        let steps = (self.last - self.first) / self.step;
        usize::try_from(steps)
            .unwrap_or(usize::MAX)
            .saturating_add(1)
    }

    fn items(&self) -> impl Iterator<Item = String> {
        let step = usize::try_from(self.step).unwrap_or(usize::MAX);
        (self.first..=self.last)
            .step_by(step)
            .map(|item| match self.width {
                Some(width) => format!("{item:0width$}"),
                None => usize::try_from(item)
                    .ok()
                    .and_then(|item| LETTERS.get(item..=item))
                    .unwrap_or_default()
                    .to_owned(),
            })
    }
}

fn letter(text: &str) -> Option<u64> {
    match text.as_bytes() {
        [_] => u64::try_from(LETTERS.find(text)?).ok(),
        _ => None,
    }
}

/// Digits alone, without a sign.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}
