//! What nobody reaches, and what does nothing, changes nothing: to the last bit of every figure that was there before.

use toml::{Table, Value};

use super::tree::{at, edit, parsed, reverse};
use super::{MANY, assert_changes_nothing, assert_idle, for_many, results};
use crate::made_up::MadeUp;

/// Tries a piece of text on scenarios of every kind.
fn idle(more: &str) {
    for_many(MANY, |made| assert_idle(&made.whole(), more));
}

/// Finds draws and counters keyed by the number of stages.
#[test]
fn a_stage_that_nobody_reaches_changes_nothing() {
    idle(
        "[stages.nowhere]\nexits.a = { to = \"s0\", share = 0.5, time = { law = \"exponential\", mean = 3 } }\nexits.b = { to = \"s3\", share = \"rest\", time = { law = \"fixed\", length = 3 } }\nbirthday = { age = 18, to = \"aged\" }\n",
    );
}

/// Finds tracks that shift the draws of others.
#[test]
fn a_track_beside_a_stage_that_nobody_reaches_changes_nothing() {
    idle(
        "[stages.nowhere]\nexits.a = { to = \"s0\", time = { law = \"exponential\", mean = 3 } }\n[tracks.aside]\nduring = [\"nowhere\"]\nfirst = { x = 1 }\n[tracks.aside.states.x]\npool = \"aside\"\nif_full = \"wait\"\n[pools.aside]\nplaces = 1\n",
    );
}

/// Finds tracks that shift the draws of the stages they run beside.
#[test]
fn a_track_that_is_only_looked_at_changes_nothing_else() {
    idle(
        "[tracks.aside]\nduring = [\"s0\", \"s2\", \"s3\", \"s6\"]\nfirst = { x = 0.5, y = \"rest\" }\n[tracks.aside.states.x]\nexits.go = { to = \"y\", time = { law = \"exponential\", mean = 30 } }\n[tracks.aside.states.y]\nexits.go = { to = \"x\", time = { law = \"exponential\", mean = 30 } }\n",
    );
}

#[test]
fn a_pool_that_no_stage_uses_changes_nothing() {
    idle(
        "[pools.nobodys]\nplaces = { best = 5, low = 3, high = 9 }\n[interventions.nobodys]\ntitle = \"Nobody's\"\nfrom = 2027-01-01\neffects = [{ pool = \"nobodys\", adds_places = 7 }]\n",
    );
}

/// Finds parameters drawn in sequence, where they should be keyed by their path.
#[test]
fn a_number_that_nothing_uses_changes_nothing() {
    idle("[parameters.unused]\nvalue = { best = 0.3, low = 0.1, high = 0.5 }\n");
}

/// Finds counting that disturbs what it counts.
#[test]
fn more_counts_and_more_costs_change_nothing_else() {
    let more = "[stocks.more]\ntitle = \"More\"\nstages = [\"s2\", \"s6\"]\nby = [\"age\", \"cohort\"]\n[flows.others]\ntitle = \"More\"\nout_of = [\"s0\", \"s6\"]\nby_exit = true\n[costs.more]\ntitle = \"More\"\nbehaves = \"varies\"\nbasis = \"case\"\ncharges.a = { per_week = { best = 10, low = 5, high = 30 }, of = [\"s2\"] }\n";
    for_many(MANY, |made| {
        let base = results(&made.whole()).only(|_, item| !item.starts_with("total"));
        let with = results(&(made.whole() + more));
        base.assert_same(&with.only(|measure, item| base.0.contains_key(&(measure, item.to_owned()))));
    });
}

/// Finds a rate that wanders though its drift says by nothing.
#[test]
fn a_drift_of_nought_changes_nothing() {
    idle(
        "[drift.still]\nmoves = [\"stages.s6.exits.e0.share\", \"arrivals.others\", \"stages.s7.exits.e0.pace\"]\nsd = 0\npersistence = 0.5\n",
    );
}

/// An exit added to a stage, in front of the others or behind them.
fn with_exit(text: &str, stage: &str, exit: &str, in_front: bool) -> String {
    edit(text, |tree| {
        let exits = at(tree, &format!("stages.{stage}.exits"));
        if in_front {
            reverse(exits);
        }
        exits.insert("never".to_owned(), parsed(exit));
        if in_front {
            reverse(exits);
        }
    })
}

/// Finds a lottery whose draws move with the number of exits.
#[test]
fn an_exit_with_a_share_of_nought_changes_nothing() {
    for_many(MANY, |made| {
        let text = made.whole();
        for in_front in [true, false] {
            for stage in ["s0", "s3", "s6"] {
                let exit = "{ to = \"s2\", share = 0, time = { law = \"exponential\", mean = 9 } }";
                assert_changes_nothing(&text, &with_exit(&text, stage, exit, in_front));
            }
            assert_changes_nothing(&text, &with_exit(&text, "s1", "{ to = \"s2\", share = 0 }", in_front));
        }
    });
}

/// Finds a race whose draws move with the number of exits. That (8 / 1000)^20 of children take it is never seen.
#[test]
fn an_exit_of_a_race_that_takes_a_thousand_years_changes_nothing() {
    for_many(MANY, |made| {
        let exit =
            "{ to = \"s0\", time = { law = \"weibull\", shape = 20, scale = 1000, unit = \"years\" } }";
        for in_front in [true, false] {
            for stage in ["s2", "s4", "s7"] {
                assert_changes_nothing(&made.whole(), &with_exit(&made.whole(), stage, exit, in_front));
            }
        }
    });
}

/// Finds classes told apart by how many there are.
#[test]
fn a_cohort_and_a_need_that_nobody_has_change_nothing() {
    for_many(MANY, |made| {
        let with = edit(&made.whole(), |tree| {
            at(tree, "cohorts").insert("nobodys".to_owned(), Value::Table(Table::new()));
            at(tree, "needs").insert("nobodys".to_owned(), parsed("{ share = 0 }"));
            let share = at(tree, "stages.s6.exits.e0.share");
            share.insert("nobodys".to_owned(), Value::from(0.9));
            at(tree, "stages.s1.exits.e1.share").insert("nobodys".to_owned(), Value::from(0.1));
            at(tree, "costs.late.charges.week.per_week").insert("nobodys".to_owned(), Value::from(9));
        });
        assert_changes_nothing(&made.whole(), &with);
    });
}

/// Finds services that act before their first day, or count a day wrong. The plan starts on the last day.
#[test]
fn what_starts_on_the_last_day_changes_nothing_before_it() {
    let last = time::macros::date!(2030 - 02 - 28);
    for_many(MANY, |made| {
        let plan = made.interventions("2030-03-01", false, false);
        let base = results(&made.text()).until(last);
        let with = results(&(made.text() + &without_ends(&plan)));
        let with = with.until(last).only(|measure, item| base.0.contains_key(&(measure, item.to_owned())));
        base.assert_same(&with);
    });
}

fn without_ends(plan: &str) -> String {
    plan.lines()
        .filter(|l| !l.starts_with("until") && !l.starts_with("fade"))
        .map(|l| format!("{l}\n"))
        .collect()
}

/// Finds an effect of nought that takes a branch of its own.
#[test]
fn interventions_without_effect_change_no_figure() {
    for_many(MANY, |made| {
        let with = made.text() + &made.interventions("2026-10-01", true, true);
        let base = results(&made.text()).only(|_, item| !item.starts_with("total"));
        base.assert_same(&results(&with).only(|m, item| base.0.contains_key(&(m, item.to_owned()))));
    });
}

/// Finds services that are asked for help by those they do not reach.
#[test]
fn a_service_that_reaches_nobody_changes_nothing() {
    let service = "[cohorts.nobodys]\n[interventions.nobodys]\ntitle = \"Nobody's\"\nfrom = 2026-04-01\nreaches = { stage = \"s2\", cohorts = [\"nobodys\"] }\nplaces = 1\nmonths_per_place = 24\nwhen_full = \"wait\"\neffects = [{ exit = \"e0\", time_times = 0.1 }]\n";
    for_many(MANY, |made| {
        let plain = made.whole();
        // Its doors are there, and nobody stands at them: in the stage are those who were there before.
        let with = super::tree::set(&plain, "stages.s6.exits.e0.share.nobodys", "0.3");
        assert_changes_nothing(&plain, &(with + service));
    });
}

/// Finds earlier results that know how long the simulation will go on.
#[test]
fn a_longer_horizon_changes_nothing_before_the_end() {
    let last = time::macros::date!(2030 - 03 - 31);
    for_many(MANY, |made| {
        let longer = made.whole().replace("years = 4", "years = 6");
        let base = results(&made.whole());
        base.assert_same(&results(&longer).until(last));
    });
}

/// Finds places, families or children that are not counted out.
#[test]
fn a_birthday_that_nobody_lives_to_see_changes_nothing() {
    for_many(MANY, |made| {
        let made = MadeUp { birthdays: false, ..made };
        let with = edit(&made.whole(), |tree| {
            for stage in ["s0", "s2", "s3", "s4", "s5", "s6", "s7"] {
                let stage = at(tree, &format!("stages.{stage}"));
                stage.insert("birthday".to_owned(), parsed("{ age = 60, to = \"aged\" }"));
            }
        });
        assert_changes_nothing(&made.whole(), &with);
    });
}
