//! One simulated future: `simulate(&scenario, run, &mut observer)`. It knows no files, threads, wall clock,
//! money or statistics.
//!
//! Children meet only at shared places (pools and services with few places). A child who touches none is
//! walked on from stage to stage at once; what touches one waits in the [`diary`] for its turn. Every draw is
//! keyed by who decides what, so the order in which children are walked changes nothing.

mod arrivals;
mod caseload;
pub mod diary;
mod spell;
mod visits;
mod world;

use crate::capacity::{Pool, Quota};
use crate::pathway::{
    Child, During, ExitId, IfFull, InterventionId, Kind, StateId, Table, TrackId,
    calendar::{DAY, Tick},
    chance::{GOLDEN, lot, mix, name_key},
};
use crate::scenario::{Limit, Scenario, file::WhenFull};
use diary::{Deed, Diary, Rank, Touch};
use spell::{Ending, stay_luck};
use visits::Visits;
pub use world::World;
use world::{Step, threshold};

/// Which future: the seed, and which luck, parameters and drift. The three are the run's number unless an
/// experiment sets them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The seed of the batch.
    pub seed: u64,
    /// Number of the chance.
    pub chance: u64,
    /// Number of the draw of uncertain numbers.
    pub parameters: u64,
    /// Number of the drift.
    pub drift: u64,
}

impl Run {
    /// Run `number` of a batch.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Self {
        Self { seed, chance: number, parameters: number, drift: number }
    }
}

/// Told what happens, child by child. A child's own events in the main track come in order of time; those of
/// other tracks and other children are interleaved as the engine walks them, and a stay in a stage may be told
/// before what runs beside it. [`Trace::sort`] puts a whole run in order.
pub trait Observer {
    /// A child is there when the simulation starts, and has been in the state for so long.
    fn open(&mut self, _child: &Child, _state: StateId, _served: Tick) {}
    /// A child arrives.
    fn arrive(&mut self, _child: &Child, _state: StateId, _at: Tick) {}
    /// A child stays in a state from one instant to another; if it is still there at the end of the
    /// simulation, to the end. `price` is the price of this stay in thousandths of its line's average.
    fn stay(&mut self, _child: &Child, _state: StateId, _from: Tick, _to: Tick, _price: u32) {}
    /// A child takes an exit. A stay in a track that ends with its stage takes none.
    fn leave(&mut self, _child: &Child, _exit: ExitId, _at: Tick) {}
    /// An intervention reaches a child.
    fn reach(&mut self, _child: &Child, _intervention: InterventionId, _at: Tick) {}
}

/// What happened, as told to an [`Observer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A child was there when the simulation started.
    Open {
        /// Where.
        state: StateId,
        /// For how long already.
        served: Tick,
    },
    /// A child arrived.
    Arrive {
        /// Where.
        state: StateId,
    },
    /// A child began a stay.
    Stay {
        /// Where.
        state: StateId,
        /// Until when.
        to: Tick,
        /// At what relative price, in thousandths.
        price: u32,
    },
    /// A child took an exit.
    Leave {
        /// Which.
        exit: ExitId,
    },
    /// An intervention reached a child.
    Reach {
        /// Which.
        intervention: InterventionId,
    },
}

/// Everything that happened in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// When, to whom, what.
    pub events: Vec<(Tick, Child, Event)>,
}

impl Trace {
    /// Puts the events in order of time, then of family and child; those of one child keep their order.
    pub fn sort(&mut self) {
        self.events.sort_by_key(|(at, child, _)| (*at, child.family, child.number));
    }
}

impl Observer for Trace {
    fn open(&mut self, child: &Child, state: StateId, served: Tick) {
        self.events.push((0, *child, Event::Open { state, served }));
    }
    fn arrive(&mut self, child: &Child, state: StateId, at: Tick) {
        self.events.push((at, *child, Event::Arrive { state }));
    }
    fn stay(&mut self, child: &Child, state: StateId, from: Tick, to: Tick, price: u32) {
        self.events.push((from, *child, Event::Stay { state, to, price }));
    }
    fn leave(&mut self, child: &Child, exit: ExitId, at: Tick) {
        self.events.push((at, *child, Event::Leave { exit }));
    }
    fn reach(&mut self, child: &Child, intervention: InterventionId, at: Tick) {
        self.events.push((at, *child, Event::Reach { intervention }));
    }
}

/// Simulates one future and tells the observer what happens.
pub fn simulate(scenario: &Scenario, run: Run, observer: &mut impl Observer) {
    simulate_world(scenario, &World::new(scenario, run), &mut Desk::default(), observer);
}

/// Simulates under rules already drawn, with the working memory of an earlier simulation.
pub fn simulate_world(scenario: &Scenario, world: &World, desk: &mut Desk, observer: &mut impl Observer) {
    desk.clear(scenario);
    let mut engine = Engine { scenario, world, desk, observer };
    engine.take_stock();
    engine.run();
}

/// Working memory, kept from one simulation to the next.
#[derive(Debug, Default)]
pub struct Desk {
    diary: Diary,
    /// The pools, and after them the interventions.
    places: Vec<Pool>,
    quotas: Table<InterventionId, Quota>,
    walkers: Vec<Walker>,
    free: Vec<u32>,
}

impl Desk {
    fn clear(&mut self, scenario: &Scenario) {
        self.diary.open(usize::try_from(scenario.calendar.end() / DAY + 1).unwrap_or(0));
        self.places = vec![Pool::default(); scenario.pools.len() + scenario.interventions.len()];
        self.quotas = Table::filled(scenario.interventions.len(), Quota::default());
        self.walkers.clear();
        self.free.clear();
    }
}

/// A child on its way through a track.
#[derive(Debug, Clone, Copy)]
struct Walker {
    child: Child,
    /// Where it is, or at whose door it stands.
    state: StateId,
    /// Since when.
    now: Tick,
    /// When the track ends for it: the end of its stage, or of the simulation.
    until: Tick,
    /// Since when it has stood at the door.
    since: Tick,
    /// The exit drawn for the stage that the track runs beside.
    plan: u16,
    /// How far it has come through the door.
    door: Door,
    /// Interventions with few places that have taken the child in, by position.
    taken: u64,
    /// How many touches it has entered.
    ticket: u32,
    /// How often it has been in each state of the track.
    visits: Visits,
}

/// How far a child has come through the door of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Nothing asked yet.
    Outside,
    /// Has the pool's place, if the state has a pool; next to ask is the service at this position.
    Service(u8),
    /// Waiting for the pool.
    WaitsForPool,
    /// Waiting for a service.
    WaitsForService(u8),
}

/// What a draw decides; part of its key.
mod purpose {
    use super::name_key;
    pub const EXIT: u64 = name_key("exit");
    pub const TOGETHER: u64 = name_key("together");
    pub const PRICE: u64 = name_key("price");
    pub const TAKE_UP: u64 = name_key("take up");
    pub const KEEP: u64 = name_key("keep");
    pub const INSTEAD: u64 = name_key("instead");
    pub const FIRST: u64 = name_key("first");
    pub const AGE: u64 = name_key("age");
    pub const COHORT: u64 = name_key("cohort");
    pub const NEED: u64 = name_key("need");
    pub const SERVED: u64 = name_key("served");
    pub const SIZE: u64 = name_key("size");
    pub const POINT: u64 = name_key("point");
}

struct Engine<'a, O> {
    scenario: &'a Scenario,
    world: &'a World,
    desk: &'a mut Desk,
    observer: &'a mut O,
}

impl<O: Observer> Engine<'_, O> {
    fn end(&self) -> Tick {
        self.scenario.calendar.end()
    }

    /// Month by month: who arrives is walked as far as it goes alone, then the days' touches are worked off.
    fn run(&mut self) {
        let calendar = &self.scenario.calendar;
        let mut day = 0;
        for month in 0..calendar.months() {
            self.arrivals(month);
            // A day that the month's end cuts waits for the arrivals of the next month.
            let whole_days = calendar.month_start(month + 1) / DAY;
            while day < whole_days {
                self.work_off(day);
                day += 1;
            }
        }
        if day * DAY < self.end() {
            self.work_off(day);
        }
        self.close();
    }

    fn work_off(&mut self, day: Tick) {
        let Desk { diary, walkers, .. } = &mut *self.desk;
        diary.turn_to(usize::try_from(day).unwrap_or(0), |touch| rank(walkers, touch));
        self.refill(day * DAY);
        while let Some(touch) = self.desk.diary.take_next() {
            if touch.at >= self.end() {
                break;
            }
            match touch.deed {
                Deed::Release => self.release(touch),
                Deed::GiveUp => self.give_up(touch),
                Deed::Request => self.request(touch),
            }
        }
    }

    /// Those still waiting at the end have waited until then.
    fn close(&mut self) {
        let end = self.end();
        for slot in 0..self.desk.walkers.len() {
            let walker = self.desk.walkers[slot];
            if matches!(walker.door, Door::WaitsForPool | Door::WaitsForService(_)) {
                self.stay_waiting(&walker, end.min(walker.until));
            }
        }
    }

    // ---- walking ----

    /// Walks a child on until it stands at a shared door, departs, or the track or simulation ends.
    fn walk(&mut self, walker: &mut Walker) {
        let world = self.world;
        while walker.now < walker.until {
            let step = &world.steps[walker.state];
            if matches!(step.kind, Kind::End | Kind::Waiting) || step.door && !self.through_door(walker, step)
            {
                return;
            }
            let ending = self.begin(walker, step);
            if step.kind == Kind::Decision {
                self.leave(walker, ending.exit, walker.now);
            } else if !self.finish(walker, step, ending, None) {
                return;
            }
        }
    }

    /// Tells of a stay whose ending is known, and moves on; says whether the walk goes on. For the opening
    /// caseload, with the states of its tracks and the time served.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "half of every walk")]
    fn finish(
        &mut self,
        walker: &mut Walker,
        step: &Step,
        ending: Ending,
        opening: Option<(&Table<TrackId, Option<StateId>>, Tick)>,
    ) -> bool {
        let to = (walker.now + ending.left).min(walker.until);
        let price = if step.priced { self.price(walker, walker.state) } else { 1000 };
        self.observer.stay(&walker.child, walker.state, walker.now, to, price);
        if let Some(pool) = step.pool {
            self.enter_release(to, pool.index());
        }
        if step.accompanied {
            self.run_tracks(walker, ending.plan, to, opening);
        }
        let goes_on = to < walker.until;
        if goes_on {
            self.leave(walker, ending.exit, to);
        }
        goes_on
    }

    /// Takes an exit.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of every walk")]
    fn leave(&mut self, walker: &mut Walker, exit: ExitId, at: Tick) {
        self.observer.leave(&walker.child, exit, at);
        walker.state = self.world.targets[exit];
        walker.now = at;
        walker.door = Door::Outside;
        // What a service did for the stay that ends, it does for no other.
        walker.taken = 0;
    }

    /// Starts the tracks that run beside a stage; for the opening caseload, in the states given.
    fn run_tracks(
        &mut self,
        walker: &Walker,
        plan: ExitId,
        to: Tick,
        opening: Option<(&Table<TrackId, Option<StateId>>, Tick)>,
    ) {
        for number in self.scenario.pathway.tracks.ids().iter().skip(1) {
            let track = &self.scenario.pathway.tracks[number];
            match track.during[walker.state] {
                During::Off => {}
                During::Held(state) => {
                    if let Some((_, served)) = opening {
                        self.observer.open(&walker.child, state, served);
                    }
                    let price = self.price(walker, state);
                    self.observer.stay(&walker.child, state, walker.now, to, price);
                }
                During::Runs => {
                    let mut inner = self.inner_walker(walker, number, plan, to);
                    match opening.and_then(|(states, served)| Some((states[number]?, served))) {
                        Some((state, served)) => {
                            inner.state = state;
                            self.open_track(&mut inner, served);
                        }
                        None => self.walk(&mut inner),
                    }
                }
            }
        }
    }

    /// A walker for a track beside a stage: its luck is its own for each visit to the stage.
    fn inner_walker(&mut self, outer: &Walker, number: TrackId, plan: ExitId, to: Tick) -> Walker {
        let scenario = self.scenario;
        let track = &scenario.pathway.tracks[number];
        let visit = outer.visits.of(self.world.steps[outer.state].visit);
        let salt = track
            .key
            .wrapping_add(scenario.pathway.states[outer.state].key)
            .wrapping_add(visit.wrapping_mul(GOLDEN));
        let mut child = outer.child;
        child.luck = mix(child.luck.wrapping_add(salt));
        child.family_luck = mix(child.family_luck.wrapping_add(salt));
        let plan = self.plan(plan);
        let row = scenario.pathway.row(&track.grid, &child, usize::from(plan), outer.now);
        let width = scenario.file.tracks[&track.name].states.len();
        let bits = lot(child.luck.wrapping_add(purpose::FIRST));
        let first = self.world.firsts[number][row * width..][..width].partition_point(|&t| t <= bits);
        Walker {
            child,
            state: track.states.nth(first),
            until: to,
            plan,
            door: Door::Outside,
            taken: 0,
            visits: Visits::NONE,
            ..*outer
        }
    }

    /// The plan that an exit stands for.
    fn plan(&self, exit: ExitId) -> u16 {
        self.scenario.pathway.exits[exit].plan
    }

    /// The price of a stay relative to its line's average, in thousandths.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    fn price(&self, walker: &Walker, state: StateId) -> u32 {
        let Some(table) = &self.scenario.stays[state].price else { return 1000 };
        let bits = mix(stay_luck(walker, &self.world.steps[state], false).wrapping_add(purpose::PRICE));
        (table.quantile(bits) / table.mean() * 1000.0 + 0.5) as u32
    }

    // ---- doors ----

    /// Asks for what the door of a state takes; says whether the child has come through.
    #[inline]
    fn through_door(&mut self, walker: &mut Walker, step: &Step) -> bool {
        let scenario = self.scenario;
        if walker.door == Door::Outside {
            walker.since = walker.now;
            if let Some(pool) = step.pool {
                self.stand(walker, pool.index());
                return false;
            }
            walker.door = Door::Service(0);
        }
        if !step.served {
            return true;
        }
        let Door::Service(mut next) = walker.door else { return true };
        let services = &scenario.stays[walker.state].interventions;
        while let Some(&i) = services.get(usize::from(next)) {
            let intervention = &scenario.interventions[i];
            if intervention.limit != Limit::None && self.wants(walker, intervention) {
                walker.door = Door::Service(next);
                self.stand(walker, scenario.pools.len() + i.index());
                return false;
            }
            next += 1;
        }
        true
    }

    /// Leaves a walker standing at a door and enters its request.
    fn stand(&mut self, walker: &mut Walker, place: usize) {
        let slot = if let Some(slot) = self.desk.free.pop() {
            let standing = &mut self.desk.walkers[slot as usize];
            walker.ticket = standing.ticket.wrapping_add(1);
            *standing = *walker;
            slot
        } else {
            self.desk.walkers.push(*walker);
            number(self.desk.walkers.len() - 1)
        };
        let (at, ticket) = (walker.now, walker.ticket);
        self.enter(Touch { at, deed: Deed::Request, place: number(place), walker: slot, ticket });
    }

    #[inline]
    fn enter(&mut self, touch: Touch) {
        let Desk { diary, walkers, .. } = &mut *self.desk;
        diary.enter(touch, |touch| rank(walkers, touch));
    }

    /// Enters that a place comes free.
    #[inline]
    fn enter_release(&mut self, at: Tick, place: usize) {
        self.enter(Touch { at, deed: Deed::Release, place: number(place), walker: 0, ticket: 0 });
    }

    /// Takes a walker from where it stands. Nobody waits there any longer.
    #[inline]
    fn resume(&mut self, slot: u32) -> Walker {
        self.desk.free.push(slot);
        let standing = &mut self.desk.walkers[slot as usize];
        let walker = *standing;
        standing.door = Door::Outside;
        walker
    }

    fn request(&mut self, touch: Touch) {
        match self.desk.walkers[touch.walker as usize].door {
            Door::Outside => self.request_pool(touch),
            Door::Service(next) => self.request_service(touch, next),
            Door::WaitsForPool | Door::WaitsForService(_) => {}
        }
    }

    fn request_pool(&mut self, touch: Touch) {
        if self.take_if_free(touch) {
            let mut walker = self.resume(touch.walker);
            walker.door = Door::Service(0);
            self.walk(&mut walker);
            return;
        }
        let scenario = self.scenario;
        let state = &scenario.pathway.states[self.desk.walkers[touch.walker as usize].state];
        match &state.pool {
            Some((_, IfFull::Wait(..))) => self.wait(touch, Door::WaitsForPool),
            Some((_, IfFull::Leave(exits))) => {
                let mut walker = self.resume(touch.walker);
                let row = self.row_of(&walker);
                self.leave(&mut walker, exits[row], touch.at);
                self.walk(&mut walker);
            }
            None => {}
        }
    }

    fn take_if_free(&mut self, touch: Touch) -> bool {
        let place = touch.place as usize;
        self.desk.places[place].request(self.world.places(self.scenario, place, touch.at))
    }

    fn row_of(&self, walker: &Walker) -> usize {
        let pathway = &self.scenario.pathway;
        pathway.row(&pathway.states[walker.state].grid, &walker.child, usize::from(walker.plan), walker.now)
    }

    fn request_service(&mut self, touch: Touch, next: u8) {
        let i = self.service(touch.place as usize);
        let intervention = &self.scenario.interventions[i];
        let granted = match intervention.limit {
            Limit::None => true,
            Limit::Quota(_) => {
                let year = self.scenario.calendar.year_at(touch.at);
                let family = self.desk.walkers[touch.walker as usize].child.family;
                self.desk.quotas[i].request(year, family, self.world.quotas[i][year])
            }
            Limit::Places(..) => self.take_if_free(touch),
        };
        if granted {
            let walker = self.resume(touch.walker);
            self.serve(walker, i, next, touch.at);
        } else if intervention.when_full == WhenFull::Wait {
            self.wait(touch, Door::WaitsForService(next));
        } else {
            let mut walker = self.resume(touch.walker);
            walker.door = Door::Service(next + 1);
            self.walk(&mut walker);
        }
    }

    /// The service at a place: services are numbered after the pools.
    fn service(&self, place: usize) -> InterventionId {
        InterventionId::from_index(place - self.scenario.pools.len())
    }

    /// A service takes a child in.
    fn serve(&mut self, mut walker: Walker, i: InterventionId, next: u8, at: Tick) {
        walker.taken |= 1 << i.index();
        walker.door = Door::Service(next + 1);
        if let Limit::Places(_, n) = self.scenario.interventions[i].limit {
            let to = at + world::months(self.world.values[n]).max(1);
            self.enter_release(to, self.scenario.pools.len() + i.index());
        }
        self.walk(&mut walker);
    }

    /// Leaves a child waiting in line.
    fn wait(&mut self, touch: Touch, door: Door) {
        let slot = touch.walker;
        let walker = &mut self.desk.walkers[slot as usize];
        walker.door = door;
        walker.now = touch.at;
        let state = &self.scenario.pathway.states[walker.state];
        if let Some((_, into)) = state.waiting {
            self.observer.leave(&walker.child, into, touch.at);
        }
        self.desk.places[touch.place as usize].wait(slot);
        let birthday = state.birthday.map_or(Tick::MAX, |(age, _)| walker.child.born + age);
        let patience = walker.until.min(birthday.max(touch.at + 1));
        if patience < self.end() {
            self.enter(Touch { at: patience, deed: Deed::GiveUp, ..touch });
        }
    }

    fn stay_waiting(&mut self, walker: &Walker, to: Tick) {
        if let Some((waiting, _)) = self.scenario.pathway.states[walker.state].waiting {
            self.observer.stay(&walker.child, waiting, walker.now, to, 1000);
        }
    }

    /// A child has waited until the track ended or a birthday came.
    fn give_up(&mut self, touch: Touch) {
        let walker = &self.desk.walkers[touch.walker as usize];
        if walker.ticket != touch.ticket {
            return;
        }
        if !matches!(walker.door, Door::WaitsForPool | Door::WaitsForService(_)) {
            return;
        }
        self.desk.places[touch.place as usize].give_up(touch.walker);
        let mut walker = self.resume(touch.walker);
        self.stay_waiting(&walker, touch.at);
        if touch.at >= walker.until {
            return;
        }
        let state = &self.scenario.pathway.states[walker.state];
        if let Some((_, exit)) = state.birthday {
            // Out of the line, back to the door, and away from there: so nobody is lost in the counts.
            if let Some((_, into)) = state.waiting {
                self.observer.leave(&walker.child, out_of_line(into), touch.at);
            }
            self.leave(&mut walker, exit, touch.at);
            self.walk(&mut walker);
        }
    }

    /// A place comes free.
    #[inline]
    fn release(&mut self, touch: Touch) {
        let place = touch.place as usize;
        self.desk.places[place].release();
        self.grant(place, touch.at);
    }

    /// Gives free places to those who wait.
    #[inline]
    fn grant(&mut self, place: usize, at: Tick) {
        while self.desk.places[place].is_waited_for() {
            let places = self.world.places(self.scenario, place, at);
            let Some(slot) = self.desk.places[place].grant(places) else { return };
            self.granted(slot, place, at);
        }
    }

    /// A child who waited is let in.
    #[inline]
    fn granted(&mut self, slot: u32, place: usize, at: Tick) {
        let mut walker = self.resume(slot);
        self.stay_waiting(&walker, at);
        let state = &self.scenario.pathway.states[walker.state];
        if let Some((_, into)) = state.waiting {
            self.observer.leave(&walker.child, out_of_line(into), at);
        }
        walker.now = at;
        if let Door::WaitsForService(next) = walker.door {
            self.serve(walker, self.service(place), next, at);
        } else {
            walker.door = Door::Service(0);
            self.walk(&mut walker);
        }
    }

    /// At the start of a day, places that an intervention has added go to those who wait.
    fn refill(&mut self, at: Tick) {
        for &pool in &self.world.changing {
            self.grant(pool.index(), at);
        }
    }
}

/// The exit back from a waiting line: it is made right after the one into it.
fn out_of_line(into: ExitId) -> ExitId {
    ExitId::from_index(into.index() + 1)
}

/// The order of touches of one deed at one tick. Releases are all alike but for the place.
fn rank(walkers: &[Walker], touch: &Touch) -> Rank {
    if touch.deed == Deed::Release {
        return (touch.place.into(), 0, 0);
    }
    let Walker { since, child, .. } = &walkers[touch.walker as usize];
    (*since, child.family, child.number)
}

/// A position as the diary keeps it: there are never so many places or children.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "positions are far below 2^32")]
fn number(position: usize) -> u32 {
    position as u32
}
