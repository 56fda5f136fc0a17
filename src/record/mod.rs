//! What happened, and what is counted of it: events, spells and those who watch them; items and their series. Recorded
//! history and simulated futures speak the same types, so that like is compared with like.

mod event;
#[cfg(test)]
pub(crate) mod fixture;
pub mod item;
pub mod series;

pub use event::{Cause, Entry, Event, Observer, Open, Origin, Spell, Trace};
pub use item::{Item, Measure, Part, Thing, Total};
pub use series::{Recorded, Series, Spread};
