//! Numbers of a merged scenario, found by path and multiplied.

use serde_json::Value;

use super::Unfit;

/// The paths of the numbers that a pattern names: itself, or with `*` in place of a segment every one that leads to a number
/// other than nought.
pub(super) fn named(scenario: &Value, pattern: &str) -> Result<Vec<String>, Unfit> {
    let mut found = vec![(String::new(), scenario)];
    for segment in pattern.split('.') {
        let steps = found.into_iter().flat_map(|(path, value)| {
            let fits = inside(value).into_iter().filter(|(key, _)| segment == "*" || segment == key);
            fits.map(move |(key, value)| (join(&path, &key), value)).collect::<Vec<_>>()
        });
        found = steps.collect();
    }
    let numbers: Vec<String> =
        found.into_iter().filter(|(_, value)| is_number(value)).map(|(path, _)| path).collect();
    if numbers.is_empty() { Err(Unfit::NoNumber(pattern.to_owned())) } else { Ok(numbers) }
}

/// What a table or a list holds, by key or by place.
fn inside(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(table) => table.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Whether it is a number other than nought, or a range around one.
fn is_number(value: &Value) -> bool {
    let best = value.get("best").unwrap_or(value);
    best.as_f64().is_some_and(|best| best != 0.0)
}

/// The value at a path.
pub(super) fn at<'a>(scenario: &'a Value, path: &str) -> Option<&'a Value> {
    scenario.pointer(&pointer(path))
}

/// A path as JSON writes it (RFC 6901). No name in a scenario holds a slash or a tilde.
fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// Multiplies the number at a path, or the range there as a whole.
pub(super) fn multiply(scenario: &mut Value, path: &str, factor: f64) {
    let Some(value) = scenario.pointer_mut(&pointer(path)) else { return };
    let times = |number: &mut Value| {
        if let Some(x) = number.as_f64() {
            *number = rounded(x * factor).into();
        }
    };
    match value {
        Value::Object(range) => {
            for number in ["best", "low", "high"] {
                range.get_mut(number).into_iter().for_each(times);
            }
        }
        number => times(number),
    }
}

/// The table of ages of those who arrive that a path leads into: shares of one whole.
pub(super) fn division(path: &str) -> Option<&str> {
    let (table, _) = path.rsplit_once('.')?;
    let of_arrivals = table.strip_prefix("arrivals.")?;
    of_arrivals.split_once('.').is_some_and(|(_, what)| what == "ages").then_some(table)
}

/// Lets the shares of a division add up to one again.
pub(super) fn share_out(scenario: &mut Value, table: &str) {
    let Some(Value::Object(shares)) = scenario.pointer_mut(&pointer(table)) else { return };
    let sum: f64 = shares.values().filter_map(Value::as_f64).sum();
    for share in shares.values_mut() {
        if let Some(x) = share.as_f64() {
            *share = rounded(x / sum).into();
        }
    }
}

/// Four figures: no published count says more of a share.
fn rounded(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_names_the_numbers_that_are_not_nought() {
        let scenario =
            json!({ "a": { "x": 0.5, "y": { "best": 2, "low": 1, "high": 4 }, "z": 0, "by": "age" } });
        assert_eq!(named(&scenario, "a.*").unwrap(), ["a.x", "a.y"]);
        assert_eq!(named(&scenario, "a.y.low").unwrap(), ["a.y.low"]);
        for wrong in ["a.z", "a.by", "a.w", "a.x.*", "a"] {
            assert!(
                matches!(named(&scenario, wrong), Err(Unfit::NoNumber(path)) if path == wrong),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_range_is_multiplied_as_a_whole_and_a_list_by_place() {
        let mut scenario = json!({ "a": { "best": 2, "low": 1, "high": 4, "source": "x" }, "b": [1, 2] });
        multiply(&mut scenario, "a", 1.5);
        multiply(&mut scenario, "b.1", 0.123_456);
        let due = json!({ "a": { "best": 3.0, "low": 1.5, "high": 6.0, "source": "x" }, "b": [1, 0.2469] });
        assert_eq!(scenario, due);
    }
}
