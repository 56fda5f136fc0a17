//! Pinned results. A change here is a decision: it goes into the changelog as value-breaking, by name, and only
//! then are the new values written down. Making the engine faster changes none of them.

use carecast::engine::Run;
use carecast::experiment::{self, Batch, Uncertainty, summary::Measure};
use carecast::scenario::Scenario;
use sha2::{Digest, Sha256};

use crate::support::{in_words, scenario, trace};

/// Everything that happens in a run, as a hash, and how many events there are.
fn fingerprint(scenario: &Scenario, run: Run) -> (usize, String) {
    let trace = trace(scenario, run);
    let mut told: Vec<(i64, String)> = trace.events.iter().map(|e| (e.0, in_words(scenario, e))).collect();
    told.sort();
    let mut hash = Sha256::new();
    for (_, line) in &told {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    (told.len(), hash)
}

#[track_caller]
fn assert_pinned(scenario: &Scenario, run: Run, events: usize, hash: &str) {
    let (found_events, found_hash) = fingerprint(scenario, run);
    assert_eq!(
        (found_events, found_hash.as_str()),
        (events, hash),
        "results have changed: say so in the changelog"
    );
}

#[test]
fn a_run_of_the_benchmark_is_as_it_was() {
    let benchmark = scenario(include_str!("../../benches/benchmark.toml"));
    assert_pinned(&benchmark, Run::new(1, 0), 431_501, "260f1c6a04fcfc6e");
}

/// `values.toml` has a little of everything the engine knows.
#[test]
fn a_run_with_pools_tracks_siblings_drift_and_interventions_is_as_it_was() {
    let everything = scenario(include_str!("values.toml"));
    assert_pinned(&everything, Run::new(1, 0), 7071, "4b5c389ff8ff113c");
}

#[test]
fn the_sums_over_a_batch_are_as_they_were() {
    let everything = scenario(include_str!("values.toml"));
    let batch = Batch { seed: 1, runs: 20, uncertainty: Uncertainty::All };
    let summary = experiment::run(&[everything], batch, &|_| ()).unwrap();
    let last = |measure, item: &str| {
        let (_, spread) =
            summary.scenarios[0].month_series(measure, item).unwrap().points.last().copied().unwrap();
        format!("{} {} {}", spread.mean, spread.p10, spread.p90)
    };
    let found = [last(Measure::Stock, "all"), last(Measure::Flow, "s3"), last(Measure::Cost, "total")];
    assert_eq!(
        found,
        ["89.6 65.6 109.60000000000001", "1.75 0 4", "29876.5205 9388.385 52923.831000000006"],
        "results have changed: say so in the changelog"
    );
}
