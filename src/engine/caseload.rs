//! The children who are already there.

use super::{Engine, Observer, Walker, purpose};
use crate::pathway::{
    StateId,
    calendar::Tick,
    chance::{below, mix, name_key, unit},
};
use crate::scenario::{Cell, Opening};

impl<O: Observer> Engine<'_, O> {
    /// Puts the opening caseload where it is and walks it on.
    pub(super) fn take_stock(&mut self) {
        let scenario = self.scenario;
        for opening in &scenario.openings {
            self.opening(opening);
        }
    }

    /// The children of a stage, in groups of siblings. Children of one kind lie together in the list, so
    /// groups are made of children that lie far apart, as brothers and sisters differ in age.
    fn opening(&mut self, opening: &Opening) {
        let key = mix(self
            .world
            .luck
            .wrapping_add(self.scenario.pathway.states[opening.state].key)
            .wrapping_add(name_key("opening")));
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
                self.open(opening, kinds[who], family, number, members.len());
            }
            given += members.len();
            group += 1;
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "families have at most 20 children")]
    fn open(&mut self, opening: &Opening, cell: &Cell, family: u64, number: usize, siblings: usize) {
        let luck = below(family, number as u64);
        let age = self.age_within(cell.band, unit(mix(luck.wrapping_add(purpose::AGE))));
        let mut child = self.child(family, number as u32, siblings as u32, -age, cell.cohort, cell.band);
        let u = unit(mix(luck.wrapping_add(purpose::NEED)));
        child.need = cell.needs.partition_point(|&s| s <= u).min(cell.needs.len() - 1) as u8;
        let mut walker = self.walker(child, opening.state, 0);
        let served = if opening.fresh { 0 } else { self.served(&walker, opening.state, age, age) };
        self.observer.open(&child, opening.state, served);
        self.take_place(opening.state);
        let step = &self.world.steps[opening.state];
        let ending = self.go_on(&mut walker, step, served);
        if self.finish(&mut walker, step, ending, Some((&cell.tracks, served))) {
            self.walk(&mut walker);
        }
    }

    /// How long a child has been in a state; never longer than `most`.
    fn served(&self, walker: &Walker, state: StateId, age: Tick, most: Tick) -> Tick {
        let Some(table) = &self.scenario.stays[state].served else { return 0 };
        let child = &walker.child;
        let row =
            table.grid.row(usize::from(child.cohort), usize::from(child.need), usize::from(walker.plan), 0);
        let u = unit(mix(self.scenario.pathway.states[state]
            .key
            .wrapping_add(child.luck)
            .wrapping_add(purpose::SERVED)));
        table.at(row, age, u, most)
    }

    fn take_place(&mut self, state: StateId) {
        if let Some(pool) = self.world.steps[state].pool {
            self.desk.places[pool.index()].take();
        }
    }

    /// A child who is in a state of a track on the first day. It has been there no longer than in the stage.
    pub(super) fn open_track(&mut self, walker: &mut Walker, most: Tick) {
        let age = walker.now - walker.child.born;
        let served = self.served(walker, walker.state, age, most);
        self.observer.open(&walker.child, walker.state, served);
        self.take_place(walker.state);
        let step = &self.world.steps[walker.state];
        let ending = self.go_on(walker, step, served);
        if self.finish(walker, step, ending, None) {
            self.walk(walker);
        }
    }
}
