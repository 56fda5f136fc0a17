//! The children already there: who they are, and how long they have been there.

use crate::pathway::{Grid, StateId, Table, TrackId, calendar::Tick};

/// The opening caseload of a stage.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The stage.
    pub state: StateId,
    /// How many children of each kind.
    pub cells: Vec<Cell>,
    /// Cumulative shares of groups of 1, 2, 3, ... siblings there together.
    pub family_sizes: Vec<f64>,
    /// Whether every stay starts on the first day.
    pub fresh: bool,
}

/// Children of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Age band.
    pub band: usize,
    /// Cohort.
    pub cohort: usize,
    /// Cumulative shares of need classes.
    pub needs: Vec<f64>,
    /// State in each track (none: the track does not run, or its first state is drawn).
    pub tracks: Table<TrackId, Option<StateId>>,
    /// How many.
    pub children: u32,
}

/// How long children of an age have served.
///
/// A child aged a who has served s is there with weight (entries at age a - s in the past year concerned)
/// x sum over exits of `share_j(a - s)` x `S_j(s)`: those who came then and have not left. Ages at entry matter
/// by their band alone, so there is one table of weights over s for each band.
#[derive(Debug, Clone)]
pub struct Served {
    /// What the weights vary by, besides age.
    pub grid: Grid,
    /// Length of a step in ticks.
    pub step: Tick,
    /// Where each age band starts and ends, youngest first.
    pub bands: Vec<(Tick, Tick)>,
    /// For each row of the grid and each band of the age at entry, running sums of the weights, step by step,
    /// from 0 at no time served.
    pub sums: Vec<Vec<f64>>,
}

/// The times served by those who entered in one age band.
struct Span<'a> {
    sums: &'a [f64],
    /// The shortest, in steps.
    from: f64,
    /// The longest.
    to: f64,
}

impl Span<'_> {
    /// The weight up to so many steps; within a step it is level.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the cast saturates, and steps are few"
    )]
    fn up_to(&self, steps: f64) -> f64 {
        let whole = steps as usize;
        let (Some(before), Some(after)) = (self.sums.get(whole), self.sums.get(whole + 1)) else {
            return self.sums[self.sums.len() - 1];
        };
        before + (after - before) * (steps - whole as f64)
    }

    fn weight(&self) -> f64 {
        self.up_to(self.to) - self.up_to(self.from)
    }

    /// The steps served at so much of the weight.
    #[expect(clippy::cast_precision_loss, reason = "steps are few")]
    fn at(&self, weight: f64) -> f64 {
        let wanted = self.up_to(self.from) + weight;
        let after = self.sums.partition_point(|&s| s <= wanted).clamp(1, self.sums.len() - 1);
        let (low, high) = (self.sums[after - 1], self.sums[after]);
        let within = (wanted - low) / (high - low).max(f64::MIN_POSITIVE);
        ((after - 1) as f64 + within).clamp(self.from, self.to)
    }
}

impl Served {
    /// The spans of times served by a child of a row and age, none longer than `most`, shortest first.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn spans(&self, row: usize, age: Tick, most: Tick) -> impl Iterator<Item = Span<'_>> {
        let oldest = self.bands.len() - 1;
        let sums = &self.sums[row * self.bands.len()..];
        self.bands.iter().zip(sums).enumerate().rev().filter_map(move |(band, (&(start, end), sums))| {
            let from = if band == oldest { 0 } else { (age - end).max(0) };
            let to = (age - start).min(most);
            let steps = |t: Tick| t as f64 / self.step as f64;
            (from < to).then(|| Span { sums, from: steps(from), to: steps(to) })
        })
    }

    /// The weight of a child of a row and age: 0 when none can be there.
    #[must_use]
    pub fn weight(&self, row: usize, age: Tick, most: Tick) -> f64 {
        self.spans(row, age, most).map(|s| s.weight()).sum()
    }

    /// The time served by a child of a row and age at the uniform `u`, given that it is no longer than
    /// `most`: 0 when none can be there.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "spans are far below 2^52 ticks"
    )]
    pub fn at(&self, row: usize, age: Tick, u: f64, most: Tick) -> Tick {
        let mut left = u * self.weight(row, age, most);
        let mut served = 0.0;
        for span in self.spans(row, age, most) {
            let weight = span.weight();
            if weight > 0.0 {
                served = span.at(left.min(weight));
            }
            if left < weight {
                break;
            }
            left -= weight;
        }
        (served * self.step as f64) as Tick
    }
}

/// Whole numbers of children in each cell of a table of expected numbers: cells are rounded so that every
/// running total is (systematic rounding), and with it the total and, up to one child, every block of cells.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of children")]
pub fn whole(expected: &[f64]) -> Vec<u32> {
    let mut sum = 0.0;
    let mut given = 0_u32;
    expected
        .iter()
        .map(|&x| {
            sum += x;
            let next = libm::round(sum) as u32;
            let here = next.saturating_sub(given);
            given = given.max(next);
            here
        })
        .collect()
}

/// Moves children between cells that differ in one dimension only, until the sums along every dimension are
/// the whole numbers nearest to those expected: rounding the cells alone would miss published counts by a few.
pub fn meet_margins(children: &mut [u32], expected: &[f64], sizes: &[usize]) {
    for d in 0..sizes.len() {
        let inner: usize = sizes[d + 1..].iter().product();
        let level = |cell: usize| cell / inner % sizes[d];
        let mut wanted = vec![0.0; sizes[d]];
        let mut excess = vec![0_i64; sizes[d]];
        for (cell, (&n, &x)) in children.iter().zip(expected).enumerate() {
            wanted[level(cell)] += x;
            excess[level(cell)] += i64::from(n);
        }
        for (e, n) in excess.iter_mut().zip(whole(&wanted)) {
            *e -= i64::from(n);
        }
        while let Some(over) = (0..sizes[d]).find(|&l| excess[l] > 0) {
            let Some((from, to)) = best_move(children, expected, over, &excess, (inner, sizes[d])) else {
                break;
            };
            children[from] -= 1;
            children[to] += 1;
            excess[over] -= 1;
            excess[level(to)] += 1;
        }
    }
}

/// The move of one child from a level with too many to one with too few that brings cells nearest to what is
/// expected of them.
fn best_move(
    children: &[u32],
    expected: &[f64],
    over: usize,
    excess: &[i64],
    (inner, size): (usize, usize),
) -> Option<(usize, usize)> {
    let gain = |from: usize, to: usize| {
        f64::from(children[from]) - expected[from] + expected[to] - f64::from(children[to])
    };
    let mut best: Option<(f64, usize, usize)> = None;
    for from in (0..children.len()).filter(|&c| c / inner % size == over && children[c] > 0) {
        for under in (0..size).filter(|&l| excess[l] < 0) {
            let to = from - over * inner + under * inner;
            if expected[to] > 0.0 && best.is_none_or(|b| gain(from, to) > b.0) {
                best = Some((gain(from, to), from, to));
            }
        }
    }
    best.map(|(_, from, to)| (from, to))
}

/// Fits a table to its margins by iterative proportional fitting (Deming and Stephan 1940).
///
/// `table` is row-major over `sizes`; `margins[d]` holds the wanted sums along dimension d, or nothing.
/// Gives the largest relative error left, or infinity when a wanted sum cannot be reached.
pub fn fit_margins(table: &mut [f64], sizes: &[usize], margins: &[Option<Vec<f64>>]) -> f64 {
    let mut worst = 0.0_f64;
    for _ in 0..200 {
        worst = 0.0;
        for (d, margin) in margins.iter().enumerate() {
            let Some(wanted) = margin else { continue };
            let inner: usize = sizes[d + 1..].iter().product();
            let level = |cell: usize| cell / inner % sizes[d];
            let mut sums = vec![0.0; sizes[d]];
            for (cell, x) in table.iter().enumerate() {
                sums[level(cell)] += x;
            }
            for (&sum, &want) in sums.iter().zip(wanted) {
                if want > 0.0 {
                    worst = worst.max(if sum > 0.0 { (sum / want - 1.0).abs() } else { f64::INFINITY });
                }
            }
            for (cell, x) in table.iter_mut().enumerate() {
                let sum = sums[level(cell)];
                *x *= if sum > 0.0 { wanted[level(cell)] / sum } else { 0.0 };
            }
        }
        if worst < 1e-9 || worst.is_infinite() {
            break;
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_the_total() {
        let cells = whole(&[0.4, 0.4, 0.4, 1.3, 2.5]);
        assert_eq!(cells.iter().sum::<u32>(), 5);
        assert_eq!(cells, [0, 1, 0, 2, 2]);
    }

    /// Six cells of 1/2 and a margin of three either way: every sum can be met, and is.
    #[test]
    fn children_are_moved_until_every_sum_is_met() {
        let expected = [1.5, 0.5, 1.0, 0.5, 1.5, 1.0];
        let mut children = vec![2, 1, 0, 1, 1, 1];
        meet_margins(&mut children, &expected, &[2, 3]);
        let sum = |cells: &[usize]| cells.iter().map(|&c| children[c]).sum::<u32>();
        assert_eq!([sum(&[0, 1, 2]), sum(&[3, 4, 5])], [3, 3]);
        assert_eq!([sum(&[0, 3]), sum(&[1, 4]), sum(&[2, 5])], [2, 2, 2]);
    }

    /// The classic 2 x 2 case: with all seeds alike the fit is the product of the margins.
    #[test]
    fn fitting_level_seeds_gives_independence() {
        let mut table = vec![1.0; 4];
        let error = fit_margins(&mut table, &[2, 2], &[Some(vec![3.0, 7.0]), Some(vec![4.0, 6.0])]);
        assert!(error < 1e-9);
        for (x, want) in table.iter().zip([1.2, 1.8, 2.8, 4.2]) {
            assert!((x - want).abs() < 1e-9);
        }
    }

    #[test]
    fn an_empty_row_that_should_not_be_is_said() {
        let mut table = vec![0.0, 0.0, 1.0, 1.0];
        assert!(fit_margins(&mut table, &[2, 2], &[Some(vec![1.0, 1.0]), None]).is_infinite());
    }

    #[test]
    fn time_served_follows_the_weights() {
        // Two steps; entries at ages below 120 weigh half as much.
        let served = Served {
            grid: Grid::default(),
            step: 100,
            bands: vec![(0, 120), (120, 1000)],
            sums: vec![vec![0.0, 1.5, 2.0], vec![0.0, 3.0, 4.0]],
        };
        let at = |age, u, most| served.at(0, age, u, most);
        assert_eq!(at(900, 0.375, 900), 50);
        assert_eq!(at(900, 0.875, 900), 150);
        assert_eq!(at(900, 0.5, 50), 25, "no longer than in the stage");
        // Aged 220, the last 100 were served from the older band on, the 120 before from the younger.
        assert!((served.weight(0, 220, 220) - 3.5).abs() < 1e-12);
        assert_eq!(at(220, 1.5 / 3.5, 220), 50);
        assert_eq!(at(220, 3.25 / 3.5, 220), 150);
        assert_eq!(at(0, 0.5, 0), 0);
    }
}
