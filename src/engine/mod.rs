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
mod world;

use crate::capacity::{Pool, Quota};
use crate::pathway::{
    Child, During, ExitId, IfFull, Kind, StateId,
    calendar::{DAY, Tick},
    chance::{GOLDEN, mix, name_key},
};
use crate::scenario::{Effect, Intervention, Limit, Scenario, build::MOST_STATES, file::WhenFull};
use diary::{Deed, Diary, Touch};
use spell::{Ending, stay_luck};
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
    fn reach(&mut self, _child: &Child, _intervention: usize, _at: Tick) {}
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
        intervention: usize,
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
    fn reach(&mut self, child: &Child, intervention: usize, at: Tick) {
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
    pools: Vec<Pool>,
    services: Vec<Pool>,
    quotas: Vec<Quota>,
    walkers: Vec<Walker>,
    free: Vec<u32>,
}

impl Desk {
    fn clear(&mut self, scenario: &Scenario) {
        self.diary.open(usize::try_from(scenario.calendar.end() / DAY + 1).unwrap_or(0));
        self.pools = vec![Pool::default(); scenario.pools.len()];
        self.services = vec![Pool::default(); scenario.interventions.len()];
        self.quotas = vec![Quota::default(); scenario.interventions.len()];
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
    visits: [u8; MOST_STATES],
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
    pub const TIME: u64 = name_key("time");
    pub const HEIGHT: u64 = name_key("height");
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
        self.desk.diary.turn_to(usize::try_from(day).unwrap_or(0));
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
        opening: Option<(&[Option<StateId>], Tick)>,
    ) -> bool {
        let to = walker.now.saturating_add(ending.left).min(walker.until);
        let price = if step.priced { self.price(walker, walker.state) } else { 1000 };
        self.observer.stay(&walker.child, walker.state, walker.now, to, price);
        if let Some(pool) = step.pool {
            self.enter(walker, Deed::Release, to, pool);
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
    #[inline]
    fn leave(&mut self, walker: &mut Walker, exit: ExitId, at: Tick) {
        self.observer.leave(&walker.child, exit, at);
        walker.state = self.world.targets[exit];
        walker.now = at;
        walker.door = Door::Outside;
    }

    /// Starts the tracks that run beside a stage; for the opening caseload, in the states given.
    fn run_tracks(
        &mut self,
        walker: &Walker,
        plan: ExitId,
        to: Tick,
        opening: Option<(&[Option<StateId>], Tick)>,
    ) {
        for number in 1..self.scenario.pathway.tracks.len() {
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
    fn inner_walker(&mut self, outer: &Walker, number: usize, plan: ExitId, to: Tick) -> Walker {
        let scenario = self.scenario;
        let track = &scenario.pathway.tracks[number];
        let visit = u64::from(outer.visits[outer.state - scenario.pathway.tracks[0].states.start]);
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
        let bits = mix(child.luck.wrapping_add(purpose::FIRST)).min(u64::MAX - 1);
        let first = self.world.firsts[number][row * width..][..width].partition_point(|&t| t <= bits);
        Walker {
            child,
            state: track.states.start + first,
            until: to,
            plan,
            door: Door::Outside,
            taken: 0,
            visits: [0; MOST_STATES],
            ..*outer
        }
    }

    /// The plan that an exit stands for.
    fn plan(&self, exit: ExitId) -> u16 {
        self.scenario.plans.get(exit).copied().unwrap_or(0)
    }

    /// The price of a stay relative to its line's average, in thousandths.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    fn price(&self, walker: &Walker, state: StateId) -> u32 {
        let Some(table) = &self.scenario.prices[state] else { return 1000 };
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
                self.stand(walker, pool);
                return false;
            }
            walker.door = Door::Service(0);
        }
        if !step.served {
            return true;
        }
        let Door::Service(mut next) = walker.door else { return true };
        let services = &scenario.services[walker.state];
        while let Some(&i) = services.get(usize::from(next)) {
            let intervention = &scenario.interventions[i];
            if intervention.limit != Limit::None && self.wants(walker, intervention) {
                walker.door = Door::Service(next);
                self.stand(walker, i);
                return false;
            }
            next += 1;
        }
        true
    }

    /// Leaves a walker standing at a door and enters its request.
    fn stand(&mut self, walker: &mut Walker, place: usize) {
        walker.ticket += 1;
        let slot = if let Some(slot) = self.desk.free.pop() {
            let standing = &mut self.desk.walkers[slot as usize];
            walker.ticket = walker.ticket.max(standing.ticket + 1);
            *standing = *walker;
            slot
        } else {
            self.desk.walkers.push(*walker);
            u32::try_from(self.desk.walkers.len() - 1).unwrap_or(0)
        };
        self.desk.diary.enter(touch(walker, Deed::Request, walker.now, place, slot));
    }

    /// Enters something that needs no walker.
    #[inline]
    fn enter(&mut self, walker: &Walker, deed: Deed, at: Tick, place: usize) {
        if at < self.end() {
            let touch = Touch { since: at, ..touch(walker, deed, at, place, u32::MAX) };
            self.desk.diary.enter(touch);
        }
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
        let pool = touch.place as usize;
        let places = self.world.places(self.scenario, pool, touch.at);
        if self.desk.pools[pool].request(places) {
            let mut walker = self.resume(touch.walker);
            walker.door = Door::Service(0);
            self.walk(&mut walker);
            return;
        }
        let scenario = self.scenario;
        let state = &scenario.pathway.states[self.desk.walkers[touch.walker as usize].state];
        match &state.pool {
            Some((_, IfFull::Wait(..))) => self.wait(touch, pool, Door::WaitsForPool),
            Some((_, IfFull::Leave(exits))) => {
                let mut walker = self.resume(touch.walker);
                let row = self.row_of(&walker);
                self.leave(&mut walker, exits[row], touch.at);
                self.walk(&mut walker);
            }
            None => {}
        }
    }

    fn row_of(&self, walker: &Walker) -> usize {
        let pathway = &self.scenario.pathway;
        pathway.row(&pathway.states[walker.state].grid, &walker.child, usize::from(walker.plan), walker.now)
    }

    fn request_service(&mut self, touch: Touch, next: u8) {
        let i = touch.place as usize;
        let intervention = &self.scenario.interventions[i];
        let granted = match intervention.limit {
            Limit::None => true,
            Limit::Quota(n) => {
                let year = self.scenario.calendar.year_at(touch.at);
                let places = self.quota_places(intervention, self.world.values[n], year);
                self.desk.quotas[i].request(year, touch.family, places)
            }
            Limit::Places(n, _) => self.desk.services[i].request(whole(self.world.values[n])),
        };
        if granted {
            let walker = self.resume(touch.walker);
            self.serve(walker, i, next, touch.at);
        } else if intervention.when_full == WhenFull::Wait {
            self.wait(touch, i, Door::WaitsForService(next));
        } else {
            let mut walker = self.resume(touch.walker);
            walker.door = Door::Service(next + 1);
            self.walk(&mut walker);
        }
    }

    /// A year's places, in proportion to the part of the year in which the service runs.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn quota_places(&self, intervention: &Intervention, a_year: f64, year: usize) -> u32 {
        let calendar = &self.scenario.calendar;
        let months: Vec<usize> =
            (0..calendar.months()).filter(|&m| calendar.year_of_month(m) == year).collect();
        let (first, last) = (months[0], months[months.len() - 1]);
        let (from, to) = (calendar.month_start(first), calendar.month_start(last + 1));
        let open = intervention.from.clamp(from, to);
        let shut = intervention.until.map_or(to, |u| (u + intervention.fade).clamp(from, to));
        let part = (shut - open).max(0) as f64 / (to - from) as f64;
        whole(a_year * part * months.len() as f64 / 12.0)
    }

    /// A service takes a child in.
    fn serve(&mut self, mut walker: Walker, i: usize, next: u8, at: Tick) {
        walker.taken |= 1 << i;
        walker.door = Door::Service(next + 1);
        if let Limit::Places(_, n) = self.scenario.interventions[i].limit {
            let to = at + world::months(self.world.values[n]).max(1);
            self.enter(&walker, Deed::Release, to, self.scenario.pools.len() + i);
        }
        self.walk(&mut walker);
    }

    /// Leaves a child waiting in line.
    fn wait(&mut self, touch: Touch, place: usize, door: Door) {
        let slot = touch.walker;
        let walker = &mut self.desk.walkers[slot as usize];
        walker.door = door;
        walker.now = touch.at;
        let state = &self.scenario.pathway.states[walker.state];
        if let Some((_, into)) = state.waiting {
            self.observer.leave(&walker.child, into, touch.at);
        }
        let line = if door == Door::WaitsForPool {
            &mut self.desk.pools[place]
        } else {
            &mut self.desk.services[place]
        };
        line.wait(slot);
        let birthday = state.birthday.map_or(Tick::MAX, |(age, _)| walker.child.born + age);
        let patience = walker.until.min(birthday.max(touch.at + 1));
        if patience < self.end() {
            self.desk.diary.enter(Touch { at: patience, deed: Deed::GiveUp, ..touch });
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
        let place = touch.place as usize;
        match walker.door {
            Door::WaitsForPool => self.desk.pools[place].give_up(touch.walker),
            Door::WaitsForService(_) => self.desk.services[place].give_up(touch.walker),
            _ => return,
        }
        let mut walker = self.resume(touch.walker);
        self.stay_waiting(&walker, touch.at);
        if touch.at >= walker.until {
            return;
        }
        if let Some((_, exit)) = self.scenario.pathway.states[walker.state].birthday {
            self.leave(&mut walker, exit, touch.at);
            self.walk(&mut walker);
        }
    }

    /// A place comes free, in a pool or (numbered after them) a service.
    fn release(&mut self, touch: Touch) {
        let (place, pools) = (touch.place as usize, self.scenario.pools.len());
        if place < pools {
            self.desk.pools[place].release();
            self.grant(place, touch.at);
        } else {
            self.desk.services[place - pools].release();
            self.grant(place, touch.at);
        }
    }

    /// Gives free places to those who wait.
    fn grant(&mut self, place: usize, at: Tick) {
        let pools = self.scenario.pools.len();
        loop {
            let slot = if place < pools {
                let places = self.world.places(self.scenario, place, at);
                self.desk.pools[place].grant(places)
            } else {
                let Limit::Places(n, _) = self.scenario.interventions[place - pools].limit else { return };
                self.desk.services[place - pools].grant(whole(self.world.values[n]))
            };
            let Some(slot) = slot else { return };
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
            // The exit back from the waiting line is made right after the one into it.
            self.observer.leave(&walker.child, into + 1, at);
        }
        walker.now = at;
        if let Door::WaitsForService(next) = walker.door {
            self.serve(walker, place - self.scenario.pools.len(), next, at);
        } else {
            walker.door = Door::Service(0);
            self.walk(&mut walker);
        }
    }

    /// At the start of a day, places that an intervention has added go to those who wait.
    fn refill(&mut self, at: Tick) {
        for i in 0..self.scenario.interventions.len() {
            for effect in &self.scenario.interventions[i].effects {
                if let Effect::Places { pool, .. } = effect {
                    self.grant(*pool, at);
                }
            }
        }
    }
}

#[inline]
fn touch(walker: &Walker, deed: Deed, at: Tick, place: usize, slot: u32) -> Touch {
    Touch {
        at,
        deed,
        since: walker.since,
        family: walker.child.family,
        child: walker.child.number,
        place: u32::try_from(place).unwrap_or(0),
        walker: slot,
        ticket: walker.ticket,
    }
}

/// A number of places as a whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn whole(places: f64) -> u32 {
    libm::round(places) as u32
}
