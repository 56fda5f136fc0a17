//! The books of made-up scenarios balance, stage by stage and month by month: exact in every future.

use std::fmt::Write;

use carecast::experiment::Outcome;
use carecast::experiment::summary::Measure;

use super::{MANY, for_many};
use crate::made_up::MadeUp;
use crate::support::{over_runs, scenario};

const STAGES: [&str; 7] = ["s0", "s2", "s3", "s4", "s5", "s6", "s7"];

/// Stocks, entries, exits and charges of each stage.
fn counted(made: &MadeUp) -> String {
    let mut text = made.whole()
        + "[stocks.special]\ntitle = \"Special\"\nstages = [\"s2\", \"s3\"]\ncohorts = [\"special\"]\nby = [\"age\"]\n";
    for stage in STAGES {
        writeln!(
            text,
            "[stocks.in_{stage}]\ntitle = \"In\"\nstages = [\"{stage}\"]\nby = [\"age\", \"cohort\", \"need\"]"
        )
        .unwrap();
        writeln!(text, "[flows.into_{stage}]\ntitle = \"Into\"\ninto = [\"{stage}\"]").unwrap();
        writeln!(text, "[flows.out_of_{stage}]\ntitle = \"Out\"\nout_of = [\"{stage}\"]\nby_exit = true")
            .unwrap();
        writeln!(text, "[costs.week_{stage}]\ntitle = \"Week\"\nbehaves = \"varies\"\nbasis = \"case\"\ncharges.a = {{ per_week = 7, of = [\"{stage}\"] }}").unwrap();
        writeln!(text, "[costs.event_{stage}]\ntitle = \"Event\"\nbehaves = \"varies\"\nbasis = \"case\"\ncharges.a = {{ per_event = 3, of = [\"{stage}\"] }}").unwrap();
    }
    text
}

/// Runs a check on futures of made-up scenarios, with a look-up of their figures.
fn for_futures(check: impl Fn(&MadeUp, &dyn Fn(Measure, &str) -> Vec<f64>) + Sync) {
    for_many(MANY, |made| {
        let scenario = scenario(&counted(&made));
        over_runs(2, |run| {
            let outcome = Outcome::simulate(&scenario, run);
            check(&made, &|measure, item| {
                outcome.months(measure, item).unwrap_or_else(|| panic!("no {measure:?} {item}"))
            });
        });
    });
}

/// Finds children who are lost, counted twice, or counted where they are not: those refused and those who wait.
#[test]
fn a_stock_changes_by_who_comes_in_and_who_goes_out() {
    for_futures(|_, months| {
        for stage in STAGES {
            let stock = months(Measure::Stock, &format!("in_{stage}"));
            let into = months(Measure::Flow, &format!("into_{stage}"));
            let out = months(Measure::Flow, &format!("out_of_{stage}"));
            for month in 0..into.len() {
                let change = stock[month + 1] - stock[month];
                assert_eq!(change, into[month] - out[month], "{stage} in month {month}");
            }
        }
    });
}

/// Finds charges for children who are not there.
#[test]
fn charges_are_for_the_days_and_entries_that_are_counted() {
    for_futures(|made, months| {
        for stage in STAGES {
            let days = months(Measure::Days, &format!("in_{stage}"));
            let into = months(Measure::Flow, &format!("into_{stage}"));
            let week = months(Measure::Cost, &format!("line/week_{stage}"));
            let event = months(Measure::Cost, &format!("line/event_{stage}"));
            for month in 0..days.len() {
                // A stay's price in s4 spreads about that of its line.
                if stage != "s4" || !made.pools {
                    // What rounding leaves of a month goes to the next, so a month may be out by a penny.
                    assert!((week[month] - days[month]).abs() < 0.0101, "{stage} in month {month}");
                }
                // An exit that leads back to its own stage is an entry to it, and not one from outside.
                assert!(event[month] >= 3.0 * into[month], "{stage} in month {month}");
            }
        }
    });
}

/// Finds classes of children, or states of a track, that are left out of the whole. Ages are counted in March.
#[test]
fn parts_of_a_stock_add_up_to_it() {
    for_futures(|made, months| {
        let add = |measure: Measure, whole: &str, parts: &[&str], every: usize| {
            let all = months(measure, whole);
            let parts: Vec<Vec<f64>> =
                parts.iter().map(|p| months(measure, &format!("{whole}/{p}"))).collect();
            for (i, total) in all.iter().step_by(every).enumerate() {
                let sum: f64 = parts.iter().map(|p| p[i]).sum();
                assert!((sum - total).abs() < 1e-6, "{sum} in the parts of {total} {whole}, {measure:?} {i}");
            }
        };
        for measure in [Measure::Stock, Measure::Days] {
            for whole in STAGES.map(|stage| format!("in_{stage}")) {
                add(measure, &whole, &["cohort_general", "cohort_special"], 1);
                add(measure, &whole, &["need_standard", "need_complex"], 1);
            }
            if made.tracks && made.pools {
                add(measure, "placed", &["held", "a", "b", "c", "c/waiting"], 1);
            } else if made.tracks {
                add(measure, "placed", &["held", "a", "b", "c"], 1);
            }
            if made.tracks {
                add(measure, "lawful", &["x", "y"], 1);
            }
        }
        for whole in STAGES.map(|stage| format!("in_{stage}")) {
            add(Measure::Stock, &whole, &["age_young", "age_old"], 12);
        }
        add(Measure::Stock, "late", &["age_young", "age_old"], 12);
        add(Measure::Stock, "special", &["age_young", "age_old"], 12);
    });
}

/// Finds leavers by an exit of no name.
#[test]
fn exits_add_up_to_all_who_leave() {
    for_many(MANY, |made| {
        let summary = crate::outcomes::batch(&[&counted(&made)], 2);
        let all = &summary.scenarios[0].months;
        let flows = all.iter().filter(|s| s.item.is_whole() && s.item.to_string().starts_with("out_of_"));
        for flow in flows {
            let parts = all.iter().filter(|s| s.item.is_part_of(&flow.item));
            let parts: Vec<_> = parts.collect();
            for (i, (date, whole)) in flow.points.iter().enumerate() {
                let sum: f64 = parts.iter().map(|p| p.points[i].1.mean).sum();
                assert!((sum - whole.mean).abs() < 1e-9, "{} on {date}", flow.item);
            }
        }
    });
}

/// Finds months that belong to no year: parts of years are rows of their own, whatever the first month and the calendar.
#[test]
fn years_add_up_to_all_their_months() {
    for_many(4, |made| {
        for start in ["2026-04-01", "2026-10-01", "2027-02-01"] {
            for calendar in ["civil", "plain"] {
                let text = made.whole().replace("2026-04-01", start).replace("years = 4", "years = 3");
                let text = super::tree::set(&text, "simulation.calendar", &format!("{calendar:?}"));
                let summary = crate::outcomes::batch(&[&text], 2);
                let scenario = &summary.scenarios[0];
                for months in scenario.months.iter().filter(|s| s.item.measure != Measure::Stock) {
                    let years =
                        scenario.years.iter().find(|s| s.item == months.item).expect("the same by year");
                    let sum = |series: &carecast::experiment::summary::Series| {
                        series.points.iter().map(|p| p.1.mean).sum::<f64>()
                    };
                    let (months_sum, years_sum) = (sum(months), sum(years));
                    assert!(
                        (months_sum - years_sum).abs() <= 1e-9 * months_sum.abs().max(1.0),
                        "{}: {months_sum} by month, {years_sum} by year, from {start}, {calendar}",
                        months.item
                    );
                }
            }
        }
    });
}

/// Finds costs that are in no line, or in two.
#[test]
fn lines_and_interventions_add_up_to_the_total() {
    for_many(MANY, |made| {
        let summary = crate::outcomes::batch(&[&counted(&made)], 2);
        let costs = |keep: &dyn Fn(&str) -> bool| {
            let all = summary.scenarios[0].months.iter();
            let kept: Vec<_> =
                all.filter(|s| s.item.measure == Measure::Cost && keep(&s.item.to_string())).collect();
            (0..48).map(|m| kept.iter().map(|s| s.points[m].1.mean).sum::<f64>()).collect::<Vec<_>>()
        };
        let near = |x: Vec<f64>, y: Vec<f64>| x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-5);
        let total = costs(&|i| i == "total");
        assert!(near(total.clone(), costs(&|i| !i.starts_with("total"))));
        assert!(near(total, costs(&|i| i.starts_with("total/"))));
    });
}

/// Finds pools that give out more than they have, or keep children waiting beside a free place.
#[test]
fn no_pool_is_overfull_and_nobody_waits_while_a_place_is_free() {
    for_many(MANY, |made| {
        let made = MadeUp { pools: true, opening: false, ..made };
        let text = super::tree::set(&counted(&made), "pools.beds.places", "6");
        let text = super::tree::edit(&text, |tree| {
            super::tree::at(tree, "interventions").remove("beds");
            super::tree::at(tree, "interventions").remove("longer");
        }) + "[stocks.line]\ntitle = \"Line\"\nstages = [\"s2/waiting\"]\n";
        let scenario = scenario(&text);
        over_runs(2, |run| {
            let outcome = Outcome::simulate(&scenario, run);
            let stock = |item: &str| outcome.months(Measure::Stock, item).expect("a stock");
            for (month, (taken, waiting)) in stock("in_s2").iter().zip(stock("line")).enumerate() {
                assert!(*taken <= 6.0, "{taken} in six places in month {month}");
                assert!(waiting == 0.0 || *taken == 6.0, "{waiting} wait for {taken} in month {month}");
            }
        });
    });
}
