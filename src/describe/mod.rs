//! A scenario and what comes of it, in plain words: for `check`, and for the report.

pub mod changes;
mod counts;
mod differences;
pub mod direction;
mod money;
pub mod notes;
mod numbers;
mod pathway;
mod reviews;
mod seasons;
pub mod services;
mod shares;
pub mod titles;
mod values;
pub mod words;

use std::fmt::Write;

use crate::pathway::{ExitId, Table, TrackId};
use crate::record::Item;
use crate::scenario::number::Quantity;
use crate::scenario::{Opening, Scenario, StockCount};

/// A scenario to be described, with the one that it extends.
pub struct Told {
    /// The scenario.
    pub scenario: Scenario,
    /// The scenario that it extends, if any.
    pub base: Option<Scenario>,
}

impl Told {
    /// The scenario that it only changes, rather than being about another place.
    fn changed(&self) -> Option<&Scenario> {
        self.base.as_ref().filter(|base| !changes::is_another_place(&self.scenario, base))
    }
}

/// Descriptions of several scenarios, one after the other, and last that all of them are in order. Of one that
/// only changes another no more is told than what it changes, unless `all` is asked for.
#[must_use]
pub fn describe_all(scenarios: &[Told], all: bool) -> String {
    let mut text = String::new();
    for (i, told) in scenarios.iter().enumerate() {
        if i > 0 {
            text.push('\n');
        }
        describe(told, all, &mut text);
    }
    text.push('\n');
    for told in scenarios {
        let _ = writeln!(text, "{}: the file is in order.", told.scenario.name());
        let beside = told.changed().map(|base| notes::changed(base, &told.scenario)).unwrap_or_default();
        for note in notes::of_one(&told.scenario).into_iter().chain(beside) {
            let _ = writeln!(text, "  Note: {note}");
        }
    }
    text
}

fn describe(told: &Told, all: bool, text: &mut String) {
    let scenario = &told.scenario;
    heading(text, scenario.name(), '=');
    // A what-if that says nothing of itself has the words of the scenario that it extends.
    let inherited = told.base.as_ref().and_then(|base| base.file.description.as_ref());
    if let Some(description) = scenario.file.description.as_ref().filter(|own| Some(*own) != inherited) {
        let _ = writeln!(text, "{}\n", description.trim());
    }
    let years = scenario.file.simulation.years;
    let plural = if years == 1 { "year" } else { "years" };
    let _ = writeln!(text, "Simulated from {} for {years} {plural}.", words::day(scenario.calendar.start()));
    let parts: Vec<String> = scenario.calendar.part_years().iter().map(words::months).collect();
    if !parts.is_empty() {
        let (are, of) = if parts.len() == 1 { ("is", "a part of a year") } else { ("are", "parts of years") };
        let _ = writeln!(text, "Financial years start in April: {} {are} {of}.", words::and(&parts));
    }
    let what_if = told.changed();
    if let Some(base) = what_if {
        changed(scenario, base, text);
    }
    match what_if {
        Some(base) if !all => {
            let new = numbers::changed(scenario, base);
            if new.iter().any(|q| q.is_assumption()) {
                numbers::assumed(scenario, &new, all, text);
            }
            let _ = writeln!(text, "\nAll else is as in \"{}\"; --all tells it too.", base.name());
        }
        _ => everything(scenario, all, text),
    }
    shares::squeezed(scenario, what_if.filter(|_| !all), text);
}

fn everything(scenario: &Scenario, all: bool, text: &mut String) {
    arrivals(scenario, text);
    opening(scenario, text);
    pathway::stages(scenario, text);
    pathway::tracks(scenario, text);
    money::places(scenario, text);
    money::budget(scenario, text);
    money::drift(scenario, text);
    interventions(scenario, text);
    counts::divided(scenario, text);
    let numbers: Vec<&Quantity> = scenario.quantities.values().collect();
    numbers::assumed(scenario, &numbers, all, text);
    if all {
        numbers::keys(scenario, text);
    }
}

fn heading(text: &mut String, title: &str, line: char) {
    let _ = writeln!(text, "{title}\n{}", line.to_string().repeat(title.chars().count()));
}

fn section(text: &mut String, title: &str) {
    text.push('\n');
    heading(text, title, '-');
}

fn arrivals(scenario: &Scenario, text: &mut String) {
    if scenario.arrivals.is_empty() {
        return;
    }
    section(text, "Who arrives");
    for stream in scenario.arrivals.values() {
        let number = &scenario.quantities[stream.children_per_year];
        let families = if stream.mean_family > 1.0 {
            format!(", in families of {:.2} on average,", stream.mean_family)
        } else {
            ", one by one,".to_owned()
        };
        let _ = writeln!(
            text,
            "{}: {}{families} arrive in \"{}\".",
            stream.title,
            numbers::worth(scenario, number),
            scenario.pathway.states[stream.enters].title
        );
        if let Some(growth) = stream.growth.map(|growth| &scenario.quantities[growth]) {
            let _ = writeln!(text, "  Growth a year, from the start: {}.", numbers::worth(scenario, growth));
        }
        if let Some(seasons) = seasons::sentence(&stream.seasonality) {
            let _ = writeln!(text, "  {seasons}");
        }
    }
}

fn opening(scenario: &Scenario, text: &mut String) {
    if scenario.openings.is_empty() {
        return;
    }
    section(text, &format!("Who is there on {}", words::day(scenario.calendar.opening())));
    let stocks: Vec<String> = scenario.stocks.iter().filter_map(|stock| counted(scenario, stock)).collect();
    if !stocks.is_empty() {
        let _ = writeln!(text, "As the file counts them:\n  {}\nBy stage:", stocks.join("\n  "));
    }
    for opening in &scenario.openings {
        let fresh = if opening.fresh { ", all at the start of their stay" } else { "" };
        let children = of_children(there(opening, |_| true));
        let _ = writeln!(text, "  {}: {children}{fresh}.", scenario.pathway.states[opening.state].title);
        if let Some(bound) = &opening.bound {
            let _ = writeln!(text, "    {}", bound_for(scenario, opening, bound));
        }
    }
}

/// The exits that children are bound for, given where they are in the tracks, beside those of a steady stock.
fn bound_for(scenario: &Scenario, opening: &Opening, bound: &[[f64; 2]]) -> String {
    let tracks = opening.cells.first().map_or_else(Table::new, |cell| cell.tracks.clone());
    let named = scenario.pathway.tracks.iter().filter(|t| tracks.get(t.0).is_some_and(Option::is_some));
    let tracks: Vec<String> = named.map(|t| words::within(&t.1.title)).collect();
    let exits = scenario.pathway.states[opening.state].exits;
    let said = |(exit, [given, steady]): (ExitId, &[f64; 2])| {
        let title = &scenario.pathway.exits[exit].title;
        format!("{title} {} ({})", words::count(libm::round(*given)), words::count(libm::round(*steady)))
    };
    let exits: Vec<String> = exits.iter().zip(bound).map(said).collect();
    format!(
        "By the exit they are bound for, given {} (in brackets: if that were not known): {}.",
        words::and(&tracks),
        exits.join("; ")
    )
}

/// The children of an opening caseload whose cohort is counted.
fn there(opening: &Opening, counts: impl Fn(usize) -> bool) -> u32 {
    opening.cells.iter().filter(|cell| counts(cell.cohort)).map(|cell| cell.children).sum()
}

fn of_children(n: u32) -> String {
    let word = if n == 1 { "child" } else { "children" };
    format!("{} {word}", words::count(f64::from(n)))
}

/// A count of children on the first day, with the recorded one beside it. Counts of states of tracks are not
/// known before a run.
fn counted(scenario: &Scenario, stock: &StockCount) -> Option<String> {
    if stock.states.iter().any(|&state| scenario.pathway.states[state].track != TrackId::MAIN) {
        return None;
    }
    let openings = scenario.openings.iter().filter(|o| stock.states.contains(&o.state));
    let children = openings.map(|o| there(o, |cohort| stock.cohorts[cohort])).sum();
    let number = words::count(f64::from(children));
    Some(format!("{}: {number}{}", stock.title, beside(scenario, &stock.item, children)))
}

/// What is recorded for the same day, and a warning when it is another number.
fn beside(scenario: &Scenario, item: &Item, children: u32) -> String {
    let day = scenario.calendar.opening();
    let years = scenario.recorded_of(item).map_or(&[][..], |recorded| &recorded.years.points);
    let Some(&(_, recorded)) = years.iter().find(|year| year.0 == day) else { return ".".to_owned() };
    let said = words::count(recorded);
    if (f64::from(children) - recorded).abs() > 0.01 * recorded.abs() {
        format!(". WARNING: recorded are {said}.")
    } else {
        format!(" (recorded: {said}).")
    }
}

fn interventions(scenario: &Scenario, text: &mut String) {
    let services = services::new_in(&scenario.file, None);
    if services.is_empty() {
        return;
    }
    section(text, "What the council does");
    for (_, service) in services {
        entry(text, &service.title, &service.sentences, service.source.as_ref());
    }
}

/// What a what-if changes, or that it changes nothing.
fn changed(scenario: &Scenario, base: &Scenario, text: &mut String) {
    section(text, &format!("What it changes in \"{}\"", base.name()));
    let changes = changes::of(scenario, base);
    if changes.is_empty() {
        text.push_str("Nothing that changes a result.\n");
    }
    for change in changes {
        entry(text, &change.title, &change.lines, change.source.as_ref());
    }
}

fn entry(text: &mut String, title: &str, lines: &[String], source: Option<&String>) {
    let _ = writeln!(text, "{title}\n  {}", lines.join("\n  "));
    if let Some(source) = source {
        let _ = writeln!(text, "  Source: {}", source.trim());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str) -> Told {
        let scenario = Scenario::shipped(name).expect("it comes with the program");
        let base =
            scenario.file.extends.as_deref().map(|base| Scenario::shipped(base).expect("so does its base"));
        Told { scenario, base }
    }

    #[test]
    fn a_what_if_says_what_it_changes_and_no_more() {
        let what_if = [told("family-group-conferences")];
        let text = describe_all(&what_if, false);
        assert!(text.contains("What it changes in \"Stoke-on-Trent\""), "{text}");
        assert!(!text.contains("Who arrives"), "{text}");
        let all = describe_all(&what_if, true);
        assert!(all.contains("Who arrives"));
        for key in what_if[0].scenario.quantities.values().map(|number| &number.path) {
            assert!(all.contains(&format!("\n{key}: ")), "{key}");
        }
    }

    #[test]
    fn a_changed_number_is_told_with_what_it_was() {
        let text = describe_all(&[told("2024-25-holds")], false);
        assert!(text.contains("How much of 2024/25 persists\n  0.1 (0.01 to 0.5) -> "), "{text}");
    }

    #[test]
    fn a_baseline_says_everything_in_words_that_can_be_read() {
        let text = describe_all(&[told("stoke-on-trent")], false);
        for never in
            ["Aged -0.4", "Mean stay 30.0 years", " by weight", "share share", "18 to 20: 7 children stay"]
        {
            assert!(!text.contains(never), "{never}");
        }
        for once in ["Children looked after: 1,063 (recorded: 1,063).", "until care ends", "Not yet born"] {
            assert!(text.contains(once), "{once}");
        }
    }

    #[test]
    fn an_opening_unlike_the_record_is_warned_of() {
        let mut told = told("stoke-on-trent");
        let looked_after = Item::stock("looked_after");
        let recorded = told.scenario.recorded.iter_mut().find(|r| r.years.item == looked_after);
        let points = &mut recorded.expect("it is recorded").years.points;
        points.last_mut().expect("for some years").1 = 1100.0;
        assert!(describe_all(&[told], false).contains("WARNING: recorded are 1,100."));
    }
}
