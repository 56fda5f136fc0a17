//! How often a child has been where.

use crate::scenario::build::MOST_STATES;

/// Visits to each state of a track, counted from 0 to 15 and round again: two states to a byte, since a child
/// carries them wherever it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visits([u8; MOST_STATES / 2]);

impl Visits {
    /// No visits yet.
    pub(super) const NONE: Self = Self([0; MOST_STATES / 2]);

    /// Visits to a state, by its position within its track.
    #[inline]
    pub(super) fn of(&self, state: u8) -> u64 {
        let (byte, shift) = place(state);
        u64::from(self.0[byte] >> shift & 15)
    }

    /// Counts a visit; says whether that comes round to none.
    #[inline]
    pub(super) fn count(&mut self, state: u8) -> bool {
        let (byte, shift) = place(state);
        let pair = self.0[byte];
        let round = pair >> shift & 15 == 15;
        self.0[byte] = if round { pair & !(15 << shift) } else { pair + (1 << shift) };
        round
    }
}

/// Which byte, and how far up in it.
#[inline]
fn place(state: u8) -> (usize, u32) {
    (usize::from(state) / 2 % (MOST_STATES / 2), u32::from(state) % 2 * 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_come_round_without_touching_the_neighbour() {
        let mut visits = Visits::NONE;
        visits.count(2);
        for visit in 1..=32 {
            assert_eq!(visits.count(3), visit % 16 == 0);
            assert_eq!((visits.of(2), visits.of(3)), (1, visit % 16));
        }
    }
}
