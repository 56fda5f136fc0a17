//! What a what-if changes in the scenario that it extends.

use std::fmt::Write;

use super::{numbers, section};
use super::{services, titles, words};
use crate::scenario::Scenario;
use crate::scenario::file::ScenarioFile;
use crate::scenario::number::Quantity;

/// Whether a scenario only changes the one it extends, rather than being a baseline with children of its own.
pub(super) fn is_what_if(scenario: &Scenario, base: &Scenario) -> bool {
    format!("{:?}", scenario.file.opening) == format!("{:?}", base.file.opening)
}

/// The interventions and numbers that differ, and what else does.
pub(super) fn describe(scenario: &Scenario, base: &Scenario, text: &mut String) {
    section(text, &format!("What it changes in \"{}\"", base.name()));
    let before = text.len();
    services_changed(scenario, base, text);
    let own = |q: &Quantity| q.path.starts_with("interventions.");
    let changed = numbers::changed(scenario, base);
    for (quantity, before) in changed.iter().filter(|(q, _)| !own(q)) {
        let before = before.map_or_else(|| "not there".to_owned(), |b| numbers::worth(base, b));
        let title = titles::title(&scenario.file, &quantity.path);
        let _ = writeln!(text, "{title}\n  {before} -> {}", numbers::worth(scenario, quantity));
    }
    let told = |part: &str| changed.iter().any(|(q, _)| q.path.starts_with(part));
    for (part, what) in parts(&scenario.file, &base.file) {
        if !told(part) {
            let _ = writeln!(text, "{what} are not the same.");
        }
    }
    if text.len() == before {
        text.push_str("Nothing: it means the same.\n");
    }
}

fn services_changed(scenario: &Scenario, base: &Scenario, text: &mut String) {
    for (name, service) in services::new_in(&scenario.file, Some(&base.file)) {
        let changed = if base.file.interventions.contains_key(name) { " (changed)" } else { "" };
        super::service(&service, changed, text);
    }
    let gone =
        base.file.interventions.iter().filter(|(name, _)| !scenario.file.interventions.contains_key(*name));
    for (_, intervention) in gone {
        let _ = writeln!(text, "Without: {}", words::within(&intervention.title));
    }
}

/// Parts of a file that differ: where their numbers' paths begin, and what to call them.
fn parts(a: &ScenarioFile, b: &ScenarioFile) -> Vec<(&'static str, &'static str)> {
    let mut parts = Vec::new();
    let mut compare = |one: String, other: String, path, what| {
        if one != other {
            parts.push((path, what));
        }
    };
    macro_rules! compare {
        ($($field:ident: $what:literal),* $(,)?) => {
            $(compare(format!("{:?}", a.$field), format!("{:?}", b.$field), concat!(stringify!($field), "."), $what);)*
        };
    }
    compare! {
        simulation: "When it starts, or how long it goes on,",
        ages: "Age bands",
        cohorts: "Cohorts",
        needs: "Need classes",
        arrivals: "Those who arrive",
        stages: "Stages",
        tracks: "Tracks",
        pools: "Pools",
        drift: "Drifts",
        stocks: "Counts of children",
        flows: "Counts of events",
        price_base: "Prices",
        costs: "Costs",
        income: "Income",
        recorded: "Recorded figures",
    }
    parts
}
