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
    /// Rules of an AWS security group, as a `CloudFormation` template.
    Aws,
    /// The same for Terraform.
    TerraformAws,
    /// Rules of an Azure network security group, as an ARM template.
    Azure,
    /// Rules of a Google Cloud network firewall policy, as a script.
    Gcp,
    /// Network policies.
    Kubernetes,
    /// Cilium's network policies, which know names.
    Cilium,
    /// An allowlist by name.
    Squid,
    /// A policy of Aerleon, and its names.
    Aerleon,
}

impl Platform {
    /// Every one, in the order of the contract.
    pub const ALL: [Self; 15] = [
        Self::Table,
        Self::Csv,
        Self::Markdown,
        Self::Nftables,
        Self::Iptables,
        Self::Firewalld,
        Self::Ufw,
        Self::Aws,
        Self::TerraformAws,
        Self::Azure,
        Self::Gcp,
        Self::Kubernetes,
        Self::Cilium,
        Self::Squid,
        Self::Aerleon,
    ];

    /// Whether it is applied to something, and not read by people alone.
    #[must_use]
    pub const fn is_applied(self) -> bool {
        match self {
            Self::Table | Self::Csv | Self::Markdown => false,
            Self::Nftables
            | Self::Iptables
            | Self::Firewalld
            | Self::Ufw
            | Self::Aws
            | Self::TerraformAws
            | Self::Azure
            | Self::Gcp
            | Self::Kubernetes
            | Self::Cilium
            | Self::Squid
            | Self::Aerleon => true,
        }
    }

    /// Whether what it is applied to is one machine's own firewall.
    #[must_use]
    pub const fn is_of_a_machine(self) -> bool {
        match self {
            Self::Nftables | Self::Iptables | Self::Firewalld | Self::Ufw => true,
            Self::Table
            | Self::Csv
            | Self::Markdown
            | Self::Aws
            | Self::TerraformAws
            | Self::Azure
            | Self::Gcp
            | Self::Kubernetes
            | Self::Cilium
            | Self::Squid
            | Self::Aerleon => false,
        }
    }

    /// How many rules of a direction it takes, where there is such a limit.
    #[must_use]
    pub const fn quota(self) -> Option<usize> {
        match self {
            // Source: Amazon VPC quotas.
            Self::Aws | Self::TerraformAws => Some(60),
            Self::Table
            | Self::Csv
            | Self::Markdown
            | Self::Nftables
            | Self::Iptables
            | Self::Firewalld
            | Self::Ufw
            | Self::Azure
            | Self::Gcp
            | Self::Kubernetes
            | Self::Cilium
            | Self::Squid
            | Self::Aerleon => None,
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
            Self::Aws => "aws",
            Self::TerraformAws => "terraform-aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
            Self::Kubernetes => "kubernetes",
            Self::Cilium => "cilium",
            Self::Squid => "squid",
            Self::Aerleon => "aerleon",
        }
    }
}
