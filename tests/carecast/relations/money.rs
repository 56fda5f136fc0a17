//! Money follows children, and prices are only multiplied.

use carecast::experiment::summary::{Measure, Summary};
use toml::Value;

use super::tree::{at, each, edit, parsed, set};
use super::{MANY, assert_said_otherwise, for_many, results};
use crate::outcomes::batch;

const PRICES: [&str; 7] = ["per_week", "per_event", "per_year", "per_child", "per_family", "once", "outturn"];

/// Every price multiplied.
fn dearer(text: &str, factor: i32) -> String {
    edit(text, |tree| {
        each(tree, "", &mut |path, table| {
            if !(path.starts_with("costs") || path.starts_with("income") || path.starts_with("interventions"))
            {
                return;
            }
            for price in PRICES {
                if let Some(value) = table.get_mut(price) {
                    multiply(value, f64::from(factor));
                }
            }
        });
    })
}

fn multiply(value: &mut Value, factor: f64) {
    match value {
        Value::Integer(n) => *value = Value::from(*n as f64 * factor),
        Value::Float(x) => *x *= factor,
        Value::Table(table) => table.iter_mut().for_each(|(_, v)| multiply(v, factor)),
        _ => {}
    }
}

/// Finds prices that are added where they should be multiplied, and pounds that are rounded too early: at a hundred times
/// the prices each line costs a hundred times as much, to a penny times a hundred for each of the lines. (A month of a
/// line is out by a penny at most: half of one where its part of the year begins, half where it ends.)
#[test]
fn a_hundred_times_the_prices_cost_a_hundred_times_as_much() {
    for_many(MANY, |made| {
        let (cheap, dear) = (results(&made.whole()), results(&dearer(&made.whole(), 100)));
        let costs = |measure: Measure, _: &str| measure == Measure::Cost;
        let lines = 20.0;
        cheap.clone().only(costs).times(100.0).assert_near(&dear.clone().only(costs), 101.0 * lines);
        cheap.only(|m, i| !costs(m, i)).assert_same(&dear.only(|m, i| !costs(m, i)));
    });
}

/// Finds charges that are lost where there are two: a price in two halves is the price, to the penny.
#[test]
fn a_charge_in_two_halves_is_the_charge() {
    for_many(MANY, |made| {
        let halves = edit(&made.whole(), |tree| {
            let charges = at(tree, "costs.late.charges");
            let mut half = charges["week"].clone();
            multiply(half.get_mut("per_week").expect("a price"), 0.5);
            charges.insert("week".to_owned(), half.clone());
            charges.insert("again".to_owned(), half);
        });
        results(&made.whole()).assert_near(&results(&halves), 1.0);
    });
}

/// Finds lines that are priced by where they stand: a charge on a line of its own costs the same there.
#[test]
fn a_charge_on_a_line_of_its_own_costs_the_same() {
    for_many(MANY, |made| {
        let apart = edit(&made.whole(), |tree| {
            let mut line = at(tree, "costs")["late"].clone();
            let charges = at(tree, "costs.late.charges");
            charges.remove("exit");
            let theirs = line.get_mut("charges").and_then(Value::as_table_mut).expect("charges");
            theirs.remove("week");
            at(tree, "costs").insert("exits".to_owned(), line);
        });
        let (one, two) = (results(&made.whole()), results(&apart));
        let total = |m: Measure, item: &str| m == Measure::Cost && item.starts_with("total");
        one.only(total).assert_near(&two.only(total), 3.0);
    });
}

/// Finds price growth that runs from the wrong year: with none, the price base does not matter.
#[test]
fn without_growth_the_price_base_does_not_matter() {
    for_many(MANY, |made| {
        let still = edit(&made.whole(), |tree| {
            for table in ["costs", "income"] {
                for (_, line) in at(tree, table).iter_mut() {
                    line.as_table_mut().expect("a table").remove("growth");
                }
            }
        });
        for base in ["2019-20", "2026-27", "2031-32"] {
            assert_said_otherwise(&still, &set(&still, "price_base", &format!("{base:?}")));
        }
    });
}

/// Finds growth that is not compound, or not by April: a base n years later divides by (1 + g)^n.
#[test]
fn a_later_price_base_takes_its_years_growth_off() {
    for_many(MANY, |made| {
        let later = set(&made.whole(), "price_base", "\"2027-28\"");
        let line = |m: Measure, item: &str| m == Measure::Cost && item == "line/fixed";
        let (one, two) = (results(&made.whole()).only(line), results(&later).only(line));
        // A month of either may be out by a penny.
        one.assert_near(&two.times(1.02 * 1.02), 1.0 + 1.02 * 1.02 + 1.0);
    });
}

/// Finds income that is not taken off, or twice: as a cost it makes the total dearer by twice its amount.
#[test]
fn income_is_taken_off_the_total() {
    for_many(MANY, |made| {
        let cost = edit(&made.whole(), |tree| {
            let grant = at(tree, "income").remove("grant").expect("a grant");
            at(tree, "costs").insert("grant".to_owned(), grant);
        });
        let (one, other) = (batch(&[&made.whole()], 3), batch(&[&cost], 3));
        let mean = |summary: &Summary, item: &str| -> Vec<f64> {
            let series = summary.scenarios[0].month_series(Measure::Cost, item).expect("a line");
            series.points.iter().map(|p| p.1.mean).collect()
        };
        let (income, total, dearer) =
            (mean(&other, "line/grant"), mean(&one, "total"), mean(&other, "total"));
        for month in 0..income.len() {
            assert!((dearer[month] - total[month] - 2.0 * income[month]).abs() < 0.02, "month {month}");
        }
    });
}

/// Finds a price of a spread that moves a path, or a mean: money never changes who goes where.
#[test]
fn what_things_cost_changes_no_child() {
    for_many(MANY, |made| {
        let other = edit(&made.whole(), |tree| {
            at(tree, "stages.s3").insert("price_spread".to_owned(), Value::from(0.8));
            at(tree, "costs").remove("late");
            at(tree, "interventions.held").insert("cost".to_owned(), parsed("{ per_year = 1 }"));
        });
        let no_costs = |m: Measure, _: &str| m != Measure::Cost;
        results(&made.whole()).only(no_costs).assert_same(&results(&other).only(no_costs));
    });
}
