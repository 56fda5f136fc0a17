//! The short table printed after a run.

use std::fmt::Write;

use time::Date;

use crate::describe::words;
use crate::experiment::summary::{Item, Measure, ScenarioSummary, Series, Spread, Summary, series_of};
use crate::pathway::calendar::Period;
use crate::report::{self, LOOKED_AFTER};

/// The last year's figures of every scenario: children, cost, and how far they are from the reference.
pub fn findings(summary: &Summary) -> String {
    let mut text = String::new();
    let Some(reference) = summary.scenarios.first() else { return text };
    let stock = main_stock(reference);
    if let Some(stock) = stock {
        let _ = writeln!(text, "{} on {}", stock.title, words::day(last_day(stock)));
        rows(&mut text, summary, &stock.item, last_day(stock));
    }
    if let Some(cost) = reference.years_of(&Item::NET_COST) {
        for period in last_years(summary, cost) {
            let _ = writeln!(text, "\nNet cost {}", spanning(period));
            rows(&mut text, summary, &Item::NET_COST, period.to);
        }
    }
    text.push('\n');
    text.push_str(&reading(summary.runs));
    text
}

/// What the figures are, and how far they may be trusted.
fn reading(runs: u32) -> String {
    let futures = words::count(f64::from(runs));
    let medians =
        format!("Medians of {futures} futures; in brackets the range that holds 8 in 10 of them.\n");
    let caution = report::caution(runs).map(|caution| format!("{caution}\n")).unwrap_or_default();
    if runs == 1 { caution } else { medians + &caution }
}

fn last_day(series: &Series) -> Date {
    series.points.last().map_or(Date::MIN, |p| p.0)
}

/// The last whole financial year, and what follows of the next; without a whole one, all parts that there are.
fn last_years(summary: &Summary, series: &Series) -> Vec<Period> {
    let periods: Vec<Period> = series.points.iter().map(|p| summary.period(p.0)).collect();
    let last = periods.iter().rposition(Period::is_whole).unwrap_or(0);
    periods[last..].to_vec()
}

fn spanning(period: Period) -> String {
    if period.is_whole() {
        format!("in the year to {}", words::day(period.to))
    } else {
        format!("from {} to {}", words::day(period.from), words::day(period.to))
    }
}

/// Children looked after, or the first stock that is counted.
fn main_stock(scenario: &ScenarioSummary) -> Option<&Series> {
    let named = scenario.months_of(&Item::stock(LOOKED_AFTER));
    named.or_else(|| scenario.months.iter().find(|s| s.item.measure == Measure::Stock))
}

/// A row for each scenario, and below them one for each change from the reference: side by side they would be wider
/// than a terminal.
fn rows(text: &mut String, summary: &Summary, item: &Item, on: Date) {
    let there = |series: &[Series]| -> Option<Spread> {
        Some(series_of(series, item)?.points.iter().find(|p| p.0 == on)?.1)
    };
    let measure = item.measure;
    let width = summary.scenarios.iter().map(|s| s.name.chars().count()).max().unwrap_or(0).min(NAME);
    let by_month = measure == Measure::Stock;
    for s in &summary.scenarios {
        if let Some(level) = there(if by_month { &s.months } else { &s.years }) {
            let range = words::range(measure, &level);
            row(text, &s.name, width, &format!("{} ({range})", words::amount(measure, level.p50)));
        }
    }
    let changes: Vec<(&str, Spread)> = summary.scenarios[1..]
        .iter()
        .filter_map(|s| {
            Some((s.name.as_str(), there(if by_month { &s.difference_months } else { &s.difference_years })?))
        })
        .collect();
    if !changes.is_empty() {
        let _ = writeln!(text, "Change from {}", summary.scenarios[0].name);
    }
    for (name, change) in changes {
        let middle = words::change(measure, change.p50);
        let certain = words::change(measure, change.p10) == words::change(measure, change.p90);
        let range =
            if certain { String::new() } else { format!(" ({})", words::change_range(measure, &change)) };
        row(text, name, width, &format!("{middle}{range}"));
    }
}

/// The longest name that leaves room beside it.
const NAME: usize = 44;

/// A name and what is said of it, on the next line if the name is long.
fn row(text: &mut String, name: &str, width: usize, said: &str) {
    let _ = if name.chars().count() > width {
        writeln!(text, "  {name}\n  {:width$}  {said}", "")
    } else {
        writeln!(text, "  {name:width$}  {said}")
    };
}

#[cfg(test)]
mod tests {
    use super::{findings, reading};
    use crate::export::fixture::{october, stoke};

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut summary = stoke().summary;
        summary.scenarios[1].name =
            "A what-if whose name goes on for rather longer than a short name".to_owned();
        let text = findings(&summary);
        assert!(text.contains("Change from Stoke-on-Trent as it stands\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn the_last_year_and_what_follows_of_the_next_are_told_apart() {
        let text = findings(&october().summary);
        assert!(text.contains("Net cost in the year to 31 March 2030\n"), "{text}");
        assert!(text.contains("Net cost from 1 April 2030 to 30 September 2030\n"), "{text}");
        assert!(!findings(&stoke().summary).contains("Net cost from"));
    }

    #[test]
    fn a_few_futures_come_with_a_caution() {
        assert!(reading(50).contains("rough"));
        assert!(!reading(200).contains("rough"));
        assert!(reading(1).starts_with("One future"));
    }
}
