//! The format of a catalog file.

use serde_json::Value as Json;

use super::{
    Expect, Level, MachineDefault, Pki, VariableKind, Via,
    shape::{self, Key, Naming, Shape, Words, due, may},
};
use crate::net::{Protocol, Transport};

use Naming::{Dotted, Kebab, Snake};
use Shape::{Cell, Day, Keys, List, Name, Named, Port, Release, Switch, Text, Word};

/// The JSON Schema of a catalog file, for editors. Whatever loads without a mistake is valid by it;
/// it does not know names, so not everything that is valid by it loads.
#[must_use]
pub fn json_schema() -> Json {
    let mut schema = shape::json_schema(&CATALOG);
    if let Json::Object(schema) = &mut schema {
        let draft = "https://json-schema.org/draft/2020-12/schema";
        schema.insert("$schema".to_owned(), draft.into());
        schema.insert("title".to_owned(), "portcheck catalog".into());
    }
    schema
}

/// Every level, expectation and so on that a catalog may name.
pub(crate) const LEVELS: [Level; 2] = [Level::Mandatory, Level::Optional];
pub(crate) const EXPECTS: [Expect; 3] = [Expect::Service, Expect::Path, Expect::Blocked];
pub(crate) const VIAS: [Via; 3] = [Via::Direct, Via::Proxy, Via::Either];
pub(crate) const PKIS: [Pki; 3] = [Pki::Public, Pki::Private, Pki::Any];

const LEVEL: Shape = Word(Words {
    noun: "level",
    words: || LEVELS.map(Level::word).to_vec(),
});
const EXPECT: Shape = Word(Words {
    noun: "expectation",
    words: || EXPECTS.map(Expect::word).to_vec(),
});
const PKI: Shape = Word(Words {
    noun: "pki",
    words: || PKIS.map(Pki::word).to_vec(),
});
const VIA: Shape = Word(Words {
    noun: "way",
    words: || VIAS.map(Via::word).to_vec(),
});
const TRANSPORT: Shape = Word(Words {
    noun: "transport",
    words: || Transport::ALL.map(Transport::word).to_vec(),
});
const PROTOCOL: Shape = Word(Words {
    noun: "protocol",
    words: || {
        Protocol::ALL
            .iter()
            .map(|protocol| protocol.word())
            .collect()
    },
});
const KIND: Shape = Word(Words {
    noun: "kind",
    words: || VariableKind::ALL.map(VariableKind::word).to_vec(),
});
const MACHINE: Shape = Word(Words {
    noun: "machine default",
    words: || MachineDefault::ALL.map(MachineDefault::word).to_vec(),
});

/// A catalog file.
pub(crate) const CATALOG: Shape = Keys(&[
    due(
        "catalog",
        Name(Kebab),
        "the catalog's name, and the first part of its rules' ids",
    ),
    due("title", Text, "what it is about"),
    due(
        "pages",
        Named(Kebab, &PAGE),
        "the vendor's pages that the rules come from",
    ),
    due(
        "sections",
        Named(Kebab, &SECTION),
        "the sections of those pages",
    ),
    due(
        "groups",
        Named(Kebab, &GROUP),
        "who stands at the ends of the rules",
    ),
    may(
        "variables",
        Named(Snake, &VARIABLE),
        "what a site may or must say",
    ),
    may(
        "features",
        Named(Kebab, &FEATURE),
        "the conditions that switch rules on",
    ),
    may(
        "profiles",
        Named(Kebab, &PROFILE),
        "named selections of rules, by where they run",
    ),
    due(
        "rules",
        List(&RULE),
        "the requirements, one for each row of a page",
    ),
]);

const PAGE: Shape = Keys(&[
    due("title", Text, "the page's title"),
    may("url", Text, "where it stands"),
    due("read", Day, "the day it was read"),
    may(
        "updated",
        Day,
        "the day its author says it was last changed",
    ),
]);

const SECTION: Shape = Keys(&[
    due("page", Name(Kebab), "the page it is on"),
    due("title", Text, "its title"),
    may(
        "heading",
        Text,
        "what reports group its rules by; the title if left out",
    ),
]);

const GROUP: Shape = Keys(&[
    due("about", Text, "who this is"),
    may(
        "bound-by",
        Name(Snake),
        "the variable whose value is the group's hosts",
    ),
]);

const VARIABLE: Shape = Keys(&[
    due("about", Text, "what it means"),
    due("kind", KIND, "what its values look like"),
    may("default", Text, "its value when nobody gives one"),
    may(
        "machine",
        MACHINE,
        "where this machine's own configuration gives the value",
    ),
    may(
        "flag",
        Text,
        "the flag that binds it, where there is a shorter one than `--set`",
    ),
]);

const FEATURE: Shape = Keys(&[
    due("about", Text, "what it means"),
    due("default", Switch, "whether it is on when nobody says"),
]);

const PROFILE: Shape = Keys(&[
    due("about", Text, "what it is for"),
    due(
        "from",
        Name(Kebab),
        "the group that this machine belongs to when the profile is run",
    ),
    may("rules", List(&Text), "globs of the rules it selects"),
    may(
        "skip",
        List(&Text),
        "globs of the rules it leaves out after all",
    ),
    may(
        "include",
        List(&Name(Kebab)),
        "profiles whose rules and features it takes over",
    ),
    may(
        "with",
        List(&Name(Kebab)),
        "features that choosing it switches on",
    ),
    may("alias", Name(Kebab), "another name it answers to"),
]);

const RULE: Shape = Keys(RULE_KEYS);

const RULE_KEYS: &[Key] = &[
    due(
        "id",
        Name(Dotted),
        "stable and unique; begins with the catalog's name and a dot",
    ),
    due("section", Name(Kebab), "the section it comes from"),
    due("stated", STATED, "what the page says, cell by cell"),
    due("level", LEVEL, "whether the product needs it"),
    may("feature", Name(Kebab), "the feature that must be on"),
    may("unless", Name(Kebab), "the feature that must be off"),
    may("version", VERSION, "the releases it holds for"),
    due("from", Name(Kebab), "the group that opens the connection"),
    due("to", Name(Kebab), "the group that is reached"),
    may(
        "host",
        Text,
        "a name, an address, `*.name` or `<variable>.name`; the group's hosts if left out",
    ),
    may("witness", Text, "the host that stands for all of `*.name`"),
    may(
        "variable",
        Name(Snake),
        "a variable that replaces the host where the site sets it",
    ),
    may("port", Port, "the port"),
    may("ports", PORTS, "a range of ports"),
    due(
        "transports",
        List(&TRANSPORT),
        "as stated, the decisive one first",
    ),
    due(
        "protocol",
        PROTOCOL,
        "what is spoken over the decisive transport",
    ),
    may("expect", EXPECT, "what must be seen"),
    may("pki", PKI, "where a certificate's chain must end"),
    may(
        "via",
        VIA,
        "which way the product goes; the site's own hosts are reached `direct` if left out",
    ),
    may(
        "starttls",
        Switch,
        "whether STARTTLS is asked for; the protocol's own habit if left out",
    ),
    may(
        "any-of",
        Name(Dotted),
        "the group of alternatives of which one is enough",
    ),
    may(
        "withdrawn",
        WITHDRAWN,
        "set where the other side has ended the service",
    ),
    may("outside", List(&OUTSIDE), "what the page does not say"),
    may(
        "reverse",
        REVERSE,
        "the second flow of a row that describes two",
    ),
    due("service", Text, "the service, for people"),
    due("purpose", Text, "what the product uses it for"),
    may(
        "note",
        Text,
        "what is odd about the row and how it is treated",
    ),
];

const STATED: Shape = Keys(&[
    may(
        "host",
        Cell,
        "the host, where the page has a cell or words for it",
    ),
    may("port", Cell, "the port cell"),
    may(
        "requirement",
        Cell,
        "the requirement cell, or the words that grade the row",
    ),
    may("protocol", Cell, "the protocol cell"),
    may("direction", Cell, "the direction cell"),
    may("source", Cell, "the source cell"),
    may("destination", Cell, "the destination cell"),
]);

const VERSION: Shape = Keys(&[
    due(
        "variable",
        Name(Snake),
        "the variable that says which release the site has",
    ),
    may("from", Release, "from this release on"),
    may("before", Release, "before this release"),
]);

const PORTS: Shape = Keys(&[
    due("first", Port, "the lowest port"),
    due("last", Port, "the highest port"),
]);

const WITHDRAWN: Shape = Keys(&[
    due("by", Text, "who ended it"),
    due("since", Day, "the day it ended"),
    due("instead", Text, "what to use instead, in the imperative"),
]);

const OUTSIDE: Shape = Keys(&[
    due("fact", Text, "the fact"),
    due("source", Text, "where it comes from"),
]);

const REVERSE: Shape = Keys(&[
    due("from", Name(Kebab), "the group that opens it"),
    due("to", Name(Kebab), "the group that is reached"),
    due("host", Text, "the host that is reached"),
    may("variable", Name(Snake), "a variable that replaces it"),
    due("level", LEVEL, "whether the product needs it"),
]);
