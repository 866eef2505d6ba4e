//! `-` in the place of a file: what was piped in, once.

use std::{
    io::{self, Read as _},
    path::Path,
    sync::Mutex,
};

use super::failure::{Fault, literal};

/// The most that is read: a report of ten thousand findings has some 10 MB.
const LIMIT: u64 = 256 << 20;

/// Who read it.
static READER: Mutex<Option<String>> = Mutex::new(None);

/// Whether stdin is meant.
pub(crate) fn is_meant(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The text that was piped in, where `path` is `-`; `option` says so.
///
/// # Errors
/// When another one has read it already; when it cannot be read, is no text or is over 256 MiB.
pub(crate) fn text_of(path: &Path, option: &str) -> Result<Option<String>, Fault> {
    if !is_meant(path) {
        return Ok(None);
    }
    take(option)?;
    let mut text = String::new();
    let mut stdin = io::stdin().lock().take(LIMIT + 1);
    stdin
        .read_to_string(&mut text)
        .map_err(|error| Fault::file("read", Path::new("stdin"), &error))?;
    if text.len() as u64 > LIMIT {
        return Err(Fault::new("stdin has more than 256 MiB"));
    }
    Ok(Some(text))
}

/// Nobody reads it twice: the second time nothing would be there.
fn take(option: &str) -> Result<(), Fault> {
    let Ok(mut reader) = READER.lock() else {
        return Ok(());
    };
    let Some(first) = reader.replace(option.to_owned()) else {
        return Ok(());
    };
    let message = if first == option {
        "stdin can be read once only".to_owned()
    } else {
        format!("stdin is read by {} already", literal(&first))
    };
    Err(Fault::of(format!("{option} -"), message).help("give one of them a file"))
}
