//! How many children there are in stages without limit.

use carecast::engine::{Run, simulate};
use carecast::pathway::StateId;
use carecast::pathway::calendar::{DAY, YEAR};
use carecast::record::Event;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::laws::{self, Law};
use crate::oracle::{self, Form, Opening, Stage, changing_rate};
use crate::support::{Estimate, SEED, Snapshots, areas, month_ends, over_runs, scenario, state, trace};

/// Children who are nine come at a steady rate and stay for one law.
fn line(years: u32, per_year: f64, law: &str) -> String {
    format!(
        r#"
name = "A stage without limit"
[simulation]
start = "2025-04-01"
years = {years}
calendar = "plain"
[ages]
child = [9, 10]
[arrivals.children]
children_per_year = {per_year}
enters = "stage"
ages = {{ child = 1 }}
[stages.stage]
exits.out = {{ to = "out", time = {law} }}
[stages.out]
"#
    )
}

/// M/G/infinity, begun empty: at any time the number there is Poisson with mean rate x area under the
/// survival function so far. Mean and variance are both checked, over runs, each run's figures being averages
/// over its years' ends. The tables of quantiles may move a mean stay by 2e-4 of itself
/// (`pathway::law::QuantileTable`), the area under a step by half a step of 0.02 days.
#[test]
fn a_stage_without_limit_holds_a_poisson_number_of_children_whatever_the_time_law() {
    let ends: Vec<f64> = (1..=8).map(|y| f64::from(y) * 365.0 - 3.0).collect();
    for law in laws::all() {
        let scenario = scenario(&line(8, 400.0, &law.text));
        let stage = state(&scenario, "stage");
        let due: Vec<f64> = areas(&law.survival, &ends).iter().map(|a| 400.0 / 365.0 * a).collect();
        let runs = over_runs(500, |run| {
            let mut shots = Snapshots::new(&scenario, &ends);
            simulate(&scenario, run, &mut shots);
            let offs: Vec<f64> = shots.counts[stage].iter().zip(&due).map(|(n, mean)| n - mean).collect();
            let k = offs.len() as f64;
            [offs.iter().sum::<f64>() / k, offs.iter().zip(&due).map(|(x, m)| x * x - m).sum::<f64>() / k]
        });
        let allowance = due[7] * 2e-4 + 400.0 / 365.0 * 0.02;
        Estimate::of(runs.iter().map(|r| r[0])).assert_within(0.0, allowance, format!("{}, mean", law.name));
        Estimate::of(runs.iter().map(|r| r[1])).assert_within(
            0.0,
            allowance,
            format!("{}, variance less mean", law.name),
        );
    }
}

/// Ages at arrival are level over the band, so the time to the birthday is too; the stay ends at whichever
/// comes first, and the exit tells which.
/// Half of those who arrive are of the young band, and the others of 10 to 12, 13 to 15 and 17, none of 16.
#[test]
fn children_arrive_by_completed_years_of_a_band() {
    let text = line(4, 25_000.0, "{ law = \"fixed\", length = 1 }")
        .replace("child = [9, 10]", "young = [2, 10]\nold = [10, 18]")
        .replace("{ child = 1 }", "{ young = 0.5, 10-12 = 0.1, 13-15 = 0.3, 17 = 0.1 }");
    let scenario = scenario(&text);
    let mut ages = Vec::new();
    for (at, child, event) in trace(&scenario, Run::new(SEED, 0)).events {
        if matches!(event, Event::Arrived(_)) {
            ages.push((at - child.born) as f64 / YEAR as f64);
        }
    }
    let n = ages.len() as f64;
    for (from, to, due) in [(2.0, 10.0, 0.5), (10.0, 13.0, 0.1), (13.0, 16.0, 0.3), (17.0, 18.0, 0.1)] {
        let there: Vec<f64> = ages.iter().copied().filter(|a| (from..to).contains(a)).collect();
        Estimate::share(there.len() as f64, n, due).assert_is(due, format!("aged {from} to {to}"));
        Estimate::of(there).assert_is(f64::midpoint(from, to), format!("mean age of {from} to {to}"));
    }
}

#[test]
fn a_birthday_cuts_a_stay_short() {
    let law = laws::weibull(1.3, 200.0);
    let text = line(4, 3000.0, &law.text)
        .replace("[stages.out]", "birthday = { age = 10, to = \"aged\" }\n[stages.out]\n[stages.aged]");
    let scenario = scenario(&text);
    let (stage, aged) = (state(&scenario, "stage"), crate::support::exit(&scenario, "stage", "birthday"));
    let ends = [700.0, 1300.0];
    let cut = |t: f64| (law.survival)(t) * (1.0 - t / 365.25).max(0.0);
    let due = areas(cut, &ends)[1] * 3000.0 / 365.0;
    // A child has its birthday in the stage if it is still there: the mean of S over the level time to it.
    let share = areas(&law.survival, &[365.25])[0] / 365.25;
    let runs = over_runs(200, |run| {
        let mut shots = Snapshots::new(&scenario, &ends);
        simulate(&scenario, run, &mut shots);
        let mut leavers = crate::support::Openers::default();
        simulate(&scenario, run, &mut leavers);
        let by_birthday = leavers.left.iter().filter(|l| l.0 == aged).count() as f64;
        // Those still there at the end are not seen leaving: the last year of arrivals is left out by
        // counting departures after the first year only, when they stand in balance with arrivals.
        let late = leavers.left.iter().filter(|l| l.1 > 366.0).count() as f64;
        let late_birthdays = leavers.left.iter().filter(|l| l.1 > 366.0 && l.0 == aged).count() as f64;
        assert!(by_birthday >= late_birthdays);
        [shots.counts[stage][0] - due, shots.counts[stage][1] - due, late_birthdays - share * late]
    });
    for (i, what) in
        ["stock after 700 days", "stock after 1300 days", "birthdays among leavers"].iter().enumerate()
    {
        Estimate::of(runs.iter().map(|r| r[i])).assert_within(0.0, due * 2e-4 + 0.01, what);
    }
}

/// Share, target and law of an exit.
type MadeExit = (f64, usize, Law);

/// A small pathway made up by chance: stages, exits and where they lead, laws, and how arrivals grow.
struct Made {
    stages: usize,
    /// For each stage: whether it is a lottery, and for each exit its share, target and law.
    exits: Vec<(bool, Vec<MadeExit>)>,
    per_year: f64,
    growth: f64,
    opening: Vec<u32>,
}

impl Made {
    fn new(seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let stages = rng.random_range(3..=6);
        let exits = (0..stages)
            .map(|_| {
                let count = rng.random_range(1..=3);
                let mut left = 1.0_f64;
                let exits = (0..count)
                    .map(|e| {
                        let share = if e + 1 == count { left } else { left * rng.random_range(0.2..0.7) };
                        left -= share;
                        (share, rng.random_range(0..=stages), some_law(&mut rng))
                    })
                    .collect();
                (rng.random_bool(0.5), exits)
            })
            .collect();
        Self {
            stages,
            exits,
            per_year: 300.0,
            growth: [0.0, 0.0, 0.15, -0.1][rng.random_range(0..4)],
            opening: (0..stages).map(|_| rng.random_range(0..40)).collect(),
        }
    }

    fn text(&self) -> String {
        let mut text = line(2, self.per_year, "0");
        text.truncate(text.find("[arrivals").unwrap());
        text += &format!(
            "[arrivals.children]\nchildren_per_year = {}\ngrowth = {}\nenters = \"s0\"\nages = {{ child = 1 }}\n",
            self.per_year, self.growth
        );
        for (s, (lottery, exits)) in self.exits.iter().enumerate() {
            text += &format!("[stages.s{s}]\n");
            for (e, (share, to, law)) in exits.iter().enumerate() {
                let share = match (lottery, e + 1 == exits.len()) {
                    (false, _) => String::new(),
                    (true, true) => "share = \"rest\", ".to_owned(),
                    (true, false) => format!("share = {share}, "),
                };
                let to = if *to == self.stages { "out".to_owned() } else { format!("s{to}") };
                text += &format!("exits.e{e} = {{ to = \"{to}\", {share}time = {} }}\n", law.text);
            }
        }
        text += "[stages.out]\n[opening]\n";
        for (s, count) in self.opening.iter().enumerate() {
            text += &format!("s{s} = {{ count = {count}, fresh = true }}\n");
        }
        text
    }

    /// The same for the oracle. Arrivals change by the month, at the rate of its middle.
    fn stages(self) -> Vec<Stage> {
        let (stages, opening) = (self.stages, self.opening);
        let month = 365.0 / 12.0;
        let rate = |m: i32| self.per_year / 365.0 * (1.0 + self.growth).powf((f64::from(m) + 0.5) / 12.0);
        let rates: Vec<(f64, f64)> = (0..24).map(|m| (rate(m), f64::from(m + 1) * month)).collect();
        let stage = |(s, (lottery, exits)): (usize, (bool, Vec<MadeExit>))| Stage {
            form: if lottery { Form::Lottery(exits.iter().map(|e| e.0).collect()) } else { Form::Race },
            exits: exits
                .into_iter()
                .map(|(_, to, law)| oracle::Exit { to: (to < stages).then_some(to), time: law.survival })
                .collect(),
            arrivals: changing_rate(if s == 0 { rates.clone() } else { vec![(0.0, 730.0)] }),
            opening: Opening::Fresh(f64::from(opening[s])),
        };
        self.exits.into_iter().enumerate().map(stage).collect()
    }
}

fn some_law(rng: &mut SmallRng) -> Law {
    let size = rng.random_range(20.0..150.0_f64).round();
    match rng.random_range(0..5) {
        0 => laws::exponential(size),
        1 => laws::gamma(f64::from(rng.random_range(3..16)) / 2.0, size),
        2 => laws::weibull(f64::from(rng.random_range(10..25)) / 10.0, size),
        3 => laws::weibull_by_median(f64::from(rng.random_range(10..25)) / 10.0, size),
        _ => laws::lognormal(size, f64::from(rng.random_range(4..12)) / 10.0),
    }
}

/// The renewal equation, solved twice to bound the solver's own error (a third of their difference is what
/// the finer has left; the whole is allowed). Each child is there or not, each family one child, arrivals
/// Poisson: so a stock's variance is at most its mean, and that bounds the standard error. Entries may come
/// from one child again and again; theirs is estimated.
#[test]
fn mean_stocks_and_entries_of_made_up_pathways_solve_the_renewal_equation() {
    const RUNS: u64 = 400;
    for seed in 0..12 {
        let made = Made::new(seed);
        let text = made.text();
        let scenario = scenario(&text);
        let stages = made.stages;
        let solved = made.stages();
        let month = 365.0 / 12.0;
        let (coarse, fine) =
            (oracle::expected(&solved, month / 8.0, 730.0), oracle::expected(&solved, month / 16.0, 730.0));
        let at = month_ends(&scenario, 0..24);
        let at: Vec<f64> = [1, 5, 11, 17, 22].iter().map(|&m| at[m]).collect();
        let runs = over_runs(RUNS, |run| {
            let mut shots = Snapshots::new(&scenario, &at);
            simulate(&scenario, run, &mut shots);
            (shots.counts, shots.entries)
        });
        for s in 0..stages {
            let state = StateId::from_index(s);
            for (i, &t) in at.iter().enumerate() {
                let due = fine.stock(s, t);
                let off = (coarse.stock(s, t) - due).abs() + 2e-4 * due;
                let mean = runs.iter().map(|r| r.0[state][i]).sum::<f64>() / RUNS as f64;
                let stock = Estimate { mean, error: (due / RUNS as f64).sqrt() };
                // Below fifty children in all runs together, a Poisson number is too far from normal.
                if due * RUNS as f64 >= 50.0 {
                    stock.assert_within(due, off, format!("pathway {seed}, stage {s}, stock on day {t:.0}"));
                }
            }
            let (t, due) = (at[4], fine.entries(s, at[4]));
            let off = (coarse.entries(s, t) - due).abs() + 2e-4 * due;
            let entries = Estimate::of(runs.iter().map(|r| r.1[state][4]));
            let entries = Estimate { error: entries.error.max((due / RUNS as f64).sqrt()), ..entries };
            entries.assert_within(due, off, format!("pathway {seed}, stage {s}, entries by day {t:.0}"));
        }
    }
    assert_eq!(DAY, 65_536, "days are as the snapshots take them to be");
}
