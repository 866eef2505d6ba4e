//! The values that a site gives to the variables of a catalog.

use std::{collections::HashSet, fmt};

use thiserror::Error;

use super::{VariableKind, Version, help, mistakes::quoted};
use crate::net::{Address, Host, NetError, Port, Protocol};

/// A variable's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Hosts, at least one, each once, in the order given.
    Hosts(Vec<Address>),
    /// One label of a DNS name, lower case.
    Label(String),
    /// A release.
    Version(Version),
    /// Services, at least one, each once, in the order given.
    Endpoints(Vec<Service>),
}

/// What is spoken where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Service {
    /// What is spoken; [`Protocol::Tcp`] if nobody says.
    pub protocol: Protocol,
    /// The host.
    pub host: Host,
    /// The port; the protocol's own if nobody says.
    pub port: Port,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.protocol, self.host.with_port(self.port))
    }
}

impl Value {
    /// The value that `text` stands for where a variable of that kind is due. Hosts are parted by
    /// commas.
    ///
    /// # Errors
    /// Text that is no value of that kind.
    pub fn parse(kind: VariableKind, text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ValueError::Empty);
        }
        match kind {
            VariableKind::Hosts => Self::hosts(text.split(',')),
            VariableKind::Host if text.contains(',') => Err(ValueError::Several),
            VariableKind::Host => Self::hosts([text]),
            VariableKind::Label => label(text).map(Self::Label),
            VariableKind::Endpoints => Self::endpoints(text.split(',')),
            VariableKind::Version => match text.parse() {
                Ok(version) => Ok(Self::Version(version)),
                Err(()) => Err(ValueError::Release(text.to_owned())),
            },
        }
    }

    /// The values of a list, each once.
    ///
    /// # Errors
    /// As [`Value::parse`]; a kind of which there is only one.
    pub fn several<'t>(
        kind: VariableKind,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Self, ValueError> {
        match kind {
            VariableKind::Hosts => Self::hosts(texts),
            VariableKind::Endpoints => Self::endpoints(texts),
            VariableKind::Host | VariableKind::Label | VariableKind::Version => {
                Err(ValueError::Several)
            }
        }
    }

    /// The services, each once.
    fn endpoints<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, ValueError> {
        let mut services = Vec::new();
        for text in texts {
            let service = service(text.trim())?;
            if !services.contains(&service) {
                services.push(service);
            }
        }
        if services.is_empty() {
            return Err(ValueError::Empty);
        }
        Ok(Self::Endpoints(services))
    }

    /// The hosts, each once.
    ///
    /// # Errors
    /// Text that is no host, or no text at all.
    pub fn hosts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, ValueError> {
        let mut hosts: Vec<Address> = Vec::new();
        let mut seen = HashSet::new();
        for text in texts {
            let host = text.trim();
            if host.is_empty() {
                return Err(ValueError::Empty);
            }
            let host = address(host)?;
            if seen.insert(host.clone()) {
                hosts.push(host);
            }
        }
        if hosts.is_empty() {
            return Err(ValueError::Empty);
        }
        Ok(Self::Hosts(hosts))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hosts(hosts) => {
                let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
                f.write_str(&hosts.join(","))
            }
            Self::Label(label) => f.write_str(label),
            Self::Version(version) => version.fmt(f),
            Self::Endpoints(services) => {
                let services: Vec<String> = services.iter().map(ToString::to_string).collect();
                f.write_str(&services.join(","))
            }
        }
    }
}

/// A database that is known by a name of its own.
struct Database {
    scheme: &'static str,
    /// What portcheck speaks to it.
    protocol: Protocol,
    port: u16,
}

/// Databases by the schemes that people write. Source: Amazon's,
/// Snowflake's and Google's documentation of Redshift, Snowflake and `BigQuery`.
const DATABASES: [Database; 3] = [
    database("redshift", Protocol::Postgres, 5439),
    database("snowflake", Protocol::Https, 443),
    database("bigquery", Protocol::Https, 443),
];

const fn database(scheme: &'static str, protocol: Protocol, port: u16) -> Database {
    Database {
        scheme,
        protocol,
        port,
    }
}

/// `postgres://db-1:5432`, `mysql://db-2`, `db-3:1521`.
fn service(written: &str) -> Result<Service, ValueError> {
    if written.is_empty() {
        return Err(ValueError::Empty);
    }
    let wrong = || ValueError::Endpoint(written.to_owned());
    let (scheme, place) = written.split_once("://").unwrap_or(("tcp", written));
    let database = DATABASES.iter().find(|known| known.scheme == scheme);
    let protocol = match database {
        Some(known) => known.protocol,
        None => scheme.parse().map_err(|_| wrong())?,
    };
    let alone = place.parse().map(|host| Address { host, port: None });
    let address = alone.or_else(|_| place.parse()).map_err(|_| wrong())?;
    let habit = database.map_or(protocol.default_port(), |known| Port::new(known.port));
    let port = address.port.or(habit);
    Ok(Service {
        protocol,
        host: address.host,
        port: port
            .filter(|_| protocol.transport().has_ports())
            .ok_or_else(wrong)?,
    })
}

/// The host and its port.
fn address(written: &str) -> Result<Address, ValueError> {
    let told = |error| ValueError::Address {
        // What is wrong with a URL is not its last part.
        error: if written.contains("://") {
            NetError::Host(written.to_owned())
        } else {
            error
        },
        written: written.to_owned(),
    };
    written.parse().map_err(told)
}

/// One label of a DNS name, lower case. Source: RFC 1123 §2.1.
fn label(text: &str) -> Result<String, ValueError> {
    let lower = text.to_ascii_lowercase();
    // A host name is checked whole, so an `x.` in front makes digits alone a label.
    let host = format!("x.{lower}");
    if lower.contains('.') || host.parse::<crate::net::Host>().is_err() {
        return Err(ValueError::Label(text.to_owned()));
    }
    Ok(lower)
}

/// Text that is no value of the kind that is due.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// Nothing where something is due.
    #[error("got an empty value, expected one that is not")]
    Empty,
    /// Several hosts where one is due.
    #[error("got several hosts, expected one")]
    Several,
    /// No host, or no port.
    #[error("{}", net_error(.error))]
    Address {
        /// What is wrong with it.
        error: NetError,
        /// All of it.
        written: String,
    },
    /// No endpoint.
    #[error("{} is no endpoint such as `postgres://db-1:5432` or `db-2:1521`", quoted(.0))]
    Endpoint(String),
    /// No label.
    #[error("{} is not one label of a DNS name (letters, digits and `-`)", quoted(.0))]
    Label(String),
    /// No release.
    #[error("{} is not a release such as `23.10`", quoted(.0))]
    Release(String),
}

impl ValueError {
    /// What to write instead, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Address { written, .. } => help::of_address(written),
            Self::Endpoint(written) => {
                let databases = DATABASES.iter().map(|known| known.scheme);
                help::of_endpoint(written, databases)
            }
            Self::Empty | Self::Several | Self::Label(_) | Self::Release(_) => None,
        }
    }
}

/// The error with the stranger's word made harmless.
pub(crate) fn net_error(error: &NetError) -> String {
    match error {
        NetError::Port(text) => {
            format!("port {} is not a number from 1 to 65535", quoted(text))
        }
        NetError::Host(text) => {
            format!("{} is neither a host name nor an address", quoted(text))
        }
        NetError::Transport(text) => format!("unknown transport {}", quoted(text)),
        NetError::Protocol(text) => format!("unknown protocol {}", quoted(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_back_as_they_are_shown() {
        for (kind, text, shown) in [
            (VariableKind::Hosts, "a, b:22,a", "a,b:22"),
            (VariableKind::Host, "Mail.example:2525", "mail.example:2525"),
            (VariableKind::Label, "Acme", "acme"),
            (VariableKind::Label, "42", "42"),
            (VariableKind::Version, "23.10", "23.10"),
            (
                VariableKind::Endpoints,
                "postgres://db-1, mysql://DB-2,db-3:1521,postgres://db-1:5432,snowflake://[::1]",
                "postgres://db-1:5432,mysql://db-2:3306,tcp://db-3:1521,https://[::1]:443",
            ),
        ] {
            let value = Value::parse(kind, text).map(|value| value.to_string());
            assert_eq!(value, Ok(shown.to_owned()));
        }
    }

    #[test]
    fn what_is_no_value_of_its_kind_says_why() {
        for (kind, text, message) in [
            (
                VariableKind::Hosts,
                " ",
                "got an empty value, expected one that is not",
            ),
            (
                VariableKind::Hosts,
                "a,,b",
                "got an empty value, expected one that is not",
            ),
            (
                VariableKind::Hosts,
                "a_b!",
                "`a_b!` is neither a host name nor an address",
            ),
            (
                VariableKind::Hosts,
                "a:0",
                "port `0` is not a number from 1 to 65535",
            ),
            (VariableKind::Host, "a,b", "got several hosts, expected one"),
            (
                VariableKind::Label,
                "a.b",
                "`a.b` is not one label of a DNS name (letters, digits and `-`)",
            ),
            (
                VariableKind::Endpoints,
                "db-1",
                "`db-1` is no endpoint such as `postgres://db-1:5432` or `db-2:1521`",
            ),
            (
                VariableKind::Endpoints,
                "icmp://db-1:1",
                "`icmp://db-1:1` is no endpoint such as `postgres://db-1:5432` or `db-2:1521`",
            ),
            (
                VariableKind::Version,
                "23",
                "`23` is not a release such as `23.10`",
            ),
            (
                VariableKind::Host,
                "a\u{1b}[2J",
                "`a\\x1b[2J` is neither a host name nor an address",
            ),
        ] {
            let error = Value::parse(kind, text).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
