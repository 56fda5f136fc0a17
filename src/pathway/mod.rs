//! The pathway: stages, their exits, and what runs beside them. It knows mechanics, not policy, and
//! nothing of files, money or the queue.

pub mod calendar;
pub mod drift;
pub mod ids;
pub mod law;
pub mod stay;

use crate::stream::Stream;
use calendar::Tick;
pub use ids::{
    ArrivalsId, DriftId, ExitId, IdRange, InterventionId, LawId, LineId, PoolId, QuantityId, StateId, Table,
    TrackId,
};

/// What is fixed about a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child {
    /// The family, unique within a run and the same in every scenario.
    pub family: u64,
    /// Which child of the family, from 0.
    pub number: u32,
    /// How many children of the family there are.
    pub siblings: u32,
    /// When the child was or will be born.
    pub born: Tick,
    /// Position of the cohort.
    pub cohort: u8,
    /// Position of the need class.
    pub need: u8,
    /// What is drawn for the child alone.
    pub draws: Stream,
    /// What is drawn for the family together.
    pub family_draws: Stream,
}

/// How the way out of a state is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is none: the child has departed.
    End,
    /// By shares, at once.
    Decision,
    /// By shares; each exit then takes its own time.
    Lottery,
    /// By times; the earliest wins.
    Race,
    /// Waiting for a place; ends when it is granted.
    Waiting,
}

/// What happens when the pool of a state is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfFull {
    /// The child waits until there is one.
    Wait,
    /// The child leaves by the exit of its row at once.
    Leave(Vec<ExitId>),
}

/// Where children wait for a place, outside the state that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The waiting state.
    pub state: StateId,
    /// The exit by which they are let in.
    pub let_in: ExitId,
    /// The exit by which they leave the queue on the birthday that ends the state.
    pub gives_up: Option<ExitId>,
}

/// A stage, or a state of a track.
#[derive(Debug, Clone)]
pub struct State {
    /// Its name: `care`, `placement.foster_in_house`, `assessment/waiting`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The track it belongs to.
    pub track: TrackId,
    /// How the way out is found.
    pub kind: Kind,
    /// Its exits, without the birthday.
    pub exits: IdRange<ExitId>,
    /// The age in ticks at which a stay ends, and the exit then taken.
    pub birthday: Option<(Tick, ExitId)>,
    /// The pool whose places its children take up, and what happens when that is full.
    pub pool: Option<(PoolId, IfFull)>,
    /// Where children wait for a place of its pool.
    pub waiting: Option<Waiting>,
    /// Key of what is drawn for it.
    pub key: u64,
    /// What its numbers vary by.
    pub grid: Grid,
}

/// A way out of a state.
#[derive(Debug, Clone)]
pub struct Exit {
    /// Its name within the state.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The state it leaves.
    pub from: StateId,
    /// The state it leads to.
    pub to: StateId,
    /// Position of the plan that it stands for.
    pub plan: u16,
    /// Key of what is drawn for it.
    pub key: u64,
}

/// A set of states that a child is in one at a time. The first track is the pathway itself; the others run
/// beside some of its stages.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its name; empty for the main track.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its states.
    pub states: IdRange<StateId>,
    /// What a stage of the main track means for it.
    pub during: Table<StateId, During>,
    /// Key of what is drawn for it.
    pub key: u64,
    /// What the first state varies by.
    pub grid: Grid,
}

impl Track {
    /// Whether it runs beside a stage, and is not held in one state there.
    #[must_use]
    #[inline]
    pub fn runs_beside(&self, stage: StateId) -> bool {
        self.during.get(stage) == Some(&During::Runs)
    }
}

/// What a stage of the main track means for another track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// The track does not run.
    Off,
    /// The track runs: it starts afresh on entry.
    Runs,
    /// The track is held in one state.
    Held(StateId),
}

/// Everything a child can be in, and every way from one to another.
#[derive(Debug, Clone, Default)]
pub struct Pathway {
    /// The states, track by track, the main one first.
    pub states: Table<StateId, State>,
    /// The exits, state by state.
    pub exits: Table<ExitId, Exit>,
    /// The tracks, the main one first.
    pub tracks: Table<TrackId, Track>,
    /// Where each age band starts, in ticks, youngest first.
    pub bands: Vec<Tick>,
}

impl Pathway {
    /// The age band of an age in ticks; ages outside all bands belong to the nearest.
    #[must_use]
    #[inline]
    pub fn band(&self, age: Tick) -> usize {
        self.bands.iter().skip(1).take_while(|&&start| age >= start).count()
    }

    /// The state of a name.
    #[must_use]
    pub fn state_named(&self, name: &str) -> Option<StateId> {
        self.states.position(|state| state.name == name)
    }

    /// The row of a grid that holds for a child of an age, which is asked for only where it matters.
    #[must_use]
    #[inline]
    pub fn row(&self, grid: &Grid, child: &Child, plan: usize, age: impl FnOnce() -> Tick) -> usize {
        let band = if grid.band == 0 { 0 } else { self.band(age()) };
        grid.row(usize::from(child.cohort), usize::from(child.need), plan, band)
    }
}

/// What a table of numbers varies by: how far apart two classes of each attribute lie in it (0: it does not
/// vary by it).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Grid {
    /// Step between cohorts.
    pub cohort: usize,
    /// Step between need classes.
    pub need: usize,
    /// Step between plans.
    pub plan: usize,
    /// Step between age bands.
    pub band: usize,
    /// How many rows there are.
    pub rows: usize,
}

impl Grid {
    /// The row of a class.
    #[must_use]
    #[inline]
    pub fn row(&self, cohort: usize, need: usize, plan: usize, band: usize) -> usize {
        cohort * self.cohort + need * self.need + plan * self.plan + band * self.band
    }
}
