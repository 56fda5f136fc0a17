//! Places, money and drift, in a line each.

use std::fmt::Write;

use super::{numbers::worth, section};
use super::{titles, words};
use crate::pathway::{QuantityId, StateId};
use crate::scenario::file::{Behaviour, CostLine, ScenarioFile};
use crate::scenario::{ChargeSpec, ChargedTwice, Drift, LineSpec, Moved, Scenario, Shared};

/// The pools.
pub(super) fn places(scenario: &Scenario, text: &mut String) {
    if scenario.pools.is_empty() {
        return;
    }
    section(text, "Places");
    for pool in scenario.pools.values() {
        let title = pool_title(&scenario.file, &pool.name);
        let _ = writeln!(text, "{title}: {}.", worth(scenario, &scenario.quantities[pool.places]));
    }
}

/// What people call a pool.
pub(super) fn pool_title(file: &ScenarioFile, name: &str) -> String {
    let title = file.pools.get(name).and_then(|p| p.title.clone());
    title.unwrap_or_else(|| words::opening(&name.replace('_', " ")))
}

/// The lines of the budget.
pub(super) fn budget(scenario: &Scenario, text: &mut String) {
    if scenario.lines.is_empty() {
        return;
    }
    let base = scenario.file.price_base.as_ref();
    section(text, &base.map_or_else(|| "Money".to_owned(), |year| format!("Money, in prices of {year}")));
    for line in scenario.lines.values() {
        let table = if line.income { &scenario.file.income } else { &scenario.file.costs };
        let behaves = match line.behaves {
            Behaviour::Varies => "varies with children",
            Behaviour::Fixed => "fixed in the short run",
        };
        let income = if line.income { "income, " } else { "" };
        let growth = line.growth.map_or_else(String::new, |n| {
            format!(", growing {} a year", worth(scenario, &scenario.quantities[n]))
        });
        let charges = table.get(&line.name).map_or_else(String::new, |file| charges(scenario, line, file));
        let _ = writeln!(text, "{} ({income}{behaves}{growth}): {charges}.", line.title);
    }
    for twice in scenario.charged_twice.iter().filter(|twice| !twice.is_new) {
        let _ = writeln!(text, "{}", charged_twice(scenario, twice));
    }
}

/// That two charges are made for the same events or child-days.
pub(super) fn charged_twice(scenario: &Scenario, twice: &ChargedTwice) -> String {
    let [one, other] = &twice.charges;
    match &twice.what {
        Shared::Events([name, alike]) if one == other => format!(
            "Each `{alike}` is charged twice by `{one}`, which also names `{name}`. Take one of the two out of `of`."
        ),
        Shared::Events([name, alike]) => {
            let known_as = if name == alike { String::new() } else { format!(", as `{alike}`") };
            format!(
                "Each `{name}` is charged twice, by `{one}` and by `{other}`{known_as}. If one stands for the other, take one \
                 out."
            )
        }
        Shared::Days { stages, cohorts } => {
            let titled = |path: &String| format!("\"{}\" ({path})", titles::title(&scenario.file, path));
            let days = shared_days(scenario, stages, cohorts);
            if one == other {
                return format!(
                    "{} is charged twice for the same child-days {days}. Take what is named in two ways out of `of`.",
                    titled(one)
                );
            }
            format!(
                "{} and {} are both charged for the same child-days {days}. If only one of the two is meant, take the other \
                 out, or give it the price 0 for these children.",
                titled(one),
                titled(other),
            )
        }
    }
}

/// In which stages, and of whom if not of all, days are.
fn shared_days(scenario: &Scenario, stages: &[StateId], cohorts: &[usize]) -> String {
    let stages: Vec<String> =
        stages.iter().map(|&s| format!("\"{}\"", scenario.pathway.states[s].title)).collect();
    let of: Vec<String> = cohorts
        .iter()
        .map(|&c| words::within(&titles::class(&scenario.file, &scenario.classes.cohorts[c])))
        .collect();
    let is_all = cohorts.len() == scenario.classes.cohorts.len();
    let of = if is_all { String::new() } else { format!(", of {}", words::and(&of)) };
    format!("in {}{of}", words::and(&stages))
}

fn charges(scenario: &Scenario, line: &LineSpec, file: &CostLine) -> String {
    let each = line.charges.iter().zip(&file.charges);
    let each = each.map(|(spec, (name, charge))| {
        let title = charge.title.clone().or_else(|| of_one_state(scenario, spec));
        let title = title.unwrap_or_else(|| name.replace('_', " "));
        format!("{} {}", words::within(&title), price(scenario, spec))
    });
    each.collect::<Vec<_>>().join("; ")
}

/// What people call the only state that is charged by the week.
fn of_one_state(scenario: &Scenario, spec: &ChargeSpec) -> Option<String> {
    let ChargeSpec::Week(states, _) = spec else { return None };
    let [state] = states[..] else { return None };
    Some(scenario.pathway.states[state].title.clone())
}

fn price(scenario: &Scenario, spec: &ChargeSpec) -> String {
    let said = |n: QuantityId| worth(scenario, &scenario.quantities[n]);
    match spec {
        ChargeSpec::Year(n) | ChargeSpec::Event(_, n) => said(*n),
        ChargeSpec::Week(_, numbers) => {
            let mut prices: Vec<QuantityId> =
                numbers.iter().copied().filter(|&n| !scenario.quantities[n].is_nought()).collect();
            prices.sort_unstable();
            prices.dedup();
            let prices: Vec<String> = prices.into_iter().map(said).collect();
            if prices.is_empty() { "nothing".to_owned() } else { prices.join(" or ") }
        }
    }
}

/// The rates that wander from year to year.
pub(super) fn drift(scenario: &Scenario, text: &mut String) {
    if scenario.drifts.is_empty() {
        return;
    }
    section(text, "What drifts from year to year");
    for drift in scenario.drifts.values() {
        let Some(file) = scenario.file.drift.get(&drift.name) else { continue };
        let moves: Vec<String> = file.moves.iter().map(|path| titles::title(&scenario.file, path)).collect();
        let title = file.title.clone().unwrap_or_else(|| words::opening(&drift.name.replace('_', " ")));
        let _ = writeln!(
            text,
            "{title}: in two years of three {}, {} of it lasting into the next year. It moves: {}.",
            within(drift, &as_share(scenario, drift.sd)),
            match as_share(scenario, drift.persistence).as_str() {
                "0%" => "none",
                "100%" => "all",
                some => some,
            },
            moves.join("; ")
        );
    }
}

/// How far a drift wanders. A share does so by its odds, which keeps it between 0 and 1.
fn within(drift: &Drift, sd: &str) -> String {
    let shares = drift.moves.iter().filter(|moved| matches!(moved, Moved::Share(_))).count();
    match shares {
        0 => format!("within {sd} of its course"),
        n if n == drift.moves.len() => format!("with odds within {sd} of their course"),
        _ => format!("within {sd} of its course (shares: of the course of their odds)"),
    }
}

fn as_share(scenario: &Scenario, number: QuantityId) -> String {
    let best = scenario.quantities[number].best(&crate::scenario::number::best_values(&scenario.quantities));
    format!("{}%", super::numbers::figure(best * 100.0))
}
