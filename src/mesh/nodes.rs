//! The nodes as `ssh` knows them.

use std::process::Stdio;

use futures_util::{StreamExt as _, stream};
use tokio::process::Command;

use super::session::Ssh;

/// How many of `ssh`'s configurations are read at once.
const AT_A_TIME: usize = 8;

/// A machine of the mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// As the site calls it.
    pub host: String,
    /// The jump host that it is reached by; empty without one.
    pub gate: String,
    /// The port of its SSH server, where `ssh` tells.
    pub port: Option<u16>,
}

/// The nodes with what `ssh -G` says of them, in their order. Nothing is sent. Source: ssh(1), `-G`.
pub async fn nodes(ssh: &Ssh, hosts: &[String]) -> Vec<Node> {
    let asked = hosts.iter().map(|host| async move {
        let mut command = Command::new("ssh");
        for option in &ssh.options {
            command.args(["-o", option]);
        }
        command
            .args(["-G", "--", host])
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let said = command.output().await.map(|output| output.stdout);
        node(host, &String::from_utf8_lossy(&said.unwrap_or_default()))
    });
    stream::iter(asked).buffered(AT_A_TIME).collect().await
}

fn node(host: &str, said: &str) -> Node {
    let value = |key: &str| {
        said.lines()
            .filter_map(|line| line.split_once(' '))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.trim())
    };
    let way = value("proxyjump").or_else(|| value("proxycommand"));
    Node {
        host: host.to_owned(),
        gate: way
            .filter(|way| *way != "none")
            .unwrap_or_default()
            .to_owned(),
        port: value("port").and_then(|port| port.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_the_jump_host_and_the_port_of_its_configuration() {
        let said = "user admin\nhostname 10.0.0.7\nport 2222\nproxyjump admin@bastion\n";
        assert_eq!(
            node("n7", said),
            Node {
                host: "n7".to_owned(),
                gate: "admin@bastion".to_owned(),
                port: Some(2222),
            }
        );
        assert_eq!(node("n7", "").gate, "");
    }
}
