//! What of a file could not be read as its writer meant it, so that what only follows from that is not told.
//!
//! A value that does not fit the format is told once and replaced by a stand-in that does, so that the rest of
//! the file can be checked in the same go. What is then found wrong is told unless it may come of a stand-in:
//! better too few faults than a false one.

use std::collections::BTreeSet;

/// The parts of a scenario that are in doubt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Paths of values that have stand-ins, of keys that mean nothing and of keys that are missing.
    values: BTreeSet<String>,
    /// Paths of tables with a key that means nothing and resembles no other: it may be any that is missing.
    strays: BTreeSet<String>,
    /// Lines could not be read at all: any key may be missing.
    gaps: bool,
}

impl Doubts {
    /// The value at a path is in doubt.
    pub fn add(&mut self, path: impl Into<String>) {
        self.values.insert(path.into());
    }

    /// A table has a key that means nothing.
    pub fn add_stray(&mut self, table: impl Into<String>) {
        self.strays.insert(table.into());
    }

    /// Some lines could not be read.
    pub fn add_gaps(&mut self) {
        self.gaps = true;
    }

    /// Whether lines could not be read.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.gaps
    }

    /// Whether anything is in doubt.
    #[must_use]
    pub fn any(&self) -> bool {
        self.gaps || !self.values.is_empty()
    }

    /// Whether a value, something in it or something that holds it is in doubt.
    #[must_use]
    pub fn touch(&self, path: &str) -> bool {
        self.holds(path) || self.within(path)
    }

    /// Whether a value or something in it is in doubt.
    #[must_use]
    pub fn within(&self, path: &str) -> bool {
        let starts_with = |start: String| {
            self.values.range::<String, _>(&start..).next().is_some_and(|doubt| doubt.starts_with(&start))
        };
        self.values.contains(path) || starts_with(format!("{path}.")) || starts_with(format!("{path}["))
    }

    /// Whether the thing that a path belongs to (a stage, an intervention, a cost line) is in doubt: then what is
    /// wrong between its parts may come of it.
    #[must_use]
    pub fn touch_definition(&self, path: &str) -> bool {
        self.gaps || self.touch(definition(path))
    }

    /// Whether a key that is not in a table, or a table of names, may be there after all, misspelt or unread.
    #[must_use]
    pub fn may_hold(&self, path: &str) -> bool {
        let parent = path.rfind('.').map_or("", |dot| &path[..dot]);
        self.gaps || self.holds(path) || self.strays.contains(parent)
    }

    /// Whether a value, or something that holds it, is in doubt.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        let ends = path.match_indices(['.', '[']).map(|(end, _)| end).chain([path.len()]);
        ends.into_iter().any(|end| self.values.contains(&path[..end]))
    }
}

/// The path of the thing that a path belongs to: `stages.care` of `stages.care.exits.home.share`.
fn definition(path: &str) -> &str {
    let steps = match prefix(path, 1) {
        "tracks" if prefix(path, 3).ends_with(".states") => 4,
        "tracks" | "stages" | "parameters" | "arrivals" | "pools" | "opening" | "drift" | "stocks"
        | "flows" | "costs" | "income" | "interventions" | "recorded" => 2,
        _ => 1,
    };
    prefix(path, steps)
}

/// The first steps of a path.
fn prefix(path: &str, steps: usize) -> &str {
    let (mut left, mut quoted) = (steps, false);
    for (at, sign) in path.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '.' if !quoted => left -= 1,
            _ => {}
        }
        if left == 0 {
            return &path[..at];
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(values: &[&str], strays: &[&str]) -> Doubts {
        let text = |s: &&str| (*s).to_owned();
        Doubts {
            values: values.iter().map(text).collect(),
            strays: strays.iter().map(text).collect(),
            gaps: false,
        }
    }

    #[test]
    fn what_holds_and_what_is_held_is_touched() {
        let doubts = doubts(&["stages.care.exits.home.time"], &[]);
        for path in
            ["stages", "stages.care", "stages.care.exits.home.time", "stages.care.exits.home.time.mean"]
        {
            assert!(doubts.touch(path), "{path}");
        }
        for path in ["stages.car", "stages.care.exits.home.timer", "stages.care.exits.home.share", "arrivals"]
        {
            assert!(!doubts.touch(path), "{path}");
        }
    }

    #[test]
    fn a_definition_is_a_thing_with_a_name_of_its_own() {
        for (path, due) in [
            ("stages.care.exits.home.share", "stages.care"),
            ("tracks.placement.states.foster.pool", "tracks.placement.states.foster"),
            ("tracks.placement.first.others", "tracks.placement"),
            ("interventions.support.effects[0].exit", "interventions.support"),
            ("recorded.\"a.b/c\".years.2024", "recorded.\"a.b/c\""),
            ("ages.old", "ages"),
            ("simulation.start", "simulation"),
            ("name", "name"),
        ] {
            assert_eq!(definition(path), due);
        }
    }

    #[test]
    fn a_stray_key_may_be_any_that_is_missing_from_its_table() {
        let doubts = doubts(&["stages.care.exit"], &["stages.care"]);
        assert!(doubts.may_hold("stages.care.exits"));
        assert!(!doubts.may_hold("stages"));
        assert!(!doubts.may_hold("stages.home.exits"));
    }
}
