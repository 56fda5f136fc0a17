//! At which ages children can enter each state.

use std::collections::BTreeSet;

use crate::pathway::{During, IdRange, Kind, StateId, Table, TrackId, calendar::Tick};
use crate::scenario::{Scenario, TimeOf, number::Value};

/// At which ages of a band children enter a state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ages {
    /// On these birthdays.
    pub on: BTreeSet<Tick>,
    /// At any age.
    pub any: bool,
}

impl Ages {
    const NONE: Self = Self { on: BTreeSet::new(), any: false };
    /// At any age.
    pub const ANY: Self = Self { on: BTreeSet::new(), any: true };

    /// At no age.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Adds ages; whether any was new.
    fn add(&mut self, more: &Self) -> bool {
        let before = (self.on.len(), self.any);
        self.on.extend(&more.on);
        self.any |= more.any;
        before != (self.on.len(), self.any)
    }
}

/// Who is met in a state, by age band.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Met {
    /// At which ages children enter it.
    pub entering: Vec<Ages>,
    /// Whether children are there on the first day.
    there: Vec<bool>,
}

impl Met {
    /// In which bands children are met who enter it or are there at the start.
    fn bands(&self) -> Vec<bool> {
        self.entering.iter().zip(&self.there).map(|(ages, there)| *there || !ages.is_none()).collect()
    }

    /// At which ages children come into it in each band; those there at the start may have come at any, and count where
    /// nobody else does.
    pub fn ages(&self) -> impl Iterator<Item = Ages> {
        let come = |(ages, there): (&Ages, &bool)| {
            if *there && ages.is_none() { Ages::ANY } else { ages.clone() }
        };
        self.entering.iter().zip(&self.there).map(come)
    }
}

/// For each state, at which ages children can enter it: those who arrive, those who are there at the start, and where they
/// get to from there before their birthdays. In a stay that no birthday ends nobody is taken to change band. A state of a
/// track can be entered at every age that the stages it runs beside can hold.
#[must_use]
pub(super) fn ages(scenario: &Scenario) -> Table<StateId, Met> {
    let pathway = &scenario.pathway;
    let bands = scenario.classes.bands.len();
    let nobody = Met { entering: vec![Ages::NONE; bands], there: vec![false; bands] };
    let mut met = Table::filled(pathway.states.len(), nobody);
    begin(scenario, &mut met);
    while spread(scenario, &mut met) {}
    for track in pathway.tracks.values().skip(1) {
        for (stage, during) in track.during.iter() {
            let states = match during {
                During::Off => IdRange::default(),
                During::Runs => track.states,
                During::Held(state) => IdRange::new(state.index(), state.index() + 1),
            };
            let held = any(&within(scenario, stage, &met[stage]));
            states.iter().for_each(|state| _ = add(&mut met[state].entering, &held));
        }
    }
    met
}

/// Those who arrive, and those who are there.
fn begin(scenario: &Scenario, met: &mut Table<StateId, Met>) {
    for stream in scenario.arrivals.values() {
        for band in stream.bands_arriving() {
            met[stream.enters].entering[band] = Ages::ANY;
        }
    }
    for opening in &scenario.openings {
        for cell in opening.cells.iter().filter(|c| c.children > 0) {
            met[opening.state].there[cell.band] = true;
        }
    }
}

/// One step along every exit of the main track; whether anything was new.
fn spread(scenario: &Scenario, met: &mut Table<StateId, Met>) -> bool {
    let pathway = &scenario.pathway;
    let mut new = false;
    for state in pathway.tracks[TrackId::MAIN].states {
        if !met[state].bands().contains(&true) {
            continue;
        }
        let named = &pathway.states[state];
        // A decision takes no time: children leave it at the ages at which they come to it.
        let leaving = if named.kind == Kind::Decision {
            met[state].entering.clone()
        } else {
            any(&within(scenario, state, &met[state]))
        };
        for (place, exit) in named.exits.iter().enumerate().filter(|e| !never(scenario, state, e.0)) {
            let leaving =
                at_an_age(scenario, state, place).map_or_else(|| leaving.clone(), |age| only(scenario, age));
            new |= add(&mut met[pathway.exits[exit].to].entering, &leaving);
        }
        if let Some((age, exit)) = named.birthday {
            new |= add(&mut met[pathway.exits[exit].to].entering, &only(scenario, age));
        }
    }
    new
}

/// The age bands in which children can be in a state.
fn within(scenario: &Scenario, state: StateId, met: &Met) -> Vec<bool> {
    let named = &scenario.pathway.states[state];
    let met = met.bands();
    let Some((birthday, _)) = named.birthday.filter(|_| named.kind != Kind::Decision) else { return met };
    let bands = scenario.classes.bands.iter().zip(met);
    let mut grown = false;
    bands
        .map(|((_, from, _), here)| {
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

fn only(scenario: &Scenario, age: Tick) -> Vec<Ages> {
    let band = scenario.pathway.band(age);
    (0..scenario.classes.bands.len())
        .map(|b| if b == band { Ages { on: [age].into(), any: false } } else { Ages::NONE })
        .collect()
}

/// Any age of these bands.
fn any(bands: &[bool]) -> Vec<Ages> {
    bands.iter().map(|&here| if here { Ages::ANY } else { Ages::NONE }).collect()
}

/// Adds ages; whether anything was new.
fn add(ages: &mut [Ages], more: &[Ages]) -> bool {
    let mut new = false;
    for (have, also) in ages.iter_mut().zip(more) {
        new |= have.add(also);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pathway::calendar::YEAR;

    #[test]
    fn nobody_is_met_before_or_after_their_time() {
        let scenario = Scenario::shipped("stoke-on-trent").expect("it comes with the program");
        let met = ages(&scenario);
        let bands_of = |name: &str| -> Vec<&str> {
            let state = scenario.pathway.state_named(name).expect("a state");
            let bands = scenario.classes.bands.iter().zip(met[state].bands());
            bands.filter(|b| b.1).map(|b| b.0.0.as_str()).collect()
        };
        assert!(!bands_of("assessment").contains(&"age_18_20"));
        assert!(!bands_of("placement.foster_in_house").contains(&"age_18_20"));
        assert_eq!(bands_of("uasc_care"), ["age_10_15", "age_16", "age_17"]);
        // Some leave care a few weeks before their birthday.
        assert_eq!(bands_of("leaving_care"), ["age_17", "age_18_20"]);
        let entering = |name: &str| {
            let state = scenario.pathway.state_named(name).expect("a state");
            met[state].ages().filter(|ages| !ages.is_none()).collect::<Vec<_>>()
        };
        let on = |years: Tick| Ages { on: [years * YEAR].into(), any: false };
        assert_eq!(entering("staying_put"), [on(18)]);
        assert_eq!(entering("support_to_25"), [on(21)]);
        // On the birthday, and later when they leave the carers with whom they have stayed.
        assert_eq!(entering("leaving_care")[1], Ages { any: true, ..on(18) });
    }
}
