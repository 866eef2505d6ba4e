//! How far a login got, by the marks that `ssh` sets on its way.
//!
//! They are its steps forward, told at `LogLevel=DEBUG1` in every version since the first with
//! protocol 2, in English in every locale. What `ssh` says of a failure is shown and decides nothing.

/// How far a login got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Nothing was heard from the other side.
    #[default]
    Nothing,
    /// The other side speaks SSH, or has accepted the connection at least.
    Connected,
    /// It has shown its host key.
    KeyShown,
    /// The host key was accepted, and keys of the user are tried.
    KeyAccepted,
    /// The user is logged in.
    LoggedIn,
}

/// The steps, each with what a line of it begins with. Source: OpenSSH, sshconnect.c, sshconnect2.c,
/// kex.c, 7.4 to 10.
const STEPS: [(&str, Phase); 8] = [
    ("debug1: Connection established.", Phase::Connected),
    ("debug1: Remote protocol version", Phase::Connected),
    ("debug1: Server host key:", Phase::KeyShown),
    ("debug1: SSH2_MSG_NEWKEYS received", Phase::KeyAccepted),
    (
        "debug1: Authentications that can continue",
        Phase::KeyAccepted,
    ),
    ("debug1: Authentication succeeded", Phase::LoggedIn),
    ("Authenticated to ", Phase::LoggedIn),
    ("debug1: Entering interactive session", Phase::LoggedIn),
];

/// What `ssh` wrote on stderr, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// How far it got.
    pub(super) phase: Phase,
    /// The last line that is no mark of ours to read: why it failed, in its words.
    pub(super) last: String,
}

impl Progress {
    /// One more line. What comes once the user is logged in may be the node's, and is no mark.
    pub(super) fn hear(&mut self, line: &str) {
        let line = line.trim_end();
        let step = STEPS.iter().find(|(begin, _)| line.starts_with(begin));
        if self.phase < Phase::LoggedIn
            && let Some((_, phase)) = step
        {
            self.phase = self.phase.max(*phase);
        } else if !line.is_empty() && !line.starts_with("debug1: ") && !is_chatter(line) {
            line.clone_into(&mut self.last);
        }
    }
}

/// What `ssh` says at that level whether it fails or not.
fn is_chatter(line: &str) -> bool {
    ["OpenSSH_", "Transferred: ", "Bytes per second: "]
        .iter()
        .any(|begin| line.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(lines: &str) -> Progress {
        let mut progress = Progress::default();
        for line in lines.lines() {
            progress.hear(line);
        }
        progress
    }

    #[test]
    fn a_host_key_that_is_not_accepted_is_the_last_step() {
        let seen = progress(
            "OpenSSH_9.2p1 Debian\r\ndebug1: Connecting to n1 port 22.\r\n\
             debug1: Connection established.\r\ndebug1: Remote protocol version 2.0\r\n\
             debug1: Server host key: ssh-ed25519 SHA256:x\r\nHost key verification failed.\r\n",
        );
        assert_eq!(seen.phase, Phase::KeyShown);
        assert_eq!(seen.last, "Host key verification failed.");
    }

    #[test]
    fn a_login_that_is_refused_got_as_far_as_the_users_keys() {
        let seen = progress(
            "debug1: Server host key: x\ndebug1: SSH2_MSG_NEWKEYS received\n\
             debug1: Authentications that can continue: publickey\n\
             admin@n1: Permission denied (publickey).\n",
        );
        assert_eq!(seen.phase, Phase::KeyAccepted);
    }

    #[test]
    fn what_a_node_says_after_the_login_is_no_mark() {
        let seen = progress(
            "Authenticated to n1 ([10.0.0.1]:22) using \"publickey\".\n\
             debug1: Server host key: forged\nThis account is not available.\n",
        );
        assert_eq!(seen.phase, Phase::LoggedIn);
        assert_eq!(seen.last, "This account is not available.");
    }
}
