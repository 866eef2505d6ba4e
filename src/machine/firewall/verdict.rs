//! What a rule says becomes of a packet.

use serde_json::Value;

use super::Fate;

/// What becomes of a packet that has come so far.
pub(super) enum Verdict {
    Accept,
    /// It is accepted, for another address.
    Translate,
    Continue,
    Return,
    Deny(Fate),
    Jump(String),
    Goto(String),
    /// A module decides that is not known.
    Unknown,
}

impl Verdict {
    /// The verdict that a statement is.
    pub(super) fn of(kind: &str, body: &Value) -> Option<Self> {
        let target = || Some(body.get("target")?.as_str()?.to_owned());
        Some(match kind {
            "accept" | "snat" | "masquerade" => Self::Accept,
            "dnat" | "redirect" => Self::Translate,
            "continue" => Self::Continue,
            "return" => Self::Return,
            "drop" => Self::Deny(Fate::Dropped),
            "reject" => Self::Deny(Fate::Rejected),
            "queue" => Self::Deny(Fate::Queued),
            "jump" => target().map_or(Self::Unknown, Self::Jump),
            "goto" => target().map_or(Self::Unknown, Self::Goto),
            "fwd" | "synproxy" | "tproxy" => Self::Unknown,
            _ => return None,
        })
    }

    /// The same for a value of a map.
    pub(super) fn read(value: &Value) -> Self {
        only(value)
            .and_then(|(kind, body)| Self::of(kind, body))
            .unwrap_or(Self::Unknown)
    }
}

/// An object of one key, or a word by itself.
pub(super) fn only(value: &Value) -> Option<(&str, &Value)> {
    match value {
        Value::String(word) => Some((word, &Value::Null)),
        value => {
            let (kind, body) = value.as_object()?.iter().next()?;
            Some((kind, body))
        }
    }
}
