//! Families arriving.
//!
//! Arrivals are the points below the rate of a unit Poisson measure on time x rate (Lewis and Shedler 1979,
//! turned round: the points stay, the rate moves). The measure is cut into strips and keyed by month, strip
//! and ordinal, so a family that is below two scenarios' rates is the same family in both.

use super::{
    Engine, Rules,
    ending::Model,
    event_calendar::{Class, Event},
    live::Live,
    number, purpose,
};
use crate::pathway::{ArrivalsId, Child, calendar::Tick, stay::whole_ticks};
use crate::record::{Observer, Origin};
use crate::stream::Stream;

/// Families a month in one strip of the measure.
const STRIP: f64 = 16.0;
/// The lower half of a draw.
const LOWER: u64 = 0xFFFF_FFFF;

/// A family that arrives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    /// What is drawn for it, the same in every scenario.
    pub draws: Stream,
    /// The stream of arrivals that it comes with.
    stream: ArrivalsId,
}

impl<O: Observer> Engine<'_, O> {
    /// Files everybody who arrives in a month.
    pub(super) fn file_arrivals(&mut self, month: usize) {
        for stream in self.model.scenario.arrivals.ids() {
            self.file_stream(stream, month);
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "strips are few, and half a draw fits a float exactly"
    )]
    fn file_stream(&mut self, stream: ArrivalsId, month: usize) {
        let (scenario, rules) = (self.model.scenario, self.model.rules);
        let (from, to) = (scenario.calendar.month_start(month), scenario.calendar.month_start(month + 1));
        let rate = rules.families[stream][month];
        let moved = Rules::moves_arrivals(scenario, stream);
        let most = rate * rules.most_arrivals_times(scenario, stream, from, to);
        let draws = rules.draws.keyed(scenario.arrivals[stream].key).nth(month as u64);
        for strip in 0..(most / STRIP).ceil() as u64 {
            let draws = draws.nth(strip);
            for ordinal in 0..families_in_strip(draws.unit()) {
                let family = draws.nth(ordinal);
                // One draw places a family: its upper half in time, its lower half in height.
                let point = family.keyed(purpose::POINT).bits();
                let at = from + (((point >> 32) * (to - from).cast_unsigned()) >> 32).cast_signed();
                let height = (strip as f64 + (point & LOWER) as f64 / (LOWER + 1) as f64) * STRIP;
                let rate = if moved { rate * rules.arrivals_times(scenario, stream, at) } else { rate };
                if height < rate {
                    self.file_family(Family { draws: family, stream }, at);
                }
            }
        }
    }

    fn file_family(&mut self, family: Family, at: Tick) {
        let slot = number(self.space.families.len());
        self.space.families.push(family);
        self.file(Event::new(at, Class::Arrival, slot));
    }

    /// A family arrives: its children begin one after another.
    #[inline(never)]
    #[expect(clippy::cast_possible_truncation, reason = "families have at most 20 children")]
    pub(super) fn arrive(&mut self, slot: u32, at: Tick) {
        let Family { draws: family, stream } = self.space.families[slot as usize];
        let Model { scenario, rules } = self.model;
        let stream = &scenario.arrivals[stream];
        // Where there is one kind only, nothing is drawn.
        let pick = |sums: &[f64], draws: Stream, purpose: u64| {
            if sums.len() == 1 { 0 } else { part(sums, draws.keyed(purpose).unit()).0 }
        };
        let size = pick(&stream.family_sizes, family, purpose::SIZE) as u32 + 1;
        for number in 0..size {
            let draws = family.nth(number.into());
            let (slice, along) = part(&stream.ages, draws.keyed(purpose::AGE).unit());
            let slice = stream.slices[slice];
            let born = scenario.calendar.born(at, within(slice.ages, along));
            let cohort = pick(&stream.cohorts, draws, purpose::COHORT);
            let child = self.child(family, number, size, born, cohort, slice.band);
            let live = Live::new(child, stream.enters, at, Origin::Arrival(stream.enters));
            let slot = self.space.slab.add(live);
            self.observer.arrived(&self.space.slab[slot].child, stream.enters, at);
            self.go_in(slot, &rules.steps[stream.enters], at);
        }
    }

    /// A child of a family, with its lasting need.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "classes are few")]
    pub(super) fn child(
        &self,
        family: Stream,
        number: u32,
        siblings: u32,
        born: Tick,
        cohort: usize,
        band: usize,
    ) -> Child {
        let draws = family.nth(number.into());
        let Model { scenario, rules } = self.model;
        let needs = scenario.classes.needs.len();
        let need = if needs == 1 {
            0
        } else {
            let row = scenario.need_grid.row(cohort, 0, 0, band);
            let bits = draws.keyed(purpose::NEED).lot();
            rules.needs[row * needs..][..needs].partition_point(|&t| t <= bits)
        };
        Child {
            family: family.key(),
            number,
            siblings,
            born,
            cohort: cohort as u8,
            need: need as u8,
            draws,
            family_draws: family,
        }
    }
}

/// An age between two, all alike.
#[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
fn within((from, to): (Tick, Tick), u: f64) -> Tick {
    from + whole_ticks((to - from) as f64 * u)
}

/// Which part of running sums a uniform falls in, and how far along it is, from 0 to 1.
#[inline]
fn part(sums: &[f64], u: f64) -> (usize, f64) {
    if sums.len() == 1 {
        return (0, u);
    }
    // Sums are few: counting them all is quicker than a search.
    let part = sums.iter().filter(|&&s| s <= u).count().min(sums.len() - 1);
    let floor = if part == 0 { 0.0 } else { sums[part - 1] };
    (part, ((u - floor) / (sums[part] - floor).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0))
}

/// exp(-16), the chance that a strip is empty.
const EMPTY_STRIP: f64 = 1.125_351_747_192_591_2e-7;
/// Running sums of the Poisson law with mean [`STRIP`]; more than 63 families have a chance below 1e-17.
const STRIP_SUMS: [f64; 63] = {
    let mut sums = [0.0; 63];
    let (mut term, mut sum, mut n, mut count) = (EMPTY_STRIP, 0.0, 0, 0.0);
    while n < sums.len() {
        sum += term;
        sums[n] = sum;
        n += 1;
        count += 1.0;
        term *= STRIP / count;
    }
    sums
};

/// How many families a strip holds, by inversion: the least n with P(N <= n) > u (Devroye 1986, section
/// X.3.3).
fn families_in_strip(u: f64) -> u64 {
    STRIP_SUMS.partition_point(|&sum| sum <= u) as u64
}

#[cfg(test)]
mod tests {
    use super::families_in_strip;

    /// Exact by construction: the mean of the inverse over a fine grid of uniforms is the mean of the law.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    fn counts_have_the_mean_and_variance_of_a_poisson_law() {
        let n = 200_000;
        let counts: Vec<f64> =
            (0..n).map(|i| families_in_strip((f64::from(i) + 0.5) / f64::from(n)) as f64).collect();
        let mean = counts.iter().sum::<f64>() / f64::from(n);
        let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 16.0).abs() < 1e-3, "{mean}");
        assert!((variance - 16.0).abs() < 2e-2, "{variance}");
    }
}
