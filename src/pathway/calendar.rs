//! Ticks, days, months and financial years.

use time::{Date, Month};

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

/// The first of March 1900, from which days and years are counted to find birthdays, as a Julian day.
const MARCH_1900: i64 = 2_415_080;

/// How a calendar counts days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Days {
    /// As they are; ages go by birthdays. The first day simulated comes so long after 1 March 1900.
    Civil(Tick),
    /// Twelve equal months to a year of 365 days; ages are counted in years of 365.25 days.
    Plain,
}

/// The months of a simulation, and which day lies in which.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    start: Date,
    days: Days,
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
        let ends = month_ends(start, years);
        let since = |date: &Date| i64::from(date.to_julian_day() - start.to_julian_day() + 1) * DAY;
        let bounds = std::iter::once(0).chain(ends.iter().map(since)).collect();
        let days = Days::Civil((i64::from(start.to_julian_day()) - MARCH_1900) * DAY);
        Self::new(start, days, bounds, ends)
    }

    /// Years of 365 days in twelve equal months, which have the names of calendar months, from the first of one.
    ///
    /// # Panics
    /// When the dates leave the range of the calendar (year 9999), or `start` is not the first of a month;
    /// the checker refuses such scenarios.
    #[must_use]
    pub fn plain(start: Date, years: u32) -> Self {
        let bounds = (0..=i64::from(12 * years)).map(plain_months).collect();
        Self::new(start, Days::Plain, bounds, month_ends(start, years))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a century has 1,200 months")]
    fn new(start: Date, days: Days, bounds: Vec<Tick>, ends: Vec<Date>) -> Self {
        let end = bounds[bounds.len() - 1];
        let month_of = |day: i64| (bounds.partition_point(|&b| b <= day * DAY) - 1) as u16;
        let month_of_day = (0..(end + DAY - 1) / DAY).map(month_of).collect();
        let first_year = financial_year(ends[0]);
        let year_of_month: Vec<u16> = ends.iter().map(|&e| (financial_year(e) - first_year) as u16).collect();
        let last = year_of_month.last().copied().unwrap_or(0);
        let days_in = |year: i32| match days {
            Days::Civil(_) => days_in_financial_year(year),
            Days::Plain => 365.0,
        };
        let days_in_year = (0..=i32::from(last)).map(|y| days_in(first_year + y)).collect();
        Self { start, days, bounds, end, ends, month_of_day, year_of_month, days_in_year }
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
        if self.days == Days::Plain {
            return 1.0 / 12.0;
        }
        (self.bounds[month + 1] - self.bounds[month]) as f64
            / DAY as f64
            / self.days_in_year[self.year_of_month(month)]
    }

    /// The part of what is said for a financial year that comes in a month, when a day of January weighs as much as the
    /// first of twelve numbers says, and so on: w(m) d(m) over the sum of w d in all months of that year, simulated or
    /// not. Where the numbers are alike, it is the part of the year that the month is.
    #[must_use]
    pub fn weighted_part_of_year(&self, month: usize, weights: &[f64; 12]) -> f64 {
        if weights.iter().all(|&w| w == weights[0]) {
            return self.part_of_year(
                self.year_of_month(month),
                self.month_start(month),
                self.month_start(month + 1),
            );
        }
        let end = self.ends[month];
        let weighed = |of: Month| weights[of as usize - 1] * self.days_of(of, financial_year(end));
        let year: f64 = (0..12).map(|month| weighed(Month::April.nth_next(month))).sum();
        weighed(end.month()) / year
    }

    /// The days of a month in the financial year that starts in a calendar year.
    fn days_of(&self, month: Month, year: i32) -> f64 {
        match self.days {
            Days::Civil(_) => {
                month.length(if (month as u8) < Month::April as u8 { year + 1 } else { year }).into()
            }
            Days::Plain => 365.0 / 12.0,
        }
    }

    /// The part of its financial year that lies between two instants in it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a year is far below 2^52 ticks")]
    pub fn part_of_year(&self, year: usize, from: Tick, to: Tick) -> f64 {
        (to - from).max(0) as f64 / DAY as f64 / self.days_in_year[year]
    }

    /// The parts of financial years that are simulated without the rest of their year: the first and the last, where
    /// the simulation does not start and end with a year.
    #[must_use]
    pub fn part_years(&self) -> Vec<Period> {
        let closing = (0..self.months()).filter(|&m| self.closes_year(m));
        closing.map(|m| Period::until(self.ends[m], self.start)).filter(|p| !p.is_whole()).collect()
    }

    /// Whether a month is the last of a financial year, or of the simulation.
    #[must_use]
    pub fn closes_year(&self, month: usize) -> bool {
        month + 1 == self.months() || self.year_of_month(month) != self.year_of_month(month + 1)
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

    /// The instant a day begins. A month of the plain calendar may be longer than its days: the first of the next
    /// begins where it ends.
    #[must_use]
    pub fn tick_of(&self, date: Date) -> Tick {
        match self.days {
            Days::Civil(_) => (date - self.start).whole_days() * DAY,
            Days::Plain => plain_months(months_between(self.start, date)) + (i64::from(date.day()) - 1) * DAY,
        }
    }

    /// The instant that begins the day so many months after another: of the same number in its month, or the last of a
    /// month that has no such day.
    #[must_use]
    pub fn tick_of_months_after(&self, date: Date, months: u32) -> Tick {
        let month = i64::from(date.year()) * 12 + i64::from(date.month() as u8) - 1 + i64::from(months);
        let [year, month] = [month.div_euclid(12), month.rem_euclid(12) + 1].map(|n| i32::try_from(n).ok());
        let then = year.zip(month).and_then(|(year, month)| {
            let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
            Date::from_calendar_date(year, month, date.day().min(month.length(year))).ok()
        });
        self.tick_of(then.unwrap_or(Date::MAX))
    }

    /// The age at an instant of a child born at another, in ticks of years of 365.25 days: whole on each birthday, at
    /// the time of day of the birth, and linear between. Born on 29 February, it has its birthdays on 1 March in common
    /// years. Before birth, and in the plain calendar, it is the time that lies between the two.
    #[must_use]
    #[inline]
    pub fn age_at(&self, born: Tick, at: Tick) -> Tick {
        let Days::Civil(offset) = self.days else { return at - born };
        if at <= born {
            return at - born;
        }
        let (born, at) = (born + offset, at + offset);
        if EveryFourth::holds(born) && EveryFourth::holds(at) {
            age_at::<EveryFourth>(born, at)
        } else {
            age_at::<Gregorian>(born, at)
        }
    }

    /// The first instant at which a child born at an instant has an age: on a birthday, at the time of day of the birth.
    #[must_use]
    #[inline]
    pub fn when_aged(&self, born: Tick, age: Tick) -> Tick {
        let Days::Civil(offset) = self.days else { return born.saturating_add(age) };
        if age <= 0 || age > LONGEST {
            return born.saturating_add(age);
        }
        let born = born + offset;
        if EveryFourth::holds(born) && EveryFourth::holds(born + age + YEAR) {
            when_aged::<EveryFourth>(born, age) - offset
        } else {
            when_aged::<Gregorian>(born, age) - offset
        }
    }

    /// When a child was born who has an age at an instant. [`Calendar::age_at`] gives that age back, less a tick at most.
    /// Some ages nobody has at that instant, since a year with a leap day and one without begin on either side of 1 March:
    /// a child born there, with the same years and at most a day of difference, stands for them.
    #[must_use]
    #[inline]
    pub fn born(&self, at: Tick, age: Tick) -> Tick {
        let Days::Civil(offset) = self.days else { return at.saturating_sub(age) };
        if age <= 0 || age > LONGEST {
            return at.saturating_sub(age);
        }
        let at = at + offset;
        if EveryFourth::holds(at) && EveryFourth::holds(at - age - YEAR) {
            born::<EveryFourth>(at, age) - offset
        } else {
            born::<Gregorian>(at, age) - offset
        }
    }
}

/// Ages beyond which nobody lives: they are never reached, and not looked up in the calendar.
const LONGEST: Tick = 10_000 * YEAR;

/// Which years have a leap day. Years go from March to February, so that a leap day is the last of its year and all others
/// have the same place in every year; they are counted, like instants, from 1 March 1900.
trait Leaps {
    /// The year in which an instant lies.
    fn year_of(at: Tick) -> i64;

    /// Where a year starts.
    fn start_of(year: i64) -> Tick;

    /// Whether it ends with a leap day.
    fn is_long(year: i64) -> bool;
}

/// Every fourth year, as from 1900 to 2100: the quick way.
struct EveryFourth;

impl EveryFourth {
    /// Whether it holds for an instant, and for the year from there.
    #[inline]
    fn holds(at: Tick) -> bool {
        (0..199 * 365 * DAY).contains(&at)
    }
}

impl Leaps for EveryFourth {
    #[inline]
    fn year_of(at: Tick) -> i64 {
        ((4 * (at / DAY).cast_unsigned() + 3) / 1461).cast_signed()
    }

    #[inline]
    fn start_of(year: i64) -> Tick {
        (1461 * year.cast_unsigned() / 4).cast_signed() * DAY
    }

    #[inline]
    fn is_long(year: i64) -> bool {
        year % 4 == 3
    }
}

/// All years, before and after.
struct Gregorian;

/// Days before 1 March 1900 from that of the year 0.
const BEFORE_1900: i64 = 693_960;

impl Leaps for Gregorian {
    /// First the century, then the year in it (Neri and Schneider 2023, Euclidean affine functions and their application to
    /// calendar algorithms, section 4).
    fn year_of(at: Tick) -> i64 {
        let day = at.div_euclid(DAY) + BEFORE_1900;
        let century = (4 * day + 3).div_euclid(146_097);
        let in_century = day - (146_097 * century).div_euclid(4);
        100 * century + (4 * in_century + 3) / 1461 - 1900
    }

    fn start_of(year: i64) -> Tick {
        let year = year + 1900;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        (365 * year + leap_days - BEFORE_1900) * DAY
    }

    fn is_long(year: i64) -> bool {
        Self::start_of(year + 1) - Self::start_of(year) == 366 * DAY
    }
}

/// [`Calendar::age_at`], after birth, of instants counted from 1 March 1900.
#[inline]
fn age_at<L: Leaps>(born: Tick, at: Tick) -> Tick {
    let birth_year = L::year_of(born);
    let into = born - L::start_of(birth_year);
    let year = L::year_of(at);
    let mut year = year - i64::from(L::start_of(year) + into > at);
    if L::start_of(year) + into > at {
        // 29 February, kept on 1 March.
        year -= 1;
    }
    let since = at - L::start_of(year) - into;
    (year - birth_year) * YEAR + if L::is_long(year) { since * 1461 / 1464 } else { since * 1461 / 1460 }
}

/// [`Calendar::when_aged`], after birth, of instants counted from 1 March 1900.
#[inline]
fn when_aged<L: Leaps>(born: Tick, age: Tick) -> Tick {
    let birth_year = L::year_of(born);
    let (year, rest) = (birth_year + age / YEAR, age % YEAR);
    let birthday = L::start_of(year) + (born - L::start_of(birth_year));
    birthday + if L::is_long(year) { (rest * 1464 + 1460) / 1461 } else { (rest * 1460 + 1460) / 1461 }
}

/// [`Calendar::born`], after birth, of instants counted from 1 March 1900.
#[inline]
fn born<L: Leaps>(at: Tick, age: Tick) -> Tick {
    let (years, rest) = (age / YEAR, age % YEAR);
    let (long, short) = (at - rest * 1464 / 1461, at - rest * 1460 / 1461);
    // The last birthday lay in a long year, or in a short one, or (in neither) a long one has just begun.
    let year = L::year_of(short);
    let last = if L::is_long(L::year_of(long)) {
        long
    } else if L::is_long(year) {
        L::start_of(year)
    } else {
        short
    };
    let year = L::year_of(last);
    let length = if L::is_long(year - years) { 366 } else { 365 };
    L::start_of(year - years) + (last - L::start_of(year)).min(length * DAY - 1)
}

/// The last days of the months of so many years.
fn month_ends(start: Date, years: u32) -> Vec<Date> {
    assert_eq!(start.day(), 1, "months are counted from their first day");
    let mut first = start;
    let end = |_| {
        let last = first.replace_day(first.month().length(first.year())).expect("a month has a last day");
        first = last.next_day().expect("dates are in range");
        last
    };
    (0..12 * years).map(end).collect()
}

/// Months from that of one day to that of another.
fn months_between(from: Date, to: Date) -> i64 {
    let months = |d: Date| 12 * i64::from(d.year()) + i64::from(d.month() as u8);
    months(to) - months(from)
}

/// How long so many months of the plain calendar are.
fn plain_months(months: i64) -> Tick {
    (months * 365 * DAY).div_euclid(12)
}

/// A financial year, or the part of one that is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
}

impl Period {
    /// What is simulated, from a first day, of the financial year of a later day until that day.
    #[must_use]
    pub fn until(to: Date, start: Date) -> Self {
        let april = Date::from_calendar_date(financial_year(to), Month::April, 1).unwrap_or(start);
        Self { from: april.max(start), to }
    }

    /// Whether it is a whole financial year.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        (self.from.month(), self.from.day()) == (Month::April, 1)
            && (self.to.month(), self.to.day()) == (Month::March, 31)
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
    use proptest::prelude::*;
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
    fn so_many_months_after_a_day_is_the_day_of_that_number_or_the_last() {
        let calendar = Calendar::civil(date!(2025 - 04 - 01), 2);
        for (day, months, then) in [
            (date!(2025 - 04 - 01), 0, date!(2025 - 04 - 01)),
            (date!(2025 - 04 - 01), 12, date!(2026 - 04 - 01)),
            (date!(2025 - 08 - 15), 5, date!(2026 - 01 - 15)),
            (date!(2023 - 12 - 31), 2, date!(2024 - 02 - 29)),
            (date!(2025 - 12 - 31), 11, date!(2026 - 11 - 30)),
            (date!(9999 - 01 - 01), 12, date!(9999 - 12 - 31)),
        ] {
            assert_eq!(calendar.tick_of_months_after(day, months), calendar.tick_of(then), "{day} {months}");
        }
        let plain = Calendar::plain(date!(2000 - 01 - 01), 11);
        assert_eq!(plain.tick_of_months_after(date!(2000 - 01 - 01), 18), plain.month_start(18));
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
    fn plain_months_have_the_names_of_calendar_months_however_many_pass() {
        for start in
            [date!(2025 - 04 - 01), date!(2025 - 01 - 01), date!(2024 - 02 - 01), date!(2025 - 10 - 01)]
        {
            let (plain, civil) = (Calendar::plain(start, 100), Calendar::civil(start, 100));
            for month in 0..1200 {
                assert_eq!(plain.month_end(month), civil.month_end(month), "month {month} from {start}");
                assert_eq!(plain.year_of_month(month), civil.year_of_month(month));
            }
            assert_eq!(plain.years(), civil.years());
        }
    }

    #[test]
    fn a_date_of_the_plain_calendar_lies_in_its_month() {
        let calendar = Calendar::plain(date!(2025 - 10 - 01), 30);
        for month in 0..359 {
            let last = calendar.month_end(month);
            let next = last.next_day().unwrap();
            assert_eq!(calendar.month_at(calendar.tick_of(last)), month, "{last}");
            assert_eq!(calendar.tick_of(next), calendar.month_start(month + 1), "{next}");
        }
        assert_eq!(calendar.tick_of(date!(2025 - 04 - 01)), -365 * DAY / 2);
    }

    /// The anniversary of a day, by the `time` crate's calendar.
    fn birthday(born: Date, years: i32) -> Date {
        let year = born.year() + years;
        born.replace_year(year).unwrap_or_else(|_| Date::from_calendar_date(year, Month::March, 1).unwrap())
    }

    #[test]
    fn a_child_is_a_year_older_on_each_birthday_at_the_time_of_its_birth() {
        let start = date!(2025 - 04 - 01);
        let calendar = Calendar::civil(start, 5);
        for day in 0..366 * 9 {
            let born = date!(2019 - 02 - 27) + time::Duration::days(day);
            for time in [0, 1, 12_345, DAY - 1] {
                let birth = calendar.tick_of(born) + time;
                for years in [1, 2, 3, 4, 16, 18, 25, 82, 100] {
                    let age = i64::from(years) * YEAR;
                    let at = calendar.tick_of(birthday(born, years)) + time;
                    assert_eq!(calendar.age_at(birth, at), age, "born {born}, aged {years}");
                    assert!(calendar.age_at(birth, at - 1) < age, "born {born}, aged {years}");
                    assert_eq!(calendar.when_aged(birth, age), at, "born {born}, aged {years}");
                }
            }
        }
    }

    #[test]
    fn the_age_is_linear_between_birthdays_and_before_birth() {
        let calendar = Calendar::civil(date!(2025 - 04 - 01), 5);
        let age = |born: Date, at: Date| {
            let ticks = calendar.age_at(calendar.tick_of(born), calendar.tick_of(at));
            f64::from(i32::try_from(ticks).unwrap()) / (365.25 * 65_536.0)
        };
        for (born, at, want) in [
            (date!(2020 - 01 - 01), date!(2023 - 07 - 02), 3.0 + 182.0 / 365.0),
            (date!(2020 - 01 - 01), date!(2024 - 07 - 01), 4.0 + 182.0 / 366.0),
            (date!(2020 - 02 - 29), date!(2023 - 02 - 28), 2.0 + 364.0 / 365.0),
            (date!(2020 - 02 - 29), date!(2024 - 02 - 28), 3.0 + 364.0 / 365.0),
            (date!(2020 - 02 - 29), date!(2025 - 02 - 28), 4.0 + 365.0 / 366.0),
            (date!(2020 - 02 - 28), date!(2025 - 02 - 27), 4.0 + 365.0 / 366.0),
            (date!(1899 - 12 - 31), date!(1900 - 12 - 30), 364.0 / 365.0),
            (date!(2025 - 09 - 01), date!(2025 - 04 - 01), -153.0 / 365.25),
        ] {
            assert!((age(born, at) - want).abs() < 1e-7, "born {born}, on {at}: {}", age(born, at));
        }
    }

    /// Born at noon of 29 February, a child is three at noon of 1 March 2023. Six hours before, all but a quarter of a day
    /// of the 365 since its second birthday have passed.
    #[test]
    fn the_year_of_a_child_born_on_29_february_ends_at_the_time_of_its_birth() {
        let calendar = Calendar::civil(date!(2025 - 04 - 01), 5);
        let birth = calendar.tick_of(date!(2020 - 02 - 29)) + DAY / 2;
        let at = calendar.tick_of(date!(2023 - 03 - 01)) + DAY / 4;
        assert_eq!(calendar.age_at(birth, at), 2 * YEAR + (365 * DAY - DAY / 4) * 1461 / 1460);
    }

    #[test]
    fn ages_of_the_plain_calendar_are_counted_in_days() {
        let calendar = Calendar::plain(date!(2025 - 04 - 01), 5);
        for (born, at) in [(-7 * YEAR, 3), (5, 5), (99, -99), (-3 * DAY, 1000 * DAY)] {
            assert_eq!(calendar.age_at(born, at), at - born);
            assert_eq!(calendar.when_aged(born, at - born), at);
            assert_eq!(calendar.born(at, at - born), born);
        }
    }

    #[test]
    fn an_age_that_is_never_reached_is_never_reached() {
        let never = Tick::MAX / 2;
        for calendar in [Calendar::civil(date!(2025 - 04 - 01), 5), Calendar::plain(date!(2025 - 04 - 01), 5)]
        {
            assert!(calendar.when_aged(-7 * YEAR, never) > calendar.end());
            assert!(calendar.when_aged(7 * YEAR, Tick::MAX) == Tick::MAX);
        }
    }

    #[test]
    fn years_that_begin_in_march_are_found_from_their_days() {
        let march = |year| {
            let date = Date::from_calendar_date(1900 + year, Month::March, 1).unwrap();
            (i64::from(date.to_julian_day()) - MARCH_1900) * DAY
        };
        for year in -2700_i32..1100 {
            let (number, first, length) = (i64::from(year), march(year), march(year + 1) - march(year));
            assert_eq!(Gregorian::start_of(number), first);
            assert_eq!(Gregorian::year_of(first), number);
            assert_eq!(Gregorian::year_of(first - 1), number - 1);
            assert_eq!(Gregorian::is_long(number), length == 366 * DAY);
            if EveryFourth::holds(first) {
                assert_eq!(EveryFourth::start_of(number), first);
                assert_eq!(EveryFourth::year_of(first), number);
                assert_eq!(EveryFourth::year_of(first + length - 1), number);
                assert_eq!(EveryFourth::is_long(number), length == 366 * DAY);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// What `born` promises: the age comes back, less a tick; or a birth on either side of 1 March stands for an age that
        /// nobody has, with the same years and a day of difference at most, which in a year of 365 days is a little more of an age.
        #[test]
        fn a_child_of_any_age_was_born_some_day(at in -30 * YEAR..110 * YEAR, age in -YEAR..120 * YEAR) {
            let calendar = Calendar::civil(date!(2025 - 04 - 01), 5);
            let born = calendar.born(at, age);
            let got = calendar.age_at(born, at);
            let march = |year| calendar.tick_of(Date::from_calendar_date(year, Month::March, 1).unwrap());
            let leaps = (1870..2150).any(|year| born == march(year) || born == march(year) - 1);
            prop_assert!((-1..=0).contains(&(got - age)) || leaps && (got - age).abs() <= DAY * 1461 / 1460 + 1, "{age} is {got}");
            prop_assert_eq!(got.div_euclid(YEAR), age.div_euclid(YEAR));
        }

        /// No birthdays are lost or doubled, and nobody has an age before it is reached.
        #[test]
        fn an_age_is_reached_when_it_is_reached(born in -120 * YEAR..100 * YEAR, age in -YEAR..120 * YEAR) {
            let calendar = Calendar::civil(date!(2025 - 04 - 01), 5);
            let at = calendar.when_aged(born, age);
            prop_assert!(calendar.age_at(born, at) >= age);
            prop_assert!(calendar.age_at(born, at - 1) < age);
            prop_assert!(calendar.age_at(born, at) - age <= 1 || at > born);
        }

        /// Nobody grows younger.
        #[test]
        fn ages_grow(born in -120 * YEAR..100 * YEAR, after in 0..120 * YEAR, step in 0..3 * DAY) {
            let calendar = Calendar::civil(date!(2025 - 04 - 01), 5);
            let (first, then) = (calendar.age_at(born, born + after), calendar.age_at(born, born + after + step));
            prop_assert!(first <= then && then - first <= step + step / 1000 + 2);
        }
    }

    #[test]
    fn the_months_of_a_financial_year_add_up_to_one() {
        for first in [date!(2027 - 04 - 01), date!(2026 - 10 - 01), date!(2027 - 01 - 01)] {
            for calendar in [Calendar::civil(first, 4), Calendar::plain(first, 4)] {
                for year in 0..calendar.years() {
                    let months = (0..calendar.months()).filter(|&m| calendar.year_of_month(m) == year);
                    let sum: f64 = months.clone().map(|m| calendar.years_in_month(m)).sum();
                    assert!((sum - 1.0).abs() < 1e-7 || months.count() < 12, "{sum}");
                }
            }
        }
    }

    /// What is said for a year comes in the year, whatever the weights, and a level year is one of equal days.
    #[test]
    fn seasons_neither_add_nor_lose() {
        let months = |w: &[f64; 12], calendar: &Calendar, from: usize| {
            (from..from + 12).map(|m| calendar.weighted_part_of_year(m, w)).collect::<Vec<f64>>()
        };
        let mut february = [0.0; 12];
        february[1] = 12.0;
        let hilly = [0.8, 1.2, 1.5, 0.5, 1.0, 1.0, 1.0, 0.7, 1.3, 1.0, 1.0, 1.0];
        for first in [date!(2026 - 10 - 01), date!(2027 - 04 - 01), date!(2027 - 01 - 01)] {
            for calendar in [Calendar::civil(first, 4), Calendar::plain(first, 4)] {
                let april = (0..12).find(|&m| calendar.month_end(m).month() == Month::April).unwrap();
                for from in [april, april + 12, april + 24] {
                    for weights in [&february, &hilly, &[1.0; 12]] {
                        let sum: f64 = months(weights, &calendar, from).iter().sum();
                        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
                    }
                    assert_eq!(months(&february, &calendar, from)[10], 1.0);
                }
                for month in 0..48 {
                    let (level, years) =
                        (calendar.weighted_part_of_year(month, &[1.0; 12]), calendar.years_in_month(month));
                    assert!((level - years).abs() < 1e-7, "month {month} from {first}: {level}, {years}");
                    let nearly = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0 + 1e-12];
                    assert!((level - calendar.weighted_part_of_year(month, &nearly)).abs() < 1e-7);
                }
            }
        }
        // July is twice as busy a day as other months: 2 x 31 of 365 + 31 days.
        let mut july = [1.0; 12];
        july[6] = 2.0;
        let part = Calendar::civil(date!(2025 - 04 - 01), 1).weighted_part_of_year(3, &july);
        assert!((part - 62.0 / 396.0).abs() < 1e-15);
    }

    #[test]
    fn parts_of_years_say_from_when_to_when() {
        let parts = Calendar::civil(date!(2025 - 10 - 01), 3).part_years();
        let of = |from, to| Period { from, to };
        assert_eq!(
            parts,
            [
                of(date!(2025 - 10 - 01), date!(2026 - 03 - 31)),
                of(date!(2028 - 04 - 01), date!(2028 - 09 - 30))
            ]
        );
        assert_eq!(Calendar::civil(date!(2025 - 04 - 01), 3).part_years(), []);
    }

    #[test]
    fn the_last_month_closes_a_year_whichever_it_is() {
        let calendar = Calendar::civil(date!(2025 - 10 - 01), 2);
        let closing: Vec<usize> = (0..24).filter(|&m| calendar.closes_year(m)).collect();
        assert_eq!(closing, [5, 17, 23]);
        assert_eq!(calendar.part_of_year(0, 0, calendar.month_start(6)), 182.0 / 365.0);
    }

    #[test]
    fn financial_years_start_in_april() {
        assert_eq!(financial_year(date!(2026 - 03 - 31)), 2025);
        assert_eq!(financial_year(date!(2026 - 04 - 01)), 2026);
        assert_eq!(financial_year_name(1999), "1999-00");
    }
}
