//! The prices of one future, from the numbers drawn for it.

use crate::costs::{Charge, Line, Tariff};
use crate::pathway::StateId;
use crate::scenario::{ChargeSpec, Counted, LineSpec, Scenario, check::parse_year, number::Values};

/// The lines of the file at the values drawn. Their charges by event are numbered as in [`events`].
pub(super) fn tariff(scenario: &Scenario, values: &Values) -> Tariff {
    let classes = scenario.class_count();
    let mut events = 0;
    let line = |l: &LineSpec| Line {
        growth: l.growth.map_or(0.0, |n| values[n]),
        sign: if l.income { -1.0 } else { 1.0 },
        charges: l.charges.iter().map(|c| charge(c, classes, &mut events, values)).collect(),
    };
    Tariff { lines: scenario.lines.values().map(line).collect(), years_from_base: years_from_base(scenario) }
}

/// What is charged by event, charge by charge and kind by kind.
pub(super) fn events(scenario: &Scenario) -> impl Iterator<Item = &Counted> {
    let charges = scenario.lines.values().flat_map(|line| &line.charges);
    charges.filter_map(|c| if let ChargeSpec::Event(counted, _) = c { Some(counted) } else { None }).flatten()
}

/// Years from the price base to the first financial year simulated.
pub(super) fn years_from_base(scenario: &Scenario) -> f64 {
    let base = scenario.file.price_base.as_deref().and_then(parse_year);
    f64::from(base.map_or(0, |b| scenario.calendar.first_year() - b))
}

/// Priced days are numbered state by state and class by class.
fn charge(spec: &ChargeSpec, classes: usize, events: &mut usize, values: &Values) -> Charge {
    match spec {
        ChargeSpec::Year(n) => Charge::Year(values[*n]),
        ChargeSpec::Event(counted, n) => {
            let first = std::mem::replace(events, *events + counted.len());
            Charge::Event((first..*events).collect(), values[*n])
        }
        ChargeSpec::Week(states, prices) => {
            let place = |s: &StateId| {
                (0..classes).map(|c| (s.index() * classes + c, values[prices[c]])).collect::<Vec<_>>()
            };
            Charge::Week(states.iter().flat_map(place).collect())
        }
    }
}
