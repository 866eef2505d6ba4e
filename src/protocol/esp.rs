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

/// The length of the index and the number that precede the payload. Source: RFC 4303 §2.
const HEAD: usize = 8;

/// The same with `payload` instead of the nonce: what a responder of ours answers to.
#[must_use]
pub fn carrying(nonce: [u8; 16], payload: &[u8]) -> Vec<u8> {
    let mut packet = packet(nonce);
    packet.truncate(HEAD);
    packet.extend(payload);
    packet
}

/// The index and the number of a packet, and its payload; `None` if it is too short for them.
#[must_use]
pub const fn parts(packet: &[u8]) -> Option<(&[u8], &[u8])> {
    packet.split_at_checked(HEAD)
}

/// What a raw socket gave without the header of IPv4, which it comes with; IPv6 has none there.
/// Source: raw(7), RFC 791 §3.1.
#[must_use]
pub fn without_header(bytes: &[u8]) -> &[u8] {
    /// IP protocol 50, in the header's tenth byte.
    const ESP: u8 = 50;
    let is_header = bytes.len() >= 20 && bytes[0] >> 4 == 4 && bytes[9] == ESP;
    let length = usize::from(bytes.first().map_or(0, |first| first & 0x0f)) * 4;
    match bytes.get(length..) {
        Some(rest) if is_header && length >= 20 => rest,
        Some(_) | None => bytes,
    }
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
