//! Products on the way that sign or answer in the place of others, by what they say of themselves.

/// Words in the issuer of a certificate, and the product that signs with them.
/// Source: the products' manuals on TLS inspection, which name their default authority.
const ISSUERS: &[(&str, &str)] = &[
    ("zscaler", "Zscaler"),
    ("netskope", "Netskope"),
    ("goskope", "Netskope"),
    ("fortinet", "Fortinet FortiGate"),
    ("fortigate", "Fortinet FortiGate"),
    ("palo alto", "Palo Alto Networks"),
    ("blue coat", "Symantec (Blue Coat)"),
    ("bluecoat", "Symantec (Blue Coat)"),
    ("cisco umbrella", "Cisco Umbrella"),
    ("sophos", "Sophos"),
    ("mcafee", "Skyhigh (McAfee Web Gateway)"),
    ("skyhigh", "Skyhigh (McAfee Web Gateway)"),
    ("forcepoint", "Forcepoint"),
    ("websense", "Forcepoint (Websense)"),
    ("check point", "Check Point"),
    ("barracuda", "Barracuda"),
    ("watchguard", "WatchGuard"),
    ("sonicwall", "SonicWall"),
    ("untangle", "Untangle"),
    ("kaspersky", "Kaspersky"),
    ("eset ssl filter", "ESET"),
    ("bitdefender", "Bitdefender"),
    ("mitmproxy", "mitmproxy"),
    ("portswigger", "Burp Suite"),
    ("charles proxy", "Charles"),
    ("do_not_trust_fiddlerroot", "Fiddler"),
];

/// Fields of an HTTP answer that only a filter or proxy writes: name, what the value contains in
/// lower case (anything, if empty), and the product.
/// Source: the products' manuals; OONI, `blocking-fingerprints`, rows of `header.server` and `header.via`.
const FIELDS: &[(&str, &str, &str)] = &[
    ("x-squid-error", "", "squid"),
    ("server", "squid", "squid"),
    ("server", "zscaler", "Zscaler"),
    ("server", "bluecoat", "Symantec (Blue Coat)"),
    ("server", "websense", "Forcepoint (Websense)"),
    ("server", "cisco umbrella", "Cisco Umbrella"),
    ("server", "opendns", "Cisco Umbrella"),
    ("server", "fortigate", "Fortinet FortiGate"),
    ("server", "sophos", "Sophos"),
    ("server", "barracuda", "Barracuda"),
    ("server", "mcafee", "Skyhigh (McAfee Web Gateway)"),
    ("server", "tinyproxy", "tinyproxy"),
    ("server", "mitmproxy", "mitmproxy"),
    ("server", "sonicwall", "SonicWall"),
    ("server", "protected by wirefilter", "WireFilter"),
    ("via", "mcafee", "Skyhigh (McAfee Web Gateway)"),
    ("via", "cisco-wsa", "Cisco Secure Web Appliance"),
    ("x-netskope-block", "", "Netskope"),
];

/// Fields that a product writes into pages of its own making, never into those that it relays.
/// Source: Squid's errorpage.cc; Netskope's manual on block pages.
const OWN_MARKS: &[&str] = &["x-squid-error", "x-netskope-block"];

/// Whether an answer was made by the product whose name it has.
pub(super) fn has_own_mark(fields: &[(String, String)]) -> bool {
    fields
        .iter()
        .any(|(field, _)| OWN_MARKS.contains(&field.as_str()))
}

/// The product that is known to sign as this issuer.
pub(super) fn by_issuer(issuer: &str) -> Option<&'static str> {
    let issuer = issuer.to_lowercase();
    let known = ISSUERS.iter().find(|(words, _)| issuer.contains(words));
    known.map(|(_, product)| *product)
}

/// The product that is known to write such fields; names are in lower case.
pub(super) fn by_fields(fields: &[(String, String)]) -> Option<&'static str> {
    FIELDS.iter().find_map(|(name, words, product)| {
        fields
            .iter()
            .any(|(field, value)| field == name && value.to_lowercase().contains(words))
            .then_some(*product)
    })
}
