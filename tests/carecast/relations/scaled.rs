//! More children, fewer, and the same in other streams.

use toml::Value;

use super::tree::{at, edit};
use super::{FEW, Item, MANY, assert_alike, assert_means, for_many, results};
use crate::made_up::MadeUp;

/// A scenario without pools and services, where no child is in another's way.
fn uncrowded(made: &MadeUp) -> (MadeUp, String) {
    let made = MadeUp { pools: false, ..made.clone() };
    let text = edit(&(made.text() + &made.more()), |tree| _ = tree.remove("interventions"));
    (made, text)
}

/// Every number of children doubled.
fn doubled(text: &str) -> String {
    edit(text, |tree| {
        for (_, stream) in at(tree, "arrivals").iter_mut() {
            double(stream, "children_per_year");
        }
        if let Some(openings) = tree.get_mut("opening").and_then(Value::as_table_mut) {
            openings.iter_mut().for_each(|(_, opening)| double(opening, "count"));
        }
    })
}

fn double(table: &mut Value, key: &str) {
    match table.get_mut(key) {
        Some(Value::Integer(n)) => *n *= 2,
        Some(Value::Float(x)) => *x *= 2.0,
        Some(Value::Table(range)) => {
            let ends: Vec<String> = range.iter().map(|(k, _)| k.clone()).collect();
            let mut whole = Value::Table(range.clone());
            for end in &ends {
                double(&mut whole, end);
            }
            *range = whole.as_table().expect("it is one").clone();
        }
        _ => {}
    }
}

/// Fixed costs stay as they are, and are in the totals.
fn varies(item: &Item) -> bool {
    !item.1.starts_with("total") && item.1 != "line/fixed"
}

/// Finds children who are in each other's way, or whom nobody counts.
#[test]
fn twice_the_children_are_twice_of_everything() {
    for_many(FEW, |made| {
        let (_, text) = uncrowded(&made);
        assert_means(&doubled(&text), 2.0, &text, 0.0, varies);
    });
}

/// The stream `families` in the place of which two come.
fn split_stream(text: &str, parts: [f64; 2]) -> String {
    edit(text, |tree| {
        let streams = at(tree, "arrivals");
        let whole = streams.remove("families").expect("a stream");
        for (name, part) in ["first", "second"].iter().zip(parts) {
            let mut stream = whole.clone();
            let number = stream.get_mut("children_per_year").expect("a number");
            if let Value::Table(range) = number {
                *number = range["best"].clone();
            }
            let children =
                number.as_integer().map_or_else(|| number.as_float().expect("a number"), |n| n as f64);
            *number = Value::from(children * part);
            if let Some(growth) = stream.get_mut("growth") {
                *growth = growth.get("best").cloned().unwrap_or(growth.clone());
            }
            streams.insert((*name).to_owned(), stream);
        }
    })
}

/// Finds families of a stream that are mixed up with those of another: two streams of a part of the families each
/// are one (Poisson processes add up).
#[test]
fn two_streams_of_a_part_each_are_one() {
    for_many(FEW, |made| {
        let made = MadeUp { drift: false, ..made };
        let text = made.text() + &made.more();
        assert_alike(&split_stream(&text, [1.0, 0.0]), &split_stream(&text, [0.5, 0.5]));
        assert_alike(&split_stream(&text, [0.9, 0.1]), &split_stream(&text, [0.3, 0.7]));
    });
}

/// Finds a season that brings more or fewer: twelve factors say only how a year's children divide over it, so the sum of
/// whole years is what it is without.
#[test]
fn a_season_changes_no_years_arrivals() {
    for_many(FEW, |made| {
        let door = "[stages.come]\nexits.on = { to = \"s6\", share = 1 }\n[flows.come]\ntitle = \"Come\"\ninto = [\"come\"]\n";
        let with = |factors: &str| {
            let text = made.text() + &made.more() + door;
            let text = super::tree::set(&text, "arrivals.others.enters", "\"come\"");
            super::tree::set(&text, "arrivals.others.seasonality", factors)
        };
        let level = with("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
        for factors in
            ["[0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]", "[0.1, 0.2, 1, 1, 2, 1.7, 1.5, 1.5, 1, 1, 0.5, 0.5]"]
        {
            assert_means(&level, 1.0, &with(factors), 0.0, |item| item.1 == "come");
        }
    });
}

/// Finds a stream of no children that brings some, or disturbs others: exact.
#[test]
fn a_stream_of_nobody_changes_nothing() {
    let nobody = "[arrivals.nobody]\nchildren_per_year = 0.0000001\nenters = \"s3\"\nages = { young = 1 }\n";
    for_many(MANY, |made| super::assert_idle(&made.whole(), nobody));
}

/// Finds pools in which children are counted who are not there: a scenario with pools for all is one without, but for
/// the lines of those who wait.
#[test]
fn a_pool_with_places_for_all_is_no_pool() {
    for_many(MANY, |made| {
        // Who opens where it depends on what happens to those who found no place before the start.
        let made = MadeUp { pools: true, opening: false, ..made };
        let plenty = edit(&made.whole(), |tree| {
            for (_, pool) in at(tree, "pools").iter_mut() {
                pool.as_table_mut().expect("a table").insert("places".to_owned(), Value::from(100_000));
            }
        });
        let none = edit(&plenty, |tree| {
            tree.remove("pools");
            at(tree, "interventions").remove("beds");
            super::tree::each(tree, "", &mut |_, table| {
                table.remove("pool");
                table.remove("if_full");
            });
        });
        let (with, without) = (results(&plenty), results(&none));
        // An exit back into the set may lead out of it where there is a pool, and is then a part of those who leave.
        let other = ["refused/", "away/", "placed/c/waiting"];
        let kept = |r: super::Results| {
            r.only(|_, item| !item.ends_with("/beds") && other.iter().all(|o| !item.starts_with(o)))
        };
        kept(with).assert_same(&kept(without));
    });
}

/// Finds an overflow that is entered though there is room.
#[test]
fn where_a_pool_never_fills_it_does_not_matter_where_it_overflows_to() {
    for_many(MANY, |made| {
        // Who opens where it depends on what happens to those who found no place before the start.
        let made = MadeUp { pools: true, opening: false, ..made };
        let plenty = edit(&made.whole(), |tree| {
            for (_, pool) in at(tree, "pools").iter_mut() {
                pool.as_table_mut().expect("a table").insert("places".to_owned(), Value::from(100_000));
            }
        });
        let elsewhere = edit(&plenty, |tree| {
            at(tree, "stages.s4").insert("if_full".to_owned(), Value::from("out"));
            at(tree, "stages.s6").insert("if_full".to_owned(), Value::from("s3"));
        });
        // Leavers are told by exit, and the overflow is one of them.
        let kept = |text: &str| results(text).only(|_, item| !item.starts_with("away/"));
        kept(&plenty).assert_same(&kept(&elsewhere));
    });
}

/// Places added by two interventions, or taken away by one of them, are those added by one. Exact.
#[test]
fn places_added_in_two_goes_are_places_added_in_one() {
    for_many(MANY, |made| {
        let made = MadeUp { pools: true, ..made };
        let adds = |name: &str, places: i32| {
            format!(
                "[interventions.{name}]\ntitle = \"{name}\"\nfrom = 2027-10-01\neffects = [{{ pool = \"beds\", adds_places = {places} }}]\n"
            )
        };
        let base = made.text() + &made.more();
        let one = base.clone() + &adds("one", 4);
        let two = base.clone() + &adds("first", 7) + &adds("second", -3);
        results(&one).without_interventions().assert_same(&results(&two).without_interventions());
        let more = edit(&base, |tree| {
            at(tree, "pools.beds").insert("places".to_owned(), Value::from(15));
        });
        let fewer = edit(&base, |tree| {
            at(tree, "pools.beds").insert("places".to_owned(), Value::from(11));
        }) + &adds("one", 4).replace("2027-10-01", "2026-04-01");
        if !made.opening {
            results(&more).without_interventions().assert_same(&results(&fewer).without_interventions());
        }
    });
}
