//! The short table printed after a run.

use std::fmt::Write;

use crate::experiment::summary::{Measure, ScenarioSummary, Series, Spread, Summary};
use crate::report::{FEW, words};

/// The last year's figures of every scenario: children, cost, and how far they are from the reference.
pub fn findings(summary: &Summary) -> String {
    let mut text = String::new();
    let Some(reference) = summary.scenarios.first() else { return text };
    let stock = main_stock(reference);
    if let Some(stock) = stock {
        let _ = writeln!(text, "{} on {}", stock.title, last_day(stock));
        rows(&mut text, summary, Measure::Stock, &stock.item);
    }
    if let Some(cost) = reference.year_series(Measure::Cost, "total") {
        let _ = writeln!(text, "\nNet cost in the year to {}", last_day(cost));
        rows(&mut text, summary, Measure::Cost, "total");
    }
    text.push('\n');
    text.push_str(&reading(summary.runs));
    text
}

/// What the figures are, and how far they may be trusted.
fn reading(runs: u32) -> String {
    if runs == 1 {
        return "One future of many: it says nothing of how others differ.\n".to_owned();
    }
    let futures = words::count(f64::from(runs));
    let mut text =
        format!("Medians of {futures} futures; in brackets the range that holds 8 in 10 of them.\n");
    if runs < FEW {
        text.push_str(
            "The ends of the ranges are rough: simulate more futures before anybody relies on them.\n",
        );
    }
    text
}

fn last_day(series: &Series) -> String {
    series.points.last().map_or_else(String::new, |p| words::day(p.0))
}

/// Children looked after, or the first stock that is counted.
fn main_stock(scenario: &ScenarioSummary) -> Option<&Series> {
    let named = scenario.month_series(Measure::Stock, "looked_after");
    named.or_else(|| scenario.months.iter().find(|s| s.measure == Measure::Stock))
}

fn rows(text: &mut String, summary: &Summary, measure: Measure, item: &str) {
    let width = summary.scenarios.iter().map(|s| s.name.chars().count()).max().unwrap_or(0);
    let last = |series: &[Series]| -> Option<Spread> {
        let found = series.iter().find(|s| s.measure == measure && s.item == item)?;
        found.points.last().map(|p| p.1)
    };
    for scenario in &summary.scenarios {
        let (levels, differences) = match measure {
            Measure::Stock => (&scenario.months, &scenario.difference_months),
            _ => (&scenario.years, &scenario.difference_years),
        };
        let Some(level) = last(levels) else { continue };
        let range = format!("{} ({})", words::amount(measure, level.p50), words::range(measure, &level));
        let _ = write!(text, "  {:width$}  {range:26}", scenario.name);
        if let Some(d) = last(differences) {
            let (change, range) = (words::change(measure, d.p50), words::change_range(measure, &d));
            let _ = write!(text, "  change {change} ({range})");
        }
        while text.ends_with(' ') {
            text.pop();
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::reading;

    #[test]
    fn a_few_futures_come_with_a_caution() {
        assert!(reading(50).contains("rough"));
        assert!(!reading(200).contains("rough"));
        assert!(reading(1).starts_with("One future"));
    }
}
