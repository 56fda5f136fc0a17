//! The manifest: which files there are, and what they were made from.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Document, Results, VERSION};

/// The manifest's name in the output directory.
pub(super) const NAME: &str = "manifest.json";

const MADE_BY: &str = "carecast";

#[derive(Serialize)]
struct Manifest<'a> {
    made_by: &'a str,
    version: &'a str,
    seed: u64,
    runs: u32,
    scenarios: Vec<Scenario<'a>>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    bytes: usize,
    sha256: String,
}

/// The manifest of `documents`.
pub(super) fn document(results: &Results, documents: &[Document]) -> Document {
    let scenarios =
        results.scenarios.iter().map(|s| Scenario { name: &s.file.name, sha256: &s.hash }).collect();
    let files = documents
        .iter()
        .map(|d| File { path: &d.path, bytes: d.bytes.len(), sha256: hash(&d.bytes) })
        .collect();
    let manifest = Manifest {
        made_by: MADE_BY,
        version: VERSION,
        seed: results.summary.seed,
        runs: results.summary.runs,
        scenarios,
        files,
    };
    let mut bytes = serde_json::to_vec_pretty(&manifest).expect("texts and numbers are always JSON");
    bytes.push(b'\n');
    Document::new(NAME, bytes)
}

/// The files that a manifest written earlier lists, with their hashes; nothing if it is no manifest of ours.
pub(super) fn files(json: &[u8]) -> Option<Vec<(String, String)>> {
    #[derive(Deserialize)]
    struct Listed {
        made_by: String,
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        path: String,
        sha256: String,
    }
    let listed: Listed = serde_json::from_slice(json).ok()?;
    (listed.made_by == MADE_BY).then(|| listed.files.into_iter().map(|f| (f.path, f.sha256)).collect())
}

/// The SHA-256 of bytes, in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
