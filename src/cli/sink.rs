//! Where a report goes: stdout, and files that are there whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::failure::Fault;

/// A file that is being written: to the side, and renamed once it is whole.
///
/// Dropped before [`commit`](FileSink::commit), it leaves everything as it was.
#[derive(Debug)]
pub(crate) struct FileSink {
    file: Option<File>,
    /// Where it will be.
    path: PathBuf,
    /// Where it is until then; `None` for what is no regular file and is written in place.
    aside: Option<PathBuf>,
}

impl FileSink {
    /// Opens the file at `path` for a report, and leaves what is there untouched for now.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        Self::try_open(path).map_err(|error| Fault::file("write", path, &error))
    }

    fn try_open(path: &Path) -> io::Result<Self> {
        // What is behind a link is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let there = match fs::metadata(&path) {
            Ok(metadata) => Some((OpenOptions::new().write(true).open(&path)?, metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let Some((file, metadata)) = &there
            && !metadata.is_file()
        {
            return Ok(Self {
                file: Some(file.try_clone()?),
                path,
                aside: None,
            });
        }
        let aside = beside(&path)?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&aside)?;
        if let Some((_, metadata)) = there {
            fs::set_permissions(&aside, metadata.permissions())?;
        }
        Ok(Self {
            file: Some(file),
            path,
            aside: Some(aside),
        })
    }

    /// Writes the bytes and puts the file in its place.
    ///
    /// # Errors
    /// When it cannot be written or renamed; then what was there is still there.
    pub(crate) fn commit(mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.try_commit(bytes)
            .map_err(|error| Fault::file("write", &self.path, &error))
    }

    fn try_commit(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.write_all(bytes)?;
            // Some file systems tell only here that there is no room.
            if self.aside.is_some() {
                file.sync_all()?;
            }
        }
        if let Some(aside) = &self.aside {
            fs::rename(aside, &self.path)?;
            self.aside = None;
        }
        Ok(())
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        if let Some(aside) = &self.aside {
            // Nobody is left to be told.
            let _ = fs::remove_file(aside);
        }
    }
}

/// A name in the same directory, so that the rename stays within one file system.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let mut aside = std::ffi::OsString::from(".");
    aside.push(name);
    aside.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(aside))
}

/// Writes behind what the file at `path` has, and makes it if there is none.
///
/// # Errors
/// When nothing can be written there.
pub(crate) fn append(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| Fault::file("write", path, &error))
}

/// Writes to stdout; a reader that has gone away is no failure.
///
/// # Errors
/// When stdout takes no more for any other reason.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Fault> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let reason = super::failure::reason(&error);
            Err(Fault::new(format!("cannot write to stdout: {reason}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        let sink = FileSink::open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        sink.commit(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_that_ends_early_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        drop(FileSink::open(&folder.path().join("report.json")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_written_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let told = |path: &Path| FileSink::open(path).unwrap_err().to_string();
        let path = folder.path().join("no/such/report.json");
        assert_eq!(
            told(&path),
            format!(
                "cannot write `{}`: there is no such file or directory",
                path.display()
            )
        );
        assert_eq!(
            told(folder.path()),
            format!(
                "cannot write `{}`: it is a directory",
                folder.path().display()
            )
        );
    }

    #[test]
    fn a_device_is_written_in_place() {
        let sink = FileSink::open(Path::new("/dev/null")).unwrap();
        sink.commit(b"gone").unwrap();
    }
}
