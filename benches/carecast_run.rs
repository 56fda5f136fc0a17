//! The benchmark model through the engine, counted as every batch is.

use std::cell::RefCell;
use std::sync::OnceLock;

use carecast::engine::{Rules, Run, Workspace, simulate_under};
use carecast::experiment::summary::Measure;
use carecast::experiment::{layout::Layout, tally::Tally};
use carecast::scenario::Scenario;

use crate::plain_loop::Outcome;

/// Months of warm-up, and years that count after it.
const WARM_UP: usize = 12;
const YEARS: f64 = 10.0;

thread_local! {
    static MEMORY: RefCell<(Workspace, Tally<'static>)> =
        RefCell::new((Workspace::default(), Tally::new(&scenario().0)));
}

/// The benchmark model.
///
/// # Panics
/// When `benches/benchmark.toml` is not a scenario.
pub fn scenario() -> &'static (Scenario, Layout) {
    static SCENARIO: OnceLock<(Scenario, Layout)> = OnceLock::new();
    SCENARIO.get_or_init(|| {
        let scenario = Scenario::from_text("benchmark.toml", include_str!("benchmark.toml"))
            .expect("the benchmark is a scenario");
        let layout = Layout::new(&scenario);
        (scenario, layout)
    })
}

/// One replication.
///
/// # Panics
/// When the scenario lacks an item that the reference is about.
pub fn replicate(seed: u64) -> Outcome {
    let (scenario, layout) = scenario();
    let rules = Rules::new(scenario, Run::new(1, seed));
    MEMORY.with_borrow_mut(|(space, tally)| {
        tally.clear();
        simulate_under(scenario, &rules, space, tally);
        outcome(layout, &tally.row(layout, &rules), tally.events())
    })
}

#[allow(clippy::cast_precision_loss, reason = "counts and pence are far below 2^52")]
fn outcome(layout: &Layout, row: &[i64], events: u64) -> Outcome {
    let of = |measure: Measure, name: &str| -> Vec<f64> {
        let found = layout.columns.iter().find(|c| c.item.is_called(measure, name));
        let column = found.expect("an item of the benchmark");
        let len = 132 + usize::from(measure == Measure::Stock);
        row[column.start..][..len].iter().map(|&x| x as f64 * column.worth).collect()
    };
    let stock = |name| of(Measure::Stock, name);
    let last = |values: Vec<f64>| values[values.len() - 1];
    let sum = |values: Vec<f64>| values[WARM_UP..].iter().sum::<f64>();
    let care = stock("care");
    Outcome {
        events,
        care_stock_mean: care[WARM_UP + 1..].iter().sum::<f64>() / (132 - WARM_UP) as f64,
        care_stock_end: last(care),
        open_end: last(stock("open")),
        in_house_end: last(stock("foster_in_house")),
        agency_end: last(stock("foster_agency")),
        queue_wait_days: sum(of(Measure::Days, "waiting")) / sum(of(Measure::Flow, "assessments_asked_for")),
        care_starts_per_year: sum(of(Measure::Flow, "care_starts")) / YEARS,
        cost_m_per_year: sum(of(Measure::Cost, "total")) / YEARS / 1e6,
    }
}
