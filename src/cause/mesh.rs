//! Why a node took no part in a mesh.

macro_rules! mesh_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Mesh {
    NodeUnreachable "node-unreachable" Row {
        about: About::Host, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "ssh does not reach the node",
        means: "The machine that runs the mesh cannot open an SSH connection to the node, so nothing was tried from \
                there. What the other nodes see of it is told in their own rows.",
        seen_as: "The command `ssh` ends with exit code 255 before the node has said a word of SSH.",
        what_to_do: "Try `ssh` to the node from this machine by hand. If the node is up, let its SSH server and the \
                     way to it accept this machine, or name a jump host in ~/.ssh/config.",
        remedies: &["see whether {host} is up, and that `ssh {host}` works from this machine"],
        source: "ssh(1), EXIT STATUS; RFC 4253 §4.2",
        told_by: ToldBy::Never, is: &[],
    }
    HostKey "host-key" Row {
        about: About::Host, acts: &[Actor::You],
        headline: "the node's host key is not accepted",
        means: "The node shows a host key that this machine does not know, or another one than it knows. `ssh` does \
                not go on, since it may be another machine.",
        seen_as: "The command `ssh` ends with exit code 255 after the node has shown its key, and before anybody logs in.",
        what_to_do: "Compare the key's fingerprint with the one that the node's administrator tells. If it is right, \
                     bring it into ~/.ssh/known_hosts.",
        remedies: &[
            "check the fingerprint of {host} against what its administrator tells, then bring the key into \
             ~/.ssh/known_hosts (ssh-keygen -R {host} removes an old one)",
        ],
        source: "ssh(1), VERIFYING HOST KEYS; RFC 4251 §4.1",
        told_by: ToldBy::Never, is: &[],
    }
    LoginRefused "login-refused" Row {
        about: About::Host, acts: &[Actor::You, Actor::Owner],
        headline: "the node refuses the login",
        means: "The node accepts none of this user's keys, or lets the user log in and run nothing.",
        seen_as: "The command `ssh` ends after the host key was accepted and before a command of ours runs there. No password is \
                  ever asked for (`BatchMode=yes`).",
        what_to_do: "Bring your public key to the node (`ssh-copy-id`), name the user in ~/.ssh/config or by \
                     `--ssh-option User=NAME`, and see that the user has a shell there.",
        remedies: &["let `ssh -o BatchMode=yes {host} true` work: a key that {host} accepts, a user that has a shell"],
        source: "ssh_config(5), BatchMode; RFC 4252 §5.1",
        told_by: ToldBy::Never, is: &[],
    }
    NeedsSudo "needs-sudo" Row {
        about: About::Host, acts: &[Actor::Owner],
        headline: "sudo asks for a password on the node",
        means: "The option `--sudo` was given, and `sudo -n` is not allowed to this user on the node without a password or a \
                terminal.",
        seen_as: "On the node, `sudo -n true` ends with another exit code than 0.",
        what_to_do: "Add the line to sudoers with `visudo` on the node, or leave `--sudo` out: then ports below 1024 \
                     cannot be stood in for.",
        remedies: &[
            "let visudo on {host} add the line `{line}`, or leave --sudo out",
            "allow this user `sudo -n` on {host} (NOPASSWD, !requiretty), or leave --sudo out",
        ],
        source: "sudo(8), -n; sudoers(5), NOPASSWD and requiretty",
        told_by: ToldBy::Never, is: &[],
    }
    NoPlaceToRun "no-place-to-run" Row {
        about: About::Host, acts: &[Actor::Owner],
        headline: "no folder of the node lets a program run",
        means: "None of the folders of the node that a program may be brought to can be written to and executed from.",
        seen_as: "In $XDG_RUNTIME_DIR, ~/.cache, /var/tmp and /tmp no file can be made that runs: they are missing, \
                  read-only or mounted with `noexec`.",
        what_to_do: "Install this version of portcheck on the node: then nothing has to be brought there. Or give the \
                     user a folder ~/.cache that is not mounted with `noexec`.",
        remedies: &["bring this version of portcheck to {host} by its package, or give the user a ~/.cache that lets programs run"],
        source: "mount(8), noexec; execve(2), EACCES",
        told_by: ToldBy::Never, is: &[],
    }
    DiskFull "disk-full" Row {
        about: About::Host, acts: &[Actor::Owner],
        headline: "the node has no room for the program",
        means: "The folders of the node that a program can run from have no room for it: the disk is full, or the \
                user's share of it.",
        seen_as: "On the node, `df` says that less is free than the program has, or what was written is shorter than what was sent.",
        what_to_do: "Make room on the node, or install portcheck there.",
        remedies: &["remove something on {host}, or bring portcheck there by its package"],
        source: "write(2), ENOSPC and EDQUOT",
        told_by: ToldBy::Never, is: &[],
    }
    WrongArchitecture "wrong-architecture" Row {
        about: About::Host, acts: &[Actor::You],
        headline: "the node has another processor",
        means: "The node has another processor than the program that would be sent is built for.",
        seen_as: "On the node, `uname -m` names another processor than this program's.",
        what_to_do: "Give the program for that processor: `--binary ARCH=FILE`, with a portcheck of the same version.",
        remedies: &["give {host} its program: --binary {arch}=FILE", "give {host} its program: --binary ARCH=FILE"],
        source: "uname(1), -m; execve(2), ENOEXEC",
        told_by: ToldBy::Never, is: &[],
    }
    WrongVersion "wrong-version" Row {
        about: About::Host, acts: &[Actor::You, Actor::Owner],
        headline: "the program does not fit the node",
        means: "The program does not start on the node, or is of another version than the one that runs the mesh.",
        seen_as: "The program that was sent, or is installed there, does not tell this version when it is asked for \
                  it: the node's C library is too old for it, say.",
        what_to_do: "Give a program that runs there, of the same version: `--binary ARCH=FILE` (a static one runs \
                     with every C library).",
        remedies: &[
            "give {host} a program of this version that runs there: --binary {arch}=FILE (a static one runs with every C library)",
            "give {host} a program of this version that runs there: --binary ARCH=FILE",
        ],
        source: "ld.so(8), symbol versions",
        told_by: ToldBy::Never, is: &[],
    }
    AgentDied "agent-died" Row {
        about: About::Host, acts: &[Actor::You, Actor::Owner],
        headline: "the session with the node ended in the middle",
        means: "The node took part, and then the session with it ended, or nothing was heard from it any more: the \
                node, the link to it or its SSH server went, or something ended the program there.",
        seen_as: "The end of the session's output before the report came, or 15 seconds of silence.",
        what_to_do: "Run again. If it is the same node each time, look in its log what ends the program: its \
                     memory killer, or a limit of its session.",
        remedies: &["run again; if it ends once more, look in the log of {host} what ends its sessions"],
        source: "ssh(1), EXIT STATUS; ssh_config(5), ServerAliveInterval",
        told_by: ToldBy::Never, is: &[],
    }
    NodeBusy "node-busy" Row {
        about: About::Host, acts: &[Actor::You],
        headline: "another portcheck stands on the node's ports",
        means: "Another responder of portcheck holds ports of the node: another mesh is under way, or somebody left \
                `portcheck respond` running. The node was not checked, so that neither disturbs the other.",
        seen_as: "Ports that the node's own agent was to open are held by a process called portcheck.",
        what_to_do: "Run again once the other mesh has ended, or stop the responder on the node.",
        remedies: &["run again once the other mesh has ended, or stop `portcheck respond` on {host}"],
        source: "bind(2), EADDRINUSE; proc(5), /proc/net/tcp",
        told_by: ToldBy::Never, is: &[],
    }
    ListedTwice "listed-twice" Row {
        about: About::Site, acts: &[Actor::You],
        headline: "the node is another one of the list",
        means: "Two names of the site's list are one machine. It took part once, under the first of them.",
        seen_as: "The sessions of both ended on one machine: the same boot, the same network namespace.",
        what_to_do: "Remove one of the two from the site file or the inventory.",
        remedies: &["remove {host} from the list of nodes, or give it the address of the machine that is meant"],
        source: "random(4), /proc/sys/kernel/random/boot_id",
        told_by: ToldBy::Never, is: &[],
    }
    NodeTranslated "node-translated" Row {
        about: About::Way, acts: &[Actor::NetworkTeam, Actor::You],
        headline: "the node is known by an address that it does not have",
        means: "The site calls the node by an address that none of its interfaces has: something on the way \
                translates it. Clusters whose nodes tell each other their own addresses do not work so.",
        seen_as: "The node lists its own addresses, and the one by which it is reached is not among them.",
        what_to_do: "Name the node in the site file by an address that it has and that the other nodes reach, or ask \
                     the network team for a network without translation between the nodes.",
        remedies: &["name {host} by an address of its own that the others reach, or let no address be translated between the nodes"],
        source: "RFC 2663 §4; RFC 3027",
        told_by: ToldBy::Never, is: &[],
    }
} } } }
