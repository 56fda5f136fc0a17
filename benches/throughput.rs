//! Events a second on the benchmark model, and whether each program says what the reference says.
//!
//! `cargo bench --bench throughput` runs 200 replications of each program, holds their means against the
//! reference within four standard errors of the difference, and then times rounds of them.
//!
//! The plain loop samples through `rand_distr`, whose mathematics is the platform's here, because plotters
//! turns on `num-traits/std`; in a build of its own it would go through `libm` and be a sixth slower.

mod carecast_run;
mod plain_loop;

use std::process::ExitCode;
use std::time::Instant;

use plain_loop::Outcome;

const REPLICATIONS: u16 = 200;
const ROUNDS: usize = 5;
const ROUND_REPLICATIONS: u16 = 40;
/// Standard errors of the difference. Eight comparisons of an honest program fail once in 2,000 choices of seed.
const TOLERANCE: f64 = 4.0;

type Program = (&'static str, fn(u64) -> Outcome);
const PROGRAMS: [Program; 2] = [("plain loop", plain_loop::replicate), ("carecast", carecast_run::replicate)];

/// A figure of the reference: its name, mean and standard error over 200 replications of another program.
type Figure = (&'static str, f64, f64, fn(&Outcome) -> f64);
const REFERENCE: [Figure; 8] = [
    ("children in care at the end", 1161.1, 2.3, |o| o.care_stock_end),
    ("children in care, mean", 1206.4, 1.5, |o| o.care_stock_mean),
    ("open children at the end", 3040.8, 4.3, |o| o.open_end),
    // Published without a standard error: the plain loop's stands in for it.
    ("in-house beds taken at the end", 249.6, 0.06, |o| o.in_house_end),
    ("with agency carers at the end", 377.5, 1.6, |o| o.agency_end),
    ("wait for assessment, days", 1.39, 0.07, |o| o.queue_wait_days),
    ("care starts a year", 272.2, 0.4, |o| o.care_starts_per_year),
    ("cost, millions a year", 95.82, 0.14, |o| o.cost_m_per_year),
];

fn main() -> ExitCode {
    let mut agree = true;
    let only = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    for (name, replicate) in PROGRAMS.into_iter().filter(|p| only.as_ref().is_none_or(|o| o == p.0)) {
        println!("{name}");
        agree &= agrees_with_reference(replicate);
        println!("  {:.1} million events a second", median_pace(replicate) / 1e6);
    }
    if agree { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn agrees_with_reference(replicate: fn(u64) -> Outcome) -> bool {
    let outcomes: Vec<Outcome> = (0..REPLICATIONS).map(|seed| replicate(u64::from(seed))).collect();
    let mut agree = true;
    for (name, reference, reference_error, figure) in REFERENCE {
        let (mean, error) = mean_and_error(&outcomes, figure);
        let near = (mean - reference).abs() <= TOLERANCE * error.hypot(reference_error);
        let verdict = if near { "agrees" } else { "DIFFERS" };
        println!("  {name:30} {mean:8.2} (SE {error:4.2}), reference {reference:7.2}: {verdict}");
        agree &= near;
    }
    agree
}

fn mean_and_error(outcomes: &[Outcome], figure: fn(&Outcome) -> f64) -> (f64, f64) {
    let n = f64::from(REPLICATIONS);
    let mean = outcomes.iter().map(figure).sum::<f64>() / n;
    let squares: f64 = outcomes.iter().map(|o| (figure(o) - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

fn median_pace(replicate: fn(u64) -> Outcome) -> f64 {
    let mut paces = [(); ROUNDS].map(|()| pace(replicate));
    paces.sort_by(f64::total_cmp);
    paces[ROUNDS / 2]
}

fn pace(replicate: fn(u64) -> Outcome) -> f64 {
    let start = Instant::now();
    let events: u64 = (0..ROUND_REPLICATIONS).map(|seed| replicate(u64::from(seed)).events).sum();
    let seconds = start.elapsed().as_secs_f64();
    f64::from(u32::try_from(events).expect("a round is short")) / seconds
}
