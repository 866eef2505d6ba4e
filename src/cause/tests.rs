use std::collections::BTreeSet;

use super::{places::words, *};

#[test]
fn every_code_reads_back() {
    for cause in Cause::ALL {
        assert_eq!(cause.code().parse(), Ok(*cause));
    }
    assert_eq!(
        "tcp-timeout".parse::<Cause>(),
        Err(UnknownCause("tcp-timeout".into()))
    );
}

#[test]
fn every_page_is_written_out_in_sentences() {
    for cause in Cause::ALL {
        let row = cause.row();
        for text in [row.means, row.seen_as, row.what_to_do] {
            assert!(text.ends_with('.'), "{cause}: {text}");
            assert!(text.starts_with(char::is_uppercase), "{cause}: {text}");
            assert!(!text.contains("  "), "{cause}: {text}");
        }
        assert!(!row.source.is_empty(), "{cause}");
    }
}

#[test]
fn no_two_causes_share_a_page() {
    let unique = |part: fn(&Row) -> &'static str| {
        let texts: BTreeSet<_> = Cause::ALL.iter().map(|cause| part(cause.row())).collect();
        assert_eq!(texts.len(), Cause::ALL.len());
    };
    unique(|row| row.headline);
    unique(|row| row.means);
    unique(|row| row.seen_as);
    unique(|row| row.what_to_do);
}

/// Causes that no scenario expects, and why not: what makes them is out of a namespace's reach, and
/// stands in a test of another kind.
const UNSTAGED: [(&str, &str); 12] = [
    (
        "ephemeral-range",
        "a setting of the machine: its judgement has tests",
    ),
    (
        "descriptor-limit",
        "a limit of the process: its judgement has tests",
    ),
    (
        "dns-bypassed",
        "two resolvers of one machine: its judgement has tests",
    ),
    ("wrong-token", "two runs: tests/integration/respond.rs"),
    (
        "port-taken",
        "the machine's own ports: its judgement has tests",
    ),
    (
        "explained",
        "never the cause of a finding that stands alone",
    ),
    ("needs-sudo", "the lab's nodes are reached as root"),
    ("wrong-architecture", "one machine has one architecture"),
    ("wrong-version", "one build has one version"),
    (
        "agent-died",
        "what remains when nothing else is known of a node",
    ),
    ("node-busy", "two meshes at one moment: seen by hand"),
    (
        "node-translated",
        "the lab's nodes are not behind a translation",
    ),
];

#[test]
fn every_cause_is_expected_by_a_scenario_of_the_lab_or_is_listed() {
    let lab = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab");
    let files = std::fs::read_dir(lab)
        .unwrap()
        .map(|file| file.unwrap().path());
    let sheets = files.filter(|path| {
        path.extension()
            .is_some_and(|it| it == "yaml" || it == "rs")
    });
    let text: String = sheets
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let is_of_code = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    let words: BTreeSet<&str> = text.split(|letter: char| !is_of_code(letter)).collect();
    for cause in Cause::ALL {
        let is_listed = UNSTAGED.iter().any(|(code, _)| *code == cause.code());
        assert!(
            is_listed || words.contains(cause.code()),
            "no scenario of tests/lab expects `{cause}`, and no reason is given"
        );
    }
}

#[test]
fn every_area_has_a_cause() {
    for area in Area::ALL {
        assert!(Cause::ALL.iter().any(|cause| cause.area() == area));
    }
}

#[test]
fn headlines_and_remedies_are_clauses() {
    for cause in Cause::ALL {
        let row = cause.row();
        for clause in row.remedies.iter().chain([&row.headline]) {
            assert!(!clause.ends_with('.'), "{cause}: {clause}");
            assert!(!clause.contains("  "), "{cause}: {clause}");
            let word = clause.split(' ').next().unwrap();
            let is_name = word.chars().all(char::is_uppercase);
            assert!(
                is_name || !clause.starts_with(char::is_uppercase),
                "{cause}: {clause}"
            );
        }
    }
}

/// A remedy tells somebody to do something: it begins with one of these.
const IMPERATIVES: [&str; 27] = [
    "allow",
    "ask",
    "bring",
    "check",
    "configure",
    "correct",
    "cure",
    "find",
    "give",
    "let",
    "log",
    "look",
    "mend",
    "name",
    "raise",
    "remove",
    "run",
    "say",
    "see",
    "set",
    "start",
    "stop",
    "switch",
    "use",
    "wait",
    "if",
    "{instead}",
];

#[test]
fn every_remedy_is_in_the_imperative() {
    for cause in Cause::ALL {
        for remedy in cause.row().remedies {
            let verb = remedy.split([' ', ',']).next().unwrap();
            assert!(IMPERATIVES.contains(&verb), "{cause}: {remedy}");
        }
    }
}

#[test]
fn the_places_of_every_remedy_exist_and_those_of_the_last_are_always_known() {
    let always = Places::new(&"host", &"flow", &"protocol");
    let all: Vec<&str> = Place::ALL.iter().map(|place| place.word()).collect();
    for cause in Cause::ALL {
        let remedies = cause.row().remedies;
        for remedy in remedies {
            let unknown: Vec<&str> = words(remedy).filter(|word| !all.contains(word)).collect();
            assert_eq!(unknown, Vec::<&str>::new(), "{cause}: {remedy}");
        }
        let last = remedies.last().unwrap();
        assert!(always.know(last), "{cause}: {last}");
    }
}

#[test]
fn the_fullest_remedy_of_which_all_is_known_is_taken() {
    let places = Places::new(&"db", &"tcp to db port 5432", &"postgres");
    assert_eq!(
        Cause::RejectedByFirewall.remedy(&places).to_string(),
        "ask the network team to allow tcp to db port 5432: a firewall rejects it"
    );
    let known = places.with(Place::Who, &"10.0.0.1");
    assert_eq!(
        Cause::RejectedByFirewall.remedy(&known).to_string(),
        "ask the owner of 10.0.0.1, which rejects it, to allow tcp to db port 5432"
    );
}
