//! The prices of one future, from the numbers drawn for it.

use crate::costs::{Charge, Line, Tariff};
use crate::pathway::StateId;
use crate::scenario::{ChargeSpec, LineSpec, Scenario, build::parse_year, number::Values};

/// The lines of the file at the values drawn.
pub(super) fn tariff(scenario: &Scenario, values: &Values) -> Tariff {
    let classes = scenario.class_count();
    let line = |l: &LineSpec| Line {
        growth: l.growth.map_or(0.0, |n| values[n]),
        sign: if l.income { -1.0 } else { 1.0 },
        charges: l.charges.iter().map(|c| charge(c, classes, scenario.pathway.exits.len(), values)).collect(),
    };
    Tariff { lines: scenario.lines.values().map(line).collect(), years_from_base: years_from_base(scenario) }
}

/// Years from the price base to the first financial year simulated.
pub(super) fn years_from_base(scenario: &Scenario) -> f64 {
    let base = scenario.file.price_base.as_deref().and_then(parse_year);
    f64::from(base.map_or(0, |b| scenario.calendar.first_year() - b))
}

/// Priced days are numbered state by state and class by class; events by exit, then arrivals by state.
fn charge(spec: &ChargeSpec, classes: usize, exits: usize, values: &Values) -> Charge {
    match spec {
        ChargeSpec::Year(n) => Charge::Year(values[*n]),
        ChargeSpec::Event(taken, arrivals, n) => {
            let kinds = taken.iter().map(|e| e.index()).chain(arrivals.iter().map(|s| exits + s.index()));
            Charge::Event(kinds.collect(), values[*n])
        }
        ChargeSpec::Week(states, prices) => {
            let place = |s: &StateId| {
                (0..classes).map(|c| (s.index() * classes + c, values[prices[c]])).collect::<Vec<_>>()
            };
            Charge::Week(states.iter().flat_map(place).collect())
        }
    }
}
