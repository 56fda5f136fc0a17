//! Which runs are made, and what they say together.

pub mod summary;
