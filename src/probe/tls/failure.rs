//! How a handshake failed, by types and by what had arrived.

use std::io;

use rustls::{AlertDescription, Error, PeerIncompatible};

use crate::{
    observation::{TlsError, tls::Alert},
    text,
};

/// What an error of the handshake means, given the first bytes that came.
pub(crate) fn meaning(error: &io::Error, first: &[u8]) -> TlsError {
    if let Some(error) = tls_error(error) {
        return of_tls(error, first);
    }
    if looks_plain(first) {
        return TlsError::NotTls(text::stranger(first));
    }
    if let [21, 3, _, 0, 2, _, description, ..] = *first {
        return TlsError::Alert(alert(description.into()));
    }
    match (error.kind(), first.is_empty()) {
        (io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe, true) => {
            TlsError::ResetBeforeHello
        }
        (io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe, false) => TlsError::Reset,
        (_, true) => TlsError::ClosedBeforeHello,
        (_, false) => TlsError::Closed,
    }
}

/// What it means that time ran out, given the first bytes that came.
pub(crate) fn out_of_time(first: &[u8]) -> TlsError {
    if looks_plain(first) {
        TlsError::NotTls(text::stranger(first))
    } else {
        TlsError::Stalled {
            after_bytes: !first.is_empty(),
        }
    }
}

/// The alert in an error of a finished handshake, if it is one.
pub(crate) fn alert_in(error: &io::Error) -> Option<Alert> {
    match tls_error(error)? {
        Error::AlertReceived(description) => Some(alert(*description)),
        _ => None,
    }
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn of_tls(error: &Error, first: &[u8]) -> TlsError {
    match error {
        _ if looks_plain(first) => TlsError::NotTls(text::stranger(first)),
        Error::AlertReceived(description) => TlsError::Alert(alert(*description)),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => TlsError::Version,
        Error::PeerIncompatible(
            PeerIncompatible::NoCipherSuitesInCommon
            | PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NoSignatureSchemesInCommon
            | PeerIncompatible::NoEcPointFormatsInCommon,
        ) => TlsError::NoSharedCipher,
        // The names of the types are the library's words for the fault.
        other => TlsError::Broken(text::stranger(format!("{other:?}").as_bytes())),
    }
}

/// Whether bytes came and they do not begin a TLS record. Source: RFC 8446 §5.1.
fn looks_plain(first: &[u8]) -> bool {
    match first {
        [] => false,
        [kind] => !(20..=24).contains(kind),
        [kind, major, ..] => !(20..=24).contains(kind) || *major != 3,
    }
}

fn alert(description: AlertDescription) -> Alert {
    match description {
        AlertDescription::ProtocolVersion => Alert::ProtocolVersion,
        AlertDescription::HandshakeFailure => Alert::HandshakeFailure,
        AlertDescription::UnrecognisedName => Alert::UnrecognizedName,
        AlertDescription::CertificateRequired => Alert::CertificateRequired,
        AlertDescription::AccessDenied => Alert::AccessDenied,
        other => Alert::Other(alert_name(other)),
    }
}

/// Source: RFC 8446 §6, RFC 5246 §7.2.
fn alert_name(description: AlertDescription) -> String {
    let number = u8::from(description);
    let name = match number {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        50 => "decode_error",
        51 => "decrypt_error",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        120 => "no_application_protocol",
        _ => return format!("alert {number}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(error: Error) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }

    #[test]
    fn the_servers_own_alerts_keep_their_names() {
        let cases = [
            (AlertDescription::UnrecognisedName, Alert::UnrecognizedName),
            (
                AlertDescription::InternalError,
                Alert::Other("internal_error".to_owned()),
            ),
            (
                AlertDescription::Unknown(200),
                Alert::Other("alert 200".to_owned()),
            ),
        ];
        for (description, alert) in cases {
            let error = tls(Error::AlertReceived(description));
            assert_eq!(meaning(&error, &[21, 3, 3]), TlsError::Alert(alert));
        }
    }

    #[test]
    fn resets_and_ends_are_told_apart_by_what_came_before() {
        let reset: io::Error = io::ErrorKind::ConnectionReset.into();
        let eof: io::Error = io::ErrorKind::UnexpectedEof.into();
        assert_eq!(meaning(&reset, &[]), TlsError::ResetBeforeHello);
        assert_eq!(meaning(&reset, &[22, 3, 3]), TlsError::Reset);
        assert_eq!(meaning(&eof, &[]), TlsError::ClosedBeforeHello);
        assert_eq!(meaning(&eof, &[22]), TlsError::Closed);
        let refusal = [21, 3, 3, 0, 2, 2, 112];
        let rejected = TlsError::Alert(Alert::UnrecognizedName);
        assert_eq!(meaning(&reset, &refusal), rejected);
        assert_eq!(
            meaning(&eof, b"220 hi\r\n"),
            TlsError::NotTls("220 hi".to_owned())
        );
    }

    #[test]
    fn a_version_or_cipher_that_is_not_shared_has_its_own_name() {
        let version = tls(PeerIncompatible::ServerDoesNotSupportTls12Or13.into());
        let cipher = tls(PeerIncompatible::NoCipherSuitesInCommon.into());
        assert_eq!(meaning(&version, &[22, 3, 1]), TlsError::Version);
        assert_eq!(meaning(&cipher, &[22, 3, 3]), TlsError::NoSharedCipher);
    }
}
