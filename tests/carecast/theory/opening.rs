//! The children already there: how long they have been, and how long they will stay.

use carecast::engine::{Run, simulate};

use super::laws::{self, Law};
use crate::support::{Estimate, Openers, SEED, Snapshots, areas, scenario, state};

const CHILDREN: u32 = 100_000;

/// Children of 40 to 50 found in a stage that takes all ages: time served is cut by no birthday that matters.
fn found(exits: &str) -> String {
    format!(
        r#"
name = "Found running"
[simulation]
start = "2025-04-01"
years = 20
calendar = "plain"
[ages]
young = [0, 40]
old = [40, 50]
[stages.stage]
{exits}
[stages.out]
[stages.other]
[opening.stage]
count = {CHILDREN}
ages = {{ old = 1 }}
"#
    )
}

/// In a stock always fed at the same rate, the time served and the time left have the same density, S / mean.
/// The engine tabulates it in 240 level steps up to where one in a thousand is left at half of it or all of it
/// ("nearly all"): what lies beyond is lost to the table, and that share of the stock is allowed.
fn assert_stationary(exits: &str, survival: impl Fn(f64) -> f64, what: &str) {
    let scenario = scenario(&found(exits));
    let stage = state(&scenario, "stage");
    let points: Vec<f64> = vec![20.0, 60.0, 150.0, 400.0, 1000.0, 2500.0];
    let far = 40.0 * 365.25;
    let mut marks = points.clone();
    marks.push(far);
    let area = areas(&survival, &marks);
    let mean = area[6];
    // The table reaches to half of half ... of the oldest age, as long as no more than one in a thousand is left.
    let mut reach = 50.0 * 365.25;
    while survival(reach / 2.0) <= 1e-3 {
        reach /= 2.0;
    }
    let cut = 1.0 - areas(&survival, &[reach])[0] / mean + 0.02 / mean;
    let mut seen = Openers::default();
    simulate(&scenario, Run::new(SEED, 0), &mut seen);
    let mut shots = Snapshots::new(&scenario, &points);
    simulate(&scenario, Run::new(SEED, 0), &mut shots);
    for (i, &t) in points.iter().enumerate() {
        let due = 1.0 - area[i] / mean;
        let longer = seen.served.iter().filter(|s| s.0 == stage && s.2 > t).count() as f64;
        let n = f64::from(CHILDREN);
        if due * n < 50.0 {
            continue;
        }
        Estimate::share(longer, n, due).assert_within(due, cut, format!("{what}: served more than {t} days"));
        Estimate::share(shots.counts[stage][i], n, due).assert_within(
            due,
            cut + 5e-4,
            format!("{what}: still there after {t} days"),
        );
    }
}

#[test]
fn an_opening_caseload_has_served_and_has_left_what_a_steady_stock_has() {
    let every: Vec<Law> = vec![
        laws::exponential(300.0),
        laws::gamma(3.0, 400.0),
        laws::weibull(0.8, 300.0),
        laws::lognormal(200.0, 0.9),
    ];
    for law in every {
        let exits = format!("exits.out = {{ to = \"out\", time = {} }}", law.text);
        assert_stationary(&exits, &law.survival, law.name);
    }
}

/// In a race the time served conditions all the clocks at once; in a lottery it tells which exit is likely.
#[test]
fn an_opening_caseload_of_a_race_or_a_lottery_is_steady_too() {
    let (a, b) = (laws::weibull(0.8, 500.0), laws::lognormal(300.0, 1.0));
    let race = format!(
        "exits.out = {{ to = \"out\", time = {} }}\nexits.other = {{ to = \"other\", time = {} }}",
        a.text, b.text
    );
    assert_stationary(&race, |t| (a.survival)(t) * (b.survival)(t), "race");
    let (a, b) = (laws::gamma(2.0, 60.0), laws::gamma(4.0, 700.0));
    let lottery = format!(
        "exits.out = {{ to = \"out\", share = 0.7, time = {} }}\nexits.other = {{ to = \"other\", share = \"rest\", time = {} }}",
        a.text, b.text
    );
    assert_stationary(&lottery, |t| 0.7 * (a.survival)(t) + 0.3 * (b.survival)(t), "lottery");
}

/// Ages at entry of children found at 10 to 18, by the posterior computed directly: a child aged a came at age
/// e with weight (entries at e) x (share still there after a - e, by the shares of that age). The engine's ages
/// lie in quarters of a year, each taken at its middle, so an age at entry is off by a sixteenth of a year on
/// average: half the children lose that at one end of their first year, half at the other. That loss is allowed.
#[test]
fn ages_at_entry_weigh_how_long_a_child_has_been_there() {
    let (short, long) = (laws::gamma(2.0, 400.0), laws::lognormal(2500.0, 0.8));
    let text = format!(
        r#"
name = "Ages at entry"
[simulation]
start = "2025-04-01"
years = 1
[ages]
under_1 = [0, 1]
age_1_9 = [1, 10]
older = [10, 18]
[stages.stage]
[stages.stage.exits.short]
to = "out"
share = {{ by = "age", under_1 = 0.2, age_1_9 = 0.5, older = 0.8 }}
time = {}
[stages.stage.exits.long]
to = "out"
share = "rest"
time = {}
[stages.out]
[opening.stage]
count = {CHILDREN}
ages = {{ older = 1 }}
entries_by_age = {{ under_1 = 50, age_1_9 = 10, older = 8 }}
"#,
        short.text, long.text
    );
    let scenario = scenario(&text);
    let mut seen = Openers::default();
    simulate(&scenario, Run::new(SEED, 0), &mut seen);
    let band = |age: f64| usize::from(age >= 1.0) + usize::from(age >= 10.0);
    let weight = |entered: f64, served: f64| {
        let b = band(entered);
        let days = served * 365.25;
        let share = [0.2, 0.5, 0.8][b];
        [50.0, 10.0, 8.0][b] * (share * (short.survival)(days) + (1.0 - share) * (long.survival)(days))
    };
    let steps = 2000;
    let mut due = [0.0; 3];
    let mut edge = 0.0_f64;
    for k in 0..400 {
        let age = 10.0 + 8.0 * (f64::from(k) + 0.5) / 400.0;
        let weights: Vec<(usize, f64)> = (0..steps)
            .map(|i| {
                let entered = age * (f64::from(i) + 0.5) / f64::from(steps);
                (band(entered), weight(entered, age - entered) * age / f64::from(steps))
            })
            .collect();
        let sum: f64 = weights.iter().map(|w| w.1).sum();
        for (b, w) in weights {
            due[b] += w / sum / 400.0;
        }
        edge += weight(0.5, age - 0.5) / sum / 400.0;
    }
    for (b, due) in due.into_iter().enumerate() {
        let n = seen.served.iter().filter(|s| band((s.1 - s.2) / 365.25) == b).count() as f64;
        Estimate::share(n, f64::from(CHILDREN), due).assert_within(
            due,
            edge / 16.0,
            format!("came in age band {b}"),
        );
    }
}
