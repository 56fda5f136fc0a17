//! Reviews said in another way, or that change nothing.

use super::tree::{at, edit, reverse};
use super::{MANY, assert_changes_nothing, assert_said_otherwise, for_many, results};
use crate::made_up::MadeUp;

/// A scenario with everything, reviews too.
fn reviewed(made: &MadeUp) -> String {
    made.whole() + &made.reviews("2027-01-16", false)
}

/// Finds reviews that draw in sequence, take a branch of their own, or hold up others.
#[test]
fn reviews_that_change_nothing_change_no_figure() {
    for_many(MANY, |made| {
        let without = results(&made.whole()).only(|_, item| !item.starts_with("total"));
        let with = results(&(made.whole() + &made.reviews("2026-06-15", true)));
        without.assert_same(&with.only(|m, item| without.0.contains_key(&(m, item.to_owned()))));
    });
}

/// Finds reviews before their first day.
#[test]
fn reviews_change_nothing_before_they_begin() {
    let last = time::macros::date!(2028 - 02 - 29);
    for_many(MANY, |made| {
        let without = results(&made.whole()).until(last);
        let with = results(&(made.whole() + &made.reviews("2028-03-01", false))).until(last);
        without.assert_same(&with.only(|m, item| without.0.contains_key(&(m, item.to_owned()))));
    });
}

/// Finds draws by position, and reviews of one instant that go by where they stand in the file.
#[test]
fn the_order_of_interventions_and_of_tables_changes_nothing() {
    for_many(MANY, |made| {
        let text = reviewed(&made);
        for table in ["interventions", "stages", "costs"] {
            let other = edit(&text, |tree| reverse(at(tree, table)));
            results(&text).assert_near(&results(&other), 2.0);
        }
    });
}

/// Finds who is reviewed that should not be: for general and for special children apart, or for each age or need, is for all, where all
/// are reviewed each month and each review leads to the same.
#[test]
fn reviews_for_each_class_are_reviews_for_all() {
    let look = |name: &str, whom: &str, leads_to: &str| {
        format!(
            "[interventions.{name}]\ntitle = \"{name}\"\nfrom = 2027-01-01\nreaches = {{ stage = \"s3\"{whom} }}\nreviews = {{ per_month = 1000, again_after_months = 0, {leads_to} }}\n"
        )
    };
    for_many(MANY, |made| {
        let mut ways =
            vec!["leads_to = \"e1\"", "leads_to = \"e1\", after = { law = \"fixed\", length = 40 }"];
        if made.tracks {
            ways.push("leads_to = \"place.c\", after = { law = \"fixed\", length = 3 }");
        }
        for leads_to in ways {
            let all = made.text() + &look("all", "", leads_to);
            for (what, one, other) in [
                ("cohorts", "general", "special"),
                ("needs", "standard", "complex"),
                ("ages", "young", "old"),
            ] {
                let apart = made.text()
                    + &look("a", &format!(", {what} = [\"{one}\"]"), leads_to)
                    + &look("b", &format!(", {what} = [\"{other}\"]"), leads_to);
                results(&all).without_interventions().assert_same(&results(&apart).without_interventions());
            }
        }
    });
}

/// Finds words that mean other than they say: who is in a state of a track, by the stage or by the state; all of the ages; none served.
#[test]
fn what_need_not_be_said_of_reviews_changes_nothing() {
    for_many(MANY, |made| {
        let made = MadeUp { tracks: true, ..made };
        let look = |reaches: &str, more: &str| {
            made.text()
                + &format!(
                    "[interventions.x]\ntitle = \"x\"\nfrom = 2027-01-01\nreaches = {{ {reaches} }}\n[interventions.x.reviews]\nper_month = 4\nshare = 0.5\nleads_to = \"e1\"\n{more}"
                )
        };
        let plain = look("stage = \"s3\"", "");
        for (reaches, more) in [
            ("stage = \"s3\", ages = [\"young\", \"old\"]", ""),
            ("stage = \"s3\", served_months = 0", ""),
            ("stage = \"s3\"", "order = \"longest\"\n"),
            ("stage = \"s3\"", "after = { law = \"fixed\", length = 0 }\n"),
            ("stage = \"s3\"", "again_after_months = 1000\n"),
            ("stage = \"s3\"", "draw_again = false\n"),
        ] {
            assert_said_otherwise(&plain, &look(reaches, more));
        }
    });
}

/// Finds reviews of those who are not there: of a class that nobody is of.
#[test]
fn reviews_of_nobody_change_nothing() {
    for_many(MANY, |made| {
        let nobodys = "[cohorts.nobodys]\n[interventions.nobodys]\ntitle = \"Nobody's\"\nfrom = 2026-04-01\nreaches = { stage = \"s3\", cohorts = [\"nobodys\"] }\nreviews = { per_month = 9, leads_to = \"e1\" }\n";
        let base = super::tree::set(&made.whole(), "stages.s6.exits.e0.share.nobodys", "0.3");
        let base = super::tree::set(&base, "cohorts.nobodys", "{}");
        let with = base.clone() + nobodys.trim_start_matches("[cohorts.nobodys]\n");
        assert_changes_nothing(&base, &with);
    });
}
