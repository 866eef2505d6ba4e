//! A name, its addresses, and who says so.

use std::{net::IpAddr, time::Duration};

use super::{Asked, Figure, File, Links, Part, Sentence, Stranger, rows::facts};

facts! {
    /// A name, its addresses, and who says so.
    NameFact {
        NoSuchName { asked: Asked, host: Part } => "{asked} says that {host} does not exist (NXDOMAIN)",
        NoAddressRecord { asked: Asked, host: Part } => "{asked} knows {host} but has no A or AAAA record for it",
        DnssecBogus { asked: Asked, rcode: Figure, host: Part } => "{asked} answers {rcode} for {host}, and answers it with DNSSEC checking off",
        NameServerFails { asked: Asked, rcode: Figure, host: Part } => "{asked} answers {rcode} for {host}",
        NameServerRefuses { asked: Asked, host: Part } => "{asked} refuses to answer for {host} (REFUSED)",
        NameServerSilent { asked: Asked, elapsed: Duration } => "no answer from {asked} in {elapsed}",
        NameServerSilentByUdp { server: IpAddr } => "{server} is silent at udp port 53 and answers at tcp port 53",
        NameServerDead { dead: Asked, answering: Asked, longer: Duration } => "{dead} does not answer, {answering} does: each name takes {longer} longer here",
        LineIgnored { line: usize, text: Stranger, why: &'static str } => "/etc/resolv.conf:{line}: `{text}` is not read: {why}",
        LineInstead { line: usize, instead: Stranger } => "line {line} would have to be `{instead}`",
        SystemFindsNothing { host: Part } => "this machine's own look-up (getaddrinfo) finds nothing for {host}",
        ServersKnow { asked: Asked, host: Part, addresses: Vec<IpAddr> } => "asked directly, {asked} says that {host} is {addresses}",
        SwitchSays { file: File, line: usize, text: Stranger } => "{file}:{line} says `{text}`",
        FoundLate { elapsed: Duration, asked: Asked } => "the name was found only after {elapsed}, asked of {asked}",
        NameServerUnreachable { asked: Asked, why: Sentence } => "{asked}: {why}",
        NoNameServer => "/etc/resolv.conf names no name server",
        NoDnsAnswer { asked: Asked } => "what {asked} sends is no DNS answer",
        NoAddressTried => "no address was tried",
        FamilyUnrouted { family: &'static str, address: IpAddr } => "this machine has no {family} route, so {address} was not tried",
        FamilyUnroutedMany { family: &'static str, count: usize } => "this machine has no {family} route, so {count} addresses were not tried",
        SomeAddressesFail { bad: usize, all: usize } => "{bad} of {all} addresses fail",
        AddressFails { address: IpAddr, cause: &'static str } => "{address}: {cause}",
        HostsFile { host: Part, addresses: Vec<IpAddr>, file: File, lines: Vec<usize> } => "{host} is {addresses} by {file}, line {lines}, and DNS was not asked",
        Sinkholed { asked: Asked, host: Part, addresses: Vec<IpAddr> } => "{asked} says that {host} is {addresses}",
        SinkholeName { name: Part, product: &'static str } => "{name} is where {product} sends the names that it blocks",
        SinkholeAddress { address: IpAddr, product: &'static str } => "{address} is where {product} sends the names that it blocks",
        NameServerTruncates { asked: Asked, why: Sentence } => "{asked} answers, and says that the answer is too long for UDP; over TCP: {why}",
        AliasesInCircle => "these aliases go in a circle",
        AliasesWithoutEnd { links: usize } => "after {links} links it is still an alias",
        Alias { links: Links } => "{links}",
    }
}
