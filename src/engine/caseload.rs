//! The children who are already there.

use super::{
    Engine,
    ending::{decision_draws, stay_draws},
    live::{Acting, Live},
    purpose,
};
use crate::pathway::{Child, During, ExitId, StateId, TrackId, calendar::Tick};
use crate::record::{Observer, Origin};
use crate::scenario::{Cell, Opening};
use crate::stream::Stream;

/// A child who is there, as the file and the draws have it, before anything happens to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opener<'a> {
    /// The caseload it belongs to.
    pub opening: &'a Opening,
    /// Its kind.
    pub cell: &'a Cell,
    /// The child.
    pub child: Child,
    /// The exit it is bound for, by its position in the stage; none in a race, and where stays begin as any
    /// other does.
    pub exit: Option<usize>,
    /// How long it has been there.
    pub served: Tick,
}

/// Where a child is in a track on the first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InTrack {
    /// The state.
    pub state: StateId,
    /// For how long: no longer than in the stage.
    pub served: Tick,
}

impl Opener<'_> {
    /// Where the child is in a track that runs beside its stage, given the row of the track's numbers that its plan
    /// and kind make, and two uniforms; none if the track begins for it as for those who enter.
    pub(super) fn in_track(
        &self,
        track: TrackId,
        plan: usize,
        u_state: f64,
        u_served: f64,
    ) -> Option<InTrack> {
        let given = self.cell.tracks[track];
        let Some(known) = &self.opening.tracks[track] else {
            return given.map(|state| InTrack { state, served: self.served });
        };
        let row = known.grid.row(usize::from(self.child.cohort), usize::from(self.child.need), plan, 0);
        let entered_at = -self.child.born - self.served;
        let state = given.unwrap_or_else(|| known.state(row, entered_at, self.served, u_state));
        Some(InTrack { state, served: known.served(state, row, entered_at, self.served, u_served) })
    }
}

impl<'a, O: Observer> Engine<'a, O> {
    /// Puts the opening caseload where it is.
    pub(super) fn open_caseload(&mut self) {
        let scenario = self.model.scenario;
        for opening in &scenario.openings {
            self.opening(opening);
        }
    }

    /// The children of a stage, in groups of siblings. Children of one kind lie together in the list, so
    /// groups are made of children that lie far apart, as brothers and sisters differ in age.
    fn opening(&mut self, opening: &'a Opening) {
        let model = self.model;
        let state_key = model.scenario.pathway.states[opening.state].key;
        let draws = model.rules.draws.shifted(state_key, 0).child("opening");
        let kinds: Vec<&Cell> =
            opening.cells.iter().flat_map(|c| std::iter::repeat_n(c, c.children as usize)).collect();
        // No two are the same.
        let mut order: Vec<(u64, usize)> =
            (0..kinds.len()).map(|i| (draws.nth(i as u64).bits(), i)).collect();
        if opening.family_sizes.len() > 1 {
            order.sort_unstable();
        }
        let mut given = 0;
        let mut group = 0;
        while given < order.len() {
            let family = draws.keyed(0).nth(group);
            let u = family.keyed(purpose::SIZE).unit();
            let size = opening.family_sizes.partition_point(|&s| s <= u) + 1;
            let members = &order[given..(given + size).min(order.len())];
            for (number, &(_, who)) in members.iter().enumerate() {
                let opener = self.opener(opening, kinds[who], family, (number, members.len()));
                self.open_spell(&opener);
            }
            given += members.len();
            group += 1;
        }
    }

    /// Makes a child: its age, its need, the exit that it is bound for and how long it has been there.
    #[expect(clippy::cast_possible_truncation, reason = "families have at most 20 children, classes are few")]
    fn opener(
        &self,
        opening: &'a Opening,
        cell: &'a Cell,
        family: Stream,
        (number, siblings): (usize, usize),
    ) -> Opener<'a> {
        let draws = family.nth(number as u64);
        let draw = |purpose: u64| draws.keyed(purpose).unit();
        let u = draw(purpose::NEED);
        let need = cell.needs.partition_point(|&s| s <= u).min(cell.needs.len() - 1);
        let age = cell.ages[need].at(draw(purpose::AGE));
        let born = self.model.scenario.calendar.born(0, age);
        let mut child = self.child(family, number as u32, siblings as u32, born, cell.cohort, cell.band);
        child.need = need as u8;
        let live = Live::new(child, opening.state, 0, Origin::Opening);
        let step = &self.model.rules.steps[opening.state];
        let u_exit = decision_draws(&live.child, step, 0).keyed(purpose::EXIT).unit();
        let key = self.model.scenario.pathway.states[opening.state].key;
        let u_served = child.draws.shifted(key, 0).keyed(purpose::SERVED).unit();
        let drawn = opening.draw(cell, need, age, u_exit, u_served);
        // Years differ in length: who came after birth would by a day have come before it.
        let served = if drawn.served <= age { drawn.served.min(-born) } else { drawn.served };
        Opener { opening, cell, child, exit: drawn.exit, served }
    }

    fn open_spell(&mut self, opener: &Opener) {
        let state = opener.opening.state;
        let slot = self.space.slab.add(Live::new(opener.child, state, 0, Origin::Opening));
        let plan = self.go_on(slot, opener.served, opener.exit);
        if self.model.rules.steps[state].accompanied {
            self.open_tracks(slot, plan, opener);
        }
    }

    /// Puts a child into a spell that has lasted for so long, bound for an exit if that is known; gives the exit it is
    /// bound for.
    fn go_on(&mut self, slot: u32, served: Tick, exit: Option<usize>) -> ExitId {
        let live = &mut self.space.slab[slot];
        let step = &self.model.rules.steps[live.state];
        // Nobody has been anywhere yet.
        live.draws = decision_draws(&live.child, step, 0);
        (live.served, live.since) = (served, -served);
        if step.reached {
            let (live, help) = self.space.slab.with_help(slot);
            help.draws = stay_draws(&live.child, step, 0, true);
            self.meet_past_hazard_ratios(slot);
        }
        let (_, visit) = self.space.slab.count_visit(slot, step.visit);
        let (live, help) = self.space.slab.with_help(slot);
        let acting = if step.reached { help.acting } else { Acting::default() };
        let ending = self.model.ending_of_opening(live, acting, step, exit);
        live.price = self.model.price(&live.child, live.state, step, visit);
        live.begun = true;
        self.observer.entered(&live.child, &live.entry(0, live.price));
        if let Some(pool) = step.pool {
            live.seized = true;
            self.space.resources[pool.index()].take();
        }
        self.start_clock(slot, ending, 0);
        if step.reached {
            self.file_birthday(slot);
        }
        ending.plan
    }

    /// The tracks beside a stage on the first day: where the child is in each, or begun on that day.
    fn open_tracks(&mut self, slot: u32, plan: ExitId, opener: &Opener) {
        let (model, served) = (self.model, opener.served);
        let stage = self.space.slab[slot].state;
        for number in model.scenario.pathway.tracks.ids().iter().skip(1) {
            match model.scenario.pathway.tracks[number].during[stage] {
                During::Off => {}
                During::Held(state) => self.hold_track(slot, number, state, (0, -served), Origin::Opening),
                During::Runs => {
                    let mut inner = self.inner(slot, number, plan, 0);
                    let key = model.scenario.pathway.tracks[number].key;
                    let draws = inner.child.draws.shifted(key, 0);
                    let draw = |purpose: u64| draws.keyed(purpose).unit();
                    let (u_state, u_served) = (draw(purpose::FIRST), draw(purpose::SERVED));
                    let Some(within) = opener.in_track(number, usize::from(inner.plan), u_state, u_served)
                    else {
                        inner.origin = Origin::Opening;
                        let inner = self.link(slot, inner);
                        self.proceed(inner, 0);
                        continue;
                    };
                    (inner.state, inner.origin) = (within.state, Origin::Opening);
                    let inner = self.link(slot, inner);
                    self.go_on(inner, within.served, None);
                }
            }
        }
    }
}
