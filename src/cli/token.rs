//! The token as meant: by which flag it came, and what is wrong with it.

use std::{
    env,
    fs::{File, Metadata},
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use super::{
    arguments::TokenFlags,
    complain,
    failure::{Failure, Fault, file},
};
use crate::text;

/// The longest token, in bytes.
const LONGEST: u64 = 1_024;

const VARIABLE: &str = "PORTCHECK_TOKEN";

/// The token, if one was given. One that stands on the command line is warned about, once.
///
/// # Errors
/// A token that is none, a file that cannot be read, or both at once.
pub(crate) fn token(flags: &TokenFlags) -> Result<Option<String>, Failure> {
    let from_environment = env::var(VARIABLE).ok();
    let is_typed = flags.token.is_some() && flags.token != from_environment;
    match (&flags.token, &flags.token_file) {
        (Some(_), Some(_)) if is_typed => {
            Err(Fault::new("`--token` cannot be used with `--token-file`").into())
        }
        (_, Some(path)) => {
            let token = read(path)?;
            warn_of_readers(path);
            warn_of_length(&token);
            Ok(Some(token))
        }
        (Some(token), None) => {
            let token = sound(token).map_err(|fault| Fault::of("--token", fault))?;
            if is_typed {
                complain(
                    "warning: every user of this host can read the token on the command line\n\
                     help: give it by PORTCHECK_TOKEN or by `--token-file FILE`\n",
                );
            }
            warn_of_length(&token);
            Ok(Some(token))
        }
        (None, None) => Ok(None),
    }
}

/// A token that nobody can guess.
///
/// # Errors
/// When the system gives no random bytes.
pub(crate) fn fresh() -> Result<String, Failure> {
    /// Source: random(4).
    const SOURCE: &str = "/dev/urandom";
    let mut bytes = [0; 16];
    let read = File::open(SOURCE).and_then(|mut source| source.read_exact(&mut bytes));
    read.map_err(|error| Failure::Own(Fault::file("read", Path::new(SOURCE), &error)))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Whoever sees an answer can try tokens by himself, as fast as he likes.
fn warn_of_length(token: &str) {
    /// As many bytes as nobody tries through.
    const SAFE: usize = 16;
    if token.len() < SAFE {
        complain(&format!(
            "warning: the token has only {}: whoever sees one answer can guess it\n\
             help: take at least {SAFE}, by chance: `openssl rand -hex 16`\n",
            text::count(token.len(), "byte")
        ));
    }
}

/// A secret that others can read is none.
fn warn_of_readers(path: &Path) {
    /// Its group or everybody may read it. Source: inode(7).
    const OTHERS: u32 = 0o044;
    let metadata = std::fs::metadata(path).ok();
    let is_readable = |file: &Metadata| file.is_file() && file.mode() & OTHERS != 0;
    if metadata.as_ref().is_some_and(is_readable) {
        let name = file(path);
        complain(&format!(
            "warning: {name}: other users of this host can read the token\n\
             help: chmod 600 {name}\n"
        ));
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read =
        File::open(path).and_then(|source| source.take(LONGEST * 2).read_to_string(&mut text));
    read.map_err(|error| Fault::file("read", path, &error))?;
    let token = sound(text.trim_end_matches(['\r', '\n']));
    token.map_err(|fault| Fault::new(format!("{}: {fault}", file(path))).into())
}

/// The token, unless it is none.
fn sound(token: &str) -> Result<String, &'static str> {
    Err(if token.is_empty() {
        "the token is empty"
    } else if token.len() as u64 > LONGEST {
        "the token is longer than 1024 bytes"
    } else if token.contains(char::is_control) {
        "the token has more than one line, or control characters"
    } else {
        return Ok(token.to_owned());
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(token: &str) -> String {
        sound(token).unwrap_or_else(ToOwned::to_owned)
    }

    #[test]
    fn a_token_is_one_line_that_is_not_empty() {
        assert_eq!(told("se cret"), "se cret");
        assert_eq!(told(""), "the token is empty");
        assert_eq!(
            told("a\nb"),
            "the token has more than one line, or control characters"
        );
        assert_eq!(
            told(&"a".repeat(1025)),
            "the token is longer than 1024 bytes"
        );
    }

    #[test]
    fn no_two_fresh_tokens_are_alike() {
        let (one, other) = (fresh().unwrap_or_default(), fresh().unwrap_or_default());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
