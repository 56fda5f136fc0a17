//! Reviews of open cases: who is reviewed, and what comes of it.
//!
//! Who is reviewed follows from the cases that are open, in an order that has no ties, and from draws keyed by child,
//! intervention, spell and how often the child has been reviewed. So a child who is not reviewed goes on as it would have.

use super::{
    Engine,
    ending::{Model, stay_draws},
    event_calendar::{Class, Event},
    live::{Acting, Live, NONE, Phase},
    number, purpose,
    rules::{self, Rules, whole},
};
use crate::pathway::{
    Child, ExitId, InterventionId, StateId, TrackId,
    calendar::{Tick, YEAR},
    stay::Time,
};
use crate::record::{Cause, Observer};
use crate::scenario::{
    ChargeSpec, HowMany, Intervention, LeadsTo, Reach, Reviews, Scenario, TimeOf, file::ReviewOrder,
    number::Values,
};
use crate::stream::Stream;

/// One future's reviews by an intervention.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    intervention: InterventionId,
    /// When there are reviews; and how many, unless it is all by the last time.
    pub at: Vec<Tick>,
    how_many: Option<Vec<u32>>,
    /// The share that change something.
    share: f64,
    after: Option<Time>,
    /// The least time served.
    served: Tick,
    /// After how long a child can be reviewed again.
    again_after: Option<Tick>,
    /// Where order goes by cost, pence a week by state and class.
    weekly: Vec<i64>,
}

impl Plan {
    /// Those of a scenario, by the names of their interventions: the order in which they stand in the file says nothing.
    pub fn all(scenario: &Scenario, values: &Values) -> Vec<Self> {
        let each = scenario.interventions.iter();
        let mut all: Vec<_> = each.filter_map(|(id, i)| Some((id, i, i.reviews.as_ref()?))).collect();
        all.sort_unstable_by_key(|(_, i, _)| &i.name);
        all.into_iter().map(|(id, i, reviews)| Self::new(scenario, values, (id, i, reviews))).collect()
    }

    fn new(
        scenario: &Scenario,
        values: &Values,
        (id, intervention, reviews): (InterventionId, &Intervention, &Reviews),
    ) -> Self {
        let served = intervention.reach.as_ref().and_then(|reach| reach.served_months);
        let by_cost = reviews.order == ReviewOrder::Cost;
        Self {
            intervention: id,
            at: reviews.at.clone(),
            how_many: match reviews.how_many {
                HowMany::All => None,
                HowMany::PerMonth(n) => Some(numbers(intervention, &reviews.at, values[n])),
            },
            share: reviews.share.map_or(1.0, |n| values[n]),
            after: reviews.after.map(|time| TimeOf::at(Some(time), values)),
            served: served.map_or(0, |n| rules::months(values[n])),
            again_after: reviews.again_after_months.map(|n| rules::months(values[n])),
            weekly: if by_cost { weekly(scenario, values) } else { Vec::new() },
        }
    }

    /// How many of those open are reviewed at a time.
    fn how_many(&self, at: Tick, open: usize) -> usize {
        let time = self.at.partition_point(|&t| t < at);
        match &self.how_many {
            Some(numbers) => numbers.get(time).map_or(0, |&n| n as usize),
            None => open.div_ceil((self.at.len() - time).max(1)),
        }
    }
}

/// How many are reviewed each time, in proportion to the size of the intervention in the middle of the month that follows.
/// What is left of a child is carried over.
fn numbers(intervention: &Intervention, at: &[Tick], a_month: f64) -> Vec<u32> {
    let over = intervention.over().unwrap_or(Tick::MAX);
    let (mut due, mut taken) = (0.0, 0);
    let number = |&from: &Tick| {
        due += a_month * intervention.level(from.midpoint((from + YEAR / 12).min(over)));
        let number = whole(due) - taken;
        taken += number;
        number
    };
    at.iter().map(number).collect()
}

/// What a child in each state, by class, costs a week in pence, in the prices of the price base. Whole pence add up to the same
/// in any order of the lines.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn weekly(scenario: &Scenario, values: &Values) -> Vec<i64> {
    let classes = scenario.class_count();
    let mut weekly = vec![0_i64; scenario.pathway.states.len() * classes];
    let charges = scenario.lines.values().filter(|line| !line.income).flat_map(|line| &line.charges);
    for charge in charges {
        let ChargeSpec::Week(states, prices) = charge else { continue };
        for (state, (class, &price)) in
            states.iter().flat_map(|s| prices.iter().enumerate().map(move |price| (s, price)))
        {
            let of = &mut weekly[state.index() * classes + class];
            *of = of.saturating_add(libm::round(values[price] * 100.0) as i64);
        }
    }
    weekly
}

/// A case that may be reviewed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    /// Who has a lower one comes first; of two alike, the child of the lower family and number.
    rank: (i64, u64, u32),
    /// The child, by its stage.
    outer: u32,
    /// Where it is in the state that is reviewed: the same, or a track.
    slot: u32,
}

/// What a review has led to, and takes effect later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Which of the reviews.
    plan: usize,
    slot: u32,
    /// Whose spell it was, by family and which child of it: another may have begun by then.
    pub family: u64,
    pub which: u32,
    pub track: TrackId,
    state: StateId,
    since: Tick,
    /// What is drawn for the review.
    draws: Stream,
}

/// Whether a child is in the state that it is counted in, its clock running or standing still for a service.
fn is_there(live: &Live) -> bool {
    live.begun && matches!(live.phase, Phase::Stays | Phase::WaitsForService(_))
}

impl<'a> Model<'a> {
    fn reviews_of(self, plan: &Plan) -> Option<(&'a Intervention, &'a Reviews, &'a Reach)> {
        let intervention = &self.scenario.interventions[plan.intervention];
        Some((intervention, intervention.reviews.as_ref()?, intervention.reach.as_ref()?))
    }
}

impl<O: Observer> Engine<'_, O> {
    /// Files the times at which open cases are reviewed.
    pub(super) fn file_reviews(&mut self) {
        let rules: &Rules = self.model.rules;
        for (n, plan) in rules.reviews.iter().enumerate() {
            for &at in &plan.at {
                self.file(Event::new(at, Class::Review, number(n)));
            }
        }
    }

    /// Reviews as many of the open cases as are due.
    #[inline(never)]
    pub(super) fn review(&mut self, n: usize, at: Tick) {
        let plan = &self.model.rules.reviews[n];
        let mut cases = std::mem::take(&mut self.space.cases);
        cases.clear();
        cases.extend(self.space.slab.slots().filter_map(|slot| self.case(n, slot, at)));
        let how_many = plan.how_many(at, cases.len());
        cases.sort_unstable_by_key(|case| case.rank);
        cases.truncate(how_many);
        cases.sort_unstable_by_key(|case| (case.rank.1, case.rank.2));
        self.space.busy = true;
        for &case in &cases {
            self.review_case(n, case, at);
        }
        self.space.busy = false;
        self.space.cases = cases;
    }

    /// The case of a child, if reviews are for it.
    fn case(&self, n: usize, outer: u32, at: Tick) -> Option<Case> {
        let (model, slab) = (self.model, &self.space.slab);
        let plan = &model.rules.reviews[n];
        let (_, reviews, reach) = model.reviews_of(plan)?;
        let track = model.scenario.pathway.states[reach.state].track;
        if slab[outer].track != TrackId::MAIN || !is_there(&slab[outer]) {
            return None;
        }
        let slot = if track == TrackId::MAIN { outer } else { self.running_track(outer, track)? };
        let live = &slab[slot];
        let child = &live.child;
        let is_beside = |(track, states): &(TrackId, Vec<StateId>)| {
            let inner = self.running_track(outer, *track).map(|inner| &slab[inner]);
            inner.is_some_and(|i| (is_there(i) || i.phase == Phase::Held) && states.contains(&i.state))
        };
        let may_be = || match self.space.reviewed.get(&(n, child.family, child.number)) {
            None => true,
            Some(&(last, _)) => plan.again_after.is_some_and(|after| at - last >= after),
        };
        let is_meant = live.state == reach.state
            && is_there(live)
            && at - live.since >= plan.served
            && model.is_meant(live, reach, at)
            && reach.beside.iter().all(is_beside)
            && may_be();
        let rank = || match reviews.order {
            ReviewOrder::Longest => live.since,
            ReviewOrder::Chance => {
                let key = model.scenario.interventions[plan.intervention].key;
                let draws = slab[outer].child.draws.keyed(key).keyed(purpose::REVIEW);
                draws.nth(at.cast_unsigned()).bits().cast_signed()
            }
            ReviewOrder::Cost => -self.cost_a_week(plan, outer),
        };
        is_meant.then(|| Case { rank: (rank(), child.family, child.number), outer, slot })
    }

    /// What a child's stage and the tracks beside it cost a week, in thousandths of a penny.
    fn cost_a_week(&self, plan: &Plan, outer: u32) -> i64 {
        let (slab, scenario) = (&self.space.slab, self.model.scenario);
        let (classes, needs) = (scenario.class_count(), scenario.classes.needs.len());
        let cost = |live: &Live| {
            let class = usize::from(live.child.cohort) * needs + usize::from(live.child.need);
            plan.weekly[live.state.index() * classes + class].saturating_mul(live.price.into())
        };
        let held = |live: &&Live| is_there(live) || live.phase == Phase::Held;
        let beside = slab.linked(outer).map(|inner| &slab[inner]).filter(held);
        beside.map(cost).fold(cost(&slab[outer]), i64::saturating_add)
    }

    /// Reviews a case: what it leads to, if to anything, comes at once or later.
    fn review_case(&mut self, n: usize, case: Case, at: Tick) {
        let model = self.model;
        let plan = &model.rules.reviews[n];
        let (outer, live) = (&self.space.slab[case.outer], &self.space.slab[case.slot]);
        let Live { child, state, since, track, .. } = *live;
        let before = self.space.reviewed.entry((n, child.family, child.number)).or_insert((at, 0));
        let ordinal = before.1;
        *before = (at, ordinal + 1);
        let step = &model.rules.steps[outer.state];
        let visit = self.space.slab.visits(case.outer, step.visit);
        let key = model.scenario.interventions[plan.intervention].key;
        let draws = stay_draws(&outer.child, step, visit, false).keyed(key).nth(ordinal);
        self.observer.reached(&child, plan.intervention, at);
        if draws.keyed(purpose::KEEP).unit() >= plan.share {
            return;
        }
        let bits = draws.keyed(purpose::AFTER).bits();
        let after = plan.after.map_or(0, |time| model.rules.laws.length(time, child.born, at, bits));
        let (slot, Child { family, number: which, .. }) = (case.slot, child);
        let outcome = Outcome { plan: n, slot, family, which, track, state, since, draws };
        if after == 0 {
            self.carry_out(outcome, at);
        } else if at + after < self.end() {
            self.space.outcomes.push(outcome);
            let slot = number(self.space.outcomes.len() - 1);
            self.file(Event::new(at + after, Class::Outcome, slot));
        }
    }

    /// What a review has led to takes effect, unless the spell has ended by itself.
    #[inline(never)]
    pub(super) fn carry_out(&mut self, outcome: Outcome, at: Tick) {
        let model = self.model;
        let plan = &model.rules.reviews[outcome.plan];
        let live = &self.space.slab[outcome.slot];
        let now = (live.child.family, live.child.number, live.track, live.state, live.since);
        if !is_there(live)
            || now != (outcome.family, outcome.which, outcome.track, outcome.state, outcome.since)
        {
            return;
        }
        let Some((_, reviews, _)) = model.reviews_of(plan) else { return };
        match &reviews.leads_to {
            LeadsTo::Exit(exit) => self.leave_by_review(outcome.slot, *exit, plan.intervention, at),
            LeadsTo::NewPlan => self.draw_again(outcome.slot, plan.intervention, outcome.draws, at),
            LeadsTo::State(track, exits) => {
                let own = outcome.track == *track;
                let slot = if own { Some(outcome.slot) } else { self.running_track(outcome.slot, *track) };
                let Some(slot) = slot.filter(|&slot| is_there(&self.space.slab[slot])) else { return };
                let from = self.space.slab[slot].state;
                // Who has come elsewhere meanwhile, or is there already, is not moved.
                let exit = exits.iter().find(|&&exit| model.scenario.pathway.exits[exit].from == from);
                if let Some(&exit) = exit {
                    self.leave_by_review(slot, exit, plan.intervention, at);
                }
            }
        }
    }

    /// A child leaves a state because of a review.
    fn leave_by_review(&mut self, slot: u32, exit: ExitId, i: InterventionId, at: Tick) {
        if self.space.slab[slot].phase.waits() {
            self.report_wait(slot, at, false);
            self.leave_queue(slot);
        }
        let live = &self.space.slab[slot];
        let from = live.state;
        self.observer.moved(&live.child, i, at);
        self.leave_because(slot, from, exit, Cause::Review(exit, i), at);
        self.answer(slot, at);
    }

    /// Draws anew by which exit a child leaves its state and when, as if it entered it now. Who waits there for a
    /// service is bound by it once taken in.
    fn draw_again(&mut self, slot: u32, i: InterventionId, draws: Stream, at: Tick) {
        let model = self.model;
        let (live, help) = self.space.slab.with_help(slot);
        let step = &model.rules.steps[live.state];
        let before = (live.exit, live.due);
        live.draws = draws.keyed(purpose::AGAIN);
        let plan = if live.phase == Phase::Stays {
            (live.clock, live.served, live.planned_later) = (at, 0, true);
            let acting = if step.reached { help.acting } else { Acting::default() };
            let ending = model.ending_under(live, acting, step, None);
            if step.reached {
                help.birthday = model.next_birthday(live, acting.met, at);
            }
            self.start_clock(slot, ending, at);
            if step.reached {
                self.file_birthday(slot);
            }
            ending.plan
        } else {
            let (birthday, exit) = model.birthday_that_ends(live, step);
            (live.due, live.exit) = (birthday.max(at), exit);
            let (due, plan) = (live.due, model.ending(live, step).plan);
            if due < self.space.month_end {
                self.file(Event::new(due, Class::GiveUp, slot));
            }
            plan
        };
        self.tell_tracks(slot, plan);
        let live = &self.space.slab[slot];
        if (live.exit, live.due) != before || live.phase != Phase::Stays {
            self.observer.moved(&live.child, i, at);
        }
    }

    /// Tells the tracks beside a stage of a new plan. It binds at their next spell.
    fn tell_tracks(&mut self, slot: u32, plan: ExitId) {
        let mut next = self.space.slab[slot].link;
        while self.space.slab[slot].has_tracks() && next != NONE {
            self.space.slab[next].plan = self.model.plan(plan);
            next = self.space.slab[next].link;
        }
    }
}
