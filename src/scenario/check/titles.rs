//! What people call the things of a file: where a name belongs, a title says as plainly what was meant.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::words;
use crate::scenario::fault::did_you_mean;
use crate::scenario::file::{ScenarioFile, State};

/// The names of things by their titles.
#[derive(Default)]
pub struct Titles(BTreeMap<String, Vec<String>>);

impl Titles {
    pub fn of(file: &ScenarioFile) -> Self {
        let mut titles = Self::default();
        titles.of_states("", &file.stages);
        for (track, given) in &file.tracks {
            titles.add(track, given.title.as_ref());
            titles.of_states(track, &given.states);
        }
        for (name, &[from, to]) in &file.ages {
            for title in aged(from, to) {
                titles.add(name, Some(&title));
            }
        }
        file.cohorts.iter().for_each(|(name, cohort)| titles.add(name, cohort.title.as_ref()));
        file.needs.iter().for_each(|(name, need)| titles.add(name, need.title.as_ref()));
        file.pools.iter().for_each(|(name, pool)| titles.add(name, pool.title.as_ref()));
        file.parameters.iter().for_each(|(name, parameter)| titles.add(name, parameter.title.as_ref()));
        file.arrivals.iter().for_each(|(name, stream)| titles.add(name, stream.title.as_ref()));
        file.stocks.iter().for_each(|(name, stock)| titles.add(name, Some(&stock.title)));
        file.flows.iter().for_each(|(name, flow)| titles.add(name, Some(&flow.title)));
        let lines = file.costs.iter().chain(&file.income);
        lines.for_each(|(name, line)| titles.add(name, Some(&line.title)));
        titles
    }

    fn of_states(&mut self, track: &str, states: &IndexMap<String, State>) {
        for (name, state) in states {
            self.add(name, state.title.as_ref());
            if !track.is_empty() {
                let title = state.title.clone().unwrap_or_else(|| words(name));
                self.add(&format!("{track}.{name}"), Some(&title));
            }
            state.exits.iter().for_each(|(name, exit)| self.add(name, exit.title.as_ref()));
            let birthday = state.birthday.as_ref();
            let named = birthday.and_then(|b| Some((b.exit.as_ref()?, b.title.as_ref()?)));
            if let Some((name, title)) = named {
                self.add(name, Some(title));
            }
        }
    }

    fn add(&mut self, name: &str, title: Option<&String>) {
        let title = title.cloned().unwrap_or_else(|| words(name));
        self.0.entry(plain(&title)).or_default().push(name.to_owned());
    }

    /// Help for a name that does not exist: the one whose title it is, or else the nearest, or a list.
    pub fn did_you_mean<'n>(&self, said: &str, names: impl IntoIterator<Item = &'n str>) -> String {
        let names: Vec<&str> = names.into_iter().collect();
        let titled = self.0.get(&plain(said)).into_iter().flatten();
        match titled.into_iter().find(|name| names.contains(&name.as_str())) {
            Some(name) => format!("Did you mean `{name}`?"),
            None => did_you_mean(said, names),
        }
    }
}

/// A title without what may differ in it: capital letters, spaces around it, the kind of its dashes, `aged` before an age.
fn plain(title: &str) -> String {
    let title = title.trim().to_lowercase().replace(['–', '—'], "-");
    title.strip_prefix("aged ").map(str::to_owned).unwrap_or(title)
}

/// The ages of a band as people say them, in years of which all count.
fn aged(from: f64, to: f64) -> Vec<String> {
    let last = to - 1.0;
    match (from, to) {
        (from, to) if from.fract() != 0.0 || to.fract() != 0.0 || to <= 0.0 => Vec::new(),
        (from, to) if from <= 0.0 => vec![format!("under {to}"), format!("0 to {last}"), format!("0-{last}")],
        (from, _) if from < last => {
            vec![format!("{from} to {last}"), format!("{from}-{last}"), format!("{from}_{last}")]
        }
        (from, _) => vec![from.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;

    /// Every kind of name, given by its title in other letters.
    #[test]
    fn a_title_stands_for_its_name() {
        let scenario = Scenario::shipped("stoke-on-trent").expect("it comes with the program");
        let titles = super::Titles::of(&scenario.file);
        for (said, names, due) in [
            ("looked after again", &["back_to_care", "settled"][..], "`back_to_care`"),
            ("Home From Care", &["care", "home"], "`home`"),
            ("under 1", &["unborn", "under_1"], "`under_1`"),
            ("10–15", &["age_5_9", "age_10_15"], "`age_10_15`"),
            ("16", &["age_16", "age_17"], "`age_16`"),
        ] {
            let help = titles.did_you_mean(said, names.iter().copied());
            assert_eq!(help, format!("Did you mean {due}?"));
        }
        assert_eq!(titles.did_you_mean("Home from care", ["x1", "y1"]), "There are `x1` and `y1`.");
    }
}
