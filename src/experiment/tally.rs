//! Counts what happens in one run: integer sums by month, exact in any order.

use std::collections::BTreeSet;

use crate::costs::Month;
use crate::engine::Rules;
use crate::pathway::{
    Child, ExitId, IfFull, InterventionId, Kind, LineId, PoolId, QuantityId, State, StateId, Table, TrackId,
    calendar::{Calendar, DAY, Tick},
};
use crate::record::{Cause, Entry, Observer, Open, Origin, Spell, series::is_march_end};
use crate::scenario::{Counted, Intervention, Move, Scenario, StockCount, file::Behaviour};

use super::divided::{Divided, kinds};
use super::layout::{
    Layout, StockPart, Whose, bands_of, by_age, cost_items, parts_of_flow, places_counted, queueing,
    refusing, year_ends,
};
use super::prices;
use super::uses::Uses;

/// How many are in a place, and what they add up to in the month: who enters adds the time left of the month, who
/// leaves takes it back.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    children: i64,
    ticks: i64,
}

impl Level {
    /// Adds children for what is left of the month.
    #[inline]
    fn add(&mut self, children: i64, left: Tick) {
        self.children += children;
        self.ticks += children * left;
    }
}

/// Levels of every place in the month that is running, and those of the months before.
#[derive(Debug, Default)]
struct Levels {
    now: Vec<Level>,
    /// At each month's end and in each month, month by month.
    months: Vec<Level>,
}

impl Levels {
    fn new(places: usize, months: usize) -> Self {
        Self { now: vec![Level::default(); places], months: Vec::with_capacity(places * months) }
    }

    /// Empties it.
    fn clear(&mut self) {
        self.now.fill(Level::default());
        self.months.clear();
    }

    /// A month has ended; the next takes so long.
    fn turn(&mut self, next: Tick) {
        self.months.extend_from_slice(&self.now);
        for level in &mut self.now {
            level.ticks = level.children * next;
        }
    }
}

/// What is counted in one run.
#[derive(Debug)]
pub struct Tally<'a> {
    scenario: &'a Scenario,
    calendar: &'a Calendar,
    classes: usize,
    needs: usize,
    /// Where the running month ends.
    month_end: Tick,
    /// Children there at the start, by state and class.
    opening: Vec<i64>,
    /// By state and class.
    levels: Levels,
    /// The same weighted by price in thousandths, if prices spread.
    priced: Levels,
    /// Whether prices spread anywhere; and for each state, whether they do in it.
    any_priced: bool,
    is_priced: Table<StateId, bool>,
    /// Exits taken, arrivals and beginnings of tracks by state, and ends of tracks by state, in the running month; and in
    /// those before, month by month.
    events: Vec<i64>,
    past_events: Vec<i64>,
    /// The move that each of these stands for.
    kinds: Vec<Move>,
    /// How places are used, if that is counted of any.
    uses: Option<Box<Uses<'a>>>,
    /// Flows that are counted by who the child is, if any are.
    divided: Option<Box<Divided<'a>>>,
    /// Whether there is any of these two: what every event asks.
    any_more: bool,
    /// Those who came elsewhere than where they were bound, by month.
    diverted: Vec<Diverted>,
    /// For each stock counted by age, each 31 March and age band.
    ages: Vec<i64>,
    /// For each state, the stocks counted by age that count it.
    aged: Table<StateId, Vec<usize>>,
    /// The stocks counted by age.
    aged_stocks: Vec<&'a StockCount>,
    /// How many ends of years have been counted.
    year_ends: usize,
    /// By month and intervention.
    reached: Vec<Reached>,
    /// Whether children wait anywhere for an intervention that is full.
    any_queue: bool,
    /// The families that an intervention has taken on in the running financial year.
    families: BTreeSet<(InterventionId, u64)>,
    month: usize,
}

/// Children who came to another state than the one they were bound for: it was full.
#[derive(Debug)]
struct Diverted {
    origin: Origin,
    to: StateId,
    months: Vec<i64>,
}

/// Whom an intervention has reached in a month.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    children: i64,
    /// Families charged: each once in a financial year.
    families: i64,
    /// Children whose way out or time it has changed.
    moved: i64,
    /// Children who wait for it when the month ends.
    waiting: i64,
}

impl<'a> Tally<'a> {
    /// An empty tally.
    #[must_use]
    pub fn new(scenario: &'a Scenario) -> Self {
        let (months, states) = (scenario.calendar.months(), scenario.pathway.states.len());
        let classes = scenario.class_count();
        let aged_stocks: Vec<&StockCount> = by_age(scenario).collect();
        let spread = scenario.stays.values().any(|s| s.price.is_some());
        let aged_in =
            |s: StateId| (0..aged_stocks.len()).filter(|&a| aged_stocks[a].states.contains(&s)).collect();
        let kinds = kinds(scenario);
        let (uses, divided) = (Uses::new(scenario), Divided::new(scenario, &kinds));
        Self {
            scenario,
            calendar: &scenario.calendar,
            classes,
            needs: scenario.classes.needs.len(),
            month_end: scenario.calendar.month_start(1),
            opening: vec![0; states * classes],
            levels: Levels::new(states * classes, months),
            priced: Levels::new(if spread { states * classes } else { 0 }, months),
            any_priced: spread,
            is_priced: scenario.stays.values().map(|s| s.price.is_some()).collect(),
            events: vec![0; kinds.len()],
            past_events: Vec::with_capacity(kinds.len() * months),
            kinds,
            any_more: uses.is_some() || divided.is_some(),
            uses,
            divided,
            diverted: Vec::new(),
            ages: vec![0; aged_stocks.len() * year_ends(scenario).len() * scenario.classes.bands.len()],
            aged: scenario.pathway.states.ids().iter().map(aged_in).collect(),
            aged_stocks,
            year_ends: 0,
            reached: vec![Reached::default(); months * scenario.interventions.len()],
            any_queue: queueing(scenario).next().is_some(),
            families: BTreeSet::new(),
            month: 0,
        }
    }

    /// Empties it for another run, and keeps its memory.
    pub fn clear(&mut self) {
        self.month_end = self.calendar.month_start(1);
        self.opening.fill(0);
        self.levels.clear();
        self.priced.clear();
        self.events.fill(0);
        self.past_events.clear();
        if let Some(divided) = &mut self.divided {
            divided.clear();
        }
        if let Some(uses) = &mut self.uses {
            uses.clear();
        }
        self.diverted.clear();
        self.ages.fill(0);
        self.year_ends = 0;
        self.reached.fill(Reached::default());
        self.families.clear();
        self.month = 0;
    }

    /// How many events there were: arrivals, and exits from states that take time. A child that comes to a
    /// door at which children wait in line joins the line and leaves it, with or without a wait.
    #[must_use]
    pub fn events(&self) -> u64 {
        let pathway = &self.scenario.pathway;
        let waits = |to: StateId| matches!(pathway.states[to].pool, Some((_, IfFull::Wait)));
        let refuses = |exit: ExitId| {
            let full = &pathway.states[pathway.exits[exit].from].pool;
            matches!(full, Some((_, IfFull::Leave(exits))) if exits.contains(&exit))
        };
        let arrives = |event: usize| {
            let main = pathway.tracks[TrackId::MAIN].states;
            let state = event.checked_sub(pathway.exits.len()).map(StateId::from_index);
            state.is_some_and(|state| main.contains(state))
        };
        let weight = |event: usize| match pathway.exits.get(ExitId::from_index(event)) {
            None => i64::from(arrives(event)),
            Some(exit) if matches!(pathway.states[exit.from].kind, Kind::Decision | Kind::Waiting) => 0,
            Some(_) if refuses(ExitId::from_index(event)) => 0,
            Some(exit) => 1 + i64::from(waits(exit.to)),
        };
        let months = || self.past_events.chunks(self.events.len());
        let weighted = |kind: usize| weight(kind) * months().map(|events| events[kind]).sum::<i64>();
        (0..self.events.len()).map(weighted).sum::<i64>().unsigned_abs()
    }

    /// The cell of a class in a state.
    #[inline]
    fn cell(&self, state: StateId, child: &Child) -> usize {
        state.index() * self.classes + usize::from(child.cohort) * self.needs + usize::from(child.need)
    }

    /// Whom an intervention has reached in the running month.
    fn reached_by(&mut self, intervention: InterventionId) -> &mut Reached {
        &mut self.reached[self.month * self.scenario.interventions.len() + intervention.index()]
    }

    /// Counts an event of a kind.
    #[inline]
    fn happened(&mut self, kind: usize, child: &Child, at: Tick) {
        self.events[kind] += 1;
        if self.any_more {
            self.divide(kind, child, at);
        }
    }

    /// Counts an event by who the child is.
    #[inline(never)]
    fn divide(&mut self, kind: usize, child: &Child, at: Tick) {
        if let Some(divided) = &mut self.divided {
            divided.happened(kind, &self.kinds[kind], child, at);
        }
    }

    /// Counts a child who enters a state by who it is, and the place that it takes.
    #[inline(never)]
    fn entered_more(&mut self, child: &Child, entry: Entry) {
        if let Some(divided) = &mut self.divided {
            divided.entered(child, &entry);
        }
        if let Some(uses) = &mut self.uses {
            uses.entered(child, &entry);
        }
    }

    /// Counts a child who leaves a state by who it is, and the wait that is over.
    #[inline(never)]
    fn left_more(&mut self, child: &Child, spell: Spell) {
        match spell.cause {
            Cause::Exit(exit) | Cause::Review(exit, _) => self.divide(exit.index(), child, spell.to),
            Cause::StageEnded => self.divide(self.ending(spell.state), child, spell.to),
            Cause::Cut => {}
        }
        if let Some(divided) = &mut self.divided {
            divided.left(child, spell.state);
        }
        if let Some(uses) = &mut self.uses {
            uses.left(&spell);
        }
    }

    /// The kind of an arrival in a state, or of a track's beginning in it.
    #[inline]
    fn beginning(&self, state: StateId) -> usize {
        self.scenario.pathway.exits.len() + state.index()
    }

    /// The kind of a track's end in a state.
    #[inline]
    fn ending(&self, state: StateId) -> usize {
        self.beginning(state) + self.scenario.pathway.states.len()
    }

    /// Counts a child who comes to another state than where its exit leads, or where it arrived.
    #[inline(never)]
    fn count_diverted(&mut self, child: &Child, entry: Entry) {
        if let Some(divided) = &mut self.divided {
            divided.diverted(child, &entry);
        }
        let (origin, to) = (entry.origin, entry.state);
        let known = self.diverted.iter().position(|d| d.origin == origin && d.to == to);
        let found = known.unwrap_or_else(|| {
            self.diverted.push(Diverted { origin, to, months: vec![0; self.calendar.months()] });
            self.diverted.len() - 1
        });
        self.diverted[found].months[self.month] += 1;
    }

    /// Counts a child of the opening caseload.
    #[inline(never)]
    fn count_opening(&mut self, cell: usize, child: &Child, state: StateId) {
        self.opening[cell] += 1;
        if is_march_end(self.calendar.opening()) {
            self.count_age(child, state, 0);
        }
    }

    fn count_age(&mut self, child: &Child, state: StateId, at: Tick) {
        let bands = self.scenario.classes.bands.len();
        let year_ends = self.ages.len() / (self.aged_stocks.len() * bands).max(1);
        let band = self.scenario.pathway.band(self.calendar.age_at(child.born, at));
        for &stock in &self.aged[state] {
            if self.aged_stocks[stock].cohorts[usize::from(child.cohort)] {
                self.ages[(stock * year_ends + self.year_ends) * bands + band] += 1;
            }
        }
    }

    /// Events of a kind in each month: weights of exits taken and arrivals, and what those add who came elsewhere than
    /// they were bound.
    fn counts(&self, counted: &Counted) -> Vec<i64> {
        let pathway = &self.scenario.pathway;
        let counts = |kind: &usize| counted.counts(&self.kinds[*kind]);
        let counting: Vec<usize> = (0..self.events.len()).filter(counts).collect();
        let month = |events: &[i64]| counting.iter().map(|&kind| events[kind]).sum();
        let mut counts: Vec<i64> = self.past_events.chunks(self.events.len()).map(month).collect();
        for diverted in &self.diverted {
            let Some(bound) = Move::bringing(pathway, diverted.origin) else { continue };
            let went = Move { to: Some(diverted.to), ..bound };
            let weight = i64::from(counted.counts(&went)) - i64::from(counted.counts(&bound));
            counts.iter_mut().zip(&diverted.months).for_each(|(count, n)| *count += n * weight);
        }
        counts
    }
}

impl Observer for Tally<'_> {
    #[inline]
    fn arrived(&mut self, child: &Child, state: StateId, at: Tick) {
        self.happened(self.beginning(state), child, at);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few additions at every entry")]
    fn entered(&mut self, child: &Child, entry: &Entry) {
        let (cell, left) = (self.cell(entry.state, child), self.month_end - entry.at);
        self.levels.now[cell].add(1, left);
        if self.any_priced && self.is_priced[entry.state] {
            self.priced.now[cell].add(entry.price.into(), left);
        }
        match entry.origin {
            Origin::Opening => self.count_opening(cell, child, entry.state),
            Origin::Track => self.happened(self.beginning(entry.state), child, entry.at),
            Origin::Arrival(_) | Origin::Exit(_) => {}
        }
        if entry.diverted {
            self.count_diverted(child, *entry);
        }
        if self.any_more {
            self.entered_more(child, *entry);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few additions at every end")]
    fn left(&mut self, child: &Child, spell: &Spell) {
        let (cell, left) = (self.cell(spell.state, child), self.month_end - spell.to);
        self.levels.now[cell].add(-1, left);
        if self.any_priced && self.is_priced[spell.state] {
            self.priced.now[cell].add(-i64::from(spell.price), left);
        }
        match spell.cause {
            Cause::Exit(exit) | Cause::Review(exit, _) => self.events[exit.index()] += 1,
            Cause::StageEnded => {
                let ending = self.ending(spell.state);
                self.events[ending] += 1;
            }
            Cause::Cut => {}
        }
        if self.any_more {
            self.left_more(child, *spell);
        }
    }

    #[inline]
    fn passed(&mut self, child: &Child, entry: &Entry, exit: ExitId) {
        self.happened(exit.index(), child, entry.at);
        if entry.diverted {
            self.count_diverted(child, *entry);
        }
    }

    fn refused(&mut self, child: &Child, exit: ExitId, at: Tick) {
        self.happened(exit.index(), child, at);
    }

    fn waited(&mut self, _: &Child, service: InterventionId, since: Tick, at: Tick, is_taken_in: bool) {
        if let Some(uses) = &mut self.uses {
            uses.waited(service, at - since, is_taken_in);
        }
    }

    fn reached(&mut self, child: &Child, intervention: InterventionId, at: Tick) {
        if let Some(uses) = &mut self.uses {
            uses.served(intervention, at);
        }
        let new = self.families.insert((intervention, child.family));
        let reached = self.reached_by(intervention);
        reached.children += 1;
        reached.families += i64::from(new);
    }

    fn moved(&mut self, _child: &Child, intervention: InterventionId, _at: Tick) {
        self.reached_by(intervention).moved += 1;
    }

    fn month_ended(&mut self, month: usize, open: &mut dyn Iterator<Item = Open>) {
        let next = (month + 2).min(self.calendar.months());
        let length = self.calendar.month_start(next) - self.month_end;
        self.levels.turn(length);
        self.priced.turn(length);
        self.past_events.extend_from_slice(&self.events);
        self.events.fill(0);
        if let Some(divided) = &mut self.divided {
            divided.month_ended();
        }
        if let Some(uses) = &mut self.uses {
            uses.month_ended();
        }
        if is_march_end(self.calendar.opening()) && month == 0 {
            self.year_ends = 1;
        }
        let closes_year = self.calendar.closes_year(month);
        if closes_year && !self.aged_stocks.is_empty() || self.any_queue {
            for Open { child, state, waits_for } in open {
                if closes_year && !self.aged[state].is_empty() {
                    // The last instant of the day: whoever has a birthday at midnight has it tomorrow.
                    self.count_age(child, state, self.month_end - 1);
                }
                if let Some(service) = waits_for {
                    self.reached_by(service).waiting += 1;
                }
            }
        }
        self.year_ends += usize::from(closes_year);
        self.month_end += length;
        self.month = month + 1;
        if self.month < self.calendar.months()
            && self.calendar.year_of_month(self.month) != self.calendar.year_of_month(month)
        {
            self.families.clear();
        }
    }

    fn wants_cut_spells(&self) -> bool {
        false
    }
}

impl Tally<'_> {
    /// The results of a run as a row of integers.
    #[must_use]
    pub fn row(&self, layout: &Layout, rules: &Rules) -> Vec<i64> {
        let mut row = Vec::with_capacity(layout.width);
        for part in &layout.counted {
            row.push(part.places.iter().map(|&p| self.opening[p]).sum());
            row.extend(sums(&self.levels, part, |level| level.children));
        }
        row.extend(ages_by_band(self));
        self.push_flows(&mut row);
        for part in &layout.counted {
            row.extend(sums(&self.levels, part, |level| level.ticks));
        }
        push_costs(self, rules, &mut row);
        self.push_places(rules, &mut row);
        debug_assert_eq!(row.len(), layout.width);
        row
    }

    fn push_flows(&self, row: &mut Vec<i64>) {
        let scenario = self.scenario;
        let mut cell = 0;
        for flow in &scenario.flows {
            row.extend(self.counts(&flow.counted));
            for &split in &flow.splits {
                for _ in parts_of_flow(scenario, split) {
                    row.extend(self.divided.iter().flat_map(|divided| divided.of_cell(cell)));
                    cell += 1;
                }
            }
        }
        for state in refusing(scenario) {
            row.extend(self.counts(&Counted::Refused(state)));
        }
        let reached =
            |i: InterventionId| self.reached.iter().skip(i.index()).step_by(scenario.interventions.len());
        for (i, _) in scenario.interventions.iter().filter(|(_, i)| i.reach.is_some()) {
            row.extend(reached(i).map(|r| r.children));
            row.extend(reached(i).map(|r| r.moved));
        }
        for i in queueing(scenario) {
            row.push(0);
            row.extend(reached(i).map(|r| r.waiting));
        }
    }
}

impl Tally<'_> {
    /// How places are used, and how long children have waited for them.
    fn push_places(&self, rules: &Rules, row: &mut Vec<i64>) {
        let Some(uses) = &self.uses else { return };
        let (scenario, calendar) = (self.scenario, self.calendar);
        for (number, places) in places_counted(scenario).into_iter().enumerate() {
            let (resource, opening, (at_ends, ticks)) = match places.whose {
                Whose::Pool(pool) => {
                    let held = self.cells_of(pool, |id, _| Some(id));
                    (pool.index(), self.opening_in(&held), self.levels_of(&held))
                }
                Whose::Service(i) => {
                    (scenario.pools.len() + i.index(), 0, uses.taken_of_service(number, rules))
                }
            };
            row.push(opening);
            row.extend(at_ends);
            row.extend(ticks);
            row.extend(
                calendar_months(calendar).map(|(from, to)| rules.place_ticks(scenario, resource, from, to)),
            );
            if !places.queues {
                continue;
            }
            if let Whose::Pool(pool) = places.whose {
                let waiting = self.cells_of(pool, |_, state| state.waiting.map(|waiting| waiting.state));
                row.push(self.opening_in(&waiting));
                row.extend(self.levels_of(&waiting).0);
            }
            let (waited, children) = uses.waits(number);
            row.extend(waited);
            row.extend(children);
        }
    }

    /// The cells of the states of a pool, or of those beside them.
    fn cells_of(&self, pool: PoolId, of: impl Fn(StateId, &State) -> Option<StateId>) -> Vec<usize> {
        let states = self.scenario.pathway.states.iter();
        let of_pool = states.filter(|(_, state)| state.pool.as_ref().is_some_and(|p| p.0 == pool));
        let chosen = of_pool.filter_map(|(id, state)| of(id, state));
        chosen.flat_map(|s| s.index() * self.classes..(s.index() + 1) * self.classes).collect()
    }

    fn opening_in(&self, cells: &[usize]) -> i64 {
        cells.iter().map(|&cell| self.opening[cell]).sum()
    }

    /// Children in some cells at each month's end, and the ticks that they are there in each month.
    fn levels_of(&self, cells: &[usize]) -> (Vec<i64>, Vec<i64>) {
        let months = self.levels.months.chunks(self.levels.now.len().max(1));
        let sum = |month: &[Level]| {
            cells
                .iter()
                .map(|&cell| month[cell])
                .fold((0, 0), |(children, ticks), level| (children + level.children, ticks + level.ticks))
        };
        months.map(sum).unzip()
    }
}

/// Where the months of a calendar start and end.
fn calendar_months(calendar: &Calendar) -> impl Iterator<Item = (Tick, Tick)> {
    (0..calendar.months()).map(|month| (calendar.month_start(month), calendar.month_start(month + 1)))
}

/// Ages by stock and band, year by year.
fn ages_by_band(tally: &Tally) -> Vec<i64> {
    let bands = tally.scenario.classes.bands.len();
    let year_ends = tally.ages.len() / (tally.aged_stocks.len() * bands).max(1);
    let mut row = Vec::with_capacity(tally.ages.len());
    for (stock, count) in tally.aged_stocks.iter().zip(tally.ages.chunks((year_ends * bands).max(1))) {
        for band in bands_of(tally.scenario, stock) {
            row.extend((0..year_ends).map(|m| count[m * bands + band]));
        }
    }
    row
}

/// Month by month, the sum over the places of a part.
fn sums(levels: &Levels, part: &StockPart, of: impl Fn(&Level) -> i64) -> impl Iterator<Item = i64> {
    let months = levels.months.chunks(levels.now.len().max(1));
    months.map(move |month| part.places.iter().map(|&place| of(&month[place])).sum())
}

/// Costs in pence, item by item and month by month; totals are sums of what is shown.
#[expect(clippy::cast_precision_loss, reason = "sums of ticks stay far below 2^52 days")]
fn push_costs(tally: &Tally, rules: &Rules, row: &mut Vec<i64>) {
    let scenario = tally.scenario;
    if cost_items(scenario).is_empty() {
        return;
    }
    let months = scenario.calendar.months();
    let charged: Vec<Vec<i64>> = prices::events(scenario).map(|counted| tally.counts(counted)).collect();
    let lines = scenario.lines.len();
    let tariff = prices::tariff(scenario, &rules.values);
    let mut pounds = vec![vec![0.0; months]; lines + scenario.interventions.len()];
    for month in 0..months {
        let places = tally.levels.now.len();
        let days: Vec<f64> = (0..places)
            .map(|place| {
                let at = month * places + place;
                if tally.is_priced[StateId::from_index(place / tally.classes)] {
                    tally.priced.months[at].ticks as f64 / 1000.0
                } else {
                    tally.levels.months[at].ticks as f64
                }
            })
            .map(|ticks| ticks / DAY as f64)
            .collect();
        let year = scenario.calendar.year_of_month(month);
        let events: Vec<i64> = charged.iter().map(|months| months[month]).collect();
        let month_of = Month {
            priced_days: &days,
            events: &events,
            years: scenario.calendar.years_in_month(month),
            year,
        };
        for (l, line) in tariff.lines.iter().enumerate() {
            pounds[l][month] = line.pounds(&month_of, tariff.years_from_base);
        }
        for (i, intervention) in scenario.interventions.values().enumerate() {
            let reached = tally.reached[month * scenario.interventions.len() + i];
            pounds[lines + i][month] = intervention_pounds(scenario, rules, intervention, month, reached);
        }
    }
    let pence: Vec<Vec<i64>> = pounds.iter().map(|p| in_pence(p, &scenario.calendar)).collect();
    let sum = |of: &dyn Fn(usize) -> bool| -> Vec<i64> {
        (0..months)
            .map(|m| (0..pence.len()).filter(|&l| of(l)).map(|l| pence[l][m]).fold(0, i64::saturating_add))
            .collect()
    };
    let line = |l: usize| &scenario.lines[LineId::from_index(l)];
    row.extend(sum(&|_| true));
    row.extend(sum(&|l| l < lines && line(l).behaves == Behaviour::Varies));
    row.extend(sum(&|l| l < lines && line(l).behaves == Behaviour::Fixed));
    row.extend(sum(&|l| l >= lines));
    row.extend(pence.into_iter().flatten());
}

/// Pounds of months in pence. What is left over by rounding goes to the next month of the same financial year, so that the
/// year comes to the penny.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn in_pence(pounds: &[f64], calendar: &Calendar) -> Vec<i64> {
    let (mut due, mut charged) = (0.0, 0_i64);
    let month = |(month, pounds): (usize, &f64)| {
        if month == 0 || calendar.closes_year(month - 1) {
            (due, charged) = (0.0, 0);
        }
        due += pounds * 100.0;
        let pence = (libm::round(due) as i64).saturating_sub(charged);
        charged = charged.saturating_add(pence);
        pence
    };
    pounds.iter().enumerate().map(month).collect()
}

/// What an intervention costs in a month.
#[expect(clippy::cast_precision_loss, reason = "counts and spans are far below 2^52")]
fn intervention_pounds(
    scenario: &Scenario,
    rules: &Rules,
    i: &Intervention,
    month: usize,
    reached: Reached,
) -> f64 {
    let calendar = &scenario.calendar;
    let (from, to) = (calendar.month_start(month), calendar.month_start(month + 1));
    let open = i.from.clamp(from, to);
    let shut = i.over().map_or(to, |over| over.clamp(from, to));
    let running = (shut - open).max(0) as f64 / (to - from) as f64 * calendar.years_in_month(month);
    let pounds = |n: Option<QuantityId>| n.map_or(0.0, |n| rules.values[n]);
    let once = if (from..to).contains(&i.from) { pounds(i.cost.once) } else { 0.0 };
    let base = pounds(i.cost.per_year) * running
        + (pounds(i.cost.per_child) + pounds(i.cost.per_review)) * reached.children as f64
        + pounds(i.cost.per_family) * reached.families as f64
        + once;
    let years = prices::years_from_base(scenario) + calendar.year_of_month(month) as f64;
    base * libm::pow(1.0 + pounds(i.cost.growth), years)
}
