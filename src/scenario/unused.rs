//! What a scenario defines and nothing refers to: most often a name with a slip in it.

use std::collections::BTreeSet;

use super::fault::{FEW, Fault, nearest};
use super::file;
use super::number::Value;
use super::tree::join;
use super::{Scenario, ShareOf};
use crate::pathway::{During, PoolId, StateId, TrackId};

/// Everything that nothing refers to: pools, parameters, cohorts, stages, and states of tracks.
#[must_use]
pub fn unused(scenario: &Scenario) -> Vec<Fault<()>> {
    [pools(scenario), parameters(scenario), cohorts(scenario), states(scenario)].concat()
}

/// A fault of something in a table; it may be meant for another of the names there.
fn fault<'n>(
    table: &str,
    name: &str,
    message: String,
    names: impl IntoIterator<Item = &'n String>,
) -> Fault<()> {
    let others = names.into_iter().map(String::as_str).filter(|other| *other != name);
    let others: Vec<&str> = others.take(FEW + 1).collect();
    let near = if others.len() > FEW { None } else { nearest(name, others) };
    let help = match near {
        Some(name) => format!("Did you mean `{name}`? If not, use it or take it out."),
        None => "Use it, or take it out.".into(),
    };
    Fault { place: (), path: join(table, name), message, help }
}

fn pools(scenario: &Scenario) -> Vec<Fault<()>> {
    // Places that are added are of no use where no child takes one.
    let of_states = scenario.pathway.states.values().filter_map(|s| s.pool.as_ref()).map(|p| p.0);
    let used: BTreeSet<PoolId> = of_states.collect();
    let idle = scenario.pools.iter().filter(|(id, _)| !used.contains(id));
    let names = || scenario.file.pools.keys();
    idle.map(|(_, pool)| {
        fault("pools", &pool.name, format!("nothing uses the pool `{}`", pool.name), names())
    })
    .collect()
}

fn parameters(scenario: &Scenario) -> Vec<Fault<()>> {
    let weights: BTreeSet<&str> = scenario
        .quantities
        .values()
        .filter_map(|q| if let Value::Blend { weight, .. } = q.value { Some(weight) } else { None })
        .map(|weight| scenario.quantities[weight].path.as_str())
        .collect();
    let names = || scenario.file.parameters.keys();
    let idle = names().filter(|name| !weights.contains(join(&join("parameters", name), "value").as_str()));
    idle.map(|name| fault("parameters", name, format!("no number uses the parameter `{name}`"), names()))
        .collect()
}

fn cohorts(scenario: &Scenario) -> Vec<Fault<()>> {
    let comes = |cohort: usize| {
        let above = |sums: &[f64]| {
            let before = if cohort == 0 { 0.0 } else { sums[cohort - 1] };
            sums.get(cohort).map_or(cohort == 0, |&sum| sum > before)
        };
        scenario.arrivals.values().any(|stream| above(&stream.cohorts))
            || scenario.openings.iter().any(|o| o.cells.iter().any(|c| c.cohort == cohort && c.children > 0))
    };
    let names = &scenario.classes.cohorts;
    let idle = (0..names.len()).filter(|&cohort| names.len() > 1 && !comes(cohort));
    idle.map(|cohort| {
        let name = &names[cohort];
        fault("cohorts", name, format!("no child is of the cohort `{name}`"), names)
    })
    .collect()
}

/// Stages and states of tracks that nothing leads to.
fn states(scenario: &Scenario) -> Vec<Fault<()>> {
    let reached = led_to(scenario);
    let pathway = &scenario.pathway;
    let named = |id: StateId| {
        let (name, track) =
            (pathway.states[id].name.as_str(), &pathway.tracks[pathway.states[id].track].name);
        if track.is_empty() {
            let message = format!("nothing leads to the stage `{name}`");
            return Some(fault("stages", name, message, scenario.file.stages.keys()));
        }
        let file::Track { states, .. } = scenario.file.tracks.get(track)?;
        let name = name.strip_prefix(track)?.strip_prefix('.')?;
        let message = format!("nothing leads to the state `{name}` of the track `{track}`");
        Some(fault(&join(&join("tracks", track), "states"), name, message, states.keys()))
    };
    let waiting: BTreeSet<StateId> =
        pathway.states.values().filter_map(|s| s.waiting.as_ref()).map(|w| w.state).collect();
    let idle = pathway.states.ids().iter().filter(|id| !reached.contains(id) && !waiting.contains(id));
    idle.filter_map(named).collect()
}

/// The states that an exit, an arrival, an opening caseload, the start of a track or a stage that holds a track leads to.
fn led_to(scenario: &Scenario) -> BTreeSet<StateId> {
    let pathway = &scenario.pathway;
    let mut reached: BTreeSet<StateId> =
        pathway.exits.values().filter(|e| e.to != e.from).map(|e| e.to).collect();
    reached.extend(scenario.arrivals.values().map(|stream| stream.enters));
    reached.extend(scenario.openings.iter().map(|opening| opening.state));
    for opening in &scenario.openings {
        reached.extend(opening.cells.iter().flat_map(|cell| cell.tracks.values().flatten()));
    }
    for (id, track) in pathway.tracks.iter().filter(|(id, _)| *id != TrackId::MAIN) {
        reached.extend(track.during.values().filter_map(|during| match during {
            During::Held(state) => Some(*state),
            During::Off | During::Runs => None,
        }));
        let firsts = scenario.firsts.get(id).map_or(&[][..], Vec::as_slice);
        let states = scenario.file.tracks.get(&track.name).map_or(1, |t| t.states.len());
        for (position, share) in firsts.iter().enumerate() {
            if !matches!(share, ShareOf::None) {
                reached.insert(track.states.nth(position % states));
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each thing that nothing refers to, once it is added to a scenario in which all is used.
    #[test]
    fn what_nothing_refers_to_is_found() {
        let good = include_str!("../../tests/carecast/good.toml");
        let found = |more: &str| -> Vec<String> {
            let scenario = Scenario::from_text("good.toml", &format!("{good}\n{more}")).expect("a scenario");
            unused(&scenario).into_iter().map(|u| u.message).collect()
        };
        assert_eq!(found(""), Vec::<String>::new());
        assert_eq!(found("[pools.beds]\nplaces = 3\n"), ["nothing uses the pool `beds`"]);
        assert_eq!(found("[parameters.gap]\nvalue = 0.5\n"), ["no number uses the parameter `gap`"]);
        assert_eq!(found("[stages.limbo]\n"), ["nothing leads to the stage `limbo`"]);
        assert_eq!(
            found(
                "[tracks.placement.states.attic]\ntime = { law = \"exponential\", mean = 9 }\nexits.out = { to = \"home\", share = \"rest\" }\n"
            ),
            ["nothing leads to the state `attic` of the track `placement`"]
        );
    }

    #[test]
    fn a_cohort_that_nobody_is_of_is_found() {
        let good = include_str!("../../tests/carecast/good.toml");
        let text = good.replace("cohorts = { general = 0.9, disabled = 0.1 }", "cohorts = { general = 1 }");
        let text = text.replace("cohorts = { general = 25, disabled = 5 }", "cohorts = { general = 30 }");
        let scenario = Scenario::from_text("good.toml", &text).expect("a scenario");
        let messages: Vec<String> = unused(&scenario).into_iter().map(|u| u.message).collect();
        assert_eq!(messages, ["no child is of the cohort `disabled`"]);
    }
}
