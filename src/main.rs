//! The command line.
use carecast::experiment::{self, Batch, Uncertainty};
use carecast::scenario::Scenario;
use std::path::Path;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut scenarios = Vec::new();
    let mut runs = 100;
    let mut uncertainty = Uncertainty::All;
    let mut months = false;
    for a in &args {
        if let Some(r) = a.strip_prefix("--runs=") {
            runs = r.parse().unwrap();
            continue;
        }
        if a == "--chance-only" {
            uncertainty = Uncertainty::ChanceOnly;
            continue;
        }
        if a == "--months" {
            months = true;
            continue;
        }
        match Scenario::read(Path::new(a)) {
            Ok(s) => scenarios.push(s),
            Err(e) => {
                eprintln!("{e}");
                std::process::exit(2);
            }
        }
    }
    let t = std::time::Instant::now();
    let summary = experiment::run(&scenarios, Batch { seed: 1, runs, uncertainty }, &|_| ()).unwrap();
    eprintln!("{:?}", t.elapsed());
    println!("scenario,measure,item,date,mean,sd,p10,p50,p90");
    for s in &summary.scenarios {
        for series in if months { &s.months } else { &s.years } {
            for (d, x) in &series.points {
                println!(
                    "{},{},{},{d},{:.3},{:.3},{:.3},{:.3},{:.3}",
                    s.name,
                    series.measure.name(),
                    series.item,
                    x.mean,
                    x.sd,
                    x.p10,
                    x.p50,
                    x.p90
                );
            }
        }
    }
}
