//! Pools of places and yearly quotas: seize, queue, release. They know neither clock nor chance nor money.

use std::collections::{BTreeSet, VecDeque};

/// Places that children hold for a while, and the queue of those who wait for one.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    taken: u32,
    /// Who waits, in order. Whoever has left the queue is still in it, under a ticket that is not theirs any more.
    queue: VecDeque<(u32, u32)>,
    waiting: u32,
}

impl Pool {
    /// Empties the pool.
    pub fn clear(&mut self) {
        self.taken = 0;
        self.queue.clear();
        self.waiting = 0;
    }

    /// Takes a place whatever the limit: a child who was there on the first day.
    pub fn take(&mut self) {
        self.taken += 1;
    }

    /// Takes a place if fewer than `places` are taken and nobody waits; says whether it did.
    pub fn seize(&mut self, places: u32) -> bool {
        let free = self.taken < places && self.waiting == 0;
        self.taken += u32::from(free);
        free
    }

    /// Joins the end of the queue under a ticket.
    pub fn enqueue(&mut self, who: u32, ticket: u32) {
        self.queue.push_back((who, ticket));
        self.waiting += 1;
    }

    /// Somebody leaves the queue. The caller makes the ticket void.
    pub fn give_up(&mut self) {
        self.waiting -= 1;
        if self.waiting == 0 {
            self.queue.clear();
        }
    }

    /// Who has joined the queue under which ticket, first come first; some have left it since.
    pub fn queue(&self) -> impl Iterator<Item = &(u32, u32)> {
        self.queue.iter()
    }

    /// Gives a place back.
    pub fn release(&mut self) {
        self.taken -= 1;
    }

    /// Whether anybody waits for a place.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        self.waiting > 0
    }

    /// Gives a free place, if there is one, to the first in the queue whose ticket still holds.
    pub fn grant(&mut self, places: u32, holds: impl Fn(u32, u32) -> bool) -> Option<u32> {
        if self.taken >= places || self.waiting == 0 {
            return None;
        }
        let who = self.next_waiting(holds)?;
        self.taken += 1;
        Some(who)
    }

    /// Takes the first whose ticket still holds out of the queue.
    pub fn next_waiting(&mut self, holds: impl Fn(u32, u32) -> bool) -> Option<u32> {
        while let Some((who, ticket)) = self.queue.pop_front() {
            if holds(who, ticket) {
                self.waiting -= 1;
                return Some(who);
            }
        }
        None
    }

    /// How many places are taken.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.taken
    }
}

/// So many families a financial year.
#[derive(Debug, Clone, Default)]
pub struct Quota {
    year: usize,
    families: BTreeSet<u64>,
}

impl Quota {
    /// Whether a family is taken on in a year; brothers and sisters of one taken on come with it.
    pub fn request(&mut self, year: usize, family: u64, places: u32) -> bool {
        if year != self.year {
            self.year = year;
            self.families.clear();
        }
        let known = self.families.contains(&family);
        let free = known || self.families.len() < places as usize;
        if free && !known {
            self.families.insert(family);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_until_none_is_left_and_then_granted_in_order() {
        let mut pool = Pool::default();
        assert!(pool.seize(2) && pool.seize(2));
        assert!(!pool.seize(2));
        for who in [6, 7, 8] {
            pool.enqueue(who, 1);
        }
        let holds = |who: u32, ticket: u32| who != 6 && ticket == 1;
        pool.give_up();
        assert_eq!(pool.grant(2, holds), None);
        pool.release();
        assert!(!pool.seize(2), "the queue comes first");
        assert_eq!(pool.grant(2, holds), Some(7), "6 has given up");
        pool.give_up();
        pool.release();
        assert_eq!(pool.grant(2, holds), None);
        assert_eq!(pool.taken(), 1);
        assert!(pool.seize(2), "nobody waits any more");
    }

    #[test]
    fn a_quota_counts_families_not_children_and_starts_anew_each_year() {
        let mut quota = Quota::default();
        assert!(quota.request(0, 1, 1) && quota.request(0, 1, 1));
        assert!(!quota.request(0, 2, 1));
        assert!(quota.request(1, 2, 1));
    }
}
