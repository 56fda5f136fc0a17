//! Builds a small pathway in code, and holds its mean stock against what queueing theory says.
//!
//! `cargo run --release --example small_pathway`

use std::error::Error;
use std::fmt::Write;

use carecast::engine::Run;
use carecast::experiment::{Outcome, summary::Measure};
use carecast::scenario::Scenario;

/// A service with one stage and two ways out, in the words of a scenario file.
fn pathway(children_per_year: f64, ways_out: &[(&str, f64, f64)]) -> String {
    let mut text = format!(
        r#"
name = "A small service"
[simulation]
start = 2025-04-01
years = 20
[ages]
child = [0, 18]
[arrivals.families]
children_per_year = {children_per_year}
enters = "support"
ages = {{ child = 1 }}
[stages.support]
"#
    );
    for (name, share, mean_days) in ways_out {
        let _ = writeln!(
            text,
            "exits.{name} = {{ to = \"gone\", share = {share}, time = {{ law = \"exponential\", mean = {mean_days} }} }}"
        );
    }
    text + "[stages.gone]\n[stocks.supported]\ntitle = \"Children supported\"\nstages = [\"support\"]\n"
}

fn main() -> Result<(), Box<dyn Error>> {
    let ways_out = [("better", 0.7, 120.0), ("moved_on", 0.3, 400.0)];
    let scenario = Scenario::from_text("small.toml", &pathway(3652.5, &ways_out))?;
    let children = Outcome::simulate(&scenario, Run::new(1, 0))
        .months(Measure::Stock, "supported")
        .ok_or("no such item")?;
    // The first five years fill the service up.
    let later = &children[60..];
    let mean = later.iter().sum::<f64>() / f64::from(u32::try_from(later.len())?);
    // Little's law: ten children a day, each for the mean of the mixture.
    let due = 10.0 * ways_out.iter().map(|(_, share, days)| share * days).sum::<f64>();
    println!("{mean:.0} children on average; Little's law says {due:.0}");
    Ok(())
}
