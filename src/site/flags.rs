//! What the flags say of the site.

use std::{collections::BTreeMap, fmt};

use thiserror::Error;

use super::{Binding, Inventory, NoNode, Origin, Role, Value};
use crate::catalog::{
    Catalogs, ValueError, VariableKind,
    mistakes::{meant, quoted},
};

/// The flags about the site, as typed, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteFlags {
    /// `--node HOST`; each may be a comma list.
    pub nodes: Vec<String>,
    /// `--set VARIABLE=VALUE`.
    pub set: Vec<String>,
    /// `--with FEATURE`; each may be a comma list.
    pub with: Vec<String>,
    /// `--without FEATURE`; each may be a comma list.
    pub without: Vec<String>,
    /// `--as GROUP`; each may be a comma list.
    pub roles: Vec<String>,
    /// What the files of `--inventory` say.
    pub inventory: Option<Inventory>,
}

/// Everything that is wrong with the flags about the site; at least one mistake.
///
/// Shown like the mistakes of a file: each begins with `error:`, an empty line parts them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", Shown(self))]
pub struct SiteError {
    /// The mistakes, in the order nodes, variables, features, roles.
    pub mistakes: Vec<FlagMistake>,
}

/// One flag that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagMistake {
    /// The flag as typed: `--set smpt_relay=mail`.
    pub flag: String,
    /// What is wrong with it.
    pub fault: FlagFault,
}

/// What is wrong with a flag.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlagFault {
    /// `--set` without `=`.
    #[error("got no `=`, expected VARIABLE=VALUE")]
    NoAssignment,
    /// No catalog has such a variable.
    #[error("unknown variable {}", quoted(.name))]
    UnknownVariable {
        /// The name.
        name: String,
        /// What was probably meant.
        help: Option<String>,
    },
    /// No catalog has such a feature.
    #[error("unknown feature {}", quoted(.name))]
    UnknownFeature {
        /// The name.
        name: String,
        /// What was probably meant.
        help: Option<String>,
    },
    /// No catalog has such a group.
    #[error("unknown group {}", quoted(.name))]
    UnknownGroup {
        /// The name.
        name: String,
        /// What was probably meant.
        help: Option<String>,
    },
    /// No value for that variable.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A word that is no node.
    #[error(transparent)]
    Node(#[from] NoNode),
    /// A variable of one value that was given another one before.
    #[error("variable `{0}` is given twice")]
    Twice(String),
    /// A feature both on and off.
    #[error("feature `{0}` is both on and off")]
    OnAndOff(String),
}

impl FlagFault {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownVariable { help, .. }
            | Self::UnknownFeature { help, .. }
            | Self::UnknownGroup { help, .. } => help.clone(),
            Self::Twice(_) => Some("keep one of them".to_owned()),
            Self::OnAndOff(_) => Some("keep `--with` or `--without`".to_owned()),
            Self::Value(error) => error.help(),
            Self::Node(no_node) => Some(no_node.help()),
            Self::NoAssignment => None,
        }
    }
}

/// A [`SiteError`] as it is shown.
struct Shown<'e>(&'e SiteError);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, FlagMistake { flag, fault }) in self.0.mistakes.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n\n" };
            write!(f, "{gap}error: {}: {fault}", quoted(flag))?;
            if let Some(help) = fault.help() {
                write!(f, "\nhelp: {help}")?;
            }
        }
        Ok(())
    }
}

/// What the flags mean: names as the catalogs write them.
#[derive(Default)]
pub(super) struct Said {
    pub(super) values: BTreeMap<String, Binding>,
    pub(super) features: BTreeMap<String, bool>,
    pub(super) roles: Vec<Role>,
    mistakes: Vec<FlagMistake>,
}

impl Said {
    /// # Errors
    /// Every flag that is wrong.
    pub(super) fn read(flags: &SiteFlags, catalogs: &Catalogs) -> Result<Self, SiteError> {
        let mut said = Self::default();
        for text in &flags.nodes {
            said.node(text, catalogs);
        }
        for text in &flags.set {
            said.set(text, catalogs);
        }
        for text in parts(&flags.with) {
            said.feature(("--with", text), true, catalogs);
        }
        for text in parts(&flags.without) {
            said.feature(("--without", text), false, catalogs);
        }
        for text in parts(&flags.roles) {
            said.role(text, catalogs);
        }
        if said.mistakes.is_empty() {
            Ok(said)
        } else {
            Err(SiteError {
                mistakes: said.mistakes,
            })
        }
    }

    fn node(&mut self, text: &str, catalogs: &Catalogs) {
        let words = text.split(',').map(str::trim);
        let wrong: Vec<NoNode> = words.filter_map(NoNode::of).collect();
        if !wrong.is_empty() {
            return wrong
                .into_iter()
                .for_each(|no_node| self.wrong("--node".to_owned(), no_node.into()));
        }
        let flag = format!("--node {text}");
        match nodes_variable(catalogs) {
            Some(name) => self.bind((flag, "--node"), (name, VariableKind::Hosts), text),
            None => self.wrong(flag, unknown_variable("nodes", catalogs)),
        }
    }

    fn set(&mut self, text: &str, catalogs: &Catalogs) {
        let flag = format!("--set {text}");
        let Some((name, value)) = text.split_once('=') else {
            return self.wrong(flag, FlagFault::NoAssignment);
        };
        let name = name.trim();
        match catalogs.variable(name) {
            Some((name, variable)) => {
                let origin = format!("--set {name}");
                self.bind((flag, &origin), (name, variable.kind), value);
            }
            None => self.wrong(flag, unknown_variable(name, catalogs)),
        }
    }

    /// Gives a variable the value that `text` stands for. Where hosts are due, more of them join
    /// those it has; every other variable has one value.
    fn bind(
        &mut self,
        (flag, origin): (String, &str),
        (name, kind): (&str, VariableKind),
        text: &str,
    ) {
        let value = match Value::parse(kind, text) {
            Ok(value) => value,
            Err(error) => return self.wrong(flag, error.into()),
        };
        let Some(binding) = self.values.get_mut(name) else {
            let origin = Origin::Flag(origin.to_owned());
            self.values
                .insert(name.to_owned(), Binding { value, origin });
            return;
        };
        match (&mut binding.value, value) {
            (Value::Hosts(hosts), Value::Hosts(more)) if kind == VariableKind::Hosts => {
                for host in more {
                    if !hosts.contains(&host) {
                        hosts.push(host);
                    }
                }
            }
            (known, value) if *known == value => {}
            _ => self.wrong(flag, FlagFault::Twice(name.to_owned())),
        }
    }

    fn feature(&mut self, (flag, name): (&str, &str), is_on: bool, catalogs: &Catalogs) {
        let typed = format!("{flag} {name}");
        let Some((name, _)) = catalogs.feature(name) else {
            let help = meant(name, catalogs.feature_names());
            let name = name.to_owned();
            return self.wrong(typed, FlagFault::UnknownFeature { name, help });
        };
        let before = self.features.insert(name.to_owned(), is_on);
        if before == Some(!is_on) {
            self.wrong(typed, FlagFault::OnAndOff(name.to_owned()));
        }
    }

    fn role(&mut self, text: &str, catalogs: &Catalogs) {
        let flag = format!("--as {text}");
        let group = text.replace('_', "-");
        if catalogs.group(&group).is_none() {
            let help = meant(text, catalogs.group_names());
            let name = text.to_owned();
            return self.wrong(flag, FlagFault::UnknownGroup { name, help });
        }
        let origin = Origin::Flag(flag);
        if self.roles.iter().all(|role| role.group != group) {
            self.roles.push(Role { group, origin });
        }
    }

    fn wrong(&mut self, flag: String, fault: FlagFault) {
        self.mistakes.push(FlagMistake { flag, fault });
    }
}

/// The name of the variable that `--node` binds.
pub(super) fn nodes_variable(catalogs: &Catalogs) -> Option<&str> {
    catalogs
        .iter()
        .flat_map(|catalog| &catalog.variables)
        .find(|(_, variable)| variable.flag.as_deref() == Some("--node"))
        .map(|(name, _)| name.as_str())
}

fn unknown_variable(name: &str, catalogs: &Catalogs) -> FlagFault {
    FlagFault::UnknownVariable {
        name: name.to_owned(),
        help: meant(name, catalogs.variable_names()),
    }
}

/// The parts of comma lists.
fn parts(lists: &[String]) -> impl Iterator<Item = &str> {
    lists.iter().flat_map(|list| list.split(',')).map(str::trim)
}
