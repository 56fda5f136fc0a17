//! Numbers that are uncertain, and rates that wander.

use carecast::engine::{Rules, Run, simulate};
use carecast::pathway::{Child, StateId, calendar::Tick};
use carecast::record::{Cause, Observer, Spell};
use carecast::scenario::Scenario;

use crate::support::{Estimate, SEED, over_runs, scenario, state};

const SD: f64 = 0.3;
const PERSISTENCE: f64 = 0.6;
const YEARS: usize = 10;

/// Children who arrive and are gone at once, at a rate that drifts.
fn arrivals(drift: &str) -> Scenario {
    scenario(&format!(
        r#"
name = "Drift"
[simulation]
start = "2025-04-01"
years = {YEARS}
[ages]
child = [0, 18]
[arrivals.one]
children_per_year = 200
enters = "gate"
ages = {{ child = 1 }}
[arrivals.two]
children_per_year = 200
enters = "gate_two"
ages = {{ child = 1 }}
[stages.gate]
exits.left = {{ to = "left", share = 0.3 }}
exits.right = {{ to = "right", share = "rest" }}
[stages.gate_two]
exits.left = {{ to = "left", share = 0.3 }}
exits.right = {{ to = "right", share = "rest" }}
[stages.left]
[stages.right]
{drift}
"#
    ))
}

struct Counts<'a> {
    scenario: &'a Scenario,
    gate: StateId,
    /// Arrivals by gate and year, and exits by the first exit of each gate.
    came: [[f64; YEARS]; 2],
    left: [f64; YEARS],
}

impl Observer for Counts<'_> {
    fn arrived(&mut self, _: &Child, at_state: StateId, at: Tick) {
        self.came[usize::from(at_state != self.gate)][self.scenario.calendar.year_at(at)] += 1.0;
    }
    fn left(&mut self, _: &Child, spell: &Spell) {
        let Cause::Exit(exit) = spell.cause else { return };
        let (exit, at) = (&self.scenario.pathway.exits[exit], spell.to);
        if exit.from == self.gate && exit.name == "left" {
            self.left[self.scenario.calendar.year_at(at)] += 1.0;
        }
    }
}

fn counts(scenario: &Scenario, runs: u64) -> Vec<([[f64; YEARS]; 2], [f64; YEARS])> {
    over_runs(runs, |run| {
        let gate = state(scenario, "gate");
        let mut c = Counts { scenario, gate, came: [[0.0; YEARS]; 2], left: [0.0; YEARS] };
        simulate(scenario, run, &mut c);
        (c.came, c.left)
    })
}

/// Expected arrivals of a year without drift, leap year or not.
const FLAT: f64 = 200.0;

/// Arrivals of a year are Poisson with mean R f, f lognormal with mean one: E N = R, E N(N-1) = R^2 exp(sd^2),
/// and for two years k apart E N N' = R R' exp(sd^2 persistence^k). From the first year on: no start-up.
#[test]
fn drift_of_arrivals_is_a_stationary_ar1_with_mean_one() {
    let scenario = arrivals(&format!(
        "[drift.families]\nmoves = [\"arrivals.one\"]\nsd = {SD}\npersistence = {PERSISTENCE}\n"
    ));
    let runs = counts(&scenario, 4000);
    for year in [0, 1, 5, 9] {
        let r = FLAT;
        Estimate::of(runs.iter().map(|(c, _)| c[0][year] / r)).assert_is(1.0, format!("mean of year {year}"));
        let square = Estimate::of(runs.iter().map(|(c, _)| c[0][year] * (c[0][year] - 1.0) / (r * r)));
        square.assert_is((SD * SD).exp(), format!("second moment of year {year}"));
        for lag in [1, 3] {
            if year + lag < YEARS {
                let s = FLAT;
                let product = Estimate::of(runs.iter().map(|(c, _)| c[0][year] * c[0][year + lag] / (r * s)));
                product.assert_is(
                    (SD * SD * PERSISTENCE.powf(lag as f64)).exp(),
                    format!("years {year} and {lag} on"),
                );
            }
        }
        // The other stream does not move, nor with it.
        let r2 = r * r;
        Estimate::of(runs.iter().map(|(c, _)| c[1][year] * (c[1][year] - 1.0) / r2))
            .assert_is(1.0, "the other");
        Estimate::of(runs.iter().map(|(c, _)| c[0][year] * c[1][year] / r2)).assert_is(1.0, "the two");
    }
}

/// Arrivals in a state by month.
struct Months<'a>(&'a Scenario, StateId, Vec<f64>);
impl Observer for Months<'_> {
    fn arrived(&mut self, _: &Child, state: StateId, at: Tick) {
        self.2[self.0.calendar.month_at(at)] += f64::from(u8::from(state == self.1));
    }
}

/// Days of months that are busier by the file are busier by as much than other days, and the year has what the file says;
/// a year's growth comes month by month.
#[test]
fn arrivals_follow_the_seasons_and_grow() {
    let seasons = "seasonality = [0.8, 1.2, 1.5, 0.5, 1, 1, 1, 0.7, 1.3, 1, 1, 1]\ngrowth = 0.1\n";
    let scenario = arrivals(&format!(
        "[arrivals.three]\nchildren_per_year = 600\nenters = \"gate\"\nages = {{ child = 1 }}\n{seasons}"
    ));
    let months = scenario.calendar.months();
    let runs = over_runs(400, |run| {
        let mut seen = Months(&scenario, state(&scenario, "gate"), vec![0.0; months]);
        simulate(&scenario, run, &mut seen);
        seen.2
    });
    // April first; the other stream through this gate is level.
    let factors = [0.5, 1.0, 1.0, 1.0, 0.7, 1.3, 1.0, 1.0, 1.0, 0.8, 1.2, 1.5];
    for month in [0, 4, 5, 10, 11, 12, 59, 119] {
        let years = scenario.calendar.years_in_month(month);
        let since: f64 = (0..month).map(|m| scenario.calendar.years_in_month(m)).sum();
        let april = month - month % 12;
        let year: f64 = (0..12).map(|m| scenario.calendar.years_in_month(april + m) * factors[m]).sum();
        let part = years * factors[month % 12] / year;
        let due = 600.0 * part * 1.1_f64.powf(since + years / 2.0) + 200.0 * years;
        let mean = runs.iter().map(|r| r[month]).sum::<f64>() / 400.0;
        Estimate { mean, error: (due / 400.0).sqrt() }.assert_is(due, format!("arrivals of month {month}"));
    }
}

#[test]
fn drifts_that_share_a_factor_move_together_as_far_as_they_say() {
    let scenario = arrivals(&format!(
        "[drift.first]\nmoves = [\"arrivals.one\"]\nsd = {SD}\npersistence = {PERSISTENCE}\nshared = {{ factor = \"country\", correlation = 0.7 }}\n[drift.second]\nmoves = [\"arrivals.two\"]\nsd = {SD}\npersistence = {PERSISTENCE}\nshared = {{ factor = \"country\", correlation = 0.7 }}\n"
    ));
    let runs = counts(&scenario, 4000);
    for year in [0, 4, 9] {
        let r2 = FLAT.powi(2);
        let product = Estimate::of(runs.iter().map(|(c, _)| c[0][year] * c[1][year] / r2));
        product.assert_is((SD * SD * 0.7).exp(), format!("two streams in year {year}"));
    }
}

/// A share of 0.3 moves by x + c on the log-odds scale, x normal with sd and c such that the mean stays: moments of
/// 1 / (1 + exp(-(logit 0.3 + x + c))) by the trapezoidal rule, c by halving.
#[test]
fn drift_of_a_share_moves_it_on_the_log_odds_scale() {
    let scenario = arrivals(&format!(
        "[drift.threshold]\nmoves = [\"stages.gate.exits.left.share\"]\nsd = {SD}\npersistence = {PERSISTENCE}\n"
    ));
    let moment = |k: i32, c: f64| {
        let step = 0.01;
        let sum: f64 = (-800..=800)
            .map(|i| {
                let z = f64::from(i) * step;
                let share = 1.0 / (1.0 + (0.7 / 0.3) * (-c - SD * z).exp());
                share.powi(k) * (-z * z / 2.0).exp()
            })
            .sum();
        sum * step / (2.0 * std::f64::consts::PI).sqrt()
    };
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if moment(1, middle) < 0.3 { low = middle } else { high = middle }
    }
    let moment = |k: i32| moment(k, low);
    let runs = counts(&scenario, 4000);
    for year in [0, 3, 9] {
        let r = FLAT;
        Estimate::of(runs.iter().map(|(_, l)| l[year] / r))
            .assert_is(moment(1), format!("share in year {year}"));
        let square = Estimate::of(runs.iter().map(|(_, l)| l[year] * (l[year] - 1.0) / (r * r)));
        square.assert_is(moment(2), format!("its square in year {year}"));
    }
}

/// One number of each kind; of the draws 2.5% lie below the low end, 2.5% above the high end, half below best.
#[test]
fn ranges_hold_the_truth_as_often_as_they_say() {
    let scenario = scenario(
        r#"
name = "Ranges"
[simulation]
start = "2025-04-01"
years = 1
[ages]
child = [0, 18]
[parameters.how_far]
value = { best = 0.1, low = 0.01, high = 0.5, law = "logit" }
[arrivals.one]
children_per_year = { best = 200, low = 150, high = 300 }
growth = { best = 0.01, low = -0.02, high = 0.03 }
enters = "gate"
ages = { child = 1 }
[arrivals.two]
children_per_year = { between = [100, 50], weight = "how_far" }
enters = "gate"
ages = { child = 1 }
[stages.gate]
exits.left = { to = "left", share = { best = 0.3, low = 0.1, high = 0.4 } }
exits.right = { to = "right", share = "rest" }
[stages.left]
[stages.right]
"#,
    );
    let position = |path: &str| {
        let found = scenario.quantities.position(|q| q.path == path);
        found.unwrap_or_else(|| {
            panic!("no {path}: {:?}", scenario.quantities.values().map(|q| &q.path).collect::<Vec<_>>())
        })
    };
    let draws: Vec<carecast::scenario::number::Values> =
        (0..20_000).map(|r| Rules::new(&scenario, Run::new(SEED, r)).values).collect();
    let below = |n: carecast::pathway::QuantityId, x: f64| draws.iter().filter(|d| d[n] < x).count() as f64;
    for (path, low, best, high) in [
        ("parameters.how_far.value", 0.01, 0.1, 0.5),
        ("arrivals.one.children_per_year", 150.0, 200.0, 300.0),
        ("arrivals.one.growth", -0.02, 0.01, 0.03),
        ("stages.gate.exits.left.share", 0.1, 0.3, 0.4),
        // A blend falls as its weight rises: 100 - 50 w.
        ("arrivals.two.children_per_year", 75.0, 95.0, 99.5),
    ] {
        let n = position(path);
        for (x, due) in [(low, 0.025), (best, 0.5), (high, 0.975)] {
            Estimate::share(below(n, x), 20_000.0, due).assert_is(due, format!("{path} below {x}"));
        }
    }
    let values: Vec<f64> = draws.iter().map(|d| d[position("arrivals.one.growth")]).collect();
    let other: Vec<f64> = draws.iter().map(|d| d[position("parameters.how_far.value")].ln()).collect();
    let signs =
        values.iter().zip(&other).filter(|(g, w)| (**g > 0.01) == (**w > 0.1_f64.ln())).count() as f64;
    Estimate::share(signs, 20_000.0, 0.5).assert_is(0.5, "two numbers on the same side of their best values");
}

/// A drift with an sd of 1 on two shares of .45: each keeps its mean, and so does the rest. The shifts are exact to
/// 1e-5 given the parameters, so that only chance remains; futures are enough to see .001.
#[test]
fn drift_on_two_shares_of_a_stage_keeps_all_means() {
    let text = |moves: &str| {
        format!(
            r#"
name = "Two shares"
[simulation]
start = "2025-04-01"
years = 6
[ages]
child = [0, 18]
[arrivals.one]
children_per_year = 1
enters = "gate"
ages = {{ child = 1 }}
[stages.gate]
exits.a = {{ to = "away", share = 0.45 }}
exits.b = {{ to = "away", share = 0.45 }}
exits.c = {{ to = "away", share = "rest" }}
[stages.away]
{moves}"#
        )
    };
    let (a, b) = ("\"stages.gate.exits.a.share\"", "\"stages.gate.exits.b.share\"");
    let shared = "shared = { factor = \"country\", correlation = 0.6 }";
    for moves in [
        format!("[drift.both]\nmoves = [{a}, {b}]\nsd = 1\npersistence = 0.5\n"),
        format!(
            "[drift.x]\nmoves = [{a}]\nsd = 1\npersistence = 0.9\n{shared}\n[drift.y]\nmoves = [{b}]\nsd = 0.7\npersistence = 0.1\n{shared}\n"
        ),
    ] {
        let scenario = scenario(&text(&moves));
        let gate = state(&scenario, "gate");
        let shares: Vec<Vec<Vec<f64>>> = (0..40_000)
            .map(|r| {
                let rules = Rules::new(&scenario, Run::new(SEED, r));
                [0, 1, 5].map(|year| rules.shares(gate, 0, year)).to_vec()
            })
            .collect();
        for year in 0..3 {
            for (j, due) in [0.45, 0.45, 0.1].into_iter().enumerate() {
                let mean = Estimate::of(shares.iter().map(|s| s[year][j]));
                assert!(mean.error < 0.0015, "{}", mean.error);
                mean.assert_is(due, format!("share {j}"));
            }
        }
    }
}

/// Of two ranges in one stage each keeps its 95% interval; where they leave nothing, drawn shares are scaled.
#[test]
fn two_ranges_in_one_stage_keep_their_intervals() {
    let text = |high: f64| {
        format!(
            r#"
name = "Two ranges"
[simulation]
start = "2025-04-01"
years = 1
[ages]
child = [0, 18]
[arrivals.one]
children_per_year = 100
enters = "gate"
ages = {{ child = 1 }}
[stages.gate]
exits.a = {{ to = "away", share = {{ best = 0.4, low = 0.3, high = {high} }} }}
exits.b = {{ to = "away", share = {{ best = 0.4, low = 0.3, high = {high} }} }}
exits.c = {{ to = "away", share = "rest" }}
[stages.away]
"#
        )
    };
    let drawn = |scenario: &Scenario| -> Vec<Vec<f64>> {
        let gate = state(scenario, "gate");
        (0..20_000).map(|r| Rules::new(scenario, Run::new(SEED, r)).shares(gate, 0, 0)).collect()
    };
    let narrow = drawn(&scenario(&text(0.5)));
    for j in [0, 1] {
        for (x, due) in [(0.3, 0.025), (0.4, 0.5), (0.5, 0.975)] {
            let below = narrow.iter().filter(|s| s[j] < x).count() as f64;
            Estimate::share(below, 20_000.0, due).assert_is(due, format!("share {j} below {x}"));
        }
    }
    let wide = scenario(&text(0.8));
    let shares = drawn(&wide);
    assert!(shares.iter().all(|s| s.iter().all(|p| *p >= 0.0) && (s.iter().sum::<f64>() - 1.0).abs() < 1e-9));
    let row: Vec<_> = wide.stays[state(&wide, "gate")].rows.iter().map(|r| r.share).collect();
    let told = wide.squeezed(std::slice::from_ref(&row))[0].clone().unwrap();
    let full = shares.iter().filter(|s| s[2] < 1e-12).count() as f64;
    Estimate::share(full, 20_000.0, told.part).assert_within(told.part, 0.02, "how often nothing is left");
    for (j, [low, high]) in told.results {
        assert!((0.28..0.31).contains(&low) && (0.6..0.7).contains(&high), "{j}: {low} to {high}");
    }
}

/// Shares and rates that were counted, against the laws of statrs; a row of counts has the marginals and the
/// covariance of a Dirichlet law, and sums to one.
#[test]
fn what_was_counted_is_as_uncertain_as_bayes_says() {
    use statrs::distribution::{Beta, ContinuousCDF, Gamma};
    let scenario = scenario(
        r#"
name = "Counts"
price_base = "2025-26"
[simulation]
start = "2025-04-01"
years = 1
[ages]
child = [0, 18]
[arrivals.one]
children_per_year = { count = 412, years = 2 }
enters = "gate"
ages = { child = 1 }
[stages.gate]
exits.left = { to = "away", share = { count = 53, of = 270 } }
exits.right = { to = "away", share = "rest" }
[stages.three]
exits.a = { to = "away", share = { count = 7 } }
exits.b = { to = "away", share = { count = 0 } }
exits.c = { to = "away", share = { count = 20 } }
[stages.away]
[costs.fixed]
title = "Fixed"
behaves = "fixed"
basis = "staff"
charges.all = { per_year = { best = 200, low = 100, high = 600, law = "pert" } }
charges.more = { per_year = 1 }
"#,
    );
    let draws: Vec<_> = (0..20_000).map(|r| Rules::new(&scenario, Run::new(SEED, r)).values).collect();
    let position = |path: &str| scenario.quantities.position(|q| q.path == path).unwrap();
    let judge = |path: &str, scale: f64, cdf: &dyn Fn(f64) -> f64, best: f64| {
        let n = position(path);
        for x in [0.6, 0.9, 1.0, 1.05, 1.2].map(|part| part * best) {
            let below = draws.iter().filter(|d| d[n] < x).count() as f64;
            let due = cdf(x * scale);
            Estimate::share(below, 20_000.0, due).assert_is(due, format!("{path} below {x}"));
        }
    };
    let beta = |a: f64, b: f64| {
        let law = Beta::new(a, b).unwrap();
        move |x: f64| law.cdf(x)
    };
    let rate = Gamma::new(412.5, 1.0).unwrap();
    judge("arrivals.one.children_per_year", 2.0, &|x| rate.cdf(x), 206.0);
    judge("stages.gate.exits.left.share", 1.0, &beta(53.5, 217.5), 53.0 / 270.0);
    let row = ["a", "b", "c"].map(|exit| format!("stages.three.exits.{exit}.share"));
    judge(&row[0], 1.0, &beta(7.5, 21.0), 7.0 / 27.0);
    judge(&row[1], 1.0, &beta(0.5, 28.0), 0.01);
    judge(&row[2], 1.0, &beta(20.5, 8.0), 20.0 / 27.0);
    // PERT: shapes 1 + 4 x 100/500 and 1 + 4 x 400/500 from 100 to 600.
    let pert = Beta::new(1.8, 4.2).unwrap();
    judge("costs.fixed.charges.all.per_year", 1.0, &|x| pert.cdf((x - 100.0) / 500.0), 200.0);
    let [a, b, c] = row.map(|path| position(&path));
    assert!(draws.iter().all(|d| (d[a] + d[b] + d[c] - 1.0).abs() < 1e-12));
    let product = Estimate::of(draws.iter().map(|d| (d[a] - 7.5 / 28.5) * (d[c] - 20.5 / 28.5)));
    product.assert_is(-7.5 * 20.5 / (28.5 * 28.5 * 29.5), "covariance of two shares of a row");
    let best = carecast::scenario::number::best_values(&scenario.quantities);
    assert_eq!([a, b, c].map(|n| best[n]), [7.0 / 27.0, 0.0, 20.0 / 27.0]);
}
