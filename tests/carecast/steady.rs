//! England's pathway holds its own steady state: with constant rates and no drift every year is like the published ones.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use carecast::experiment::{self, Batch, Uncertainty, summary::Measure, summary::Summary};

use crate::support::{SEED, shipped};

/// Children of England in mid-2024, and of the file. Office for National Statistics.
const SCALE: f64 = 60_000.0 / 12_183_016.0;
/// Standard errors of the smallest figure held here are then below 1%.
const RUNS: u32 = 300;

/// Years ending 31 March 2023, 2024 and 2025. Department for Education, Children looked after in England 2025 and Children in
/// need 2025: each simulated year is held against the mean.
const FLOWS: [(&str, [f64; 3]); 9] = [
    ("care_starts", [33_090.0, 33_130.0, 32_270.0]),
    ("care_ends", [31_850.0, 33_780.0, 34_450.0]),
    ("care_ends/left_at_18", [12_240.0, 13_080.0, 13_740.0]),
    ("plan_starts", [63_870.0, 62_110.0, 61_840.0]),
    ("referrals", [640_430.0, 621_880.0, 632_830.0]),
    ("section_47_enquiries", [225_400.0, 224_520.0, 230_590.0]),
    ("initial_conferences", [73_270.0, 71_140.0, 71_070.0]),
    ("care_starts/interim_care_order", [10_330.0, 10_090.0, 10_030.0]),
    ("care_starts/section_20", [18_590.0, 19_020.0, 18_240.0]),
];

/// Children looked after at 31 March 2025 by age, from the same publication.
const AGES: [(&[&str], f64); 5] = [
    (&["looked_after/age_under_1"], 3_630.0),
    (&["looked_after/age_1_4"], 10_030.0),
    (&["looked_after/age_5_9"], 15_110.0),
    (&["looked_after/age_10_15"], 30_930.0),
    (&["looked_after/age_16", "looked_after/age_17"], 22_060.0),
];

/// Five years of England at best values without drift.
fn five_years() -> &'static Summary {
    static SUMMARY: OnceLock<Summary> = OnceLock::new();
    SUMMARY.get_or_init(|| {
        let batch = Batch { seed: SEED, runs: RUNS, uncertainty: Uncertainty::ChanceOnly };
        experiment::run(&[shipped("england")], batch, &|_| ()).expect("there is room")
    })
}

/// The years of an item: of a stock without the one that the simulation opens with.
fn years(summary: &Summary, measure: Measure, name: &str) -> Vec<f64> {
    let series = summary.scenarios[0].year_series(measure, name).unwrap_or_else(|| panic!("no {name}"));
    series.points.iter().filter(|p| p.0 >= summary.start).map(|p| p.1.mean).collect()
}

/// Says each year that is further off than a part of what is due.
fn off(what: &str, years: &[f64], due: f64, within: f64) -> Option<String> {
    let said: Vec<String> = years.iter().map(|x| format!("{:+.1}%", 100.0 * (x / due - 1.0))).collect();
    println!("{what}: {due:.1}, {}", said.join(" "));
    let far = years.iter().any(|x| (x - due).abs() > within * due);
    far.then(|| format!("{what}: {}", said.join(" ")))
}

#[test]
fn england_is_in_each_of_five_years_as_published() {
    let summary = five_years();
    let mut wrong = Vec::new();
    for (item, published) in FLOWS {
        let due = SCALE * published.iter().sum::<f64>() / 3.0;
        wrong.extend(off(item, &years(summary, Measure::Flow, item), due, 0.05));
    }
    for (item, published) in [("looked_after", 81_770.0), ("child_protection_plan", 49_420.0)] {
        wrong.extend(off(item, &years(summary, Measure::Stock, item), SCALE * published, 0.05));
    }
    for (bands, published) in AGES {
        let of_each = bands.iter().map(|band| years(summary, Measure::Stock, band));
        let sum = of_each.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect()).unwrap();
        wrong.extend(off(&bands.join(" + "), &sum, SCALE * published, 0.10));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Exempt: adoptions and placements for adoption, which come from the children placed for adoption on the first day, fewer than are newly placed in a
/// year at the rates of all the years before.
#[test]
fn england_is_in_the_fifth_year_as_in_the_first() {
    let summary = five_years();
    let mut wrong = BTreeMap::new();
    for series in summary.scenarios[0].years.iter().filter(|s| s.item.is_whole()) {
        if !matches!(series.item.measure, Measure::Stock | Measure::Flow) {
            continue;
        }
        let name = series.item.to_string();
        if name == "placed_for_adoption" {
            continue;
        }
        let years = years(summary, series.item.measure, &name);
        let (first, last) = (years[0], years[years.len() - 1]);
        // Fewer are too few to say.
        if first >= 5.0 && (last / first - 1.0).abs() > 0.05 {
            wrong.insert(name, format!("{first:.1} and {last:.1}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Published: 0.69 to 0.73 children under 1 looked after for each who started in the year, in each year from 2021 to 2025.
#[test]
fn infants_start_at_birth_as_often_as_their_number_says() {
    let summary = five_years();
    let starts = years(summary, Measure::Flow, "care_starts/age_under_1");
    let there = years(summary, Measure::Stock, "looked_after/age_under_1");
    for (year, (there, starts)) in there.iter().zip(&starts).enumerate() {
        let ratio = there / starts;
        assert!((0.66..=0.76).contains(&ratio), "year {}: {ratio:.2}", year + 1);
    }
}
