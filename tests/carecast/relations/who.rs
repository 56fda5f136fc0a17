//! Flows counted by who the children are, and flows into and out of states of tracks, over made-up scenarios: exact in
//! every future.

use std::collections::BTreeMap;
use std::fmt::Write;

use carecast::experiment::Outcome;
use carecast::experiment::summary::Measure::{Flow, Stock, Wait};
use carecast::pathway::{
    Child, StateId, TrackId,
    calendar::{DAY, Tick},
};
use carecast::record::{Cause, Event, Origin, Part};
use carecast::scenario::Scenario;
use time::{Date, Duration, Month};

use super::{MANY, for_many};
use crate::made_up::MadeUp;
use crate::support::{over_runs, scenario, trace};

/// Sets of stages, and the tracks that run beside all of them.
const SETS: [(&[&str], &[&str]); 5] = [
    (&["s2"], &[]),
    (&["s3"], &["place", "legal"]),
    (&["s4"], &["place"]),
    (&["s3", "s4", "s5"], &["place"]),
    (&["s3", "s6"], &["legal"]),
];

fn list(names: &[&str]) -> String {
    format!("{names:?}")
}

/// Flows into and out of stages and states of tracks, by everything that they can be counted by.
fn counted(made: &MadeUp) -> String {
    let (mut flows, mut stocks) = (made.whole(), String::new());
    let mut flow = |name: &str, what: &str, by: &[&str]| {
        writeln!(flows, "[flows.{name}]\ntitle = \"{name}\"\n{what}\nby = {}", list(by)).unwrap();
    };
    for (i, (stages, tracks)) in SETS.iter().enumerate() {
        let tracks = if made.tracks { *tracks } else { &[] };
        let by = [&["age", "cohort", "need"], tracks].concat();
        flow(&format!("into_{i}"), &format!("into = {}", list(stages)), &by);
        flow(&format!("out_of_{i}"), &format!("out_of = {}\nby_exit = true", list(stages)), &by);
    }
    flow("ways", "exits = [\"s3.e0\", \"s5.e1\", \"s1.e2\"]", &["age", "need"]);
    if made.tracks {
        flow("way", "exits = [\"s3.e0\", \"s3.e1\"]", &["legal", "place"]);
        flow("places", "moves_in = \"place\"", &["place", "cohort"]);
        for state in states_of_tracks(made) {
            let name = state.replace(['.', '/'], "_");
            let track = state.split('.').next().unwrap();
            flow(&format!("into_{name}"), &format!("into = [\"{state}\"]"), &["age", "need", track]);
            flow(
                &format!("out_of_{name}"),
                &format!("out_of = [\"{state}\"]\nby_exit = true"),
                &["cohort", track],
            );
            writeln!(stocks, "[stocks.in_{name}]\ntitle = \"In\"\nstages = [\"{state}\"]").unwrap();
        }
    }
    flows + &stocks
}

fn states_of_tracks(made: &MadeUp) -> Vec<&'static str> {
    let all = ["place.held", "place.a", "place.b", "place.c", "place.c/waiting", "legal.x", "legal.y"];
    all.into_iter().filter(|state| made.pools || *state != "place.c/waiting").collect()
}

/// Finds children who are counted in no part, or in two.
#[test]
fn parts_of_a_flow_add_up_to_it() {
    for_many(MANY, |made| {
        let scenario = scenario(&counted(&made));
        over_runs(2, |run| {
            let outcome = Outcome::simulate(&scenario, run);
            for flow in scenario.flows.iter().filter(|flow| !flow.splits.is_empty()) {
                let whole = outcome.months_of(&flow.item).expect("it is counted");
                for split in &flow.splits {
                    let parts =
                        split.parts_of_flow(&scenario.file, &scenario.pathway, &scenario.classes).into_iter();
                    let parts = parts.map(|(part, _)| outcome.months_of(&flow.item.part(part)).unwrap());
                    let mut sum = vec![0.0; whole.len()];
                    parts.for_each(|part| sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x));
                    assert_eq!(sum, whole, "{} by {split:?}", flow.item);
                }
            }
        });
    });
}

/// Finds beginnings and ends of tracks that are counted as no event, or as one too many.
#[test]
fn a_state_of_a_track_changes_by_who_comes_in_and_who_goes_out() {
    for_many(MANY, |made| {
        if !made.tracks {
            return;
        }
        let scenario = scenario(&counted(&made));
        over_runs(2, |run| {
            let outcome = Outcome::simulate(&scenario, run);
            for state in states_of_tracks(&made) {
                let name = state.replace(['.', '/'], "_");
                let flow = |way: &str| outcome.months(Flow, &format!("{way}_{name}")).unwrap();
                let stock = outcome.months(Stock, &format!("in_{name}")).unwrap();
                let (into, out) = (flow("into"), flow("out_of"));
                for month in 0..out.len() {
                    let change = stock[month + 1] - stock[month];
                    assert_eq!(change, into[month] - out[month], "{state} in month {month}");
                }
                let exits = scenario.flows.iter().filter(|flow| {
                    matches!(flow.item.part, Part::Exit(_))
                        && flow.item.thing.name() == Some(&format!("out_of_{name}"))
                });
                let mut by_exit = vec![0.0; out.len()];
                for exit in exits {
                    let months = outcome.months_of(&exit.item).unwrap();
                    by_exit.iter_mut().zip(months).for_each(|(sum, x)| *sum += x);
                }
                assert_eq!(by_exit, out, "{state}");
            }
        });
    });
}

type Who = (u64, u32);

/// Finds places that are taken and not counted, and waits that are told with other children than those who have waited.
#[test]
fn places_and_waits_are_those_of_the_trace() {
    for_many(MANY, |made| {
        if !made.pools {
            return;
        }
        let text = made.whole().replacen("[pools.beds]\n", "[pools.beds]\ncount_use = true\n", 1)
            + "[stocks.bed]\ntitle = \"Bed\"\nstages = [\"s2\"]\n[stocks.line]\ntitle = \"Line\"\nstages = [\"s2/waiting\"]\n";
        let scenario = scenario(&text);
        let named = |name: &str| scenario.pathway.state_named(name).unwrap();
        let (bed, line) = (named("s2"), named("s2/waiting"));
        over_runs(1, |run| {
            let outcome = Outcome::simulate(&scenario, run);
            let months = |measure, name: &str| outcome.months(measure, name).unwrap();
            assert_eq!(months(Stock, "places_taken/beds"), months(Stock, "bed"));
            assert_eq!(months(Stock, "waiting_for/beds"), months(Stock, "line"));
            let mut due = vec![(0.0, 0.0); 48];
            for (at, child, event) in trace(&scenario, run).events {
                let month = (0..48).find(|m| at < scenario.calendar.month_start(m + 1));
                let waited = |from: StateId| matches!(event, Event::Entered(e) if matches!(e.origin, Origin::Exit(x) if scenario.pathway.exits[x].from == from));
                let Some(due) = month.map(|month| &mut due[month]) else { continue };
                match event {
                    Event::Left(s) if s.state == line && s.cause != Cause::Cut => {
                        due.0 += (s.to - s.since) as f64 / DAY as f64;
                        due.1 += 1.0;
                    }
                    Event::Entered(e) if e.state == bed && e.origin != Origin::Opening && !waited(line) => {
                        let age = scenario.calendar.age_at(child.born, at);
                        let birthday = scenario.pathway.states[bed].birthday;
                        let grown = birthday.is_some_and(|birthday| age >= birthday.0);
                        due.1 += f64::from(u8::from(!grown));
                    }
                    _ => {}
                }
            }
            for (month, (wait, (days, children))) in
                months(Wait, "waiting_for/beds").into_iter().zip(due).enumerate()
            {
                let due = days / children;
                assert!(
                    (wait - due).abs() < 1e-9 * due.max(1.0) || children == 0.0,
                    "{wait}, {due} in month {month}"
                );
            }
        });
    });
}

/// One move from stage to stage, with who made it.
struct Step {
    month: usize,
    from: Option<StateId>,
    to: StateId,
    who: [String; 3],
    /// The states of the two tracks that were left, and that were entered first.
    left: BTreeMap<TrackId, String>,
    entered: BTreeMap<TrackId, String>,
}

/// Whole years of age on the day of an event, from dates alone.
fn age(start: Date, child: &Child, at: Tick) -> i32 {
    let day = |tick: Tick| start + Duration::days(tick.div_euclid(DAY));
    let (born, now) = (day(child.born), day(at));
    let birthday = if (born.month(), born.day()) == (Month::February, 29) {
        Date::from_calendar_date(now.year(), Month::February, 29)
            .unwrap_or(Date::from_calendar_date(now.year(), Month::March, 1).unwrap())
    } else {
        born.replace_year(now.year()).unwrap()
    };
    now.year() - born.year() - i32::from(now < birthday)
}

/// Every move from stage to stage of a future, read off what was told of it.
fn steps(scenario: &Scenario, run: carecast::engine::Run) -> Vec<Step> {
    let told = trace(scenario, run).events;
    let track = |state: StateId| scenario.pathway.states[state].track;
    let short = |state: StateId| scenario.pathway.states[state].name.split_once('.').unwrap().1.to_owned();
    let mut held: BTreeMap<(Who, TrackId), String> = BTreeMap::new();
    let mut last: BTreeMap<Who, (StateId, BTreeMap<TrackId, String>)> = BTreeMap::new();
    let of = |held: &BTreeMap<(Who, TrackId), String>, who: Who| -> BTreeMap<TrackId, String> {
        held.iter().filter(|h| h.0.0 == who).map(|h| (h.0.1, h.1.clone())).collect()
    };
    let mut steps = Vec::new();
    for (i, (at, child, event)) in told.iter().enumerate() {
        let who = (child.family, child.number);
        match event {
            Event::Entered(e) if track(e.state) != TrackId::MAIN => {
                held.insert((who, track(e.state)), short(e.state));
            }
            Event::Left(s) if track(s.state) != TrackId::MAIN => drop(held.remove(&(who, track(s.state)))),
            Event::Left(s) => drop(last.insert(who, (s.state, of(&held, who)))),
            Event::Entered(e) if e.origin != Origin::Opening => {
                let (from, left) = last.remove(&who).map_or((None, BTreeMap::new()), |l| (Some(l.0), l.1));
                let mut entered = of(&held, who);
                let of_child = told[i + 1..].iter().filter(|t| (t.1.family, t.1.number) == who);
                for next in of_child.take_while(|t| t.0 == *at) {
                    match next.2 {
                        Event::Left(s) if track(s.state) == TrackId::MAIN => break,
                        Event::Entered(e) if track(e.state) != TrackId::MAIN => {
                            entered.entry(track(e.state)).or_insert(short(e.state));
                        }
                        _ => {}
                    }
                }
                let young = age(scenario.calendar.start(), child, *at) < 8;
                let cohort = &scenario.classes.cohorts[usize::from(child.cohort)];
                let need = &scenario.classes.needs[usize::from(child.need)];
                steps.push(Step {
                    month: (0..48).find(|m| *at < scenario.calendar.month_start(m + 1)).unwrap(),
                    from,
                    to: e.state,
                    who: [
                        if young { "age_young" } else { "age_old" }.to_owned(),
                        format!("cohort_{cohort}"),
                        format!("need_{need}"),
                    ],
                    left,
                    entered,
                });
            }
            _ => {}
        }
    }
    steps
}

/// Finds children who are counted with those of another age, cohort, need or state of a track. What happened is read off the
/// trace, and counted again.
#[test]
fn flows_by_who_are_those_of_the_trace() {
    for_many(MANY, |made| {
        let scenario = scenario(&counted(&made));
        over_runs(1, |run| {
            let outcome = Outcome::simulate(&scenario, run);
            let steps = steps(&scenario, run);
            for (i, (stages, tracks)) in SETS.iter().enumerate() {
                let set: Vec<StateId> =
                    stages.iter().map(|stage| scenario.pathway.state_named(stage).unwrap()).collect();
                let within = |state: Option<StateId>| state.is_some_and(|s| set.contains(&s));
                for (way, comes) in [("into", true), ("out_of", false)] {
                    let mut due: BTreeMap<String, Vec<f64>> = BTreeMap::new();
                    let mut count = |part: &str, month: usize| {
                        let name = format!("{way}_{i}/{part}");
                        due.entry(name).or_insert_with(|| vec![0.0; 48])[month] += 1.0;
                    };
                    for step in &steps {
                        let (from, to) = (within(step.from), within(Some(step.to)));
                        if (comes && to && !from) || (!comes && from && !to) {
                            step.who.iter().for_each(|part| count(part, step.month));
                            for name in tracks.iter().filter(|_| made.tracks) {
                                let track = scenario.pathway.tracks.position(|t| t.name == **name).unwrap();
                                let states = if comes { &step.entered } else { &step.left };
                                let none = format!("no_{name}");
                                count(states.get(&track).unwrap_or(&none), step.month);
                            }
                        }
                    }
                    for (name, due) in due {
                        assert_eq!(outcome.months(Flow, &name).unwrap(), due, "{name}");
                    }
                }
            }
        });
    });
}
