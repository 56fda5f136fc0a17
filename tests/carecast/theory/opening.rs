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

/// By how much the engine's table of time served may be off: each step is short enough for a part of 2e-4 of the
/// stock to be misplaced at most, and those of whom one in a thousand million is left are cut off.
const TABLE: f64 = 2.1e-4;

/// In a stock always fed at the same rate, the time served and the time left have the same density, S / mean.
fn assert_stationary(exits: &str, survival: impl Fn(f64) -> f64, what: &str) {
    let scenario = scenario(&found(exits));
    let stage = state(&scenario, "stage");
    let points: Vec<f64> = vec![5.0, 20.0, 60.0, 150.0, 400.0, 1000.0, 2500.0];
    let far = 40.0 * 365.25;
    let mut marks = points.clone();
    marks.push(far);
    let area = areas(&survival, &marks);
    let mean = area[points.len()];
    // The midpoint rule over `far` is off by half a step at most.
    let off = TABLE + far / 200_000.0 / mean;
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
        Estimate::share(longer, n, due).assert_within(due, off, format!("{what}: served more than {t} days"));
        Estimate::share(shots.counts[stage][i], n, due).assert_within(
            due,
            off + 5e-4,
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

/// Ages, and ages at entry, of children found at 10 to 18, computed directly: a child aged a who came at age e is there with
/// weight (entries at e) x (share still there after a - e, by the shares of that age).
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
entries_by_age = {{ under_1 = 50, age_1_9 = 10, 10-12 = 8, 13-17 = 12 }}
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
        let entries = [50.0, 10.0, if entered < 13.0 { 8.0 } else { 12.0 }][b];
        entries * (share * (short.survival)(days) + (1.0 - share) * (long.survival)(days))
    };
    let steps = 2000;
    let (mut came, mut aged) = ([0.0; 3], [0.0; 8]);
    for k in 0..400_usize {
        let age = 10.0 + 8.0 * (k as f64 + 0.5) / 400.0;
        for i in 0..steps {
            let entered = age * (f64::from(i) + 0.5) / f64::from(steps);
            let w = weight(entered, age - entered) * age / f64::from(steps);
            came[band(entered)] += w;
            aged[k / 50] += w;
        }
    }
    let all: f64 = came.iter().sum();
    for (year, w) in aged.into_iter().enumerate() {
        let (due, age) = (w / all, 10.0 + year as f64);
        let n = seen.served.iter().filter(|s| (s.1 / 365.25).floor() == age).count() as f64;
        Estimate::share(n, f64::from(CHILDREN), due).assert_within(due, TABLE, format!("aged {age}"));
    }
    for (b, w) in came.into_iter().enumerate() {
        let due = w / all;
        let n = seen.served.iter().filter(|s| band((s.1 - s.2) / 365.25) == b).count() as f64;
        Estimate::share(n, f64::from(CHILDREN), due).assert_within(
            due,
            TABLE,
            format!("came in age band {b}"),
        );
    }
}

/// 99% leave after 5 days on average, 1% after 1500: three quarters of a steady stock are of the slow kind.
#[test]
fn fast_and_slow_exits_mix_in_an_opening_caseload() {
    let (fast, slow) = (laws::exponential(5.0), laws::exponential(1500.0));
    let mix = |share: f64| {
        format!(
            "exits.out = {{ to = \"out\", share = {share}, time = {} }}\nexits.other = {{ to = \"other\", share = \"rest\", time = {} }}",
            fast.text, slow.text
        )
    };
    for share in [0.99, 0.9999] {
        let survival = |t: f64| share * (fast.survival)(t) + (1.0 - share) * (slow.survival)(t);
        assert_stationary(&mix(share), survival, &format!("fast {share}"));
    }
    // Three scales, the slowest a hundred thousand times the fastest.
    let exits = "exits.out = { to = \"out\", share = 0.9999, time = { law = \"exponential\", mean = 0.05 } }\nexits.other = { to = \"other\", share = \"rest\", time = { law = \"exponential\", mean = 3000 } }\n";
    assert_stationary(exits, |t| 0.9999 * (-t / 0.05).exp() + 0.0001 * (-t / 3000.0).exp(), "days and years");
}

/// How many leave by each exit within so many days, as a share of all.
fn shares_leaving(text: &str, within: f64) -> Vec<(String, f64)> {
    let scenario = scenario(text);
    let mut seen = Openers::default();
    simulate(&scenario, Run::new(SEED, 0), &mut seen);
    let exits = scenario.pathway.exits.iter();
    let share =
        |id| seen.left.iter().filter(|l| l.0 == id && l.1 <= within).count() as f64 / f64::from(CHILDREN);
    exits.map(|(id, exit)| (exit.name.clone(), share(id))).collect()
}

#[track_caller]
fn assert_share(found: &[(String, f64)], exit: &str, due: f64, off: f64) {
    let share = found.iter().find(|f| f.0 == exit).expect("an exit").1;
    let n = f64::from(CHILDREN);
    Estimate::share(share * n, n, due).assert_within(due, off, format!("leave by {exit}"));
}

/// Children of 17 in a stage that half of all entrants leave after 60 days on average and half at 18, entered at all
/// ages alike: 60 of those aged a are bound for home and a (in days) for the birthday.
#[test]
fn a_birthday_to_come_cuts_no_time_already_served() {
    let text = |exits: &str| {
        format!(
            "name = \"Until age\"\n[simulation]\nstart = \"2025-04-01\"\nyears = 2\n[ages]\nyoung = [0, 17]\nold = [17, 18]\n[stages.care]\n{exits}[stages.h]\n[stages.g]\n[opening.care]\ncount = {CHILDREN}\nages = {{ old = 1 }}\n"
        )
    };
    let home = "exits.home = { to = \"h\", SHAREtime = { law = \"exponential\", mean = 60 } }\n";
    let grown = "exits.grown = { to = \"g\", RESTtime = { law = \"until_age\", age = 18 } }\n";
    let both =
        (home.to_owned() + grown).replace("SHARE", "share = 0.5, ").replace("REST", "share = \"rest\", ");
    let ages = (0..1000).map(|i| 17.0 + (f64::from(i) + 0.5) / 1000.0);
    let due = |f: &dyn Fn(f64) -> f64| ages.clone().map(f).sum::<f64>() / 1000.0;
    // Who is bound for home leaves at any age.
    let bound = 60.0 / due(&|a| 60.0 + a * 365.25);
    assert_share(&shares_leaving(&text(&both), 800.0), "home", bound, TABLE);
    // In a race the rate is 1/60 a day until the birthday.
    let race = (home.to_owned() + grown).replace("SHARE", "").replace("REST", "");
    let found = shares_leaving(&text(&race), 30.0);
    assert_share(&found, "home", due(&|a| 1.0 - (-(30.0_f64.min((18.0 - a) * 365.25)) / 60.0).exp()), 1e-5);
}

/// A pace is part of the law, in the opening caseload too: written as the law that it makes, or as an intervention in
/// force for so long that it always was.
#[test]
fn a_pace_shapes_the_opening_caseload() {
    let exits = |a: &str| {
        format!(
            "exits.a = {{ to = \"out\", share = 0.5, time = {{ law = \"exponential\", {a} }}\nexits.b = {{ to = \"other\", share = \"rest\", time = {{ law = \"exponential\", mean = 1000 }} }}\n"
        )
    };
    let found = |a: &str, more: &str| shares_leaving(&(found(&exits(a)) + more), 1e9);
    let due = 100.0 / 1100.0;
    assert_share(&found("mean = 100 }", ""), "a", due, TABLE);
    assert_share(&found("mean = 400 }, pace = 4", ""), "a", due, TABLE);
    let since = |date: &str, more: &str| {
        format!(
            "[interventions.x]\ntitle = \"x\"\nfrom = \"{date}\"\n{more}reaches = {{ stage = \"stage\" }}\neffects = [{{ exit = \"a\", pace_times = 4 }}]\n"
        )
    };
    assert_share(&found("mean = 400 }", &since("1960-04-01", "")), "a", due, TABLE);
    // In force for the 90 days to 1 April 2025 only: who came before was under the old law until then.
    let recent = 100.0 * (1.0 - (-0.9_f64).exp()) + 400.0 * (-0.9_f64).exp();
    assert_share(&found("mean = 400 }", &since("2025-01-01", "")), "a", recent / (recent + 1000.0), TABLE);
    // And long over: from 190 to 90 days before the start.
    let h = |s: f64| (s.min(90.0) + 4.0 * (s - 90.0).clamp(0.0, 100.0) + (s - 190.0).max(0.0)) / 400.0;
    let past = areas(|s| (-h(s)).exp(), &[14_000.0])[0];
    let text = since("2024-09-23", "until = \"2024-12-31\"\n");
    assert_share(&found("mean = 400 }", &text), "a", past / (past + 1000.0), 2.0 * TABLE);
}

/// All who came in two years are still there: those of financial year 2024-25 and of the part of 2023-24 not yet two
/// years ago. In 2025-26 nobody came.
#[test]
fn entries_are_dated_to_their_own_financial_year() {
    for (start, since) in [("2026-01-01", 275.0), ("2025-04-01", 0.0), ("2025-09-01", 153.0)] {
        let text = found("exits.a = { to = \"out\", time = { law = \"fixed\", length = 730 } }")
            .replace("2025-04-01", start)
            .replace("plain", "civil")
            + "entries_by_year = { 2024 = 1, 2025 = 3, 2026 = 0 }\n";
        let scenario = scenario(&text);
        let mut seen = Openers::default();
        simulate(&scenario, Run::new(SEED, 0), &mut seen);
        let n = f64::from(CHILDREN);
        let longer = |t: f64| seen.served.iter().filter(|s| s.2 > t).count() as f64;
        assert_eq!(longer(since - 1e-3), n, "{start}");
        let (this, before) = (3.0 * 365.0, 730.0 - since - 365.0);
        let due = before / (this + before);
        Estimate::share(longer(since + 365.0), n, due).assert_within(
            due,
            TABLE,
            format!("came in 2023-24, {start}"),
        );
    }
}
