//! What happens to a child, and the observer that is told of it.

use crate::pathway::{Child, ExitId, InterventionId, StateId, calendar::Tick};

/// How a child comes to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was there when the simulation started.
    Opening,
    /// It arrived, bound for this state.
    Arrival(StateId),
    /// It took this exit. Where the exit leads may be full: the child is then elsewhere.
    Exit(ExitId),
    /// A track began with the stage it runs beside.
    Track,
}

/// A child enters a state: a spell begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The state. An end is entered too, and never left.
    pub state: StateId,
    /// When; for the opening caseload, the start of the simulation.
    pub at: Tick,
    /// Since when the child has been there: earlier than `at` in the opening caseload alone.
    pub since: Tick,
    /// How it came.
    pub origin: Origin,
    /// Whether it was bound for a state that was full: this is where it waits, or where that state sends it.
    pub diverted: bool,
    /// The price of the spell, in thousandths of its line's average.
    pub price: u32,
}

/// Why a spell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The child took this exit, a birthday's among them.
    Exit(ExitId),
    /// A review by this intervention led to it: the child took this exit. One that leads from a state of a track to another
    /// is made for the review, and called `reviewed`.
    Review(ExitId, InterventionId),
    /// The stage that the track runs beside ended.
    StageEnded,
    /// The simulation ended.
    Cut,
}

/// A child's stay in a state, told when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// The state.
    pub state: StateId,
    /// Since when: before the start of the simulation for those who were there then.
    pub since: Tick,
    /// Until when.
    pub to: Tick,
    /// Its price, in thousandths of its line's average.
    pub price: u32,
    /// Why it ended.
    pub cause: Cause,
}

impl Spell {
    /// Where the part of it that was simulated begins.
    #[must_use]
    pub fn from(&self) -> Tick {
        self.since.max(0)
    }
}

/// A child who is there when a month ends.
#[derive(Debug, Clone, Copy)]
pub struct Open<'a> {
    /// The child.
    pub child: &'a Child,
    /// The state that it is in.
    pub state: StateId,
    /// The intervention that it waits for there, if any.
    pub waits_for: Option<InterventionId>,
}

/// Told what happens in a run, in order of time. Whatever it is not interested in costs nothing.
pub trait Observer {
    /// A child arrives, bound for a state.
    #[inline]
    fn arrived(&mut self, _child: &Child, _state: StateId, _at: Tick) {}
    /// A child enters a state.
    #[inline]
    fn entered(&mut self, _child: &Child, _entry: &Entry) {}
    /// A child's spell ends.
    #[inline]
    fn left(&mut self, _child: &Child, _spell: &Spell) {}
    /// A child passes through a decision, which takes no time: it enters and leaves at one instant.
    #[inline]
    fn passed(&mut self, child: &Child, entry: &Entry, exit: ExitId) {
        self.entered(child, entry);
        let Entry { state, at, price, .. } = *entry;
        self.left(child, &Spell { state, since: at, to: at, price, cause: Cause::Exit(exit) });
    }
    /// A child finds no free place in a pool, and goes elsewhere by this exit of the full state.
    #[inline]
    fn refused(&mut self, _child: &Child, _exit: ExitId, _at: Tick) {}
    /// An intervention reaches a child: its service takes the child in, it acts on the child's stay, or it reviews the
    /// child's case.
    #[inline]
    fn reached(&mut self, _child: &Child, _intervention: InterventionId, _at: Tick) {}
    /// A child has waited in its stage, since an earlier instant, for a service that was full: the service takes it in, or it goes on
    /// without.
    #[inline]
    fn waited(
        &mut self,
        _child: &Child,
        _intervention: InterventionId,
        _since: Tick,
        _at: Tick,
        _is_taken_in: bool,
    ) {
    }
    /// The way out or the time of a child whom an intervention has reached is another than without it; after a review, now
    /// that the child leaves, or is bound for another exit or time.
    #[inline]
    fn moved(&mut self, _child: &Child, _intervention: InterventionId, _at: Tick) {}
    /// A month has ended: everything told before lies in it or in an earlier one, everything told later does not.
    /// `open` are the children who are there, in no particular order; those in a state of a track are there in their
    /// stage as well.
    #[inline]
    fn month_ended(&mut self, _month: usize, _open: &mut dyn Iterator<Item = Open>) {}
    /// Whether to be told, once the last month has ended, of all spells that the end of the simulation cuts.
    #[inline]
    fn wants_cut_spells(&self) -> bool {
        true
    }
}

/// One thing that happened, as told to an [`Observer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A child arrived, bound for this state.
    Arrived(StateId),
    /// A child entered a state.
    Entered(Entry),
    /// A child's spell ended.
    Left(Spell),
    /// A child was refused a place and went by this exit.
    Refused(ExitId),
    /// An intervention reached a child.
    Reached(InterventionId),
    /// An intervention moved a child's way out or its time.
    Moved(InterventionId),
}

/// Everything that happened in a run, in order of time; not for how long who was reached had waited in its stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// When, to whom, what.
    pub events: Vec<(Tick, Child, Event)>,
}

impl Observer for Trace {
    fn arrived(&mut self, child: &Child, state: StateId, at: Tick) {
        self.events.push((at, *child, Event::Arrived(state)));
    }
    fn entered(&mut self, child: &Child, entry: &Entry) {
        self.events.push((entry.at, *child, Event::Entered(*entry)));
    }
    fn left(&mut self, child: &Child, spell: &Spell) {
        self.events.push((spell.to, *child, Event::Left(*spell)));
    }
    fn refused(&mut self, child: &Child, exit: ExitId, at: Tick) {
        self.events.push((at, *child, Event::Refused(exit)));
    }
    fn reached(&mut self, child: &Child, intervention: InterventionId, at: Tick) {
        self.events.push((at, *child, Event::Reached(intervention)));
    }
    fn moved(&mut self, child: &Child, intervention: InterventionId, at: Tick) {
        self.events.push((at, *child, Event::Moved(intervention)));
    }
}
