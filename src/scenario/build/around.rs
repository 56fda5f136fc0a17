//! What surrounds the pathway: pools, arrivals, siblings, drift.

use std::collections::BTreeSet;

use super::states::full_name;
use super::{At, Builder, cumulative, family_sizes, shares_of, words};
use crate::pathway::chance::name_key;
use crate::pathway::{ExitId, Kind, StateId};
use crate::scenario::file::{self, Attribute};
use crate::scenario::number::{Num, Role, best_values};
use crate::scenario::{Drift, Moved, Stream};

impl<'a> Builder<'a> {
    pub(super) fn pools(&mut self) -> Vec<(String, Num)> {
        let file = self.file;
        file.pools
            .iter()
            .map(|(name, pool)| {
                let at = At::new("pools", None).key(name).sourced(pool.source.as_ref()).key("places");
                (name.clone(), self.number(&at, &pool.places, Role::NotNegative, "places"))
            })
            .collect()
    }

    pub(super) fn streams(&mut self) -> Vec<Stream> {
        let file = self.file;
        file.arrivals.iter().filter_map(|(name, a)| self.stream(name, a)).collect()
    }

    pub(super) fn stream(&mut self, name: &str, arrivals: &file::Arrivals) -> Option<Stream> {
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

    pub(super) fn check_growth(&mut self, at: &At, growth: Option<Num>) {
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

    pub(super) fn siblings(&mut self) -> Vec<Option<Num>> {
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

    pub(super) fn drifts(&mut self) -> Vec<Drift> {
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

    pub(super) fn exit_named(&self, state: StateId, name: &str) -> Option<ExitId> {
        let state = &self.pathway.states[state];
        let ordinary = state.exits.clone().find(|&e| self.pathway.exits[e].name == name);
        ordinary.or_else(|| state.birthday.map(|b| b.1).filter(|&e| self.pathway.exits[e].name == name))
    }
}
