//! Pools of places and yearly quotas: offer, take, wait, release. They know neither clock nor chance nor
//! money.

use std::collections::{BTreeSet, VecDeque};

/// Places that children hold for a while, and the line of those who wait for one.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    taken: u32,
    line: VecDeque<u32>,
}

impl Pool {
    /// Takes a place whatever the limit: a child who was there on the first day.
    pub fn take(&mut self) {
        self.taken += 1;
    }

    /// Takes a place if fewer than `places` are taken and nobody is waiting; says whether it did.
    pub fn request(&mut self, places: u32) -> bool {
        let free = self.taken < places && self.line.is_empty();
        self.taken += u32::from(free);
        free
    }

    /// Joins the end of the line.
    pub fn wait(&mut self, who: u32) {
        self.line.push_back(who);
    }

    /// Leaves the line.
    pub fn give_up(&mut self, who: u32) {
        self.line.retain(|&w| w != who);
    }

    /// Gives up a place.
    pub fn release(&mut self) {
        self.taken -= 1;
    }

    /// Whether anybody waits for a place.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        !self.line.is_empty()
    }

    /// Gives a free place, if there is one, to the first in line.
    pub fn grant(&mut self, places: u32) -> Option<u32> {
        if self.taken >= places {
            return None;
        }
        let first = self.line.pop_front()?;
        self.taken += 1;
        Some(first)
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
        assert!(pool.request(2) && pool.request(2));
        assert!(!pool.request(2));
        pool.wait(7);
        pool.wait(8);
        assert_eq!(pool.grant(2), None);
        pool.release();
        assert!(!pool.request(2), "the line comes first");
        assert_eq!(pool.grant(2), Some(7));
        pool.give_up(8);
        pool.release();
        assert_eq!(pool.grant(2), None);
        assert_eq!(pool.taken(), 1);
    }

    #[test]
    fn a_quota_counts_families_not_children_and_starts_anew_each_year() {
        let mut quota = Quota::default();
        assert!(quota.request(0, 1, 1) && quota.request(0, 1, 1));
        assert!(!quota.request(0, 2, 1));
        assert!(quota.request(1, 2, 1));
    }
}
