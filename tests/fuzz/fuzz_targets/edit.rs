//! Good scenarios with a few values replaced, keys taken out and parts copied: nearly right, and so deep in the
//! checker and the engine.
#![no_main]

use libfuzzer_sys::{arbitrary::Unstructured, fuzz_target};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = carecast_fuzz::edited(&mut Unstructured::new(bytes)) {
        carecast_fuzz::play(&text);
    }
});
