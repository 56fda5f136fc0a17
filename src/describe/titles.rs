//! Titles of the numbers that went in, made of their paths in the file and of what the file calls things.

use time::Month;

use super::words;
use crate::scenario::file::{ScenarioFile, State};

/// What people call the number at a path: "Looked after, exit Adoption: share, aged 1 to 4".
#[must_use]
pub fn title(file: &ScenarioFile, path: &str) -> String {
    let Titled { thing, what, .. } = titled_in_parts(file, path);
    if what.is_empty() { thing } else { format!("{thing}: {what}") }
}

/// A title in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titled {
    /// What it belongs to: "Looked after, exit Adoption".
    pub thing: String,
    /// The keys that lead to that.
    pub keys: Vec<String>,
    /// What of it: "share, aged 1 to 4".
    pub what: String,
}

/// What people call the value at a path.
#[must_use]
pub fn titled_in_parts(file: &ScenarioFile, path: &str) -> Titled {
    let keys = steps(path);
    let steps: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (thing, rest) = thing(file, &steps);
    let states = match steps[..] {
        ["tracks", track, "first", ..] | ["opening", _, "tracks", track, ..] => {
            file.tracks.get(track).map(|t| &t.states)
        }
        _ => None,
    };
    let state = |step: &str| Some(words::within(&titled(states?.get(step)?.title.as_ref(), step)));
    let what: Vec<String> =
        rest.iter().map(|step| state(step).unwrap_or_else(|| property(file, step))).collect();
    Titled { thing, keys: keys[..keys.len() - rest.len()].to_vec(), what: what.join(", ") }
}

/// The keys of a path; those in quotation marks are taken out of them.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => steps.push(String::new()),
            _ => steps.last_mut().expect("there is always one").push(c),
        }
    }
    steps
}

/// What the number belongs to, and what of its path is left.
fn thing<'a, 'p>(file: &ScenarioFile, steps: &'a [&'p str]) -> (String, &'a [&'p str]) {
    match steps {
        ["parameters", name, "value"] => {
            (titled(file.parameters.get(*name).and_then(|p| p.title.as_ref()), name), &[])
        }
        ["needs", name, rest @ ..] => {
            (titled(file.needs.get(*name).and_then(|n| n.title.as_ref()), name), rest)
        }
        ["arrivals", name, rest @ ..] => {
            (titled(file.arrivals.get(*name).and_then(|a| a.title.as_ref()), name), rest)
        }
        ["pools", name, rest @ ..] => {
            (titled(file.pools.get(*name).and_then(|p| p.title.as_ref()), name), rest)
        }
        ["drift", name, rest @ ..] => {
            (format!("Drift, {}", titled(file.drift.get(*name).and_then(|d| d.title.as_ref()), name)), rest)
        }
        ["stages", name, rest @ ..] => state(file.stages.get(*name), name, rest),
        ["tracks", track, rest @ ..] => of_track(file, track, rest),
        ["interventions", name, "cost" | "effects", rest @ ..] | ["interventions", name, rest @ ..] => {
            (titled(file.interventions.get(*name).map(|i| &i.title), name), rest)
        }
        ["opening", stage, rest @ ..] => {
            let title = titled(file.stages.get(*stage).and_then(|s| s.title.as_ref()), stage);
            (format!("{title}, there on the first day"), rest)
        }
        ["stocks", name, rest @ ..] => (titled(file.stocks.get(*name).map(|s| &s.title), name), rest),
        ["flows", name, rest @ ..] => (titled(file.flows.get(*name).map(|f| &f.title), name), rest),
        ["recorded", item, rest @ ..] => (format!("On record, {}", plain(item)), rest),
        ["costs", name, rest @ ..] => line(file.costs.get(*name), name, rest),
        ["income", name, rest @ ..] => line(file.income.get(*name), name, rest),
        ["population"] => ("Children aged 0 to 17 in the area".to_owned(), &[]),
        [name, rest @ ..] => (titled(None, name), rest),
        [] => (String::new(), &[]),
    }
}

fn of_track<'a, 'p>(file: &ScenarioFile, name: &str, steps: &'a [&'p str]) -> (String, &'a [&'p str]) {
    let track = file.tracks.get(name);
    let title = titled(track.and_then(|t| t.title.as_ref()), name);
    let ["states", short, rest @ ..] = steps else { return (title, steps) };
    let (of_state, rest) = state(track.and_then(|t| t.states.get(*short)), short, rest);
    (format!("{title}, {of_state}"), rest)
}

fn state<'a, 'p>(state: Option<&State>, name: &str, steps: &'a [&'p str]) -> (String, &'a [&'p str]) {
    let title = titled(state.and_then(|s| s.title.as_ref()), name);
    let ["exits", exit, rest @ ..] = steps else { return (title, steps) };
    let of_exit = state.and_then(|s| s.exits.get(*exit)).and_then(|e| e.title.as_ref());
    (format!("{title}, exit {}", titled(of_exit, exit)), rest)
}

fn line<'a, 'p>(
    line: Option<&crate::scenario::file::CostLine>,
    name: &str,
    steps: &'a [&'p str],
) -> (String, &'a [&'p str]) {
    let title = titled(line.map(|l| &l.title), name);
    let ["charges", charge, rest @ ..] = steps else { return (title, steps) };
    let of_charge = line.and_then(|l| l.charges.get(*charge)).and_then(|c| c.title.as_ref());
    (format!("{title}, {}", words::within(&titled(of_charge, charge))), rest)
}

/// What a key says of a number, or whom it holds for.
fn property(file: &ScenarioFile, step: &str) -> String {
    let known = match step {
        "children_per_year" => "children a year",
        "growth" => "growth a year",
        "sigma" => "spread (sigma)",
        "sd" => "standard deviation of the logarithm",
        "persistence" => "correlation from year to year",
        "per_week" | "per_event" => "price",
        "per_year" => "cost a year",
        "per_family" => "cost for each family",
        "per_child" => "cost for each child",
        "per_review" => "cost for each review",
        "per_month" => "children a month",
        "all_by" => "all by",
        "order" => "who comes first",
        "draw_again" => "exit and time drawn again",
        "again_after_months" => "months until a child can be reviewed again",
        "served_months" => "least months served",
        "once" => "cost once",
        "take_up" => "share who take it up",
        "places_per_year" => "families a year",
        "places" => "places",
        "months_per_place" => "months for each place",
        "first" => "first state",
        "times" => "all lengths times",
        "others" => "all others",
        "count" => "children",
        "to" | "leads_to" => "leads to",
        "enters" => "where they arrive",
        "during" => "beside which stages it runs",
        "fixed" => "held in one state",
        "pool" => "limited, from the first day, by",
        "if_full" => "who finds no place",
        "stages" => "what is counted",
        "of" => "what is charged for",
        "moves" => "what moves",
        "behaves" => "varies with children, or fixed",
        "basis" => "charged by case or by staff",
        "start" => "first day",
        "runs" => "futures",
        "until" => "last day",
        "ramp_up_months" => "months of growth",
        "fade_months" => "months of fading",
        "when_full" => "when it is full",
        "reaches" => "whom it reaches",
        "stage" => "stage",
        "seasonality" => "how busy in which month",
        "by" => "also divided by",
        "count_use" => "use of places counted",
        _ if step.starts_with("effects[") => return format!("effect {}", numbered(step)),
        _ if step.ends_with(']') => return item(step),
        _ => return effect(step).unwrap_or_else(|| class(file, step)),
    };
    known.to_owned()
}

/// An item of a list: a month of the seasons, a point of a law, an end of a range.
fn item(step: &str) -> String {
    let mut parts = step.split('[').map(|part| part.trim_end_matches(']'));
    let key = parts.next().unwrap_or("");
    let numbers: Vec<u8> = parts.filter_map(|number| number.parse().ok()).collect();
    match (key, numbers.as_slice()) {
        ("seasonality", [month]) => {
            let month = Month::try_from(month + 1).map_or_else(|_| String::new(), |month| month.to_string());
            format!("how busy, {month}")
        }
        ("points", [point, 0]) => format!("point {}, share ended", point + 1),
        ("points", [point, _]) => format!("point {}, time", point + 1),
        (key, [0]) => format!("{}, from", plain(key)),
        (key, [1]) => format!("{}, to", plain(key)),
        (key, _) => plain(key),
    }
}

/// The number of an item of a list, as people count.
fn numbered(step: &str) -> String {
    let number = step.trim_end_matches(']').rsplit('[').next().and_then(|n| n.parse::<usize>().ok());
    number.map_or_else(String::new, |n| (n + 1).to_string())
}

/// Keys of effects name what they multiply: `share_times proceedings`.
fn effect(step: &str) -> Option<String> {
    let (kind, of) = step.split_once(' ').unwrap_or((step, ""));
    let what = match kind {
        "share_times" => "share",
        "pace_times" => "chance per day",
        "time_times" => "time",
        "arrivals_times" => "arrivals",
        "adds_places" => {
            return Some(format!("places added, {}", plain(of)).trim_end_matches(", ").to_owned());
        }
        _ => return None,
    };
    let of = if of.is_empty() { String::new() } else { format!(" of {}", plain(of)) };
    Some(format!("{what}{of} multiplied by"))
}

/// What people call an age band, a cohort, a need class or an exit that is a plan.
#[must_use]
pub fn class(file: &ScenarioFile, name: &str) -> String {
    if let Some(&band) = file.ages.get(name) {
        return aged(band, name);
    }
    let of_cohort = file.cohorts.get(name).map(|c| c.title.as_ref());
    let of_class = of_cohort.or_else(|| file.needs.get(name).map(|n| n.title.as_ref()));
    if let Some(title) = of_class {
        return words::within(&titled(title, name));
    }
    let plan = file.stages.values().find_map(|s| s.exits.get(name));
    plan.map_or_else(
        || plain(name),
        |exit| format!("bound for {}", words::within(&titled(exit.title.as_ref(), name))),
    )
}

/// An age band as it follows "children": "under 10", "aged 10 to 17", "not yet born".
pub(super) fn aged(band: [f64; 2], name: &str) -> String {
    let words = words::within(&words::age_band(band, name));
    let is_number = words.starts_with(|c: char| c.is_ascii_digit());
    if is_number { format!("aged {words}") } else { words }
}

fn titled(title: Option<&String>, name: &str) -> String {
    title.cloned().unwrap_or_else(|| words::opening(&plain(name)))
}

/// A name of a file, in words.
pub(super) fn plain(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::title;
    use crate::scenario::Scenario;

    #[test]
    fn paths_become_titles_that_people_can_read() {
        let scenario = Scenario::shipped("family-group-conferences").expect("it comes with the program");
        for (path, expected) in [
            (
                "stages.care.exits.adoption.share.age_1_4",
                "Looked after, exit Placed for adoption: share, aged 1 to 4",
            ),
            ("parameters.persistence_of_2024_25.value", "How much of 2024/25 persists"),
            ("siblings.correlation", "Siblings: correlation"),
            (
                "interventions.family_group_conferences.effects.\"share_times proceedings\"",
                "Family group conferences: share of proceedings multiplied by",
            ),
            ("interventions.family_group_conferences.cost.per_year", "Family group conferences: cost a year"),
        ] {
            assert_eq!(title(&scenario.file, path), expected);
        }
    }

    #[test]
    fn no_two_numbers_of_a_scenario_share_a_title() {
        let scenario = Scenario::shipped("investment-plan").expect("it comes with the program");
        let mut titles: Vec<String> =
            scenario.quantities.values().map(|q| title(&scenario.file, &q.path)).collect();
        titles.sort();
        let twice = titles.windows(2).find(|w| w[0] == w[1]);
        assert_eq!(twice, None);
    }
}
