//! `request`: what is needed or failed, in the words of listings.

mod others;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::Path,
};

use super::{
    arguments::RequestArguments,
    command::{Reader, items},
    complain,
    failure::{Failure, Fault, exit, file, literal},
    inputs::{self, Ground},
    outlets, sink,
    sink::FileSink,
    terminal::Terminal,
};
use crate::{
    machine::listings,
    plan::Selection,
    probe::towards,
    request::{
        self, Asked, Change, End, Family, Flow, Gathered, Listed, NoRequest, Platform, Ruleset,
        Unsaid, Ways,
    },
    text,
};
use others::Others;

/// So many reasons are told one by one.
const TOLD: usize = 8;

/// `portcheck request`.
///
/// # Errors
/// The user's mistakes; a file or a stdout that takes no more.
pub(crate) fn request(arguments: &RequestArguments) -> Result<u8, Failure> {
    let meant = Meant::read(arguments)?;
    let ground = Ground::read(&arguments.selection.catalogs)?;
    let gathered = gather(arguments, &meant, &ground)?;
    tell_left(&gathered);
    let mut asked = Flows::of(gathered, arguments);
    if arguments.resolve_now {
        asked.direct = resolved(asked.direct);
    }
    if let (true, Some(most)) = (arguments.allow_wider, arguments.platform.quota()) {
        let (flows, extra) = request::widened(&asked.direct, most);
        asked.direct = flows;
        for flow in &extra {
            let (what, from, to) = (flow.what(), &flow.source, &flow.destination);
            complain(&format!(
                "note: also opens {what} from {from} to {to}, which nobody needs\n"
            ));
        }
    }
    if let Some(rules) = &arguments.check {
        let allowed = request::check(&asked.direct, &checked(rules, &ground)?);
        let told = request::told(&asked.direct, &allowed);
        return super::print(&told);
    }
    if asked.direct.is_empty() && asked.unsaid.is_empty() {
        complain("note: nothing to ask for\n");
        return Ok(exit::DONE);
    }
    write(arguments, &meant, &ground, &asked)
}

/// The options as meant.
struct Meant {
    chain: Option<request::Chain>,
    sources: Vec<IpAddr>,
}

impl Meant {
    fn read(arguments: &RequestArguments) -> Result<Self, Failure> {
        let mut reader = Reader::default();
        let platform = arguments.platform;
        let takes_chain = matches!(platform, Platform::Nftables | Platform::Iptables);
        let chain = arguments.chain.as_ref().and_then(|typed| {
            let read = typed.parse();
            if let Err(error) = &read {
                reader.fault(Fault::of(
                    "--chain",
                    format!("got {}, {error}", literal(typed)),
                ));
            } else if !takes_chain {
                let message = "only `--for nftables` and `--for iptables` have chains";
                reader.fault(Fault::of("--chain", message));
            }
            read.ok()
        });
        if arguments.undo.is_some() && !platform.is_applied() {
            let message = format!(
                "a {} changes nothing that could be taken back",
                platform.word()
            );
            reader.fault(Fault::of("--undo", message).help("`--for nftables`, say, does"));
        }
        if arguments.reports.is_empty() && arguments.selection.profile.is_empty() {
            let fault = Fault::new("nothing says what is needed");
            reader.fault(fault.help("give a saved report, or `--profile NAME`"));
        }
        let sources = arguments.source.iter().filter_map(|typed| {
            let read = typed.parse::<IpAddr>().ok();
            if read.is_none() {
                let expected = "expected an address such as `10.0.0.7`";
                reader.fault(Fault::of(
                    "--source",
                    format!("got {}, {expected}", literal(typed)),
                ));
            }
            read
        });
        let sources = sources.collect();
        reader.finish(Self { chain, sources })
    }
}

/// The flows that are needed, by reports or by profiles.
fn gather(
    arguments: &RequestArguments,
    meant: &Meant,
    ground: &Ground,
) -> Result<Gathered, Failure> {
    let rules = request::rules_of(&ground.catalogs);
    let towards = |end: &End| match end {
        End::Address(address) => towards::sources(Some(*address)),
        End::Network(_) | End::Name(_) => match towards::sources(None) {
            way if way.is_empty() => only(&ground.machine.addresses),
            way => way,
        },
    };
    let ways = Ways {
        host: &ground.machine.name,
        given: &meant.sources,
        towards: &towards,
    };
    if arguments.reports.is_empty() {
        let selection = Selection {
            profiles: items(&arguments.selection.profile),
            only: items(&arguments.selection.only),
            skip: items(&arguments.selection.skip),
            ..Selection::default()
        };
        let planned = ground.plan(&arguments.site, &selection)?;
        let mut gathered = request::from_plan(&planned.plan, &rules, &ways);
        let others = Others {
            options: &arguments.site,
            selection: &selection,
            ground,
            rules: &rules,
        };
        gathered.flows.extend(others.flows(&planned.site));
        return Ok(gathered);
    }
    let reports = inputs::reports_of_all(&arguments.reports)?;
    request::from_reports(&reports, &rules, &ways).map_err(|faults| unusable(&faults))
}

/// The address of a machine that has no way to the Internet, of each family that it has one of.
fn only(own: &[IpAddr]) -> Vec<IpAddr> {
    let is_shown = |address: &&IpAddr| match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    };
    let families = [IpAddr::is_ipv4, IpAddr::is_ipv6].map(|is_of| {
        let of_it: Vec<&IpAddr> = own.iter().filter(is_shown).filter(|it| is_of(it)).collect();
        match of_it[..] {
            [only] => Some(*only),
            _ => None,
        }
    });
    families.into_iter().flatten().collect()
}

fn unusable(faults: &BTreeSet<NoRequest>) -> Failure {
    let fault = |fault: &NoRequest| match fault {
        NoRequest::Redacted { host } => {
            let message = format!(
                "the report of {} has pseudonyms for addresses",
                literal(host)
            );
            Fault::new(message).help("make the request from the report that was not redacted")
        }
        NoRequest::NoSource { host } => {
            let message = format!(
                "the report of {} does not say which address its packets left from",
                literal(host)
            );
            Fault::new(message).help("say it with `--source ADDR`, or make the report again there")
        }
    };
    Failure::Input(faults.iter().map(fault).collect())
}

/// What is asked for, and what the platform has no words for whatever it is.
struct Flows {
    direct: Vec<Flow>,
    unsaid: Vec<Unsaid>,
}

impl Flows {
    fn of(gathered: Gathered, arguments: &RequestArguments) -> Self {
        let Gathered { flows, proxied, .. } = gathered;
        let platform = arguments.platform;
        if !platform.is_applied() || platform == Platform::Squid {
            let all: Vec<Flow> = flows.into_iter().chain(proxied).collect();
            return Self {
                direct: request::merged(&all),
                unsaid: Vec::new(),
            };
        }
        let why = "a proxy refuses it: `--for squid` is the change of its list";
        Self {
            direct: request::merged(&flows),
            unsaid: request::merged(&proxied)
                .iter()
                .map(|flow| Unsaid::new(flow, why))
                .collect(),
        }
    }
}

/// The same flows, names replaced by the addresses that they have now; a name that has none stays.
fn resolved(flows: Vec<Flow>) -> Vec<Flow> {
    let mut known: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    let mut resolved = Vec::new();
    for flow in flows {
        let End::Name(name) = &flow.destination else {
            resolved.push(flow);
            continue;
        };
        let addresses = known
            .entry(name.clone())
            .or_insert_with(|| towards::addresses(name));
        let ends = addresses.iter().map(|address| End::Address(*address));
        let ends: Vec<End> = ends
            .filter(|end| end.family() == flow.source.family())
            .collect();
        if ends.is_empty() {
            resolved.push(flow);
            continue;
        }
        let purpose = format!("{} ({name} as of now)", flow.purpose);
        resolved.extend(ends.into_iter().map(|destination| Flow {
            destination,
            purpose: purpose.clone(),
            ..flow.clone()
        }));
    }
    request::merged(&resolved)
}

/// This machine, as far as the platform's rules go.
fn here(arguments: &RequestArguments, meant: &Meant, ground: &Ground) -> request::Ground {
    let mut here = request::Ground {
        own: ground.machine.addresses.clone(),
        chain: meant.chain.clone(),
        ..request::Ground::default()
    };
    match arguments.platform {
        Platform::Nftables if meant.chain.is_none() => {
            let listing = listings::nftables();
            here.ruleset = listing.as_deref().and_then(request::parse_nftables);
        }
        Platform::Iptables if meant.chain.is_none() => {
            let read = |family| {
                let listing = listings::iptables(family == Family::V6)?;
                request::parse_iptables(&listing, family)
            };
            let v4 = read(Family::V4);
            here.ruleset = v4.map(|rules| rules.and(read(Family::V6).unwrap_or_default()));
        }
        Platform::Firewalld => {
            let said = [
                "--get-default-zone",
                "--get-active-zones",
                "--list-all-policies",
            ];
            if let [Some(default), Some(active), Some(policies)] = said.map(listings::firewalld) {
                let listed = Listed {
                    default: &default,
                    active: &active,
                    policies: &policies,
                };
                here.firewalld = Some(listed.read());
            }
        }
        Platform::Nftables
        | Platform::Iptables
        | Platform::Table
        | Platform::Csv
        | Platform::Markdown
        | Platform::Ufw
        | Platform::Aws
        | Platform::TerraformAws
        | Platform::Azure
        | Platform::Gcp
        | Platform::Kubernetes
        | Platform::Cilium
        | Platform::Squid
        | Platform::Aerleon => {}
    }
    here
}

fn write(
    arguments: &RequestArguments,
    meant: &Meant,
    ground: &Ground,
    asked: &Flows,
) -> Result<u8, Failure> {
    let open = |path: &Option<std::path::PathBuf>| path.as_deref().map(FileSink::open).transpose();
    let (file, undo) = (open(&arguments.output)?, open(&arguments.undo)?);
    let style = match file {
        Some(_) => outlets::style(Terminal::file(), false),
        None => outlets::style(Terminal::stdout(), false),
    };
    let here = here(arguments, meant, ground);
    let flows = of_here(&asked.direct, &here, arguments.platform);
    let change = request::render(
        arguments.platform,
        Asked {
            flows: &flows,
            ground: &here,
            style: &style,
        },
    );
    tell_unsaid(&change, &asked.unsaid, arguments.platform);
    match file {
        Some(sink) => sink.commit(change.text.as_bytes()).map_err(Failure::Own)?,
        None => sink::print(change.text.as_bytes()).map_err(Failure::Own)?,
    }
    if let (Some(sink), Some(text)) = (undo, &change.undo) {
        sink.commit(text.as_bytes()).map_err(Failure::Own)?;
    }
    Ok(exit::DONE)
}

/// What the firewall of this machine has to do with: where it is an end of some flows, those. Else it
/// is a router, and all may pass it.
fn of_here(flows: &[Flow], here: &request::Ground, platform: Platform) -> Vec<Flow> {
    let is_ours = |flow: &&Flow| here.is_own(&flow.source) || here.is_own(&flow.destination);
    let ours: Vec<Flow> = flows.iter().filter(is_ours).cloned().collect();
    let left = flows.len() - ours.len();
    if !platform.is_of_a_machine() || ours.is_empty() || left == 0 || here.chain.is_some() {
        return flows.to_vec();
    }
    let left = text::count(left, "flow");
    complain(&format!(
        "note: {left} between other machines: make their change there\n"
    ));
    ours
}

/// The rules of a file, as rules of this machine.
fn checked(path: &Path, ground: &Ground) -> Result<request::Ground, Failure> {
    let text = inputs::text(path)?;
    let begin = text.trim_start();
    let rules = if begin.starts_with('{') {
        request::parse_nftables(&text)
    } else if begin.starts_with("# Generated by") || begin.starts_with('*') {
        let family = if begin.contains("ip6tables-save") {
            Family::V6
        } else {
            Family::V4
        };
        request::parse_iptables(&text, family)
    } else {
        let json = listings::nftables_as_json(&text);
        json.as_deref().and_then(request::parse_nftables)
    };
    let rules: Option<Ruleset> = rules;
    let Some(rules) = rules else {
        let message = format!("{}: these are no rules that could be read", file(path));
        let help = "expected what `nft -j list ruleset` or `iptables-save` prints";
        return Err(Fault::of("--check", message).help(help).into());
    };
    Ok(request::Ground {
        own: ground.machine.addresses.clone(),
        ruleset: Some(rules),
        ..request::Ground::default()
    })
}

/// What is not asked for, the same reason once.
fn tell_left(gathered: &Gathered) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for left in &gathered.left {
        reasons.entry(&left.why).or_default().push(&left.rule);
    }
    tell("not asked for", &reasons);
}

/// What the platform has no words for.
fn tell_unsaid(change: &Change, others: &[Unsaid], platform: Platform) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for unsaid in change.unsaid.iter().chain(others) {
        reasons.entry(&unsaid.why).or_default().push(&unsaid.rules);
    }
    for note in &change.notes {
        complain(&format!("note: {}\n", text::harmless(note)));
    }
    if change.placeless > 0 {
        let flows = text::count(change.placeless, "flow");
        complain(&format!(
            "note: nothing that drops {flows} could be found here: where its name belongs stands a \
             placeholder; root on the firewall finds it, `--chain` names it\n"
        ));
    }
    tell(
        &format!("not in the words of {}", platform.word()),
        &reasons,
    );
}

fn tell(what: &str, reasons: &BTreeMap<&str, Vec<&str>>) {
    for (why, rules) in reasons.iter().take(TOLD) {
        let mut told: Vec<String> = rules
            .iter()
            .take(TOLD)
            .map(|rule| text::harmless(rule))
            .collect();
        if rules.len() > TOLD {
            told.push(format!("{} more", rules.len() - TOLD));
        }
        let rules = text::list(&told, "and");
        complain(&format!("note: {what}: {rules}: {}\n", text::harmless(why)));
    }
    if reasons.len() > TOLD {
        let more = text::count(reasons.len() - TOLD, "more reason");
        complain(&format!("note: {what}: {more}\n"));
    }
}
