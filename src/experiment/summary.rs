//! What a batch of simulated futures says: distributions by item and date.

use time::Date;

/// What kind of quantity a series measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Children on a day.
    Stock,
    /// Events in a period.
    Flow,
    /// Pounds in a period, in cash.
    Cost,
    /// Child-days in a period.
    Days,
}

impl Measure {
    /// The unit its numbers are in.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Stock => "children",
            Self::Flow => "events",
            Self::Cost => "pounds",
            Self::Days => "child-days",
        }
    }

    /// Its name in tidy tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Flow => "flow",
            Self::Cost => "cost",
            Self::Days => "days",
        }
    }
}

/// The distribution of one number over the runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean over runs.
    pub mean: f64,
    /// Standard deviation over runs (n - 1); 0 for a single run.
    pub sd: f64,
    /// Monte Carlo standard error of the mean.
    pub se: f64,
    /// 2.5th percentile.
    pub p2_5: f64,
    /// 10th percentile.
    pub p10: f64,
    /// 25th percentile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 97.5th percentile.
    pub p97_5: f64,
}

/// One item followed through time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it measures.
    pub measure: Measure,
    /// Which item, such as `looked_after` or `care_ends/adoption`; what follows a slash is a part of what
    /// stands before it.
    pub item: String,
    /// What people call it.
    pub title: String,
    /// Its distribution at each date: a month's end (stocks also at the opening), or a financial year's end.
    pub points: Vec<(Date, Spread)>,
}

/// What came out of one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioSummary {
    /// The scenario's name.
    pub name: String,
    /// By month.
    pub months: Vec<Series>,
    /// By financial year: stocks on 31 March, sums of the rest over the year.
    pub years: Vec<Series>,
    /// This scenario minus the reference, run by run, by month. Empty for the reference.
    pub difference_months: Vec<Series>,
    /// The same by financial year. Empty for the reference.
    pub difference_years: Vec<Series>,
}

/// What came out of a batch: the reference first, then what is compared with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// How many futures each scenario was run for.
    pub runs: u32,
    /// The reference first.
    pub scenarios: Vec<ScenarioSummary>,
}

impl ScenarioSummary {
    /// The monthly series of an item.
    #[must_use]
    pub fn month_series(&self, measure: Measure, item: &str) -> Option<&Series> {
        find(&self.months, measure, item)
    }

    /// The series of an item by financial year.
    #[must_use]
    pub fn year_series(&self, measure: Measure, item: &str) -> Option<&Series> {
        find(&self.years, measure, item)
    }
}

/// The series of an item among several.
#[must_use]
pub fn find<'a>(series: &'a [Series], measure: Measure, item: &str) -> Option<&'a Series> {
    series.iter().find(|s| s.measure == measure && s.item == item)
}
