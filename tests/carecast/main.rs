//! One test binary, one file for each kind of behaviour.

mod benchmark;
mod cli;
mod oracle;
mod theory;
