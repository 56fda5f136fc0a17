//! What a committee reads: charts, and one page that holds them.

mod charts;
mod facts;
mod findings;
mod page;
mod tables;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::chart;
use crate::describe::{direction, services, words};
use crate::export::{Document, Results};
use facts::Facts;

/// Fewer futures than this leave the ends of the ranges to luck.
const FEW: u32 = 200;

/// What readers must be told of so few futures, if they are few.
#[must_use]
pub fn caution(runs: u32) -> Option<&'static str> {
    match runs {
        1 => Some("One future of many: it says nothing of how others differ."),
        2..FEW => {
            Some("The ends of the ranges are rough: simulate more futures before anybody relies on them.")
        }
        _ => None,
    }
}

/// The stock that a report is about, where it is counted: children looked after.
pub const LOOKED_AFTER: &str = "looked_after";

/// Why a report could not be made.
#[derive(Debug)]
pub enum Error {
    /// A chart could not be drawn.
    Drawing(String),
    /// The page could not be filled in.
    Page(minijinja::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Drawing(what) => write!(f, "a chart could not be drawn: {what}"),
            Self::Page(what) => write!(f, "the report could not be filled in: {what}"),
        }
    }
}

impl From<chart::Error> for Error {
    fn from(error: chart::Error) -> Self {
        Self::Drawing(error.0)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Page(e) => Some(e),
            Self::Drawing(_) => None,
        }
    }
}

/// The page and the charts.
///
/// # Errors
///
/// When the drawing library or the template refuses; neither depends on the figures.
pub fn documents(results: &Results) -> Result<Vec<Document>, Error> {
    let charts = Facts::new(results).map(|facts| charts::all(&facts)).unwrap_or_default();
    let mut out = vec![Document::new("report.html", page::html(results, &charts)?)];
    for chart in &charts {
        out.push(Document::new(format!("charts/{}.svg", chart.name), chart.svg()?.into_bytes()));
        out.push(Document::new(format!("charts/{}.png", chart.name), chart.png()?));
    }
    Ok(out)
}
