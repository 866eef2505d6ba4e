//! How a table of facts is declared: one row a fact.

/// A row without its values, for tests and for telling our own words from others'.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The variant.
    pub(super) name: &'static str,
    /// Its fields, in the order of the template.
    pub(super) fields: &'static [&'static str],
    /// Its words, with a `{place}` for each field.
    pub(super) template: &'static str,
}

/// `GatewayMissing` as `gateway-missing`.
pub(super) fn kind_of(name: &str) -> String {
    let mut kind = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() && !kind.is_empty() {
            kind.push('-');
        }
        kind.push(character.to_ascii_lowercase());
    }
    kind
}

/// Declares an enum of facts, each a variant with its fields and the template of its words. The
/// fields stand in the order of the template.
macro_rules! facts {
    (
        $(#[$about:meta])*
        $table:ident {
            $($row:ident $({ $($field:ident: $kind:ty),* $(,)? })? => $template:literal,)*
        }
    ) => {
        $(#[$about])*
        #[expect(missing_docs, reason = "a field is what its place in the template says")]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $table {
            $(#[doc = $template] $row $({ $($field: $kind),* })?,)*
        }

        impl $table {
            /// The whole table.
            pub(super) const ROWS: &[$crate::fact::rows::Row] = &[
                $($crate::fact::rows::Row {
                    name: stringify!($row),
                    fields: &[$($(stringify!($field)),*)?],
                    template: $template,
                },)*
            ];

            /// The name of the variant.
            pub(super) const fn name(&self) -> &'static str {
                match self { $(Self::$row { .. } => stringify!($row),)* }
            }
        }

        impl std::fmt::Display for $table {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&$crate::fact::Said::said(self), f)
            }
        }

        impl $crate::fact::Said for $table {
            fn said(&self) -> $crate::fact::Sentence {
                match self {
                    $(Self::$row $({ $($field),* })? => $crate::fact::Sentence::fill(
                        $template,
                        &[$($((stringify!($field), $crate::fact::Said::said($field))),*)?],
                    ),)*
                }
            }
        }
    };
}

pub(super) use facts;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_the_name_in_kebab_case() {
        assert_eq!(kind_of("GatewayMissing"), "gateway-missing");
        assert_eq!(kind_of("Open"), "open");
    }
}
