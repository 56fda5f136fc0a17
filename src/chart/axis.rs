//! Round numbers and dates along the edges of charts.

use time::{Date, Month};

/// A straight scale from data to pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// The scale that puts `low` at pixel `from` and `high` at pixel `to`.
    pub fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, from, to }
    }

    /// Where a value falls.
    pub fn at(&self, value: f64) -> f64 {
        let part = (value - self.low) / (self.high - self.low);
        if part.is_finite() { self.from + part * (self.to - self.from) } else { self.from }
    }
}

/// The round numbers, about `wanted` of them, that hold all `values` and nothing.
pub fn ticks(values: impl Iterator<Item = f64>, wanted: f64) -> Vec<f64> {
    let known = values.filter(|v| v.is_finite());
    let (low, high) = known.fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
    round_numbers((low, high), wanted)
}

/// The round numbers, about `wanted` of them, that hold a span.
pub fn round_numbers((low, high): (f64, f64), wanted: f64) -> Vec<f64> {
    let high = if high > low { high } else { low + 1.0 };
    if !(high - low).is_finite() {
        return vec![0.0, 1.0];
    }
    let step = round_step(((high - low) / wanted).max(1.0));
    let (first, last) = ((low / step).floor(), (high / step).ceil());
    let mut out = Vec::new();
    let mut i = first;
    while i <= last && out.len() < 50 {
        out.push(i * step + 0.0);
        i += 1.0;
    }
    out
}

/// The next of 1, 2, 2.5, 5 and 10 times a power of ten that is whole.
fn round_step(raw: f64) -> f64 {
    let power = 10.0_f64.powf(raw.log10().floor());
    let part = raw / power;
    // Nobody counts children by two and a half.
    let steps: &[f64] = if power < 10.0 { &[1.0, 2.0, 5.0] } else { &[1.0, 2.0, 2.5, 5.0] };
    let nice = steps.iter().find(|n| part <= **n * 1.000_001).unwrap_or(&10.0);
    nice * power
}

/// A day as a number.
pub fn day_number(date: Date) -> f64 {
    f64::from(date.to_julian_day())
}

/// A mark along an axis of dates.
#[derive(Debug, Clone, PartialEq)]
pub struct DateTick {
    pub day: f64,
    /// What is written under it, if anything.
    pub label: Option<String>,
}

/// Ends of March, or of months where the time is short, of which at most `room` are labelled with their months.
pub fn date_ticks(first: Date, last: Date, room: usize, month: fn(Date) -> String) -> Vec<DateTick> {
    let years = days_of(first, last, |d| d.month() == Month::March);
    if years.len() > 2 {
        return labelled(&years, room, month);
    }
    labelled(&days_of(first, last, |_| true), room, month)
}

/// The same with years alone, for small charts.
pub fn year_ticks(first: Date, last: Date, room: usize, month: fn(Date) -> String) -> Vec<DateTick> {
    let years = days_of(first, last, |d| d.month() == Month::March);
    if years.len() > 1 {
        return labelled(&years, room, |d| d.year().to_string());
    }
    labelled(&days_of(first, last, |_| true), room, month)
}

/// Labels every k-th day counted from the last, so that the end of the chart is always named.
fn labelled(days: &[Date], room: usize, name: impl Fn(Date) -> String) -> Vec<DateTick> {
    let every = days.len().div_ceil(room.max(1)).max(1);
    let every = if days.len() > 1 && (days.len() - 1) / every + 1 > room { every + 1 } else { every };
    days.iter()
        .enumerate()
        .map(|(i, date)| DateTick {
            day: day_number(*date),
            label: (days.len() - 1 - i).is_multiple_of(every).then(|| name(*date)),
        })
        .collect()
}

/// The last days of the months from `first` to `last` that `keep` keeps.
fn days_of(first: Date, last: Date, keep: impl Fn(Date) -> bool) -> Vec<Date> {
    let mut out = Vec::new();
    let mut day = month_end(first);
    while day <= last && out.len() < 2400 {
        if keep(day) {
            out.push(day);
        }
        match day.next_day() {
            Some(next) => day = month_end(next),
            None => break,
        }
    }
    out
}

fn month_end(date: Date) -> Date {
    let days = date.month().length(date.year());
    date.replace_day(days).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::{Scale, date_ticks, ticks};

    #[test]
    fn ticks_are_round_and_hold_the_data() {
        assert_eq!(ticks([612.0, 763.0].into_iter(), 5.0), [0.0, 200.0, 400.0, 600.0, 800.0]);
        assert_eq!(ticks([-140.0, 12.0].into_iter(), 4.0), [-150.0, -100.0, -50.0, 0.0, 50.0]);
    }

    #[test]
    fn ticks_bear_odd_data() {
        assert_eq!(ticks(std::iter::empty(), 5.0).first(), Some(&0.0));
        assert_eq!(ticks([0.0].into_iter(), 5.0).first(), Some(&0.0));
        assert!(ticks([1e300, -1e300, f64::NAN].into_iter(), 5.0).len() > 1);
        assert!(ticks([f64::MAX, -f64::MAX].into_iter(), 5.0).len() > 1);
        assert!(ticks([1e-300].into_iter(), 5.0).len() > 1);
    }

    #[test]
    fn the_last_march_is_labelled_and_labels_are_few() {
        let ticks = date_ticks(date!(2015 - 03 - 31), date!(2030 - 03 - 31), 6, |d| {
            format!("{:.3} {}", d.month().to_string(), d.year())
        });
        assert_eq!(ticks.len(), 16);
        assert_eq!(ticks.last().and_then(|t| t.label.clone()).as_deref(), Some("Mar 2030"));
        assert!(ticks.iter().filter(|t| t.label.is_some()).count() <= 6);
    }

    #[test]
    fn a_single_month_has_its_own_ticks() {
        let ticks = date_ticks(date!(2025 - 03 - 31), date!(2025 - 04 - 30), 6, |d| d.to_string());
        assert_eq!(ticks.len(), 2);
    }

    #[test]
    fn a_scale_without_length_still_gives_places() {
        assert!(Scale::new((3.0, 3.0), (0.0, 10.0)).at(3.0).is_finite());
    }
}
