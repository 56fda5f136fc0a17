//! What the exits of a state come to, row by row: shares, times, places.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::numbers::{each_leaf, leaf};
use super::states::states_path;
use super::{At, Builder, MOST_ROWS, said};
use crate::pathway::calendar::{DAY, YEAR, ticks};
use crate::pathway::law::{QuantileTable, Shape};
use crate::pathway::{ExitId, Grid, IfFull, Kind, PoolId, QuantityId, StateId, Table, TrackId};
use crate::scenario::file::{self, Attribute, Number, TimeLaw, Unit, Varying};
use crate::scenario::number::{Role, Values};
use crate::scenario::{LawSpec, RowExit, ShareOf, TimeOf};

/// The least shape of a law.
const LEAST_SHAPE: f64 = 0.05;
/// The least mean of a law in days.
pub(super) const LEAST_DAYS: f64 = 0.01;
/// The most time laws of different shapes: each has a table.
const MOST_LAWS: usize = 2000;

impl<'a> Builder<'a> {
    pub(super) fn rows(&mut self) -> Table<StateId, Vec<RowExit>> {
        let mut rows = Table::new();
        for id in self.pathway.states.ids() {
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
        let before = self.problems.len();
        let attributes = self.state_attributes(id, state, &at);
        let grid = self.grid(&attributes);
        if self.problems.len() > before || !self.has_room(&at, grid.rows, state.exits.len()) {
            self.pathway.states[id].grid = Grid { rows: 1, ..Grid::default() };
            self.state_numbers(state, &at);
            self.if_full(id, state, &at);
            return Vec::new();
        }
        self.pathway.states[id].grid = grid;
        let mut rows = Vec::new();
        let mut fine = true;
        for names in self.row_names(&grid) {
            let here =
                |name: &str, exit: &'a file::Exit| at.key("exits").key(name).sourced(exit.source.as_ref());
            let leaf_of = |(name, exit): (&String, &'a file::Exit)| {
                exit.share.as_ref().and_then(|s| leaf(s, here(name, exit).key("share"), &names))
            };
            let leaves: Vec<Option<(&file::Share, At)>> = state.exits.iter().map(leaf_of).collect();
            let shares = self.shares_of_row(&leaves);
            for ((name, exit), &share) in state.exits.iter().zip(&shares) {
                let here = here(name, exit);
                let time = exit.time.as_ref().map(|t| (t, here.key("time")));
                let time = time.or_else(|| state.time.as_ref().map(|t| (t, at.key("time"))));
                let time = time.and_then(|(t, at)| leaf(t, at, &names));
                let time = time.map(|(t, at)| self.time(&at, t));
                let pace =
                    self.need_number(&here.key("pace"), exit.pace.as_ref(), Role::NotNegative, "times");
                rows.push(RowExit { share, time, pace });
            }
            let shared = matches!(self.pathway.states[id].kind, Kind::Lottery | Kind::Decision);
            if fine && shared && self.problems.len() == before {
                fine = self.check_shares(&at, &shares, (&grid, &names), "exits");
            }
        }
        self.if_full(id, state, &at);
        rows
    }

    /// Checks every number of a state whose tables come to nothing.
    fn state_numbers(&mut self, state: &file::State, at: &At) {
        let times = |b: &mut Self, time: &Varying<TimeLaw>, at: &At| {
            each_leaf(time, at, &mut |law, at| {
                b.time(at, law);
            });
        };
        for (name, exit) in &state.exits {
            let here = at.key("exits").key(name);
            if let Some(share) = &exit.share {
                each_leaf(share, &here.key("share"), &mut |share, at| {
                    self.share(at, share);
                });
            }
            if let Some(time) = &exit.time {
                times(self, time, &here.key("time"));
            }
            self.need_number(&here.key("pace"), exit.pace.as_ref(), Role::NotNegative, "times");
        }
        if let Some(time) = &state.time {
            times(self, time, &at.key("time"));
        }
    }

    /// Whether there is room for a table.
    fn has_room(&mut self, at: &At, rows: usize, width: usize) -> bool {
        self.table_rows = self.table_rows.saturating_add(rows.saturating_mul(width.max(1)));
        let fits = self.table_rows <= MOST_ROWS;
        if !fits {
            self.wrong(at, "its tables have too many rows", "Let it vary by fewer attributes.");
        }
        fits
    }

    /// What the numbers of a state vary by.
    fn state_attributes(&mut self, id: StateId, state: &file::State, at: &At) -> Vec<Attribute> {
        let plans = self.pathway.states[id].track != TrackId::MAIN;
        let mut found = Vec::new();
        for (name, exit) in &state.exits {
            let here = at.key("exits").key(name);
            if let Some(share) = &exit.share {
                self.attributes(&here.key("share"), share, plans, &mut found);
            }
            if let Some(time) = &exit.time {
                self.attributes(&here.key("time"), time, plans, &mut found);
            }
            if exit.pace.is_some() {
                self.check_paced(&here.key("pace"), id, name, "take `pace` out");
            }
        }
        if let Some(time) = &state.time {
            self.attributes(&at.key("time"), time, plans, &mut found);
        }
        if let Some(full) = &state.if_full {
            self.attributes(&at.key("if_full"), full, plans, &mut found);
        }
        let full_name = &self.pathway.states[id].name;
        let effective = self.file.interventions.values().filter(|i| i.reviews.is_none());
        for reach in effective.filter_map(|i| i.reaches.as_ref()) {
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

    pub(super) fn if_full(&mut self, id: StateId, state: &file::State, at: &At) {
        let Some(pool) = &state.pool else {
            if state.if_full.is_some() {
                self.wrong(
                    &at.key("if_full"),
                    "there is no pool here that could be full",
                    "Add pool = \"…\", or take `if_full` out.",
                );
            }
            return;
        };
        let pools = &self.file.pools;
        let Some(pool) = self.position(&at.key("pool"), "pool", ("pools", pools), pool) else { return };
        let pool = PoolId::from_index(pool);
        if matches!(self.pathway.states[id].kind, Kind::Decision | Kind::End) {
            self.wrong(
                &at.key("pool"),
                "nobody stays here, so no place is taken",
                "Give the pool to a stage that takes time.",
            );
            return;
        }
        let Some(full) = &state.if_full else {
            self.wrong(
                &at.key("pool"),
                "the file does not say what happens when the pool is full",
                "Add if_full = \"wait\", or if_full = the name of where to go instead, in quotation marks.",
            );
            return;
        };
        if matches!(full, Varying::Same(s) if s == "wait") {
            self.pathway.states[id].pool = Some((pool, IfFull::Wait));
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
                    "Write if_full = \"wait\" for all, or name a state for each.",
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

    pub(super) fn time(&mut self, at: &At, law: &TimeLaw) -> TimeOf {
        let days = Role::Positive;
        if let Some((at, message, help)) = odd_outline(law, at) {
            self.unfit(&at, message, help);
            return TimeOf::UntilAge(0);
        }
        match law {
            TimeLaw::Fixed { length, unit } => {
                let n = self.number(&at.key("length"), length, Role::NotNegative, unit_word(*unit));
                TimeOf::Fixed(n, unit_ticks(*unit))
            }
            TimeLaw::UntilAge { age } => {
                if !(0.0..=120.0).contains(age) {
                    let help = "Write an age in years, such as 18, or 0 for birth.";
                    self.unfit(&at.key("age"), format!("{} is not an age", said(*age)), help);
                }
                TimeOf::UntilAge(ticks(age.clamp(0.0, 120.0) * 365.25))
            }
            TimeLaw::Exponential { mean, unit } => {
                let scale = self.number(&at.key("mean"), mean, days, unit_word(*unit));
                self.law(at, Shape::Exponential, None, Some(scale), *unit, None)
            }
            TimeLaw::Gamma { shape, mean, unit } => {
                let scale = self.number(&at.key("mean"), mean, days, unit_word(*unit));
                let k = self.shape_number(&at.key("shape"), shape, 1000.0);
                self.law(at, Shape::Gamma { shape: k.1 }, Some(k.0), Some(scale), *unit, None)
            }
            TimeLaw::Weibull { shape, scale, median, unit } => {
                let k = self.shape_number(&at.key("shape"), shape, 1000.0);
                let (number, key, of) = match (scale, median) {
                    (Some(s), None) => (s, "scale", None),
                    (None, Some(m)) => (m, "median", Some(k.0)),
                    _ => {
                        let help = "Write scale = … or median = …, and not both.";
                        self.unfit(at, "a Weibull law needs either its scale or its median", help);
                        return TimeOf::UntilAge(0);
                    }
                };
                let scale = self.number(&at.key(key), number, days, unit_word(*unit));
                self.law(at, Shape::Weibull { shape: k.1 }, Some(k.0), Some(scale), *unit, of)
            }
            TimeLaw::Lognormal { median, sigma, unit } => {
                let scale = self.number(&at.key("median"), median, days, unit_word(*unit));
                let s = self.shape_number(&at.key("sigma"), sigma, 5.0);
                self.law(at, Shape::Lognormal { sigma: s.1 }, Some(s.0), Some(scale), *unit, None)
            }
            TimeLaw::Triangular { low, mode, high, times, unit } => {
                let scale = self.need_number(&at.key("times"), times.as_ref(), days, "times");
                let shape = Shape::Triangular { low: *low, mode: *mode, high: *high };
                self.law(at, shape, None, scale, *unit, None)
            }
            TimeLaw::Quantiles { points, times, unit } => {
                let scale = self.need_number(&at.key("times"), times.as_ref(), days, "times");
                self.law(at, Shape::Quantiles(points.clone()), None, scale, *unit, None)
            }
        }
    }

    /// The shape of a law: its number and best value.
    fn shape_number(&mut self, at: &At, number: &Number, most: f64) -> (QuantityId, f64) {
        let before = self.problems.len();
        let num = self.number(at, number, Role::Positive, "shape");
        for end in [self.lowest[num], self.highest[num]] {
            if self.problems.len() == before && !(LEAST_SHAPE..=most).contains(&end) {
                self.unfit(
                    at,
                    format!("{} is out of range", said(end)),
                    format!("Write a number from {LEAST_SHAPE} to {most}."),
                );
            }
        }
        (num, self.best[num].clamp(LEAST_SHAPE, most))
    }

    pub(super) fn law(
        &mut self,
        at: &At,
        shape: Shape,
        num: Option<QuantityId>,
        scale: Option<QuantityId>,
        unit: Unit,
        weibull_median: Option<QuantityId>,
    ) -> TimeOf {
        let uncertain = num.filter(|&n| !self.quantities[n].is_exact());
        let unit = unit_ticks(unit);
        let known = self.laws.position(|l| l.shape == shape && l.uncertain == uncertain);
        if known.is_none() && self.laws.len() >= MOST_LAWS {
            self.problems.wrong_in_all(
                at,
                format!("there are more than {MOST_LAWS} time laws of different shapes"),
                "Let some have the same shape.",
            );
            return TimeOf::UntilAge(0);
        }
        let law = known.unwrap_or_else(|| {
            let table = Arc::new(QuantileTable::new(&shape));
            self.laws.push(LawSpec { shape, uncertain, table })
        });
        let time = TimeOf::Law { law, scale, unit, weibull_median };
        let mean = self.mean_days(time, &self.lowest);
        if mean < LEAST_DAYS {
            self.unfit(
                at,
                format!("a mean of {} days is too short to simulate", rounded(mean)),
                "Write a longer time, or { law = \"fixed\", length = 0 }.",
            );
        }
        time
    }

    /// The mean of a time in days, at given values of every number.
    #[expect(clippy::cast_precision_loss, reason = "a day is 65,536 ticks")]
    pub(super) fn mean_days(&self, time: TimeOf, values: &Values) -> f64 {
        match time {
            TimeOf::Fixed(n, unit) => values[n] * unit / DAY as f64,
            TimeOf::UntilAge(_) => 0.0,
            TimeOf::Law { law, .. } => time.scale(values) * self.laws[law].table.mean() / DAY as f64,
        }
    }

    /// Checks that the hazard of an exit is a number, so that something can multiply it.
    pub(super) fn check_paced(&mut self, at: &At, id: StateId, exit: &str, remedy: &str) {
        let name = self.pathway.states[id].name.clone();
        if self.pathway.states[id].kind == Kind::Decision {
            let message = format!("`{name}` is a decision, taken at once: its exits have no pace");
            self.wrong_at(id, at, message, capital(remedy));
            return;
        }
        let Some(state) = self.state_file(id) else { return };
        let time = state.exits.get(exit).and_then(|e| e.time.as_ref()).or(state.time.as_ref());
        if time.is_some_and(|t| some_leaf(t, &has_atoms)) {
            self.wrong_at(
                id,
                at,
                format!(
                    "the time of `{name}.{exit}` is fixed at some length or age, so it has no chance per day"
                ),
                format!("Write another time law for it, or {remedy}."),
            );
        }
    }

    pub(super) fn firsts(&mut self) -> Table<TrackId, Vec<ShareOf>> {
        let file = self.file;
        let mut firsts = Table::filled(1, Vec::new());
        for (number, (name, track)) in file.tracks.iter().enumerate() {
            let at = At::new("tracks", None).key(name).sourced(track.source.as_ref()).key("first");
            let mut attributes = Vec::new();
            let before = self.problems.len();
            self.attributes(&at, &track.first, true, &mut attributes);
            let grid = self.grid(&attributes);
            if self.problems.len() > before || !self.has_room(&at, grid.rows, track.states.len()) {
                each_leaf(&track.first, &at, &mut |table, at| {
                    for (state, share) in table {
                        self.share(&at.key(state), share);
                    }
                });
                firsts.push(Vec::new());
                continue;
            }
            self.pathway.tracks[TrackId::from_index(number + 1)].grid = grid;
            let mut shares = Vec::new();
            for names in self.row_names(&grid) {
                let Some((table, here)) = leaf(&track.first, at.clone(), &names) else { continue };
                for state in table.keys() {
                    let states = (states_path(name), &track.states);
                    self.position(&here.key(state), "state", (&states.0, states.1), state);
                }
                let leaves: Vec<Option<(&file::Share, At)>> =
                    track.states.keys().map(|s| Some((table.get(s)?, here.key(s)))).collect();
                let row = self.shares_of_row(&leaves);
                if self.problems.len() == before {
                    self.check_shares(&here, &row, (&grid, &names), "states");
                }
                shares.extend(row);
            }
            firsts.push(shares);
        }
        firsts
    }

    pub(super) fn prices(&mut self) -> Table<StateId, Option<Arc<QuantileTable>>> {
        let mut tables: BTreeMap<u64, Arc<QuantileTable>> = BTreeMap::new();
        self.pathway
            .states
            .ids()
            .iter()
            .map(|id| {
                let spread = self.state_file(id).and_then(|s| s.price_spread)?;
                if matches!(self.pathway.states[id].kind, Kind::Decision | Kind::End) {
                    let at = self.state_at(id).key("price_spread");
                    self.wrong(
                        &at,
                        "nobody stays here, so there is no price to spread",
                        "Take `price_spread` out.",
                    );
                    return None;
                }
                if !(0.0..=2.0).contains(&spread) {
                    let at = self.state_at(id).key("price_spread");
                    self.unfit(
                        &at,
                        format!("a price spread of {} is out of range", said(spread)),
                        "Write a number from 0 to 2, such as 0.4.",
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

/// What is wrong with a law that is drawn by its corners or points: where, what, and what to write instead.
fn odd_outline(law: &TimeLaw, at: &At) -> Option<(At, String, &'static str)> {
    match law {
        TimeLaw::Triangular { low, mode, high, .. } => {
            if 0.0 <= *low && low <= mode && mode <= high && low < high && *high < 1e6 {
                return None;
            }
            let [low, mode, high] = [low, mode, high].map(|x| said(*x));
            let message = format!("{low}, {mode} and {high} are not the corners of a triangle");
            let help = "Write low, mode and high in rising order, 0 or more, with low below high.";
            Some((at.clone(), message, help))
        }
        TimeLaw::Quantiles { points, .. } => {
            let help =
                "Write pairs [share ended, length] with both rising, from [0, shortest] to [1, longest].";
            Some((at.key("points"), bad_quantiles(points)?, help))
        }
        _ => None,
    }
}

/// What is wrong with the points of an empirical law.
fn bad_quantiles(points: &[[f64; 2]]) -> Option<String> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Some("there are no points".into());
    };
    let falls = |w: &&[[f64; 2]]| w[0][0] >= w[1][0] || w[0][1] > w[1][1];
    if points.len() > 1000 {
        Some(format!("there are {} points, more than 1000", points.len()))
    } else if let Some([before, after]) = points.windows(2).find(falls) {
        Some(format!("the pair {after:?} does not rise above {before:?}"))
    } else if first[0] != 0.0 {
        Some(format!("the first pair, {first:?}, does not start at a share of 0"))
    } else if last[0] != 1.0 {
        Some(format!("the last pair, {last:?}, does not end at a share of 1"))
    } else if first[1] < 0.0 || last[1] > 1e6 || first[1] >= last[1] {
        Some(format!("lengths from {} to {} make no time law", first[1], last[1]))
    } else {
        None
    }
}

/// A number with two digits that matter.
fn rounded(x: f64) -> f64 {
    format!("{x:.1e}").parse().unwrap_or(x)
}

/// Whether something holds of a value for some class.
fn some_leaf<T>(value: &Varying<T>, holds: &dyn Fn(&T) -> bool) -> bool {
    match value {
        Varying::Same(x) => holds(x),
        Varying::By(table) => {
            table.values.values().chain(table.others.as_deref()).any(|inner| some_leaf(inner, holds))
        }
    }
}

/// Whether some single time has a chance above zero.
fn has_atoms(law: &TimeLaw) -> bool {
    match law {
        TimeLaw::Fixed { .. } | TimeLaw::UntilAge { .. } => true,
        TimeLaw::Quantiles { points, .. } => points.windows(2).any(|pair| pair[0][1] >= pair[1][1]),
        _ => false,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), letters.as_str()))
}
