//! The numbers that went in, and where they come from.

use super::{
    Assumption, Results,
    tidy::{bytes, number},
};

const COLUMNS: [&str; 10] =
    ["scenario", "path", "title", "best", "low", "high", "law", "unit", "source", "assumption"];

/// Every number of every scenario, as CSV.
pub(super) fn table(results: &Results) -> Vec<u8> {
    let rows = results
        .scenarios
        .iter()
        .flat_map(|scenario| scenario.assumptions.iter().map(|a| row(&scenario.file.name, a)));
    bytes(&COLUMNS, rows)
}

fn row(scenario: &str, a: &Assumption) -> [String; 10] {
    let maybe = |x: Option<f64>| x.map_or_else(String::new, number);
    let flag = if a.is_assumption { "yes" } else { "no" };
    [
        scenario.to_owned(),
        a.path.clone(),
        a.title.clone(),
        number(a.best),
        maybe(a.low),
        maybe(a.high),
        a.law.map_or_else(String::new, |law| law.name().to_owned()),
        a.unit.clone(),
        a.source.clone(),
        flag.to_owned(),
    ]
}
