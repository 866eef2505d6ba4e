//! What our responder proved, and what it says of other ports.

use std::net::IpAddr;

use super::{Part, Program, rows::facts};

facts! {
    /// What our responder proved, and what it says of other ports.
    ResponderFact {
        ResponderAnswers => "our responder answers",
        OtherPortAnswers { port: u16 } => "a responder's port {port} answers in its place",
        OtherMachineAnswers { address: IpAddr } => "the responder of {address} answers in its place",
        LargePacketsLost { small: usize, large: usize } => "{small} bytes come back, {large} bytes in one packet do not",
        TranslatedThere { asked: IpAddr, there: IpAddr } => "{asked} is {there} on the other side: a NAT or a relay is on the way",
        TranslatedHere { own: IpAddr, seen: IpAddr } => "this machine's {own} is seen as {seen}: a NAT is on the way",
        OtherToken => "a responder answers, and has another token",
        QuestionUnanswered => "accepted, and never answered a responder's question",
        ServiceItself => "the service itself answers, not our responder",
        NotOurs => "what answers is not our responder",
        MustAnswer => "a responder has to answer",
        Listens => "the responder listens there",
        HalfOpen => "the responder has the connection half open: the first packet arrived there, and the answer is lost on the way back",
        ListensYetRefused => "the responder listens there, so it is not the host that refuses",
        ListensYetAccepted => "the responder listens there, so something on the way accepts in its place",
        ListensYetAnswered => "the responder listens there, so something on the way answers in its place",
        HeldBy { program: Program } => "{program} holds the port there, so the responder does not",
        HeldByOther => "another program holds the port there, so the responder does not",
        NotBound => "the responder there does not listen at that port",
        NoResponder { host: Part } => "no responder answers on {host}",
    }
}
