//! One packet of Encapsulating Security Payload, for a driver with a raw socket. Source: RFC 4303.

/// An ESP packet that no association of the receiver's belongs to: it must be discarded, and only
/// a host or router without ESP, or one that prohibits it, answers. 40 bytes.
///
/// The security parameters index is at least 256: 0 is never sent and 1 to 255 are reserved.
/// Source: RFC 4303 §2.1, §3.4.2.
#[must_use]
pub fn packet(nonce: [u8; 16]) -> Vec<u8> {
    let [a, b, c, d, ..] = nonce;
    let index = u32::from_be_bytes([a, b, c, d]).max(256);
    let mut packet = index.to_be_bytes().to_vec();
    packet.extend(1_u32.to_be_bytes()); // the first of its association
    packet.extend(nonce);
    packet.extend(nonce);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_index_is_never_sent() {
        assert_eq!(packet([0; 16])[..8], [0, 0, 1, 0, 0, 0, 0, 1]);
        assert_eq!(packet([7; 16])[..8], [7, 7, 7, 7, 0, 0, 0, 1]);
        assert_eq!(packet([7; 16]).len(), 40);
    }
}
