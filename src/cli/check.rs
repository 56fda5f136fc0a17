//! What a scenario means, in plain words.

use std::fmt::Write;

use crate::experiment::incidence::{Fate, Incidence, of_stage};
use crate::pathway::{IfFull, Kind, StateId};
use crate::report::services;
use crate::scenario::Scenario;
use crate::scenario::number::{Quantity, Value, best_values};

/// Descriptions of several scenarios, one after the other.
pub fn describe_all(scenarios: &[Scenario]) -> String {
    let mut text = String::new();
    for (i, scenario) in scenarios.iter().enumerate() {
        if i > 0 {
            text.push('\n');
        }
        describe(scenario, &mut text);
    }
    text
}

fn describe(scenario: &Scenario, text: &mut String) {
    heading(text, scenario.name(), '=');
    if let Some(description) = &scenario.file.description {
        let _ = writeln!(text, "{}\n", description.trim());
    }
    let calendar = &scenario.calendar;
    let _ = writeln!(
        text,
        "Simulated from {} for {} years. The file is in order.",
        calendar.start(),
        scenario.file.simulation.years
    );
    arrivals(scenario, text);
    opening(scenario, text);
    stages(scenario, text);
    tracks(scenario, text);
    interventions(scenario, text);
    assumptions(scenario, text);
}

fn heading(text: &mut String, title: &str, line: char) {
    let _ = writeln!(text, "{title}\n{}", line.to_string().repeat(title.chars().count()));
}

fn section(text: &mut String, title: &str) {
    text.push('\n');
    heading(text, title, '-');
}

fn arrivals(scenario: &Scenario, text: &mut String) {
    if scenario.streams.is_empty() {
        return;
    }
    section(text, "Who arrives");
    for stream in &scenario.streams {
        let number = &scenario.quantities[stream.children_per_year];
        let _ = writeln!(
            text,
            "{}: {} children a year, in families of {:.2} on average, arrive in \"{}\".",
            stream.title,
            worth(scenario, number),
            stream.mean_family,
            scenario.pathway.states[stream.enters].title
        );
    }
}

fn opening(scenario: &Scenario, text: &mut String) {
    if scenario.openings.is_empty() {
        return;
    }
    section(text, &format!("Who is there on {}", scenario.calendar.opening()));
    for opening in &scenario.openings {
        let children: u32 = opening.cells.iter().map(|c| c.children).sum();
        let fresh = if opening.fresh { ", all at the start of their stay" } else { "" };
        let _ =
            writeln!(text, "{}: {children} children{fresh}.", scenario.pathway.states[opening.state].title);
    }
}

fn stages(scenario: &Scenario, text: &mut String) {
    section(text, "What becomes of 100 children who enter each stage");
    let _ = writeln!(text, "(at the best value of every number{})", classes(scenario));
    for state in scenario.pathway.tracks[0].states.clone() {
        stage(scenario, state, text);
    }
}

fn classes(scenario: &Scenario) -> String {
    let mut named = Vec::new();
    for names in [&scenario.classes.cohorts, &scenario.classes.needs] {
        if names.len() > 1 {
            named.push(names[0].replace('_', " "));
        }
    }
    if named.is_empty() { String::new() } else { format!("; for the classes {}", named.join(", ")) }
}

fn stage(scenario: &Scenario, state: StateId, text: &mut String) {
    let named = &scenario.pathway.states[state];
    let incidences = of_stage(scenario, state);
    if incidences.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{} ({})", named.title, named.name);
    if let Some((pool, full)) = &named.pool {
        let (name, places) = &scenario.pools[*pool];
        let then = match full {
            IfFull::Wait(..) => "who finds it full waits, in order".to_owned(),
            IfFull::Leave(exits) => {
                let to = |&e: &usize| scenario.pathway.states[scenario.pathway.exits[e].to].title.clone();
                let mut to: Vec<String> = exits.iter().map(to).collect();
                to.dedup();
                format!("who finds it full goes to {}", to.join(" or "))
            }
        };
        let _ = writeln!(
            text,
            "  Takes one of {} places of {name}; {then}.",
            worth(scenario, &scenario.quantities[*places])
        );
    }
    for incidence in &incidences {
        let _ = writeln!(text, "  {}", row(scenario, incidence, named.kind));
    }
}

fn row(scenario: &Scenario, incidence: &Incidence, kind: Kind) -> String {
    let who =
        incidence.band.as_ref().map_or_else(String::new, |b| format!("Aged {}: ", age_words(scenario, b)));
    let fate = |f: &Fate| {
        let after = if kind == Kind::Decision {
            String::new()
        } else {
            format!(" (half by {})", length(f.median_days))
        };
        let same = f.title.to_lowercase() == f.to.to_lowercase();
        let to = if same { String::new() } else { format!(" to {}", f.to) };
        format!("{} {}{to}{after}", hundredths(f.share), f.title)
    };
    let fates: Vec<String> = incidence.fates.iter().map(fate).collect();
    let stay = if kind == Kind::Decision {
        "At once".to_owned()
    } else {
        format!("Mean stay {}", length(incidence.mean_days))
    };
    format!("{who}{}. {stay}.", fates.join("; "))
}

fn age_words(scenario: &Scenario, band: &str) -> String {
    scenario.file.ages.get(band).map_or_else(|| band.to_owned(), |[from, to]| format!("{from} to {to}"))
}

fn hundredths(share: f64) -> String {
    let hundred = share * 100.0;
    if hundred < 9.95 { format!("{hundred:.1}") } else { format!("{hundred:.0}") }
}

/// A length in the unit that people would use.
fn length(days: f64) -> String {
    match days {
        d if d < 1.95 => format!("{d:.1} days"),
        d if d < 60.0 => format!("{d:.0} days"),
        d if d < 730.0 => format!("{:.1} months", d / 365.25 * 12.0),
        d => format!("{:.1} years", d / 365.25),
    }
}

fn tracks(scenario: &Scenario, text: &mut String) {
    for track in scenario.pathway.tracks.iter().skip(1) {
        section(text, &format!("Beside that: {}", track.title));
        for state in track.states.clone() {
            stage(scenario, state, text);
        }
    }
}

fn interventions(scenario: &Scenario, text: &mut String) {
    let services = services::new_in(&scenario.file, None);
    if services.is_empty() {
        return;
    }
    section(text, "What the council does");
    for (_, service) in services {
        let _ = writeln!(text, "{}\n  {}", service.title, service.sentences.join(" "));
        if let Some(source) = service.source {
            let _ = writeln!(text, "  Source: {}", source.trim());
        }
    }
}

fn assumptions(scenario: &Scenario, text: &mut String) {
    let assumed: Vec<&Quantity> = scenario.quantities.iter().filter(|q| q.is_assumption()).collect();
    section(text, "What is assumed");
    if assumed.is_empty() {
        let _ = writeln!(text, "Nothing: every number has a source.");
        return;
    }
    for quantity in assumed {
        let _ = writeln!(text, "{} = {} {}", quantity.path, worth(scenario, quantity), quantity.unit);
        let why = quantity.source.as_deref().unwrap_or("no source is given");
        let _ = writeln!(text, "    {}", why.trim());
    }
}

/// A number with its range.
fn worth(scenario: &Scenario, quantity: &Quantity) -> String {
    match quantity.value {
        Value::Exact(x) => figure(x),
        Value::Range { best, low, high, .. } => {
            format!("{} ({} to {})", figure(best), figure(low), figure(high))
        }
        Value::Blend { from, to, weight } => {
            let best = best_values(&scenario.quantities);
            let by = best[weight];
            format!(
                "{} ({} to {} by weight, at {})",
                figure(from + (to - from) * by),
                figure(from),
                figure(to),
                figure(by)
            )
        }
    }
}

/// A number with at most four digits that count.
fn figure(x: f64) -> String {
    if x == 0.0 || x.abs() >= 1000.0 {
        return format!("{x:.0}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 12 digits")]
    let digits = (3.0 - x.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lengths_read_as_people_write_them() {
        assert_eq!(figure(0.25), "0.25");
        assert_eq!(figure(1234.5), "1234");
        assert_eq!(figure(0.000_123_45), "0.0001234");
        assert_eq!(length(32.0), "32 days");
        assert_eq!(length(365.25), "12.0 months");
        assert_eq!(length(1461.0), "4.0 years");
    }
}
