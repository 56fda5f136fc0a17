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

/// A number without what arithmetic leaves in its last digits: 0.30000000000000004 is 0.3.
fn without_dust(x: f64) -> f64 {
    format!("{x:.14e}").parse().unwrap_or(x)
}

fn row(scenario: &str, a: &Assumption) -> [String; 10] {
    let number = |x: f64| number(without_dust(x));
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
    use super::{number, prose, without_dust};

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let written = |x: f64| number(without_dust(x));
        assert_eq!(written(0.1 + 0.2), "0.3");
        assert_eq!(
            [13.129_999_999_999_999, 1e-7, 123_456_789.125, -0.0].map(written),
            ["13.13", "0.0000001", "123456789.125", "0"]
        );
        assert_eq!(written(f64::NAN), "");
    }

    #[test]
    fn no_prose_is_a_formula() {
        assert_eq!(["=1+1", "-5% a year", "@home"].map(prose), ["'=1+1", "'-5% a year", "'@home"]);
        assert_eq!(prose("assumption: 5 = 5"), "assumption: 5 = 5");
    }
}
