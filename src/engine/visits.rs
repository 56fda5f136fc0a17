//! How often a child has been where.

use crate::scenario::build::MOST_STATES;

/// Visits to each state of a track.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visits([u16; MOST_STATES]);

impl Visits {
    /// No visits yet.
    pub(super) const NONE: Self = Self([0; MOST_STATES]);

    /// Visits to a state, by its position within its track.
    #[inline]
    pub(super) fn of(&self, state: u8) -> u64 {
        u64::from(self.0[usize::from(state) % MOST_STATES])
    }

    /// Counts a visit. A stay that is not the last of a chain takes a tenth of a day at least, so a childhood holds no more visits
    /// than can be counted; should one go round, it draws as at its first visit.
    #[inline]
    pub(super) fn count(&mut self, state: u8) {
        let visits = &mut self.0[usize::from(state) % MOST_STATES];
        *visits = visits.wrapping_add(1);
    }
}
