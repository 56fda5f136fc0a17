//! A value of a file in plain words.

use serde_json::{Map, Value as Json};

use super::differences::is_text;
use super::{money, numbers, seasons, services, titles, words};
use crate::scenario::Scenario;
use crate::scenario::tree::{self, join};

/// What stands at a path of the merged file.
pub(super) fn said(scenario: &Scenario, path: &str, value: &Json) -> String {
    if let Some(quantity) = scenario.quantities.values().find(|q| q.path == path) {
        return numbers::worth(scenario, quantity);
    }
    match value {
        Json::String(text) if is_text(path, value) => format!("\u{201c}{}\u{201d}", text.trim()),
        Json::Null => "none".to_owned(),
        Json::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Json::Number(number) => number.as_f64().map_or_else(|| number.to_string(), words::figure),
        Json::String(text) => named(scenario, path, text),
        Json::Array(items) => list(scenario, path, items),
        Json::Object(table) => of_table(scenario, path, table),
    }
}

fn list(scenario: &Scenario, path: &str, items: &[Json]) -> String {
    let numbers: Option<Vec<f64>> = items.iter().map(Json::as_f64).collect();
    match numbers.as_deref() {
        Some([]) => "none".to_owned(),
        Some([from, to]) => format!("{} to {}", words::figure(*from), words::figure(*to)),
        Some(factors) if path.ends_with(".seasonality") => seasons::levels(factors),
        _ => words::and(&items.iter().map(|item| said(scenario, path, item)).collect::<Vec<_>>()),
    }
}

/// A time law, a table by class, or a range: what is said of each key.
fn of_table(scenario: &Scenario, path: &str, table: &Map<String, Json>) -> String {
    if table.contains_key("low") && table.contains_key("best") {
        return tree::written(&Json::Object(table.clone()));
    }
    let heads = ["law", "by"];
    let head = heads.iter().find_map(|key| Some((*key, table.get(*key)?.as_str()?)));
    // The unit stands after the length.
    let rest =
        table.iter().filter(|(key, _)| !heads.contains(&key.as_str()) && *key != "unit" && *key != "source");
    let each = rest.map(|(key, value)| {
        let path = join(path, key);
        let what = titles::titled_in_parts(&scenario.file, &path).what;
        let name = what.rsplit(", ").next().unwrap_or(&what).to_owned();
        format!("{name} {}", said(scenario, &path, value))
    });
    let each: Vec<String> = each.collect();
    match head {
        Some(("law", law)) => format!("{} ({})", law.replace('_', " "), each.join(", ")),
        Some((_, by)) => format!("by {by}: {}", each.join("; ")),
        None if each.is_empty() => "as it is called".to_owned(),
        None => each.join(", "),
    }
}

/// A text that names something, by what people call that; a day as people write it.
pub(super) fn named(scenario: &Scenario, path: &str, text: &str) -> String {
    let file = &scenario.file;
    let steps: Vec<&str> = path.split(['.', '[']).collect();
    let quoted = |title: &str| format!("\u{201c}{title}\u{201d}");
    let within_track = match steps[..] {
        ["tracks", track, ..] if !text.contains('.') => format!("{track}.{text}"),
        _ => text.to_owned(),
    };
    let key = |name: &str| steps.contains(&name);
    if let Some(day) = words::read_day(text) {
        words::day(day)
    } else if text == "rest" {
        "what the others leave".to_owned()
    } else if key("if_full") && text == "wait" {
        "waits, in order".to_owned()
    } else if key("pool") {
        words::within(&money::pool_title(file, text))
    } else if key("moves") && steps[0] == "drift" {
        titles::title(file, text)
    } else if key("if_full") {
        format!("goes to {}", quoted(&services::stage(file, &within_track)))
    } else if key("leads_to") && !text.contains('.') {
        let reach = file.interventions.get(steps[1]).and_then(|i| i.reaches.as_ref());
        quoted(&services::exit(file, reach.map(|reach| reach.stage.as_str()), text))
    } else if key("leads_to") {
        quoted(&services::stage(file, text))
    } else if key("reaches") && key("tracks") {
        let track = steps[steps.len() - 1];
        quoted(&services::stage(file, &format!("{track}.{text}")))
    } else if key("to") || key("fixed") {
        quoted(&services::stage(file, &within_track))
    } else if ["enters", "during", "stages", "into", "out_of", "stage", "of", "exits"]
        .iter()
        .any(|name| key(name))
    {
        stage_or_exit(scenario, text)
    } else if key("reaches") || key("cohorts") {
        titles::class(file, text)
    } else {
        text.replace('_', " ")
    }
}

/// A stage, a state of a track, or an exit of one.
fn stage_or_exit(scenario: &Scenario, text: &str) -> String {
    let of_exit = text.rsplit_once('.').and_then(|(from, name)| {
        let state = services::state(&scenario.file, from)?;
        let title = state.exits.get(name)?.title.clone();
        Some((services::stage(&scenario.file, from), title.unwrap_or_else(|| name.replace('_', " "))))
    });
    match of_exit {
        Some((stage, exit)) => format!("\u{201c}{stage}, exit {exit}\u{201d}"),
        None => format!("\u{201c}{}\u{201d}", services::stage(&scenario.file, text)),
    }
}
