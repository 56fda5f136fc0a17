//! The one place that writes: a directory appears whole or not at all.
//!
//! Results are written to a hidden directory beside the one that they are for, and then change places with it. Where that
//! cannot be moved, such as one that is mounted, its files are replaced one by one, the manifest last: its hashes say what is whole.

use std::{
    fmt, fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use super::{
    Document, manifest,
    scratch::{self, Leftovers, Scratch},
};

/// Why a directory could not be written.
#[derive(Debug)]
pub enum Error {
    /// The directory holds something that was not made here.
    NotOurs {
        /// The directory.
        directory: PathBuf,
        /// The first thing in it that an earlier call did not make.
        found: PathBuf,
    },
    /// A file has been changed since an earlier call made it.
    Changed(PathBuf),
    /// There is something at that place, and it is not a directory.
    NotADirectory(PathBuf),
    /// The directory has no place to be moved to: it is the one we are in, or the root.
    InTheWay(PathBuf),
    /// The system refused, and everything is as it was.
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The system refused while files were replaced one by one.
    HalfWay {
        /// What was being written.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NotOurs { directory, found } => write!(
                f,
                "{} holds {}, which carecast did not make. Nothing was written. Name another directory, or move \
                 that file away",
                directory.display(),
                found.display()
            ),
            Self::Changed(path) => write!(
                f,
                "{} has been changed since carecast wrote it. Nothing was written. Name another directory, or move \
                 that file away",
                path.display()
            ),
            Self::NotADirectory(path) => {
                write!(f, "{} is a file. Name a directory to write the report to", path.display())
            }
            Self::InTheWay(path) => write!(
                f,
                "{} cannot be replaced as a whole. Name a new directory to write the report to, such as {}",
                path.display(),
                path.join("carecast-report").display()
            ),
            Self::Io { path, source } => write!(
                f,
                "{}: {source}. Nothing was written. Name another directory to write the report to, or see to it that \
                 this one can be written",
                path.display()
            ),
            Self::HalfWay { path, source } => write!(
                f,
                "{}: {source}. Some of the files there are new and some are old, and {} does not fit them. Run it again",
                path.display(),
                manifest::NAME
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::HalfWay { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// What was done about calls that were broken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The directory that they were for.
    pub directory: PathBuf,
    /// Whether it had been moved away, and is back. Otherwise only what was half written was left, and has been removed.
    pub is_back: bool,
}

/// Tries whether a directory could take results: it is not there yet or holds only what an earlier call made, and files can be
/// made beside it or in it. Says what calls that were broken off had left.
pub(super) fn prepare(directory: &Path) -> Result<Option<Recovered>, Error> {
    let target = resolve(directory)?;
    let parent = parent(&target)?;
    let Leftovers { found, is_back } = clear(&target, parent)?;
    let there = parent.ancestors().find(|folder| folder.exists()).unwrap_or(parent);
    match Scratch::new(there, &target) {
        Err(e) if target.is_dir() && is_fixed(&e) => {
            Scratch::new(&target, &target).map_err(|e| at(&target, e))?;
        }
        other => drop(other.map_err(|e| at(there, e))?),
    }
    Ok(found.then_some(Recovered { directory: target, is_back }))
}

/// Clears away what calls that were broken off have left, and says what that was. Refuses a directory that holds anything but what
/// one made.
fn clear(target: &Path, parent: &Path) -> Result<Leftovers, Error> {
    let beside = scratch::clear_away(parent, target).map_err(|e| at(parent, e))?;
    let within = scratch::clear_away(target, target).map_err(|e| at(target, e))?;
    refuse_what_is_not_ours(target)?;
    if !within.found {
        refuse_what_was_changed(target)?;
    }
    Ok(Leftovers { found: beside.found || within.found, is_back: beside.is_back })
}

/// Puts `documents`, and nothing else, in `directory`.
pub(super) fn replace(directory: &Path, documents: &[Document]) -> Result<(), Error> {
    let target = resolve(directory)?;
    let parent = parent(&target)?;
    clear(&target, parent)?;
    fs::create_dir_all(parent).map_err(|e| at(parent, e))?;
    let scratch = match Scratch::new(parent, &target) {
        Err(e) if target.is_dir() && is_fixed(&e) => return replace_singly(&target, documents),
        other => other.map_err(|e| at(parent, e))?,
    };
    write_all(&scratch.new_results(), documents)?;
    match fs::rename(&target, scratch.old_results()) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) if is_fixed(&e) => return replace_singly(&target, documents),
        moved => {
            moved.map_err(|e| at(&target, e))?;
            keep_access(&scratch.old_results(), &scratch.new_results());
        }
    }
    fs::rename(scratch.new_results(), &target).map_err(|e| {
        let old = scratch.old_results();
        if old.exists() && fs::rename(&old, &target).is_err() {
            // The next call finds it and moves it back.
            scratch.keep();
        }
        at(&target, e)
    })?;
    sync(parent);
    Ok(())
}

/// Puts `documents`, and nothing else of ours, in a directory that stays where it is.
pub(super) fn replace_singly(target: &Path, documents: &[Document]) -> Result<(), Error> {
    let scratch = Scratch::new(target, target).map_err(|e| at(target, e))?;
    write_all(&scratch.new_results(), documents)?;
    let half_way = |path: &Path, source| Error::HalfWay { path: path.to_owned(), source };
    let old = ours(target);
    for document in documents {
        let path = target.join(&document.path);
        let folder = path.parent().unwrap_or(target);
        fs::create_dir_all(folder).map_err(|e| half_way(folder, e))?;
        fs::rename(scratch.new_results().join(&document.path), &path).map_err(|e| half_way(&path, e))?;
        sync(folder);
    }
    for (path, _) in old.iter().filter(|(path, _)| documents.iter().all(|new| Path::new(&new.path) != path)) {
        let gone = target.join(path);
        fs::remove_file(&gone).or_else(unless_gone).map_err(|e| half_way(&gone, e))?;
        // A folder that holds something else stays.
        let _ = gone.parent().filter(|folder| *folder != target).map(fs::remove_dir);
    }
    Ok(())
}

fn unless_gone(e: io::Error) -> io::Result<()> {
    if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) }
}

/// Whether an error says that a directory has to stay where it is: it is mounted, or in a place where nothing may be made.
fn is_fixed(e: &io::Error) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(e.kind(), CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy)
}

fn parent(target: &Path) -> Result<&Path, Error> {
    target.parent().ok_or_else(|| Error::InTheWay(target.to_owned()))
}

/// The absolute path of a directory, through any link.
fn resolve(directory: &Path) -> Result<PathBuf, Error> {
    let here = std::env::current_dir().map_err(|e| at(directory, e))?;
    let target = match fs::canonicalize(directory) {
        Ok(found) => found,
        Err(e) if e.kind() == io::ErrorKind::NotFound => here.join(directory),
        Err(e) => return Err(at(directory, e)),
    };
    let holds_us = fs::canonicalize(&here).is_ok_and(|here| here.starts_with(&target));
    if holds_us { Err(Error::InTheWay(target)) } else { Ok(target) }
}

/// What an earlier call made there, by its manifest: paths and their hashes.
fn ours(target: &Path) -> Vec<(PathBuf, String)> {
    let listed = fs::read(target.join(manifest::NAME)).ok().and_then(|json| manifest::files(&json));
    listed.into_iter().flatten().map(|(path, hash)| (PathBuf::from(path), hash)).collect()
}

fn refuse_what_is_not_ours(target: &Path) -> Result<(), Error> {
    if !target.exists() {
        return Ok(());
    }
    if !target.is_dir() {
        return Err(Error::NotADirectory(target.to_owned()));
    }
    let mut ours: Vec<PathBuf> = ours(target).into_iter().map(|file| file.0).collect();
    if !ours.is_empty() {
        ours.push(manifest::NAME.into());
    }
    match first_stranger(target, Path::new(""), &ours)? {
        Some(found) => Err(Error::NotOurs { directory: target.to_owned(), found }),
        None => Ok(()),
    }
}

/// Somebody may have worked on a table of ours.
fn refuse_what_was_changed(target: &Path) -> Result<(), Error> {
    for (path, hash) in ours(target) {
        let path = target.join(path);
        match fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(at(&path, e)),
            Ok(bytes) if manifest::hash(&bytes) == hash => {}
            Ok(_) => return Err(Error::Changed(path)),
        }
    }
    Ok(())
}

/// What file managers leave in folders that somebody has looked at.
const LITTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// The first thing below `target/within` that is neither one of `ours` nor a directory that leads to one.
fn first_stranger(target: &Path, within: &Path, ours: &[PathBuf]) -> Result<Option<PathBuf>, Error> {
    let place = target.join(within);
    let entries = fs::read_dir(&place).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|e| at(&place, e))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if LITTER.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let path = within.join(entry.file_name());
        let kind = entry.file_type().map_err(|e| at(&entry.path(), e))?;
        let leads_to_ours = kind.is_dir() && ours.iter().any(|our| our.starts_with(&path));
        let is_ours = kind.is_file() && ours.contains(&path);
        if leads_to_ours {
            if let Some(found) = first_stranger(target, &path, ours)? {
                return Ok(Some(found));
            }
        } else if !is_ours {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Writes into a new directory, so that nothing of it is lost when the machine stops. Its mode is the one the user's settings
/// give, not that of a private temporary directory, so that colleagues can read it.
fn write_all(made: &Path, documents: &[Document]) -> Result<(), Error> {
    fs::create_dir(made).map_err(|e| at(made, e))?;
    for document in documents {
        let path = made.join(&document.path);
        let folder = path.parent().unwrap_or(made);
        fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
        write(&path, &document.bytes).map_err(|e| at(&path, e))?;
        sync(folder);
    }
    sync(made);
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a folder last. Not every system knows how.
fn sync(folder: &Path) {
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
}

/// Gives a directory the mode and the group of the one that it replaces, as far as we may.
fn keep_access(old: &Path, new: &Path) {
    let Ok(access) = fs::metadata(old) else { return };
    #[cfg(unix)]
    {
        let group = std::os::unix::fs::MetadataExt::gid(&access);
        for path in std::iter::once(new.to_owned()).chain(within(new)) {
            let _ = std::os::unix::fs::chown(path, None, Some(group));
        }
    }
    let _ = fs::set_permissions(new, access.permissions());
}

/// Everything in a directory, however deep.
#[cfg(unix)]
fn within(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(
            |path| if path.is_dir() { [vec![path.clone()], within(&path)].concat() } else { vec![path] },
        )
        .collect()
}

fn at(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), source }
}
