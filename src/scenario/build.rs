//! From the words of a file to a checked scenario, or to everything that is wrong with it.

mod around;
mod costs;
mod counts;
mod interventions;
mod numbers;
mod rows;
mod states;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use time::Date;

use super::fault::did_you_mean;
use super::file::{CalendarKind, ScenarioFile};
use super::number::{Num, Quantity};
use super::tree::join;
use super::{Classes, Intervention, LawSpec, Scenario};
use crate::pathway::calendar::{Calendar, ticks};
use crate::pathway::{Exit, Pathway, StateId};

/// The most states a track can have: visits are counted for each.
pub const MOST_STATES: usize = 64;

/// Something wrong with what a file says: where, what, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path of the key.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Builds a scenario from a file whose shape has been checked.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn build(file: ScenarioFile, hash: String) -> Result<Scenario, Vec<Problem>> {
    let mut builder = Builder::new(&file);
    let scenario = builder.scenario(hash);
    match scenario {
        Some(scenario) if builder.problems.is_empty() => Ok(Scenario { file, ..scenario }),
        _ => Err(builder.problems),
    }
}

/// Where in the file we are, and whose sources hold there.
#[derive(Clone)]
pub(super) struct At {
    pub(super) path: String,
    source: Option<String>,
}

impl At {
    pub(super) fn new(path: impl Into<String>, source: Option<&String>) -> Self {
        Self { path: path.into(), source: source.cloned() }
    }

    pub(super) fn key(&self, key: &str) -> Self {
        Self { path: join(&self.path, key), source: self.source.clone() }
    }

    pub(super) fn problem(&self, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { path: self.path.clone(), message: message.into(), help: help.into() }
    }

    fn sourced(mut self, source: Option<&String>) -> Self {
        if source.is_some() {
            self.source = source.cloned();
        }
        self
    }
}

struct Builder<'a> {
    file: &'a ScenarioFile,
    problems: Vec<Problem>,
    quantities: Vec<Quantity>,
    known: BTreeMap<String, Num>,
    classes: Classes,
    pathway: Pathway,
    state_names: BTreeMap<String, StateId>,
    laws: Vec<LawSpec>,
}

impl<'a> Builder<'a> {
    fn new(file: &'a ScenarioFile) -> Self {
        Self {
            file,
            problems: Vec::new(),
            quantities: Vec::new(),
            known: BTreeMap::new(),
            classes: Classes::default(),
            pathway: Pathway::default(),
            state_names: BTreeMap::new(),
            laws: Vec::new(),
        }
    }

    fn wrong(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(at.problem(message, help));
    }

    fn scenario(&mut self, hash: String) -> Option<Scenario> {
        let calendar = self.calendar()?;
        self.classes()?;
        self.parameters();
        self.skeleton();
        if !self.problems.is_empty() {
            return None;
        }
        let (need_grid, need_shares) = self.needs();
        let rows = self.rows();
        let firsts = self.firsts();
        let pools = self.pools();
        let streams = self.streams();
        let alike = self.siblings();
        let interventions = self.interventions(&calendar);
        let drifts = self.drifts();
        let lines = self.lines();
        let (stocks, flows) = (self.stocks(), self.flows());
        self.recorded();
        self.no_instant_cycle(&rows);
        let prices = self.prices();
        if !self.problems.is_empty() {
            return None;
        }
        let plan =
            |e: &Exit| self.classes.plans.binary_search(&e.name).ok().and_then(|p| u16::try_from(p).ok());
        let plans = self.pathway.exits.iter().map(|e| plan(e).unwrap_or(0)).collect();
        let rows_len = rows.len();
        let mut scenario = Scenario {
            file: self.file.clone(),
            hash,
            calendar,
            pathway: std::mem::take(&mut self.pathway),
            classes: std::mem::take(&mut self.classes),
            quantities: std::mem::take(&mut self.quantities),
            rows,
            firsts,
            laws: std::mem::take(&mut self.laws),
            plans,
            need_shares,
            need_grid,
            streams,
            alike,
            prices,
            openings: Vec::new(),
            served: Vec::new(),
            drifts,
            pools,
            services: (0..rows_len).map(|s| reaching(&interventions, s)).collect(),
            interventions,
            stocks,
            flows,
            lines,
        };
        super::caseload::fill(&mut scenario, &mut self.problems);
        Some(scenario)
    }

    // ---- dates and classes ----

    fn date(&mut self, at: &At, text: &str) -> Option<Date> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().and_then(|p| p.parse::<u16>().ok());
        let date = match (next(), next(), next()) {
            (Some(y), Some(m), Some(d)) if (1900..=2200).contains(&y) => u8::try_from(m)
                .ok()
                .and_then(|m| time::Month::try_from(m).ok())
                .and_then(|m| Date::from_calendar_date(i32::from(y), m, u8::try_from(d).unwrap_or(0)).ok()),
            _ => None,
        };
        if date.is_none() {
            self.wrong(
                at,
                format!("`{text}` is not a date between 1900 and 2200"),
                "write year-month-day, such as 2026-04-01",
            );
        }
        date
    }

    fn calendar(&mut self) -> Option<Calendar> {
        let simulation = &self.file.simulation;
        let at = At::new("simulation", None);
        let start = self.date(&at.key("start"), &simulation.start)?;
        if !(1..=100).contains(&simulation.years) {
            let message = format!("{} years cannot be simulated", simulation.years);
            self.wrong(&at.key("years"), message, "write a whole number from 1 to 100");
            return None;
        }
        if simulation.runs.is_some_and(|r| r == 0 || r > 10_000_000) {
            self.wrong(
                &at.key("runs"),
                "the number of runs is out of range",
                "write a whole number from 1 to 10000000",
            );
        }
        match simulation.calendar {
            CalendarKind::Plain => Some(Calendar::plain(start, simulation.years)),
            CalendarKind::Civil if start.day() == 1 => Some(Calendar::civil(start, simulation.years)),
            CalendarKind::Civil => {
                self.wrong(
                    &at.key("start"),
                    format!("the simulation starts on {start}, within a month"),
                    "start on the first day of a month, such as 2025-04-01",
                );
                None
            }
        }
    }

    fn classes(&mut self) -> Option<()> {
        let at = At::new("ages", None);
        if self.file.ages.is_empty() {
            self.wrong(&at, "there are no age bands", "write at least one, such as child = [0, 18]");
            return None;
        }
        let mut end: Option<f64> = None;
        for (name, &[from, to]) in &self.file.ages {
            let here = at.key(name);
            if !(from < to && from >= -1.0 && to <= 120.0) {
                self.wrong(
                    &here,
                    format!("the band from {from} to {to} years is empty or out of range"),
                    "write [from, to) in years, from -1 (before birth) to 120, such as [5, 10]",
                );
            } else if end.is_some_and(|e| (e - from).abs() > 1e-9) {
                self.wrong(
                    &here,
                    format!(
                        "the band starts at {from}, but the one before it ends at {}",
                        end.unwrap_or(0.0)
                    ),
                    "list the bands youngest first, each starting where the one before it ends",
                );
            }
            end = Some(to);
            self.classes.bands.push((name.clone(), ticks(from * 365.25), ticks(to * 365.25)));
        }
        self.pathway.bands = self.classes.bands.iter().map(|b| b.1).collect();
        self.classes.cohorts = names_or(&self.file.cohorts, "all");
        self.classes.needs = names_or(&self.file.needs, "all");
        for (key, len) in [("cohorts", self.classes.cohorts.len()), ("needs", self.classes.needs.len())] {
            if len > 32 {
                self.wrong(&At::new(key, None), format!("there are {len} of them"), "have at most 32");
            }
        }
        if self.classes.bands.len() > 32 {
            self.wrong(&at, "there are more than 32 age bands", "have at most 32");
        }
        let stages = self.file.tracks.values().flat_map(|t| &t.during);
        let plans: BTreeSet<&String> =
            stages.filter_map(|s| self.file.stages.get(s)).flat_map(|s| s.exits.keys()).collect();
        self.classes.plans = plans.into_iter().cloned().collect();
        self.problems.is_empty().then_some(())
    }
}

/// Shares by class name, in the order of the classes: counts or shares unless `exact`. All in the first if
/// nothing is said.
pub(super) fn shares_of(
    problems: &mut Vec<Problem>,
    at: &At,
    given: &IndexMap<String, f64>,
    names: &[String],
    exact: bool,
) -> Option<Vec<f64>> {
    if given.is_empty() {
        return Some((0..names.len()).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect());
    }
    let before = problems.len();
    for (name, &x) in given {
        if !names.contains(name) {
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            problems.push(
                at.key(name).problem(
                    format!("there is no class `{name}`"),
                    did_you_mean(name, known.iter().copied()),
                ),
            );
        } else if !(0.0..1e9).contains(&x) {
            problems.push(
                at.key(name).problem(format!("{x} does not fit here"), "write a number that is 0 or more"),
            );
        }
    }
    let sum: f64 = given.values().sum();
    if before == problems.len() && (sum <= 0.0 || exact && (sum - 1.0).abs() > 0.001) {
        let sum = libm::round(sum * 1e6) / 1e6;
        problems.push(at.problem(format!("the shares sum to {sum}"), "make them sum to 1"));
    }
    let share = |n: &String| given.get(n).copied().unwrap_or(0.0) / sum;
    (before == problems.len()).then(|| names.iter().map(share).collect())
}

/// Shares of families of 1, 2, 3, ... children.
pub(super) fn family_sizes(
    problems: &mut Vec<Problem>,
    at: &At,
    given: &IndexMap<String, f64>,
) -> Option<Vec<f64>> {
    let names: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
    let sizes = shares_of(problems, at, given, &names, true)?;
    let last = sizes.iter().rposition(|&s| s > 0.0).unwrap_or(0);
    Some(sizes[..=last].to_vec())
}

/// The interventions that reach those who enter a state.
fn reaching(interventions: &[Intervention], state: StateId) -> Vec<usize> {
    let here = |i: &Intervention| i.reach.as_ref().is_some_and(|r| r.state == state);
    (0..interventions.len()).filter(|&i| here(&interventions[i])).collect()
}

/// A name as people would write it.
fn words(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn names_or<T>(map: &IndexMap<String, T>, default: &str) -> Vec<String> {
    if map.is_empty() { vec![default.to_owned()] } else { map.keys().cloned().collect() }
}

/// Running sums; the last is exactly 1.
pub(super) fn cumulative(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = shares
        .iter()
        .map(|s| {
            sum += s;
            sum
        })
        .collect();
    let last = shares.iter().rposition(|&s| s > 0.0).unwrap_or(0);
    sums[last..].fill(1.0);
    sums
}

/// The calendar year in which a financial year such as "2024-25" starts.
#[must_use]
pub fn parse_year(name: &str) -> Option<i32> {
    let (first, second) = name.split_once('-')?;
    let first: i32 = first.parse().ok().filter(|y| (1900..=2200).contains(y))?;
    let second: i32 = second.parse().ok()?;
    (second == (first + 1) % 100).then_some(first)
}
