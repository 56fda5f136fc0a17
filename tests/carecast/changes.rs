//! Nothing in a file may change a result and go unmentioned: each key of a file is changed, or taken out, in turn, and
//! `check` must tell it, in words by which no change is taken for another.

use std::collections::BTreeMap;

use carecast::describe::changes;
use carecast::scenario::Scenario;
use rayon::prelude::*;
use serde_json::Value as Json;

use crate::support::shipped;

/// How many keys of a large file are tried in every run of the tests.
const SAMPLE: usize = 30;
/// Texts of the whole, which `check` says by themselves.
const OF_THE_WHOLE: [&str; 3] = ["/name", "/extends", "/description"];
/// Texts that no result depends on.
const PROSE: [&str; 3] = ["title", "source", "note"];

/// A value as TOML.
pub fn toml(value: &Json) -> String {
    match value {
        Json::Object(table) => {
            let each = table.iter().map(|(key, value)| format!("{key:?} = {}", toml(value)));
            format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A merged file, read again.
fn read(merged: &Json) -> Option<Scenario> {
    let table = merged.as_object().expect("a table");
    let own = table.iter().filter(|(key, _)| *key != "extends");
    let text: String = own.map(|(key, value)| format!("{key} = {}\n", toml(value))).collect();
    Scenario::from_text("changed.toml", &text).ok()
}

/// Pointers to all keys and items, tables before what is in them.
pub fn pointers(value: &Json, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Json)> = match value {
        Json::Object(table) => table.iter().map(|(key, value)| (key.replace('/', "~1"), value)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect(),
        _ => return,
    };
    for (key, value) in inner {
        let at = format!("{at}/{key}");
        if OF_THE_WHOLE.contains(&at.as_str()) {
            continue;
        }
        found.push(at.clone());
        pointers(value, &at, found);
    }
}

/// Other values that may fit where one stands.
fn others(value: &Json, texts: &[String]) -> Vec<Json> {
    match value {
        Json::Number(n) if n.is_f64() => {
            let x = n.as_f64().expect("a number");
            if x == 0.0 { vec![Json::from(0.01)] } else { [x * 0.9, x * 1.1].map(Json::from).to_vec() }
        }
        Json::Number(n) => {
            let x = n.as_i64().expect("a whole number");
            let part = if x == 0 { 0.01 } else { x as f64 * 0.9 };
            vec![Json::from(x + 1 + x.abs() / 10), Json::from(x - 1 - x.abs() / 10), Json::from(part)]
        }
        Json::Bool(yes) => vec![Json::from(!yes)],
        Json::String(text) if text.len() == 10 && text.starts_with("20") => {
            [text.replace("-04-", "-05-"), text.replace("-03-31", "-02-28")].map(Json::from).to_vec()
        }
        Json::String(text) => {
            texts.iter().filter(|other| *other != text).map(|t| Json::from(t.as_str())).collect()
        }
        _ => Vec::new(),
    }
}

/// The file with one key taken out.
fn without(merged: &Json, pointer: &str) -> Json {
    let mut changed = merged.clone();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    match changed.pointer_mut(parent) {
        Some(Json::Object(table)) => drop(table.shift_remove(&key.replace("~1", "/"))),
        Some(Json::Array(items)) => drop(items.remove(key.parse().expect("a number"))),
        _ => unreachable!("{pointer} is in a table or list"),
    }
    changed
}

/// The file with another value at one key, the first that makes a scenario; and the file without the key, if that is one.
fn mutants(merged: &Json, pointer: &str, texts: &[String]) -> Vec<(String, Scenario)> {
    let value = merged.pointer(pointer).expect("it is there");
    let mut replaced = others(value, texts).into_iter().filter(|other| other != value).map(|other| {
        let mut changed = merged.clone();
        *changed.pointer_mut(pointer).expect("it is there") = other.clone();
        (format!("{pointer} = {other}"), changed)
    });
    let read = |(how, changed): (String, Json)| Some((how, read(&changed)?));
    // Without its only entry a table is as one that is not there.
    let of = pointer.rsplit_once('/').and_then(|(parent, _)| merged.pointer(parent));
    let is_one_of_several = match of {
        Some(Json::Object(table)) => table.len() > 1,
        Some(Json::Array(items)) => items.len() > 1,
        _ => true,
    };
    let removed = is_one_of_several.then(|| (format!("{pointer} out"), without(merged, pointer)));
    replaced.find_map(read).into_iter().chain(removed.and_then(read)).collect()
}

/// The texts that may stand at a key: those that stand there elsewhere in the file, and words of the format.
fn texts_for(merged: &Json, pointers: &[String], pointer: &str) -> Vec<String> {
    let key = |pointer: &str| {
        let named = pointer.rsplit('/').find(|key| key.parse::<usize>().is_err());
        named.unwrap_or_default().to_owned()
    };
    let wanted = key(pointer);
    let alike = pointers.iter().filter(|other| key(other) == wanted);
    let found = alike.filter_map(|other| merged.pointer(other)?.as_str().map(str::to_owned));
    let words = "wait refuse civil plain weeks months varies fixed case staff uniform normal lognormal longest chance cost";
    if PROSE.contains(&wanted.as_str()) {
        return vec![format!("Another {wanted} for {pointer}")];
    }
    let mut texts: Vec<String> = found.chain(words.split(' ').map(str::to_owned)).collect();
    texts.sort();
    texts.dedup();
    texts
}

/// What `check` says that a what-if changes.
fn told(scenario: &Scenario, base: &Scenario) -> String {
    let changes = changes::of(scenario, base);
    changes.iter().map(|change| format!("{}\n  {}\n", change.title, change.lines.join("\n  "))).collect()
}

/// Changes each of these keys and looks for it in the words of `check`, beside `base` or beside the file itself.
fn each_change_is_told(merged: &Json, base: Option<&Scenario>, keys: impl Fn(&str) -> bool, sample: usize) {
    let original = read(merged).expect("it is a scenario");
    let base = base.unwrap_or(&original);
    let mut all = Vec::new();
    pointers(merged, "", &mut all);
    let wanted: Vec<&String> = all.iter().filter(|pointer| keys(pointer)).collect();
    let chosen: Vec<&&String> = wanted.iter().step_by(wanted.len().div_ceil(sample).max(1)).collect();
    let of_key = |pointer: &&&String| mutants(merged, pointer, &texts_for(merged, &all, pointer));
    let mutants: Vec<(String, Scenario)> = chosen.par_iter().flat_map_iter(of_key).collect();
    assert!(mutants.len() * 2 > chosen.len(), "{} of {} keys", mutants.len(), chosen.len());
    let mut seen: BTreeMap<String, (&str, &Scenario)> = BTreeMap::new();
    if !std::ptr::eq(base, &raw const original) {
        seen.insert(told(&original, base), ("no change", &original));
    }
    let of_each: Vec<String> = mutants.par_iter().map(|(_, mutant)| told(mutant, base)).collect();
    let mut wrong = Vec::new();
    for ((how, mutant), text) in mutants.iter().zip(of_each) {
        if text.is_empty() || changes::of(base, mutant).is_empty() {
            wrong.push(format!("{how} is not told"));
        }
        let same = seen.get(&text).filter(|(_, other)| !mean_the_same(mutant, other));
        wrong.extend(same.map(|(other, _)| format!("{how} is told in the same words as {other}:\n{text}")));
        seen.insert(text, (how, mutant));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether two files have the same interventions, such as with a key at its default and without it.
fn mean_the_same(one: &Scenario, other: &Scenario) -> bool {
    let meant = |s: &Scenario| format!("{:?} {:?}", s.interventions, s.quantities);
    one.merged["interventions"] != other.merged["interventions"] && meant(one) == meant(other)
}

#[test]
fn every_key_of_a_small_file_is_told_when_it_changes() {
    let small = include_str!("good.toml").replace("places = 15\n", "places = 15\ncount_use = true\n");
    let small = crate::support::scenario(&format!("{small}\n{COUNTED}"));
    each_change_is_told(&small.merged, None, |_| true, usize::MAX);
}

/// Flows by who the children are, and into and out of states of a track.
const COUNTED: &str = r#"
[flows.young_starts]
title = "Starts by age"
into = ["care"]
by = ["age", "placement"]
[flows.fostered]
title = "Fostered"
into = ["placement.foster", "placement.kinship"]
by = ["need"]
[flows.no_longer_fostered]
title = "No longer fostered"
out_of = ["placement.foster"]
by_exit = true
by = ["cohort"]
"#;

#[test]
fn every_key_of_a_shipped_scenario_is_told_when_it_changes() {
    for name in ["stoke-on-trent", "england", "investment-plan"] {
        each_change_is_told(&shipped(name).merged, None, |_| true, SAMPLE);
    }
}

/// Of an intervention that is new no more is told than its sentences: they must hold all of it.
#[test]
fn every_key_of_a_new_intervention_is_told() {
    let small = include_str!("good.toml");
    let all = crate::support::scenario(&format!("{small}\n{EVERYTHING}"));
    let base = crate::support::scenario(small);
    let new =
        ["edge", "team", "closure", "visits", "moves", "plans"].map(|name| format!("/interventions/{name}/"));
    let is_new = |pointer: &str| new.iter().any(|of| pointer.starts_with(of.as_str()));
    each_change_is_told(&all.merged, Some(&base), is_new, usize::MAX);
}

/// Interventions with every key that there is.
const EVERYTHING: &str = r#"
[interventions.edge]
title = "Edge of care team"
from = 2026-04-01
until = 2027-03-31
ramp_up_months = 3
fade_months = 6
reaches = { stage = "assessment", ages = ["old"], cohorts = ["general"], needs = ["complex"] }
take_up = { between = [0.6, 0.5], weight = "mood" }
places = 40
months_per_place = 6
count_use = true
when_full = "wait"
[[interventions.edge.effects]]
exit = "care"
share_times = { best = 0.5, low = 0.3, high = 0.9, law = "triangular" }
instead = "back"
[[interventions.edge.effects]]
exit = "closed"
time_times = 0.5
[interventions.edge.cost]
per_year = 10_000
per_family = 10
per_child = 6_500
once = 4_000
growth = 0.03

[interventions.team]
title = "Reunification team"
from = 2026-10-01
ramp_up_months = 6
reaches = { stage = "care", ages = ["young", "old"] }
take_up = 0.5
[[interventions.team.effects]]
exit = "home"
pace_times = { best = 2, low = 1.2, high = 3 }
[interventions.team.cost]
per_child = 9_000

[interventions.closure]
title = "Home closes"
from = 2026-09-01
[[interventions.closure.effects]]
pool = "foster_places"
adds_places = -6
[[interventions.closure.effects]]
arrivals = "families"
arrivals_times = 0.97
[interventions.closure.cost]
per_year = { best = -1_300_000, low = -1_400_000, high = -1_000_000 }

[interventions.visits]
title = "Visits to those at home"
from = 2026-05-01
ramp_up_months = 3
reaches = { stage = "care", ages = ["old"], tracks = { placement = ["home", "kinship"] }, served_months = { best = 12, low = 6, high = 18 } }
[interventions.visits.reviews]
per_month = { best = 5, low = 3, high = 7 }
order = "chance"
share = { best = 0.4, low = 0.2, high = 0.6 }
after = { law = "gamma", shape = 2, mean = 3, unit = "months" }
leads_to = "home"
again_after_months = 24
[interventions.visits.cost]
per_review = 450

[interventions.moves]
title = "Moves to relatives"
from = 2026-06-01
reaches = { stage = "placement.foster" }
[interventions.moves.reviews]
all_by = 2026-12-31
share = 0.3
after = { law = "triangular", low = 10, mode = 20, high = 60, times = 1.5 }
leads_to = "placement.kinship"

[interventions.plans]
title = "Plans drawn anew"
from = 2026-07-01
reaches = { stage = "care" }
[interventions.plans.reviews]
per_month = 2
order = "cost"
after = { law = "lognormal", median = 30, sigma = 0.5, unit = "weeks" }
draw_again = true
"#;
