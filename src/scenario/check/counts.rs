//! Published counts and recorded figures.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{At, Builder, twice, year_ending};
use crate::pathway::{During, Exit, ExitId, Kind, State, StateId, TrackId};
use crate::record::{Item, Part, Recorded, Thing};
use crate::scenario::file;
use crate::scenario::tree::join;
use crate::scenario::{Counted, FlowCount, Move, Split, StockCount, line_of, recorded};

impl Builder<'_> {
    /// The states of a list, each named once.
    pub(super) fn listed_states(&mut self, at: &At, names: &[String]) -> Vec<StateId> {
        if names.is_empty() {
            self.unfit(at, "this list is empty", "Name at least one stage.");
        }
        if let Some(index) = twice(names) {
            let message = format!("`{}` is named twice", names[index]);
            self.unfit(&at.item(index), message, "Name each stage once.");
        }
        names.iter().enumerate().filter_map(|(i, n)| self.find_state(&at.item(i), n)).collect()
    }

    /// Says of the first state of a list at which nobody stays that counting there counts nothing.
    pub(super) fn check_stays(&mut self, at: &At, names: &[String], remedy: &str) {
        for (index, name) in names.iter().enumerate() {
            let Some(&state) = self.state_names.get(name) else { continue };
            let why = match self.pathway.states[state].kind {
                Kind::Decision if self.holds_a_queue(name) => continue,
                Kind::Decision => "is a decision, taken at once",
                Kind::End => "is an end: children who come there have left",
                _ => continue,
            };
            self.wrong_at(state, &at.item(index), format!("nobody stays in `{name}`: it {why}"), remedy);
        }
    }

    /// Whether children wait in a stage for a service that is full.
    fn holds_a_queue(&self, stage: &str) -> bool {
        let waits = |i: &file::Intervention| i.when_full == file::WhenFull::Wait && i.places.is_some();
        let reaches = |i: &file::Intervention| i.reaches.as_ref().is_some_and(|reach| reach.stage == stage);
        self.file.interventions.values().any(|i| waits(i) && reaches(i))
    }

    pub(super) fn stocks(&mut self) -> Vec<StockCount> {
        let file = self.file;
        file.stocks.iter().map(|(item, stock)| self.stock(item, stock)).collect()
    }

    fn stock(&mut self, item: &str, stock: &file::Stock) -> StockCount {
        let at = At::new("stocks", None).key(item);
        let mut states = self.listed_states(&at.key("stages"), &stock.stages);
        states.sort_unstable();
        states.dedup();
        self.check_stays(&at.key("stages"), &stock.stages, "Count stages that take time.");
        self.check_one_track(&at.key("stages"), &states);
        self.check_by_once(&at, &stock.by);
        let cohorts = self.classes.cohorts.clone();
        let chosen =
            self.chosen(&at.key("cohorts"), stock.cohorts.as_deref(), ("cohort", "cohorts", &cohorts));
        let mut splits = Vec::new();
        let once = |&(index, by): &(usize, &String)| !stock.by[..index].contains(by);
        for (index, by) in stock.by.iter().enumerate().filter(once) {
            let stages = at.key("stages");
            splits.extend(self.split(&at.key("by").item(index), by, (&states, &stages)));
        }
        StockCount { item: Item::stock(item), title: stock.title.clone(), states, cohorts: chosen, splits }
    }

    /// Says that stages and states of tracks, or states of several tracks, are counted together.
    fn check_one_track(&mut self, at: &At, states: &[StateId]) {
        let tracks: BTreeSet<TrackId> = states.iter().map(|&s| self.pathway.states[s].track).collect();
        if tracks.len() > 1 {
            self.wrong(
                at,
                "stages and states of tracks are counted together: a child in both would count twice",
                "Count stages alone, or states of one track alone.",
            );
        }
    }

    fn check_by_once(&mut self, at: &At, by: &[String]) {
        if let Some(index) = twice(by) {
            let message = format!("it is counted by `{}` twice", by[index]);
            self.unfit(&at.key("by").item(index), message, "Name each once.");
        }
    }

    /// What a name in `by` says that a stock or a flow is also counted by.
    fn way(&mut self, at: &At, what: &str, by: &str) -> Option<Split> {
        match by {
            "age" => return Some(Split::Age),
            "cohort" => return Some(Split::Cohort),
            "need" => return Some(Split::Need),
            _ => {}
        }
        let track = self.file.tracks.get_index_of(by).map(|t| TrackId::from_index(t + 1));
        if track.is_none() {
            let others = ["age", "cohort", "need"].map(str::to_owned);
            let names = self.file.tracks.keys().chain(&others);
            let message = format!("a {what} cannot be counted by `{by}`");
            self.problems.unknown_said(at, message, by, ("tracks", names));
        }
        track.map(Split::Track)
    }

    fn split(&mut self, at: &At, by: &str, (states, stages): (&[StateId], &At)) -> Option<Split> {
        let way = self.way(at, "stock", by)?;
        let Split::Track(track) = way else { return Some(way) };
        let runs: Vec<StateId> = self
            .pathway
            .states
            .ids()
            .iter()
            .filter(|&s| self.pathway.tracks[track].during.get(s).is_some_and(|d| *d != During::Off))
            .collect();
        let counted: Vec<StateId> =
            states.iter().copied().filter(|&s| self.pathway.states[s].kind != Kind::Waiting).collect();
        if runs != counted {
            let names: Vec<String> = runs.iter().map(|&s| self.pathway.states[s].name.clone()).collect();
            let track = join("tracks", by);
            self.problems.wrong_with(
                at,
                &[&track, &stages.path, "stages"],
                format!("`{by}` runs during other stages than those counted here"),
                format!("Count just the stages it runs during: {}.", names.join(", ")),
            );
            return None;
        }
        Some(way)
    }

    /// What a name in the `by` of a flow says. A track runs beside every stage in which the events find children.
    fn split_of_flow(&mut self, at: &At, by: &str, counted: &Counted) -> Option<Split> {
        let way = self.way(at, "flow", by)?;
        let Split::Track(track) = way else { return Some(way) };
        let pathway = &self.pathway;
        let runs = |track: TrackId, stage: &StateId| {
            pathway.tracks[track].during.get(*stage).is_some_and(|during| *during != During::Off)
        };
        let stages = || pathway.tracks[TrackId::MAIN].states.iter();
        let found: BTreeSet<StateId> = match counted {
            Counted::Into(set) | Counted::OutOf(set, _) => set.iter().copied().collect(),
            // Who waits outside a stage has no track beside it yet, and is counted in no state of one.
            Counted::Exits(exits) => exits
                .iter()
                .map(|&exit| pathway.exits[exit].from)
                .filter(|&from| pathway.states[from].kind != Kind::Waiting)
                .collect(),
            Counted::Entries(_) | Counted::Ended(_) | Counted::Refused(_) => BTreeSet::new(),
        };
        let beside = |state: &StateId| match pathway.states[*state].track {
            TrackId::MAIN => vec![*state],
            own if own == track => Vec::new(),
            own => stages().filter(|stage| runs(own, stage)).collect(),
        };
        let without = found.iter().flat_map(beside).find(|stage| !runs(track, stage));
        let Some(stage) = without.map(|stage| pathway.states[stage].name.clone()) else { return Some(way) };
        let all: Vec<String> =
            stages().filter(|stage| runs(track, stage)).map(|s| pathway.states[s].name.clone()).collect();
        self.problems.wrong_with(
            at,
            &[&join("tracks", by), &join("stages", &stage)],
            format!("`{by}` does not run beside `{stage}`, where this flow counts children"),
            format!("Take `{by}` out, or count only stages that it runs beside: {}.", all.join(", ")),
        );
        None
    }

    pub(super) fn flows(&mut self) -> Vec<FlowCount> {
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
                    "Write exactly one of into, out_of, exits and moves_in.",
                );
                continue;
            }
            if file.stocks.contains_key(item) {
                self.wrong(
                    &at,
                    format!("there is a stock called `{item}` already"),
                    "Give one of the two another name: results are found by it.",
                );
            }
            if flow.by_exit && flow.out_of.is_none() {
                self.wrong(&at.key("by_exit"), "only exits can be counted by exit", "Use it with `out_of`.");
            }
            let Some(counted) = self.flow_events(&at, flow) else { continue };
            let by_exit = match &counted {
                Counted::OutOf(set, _) if flow.by_exit => self.by_exit(item, set),
                _ => Vec::new(),
            };
            self.check_by_once(&at, &flow.by);
            let mut splits = Vec::new();
            let once = |&(index, by): &(usize, &String)| !flow.by[..index].contains(by);
            for (index, by) in flow.by.iter().enumerate().filter(once) {
                splits.extend(self.split_of_flow(&at.key("by").item(index), by, &counted));
            }
            flows.push(FlowCount { item: Item::flow(item), title: flow.title.clone(), counted, splits });
            flows.extend(by_exit);
        }
        flows
    }

    /// Leavers of a set of states, exit by exit; exits of one name are counted together. An exit to a state with a pool can lead
    /// out of the set though that state belongs to it: to the queue, or to where those go who find it full. Out of states of a track
    /// lead also the ends of their stages.
    fn by_exit(&self, item: &str, set: &[StateId]) -> Vec<FlowCount> {
        let counted = Counted::OutOf(set.to_vec(), None);
        let leads_out = |id: ExitId, exit: &Exit| {
            let may_be_full = set.contains(&exit.from) && self.pathway.states[exit.to].pool.is_some();
            counted.counts(&Move::by(&self.pathway, id)) || may_be_full
        };
        let mut named: IndexMap<&str, (&str, Vec<ExitId>)> = IndexMap::new();
        for (id, exit) in self.pathway.exits.iter() {
            if leads_out(id, exit) {
                named.entry(exit.name.as_str()).or_insert((&exit.title, Vec::new())).1.push(id);
            }
        }
        let flow = |(name, (title, exits)): (&str, (&str, Vec<ExitId>))| FlowCount {
            item: Item::flow(item).part(Part::Exit(name.to_owned())),
            title: title.to_owned(),
            counted: Counted::OutOf(set.to_vec(), Some(exits)),
            splits: Vec::new(),
        };
        let with_stage = || FlowCount {
            item: Item::flow(item).part(Part::Exit("stage_ended".to_owned())),
            title: "The stage ended".to_owned(),
            counted: Counted::Ended(set.to_vec()),
            splits: Vec::new(),
        };
        let in_track = set.first().is_some_and(|&state| self.pathway.states[state].track != TrackId::MAIN);
        named.into_iter().map(flow).chain(in_track.then(with_stage)).collect()
    }

    fn flow_events(&mut self, at: &At, flow: &file::Flow) -> Option<Counted> {
        if let Some(names) = &flow.into {
            let set = self.listed_states(&at.key("into"), names);
            self.check_one_track(&at.key("into"), &set);
            return Some(Counted::Into(set));
        }
        if let Some(names) = &flow.out_of {
            let set = self.listed_states(&at.key("out_of"), names);
            self.check_one_track(&at.key("out_of"), &set);
            return Some(Counted::OutOf(set, None));
        }
        if let Some(names) = &flow.exits {
            let here = at.key("exits");
            if names.is_empty() {
                self.unfit(&here, "this list is empty", "Name at least one exit, as stage.exit.");
            }
            if let Some(index) = twice(names) {
                let message = format!("`{}` is named twice", names[index]);
                self.unfit(&here.item(index), message, "Name each exit once.");
            }
            let exits: Vec<ExitId> =
                names.iter().enumerate().filter_map(|(i, n)| self.find_exit(&here.item(i), n)).collect();
            let at_the_door: Vec<ExitId> = exits.iter().filter_map(|&exit| self.given_up_by(exit)).collect();
            return Some(Counted::Exits([exits, at_the_door].concat()));
        }
        let name = flow.moves_in.as_deref().unwrap_or_default();
        let tracks = &self.file.tracks;
        let track = self.position(&at.key("moves_in"), "track", ("tracks", tracks), name)?;
        let timed = |s: &State| {
            s.track == TrackId::from_index(track + 1) && matches!(s.kind, Kind::Race | Kind::Lottery)
        };
        let moves = self.pathway.states.values().filter(|s| timed(s)).flat_map(|s| s.exits);
        let by_review = self.review_exits.iter().copied();
        let by_review = by_review.filter(|&e| timed(&self.pathway.states[self.pathway.exits[e].from]));
        Some(Counted::Exits(moves.chain(by_review).collect()))
    }

    /// The exit of those whom the birthday of an exit finds waiting for a place of its state.
    fn given_up_by(&self, exit: ExitId) -> Option<ExitId> {
        let state = &self.pathway.states[self.pathway.exits[exit].from];
        state.waiting.filter(|_| state.birthday.is_some_and(|(_, birthday)| birthday == exit))?.gives_up
    }

    /// A track starts and ends with its stage, by no exit, so entries to its states cannot be charged.
    pub(super) fn check_main(&mut self, at: &At, names: &[String]) {
        for (index, name) in names.iter().enumerate() {
            let state = self.state_names.get(name).map(|&s| &self.pathway.states[s]);
            if let Some(track) = state.map(|s| s.track).filter(|t| *t != TrackId::MAIN) {
                let track = self.pathway.tracks[track].name.clone();
                self.wrong(
                    &at.item(index),
                    format!("`{name}` is a state of a track, which starts and ends with its stage"),
                    format!("Name exits of `{track}`, as {name}.EXIT, or the stages that it runs beside."),
                );
            }
        }
    }

    pub(super) fn find_exit(&mut self, at: &At, name: &str) -> Option<ExitId> {
        let split = name.rsplit_once('.');
        let Some((state, exit)) = split else {
            self.unfit(
                at,
                format!("`{name}` does not name an exit"),
                "Write stage.exit, such as \"assessment.child_in_need\".",
            );
            return None;
        };
        let state = self.find_state(at, state)?;
        let found = self.exit_named(state, exit);
        if found.is_none() {
            self.no_exit(state, at, format!("there is no exit `{name}`"), name);
        }
        found
    }

    /// Says that a state has no exit of a name. What to write has the name of the state before it if that has.
    pub(super) fn no_exit(&mut self, state: StateId, at: &At, message: String, name: &str) {
        let (prefix, name) = name.split_at(name.rfind('.').map_or(0, |dot| dot + 1));
        let names: Vec<&str> =
            self.pathway.states[state].exits.iter().map(|e| self.pathway.exits[e].name.as_str()).collect();
        let help = self.problems.did_you_mean(name, names);
        let marked =
            |(n, part): (usize, &str)| if n % 2 == 1 { format!("{prefix}{part}") } else { part.to_owned() };
        let help = help.split('`').enumerate().map(marked).collect::<Vec<_>>().join("`");
        self.wrong_at(state, at, message, help);
    }

    pub(super) fn recorded(&mut self, items: &[(Item, String)]) -> Vec<Recorded> {
        let file = self.file;
        let names: Vec<String> = items.iter().map(|(item, _)| item.to_string()).collect();
        for (name, recorded) in &file.recorded {
            let at = At::new("recorded", None).key(name);
            if !names.contains(name) {
                let near = self.problems.did_you_mean(name, names.iter().map(String::as_str));
                let counts = ["stocks", "flows", "costs", "income", "tracks", "stages"];
                let message = format!("there is no stock or flow `{name}` to compare with");
                self.problems.wrong_with(&at, &counts, message, near);
            }
            for year in recorded.years.keys().filter(|y| year_ending(y).is_none()) {
                self.unfit(
                    &at.key("years").key(year),
                    format!("`{year}` is not a year"),
                    "Write the year in which it ends on 31 March, such as 2025.",
                );
            }
            self.figures(&at.key("years"), &recorded.years);
            self.figures(&at.key("readings"), &recorded.readings);
            for date in recorded.readings.keys() {
                self.date(&at.key("readings").key(date), date);
            }
        }
        for (item, _) in items {
            let name = item.to_string();
            if line_of(file, item).is_some_and(|line| !line.outturn.is_empty())
                && file.recorded.contains_key(&name)
            {
                self.wrong(
                    &At::new("recorded", None).key(&name),
                    "the line has an outturn of its own",
                    "Give its figures once: take out either these or the line's `outturn`.",
                );
            }
        }
        recorded(file, items)
    }

    /// Results are found by the names of items: no two parts of a stock or a flow may have the same.
    pub(super) fn no_name_twice(&mut self, items: &[(Item, String)]) {
        let mut seen: IndexMap<String, &Item> = IndexMap::new();
        for (item, _) in items {
            let Some(first) = seen.insert(item.to_string(), item) else { continue };
            let (table, name) = match &item.thing {
                Thing::Stock(name) => ("stocks", name),
                Thing::Flow(name) => ("flows", name),
                _ => continue,
            };
            if item.is_whole() {
                continue;
            }
            let is_exit = [first, item].iter().any(|item| matches!(item.part, Part::Exit(_)));
            let what = if is_exit { "exits or states" } else { "states or classes" };
            self.problems.wrong_with(
                &At::new(table, None).key(name).key("by"),
                &["tracks", "stages", "ages", "cohorts", "needs"],
                format!(
                    "by `{}` and by `{}` it would have two parts called `{item}`",
                    first.part.way(),
                    item.part.way()
                ),
                format!("Give one of the two {what} another name: results are found by it."),
            );
        }
    }

    /// Everything that is counted and charged of which something can be on record, with what people call it.
    pub(super) fn items(&self, stocks: &[StockCount], flows: &[FlowCount]) -> Vec<(Item, String)> {
        let mut items: Vec<(Item, String)> = Vec::new();
        for stock in stocks {
            items.push((stock.item.clone(), stock.title.clone()));
            let parts = stock.splits.iter().flat_map(|s| s.parts(self.file, &self.pathway, &self.classes));
            items.extend(
                parts.map(|(part, title)| (stock.item.part(part), format!("{}: {title}", stock.title))),
            );
        }
        for flow in flows {
            items.push((flow.item.clone(), flow.title.clone()));
            let parts =
                flow.splits.iter().flat_map(|s| s.parts_of_flow(self.file, &self.pathway, &self.classes));
            items.extend(
                parts.map(|(part, title)| (flow.item.part(part), format!("{}: {title}", flow.title))),
            );
        }
        items.extend(self.file.costs.iter().map(|(name, line)| (Item::line(name), line.title.clone())));
        items.extend(self.file.income.iter().map(|(name, line)| (Item::income(name), line.title.clone())));
        items
    }
}
