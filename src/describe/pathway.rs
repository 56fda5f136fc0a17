//! What becomes of 100 children who enter each stage, and each state of a track.

use std::fmt::Write;

use super::numbers::{hundredths, length, worth};
use super::words;
use super::{money, section};
use crate::experiment::incidence::{Fate, Incidence, of_stage};
use crate::pathway::calendar::YEAR;
use crate::pathway::{During, ExitId, IfFull, Kind, PoolId, State, StateId, TrackId};
use crate::scenario::Scenario;

/// The stages of the main track.
pub(super) fn stages(scenario: &Scenario, text: &mut String) {
    section(text, "What becomes of 100 children who enter each stage");
    let _ = writeln!(text, "(at the best value of every number{})", classes(scenario));
    for state in scenario.pathway.tracks[TrackId::MAIN].states {
        stage(scenario, state, text);
    }
}

/// What runs beside them.
pub(super) fn tracks(scenario: &Scenario, text: &mut String) {
    for track in scenario.pathway.tracks.values().skip(1) {
        section(text, &format!("Beside that: {}", track.title));
        let stages = track.during.iter().filter(|(_, during)| **during != During::Off);
        let titles: Vec<String> =
            stages.map(|(stage, _)| words::within(&scenario.pathway.states[stage].title)).collect();
        let _ = writeln!(text, "(it ends with the stay in: {})", titles.join("; "));
        for state in track.states {
            stage(scenario, state, text);
        }
    }
}

fn classes(scenario: &Scenario) -> String {
    let file = &scenario.file;
    let mut named = Vec::new();
    if let (Some((name, class)), true) = (file.cohorts.first(), file.cohorts.len() > 1) {
        named.push(class.title.clone().unwrap_or_else(|| name.replace('_', " ")));
    }
    if let (Some((name, class)), true) = (file.needs.first(), file.needs.len() > 1) {
        named.push(class.title.clone().unwrap_or_else(|| name.replace('_', " ")));
    }
    if named.is_empty() {
        String::new()
    } else {
        format!("; for children of the first cohort and need class: {}", named.join(", "))
    }
}

fn stage(scenario: &Scenario, state: StateId, text: &mut String) {
    let named = &scenario.pathway.states[state];
    let incidences = of_stage(scenario, state);
    if incidences.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{} ({})", named.title, named.name);
    if let Some((pool, full)) = &named.pool {
        let _ = writeln!(text, "  {}", place(scenario, *pool, full));
    }
    let rows: Vec<(&Incidence, String)> =
        incidences.iter().map(|incidence| (incidence, row(scenario, state, incidence))).collect();
    for alike in rows.chunk_by(|a, b| a.1 == b.1 && a.0.at_age == b.0.at_age) {
        let whole = alike.len() == rows.len() && rows.len() > 1;
        let who = if whole {
            "All ages: ".to_owned()
        } else {
            ages(scenario, alike[0].0, alike[alike.len() - 1].0)
        };
        let _ = writeln!(text, "  {who}{}", alike[0].1);
    }
}

fn place(scenario: &Scenario, pool: PoolId, full: &IfFull) -> String {
    let pool = &scenario.pools[pool];
    let then = match full {
        IfFull::Wait => "who finds none free waits, in order".to_owned(),
        IfFull::Leave(exits) => {
            let to = |&e: &ExitId| scenario.pathway.states[scenario.pathway.exits[e].to].title.clone();
            let mut to: Vec<String> = exits.iter().map(to).collect();
            to.dedup();
            format!("who finds none free goes to {}", to.join(" or "))
        }
    };
    let title = words::within(&money::pool_title(&scenario.file, &pool.name));
    format!("Takes one of the {title}, {}; {then}.", worth(scenario, &scenario.quantities[pool.places]))
}

/// The ages of neighbouring bands, or the age of a birthday.
#[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
fn ages(scenario: &Scenario, first: &Incidence, last: &Incidence) -> String {
    if let Some(age) = first.at_age {
        return format!("At {}: ", super::numbers::figure(age as f64 / YEAR as f64));
    }
    let (Some(first), Some(last)) = (&first.band, &last.band) else { return String::new() };
    let bands = &scenario.file.ages;
    let (Some([from, _]), Some([_, to])) = (bands.get(first), bands.get(last)) else { return String::new() };
    let said = words::age_band([*from, *to], first);
    if *from < 0.0 && *to > 0.0 {
        format!("Not yet born, or under {}: ", super::numbers::figure(*to))
    } else if said.starts_with(|c: char| c.is_ascii_digit()) {
        format!("Aged {said}: ")
    } else {
        format!("{said}: ")
    }
}

fn row(scenario: &Scenario, state: StateId, incidence: &Incidence) -> String {
    let named = &scenario.pathway.states[state];
    // Who would round to none of a hundred is left out.
    let told = incidence.fates.iter().filter(|f| f.share >= 0.0005);
    let fates: Vec<String> = told.map(|f| fate(scenario, named, f)).collect();
    let stay = match (named.kind, incidence.mean_days) {
        (Kind::Decision, _) => " At once.".to_owned(),
        (_, None) => String::new(),
        (_, Some(days)) if incidence.fates.iter().any(|f| f.stays) => {
            format!(" Those who move do so after {} on average.", length(days))
        }
        (_, Some(days)) => format!(" Mean stay {}.", length(days)),
    };
    format!("{}.{stay}", fates.join("; "))
}

fn fate(scenario: &Scenario, state: &State, fate: &Fate) -> String {
    let number = hundredths(fate.share);
    if fate.stays {
        let during = &scenario.pathway.tracks[state.track].during;
        let care = scenario.pathway.state_named("care");
        let in_care = care.is_some_and(|care| during.get(care).is_some_and(|d| *d != During::Off));
        return format!(
            "{number} stay {}",
            if in_care { "until care ends" } else { "for as long as it runs" }
        );
    }
    let after = match state.kind {
        Kind::Decision => String::new(),
        _ => format!(" (half by {})", length(fate.median_days)),
    };
    if state.track != TrackId::MAIN
        && fate.exit.starts_with("to_")
        && fate.title.eq_ignore_ascii_case(&fate.exit.replace('_', " "))
    {
        let to = if fate.to == state.title { "another of the same kind" } else { &fate.to };
        return format!("{number} -> {to}{after}");
    }
    format!("{number} {}{}{after}", title(scenario, state, fate), destination(fate))
}

/// What leaving is called; a birthday that nobody has called anything is that of an age.
fn title(scenario: &Scenario, state: &State, fate: &Fate) -> String {
    let birthday = state.birthday.filter(|(_, exit)| scenario.pathway.exits[*exit].name == fate.exit);
    match birthday {
        #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
        Some((age, _)) if fate.title.eq_ignore_ascii_case("birthday") => {
            let years = age as f64 / crate::pathway::calendar::YEAR as f64;
            format!("reach {}", super::numbers::figure((years * 100.0).round() / 100.0))
        }
        _ => fate.title.clone(),
    }
}

/// Where a way out leads, unless its title tells.
fn destination(fate: &Fate) -> String {
    let (title, to) = (fate.title.to_lowercase(), fate.to.to_lowercase());
    if title.contains(&to) { String::new() } else { format!(" -> {}", fate.to) }
}
