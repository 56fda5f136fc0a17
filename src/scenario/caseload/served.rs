//! How the children of a stage weigh by age at entry, exit and time served.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pathway::{
    Kind, StateId,
    calendar::Tick,
    stay::{Stay, Time},
};
use crate::scenario::file;
use crate::scenario::opening::Span;
use crate::scenario::paces::BestTimes;
use crate::scenario::{Scenario, ShareOf, check::year_ending};

/// By how much of its weight a level step may misplace the children bound for an exit.
const ERROR: f64 = 2e-4;
/// The same where the states of tracks are known, whose chances are tabulated in steps of their own.
const ERROR_WITH_TRACKS: f64 = 2e-3;
/// A share of entrants too small to matter.
pub(super) const NOBODY: f64 = 1e-9;

/// Ages at entry that are treated alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// The age band.
    pub band: usize,
    /// From which age to which; the last part has no end.
    pub ages: (Tick, Tick),
    /// Entries a year per year of age, up to a common factor.
    pub entries: f64,
}

impl Part {
    /// The age that stands for the part.
    pub fn middle(&self, oldest: Tick) -> Tick {
        Tick::midpoint(self.ages.0, self.ages.1.min(oldest.max(self.ages.0)))
    }
}

/// A stage in which children are found.
pub(super) struct Stage<'a> {
    pub scenario: &'a Scenario,
    pub best: &'a BestTimes,
    pub state: StateId,
    pub given: &'a file::Opening,
    /// The age of the oldest child who can be there.
    pub oldest: Tick,
    /// Ages at entry, the youngest first.
    pub parts: Vec<Part>,
    /// The longest that anybody can have been there.
    pub longest: f64,
}

/// The weights of those who entered in one part and row, step by step.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub part: Part,
    pub times: Arc<[f64]>,
    pub until: Arc<[Tick]>,
    /// For each step, exit by exit.
    pub weights: Vec<f64>,
    /// The middle of each step.
    pub middles: Arc<[f64]>,
}

impl Base {
    /// The span of those who are besides in known states, whose chance is a factor for each exit and step.
    pub fn span(&self, chance: impl Fn(usize, usize) -> f64) -> Span {
        let width = self.until.len();
        let mut sums = vec![0.0; width];
        for (step, weights) in self.weights.chunks(width).enumerate() {
            for (exit, weight) in weights.iter().enumerate() {
                let factor = if *weight > 0.0 { chance(exit, step) } else { 0.0 };
                sums.push(sums[step * width + exit] + weight * factor);
            }
        }
        Span { ages: self.part.ages, times: self.times.clone(), until: self.until.clone(), sums }
    }
}

impl Stage<'_> {
    pub fn is_race(&self) -> bool {
        self.scenario.pathway.states[self.state].kind == Kind::Race
    }

    /// The longest that anybody can have been there, but for a few in a thousand million.
    pub fn longest(&self) -> f64 {
        self.longest
    }

    /// Finds out how long anybody can have been there: by age, and by what the laws of any row leave.
    pub fn with_longest(mut self) -> Self {
        let rows = self.scenario.pathway.states[self.state].grid.rows.max(1);
        let end = |part: &Part| (0..rows).map(|row| self.end(&self.laws(row), *part)).fold(1.0, f64::max);
        self.longest = self.parts.first().map_or(1.0, end);
        self
    }

    /// When all who came in a part have left, or grown too old.
    #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
    fn end(&self, laws: &[(f64, Vec<Time>)], part: Part) -> f64 {
        let mut end = ((self.oldest - part.ages.0).max(1)) as f64;
        let all_left = |t: f64| laws.iter().all(|(p, l)| *p <= 0.0 || self.survival(l, t) <= NOBODY);
        while end > 2.0 && all_left(end / 2.0) {
            end /= 2.0;
        }
        end
    }

    /// The weights of every part for a class; with further times at which to sum them: none, the same for all parts, or
    /// those of each.
    pub fn bases(&self, cohort: usize, need: usize, marks: &[Vec<f64>]) -> Vec<Base> {
        let grid = &self.scenario.pathway.states[self.state].grid;
        let mut known: BTreeMap<(usize, usize), Arc<[f64]>> = BTreeMap::new();
        let parts = self.parts.iter().enumerate().map(|(number, &part)| {
            let row = grid.row(cohort, need, 0, part.band);
            let laws = self.laws(row);
            // Times suit the row; those of the youngest part reach furthest and serve all.
            let own = if marks.len() > 1 { number } else { 0 };
            let marks = marks.get(own).map(Vec::as_slice);
            let times = known.entry((row, own)).or_insert_with(|| self.times(&laws, part, marks)).clone();
            self.base(&laws, part, times)
        });
        parts.collect()
    }

    /// The shares of the exits at the start of a stay, for children of a class and age band.
    pub fn shares(&self, (cohort, need): (usize, usize), band: usize) -> Vec<f64> {
        let grid = &self.scenario.pathway.states[self.state].grid;
        self.laws(grid.row(cohort, need, 0, band)).iter().map(|l| l.0).collect()
    }

    /// The share and time of each exit of a lottery; of a race, all times together.
    fn laws(&self, row: usize) -> Vec<(f64, Vec<Time>)> {
        let times = self.best.row(self.scenario, self.state, row);
        if self.is_race() {
            return vec![(1.0, times.to_vec())];
        }
        let width = times.len();
        let specs = &self.scenario.stays[self.state].rows[row * width..][..width];
        let shares: Vec<ShareOf> = specs.iter().map(|r| r.share).collect();
        let shares = self.scenario.shares(&shares, &self.best.values, |_| 0.0);
        shares.into_iter().zip(times).map(|(share, &time)| (share, vec![time])).collect()
    }

    /// The share still there of those who came so long ago, whatever their age.
    #[expect(clippy::cast_possible_truncation, reason = "spans are far below 2^52 ticks")]
    fn survival(&self, times: &[Time], served: f64) -> f64 {
        let stay = Stay { born: 0, entered: -(served as Tick), now: 0 };
        let ageless = times.iter().filter(|t| t.age().is_none());
        ageless.map(|&t| self.best.laws.survival(t, stay)).product()
    }

    fn base(&self, laws: &[(f64, Vec<Time>)], part: Part, times: Arc<[f64]>) -> Base {
        let until: Vec<Tick> = laws
            .iter()
            .map(|(_, times)| times.iter().filter_map(|t| t.age()).min().unwrap_or(Tick::MAX))
            .collect();
        let years = self.entries_by_year();
        let mut weights = Vec::with_capacity((times.len() - 1) * laws.len());
        for pair in times.windows(2) {
            let entries = part.entries * entries_at(&years, f64::midpoint(pair[0], pair[1]));
            for (share, times) in laws {
                let weight = entries * share;
                weights.push(if weight > 0.0 { weight * self.area(times, pair) } else { 0.0 });
            }
        }
        let middles = times.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        Base { part, times, until: Arc::from(until), weights, middles }
    }

    /// The integral of what is still there over a step, by Simpson's rule.
    fn area(&self, times: &[Time], pair: &[f64]) -> f64 {
        let (from, to) = (pair[0], pair[1]);
        let at = |t: f64| self.survival(times, t);
        (to - from) / 6.0 * (at(from) + 4.0 * at(f64::midpoint(from, to)) + at(to))
    }

    /// Entries in the years before the start: from how long ago on (negative ticks), and how many.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn entries_by_year(&self) -> Vec<(f64, f64)> {
        let begins = |year: i32| {
            let first = time::Date::from_calendar_date(year - 1, time::Month::April, 1).ok()?;
            Some(self.scenario.calendar.tick_of(first) as f64)
        };
        let years = self.given.entries_by_year.iter();
        let mut years: Vec<(f64, f64)> =
            years.filter_map(|(year, &n)| Some((begins(year_ending(year)?)?, n))).collect();
        years.sort_by(|a, b| a.0.total_cmp(&b.0));
        years
    }

    /// The times at which weights are summed.
    ///
    /// Within a step the weight is taken to be level. Where a share S is left at a time and S falls from a to b
    /// within a step of length h, the running sum then is off by at most h (a - b) / 4: a chord of a curve whose
    /// slope lies between a and b. Steps are halved until that is below a part [`ERROR`] of the exit's whole
    /// weight, so that fast exits get short steps and slow ones long steps.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn times(&self, laws: &[(f64, Vec<Time>)], part: Part, marks: Option<&[f64]>) -> Arc<[f64]> {
        let end = self.end(laws, part);
        let mut edges = vec![0.0, end];
        edges.extend(self.entries_by_year().iter().map(|y| -y.0));
        // Only those of the laws themselves: what an intervention does elsewhere changes nothing here, not even the steps.
        let schedule = |time: &Time| &self.best.laws.hazard_ratios[time.hazard_ratio()];
        let turns = laws.iter().flat_map(|law| &law.1).flat_map(schedule).map(|turn| turn.0);
        edges.extend(turns.filter(|&t| t > Tick::MIN && t < 0).map(|t| -(t as f64)));
        edges.extend(marks.unwrap_or(&[]));
        edges.retain(|t| (0.0..=end).contains(t));
        sort(&mut edges);
        let error = if marks.is_some() { ERROR_WITH_TRACKS } else { ERROR };
        let mut times = edges.clone();
        for (_, law) in laws.iter().filter(|l| l.0 > 0.0) {
            let left = |t: f64| self.survival(law, t);
            let most = 4.0 * error * rough_area(left, end);
            let middle = |from: (f64, f64), to: (f64, f64)| {
                let is_fine = to.0 - from.0 <= 2.0 || (to.0 - from.0) * (from.1 - to.1).abs() <= most;
                let middle = libm::round(f64::midpoint(from.0, to.0));
                (!is_fine).then(|| (middle, left(middle)))
            };
            for pair in edges.windows(2) {
                halve(&middle, (pair[0], left(pair[0])), (pair[1], left(pair[1])), &mut times);
            }
        }
        sort(&mut times);
        Arc::from(times)
    }
}

fn entries_at(years: &[(f64, f64)], served: f64) -> f64 {
    years.iter().rfind(|y| y.0 <= -served).or(years.first()).map_or(1.0, |y| y.1)
}

pub(super) fn sort(times: &mut Vec<f64>) {
    times.sort_by(f64::total_cmp);
    times.dedup();
}

/// An area to within a third or so: on octaves of time, the mean of both ends.
fn rough_area(left: impl Fn(f64) -> f64, end: f64) -> f64 {
    let mut sum = 0.0;
    let mut to = end;
    while to > 1.0 {
        sum += to / 4.0 * (left(to / 2.0) + left(to));
        to /= 2.0;
    }
    sum.max(1.0)
}

/// Adds the ends of the steps that a step falls into: each is halved as long as a middle is given for it. Steps go from a time
/// and what is left then to another.
pub(super) fn halve(
    middle: &impl Fn((f64, f64), (f64, f64)) -> Option<(f64, f64)>,
    from: (f64, f64),
    to: (f64, f64),
    times: &mut Vec<f64>,
) {
    let Some(between) = middle(from, to) else { return times.push(to.0) };
    halve(middle, from, between, times);
    halve(middle, between, to, times);
}
