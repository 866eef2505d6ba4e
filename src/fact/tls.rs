//! A TLS handshake, and what its certificates say.

use super::{
    Count, Day, Distinguished, Figure, Names, Part, Said, Sentence, Stranger, rows::facts,
};

/// Who signed, and the product that is known to sign as this issuer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issuer {
    /// The issuer's name.
    pub name: Distinguished,
    /// The product.
    pub product: Option<&'static str>,
}

impl Said for Issuer {
    /// `CN=Proxy CA (that is Zscaler)`.
    fn said(&self) -> Sentence {
        match self.product {
            Some(product) => self.name.said().then(" (that is ").then(product).then(")"),
            None => self.name.said(),
        }
    }
}

facts! {
    /// A TLS handshake, and what its certificates say.
    TlsFact {
        ClientCertificateDemanded => "the server demands a certificate of the client",
        CertificateMissed { status: u16 } => "it asked for a certificate of the client, got none, and answers HTTP {status}",
        PlainText { bytes: Stranger } => "plain text came where TLS was due: {bytes}",
        ClosedBeforeHello => "accepted, then closed before the server's first word",
        ResetBeforeHello => "accepted, then reset before the server's first word",
        ClosedAmid => "closed in the middle of the handshake",
        ResetAmid => "reset in the middle of the handshake",
        StalledAmid => "the handshake began and then nothing more came",
        HelloUnanswered => "accepted, then no answer to the TLS hello",
        OldVersionsOnly => "the server speaks no TLS version from 1.2 on",
        NoCipherInCommon => "no cipher suite in common with the server",
        StandardBroken { fault: Stranger } => "the server breaks the TLS standard: {fault}",
        Alert { name: Figure } => "the server's alert: {name}",
        AnswersWithoutName { name: Part } => "the same address answers TLS when {name} is not asked for",
        AnswersSmallPackets => "the same server answers when packets are kept small",
        AnswersSmallHello => "the same server answers when the hello fits one packet",
        ChoosesOld { choice: Figure } => "the server would choose {choice}, which portcheck does not speak and Java and OpenSSL do",
        ChoosesOdd { choice: Figure } => "the server would choose {choice}, which current clients refuse",
        AnswersSmallHelloOnly => "the same server answers when the hello is small, and not when a large one comes in small packets",
        AnswersBehindHeader => "it answers TLS once the header of the PROXY protocol comes first, and not without",
        CommonNameOnly { name: Distinguished } => "the certificate has no alternative names: Java and OpenSSL take its common name, {name}, and newer clients do not",
        NotForName { names: Names, asked: Part } => "the certificate is for {names}, not for {asked}",
        EndsSoon { left: Count, day: Day } => "a certificate of the chain ends in {left}, on {day}",
        Version { version: Figure } => "{version}",
        ServerCertificate { subject: Distinguished, issuer: Distinguished, until: Day } => "certificate {subject}, issued by {issuer}, valid until {until}",
        TrustedHereOnly { issuer: Issuer } => "the certificate is issued by {issuer}: this machine trusts it, the public PKI does not",
        TrustedNowhere { issuer: Issuer } => "the certificate is issued by {issuer}: neither this machine nor the public PKI trusts it",
        SignedByItself => "the certificate is signed by itself",
        NotSent { issuer: Distinguished } => "the server does not send the certificate of {issuer}",
        NotTrustedHere { issuer: Distinguished } => "the chain ends at {issuer}, which is not trusted here",
        NotForServers => "the certificate is not made for servers",
        TooWeak => "the certificate's key or signature is too weak",
        Revoked => "a certificate was revoked",
        RefusedHereOnly { rule: Figure } => "the issuer is trusted here, and our verifier refuses the chain (its rule: {rule}); Java and OpenSSL may accept it",
        Unreadable => "a certificate of the chain cannot be read",
        FurtherFaults { count: Count } => "and {count} of the chain",
        Expired { subject: Distinguished, day: Day } => "{subject} expired on {day}",
        SomeExpired => "a certificate has expired",
        NotValidYet { subject: Distinguished, day: Day } => "{subject} is valid from {day} on",
        SomeNotValidYet => "a certificate is not valid yet",
    }
}
