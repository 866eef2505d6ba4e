//! Parts that know where they come from, and sentences made of them.

use std::{borrow::Cow, fmt, net::IpAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose words a part is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Ours: the same in every report of this version.
    Ours,
    /// The name of a host.
    Host,
    /// An IP address.
    Address,
    /// A path of this machine.
    Path,
    /// A name that a certificate has for its subject or issuer.
    Certificate,
    /// A program of this site's machines.
    Program,
    /// The id of a catalog's rule.
    Rule,
    /// A group of hosts, by the name that a catalog or a site has for it.
    Group,
    /// Any other name or title that a catalog, this site or its machine gave.
    Named,
    /// A figure, with its unit where it has one; a date, a version, a protocol's own code.
    Number,
    /// What somebody else sent: it may say anything. What a later version calls otherwise is read
    /// as this, too.
    #[serde(other)]
    Stranger,
}

/// A piece of a sentence.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Part {
    /// Whose words it is.
    pub origin: Origin,
    /// The words, as they are; made harmless only where they are printed.
    pub text: Cow<'static, str>,
}

impl Part {
    /// Our own words.
    #[must_use]
    pub const fn ours(text: &'static str) -> Self {
        Self {
            origin: Origin::Ours,
            text: Cow::Borrowed(text),
        }
    }

    /// Somebody else's.
    #[must_use]
    pub fn of(origin: Origin, text: impl fmt::Display) -> Self {
        Self {
            origin,
            text: Cow::Owned(text.to_string()),
        }
    }

    /// The name of a host, or its address where it is known by that.
    #[must_use]
    pub fn host(host: impl fmt::Display) -> Self {
        let text = host.to_string();
        let origin = match text.parse::<IpAddr>() {
            Ok(_) => Origin::Address,
            Err(_) => Origin::Host,
        };
        Self {
            origin,
            text: Cow::Owned(text),
        }
    }
}

impl From<&'static str> for Part {
    fn from(text: &'static str) -> Self {
        Self::ours(text)
    }
}

impl From<IpAddr> for Part {
    fn from(address: IpAddr) -> Self {
        Self::of(Origin::Address, address)
    }
}

/// Parts in the order they are said: a sentence fragment without a full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sentence(pub Vec<Part>);

impl Sentence {
    /// The same with more behind it.
    #[must_use]
    pub fn then(mut self, more: impl Into<Self>) -> Self {
        self.0.extend(more.into().0);
        self
    }

    /// The template with each `{place}` filled by what stands for it in `places`.
    ///
    /// A place that nothing stands for stays as it is written: a test of every template finds it.
    #[must_use]
    pub fn fill(template: &'static str, places: &[(&str, Self)]) -> Self {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((before, place, behind)) = next_place(rest) {
            let known = places.iter().find(|(name, _)| *name == place);
            let Some((_, filling)) = known else {
                let end = rest.len() - behind.len();
                parts.push(Part::ours(&rest[..end]));
                rest = behind;
                continue;
            };
            if !before.is_empty() {
                parts.push(Part::ours(before));
            }
            parts.extend(filling.0.iter().cloned());
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::ours(rest));
        }
        Self(parts)
    }
}

/// What stands before the next `{place}`, its name, and what stands behind it.
fn next_place(text: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let (before, rest) = text.split_once('{')?;
    let (place, behind) = rest.split_once('}')?;
    Some((before, place, behind))
}

impl<P: Into<Part>> From<P> for Sentence {
    fn from(part: P) -> Self {
        Self(vec![part.into()])
    }
}

impl FromIterator<Part> for Sentence {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| f.write_str(&part.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_place_by_place_and_each_part_keeps_its_origin() {
        let places = [
            ("host", Part::host("db.example.com").into()),
            ("port", Part::of(Origin::Number, 443).into()),
        ];
        let sentence = Sentence::fill("ask the owner of {host} about {port}", &places);
        assert_eq!(
            sentence.to_string(),
            "ask the owner of db.example.com about 443"
        );
        let origins: Vec<Origin> = sentence.0.iter().map(|part| part.origin).collect();
        assert_eq!(
            origins,
            [Origin::Ours, Origin::Host, Origin::Ours, Origin::Number]
        );
    }

    #[test]
    fn a_host_that_is_an_address_is_an_address() {
        assert_eq!(Part::host("10.0.0.1").origin, Origin::Address);
        assert_eq!(Part::host("::1").origin, Origin::Address);
        assert_eq!(Part::host("node-1").origin, Origin::Host);
    }

    #[test]
    fn what_fills_a_place_is_not_a_template() {
        let places = [("a", Part::of(Origin::Stranger, "{b}").into())];
        let sentence = Sentence::fill("{a}, {b}", &places);
        assert_eq!(sentence.to_string(), "{b}, {b}");
    }
}
