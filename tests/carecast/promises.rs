//! The promises of the engine, over scenarios made up by chance.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use carecast::engine::{Event, Run, Trace, World};
use carecast::experiment::{self, Batch, Uncertainty};
use carecast::pathway::{
    Child, During, IfFull, InterventionId, Kind, PoolId, StateId, Table, TrackId,
    calendar::{Tick, YEAR},
};
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
    let happened = trace.events.iter().filter(|e| !matches!(e.2, Event::Reach { .. }));
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
        let idle = scenario(&(made.text() + &made.interventions("2026-10-01", true, true)));
        let trace_idle = trace(&idle, run(&made));
        assert_same(&told(&base, &trace(&base, run(&made))), &told(&idle, &trace_idle));
        let reaches = trace_idle.events.iter().filter(|e| matches!(e.2, Event::Reach { .. })).count();
        reached.set(reached.get() + reaches);
    });
    assert!(reached.get() > 1000, "the interventions reach children");
}

#[test]
fn an_intervention_changes_nothing_before_it_starts() {
    let changed = std::cell::Cell::new(0);
    for_many(60, |made| {
        let base = scenario(&made.text());
        let plan = scenario(&(made.text() + &made.interventions("2028-04-01", false, false)));
        let start = base.calendar.month_start(24);
        // What is told of a stay that is still running when the plan starts is when it began, not its end.
        let before = |scenario: &Scenario| {
            let mut trace = trace(scenario, run(&made));
            let whole = told(scenario, &trace);
            trace.events.retain(|e| e.0 < start);
            for event in &mut trace.events {
                if let Event::Stay { to, .. } = &mut event.2 {
                    *to = (*to).min(start);
                }
                assert!(!matches!(event.2, Event::Reach { .. }), "reached before the start");
            }
            (told(scenario, &trace), whole)
        };
        let ((base, base_whole), (plan, plan_whole)) = (before(&base), before(&plan));
        assert_same(&base, &plan);
        changed.set(changed.get() + u32::from(base_whole != plan_whole));
    });
    assert!(changed.get() >= 55, "plans change what comes after in {} of 60", changed.get());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for_many(6, |made| {
        let scenarios = [
            scenario(&made.text()),
            scenario(&(made.text() + &made.interventions("2027-04-01", false, false))),
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

/// Entries to and exits from each state of the main track by an instant (events before it), and who stays there.
fn balance(scenario: &Scenario, trace: &Trace, at: Tick) -> [Table<StateId, i64>; 2] {
    let all = &scenario.pathway.states;
    let main = |state: StateId| all[state].track == TrackId::MAIN;
    let (mut flows, mut stays) = (Table::filled(all.len(), 0), Table::filled(all.len(), 0));
    for (when, _, event) in &trace.events {
        match *event {
            Event::Open { state, .. } if main(state) => flows[state] += 1,
            Event::Arrive { state } if *when < at => flows[state] += 1,
            Event::Leave { exit } if *when < at => {
                let exit = &scenario.pathway.exits[exit];
                if main(exit.from) {
                    flows[exit.from] -= 1;
                    flows[exit.to] += 1;
                }
            }
            Event::Stay { state, to, .. } if main(state) => {
                stays[state] += i64::from(*when < at && to >= at);
            }
            _ => {}
        }
    }
    [flows, stays]
}

#[test]
fn nobody_is_lost_at_any_month_end_in_any_stage() {
    for_many(60, |made| {
        let scenario = scenario(&(made.text() + &made.interventions("2027-04-01", false, false)));
        let trace = trace(&scenario, run(&made));
        let known: u64 = trace
            .events
            .iter()
            .map(|(_, _, e)| match e {
                Event::Open { state, .. } => {
                    u64::from(scenario.pathway.states[*state].track == TrackId::MAIN)
                }
                Event::Arrive { .. } => 1,
                _ => 0,
            })
            .sum();
        for month in 0..scenario.calendar.months() {
            let at = scenario.calendar.month_start(month + 1);
            let [flows, stays] = balance(&scenario, &trace, at);
            let mut open_or_departed = 0;
            for state in scenario.pathway.states.ids() {
                open_or_departed += flows[state];
                if scenario.pathway.states[state].kind != Kind::End {
                    let name = &scenario.pathway.states[state].name;
                    assert_eq!(flows[state], stays[state], "{name} at the end of month {month}");
                }
            }
            let arrived_later =
                trace.events.iter().filter(|e| e.0 >= at && matches!(e.2, Event::Arrive { .. }));
            assert_eq!(open_or_departed, known as i64 - arrived_later.count() as i64, "month {month}");
        }
    });
}

/// When a child arrived and was born, with how many siblings, its cohort and need.
type Arrival = (Tick, Tick, u32, u8, u8);

/// Who arrived: by family and number.
fn arrivals(scenario: &Scenario, run: Run) -> BTreeMap<(u64, u32), Arrival> {
    let trace = trace(scenario, run);
    let came = trace.events.iter().filter(|e| matches!(e.2, Event::Arrive { .. }));
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
    for (from, child, event) in &trace.events {
        if let Event::Stay { state, to, .. } = event {
            let tracks = all
                .entry((child.family, child.number))
                .or_insert_with(|| Table::filled(scenario.pathway.tracks.len(), Vec::new()));
            tracks[scenario.pathway.states[*state].track].push((*from, *to, *state));
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
        let scenario = scenario(&(made.text() + &made.interventions("2027-04-01", false, false)));
        let trace = trace(&scenario, run(&made));
        let mut first: HashMap<(u64, u32), Tick> = HashMap::new();
        let mut gone: HashMap<(u64, u32), Tick> = HashMap::new();
        for (at, child, event) in &trace.events {
            let who = (child.family, child.number);
            match event {
                Event::Open { .. } | Event::Arrive { .. } => {
                    first.entry(who).or_insert(*at);
                }
                Event::Leave { exit } => {
                    let to = scenario.pathway.exits[*exit].to;
                    let to = &scenario.pathway.states[to];
                    if to.kind == Kind::End && to.track == TrackId::MAIN {
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
                let mut seen = 0;
                for &(from, to, stage) in main {
                    let inner: Vec<_> =
                        tracks[number].iter().filter(|s| from <= s.0 && s.0 < to).copied().collect();
                    match track.during[stage] {
                        During::Off => assert!(inner.is_empty(), "{who:?}"),
                        During::Held(state) => assert!(from == to || inner == [(from, to, state)], "{who:?}"),
                        During::Runs => {
                            assert!(tiles(&inner, from, to), "{who:?}: {inner:?} in {from} to {to}");
                        }
                    }
                    seen += inner.len();
                }
                let lasting = tracks[number].iter().filter(|s| s.0 < s.1).count();
                assert!(seen >= lasting, "{who:?}: a stay of a track outside its stages");
                inner_stays.set(inner_stays.get() + seen);
            }
        }
    });
    assert!(inner_stays.get() > 10_000);
}

/// In the main track; what runs beside a stage is told of when it is known, maybe after the stage itself.
#[test]
fn what_happens_to_a_child_is_told_in_order() {
    for_many(40, |made| {
        let scenario = scenario(&(made.text() + &made.interventions("2027-04-01", false, false)));
        let mut told = Trace::default();
        carecast::engine::simulate(&scenario, run(&made), &mut told);
        let mut last: HashMap<(u64, u32, TrackId), Tick> = HashMap::new();
        for (at, child, event) in &told.events {
            let track = match *event {
                Event::Open { state, .. } | Event::Arrive { state } | Event::Stay { state, .. } => {
                    scenario.pathway.states[state].track
                }
                Event::Leave { exit } => scenario.pathway.states[scenario.pathway.exits[exit].from].track,
                Event::Reach { intervention } => {
                    let reach = scenario.interventions[intervention].reach.as_ref().unwrap();
                    scenario.pathway.states[reach.state].track
                }
            };
            let last = last.entry((child.family, child.number, track)).or_insert(0);
            assert!((0..scenario.calendar.end()).contains(at));
            if track != TrackId::MAIN {
                continue;
            }
            assert!(*last <= *at, "{} after {last}", in_words(&scenario, &(*at, *child, *event)));
            *last = *at;
        }
    });
}

/// One who wants a place in a pool: since when, who, and when let in (or gave up, or still waits).
struct Wish {
    since: Tick,
    who: (u64, u32),
    until: Tick,
    let_in: bool,
}

/// The stays that take a pool's places; and who waited for one.
type Users = (Vec<(Tick, Tick)>, Vec<Wish>);

/// Those of each pool.
fn pool_users(scenario: &Scenario, trace: &Trace) -> Table<PoolId, Users> {
    let mut pools: Table<PoolId, Users> = scenario.pools.values().map(|_| (Vec::new(), Vec::new())).collect();
    let waits = |state: StateId| {
        scenario.pathway.states.values().find_map(|s| match &s.pool {
            Some((pool, IfFull::Wait(waiting, back))) if *waiting == state => Some((*pool, *back)),
            _ => None,
        })
    };
    let key = |c: &Child| (c.family, c.number);
    for (from, child, event) in &trace.events {
        let Event::Stay { state, to, .. } = *event else { continue };
        if let Some((pool, IfFull::Wait(..) | IfFull::Leave(_))) = &scenario.pathway.states[state].pool {
            pools[*pool].0.push((*from, to));
        }
        if let Some((pool, _)) = waits(state) {
            // Who gives up comes back to the door too, but stays nowhere behind it.
            let let_in = trace.events.iter().any(|(at, c, e)| {
                matches!(e, Event::Stay { state: behind, .. } if scenario.pathway.states[*behind].waiting.is_some_and(|w| w.0 == state))
                    && *at == to
                    && key(c) == key(child)
            });
            pools[pool].1.push(Wish { since: *from, who: key(child), until: to, let_in });
        }
    }
    pools
}

#[test]
fn pools_are_never_overfull_and_those_who_wait_go_first_come_first_served() {
    let waited = std::cell::Cell::new(0);
    for_many(60, |made| {
        let made = MadeUp { pools: true, ..made };
        let scenario = scenario(&(made.text() + &made.interventions("2027-04-01", false, true)));
        let trace = trace(&scenario, run(&made));
        let world = World::new(&scenario, run(&made));
        for (pool, (users, wishes)) in pool_users(&scenario, &trace).values().enumerate() {
            for &(from, to) in users.iter().filter(|u| u.0 > 0 && u.0 < u.1) {
                let taken = users.iter().filter(|u| u.0 <= from && from < u.1).count();
                let places = world.places(&scenario, pool, from) as usize;
                assert!(taken <= places, "{taken} in {places} places of pool {pool} at {from} (until {to})");
                let passed = wishes.iter().find(|w| w.since < from && from < w.until);
                let was_waiting = wishes.iter().any(|w| w.let_in && w.until == from);
                if let (Some(w), false) = (passed, was_waiting) {
                    panic!("let in at {from} past {:?}, who waits from {} to {}", w.who, w.since, w.until);
                }
            }
            let mut line: Vec<&Wish> = wishes.iter().filter(|w| w.let_in).collect();
            line.sort_by_key(|w| (w.since, w.who));
            for pair in line.windows(2) {
                assert!(pair[0].until <= pair[1].until, "{:?} let in after {:?}", pair[0].who, pair[1].who);
            }
            waited.set(waited.get() + line.len());
        }
    });
    assert!(waited.get() > 1000, "{} waited", waited.get());
}

/// The ticks at which each intervention reaches children, with their families.
fn reaches(scenario: &Scenario, trace: &Trace) -> Table<InterventionId, Vec<(Tick, u64)>> {
    let mut reached = Table::filled(scenario.interventions.len(), Vec::new());
    for (at, child, event) in &trace.events {
        if let Event::Reach { intervention } = event {
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
        let world = World::new(&scenario, run(&made));
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
                        let places = world.values[places];
                        assert!(families.len() as f64 <= places, "{} in {places}", families.len());
                        full.set(full.get() + u32::from(families.len() as f64 >= places));
                    }
                    continue;
                }
                // So many children at once, each for so many months.
                Limit::Places(places, months) => (world.values[places], world.values[months]),
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
