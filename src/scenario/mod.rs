//! Scenario files: from TOML to a checked, immutable whole.

pub mod file;
