//! What the tests share: scenarios from text, many runs at once, and one tolerance.
//!
//! **Tolerance.** A simulated figure is held against what is due in standard errors of its own, and fails
//! beyond [`LIMIT`] of them. A normal figure is that far off once in 26 million; a mean of 200 runs, whose
//! standard error is estimated, once in nine million. The suite makes fewer than a thousand such comparisons,
//! so an honest engine fails it for less than one choice of seed in ten thousand. Where the due figure is
//! itself an approximation, its error is bounded in words and added. Seeds are fixed: a test that fails once
//! fails always.

use std::fmt::Display;
use std::ops::Range;

use carecast::engine::{Rules, Run, Workspace, simulate, simulate_under};
use carecast::pathway::{
    Child, ExitId, StateId, Table,
    calendar::{DAY, Tick},
};
use carecast::record::{Cause, Entry, Event, Observer, Origin, Spell, Trace};
use carecast::scenario::Scenario;
use rayon::prelude::*;

/// Standard errors beyond which a figure is wrong.
pub const LIMIT: f64 = 5.5;

/// The seed of all simulations.
pub const SEED: u64 = 20_261_122;

/// A scenario from its text; what extends a shipped one names it bare.
#[track_caller]
pub fn scenario(text: &str) -> Scenario {
    Scenario::from_text("test.toml", text).unwrap_or_else(|faults| panic!("{faults}\n{text}"))
}

/// A scenario that comes inside the program.
#[track_caller]
pub fn shipped(name: &str) -> Scenario {
    Scenario::shipped(name).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The position of a state.
#[track_caller]
pub fn state(scenario: &Scenario, name: &str) -> StateId {
    let found = scenario.pathway.state_named(name);
    found.unwrap_or_else(|| panic!("no state {name}"))
}

/// The position of an exit.
#[track_caller]
pub fn exit(scenario: &Scenario, from: &str, name: &str) -> ExitId {
    let from = state(scenario, from);
    let found = scenario.pathway.exits.position(|e| e.from == from && e.name == name);
    found.unwrap_or_else(|| panic!("no exit {name}"))
}

/// The future of a run as it is told, in order.
pub fn trace(scenario: &Scenario, run: Run) -> Trace {
    let mut trace = Trace::default();
    simulate(scenario, run, &mut trace);
    trace
}

/// Simulates by chance alone: every number at its best value, no drift.
pub fn observe_at_best(scenario: &Scenario, run: Run, observer: &mut impl Observer) {
    let rules = Rules::at_best(scenario, run);
    simulate_under(scenario, &rules, &mut Workspace::default(), observer);
}

/// What many runs say, in the order of their numbers.
pub fn over_runs<T: Send>(runs: u64, one: impl Fn(Run) -> T + Sync) -> Vec<T> {
    (0..runs).into_par_iter().map(|number| one(Run::new(SEED, number))).collect()
}

/// A mean and its standard error.
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    pub mean: f64,
    pub error: f64,
}

impl Estimate {
    /// The mean of independent figures.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        Self { mean, error: (squares / (n - 1.0) / n).sqrt() }
    }

    /// A share of a number of independent trials, under the probability that is due.
    pub fn share(hits: f64, trials: f64, due: f64) -> Self {
        Self { mean: hits / trials, error: (due * (1.0 - due) / trials).sqrt() }
    }

    /// Fails if the mean is further from what is due than the limit.
    #[track_caller]
    pub fn assert_is(self, due: f64, what: impl Display) {
        self.assert_within(due, 0.0, what);
    }

    /// The same where the due figure itself may be off by so much.
    #[track_caller]
    pub fn assert_within(self, due: f64, off: f64, what: impl Display) {
        let Self { mean, error } = self;
        let z = (mean - due) / error.max(f64::MIN_POSITIVE);
        println!("{what}: {mean:.5}, due {due:.5} (SE {error:.5}, z {z:.2})");
        assert!(
            (mean - due).abs() <= LIMIT * error + off + 1e-9 * due.abs(),
            "{what}: {mean} instead of {due}, {z:.1} standard errors of {error} off"
        );
    }
}

/// Children in each state at given instants.
pub struct Snapshots {
    at: Vec<Tick>,
    /// By state, then instant.
    pub counts: Table<StateId, Vec<f64>>,
    /// Entries to each state so far, at each instant; those there at the start are none.
    pub entries: Table<StateId, Vec<f64>>,
}

impl Snapshots {
    pub fn new(scenario: &Scenario, days: &[f64]) -> Self {
        let blank = || Table::filled(scenario.pathway.states.len(), vec![0.0; days.len()]);
        Self { at: days.iter().map(|&d| ticks(d)).collect(), counts: blank(), entries: blank() }
    }
}

impl Observer for Snapshots {
    fn left(&mut self, _: &Child, spell: &Spell) {
        let (state, from, to) = (spell.state, spell.from(), spell.to);
        let first = self.at.partition_point(|&t| t < from);
        for i in first..self.at.len() {
            if self.at[i] < to {
                self.counts[state][i] += 1.0;
            }
            if from > 0 {
                self.entries[state][i] += 1.0;
            }
        }
    }
}

/// Where the children there at the start are, for how long they have been, and which way each leaves when.
#[derive(Default)]
pub struct Openers {
    /// State, age and time served in days.
    pub served: Vec<(StateId, f64, f64)>,
    /// Exit and day.
    pub left: Vec<(ExitId, f64)>,
}

impl Observer for Openers {
    fn entered(&mut self, child: &Child, entry: &Entry) {
        if entry.origin == Origin::Opening {
            self.served.push((entry.state, days(-child.born), days(-entry.since)));
        }
    }
    fn left(&mut self, _: &Child, spell: &Spell) {
        if let Cause::Exit(exit) = spell.cause {
            self.left.push((exit, days(spell.to)));
        }
    }
}

/// An event in words that do not depend on positions, with who it happened to.
pub fn in_words(scenario: &Scenario, (at, child, event): &(Tick, Child, Event)) -> String {
    let pathway = &scenario.pathway;
    let name = |state: &StateId| &pathway.states[*state].name;
    let what = match event {
        Event::Arrived(state) => format!("arrives in {}", name(state)),
        Event::Entered(Entry { state, since, price, .. }) => {
            format!("enters {} at {price}, there since {since}", name(state))
        }
        Event::Left(Spell { state, since, price, cause, .. }) => {
            let how = match cause {
                Cause::Exit(exit) => format!("by {}", pathway.exits[*exit].name),
                Cause::Review(exit, _) => format!("after a review, by {}", pathway.exits[*exit].name),
                Cause::StageEnded => "with its stage".to_owned(),
                Cause::Cut => "at the end".to_owned(),
            };
            format!("leaves {} at {price}, there since {since}, {how}", name(state))
        }
        Event::Refused(exit) => {
            let exit = &pathway.exits[*exit];
            format!("is refused in {} and goes by {}", name(&exit.from), exit.name)
        }
        Event::Reached(intervention) => {
            format!("is reached by {}", scenario.interventions[*intervention].name)
        }
        Event::Moved(intervention) => format!("is moved by {}", scenario.interventions[*intervention].name),
    };
    format!("{at}: child {} of {:x}, born {}, {what}", child.number, child.family, child.born)
}

pub fn ticks(days: f64) -> Tick {
    (days * DAY as f64).round() as Tick
}

pub fn days(ticks: Tick) -> f64 {
    ticks as f64 / DAY as f64
}

/// The integral of a decreasing function from 1 to 0 over each of the spans between 0 and the points given,
/// by the midpoint rule; off by no more than half a step, whatever the function.
pub fn areas(survival: impl Fn(f64) -> f64, points: &[f64]) -> Vec<f64> {
    const STEPS: u32 = 100_000;
    let end = points[points.len() - 1];
    let step = end / f64::from(STEPS);
    let mut sums = Vec::with_capacity(points.len());
    let mut sum = 0.0;
    let mut next = 0;
    for k in 0..=STEPS {
        let t = f64::from(k) * step;
        while next < points.len() && points[next] <= t + step * 1e-6 {
            sums.push(sum + (points[next] - t) * survival(t));
            next += 1;
        }
        sum += survival(t + step / 2.0) * step;
    }
    sums
}

/// Dates of all month ends, as days from the start.
pub fn month_ends(scenario: &Scenario, months: Range<usize>) -> Vec<f64> {
    months.map(|m| days(scenario.calendar.month_start(m + 1))).collect()
}
