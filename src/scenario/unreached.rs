//! Interventions that can reach nobody: no child of the ages or cohorts they are for ever enters their stage.

use std::collections::BTreeSet;

use super::{Intervention, Scenario};
use crate::pathway::{StateId, Table, TrackId};

/// Why an intervention reaches nobody, if that is plain.
#[must_use]
pub fn why_unreached(scenario: &Scenario, one: &Intervention) -> Option<String> {
    let reach = one.reach.as_ref()?;
    let state = &scenario.pathway.states[reach.state];
    if state.track != TrackId::MAIN {
        return None;
    }
    let bands = &scenario.classes.bands;
    let reached = || bands.iter().zip(&reach.bands).filter(|(_, is_in)| **is_in).map(|(band, _)| band);
    if let Some((birthday, _)) = state.birthday
        && reached().all(|(_, from, _)| *from >= birthday)
    {
        let age = scenario.file.stages.get(&state.name)?.birthday.as_ref()?.age;
        return Some(format!("every stay in \"{}\" ends by the age of {age}", state.title));
    }
    let comers = &comers(scenario)[reach.state];
    let youngest = comers.youngest.map_or(0, |band| bands[band].1);
    if reached().all(|(_, _, end)| *end <= youngest) {
        return Some(format!("no child so young enters \"{}\"", state.title));
    }
    let is_here = |(cohort, is_in): (usize, &bool)| *is_in && comers.cohorts.contains(&cohort);
    let none = !reach.cohorts.iter().enumerate().any(is_here);
    none.then(|| format!("no child of these cohorts enters \"{}\"", state.title))
}

/// Who comes to a stage, by any way there is, however few take it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Comers {
    /// The youngest age band of those who come.
    youngest: Option<usize>,
    pub(super) cohorts: BTreeSet<usize>,
}

impl Comers {
    fn add(&mut self, band: Option<usize>, cohorts: impl IntoIterator<Item = usize>) {
        self.youngest = self.youngest.into_iter().chain(band).min();
        self.cohorts.extend(cohorts);
    }
}

/// Who comes to each stage: those who arrive and those there on the first day, and on from there.
pub(super) fn comers(scenario: &Scenario) -> Table<StateId, Comers> {
    let pathway = &scenario.pathway;
    let mut comers: Table<StateId, Comers> = pathway.states.values().map(|_| Comers::default()).collect();
    for stream in scenario.arrivals.values() {
        comers[stream.enters].add(stream.bands_arriving().next(), stream.cohorts_arriving());
    }
    for opening in &scenario.openings {
        let cells = opening.cells.iter().filter(|cell| cell.children > 0);
        cells.for_each(|cell| comers[opening.state].add(Some(cell.band), [cell.cohort]));
    }
    loop {
        let before = comers.clone();
        for exit in pathway.exits.values() {
            let Comers { youngest, cohorts } = comers[exit.from].clone();
            comers[exit.to].add(youngest, cohorts);
        }
        if comers == before {
            return comers;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(reaches: &str) -> Option<String> {
        let text = format!(
            "extends = \"stoke-on-trent\"\nname = \"x\"\n[interventions.x]\ntitle = \"X\"\nfrom = 2026-04-01\nreaches = {{ {reaches} }}\neffects = [{{ time_times = 0.9 }}]\n"
        );
        let scenario = Scenario::from_text("x.toml", &text).expect("a scenario");
        let one = scenario.interventions.values().find(|i| i.name == "x").expect("it is there");
        why_unreached(&scenario, one)
    }

    #[test]
    fn ages_and_cohorts_that_never_come_are_found() {
        for (reaches, due) in [
            ("stage = \"care\"", None),
            ("stage = \"care\", ages = [\"age_17\", \"age_18_20\"]", None),
            (
                "stage = \"care\", ages = [\"age_18_20\"]",
                Some("every stay in \"Looked after\" ends by the age of 18"),
            ),
            ("stage = \"uasc_care\", ages = [\"age_17\"]", None),
            (
                "stage = \"uasc_care\", ages = [\"age_1_4\"]",
                Some("no child so young enters \"Looked after, unaccompanied\""),
            ),
            ("stage = \"uasc_care\", cohorts = [\"uasc\"]", None),
            (
                "stage = \"uasc_care\", cohorts = [\"general\"]",
                Some("no child of these cohorts enters \"Looked after, unaccompanied\""),
            ),
        ] {
            assert_eq!(why(reaches).as_deref(), due, "{reaches}");
        }
    }
}
