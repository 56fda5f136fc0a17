//! Compares two ways of helping with the same baseline, future by future.
//!
//! `cargo run --release --example compare_policies`

use std::error::Error;

use carecast::experiment::{self, Batch, Uncertainty, summary::Measure};
use carecast::scenario::Scenario;

/// A what-if says only what differs.
const QUICKER_PERMANENCE: &str = r#"
extends = "stoke-on-trent"
name = "One in ten fewer referrals"

[interventions.helped_before]
title = "Families helped before they are referred"
from = 2026-04-01
ramp_up_months = 12
effects = [{ arrivals = "families", arrivals_times = 0.9 }]
cost = { per_year = 500_000 }
source = "assumption, for this example only"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let scenarios = [
        Scenario::shipped("stoke-on-trent")?,
        Scenario::shipped("family-group-conferences")?,
        Scenario::from_text("one-in-ten.toml", QUICKER_PERMANENCE)?,
    ];
    let batch = Batch { seed: 1, runs: 50, uncertainty: Uncertainty::All };
    let summary = experiment::run(&scenarios, batch, &|_| ())?;
    for what_if in &summary.scenarios[1..] {
        println!("{}", what_if.name);
        for (measure, item) in [(Measure::Stock, "looked_after"), (Measure::Cost, "total")] {
            let series =
                experiment::summary::find(&what_if.difference_years, measure, item).ok_or("no such item")?;
            let (date, change) = series.points.last().ok_or("no whole year")?;
            println!(
                "  {} by {date}: {:+.0} {} (80% range {:+.0} to {:+.0})",
                series.title,
                change.p50,
                measure.unit(),
                change.p10,
                change.p90
            );
        }
    }
    Ok(())
}
