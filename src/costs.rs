//! Money: from events and weeks to pounds, by line and month. It knows no randomness and changes no path.

/// The prices of one future.
#[derive(Debug, Clone, PartialEq)]
pub struct Tariff {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Years from the price base to the first financial year.
    pub years_from_base: f64,
}

/// A line of the budget, in the prices of the price base.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Growth of its prices a year.
    pub growth: f64,
    /// 1 for costs, -1 for income.
    pub sign: f64,
    /// What is charged.
    pub charges: Vec<Charge>,
}

/// What is charged.
#[derive(Debug, Clone, PartialEq)]
pub enum Charge {
    /// Pounds a week: positions among the priced days, and the price of each.
    Week(Vec<(usize, f64)>),
    /// Pounds each: positions among the events.
    Event(Vec<usize>, f64),
    /// Pounds a year.
    Year(f64),
}

/// What happened in a month.
#[derive(Debug, Clone, Copy)]
pub struct Month<'a> {
    /// Child-days in each place, weighted by relative price.
    pub priced_days: &'a [f64],
    /// Events of each kind.
    pub events: &'a [i64],
    /// Length as a share of a year.
    pub years: f64,
    /// Its financial year, counted from the first.
    pub year: usize,
}

impl Line {
    /// Pounds in a month, in cash: base prices grown once each April from the price base on.
    #[must_use]
    pub fn pounds(&self, month: &Month, years_from_base: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few years")]
        let grown = libm::pow(1.0 + self.growth, years_from_base + month.year as f64);
        self.sign * grown * self.charges.iter().map(|c| c.base_pounds(month)).sum::<f64>()
    }
}

impl Charge {
    #[expect(clippy::cast_precision_loss, reason = "counts of events")]
    fn base_pounds(&self, month: &Month) -> f64 {
        match self {
            Self::Week(places) => places.iter().map(|&(p, price)| month.priced_days[p] / 7.0 * price).sum(),
            Self::Event(kinds, price) => kinds.iter().map(|&k| month.events[k]).sum::<i64>() as f64 * price,
            Self::Year(price) => price * month.years,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two weeks of one child at £700, three events at £100, a twelfth of £1,200 a year; two years of 10%.
    #[test]
    fn a_line_adds_weeks_events_and_years_in_cash() {
        let line = Line {
            growth: 0.1,
            sign: 1.0,
            charges: vec![
                Charge::Week(vec![(1, 700.0)]),
                Charge::Event(vec![0, 2], 100.0),
                Charge::Year(1200.0),
            ],
        };
        let month = Month { priced_days: &[9.0, 14.0], events: &[1, 50, 2], years: 1.0 / 12.0, year: 1 };
        assert!((line.pounds(&month, 1.0) - 1.21 * (1400.0 + 300.0 + 100.0)).abs() < 1e-9);
    }
}
