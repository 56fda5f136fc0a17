//! The promises of the engine, over scenarios made up by chance.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use carecast::engine::{Rules, Run};
use carecast::experiment::{self, Batch, Uncertainty};
use carecast::pathway::{
    During, InterventionId, Kind, PoolId, State, StateId, Table, TrackId,
    calendar::{Tick, YEAR},
};
use carecast::record::{Cause, Event, Origin, Trace};
use carecast::scenario::{Limit, Scenario};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::made_up::{MadeUp, made_up};
use crate::support::{SEED, in_words, scenario, trace};

/// Runs a property over so many made-up scenarios, the same each time.
fn for_many(cases: u32, property: impl Fn(MadeUp)) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 64, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tested = runner.run(&made_up(), |made| {
        property(made);
        Ok(())
    });
    if let Err(error) = tested {
        panic!("{error}");
    }
}

fn run(made: &MadeUp) -> Run {
    Run::new(SEED, made.seed)
}

/// What happened, in words and in order, leaving out who was reached by what.
fn told(scenario: &Scenario, trace: &Trace) -> Vec<(Tick, String)> {
    let happened = trace.events.iter().filter(|e| !matches!(e.2, Event::Reached(_) | Event::Moved(_)));
    let mut told: Vec<(Tick, String)> = happened.map(|e| (e.0, in_words(scenario, e))).collect();
    told.sort();
    told
}

#[track_caller]
fn assert_same(one: &[(Tick, String)], other: &[(Tick, String)]) {
    if let Some((a, b)) = one.iter().zip(other).find(|(a, b)| a != b) {
        panic!("first difference:\n  {}\n  {}", a.1, b.1);
    }
    assert_eq!(one.len(), other.len(), "one goes on for longer");
}

#[test]
fn interventions_without_effect_change_no_event() {
    let reached = std::cell::Cell::new(0);
    for_many(60, |made| {
        let base = scenario(&made.text());
        let idle = scenario(&(made.text() + &made.all_interventions("2026-10-01", true, true)));
        let trace_idle = trace(&idle, run(&made));
        assert_same(&told(&base, &trace(&base, run(&made))), &told(&idle, &trace_idle));
        let reaches = trace_idle.events.iter().filter(|e| matches!(e.2, Event::Reached(_))).count();
        reached.set(reached.get() + reaches);
    });
    assert!(reached.get() > 1000, "the interventions reach children");
}

#[test]
fn an_intervention_changes_nothing_before_it_starts() {
    let changed = std::cell::Cell::new(0);
    for_many(60, |made| {
        let base = scenario(&made.text());
        let plan = scenario(&(made.text() + &made.all_interventions("2028-04-01", false, false)));
        let start = base.calendar.month_start(24);
        let before = |scenario: &Scenario| {
            let mut trace = trace(scenario, run(&made));
            let whole = told(scenario, &trace);
            trace.events.retain(|e| e.0 < start);
            assert!(
                !trace.events.iter().any(|e| matches!(e.2, Event::Reached(_))),
                "reached before the start"
            );
            (told(scenario, &trace), whole)
        };
        let ((base, base_whole), (plan, plan_whole)) = (before(&base), before(&plan));
        assert_same(&base, &plan);
        changed.set(changed.get() + u32::from(base_whole != plan_whole));
    });
    assert!(changed.get() >= 55, "plans change what comes after in {} of 60", changed.get());
}

/// Without pools nobody's path hangs on another's: whoever is never reviewed goes on to the byte as without reviews, and who is does until
/// then.
#[test]
fn a_child_who_is_not_reviewed_goes_on_as_it_would_have() {
    let touched = std::cell::Cell::new(0);
    for_many(40, |made| {
        let made = MadeUp { pools: false, ..made };
        let base = scenario(&made.text());
        let plan = scenario(&(made.text() + &made.reviews("2027-01-16", false)));
        let (before, after) = (trace(&base, run(&made)), trace(&plan, run(&made)));
        let mut reviewed: HashMap<(u64, u32), Tick> = HashMap::new();
        for (at, child, _) in after.events.iter().filter(|e| matches!(e.2, Event::Reached(_))) {
            reviewed.entry((child.family, child.number)).or_insert(*at);
        }
        let untouched = |scenario: &Scenario, trace: &Trace| {
            let mut trace = trace.clone();
            trace.events.retain(|(at, child, _)| {
                reviewed.get(&(child.family, child.number)).is_none_or(|reviewed| at < reviewed)
            });
            told(scenario, &trace)
        };
        assert_same(&untouched(&base, &before), &untouched(&plan, &after));
        touched.set(touched.get() + reviewed.len());
    });
    assert!(touched.get() > 1000, "{} reviewed", touched.get());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for_many(6, |made| {
        let scenarios = [
            scenario(&made.text()),
            scenario(&(made.text() + &made.all_interventions("2027-04-01", false, false))),
        ];
        for uncertainty in [Uncertainty::All, Uncertainty::ChanceOnly] {
            let batch = Batch { seed: SEED, runs: 70, uncertainty };
            let by = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                format!("{:?}", pool.install(|| experiment::run(&scenarios, batch, &|_| ())).unwrap())
            };
            let alone = by(1);
            assert!(alone == by(2) && alone == by(7), "bytes differ between numbers of threads");
            assert!(alone.len() > 10_000);
        }
    });
}

/// Where each child is after every event before an instant, as told by entries and ends of spells; and how many have
/// arrived or were there at the start.
fn whereabouts(scenario: &Scenario, trace: &Trace, at: Tick) -> (Table<StateId, i64>, i64) {
    let mut there = Table::filled(scenario.pathway.states.len(), 0);
    let mut known = 0;
    for (_, _, event) in trace.events.iter().take_while(|e| e.0 < at) {
        match event {
            Event::Arrived(_) => known += 1,
            Event::Entered(entry) => {
                there[entry.state] += 1;
                let main = scenario.pathway.states[entry.state].track == TrackId::MAIN;
                known += i64::from(main && entry.origin == Origin::Opening);
            }
            Event::Left(spell) => there[spell.state] -= 1,
            _ => {}
        }
    }
    (there, known)
}

#[test]
fn nobody_is_lost_at_any_month_end_in_any_stage() {
    for_many(60, |made| {
        let scenario = scenario(&(made.text() + &made.all_interventions("2027-04-01", false, false)));
        let trace = trace(&scenario, run(&made));
        for month in 0..scenario.calendar.months() {
            let at = scenario.calendar.month_start(month + 1);
            let (there, known) = whereabouts(&scenario, &trace, at);
            let main = scenario.pathway.tracks[TrackId::MAIN].states;
            let waiting = |(_, s): &(StateId, &State)| s.track == TrackId::MAIN && s.kind == Kind::Waiting;
            let waiting =
                scenario.pathway.states.iter().filter(waiting).map(|(id, _)| there[id]).sum::<i64>();
            let open_or_departed = main.iter().map(|s| there[s]).sum::<i64>() + waiting;
            assert_eq!(open_or_departed, known, "month {month}");
            assert!(there.values().all(|&n| n >= 0), "{there:?}");
        }
    });
}

/// When a child arrived and was born, with how many siblings, its cohort and need.
type Arrival = (Tick, Tick, u32, u8, u8);

/// Who arrived: by family and number.
fn arrivals(scenario: &Scenario, run: Run) -> BTreeMap<(u64, u32), Arrival> {
    let trace = trace(scenario, run);
    let came = trace.events.iter().filter(|e| matches!(e.2, Event::Arrived(_)));
    came.map(|(at, c, _)| ((c.family, c.number), (*at, c.born, c.siblings, c.cohort, c.need))).collect()
}

#[test]
fn more_arrivals_keep_every_family_that_came_before() {
    for_many(30, |made| {
        let raise = "[interventions.raise]\ntitle = \"Raise\"\nfrom = \"2026-04-01\"\neffects = [{ arrivals = \"families\", arrivals_times = 1.1 }]\n";
        let base = arrivals(&scenario(&made.text()), run(&made));
        let more = arrivals(&scenario(&(made.text() + raise)), run(&made));
        for (who, what) in &base {
            assert_eq!(more.get(who), Some(what));
        }
        // Some 640 children; a tenth more, give or take five standard deviations of 64 children in families.
        let (n, m) = (base.len() as f64, more.len() as f64);
        assert!(((m - n) - 0.1 * n).abs() < 5.5 * (0.1 * n * 2.8).sqrt(), "{n} and {m}");
        let fewer = raise.replace("1.1", "0.9");
        let less = arrivals(&scenario(&(made.text() + &fewer)), run(&made));
        assert!(less.iter().all(|(who, what)| base.get(who) == Some(what)) && less.len() < base.len());
    });
}

type Stays = Vec<(Tick, Tick, StateId)>;

/// The stays of each child, by track, in order.
fn stays(scenario: &Scenario, trace: &Trace) -> HashMap<(u64, u32), Table<TrackId, Stays>> {
    let mut all: HashMap<(u64, u32), Table<TrackId, Stays>> = HashMap::new();
    for (_, child, event) in &trace.events {
        if let Event::Left(spell) = event {
            let tracks = all
                .entry((child.family, child.number))
                .or_insert_with(|| Table::filled(scenario.pathway.tracks.len(), Vec::new()));
            tracks[scenario.pathway.states[spell.state].track].push((spell.from(), spell.to, spell.state));
        }
    }
    for track in all.values_mut().flat_map(Table::values_mut) {
        track.sort_unstable();
    }
    all
}

/// Whether stays follow on each other from one instant to another.
fn tiles(stays: &[(Tick, Tick, StateId)], from: Tick, to: Tick) -> bool {
    let mut now = from;
    for stay in stays {
        if stay.0 != now || stay.1 < now {
            return false;
        }
        now = stay.1;
    }
    now == to
}

#[test]
fn stays_tile_a_childs_time_and_tracks_tile_their_stages() {
    let inner_stays = std::cell::Cell::new(0);
    for_many(60, |made| {
        let scenario = scenario(&(made.text() + &made.all_interventions("2027-04-01", false, false)));
        let trace = trace(&scenario, run(&made));
        let mut first: HashMap<(u64, u32), Tick> = HashMap::new();
        let mut gone: HashMap<(u64, u32), Tick> = HashMap::new();
        for (at, child, event) in &trace.events {
            let who = (child.family, child.number);
            match event {
                Event::Arrived(_) => _ = first.entry(who).or_insert(*at),
                Event::Entered(entry) => {
                    first.entry(who).or_insert(*at);
                    let state = &scenario.pathway.states[entry.state];
                    if state.kind == Kind::End && state.track == TrackId::MAIN {
                        assert_eq!(gone.insert(who, *at), None, "departs once");
                    }
                }
                _ => {}
            }
        }
        let end = scenario.calendar.end();
        for (who, tracks) in stays(&scenario, &trace) {
            let to = gone.get(&who).copied().unwrap_or(end);
            let main = &tracks[TrackId::MAIN];
            assert!(tiles(main, first[&who], to), "{who:?}: {main:?}, {} to {to}", first[&who]);
            for (number, track) in scenario.pathway.tracks.iter().skip(1) {
                let mut beside = 0;
                for &(from, to, stage) in main.iter().filter(|s| s.0 < s.1) {
                    let within = tracks[number].iter().filter(|s| s.0 < to && s.1 > from);
                    let inner: Vec<_> = within.map(|s| (s.0.max(from), s.1.min(to), s.2)).collect();
                    match track.during[stage] {
                        During::Off => assert!(inner.is_empty(), "{who:?}"),
                        During::Held(state) => assert!(inner == [(from, to, state)], "{who:?}"),
                        During::Runs => {
                            assert!(tiles(&inner, from, to), "{who:?}: {inner:?} in {from} to {to}");
                        }
                    }
                    beside += inner.iter().map(|s| s.1 - s.0).sum::<Tick>();
                    inner_stays.set(inner_stays.get() + inner.len());
                }
                let all = tracks[number].iter().map(|s| s.1 - s.0).sum::<Tick>();
                assert_eq!(all, beside, "{who:?}: a spell of a track outside its stages");
            }
        }
    });
    assert!(inner_stays.get() > 10_000);
}

#[test]
fn everything_is_told_in_order_of_time() {
    for_many(40, |made| {
        let scenario = scenario(&(made.text() + &made.all_interventions("2027-04-01", false, false)));
        let told = trace(&scenario, run(&made));
        assert!(told.events.is_sorted_by_key(|e| e.0));
        assert!(told.events.iter().all(|e| (0..=scenario.calendar.end()).contains(&e.0)));
        let cut = |e: &Event| matches!(e, Event::Left(spell) if spell.cause == Cause::Cut);
        let last = told.events.iter().position(|e| e.0 == scenario.calendar.end());
        assert!(told.events[last.unwrap()..].iter().all(|e| cut(&e.2)), "only cuts at the end");
    });
}

/// One who waits for a place: since when it has wanted one, and who it is.
type Waiting = (Tick, (u64, u32));

/// A pool as the record shows it: who holds a place and who waits for one.
#[derive(Clone, Default)]
struct Shown {
    held: usize,
    waiting: BTreeSet<Waiting>,
}

impl Shown {
    /// Takes somebody out of the queue, who must be the first in it if let in.
    fn let_in(&mut self, who: (u64, u32), first: bool) {
        let found = self.waiting.iter().position(|w| w.1 == who).expect("it waits");
        assert!(!first || found == 0, "let in past {:?}", self.waiting.first());
        self.waiting.retain(|w| w.1 != who);
    }
}

/// Reads the record event by event. After all that happens at a tick no pool is overfull, but for those who were there at the
/// start and for places taken away, and nobody waits while a place is free.
fn assert_pools_are_well_run(
    scenario: &Scenario,
    trace: &Trace,
    places: impl Fn(PoolId, Tick) -> usize,
) -> usize {
    let pathway = &scenario.pathway;
    let pool_of = |state: StateId| pathway.states[state].pool.as_ref().map(|p| p.0);
    let waits_for = |state: StateId| {
        pathway
            .states
            .values()
            .find(|s| s.waiting.is_some_and(|w| w.state == state))
            .and_then(|s| s.pool.as_ref())
    };
    let mut pools: Table<PoolId, Shown> = Table::filled(scenario.pools.len(), Shown::default());
    let mut waited = 0;
    for now in trace.events.chunk_by(|a, b| a.0 == b.0) {
        let at = now[0].0;
        let before: Vec<usize> = pools.values().map(|p| p.held).collect();
        for (_, child, event) in now {
            let who = (child.family, child.number);
            match event {
                Event::Entered(entry) => {
                    if let Some(pool) = pool_of(entry.state) {
                        pools[pool].held += 1;
                    }
                    if let Some((pool, _)) = waits_for(entry.state) {
                        pools[*pool].waiting.insert((at, who));
                        waited += 1;
                    }
                }
                Event::Left(spell) => {
                    if let Some(pool) = pool_of(spell.state) {
                        pools[pool].held -= 1;
                    }
                    if let Some((pool, _)) = waits_for(spell.state) {
                        let exit = |e: &Cause| matches!(e, Cause::Exit(exit) if pathway.exits[*exit].name == "served");
                        pools[*pool].let_in(who, exit(&spell.cause));
                    }
                }
                _ => {}
            }
        }
        for (pool, shown) in pools.iter().filter(|_| at < scenario.calendar.end()) {
            let (held, places) = (shown.held, places(pool, at));
            assert!(
                held <= places || held <= before[pool.index()] || at == 0,
                "{held} in {places} places at {at}"
            );
            assert!(
                held >= places || shown.waiting.is_empty(),
                "{held} in {places} at {at}, and {:?} wait",
                shown.waiting
            );
        }
    }
    waited
}

#[test]
fn no_pool_is_overfull_and_nobody_waits_while_a_place_is_free() {
    let waited = std::cell::Cell::new(0);
    for_many(60, |made| {
        let made = MadeUp { pools: true, ..made };
        let scenario = scenario(&(made.text() + &made.all_interventions("2027-04-01", false, true)));
        let rules = Rules::new(&scenario, run(&made));
        let places = |pool, at| rules.places(&scenario, pool, at) as usize;
        waited
            .set(waited.get() + assert_pools_are_well_run(&scenario, &trace(&scenario, run(&made)), places));
    });
    assert!(waited.get() > 1000, "{} waited", waited.get());
}

/// The ticks at which each intervention reaches children, with their families.
fn reaches(scenario: &Scenario, trace: &Trace) -> Table<InterventionId, Vec<(Tick, u64)>> {
    let mut reached = Table::filled(scenario.interventions.len(), Vec::new());
    for (at, child, event) in &trace.events {
        if let Event::Reached(intervention) = event {
            reached[*intervention].push((*at, child.family));
        }
    }
    reached
}

#[test]
fn services_reach_no_more_than_they_have_places_for() {
    let full = std::cell::Cell::new(0);
    for_many(60, |made| {
        let scenario = scenario(&(made.text() + &made.interventions("2027-04-01", false, false)));
        let rules = Rules::new(&scenario, run(&made));
        for (service, reached) in scenario
            .interventions
            .values()
            .zip(reaches(&scenario, &trace(&scenario, run(&made))).into_values())
        {
            let most = match service.limit {
                Limit::None => continue,
                // So many families a financial year; brothers and sisters come with one that is taken.
                Limit::Quota(places) => {
                    for year in 0..scenario.calendar.years() {
                        let in_year = reached.iter().filter(|r| scenario.calendar.year_at(r.0) == year);
                        let families: BTreeSet<u64> = in_year.map(|r| r.1).collect();
                        let places = rules.values[places];
                        assert!(families.len() as f64 <= places, "{} in {places}", families.len());
                        full.set(full.get() + u32::from(families.len() as f64 >= places));
                    }
                    continue;
                }
                // So many children at once, each for so many months.
                Limit::Places(places, months) => (rules.values[places], rules.values[months]),
            };
            let held = (most.1 * YEAR as f64 / 12.0) as Tick;
            for &(at, _) in &reached {
                let here = reached.iter().filter(|r| r.0 <= at && at < r.0 + held).count() as f64;
                assert!(here <= most.0, "{here} in {} places of {}", most.0, service.name);
                full.set(full.get() + u32::from(here >= most.0));
            }
        }
    });
    assert!(full.get() > 100, "services are full now and then");
}
