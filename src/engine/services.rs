//! Whom interventions reach, and what they change.

use super::{
    Engine,
    ending::{Ending, Model, has, only},
    event_calendar::{Class, Event},
    live::{Acting, Help, Live, Phase},
    purpose,
    rules::{Step, threshold},
};
use crate::pathway::{ExitId, InterventionId, Kind, calendar::Tick};
use crate::record::Observer;
use crate::scenario::{Intervention, Limit, Reach};

impl Model<'_> {
    /// Whether a child is of the age, cohort and need that an intervention is for.
    pub(super) fn is_meant(self, live: &Live, reach: &Reach, at: Tick) -> bool {
        let child = &live.child;
        reach.cohorts[usize::from(child.cohort)]
            && reach.needs[usize::from(child.need)]
            && reach.bands[self.scenario.pathway.band(self.age(child, at))]
    }

    fn take_up(self, intervention: &Intervention) -> f64 {
        intervention.take_up.map_or(1.0, |n| self.rules.values[n])
    }

    /// Whether an intervention is on offer to a child before a state, and it would take it up.
    pub(super) fn wants(self, live: &Live, help: &Help, intervention: &Intervention, at: Tick) -> bool {
        let Some(reach) = &intervention.reach else { return false };
        let level = intervention.level(at);
        level > 0.0
            && self.is_meant(live, reach, at)
            && takes_up(help, intervention, self.take_up(intervention) * level)
    }

    /// Whether a spell meets the hazard ratio of an intervention at an instant.
    fn meets(self, live: &Live, help: &Help, i: InterventionId, at: Tick) -> bool {
        let intervention = &self.scenario.interventions[i];
        self.rules.has_hazard_ratio(i)
            && !has(help.acting.met, i)
            && self.is_within_reach(live, intervention, at)
            && takes_up(help, intervention, self.take_up(intervention))
    }

    /// Whether an intervention is in force at an instant, and the child then of the age, cohort and need that it is for.
    fn is_within_reach(self, live: &Live, intervention: &Intervention, at: Tick) -> bool {
        let is_meant = |reach: &Reach| self.is_meant(live, reach, at);
        intervention.is_in_force(at) && intervention.reach.as_ref().is_some_and(is_meant)
    }

    /// The birthdays on which a child comes into another age band.
    fn birthdays(self, live: &Live) -> impl Iterator<Item = Tick> {
        self.scenario.pathway.bands.iter().map(move |&age| self.when_aged(&live.child, age))
    }

    /// When a spell met the hazard ratio of an intervention, if it has: at the first of its instants, from the start of its
    /// clock on, at which the intervention is in force and the child of the age that it is for.
    pub(super) fn met_at(self, live: &Live, i: InterventionId) -> Tick {
        let intervention = &self.scenario.interventions[i];
        let begun = live.clock - live.served;
        let meets = |at: &Tick| *at >= begun && self.is_within_reach(live, intervention, *at);
        let first = begun.max(intervention.from);
        if meets(&first) { first } else { self.birthdays(live).filter(meets).min().unwrap_or(first) }
    }

    /// The next birthday after an instant that may bring a spell into the reach of a hazard ratio.
    pub(super) fn next_birthday(self, live: &Live, met: u64, at: Tick) -> Tick {
        let services = &self.scenario.stays[live.state].interventions;
        let reaches = services.iter().filter(|&&i| self.rules.has_hazard_ratio(i) && !has(met, i));
        let bands = &self.scenario.pathway.bands;
        let birthdays =
            reaches.filter_map(|&i| self.scenario.interventions[i].reach.as_ref()).flat_map(|reach| {
                let comes_into_reach = |pair: &[bool]| !pair[0] && pair[1];
                let into =
                    reach.bands.windows(2).map(comes_into_reach).zip(&bands[1..]).filter(|band| band.0);
                into.map(|(_, &age)| self.when_aged(&live.child, age))
            });
        birthdays.filter(|&birthday| birthday > at).min().unwrap_or(Tick::MAX)
    }
}

/// Whether the child's family takes up what is offered to so many. A family takes a service up together, each time
/// that it is offered.
fn takes_up(help: &Help, intervention: &Intervention, offered: f64) -> bool {
    help.draws.shifted(intervention.key, 0).keyed(purpose::TAKE_UP).bits() <= threshold(offered)
}

impl<O: Observer> Engine<'_, O> {
    /// How a spell ends that interventions reach, its clock starting now; each that reaches the child is reported, unless it
    /// was when its service took the child in.
    #[inline(never)]
    pub(super) fn ending_with_services(&mut self, slot: u32, step: &Step, at: Tick) -> Ending {
        let model = self.model;
        let (live, help) = self.space.slab.with_help(slot);
        let mut acting = Acting::default();
        for &i in &model.scenario.stays[live.state].interventions {
            let intervention = &model.scenario.interventions[i];
            let acts = match intervention.limit {
                Limit::None => model.wants(live, help, intervention, live.entered()),
                _ => has(help.taken, i),
            };
            acting.acted |= only(i, acts);
            acting.met |= only(i, model.meets(live, help, i, at));
        }
        help.acting = acting;
        let ending = model.ending_under(live, acting, step, None);
        if step.kind != Kind::Decision {
            help.birthday = model.next_birthday(live, acting.met, at);
        }
        self.report_reached(slot, step, acting.acted | acting.met, None, ending, at);
        ending
    }

    /// Tells of each intervention that now acts on a child, and whether without it the child would leave another
    /// way or at another time. The exit that a running spell is bound for is known.
    fn report_reached(
        &mut self,
        slot: u32,
        step: &Step,
        reached: u64,
        bound_for: Option<ExitId>,
        ending: Ending,
        at: Tick,
    ) {
        let model = self.model;
        let (live, help) = self.space.slab.with_help(slot);
        for i in model.scenario.interventions.ids().iter().filter(|&i| has(reached, i)) {
            if !has(help.taken, i) {
                self.observer.reached(&live.child, i, at);
            }
            if model.ending_under(live, help.acting.without(i), step, bound_for) != ending {
                self.observer.moved(&live.child, i, at);
            }
        }
    }

    /// An intervention begins: spells that are going on meet its hazard ratio.
    pub(super) fn begin_hazard_ratio(&mut self, i: InterventionId, at: Tick) {
        let model = self.model;
        let Some(reach) = &model.scenario.interventions[i].reach else { return };
        if !model.rules.has_hazard_ratio(i) {
            return;
        }
        let slab = &self.space.slab;
        let there = |slot: &u32| slab[*slot].state == reach.state && slab[*slot].phase == Phase::Stays;
        let mut slots: Vec<u32> = slab.slots().filter(there).collect();
        slots.sort_unstable_by_key(|&slot| (slab[slot].child.family, slab[slot].child.number));
        for slot in slots {
            self.meet_hazard_ratios(slot, at);
        }
    }

    /// A running spell meets the hazard ratios in whose reach it has come, and is due when they say.
    #[inline(never)]
    pub(super) fn meet_hazard_ratios(&mut self, slot: u32, at: Tick) {
        let model = self.model;
        let (live, help) = self.space.slab.with_help(slot);
        let step = &model.rules.steps[live.state];
        let new: u64 = model.scenario.stays[live.state]
            .interventions
            .iter()
            .filter(|&&i| model.meets(live, help, i, at))
            .map(|&i| only(i, true))
            .sum();
        help.acting.met |= new;
        help.birthday = model.next_birthday(live, help.acting.met, at);
        if new > 0 {
            self.retime(slot, step, new, at);
        }
        self.file_birthday(slot);
    }

    /// Draws a running spell's end anew, from the same uniforms, under the hazard ratios that it has met.
    fn retime(&mut self, slot: u32, step: &Step, new: u64, at: Tick) {
        let (live, help) = self.space.slab.with_help(slot);
        let bound_for = Some(live.bound_for);
        let ending = self.model.ending_under(live, help.acting, step, bound_for);
        let due = (live.clock + ending.left).max(at);
        let changed = due != live.due;
        (live.exit, live.due) = (ending.exit, due);
        if changed {
            self.file_end(slot, ending.exit, due);
        }
        self.report_reached(slot, step, new, bound_for, ending, at);
    }

    /// Files the birthday that may bring a spell into the reach of a hazard ratio, if it comes before the spell ends.
    pub(super) fn file_birthday(&mut self, slot: u32) {
        let at = self.space.slab.help(slot).birthday;
        if at < self.space.slab[slot].due && at < self.end() {
            self.file(Event::new(at, Class::Birthday, slot));
        }
    }

    /// Hazard ratios that began before the simulation, as a spell of the opening caseload has met them: when it was in force and
    /// the child was there, of the age it is for.
    pub(super) fn meet_past_hazard_ratios(&mut self, slot: u32) {
        let model = self.model;
        let (live, help) = self.space.slab.with_help(slot);
        let instants = |i: InterventionId| {
            let from = model.scenario.interventions[i].from;
            model.birthdays(live).chain([from, live.since]).filter(|&t| t >= live.since && t < 0)
        };
        let met = |&&i: &&InterventionId| instants(i).any(|at| model.meets(live, help, i, at));
        let met: u64 =
            model.scenario.stays[live.state].interventions.iter().filter(met).map(|&i| only(i, true)).sum();
        help.acting.met = met;
        help.birthday = model.next_birthday(live, met, 0);
    }
}
