//! Names of stages, states and exits, and where each leads.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{At, Builder, MOST_STATES, words};
use crate::pathway::calendar::ticks;
use crate::pathway::chance::name_key;
use crate::pathway::{During, Exit, ExitId, Grid, IfFull, Kind, State, StateId, Track};
use crate::scenario::fault::did_you_mean;
use crate::scenario::file::{self, Varying, WhenFull};
use crate::scenario::number::best_values;
use crate::scenario::{RowExit, TimeOf};

impl<'a> Builder<'a> {
    /// Names every state and exit, and says where each exit leads.
    pub(super) fn skeleton(&mut self) {
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

    pub(super) fn target(&mut self, at: &At, track: &str, name: &str) -> Option<StateId> {
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

    pub(super) fn add_exit(
        &mut self,
        from: StateId,
        to: StateId,
        name: &str,
        title: Option<&String>,
    ) -> ExitId {
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

    pub(super) fn kind(&mut self, at: &At, state: &file::State, in_track: bool) -> Kind {
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

    pub(super) fn during(&mut self, number: usize, name: &str, track: &file::Track) {
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

    /// A cycle that can be gone round in no time would never end.
    pub(super) fn no_instant_cycle(&mut self, rows: &[Vec<RowExit>]) {
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

/// The name of a state among all tracks.
pub(super) fn full_name(track: &str, state: &str) -> String {
    if track.is_empty() { state.to_owned() } else { format!("{track}.{state}") }
}

fn states_at(track: &str) -> At {
    if track.is_empty() { At::new("stages", None) } else { At::new("tracks", None).key(track).key("states") }
}
