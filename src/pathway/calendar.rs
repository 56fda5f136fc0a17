//! Ticks, days, months and financial years.

use time::{Date, Duration, Month};

/// An instant: ticks since the first day simulated began. Negative before it.
pub type Tick = i64;

/// Ticks in a day: fine enough that two events seldom meet, coarse enough for exact sums.
pub const DAY: Tick = 65_536;

/// Ticks in a year of 365.25 days, the unit of ages.
pub const YEAR: Tick = DAY * 1461 / 4;

/// A length in days as ticks, rounded to the nearest.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "saturates, by design")]
pub fn ticks(days: f64) -> Tick {
    libm::round(days * DAY as f64) as Tick
}

/// The months of a simulation, and which day lies in which.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    start: Date,
    /// Where each month starts, and where the last one ends.
    bounds: Vec<Tick>,
    /// The first instant that is not simulated.
    end: Tick,
    /// The date on which each month ends.
    ends: Vec<Date>,
    /// For each day, the month in which it starts.
    month_of_day: Vec<u16>,
    /// For each month, its financial year, counted from the first.
    year_of_month: Vec<u16>,
    /// Days in each of those years, simulated or not.
    days_in_year: Vec<f64>,
}

impl Calendar {
    /// Months and leap days as they are, from the first of a month, for so many years.
    ///
    /// # Panics
    /// When the dates leave the range of the calendar (year 9999), or `start` is not the first of a month;
    /// the checker refuses such scenarios.
    #[must_use]
    pub fn civil(start: Date, years: u32) -> Self {
        let mut bounds = vec![0];
        let mut ends = Vec::new();
        let mut first = start;
        for _ in 0..12 * years {
            let last = first.replace_day(first.month().length(first.year())).expect("a month has a last day");
            first = last.next_day().expect("dates are in range");
            ends.push(last);
            bounds.push((first - start).whole_days() * DAY);
        }
        Self::new(start, bounds, ends, days_in_financial_year)
    }

    /// Years of 365 days in twelve equal months.
    ///
    /// # Panics
    /// When the dates leave the range of the calendar (year 9999).
    #[must_use]
    pub fn plain(start: Date, years: u32) -> Self {
        let bounds: Vec<Tick> = (0..=i64::from(12 * years)).map(|m| m * 365 * DAY / 12).collect();
        let ends = bounds[1..].iter().map(|&b| start + Duration::days((b - 1) / DAY)).collect();
        Self::new(start, bounds, ends, |_| 365.0)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a century has 1,200 months")]
    fn new(start: Date, bounds: Vec<Tick>, ends: Vec<Date>, days_in_year: impl Fn(i32) -> f64) -> Self {
        let end = bounds[bounds.len() - 1];
        let days = (end + DAY - 1) / DAY;
        let month_of_day =
            (0..days).map(|d| (bounds.partition_point(|&b| b <= d * DAY) - 1) as u16).collect();
        let first_year = financial_year(ends[0]);
        let year_of_month: Vec<u16> = ends.iter().map(|&e| (financial_year(e) - first_year) as u16).collect();
        let last = year_of_month.last().copied().unwrap_or(0);
        let days_in_year = (0..=i32::from(last)).map(|y| days_in_year(first_year + y)).collect();
        Self { start, bounds, end, ends, month_of_day, year_of_month, days_in_year }
    }

    /// The first day simulated.
    #[must_use]
    pub fn start(&self) -> Date {
        self.start
    }

    /// The evening before the first day: the date of the opening caseload.
    #[must_use]
    pub fn opening(&self) -> Date {
        self.start.previous_day().unwrap_or(self.start)
    }

    /// How many months are simulated.
    #[must_use]
    pub fn months(&self) -> usize {
        self.ends.len()
    }

    /// How many financial years those months touch.
    #[must_use]
    pub fn years(&self) -> usize {
        self.year_of_month.last().map_or(0, |&y| usize::from(y) + 1)
    }

    /// Where the simulation ends: the first instant that is not simulated.
    #[must_use]
    #[inline]
    pub fn end(&self) -> Tick {
        self.end
    }

    /// Where a month starts; one past the last is the end.
    #[must_use]
    #[inline]
    pub fn month_start(&self, month: usize) -> Tick {
        self.bounds[month]
    }

    /// The last day of a month.
    #[must_use]
    pub fn month_end(&self, month: usize) -> Date {
        self.ends[month]
    }

    /// The part of its financial year that a month is: what is said for a year comes to just that, leap year or not.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a month is far below 2^52 ticks")]
    pub fn years_in_month(&self, month: usize) -> f64 {
        (self.bounds[month + 1] - self.bounds[month]) as f64
            / DAY as f64
            / self.days_in_year[self.year_of_month(month)]
    }

    /// The month an instant lies in, and where that ends.
    ///
    /// # Panics
    /// When the instant lies outside the simulation.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "days are few")]
    pub fn month_and_end(&self, at: Tick) -> (usize, Tick) {
        let month = usize::from(self.month_of_day[(at.cast_unsigned() / DAY.cast_unsigned()) as usize]);
        let end = self.bounds[month + 1];
        // Months of the plain calendar end within a day.
        if at < end { (month, end) } else { (month + 1, self.bounds[month + 2]) }
    }

    /// The month an instant lies in. Instants outside the simulation go to its first or last month.
    #[must_use]
    #[inline]
    pub fn month_at(&self, at: Tick) -> usize {
        self.month_and_end(at.max(0).min(self.end - 1)).0
    }

    /// The financial year of a month, counted from the first.
    #[must_use]
    #[inline]
    pub fn year_of_month(&self, month: usize) -> usize {
        usize::from(self.year_of_month[month])
    }

    /// The financial year an instant lies in, counted from the first.
    #[must_use]
    #[inline]
    pub fn year_at(&self, at: Tick) -> usize {
        self.year_of_month(self.month_at(at))
    }

    /// The calendar year in which financial year number 0 starts.
    #[must_use]
    pub fn first_year(&self) -> i32 {
        financial_year(self.ends[0])
    }

    /// The instant a day begins.
    #[must_use]
    pub fn tick_of(&self, date: Date) -> Tick {
        (date - self.start).whole_days() * DAY
    }
}

/// The calendar year in which a date's financial year starts (it starts on 1 April).
#[must_use]
pub fn financial_year(date: Date) -> i32 {
    if date.month() as u8 >= Month::April as u8 { date.year() } else { date.year() - 1 }
}

/// Days from a financial year's 1 April to the next.
fn days_in_financial_year(first_year: i32) -> f64 {
    if time::util::is_leap_year(first_year + 1) { 366.0 } else { 365.0 }
}

/// A financial year's name, such as "2025-26".
#[must_use]
pub fn financial_year_name(first_year: i32) -> String {
    format!("{first_year}-{:02}", (first_year + 1).rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn civil_months_follow_the_calendar() {
        let calendar = Calendar::civil(date!(2027 - 04 - 01), 2);
        assert_eq!(calendar.months(), 24);
        assert_eq!(calendar.month_end(10), date!(2028 - 02 - 29));
        assert_eq!(calendar.end(), 731 * DAY);
        assert_eq!(calendar.years(), 2);
        assert_eq!(calendar.year_of_month(11), 0);
        assert_eq!(calendar.year_of_month(12), 1);
    }

    #[test]
    fn an_event_on_the_first_instant_of_april_is_in_april() {
        let calendar = Calendar::civil(date!(2025 - 04 - 01), 2);
        let april = calendar.month_start(12);
        assert_eq!(calendar.month_at(april - 1), 11);
        assert_eq!(calendar.month_at(april), 12);
    }

    #[test]
    fn plain_months_are_equal_twelfths() {
        let calendar = Calendar::plain(date!(2000 - 01 - 01), 11);
        assert_eq!(calendar.months(), 132);
        assert_eq!(calendar.end(), 4015 * DAY);
        for month in 1..132 {
            let bound = calendar.month_start(month);
            assert_eq!(calendar.month_at(bound), month);
            assert_eq!(calendar.month_at(bound - 1), month - 1);
        }
    }

    #[test]
    fn the_months_of_a_financial_year_add_up_to_one() {
        let calendar = Calendar::civil(date!(2027 - 04 - 01), 2);
        for months in [0..12, 12..24] {
            let sum: f64 = months.map(|m| calendar.years_in_month(m)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        }
    }

    #[test]
    fn financial_years_start_in_april() {
        assert_eq!(financial_year(date!(2026 - 03 - 31)), 2025);
        assert_eq!(financial_year(date!(2026 - 04 - 01)), 2026);
        assert_eq!(financial_year_name(1999), "1999-00");
    }
}
