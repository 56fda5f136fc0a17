//! The times at which a track is followed: dense where many move, and on both sides of an instant at which many
//! move at once.

use super::curve::Curve;
use super::served::sort;

/// Half the ticks around an instant at which many move at once.
const AROUND: f64 = 8.0;
/// Steps no longer than this stand for an instant.
pub(super) const INSTANT: f64 = 4.0 * AROUND;
/// By how much a straight line between two times may miss the share that a law leaves.
const ERROR: f64 = 1.5e-3;
/// Shares of all who come too small to follow.
const FEW: f64 = 2e-3;
/// Moves of many at once that are followed; later ones are spread over steps.
const MOST_STARTS: usize = 120;
/// Times no nearer to each other than this part of the time since many last moved.
const GAP: f64 = 0.02;
/// By how much each time is later than the one before it at most, counted from the start and from the last move of many
/// that is followed: what follows from moves before bends where no law does.
const GROWTH: f64 = 1.2;
/// Times that a track is followed at, but for those of moves of many at once.
const MOST: usize = 400;

/// A way out of a state: where it leads, the largest share who take it, and what it leaves.
pub(super) struct Path<'a> {
    pub to: usize,
    pub share: f64,
    pub curve: &'a Curve,
}

/// Many who move at once, or nearly; or a turn in how fast they move.
struct Start {
    at: f64,
    /// The state they come to; none at a turn, from which nobody is followed further.
    state: Option<usize>,
    /// The share of all who come.
    share: f64,
    /// By how much more or fewer of all move in a tick.
    slope: f64,
    /// Whether they come in one instant.
    sharp: bool,
}

impl Start {
    /// How much of all a law may move after this.
    fn moves(&self, curve: &Curve) -> f64 {
        self.share.max(self.slope * curve.mean_time()).min(1.0)
    }
}

/// The times from 0 to the end, given the ways out of each state and further instants at which many may move.
pub(super) fn moments(paths: &[Vec<Path>], instants: &[f64], end: f64) -> Vec<f64> {
    let starts = starts(paths, instants, end);
    let mut pinned = vec![0.0, end];
    let mut others = Vec::new();
    for start in &starts {
        if start.sharp && start.at > 0.0 {
            pinned.extend([start.at - AROUND, start.at + AROUND]);
        }
        // Who moves on from here soon does so by any law that follows.
        for path in paths.iter().flatten() {
            let moves = start.moves(path.curve);
            if moves > FEW {
                others.extend(path.curve.corners(ERROR / moves).into_iter().map(|t| start.at + t));
            }
        }
    }
    let first = others.iter().copied().filter(|t| *t > 0.0).fold(end, f64::min);
    let last = starts.iter().filter(|s| s.state.is_some()).map(|s| s.at).fold(0.0, f64::max);
    others.extend(ladder(first, end));
    if last > 0.0 {
        others.extend(ladder(first, end - last).map(|t| last + t));
    }
    let within = |times: &mut Vec<f64>| {
        times.retain(|t| (0.0..=end).contains(t));
        sort(times);
    };
    within(&mut pinned);
    within(&mut others);
    let mut begins: Vec<f64> = starts.iter().map(|s| s.at).collect();
    sort(&mut begins);
    let mut gap = GAP;
    loop {
        let kept = spaced(&others, &begins, gap);
        if kept.len() <= MOST {
            return merged(&pinned, &kept);
        }
        gap *= 1.5;
    }
}

/// Times from the first on, each later than the one before it by the same part.
fn ladder(first: f64, end: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(first.max(INSTANT)), |t| Some(t * GROWTH)).take_while(move |t| *t < end)
}

/// Those who begin, and from there, in order of time, all who move on at once or nearly.
fn starts(paths: &[Vec<Path>], instants: &[f64], end: f64) -> Vec<Start> {
    let start =
        |at: f64| move |state: usize| Start { at, state: Some(state), share: 1.0, slope: 0.0, sharp: true };
    let mut starts: Vec<Start> = (0..paths.len()).map(start(0.0)).collect();
    for &at in instants {
        starts.extend((0..paths.len()).map(start(at)));
    }
    let (mut next, mut turns) = (0, Vec::new());
    let first = starts.len();
    while next < starts.len() && starts.len() < first + MOST_STARTS {
        starts[next..].sort_by(|a, b| a.at.total_cmp(&b.at));
        for new in follow(&starts[next], paths) {
            if new.at < end && new.at > starts[next].at {
                add(if new.state.is_some() { &mut starts } else { &mut turns }, new);
            }
        }
        next += 1;
    }
    starts.extend(turns);
    starts
}

/// What follows from many who come to a state: those of them who move on at once, and turns, also of those who come
/// later or come to other states.
fn follow(start: &Start, paths: &[Vec<Path>]) -> Vec<Start> {
    let mut found = Vec::new();
    for (state, path) in paths.iter().enumerate().flat_map(|(s, of)| of.iter().map(move |p| (s, p))) {
        let all = start.share * path.share;
        let here = start.state == Some(state);
        let mut jumps: Vec<(f64, f64, bool)> = path.curve.jumps().map(|(t, p)| (t, p, start.sharp)).collect();
        if jumps.is_empty() {
            jumps.extend(path.curve.narrow().map(|t| (t, 1.0, false)));
        }
        for (after, part, sharp) in jumps.into_iter().filter(|j| all * j.1 > FEW) {
            found.push(Start {
                at: start.at + after,
                state: here.then_some(path.to),
                share: all * part,
                slope: 0.0,
                sharp: sharp && here,
            });
        }
        let turn = |(after, slope)| Start {
            at: start.at + after,
            state: None,
            share: 0.0,
            slope: slope * all,
            sharp: false,
        };
        found.extend(path.curve.bends().map(turn));
    }
    found
}

/// Adds a start, or counts it with one of the same instant and state.
fn add(starts: &mut Vec<Start>, new: Start) {
    let same = |s: &&mut Start| s.state == new.state && (s.at - new.at).abs() <= AROUND / 2.0;
    match starts.iter_mut().find(same) {
        Some(known) => {
            known.share = (known.share + new.share).min(1.0);
            known.slope += new.slope;
            known.sharp |= new.sharp;
        }
        None => starts.push(new),
    }
}

/// Times that are not too near to each other for how long ago many last moved.
fn spaced(times: &[f64], begins: &[f64], gap: f64) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::new();
    for &t in times {
        let begun = begins[begins.partition_point(|&b| b <= t).max(1) - 1];
        let far = |&before: &f64| t - before >= (gap * (t - begun)).max(INSTANT * 2.0);
        if kept.last().is_none_or(far) {
            kept.push(t);
        }
    }
    kept
}

/// Times together with others that stand apart from them.
fn merged(pinned: &[f64], others: &[f64]) -> Vec<f64> {
    let apart = |t: &&f64| {
        let next = pinned.partition_point(|p| p < *t);
        let near = |p: Option<&f64>| p.is_some_and(|p| (p - **t).abs() <= INSTANT);
        !near(pinned.get(next)) && !near(next.checked_sub(1).and_then(|i| pinned.get(i)))
    };
    let mut times: Vec<f64> = pinned.iter().chain(others.iter().filter(apart)).copied().collect();
    sort(&mut times);
    times
}
