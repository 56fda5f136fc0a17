//! carecast projects how many children an English local authority will look after, what that will cost,
//! and what an investment in early help would change.
#![forbid(unsafe_code)]

pub mod capacity;
pub mod cli;
pub mod costs;
pub mod engine;
pub mod experiment;
pub mod export;
pub mod pathway;
pub mod record;
pub mod report;
pub mod scenario;
