//! Interventions said in another way.

use super::tree::{at, edit, set};
use super::{FEW, MANY, Results, assert_means, assert_said_otherwise, for_many, results};
use crate::made_up::MadeUp;

fn plan(name: &str, rest: &str) -> String {
    format!("[interventions.{name}]\ntitle = \"{name}\"\nfrom = 2027-01-01\n{rest}\n")
}

/// What a service does to children and what it costs, without its line.
fn effect(text: &str) -> Results {
    results(text).only(|_, item| !item.ends_with("waiting"))
}

/// Finds children who are reached, counted or charged otherwise where a service has places: with places for all, at once
/// or by the year, with refusal or waiting, it is one without a limit.
#[test]
fn a_service_with_places_for_all_is_one_without_places() {
    for_many(MANY, |made| {
        for reaches in ["s0", "s2", "s3", "s6"] {
            let service = |limit: &str| {
                let rest = format!(
                    "reaches = {{ stage = \"{reaches}\" }}\ntake_up = 0.7\n{limit}effects = [{{ time_times = 0.6 }}]\ncost = {{ per_year = 100, per_child = 10, per_family = 3 }}"
                );
                made.text() + &made.more() + &plan("service", &rest)
            };
            let free = effect(&service(""));
            for limit in [
                "places = 100000\nmonths_per_place = 6\n",
                "places = 100000\nmonths_per_place = 6\nwhen_full = \"wait\"\n",
                "places_per_year = 100000\n",
            ] {
                free.assert_same(&effect(&service(limit)).with_nobody_waiting_for("service"));
            }
        }
    });
}

/// The same for a service beside a track.
#[test]
fn a_service_in_a_track_with_places_for_all_is_one_without_places() {
    for_many(MANY, |made| {
        let made = MadeUp { tracks: true, ..made };
        let service = |limit: &str| {
            let rest = format!(
                "reaches = {{ stage = \"place.b\" }}\n{limit}effects = [{{ time_times = 0.6 }}]\ncost = {{ per_child = 10, per_family = 3 }}"
            );
            made.text() + &made.more() + &plan("service", &rest)
        };
        let free = effect(&service(""));
        let room_for_all = service("places = 100000\nmonths_per_place = 6\nwhen_full = \"wait\"\n");
        free.assert_same(&effect(&room_for_all).with_nobody_waiting_for("service"));
        free.assert_same(&effect(&service("places_per_year = 100000\n")));
    });
}

/// Finds effects that are not multiplied: in full force two interventions of factors a and b are one of a x b.
#[test]
fn two_interventions_on_arrivals_are_one_of_both_factors() {
    for_many(MANY, |made| {
        let times = |name: &str, factor: f64| {
            plan(name, &format!("effects = [{{ arrivals = \"families\", arrivals_times = {factor} }}]"))
        };
        let two = made.text() + &times("a", 0.5) + &times("b", 1.5);
        let one = made.text() + &times("a", 0.75);
        results(&one).without_interventions().assert_same(&results(&two).without_interventions());
    });
}

/// The same for times, and for the shares of an exit.
#[test]
fn two_interventions_on_an_exit_are_one_of_both_factors() {
    for_many(MANY, |made| {
        let acts = |name: &str, effect: &str| {
            plan(name, &format!("reaches = {{ stage = \"s3\" }}\neffects = [{{ exit = \"e0\", {effect} }}]"))
        };
        for kind in ["time_times", "share_times", "pace_times"] {
            if kind == "pace_times" && !made.siblings {
                continue;
            }
            let with = |name: &str, factor: f64| acts(name, &format!("{kind} = {factor}"));
            let two = made.text() + &with("a", 0.5) + &with("b", 1.5);
            let one = made.text() + &with("a", 0.75);
            results(&one).without_interventions().assert_same(&results(&two).without_interventions());
        }
    });
}

/// Finds who is reached that should not be: for general and for special children apart is for all.
#[test]
fn an_intervention_for_each_cohort_is_one_for_all() {
    for_many(MANY, |made| {
        let for_whom = |name: &str, whom: &str, effect: &str| {
            plan(name, &format!("reaches = {{ stage = \"s3\"{whom} }}\neffects = [{effect}]"))
        };
        for effect in [
            "{ time_times = 0.5 }",
            "{ exit = \"e0\", share_times = 0.5 }",
            "{ exit = \"e0\", pace_times = 2 }",
        ] {
            let all = made.text() + &for_whom("a", "", effect);
            for (what, one, other) in [
                ("cohorts", "general", "special"),
                ("needs", "standard", "complex"),
                ("ages", "young", "old"),
            ] {
                if what == "ages" && effect.contains("pace") {
                    // One that grows older within its spell is met by both.
                    continue;
                }
                let apart = made.text()
                    + &for_whom("a", &format!(", {what} = [\"{one}\"]"), effect)
                    + &for_whom("b", &format!(", {what} = [\"{other}\"]"), effect);
                results(&all).without_interventions().assert_same(&results(&apart).without_interventions());
            }
        }
    });
}

/// Finds factors of 1 that are not nothing.
#[test]
fn a_range_around_one_that_is_no_range_is_no_effect() {
    for_many(MANY, |made| {
        let effects = "effects = [{ exit = \"e0\", share_times = 1 }, { time_times = 1 }]";
        let with = made.text()
            + &plan(
                "a",
                &format!("reaches = {{ stage = \"s3\" }}\nplaces = 3\nmonths_per_place = 2\n{effects}"),
            );
        results(&made.text()).without_interventions().assert_same(&results(&with).without_interventions());
    });
}

/// Finds those diverted who go astray: where there are two exits, those diverted from one go to the other, said or not.
#[test]
fn those_turned_away_go_to_the_exit_that_is_left() {
    for_many(FEW, |made| {
        let base = made.text() + &made.more();
        let base = edit(&base, |tree| _ = at(tree, "interventions").remove("held"));
        let turn = |instead: &str| {
            base.clone()
                + &plan(
                    "turn",
                    &format!(
                        "reaches = {{ stage = \"s6\" }}\ntake_up = 0.6\neffects = [{{ exit = \"e0\", share_times = 0.4{instead} }}]"
                    ),
                )
        };
        assert_means(&turn(""), 1.0, &turn(", instead = \"e1\""), 0.0, |_| true);
    });
}

/// Finds a take-up that is not a chance: at 0.5 and no effect lost, 0.5 of a factor 0.4 on a share is a factor 0.7 for all.
#[test]
fn half_take_up_of_an_effect_is_half_the_effect_on_a_share() {
    for_many(FEW, |made| {
        let base = edit(&(made.text() + &made.more()), |tree| _ = at(tree, "interventions").remove("held"));
        let turn = |take_up: f64, times: f64| {
            base.clone()
                + &plan(
                    "turn",
                    &format!(
                        "reaches = {{ stage = \"s6\" }}\ntake_up = {take_up}\neffects = [{{ exit = \"e0\", share_times = {times} }}]"
                    ),
                )
        };
        let kept = |item: &super::Item| !item.1.starts_with("reached/") && !item.1.starts_with("moved/");
        assert_means(&turn(0.5, 0.4), 1.0, &turn(1.0, 0.7), 0.0, kept);
    });
}

/// Finds places that are given to nobody, or to too many: a service in full demand takes as many as it has, a place each
/// month, whatever the order in which they are held.
#[test]
fn a_service_never_takes_more_than_its_places_turn_over() {
    for_many(MANY, |made| {
        for wait in ["", "when_full = \"wait\"\n"] {
            let service = plan(
                "few",
                &format!(
                    "reaches = {{ stage = \"s0\" }}\nplaces = 3\nmonths_per_place = 1\n{wait}effects = [{{ time_times = 0.9 }}]"
                ),
            );
            let said = results(&(made.text() + &service));
            let reached = &said.0[&(carecast::experiment::summary::Measure::Flow, "reached/few".to_owned())];
            for (date, [.., most]) in reached {
                // A month of 31 days has room for one month of 30.44 days and the start of another.
                assert!(*most <= 6.0, "{most} in a month on {date}");
            }
            // Three places, 39 months, and one more for each place at the end.
            let whole: f64 = reached.iter().map(|p| p.1[0]).sum();
            assert!(whole <= 3.0 * 40.0, "{whole} in all");
        }
    });
}

/// Finds the places of a service that go by where it stands in the file: two services that reach nobody in common can be
/// listed either way round.
#[test]
fn services_that_share_nobody_do_not_know_of_each_other() {
    for_many(MANY, |made| {
        let few = |name: &str, cohort: &str| {
            plan(
                name,
                &format!(
                    "reaches = {{ stage = \"s0\", cohorts = [\"{cohort}\"] }}\nplaces = 2\nmonths_per_place = 2\nwhen_full = \"wait\"\neffects = [{{ time_times = 0.5 }}]\ncost = {{ per_child = 5 }}"
                ),
            )
        };
        let one = made.text() + &few("general", "general") + &few("special", "special");
        let other = made.text() + &few("special", "special") + &few("general", "general");
        assert_said_otherwise(&one, &other);
    });
}

/// Take-up of 1 is no take-up at all; so is a range from 1 to 1 that nobody would write.
#[test]
fn a_take_up_of_one_need_not_be_said() {
    for_many(MANY, |made| {
        let rest = "reaches = { stage = \"s3\" }\nplaces = 4\nmonths_per_place = 3\nwhen_full = \"wait\"\neffects = [{ time_times = 0.5 }]\ncost = { per_child = 5 }";
        let without = made.text() + &plan("a", rest);
        assert_said_otherwise(&without, &set(&without, "interventions.a.take_up", "1"));
    });
}
