//! Which way a number goes, said no more surely than its range allows. Whatever names a direction, a title, a card
//! or a sentence, asks here: the median says how much, and the middle eight in ten futures say whether it is sure.

use super::words;
use crate::experiment::summary::{Measure, Spread};

/// Which way a number goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Nowhere that could be seen.
    Nowhere,
    /// Down, in at least nine futures in ten not up.
    Down,
    /// Up, in at least nine futures in ten not down.
    Up,
    /// Not known: the middle eight in ten futures go both ways, or half of all futures nowhere.
    Open {
        /// Whether it may go down.
        down: bool,
        /// Whether it may go up.
        up: bool,
    },
}

impl Direction {
    /// That of a change, as it is printed.
    #[must_use]
    pub fn of_change(measure: Measure, change: &Spread) -> Self {
        Self::between(measure, 0.0, change)
    }

    /// That from a number to others, as they are printed.
    #[must_use]
    pub fn between(measure: Measure, from: f64, to: &Spread) -> Self {
        let from_here = words::amount(measure, from);
        let is_below = |x: f64| x < from && words::amount(measure, x) != from_here;
        let is_above = |x: f64| x > from && words::amount(measure, x) != from_here;
        let (down, up) = (is_below(to.p10), is_above(to.p90));
        match (down, up) {
            (false, false) => Self::Nowhere,
            (true, false) if is_below(to.p50) => Self::Down,
            (false, true) if is_above(to.p50) => Self::Up,
            _ => Self::Open { down, up },
        }
    }

    /// Whether the range leaves no doubt which way.
    #[must_use]
    pub fn is_sure(self) -> bool {
        matches!(self, Self::Down | Self::Up)
    }

    /// Whether it is not known, though there is something to go.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// The word for it, or what to say where both are open.
    #[must_use]
    pub fn in_words(self, down: &'static str, up: &'static str, both: &'static str) -> &'static str {
        match self {
            Self::Down | Self::Open { down: true, up: false } => down,
            Self::Up | Self::Open { down: false, up: true } => up,
            Self::Nowhere | Self::Open { .. } => both,
        }
    }
}

/// How much a change comes to, in the fewest words: its median or, where the direction is open, its range.
#[must_use]
pub fn change(measure: Measure, change: &Spread) -> String {
    match Direction::of_change(measure, change) {
        Direction::Nowhere => "no change".to_owned(),
        Direction::Open { .. } => words::fewer_or_more_range(measure, change),
        Direction::Down | Direction::Up => words::fewer_or_more(measure, change.p50),
    }
}

/// The way of a number from a time to a later one: "would rise from 1,063 in March 2025 to about 1,129 in March 2030".
#[must_use]
pub fn course(measure: Measure, (from, since): (f64, &str), (to, when): (&Spread, &str)) -> String {
    let say = |x| words::amount(measure, x);
    let is_near = |x: f64| (x - from).abs() < 0.01 * from.abs() || say(x) == say(from);
    if [to.p10, to.p50, to.p90].into_iter().all(is_near) {
        return format!("would stay near {} until {when}", say(to.p50));
    }
    let way = Direction::between(measure, from, to);
    let verb = way.in_words("fall", "rise", "rise or fall");
    if way.is_sure() {
        format!("would {verb} from {} in {since} to about {} in {when}", say(from), say(to.p50))
    } else {
        let (low, high) = (say(to.p10), say(to.p90));
        format!("may {verb}, from {} in {since} to between {low} and {high} in {when}", say(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::spread;

    #[test]
    fn a_direction_is_sure_only_if_the_range_has_one() {
        let of = |mean, sd| Direction::of_change(Measure::Stock, &spread(mean, sd));
        assert_eq!(of(-20.0, 5.0), Direction::Down);
        assert_eq!(of(20.0, 5.0), Direction::Up);
        assert_eq!(of(-3.0, 10.0), Direction::Open { down: true, up: true });
        assert_eq!(of(0.1, 0.1), Direction::Nowhere);
        // One end prints as no change.
        assert_eq!(of(-6.0, 4.5), Direction::Down);
        let half = Spread { p50: 0.0, p90: 0.0, ..spread(-6.0, 4.5) };
        assert_eq!(Direction::of_change(Measure::Stock, &half), Direction::Open { down: true, up: false });
    }

    #[test]
    fn a_change_is_told_by_its_median_only_where_it_is_sure() {
        assert_eq!(change(Measure::Stock, &spread(-93.0, 30.0)), "93 fewer");
        assert_eq!(change(Measure::Stock, &spread(-3.0, 10.0)), "16 fewer to 10 more");
        assert_eq!(change(Measure::Cost, &spread(0.0, 0.0)), "no change");
    }

    #[test]
    fn a_course_is_as_sure_as_its_range() {
        let of = |mean, sd| course(Measure::Stock, (1000.0, "March 2025"), (&spread(mean, sd), "March 2030"));
        assert_eq!(of(1200.0, 50.0), "would rise from 1,000 in March 2025 to about 1,200 in March 2030");
        assert_eq!(
            of(1010.0, 50.0),
            "may rise or fall, from 1,000 in March 2025 to between 946 and 1,074 in March 2030"
        );
        assert_eq!(of(1002.0, 2.0), "would stay near 1,002 until March 2030");
    }
}
