//! Numbers of a file that stand as they are: ages, sizes, seasons, counts of children who are there, points of laws. None of
//! them is drawn, and yet results hang on them.

use std::collections::BTreeSet;

use super::load::Loaded;
use super::number::Quantity;
use super::tree::{Node, Value, join};

/// A number that is what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainNumber {
    /// Its path in the file; items of a list are counted from 0.
    pub path: String,
    /// The number.
    pub value: f64,
    /// What it is measured in, as far as its key says.
    pub unit: &'static str,
    /// Where it comes from. Ages that bound bands and stages, and the size of the area, are what
    /// the file means by them, and come from nowhere.
    pub source: Option<String>,
}

/// The source of an age that bounds a band or a stage, and of the size of the area.
const MEANT: &str = "a definition of the scenario";

/// Those of a file that are no quantities, in its order. When the simulation runs, and what is on record to compare with,
/// are no numbers that went in.
#[must_use]
pub fn plain_numbers<'q>(
    loaded: &Loaded,
    quantities: impl IntoIterator<Item = &'q Quantity>,
) -> Vec<PlainNumber> {
    let known = quantities.into_iter().map(|q| q.path.as_str()).collect();
    let mut found = Vec::new();
    Search { loaded, known, found: &mut found }.look_at(&loaded.tree, "", "days");
    found
}

struct Search<'a> {
    loaded: &'a Loaded,
    known: BTreeSet<&'a str>,
    found: &'a mut Vec<PlainNumber>,
}

impl Search<'_> {
    /// `lengths`: what those of the time law around it are in.
    fn look_at(&mut self, node: &Node, path: &str, lengths: &'static str) {
        if self.known.contains(path) || says_otherwise(path) {
            return;
        }
        match &node.value {
            Value::Table(table) => {
                let lengths = unit_of_law(node).unwrap_or(lengths);
                table.iter().for_each(|(key, inner)| self.look_at(inner, &join(path, key), lengths));
            }
            Value::Array(items) => {
                let at = |number: usize| format!("{path}[{number}]");
                items.iter().enumerate().for_each(|(number, item)| self.look_at(item, &at(number), lengths));
            }
            #[expect(clippy::cast_precision_loss, reason = "numbers that people write")]
            Value::Integer(whole) => self.add(path, *whole as f64, lengths),
            Value::Float(number) => self.add(path, *number, lengths),
            Value::Text(_) | Value::Bool(_) | Value::Date(_) => {}
        }
    }

    fn add(&mut self, path: &str, value: f64, lengths: &'static str) {
        let unit = unit(path, lengths);
        let is_meant = unit == "years" || path == "population";
        let source = self.loaded.source_of(path).flatten();
        let source = source.or_else(|| is_meant.then_some(MEANT)).map(str::to_owned);
        self.found.push(PlainNumber { path: path.to_owned(), value, unit, source });
    }
}

/// Whether what stands at a path is listed elsewhere, or is nothing that goes in.
fn says_otherwise(path: &str) -> bool {
    let in_table = |table: &str| path == table || path.starts_with(&format!("{table}."));
    // Effects are quantities that are known by what they change.
    let is_effect = path.starts_with("interventions.") && path.contains(".effects");
    in_table("simulation") || in_table("recorded") || path.ends_with(".outturn") || is_effect
}

/// The unit of a time law, if that is what a table is.
fn unit_of_law(table: &Node) -> Option<&'static str> {
    table.get("law")?;
    let Some(Value::Text(unit)) = table.get("unit").map(|unit| &unit.value) else { return Some("days") };
    ["days", "weeks", "months", "years"].into_iter().find(|known| known == unit)
}

fn unit(path: &str, lengths: &'static str) -> &'static str {
    let step = |name: &str| path.split(['.', '[']).any(|step| step == name);
    let last = path.rsplit('.').next().unwrap_or("");
    match last {
        "count" | "rounded_to" | "population" => return "children",
        "ramp_up_months" | "fade_months" => return "months",
        "price_spread" => return "sd of logarithm",
        "correlation" => return "correlation",
        "low" | "mode" | "high" => return lengths,
        _ => {}
    }
    if step("points") {
        if path.ends_with("[0]") { "share" } else { lengths }
    } else if path.starts_with("ages.") || last == "age" {
        "years"
    } else if step("seasonality") {
        "times a level month"
    } else if step("family_sizes") {
        "share of families"
    } else if path.starts_with("arrivals.") {
        "share"
    } else if step("entries_by_age") || step("entries_by_year") {
        "entries, up to a common factor"
    } else if path.starts_with("opening.") {
        "children, or share of them"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;

    #[test]
    fn every_number_has_a_unit() {
        let shipped =
            crate::scenario::shipped::names().map(|name| Scenario::shipped(name).expect("it is there"));
        for scenario in shipped {
            let plain = scenario.plain.iter().map(|n| (n.unit, &n.path));
            let all = plain.chain(scenario.quantities.values().map(|q| (q.unit, &q.path)));
            assert_eq!(all.into_iter().find(|(unit, _)| unit.is_empty()), None, "{}", scenario.name());
            let of = |path: &str| scenario.plain.iter().find(|n| n.path.ends_with(path)).map(|n| n.unit);
            let points = "stages.home.exits.back_to_care.time.points[1]";
            assert_eq!(
                [of(&format!("{points}[0]")), of(&format!("{points}[1]"))],
                [Some("share"), Some("years")]
            );
        }
    }

    #[test]
    fn every_number_of_a_file_is_a_quantity_or_plain_and_none_is_both() {
        let text = include_str!("../../tests/carecast/good.toml");
        let scenario = Scenario::from_text("good.toml", text).expect("a scenario");
        let paths: Vec<&str> = scenario.plain.iter().map(|n| n.path.as_str()).collect();
        for path in [
            "ages.young[1]",
            "arrivals.families.ages.young",
            "arrivals.families.seasonality[0]",
            "opening.care.count",
            "opening.care.ages.old",
            "opening.care.tracks.placement.kinship",
            "opening.care.entries_by_year.2024",
        ] {
            assert_eq!(paths.iter().filter(|p| **p == path).count(), 1, "{path} in {paths:#?}");
        }
        let known = |path: &str| scenario.quantities.values().any(|q| path.starts_with(&q.path));
        let both: Vec<&&str> = paths.iter().filter(|path| known(path)).collect();
        assert!(both.is_empty(), "{both:?}");
        assert_eq!(scenario.plain.iter().find(|n| n.unit.is_empty()), None);
        let strange = |p: &&&str| p.contains("recorded") || p.contains("outturn") || p.contains("simulation");
        assert_eq!(paths.iter().find(strange), None);
    }
}
