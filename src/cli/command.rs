//! The command line as meant: every value parsed, every default in its place.

use std::{
    net::IpAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    arguments::{
        ExpectFlag, ExpectWhat, NetworkFlags, OutputFlags, SelectionFlags, ShownFlags, SiteOptions,
    },
    failure::{Failure, Fault, file, literal},
    quantity::{self, QuantityError},
};
use crate::{
    catalog::Expect, net::Address, plan::Selection, probe::Family, protocol::responder::Key,
    report::Format, text,
};

/// A connect that takes longer than five minutes is dead on every system's own account.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_mins(5);
/// A run is for someone who waits for it.
const DEADLINES: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(24);
/// A hundred tell a loss of one in a hundred; more is a load test.
const ATTEMPTS: RangeInclusive<u32> = 1..=100;
/// There are no more ports to send from.
const CONCURRENCIES: RangeInclusive<u32> = 1..=65_535;

/// How packets are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// How long one connect may take.
    pub(crate) timeout: Duration,
    /// How long an accepted connection may stay silent, if anybody says so.
    pub(crate) answer: Option<Duration>,
    /// How often each connect is tried.
    pub(crate) attempts: u32,
    /// How many checks run at the same time.
    pub(crate) concurrency: usize,
    /// How long the whole run may take.
    pub(crate) deadline: Option<Duration>,
    /// Trusted besides this machine's store.
    pub(crate) ca_file: Option<PathBuf>,
    /// Counts as the public PKI.
    pub(crate) public_roots: Option<PathBuf>,
    /// The name server to ask, always by its address.
    pub(crate) resolver: Option<Address>,
    /// The address to send from.
    pub(crate) source: Option<IpAddr>,
    /// The only family of addresses to use.
    pub(crate) family: Option<Family>,
    /// Whether it is looked how far packets get that fail.
    pub(crate) walks: bool,
    /// What responders are asked with, where they stand at the other end.
    pub(crate) responders: Option<Key>,
}

/// What becomes of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    /// How it is printed.
    pub(crate) shown: Shown,
    /// The files it is also written to, each path once.
    pub(crate) files: Vec<FileTarget>,
    /// Whether addresses and names are replaced.
    pub(crate) redact: bool,
    /// Whether warnings fail the run.
    pub(crate) strict: bool,
    /// Whether there is no progress.
    pub(crate) quiet: bool,
}

/// How something is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The format.
    pub(crate) format: Format,
    /// Whether nothing is folded.
    pub(crate) verbose: bool,
}

/// A file that the report is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileTarget {
    /// The format.
    pub(crate) format: Format,
    /// Where.
    pub(crate) path: PathBuf,
}

/// Reads values and keeps what is wrong with them, so that every mistake is told at once.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    /// What was read, unless something was wrong.
    ///
    /// # Errors
    /// Every mistake so far.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Failure> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(Failure::Input(self.faults))
        }
    }

    /// One more mistake.
    pub(crate) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// How packets are sent.
    pub(crate) fn network(&mut self, flags: NetworkFlags) -> Network {
        let family = match (flags.ipv4, flags.ipv6) {
            (true, _) => Some(Family::V4),
            (false, true) => Some(Family::V6),
            (false, false) => None,
        };
        let source = self.source(flags.source.as_deref(), family);
        Network {
            timeout: self.duration("--timeout", &flags.timeout, TIMEOUTS),
            answer: flags
                .answer_timeout
                .map(|typed| self.duration("--answer-timeout", &typed, TIMEOUTS)),
            attempts: self.count("--attempts", &flags.attempts, ATTEMPTS),
            concurrency: self.concurrency(&flags.concurrency),
            deadline: flags
                .deadline
                .map(|typed| self.duration("--deadline", &typed, DEADLINES)),
            ca_file: flags.ca_file,
            public_roots: flags.public_roots,
            resolver: self.resolver(flags.resolver.as_deref()),
            source,
            family,
            walks: !flags.no_path,
            responders: None,
        }
    }

    /// What becomes of the report.
    pub(crate) fn output(&mut self, flags: OutputFlags) -> Output {
        let (shown, files) = self.targets(Shown::from(&flags.shown), flags.output);
        Output {
            shown,
            files,
            redact: flags.redaction.redact,
            strict: flags.strict,
            quiet: flags.quiet,
        }
    }

    /// What is printed, and the files besides.
    pub(crate) fn targets(
        &mut self,
        mut shown: Shown,
        output: Vec<PathBuf>,
    ) -> (Shown, Vec<FileTarget>) {
        let mut is_printed = false;
        let mut files: Vec<FileTarget> = Vec::new();
        for typed in output {
            let Some(target) = self.target(&typed, shown.format) else {
                continue;
            };
            let is_stdout = target.path.as_os_str() == "-";
            let is_repeated = files.iter().any(|earlier| earlier.path == target.path);
            if is_repeated || (is_stdout && is_printed) {
                let message = format!("{} is given twice", file(&target.path));
                self.fault(Fault::of("--output", message));
            } else if is_stdout {
                is_printed = true;
                shown.format = target.format;
            } else {
                files.push(target);
            }
        }
        (shown, files)
    }

    /// A duration within bounds.
    pub(crate) fn duration(
        &mut self,
        flag: &str,
        typed: &str,
        bounds: RangeInclusive<Duration>,
    ) -> Duration {
        let read = quantity::duration(typed, bounds);
        self.quantity(flag, read)
    }

    fn count(&mut self, flag: &str, typed: &str, bounds: RangeInclusive<u32>) -> u32 {
        let read = quantity::count(typed, bounds);
        self.quantity(flag, read)
    }

    fn concurrency(&mut self, typed: &str) -> usize {
        let count = self.count("--concurrency", typed, CONCURRENCIES);
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// The quantity; after a mistake one that nobody will use.
    fn quantity<T: Default>(&mut self, flag: &str, read: Result<T, QuantityError>) -> T {
        read.unwrap_or_else(|error| {
            self.fault(Fault::of(flag, error));
            T::default()
        })
    }

    fn resolver(&mut self, typed: Option<&str>) -> Option<Address> {
        let typed = typed?;
        let read = typed.parse::<Address>().ok();
        let address = read.filter(|address| address.host.address().is_some());
        if address.is_none() {
            let message = format!(
                "got {}, expected an address such as `10.0.0.53` or `[::1]:5353`",
                literal(typed)
            );
            self.fault(Fault::of("--resolver", message));
        }
        address
    }

    fn source(&mut self, typed: Option<&str>, family: Option<Family>) -> Option<IpAddr> {
        let typed = typed?;
        let Ok(address) = typed.parse::<IpAddr>() else {
            let message = format!(
                "got {}, expected an address of this machine such as `10.0.0.7`",
                literal(typed)
            );
            self.fault(Fault::of("--source", message));
            return None;
        };
        let other = match family {
            Some(Family::V4) if address.is_ipv6() => Some("-4"),
            Some(Family::V6) if address.is_ipv4() => Some("-6"),
            Some(Family::V4 | Family::V6) | None => None,
        };
        if let Some(flag) = other {
            let message = format!("`--source {address}` cannot be used with `{flag}`");
            self.fault(Fault::new(message));
        }
        Some(address)
    }

    /// `FORMAT=FILE`, or `FILE` in the format of its extension, else of stdout.
    fn target(&mut self, typed: &Path, format: Format) -> Option<FileTarget> {
        // A format is a plain word, so a name that is not UTF-8 has none before its `=`.
        let split = typed.to_str().and_then(|text| text.split_once('='));
        let target = match split {
            Some((word, path)) if is_word(word) => FileTarget {
                format: self.format(word)?,
                path: PathBuf::from(path),
            },
            Some(_) | None => FileTarget {
                format: by_name(typed, format),
                path: typed.to_owned(),
            },
        };
        if target.path.as_os_str().is_empty() {
            self.fault(Fault::of("--output", "the name of the file is empty"));
            return None;
        }
        Some(target)
    }

    fn format(&mut self, word: &str) -> Option<Format> {
        let format = Format::ALL.into_iter().find(|format| format.word() == word);
        if format.is_none() {
            let words = Format::ALL.map(Format::word);
            let ticked = words.map(|known| format!("`{known}`"));
            let message = format!(
                "unknown format {}, expected {}",
                literal(word),
                text::list(&ticked, "or")
            );
            self.fault(
                Fault::of("--output", message)
                    .did_you_mean(text::suggestion(word, words))
                    .help("a file with `=` in its name is written `./name=rest`"),
            );
        }
        format
    }
}

impl From<&ShownFlags> for Shown {
    fn from(flags: &ShownFlags) -> Self {
        Self {
            format: flags.format,
            verbose: flags.verbose,
        }
    }
}

/// The format that the name of a file speaks of; the one of stdout where it says nothing, or may
/// mean that as well.
fn by_name(path: &Path, shown: Format) -> Format {
    match (Format::of_name(path), shown) {
        (Some(Format::Json), Format::Sarif | Format::Ndjson) | (None, _) => shown,
        (Some(named), _) => named,
    }
}

/// Whether it could be meant as the name of a format.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// What must be seen; `None` leaves it to each check.
pub(crate) const fn expectation(flag: &ExpectFlag) -> Option<Expect> {
    match flag.expect {
        ExpectWhat::Auto => None,
        ExpectWhat::Service => Some(Expect::Service),
        ExpectWhat::Path => Some(Expect::Path),
        ExpectWhat::Blocked => Some(Expect::Blocked),
    }
}

/// The `VARIABLE=VALUE`s: no value holds a space, so that one environment variable can hold several.
pub(crate) fn settings(options: &SiteOptions) -> Vec<String> {
    options
        .set
        .iter()
        .flat_map(|typed| typed.split_whitespace())
        .map(str::to_owned)
        .collect()
}

/// The items of a list: one that comes out of a file or a job's YAML has lines and blanks around them.
pub(crate) fn items(typed: &[String]) -> Vec<String> {
    let lines = typed.iter().flat_map(|item| item.lines());
    let items = lines.map(str::trim).filter(|item| !item.is_empty());
    items.map(str::to_owned).collect()
}

/// Which rules, and how they are looked at.
pub(crate) fn selection(flags: &SelectionFlags, expect: &ExpectFlag) -> Selection {
    Selection {
        profiles: items(&flags.profile),
        only: items(&flags.only),
        skip: items(&flags.skip),
        expect: expectation(expect),
        full_ranges: flags.full_ranges,
        ..Selection::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_may_have_lines_and_blanks_around_its_items() {
        let typed = [
            "looker-server\n".to_owned(),
            " a \n\tb\r\n".to_owned(),
            " ".to_owned(),
        ];
        assert_eq!(items(&typed), ["looker-server", "a", "b"]);
    }

    fn target(typed: &str) -> Result<FileTarget, String> {
        let mut reader = Reader::default();
        let target = reader.target(Path::new(typed), Format::Table);
        target.ok_or_else(|| reader.faults[0].to_string())
    }

    #[test]
    fn an_output_has_the_format_before_its_equals_sign_or_that_of_stdout() {
        let meant = |format, path: &str| {
            Ok(FileTarget {
                format,
                path: path.into(),
            })
        };
        assert_eq!(target("json=a.json"), meant(Format::Json, "a.json"));
        assert_eq!(target("json=a=b"), meant(Format::Json, "a=b"));
        assert_eq!(target("a.txt"), meant(Format::Table, "a.txt"));
        assert_eq!(target("./a=b"), meant(Format::Table, "./a=b"));
        assert_eq!(
            target("xml=x"),
            Err(
                "`--output`: unknown format `xml`, expected `table`, `json`, `ndjson`, `junit`, \
                 `tap`, `sarif`, `markdown`, `html`, `csv`, `prometheus`, `nagios` or `github`"
                    .into()
            )
        );
    }

    #[test]
    fn the_source_must_be_of_the_family_that_is_used() {
        let mut reader = Reader::default();
        reader.source(Some("::1"), Some(Family::V4));
        reader.source(Some("::1"), Some(Family::V6));
        reader.source(Some("::1"), None);
        let faults: Vec<String> = reader.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["`--source ::1` cannot be used with `-4`"]);
    }
}
