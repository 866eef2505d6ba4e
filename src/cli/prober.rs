//! The prober and its limits, as the network options mean them.

use std::path::Path;

use rustls::pki_types::CertificateDer;

use super::{
    command::Network,
    failure::{Failure, Fault},
};
use crate::{
    engine::Limits,
    probe::{self, CertificateFileError, NetProber, ProbeConfig},
    protocol::responder::Key,
};

/// How many probes of one host are in flight: a whole cluster profile in two rounds, without
/// looking like a flood to the host.
const PER_HOST: usize = 64;

/// What sends the probes. Raises the limit of open descriptors as far as it goes.
///
/// # Errors
/// Certificate files that cannot be used, both of them; options that do not go together.
pub(crate) fn prober(network: &Network) -> Result<NetProber, Failure> {
    let mut faults = Vec::new();
    let extra_roots = certificates(network.ca_file.as_deref(), &mut faults);
    let public_roots = certificates(network.public_roots.as_deref(), &mut faults);
    if !faults.is_empty() {
        return Err(Failure::Input(faults));
    }
    let config = ProbeConfig {
        timeout: network.timeout,
        answer: network.answer,
        attempts: network.attempts,
        resolver: network.resolver.clone(),
        source: network.source,
        family: network.family,
        key: network.responders.clone().unwrap_or_else(|| Key::new("")),
        extra_roots: extra_roots.unwrap_or_default(),
        public_roots,
        descriptors: probe::raise_descriptor_limit(),
        ..ProbeConfig::default()
    };
    NetProber::new(config).map_err(|error| Fault::new(error.to_string()).into())
}

/// How many at once, and for how long.
pub(crate) fn limits(network: &Network) -> Limits {
    Limits {
        concurrency: network.concurrency,
        per_host: PER_HOST.min(network.concurrency),
        deadline: network.deadline,
    }
}

fn certificates(
    path: Option<&Path>,
    faults: &mut Vec<Fault>,
) -> Option<Vec<CertificateDer<'static>>> {
    let read = path.map(probe::load_certificates)?;
    read.map_err(|error| faults.push(certificate_fault(&error)))
        .ok()
}

fn certificate_fault(error: &CertificateFileError) -> Fault {
    match error {
        CertificateFileError::Read { path, source } => Fault::file("read", path, source),
        CertificateFileError::TooLarge(_)
        | CertificateFileError::Syntax { .. }
        | CertificateFileError::Empty { .. }
        | CertificateFileError::Certificate { .. } => {
            let command = error.conversion();
            let fault = Fault::new(error.to_string());
            command
                .map(|command| format!("`{command}`, and give `ca.pem`"))
                .into_iter()
                .fold(fault, Fault::help)
        }
    }
}
