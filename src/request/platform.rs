//! The firewalls and tickets that a request is written for.

/// What a request is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// For people.
    Table,
    /// A row a flow, for spreadsheets; reads back.
    Csv,
    /// For a ticket.
    Markdown,
    /// `nft -f`.
    Nftables,
    /// `iptables` and `ip6tables`, as a script.
    Iptables,
    /// `firewall-cmd`, as a script.
    Firewalld,
    /// `ufw`, as a script.
    Ufw,
    /// An allowlist by name.
    Squid,
}

impl Platform {
    /// Every one, in the order of the contract.
    pub const ALL: [Self; 8] = [
        Self::Table,
        Self::Csv,
        Self::Markdown,
        Self::Nftables,
        Self::Iptables,
        Self::Firewalld,
        Self::Ufw,
        Self::Squid,
    ];

    /// Whether it is applied to something, and not read by people alone.
    #[must_use]
    pub const fn is_applied(self) -> bool {
        match self {
            Self::Table | Self::Csv | Self::Markdown => false,
            Self::Nftables | Self::Iptables | Self::Firewalld | Self::Ufw | Self::Squid => true,
        }
    }

    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Nftables => "nftables",
            Self::Iptables => "iptables",
            Self::Firewalld => "firewalld",
            Self::Ufw => "ufw",
            Self::Squid => "squid",
        }
    }
}
