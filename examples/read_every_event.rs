//! Watches one simulated future event by event, and follows the first child who comes into care.
//!
//! `cargo run --release --example read_every_event`

use std::error::Error;

use carecast::engine::{Run, simulate};
use carecast::pathway::calendar::DAY;
use carecast::record::{Cause, Event, Trace};
use carecast::scenario::Scenario;

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::shipped("stoke-on-trent")?;
    let mut trace = Trace::default();
    simulate(&scenario, Run::new(1, 0), &mut trace);
    println!("{} events", trace.events.len());

    let pathway = &scenario.pathway;
    let care = pathway.state_named("care").ok_or("no care")?;
    let enters = |event: &Event| matches!(event, Event::Entered(entry) if entry.state == care && entry.since == entry.at);
    let (_, child, _) =
        trace.events.iter().find(|(_, _, event)| enters(event)).ok_or("nobody came into care")?;
    for (at, who, event) in &trace.events {
        if (who.family, who.number) != (child.family, child.number) {
            continue;
        }
        let what = match *event {
            Event::Arrived(state) => format!("arrives, bound for {}", pathway.states[state].title),
            Event::Entered(entry) => format!("enters {}", pathway.states[entry.state].title),
            Event::Left(spell) => {
                let how = match spell.cause {
                    Cause::Exit(exit) => format!("by \"{}\"", pathway.exits[exit].title),
                    Cause::Review(exit, _) => {
                        format!("after a review, by \"{}\"", pathway.exits[exit].title)
                    }
                    Cause::StageEnded => "with the stage".to_owned(),
                    Cause::Cut => "at the end of the simulation".to_owned(),
                };
                let days = (spell.to - spell.since) / DAY;
                format!("leaves {} {how} after {days} days", pathway.states[spell.state].title)
            }
            Event::Refused(exit) => format!("finds no place and goes by \"{}\"", pathway.exits[exit].title),
            Event::Reached(intervention) => {
                format!("is reached by {}", scenario.interventions[intervention].title)
            }
            Event::Moved(intervention) => {
                format!("will leave otherwise for {}", scenario.interventions[intervention].title)
            }
        };
        println!("day {:4}: the child {what}", at / DAY);
    }
    Ok(())
}
