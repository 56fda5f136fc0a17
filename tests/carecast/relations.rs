//! Metamorphic relations: what must stay as it is, or change in a known way, when a scenario is said otherwise.
//! Each is tried on scenarios made up by chance. None needs a known answer, and each has a kind of fault that it
//! finds; half of what was ever wrong with the engine broke one of these.
//!
//! *Exact* relations hold to the last bit in every future, since draws are keyed by names and not by positions.
//! *Statistical* ones hold for means over futures: the two scenarios run under the same seeds, and the mean of the
//! paired differences is held against its own standard error, as everywhere in these tests.

mod books;
mod elsewhere;
mod idle;
mod laws;
mod money;
mod order;
mod reviews;
mod rewritten;
mod scaled;
mod services;
mod tree;
mod who;

use std::collections::BTreeMap;

use carecast::experiment::Outcome;
use carecast::experiment::summary::{Measure, Series};
use carecast::scenario::Scenario;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use time::Date;

use crate::made_up::{MadeUp, made_up};
use crate::outcomes::batch;
use crate::support::{Estimate, LIMIT, over_runs, scenario};

/// Scenarios that an exact relation is tried on.
const MANY: u32 = 16;
/// Scenarios that a statistical relation is tried on, each with so many futures.
const FEW: u32 = 3;
const FUTURES: u64 = 120;

/// Runs a property over so many made-up scenarios, the same each time.
fn for_many(cases: u32, property: impl Fn(MadeUp)) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 32, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tested = runner.run(&made_up(), |made| {
        property(made);
        Ok(())
    });
    if let Err(error) = tested {
        panic!("{error}");
    }
}

/// An item: what it measures, and its name.
type Item = (Measure, String);

/// The months of every item over three futures: what three numbers were, by their mean, spread and order.
#[derive(Clone)]
struct Results(BTreeMap<Item, Vec<(Date, [f64; 4])>>);

fn results(text: &str) -> Results {
    let summary = batch(&[text], 3);
    let points = |s: &Series| s.points.iter().map(|(d, x)| (*d, [x.mean, x.p2_5, x.p50, x.p97_5])).collect();
    Results(
        summary.scenarios[0]
            .months
            .iter()
            .map(|s| ((s.item.measure, s.item.to_string()), points(s)))
            .collect(),
    )
}

impl Results {
    /// Those items that are to be compared.
    fn only(mut self, keep: impl Fn(Measure, &str) -> bool) -> Self {
        self.0.retain(|(measure, item), _| keep(*measure, item));
        self
    }

    /// Without what is counted and paid of an intervention, and without the totals that it is in.
    fn without_interventions(self) -> Self {
        self.only(|_, item| {
            let theirs = ["reached/", "moved/", "waiting_for/", "intervention/", "total"];
            !theirs.iter().any(|name| item.starts_with(name))
        })
    }

    /// Without those who wait for an intervention, which is nobody.
    #[track_caller]
    fn with_nobody_waiting_for(mut self, intervention: &str) -> Self {
        let waiting = self.0.remove(&(Measure::Stock, format!("waiting_for/{intervention}")));
        assert!(waiting.iter().flatten().all(|point| point.1 == [0.0; 4]), "somebody waits");
        self
    }

    /// Up to a date, that included.
    fn until(mut self, last: Date) -> Self {
        self.0.values_mut().for_each(|points| points.retain(|p| p.0 <= last));
        self
    }

    /// With the dates so many years later.
    fn later(mut self, years: i32) -> Self {
        for point in self.0.values_mut().flatten() {
            point.0 = point.0.replace_year(point.0.year() + years).expect("no 29 February is met");
        }
        self
    }

    /// Every number multiplied.
    fn times(mut self, factor: f64) -> Self {
        self.0.values_mut().flatten().for_each(|p| p.1.iter_mut().for_each(|x| *x *= factor));
        self
    }

    fn names(&self) -> Vec<&Item> {
        self.0.keys().collect()
    }

    /// Fails unless each number of the two is the same.
    #[track_caller]
    fn assert_same(&self, other: &Self) {
        self.assert_near(other, 0.0);
    }

    /// The same, where pounds may be rounded otherwise: so many pennies in a month.
    #[track_caller]
    fn assert_near(&self, other: &Self, pennies: f64) {
        assert_eq!(self.names(), other.names(), "the same items");
        for (item, points) in &self.0 {
            let room = if item.0 == Measure::Cost {
                pennies * 0.01 + 1e-6 * f64::from(u8::from(pennies > 0.0))
            } else {
                0.0
            };
            let theirs = &other.0[item];
            assert_eq!(points.len(), theirs.len(), "{item:?}");
            for (mine, theirs) in points.iter().zip(theirs) {
                assert_eq!(mine.0, theirs.0, "{item:?}");
                for (x, y) in mine.1.iter().zip(theirs.1) {
                    assert!((x - y).abs() <= room, "{item:?} on {}: {x} and {y}", mine.0);
                }
            }
        }
    }
}

/// The relation of two ways of saying the same: every future is the same.
#[track_caller]
fn assert_said_otherwise(one: &str, other: &str) {
    results(one).assert_same(&results(other));
}

/// Adds to a scenario what must change nothing: every item that was there stays as it was.
#[track_caller]
fn assert_idle(text: &str, more: &str) {
    assert_changes_nothing(text, &format!("{text}{more}"));
}

#[track_caller]
fn assert_changes_nothing(base: &str, with: &str) {
    let base = results(base);
    let with = results(with).only(|measure, item| base.0.contains_key(&(measure, item.to_owned())));
    base.assert_same(&with);
}

/// Of one future, a figure for each item: a stock's mean over the month ends after the opening, and the sum of
/// anything else.
fn figures(scenario: &Scenario, items: &[Item], outcome: &Outcome) -> Vec<f64> {
    let months = scenario.calendar.months() as f64;
    let figure = |(measure, item): &Item| {
        let numbers = outcome.months(*measure, item).unwrap_or_else(|| panic!("no {item}"));
        match measure {
            Measure::Stock => numbers[1..].iter().sum::<f64>() / months,
            _ => numbers.iter().sum(),
        }
    };
    items.iter().map(figure).collect()
}

/// The items of a scenario that say something of it as a whole; ages, counted in March only, are left out.
fn items(text: &str) -> Vec<Item> {
    let kept = |(measure, item): &&Item| !item.contains("/age_") && *measure != Measure::Days;
    let all = results(text);
    all.names().into_iter().filter(kept).cloned().collect()
}

/// A statistical relation: the mean of every figure in one scenario is `times` its mean in the other, give or take
/// a part `off` that the relation itself allows. Rare things, fewer than one in a future, are not judged: their mean
/// is not normal over so few futures.
#[track_caller]
fn assert_means(one: &str, times: f64, other: &str, off: f64, keep: impl Fn(&Item) -> bool) {
    let all = items(one);
    let theirs = items(other);
    let items: Vec<Item> = all.into_iter().filter(|i| keep(i) && theirs.contains(i)).collect();
    let pair = [one, other].map(scenario);
    let runs = over_runs(FUTURES, |run| {
        let [a, b] = [&pair[0], &pair[1]].map(|s| figures(s, &items, &Outcome::simulate(s, run)));
        a.into_iter().zip(b).collect::<Vec<_>>()
    });
    for (i, item) in items.iter().enumerate() {
        let mean = Estimate::of(runs.iter().map(|r| r[i].0)).mean;
        if mean.abs() < 1.0 {
            continue;
        }
        let difference = Estimate::of(runs.iter().map(|r| r[i].0 - times * r[i].1));
        let room = LIMIT * difference.error + off * mean.abs() + 1e-9 * mean.abs();
        assert!(
            difference.mean.abs() <= room,
            "{item:?}: {mean} is {} too much ({} its standard error {})\n{one}\n--- and ---\n{other}",
            difference.mean,
            difference.mean / difference.error,
            difference.error
        );
    }
}

/// The relation of two ways of saying the same, for means.
#[track_caller]
fn assert_alike(one: &str, other: &str) {
    assert_means(one, 1.0, other, 0.0, |_| true);
}
