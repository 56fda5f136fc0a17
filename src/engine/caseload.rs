//! The children who are already there.

use super::{
    Engine,
    ending::{decision_luck, stay_luck},
    live::Live,
    purpose,
};
use crate::pathway::{
    During, ExitId, StateId, Table, TrackId,
    calendar::Tick,
    chance::{below, mix, name_key, unit},
};
use crate::record::{Entry, Observer, Origin};
use crate::scenario::{Cell, Opening};

impl<O: Observer> Engine<'_, O> {
    /// Puts the opening caseload where it is.
    pub(super) fn place_opening(&mut self) {
        let scenario = self.model.scenario;
        for opening in &scenario.openings {
            self.opening(opening);
        }
    }

    /// The children of a stage, in groups of siblings. Children of one kind lie together in the list, so
    /// groups are made of children that lie far apart, as brothers and sisters differ in age.
    fn opening(&mut self, opening: &Opening) {
        let model = self.model;
        let state_key = model.scenario.pathway.states[opening.state].key;
        let key = mix(model.rules.luck.wrapping_add(state_key).wrapping_add(name_key("opening")));
        let kinds: Vec<&Cell> =
            opening.cells.iter().flat_map(|c| std::iter::repeat_n(c, c.children as usize)).collect();
        let mut order: Vec<usize> = (0..kinds.len()).collect();
        if opening.family_sizes.len() > 1 {
            order.sort_by_key(|&i| below(key, i as u64));
        }
        let mut given = 0;
        let mut group = 0;
        while given < order.len() {
            let family = below(mix(key), group);
            let u = unit(mix(family.wrapping_add(purpose::SIZE)));
            let size = opening.family_sizes.partition_point(|&s| s <= u) + 1;
            let members = &order[given..(given + size).min(order.len())];
            for (number, &who) in members.iter().enumerate() {
                self.place(opening, kinds[who], family, number, members.len());
            }
            given += members.len();
            group += 1;
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "families have at most 20 children")]
    fn place(&mut self, opening: &Opening, cell: &Cell, family: u64, number: usize, siblings: usize) {
        let luck = below(family, number as u64);
        let age = self.age_within(cell.band, unit(mix(luck.wrapping_add(purpose::AGE))));
        let born = self.model.scenario.calendar.born(0, age);
        let mut child = self.child(family, number as u32, siblings as u32, born, cell.cohort, cell.band);
        let u = unit(mix(luck.wrapping_add(purpose::NEED)));
        child.need = cell.needs.partition_point(|&s| s <= u).min(cell.needs.len() - 1) as u8;
        let live = Live::new(child, opening.state, 0, Origin::Opening);
        let served = if opening.fresh { 0 } else { self.served(&live, opening.state, age, age) };
        let slot = self.space.slab.add(live);
        let plan = self.go_on(slot, served);
        let state = opening.state;
        if self.model.rules.steps[state].accompanied {
            self.place_tracks(slot, plan, &cell.tracks, served);
        }
    }

    /// Puts a child into a spell that has lasted for so long; gives the exit it is bound for.
    fn go_on(&mut self, slot: u32, served: Tick) -> ExitId {
        let live = &mut self.space.slab[slot];
        let step = &self.model.rules.steps[live.state];
        // Nobody has been anywhere yet.
        (live.luck, live.family_luck) =
            (decision_luck(&live.child, step, 0), stay_luck(&live.child, step, 0, true));
        (live.served, live.since) = (served, -served);
        if step.served {
            self.meet_past_paces(slot);
        }
        let ending = self.model.ending_of_opening(&self.space.slab[slot], step);
        let price = self.count_and_price(slot, step);
        let live = &mut self.space.slab[slot];
        (live.price, live.told) = (price, true);
        let entry =
            Entry { state: live.state, at: 0, since: -served, origin: Origin::Opening, price: live.price };
        self.observer.entered(&live.child, &entry);
        if let Some(pool) = step.pool {
            live.seized = true;
            self.space.pools[pool.index()].take();
        }
        self.start_clock(slot, ending, 0);
        self.file_birthday(slot, self.space.slab[slot].birthday);
        ending.plan
    }

    /// How long a child has been in a state; never longer than `most`.
    fn served(&self, live: &Live, state: StateId, age: Tick, most: Tick) -> Tick {
        let Some(table) = &self.model.scenario.stays[state].served else { return 0 };
        let child = &live.child;
        let row =
            table.grid.row(usize::from(child.cohort), usize::from(child.need), usize::from(live.plan), 0);
        let u = unit(mix(self.model.scenario.pathway.states[state]
            .key
            .wrapping_add(child.luck)
            .wrapping_add(purpose::SERVED)));
        table.at(row, age, u, most)
    }

    /// The tracks beside a stage on the first day: in the states given, or begun on that day.
    fn place_tracks(
        &mut self,
        slot: u32,
        plan: ExitId,
        states: &Table<TrackId, Option<StateId>>,
        served: Tick,
    ) {
        let model = self.model;
        let stage = self.space.slab[slot].state;
        for number in model.scenario.pathway.tracks.ids().iter().skip(1) {
            match model.scenario.pathway.tracks[number].during[stage] {
                During::Off => {}
                During::Held(state) => self.hold_track(slot, number, state, (0, -served), Origin::Opening),
                During::Runs => {
                    let mut inner = self.inner(slot, number, plan, 0);
                    let Some(state) = states[number] else {
                        let inner = self.link(slot, inner);
                        self.proceed(inner, 0);
                        continue;
                    };
                    (inner.state, inner.origin) = (state, Origin::Opening);
                    // It has been there no longer than in the stage.
                    let served = self.served(&inner, state, model.age(&inner.child, 0), served);
                    let inner = self.link(slot, inner);
                    self.go_on(inner, served);
                }
            }
        }
    }
}
