//! The law of a stay: how long it lasts by one exit, what share is still there, and what is left of it.
//!
//! Everything that asks these questions asks them here: the engine, the opening caseload and what `check`
//! prints. Times are drawn by inversion. A hazard may be multiplied by a factor that changes with the
//! calendar; then a stay ends when the hazard it has been through, the integral of m dH with H = -ln S, reaches
//! the exponential quantile -ln u (Cox and Oakes 1984, Analysis of Survival Data, section 5.2).

use super::calendar::Tick;
use super::law::QuantileTable;
use super::{LawId, Table};
use crate::stream::unit;

/// No stay outlasts this; it keeps sums of ticks within range.
const FOREVER: f64 = 1e15;
/// The same in whole ticks.
pub const LONGEST: Tick = 1_000_000_000_000_000;

/// From here to twice as far, neighbouring floats are 1 apart.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// A time that is always the same: `scale` ticks.
const FIXED: u32 = u32::MAX;
/// A time that lasts until the age of `scale` ticks.
const UNTIL_AGE: u32 = u32::MAX - 1;

/// The id of a law's table.
#[inline]
fn id(law: u32) -> LawId {
    LawId::from_index(law as usize)
}

/// A time from 0 to 10^15 ticks as the nearest whole tick: the sum's lowest bits are the integer.
#[inline]
#[must_use]
pub fn whole_ticks(time: f64) -> Tick {
    (time + WHOLE).to_bits().cast_signed() - WHOLE.to_bits().cast_signed()
}

/// How long one exit takes: a law with its scale, and what multiplies its hazard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    scale: f64,
    law: u32,
    hazard_ratio: u32,
}

impl Time {
    /// Always so many ticks.
    #[must_use]
    pub fn fixed(ticks: f64) -> Self {
        Self { scale: ticks, law: FIXED, hazard_ratio: 0 }
    }

    /// Until the child reaches an age.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
    pub fn until_age(age: Tick) -> Self {
        Self { scale: age as f64, law: UNTIL_AGE, hazard_ratio: 0 }
    }

    /// A law of [`Laws::tables`], its quantiles multiplied by so many ticks.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "laws are few")]
    pub fn law(table: LawId, scale: f64) -> Self {
        Self { scale, law: table.index() as u32, hazard_ratio: 0 }
    }

    /// The same with a hazard multiplied as a schedule of [`Laws::hazard_ratios`] says. Fixed times and ages have no
    /// hazard to multiply.
    #[must_use]
    pub fn with_hazard_ratio(self, hazard_ratio: u32) -> Self {
        Self { hazard_ratio: if self.is_law() { hazard_ratio } else { 0 }, ..self }
    }

    /// The same, so many times as long. An age stays as it is.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        if self.law == UNTIL_AGE { self } else { Self { scale: self.scale * factor, ..self } }
    }

    /// Its schedule in [`Laws::hazard_ratios`].
    #[must_use]
    #[inline]
    pub fn hazard_ratio(self) -> usize {
        self.hazard_ratio as usize
    }

    /// Whether a draw comes straight from a table.
    #[must_use]
    #[inline]
    pub fn is_tabulated(self) -> bool {
        self.is_law() && self.hazard_ratio == 0
    }

    /// The age at which it ends, if that is what it waits for.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "an age in ticks")]
    pub fn age(self) -> Option<Tick> {
        (self.law == UNTIL_AGE).then_some(self.scale as Tick)
    }

    #[inline]
    fn is_law(self) -> bool {
        self.law < UNTIL_AGE
    }
}

/// Who has been where since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// When the child was or will be born.
    pub born: Tick,
    /// When the stay began.
    pub entered: Tick,
    /// The instant that is asked about.
    pub now: Tick,
}

impl Stay {
    /// Time served.
    #[inline]
    fn served(self) -> Tick {
        self.now - self.entered
    }

    fn age(self) -> Tick {
        self.now - self.born
    }
}

/// A hazard multiplier that changes with time: from when, and how much. The first holds from [`Tick::MIN`].
pub type HazardRatio = Vec<(Tick, f64)>;

/// The laws and schedules that [`Time`]s refer to.
#[derive(Debug, Clone, Default)]
pub struct Laws {
    /// Time laws, apart from their scales.
    pub tables: Table<LawId, QuantileTable>,
    /// Schedules of hazard multipliers; the first stands for none.
    pub hazard_ratios: Vec<HazardRatio>,
}

impl Laws {
    /// A time that comes straight from its table, at 64 uniform bits.
    #[inline]
    #[must_use]
    pub fn tabulated(&self, time: Time, bits: u64) -> Tick {
        whole_ticks((self.tables[id(time.law)].quantile(bits) * time.scale).min(FOREVER))
    }

    /// The length of a stay that begins now, at 64 uniform bits.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::inline_always, reason = "almost always straight from a table")]
    pub fn length(&self, time: Time, born: Tick, now: Tick, bits: u64) -> Tick {
        if time.is_tabulated() {
            self.tabulated(time, bits)
        } else {
            self.left_under(
                time,
                Stay { born, entered: now, now },
                bits,
                &self.hazard_ratios[time.hazard_ratio as usize],
            )
        }
    }

    /// What is left of a stay, at 64 uniform bits, by inversion of the law of what is left:
    /// S(served + x) = u S(served).
    #[must_use]
    pub fn left(&self, time: Time, stay: Stay, bits: u64) -> Tick {
        if stay.served() == 0 && time.is_tabulated() {
            self.tabulated(time, bits)
        } else {
            self.left_under(time, stay, bits, &self.hazard_ratios[time.hazard_ratio as usize])
        }
    }

    /// The same under a schedule of hazard multipliers in place of the time's own.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    pub fn left_under(&self, time: Time, stay: Stay, bits: u64, hazard_ratio: &HazardRatio) -> Tick {
        let served = stay.served();
        match time.law {
            FIXED => (whole_ticks(time.scale.min(FOREVER)) - served).max(0),
            UNTIL_AGE => (time.age().unwrap_or(0) - stay.age()).max(0),
            law => {
                let law = &self.tables[id(law)];
                let lived = served as f64 / time.scale;
                let plain = if served == 0 {
                    law.quantile(bits)
                } else {
                    // Rounding in the table may not take a stay back before now.
                    (law.quantile_of_survival(unit(!bits) * law.survival(lived)) - lived).max(0.0)
                };
                let left = left_with(
                    (law, time.scale),
                    plain * time.scale,
                    unit(!bits),
                    hazard_ratio,
                    (stay.now, lived),
                );
                whole_ticks(left.min(FOREVER))
            }
        }
    }

    /// The share still there after so long. A stay until an age lasts for all who are younger, whenever it
    /// began: it cuts no time already served.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    pub fn survival(&self, time: Time, stay: Stay) -> f64 {
        let served = stay.served() as f64;
        match time.law {
            FIXED => f64::from(u8::from(served < time.scale)),
            UNTIL_AGE => f64::from(u8::from((stay.age() as f64) < time.scale)),
            law if time.hazard_ratio == 0 => self.tables[id(law)].survival(served / time.scale),
            law => self.survival_with(&self.tables[id(law)], time, stay),
        }
    }

    /// The share of stays that last longer, in whole ticks.
    #[must_use]
    pub fn longer(&self, time: Time, stay: Stay) -> f64 {
        self.around(time, stay, 0.5)
    }

    /// The share of stays that last so long or longer, in whole ticks. It differs from [`Self::longer`] where many
    /// end at one tick: fixed times, birthdays, and laws with several equal quantiles.
    #[must_use]
    pub fn as_long(&self, time: Time, stay: Stay) -> f64 {
        // Who has reached the age before is gone at once: that stay lasts no time, but that long.
        if stay.served() == 0 { 1.0 } else { self.around(time, stay, -0.5) }
    }

    /// The share left half a tick before or after.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn around(&self, time: Time, stay: Stay, half: f64) -> f64 {
        let served = stay.served() as f64 + half;
        match time.law {
            FIXED => f64::from(u8::from(served < time.scale)),
            UNTIL_AGE => f64::from(u8::from(stay.age() as f64 + half < time.scale)),
            law if time.hazard_ratio == 0 => self.tables[id(law)].survival(served / time.scale),
            // A law whose hazard is multiplied has no ties.
            _ => self.survival(time, stay),
        }
    }

    /// exp(-integral of m dH) from the start of the stay until now.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn survival_with(&self, law: &QuantileTable, time: Time, stay: Stay) -> f64 {
        let hazard_ratio = &self.hazard_ratios[time.hazard_ratio as usize];
        let mut at = hazard_ratio.partition_point(|p| p.0 <= stay.entered).saturating_sub(1);
        let (mut exponent, mut hazard) = (0.0, 0.0);
        loop {
            let m = hazard_ratio.get(at).map_or(1.0, |p| p.1);
            let turn = hazard_ratio.get(at + 1).map_or(Tick::MAX, |p| p.0);
            let until = turn.min(stay.now);
            let then = -libm::log(law.survival((until - stay.entered) as f64 / time.scale));
            if m > 0.0 {
                exponent += m * (then - hazard);
            }
            if turn >= stay.now || then.is_infinite() {
                return libm::exp(-exponent);
            }
            (hazard, at) = (then, at + 1);
        }
    }
}

/// The time left under a hazard multiplied by m, which changes with time: the stay ends when the integral
/// of m dH from what is served reaches the exponential quantile -ln u, H = -ln S being the cumulative
/// hazard. `unpaced` is the time left at m = 1, and stands as it is until m changes.
#[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
fn left_with(
    (law, scale): (&QuantileTable, f64),
    plain: f64,
    u: f64,
    hazard_ratio: &HazardRatio,
    (now, served): (Tick, f64),
) -> f64 {
    let Some(mut at) = hazard_ratio.partition_point(|p| p.0 <= now).checked_sub(1) else { return plain };
    let turn = |at: usize| hazard_ratio.get(at + 1).map_or(f64::INFINITY, |p| (p.0 - now) as f64);
    if hazard_ratio[at].1 == 1.0 && plain <= turn(at) {
        return plain;
    }
    let mut exponent = -libm::log(u);
    let mut lived = served;
    let mut hazard = -libm::log(law.survival(served));
    loop {
        let m = hazard_ratio[at].1;
        let end = if m > 0.0 {
            law.quantile_of_survival(libm::exp(-(hazard + exponent / m))).max(lived)
        } else {
            f64::INFINITY
        };
        let until = served + turn(at) / scale;
        let then = -libm::log(law.survival(until));
        let spent = if m > 0.0 { m * (then - hazard) } else { 0.0 };
        if until.is_infinite() || spent >= exponent {
            return (end.min(until) - served) * scale;
        }
        (exponent, hazard, lived, at) = (exponent - spent, then, until, at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pathway::law::Shape;

    fn laws(hazard_ratio: HazardRatio) -> Laws {
        Laws {
            tables: vec![
                QuantileTable::new(&Shape::Exponential),
                QuantileTable::new(&Shape::Weibull { shape: 2.0 }),
                QuantileTable::new(&Shape::Quantiles(vec![[0.0, 1.0], [0.5, 1.0], [1.0, 3.0]])),
            ]
            .into(),
            hazard_ratios: vec![Vec::new(), hazard_ratio],
        }
    }

    fn stay(entered: Tick, now: Tick) -> Stay {
        Stay { born: -1000, entered, now }
    }

    #[test]
    fn a_constant_pace_is_a_power_of_what_is_left() {
        let laws = laws(vec![(Tick::MIN, 4.0)]);
        let weibull = Time::law(LawId::from_index(1), 400.0).with_hazard_ratio(1);
        for x in [10, 100, 300] {
            let due = libm::exp(-4.0 * (f64::from(x) / 400.0).powi(2));
            let found = laws.survival(weibull, stay(0, x.into()));
            assert!((found - due).abs() < 1e-3 * due, "{found} instead of {due}");
        }
    }

    /// H of the Weibull law of shape 2 is the square of time: twice the hazard from -50 to 100.
    #[test]
    fn the_past_of_a_pace_counts() {
        let laws = laws(vec![(Tick::MIN, 1.0), (-50, 2.0), (100, 0.0)]);
        let weibull = Time::law(LawId::from_index(1), 400.0).with_hazard_ratio(1);
        let h = |x: f64| (x / 400.0).powi(2);
        let due = libm::exp(-(h(150.0) + 2.0 * (h(300.0) - h(150.0))));
        for now in [100, 700] {
            let found = laws.survival(weibull, stay(-200, now));
            assert!((found - due).abs() < 1e-3, "{found} instead of {due} at {now}");
        }
    }

    /// What is left at the uniform u is where survival has fallen to u times what it was.
    #[test]
    fn what_is_left_inverts_survival() {
        let laws = laws(vec![(Tick::MIN, 3.0), (90, 0.5), (400, 2.0)]);
        for time in [
            Time::law(LawId::from_index(0), 200_000.0),
            Time::law(LawId::from_index(1), 200_000.0),
            Time::law(LawId::from_index(0), 200_000.0).with_hazard_ratio(1),
            Time::law(LawId::from_index(1), 300_000.0).with_hazard_ratio(1),
        ] {
            for served in [0, 40_000, 250_000] {
                for bits in [1_u64 << 60, 1 << 63, (1 << 63) + (1 << 62)] {
                    let now = stay(-served, 0);
                    let left = laws.left(time, now, bits);
                    let then = laws.survival(time, Stay { now: left, ..now });
                    let u = unit(!bits) * laws.survival(time, now);
                    assert!((then - u).abs() < 2e-5, "{time:?}, {served}: {then} instead of {u}");
                }
            }
        }
    }

    #[test]
    fn nobody_leaves_at_an_age_before_it_and_everybody_at_it() {
        let laws = laws(Vec::new());
        let time = Time::until_age(1500);
        assert_eq!(laws.survival(time, stay(0, 499)), 1.0);
        assert_eq!(laws.survival(time, stay(0, 500)), 0.0);
        assert_eq!([laws.as_long(time, stay(0, 500)), laws.longer(time, stay(0, 500))], [1.0, 0.0]);
        assert_eq!(laws.left(time, stay(-900, 200), 7), 300);
    }

    #[test]
    fn ties_are_told_apart_in_whole_ticks() {
        let laws = laws(Vec::new());
        // Half end at 100.3 ticks, which is tick 100.
        let half_at_once = Time::law(LawId::from_index(2), 100.3);
        assert!((laws.as_long(half_at_once, stay(0, 100)) - 1.0).abs() < 1e-9);
        assert!((laws.longer(half_at_once, stay(0, 100)) - 0.5).abs() < 2e-3);
        let fixed = Time::fixed(100.0);
        assert_eq!([laws.as_long(fixed, stay(0, 100)), laws.longer(fixed, stay(0, 100))], [1.0, 0.0]);
    }
}
