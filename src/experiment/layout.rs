//! What a row of results holds, and where.

use crate::pathway::{
    IfFull, InterventionId, PoolId, StateId,
    calendar::{DAY, Tick},
};
use crate::record::{Item, Measure, Part, Total, series::is_march_end};
use crate::scenario::{Intervention, Limit, Scenario, Split, StockCount, file};

/// At which instants an item has numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instants {
    /// At the opening and each month's end.
    OpeningAndMonths,
    /// For each month.
    Months,
    /// On each 31 March, and on the last day.
    YearEnds,
}

/// The numbers of an item in a row of results.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Which item.
    pub item: Item,
    /// What people call it.
    pub title: String,
    /// At which instants.
    pub at: Instants,
    /// What an integer of the row is worth.
    pub worth: f64,
    /// Where in the row.
    pub start: usize,
    /// Of a ratio: where the numbers are that those are divided by.
    pub over: Option<usize>,
}

/// A pool, or an intervention with places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A pool.
    Pool(PoolId),
    /// An intervention.
    Service(InterventionId),
}

/// Places whose use is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Whose they are.
    pub whose: Whose,
    /// The name of the pool or the intervention.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Whether children wait for one when all are taken.
    pub queues: bool,
}

/// A stock, or a part of it: which cells of a month (states by classes) are summed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StockPart {
    pub item: Item,
    pub title: String,
    pub places: Vec<usize>,
}

/// What a row of results holds.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// How many numbers it has.
    pub width: usize,
    /// Stocks and their parts, in the order of their columns.
    pub(super) counted: Vec<StockPart>,
}

impl Layout {
    /// The layout of a scenario's results.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let counted = counted(scenario);
        let mut layout = Self { columns: Vec::new(), width: 0, counted: Vec::new() };
        let months = scenario.calendar.months();
        for one in &counted {
            layout.add(one.item.clone(), one.title.clone(), Instants::OpeningAndMonths, months + 1, 1.0);
        }
        for stock in by_age(scenario) {
            for (band, title) in bands_of(scenario, stock).into_iter().map(|b| age_part(scenario, b)) {
                let title = format!("{}: {title}", stock.title);
                layout.add(stock.item.part(band), title, Instants::YearEnds, year_ends(scenario).len(), 1.0);
            }
        }
        for flow in &scenario.flows {
            layout.add(flow.item.clone(), flow.title.clone(), Instants::Months, months, 1.0);
            for (part, title) in flow.splits.iter().flat_map(|&split| parts_of_flow(scenario, split)) {
                let title = format!("{}: {title}", flow.title);
                layout.add(flow.item.part(part), title, Instants::Months, months, 1.0);
            }
        }
        for state in refusing(scenario).map(|state| &scenario.pathway.states[state]) {
            let title = format!("Refused: {}", state.title);
            layout.add(Item::refused(&state.name), title, Instants::Months, months, 1.0);
        }
        for i in scenario.interventions.values().filter(|i| i.reach.is_some()) {
            let title = format!("Children reached: {}", i.title);
            layout.add(Item::reached(&i.name), title, Instants::Months, months, 1.0);
            let title = format!("Children whose exit or time changed: {}", i.title);
            layout.add(Item::moved(&i.name), title, Instants::Months, months, 1.0);
        }
        for i in queueing(scenario).map(|i| &scenario.interventions[i]) {
            let title = format!("Children waiting: {}", i.title);
            layout.add(Item::waiting(&i.name), title, Instants::OpeningAndMonths, months + 1, 1.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "a day is 65,536 ticks")]
        for one in &counted {
            let days = one.item.measured_in(Measure::Days);
            layout.add(days, one.title.clone(), Instants::Months, months, 1.0 / DAY as f64);
        }
        for (item, title) in cost_items(scenario) {
            layout.add(item, title, Instants::Months, months, 0.01);
        }
        for places in places_counted(scenario) {
            layout.add_places(&places, months);
        }
        Self { counted, ..layout }
    }

    fn add(&mut self, item: Item, title: String, at: Instants, len: usize, worth: f64) {
        self.columns.push(Column { item, title, at, worth, start: self.width, over: None });
        self.width += len;
    }

    /// A ratio: numbers for each month, and as many that they are divided by.
    fn add_ratio(&mut self, item: Item, title: String, months: usize, worth: f64) {
        let (start, over) = (self.width, Some(self.width + months));
        self.columns.push(Column { item, title, at: Instants::Months, worth, start, over });
        self.width += 2 * months;
    }

    /// How places are used, and who waits for them how long.
    #[expect(clippy::cast_precision_loss, reason = "a day is 65,536 ticks")]
    fn add_places(&mut self, Places { whose, name, title, queues }: &Places, months: usize) {
        let (taken, waiting) = (Item::taken(name), Item::waiting(name));
        let said = |what: &str| format!("{title}: {what}");
        self.add(taken.clone(), said("places taken"), Instants::OpeningAndMonths, months + 1, 1.0);
        self.add_ratio(taken.measured_in(Measure::Use), said("use of places"), months, 100.0);
        if *queues {
            // Those who wait for a service are counted whether or not its use is.
            if matches!(whose, Whose::Pool(_)) {
                self.add(
                    waiting.clone(),
                    said("children waiting"),
                    Instants::OpeningAndMonths,
                    months + 1,
                    1.0,
                );
            }
            self.add_ratio(waiting.measured_in(Measure::Wait), said("mean wait"), months, 1.0 / DAY as f64);
        }
    }

    /// The column of an item.
    #[must_use]
    pub fn column(&self, item: &Item) -> Option<&Column> {
        self.columns.iter().find(|c| c.item == *item)
    }
}

/// The parts into which a way of dividing it divides a flow.
pub(super) fn parts_of_flow(scenario: &Scenario, split: Split) -> Vec<(Part, String)> {
    split.parts_of_flow(&scenario.file, &scenario.pathway, &scenario.classes)
}

/// The states with a pool that refuses.
pub(super) fn refusing(scenario: &Scenario) -> impl Iterator<Item = StateId> {
    let states = scenario.pathway.states.iter();
    states.filter(|(_, s)| matches!(s.pool, Some((_, IfFull::Leave(_))))).map(|(id, _)| id)
}

/// The interventions for which children wait when they are full.
pub(super) fn queueing(scenario: &Scenario) -> impl Iterator<Item = InterventionId> {
    let waits =
        |i: &Intervention| matches!(i.limit, Limit::Places(..)) && i.when_full == file::WhenFull::Wait;
    scenario.interventions.iter().filter(move |(_, i)| waits(i)).map(|(id, _)| id)
}

/// The pools and the interventions of whose places the use is counted.
#[must_use]
pub fn places_counted(scenario: &Scenario) -> Vec<Places> {
    let states = &scenario.pathway.states;
    let waits =
        |pool: PoolId| states.values().any(|s| matches!(s.pool, Some((p, IfFull::Wait)) if p == pool));
    let pools = scenario.pools.iter().filter(|(_, pool)| pool.count_use).map(|(id, pool)| {
        let title = scenario.file.pools.get(&pool.name).and_then(|pool| pool.title.clone());
        let title = title.unwrap_or_else(|| pool.name.clone());
        Places { whose: Whose::Pool(id), name: pool.name.clone(), title, queues: waits(id) }
    });
    let services =
        scenario.interventions.iter().filter(|(_, i)| i.count_use && matches!(i.limit, Limit::Places(..)));
    let services = services.map(|(id, i)| Places {
        whose: Whose::Service(id),
        name: i.name.clone(),
        title: i.title.clone(),
        queues: i.when_full == file::WhenFull::Wait,
    });
    pools.chain(services).collect()
}

/// The stocks that are counted by age.
pub(super) fn by_age(scenario: &Scenario) -> impl Iterator<Item = &StockCount> {
    scenario.stocks.iter().filter(|s| s.splits.contains(&Split::Age))
}

/// The age bands in which a stock can have children: those that start before the birthday of one of its states.
pub(super) fn bands_of(scenario: &Scenario, stock: &StockCount) -> Vec<usize> {
    let birthday = |&s: &StateId| scenario.pathway.states[s].birthday.map_or(Tick::MAX, |b| b.0);
    let oldest = stock.states.iter().map(birthday).max().unwrap_or(Tick::MAX);
    (0..scenario.classes.bands.len()).filter(|&b| scenario.classes.bands[b].1 < oldest).collect()
}

fn age_part(scenario: &Scenario, band: usize) -> (Part, String) {
    let mut parts = Split::Age.parts(&scenario.file, &scenario.pathway, &scenario.classes);
    parts.swap_remove(band)
}

/// The instants that 31 March ends, the opening among them if it is one, and the end of the simulation.
pub(super) fn year_ends(scenario: &Scenario) -> Vec<Tick> {
    let calendar = &scenario.calendar;
    let opening = is_march_end(calendar.opening()).then_some(0);
    let ends = (0..calendar.months()).filter(|&m| calendar.closes_year(m));
    opening.into_iter().chain(ends.map(|m| calendar.month_start(m + 1))).collect()
}

/// Stocks, and their parts other than by age.
fn counted(scenario: &Scenario) -> Vec<StockPart> {
    let mut counted = Vec::new();
    for stock in &scenario.stocks {
        let places = cells(scenario, stock, &Part::Whole);
        counted.push(StockPart { item: stock.item.clone(), title: stock.title.clone(), places });
        for split in stock.splits.iter().filter(|s| **s != Split::Age) {
            for (part, title) in split.parts(&scenario.file, &scenario.pathway, &scenario.classes) {
                let places = cells(scenario, stock, &part);
                let title = format!("{}: {title}", stock.title);
                counted.push(StockPart { item: stock.item.part(part), title, places });
            }
        }
    }
    counted
}

/// The cells of a month that a part of a stock sums up.
fn cells(scenario: &Scenario, stock: &StockCount, part: &Part) -> Vec<usize> {
    let (classes, needs) = (&scenario.classes, scenario.classes.needs.len());
    let states = match part {
        Part::State { track, state } => {
            scenario.pathway.state_named(&format!("{track}.{state}")).into_iter().collect()
        }
        _ => stock.states.clone(),
    };
    let kept = |class: &usize| {
        let (cohort, need) = (class / needs, class % needs);
        stock.cohorts[cohort]
            && match part {
                Part::Cohort(name) => classes.cohorts[cohort] == *name,
                Part::Need(name) => classes.needs[need] == *name,
                _ => true,
            }
    };
    let all = scenario.class_count();
    states.iter().flat_map(|s| (0..all).filter(kept).map(move |c| s.index() * all + c)).collect()
}

/// What is paid: totals, lines of costs and income, interventions; nothing if nothing is.
pub(super) fn cost_items(scenario: &Scenario) -> Vec<(Item, String)> {
    if scenario.lines.is_empty() && scenario.interventions.is_empty() {
        return Vec::new();
    }
    let totals = [
        (Total::Net, "Net cost"),
        (Total::CashReleasing, "Net cost that varies with children"),
        (Total::NotCashReleasing, "Net cost that is fixed in the short run"),
        (Total::Interventions, "Interventions"),
    ];
    let totals = totals.map(|(total, title)| (Item::total(total), title.to_owned()));
    let lines = scenario.lines.values().map(|line| {
        let item = if line.income { Item::income(&line.name) } else { Item::line(&line.name) };
        (item, line.title.clone())
    });
    let interventions =
        scenario.interventions.values().map(|i| (Item::intervention(&i.name), i.title.clone()));
    totals.into_iter().chain(lines).chain(interventions).collect()
}
