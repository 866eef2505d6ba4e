//! How a host of an inventory is reached: by its name, or by what its variables say.

use super::{
    rank::Ranked,
    raw::{At, Said, Variable},
};
use crate::{catalog::mistakes::quoted, net::Host};

/// How deep variables may stand for each other.
const DEPTH_LIMIT: usize = 8;

/// What gives a host's address, what counts most first. Source: Ansible, "Connecting to hosts:
/// behavioral inventory parameters".
const ADDRESSES: [&str; 2] = ["ansible_ssh_host", "ansible_host"];

/// What those who work it out for themselves must do.
pub(super) const HELP: &str =
    "give what `ansible-inventory --list` prints, or `ansible_host=ADDRESS`";

/// Where a host is.
#[derive(Debug)]
pub(super) enum Reached {
    /// There.
    At(Host),
    /// Where Ansible itself runs, and nobody says under which address.
    OnlyLocal,
}

/// Why it cannot be told how a host is reached.
pub(super) struct Unknown {
    pub(super) at: Option<At>,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// How the host of that name is reached.
///
/// # Errors
/// What is wrong with its address, or that it cannot be worked out here.
pub(super) fn reached(ranked: &Ranked<'_>, name: &str) -> Result<Reached, Unknown> {
    let at = ranked.raw.known(name).and_then(|known| known.at);
    let is_local = matches!(
        ranked.variable(name, "ansible_connection").map(|it| worked_out(ranked, name, it, 0)),
        Some(Ok(connection)) if connection == "local"
    );
    let mut given = ADDRESSES.into_iter();
    let given = given.find_map(|key| Some((key, ranked.variable(name, key)?)));
    let given = given.filter(|(_, variable)| variable.said != Said::Nothing);
    let address = match given {
        None => None,
        Some((key, variable)) => {
            let text = worked_out(ranked, name, variable, 0).map_err(|why| Unknown {
                at: variable.at.or(at),
                message: why.told(key, name),
                help: HELP,
            })?;
            let place = variable.at.or(at);
            let text = text.trim().to_owned();
            (!text.is_empty()).then_some((text, place))
        }
    };
    // Under a loopback address Ansible means itself, whoever that is to others.
    let address = address.filter(|(text, _)| !(is_local && is_loopback(text)));
    if is_local && address.is_none() && is_loopback(name) {
        return Ok(Reached::OnlyLocal);
    }
    let (text, at) = address.unwrap_or_else(|| (name.to_owned(), at));
    text.parse().map(Reached::At).map_err(|_| Unknown {
        at,
        message: format!("{} is neither a host name nor an address", quoted(&text)),
        help: "give it `ansible_host=ADDRESS`",
    })
}

fn is_loopback(text: &str) -> bool {
    match text.parse::<Host>() {
        Ok(Host::Address(address)) => address.to_canonical().is_loopback(),
        Ok(Host::Name(name)) => name.split('.').next() == Some("localhost"),
        Ok(Host::OnLink(_)) | Err(_) => false,
    }
}

/// Why a value cannot be worked out.
enum Why {
    Sealed,
    Template(String),
}

impl Why {
    fn told(self, key: &str, host: &str) -> String {
        let host = quoted(host);
        match self {
            Self::Sealed => {
                format!(
                    "`{key}` of host {host} may be in what is encrypted, which cannot be read here"
                )
            }
            Self::Template(text) => {
                let text = quoted(&text);
                format!("`{key}` of host {host} is {text}, which only Ansible can work out")
            }
        }
    }
}

/// The text with each `{{ VARIABLE }}` replaced. Source: Ansible, "Templating (Jinja2)".
fn worked_out(
    ranked: &Ranked<'_>,
    host: &str,
    variable: &Variable,
    depth: usize,
) -> Result<String, Why> {
    let text = match &variable.said {
        Said::Text(text) => text,
        Said::Sealed => return Err(Why::Sealed),
        Said::Nothing => return Ok(String::new()),
    };
    let unknown = || Why::Template(text.clone());
    if text.contains("{%") || text.contains("{#") || depth > DEPTH_LIMIT {
        return Err(unknown());
    }
    let mut whole = String::new();
    let mut rest = text.as_str();
    while let Some((before, inner)) = rest.split_once("{{") {
        let (name, after) = inner.split_once("}}").ok_or_else(unknown)?;
        whole += before;
        whole += &match name.trim() {
            "inventory_hostname" => host.to_owned(),
            "inventory_hostname_short" => host.split('.').next().unwrap_or(host).to_owned(),
            name => {
                let variable = ranked.variable(host, name).ok_or_else(unknown)?;
                worked_out(ranked, host, variable, depth + 1).map_err(|why| match why {
                    Why::Sealed => Why::Sealed,
                    Why::Template(_) => unknown(),
                })?
            }
        };
        rest = after;
    }
    Ok(whole + rest)
}
