//! At which ages children can enter each state.

use crate::pathway::{During, IdRange, Kind, StateId, Table, TrackId, calendar::Tick};
use crate::scenario::{Scenario, TimeOf, number::Value};

/// For each state and age band, whether a child of that age can enter it: those who arrive, those who are
/// there at the start, and where they get to from there before their birthdays. In a stay that no birthday
/// ends nobody is taken to change band. A state of a track can be entered at every age that the stages it
/// runs beside can hold.
#[must_use]
pub(super) fn bands(scenario: &Scenario) -> Table<StateId, Vec<bool>> {
    let pathway = &scenario.pathway;
    let mut entered = Table::filled(pathway.states.len(), vec![false; scenario.classes.bands.len()]);
    begin(scenario, &mut entered);
    while spread(scenario, &mut entered) {}
    for track in pathway.tracks.values().skip(1) {
        for (stage, during) in track.during.iter() {
            let states = match during {
                During::Off => IdRange::default(),
                During::Runs => track.states,
                During::Held(state) => IdRange::new(state.index(), state.index() + 1),
            };
            let held = within(scenario, stage, &entered[stage]);
            states.iter().for_each(|state| _ = add(&mut entered[state], &held));
        }
    }
    entered
}

/// Those who arrive, and those who are there.
fn begin(scenario: &Scenario, entered: &mut Table<StateId, Vec<bool>>) {
    for stream in scenario.arrivals.values() {
        let mut before = 0.0;
        for (band, &sum) in stream.ages.iter().enumerate() {
            entered[stream.enters][band] |= sum > before;
            before = sum;
        }
    }
    for opening in &scenario.openings {
        for cell in opening.cells.iter().filter(|c| c.children > 0) {
            entered[opening.state][cell.band] = true;
        }
    }
}

/// One step along every exit of the main track; whether anything was new.
fn spread(scenario: &Scenario, entered: &mut Table<StateId, Vec<bool>>) -> bool {
    let pathway = &scenario.pathway;
    let mut new = false;
    for state in pathway.tracks[TrackId::MAIN].states {
        if !entered[state].contains(&true) {
            continue;
        }
        let held = within(scenario, state, &entered[state]);
        let named = &pathway.states[state];
        for (place, exit) in named.exits.iter().enumerate().filter(|e| !never(scenario, state, e.0)) {
            let leaving =
                at_an_age(scenario, state, place).map_or_else(|| held.clone(), |age| only(scenario, age));
            new |= add(&mut entered[pathway.exits[exit].to], &leaving);
        }
        if let Some((age, exit)) = named.birthday {
            new |= add(&mut entered[pathway.exits[exit].to], &only(scenario, age));
        }
    }
    new
}

/// The ages at which children can be in a state.
fn within(scenario: &Scenario, state: StateId, entered: &[bool]) -> Vec<bool> {
    let named = &scenario.pathway.states[state];
    let Some((birthday, _)) = named.birthday.filter(|_| named.kind != Kind::Decision) else {
        return entered.to_vec();
    };
    let bands = scenario.classes.bands.iter().zip(entered);
    let mut grown = false;
    bands
        .map(|((_, from, _), &here)| {
            grown |= here;
            grown && *from < birthday
        })
        .collect()
}

/// The age at which an exit is taken, if it waits for one in every row.
fn at_an_age(scenario: &Scenario, state: StateId, place: usize) -> Option<Tick> {
    let width = scenario.pathway.states[state].exits.len();
    let mut times = scenario.stays[state].rows.iter().skip(place).step_by(width).map(|row| row.time);
    match times.next() {
        Some(Some(TimeOf::UntilAge(age))) => {
            times.all(|t| matches!(t, Some(TimeOf::UntilAge(_)))).then_some(age)
        }
        _ => None,
    }
}

/// Whether an exit takes so long in every row that the birthday always comes first.
#[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
fn never(scenario: &Scenario, state: StateId, place: usize) -> bool {
    let named = &scenario.pathway.states[state];
    let Some((birthday, _)) = named.birthday else { return false };
    let youngest = scenario.classes.bands.first().map_or(0, |b| b.1);
    let whole = (birthday - youngest) as f64;
    let late = |time: Option<TimeOf>| match time {
        Some(TimeOf::Fixed(n, unit)) => match scenario.quantities[n].value {
            Value::Exact(length) => length * unit >= whole,
            _ => false,
        },
        Some(TimeOf::UntilAge(age)) => age >= birthday,
        _ => false,
    };
    scenario.stays[state].rows.iter().skip(place).step_by(named.exits.len()).all(|row| late(row.time))
}

fn only(scenario: &Scenario, age: Tick) -> Vec<bool> {
    let band = scenario.pathway.band(age);
    (0..scenario.classes.bands.len()).map(|b| b == band).collect()
}

/// Adds to a set; whether anything was new.
fn add(set: &mut [bool], more: &[bool]) -> bool {
    let mut new = false;
    for (have, &also) in set.iter_mut().zip(more) {
        new |= also && !*have;
        *have |= also;
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_met_before_or_after_their_time() {
        let scenario = Scenario::shipped("stoke-on-trent").expect("it comes with the program");
        let entered = bands(&scenario);
        let bands_of = |name: &str| -> Vec<&str> {
            let state = scenario.pathway.state_named(name).expect("a state");
            let bands = scenario.classes.bands.iter().zip(&entered[state]);
            bands.filter(|b| *b.1).map(|b| b.0.0.as_str()).collect()
        };
        assert!(!bands_of("assessment").contains(&"age_18_20"));
        assert!(!bands_of("placement.foster_in_house").contains(&"age_18_20"));
        assert_eq!(bands_of("uasc_care"), ["age_10_15", "age_16", "age_17"]);
        // Some leave care a few weeks before their birthday.
        assert_eq!(bands_of("leaving_care"), ["age_17", "age_18_20"]);
    }
}
