//! Reading what arrived: big-endian numbers, lines and prefixes, never past the end.

/// The two bytes at `at` as a number; `None` past the end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_be_bytes)
}

/// The four bytes at `at` as a number; `None` past the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_be_bytes)
}

/// The first line without its end (CR LF or LF), and what follows; `None` while it has no end.
pub(super) fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..]))
}

/// Whether `bytes` may still turn out to begin with `prefix`, or do.
pub(super) fn agrees(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.iter().zip(prefix).all(|(got, want)| got == want)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_past_the_end() {
        assert_eq!(u16_at(&[1, 2], 0), Some(0x0102));
        assert_eq!(u16_at(&[1, 2], 1), None);
        assert_eq!(u32_at(&[0, 0, 1, 0], 0), Some(256));
        assert_eq!(u32_at(&[], usize::MAX), None);
    }

    #[test]
    fn a_line_ends_with_lf_and_may_have_cr() {
        assert_eq!(line(b"a\r\nb"), Some((&b"a"[..], &b"b"[..])));
        assert_eq!(line(b"a\n"), Some((&b"a"[..], &b""[..])));
        assert_eq!(line(b"a\r"), None);
    }

    #[test]
    fn a_beginning_agrees_until_it_differs() {
        assert!(agrees(b"", b"SSH-"));
        assert!(agrees(b"SS", b"SSH-"));
        assert!(agrees(b"SSH-2.0", b"SSH-"));
        assert!(!agrees(b"SMT", b"SSH-"));
    }
}
