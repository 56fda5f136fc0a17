//! What a time law leaves, in straight lines, with its integral and its jumps.

use super::moments;
use super::served::{NOBODY, halve, sort};

/// By how much a straight line between neighbouring points may miss what is left.
const ERROR: f64 = 2e-5;
/// How far what is left may fall between neighbouring points: a bend that halving does not meet is no larger.
const FALL: f64 = 0.02;
/// Ticks between points that stand for one instant.
const INSTANT: f64 = 1.0;
/// A fall within an instant that counts as a jump.
const JUMP: f64 = 1e-4;
/// A share that is enough to tell a density by.
const SOME: f64 = 4e-3;

#[derive(Debug, Clone, Copy)]
struct Point {
    at: f64,
    left: f64,
    /// The integral of what is left, from 0.
    area: f64,
}

/// The share of those who came at once that is left after any time. It never rises.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    points: Vec<Point>,
}

impl Curve {
    /// In points close enough together, from 0 to an end.
    pub fn of(left: impl Fn(f64) -> f64, end: f64) -> Self {
        let points = corners(&left, end, ERROR, FALL);
        Self::through(points.into_iter().map(|t| (t, left(t))))
    }

    /// Through points that begin at 0.
    pub fn through(points: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut all: Vec<Point> = Vec::new();
        for (at, left) in points {
            let area = all.last().map_or(0.0, |p| p.area + (at - p.at) * f64::midpoint(p.left, left));
            all.push(Point { at, left, area });
        }
        Self { points: all }
    }

    /// Nobody leaves.
    pub fn level() -> Self {
        Self::through([(0.0, 1.0)].into_iter())
    }

    pub fn times(&self) -> impl Iterator<Item = f64> + '_ {
        self.points.iter().map(|p| p.at)
    }

    /// The share left after a time; beyond the last point, what is left there.
    pub fn left(&self, time: f64) -> f64 {
        self.left_by(self.points.partition_point(|p| p.at <= time), time)
    }

    /// The same, given the next point.
    fn left_by(&self, next: usize, time: f64) -> f64 {
        let Some(before) = next.checked_sub(1).map(|i| self.points[i]) else { return 1.0 };
        let Some(after) = self.points.get(next) else { return before.left };
        before.left + (after.left - before.left) * (time - before.at) / (after.at - before.at)
    }

    /// The integral of what is left from 0 to a time.
    pub fn area(&self, time: f64) -> f64 {
        self.area_by(self.points.partition_point(|p| p.at <= time), time)
    }

    fn area_by(&self, next: usize, time: f64) -> f64 {
        let Some(before) = next.checked_sub(1).map(|i| self.points[i]) else { return 0.0 };
        before.area + (time - before.at) * f64::midpoint(before.left, self.left_by(next, time))
    }

    /// The integrals from 0 to times that rise.
    pub fn areas(&self, times: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut next = 0;
        let area = |time: f64| {
            next += self.points[next..].iter().take_while(|p| p.at <= time).count();
            self.area_by(next, time)
        };
        times.map(area).collect()
    }

    /// The mean share left between two times, given the integrals up to them; over an instant, what is left in its middle.
    pub fn mean_between(&self, (from, before): (f64, f64), (to, after): (f64, f64)) -> f64 {
        if to - from <= moments::INSTANT {
            return self.left(f64::midpoint(from, to));
        }
        ((after - before) / (to - from)).clamp(0.0, 1.0)
    }

    /// Instants at which many leave at once, with the share of all who do.
    pub fn jumps(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let steps = self.points.windows(2).map(|p| (p[1].at, p[1].at - p[0].at, p[0].left - p[1].left));
        steps.filter(|(_, long, fall)| *long <= INSTANT && *fall > JUMP).map(|(at, _, fall)| (at, fall))
    }

    /// Times at which the density jumps, such as where it ends, with by how much.
    pub fn bends(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let slope = |a: Point, b: Point| (a.left - b.left) / (b.at - a.at);
        let pairs = self.points.windows(3).map(move |p| (p[1].at, slope(p[0], p[1]), slope(p[1], p[2])));
        pairs
            .filter(|(at, before, after)| self.bends_at(*at, *before, *after))
            .map(|(at, b, a)| (at, (a - b).abs()))
    }

    /// Whether densities before and after a time differ, and go on for a while: at points far apart on a smooth curve they
    /// differ too, but not for long.
    fn bends_at(&self, at: f64, before: f64, after: f64) -> bool {
        let most = before.max(after);
        // What comes at once is a jump.
        if most * INSTANT > JUMP || (after - before).abs() < most / 2.0 {
            return false;
        }
        let long = SOME / most;
        let fell = self.left((at - long).max(0.0)) - self.left(at);
        let falls = self.left(at) - self.left(at + long);
        let goes_on = |fall: f64, slope: f64| fall <= 1.5 * slope * long + SOME / 10.0;
        goes_on(fell, before) && goes_on(falls, after) && (fell - falls).abs() > SOME / 3.0
    }

    /// The mean time until the end of those who leave by then, and of the others.
    pub fn mean_time(&self) -> f64 {
        self.points.last().map_or(0.0, |p| p.area)
    }

    /// When the first have left, if that is no less than three tenths of the time by which nearly all have: the law is
    /// narrow.
    pub fn narrow(&self) -> Option<f64> {
        let when = |left: f64| self.points.iter().find(|p| p.left <= left).map(|p| p.at);
        let (first, last) = (when(0.95)?, when(0.05)?);
        (first > 0.3 * last).then_some(first)
    }

    /// Times between which a straight line is right to within an error.
    pub fn corners(&self, error: f64) -> Vec<f64> {
        let end = self.points.last().map_or(0.0, |p| p.at);
        corners(&|t| self.left(t), end, error, error.sqrt().max(FALL))
    }
}

/// Times between which a curve that falls from 1 runs in straight lines, to within an error, and falls by no more
/// than so much. Those between which it does not, such as around a jump, are an instant apart.
fn corners(left: &impl Fn(f64) -> f64, end: f64, error: f64, fall: f64) -> Vec<f64> {
    let mut edges = vec![0.0, end];
    let mut edge = end / 2.0;
    while edge > 1.0 {
        edges.push(libm::round(edge));
        edge /= 2.0;
    }
    sort(&mut edges);
    let middle = |from: (f64, f64), to: (f64, f64)| {
        let at = libm::round(f64::midpoint(from.0, to.0));
        if to.0 - from.0 <= INSTANT || at <= from.0 || at >= to.0 {
            return None;
        }
        let middle = (at, left(at));
        let off = (middle.1 - f64::midpoint(from.1, to.1)).abs();
        let is_straight = off <= error && from.1 - to.1 <= fall;
        (!is_straight).then_some(middle)
    };
    let mut times = Vec::new();
    let mut from = (0.0, left(0.0));
    for &edge in &edges[1..] {
        let to = (edge, left(edge));
        halve(&middle, from, to, &mut times);
        from = to;
    }
    // No points are wanted before anybody leaves, nor after nearly all have.
    let first = times.partition_point(|&t| left(t) > 1.0 - error).saturating_sub(1);
    let last = times.partition_point(|&t| left(t) > NOBODY);
    let mut kept = vec![0.0];
    kept.extend(times.drain(..).skip(first).take((last + 1).saturating_sub(first)));
    kept.push(end);
    sort(&mut kept);
    kept
}
