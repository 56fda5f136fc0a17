//! Interventions: whom they reach, from when to when, in what strength, and what that costs.

use carecast::experiment::summary::Measure::{Cost, Days, Flow, Stock};

use crate::outcomes::{Futures, future, last, sum, text};
use crate::support::Estimate;

/// A hundred children who are back at `open` on days 335, 700, 1065, 1430, 1795 and 2160: once in each of six
/// financial years. There, services that take sixty a year.
const AGAIN: &str = r#"
[ages]
child = [0, 1]
[stages.open]
exits.again = { to = "closed", time = { law = "fixed", length = 30 } }
[stages.closed]
exits.back = { to = "open", time = { law = "fixed", length = 335 } }
[opening.closed]
count = COUNT
fresh = true
family_sizes = { SIZE = 1 }
[interventions.x]
title = "x"
from = 2025-04-01
reaches = { stage = "open" }
LIMIT
effects = []
[interventions.x.cost]
per_family = 1000
[interventions.y]
title = "y"
from = 2025-04-01
reaches = { stage = "open" }
LIMIT
[interventions.y.cost]
per_child = 1000
[stocks.o]
title = "O"
stages = ["open", "closed"]
"#;

fn again(count: u32, size: u32, limit: &str) -> [Vec<f64>; 3] {
    let rest = AGAIN.replace("COUNT", &count.to_string()).replace("SIZE", &size.to_string());
    let items = [(Cost, "intervention/x"), (Cost, "intervention/y"), (Flow, "reached/x")];
    future(&text("2025-04-01", 6, &rest.replace("LIMIT", limit)), items)
}

/// Years by sums of twelve months from 1 April.
fn years(months: &[f64]) -> Vec<f64> {
    months.chunks(12).map(sum).collect()
}

/// Sixty families a year, six years, £1,000 each.
#[test]
fn a_family_is_charged_once_in_each_year_in_which_it_is_taken_on() {
    let [families, children, reached] = again(100, 1, "places_per_year = 60");
    assert_eq!(years(&families), [60_000.0; 6]);
    assert_eq!(years(&children), [60_000.0; 6], "with one child each, children are families");
    assert_eq!(years(&reached), [60.0; 6]);
}

/// A hundred families a year without any limit, and with more places than are ever asked for at once (30 days
/// between two spells at `open`, so that a place held for a month is free again long before the next).
#[test]
fn a_family_is_charged_in_the_same_way_with_places_and_without() {
    for limit in ["", "places = 100\nmonths_per_place = 1", "places_per_year = 100"] {
        let [families, children, _] = again(100, 1, limit);
        assert_eq!(years(&families), [100_000.0; 6], "{limit}");
        assert_eq!(years(&children), [100_000.0; 6], "{limit}");
    }
}

/// Two families in five years, whichever years; two and a half a year from 1 October 2025, of which half a year counts
/// first, so that 1.25, 3.75, 6.25, ... have been taken on by each 31 March.
#[test]
fn what_is_left_of_a_family_is_carried_over_to_the_next_year() {
    let [_, _, reached] = again(100, 1, "places_per_year = 0.4");
    assert_eq!(years(&reached), [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    let rest = AGAIN.replace("COUNT", "100").replace("SIZE", "1").replace("2025-04-01", "2025-10-01");
    let rest = rest.replace("LIMIT", "places_per_year = 2.5");
    let [reached] = future(&text("2025-04-01", 6, &rest), [(Flow, "reached/x")]);
    assert_eq!(years(&reached), [1.0, 3.0, 2.0, 3.0, 2.0, 3.0]);
}

/// A hundred children come to ten places on 2 March 2026, each for a twelfth of 365.25 days: ten are taken in at once, ten more on
/// 1 April, 2 May, 1 June ... Who waits for another service of many places is none of them.
#[test]
fn children_who_wait_for_a_service_are_counted_at_the_end_of_each_month() {
    let rest = AGAIN.replace("COUNT", "100").replace("SIZE", "1");
    let rest = rest.replacen("LIMIT", "places = 10\nmonths_per_place = 1\nwhen_full = \"wait\"", 1);
    let rest = rest.replace("LIMIT", "places = 100\nmonths_per_place = 1\nwhen_full = \"wait\"");
    let items = [(Stock, "waiting_for/x"), (Stock, "waiting_for/y"), (Stock, "o")];
    let [waiting, none, there] = future(&text("2025-04-01", 6, &rest), items);
    assert_eq!(waiting[..17], [vec![0.0; 12], vec![90.0, 80.0, 70.0, 60.0, 50.0]].concat());
    assert_eq!(none, [0.0; 73]);
    assert_eq!(there, [100.0; 73], "who waits is in the stage");
}

/// A service that grows over a year is half its size in that year: of sixty families it takes thirty. On day 335 of 365 a service of
/// ten places has nine. Those of a pool add up before they are rounded: 10.3, and 0.3 of each intervention.
#[test]
fn a_service_that_grows_has_places_in_proportion() {
    for (limit, due) in [
        ("places_per_year = 60", [30.0, 60.0, 60.0]),
        ("places = 10\nmonths_per_place = 1", [9.0, 10.0, 10.0]),
    ] {
        let [_, _, reached] = again(100, 1, &format!("{limit}\nramp_up_months = 12"));
        assert_eq!(years(&reached)[..3], due, "{limit}");
    }
    let part = |name: &str| {
        format!(
            "[interventions.{name}]\ntitle = \"{name}\"\nfrom = 2025-04-01\neffects = [{{ pool = \"beds\", adds_places = {{ best = 0.3, low = 0.28, high = 0.32, law = \"uniform\" }} }}]\n"
        )
    };
    let beds = "[ages]\nchild = [0, 1]\n[pools.beds]\nplaces = { best = 10.3, low = 10.28, high = 10.32, law = \"uniform\" }\n[stages.bed]\npool = \"beds\"\nif_full = \"wait\"\n\
                exits.on = { to = \"on\", time = { law = \"fixed\", length = 40000 } }\n[stages.on]\n[stages.open]\n\
                exits.bed = { to = \"bed\", time = { law = \"fixed\", length = 1 } }\n[opening.open]\ncount = 20\nfresh = true\n\
                [stocks.bed]\ntitle = \"Bed\"\nstages = [\"bed\"]\n";
    for (parts, due) in [(0, 10.0), (1, 11.0), (3, 11.0), (5, 12.0)] {
        let more: String = (0..parts).map(|i| part(&format!("i{i}"))).collect();
        let [bed] = future(&text("2025-04-01", 1, &(beds.to_owned() + &more)), [(Stock, "bed")]);
        assert_eq!(last(&bed), due, "{parts} parts");
    }
}

/// In the plain calendar a month has 365/12 days, and the last day of March ends where April begins.
#[test]
fn in_the_plain_calendar_a_last_day_of_a_month_is_its_end() {
    let rest = "[ages]\nchild = [0, 1]\n[stages.open]\nexits.on = { to = \"on\", time = { law = \"fixed\", length = 30 } }\n[stages.on]\n\
                [opening.open]\ncount = 1\n[interventions.i]\ntitle = \"I\"\n\
                from = 2025-04-01\nuntil = 2026-03-31\ncost = { per_year = 12_000 }\n";
    let plain = text("2025-04-01", 2, rest).replace("years = 2", "years = 2\ncalendar = \"plain\"");
    let [cost] = future(&plain, [(Cost, "intervention/i")]);
    assert_eq!(years(&cost), [12_000.0, 0.0]);
}

/// Eight children a year come at random to a decision before which a service sees one at a time for a twelfth of a year: M/D/1 with
/// a load of two thirds, so two thirds of a child wait on average (load squared over twice what is left of it: Pollaczek-Khinchine).
/// They are in the stage, charged for, and go on when they are seen.
#[test]
fn who_waits_at_a_decision_for_a_service_is_counted_and_charged_there() {
    let rest = r#"
[ages]
child = [0, 1]
[arrivals.a]
children_per_year = 8
enters = "panel"
ages = { child = 1 }
[stages.panel]
exits.care = { to = "care", share = 0.6 }
exits.no = { to = "no", share = "rest" }
[stages.care]
exits.home = { to = "no", time = { law = "fixed", length = 30 } }
[stages.no]
[interventions.seen]
title = "Seen"
from = 2025-04-01
reaches = { stage = "panel" }
places = 1
months_per_place = 1
when_full = "wait"
effects = [{ exit = "care", share_times = 1 }]
[stocks.panel]
title = "Panel"
stages = ["panel"]
by = ["age"]
[flows.out]
title = "Out"
out_of = ["panel"]
[costs.panel]
title = "Panel"
behaves = "varies"
basis = "case"
growth = 0
charges.weeks = { title = "Weeks", per_week = 7, of = ["panel"] }
"#;
    let items =
        [(Days, "panel"), (Cost, "line/panel"), (Stock, "panel"), (Stock, "waiting_for/seen"), (Flow, "out")];
    let futures = Futures::of(&text("2025-04-01", 12, rest), 400, items);
    let after = |months: &[f64]| sum(&months[24..]);
    futures.mean(|f| after(&f[0]) / 3652.0).assert_is(2.0 / 3.0, "waiting");
    futures.mean(|f| after(&f[4])).assert_is(80.0, "seen");
    for f in futures.each() {
        assert!(
            (after(&f[0]) - after(&f[1])).abs() < 0.6,
            "a pound a day: {} {}",
            after(&f[0]),
            after(&f[1])
        );
        assert_eq!(f[2], f[3]);
    }
}

/// Fixed costs run until the fade is over: of twelve months after 31 March 2027, that is 31 March 2028, and of one
/// month after 30 June, 31 July.
#[test]
fn a_fade_ends_with_its_last_calendar_month() {
    let rest = r#"
[ages]
child = [0, 1]
[stages.open]
exits.on = { to = "on", time = { law = "fixed", length = 30 } }
[stages.on]
[opening.open]
count = 1
[interventions.year]
title = "A year"
from = 2025-04-01
until = 2027-03-31
fade_months = 12
cost = { per_year = 365_000 }
[interventions.month]
title = "A month"
from = 2025-04-01
until = 2025-06-30
fade_months = 1
cost = { per_year = 365_000 }
"#;
    let items = [(Cost, "intervention/year"), (Cost, "intervention/month")];
    let [year, month] = future(&text("2025-04-01", 4, rest), items);
    assert_eq!(years(&year), [365_000.0, 365_000.0, 365_000.0, 0.0]);
    assert_eq!(month[..6], [30_000.0, 31_000.0, 30_000.0, 31_000.0, 0.0, 0.0]);
}

/// Brothers and sisters come together: 150 children are fifty families of three, each charged once a year; a
/// quota of thirty families takes in ninety children.
#[test]
fn brothers_and_sisters_are_charged_once() {
    let [families, children, _] = again(150, 3, "");
    assert_eq!(years(&families), [50_000.0; 6]);
    assert_eq!(years(&children), [150_000.0; 6]);
    let [families, children, _] = again(150, 3, "places_per_year = 30");
    assert_eq!(years(&families), [30_000.0; 6]);
    assert_eq!(years(&children), [90_000.0; 6]);
}

/// Two children of a family who come to a service on days of their own, exponential with a mean of 600 days: it
/// is charged in each financial year in which either comes. With p the chance that a child comes in a year,
/// `1 - (1 - p)^2` of the families are charged in it.
#[test]
fn a_family_is_charged_in_each_year_in_which_a_child_of_it_is_newly_taken_on() {
    let rest = r#"
[ages]
child = [0, 1]
[stages.before]
exits.go = { to = "during", time = { law = "exponential", mean = 600 } }
[opening.before]
count = 4000
fresh = true
family_sizes = { 2 = 1 }
[siblings]
correlation = 0
[interventions.x]
title = "x"
from = 2025-04-01
reaches = { stage = "during" }
LIMIT
[interventions.x.cost]
per_family = 100
[stages.during]
exits.on = { to = "after", time = { law = "exponential", mean = 10 } }
[stages.after]
"#;
    for limit in ["", "places_per_year = 2000", "places = 4000\nmonths_per_place = 1"] {
        let text = text("2025-04-01", 4, &rest.replace("LIMIT", limit));
        let futures = Futures::of(&text, 20, [(Cost, "intervention/x")]);
        let mut from = 0.0;
        for (year, length) in [365.0, 365.0, 366.0, 365.0].into_iter().enumerate() {
            let to = from + length;
            let p = (-from / 600.0_f64).exp() - (-to / 600.0_f64).exp();
            let charged = futures.mean(|f| years(&f[0])[year] / 100.0);
            charged.assert_is(2000.0 * (1.0 - (1.0 - p).powi(2)), format!("year {year}, {limit}"));
            from = to;
        }
    }
}

/// Sixty children a year at a service with two places of six months each, until 31 March 2026.
const ENDS: &str = r#"
[ages]
child = [0, 10]
[arrivals.ar]
children_per_year = 60
enters = "s"
ages = { child = 1 }
[stages.s]
exits.a = { to = "a", share = 0.3, time = { law = "exponential", mean = 10 } }
exits.b = { to = "b", share = 0.5, time = { law = "exponential", mean = 10 } }
exits.c = { to = "c", share = "rest", time = { law = "exponential", mean = 10 } }
[stages.a]
[stages.b]
[stages.c]
[flows.all]
title = "All"
into = ["a", "b", "c"]
[flows.a]
title = "A"
into = ["a"]
[interventions.x]
title = "x"
from = 2025-04-01
reaches = { stage = "s" }
places = 2
months_per_place = 6
when_full = "wait"
until = 2026-03-31
effects = [{ exit = "a", share_times = 0 }]
[interventions.x.cost]
per_child = 1000
per_year = 10000
"#;

/// Who waits, and with them who is in the stage.
const LINE: &str = r#"
[stocks.w]
title = "W"
stages = ["s/waiting", "s"]
[stocks.line]
title = "L"
stages = ["s/waiting"]
"#;

/// Two children are taken soon after the start and two more when their six months are over: 4, for £4,000, and £10,000
/// for the year. (That fewer than two come within the first half of the year has a chance below 1e-11.) From 1
/// April 2026 nobody is taken and nobody waits: with 60 a year, each for ten days, 1.6 are there, as if there
/// had never been a service, and 30% of them leave by a.
#[test]
fn nobody_is_taken_after_the_last_day_and_who_waits_goes_on() {
    let items = [
        (Flow, "reached/x"),
        (Cost, "intervention/x"),
        (Stock, "w"),
        (Flow, "all"),
        (Flow, "a"),
        (Stock, "line"),
    ];
    let futures = Futures::of(&text("2025-04-01", 3, &format!("{ENDS}{LINE}")), 200, items);
    for f in futures.each() {
        assert_eq!(years(&f[0]), [4.0, 0.0, 0.0], "taken on");
        // Each month is rounded to the penny.
        let paid = years(&f[1]);
        assert!((paid[0] - 14_000.0).abs() < 0.06 && paid[1..] == [0.0; 2], "{paid:?} paid");
        assert_eq!(f[5][13..], [0.0; 24], "nobody waits for what has ended");
    }
    // 60 a year of 365 days, and what is left of the first year's line after two years is nought.
    futures.mean(|f| last(&f[2])).assert_is(600.0 / 365.0, "there at the end");
    // The 56 who waited leave in April (95% within the month) with those who come then.
    let left = futures.mean(|f| sum(&f[3]));
    left.assert_is(180.0 - 600.0 / 365.0, "left over three years");
    // All but the four who were taken leave by a in three of ten cases.
    futures.mean(|f| sum(&f[4]) - 0.3 * (sum(&f[3]) - 4.0)).assert_is(0.0, "left by a");
}

/// While it fades over half a year, it still takes who comes: the level falls in a straight line from the last day.
/// After that nobody is taken, and nobody waits. Quotas, places and services without any limit alike.
#[test]
fn a_service_takes_nobody_after_it_has_faded() {
    let waits = "places = 1\nmonths_per_place = 1\nwhen_full = \"wait\"\n";
    for limit in ["", "places_per_year = 400\n", "places = 50\nmonths_per_place = 3\n", waits] {
        let fading = ENDS.replace(
            "places = 2\nmonths_per_place = 6\nwhen_full = \"wait\"\n",
            &format!("{limit}fade_months = 6\n"),
        );
        let line = if limit == waits {
            LINE.to_owned()
        } else {
            LINE.replace("\"s/waiting\", ", "").replace("/waiting", "")
        };
        let text = text("2025-04-01", 3, &format!("{fading}{line}"));
        for f in Futures::of(&text, 20, [(Flow, "reached/x"), (Stock, "line")]).each() {
            // Six months of 30.4375 days after 31 March 2026 end on 30 September at 15:00.
            assert_eq!(sum(&f[0][18..]), 0.0, "taken on after the fade, {limit}");
            assert!(sum(&f[0][12..17]) > 0.0, "taken on while it fades, {limit}");
            if limit == waits {
                assert_eq!(f[1][19..], [0.0; 18], "waiting after the fade");
            }
        }
    }
}

/// At take-up 1 and without limit the share reached of those who come is the level itself: averaged over a
/// month, the level at its middle, since it is a straight line within each of the months looked at.
#[track_caller]
fn assert_levels(rest: &str, due: &[(usize, f64)]) {
    let rest = format!("{COMING}{rest}");
    let futures = Futures::of(&text("2025-04-01", 3, &rest), 20, [(Flow, "reached/x"), (Flow, "all")]);
    for &(month, level) in due {
        let reached = futures.mean(|f| f[0][month] / f[1][month]);
        // The mean of a ratio of counts of 5,000: off by less than one in 5,000.
        reached.assert_within(level, 2e-4, format!("level in month {month}"));
    }
}

const COMING: &str = r#"
[ages]
child = [0, 10]
[arrivals.ar]
children_per_year = 60000
enters = "s"
ages = { child = 1 }
[stages.s]
exits.a = { to = "a", share = 0.3 }
exits.b = { to = "b", share = "rest" }
[stages.a]
[stages.b]
[flows.all]
title = "All"
into = ["s"]
"#;

/// A ramp of 24 months of 30.4375 days, cut short after 365: level 365 / 730.5. It fades from there over 365.25
/// days. December 2026 is days 108 to 139 after the last day, December 2025 days 108 to 139 after the first.
#[test]
fn a_ramp_cut_short_fades_from_the_size_it_had() {
    let size = 365.0 / 730.5;
    assert_levels(
        r#"
[interventions.x]
title = "x"
from = 2025-08-15
until = 2026-08-14
ramp_up_months = 24
fade_months = 12
reaches = { stage = "s" }
effects = [{ exit = "a", share_times = 0 }]
"#,
        &[
            (8, 123.5 / 730.5),
            (20, size * (1.0 - 123.5 / 365.25)),
            (23, size * (1.0 - 212.5 / 365.25)),
            (30, 0.0),
        ],
    );
}

/// In full force when it ends; and without a ramp.
#[test]
fn a_fade_starts_from_the_level_of_the_last_day() {
    for ramp in ["ramp_up_months = 3\n", ""] {
        let fading = format!(
            "[interventions.x]\ntitle = \"x\"\nfrom = 2025-04-01\nuntil = 2026-03-31\n{ramp}fade_months = 12\nreaches = {{ stage = \"s\" }}\neffects = [{{ exit = \"a\", share_times = 0 }}]\n"
        );
        assert_levels(&fading, &[(6, 1.0), (11, 1.0), (15, 1.0 - 106.5 / 365.25), (26, 0.0)]);
    }
}

/// Arrivals follow the same level.
#[test]
fn arrivals_fade_from_the_size_that_a_ramp_had() {
    let plan = r#"
[interventions.x]
title = "x"
from = 2025-08-15
until = 2026-08-14
ramp_up_months = 24
fade_months = 12
effects = [{ arrivals = "ar", arrivals_times = 3 }]
"#;
    let futures = Futures::of(&text("2025-04-01", 3, &format!("{COMING}{plan}")), 20, [(Flow, "all")]);
    let size = 365.0 / 730.5;
    for (month, level) in [(8, 123.5 / 730.5), (20, size * (1.0 - 123.5 / 365.25)), (30, 0.0)] {
        let due = 60_000.0 * 31.0 / 365.0 * (1.0 + 2.0 * level);
        let due = if month == 30 { 60_000.0 * 31.0 / 366.0 } else { due };
        futures.mean(|f| f[0][month]).assert_is(due, format!("arrivals in month {month}"));
    }
}

/// A hundred thousand children there on the first day, all of ten and over, who stay for twenty years.
const THERE: &str = r#"
[ages]
young = [0, 10]
old = [10, 18]
[stages.s]
exits.out = { to = "out", SHARE time = { law = "exponential", mean = 20, unit = "years" } }
OTHER
[stages.out]
[opening.s]
count = 100000
ages = { AGES }
entries_by_age = { young = 1, old = 0 }
[stocks.s]
title = "S"
stages = ["s"]
[flows.o]
title = "O"
out_of = ["s"]
[interventions.x]
title = "x"
from = 2025-06-01
reaches = { stage = "s", ages = ["old"] }
effects = [{ pace_times = PACE }]
[interventions.x.cost]
per_child = 1000
per_family = 10
"#;

fn there(ages: &str, pace: f64, lottery: bool) -> String {
    let (share, other) = if lottery {
        (
            "share = 1,",
            "exits.other = { to = \"out\", share = \"rest\", time = { law = \"exponential\", mean = 9 } }",
        )
    } else {
        ("", "")
    };
    let rest = THERE.replace("AGES", ages).replace("PACE", &pace.to_string());
    text("2025-04-01", 2, &rest.replace("SHARE", share).replace("OTHER", other))
}

/// On 1 June, 61 days in, those who are still there are met, and counted, and charged £1,010 each: exp(-61 / 7305) of
/// them. In a race and in a lottery.
#[test]
fn children_already_there_who_are_hurried_are_counted_and_charged() {
    for lottery in [false, true] {
        let text = there("old = 1", 50.0, lottery);
        let [reached, cost, stock, out] =
            future(&text, [(Flow, "reached/x"), (Cost, "intervention/x"), (Stock, "s"), (Flow, "o")]);
        assert_eq!(reached[2], stock[2], "who is there on 31 May is met on 1 June (lottery: {lottery})");
        assert_eq!(sum(&reached), reached[2], "each once, and nobody else comes");
        assert_eq!(sum(&cost), 1010.0 * reached[2], "each of a family of its own");
        // A mean of 7305 / 50 days from 1 June: 30 days are June.
        let due = 1.0 - (-30.0 * 50.0 / 7305.0_f64).exp();
        Estimate::share(out[2], stock[2], due).assert_is(due, format!("left in June (lottery: {lottery})"));
    }
}

/// Children under ten are met on their tenth birthday, if they are still there. They came at all ages alike, so those aged a are there
/// in proportion to 1 - exp(-a / 7305), and so are their birthdays, between 1 June 2025 and 31 March 2027.
/// Those who turn ten before 1 June are met on that day. What changes nothing (pace times 1) counts as well.
#[test]
fn a_pace_meets_those_who_come_into_its_age_band() {
    for pace in [1.0, 50.0] {
        let futures =
            Futures::of(&there("young = 1", pace, false), 8, [(Flow, "reached/x"), (Cost, "intervention/x")]);
        // Still there at t days: exp(-t / 7305), until they are ten.
        let stays = |t: f64| (-t / 7305.0).exp();
        let area = |from: f64, to: f64, of: &dyn Fn(f64) -> f64| {
            let step = (to - from) / 4000.0;
            (0..4000).map(|k| of(from + (f64::from(k) + 0.5) * step) * step).sum::<f64>()
        };
        let born = |birthday: f64| 1.0 - stays(3652.5 - birthday);
        let first = area(0.0, 61.0, &|birthday| born(birthday) * stays(61.0));
        let later = area(61.0, 730.0, &|birthday| born(birthday) * stays(birthday));
        let due = 100_000.0 * (first + later) / area(0.0, 3652.5, &born);
        futures.mean(|f| sum(&f[0])).assert_is(due, format!("met, pace {pace}"));
        for f in futures.each() {
            assert_eq!(sum(&f[1]), 1010.0 * sum(&f[0]), "charged as counted");
        }
    }
}

/// All are nine on the first day, with birthdays spread evenly over the year, and a pace of 5 holds from that day for those of ten.
/// Who has the birthday on day b is still there on day e with probability exp(-(e + 4 max(0, e - b)) / 400): the hazard of the
/// time before the birthday is not made up for on it.
#[test]
fn a_pace_met_on_a_birthday_holds_from_that_day_on() {
    let rest = r#"
[ages]
child = [9, 10]
teen = [10, 18]
[stages.s]
exits.out = { to = "out", time = { law = "exponential", mean = 400 } }
[stages.out]
[stocks.s]
title = "There"
stages = ["s"]
[opening.s]
count = 100000
ages = { child = 1 }
fresh = true
[interventions.x]
title = "X"
from = 2025-04-01
reaches = { stage = "s", ages = ["teen"] }
effects = [{ exit = "out", pace_times = 5 }]
"#;
    let [stock] = future(&text("2025-04-01", 1, rest), [(Stock, "s")]);
    for (month, days) in [(1, 30.0), (3, 91.0), (6, 183.0), (9, 275.0), (12, 365.0)] {
        // The mean over b, for birthdays before and after the day.
        let hurried = 100.0 * (1.0 - (-4.0 * days / 400.0_f64).exp()) / 365.0;
        let share = (-days / 400.0_f64).exp() * (hurried + (365.0 - days) / 365.0);
        Estimate::share(stock[month], 100_000.0, share).assert_is(share, format!("there after {days} days"));
    }
}

/// A pace of 10 that grows over a month from 15 June and fades over a month after 15 September. Who is there leaves by `a` at
/// (1 + 9 level) / 1000 a day and by `b` at 1 / 300; the exits of each month are the integral of that, in steps of a
/// hundredth of a day.
#[test]
fn a_pace_grows_and_fades_within_the_month() {
    let rest = r#"
[ages]
child = [0, 10]
[stages.s]
exits.a = { to = "a", time = { law = "exponential", mean = 1000 } }
exits.b = { to = "b", time = { law = "exponential", mean = 300 } }
[stages.a]
[stages.b]
[flows.a]
title = "By a"
into = ["a"]
[opening.s]
count = 100000
ages = { child = 1 }
fresh = true
[interventions.x]
title = "X"
from = 2025-06-15
until = 2025-09-15
ramp_up_months = 1
fade_months = 1
reaches = { stage = "s" }
effects = [{ exit = "a", pace_times = 10 }]
"#;
    let [flow] = future(&text("2025-04-01", 1, rest), [(Flow, "a")]);
    let month = 365.25 / 12.0;
    // 15 June begins on day 75, and 15 September ends on day 168.
    let level = |t: f64| ((t - 75.0) / month).clamp(0.0, 1.0) - ((t - 168.0) / month).clamp(0.0, 1.0);
    let (mut there, mut step) = (100_000.0, 0);
    let lengths = [30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31];
    for (number, length) in lengths.into_iter().enumerate() {
        let mut due = 0.0;
        for _ in 0..100 * length {
            let a = (1.0 + 9.0 * level((f64::from(step) + 0.5) / 100.0)) / 1000.0;
            let gone = there * (1.0 - (-(a + 1.0 / 300.0) / 100.0_f64).exp());
            due += gone * a / (a + 1.0 / 300.0);
            there -= gone;
            step += 1;
        }
        let share = due / 100_000.0;
        Estimate::share(flow[number], 100_000.0, share).assert_is(share, format!("month {number}"));
    }
}

/// A pace of 50 since a year before the first day: whoever is there then was met on its first day, or when it came; and
/// leaves with a mean of 7305 / 50 days. One that has ended by the first day hurries nobody any more.
#[test]
fn a_pace_of_the_past_goes_on_for_those_already_there() {
    for (until, pace) in [("", 50.0), ("until = 2025-03-31", 1.0)] {
        let text = there("old = 1", 50.0, false)
            .replace("from = 2025-06-01", &format!("from = 2024-04-01\n{until}"));
        let [reached, stock, out] = future(&text, [(Flow, "reached/x"), (Stock, "s"), (Flow, "o")]);
        assert_eq!(sum(&reached), 0.0, "nobody comes, and who is there was reached before");
        let due = 1.0 - (-30.0 * pace / 7305.0_f64).exp();
        Estimate::share(out[0], stock[0], due).assert_is(due, format!("left in April (pace {pace})"));
    }
}

/// A hundred ask for forty beds five days in. The pace of June meets the forty who have one, and those who wait only as they come
/// in.
#[test]
fn a_pace_does_not_meet_those_who_wait_for_a_bed() {
    let rest = r#"
[ages]
child = [0, 10]
[stages.before]
exits.in = { to = "s", share = 1, time = { law = "fixed", length = 5 } }
[stages.s]
pool = "p"
if_full = "wait"
exits.out = { to = "out", time = { law = "exponential", mean = 20, unit = "years" } }
[stages.out]
[pools.p]
places = 40
[opening.before]
count = 100
fresh = true
[stocks.s]
title = "S"
stages = ["s"]
[stocks.line]
title = "Line"
stages = ["s/waiting"]
[flows.o]
title = "O"
out_of = ["s"]
[interventions.x]
title = "x"
from = 2025-06-01
reaches = { stage = "s" }
effects = [{ pace_times = 50 }]
"#;
    let items = [(Flow, "reached/x"), (Stock, "s"), (Stock, "line"), (Flow, "o")];
    let [reached, beds, line, left] = future(&text("2025-04-01", 1, rest), items);
    assert_eq!(beds[2], 40.0, "on 31 May");
    assert!(line[2] > 40.0, "on 31 May");
    assert_eq!(sum(&reached[..2]), 0.0);
    assert_eq!(reached[2], 40.0 + left[2], "who has a bed, and who is given that of one who leaves");
    assert_eq!(reached[3], left[3], "the same in July");
}

/// Who enters while it is in force is met at entry, once for each spell.
#[test]
fn a_pace_meets_each_spell_that_begins_while_it_is_in_force() {
    let rest = r#"
[ages]
child = [0, 1]
[stages.open]
exits.again = { to = "closed", time = { law = "exponential", mean = 30 } }
[stages.closed]
exits.back = { to = "open", time = { law = "fixed", length = 100 } }
[opening.closed]
count = 500
fresh = true
[flows.open]
title = "Open"
into = ["open"]
[interventions.x]
title = "x"
from = 2025-04-01
until = 2026-12-31
reaches = { stage = "open" }
effects = [{ pace_times = 2 }]
[interventions.x.cost]
per_child = 7
"#;
    let [reached, open, cost] =
        future(&text("2025-04-01", 3, rest), [(Flow, "reached/x"), (Flow, "open"), (Cost, "intervention/x")]);
    assert_eq!(reached[..21], open[..21], "all who enter");
    assert_eq!(sum(&reached[21..]), 0.0, "none after the last day");
    assert!(reached.iter().zip(&cost).all(|(n, pounds)| *pounds == 7.0 * n));
}

/// A hundred children of 17 come to a stage on the eleventh day. One service takes all of them at once, a second has one place and lets the others
/// wait until they are 18: each has been taken on by the first on that day, whatever becomes of the wait, and is charged then.
#[test]
fn who_is_taken_on_is_charged_while_another_service_keeps_it_waiting() {
    let rest = r#"
[ages]
teen = [17, 17.5]
[stages.w]
exits.g = { to = "s", time = { law = "fixed", length = 10 } }
[stages.s]
exits.out = { to = "o", time = { law = "fixed", length = 5 } }
birthday = { age = 18, to = "o" }
[stages.o]
[opening.w]
count = 100
fresh = true
[interventions.x]
title = "X"
from = 2025-04-01
reaches = { stage = "s" }
places = 100
months_per_place = 1
cost.per_child = 1000
[interventions.y]
title = "Y"
from = 2025-04-01
reaches = { stage = "s" }
places = 1
months_per_place = 24
when_full = "wait"
"#;
    let [reached, cost] =
        future(&text("2025-04-01", 2, rest), [(Flow, "reached/x"), (Cost, "intervention/x")]);
    assert_eq!((reached[0], sum(&reached)), (100.0, 100.0));
    assert_eq!((cost[0], sum(&cost)), (100_000.0, 100_000.0));
}

/// A hundred children of nine enter a stage on the second day and wait there for a service that takes one a month. Shares by age are by the
/// age on entering, so that all are bound for `a`, however long they wait; and an intervention from October reaches those who
/// enter from then on: none of them.
#[test]
fn who_waits_for_a_service_has_entered_the_stage_before() {
    let rest = r#"
[ages]
child = [9, 10]
teen = [10, 18]
[stages.w]
exits.g = { to = "s", time = { law = "fixed", length = 1 } }
[stages.s]
exits.a = { to = "a", share = { by = "age", child = 1, teen = 0 }, time = { law = "fixed", length = 1 } }
exits.b = { to = "b", share = "rest", time = { law = "fixed", length = 1 } }
[stages.a]
[stages.b]
[opening.w]
count = 100
ages = { child = 1 }
fresh = true
[flows.a]
title = "A"
into = ["a"]
[flows.b]
title = "B"
into = ["b"]
[interventions.y]
title = "Y"
from = 2025-04-01
reaches = { stage = "s" }
places = 1
months_per_place = 1
when_full = "wait"
[interventions.z]
title = "Z"
from = 2025-10-01
reaches = { stage = "s" }
effects = []
"#;
    let [a, b, reached] =
        future(&text("2025-04-01", 3, rest), [(Flow, "a"), (Flow, "b"), (Flow, "reached/z")]);
    assert!((35.0..=36.0).contains(&sum(&a)), "one a month: {a:?}");
    assert_eq!((sum(&b), sum(&reached)), (0.0, 0.0));
}

/// An exit that lasts until 18 is taken on that birthday by who waits for a service, in a race and in a lottery: of a hundred children of
/// 17 nobody is there a year later.
#[test]
fn who_waits_for_a_service_leaves_on_the_birthday_of_an_exit() {
    for exits in [
        r#"exits.out = { to = "o", share = 1, time = { law = "until_age", age = 18 } }"#,
        r#"exits.out = { to = "o", time = { law = "until_age", age = 18 } }
exits.other = { to = "p", time = { law = "fixed", length = 20, unit = "years" } }"#,
    ] {
        let rest = format!(
            r#"
[ages]
teen = [17, 18]
adult = [18, 30]
[stages.w]
exits.g = {{ to = "s", time = {{ law = "fixed", length = 1 }} }}
[stages.s]
{exits}
[stages.o]
[stages.p]
[opening.w]
count = 100
ages = {{ teen = 1 }}
fresh = true
[interventions.y]
title = "Y"
from = 2025-04-01
reaches = {{ stage = "s" }}
places = 1
months_per_place = 12
when_full = "wait"
[stocks.s]
title = "S"
stages = ["s"]
[flows.o]
title = "O"
into = ["o"]
"#
        );
        let [there, gone] = future(&text("2025-04-01", 2, &rest), [(Stock, "s"), (Flow, "o")]);
        assert!(there[1] > 80.0, "{there:?}");
        assert_eq!((there[12], sum(&gone)), (0.0, 100.0), "{exits}");
    }
}

/// A child in a stage with a bed waits there for a service, and its stay is counted from the first day; its clock runs
/// from the grant. One place held for three months, so that of four children the n-th is
/// served (n - 1) x 3 months after the first and leaves twenty days later; all the while it is in the home and
/// paid for.
#[test]
fn who_holds_a_bed_and_waits_for_a_service_is_in_the_stage() {
    let rest = r#"
[ages]
child = [0, 1]
[stages.door]
exits.in = { to = "home", share = 1, time = { law = "fixed", length = 1 } }
[stages.home]
pool = "beds"
if_full = "wait"
exits.out = { to = "out", time = { law = "fixed", length = 20 } }
[stages.out]
[pools.beds]
places = 10
[opening.door]
count = 4
fresh = true
[interventions.help]
title = "Help"
from = 2025-04-01
reaches = { stage = "home" }
places = 1
months_per_place = 3
when_full = "wait"
effects = []
[stocks.home]
title = "Home"
stages = ["home"]
[stocks.line]
title = "Line"
stages = ["home/waiting"]
[flows.into]
title = "In"
into = ["home"]
[flows.out]
title = "Out"
out_of = ["home"]
[costs.c]
title = "C"
behaves = "varies"
basis = "case"
charges.bed = { per_week = 7, of = ["home"] }
"#;
    let items =
        [(Stock, "home"), (Stock, "line"), (Flow, "into"), (Flow, "out"), (Days, "home"), (Cost, "line/c")];
    let [home, line, into, out, days, cost] = future(&text("2025-04-01", 1, rest), items);
    // In on day 1, 2 April; served on days 1, 92.3, 183.6 and 274.9; out twenty days later.
    assert_eq!(into[0], 4.0, "all get in at once");
    assert_eq!(line, [0.0; 13], "nobody waits for a bed");
    assert_eq!(out, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(home, [0.0, 3.0, 3.0, 3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    // Twenty days each, and 91.3125 days of waiting for each place in the line: 6 of them in all.
    assert!((sum(&days) - (80.0 + 6.0 * 91.3125)).abs() < 1e-3, "{} days", sum(&days));
    assert!((sum(&cost) - sum(&days)).abs() < 12.0 * 0.005 + 1e-3, "paid from the first day");
}
