//! What a batch hands over: tidy tables and a manifest, and the one function that writes them.
//!
//! Nothing is computed here. Each format is a file that returns bytes; [`publish`] puts all of them, and
//! whatever other rooms have made, in place at once.

mod assumptions;
mod directory;
#[cfg(test)]
pub(crate) mod fixture;
mod manifest;
mod scratch;
#[cfg(test)]
mod tests;
mod tidy;

use std::path::Path;

use crate::{
    describe::changes::Change,
    experiment::summary::Summary,
    record::Recorded,
    scenario::{file::ScenarioFile, number::Spread},
};

pub use directory::{Error, Recovered};

/// The version of carecast that made a result.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A number that went into a scenario, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// Its path in the scenario file.
    pub path: String,
    /// What people call it.
    pub title: String,
    /// The best estimate.
    pub best: f64,
    /// Lower end of the interval thought to hold it with 95% probability (of a uniform or triangular law: with
    /// certainty); none for an exact number.
    pub low: Option<f64>,
    /// Upper end of that interval.
    pub high: Option<f64>,
    /// How it is spread; none for an exact number.
    pub law: Option<Spread>,
    /// What it is measured in.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// Whether it is an assumption rather than a figure somebody has published or measured.
    pub is_assumption: bool,
}

/// What went into one scenario.
#[derive(Debug, Clone)]
pub struct ScenarioInfo<'a> {
    /// The scenario, after everything it extends has been merged in.
    pub file: &'a ScenarioFile,
    /// The SHA-256 of that merged scenario, in hexadecimal.
    pub hash: String,
    /// Its numbers.
    pub assumptions: Vec<Assumption>,
    /// What is on record of what it counts and pays.
    pub recorded: Vec<Recorded>,
    /// What it changes in the reference, in words; of the reference its interventions.
    pub changes: Vec<Change>,
    /// Whether all that it changes in the reference are interventions and places: then it can pay for itself, or not.
    pub only_invests: bool,
}

/// What came out of a batch, and what went in.
#[derive(Debug, Clone)]
pub struct Results<'a> {
    /// What came out.
    pub summary: &'a Summary,
    /// What went in, in the order of the summary's scenarios: the reference first.
    pub scenarios: Vec<ScenarioInfo<'a>>,
    /// What its reader should know of the scenarios, such as that two of them do not start with the same
    /// children.
    pub notes: Vec<String>,
}

/// A file that is ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it goes within the output directory, with `/` between the parts.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Document {
    /// A file at `path` that holds `bytes`.
    #[must_use]
    pub fn new(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), bytes }
    }
}

/// The tidy tables, as CSV.
///
/// `summary.csv` is by month and `financial_years.csv` by financial year; `comparison.csv` and
/// `comparison_financial_years.csv` hold, in the same columns, each scenario minus the reference, run by run, and
/// `comparison_since_start.csv` what that adds up to from the first day to the end of each year.
/// Each row by year says from when to when it goes, `from` and `date`: of a year that is simulated in part, of that part.
#[must_use]
pub fn tables(results: &Results) -> Vec<Document> {
    let summary = results.summary;
    vec![
        Document::new("summary.csv", tidy::by_month(summary, |s| &s.months)),
        Document::new("financial_years.csv", tidy::by_year(summary, |s| &s.years)),
        Document::new("comparison.csv", tidy::by_month(summary, |s| &s.difference_months)),
        Document::new("comparison_financial_years.csv", tidy::by_year(summary, |s| &s.difference_years)),
        Document::new("comparison_since_start.csv", tidy::by_year(summary, |s| &s.difference_since_start)),
        Document::new("assumptions.csv", assumptions::table(results)),
    ]
}

/// Tries whether [`publish`] could write to `directory`: it is not there yet or holds only what an earlier call made, and there
/// is leave to write. Says what was done if earlier calls had been stopped half way.
///
/// # Errors
///
/// Those of [`publish`] that can be known before there are results.
pub fn prepare_directory(directory: &Path) -> Result<Option<Recovered>, Error> {
    directory::prepare(directory)
}

/// Writes `documents` and a manifest of them to `directory`, all or none.
///
/// Whatever an earlier call left there is replaced. A directory that holds anything else, or a file that has been changed since, is
/// left alone. Where a directory cannot be moved, as one that is mounted, its files are replaced one by one, the manifest last.
///
/// # Errors
///
/// When the directory holds files that were not made by an earlier call, or cannot be written. The directory
/// is then as it was before, unless the error is [`Error::HalfWay`].
pub fn publish(directory: &Path, results: &Results, documents: Vec<Document>) -> Result<(), Error> {
    let manifest = manifest::document(results, &documents);
    let mut all = documents;
    all.push(manifest);
    directory::replace(directory, &all)
}
