//! Published counts, as sums over states and exits, and what is on record of them.

use indexmap::IndexMap;
use time::Date;

use super::Classes;
use super::check::{parse_date, parse_year, year_ending};
use super::file::{CostLine, ScenarioFile};
use crate::pathway::{Exit, ExitId, IfFull, Pathway, StateId, TrackId};
use crate::record::{Item, Origin, Part, Recorded, Series, Thing, series::march_end};

/// A count of children on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct StockCount {
    /// Which item it is.
    pub item: Item,
    /// What people call it.
    pub title: String,
    /// The states counted.
    pub states: Vec<StateId>,
    /// For each cohort, whether it is counted.
    pub cohorts: Vec<bool>,
    /// What it is also counted by.
    pub splits: Vec<Split>,
}

/// What a stock or a flow is also counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// By state of a track.
    Track(TrackId),
    /// By age band: of a stock, on 31 March.
    Age,
    /// By cohort.
    Cohort,
    /// By need class.
    Need,
}

impl Split {
    /// The parts into which it divides a flow, in order, with what people call them. Whoever leaves at the instant of coming
    /// has been in no state of a track.
    #[must_use]
    pub fn parts_of_flow(
        self,
        file: &ScenarioFile,
        pathway: &Pathway,
        classes: &Classes,
    ) -> Vec<(Part, String)> {
        let mut parts = self.parts(file, pathway, classes);
        if let Self::Track(track) = self {
            let track = pathway.tracks[track].name.clone();
            parts.push((Part::NoState { track }, "none".to_owned()));
        }
        parts
    }

    /// The states in which a child can be in a track: who waits for a place is in none of the others.
    #[must_use]
    pub fn states_of(track: TrackId, pathway: &Pathway) -> Vec<StateId> {
        let states = pathway.tracks[track].states.iter();
        let waiting = states.clone().filter_map(|state| pathway.states[state].waiting);
        states.chain(waiting.map(|w| w.state)).collect()
    }

    /// The parts into which it divides a stock, in order, with what people call them.
    #[must_use]
    pub fn parts(self, file: &ScenarioFile, pathway: &Pathway, classes: &Classes) -> Vec<(Part, String)> {
        match self {
            Self::Track(id) => {
                let track = &pathway.tracks[id];
                let part = |state: StateId| {
                    let state = &pathway.states[state];
                    let short = state.name.split_once('.').map_or(state.name.as_str(), |(_, short)| short);
                    (Part::State { track: track.name.clone(), state: short.to_owned() }, state.title.clone())
                };
                Self::states_of(id, pathway).into_iter().map(part).collect()
            }
            Self::Age => {
                let part = |band: &String| (Part::Age(band.clone()), band.replace('_', " "));
                classes.bands.iter().map(|b| part(&b.0)).collect()
            }
            Self::Cohort => {
                let title = |name: &str| file.cohorts.get(name).and_then(|c| c.title.clone());
                classes.cohorts.iter().map(|n| (Part::Cohort(n.clone()), titled(n, title(n)))).collect()
            }
            Self::Need => {
                let title = |name: &str| file.needs.get(name).and_then(|c| c.title.clone());
                classes.needs.iter().map(|n| (Part::Need(n.clone()), titled(n, title(n)))).collect()
            }
        }
    }
}

fn titled(name: &str, title: Option<String>) -> String {
    title.unwrap_or_else(|| name.to_owned())
}

/// A count of events in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowCount {
    /// Which item it is.
    pub item: Item,
    /// What people call it.
    pub title: String,
    /// What is counted.
    pub counted: Counted,
    /// What it is also counted by.
    pub splits: Vec<Split>,
}

/// Which moves of children are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// Those who take one of these exits, wherever they come to.
    Exits(Vec<ExitId>),
    /// Those who enter this state.
    Entries(StateId),
    /// Those who come into a set of states from outside it.
    Into(Vec<StateId>),
    /// Those who leave a set of states, by any exit or by one of these.
    OutOf(Vec<StateId>, Option<Vec<ExitId>>),
    /// Those whose stay in one of these states of a track ends because the stage beside it does.
    Ended(Vec<StateId>),
    /// Those who are refused a place in this state.
    Refused(StateId),
}

/// A child's move from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The exit taken; none for an arrival, and where a track begins or ends with its stage.
    pub exit: Option<ExitId>,
    /// The state left; none for an arrival and the beginning of a track.
    pub from: Option<StateId>,
    /// The state entered; none for a refusal and the end of a track.
    pub to: Option<StateId>,
    /// The state that refused.
    pub refused: Option<StateId>,
}

impl Move {
    /// The move that an exit stands for. By the exit of a full state nobody moves: a child who is refused there was not in it, and its
    /// move is that from where it came.
    #[must_use]
    pub fn by(pathway: &Pathway, exit: ExitId) -> Self {
        let Exit { from, to, .. } = pathway.exits[exit];
        let full = |full: &IfFull| matches!(full, IfFull::Leave(exits) if exits.contains(&exit));
        if pathway.states[from].pool.as_ref().is_some_and(|p| full(&p.1)) {
            return Self { exit: Some(exit), from: None, to: None, refused: Some(from) };
        }
        Self { exit: Some(exit), from: Some(from), to: Some(to), refused: None }
    }

    /// An arrival in a state, or the beginning of a track in it.
    #[must_use]
    pub fn arriving(state: StateId) -> Self {
        Self { exit: None, from: None, to: Some(state), refused: None }
    }

    /// The move that brings a child, as it is bound; none for who is there at the start, or in a track that has begun.
    #[must_use]
    pub fn bringing(pathway: &Pathway, origin: Origin) -> Option<Self> {
        match origin {
            Origin::Exit(exit) => Some(Self::by(pathway, exit)),
            Origin::Arrival(state) => Some(Self::arriving(state)),
            Origin::Opening | Origin::Track => None,
        }
    }

    /// The end of a track, with its stage, in a state.
    #[must_use]
    pub fn ending(state: StateId) -> Self {
        Self { exit: None, from: Some(state), to: None, refused: None }
    }
}

impl Counted {
    /// Whether a move is counted.
    #[must_use]
    pub fn counts(&self, made: &Move) -> bool {
        let within = |set: &[StateId], state: Option<StateId>| state.is_some_and(|s| set.contains(&s));
        let by = |exits: &[ExitId]| made.exit.is_some_and(|e| exits.contains(&e));
        match self {
            Self::Exits(exits) => by(exits),
            Self::Entries(state) => made.to == Some(*state),
            Self::Into(set) => within(set, made.to) && !within(set, made.from),
            Self::OutOf(set, exits) => {
                within(set, made.from) && !within(set, made.to) && exits.as_ref().is_none_or(|e| by(e))
            }
            Self::Ended(set) => within(set, made.from) && made.exit.is_none(),
            Self::Refused(state) => made.refused == Some(*state),
        }
    }
}

/// What a file has on record of items, each with its title: under `recorded`, by the names that tables know them
/// by, and as the outturn of lines of the budget. Income stands as it is counted: below nought.
#[must_use]
pub fn recorded(file: &ScenarioFile, items: &[(Item, String)]) -> Vec<Recorded> {
    items.iter().filter_map(|(item, title)| on_record(file, item, title)).collect()
}

fn on_record(file: &ScenarioFile, item: &Item, title: &str) -> Option<Recorded> {
    let sign = if matches!(item.thing, Thing::Income(_)) { -1.0 } else { 1.0 };
    let record = |points: Vec<(Date, f64)>, readings, source: &str| {
        let points = points.into_iter().map(|(day, figure)| (day, sign * figure)).collect();
        let years = Series { item: item.clone(), title: title.to_owned(), points };
        Recorded { years, readings, source: source.to_owned() }
    };
    if let Some(given) = file.recorded.get(&item.to_string()) {
        let years = dated(&given.years, |year| march_end(year_ending(year)?));
        return Some(record(years, dated(&given.readings, parse_date), &given.source));
    }
    let line = line_of(file, item).filter(|line| !line.outturn.is_empty())?;
    let years = dated(&line.outturn, |year| march_end(parse_year(year)? + 1));
    Some(record(years, Vec::new(), line.source.as_deref().unwrap_or_default()))
}

/// The line of the file that a cost or income item comes from.
#[must_use]
pub fn line_of<'a>(file: &'a ScenarioFile, item: &Item) -> Option<&'a CostLine> {
    match &item.thing {
        Thing::Line(name) => file.costs.get(name),
        Thing::Income(name) => file.income.get(name),
        _ => None,
    }
}

/// Figures by date, in order.
fn dated(figures: &IndexMap<String, f64>, read: impl Fn(&str) -> Option<Date>) -> Vec<(Date, f64)> {
    let mut dated: Vec<(Date, f64)> =
        figures.iter().filter_map(|(text, &figure)| Some((read(text)?, figure))).collect();
    dated.sort_by_key(|point| point.0);
    dated
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::scenario::Scenario;

    const COUNTED: &str = r#"
name = "Counted"
price_base = "2024-25"
[simulation]
start = 2025-04-01
years = 1
[ages]
age_0_9 = [0, 10]
10_17 = [10, 18]
[stages.care]
exits.home = { to = "end", time = { law = "exponential", mean = 300 } }
[stages.end]
[stocks.care]
title = "Children in care"
stages = ["care"]
by = ["age"]
[income.grant]
title = "Grant"
behaves = "varies"
basis = "case"
charges.all = { per_week = 10, of = ["care"] }
outturn = { "2024-25" = 500, "2023-24" = 400 }
[recorded."care/age_0_9"]
source = "made up"
years = { 2025 = 3, 2024 = 2 }
readings = { "2025-06-30" = 4 }
[recorded."care/age_10_17"]
source = "made up"
years = { 2025 = 7 }
"#;

    /// Bands are known in names by `age_` once, whether or not their own names begin with it.
    #[test]
    fn what_is_on_record_is_of_the_items_that_are_counted_and_in_order() {
        let scenario = Scenario::from_text("counted.toml", COUNTED).expect("a good scenario");
        let years = |item: &Item| &scenario.recorded_of(item).expect("it is on record").years.points;
        let of_age = |band: &str| Item::stock("care").part(Part::Age(band.to_owned()));
        let (before, last) = (date!(2024 - 03 - 31), date!(2025 - 03 - 31));
        assert_eq!(*years(&of_age("age_0_9")), [(before, 2.0), (last, 3.0)]);
        assert_eq!(*years(&of_age("10_17")), [(last, 7.0)]);
        assert_eq!(*years(&Item::income("grant")), [(before, -400.0), (last, -500.0)]);
        let readings = &scenario.recorded_of(&of_age("age_0_9")).expect("it is on record").readings;
        assert_eq!(*readings, [(date!(2025 - 06 - 30), 4.0)]);
    }
}
