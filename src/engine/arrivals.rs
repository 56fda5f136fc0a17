//! Families arriving.
//!
//! Arrivals are the points below the rate of a unit Poisson measure on time x rate (Lewis and Shedler 1979,
//! turned round: the points stay, the rate moves). The measure is cut into strips and keyed by month, strip
//! and ordinal, so a family that is below two scenarios' rates is the same family in both.

use super::{Door, Engine, Observer, Walker, World, purpose};
use crate::pathway::{
    Child,
    calendar::Tick,
    chance::{below, mix, unit},
};
use crate::scenario::{Stream, build::MOST_STATES};

/// Families a month in one strip of the measure.
const STRIP: f64 = 16.0;

impl<O: Observer> Engine<'_, O> {
    /// Everybody who arrives in a month, walked on.
    pub(super) fn arrivals(&mut self, month: usize) {
        for number in 0..self.scenario.streams.len() {
            self.stream(number, month);
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "strips are few; the clock within a month is far below 2^52 ticks"
    )]
    fn stream(&mut self, number: usize, month: usize) {
        let scenario = self.scenario;
        let stream = &scenario.streams[number];
        let (from, to) = (scenario.calendar.month_start(month), scenario.calendar.month_start(month + 1));
        let rate = self.world.families[number][month];
        let moved = World::moves_arrivals(scenario, number);
        let most = rate * self.world.most_arrivals_times(scenario, number, from, to);
        let key = below(mix(self.world.luck.wrapping_add(stream.key)), month as u64);
        for strip in 0..(most / STRIP).ceil() as u64 {
            let strip_key = below(key, strip);
            for ordinal in 0..poisson(STRIP, unit(strip_key)) {
                let family = below(strip_key, ordinal);
                // The clock is kept in floating point: cutting it to ticks would shift the rate.
                let at = from + (unit(mix(family.wrapping_add(purpose::TIME))) * (to - from) as f64) as Tick;
                let height = (strip as f64 + unit(mix(family.wrapping_add(purpose::HEIGHT)))) * STRIP;
                let rate = if moved { rate * self.world.arrivals_times(scenario, number, at) } else { rate };
                if height < rate {
                    self.family(stream, family, at);
                }
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "families have at most 20 children")]
    fn family(&mut self, stream: &Stream, family: u64, at: Tick) {
        let draw = |luck: u64, purpose: u64| unit(mix(luck.wrapping_add(purpose)));
        let pick = |sums: &[f64], u: f64| sums.partition_point(|&s| s <= u).min(sums.len() - 1);
        // Where there is one kind only, nothing is drawn.
        let draw_and_pick = |sums: &[f64], luck: u64, purpose: u64| {
            if sums.len() == 1 { 0 } else { pick(sums, draw(luck, purpose)) }
        };
        let size = draw_and_pick(&stream.family_sizes, family, purpose::SIZE) as u32 + 1;
        for number in 0..size {
            let luck = below(family, u64::from(number));
            let u = draw(luck, purpose::AGE);
            let band = pick(&stream.ages, u);
            let floor = if band == 0 { 0.0 } else { stream.ages[band - 1] };
            let within = (u - floor) / (stream.ages[band] - floor).max(f64::MIN_POSITIVE);
            let born = at - self.age_within(band, within);
            let cohort = draw_and_pick(&stream.cohorts, luck, purpose::COHORT);
            let child = self.child(family, number, size, born, cohort, band);
            self.observer.arrive(&child, stream.enters, at);
            let mut walker = self.walker(child, stream.enters, at);
            self.walk(&mut walker);
        }
    }

    /// An age within a band, all alike.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "ages are far below 2^52 ticks"
    )]
    pub(super) fn age_within(&self, band: usize, u: f64) -> Tick {
        let (_, from, to) = &self.scenario.classes.bands[band];
        from + ((to - from) as f64 * u.clamp(0.0, 1.0)) as Tick
    }

    /// A child of a family, with its lasting need.
    #[expect(clippy::cast_possible_truncation, reason = "classes are few")]
    pub(super) fn child(
        &self,
        family: u64,
        number: u32,
        siblings: u32,
        born: Tick,
        cohort: usize,
        band: usize,
    ) -> Child {
        let luck = below(family, u64::from(number));
        let needs = self.scenario.classes.needs.len();
        let need = if needs == 1 {
            0
        } else {
            let row = self.scenario.need_grid.row(cohort, 0, 0, band);
            let bits = mix(luck.wrapping_add(purpose::NEED)).min(u64::MAX - 1);
            self.world.needs[row * needs..][..needs].partition_point(|&t| t <= bits)
        };
        Child {
            family,
            number,
            siblings,
            born,
            cohort: cohort as u8,
            need: need as u8,
            luck,
            family_luck: mix(family),
        }
    }

    pub(super) fn walker(&self, child: Child, state: usize, now: Tick) -> Walker {
        Walker {
            child,
            state,
            now,
            until: self.end(),
            since: now,
            plan: 0,
            door: Door::Outside,
            taken: 0,
            ticket: 0,
            visits: [0; MOST_STATES],
        }
    }
}

/// A Poisson count by inversion: the least n with P(N <= n) > u (Devroye 1986, section X.3.3).
fn poisson(mean: f64, u: f64) -> u64 {
    let mut term = libm::exp(-mean);
    let mut sum = term;
    let mut n = 0.0;
    let mut count = 0;
    while u >= sum && count < 200 {
        n += 1.0;
        term *= mean / n;
        sum += term;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::poisson;

    /// Exact by construction: the mean of the inverse over a fine grid of uniforms is the mean of the law.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    fn counts_have_the_mean_and_variance_of_a_poisson_law() {
        let n = 200_000;
        let counts: Vec<f64> =
            (0..n).map(|i| poisson(16.0, (f64::from(i) + 0.5) / f64::from(n)) as f64).collect();
        let mean = counts.iter().sum::<f64>() / f64::from(n);
        let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 16.0).abs() < 1e-3, "{mean}");
        assert!((variance - 16.0).abs() < 2e-2, "{variance}");
    }
}
