//! Ranges of shares that do not fit beside each other.

use std::fmt::Write;

use super::words;
use super::{numbers::hundredths, section};
use crate::pathway::{Grid, QuantityId};
use crate::scenario::number::Value;
use crate::scenario::{Scenario, ShareOf, Squeezed};

/// Says where shares drawn from ranges can come to more than everybody, and what intervals result; what is so in the scenario
/// that it changes, too, need not be told again.
pub(super) fn squeezed(scenario: &Scenario, base: Option<&Scenario>, text: &mut String) {
    let known = base.map(told).unwrap_or_default();
    let new: Vec<String> = told(scenario).into_iter().filter(|row| !known.contains(row)).collect();
    if !new.is_empty() {
        section(text, "Ranges that do not fit beside each other");
        text.push_str(&new.concat());
    }
}

/// What there is to tell of each row whose shares are scaled down in some draws.
fn told(scenario: &Scenario) -> Vec<String> {
    let rows = rows(scenario);
    let shares: Vec<Vec<ShareOf>> = rows.iter().map(|row| row.shares.clone()).collect();
    let squeezed = rows.iter().zip(scenario.squeezed(&shares));
    squeezed
        .filter_map(|(row, squeezed)| Some(of_row(scenario, row, squeezed.filter(|s| s.part > 0.0)?)))
        .collect()
}

fn of_row(scenario: &Scenario, row: &Row, squeezed: Squeezed) -> String {
    let mut text = format!(
        "{}: in {} of 100 draws the shares come to more than all, and are scaled down. What results:\n",
        row.title,
        hundredths(squeezed.part)
    );
    for (j, ends) in squeezed.results {
        let results = percents(ends);
        let stated = match row.shares[j] {
            ShareOf::Part(n) => stated(scenario, n).filter(|stated| *stated != results),
            _ => None,
        };
        let stated = stated.map(|stated| format!(" (the file: {stated})")).unwrap_or_default();
        let _ = writeln!(text, "  {}: {results}{stated}.", row.exits[j]);
    }
    text
}

/// The interval that the file gives.
fn stated(scenario: &Scenario, number: QuantityId) -> Option<String> {
    match scenario.quantities[number].value {
        Value::Range { low, high, .. } => Some(percents([low, high])),
        _ => None,
    }
}

fn percents([low, high]: [f64; 2]) -> String {
    format!("{}% to {}%", hundredths(low), hundredths(high))
}

/// The shares of one row of a stage, or of a track's first states.
struct Row {
    title: String,
    exits: Vec<String>,
    shares: Vec<ShareOf>,
}

/// Rows of different shares.
fn rows(scenario: &Scenario) -> Vec<Row> {
    let pathway = &scenario.pathway;
    let mut rows: Vec<Row> = Vec::new();
    for (id, state) in pathway.states.iter() {
        let specs = &scenario.stays[id].rows;
        let exits: Vec<String> =
            state.exits.iter().map(|e| words::opening(&pathway.exits[e].title)).collect();
        let shares: Vec<ShareOf> = specs.iter().map(|spec| spec.share).collect();
        add(scenario, &mut rows, (&state.title, &state.grid, &exits, &shares));
    }
    for (id, track) in pathway.tracks.iter() {
        let Some(shares) = scenario.firsts.get(id) else { continue };
        let titles: Vec<String> = track.states.iter().map(|s| pathway.states[s].title.clone()).collect();
        add(scenario, &mut rows, (&track.title, &track.grid, &titles, shares));
    }
    rows
}

fn add(
    scenario: &Scenario,
    rows: &mut Vec<Row>,
    (title, grid, exits, shares): (&str, &Grid, &[String], &[ShareOf]),
) {
    let first = rows.len();
    for (number, shares) in shares.chunks_exact(exits.len().max(1)).enumerate() {
        if rows[first..].iter().all(|row| row.shares != shares) {
            let title = format!("{title}{}", whom(scenario, grid, number));
            rows.push(Row { title, exits: exits.to_vec(), shares: shares.to_vec() });
        }
    }
}

/// The classes of a row, as far as its table varies by them.
fn whom(scenario: &Scenario, grid: &Grid, row: usize) -> String {
    let classes = &scenario.classes;
    let bands: Vec<String> = classes.bands.iter().map(|band| band.0.clone()).collect();
    let named = [
        (grid.band, &bands),
        (grid.cohort, &classes.cohorts),
        (grid.need, &classes.needs),
        (grid.plan, &classes.plans),
    ];
    let class = |(step, names): &(usize, &Vec<String>)| {
        row.checked_div(*step).map(|steps| names[steps % names.len()].clone())
    };
    let named: Vec<String> = named.iter().filter_map(class).collect();
    if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
}
