//! Counts flows by age, cohort, need or state of a track, event by event: who a child was, no count of exits can tell
//! afterwards.

use std::collections::BTreeMap;

use crate::pathway::{Child, ExitId, StateId, Table, TrackId, calendar::DAY, calendar::Tick};
use crate::record::{Entry, Origin};
use crate::scenario::{Counted, Move, Scenario, Split};

use super::layout::parts_of_flow;

/// A child, as brothers and sisters are told apart.
type Who = (u64, u32);

/// A flow divided in one way.
#[derive(Debug)]
struct Division<'a> {
    counted: &'a Counted,
    split: Split,
    /// Its first cell, and how many it has.
    start: usize,
    parts: usize,
}

impl Division<'_> {
    /// Whether the state of a track that counts is the one entered first, which is known only once the track has begun.
    fn waits_for_track(&self) -> bool {
        matches!((self.split, self.counted), (Split::Track(_), Counted::Into(_)))
    }

    fn counts(&self, made: &Move) -> i64 {
        i64::from(self.counted.counts(made))
    }
}

/// What is to be done with a kind of event.
#[derive(Debug, Clone, Copy)]
struct Watch {
    division: usize,
    /// Whether it counts as it is bound.
    counts: bool,
    /// Whether the state of the track is kept, since the state bound for may be full, and the move another.
    is_kept: bool,
}

/// Counts of flows by who the child is.
#[derive(Debug)]
pub(super) struct Divided<'a> {
    scenario: &'a Scenario,
    divisions: Vec<Division<'a>>,
    /// For each kind of event, the divisions that look at it.
    watches: Vec<Vec<Watch>>,
    /// For each state, the divisions by state of a track that count those who come into it.
    into: Table<StateId, Vec<usize>>,
    /// The tracks that flows are divided by, and where children are in them.
    followed: Table<TrackId, bool>,
    beside: BTreeMap<(TrackId, Who), StateId>,
    /// For each state of a track, which part of a flow it is.
    part_of: Table<StateId, usize>,
    /// Who has come into a stage beside which the track that counts has not begun.
    unplaced: Vec<(Who, usize)>,
    /// Who has left a stage for a state that may be full: the part in which that counts.
    bound: Vec<(Who, usize, usize)>,
    /// By division and part, in the running month; and in those before, month by month.
    now: Vec<i64>,
    months: Vec<i64>,
}

impl<'a> Divided<'a> {
    /// Counters for the flows of a scenario that are divided; none if no flow is. `moves` are the kinds of events.
    pub fn new(scenario: &'a Scenario, moves: &[Move]) -> Option<Box<Self>> {
        let mut divisions: Vec<Division> = Vec::new();
        let mut start = 0;
        for flow in &scenario.flows {
            for &split in &flow.splits {
                let parts = parts_of_flow(scenario, split).len();
                divisions.push(Division { counted: &flow.counted, split, start, parts });
                start += parts;
            }
        }
        if divisions.is_empty() {
            return None;
        }
        let watches = moves.iter().map(|made| watches(scenario, &divisions, made)).collect();
        let comes_into = |state: StateId| {
            let holds = |d: &&usize| {
                matches!(divisions[**d].counted, Counted::Into(set) if set.contains(&state))
                    && divisions[**d].waits_for_track()
            };
            (0..divisions.len()).collect::<Vec<_>>().iter().filter(holds).copied().collect()
        };
        let into = scenario.pathway.states.ids().iter().map(comes_into).collect();
        let is_followed = |track: TrackId| divisions.iter().any(|d| d.split == Split::Track(track));
        Some(Box::new(Self {
            scenario,
            watches,
            into,
            followed: scenario.pathway.tracks.ids().iter().map(is_followed).collect(),
            beside: BTreeMap::new(),
            part_of: parts_by_state(scenario),
            unplaced: Vec::new(),
            bound: Vec::new(),
            now: vec![0; start],
            months: Vec::with_capacity(start * scenario.calendar.months()),
            divisions,
        }))
    }

    /// Empties it for another run.
    pub fn clear(&mut self) {
        self.beside.clear();
        self.unplaced.clear();
        self.bound.clear();
        self.now.fill(0);
        self.months.clear();
    }

    /// An event of a kind happens to a child.
    #[inline]
    pub fn happened(&mut self, kind: usize, made: &Move, child: &Child, at: Tick) {
        if !self.unplaced.is_empty() {
            self.give_up_placing(child, made);
        }
        if !self.watches[kind].is_empty() {
            self.count(kind, made, child, at);
        }
    }

    #[inline(never)]
    fn count(&mut self, kind: usize, made: &Move, child: &Child, at: Tick) {
        for watch in 0..self.watches[kind].len() {
            let Watch { division, counts, is_kept } = self.watches[kind][watch];
            let part = self.part(division, child, made.from, at);
            if counts {
                self.now[self.divisions[division].start + part] += 1;
            }
            if is_kept {
                self.bound.push((who(child), division, part));
            }
        }
    }

    /// The part of a division in which an event counts that happens to a child in a state.
    fn part(&self, division: usize, child: &Child, from: Option<StateId>, at: Tick) -> usize {
        match self.divisions[division].split {
            // The age in whole years that the child has on the day: a birthday of that day is past.
            Split::Age => {
                let midnight = at - at.rem_euclid(DAY) + DAY - 1;
                self.scenario.pathway.band(self.scenario.calendar.age_at(child.born, midnight))
            }
            Split::Cohort => child.cohort.into(),
            Split::Need => child.need.into(),
            Split::Track(track) => {
                let own = from.filter(|&state| self.scenario.pathway.states[state].track == track);
                let held = own.or_else(|| self.beside.get(&(track, who(child))).copied());
                self.part_of_state(division, held)
            }
        }
    }

    /// The part of a state of a track, or that of children who are in none.
    fn part_of_state(&self, division: usize, state: Option<StateId>) -> usize {
        state.map_or(self.divisions[division].parts - 1, |state| self.part_of[state])
    }

    /// A child enters a state.
    #[inline]
    pub fn entered(&mut self, child: &Child, entry: &Entry) {
        if entry.origin != Origin::Opening {
            for place in 0..self.into[entry.state].len() {
                self.come_into(self.into[entry.state][place], child, entry);
            }
        }
        let track = self.scenario.pathway.states[entry.state].track;
        if self.followed[track] {
            self.beside.insert((track, who(child)), entry.state);
            self.place(track, child, entry.state);
        }
    }

    /// A child leaves a state.
    #[inline]
    pub fn left(&mut self, child: &Child, state: StateId) {
        let track = self.scenario.pathway.states[state].track;
        if self.followed[track] {
            self.beside.remove(&(track, who(child)));
        }
    }

    /// Counts a child who comes into a state by the state of a track, or notes that the track has still to begin.
    fn come_into(&mut self, division: usize, child: &Child, entry: &Entry) {
        let Division { counted, split: Split::Track(track), start, .. } = self.divisions[division] else {
            return;
        };
        let bound =
            Move::bringing(&self.scenario.pathway, entry.origin).unwrap_or(Move::arriving(entry.state));
        if !counted.counts(&Move { to: Some(entry.state), ..bound }) {
            return;
        }
        let own = Some(entry.state).filter(|&state| self.scenario.pathway.states[state].track == track);
        match own.or_else(|| self.beside.get(&(track, who(child))).copied()) {
            Some(state) => self.now[start + self.part_of[state]] += 1,
            None => self.unplaced.push((who(child), division)),
        }
    }

    /// A track has begun: those who came into its stage count by its first state.
    fn place(&mut self, track: TrackId, child: &Child, state: StateId) {
        let mut unplaced = std::mem::take(&mut self.unplaced);
        unplaced.retain(|&(who_came, division)| {
            let is_meant = who_came == who(child) && self.divisions[division].split == Split::Track(track);
            if is_meant {
                self.now[self.divisions[division].start + self.part_of[state]] += 1;
            }
            !is_meant
        });
        self.unplaced = unplaced;
    }

    /// A child leaves the stage that it has come into before any track has begun beside it: it was in no state of any.
    #[inline(never)]
    fn give_up_placing(&mut self, child: &Child, made: &Move) {
        let states = &self.scenario.pathway.states;
        if made.from.is_some_and(|state| states[state].track == TrackId::MAIN) {
            self.count_unplaced(|came| came == who(child));
        }
    }

    fn count_unplaced(&mut self, of: impl Fn(Who) -> bool) {
        let mut unplaced = std::mem::take(&mut self.unplaced);
        unplaced.retain(|&(came, division)| {
            if of(came) {
                let none = self.part_of_state(division, None);
                self.now[self.divisions[division].start + none] += 1;
            }
            !of(came)
        });
        self.unplaced = unplaced;
    }

    /// A child has come elsewhere than it was bound: where it was counted for that, it counts for this.
    #[inline(never)]
    pub fn diverted(&mut self, child: &Child, entry: &Entry) {
        let Some(bound) = Move::bringing(&self.scenario.pathway, entry.origin) else { return };
        let went = Move { to: Some(entry.state), ..bound };
        for d in 0..self.divisions.len() {
            let division = &self.divisions[d];
            let weight = division.counts(&went) - division.counts(&bound);
            if weight == 0 || division.waits_for_track() {
                continue;
            }
            let kept = self.bound.iter().rfind(|kept| (kept.0, kept.1) == (who(child), d)).map(|kept| kept.2);
            let part = kept.unwrap_or_else(|| self.part(d, child, bound.from, entry.at));
            self.now[self.divisions[d].start + part] += weight;
        }
    }

    /// A month has ended.
    pub fn month_ended(&mut self) {
        self.count_unplaced(|_| true);
        self.bound.clear();
        self.months.extend_from_slice(&self.now);
        self.now.fill(0);
    }

    /// The counts of a cell, month by month. Cells stand in the order of flows, their divisions and the parts of these.
    pub fn of_cell(&self, cell: usize) -> impl Iterator<Item = i64> {
        self.months.iter().skip(cell).step_by(self.now.len()).copied()
    }
}

fn who(child: &Child) -> Who {
    (child.family, child.number)
}

/// The divisions that look at a kind of event.
fn watches(scenario: &Scenario, divisions: &[Division], made: &Move) -> Vec<Watch> {
    let full = made.to.is_some_and(|to| scenario.pathway.states[to].pool.is_some());
    let watch = |(number, division): (usize, &Division)| {
        let counts = division.counted.counts(made);
        // Elsewhere: a move that counts if the state it is bound for is full.
        let elsewhere = matches!((division.counted, made.from), (Counted::OutOf(set, _), Some(from)) if set.contains(&from));
        let is_kept = full && elsewhere && matches!(division.split, Split::Track(_));
        let looks = (counts || is_kept) && !division.waits_for_track();
        looks.then_some(Watch { division: number, counts, is_kept })
    };
    divisions.iter().enumerate().filter_map(watch).collect()
}

/// For each state of a track, its place among the parts of a flow.
fn parts_by_state(scenario: &Scenario) -> Table<StateId, usize> {
    let pathway = &scenario.pathway;
    let mut places = Table::filled(pathway.states.len(), 0);
    for track in pathway.tracks.ids().iter().skip(1) {
        for (place, state) in Split::states_of(track, pathway).into_iter().enumerate() {
            places[state] = place;
        }
    }
    places
}

/// The move that an exit, an arrival or the beginning of a track, or the end of a track stands for: the kinds of
/// events that are counted, in order.
pub(super) fn kinds(scenario: &Scenario) -> Vec<Move> {
    let pathway = &scenario.pathway;
    let exits = pathway.exits.ids().iter().map(|exit: ExitId| Move::by(pathway, exit));
    let states = || pathway.states.ids().iter();
    exits.chain(states().map(Move::arriving)).chain(states().map(Move::ending)).collect()
}
