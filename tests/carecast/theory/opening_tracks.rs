//! The children already there whose tracks are known: what that says of their plans and of their time.

use std::collections::BTreeMap;

use carecast::engine::{Run, simulate};
use carecast::pathway::{Child, ExitId, StateId, TrackId};
use carecast::record::{Cause, Entry, Observer, Origin, Spell};
use carecast::scenario::Scenario;
use proptest::prelude::*;

use crate::support::{Estimate, SEED, Snapshots, days, exit, over_runs, scenario, state};

/// Where a child opened, and the exits it took.
type Course = (Vec<(StateId, f64)>, Vec<ExitId>);

/// By child: states in which it opened with days served, the stage first, and the exits it took.
#[derive(Default)]
struct Openings {
    children: BTreeMap<(u64, u32), Course>,
}

impl Openings {
    fn of(scenario: &Scenario) -> Self {
        let mut all = Self::default();
        simulate(scenario, Run::new(SEED, 0), &mut all);
        all
    }

    /// The children who opened in a state: days served there and in the stage, and the first exit from the stage.
    fn within(&self, scenario: &Scenario, state: StateId) -> Vec<(f64, f64, Option<ExitId>)> {
        let pathway = &scenario.pathway;
        let main = |exit: &&ExitId| pathway.states[pathway.exits[**exit].from].track == TrackId::MAIN;
        let all = self.children.values();
        all.filter_map(|(opened, left)| {
            let there = opened.iter().find(|o| o.0 == state)?.1;
            Some((there, opened[0].1, left.iter().find(main).copied()))
        })
        .collect()
    }
}

impl Observer for Openings {
    fn entered(&mut self, child: &Child, entry: &Entry) {
        if entry.origin == Origin::Opening {
            let child = self.children.entry((child.family, child.number)).or_default();
            child.0.push((entry.state, days(-entry.since)));
        }
    }
    fn left(&mut self, child: &Child, spell: &Spell) {
        if let Cause::Exit(exit) = spell.cause {
            self.children.entry((child.family, child.number)).or_default().1.push(exit);
        }
    }
}

/// A fifth of entrants are adopted after 100 days, the others go home after 1000. Adoption starts in `order`; the
/// others start in `none` and come under an order at a rate of `rate` a day.
fn care(order: f64, moves: &str, more: &str) -> String {
    format!(
        r#"
name = "Plans"
[simulation]
start = "2025-04-01"
years = 20
calendar = "civil"
[ages]
young = [0, 40]
old = [40, 60]
[stages.s]
exits.adopt = {{ to = "a", share = 0.2, time = {{ law = "exponential", mean = 100 }} }}
exits.home = {{ to = "h", share = "rest", time = {{ law = "exponential", mean = 1000 }} }}
[stages.a]
[stages.h]
[tracks.legal]
during = ["s"]
first = {{ by = "plan", adopt = {{ order = 1 }}, others = {{ none = 1 }} }}
[tracks.legal.states.order]
[tracks.legal.states.none]
{moves}
[opening.s]
count = 100000
ages = {{ old = 1 }}
{more}
tracks.legal = {{ order = {order}, none = {} }}
"#,
        1.0 - order
    )
}

#[test]
fn children_under_an_order_that_only_adoption_brings_are_adopted() {
    let scenario = scenario(&care(0.5, "", ""));
    let seen = Openings::of(&scenario);
    let (order, none) = (state(&scenario, "legal.order"), state(&scenario, "legal.none"));
    let (adopt, home) = (exit(&scenario, "s", "adopt"), exit(&scenario, "s", "home"));
    for (state, exit) in [(order, adopt), (none, home)] {
        let children = seen.within(&scenario, state);
        assert_eq!(children.len(), 50_000);
        assert!(children.iter().all(|c| c.2.is_none_or(|e| e == exit)));
        // Nobody has moved: time served there is time served in the stage.
        assert!(children.iter().all(|c| (c.0 - c.1).abs() < 1e-9));
    }
    // The opening says so itself: 50,000 each, where a steady stock has 20 : 800.
    let bound = scenario.openings[0].bound.clone().expect("a lottery with known tracks");
    for (bound, due) in bound.iter().zip([[50_000.0, 100_000.0 / 41.0], [50_000.0, 4_000_000.0 / 41.0]]) {
        assert!(
            (bound[0] - due[0]).abs() < 1e-6 * due[0] && (bound[1] - due[1]).abs() < 1e-3 * due[1],
            "{bound:?}"
        );
    }
}

/// A stage that fixes the state of a track: that has lasted as long as the stage, before the first day too.
#[test]
fn a_state_that_a_stage_fixes_has_lasted_as_long_as_the_stage() {
    let fixed = care(0.5, "", "")
        .replace(
            "first = { by = \"plan\", adopt = { order = 1 }, others = { none = 1 } }",
            "fixed = { s = \"none\" }\nfirst = { none = 1 }",
        )
        .replace("[tracks.legal.states.order]\n", "")
        .replace("tracks.legal = { order = 0.5, none = 0.5 }", "");
    let scenario = scenario(&fixed);
    let children = Openings::of(&scenario).within(&scenario, state(&scenario, "legal.none"));
    assert_eq!(children.len(), 100_000);
    assert!(children.iter().all(|c| c.0 == c.1 && c.0 >= 0.0));
    assert!(children.iter().any(|c| c.0 > 1000.0));
}

/// The error that steps make in a chance or a stock, as `opening_laws.rs` has it for laws of all kinds.
const STEPS: f64 = 2e-3;

/// Of those bound for home who have served s, 1 - exp(-s / 300) are under an order. Of a stock of 20 : 800, those
/// under an order divide as 20 : 800 - 1 / (1 / 1000 + 1 / 300).
#[test]
fn how_long_ago_a_stage_began_says_how_likely_moves_are() {
    let moves = "exits.ordered = { to = \"order\", time = { law = \"exponential\", mean = 300 } }";
    let scenario = scenario(&care(0.3, moves, ""));
    let seen = Openings::of(&scenario);
    let (order, none) = (state(&scenario, "legal.order"), state(&scenario, "legal.none"));
    let adopt = exit(&scenario, "s", "adopt");
    let under = seen.within(&scenario, order);
    let due = 20.0 / (20.0 + 0.8 * (1000.0 - 1.0 / (1.0 / 1000.0 + 1.0 / 300.0)));
    let adopted = under.iter().filter(|c| c.2 == Some(adopt)).count() as f64;
    Estimate::share(adopted, under.len() as f64, due).assert_within(due, STEPS, "bound for adoption");
    // Those bound for home came under the order s - v days after they came: v is exponential with mean 1000.
    // Those never under it have served less: an exponential with rate 1/1000 + 1/300.
    let home: Vec<f64> = under.iter().filter(|c| c.2 != Some(adopt)).map(|c| c.0).collect();
    for t in [30.0, 300.0, 1500.0] {
        let due = (-t / 1000.0_f64).exp();
        let longer = home.iter().filter(|v| **v > t).count() as f64;
        Estimate::share(longer, home.len() as f64, due).assert_within(
            due,
            0.01,
            format!("under it for {t} days"),
        );
    }
    let free = seen.within(&scenario, none);
    let due = (-100.0 * (1.0 / 1000.0 + 1.0 / 300.0_f64)).exp();
    let longer = free.iter().filter(|c| c.1 > 100.0).count() as f64;
    Estimate::share(longer, free.len() as f64, due).assert_within(
        due,
        STEPS,
        "free of it, there for 100 days",
    );
    assert!(under.iter().chain(&free).all(|c| c.0 <= c.1));
}

/// A stage fed at a steady rate, with a track that moves to and fro, opened with the counts it holds in the long
/// run (or with none given for the track): it stays level, stage, track and exits.
#[test]
fn a_steady_opening_with_a_track_stays_level() {
    // In a after s: b + (1 - b) exp(-s (1/200 + 1/350)), b = 200/550; the stay is a mixture of two exponentials.
    let share_a = {
        let (rate, limit) = (1.0 / 200.0 + 1.0 / 350.0, 200.0 / 550.0);
        let in_a = |start: f64, mean: f64| limit * mean + (start - limit) / (rate + 1.0 / mean);
        (0.3 * in_a(1.0, 100.0) + 0.7 * in_a(0.25, 800.0)) / (0.3 * 100.0 + 0.7 * 800.0)
    };
    let text = |track: &str| {
        format!(
            r#"
name = "Level"
[simulation]
start = "2025-04-01"
years = 4
calendar = "plain"
[ages]
young = [0, 40]
old = [40, 60]
[arrivals.children]
children_per_year = 1825
enters = "s"
ages = {{ old = 1 }}
[stages.s]
exits.x = {{ to = "out", share = 0.3, time = {{ law = "exponential", mean = 100 }} }}
exits.y = {{ to = "out", share = "rest", time = {{ law = "exponential", mean = 800 }} }}
[stages.out]
[tracks.place]
during = ["s"]
first = {{ by = "plan", x = {{ a = 1 }}, others = {{ a = 0.25, b = "rest" }} }}
[tracks.place.states.a]
exits.move = {{ to = "b", time = {{ law = "exponential", mean = 200 }} }}
[tracks.place.states.b]
exits.move = {{ to = "a", time = {{ law = "exponential", mean = 350 }} }}
[opening.s]
count = 2950
ages = {{ old = 1 }}
{track}
"#
        )
    };
    let given = format!("tracks.place = {{ a = {share_a}, b = {} }}", 1.0 - share_a);
    for (what, track) in [("given", given.as_str()), ("not given", "")] {
        let scenario = scenario(&text(track));
        let at = [1.0, 30.0, 100.0, 300.0, 900.0];
        let runs = over_runs(60, |run| {
            let mut shots = Snapshots::new(&scenario, &at);
            simulate(&scenario, run, &mut shots);
            let of = |name: &str| shots.counts[state(&scenario, name)].clone();
            [of("s"), of("place.a")]
        });
        for (part, due) in [(0, 2950.0), (1, 2950.0 * share_a)] {
            for (i, day) in at.iter().enumerate() {
                let found = Estimate::of(runs.iter().map(|r| r[part][i]));
                found.assert_within(due, STEPS * due, format!("{what}, part {part}, day {day}"));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the counts, they are met to the child: by age, by cohort, and in every track.
    #[test]
    fn recorded_counts_of_tracks_hold_exactly(
        parts in prop::collection::vec(0_u32..60, 9),
        need in 0.1..0.9_f64,
    ) {
        let [a, b, c, x, y, z, young, special, more] = parts[..] else { unreachable!() };
        let (legal, place) = (a + b + c + 1, x + y + z + 1);
        let count = legal.max(place);
        let (young, special) = (young % (count + 1), special % (count + 1));
        let text = format!(
            r#"
name = "Counts"
[simulation]
start = "2025-04-01"
years = 1
[ages]
young = [0, 8]
old = [8, 18]
[cohorts.general]
[cohorts.special]
[needs.standard]
share = "rest"
[needs.complex]
share = {{ by = "cohort", special = 0.5, others = {need} }}
[stages.s]
exits.e = {{ to = "out", share = 0.4, time = {{ law = "gamma", shape = 2, mean = 90 }} }}
exits.f = {{ to = "out", share = "rest", time = {{ law = "lognormal", median = 500, sigma = 1 }} }}
[stages.out]
[tracks.legal]
during = ["s"]
first = {{ by = "plan", e = {{ a = 0.5, b = "rest" }}, others = {{ a = 1 }} }}
[tracks.legal.states.a]
exits.m = {{ to = "b", time = {{ law = "exponential", mean = 100 }} }}
[tracks.legal.states.b]
exits.m = {{ to = "c", share = 0.5, time = {{ law = "gamma", shape = 3, mean = 200 }} }}
exits.n = {{ to = "a", share = "rest", time = {{ law = "fixed", length = 50 }} }}
[tracks.legal.states.c]
[tracks.place]
during = ["s"]
first = {{ by = "age", young = {{ x = 1 }}, old = {{ x = 0.3, y = 0.4, z = "rest" }} }}
[tracks.place.states.x]
exits.m = {{ to = "y", time = {{ law = "lognormal", median = 60, sigma = 1.2 }} }}
[tracks.place.states.y]
exits.m = {{ to = "z", time = {{ law = "exponential", mean = 300 }} }}
exits.n = {{ to = "x", time = {{ law = "weibull", shape = 0.8, median = 90 }} }}
[tracks.place.states.z]
[opening.s]
count = {count}
ages = {{ young = {young}, old = {} }}
cohorts = {{ special = {special}, general = {} }}
tracks.legal = {{ a = {}, b = {b}, c = {c} }}
tracks.place = {{ x = {}, y = {y}, z = {z} }}
{}"#,
            count - young,
            count - special,
            a + 1 + count - legal,
            x + 1 + count - place,
            if more % 2 == 0 { "family_sizes = { 1 = 0.5, 2 = 0.5 }\n" } else { "" },
        );
        let scenario = scenario(&text);
        let cells = &scenario.openings[0].cells;
        let named = |name: &str| state(&scenario, name);
        let of = |holds: &dyn Fn(&carecast::scenario::Cell) -> bool| -> u32 {
            cells.iter().filter(|c| holds(c)).map(|c| c.children).sum()
        };
        prop_assert_eq!(of(&|c| c.band == 0), young);
        prop_assert_eq!(of(&|c| c.cohort == 1), special);
        for (name, due) in [("legal.a", a + 1 + count - legal), ("legal.b", b), ("legal.c", c), ("place.x", x + 1 + count - place), ("place.y", y), ("place.z", z)] {
            let state = named(name);
            prop_assert_eq!(of(&|c| c.tracks.values().any(|s| *s == Some(state))), due, "{}", name);
        }
        let seen = Openings::of(&scenario);
        for name in ["legal.c", "place.z"] {
            let due = of(&|c| c.tracks.values().any(|s| *s == Some(named(name)))) as usize;
            prop_assert_eq!(seen.within(&scenario, named(name)).len(), due);
        }
    }
}

/// By Stoke-on-Trent's own numbers placement orders are made under plans of adoption, under four in ten plans to stay,
/// for two years, and some of special guardianship: of the 62 children, weighed by age, 54% are bound for adoption. When
/// the opening did not know the plan it was 4 of 62.
#[test]
fn over_half_of_stokes_children_under_placement_orders_are_placed_for_adoption() {
    let scenario = crate::support::shipped("stoke-on-trent");
    let seen = Openings::of(&scenario);
    let (care, order) = (state(&scenario, "care"), state(&scenario, "legal.placement_order"));
    let adoption = exit(&scenario, "care", "adoption");
    let in_care = |c: &&Course| c.0.first().is_some_and(|o| o.0 == care) && c.0.iter().any(|o| o.0 == order);
    let there: Vec<&Course> = seen.children.values().filter(in_care).collect();
    assert_eq!(there.len(), 62);
    let placed = there.iter().filter(|c| c.1.contains(&adoption)).count() as f64;
    Estimate::share(placed, 62.0, 0.54).assert_is(0.54, "placed for adoption");
}
