//! Bad input: what is said of it, word for word. "Errors are for people": file, line, key, what is wrong, what to
//! write instead, and all of it in one go.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use carecast::engine::{Run, simulate};
use carecast::record::Observer;
use carecast::scenario::Scenario;

/// A small scenario with a little of everything.
const GOOD: &str = include_str!("good.toml");

/// Something wrong, and what is said of it.
struct Case {
    name: &'static str,
    what: What,
    told: &'static str,
}

/// What is wrong.
enum What {
    /// Stretches of the good scenario, and what stands there instead.
    Edits(&'static [(&'static str, &'static str)]),
    /// A text of its own.
    Text(&'static str),
    /// A what-if, and what is wrong with the good scenario that it extends.
    Over(&'static str, &'static [(&'static str, &'static str)]),
}

use What::{Edits, Over, Text};

/// The good scenario with some stretches replaced.
#[track_caller]
fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(GOOD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the good scenario does not say {from}");
        text.replacen(from, to, 1)
    })
}

/// All that is said of a text.
fn told(text: &str) -> String {
    match Scenario::from_text("small.toml", text) {
        Ok(_) => "nothing".into(),
        Err(faults) => faults.to_string(),
    }
}

/// All that is said of a what-if and the file `base.toml` beside it.
fn told_of_two(change: &str, base: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("base.toml"), base).expect("a file");
    std::fs::write(folder.path().join("change.toml"), change).expect("a file");
    let told = match Scenario::read(&folder.path().join("change.toml")) {
        Ok(_) => "nothing".into(),
        Err(faults) => faults.to_string(),
    };
    told.replace(&format!("{}/", folder.path().display()), "")
}

struct Nobody;

impl Observer for Nobody {}

#[test]
fn the_good_scenario_is_good() {
    let scenario = Scenario::from_text("small.toml", GOOD).expect("it is good");
    for run in 0..20 {
        simulate(&scenario, Run::new(1, run), &mut Nobody);
    }
}

#[test]
fn all_is_told_word_for_word() {
    let mut wrong = String::new();
    for Case { name, what, told: due } in CASES {
        let told = match what {
            Edits(edits) => told(&edited(edits)),
            Text(text) => told(text),
            Over(change, edits) => told_of_two(change, &edited(edits)),
        };
        if told != due.trim_matches('\n') {
            let _ = write!(wrong, "{name}:\n{told}\n\n");
        }
    }
    assert!(wrong.is_empty(), "these are told otherwise:\n\n{wrong}");
}

/// Each of the figures may be off by half of what they were rounded to, and the whole too.
#[test]
fn counts_that_were_rounded_may_add_up_to_a_little_more_or_less() {
    for (young, passes) in [(12, true), (18, true), (19, true), (20, false), (4, false), (5, true)] {
        let ages = format!("rounded_to = 5\nages = {{ young = {young}, old = 18 }}");
        let text = edited(&[("ages = { young = 12, old = 18 }", &ages)]);
        assert_eq!(Scenario::from_text("small.toml", &text).is_ok(), passes, "{young}: {}", told(&text));
    }
}

/// A rounding larger than the figures would excuse any sum.
#[test]
fn figures_were_not_rounded_to_more_than_themselves() {
    for (rounded, due) in [
        (0, "nothing is rounded to 0"),
        (17, "rounded to 17, 16 would be 0 or 17"),
        (1000, "rounded to 1000, 16 would be 0 or 1000"),
    ] {
        let ages = format!("rounded_to = {rounded}\nages = {{ young = 4, old = 18 }}");
        let told = told(&edited(&[("ages = { young = 12, old = 18 }", &ages)]));
        assert!(told.contains(due) && told.ends_with("1 fault in 1 file"), "{told}");
    }
}

/// What to write is shown as it is to be written.
#[test]
fn what_to_write_is_shown() {
    assert_refused(&[
        ("start = \"2025-04-01\"", "start = 20250401", "Write \"2025-04-01\", with quotation marks."),
        ("years = 3\n", "years = 1000\n", "Write a whole number from 1 to 100."),
        ("per_year = 900_000", "per_year = 900.000,00", "Write 900_000."),
        ("per_year = 900_000", "per_year = 900.", "Write `900` for `900.`."),
        ("\"assessment.back\"", "\"assessment.bakc\"", "Did you mean `assessment.back`?"),
        ("charges = { team = ", "charges = { \"my/team\" = ", "cannot be a name"),
        ("charges = { team = ", "charges = { \"=team\" = ", "a name cannot begin with `=`"),
    ]);
}

#[test]
fn what_cannot_be_added_to_braces_is_told_once() {
    let told = told("a = { b = 1 }\n[a.c]\nd = 1\ne = 2\n");
    assert_eq!(told.matches("`a` stands in braces above").count(), 1, "{told}");
}

/// What comes with the program is right by itself: where a what-if makes it wrong, the what-if is shown.
#[test]
fn the_file_at_fault_is_shown() {
    let of = |change: &str| {
        let text = format!("extends = \"stoke-on-trent\"\nname = \"x\"\n{change}\n");
        Scenario::from_text("x.toml", &text).expect_err("it is wrong").to_string()
    };
    let told = of("[stocks.looked_after]\nstages = [\"care\"]");
    assert!(told.contains("--> x.toml:4:10") && !told.contains("(built in)"), "{told}");
    let told = of("[tracks.placement]\nduring = [\"home\"]").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("`england` is right by itself: this comes of what x.toml changes."), "{told}");
    assert!(
        told.contains("`opening.care.tracks.placement` stands in stoke-on-trent, which this file extends."),
        "{told}"
    );
}

/// Years lie within one band, and no age stands in two keys.
#[test]
fn a_band_is_divided_by_its_own_years_once() {
    assert_refused(&[
        ("ages = { young = 0.7, old = 0.3 }", "ages = { 0-11 = 0.7, 12-17 = 0.3 }", "within one age band"),
        (
            "ages = { young = 0.7, old = 0.3 }",
            "ages = { young = 0.7, old = 0.1, 12-13 = 0.2 }",
            "the same ages",
        ),
        (
            "ages = { young = 0.7, old = 0.3 }",
            "ages = { young = 0.7, 10-13 = 0.1, 13 = 0.2 }",
            "the same ages",
        ),
        (
            "entries_by_age = { young = 1, old = 2 }",
            "entries_by_age = { young = 1, 10-19 = 2 }",
            "within one age band",
        ),
    ]);
}

/// What else must not pass, and a word of what is said.
#[test]
fn nonsense_is_refused() {
    assert_refused(&[
        ("[opening.care]", "[opening.\"care/waiting\"]", "there is no stage"),
        ("by = \"plan\", adoption", "by = \"plan\", by_now", "there is no plan"),
        (
            "first = { by = \"plan\", adoption = { kinship = 1 }, others = {",
            "first = { foster = 0.6 }\nfixed = { care = \"foster\" }\n#",
            "takes places of a pool",
        ),
        (
            "effects = [{ exit = \"home\", pace_times = 1.2 }]",
            "effects = [{ exit = \"home\", pace_times = 1000 }]",
            "1000 times is too much",
        ),
        ("effects = [{ time_times = 0.8 }]", "effects = [{ time_times = 0.001 }]", "next to no time"),
        ("effects = [{ time_times = 0.8 }]", "effects = [{ pace_times = 0.8 }]", "places cannot hold for it"),
        ("months_per_place = 2", "months_per_place = 1e300", "too much"),
        ("ramp_up_months = 6", "ramp_up_months = 4000000000", "from 0 to 1200"),
        (
            "pool = \"foster_places\", adds_places = 5",
            "pool = \"foster_places\", exit = \"home\", adds_places = 5",
            "has no effect here",
        ),
        ("pool = \"foster_places\", adds_places = 5", "adds_places = 5", "which pool"),
        ("arrivals = \"families\", arrivals_times", "arrivals_times", "which arrivals"),
        ("ages = [\"young\"] }", "ages = [] }", "so it reaches nobody"),
        ("instead = \"closed\" }", "instead = \"care\" }", "take it all the same"),
        ("take_up = 0.7\n", "take_up = 1.2\n", "a share from 0 to 1"),
        ("reaches = { stage = \"care\" }", "reaches = { stage = \"closed\" }", "has no exits"),
        ("reaches = { stage = \"care\" }", "reaches = { stage = \"care/waiting\" }", "there is no stage"),
        (
            "moves = [\"arrivals.families\", ",
            "moves = [\"arrivals.families\", \"arrivals.families\", ",
            "moved twice",
        ),
        (
            "moves = [\"arrivals.families\", \"stages.care.exits.home.pace\"]",
            "moves = []",
            "it moves nothing",
        ),
        ("\"stages.care.exits.home.pace\"", "\"stages.care.exits.birthday.pace\"", "a birthday"),
        ("\"stages.care.exits.home.pace\"", "\"stages.care.exits.home.share\"", "no shares"),
        ("\"stages.care.exits.home.pace\"", "\"stages.assessment.exits.back.pace\"", "fixed at some length"),
        ("sd = { best = 0.1, low = 0.05, high = 0.2 }", "sd = 5", "too much"),
        (
            "entries_by_age = { young = 1, old = 2 }",
            "entries_by_age = { young = 0, old = 2 }",
            "nobody came by then",
        ),
        (
            "entries_by_age = { young = 1, old = 2 }",
            "entries_by_age = { young = 0, old = 0 }",
            "nobody ever came",
        ),
        ("entries_by_year = { 2024 = 30", "entries_by_year = { \"+202\" = 30", "is not a year"),
        ("cohorts = { general = 25, disabled = 5 }", "cohorts = { general = 0, disabled = 0 }", "sum to 0"),
        ("ages = { young = 0.7, old = 0.3 }", "ages = {}", "how old the children are"),
        ("enters = \"referral\"", "enters = \"closed\"", "gone at once"),
        (
            "family_sizes = { 1 = 0.6, 2 = 0.4 }",
            "family_sizes = { 1 = 0.6, 0 = 0.4 }",
            "there is no family size `0`",
        ),
        ("growth = 0.01", "growth = { best = 0, low = -0.4, high = 0.4 }", "too uncertain"),
        ("correlation = 0.8", "correlation = 1.5", "from 0 to 1"),
        ("places = 15", "places = 1e9", "too much"),
        ("standard = 700", "standard = 1e9", "too much"),
        ("charges = { team = { per_year = 900_000 } }", "charges = {}", "charges nothing"),
        ("{ per_year = 900_000 }", "{ per_year = 900_000, of = [\"care\"] }", "nobody in particular"),
        ("per_week = 90, of = [\"care\"]", "per_week = 90, of = [\"care\", \"care\"]", "charged twice"),
        ("price_base = \"2024-25\"", "price_base = \"1924-25\"", "more than 30 years"),
        ("price_base = \"2024-25\"", "price_base = \"+2024-+25\"", "not a financial year"),
        ("start = \"2025-04-01\"", "start = \"+2025-+4-+1\"", "is not a date"),
        ("runs = 20", "runs = 0", "from 1 to 1_000_000"),
        ("name = \"Small\"", "name = \" \"", "this name is empty"),
        ("stages = [\"care\"]\nby", "stages = [\"care\", \"care\"]\nby", "named twice"),
        ("stages = [\"care\"]\nby", "stages = [\"closed\"]\nby", "nobody stays"),
        ("by = [\"placement\", \"age\"]", "by = [\"age\", \"age\"]", "twice"),
        ("into = [\"care\"]", "into = []", "empty"),
        ("into = [\"care\"]", "into = [\"care\", \"placement.kinship\"]", "would count twice"),
        ("take_up = 0.7\n", "take_up = 0.7\ncount_use = true\n", "no places whose use could be counted"),
        (
            "into = [\"care\"]",
            "into = [\"care\"]\nby = [\"plcement\"]",
            "a flow cannot be counted by `plcement`",
        ),
        ("into = [\"care\"]", "into = [\"care\"]\nby = [\"age\", \"age\"]", "counted by `age` twice"),
        (
            "[tracks.placement]\nduring = [\"care\"]",
            "[tracks.placement]\nduring = []",
            "runs during no stage",
        ),
        ("young = [0, 10]\nold = [10, 18]", "by = [0, 10]\nold = [10, 18]", "cannot be a name"),
        ("young = [0, 10]\nold = [10, 18]", "young = [0, 10]\nold = [10, 10]", "empty or out of range"),
        ("price_spread = 0.3", "price_spread = 3", "out of range"),
        ("age = 18, to = \"closed\" }", "age = 18, to = \"closed\", exit = \"home\" }", "already"),
        ("age = 18, to = \"closed\" }", "age = 180, to = \"closed\" }", "is not an age"),
        ("age = 18, to = \"closed\" }", "age = 18, to = \"care\" }", "in no time"),
    ]);
}

/// Values as people write them, and missing marks: what stands in the good scenario, what is written instead, and words
/// of the message and of the remedy.
const AS_PEOPLE_WRITE: &[(&str, &str, &str, &str)] = &[
    ("growth = 0.02", "growth =", "there is no value after `growth =`", "Write a value"),
    ("per_event = 1_000", "per_event = £1000", "`£1000` is neither", "bare number: 1000."),
    ("per_event = 1_000", "per_event = 7 900", "`7 900` has a space in it", "with _: 7_900."),
    ("per_event = 1_000", "per_event = 7,900", "`7,900` has a comma in it", "with _: 7_900."),
    ("per_event = 1_000", "per_event = 7.9k", "`7.9k` is neither", "in full: 7900."),
    ("per_family = 900 }", "per_family = £7,900 }", "`£7,900` is neither", "bare number: 7900."),
    ("per_family = 900 }", "per_family = 7 900 }", "`7 900` has a space in it", "with _: 7_900."),
    ("per_family = 900 }", "per_family = }", "there is no value after `per_family =`", "take the key out"),
    ("per_family = 900 }", "per_family = 900", "the table that starts here is never closed", "Put `}`"),
    ("cost = { per_year", "cost = per_year", "a `{` is missing before `per_year`", "between `{` and `}`"),
    ("growth = 0.02", "growth = −0.02", "not that of the keyboard (it is U+2212)", "as a hyphen: -0.02."),
    ("growth = 0.02", "growth = –0.02", "not that of the keyboard (it is U+2013)", "as a hyphen: -0.02."),
    (
        "start = \"2025-04-01\"",
        "start = 2025–04–01",
        "has dashes for hyphens",
        "ordinary hyphens: 2025-04-01.",
    ),
    ("take_up = 0.7", "take_up = 0,7", "`0,7` has a comma for a point", "Write 0.7."),
    ("take_up = 0.7", "take_up = 1 - 0.3", "sums are not worked out here", "Write 0.7."),
    ("take_up = 0.7", "take_up = \"1 - 0.3\"", "cannot stand here", "Write 0.7, without quotation marks."),
    ("family_sizes = { 1 = 0.6, 2", "family_sizes = { 1 = 0,6,2", "has a comma for a point", "Write 0.6."),
    ("per_event = 1_000", "per_event = 7.9M", "`7.9M` is neither", "in full: 7_900_000."),
    ("per_event = 1_000", "per_event = 450k", "`450k` is neither", "in full: 450_000."),
    ("ramp_up_months = 6", "ramp_up_months = 6m", "`6m` is neither", "if m is for million"),
    ("places = 15", "places = 206.5", "is not a whole number of places", "write 206 or 207."),
    ("places = 3\n", "places = 2.5\n", "is not a whole number of places", "write 2 or 3."),
    ("adds_places = 5 ", "adds_places = 5.5 ", "is not a whole number of places", "write 5 or 6."),
    (
        "reaches = { stage = \"care\" }",
        "reaches = { stage = \"looked after\" }",
        "there is no stage",
        "`care`?",
    ),
    ("of = [\"placement.foster\"]", "of = [\"foster\"]", "there is no", "Did you mean `placement.foster`?"),
    ("years = 3\n", "```toml\nyears = 3\n", "this line is not part of the file", "Delete it"),
    ("years = 3\n", "years == 3\n", "there is an `=` too many", "Write `key = value`."),
    ("take_up = 0.7", "take_up = 50%", "`50%` is neither", "as a fraction: 0.5."),
    (
        "take_up = 0.7",
        "take_up = 0.7 +- 0.2",
        "not the way to write a range",
        "best = 0.7, low = 0.5, high = 0.9 }",
    ),
    (
        "take_up = 0.7",
        "take_up = 0.7 ± 0.2",
        "not the way to write a range",
        "best = 0.7, low = 0.5, high = 0.9 }",
    ),
    (
        "take_up = 0.7",
        "take_up = 0.8 (0.7-0.9)",
        "not the way to write a range",
        "best = 0.8, low = 0.7, high = 0.9 }",
    ),
    ("per_event = 1_000", "per_event = ~1200", "`~1200` is neither", "the number alone: 1200."),
    ("per_event = 1_000", "per_event = circa 1200", "`circa 1200` is neither", "the number alone: 1200."),
    ("per_event = 1_000", "per_event = 1200/yr", "`1200/yr` is neither", "the number alone: 1200."),
    (
        "take_up = 0.7",
        "take_up = { best = 60, low = 50, high = 80 }",
        "80 does not fit here: this is a share",
        "best = 0.6, low = 0.5, high = 0.8 }",
    ),
    ("growth = 0.02", "growth = 8", "growth of 8 a year", "If 8% a year was meant, write 0.08."),
    (
        "share_times = { best = 0.8, low = 0.6, high = 0.95 }",
        "share_times = 30%",
        "`30%` is neither",
        "30% more is 1.3, 30% fewer or shorter is 0.7.",
    ),
    (
        "share_times = { best = 0.8, low = 0.6, high = 0.95 }",
        "share_times = \"10%\"",
        "",
        "10% more is 1.1, 10% fewer or shorter is 0.9.",
    ),
    (
        "take_up = 0.7",
        "take_up = 0.3-0.5",
        "not the way to write a range",
        "{ best = 0.4, low = 0.3, high = 0.5 }",
    ),
    (
        "take_up = 0.7",
        "take_up = 0.3 to 0.5",
        "not the way to write a range",
        "{ best = 0.4, low = 0.3, high = 0.5 }",
    ),
    (
        "take_up = 0.7",
        "take_up = 0.3..0.5",
        "not the way to write a range",
        "{ best = 0.4, low = 0.3, high = 0.5 }",
    ),
    (
        "take_up = 0.7",
        "take_up = (0.3, 0.5)",
        "not the way to write a range",
        "{ best = 0.4, low = 0.3, high = 0.5 }",
    ),
    (
        "take_up = 0.7",
        "take_up = \"30% to 50%\"",
        "cannot stand here",
        "{ best = 0.4, low = 0.3, high = 0.5 }",
    ),
    (
        "take_up = 0.7",
        "take_up = [0.3, 0.5]",
        "a list cannot stand here",
        "{ best = 0.4, low = 0.3, high = 0.5 }",
    ),
    (
        "low = 0.05, high = 0.2 }",
        "low = 0.15, high = 0.2 }",
        "0.1 is not between 0.15 and 0.2",
        "in rising order",
    ),
    ("low = 0.05, high = 0.2 }", "low = 0.2, high = 0.05 }", "`low` is 0.2, above `high`", "in rising order"),
    (
        "title = \"Referral\"",
        "title = “Referral”",
        "`“Referral”` is neither",
        "Use straight quotation marks: \"Referral\".",
    ),
    ("title = \"Referral\"", "title = \"Referral", "a text is not closed", "at its end"),
    ("title = \"Referral\"", "title = Referral\"", "only one quotation mark of a pair", "\"Referral\""),
    (
        "start = \"2025-04-01\"",
        "start = 01/04/2025",
        "not the way to write a date",
        "year-month-day: 2025-04-01.",
    ),
    (
        "start = \"2025-04-01\"",
        "start = April 2025",
        "not the way to write a date",
        "year-month-day: 2025-04-01.",
    ),
    ("start = \"2025-04-01\"", "start = \"1 April 2025\"", "is not a date", "year-month-day: 2025-04-01."),
    (
        "[simulation]",
        "[simulation",
        "the header of this table is not closed",
        "Put `]` at the end: `[simulation]`.",
    ),
    ("[simulation]", "simulation]", "the header of this table has no `[`", "Write `[simulation]`."),
    ("years = 3\n", "\u{a0}years = 3\n", "a special space here (U+00A0)", "an ordinary space"),
    (
        "years = 3\n",
        "<<<<<<< HEAD\nyears = 3\n=======\nyears = 5\n>>>>>>> theirs\n",
        "a merge of two versions of this file was not finished",
        "Keep one of the two versions",
    ),
];

#[test]
fn what_people_write_is_told_once_as_what_was_meant() {
    let mut wrong = String::new();
    for (from, to, message, remedy) in AS_PEOPLE_WRITE {
        let told = told(&edited(&[(from, to)])).split_whitespace().collect::<Vec<_>>().join(" ");
        if !(told.contains(message) && told.contains(remedy) && told.ends_with("1 fault in 1 file")) {
            let _ = writeln!(wrong, "`{to}` is told: {told}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What is told to be written in place of a table stands there well.
#[test]
fn what_is_to_be_pasted_can_be_pasted() {
    for (change, header) in [
        ("[stages.assessment.exits.care.share]\nyoung = 0.1\n", true),
        ("[stages.assessment.exits.care]\nshare.young = 0.1\n", false),
        ("[tracks.placement.first.others]\nfoster = 0.5\n", true),
    ] {
        let start = "extends = \"base.toml\"\nname = \"What if\"\n";
        let told = told_of_two(&format!("{start}{change}"), GOOD);
        let pasted: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("              ")).collect();
        let kept = if header { "" } else { change.lines().next().unwrap_or_default() };
        let text = format!("{start}{kept}\n{}\n", pasted.join("\n"));
        assert!(pasted.len() > usize::from(header), "{told}");
        assert_eq!(told_of_two(&text, GOOD), "nothing", "{text}");
    }
}

/// A place in a range may be a part of one: what is drawn is rounded. So may those of a year be.
#[test]
fn only_plain_numbers_of_places_must_be_whole() {
    for (from, to) in [
        ("places = 15", "places = { best = 14.5, low = 12.5, high = 16.5 }"),
        ("places_per_year = 20", "places_per_year = 20.5"),
        ("adds_places = 5 ", "adds_places = -5 "),
    ] {
        assert_eq!(told(&edited(&[(from, to)])), "nothing", "{to}");
    }
}

/// A scenario that cannot be read because of curly quotation marks is told of once.
#[test]
fn curly_marks_around_what_is_extended_are_one_fault() {
    let told = told_of_two("extends = “stoke-on-trent”\nname = \"What if\"\n", GOOD);
    assert!(told.contains("Use straight quotation marks") && told.ends_with("1 fault in 1 file"), "{told}");
}

/// A slip does not hide what else is wrong.
#[test]
fn what_else_is_wrong_is_told_beside_a_slip() {
    let text = edited(&[("per_family = 900 }", "per_family = 900"), ("years = 3\n", "years = 2.5\n")]);
    let told = told(&text);
    assert!(told.contains("never closed") && told.contains("2.5 is not a whole number"), "{told}");
}

/// Lines that end as on old Macs are one fault, at the first of them, and are read as lines.
#[test]
fn carriage_returns_alone_are_one_fault() {
    let told = told(&edited(&[("years = 3\n", "years = 2.5\n")]).replace('\n', "\r"));
    assert!(told.contains("small.toml:1:1") && told.contains("a carriage return alone"), "{told}");
    assert!(told.contains("small.toml:7:9") && told.ends_with("2 faults in 1 file"), "{told}");
}

/// What would do harm elsewhere: in a terminal, a spreadsheet, on the machine.
#[test]
fn what_would_do_harm_elsewhere_is_refused() {
    assert_refused(&[
        ("name = \"Small\"", "name = \"\\u001b[31mSmall\"", "a control character (U+001B)"),
        ("name = \"Small\"", "name = \"=1+1\"", "a name cannot begin with `=`"),
        ("title = \"Referral\"", "title = \"-Referral\"", "a title cannot begin with `-`"),
        ("title = \"Referral\"", "title = \" =Referral\"", "a title cannot begin or end with a space"),
        ("title = \"Referral\"", "title = \" \"", "this title is empty"),
        ("name = \"Small\"", "name = \"Sm\\tall\"", "cannot be seen (U+0009) in this name"),
        ("name = \"Small\"", "name = \"Sm\\u202eall\"", "cannot be seen (U+202E) in this name"),
        ("name = \"Small\"", "name = \"\\uff1d1\"", "a name cannot begin with"),
        ("[costs.placements]", "[costs.\"@sum\"]", "a name cannot begin with `@`"),
        ("runs = 20", "runs = 2_000_000", "from 1 to 1_000_000"),
        ("2024 = 28, 2025 = 30", "2024 = -28, 2025 = 30", "-28 cannot have been counted or paid"),
        ("2024 = 28, 2025 = 30", "2024 = inf, 2025 = 30", "infinite"),
    ]);
}

/// That a replacement in the good scenario is refused, with this word in what is said.
#[track_caller]
fn assert_refused(replacements: &[(&str, &str, &str)]) {
    let mut wrong = String::new();
    for (from, to, word) in replacements {
        let told = told(&edited(&[(from, to)])).split_whitespace().collect::<Vec<_>>().join(" ");
        if !told.contains(word) {
            let _ = writeln!(wrong, "`{to}` for `{from}` is told: {told}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn more_than_there_is_room_for_is_refused() {
    let interventions = (0..65).fold(GOOD.to_owned(), |mut text, i| {
        let _ = write!(text, "\n[interventions.i{i}]\ntitle = \"x\"\nfrom = \"2026-04-01\"\n");
        text
    });
    assert!(told(&interventions).contains("there are 69 interventions"), "{}", told(&interventions));
    let bands = (0..40).fold(String::new(), |text, i| text + &format!("b{i} = [{}, {}]\n", 18 + i, 19 + i));
    assert!(
        told(&edited(&[("old = [10, 18]\n", &format!("old = [10, 18]\n{bands}"))])).contains("42 age bands")
    );
    let stages = (0..70).fold(GOOD.to_owned(), |text, i| text + &format!("\n[stages.s{i}]\n"));
    assert!(told(&stages).contains("Have at most 64"));
}

/// Files of a size that no scenario has are told of in seconds, not hours.
#[test]
fn large_files_are_told_of_soon() {
    let lines = |line: fn(usize) -> String| (0..2_000).map(line).collect::<String>();
    for text in [
        lines(|_| "x\n".into()),
        lines(|i| format!("key{i} = value\n")),
        lines(|i| format!("key{i} = {i}\n")),
        lines(|i| format!("[stages.s{i}]\n")),
        lines(|i| format!("[stages.care.exits.e{i}]\nto = \"s{i}\"\n")),
        lines(|i| format!("\n[interventions.i{i}]\ntitle = \"x\"\nfrom = \"2026-04-0{}\"\n", i % 10)),
        lines(|i| format!("\n[stocks.i{i}]\ntitle = \"x\"\nstages = [\"c{i}\"]\n")),
        lines(|i| format!("a{i} = {{ b = 1,000, c = 2 }}\n")),
        lines(|_| "[".into()),
        format!("x = \"{}", "y".repeat(1_000_000)),
        format!("x = {}", "{ a = ".repeat(20_000)),
    ] {
        for text in [text.clone(), format!("{GOOD}\n{text}")] {
            let start = Instant::now();
            let told = told(&text);
            assert!(told.contains("fault"), "{told}");
            assert!(told.len() < 1_000_000, "{} bytes are told", told.len());
            assert!(start.elapsed() < Duration::from_secs(60), "{:?} for {}", start.elapsed(), &text[..80]);
        }
    }
}

/// However much is wrong, and however deep it goes, what is told stays short, and most of it is counted.
#[test]
fn much_that_is_wrong_is_told_in_short() {
    let lines = |line: fn(usize) -> String| (0..50_000).map(line).collect::<String>();
    for (text, said) in [
        ("[".repeat(2_000_000), "more than two `[`"),
        (format!("x = {}", "[".repeat(2_000_000)), "nested too deep"),
        ("x = [\n".repeat(50_000), "more than 1000 faults in 1 file, of which the first 100 are shown"),
        (format!("x = {}{}", "[".repeat(500_000), "}".repeat(500_000)), "nested too deep"),
        ("a.".repeat(500_000), "no value"),
        (format!("x = \"{}", "y".repeat(5_000_000)), "a text is not closed"),
        (format!("x = {}", "y".repeat(5_000_000)), "A text stands between quotation marks"),
        (lines(|i| format!("a{i} = {{ b = {i}\n")), "more than 1000 faults in 1 file"),
        (lines(|i| format!("k{i} = {i}\nk{i} = {i}\n")), "faults in 1 file, of which the first 100"),
        (format!("x = [{}]\n", "\"q\", ".repeat(50_000)), "no such key"),
        (format!("[stocks.q]\ntitle = \"Q\"\nstages = [{}]\n", "\"q\", ".repeat(60_000)), "faults in 1 file"),
        (
            format!("[arrivals.q]\nseasonality = [{}]\n", "\"\", ".repeat(60_000)),
            "more than 1000 faults in 1 file",
        ),
        (
            format!("[interventions.q]\neffects = [{}]\n", "{a = 1}, ".repeat(30_000)),
            "more than 1000 faults in 1 file",
        ),
        (lines(|i| format!("[costs.c{i}]\ntitl = \"x\"\n")), "faults in 1 file, of which the first 100"),
    ] {
        for text in [text.clone(), format!("{GOOD}\n{text}")] {
            let told = told(&text);
            assert!(told.contains(said), "{said}: {}", told.chars().take(500).collect::<String>());
            assert!(told.len() < 100_000, "{} bytes are told", told.len());
        }
    }
}

/// What is done to the good scenario, or another text in its place, and all that is then told.
const CASES: &[Case] = &[
    Case {
        name: "a text without quotation marks",
        what: Edits(&[(r#"title = "Referral""#, "title = Referral")]),
        told: r#"
error: `Referral` is neither a number nor a text in quotation marks
  --> small.toml:39:9
   |
39 | title = Referral
   |         ^^^^^^^^
   |
   = help: A text stands between quotation marks: "Referral".

1 fault in 1 file
"#,
    },
    Case {
        name: "a line with a colon",
        what: Edits(&[(r#"enters = "referral""#, r#"enters: "referral""#)]),
        told: r#"
error: this line has a colon for `=`
  --> small.toml:30:1
   |
30 | enters: "referral"
   | ^^^^^^^^^^^^^^^^^^
   |
   = help: Write `enters = "referral"`.

1 fault in 1 file
"#,
    },
    Case {
        name: "a list that is never closed",
        what: Edits(&[(r#"during = ["care"]"#, r#"during = ["care""#)]),
        told: r#"
error: the list that starts here is never closed
  --> small.toml:81:10
   |
81 | during = ["care"
   |          ^
   |
   = help: Put `]` after its last item.

1 fault in 1 file
"#,
    },
    Case {
        name: "a key said twice",
        what: Edits(&[(
            r#"title = "Looked after""#,
            r#"title = "Looked after"
title = "In care""#,
        )]),
        told: r#"
error: `title` is here for the second time
  --> small.toml:67:1
   |
67 | title = "In care"
   | ^^^^^
   |
   = help: Keep one of the two, or give one another name.

1 fault in 1 file
"#,
    },
    Case {
        name: "a percentage",
        what: Edits(&[("take_up = 0.7", "take_up = 70%")]),
        told: r"
error: `70%` is neither a number nor a text in quotation marks
   --> small.toml:179:11
    |
179 | take_up = 70%
    |           ^^^
    |
    = help: Write 70% as a fraction: 0.7.

1 fault in 1 file
",
    },
    Case {
        name: "a thousand with a comma, alone",
        what: Edits(&[("per_event = 1_000", "per_event = 1,000")]),
        told: r"
error: `1,000` has a comma in it
   --> small.toml:157:13
    |
157 | per_event = 1,000
    |             ^^^^^
    |
    = help: Write thousands without it, or with _: 1_000.

1 fault in 1 file
",
    },
    Case {
        name: "a thousand with a comma",
        what: Edits(&[("per_year = 60_000", "per_year = 60,000")]),
        told: r"
error: `60,000` has a comma in it
   --> small.toml:182:21
    |
182 | cost = { per_year = 60,000, per_family = 900 }
    |                     ^^^^^^
    |
    = help: Write thousands without it, or with _: 60_000.

1 fault in 1 file
",
    },
    Case {
        name: "an unknown key",
        what: Edits(&[("take_up = 0.7", "takeup = 0.7")]),
        told: r"
error: interventions.support.takeup: there is no such key
   --> small.toml:179:1
    |
179 | takeup = 0.7
    | ^^^^^^
    |
    = help: Did you mean `take_up`?

1 fault in 1 file
",
    },
    Case {
        name: "a missing key",
        what: Edits(&[(
            r#"source = "made up"
years = { 2024 = 28, 2025 = 30 }"#,
            "years = { 2024 = 28, 2025 = 30 }",
        )]),
        told: r#"
error: recorded.looked_after.source: this key is missing
   --> small.toml:205:1
    |
205 | [recorded.looked_after]
    | ^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Where they come from. Add `source = "assumption: WHY"`.

1 fault in 1 file
"#,
    },
    Case {
        name: "a text for a number",
        what: Edits(&[(
            r"share = 0.1
",
            r#"share = "0.1"
"#,
        )]),
        told: r#"
error: stages.assessment.exits.back.share: the text "0.1" cannot stand here
  --> small.toml:58:9
   |
58 | share = "0.1"
   |         ^^^^^
   |
   = help: The share of entrants who are bound for it. Write 0.1, without quotation marks.

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown time law",
        what: Edits(&[(r#"law = "gamma""#, r#"law = "gama""#)]),
        told: r#"
error: stages.assessment.time.law: the text "gama" cannot stand here
  --> small.toml:50:16
   |
50 | time = { law = "gama", shape = 4, mean = 40 }
   |                ^^^^^^
   |
   = help: Did you mean "gamma"?

1 fault in 1 file
"#,
    },
    Case {
        name: "a table for a list",
        what: Edits(&[(
            r#"effects = [{ exit = "home", pace_times = 1.2 }]"#,
            r#"effects = { exit = "home", pace_times = 1.2 }"#,
        )]),
        told: r#"
error: interventions.reunification.effects: a table of this kind cannot stand here
   --> small.toml:194:1
    |
194 | effects = { exit = "home", pace_times = 1.2 }
    | ^^^^^^^
    |
    = help: What it does. It is a list: write `[[interventions.reunification.effects]]` for
            `[interventions.reunification.effects]`, or `[{ … }]` for `{ … }`.

1 fault in 1 file
"#,
    },
    Case {
        name: "half a year",
        what: Edits(&[("years = 3", "years = 2.5")]),
        told: r"
error: simulation.years: 2.5 is not a whole number
 --> small.toml:7:9
  |
7 | years = 2.5
  |         ^^^
  |
  = help: How many years are simulated. Write a whole number, such as 3.

1 fault in 1 file
",
    },
    Case {
        name: "an infinite number",
        what: Edits(&[("correlation = 0.8", "correlation = inf")]),
        told: r"
error: siblings.correlation: this number is infinite, undefined or too large
  --> small.toml:36:15
   |
36 | correlation = inf
   |               ^^^
   |
   = help: Correlation between two siblings of which way a shared decision goes. Write an ordinary number.

1 fault in 1 file
",
    },
    Case {
        name: "no simulation at all",
        what: Text(
            r#"name = "Empty"
ages = { child = [0, 18] }
[stages.closed]
"#,
        ),
        told: r#"
error: simulation: this key is missing
 --> small.toml:1:1
  |
1 | name = "Empty"
  | ^
  |
  = help: When the simulation starts, how long it goes on. Add
          `simulation = { start = 2026-04-01, years = 5 }`.

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown stage",
        what: Edits(&[(r#"enters = "referral""#, r#"enters = "referal""#)]),
        told: r#"
error: arrivals.families.enters: there is no stage `referal`
  --> small.toml:30:10
   |
30 | enters = "referal"
   |          ^^^^^^^^^
   |
   = help: Did you mean `referral`?

1 fault in 1 file
"#,
    },
    Case {
        name: "an exit to nowhere",
        what: Edits(&[(r#"to = "assessment""#, r#"to = "asessment""#)]),
        told: r#"
error: stages.referral.exits.assessment.to: there is no stage `asessment`
  --> small.toml:42:6
   |
42 | to = "asessment"
   |      ^^^^^^^^^^^
   |
   = help: Did you mean `assessment`?

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown state of a track",
        what: Edits(&[(r#"if_full = "home""#, r#"if_full = "hotel""#)]),
        told: r#"
error: tracks.placement.states.foster.if_full: there is no state `hotel`
  --> small.toml:86:11
   |
86 | if_full = "hotel"
   |           ^^^^^^^
   |
   = help: There are `foster`, `kinship` and `home`.

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown pool",
        what: Edits(&[(
            r#"pool = "foster_places"
if_full"#,
            r#"pool = "foster"
if_full"#,
        )]),
        told: r#"
error: tracks.placement.states.foster.pool: there is no pool `foster`
  --> small.toml:85:8
   |
85 | pool = "foster"
   |        ^^^^^^^^
   |
   = help: Did you mean `foster_places`?

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown track",
        what: Edits(&[("tracks = { placement = {", "tracks = { placements = {")]),
        told: r"
error: opening.care.tracks.placements: there is no track `placements`
   --> small.toml:117:12
    |
117 | tracks = { placements = { foster = 10, kinship = 16, home = 4 } }
    |            ^^^^^^^^^^
    |
    = help: Did you mean `placement`?

1 fault in 1 file
",
    },
    Case {
        name: "an unknown cohort",
        what: Edits(&[(
            "cohorts = { general = 0.9, disabled = 0.1 }",
            "cohorts = { general = 0.9, disable = 0.1 }",
        )]),
        told: r"
error: arrivals.families.cohorts.disable: there is no cohort `disable`
  --> small.toml:33:38
   |
33 | cohorts = { general = 0.9, disable = 0.1 }
   |                                      ^^^
   |
   = help: Did you mean `disabled`?

1 fault in 1 file
",
    },
    Case {
        name: "an unknown age band",
        what: Edits(&[(
            r#"reaches = { stage = "assessment", ages = ["young"] }"#,
            r#"reaches = { stage = "assessment", ages = ["babies"] }"#,
        )]),
        told: r#"
error: interventions.support.reaches.ages[0]: there is no age band `babies`
   --> small.toml:178:43
    |
178 | reaches = { stage = "assessment", ages = ["babies"] }
    |                                           ^^^^^^^^
    |
    = help: There are `young` and `old`.

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown parameter",
        what: Edits(&[(r#"weight = "mood""#, r#"weight = "moods""#)]),
        told: r#"
error: stages.referral.exits.assessment.share.weight: there is no parameter `moods`
  --> small.toml:43:42
   |
43 | share = { between = [0.7, 0.6], weight = "moods" }
   |                                          ^^^^^^^
   |
   = help: Did you mean `mood`?

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown rate to drift",
        what: Edits(&[(r#""stages.care.exits.home.pace""#, r#""stages.care.exits.hom.pace""#)]),
        told: r#"
error: drift.families.moves[1]: `stages.care.exits.hom.pace` is not a rate that can drift
   --> small.toml:123:31
    |
123 | moves = ["arrivals.families", "stages.care.exits.hom.pace"]
    |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Did you mean `stages.care.exits.home.pace`?

1 fault in 1 file
"#,
    },
    Case {
        name: "a rate of a kind that does not drift",
        what: Edits(&[(r#""stages.care.exits.home.pace""#, r#""stages.care.exits.home.time""#)]),
        told: r#"
error: drift.families.moves[1]: `stages.care.exits.home.time` is not a rate that can drift
   --> small.toml:123:31
    |
123 | moves = ["arrivals.families", "stages.care.exits.home.time"]
    |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Write arrivals.NAME, or stages.STAGE.exits.EXIT.share or .pace (in tracks
            tracks.TRACK.states.STATE.exits.EXIT…), with names from this file.

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown exit of an intervention",
        what: Edits(&[(r#"exit = "home", pace_times"#, r#"exit = "homes", pace_times"#)]),
        told: r#"
error: interventions.reunification.effects[0].exit: `care` has no exit `homes`
   --> small.toml:194:21
    |
194 | effects = [{ exit = "homes", pace_times = 1.2 }]
    |                     ^^^^^^^
    |
    = help: Did you mean `home`?

1 fault in 1 file
"#,
    },
    Case {
        name: "an unknown class in a table",
        what: Edits(&[("young = 0.2, old = {", "young = 0.2, older = 0.1, old = {")]),
        told: r#"
error: stages.assessment.exits.care.share.older: there is no age band `older`
  --> small.toml:54:44
   |
54 | share = { by = "age", young = 0.2, older = 0.1, old = { best = 0.3, low = 0.2, high = 0.4 } }
   |                                            ^^^
   |
   = help: There are `young` and `old`.

1 fault in 1 file
"#,
    },
    Case {
        name: "a class left out of a table",
        what: Edits(&[("general = 0.1, disabled = { best = 0.4, low = 0.3, high = 0.5 }", "general = 0.1")]),
        told: r#"
error: needs.complex.share: the table by cohort says nothing for `disabled`
  --> small.toml:21:1
   |
21 | share = { by = "cohort", general = 0.1 }
   | ^^^^^
   |
   = help: Add `disabled = …`, or `others = …` for all that are not named.

1 fault in 1 file
"#,
    },
    Case {
        name: "a recorded item that nothing counts",
        what: Edits(&[(r#"[recorded."care_ends/adoption"]"#, r#"[recorded."care_ends/adopted"]"#)]),
        told: r#"
error: recorded."care_ends/adopted": there is no stock or flow `care_ends/adopted` to compare with
   --> small.toml:210:1
    |
210 | [recorded."care_ends/adopted"]
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Did you mean `care_ends/adoption`?

1 fault in 1 file
"#,
    },
    Case {
        name: "a line with figures on record in two places",
        what: Edits(&[(r#"[recorded."care_ends/adoption"]"#, r#"[recorded."line/placements"]"#)]),
        told: r#"
error: recorded."line/placements": the line has an outturn of its own
   --> small.toml:210:1
    |
210 | [recorded."line/placements"]
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Give its figures once: take out either these or the line's `outturn`.

1 fault in 1 file
"#,
    },
    Case {
        name: "two parts of a stock with one name",
        what: Edits(&[
            ("by = [\"placement\", \"age\"]", "by = [\"placement\", \"need\"]"),
            (
                "[tracks.placement.states.kinship]",
                "[tracks.placement.states.need_complex]\n\n[tracks.placement.states.kinship]",
            ),
        ]),
        told: r#"
error: stocks.looked_after.by: by `placement` and by `need` it would have two parts called `looked_after/need_complex`
   --> small.toml:132:6
    |
132 | by = ["placement", "need"]
    |      ^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Give one of the two states or classes another name: results are found by it.

1 fault in 1 file
"#,
    },
    Case {
        name: "a flow counted by a track that does not run where it counts",
        what: Edits(&[(r#"into = ["care"]"#, "into = [\"assessment\"]\nby = [\"placement\"]")]),
        told: r#"
error: flows.care_starts.by[0]: `placement` does not run beside `assessment`, where this flow counts children
   --> small.toml:135:7
    |
135 | by = ["placement"]
    |       ^^^^^^^^^^^
    |
    = help: Take `placement` out, or count only stages that it runs beside: care.

1 fault in 1 file
"#,
    },
    Case {
        name: "two parts of a flow with one name",
        what: Edits(&[("by_exit = true", "by_exit = true\nby = [\"placement\"]")]),
        told: r#"
error: flows.care_ends.by: by `placement` and by `exit` it would have two parts called `care_ends/home`
   --> small.toml:140:6
    |
140 | by = ["placement"]
    |      ^^^^^^^^^^^^^
    |
    = help: Give one of the two exits or states another name: results are found by it.

1 fault in 1 file
"#,
    },
    Case {
        name: "places counted of a pool that is called as an intervention is",
        what: Edits(&[
            ("places = 15", "places = 15\ncount_use = true"),
            ("[interventions.swift]", "[interventions.foster_places]"),
        ]),
        told: r"
error: pools.foster_places.count_use: there is an intervention with places called `foster_places` too
   --> small.toml:109:13
    |
109 | count_use = true
    |             ^^^^
    |
    = help: Give one of the two another name: how their places are used is found by it.

1 fault in 1 file
",
    },
    Case {
        name: "a slash in a name",
        what: Edits(&[
            ("[parameters.mood]", r#"[parameters."my/mood"]"#),
            (r#"weight = "mood""#, r#"weight = "my/mood""#),
        ]),
        told: r#"
error: parameters."my/mood": `my/mood` cannot be a name
  --> small.toml:23:1
   |
23 | [parameters."my/mood"]
   | ^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: Use letters, digits, underscores and hyphens.

1 fault in 1 file
"#,
    },
    Case {
        name: "an exit with a name of carecast's own",
        what: Edits(&[
            ("[stages.assessment.exits.back]", "[stages.assessment.exits.served]"),
            (r#""assessment.back""#, r#""assessment.care""#),
        ]),
        told: r"
error: stages.assessment.exits.served: `served` cannot be a name here
  --> small.toml:56:1
   |
56 | [stages.assessment.exits.served]
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: Give it another name: carecast uses this one itself.

1 fault in 1 file
",
    },
    Case {
        name: "a share above 1",
        what: Edits(&[(
            r"share = 0.2
",
            r"share = 20
",
        )]),
        told: r"
error: tracks.placement.states.foster.exits.to_home.share: 20 does not fit here
  --> small.toml:92:9
   |
92 | share = 20
   |         ^^
   |
   = help: Write a share from 0 to 1. If 20% was meant, write 0.2.

1 fault in 1 file
",
    },
    Case {
        name: "shares that leave less than nothing",
        what: Edits(&[(
            r"share = 0.1
",
            r"share = 0.75
",
        )]),
        told: r"
error: stages.assessment: the shares of the exits sum to 1.05 (for old, standard)
  --> small.toml:49:1
   |
49 | [stages.assessment]
   | ^^^^^^^^^^^^^^^^^^^
   |
   = help: Lower them: `rest` takes what the others leave of 1.

1 fault in 1 file
",
    },
    Case {
        name: "shares that do not sum to 1",
        what: Edits(&[(
            r#"to = "closed"
share = "rest"

[stages.assessment]"#,
            r#"to = "closed"
share = 0.3

[stages.assessment]"#,
        )]),
        told: r#"
error: stages.referral: the shares of the exits sum to 0.97
  --> small.toml:38:1
   |
38 | [stages.referral]
   | ^^^^^^^^^^^^^^^^^
   |
   = help: Make them sum to 1, or let one of the exits be "rest".

1 fault in 1 file
"#,
    },
    Case {
        name: "two rests",
        what: Edits(&[(
            r#"to = "referral"
share = 0.1"#,
            r#"to = "referral"
share = "rest""#,
        )]),
        told: r#"
error: stages.assessment: 2 exits are `rest`
  --> small.toml:49:1
   |
49 | [stages.assessment]
   | ^^^^^^^^^^^^^^^^^^^
   |
   = help: Let one of them be "rest", and give the others a share.

1 fault in 1 file
"#,
    },
    Case {
        name: "a negative time",
        what: Edits(&[("length = 10", "length = -10")]),
        told: r#"
error: stages.assessment.exits.back.time.length: -10 does not fit here
  --> small.toml:59:34
   |
59 | time = { law = "fixed", length = -10 }
   |                                  ^^^
   |
   = help: Write a number that is 0 or more.

1 fault in 1 file
"#,
    },
    Case {
        name: "a time far too short",
        what: Edits(&[("mean = 40", "mean = 0.0001")]),
        told: r#"
error: stages.assessment.time: a mean of 0.0001 days is too short to simulate
  --> small.toml:50:1
   |
50 | time = { law = "gamma", shape = 4, mean = 0.0001 }
   | ^^^^
   |
   = help: Write a longer time, or { law = "fixed", length = 0 }.

1 fault in 1 file
"#,
    },
    Case {
        name: "a time longer than history",
        what: Edits(&[(r#"mean = 20, unit = "years""#, r#"mean = 20_000, unit = "years""#)]),
        told: r#"
error: stages.care.exits.adoption.time.old.mean: 20000 years is too much
  --> small.toml:75:130
   |
75 | ...= 0.7, unit = "years" }, old = { law = "exponential", mean = 20_000, unit = "years" } }
   |                                                                 ^^^^^^
   |
   = help: Write a number up to 1000.

1 fault in 1 file
"#,
    },
    Case {
        name: "a range out of order",
        what: Edits(&[("best = 120, low = 100, high = 150", "best = 120, low = 130, high = 150")]),
        told: r"
error: arrivals.families.children_per_year: the best estimate 120 is not between 130 and 150
  --> small.toml:27:1
   |
27 | children_per_year = { best = 120, low = 130, high = 150 }
   | ^^^^^^^^^^^^^^^^^
   |
   = help: Write low, best and high in rising order.

1 fault in 1 file
",
    },
    Case {
        name: "a share's range that touches 0",
        what: Edits(&[("best = 0.4, low = 0.3, high = 0.5", "best = 0.4, low = 0, high = 0.5")]),
        told: r#"
error: needs.complex.share.disabled: this range cannot reach down to 0: it is spread on the log-odds scale
  --> small.toml:21:41
   |
21 | share = { by = "cohort", general = 0.1, disabled = { best = 0.4, low = 0, high = 0.5 } }
   |                                         ^^^^^^^^
   |
   = help: Let `low` be above 0 and `high` below 1, or add law = "triangular".

1 fault in 1 file
"#,
    },
    Case {
        name: "an uncertain share around 1",
        what: Edits(&[(
            "best = 0.4, low = 0.3, high = 0.5",
            r#"best = 1, low = 0.3, high = 1, law = "triangular""#,
        )]),
        told: r#"
error: needs.complex.share.disabled: a share whose best estimate is 1 cannot be uncertain
  --> small.toml:21:41
   |
21 | share = { by = "cohort", general = 0.1, disabled = { best = 1, low = 0.3, high = 1, law = "triangular" } }
   |                                         ^^^^^^^^
   |
   = help: Let `best` lie between 0 and 1, or write one number alone.

1 fault in 1 file
"#,
    },
    Case {
        name: "a uniform range with an odd middle",
        what: Edits(&[(
            "best = 0.1, low = 0.05, high = 0.2",
            r#"best = 0.1, low = 0.05, high = 0.2, law = "uniform""#,
        )]),
        told: r#"
error: drift.families.sd: in a uniform range the best estimate is the middle
   --> small.toml:124:1
    |
124 | sd = { best = 0.1, low = 0.05, high = 0.2, law = "uniform" }
    | ^^
    |
    = help: Write best = 0.125, or law = "triangular".

1 fault in 1 file
"#,
    },
    Case {
        name: "a normal range where only positive numbers make sense",
        what: Edits(&[(
            "best = 120, low = 100, high = 150",
            r#"best = 120, low = 100, high = 150, law = "normal""#,
        )]),
        told: r#"
error: arrivals.families.children_per_year: a range with this law could reach values that make no sense here
  --> small.toml:27:1
   |
27 | children_per_year = { best = 120, low = 100, high = 150, law = "normal" }
   | ^^^^^^^^^^^^^^^^^
   |
   = help: Leave `law` out, or write law = "triangular".

1 fault in 1 file
"#,
    },
    Case {
        name: "a count of more than all",
        what: Edits(&[("best = 0.4, low = 0.3, high = 0.5", "count = 53, of = 27")]),
        told: r#"
error: needs.complex.share.disabled: 53 of 27 is more than all
  --> small.toml:21:41
   |
21 | share = { by = "cohort", general = 0.1, disabled = { count = 53, of = 27 } }
   |                                         ^^^^^^^^
   |
   = help: Let `count` be how many of the number in `of` went this way.

1 fault in 1 file
"#,
    },
    Case {
        name: "a count of nobody",
        what: Edits(&[("best = 0.4, low = 0.3, high = 0.5", "count = 0, of = 0")]),
        told: r#"
error: needs.complex.share.disabled.of: a count of 0 says nothing about a share
  --> small.toml:21:70
   |
21 | share = { by = "cohort", general = 0.1, disabled = { count = 0, of = 0 } }
   |                                                                      ^
   |
   = help: Write of how many it is, or a share such as 0.3.

1 fault in 1 file
"#,
    },
    Case {
        name: "a count that is no whole number",
        what: Edits(&[("best = 0.4, low = 0.3, high = 0.5", "count = 5.5, of = 27")]),
        told: r#"
error: needs.complex.share.disabled.count: 5.5 is not a count
  --> small.toml:21:62
   |
21 | share = { by = "cohort", general = 0.1, disabled = { count = 5.5, of = 27 } }
   |                                                              ^^^
   |
   = help: Write a whole number from 0 to 10_000_000.

1 fault in 1 file
"#,
    },
    Case {
        name: "a count below nothing",
        what: Edits(&[("best = 0.4, low = 0.3, high = 0.5", "count = -1, of = 27")]),
        told: r#"
error: needs.complex.share.disabled.count: -1 is not a count
  --> small.toml:21:62
   |
21 | share = { by = "cohort", general = 0.1, disabled = { count = -1, of = 27 } }
   |                                                              ^^
   |
   = help: Write a whole number from 0 to 10_000_000.

1 fault in 1 file
"#,
    },
    Case {
        name: "a count with a best estimate",
        what: Edits(&[("best = 0.4, low = 0.3, high = 0.5", "count = 53, of = 270, best = 0.2")]),
        told: r#"
error: needs.complex.share.disabled.best: there is no such key
  --> small.toml:21:76
   |
21 | share = { by = "cohort", general = 0.1, disabled = { count = 53, of = 270, best = 0.2 } }
   |                                                                            ^^^^
   |
   = help: The keys here are `count`, `of` and `source`.

1 fault in 1 file
"#,
    },
    Case {
        name: "a count beside shares that are none",
        what: Edits(&[("best = 0.4, low = 0.3, high = 0.5", "count = 53")]),
        told: r#"
error: needs.complex.share.disabled: the file does not say of how many: the other shares are not counts
  --> small.toml:21:41
   |
21 | share = { by = "cohort", general = 0.1, disabled = { count = 53 } }
   |                                         ^^^^^^^^
   |
   = help: Write { count = 53, of = 270 }, or give all that share with it a count.

1 fault in 1 file
"#,
    },
    Case {
        name: "a rate counted in no time",
        what: Edits(&[("best = 120, low = 100, high = 150", "count = 412, years = 0")]),
        told: "
error: arrivals.families.children_per_year.years: 0 years cannot be counted in
  --> small.toml:27:44
   |
27 | children_per_year = { count = 412, years = 0 }
   |                                            ^
   |
   = help: Write in how many years they were counted, such as 2.

1 fault in 1 file
",
    },
    Case {
        name: "a rate counted out of so many",
        what: Edits(&[("best = 120, low = 100, high = 150", "count = 412, of = 1000")]),
        told: "
error: arrivals.families.children_per_year.years: this key is missing
  --> small.toml:27:1
   |
27 | children_per_year = { count = 412, of = 1000 }
   | ^^^^^^^^^^^^^^^^^
   |
   = help: In how many years. Add `years = 2`.

error: arrivals.families.children_per_year.of: there is no such key
  --> small.toml:27:36
   |
27 | children_per_year = { count = 412, of = 1000 }
   |                                    ^^
   |
   = help: The keys here are `count`, `years` and `source`.

2 faults in 1 file
",
    },
    Case {
        name: "a beta law that is not as its best estimate says",
        what: Edits(&[(
            "best = 0.4, low = 0.3, high = 0.5",
            r#"best = 0.48, low = 0.3, high = 0.5, law = "beta""#,
        )]),
        told: r#"
error: needs.complex.share.disabled: the beta law from 0.3 to 0.5 has its median at 0.3971
  --> small.toml:21:41
   |
21 | share = { by = "cohort", general = 0.1, disabled = { best = 0.48, low = 0.3, high = 0.5, law = "beta" } }
   |                                         ^^^^^^^^
   |
   = help: Write best = 0.3971, or leave `law` out: each side then has a spread of its own.

1 fault in 1 file
"#,
    },
    Case {
        name: "a beta law for what is no share",
        what: Edits(&[(
            "best = 120, low = 100, high = 150",
            r#"best = 120, low = 100, high = 150, law = "beta""#,
        )]),
        told: r#"
error: arrivals.families.children_per_year: a beta law lies between 0 and 1, and this is no share
  --> small.toml:27:1
   |
27 | children_per_year = { best = 120, low = 100, high = 150, law = "beta" }
   | ^^^^^^^^^^^^^^^^^
   |
   = help: Leave `law` out, or write law = "pert".

1 fault in 1 file
"#,
    },
    Case {
        name: "a beta law with two humps",
        what: Edits(&[(
            "best = 0.4, low = 0.3, high = 0.5",
            r#"best = 0.4, low = 0.001, high = 0.999, law = "beta""#,
        )]),
        told: r#"
error: needs.complex.share.disabled: no beta law with a single hump reaches from 0.001 to 0.999
  --> small.toml:21:41
   |
21 | share = { by = "cohort", general = 0.1, disabled = { best = 0.4, low = 0.001, high = 0.999, law = "beta" } }
   |                                         ^^^^^^^^
   |
   = help: Move `low` and `high` closer together, or leave `law` out.

1 fault in 1 file
"#,
    },
    Case {
        name: "money beyond counting",
        what: Edits(&[
            ("growth = { best = 0.03, low = 0.01, high = 0.05 }", "growth = 0.3"),
            ("years = 3", "years = 100"),
        ]),
        told: "
error: costs.placements.growth: this could come to some £3e22 over 100 years, more than can be counted in pence
   --> small.toml:149:10
    |
149 | growth = 0.3
    |          ^^^
    |
    = help: Write 0.02 for 2% a year, or lower simulation.years.

1 fault in 1 file
",
    },
    Case {
        name: "a range too wide to draw from",
        what: Edits(&[("best = 120, low = 100, high = 150", "best = 120, low = 0.1, high = 150")]),
        told: r#"
error: arrivals.families.children_per_year: the range from 0.1 to 150 is too wide to draw from
  --> small.toml:27:1
   |
27 | children_per_year = { best = 120, low = 0.1, high = 150 }
   | ^^^^^^^^^^^^^^^^^
   |
   = help: Keep both ends within a factor of 100 of `best`, or add law = "triangular".

1 fault in 1 file
"#,
    },
    Case {
        name: "a shape out of range",
        what: Edits(&[("shape = 4", "shape = { best = 4, low = 0.04, high = 10 }")]),
        told: r#"
error: stages.assessment.time.shape: 0.04 is out of range
  --> small.toml:50:25
   |
50 | time = { law = "gamma", shape = { best = 4, low = 0.04, high = 10 }, mean = 40 }
   |                         ^^^^^
   |
   = help: Write a number from 0.05 to 1000.

1 fault in 1 file
"#,
    },
    Case {
        name: "a triangle with its corners mixed up",
        what: Edits(&[("low = 30, mode = 100, high = 400", "low = 30, mode = 500, high = 400")]),
        told: r#"
error: tracks.placement.states.foster.time: 30, 500 and 400 are not the corners of a triangle
  --> small.toml:88:1
   |
88 | time = { law = "triangular", low = 30, mode = 500, high = 400 }
   | ^^^^
   |
   = help: Write low, mode and high in rising order, 0 or more, with low below high.

1 fault in 1 file
"#,
    },
    Case {
        name: "quantiles that fall",
        what: Edits(&[(
            "points = [[0, 0], [0.5, 100], [1, 900]]",
            "points = [[0, 0], [0.5, 1000], [1, 900]]",
        )]),
        told: r#"
error: tracks.placement.states.home.time.points: the pair [1.0, 900.0] does not rise above [0.5, 1000.0]
   --> small.toml:101:38
    |
101 | time = { law = "quantiles", points = [[0, 0], [0.5, 1000], [1, 900]] }
    |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Write pairs [share ended, length] with both rising, from [0, shortest] to [1, longest].

1 fault in 1 file
"#,
    },
    Case {
        name: "growth in per cent",
        what: Edits(&[("growth = 0.01", "growth = 1")]),
        told: r"
error: arrivals.families.growth: growth of 1 a year is out of range
  --> small.toml:28:10
   |
28 | growth = 1
   |          ^
   |
   = help: If 1% a year was meant, write 0.01.

1 fault in 1 file
",
    },
    Case {
        name: "eleven months",
        what: Edits(&[(
            "seasonality = [1.1, 1, 1, 1, 1, 1, 1, 0.9, 1, 1, 1, 1]",
            "seasonality = [1.1, 1, 1, 1, 1, 1, 1, 0.9, 1, 1, 1]",
        )]),
        told: r"
error: arrivals.families.seasonality: there are 11 factors
  --> small.toml:29:15
   |
29 | seasonality = [1.1, 1, 1, 1, 1, 1, 1, 0.9, 1, 1, 1]
   |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: Write twelve factors, January first, none below 0, with mean 1.

1 fault in 1 file
",
    },
    Case {
        name: "a parameter that is no weight",
        what: Edits(&[(
            "best = 0.3, low = 0.1, high = 0.6",
            r#"best = 3, low = 1, high = 6, law = "triangular""#,
        )]),
        told: r#"
error: parameters.mood.value: 3 does not fit here
  --> small.toml:24:1
   |
24 | value = { best = 3, low = 1, high = 6, law = "triangular" }
   | ^^^^^
   |
   = help: Write a number from 0 to 1.

1 fault in 1 file
"#,
    },
    Case {
        name: "a table inside a table of its own kind",
        what: Edits(&[(
            "young = 0.2, old = {",
            r#"young = { by = "age", young = 0.2, old = 0.1 }, old = {"#,
        )]),
        told: r#"
error: stages.assessment.exits.care.share.young.by: this table by age stands inside another by age
  --> small.toml:54:38
   |
54 | share = { by = "age", young = { by = "age", young = 0.2, old = 0.1 }, old = { best = 0.3, low = 0.2, high = 0.4 } }
   |                                      ^^^^^
   |
   = help: Let the inner table vary by something else, or write one value.

1 fault in 1 file
"#,
    },
    Case {
        name: "a price by age",
        what: Edits(&[(
            r#"by = "need", standard = 700, complex = 1400"#,
            r#"by = "age", young = 700, old = 1400"#,
        )]),
        told: r#"
error: costs.placements.charges.foster.per_week: prices by age are not kept apart
   --> small.toml:153:1
    |
153 | per_week = { by = "age", young = 700, old = 1400 }
    | ^^^^^^^^
    |
    = help: Let the price vary by cohort or need.

1 fault in 1 file
"#,
    },
    Case {
        name: "more children than there are",
        what: Edits(&[
            ("children_per_year = { best = 120, low = 100, high = 150 }", "children_per_year = 900_000"),
            (
                r"years = 3
",
                r"years = 100
",
            ),
        ]),
        told: r"
error: arrivals: 243 million children could come in 100 years: more than 50 million
  --> small.toml:26:2
   |
26 | [arrivals.families]
   |  ^^^^^^^^
   |
   = help: Lower children_per_year, growth or years: a scenario is about one authority.

1 fault in 1 file
",
    },
    Case {
        name: "a day that does not exist",
        what: Edits(&[(r#"start = "2025-04-01""#, r#"start = "2025-02-30""#)]),
        told: r#"
error: simulation.start: `2025-02-30` is not a date between 1900 and 2200
 --> small.toml:6:9
  |
6 | start = "2025-02-30"
  |         ^^^^^^^^^^^^
  |
  = help: February 2025 has 28 days.

1 fault in 1 file
"#,
    },
    Case {
        name: "a date the wrong way round",
        what: Edits(&[(r#"from = "2025-10-01""#, r#"from = "01-10-2025""#)]),
        told: r#"
error: interventions.carers.from: `01-10-2025` is not a date between 1900 and 2200
   --> small.toml:186:8
    |
186 | from = "01-10-2025"
    |        ^^^^^^^^^^^^
    |
    = help: Write the date as year-month-day: 2025-10-01.

1 fault in 1 file
"#,
    },
    Case {
        name: "a start within a month",
        what: Edits(&[(r#"start = "2025-04-01""#, r#"start = "2025-04-06""#)]),
        told: r#"
error: simulation.start: the simulation starts on 2025-04-06, within a month
 --> small.toml:6:9
  |
6 | start = "2025-04-06"
  |         ^^^^^^^^^^^^
  |
  = help: Start on the first day of a month: 2025-04-01.

1 fault in 1 file
"#,
    },
    Case {
        name: "an end before the start",
        what: Edits(&[(r#"until = "2027-03-31""#, r#"until = "2026-03-31""#)]),
        told: r#"
error: interventions.support.until: it ends before it starts
   --> small.toml:175:9
    |
175 | until = "2026-03-31"
    |         ^^^^^^^^^^^^
    |
    = help: Write a last day after 2026-04-01, the day in `from`.

1 fault in 1 file
"#,
    },
    Case {
        name: "a financial year in short",
        what: Edits(&[(r#"price_base = "2024-25""#, r#"price_base = "2024/25""#)]),
        told: r#"
error: price_base: `2024/25` is not a financial year
 --> small.toml:3:14
  |
3 | price_base = "2024/25"
  |              ^^^^^^^^^
  |
  = help: Write both years, as in "2024-25".

1 fault in 1 file
"#,
    },
    Case {
        name: "years that do not follow each other",
        what: Edits(&[(r#"outturn = { "2024-25""#, r#"outturn = { "2024-26""#)]),
        told: r#"
error: costs.placements.outturn.2024-26: `2024-26` is not a financial year
   --> small.toml:150:25
    |
150 | outturn = { "2024-26" = 2_000_000 }
    |                         ^^^^^^^^^
    |
    = help: Write both years, as in "2024-25".

1 fault in 1 file
"#,
    },
    Case {
        name: "an exit without a time among others",
        what: Edits(&[(
            r#"time = { law = "weibull", shape = 0.8, median = { best = 300, low = 250, high = 400 } }
"#,
            "",
        )]),
        told: r"
error: stages.care.exits.home: this exit has no time, but others of the stage have
  --> small.toml:69:1
   |
69 | [stages.care.exits.home]
   | ^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: Give every exit a time, or the stage one `time` for all; with none it is decided at once.

1 fault in 1 file
",
    },
    Case {
        name: "both scale and median",
        what: Edits(&[("shape = 0.8, median", "shape = 0.8, scale = 500, median")]),
        told: r#"
error: stages.care.exits.home.time: a Weibull law needs either its scale or its median
  --> small.toml:71:1
   |
71 | time = { law = "weibull", shape = 0.8, scale = 500, median = { best = 300, low = 250, high = 400 } }
   | ^^^^
   |
   = help: Write scale = … or median = …, and not both.

1 fault in 1 file
"#,
    },
    Case {
        name: "a birthday in a decision",
        what: Edits(&[(
            r#"title = "Referral"
"#,
            r#"title = "Referral"
birthday = { age = 18, to = "closed" }
"#,
        )]),
        told: r#"
error: stages.referral.birthday: `referral` takes no time, so no birthday falls in it
  --> small.toml:40:1
   |
40 | birthday = { age = 18, to = "closed" }
   | ^^^^^^^^
   |
   = help: Take `birthday` out, or let the shares of its exits vary by age.

1 fault in 1 file
"#,
    },
    Case {
        name: "a round trip in no time",
        what: Edits(&[
            (r#"time = { law = "gamma", shape = 4, mean = 40 }"#, r#"time = { law = "fixed", length = 0 }"#),
            (r#"time = { law = "fixed", length = 10 }"#, r#"time = { law = "fixed", length = 0 }"#),
        ]),
        told: r"
error: stages.referral: children could go round and round in no time: `referral` → `assessment` → `referral`
  --> small.toml:38:1
   |
38 | [stages.referral]
   | ^^^^^^^^^^^^^^^^^
   |
   = help: Let one of these take at least 0.1 days. A birthday or a full pool leads on at once.

1 fault in 1 file
",
    },
    Case {
        name: "a pace on a fixed time",
        what: Edits(&[(
            r#"time = { law = "fixed", length = 10 }"#,
            r#"time = { law = "fixed", length = 10 }
pace = 1.2"#,
        )]),
        told: r"
error: stages.assessment.exits.back.pace: the time of `assessment.back` is fixed at some length or age, so it has no chance per day
  --> small.toml:60:8
   |
60 | pace = 1.2
   |        ^^^
   |
   = help: Write another time law for it, or take `pace` out.

1 fault in 1 file
",
    },
    Case {
        name: "a pool without a word on what happens when it is full",
        what: Edits(&[(
            r#"if_full = "home"
"#,
            "",
        )]),
        told: r#"
error: tracks.placement.states.foster.pool: the file does not say what happens when the pool is full
  --> small.toml:85:8
   |
85 | pool = "foster_places"
   |        ^^^^^^^^^^^^^^^
   |
   = help: Add if_full = "wait", or if_full = the name of where to go instead, in quotation marks.

1 fault in 1 file
"#,
    },
    Case {
        name: "waiting for some and moving on for others",
        what: Edits(&[(r#"if_full = "home""#, r#"if_full = { by = "age", young = "wait", old = "home" }"#)]),
        told: r#"
error: tracks.placement.states.foster.if_full.young: waiting for some and going elsewhere for others cannot be mixed
  --> small.toml:86:33
   |
86 | if_full = { by = "age", young = "wait", old = "home" }
   |                                 ^^^^^^
   |
   = help: Write if_full = "wait" for all, or name a state for each.

1 fault in 1 file
"#,
    },
    Case {
        name: "bands with a gap between them",
        what: Edits(&[("old = [10, 18]", "old = [11, 18]")]),
        told: r"
error: ages.old: the band starts at 11, but the one before it ends at 10
  --> small.toml:12:7
   |
12 | old = [11, 18]
   |       ^^^^^^^^
   |
   = help: List the bands youngest first, each starting where the one before it ends.

1 fault in 1 file
",
    },
    Case {
        name: "a track beside a decision",
        what: Edits(&[(r#"during = ["care"]"#, r#"during = ["care", "referral"]"#)]),
        told: r#"
error: tracks.placement.during[1]: nobody stays in `referral`, so nothing can run beside it
  --> small.toml:81:19
   |
81 | during = ["care", "referral"]
   |                   ^^^^^^^^^^
   |
   = help: Name stages that take time.

1 fault in 1 file
"#,
    },
    Case {
        name: "first states that do not sum to 1",
        what: Edits(&[(r#"foster = 0.6, kinship = "rest""#, "foster = 0.6, kinship = 0.3")]),
        told: r#"
error: tracks.placement.first.others: the shares of the states sum to 0.9 (for home)
  --> small.toml:82:52
   |
82 | first = { by = "plan", adoption = { kinship = 1 }, others = { foster = 0.6, kinship = 0.3 } }
   |                                                    ^^^^^^
   |
   = help: Make them sum to 1, or let one of the states be "rest".

1 fault in 1 file
"#,
    },
    Case {
        name: "an opening in a decision",
        what: Edits(&[("[opening.assessment]", "[opening.referral]")]),
        told: r"
error: opening.referral: nobody stays in `referral`: it is a decision, taken at once
   --> small.toml:110:1
    |
110 | [opening.referral]
    | ^^^^^^^^^^^^^^^^^^
    |
    = help: Give the children to a stage that takes time.

1 fault in 1 file
",
    },
    Case {
        name: "an opening beyond a birthday",
        what: Edits(&[("old = [10, 18]", "old = [10, 21]")]),
        told: r"
error: opening.care.ages.old: children of `old` are there, but a birthday ends `care` at 18
   --> small.toml:115:28
    |
115 | ages = { young = 12, old = 18 }
    |                            ^^
    |
    = help: Let an age band end at 18, in `ages` at the top of the file.

1 fault in 1 file
",
    },
    Case {
        name: "an opening that cannot be divided",
        what: Edits(&[
            ("foster = 10, kinship = 16, home = 4", "foster = 0, kinship = 0, home = 30"),
            (r#"if_full = "home""#, r#"if_full = "kinship""#),
            (
                r#"to = "home"
share = 0.2"#,
                r#"to = "kinship"
share = 0.2"#,
            ),
        ]),
        told: r"
error: opening.care.tracks: no division of the children meets all the counts: 30 of `placement.home` are wanted, and 0 can be had
   --> small.toml:117:1
    |
117 | tracks = { placement = { foster = 0, kinship = 0, home = 30 } }
    | ^^^^^^
    |
    = help: Check the counts, and which ages and cohorts can be in each state of a track: children must
            start there (`first`) or be able to move there.

1 fault in 1 file
",
    },
    Case {
        name: "an opening whose ages do not add up",
        what: Edits(&[("ages = { young = 12, old = 18 }", "ages = { young = 24, old = 36 }")]),
        told: r"
error: opening.care.ages: the ages add up to 60, and `count` is 30
   --> small.toml:115:1
    |
115 | ages = { young = 24, old = 36 }
    | ^^^^
    |
    = help: Give counts that add up to 30, or shares that add up to 1: shares hold whatever the count.

1 fault in 1 file
",
    },
    Case {
        name: "one age changed in a table of values that a what-if replaces",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[stages.assessment.exits.care.share]\nyoung = 0.1\n", &[]),
        told: r#"
error: stages.assessment.exits.care.share: this replaces a whole table, but says only a part of it
 --> change.toml:4:1
  |
4 | [stages.assessment.exits.care.share]
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: A table of values replaces the one in the baseline whole: the two are not merged. Here is the
          baseline's, with your values put in; write this instead:
              [stages.assessment.exits.care.share]
              by = "age"
              young = 0.1
              old = { best = 0.3, low = 0.2, high = 0.4 }

1 fault in 1 file
"#,
    },
    Case {
        name: "the same with what it varies by",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[stages.assessment.exits.care]\nshare = { by = \"age\", young = 0.1 }\n", &[]),
        told: r#"
error: stages.assessment.exits.care.share: this replaces a whole table, but says only a part of it
 --> change.toml:5:1
  |
5 | share = { by = "age", young = 0.1 }
  | ^^^^^
  |
  = help: A table of values replaces the one in the baseline whole: the two are not merged. Here is the
          baseline's, with your values put in; write this instead:
              share = { by = "age", young = 0.1, old = { best = 0.3, low = 0.2, high = 0.4 } }

1 fault in 1 file
"#,
    },
    Case {
        name: "one part of a time law that a what-if replaces",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[stages.assessment]\ntime.mean = 30\n", &[]),
        told: r#"
error: stages.assessment.time: this replaces a whole table, but says only a part of it
 --> change.toml:5:1
  |
5 | time.mean = 30
  | ^^^^
  |
  = help: A table of values replaces the one in the baseline whole: the two are not merged. Here is the
          baseline's, with your values put in; write this instead:
              time = { law = "gamma", shape = 4, mean = 30 }

1 fault in 1 file
"#,
    },
    Case {
        name: "a part of a division within others that a what-if replaces",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[tracks.placement.first.others]\nfoster = 0.5\n", &[]),
        told: r#"
error: tracks.placement.first: this replaces a whole table, but says only a part of it
 --> change.toml:4:19
  |
4 | [tracks.placement.first.others]
  |                   ^^^^^
  |
  = help: A table of values replaces the one in the baseline whole: the two are not merged. Here is the
          baseline's, with your values put in; write this instead:
              [tracks.placement.first]
              by = "plan"
              adoption = { kinship = 1 }
              others = { foster = 0.5, kinship = "rest" }

1 fault in 1 file
"#,
    },
    Case {
        name: "one end of a range that a what-if replaces",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[parameters.mood.value]\nbest = 0.4\n", &[]),
        told: r"
error: parameters.mood.value: this replaces a whole table, but says only a part of it
 --> change.toml:4:1
  |
4 | [parameters.mood.value]
  | ^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: A table of values replaces the one in the baseline whole: the two are not merged. Here is the
          baseline's, with your values put in; write this instead:
              [parameters.mood.value]
              best = 0.4
              low = 0.1
              high = 0.6

1 fault in 1 file
",
    },
    Case {
        name: "a value of another kind in a table that a what-if replaces",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[stages.assessment.exits.care.share]\ngeneral = 0.1\n", &[]),
        told: r#"
error: stages.assessment.exits.care.share: this replaces a whole table, but says only a part of it
 --> change.toml:4:1
  |
4 | [stages.assessment.exits.care.share]
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: A table of values replaces the one in the baseline whole: the two are not merged. Here is the
          baseline's, to copy and change:
              [stages.assessment.exits.care.share]
              by = "age"
              young = 0.2
              old = { best = 0.3, low = 0.2, high = 0.4 }

1 fault in 1 file
"#,
    },
    Case {
        name: "a table with a capital letter, of which a part has none",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[Interventions.Help]\ntitle = \"Help\"\nfrom = 2026-04-01\n\n[interventions.help.cost]\nonce = 3\n", &[]),
        told: r"
error: Interventions: there is no such key
 --> change.toml:4:2
  |
4 | [Interventions.Help]
  |  ^^^^^^^^^^^^^
  |
  = help: Did you mean `interventions`?

1 fault in 1 file
",
    },
    Case {
        name: "a name with a capital letter, of which a part has none",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[interventions.Help]\ntitle = \"Help\"\nfrom = 2026-04-01\n\n[interventions.help.cost]\nonce = 3\n", &[]),
        told: r#"
error: interventions.help.title: this key is missing
 --> change.toml:8:16
  |
8 | [interventions.help.cost]
  |                ^^^^
  |
  = help: Did you mean `Help`? If not, add `title = "TEXT"`.

1 fault in 1 file
"#,
    },
    Case {
        name: "a title for the name of a stage that a what-if changes",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[stages.\"Looked after\".exits.home]\npace = 1.1\n\n[stages.\"Looked after\".exits.adoption]\npace = 1.1\n", &[]),
        told: r#"
error: stages."Looked after".exits.home.to: this key is missing
 --> change.toml:4:1
  |
4 | [stages."Looked after".exits.home]
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: Did you mean `stages.care`? If not, add `to = "STAGE"`.

1 fault in 1 file
"#,
    },
    Case {
        name: "interventions as a list",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[[interventions]]\nname = \"Family group conferences\"\nfrom = 2026-04-01\n", &[]),
        told: r"
error: interventions: a list cannot stand here
 --> change.toml:4:1
  |
4 | [[interventions]]
  | ^^^^^^^^^^^^^^^^^
  |
  = help: Write `[interventions.family_group_conferences]` for `[[interventions]]`, and call `name` there
          `title`. What the council pays for that changes shares, times, arrivals or places from a date.

1 fault in 1 file
",
    },
    Case {
        name: "interventions as a list without names",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[[interventions]]\nfrom = 2026-04-01\n", &[]),
        told: r"
error: interventions: a list cannot stand here
 --> change.toml:4:1
  |
4 | [[interventions]]
  | ^^^^^^^^^^^^^^^^^
  |
  = help: Write `[interventions.NAME]` for `[[interventions]]`: each has a name of its own. What the
          council pays for that changes shares, times, arrivals or places from a date.

1 fault in 1 file
",
    },
    Case {
        name: "an opening that a what-if gives another count",
        what: Over("extends = \"base.toml\"\nname = \"What if\"\n\n[opening.care]\ncount = 33\n", &[]),
        told: r"
error: opening.care.count: `count` is 33, but the ages add up to 30, the cohorts add up to 30 and the states of `placement` add up to 30
 --> change.toml:5:9
  |
5 | count = 33
  |         ^^
  |
  = help: Give counts that add up to 33, or shares that add up to 1: shares hold whatever the count.

1 fault in 1 file
",
    },
    Case {
        name: "names that nothing refers to in a what-if",
        what: Over(
            "extends = \"base.toml\"\nname = \"What if\"\n\n[pools.foster_place]\nplaces = 9\n\n[parameters.gap]\nvalue = 0.9\n\n[stages.carre]\n",
            &[],
        ),
        told: r"
error: pools.foster_place: nothing uses the pool `foster_place`
 --> change.toml:4:1
  |
4 | [pools.foster_place]
  | ^^^^^^^^^^^^^^^^^^^^
  |
  = help: Did you mean `foster_places`? If not, use it or take it out.

error: parameters.gap: no number uses the parameter `gap`
 --> change.toml:7:1
  |
7 | [parameters.gap]
  | ^^^^^^^^^^^^^^^^
  |
  = help: Use it, or take it out.

error: stages.carre: nothing leads to the stage `carre`
  --> change.toml:10:1
   |
10 | [stages.carre]
   | ^^^^^^^^^^^^^^
   |
   = help: Did you mean `care`? If not, use it or take it out.

3 faults in 1 file
",
    },
    Case {
        name: "a misspelt exit in a what-if",
        what: Over(
            "extends = \"base.toml\"\nname = \"What if\"\n\n[stages.care.exits.hoem]\nshare = 0.3\n",
            &[],
        ),
        told: r#"
error: stages.care.exits.hoem.to: this key is missing
 --> change.toml:4:1
  |
4 | [stages.care.exits.hoem]
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: Did you mean `home`? If not, add `to = "STAGE"`.

1 fault in 1 file
"#,
    },
    Case {
        name: "an opening of an unknown band",
        what: Edits(&[("ages = { young = 12, old = 18 }", "ages = { young = 12, teen = 18 }")]),
        told: r"
error: opening.care.ages.teen: there is no age band `teen`
   --> small.toml:115:29
    |
115 | ages = { young = 12, teen = 18 }
    |                             ^^
    |
    = help: There are `young` and `old`.

1 fault in 1 file
",
    },
    Case {
        name: "an effect that does two things",
        what: Edits(&[(
            r#"exit = "home", pace_times = 1.2"#,
            r#"exit = "home", pace_times = 1.2, time_times = 0.9"#,
        )]),
        told: r#"
error: interventions.reunification.effects[0]: an effect does exactly one thing
   --> small.toml:194:12
    |
194 | effects = [{ exit = "home", pace_times = 1.2, time_times = 0.9 }]
    |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Write one of share_times, pace_times, time_times, arrivals_times or adds_places.

1 fault in 1 file
"#,
    },
    Case {
        name: "an effect on nobody in particular",
        what: Edits(&[(
            r#"reaches = { stage = "care" }
"#,
            "",
        )]),
        told: r#"
error: interventions.reunification.effects[0]: it changes exits, but the intervention does not say of which stage
   --> small.toml:193:12
    |
193 | effects = [{ exit = "home", pace_times = 1.2 }]
    |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Add reaches = { stage = "…" } to the intervention.

1 fault in 1 file
"#,
    },
    Case {
        name: "a pace with places",
        what: Edits(&[(
            r#"reaches = { stage = "care" }
"#,
            r#"reaches = { stage = "care" }
places_per_year = 5
"#,
        )]),
        told: r#"
error: interventions.reunification.effects[0].pace_times: a pace acts on children who are in the stage already, so places cannot hold for it
   --> small.toml:195:42
    |
195 | effects = [{ exit = "home", pace_times = 1.2 }]
    |                                          ^^^
    |
    = help: Say with take_up how many it reaches, or use share_times or time_times.

1 fault in 1 file
"#,
    },
    Case {
        name: "a share pushed above 1",
        what: Edits(&[(
            r#"share_times = { best = 0.8, low = 0.6, high = 0.95 }, instead = "closed""#,
            "share_times = 6",
        )]),
        told: r#"
error: interventions.support.effects[0].share_times: the share of `care` is 0.2 (for young, standard), and 6 times that is above 1
   --> small.toml:181:43
    |
181 | effects = [{ exit = "care", share_times = 6 }]
    |                                           ^
    |
    = help: Write at most 5.

1 fault in 1 file
"#,
    },
    Case {
        name: "a share in a race",
        what: Edits(&[("pace_times = 1.2", "share_times = 0.9")]),
        told: r#"
error: interventions.reunification.effects[0]: the exits of `care` have no shares: the earliest time wins
   --> small.toml:194:12
    |
194 | effects = [{ exit = "home", share_times = 0.9 }]
    |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Use pace_times or time_times.

1 fault in 1 file
"#,
    },
    Case {
        name: "a decision hurried",
        what: Edits(&[(
            r#"reaches = { stage = "care" }
effects = [{ exit = "home", pace_times = 1.2 }]"#,
            r#"reaches = { stage = "referral" }
effects = [{ time_times = 0.5 }]"#,
        )]),
        told: r"
error: interventions.reunification.effects[0]: `referral` is a decision, taken at once: it has no times
   --> small.toml:194:12
    |
194 | effects = [{ time_times = 0.5 }]
    |            ^^^^^^^^^^^^^^^^^^^^
    |
    = help: Use share_times.

1 fault in 1 file
",
    },
    Case {
        name: "waiting for a yearly number of places",
        what: Edits(&[(
            "places_per_year = 20",
            r#"places_per_year = 20
when_full = "wait""#,
        )]),
        told: r#"
error: interventions.support.when_full: children can wait only for places that come free
   --> small.toml:181:13
    |
181 | when_full = "wait"
    |             ^^^^^^
    |
    = help: Add `places` and `months_per_place`, or write when_full = "refuse".

1 fault in 1 file
"#,
    },
    Case {
        name: "places without an end",
        what: Edits(&[(
            r"months_per_place = 2
",
            "",
        )]),
        told: r"
error: interventions.swift: it has places, but does not say how long a child holds one
   --> small.toml:196:1
    |
196 | [interventions.swift]
    | ^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Add months_per_place.

1 fault in 1 file
",
    },
    Case {
        name: "the same effect twice",
        what: Edits(&[(
            r#"{ arrivals = "families", arrivals_times = 0.98 }"#,
            r#"{ arrivals = "families", arrivals_times = 0.98 }, { arrivals = "families", arrivals_times = 0.9 }"#,
        )]),
        told: r#"
error: interventions.carers.effects[2]: an effect above changes the same already
   --> small.toml:187:107
    |
187 | ... = "families", arrivals_times = 0.98 }, { arrivals = "families", arrivals_times = 0.9 }]
    |                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Put the two into one, or make them two interventions.

1 fault in 1 file
"#,
    },
    Case {
        name: "nobody turned away",
        what: Edits(&[("share_times = { best = 0.8, low = 0.6, high = 0.95 }", "share_times = 1.2")]),
        told: r#"
error: interventions.support.effects[0].instead: no children are diverted: share_times is not below 1
   --> small.toml:181:58
    |
181 | effects = [{ exit = "care", share_times = 1.2, instead = "closed" }]
    |                                                          ^^^^^^^^
    |
    = help: Take `instead` out, or write a share_times below 1.

1 fault in 1 file
"#,
    },
    Case {
        name: "work charged twice over",
        what: Edits(&[(
            "charges = { team = { per_year = 900_000 } }",
            r#"charges = { team = { per_week = 900, of = ["care"] } }"#,
        )]),
        told: r#"
error: costs.staff.charges.team: the line is charged by staff, and this by case: the same work could be counted twice
   --> small.toml:164:13
    |
164 | charges = { team = { per_week = 900, of = ["care"] } }
    |             ^^^^
    |
    = help: Move it to a line with basis = "case", or charge it per_year.

1 fault in 1 file
"#,
    },
    Case {
        name: "a weekly price at an end",
        what: Edits(&[(r#"per_week = 90, of = ["care"]"#, r#"per_week = 90, of = ["closed"]"#)]),
        told: r#"
error: income.grant.charges.grant.of[0]: nobody stays in `closed`: it is an end: children who come there have left
   --> small.toml:170:44
    |
170 | charges = { grant = { per_week = 90, of = ["closed"] } }
    |                                            ^^^^^^^^
    |
    = help: Name stages that take time, or charge it per_event.

1 fault in 1 file
"#,
    },
    Case {
        name: "entries to a state of a track",
        what: Edits(&[(r#"of = ["care", "assessment.back"]"#, r#"of = ["placement.foster"]"#)]),
        told: r#"
error: costs.placements.charges.entry.of[0]: `placement.foster` is a state of a track, which starts and ends with its stage
   --> small.toml:158:7
    |
158 | of = ["placement.foster"]
    |       ^^^^^^^^^^^^^^^^^^
    |
    = help: Name exits of `placement`, as placement.foster.EXIT, or the stages that it runs beside.

1 fault in 1 file
"#,
    },
    Case {
        name: "costs without a price base",
        what: Edits(&[(
            r#"price_base = "2024-25"
"#,
            "",
        )]),
        told: r#"
error: price_base: there are costs, but the file does not say in which year's prices
 --> small.toml:1:1
  |
1 | # A small authority with a little of everything: the good scenario that the tests of bad input break.
  | ^
  |
  = help: Add price_base = "2024-25", with the right year.

1 fault in 1 file
"#,
    },
    Case {
        name: "a stock that counts a child twice",
        what: Edits(&[(
            r#"stages = ["care"]
by = ["placement", "age"]"#,
            r#"stages = ["care", "placement.kinship"]"#,
        )]),
        told: r#"
error: stocks.looked_after.stages: stages and states of tracks are counted together: a child in both would count twice
   --> small.toml:129:10
    |
129 | stages = ["care", "placement.kinship"]
    |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
    = help: Count stages alone, or states of one track alone.

1 fault in 1 file
"#,
    },
    Case {
        name: "a stock by a track that does not run there",
        what: Edits(&[(
            r#"stages = ["care"]
by"#,
            r#"stages = ["care", "assessment"]
by"#,
        )]),
        told: r#"
error: stocks.looked_after.by[0]: `placement` runs during other stages than those counted here
   --> small.toml:130:7
    |
130 | by = ["placement", "age"]
    |       ^^^^^^^^^^^
    |
    = help: Count just the stages it runs during: care.

1 fault in 1 file
"#,
    },
    Case {
        name: "a flow of two kinds",
        what: Edits(&[(
            r#"into = ["care"]"#,
            r#"into = ["care"]
out_of = ["care"]"#,
        )]),
        told: r"
error: flows.care_starts: a flow counts one kind of event
   --> small.toml:132:1
    |
132 | [flows.care_starts]
    | ^^^^^^^^^^^^^^^^^^^
    |
    = help: Write exactly one of into, out_of, exits and moves_in.

1 fault in 1 file
",
    },
    Case {
        name: "an exit named without its stage",
        what: Edits(&[(
            "[flows.moves]",
            r#"[flows.returns]
title = "Returns"
exits = ["home"]

[flows.moves]"#,
        )]),
        told: r#"
error: flows.returns.exits[0]: `home` does not name an exit
   --> small.toml:143:10
    |
143 | exits = ["home"]
    |          ^^^^^^
    |
    = help: Write stage.exit, such as "assessment.child_in_need".

1 fault in 1 file
"#,
    },
    Case {
        name: "a stock and a flow of one name",
        what: Edits(&[("[flows.moves]", "[flows.looked_after]")]),
        told: r"
error: flows.looked_after: there is a stock called `looked_after` already
   --> small.toml:141:1
    |
141 | [flows.looked_after]
    | ^^^^^^^^^^^^^^^^^^^^
    |
    = help: Give one of the two another name: results are found by it.

1 fault in 1 file
",
    },
    Case {
        name: "a shipped scenario that is not",
        what: Text(
            r#"extends = "stoke"
name = "What if"
"#,
        ),
        told: r#"
error: extends: there is no built-in scenario called "stoke"
 --> small.toml:1:11
  |
1 | extends = "stoke"
  |           ^^^^^^^
  |
  = help: Did you mean `stoke-on-trent`? A file is named by its path, ending in .toml.

1 fault in 1 file
"#,
    },
    Case {
        name: "a what-if without a name",
        what: Text(
            r#"extends = "stoke-on-trent"
"#,
        ),
        told: r#"
error: name: this key is missing
 --> small.toml:1:1
  |
1 | extends = "stoke-on-trent"
  | ^
  |
  = help: A scenario that extends another needs a name of its own, to tell the two apart in tables and
          charts. Write name = "…".

1 fault in 1 file
"#,
    },
    Case {
        name: "a what-if about a stage that is not there",
        what: Text(
            r#"extends = "england"
name = "What if"
[stages.care.exits.adoption]
to = "placed"
"#,
        ),
        told: r#"
error: stages.care.exits.adoption.to: there is no stage `placed`
 --> small.toml:4:6
  |
4 | to = "placed"
  |      ^^^^^^^^
  |
  = help: Did you mean `placed_for_adoption`?

1 fault in 1 file
"#,
    },
    Case {
        name: "several faults at once",
        what: Edits(&[
            (r#"start = "2025-04-01""#, r#"start = "2025-13-01""#),
            (r#"enters = "referral""#, r#"enters = "front_door""#),
            (
                r"share = 0.2
",
                r"share = 1.2
",
            ),
            ("count = 30", "count = 3_000_000"),
        ]),
        told: r#"
error: simulation.start: `2025-13-01` is not a date between 1900 and 2200
 --> small.toml:6:9
  |
6 | start = "2025-13-01"
  |         ^^^^^^^^^^^^
  |
  = help: Write year-month-day, such as 2026-04-01.

error: arrivals.families.enters: there is no stage `front_door`
  --> small.toml:30:10
   |
30 | enters = "front_door"
   |          ^^^^^^^^^^^^
   |
   = help: There are `referral`, `assessment`, `care` and `closed`.

error: tracks.placement.states.foster.exits.to_home.share: 1.2 does not fit here
  --> small.toml:92:9
   |
92 | share = 1.2
   |         ^^^
   |
   = help: Write a share from 0 to 1; 30% is 0.3.

error: opening.care.count: 3000000 is out of range
   --> small.toml:114:9
    |
114 | count = 3_000_000
    |         ^^^^^^^^^
    |
    = help: How many. Write a whole number from 0 to 1_000_000.

4 faults in 1 file
"#,
    },
    Case {
        name: "a typo, a share above 1 and a day that does not exist",
        what: Edits(&[
            ("take_up = 0.7", "takeup = 0.7"),
            ("share = 0.2\n", "share = 1.2\n"),
            (r#"from = "2025-10-01""#, "from = 2025-10-32"),
        ]),
        told: r"
error: tracks.placement.states.foster.exits.to_home.share: 1.2 does not fit here
  --> small.toml:92:9
   |
92 | share = 1.2
   |         ^^^
   |
   = help: Write a share from 0 to 1; 30% is 0.3.

error: interventions.support.takeup: there is no such key
   --> small.toml:179:1
    |
179 | takeup = 0.7
    | ^^^^^^
    |
    = help: Did you mean `take_up`?

error: `2025-10-32` is not a date
   --> small.toml:186:8
    |
186 | from = 2025-10-32
    |        ^^^^^^^^^^
    |
    = help: Write a date as year-month-day, with two digits each for month and day: 2026-04-01.

3 faults in 1 file
",
    },
    Case {
        name: "a key that means nothing, a date and shares that do not sum to 1",
        what: Edits(&[
            ("take_up = 0.7", "colour = 3"),
            (r#"from = "2025-10-01""#, r#"from = "2025-11-31""#),
            (
                "to = \"closed\"\nshare = \"rest\"\n\n[stages.assessment]",
                "to = \"closed\"\nshare = 0.3\n\n[stages.assessment]",
            ),
        ]),
        told: r#"
error: stages.referral: the shares of the exits sum to 0.97
  --> small.toml:38:1
   |
38 | [stages.referral]
   | ^^^^^^^^^^^^^^^^^
   |
   = help: Make them sum to 1, or let one of the exits be "rest".

error: interventions.support.colour: there is no such key
   --> small.toml:179:1
    |
179 | colour = 3
    | ^^^^^^
    |
    = help: The keys here are `title`, `from`, `until`, `ramp_up_months`, `fade_months`, `reaches`,
            `take_up`, `places_per_year`, `places`, `months_per_place`, `count_use`, `when_full`, `effects`,
            `reviews`, `cost` and `source`.

error: interventions.carers.from: `2025-11-31` is not a date between 1900 and 2200
   --> small.toml:186:8
    |
186 | from = "2025-11-31"
    |        ^^^^^^^^^^^^
    |
    = help: November 2025 has 30 days.

3 faults in 1 file
"#,
    },
    Case {
        name: "a table with a misspelt name, and what depends on it",
        what: Edits(&[("[arrivals.families]", "[arrival.families]"), ("count = 30", "count = 3_000_000")]),
        told: r"
error: arrival: there is no such key
  --> small.toml:26:2
   |
26 | [arrival.families]
   |  ^^^^^^^
   |
   = help: Did you mean `arrivals`?

error: opening.care.count: 3000000 is out of range
   --> small.toml:114:9
    |
114 | count = 3_000_000
    |         ^^^^^^^^^
    |
    = help: How many. Write a whole number from 0 to 1_000_000.

2 faults in 1 file
",
    },
    Case {
        name: "a misspelt `reaches`, and effects on those reached",
        what: Edits(&[
            (r#"reaches = { stage = "care" }"#, r#"reach = { stage = "care" }"#),
            ("pace_times = 1.2", "pace_times = -1.2"),
        ]),
        told: r#"
error: interventions.reunification.reach: there is no such key
   --> small.toml:193:1
    |
193 | reach = { stage = "care" }
    | ^^^^^
    |
    = help: Did you mean `reaches`?

error: interventions.reunification.effects[0].pace_times: -1.2 does not fit here
   --> small.toml:194:42
    |
194 | effects = [{ exit = "home", pace_times = -1.2 }]
    |                                          ^^^^
    |
    = help: Write a number that is 0 or more.

2 faults in 1 file
"#,
    },
    Case {
        name: "an unknown stage to reach, and all else that is wrong there",
        what: Edits(&[
            (r#"stage = "assessment", ages = ["young"]"#, r#"stage = "assesment", ages = ["younger"]"#),
            ("take_up = 0.7", "take_up = 7"),
            ("best = 0.8, low = 0.6, high = 0.95", "best = 0.8, low = 0.9, high = 0.95"),
            ("per_family = 900", "per_family = -900"),
        ]),
        told: r#"
error: interventions.support.reaches.stage: there is no stage `assesment`
   --> small.toml:178:21
    |
178 | reaches = { stage = "assesment", ages = ["younger"] }
    |                     ^^^^^^^^^^^
    |
    = help: Did you mean `assessment`?

error: interventions.support.reaches.ages[0]: there is no age band `younger`
   --> small.toml:178:42
    |
178 | reaches = { stage = "assesment", ages = ["younger"] }
    |                                          ^^^^^^^^^
    |
    = help: Did you mean `young`?

error: interventions.support.take_up: 7 does not fit here
   --> small.toml:179:11
    |
179 | take_up = 7
    |           ^
    |
    = help: Write a share from 0 to 1. If 7% was meant, write 0.07.

error: interventions.support.effects[0].share_times: the best estimate 0.8 is not between 0.9 and 0.95
   --> small.toml:181:29
    |
181 | effects = [{ exit = "care", share_times = { best = 0.8, low = 0.9, high = 0.95 }, instead = "closed" }]
    |                             ^^^^^^^^^^^
    |
    = help: Write low, best and high in rising order.

error: interventions.support.cost.per_family: -900 does not fit here
   --> small.toml:182:42
    |
182 | cost = { per_year = 60_000, per_family = -900 }
    |                                          ^^^^
    |
    = help: Write a number that is 0 or more.

5 faults in 1 file
"#,
    },
    Case {
        name: "an unknown law in a stage whose shares are wrong too, and one more stage",
        what: Edits(&[
            (r#"law = "gamma""#, r#"law = "normal""#),
            ("share = 0.1\n", "share = 0.95\n"),
            (r#"foster = 0.6, kinship = "rest""#, "foster = 0.6, kinship = 0.3"),
        ]),
        told: r#"
error: stages.assessment.time.law: the text "normal" cannot stand here
  --> small.toml:50:16
   |
50 | time = { law = "normal", shape = 4, mean = 40 }
   |                ^^^^^^^^
   |
   = help: Write "fixed", "exponential", "gamma", "weibull", "lognormal", "triangular", "quantiles" or
           "until_age".

error: tracks.placement.first.others: the shares of the states sum to 0.9 (for home)
  --> small.toml:82:52
   |
82 | first = { by = "plan", adoption = { kinship = 1 }, others = { foster = 0.6, kinship = 0.3 } }
   |                                                    ^^^^^^
   |
   = help: Make them sum to 1, or let one of the states be "rest".

2 faults in 1 file
"#,
    },
    Case {
        name: "a line that cannot be read, and a share above 1",
        what: Edits(&[
            ("[pools.foster_places]\nplaces = 15", "[pools.foster_places]\nplaces: 15"),
            (r#"enters = "referral""#, r#"enters = "referal""#),
            ("share = 0.2\n", "share = 1.2\n"),
        ]),
        told: r"
error: tracks.placement.states.foster.exits.to_home.share: 1.2 does not fit here
  --> small.toml:92:9
   |
92 | share = 1.2
   |         ^^^
   |
   = help: Write a share from 0 to 1; 30% is 0.3.

error: this line has a colon for `=`
   --> small.toml:108:1
    |
108 | places: 15
    | ^^^^^^^^^^
    |
    = help: Write `places = 15`.

2 faults in 1 file
",
    },
    Case {
        name: "a start that is no date, and what can be said without it",
        what: Edits(&[
            (r#"start = "2025-04-01""#, "start = 2025-02-30"),
            (r#"until = "2027-03-31""#, r#"until = "2026-03-31""#),
            (r#"price_base = "2024-25""#, r#"price_base = "1924-25""#),
            (r#"from = "2025-10-01""#, r#"from = "1st April""#),
        ]),
        told: r#"
error: `2025-02-30` is not a date
 --> small.toml:6:9
  |
6 | start = 2025-02-30
  |         ^^^^^^^^^^
  |
  = help: Write a date as year-month-day, with two digits each for month and day: 2026-04-01.

error: interventions.support.until: it ends before it starts
   --> small.toml:175:9
    |
175 | until = "2026-03-31"
    |         ^^^^^^^^^^^^
    |
    = help: Write a last day after 2026-04-01, the day in `from`.

error: interventions.carers.from: `1st April` is not a date between 1900 and 2200
   --> small.toml:186:8
    |
186 | from = "1st April"
    |        ^^^^^^^^^^^
    |
    = help: Write year-month-day, such as 2026-04-01.

3 faults in 1 file
"#,
    },
    Case {
        name: "an exit without a destination, and what names the exit",
        what: Edits(&[("to = \"referral\"\n", ""), ("per_event = 1_000", "per_event = -1")]),
        told: r#"
error: stages.assessment.exits.back.to: this key is missing
  --> small.toml:56:1
   |
56 | [stages.assessment.exits.back]
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: The stage it leads to. Add `to = "STAGE"`.

error: costs.placements.charges.entry.per_event: -1 does not fit here
   --> small.toml:156:13
    |
156 | per_event = -1
    |             ^^
    |
    = help: Write a number that is 0 or more.

2 faults in 1 file
"#,
    },
    Case {
        name: "a class that is a number, and a price by class",
        what: Edits(&[
            ("[cohorts.general]\n[cohorts.disabled]", "[cohorts]\ngeneral = 1\ndisabled = 2"),
            ("standard = 700", "standard = -700"),
        ]),
        told: r#"
error: cohorts.general: the number 1 cannot stand here
  --> small.toml:15:11
   |
15 | general = 1
   |           ^
   |
   = help: A named group of children. It is a table: write `[cohorts.general]`, and what there is to say in
           lines below it.

error: cohorts.disabled: the number 2 cannot stand here
  --> small.toml:16:12
   |
16 | disabled = 2
   |            ^
   |
   = help: A named group of children. It is a table: write `[cohorts.disabled]`, and what there is to say
           in lines below it.

error: costs.placements.charges.foster.per_week.standard: -700 does not fit here
   --> small.toml:154:38
    |
154 | per_week = { by = "need", standard = -700, complex = 1400 }
    |                                      ^^^^
    |
    = help: Write a number that is 0 or more.

3 faults in 1 file
"#,
    },
    Case {
        name: "a parameter that is a blend",
        what: Edits(&[(
            "value = { best = 0.3, low = 0.1, high = 0.6 }",
            "value = { between = [0, 1], weight = \"mood\" }",
        )]),
        told: r#"
error: parameters.mood.value: a parameter cannot itself be a blend
  --> small.toml:24:1
   |
24 | value = { between = [0, 1], weight = "mood" }
   | ^^^^^
   |
   = help: Write a number or a range such as { best = 0.2, low = 0.05, high = 0.5 }.

1 fault in 1 file
"#,
    },
    Case {
        name: "a list for a text, an unknown word and a range out of order",
        what: Edits(&[
            (
                r#"pool = "foster_places"
if_full"#,
                "pool = [\"foster_places\"]\nif_full",
            ),
            (r#"behaves = "fixed""#, r#"behaves = "static""#),
            ("best = 0.03, low = 0.01, high = 0.05", "best = 0.03, low = 0.04, high = 0.05"),
        ]),
        told: r#"
error: tracks.placement.states.foster.pool: a list cannot stand here
  --> small.toml:85:8
   |
85 | pool = ["foster_places"]
   |        ^^^^^^^^^^^^^^^^^
   |
   = help: The pool whose places are taken up by children here. It is not a list: write "foster_places"
           without brackets.

error: costs.placements.growth: the best estimate 0.03 is not between 0.04 and 0.05
   --> small.toml:149:1
    |
149 | growth = { best = 0.03, low = 0.04, high = 0.05 }
    | ^^^^^^
    |
    = help: Write low, best and high in rising order.

error: costs.staff.behaves: the text "static" cannot stand here
   --> small.toml:162:11
    |
162 | behaves = "static"
    |           ^^^^^^^^
    |
    = help: Whether it varies with children or is fixed. Write "varies" or "fixed".

3 faults in 1 file
"#,
    },
    Case {
        name: "a number beyond all numbers",
        what: Edits(&[(
            "children_per_year = { best = 120, low = 100, high = 150 }",
            "children_per_year = 1e308",
        )]),
        told: r"
error: arrivals.families.children_per_year: 1e308 children a year is too much
  --> small.toml:27:21
   |
27 | children_per_year = 1e308
   |                     ^^^^^
   |
   = help: Write a number up to 1000000.

1 fault in 1 file
",
    },
    Case {
        name: "a table said twice",
        what: Edits(&[("[stages.closed]", "[stages.closed]\n\n[stages.care]\ntitle = \"Again\"")]),
        told: r"
error: `care` is here for the second time
  --> small.toml:80:9
   |
80 | [stages.care]
   |         ^^^^
   |
   = help: Keep one of the two, or give one another name.

1 fault in 1 file
",
    },
    Case {
        name: "brackets in brackets",
        what: Text(
            "x = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
        ),
        told: r"
error: tables and lists are nested too deep
 --> small.toml:1:69
  |
1 | x = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
  |                                                                     ^
  |
  = help: No part of a scenario is nested so deep: look for a bracket that is never closed.

1 fault in 1 file
",
    },
    Case {
        name: "a what-if that extends a number",
        what: Text("extends = 3\nname = \"What if\"\n"),
        told: r#"
error: extends: the number 3 cannot stand here
 --> small.toml:1:11
  |
1 | extends = 3
  |           ^
  |
  = help: The scenario that this one starts from: the bare name of a shipped scenario, or a path to a file
          relative to this one. Put it between quotation marks: "3".

1 fault in 1 file
"#,
    },
    Case {
        name: "faults in two files",
        what: Over(
            "extends = \"base.toml\"\nname = \"What if\"\n\n[pools.foster_places]\nplaces = -3\n",
            &[(r#"enters = "referral""#, r#"enters = "front_door""#), ("share = 0.2\n", "share = 1.2\n")],
        ),
        told: r#"
error: pools.foster_places.places: -3 does not fit here
 --> change.toml:5:10
  |
5 | places = -3
  |          ^^
  |
  = help: Write a number that is 0 or more.

error: arrivals.families.enters: there is no stage `front_door`
  --> base.toml:30:10
   |
30 | enters = "front_door"
   |          ^^^^^^^^^^^^
   |
   = help: There are `referral`, `assessment`, `care` and `closed`.

error: tracks.placement.states.foster.exits.to_home.share: 1.2 does not fit here
  --> base.toml:92:9
   |
92 | share = 1.2
   |         ^^^
   |
   = help: Write a share from 0 to 1; 30% is 0.3.

3 faults in 2 files
"#,
    },
    Case {
        name: "a what-if that misspells what its base spells right, and faults in both",
        what: Over(
            "extends = \"base.toml\"\nname = \"What if\"\n\n[interventions.support]\ntakeup = 0.5\nuntil = 2026-02-29\n",
            &[("share = 0.2\n", "share = 1.2\n"), (r#"behaves = "fixed""#, r#"behaves = "fixd""#)],
        ),
        told: r#"
error: interventions.support.takeup: there is no such key
 --> change.toml:5:1
  |
5 | takeup = 0.5
  | ^^^^^^
  |
  = help: Did you mean `take_up`?

error: `2026-02-29` is not a date
 --> change.toml:6:9
  |
6 | until = 2026-02-29
  |         ^^^^^^^^^^
  |
  = help: Write a date as year-month-day, with two digits each for month and day: 2026-04-01.

error: tracks.placement.states.foster.exits.to_home.share: 1.2 does not fit here
  --> base.toml:92:9
   |
92 | share = 1.2
   |         ^^^
   |
   = help: Write a share from 0 to 1; 30% is 0.3.

error: costs.staff.behaves: the text "fixd" cannot stand here
   --> base.toml:162:11
    |
162 | behaves = "fixd"
    |           ^^^^^^
    |
    = help: Whether it varies with children or is fixed. Did you mean "fixed"?

4 faults in 2 files
"#,
    },
    Case {
        name: "a what-if with a text without quotation marks, over a base with an unknown stage",
        what: Over(
            "extends = \"base.toml\"\nname = What if\n\n[simulation]\nyears = \"two\"\n",
            &[(r#"enters = "referral""#, r#"enters = "referal""#), ("per_family = 900", "per_famly = 900")],
        ),
        told: r#"
error: `What if` is neither a number nor a text in quotation marks
 --> change.toml:2:8
  |
2 | name = What if
  |        ^^^^^^^
  |
  = help: A text stands between quotation marks: "What if".

error: simulation.years: the text "two" cannot stand here
 --> change.toml:5:9
  |
5 | years = "two"
  |         ^^^^^
  |
  = help: How many years are simulated. Write a whole number, such as 5.

error: arrivals.families.enters: there is no stage `referal`
  --> base.toml:30:10
   |
30 | enters = "referal"
   |          ^^^^^^^^^
   |
   = help: Did you mean `referral`?

error: interventions.support.cost.per_famly: there is no such key
   --> base.toml:182:29
    |
182 | cost = { per_year = 60_000, per_famly = 900 }
    |                             ^^^^^^^^^
    |
    = help: Did you mean `per_family`?

4 faults in 2 files
"#,
    },
    Case {
        name: "a what-if with a list that is never closed, over a base with a share above 1",
        what: Over(
            "extends = \"base.toml\"\nname = \"What if\"\n\n[stocks.looked_after]\nstages = [\"care\"\n",
            &[("share = 0.2\n", "share = 1.2\n")],
        ),
        told: r#"
error: the list that starts here is never closed
 --> change.toml:5:10
  |
5 | stages = ["care"
  |          ^
  |
  = help: Put `]` after its last item.

error: tracks.placement.states.foster.exits.to_home.share: 1.2 does not fit here
  --> base.toml:92:9
   |
92 | share = 1.2
   |         ^^^
   |
   = help: Write a share from 0 to 1; 30% is 0.3.

2 faults in 2 files
"#,
    },
    Case {
        name: "a what-if that makes shares sum to more than 1, over a base with a typo elsewhere",
        what: Over(
            "extends = \"base.toml\"\nname = \"What if\"\n\n[stages.referral.exits.assessment]\nshare = 0.5\n\n[stages.referral.exits.closed]\nshare = 0.6\n",
            &[("ramp_up_months = 6", "ramp_up = 6"), ("growth = 0.01", "growth = \"1%\"")],
        ),
        told: r#"
error: stages.referral: the shares of the exits sum to 1.1
 --> change.toml:4:9
  |
4 | [stages.referral.exits.assessment]
  |         ^^^^^^^^
  |
  = help: Make them sum to 1, or let one of the exits be "rest".

error: arrivals.families.growth: the text "1%" cannot stand here
  --> base.toml:28:10
   |
28 | growth = "1%"
   |          ^^^^
   |
   = help: Growth a year (0.02 is 2%), compound, from the start. Write 0.01, without quotation marks.

error: interventions.support.ramp_up: there is no such key
   --> base.toml:176:1
    |
176 | ramp_up = 6
    | ^^^^^^^
    |
    = help: Did you mean `ramp_up_months`?

3 faults in 2 files
"#,
    },
    Case {
        name: "words for numbers of every role",
        what: Edits(&[
            ("growth = 0.01", "growth = \"slow\""),
            ("share = 0.1\n", "share = \"few\"\n"),
            ("arrivals_times = 0.98", "arrivals_times = \"fewer\""),
            ("standard = 700", "standard = \"dear\""),
            ("places = 15", "places = []"),
            ("old = [10, 18]", "old = [10]"),
            ("age = 18", "age = \"adult\""),
            ("mean = 40", "mean = \"long\""),
            ("count = 12", "count = \"a dozen\""),
            ("[cohorts.general]\n[cohorts.disabled]", "[cohorts]\ngeneral = {}\ndisabled = true"),
            ("reaches = { stage = \"care\" }", "reaches = \"care\""),
        ]),
        told: r#"
error: ages.old: this list has 1 item, but 2 belong here
  --> small.toml:12:7
   |
12 | old = [10]
   |       ^^^^
   |
   = help: Write [5, 10].

error: cohorts.disabled: true cannot stand here
  --> small.toml:16:12
   |
16 | disabled = true
   |            ^^^^
   |
   = help: A named group of children. It is a table: write `[cohorts.disabled]`, and what there is to say
           in lines below it.

error: arrivals.families.growth: the text "slow" cannot stand here
  --> small.toml:29:10
   |
29 | growth = "slow"
   |          ^^^^^^
   |
   = help: Growth a year (0.02 is 2%), compound, from the start. Write one of these:
             0.03
             { best = 0.03, low = 0.01, high = 0.05 }
             { between = [0.01, 0.05], weight = "PARAMETER" }

error: stages.assessment.time.mean: the text "long" cannot stand here
  --> small.toml:51:43
   |
51 | time = { law = "gamma", shape = 4, mean = "long" }
   |                                           ^^^^^^
   |
   = help: Mean. Write one of these:
             40
             { best = 40, low = 30, high = 60 }
             { between = [30, 60], weight = "PARAMETER" }

error: stages.assessment.exits.back.share: the text "few" cannot stand here
  --> small.toml:59:9
   |
59 | share = "few"
   |         ^^^^^
   |
   = help: The share of entrants who are bound for it. Write one of these:
             0.3
             { best = 0.3, low = 0.2, high = 0.4 }
             { between = [0.2, 0.4], weight = "PARAMETER" }
             { count = 30, of = 100 }
             "rest"
             { by = "age", NAME = 0.3 }

error: stages.care.birthday.age: the text "adult" cannot stand here
  --> small.toml:68:20
   |
68 | birthday = { age = "adult", to = "closed" }
   |                    ^^^^^^^
   |
   = help: The age in years. Write a number, such as 18.

error: pools.foster_places.places: a list cannot stand here
   --> small.toml:109:10
    |
109 | places = []
    |          ^^
    |
    = help: How many children can be there at once. Write one of these:
              15
              { best = 15, low = 12, high = 18 }
              { between = [12, 18], weight = "PARAMETER" }

error: opening.assessment.count: the text "a dozen" cannot stand here
   --> small.toml:112:9
    |
112 | count = "a dozen"
    |         ^^^^^^^^^
    |
    = help: How many. Write a whole number, such as 30.

error: costs.placements.charges.foster.per_week.standard: the text "dear" cannot stand here
   --> small.toml:154:38
    |
154 | per_week = { by = "need", standard = "dear", complex = 1400 }
    |                                      ^^^^^^
    |
    = help: A value, or a table of values by age band, cohort, need or plan (tables may hold tables). Write
            one of these:
              1200
              { best = 1200, low = 1000, high = 1500 }
              { between = [1000, 1500], weight = "PARAMETER" }
              { by = "need", NAME = 1200 }

error: interventions.carers.effects[1].arrivals_times: the text "fewer" cannot stand here
   --> small.toml:188:99
    |
188 | effects = [{ pool = "foster_places", adds_places = 5 }, { arrivals = "families", arrivals_times = "fewer" }]
    |                                                                                                   ^^^^^^^
    |
    = help: Multiplies arrivals. Write one of these:
              0.9
              { best = 0.9, low = 0.8, high = 1 }
              { between = [0.8, 1], weight = "PARAMETER" }

error: interventions.reunification.reaches: the text "care" cannot stand here
   --> small.toml:194:11
    |
194 | reaches = "care"
    |           ^^^^^^
    |
    = help: Whom it reaches. Needed by effects on exits. Write { stage = "STAGE" }.

11 faults in 1 file
"#,
    },
];
