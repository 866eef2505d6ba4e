//! The closed word lists of the report, each made from the domain's own type.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares the report's form of a domain enum: the same variants, the contract's words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $module:ident { $($(#[$about:meta])* $variant:ident,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$about])* $variant,)* }

        impl $name {
            /// The contract's word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => crate::$module::$name::$variant.word(),)* }
            }
        }

        impl From<crate::$module::$name> for $name {
            fn from(meant: crate::$module::$name) -> Self {
                match meant { $(crate::$module::$name::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for crate::$module::$name {
            fn from(told: $name) -> Self {
                match told { $($name::$variant => Self::$variant,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    )* };
}

words! {
    /// What a check comes to.
    Verdict of diagnose {
        /// As it must be.
        Pass,
        /// Not judged.
        Skip,
        /// It works, and something should be looked at.
        Warn,
        /// It could not be decided.
        Inconclusive,
        /// Not as it must be.
        Fail,
    }

    /// How sure a finding is.
    Certainty of diagnose {
        /// What was seen leaves no other explanation.
        Proven,
        /// The likeliest explanation of what was seen.
        Inferred,
    }

    /// How far a probe went.
    Stage of diagnose {
        /// Nothing was sent.
        Plan,
        /// Turning the name into addresses.
        Resolve,
        /// Being relayed by a proxy.
        Proxy,
        /// Reaching the port, or sending the datagram.
        Connect,
        /// The TLS handshake.
        Tls,
        /// The service's own words.
        Service,
    }

    /// Whether the product needs it.
    Level of catalog {
        /// Failing it fails the run.
        Mandatory,
        /// Failing it is shown and does not gate.
        Optional,
    }

    /// What must be seen.
    Expect of catalog {
        /// The service answers as its protocol does.
        Service,
        /// Packets get there and back; a refusal by the target is enough.
        Path,
        /// It must not be reachable.
        Blocked,
    }

    /// What carries a protocol.
    Transport of net {
        /// TCP.
        Tcp,
        /// UDP.
        Udp,
        /// ICMP or ICMPv6 echo.
        Icmp,
        /// Encapsulating Security Payload.
        Esp,
    }
}

/// What cut a run short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Interrupt {
    /// The terminal is gone.
    #[serde(rename = "SIGHUP")]
    Sighup,
    /// Ctrl-C.
    #[serde(rename = "SIGINT")]
    Sigint,
    /// Ctrl-\.
    #[serde(rename = "SIGQUIT")]
    Sigquit,
    /// A polite request to end.
    #[serde(rename = "SIGTERM")]
    Sigterm,
    /// The time of the whole run was up.
    #[serde(rename = "deadline")]
    Deadline,
}

impl Interrupt {
    /// The word of the report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sighup => "SIGHUP",
            Self::Sigint => "SIGINT",
            Self::Sigquit => "SIGQUIT",
            Self::Sigterm => "SIGTERM",
            Self::Deadline => "deadline",
        }
    }

    /// The exit code of a run that a signal ended, 128 and the signal's number; of one that ran
    /// into its deadline, which is judged by what was seen, that of a run that is undecided.
    /// Source: POSIX, sh, "Exit Status for Commands".
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Sighup => 129,
            Self::Sigint => 130,
            Self::Sigquit => 131,
            Self::Sigterm => 143,
            Self::Deadline => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_json_are_the_words_of_the_contract() {
        for verdict in [
            Verdict::Pass,
            Verdict::Skip,
            Verdict::Warn,
            Verdict::Inconclusive,
            Verdict::Fail,
        ] {
            assert_eq!(serde_json::json!(verdict), verdict.word());
        }
        for interrupt in [
            Interrupt::Sighup,
            Interrupt::Sigint,
            Interrupt::Sigquit,
            Interrupt::Sigterm,
            Interrupt::Deadline,
        ] {
            assert_eq!(serde_json::json!(interrupt), interrupt.word());
        }
        assert_eq!(serde_json::json!(Level::Mandatory), "mandatory");
        assert_eq!(serde_json::json!(Transport::Esp), "esp");
    }
}
