//! Names of stages, states and exits, and where each leads.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{At, Builder, MOST_STATES, RESERVED_EXITS, said, words};
use crate::pathway::calendar::ticks;
use crate::pathway::{
    During, Exit, ExitId, Grid, IdRange, IfFull, InterventionId, Kind, State, StateId, Table, Track, TrackId,
    Waiting,
};
use crate::scenario::file::{self, Varying, WhenFull};
use crate::scenario::{Effect, Intervention, RowExit};
use crate::stream::Stream;

/// Days below which a stay counts as none where children could go round.
const LEAST_ROUND: f64 = 0.1;

impl<'a> Builder<'a> {
    /// Names every state and exit, and says where each exit leads.
    pub(super) fn skeleton(&mut self) -> Option<()> {
        let file = self.file;
        if file.stages.is_empty() {
            self.wrong(
                &At::new("stages", None),
                "there are no stages",
                "Write at least one, such as [stages.referral].",
            );
            return None;
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
            self.name_states(TrackId::from_index(number), name, track)?;
        }
        for (id, (name, track)) in self.pathway.tracks.ids().iter().zip(&tracks) {
            self.name_exits(id, name, track);
        }
        for id in self.pathway.tracks.ids() {
            self.waiting_states(id);
        }
        for (id, (name, track)) in self.pathway.tracks.ids().iter().skip(1).zip(&file.tracks) {
            self.during(id, name, track);
        }
        Some(())
    }

    fn name_states(&mut self, id: TrackId, name: &str, track: &file::Track) -> Option<()> {
        let first = self.pathway.states.len();
        let waits = track.states.values().filter(|s| waits(s)).count();
        if track.states.len() + waits > MOST_STATES {
            self.wrong(
                &states_at(name),
                format!("there are {} of them, counting waiting lines", track.states.len() + waits),
                format!("Have at most {MOST_STATES}."),
            );
            return None;
        }
        for (short, state) in &track.states {
            let full = full_name(name, short);
            let state = self.pathway.states.push(State {
                key: Stream::named(&format!("state {full}")).key(),
                name: full.clone(),
                title: state.title.clone().unwrap_or_else(|| words(short)),
                track: id,
                kind: Kind::End,
                exits: IdRange::default(),
                birthday: None,
                pool: None,
                waiting: None,
                grid: Grid::default(),
            });
            self.state_names.insert(full, state);
        }
        self.pathway.tracks.push(Track {
            name: name.to_owned(),
            title: track.title.clone().unwrap_or_else(|| words(name)),
            states: IdRange::new(first, self.pathway.states.len()),
            during: Table::new(),
            key: Stream::named(&format!("track {name}")).key(),
            grid: Grid { rows: 1, ..Grid::default() },
        });
        Some(())
    }

    pub(super) fn target(&mut self, at: &At, track: &str, name: &str) -> Option<StateId> {
        let found = if name.contains(['.', '/']) {
            None
        } else {
            self.state_names.get(&full_name(track, name)).copied()
        };
        if found.is_none() {
            let names = self.names_in(track);
            let what = if track.is_empty() { "stage" } else { "state" };
            let message = format!("there is no {what} `{name}`");
            // A name that is none has been told already, where it is given.
            if names.iter().any(|n| n == name) {
                return None;
            }
            self.problems.unknown_said(at, message, name, (&states_path(track), &names));
        }
        found
    }

    pub(super) fn names_in(&self, track: &str) -> Vec<String> {
        let states = if track.is_empty() {
            Some(&self.file.stages)
        } else {
            self.file.tracks.get(track).map(|t| &t.states)
        };
        states.map(|s| s.keys().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn add_exit(
        &mut self,
        from: StateId,
        to: StateId,
        name: &str,
        title: Option<&String>,
    ) -> ExitId {
        let key = Stream::named(&format!("exit {name}")).key();
        let title = title.cloned().unwrap_or_else(|| words(name));
        self.pathway.exits.push(Exit { name: name.to_owned(), title, from, to, plan: 0, key })
    }

    fn name_exits(&mut self, id: TrackId, name: &str, track: &file::Track) {
        let in_track = id != TrackId::MAIN;
        for (id, (short, state)) in self.pathway.tracks[id].states.iter().zip(&track.states) {
            let at = states_at(name).key(short);
            let start = self.pathway.exits.len();
            for (exit_name, exit) in &state.exits {
                let here = at.key("exits").key(exit_name);
                let to = self.target(&here.key("to"), name, &exit.to).unwrap_or(id);
                self.add_exit(id, to, exit_name, exit.title.as_ref());
            }
            let end = self.pathway.exits.len();
            self.pathway.states[id].exits = IdRange::new(start, end);
            self.pathway.states[id].kind = self.kind(&at, state, in_track);
            if let Some(birthday) = &state.birthday {
                let here = at.key("birthday");
                if self.pathway.states[id].kind == Kind::Decision {
                    self.wrong(
                        &here,
                        format!("`{short}` takes no time, so no birthday falls in it"),
                        "Take `birthday` out, or let the shares of its exits vary by age.",
                    );
                }
                let called = birthday.exit.as_deref().unwrap_or("birthday");
                if state.exits.contains_key(called) {
                    self.wrong(
                        &here.key("exit"),
                        format!("there is an exit called `{called}` already"),
                        "Call this one otherwise: add exit = \"…\".",
                    );
                }
                self.name(&here.key("exit"), called, RESERVED_EXITS);
                self.add_birthday(&here, id, name, birthday);
            }
        }
    }

    fn add_birthday(&mut self, at: &At, id: StateId, track: &str, birthday: &file::Birthday) {
        if !(birthday.age > 0.0 && birthday.age <= 120.0) {
            self.unfit(
                &at.key("age"),
                format!("{} is not an age", said(birthday.age)),
                "Write an age in years, such as 18.",
            );
        }
        let exit = birthday.exit.clone().unwrap_or_else(|| "birthday".to_owned());
        let to = self.target(&at.key("to"), track, &birthday.to).unwrap_or(id);
        let exit = self.add_exit(id, to, &exit, birthday.title.as_ref());
        self.pathway.states[id].birthday = Some((ticks(birthday.age.clamp(0.0, 120.0) * 365.25), exit));
    }

    pub(super) fn kind(&mut self, at: &At, state: &file::State, in_track: bool) -> Kind {
        let exits = &state.exits;
        if exits.is_empty() {
            if state.time.is_some() {
                self.wrong(
                    &at.key("time"),
                    "a time law without exits has nothing to time",
                    "Add exits, or take `time` out.",
                );
            }
            // Without exits a state of a track lasts until its stage ends.
            return if state.birthday.is_some() || in_track { Kind::Race } else { Kind::End };
        }
        let shares = exits.values().filter(|e| e.share.is_some()).count();
        let times = exits.values().filter(|e| e.time.is_some() || state.time.is_some()).count();
        for (some, what, help) in [
            (
                shares,
                "share",
                "Give every exit a share (one may be \"rest\"), or none: then the earliest time wins.",
            ),
            (
                times,
                "time",
                "Give every exit a time, or the stage one `time` for all; with none it is decided at once.",
            ),
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
                    "Give them shares (decided at once), times (the earliest wins) or both.",
                );
                Kind::Decision
            }
        }
    }

    /// Adds a waiting state for each state at whose door children can wait.
    fn waiting_states(&mut self, track: TrackId) {
        let served: BTreeSet<&str> = self
            .file
            .interventions
            .values()
            .filter(|i| i.when_full == WhenFull::Wait)
            .filter_map(|i| i.reaches.as_ref().map(|r| r.stage.as_str()))
            .collect();
        for id in self.pathway.tracks[track].states {
            let name = self.pathway.states[id].name.clone();
            let waits = self.state_file(id).is_some_and(waits);
            if !waits && !served.contains(name.as_str()) {
                continue;
            }
            let state = State {
                name: format!("{name}/waiting"),
                title: format!("{}: waiting", self.pathway.states[id].title),
                kind: Kind::Waiting,
                exits: IdRange::default(),
                birthday: None,
                pool: None,
                waiting: None,
                key: Stream::named(&format!("state {name}/waiting")).key(),
                grid: Grid { rows: 1, ..Grid::default() },
                track,
            };
            let name = state.name.clone();
            let waiting = self.pathway.states.push(state);
            self.state_names.insert(name, waiting);
            let let_in = self.add_exit(waiting, id, "served", None);
            let birthday = self.pathway.states[id].birthday.map(|b| self.pathway.exits[b.1].clone());
            let gives_up =
                birthday.map(|exit| self.add_exit(waiting, exit.to, &exit.name, Some(&exit.title)));
            self.pathway.states[id].waiting = Some(Waiting { state: waiting, let_in, gives_up });
        }
    }

    /// The part of the file that describes a state.
    pub(super) fn state_file(&self, id: StateId) -> Option<&'a file::State> {
        let state = &self.pathway.states[id];
        match state.name.split_once('.') {
            None => self.file.stages.get(&state.name),
            Some((track, short)) => self.file.tracks.get(track).and_then(|t| t.states.get(short)),
        }
    }

    pub(super) fn state_at(&self, id: StateId) -> At {
        let state = &self.pathway.states[id];
        let source = self.state_file(id).and_then(|s| s.source.as_ref());
        match state.name.split_once('.') {
            None => states_at("").key(&state.name),
            Some((track, short)) => states_at(track).key(short),
        }
        .sourced(source)
    }

    pub(super) fn during(&mut self, id: TrackId, name: &str, track: &file::Track) {
        let at = At::new("tracks", None).key(name);
        let mut during = Table::filled(self.pathway.states.len(), During::Off);
        if track.during.is_empty() {
            self.unfit(
                &at.key("during"),
                "the track runs during no stage",
                "Name the stages during which it runs, such as [\"care\"].",
            );
        }
        if track.states.is_empty() {
            self.unfit(
                &at.key("states"),
                "the track has no states",
                "Write at least one, such as [tracks.placement.states.foster].",
            );
        }
        for (index, stage) in track.during.iter().enumerate() {
            let here = at.key("during").item(index);
            let Some(id) = self.target(&here, "", stage) else { continue };
            if matches!(self.pathway.states[id].kind, Kind::Decision | Kind::End) {
                self.wrong_at(
                    id,
                    &here,
                    format!("nobody stays in `{stage}`, so nothing can run beside it"),
                    "Name stages that take time.",
                );
                continue;
            }
            during[id] = During::Runs;
        }
        for (stage, state) in &track.fixed {
            let here = at.key("fixed").key(stage);
            let held = self.target(&here, name, state);
            if let (Some(id), Some(held)) = (self.target(&here, "", stage), held) {
                if during[id] == During::Off {
                    self.wrong(
                        &here,
                        format!("the track does not run during `{stage}`"),
                        format!("Add \"{stage}\" to `during`."),
                    );
                }
                let has_pool = track.states.get(state).is_some_and(|s| s.pool.is_some());
                if has_pool {
                    self.wrong(
                        &here,
                        format!("`{state}` takes places of a pool, but a child held in it takes none"),
                        "Hold the child in a state without a pool.",
                    );
                }
                during[id] = During::Held(held);
            }
        }
        self.pathway.tracks[id].during = during;
    }

    /// A cycle that can be gone round in no time, or next to none, would never end.
    pub(super) fn no_instant_cycle(
        &mut self,
        interventions: &Table<InterventionId, Intervention>,
        rows: &Table<StateId, Vec<RowExit>>,
    ) {
        // With an exit that leads nowhere, or a time that is none, there is nothing to be said.
        if !self.problems.none_in(&["stages", "tracks"]) {
            return;
        }
        let quick = |id: StateId| -> Vec<StateId> {
            let state = &self.pathway.states[id];
            let width = state.exits.len().max(1);
            let ordinary = state.exits.iter().enumerate().filter(|(j, e)| {
                let soonest = |r: &RowExit| self.soonest(interventions, *e, r) < LEAST_ROUND;
                match state.kind {
                    Kind::Decision => true,
                    Kind::Lottery | Kind::Race => rows[id].iter().skip(*j).step_by(width).any(soonest),
                    Kind::End | Kind::Waiting => false,
                }
            });
            let mut exits: Vec<ExitId> = ordinary.map(|(_, e)| e).collect();
            exits.extend(state.birthday.map(|b| b.1));
            if let Some((_, IfFull::Leave(full))) = &state.pool {
                exits.extend(full);
            }
            exits.iter().map(|&e| self.pathway.exits[e].to).collect()
        };
        // A state is safe once all it leads to in no time is safe; what never becomes safe leads to a cycle.
        let states = &self.pathway.states;
        let next: Table<StateId, Vec<StateId>> = states.ids().iter().map(quick).collect();
        let mut safe: Table<StateId, bool> = Table::filled(states.len(), false);
        let all = || states.ids().iter();
        while let Some(id) = all().find(|&s| !safe[s] && next[s].iter().all(|&n| safe[n])) {
            safe[id] = true;
        }
        let Some(first) = all().find(|&s| !safe[s]) else { return };
        // Walking on from there, always to what is not safe, comes back to where it was.
        let mut round = vec![first];
        while let Some(&onward) = next[round[round.len() - 1]].iter().find(|&&n| !safe[n]) {
            if let Some(start) = round.iter().position(|&s| s == onward) {
                round.drain(..start);
                round.push(onward);
                break;
            }
            round.push(onward);
        }
        let names: Vec<String> = round.iter().map(|&s| format!("`{}`", states[s].name)).collect();
        let at = self.state_at(round[0]);
        self.problems.wrong_in_all(
            &at,
            format!("children could go round and round in no time: {}", names.join(" → ")),
            "Let one of these take at least 0.1 days. A birthday or a full pool leads on at once.",
        );
    }

    /// The least mean of a time in days, with everything that can hasten it.
    fn soonest(
        &self,
        interventions: &Table<InterventionId, Intervention>,
        exit: ExitId,
        row: &RowExit,
    ) -> f64 {
        let Some(time) = row.time else { return 0.0 };
        let hasten = |effect: &Effect| match effect {
            Effect::Time { exits, times } if exits.contains(&exit) => self.lowest[*times].min(1.0),
            Effect::Pace { exits, times } if exits.contains(&exit) => 1.0 / self.highest[*times].max(1.0),
            _ => 1.0,
        };
        let pace = row.pace.map_or(1.0, |n| self.highest[n].max(1.0));
        let hastened: f64 = interventions.values().flat_map(|i| &i.effects).map(hasten).product();
        self.mean_days(time, &self.lowest) * hastened / pace
    }
}

/// The name of a state among all tracks.
pub(super) fn full_name(track: &str, state: &str) -> String {
    if track.is_empty() { state.to_owned() } else { format!("{track}.{state}") }
}

fn states_at(track: &str) -> At {
    if track.is_empty() { At::new("stages", None) } else { At::new("tracks", None).key(track).key("states") }
}

/// The path of the table in which the states of a track stand.
pub(super) fn states_path(track: &str) -> String {
    states_at(track).path
}

/// Whether children can wait at the door of a state.
fn waits(state: &file::State) -> bool {
    let full = state.if_full.as_ref();
    full.is_some_and(|f| matches!(f, Varying::Same(s) if s == "wait"))
}
