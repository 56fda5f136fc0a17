//! An episode of care seen as one spell, and what runs beside it.

use carecast::engine::simulate;
use carecast::record::{Cause, Event, Spell};

use super::laws;
use crate::oracle::integral_to_infinity;
use crate::support::{Estimate, Snapshots, areas, over_runs, scenario, state};

/// Entries to care at a steady rate; two placements with exponential moves between them; a held state in the
/// stage that follows.
fn care(per_year: f64, law: &str) -> String {
    format!(
        r#"
name = "Care"
[simulation]
start = "2025-04-01"
years = 6
calendar = "plain"
[ages]
child = [0, 18]
[arrivals.children]
children_per_year = {per_year}
enters = "care"
ages = {{ child = 1 }}
[stages.care]
exits.home = {{ to = "after", share = 0.6, time = {law} }}
exits.adoption = {{ to = "after", share = "rest", time = {law} }}
[stages.after]
exits.out = {{ to = "out", time = {{ law = "gamma", shape = 2, mean = 100 }} }}
[stages.out]
[tracks.placement]
during = ["care", "after"]
fixed = {{ after = "held" }}
first = {{ a = 0.8, b = "rest" }}
[tracks.placement.states.a]
exits.move = {{ to = "b", time = {{ law = "exponential", mean = 200 }} }}
[tracks.placement.states.b]
exits.move = {{ to = "a", time = {{ law = "exponential", mean = 350 }} }}
[tracks.placement.states.held]
"#
    )
}

#[test]
fn children_in_each_state_of_a_track_add_up_to_those_in_its_stages() {
    let scenario = scenario(&care(500.0, "{ law = \"lognormal\", median = 400, sigma = 1.2 }"));
    let at = crate::support::month_ends(&scenario, 0..71);
    let named = |name: &str| state(&scenario, name);
    over_runs(20, |run| {
        let mut shots = Snapshots::new(&scenario, &at);
        simulate(&scenario, run, &mut shots);
        for month in 0..at.len() {
            let count = |name: &str| shots.counts[named(name)][month];
            assert_eq!(count("placement.a") + count("placement.b"), count("care"), "{run:?}, month {month}");
            assert_eq!(count("placement.held"), count("after"), "{run:?}, month {month}");
        }
        assert!(shots.counts[named("placement.b")][70] > 0.0);
    });
}

/// Moves do not depend on how long the episode lasts, so those in a placement after u days of care are S(u)
/// times the two-state Markov chain's probability, b + (p - b) exp(-(x + y) u).
#[test]
fn placements_follow_the_markov_chain_of_their_moves() {
    let law = laws::lognormal(400.0, 1.2);
    let scenario = scenario(&care(500.0, &law.text));
    let (x, y) = (1.0 / 200.0, 1.0 / 350.0);
    let in_b = |u: f64| {
        let limit = x / (x + y);
        limit + (0.2 - limit) * (-(x + y) * u).exp()
    };
    let at = [200.0, 800.0, 2100.0];
    let rate = 500.0 / 365.0;
    let due = areas(|u| (law.survival)(u) * in_b(u), &at);
    let runs = over_runs(300, |run| {
        let mut shots = Snapshots::new(&scenario, &at);
        simulate(&scenario, run, &mut shots);
        shots.counts[state(&scenario, "placement.b")].clone()
    });
    for (i, t) in at.iter().enumerate() {
        let mean = runs.iter().map(|r| r[i]).sum::<f64>() / 300.0;
        let due = rate * due[i];
        // One child, one place: Poisson.
        Estimate { mean, error: (due / 300.0).sqrt() }.assert_within(
            due,
            5e-4 * due + rate * 0.02,
            format!("in placement b on day {t}"),
        );
    }
    assert!(integral_to_infinity(&law.survival, 0.0) > 400.0);
}

/// What a plan is for: the first state of a track by the exit already drawn for the stage.
#[test]
fn a_track_may_start_by_the_plan_drawn_for_its_stage() {
    let text = care(4000.0, "{ law = \"exponential\", mean = 100 }").replace(
        "first = { a = 0.8, b = \"rest\" }",
        "first = { by = \"plan\", home = { a = 0.9, b = \"rest\" }, others = { b = 1 } }",
    );
    let scenario = scenario(&text);
    let (a, b) = (state(&scenario, "placement.a"), state(&scenario, "placement.b"));
    let trace = crate::support::trace(&scenario, carecast::engine::Run::new(crate::support::SEED, 0));
    let mut first = std::collections::HashMap::new();
    let mut by = std::collections::HashMap::new();
    for (_, child, event) in &trace.events {
        match event {
            Event::Entered(entry) if entry.state == a || entry.state == b => {
                first.entry(child.family).or_insert(entry.state);
            }
            Event::Left(Spell { cause: Cause::Exit(exit), .. }) => {
                by.entry(child.family).or_insert(&scenario.pathway.exits[*exit].name);
            }
            _ => {}
        }
    }
    // The first exit that a child takes may be a move; only those who leave care first are looked at, and of
    // them the share who started in b is moved by that; adoption must start in b whatever happens.
    let home: Vec<_> = by.iter().filter(|(_, name)| name.as_str() == "home").map(|(f, _)| first[f]).collect();
    assert!(by.iter().filter(|(_, name)| name.as_str() == "adoption").all(|(f, _)| first[f] == b));
    // Left home without a move: started in a and stayed (0.9 x 1/100 / (1/100 + x)), or in b.
    let (x, y) = (1.0 / 200.0, 1.0 / 350.0);
    let (from_a, from_b) = (0.9 / (1.0 + 100.0 * x), 0.1 / (1.0 + 100.0 * y));
    let due = from_a / (from_a + from_b);
    let started_a = home.iter().filter(|s| **s == a).count() as f64;
    Estimate::share(started_a, home.len() as f64, due).assert_within(due, 1e-3, "planned home, began in a");
}
