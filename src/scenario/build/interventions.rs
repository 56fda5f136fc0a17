//! What the council does.

use super::{At, Builder, Problem};
use crate::pathway::calendar::{Calendar, DAY, ticks};
use crate::pathway::chance::name_key;
use crate::pathway::{ExitId, Kind, StateId};
use crate::scenario::fault::did_you_mean;
use crate::scenario::file::{self, Attribute, Number, WhenFull};
use crate::scenario::number::Role;
use crate::scenario::{Effect, Intervention, InterventionCost, Limit, Reach};

impl<'a> Builder<'a> {
    pub(super) fn interventions(&mut self, calendar: &Calendar) -> Vec<Intervention> {
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

    pub(super) fn reach(&mut self, at: &At, reach: &file::Reach) -> Option<Reach> {
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

    pub(super) fn chosen(&mut self, at: &At, names: Option<&[String]>, all: &[String]) -> Vec<bool> {
        let Some(names) = names else { return vec![true; all.len()] };
        for name in names.iter().filter(|n| !all.contains(n)) {
            let known: Vec<&str> = all.iter().map(String::as_str).collect();
            self.wrong(at, format!("there is no class `{name}`"), did_you_mean(name, known.iter().copied()));
        }
        all.iter().map(|a| names.contains(a)).collect()
    }

    /// A stage, or `track.state`.
    pub(super) fn find_state(&mut self, at: &At, name: &str) -> Option<StateId> {
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
}

/// The key of an effect's number: effects are told apart by what they do, not by their place in the list.
fn effect_key(kind: &str, e: &file::Effect) -> String {
    let of = e.exit.as_ref().or(e.arrivals.as_ref()).or(e.pool.as_ref());
    of.map_or_else(|| kind.to_owned(), |of| format!("{kind} {of}"))
}
