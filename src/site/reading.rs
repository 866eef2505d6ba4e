//! What every part of a site file is read with: the catalogs, and where mistakes go.

use std::collections::BTreeSet;

use time::Date;
use wildmatch::WildMatch;

use super::{NoNode, Value, flags::nodes_variable, members};
use crate::catalog::{
    Catalogs, ValueError, VariableKind,
    form::{Form as _, Glob, Named, Naming as _, Text, Texts, unquoted, wrong},
    mistakes::{Reporter, Span, quoted},
    yaml::{Node, Value as Yaml},
};

/// A site file that is being read.
pub(super) struct Reading<'c, 'r, 't> {
    pub(super) catalogs: &'c Catalogs,
    /// The ids of all rules.
    ids: BTreeSet<&'c str>,
    pub(super) reporter: &'r mut Reporter<'t>,
    pub(super) today: Date,
}

/// A value that the file gives, by the variable's own name; `None` if that has been reported.
pub(super) struct Given {
    pub(super) variable: String,
    pub(super) value: Option<Value>,
}

impl<'c, 'r, 't> Reading<'c, 'r, 't> {
    pub(super) fn new(catalogs: &'c Catalogs, today: Date, reporter: &'r mut Reporter<'t>) -> Self {
        let rules = catalogs.iter().flat_map(|catalog| &catalog.rules);
        Self {
            catalogs,
            ids: rules.map(|rule| &*rule.id).collect(),
            reporter,
            today,
        }
    }

    /// What the entry gives to `variable`; `None`, and reported, if there is no such variable.
    pub(super) fn given(&mut self, entry: &Named<'_, &Node<'_>>, variable: &str) -> Option<Given> {
        let Some((name, variable)) = self.catalogs.variable(variable) else {
            let known = self.catalogs.variable_names();
            self.reporter
                .unknown(entry.span, "variable", variable, known);
            return None;
        };
        let value = self.value(entry.node, variable.kind);
        let is_nodes = nodes_variable(self.catalogs) == Some(name);
        let are_nodes = !is_nodes || self.are_nodes(entry.node);
        Some(Given {
            variable: name.to_owned(),
            value: value.filter(|_| are_nodes),
        })
    }

    /// Whether nothing of what would do as a host is none as a node; what is, is reported.
    fn are_nodes(&mut self, node: &Node<'_>) -> bool {
        let items = match &node.value {
            Yaml::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut are_nodes = true;
        for item in items {
            let parts = item.text().unwrap_or_default().split(',').map(str::trim);
            for no_node in parts.filter_map(NoNode::of) {
                if matches!(no_node, NoNode::Port(_) | NoNode::Range { .. }) {
                    are_nodes = false;
                    let help = Some(no_node.help());
                    self.reporter
                        .report_with(item.span, no_node.to_string(), help);
                }
            }
        }
        are_nodes
    }

    /// Reports a glob that matches no rule.
    pub(super) fn check_glob(&mut self, span: Span, glob: &str) {
        if !Glob::fits(glob) {
            return; // which the form has reported
        }
        let is_known = if glob.contains(['*', '?']) {
            let pattern = WildMatch::new(glob);
            self.ids.iter().any(|id| pattern.matches(id))
        } else {
            self.ids.contains(glob)
        };
        if !is_known {
            let message = format!("no rule matches {}", quoted(glob));
            let known = self.ids.iter().copied();
            self.reporter.mistaken(span, message, glob, known);
        }
    }

    fn value(&mut self, node: &Node<'_>, kind: VariableKind) -> Option<Value> {
        match (&node.value, kind) {
            (Yaml::Text(text), VariableKind::Hosts | VariableKind::Endpoints)
                if text.contains(',') =>
            {
                let parts: Vec<&str> = text.split(',').map(str::trim).collect();
                let mut wrong = 0;
                for part in &parts {
                    wrong +=
                        usize::from(self.valued(node, Value::several(kind, [*part])).is_none());
                }
                (wrong == 0).then(|| self.valued(node, Value::several(kind, parts)))?
            }
            (Yaml::Text(text), kind) => self.valued(node, Value::parse(kind, text)),
            (Yaml::List(items), VariableKind::Hosts | VariableKind::Endpoints) => {
                self.several(node, items, kind)
            }
            (Yaml::Number(number), VariableKind::Version) => {
                unquoted(node, number, self.reporter);
                None
            }
            (_, VariableKind::Hosts | VariableKind::Endpoints) => {
                wrong(node, Texts::EXPECTED, self.reporter);
                None
            }
            (_, VariableKind::Host | VariableKind::Label | VariableKind::Version) => {
                wrong(node, Text::EXPECTED, self.reporter);
                None
            }
        }
    }

    fn several(
        &mut self,
        list: &Node<'_>,
        items: &[Node<'_>],
        kind: VariableKind,
    ) -> Option<Value> {
        let mut texts = Vec::new();
        for item in items {
            match item.text() {
                Some(text) => {
                    let read = self.valued(item, Value::several(kind, [text]));
                    texts.extend(read.map(|_| text));
                }
                None => wrong(item, Text::EXPECTED, self.reporter),
            }
        }
        if texts.len() == items.len() {
            self.valued(list, Value::several(kind, texts))
        } else {
            None
        }
    }

    fn valued(&mut self, node: &Node<'_>, value: Result<Value, ValueError>) -> Option<Value> {
        let told = |error: ValueError| {
            let is_network = node.text().is_some_and(members::is_network);
            let help = is_network.then(|| "a network is no target: list its hosts".to_owned());
            let help = help.or_else(|| error.help());
            self.reporter
                .report_with(node.span, error.to_string(), help);
        };
        value.map_err(told).ok()
    }
}
