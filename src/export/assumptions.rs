//! The numbers that went in, and where they come from.

use super::{
    Assumption, Results,
    tidy::{bytes, number},
};

const COLUMNS: [&str; 10] =
    ["scenario", "path", "title", "best", "low", "high", "law", "unit", "source", "assumption"];

/// Says that what follows is UTF-8: without it Excel on Windows shows `Â£` for `£`. Only this table holds prose; those of
/// numbers go without, so that every program reads their first column's name.
const MARK: &str = "\u{feff}";

/// Every number of every scenario, as CSV.
pub(super) fn table(results: &Results) -> Vec<u8> {
    let rows = results
        .scenarios
        .iter()
        .flat_map(|scenario| scenario.assumptions.iter().map(|a| row(&scenario.file.name, a)));
    [MARK.as_bytes(), &bytes(&COLUMNS, rows)].concat()
}

/// Prose, with an apostrophe before what a spreadsheet would take for a formula.
fn prose(text: &str) -> String {
    if text.trim_start().starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

fn row(scenario: &str, a: &Assumption) -> [String; 10] {
    let maybe = |x: Option<f64>| x.map_or_else(String::new, number);
    let flag = if a.is_assumption { "yes" } else { "no" };
    [
        scenario.to_owned(),
        a.path.clone(),
        prose(&a.title),
        number(a.best),
        maybe(a.low),
        maybe(a.high),
        a.law.map_or_else(String::new, |law| law.name().to_owned()),
        a.unit.clone(),
        prose(&a.source),
        flag.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn no_prose_is_a_formula() {
        assert_eq!(["=1+1", "-5% a year", "@home"].map(prose), ["'=1+1", "'-5% a year", "'@home"]);
        assert_eq!(prose("assumption: 5 = 5"), "assumption: 5 = 5");
    }
}
