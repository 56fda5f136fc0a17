//! Published counts, as sums over states and exits.

use crate::pathway::{ExitId, StateId, TrackId};

/// A count of children on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct StockCount {
    /// Its item name.
    pub item: String,
    /// What people call it.
    pub title: String,
    /// The states counted.
    pub states: Vec<StateId>,
    /// For each cohort, whether it is counted.
    pub cohorts: Vec<bool>,
    /// What it is also counted by.
    pub splits: Vec<Split>,
}

/// What a stock is also counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// By state of a track.
    Track(TrackId),
    /// By age band, on 31 March.
    Age,
    /// By cohort.
    Cohort,
    /// By need class.
    Need,
}

/// A count of events in a period: exits taken, and arrivals.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowCount {
    /// Its item name.
    pub item: String,
    /// What people call it.
    pub title: String,
    /// The exits counted.
    pub exits: Vec<ExitId>,
    /// The states in which arrivals are counted.
    pub arrivals: Vec<StateId>,
}
