//! Counts what happens in one run: integer sums by month, exact in any order.

use std::collections::BTreeSet;

use crate::costs::Month;
use crate::engine::{Observer, World};
use crate::pathway::{
    Child, ExitId, IfFull, InterventionId, Kind, LineId, QuantityId, StateId, Table,
    calendar::{Calendar, DAY, Tick},
};
use crate::scenario::{Intervention, Scenario, StockCount, file::Behaviour};

use super::layout::{Counted, Layout, bands_of, by_age, cost_items, marches};
use super::prices;

/// Changes of a stock in a month, and what they leave of the month: a stay adds one and its time to the
/// month's end where it starts, and takes both back where it ends.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    children: i64,
    ticks: i64,
}

impl Change {
    /// Adds children for what is left of the month.
    #[inline]
    fn add(&mut self, children: i64, left: Tick) {
        self.children += children;
        self.ticks += children * left;
    }
}

/// An instant in its month.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: Tick,
    /// Where the month's changes start.
    changes: usize,
    /// Where the month's events start.
    events: usize,
    /// Time from it to the month's end.
    left: Tick,
}

/// What is counted in one run.
#[derive(Debug)]
pub struct Tally<'a> {
    scenario: &'a Scenario,
    calendar: &'a Calendar,
    end: Tick,
    classes: usize,
    needs: usize,
    /// How many places there are in a month: states by classes.
    places: usize,
    /// How many kinds of events there are: exits, then arrivals by state.
    kinds: usize,
    /// Children there at the start, by state and class.
    opening: Vec<i64>,
    /// By month, state and class.
    changes: Vec<Change>,
    /// The same weighted by price in thousandths, for states whose prices spread.
    priced: Vec<Change>,
    /// By month and kind: exits, then arrivals by state.
    events: Vec<i64>,
    /// For each stock counted by age, each 31 March and age band.
    ages: Vec<i64>,
    /// For each state, the stocks counted by age that count it.
    aged: Table<StateId, Vec<usize>>,
    /// For each state, whether more is counted of a stay than the children there: prices or ages.
    closely: Table<StateId, bool>,
    /// The instants at which ages are counted.
    marches: Vec<Tick>,
    /// By month and intervention: children and families reached.
    reached: Vec<(i64, i64)>,
    /// The instant last asked for.
    last: Moment,
    families: BTreeSet<(InterventionId, u64)>,
}

impl<'a> Tally<'a> {
    /// An empty tally.
    #[must_use]
    pub fn new(scenario: &'a Scenario) -> Self {
        let (months, states) = (scenario.calendar.months(), scenario.pathway.states.len());
        let classes = scenario.class_count();
        let aged: Vec<&StockCount> = by_age(scenario).collect();
        let spread = scenario.stays.values().any(|s| s.price.is_some());
        let marches = marches(scenario);
        let aged_in = |s: StateId| (0..aged.len()).filter(|&a| aged[a].states.contains(&s)).collect();
        let all = || scenario.pathway.states.ids().iter();
        let by_age: Table<StateId, Vec<usize>> = all().map(aged_in).collect();
        let is_close = |s: StateId| scenario.stays[s].price.is_some() || !by_age[s].is_empty();
        Self {
            scenario,
            calendar: &scenario.calendar,
            end: scenario.calendar.end(),
            classes,
            needs: scenario.classes.needs.len(),
            places: states * classes,
            kinds: scenario.pathway.exits.len() + states,
            opening: vec![0; states * classes],
            changes: vec![Change::default(); months * states * classes],
            priced: vec![Change::default(); if spread { months * states * classes } else { 0 }],
            events: vec![0; months * (scenario.pathway.exits.len() + states)],
            ages: vec![0; aged.len() * marches.len() * scenario.classes.bands.len()],
            closely: all().map(is_close).collect(),
            aged: by_age,
            marches,
            reached: vec![(0, 0); months * scenario.interventions.len()],
            last: Moment { at: 0, changes: 0, events: 0, left: scenario.calendar.month_start(1) },
            families: BTreeSet::new(),
        }
    }

    /// How many events there were: arrivals, and exits from states that take time. A child that comes to a
    /// door at which children wait in line joins the line and leaves it, with or without a wait.
    #[must_use]
    pub fn events(&self) -> u64 {
        let pathway = &self.scenario.pathway;
        let exits = pathway.exits.len();
        let kind = |state: StateId| pathway.states[state].kind;
        let waits = |to: StateId| matches!(pathway.states[to].pool, Some((_, IfFull::Wait(..))));
        let weight = |event: usize| match pathway.exits.get(ExitId::from_index(event)) {
            None => 1,
            Some(exit)
                if matches!(kind(exit.from), Kind::Decision | Kind::Waiting)
                    || kind(exit.to) == Kind::Waiting =>
            {
                0
            }
            Some(exit) if matches!(&pathway.states[exit.from].pool, Some((_, IfFull::Leave(full))) if full.contains(&ExitId::from_index(event))) => {
                0
            }
            Some(exit) => 1 + i64::from(waits(exit.to)),
        };
        let kinds = exits + pathway.states.len();
        let sum: i64 = self.events.iter().enumerate().map(|(i, n)| n * weight(i % kinds)).sum();
        sum.unsigned_abs()
    }

    /// Where a month's number of children of a class in a state is, from the month's first place.
    #[inline]
    fn place(&self, state: StateId, child: &Child) -> usize {
        state.index() * self.classes + usize::from(child.cohort) * self.needs + usize::from(child.need)
    }

    /// An instant in its month. A child's next stay starts when the last one ended, so instants come twice.
    #[inline]
    fn moment(&mut self, at: Tick) -> Moment {
        if self.last.at != at {
            let (month, end) = self.calendar.month_and_end(at);
            let (changes, events) = (month * self.places, month * self.kinds);
            self.last = Moment { at, changes, events, left: end - at };
        }
        self.last
    }

    /// Counts a stay by price and by age.
    #[inline(never)]
    fn count_closely(&mut self, child: &Child, state: StateId, [from, to]: [Tick; 2], price: u32) {
        if self.scenario.stays[state].price.is_some() {
            let (place, price) = (self.place(state, child), i64::from(price));
            let start = self.moment(from);
            self.priced[start.changes + place].add(price, start.left);
            if to < self.end {
                let end = self.moment(to);
                self.priced[end.changes + place].add(-price, end.left);
            }
        }
        if !self.aged[state].is_empty() {
            self.count_ages(child, state, from, to);
        }
    }

    /// Counts a stay at each 31 March it spans: those who came before the day ended and had not left.
    fn count_ages(&mut self, child: &Child, state: StateId, from: Tick, to: Tick) {
        let bands = self.scenario.classes.bands.len();
        let first = self.marches.partition_point(|&m| m <= from);
        for march in first..self.marches.len() {
            if self.marches[march] > to {
                break;
            }
            self.count_age(child, state, march, bands);
        }
    }

    fn count_age(&mut self, child: &Child, state: StateId, march: usize, bands: usize) {
        let band = self.scenario.pathway.band(self.marches[march] - child.born);
        for i in 0..self.aged[state].len() {
            let stock = self.aged[state][i];
            self.ages[(stock * self.marches.len() + march) * bands + band] += 1;
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions for every event")]
    fn event(&mut self, kind: usize, at: Tick) {
        let events = self.moment(at).events;
        self.events[events + kind] += 1;
    }
}

impl Observer for Tally<'_> {
    fn open(&mut self, child: &Child, state: StateId, _served: Tick) {
        let place = self.place(state, child);
        self.opening[place] += 1;
        if !self.aged[state].is_empty() && self.marches.first() == Some(&0) {
            self.count_age(child, state, 0, self.scenario.classes.bands.len());
        }
    }

    #[inline]
    fn arrive(&mut self, _child: &Child, state: StateId, at: Tick) {
        self.event(self.scenario.pathway.exits.len() + state.index(), at);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "told of more often than all else together")]
    fn stay(&mut self, child: &Child, state: StateId, from: Tick, to: Tick, price: u32) {
        let place = self.place(state, child);
        let start = self.moment(from);
        self.changes[start.changes + place].add(1, start.left);
        if self.closely[state] {
            self.count_closely(child, state, [from, to], price);
        }
        if to < self.end {
            let end = self.moment(to);
            self.changes[end.changes + place].add(-1, end.left);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions for every event")]
    fn leave(&mut self, _child: &Child, exit: ExitId, at: Tick) {
        self.event(exit.index(), at);
    }

    fn reach(&mut self, child: &Child, intervention: InterventionId, at: Tick) {
        let month = self.scenario.calendar.month_at(at);
        let new = self.families.insert((intervention, child.family));
        let reached = &mut self.reached[month * self.scenario.interventions.len() + intervention.index()];
        reached.0 += 1;
        reached.1 += i64::from(new);
    }
}

impl Tally<'_> {
    /// The results of a run as a row of integers.
    #[must_use]
    pub fn row(&self, layout: &Layout, world: &World) -> Vec<i64> {
        let mut row = Vec::with_capacity(layout.width);
        let days = Levels::new(self.scenario, self.classes, &self.changes);
        for part in &layout.counted {
            row.extend(days.stock(part, &self.opening));
        }
        row.extend(ages_by_band(self));
        self.push_flows(&mut row);
        for part in &layout.counted {
            row.extend(days.ticks(part));
        }
        push_costs(self, world, &days, &mut row);
        debug_assert_eq!(row.len(), layout.width);
        row
    }

    fn push_flows(&self, row: &mut Vec<i64>) {
        let scenario = self.scenario;
        let exits = scenario.pathway.exits.len();
        let kinds = exits + scenario.pathway.states.len();
        for flow in &scenario.flows {
            for month in self.events.chunks(kinds) {
                let taken: i64 = flow.exits.iter().map(|&e| month[e.index()]).sum();
                row.push(taken + flow.arrivals.iter().map(|&s| month[exits + s.index()]).sum::<i64>());
            }
        }
        let reaches = |i: &InterventionId| scenario.interventions[*i].reach.is_some();
        for i in scenario.interventions.ids().iter().filter(reaches) {
            row.extend(self.reached.chunks(scenario.interventions.len()).map(|m| m[i.index()].0));
        }
    }
}

/// Ages by stock and band, 31 March by 31 March.
fn ages_by_band(tally: &Tally) -> Vec<i64> {
    let (marches, bands) = (tally.marches.len(), tally.scenario.classes.bands.len());
    let mut row = Vec::with_capacity(tally.ages.len());
    for (stock, count) in by_age(tally.scenario).zip(tally.ages.chunks((marches * bands).max(1))) {
        for band in bands_of(tally.scenario, stock) {
            row.extend((0..marches).map(|m| count[m * bands + band]));
        }
    }
    row
}

/// Time spent in each place in each month, and how many are there at its end.
struct Levels {
    months: usize,
    ends: Vec<i64>,
    ticks: Vec<i64>,
}

impl Levels {
    fn new(scenario: &Scenario, classes: usize, changes: &[Change]) -> Self {
        let places = scenario.pathway.states.len() * classes;
        let months = scenario.calendar.months();
        let length =
            |month: usize| scenario.calendar.month_start(month + 1) - scenario.calendar.month_start(month);
        let lengths: Vec<Tick> = (0..months).map(length).collect();
        let (mut ends, mut ticks) = (Vec::with_capacity(changes.len()), Vec::with_capacity(changes.len()));
        for place in 0..places {
            let mut level = 0;
            for (length, change) in lengths.iter().zip(changes[place..].iter().step_by(places)) {
                ticks.push(level * length + change.ticks);
                level += change.children;
                ends.push(level);
            }
        }
        Self { months, ends, ticks }
    }

    /// Children there at the opening and at each month's end.
    fn stock(&self, part: &Counted, opening: &[i64]) -> impl Iterator<Item = i64> {
        let there: i64 = part.places.iter().map(|&p| opening[p]).sum();
        std::iter::once(there).chain(self.sums(&self.ends, part))
    }

    /// Child-time of each month.
    fn ticks(&self, part: &Counted) -> impl Iterator<Item = i64> {
        self.sums(&self.ticks, part)
    }

    /// Month by month, the sum over the places of a part.
    fn sums(&self, numbers: &[i64], part: &Counted) -> impl Iterator<Item = i64> + use<> {
        let mut sums = vec![0; self.months];
        for place in &part.places {
            for (sum, number) in sums.iter_mut().zip(&numbers[place * self.months..]) {
                *sum += number;
            }
        }
        sums.into_iter()
    }
}

/// Costs in pence, item by item and month by month; totals are sums of what is shown.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::needless_range_loop,
    reason = "the cast saturates; sums of ticks stay far below 2^52 days"
)]
fn push_costs(tally: &Tally, world: &World, levels: &Levels, row: &mut Vec<i64>) {
    let scenario = tally.scenario;
    if cost_items(scenario).is_empty() {
        return;
    }
    let months = scenario.calendar.months();
    let kinds = scenario.pathway.exits.len() + scenario.pathway.states.len();
    let priced = (!tally.priced.is_empty()).then(|| Levels::new(scenario, tally.classes, &tally.priced));
    let lines = scenario.lines.len();
    let tariff = prices::tariff(scenario, &world.values);
    let mut pence = vec![vec![0_i64; months]; lines + scenario.interventions.len()];
    for month in 0..months {
        let days: Vec<f64> = (0..tally.places)
            .map(|place| {
                let at = place * months + month;
                match &priced {
                    Some(priced)
                        if scenario.stays[StateId::from_index(place / tally.classes)].price.is_some() =>
                    {
                        priced.ticks[at] as f64 / 1000.0
                    }
                    _ => levels.ticks[at] as f64,
                }
            })
            .map(|ticks| ticks / DAY as f64)
            .collect();
        let year = scenario.calendar.year_of_month(month);
        let events = &tally.events[month * kinds..][..kinds];
        let month_of =
            Month { priced_days: &days, events, years: scenario.calendar.years_in_month(month), year };
        for (l, line) in tariff.lines.iter().enumerate() {
            pence[l][month] = libm::round(line.pounds(&month_of, tariff.years_from_base) * 100.0) as i64;
        }
        for (i, intervention) in scenario.interventions.values().enumerate() {
            let reached = tally.reached[month * scenario.interventions.len() + i];
            let pounds = intervention_pounds(scenario, world, intervention, month, reached);
            pence[lines + i][month] = libm::round(pounds * 100.0) as i64;
        }
    }
    let sum = |of: &dyn Fn(usize) -> bool| -> Vec<i64> {
        (0..months).map(|m| (0..pence.len()).filter(|&l| of(l)).map(|l| pence[l][m]).sum()).collect()
    };
    let line = |l: usize| &scenario.lines[LineId::from_index(l)];
    row.extend(sum(&|_| true));
    row.extend(sum(&|l| l < lines && line(l).behaves == Behaviour::Varies));
    row.extend(sum(&|l| l < lines && line(l).behaves == Behaviour::Fixed));
    row.extend(sum(&|l| l >= lines));
    row.extend(pence.into_iter().flatten());
}

/// What an intervention costs in a month.
#[expect(clippy::cast_precision_loss, reason = "counts and spans are far below 2^52")]
fn intervention_pounds(
    scenario: &Scenario,
    world: &World,
    i: &Intervention,
    month: usize,
    reached: (i64, i64),
) -> f64 {
    let calendar = &scenario.calendar;
    let (from, to) = (calendar.month_start(month), calendar.month_start(month + 1));
    let open = i.from.clamp(from, to);
    let shut = i.until.map_or(to, |u| (u + i.fade).clamp(from, to));
    let running = (shut - open).max(0) as f64 / (to - from) as f64 * calendar.years_in_month(month);
    let pounds = |n: Option<QuantityId>| n.map_or(0.0, |n| world.values[n]);
    let once = if (from..to).contains(&i.from) { pounds(i.cost.once) } else { 0.0 };
    let base = pounds(i.cost.per_year) * running
        + pounds(i.cost.per_child) * reached.0 as f64
        + pounds(i.cost.per_family) * reached.1 as f64
        + once;
    let years = prices::years_from_base(scenario) + calendar.year_of_month(month) as f64;
    base * libm::pow(1.0 + pounds(i.cost.growth), years)
}
