//! The children who are there on the first day: how long they have been, and which way they are bound.

use carecast::experiment::summary::Measure::{Days, Flow, Stock};

use crate::oracle::residual_survival;
use crate::outcomes::{Futures, future, sum, text};
use crate::support::Estimate;

/// A count of the first day's children is a sum of so many independent trials of the same probability: the error
/// of a figure from one future.
#[track_caller]
fn assert_counted(hits: f64, of: f64, due: f64, off: f64, what: &str) {
    Estimate::share(hits, of, due).assert_within(due, off, what);
}

/// Children of 17, in a stage that all ages enter.
fn at_seventeen(exits: &str, entries: &str) -> String {
    let rest = format!(
        r#"
[ages]
young = [0, 17]
old = [17, 18]
[stages.care]
{exits}
[stages.h]
[stages.g]
[opening.care]
count = 100000
ages = {{ old = 1 }}
{entries}
[stocks.care]
title = "Care"
stages = ["care"]
[flows.home]
title = "Home"
into = ["h"]
"#
    );
    text("2025-04-01", 1, &rest)
}

const HALF_HOME: &str = r#"
exits.home = { to = "h", share = 0.5, time = { law = "exponential", mean = 60 } }
exits.grown = { to = "g", share = "rest", time = { law = "until_age", age = 18 } }
"#;

/// The mean over ages from 17 to 18, evenly, of a function of days since the 17th birthday.
fn mean_at_seventeen(of: impl Fn(f64) -> f64) -> f64 {
    const STEPS: u32 = 2000;
    (0..STEPS).map(|k| of((f64::from(k) + 0.5) * 365.25 / f64::from(STEPS))).sum::<f64>() / f64::from(STEPS)
}

/// Half of all entrants leave for home after 60 days on average, half stay until they are 18. Entries level over 18
/// years of age: of those a days old, those bound for home have been there up to a few months, 60 days' worth of
/// entries, the others since any day of their life: 60 / (60 + a), 0.93% on average. Nearly all of these leave
/// within the year; those who would not (exp(-365/60), 0.2%) are taken off.
#[test]
fn staying_until_an_age_leaves_few_who_are_bound_elsewhere() {
    let due = mean_at_seventeen(|x| 60.0 / (60.0 + 17.0 * 365.25 + x)) * (1.0 - (-365.0 / 60.0_f64).exp());
    for f in Futures::of(&at_seventeen(HALF_HOME, ""), 1, [(Flow, "home"), (Stock, "care")]).each() {
        assert_counted(sum(&f[0]), 100_000.0, due, 0.0, "left for home");
        assert_counted(f[1][12], 100_000.0, 0.0, 0.003, "still there at 18");
    }
}

/// The same with the way home written as a law with a pace: an exponential with a mean of 240 days at pace 4.
#[test]
fn staying_until_an_age_beside_an_exit_with_a_pace() {
    let paced = HALF_HOME.replace("mean = 60 } }", "mean = 240 }, pace = 4 }");
    let due = mean_at_seventeen(|x| 60.0 / (60.0 + 17.0 * 365.25 + x)) * (1.0 - (-365.0 / 60.0_f64).exp());
    for f in Futures::of(&at_seventeen(&paced, ""), 1, [(Flow, "home")]).each() {
        assert_counted(sum(&f[0]), 100_000.0, due, 0.0, "left for home");
    }
}

/// All who are there came at 17: at x days after the birthday, as many as came in 60 (1 - exp(-x/60)) days are bound for
/// home, and of the others as many as came in x days.
#[test]
fn staying_until_an_age_with_entries_at_one_age_only() {
    let fast = mean_at_seventeen(|x| 60.0 * (1.0 - (-x / 60.0).exp()));
    let due = fast / (fast + mean_at_seventeen(|x| x)) * (1.0 - (-365.0 / 60.0_f64).exp());
    let text = at_seventeen(HALF_HOME, "entries_by_age = { young = 0, old = 1 }");
    for f in Futures::of(&text, 1, [(Flow, "home")]).each() {
        // The law of time served is tabulated: allowed is one in a hundred of the stock.
        assert_counted(sum(&f[0]), 100_000.0, due, 0.01, "left for home");
    }
}

/// A race of the two: whatever has passed, the exponential clock has no memory, so in April a child goes home unless 30
/// days and its birthday come first: 1 - exp(-min(30, left) / 60), with `left` even over the year.
#[test]
fn a_race_against_an_age_has_the_hazard_it_says() {
    let exits = r#"
exits.home = { to = "h", time = { law = "exponential", mean = 60 } }
exits.grown = { to = "g", time = { law = "until_age", age = 18 } }
"#;
    let due = mean_at_seventeen(|left| 1.0 - (-left.min(30.0) / 60.0).exp());
    for f in Futures::of(&at_seventeen(exits, ""), 1, [(Flow, "home")]).each() {
        assert_counted(f[0][0], 100_000.0, due, 0.0, "left for home in April");
    }
}

/// The same with a clock that remembers: a Weibull of shape 3 and scale 90, steady, so that what is left of it follows
/// its stationary law.
#[test]
fn a_race_against_an_age_keeps_the_time_served() {
    let exits = r#"
exits.home = { to = "h", time = { law = "weibull", shape = 3, scale = 90 } }
exits.grown = { to = "g", time = { law = "until_age", age = 18 } }
"#;
    let left = |days: f64| residual_survival(|t: f64| (-(t / 90.0).powi(3)).exp(), days);
    let due = mean_at_seventeen(|days| 1.0 - left(days.min(30.0)));
    for f in Futures::of(&at_seventeen(exits, ""), 1, [(Flow, "home")]).each() {
        // What a table of time served may be off by: one in 500 of the stock.
        assert_counted(f[0][0], 100_000.0, due, 0.002, "left for home in April");
    }
}

/// A stock of adults whose youth is too long ago to cut anything short.
fn steady(exits: &str, more: &str, years: u32) -> String {
    let rest = format!(
        r#"
[ages]
young = [0, 40]
old = [40, 50]
[stages.s]
{exits}
[stages.a]
[stages.b]
[opening.s]
count = 200000
ages = {{ old = 1 }}
{more}
[stocks.s]
title = "S"
stages = ["s"]
[flows.a]
title = "A"
into = ["a"]
[flows.b]
title = "B"
into = ["b"]
"#
    );
    text("2025-04-01", years, &rest)
}

/// Exits by age hold for the age at entry. All came before they were forty, when stays last 400 days on average; those who
/// come later would stay for 40,000.
#[test]
fn the_age_at_entry_says_how_long_those_already_there_stay() {
    let by_age = r#"{ by = "age", young = { law = "exponential", mean = 400 }, old = { law = "exponential", mean = 40000 } }"#;
    let exits = format!("exits.a = {{ to = \"a\", time = {by_age} }}");
    let entries = "entries_by_age = { young = 1, old = 0 }";
    let [stock] = future(&steady(&exits, entries, 2), [(Stock, "s")]);
    for (month, days) in [(1, 30.0), (12, 365.0), (24, 730.0_f64)] {
        let due = (-days / 400.0).exp();
        assert_counted(stock[month], 200_000.0, due, 0.0, &format!("there after {days} days"));
    }
}

/// 99% of entrants leave after 5 days on average, 1% after 1,500. Of a steady stock 4.95 : 15 are of the two kinds, and
/// neither has a memory: (4.95 exp(-30/5) + 15 exp(-30/1500)) / 19.95 = 73.8% are there after 30 days.
#[test]
fn fast_and_slow_exits_share_an_opening_stock() {
    for (share, fast, slow) in
        [(0.99, 5.0, 1500.0), (0.5, 20.0, 2000.0), (0.999, 2.0, 3000.0), (0.9, 300.0, 400.0)]
    {
        let exits = format!(
            "exits.a = {{ to = \"a\", share = {share}, time = {{ law = \"exponential\", mean = {fast} }} }}\nexits.b = {{ to = \"b\", share = \"rest\", time = {{ law = \"exponential\", mean = {slow} }} }}\n"
        );
        let (f, s) = (share * fast, (1.0 - share) * slow);
        let [stock, left] = future(&steady(&exits, "", 1), [(Stock, "s"), (Flow, "a")]);
        for (month, days) in [(1, 30.0), (3, 91.0), (12, 365.0_f64)] {
            let due = (f * (-days / fast).exp() + s * (-days / slow).exp()) / (f + s);
            // What a table of time served may be off by: one in 500 of the stock.
            assert_counted(
                stock[month],
                200_000.0,
                due,
                0.002,
                &format!("{fast} and {slow}: after {days} days"),
            );
        }
        let due = f / (f + s) * (1.0 - (-365.0 / fast).exp());
        assert_counted(sum(&left), 200_000.0, due, 0.002, &format!("{fast} and {slow}: left by a"));
    }
}

/// Exponential, mean 400 at pace 4, is exponential with mean 100: 100 / (100 + 1000) = 9.1% are bound for a. The
/// hazard of a Weibull of shape k times p is that of one whose scale is multiplied by p^(-1/k).
#[test]
fn an_exit_with_a_pace_is_that_law_in_the_opening_too() {
    let rest = "exits.b = { to = \"b\", share = \"rest\", time = { law = \"exponential\", mean = 1000 } }";
    let lottery = |law: &str| format!("exits.a = {{ to = \"a\", share = 0.5, time = {law} }}\n{rest}");
    let paced = |law: &str, pace: f64| {
        format!("exits.a = {{ to = \"a\", share = 0.5, time = {law}, pace = {pace} }}\n{rest}")
    };
    let [left] = future(&steady(&paced("{ law = \"exponential\", mean = 400 }", 4.0), "", 6), [(Flow, "a")]);
    let due = 100.0 / 1100.0;
    assert_counted(sum(&left), 200_000.0, due, 0.001, "left by a");
    let [plain] = future(&steady(&lottery("{ law = \"exponential\", mean = 100 }"), "", 6), [(Flow, "a")]);
    assert_counted(sum(&plain), 200_000.0, due, 0.001, "left by a, without pace");

    // Weibull of shape 2 and scale 600 at pace 4: scale 300, mean 300 x gamma(1.5) = 265.9.
    let mean = 300.0 * 0.886_226_925_452_758;
    let [left, stock] = future(
        &steady(&paced("{ law = \"weibull\", shape = 2, scale = 600 }", 4.0), "", 6),
        [(Flow, "a"), (Stock, "s")],
    );
    assert_counted(sum(&left), 200_000.0, mean / (mean + 1000.0), 0.001, "left by a, Weibull");
    let weibull = |t: f64| residual_survival(|x: f64| (-(x / 300.0).powi(2)).exp(), t);
    for (month, days) in [(3, 91.0), (6, 183.0), (12, 365.0_f64)] {
        let due = (mean * weibull(days) + 1000.0 * (-days / 1000.0).exp()) / (mean + 1000.0);
        assert_counted(stock[month], 200_000.0, due, 0.002, &format!("there after {days} days, Weibull"));
    }
}

/// A pace in a race: exponentials with a memory of nothing, so a wins with 4/400 against 1/1000.
#[test]
fn a_pace_in_a_race_counts_in_the_opening_too() {
    let exits = "exits.a = { to = \"a\", time = { law = \"exponential\", mean = 400 }, pace = 4 }\nexits.b = { to = \"b\", time = { law = \"exponential\", mean = 1000 } }";
    let [left, stock] = future(&steady(exits, "", 6), [(Flow, "a"), (Stock, "s")]);
    assert_counted(sum(&left), 200_000.0, 10.0 / 11.0, 1e-6, "left by a");
    assert_counted(stock[1], 200_000.0, (-30.0 * 0.011_f64).exp(), 0.0, "there after 30 days");
}

/// Starts on 1 January 2026, stays of 730 days, nobody since 31 March 2025 and level before: who is there came from 2
/// January 2024 to 31 March 2025, 455 days, evenly, and leaves from 1 January 2026 to 31 March 2027.
#[test]
fn entries_by_year_are_those_of_their_own_years() {
    let exits = "exits.a = { to = \"a\", time = { law = \"fixed\", length = 730 } }";
    let entries = "entries_by_year = { 2024 = 1, 2025 = 1, 2026 = 0 }";
    let text = steady(exits, entries, 3).replace("start = \"2025-04-01\"", "start = \"2026-01-01\"");
    let [stock] = future(&text, [(Stock, "s")]);
    let lengths = [31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0];
    let mut day = 0.0;
    for month in 0..24 {
        day += lengths[month % 12];
        let due = (1.0 - day / 455.0_f64).max(0.0);
        // Days of the calendar are known; a table of time served may be off by a day or so in 455.
        assert_counted(stock[month + 1], 200_000.0, due, 0.004, &format!("there after {day} days"));
    }
}

/// The same from 1 October: stays of 365 days; three times as many came from 1 April to 30 September 2025 (183 days) as
/// in the half year before (182 days). They leave a year later, in the same proportion.
#[test]
fn entries_by_year_from_an_october() {
    let exits = "exits.a = { to = \"a\", time = { law = \"fixed\", length = 365 } }";
    let entries = "entries_by_year = { 2025 = 1, 2026 = 3 }";
    let text = steady(exits, entries, 2).replace("start = \"2025-04-01\"", "start = \"2025-10-01\"");
    let [stock] = future(&text, [(Stock, "s")]);
    let all = 182.0 + 3.0 * 183.0;
    for (month, due) in [(3, 92.0), (6, 182.0), (9, 182.0 + 3.0 * 91.0), (12, all)] {
        assert_counted(
            stock[month],
            200_000.0,
            1.0 - due / all,
            0.004,
            &format!("there after {month} months"),
        );
    }
}

/// Children for whom there is a plan of adoption, and only they, start under a placement order; half of those who are
/// there are under one. So half are bound for adoption, with a mean of 100 days, and of the others nobody: in
/// three years all but exp(-1096/100) of the half are adopted.
#[test]
fn the_opening_states_of_a_track_tell_the_plan() {
    let [left, home, order, none] = future(
        &planned(&[("legal", "order", "none")]),
        [(Flow, "a"), (Flow, "b"), (Stock, "s/order"), (Stock, "s/none")],
    );
    assert_eq!((order[0], none[0]), (100_000.0, 100_000.0), "as recorded");
    assert_adopted(&left, &home);
    assert_eq!(sum(&left[..12]), 100_000.0 - order[12], "adopted are those under orders");
}

#[track_caller]
fn assert_adopted(left: &[f64], home: &[f64]) {
    let (first, all) = (1.0 - (-30.0 / 100.0_f64).exp(), 1.0 - (-1096.0 / 100.0_f64).exp());
    assert_counted(left[0], 100_000.0, first, 0.0, "adopted in April");
    assert_counted(sum(left), 100_000.0, all, 0.0, "adopted in three years");
    assert_counted(home[0], 100_000.0, 1.0 - (-30.0 / 1000.0_f64).exp(), 0.0, "home in April");
}

/// Two tracks that follow the plan both: the recorded counts of each hold, and the two agree with each other.
#[test]
fn the_opening_states_of_two_tracks_tell_the_same_plan() {
    let tracks = [("legal", "order", "none"), ("place", "adoptive", "foster")];
    let items = [
        (Flow, "a"),
        (Flow, "b"),
        (Stock, "s/order"),
        (Stock, "s/none"),
        (Stock, "s/adoptive"),
        (Stock, "s/foster"),
    ];
    let [left, home, order, none, adoptive, foster] = future(&planned(&tracks), items);
    assert_eq!((order[0], none[0]), (100_000.0, 100_000.0), "as recorded");
    assert_eq!((adoptive[0], foster[0]), (100_000.0, 100_000.0), "as recorded");
    assert_adopted(&left, &home);
    assert_eq!(order, adoptive, "the same children");
    assert_eq!(none, foster, "the same children");
}

/// Where half of those with the plan start otherwise, the state tells the plan only in part. Of entrants 20% are bound
/// for adoption (100 days) and half of these are under an order: they are steady in proportion 0.2 x 100 x 0.5 = 10,
/// against 10 + 0.8 x 1000 = 810 in `none`. Of the recorded 50% in `none`, 10 of 810 are adopted.
#[test]
fn a_state_that_fits_two_plans_divides_as_they_do() {
    let text = planned(&[("legal", "order", "none")])
        .replace("adopt = { order = 1 }", "adopt = { order = 0.5, none = 0.5 }");
    let [left] = future(&text, [(Flow, "a")]);
    let due = (100_000.0 + 100_000.0 * 10.0 / 810.0) * (1.0 - (-1096.0 / 100.0_f64).exp());
    let spread = (100_000.0 * 10.0 / 810.0_f64).sqrt();
    Estimate { mean: sum(&left), error: spread }.assert_is(due, "adopted in three years");
}

fn planned(tracks: &[(&str, &str, &str)]) -> String {
    let exits = "exits.adopt = { to = \"a\", share = 0.2, time = { law = \"exponential\", mean = 100 } }\nexits.home = { to = \"b\", share = \"rest\", time = { law = \"exponential\", mean = 1000 } }\n";
    let opening: String =
        tracks.iter().map(|(track, x, y)| format!("tracks.{track} = {{ {x} = 0.5, {y} = 0.5 }}\n")).collect();
    let mut text = steady(exits, &opening, 3);
    for (track, adopted, other) in tracks {
        text += &format!(
            "[tracks.{track}]\nduring = [\"s\"]\nfirst = {{ by = \"plan\", adopt = {{ {adopted} = 1 }}, others = {{ {other} = 1 }} }}\n[tracks.{track}.states.{adopted}]\n[tracks.{track}.states.{other}]\n"
        );
    }
    let by: Vec<&str> = tracks.iter().map(|t| t.0).collect();
    text.replace("stages = [\"s\"]\n[flows", &format!("stages = [\"s\"]\nby = {by:?}\n[flows"))
}

/// Sixty days in one stage, three hundred in the next, a track beside both: its clock of a hundred days runs on, so each
/// child is in x for 100 days and in y for 260, and moves once, on day 100, 10 July.
#[test]
fn a_track_goes_on_between_its_stages() {
    let rest = r#"
[ages]
child = [0, 10]
[stages.one]
exits.on = { to = "two", time = { law = "fixed", length = 60 } }
[stages.two]
exits.out = { to = "out", time = { law = "fixed", length = 300 } }
[stages.away]
exits.back = { to = "three", time = { law = "fixed", length = 10 } }
[stages.three]
exits.out = { to = "out", time = { law = "fixed", length = 300 } }
[stages.out]
[opening.one]
count = 1000
fresh = true
[tracks.t]
during = ["one", "two", "three"]
first = { x = "rest" }
[tracks.t.states.x]
exits.go = { to = "y", time = { law = "fixed", length = 100 } }
[tracks.t.states.y]
[stocks.all]
title = "All"
stages = ["one", "two", "three"]
by = ["t"]
[flows.moves]
title = "Moves"
moves_in = "t"
"#;
    let text = text("2025-04-01", 2, rest);
    let items = [(Days, "all/x"), (Days, "all/y"), (Flow, "moves")];
    let [x, y, moves] = future(&text, items);
    assert_eq!((sum(&x), sum(&y)), (100_000.0, 260_000.0));
    assert_eq!((moves[3], sum(&moves)), (1000.0, 1000.0), "one move each, in July");
    // Ten days in a stage that it does not run beside end it; then it starts anew: 60 days in x, then 100, then 200 in y.
    let [x, y, moves] =
        future(&text.replace("exits.on = { to = \"two\"", "exits.on = { to = \"away\""), items);
    assert_eq!((sum(&x), sum(&y)), (160_000.0, 200_000.0));
    assert_eq!(sum(&moves), 1000.0);
    // A place in a pool goes along: 400 of the thousand find one, and hold it for their 100 days over both stages.
    let pooled = text.replace(
        "[tracks.t.states.x]\nexits.go",
        "[tracks.t.states.x]\npool = \"p\"\nif_full = \"y\"\nexits.go",
    );
    let later = pooled.replace("[opening.one]", "[stages.zero]\nexits.go = { to = \"one\", share = 1, time = { law = \"fixed\", length = 5 } }\n[pools.p]\nplaces = 400\n[opening.zero]");
    let [x, y, moves] = future(&later, items);
    assert_eq!((sum(&x), sum(&y)), (40_000.0, 320_000.0));
    assert_eq!(sum(&moves), 400.0);
}

/// A stage with stays of 200 days on average, exponential, which 100 enter a day: 20,000 are there. Its track begins in x and
/// goes to y.
fn with_track(law: &str, given: &str) -> String {
    let rest = format!(
        r#"
[ages]
young = [0, 30]
old = [30, 50]
[arrivals.a]
children_per_year = 36525
enters = "s"
ages = {{ old = 1 }}
[stages.s]
exits.o = {{ to = "o", time = {{ law = "exponential", mean = 200 }} }}
[stages.o]
[tracks.t]
during = ["s"]
first = {{ x = 1 }}
[tracks.t.states.x]
exits.m = {{ to = "y", time = {{ {law} }} }}
[tracks.t.states.y]
[opening.s]
count = 20000
ages = {{ old = 1 }}
{given}
[stocks.s]
title = "S"
stages = ["s"]
by = ["t"]
[flows.m]
title = "M"
moves_in = "t"
"#
    );
    text("2025-04-01", 1, &rest)
}

/// A child there has served s with density exp(-s / 200) / 200 and is in x with the chance S(s) that it has not moved: 10 / 210 of
/// 20,000 for an exponential of mean 10, 1 - exp(-L / 200) for a fixed length L. Said of the track or not, what is steady stays so:
/// every day 100 x the chance to move before leaving the stage do so, 1 - 10 / 210 or exp(-L / 200). Years of 365 days have 99.93 entries
/// a day for 100, and February 28: the bound for tracks, 2 in 1000 of the stock, holds that.
#[test]
fn a_steady_stage_with_a_track_is_steady_from_the_first_day() {
    let exponential = 10.0 / 210.0;
    let fixed = |length: f64| 1.0 - (-length / 200.0).exp();
    for (law, in_x, moves) in [
        ("law = \"exponential\", mean = 10", exponential, 200.0 / 210.0),
        ("law = \"fixed\", length = 60", fixed(60.0), 1.0 - fixed(60.0)),
        ("law = \"fixed\", length = 100", fixed(100.0), 1.0 - fixed(100.0)),
    ] {
        let count = (in_x * 20_000.0).round();
        let given = format!("tracks.t = {{ x = {count}, y = {} }}", 20_000.0 - count);
        for given in ["", &given] {
            let futures = Futures::of(&with_track(law, given), 40, [(Stock, "s/x"), (Flow, "m")]);
            for (month, days) in [30.0, 31.0, 30.0, 31.0, 31.0].into_iter().enumerate() {
                let stock = futures.mean(|f| f[0][month]);
                stock.assert_within(in_x * 20_000.0, 40.0, format!("in x in month {month}: {law}; {given}"));
                let flow = futures.mean(|f| f[1][month]);
                let due = 100.0 * moves * days;
                flow.assert_within(due, 40.0, format!("leave x in month {month}: {law}; {given}"));
            }
        }
    }
}

/// A pace of the past that acts on one stage changes nobody in another, whatever the law there.
#[test]
fn a_pace_of_the_past_changes_no_opening_that_it_does_not_reach() {
    let mut rest = String::from("[ages]\nall = [0, 10]\n[stages.done]\n");
    for (name, law) in [
        ("other", "\"exponential\", mean = 300"),
        ("fixed", "\"fixed\", length = 2000"),
        ("weibull", "\"weibull\", shape = 3, scale = 300"),
        ("triangular", "\"triangular\", low = 0, mode = 100, high = 600"),
    ] {
        rest += &format!(
            "[stages.{name}]\nexits.a = {{ to = \"done\", time = {{ law = {law} }} }}\n[opening.{name}]\ncount = 100\n\
             ages = {{ all = 1 }}\n[stocks.{name}]\ntitle = \"{name}\"\nstages = [\"{name}\"]\n"
        );
    }
    let pace = "[interventions.i]\ntitle = \"I\"\nfrom = 2024-04-01\nramp_up_months = 24\nreaches = { stage = \"other\" }\n\
                effects = [{ exit = \"a\", pace_times = 2 }]\n";
    let items = [(Days, "other"), (Days, "fixed"), (Days, "weibull"), (Days, "triangular")];
    let without = Futures::of(&text("2025-04-01", 2, &rest), 3, items);
    let with = Futures::of(&text("2025-04-01", 2, &(rest + pace)), 3, items);
    for (without, with) in without.each().zip(with.each()) {
        assert!(with[0] != without[0], "it acts where it acts");
        assert_eq!(with[1..], without[1..]);
    }
}
