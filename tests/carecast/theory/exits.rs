//! Which way children leave, and when: races, lotteries, and paces that change.

use carecast::engine::simulate;

use super::laws::{self, Law};
use crate::oracle::competing_exponentials;
use crate::support::{Estimate, Openers, SEED, Snapshots, exit, scenario, state};

const CHILDREN: u32 = 200_000;

/// So many children, all at the start of a stay on the first day; nobody else.
fn cohort(stage: &str, more: &str) -> String {
    format!(
        r#"
name = "A cohort"
[simulation]
start = "2025-04-01"
years = 30
calendar = "plain"
[ages]
child = [0, 1]
[stages.stage]
{stage}
[stages.a]
[stages.b]
[stages.c]
[opening]
stage = {{ count = {CHILDREN}, fresh = true }}
{more}
"#
    )
}

fn leavers(text: &str) -> (carecast::scenario::Scenario, Openers) {
    let scenario = scenario(text);
    let mut seen = Openers::default();
    simulate(&scenario, carecast::engine::Run::new(SEED, 0), &mut seen);
    (scenario, seen)
}

#[test]
fn competing_exponential_exits_win_in_proportion_to_their_rates() {
    let rates = [0.002, 0.003, 0.005];
    let one = |name: &str, rate: f64| {
        format!("exits.{name} = {{ to = \"{name}\", time = {} }}\n", laws::exponential(1.0 / rate).text)
    };
    let (scenario, seen) = leavers(&cohort(&(one("a", 0.002) + &one("b", 0.003) + &one("c", 0.005)), ""));
    let (shares, mean) = competing_exponentials(&rates);
    let n = f64::from(CHILDREN);
    assert_eq!(seen.left.len(), CHILDREN as usize, "all have left after a hundred mean stays");
    for (name, due) in ["a", "b", "c"].iter().zip(shares) {
        let by = exit(&scenario, "stage", name);
        let times: Vec<f64> = seen.left.iter().filter(|l| l.0 == by).map(|l| l.1).collect();
        Estimate::share(times.len() as f64, n, due).assert_within(
            due,
            2e-4 * due,
            format!("share of {name}"),
        );
        // The time of the first does not depend on who it is.
        Estimate::of(times).assert_within(mean, 2e-4 * mean, format!("mean time of {name}"));
    }
}

#[test]
fn a_lottery_has_the_incidence_of_its_shares_and_laws() {
    let laws = [laws::gamma(2.0, 300.0), laws::lognormal(100.0, 1.0), laws::weibull(0.7, 800.0)];
    let share = [0.5, 0.2, 0.3];
    let text: String = ["a", "b", "c"]
        .iter()
        .zip(&laws)
        .zip(["0.5", "0.2", "\"rest\""])
        .map(|((name, law), share)| {
            format!("exits.{name} = {{ to = \"{name}\", share = {share}, time = {} }}\n", law.text)
        })
        .collect();
    let (scenario, seen) = leavers(&cohort(&text, ""));
    for (i, name) in ["a", "b", "c"].iter().enumerate() {
        let by = exit(&scenario, "stage", name);
        for t in [20.0, 100.0, 400.0, 2000.0, 10_000.0] {
            let due = share[i] * (1.0 - (laws[i].survival)(t));
            let left = seen.left.iter().filter(|l| l.0 == by && l.1 < t).count() as f64;
            Estimate::share(left, f64::from(CHILDREN), due).assert_within(
                due,
                // A time off by 5e-4 of itself (the steepest table here) moves an incidence by no more.
                5e-4 * due,
                format!("left by {name} within {t} days"),
            );
        }
    }
}

/// The stock of a cohort against a survival function.
#[track_caller]
fn assert_decays(text: &str, survival: impl Fn(f64) -> f64, what: &str) {
    let scenario = scenario(text);
    let at = [30.0, 200.0, 364.0, 367.0, 500.0, 729.0, 760.0, 900.0, 1500.0, 3000.0];
    let mut shots = Snapshots::new(&scenario, &at);
    simulate(&scenario, carecast::engine::Run::new(SEED, 0), &mut shots);
    for (t, left) in at.iter().zip(&shots.counts[state(&scenario, "stage")]) {
        let due = survival(*t);
        Estimate::share(*left, f64::from(CHILDREN), due).assert_within(
            due,
            5e-4 * due.max(1.0 - due),
            format!("{what}: still there after {t} days"),
        );
    }
}

fn paced_laws() -> Vec<Law> {
    vec![
        laws::exponential(500.0),
        laws::weibull(0.7, 600.0),
        laws::weibull(1.8, 900.0),
        laws::gamma(3.0, 700.0),
        laws::lognormal(500.0, 1.0),
    ]
}

/// A hazard multiplied by m makes the survival function its m-th power (Cox 1972).
#[test]
fn a_pace_raises_the_survival_function_to_a_power() {
    for law in paced_laws() {
        for m in [0.4, 2.5] {
            let exits = format!("exits.a = {{ to = \"a\", time = {}, pace = {m} }}", law.text);
            assert_decays(
                &cohort(&exits, ""),
                |t| (law.survival)(t).powf(m),
                &format!("{} at pace {m}", law.name),
            );
        }
    }
}

/// The pace changes after a year, grows no more, and goes back after two: cumulative hazards add up.
#[test]
fn a_pace_that_changes_acts_on_children_already_there_from_its_date() {
    let plan = r#"
[interventions.hurry]
title = "Hurry"
from = "2026-04-01"
until = "2027-03-31"
reaches = { stage = "stage" }
effects = [{ exit = "a", pace_times = 3 }]
"#;
    for law in paced_laws() {
        let exits = format!("exits.a = {{ to = \"a\", time = {} }}", law.text);
        let hazard = |t: f64| -(law.survival)(t).ln();
        let paced = |t: f64| {
            let during = hazard(t.clamp(365.0, 730.0)) - hazard(365.0);
            (-(hazard(t) + 2.0 * during)).exp()
        };
        assert_decays(&cohort(&exits, plan), paced, &format!("{} hurried in its second year", law.name));
    }
}

/// The race goes on with one of its hazards multiplied: shares follow for exponentials.
#[test]
fn a_pace_on_one_exit_of_a_race_shifts_the_shares() {
    let exits = format!(
        "exits.a = {{ to = \"a\", time = {}, pace = 3 }}\nexits.b = {{ to = \"b\", time = {} }}",
        laws::exponential(400.0).text,
        laws::exponential(200.0).text
    );
    assert_competes(&cohort(&exits, ""), [3.0 / 400.0, 1.0 / 200.0]);
}

/// Two exponential exits win as competing rates do, and the stay is as long.
#[track_caller]
fn assert_competes(text: &str, rates: [f64; 2]) {
    let (scenario, seen) = leavers(text);
    let (shares, mean) = competing_exponentials(&rates);
    let by = exit(&scenario, "stage", "a");
    let won = seen.left.iter().filter(|l| l.0 == by).count() as f64;
    Estimate::share(won, f64::from(CHILDREN), shares[0]).assert_within(
        shares[0],
        1e-4,
        "share of the hurried exit",
    );
    Estimate::of(seen.left.iter().map(|l| l.1)).assert_within(mean, 2e-4 * mean, "mean stay");
}

/// One intervention may hurry one exit and slow another: each goes by its own factor, from its date on.
#[test]
fn an_intervention_may_change_the_pace_of_two_exits_each_by_its_own_factor() {
    let exits = format!(
        "exits.a = {{ to = \"a\", time = {} }}\nexits.b = {{ to = \"b\", time = {} }}",
        laws::exponential(400.0).text,
        laws::exponential(200.0).text
    );
    let plan = r#"
[interventions.steer]
title = "Steer"
from = "2025-04-01"
reaches = { stage = "stage" }
effects = [{ exit = "a", pace_times = 3 }, { exit = "b", pace_times = 0.5 }]
"#;
    assert_competes(&cohort(&exits, plan), [3.0 / 400.0, 0.5 / 200.0]);
}

/// A share p multiplied by m becomes pm, and the others shrink or grow in proportion, whether all are reached
/// or only those who take it up.
#[test]
fn an_intervention_multiplies_a_share_and_leaves_the_others_in_proportion() {
    for (m, take_up) in [(0.6, 1.0), (1.7, 1.0), (0.6, 0.4), (0.0, 1.0)] {
        let a = 0.3 * (1.0 + (m - 1.0) * take_up);
        assert_shares(
            &format!("take_up = {take_up}\neffects = [{{ exit = \"a\", share_times = {m} }}]"),
            [a, 0.5 * (1.0 - a) / 0.7, 0.2 * (1.0 - a) / 0.7],
        );
    }
}

/// Shares multiplied together become what each factor says, in whatever order they are written, and the exit
/// that is not named takes the rest.
#[test]
fn an_intervention_multiplies_two_shares_at_once() {
    for effects in [
        r#"effects = [{ exit = "a", share_times = 0.5 }, { exit = "c", share_times = 2 }]"#,
        r#"effects = [{ exit = "c", share_times = 2 }, { exit = "a", share_times = 0.5 }]"#,
    ] {
        assert_shares(effects, [0.15, 0.45, 0.4]);
    }
    // Those turned away to an exit that is named go there; what is multiplied is what its factor says all the same.
    assert_shares(
        r#"effects = [{ exit = "a", share_times = 0.5, instead = "b" }, { exit = "c", share_times = 0.5 }]"#,
        [0.15, 0.75, 0.1],
    );
}

/// The shares of those who leave by each of three exits, 0.3, 0.5 and 0.2 before the effects of an intervention.
#[track_caller]
fn assert_shares(effects: &str, due: [f64; 3]) {
    let exits = format!(
        "exits.a = {{ to = \"a\", share = 0.3, time = {0} }}\nexits.b = {{ to = \"b\", share = 0.5, time = {0} }}\nexits.c = {{ to = \"c\", share = \"rest\", time = {0} }}",
        laws::exponential(50.0).text
    );
    let plan = format!(
        "[interventions.turn]\ntitle = \"Turn\"\nfrom = \"2025-04-01\"\nreaches = {{ stage = \"stage\" }}\n{effects}\n"
    );
    // Children who enter: a decision taken at once before the stage would do, arrivals are simpler.
    let text = cohort(&exits, &plan).replace(
        "[opening]",
        "[arrivals.children]\nchildren_per_year = 8000\nenters = \"stage\"\nages = { child = 1 }\n[opening]",
    );
    let text = text.replace(&format!("count = {CHILDREN}"), "count = 0");
    let (scenario, seen) = leavers(&text);
    let n = seen.left.len() as f64;
    for (name, due) in ["a", "b", "c"].into_iter().zip(due) {
        let by = exit(&scenario, "stage", name);
        let left = seen.left.iter().filter(|l| l.0 == by).count() as f64;
        Estimate::share(left, n, due).assert_is(due, format!("{effects}: {name}"));
    }
}
