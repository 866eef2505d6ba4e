//! Where name services that filter send the names that they block.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A name service that filters, and where it sends what it blocks.
struct Filter {
    product: &'static str,
    /// Names that it makes blocked ones an alias of.
    names: &'static [&'static str],
    v4: &'static [Ipv4Addr],
    v6: &'static [Ipv6Addr],
}

const fn ip(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

const FILTERS: &[Filter] = &[
    // Source: Palo Alto Networks, "Enable DNS Security", which names both; the older address stands in
    // its Iron-Skillet templates.
    Filter {
        product: "Palo Alto Networks",
        names: &["sinkhole.paloaltonetworks.com"],
        v4: &[ip(198, 135, 184, 22), ip(72, 5, 65, 111)],
        v6: &[],
    },
    // Source: Fortinet, "Technical Tip: Various Block option under DNS filter" (260790).
    Filter {
        product: "Fortinet FortiGuard",
        names: &[],
        v4: &[ip(208, 91, 112, 55)],
        v6: &[Ipv6Addr::new(0x2001, 0xcdba, 0, 0, 0, 0, 0x3257, 0x9652)],
    },
    // Source: Cisco, "What are the Cisco Umbrella Block Page IP Addresses?" (227986927), as Pi-hole's
    // FTL reads it: in IPv6 the same, mapped.
    Filter {
        product: "Cisco Umbrella (OpenDNS)",
        names: &["block.opendns.com"],
        v4: &[
            ip(146, 112, 61, 104),
            ip(146, 112, 61, 105),
            ip(146, 112, 61, 106),
            ip(146, 112, 61, 107),
            ip(146, 112, 61, 108),
            ip(146, 112, 61, 109),
            ip(146, 112, 61, 110),
        ],
        v6: &[],
    },
    // Source: AdGuard Home's configuration, `safebrowsing_block_host` and `parental_block_host`; OONI,
    // blocking-fingerprints, `ooni.us_dns_1`.
    Filter {
        product: "AdGuard DNS",
        names: &[
            "standard-block.dns.adguard.com",
            "family-block.dns.adguard.com",
        ],
        v4: &[ip(94, 140, 14, 35)],
        v6: &[],
    },
    // Source: NextDNS, the certificate of its block page.
    Filter {
        product: "NextDNS",
        names: &["blockpage.nextdns.io"],
        v4: &[],
        v6: &[],
    },
    // Source: OONI, blocking-fingerprints, `ooni.zz_4`.
    Filter {
        product: "CleanBrowsing",
        names: &[],
        v4: &[ip(185, 228, 168, 254)],
        v6: &[],
    },
    // Source: OONI, blocking-fingerprints, `ooni.zz_12`.
    Filter {
        product: "SafeDNS",
        names: &[],
        v4: &[ip(195, 46, 39, 11)],
        v6: &[],
    },
];

/// The product that sends blocked names to this address.
pub(super) fn by_address(address: IpAddr) -> Option<&'static str> {
    let address = address.to_canonical();
    let known = FILTERS.iter().find(|filter| match address {
        IpAddr::V4(address) => filter.v4.contains(&address),
        IpAddr::V6(address) => filter.v6.contains(&address),
    });
    known.map(|filter| filter.product)
}

/// The product that makes blocked names an alias of this one.
pub(super) fn by_name(name: &str) -> Option<&'static str> {
    let is_it = |known: &str| known.eq_ignore_ascii_case(name.trim_end_matches('.'));
    let known = FILTERS
        .iter()
        .find(|filter| filter.names.iter().any(|known| is_it(known)));
    known.map(|filter| filter.product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sinkholes_are_known_by_name_by_address_and_by_mapped_address() {
        let by = |address: &str| by_address(address.parse().unwrap());
        assert_eq!(by("146.112.61.106"), Some("Cisco Umbrella (OpenDNS)"));
        assert_eq!(
            by("::ffff:146.112.61.110"),
            Some("Cisco Umbrella (OpenDNS)")
        );
        assert_eq!(by("2001:cdba::3257:9652"), Some("Fortinet FortiGuard"));
        assert_eq!(by("146.112.61.111"), None);
        assert_eq!(
            by_name("Sinkhole.PaloAltoNetworks.com."),
            Some("Palo Alto Networks")
        );
        assert_eq!(by_name("www.paloaltonetworks.com"), None);
    }
}
