//! One value that is wrong is one fault: each value of a file is replaced by others that cannot stand there, and no two faults
//! may point at one place.

use std::collections::BTreeMap;

use carecast::scenario::Scenario;
use carecast::scenario::fault::Fault;
use rayon::prelude::*;
use serde_json::{Value as Json, json};

use crate::changes::{pointers, toml};
use crate::support::shipped;

/// What rarely fits.
fn misfits() -> Vec<Json> {
    let words = ["nobody_knows_this", "", "-", "=1", "care.nowhere", "2026-13-45", "9"];
    let numbers = [json!(0), json!(-1), json!(1.5), json!(1e12), json!(7_000_000_000_i64)];
    let others = [
        json!([]),
        json!({}),
        json!(true),
        json!(["nobody_knows_this"]),
        json!([0, 0]),
        json!({ "best": 2, "low": 3, "high": 1 }),
    ];
    words.into_iter().map(Json::from).chain(numbers).chain(others).collect()
}

/// What is said of a merged file.
fn faults(merged: &Json) -> Vec<Fault> {
    let table = merged.as_object().expect("a table");
    let own = table.iter().filter(|(key, _)| *key != "extends");
    let text: String = own.map(|(key, value)| format!("{key} = {}\n", toml(value))).collect();
    Scenario::from_text("changed.toml", &text)
        .map_or_else(|faults| faults.as_slice().to_vec(), |_| Vec::new())
}

/// Faults of which several point at one place, after each change of one value.
fn told_twice(merged: &Json, sample: usize) -> Vec<String> {
    let mut all = Vec::new();
    pointers(merged, "", &mut all);
    let chosen: Vec<&String> = all.iter().step_by(all.len().div_ceil(sample).max(1)).collect();
    let of = |pointer: &&String| {
        let change = |value: Json| {
            let mut changed = merged.clone();
            *changed.pointer_mut(pointer).expect("it is there") = value.clone();
            let faults = faults(&changed);
            let mut places: BTreeMap<(usize, usize, String), Vec<String>> = BTreeMap::new();
            for fault in &faults {
                let span = fault.place.as_ref().map_or(0..0, |place| place.span.clone());
                places
                    .entry((span.start, span.end, fault.path.clone()))
                    .or_default()
                    .push(format!("{}: {}", fault.path, fault.message));
            }
            // A value that is no list or table is wrong once, wherever that shows.
            if faults.len() > 1 && !value.is_array() && !value.is_object() {
                return Some(format!(
                    "{pointer} = {value}: {:?}",
                    places.values().flatten().collect::<Vec<_>>()
                ));
            }
            let twice = places.into_values().find(|told| told.len() > 1)?;
            Some(format!("{pointer} = {value}: {}", twice.join("; ")))
        };
        misfits().into_iter().filter_map(change).collect::<Vec<_>>()
    };
    chosen.par_iter().flat_map_iter(of).collect()
}

#[test]
fn a_value_that_is_wrong_is_told_once() {
    let small = crate::support::scenario(include_str!("good.toml"));
    let mut wrong = told_twice(&small.merged, usize::MAX);
    for name in ["stoke-on-trent", "investment-plan"] {
        wrong.extend(told_twice(&shipped(name).merged, 20));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
