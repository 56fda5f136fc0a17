//! Children who are there: one record for each, and one for each track that runs beside its stage.

use std::ops::{Index, IndexMut};

use super::ending::Ending;
use crate::pathway::{Child, ExitId, InterventionId, StateId, TrackId, calendar::Tick};
use crate::record::{Cause, Entry, Origin, Spell};
use crate::stream::Stream;

/// The price of a spell where prices do not vary, in thousandths.
pub(super) const AVERAGE: u32 = 1000;

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// How far a child has come with the state it is bound for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody: the slot is free.
    Free,
    /// Stands before the state; nothing has been asked yet.
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

impl Phase {
    /// Waits in a queue.
    pub fn waits(self) -> bool {
        matches!(self, Self::WaitsForPool | Self::WaitsForService(_))
    }

    /// Has asked for a place.
    pub fn asks(self) -> bool {
        matches!(self, Self::AsksPool | Self::AsksService(_))
    }
}

/// A child in a state or before it; in a track, one for whom draws of its own are made. What every event reads, in two lines of
/// the processor's cache; [`Help`] holds the rest.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Live {
    pub child: Child,
    /// What is drawn for this spell.
    pub draws: Stream,
    /// Since when it has been in the state: before the start for the opening caseload.
    pub since: Tick,
    /// When the next event is due: the end of the spell, a request, or giving up.
    pub due: Tick,
    /// When the clock began to run, and what had been served by then.
    pub clock: Tick,
    pub served: Tick,
    pub state: StateId,
    /// The exit it takes when the spell or, at a birthday, the wait ends.
    pub exit: ExitId,
    /// The exit it is bound for: that one, unless a birthday comes first.
    pub bound_for: ExitId,
    /// How it came here.
    pub origin: Origin,
    /// The price of the spell in thousandths.
    pub price: u32,
    /// The first of the tracks beside its stage; for a track, the next one.
    pub link: u32,
    /// Which track, by position; 0 is the main one.
    pub track: TrackId,
    /// The exit drawn for the stage that the track runs beside, as a plan.
    pub plan: u16,
    pub phase: Phase,
    /// Whether the spell has begun, for the observer.
    pub begun: bool,
    /// Whether it holds a place of the state's pool.
    pub seized: bool,
    /// Whether it was bound for a state that was full.
    pub diverted: bool,
    /// Whether its way out was drawn anew after it had entered: when its clock began.
    pub planned_later: bool,
}

/// Two lines of the cache, and no more.
const _: () = assert!(size_of::<Live>() == 128);

impl Live {
    /// A child before a state.
    #[inline]
    pub fn new(child: Child, state: StateId, at: Tick, origin: Origin) -> Self {
        Self {
            child,
            draws: Stream::from_key(0),
            since: at,
            due: Tick::MAX,
            clock: at,
            served: 0,
            state,
            exit: ExitId::from_index(0),
            bound_for: ExitId::from_index(0),
            origin,
            price: AVERAGE,
            link: NONE,
            track: TrackId::MAIN,
            plan: 0,
            phase: Phase::Outside,
            begun: false,
            seized: false,
            diverted: false,
            planned_later: false,
        }
    }

    /// Stands before a state, with nothing asked for yet.
    #[inline]
    pub fn stand_before(&mut self, state: StateId, origin: Origin) {
        (self.state, self.origin, self.phase) = (state, origin, Phase::Outside);
        (self.begun, self.seized, self.diverted, self.planned_later) = (false, false, false, false);
    }

    /// Its clock starts, and it is bound to leave as drawn. Gives when.
    #[inline]
    pub fn start_clock(&mut self, ending: Ending, at: Tick) -> Tick {
        self.phase = Phase::Stays;
        (self.exit, self.bound_for, self.due) = (ending.exit, ending.plan, at + ending.left);
        self.due
    }

    /// When it entered the state, or enters it now that its clock starts; of one whose way out was drawn anew, when that was.
    #[inline]
    pub fn entered(&self) -> Tick {
        if self.begun && !self.planned_later { self.since } else { self.clock - self.served }
    }

    /// Whether tracks run beside its stage.
    #[inline]
    pub fn has_tracks(&self) -> bool {
        self.link != NONE && self.track == TrackId::MAIN
    }

    /// The beginning of its spell, for the observer.
    #[inline]
    pub fn entry(&self, at: Tick, price: u32) -> Entry {
        let Self { state, since, origin, diverted, .. } = *self;
        Entry { state, at, since, origin, diverted, price }
    }

    /// Its spell, for the observer, when it ends.
    #[inline]
    pub fn spell(&self, state: StateId, cause: Cause, to: Tick) -> Spell {
        Spell { state, since: self.since, to, price: self.price, cause }
    }
}

/// Interventions that have a hand in a spell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Acting {
    /// Those that have acted on the exit or the time drawn.
    pub acted: u64,
    /// Those whose hazard ratio the spell has met.
    pub met: u64,
}

impl Acting {
    /// All but one.
    pub fn without(self, intervention: InterventionId) -> Self {
        let others = !(1 << intervention.index());
        Self { acted: self.acted & others, met: self.met & others }
    }
}

/// What a child has asked for and been given. It is read only where there is a service or a request has to wait, and begins anew
/// where a child comes before a state that services reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Help {
    /// When it came before the state.
    pub asked: Tick,
    /// What is drawn for the family as it is offered services in this spell.
    pub draws: Stream,
    /// Services with few places that have taken the child in, by position.
    pub taken: u64,
    pub acting: Acting,
    /// When a birthday may bring it into the reach of a hazard ratio.
    pub birthday: Tick,
}

impl Help {
    /// Nothing yet.
    fn none() -> Self {
        Self {
            asked: 0,
            draws: Stream::from_key(0),
            taken: 0,
            acting: Acting::default(),
            birthday: Tick::MAX,
        }
    }
}

/// Visits to so many states lie in one line of the processor's cache.
const ROW: usize = 32;

/// Records by slot, with the free ones to be used again.
#[derive(Debug, Default)]
pub(super) struct Slab {
    live: Vec<Live>,
    help: Vec<Help>,
    /// The request of each child in a queue, by number: void once it has left the queue.
    tickets: Vec<u32>,
    free: Vec<u32>,
    /// How often each child has been in each state of its track, slot by slot.
    visits: Vec<[u16; ROW]>,
    /// Rows of visits to a slot.
    rows: usize,
}

impl Slab {
    /// Empties it, for tracks of so many states.
    pub fn clear(&mut self, states: usize) {
        self.live.clear();
        self.help.clear();
        self.tickets.clear();
        self.free.clear();
        self.visits.clear();
        self.rows = states.div_ceil(ROW);
    }

    /// How often a child has been in a state, by its position within the track.
    #[inline]
    pub fn visits(&self, slot: u32, state: u8) -> u64 {
        let (row, state) = (usize::from(state) / ROW, usize::from(state) % ROW);
        self.visits[slot as usize * self.rows + row][state].into()
    }

    /// Counts a visit, and gives the child and how many there have been. A stay that leads on takes a tenth of a day at
    /// least, so a childhood holds no more visits than can be counted; should one go round, it draws as at its first visit.
    #[inline]
    pub fn count_visit(&mut self, slot: u32, state: u8) -> (&mut Live, u64) {
        let (live, visits) = self.with_visits(slot, state);
        *visits = visits.wrapping_add(1);
        (live, (*visits).into())
    }

    /// A child, and how often it has been in a state.
    #[inline]
    pub fn with_visits(&mut self, slot: u32, state: u8) -> (&mut Live, &mut u16) {
        let (row, state) = (usize::from(state) / ROW, usize::from(state) % ROW);
        let visits = &mut self.visits[slot as usize * self.rows + row][state];
        (&mut self.live[slot as usize], visits)
    }

    /// What a child has asked for and been given.
    #[inline]
    pub fn help(&self, slot: u32) -> &Help {
        &self.help[slot as usize]
    }

    /// The same, to be changed.
    #[inline]
    pub fn help_mut(&mut self, slot: u32) -> &mut Help {
        &mut self.help[slot as usize]
    }

    /// A child, and what it has asked for and been given.
    #[inline]
    pub fn with_help(&mut self, slot: u32) -> (&mut Live, &mut Help) {
        (&mut self.live[slot as usize], &mut self.help[slot as usize])
    }

    /// Gives a child a new ticket, and makes the one it has had void.
    #[inline]
    pub fn renew_ticket(&mut self, slot: u32) -> u32 {
        let ticket = &mut self.tickets[slot as usize];
        *ticket += 1;
        *ticket
    }

    /// Whether a ticket is the one that a child has.
    #[inline]
    pub fn has_ticket(&self, slot: u32, ticket: u32) -> bool {
        self.tickets[slot as usize] == ticket
    }

    /// Puts a child into a slot.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "so that the record is made where it stays")]
    #[expect(clippy::cast_possible_truncation, reason = "children are far fewer than 2^32")]
    pub fn add(&mut self, live: Live) -> u32 {
        let Some(slot) = self.free.pop() else {
            self.live.push(live);
            self.help.push(Help::none());
            self.tickets.push(0);
            self.visits.resize(self.live.len() * self.rows, [0; ROW]);
            return self.live.len() as u32 - 1;
        };
        self[slot] = live;
        let rows = slot as usize * self.rows;
        for row in rows..rows + self.rows {
            self.visits[row] = [0; ROW];
        }
        slot
    }

    /// The tracks beside a stage, one after another.
    pub fn linked(&self, outer: u32) -> impl Iterator<Item = u32> {
        let next = |&inner: &u32| Some(self[inner].link).filter(|&link| link != NONE);
        std::iter::successors(next(&outer), next)
    }

    #[inline]
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
