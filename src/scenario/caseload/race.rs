//! Who leaves a race by which exit, and when.

use super::curve::Curve;
use super::served::sort;
use super::tracks::whole;
use crate::pathway::stay::{Stay, Time};
use crate::scenario::paces::BestTimes;

/// A cumulative hazard beyond which nobody is left.
const ALL: f64 = 700.0;

/// By exit of a race, running shares of those who have left by it, at times so near to each other that no exit takes
/// more than a few of a hundred between two. Those who leave between two are divided by the hazards there; in one
/// instant, the exit named first takes its share first. Ages are left out.
pub(super) fn incidence(best: &BestTimes, times: &[Time], longest: f64) -> Vec<Vec<(f64, f64)>> {
    let left = |time: Time, t: f64| {
        let stay = Stay { born: 0, entered: -whole(t), now: 0 };
        if time.age().is_some() { 1.0 } else { best.laws.survival(time, stay) }
    };
    let mut moments: Vec<f64> = vec![0.0, longest];
    for &time in times.iter().filter(|time| time.age().is_none()) {
        moments.extend(Curve::of(|t| left(time, t), longest).times());
    }
    sort(&mut moments);
    let hazard = |time: Time, t: f64| (-libm::log(left(time, t))).min(ALL);
    let mut won = vec![vec![(0.0, 0.0)]; times.len()];
    let mut before = vec![0.0; times.len()];
    let (mut from, mut there) = (0.0, 1.0);
    // Who leaves at once is counted at 0.
    for &t in &moments {
        let now: Vec<f64> = times.iter().map(|&time| hazard(time, t)).collect();
        let here: Vec<f64> = now.iter().zip(&before).map(|(n, b)| (n - b).max(0.0)).collect();
        let leaving = shares(&here, t - from <= 1.0);
        for (won, share) in won.iter_mut().zip(&leaving) {
            let sum = won[won.len() - 1].1 + there * share;
            if t == 0.0 {
                won[0].1 = sum;
            } else {
                won.push((t, sum));
            }
        }
        there *= 1.0 - leaving.iter().sum::<f64>();
        (before, from) = (now, t);
    }
    won
}

/// The shares of those there who leave by each exit, given the hazards that they go through.
fn shares(hazards: &[f64], at_once: bool) -> Vec<f64> {
    if at_once {
        let mut left = 1.0;
        let mut share = |h: &f64| {
            let leaving = left * -libm::expm1(-h);
            left -= leaving;
            leaving
        };
        return hazards.iter().map(&mut share).collect();
    }
    let all: f64 = hazards.iter().sum();
    let leaving = -libm::expm1(-all);
    hazards.iter().map(|h| if all > 0.0 { leaving * h / all } else { 0.0 }).collect()
}
