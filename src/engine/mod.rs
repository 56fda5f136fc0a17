//! One simulated future: `simulate(&scenario, run, &mut observer)`. It knows no files, threads, wall clock,
//! money or statistics.
//!
//! One [event calendar](event_calendar) holds all that is still to happen, and everything happens in order of
//! time. Of the events of one tick those go first that are listed first in [`Class`]; then
//! whoever asked first, by family, by child. Every draw is keyed by who decides what, so the order in which
//! children are looked at changes nothing.

mod admission;
mod arrivals;
mod caseload;
mod ending;
pub mod event_calendar;
mod live;
mod reviews;
mod rules;
mod services;
mod spells;

use std::collections::BTreeMap;

use crate::capacity::{Pool, Quota};
use crate::pathway::{Child, ExitId, InterventionId, Table, TrackId, calendar::Tick};
use crate::record::{Cause, Observer, Open};
use crate::scenario::Scenario;
use arrivals::Family;
use ending::Model;
use event_calendar::{Class, Event, EventCalendar, Rank};
use live::{Phase, Slab};
use reviews::{Case, Outcome};
pub use rules::Rules;
use rules::Way;

/// Which future: the seed, and which chance, parameters and drift. The three are the run's number unless an
/// experiment sets them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The seed of the batch.
    pub seed: u64,
    /// Number of the chance.
    pub chance: u64,
    /// Number of the draw of uncertain numbers.
    pub parameters: u64,
    /// Number of the drift.
    pub drift: u64,
}

impl Run {
    /// Run `number` of a batch.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Self {
        Self { seed, chance: number, parameters: number, drift: number }
    }
}

/// Simulates one future and tells the observer what happens.
pub fn simulate(scenario: &Scenario, run: Run, observer: &mut impl Observer) {
    simulate_under(scenario, &Rules::new(scenario, run), &mut Workspace::default(), observer);
}

/// Simulates under rules already drawn, with the working memory of an earlier simulation.
pub fn simulate_under(
    scenario: &Scenario,
    rules: &Rules,
    space: &mut Workspace,
    observer: &mut impl Observer,
) {
    space.clear(scenario);
    let mut engine = Engine { model: Model { scenario, rules }, space, observer };
    engine.space.busy = true;
    engine.open_caseload();
    engine.file_fixed_dates();
    engine.space.busy = false;
    engine.run();
}

/// Working memory, kept from one simulation to the next.
#[derive(Debug, Default)]
pub struct Workspace {
    calendar: EventCalendar,
    slab: Slab,
    /// Families who arrive this month, or have arrived.
    families: Vec<Family>,
    /// The pools, and after them the interventions as services with places.
    resources: Vec<Pool>,
    quotas: Table<InterventionId, Quota>,
    /// Resources in which places have come free that somebody waits for.
    free_places: Vec<usize>,
    /// When they did.
    freed: Tick,
    /// While several children are let go on one after another: what they ask for is answered after that.
    busy: bool,
    /// Places in pools and services that change, as they are now.
    places: Vec<u32>,
    /// Cases that may be reviewed, while that is looked at.
    cases: Vec<Case>,
    /// What reviews have led to that takes effect later.
    outcomes: Vec<Outcome>,
    /// By reviews, family and child: when it was reviewed last, and how often.
    reviewed: BTreeMap<(usize, u64, u32), (Tick, u64)>,
    /// When the month that has begun ends.
    month_end: Tick,
}

impl Workspace {
    fn clear(&mut self, scenario: &Scenario) {
        self.calendar.open(scenario.calendar.end());
        self.slab.clear(scenario.pathway.tracks.values().map(|track| track.states.len()).max().unwrap_or(0));
        self.families.clear();
        self.resources.resize_with(scenario.pools.len() + scenario.interventions.len(), Pool::default);
        self.resources.iter_mut().for_each(Pool::clear);
        self.quotas = Table::filled(scenario.interventions.len(), Quota::default());
        self.free_places.clear();
        self.places.clear();
        self.outcomes.clear();
        self.reviewed.clear();
        self.month_end = 0;
    }
}

/// What a draw decides; part of its key.
mod purpose {
    use crate::stream::Stream;
    pub const EXIT: u64 = Stream::named("exit").key();
    pub const TOGETHER: u64 = Stream::named("together").key();
    pub const PRICE: u64 = Stream::named("price").key();
    pub const TAKE_UP: u64 = Stream::named("take up").key();
    pub const KEEP: u64 = Stream::named("keep").key();
    pub const INSTEAD: u64 = Stream::named("instead").key();
    pub const FIRST: u64 = Stream::named("first").key();
    pub const AGE: u64 = Stream::named("age").key();
    pub const COHORT: u64 = Stream::named("cohort").key();
    pub const NEED: u64 = Stream::named("need").key();
    pub const SERVED: u64 = Stream::named("served").key();
    pub const SIZE: u64 = Stream::named("size").key();
    pub const POINT: u64 = Stream::named("point").key();
    pub const REVIEW: u64 = Stream::named("review").key();
    pub const AFTER: u64 = Stream::named("after").key();
    pub const AGAIN: u64 = Stream::named("again").key();
}

struct Engine<'a, O> {
    model: Model<'a>,
    space: &'a mut Workspace,
    observer: &'a mut O,
}

impl<O: Observer> Engine<'_, O> {
    fn end(&self) -> Tick {
        self.model.scenario.calendar.end()
    }

    /// Files what happens on dates that the scenario sets: months, the days on which interventions begin, are over
    /// or change places, and reviews.
    fn file_fixed_dates(&mut self) {
        let scenario = self.model.scenario;
        for month in 0..scenario.calendar.months() {
            let at = scenario.calendar.month_start(month);
            self.file(Event::new(at, Class::Month, number(month)));
        }
        let resources = number(self.space.resources.len());
        for (i, intervention) in scenario.interventions.iter() {
            for at in [Some(intervention.from), intervention.over()].into_iter().flatten() {
                if (0..self.end()).contains(&at) {
                    self.file(Event::new(at, Class::Change, resources + number(i.index())));
                }
            }
        }
        self.file_reviews();
        self.space.places.resize(self.space.resources.len(), 0);
        for &resource in &self.model.rules.changing {
            self.change_places(resource, 0);
        }
    }

    /// Takes event after event off the calendar until none is left. Places that have come free are granted before the calendar
    /// goes on to what comes after them.
    fn run(&mut self) {
        loop {
            if !self.space.free_places.is_empty() {
                let freed = self.space.freed;
                let first = |next: Event| next.at == freed && next.class <= Class::Outcome;
                if !self.space.calendar.next_today().is_some_and(first) {
                    self.grant_free_places();
                    continue;
                }
            }
            let Workspace { calendar, slab, families, outcomes, .. } = &mut *self.space;
            let Some(event) = calendar.next(|event| rank(slab, families, outcomes, event)) else { break };
            self.happen(event);
        }
        self.close();
    }

    /// Lets an event happen, unless it no longer holds: since it was filed the child may have moved on, or its time may
    /// have been changed.
    #[inline]
    fn happen(&mut self, Event { at, class, slot, note }: Event) {
        let slab = &self.space.slab;
        let due = |there: fn(Phase) -> bool| slab[slot].due == at && there(slab[slot].phase);
        match class {
            Class::End if due(|phase| phase == Phase::Stays) => self.end_spell(slot, Way::noted(note), at),
            Class::Arrival => self.arrive(slot, at),
            Class::Month => self.begin_month(slot as usize, at),
            Class::Change => self.change(slot as usize, at),
            Class::Release => self.release(self.model.scenario.pools.len() + slot as usize, at),
            Class::GiveUp if due(Phase::waits) => self.give_up(slot, at),
            Class::Outcome => self.carry_out(self.space.outcomes[slot as usize], at),
            Class::Review => self.review(slot as usize, at),
            Class::Birthday if slab[slot].phase == Phase::Stays && slab.help(slot).birthday == at => {
                self.meet_hazard_ratios(slot, at);
            }
            Class::Request if due(Phase::asks) => self.answer(slot, at),
            Class::End | Class::GiveUp | Class::Birthday | Class::Request => {}
        }
    }

    /// The last month has ended; the families that arrive in this one are filed.
    #[inline(never)]
    fn begin_month(&mut self, month: usize, at: Tick) {
        debug_assert_eq!(at, self.model.scenario.calendar.month_start(month));
        if month > 0 {
            self.end_month(month - 1);
        }
        self.space.month_end = self.model.scenario.calendar.month_start(month + 1);
        self.file_birthdays_of_waiting();
        self.space.families.clear();
        self.file_arrivals(month);
    }

    fn end_month(&mut self, month: usize) {
        let model = self.model;
        let mut open = self.space.slab.open().map(|live| Open {
            child: &live.child,
            state: model.counted_state(live),
            waits_for: model.service_waited_for(live),
        });
        self.observer.month_ended(month, &mut open);
    }

    /// Places of a pool or a service change, or an intervention begins or is over.
    #[inline(never)]
    fn change(&mut self, what: usize, at: Tick) {
        let resources = self.space.resources.len();
        if what < resources {
            return self.change_places(what, at);
        }
        let i = InterventionId::from_index(what - resources);
        if at == self.model.scenario.interventions[i].from {
            self.begin_hazard_ratio(i, at);
        } else {
            self.close_service(i, at);
        }
    }

    /// The last month has ended, and the end of the simulation cuts what is going on.
    #[inline(never)]
    fn close(&mut self) {
        let end = self.end();
        self.end_month(self.model.scenario.calendar.months() - 1);
        if !self.observer.wants_cut_spells() {
            return;
        }
        let slab = &self.space.slab;
        let mut slots: Vec<u32> = slab.slots().filter(|&slot| slab[slot].begun).collect();
        slots.sort_unstable_by_key(|&slot| {
            (slab[slot].child.family, slab[slot].child.number, slab[slot].state)
        });
        for slot in slots {
            self.report_end(slot, Cause::Cut, end);
        }
    }

    #[inline]
    fn file(&mut self, event: Event) {
        let Workspace { calendar, slab, families, outcomes, .. } = &mut *self.space;
        calendar.file(event, |event| rank(slab, families, outcomes, event));
    }

    /// Files the end of a spell by an exit, if the simulation lasts until then.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "every stay ends with it")]
    fn file_end(&mut self, slot: u32, exit: ExitId, due: Tick) {
        if due < self.end() {
            let note = self.model.rules.ways[exit] as u8;
            self.file(Event { at: due, class: Class::End, slot, note });
        }
    }

    /// Tells of the end of a spell.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "why it has ended is known in each place")]
    fn report_end(&mut self, slot: u32, cause: Cause, to: Tick) {
        let live = &self.space.slab[slot];
        self.observer.left(&live.child, &live.spell(self.model.counted_state(live), cause, to));
    }
}

/// The order of events of one class at one tick: of a child, its stage before the tracks beside it.
fn rank(slab: &Slab, families: &[Family], outcomes: &[Outcome], event: &Event) -> Rank {
    match event.class {
        Class::Outcome => {
            let Outcome { family, which, track, .. } = outcomes[event.slot as usize];
            (0, family, which, track)
        }
        Class::Month | Class::Change | Class::Release | Class::Review => {
            (event.slot.into(), 0, 0, TrackId::MAIN)
        }
        Class::Arrival => (0, families[event.slot as usize].draws.key(), 0, TrackId::MAIN),
        Class::End | Class::GiveUp | Class::Birthday | Class::Request => {
            let live = &slab[event.slot];
            let Child { family, number, .. } = live.child;
            (
                if event.class == Class::Request { slab.help(event.slot).asked } else { 0 },
                family,
                number,
                live.track,
            )
        }
    }
}

/// A position as the calendar keeps it: there are never so many.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "positions are far below 2^32")]
fn number(position: usize) -> u32 {
    position as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Trace;

    #[test]
    fn a_way_is_read_from_the_note_of_it() {
        for way in [Way::Out, Way::Stay, Way::Pool, Way::Decision, Way::Long] {
            assert_eq!(Way::noted(way as u8), way);
        }
    }

    /// A scenario with nearly everything in it, and one in which nearly all take short ways.
    #[test]
    fn the_short_ways_lead_where_the_long_one_does() {
        let simple = include_str!("../../benches/benchmark.toml");
        let scenarios = [Scenario::shipped("stoke-on-trent"), Scenario::from_text("benchmark.toml", simple)];
        for scenario in scenarios.map(|scenario| scenario.expect("a scenario")) {
            let short = Rules::new(&scenario, Run::new(1, 7));
            let mut long = short.clone();
            long.steps.values_mut().for_each(|step| step.way = Way::Long);
            long.ways.values_mut().for_each(|way| *way = Way::Long);
            let trace = |rules: &Rules| {
                let mut trace = Trace::default();
                simulate_under(&scenario, rules, &mut Workspace::default(), &mut trace);
                trace
            };
            assert!(trace(&short) == trace(&long), "{}", scenario.name());
        }
    }
}
