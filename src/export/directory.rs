//! The one place that writes: a directory appears whole or not at all.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Document, manifest};

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
    /// There is something at that place, and it is not a directory.
    NotADirectory(PathBuf),
    /// The directory has no place to be moved to: it is the one we are in, or the root.
    InTheWay(PathBuf),
    /// The system refused.
    Io {
        /// What was being read or written.
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
            Self::NotADirectory(path) => {
                write!(f, "{} is a file. Name a directory to write the report to", path.display())
            }
            Self::InTheWay(path) => write!(
                f,
                "{} cannot be replaced as a whole. Name a new directory to write the report to, such as {}",
                path.display(),
                path.join("carecast-report").display()
            ),
            Self::Io { path, source } => write!(f, "{}: {source}. Nothing was written", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Whether a directory could take results: it is not there yet, or holds only what an earlier call made.
pub(super) fn is_free(directory: &Path) -> Result<(), Error> {
    refuse_what_is_not_ours(&resolve(directory)?)
}

/// Puts `documents`, and nothing else, in `directory`.
pub(super) fn replace(directory: &Path, documents: &[Document]) -> Result<(), Error> {
    let target = resolve(directory)?;
    let parent = target.parent().ok_or_else(|| Error::InTheWay(target.clone()))?.to_owned();
    let name = target.file_name().ok_or_else(|| Error::InTheWay(target.clone()))?;
    refuse_what_is_not_ours(&target)?;
    fs::create_dir_all(&parent).map_err(|e| at(&parent, e))?;
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(name);
    let scratch = tempfile::Builder::new().prefix(&prefix).tempdir_in(&parent).map_err(|e| at(&parent, e))?;
    let made = scratch.path().join("new");
    write_all(&made, documents)?;
    swap(scratch, &made, &target)
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

fn refuse_what_is_not_ours(target: &Path) -> Result<(), Error> {
    if !target.exists() {
        return Ok(());
    }
    if !target.is_dir() {
        return Err(Error::NotADirectory(target.to_owned()));
    }
    let mut ours: Vec<PathBuf> = fs::read(target.join(manifest::NAME))
        .ok()
        .and_then(|json| manifest::paths(&json))
        .map(|paths| paths.into_iter().map(PathBuf::from).chain([manifest::NAME.into()]).collect())
        .unwrap_or_default();
    ours.sort();
    match first_stranger(target, Path::new(""), &ours)? {
        Some(found) => Err(Error::NotOurs { directory: target.to_owned(), found }),
        None => Ok(()),
    }
}

/// The first thing below `target/within` that is neither one of `ours` nor a directory that leads to one.
fn first_stranger(target: &Path, within: &Path, ours: &[PathBuf]) -> Result<Option<PathBuf>, Error> {
    let place = target.join(within);
    let entries = fs::read_dir(&place).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|e| at(&place, e))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
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

/// Writes into a new directory. Its mode is the one the user's settings give, not that of a private
/// temporary directory, so that colleagues can read it.
fn write_all(made: &Path, documents: &[Document]) -> Result<(), Error> {
    fs::create_dir(made).map_err(|e| at(made, e))?;
    for document in documents {
        let path = made.join(&document.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
        }
        fs::write(&path, &document.bytes).map_err(|e| at(&path, e))?;
    }
    Ok(())
}

/// Moves `made` to `target`; what was there goes with the scratch directory, or back if the move fails.
fn swap(scratch: TempDir, made: &Path, target: &Path) -> Result<(), Error> {
    let old = scratch.path().join("old");
    let replaced = target.exists();
    if replaced {
        fs::rename(target, &old).map_err(|e| at(target, e))?;
    }
    fs::rename(made, target).map_err(|e| {
        if replaced && fs::rename(&old, target).is_err() {
            // What was there is worth more than a tidy parent directory.
            let _ = scratch.keep();
        }
        at(target, e)
    })
}

fn at(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), source }
}
