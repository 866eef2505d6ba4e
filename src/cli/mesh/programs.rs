//! What is sent to the nodes: this program, and those of other processors.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::{
    cli::{
        command::Reader,
        failure::{Failure, Fault, literal},
    },
    mesh::Program,
};

/// This program, whatever has become of its file. Source: proc(5).
const OWN: &str = "/proc/self/exe";

/// The programs by processor.
///
/// # Errors
/// Every `ARCH=FILE` that is none; files that cannot be read.
pub(super) fn programs(typed: &[String]) -> Result<BTreeMap<String, Program>, Failure> {
    let mut reader = Reader::default();
    let mut paths = BTreeMap::from([(env::consts::ARCH.to_owned(), PathBuf::from(OWN))]);
    for typed in typed {
        match typed.split_once('=') {
            Some((arch, path)) if !arch.is_empty() && !path.is_empty() => {
                paths.insert(arch.to_owned(), PathBuf::from(path));
            }
            Some(_) | None => reader.fault(Fault::of(
                "--binary",
                format!("got {}, expected `ARCH=FILE`", literal(typed)),
            )),
        }
    }
    let mut programs = BTreeMap::new();
    for (arch, path) in paths {
        match program(&path) {
            Ok(program) => {
                programs.insert(arch, program);
            }
            Err(error) => reader.fault(Fault::file("read", &path, &error)),
        }
    }
    reader.finish(programs)
}

fn program(path: &Path) -> std::io::Result<Program> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut bytes = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut bytes)?;
        if count == 0 {
            break;
        }
        size += count as u64;
        hash.update(&bytes[..count]);
    }
    let digest = hash.finalize();
    Ok(Program {
        path: path.to_owned(),
        size,
        digest: hexadecimal(&digest),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to memory does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
