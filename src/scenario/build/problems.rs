//! What is wrong with what a file says, and whether to say so.

use std::collections::BTreeSet;

use super::At;
use crate::scenario::doubt::Doubts;
use crate::scenario::fault::did_you_mean;

/// Something wrong with what a file says: where, what, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path of the key.
    pub path: String,
    /// Another key that it is as much about: of the two, the one that the what-if says and not its baseline is shown.
    pub beside: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Everything found so far. What may only come of something in doubt is kept too, but not told: it still stops
/// what is built upon it.
pub struct Problems {
    found: Vec<(Problem, bool)>,
    doubts: Doubts,
}

impl Problems {
    pub(super) fn new(doubts: Doubts) -> Self {
        Self { found: Vec::new(), doubts }
    }

    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing is wrong, and nothing in doubt.
    pub fn none(&self) -> bool {
        self.found.is_empty() && !self.doubts.any()
    }

    /// Whether nothing is wrong in these tables, and nothing in doubt.
    pub(super) fn none_in(&self, tables: &[&str]) -> bool {
        let inside = |(p, _): &(Problem, bool)| tables.iter().any(|table| p.path.starts_with(table));
        !self.doubts.any() && !self.found.iter().any(inside)
    }

    pub fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// A value that is wrong whatever else the file says.
    pub fn unfit(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        let told = !self.doubts.touch(&at.path);
        self.add(at, message, help, told);
    }

    /// Something wrong between the parts of a stage, an intervention, a cost line.
    pub fn wrong(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        let told = !self.doubts.touch_definition(&at.path);
        self.add(at, message, help, told);
    }

    /// Something wrong between a part and another definition, or several.
    pub fn wrong_with(
        &mut self,
        at: &At,
        others: &[&str],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let in_doubt = |path: &&str| self.doubts.touch_definition(path) || self.doubts.may_hold(path);
        let told = !self.doubts.touch_definition(&at.path) && !others.iter().any(in_doubt);
        self.add(at, message, help, told);
    }

    /// Two keys of one definition that do not go together.
    pub fn at_odds(&mut self, at: &At, other: &At, message: impl Into<String>, help: impl Into<String>) {
        self.wrong(at, message, help);
        if let Some((problem, _)) = self.found.last_mut() {
            problem.beside = Some(other.path.clone());
        }
    }

    /// Something wrong with the whole.
    pub(super) fn wrong_in_all(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>) {
        let told = !self.doubts.any();
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
        let told = !self.doubts.touch(&at.path) && !self.doubts.may_hold(table);
        self.add(at, message, did_you_mean(name, names.into_iter().map(String::as_str)), told);
    }

    fn add(&mut self, at: &At, message: impl Into<String>, help: impl Into<String>, told: bool) {
        let problem =
            Problem { path: at.path.clone(), beside: None, message: message.into(), help: help.into() };
        self.found.push((problem, told));
    }

    /// What is to be told. One law or number can stand in many rows of a table; it is told once.
    pub(super) fn told(self) -> Vec<Problem> {
        let mut told = BTreeSet::new();
        let problems = self.found.into_iter().filter(|(_, tell)| *tell).map(|(problem, _)| problem);
        problems.filter(|p| told.insert((p.path.clone(), p.message.clone()))).collect()
    }
}
