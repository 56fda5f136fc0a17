//! Which runs are made, and what they say together.

mod divided;
mod entry;
pub mod incidence;
pub mod layout;
mod prices;
mod side_by_side;
mod spill;
pub mod summary;
pub mod tally;
mod uses;

use std::ops::Range;

use time::Date;

use crate::engine::{Rules, Run, Workspace, simulate_under};
use crate::record::{Item, Measure, Series, Spread, series::is_march_end};
use crate::scenario::Scenario;
use layout::{Column, Instants, Layout};
use side_by_side::each;
use spill::Spill;
use summary::{ScenarioSummary, Summary};
use tally::Tally;

/// Runs simulated before their results are put away.
const CHUNK: u32 = 64;

/// How a batch is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The seed.
    pub seed: u64,
    /// How many futures of each scenario.
    pub runs: u32,
    /// Which kinds of uncertainty are let in.
    pub uncertainty: Uncertainty,
}

/// Which kinds of uncertainty are let in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Uncertainty {
    /// Chance, uncertain numbers and drift.
    #[default]
    All,
    /// Chance alone: every number at its best value, no drift.
    ChanceOnly,
}

/// The results of one run of one scenario, to be read by name.
#[derive(Debug)]
pub struct Outcome<'a> {
    scenario: &'a Scenario,
    layout: Layout,
    row: Vec<i64>,
}

impl<'a> Outcome<'a> {
    /// Simulates one future.
    #[must_use]
    pub fn simulate(scenario: &'a Scenario, run: Run) -> Self {
        Self::of(scenario, &Rules::new(scenario, run))
    }

    /// Simulates a future under rules already drawn.
    #[must_use]
    pub fn of(scenario: &'a Scenario, rules: &Rules) -> Self {
        let layout = Layout::new(scenario);
        let mut tally = Tally::new(scenario);
        simulate_under(scenario, rules, &mut Workspace::default(), &mut tally);
        let row = tally.row(&layout, rules);
        Self { scenario, layout, row }
    }

    /// The numbers of an item by month (stocks: at the opening, then at each month's end), by the name that tables
    /// know it by.
    #[must_use]
    pub fn months(&self, measure: Measure, name: &str) -> Option<Vec<f64>> {
        self.months_of(&self.layout.columns.iter().find(|c| c.item.is_called(measure, name))?.item)
    }

    /// The numbers of an item by month (stocks: at the opening, then at each month's end). Of a ratio there is none in a
    /// month in which nothing is divided by.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts and pence are far below 2^52")]
    pub fn months_of(&self, item: &Item) -> Option<Vec<f64>> {
        let column = self.layout.column(item)?;
        let len = dates(self.scenario, column.at).len();
        let numbers = |start: usize| self.row[start..][..len].iter().map(|&x| x as f64);
        let all = numbers(column.start).map(|x| x * column.worth);
        Some(match column.over {
            None => all.collect(),
            Some(over) => all.zip(numbers(over)).map(|(x, y)| x / y).collect(),
        })
    }
}

/// The bytes of temporary files that a batch needs until it is summed up; none if it fits into memory.
#[must_use]
pub fn temporary_space(scenarios: &[Scenario], batch: Batch) -> u64 {
    let width = scenarios.iter().map(|scenario| Layout::new(scenario).width).sum();
    Spill::on_disk(width, batch.runs.into())
}

/// Runs a batch of every scenario, the first of which the others are compared with, and sums it up. The
/// result is the same at any number of threads. `progress` is told how many futures have been simulated,
/// over all scenarios.
///
/// # Errors
/// When a temporary file for the results cannot be written or read.
///
/// # Panics
/// When the scenarios do not cover the same time: their months could not be compared.
pub fn run(
    scenarios: &[Scenario],
    batch: Batch,
    progress: &(dyn Fn(u64) + Sync),
) -> std::io::Result<Summary> {
    assert!(
        scenarios.windows(2).all(|pair| pair[0].calendar == pair[1].calendar),
        "scenarios that are compared cover the same time"
    );
    let layouts: Vec<Layout> = scenarios.iter().map(Layout::new).collect();
    let width = layouts.iter().map(|l| l.width).sum();
    let mut spill = Spill::new(width);
    let memory = || (Workspace::default(), scenarios.iter().map(Tally::new).collect::<Vec<_>>());
    let future = |(space, tallies): &mut (Workspace, Vec<Tally>), number: &u32| {
        let mut all = Vec::with_capacity(width);
        for ((scenario, layout), tally) in scenarios.iter().zip(&layouts).zip(tallies) {
            let run = Run::new(batch.seed, u64::from(*number));
            let rules = match batch.uncertainty {
                Uncertainty::All => Rules::new(scenario, run),
                Uncertainty::ChanceOnly => Rules::at_best(scenario, run),
            };
            tally.clear();
            simulate_under(scenario, &rules, space, tally);
            all.extend(tally.row(layout, &rules));
            progress(1);
        }
        all
    };
    for first in (0..batch.runs).step_by(CHUNK as usize) {
        let numbers: Vec<u32> = (first..batch.runs.min(first + CHUNK)).collect();
        spill.put(&each(&numbers, memory, future))?;
    }
    sum_up(scenarios, &layouts, batch, &spill)
}

fn sum_up(
    scenarios: &[Scenario],
    layouts: &[Layout],
    batch: Batch,
    spill: &Spill,
) -> std::io::Result<Summary> {
    let start = scenarios.first().map_or(Date::MIN, |s| s.calendar.start());
    let mut summary = Summary { seed: batch.seed, runs: batch.runs, start, scenarios: Vec::new() };
    let mut start = 0;
    for (number, (scenario, layout)) in scenarios.iter().zip(layouts).enumerate() {
        let level = |(): &mut (), column: &Column| {
            Numbers { scenario, column, offset: start, is_compared: false }.series(spill, None)
        };
        let levels: Vec<Course> =
            each(&layout.columns, || (), level).into_iter().collect::<std::io::Result<_>>()?;
        let differences: Vec<Option<Course>> = if number == 0 {
            Vec::new()
        } else {
            let difference = |(): &mut (), column: &Column| {
                let numbers = Numbers { scenario, column, offset: start, is_compared: true };
                match layouts[0].column(&column.item) {
                    Some(other) if dates(scenario, column.at) == dates(&scenarios[0], other.at) => {
                        numbers.series(spill, Some(other)).map(Some)
                    }
                    // What the reference has no line for, it spends nothing on.
                    None if matches!(column.item.measure, Measure::Cost | Measure::Flow) => {
                        numbers.series(spill, None).map(Some)
                    }
                    _ => Ok(None),
                }
            };
            each(&layout.columns, || (), difference).into_iter().collect::<std::io::Result<_>>()?
        };
        let (months, years) = levels.into_iter().map(|t| (t.months, t.years)).unzip();
        let mut difference_months = Vec::new();
        let mut difference_years = Vec::new();
        let mut difference_since_start = Vec::new();
        for series in differences.into_iter().flatten() {
            difference_months.push(series.months);
            difference_years.push(series.years);
            difference_since_start.extend(series.since_start);
        }
        summary.scenarios.push(ScenarioSummary {
            name: scenario.name().to_owned(),
            months,
            years,
            difference_months,
            difference_years,
            difference_since_start,
        });
        start += layout.width;
    }
    Ok(summary)
}

/// A series by month, by financial year and, of a difference in what adds up over time, from the first day on.
struct Course {
    months: Series,
    years: Series,
    since_start: Option<Series>,
}

/// The numbers of an item in every run.
struct Numbers<'a> {
    scenario: &'a Scenario,
    column: &'a Column,
    /// Where the row of the scenario begins.
    offset: usize,
    /// Whether it is a difference.
    is_compared: bool,
}

impl Numbers<'_> {
    /// Its series, minus that of a column of the reference if there is one.
    fn series(&self, spill: &Spill, minus: Option<&Column>) -> std::io::Result<Course> {
        if let Some(over) = self.column.over {
            return self.ratios(spill, over, minus);
        }
        let start = self.offset + self.column.start;
        let dates = dates(self.scenario, self.column.at);
        let mut months = Vec::with_capacity(dates.len());
        let mut years = Vec::new();
        let adds_up = self.is_compared && self.column.at == Instants::Months;
        let (mut sums, mut since_start) = (Vec::new(), Vec::new());
        for block in blocks(self.scenario, self.column.at) {
            let mut values = spill.columns(block.from(start))?;
            if let Some(other) = minus {
                let theirs = spill.columns(block.from(other.start))?;
                values.iter_mut().flatten().zip(theirs.iter().flatten()).for_each(|(x, y)| *x -= y);
            }
            let runs = values.first().map_or(0, Vec::len);
            let yearly: Vec<i64> = match self.column.at {
                Instants::Months => (0..runs).map(|r| values.iter().map(|v| v[r]).sum()).collect(),
                _ => values.last().cloned().unwrap_or_default(),
            };
            if adds_up {
                sums.resize(runs, 0_i64);
                sums.iter_mut().zip(&yearly).for_each(|(sum, in_year)| *sum = sum.saturating_add(*in_year));
                since_start.push((block.year_end, spread(sums.clone(), self.column.worth)));
            }
            years.push((block.year_end, spread(yearly, self.column.worth)));
            for (column, &date) in values.into_iter().zip(&dates[block.points]) {
                months.push((date, spread(column, self.column.worth)));
            }
        }
        let since_start = adds_up.then(|| self.named(since_start));
        Ok(Course { months: self.named(months), years: self.named(years), since_start })
    }

    fn named(&self, points: Vec<(Date, Spread)>) -> Series {
        Series { item: self.column.item.clone(), title: self.column.title.clone(), points }
    }

    /// A series of ratios. That of a year is of its sums, not a mean over months. Futures in which nothing is divided by have
    /// none; where no future has one there is no point.
    fn ratios(&self, spill: &Spill, over: usize, minus: Option<&Column>) -> std::io::Result<Course> {
        let dates = dates(self.scenario, self.column.at);
        let (mut months, mut years) = (Vec::with_capacity(dates.len()), Vec::new());
        let point = |date: Date, ratios: Vec<f64>| {
            (!ratios.is_empty()).then(|| (date, spread_of(ratios, self.column.worth)))
        };
        for block in blocks(self.scenario, self.column.at) {
            let read = |offset: usize, start: usize, over: usize| {
                let parts = spill.columns(block.from(offset + start))?;
                std::io::Result::Ok((parts, spill.columns(block.from(offset + over))?))
            };
            let ours = read(self.offset, self.column.start, over)?;
            let theirs =
                minus.map(|other| read(0, other.start, other.over.unwrap_or(other.start))).transpose()?;
            let of = |points: Range<usize>| {
                let ours = ratios_of(&ours, points.clone());
                let Some(theirs) = &theirs else { return ours.into_iter().flatten().collect() };
                let pairs = ours.into_iter().zip(ratios_of(theirs, points));
                pairs.filter_map(|(our, their)| Some(our? - their?)).collect::<Vec<f64>>()
            };
            years.extend(point(block.year_end, of(0..block.points.len())));
            for (place, &date) in dates[block.points.clone()].iter().enumerate() {
                months.extend(point(date, of(place..place + 1)));
            }
        }
        Ok(Course { months: self.named(months), years: self.named(years), since_start: None })
    }
}

/// For each run, the sum of some columns over that of those beneath them, unless that is nothing.
#[expect(clippy::cast_precision_loss, reason = "counts and ticks of places are far below 2^52 days")]
fn ratios_of((parts, wholes): &(Vec<Vec<i64>>, Vec<Vec<i64>>), points: Range<usize>) -> Vec<Option<f64>> {
    let runs = parts.first().map_or(0, Vec::len);
    let sum =
        |columns: &[Vec<i64>], run: usize| -> i64 { columns[points.clone()].iter().map(|c| c[run]).sum() };
    let ratio = |run: usize| match sum(wholes, run) {
        0 => None,
        whole => Some(sum(parts, run) as f64 / whole as f64),
    };
    (0..runs).map(ratio).collect()
}

/// The dates of an item's numbers.
fn dates(scenario: &Scenario, at: Instants) -> Vec<Date> {
    let calendar = &scenario.calendar;
    let ends = (0..calendar.months()).map(|m| calendar.month_end(m));
    match at {
        Instants::Months => ends.collect(),
        Instants::OpeningAndMonths => std::iter::once(calendar.opening()).chain(ends).collect(),
        Instants::YearEnds => {
            let opening = Some(calendar.opening()).filter(|&d| is_march_end(d));
            let closing = (0..calendar.months()).filter(|&m| calendar.closes_year(m));
            opening.into_iter().chain(closing.map(|m| calendar.month_end(m))).collect()
        }
    }
}

/// Numbers that are summed up together: those of a financial year or of the part of one that is simulated, with its
/// last day. The opening, where no year ends with it, is the first number of its year.
struct Block {
    points: Range<usize>,
    year_end: Date,
}

impl Block {
    /// Its numbers, in rows in which those of the item start at a place.
    fn from(&self, start: usize) -> Range<usize> {
        start + self.points.start..start + self.points.end
    }
}

fn blocks(scenario: &Scenario, at: Instants) -> Vec<Block> {
    let dates = dates(scenario, at);
    let mut blocks = Vec::new();
    let mut start = 0;
    for (i, &date) in dates.iter().enumerate() {
        if is_march_end(date) || i + 1 == dates.len() {
            blocks.push(Block { points: start..i + 1, year_end: date });
            start = i + 1;
        }
    }
    blocks
}

/// The distribution of a number over the runs. Quantiles are those of Hyndman and Fan (1996), type 7.
#[expect(clippy::cast_precision_loss, reason = "sums are taken in integers; the rest needs 53 bits")]
fn spread(values: Vec<i64>, worth: f64) -> Spread {
    let mean = values.iter().map(|&x| i128::from(x)).sum::<i128>() as f64 / values.len() as f64;
    spread_about(mean, values.into_iter().map(|x| x as f64).collect(), worth)
}

/// The same of numbers that are not whole, summed in the order of the runs.
#[expect(clippy::cast_precision_loss, reason = "runs are few")]
fn spread_of(values: Vec<f64>, worth: f64) -> Spread {
    spread_about(values.iter().sum::<f64>() / values.len() as f64, values, worth)
}

#[expect(clippy::cast_precision_loss, reason = "runs are few")]
fn spread_about(mean: f64, mut values: Vec<f64>, worth: f64) -> Spread {
    let n = values.len() as f64;
    let square = values.iter().map(|&x| (x - mean).powi(2)).sum::<f64>();
    let sd = if values.len() > 1 { libm::sqrt(square / (n - 1.0)) } else { 0.0 };
    values.sort_unstable_by(f64::total_cmp);
    let quantile = |p: f64| {
        let place = p * (n - 1.0);
        let below = place.floor();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in the list")]
        let i = below as usize;
        let (x, y) = (values[i], values[(i + 1).min(values.len() - 1)]);
        (x + (y - x) * (place - below)) * worth
    };
    Spread {
        mean: mean * worth,
        sd: sd * worth,
        se: sd / libm::sqrt(n) * worth,
        p2_5: quantile(0.025),
        p10: quantile(0.1),
        p25: quantile(0.25),
        p50: quantile(0.5),
        p75: quantile(0.75),
        p90: quantile(0.9),
        p97_5: quantile(0.975),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against R 4: `quantile(c(1, 2, 4, 8, 16), c(.1, .25, .5, .9))` and `sd`.
    #[test]
    fn quantiles_and_deviations_are_those_of_r() {
        let spread = spread(vec![16, 1, 4, 2, 8], 1.0);
        for (got, want) in [
            (spread.p10, 1.4),
            (spread.p25, 2.0),
            (spread.p50, 4.0),
            (spread.p90, 12.8),
            (spread.mean, 6.2),
            (spread.sd, 6.099_180_272_790_763),
        ] {
            assert!((got - want).abs() < 1e-12, "{got} is not {want}");
        }
    }
}
