//! The search: simulate, see what each number does, step.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::{DMatrix, DVector};
use serde_json::Value;
use time::Date;

use super::least_squares::{Problem, step};
use super::{Fit, Fitted, Met, Target, Unfit, numbers, settle};
use crate::experiment::{self, Batch, Uncertainty, summary::Measure, summary::ScenarioSummary};
use crate::scenario::Scenario;

/// The most steps.
const STEPS: usize = 8;
/// A step that lowers the sum of squares by less than this part of it is the last.
const ENOUGH: f64 = 0.01;
/// How much a step may be damped: whichever gets furthest is taken.
const DAMPINGS: [f64; 6] = [0.0, 0.1, 0.3, 1.0, 3.0, 30.0];
/// How far a number is moved to see what follows: downwards, as shares have a limit above, by half its prior or a tenth of
/// itself, whichever is less.
fn nudge(prior: f64) -> f64 {
    -(0.1 / prior).min(0.5)
}

/// What is simulated, and the scenario with the stages opened that settle.
pub(super) struct Search<'a> {
    fit: &'a Fit,
    /// The paths of the numbers of each move.
    paths: Vec<Vec<String>>,
    merged: Value,
    start: Date,
    batch: Batch,
}

impl<'a> Search<'a> {
    pub fn new(scenario: &Scenario, fit: &'a Fit, batch: Batch) -> Result<Self, Unfit> {
        let of_move = |m: &super::Move| -> Result<Vec<String>, Unfit> {
            let paths = m.numbers.iter().map(|pattern| numbers::named(&scenario.merged, pattern));
            Ok(paths.collect::<Result<Vec<_>, _>>()?.concat())
        };
        Ok(Self {
            fit,
            paths: fit.moves.iter().map(of_move).collect::<Result<_, _>>()?,
            merged: scenario.merged.clone(),
            start: scenario.calendar.start(),
            batch: Batch { uncertainty: Uncertainty::ChanceOnly, ..batch },
        })
    }

    pub fn run(mut self, progress: &dyn Fn(f64)) -> Result<Fitted, Unfit> {
        let mut moved = DVector::zeros(self.fit.moves.len());
        for _ in 0..STEPS {
            if !self.fit.settle.is_empty() {
                let (scenario, ended) = self.simulate(&moved, self.batch.runs)?;
                settle::settle(&mut self.merged, &self.fit.settle, &scenario, &ended);
            }
            let misses = self.misses(&moved, self.batch.runs)?;
            let before = misses.norm_squared() + moved.norm_squared();
            progress(before);
            let problem = Problem { slopes: self.slopes(&moved)?, misses, moved: moved.clone() };
            let Some((after, to)) = self.furthest(&problem) else { break };
            if after < before {
                moved = to;
            }
            if after > before * (1.0 - ENOUGH) {
                break;
            }
        }
        let (_, ended) = self.simulate(&moved, self.batch.runs)?;
        Ok(self.fitted(&moved, &ended))
    }

    /// The best of a step damped more and less, and what it leaves. A step to numbers that make no scenario is none.
    fn furthest(&self, problem: &Problem) -> Option<(f64, DVector<f64>)> {
        let tried = DAMPINGS.into_iter().filter_map(|damping| {
            let to = &problem.moved + step(problem, damping);
            let misses = self.misses(&to, self.batch.runs).ok()?;
            Some((misses.norm_squared() + to.norm_squared(), to))
        });
        tried.min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// How each miss changes with each number, simulated with half as many futures: the same ones, so that little is left to
    /// chance.
    fn slopes(&self, moved: &DVector<f64>) -> Result<DMatrix<f64>, Unfit> {
        let runs = self.batch.runs.div_ceil(2);
        let base = self.misses(moved, runs)?;
        let mut slopes = DMatrix::zeros(base.len(), moved.len());
        for (number, m) in self.fit.moves.iter().enumerate() {
            let mut nudged = moved.clone();
            nudged[number] += nudge(m.within);
            slopes.set_column(number, &((self.misses(&nudged, runs)? - &base) / nudge(m.within)));
        }
        Ok(slopes)
    }

    /// How far each figure is missed in each year, in its tolerances.
    fn misses(&self, moved: &DVector<f64>, runs: u32) -> Result<DVector<f64>, Unfit> {
        let (_, ended) = self.simulate(moved, runs)?;
        let mut misses = Vec::new();
        for target in &self.fit.targets {
            let met = self.met(target, &ended)?;
            misses.extend(met.years.iter().map(|year| (year / met.value - 1.0) / target.within));
        }
        Ok(misses.into())
    }

    fn simulate(&self, moved: &DVector<f64>, runs: u32) -> Result<(Scenario, ScenarioSummary), Unfit> {
        let mut merged = self.with(moved);
        settle::count(&mut merged, &self.fit.settle);
        let text = toml::to_string(&merged).unwrap_or_default();
        let scenario = Scenario::from_text("fitted.toml", &text).map_err(Unfit::NoScenario)?;
        let batch = Batch { runs, ..self.batch };
        let summary =
            experiment::run(std::slice::from_ref(&scenario), batch, &|_| ()).map_err(Unfit::NoSpace)?;
        let ended = summary.scenarios.into_iter().next();
        Ok((scenario, ended.unwrap_or_else(|| unreachable!("one scenario was simulated"))))
    }

    /// The scenario with its numbers moved.
    fn with(&self, moved: &DVector<f64>) -> Value {
        let mut merged = self.merged.clone();
        for ((m, paths), by) in self.fit.moves.iter().zip(&self.paths).zip(moved.iter()) {
            for path in paths {
                numbers::multiply(&mut merged, path, (by * m.within).exp());
            }
        }
        for table in self.divisions() {
            numbers::share_out(&mut merged, table);
        }
        merged
    }

    /// Divisions of which a number may move.
    fn divisions(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> =
            self.paths.iter().flatten().filter_map(|path| numbers::division(path)).collect();
        all.into_iter()
    }

    fn met(&self, target: &Target, ended: &ScenarioSummary) -> Result<Met, Unfit> {
        let flows = target.flows.iter().map(|name| (Measure::Flow, name));
        let stocks = target.stocks.iter().map(|name| (Measure::Stock, name));
        let mut years = Vec::new();
        for (measure, name) in flows.chain(stocks) {
            let series = ended.year_series(measure, name).ok_or_else(|| Unfit::NoItem(name.clone()))?;
            // Not the stock that the simulation opens with.
            let first = series.points.partition_point(|point| point.0 < self.start);
            let points = &series.points[first..];
            years.resize(years.len().max(points.len()), 0.0);
            years.iter_mut().zip(points).for_each(|(year, point)| *year += point.1.mean);
        }
        years.truncate(target.years.unwrap_or(years.len()));
        let what: Vec<&str> = target.flows.iter().chain(&target.stocks).map(String::as_str).collect();
        Ok(Met { what: what.join(" + "), value: target.value * self.fit.times.unwrap_or(1.0), years })
    }

    fn fitted(&self, moved: &DVector<f64>, ended: &ScenarioSummary) -> Fitted {
        let scenario = self.with(moved);
        let of_one = self.paths.iter().flatten().map(String::as_str);
        let paths = of_one.filter(|path| numbers::division(path).is_none()).chain(self.divisions());
        let found = |path: &str| Some((path.to_owned(), numbers::at(&scenario, path)?.clone()));
        let numbers: BTreeMap<String, Value> = paths.filter_map(found).collect();
        let met = self.fit.targets.iter().filter_map(|target| self.met(target, ended).ok()).collect();
        Fitted { scenario, numbers, met }
    }
}
