//! The books balance: what is told of a whole is the sum of what is told of its parts, stocks change by starts
//! less ends, and a comparison is the difference of what it compares. Means add up; medians do not.

use carecast::experiment::{
    self, Batch, Uncertainty,
    summary::{Item, Measure, ScenarioSummary, Spread, Summary, series_of},
};
use carecast::record::Thing;

use crate::support::{SEED, shipped};

const PLACEMENTS: [&str; 8] = [
    "foster_in_house",
    "foster_agency",
    "kinship",
    "childrens_home",
    "supported_accommodation",
    "with_parents",
    "other_residential",
    "adoptive_home",
];
const LEGAL: [&str; 6] =
    ["section_20", "emergency", "interim_care_order", "full_care_order", "placement_order", "youth_justice"];
const AGES: [&str; 7] = ["age_unborn", "age_under_1", "age_1_4", "age_5_9", "age_10_15", "age_16", "age_17"];
const COHORTS: [&str; 3] = ["cohort_general", "cohort_disabled", "cohort_uasc"];

/// Relative error of sums of a few thousand floats, with room.
const NEAR: f64 = 1e-9;

fn results() -> Summary {
    let scenarios = ["stoke-on-trent", "early-help-withdrawn", "investment-plan"].map(shipped);
    let batch = Batch { seed: SEED, runs: 20, uncertainty: Uncertainty::All };
    experiment::run(&scenarios, batch, &|_| ()).expect("there is room")
}

/// The monthly means of an item.
fn means(scenario: &ScenarioSummary, measure: Measure, item: &str) -> Vec<f64> {
    let series = scenario.month_series(measure, item).unwrap_or_else(|| panic!("no {item}"));
    series.points.iter().map(|p| p.1.mean).collect()
}

/// The sum of items, month by month.
fn sum<'a>(
    scenario: &ScenarioSummary,
    measure: Measure,
    items: impl IntoIterator<Item = &'a str>,
) -> Vec<f64> {
    let parts = items.into_iter().map(|item| means(scenario, measure, item));
    parts.reduce(|a, b| a.iter().zip(b).map(|(x, y)| x + y).collect()).expect("there are parts")
}

/// The same of items themselves.
fn sum_of(scenario: &ScenarioSummary, items: &[&Item]) -> Vec<f64> {
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    sum(scenario, items[0].measure, names.iter().map(String::as_str))
}

#[track_caller]
fn assert_same(got: &[f64], due: &[f64], what: &str) {
    assert_eq!(got.len(), due.len(), "{what}");
    for (x, y) in got.iter().zip(due) {
        assert!((x - y).abs() <= NEAR * y.abs().max(1.0), "{what}: {x} instead of {y}");
    }
}

#[test]
fn parts_add_up_to_the_whole_and_stocks_change_by_starts_less_ends() {
    for scenario in &results().scenarios {
        let within = |part: &str| format!("looked_after/{part}");
        for measure in [Measure::Stock, Measure::Days] {
            let whole = means(scenario, measure, "looked_after");
            for parts in [&PLACEMENTS[..], &LEGAL[..], &COHORTS[..]] {
                let names: Vec<String> = parts.iter().map(|p| within(p)).collect();
                let added = sum(scenario, measure, names.iter().map(String::as_str));
                assert_same(&added, &whole, parts[0]);
            }
        }
        // Ages are counted each March.
        let marches: Vec<f64> =
            means(scenario, Measure::Stock, "looked_after").into_iter().step_by(12).collect();
        let ages = AGES.map(within);
        assert_same(&sum(scenario, Measure::Stock, ages.iter().map(String::as_str)), &marches, "ages");

        let stock = means(scenario, Measure::Stock, "looked_after");
        let change: Vec<f64> = stock.windows(2).map(|w| w[1] - w[0]).collect();
        let (starts, ends) =
            (means(scenario, Measure::Flow, "care_starts"), means(scenario, Measure::Flow, "care_ends"));
        let net: Vec<f64> = starts.iter().zip(&ends).map(|(s, e)| s - e).collect();
        assert_same(&change, &net, "starts less ends");

        let items = |kept: &dyn Fn(&Item) -> bool| -> Vec<&Item> {
            scenario.months.iter().map(|s| &s.item).filter(|i| kept(i)).collect()
        };
        for (flow, way, whole) in [
            ("care_starts", "age", &starts),
            ("care_starts", "legal", &starts),
            ("care_starts", "cohort", &starts),
            ("care_ends", "exit", &ends),
            ("care_ends", "age", &ends),
        ] {
            let parts = items(&|i| i.is_part_of(&Item::flow(flow)) && i.part.way() == way);
            assert_same(&sum_of(scenario, &parts), whole, &format!("{flow} by {way}"));
        }

        let total = means(scenario, Measure::Cost, "total");
        let is_total = |i: &Item| matches!(i.thing, Thing::Total(_));
        let lines = items(&|i| i.measure == Measure::Cost && !is_total(i));
        assert_same(&sum_of(scenario, &lines), &total, "lines");
        let kinds = items(&|i| is_total(i) && *i != Item::NET_COST);
        assert_eq!(kinds.len(), 3, "varying, fixed, interventions");
        assert_same(&sum_of(scenario, &kinds), &total, "kinds of cost");
    }
}

#[test]
fn a_comparison_is_the_difference_and_years_are_the_sums_of_months() {
    let results = results();
    let reference = &results.scenarios[0];
    for scenario in &results.scenarios[1..] {
        for (levels, base, differences) in [
            (&scenario.months, &reference.months, &scenario.difference_months),
            (&scenario.years, &reference.years, &scenario.difference_years),
        ] {
            assert_eq!(levels.len(), differences.len(), "every item is compared");
            for (level, difference) in levels.iter().zip(differences) {
                assert_eq!(level.item, difference.item);
                // The reference has no interventions: it spends nothing on them and reaches nobody.
                let base = series_of(base, &level.item);
                let mean = |s: &(time::Date, Spread)| s.1.mean;
                let due: Vec<f64> = (level.points.iter().enumerate())
                    .map(|(i, p)| p.1.mean - base.map_or(0.0, |b| b.points[i].1.mean))
                    .collect();
                let scale: f64 = level.points.iter().map(|p| mean(p).abs()).fold(1.0, f64::max);
                for (got, due) in difference.points.iter().map(mean).zip(due) {
                    assert!((got - due).abs() <= NEAR * scale, "{}: {got} instead of {due}", level.item);
                }
            }
        }
    }
    for scenario in &results.scenarios {
        for year in scenario.years.iter().filter(|s| s.item.measure != Measure::Stock) {
            let months = sum_of(scenario, &[&year.item]);
            let due: Vec<f64> = months.chunks(12).map(|m| m.iter().sum()).collect();
            assert_same(
                &year.points.iter().map(|p| p.1.mean).collect::<Vec<_>>(),
                &due,
                &year.item.to_string(),
            );
        }
    }
}

/// Means add up whatever the futures; in a single future everything does.
#[test]
fn what_all_years_together_come_to_is_the_sum_of_the_years_future_by_future() {
    let scenarios = ["stoke-on-trent", "investment-plan"].map(shipped);
    for runs in [1, 20] {
        let batch = Batch { seed: SEED, runs, uncertainty: Uncertainty::All };
        let summary = experiment::run(&scenarios, batch, &|_| ()).expect("there is room");
        let (none, what_if) = (&summary.scenarios[0].difference_since_start, &summary.scenarios[1]);
        assert!(none.is_empty());
        let adds_up = what_if.difference_years.iter().filter(|s| s.item.measure != Measure::Stock);
        let mut items = 0;
        for years in adds_up {
            let sums = series_of(&what_if.difference_since_start, &years.item).expect("it adds up");
            let mut due = 0.0;
            let scale: f64 = years.points.iter().map(|p| p.1.mean.abs()).sum::<f64>().max(1.0);
            for ((day, sum), (same_day, in_year)) in sums.points.iter().zip(&years.points) {
                due += in_year.mean;
                let all =
                    if runs == 1 { vec![sum.mean, sum.p2_5, sum.p50, sum.p97_5] } else { vec![sum.mean] };
                let is_due = |got: &f64| (got - due).abs() <= NEAR * scale;
                assert!(
                    day == same_day && all.iter().all(is_due),
                    "{}: {all:?} instead of {due}",
                    years.item
                );
            }
            items += 1;
        }
        assert!(items > 50, "{items}");
    }
}

#[test]
fn every_spread_is_in_order_and_its_error_is_that_of_a_mean() {
    let results = results();
    let all = |s: &ScenarioSummary| {
        let all = [&s.months, &s.years, &s.difference_months, &s.difference_years, &s.difference_since_start];
        all.map(Clone::clone).concat()
    };
    for series in results.scenarios.iter().flat_map(all) {
        for (date, s) in &series.points {
            let ladder = [s.p2_5, s.p10, s.p25, s.p50, s.p75, s.p90, s.p97_5];
            assert!(ladder.is_sorted(), "{} on {date}: {ladder:?}", series.item);
            let due = s.sd / f64::from(results.runs).sqrt();
            assert!((s.se - due).abs() <= NEAR * due.max(1e-300), "{} on {date}", series.item);
        }
    }
}
