//! carecast projects how many children an English local authority will look after, what that will cost,
//! and what an investment in early help would change.
//!
//! # Words
//!
//! Scenario files use the words of children's services; the code uses those and, for the rest, the standard terms of
//! simulation. They belong together like this:
//!
//! | in a scenario and its results | in the code |
//! |---|---|
//! | stage, state of a track | [`pathway::State`]; a child's stay in it is a *spell* ([`record::Spell`]) |
//! | exit, share, time | [`pathway::Exit`]; shares make a *lottery* of exits (cumulative incidence as a mixture), times alone a *race* of competing risks |
//! | pace | a *hazard ratio* ([`pathway::stay::HazardRatio`]): it multiplies the chance per day of leaving |
//! | pool, places; waiting | a *resource* ([`capacity::Pool`]) that children *seize*, *queue* for and *release* |
//! | intervention, service | [`scenario::Intervention`] |
//! | review of open cases | [`scenario::Reviews`]; what it leads to is told as [`record::Cause::Review`] |
//! | future, run | a *replication* ([`engine::Run`]) under one draw of the uncertain numbers ([`engine::Rules`]) |
//! | the same families and chances in every scenario | *common random numbers*, by keyed draws |
//! | what happens | [`record::Event`]s of the *event calendar* ([`engine::event_calendar`]), told to a [`record::Observer`] |
//! | item of the results | [`record::Item`]: a measure of a thing, or of a part of it |
#![forbid(unsafe_code)]

pub mod calibrate;
pub mod capacity;
#[cfg(feature = "report")]
mod chart;
#[cfg(feature = "cli")]
pub mod cli;
pub mod costs;
pub mod describe;
pub mod engine;
pub mod experiment;
#[cfg(feature = "files")]
pub mod export;
pub mod pathway;
pub mod record;
#[cfg(feature = "report")]
pub mod report;
pub mod scenario;
pub mod stream;
