//! Tidy tables of distributions: one row for each scenario, item and date.

use csv::Writer;
use time::Date;

use crate::experiment::summary::{Measure, ScenarioSummary, Series, Spread, Summary};
use crate::pathway::calendar::{financial_year, financial_year_name};

const COLUMNS: [&str; 15] = [
    "scenario", "measure", "item", "unit", "date", "mean", "sd", "se", "p2_5", "p10", "p25", "p50", "p75",
    "p90", "p97_5",
];

/// What the tables by financial year have before `date`. The year is a name for people and a number for programs: a
/// spreadsheet takes `2011-12` for a month.
const OF_YEARS: [&str; 3] = ["financial_year", "year_ending", "from"];

/// The place of `date` among the columns.
const DATE: usize = 4;

/// The series by month that `pick` takes from each scenario, as CSV.
pub(super) fn by_month(summary: &Summary, pick: impl Fn(&ScenarioSummary) -> &Vec<Series>) -> Vec<u8> {
    bytes(&COLUMNS, rows(summary, pick).map(|(_, _, row)| row))
}

/// The series by financial year that `pick` takes from each scenario, as CSV. A year that is simulated in part does not
/// start in April: each row says of which year it is and from when it goes, before it says until when. A stock is of a day.
pub(super) fn by_year(summary: &Summary, pick: impl Fn(&ScenarioSummary) -> &Vec<Series>) -> Vec<u8> {
    let rows = rows(summary, pick).map(|(measure, date, row)| {
        let from = if measure == Measure::Stock { date } else { summary.period(date).from };
        let year = financial_year(date);
        with(row, [financial_year_name(year), (year + 1).to_string(), day(from)])
    });
    bytes(&with(COLUMNS, OF_YEARS), rows)
}

/// A row with the cells that tables by financial year have before the date.
fn with<T>(row: [T; 15], of_year: [T; 3]) -> [T; 18] {
    let mut cells: Vec<T> = row.into();
    cells.splice(DATE..DATE, of_year);
    cells.try_into().unwrap_or_else(|_| unreachable!("fifteen and three are eighteen"))
}

fn rows<'a>(
    summary: &'a Summary,
    pick: impl Fn(&'a ScenarioSummary) -> &'a Vec<Series>,
) -> impl Iterator<Item = (Measure, Date, [String; 15])> {
    summary.scenarios.iter().flat_map(move |scenario| {
        pick(scenario).iter().flat_map(move |series| {
            let row = move |(date, spread): &(Date, Spread)| {
                (series.item.measure, *date, row(scenario, series, *date, &told(spread, summary.runs)))
            };
            series.points.iter().map(row)
        })
    })
}

/// What can be told of a spread: of one future no more than what it is, not how others differ.
fn told(spread: &Spread, runs: u32) -> Spread {
    let Spread { mean, p50, .. } = *spread;
    let none = f64::NAN;
    if runs != 1 {
        return *spread;
    }
    Spread {
        mean,
        p50,
        sd: none,
        se: none,
        p2_5: none,
        p10: none,
        p25: none,
        p75: none,
        p90: none,
        p97_5: none,
    }
}

fn row(scenario: &ScenarioSummary, series: &Series, date: Date, s: &Spread) -> [String; 15] {
    let number = if series.item.measure == Measure::Cost { pounds } else { number };
    [
        scenario.name.clone(),
        series.item.measure.name().to_owned(),
        series.item.to_string(),
        series.item.measure.unit().to_owned(),
        day(date),
        number(s.mean),
        number(s.sd),
        number(s.se),
        number(s.p2_5),
        number(s.p10),
        number(s.p25),
        number(s.p50),
        number(s.p75),
        number(s.p90),
        number(s.p97_5),
    ]
}

fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// The shortest text that reads back as the same number; nothing where there is no number.
pub(super) fn number(x: f64) -> String {
    if x.is_finite() { (x + 0.0).to_string() } else { String::new() }
}

/// Pounds and pence; nothing where there is no number.
fn pounds(x: f64) -> String {
    let pence = libm::round(x * 100.0) + 0.0;
    if x.is_finite() { format!("{:.2}", pence / 100.0) } else { String::new() }
}

/// CSV with a header line.
pub(super) fn bytes<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(header).expect("memory takes every write");
    for row in rows {
        writer.write_record(row).expect("memory takes every write, and every row is as long as the header");
    }
    writer.into_inner().expect("memory takes every write")
}

#[cfg(test)]
mod tests {
    use super::{number, pounds};

    #[test]
    fn numbers_read_back_as_they_were() {
        for x in [0.1 + 0.2, 1.0 / 3.0, 1e-300, 123_456_789.123, -5.0] {
            assert_eq!(number(x).parse(), Ok(x));
        }
    }

    #[test]
    fn money_has_two_decimals_and_no_minus_nothing() {
        let told = [0.1 + 0.2, -1234.567, -0.001, 1e9, f64::NAN].map(pounds);
        assert_eq!(told, ["0.30", "-1234.57", "0.00", "1000000000.00", ""]);
    }

    #[test]
    fn no_number_is_an_empty_cell_and_nothing_is_minus_zero() {
        assert_eq!([f64::NAN, f64::INFINITY, -0.0].map(number), ["", "", "0"]);
    }
}
