//! What happened, and what is counted of it. Recorded history and simulated futures speak the same types, so
//! that like is compared with like.

pub mod item;
pub mod series;

pub use item::{Item, Measure, Part, Thing, Total};
pub use series::{Recorded, Series, Spread};
