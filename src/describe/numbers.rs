//! Numbers with their ranges, and which of them are assumed.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::section;
use super::{titles, words};
use crate::scenario::Scenario;
use crate::scenario::file::RangeLaw;
use crate::scenario::number::{Quantity, Spread, Value, best_values};

/// A number with its range and its unit.
pub(super) fn worth(scenario: &Scenario, quantity: &Quantity) -> String {
    let say = |x: f64| bare(quantity.unit, x);
    let unit = after(quantity.unit);
    match quantity.value {
        Value::Exact(1.0) => format!("{}{}", say(1.0), singular(&unit)),
        Value::Exact(x) => format!("{}{unit}", say(x)),
        Value::Range { best, low, high, law } => {
            let law = if is_bounded(law) { format!(", {}", law.name()) } else { String::new() };
            format!("{}{unit} ({} to {}{law})", say(best), say(low), say(high))
        }
        Value::Blend { from, to, weight } => {
            let by = best_values(&scenario.quantities)[weight];
            let path = &scenario.quantities[weight].path;
            let name = path.trim_start_matches("parameters.").trim_end_matches(".value");
            format!(
                "{}{unit} ({} if {name} were 0, {} if it were 1; it is {})",
                say(from + (to - from) * by),
                say(from),
                say(to),
                figure(by)
            )
        }
    }
}

/// Whether the interval is the whole of a range, of which the law then says much.
fn is_bounded(law: Spread) -> bool {
    matches!(law, Spread::By(RangeLaw::Uniform | RangeLaw::Triangular | RangeLaw::Pert))
}

/// A number as its unit has it written: shares in percent, money in pounds.
fn bare(unit: &str, x: f64) -> String {
    match unit {
        "share" | "a year" => format!("{}%", figure(x * 100.0)),
        _ if unit.starts_with("pounds") => words::price(x),
        _ => figure(x),
    }
}

/// What follows a number of a unit.
fn after(unit: &str) -> String {
    match unit {
        "share" | "a year" | "times" | "shape" | "correlation" | "sd of logarithm" | "weight from 0 to 1" => {
            String::new()
        }
        _ => match unit.strip_prefix("pounds") {
            Some(rest) => rest.to_owned(),
            None if unit.is_empty() => String::new(),
            None => format!(" {unit}"),
        },
    }
}

/// A unit after one: " year", " child a year".
fn singular(unit: &str) -> String {
    for (many, one) in [(" children", " child"), (" families", " family")] {
        if let Some(rest) = unit.strip_prefix(many) {
            return format!("{one}{rest}");
        }
    }
    unit.strip_suffix('s').unwrap_or(unit).to_owned()
}

/// A number with at most four digits that count.
pub(super) fn figure(x: f64) -> String {
    if x == 0.0 || x.abs() >= 1000.0 {
        return words::count(x);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 12 digits")]
    let digits = (3.0 - x.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A length in the unit that people would use.
pub(super) fn length(days: f64) -> String {
    let said = match days {
        d if d < 1.95 => format!("{d:.1} days"),
        d if d < 60.0 => format!("{d:.0} days"),
        d if d < 730.0 => format!("{:.1} months", d / 365.25 * 12.0),
        d => format!("{:.1} years", d / 365.25),
    };
    let said = said.replace(".0 ", " ");
    if said.starts_with("1 ") { said.trim_end_matches('s').to_owned() } else { said }
}

/// How many of a hundred.
pub(super) fn hundredths(share: f64) -> String {
    let hundred = share * 100.0;
    if hundred < 9.95 { format!("{hundred:.1}") } else { format!("{hundred:.0}") }
}

/// Whether two numbers of different scenarios say the same.
fn same(a: (&Scenario, &Quantity), b: (&Scenario, &Quantity)) -> bool {
    match (a.1.value, b.1.value) {
        (
            Value::Blend { from, to, weight },
            Value::Blend { from: other_from, to: other_to, weight: other },
        ) => {
            let parameter = &a.0.quantities[weight].path;
            (from, to) == (other_from, other_to) && *parameter == b.0.quantities[other].path
        }
        (x, y) => x == y,
    }
}

/// The numbers that are not as in another scenario.
pub(super) fn changed<'a>(scenario: &'a Scenario, base: &Scenario) -> Vec<&'a Quantity> {
    let before: BTreeMap<&str, &Quantity> = base.quantities.values().map(|q| (q.path.as_str(), q)).collect();
    let is_new = |q: &&Quantity| before.get(q.path.as_str()).is_none_or(|b| !same((scenario, q), (base, b)));
    scenario.quantities.values().filter(is_new).collect()
}

/// What is assumed, by source; exact numbers only if all are asked for.
pub(super) fn assumed(scenario: &Scenario, among: &[&Quantity], all: bool, text: &mut String) {
    section(text, "What is assumed");
    let assumed: Vec<&Quantity> = among.iter().copied().filter(|q| q.is_assumption()).collect();
    if assumed.is_empty() {
        let _ = writeln!(text, "Nothing: every number has a source.");
        return;
    }
    let (told, rest): (Vec<&Quantity>, Vec<&Quantity>) =
        assumed.into_iter().partition(|q| all || matches!(q.value, Value::Range { .. }));
    for (source, numbers) in by_source(&told) {
        let _ = writeln!(text, "{}", words::opening(source.trim()));
        for quantity in numbers {
            let title = titles::title(&scenario.file, &quantity.path);
            let _ = writeln!(text, "    {title}: {}", worth(scenario, quantity));
        }
    }
    let more = if told.is_empty() { "" } else { "more " };
    match rest.len() {
        0 => {}
        1 => {
            let _ = writeln!(
                text,
                "1 {more}assumption is taken as exact, or follows a parameter: --all tells it too."
            );
        }
        n => {
            let n = words::count(f64::from(u32::try_from(n).unwrap_or(u32::MAX)));
            let _ = writeln!(
                text,
                "{n} {more}assumptions are taken as exact, or follow a parameter: --all tells them too, and a run lists all in assumptions.csv."
            );
        }
    }
}

/// Every number by its key, so that who wants to change one finds where it stands.
pub(super) fn keys(scenario: &Scenario, text: &mut String) {
    section(text, "Every number, by its key in the file");
    for quantity in scenario.quantities.values() {
        let _ = writeln!(text, "{}: {}", quantity.path, worth(scenario, quantity));
    }
}

/// Numbers by source, each source where it first stands.
fn by_source<'a>(numbers: &[&'a Quantity]) -> Vec<(&'a str, Vec<&'a Quantity>)> {
    let mut groups: Vec<(&str, Vec<&Quantity>)> = Vec::new();
    for &quantity in numbers {
        let source = quantity.source.as_deref().unwrap_or("no source is given");
        match groups.iter_mut().find(|group| group.0 == source) {
            Some((_, group)) => group.push(quantity),
            None => groups.push((source, vec![quantity])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lengths_read_as_people_write_them() {
        assert_eq!(figure(0.25), "0.25");
        assert_eq!(figure(1234.5), "1,235");
        assert_eq!(figure(0.000_123_45), "0.0001234");
        assert_eq!(length(1.0), "1 day");
        assert_eq!(length(32.0), "32 days");
        assert_eq!(length(365.25), "12 months");
        assert_eq!(length(1461.0), "4 years");
    }

    #[test]
    fn numbers_are_written_as_their_unit_has_them() {
        assert_eq!(bare("share", 0.435) + &after("share"), "43.5%");
        assert_eq!(bare("pounds a week", 950.0) + &after("pounds a week"), "£950 a week");
        assert_eq!(bare("children a year", 8000.0) + &after("children a year"), "8,000 children a year");
        assert_eq!(
            [singular(" years"), singular(" children a year"), singular("")],
            [" year", " child a year", ""]
        );
        assert_eq!(bare("shape", 0.8) + &after("shape"), "0.8");
    }
}
