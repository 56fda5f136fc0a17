//! Finds the numbers with which a scenario meets published figures in every year, as `scenarios/fits/` says them.
//!
//! `cargo run --release --example fit_a_scenario -- scenarios/england.toml scenarios/fits/england.toml 100` simulates 100
//! futures at a time, for some minutes. It prints how each figure is met, year by year, and the numbers to write into the scenario.

use std::{env, error::Error, fs, path::Path};

use carecast::calibrate::{Fit, fit};
use carecast::experiment::{Batch, Uncertainty};
use carecast::scenario::Scenario;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (scenario, figures, runs) = match arguments.as_slice() {
        [scenario, figures] => (scenario.as_str(), figures.as_str(), 100),
        [scenario, figures, runs] => (scenario.as_str(), figures.as_str(), runs.parse()?),
        _ => return Err("Give a scenario, a file of figures, and perhaps a number of futures.".into()),
    };
    let scenario = Scenario::read(Path::new(scenario)).map_err(|faults| faults.to_string())?;
    let figures: Fit = toml::from_str(&fs::read_to_string(figures)?)?;
    let batch = Batch { seed: 1, runs, uncertainty: Uncertainty::ChanceOnly };
    let found = fit(&scenario, &figures, batch, &|misses| eprintln!("sum of squares {misses:.1}"))?;
    for met in &found.met {
        let years: Vec<String> = met.years.iter().map(|year| format!("{:.3}", year / met.value)).collect();
        println!("{} = {:.1}: times {}", met.what, met.value, years.join(" "));
    }
    for (path, number) in &found.numbers {
        println!("{path} = {number}");
    }
    for stage in &figures.settle {
        let opening = &found.scenario["opening"][stage];
        println!("opening.{stage}: count = {}, ages = {}", opening["count"], opening["ages"]);
    }
    Ok(())
}
