//! What became of a node of a mesh.

use std::{net::IpAddr, time::Duration};

use super::{Ahead, Count, Figure, File, Stranger, rows::facts};
use crate::net::Host;

facts! {
    /// What became of a node of a mesh.
    MeshFact {
        SshEnded { code: i32, phase: &'static str } => "ssh ended with exit code {code} {phase}",
        SshKilled { phase: &'static str } => "ssh was ended {phase}",
        SshSaid { words: Stranger } => "ssh said: {words}",
        NoSsh { words: Stranger } => "ssh could not be started: {words}",
        NodeSaid { words: Stranger } => "the node said: {words}",
        StepTook { step: &'static str, waited: Duration } => "{step} was not done after {waited}",
        SilentFor { waited: Duration } => "nothing was heard from it for {waited}",
        SudoEnded { code: i32, words: Stranger } => "`sudo -n` ended with exit code {code}: {words}",
        PlaceMissing { place: File } => "{place}: there is no such folder",
        PlaceShut { place: File } => "{place}: the user may not write there",
        PlaceInert { place: File } => "{place}: programs may not run from there",
        PlaceFull { place: File, free: u64 } => "{place}: only {free} KiB are free",
        CutShort { place: File } => "{place}: what was written is shorter than what was sent",
        OtherDigest { place: File } => "{place}: what was written is not what was sent",
        Processor { arch: Figure, own: Figure } => "the node has {arch}, the program is for {own}",
        StartFails { code: i32, words: Stranger } => "the program does not start there, exit code {code}: {words}",
        AgentVersion { version: Figure, own: Figure } => "the program there is version {version}, this one is {own}",
        AgentFailed { words: Stranger } => "the program there said: {words}",
        OtherResponder { pid: u32, doors: Count } => "portcheck with pid {pid} holds {doors} there",
        NobodyHears { machines: Count } => "ssh does not reach it, and {machines} tried it in vain",
        ClockApart { ahead: Ahead } => "its clock is {ahead}, by what most nodes and this machine say",
        OwnAddresses { own: Vec<IpAddr> } => "its own addresses are {own}",
        SameMachine { other: Host } => "{other} is the same machine, and took part",
        Installed { place: File, version: Stranger } => "{place} is there, and says `{version}`",
    }
}
