//! Places that are finite: waiting lines and refusals.

use std::collections::HashMap;

use carecast::engine::simulate;
use carecast::experiment::Outcome;
use carecast::experiment::summary::Measure;
use carecast::pathway::{Child, ExitId, StateId, calendar::Tick};
use carecast::record::{Observer, Spell};

use super::laws;
use crate::oracle::{WaitingLine, erlang_b};
use crate::support::{Estimate, days, exit, over_runs, scenario, state};

const DAYS: f64 = 12.0 * 365.0;
/// Sixteen relaxation times of the line below (service / (sqrt c - sqrt load)^2, 45 days), after which what
/// is left of an empty start is one in ten million.
const WARM_UP: f64 = 2.0 * 365.0;
/// Whoever comes later may still be waiting at the end. The chance of waiting longer than that is nought.
const LAST: f64 = DAYS - 365.0;

fn pool(per_year: f64, places: u32, law: &str, if_full: &str) -> String {
    format!(
        r#"
name = "A pool"
[simulation]
start = "2025-04-01"
years = 12
calendar = "plain"
[ages]
child = [0, 1]
[arrivals.children]
children_per_year = {per_year}
enters = "stage"
ages = {{ child = 1 }}
[pools.beds]
places = {places}
[stages.stage]
pool = "beds"
if_full = "{if_full}"
exits.out = {{ to = "out", time = {law} }}
[stages.out]
[stages.lost]
"#
    )
}

/// Waits of those who came within the window, and how many are in service and waiting on a day in each year.
struct Waits {
    waiting: StateId,
    stage: StateId,
    came: f64,
    waited: f64,
    days: f64,
    long: f64,
    in_service: f64,
    in_line: f64,
}

/// Days on which the line is counted: one in each year of the window.
fn counted_on() -> impl Iterator<Item = Tick> {
    (2..11).map(|y| crate::support::ticks(f64::from(y) * 365.0 + 100.0))
}

fn counted(from: Tick, to: Tick) -> f64 {
    counted_on().filter(|&t| from <= t && t < to).count() as f64
}

impl Observer for Waits {
    fn arrived(&mut self, _: &Child, _: StateId, at: Tick) {
        self.came += f64::from(u8::from((WARM_UP..LAST).contains(&days(at))));
    }
    fn left(&mut self, _: &Child, spell: &Spell) {
        let (state, from, to) = (spell.state, spell.from(), spell.to);
        if state == self.stage {
            self.in_service += counted(from, to);
        }
        if state == self.waiting {
            self.in_line += counted(from, to);
            if (WARM_UP..LAST).contains(&days(from)) {
                self.waited += 1.0;
                self.days += days(to - from);
                self.long += f64::from(u8::from(days(to - from) > 5.0));
            }
        }
    }
}

/// M/M/c. Figures are sums over a run less what is due for as many as came: their means are nought.
#[test]
fn children_wait_for_a_place_as_erlang_says() {
    let line = WaitingLine { rate: 1.6, service: 5.0, servers: 10 };
    let scenario = scenario(&pool(1.6 * 365.0, 10, &laws::exponential(5.0).text, "wait"));
    let runs = over_runs(300, |run| {
        let (waiting, stage) = (state(&scenario, "stage/waiting"), state(&scenario, "stage"));
        let mut w = Waits {
            waiting,
            stage,
            came: 0.0,
            waited: 0.0,
            days: 0.0,
            long: 0.0,
            in_service: 0.0,
            in_line: 0.0,
        };
        simulate(&scenario, run, &mut w);
        let share = |hits: f64, due: f64| hits / w.came - due;
        [
            share(w.waited, line.wait_survival(0.0)) * w.came,
            share(w.days, line.mean_wait()) * w.came,
            share(w.long, line.wait_survival(5.0)) * w.came,
            w.in_service / 9.0 - line.mean_in_service(),
            w.in_line / 9.0 - line.mean_waiting(),
            w.came,
        ]
    });
    let came = runs.iter().map(|r| r[5]).sum::<f64>() / 300.0;
    // A service time is off by at most 2e-4 of itself, and that moves a wait by no more than 2e-3 of itself
    // (its elasticity at four fifths full is below ten).
    let what = ["chance of waiting", "mean wait", "chance of more than 5 days", "in service", "waiting"];
    for (i, what) in what.into_iter().enumerate() {
        let per = if i < 3 { came } else { 1.0 };
        let due =
            [line.wait_survival(0.0), line.mean_wait(), line.wait_survival(5.0), 8.0, line.mean_waiting()][i];
        Estimate::of(runs.iter().map(|r| r[i] / per + due)).assert_within(due, 2e-3 * due, what);
    }
}

/// M/M/c as its results tell it. Days waited, less what is due for as many as were let in: their mean is nought, while that
/// of ratios is not.
#[test]
fn the_use_of_places_and_the_wait_for_them_are_as_erlang_says() {
    let line = WaitingLine { rate: 1.6, service: 5.0, servers: 10 };
    let text = pool(1.6 * 365.0, 10, &laws::exponential(5.0).text, "wait");
    let text = text.replace("places = 10\n", "places = 10\ncount_use = true\n")
        + "[flows.in]\ntitle = \"In\"\ninto = [\"stage\"]\n";
    let scenario = scenario(&text);
    let runs = over_runs(300, |run| {
        let outcome = Outcome::simulate(&scenario, run);
        let months = |measure, name: &str| outcome.months(measure, name).unwrap();
        let window = |months: Vec<f64>| months.into_iter().skip(24);
        let mean = |months: Vec<f64>| window(months).sum::<f64>() / 120.0;
        let let_in = months(Measure::Flow, "in");
        let waits = months(Measure::Wait, "waiting_for/beds");
        let late = window(let_in).zip(window(waits)).map(|(n, wait)| n * (wait - line.mean_wait()));
        [
            mean(months(Measure::Use, "places_taken/beds")),
            late.sum::<f64>() / 120.0,
            mean(months(Measure::Stock, "places_taken/beds")[1..].to_vec()),
            mean(months(Measure::Stock, "waiting_for/beds")[1..].to_vec()),
        ]
    });
    let a_month = 1.6 * 365.0 / 12.0;
    // As above: a service time is off by at most 2e-4 of itself, and that moves a wait by no more than 2e-3 of itself.
    let due = [80.0, 0.0, 8.0, line.mean_waiting()];
    let off = [0.16, 2e-3 * a_month * line.mean_wait(), 0.016, 2e-3 * line.mean_waiting()];
    for (i, what) in ["use", "days waited", "places taken", "waiting"].into_iter().enumerate() {
        Estimate::of(runs.iter().map(|r| r[i])).assert_within(due[i], off[i], what);
    }
}

/// The ratios of a year are those of its sums, here of one future: days waited over children let in, and days over days. With one
/// place that is busy for nine parts in ten of the time, months differ much.
#[test]
fn use_and_wait_of_a_year_are_not_means_of_months() {
    let text = pool(0.3 * 365.0, 1, &laws::exponential(3.0).text, "wait")
        .replace("places = 1\n", "places = 1\ncount_use = true\n")
        + "[flows.in]\ntitle = \"In\"\ninto = [\"stage\"]\n";
    let summary = crate::outcomes::batch(&[&text], 1);
    let results = &summary.scenarios[0];
    let let_in = &results.month_series(Measure::Flow, "in").unwrap().points;
    let waits = &results.month_series(Measure::Wait, "waiting_for/beds").unwrap().points;
    let years = &results.year_series(Measure::Wait, "waiting_for/beds").unwrap().points;
    let uses = &results.month_series(Measure::Use, "places_taken/beds").unwrap().points;
    let years_of_use = &results.year_series(Measure::Use, "places_taken/beds").unwrap().points;
    assert_eq!([waits.len(), years.len(), uses.len(), years_of_use.len()], [144, 12, 144, 12]);
    let mut differ = false;
    for year in 0..12 {
        let months = 12 * year..12 * (year + 1);
        let children: f64 = let_in[months.clone()].iter().map(|m| m.1.mean).sum();
        let days: f64 = months.clone().map(|m| let_in[m].1.mean * waits[m].1.mean).sum();
        let due = days / children;
        assert!((years[year].1.mean - due).abs() < 1e-9 * due, "{} instead of {due}", years[year].1.mean);
        let plain = waits[months.clone()].iter().map(|m| m.1.mean).sum::<f64>() / 12.0;
        differ |= (plain - due).abs() > 0.01 * due;
        let used = uses[months].iter().map(|m| m.1.mean).sum::<f64>() / 12.0;
        assert!((years_of_use[year].1.mean - used).abs() < 1e-3, "{used}");
    }
    assert!(differ, "the mean of months is another number");
}

/// M/D/1: a service with one place, held for 0.2 months of 365.25 / 12 days. By Pollaczek and Khinchine the mean wait is
/// load x service / (2 (1 - load)).
#[test]
fn the_wait_for_a_service_is_as_pollaczek_and_khinchine_say() {
    let (rate, service) = (0.1, 0.2 * 365.25 / 12.0);
    let load = rate * service;
    let wait = load * service / (2.0 * (1.0 - load));
    let text = pool(rate * 365.0, 10, "{ law = \"fixed\", length = 3 }", "lost")
        .replace("pool = \"beds\"\nif_full = \"lost\"\n", "")
        + r#"
[interventions.help]
title = "Help"
from = 2025-04-01
reaches = { stage = "stage" }
places = 1
months_per_place = 0.2
when_full = "wait"
count_use = true
effects = [{ time_times = 0.5 }]
"#;
    let scenario = scenario(&text);
    let runs = over_runs(200, |run| {
        let outcome = Outcome::simulate(&scenario, run);
        let months = |measure, name: &str| outcome.months(measure, name).unwrap().into_iter().skip(24);
        let served = months(Measure::Flow, "reached/help");
        let waits = months(Measure::Wait, "waiting_for/help");
        // In a month in which nobody is taken in there is no mean wait.
        let late = served.zip(waits).filter(|(n, _)| *n > 0.0).map(|(n, w)| n * (w - wait));
        let used = months(Measure::Use, "places_taken/help").sum::<f64>() / 120.0;
        let taken = outcome.months(Measure::Stock, "places_taken/help").unwrap();
        [used, late.sum::<f64>() / 120.0, taken.iter().skip(25).sum::<f64>() / 120.0]
    });
    for (i, (what, due)) in
        [("use", 100.0 * load), ("days waited", 0.0), ("places taken", load)].into_iter().enumerate()
    {
        Estimate::of(runs.iter().map(|r| r[i])).assert_is(due, what);
    }
}

struct Refusals {
    lost: ExitId,
    came: f64,
    refused: f64,
}

impl Observer for Refusals {
    fn arrived(&mut self, _: &Child, _: StateId, at: Tick) {
        self.came += f64::from(u8::from(days(at) >= WARM_UP));
    }
    fn refused(&mut self, _: &Child, exit: ExitId, at: Tick) {
        self.refused += f64::from(u8::from(exit == self.lost && days(at) >= WARM_UP));
    }
}

/// Erlang's loss formula holds for any law of service with the same mean.
#[test]
fn a_full_pool_refuses_as_erlang_says_whatever_the_time_law() {
    // A lognormal with this median has a mean of 8 days.
    let median = 8.0 / (0.9_f64 * 0.9 / 2.0).exp();
    for law in [laws::exponential(8.0), laws::gamma(3.0, 8.0), laws::lognormal(median, 0.9), laws::fixed(8.0)]
    {
        let scenario = scenario(&pool(1.2 * 365.0, 10, &law.text, "lost"));
        let due = erlang_b(1.2 * 8.0, 10);
        let runs = over_runs(200, |run| {
            let mut r = Refusals { lost: exit(&scenario, "stage", "full"), came: 0.0, refused: 0.0 };
            simulate(&scenario, run, &mut r);
            [r.refused - due * r.came, r.came]
        });
        let came = runs.iter().map(|r| r[1]).sum::<f64>() / 200.0;
        Estimate::of(runs.iter().map(|r| r[0] / came + due)).assert_within(
            due,
            2e-4 * due,
            format!("refused, {} service", law.name),
        );
    }
}

/// Stays by family, and whether anybody waited.
struct Anybody(StateId, HashMap<u64, u32>, bool);
impl Observer for Anybody {
    fn left(&mut self, child: &Child, spell: &Spell) {
        *self.1.entry(child.family).or_default() += 1;
        self.2 |= spell.state == self.0;
    }
}

/// With a pool as large as the number who ever come.
#[test]
fn nobody_waits_for_a_pool_that_is_never_full() {
    let scenario = scenario(&pool(100.0, 5000, &laws::exponential(30.0).text, "wait"));
    let waiting = state(&scenario, "stage/waiting");
    let mut anybody = Anybody(waiting, HashMap::new(), false);
    simulate(&scenario, carecast::engine::Run::new(1, 1), &mut anybody);
    assert!(anybody.1.len() > 1000 && anybody.1.values().all(|&stays| stays == 1) && !anybody.2);
}
