//! Any text at all: it is a scenario that runs, or its faults are told.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| carecast_fuzz::play(text));
