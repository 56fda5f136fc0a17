//! How fast the engine is: the benchmark model through the engine and through a plain loop beside it, and
//! the built-in example.
//!
//! `cargo bench` prints events a second for the benchmark model (the two differ by less than 1% in events)
//! and seconds for the example. That both give the same figures is shown by the tests.
//!
//! The plain loop samples through `rand_distr`, whose mathematics is the platform's here, because a
//! dependency turns on `num-traits/std`; in a build of its own it would go through `libm` and be a sixth slower.

mod carecast_run;
mod plain_loop;

use carecast::experiment::{self, Batch, Uncertainty};
use carecast::scenario::Scenario;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;

/// Events in a replication of the benchmark model, on average.
const EVENTS: u64 = 216_800;
/// Replications timed together on several threads.
const TOGETHER: u64 = 16;

fn benchmark_model(c: &mut Criterion) {
    let mut group = c.benchmark_group("benchmark model");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(30);
    let mut seed = 0;
    group.bench_function("plain loop", |b| {
        b.iter(|| {
            seed += 1;
            plain_loop::replicate(seed).care_stock_end
        });
    });
    group.bench_function("engine", |b| {
        b.iter(|| {
            seed += 1;
            carecast_run::replicate(seed).care_stock_end
        });
    });
    group.throughput(Throughput::Elements(EVENTS * TOGETHER)).sample_size(10);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        group.bench_function(format!("engine, {TOGETHER} replications on {threads} threads"), |b| {
            b.iter(|| {
                pool.install(|| {
                    (0..TOGETHER).into_par_iter().map(|s| carecast_run::replicate(s).events).sum::<u64>()
                })
            });
        });
    }
    group.finish();
}

fn example(c: &mut Criterion) {
    let names = ["stoke-on-trent", "early-help-expanded", "early-help-withdrawn", "in-house-foster-carers"];
    let scenarios: Vec<Scenario> =
        names.iter().map(|n| Scenario::shipped(n).expect("a shipped scenario")).collect();
    let batch = Batch { seed: 1, runs: 32, uncertainty: Uncertainty::All };
    let mut group = c.benchmark_group("built-in example");
    group.throughput(Throughput::Elements(u64::from(batch.runs) * 4)).sample_size(10);
    group.bench_function("futures", |b| {
        b.iter(|| experiment::run(&scenarios, batch, &|_| ()).expect("results"));
    });
    group.finish();
}

criterion_group!(benches, benchmark_model, example);
criterion_main!(benches);
