//! Durations and counts as typed, within bounds that make sense.

use std::{ops::RangeInclusive, time::Duration};

use thiserror::Error;

use super::failure::literal;
use crate::text;

/// What is wrong with a quantity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum QuantityError {
    /// Not a duration.
    #[error("got {}, expected a duration such as `3s`, `500ms` or `2` (seconds)", literal(.0))]
    NoDuration(String),
    /// A duration out of bounds.
    #[error("got {}, expected {} to {}", literal(.typed), text::duration(*.least), text::duration(*.most))]
    Duration {
        /// As typed.
        typed: String,
        /// The least that makes sense.
        least: Duration,
        /// The most.
        most: Duration,
    },
    /// Not a count, or one out of bounds.
    #[error("got {}, expected a number from {} to {}", literal(.typed), .bounds.start(), .bounds.end())]
    Count {
        /// As typed.
        typed: String,
        /// What makes sense.
        bounds: RangeInclusive<u32>,
    },
}

/// The duration that was typed: a number, with at most three decimals, and a unit: `ms`, `s` (the
/// default), `m` or `min`, `h`.
///
/// # Errors
/// When it is no duration, or not within `bounds`.
pub(crate) fn duration(
    typed: &str,
    bounds: RangeInclusive<Duration>,
) -> Result<Duration, QuantityError> {
    let no_duration = || QuantityError::NoDuration(typed.to_owned());
    let at = typed
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(typed.len());
    let (number, unit) = typed.split_at(at);
    let unit_millis = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(no_duration()),
    };
    let thousandths = thousandths(number).ok_or_else(no_duration)?;
    let micros = thousandths.saturating_mul(unit_millis);
    let duration = Duration::from_micros(micros);
    if bounds.contains(&duration) {
        Ok(duration)
    } else {
        Err(QuantityError::Duration {
            typed: typed.to_owned(),
            least: *bounds.start(),
            most: *bounds.end(),
        })
    }
}

/// `1.25` as 1250; `None` unless it is digits, with up to three decimals. Too large is the largest.
fn thousandths(number: &str) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(decimals) || decimals.len() > 3 {
        return None;
    }
    let fraction: u64 = format!("{decimals:0<3}").parse().ok()?;
    // Digits alone fail to parse only when they are too many.
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    Some(whole.saturating_mul(1_000).saturating_add(fraction))
}

/// The count that was typed.
///
/// # Errors
/// When it is no number, or not within `bounds`.
pub(crate) fn count(typed: &str, bounds: RangeInclusive<u32>) -> Result<u32, QuantityError> {
    typed
        .parse()
        .ok()
        .filter(|number| bounds.contains(number))
        .ok_or_else(|| QuantityError::Count {
            typed: typed.to_owned(),
            bounds,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_mins(5);

    fn told(typed: &str) -> String {
        match duration(typed, MOST) {
            Ok(duration) => format!("{duration:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        for (typed, meant) in [
            ("3s", "3s"),
            ("500ms", "500ms"),
            ("2", "2s"),
            ("1.5s", "1.5s"),
            ("0.001", "1ms"),
            ("2m", "120s"),
            ("5min", "300s"),
        ] {
            assert_eq!(told(typed), meant, "{typed}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_so() {
        for typed in ["", "s", "-1s", "3 s", "3sec", "1.2.3", ".5", "1.2345", "∞"] {
            assert_eq!(
                told(typed),
                format!(
                    "got `{typed}`, expected a duration such as `3s`, `500ms` or `2` (seconds)"
                )
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_bounds() {
        for typed in ["0", "0s", "1h", "301", "99999999999999999999999h"] {
            assert_eq!(
                told(typed),
                format!("got `{typed}`, expected 1 ms to 5 min 0 s")
            );
        }
    }

    #[test]
    fn counts_keep_within_their_bounds() {
        assert_eq!(count("7", 1..=100), Ok(7));
        for typed in ["0", "101", "-1", "x", ""] {
            assert_eq!(
                count(typed, 1..=100).map_err(|error| error.to_string()),
                Err(format!("got `{typed}`, expected a number from 1 to 100"))
            );
        }
    }
}
