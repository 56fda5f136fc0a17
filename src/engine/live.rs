//! Children who are there: one record for each, and one for each track that runs beside its stage.

use std::ops::{Index, IndexMut};

use crate::pathway::{Child, ExitId, StateId, TrackId, calendar::Tick};
use crate::record::Origin;

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// How far a child has come with the state it is bound for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody: the slot is free.
    Free,
    /// Has come to the door; nothing has been asked yet.
    Outside,
    /// Has asked for a place of the pool.
    AsksPool,
    /// Is in the waiting state until the pool has a place.
    WaitsForPool,
    /// Is let in; next to ask is the service at this position.
    Inside(u8),
    /// Has asked the service at this position.
    AsksService(u8),
    /// Is in the state, waiting until the service at this position has a place.
    WaitsForService(u8),
    /// Is in the state, and its clock runs.
    Stays,
    /// Is held in a state of a track for as long as its stage lasts.
    Held,
}

/// A child in a state or at its door; in a track, one with luck of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Live {
    pub child: Child,
    pub state: StateId,
    pub phase: Phase,
    /// Since when it has been in the state: before the start for the opening caseload.
    pub since: Tick,
    /// When the next event is due: the end of the spell, a request, or giving up.
    pub due: Tick,
    /// The exit it takes when the spell ends.
    pub exit: ExitId,
    /// The exit it is bound for: that one, unless a birthday comes first.
    pub bound_for: ExitId,
    /// How it came here.
    pub origin: Origin,
    /// The price of the spell in thousandths.
    pub price: u32,
    /// The exit drawn for the stage that the track runs beside, as a plan.
    pub plan: u16,
    /// Whether the spell has been told to have begun.
    pub told: bool,
    /// Whether it holds a place of the state's pool.
    pub seized: bool,
    /// Which track, by position; 0 is the main one.
    pub track: TrackId,
    /// The first of the tracks beside its stage; for a track, the next one.
    pub link: u32,
    /// Its request in a queue, by number: void once it has left the queue.
    pub ticket: u32,
    /// When it came to the door.
    pub asked: Tick,
    /// Key of what is decided in this spell.
    pub luck: u64,
    /// Key of what the family takes up in this spell.
    pub family_luck: u64,
    /// Services with few places that have taken the child in, by position.
    pub taken: u64,
    /// Interventions that have acted on the exit or the time drawn.
    pub acted: u64,
    /// Interventions whose pace the spell has met.
    pub met: u64,
    /// When the clock began to run, and what had been served by then.
    pub clock: Tick,
    pub served: Tick,
    /// When a birthday may bring it into the reach of a pace.
    pub birthday: Tick,
}

impl Live {
    /// A child at the door of a state.
    pub fn new(child: Child, state: StateId, at: Tick, origin: Origin) -> Self {
        Self {
            child,
            state,
            phase: Phase::Outside,
            since: at,
            due: Tick::MAX,
            exit: ExitId::from_index(0),
            bound_for: ExitId::from_index(0),
            origin,
            price: 1000,
            plan: 0,
            told: false,
            seized: false,
            track: TrackId::MAIN,
            link: NONE,
            ticket: 0,
            asked: at,
            luck: 0,
            family_luck: 0,
            taken: 0,
            acted: 0,
            met: 0,
            clock: at,
            served: 0,
            birthday: Tick::MAX,
        }
    }
}

/// Records by slot, with the free ones to be used again.
#[derive(Debug, Default)]
pub(super) struct Slab {
    live: Vec<Live>,
    free: Vec<u32>,
    /// How often each child has been in each state of its track, slot by slot.
    visits: Vec<u16>,
    /// States in the longest track.
    states: usize,
}

impl Slab {
    /// Empties it, for tracks of so many states.
    pub fn clear(&mut self, states: usize) {
        self.live.clear();
        self.free.clear();
        self.visits.clear();
        self.states = states;
    }

    /// How often a child has been in a state, by its position within the track.
    #[inline]
    pub fn visits(&self, slot: u32, state: u8) -> u64 {
        self.visits[slot as usize * self.states + usize::from(state)].into()
    }

    /// Counts a visit. A stay that leads on takes a tenth of a day at least, so a childhood holds no more visits than can be
    /// counted; should one go round, it draws as at its first visit.
    #[inline]
    pub fn count_visit(&mut self, slot: u32, state: u8) {
        let visits = &mut self.visits[slot as usize * self.states + usize::from(state)];
        *visits = visits.wrapping_add(1);
    }

    #[expect(clippy::cast_possible_truncation, reason = "children are far fewer than 2^32")]
    pub fn add(&mut self, mut live: Live) -> u32 {
        if let Some(slot) = self.free.pop() {
            // A request of whoever was here before is void.
            live.ticket = self[slot].ticket + 1;
            self[slot] = live;
            self.visits[slot as usize * self.states..][..self.states].fill(0);
            return slot;
        }
        self.live.push(live);
        self.visits.resize(self.live.len() * self.states, 0);
        self.live.len() as u32 - 1
    }

    pub fn remove(&mut self, slot: u32) {
        self[slot].phase = Phase::Free;
        self.free.push(slot);
    }

    /// The slots that are not free.
    #[expect(clippy::cast_possible_truncation, reason = "children are far fewer than 2^32")]
    pub fn slots(&self) -> impl Iterator<Item = u32> {
        (0..self.live.len() as u32).filter(|&slot| self[slot].phase != Phase::Free)
    }

    /// Those whose spell in a state has begun.
    pub fn open(&self) -> impl Iterator<Item = &Live> {
        let there = |live: &&Live| {
            matches!(live.phase, Phase::Stays | Phase::Held | Phase::WaitsForService(_) | Phase::WaitsForPool)
        };
        self.live.iter().filter(there)
    }
}

impl Index<u32> for Slab {
    type Output = Live;
    #[inline]
    fn index(&self, slot: u32) -> &Live {
        &self.live[slot as usize]
    }
}

impl IndexMut<u32> for Slab {
    #[inline]
    fn index_mut(&mut self, slot: u32) -> &mut Live {
        &mut self.live[slot as usize]
    }
}
