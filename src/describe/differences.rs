//! What differs between two scenarios as they are written: every key whose value can change a result, and every text.

use serde_json::{Map, Value as Json};

use crate::scenario::tree::join;

/// A key that has another value in one scenario than in another, or is in one of them only.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference<'a> {
    /// Where it is in the file; items of lists are counted from 0: `effects[0]`.
    pub(super) path: String,
    /// Its value before.
    pub(super) before: Option<&'a Json>,
    /// Its value after.
    pub(super) after: Option<&'a Json>,
    /// Both have a table of values by class here: a class that is not named has the value of `others`.
    pub(super) by_class: bool,
}

/// Texts that no result depends on.
const PROSE: [&str; 4] = ["title", "description", "source", "note"];

/// All that differs between two merged files, in the order of the first and then of what the second adds. Values
/// are told whole: numbers and ranges, lists, a time law or table of classes that replaces one of another kind.
pub(super) fn between<'a>(before: &'a Json, after: &'a Json) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    let (one, other) = (entries("", before), entries("", after));
    for (key, before, after) in paired(&one, &other) {
        if !["name", "extends"].contains(&key) {
            walk(join("", key), (before, after), false, &mut found);
        }
    }
    found
}

/// All texts that differ between two merged files and change no result: titles, sources, notes. The name and the description
/// of the whole are not among them, nor is the title of what only the second has, which it is told by.
pub(super) fn texts<'a>(before: &'a Json, after: &'a Json) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    walk_texts("", (Some(before), after), &mut found);
    found.retain(|text| text.path != "description");
    found
}

fn walk_texts<'a>(
    path: &str,
    (before, after): (Option<&'a Json>, &'a Json),
    found: &mut Vec<Difference<'a>>,
) {
    let of = |side: &'a Json| match side {
        Json::Object(table) => table.iter().map(|(key, value)| (key.clone(), value)).collect(),
        other => entries(path, other),
    };
    for (key, was, is) in paired(&before.map_or_else(Vec::new, of), &of(after)) {
        let here = if after.is_array() { format!("{path}[{key}]") } else { join(path, key) };
        let is_text = |side: Option<&Json>| side.is_some_and(|value| is_prose(path, key, value));
        if is_text(was) || is_text(is) {
            let is_told = before.is_none() && key == "title";
            if was != is && !is_told {
                found.push(Difference { path: here, before: was, after: is, by_class: false });
            }
        } else if let Some(is) = is {
            walk_texts(&here, (was, is), found);
        }
    }
}

type Pair<'a> = (Option<&'a Json>, Option<&'a Json>);

fn walk<'a>(path: String, (before, after): Pair<'a>, by_class: bool, found: &mut Vec<Difference<'a>>) {
    let told = found.len();
    if is_entered(&path, (before, after)) {
        let is_list = before.or(after).is_some_and(Json::is_array);
        let both_by = [before, after].iter().all(|side| side.is_some_and(|table| table.get("by").is_some()));
        let of = |side: Option<&'a Json>| side.map_or_else(Vec::new, |table| entries(&path, table));
        for (key, before, after) in paired(&of(before), &of(after)) {
            let path = if is_list { format!("{path}[{key}]") } else { join(&path, key) };
            walk(path, (before, after), both_by, found);
        }
        // Tables with the same values in them are the same, but one with nothing in it is more than none.
        if found.len() > told || (before.is_some() && after.is_some()) {
            return;
        }
    } else if before.zip(after).is_some_and(|(before, after)| alike(before, after)) {
        return;
    }
    found.push(Difference { path, before, after, by_class });
}

/// Whether what is within is told one by one: where both are tables of the same kind, or lists of tables, and where
/// one is such a table and the other is not there. A time law that is new or gone is told whole.
fn is_entered(path: &str, pair: Pair) -> bool {
    match pair {
        (Some(Json::Array(one)), Some(Json::Array(other))) => {
            let mut items = one.iter().chain(other);
            !one.is_empty() && !other.is_empty() && items.all(Json::is_object)
        }
        (Some(Json::Object(one)), Some(Json::Object(other))) => {
            let kind = |table: &Map<String, Json>| (table.get("by").cloned(), table.get("law").cloned());
            !is_number(path, one) && !is_number(path, other) && kind(one) == kind(other)
        }
        (Some(Json::Object(table)), None) | (None, Some(Json::Object(table))) => {
            !is_number(path, table) && !table.contains_key("law")
        }
        _ => false,
    }
}

/// Whether a table is a number: a range, a blend, or a count. The count of an opening caseload is a key of its own.
fn is_number(path: &str, table: &Map<String, Json>) -> bool {
    let has = |key: &str| table.get(key).is_some_and(|value| !value.is_object());
    has("best") || has("between") || (has("count") && !path.starts_with("opening."))
}

/// What is within a table or list, but for texts that no result depends on.
fn entries<'a>(path: &str, of: &'a Json) -> Vec<(String, &'a Json)> {
    match of {
        Json::Object(table) => {
            let counts = |entry: &(&String, &Json)| !is_prose(path, entry.0, entry.1);
            table.iter().filter(counts).map(|(key, value)| (key.clone(), value)).collect()
        }
        Json::Array(items) => items.iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect(),
        _ => Vec::new(),
    }
}

/// Whether what stands at a path is a text that no result depends on.
pub(super) fn is_text(path: &str, value: &Json) -> bool {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    is_prose(parent, key, value)
}

/// Whether a value is a text that no result depends on. `fixed` has stages for keys, which may have any name.
fn is_prose(parent: &str, key: &str, value: &Json) -> bool {
    value.is_string() && PROSE.contains(&key) && parent.rsplit('.').next() != Some("fixed")
}

/// The entries of two tables by key: those of the first in their order, then those that only the second has.
fn paired<'k, 'a>(
    one: &'k [(String, &'a Json)],
    other: &'k [(String, &'a Json)],
) -> Vec<(&'k str, Option<&'a Json>, Option<&'a Json>)> {
    let find = |among: &[(String, &'a Json)], key: &str| among.iter().find(|e| e.0 == key).map(|e| e.1);
    let first = one.iter().map(|(key, value)| (key.as_str(), Some(*value), find(other, key)));
    let new = other.iter().filter(|(key, _)| find(one, key).is_none());
    first.chain(new.map(|(key, value)| (key.as_str(), None, Some(*value)))).collect()
}

/// Whether two values mean the same: 1 and 1.0 do, and a number with another source.
fn alike(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Json::Object(_), Json::Object(_)) => {
            let (a, b) = (entries("", one), entries("", other));
            a.len() == b.len()
                && paired(&a, &b).iter().all(|(_, a, b)| a.zip(*b).is_some_and(|(a, b)| alike(a, b)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn paths(before: &Json, after: &Json, due: &[&str]) {
        let found: Vec<String> = between(before, after).into_iter().map(|d| d.path).collect();
        assert_eq!(found, due);
    }

    #[test]
    fn values_are_told_whole_and_tables_key_by_key() {
        let before =
            json!({"name": "a", "x": {"y": {"best": 1, "low": 0, "high": 2}, "z": [1, 2], "title": "t"}});
        let after =
            json!({"name": "b", "x": {"y": {"best": 1, "low": 0, "high": 3}, "z": [1, 2.0], "title": "u"}});
        paths(&before, &after, &["x.y"]);
        paths(&json!({"x": {"a/b": 1}}), &json!({"x": {"a/b": 2, "c": {"d": 3}}}), &["x.\"a/b\"", "x.c.d"]);
        paths(&json!({"e": [{"f": 1}]}), &json!({"e": [{"f": 1}, {"f": 2}]}), &["e[1].f"]);
        paths(&json!({}), &json!({"cohorts": {"new": {"title": "New"}}}), &["cohorts.new"]);
        paths(&json!({"x": 1}), &json!({"x": 1.0}), &[]);
    }

    #[test]
    fn laws_and_tables_of_the_same_kind_are_entered_and_others_are_not() {
        let law = |law: &str, mean: i32| json!({"time": {"law": law, "mean": mean}});
        paths(&law("exponential", 1), &law("exponential", 2), &["time.mean"]);
        paths(&law("exponential", 1), &law("gamma", 1), &["time"]);
        paths(&json!({}), &law("gamma", 1), &["time"]);
        let by = |by: &str| json!({"share": {"by": by, "others": 0.1}});
        paths(&by("age"), &by("need"), &["share"]);
        let before = by("age");
        let after = json!({"share": {"by": "age", "others": 0.1, "old": 0.2}});
        let found = between(&before, &after);
        assert!(matches!(&found[..], [d] if d.path == "share.old" && d.by_class), "{found:?}");
    }

    #[test]
    fn a_stage_may_be_called_as_a_text_is() {
        let fixed = |state: &str| json!({"tracks": {"placement": {"fixed": {"source": state}}}});
        paths(&fixed("a"), &fixed("b"), &["tracks.placement.fixed.source"]);
        paths(
            &json!({"opening": {"care": {"count": 1}}}),
            &json!({"opening": {"care": {"count": 2}}}),
            &["opening.care.count"],
        );
    }
}
