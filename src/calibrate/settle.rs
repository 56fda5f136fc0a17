//! Stages open with what the flows keep in them.

use serde_json::{Value, json};

use crate::experiment::summary::ScenarioSummary;
use crate::record::{Item, Part};
use crate::scenario::Scenario;

/// Adds a stock by age of each stage to a scenario, to read what the flows keep there.
pub(super) fn count(scenario: &mut Value, stages: &[String]) {
    for stage in stages {
        scenario["stocks"][stock(stage)] = json!({ "title": stage, "stages": [stage], "by": ["age"] });
    }
}

/// Lets the stages open with what was there at the end of a simulation.
pub(super) fn settle(merged: &mut Value, stages: &[String], scenario: &Scenario, ended: &ScenarioSummary) {
    for stage in stages {
        let at_end = |item: &Item| Some(ended.years_of(item)?.points.last()?.1.mean);
        let all = Item::stock(stock(stage));
        let Some(count) = at_end(&all).filter(|count| *count >= 0.5) else { continue };
        let mut ages = serde_json::Map::new();
        for (band, ..) in &scenario.classes.bands {
            let share = at_end(&all.part(Part::Age(band.clone()))).unwrap_or(0.0) / count;
            if share >= 0.0005 {
                ages.insert(band.clone(), ((share * 1000.0).round() / 1000.0).into());
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "children of an authority")]
        let count = count.round() as i64;
        merged["opening"][stage]["count"] = count.into();
        merged["opening"][stage]["ages"] = whole(ages).into();
    }
}

fn stock(stage: &str) -> String {
    format!("kept_in_{stage}")
}

/// Shares that add to one: what rounding has left over goes to the largest.
fn whole(mut shares: serde_json::Map<String, Value>) -> serde_json::Map<String, Value> {
    let of = |value: &Value| value.as_f64().unwrap_or(0.0);
    let sum: f64 = shares.values().map(of).sum();
    let largest = shares.iter().max_by(|a, b| of(a.1).total_cmp(&of(b.1))).map(|(key, _)| key.clone());
    if let Some(key) = largest {
        let share = ((of(&shares[&key]) + 1.0 - sum) * 1000.0).round() / 1000.0;
        shares.insert(key, share.into());
    }
    shares
}
