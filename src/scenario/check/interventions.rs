//! What the council does.

use time::Date;

use super::numbers::whom_in;
use super::states::states_path;
use super::{At, Builder, MOST_INTERVENTIONS, said};
use crate::pathway::calendar::Calendar;
use crate::pathway::{ArrivalsId, ExitId, InterventionId, Kind, PoolId, StateId, Table, TrackId};
use crate::scenario::file::{self, Attribute, Number, WhenFull};
use crate::scenario::number::Role;
use crate::scenario::{Effect, Intervention, InterventionCost, Limit, Reach, RowExit, ShareOf};
use crate::stream::Stream;

impl<'a> Builder<'a> {
    pub(super) fn interventions(&mut self, calendar: &Calendar) -> Table<InterventionId, Intervention> {
        let file = self.file;
        if file.interventions.len() > MOST_INTERVENTIONS {
            self.wrong(
                &At::new("interventions", None),
                format!("there are {} interventions", file.interventions.len()),
                format!("Have at most {MOST_INTERVENTIONS}: put some together."),
            );
        }
        file.interventions.iter().map(|(name, i)| self.intervention(name, i, calendar)).collect()
    }

    fn intervention(&mut self, name: &str, i: &'a file::Intervention, calendar: &Calendar) -> Intervention {
        let at = At::new("interventions", None).key(name).sourced(i.source.as_ref());
        let from = self.date(&at.key("from"), &i.from);
        let until = match (&i.until, i.reviews.as_ref().and_then(|r| r.all_by.as_ref())) {
            (None, Some(all_by)) => self.date(&at.key("reviews").key("all_by"), all_by),
            (until, _) => until.as_ref().and_then(|text| self.date(&at.key("until"), text)),
        };
        self.check_span(&at, i, (from, until));
        let from = from.unwrap_or(calendar.start());
        let reach = i.reaches.as_ref().map(|r| self.reach(&at.key("reaches"), r, i.reviews.is_some()));
        let take_up = self.need_number(&at.key("take_up"), i.take_up.as_ref(), Role::Share, "share");
        let limit = self.limit(&at, i).unwrap_or(Limit::None);
        if i.count_use && i.places.is_none() {
            self.wrong(
                &at.key("count_use"),
                "it holds no places whose use could be counted",
                "Take it out, or give the service `places` and `months_per_place`.",
            );
        }
        let effects = self.effects(&at.key("effects"), i, &reach);
        if i.reaches.is_none() && (i.take_up.is_some() || limit != Limit::None) {
            self.wrong(
                &at,
                "it has a take-up or places, but does not say whom it reaches",
                "Add reaches = { stage = \"…\" }.",
            );
        }
        let cost = self.intervention_cost(&at, i);
        if i.reaches.is_none() && (cost.per_child.is_some() || cost.per_family.is_some()) {
            self.wrong(
                &at.key("cost"),
                "it costs so much for each case, but does not say whom it reaches",
                "Add reaches = { stage = \"…\" }, or give the cost per_year.",
            );
        }
        let months_after = |day: Date, months: Option<u32>| {
            calendar.tick_of_months_after(day, months.unwrap_or(0).min(1200)) - calendar.tick_of(day)
        };
        // It fades from the morning after its last day.
        let morning_after = until.map(|day| day.next_day().unwrap_or(day));
        let fade = morning_after.map_or(0, |day| months_after(day, i.fade_months));
        let over = morning_after.map(|day| calendar.tick_of(day) + fade);
        let reach = reach.flatten();
        let reviews = self.reviews(&at, i, reach.as_ref(), calendar, (from, over));
        Intervention {
            name: name.to_owned(),
            title: i.title.clone(),
            key: Stream::named(&format!("intervention {name}")).key(),
            from: calendar.tick_of(from),
            until: morning_after.map(|day| calendar.tick_of(day)),
            ramp: months_after(from, i.ramp_up_months),
            fade,
            reach,
            take_up,
            limit,
            when_full: i.when_full,
            count_use: i.count_use,
            effects,
            reviews,
            cost,
        }
    }

    /// Checks when it is in force. That may be outside the years simulated: a what-if that simulates fewer could
    /// not take out an intervention of the scenario that it extends. `check` and `run` say that it does nothing.
    fn check_span(&mut self, at: &At, i: &file::Intervention, (from, until): (Option<Date>, Option<Date>)) {
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            let all_by = i.until.is_none() && i.reviews.is_some();
            self.wrong(
                &if all_by { at.key("reviews").key("all_by") } else { at.key("until") },
                "it ends before it starts",
                format!("Write a last day after {from}, the day in `from`."),
            );
        }
        let all_by = i.reviews.as_ref().is_some_and(|r| r.all_by.is_some());
        if i.until.is_none() && !all_by && i.fade_months.is_some_and(|m| m > 0) {
            self.wrong(
                &at.key("fade_months"),
                "it fades, but never ends",
                "Add `until`, its last day in full force.",
            );
        }
    }

    /// What it does. Numbers are known by what they change, not by their place in the list.
    fn effects(&mut self, at: &At, i: &file::Intervention, reach: &Reached) -> Vec<Effect> {
        let limited = i.places_per_year.is_some() || i.places.is_some();
        let mut effects: Vec<Effect> = Vec::new();
        for (index, given) in i.effects.iter().enumerate() {
            let here = at.item(index);
            if limited && given.pace_times.is_some() {
                self.wrong(
                    &here.key("pace_times"),
                    "a pace acts on children who are in the stage already, so places cannot hold for it",
                    "Say with take_up how many it reaches, or use share_times or time_times.",
                );
            }
            let Some(effect) = self.effect(&here, given, reach) else { continue };
            if effects.iter().any(|e| overlap(e, &effect)) {
                self.wrong(
                    &here,
                    "an effect above changes the same already",
                    "Put the two into one, or make them two interventions.",
                );
            }
            effects.push(effect);
        }
        effects
    }

    fn intervention_cost(&mut self, at: &At, i: &file::Intervention) -> InterventionCost {
        let Some(cost) = &i.cost else { return InterventionCost::default() };
        let at = at.key("cost").sourced(cost.source.as_ref());
        // What is withdrawn saves its cost.
        let per_year =
            self.need_number(&at.key("per_year"), cost.per_year.as_ref(), Role::Real, "pounds a year");
        let mut pounds =
            |key: &str, n: Option<&Number>, unit| self.need_number(&at.key(key), n, Role::NotNegative, unit);
        let per_family = pounds("per_family", cost.per_family.as_ref(), "pounds a family");
        let per_child = pounds("per_child", cost.per_child.as_ref(), "pounds a child");
        let per_review = pounds("per_review", cost.per_review.as_ref(), "pounds a review");
        let once = pounds("once", cost.once.as_ref(), "pounds");
        let growth = self.need_number(&at.key("growth"), cost.growth.as_ref(), Role::Real, "a year");
        self.check_growth(&at.key("growth"), growth);
        let grows = [per_year, per_family, per_child, per_review, once].iter().any(Option::is_some);
        if cost.growth.is_some() && !grows {
            self.wrong(
                &at.key("growth"),
                "there is no cost that could grow",
                "Add per_year, per_family, per_child, per_review or once.",
            );
        }
        if per_review.is_some() && i.reviews.is_none() {
            let help = "Add `reviews` to the intervention, or write per_child.";
            self.wrong(&at.key("per_review"), "it costs so much for each review, but there are none", help);
        }
        InterventionCost { per_year, per_family, per_child, per_review, once, growth }
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
                    "Add months_per_place.",
                );
                return None;
            }
            (None, None, Some(_)) => {
                self.wrong(
                    &at.key("months_per_place"),
                    "it says how long a child holds a place, but not how many places there are",
                    "Add `places`.",
                );
                return None;
            }
            _ => {
                self.wrong(
                    &at.key("places_per_year"),
                    "its places are given in two ways",
                    "Write either places_per_year, or places with months_per_place.",
                );
                return None;
            }
        };
        if i.when_full == WhenFull::Wait && !matches!(limit, Limit::Places(..)) {
            self.wrong(
                &at.key("when_full"),
                "children can wait only for places that come free",
                "Add `places` and `months_per_place`, or write when_full = \"refuse\".",
            );
        }
        Some(limit)
    }

    fn reach(&mut self, at: &At, reach: &'a file::Reach, reviewed: bool) -> Option<Reach> {
        let bands = self.levels(Attribute::Age);
        let (cohorts, needs) = (self.classes.cohorts.clone(), self.classes.needs.clone());
        let bands = self.chosen(&at.key("ages"), reach.ages.as_deref(), ("age band", "ages", &bands));
        let cohorts =
            self.chosen(&at.key("cohorts"), reach.cohorts.as_deref(), ("cohort", "cohorts", &cohorts));
        let needs = self.chosen(&at.key("needs"), reach.needs.as_deref(), ("need class", "needs", &needs));
        let served_months = self.need_number(
            &at.key("served_months"),
            reach.served_months.as_ref(),
            Role::NotNegative,
            "months",
        );
        for (key, is_said) in
            [("tracks", !reach.tracks.is_empty()), ("served_months", served_months.is_some())]
        {
            if is_said && !reviewed {
                let message = format!("`{key}` has no effect here: it belongs to reviews");
                self.wrong(&at.key(key), message, "Take it out, or add `reviews` to the intervention.");
            }
        }
        let state = self.find_state(&at.key("stage"), &reach.stage)?;
        // A review may lead from a state of a track that has no exits to another.
        let moves = reviewed && self.pathway.states[state].track != TrackId::MAIN;
        if self.pathway.states[state].exits.is_empty() && !moves {
            self.wrong_at(
                state,
                &at.key("stage"),
                format!("`{}` has no exits: nothing can change there", reach.stage),
                "Name a stage with exits.",
            );
            return None;
        }
        let beside = self.states_beside(&at.key("tracks"), reach, state);
        Some(Reach { state, bands, cohorts, needs, beside, served_months })
    }

    pub(super) fn chosen(
        &mut self,
        at: &At,
        names: Option<&[String]>,
        (what, table, all): (&str, &str, &[String]),
    ) -> Vec<bool> {
        let Some(names) = names else { return vec![true; all.len()] };
        if names.is_empty() {
            self.unfit(at, "this list is empty, so it reaches nobody", "Name at least one, or take it out.");
        }
        for (index, name) in names.iter().enumerate().filter(|(_, n)| !all.contains(n)) {
            self.problems.unknown(&at.item(index), what, name, (table, all));
        }
        all.iter().map(|a| names.contains(a)).collect()
    }

    /// A stage, or `track.state`.
    pub(super) fn find_state(&mut self, at: &At, name: &str) -> Option<StateId> {
        let found = self.state_names.get(name).copied();
        if found.is_none() {
            let names = self.state_names.keys().filter(|n| !n.contains('/'));
            let table = name.split_once('.').map_or("stages".to_owned(), |(t, _)| states_path(t));
            self.problems.unknown(at, "stage", name, (&table, names));
        }
        found
    }

    fn effect(&mut self, at: &At, e: &file::Effect, reach: &Reached) -> Option<Effect> {
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
                "Write one of share_times, pace_times, time_times, arrivals_times or adds_places.",
            );
            self.effect_numbers(at, e);
            return None;
        }
        self.check_idle_keys(at, e);
        if let Some(n) = &e.arrivals_times {
            return self.arrivals_effect(at, e, n);
        }
        if let Some(n) = &e.adds_places {
            return self.places_effect(at, e, n);
        }
        let Some((reach, exits)) = self.exits_changed(at, e, reach) else {
            self.effect_numbers(at, e);
            return None;
        };
        if let Some(n) = &e.share_times {
            return self.share_effect(at, e, n, reach, &exits);
        }
        let state = &self.pathway.states[reach.state];
        if state.kind == Kind::Decision {
            let message = format!("`{}` is a decision, taken at once: it has no times", state.name);
            self.wrong_at(reach.state, at, message, "Use share_times.");
            return None;
        }
        if e.pace_times.is_some() {
            self.pace_effect(at, e, reach.state, exits)
        } else {
            self.time_effect(at, e, exits)
        }
    }

    /// Checks that it has no keys which belong to effects of other kinds.
    fn check_idle_keys(&mut self, at: &At, e: &file::Effect) {
        let on_exits = e.arrivals_times.is_none() && e.adds_places.is_none();
        for (key, is_said, with, is_there) in [
            ("instead", e.instead.is_some(), "share_times", e.share_times.is_some()),
            ("arrivals", e.arrivals.is_some(), "arrivals_times", e.arrivals_times.is_some()),
            ("pool", e.pool.is_some(), "adds_places", e.adds_places.is_some()),
            ("exit", e.exit.is_some(), "share_times, pace_times or time_times", on_exits),
        ] {
            if is_said && !is_there {
                let message = format!("`{key}` has no effect here: it belongs to {with}");
                self.wrong(&at.key(key), message, "Take it out, or make an effect of its own of it.");
            }
        }
    }

    /// The exits that it changes, and for whom.
    fn exits_changed<'r>(
        &mut self,
        at: &At,
        e: &file::Effect,
        reach: &'r Reached,
    ) -> Option<(&'r Reach, Vec<ExitId>)> {
        if reach.is_none() {
            self.wrong(
                at,
                "it changes exits, but the intervention does not say of which stage",
                "Add reaches = { stage = \"…\" } to the intervention.",
            );
        }
        // If there is no such stage, that has been told.
        let reach = reach.as_ref()?.as_ref()?;
        Some((reach, self.effect_exits(&at.key("exit"), e.exit.as_deref(), reach.state)?))
    }

    fn pace_effect(
        &mut self,
        at: &At,
        e: &file::Effect,
        state: StateId,
        exits: Vec<ExitId>,
    ) -> Option<Effect> {
        let at = at.key_known_as("pace_times", &effect_key("pace_times", e));
        let before = self.problems.len();
        for &exit in &exits {
            let name = self.pathway.exits[exit].name.clone();
            let remedy = "name another exit with `exit`, in an effect for each";
            self.check_paced(&at, state, &name, remedy);
            if self.problems.len() > before {
                return None;
            }
        }
        let times = self.number(&at, e.pace_times.as_ref()?, Role::NotNegative, "times");
        Some(Effect::Pace { exits, times })
    }

    fn time_effect(&mut self, at: &At, e: &file::Effect, exits: Vec<ExitId>) -> Option<Effect> {
        let at = at.key_known_as("time_times", &effect_key("time_times", e));
        let times = self.number(&at, e.time_times.as_ref()?, Role::Positive, "times");
        if self.lowest[times] < 0.01 {
            let message = format!("times {} would leave next to no time", self.lowest[times]);
            self.unfit(&at, message, "Write 0.01 or more.");
        }
        Some(Effect::Time { exits, times })
    }

    /// Checks the numbers of an effect that comes to nothing.
    fn effect_numbers(&mut self, at: &At, e: &file::Effect) {
        for (key, n, role, unit) in [
            ("share_times", &e.share_times, Role::NotNegative, "times"),
            ("pace_times", &e.pace_times, Role::NotNegative, "times"),
            ("time_times", &e.time_times, Role::Positive, "times"),
            ("arrivals_times", &e.arrivals_times, Role::NotNegative, "times"),
            ("adds_places", &e.adds_places, Role::Real, "places"),
        ] {
            self.need_number(&at.key_known_as(key, &effect_key(key, e)), n.as_ref(), role, unit);
        }
    }

    fn arrivals_effect(&mut self, at: &At, e: &file::Effect, n: &Number) -> Option<Effect> {
        let Some(name) = e.arrivals.clone() else {
            self.wrong(at, "the file does not say which arrivals are multiplied", "Add arrivals = \"…\".");
            return None;
        };
        let streams = ("arrivals", &self.file.arrivals);
        let stream = self.position(&at.key("arrivals"), "stream of arrivals", streams, &name);
        let at = at.key_known_as("arrivals_times", &effect_key("arrivals_times", e));
        let times = self.number(&at, n, Role::NotNegative, "times");
        Some(Effect::Arrivals { stream: ArrivalsId::from_index(stream?), times })
    }

    fn places_effect(&mut self, at: &At, e: &file::Effect, n: &Number) -> Option<Effect> {
        let Some(name) = e.pool.clone() else {
            self.wrong(at, "the file does not say which pool the places are added to", "Add pool = \"…\".");
            return None;
        };
        let pool = self.position(&at.key("pool"), "pool", ("pools", &self.file.pools), &name);
        let at = at.key_known_as("adds_places", &effect_key("adds_places", e));
        let adds = self.number(&at, n, Role::Real, "places");
        Some(Effect::Places { pool: PoolId::from_index(pool?), adds })
    }

    fn effect_exits(&mut self, at: &At, name: Option<&str>, state: StateId) -> Option<Vec<ExitId>> {
        let all = self.pathway.states[state].exits;
        let Some(name) = name else { return Some(all.iter().collect()) };
        let found = all.iter().find(|&e| self.pathway.exits[e].name == name);
        if found.is_none() {
            let message = format!("`{}` has no exit `{name}`", self.pathway.states[state].name);
            self.no_exit(state, at, message, name);
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
            let stage = self.pathway.states[reach.state].name.clone();
            self.wrong_at(
                reach.state,
                at,
                format!("the exits of `{stage}` have no shares: the earliest time wins"),
                "Use pace_times or time_times.",
            );
            return None;
        }
        if e.exit.is_none() {
            self.wrong(at, "the file does not say which exit's share is changed", "Add exit = \"…\".");
            self.effect_numbers(at, e);
            return None;
        }
        let instead = match &e.instead {
            Some(name) => Some(*self.effect_exits(&at.key("instead"), Some(name), reach.state)?.first()?),
            None => None,
        };
        let exit = *exits.first()?;
        if instead == Some(exit) {
            self.wrong(
                &at.key("instead"),
                "children diverted from the exit would take it all the same",
                "Name another exit.",
            );
        }
        let here = at.key_known_as("share_times", &effect_key("share_times", e));
        let times = self.number(&here, n, Role::NotNegative, "times");
        if instead.is_some() && self.lowest[times] > 1.0 {
            self.problems.wrong_with(
                &at.key("instead"),
                &[&here.path],
                "no children are diverted: share_times is not below 1",
                "Take `instead` out, or write a share_times below 1.",
            );
        }
        Some(Effect::Share { exit, times, instead })
    }

    /// A share times a factor must stay a share, and those diverted must have somewhere to go.
    pub(super) fn shares_times_factors(
        &mut self,
        interventions: &Table<InterventionId, Intervention>,
        rows: &Table<StateId, Vec<RowExit>>,
    ) {
        for i in interventions.values() {
            let Some(reach) = &i.reach else { continue };
            let at = At::new("interventions", None).key(&i.name).key("effects");
            let given =
                self.file.interventions.get(&i.name).map(|g| g.effects.as_slice()).unwrap_or_default();
            for effect in &i.effects {
                let Effect::Share { exit, times, instead } = effect else { continue };
                let name = self.pathway.exits[*exit].name.clone();
                let index = given
                    .iter()
                    .position(|g| g.share_times.is_some() && g.exit.as_deref() == Some(&name))
                    .unwrap_or(0);
                let at = at.item(index).key("share_times");
                let Some((share, whom)) = self.largest_share(reach, *exit, &rows[reach.state]) else {
                    continue;
                };
                let (low, high) = (self.lowest[*times], self.highest[*times]);
                if share * high > 1.0 + 1e-9 {
                    self.wrong_at(
                        reach.state,
                        &at,
                        format!("the share of `{name}` is {share}{whom}, and {high} times that is above 1"),
                        format!(
                            "{}Write at most {}.",
                            percentage(high),
                            libm::floor(1000.0 / share) / 1000.0
                        ),
                    );
                } else if share >= 1.0 && low < 1.0 && instead.is_none() {
                    self.wrong_at(
                        reach.state,
                        &at,
                        format!("everybody takes `{name}`{whom}: those diverted have no other exit"),
                        "Add instead = \"…\", the exit they take.",
                    );
                }
            }
        }
    }

    /// The largest best share of an exit among those reached, and of whom.
    fn largest_share(&self, reach: &Reach, exit: ExitId, rows: &[RowExit]) -> Option<(f64, String)> {
        let state = &self.pathway.states[reach.state];
        let (grid, width) = (state.grid, state.exits.len().max(1));
        let reached = |row: usize, step: usize, mask: &[bool]| {
            row.checked_div(step).is_none_or(|q| mask.get(q % mask.len().max(1)).is_some_and(|m| *m))
        };
        let names = self.row_names(&grid);
        let mut largest: Option<(f64, String)> = None;
        for (row, exits) in rows.chunks(width).enumerate() {
            let is_reached = reached(row, grid.band, &reach.bands)
                && reached(row, grid.cohort, &reach.cohorts)
                && reached(row, grid.need, &reach.needs);
            let part = |r: &RowExit| match r.share {
                ShareOf::Part(n) => self.best[n],
                _ => 0.0,
            };
            let share = match exits.get(state.exits.offset(exit))? {
                RowExit { share: ShareOf::Rest, .. } => 1.0 - exits.iter().map(part).sum::<f64>(),
                one => part(one),
            };
            let share = libm::round(share * 1e9) / 1e9;
            if is_reached && largest.as_ref().is_none_or(|l| share > l.0) {
                largest = Some((share, names.get(row).map_or_else(String::new, |n| whom_in(&grid, n))));
            }
        }
        largest
    }
}

/// Whom it reaches: nobody in particular, whom could not be made out, or children in a stage.
type Reached = Option<Option<Reach>>;

/// Whether two effects change the same thing in the same way.
fn overlap(one: &Effect, other: &Effect) -> bool {
    match (one, other) {
        (Effect::Share { exit: a, .. }, Effect::Share { exit: b, .. }) => a == b,
        (Effect::Arrivals { stream: a, .. }, Effect::Arrivals { stream: b, .. }) => a == b,
        (Effect::Places { pool: a, .. }, Effect::Places { pool: b, .. }) => a == b,
        (Effect::Pace { exits: a, .. }, Effect::Pace { exits: b, .. })
        | (Effect::Time { exits: a, .. }, Effect::Time { exits: b, .. }) => a.iter().any(|e| b.contains(e)),
        _ => false,
    }
}

/// The key of an effect's number: effects are told apart by what they do, not by their place in the list.
fn effect_key(kind: &str, e: &file::Effect) -> String {
    let of = e.exit.as_ref().or(e.arrivals.as_ref()).or(e.pool.as_ref());
    of.map_or_else(|| kind.to_owned(), |of| format!("{kind} {of}"))
}

/// What to write if a factor was meant as a percentage, as most often where it is so large.
fn percentage(factor: f64) -> String {
    if factor < 10.0 {
        return String::new();
    }
    format!("If {}% was meant, write {}. ", said(factor), said(factor / 100.0))
}
