//! Every node to every node: one `ssh` session a node, an agent of ours at its end, and one order
//! of events for all of them.
//!
//! The session is the leash: end of stdin, or silence for [`SILENCE`], and the agent stops its
//! responders and goes. Its folder is gone before that: it holds what was sent for as long as it
//! takes to read it.

use std::time::Duration;

mod absence;
mod arrival;
mod conduct;
mod down;
mod nodes;
mod notes;
mod phase;
mod session;
pub mod wire;

pub use absence::{Absence, Heading, RULE, report};
pub use arrival::{Means, Program, SCRIPT};
pub use conduct::{Outcome, Step, conduct};
pub use down::tell_who_is_down;
pub use nodes::{Node, nodes};
pub use notes::{Known, tell_what_is_odd};
pub use session::Ssh;

/// How often each side says that it is still there.
pub const BEAT: Duration = Duration::from_secs(3);

/// How long the other side may say nothing before it counts as gone. Five beats: a machine that is
/// busy with everything else is late, not gone.
pub const SILENCE: Duration = Duration::from_secs(15);
