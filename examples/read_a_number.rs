//! Runs a scenario that comes with the program and reads one number from the results.
//!
//! `cargo run --release --example read_a_number`

use std::error::Error;

use carecast::experiment::{self, Batch, Uncertainty, summary::Measure};
use carecast::scenario::Scenario;

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::shipped("stoke-on-trent")?;
    let batch = Batch { seed: 1, runs: 50, uncertainty: Uncertainty::All };
    let summary = experiment::run(&[scenario], batch, &|_| ())?;
    let series = summary.scenarios[0].year_series(Measure::Stock, "looked_after").ok_or("no such item")?;
    for (date, children) in &series.points {
        println!(
            "{date}: {:.0} children looked after (80% range {:.0} to {:.0})",
            children.p50, children.p10, children.p90
        );
    }
    Ok(())
}
