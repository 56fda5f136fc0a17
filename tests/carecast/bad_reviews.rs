//! Reviews that make no sense, and what is said of them.

use carecast::scenario::Scenario;

/// A small scenario with a little of everything.
const GOOD: &str = include_str!("good.toml");

/// Keys of an intervention with reviews, and what stands there.
type Keys = &'static [(&'static str, &'static str)];

/// Reviews that are as they should be.
const REVIEWS: Keys = &[
    ("reaches", "{ stage = \"care\" }"),
    ("reviews.per_month", "5"),
    ("reviews.leads_to", "\"home\""),
    ("source", "\"assumption\""),
];

/// All that is said of the good scenario with these reviews, of which some keys are given otherwise, or not at all.
fn told(changes: Keys) -> String {
    let mut keys = REVIEWS.to_vec();
    for &(key, value) in changes {
        keys.retain(|(other, _)| *other != key);
        keys.push((key, value));
    }
    let keys = keys.iter().filter(|(_, value)| !value.is_empty());
    let lines: String = keys.map(|(key, value)| format!("{key} = {value}\n")).collect();
    let text = format!("{GOOD}\n[interventions.x]\ntitle = \"X\"\nfrom = 2026-01-01\n{lines}");
    match Scenario::from_text("small.toml", &text) {
        Ok(_) => "nothing".into(),
        Err(faults) => faults.to_string(),
    }
}

const AT_HOME: &str = "{ stage = \"care\", tracks = { placement = [\"home\"] }, served_months = 6 }";

/// What is odd, and words of what is said.
const ODD: &[(Keys, &[&str])] = &[
    (&[("reaches", "")], &["the file does not say whose cases are reviewed", "Add reaches"]),
    (&[("reaches", "{ stage = \"car\" }")], &["there is no stage `car`", "Did you mean `care`?"]),
    (
        &[("reaches", "{ stage = \"referral\" }"), ("reviews.leads_to", "\"closed\"")],
        &["is a decision, taken at once"],
    ),
    (&[("reaches", "{ stage = \"closed\" }")], &["has no exits"]),
    (&[("reviews.leads_to", "\"hom\"")], &["`care` has no exit `hom`", "Did you mean `home`?"]),
    (&[("reviews.leads_to", "\"assessment\"")], &["`care` has no exit `assessment`"]),
    (
        &[("reviews.leads_to", "\"placement.kinshp\"")],
        &["no stage `placement.kinshp`", "Did you mean `placement.kinship`?"],
    ),
    (
        &[("reviews.leads_to", "\"placment.kinship\"")],
        &["there is no track `placment`", "Did you mean `placement`?"],
    ),
    (
        &[("reviews.leads_to", "")],
        &["the file does not say what a review leads to", "leads_to", "draw_again"],
    ),
    (&[("reviews.draw_again", "true")], &["given in two ways"]),
    (&[("reviews.per_month", "")], &["how many are reviewed", "per_month", "all_by"]),
    (&[("reviews.all_by", "2026-09-30")], &["given in two ways"]),
    (&[("reviews.per_month", ""), ("reviews.all_by", "2025-12-31")], &["it ends before it starts"]),
    (&[("reviews.per_month", ""), ("reviews.all_by", "2026-09-31")], &["is not a date"]),
    (
        &[("reviews.per_month", ""), ("reviews.all_by", "2026-09-30"), ("until", "2026-12-31")],
        &["`until` does not go with all_by"],
    ),
    (
        &[("reviews.per_month", ""), ("reviews.all_by", "2026-09-30"), ("ramp_up_months", "3")],
        &["`ramp_up_months` does not go with all_by"],
    ),
    (&[("reviews.per_month", "-1")], &["0 or more"]),
    (&[("reviews.share", "30")], &["a share from 0 to 1"]),
    (&[("reviews.again_after_months", "-1")], &["0 or more"]),
    (&[("reviews.after", "{ law = \"until_age\", age = 18 }")], &["an age is no time after a review"]),
    (&[("reviews.order", "\"dearest\"")], &["dearest", "longest"]),
    (&[("reviews.colour", "3")], &["there is no such key"]),
    (&[("take_up", "0.5")], &["`take_up` does not go with reviews", "reviews.share"]),
    (&[("places_per_year", "60")], &["`places_per_year` does not go with reviews"]),
    (
        &[("places", "6"), ("months_per_place", "2")],
        &["`places` does not go", "`months_per_place` does not go"],
    ),
    (
        &[("effects", "[{ exit = \"home\", pace_times = 2 }]")],
        &["an intervention has effects or reviews", "two interventions"],
    ),
    (&[("cost", "{ per_child = 900 }")], &["`per_child` does not go with reviews", "per_review"]),
    (
        &[("reviews.per_month", ""), ("reviews.leads_to", ""), ("cost", "{ per_review = 900 }")],
        &["for each review, but there are none"],
    ),
    (
        &[("reaches", "{ stage = \"care\", tracks = { placment = [\"home\"] } }")],
        &["there is no track `placment`", "`placement`?"],
    ),
    (
        &[("reaches", "{ stage = \"care\", tracks = { placement = [\"hom\"] } }")],
        &["there is no state `hom`", "`home`?"],
    ),
    (&[("reaches", "{ stage = \"care\", tracks = { placement = [] } }")], &["so it reaches nobody"]),
    (
        &[
            ("reaches", "{ stage = \"assessment\", tracks = { placement = [\"home\"] } }"),
            ("reviews.leads_to", "\"closed\""),
        ],
        &["`placement` does not run during `assessment`"],
    ),
    (
        &[("reaches", "{ stage = \"assessment\" }"), ("reviews.leads_to", "\"placement.home\"")],
        &["`placement` does not run during `assessment`"],
    ),
    (
        &[
            ("reaches", "{ stage = \"placement.foster\", tracks = { placement = [\"home\"] } }"),
            ("reviews.leads_to", "\"to_home\""),
        ],
        &["is a state of `placement`"],
    ),
    (
        &[
            ("reaches", "{ stage = \"care\", tracks = { placement = [\"home\"] } }"),
            ("reviews.leads_to", "\"placement.home\""),
        ],
        &["are in `placement.home` already"],
    ),
    (
        &[
            ("reaches", "{ stage = \"placement.kinship\" }"),
            ("reviews.leads_to", ""),
            ("reviews.draw_again", "true"),
        ],
        &["has no exits of which one could be drawn"],
    ),
    (
        &[("reviews.per_month", ""), ("reviews.leads_to", ""), ("reaches", AT_HOME)],
        &["`tracks` has no effect here: it belongs to reviews", "`served_months` has no effect here"],
    ),
];

#[test]
fn reviews_that_make_no_sense_are_refused() {
    let good: &[Keys] = &[
        &[],
        &[("reaches", AT_HOME)],
        &[("reviews.leads_to", ""), ("reviews.draw_again", "true")],
        &[("reviews.leads_to", "\"placement.kinship\"")],
        &[("reaches", "{ stage = \"placement.foster\" }"), ("reviews.leads_to", "\"to_kinship\"")],
        &[("reviews.per_month", ""), ("reviews.all_by", "2026-01-01"), ("reviews.order", "\"cost\"")],
        &[("cost", "{ per_review = 900, per_family = 10, growth = 0.03 }")],
    ];
    for goes in good {
        assert_eq!(told(goes), "nothing", "{goes:?}");
    }
    for (changes, due) in ODD {
        let told = told(changes).split_whitespace().collect::<Vec<_>>().join(" ").replace("| ", "");
        assert!(due.iter().all(|words| told.contains(words)), "{changes:?}: {due:?} in\n{told}");
    }
}
