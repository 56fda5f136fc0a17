//! An area of another size: what a scenario says in children, places and pounds a year, in proportion to the children who
//! live there.
//!
//! A file that extends another and gives a population of its own takes everything beneath it in proportion, but for what it says itself.
//! Rates per child, times, shares and prices stay as they are. What is on record is of the other area, and is left out.

use indexmap::IndexMap;

use super::fault::Fault;
use super::tree::{Node, Value};

/// The key that says how many children live in the area.
const POPULATION: &str = "population";

/// What stands in proportion to the children of the area; `*` stands for any key.
const IN_PROPORTION: [&str; 9] = [
    "arrivals.*.children_per_year",
    "costs.*.charges.*.per_year",
    "income.*.charges.*.per_year",
    "pools.*.places",
    "interventions.*.places",
    "interventions.*.places_per_year",
    "interventions.*.cost.*",
    "interventions.*.effects.*.adds_places",
    "interventions.*.reviews.per_month",
];

/// What an intervention costs for each child, family or review, and how prices grow, whatever the size of the area.
const FOR_EACH: [&str; 4] = ["per_child", "per_family", "per_review", "growth"];

/// What is on record of the area itself.
const ON_RECORD: [&str; 3] = ["recorded", "costs.*.outturn", "income.*.outturn"];

/// What a file extends, in proportion to the population that it gives.
pub(super) fn in_proportion(mut base: Node, over: &Node, faults: &mut Vec<Fault>) -> Node {
    let Some(said) = over.get(POPULATION) else { return base };
    let Some(old) = base.get(POPULATION) else {
        faults.push(Fault {
            place: Some(said.place()),
            path: POPULATION.into(),
            message: "the scenario that this one extends gives no population, so nothing can be in proportion to it".into(),
            help: "Take this key out, or give the other file the population that its numbers are for.".into(),
        });
        return base;
    };
    // What is no population is told with all else that does not fit.
    if let (Some(old), Some(new)) = (children(old), children(said))
        && old != new
    {
        scale(&mut base, "", new / old);
    }
    base
}

fn children(node: &Node) -> Option<f64> {
    number(node).filter(|children| children.is_finite() && *children > 0.0)
}

#[expect(clippy::cast_precision_loss, reason = "numbers that people write")]
fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Integer(whole) => Some(whole as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

/// Scales what stands beneath a path in which names are `*`.
fn scale(node: &mut Node, pattern: &str, times: f64) {
    if IN_PROPORTION.contains(&pattern) {
        return scale_number(node, pattern.ends_with("places"), times);
    }
    match &mut node.value {
        Value::Table(table) => {
            table.retain(|key, _| !is_one_of(&ON_RECORD, pattern, key));
            for (key, inner) in table.iter_mut().filter(|(key, _)| !FOR_EACH.contains(&key.as_str())) {
                scale(inner, &below(pattern, key), times);
            }
            if pattern == "opening.*" {
                scale_opening(table, times);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| scale(item, &format!("{pattern}.*"), times)),
        _ => {}
    }
}

fn is_one_of(patterns: &[&str], pattern: &str, key: &str) -> bool {
    patterns.contains(&below(pattern, key).as_str())
}

/// The pattern of a key: a name that the file gives is `*`.
fn below(pattern: &str, key: &str) -> String {
    const NAMED: [&str; 7] =
        ["arrivals", "costs", "income", "pools", "interventions", "opening", "interventions.*.cost"];
    if pattern.is_empty() {
        key.to_owned()
    } else if NAMED.contains(&pattern) || pattern.ends_with(".charges") {
        format!("{pattern}.*")
    } else {
        format!("{pattern}.{key}")
    }
}

/// Scales a number, a range, or a number between two. Of what was counted in some years, the years are fewer or more: what
/// the count leaves unknown stays the same in proportion.
fn scale_number(node: &mut Node, is_whole: bool, times: f64) {
    if let Some(number) = number(node) {
        let scaled = number * times;
        node.value = Value::Float(if is_whole { scaled.round() } else { scaled });
        return;
    }
    let Value::Table(table) = &mut node.value else { return };
    for (key, inner) in table {
        match (key.as_str(), &mut inner.value) {
            ("best" | "low" | "high", _) => scale_number(inner, false, times),
            ("between", Value::Array(ends)) => {
                for end in ends {
                    scale_number(end, false, times);
                }
            }
            ("years", _) => scale_number(inner, false, 1.0 / times),
            _ => {}
        }
    }
}

/// Scales a count of children who are there, and the counts that it divides into, which add up to it.
fn scale_opening(opening: &mut IndexMap<String, Node>, times: f64) {
    let Some(count) = opening.get("count").and_then(number) else { return };
    let scaled = (count * times).round();
    if let Some(node) = opening.get_mut("count") {
        node.value = whole(scaled);
    }
    for (key, node) in opening {
        match (key.as_str(), &mut node.value) {
            ("ages" | "cohorts", Value::Table(parts)) => divide(parts, scaled),
            ("tracks", Value::Table(tracks)) => {
                for track in tracks.values_mut() {
                    if let Value::Table(parts) = &mut track.value {
                        divide(parts, scaled);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Counts in whole children that add up to a sum, each as near to its part of it as the others allow: the largest remainders
/// are rounded up (Hamilton's method). Shares stay as they are.
fn divide(parts: &mut IndexMap<String, Node>, sum: f64) {
    const MOST_OF_SHARES: f64 = 1.001;
    let Some(old) = parts.values().map(number).collect::<Option<Vec<f64>>>() else { return };
    let before: f64 = old.iter().sum();
    if before <= MOST_OF_SHARES || old.iter().any(|part| part.fract() != 0.0) {
        return;
    }
    if sum == 0.0 {
        // Of nobody there are no parts, but their shares may be kept by a file that gives a count of its own.
        let shares = old.iter().map(|part| Value::Float(part / before));
        return parts.values_mut().zip(shares).for_each(|(node, share)| node.value = share);
    }
    let due: Vec<f64> = old.iter().map(|part| part * sum / before).collect();
    let mut order: Vec<usize> = (0..due.len()).collect();
    order.sort_by(|&a, &b| due[b].fract().total_cmp(&due[a].fract()));
    let mut left = sum - due.iter().map(|part| part.floor()).sum::<f64>();
    let mut counts: Vec<f64> = due.iter().map(|part| part.floor()).collect();
    for part in order {
        if left < 0.5 {
            break;
        }
        counts[part] += 1.0;
        left -= 1.0;
    }
    parts.values_mut().zip(counts).for_each(|(node, count)| node.value = whole(count));
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn whole(number: f64) -> Value {
    Value::Integer(number as i64)
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;
    use crate::scenario::number::best_values;

    fn council(said: &str) -> Scenario {
        let text = format!("extends = \"england\"\nname = \"A council\"\n{said}");
        Scenario::from_text("council.toml", &text).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn best(scenario: &Scenario, path: &str) -> f64 {
        let number = scenario.quantities.values().find(|q| q.path == path).expect("it is there");
        number.best(&best_values(&scenario.quantities))
    }

    /// England's published rates per 10,000 hold at any size: 81,770 looked after and 49,420 on plans of 12,183,016 children.
    #[test]
    fn a_council_of_any_size_starts_with_the_rates_of_england() {
        for population in [20_000.0, 40_000.0, 150_000.0, 330_000.0] {
            let council = council(&format!("population = {population}"));
            let there = |stages: &[&str]| -> f64 {
                stages.iter().map(|stage| f64::from(council.file.opening[*stage].count)).sum()
            };
            let cases = [
                (there(&["care", "uasc_care", "placed_for_adoption"]), 81_770.0),
                (there(&["child_protection_plan", "pre_proceedings", "proceedings"]), 49_420.0),
            ];
            for (found, of_england) in cases {
                let due = of_england * population / 12_183_016.0;
                // Each of three counts is rounded, here and in England's file, which is for 60,000.
                let rounding = 1.5 + 1.5 * population / 60_000.0;
                assert!((found - due).abs() <= rounding, "{found} instead of {due} of {population}");
            }
        }
    }

    #[test]
    fn counts_add_up_whatever_the_size() {
        for population in [300, 601, 7_777, 41_234, 1_234_567] {
            let council = council(&format!("population = {population}"));
            for opening in council.file.opening.values().filter(|opening| opening.count > 0) {
                for parts in [&opening.ages, &opening.cohorts].into_iter().chain(opening.tracks.values()) {
                    let sum: f64 = parts.values().sum();
                    let is_whole = sum == f64::from(opening.count);
                    assert!(parts.is_empty() || is_whole || (sum - 1.0).abs() < 1e-9, "{parts:?}");
                }
            }
        }
    }

    #[test]
    fn what_a_file_says_itself_stands_and_what_is_for_each_child_stays() {
        let (england, council) =
            (council(""), council("population = 30_000\npools.in_house_foster_places.places = 77"));
        let halved = ["arrivals.families.children_per_year", "costs.social_work.charges.staff.per_year"];
        for path in halved {
            assert_eq!(best(&council, path) * 2.0, best(&england, path), "{path}");
        }
        assert_eq!(best(&council, "pools.in_house_foster_places.places"), 77.0);
        for path in ["costs.leaving_care.charges.leaving_care.per_week", "arrivals.families.growth"] {
            assert_eq!(best(&council, path), best(&england, path), "{path}");
        }
    }

    /// A gamma law of Jeffreys of twice the count in twice the years would be narrower: the count stays as it is.
    #[test]
    fn a_rate_that_was_counted_keeps_its_count() {
        let base = "arrivals.unaccompanied.children_per_year = { count = 41, years = 3 }";
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!("extends = \"england\"\nname = \"Counted\"\n{base}");
        std::fs::write(folder.path().join("base.toml"), text).expect("it can be written");
        let over = folder.path().join("over.toml");
        std::fs::write(&over, "extends = \"base.toml\"\nname = \"Larger\"\npopulation = 120_000")
            .expect("it can be written");
        let larger = Scenario::read(&over).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(best(&larger, "arrivals.unaccompanied.children_per_year"), 41.0 / 1.5);
    }

    #[test]
    fn what_is_on_record_of_another_area_is_left_out() {
        let text = "extends = \"stoke-on-trent\"\nname = \"Another\"\npopulation = 30_000";
        let another = Scenario::from_text("another.toml", text).unwrap_or_else(|faults| panic!("{faults}"));
        assert!(another.recorded.is_empty());
        assert!(another.file.costs.values().all(|line| line.outturn.is_empty()));
    }

    /// Each number has the source that its own file gives: what is not replaced keeps that of the file beneath, and what
    /// replaces it without a source has none.
    #[test]
    fn a_number_has_the_source_of_its_own_file() {
        let council = council(
            "[arrivals.families]\nchildren_per_year = 4_000\nsource = \"our own count\"\n[costs.fostering]\ngrowth = 0.01",
        );
        let source = |path: &str| {
            let number = council.quantities.values().find(|q| q.path == path).expect("it is there");
            number.source.clone().unwrap_or_default()
        };
        assert_eq!(source("arrivals.families.children_per_year"), "our own count");
        assert!(source("arrivals.families.growth").starts_with("assumption: contacts"));
        assert_eq!(source("costs.fostering.growth"), "");
        let plain = |path: &str| council.plain.iter().find(|n| n.path == path).and_then(|n| n.source.clone());
        let ages = plain("arrivals.families.ages.under_1");
        assert!(ages.is_some_and(|source| source.starts_with("assumption: contacts")));
    }

    #[test]
    fn nothing_can_be_in_proportion_to_no_population() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = include_str!("../../tests/carecast/good.toml");
        std::fs::write(folder.path().join("base.toml"), base).expect("it can be written");
        let over = folder.path().join("over.toml");
        std::fs::write(&over, "extends = \"base.toml\"\nname = \"B\"\npopulation = 5_000")
            .expect("it can be written");
        let told = Scenario::read(&over).expect_err("it is refused").to_string();
        assert!(
            told.contains("population: the scenario that this one extends gives no population"),
            "{told}"
        );
        let told = Scenario::from_text("c.toml", "extends = \"england\"\nname = \"C\"\npopulation = -3")
            .expect_err("refused");
        assert!(told.to_string().contains("an area with -3 children"), "{told}");
    }
}
