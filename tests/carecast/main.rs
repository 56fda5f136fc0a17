//! One test binary, one file for each kind of behaviour.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "counts of children and days are far below 2^52"
)]
#![allow(clippy::format_push_string, clippy::format_collect, reason = "scenario texts are short")]

mod bad_input;
mod bad_reviews;
mod benchmark;
mod books;
mod calibrate;
mod cases;
mod changes;
mod cli;
mod made_up;
mod one_fault;
mod oracle;
mod outcomes;
mod pairing;
#[path = "../../benches/plain_loop.rs"]
mod plain_loop;
mod plain_queue;
mod promises;
mod relations;
mod rooms;
mod scenarios;
mod slips;
mod spread;
mod steady;
mod support;
mod theory;
mod trial;
mod values;
mod years;
