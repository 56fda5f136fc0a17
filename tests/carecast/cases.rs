//! Small models whose answers are known without running them, each beside others of its kind. What is due is
//! derived in the words above each test: from theory, or from what the documentation promises.

mod calendar;
mod opening;
mod places;
mod reviews;
mod services;
mod shares;
