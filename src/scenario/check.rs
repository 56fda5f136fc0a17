//! From the words of a file to a scenario, and to everything that is wrong with what they say.

mod around;
mod costs;
mod counts;
mod interventions;
mod numbers;
mod problems;
mod reviews;
mod rows;
mod slices;
mod states;
mod titles;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use time::{Date, macros::date};

use super::doubt::Doubts;
use super::file::{CalendarKind, ScenarioFile};
use super::number::{Quantity, Values};
use super::tree::join;
use super::{Arrivals, Classes, Effect, Intervention, LawSpec, RowExit, Scenario, Stay};
use super::{syntax, texts};
use crate::pathway::calendar::{Calendar, ticks};
use crate::pathway::{ArrivalsId, ExitId, InterventionId, LawId, Pathway, QuantityId, StateId, Table};
pub(super) use numbers::said;
pub(super) use problems::{AtKey, Problem, Problems};
pub(super) use slices::{checked_slices, slices};

/// The most states a track can have: visits are counted for each.
const MOST_STATES: usize = 64;
/// The most interventions: those that have taken a child in are bits of one number.
const MOST_INTERVENTIONS: usize = 64;
/// The most age bands, cohorts and the like.
const MOST_CLASSES: usize = 32;
/// The most stocks, flows and the like.
const MOST_ITEMS: usize = 500;
/// The most kinds of children, by stage and class, over all months: days are summed for each.
const MOST_CELLS: usize = 20_000_000;
/// The most rows of all tables together, for each year that their shares drift: they are drawn anew in every
/// future.
const MOST_ROWS: usize = 1_000_000;
/// The most children of one future.
const MOST_CHILDREN: f64 = 5e7;
/// Classes of these names could not be told from the keys beside them in a table.
const RESERVED_CLASSES: &[&str] = &["by", "others"];
/// The same of exits, which are plans, and those that carecast makes itself.
const RESERVED_EXITS: &[&str] = &["by", "others", "waits", "served", "full", "reviewed"];
/// Parts of a flow of this name could not be told from the children whom interventions reach.
const RESERVED_FLOWS: &[&str] = &["reached"];

/// A scenario of a file that fits the format, where `doubts` says with stand-ins, and all that is wrong with it. Who is there
/// when it starts is not worked out yet. With stand-ins something is wrong, though perhaps nothing to tell.
pub(super) fn check(file: &ScenarioFile, hash: String, doubts: Doubts) -> (Option<Scenario>, Problems) {
    let mut builder = Builder::new(file, doubts);
    let scenario = builder.scenario(hash);
    (scenario, builder.problems)
}

/// Where in the file we are, and whose sources hold there.
#[derive(Clone)]
pub(super) struct At {
    pub(super) path: String,
    /// What a number here is known by, where that is not its path: places in lists change.
    identity: Option<String>,
    source: Option<String>,
}

impl At {
    pub(super) fn new(path: impl Into<String>, source: Option<&String>) -> Self {
        Self { path: path.into(), identity: None, source: source.cloned() }
    }

    pub(super) fn key(&self, key: &str) -> Self {
        let identity = self.identity.as_ref().map(|i| join(i, key));
        Self { path: join(&self.path, key), identity, source: self.source.clone() }
    }

    /// An item of a list, whose numbers are known by the list.
    fn item(&self, index: usize) -> Self {
        let identity = Some(self.identity().to_owned());
        Self { path: format!("{}[{index}]", self.path), identity, source: self.source.clone() }
    }

    /// A key of an item, whose number is known by another name.
    fn key_known_as(&self, key: &str, name: &str) -> Self {
        Self { identity: Some(join(self.identity(), name)), ..self.key(key) }
    }

    fn identity(&self) -> &str {
        self.identity.as_deref().unwrap_or(&self.path)
    }

    fn sourced(mut self, source: Option<&String>) -> Self {
        if source.is_some() {
            self.source = source.cloned();
        }
        self
    }
}

struct Builder<'a> {
    file: &'a ScenarioFile,
    problems: Problems,
    quantities: Table<QuantityId, Quantity>,
    /// The best value, lowest and highest end of each.
    best: Values,
    lowest: Values,
    highest: Values,
    known: BTreeMap<String, QuantityId>,
    classes: Classes,
    pathway: Pathway,
    state_names: BTreeMap<String, StateId>,
    laws: Table<LawId, LawSpec>,
    /// Exits by which reviews take children to another state of a track.
    review_exits: Vec<ExitId>,
    /// Rows of all tables together.
    table_rows: usize,
    /// Whether the days simulated are those that the file says.
    is_dated: bool,
}

impl<'a> Builder<'a> {
    fn new(file: &'a ScenarioFile, doubts: Doubts) -> Self {
        Self {
            file,
            problems: Problems::new(doubts, titles::Titles::of(file)),
            quantities: Table::new(),
            best: Values::new(),
            lowest: Values::new(),
            highest: Values::new(),
            known: BTreeMap::new(),
            classes: Classes::default(),
            pathway: Pathway::default(),
            state_names: BTreeMap::new(),
            laws: Table::new(),
            review_exits: Vec::new(),
            table_rows: 0,
            is_dated: true,
        }
    }

    fn unfit(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        self.problems.unfit(at, message, help);
    }

    fn wrong(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        self.problems.wrong(at, message, help);
    }

    /// Something wrong between a part and a state.
    fn wrong_at(&mut self, state: StateId, at: &At, message: impl Into<String>, help: impl Into<String>) {
        let other = self.state_at(state).path;
        self.problems.wrong_with(at, &[&other], message, help);
    }

    /// The position of a name in a table of the file.
    fn position<T>(
        &mut self,
        at: &At,
        what: &str,
        (table, names): (&str, &IndexMap<String, T>),
        name: &str,
    ) -> Option<usize> {
        let found = names.get_index_of(name);
        if found.is_none() {
            self.problems.unknown(at, what, name, (table, names.keys()));
        }
        found
    }

    fn scenario(&mut self, hash: String) -> Option<Scenario> {
        let calendar = self.calendar();
        self.is_dated = self.problems.len() == 0;
        self.population();
        self.names();
        self.classes()?;
        self.parameters();
        self.skeleton()?;
        let (need_grid, need_shares) = self.needs();
        let rows = self.rows();
        let firsts = self.firsts();
        let pools = self.pools();
        let arrivals = self.arrivals();
        let siblings = self.siblings();
        let interventions = self.interventions(&calendar);
        let drifts = self.drifts(&calendar, &rows);
        let lines = self.lines(&calendar);
        let (stocks, flows) = (self.stocks(), self.flows());
        let items = self.items(&stocks, &flows);
        self.no_name_twice(&items);
        let recorded = self.recorded(&items);
        self.shares_times_factors(&interventions, &rows);
        self.no_instant_cycle(&interventions, &rows);
        let children = self.not_too_many(&calendar, &arrivals, &interventions);
        self.countable_pence(&calendar, children, &lines, &interventions);
        self.number_plans();
        let stays = self.stays(rows, siblings, &interventions);
        Some(Scenario {
            file: self.file.clone(),
            hash,
            calendar,
            pathway: std::mem::take(&mut self.pathway),
            classes: std::mem::take(&mut self.classes),
            quantities: std::mem::take(&mut self.quantities),
            stays,
            firsts,
            laws: std::mem::take(&mut self.laws),
            need_shares,
            need_grid,
            arrivals,
            openings: Vec::new(),
            drifts,
            pools,
            interventions,
            stocks,
            flows,
            lines,
            recorded,
            merged: serde_json::Value::Null,
            starts_elsewhen: false,
            plain: Vec::new(),
            charged_twice: Vec::new(),
        })
    }

    /// Says of each exit which plan it is.
    fn number_plans(&mut self) {
        for exit in self.pathway.exits.values_mut() {
            let plan = self.classes.plans.binary_search(&exit.name).ok();
            exit.plan = plan.and_then(|p| u16::try_from(p).ok()).unwrap_or(0);
        }
    }

    /// What stays in each state are like.
    fn stays(
        &mut self,
        rows: Table<StateId, Vec<RowExit>>,
        siblings: Table<StateId, Option<QuantityId>>,
        interventions: &Table<InterventionId, Intervention>,
    ) -> Table<StateId, Stay> {
        let parts = rows.into_values().zip(siblings.into_values()).zip(self.prices().into_values());
        let stay = |(state, ((rows, siblings), price))| {
            let interventions = reaching(interventions, state);
            Stay { rows, siblings, price, interventions }
        };
        self.pathway.states.ids().iter().zip(parts).map(stay).collect()
    }

    // ---- dates and classes ----

    fn date(&mut self, at: &At, text: &str) -> Option<Date> {
        let date = parse_date(text);
        if date.is_none() {
            let message = format!("`{text}` is not a date between 1900 and 2200");
            let help = days_of_month(text).or_else(|| syntax::date_meant(text));
            self.unfit(at, message, help.unwrap_or("Write year-month-day, such as 2026-04-01.".into()));
        }
        date
    }

    /// Figures on record: each a number from 0, and none beyond all reason.
    fn figures<'f>(&mut self, at: &At, figures: impl IntoIterator<Item = (&'f String, &'f f64)>) {
        for (when, &figure) in figures {
            if !(0.0..1e15).contains(&figure) {
                self.unfit(
                    &at.key(when),
                    format!("{} cannot have been counted or paid", said(figure)),
                    "Write the figure as a number from 0, or leave the date out.",
                );
            }
        }
    }

    /// The months simulated; at a fault, some others, so that what else is wrong can be told.
    fn population(&mut self) {
        if let Some(children) = self.file.population
            && !(children.is_finite() && children > 0.0)
        {
            self.unfit(
                &At::new("population", None),
                format!("an area with {children} children needs no services for them"),
                "Write how many children aged 0 to 17 live there, such as 40_000.",
            );
        }
    }

    fn calendar(&mut self) -> Calendar {
        let simulation = &self.file.simulation;
        let at = At::new("simulation", None);
        let start = self.date(&at.key("start"), &simulation.start).unwrap_or(date!(2025 - 04 - 01));
        let years = simulation.years.clamp(1, 100);
        let first = start.replace_day(1).unwrap_or(date!(2025 - 04 - 01));
        if first != start {
            self.wrong(
                &at.key("start"),
                format!("the simulation starts on {start}, within a month"),
                format!("Start on the first day of a month: {first}."),
            );
        }
        match simulation.calendar {
            CalendarKind::Plain => Calendar::plain(first, years),
            CalendarKind::Civil => Calendar::civil(first, years),
        }
    }

    fn classes(&mut self) -> Option<()> {
        self.bands();
        self.classes.cohorts = names_or(&self.file.cohorts, "all");
        self.classes.needs = names_or(&self.file.needs, "all");
        let plans = self.file_plans();
        self.few_enough(plans.len())?;
        self.classes.plans = plans.into_iter().cloned().collect();
        Some(())
    }

    fn bands(&mut self) {
        let at = At::new("ages", None);
        if self.file.ages.is_empty() {
            self.unfit(&at, "there are no age bands", "Write at least one, such as child = [0, 18].");
            self.classes.bands.push(("all".into(), 0, ticks(18.0 * 365.25)));
        }
        let mut end: Option<f64> = None;
        let mut before = at.clone();
        for (name, &[from, to]) in &self.file.ages {
            let here = at.key(name);
            if !(from < to && from >= -1.0 && to <= 120.0) {
                self.unfit(
                    &here,
                    format!("the band from {from} to {to} years is empty or out of range"),
                    "Write [from, to) in years, from -1 (before birth) to 120, such as [5, 10].",
                );
            } else if end.is_some_and(|e| (e - from).abs() > 1e-9) {
                self.problems.wrong_with(
                    &here,
                    &[&before.path],
                    format!(
                        "the band starts at {from}, but the one before it ends at {}",
                        end.unwrap_or(0.0)
                    ),
                    "List the bands youngest first, each starting where the one before it ends.",
                );
            }
            end = Some(to);
            before = here;
            self.classes.bands.push((name.clone(), ticks(from * 365.25), ticks(to * 365.25)));
        }
        self.pathway.bands = self.classes.bands.iter().map(|b| b.1).collect();
    }

    /// Stops at so many classes or items that they would take the memory which the limits are there to save.
    fn few_enough(&mut self, plans: usize) -> Option<()> {
        let file = self.file;
        let counts = [
            ("ages", "age bands", self.classes.bands.len(), MOST_CLASSES),
            ("cohorts", "cohorts", self.classes.cohorts.len(), MOST_CLASSES),
            ("needs", "need classes", self.classes.needs.len(), MOST_CLASSES),
            ("tracks", "tracks", file.tracks.len(), MOST_CLASSES),
            ("pools", "pools", file.pools.len(), MOST_CLASSES),
            ("arrivals", "streams of arrivals", file.arrivals.len(), MOST_CLASSES),
            ("stages", "exits of stages that tracks run beside", plans, MOST_ITEMS),
            ("stocks", "stocks", file.stocks.len(), MOST_ITEMS),
            ("flows", "flows", file.flows.len(), MOST_ITEMS),
            ("costs", "cost lines", file.costs.len(), MOST_ITEMS),
            ("income", "income lines", file.income.len(), MOST_ITEMS),
        ];
        for (key, what, count, most) in counts.iter().filter(|(_, _, count, most)| count > most) {
            let help = format!("Have at most {most}: put some together.");
            self.wrong(&At::new(*key, None), format!("there are {count} {what}"), help);
        }
        counts.iter().all(|(_, _, count, most)| count <= most).then_some(())
    }

    /// The exits of the stages that tracks run beside.
    fn file_plans(&self) -> BTreeSet<&'a String> {
        let stages = self.file.tracks.values().flat_map(|t| &t.during);
        stages.filter_map(|s| self.file.stages.get(s)).flat_map(|s| s.exits.keys()).collect()
    }

    /// Names stand in paths, in the names of results and in lists of commands: some signs would be misread.
    fn names(&mut self) {
        let file = self.file;
        let mut here = |path: &str, names: Vec<&String>, reserved: &[&str]| {
            for name in names {
                self.name(&At::new(path, None).key(name), name, reserved);
            }
        };
        here("ages", file.ages.keys().collect(), RESERVED_CLASSES);
        here("cohorts", file.cohorts.keys().collect(), RESERVED_CLASSES);
        here("needs", file.needs.keys().collect(), RESERVED_CLASSES);
        here("parameters", file.parameters.keys().collect(), &[]);
        here("arrivals", file.arrivals.keys().collect(), &[]);
        here("pools", file.pools.keys().collect(), &[]);
        here("drift", file.drift.keys().collect(), &[]);
        here("stocks", file.stocks.keys().collect(), &[]);
        here("flows", file.flows.keys().collect(), RESERVED_FLOWS);
        here("costs", file.costs.keys().collect(), &[]);
        here("income", file.income.keys().collect(), &[]);
        here("interventions", file.interventions.keys().collect(), &[]);
        here("tracks", file.tracks.keys().collect(), &["age", "cohort", "need"]);
        here("stages", file.stages.keys().collect(), &["wait"]);
        for (table, lines) in [("costs", &file.costs), ("income", &file.income)] {
            for (name, line) in lines {
                here(&join(&join(table, name), "charges"), line.charges.keys().collect(), &[]);
            }
        }
        for (name, stage) in &file.stages {
            here(&format!("{}.exits", join("stages", name)), stage.exits.keys().collect(), RESERVED_EXITS);
        }
        for (track, states) in file.tracks.iter().map(|(n, t)| (join("tracks", n), &t.states)) {
            here(&format!("{track}.states"), states.keys().collect(), &["wait"]);
            for (name, state) in states {
                let path = format!("{}.exits", join(&format!("{track}.states"), name));
                here(&path, state.exits.keys().collect(), RESERVED_EXITS);
            }
        }
    }

    fn name(&mut self, at: &At, name: &str, reserved: &[&str]) {
        // What no text may be is told of every key and name.
        if texts::is_odd_name(name) {
            return;
        }
        if name.contains(|c| "./\\\"`[],".contains(c)) {
            self.unfit(
                at,
                format!("`{}` cannot be a name", name.escape_debug()),
                "Use letters, digits, underscores and hyphens.",
            );
        } else if name.len() > 80 {
            self.unfit(at, "this name is longer than 80 letters", "Give it a short name, and a `title`.");
        } else if reserved.contains(&name) {
            let help = "Give it another name: carecast uses this one itself.";
            self.unfit(at, format!("`{name}` cannot be a name here"), help);
        }
    }

    /// More children than a computer could bear are a slip of the pen. Gives the most that may come.
    #[expect(clippy::cast_precision_loss, reason = "a rough number")]
    fn not_too_many(
        &mut self,
        calendar: &Calendar,
        arrivals: &Table<ArrivalsId, Arrivals>,
        interventions: &Table<InterventionId, Intervention>,
    ) -> f64 {
        let classes = self.classes.cohorts.len() * self.classes.needs.len();
        if calendar.months() * classes * self.pathway.states.len() > MOST_CELLS {
            self.problems.wrong_in_all(
                &At::new("cohorts", None),
                format!("cohorts and needs make {classes} kinds of children, too many for so many stages and years"),
                "Have fewer cohorts or need classes, or lower simulation.years.",
            );
        }
        let years = calendar.months() as f64 / 12.0;
        let mut all: f64 = self.file.opening.values().map(|o| f64::from(o.count)).sum();
        for (id, stream) in arrivals.iter() {
            let growth = stream.growth.map_or(0.0, |n| self.highest[n]).max(0.0);
            let factor = |e: &Effect| match e {
                Effect::Arrivals { stream, times } if *stream == id => self.highest[*times].max(1.0),
                _ => 1.0,
            };
            let factors: f64 = interventions.values().flat_map(|i| &i.effects).map(factor).product();
            all += self.highest[stream.children_per_year] * years * libm::pow(1.0 + growth, years) * factors;
        }
        if all > MOST_CHILDREN
            && self.problems.none_in(&["arrivals", "interventions", "opening", "simulation"])
        {
            self.problems.wrong_in_all(
                &At::new("arrivals", None),
                format!(
                    "{:.0} million children could come in {years} years: more than {:.0} million",
                    all / 1e6,
                    MOST_CHILDREN / 1e6
                ),
                "Lower children_per_year, growth or years: a scenario is about one authority.",
            );
        }
        all
    }
}

/// Shares by class name, in the order of the classes: counts or shares unless `exact`. All in the first if
/// nothing is said. `table` is the path of the table in which the classes stand.
pub(super) fn shares_of(
    problems: &mut Problems,
    at: &At,
    given: &IndexMap<String, f64>,
    (what, table, names): (&str, &str, &[String]),
    exact: bool,
) -> Option<Vec<f64>> {
    if given.is_empty() {
        return Some((0..names.len()).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect());
    }
    let before = problems.len();
    for (name, &x) in given {
        if !names.contains(name) {
            problems.unknown(&at.key(name), what, name, (table, names));
        } else if !(0.0..1e9).contains(&x) {
            problems.unfit(
                &at.key(name),
                format!("{} does not fit here", said(x)),
                "Write a number that is 0 or more.",
            );
        }
    }
    let sum: f64 = given.values().sum();
    if before == problems.len() && (sum <= 0.0 || exact && (sum - 1.0).abs() > 0.001) {
        let sum = libm::round(sum * 1e6) / 1e6;
        // With those of the baseline, which a what-if that names some of them leaves as they are.
        let all: Vec<String> = given.iter().map(|(name, &x)| format!("{name} = {}", said(x))).collect();
        let help = if exact {
            format!("Make them sum to 1. They are {{ {} }}.", all.join(", "))
        } else {
            "Give at least one of them a number above 0.".to_owned()
        };
        problems.lacking(at, format!("the shares sum to {sum}"), help);
    }
    let share = |n: &String| given.get(n).copied().unwrap_or(0.0) / sum;
    (before == problems.len()).then(|| names.iter().map(share).collect())
}

/// Shares of families of 1, 2, 3, ... children.
pub(super) fn family_sizes(
    problems: &mut Problems,
    at: &At,
    given: &IndexMap<String, f64>,
) -> Option<Vec<f64>> {
    let names: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
    let sizes = shares_of(problems, at, given, ("family size", &at.path, &names), true)?;
    let last = sizes.iter().rposition(|&s| s > 0.0).unwrap_or(0);
    Some(sizes[..=last].to_vec())
}

/// The interventions that reach those who enter a state. Reviews reach those who are in it.
fn reaching(interventions: &Table<InterventionId, Intervention>, state: StateId) -> Vec<InterventionId> {
    let here = |i: &Intervention| i.reviews.is_none() && i.reach.as_ref().is_some_and(|r| r.state == state);
    interventions.iter().filter(|(_, i)| here(i)).map(|(id, _)| id).collect()
}

/// A name as people would write it.
fn words(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn names_or<T>(map: &IndexMap<String, T>, default: &str) -> Vec<String> {
    if map.is_empty() { vec![default.to_owned()] } else { map.keys().cloned().collect() }
}

/// Running sums; the last is exactly 1.
pub(super) fn cumulative(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = shares
        .iter()
        .map(|s| {
            sum += s;
            sum
        })
        .collect();
    let last = shares.iter().rposition(|&s| s > 0.0).unwrap_or(0);
    sums[last..].fill(1.0);
    sums
}

/// A date such as "2026-04-01", between 1900 and 2200.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let year = digits(year, 4).filter(|y| parts.next().is_none() && (1900..=2200).contains(y))?;
    let month = time::Month::try_from(u8::try_from(digits(month, 2)?).ok()?).ok()?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(digits(day, 2)?).ok()?).ok()
}

/// The calendar year in which a financial year such as "2024-25" starts.
#[must_use]
pub fn parse_year(name: &str) -> Option<i32> {
    let (first, second) = name.split_once('-')?;
    let first = i32::from(digits(first, 4).filter(|y| (1900..=2200).contains(y))?);
    (i32::from(digits(second, 2)?) == (first + 1) % 100).then_some(first)
}

/// A year ending 31 March, such as "2025".
pub(super) fn year_ending(text: &str) -> Option<i32> {
    digits(text, 4).filter(|y| (1900..=2200).contains(y)).map(i32::from)
}

/// A number written in so many digits and nothing else.
fn digits(text: &str, count: usize) -> Option<u16> {
    let fits = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// The first name that a list says twice.
fn twice(names: &[String]) -> Option<usize> {
    (0..names.len()).find(|&i| names[..i].contains(&names[i]))
}

/// How many days the month of a date has that is right but for its day.
fn days_of_month(text: &str) -> Option<String> {
    let (first, day) = (text.get(..8)?, text.get(8..)?);
    let month = parse_date(&format!("{first}01"))?;
    let days = month.month().length(month.year());
    let too_late = day.len() == 2 && day.parse::<u8>().is_ok_and(|day| day > days);
    too_late.then(|| format!("{} {} has {days} days.", month.month(), month.year()))
}
