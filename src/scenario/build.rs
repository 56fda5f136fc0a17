//! From the words of a file to a checked scenario, or to everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use time::Date;

use super::fault::did_you_mean;
use super::file::{
    self, Attribute, Basis, CalendarKind, Number, RangeLaw, ScenarioFile, Share, TimeLaw, Unit, Varying,
    WhenFull,
};
use super::number::{Num, Quantity, Role, Value, best_values};
use super::tree::join;
use super::{
    ChargeSpec, Classes, Drift, Effect, FlowCount, Intervention, InterventionCost, LawSpec, Limit, LineSpec,
    Moved, Reach, RowExit, Scenario, ShareOf, Split, StockCount, Stream, TimeOf,
};
use crate::pathway::{
    During, Exit, ExitId, Grid, IfFull, Kind, Pathway, State, StateId, Track,
    calendar::{Calendar, DAY, YEAR, ticks},
    chance::name_key,
    law::{QuantileTable, Shape},
};

/// The most states a track can have: visits are counted for each.
pub const MOST_STATES: usize = 64;

/// Something wrong with what a file says: where, what, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path of the key.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Builds a scenario from a file whose shape has been checked.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn build(file: ScenarioFile, hash: String) -> Result<Scenario, Vec<Problem>> {
    let mut builder = Builder::new(&file);
    let scenario = builder.scenario(hash);
    match scenario {
        Some(scenario) if builder.problems.is_empty() => Ok(Scenario { file, ..scenario }),
        _ => Err(builder.problems),
    }
}

/// Where in the file we are, and whose sources hold there.
#[derive(Clone)]
pub(super) struct At {
    pub(super) path: String,
    source: Option<String>,
}

impl At {
    pub(super) fn new(path: impl Into<String>, source: Option<&String>) -> Self {
        Self { path: path.into(), source: source.cloned() }
    }

    pub(super) fn key(&self, key: &str) -> Self {
        Self { path: join(&self.path, key), source: self.source.clone() }
    }

    pub(super) fn problem(&self, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { path: self.path.clone(), message: message.into(), help: help.into() }
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
    problems: Vec<Problem>,
    quantities: Vec<Quantity>,
    known: BTreeMap<String, Num>,
    classes: Classes,
    pathway: Pathway,
    state_names: BTreeMap<String, StateId>,
    laws: Vec<LawSpec>,
}

impl<'a> Builder<'a> {
    fn new(file: &'a ScenarioFile) -> Self {
        Self {
            file,
            problems: Vec::new(),
            quantities: Vec::new(),
            known: BTreeMap::new(),
            classes: Classes::default(),
            pathway: Pathway::default(),
            state_names: BTreeMap::new(),
            laws: Vec::new(),
        }
    }

    fn wrong(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(at.problem(message, help));
    }

    fn scenario(&mut self, hash: String) -> Option<Scenario> {
        let calendar = self.calendar()?;
        self.classes()?;
        self.parameters();
        self.skeleton();
        if !self.problems.is_empty() {
            return None;
        }
        let (need_grid, need_shares) = self.needs();
        let rows = self.rows();
        let firsts = self.firsts();
        let pools = self.pools();
        let streams = self.streams();
        let alike = self.siblings();
        let interventions = self.interventions(&calendar);
        let drifts = self.drifts();
        let lines = self.lines();
        let (stocks, flows) = (self.stocks(), self.flows());
        self.recorded();
        self.no_instant_cycle(&rows);
        let prices = self.prices();
        if !self.problems.is_empty() {
            return None;
        }
        let plan =
            |e: &Exit| self.classes.plans.binary_search(&e.name).ok().and_then(|p| u16::try_from(p).ok());
        let plans = self.pathway.exits.iter().map(|e| plan(e).unwrap_or(0)).collect();
        let rows_len = rows.len();
        let mut scenario = Scenario {
            file: self.file.clone(),
            hash,
            calendar,
            pathway: std::mem::take(&mut self.pathway),
            classes: std::mem::take(&mut self.classes),
            quantities: std::mem::take(&mut self.quantities),
            rows,
            firsts,
            laws: std::mem::take(&mut self.laws),
            plans,
            need_shares,
            need_grid,
            streams,
            alike,
            prices,
            openings: Vec::new(),
            served: Vec::new(),
            drifts,
            pools,
            services: (0..rows_len).map(|s| reaching(&interventions, s)).collect(),
            interventions,
            stocks,
            flows,
            lines,
        };
        super::caseload::fill(&mut scenario, &mut self.problems);
        Some(scenario)
    }

    // ---- dates and classes ----

    fn date(&mut self, at: &At, text: &str) -> Option<Date> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().and_then(|p| p.parse::<u16>().ok());
        let date = match (next(), next(), next()) {
            (Some(y), Some(m), Some(d)) if (1900..=2200).contains(&y) => u8::try_from(m)
                .ok()
                .and_then(|m| time::Month::try_from(m).ok())
                .and_then(|m| Date::from_calendar_date(i32::from(y), m, u8::try_from(d).unwrap_or(0)).ok()),
            _ => None,
        };
        if date.is_none() {
            self.wrong(
                at,
                format!("`{text}` is not a date between 1900 and 2200"),
                "write year-month-day, such as 2026-04-01",
            );
        }
        date
    }

    fn calendar(&mut self) -> Option<Calendar> {
        let simulation = &self.file.simulation;
        let at = At::new("simulation", None);
        let start = self.date(&at.key("start"), &simulation.start)?;
        if !(1..=100).contains(&simulation.years) {
            let message = format!("{} years cannot be simulated", simulation.years);
            self.wrong(&at.key("years"), message, "write a whole number from 1 to 100");
            return None;
        }
        if simulation.runs.is_some_and(|r| r == 0 || r > 10_000_000) {
            self.wrong(
                &at.key("runs"),
                "the number of runs is out of range",
                "write a whole number from 1 to 10000000",
            );
        }
        match simulation.calendar {
            CalendarKind::Plain => Some(Calendar::plain(start, simulation.years)),
            CalendarKind::Civil if start.day() == 1 => Some(Calendar::civil(start, simulation.years)),
            CalendarKind::Civil => {
                self.wrong(
                    &at.key("start"),
                    format!("the simulation starts on {start}, within a month"),
                    "start on the first day of a month, such as 2025-04-01",
                );
                None
            }
        }
    }

    fn classes(&mut self) -> Option<()> {
        let at = At::new("ages", None);
        if self.file.ages.is_empty() {
            self.wrong(&at, "there are no age bands", "write at least one, such as child = [0, 18]");
            return None;
        }
        let mut end: Option<f64> = None;
        for (name, &[from, to]) in &self.file.ages {
            let here = at.key(name);
            if !(from < to && from >= -1.0 && to <= 120.0) {
                self.wrong(
                    &here,
                    format!("the band from {from} to {to} years is empty or out of range"),
                    "write [from, to) in years, from -1 (before birth) to 120, such as [5, 10]",
                );
            } else if end.is_some_and(|e| (e - from).abs() > 1e-9) {
                self.wrong(
                    &here,
                    format!(
                        "the band starts at {from}, but the one before it ends at {}",
                        end.unwrap_or(0.0)
                    ),
                    "list the bands youngest first, each starting where the one before it ends",
                );
            }
            end = Some(to);
            self.classes.bands.push((name.clone(), ticks(from * 365.25), ticks(to * 365.25)));
        }
        self.pathway.bands = self.classes.bands.iter().map(|b| b.1).collect();
        self.classes.cohorts = names_or(&self.file.cohorts, "all");
        self.classes.needs = names_or(&self.file.needs, "all");
        for (key, len) in [("cohorts", self.classes.cohorts.len()), ("needs", self.classes.needs.len())] {
            if len > 32 {
                self.wrong(&At::new(key, None), format!("there are {len} of them"), "have at most 32");
            }
        }
        if self.classes.bands.len() > 32 {
            self.wrong(&at, "there are more than 32 age bands", "have at most 32");
        }
        let stages = self.file.tracks.values().flat_map(|t| &t.during);
        let plans: BTreeSet<&String> =
            stages.filter_map(|s| self.file.stages.get(s)).flat_map(|s| s.exits.keys()).collect();
        self.classes.plans = plans.into_iter().cloned().collect();
        self.problems.is_empty().then_some(())
    }

    // ---- numbers ----

    fn parameters(&mut self) {
        for (name, parameter) in &self.file.parameters {
            let at = At::new("parameters", None).key(name).sourced(parameter.source.as_ref());
            if matches!(parameter.value, Number::Blend(_)) {
                self.wrong(
                    &at.key("value"),
                    "a parameter cannot itself be a blend",
                    "write a number or a range such as { best = 0.2, low = 0.05, high = 0.5 }",
                );
                continue;
            }
            let num = self.number(&at.key("value"), &parameter.value, Role::Share, "weight from 0 to 1");
            self.known.insert(at.path, num);
        }
    }

    /// A number of the scenario; the same path gives the same number.
    fn number(&mut self, at: &At, number: &Number, role: Role, unit: &'static str) -> Num {
        if let Some(&num) = self.known.get(&at.path) {
            return num;
        }
        let before = self.problems.len();
        let (value, source) = match number {
            Number::Exact(x) => (Value::Exact(*x), None),
            Number::Range(r) => {
                let law = r.law.unwrap_or(match role {
                    Role::Share => RangeLaw::Logit,
                    Role::Positive | Role::NotNegative => RangeLaw::Lognormal,
                    Role::Real => RangeLaw::Normal,
                });
                self.check_range(at, r, law, role);
                (Value::Range { best: r.best, low: r.low, high: r.high, law }, r.source.as_ref())
            }
            Number::Blend(b) => {
                let weight = self.known.get(&format!("parameters.{}", b.weight)).copied();
                if weight.is_none() {
                    let names: Vec<&str> = self.file.parameters.keys().map(String::as_str).collect();
                    let help = did_you_mean(&b.weight, names.iter().copied());
                    self.wrong(&at.key("weight"), format!("there is no parameter `{}`", b.weight), help);
                }
                let [from, to] = b.between;
                (Value::Blend { from, to, weight: weight.unwrap_or(0) }, b.source.as_ref())
            }
        };
        if before == self.problems.len() {
            for x in ends(&value) {
                self.check_role(at, x, role);
            }
        }
        let at = at.clone().sourced(source);
        let key = name_key(&at.path);
        self.quantities.push(Quantity { path: at.path.clone(), unit, role, value, source: at.source, key });
        self.known.insert(at.path, self.quantities.len() - 1);
        self.quantities.len() - 1
    }

    fn check_role(&mut self, at: &At, x: f64, role: Role) {
        let (fits, wanted) = match role {
            Role::Share => ((0.0..=1.0).contains(&x), "a share from 0 to 1; write 0.3 for 30%"),
            Role::Positive => (x > 0.0 && x < 1e12, "a number above 0"),
            Role::NotNegative => ((0.0..1e12).contains(&x), "a number that is 0 or more"),
            Role::Real => (x.abs() < 1e12, "a number of ordinary size"),
        };
        if !fits {
            self.wrong(at, format!("{x} does not fit here"), format!("write {wanted}"));
        }
    }

    fn check_range(&mut self, at: &At, r: &file::Range, law: RangeLaw, role: Role) {
        if !(r.low <= r.best && r.best <= r.high) {
            self.wrong(
                at,
                format!("the best estimate {} is not between {} and {}", r.best, r.low, r.high),
                "write low, best and high in rising order",
            );
            return;
        }
        let bounded = matches!(law, RangeLaw::Uniform | RangeLaw::Triangular);
        match law {
            RangeLaw::Lognormal if r.low <= 0.0 => self.wrong(
                at,
                format!("a range on the log scale cannot reach {}", r.low),
                "let `low` be above 0, or write law = \"triangular\"",
            ),
            RangeLaw::Logit if r.low <= 0.0 || r.high >= 1.0 => self.wrong(
                at,
                format!("a range on the log-odds scale cannot reach {} or {}", r.low, r.high),
                "let `low` be above 0 and `high` below 1, or write law = \"triangular\"",
            ),
            RangeLaw::Uniform
                if (r.low + r.high - 2.0 * r.best).abs() > 1e-6 * (r.high - r.low).max(1e-6) =>
            {
                self.wrong(
                    at,
                    "in a uniform range the best estimate is the middle",
                    format!("write best = {}, or law = \"triangular\"", f64::midpoint(r.low, r.high)),
                )
            }
            _ => {}
        }
        let can_leave = match role {
            Role::Share => law != RangeLaw::Logit,
            Role::Positive | Role::NotNegative => law == RangeLaw::Normal,
            Role::Real => false,
        };
        if can_leave && !bounded {
            self.wrong(
                at,
                "a range with this law could reach values that make no sense here",
                "leave `law` out, or write law = \"triangular\"",
            );
        }
    }

    // ---- tables by class ----

    /// Checks the tables of a varying value and gathers what it varies by.
    fn attributes<T>(&mut self, at: &At, value: &Varying<T>, plans: bool, found: &mut Vec<Attribute>) {
        let Varying::By(table) = value else { return };
        if found.is_empty() || !found.contains(&table.by) {
            found.push(table.by);
        }
        if table.by == Attribute::Plan && !plans {
            self.wrong(
                &at.key("by"),
                "only tables inside `tracks` can vary by plan",
                "write by = \"age\", \"cohort\" or \"need\"",
            );
            return;
        }
        let levels = self.levels(table.by);
        for (name, inner) in &table.values {
            if !levels.contains(name) {
                let names: Vec<&str> = levels.iter().map(String::as_str).collect();
                self.wrong(
                    &at.key(name),
                    format!("`{name}` is not a class of {}", attribute_word(table.by)),
                    did_you_mean(name, names.iter().copied()),
                );
            }
            self.attributes(&at.key(name), inner, plans, found);
        }
        if let Some(others) = &table.others {
            self.attributes(&at.key("others"), others, plans, found);
        } else if let Some(missing) = levels.iter().find(|l| !table.values.contains_key(*l)) {
            self.wrong(
                at,
                format!("the table by {} says nothing for `{missing}`", attribute_word(table.by)),
                format!("add `{missing} = ...`, or `others = ...` for all that are not named"),
            );
        }
    }

    fn levels(&self, by: Attribute) -> Vec<String> {
        match by {
            Attribute::Age => self.classes.bands.iter().map(|b| b.0.clone()).collect(),
            Attribute::Cohort => self.classes.cohorts.clone(),
            Attribute::Need => self.classes.needs.clone(),
            Attribute::Plan => self.classes.plans.clone(),
        }
    }

    fn grid(&self, attributes: &[Attribute]) -> Grid {
        let mut grid = Grid { rows: 1, ..Grid::default() };
        let mut step = |on: bool, size: usize| {
            let here = if on { grid.rows } else { 0 };
            grid.rows *= if on { size } else { 1 };
            here
        };
        let band = step(attributes.contains(&Attribute::Age), self.classes.bands.len());
        let plan = step(attributes.contains(&Attribute::Plan), self.classes.plans.len());
        let need = step(attributes.contains(&Attribute::Need), self.classes.needs.len());
        let cohort = step(attributes.contains(&Attribute::Cohort), self.classes.cohorts.len());
        Grid { cohort, need, plan, band, rows: grid.rows }
    }

    /// The names of the classes of each row of a grid: [age, cohort, need, plan].
    fn row_names(&self, grid: &Grid) -> Vec<[String; 4]> {
        let level = |row: usize, step: usize, names: &[String]| match row.checked_div(step) {
            None => names.first().cloned().unwrap_or_default(),
            Some(steps) => names[steps % names.len()].clone(),
        };
        let bands = self.levels(Attribute::Age);
        (0..grid.rows)
            .map(|row| {
                [
                    level(row, grid.band, &bands),
                    level(row, grid.cohort, &self.classes.cohorts),
                    level(row, grid.need, &self.classes.needs),
                    level(row, grid.plan, &self.classes.plans),
                ]
            })
            .collect()
    }

    fn need_number(
        &mut self,
        at: &At,
        value: Option<&Number>,
        role: Role,
        unit: &'static str,
    ) -> Option<Num> {
        value.map(|n| self.number(at, n, role, unit))
    }

    fn share(&mut self, at: &At, share: &Share) -> ShareOf {
        match share {
            Share::Part(n) => ShareOf::Part(self.number(at, n, Role::Share, "share")),
            Share::Rest(_) => ShareOf::Rest,
        }
    }

    /// Shares of one row must leave no more and no less than everybody.
    fn check_shares(&mut self, at: &At, shares: &[ShareOf], row: &[String; 4], what: &str) -> bool {
        let rests = shares.iter().filter(|s| **s == ShareOf::Rest).count();
        if rests > 1 {
            self.wrong(
                at,
                format!("{rests} {what} are `rest`"),
                "let one of them be \"rest\", and give the others a share",
            );
            return false;
        }
        for weight in [None, Some(0.0), Some(1.0)] {
            let sum = self.share_sum(shares, weight);
            let fits = if rests == 1 { sum <= 1.0 + 1e-9 } else { (sum - 1.0).abs() <= 1e-6 };
            if !fits {
                let whom = row.iter().filter(|n| !n.is_empty()).cloned().collect::<Vec<_>>().join(", ");
                let sum = libm::round(sum * 1e6) / 1e6;
                let help = if rests == 1 {
                    "lower them until they leave something for the rest".to_owned()
                } else {
                    format!("make them sum to 1, or give one of the {what} share = \"rest\"")
                };
                self.wrong(at, format!("the shares of the {what} sum to {sum} (for {whom})"), help);
                return false;
            }
        }
        true
    }

    /// The sum of best shares; with every blend at a weight, if one is given.
    fn share_sum(&self, shares: &[ShareOf], weight: Option<f64>) -> f64 {
        let best = best_values(&self.quantities);
        let part = |s: &ShareOf| match s {
            ShareOf::Part(n) => match (self.quantities[*n].value, weight) {
                (Value::Blend { from, to, .. }, Some(w)) => from + (to - from) * w,
                _ => best[*n],
            },
            _ => 0.0,
        };
        shares.iter().map(part).sum()
    }

    fn needs(&mut self) -> (Grid, Vec<ShareOf>) {
        let file = self.file;
        if file.needs.is_empty() {
            return (Grid { rows: 1, ..Grid::default() }, vec![ShareOf::Rest]);
        }
        let mut attributes = Vec::new();
        for (name, class) in &file.needs {
            self.attributes(
                &At::new("needs", None).key(name).key("share"),
                &class.share,
                false,
                &mut attributes,
            );
        }
        if attributes.contains(&Attribute::Need) {
            self.wrong(
                &At::new("needs", None),
                "the share of a need class cannot vary by need",
                "vary it by age or cohort",
            );
        }
        let grid = self.grid(&attributes);
        let mut shares = Vec::new();
        for names in self.row_names(&grid) {
            let row: Vec<ShareOf> = file
                .needs
                .iter()
                .map(|(name, class)| {
                    let at = At::new("needs", None).key(name).sourced(class.source.as_ref()).key("share");
                    leaf(&class.share, at, &names).map_or(ShareOf::None, |(s, at)| self.share(&at, s))
                })
                .collect();
            if self.problems.is_empty() {
                self.check_shares(&At::new("needs", None), &row, &names, "need classes");
            }
            shares.extend(row);
        }
        (grid, shares)
    }

    // ---- states and exits ----

    /// Names every state and exit, and says where each exit leads.
    fn skeleton(&mut self) {
        let file = self.file;
        if file.stages.is_empty() {
            self.wrong(
                &At::new("stages", None),
                "there are no stages",
                "write at least one, such as [stages.referral]",
            );
            return;
        }
        let main = file::Track {
            title: None,
            during: Vec::new(),
            first: Varying::Same(IndexMap::new()),
            fixed: IndexMap::new(),
            states: file.stages.clone(),
            source: None,
        };
        let tracks: Vec<(String, &file::Track)> = std::iter::once((String::new(), &main))
            .chain(file.tracks.iter().map(|(n, t)| (n.clone(), t)))
            .collect();
        for (number, (name, track)) in tracks.iter().enumerate() {
            self.name_states(number, name, track);
        }
        for (number, (name, track)) in tracks.iter().enumerate() {
            self.name_exits(number, name, track);
        }
        for number in 0..self.pathway.tracks.len() {
            self.waiting_states(number);
        }
        for (number, (name, track)) in file.tracks.iter().enumerate() {
            self.during(number + 1, name, track);
        }
    }

    fn name_states(&mut self, number: usize, name: &str, track: &file::Track) {
        let first = self.pathway.states.len();
        let waits = track.states.values().filter(|s| self.waits(s)).count();
        if track.states.len() + waits > MOST_STATES {
            self.wrong(
                &states_at(name),
                format!("there are {} states, counting waiting lines", track.states.len() + waits),
                format!("have at most {MOST_STATES}"),
            );
        }
        for (short, state) in &track.states {
            let full = full_name(name, short);
            if short.contains(['.', '/']) {
                self.wrong(
                    &states_at(name).key(short),
                    format!("`{short}` has a dot or a slash in its name"),
                    "use letters, digits and underscores",
                );
            }
            self.state_names.insert(full.clone(), self.pathway.states.len());
            self.pathway.states.push(State {
                key: name_key(&format!("state {full}")),
                name: full,
                title: state.title.clone().unwrap_or_else(|| words(short)),
                track: number,
                kind: Kind::End,
                exits: 0..0,
                birthday: None,
                pool: None,
                waiting: None,
                grid: Grid::default(),
            });
        }
        self.pathway.tracks.push(Track {
            name: name.to_owned(),
            title: track.title.clone().unwrap_or_else(|| words(name)),
            states: first..self.pathway.states.len(),
            during: Vec::new(),
            key: name_key(&format!("track {name}")),
            grid: Grid::default(),
        });
    }

    /// Whether children can wait at the door of a state.
    fn waits(&self, state: &file::State) -> bool {
        let full = state.if_full.as_ref();
        full.is_some_and(|f| matches!(f, Varying::Same(s) if s == "wait"))
    }

    fn target(&mut self, at: &At, track: &str, name: &str) -> Option<StateId> {
        let found = self.state_names.get(&full_name(track, name)).copied();
        if found.is_none() {
            let names = self.names_in(track);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let what = if track.is_empty() { "stage" } else { "state" };
            self.wrong(at, format!("there is no {what} `{name}`"), did_you_mean(name, names.iter().copied()));
        }
        found
    }

    fn names_in(&self, track: &str) -> Vec<String> {
        let states = if track.is_empty() {
            Some(&self.file.stages)
        } else {
            self.file.tracks.get(track).map(|t| &t.states)
        };
        states.map(|s| s.keys().cloned().collect()).unwrap_or_default()
    }

    fn add_exit(&mut self, from: StateId, to: StateId, name: &str, title: Option<&String>) -> ExitId {
        let key = name_key(&format!("exit {name}"));
        let title = title.cloned().unwrap_or_else(|| words(name));
        self.pathway.exits.push(Exit { name: name.to_owned(), title, from, to, key });
        self.pathway.exits.len() - 1
    }

    fn name_exits(&mut self, number: usize, name: &str, track: &file::Track) {
        let first = self.pathway.tracks[number].states.start;
        for (offset, (short, state)) in track.states.iter().enumerate() {
            let at = states_at(name).key(short);
            let id = first + offset;
            let start = self.pathway.exits.len();
            for (exit_name, exit) in &state.exits {
                let here = at.key("exits").key(exit_name);
                let to = self.target(&here.key("to"), name, &exit.to).unwrap_or(id);
                self.add_exit(id, to, exit_name, exit.title.as_ref());
            }
            let end = self.pathway.exits.len();
            self.pathway.states[id].exits = start..end;
            self.pathway.states[id].kind = self.kind(&at, state, number > 0);
            if let Some(birthday) = &state.birthday {
                self.add_birthday(&at.key("birthday"), id, name, birthday);
            }
        }
    }

    fn add_birthday(&mut self, at: &At, id: StateId, track: &str, birthday: &file::Birthday) {
        if !(birthday.age > 0.0 && birthday.age <= 120.0) {
            self.wrong(
                &at.key("age"),
                format!("{} is not an age", birthday.age),
                "write an age in years, such as 18",
            );
        }
        let exit = birthday.exit.clone().unwrap_or_else(|| "birthday".to_owned());
        let to = self.target(&at.key("to"), track, &birthday.to).unwrap_or(id);
        let exit = self.add_exit(id, to, &exit, birthday.title.as_ref());
        self.pathway.states[id].birthday = Some((ticks(birthday.age.clamp(0.0, 120.0) * 365.25), exit));
    }

    fn kind(&mut self, at: &At, state: &file::State, in_track: bool) -> Kind {
        let exits = &state.exits;
        if exits.is_empty() {
            if state.time.is_some() {
                self.wrong(
                    &at.key("time"),
                    "a time law without exits has nothing to time",
                    "add exits, or take `time` out",
                );
            }
            // Without exits a state of a track lasts until its stage ends.
            return if state.birthday.is_some() || in_track { Kind::Race } else { Kind::End };
        }
        let shares = exits.values().filter(|e| e.share.is_some()).count();
        let times = exits.values().filter(|e| e.time.is_some() || state.time.is_some()).count();
        for (some, what, help) in [
            (shares, "share", "give every exit a share (a lottery or decision) or none (a race)"),
            (times, "time", "give every exit a time, or the stage one `time` for all, or none (a decision)"),
        ] {
            if some > 0 && some < exits.len() {
                let without =
                    |e: &file::Exit| if what == "share" { e.share.is_none() } else { e.time.is_none() };
                if let Some(name) = exits.iter().find(|(_, e)| without(e)).map(|(n, _)| n) {
                    self.wrong(
                        &at.key("exits").key(name),
                        format!("this exit has no {what}, but others of the stage have"),
                        help,
                    );
                }
            }
        }
        match (shares > 0, times > 0) {
            (true, true) => Kind::Lottery,
            (true, false) => Kind::Decision,
            (false, true) => Kind::Race,
            (false, false) => {
                self.wrong(
                    at,
                    "its exits have neither shares nor times",
                    "give them shares (taken at once), times (a race) or both (a lottery)",
                );
                Kind::Decision
            }
        }
    }

    /// Adds a waiting state for each state at whose door children can wait.
    fn waiting_states(&mut self, number: usize) {
        let served: BTreeSet<&str> = self
            .file
            .interventions
            .values()
            .filter(|i| i.when_full == WhenFull::Wait)
            .filter_map(|i| i.reaches.as_ref().map(|r| r.stage.as_str()))
            .collect();
        for id in self.pathway.tracks[number].states.clone() {
            let name = self.pathway.states[id].name.clone();
            let waits = self.state_file(id).is_some_and(|s| self.waits(s));
            if !waits && !served.contains(name.as_str()) {
                continue;
            }
            let waiting = self.pathway.states.len();
            let state = State {
                name: format!("{name}/waiting"),
                title: format!("{}: waiting", self.pathway.states[id].title),
                kind: Kind::Waiting,
                exits: 0..0,
                birthday: None,
                pool: None,
                waiting: None,
                key: name_key(&format!("state {name}/waiting")),
                grid: Grid { rows: 1, ..Grid::default() },
                track: number,
            };
            self.state_names.insert(state.name.clone(), waiting);
            self.pathway.states.push(state);
            let into = self.add_exit(id, waiting, "waits", None);
            self.add_exit(waiting, id, "served", None);
            self.pathway.states[id].waiting = Some((waiting, into));
        }
    }

    /// The part of the file that describes a state.
    fn state_file(&self, id: StateId) -> Option<&'a file::State> {
        let state = &self.pathway.states[id];
        match state.name.split_once('.') {
            None => self.file.stages.get(&state.name),
            Some((track, short)) => self.file.tracks.get(track).and_then(|t| t.states.get(short)),
        }
    }

    fn state_at(&self, id: StateId) -> At {
        let state = &self.pathway.states[id];
        let source = self.state_file(id).and_then(|s| s.source.as_ref());
        match state.name.split_once('.') {
            None => states_at("").key(&state.name),
            Some((track, short)) => states_at(track).key(short),
        }
        .sourced(source)
    }

    fn during(&mut self, number: usize, name: &str, track: &file::Track) {
        let at = At::new("tracks", None).key(name);
        let mut during = vec![During::Off; self.pathway.states.len()];
        if name.contains(['.', '/']) {
            self.wrong(
                &at,
                format!("`{name}` has a dot or a slash in its name"),
                "use letters, digits and underscores",
            );
        }
        if track.states.is_empty() {
            self.wrong(
                &at,
                "the track has no states",
                "write at least one, such as [tracks.placement.states.foster]",
            );
        }
        for stage in &track.during {
            if let Some(id) = self.target(&at.key("during"), "", stage) {
                during[id] = During::Runs;
            }
        }
        for (stage, state) in &track.fixed {
            let here = at.key("fixed").key(stage);
            let held = self.target(&here, name, state);
            if let (Some(id), Some(held)) = (self.target(&here, "", stage), held) {
                if during[id] == During::Off {
                    self.wrong(
                        &here,
                        format!("the track does not run during `{stage}`"),
                        format!("add \"{stage}\" to `during`"),
                    );
                }
                during[id] = During::Held(held);
            }
        }
        self.pathway.tracks[number].during = during;
    }

    // ---- rows ----

    fn rows(&mut self) -> Vec<Vec<RowExit>> {
        let mut rows = Vec::new();
        for id in 0..self.pathway.states.len() {
            let row = match self.state_file(id) {
                Some(state) if self.pathway.states[id].kind != Kind::Waiting => self.state_rows(id, state),
                _ => Vec::new(),
            };
            rows.push(row);
        }
        rows
    }

    fn state_rows(&mut self, id: StateId, state: &'a file::State) -> Vec<RowExit> {
        let at = self.state_at(id);
        let attributes = self.state_attributes(id, state, &at);
        if !self.problems.is_empty() {
            return Vec::new();
        }
        let grid = self.grid(&attributes);
        self.pathway.states[id].grid = grid;
        if grid.rows * state.exits.len() > 200_000 {
            self.wrong(&at, "its tables have too many rows", "let it vary by fewer attributes");
            return Vec::new();
        }
        let mut rows = Vec::new();
        let mut fine = true;
        for names in self.row_names(&grid) {
            let mut shares = Vec::new();
            for (name, exit) in &state.exits {
                let here = at.key("exits").key(name).sourced(exit.source.as_ref());
                let share = exit.share.as_ref().and_then(|s| leaf(s, here.key("share"), &names));
                let share = share.map_or(ShareOf::None, |(s, at)| self.share(&at, s));
                let time = exit.time.as_ref().map(|t| (t, here.key("time")));
                let time = time.or_else(|| state.time.as_ref().map(|t| (t, at.key("time"))));
                let time = time.and_then(|(t, at)| leaf(t, at, &names));
                let time = time.map(|(t, at)| self.time(&at, t));
                let pace =
                    self.need_number(&here.key("pace"), exit.pace.as_ref(), Role::NotNegative, "times");
                shares.push(share);
                rows.push(RowExit { share, time, pace });
            }
            let shared = matches!(self.pathway.states[id].kind, Kind::Lottery | Kind::Decision);
            if fine && shared && self.problems.is_empty() {
                fine = self.check_shares(&at.key("exits"), &shares, &names, "exits");
            }
        }
        self.if_full(id, state, &at);
        rows
    }

    /// What the numbers of a state vary by.
    fn state_attributes(&mut self, id: StateId, state: &file::State, at: &At) -> Vec<Attribute> {
        let plans = self.pathway.states[id].track > 0;
        let mut found = Vec::new();
        for (name, exit) in &state.exits {
            let here = at.key("exits").key(name);
            if let Some(share) = &exit.share {
                self.attributes(&here.key("share"), share, plans, &mut found);
            }
            if let Some(time) = &exit.time {
                self.attributes(&here.key("time"), time, plans, &mut found);
            }
            if exit.pace.is_some() && self.pathway.states[id].kind == Kind::Decision {
                self.wrong(
                    &here.key("pace"),
                    "a decision is taken at once and has no pace",
                    "take `pace` out",
                );
            }
        }
        if let Some(time) = &state.time {
            self.attributes(&at.key("time"), time, plans, &mut found);
        }
        if let Some(full) = &state.if_full {
            self.attributes(&at.key("if_full"), full, plans, &mut found);
        }
        let full_name = &self.pathway.states[id].name;
        for reach in self.file.interventions.values().filter_map(|i| i.reaches.as_ref()) {
            if &reach.stage == full_name {
                let by = [
                    (&reach.ages, Attribute::Age),
                    (&reach.cohorts, Attribute::Cohort),
                    (&reach.needs, Attribute::Need),
                ];
                found.extend(by.iter().filter(|(some, _)| some.is_some()).map(|(_, a)| *a));
            }
        }
        found
    }

    fn if_full(&mut self, id: StateId, state: &file::State, at: &At) {
        let Some(pool) = &state.pool else {
            if state.if_full.is_some() {
                self.wrong(
                    &at.key("if_full"),
                    "there is no pool here that could be full",
                    "add `pool = ...`, or take `if_full` out",
                );
            }
            return;
        };
        let Some(pool) = self.file.pools.get_index_of(pool) else {
            let names: Vec<&str> = self.file.pools.keys().map(String::as_str).collect();
            self.wrong(
                &at.key("pool"),
                format!("there is no pool `{pool}`"),
                did_you_mean(pool, names.iter().copied()),
            );
            return;
        };
        if matches!(self.pathway.states[id].kind, Kind::Decision | Kind::End) {
            self.wrong(
                &at.key("pool"),
                "nobody stays here, so no place is taken",
                "give the pool to a state with a time",
            );
            return;
        }
        let Some(full) = &state.if_full else {
            self.wrong(
                &at.key("pool"),
                "it is not said what happens when the pool is full",
                "add if_full = \"wait\", or the name of the state to go to instead",
            );
            return;
        };
        if let (Varying::Same(s), Some((waiting, into))) = (full, self.pathway.states[id].waiting)
            && s == "wait"
        {
            self.pathway.states[id].pool = Some((pool, IfFull::Wait(waiting, into)));
            return;
        }
        let track = self.pathway.tracks[self.pathway.states[id].track].name.clone();
        let mut exits: BTreeMap<StateId, ExitId> = BTreeMap::new();
        let mut by_row = Vec::new();
        for names in self.row_names(&self.pathway.states[id].grid.clone()) {
            let Some((name, here)) = leaf(full, at.key("if_full"), &names) else { continue };
            if name == "wait" {
                self.wrong(
                    &here,
                    "waiting for some and going elsewhere for others cannot be mixed",
                    "write if_full = \"wait\" for all, or name a state for each",
                );
                return;
            }
            let Some(to) = self.target(&here, &track, name) else { continue };
            let exit = match exits.get(&to) {
                Some(&exit) => exit,
                None => self.add_exit(id, to, "full", None),
            };
            exits.insert(to, exit);
            by_row.push(exit);
        }
        self.pathway.states[id].pool = Some((pool, IfFull::Leave(by_row)));
    }

    fn time(&mut self, at: &At, law: &TimeLaw) -> TimeOf {
        let days = Role::Positive;
        match law {
            TimeLaw::Fixed { length, unit } => {
                let n = self.number(&at.key("length"), length, Role::NotNegative, unit_word(*unit));
                TimeOf::Fixed(n, unit_ticks(*unit))
            }
            TimeLaw::UntilAge { age } => {
                if !(*age > 0.0 && *age <= 120.0) {
                    self.wrong(
                        &at.key("age"),
                        format!("{age} is not an age"),
                        "write an age in years, such as 18",
                    );
                }
                TimeOf::UntilAge(ticks(age.clamp(0.0, 120.0) * 365.25))
            }
            TimeLaw::Exponential { mean, unit } => {
                let scale = self.number(&at.key("mean"), mean, days, unit_word(*unit));
                self.law(at, Shape::Exponential, None, Some(scale), *unit, None)
            }
            TimeLaw::Gamma { shape, mean, unit } => {
                let scale = self.number(&at.key("mean"), mean, days, unit_word(*unit));
                let k = self.shape_number(&at.key("shape"), shape);
                self.law(at, Shape::Gamma { shape: k.1 }, Some(k.0), Some(scale), *unit, None)
            }
            TimeLaw::Weibull { shape, scale, median, unit } => {
                let k = self.shape_number(&at.key("shape"), shape);
                let (number, key, of) = match (scale, median) {
                    (Some(s), None) => (s, "scale", None),
                    (None, Some(m)) => (m, "median", Some(k.0)),
                    _ => {
                        self.wrong(
                            at,
                            "a Weibull law needs either its scale or its median",
                            "write scale = ... or median = ..., not both",
                        );
                        return TimeOf::UntilAge(0);
                    }
                };
                let scale = self.number(&at.key(key), number, days, unit_word(*unit));
                self.law(at, Shape::Weibull { shape: k.1 }, Some(k.0), Some(scale), *unit, of)
            }
            TimeLaw::Lognormal { median, sigma, unit } => {
                let scale = self.number(&at.key("median"), median, days, unit_word(*unit));
                let s = self.shape_number(&at.key("sigma"), sigma);
                self.law(at, Shape::Lognormal { sigma: s.1 }, Some(s.0), Some(scale), *unit, None)
            }
            TimeLaw::Triangular { low, mode, high, times, unit } => {
                if !(0.0 <= *low && low <= mode && mode <= high && low < high && *high < 1e9) {
                    self.wrong(
                        at,
                        "the corners of the triangle are not in rising order",
                        "write 0 <= low <= mode <= high, with low below high",
                    );
                    return TimeOf::UntilAge(0);
                }
                let scale = self.need_number(&at.key("times"), times.as_ref(), days, "times");
                self.law(
                    at,
                    Shape::Triangular { low: *low, mode: *mode, high: *high },
                    None,
                    scale,
                    *unit,
                    None,
                )
            }
            TimeLaw::Quantiles { points, times, unit } => {
                if !good_quantiles(points) {
                    self.wrong(&at.key("points"), "these are not quantiles", "write pairs [share ended, length] with both rising, from [0, shortest] to [1, longest]");
                    return TimeOf::UntilAge(0);
                }
                let scale = self.need_number(&at.key("times"), times.as_ref(), days, "times");
                self.law(at, Shape::Quantiles(points.clone()), None, scale, *unit, None)
            }
        }
    }

    /// The shape of a law: its number and best value.
    fn shape_number(&mut self, at: &At, number: &Number) -> (Num, f64) {
        let num = self.number(at, number, Role::Positive, "shape");
        let best = best_values(&self.quantities)[num];
        if !(0.05..=1000.0).contains(&best) {
            self.wrong(at, format!("a shape of {best} is out of range"), "write a number from 0.05 to 1000");
        }
        (num, best.clamp(0.05, 1000.0))
    }

    fn law(
        &mut self,
        at: &At,
        shape: Shape,
        num: Option<Num>,
        scale: Option<Num>,
        unit: Unit,
        weibull_median: Option<Num>,
    ) -> TimeOf {
        if matches!(shape, Shape::Lognormal { sigma } if sigma > 5.0) {
            self.wrong(at, "a lognormal with sigma above 5 is not a time law", "write a sigma of 5 or less");
            return TimeOf::UntilAge(0);
        }
        let uncertain = num.filter(|&n| !self.quantities[n].is_exact());
        let unit = unit_ticks(unit);
        let known = self.laws.iter().position(|l| l.shape == shape && l.uncertain == uncertain);
        let law = known.unwrap_or_else(|| {
            let table = Arc::new(QuantileTable::new(&shape));
            self.laws.push(LawSpec { shape, uncertain, table });
            self.laws.len() - 1
        });
        #[expect(clippy::cast_precision_loss, reason = "a day is 65,536 ticks")]
        let mean =
            scale.map_or(1.0, |n| best_values(&self.quantities)[n]) * self.laws[law].table.mean() * unit
                / DAY as f64;
        if mean < 0.01 {
            self.wrong(
                at,
                format!("a mean of {mean:.2e} days is too short to simulate"),
                "write a longer time, or { law = \"fixed\", length = 0 }",
            );
        }
        TimeOf::Law { law, scale, unit, weibull_median }
    }

    fn firsts(&mut self) -> Vec<Vec<ShareOf>> {
        let file = self.file;
        let mut firsts = vec![Vec::new()];
        for (number, (name, track)) in file.tracks.iter().enumerate() {
            let at = At::new("tracks", None).key(name).sourced(track.source.as_ref()).key("first");
            let mut attributes = Vec::new();
            self.attributes(&at, &track.first, true, &mut attributes);
            let grid = self.grid(&attributes);
            self.pathway.tracks[number + 1].grid = grid;
            let mut shares = Vec::new();
            for names in self.row_names(&grid) {
                let Some((table, here)) = leaf(&track.first, at.clone(), &names) else { continue };
                for state in table.keys().filter(|s| !track.states.contains_key(*s)) {
                    let known: Vec<&str> = track.states.keys().map(String::as_str).collect();
                    self.wrong(
                        &here.key(state),
                        format!("there is no state `{state}`"),
                        did_you_mean(state, known.iter().copied()),
                    );
                }
                let row: Vec<ShareOf> = track
                    .states
                    .keys()
                    .map(|s| table.get(s).map_or(ShareOf::None, |share| self.share(&here.key(s), share)))
                    .collect();
                if self.problems.is_empty() {
                    self.check_shares(&here, &row, &names, "states");
                }
                shares.extend(row);
            }
            firsts.push(shares);
        }
        firsts
    }

    fn prices(&mut self) -> Vec<Option<Arc<QuantileTable>>> {
        let mut tables: BTreeMap<u64, Arc<QuantileTable>> = BTreeMap::new();
        (0..self.pathway.states.len())
            .map(|id| {
                let spread = self.state_file(id).and_then(|s| s.price_spread)?;
                if !(0.0..=2.0).contains(&spread) {
                    let at = self.state_at(id).key("price_spread");
                    self.wrong(
                        &at,
                        format!("a price spread of {spread} is out of range"),
                        "write a number from 0 to 2, such as 0.4",
                    );
                    return None;
                }
                (spread > 0.0).then(|| {
                    let table = || Arc::new(QuantileTable::new(&Shape::Lognormal { sigma: spread }));
                    tables.entry(spread.to_bits()).or_insert_with(table).clone()
                })
            })
            .collect()
    }

    // ---- what surrounds the pathway ----

    fn pools(&mut self) -> Vec<(String, Num)> {
        let file = self.file;
        file.pools
            .iter()
            .map(|(name, pool)| {
                let at = At::new("pools", None).key(name).sourced(pool.source.as_ref()).key("places");
                (name.clone(), self.number(&at, &pool.places, Role::NotNegative, "places"))
            })
            .collect()
    }

    fn streams(&mut self) -> Vec<Stream> {
        let file = self.file;
        file.arrivals.iter().filter_map(|(name, a)| self.stream(name, a)).collect()
    }

    fn stream(&mut self, name: &str, arrivals: &file::Arrivals) -> Option<Stream> {
        let at = At::new("arrivals", None).key(name).sourced(arrivals.source.as_ref());
        let children_per_year = self.number(
            &at.key("children_per_year"),
            &arrivals.children_per_year,
            Role::NotNegative,
            "children a year",
        );
        if best_values(&self.quantities)[children_per_year] > 1e7 {
            self.wrong(
                &at.key("children_per_year"),
                "more than ten million children a year",
                "write the number for one authority",
            );
        }
        let growth = self.need_number(&at.key("growth"), arrivals.growth.as_ref(), Role::Real, "a year");
        self.check_growth(&at.key("growth"), growth);
        let enters = self.target(&at.key("enters"), "", &arrivals.enters)?;
        let seasonality = self.seasonality(&at.key("seasonality"), arrivals.seasonality.as_deref())?;
        let bands = self.levels(Attribute::Age);
        let ages = shares_of(&mut self.problems, &at.key("ages"), &arrivals.ages, &bands, true)?;
        let cohorts = self.classes.cohorts.clone();
        let cohorts = shares_of(&mut self.problems, &at.key("cohorts"), &arrivals.cohorts, &cohorts, true)?;
        let sizes = family_sizes(&mut self.problems, &at.key("family_sizes"), &arrivals.family_sizes)?;
        #[expect(clippy::cast_precision_loss, reason = "families have few children")]
        let mean_family = sizes.iter().enumerate().map(|(i, s)| (i + 1) as f64 * s).sum();
        Some(Stream {
            name: name.to_owned(),
            title: arrivals.title.clone().unwrap_or_else(|| words(name)),
            key: name_key(&format!("arrivals {name}")),
            children_per_year,
            growth,
            seasonality,
            enters,
            family_sizes: cumulative(&sizes),
            mean_family,
            ages: cumulative(&ages),
            cohorts: cumulative(&cohorts),
        })
    }

    fn check_growth(&mut self, at: &At, growth: Option<Num>) {
        let best = growth.map_or(0.0, |g| best_values(&self.quantities)[g]);
        if !(-0.9..=2.0).contains(&best) {
            self.wrong(at, format!("growth of {best} a year is out of range"), "write 0.02 for 2% a year");
        }
    }

    fn seasonality(&mut self, at: &At, factors: Option<&[f64]>) -> Option<[f64; 12]> {
        let Some(factors) = factors else { return Some([1.0; 12]) };
        let sum: f64 = factors.iter().sum();
        match <[f64; 12]>::try_from(factors) {
            Ok(twelve) if twelve.iter().all(|f| *f >= 0.0) && (sum - 12.0).abs() < 0.06 => {
                Some(twelve.map(|f| f * 12.0 / sum))
            }
            _ => {
                self.wrong(
                    at,
                    format!("{} factors with mean {:.3}", factors.len(), sum / factors.len().max(1) as f64),
                    "write twelve factors, January first, none below 0, with mean 1",
                );
                None
            }
        }
    }

    fn siblings(&mut self) -> Vec<Option<Num>> {
        let general = self.file.siblings.as_ref().map(|s| {
            let at = At::new("siblings", None).sourced(s.source.as_ref()).key("correlation");
            self.number(&at, &s.correlation, Role::Share, "correlation")
        });
        (0..self.pathway.states.len())
            .map(|id| {
                let own = self.state_file(id).and_then(|s| s.sibling_correlation.as_ref());
                let at = self.state_at(id).key("sibling_correlation");
                self.need_number(&at, own, Role::Share, "correlation").or(general)
            })
            .collect()
    }

    fn drifts(&mut self) -> Vec<Drift> {
        let file = self.file;
        let mut drifts = Vec::new();
        let mut moved: BTreeSet<String> = BTreeSet::new();
        for (name, drift) in &file.drift {
            let at = At::new("drift", None).key(name).sourced(drift.source.as_ref());
            let mut moves = Vec::new();
            for path in &drift.moves {
                if !moved.insert(path.clone()) {
                    self.wrong(
                        &at.key("moves"),
                        format!("`{path}` is moved twice"),
                        "let each rate be moved by one drift",
                    );
                }
                moves.extend(self.moved(&at.key("moves"), path));
            }
            let shared = drift.shared.as_ref().map(|s| {
                if !(0.0..=1.0).contains(&s.correlation) {
                    self.wrong(
                        &at.key("shared").key("correlation"),
                        format!("{} is not a correlation", s.correlation),
                        "write a number from 0 to 1",
                    );
                }
                (name_key(&format!("factor {}", s.factor)), libm::sqrt(s.correlation.clamp(0.0, 1.0)))
            });
            let sd = self.number(&at.key("sd"), &drift.sd, Role::NotNegative, "sd of logarithm");
            let persistence =
                self.number(&at.key("persistence"), &drift.persistence, Role::Share, "correlation");
            drifts.push(Drift {
                name: name.clone(),
                key: name_key(&format!("drift {name}")),
                shared,
                sd,
                persistence,
                moves,
            });
        }
        drifts
    }

    fn moved(&mut self, at: &At, path: &str) -> Option<Moved> {
        let parts: Vec<&str> = path.split('.').collect();
        let exit =
            |b: &Self, state: &str, exit: &str| b.state_names.get(state).and_then(|&s| b.exit_named(s, exit));
        let found = match parts.as_slice() {
            ["arrivals", stream] => self.file.arrivals.get_index_of(*stream).map(Moved::Arrivals),
            ["stages", s, "exits", e, "share"] => exit(self, s, e).map(Moved::Share),
            ["stages", s, "exits", e, "pace"] => exit(self, s, e).map(Moved::Pace),
            ["tracks", t, "states", s, "exits", e, "share"] => {
                exit(self, &full_name(t, s), e).map(Moved::Share)
            }
            ["tracks", t, "states", s, "exits", e, "pace"] => {
                exit(self, &full_name(t, s), e).map(Moved::Pace)
            }
            _ => None,
        };
        let help = "write arrivals.NAME, or stages.STAGE.exits.EXIT.share or .pace (tracks.TRACK.states.STATE.exits...), with names from this file";
        match found {
            None => self.wrong(at, format!("`{path}` is not a rate that can drift"), help),
            Some(Moved::Share(e)) if self.pathway.states[self.pathway.exits[e].from].kind == Kind::Race => {
                self.wrong(at, format!("`{path}`: a race has no shares"), "let its pace drift instead");
            }
            Some(Moved::Pace(e))
                if self.pathway.states[self.pathway.exits[e].from].kind == Kind::Decision =>
            {
                self.wrong(at, format!("`{path}`: a decision has no pace"), "let its share drift instead");
            }
            _ => {}
        }
        found
    }

    fn exit_named(&self, state: StateId, name: &str) -> Option<ExitId> {
        let state = &self.pathway.states[state];
        let ordinary = state.exits.clone().find(|&e| self.pathway.exits[e].name == name);
        ordinary.or_else(|| state.birthday.map(|b| b.1).filter(|&e| self.pathway.exits[e].name == name))
    }

    // ---- interventions ----

    fn interventions(&mut self, calendar: &Calendar) -> Vec<Intervention> {
        let file = self.file;
        file.interventions.iter().filter_map(|(name, i)| self.intervention(name, i, calendar)).collect()
    }

    fn intervention(
        &mut self,
        name: &str,
        i: &'a file::Intervention,
        calendar: &Calendar,
    ) -> Option<Intervention> {
        let at = At::new("interventions", None).key(name).sourced(i.source.as_ref());
        let from = self.date(&at.key("from"), &i.from)?;
        let until = match &i.until {
            Some(text) => Some(self.date(&at.key("until"), text)?),
            None => None,
        };
        if until.is_some_and(|u| u < from) {
            self.wrong(&at.key("until"), "it ends before it starts", "write a last day after `from`");
        }
        if until.is_none() && i.fade_months.is_some() {
            self.wrong(
                &at.key("fade_months"),
                "it fades, but never ends",
                "add until = ..., its last day in full force",
            );
        }
        let reach = match &i.reaches {
            Some(r) => Some(self.reach(&at.key("reaches"), r)?),
            None => None,
        };
        let take_up = self.need_number(&at.key("take_up"), i.take_up.as_ref(), Role::Share, "share");
        let limit = self.limit(&at, i)?;
        let effects = i
            .effects
            .iter()
            .filter_map(|e| self.effect(&at.key("effects"), e, reach.as_ref()))
            .collect::<Vec<_>>();
        if reach.is_none() && (i.take_up.is_some() || limit != Limit::None) {
            self.wrong(
                &at,
                "it has a take-up or places, but does not say whom it reaches",
                "add reaches = { stage = \"...\" }",
            );
        }
        let full = i.take_up.is_none() && limit == Limit::None;
        if !full && effects.iter().any(|e| matches!(e, Effect::Pace { .. })) {
            self.wrong(
                &at.key("effects"),
                "a pace acts on everybody in the stage, so take-up and places cannot hold for it",
                "fold the take-up into pace_times, or use share_times or time_times",
            );
        }
        let cost = self.intervention_cost(&at, i.cost.as_ref());
        if reach.is_none() && (cost.per_child.is_some() || cost.per_family.is_some()) {
            self.wrong(
                &at.key("cost"),
                "it costs so much for each case, but does not say whom it reaches",
                "add reaches = { stage = \"...\" }, or give the cost per_year",
            );
        }
        let months = |m: Option<u32>| ticks(f64::from(m.unwrap_or(0).min(1200)) * 365.25 / 12.0);
        Some(Intervention {
            name: name.to_owned(),
            title: i.title.clone(),
            key: name_key(&format!("intervention {name}")),
            from: calendar.tick_of(from),
            until: until.map(|u| calendar.tick_of(u) + DAY),
            ramp: months(i.ramp_up_months),
            fade: months(i.fade_months),
            reach,
            take_up,
            limit,
            when_full: i.when_full,
            effects,
            cost,
        })
    }

    fn intervention_cost(&mut self, at: &At, cost: Option<&file::InterventionCost>) -> InterventionCost {
        let Some(cost) = cost else { return InterventionCost::default() };
        let at = at.key("cost").sourced(cost.source.as_ref());
        let mut pounds =
            |key: &str, n: Option<&Number>, unit| self.need_number(&at.key(key), n, Role::NotNegative, unit);
        let per_year = pounds("per_year", cost.per_year.as_ref(), "pounds a year");
        let per_family = pounds("per_family", cost.per_family.as_ref(), "pounds a family");
        let per_child = pounds("per_child", cost.per_child.as_ref(), "pounds a child");
        let once = pounds("once", cost.once.as_ref(), "pounds");
        let growth = self.need_number(&at.key("growth"), cost.growth.as_ref(), Role::Real, "a year");
        self.check_growth(&at.key("growth"), growth);
        InterventionCost { per_year, per_family, per_child, once, growth }
    }

    fn limit(&mut self, at: &At, i: &file::Intervention) -> Option<Limit> {
        let quota = self.need_number(
            &at.key("places_per_year"),
            i.places_per_year.as_ref(),
            Role::NotNegative,
            "families a year",
        );
        let places = self.need_number(&at.key("places"), i.places.as_ref(), Role::NotNegative, "places");
        let months = self.need_number(
            &at.key("months_per_place"),
            i.months_per_place.as_ref(),
            Role::Positive,
            "months",
        );
        let limit = match (quota, places, months) {
            (None, None, None) => Limit::None,
            (Some(q), None, None) => Limit::Quota(q),
            (None, Some(p), Some(m)) => Limit::Places(p, m),
            (None, Some(_), None) => {
                self.wrong(
                    at,
                    "it has places, but does not say how long a child holds one",
                    "add months_per_place = ...",
                );
                return None;
            }
            _ => {
                self.wrong(
                    at,
                    "its places are given in two ways",
                    "write places_per_year, or places with months_per_place",
                );
                return None;
            }
        };
        if i.when_full == WhenFull::Wait && !matches!(limit, Limit::Places(..)) {
            self.wrong(
                &at.key("when_full"),
                "children can wait only for places that come free",
                "add places = ... and months_per_place = ..., or write when_full = \"refuse\"",
            );
        }
        Some(limit)
    }

    fn reach(&mut self, at: &At, reach: &file::Reach) -> Option<Reach> {
        let state = self.find_state(&at.key("stage"), &reach.stage)?;
        if matches!(self.pathway.states[state].kind, Kind::End | Kind::Waiting) {
            self.wrong(
                &at.key("stage"),
                format!("`{}` is an end: nothing can change there", reach.stage),
                "name a stage with exits",
            );
        }
        let bands = self.levels(Attribute::Age);
        let cohorts = self.classes.cohorts.clone();
        let needs = self.classes.needs.clone();
        Some(Reach {
            state,
            bands: self.chosen(&at.key("ages"), reach.ages.as_deref(), &bands),
            cohorts: self.chosen(&at.key("cohorts"), reach.cohorts.as_deref(), &cohorts),
            needs: self.chosen(&at.key("needs"), reach.needs.as_deref(), &needs),
        })
    }

    fn chosen(&mut self, at: &At, names: Option<&[String]>, all: &[String]) -> Vec<bool> {
        let Some(names) = names else { return vec![true; all.len()] };
        for name in names.iter().filter(|n| !all.contains(n)) {
            let known: Vec<&str> = all.iter().map(String::as_str).collect();
            self.wrong(at, format!("there is no class `{name}`"), did_you_mean(name, known.iter().copied()));
        }
        all.iter().map(|a| names.contains(a)).collect()
    }

    /// A stage, or `track.state`.
    fn find_state(&mut self, at: &At, name: &str) -> Option<StateId> {
        let found = self.state_names.get(name).copied();
        if found.is_none() {
            let names: Vec<&str> = self.state_names.keys().map(String::as_str).collect();
            let help = did_you_mean(name, names.iter().copied());
            self.problems.push(Problem {
                path: at.path.clone(),
                message: format!("there is no stage `{name}`"),
                help,
            });
        }
        found
    }

    fn effect(&mut self, at: &At, e: &file::Effect, reach: Option<&Reach>) -> Option<Effect> {
        let kinds = [
            e.share_times.is_some(),
            e.pace_times.is_some(),
            e.time_times.is_some(),
            e.arrivals_times.is_some(),
            e.adds_places.is_some(),
        ];
        if kinds.iter().filter(|k| **k).count() != 1 {
            self.wrong(
                at,
                "an effect does exactly one thing",
                "write one of share_times, pace_times, time_times, arrivals_times, adds_places",
            );
            return None;
        }
        if let Some(n) = &e.arrivals_times {
            return self.arrivals_effect(at, e, n);
        }
        if let Some(n) = &e.adds_places {
            return self.places_effect(at, e, n);
        }
        let Some(reach) = reach else {
            self.wrong(
                at,
                "it changes exits, but the intervention does not say of which stage",
                "add reaches = { stage = \"...\" }",
            );
            return None;
        };
        let exits = self.effect_exits(&at.key("exit"), e.exit.as_deref(), reach.state)?;
        if let Some(n) = &e.share_times {
            return self.share_effect(at, e, n, reach, &exits);
        }
        let kind = self.pathway.states[reach.state].kind;
        if kind == Kind::Decision {
            self.wrong(at, "a decision is taken at once: it has no times", "use share_times");
            return None;
        }
        if let Some(n) = &e.pace_times {
            let times = self.number(&at.key(&effect_key("pace_times", e)), n, Role::NotNegative, "times");
            return Some(Effect::Pace { exits, times });
        }
        let n = e.time_times.as_ref()?;
        let times = self.number(&at.key(&effect_key("time_times", e)), n, Role::Positive, "times");
        Some(Effect::Time { exits, times })
    }

    fn arrivals_effect(&mut self, at: &At, e: &file::Effect, n: &Number) -> Option<Effect> {
        let name = e.arrivals.clone().unwrap_or_default();
        let stream = self.file.arrivals.get_index_of(&name);
        if stream.is_none() {
            let names: Vec<&str> = self.file.arrivals.keys().map(String::as_str).collect();
            self.wrong(
                &at.key("arrivals"),
                format!("there are no arrivals `{name}`"),
                did_you_mean(&name, names.iter().copied()),
            );
        }
        let times = self.number(&at.key(&effect_key("arrivals_times", e)), n, Role::NotNegative, "times");
        Some(Effect::Arrivals { stream: stream?, times })
    }

    fn places_effect(&mut self, at: &At, e: &file::Effect, n: &Number) -> Option<Effect> {
        let name = e.pool.clone().unwrap_or_default();
        let pool = self.file.pools.get_index_of(&name);
        if pool.is_none() {
            let names: Vec<&str> = self.file.pools.keys().map(String::as_str).collect();
            self.wrong(
                &at.key("pool"),
                format!("there is no pool `{name}`"),
                did_you_mean(&name, names.iter().copied()),
            );
        }
        let adds = self.number(&at.key(&effect_key("adds_places", e)), n, Role::Real, "places");
        Some(Effect::Places { pool: pool?, adds })
    }

    fn effect_exits(&mut self, at: &At, name: Option<&str>, state: StateId) -> Option<Vec<ExitId>> {
        let all = self.pathway.states[state].exits.clone();
        let Some(name) = name else { return Some(all.collect()) };
        let found = all.clone().find(|&e| self.pathway.exits[e].name == name);
        if found.is_none() {
            let names: Vec<String> = all.map(|e| self.pathway.exits[e].name.clone()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let stage = self.pathway.states[state].name.clone();
            self.wrong(
                at,
                format!("`{stage}` has no exit `{name}`"),
                did_you_mean(name, names.iter().copied()),
            );
        }
        found.map(|e| vec![e])
    }

    fn share_effect(
        &mut self,
        at: &At,
        e: &file::Effect,
        n: &Number,
        reach: &Reach,
        exits: &[ExitId],
    ) -> Option<Effect> {
        if self.pathway.states[reach.state].kind == Kind::Race {
            self.wrong(at, "a race has no shares", "use pace_times or time_times");
            return None;
        }
        if e.exit.is_none() {
            self.wrong(at, "it is not said which exit's share is changed", "add exit = \"...\"");
            return None;
        }
        let instead = match &e.instead {
            Some(name) => Some(*self.effect_exits(&at.key("instead"), Some(name), reach.state)?.first()?),
            None => None,
        };
        let times = self.number(&at.key(&effect_key("share_times", e)), n, Role::NotNegative, "times");
        Some(Effect::Share { exit: exits[0], times, instead })
    }

    // ---- published counts and costs ----

    /// States by name, and those who wait at their doors.
    fn counted(&mut self, at: &At, names: &[String]) -> Vec<StateId> {
        let mut states: Vec<StateId> = names.iter().filter_map(|n| self.find_state(at, n)).collect();
        for i in 0..states.len() {
            let waiting = self.pathway.states[states[i]].waiting.map(|w| w.0);
            states.extend(waiting.filter(|w| !states.contains(w)));
        }
        states.sort_unstable();
        states.dedup();
        states
    }

    fn stocks(&mut self) -> Vec<StockCount> {
        let file = self.file;
        file.stocks.iter().map(|(item, stock)| self.stock(item, stock)).collect()
    }

    fn stock(&mut self, item: &str, stock: &file::Stock) -> StockCount {
        let at = At::new("stocks", None).key(item);
        let states = self.counted(&at.key("stages"), &stock.stages);
        for &s in &states {
            if self.pathway.states[s].kind == Kind::Decision {
                let name = self.pathway.states[s].name.clone();
                self.wrong(
                    &at.key("stages"),
                    format!("`{name}` is a decision: nobody is ever in it"),
                    "count a stage that takes time",
                );
            }
        }
        let cohorts = self.classes.cohorts.clone();
        let chosen = self.chosen(&at.key("cohorts"), stock.cohorts.as_deref(), &cohorts);
        let mut splits = Vec::new();
        for by in &stock.by {
            splits.extend(self.split(&at.key("by"), by, &states));
        }
        StockCount { item: item.to_owned(), title: stock.title.clone(), states, cohorts: chosen, splits }
    }

    fn split(&mut self, at: &At, by: &str, states: &[StateId]) -> Option<Split> {
        match by {
            "age" => return Some(Split::Age),
            "cohort" => return Some(Split::Cohort),
            "need" => return Some(Split::Need),
            _ => {}
        }
        let track = self.file.tracks.get_index_of(by).map(|t| t + 1);
        let Some(track) = track else {
            let mut names: Vec<&str> = self.file.tracks.keys().map(String::as_str).collect();
            names.extend(["age", "cohort", "need"]);
            self.wrong(
                at,
                format!("a stock cannot be counted by `{by}`"),
                did_you_mean(by, names.iter().copied()),
            );
            return None;
        };
        let runs: Vec<StateId> = (0..self.pathway.states.len())
            .filter(|&s| self.pathway.tracks[track].during.get(s).is_some_and(|d| *d != During::Off))
            .collect();
        let counted: Vec<StateId> =
            states.iter().copied().filter(|&s| self.pathway.states[s].kind != Kind::Waiting).collect();
        if runs != counted {
            let names: Vec<String> = runs.iter().map(|&s| self.pathway.states[s].name.clone()).collect();
            self.wrong(
                at,
                format!("the track `{by}` does not run during just the stages counted here"),
                format!("count just the stages it runs during: {}", names.join(", ")),
            );
            return None;
        }
        Some(Split::Track(track))
    }

    fn flows(&mut self) -> Vec<FlowCount> {
        let file = self.file;
        let mut flows = Vec::new();
        for (item, flow) in &file.flows {
            let at = At::new("flows", None).key(item);
            let ways =
                [flow.into.is_some(), flow.out_of.is_some(), flow.exits.is_some(), flow.moves_in.is_some()];
            if ways.iter().filter(|w| **w).count() != 1 {
                self.wrong(
                    &at,
                    "a flow counts one kind of event",
                    "write exactly one of into, out_of, exits, moves_in",
                );
                continue;
            }
            if flow.by_exit && flow.out_of.is_none() {
                self.wrong(&at.key("by_exit"), "only exits can be counted by exit", "use it with `out_of`");
            }
            let (exits, arrivals) = self.flow_events(&at, flow);
            flows.push(FlowCount {
                item: item.clone(),
                title: flow.title.clone(),
                exits: exits.clone(),
                arrivals,
            });
            if flow.by_exit {
                flows.extend(self.by_exit(item, &exits));
            }
        }
        flows
    }

    fn by_exit(&self, item: &str, exits: &[ExitId]) -> Vec<FlowCount> {
        let mut named: IndexMap<&str, FlowCount> = IndexMap::new();
        for &e in exits {
            let exit = &self.pathway.exits[e];
            let count = named.entry(exit.name.as_str()).or_insert_with(|| FlowCount {
                item: format!("{item}/{}", exit.name),
                title: exit.title.clone(),
                exits: Vec::new(),
                arrivals: Vec::new(),
            });
            count.exits.push(e);
        }
        named.into_values().collect()
    }

    fn flow_events(&mut self, at: &At, flow: &file::Flow) -> (Vec<ExitId>, Vec<StateId>) {
        let crossing = |b: &Self, set: &[StateId], into: bool| -> Vec<ExitId> {
            let within = |s: StateId| set.contains(&s);
            let all = b.pathway.exits.iter().enumerate();
            all.filter(
                |(_, e)| if into { within(e.to) && !within(e.from) } else { within(e.from) && !within(e.to) },
            )
            .map(|(id, _)| id)
            .collect()
        };
        if let Some(names) = &flow.into {
            let set = self.counted(&at.key("into"), names);
            return (crossing(self, &set, true), set);
        }
        if let Some(names) = &flow.out_of {
            let set = self.counted(&at.key("out_of"), names);
            return (crossing(self, &set, false), Vec::new());
        }
        if let Some(names) = &flow.exits {
            let exits = names.iter().filter_map(|n| self.find_exit(&at.key("exits"), n)).collect();
            return (exits, Vec::new());
        }
        let name = flow.moves_in.as_deref().unwrap_or_default();
        let Some(track) = self.file.tracks.get_index_of(name) else {
            let names: Vec<&str> = self.file.tracks.keys().map(String::as_str).collect();
            self.wrong(
                &at.key("moves_in"),
                format!("there is no track `{name}`"),
                did_you_mean(name, names.iter().copied()),
            );
            return (Vec::new(), Vec::new());
        };
        let timed = |s: &State| s.track == track + 1 && matches!(s.kind, Kind::Race | Kind::Lottery);
        let moves = self.pathway.states.iter().filter(|s| timed(s)).flat_map(|s| s.exits.clone()).collect();
        (moves, Vec::new())
    }

    fn find_exit(&mut self, at: &At, name: &str) -> Option<ExitId> {
        let split = name.rsplit_once('.');
        let Some((state, exit)) = split else {
            self.wrong(
                at,
                format!("`{name}` does not name an exit"),
                "write stage.exit, such as \"assessment.child_in_need\"",
            );
            return None;
        };
        let state = self.find_state(at, state)?;
        let found = self.exit_named(state, exit);
        if found.is_none() {
            let names: Vec<String> = self.pathway.states[state]
                .exits
                .clone()
                .map(|e| self.pathway.exits[e].name.clone())
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            self.wrong(at, format!("there is no exit `{name}`"), did_you_mean(exit, names.iter().copied()));
        }
        found
    }

    fn lines(&mut self) -> Vec<LineSpec> {
        let file = self.file;
        let mut lines = Vec::new();
        for (table, income) in [("costs", false), ("income", true)] {
            let given = if income { &file.income } else { &file.costs };
            for (name, line) in given {
                let at = At::new(table, None).key(name).sourced(line.source.as_ref());
                lines.push(self.line(&at, name, line, income));
            }
        }
        if !lines.is_empty() {
            match &file.price_base {
                None => self.wrong(
                    &At::new("price_base", None),
                    "there are costs, but not which year's prices they are in",
                    "add price_base = \"2024-25\"",
                ),
                Some(year) if parse_year(year).is_none() => {
                    self.wrong(
                        &At::new("price_base", None),
                        format!("`{year}` is not a financial year"),
                        "write it as \"2024-25\"",
                    );
                }
                Some(_) => {}
            }
        }
        lines
    }

    fn line(&mut self, at: &At, name: &str, line: &file::CostLine, income: bool) -> LineSpec {
        let growth = self.need_number(&at.key("growth"), line.growth.as_ref(), Role::Real, "a year");
        self.check_growth(&at.key("growth"), growth);
        for year in line.outturn.keys().filter(|y| parse_year(y).is_none()) {
            self.wrong(
                &at.key("outturn").key(year),
                format!("`{year}` is not a financial year"),
                "write it as \"2024-25\"",
            );
        }
        let charges = line
            .charges
            .iter()
            .filter_map(|(name, charge)| self.charge(&at.key("charges").key(name), charge, line.basis))
            .collect();
        LineSpec {
            name: name.to_owned(),
            title: line.title.clone(),
            income,
            behaves: line.behaves,
            basis: line.basis,
            growth,
            charges,
        }
    }

    fn charge(&mut self, at: &At, charge: &file::Charge, basis: Basis) -> Option<ChargeSpec> {
        let at = at.clone().sourced(charge.source.as_ref());
        let kinds = [charge.per_week.is_some(), charge.per_event.is_some(), charge.per_year.is_some()];
        if kinds.iter().filter(|k| **k).count() != 1 {
            self.wrong(
                &at,
                "a charge is made in exactly one way",
                "write one of per_week, per_event, per_year",
            );
            return None;
        }
        match (basis, &charge.per_year) {
            (Basis::Case, Some(_)) => self.wrong(
                &at.key("per_year"),
                "the line is charged by case, and this by the year: the same work could be counted twice",
                "move it to a line with basis = \"staff\", or charge it per_week or per_event",
            ),
            (Basis::Staff, None) => self.wrong(
                &at,
                "the line is charged by staff, and this by case: the same work could be counted twice",
                "move it to a line with basis = \"case\", or charge it per_year",
            ),
            _ => {}
        }
        if let Some(n) = &charge.per_year {
            return Some(ChargeSpec::Year(self.number(
                &at.key("per_year"),
                n,
                Role::NotNegative,
                "pounds a year",
            )));
        }
        if charge.of.is_empty() {
            self.wrong(&at, "it is not said what is charged for", "add of = [\"...\"]");
            return None;
        }
        if let Some(n) = &charge.per_event {
            let num = self.number(&at.key("per_event"), n, Role::NotNegative, "pounds each");
            return Some(self.event_charge(&at.key("of"), &charge.of, num));
        }
        let states: Vec<StateId> =
            charge.of.iter().filter_map(|n| self.find_state(&at.key("of"), n)).collect();
        let weekly = charge.per_week.as_ref()?;
        let mut by = Vec::new();
        self.attributes(&at.key("per_week"), weekly, false, &mut by);
        if by.contains(&Attribute::Age) {
            self.wrong(
                &at.key("per_week"),
                "prices by age are not kept apart",
                "let the price vary by cohort or need",
            );
            return None;
        }
        let all = self.grid(&[Attribute::Cohort, Attribute::Need]);
        let (cohorts, needs) = (self.classes.cohorts.len(), self.classes.needs.len());
        let names = self.row_names(&all);
        let mut nums = Vec::new();
        for cohort in 0..cohorts {
            for need in 0..needs {
                let names = &names[all.row(cohort, need, 0, 0)];
                let (n, here) = leaf(weekly, at.key("per_week"), names)?;
                nums.push(self.number(&here, n, Role::NotNegative, "pounds a week"));
            }
        }
        Some(ChargeSpec::Week(states, nums))
    }

    fn event_charge(&mut self, at: &At, of: &[String], num: Num) -> ChargeSpec {
        let (mut exits, mut arrivals) = (Vec::new(), Vec::new());
        for name in of {
            if let Some(&state) = self.state_names.get(name) {
                exits.extend(
                    self.pathway
                        .exits
                        .iter()
                        .enumerate()
                        .filter(|(_, e)| e.to == state && e.name != "served")
                        .map(|(id, _)| id),
                );
                arrivals.push(state);
            } else {
                exits.extend(self.find_exit(at, name));
            }
        }
        ChargeSpec::Event(exits, arrivals, num)
    }

    fn recorded(&mut self) {
        let file = self.file;
        for (item, recorded) in &file.recorded {
            let at = At::new("recorded", None).key(item);
            for year in
                recorded.years.keys().filter(|y| !y.parse::<u16>().is_ok_and(|y| (1900..=2200).contains(&y)))
            {
                self.wrong(
                    &at.key("years").key(year),
                    format!("`{year}` is not a year"),
                    "write the year in which it ends on 31 March, such as 2025",
                );
            }
            for date in recorded.readings.keys() {
                self.date(&at.key("readings").key(date), date);
            }
        }
    }

    /// A cycle that can be gone round in no time would never end.
    fn no_instant_cycle(&mut self, rows: &[Vec<RowExit>]) {
        let states = &self.pathway.states;
        let best = best_values(&self.quantities);
        let instant = |id: StateId| -> Vec<StateId> {
            let state = &states[id];
            let width = state.exits.len().max(1);
            let mut exits: Vec<ExitId> = match state.kind {
                Kind::Decision => state.exits.clone().collect(),
                Kind::Lottery | Kind::Race => {
                    let quick = |r: &RowExit| match r.time {
                        Some(TimeOf::Fixed(n, _)) => best[n] <= 0.0,
                        Some(TimeOf::UntilAge(_)) => true,
                        _ => false,
                    };
                    let quick = |j: usize| rows[id].iter().skip(j).step_by(width).any(quick);
                    state.exits.clone().enumerate().filter(|(j, _)| quick(*j)).map(|(_, e)| e).collect()
                }
                Kind::End | Kind::Waiting => Vec::new(),
            };
            exits.extend(state.birthday.map(|b| b.1));
            if let Some((_, IfFull::Leave(full))) = &state.pool {
                exits.extend(full);
            }
            exits.iter().map(|&e| self.pathway.exits[e].to).collect()
        };
        // A state is safe once all it leads to in no time is safe; what never becomes safe is on a cycle.
        let next: Vec<Vec<StateId>> = (0..states.len()).map(instant).collect();
        let mut safe = vec![false; states.len()];
        while let Some(id) = (0..states.len()).find(|&s| !safe[s] && next[s].iter().all(|&n| safe[n])) {
            safe[id] = true;
        }
        if let Some(id) = (0..states.len()).find(|&s| !safe[s]) {
            let names: Vec<String> =
                (0..states.len()).filter(|&s| !safe[s]).map(|s| states[s].name.clone()).collect();
            let at = self.state_at(id);
            self.wrong(
                &at,
                format!("children could go round in no time through: {}", names.join(", ")),
                "let one of these stages take time, or let a birthday or a full pool lead out of them",
            );
        }
    }
}

/// Shares by class name, in the order of the classes: counts or shares unless `exact`. All in the first if
/// nothing is said.
pub(super) fn shares_of(
    problems: &mut Vec<Problem>,
    at: &At,
    given: &IndexMap<String, f64>,
    names: &[String],
    exact: bool,
) -> Option<Vec<f64>> {
    if given.is_empty() {
        return Some((0..names.len()).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect());
    }
    let before = problems.len();
    for (name, &x) in given {
        if !names.contains(name) {
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            problems.push(
                at.key(name).problem(
                    format!("there is no class `{name}`"),
                    did_you_mean(name, known.iter().copied()),
                ),
            );
        } else if !(0.0..1e9).contains(&x) {
            problems.push(
                at.key(name).problem(format!("{x} does not fit here"), "write a number that is 0 or more"),
            );
        }
    }
    let sum: f64 = given.values().sum();
    if before == problems.len() && (sum <= 0.0 || exact && (sum - 1.0).abs() > 0.001) {
        let sum = libm::round(sum * 1e6) / 1e6;
        problems.push(at.problem(format!("the shares sum to {sum}"), "make them sum to 1"));
    }
    let share = |n: &String| given.get(n).copied().unwrap_or(0.0) / sum;
    (before == problems.len()).then(|| names.iter().map(share).collect())
}

/// Shares of families of 1, 2, 3, ... children.
pub(super) fn family_sizes(
    problems: &mut Vec<Problem>,
    at: &At,
    given: &IndexMap<String, f64>,
) -> Option<Vec<f64>> {
    let names: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
    let sizes = shares_of(problems, at, given, &names, true)?;
    let last = sizes.iter().rposition(|&s| s > 0.0).unwrap_or(0);
    Some(sizes[..=last].to_vec())
}

/// The interventions that reach those who enter a state.
fn reaching(interventions: &[Intervention], state: StateId) -> Vec<usize> {
    let here = |i: &Intervention| i.reach.as_ref().is_some_and(|r| r.state == state);
    (0..interventions.len()).filter(|&i| here(&interventions[i])).collect()
}

/// The name of a state among all tracks.
fn full_name(track: &str, state: &str) -> String {
    if track.is_empty() { state.to_owned() } else { format!("{track}.{state}") }
}

fn states_at(track: &str) -> At {
    if track.is_empty() { At::new("stages", None) } else { At::new("tracks", None).key(track).key("states") }
}

/// The value that holds for the classes named, with its path.
pub(super) fn leaf<'v, T>(value: &'v Varying<T>, mut at: At, names: &[String; 4]) -> Option<(&'v T, At)> {
    let mut value = value;
    loop {
        match value {
            Varying::Same(x) => return Some((x, at)),
            Varying::By(table) => {
                let name = &names[match table.by {
                    Attribute::Age => 0,
                    Attribute::Cohort => 1,
                    Attribute::Need => 2,
                    Attribute::Plan => 3,
                }];
                (value, at) = match table.values.get(name) {
                    Some(inner) => (inner, at.key(name)),
                    None => (table.others.as_deref()?, at.key("others")),
                };
            }
        }
    }
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

fn attribute_word(by: Attribute) -> &'static str {
    match by {
        Attribute::Age => "age",
        Attribute::Cohort => "cohort",
        Attribute::Need => "need",
        Attribute::Plan => "plan",
    }
}

fn unit_ticks(unit: Unit) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a year is far below 2^52 ticks")]
    let (day, year) = (DAY as f64, YEAR as f64);
    match unit {
        Unit::Days => day,
        Unit::Weeks => 7.0 * day,
        Unit::Months => year / 12.0,
        Unit::Years => year,
    }
}

fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Days => "days",
        Unit::Weeks => "weeks",
        Unit::Months => "months",
        Unit::Years => "years",
    }
}

/// The key of an effect's number: effects are told apart by what they do, not by their place in the list.
fn effect_key(kind: &str, e: &file::Effect) -> String {
    let of = e.exit.as_ref().or(e.arrivals.as_ref()).or(e.pool.as_ref());
    of.map_or_else(|| kind.to_owned(), |of| format!("{kind} {of}"))
}

fn ends(value: &Value) -> Vec<f64> {
    match *value {
        Value::Exact(x) => vec![x],
        Value::Range { best, low, high, .. } => vec![best, low, high],
        Value::Blend { from, to, .. } => vec![from, to],
    }
}

fn good_quantiles(points: &[[f64; 2]]) -> bool {
    points.len() >= 2
        && points.len() <= 1000
        && points[0][0] == 0.0
        && points[0][1] >= 0.0
        && (points[points.len() - 1][0] - 1.0).abs() < 1e-12
        && points[points.len() - 1][1] > points[0][1]
        && points[points.len() - 1][1] < 1e9
        && points.windows(2).all(|w| w[0][0] < w[1][0] && w[0][1] <= w[1][1])
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

/// The calendar year in which a financial year such as "2024-25" starts.
#[must_use]
pub fn parse_year(name: &str) -> Option<i32> {
    let (first, second) = name.split_once('-')?;
    let first: i32 = first.parse().ok().filter(|y| (1900..=2200).contains(y))?;
    let second: i32 = second.parse().ok()?;
    (second == (first + 1) % 100).then_some(first)
}
