//! Spells: entering a state, leaving it, and the tracks that run beside it.

use super::{
    Engine,
    ending::{Ending, decision_draws, stay_draws},
    live::{AVERAGE, Live, Phase},
    purpose,
    rules::{Step, Way},
};
use crate::pathway::{Child, During, ExitId, Kind, StateId, TrackId, calendar::Tick};
use crate::record::{Cause, Entry, Observer, Origin};
use crate::stream::Stream;

impl<O: Observer> Engine<'_, O> {
    /// Begins a stay that no service reaches and beside which no track runs.
    #[inline(never)]
    pub(super) fn stay(&mut self, slot: u32, step: &Step, at: Tick) {
        let (live, visits) = self.space.slab.with_visits(slot, step.visit);
        let before = *visits;
        *visits = before.wrapping_add(1);
        live.draws = decision_draws(&live.child, step, before.into());
        (live.clock, live.served) = (at, 0);
        let ending = self.model.ending(live, step);
        live.price = self.model.price(&live.child, live.state, step, before.wrapping_add(1).into());
        (live.since, live.begun) = (at, true);
        self.observer.entered(&live.child, &live.entry(at, live.price));
        let due = live.start_clock(ending, at);
        self.file_end(slot, ending.exit, due);
    }

    /// A child who is let in enters its state, and its clock starts. Says whether it has left again at once, by a
    /// decision.
    #[inline]
    pub(super) fn enter(&mut self, slot: u32, step: &Step, at: Tick) -> bool {
        let live = &mut self.space.slab[slot];
        (live.clock, live.served) = (at, 0);
        if step.kind == Kind::Decision {
            self.decide(slot, step, at);
            return true;
        }
        if step.reached || step.accompanied {
            self.enter_among_others(slot, step, at);
        } else {
            let ending = self.model.ending(live, step);
            self.begin_spell(slot, step, at);
            self.start_clock(slot, ending, at);
        }
        false
    }

    /// Enters a state that interventions reach, or that tracks run beside.
    #[inline(never)]
    fn enter_among_others(&mut self, slot: u32, step: &Step, at: Tick) {
        let ending = if step.reached {
            self.ending_with_services(slot, step, at)
        } else {
            self.model.ending(&self.space.slab[slot], step)
        };
        // Who has waited for a service has been in the state meanwhile.
        let begun = self.space.slab[slot].begun;
        if !begun {
            self.begin_spell(slot, step, at);
        }
        self.start_clock(slot, ending, at);
        if step.reached {
            self.file_birthday(slot);
        }
        if step.accompanied && (begun || ending.left > 0) {
            self.begin_tracks(slot, ending.plan, at);
        }
    }

    #[inline]
    pub(super) fn start_clock(&mut self, slot: u32, ending: Ending, at: Tick) {
        let due = self.space.slab[slot].start_clock(ending, at);
        self.file_end(slot, ending.exit, due);
    }

    /// Takes a decision: by shares, at once, or after waiting for a service.
    #[inline(never)]
    fn decide(&mut self, slot: u32, step: &Step, at: Tick) {
        let live = &mut self.space.slab[slot];
        let exit = if step.reached {
            self.ending_with_services(slot, step, at).plan
        } else {
            self.model.decision(live, step)
        };
        let live = &self.space.slab[slot];
        if live.begun {
            return self.leave(slot, live.state, exit, at);
        }
        self.pass(slot, step, exit, at);
    }

    /// A child passes through a decision, and stands before the state that its exit leads to.
    #[inline]
    pub(super) fn pass(&mut self, slot: u32, step: &Step, exit: ExitId, at: Tick) {
        let (live, _) = self.space.slab.count_visit(slot, step.visit);
        self.observer.passed(&live.child, &Entry { since: at, ..live.entry(at, AVERAGE) }, exit);
        live.stand_before(self.model.rules.targets[exit], Origin::Exit(exit));
    }

    /// Tells that a spell has begun, and counts the visit.
    #[inline]
    pub(super) fn begin_spell(&mut self, slot: u32, step: &Step, at: Tick) {
        let (live, visit) = self.space.slab.count_visit(slot, step.visit);
        live.price = self.model.price(&live.child, live.state, step, visit);
        (live.since, live.begun) = (at, true);
        self.observer.entered(&live.child, &live.entry(at, live.price));
    }

    /// A spell has lasted its time: the child goes on to where its exit leads, by the way noted when the end was filed. The
    /// exit may be another by now.
    #[inline]
    pub(super) fn end_spell(&mut self, slot: u32, noted: Way, at: Tick) {
        let rules = self.model.rules;
        let Live { state, exit, .. } = self.space.slab[slot];
        self.leave(slot, state, exit, at);
        let step = &rules.steps[rules.targets[exit]];
        if noted != step.way {
            return self.proceed(slot, at);
        }
        self.go_in_by(noted, slot, step, at);
    }

    /// A child leaves the state in which it is counted by an exit, and stands before the state that this leads to.
    #[inline]
    pub(super) fn leave(&mut self, slot: u32, from: StateId, exit: ExitId, at: Tick) {
        self.leave_because(slot, from, exit, Cause::Exit(exit), at);
    }

    /// The same, for a cause that may be another than that its time was over.
    #[inline]
    pub(super) fn leave_because(&mut self, slot: u32, from: StateId, exit: ExitId, cause: Cause, at: Tick) {
        let rules = self.model.rules;
        let live = &mut self.space.slab[slot];
        self.observer.left(&live.child, &live.spell(from, cause, at));
        let pool = self.model.pool_held(live);
        live.stand_before(rules.targets[exit], Origin::Exit(exit));
        if let Some(pool) = pool {
            self.release(pool.index(), at);
        }
    }

    // ---- tracks ----

    /// Starts the tracks that run beside a stage, those that have gone on from the stage before apart. A plan that is new binds at
    /// their next spell.
    #[inline(never)]
    pub(super) fn begin_tracks(&mut self, slot: u32, plan: ExitId, at: Tick) {
        let model = self.model;
        let state = self.space.slab[slot].state;
        for number in model.scenario.pathway.tracks.ids().iter().skip(1) {
            if let Some(running) = self.running_track(slot, number) {
                self.space.slab[running].plan = model.plan(plan);
                continue;
            }
            match model.scenario.pathway.tracks[number].during[state] {
                During::Off => {}
                During::Held(held) => self.hold_track(slot, number, held, (at, at), Origin::Track),
                During::Runs => {
                    let inner = self.inner(slot, number, plan, at);
                    let inner = self.link(slot, inner);
                    self.proceed(inner, at);
                }
            }
        }
    }

    /// The track of a number that is linked to a stage.
    pub(super) fn running_track(&self, slot: u32, number: TrackId) -> Option<u32> {
        self.space.slab.linked(slot).find(|&inner| self.space.slab[inner].track == number)
    }

    /// Adds a track to those beside a stage.
    pub(super) fn link(&mut self, slot: u32, mut inner: Live) -> u32 {
        inner.link = self.space.slab[slot].link;
        let inner = self.space.slab.add(inner);
        self.space.slab[slot].link = inner;
        inner
    }

    /// Holds a track in one state for as long as the stage lasts, from an instant on and since an earlier one.
    pub(super) fn hold_track(
        &mut self,
        slot: u32,
        number: TrackId,
        state: StateId,
        (at, since): (Tick, Tick),
        origin: Origin,
    ) {
        let outer = &self.space.slab[slot];
        let mut inner = Live::new(outer.child, state, at, origin);
        (inner.track, inner.phase) = (number, Phase::Held);
        (inner.since, inner.begun) = (since, true);
        let step = &self.model.rules.steps[state];
        let visit = self.space.slab.visits(slot, step.visit);
        inner.price = self.model.price(&inner.child, state, step, visit);
        self.observer.entered(&inner.child, &inner.entry(at, inner.price));
        self.link(slot, inner);
    }

    /// A child in a track beside its stage.
    pub(super) fn inner(&self, slot: u32, number: TrackId, plan: ExitId, at: Tick) -> Live {
        let outer = &self.space.slab[slot];
        let visit = self.space.slab.visits(slot, self.model.rules.steps[outer.state].visit);
        self.model.inner(outer, visit, number, plan, at)
    }
}

impl super::Model<'_> {
    /// The price of a spell in a state at a visit, relative to its line's average, in thousandths.
    #[inline]
    pub(super) fn price(self, child: &Child, state: StateId, step: &Step, visit: u64) -> u32 {
        if step.priced { self.drawn_price(child, state, step, visit) } else { AVERAGE }
    }

    #[inline(never)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    fn drawn_price(self, child: &Child, state: StateId, step: &Step, visit: u64) -> u32 {
        let Some(table) = &self.scenario.stays[state].price else { return AVERAGE };
        let bits = stay_draws(child, step, visit, false).keyed(purpose::PRICE).bits();
        (table.quantile(bits) / table.mean() * 1000.0 + 0.5) as u32
    }

    /// A child in a track beside a stage: what is drawn for it is its own for each visit to the stage.
    fn inner(self, outer: &Live, visit: u64, number: TrackId, plan: ExitId, at: Tick) -> Live {
        let track = &self.scenario.pathway.tracks[number];
        let stage = self.scenario.pathway.states[outer.state].key;
        let beside = |draws: Stream| draws.shifted(track.key, visit).keyed(stage);
        let Child { draws, family_draws, .. } = outer.child;
        let child = Child { draws: beside(draws), family_draws: beside(family_draws), ..outer.child };
        let mut inner = Live::new(child, track.states.start(), at, Origin::Track);
        (inner.plan, inner.track) = (self.plan(plan), number);
        inner.state = self.first_state(number, &inner, at);
        inner
    }

    /// In which of its states a track begins.
    fn first_state(self, number: TrackId, inner: &Live, at: Tick) -> StateId {
        let track = &self.scenario.pathway.tracks[number];
        let row = self.row(&track.grid, inner, at);
        let width = self.scenario.file.tracks[&track.name].states.len();
        let bits = inner.child.draws.keyed(purpose::FIRST).lot();
        track.states.nth(self.rules.firsts[number][row * width..][..width].partition_point(|&t| t <= bits))
    }

    /// The plan that an exit stands for.
    pub(super) fn plan(self, exit: ExitId) -> u16 {
        self.scenario.pathway.exits.get(exit).map_or(0, |exit| exit.plan)
    }
}
