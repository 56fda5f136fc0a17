//! Finds the numbers of a scenario at which its mean path meets published figures, year after year.
//!
//! A [`Fit`] names the figures and the numbers that may move to meet them. The scenario is simulated at its best values without
//! drift, with the same families and chances each time, and the numbers are moved by damped least squares, each held to where
//! it was by a prior: what the figures do not say stays as it is. Before each step, stages that no figure counts are opened
//! with what the flows keep in them, so that none empties or fills in the years that are fitted.

mod least_squares;
mod numbers;
mod search;
mod settle;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::experiment::Batch;
use crate::scenario::{Scenario, fault::Faults};

/// What is to be met, and what may move.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// Stages whose opening count and ages no figure says: they open with what the flows keep there.
    #[serde(default)]
    pub settle: Vec<String>,
    /// What all figures are multiplied by, such as 60,000 over 12,183,016 for figures of a country and a scenario of 60,000
    /// children; 1 unless said.
    pub times: Option<f64>,
    /// The figures to meet.
    pub targets: Vec<Target>,
    /// The numbers that may move.
    pub moves: Vec<Move>,
}

/// A figure that is to be met in every simulated year.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The flows whose sum it is, by the names that tables know them by.
    #[serde(default)]
    pub flows: Vec<String>,
    /// The stocks at the end of the year whose sum it is, by the names that tables know them by.
    #[serde(default)]
    pub stocks: Vec<String>,
    /// The figure.
    pub value: f64,
    /// How near it is to be met: a standard deviation, as a part of the figure.
    pub within: f64,
    /// In how many years from the first: in all unless said.
    pub years: Option<usize>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// Numbers that move together, by one factor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Their paths in the scenario with all that it extends. `*` stands for every key or place of a list.
    pub numbers: Vec<String>,
    /// How far the figures may pull them: the standard deviation of the logarithm of the factor.
    pub within: f64,
}

/// How a figure is met.
#[derive(Debug, Clone, PartialEq)]
pub struct Met {
    /// What it is of.
    pub what: String,
    /// The figure, in the size of the scenario.
    pub value: f64,
    /// What the simulation gives in each year.
    pub years: Vec<f64>,
}

/// What has been found.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The whole scenario, with all that it extends, and its new numbers.
    pub scenario: Value,
    /// Each number that may move, by its path, as it is now; of ages of those who arrive, which add up to one, all.
    pub numbers: BTreeMap<String, Value>,
    /// How each figure is met.
    pub met: Vec<Met>,
}

/// Why nothing could be fitted.
#[derive(Debug)]
pub enum Unfit {
    /// A path leads to no number other than nought.
    NoNumber(String),
    /// Nothing of this name is counted.
    NoItem(String),
    /// With a number moved it is no scenario.
    NoScenario(Faults),
    /// Results could not be put away while simulating.
    NoSpace(std::io::Error),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNumber(path) => write!(f, "{path}: there is no number here that could be multiplied"),
            Self::NoItem(name) => write!(f, "{name}: the scenario counts nothing of this name"),
            Self::NoScenario(faults) => write!(f, "{faults}"),
            Self::NoSpace(error) => write!(f, "results cannot be put away: {error}"),
        }
    }
}

impl std::error::Error for Unfit {}

/// Moves the numbers until the figures are met as nearly as the priors let them be. `progress` is told the sum of squares after
/// each step.
///
/// # Errors
/// When a path leads to no number, a figure is of nothing that is counted, or the scenario cannot be simulated.
pub fn fit(scenario: &Scenario, fit: &Fit, batch: Batch, progress: &dyn Fn(f64)) -> Result<Fitted, Unfit> {
    search::Search::new(scenario, fit, batch)?.run(progress)
}
