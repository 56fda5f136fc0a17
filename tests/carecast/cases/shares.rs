//! Shares and exits: drift, ranges, effects that turn children from one exit to another, ties.

use std::process::Command;

use carecast::experiment::summary::Measure::{Flow, Stock};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::outcomes::{Futures, future, sum, text};
use crate::support::Estimate;

/// Three ways out of a decision, and how many take each.
fn three_ways(children_per_year: u32, exits: &str, more: &str) -> String {
    let rest = format!(
        r#"
[ages]
child = [0, 18]
[arrivals.ar]
children_per_year = {children_per_year}
enters = "s"
ages = {{ child = 1 }}
[stages.s]
{exits}
[stages.a]
[stages.b]
[stages.c]
[flows.a]
title = "A"
into = ["a"]
[flows.b]
title = "B"
into = ["b"]
[flows.c]
title = "C"
into = ["c"]
{more}
"#
    );
    text("2025-04-01", 6, &rest)
}

const WAYS: [(carecast::experiment::summary::Measure, &str); 3] = [(Flow, "a"), (Flow, "b"), (Flow, "c")];

/// Shares of all who came in a future.
fn shares(items: &[Vec<f64>]) -> [f64; 3] {
    let taken = [0, 1, 2].map(|i| sum(&items[i]));
    taken.map(|n| n / taken.iter().sum::<f64>())
}

/// Two shares of a stage drift together on the log-odds scale; each keeps the mean that the file gives it, and so does
/// what they leave. Promised within .001 for a standard deviation up to 1.
#[test]
fn each_of_two_shares_that_drift_together_keeps_its_mean() {
    for (sd, [a, b]) in [(1.0, [0.45, 0.45]), (0.5, [0.45, 0.45]), (1.0, [0.1, 0.7]), (0.7, [0.2, 0.3])] {
        let exits = format!(
            "exits.a = {{ to = \"a\", share = {a} }}\nexits.b = {{ to = \"b\", share = {b} }}\nexits.c = {{ to = \"c\", share = \"rest\" }}\n"
        );
        let drift = format!(
            "[drift.x]\nmoves = [\"stages.s.exits.a.share\", \"stages.s.exits.b.share\"]\nsd = {sd}\npersistence = 0.5\n"
        );
        let futures = Futures::of(&three_ways(300, &exits, &drift), 2000, WAYS);
        for (way, due) in [a, b, 1.0 - a - b].into_iter().enumerate() {
            let mean = futures.mean(|f| shares(f)[way]);
            // The share of all who came, in six years of 300 each, is a ratio: off by less than one in 1,800.
            mean.assert_within(due, 0.001 + 0.0006, format!("share {way} at sd {sd}, {a} and {b}"));
        }
    }
}

/// Cells of a sum over quantiles.
const CELLS: u32 = 4000;

/// The probability that an estimated share (of n children) lies outside an interval, under a range spread on the
/// log-odds scale with its own half-normal on either side of the best estimate.
fn outside(n: f64, best: f64, low: f64, high: f64) -> f64 {
    let normal = Normal::new(0.0, 1.0).unwrap();
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let at = |k: u32| {
        let z = normal.inverse_cdf((f64::from(k) + 0.5) / f64::from(CELLS));
        let side = if z < 0.0 { logit(best) - logit(low) } else { logit(high) - logit(best) };
        let p = 1.0 / (1.0 + (-(logit(best) + side * z / 1.959_963_984_540_054)).exp());
        let sd = (p * (1.0 - p) / n).sqrt();
        normal.cdf((low - p) / sd) + normal.sf((high - p) / sd)
    };
    (0..CELLS).map(at).sum::<f64>() / f64::from(CELLS)
}

/// Each of two ranges keeps its 95% interval: of 1,500 futures one in twenty lies outside, and a few more because a
/// share is estimated from some 24,000 children. The two add up to more than one in less than 0.4% of draws (sum 0.8, standard deviation
/// .073, so 2.7 of them), and these are moved.
#[test]
fn two_ranges_in_one_stage_keep_their_intervals() {
    let exits = r#"
exits.a = { to = "a", share = { best = 0.4, low = 0.3, high = 0.5 } }
exits.b = { to = "b", share = { best = 0.4, low = 0.3, high = 0.5 } }
exits.c = { to = "c", share = "rest" }
"#;
    let futures = Futures::of(&three_ways(4000, exits, ""), 1500, WAYS);
    let due = outside(24_000.0, 0.4, 0.3, 0.5);
    for way in 0..2 {
        let out = futures.mean(|f| f64::from(u8::from(!(0.3..=0.5).contains(&shares(f)[way]))));
        Estimate::share(out.mean * 1500.0, 1500.0, due).assert_within(
            due,
            0.004,
            format!("outside, share {way}"),
        );
    }
}

/// Two ranges that often add up to more than one: then what is drawn is scaled to one, not drawn anew. The mean of
/// a / max(1, a + b) over both ranges, by sums over quantiles.
#[test]
fn ranges_that_add_up_to_more_than_one_are_scaled() {
    let exits = r#"
exits.a = { to = "a", share = { best = 0.5, low = 0.3, high = 0.7 } }
exits.b = { to = "b", share = { best = 0.4, low = 0.2, high = 0.7 } }
exits.c = { to = "c", share = "rest" }
"#;
    let normal = Normal::new(0.0, 1.0).unwrap();
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let draw = |k: u32, best: f64, low: f64, high: f64| {
        let z = normal.inverse_cdf((f64::from(k) + 0.5) / 500.0);
        let side = if z < 0.0 { logit(best) - logit(low) } else { logit(high) - logit(best) };
        1.0 / (1.0 + (-(logit(best) + side * z / 1.959_963_984_540_054)).exp())
    };
    let mut due = [0.0; 3];
    for i in 0..500 {
        for j in 0..500 {
            let (a, b) = (draw(i, 0.5, 0.3, 0.7), draw(j, 0.4, 0.2, 0.7));
            let all = (a + b).max(1.0);
            due[0] += a / all / 250_000.0;
            due[1] += b / all / 250_000.0;
            due[2] += (1.0 - (a + b) / all) / 250_000.0;
        }
    }
    let futures = Futures::of(&three_ways(200, exits, ""), 3000, WAYS);
    for (way, due) in due.into_iter().enumerate() {
        // The sums over quantiles are off by less than one in 500 at the ends, .001 in all; a ratio by 1 in 1,200.
        futures.mean(|f| shares(f)[way]).assert_within(due, 0.002, format!("share {way}"));
    }
}

/// Interventions with `instead`, all in force from the first day.
fn turning(order: &[(&str, &str, &str, f64)]) -> String {
    let plans: String = order
        .iter()
        .map(|(name, from, to, times)| {
            format!(
                "[interventions.{name}]\ntitle = \"{name}\"\nfrom = 2025-04-01\nreaches = {{ stage = \"s\" }}\neffects = [{{ exit = \"{from}\", share_times = {times}, instead = \"{to}\" }}]\n"
            )
        })
        .collect();
    let exits = "exits.a = { to = \"a\", share = 0.3 }\nexits.b = { to = \"b\", share = 0.5 }\nexits.c = { to = \"c\", share = \"rest\" }\n";
    three_ways(10_000, exits, &plans)
}

#[track_caller]
fn assert_shares(text: &str, due: [f64; 3], what: &str) {
    let [a, b, c] = future(text, WAYS);
    let taken = [sum(&a), sum(&b), sum(&c)];
    let all: f64 = taken.iter().sum();
    for way in 0..3 {
        Estimate::share(taken[way], all, due[way]).assert_is(due[way], format!("share {way}, {what}"));
    }
}

/// Half of a's 30% to b and half of b's 50% to a, at once: 15 + 25 = 40% each.
#[test]
fn two_interventions_that_turn_children_both_ways_act_at_once() {
    let (x, y) = (("x", "a", "b", 0.5), ("y", "b", "a", 0.5));
    assert_shares(&turning(&[x, y]), [0.4, 0.4, 0.2], "x, then y");
    assert_shares(&turning(&[y, x]), [0.4, 0.4, 0.2], "y, then x");
}

/// Round a triangle: a = 15 + 10, b = 25 + 15, c = 10 + 25, in whatever order they stand in the file.
#[test]
fn three_interventions_that_turn_children_round_act_at_once() {
    let all = [("x", "a", "b", 0.5), ("y", "b", "c", 0.5), ("z", "c", "a", 0.5)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_shares(&turning(&order.map(|i| all[i])), [0.25, 0.40, 0.35], &format!("{order:?}"));
    }
}

/// Two that turn children from the same exit to different ones: each leaves half of it, so a quarter is left of 30%;
/// what is turned away is shared alike, since neither comes first.
#[test]
fn two_interventions_on_one_exit_share_those_they_turn_away() {
    let (x, y) = (("x", "a", "b", 0.5), ("y", "a", "c", 0.5));
    for order in [[x, y], [y, x]] {
        assert_shares(&turning(&order), [0.075, 0.5 + 0.1125, 0.2 + 0.1125], order[0].0);
    }
}

/// A million children who all leave after 30 days by b and by a unless the exponential clock of c comes first: b is
/// named first and wins the tie. 1 - exp(-30/60) = 39.3% leave by c, and the mean stay is 60 (1 - exp(-30/60)) = 23.6 days.
const TIES: &str = r#"
[ages]
child = [0, 1]
[stages.s]
exits.b = { to = "b", time = { law = "fixed", length = 30 } }
MORE
exits.a = { to = "a", time = { law = "fixed", length = 30 } }
exits.c = { to = "c", time = { law = "exponential", mean = 60 } }
[stages.a]
[stages.b]
[stages.c]
[opening.s]
count = 1000000
fresh = true
[flows.b]
title = "B"
into = ["b"]
[flows.c]
title = "C"
into = ["c"]
[flows.a]
title = "A"
into = ["a"]
[stocks.s]
title = "S"
stages = ["s"]
"#;

const THIRD: &str = "exits.d = { to = \"a\", time = { law = \"fixed\", length = 30 } }";

#[test]
fn of_exits_that_tie_the_first_one_named_is_taken() {
    for more in ["", THIRD] {
        let [a, b, c] = future(
            &text("2025-04-01", 1, &TIES.replace("MORE", more)),
            [(Flow, "a"), (Flow, "b"), (Flow, "c")],
        );
        assert_eq!(sum(&a), 0.0, "named later");
        assert_eq!(sum(&b) + sum(&c), 1_000_000.0);
        let due = 1.0 - (-0.5_f64).exp();
        Estimate::share(sum(&c), 1e6, due).assert_is(due, "left by c");
    }
}

/// What `check` says of a file.
fn checked(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("case.toml");
    std::fs::write(&path, text).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_carecast"));
    let output = command.arg("check").arg(&path).output().expect("the program starts");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

#[test]
fn check_tells_of_ties_what_a_run_shows() {
    for more in ["", THIRD] {
        let said = checked(&text("2025-04-01", 1, &TIES.replace("MORE", more)));
        assert!(said.contains("61 B") && said.contains("39 C"), "{said}");
        assert!(said.contains("Mean stay 24 days") || said.contains("Mean stay 23.6 days"), "{said}");
    }
}

/// Beside a birthday: whoever turns 18 on the day on which a fixed stay would end leaves by the birthday or by the exit, but leaves.
#[test]
fn a_stay_that_ties_with_nothing_else_ends_once() {
    let [a, b, c, stock] = future(
        &text("2025-04-01", 1, &TIES.replace("MORE", "")),
        [(Flow, "a"), (Flow, "b"), (Flow, "c"), (Stock, "s")],
    );
    assert_eq!(stock[0] - stock[12], sum(&a) + sum(&b) + sum(&c));
}

/// A stock of some cohorts, counted by age: the ages of a March add up to the stock of that March.
#[test]
fn a_stock_of_some_cohorts_by_age_counts_them_and_no_others() {
    let rest = r#"
[ages]
young = [0, 8]
old = [8, 18]
[cohorts.one]
[cohorts.two]
[cohorts.three]
[arrivals.ar]
children_per_year = 900
enters = "s"
ages = { young = 0.5, old = 0.5 }
cohorts = { one = 0.3, two = 0.3, three = 0.4 }
[stages.s]
exits.out = { to = "out", time = { law = "exponential", mean = 400 } }
[stages.out]
[stocks.all]
title = "All"
stages = ["s"]
by = ["age", "cohort"]
[stocks.two]
title = "Two"
stages = ["s"]
cohorts = ["two", "three"]
by = ["age"]
"#;
    let items = [
        (Stock, "two"),
        (Stock, "two/age_young"),
        (Stock, "two/age_old"),
        (Stock, "all"),
        (Stock, "all/cohort_one"),
        (Stock, "all/age_young"),
        (Stock, "all/age_old"),
    ];
    for f in Futures::of(&text("2025-04-01", 3, rest), 4, items).each() {
        for march in 0..=3 {
            assert_eq!(f[1][march] + f[2][march], f[0][12 * march], "two and three in March {march}");
            assert_eq!(f[5][march] + f[6][march], f[3][12 * march], "all in March {march}");
            assert_eq!(f[0][12 * march] + f[4][12 * march], f[3][12 * march]);
        }
    }
}
