//! Futures read by the names of what they count, and nothing else: these tests know the file and the figures,
//! not the engine.

use carecast::experiment::{self, Batch, Outcome, Uncertainty, summary::Measure, summary::Summary};

use crate::support::{Estimate, SEED, over_runs, scenario};

/// The months of an item.
pub type Months = Vec<f64>;

/// A scenario's text: what is said of time, then the rest.
pub fn text(start: &str, years: u32, rest: &str) -> String {
    format!(
        "name = \"Case\"\nprice_base = \"2025-26\"\n[simulation]\nstart = \"{start}\"\nyears = {years}\n{rest}"
    )
}

/// What many futures say of some items: run by run, item by item, month by month.
pub struct Futures(Vec<Vec<Months>>);

impl Futures {
    /// Simulates them.
    #[track_caller]
    pub fn of<const N: usize>(text: &str, runs: u64, items: [(Measure, &str); N]) -> Self {
        let scenario = scenario(text);
        Self(over_runs(runs, |run| {
            let outcome = Outcome::simulate(&scenario, run);
            let months = |(measure, item): (Measure, &str)| {
                outcome.months(measure, item).unwrap_or_else(|| panic!("no {measure:?} {item}"))
            };
            items.map(months).to_vec()
        }))
    }

    /// The mean over futures of a figure made from the items of each.
    pub fn mean(&self, figure: impl Fn(&[Months]) -> f64) -> Estimate {
        Estimate::of(self.0.iter().map(|items| figure(items)))
    }

    /// Each future.
    pub fn each(&self) -> impl Iterator<Item = &[Months]> {
        self.0.iter().map(Vec::as_slice)
    }
}

/// One future of a scenario in which nothing is left to chance.
#[track_caller]
pub fn future<const N: usize>(text: &str, items: [(Measure, &str); N]) -> [Months; N] {
    let mut all = Futures::of(text, 1, items);
    all.0.remove(0).try_into().expect("as many as were asked for")
}

/// The sum over the months.
pub fn sum(months: &[f64]) -> f64 {
    months.iter().sum()
}

/// The last number.
pub fn last(months: &[f64]) -> f64 {
    months[months.len() - 1]
}

/// A batch with everything uncertain let in.
#[track_caller]
pub fn batch(texts: &[&str], runs: u32) -> Summary {
    let scenarios: Vec<_> = texts.iter().map(|text| scenario(text)).collect();
    let batch = Batch { seed: SEED, runs, uncertainty: Uncertainty::All };
    experiment::run(&scenarios, batch, &|_| ()).expect("there is room")
}
