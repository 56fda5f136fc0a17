//! What the exits of a state come to, row by row: shares, times, places.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::numbers::leaf;
use super::{At, Builder};
use crate::pathway::calendar::{DAY, YEAR, ticks};
use crate::pathway::law::{QuantileTable, Shape};
use crate::pathway::{ExitId, IfFull, Kind, StateId};
use crate::scenario::fault::did_you_mean;
use crate::scenario::file::{self, Attribute, Number, TimeLaw, Unit, Varying};
use crate::scenario::number::{Num, Role, best_values};
use crate::scenario::{LawSpec, RowExit, ShareOf, TimeOf};

impl<'a> Builder<'a> {
    pub(super) fn rows(&mut self) -> Vec<Vec<RowExit>> {
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

    pub(super) fn if_full(&mut self, id: StateId, state: &file::State, at: &At) {
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

    pub(super) fn time(&mut self, at: &At, law: &TimeLaw) -> TimeOf {
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

    pub(super) fn law(
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

    pub(super) fn firsts(&mut self) -> Vec<Vec<ShareOf>> {
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

    pub(super) fn prices(&mut self) -> Vec<Option<Arc<QuantileTable>>> {
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
