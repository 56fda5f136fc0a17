//! What surrounds the pathway: pools, arrivals, siblings, drift.

use std::collections::{BTreeMap, BTreeSet};

use super::states::full_name;
use super::{At, Builder, MOST_ROWS, checked_slices, cumulative, family_sizes, said, shares_of, words};
use crate::pathway::calendar::Calendar;
use crate::pathway::drift::MOST_DRIFTS;
use crate::pathway::{ArrivalsId, DriftId, ExitId, Kind, PoolId, QuantityId, StateId, Table};
use crate::scenario::fault::nearest;
use crate::scenario::file;
use crate::scenario::number::Role;
use crate::scenario::tree::join;
use crate::scenario::{AgeSlice, Arrivals, Drift, Moved, PoolSpec, RowExit};
use crate::stream::Stream;

/// A draw reaches no more than so many times as far from the best estimate as the end of a range.
const FAR: f64 = 4.2;

impl Builder<'_> {
    pub(super) fn pools(&mut self) -> Table<PoolId, PoolSpec> {
        let file = self.file;
        file.pools
            .iter()
            .map(|(name, pool)| {
                let at = At::new("pools", None).key(name).sourced(pool.source.as_ref()).key("places");
                let places = self.number(&at, &pool.places, Role::NotNegative, "places");
                let like_it = file.interventions.get(name).filter(|i| i.places.is_some());
                if pool.count_use && like_it.is_some() {
                    let here = At::new("pools", None).key(name).key("count_use");
                    self.problems.wrong_with(
                        &here,
                        &[&join("interventions", name)],
                        format!("there is an intervention with places called `{name}` too"),
                        "Give one of the two another name: how their places are used is found by it.",
                    );
                }
                PoolSpec { name: name.clone(), places, count_use: pool.count_use }
            })
            .collect()
    }

    pub(super) fn arrivals(&mut self) -> Table<ArrivalsId, Arrivals> {
        let file = self.file;
        file.arrivals.iter().filter_map(|(name, a)| self.stream(name, a)).collect()
    }

    pub(super) fn stream(&mut self, name: &str, arrivals: &file::Arrivals) -> Option<Arrivals> {
        let at = At::new("arrivals", None).key(name).sourced(arrivals.source.as_ref());
        let children_per_year = self.rate(
            &at.key("children_per_year"),
            &arrivals.children_per_year,
            Role::NotNegative,
            "children a year",
        );
        let growth = self.need_number(&at.key("growth"), arrivals.growth.as_ref(), Role::Real, "a year");
        self.check_growth(&at.key("growth"), growth);
        let enters = self.entered(&at.key("enters"), &arrivals.enters);
        if arrivals.ages.is_empty() {
            self.unfit(
                &at.key("ages"),
                "the file does not say how old the children are",
                "Give a share to at least one age band, such as { child = 1 }.",
            );
        }
        let seasonality = self.seasonality(&at.key("seasonality"), arrivals.seasonality.as_deref());
        let here = at.key("ages");
        let slices = checked_slices(&mut self.problems, &here, &arrivals.ages, &self.classes.bands);
        let (names, slices): (Vec<String>, Vec<AgeSlice>) = slices.into_iter().unzip();
        let ages = shares_of(&mut self.problems, &here, &arrivals.ages, ("age band", "ages", &names), true);
        let cohorts = self.classes.cohorts.clone();
        let cohorts = shares_of(
            &mut self.problems,
            &at.key("cohorts"),
            &arrivals.cohorts,
            ("cohort", "cohorts", &cohorts),
            true,
        );
        let sizes = family_sizes(&mut self.problems, &at.key("family_sizes"), &arrivals.family_sizes);
        let (enters, seasonality, ages, cohorts, sizes) = (enters?, seasonality?, ages?, cohorts?, sizes?);
        #[expect(clippy::cast_precision_loss, reason = "families have few children")]
        let mean_family = sizes.iter().enumerate().map(|(i, s)| (i + 1) as f64 * s).sum();
        Some(Arrivals {
            name: name.to_owned(),
            title: arrivals.title.clone().unwrap_or_else(|| words(name)),
            key: Stream::named(&format!("arrivals {name}")).key(),
            children_per_year,
            growth,
            seasonality,
            enters,
            family_sizes: cumulative(&sizes),
            mean_family,
            slices,
            ages: cumulative(&ages),
            cohorts: cumulative(&cohorts),
        })
    }

    /// The stage that arrivals enter.
    fn entered(&mut self, at: &At, name: &str) -> Option<StateId> {
        let state = self.target(at, "", name)?;
        if self.pathway.states[state].kind == Kind::End {
            let message = format!("`{name}` is an end: children who arrive there are gone at once");
            self.wrong_at(state, at, message, "Name a stage with exits.");
        }
        Some(state)
    }

    pub(super) fn check_growth(&mut self, at: &At, growth: Option<QuantityId>) {
        let Some(growth) = growth else { return };
        let (low, best, high) = (self.lowest[growth], self.best[growth], self.highest[growth]);
        if low < -0.5 || high > 0.5 {
            let odd = if low < -0.5 { low } else { high };
            let help = if (1.0..=50.0).contains(&odd) {
                format!("If {}% a year was meant, write {}.", said(odd), said(odd / 100.0))
            } else {
                format!("That is {}% a year. Write 0.02 for 2%.", said(odd * 100.0))
            };
            self.unfit(at, format!("growth of {} a year is out of range", said(odd)), help);
        } else if best - FAR * (best - low) <= -1.0 {
            // A draw far out would take away more than there is.
            self.unfit(
                at,
                format!("growth between {} and {} a year is too uncertain", said(low), said(high)),
                "Narrow the range, or write law = \"triangular\".",
            );
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
                self.unfit(
                    at,
                    match factors.iter().find(|f| **f < 0.0) {
                        _ if factors.len() != 12 => format!("there are {} factors", factors.len()),
                        Some(negative) => format!("the factor {negative} is below 0"),
                        None => format!("the mean of the factors is {:.3}", sum / 12.0),
                    },
                    "Write twelve factors, January first, none below 0, with mean 1.",
                );
                None
            }
        }
    }

    pub(super) fn siblings(&mut self) -> Table<StateId, Option<QuantityId>> {
        let general = self.file.siblings.as_ref().map(|s| {
            let at = At::new("siblings", None).sourced(s.source.as_ref()).key("correlation");
            self.number(&at, &s.correlation, Role::Share, "correlation")
        });
        self.pathway
            .states
            .ids()
            .iter()
            .map(|id| {
                let own = self.state_file(id).and_then(|s| s.sibling_correlation.as_ref());
                let at = self.state_at(id).key("sibling_correlation");
                self.need_number(&at, own, Role::Share, "correlation").or(general)
            })
            .collect()
    }

    pub(super) fn drifts(
        &mut self,
        calendar: &Calendar,
        rows: &Table<StateId, Vec<RowExit>>,
    ) -> Table<DriftId, Drift> {
        let mut moved = BTreeSet::new();
        let file = self.file;
        let drifts: Table<DriftId, Drift> =
            file.drift.iter().map(|(name, drift)| self.drift(name, drift, &mut moved)).collect();
        self.check_drifts_of_a_stage(&drifts);
        let share = |moved: &Moved| if let Moved::Share(exit) = moved { Some(*exit) } else { None };
        let exits = drifts.values().flat_map(|drift| &drift.moves).filter_map(share);
        let drifting: BTreeSet<StateId> = exits.map(|exit| self.pathway.exits[exit].from).collect();
        let size: usize = drifting.iter().map(|&s| rows[s].len() * calendar.years()).sum();
        if size > MOST_ROWS {
            self.problems.wrong_in_all(
                &At::new("drift", None),
                "the tables of the shares that drift have too many rows",
                "Let these stages vary by fewer attributes, or lower simulation.years.",
            );
        }
        drifts
    }

    /// One drift; `moved` are the rates that those before it move.
    fn drift<'f>(&mut self, name: &str, drift: &'f file::Drift, moved: &mut BTreeSet<&'f str>) -> Drift {
        let at = At::new("drift", None).key(name).sourced(drift.source.as_ref());
        if drift.moves.is_empty() {
            let help = "Name a rate, such as \"arrivals.families\".";
            self.unfit(&at.key("moves"), "it moves nothing", help);
        }
        let mut moves = Vec::new();
        for (index, path) in drift.moves.iter().enumerate() {
            let here = at.key("moves").item(index);
            if !moved.insert(path) {
                let message = format!("`{path}` is moved twice");
                self.unfit(&here, message, "Let each rate be moved by one drift.");
            }
            moves.extend(self.moved(&here, path));
        }
        let shared = drift.shared.as_ref().map(|s| {
            if !(0.0..=1.0).contains(&s.correlation) {
                let message = format!("{} is not a correlation", said(s.correlation));
                self.unfit(&at.key("shared").key("correlation"), message, "Write a number from 0 to 1.");
            }
            (Stream::named(&format!("factor {}", s.factor)).key(), libm::sqrt(s.correlation.clamp(0.0, 1.0)))
        });
        Drift {
            name: name.to_owned(),
            key: Stream::named(&format!("drift {name}")).key(),
            shared,
            sd: self.number(&at.key("sd"), &drift.sd, Role::NotNegative, "sd of logarithm"),
            persistence: self.number(&at.key("persistence"), &drift.persistence, Role::Share, "correlation"),
            moves,
        }
    }

    /// The shares of a stage are moved together, so that all keep their means: that takes a sum over the nodes of a
    /// grid with a dimension for each drift.
    fn check_drifts_of_a_stage(&mut self, drifts: &Table<DriftId, Drift>) {
        let mut movers: BTreeMap<StateId, BTreeSet<DriftId>> = BTreeMap::new();
        for (number, drift) in drifts.iter() {
            for moved in &drift.moves {
                if let Moved::Share(exit) = moved {
                    movers.entry(self.pathway.exits[*exit].from).or_default().insert(number);
                }
            }
        }
        for (state, movers) in movers.iter().filter(|(_, movers)| movers.len() > MOST_DRIFTS) {
            let Some(&last) = movers.last() else { continue };
            let at = At::new("drift", None).key(&drifts[last].name).key("moves");
            let name = &self.pathway.states[*state].name;
            let message = format!("the shares of `{name}` are moved by {} drifts", movers.len());
            let help =
                format!("Let at most {MOST_DRIFTS} drifts move shares of one stage: one can move several.");
            self.wrong_at(*state, &at, message, help);
        }
    }

    fn moved(&mut self, at: &At, path: &str) -> Option<Moved> {
        let parts: Vec<&str> = path.split('.').collect();
        let exit =
            |b: &Self, state: &str, exit: &str| b.state_names.get(state).and_then(|&s| b.exit_named(s, exit));
        let found = match parts.as_slice() {
            ["arrivals", stream] => {
                let found = self.file.arrivals.get_index_of(*stream);
                found.map(|s| Moved::Arrivals(ArrivalsId::from_index(s)))
            }
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
        let help = "Write arrivals.NAME, or stages.STAGE.exits.EXIT.share or .pace (in tracks \
                    tracks.TRACK.states.STATE.exits.EXIT…), with names from this file.";
        match found {
            None => {
                let thing = parts.iter().take(if parts[0] == "tracks" { 4 } else { 2 });
                let thing = thing.fold(String::new(), |path, part| join(&path, part));
                let message = format!("`{path}` is not a rate that can drift");
                let near = self.near_rate(&parts).map(|rate| format!("Did you mean `{rate}`?"));
                let help = near.unwrap_or_else(|| help.to_owned());
                self.problems.wrong_with(at, &[&thing, parts[0]], message, help);
            }
            Some(Moved::Share(e) | Moved::Pace(e)) => {
                let from = self.pathway.exits[e].from;
                let (kind, name) = (self.pathway.states[from].kind, self.pathway.exits[e].name.clone());
                if self.pathway.states[from].birthday.is_some_and(|b| b.1 == e) {
                    self.wrong_at(from, at, format!("`{name}` is a birthday: nothing moves it"), help);
                } else if matches!(found, Some(Moved::Pace(_))) {
                    self.check_paced(at, from, &name, "let its share drift instead");
                } else if kind == Kind::Race {
                    let message = format!("`{path}`: its exits have no shares, the earliest time wins");
                    self.wrong_at(from, at, message, "Let its pace drift instead.");
                }
            }
            Some(Moved::Arrivals(_)) => {}
        }
        found
    }

    /// The rate that a path may be meant for: one that differs from it in one name, by a slip.
    fn near_rate(&self, parts: &[&str]) -> Option<String> {
        let of_exits = self.pathway.exits.values().flat_map(|exit| {
            let from = &self.pathway.states[exit.from];
            let state = match from.name.split_once('.') {
                Some((track, state)) => format!("tracks.{track}.states.{state}"),
                None => format!("stages.{}", from.name),
            };
            ["share", "pace"].map(|rate| format!("{state}.exits.{}.{rate}", exit.name))
        });
        let streams = self.file.arrivals.keys().map(|stream| format!("arrivals.{stream}"));
        let is_near = |rate: &String| {
            let others: Vec<&str> = rate.split('.').collect();
            let mut slips = parts.iter().zip(&others).filter(|(a, b)| a != b);
            let slip = slips.next().is_some_and(|(a, b)| nearest(a, [*b]).is_some());
            others.len() == parts.len() && slip && slips.next().is_none()
        };
        of_exits.chain(streams).find(is_near)
    }

    pub(super) fn exit_named(&self, state: StateId, name: &str) -> Option<ExitId> {
        let state = &self.pathway.states[state];
        let ordinary = state.exits.iter().find(|&e| self.pathway.exits[e].name == name);
        ordinary.or_else(|| state.birthday.map(|b| b.1).filter(|&e| self.pathway.exits[e].name == name))
    }
}
