//! What multiplies the hazards of exits, and when: numbers of the file, drift, and interventions.

use std::collections::BTreeMap;

use super::number::{Values, best_values};
use super::{Effect, Intervention, RowExit, Scenario, TimeOf};
use crate::pathway::{
    DriftId, ExitId, InterventionId, QuantityId, StateId, Table,
    calendar::Tick,
    stay::{HazardRatio, Laws, Time},
};

/// A ramp or a fade is followed in so many steps.
const STEPS: Tick = 12;

/// What sets a pace: a number of the file, a drift, and interventions with what each multiplies it by.
type Key = (Option<QuantityId>, Option<DriftId>, Vec<(InterventionId, QuantityId)>);

/// Which drift moves the pace of an exit, and the factors of each drift by financial year.
pub type Drifts<'a> = (&'a BTreeMap<ExitId, DriftId>, &'a Table<DriftId, Vec<f64>>);

/// Schedules of hazard multipliers, each kept once. Interventions count from their dates, also where these lie
/// before the first day, with the share who take them up; drift begins on the first day.
#[derive(Debug)]
pub struct Paces<'a> {
    scenario: &'a Scenario,
    /// Whether interventions count.
    acting: bool,
    values: Values,
    drift: Option<Drifts<'a>>,
    known: BTreeMap<Key, u32>,
    /// The schedules; the first stands for none.
    pub schedules: Vec<HazardRatio>,
}

impl<'a> Paces<'a> {
    /// None yet; for given values of every number.
    #[must_use]
    pub fn new(scenario: &'a Scenario, values: Values, drift: Option<Drifts<'a>>, acting: bool) -> Self {
        Self { scenario, acting, values, drift, known: BTreeMap::new(), schedules: vec![Vec::new()] }
    }

    /// The schedule of an exit in a row of its state, by its position (0: none).
    pub fn of(&mut self, exit: ExitId, row: usize, spec: &RowExit) -> u32 {
        let drift = self.drift.and_then(|(moved, _)| moved.get(&exit).copied());
        let effects: Vec<(InterventionId, QuantityId)> = self
            .scenario
            .interventions
            .ids()
            .iter()
            .filter(|_| self.acting)
            .filter_map(|i| self.times(i, exit).map(|times| (i, times)))
            .filter(|&(i, _)| self.reaches(i, exit, row))
            .collect();
        if spec.pace.is_none() && drift.is_none() && effects.is_empty() {
            return 0;
        }
        let key = (spec.pace, drift, effects);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let schedule = self.schedule(&key);
        let id =
            if schedule == [(Tick::MIN, 1.0)] { 0 } else { u32::try_from(self.schedules.len()).unwrap_or(0) };
        if id > 0 {
            self.schedules.push(schedule);
        }
        self.known.insert(key, id);
        id
    }

    /// How long an exit takes in a row of its state, with what multiplies its hazard.
    pub fn time(&mut self, exit: ExitId, row: usize, spec: &RowExit) -> Time {
        TimeOf::at(spec.time, &self.values).with_hazard_ratio(self.of(exit, row, spec))
    }

    /// What an intervention multiplies the pace of an exit by.
    fn times(&self, intervention: InterventionId, exit: ExitId) -> Option<QuantityId> {
        self.scenario.interventions[intervention].effects.iter().find_map(|e| match e {
            Effect::Pace { exits, times } if exits.contains(&exit) => Some(*times),
            _ => None,
        })
    }

    /// Whether an intervention reaches the children of a row.
    fn reaches(&self, intervention: InterventionId, exit: ExitId, row: usize) -> bool {
        let Some(reach) = &self.scenario.interventions[intervention].reach else { return false };
        let grid = &self.scenario.pathway.states[self.scenario.pathway.exits[exit].from].grid;
        let holds = |step: usize, mask: &[bool]| row.checked_div(step).is_none_or(|q| mask[q % mask.len()]);
        holds(grid.band, &reach.bands) && holds(grid.cohort, &reach.cohorts) && holds(grid.need, &reach.needs)
    }

    fn schedule(&self, key: &Key) -> HazardRatio {
        let own = key.0.map_or(1.0, |n| self.values[n]);
        let turns = self.turns(key);
        let at = |from: Tick, to: Tick| {
            let effect = |&(i, times): &(InterventionId, QuantityId)| {
                // Within a step a ramp stands at its middle; outside it this is exact.
                // Of several who are offered it some take it up: on average that many feel it.
                let intervention = &self.scenario.interventions[i];
                let taken_up = intervention.take_up.map_or(1.0, |n| self.values[n]);
                1.0 + (self.values[times] - 1.0) * taken_up * intervention.level(Tick::midpoint(from, to))
            };
            own * self.drifted(key.1, from) * key.2.iter().map(effect).product::<f64>()
        };
        let mut schedule: HazardRatio = Vec::new();
        for (k, &from) in turns.iter().enumerate() {
            let to = turns.get(k + 1).copied().unwrap_or(self.scenario.calendar.end());
            let pace = at(from, to.max(from.saturating_add(1)));
            if schedule.last().is_none_or(|l| l.1 != pace) {
                schedule.push((from, pace));
            }
        }
        schedule
    }

    fn drifted(&self, drift: Option<DriftId>, at: Tick) -> f64 {
        match (drift, self.drift) {
            (Some(d), Some((_, factors))) if at >= 0 => factors[d][self.scenario.calendar.year_at(at)],
            _ => 1.0,
        }
    }

    /// The instants at which a pace may change.
    fn turns(&self, key: &Key) -> Vec<Tick> {
        let calendar = &self.scenario.calendar;
        let mut turns: Vec<Tick> = vec![Tick::MIN];
        if !key.2.is_empty() || key.1.is_some() {
            turns.push(0);
            turns.extend((1..calendar.months()).map(|m| calendar.month_start(m)));
        }
        for &(i, _) in &key.2 {
            turns.extend(edges(&self.scenario.interventions[i]));
        }
        turns.sort_unstable();
        turns.dedup();
        turns
    }
}

/// Where an intervention begins and ends, and the steps of its ramp and fade.
#[must_use]
pub fn edges(intervention: &Intervention) -> Vec<Tick> {
    let steps =
        |from: Tick, long: Tick| (1..=STEPS).map(move |k| from + long * k / STEPS).filter(move |_| long > 0);
    let mut edges = vec![intervention.from];
    edges.extend(steps(intervention.from, intervention.ramp));
    if let Some(until) = intervention.until {
        edges.push(until);
        edges.extend(steps(until, intervention.fade));
    }
    edges
}

/// The laws of all stays at the best value of every number, without drift: for each state, the time of each exit
/// in each row.
#[derive(Debug)]
pub struct BestTimes {
    /// The best value of every number.
    pub values: Values,
    /// The laws.
    pub laws: Laws,
    /// By state, row by row, the times of its exits.
    times: Table<StateId, Vec<Time>>,
}

impl BestTimes {
    /// Of all stays, with what interventions do to them.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self::of(scenario, true, |_| true)
    }

    /// Of stays in one state, apart from what interventions do to them.
    #[must_use]
    pub fn of_state(scenario: &Scenario, state: StateId) -> Self {
        Self::of(scenario, false, |other| other == state)
    }

    fn of(scenario: &Scenario, acting: bool, wanted: impl Fn(StateId) -> bool) -> Self {
        let values = best_values(&scenario.quantities);
        let mut paces = Paces::new(scenario, values.clone(), None, acting);
        let of_state = |state| if wanted(state) { times(scenario, state, &mut paces) } else { Vec::new() };
        let times = scenario.pathway.states.ids().iter().map(of_state).collect();
        let tables = scenario.laws.values().map(|l| l.table.as_ref().clone()).collect();
        Self { laws: Laws { tables, hazard_ratios: paces.schedules }, values, times }
    }

    /// The times of a state's exits in a row.
    #[must_use]
    pub fn row(&self, scenario: &Scenario, state: StateId, row: usize) -> &[Time] {
        let width = scenario.pathway.states[state].exits.len();
        &self.times[state][row * width..][..width]
    }
}

fn times(scenario: &Scenario, state: StateId, paces: &mut Paces) -> Vec<Time> {
    let exits = scenario.pathway.states[state].exits;
    let time = |(place, spec): (usize, &RowExit)| {
        paces.time(exits.nth(place % exits.len()), place / exits.len(), spec)
    };
    scenario.stays[state].rows.iter().enumerate().map(time).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
name = "Paces"
[simulation]
start = 2025-04-01
years = 2
[ages]
child = [0, 18]
[stages.s]
exits.a = { to = "a", time = { law = "exponential", mean = 100 }, pace = 2 }
[stages.a]
[interventions.old]
title = "Old"
from = 2023-04-01
until = 2024-03-31
reaches = { stage = "s" }
effects = [{ pace_times = 3 }]
[interventions.new]
title = "New"
from = 2026-04-01
reaches = { stage = "s" }
effects = [{ pace_times = 0.5 }]
"#;

    #[test]
    fn paces_change_on_the_dates_of_interventions_past_and_to_come() {
        let scenario = Scenario::from_text("paces", TEXT).expect("a good scenario");
        let mut paces = Paces::new(&scenario, best_values(&scenario.quantities), None, true);
        let state = StateId::from_index(0);
        let exit = scenario.pathway.states[state].exits.start();
        let id = paces.of(exit, 0, &scenario.stays[state].rows[0]);
        let [old, new] = [0, 1].map(|i| &scenario.interventions[InterventionId::from_index(i)]);
        let until = old.until.expect("it ends");
        assert!(old.from < until && until < 0);
        assert_eq!(
            paces.schedules[id as usize],
            [(Tick::MIN, 2.0), (old.from, 6.0), (until, 2.0), (new.from, 1.0)]
        );
    }
}
