//! What a batch of simulated futures says: distributions by item and date.

use time::Date;

use crate::pathway::calendar::Period;
pub use crate::record::{Item, Measure, Series, Spread, series::series_of};

/// What came out of one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioSummary {
    /// The scenario's name.
    pub name: String,
    /// By month.
    pub months: Vec<Series>,
    /// By financial year: stocks on 31 March and on the last day, sums of the rest over the year. Of a year that is simulated
    /// in part, the part has a figure of its own: [`Summary::period`] says from when to when it goes.
    pub years: Vec<Series>,
    /// This scenario minus the reference, run by run, by month. Empty for the reference.
    pub difference_months: Vec<Series>,
    /// The same by financial year. Empty for the reference.
    pub difference_years: Vec<Series>,
    /// The same of events and pounds added up, run by run, from the first day to the end of each financial year: what all
    /// years together come to, with its range. Empty for the reference.
    pub difference_since_start: Vec<Series>,
}

/// What came out of a batch: the reference first, then what is compared with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// How many futures each scenario was run for.
    pub runs: u32,
    /// The first day simulated.
    pub start: Date,
    /// The reference first.
    pub scenarios: Vec<ScenarioSummary>,
}

impl Summary {
    /// What a yearly figure dated with a day is of: the financial year that ends on that day, or the part simulated.
    #[must_use]
    pub fn period(&self, to: Date) -> Period {
        Period::until(to, self.start)
    }
}

impl ScenarioSummary {
    /// The monthly series of an item, by the name that tables know it by.
    #[must_use]
    pub fn month_series(&self, measure: Measure, name: &str) -> Option<&Series> {
        find(&self.months, measure, name)
    }

    /// The series of an item by financial year, by the name that tables know it by.
    #[must_use]
    pub fn year_series(&self, measure: Measure, name: &str) -> Option<&Series> {
        find(&self.years, measure, name)
    }

    /// The monthly series of an item.
    #[must_use]
    pub fn months_of(&self, item: &Item) -> Option<&Series> {
        series_of(&self.months, item)
    }

    /// The series of an item by financial year.
    #[must_use]
    pub fn years_of(&self, item: &Item) -> Option<&Series> {
        series_of(&self.years, item)
    }
}

/// The series of an item among several, by the name that tables know it by.
#[must_use]
pub fn find<'a>(series: &'a [Series], measure: Measure, name: &str) -> Option<&'a Series> {
    series.iter().find(|s| s.item.is_called(measure, name))
}
