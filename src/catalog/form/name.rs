//! Names, and words of which there are a few.

use serde_json::{Value as Json, json};

use super::{Form, wrong_with};
use crate::{
    catalog::{
        help,
        mistakes::{Reporter, meant, quoted},
        yaml::Node,
    },
    net::Host,
};

/// The form of a name.
pub(crate) trait Naming {
    /// What it is, for people.
    const DESCRIBED: &'static str;

    /// The regular expression of it. Source: ECMA-262 §22.2, as JSON Schema wants it.
    const PATTERN: &'static str;

    /// Whether `name` has the form.
    fn fits(name: &str) -> bool;

    /// What to write instead of one that has not, where that is known.
    fn help(_name: &str) -> Option<String> {
        None
    }
}

impl<N: Naming> Form for N {
    type Read<'n> = &'n str;

    const EXPECTED: &'static str = N::DESCRIBED;

    /// A text that is no such name is reported and stands all the same, so that nobody who looks for
    /// the name misses it.
    fn read<'n>(node: &'n Node<'n>, reporter: &mut Reporter<'_>) -> Option<&'n str> {
        let name = node.text();
        if !name.is_some_and(N::fits) {
            let help = name.and_then(<N as Naming>::help);
            wrong_with(node, N::DESCRIBED, help, reporter);
        }
        name
    }

    fn in_a_list(text: &str) -> Option<String> {
        N::fits(text).then(|| text.to_owned())
    }

    fn schema() -> Json {
        json!({"type": "string", "pattern": N::PATTERN})
    }
}

/// Declares the forms of names that are lower-case words with one of a few characters between them.
macro_rules! joined {
    ($($(#[$doc:meta])* $naming:ident $joints:literal, $by:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $naming;

        impl Naming for $naming {
            const DESCRIBED: &'static str = concat!("lower-case words joined by ", $by);
            const PATTERN: &'static str = concat!("^[a-z0-9]+([", $joints, "][a-z0-9]+)*$");

            fn fits(name: &str) -> bool {
                name.split(|joint| $joints.contains(joint)).all(is_word)
            }

            fn help(name: &str) -> Option<String> {
                let is_joint = |joint: char| "-_. ".contains(joint) && !$joints.contains(joint);
                let name = name.trim().to_lowercase().replace(is_joint, &$joints[..1]);
                Self::fits(&name).then(|| format!("write `{name}`"))
            }
        }
    )*};
}

joined! {
    /// `dns-servers`.
    Kebab "-", "`-`";
    /// `dns_servers`.
    Snake "_", "`_`";
    /// `thoughtspot.cluster.egnyte`.
    Dotted "-.", "`.` and `-`";
    /// Either of the first two: a site's file, where both find the same.
    Either "-_", "`-` or `_`";
}

fn is_word(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    !word.is_empty() && word.bytes().all(is_plain)
}

/// A rule's id, or a glob over ids: `thoughtspot.cluster.*`.
pub(crate) struct Glob;

impl Naming for Glob {
    const DESCRIBED: &'static str = "a rule's id, in which `*` and `?` may stand as in a shell";
    const PATTERN: &'static str = "^[-a-z0-9_.*?]+$";

    fn fits(name: &str) -> bool {
        let is_of_a_glob = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.*?".contains(&byte)
        };
        !name.is_empty() && name.bytes().all(is_of_a_glob)
    }
}

/// A host's name or address.
pub(crate) struct HostName;

impl Naming for HostName {
    const DESCRIBED: &'static str = "a host name or an address";
    const PATTERN: &'static str = "^[-A-Za-z0-9_.:\\[\\]]+$";

    fn fits(name: &str) -> bool {
        name.parse::<Host>().is_ok()
    }

    fn help(name: &str) -> Option<String> {
        help::of_host_alone(name)
    }
}

/// One of a few words, each of which stands for a value.
pub(crate) trait Words: Copy + 'static {
    /// What the words are: `protocol`.
    const NOUN: &'static str;

    /// Every value, in the order of the documentation.
    fn all() -> Vec<Self>;

    /// The word for it.
    fn in_a_word(self) -> &'static str;
}

/// Says of types with a `word()` what they are called and what values there are.
macro_rules! words {
    ($($noun:literal $type:ty: $all:expr;)*) => {$(
        impl $crate::catalog::form::Words for $type {
            const NOUN: &'static str = $noun;

            fn all() -> Vec<Self> {
                $all.to_vec()
            }

            fn in_a_word(self) -> &'static str {
                self.word()
            }
        }
    )*};
}
pub(crate) use words;

/// The word for a value of such a type.
pub(crate) struct OneOf<T>(std::marker::PhantomData<T>);

impl<T: Words> OneOf<T> {
    fn words() -> Vec<&'static str> {
        T::all().into_iter().map(T::in_a_word).collect()
    }
}

impl<T: Words> Form for OneOf<T> {
    type Read<'n> = T;

    const EXPECTED: &'static str = T::NOUN;

    fn of<'n>(node: &'n Node<'n>) -> Option<T> {
        let text = node.text()?;
        let mut all = T::all().into_iter();
        all.find(|value| value.in_a_word() == text)
    }

    fn read<'n>(node: &'n Node<'n>, reporter: &mut Reporter<'_>) -> Option<T> {
        let read = Self::of(node);
        match node.text() {
            Some(_) if read.is_some() => {}
            Some(word) => match help::of_words(word, &Self::words()).as_deref() {
                Some([_, _, ..]) => {
                    let words = Self::in_a_list(word).unwrap_or_default();
                    let message = format!("unknown {} {}", T::NOUN, quoted(word));
                    let help = format!("write each by itself: `{words}`");
                    reporter.report_with(node.span, message, help);
                }
                Some(_) | None => reporter.unknown(node.span, T::NOUN, word, Self::words()),
            },
            None => {
                let message = format!("got {}, expected a {}", node.described(), T::NOUN);
                reporter.report_with(node.span, message, meant("", Self::words()));
            }
        }
        read
    }

    fn in_a_list(text: &str) -> Option<String> {
        help::of_words(text, &Self::words()).map(|words| words.join(", "))
    }

    fn schema() -> Json {
        json!({"type": "string", "enum": Self::words()})
    }
}
