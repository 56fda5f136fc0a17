//! One test binary, one file for each kind of behaviour.

mod bad_input;
mod benchmark;
mod oracle;
mod theory;
