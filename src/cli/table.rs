//! The short table printed after a run.

use std::fmt::Write;

use crate::experiment::summary::{Measure, ScenarioSummary, Series, Spread, Summary};

/// The last year's figures of every scenario: children, cost, and how far they are from the reference.
pub fn findings(summary: &Summary) -> String {
    let mut text = String::new();
    let Some(reference) = summary.scenarios.first() else { return text };
    let stock = main_stock(reference);
    if let Some(stock) = stock {
        let _ = writeln!(
            text,
            "{} on {}",
            stock.title,
            stock.points.last().map_or_else(String::new, |p| p.0.to_string())
        );
        rows(&mut text, summary, Measure::Stock, &stock.item, &|x| thousands(x));
    }
    if let Some(cost) = reference.year_series(Measure::Cost, "total") {
        let _ = writeln!(
            text,
            "\nNet cost in the year to {}, £ million",
            cost.points.last().map_or_else(String::new, |p| p.0.to_string())
        );
        rows(&mut text, summary, Measure::Cost, "total", &|x| format!("{:.1}", x / 1e6));
    }
    let _ = writeln!(
        text,
        "\nMedians of {} futures; in brackets the range that holds 8 in 10 of them.",
        summary.runs
    );
    text
}

/// Children looked after, or the first stock that is counted.
fn main_stock(scenario: &ScenarioSummary) -> Option<&Series> {
    let named = scenario.month_series(Measure::Stock, "looked_after");
    named.or_else(|| scenario.months.iter().find(|s| s.measure == Measure::Stock))
}

fn rows(text: &mut String, summary: &Summary, measure: Measure, item: &str, say: &dyn Fn(f64) -> String) {
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
        let range = format!("{} ({} to {})", say(level.p50), say(level.p10), say(level.p90));
        let _ = write!(text, "  {:width$}  {range:24}", scenario.name);
        if let Some(d) = last(differences) {
            let signed = |x: f64| if x > 0.0 { format!("+{}", say(x)) } else { say(x) };
            let _ = write!(text, "  change {} ({} to {})", signed(d.p50), signed(d.p10), signed(d.p90));
        }
        while text.ends_with(' ') {
            text.pop();
        }
        text.push('\n');
    }
}

/// A whole number with its thousands apart.
fn thousands(x: f64) -> String {
    let digits = format!("{:.0}", x.abs());
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if x < 0.0 && digits != "0" { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(thousands(1_234_567.4), "1,234,567");
        assert_eq!(thousands(-1086.0), "-1,086");
        assert_eq!(thousands(-0.2), "0");
    }
}
