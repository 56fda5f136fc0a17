//! Hidden directories in which results wait until they are whole.
//!
//! Each holds a file that is locked for as long as its program runs. One whose lock is free was left by a program that was stopped,
//! and is cleared away by the next. So is one without a lock: its program was stopped while it removed it, or had just made it.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;

const LOCK: &str = "lock";
/// The lock before it is locked.
const NAMELESS: &str = "to_be_locked";
const NEW: &str = "new";
const OLD: &str = "old";
/// By then a program that runs has locked what it has made.
const LOCKED_BY: Duration = Duration::from_secs(60);

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
        let nameless = directory.path().join(NAMELESS);
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
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
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
        // Without a lock its program had begun to remove it: the results before were no longer wanted, and may lack files.
        if !target.exists() && left.join(LOCK).exists() && left.join(OLD).exists() {
            fs::rename(left.join(OLD), target)?;
            leftovers.is_back = true;
        }
        match fs::remove_dir_all(left) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
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

/// Whether nobody holds the lock any more, or there is none and there should be; and nothing is there that we did not put there.
fn is_abandoned(directory: &Path) -> bool {
    let Ok(entries) = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>) else {
        return false;
    };
    let names: Vec<OsString> = entries.iter().map(fs::DirEntry::file_name).collect();
    let has = |name: &str| names.iter().any(|found| found == name);
    let is_ours = names.iter().all(|found| [LOCK, NAMELESS, NEW, OLD].iter().any(|name| found == name));
    let is_free = if has(LOCK) {
        File::open(directory.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
    } else {
        has(NEW) || has(OLD) || is_old(directory)
    };
    is_ours && is_free
}

/// Whether nothing has been made in a directory for a while.
fn is_old(directory: &Path) -> bool {
    let made = fs::metadata(directory).and_then(|found| found.modified());
    made.is_ok_and(|made| made.elapsed().is_ok_and(|since| since > LOCKED_BY))
}
