//! Interventions in plain words: when, for whom, what they change, what they cost.

use serde::Serialize;

use super::words;
use crate::scenario::file::{
    Effect, Intervention, InterventionCost, Number, Reach, ScenarioFile, State, WhenFull,
};

/// An intervention as a reader meets it.
#[derive(Debug, Serialize)]
pub struct Service {
    /// What it is called.
    pub title: String,
    /// When it runs, whom it reaches, what it changes and what it costs, a sentence each.
    pub sentences: Vec<String>,
    /// Where its numbers come from.
    pub source: Option<String>,
}

/// What a scenario's interventions are, without those that it has in common with `reference`: their names in
/// the file, and what they are.
#[must_use]
pub fn new_in<'a>(file: &'a ScenarioFile, reference: Option<&ScenarioFile>) -> Vec<(&'a str, Service)> {
    let same = |name: &str, i: &Intervention| {
        let before = reference.and_then(|r| r.interventions.get(name));
        before.is_some_and(|before| format!("{before:?}") == format!("{i:?}"))
    };
    let new = file.interventions.iter().filter(|(name, i)| !same(name, i));
    new.map(|(name, i)| (name.as_str(), service(file, i))).collect()
}

fn service(file: &ScenarioFile, i: &Intervention) -> Service {
    let mut sentences = vec![when(i)];
    sentences.extend(i.reaches.as_ref().map(|reach| whom(file, reach, &i.effects)));
    sentences.extend(i.take_up.as_ref().map(|n| format!("Taken up by {} of those offered.", percent(n))));
    sentences.extend(room(i));
    sentences.extend(i.effects.iter().filter_map(|effect| what(file, i, effect)));
    sentences.extend(i.cost.as_ref().and_then(cost));
    let source = i.source.clone().or_else(|| i.cost.as_ref().and_then(|c| c.source.clone()));
    Service { title: words::opening(&i.title), sentences, source }
}

fn when(i: &Intervention) -> String {
    let date = |text: &str| words::read_day(text).map_or_else(|| text.to_owned(), words::day);
    let until = i.until.as_ref().map_or_else(String::new, |d| format!(" until {}", date(d)));
    let over = |n: Option<u32>, what: &str| match n {
        None | Some(0) => String::new(),
        Some(1) => format!(", {what} over 1 month"),
        Some(n) => format!(", {what} over {n} months"),
    };
    let (grows, fades) = (over(i.ramp_up_months, "growing"), over(i.fade_months, "then fading"));
    format!("From {}{until}{grows}{fades}.", date(&i.from))
}

/// Whom it reaches. A pace acts on children who are there already as well as on those who enter.
fn whom(file: &ScenarioFile, reach: &Reach, effects: &[Effect]) -> String {
    let of = |names: &Option<Vec<String>>, title: &dyn Fn(&str) -> Option<String>| {
        let names = names.as_ref()?;
        let titles: Vec<String> = names.iter().map(|n| title(n).unwrap_or_else(|| plain_name(n))).collect();
        Some(words::and(&titles))
    };
    let only: Vec<String> = [
        of(&reach.ages, &|n| Some(words::within(&words::age_band(*file.ages.get(n)?, n)))).map(aged),
        of(&reach.cohorts, &|n| file.cohorts.get(n)?.title.clone()),
        of(&reach.needs, &|n| file.needs.get(n)?.title.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let only = if only.is_empty() { String::new() } else { format!(", only {}", only.join(", ")) };
    let paced = effects.iter().any(|e| e.pace_times.is_some());
    let who = if paced { "children in" } else { "children entering" };
    format!("For {who} {}{only}.", words::within(&stage(file, &reach.stage)))
}

/// Age bands as they follow "children": "aged 10 to 15 and 16", "not yet born".
fn aged(bands: String) -> String {
    if bands.starts_with("not ") { bands } else { format!("aged {bands}") }
}

fn room(i: &Intervention) -> Option<String> {
    let waits = match i.when_full {
        WhenFull::Refuse => "",
        WhenFull::Wait => ", others wait",
    };
    match (&i.places_per_year, &i.places) {
        (Some(n), _) => Some(format!("Room for {} families a year{waits}.", said(n, words::count))),
        (_, Some(n)) => Some(format!("Room for {} children at once{waits}.", said(n, words::count))),
        _ => None,
    }
}

/// What an effect does.
fn what(file: &ScenarioFile, i: &Intervention, effect: &Effect) -> Option<String> {
    let times = |n: &Number| format!("is multiplied by {}", said(n, words::figure));
    let from = i.reaches.as_ref().map(|r| r.stage.as_str());
    let exit = effect.exit.as_deref().map(|name| words::within(&exit(file, from, name)));
    let by = exit.as_ref().map_or_else(String::new, |exit| format!(" by \u{201c}{exit}\u{201d}"));
    if let Some(n) = &effect.share_times {
        let who = exit.unwrap_or_else(|| "the exit".to_owned());
        return Some(format!("The share who leave by \u{201c}{who}\u{201d} {}.", times(n)));
    }
    if let Some(n) = &effect.pace_times {
        let shares = from.and_then(|from| state(file, from)).is_some_and(by_shares);
        let only = if shares {
            " It brings this way out forward for those bound for it, and adds none."
        } else {
            ""
        };
        return Some(format!("The chance per day of leaving{by} {}.{only}", times(n)));
    }
    if let Some(n) = &effect.time_times {
        return Some(format!("The time until leaving{by} {}.", times(n)));
    }
    if let Some(n) = &effect.arrivals_times {
        let stream = effect.arrivals.as_deref().unwrap_or_default();
        let title = file.arrivals.get(stream).and_then(|a| a.title.clone());
        let stream = title.unwrap_or_else(|| plain_name(stream));
        return Some(format!("The number arriving ({}) {}.", words::within(&stream), times(n)));
    }
    let n = effect.adds_places.as_ref()?;
    let pool = effect.pool.as_deref().unwrap_or_default();
    let title = file.pools.get(pool).and_then(|p| p.title.clone()).unwrap_or_else(|| plain_name(pool));
    Some(format!("Adds places ({}): {}.", words::within(&title), said(n, words::count)))
}

fn cost(c: &InterventionCost) -> Option<String> {
    // A cut is written as a cost below nothing; people call it a saving.
    let costs = [&c.per_year, &c.per_family, &c.per_child, &c.once];
    let mut ends = costs.iter().filter_map(|n| n.as_ref()).flat_map(ends);
    let saves = ends.clone().any(|x| x < 0.0) && ends.all(|x| x <= 0.0);
    let each = costs.into_iter().zip([" a year", " for each family", " for each child", " once"]);
    let parts: Vec<String> = each
        .filter_map(|(n, of)| {
            let price = |x: f64| words::price(x.abs());
            let n = n.as_ref()?;
            Some(format!("{}{of}", if saves { turned(n, price) } else { said(n, words::price) }))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{} {}.", if saves { "Saves" } else { "Costs" }, words::and(&parts)))
}

/// The least and the most that a number may be.
fn ends(n: &Number) -> [f64; 2] {
    match n {
        Number::Exact(x) => [*x; 2],
        Number::Range(r) => [r.low, r.high],
        Number::Blend(b) => b.between,
    }
}

/// A number below nothing by its size, the smaller end first.
fn turned(n: &Number, say: impl Fn(f64) -> String) -> String {
    match n {
        Number::Range(r) => format!("{} ({} to {})", say(r.best), say(r.high), say(r.low)),
        _ => said(n, say),
    }
}

/// What people call a stage, or a state of a track.
fn stage(file: &ScenarioFile, path: &str) -> String {
    let of_track = || {
        let (track, state) = path.split_once('.')?;
        file.tracks.get(track)?.states.get(state)?.title.clone()
    };
    let title = file.stages.get(path).and_then(|s| s.title.clone()).or_else(of_track);
    title.unwrap_or_else(|| plain_name(path.rsplit('.').next().unwrap_or(path)))
}

/// What people call an exit: its own title, or that of the stage it leads to.
fn exit(file: &ScenarioFile, from: Option<&str>, name: &str) -> String {
    let exit = from.and_then(|from| state(file, from)?.exits.get(name));
    exit.and_then(|e| e.title.clone()).unwrap_or_else(|| plain_name(name))
}

/// A stage, or a state of a track.
fn state<'a>(file: &'a ScenarioFile, path: &str) -> Option<&'a State> {
    match path.split_once('.') {
        Some((track, state)) => file.tracks.get(track)?.states.get(state),
        None => file.stages.get(path),
    }
}

/// Whether shares say who leaves a state by which exit.
fn by_shares(state: &State) -> bool {
    state.exits.values().any(|exit| exit.share.is_some())
}

fn plain_name(name: &str) -> String {
    name.replace('_', " ")
}

fn percent(n: &Number) -> String {
    said(n, |x| format!("{}%", words::count(x * 100.0)))
}

fn said(n: &Number, say: impl Fn(f64) -> String) -> String {
    match n {
        Number::Exact(x) => say(*x),
        Number::Range(r) => format!("{} ({} to {})", say(r.best), say(r.low), say(r.high)),
        Number::Blend(b) => format!("{} to {}", say(b.between[0]), say(b.between[1])),
    }
}
