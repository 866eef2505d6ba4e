//! Pages that filters and portals on the way write themselves, by their own marks.

use crate::diagnose::Cause;

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It forbids.
    Block,
    /// It wants somebody to log in to the network.
    Portal,
    /// It wants to know who the user is before a proxy lets anything through.
    SignOn,
}

impl Kind {
    pub(super) const fn cause(self) -> Cause {
        match self {
            Self::Block => Cause::BlockPage,
            Self::Portal => Cause::CaptivePortal,
            Self::SignOn => Cause::ProxyAuthRequired,
        }
    }
}

/// A product's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) product: &'static str,
    pub(super) kind: Kind,
}

/// A mark in lower case, and whose it is.
struct Mark {
    text: &'static str,
    page: Page,
}

const fn block(text: &'static str, product: &'static str) -> Mark {
    let kind = Kind::Block;
    let page = Page { product, kind };
    Mark { text, page }
}

const fn portal(text: &'static str, product: &'static str) -> Mark {
    let kind = Kind::Portal;
    let page = Page { product, kind };
    Mark { text, page }
}

const fn sign_on(text: &'static str, product: &'static str) -> Mark {
    let kind = Kind::SignOn;
    let page = Page { product, kind };
    Mark { text, page }
}

/// What the targets of products' redirects contain. OONI is its `blocking-fingerprints`, whose row is
/// named.
const TARGETS: &[Mark] = &[
    // Source: Zscaler, "About authentication"; the log-in of its gateway keeps what was asked for.
    sign_on("://gateway.zscaler.net/au", "Zscaler"),
    sign_on("://gateway.zscalertwo.net/au", "Zscaler"),
    sign_on("://gateway.zscalerthree.net/au", "Zscaler"),
    sign_on("://gateway.zscloud.net/au", "Zscaler"),
    // Source: OONI, `cl.prod_zscaler_forward_1` and `_2`.
    block("://gateway.zscaler", "Zscaler"),
    block("://gateway.zscloud.net", "Zscaler"),
    // Source: OONI, `cl.prod_bluecoat_notify_forward`.
    block("notify.bluecoat.com", "Symantec (Blue Coat)"),
    // Source: OONI, `ooni.ae_1`.
    block("://www.bluecoat.com/notify-", "Symantec (Blue Coat)"),
    // Source: OONI, `cl.prod_checkpoint_urlfilter_forward`.
    block("/usercheck/portalmain?", "Check Point"),
    // Source: OONI, `cp.a_prod_opendns_1_location` and `_2_location`.
    block("://block.opendns.com", "Cisco Umbrella"),
    block("://malware.opendns.com", "Cisco Umbrella"),
    block("://phish.opendns.com", "Cisco Umbrella"),
    // Source: OONI, `cl.prod_ciscomeraki_filter_forward`.
    block("wired.meraki.com:8090/blocked", "Cisco Meraki"),
    // Source: OONI, `cl.prod_forcepoint_websense_forward`.
    block(":15871/cgi-bin/block", "Forcepoint (Websense)"),
    // Source: OONI, `cl.prod_iboss_forwardtoblock_1` to `_3`.
    block("/ibreports/ibp/bp.html", "iboss"),
    block("/iboss/restricted.html?", "iboss"),
    // Source: OONI, `cl.prod_paloaltonetworks_forward`.
    block("/php/urlblock.php?", "Palo Alto Networks"),
    // Source: OONI, `cl.prod_squidguard_forward`.
    block("squidguard.cgi?", "squidGuard"),
    // Source: OONI, `cl.prod_untangle_forward`.
    block("web-filter/blockpage?", "Untangle"),
    // Source: OONI, `cp.a_prod_sonicwall_3_location`.
    block("://cfssupport.sonicwall.com", "SonicWall"),
    // Source: OONI, `cl.prod_netsweeper_inject_2`.
    block("/webadmin/deny/", "Netsweeper"),
    // Source: OONI, `cl.prod_iserv_forward`.
    block("/idesk/inet/block.php?", "IServ"),
    // Source: Fortinet, "Technical Tip: Firewall authentication", whose ports are 1000 and 1003.
    portal("/fgtauth?", "Fortinet FortiGate"),
    // Source: Palo Alto Networks, "Configure Authentication Portal", redirect mode, port 6082.
    portal(":6082/php/uid.php", "Palo Alto Networks"),
    // Source: Cisco Meraki, "Splash Page Overview".
    portal(".network-auth.com/", "Cisco Meraki"),
    // Source: Aruba, "Captive Portal Certificate", the name of its default certificate.
    portal("://securelogin.arubanetworks.com", "Aruba"),
    portal("://securelogin.hpe.com", "Aruba"),
    // Source: CoovaChilli's manual, chilli.conf(5), `uamserver`.
    portal("uamip=", "CoovaChilli"),
    // Source: MikroTik, "HotSpot customisation", `link-login`.
    portal("/login?dst=", "MikroTik HotSpot"),
    // Source: openNDS, "Forwarding Authentication Service".
    portal("/opennds_preauth/", "openNDS"),
    // Source: Ubiquiti, "UniFi: external portal", the path of its guest control.
    portal("/guest/s/", "Ubiquiti UniFi"),
    // Source: PacketFence, "Installation guide", captive portal.
    portal("/captive-portal?destination_url=", "PacketFence"),
    // Source: pfSense's manual, "Captive Portal".
    portal("index.php?zone=", "pfSense"),
    // Source: Check Point, "Identity Awareness", browser-based authentication.
    portal("/connect/portalmain", "Check Point"),
];

/// What products' own pages contain.
const BODIES: &[Mark] = &[
    // Source: OONI, `cl.prod_fortiguard_*`, `cp.a_prod_fortinet_*`.
    block("fortiguard intrusion prevention", "Fortinet FortiGate"),
    block("fortiguard web filtering", "Fortinet FortiGate"),
    block("powered by fortiguard", "Fortinet FortiGate"),
    block("fortigate application control", "Fortinet FortiGate"),
    block("<title>web filter violation", "Fortinet FortiGate"),
    // Source: OONI, `cp.a_prod_paloalto_1` and `_5`.
    block(
        "you were trying to visit has been blocked in accordance with",
        "Palo Alto Networks",
    ),
    block(
        "you were trying to use has been blocked in accordance with",
        "Palo Alto Networks",
    ),
    // Source: OONI, `cl.prod_checkpoint_urlfilter_blockpage`.
    block("check point usercheck", "Check Point"),
    // Source: OONI, `cp.a_prod_sonicwall_2`, `_3_body`.
    block("sonicwall - web site blocked", "SonicWall"),
    block("://cfssupport.sonicwall.com", "SonicWall"),
    // Source: OONI, `cp.a_prod_watchguard_1`, `_3`.
    block("denied by watchguard http proxy", "WatchGuard"),
    // Source: OONI, `cl.prod_zscaler_block`.
    block("internet security by zscaler", "Zscaler"),
    // Source: OONI, `cp.a_prod_mcafee_1` to `_3`.
    block(
        "mcafee web gateway - notification",
        "Skyhigh (McAfee Web Gateway)",
    ),
    // Source: OONI, `cl.prod_untangle_block`.
    block(
        "this web page is blocked</b> because it violates network policy",
        "Untangle",
    ),
    // Source: OONI, `cl.prod_squid_error_page`.
    block("stylesheet for squid error pages", "squid"),
    // Source: OONI, `cp.a_prod_pihole_1_satellite`.
    block(
        "pi-hole: a black hole for internet advertisements",
        "Pi-hole",
    ),
    // Source: OONI, `cl.prod_netsweeper_blockpage`.
    block("poweredbynetsweeper.com", "Netsweeper"),
    // Source: OONI, `cp.a_prod_barracuda_1`, `ooni.pa_0`.
    block("barracuda nextgen firewall", "Barracuda"),
    block("redirecting you to barracuda web filter", "Barracuda"),
    // Source: OONI, `cl.prod_ciscomeraki_filter_block`.
    block(
        "this website is blocked by your network operator",
        "Cisco Meraki",
    ),
    // Source: OONI, `cl.prod_cisco_opendns_forward_2`, `cp.a_prod_opendns_2_body`.
    block("https://block.opendns.com", "Cisco Umbrella"),
    block("https://malware.opendns.com", "Cisco Umbrella"),
    // Source: OONI, `cl.prod_forcepoint_websense_blockpage` and `_2`.
    block(":15871/cgi-bin/block", "Forcepoint (Websense)"),
    // Source: OONI, `cl.prod_lightspeed_filter_blockpage`.
    block("<title>lightspeed system - web access", "Lightspeed"),
    // Source: OONI, `cp.a_prod_zyxel_satellite`.
    block("zyxel security cloud-dns filter service portal", "Zyxel"),
    // Source: Wi-Fi Alliance, WISPr 1.0, annex D: what a hotspot tells programs that want to log in.
    portal("<wispaccessgatewayparam", "a hotspot (WISPr)"),
    portal("/fgtauth?", "Fortinet FortiGate"),
    portal("/opennds_preauth/", "openNDS"),
];

/// Whose page this is, by the address that a redirect leads to.
pub(super) fn by_target(target: &str) -> Option<Page> {
    find(TARGETS, target)
}

/// Whose page this is, by what it says.
pub(super) fn by_body(body: &str) -> Option<Page> {
    find(BODIES, body)
}

fn find(marks: &[Mark], text: &str) -> Option<Page> {
    let text = text.to_lowercase();
    let known = marks.iter().find(|mark| text.contains(mark.text));
    known.map(|mark| mark.page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_in_lower_case_and_the_narrower_one_comes_first() {
        for marks in [TARGETS, BODIES] {
            for (place, mark) in marks.iter().enumerate() {
                assert_eq!(mark.text, mark.text.to_lowercase());
                let hidden = marks[..place]
                    .iter()
                    .any(|earlier| mark.text.contains(earlier.text));
                assert!(!hidden, "{} is never reached", mark.text);
            }
        }
    }

    #[test]
    fn a_log_in_of_a_gateway_is_no_refusal() {
        let kind = |target| by_target(target).map(|page| page.kind);
        assert_eq!(
            kind("https://gateway.zscaler.net/auD?origurl=x"),
            Some(Kind::SignOn)
        );
        assert_eq!(
            kind("https://gateway.zscalertwo.net/zbd?url=x"),
            Some(Kind::Block)
        );
        assert_eq!(kind("https://vendor.example/login"), None);
    }
}
