//! Pools: who holds a place, who waits for one, and who is turned away.

use carecast::experiment::summary::Measure::{Cost, Days, Flow, Stock};

use crate::oracle::erlang_b;
use crate::outcomes::{Futures, future, last, sum, text};
use crate::support::Estimate;

/// A hundred beds; whoever has one waits there for a service that takes one child in three months, until the
/// birthday that ends every stay.
fn beds_and_a_service(if_full: &str) -> String {
    let rest = r#"
[ages]
teen = [17, 17.9]
[arrivals.a]
children_per_year = 400
enters = "home"
ages = { teen = 1 }
[stages.home]
pool = "beds"
if_full = "IF_FULL"
exits.out = { to = "out", time = { law = "exponential", mean = 20 } }
birthday = { age = 18, to = "out" }
[stages.elsewhere]
exits.out = { to = "out", time = { law = "exponential", mean = 20 } }
[stages.out]
[pools.beds]
places = 100
[interventions.help]
title = "Help"
from = 2025-04-01
reaches = { stage = "home" }
places = 1
months_per_place = 3
when_full = "wait"
effects = [{ exit = "out", time_times = 1 }]
[stocks.home]
title = "Home"
stages = ["home"]
[stocks.waiting]
title = "Waiting"
stages = ["home/waiting"]
[flows.refused]
title = "Refused"
into = ["elsewhere"]
"#;
    text("2025-04-01", 20, &rest.replace("IF_FULL", if_full))
}

/// The service takes four children a year; all others keep their bed until they are 18, 0.55 years on average.
/// That is Erlang's loss system: a load of 400 x 0.55 = 220 on 100 beds, of which load x (1 - B) = 99.2 are
/// taken. The four who leave sooner take at most 4 x 0.55 = 2.2 off the load, which is the error allowed.
/// A bed given up by nobody who waits for the service is lost: of the hundred none would be left.
#[test]
fn a_bed_comes_back_whichever_way_its_holder_stops_waiting_for_a_service() {
    let futures = Futures::of(
        &beds_and_a_service("elsewhere"),
        40,
        [(Stock, "home"), (Stock, "waiting"), (Flow, "refused")],
    );
    let carried = |load: f64| load * (1.0 - erlang_b(load, 100));
    let off = carried(220.0) - carried(217.8);
    for year in [2, 10, 20] {
        let there = futures.mean(|f| f[0][12 * year] + f[1][12 * year]);
        there.assert_within(carried(220.0), off, format!("children with a bed after {year} years"));
    }
    // Refused: those who come in a year less those who take a bed.
    let refused = futures.mean(|f| sum(&f[2][120..]) / 10.0);
    let due = |load: f64| 400.0 * erlang_b(load, 100);
    refused.assert_within(due(220.0), due(220.0) - due(217.8), "refused in a year");
    for f in futures.each() {
        assert!(f[0].iter().all(|&n| n <= 100.0), "more in the home than it has beds");
    }
}

/// The same where those who find no bed wait for one. Nobody waits while a bed is free, so as long as anybody
/// waits a hundred are in the home: exactly, at every month's end. And 217.8 want one of the 100 places, so
/// that from the second year on somebody always waits.
#[test]
fn nobody_waits_for_a_bed_while_one_is_free() {
    for f in Futures::of(&beds_and_a_service("wait"), 10, [(Stock, "home"), (Stock, "waiting")]).each() {
        assert_eq!(f[0][12..], [100.0; 229], "beds taken");
        assert!(f[1][12..].iter().all(|&waiting| waiting > 0.0), "children wait");
    }
}

/// Whoever comes to the end of the pathway has left the home, by its exit or on the birthday, or had its birthday while waiting
/// for a bed: those are counted by the birthday's exit too, though they never were in the home.
#[test]
fn a_wait_that_a_birthday_ends_is_counted_by_the_exit_of_that_birthday() {
    let flows = r#"
[flows.ends]
title = "Ends"
into = ["out"]
[flows.at_18]
title = "At 18"
exits = ["home.birthday"]
[flows.sooner]
title = "Sooner"
exits = ["home.out"]
[flows.out_of_home]
title = "Out of the home"
out_of = ["home"]
"#;
    let items = [(Flow, "ends"), (Flow, "at_18"), (Flow, "sooner"), (Flow, "out_of_home")];
    for f in Futures::of(&(beds_and_a_service("wait") + flows), 5, items).each() {
        let [ends, at_18, sooner, out] = [0, 1, 2, 3].map(|n| sum(&f[n]));
        assert_eq!(ends, at_18 + sooner);
        assert!(at_18 + sooner > out, "some waited until their birthday");
    }
}

/// Four children in care for 26 days from day 1, with one place between them for 12 days each: the third has it
/// from day 25, and on day 27 its stage ends, and that of the fourth, who waits for it. The place is then free:
/// a child who comes on day 55 has it at once, and on day 61, 31 May, is in it.
#[test]
fn a_place_comes_back_when_its_holder_and_the_next_in_line_leave_together() {
    let rest = r#"
[ages]
child = [0, 10]
[stages.early]
exits.in = { to = "care", share = 1, time = { law = "fixed", length = 1 } }
[stages.late]
exits.in = { to = "care", share = 1, time = { law = "fixed", length = 55 } }
[stages.care]
exits.home = { to = "home", share = 1, time = { law = "fixed", length = 26 } }
[stages.home]
[opening.early]
count = 4
fresh = true
[opening.late]
count = 1
fresh = true
[tracks.place]
during = ["care"]
first = { bed = "rest" }
[tracks.place.states.bed]
pool = "bed"
if_full = "wait"
exits.on = { to = "other", share = 1, time = { law = "fixed", length = 12 } }
[tracks.place.states.other]
[pools.bed]
places = 1
[stocks.bed]
title = "Bed"
stages = ["place.bed"]
[stocks.line]
title = "Line"
stages = ["place.bed/waiting"]
"#;
    let [bed, line] = future(&text("2025-04-01", 1, rest), [(Stock, "bed"), (Stock, "line")]);
    assert_eq!((bed[1], line[1]), (0.0, 0.0), "all four have left by the end of April");
    assert_eq!((bed[2], line[2]), (1.0, 0.0), "the last has the place");
}

/// A service without effect, in a state of a track that has twenty places: a place is held from the start of
/// care to its end, 200 days on average, waiting for the service or not. So the places are Erlang's loss
/// system, load 0.2 x 200 = 40 (its formula holds for any law of service).
#[test]
fn a_place_in_a_track_comes_back_when_the_stage_ends() {
    let rest = r#"
[ages]
child = [0, 10]
[arrivals.a]
children_per_year = 73.05
enters = "care"
ages = { child = 1 }
[stages.care]
exits.home = { to = "home", time = { law = "gamma", shape = 2, mean = 200 } }
[stages.home]
[tracks.place]
during = ["care"]
first = { bed = "rest" }
[tracks.place.states.bed]
pool = "beds"
if_full = "other"
exits.on = { to = "other", share = 1, time = { law = "fixed", length = 100, unit = "years" } }
[tracks.place.states.other]
[pools.beds]
places = 20
[interventions.help]
title = "Help"
from = 2025-04-01
reaches = { stage = "place.bed" }
places = 1
months_per_place = 3
when_full = "wait"
effects = []
[stocks.care]
title = "Care"
stages = ["care"]
by = ["place"]
"#;
    let futures = Futures::of(
        &text("2025-04-01", 12, rest),
        100,
        [(Stock, "care"), (Stock, "care/bed"), (Stock, "care/other")],
    );
    let due = 40.0 * (1.0 - erlang_b(40.0, 20));
    for year in [4, 12] {
        futures.mean(|f| f[1][12 * year]).assert_is(due, format!("in a bed after {year} years"));
    }
    for f in futures.each() {
        let [care, bed, other] = f else { unreachable!() };
        assert!(bed.iter().all(|&n| n <= 20.0), "more than the beds");
        let placed: Vec<f64> = bed.iter().zip(other).map(|(b, o)| b + o).collect();
        assert_eq!(&placed, care, "each child in care is in one place");
    }
}

/// One place, held for 120 days by a child who is there on the first day; the seven who come behind it turn 18
/// between day 18 and day 37. Their wait ends then: nobody waits when the place is free on day 120, 30 July, and
/// the next to come, on day 130, has it until day 250, 7 December.
#[test]
fn a_birthday_ends_a_wait_for_a_pool() {
    let rest = r#"
[ages]
child = [0, 16]
between = [16, 17.9]
nearly = [17.9, 17.95]
[stages.door]
exits.in = { to = "home", share = 1, time = { law = "fixed", length = 1 } }
[stages.later]
exits.in = { to = "home", share = 1, time = { law = "fixed", length = 130 } }
[stages.home]
pool = "bed"
if_full = "wait"
exits.out = { to = "out", time = { law = "fixed", length = 120 } }
birthday = { age = 18, to = "grown" }
[stages.out]
[stages.grown]
[pools.bed]
places = 1
[opening.home]
count = 1
fresh = true
ages = { child = 1 }
[opening.door]
count = 7
fresh = true
ages = { nearly = 1 }
[opening.later]
count = 1
fresh = true
ages = { child = 1 }
[stocks.home]
title = "Home"
stages = ["home"]
[stocks.waiting]
title = "Waiting"
stages = ["home/waiting"]
[flows.into]
title = "In"
into = ["home"]
"#;
    let [home, waiting, into] =
        future(&text("2025-04-01", 1, rest), [(Stock, "home"), (Stock, "waiting"), (Flow, "into")]);
    assert_eq!(waiting[2..], [0.0; 11], "who turned 18 waits no longer");
    assert_eq!(home[..4], [1.0; 4], "the first child");
    assert_eq!(home[4..10], [0.0, 1.0, 1.0, 1.0, 1.0, 0.0], "the last child");
    assert_eq!(sum(&into), 1.0, "only one of those who came got in");
}

/// Two servers' worth of demand on each of ten places: 730 children a year, ten days each, ten places. Once
/// full, places stay full: one entry each ten days for each place, 365 a year, and never more than ten there.
const WAITING_OUTSIDE: &str = r#"
[ages]
child = [0, 10]
[arrivals.ar]
children_per_year = 730
enters = "s"
ages = { child = 1 }
[pools.p]
places = 10
[stages.s]
pool = "p"
if_full = "wait"
exits.out = { to = "out", time = { law = "fixed", length = 10 } }
[stages.out]
[stocks.s]
title = "S"
stages = ["s"]
[stocks.w]
title = "W"
stages = ["s/waiting"]
[flows.i]
title = "I"
into = ["s"]
[flows.o]
title = "O"
out_of = ["s"]
[costs.c]
title = "C"
behaves = "varies"
basis = "case"
charges.w = { per_week = 7, of = ["s"] }
[costs.e]
title = "E"
behaves = "varies"
basis = "case"
charges.e = { per_event = 1, of = ["s"] }
"#;

#[test]
fn a_stock_of_a_stage_is_who_is_in_it_and_who_waits_is_counted_apart() {
    let items = [
        (Stock, "s"),
        (Days, "s"),
        (Flow, "i"),
        (Flow, "o"),
        (Cost, "line/c"),
        (Cost, "line/e"),
        (Stock, "w"),
    ];
    for f in Futures::of(&text("2025-04-01", 3, WAITING_OUTSIDE), 20, items).each() {
        let [stock, days, into, out, cost, fees, waiting] = f else { unreachable!() };
        assert!(stock.iter().all(|&n| n <= 10.0), "more children than places: {stock:?}");
        assert!(days.iter().all(|&d| d <= 310.0 + 1e-9), "more days than the places have: {days:?}");
        // Ten places, 365 days, ten days each: 36 or 37 entries to each place.
        let second = sum(&into[12..24]);
        assert!((360.0..=370.0).contains(&second), "{second} entries in the second year");
        assert_eq!(sum(&days[12..24]), 3650.0, "days of the second year");
        for month in 0..36 {
            assert!((cost[month] - days[month]).abs() <= 0.005 + 1e-9, "a pound a day for who is there");
            assert_eq!(fees[month], into[month], "a pound for each who gets in");
            assert_eq!(stock[month + 1] - stock[month], into[month] - out[month], "month {month}");
        }
        // 730 come in a year and 365 get in; some ten in the stage, the others at the door.
        assert!(last(waiting) > 900.0, "{} wait after three years", last(waiting));
    }
}

/// Twenty children come to one place on the fifth day, 6 April, and stay ten days each: on day 30 the third is
/// there and two have left; the last leaves on day 5 + 200 = 205, 23 October.
#[test]
fn a_line_of_twenty_moves_up_one_by_one() {
    let rest = r#"
[ages]
child = [0, 17]
teen = [17, 18]
[stages.door]
exits.in = { to = "service", share = 1, time = { law = "fixed", length = 5 } }
[stages.service]
pool = "place"
if_full = "wait"
exits.done = { to = "gone", share = 1, time = { law = "fixed", length = 10 } }
[stages.gone]
[pools.place]
places = 1
[opening.door]
count = 20
ages = { child = 1 }
fresh = true
[stocks.service]
title = "In service"
stages = ["service"]
[stocks.waiting]
title = "Waiting"
stages = ["service/waiting"]
[flows.done]
title = "Done"
exits = ["service.done"]
[flows.into]
title = "Into"
into = ["service"]
"#;
    let items = [(Stock, "service"), (Flow, "done"), (Flow, "into"), (Stock, "waiting"), (Days, "service")];
    let [service, done, into, waiting, days] = future(&text("2025-04-01", 1, rest), items);
    assert_eq!(service, [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    // Done on days 15, 25, 35 ...: month ends are days 30, 61, 91, 122, 153, 183, 214.
    assert_eq!(done, [2.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(into, [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(waiting[..8], [0.0, 17.0, 14.0, 11.0, 8.0, 5.0, 2.0, 0.0]);
    assert_eq!(sum(&days), 200.0, "ten days each");
}

/// Ten a day, five days each, on 40 places; who finds none goes to a second pool of 5, and from there on.
const REFUSED: &str = r#"
[ages]
child = [0, 10]
[arrivals.a]
children_per_year = 3650
enters = "START"
ages = { child = 1 }
[pools.p]
places = 40
[pools.q]
places = 5
[stages.first]
exits.on = { to = "second", share = 1 }
[stages.second]
exits.on = { to = "s", share = 1 }
[stages.s]
pool = "p"
if_full = "over"
exits.out = { to = "out", time = { law = "gamma", shape = 2, mean = 5 } }
[stages.over]
pool = "q"
if_full = "beyond"
exits.out = { to = "out", time = { law = "exponential", mean = 1 } }
[stages.beyond]
exits.out = { to = "out", time = { law = "exponential", mean = 1 } }
[stages.out]
[stocks.s]
title = "S"
stages = ["s"]
[stocks.over]
title = "O"
stages = ["over"]
[flows.into_s]
title = "I"
into = ["s"]
[flows.out_of_s]
title = "I"
out_of = ["s"]
[flows.into_over]
title = "R"
into = ["over"]
[flows.into_beyond]
title = "B"
into = ["beyond"]
[costs.c]
title = "C"
behaves = "varies"
basis = "case"
charges.placement_fee = { per_event = 1000, of = ["s"] }
[costs.o]
title = "O"
behaves = "varies"
basis = "case"
charges.placement_fee = { per_event = 1000, of = ["over"] }
"#;

/// Erlang's loss formula, whatever the law of the stay: load 10 x 5 = 50 (3,650 a year are 9.99 a day in a year of
/// 365.25, and 10 in one of 365: level within 0.1%) on 40 places refuses B(50, 40) = 0.247. What
/// gets in is counted and charged; what is refused is not. With decisions before the stage, as without.
#[test]
fn refused_children_are_not_entries() {
    let items = [
        (Flow, "into_s"),
        (Flow, "into_over"),
        (Flow, "into_beyond"),
        (Cost, "line/c"),
        (Cost, "line/o"),
        (Stock, "s"),
        (Flow, "out_of_s"),
        (Stock, "over"),
    ];
    for start in ["s", "first"] {
        let futures = Futures::of(&text("2025-04-01", 6, &REFUSED.replace("START", start)), 10, items);
        let blocked = erlang_b(50.0, 40);
        let share = futures.mean(|f| {
            let [into, over, beyond] = [0, 1, 2].map(|i| sum(&f[i][1..]));
            into / (into + over + beyond)
        });
        // The load is 3650 / 366 x 5 at the least: B moves by no more than (1 - B) x 0.3%.
        share.assert_within(1.0 - blocked, 0.003 * (1.0 - blocked), format!("got in, from {start}"));
        let a_year = futures.mean(|f| sum(&f[0][12..]) / 5.0);
        a_year.assert_within(3650.0 * (1.0 - blocked), 3650.0 * 0.003, "entries a year");
        for f in futures.each() {
            for month in 0..72 {
                assert_eq!(f[3][month], 1000.0 * f[0][month], "fees are for who got in");
                assert_eq!(f[4][month], 1000.0 * f[1][month], "to the second pool as well");
                assert_eq!(f[5][month + 1] - f[5][month], f[0][month] - f[6][month], "month {month}");
            }
            assert!(f[5].iter().all(|&n| n <= 40.0) && f[7].iter().all(|&n| n <= 5.0));
        }
    }
}

/// Where a pool is full, brothers and sisters are refused one by one: entries of a month and refusals are the
/// arrivals of the month, child by child.
#[test]
fn entries_and_refusals_are_all_who_came() {
    let more = "[flows.first]\ntitle = \"F\"\ninto = [\"first\"]\n";
    let rest = REFUSED.replace("START", "first") + more;
    let futures = Futures::of(
        &text("2025-04-01", 3, &rest),
        10,
        [(Flow, "first"), (Flow, "into_s"), (Flow, "into_over"), (Flow, "into_beyond")],
    );
    for f in futures.each() {
        let [came, into, over, beyond] = f else { unreachable!() };
        let all: Vec<f64> = (0..36).map(|m| into[m] + over[m] + beyond[m]).collect();
        assert_eq!(came, &all, "who came");
    }
    Estimate::of(futures.each().map(|f| sum(&f[0]) / 3.0)).assert_is(3650.0, "arrivals a year");
}

/// In a track the overflow of a full state counts no move, since the child was never there: with no exits in
/// the track, nobody moves.
#[test]
fn a_child_refused_in_a_track_has_not_moved() {
    let rest = r#"
[ages]
child = [0, 10]
[opening.door]
count = 50
fresh = true
[stages.door]
exits.on = { to = "care", share = 1, time = { law = "fixed", length = 1 } }
[stages.care]
exits.home = { to = "home", share = 1, time = { law = "fixed", length = 500 } }
[stages.home]
[tracks.place]
during = ["care"]
first = { bed = "rest" }
[tracks.place.states.bed]
pool = "beds"
if_full = "other"
[tracks.place.states.other]
[pools.beds]
places = 20
[stocks.care]
title = "Care"
stages = ["care"]
by = ["place"]
[flows.moves]
title = "Moves"
moves_in = "place"
[costs.o]
title = "O"
behaves = "varies"
basis = "case"
charges.other = { per_week = 7, of = ["place.other"] }
"#;
    let items = [(Stock, "care/bed"), (Stock, "care/other"), (Flow, "moves"), (Cost, "line/o")];
    let [bed, other, moves, cost] = future(&text("2025-04-01", 1, rest), items);
    assert_eq!((bed[1], other[1]), (20.0, 30.0));
    assert_eq!(sum(&moves), 0.0, "nobody was moved");
    assert_eq!(sum(&cost), 30.0 * 364.0, "a pound a day for the thirty without a bed");
}
