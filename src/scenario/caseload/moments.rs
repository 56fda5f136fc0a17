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
const MOST_STARTS: usize = 60;
/// Times no nearer to each other than this part of the time since many last moved.
const GAP: f64 = 0.02;
/// Times that a track is followed at, but for those of moves of many at once.
const MOST: usize = 400;

/// A way out of a state: where it leads, the largest share who take it, and what it leaves.
pub(super) struct Path<'a> {
    pub to: usize,
    pub share: f64,
    pub curve: &'a Curve,
}

/// Many who come to a state at once, or nearly.
struct Start {
    at: f64,
    state: usize,
    share: f64,
    /// Whether they come in one instant.
    sharp: bool,
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
            others.extend(path.curve.corners(ERROR / start.share).into_iter().map(|t| start.at + t));
        }
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

/// Those who begin, and from there, in order of time, all who move on at once or nearly.
fn starts(paths: &[Vec<Path>], instants: &[f64], end: f64) -> Vec<Start> {
    let start = |at: f64, sharp: bool| move |state: usize| Start { at, state, share: 1.0, sharp };
    let mut starts: Vec<Start> = (0..paths.len()).map(start(0.0, true)).collect();
    for &at in instants {
        starts.extend((0..paths.len()).map(start(at, true)));
    }
    let mut next = 0;
    let first = starts.len();
    while next < starts.len() && starts.len() < first + MOST_STARTS {
        starts[next..].sort_by(|a, b| a.at.total_cmp(&b.at));
        let (from, state, share, sharp) =
            (starts[next].at, starts[next].state, starts[next].share, starts[next].sharp);
        next += 1;
        for path in &paths[state] {
            let jumps: Vec<(f64, f64)> = path.curve.jumps().collect();
            let narrow = if jumps.is_empty() { path.curve.narrow() } else { None };
            let moves = jumps.into_iter().map(|(t, p)| (t, p, sharp)).chain(narrow.map(|t| (t, 1.0, false)));
            for (after, fall, sharp) in moves {
                let (at, share) = (from + after, share * path.share * fall);
                if at < end && share > FEW && after > 0.0 {
                    add(&mut starts, Start { at, state: path.to, share, sharp });
                }
            }
        }
    }
    starts
}

/// Adds a start, or counts it with one of the same instant and state.
fn add(starts: &mut Vec<Start>, new: Start) {
    let same = |s: &&mut Start| s.state == new.state && (s.at - new.at).abs() <= AROUND / 2.0;
    match starts.iter_mut().find(same) {
        Some(known) => {
            known.share = (known.share + new.share).min(1.0);
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
