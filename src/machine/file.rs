//! Files of this machine's configuration, read as far as they may be long.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use wildmatch::WildMatch;

/// The most bytes of a configuration file that are read. chrony's own example has 11 KiB.
const FILE_LIMIT: u64 = 256 * 1024;

/// The most files that a pattern stands for.
const LIST_LIMIT: usize = 64;

/// The files below a root, by their paths as the machine names them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files<'a> {
    root: &'a Path,
}

impl<'a> Files<'a> {
    pub(super) const fn below(root: &'a Path) -> Self {
        Self { root }
    }

    /// The beginning of a regular file; `None` if there is none that can be read.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        read_capped(&self.at(path))
    }

    /// The paths that a pattern with `*` and `?` stands for, in their order; of a path without any,
    /// itself if it is there.
    pub(super) fn matching(&self, pattern: &str) -> Vec<String> {
        let mut found = vec![String::new()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            found = found
                .iter()
                .flat_map(|directory| self.in_directory(directory, part))
                .collect();
        }
        found.truncate(LIST_LIMIT);
        found
    }

    fn in_directory(&self, directory: &str, part: &str) -> Vec<String> {
        let join = |name: &str| format!("{directory}/{name}");
        if !part.contains(['*', '?']) {
            let path = join(part);
            return if self.at(&path).exists() {
                vec![path]
            } else {
                Vec::new()
            };
        }
        let wanted = WildMatch::new(part);
        // What begins with a dot is hidden from a pattern. Source: glob(7).
        let is_shown = |name: &String| !name.starts_with('.') || part.starts_with('.');
        let entries = fs::read_dir(self.at(directory)).into_iter().flatten();
        let names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names
            .filter(|name| wanted.matches(name) && is_shown(name))
            .collect();
        names.sort();
        names.iter().map(|name| join(name)).collect()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

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
