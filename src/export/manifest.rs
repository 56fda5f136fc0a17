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
        .map(|d| File { path: &d.path, bytes: d.bytes.len(), sha256: hexadecimal(&Sha256::digest(&d.bytes)) })
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

/// The paths that a manifest written earlier lists; nothing if it is no manifest of ours.
pub(super) fn paths(json: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Listed {
        made_by: String,
        files: Vec<Path>,
    }
    #[derive(Deserialize)]
    struct Path {
        path: String,
    }
    let listed: Listed = serde_json::from_slice(json).ok()?;
    (listed.made_by == MADE_BY).then(|| listed.files.into_iter().map(|f| f.path).collect())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
