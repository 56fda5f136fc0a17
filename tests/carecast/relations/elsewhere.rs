//! The same somewhere else in time: a scenario that starts in another year or month says the same of its own days.

use super::tree::{edit, set};
use super::{FEW, MANY, assert_alike, for_many, results};
use crate::made_up::MadeUp;

/// Every year in a text so many years later. Numbers that are no years are smaller than 2000 there.
fn years_later(text: &str, years: i32) -> String {
    let shifted =
        |word: &str| word.parse::<i32>().ok().filter(|y| (2015..2060).contains(y)).map(|y| y + years);
    let mut later = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() {
            word.push(c);
            continue;
        }
        later += &shifted(&word).map_or(word.clone(), |y| y.to_string());
        word.clear();
        later.push(c);
    }
    // The price base names two years: "2025-26".
    let (first, second) = (2025 + years, (26 + years) % 100);
    later.replace(&format!("\"{first}-26\""), &format!("\"{first}-{second:02}\""))
}

/// Finds dates that are counted from a fixed day, leap years that are taken from the wrong year, seasons and prices that
/// follow the number of the year. Four years and twenty-eight later the calendar is the same.
#[test]
fn the_same_calendar_years_later_brings_the_same() {
    for_many(MANY, |made| {
        let base = results(&made.whole());
        for years in [4, 28] {
            results(&years_later(&made.whole(), years)).assert_same(&base.clone().later(years));
        }
    });
}

/// Finds the same where all years are alike: one year later in the plain calendar.
#[test]
fn a_year_later_in_the_plain_calendar_brings_the_same() {
    for_many(MANY, |made| {
        let text = set(&made.whole(), "simulation.calendar", "\"plain\"");
        for years in [1, 2, 3] {
            let later = results(&years_later(&text, years));
            let base = results(&text);
            assert_eq!(later.names(), base.names());
            // By position, where dates of the plain calendar fall on another day of the week or month.
            for (item, points) in &base.0 {
                let values =
                    |points: &[(time::Date, [f64; 4])]| points.iter().map(|p| p.1).collect::<Vec<_>>();
                assert_eq!(values(points), values(&later.0[item]), "{item:?}, {years} years later");
            }
        }
    });
}

/// Finds months of unlike length that lose children: a year later in the calendar as it is, the leap day is in another
/// year, and what is said for a year comes in a year all the same. A day in 366 is the most that anything can move.
#[test]
fn a_year_later_brings_the_same_but_for_the_leap_day() {
    for_many(FEW, |made| {
        let made = MadeUp { drift: false, ..made };
        // A quota of a part of a year is rounded to whole families, and a fade ends on another day.
        let text = edit(&(made.text() + &made.more()), |tree| _ = tree.remove("interventions"));
        super::assert_means(&text, 1.0, &years_later(&text, 1), 1.0 / 365.0, |_| true);
    });
}

/// A scenario at rest: no growth, no season, no plan.
fn at_rest(made: &MadeUp) -> String {
    let text = made.text() + &made.more();
    let text = edit(&text, |tree| {
        tree.remove("interventions");
        for (_, stream) in super::tree::at(tree, "arrivals").iter_mut() {
            let stream = stream.as_table_mut().expect("a table");
            stream.remove("growth");
            stream.remove("seasonality");
        }
        for (_, line) in super::tree::at(tree, "costs").iter_mut() {
            line.as_table_mut().expect("a table").remove("growth");
        }
        if let Some(openings) = tree.get_mut("opening").and_then(toml::Value::as_table_mut) {
            for (_, opening) in openings.iter_mut() {
                opening.as_table_mut().expect("a table").remove("entries_by_year");
            }
        }
    });
    text.replace("years = 4", "years = 2")
}

/// Finds part years that are lost, or priced or fed in another way: with nothing that depends on the date, another
/// first month changes no mean. In two years the number of leap days may differ: one day in 730.
#[test]
fn another_first_month_changes_no_mean_where_nothing_depends_on_the_date() {
    for_many(FEW, |made| {
        let made = MadeUp { drift: false, ..made };
        let text = at_rest(&made);
        for start in ["2026-10-01", "2026-01-01"] {
            let other = text.replace("2026-04-01", start);
            super::assert_means(&text, 1.0, &other, 1.0 / 365.0, |_| true);
        }
    });
}

/// Finds the plain calendar's own mistakes: at rest it brings what the calendar of days does, within a quarter of a
/// day a year.
#[test]
fn the_plain_calendar_brings_what_the_other_does() {
    for_many(FEW, |made| {
        let made = MadeUp { drift: false, ..made };
        let text = at_rest(&made);
        let plain = set(&text, "simulation.calendar", "\"plain\"");
        super::assert_means(&text, 1.0, &plain, 1.0 / 365.0, |_| true);
    });
}

/// Finds effects and costs that begin at a wrong time: what began before the first day, and is in full force, is as
/// what begins on it.
#[test]
fn what_began_long_ago_is_there_from_the_first_day() {
    for_many(MANY, |made| {
        // Of an opening caseload it says something else: an old pace has thinned it already.
        let made = MadeUp { opening: false, ..made };
        let plan = |from: &str| {
            let plan = made.interventions(from, false, false);
            plan.lines().filter(|l| !l.starts_with("ramp")).map(|l| format!("{l}\n")).collect::<String>()
        };
        let now = results(&(made.text() + &plan("2026-04-01")));
        now.assert_same(&results(&(made.text() + &plan("2019-07-15"))));
    });
}

/// Two intervention tables, one after the other in time, in the place of one.
fn split_in_two(plan: &str, first_ends: &str, second_starts: &str) -> String {
    let mut text = String::new();
    for table in plan.split("[interventions.").skip(1) {
        let (name, rest) = table.split_once(']').expect("a heading");
        let rest: String =
            rest.lines().filter(|l| !l.starts_with("cost")).map(|l| format!("{l}\n")).collect();
        text += &format!("[interventions.{name}_a]{rest}");
        text = text.replacen(
            &format!("[interventions.{name}_a]\n"),
            &format!("[interventions.{name}_a]\nuntil = {first_ends}\n"),
            1,
        );
        text += &format!("[interventions.{name}_b]{}", from(&rest, second_starts));
    }
    text
}

fn from(table: &str, date: &str) -> String {
    table
        .lines()
        .map(|l| if l.starts_with("from") { format!("from = {date}\n") } else { format!("{l}\n") })
        .collect()
}

/// Finds days that belong to neither of two dates, or to both; effects that go on after the last day. In full
/// force and with everybody taking it up, one intervention is two that follow on each other.
#[test]
fn an_intervention_split_in_two_at_a_date_changes_no_figure() {
    let plan = r#"
[interventions.turn]
title = "Turn"
from = 2026-10-01
reaches = { stage = "s0" }
effects = [{ exit = "e0", share_times = 0.6 }]
[interventions.longer]
title = "Longer"
from = 2026-10-01
reaches = { stage = "s2" }
effects = [{ time_times = 1.7 }]
[interventions.fewer]
title = "Fewer"
from = 2026-10-01
effects = [{ arrivals = "families", arrivals_times = 0.7 }]
[interventions.faster]
title = "Faster"
from = 2026-10-01
reaches = { stage = "s5" }
effects = [{ exit = "e0", pace_times = 2.5 }]
"#;
    let beds = "[interventions.beds]\ntitle = \"Beds\"\nfrom = 2026-10-01\neffects = [{ pool = \"beds\", adds_places = 5 }]\n";
    for_many(MANY, |made| {
        let plan = if made.pools { format!("{plan}{beds}") } else { plan.to_owned() };
        let whole = made.text() + &plan;
        let halves = made.text() + &split_in_two(&plan, "2028-05-13", "2028-05-14");
        results(&whole).without_interventions().assert_same(&results(&halves).without_interventions());
    });
}

/// Finds a last day that is not the last: of the whole time is as of no end.
#[test]
fn an_intervention_that_ends_with_the_simulation_has_no_end() {
    for_many(MANY, |made| {
        let plan = made.interventions("2027-04-01", false, false);
        let open: String = plan
            .lines()
            .filter(|l| !l.starts_with("until") && !l.starts_with("fade"))
            .map(|l| format!("{l}\n"))
            .collect();
        let ends = open.replace("from = \"2027-04-01\"", "from = \"2027-04-01\"\nuntil = \"2030-03-31\"");
        // Whether a stay that goes on beyond the end would have ended elsewhere is another matter.
        let kept = |text: String| results(&text).only(|_, item| !item.starts_with("moved/"));
        kept(made.text() + &open).assert_same(&kept(made.text() + &ends));
    });
}

/// Finds families that depend on the name of their stream by more than their draws.
#[test]
fn a_scenario_is_like_itself_under_another_name_of_its_streams() {
    for_many(FEW, |made| {
        let text = made.whole();
        let other = text
            .replace("arrivals.families", "arrivals.relatives")
            .replace("arrivals = \"families\"", "arrivals = \"relatives\"");
        assert_alike(&text, &other);
    });
}
