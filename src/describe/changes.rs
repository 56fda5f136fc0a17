//! What a what-if changes in the scenario that it extends: every key that differs, in plain words.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::differences::{Difference, between, is_text, texts as texts_between};
use super::services::Service;
use super::{services, titles, values, words};
use crate::scenario::Scenario;
use crate::scenario::file::ScenarioFile;
use crate::scenario::tree::{join, written};

/// What is changed of one thing: a stage, an exit, a line of the budget, an intervention.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// What is changed, and whether it is new or gone.
    pub title: String,
    /// How, in a line each.
    pub lines: Vec<String>,
    /// Where its numbers come from, if it is an intervention.
    pub source: Option<String>,
}

/// What the report tells of a scenario beside the reference of its batch: all that it changes in it. Two places have
/// little in common, so that of another place there are its interventions, as there are of the reference itself.
#[must_use]
pub fn beside(scenario: &Scenario, reference: Option<&Scenario>) -> Vec<Change> {
    match reference {
        Some(reference) if !is_another_place(scenario, reference) => of(scenario, reference),
        _ => interventions_of(&scenario.file, reference.map(|r| &r.file)),
    }
}

/// The interventions of a scenario, without those that it has in common with another.
#[must_use]
pub fn interventions_of(file: &ScenarioFile, reference: Option<&ScenarioFile>) -> Vec<Change> {
    services::new_in(file, reference).into_iter().map(|(_, service)| service.into()).collect()
}

impl From<Service> for Change {
    fn from(service: Service) -> Self {
        Self { title: service.title, lines: service.sentences, source: service.source }
    }
}

/// All that a scenario changes in another: its interventions, then every other key that differs.
#[must_use]
pub fn of(scenario: &Scenario, base: &Scenario) -> Vec<Change> {
    let all =
        [between(&base.merged, &scenario.merged), texts_between(&base.merged, &scenario.merged)].concat();
    let (own, others): (Vec<&Difference>, Vec<&Difference>) =
        all.iter().partition(|d| d.path.starts_with("interventions."));
    let mut changes = interventions(scenario, base, &own);
    let first = changes.len();
    for difference in others {
        let (title, line) = told(scenario, base, difference);
        match changes[first..].iter_mut().rfind(|change| change.title == title) {
            Some(same) => same.lines.push(line),
            None => changes.push(Change { title, lines: vec![line], source: None }),
        }
    }
    changes
}

/// The interventions that are new, changed or gone. A changed one is told with what it was and what it is now.
fn interventions(scenario: &Scenario, base: &Scenario, differences: &[&Difference]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, service) in services::new_in(&scenario.file, Some(&base.file)) {
        let path = join("interventions", name) + ".";
        let own = differences.iter().filter(|d| d.path.starts_with(&path));
        if base.file.interventions.contains_key(name) {
            let changed = own.map(|d| format!("Changed: {}", told(scenario, base, d).1)).collect();
            changes.push(Change {
                title: format!("{} (changed)", service.title),
                lines: [changed, service.sentences].concat(),
                source: service.source,
            });
        } else {
            let is_said = |d: &&&Difference| d.after.and_then(Json::as_str) == service.source.as_deref();
            let texts = own.filter(|d| is_new_text(d)).filter(|d| !is_said(d));
            let texts = texts.map(|d| words::opening(&told(scenario, base, d).1)).collect();
            changes.push(Change { lines: [service.sentences.clone(), texts].concat(), ..service.into() });
        }
    }
    let kept = &scenario.file.interventions;
    let gone = services::new_in(&base.file, Some(&scenario.file)).into_iter();
    changes.extend(gone.filter(|(name, _)| !kept.contains_key(*name)).map(|(_, service)| Change {
        title: format!("Without: {}", words::within(&service.title)),
        lines: service.sentences,
        source: None,
    }));
    changes
}

/// Whether a difference is a text that was not there.
fn is_new_text(difference: &Difference) -> bool {
    difference.before.is_none() && difference.after.is_some_and(|value| is_text(&difference.path, value))
}

/// What a difference belongs to, and what it is.
fn told(scenario: &Scenario, base: &Scenario, difference: &Difference) -> (String, String) {
    let file = if difference.after.is_some() { &scenario.file } else { &base.file };
    let titled = titles::titled_in_parts(file, &difference.path);
    let is_in = |merged: &Json| titled.keys.iter().try_fold(merged, |table, key| table.get(key)).is_some();
    let (was, is) = (is_in(&base.merged), is_in(&scenario.merged));
    let remark = match (was, is) {
        (false, true) => " (new)",
        (true, false) => " (no longer there)",
        _ => "",
    };
    let kind = match titled.keys[0].as_str() {
        "stocks" | "flows" => "Count, ",
        "costs" => "Cost, ",
        "income" => "Income, ",
        _ => "",
    };
    let course = course(scenario, base, difference, was);
    // "Places: 206 places" would say it twice; shares are written without their unit.
    let unit = scenario.quantities.values().find(|q| q.path == difference.path).map(|q| q.unit);
    let is_said = titled.what.is_empty() || unit == Some(titled.what.as_str()) && unit != Some("share");
    let line = if is_said { course } else { format!("{}: {course}", titled.what) };
    (format!("{kind}{}{remark}", titled.thing), line)
}

/// From what a value was to what it is. `was`: whether the thing that it belongs to was there before.
fn course(scenario: &Scenario, base: &Scenario, difference: &Difference, was: bool) -> String {
    let path = &difference.path;
    let before = difference.before.map(|value| values::said(base, path, value));
    let after = difference.after.map(|value| values::said(scenario, path, value));
    let unsaid = if difference.by_class { Some("as all others") } else { unsaid(path) };
    match (before, after) {
        (Some(before), Some(after)) if before != after => {
            let lists = difference.before.and_then(texts).zip(difference.after.and_then(texts));
            let shown = lists.and_then(|(old, new)| gained_and_lost(scenario, path, &old, &new));
            shown.unwrap_or_else(|| format!("{before} -> {after}"))
        }
        // Where the words do not tell them apart, the file does.
        (Some(_), Some(_)) => {
            let [before, after] =
                [difference.before, difference.after].map(|v| v.map_or_else(String::new, written));
            format!("{before} -> {after}")
        }
        (None, Some(after)) => match unsaid {
            _ if !was => after,
            Some(unsaid) => format!("{unsaid} -> {after}"),
            None => format!("{after} (new)"),
        },
        (Some(before), None) => format!("{before} -> {}", unsaid.unwrap_or("none")),
        (None, None) => String::new(),
    }
}

/// What holds where a key is left out, if that says more than that there is nothing.
fn unsaid(path: &str) -> Option<&'static str> {
    Some(match path.rsplit('.').next()? {
        "pool" => "no limit",
        "growth" => "no growth",
        "seasonality" => "every month alike",
        "until" => "no last day",
        "take_up" => "all",
        "again_after_months" => "never",
        "after" => "at once",
        "pace" => "1",
        _ => return None,
    })
}

fn texts(value: &Json) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Json::as_str).collect()
}

/// What a list has more and less than before, unless it has only another order.
fn gained_and_lost(scenario: &Scenario, path: &str, before: &[&str], after: &[&str]) -> Option<String> {
    let beyond = |these: &[&str], those: &[&str]| {
        let only = these.iter().filter(|text| !those.contains(text));
        let named: Vec<String> = only.map(|text| values::named(scenario, path, text)).collect();
        (!named.is_empty()).then(|| words::and(&named))
    };
    let gained = beyond(after, before).map(|names| format!("now also {names}"));
    let lost = beyond(before, after).map(|names| format!("no longer {names}"));
    let both: Vec<String> = gained.into_iter().chain(lost).collect();
    (!both.is_empty()).then(|| both.join("; "))
}

/// Whether a scenario is about another place than the one that it extends, rather than about what would change in it: it has
/// families and children of its own.
#[must_use]
pub fn is_another_place(scenario: &Scenario, base: &Scenario) -> bool {
    let all = between(&base.merged, &scenario.merged);
    let differs = |path: &str| all.iter().any(|d| d.path == path || d.path.starts_with(&format!("{path}.")));
    let arrives = |name: &String| differs(&(join("arrivals", name) + ".children_per_year"));
    let streams = &base.file.arrivals;
    !streams.is_empty() && streams.keys().all(arrives) && !opened_otherwise(scenario, base).is_empty()
}

/// Whether all that a scenario changes in another are interventions and places.
#[must_use]
pub fn only_invests(scenario: &Scenario, base: &Scenario) -> bool {
    let is_investment =
        |path: &str| ["interventions", "pools"].iter().any(|table| path.split('.').next() == Some(*table));
    between(&base.merged, &scenario.merged).iter().all(|difference| is_investment(&difference.path))
}

/// The stages that do not start with the same children, in words: "Home from care (66 and 100)".
#[must_use]
pub fn opened_otherwise(scenario: &Scenario, base: &Scenario) -> Vec<String> {
    let mut stages: BTreeMap<usize, String> = BTreeMap::new();
    for difference in between(&base.merged, &scenario.merged) {
        let Some(opening) = difference.path.strip_prefix("opening.") else { continue };
        let stage = opening.split('.').next().unwrap_or(opening);
        // What figures were rounded to says only how they are checked.
        if opening.ends_with(".rounded_to") {
            continue;
        }
        let count = |s: &Scenario| s.file.opening.get(stage).map_or(0, |o| o.count);
        let (before, after) = (count(base), count(scenario));
        let title = services::stage(&scenario.file, stage);
        let place = scenario.file.opening.get_index_of(stage).unwrap_or(usize::MAX);
        let counts = |n: u32| words::count(f64::from(n));
        stages.insert(
            place,
            if before == after {
                title
            } else {
                format!("{title} ({} and {})", counts(before), counts(after))
            },
        );
    }
    stages.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> (Scenario, Scenario) {
        let text = format!("extends = \"stoke-on-trent\"\nname = \"Changed\"\n{text}");
        let base = Scenario::shipped("stoke-on-trent").expect("it comes with the program");
        (Scenario::from_text("changed.toml", &text).unwrap_or_else(|faults| panic!("{faults}")), base)
    }

    #[track_caller]
    fn is_told(text: &str, due: &[(&str, &[&str])]) {
        let (scenario, base) = changed(text);
        let told = of(&scenario, &base);
        let told: Vec<(&str, Vec<&str>)> =
            told.iter().map(|c| (c.title.as_str(), c.lines.iter().map(String::as_str).collect())).collect();
        let due: Vec<(&str, Vec<&str>)> = due.iter().map(|(title, lines)| (*title, lines.to_vec())).collect();
        assert_eq!(told, due);
    }

    #[test]
    fn a_limit_is_told_with_when_it_begins_and_where_the_overflow_goes() {
        is_told(
            "[pools.homes]\ntitle = \"Places in homes\"\nplaces = 130\n\
             [tracks.placement.states.childrens_home]\npool = \"homes\"\nif_full = \"foster_agency\"",
            &[
                (
                    "Placement, Children's home",
                    &[
                        "limited, from the first day, by: no limit -> places in homes",
                        "who finds no place: goes to \u{201c}Agency foster care\u{201d} (new)",
                    ],
                ),
                ("Places in homes (new)", &["130 places"]),
            ],
        );
    }

    #[test]
    fn a_redirected_exit_and_a_table_that_becomes_a_number_are_told_with_what_they_were() {
        is_told(
            "[stages.care.exits.relatives]\nto = \"special_guardianship\"\n\
             [costs.residential.charges.childrens_home]\nper_week = 7_000\n\
             [stages.care]\ntitle = \"In care\"",
            &[
                (
                    "In care, exit Left to live with relatives",
                    &[
                        "leads to: \u{201c}No longer known to the service\u{201d} -> \u{201c}Special guardianship\u{201d}",
                    ],
                ),
                (
                    "Cost, Residential care, childrens home",
                    &[
                        "price: by cohort: unaccompanied asylum-seeking children £0 a week; all others by need: standard need \
                       £5,050 a week; complex need £8,500 a week -> £7,000 a week",
                    ],
                ),
                ("In care", &["title: \u{201c}Looked after\u{201d} -> \u{201c}In care\u{201d}"]),
            ],
        );
    }

    #[test]
    fn a_corrected_count_makes_no_other_place_and_own_families_do() {
        let (corrected, base) = changed("[opening.home]\ncount = 100");
        assert!(!is_another_place(&corrected, &base));
        assert_eq!(opened_otherwise(&corrected, &base), ["Home from care (66 and 100)"]);
        let england = Scenario::shipped("england").expect("it comes with the program");
        assert!(is_another_place(&base, &england));
        assert_eq!(opened_otherwise(&base, &base), [""; 0]);
    }
}
