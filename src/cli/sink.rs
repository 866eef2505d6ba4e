//! Where a report goes: stdout, and files that are there whole or not at all.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::{
        fd::AsRawFd as _,
        unix::{
            ffi::OsStrExt as _,
            fs::{OpenOptionsExt as _, PermissionsExt as _},
        },
    },
    path::{Path, PathBuf},
    time::SystemTime,
};

use nix::{
    fcntl::{AT_FDCWD, AtFlags},
    libc,
    unistd::linkat,
};

use super::{closed, failure::Fault};

/// How often a name beside the file is looked for that nobody has.
const TRIES: u32 = 64;

/// A file that is being written: without a name, and linked in once it is whole.
///
/// Dropped before [`commit`](FileSink::commit), it leaves everything as it was; so does a process
/// that is killed. Where the file system has no files without a name, it is written beside, under
/// a name that no other run takes.
#[derive(Debug)]
pub(crate) struct FileSink {
    file: File,
    /// Where it will be.
    path: PathBuf,
    place: Place,
}

/// Where a file is until it is whole.
#[derive(Debug)]
enum Place {
    /// In the directory, without a name.
    Nameless,
    /// Beside, under this name.
    Beside(PathBuf),
    /// Where it will be: it is no regular file.
    There,
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
        let permissions = match there {
            Some((file, metadata)) if !metadata.is_file() => {
                let place = Place::There;
                return Ok(Self { file, path, place });
            }
            Some((_, metadata)) => Some(metadata.permissions()),
            None => None,
        };
        match nameless(&path, permissions.as_ref()) {
            Ok(file) => {
                let place = Place::Nameless;
                Ok(Self { file, path, place })
            }
            // Not every file system has such files, and what else is wrong shows here again.
            Err(_) => Self::beside(path, permissions),
        }
    }

    fn beside(path: PathBuf, permissions: Option<Permissions>) -> io::Result<Self> {
        let create = |name: &Path| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).open(name)
        };
        let (file, name) = under_a_free_name(&path, create)?;
        let place = Place::Beside(name);
        let sink = Self { file, path, place };
        if let Some(permissions) = permissions {
            sink.file.set_permissions(permissions)?;
        }
        Ok(sink)
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
        self.file.write_all(bytes)?;
        match &self.place {
            Place::There => return Ok(()),
            Place::Nameless => {
                // Some file systems tell only here that there is no room.
                self.file.sync_all()?;
                if link(&self.file, &self.path).is_ok() {
                    return Ok(());
                }
                let name = |name: &Path| link(&self.file, name);
                let ((), name) = under_a_free_name(&self.path, name)?;
                self.place = Place::Beside(name);
            }
            Place::Beside(_) => self.file.sync_all()?,
        }
        if let Place::Beside(name) = &self.place {
            fs::rename(name, &self.path)?;
            self.place = Place::There;
        }
        Ok(())
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        if let Place::Beside(name) = &self.place {
            // Nobody is left to be told.
            let _ = fs::remove_file(name);
        }
    }
}

/// A file without a name in the directory of `path`. Source: open(2), `O_TMPFILE`.
fn nameless(path: &Path, permissions: Option<&Permissions>) -> io::Result<File> {
    /// What the umask leaves of it, as for every new file.
    const NEW: u32 = 0o666;
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    let file = OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_TMPFILE)
        .mode(permissions.map_or(NEW, Permissions::mode))
        .open(directory.unwrap_or(Path::new(".")))?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions.clone())?;
    }
    Ok(file)
}

/// Gives a file without a name one that is free. Source: linkat(2).
fn link(file: &File, name: &Path) -> io::Result<()> {
    let by_descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    let follow = AtFlags::AT_SYMLINK_FOLLOW;
    Ok(linkat(
        AT_FDCWD,
        by_descriptor.as_str(),
        AT_FDCWD,
        name,
        follow,
    )?)
}

/// What `create` makes under a name in the directory of `path`, so that a rename stays within one
/// file system. A name that another run has, or one that was killed has left, is passed over.
fn under_a_free_name<T>(
    path: &Path,
    create: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let moment = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..TRIES {
        let mut aside = std::ffi::OsString::from(".");
        // A name may have 255 bytes. Source: limits.h, `NAME_MAX`.
        aside.push(std::ffi::OsStr::from_bytes(
            &name.as_bytes()[..name.len().min(200)],
        ));
        aside.push(format!(
            ".{}-{:x}.part",
            std::process::id(),
            moment.as_nanos() + u128::from(attempt)
        ));
        let aside = path.with_file_name(aside);
        match create(&aside) {
            Ok(made) => return Ok((made, aside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
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
    if closed::is_closed() && !bytes.is_empty() {
        return Err(Fault::new("cannot write to stdout: it is closed"));
    }
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
    fn a_run_that_is_killed_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let sink = FileSink::open(&folder.path().join("report.json")).unwrap();
        assert!(matches!(sink.place, Place::Nameless), "{sink:?}");
        // Nothing is tidied up.
        std::mem::forget(sink);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_another_run_has_left_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(folder.path().join(".report.json.1.part"), "old").unwrap();
        let first = FileSink::open(&path).unwrap();
        let second = FileSink::beside(path.clone(), None).unwrap();
        let third = FileSink::beside(path.clone(), None).unwrap();
        for (sink, bytes) in [(first, b"1"), (second, b"2"), (third, b"3")] {
            sink.commit(bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        FileSink::open(&path).unwrap().commit(b"new").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
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
