//! Reviews of open cases: how many, whom first, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use carecast::engine::{Rules, Run};
use carecast::experiment::summary::Measure::{Cost, Days, Flow, Stock};
use carecast::pathway::StateId;
use carecast::pathway::calendar::{DAY, Tick};
use carecast::record::{Cause, Entry, Event, Spell};

use crate::outcomes::{Futures, future, last, sum, text};
use crate::support::{Estimate, SEED, days, month_ends, over_runs, scenario, trace};

/// So many children, new to the stage on the first day, who leave by one law; and reviews that lead home.
fn stage(count: u32, law: &str, from: &str, reviews: &str) -> String {
    format!(
        r#"
[ages]
child = [0, 1]
[stages.open]
exits.home = {{ to = "home", share = 0, time = {{ law = "fixed", length = 9000 }} }}
exits.other = {{ to = "gone", share = "rest", time = {law} }}
[stages.home]
[stages.gone]
[opening.open]
count = {count}
fresh = true
[stocks.open]
title = "Open"
stages = ["open"]
[flows.home]
title = "Home"
exits = ["open.home"]
[flows.ends]
title = "Ends"
out_of = ["open"]
by_exit = true
[interventions.x]
title = "x"
from = {from}
reaches = {{ stage = "open" }}
cost = {{ per_review = 100 }}
[interventions.x.reviews]
leads_to = "home"
{reviews}
"#
    )
}

const LONG: &str = "{ law = \"fixed\", length = 8000 }";

/// All reviewed on one day, each goes home with probability 0.3, each on its own: the number is binomial, of mean 1000 x 0.3
/// and variance 1000 x 0.3 x 0.7. Mean and variance are held to it over 400 runs (`support` has the rate of false alarms).
#[test]
fn a_share_of_a_stock_reviewed_at_once_leaves_by_the_binomial_law() {
    let all = stage(1000, LONG, "2025-04-01", "all_by = 2025-04-01\nshare = 0.3");
    let items =
        [(Flow, "home"), (Flow, "moved/x"), (Flow, "reached/x"), (Stock, "open"), (Cost, "intervention/x")];
    let futures = Futures::of(&text("2025-04-01", 1, &all), 400, items);
    futures.mean(|f| sum(&f[0])).assert_is(300.0, "sent home");
    futures.mean(|f| (sum(&f[0]) - 300.0).powi(2)).assert_is(210.0, "variance");
    for f in futures.each() {
        assert_eq!(f[0], f[1], "those moved are those sent home");
        assert_eq!((f[2][0], sum(&f[2])), (1000.0, 1000.0), "each is reviewed once, on the first day");
        assert_eq!(f[3][1], 1000.0 - f[0][0], "nobody else leaves");
        assert_eq!((f[4][0], sum(&f[4])), (100_000.0, 100_000.0), "£100 for each review");
    }
}

/// An exponential stage of mean 600 days without arrivals, 20 reviewed on the first of each month, of whom half leave: on average
/// N(k+1) = (N(k) - 10) exp(-days of month k / 600), as long as there are 20 who have not been reviewed.
#[test]
fn an_exponential_stock_follows_its_recursion_under_so_many_reviews_a_month() {
    let law = "{ law = \"exponential\", mean = 600 }";
    for order in ["longest", "chance"] {
        let reviews = format!("per_month = 20\nshare = 0.5\norder = \"{order}\"");
        let text = text("2025-04-01", 2, &stage(3000, law, "2025-04-01", &reviews));
        let ends = month_ends(&scenario(&text), 0..24);
        let futures = Futures::of(&text, 300, [(Stock, "open"), (Flow, "reached/x")]);
        let (mut due, mut start) = (3000.0, 0.0);
        for (month, end) in ends.into_iter().enumerate() {
            due = (due - 10.0) * f64::exp(-(end - start) / 600.0);
            start = end;
            futures.mean(|f| f[0][month + 1]).assert_is(due, format!("{order}, end of month {month}"));
        }
        assert!(futures.each().all(|f| f[1].iter().all(|&n| n == 20.0)), "20 a month, each month");
    }
}

/// What happens later happens just so much later, and to nobody who has left by then: 100 are reviewed on day 0 and leave on day
/// 50, 100 after 10 days each; the stage ends by itself on day 30.
#[test]
fn what_a_review_leads_to_comes_after_its_time_unless_the_stay_ends_before() {
    let after = |length: u32, stay: u32| {
        let law = format!("{{ law = \"fixed\", length = {stay} }}");
        let after = format!("all_by = 2025-04-01\nafter = {{ law = \"fixed\", length = {length} }}");
        let rest = stage(100, &law, "2025-04-01", &after);
        let [home, open, moved, other] = future(
            &text("2025-04-01", 1, &rest),
            [(Flow, "home"), (Days, "open"), (Flow, "moved/x"), (Flow, "ends/other")],
        );
        [sum(&home), sum(&open), sum(&moved), sum(&other)]
    };
    assert_eq!(after(50, 8000), [100.0, 100.0 * 50.0, 100.0, 0.0]);
    assert_eq!(after(50, 30), [0.0, 100.0 * 30.0, 0.0, 100.0]);
    assert_eq!(after(30, 30), [0.0, 100.0 * 30.0, 0.0, 100.0], "at one instant the stay ends by itself");
}

/// Times after a review follow their law: of 200 an hour after, with a gamma law of shape 2 and mean 100 days, the share still there
/// after t days is (1 + t/50) exp(-t/50) (Erlang). Tables may be off by 2e-4 of themselves.
#[test]
fn times_after_a_review_follow_their_law() {
    let reviews = "all_by = 2025-04-01\nafter = { law = \"gamma\", shape = 2, mean = 100 }";
    let text = text("2025-04-01", 1, &stage(200, LONG, "2025-04-01", reviews));
    let ends = month_ends(&scenario(&text), 0..12);
    let futures = Futures::of(&text, 300, [(Stock, "open")]);
    for (month, t) in ends.into_iter().enumerate() {
        let due = 200.0 * (1.0 + t / 50.0) * f64::exp(-t / 50.0);
        futures.mean(|f| f[0][month + 1]).assert_within(due, 200.0 * 2e-4, format!("after {t} days"));
    }
}

/// Half a review a month is one every other month; 100 by the end of December from September are four times 25; and a team that
/// grows over a year from nothing makes 10 (k/12)^2 x 12/2 reviews in its first k months, a review more or less.
#[test]
fn so_many_are_reviewed_a_month_as_the_file_says() {
    let reached = |from: &str, reviews: &str| {
        let rest = stage(100, LONG, from, reviews);
        let [reached] = future(&text("2025-04-01", 2, &rest), [(Flow, "reached/x")]);
        reached
    };
    assert_eq!(reached("2025-09-01", "per_month = 0.5")[4..9], [0.0, 1.0, 0.0, 1.0, 0.0]);
    let by = reached("2025-09-15", "all_by = 2025-12-31");
    assert_eq!(by[4..10], [0.0, 25.0, 25.0, 25.0, 25.0, 0.0]);
    assert_eq!(sum(&by), 100.0, "nobody is left for later");
    assert_eq!(sum(&reached("2025-04-30", "per_month = 3\nagain_after_months = 12")), 24.0 * 3.0);
    let rest =
        stage(100, LONG, "2025-04-01", "per_month = 10").replace("reaches", "ramp_up_months = 12\nreaches");
    let [grown] = future(&text("2025-04-01", 1, &rest), [(Flow, "reached/x")]);
    for k in 1..=12 {
        let due = 10.0 * (k as f64).powi(2) / 24.0;
        assert!((sum(&grown[..k]) - due).abs() <= 1.0, "month {k}: {grown:?}");
    }
}

/// Nobody is reviewed twice unless it is said; after so many months, not before.
#[test]
fn nobody_is_reviewed_again_before_so_many_months() {
    let reached = |again: &str| {
        let reviews = format!("per_month = 100\nshare = 0\n{again}");
        let rest = stage(10, LONG, "2025-04-01", &reviews);
        let [reached] = future(&text("2025-04-01", 2, &rest), [(Flow, "reached/x")]);
        (0..24).filter(|&m| reached[m] == 10.0).collect::<Vec<_>>()
    };
    assert_eq!(reached(""), [0]);
    // Eleven and a half of the months of 30.4 days, so that no month of 31 days is too short.
    assert_eq!(reached("again_after_months = 11.5"), [0, 12]);
    assert_eq!(reached("again_after_months = 0"), (0..24).collect::<Vec<_>>());
}

/// A Weibull law of shape 3 and scale 300 days, drawn anew for all on day 183 (1 October): the share there on day t is S(183) S(t - 183),
/// far from S(t). Tables may be off by 2e-4 of themselves.
#[test]
fn a_plan_drawn_anew_begins_its_time_anew() {
    let law = "{ law = \"weibull\", shape = 3, scale = 300 }";
    let rest = stage(500, law, "2025-10-01", "all_by = 2025-10-01\ndraw_again = true")
        .replace("leads_to = \"home\"\n", "");
    let text = text("2025-04-01", 2, &rest);
    let ends = month_ends(&scenario(&text), 0..24);
    let survival = |t: f64| f64::exp(-(t / 300.0).powi(3));
    let futures = Futures::of(&text, 300, [(Stock, "open"), (Flow, "reached/x"), (Flow, "moved/x")]);
    for (month, t) in ends.into_iter().enumerate() {
        let due = 500.0 * if t <= 183.0 { survival(t) } else { survival(183.0) * survival(t - 183.0) };
        futures.mean(|f| f[0][month + 1]).assert_within(due, 500.0 * 4e-4, format!("after {t} days"));
    }
    assert!(futures.each().all(|f| f[1] == f[2]), "whoever is reviewed has another time");
}

/// A hundred children who have entered at age 2 are 12 when their plans are drawn anew: all then leave by the exit of the old.
#[test]
fn a_plan_drawn_anew_is_that_of_the_age_by_then() {
    let rest = r#"
[ages]
young = [0, 8]
old = [8, 18]
[arrivals.a]
children_per_year = 200
enters = "open"
ages = { young = 1 }
[stages.open]
exits.small = { to = "gone", share = { by = "age", young = 1, old = 0 }, time = { law = "fixed", length = 40, unit = "years" } }
exits.big = { to = "gone", share = { by = "age", young = 0, old = 1 }, time = { law = "fixed", length = 10 } }
[stages.gone]
[flows.ends]
title = "Ends"
out_of = ["open"]
by_exit = true
[interventions.x]
title = "x"
from = 2033-05-01
reaches = { stage = "open", ages = ["old"] }
reviews = { all_by = 2033-05-01, draw_again = true }
"#;
    let [small, big, reached] =
        future(&text("2025-04-01", 9, rest), [(Flow, "ends/small"), (Flow, "ends/big"), (Flow, "reached/x")]);
    assert!(sum(&reached) > 100.0, "some have come of age");
    assert_eq!((sum(&small), sum(&big)), (0.0, sum(&reached)));
}

/// Ten children in a home go to carers 40 days after they were reviewed, and stay there; the move is counted as one of the track.
/// A stage that ends on day 100 takes the track with it. Those in the other state are not reviewed.
const HOMES: &str = r#"
[ages]
child = [0, 1]
[stages.care]
exits.out = { to = "gone", time = { law = "fixed", length = 100 } }
[stages.gone]
[tracks.place]
during = ["care"]
first = { home = 0.4, attic = 0.5, carer = "rest" }
[tracks.place.states.home]
[tracks.place.states.carer]
exits.on = { to = "attic", time = { law = "fixed", length = 4000 } }
[tracks.place.states.attic]
[opening.care]
count = 30
fresh = true
tracks.place = { home = 10, attic = 20 }
[stocks.care]
title = "Care"
stages = ["care"]
by = ["place"]
[flows.moves]
title = "Moves"
moves_in = "place"
[costs.p]
title = "P"
behaves = "varies"
basis = "case"
charges.carer = { per_week = 70, of = ["place.carer"] }
charges.home = { per_week = 700, of = ["place.home"] }
[interventions.x]
title = "x"
from = 2025-04-01
"#;

#[test]
fn a_review_can_lead_to_another_state_of_a_track() {
    let items = [
        (Days, "care/home"),
        (Days, "care/carer"),
        (Days, "care/attic"),
        (Flow, "moves"),
        (Flow, "reached/x"),
        (Flow, "moved/x"),
        (Cost, "line/p"),
    ];
    let after = "after = { law = \"fixed\", length = 40 }";
    for (reaches, all_by) in [
        ("{ stage = \"care\", tracks = { place = [\"home\"] } }", "all_by = 2025-04-01"),
        ("{ stage = \"place.home\" }", "all_by = 2025-04-01"),
    ] {
        let rest = format!(
            "{HOMES}reaches = {reaches}\n[interventions.x.reviews]\n{all_by}\nleads_to = \"place.carer\"\n{after}\n"
        );
        let [home, carer, attic, moves, reached, moved, cost] =
            future(&text("2025-04-01", 1, &rest), items).map(|months| sum(&months));
        assert_eq!([home, carer, attic], [10.0 * 40.0, 10.0 * 60.0, 20.0 * 100.0], "{reaches}");
        assert_eq!([moves, reached, moved], [10.0; 3], "{reaches}");
        assert!((cost - (10.0 * 40.0 * 100.0 + 10.0 * 60.0 * 10.0)).abs() < 0.06, "{reaches}: £{cost}");
    }
}

/// Of those in the attic, at no price, and those in homes at £700 a week, the dearest come first: ten in homes before any other.
#[test]
fn by_cost_the_dearest_are_reviewed_first() {
    for order in ["cost", "longest"] {
        let rest = format!(
            "{HOMES}reaches = {{ stage = \"care\" }}\n[interventions.x.reviews]\nper_month = 10\nleads_to = \"out\"\norder = \"{order}\"\n"
        );
        let items = [(Stock, "care/home"), (Stock, "care/attic")];
        let [home, attic] = future(&text("2025-04-01", 1, &rest), items);
        assert_eq!(home[1] + attic[1], 20.0);
        assert_eq!(home[1] == 0.0, order == "cost", "{home:?}");
    }
}

/// A year of reviews by chance, one a month among some 70 of each of two kinds: each kind has half of them on average, over 400
/// runs, though the one has been there longer.
#[test]
fn by_chance_all_are_as_likely() {
    let rest = stage(70, LONG, "2025-04-01", "per_month = 1\nshare = 0\norder = \"chance\"").replace(
        "[opening.open]\ncount = 70\nfresh = true",
        "[cohorts.a]\n[cohorts.b]\n[opening.open]\ncount = 140\nfresh = true\ncohorts = { a = 70, b = 70 }",
    );
    let scenario = scenario(&text("2025-04-01", 1, &rest));
    let shares = over_runs(400, |run| {
        let events = trace(&scenario, run).events;
        let kinds: Vec<u8> =
            events.iter().filter(|e| matches!(e.2, Event::Reached(_))).map(|e| e.1.cohort).collect();
        assert_eq!(kinds.len(), 12);
        kinds.iter().map(|&kind| 1.0 - f64::from(kind)).sum::<f64>() / 12.0
    });
    Estimate::of(shares).assert_is(0.5, "share of the first kind");
}

/// Who waits in the stage for a service can be reviewed and leaves its queue; who waits before a full stage is not in it, and comes in
/// at the instant at which a review lets somebody out.
const QUEUES: &str = r#"
[ages]
child = [0, 1]
[arrivals.a]
children_per_year = 300
enters = "open"
ages = { child = 1 }
[stages.open]
pool = "beds"
if_full = "wait"
exits.home = { to = "gone", time = { law = "exponential", mean = 200 } }
[stages.gone]
[pools.beds]
places = 20
[stocks.waiting]
title = "Waiting"
stages = ["open/waiting"]
[stocks.open]
title = "Open"
stages = ["open"]
[interventions.help]
title = "Help"
from = 2025-04-01
reaches = { stage = "open" }
places = 5
months_per_place = 3
when_full = "wait"
effects = [{ time_times = 0.9 }]
[interventions.x]
title = "x"
from = 2025-10-01
reaches = { stage = "open" }
reviews = { per_month = 8, leads_to = "home", again_after_months = 1 }
"#;

#[test]
fn places_that_reviews_free_are_given_on_and_only_those_in_the_stage_are_reviewed() {
    let scenario = scenario(&text("2025-04-01", 2, QUEUES));
    let open = scenario.pathway.state_named("open").expect("a stage");
    let help = scenario.interventions.position(|i| i.name == "help").expect("a service");
    let mut out_of_queue = 0;
    for number in 0..20 {
        let events = trace(&scenario, Run::new(SEED, number)).events;
        let (mut inside, mut served) = (BTreeSet::new(), BTreeSet::new());
        let (mut freed, mut filled): (BTreeMap<Tick, usize>, BTreeMap<Tick, usize>) = Default::default();
        for (at, child, event) in &events {
            let who = (child.family, child.number);
            match event {
                Event::Entered(Entry { state, .. }) if *state == open => {
                    inside.insert(who);
                    *filled.entry(*at).or_default() += 1;
                }
                Event::Left(Spell { state, cause: Cause::Review(..), .. }) if *state == open => {
                    inside.remove(&who);
                    out_of_queue += usize::from(!served.contains(&who));
                    *freed.entry(*at).or_default() += 1;
                }
                Event::Left(Spell { state, .. }) if *state == open => _ = inside.remove(&who),
                Event::Reached(i) if *i == help => _ = served.insert(who),
                Event::Reached(_) => assert!(inside.contains(&who), "a child in the stage"),
                _ => {}
            }
            assert!(inside.len() <= 20, "{} in 20 places", inside.len());
        }
        assert_eq!(freed.len(), 18, "once a month");
        for (at, freed) in freed {
            assert_eq!(freed, 8);
            assert!(filled.get(&at).is_some_and(|&n| n >= 8), "all places are given on at {at}");
        }
    }
    assert!(out_of_queue > 20, "some were waiting for the service");
}

/// Another program's choice of whom to review: at each time, of those who are in the stage, of the age, for three months at least, and
/// have not been reviewed, the four who came first.
#[test]
fn those_there_longest_are_reviewed_first() {
    let rest = r#"
[ages]
young = [0, 8]
old = [8, 18]
[arrivals.a]
children_per_year = 200
enters = "open"
family_sizes = { 1 = 0.5, 2 = 0.5 }
ages = { young = 0.5, old = 0.5 }
[stages.open]
exits.home = { to = "gone", time = { law = "exponential", mean = 400 } }
[stages.gone]
[opening.open]
count = 60
[interventions.x]
title = "x"
from = 2025-04-16
reaches = { stage = "open", ages = ["old"], served_months = 3 }
reviews = { per_month = 4, leads_to = "home", share = 0.5, after = { law = "fixed", length = 45 } }
"#;
    let scenario = scenario(&text("2025-04-01", 2, rest));
    let old = 8 * carecast::pathway::calendar::YEAR;
    for number in 0..10 {
        let events = trace(&scenario, Run::new(SEED, number)).events;
        let mut there = BTreeMap::new();
        let mut reviewed: BTreeMap<(u64, u32), Tick> = BTreeMap::new();
        let mut n = 0;
        while n < events.len() {
            let (at, child, event) = &events[n];
            let who = (child.family, child.number);
            match event {
                Event::Entered(entry) if entry.state.index() == 0 => {
                    there.insert(who, (entry.since, *child));
                }
                Event::Left(spell) => {
                    there.remove(&who);
                    if let Cause::Review(..) = spell.cause {
                        assert_eq!(spell.to - reviewed[&who], 45 * DAY, "after 45 days");
                    }
                }
                Event::Reached(_) => {
                    let is_reached = |e: &&(Tick, _, Event)| e.0 == *at && matches!(e.2, Event::Reached(_));
                    let now: BTreeSet<(u64, u32)> =
                        events[n..].iter().take_while(is_reached).map(|e| (e.1.family, e.1.number)).collect();
                    let mut due: Vec<_> = there
                        .iter()
                        .filter(|(who, (since, child))| {
                            let is_old = scenario.calendar.age_at(child.born, *at) >= old;
                            is_old && days(at - since) >= 91.3125 && !reviewed.contains_key(who)
                        })
                        .map(|(who, (since, _))| (*since, *who))
                        .collect();
                    due.sort_unstable();
                    let due: BTreeSet<_> = due.into_iter().take(4).map(|(_, who)| who).collect();
                    assert_eq!(now, due, "at {at}");
                    n += now.len() - 1;
                    reviewed.extend(now.into_iter().map(|who| (who, *at)));
                }
                _ => {}
            }
            n += 1;
        }
        assert!(reviewed.len() > 60, "{}", reviewed.len());
    }
}

/// The last review is that of the last day, and what comes of it comes though the intervention is over.
#[test]
fn reviews_end_with_their_intervention_and_what_they_lead_to_does_not() {
    let rest = stage(
        100,
        LONG,
        "2025-04-10",
        "per_month = 5\nafter = { law = \"fixed\", length = 1, unit = \"years\" }",
    );
    let rest = rest.replace("reaches", "until = 2025-07-10\nreaches");
    let items = [(Flow, "reached/x"), (Flow, "home"), (Stock, "open")];
    let [reached, home, open] = future(&text("2025-04-01", 2, &rest), items);
    assert_eq!(reached[..6], [5.0, 5.0, 5.0, 5.0, 0.0, 0.0]);
    assert_eq!(home[12..17], [5.0, 5.0, 5.0, 5.0, 0.0]);
    assert_eq!(last(&open), 80.0);
}

/// In the shipped what-if those reviewed live with their parents under a full care order, and have been looked after for as long as the
/// future says; of some the order is discharged, and they go home.
#[test]
fn those_reviewed_are_where_the_shipped_what_if_says() {
    let scenario = crate::support::shipped("care-orders-at-home");
    let of = |name: &str| crate::support::state(&scenario, name);
    let due = [of("care"), of("placement.with_parents"), of("legal.full_care_order")];
    let months = scenario.interventions.values().find_map(|i| i.reach.as_ref()?.served_months);
    let months = months.expect("it is said");
    let (mut reviewed, mut home) = (0, 0);
    for number in 0..5 {
        let run = Run::new(SEED, number);
        let least = Rules::new(&scenario, run).values[months] * 365.25 / 12.0;
        let mut states: BTreeMap<(u64, u32), BTreeMap<StateId, Tick>> = BTreeMap::new();
        for (at, child, event) in trace(&scenario, run).events {
            let there = states.entry((child.family, child.number)).or_default();
            match event {
                Event::Entered(entry) => _ = there.insert(entry.state, entry.since),
                Event::Left(spell) => {
                    there.remove(&spell.state);
                    if let Cause::Review(exit, _) = spell.cause {
                        assert_eq!(scenario.pathway.exits[exit].name, "home_planned");
                        home += 1;
                    }
                }
                Event::Reached(_) => {
                    assert!(due.iter().all(|state| there.contains_key(state)), "{there:?} at {at}");
                    assert!(
                        days(at - there[&due[0]]) >= least - 1e-3,
                        "{} of {least}",
                        days(at - there[&due[0]])
                    );
                    reviewed += 1;
                }
                _ => {}
            }
        }
    }
    assert!(reviewed > 100 && home > 20 && home < reviewed, "{reviewed} and {home}");
}
