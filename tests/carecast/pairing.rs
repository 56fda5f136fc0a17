//! Paired runs: the same families and the same luck in every scenario, so that a difference is the
//! intervention's and not chance's. Measured by how much variance pairing takes out of a difference:
//! (var A + var B) / var (A - B), one if the two were independent. Chance only; children looked after on
//! 31 March 2030. With 200 pairs the ratio is known to a fifth or so (a ratio of two variances of 200 normals:
//! standard error 14% of it).

use std::sync::OnceLock;

use carecast::engine::Rules;
use carecast::experiment::{Outcome, summary::Measure};
use carecast::scenario::Scenario;

use crate::support::{over_runs, scenario};

const RUNS: u64 = 200;
/// What a paired difference must gain.
const GAIN: f64 = 15.0;
/// 31 March 2030, five years after the opening.
const MONTHS: usize = 60;

/// A what-if on Stoke-on-Trent over five years.
fn five_years(text: &str) -> Scenario {
    scenario(&format!("extends = \"stoke-on-trent\"\nname = \"What if\"\nsimulation.years = 5\n{text}"))
}

fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

/// Children looked after and children with agency carers at March 2030, and all pounds until then, in each run.
fn results(scenario: &Scenario) -> Vec<[f64; 3]> {
    over_runs(RUNS, |run| {
        let outcome = Outcome::of(scenario, &Rules::at_best(scenario, run));
        let stock = |item| outcome.months(Measure::Stock, item).unwrap()[MONTHS];
        let pounds = outcome.months(Measure::Cost, "total").unwrap().iter().sum();
        [stock("looked_after"), stock("looked_after/foster_agency"), pounds]
    })
}

/// Those of Stoke-on-Trent as it is.
fn base() -> &'static [[f64; 3]] {
    static BASE: OnceLock<Vec<[f64; 3]>> = OnceLock::new();
    BASE.get_or_init(|| results(&five_years("")))
}

/// Mean difference and how much pairing gains, for each.
fn gains(plan: &[[f64; 3]]) -> [(f64, f64); 3] {
    let base = base();
    [0, 1, 2].map(|i| {
        let (a, b) = (variance(base.iter().map(|r| r[i])), variance(plan.iter().map(|r| r[i])));
        let paired = || base.iter().zip(plan).map(|(a, b)| b[i] - a[i]);
        (paired().sum::<f64>() / RUNS as f64, (a + b) / variance(paired()))
    })
}

/// The shipped what-if changes where children are placed and no child's stay in care: the difference in
/// children looked after is nought in every single run, a gain without bound. What does differ is shown, and the pounds are
/// held to the gain.
#[test]
fn more_foster_carers_leave_the_number_looked_after_as_it_is_in_every_run() {
    let plan = include_str!("../../scenarios/what-if/in-house-foster-carers.toml");
    let from = plan.find("[interventions").expect("it has an intervention");
    let plan = results(&five_years(&plan[from..]));
    assert!(base().iter().zip(&plan).all(|(a, b)| a[0].to_bits() == b[0].to_bits()));
    let [_, (placed, stock_gain), (pounds, gain)] = gains(&plan);
    println!(
        "agency placements {placed:.1}, gain {stock_gain:.1}; £{pounds:.0} over five years, gain {gain:.1}"
    );
    assert!(placed < 0.0, "fewer children with agency carers");
    assert!(gain >= GAIN, "pairing gains only {gain:.1} on the pounds");
}

/// Every way into care for a tenth fewer of those who would have taken it; they go the other ways out of their
/// stage instead, and come again or not.
#[test]
fn a_tenth_fewer_entries_to_care_are_told_from_chance_by_pairing() {
    let routes = [
        "assessment",
        "section_47",
        "child_in_need",
        "child_protection_plan",
        "pre_proceedings",
        "proceedings",
    ];
    let mut text = String::from(
        "[interventions.unaccompanied]\ntitle = \"Fewer unaccompanied\"\nfrom = \"2025-04-01\"\neffects = [{ arrivals = \"unaccompanied\", arrivals_times = 0.9 }]\n",
    );
    for (stage, exit) in routes.iter().map(|s| (*s, "care")).chain([("home", "back_to_care")]) {
        text += &format!(
            "[interventions.fewer_by_{stage}]\ntitle = \"Fewer\"\nfrom = \"2025-04-01\"\nreaches = {{ stage = \"{stage}\" }}\neffects = [{{ exit = \"{exit}\", share_times = 0.9 }}]\n"
        );
    }
    let [(children, gain), _, (pounds, pounds_gain)] = gains(&results(&five_years(&text)));
    println!(
        "{children:.1} children looked after, gain {gain:.1}; £{pounds:.0} over five years, gain {pounds_gain:.1}"
    );
    assert!(children < 0.0, "fewer children looked after");
    assert!(gain >= GAIN, "pairing gains only {gain:.1}");
}
