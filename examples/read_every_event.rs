//! Watches one simulated future child by child, and follows the first child who comes into care.
//!
//! `cargo run --release --example read_every_event`

use std::error::Error;

use carecast::engine::{Event, Run, Trace, simulate};
use carecast::pathway::calendar::DAY;
use carecast::scenario::Scenario;

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::shipped("stoke-on-trent")?;
    let mut trace = Trace::default();
    simulate(&scenario, Run::new(1, 0), &mut trace);
    trace.sort();
    println!("{} events", trace.events.len());

    let care = scenario.pathway.state_named("care").ok_or("no care")?;
    let enters =
        |event: &Event| matches!(event, Event::Leave { exit } if scenario.pathway.exits[*exit].to == care);
    let (_, child, _) =
        trace.events.iter().find(|(_, _, event)| enters(event)).ok_or("nobody came into care")?;
    for (at, who, event) in &trace.events {
        if (who.family, who.number) != (child.family, child.number) {
            continue;
        }
        let what = match *event {
            Event::Open { state, .. } => format!("is in {}", scenario.pathway.states[state].title),
            Event::Arrive { state } => format!("arrives in {}", scenario.pathway.states[state].title),
            Event::Stay { state, to, .. } => {
                format!("stays in {} for {} days", scenario.pathway.states[state].title, (to - at) / DAY)
            }
            Event::Leave { exit } => format!("leaves by \"{}\"", scenario.pathway.exits[exit].title),
            Event::Reach { intervention } => {
                format!("is reached by {}", scenario.interventions[intervention].title)
            }
        };
        println!("day {:4}: the child {what}", at / DAY);
    }
    Ok(())
}
