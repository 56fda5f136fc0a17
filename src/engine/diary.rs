//! What is still to happen at shared places, in order of time.
//!
//! One bucket a day, each a chain through one store of touches; a day is sorted when it comes. Only what
//! touches a shared place is entered here: children who meet nobody are walked on at once.

use std::cmp::Reverse;

use crate::pathway::calendar::{DAY, Tick};

/// What happens at a shared place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// A place is given up; who waits is granted it.
    Release,
    /// Who waits can wait no longer.
    GiveUp,
    /// A child asks for a place.
    Request,
}

/// Something that touches a shared place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// When.
    pub at: Tick,
    /// What.
    pub deed: Deed,
    /// Which pool or service.
    pub place: u32,
    /// Who, by number of the walker; nobody in particular gives up a place.
    pub walker: u32,
    /// Which time this walker has asked.
    pub ticket: u32,
}

/// The order of touches of one deed at one tick: since when the child has wanted it, its family, which child of
/// the family it is.
pub type Rank = (Tick, u64, u32);

const NONE: u32 = u32::MAX;
/// Bits that tell deeds apart.
const DEED_BITS: u32 = 2;
/// Bits that say where a touch is in the store.
const SLOT_BITS: u32 = 32;

/// The diary.
#[derive(Debug, Default)]
pub struct Diary {
    /// First touch of each day.
    days: Vec<u32>,
    /// All touches, each with the next of its day.
    store: Vec<(Touch, u32)>,
    free: Vec<u32>,
    /// What is left of the day that has come, latest first.
    today: Vec<u64>,
    now: usize,
}

impl Diary {
    /// Empties the diary and makes room for so many days.
    pub fn open(&mut self, days: usize) {
        self.days.clear();
        self.days.resize(days, NONE);
        self.store.clear();
        self.free.clear();
        self.today.clear();
        self.now = usize::MAX;
    }

    /// Enters a touch. Touches after the last day are forgotten.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "touches are never before the first day"
    )]
    #[inline]
    pub fn enter(&mut self, touch: Touch, rank: impl Fn(&Touch) -> Rank) {
        let day = (touch.at / DAY) as usize;
        let Some(first) = self.days.get_mut(day) else { return };
        let slot = self.free.pop().unwrap_or(self.store.len() as u32);
        let next = if day == self.now { NONE } else { std::mem::replace(first, slot) };
        match self.store.get_mut(slot as usize) {
            Some(free) => *free = (touch, next),
            None => self.store.push((touch, next)),
        }
        if day == self.now {
            self.enter_today(slot, rank);
        }
    }

    /// Puts a touch in its place among what is left of the day.
    #[inline(never)]
    fn enter_today(&mut self, slot: u32, rank: impl Fn(&Touch) -> Rank) {
        let touch = &self.store[slot as usize].0;
        let line = line(touch, slot);
        let later = |&other: &u64| {
            other >> SLOT_BITS < line >> SLOT_BITS
                || meet(other, line) && rank(&self.store[slot_of(other) as usize].0) > rank(touch)
        };
        let place = self.today.partition_point(later);
        self.today.insert(place, line);
    }

    /// Turns to a day.
    pub fn turn_to(&mut self, day: usize, rank: impl Fn(&Touch) -> Rank) {
        self.now = day;
        let mut next = std::mem::replace(&mut self.days[day], NONE);
        while next != NONE {
            let (touch, after) = &self.store[next as usize];
            self.today.push(line(touch, next));
            next = *after;
        }
        self.today.sort_unstable();
        // Few touches meet at one tick; those that do are looked at in full.
        if self.today.windows(2).any(|pair| meet(pair[0], pair[1])) {
            for met in self.today.chunk_by_mut(|&a, &b| meet(a, b)) {
                met.sort_by_key(|&line| Reverse(rank(&self.store[slot_of(line) as usize].0)));
            }
        }
    }

    /// The next touch of the day.
    #[inline]
    pub fn take_next(&mut self) -> Option<Touch> {
        let slot = slot_of(self.today.pop()?);
        self.free.push(slot);
        Some(self.store[slot as usize].0)
    }
}

/// A touch of the day that has come as one number that rises from the latest to the next: all bits of the
/// time of day and the deed turned over, and then where it is in the store.
#[inline]
fn line(touch: &Touch, slot: u32) -> u64 {
    let order = (touch.at % DAY).cast_unsigned() << DEED_BITS | touch.deed as u64;
    !order << SLOT_BITS | u64::from(slot)
}

/// Whether two lines are of one deed at one tick.
#[inline]
fn meet(a: u64, b: u64) -> bool {
    a >> SLOT_BITS == b >> SLOT_BITS
}

/// Where the touch of a line is in the store.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the lower bits are the slot")]
fn slot_of(line: u64) -> u32 {
    line as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A touch by a walker whose number says since when it has wanted a place.
    fn touch(at: Tick, deed: Deed, walker: u32) -> Touch {
        Touch { at, deed, place: 0, walker, ticket: 0 }
    }

    fn rank(touch: &Touch) -> Rank {
        (touch.walker.into(), 0, 0)
    }

    #[test]
    fn at_one_tick_releases_come_before_requests_and_then_who_wanted_it_first() {
        let mut diary = Diary::default();
        diary.open(2);
        let order = [
            touch(5, Deed::Request, 9),
            touch(7, Deed::Release, 8),
            touch(7, Deed::Request, 1),
            touch(7, Deed::Request, 2),
            touch(7, Deed::Request, 3),
        ];
        for &i in &[3, 1, 4, 0] {
            diary.enter(order[i], rank);
        }
        diary.turn_to(0, rank);
        assert_eq!(diary.take_next(), Some(order[0]));
        diary.enter(order[2], rank);
        for wanted in &order[1..] {
            assert_eq!(diary.take_next().as_ref(), Some(wanted));
        }
        assert_eq!(diary.take_next(), None);
    }

    #[test]
    fn what_comes_after_the_last_day_is_forgotten() {
        let mut diary = Diary::default();
        diary.open(1);
        diary.enter(touch(DAY, Deed::Request, 0), rank);
        diary.turn_to(0, rank);
        assert_eq!(diary.take_next(), None);
    }
}
