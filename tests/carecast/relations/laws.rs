//! The same law written in another way.

use toml::Value;

use super::tree::{at, edit, parsed, set};
use super::{FEW, MANY, assert_means, assert_said_otherwise, for_many};
use crate::made_up::MadeUp;

/// The exits whose law is put in the place of what was made up: of a lottery with an opening caseload, of a race
/// beside two others, and of a state of a track.
const PLACES: [(&str, &str); 4] = [
    ("stages.s3.exits.e0", "s3"),
    ("stages.s2.exits.e0", "s2"),
    ("stages.s7.exits.e0", "s7"),
    ("stages.s6.exits.e0", "s6"),
];

fn with_law(made: &MadeUp, law: &str, pace: Option<f64>) -> String {
    let mut text = made.whole();
    let track = ("tracks.place.states.a.exits.move", "a");
    for (path, _) in PLACES.into_iter().chain(made.tracks.then_some(track)) {
        text = set(&text, &format!("{path}.time"), law);
        text = edit(&text, |tree| match pace {
            Some(pace) => _ = at(tree, path).insert("pace".to_owned(), Value::from(pace)),
            None => _ = at(tree, path).remove("pace"),
        });
    }
    if made.opening {
        // Enough children that the law of the opening caseload shows.
        for stage in ["s2", "s6", "s7"] {
            text = set(&text, &format!("opening.{stage}.count"), "400");
        }
    }
    text
}

/// Two laws that are the same but for the error of their tables, which is below one in a thousand.
#[track_caller]
fn assert_same_law(one: (&str, Option<f64>), other: (&str, Option<f64>)) {
    for_many(FEW, |made| {
        // Nothing in a child's way, and a caseload that goes on from before.
        let made = MadeUp { opening: true, pools: false, ..made };
        assert_means(&with_law(&made, one.0, one.1), 1.0, &with_law(&made, other.0, other.1), 0.001, |_| {
            true
        });
    });
}

/// Finds wrong tables.
#[test]
fn a_weibull_or_gamma_of_shape_1_is_exponential() {
    let exponential = ("{ law = \"exponential\", mean = 70 }", None);
    assert_same_law(exponential, ("{ law = \"weibull\", shape = 1, scale = 70 }", None));
    assert_same_law(exponential, ("{ law = \"gamma\", shape = 1, mean = 70 }", None));
}

/// Finds a pace that the opening caseload does not know, and one that acts on a whole time instead of a hazard: an
/// exponential of mean m at pace p has mean m / p, a Weibull of shape k at pace p has its scale times p^(-1/k).
#[test]
fn a_law_with_a_pace_is_that_law() {
    assert_same_law(
        ("{ law = \"exponential\", mean = 280 }", Some(4.0)),
        ("{ law = \"exponential\", mean = 70 }", None),
    );
    assert_same_law(
        ("{ law = \"weibull\", shape = 2, scale = 160 }", Some(4.0)),
        ("{ law = \"weibull\", shape = 2, scale = 80 }", None),
    );
    assert_same_law(
        ("{ law = \"weibull\", shape = 0.5, scale = 30 }", Some(0.5)),
        ("{ law = \"weibull\", shape = 0.5, scale = 120 }", None),
    );
}

/// Finds quantiles read the wrong way round: the exponential at four hundred of its own quantiles, straight lines
/// between them. Within a cell the mean is off by at most a quarter of its width, times its probability: with the
/// last cell from 5.99 to 12 times the mean and a four-hundredth likely, .4% of the mean.
#[test]
fn a_law_written_down_as_its_quantiles_is_that_law() {
    let point = |k: i32| {
        let time = if k == 400 { 70.0 * 7.0 } else { -70.0 * (1.0 - f64::from(k) / 400.0).ln() };
        format!("[{}, {}]", f64::from(k) / 400.0, time)
    };
    let points: Vec<String> = (0..=400).map(point).collect();
    let quantiles = format!("{{ law = \"quantiles\", points = [{}] }}", points.join(", "));
    for_many(FEW, |made| {
        let exponential = with_law(&made, "{ law = \"exponential\", mean = 70 }", None);
        assert_means(&exponential, 1.0, &with_law(&made, &quantiles, None), 0.004, |_| true);
    });
}

/// Finds the same with a law that needs no error: a straight line is a triangle's worth of nothing.
#[test]
fn points_on_a_straight_line_can_be_left_out() {
    for_many(MANY, |made| {
        let two = with_law(&made, "{ law = \"quantiles\", points = [[0, 8], [1, 136]] }", None);
        let many = with_law(
            &made,
            "{ law = \"quantiles\", points = [[0, 8], [0.25, 40], [0.5, 72], [1, 136]] }",
            None,
        );
        assert_means(&two, 1.0, &many, 1e-4, |_| true);
    });
}

/// Finds units: a week is seven days, a year is 365.25, a month a twelfth of it.
#[test]
fn a_time_in_another_unit_is_the_same_time() {
    for_many(MANY, |made| {
        for (days, other) in [
            ("{ law = \"fixed\", length = 42 }", "{ law = \"fixed\", length = 6, unit = \"weeks\" }"),
            (
                "{ law = \"exponential\", mean = 91.3125 }",
                "{ law = \"exponential\", mean = 3, unit = \"months\" }",
            ),
            (
                "{ law = \"exponential\", mean = 91.3125 }",
                "{ law = \"exponential\", mean = 0.25, unit = \"years\" }",
            ),
            (
                "{ law = \"triangular\", low = 7, mode = 14, high = 70 }",
                "{ law = \"triangular\", low = 1, mode = 2, high = 10, unit = \"weeks\" }",
            ),
        ] {
            assert_said_otherwise(&with_law(&made, days, None), &with_law(&made, other, None));
        }
    });
}

/// Finds a median taken for a scale: the median of a Weibull is its scale times ln(2)^(1/k).
#[test]
fn a_weibull_by_its_median_is_the_one_by_its_scale() {
    let scale = 70.0 / std::f64::consts::LN_2.powf(1.0 / 1.5);
    let by_scale = format!("{{ law = \"weibull\", shape = 1.5, scale = {scale} }}");
    for_many(FEW, |made| {
        let by_median = with_law(&made, "{ law = \"weibull\", shape = 1.5, median = 70 }", None);
        assert_means(&by_median, 1.0, &with_law(&made, &by_scale, None), 1e-6, |_| true);
    });
}

/// Exponential exits in competition are a lottery with shares in proportion to their rates, all with the time of the
/// first (competing exponentials). Finds a race or a lottery that ends otherwise, its opening caseload included.
#[test]
fn a_race_of_exponentials_is_a_lottery_with_one_clock() {
    for_many(FEW, |made| {
        let exits = |rows: &[&str]| -> Value {
            let rows = rows.iter().enumerate().map(|(i, row)| format!("e{i} = {row}"));
            parsed(&format!("{{ {} }}", rows.collect::<Vec<_>>().join(", ")))
        };
        // Rates 1/100, 1/50 and 1/200: 2, 4 and 1 in 7; the first comes after 200/7 days on average.
        let race = exits(&[
            "{ to = \"s3\", time = { law = \"exponential\", mean = 100 } }",
            "{ to = \"out\", time = { law = \"exponential\", mean = 50 } }",
            "{ to = \"s5\", time = { law = \"exponential\", mean = 200 } }",
        ]);
        let clock = "time = { law = \"exponential\", mean = 28.571428571428573 }";
        let lottery = exits(&[
            &format!("{{ to = \"s3\", share = 0.2857142857142857, {clock} }}"),
            &format!("{{ to = \"out\", share = 0.5714285714285714, {clock} }}"),
            &format!("{{ to = \"s5\", share = \"rest\", {clock} }}"),
        ]);
        let with = |exits: &Value| {
            edit(&(made.text() + &made.more()), |tree| {
                at(tree, "stages.s2").insert("exits".to_owned(), exits.clone());
            })
        };
        super::assert_alike(&with(&race), &with(&lottery));
    });
}

/// The same beside a track that runs on over both halves. Finds tracks that start anew with each stage.
#[test]
fn a_track_over_a_stage_is_a_track_over_its_halves() {
    for_many(FEW, |made| {
        let made = MadeUp { pools: false, tracks: true, opening: false, birthdays: false, ..made };
        let base = edit(&(made.text() + &made.more()), |tree| {
            tree.remove("interventions");
            for (path, key) in [("tracks.place", "during"), ("stocks.placed", "stages")] {
                let stages = at(tree, path).get_mut(key).and_then(Value::as_array_mut).expect("stages");
                stages.push(Value::from("s2"));
            }
        });
        let whole = set(
            &base,
            "stages.s2.exits",
            "{ e0 = { to = \"s0\", share = 1, time = { law = \"gamma\", shape = 2, mean = 200 } } }",
        );
        let halves = set(
            &base,
            "stages.s2.exits",
            "{ e0 = { to = \"half\", share = 1, time = { law = \"exponential\", mean = 100 } } }",
        ) + "[stages.half]\nexits.e0 = { to = \"s0\", share = 1, time = { law = \"exponential\", mean = 100 } }\n";
        let halves = edit(&halves, |tree| {
            for (path, key) in [
                ("tracks.place", "during"),
                ("stocks.placed", "stages"),
                ("stocks.all", "stages"),
                ("stocks.general", "stages"),
            ] {
                let stages = at(tree, path).get_mut(key).and_then(Value::as_array_mut).expect("stages");
                stages.push(Value::from("half"));
            }
        });
        assert_means(&whole, 1.0, &halves, 0.0, |_| true);
    });
}

/// Two exponential times of mean m / 2, one after the other, are a gamma of shape 2 and mean m (method of stages). Finds
/// opening caseloads whose time served and time left do not belong together: each half is steady with half of the children.
#[test]
fn a_gamma_of_shape_2_is_two_exponentials_in_a_row() {
    for_many(FEW, |made| {
        let made = MadeUp { pools: false, tracks: false, birthdays: false, ..made };
        let base = edit(&(made.text() + &made.more()), |tree| {
            tree.remove("interventions");
            if let Some(openings) = tree.get_mut("opening").and_then(Value::as_table_mut) {
                let opening = parsed("{ count = 100 }");
                openings.insert("s2".to_owned(), opening);
            }
        });
        let gamma = set(
            &base,
            "stages.s2.exits",
            "{ e0 = { to = \"s3\", share = 1, time = { law = \"gamma\", shape = 2, mean = 120 } } }",
        );
        let halves = set(
            &base,
            "stages.s2.exits",
            "{ e0 = { to = \"half\", share = 1, time = { law = \"exponential\", mean = 60 } } }",
        ) + "[stages.half]\nexits.e0 = { to = \"s3\", share = 1, time = { law = \"exponential\", mean = 60 } }\n";
        let halves = edit(&halves, |tree| {
            if let Some(openings) = tree.get_mut("opening").and_then(Value::as_table_mut) {
                openings.insert("s2".to_owned(), parsed("{ count = 50 }"));
                openings.insert("half".to_owned(), parsed("{ count = 50 }"));
            }
            for stock in ["all", "general"] {
                if let Some(Value::Array(stages)) = at(tree, &format!("stocks.{stock}")).get_mut("stages") {
                    stages.push(Value::from("half"));
                }
            }
        });
        // The law of time served is tabulated: one in a thousand.
        assert_means(&gamma, 1.0, &halves, 0.001, |_| true);
    });
}
