//! For which times in a stage the time served in a state of a track is kept: as few as will do where it runs in straight lines
//! between them, and more where it does not.

use super::moments::INSTANT;
use crate::scenario::opening::{LEVELS, TimeServed, between};

/// Times kept at first, besides those around instants at which many move.
const FEWEST: usize = 16;
/// The share of a stage's children whom a straight line may take to have been in a state for too short or too long: half of
/// the two in a thousand that are promised, at any time, so that their mean is well below.
const MISPLACED: f64 = 1e-3;
/// Ticks by which a time may be off unheeded: a few minutes.
const SLACK: f64 = 200.0;

/// What is kept for one step: the time served at each level as a share of that in the stage; below 0 if nobody is there.
type Row = (usize, Vec<f32>);

/// A stretch between two steps kept, with what straight lines are off by at the step in its middle.
struct Gap {
    ends: [Row; 2],
    middle: Row,
    off: f64,
}

/// A state of a track: the times at which it is followed, and how likely it is then.
pub(super) struct State<'a> {
    pub times: &'a [f64],
    pub chance: &'a dyn Fn(usize) -> f64,
}

impl State<'_> {
    /// The time served in it: a stretch is halved, the worst first, until straight lines are right in the middle of all or
    /// so many times are kept. Nothing if nobody is ever there.
    pub fn kept(&self, most: usize, served: impl Fn(usize) -> Vec<f32>) -> TimeServed {
        if (0..self.times.len()).all(|step| (self.chance)(step) <= 0.0) {
            return TimeServed::default();
        }
        let row = |step: usize| (step, served(step));
        let mut kept: Vec<Row> = first(self.times).into_iter().map(row).collect();
        let gap = |ends: [&Row; 2]| -> Option<Gap> {
            let middle = usize::midpoint(ends[0].0, ends[1].0);
            (middle > ends[0].0).then(|| {
                let (ends, middle) = (ends.map(Clone::clone), row(middle));
                let off = self.off(&ends, &middle);
                Gap { ends, middle, off }
            })
        };
        let mut gaps: Vec<Gap> = kept.windows(2).filter_map(|pair| gap([&pair[0], &pair[1]])).collect();
        while kept.len() < most {
            let worst = gaps.iter().enumerate().max_by(|a, b| a.1.off.total_cmp(&b.1.off));
            let Some((worst, _)) = worst.filter(|(_, gap)| gap.off > MISPLACED) else { break };
            let Gap { ends: [from, to], middle, .. } = gaps.swap_remove(worst);
            gaps.extend(gap([&from, &middle]));
            gaps.extend(gap([&middle, &to]));
            kept.push(middle);
        }
        kept.sort_by_key(|k| k.0);
        TimeServed {
            times: kept.iter().map(|k| self.times[k.0]).collect(),
            shares: kept.into_iter().flat_map(|k| k.1).collect(),
        }
    }

    /// The share of a stage's children for whom a straight line is off, if it is so between the ends as it is in the middle.
    fn off(&self, [before, after]: &[Row; 2], (step, due): &Row) -> f64 {
        let now = self.times[*step];
        let at = |(step, row): &Row, level: usize| {
            (self.times[*step], Some(f64::from(row[level])).filter(|share| *share >= 0.0))
        };
        let found = |level| between(now, at(before, level), Some(at(after, level))) / now;
        let found: Vec<f64> = (0..LEVELS.len()).map(found).collect();
        let due: Vec<f64> = due.iter().map(|&share| f64::from(share)).collect();
        let most = (before.0 + 1..after.0).map(|step| (self.chance)(step)).fold(0.0, f64::max);
        most * misplaced(&found, &due, SLACK / now)
    }
}

/// Those around instants, and some of the others.
fn first(times: &[f64]) -> Vec<usize> {
    let last = times.len() - 1;
    let every = times.len().div_ceil(FEWEST);
    let near = |a: usize, b: usize| (times[b] - times[a]).abs() <= INSTANT;
    let pinned = |m: usize| m > 0 && near(m - 1, m) || m < last && near(m, m + 1);
    (0..=last).filter(|&m| m == last || m % every == 0 || pinned(m)).collect()
}

/// How far the shares are apart that two tables of quantiles have below any time, to within a slack in time. Where nobody is
/// due, nothing is known of those who are there sooner or later.
fn misplaced(found: &[f64], due: &[f64], slack: f64) -> f64 {
    if due[0] < 0.0 {
        return 1.0;
    }
    // The share that is due below a time, of which `next` quantiles are.
    let share = |next: usize, time: f64| match next {
        0 => 0.0,
        n if n == due.len() => 1.0,
        n => {
            let along = (time - due[n - 1]) / (due[n] - due[n - 1]);
            LEVELS[n - 1] + (LEVELS[n] - LEVELS[n - 1]) * along
        }
    };
    let off = |(level, time): (f64, f64)| {
        let (sooner, later) = (time - slack, time + slack);
        let least = share(due.partition_point(|d| *d < sooner), sooner);
        let most = share(due.partition_point(|d| *d <= later), later);
        (least - level).max(level - most)
    };
    LEVELS.iter().copied().zip(found.iter().copied()).map(off).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level from 0 to 1, taken to be level from 0 to 1/2: at 1/2 half are, and all are taken to be.
    #[test]
    fn shares_are_compared_at_the_same_time() {
        let half: Vec<f64> = LEVELS.iter().map(|level| level / 2.0).collect();
        let off = misplaced(&half, &LEVELS, 0.0);
        assert!((off - 0.5).abs() < 1e-4, "{off}");
        assert_eq!(misplaced(&LEVELS, &LEVELS, 0.0), 0.0);
        assert_eq!(misplaced(&LEVELS, &[-1.0; LEVELS.len()], 0.0), 1.0);
    }

    /// All moved at one time: whether that is taken to be a moment sooner does not matter, and a longer while does.
    #[test]
    fn moments_do_not_matter() {
        let once = [0.3; LEVELS.len()];
        assert_eq!(misplaced(&[0.299; LEVELS.len()], &once, 2e-3), 0.0);
        assert!(misplaced(&[0.28; LEVELS.len()], &once, 2e-3) > 0.999);
    }
}
