//! What the reader of results should know beforehand: interventions that fall outside the years simulated, and
//! what is not alike in scenarios that are compared.

use std::collections::BTreeMap;

use super::{changes, money, titles, words};
use crate::experiment::summary::{ScenarioSummary, Summary};
use crate::pathway::calendar::Calendar;
use crate::record::Item;
use crate::scenario::file::{Flow, ScenarioFile, Stock};
use crate::scenario::number::best_values;
use crate::scenario::{Effect, Intervention, Scenario, Unused, unused, why_unreached};

/// All that the reader of a batch should know of its scenarios, the reference first.
#[must_use]
pub fn of(scenarios: &[Scenario]) -> Vec<String> {
    let named =
        |s: &Scenario| of_one(s).into_iter().map(|note| format!("{}: {note}", s.name())).collect::<Vec<_>>();
    differences(scenarios).into_iter().chain(scenarios.iter().flat_map(named)).collect()
}

/// All that the reader of one scenario should know beforehand.
#[must_use]
pub fn of_one(scenario: &Scenario) -> Vec<String> {
    let twice = scenario.charged_twice.iter().filter(|twice| twice.is_added);
    [
        idle(scenario),
        limited(scenario),
        strong(scenario),
        unused(scenario).iter().map(nothing).collect(),
        twice.map(|twice| money::charged_twice(scenario, twice)).collect(),
    ]
    .concat()
}

/// What the reader should know of the results themselves: where children wait for an intervention that is full, since
/// nothing else can happen to them meanwhile.
#[must_use]
pub fn of_results(scenarios: &[Scenario], summary: &Summary) -> Vec<String> {
    let waiting = |(scenario, results): (&Scenario, &ScenarioSummary)| -> Vec<String> {
        scenario.interventions.values().filter_map(|i| who_waits(scenario, i, results)).collect()
    };
    scenarios.iter().zip(&summary.scenarios).flat_map(waiting).collect()
}

fn who_waits(scenario: &Scenario, i: &Intervention, results: &ScenarioSummary) -> Option<String> {
    let item = Item::waiting(&i.name);
    let &(day, ref waiting) = results.months.iter().find(|s| s.item == item)?.points.last()?;
    let stage = &scenario.pathway.states[i.reach.as_ref()?.state].title;
    (waiting.mean >= 0.5).then(|| {
        format!(
            "{}: on {} about {} children wait for \"{}\". Until it takes them in they stay in \"{stage}\" and do not \
             move on from there, so a part of the change elsewhere may come from the wait alone. Write \
             `when_full = \"refuse\"` if children move on while the service is full.",
            scenario.name(),
            words::day(day),
            words::count(libm::round(waiting.mean)),
            i.title,
        )
    })
}

/// What is defined and plays no part: most often a slip in a name.
fn nothing(unused: &Unused) -> String {
    let near = unused.near.as_ref().map_or_else(String::new, |name| format!(" Was `{name}` meant?"));
    format!("{}: it changes nothing.{near}", words::opening(&unused.message))
}

/// Interventions that do nothing, for they start after the last day simulated or end before the first. That is
/// no fault: a what-if may simulate fewer years than the scenario that it extends, whose interventions it cannot
/// take out.
fn idle(scenario: &Scenario) -> Vec<String> {
    scenario
        .interventions
        .values()
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
    let until = file.until.as_deref().or(file.reviews.as_ref().and_then(|r| r.all_by.as_deref()));
    let until = until.filter(|_| i.over().is_some_and(|over| over <= 0))?;
    let first = words::day(calendar.start());
    Some(format!("\"{}\" ends on {}, before the first day simulated, {first}.", i.title, said(until)))
}

/// Interventions within the years simulated that reach nobody, or never reach their full size.
fn limited(scenario: &Scenario) -> Vec<String> {
    let active = scenario.interventions.values().filter(|i| why_idle(i, scenario).is_none());
    let reasons = active.flat_map(|i| [nobody(i, scenario), never_full(i, scenario)]);
    reasons.flatten().collect()
}

fn nobody(i: &Intervention, scenario: &Scenario) -> Option<String> {
    Some(format!("\"{}\" reaches nobody: {}.", i.title, why_unreached(scenario, i)?))
}

fn never_full(i: &Intervention, scenario: &Scenario) -> Option<String> {
    let end = i.until.unwrap_or(scenario.calendar.end()).min(scenario.calendar.end());
    let months = scenario.file.interventions.get(&i.name)?.ramp_up_months?;
    let told = || {
        let why = format!("it grows over {months} months, longer than it runs here");
        format!("\"{}\" never reaches its full size: {why}.", i.title)
    };
    (i.from + i.ramp > end).then(told)
}

/// What multiplies by more than this is most often a percentage written as a number.
const ODD_FACTOR: f64 = 5.0;

/// Factors so large that a percentage may have been meant.
fn strong(scenario: &Scenario) -> Vec<String> {
    let best = best_values(&scenario.quantities);
    let told = |(i, effect): (&Intervention, &Effect)| {
        let (Effect::Share { times, .. }
        | Effect::Pace { times, .. }
        | Effect::Time { times, .. }
        | Effect::Arrivals { times, .. }) = effect
        else {
            return None;
        };
        let factor = best[*times];
        (factor > ODD_FACTOR).then(|| {
            let what = titles::titled_in_parts(&scenario.file, &scenario.quantities[*times].path).what;
            let (said, share) = (words::figure(factor), words::figure(factor / 100.0));
            format!("\"{}\": {what} {said}. If {said}% was meant, write {share}.", i.title)
        })
    };
    let effects = scenario.interventions.values().flat_map(|i| i.effects.iter().map(move |e| (i, e)));
    effects.filter_map(told).collect()
}

/// What is not alike in scenarios that are compared with the first.
fn differences(scenarios: &[Scenario]) -> Vec<String> {
    let Some((first, others)) = scenarios.split_first() else { return Vec::new() };
    others.iter().flat_map(|other| between(first, other)).collect()
}

fn between(one: &Scenario, other: &Scenario) -> Vec<String> {
    let mut notes = Vec::new();
    let (a, b) = (one.name(), other.name());
    if changes::is_another_place(other, one) {
        notes.push(format!(
            "\"{a}\" and \"{b}\" do not start with the same children: the differences are between two places, \
             not what one change would make."
        ));
    } else {
        notes.extend(opened_otherwise(one, other));
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

/// That a what-if does not start with the same children, if it does not.
pub(super) fn opened_otherwise(one: &Scenario, other: &Scenario) -> Option<String> {
    let opened = changes::opened_otherwise(other, one);
    (!opened.is_empty()).then(|| {
        format!(
            "\"{}\" and \"{}\" do not start with the same children: a part of the difference is there from the \
             first day. Not the same: {}.",
            one.name(),
            other.name(),
            words::and(&opened)
        )
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(change: &str) -> Vec<String> {
        let text = format!("extends = \"stoke-on-trent\"\nname = \"x\"\n{change}");
        of_one(&Scenario::from_text("x.toml", &text).unwrap_or_else(|faults| panic!("{faults}")))
    }

    #[test]
    fn a_factor_that_looks_like_a_percentage_is_noted() {
        let effect = |times: &str| {
            notes(&format!(
                "[interventions.x]\ntitle = \"X\"\nfrom = 2026-04-01\nreaches = {{ stage = \"care\" }}\n\
                 effects = [{{ exit = \"home_planned\", pace_times = {times} }}]\nsource = \"assumption\"\n"
            ))
        };
        let due = "\"X\": chance per day of home planned multiplied by 90. If 90% was meant, write 0.9.";
        assert_eq!(effect("90"), [due]);
        assert_eq!(effect("{ best = 90, low = 80, high = 95 }"), [due]);
        for times in ["0.01", "1.2", "5"] {
            assert_eq!(effect(times), Vec::<String>::new(), "{times}");
        }
    }

    #[test]
    fn child_days_that_a_what_if_charges_twice_are_noted_with_both_charges() {
        let found = notes("[costs.residential.charges.childrens_home]\nper_week = 7000\n");
        let due = "\"Residential care, childrens home\" (costs.residential.charges.childrens_home) and \
                   \"Unaccompanied asylum-seeking children, care\" (costs.unaccompanied_children.charges.care) are both \
                   charged for the same child-days in \"Looked after, unaccompanied\", of unaccompanied asylum-seeking \
                   children. If only one of the two is meant, take the other out, or give it the price 0 for these \
                   children.";
        assert_eq!(found, [due]);
    }
}
