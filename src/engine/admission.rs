//! Before a state: seizing places, queueing for them, being refused, and letting in.

use super::{
    Engine, Workspace,
    ending::{decision_draws, only, stay_draws},
    event_calendar::{Class, Event},
    live::{AVERAGE, Acting, Live, NONE, Phase},
    number, rank,
    rules::{Step, Way},
};
use crate::pathway::{
    ExitId, IfFull, InterventionId, Kind, PoolId, TrackId, Waiting,
    calendar::{DAY, Tick},
};
use crate::record::{Cause, Entry, Observer, Origin};
use crate::scenario::{Limit, file::WhenFull};

impl<O: Observer> Engine<'_, O> {
    /// Brings on a child who is bound for a state: by the shortest way where that is open.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most stays begin here")]
    pub(super) fn go_in(&mut self, slot: u32, step: &Step, at: Tick) {
        self.go_in_by(step.way, slot, step, at);
    }

    /// Brings on a child by the shortest way into a state, or by the long way, which is open to all.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most stays begin here")]
    pub(super) fn go_in_by(&mut self, way: Way, slot: u32, step: &Step, at: Tick) {
        if self.space.slab[slot].has_tracks() {
            return self.proceed(slot, at);
        }
        match way {
            Way::Out => self.depart(slot, at),
            Way::Stay => self.stay(slot, step, at),
            Way::Pool => self.take_place(slot, step, at),
            Way::Decision => self.be_sent_on(slot, step, at),
            Way::Long => self.proceed(slot, at),
        }
    }

    /// A decision sends a child on at once.
    #[inline(never)]
    fn be_sent_on(&mut self, slot: u32, step: &Step, at: Tick) {
        let (live, visits) = self.space.slab.with_visits(slot, step.visit);
        live.draws = decision_draws(&live.child, step, (*visits).into());
        (live.clock, live.served) = (at, 0);
        let exit = self.model.decision(live, step);
        self.pass(slot, step, exit, at);
        self.answer(slot, at);
    }

    /// Brings on a child who has asked for a place, or has been given one.
    #[inline(never)]
    pub(super) fn answer(&mut self, slot: u32, at: Tick) {
        self.go_in(slot, &self.model.rules.steps[self.space.slab[slot].state], at);
    }

    /// Begins a stay as soon as the pool has a place; who is refused goes elsewhere.
    #[inline(never)]
    fn take_place(&mut self, slot: u32, step: &Step, at: Tick) {
        if !self.ask_for_place(slot, step, at) {
            return;
        }
        if self.space.slab[slot].phase == Phase::Outside {
            self.answer(slot, at);
        } else {
            self.stay(slot, step, at);
        }
    }

    /// Brings a child on from where it stands until a spell takes time, it has to wait, or it departs.
    #[inline(never)]
    pub(super) fn proceed(&mut self, slot: u32, at: Tick) {
        let rules = self.model.rules;
        loop {
            let live = &self.space.slab[slot];
            let step = &rules.steps[live.state];
            if live.phase == Phase::Outside {
                if step.kind == Kind::End {
                    self.close_tracks(slot, at, |_| false);
                    return self.depart(slot, at);
                }
                let has_tracks = live.has_tracks();
                self.draw_keys(slot, step);
                if has_tracks {
                    self.settle_tracks(slot, step, at);
                }
            }
            if step.limited {
                if !self.ask_admission(slot, step, at) {
                    return;
                }
                if self.space.slab[slot].phase == Phase::Outside {
                    continue;
                }
            }
            if !self.enter(slot, step, at) {
                return;
            }
        }
    }

    /// Keys of what is decided in a spell that may begin.
    #[inline]
    fn draw_keys(&mut self, slot: u32, step: &Step) {
        let visit = self.space.slab.visits(slot, step.visit);
        let live = &mut self.space.slab[slot];
        live.draws = decision_draws(&live.child, step, visit);
        if step.reached {
            let (live, help) = self.space.slab.with_help(slot);
            help.draws = stay_draws(&live.child, step, visit, true);
            (help.taken, help.acting) = (0, Acting::default());
        }
    }

    /// Asks for the places that a state and the services in it take; says whether the child need not wait for an answer. It is then let
    /// in or, refused by a full pool, before another state.
    #[inline(never)]
    fn ask_admission(&mut self, slot: u32, step: &Step, at: Tick) -> bool {
        if !self.ask_for_place(slot, step, at) {
            return false;
        }
        if !step.reached {
            return true;
        }
        loop {
            match self.space.slab[slot].phase {
                Phase::Inside(next) => {
                    let Some(next) = self.next_service(slot, next, at) else { return true };
                    self.space.slab[slot].phase = Phase::AsksService(next);
                    if !self.is_heard_at_once(at) {
                        self.file_request(slot, at);
                        return false;
                    }
                }
                Phase::AsksService(next) => {
                    if !self.ask_service(slot, next, at) {
                        return false;
                    }
                }
                _ => return true,
            }
        }
    }

    /// Asks for the place of a pool that a state takes, unless that is done; says whether the child need not wait.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "asked in two places")]
    fn ask_for_place(&mut self, slot: u32, step: &Step, at: Tick) -> bool {
        let live = &mut self.space.slab[slot];
        if live.phase == Phase::Outside {
            // Who has had the birthday that ends the stage takes no place: it leaves at once.
            let asks = step.pool.is_some() && !self.model.is_past(step.birthday, live, at);
            live.phase = if asks { Phase::AsksPool } else { Phase::Inside(0) };
            if step.reached {
                self.space.slab.help_mut(slot).asked = at;
            }
            if asks && !self.is_heard_at_once(at) {
                self.space.slab.help_mut(slot).asked = at;
                self.file_request(slot, at);
                return false;
            }
        }
        self.space.slab[slot].phase != Phase::AsksPool || self.ask_pool(slot, step, at)
    }

    /// Whether nothing else is to happen first at this tick, so that a request is answered at once; if something is, it
    /// waits for its turn.
    #[inline]
    fn is_heard_at_once(&self, at: Tick) -> bool {
        !self.space.busy && self.space.free_places.is_empty() && self.space.calendar.is_alone(at)
    }

    /// Files a request, to be answered when its turn comes.
    #[inline(never)]
    fn file_request(&mut self, slot: u32, at: Tick) {
        self.space.slab[slot].due = at;
        self.file(Event::new(at, Class::Request, slot));
    }

    /// The next service with few places that a child in a state wants.
    fn next_service(&self, slot: u32, from: u8, at: Tick) -> Option<u8> {
        let (live, help) = (&self.space.slab[slot], self.space.slab.help(slot));
        let scenario = self.model.scenario;
        let services = &scenario.stays[live.state].interventions;
        let wanted = |&n: &u8| {
            let intervention = &scenario.interventions[services[usize::from(n)]];
            intervention.limit != Limit::None && self.model.wants(live, help, intervention, at)
        };
        #[expect(clippy::cast_possible_truncation, reason = "there are at most 64 interventions")]
        (from..services.len() as u8).find(wanted)
    }

    /// Asks for a place of the pool. Says whether the child need not wait.
    #[inline]
    fn ask_pool(&mut self, slot: u32, step: &Step, at: Tick) -> bool {
        let Some(pool) = step.pool.map(PoolId::index) else { return true };
        let places = self.places(pool);
        let live = &mut self.space.slab[slot];
        if self.space.resources[pool].seize(places) {
            (live.seized, live.phase) = (true, Phase::Inside(0));
            return true;
        }
        self.find_pool_full(slot, pool, step, at)
    }

    /// A child for whom the pool has no place waits for one, or goes elsewhere; says whether it need not wait.
    #[inline(never)]
    fn find_pool_full(&mut self, slot: u32, pool: usize, step: &Step, at: Tick) -> bool {
        let live = &mut self.space.slab[slot];
        let state = &self.model.scenario.pathway.states[live.state];
        let Some((_, IfFull::Leave(exits))) = &state.pool else {
            self.wait_for_pool(slot, pool, step, at);
            return false;
        };
        let exit = exits[self.model.row(&state.grid, live, at)];
        self.observer.refused(&live.child, exit, at);
        (live.state, live.phase, live.diverted) = (self.model.rules.targets[exit], Phase::Outside, true);
        true
    }

    /// A child joins the queue for a pool: it waits outside the stage, and no track runs.
    #[inline(never)]
    fn wait_for_pool(&mut self, slot: u32, pool: usize, step: &Step, at: Tick) {
        if self.space.slab[slot].has_tracks() {
            self.close_tracks(slot, at, |_| false);
        }
        let live = &mut self.space.slab[slot];
        (live.phase, live.since, live.price, live.begun) = (Phase::WaitsForPool, at, AVERAGE, true);
        let state = self.model.counted_state(live);
        self.observer.entered(&live.child, &Entry { state, diverted: true, ..live.entry(at, AVERAGE) });
        let birthday = self.model.when_aged(&live.child, step.birthday);
        let gives_up = self.model.scenario.pathway.states[live.state].waiting.and_then(|w| w.gives_up);
        self.join_queue(slot, pool, (birthday, gives_up.unwrap_or(step.birthday_exit)));
    }

    /// Joins a queue until a place is granted, or a birthday comes and with it an exit. A birthday of a later month is
    /// filed when the month begins: by then the wait is over, as a rule.
    fn join_queue(&mut self, slot: u32, resource: usize, (birthday, exit): (Tick, ExitId)) {
        let ticket = self.space.slab.renew_ticket(slot);
        let live = &mut self.space.slab[slot];
        (live.due, live.exit) = (birthday, exit);
        self.space.resources[resource].enqueue(slot, ticket);
        if birthday < self.space.month_end {
            self.file(Event::new(birthday, Class::GiveUp, slot));
        }
    }

    /// Files the birthdays in the month that begins of those who wait.
    pub(super) fn file_birthdays_of_waiting(&mut self) {
        let Workspace { resources, slab, calendar, families, outcomes, month_end, .. } = &mut *self.space;
        for resource in resources {
            for &(slot, ticket) in resource.queue() {
                let at = slab[slot].due;
                if at < *month_end && slab.has_ticket(slot, ticket) {
                    let event = Event::new(at, Class::GiveUp, slot);
                    calendar.file(event, |event| rank(slab, families, outcomes, event));
                }
            }
        }
    }

    /// Asks for a place in a service. Says whether the child need not wait.
    #[inline(never)]
    fn ask_service(&mut self, slot: u32, next: u8, at: Tick) -> bool {
        let scenario = self.model.scenario;
        let i = scenario.stays[self.space.slab[slot].state].interventions[usize::from(next)];
        let intervention = &scenario.interventions[i];
        let resource = scenario.pools.len() + i.index();
        let family = self.space.slab[slot].child.family;
        let granted = match intervention.limit {
            Limit::None => true,
            Limit::Quota(_) => {
                let year = scenario.calendar.year_at(at);
                self.space.quotas[i].request(year, family, self.model.rules.quotas[i][year])
            }
            Limit::Places(..) => {
                let places = self.places(resource);
                self.space.resources[resource].seize(places)
            }
        };
        if granted {
            self.serve(slot, i, at);
        } else if intervention.when_full == WhenFull::Wait {
            self.wait_for_service(slot, resource, next, at);
            return false;
        }
        self.space.slab[slot].phase = Phase::Inside(next + 1);
        true
    }

    /// A service takes a child in.
    fn serve(&mut self, slot: u32, i: InterventionId, at: Tick) {
        self.space.slab.help_mut(slot).taken |= only(i, true);
        self.observer.reached(&self.space.slab[slot].child, i, at);
        if let Limit::Places(..) = self.model.scenario.interventions[i].limit {
            let to = at + self.model.rules.place_held_for(self.model.scenario, i);
            if to < self.end() {
                self.file(Event::new(to, Class::Release, number(i.index())));
            }
        }
    }

    /// A child joins the queue for a service: it is in its stage, and the stage's clock stands still.
    fn wait_for_service(&mut self, slot: u32, resource: usize, next: u8, at: Tick) {
        let live = &mut self.space.slab[slot];
        (live.phase, live.clock) = (Phase::WaitsForService(next), at);
        let step = &self.model.rules.steps[live.state];
        if !live.begun {
            self.begin_spell(slot, step, at);
            if step.accompanied {
                let plan = self.model.ending(&self.space.slab[slot], step).plan;
                self.begin_tracks(slot, plan, at);
            }
        }
        let (birthday, exit) = self.model.birthday_that_ends(&self.space.slab[slot], step);
        self.join_queue(slot, resource, (birthday.max(at), exit));
    }

    /// A child can wait no longer: a birthday that ends its stage has come.
    #[inline(never)]
    pub(super) fn give_up(&mut self, slot: u32, at: Tick) {
        let live = &self.space.slab[slot];
        let (from, exit) = (self.model.counted_state(live), live.exit);
        self.report_wait(slot, at, false);
        self.leave_queue(slot);
        self.leave(slot, from, exit, at);
        self.answer(slot, at);
    }

    /// Tells of a wait for a service that is over.
    pub(super) fn report_wait(&mut self, slot: u32, at: Tick, is_taken_in: bool) {
        let live = &self.space.slab[slot];
        if let Some(service) = self.model.service_waited_for(live) {
            self.observer.waited(&live.child, service, live.clock, at, is_taken_in);
        }
    }

    /// Takes a child who waits out of the queue.
    pub(super) fn leave_queue(&mut self, slot: u32) {
        let resource = self.queue_of(&self.space.slab[slot]);
        self.space.slab.renew_ticket(slot);
        self.space.resources[resource].give_up();
    }

    /// The pool or service that a child waits for.
    fn queue_of(&self, live: &Live) -> usize {
        match self.model.service_waited_for(live) {
            Some(service) => self.model.scenario.pools.len() + service.index(),
            None => self.model.rules.steps[live.state].pool.map_or(0, PoolId::index),
        }
    }

    // ---- places that come free ----

    /// Places in a pool or (numbered after the pools) a service, as they are now.
    #[inline]
    fn places(&self, resource: usize) -> u32 {
        self.model.rules.fixed_places[resource].unwrap_or_else(|| self.space.places[resource])
    }

    /// A place of a resource comes free. Who waits for it is granted it once all that ends at this tick has ended.
    #[inline]
    pub(super) fn release(&mut self, resource: usize, at: Tick) {
        self.space.resources[resource].release();
        self.offer(resource, at);
    }

    #[inline]
    fn offer(&mut self, resource: usize, at: Tick) {
        if self.space.resources[resource].is_waited_for() {
            self.space.free_places.push(resource);
            self.space.freed = at;
        }
    }

    /// Gives the places that have come free to those who wait.
    #[inline(never)]
    pub(super) fn grant_free_places(&mut self) {
        let at = self.space.freed;
        let mut free = std::mem::take(&mut self.space.free_places);
        if free.len() > 1 {
            free.sort_unstable();
            free.dedup();
        }
        self.space.busy = true;
        for resource in free.drain(..) {
            let places = self.places(resource);
            while let Some(slot) = self.first_waiting(resource, places) {
                self.grant(slot, resource, at);
            }
        }
        self.space.busy = false;
        // What has come free meanwhile is granted next; the list keeps its memory.
        free.append(&mut self.space.free_places);
        self.space.free_places = free;
    }

    /// Who is first in the queue for a place that is free.
    fn first_waiting(&mut self, resource: usize, places: u32) -> Option<u32> {
        let slab = &self.space.slab;
        self.space.resources[resource].grant(places, |slot, ticket| slab.has_ticket(slot, ticket))
    }

    /// A child who waited is granted a place.
    fn grant(&mut self, slot: u32, resource: usize, at: Tick) {
        let pools = self.model.scenario.pools.len();
        if let Phase::WaitsForService(next) = self.space.slab[slot].phase {
            self.report_wait(slot, at, true);
            self.serve(slot, InterventionId::from_index(resource - pools), at);
            self.space.slab[slot].phase = Phase::Inside(next + 1);
        } else {
            let state = self.space.slab[slot].state;
            if let Some(Waiting { let_in, .. }) = self.model.scenario.pathway.states[state].waiting {
                self.report_end(slot, Cause::Exit(let_in), at);
                self.space.slab[slot].origin = Origin::Exit(let_in);
            }
            let live = &mut self.space.slab[slot];
            (live.begun, live.diverted) = (false, false);
            (live.seized, live.phase) = (true, Phase::Inside(0));
            let step = &self.model.rules.steps[state];
            if step.way == Way::Pool && !live.has_tracks() {
                return self.stay(slot, step, at);
            }
        }
        self.answer(slot, at);
    }

    /// A service is over: who waits for it goes on without it.
    pub(super) fn close_service(&mut self, i: InterventionId, at: Tick) {
        let resource = self.model.scenario.pools.len() + i.index();
        let slab = &self.space.slab;
        let mut left = Vec::new();
        while let Some(slot) =
            self.space.resources[resource].next_waiting(|slot, ticket| slab.has_ticket(slot, ticket))
        {
            left.push(slot);
        }
        self.space.busy = true;
        for slot in left {
            self.report_wait(slot, at, false);
            let live = &mut self.space.slab[slot];
            if let Phase::WaitsForService(next) = live.phase {
                live.phase = Phase::Inside(next + 1);
            }
            self.proceed(slot, at);
        }
        self.space.busy = false;
    }

    /// Places of a pool that interventions change, or of a service that grows or fades, are counted anew, each day on which
    /// they can change.
    pub(super) fn change_places(&mut self, resource: usize, at: Tick) {
        self.space.places[resource] = self.model.rules.places_now(self.model.scenario, resource, at);
        self.offer(resource, at);
        let next = at + DAY;
        if next < self.end() {
            self.file(Event::new(next, Class::Change, number(resource)));
        }
    }

    // ---- tracks that a stage ends ----

    /// Ends the tracks that do not run beside the state that a child has come to.
    #[inline(never)]
    fn settle_tracks(&mut self, slot: u32, step: &Step, at: Tick) {
        if step.kind != Kind::Decision {
            let (scenario, state) = (self.model.scenario, self.space.slab[slot].state);
            self.close_tracks(slot, at, |track| scenario.pathway.tracks[track].runs_beside(state));
        }
    }

    /// Ends the tracks beside a stage, but for those that go on.
    #[inline(never)]
    pub(super) fn close_tracks(&mut self, slot: u32, at: Tick, goes_on: impl Fn(TrackId) -> bool) {
        if !self.space.slab[slot].has_tracks() {
            return;
        }
        let mut next = std::mem::replace(&mut self.space.slab[slot].link, NONE);
        let mut last = slot;
        while next != NONE {
            let inner = next;
            next = self.space.slab[inner].link;
            if goes_on(self.space.slab[inner].track) && self.space.slab[inner].phase != Phase::Held {
                self.space.slab[last].link = inner;
                last = inner;
                self.space.slab[inner].link = NONE;
            } else {
                self.close_track(inner, at);
            }
        }
    }

    /// A track ends with its stage, wherever the child has come to in it.
    fn close_track(&mut self, slot: u32, at: Tick) {
        if matches!(self.space.slab[slot].phase, Phase::WaitsForPool | Phase::WaitsForService(_)) {
            self.report_wait(slot, at, false);
            self.leave_queue(slot);
        }
        if self.space.slab[slot].begun {
            self.report_end(slot, Cause::StageEnded, at);
        }
        if let Some(pool) = self.model.pool_held(&self.space.slab[slot]) {
            self.release(pool.index(), at);
        }
        self.space.slab.remove(slot);
    }

    /// A child comes to an end of the pathway.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "every child comes to it")]
    fn depart(&mut self, slot: u32, at: Tick) {
        let live = &self.space.slab[slot];
        self.observer.entered(&live.child, &Entry { since: at, ..live.entry(at, AVERAGE) });
        self.space.slab.remove(slot);
    }
}
