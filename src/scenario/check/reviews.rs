//! Reviews of open cases.

use time::Date;

use super::{At, Builder};
use crate::pathway::calendar::{Calendar, Tick};
use crate::pathway::{During, ExitId, Kind, StateId, TrackId};
use crate::scenario::file::{self, ReviewOrder, TimeLaw, WhenFull};
use crate::scenario::number::Role;
use crate::scenario::tree::join;
use crate::scenario::{HowMany, LeadsTo, Reach, Reviews, TimeOf};

impl<'a> Builder<'a> {
    /// The reviews of an intervention that is in force from a day on, and no longer from an instant on.
    pub(super) fn reviews(
        &mut self,
        at: &At,
        i: &'a file::Intervention,
        reach: Option<&Reach>,
        calendar: &Calendar,
        (from, over): (Date, Option<Tick>),
    ) -> Option<Reviews> {
        let r = i.reviews.as_ref()?;
        self.check_beside_reviews(at, i);
        let at = at.key("reviews");
        let how_many = self.how_many(&at, i, r);
        let share = self.need_number(&at.key("share"), r.share.as_ref(), Role::Share, "share");
        let after = r.after.as_ref().and_then(|law| self.time_after(&at.key("after"), law));
        let again_after_months = self.need_number(
            &at.key("again_after_months"),
            r.again_after_months.as_ref(),
            Role::NotNegative,
            "months",
        );
        if r.order == ReviewOrder::Cost {
            self.check_some_cost(&at.key("order"));
        }
        let times = (0..).map(|n| calendar.tick_of_months_after(from, n));
        let end = over.unwrap_or(Tick::MAX).min(calendar.end());
        let times = times.take_while(|&t| t < end).filter(|&t| t >= 0).collect();
        let leads_to = self.outcome(&at, r, reach)?;
        Some(Reviews {
            at: times,
            how_many: how_many?,
            order: r.order,
            share,
            after,
            leads_to,
            again_after_months,
        })
    }

    /// Checks what else the intervention says: the number of reviews is their only limit, and they are its only effect.
    fn check_beside_reviews(&mut self, at: &At, i: &file::Intervention) {
        if i.reaches.is_none() {
            self.wrong(
                &at.key("reviews"),
                "the file does not say whose cases are reviewed",
                "Add reaches = { stage = \"…\" } to the intervention.",
            );
        }
        if !i.effects.is_empty() {
            self.wrong(
                &at.key("reviews"),
                "an intervention has effects or reviews, and this one has both",
                "Make two interventions of it: reviews act on open cases, effects on those who enter.",
            );
        }
        let number = "Take it out: `per_month` says how many are reviewed.";
        for (key, is_said, help) in [
            (
                "take_up",
                i.take_up.is_some(),
                "Write the share of reviews that change something as reviews.share.",
            ),
            ("places_per_year", i.places_per_year.is_some(), number),
            ("places", i.places.is_some(), number),
            ("months_per_place", i.months_per_place.is_some(), number),
            ("when_full", i.when_full == WhenFull::Wait, number),
        ] {
            if is_said {
                self.wrong(&at.key(key), format!("`{key}` does not go with reviews"), help);
            }
        }
        if i.cost.as_ref().is_some_and(|cost| cost.per_child.is_some()) {
            let help = "Write per_review: it is charged for each review.";
            self.wrong(&at.key("cost").key("per_child"), "`per_child` does not go with reviews", help);
        }
    }

    /// How many are reviewed: so many a month, or all by a day.
    fn how_many(&mut self, at: &At, i: &file::Intervention, r: &file::Reviews) -> Option<HowMany> {
        let per_month = self.need_number(
            &at.key("per_month"),
            r.per_month.as_ref(),
            Role::NotNegative,
            "children a month",
        );
        match (per_month, &r.all_by) {
            (Some(n), None) => return Some(HowMany::PerMonth(n)),
            (None, Some(_)) => {}
            (Some(_), Some(_)) => {
                let help = "Write either per_month or all_by.";
                self.wrong(&at.key("per_month"), "how many are reviewed is given in two ways", help);
                return None;
            }
            (None, None) => {
                let help = "Add per_month = 5, or all_by = 2026-09-30, with the right number or day.";
                self.wrong(at, "the file does not say how many are reviewed", help);
                return None;
            }
        }
        let here = At::new("interventions", None);
        let intervention = self.file.interventions.iter().find(|(_, other)| std::ptr::eq(*other, i));
        let Some((name, _)) = intervention else { return Some(HowMany::All) };
        for (key, is_said) in [
            ("until", i.until.is_some()),
            ("ramp_up_months", i.ramp_up_months.is_some_and(|m| m > 0)),
            ("fade_months", i.fade_months.is_some_and(|m| m > 0)),
        ] {
            if is_said {
                let message =
                    format!("`{key}` does not go with all_by, which says by when all have been reviewed");
                self.wrong(&here.key(name).key(key), message, "Take it out, or write per_month.");
            }
        }
        Some(HowMany::All)
    }

    /// How long after the review something happens.
    fn time_after(&mut self, at: &At, law: &TimeLaw) -> Option<TimeOf> {
        if let TimeLaw::UntilAge { .. } = law {
            let help =
                "Write a law with a length, such as { law = \"fixed\", length = 3, unit = \"months\" }.";
            self.unfit(at, "an age is no time after a review", help);
            return None;
        }
        Some(self.time(at, law))
    }

    /// Reviews by cost need something that costs by the week.
    fn check_some_cost(&mut self, at: &At) {
        let by_week = |line: &file::CostLine| line.charges.values().any(|c| c.per_week.is_some());
        if !self.file.costs.values().any(by_week) && !self.problems.doubts().may_hold("costs") {
            self.problems.wrong_with(
                at,
                &["costs"],
                "nothing is charged by the week, so no child costs more than another",
                "Write order = \"longest\" or \"chance\", or add costs with a per_week.",
            );
        }
    }

    // ---- what a review leads to ----

    fn outcome(&mut self, at: &At, r: &file::Reviews, reach: Option<&Reach>) -> Option<LeadsTo> {
        let help = "Write leads_to = \"EXIT\" or \"TRACK.STATE\", or draw_again = true.";
        match (&r.leads_to, r.draw_again) {
            (None, false) => {
                self.wrong(at, "the file does not say what a review leads to", help);
                return None;
            }
            (Some(_), true) => {
                self.wrong(&at.key("draw_again"), "what a review leads to is given in two ways", help);
                return None;
            }
            _ => {}
        }
        // If there is no such stage, that has been told.
        let reach = reach?;
        let state = &self.pathway.states[reach.state];
        if state.kind == Kind::Decision {
            let message = format!("`{}` is a decision, taken at once: no case is open there", state.name);
            self.wrong_at(reach.state, at, message, "Name a stage that takes time in `reaches`.");
            return None;
        }
        let Some(name) = &r.leads_to else {
            if state.exits.is_empty() {
                let message = format!("`{}` has no exits of which one could be drawn", state.name);
                self.wrong_at(reach.state, &at.key("draw_again"), message, help);
            }
            return Some(LeadsTo::NewPlan);
        };
        let at = at.key("leads_to");
        if let Some((track, _)) = name.split_once('.') {
            return self.another_state(&at, track, name, reach);
        }
        let exits = state.exits;
        let found = exits.iter().find(|&e| self.pathway.exits[e].name == *name);
        if found.is_none() {
            let message = format!("`{}` has no exit `{name}`", state.name);
            self.no_exit(reach.state, &at, message, name);
        }
        found.map(LeadsTo::Exit)
    }

    /// A state of a track that a review leads to: an exit is made to it from each other state in which a child may be.
    fn another_state(&mut self, at: &At, track: &str, name: &str, reach: &Reach) -> Option<LeadsTo> {
        let id = self.track(at, track)?;
        let to = self.find_state(at, name)?;
        let own = self.pathway.states[reach.state].track;
        if own == TrackId::MAIN {
            self.runs_beside(at, id, reach.state)?;
            if let During::Held(held) = self.pathway.tracks[id].during[reach.state] {
                let (stage, held) = (&self.pathway.states[reach.state].name, &self.pathway.states[held].name);
                let message = format!("`{stage}` holds every child in `{held}`");
                self.wrong_at(
                    reach.state,
                    at,
                    message,
                    "Name a stage that does not, or take it out of `fixed`.",
                );
                return None;
            }
        } else if own != id {
            let (stage, own) = (&self.pathway.states[reach.state].name, &self.pathway.tracks[own].name);
            let message = format!("`{stage}` is a state of `{own}`, and `{name}` is not");
            let help =
                "Name the stage that both run beside in `reaches.stage`, and the states in `reaches.tracks`.";
            self.wrong_at(reach.state, at, message, help);
            return None;
        }
        let among: Vec<StateId> = if own == id {
            vec![reach.state]
        } else {
            let listed =
                reach.beside.iter().find(|(track, _)| *track == id).map(|(_, states)| states.clone());
            listed.unwrap_or_else(|| self.pathway.tracks[id].states.iter().collect())
        };
        let timed =
            |s: &StateId| *s != to && matches!(self.pathway.states[*s].kind, Kind::Lottery | Kind::Race);
        let from: Vec<StateId> = among.into_iter().filter(timed).collect();
        if from.is_empty() {
            let message = format!("the children reviewed are in `{name}` already");
            self.wrong(at, message, "Name another state, or other children in `reaches`.");
            return None;
        }
        let exits: Vec<ExitId> = from.iter().map(|&s| self.add_exit(s, to, "reviewed", None)).collect();
        self.review_exits.extend(&exits);
        Some(LeadsTo::State(id, exits))
    }

    // ---- who is reviewed ----

    /// The states of tracks in which children must be to be reviewed.
    pub(super) fn states_beside(
        &mut self,
        at: &At,
        reach: &'a file::Reach,
        state: StateId,
    ) -> Vec<(TrackId, Vec<StateId>)> {
        let mut beside = Vec::new();
        for (name, states) in &reach.tracks {
            let here = at.key(name);
            let Some(id) = self.track(&here, name) else { continue };
            if states.is_empty() {
                self.unfit(
                    &here,
                    "this list is empty, so it reaches nobody",
                    "Name at least one, or take it out.",
                );
            }
            let own = self.pathway.states[state].track;
            if own == id {
                let message =
                    format!("`{}` is a state of `{name}`: the children in it are in no other", reach.stage);
                self.wrong(&here, message, "Take it out, or name the stage that the track runs beside.");
                continue;
            }
            if own == TrackId::MAIN && self.runs_beside(&here, id, state).is_none() {
                continue;
            }
            let found = states.iter().enumerate().filter_map(|(n, s)| self.target(&here.item(n), name, s));
            beside.push((id, found.collect()));
        }
        beside
    }

    /// A track by its name.
    fn track(&mut self, at: &At, name: &str) -> Option<TrackId> {
        let tracks = &self.file.tracks;
        self.position(at, "track", ("tracks", tracks), name).map(|t| TrackId::from_index(t + 1))
    }

    /// Checks that a track runs beside a stage, or is held in a state there.
    fn runs_beside(&mut self, at: &At, track: TrackId, stage: StateId) -> Option<()> {
        if !matches!(self.pathway.tracks[track].during.get(stage), None | Some(During::Off)) {
            return Some(());
        }
        let (track, name) = (&self.pathway.tracks[track].name, &self.pathway.states[stage].name);
        let message = format!("the track `{track}` does not run during `{name}`");
        let other = join("tracks", track);
        let help = format!("Name a track that does, or add \"{name}\" to `{other}.during`.");
        self.problems.wrong_with(at, &[&other], message, help);
        None
    }
}
