//! The same said at greater length, or in fewer words.

use toml::Value;

use super::tree::{at, each, edit, has, parsed, set};
use carecast::experiment::summary::Measure;

use super::{FEW, MANY, assert_alike, assert_changes_nothing, assert_said_otherwise, for_many, results};
use crate::made_up::MadeUp;

/// Finds defaults that are not what the documentation says.
#[test]
fn what_is_said_anyway_need_not_be_said() {
    for_many(MANY, |made| {
        let said = edit(&made.whole(), |tree| {
            let others = at(tree, "arrivals.others");
            others.insert("growth".to_owned(), Value::from(0));
            others.insert("family_sizes".to_owned(), parsed("{ 1 = 1.0 }"));
            at(tree, "stages.s6.exits.e0").insert("pace".to_owned(), Value::from(1));
            at(tree, "costs.late").insert("growth".to_owned(), Value::from(0));
            let held = at(tree, "interventions.held");
            held.insert("ramp_up_months".to_owned(), Value::from(0));
            if !held.contains_key("take_up") {
                held.insert("take_up".to_owned(), Value::from(1));
            }
            let reach = at(tree, "interventions.held.reaches");
            reach.insert("ages".to_owned(), parsed("[\"young\", \"old\"]"));
            reach.insert("cohorts".to_owned(), parsed("[\"special\", \"general\"]"));
        });
        assert_said_otherwise(&made.whole(), &said);
    });
}

/// Finds twelve factors of 1 that are not a level service.
#[test]
fn twelve_factors_of_one_are_no_season() {
    for_many(MANY, |made| {
        let level =
            set(&made.whole(), "arrivals.families.seasonality", "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
        assert_said_otherwise(&made.whole(), &level);
    });
}

/// Finds rows of tables that are mixed up: a number in a table that says the same for all is that number.
#[test]
fn a_table_that_says_the_same_for_all_is_one_number() {
    for_many(MANY, |made| {
        let said = edit(&made.whole(), |tree| {
            each(tree, "", &mut |path, table| {
                let exit = path.starts_with("stages.") && path.split('.').count() == 4;
                if let Some(time) = table.get("time").filter(|t| exit && t.get("by").is_none()).cloned() {
                    let mut by = parsed("{ by = \"age\" }");
                    by.as_table_mut().expect("a table").insert("young".to_owned(), time.clone());
                    by.as_table_mut().expect("a table").insert("others".to_owned(), time);
                    table.insert("time".to_owned(), by);
                }
                if let Some(share) = table.get("share").filter(|s| exit && s.is_float()).cloned() {
                    let mut by = parsed("{ by = \"need\" }");
                    by.as_table_mut().expect("a table").insert("complex".to_owned(), share.clone());
                    by.as_table_mut().expect("a table").insert("standard".to_owned(), share);
                    table.insert("share".to_owned(), by);
                }
            });
        });
        // A range said twice is two numbers, drawn apart: only exact ones are compared. The opening caseload is tabulated row
        // by row, within a stated error that differs between the two.
        let (plain, said) = (without_ranges(&made.whole()), without_ranges(&said));
        if made.opening { assert_alike(&plain, &said) } else { assert_said_otherwise(&plain, &said) }
    });
}

/// The best estimate in the place of each range.
fn without_ranges(text: &str) -> String {
    edit(text, |tree| {
        each(tree, "", &mut |_, table| {
            let keys: Vec<String> = table.iter().map(|(k, _)| k.clone()).collect();
            for key in keys {
                let best = table[&key].as_table().and_then(|t| t.get("best")).cloned();
                if let Some(best) = best {
                    table.insert(key, best);
                }
            }
        });
    })
}

/// Finds numbers that are blended at the wrong end: between a and b at weight 0.25 is that number.
#[test]
fn a_blend_with_an_exact_weight_is_a_number() {
    for_many(MANY, |made| {
        let blend =
            set(&made.whole(), "arrivals.others.children_per_year", "{ between = [50, 90], weight = \"w\" }")
                + "[parameters.w]\nvalue = 0.25\n";
        assert_said_otherwise(&made.whole(), &blend);
    });
}

/// Finds ages that depend on how they are banded: a band split in two with the same numbers in both. Opening
/// caseloads are counted out by band, so there is none here.
#[test]
fn an_age_band_split_in_two_changes_nothing() {
    for_many(MANY, |made| {
        let made = MadeUp { opening: false, ..made };
        let split = edit(&made.whole(), |tree| {
            let ages = at(tree, "ages");
            ages.insert("old".to_owned(), parsed("[8, 13]"));
            ages.insert("older".to_owned(), parsed("[13, 18]"));
            each(tree, "", &mut |path, table| {
                if path.rsplit_once('.').is_some_and(|(_, last)| last == "ages") {
                    let share = table["old"].as_float().expect("a share");
                    table.insert("old".to_owned(), Value::from(share / 2.0));
                    table.insert("older".to_owned(), Value::from(share / 2.0));
                } else if let Some(old) = table.get("old").filter(|_| table.contains_key("by")).cloned() {
                    table.insert("older".to_owned(), old);
                }
                if let Some(Value::Array(bands)) = table.get_mut("ages")
                    && bands.iter().any(|b| b.as_str() == Some("old"))
                {
                    bands.push(Value::from("older"));
                }
            });
        });
        let split = without_ranges(&split);
        let base = results(&without_ranges(&made.whole())).only(|_, item| !item.contains("/age_"));
        base.assert_same(&results(&split).only(|_, item| !item.contains("/age_")));
    });
}

/// Finds visits, plans and refusals that are lost where a child is passed on at once: a decision with one way out put
/// in between two stages.
#[test]
fn a_decision_with_one_way_out_in_between_changes_nothing() {
    for_many(MANY, |made| {
        for stage in ["s3", "s4", "s2"] {
            let between = edit(&made.whole(), |tree| {
                each(tree, "", &mut |path, table| {
                    let exit = path.starts_with("stages.") && path.split('.').count() == 4;
                    if exit && table.get("to").and_then(Value::as_str) == Some(stage) {
                        table.insert("to".to_owned(), Value::from("between"));
                    }
                });
            }) + &format!("[stages.between]\nexits.on = {{ to = \"{stage}\", share = 1 }}\n");
            // Between two stages that it counts as one, a child is outside both for no time.
            let kept = |_: Measure, item: &str| !item.starts_with("away") && !["in", "s3"].contains(&item);
            results(&made.whole()).only(kept).assert_same(&results(&between).only(kept));
        }
    });
}

/// Finds the same at the door by which children arrive.
#[test]
fn arriving_at_a_decision_with_one_way_out_changes_nothing() {
    for_many(MANY, |made| {
        let between = set(&made.whole(), "arrivals.others.enters", "\"between\"")
            + "[stages.between]\nexits.on = { to = \"further\", share = 1 }\n[stages.further]\nexits.on = { to = \"s6\", share = 1 }\n";
        assert_changes_nothing(&made.whole(), &between);
    });
}

/// Finds stays until an age, in a race with others, that end otherwise than by a birthday: time served of the opening
/// caseload among them.
#[test]
fn an_exit_that_waits_for_an_age_is_a_birthday() {
    for_many(FEW, |made| {
        let birthday = edit(&made.whole(), |tree| {
            at(tree, "stages.s7.exits").remove("e1");
            at(tree, "stages.s7")
                .insert("birthday".to_owned(), parsed("{ age = 18, to = \"out\", exit = \"e1\" }"));
        });
        assert_alike(&made.whole(), &birthday);
    });
}

/// Finds an opening caseload that is told of its past only in part: entries level over ages and years need not be said.
#[test]
fn level_entries_need_not_be_said() {
    for_many(FEW, |made| {
        let made = MadeUp { opening: true, ..made };
        let unsaid = edit(&made.whole(), |tree| {
            let opening = at(tree, "opening.s6");
            opening.remove("entries_by_age");
            opening.remove("entries_by_year");
        });
        let level = set(&unsaid, "opening.s6.entries_by_age", "{ young = 3, old = 3 }");
        assert_alike(&unsaid, &level);
        let level = set(&unsaid, "opening.s6.entries_by_year", "{ 2023 = 7, 2024 = 7, 2025 = 7, 2026 = 7 }");
        assert_alike(&unsaid, &level);
    });
}

/// Finds times that are said for a stage and not passed on to its exits.
#[test]
fn a_time_said_once_for_a_stage_is_that_of_each_exit() {
    for_many(MANY, |made| {
        let law = "{ law = \"gamma\", shape = 2, mean = 44 }";
        let each_exit = edit(&made.whole(), |tree| {
            for (_, exit) in at(tree, "stages.s3.exits").iter_mut() {
                exit.as_table_mut().expect("a table").insert("time".to_owned(), parsed(law));
            }
        });
        let once = edit(&each_exit, |tree| {
            for (_, exit) in at(tree, "stages.s3.exits").iter_mut() {
                exit.as_table_mut().expect("a table").remove("time");
            }
            at(tree, "stages.s3").insert("time".to_owned(), parsed(law));
        });
        assert_said_otherwise(&each_exit, &once);
    });
}

/// Finds classes of children that are lost where they are told apart: one exit said as two to the same place, with its
/// share divided.
#[test]
fn an_exit_divided_in_two_changes_no_mean() {
    for_many(FEW, |made| {
        let text = set(
            &made.text(),
            "stages.s3.exits.e0",
            "{ to = \"s4\", share = 0.4, time = { law = \"gamma\", shape = 2, mean = 60 } }",
        );
        let halves = edit(&text, |tree| {
            let exits = at(tree, "stages.s3.exits");
            let half =
                parsed("{ to = \"s4\", share = 0.2, time = { law = \"gamma\", shape = 2, mean = 60 } }");
            exits.insert("e0".to_owned(), half.clone());
            exits.insert("twin".to_owned(), half);
        });
        assert!(!has(&text, "stages.s3.exits.twin"));
        assert_alike(&without_drift(&text), &without_drift(&halves));
    });
}

/// Drift on the log-odds of a share is not drift of its halves.
fn without_drift(text: &str) -> String {
    edit(text, |tree| _ = tree.remove("drift"))
}

/// Finds children of two kinds who are mixed up: a cohort divided in two that nothing tells apart.
#[test]
fn a_need_divided_in_two_changes_no_mean() {
    for_many(FEW, |made| {
        let base = without_ranges(&made.text());
        let halves = edit(&base, |tree| {
            let share = parsed("{ by = \"cohort\", special = 0.25, others = 0.1 }");
            let needs = at(tree, "needs");
            needs.insert("complex".to_owned(), parsed("{}"));
            at(tree, "needs.complex").insert("share".to_owned(), share.clone());
            at(tree, "needs").insert("twin".to_owned(), parsed("{}"));
            at(tree, "needs.twin").insert("share".to_owned(), share);
            at(tree, "stages.s1.exits.e1.share").insert("twin".to_owned(), Value::from(0.4));
        });
        super::assert_means(&base, 1.0, &halves, 0.0, |i| !i.1.contains("/need_"));
    });
}
