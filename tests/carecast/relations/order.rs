//! The order in which a file says things, and what it calls them, decide nothing.

use toml::{Table, Value};

use super::tree::{at, each, edit, reverse};
use super::{FEW, MANY, assert_alike, assert_said_otherwise, for_many, results};

/// Finds results that depend on titles.
#[test]
fn titles_and_names_of_scenarios_change_nothing() {
    for_many(MANY, |made| {
        let other = edit(&made.whole(), |tree| {
            tree.insert("name".to_owned(), Value::from("Another"));
            tree.insert("description".to_owned(), Value::from("Words."));
            each(tree, "", &mut |path, table| {
                let titled = ["stages.", "tracks.", "pools.", "arrivals.", "interventions.", "costs."];
                let parts = path.split('.').count();
                if parts == 2 && titled.iter().any(|t| path.starts_with(t)) {
                    table.insert("title".to_owned(), Value::from(format!("A title of {path}")));
                    table.insert("source".to_owned(), Value::from("somewhere"));
                }
            });
        });
        assert_said_otherwise(&made.whole(), &other);
    });
}

/// Finds draws keyed by position, and sums of floats whose order reaches the result by more than a penny.
#[test]
fn the_order_of_tables_changes_nothing() {
    for_many(MANY, |made| {
        let tables = ["stages", "tracks", "pools", "opening", "drift", "stocks", "flows", "costs", "income"];
        for table in tables {
            let other = edit(&made.whole(), |tree| {
                if tree.contains_key(table) {
                    reverse(at(tree, table));
                }
            });
            results(&made.whole()).assert_near(&results(&other), 2.0);
        }
    });
}

/// Finds an opening caseload that is as those who arrive by the first stream of the file, instead of all.
#[test]
fn the_order_of_streams_changes_nothing() {
    for_many(MANY, |made| {
        let other = edit(&made.whole(), |tree| reverse(at(tree, "arrivals")));
        assert_said_otherwise(&made.whole(), &other);
    });
}

/// Finds the same in the order of the file's parts.
#[test]
fn the_order_of_parts_changes_nothing() {
    for_many(MANY, |made| {
        let other = edit(&made.whole(), reverse);
        assert_said_otherwise(&made.whole(), &other);
    });
}

/// Finds interventions that act one after the other where they act at once.
#[test]
fn the_order_of_interventions_changes_nothing() {
    for_many(MANY, |made| {
        let both = "[interventions.one]\ntitle = \"One\"\nfrom = 2027-01-01\nreaches = { stage = \"s1\" }\neffects = [{ exit = \"e0\", share_times = 0.6, instead = \"e2\" }]\n[interventions.two]\ntitle = \"Two\"\nfrom = 2027-01-01\nreaches = { stage = \"s1\" }\neffects = [{ exit = \"e2\", share_times = 0.5, instead = \"e0\" }, { exit = \"e1\", share_times = 1.3 }]\n";
        let text = made.whole() + both;
        let other = edit(&text, |tree| reverse(at(tree, "interventions")));
        assert_said_otherwise(&text, &other);
    });
}

/// Finds the same among the effects of one intervention.
#[test]
fn the_order_of_effects_changes_nothing() {
    for_many(MANY, |made| {
        let text = made.whole()
            + "[interventions.many]\ntitle = \"Many\"\nfrom = 2027-01-01\nreaches = { stage = \"s1\" }\neffects = [{ exit = \"e0\", share_times = 0.6, instead = \"e2\" }, { exit = \"e2\", share_times = 0.5, instead = \"e0\" }, { exit = \"e1\", share_times = 1.3 }]\n";
        let other = edit(&text, |tree| {
            for (_, intervention) in at(tree, "interventions").iter_mut() {
                if let Some(Value::Array(effects)) = intervention.get_mut("effects") {
                    effects.reverse();
                }
            }
        });
        assert_said_otherwise(&text, &other);
    });
}

/// Exits in the opposite order have other draws, and the same law.
fn exits_reversed(text: &str, of: &[&str]) -> String {
    edit(text, |tree| {
        for stage in of {
            reverse(at(tree, &format!("stages.{stage}.exits")));
        }
    })
}

/// Finds shares cut off at the wrong end, and exits told apart by position.
#[test]
fn the_order_of_exits_of_a_lottery_changes_no_mean() {
    for_many(FEW, |made| {
        let text = made.whole();
        assert_alike(&text, &exits_reversed(&text, &["s0", "s1", "s3", "s5", "s6"]));
    });
}

/// Finds a race that its first exit wins too often. Times tie with probability nought, so it is exact.
#[test]
fn the_order_of_exits_of_a_race_changes_nothing() {
    for_many(MANY, |made| {
        let text = made.whole();
        assert_said_otherwise(&text, &exits_reversed(&text, &["s2", "s4", "s7"]));
    });
}

/// Finds needs and cohorts told apart by position: the first cohort is that of whoever is not said to be of
/// another, so it is said here for all.
#[test]
fn the_order_of_cohorts_and_needs_changes_no_mean() {
    for_many(FEW, |made| {
        let text = edit(&made.whole(), |tree| {
            if let Some(openings) = tree.get_mut("opening").and_then(Value::as_table_mut) {
                for (_, opening) in openings.iter_mut() {
                    let opening = opening.as_table_mut().expect("a table");
                    opening.insert("cohorts".to_owned(), super::tree::parsed("{ general = 3, special = 1 }"));
                }
            }
        });
        let other = edit(&text, |tree: &mut Table| {
            reverse(at(tree, "cohorts"));
            reverse(at(tree, "needs"));
        });
        assert_alike(&text, &other);
    });
}

/// Names are keys of draws and nothing more.
#[test]
fn renaming_a_stage_changes_no_mean() {
    for_many(FEW, |made| {
        let text = made.whole();
        let other = text.replace("s3", "zz3").replace("\"s1\"", "\"yy1\"").replace("stages.s1", "stages.yy1");
        let other = other.replace("\"s1.", "\"yy1.").replace("[flows.zz3]", "[flows.s3]");
        assert_alike(&text, &other);
    });
}
