//! What is wrong with what a file says, and whether to say so.

use std::collections::BTreeSet;

use super::At;
use super::titles::Titles;
use crate::scenario::doubt::Doubts;
use crate::scenario::fault::{Fault, MOST_FOUND};

/// Something wrong with what a file says of a key.
pub type Problem = Fault<AtKey>;

/// What helps to find the place of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AtKey {
    /// Another key that the problem is as much about: of the two, the one that the what-if says and not its baseline is shown.
    pub beside: Option<String>,
    /// Keys that it may come of: it is shown at one of these if the file that says that extends the one of its own.
    pub may_come_of: Vec<String>,
    /// Whether it is a table that leaves out some of what it must say.
    pub lacks: bool,
}

/// Everything found so far. What may only come of something in doubt is counted too, but not told: it still stops
/// what is built upon it. So is what comes after the most that are looked for.
pub struct Problems {
    found: Vec<Problem>,
    /// Where and what those are: one law or number can stand in many rows of a table, and is told of once.
    told: BTreeSet<(String, String)>,
    /// The values that are wrong in themselves: what else is found wrong with one may come of that.
    unfit: Doubts,
    /// How many there were, told or not.
    count: usize,
    doubts: Doubts,
    titles: Titles,
}

impl Problems {
    pub(super) fn new(doubts: Doubts, titles: Titles) -> Self {
        Self { found: Vec::new(), told: BTreeSet::new(), unfit: Doubts::default(), count: 0, doubts, titles }
    }

    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether nothing is wrong, and nothing in doubt.
    pub fn none(&self) -> bool {
        self.count == 0 && !self.doubts.any()
    }

    /// Whether nothing is wrong in these tables, and nothing in doubt.
    pub(super) fn none_in(&self, tables: &[&str]) -> bool {
        let inside = |p: &Problem| tables.iter().any(|table| p.path.starts_with(table));
        !self.doubts.any() && !self.is_full() && !self.found.iter().any(inside)
    }

    pub fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// A value that is wrong whatever else the file says.
    pub fn unfit(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        let told = !self.doubts.touch(&at.path);
        self.add(at, message, help, told);
        self.unfit.add(&at.path);
    }

    /// Something wrong between the parts of a stage, an intervention, a cost line.
    pub fn wrong(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        self.add_wrong(at, message, help);
    }

    fn add_wrong(
        &mut self,
        at: &At,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<&mut Problem> {
        let told = !self.doubts.touch_definition(&at.path);
        self.add(at, message, help, told)
    }

    /// Something wrong between a part and another definition, or several.
    pub fn wrong_with(
        &mut self,
        at: &At,
        others: &[&str],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let in_doubt = |path: &&str| {
            self.doubts.touch_definition(path) || self.doubts.may_hold(path) || self.unfit.within(path)
        };
        let told = !self.doubts.touch_definition(&at.path) && !others.iter().any(in_doubt);
        if let Some(problem) = self.add(at, message, help, told) {
            problem.place.may_come_of = others.iter().map(|path| (*path).to_owned()).collect();
        }
    }

    /// Two keys of one definition that do not go together.
    pub fn at_odds(&mut self, at: &At, other: &At, message: impl Into<String>, help: impl Into<String>) {
        if let Some(problem) = self.add_wrong(at, message, help) {
            problem.place.beside = Some(other.path.clone());
        }
    }

    /// A table leaves out some of what it must say.
    pub(super) fn lacking(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        if let Some(problem) = self.add_wrong(at, message, help) {
            problem.place.lacks = true;
        }
    }

    /// Something wrong with the whole.
    pub(super) fn wrong_in_all(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        let told = !self.doubts.any() && !self.unfit.any();
        self.add(at, message, help, told);
    }

    /// A name that is not in the table where names of its kind stand.
    pub fn unknown<'n>(
        &mut self,
        at: &At,
        what: &str,
        name: &str,
        (table, names): (&str, impl IntoIterator<Item = &'n String>),
    ) {
        self.unknown_said(at, format!("there is no {what} `{name}`"), name, (table, names));
    }

    /// The same, in other words.
    pub fn unknown_said<'n>(
        &mut self,
        at: &At,
        message: String,
        name: &str,
        (table, names): (&str, impl IntoIterator<Item = &'n String>),
    ) {
        let told = !self.doubts.touch(&at.path) && !self.doubts.may_hold(table) && !self.unfit.holds(table);
        if self.is_full() {
            self.count += 1;
            return;
        }
        let help = self.did_you_mean(name, names.into_iter().map(String::as_str));
        if let Some(problem) = self.add(at, message, help, told) {
            problem.place.may_come_of = vec![table.to_owned()];
        }
        self.unfit.add(&at.path);
    }

    /// Help for a name that does not exist, which may be the title of what was meant.
    pub(super) fn did_you_mean<'n>(&self, name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
        self.titles.did_you_mean(name, names)
    }

    /// Whether so many were found that no more are told.
    fn is_full(&self) -> bool {
        self.found.len() > MOST_FOUND
    }

    /// Adds a problem, and gives it if it is to be told.
    fn add(
        &mut self,
        at: &At,
        message: impl Into<String>,
        help: impl Into<String>,
        told: bool,
    ) -> Option<&mut Problem> {
        self.count += 1;
        let (path, message) = (at.path.clone(), message.into());
        if !told
            || self.is_full()
            || self.unfit.within(&at.path)
            || !self.told.insert((path.clone(), message.clone()))
        {
            return None;
        }
        self.found.push(Problem { place: AtKey::default(), path, message, help: help.into() });
        self.found.last_mut()
    }

    /// What is to be told.
    pub fn told(self) -> Vec<Problem> {
        self.found
    }
}
