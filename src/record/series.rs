//! Figures of an item through time, recorded or simulated.

use time::{Date, Month};

use super::Item;

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

/// One item followed through time: in spreads over simulated futures, or in single numbers, as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Series<V = Spread> {
    /// Which item.
    pub item: Item,
    /// What people call it.
    pub title: String,
    /// A figure for each date: the end of a month (stocks also at the opening) or of a financial year.
    pub points: Vec<(Date, V)>,
}

/// What is on record of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Figures of financial years, by the day on which each ends: on that day for stocks, in the year for the rest.
    pub years: Series<f64>,
    /// Single later readings.
    pub readings: Vec<(Date, f64)>,
    /// Where they come from.
    pub source: String,
}

/// The series of an item among several.
#[must_use]
pub fn series_of<'a, V>(series: &'a [Series<V>], item: &Item) -> Option<&'a Series<V>> {
    series.iter().find(|s| s.item == *item)
}

/// Whether a financial year ends on a day.
#[must_use]
pub fn is_march_end(date: Date) -> bool {
    (date.month(), date.day()) == (Month::March, 31)
}

/// The last day of the financial year that ends in a calendar year.
#[must_use]
pub fn march_end(year: i32) -> Option<Date> {
    Date::from_calendar_date(year, Month::March, 31).ok()
}
