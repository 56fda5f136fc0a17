//! What the reader of results should know beforehand: interventions that fall outside the years simulated, and
//! what is not alike in scenarios that are compared.

use std::collections::BTreeMap;

use crate::pathway::calendar::Calendar;
use crate::report::words;
use crate::scenario::file::{Flow, ScenarioFile, Stock};
use crate::scenario::{Intervention, Scenario};

/// A message and what to write instead.
type Refusal = (String, String);

/// Scenarios can be compared if they have names of their own, cover the same time, and count in the same pounds.
pub(super) fn comparable(scenarios: &[Scenario]) -> Result<(), Refusal> {
    let first = &scenarios[0];
    for (i, scenario) in scenarios.iter().enumerate().skip(1) {
        let (one, other) = (first.name(), scenario.name());
        if scenarios[..i].iter().any(|s| s.name() == other) {
            return Err((
                format!("two scenarios are called \"{other}\""),
                "Give each a `name` of its own; tables tell them apart by it.".into(),
            ));
        }
        if scenario.calendar != first.calendar {
            return Err((
                format!(
                    "\"{one}\" and \"{other}\" do not cover the same time: the one {}, the other {}",
                    span(first),
                    span(scenario)
                ),
                "Give both the same `simulation.start`, `years` and `calendar`.".into(),
            ));
        }
        if let (Some(base), Some(another)) = (&first.file.price_base, &scenario.file.price_base)
            && base != another
        {
            return Err((
                format!("\"{one}\" is in the prices of {base}, but \"{other}\" in those of {another}"),
                "Give both the same `price_base`, and bring the prices of one to it: the difference would be \
                 inflation."
                    .into(),
            ));
        }
    }
    Ok(())
}

fn span(scenario: &Scenario) -> String {
    let years = scenario.file.simulation.years;
    let plural = if years == 1 { "year" } else { "years" };
    format!("{years} {plural} from {}", words::day(scenario.calendar.start()))
}

/// Interventions that do nothing, for they start after the last day simulated or end before the first. That is
/// no fault: a what-if may simulate fewer years than the scenario that it extends, whose interventions it cannot
/// take out.
pub(super) fn idle(scenario: &Scenario) -> Vec<String> {
    scenario
        .interventions
        .iter()
        .filter_map(|i| Some(format!("{} It does nothing here.", why_idle(i, scenario)?)))
        .collect()
}

fn why_idle(i: &Intervention, scenario: &Scenario) -> Option<String> {
    let calendar: &Calendar = &scenario.calendar;
    let file = scenario.file.interventions.get(&i.name)?;
    let said = |day: &str| words::read_day(day).map_or_else(|| day.to_owned(), words::day);
    if i.from >= calendar.end() {
        let last = words::day(calendar.month_end(calendar.months() - 1));
        return Some(format!(
            "\"{}\" starts on {}, after the last day simulated, {last}.",
            i.title,
            said(&file.from)
        ));
    }
    let until = file.until.as_deref().filter(|_| i.until.is_some_and(|end| end + i.fade <= 0))?;
    let first = words::day(calendar.start());
    Some(format!("\"{}\" ends on {}, before the first day simulated, {first}.", i.title, said(until)))
}

/// What is not alike in scenarios that are compared with the first.
pub(super) fn differences(scenarios: &[Scenario]) -> Vec<String> {
    let first = &scenarios[0];
    scenarios[1..].iter().flat_map(|other| between(first, other)).collect()
}

fn between(one: &Scenario, other: &Scenario) -> Vec<String> {
    let mut notes = Vec::new();
    let (a, b) = (one.name(), other.name());
    if format!("{:?}", one.file.opening) != format!("{:?}", other.file.opening) {
        notes.push(format!(
            "\"{a}\" and \"{b}\" do not start with the same children: the differences are between two places, \
             not what one change would make."
        ));
    }
    let (here, there) = (items(one), items(other));
    for (measured, fate) in [(true, "are not compared"), (false, "count as nothing there")] {
        let new = missing(&there, &here, measured);
        if !new.is_empty() {
            notes.push(format!("\"{a}\" does not have these, and so they {fate}: {}.", words::and(&new)));
        }
    }
    let gone = [missing(&here, &there, true), missing(&here, &there, false)].concat();
    if !gone.is_empty() {
        notes.push(format!(
            "\"{b}\" does not have these, and so they are not compared: {}.",
            words::and(&gone)
        ));
    }
    let unlike = unlike(&one.file, &other.file);
    if !unlike.is_empty() {
        notes.push(format!("\"{a}\" and \"{b}\" count these by another rule: {}.", words::and(&unlike)));
    }
    notes
}

/// All that is counted and charged: in which table, by which name, and what people call it.
type Items<'a> = BTreeMap<(&'static str, &'a String), &'a String>;

fn items(scenario: &Scenario) -> Items<'_> {
    let file = &scenario.file;
    let stocks = file.stocks.iter().map(|(name, s)| (("stocks", name), &s.title));
    let flows = file.flows.iter().map(|(name, f)| (("flows", name), &f.title));
    let costs = file.costs.iter().map(|(name, l)| (("costs", name), &l.title));
    let income = file.income.iter().map(|(name, l)| (("income", name), &l.title));
    stocks.chain(flows).chain(costs).chain(income).collect()
}

/// The titles of what is not there: of children on a day, or of events and pounds, which are nothing where
/// nobody counts them.
fn missing(here: &Items, there: &Items, on_a_day: bool) -> Vec<String> {
    let gone = here.iter().filter(|(key, _)| !there.contains_key(*key) && (key.0 == "stocks") == on_a_day);
    gone.map(|(_, title)| (*title).clone()).collect()
}

/// The titles of counts that both files have, but define otherwise.
fn unlike(one: &ScenarioFile, other: &ScenarioFile) -> Vec<String> {
    let stock = |a: &Stock, b: &Stock| a.stages == b.stages && a.cohorts == b.cohorts;
    let flow = |a: &Flow, b: &Flow| {
        a.into == b.into && a.out_of == b.out_of && a.exits == b.exits && a.moves_in == b.moves_in
    };
    let stocks = one.stocks.iter().filter(|(name, a)| other.stocks.get(*name).is_some_and(|b| !stock(a, b)));
    let flows = one.flows.iter().filter(|(name, a)| other.flows.get(*name).is_some_and(|b| !flow(a, b)));
    stocks.map(|(_, s)| s.title.clone()).chain(flows.map(|(_, f)| f.title.clone())).collect()
}
