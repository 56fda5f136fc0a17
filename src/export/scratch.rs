//! Hidden directories in which results wait until they are whole.
//!
//! Each holds a file that is locked for as long as its program runs. One whose lock is free was left by a program that was stopped,
//! and is cleared away by the next.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

const LOCK: &str = "lock";
const NEW: &str = "new";
const OLD: &str = "old";

/// A hidden directory for the results of one call; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    /// Dropped first: some systems remove no directory in which a file is open.
    _lock: File,
    directory: TempDir,
}

impl Scratch {
    /// Makes one in a place, for the results of a directory.
    pub fn new(place: &Path, target: &Path) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix(&prefix(target)).tempdir_in(place)?;
        // It gets its name when it is locked: under that name it is never seen unlocked while we run.
        let nameless = directory.path().join("to_be_locked");
        let lock = File::create(&nameless)?;
        match lock.lock() {
            Err(e) if e.kind() != ErrorKind::Unsupported => return Err(e),
            _ => fs::rename(nameless, directory.path().join(LOCK))?,
        }
        Ok(Self { _lock: lock, directory })
    }

    /// Where new results are written.
    pub fn new_results(&self) -> PathBuf {
        self.directory.path().join(NEW)
    }

    /// Where those that they replace are put.
    pub fn old_results(&self) -> PathBuf {
        self.directory.path().join(OLD)
    }

    /// Leaves it there.
    pub fn keep(self) {
        let _ = self.directory.keep();
    }
}

/// How the names of those for a directory begin.
fn prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".carecast-");
    prefix
}

/// What was left by programs that were stopped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Leftovers {
    /// Whether anything was.
    pub found: bool,
    /// Whether results that had been moved away are back.
    pub is_back: bool,
}

/// Removes what stopped programs have left in a place for a directory. If that is gone, because one of them was stopped between
/// moving it away and moving new results there, it is moved back.
pub(super) fn clear_away(place: &Path, target: &Path) -> io::Result<Leftovers> {
    let mut leftovers = Leftovers::default();
    for left in abandoned(place, target)? {
        leftovers.found = true;
        if !target.exists() && left.join(OLD).exists() {
            fs::rename(left.join(OLD), target)?;
            leftovers.is_back = true;
        }
        fs::remove_dir_all(left)?;
    }
    Ok(leftovers)
}

/// The directories of stopped programs.
fn abandoned(place: &Path, target: &Path) -> io::Result<Vec<PathBuf>> {
    let prefix = prefix(target);
    let entries = match fs::read_dir(place) {
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut left = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_named = entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
        if is_named && entry.file_type()?.is_dir() && is_abandoned(&entry.path()) {
            left.push(entry.path());
        }
    }
    left.sort();
    Ok(left)
}

/// Whether nobody holds the lock any more, and nothing is there that we did not put there.
fn is_abandoned(directory: &Path) -> bool {
    let is_free = |lock: File| lock.try_lock().is_ok();
    let ours = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| [LOCK, NEW, OLD].iter().any(|name| entry.file_name() == *name))
    };
    File::open(directory.join(LOCK)).is_ok_and(is_free)
        && fs::read_dir(directory).is_ok_and(|mut entries| entries.all(ours))
}
