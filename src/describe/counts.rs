//! What is counted in parts, and of which places the use is counted, in a line each.

use std::fmt::Write;

use super::{section, words};
use crate::experiment::layout::{Places, places_counted};
use crate::scenario::Scenario;
use crate::scenario::file::{Flow, ScenarioFile, Stock};

/// Counts that are divided, with what they are divided by, and places whose use is counted.
pub(super) fn divided(scenario: &Scenario, text: &mut String) {
    let file = &scenario.file;
    let stocks = file.stocks.values().map(|Stock { title, by, .. }| (title, ways(file, by, false)));
    let flows = file.flows.values().map(|Flow { title, by, by_exit, .. }| (title, ways(file, by, *by_exit)));
    let divided: Vec<(&String, Vec<String>)> =
        stocks.chain(flows).filter(|(_, ways)| !ways.is_empty()).collect();
    let used: Vec<String> = places_counted(scenario)
        .into_iter()
        .map(|Places { title, queues, .. }| {
            let waits = if queues { ", and how many children wait for one, and how long" } else { "" };
            format!("{title}: how many places are taken, and for which part of the time{waits}.")
        })
        .collect();
    if divided.is_empty() && used.is_empty() {
        return;
    }
    section(text, "What is also counted");
    for (title, ways) in divided {
        let _ = writeln!(text, "{title}: by {}.", words::and(&ways));
    }
    for line in used {
        let _ = writeln!(text, "{line}");
    }
}

/// What people call the ways in which a count is divided.
fn ways(file: &ScenarioFile, by: &[String], by_exit: bool) -> Vec<String> {
    let title = |way: &String| {
        let track = file.tracks.get(way).and_then(|track| track.title.as_ref());
        words::within(track.unwrap_or(&way.replace('_', " ")))
    };
    by_exit.then(|| "exit".to_owned()).into_iter().chain(by.iter().map(title)).collect()
}
