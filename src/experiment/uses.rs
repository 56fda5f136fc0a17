//! How the places of pools and services are used: how many are taken, for how long, and who waits for them how long.

use crate::engine::Rules;
use crate::pathway::{Child, InterventionId, PoolId, StateId, Table, calendar::Tick};
use crate::record::{Entry, Origin, Spell};
use crate::scenario::Scenario;

use super::layout::{Places, Whose, places_counted};

/// Children let in, or no longer waiting, and how long they have waited together.
#[derive(Debug, Clone, Copy, Default)]
struct Waits {
    children: i64,
    ticks: i64,
}

/// What is counted of the use of places in one run.
#[derive(Debug)]
pub(super) struct Uses<'a> {
    scenario: &'a Scenario,
    counted: Vec<Places>,
    /// For each state, what is counted that its children take places of; and what those wait for who wait there.
    taking: Table<StateId, Option<usize>>,
    waiting: Table<StateId, Option<usize>>,
    /// For each intervention, what is counted that it is.
    service: Table<InterventionId, Option<usize>>,
    /// In the running month, and in those before, month by month.
    now: Vec<Waits>,
    months: Vec<Waits>,
    /// Who has been taken in by a service, and when.
    served: Vec<(usize, Tick)>,
}

impl<'a> Uses<'a> {
    /// Counters for the places of a scenario whose use is counted; none if there are none.
    pub fn new(scenario: &'a Scenario) -> Option<Box<Self>> {
        let counted = places_counted(scenario);
        if counted.is_empty() {
            return None;
        }
        let states = &scenario.pathway.states;
        let of_pool = |pool: PoolId| counted.iter().position(|c| c.whose == Whose::Pool(pool));
        let taking: Table<StateId, Option<usize>> =
            states.values().map(|state| state.pool.as_ref().and_then(|pool| of_pool(pool.0))).collect();
        let mut waiting = Table::filled(states.len(), None);
        for (state, named) in states.iter() {
            if let Some(queue) = named.waiting {
                waiting[queue.state] = taking[state];
            }
        }
        let of_service = |i| counted.iter().position(|c| c.whose == Whose::Service(i));
        Some(Box::new(Self {
            scenario,
            taking,
            waiting,
            service: scenario.interventions.ids().iter().map(of_service).collect(),
            now: vec![Waits::default(); counted.len()],
            months: Vec::with_capacity(counted.len() * scenario.calendar.months()),
            served: Vec::new(),
            counted,
        }))
    }

    /// Empties it for another run.
    pub fn clear(&mut self) {
        self.now.fill(Waits::default());
        self.months.clear();
        self.served.clear();
    }

    /// A child enters a state: let in at once, it has waited for no time. Who was there on the first day was let in before.
    #[inline]
    pub fn entered(&mut self, child: &Child, entry: &Entry) {
        let Some(pool) = self.taking[entry.state] else { return };
        let has_waited = match entry.origin {
            Origin::Exit(exit) => self.waiting[self.scenario.pathway.exits[exit].from].is_some(),
            Origin::Opening => true,
            Origin::Arrival(_) | Origin::Track => false,
        };
        // Who has had the birthday that ends the stay takes no place.
        let age = self.scenario.calendar.age_at(child.born, entry.at);
        let birthday = self.scenario.pathway.states[entry.state].birthday;
        if !has_waited && birthday.is_none_or(|(birthday, _)| age < birthday) {
            self.now[pool].children += 1;
        }
    }

    /// A child leaves a state: if it has waited there, it is let in or gives up.
    #[inline]
    pub fn left(&mut self, spell: &Spell) {
        let Some(pool) = self.waiting[spell.state] else { return };
        self.now[pool].children += 1;
        self.now[pool].ticks += spell.to - spell.since;
    }

    /// A child waits for a service no longer. If it is taken in, it is counted when that is told.
    pub fn waited(&mut self, service: InterventionId, ticks: Tick, is_taken_in: bool) {
        let Some(service) = self.service[service] else { return };
        self.now[service].children += i64::from(!is_taken_in);
        self.now[service].ticks += ticks;
    }

    /// A service takes a child in.
    pub fn served(&mut self, service: InterventionId, at: Tick) {
        let Some(service) = self.service[service] else { return };
        self.now[service].children += 1;
        self.served.push((service, at));
    }

    /// A month has ended.
    pub fn month_ended(&mut self) {
        self.months.extend_from_slice(&self.now);
        self.now.fill(Waits::default());
    }

    /// Ticks waited, month by month, and the children who have waited them.
    pub fn waits(&self, of: usize) -> (impl Iterator<Item = i64>, impl Iterator<Item = i64>) {
        let months = move || self.months.iter().skip(of).step_by(self.counted.len());
        (months().map(|month| month.ticks), months().map(|month| month.children))
    }

    /// The places of a service that are taken at each month's end, and the ticks for which they are in each month.
    pub fn taken_of_service(&self, of: usize, rules: &Rules) -> (Vec<i64>, Vec<i64>) {
        let calendar = &self.scenario.calendar;
        let (mut at_end, mut ticks) = (vec![0; calendar.months()], vec![0; calendar.months()]);
        let Whose::Service(service) = self.counted[of].whose else { return (at_end, ticks) };
        let held = rules.place_held_for(self.scenario, service);
        for &(_, from) in self.served.iter().filter(|served| served.0 == of) {
            let to = from + held;
            let first = (0..calendar.months()).take_while(|&month| calendar.month_start(month + 1) <= from);
            for month in first.count()..calendar.months() {
                let (start, end) = (calendar.month_start(month), calendar.month_start(month + 1));
                ticks[month] += (to.min(end) - from.max(start)).max(0);
                // A month ends before anything happens in the next.
                at_end[month] += i64::from(from < end && end <= to);
                if to <= end {
                    break;
                }
            }
        }
        (at_end, ticks)
    }
}
