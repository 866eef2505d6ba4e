//! Files of this machine's configuration, read as far as they may be long.

use std::{fs, fs::File, io::Read as _, path::Path};

/// The most bytes of a configuration file that are read. chrony's own example has 11 KiB.
const FILE_LIMIT: u64 = 256 * 1024;

/// The beginning of a regular file; `None` if there is none that can be read.
pub(super) fn read_capped(path: &Path) -> Option<String> {
    // Opening anything else could wait for ever.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(FILE_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
