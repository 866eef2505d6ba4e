//! One probe for all checks that it serves.

use std::collections::HashMap;

use super::{Probe, ProbeId};
use crate::net::{Host, Port, Protocol, Transport};

/// The probes of a plan, each once.
#[derive(Default)]
pub(super) struct Probes {
    list: Vec<Probe>,
    /// The places in `list` of what goes to the same host and ports.
    places: HashMap<(Host, Vec<Port>), Vec<usize>>,
}

impl Probes {
    /// The probe that serves `wanted`: the same one, or one that does more on its connection.
    pub(super) fn serve(&mut self, wanted: Probe) -> ProbeId {
        let key = (wanted.host.clone(), wanted.ports.clone());
        let places = self.places.entry(key).or_default();
        let list = &mut self.list;
        if let Some(place) = places.iter().find(|place| serves(&list[**place], &wanted)) {
            return ProbeId(*place);
        }
        if let Some(place) = places.iter().find(|place| serves(&wanted, &list[**place])) {
            list[*place] = wanted;
            return ProbeId(*place);
        }
        places.push(list.len());
        list.push(wanted);
        ProbeId(list.len() - 1)
    }

    /// The probes, in the order they were first wanted.
    pub(super) fn into_list(self) -> Vec<Probe> {
        self.list
    }
}

/// Whether `probe` shows all that `wanted` would. Both go to the same host and ports. A plain TCP
/// check only looks at the connection, which every dialog over TCP opens as well.
fn serves(probe: &Probe, wanted: &Probe) -> bool {
    probe == wanted
        || wanted.protocol == Protocol::Tcp
            && probe.protocol.transport() == Transport::Tcp
            && probe.options.timeout == wanted.options.timeout
            && probe.options.responder == wanted.options.responder
            && probe.options.via == wanted.options.via
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ProbeOptions;

    fn probe(port: u16, protocol: Protocol) -> Probe {
        Probe {
            host: "node-1".parse().unwrap(),
            ports: Port::new(port).into_iter().collect(),
            protocol,
            options: ProbeOptions::default(),
        }
    }

    fn serve(wanted: &[Probe]) -> (Vec<usize>, Vec<Probe>) {
        let mut probes = Probes::default();
        let ids = wanted.iter().map(|probe| probes.serve(probe.clone()).0);
        (ids.collect(), probes.into_list())
    }

    #[test]
    fn what_is_wanted_twice_is_sent_once() {
        let (http, https) = (probe(80, Protocol::Http), probe(443, Protocol::Https));
        let (ids, list) = serve(&[http.clone(), https.clone(), http.clone()]);
        assert_eq!(ids, [0, 1, 0]);
        assert_eq!(list, [http, https]);
    }

    #[test]
    fn a_plain_connection_is_shared_with_a_dialog_whichever_comes_first() {
        let (tcp, ssh) = (probe(22, Protocol::Tcp), probe(22, Protocol::Ssh));
        for wanted in [[tcp.clone(), ssh.clone()], [ssh.clone(), tcp]] {
            assert_eq!(serve(&wanted), (vec![0, 0], vec![ssh.clone()]));
        }
    }

    #[test]
    fn two_dialogs_two_transports_or_two_options_are_two_probes() {
        let ike = probe(4500, Protocol::IkeNatt);
        let trace = probe(4500, Protocol::Tcp);
        assert_eq!(serve(&[ike.clone(), trace.clone()]).0, [0, 1]);
        let mut patient = trace.clone();
        patient.options.timeout = Some(std::time::Duration::from_secs(9));
        assert_eq!(serve(&[trace, patient]).0, [0, 1]);
        let (tls, https) = (probe(443, Protocol::Tls), probe(443, Protocol::Https));
        assert_eq!(serve(&[tls, https]).0, [0, 1]);
    }
}
