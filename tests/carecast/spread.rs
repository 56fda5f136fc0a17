//! Counts vary more than Poisson: through siblings and through drift, as far as the published ones do.

use std::collections::HashMap;

use carecast::engine::{Rules, Run, simulate};
use carecast::experiment::{Outcome, summary::Measure};
use carecast::pathway::{Child, ExitId};
use carecast::record::{Cause, Observer, Spell};
use carecast::scenario::Scenario;

use crate::support::{Estimate, SEED, exit, over_runs, scenario};

/// Years simulated before those that are looked at, for the opening caseload to pass through the front door.
const BURN_IN: usize = 2;
const YEARS: usize = 10;

/// Variance of yearly counts about their straight line, over their mean: as the published ones are treated
/// (EVIDENCE, "Counts vary more than Poisson"). Two degrees of freedom go into the line.
fn variance_to_mean(counts: &[f64]) -> f64 {
    let n = counts.len() as f64;
    let (time, mean) = ((n - 1.0) / 2.0, counts.iter().sum::<f64>() / n);
    let about = |i: usize| i as f64 - time;
    let slope = counts.iter().enumerate().map(|(i, c)| about(i) * (c - mean)).sum::<f64>()
        / (0..counts.len()).map(|i| about(i).powi(2)).sum::<f64>();
    let left = |(i, c): (usize, &f64)| (c - mean - slope * about(i)).powi(2);
    counts.iter().enumerate().map(left).sum::<f64>() / (n - 2.0) / mean
}

fn stoke(more: &str) -> Scenario {
    let years = BURN_IN + YEARS;
    scenario(&format!("extends = \"stoke-on-trent\"\nname = \"Spread\"\nsimulation.years = {years}\n{more}"))
}

/// Care starts by financial year, after the burn-in, as the scenario counts them.
fn care_starts(outcome: &Outcome) -> Vec<f64> {
    let months = outcome.months(Measure::Flow, "care_starts").unwrap();
    months.chunks(12).skip(BURN_IN).map(|year| year.iter().sum()).collect()
}

/// Published: 4.2 for the median authority, 2.8 to 6.5 for the middle half of them.
#[test]
fn starts_of_care_vary_from_year_to_year_as_in_the_middle_half_of_authorities() {
    let scenario = stoke("");
    let mut ratios = over_runs(80, |run| {
        variance_to_mean(&care_starts(&Outcome::of(&scenario, &Rules::new(&scenario, run))))
    });
    ratios.sort_by(f64::total_cmp);
    let median = f64::midpoint(ratios[39], ratios[40]);
    println!("variance over mean: median {median:.2}, middle half {:.2} to {:.2}", ratios[19], ratios[60]);
    assert!((2.8..=6.5).contains(&median), "{median}");
}

/// Each child for itself and no drift: starts of ten years are nearly Poisson. They are not quite, because a
/// child that goes home may come again, which adds a little: a start begets r = 0.1 to 0.2 more, so that the
/// ratio lies between 1 and (1 + r) / (1 - r) = 1.5. Below one by chance alone.
#[test]
fn without_siblings_and_drift_starts_of_care_are_nearly_poisson() {
    let alone = "[siblings]\ncorrelation = 0\n[stages.care]\nsibling_correlation = 0\n[arrivals.families]\nfamily_sizes = { 1 = 1 }\n";
    let scenario = stoke(alone);
    let sibling_free = scenario.arrivals.values().all(|s| (s.mean_family - 1.0).abs() < 1e-12);
    assert!(sibling_free, "families of one child each");
    let ratios = over_runs(100, |run| {
        variance_to_mean(&care_starts(&Outcome::of(&scenario, &Rules::at_best(&scenario, run))))
    });
    let ratio = Estimate::of(ratios);
    println!("variance over mean: {:.3} (SE {:.3})", ratio.mean, ratio.error);
    let slack = crate::support::LIMIT * ratio.error;
    assert!((1.0 - slack..=1.5 + slack).contains(&ratio.mean), "{ratio:?}");
}

/// Which of its two exits each child of a family took, first visit only.
#[derive(Default)]
struct Decisions {
    /// Exits looked at, and whether they count as yes.
    exits: HashMap<ExitId, bool>,
    families: HashMap<u64, Vec<(u32, bool)>>,
}

impl Observer for Decisions {
    fn left(&mut self, child: &Child, spell: &Spell) {
        let Cause::Exit(exit) = spell.cause else { return };
        if let Some(&yes) = self.exits.get(&exit) {
            let family = self.families.entry(child.family).or_default();
            if family.iter().all(|(number, _)| *number != child.number) {
                family.push((child.number, yes));
            }
        }
    }
}

impl Decisions {
    /// For each family: the sum over its pairs of (x - p)(y - p), less r p (1 - p): nought on average.
    fn products(&self, p: f64) -> Vec<f64> {
        let product = |family: &Vec<(u32, bool)>| {
            let x: Vec<f64> = family.iter().map(|(_, yes)| f64::from(u8::from(*yes)) - p).collect();
            (0..x.len()).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| x[i] * x[j]).sum::<f64>()
        };
        let pairs = |family: &Vec<(u32, bool)>| (family.len() * (family.len() - 1) / 2) as f64;
        let mean_pairs =
            self.families.values().map(pairs).sum::<f64>() / self.families.len() as f64 * p * (1.0 - p);
        self.families.values().map(|f| product(f) / mean_pairs).collect()
    }
}

/// Each child copies the family's uniform with probability sqrt(r), so two of them share it with probability r
/// and are independent otherwise: the correlation of which way they go is r, whatever the share.
#[test]
fn siblings_decide_alike_as_often_as_the_file_says() {
    for (r, share) in [(0.0, 0.3), (0.36, 0.3), (0.7, 0.1), (0.7, 0.6), (1.0, 0.3)] {
        let scenario = scenario(&format!(
            r#"
name = "Siblings"
[simulation]
start = "2025-04-01"
years = 10
[ages]
child = [0, 18]
[siblings]
correlation = 0.5
[arrivals.families]
children_per_year = 8000
enters = "gate"
family_sizes = {{ 1 = 0.2, 2 = 0.5, 3 = 0.3 }}
ages = {{ child = 1 }}
[stages.gate]
sibling_correlation = {r}
exits.yes = {{ to = "yes", share = {share} }}
exits.no = {{ to = "no", share = "rest" }}
[stages.yes]
[stages.no]
"#
        ));
        let mut seen = Decisions {
            exits: [(exit(&scenario, "gate", "yes"), true), (exit(&scenario, "gate", "no"), false)].into(),
            ..Decisions::default()
        };
        simulate(&scenario, Run::new(SEED, 0), &mut seen);
        assert!(seen.families.len() > 30_000);
        let correlation = Estimate::of(seen.products(share));
        correlation.assert_is(r, format!("correlation of siblings, share {share}"));
    }
}

/// In Stoke-on-Trent the last shared decision before care, proceedings, goes alike for siblings who reach it at
/// all; the correlation there is the general one of the file. Every stage's shares may vary by age, so they are
/// held against a stage where they do not.
#[test]
fn siblings_in_stoke_on_trent_leave_proceedings_alike_as_the_file_says() {
    let scenario = stoke("");
    let at =
        |path: &str| scenario.quantities.position(|q| q.path == path).unwrap_or_else(|| panic!("no {path}"));
    let best = carecast::scenario::number::best_values(&scenario.quantities);
    let (r, share) = (best[at("siblings.correlation")], best[at("stages.proceedings.exits.care.share")]);
    let exits = [
        (exit(&scenario, "proceedings", "care"), true),
        (exit(&scenario, "proceedings", "child_in_need"), false),
    ];
    let all = over_runs(40, |run| {
        let mut seen = Decisions { exits: exits.into(), ..Decisions::default() };
        crate::support::observe_at_best(&scenario, run, &mut seen);
        seen.families.retain(|_, family| family.len() > 1);
        seen
    });
    let mut pooled = Decisions::default();
    for (run, seen) in all.into_iter().enumerate() {
        // A family's key may come again in another run.
        pooled.families.extend(seen.families.into_iter().map(|(f, d)| (f.wrapping_add(run as u64), d)));
    }
    // Children still in proceedings at the end, and those whose birthday comes first, are missing: the slower exit
    // (a supervision order takes ten months) is seen a little less often. Ten months of twelve years' families
    // are cut by at most 7%, and that share of pairs may be off by one.
    let correlation = Estimate::of(pooled.products(share));
    correlation.assert_within(
        r,
        0.07,
        format!("{} families with siblings in proceedings", pooled.families.len()),
    );
}
