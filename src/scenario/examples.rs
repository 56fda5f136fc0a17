//! The examples in messages: what a value of each role could look like.

/// A key, the table at the top of the file in which it means this (any unless said), and an example: the best
/// estimate, the low end and the high end.
type Example = (&'static str, &'static str, [&'static str; 3]);

const EXAMPLES: &[Example] = &[
    // Shares and what else lies between 0 and 1.
    ("share", "", ["0.3", "0.2", "0.4"]),
    ("first", "", ["0.3", "0.2", "0.4"]),
    ("value", "parameters", ["0.3", "0.1", "0.6"]),
    ("take_up", "", ["0.7", "0.6", "0.8"]),
    ("per_month", "", ["5", "4", "6"]),
    ("served_months", "", ["12", "6", "18"]),
    ("again_after_months", "", ["12", "6", "18"]),
    ("after", "", ["90", "60", "120"]),
    ("correlation", "", ["0.8", "0.6", "0.9"]),
    ("sibling_correlation", "", ["0.8", "0.6", "0.9"]),
    ("persistence", "", ["0.5", "0.3", "0.7"]),
    ("family_sizes", "", ["0.4", "0.3", "0.5"]),
    ("ages", "arrivals", ["0.4", "0.3", "0.5"]),
    ("cohorts", "arrivals", ["0.4", "0.3", "0.5"]),
    // Growth, spread and factors.
    ("growth", "", ["0.03", "0.01", "0.05"]),
    ("sd", "", ["0.1", "0.05", "0.2"]),
    ("price_spread", "", ["0.4", "0.3", "0.5"]),
    ("pace", "", ["0.9", "0.8", "1"]),
    ("times", "", ["0.9", "0.8", "1"]),
    ("share_times", "", ["0.9", "0.8", "1"]),
    ("pace_times", "", ["1.1", "1", "1.2"]),
    ("time_times", "", ["0.9", "0.8", "1"]),
    ("arrivals_times", "", ["0.9", "0.8", "1"]),
    ("seasonality", "", ["1", "1", "1"]),
    // Times and ages.
    ("shape", "", ["1.5", "1.2", "1.8"]),
    ("sigma", "", ["0.7", "0.5", "0.9"]),
    ("age", "", ["18", "18", "18"]),
    ("time", "", ["40", "30", "60"]),
    ("ages", "ages", ["5", "5", "10"]),
    ("years", "simulation", ["5", "5", "5"]),
    ("years", "arrivals", ["2", "2", "2"]),
    ("ramp_up_months", "", ["6", "6", "6"]),
    ("fade_months", "", ["6", "6", "6"]),
    ("months_per_place", "", ["6", "5", "8"]),
    // Children, places and runs.
    ("children_per_year", "", ["120", "100", "150"]),
    ("places", "", ["15", "12", "18"]),
    ("places_per_year", "", ["60", "50", "70"]),
    ("adds_places", "", ["5", "3", "8"]),
    ("runs", "", ["1000", "1000", "1000"]),
    ("count", "", ["30", "30", "30"]),
    ("of", "", ["100", "100", "100"]),
    ("opening", "opening", ["12", "12", "12"]),
    ("recorded", "recorded", ["30", "30", "30"]),
    // Pounds.
    ("per_week", "", ["1200", "1000", "1500"]),
    ("per_event", "", ["1200", "1000", "1500"]),
    ("per_family", "", ["1500", "1200", "1800"]),
    ("per_child", "", ["1500", "1200", "1800"]),
    ("per_review", "", ["500", "400", "600"]),
    ("per_year", "", ["110_000", "90_000", "130_000"]),
    ("once", "", ["40_000", "30_000", "50_000"]),
    ("outturn", "", ["2_000_000", "2_000_000", "2_000_000"]),
];

/// A number that could stand at a path; `NUMBER` where the role is not known.
pub(super) fn number(path: &str) -> &'static str {
    let steps: Vec<&str> = path.split('.').collect();
    let last = steps.last().copied().unwrap_or_default();
    let column = match last {
        "low" => 1,
        "high" => 2,
        _ if last.ends_with("[0]") => 1,
        _ if last.ends_with("[1]") => 2,
        _ => 0,
    };
    let named = |step: &&str| {
        let key = step.split('[').next().unwrap_or_default();
        EXAMPLES.iter().find(|(name, table, _)| *name == key && (table.is_empty() || *table == steps[0]))
    };
    steps.iter().rev().find_map(named).map_or("NUMBER", |(_, _, examples)| examples[column])
}

/// What a table at a path could vary by: prices by age are not kept apart.
pub(super) fn attribute(path: &str) -> &'static str {
    if path.contains(".per_week") { "\"need\"" } else { "\"age\"" }
}

/// A text that could stand at a path.
pub(super) fn text(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default().split('[').next().unwrap_or_default() {
        "start" | "from" => "2026-04-01",
        "until" | "all_by" => "2028-03-31",
        "price_base" => "\"2024-25\"",
        "to" | "enters" | "stage" | "stages" | "during" | "into" | "out_of" => "\"STAGE\"",
        "exit" | "instead" | "exits" | "leads_to" => "\"EXIT\"",
        "pool" => "\"POOL\"",
        "weight" => "\"PARAMETER\"",
        "moves_in" => "\"TRACK\"",
        "by" => "\"age\"",
        "moves" => "\"arrivals.NAME\"",
        "factor" | "name" => "\"NAME\"",
        "source" => "\"assumption: WHY\"",
        _ => "\"TEXT\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_one_of_its_role() {
        for (path, due) in [
            ("stages.care.exits.home.share.young", "0.3"),
            ("stages.care.exits.home.share.low", "0.2"),
            ("arrivals.families.growth", "0.03"),
            ("interventions.x.effects[0].share_times.high", "1"),
            ("costs.placements.charges.foster.per_week.complex", "1200"),
            ("stages.care.time.mean", "40"),
            ("stages.care.time.shape", "1.5"),
            ("ages.young[1]", "10"),
            ("arrivals.families.ages.young", "0.4"),
            ("opening.care.ages.young", "12"),
            ("nothing.like.that", "NUMBER"),
        ] {
            assert_eq!(number(path), due, "{path}");
        }
        assert_eq!(attribute("costs.placements.charges.foster.per_week.standard"), "\"need\"");
    }
}
