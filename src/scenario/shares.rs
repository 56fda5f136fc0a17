//! What the shares of a row come to in one draw of the numbers.

use super::number::{Value, Values, best_values, drawn_values};
use super::{Scenario, ShareOf};
use crate::pathway::drift;
use crate::stream::Stream;

/// Draws from which intervals are told.
const DRAWS: u64 = 4000;

/// Shares of a row that together can come to more than everybody.
#[derive(Debug, Clone, PartialEq)]
pub struct Squeezed {
    /// The part of all draws in which the drawn shares are scaled down.
    pub part: f64,
    /// For each share that is drawn, its position in the row, and the 95% interval that results.
    pub results: Vec<(usize, [f64; 2])>,
}

impl Scenario {
    /// The shares of one row with the logarithm of each moved by `shift`, relative to what is left.
    #[must_use]
    pub fn shares(&self, row: &[ShareOf], values: &Values, shift: impl Fn(usize) -> f64) -> Vec<f64> {
        drift::moved(&self.drawn_shares(row, values), shift)
    }

    /// The shares of one row. Those drawn from ranges stand, and `rest` is what they and the exact ones leave; where
    /// no exit is `rest`, the exact ones share it in proportion. If nothing is left, those drawn are scaled down
    /// until they fit.
    #[must_use]
    pub fn drawn_shares(&self, row: &[ShareOf], values: &Values) -> Vec<f64> {
        let value = |s: &ShareOf| if let ShareOf::Part(n) = s { values[*n] } else { 0.0 };
        let ranged = |s: &ShareOf| self.is_ranged(*s);
        let mut shares: Vec<f64> = row.iter().map(value).collect();
        let drawn: f64 = row.iter().filter(|s| ranged(s)).map(value).sum();
        let exact: f64 = row.iter().filter(|s| !ranged(s)).map(value).sum();
        let rest = row.iter().position(|s| *s == ShareOf::Rest);
        let left = 1.0 - shares.iter().sum::<f64>();
        if let Some(rest) = rest {
            shares[rest] = left.max(0.0);
        }
        let taken = if rest.is_some() { exact } else { 0.0 };
        if drawn > 0.0 && (drawn + taken > 1.0 || rest.is_none()) {
            let room = (1.0 - taken).max(0.0);
            let scale = if exact - taken > 0.0 { (room / drawn).min(1.0) } else { room / drawn };
            let others = if exact - taken > 0.0 { (1.0 - drawn * scale).max(0.0) / exact } else { 1.0 };
            for (share, spec) in shares.iter_mut().zip(row) {
                *share *= if ranged(spec) { scale } else { others };
            }
        }
        shares
    }

    fn is_ranged(&self, share: ShareOf) -> bool {
        matches!(share, ShareOf::Part(n) if matches!(self.quantities[n].value, Value::Range { .. }))
    }

    /// For each of several rows, what becomes of its ranges if together they can come to more than everybody. The
    /// intervals are those of a few thousand draws.
    #[must_use]
    pub fn squeezed(&self, rows: &[Vec<ShareOf>]) -> Vec<Option<Squeezed>> {
        let tight: Vec<bool> = rows.iter().map(|row| self.can_overflow(row)).collect();
        if !tight.contains(&true) {
            return vec![None; rows.len()];
        }
        let stream = Stream::named("intervals").nth(0);
        let draws: Vec<Values> = (0..DRAWS).map(|k| drawn_values(&self.quantities, stream.nth(k))).collect();
        let told = |(row, tight): (&Vec<ShareOf>, bool)| tight.then(|| self.squeezed_row(row, &draws));
        rows.iter().zip(tight).map(told).collect()
    }

    /// Whether the ends of ranges leave less than nothing, or there is nothing that could give way to them.
    fn can_overflow(&self, row: &[ShareOf]) -> bool {
        let best = best_values(&self.quantities);
        let most = |s: &ShareOf| match s {
            ShareOf::Part(n) => match self.quantities[*n].value {
                Value::Range { high, .. } => high,
                _ => best[*n],
            },
            _ => 0.0,
        };
        let gives_way = |s: &ShareOf| *s == ShareOf::Rest || *s != ShareOf::None && !self.is_ranged(*s);
        let ranges = row.iter().filter(|s| self.is_ranged(**s)).count();
        let sum: f64 = row.iter().map(most).sum();
        let over = if row.contains(&ShareOf::Rest) { sum > 1.0 } else { !row.iter().any(gives_way) };
        ranges > 0 && over
    }

    #[expect(clippy::cast_precision_loss, reason = "a few thousand draws")]
    fn squeezed_row(&self, row: &[ShareOf], draws: &[Values]) -> Squeezed {
        let shares: Vec<Vec<f64>> = draws.iter().map(|values| self.drawn_shares(row, values)).collect();
        let ranged: Vec<usize> = (0..row.len()).filter(|&j| self.is_ranged(row[j])).collect();
        let value = |values: &Values, j: usize| if let ShareOf::Part(n) = row[j] { values[n] } else { 0.0 };
        let scaled = |(values, shares): &(&Values, &Vec<f64>)| {
            ranged.iter().any(|&j| (value(values, j) - shares[j]).abs() > 1e-9)
        };
        let part = draws.iter().zip(&shares).filter(scaled).count() as f64 / draws.len() as f64;
        let results = ranged.iter().map(|&j| (j, interval(shares.iter().map(|s| s[j])))).collect();
        Squeezed { part, results }
    }
}

/// The 2.5% and 97.5% points of many values.
fn interval(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    [sorted.len() / 40, sorted.len() - 1 - sorted.len() / 40].map(|at| sorted[at])
}
