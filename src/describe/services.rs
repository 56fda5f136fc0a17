//! Interventions in plain words: when, for whom, what they change, what they cost.

use super::{money, reviews, titles, words};
use crate::scenario::file::{
    Effect, Intervention, InterventionCost, Number, Range, Reach, ScenarioFile, State, WhenFull,
};

/// An intervention as a reader meets it.
#[derive(Debug)]
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
    sentences.extend(i.reaches.as_ref().map(|reach| whom(file, i, reach)));
    sentences.extend(i.take_up.as_ref().map(|n| format!("Taken up by {} of those offered.", percent(n))));
    sentences.extend(room(i));
    sentences.extend(i.count_use.then(|| "The use of its places is counted.".to_owned()));
    // What does not hang on who is reached stands after what does.
    let (everybody, reached): (Vec<&Effect>, Vec<&Effect>) =
        i.effects.iter().partition(|e| e.arrivals_times.is_some() || e.adds_places.is_some());
    sentences.extend(reached.into_iter().filter_map(|effect| what(file, i, effect)));
    sentences.extend(growth_of_effect(i));
    let apart = if i.reaches.is_some() { "Apart from that: t" } else { "T" };
    sentences.extend(everybody.into_iter().filter_map(|effect| at_large(file, apart, effect)));
    sentences.extend(i.reviews.iter().flat_map(|r| reviews::sentences(file, i, r)));
    if i.effects.is_empty() && i.reviews.is_none() {
        sentences.push("It changes nothing for children.".to_owned());
    }
    sentences.extend(i.cost.as_ref().map(|c| costs(file, i, c)).unwrap_or_default());
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

/// Whom it reaches. A pace acts on children who are there already as well as on those who enter, reviews only on them.
fn whom(file: &ScenarioFile, i: &Intervention, reach: &Reach) -> String {
    let of = |names: &Option<Vec<String>>, title: &dyn Fn(&str) -> Option<String>| {
        let names = names.as_ref()?;
        let titles: Vec<String> =
            names.iter().map(|n| title(n).unwrap_or_else(|| titles::plain(n))).collect();
        Some(words::and(&titles))
    };
    let only: Vec<String> = [
        reach.ages.as_ref().map(|names| format!("children {}", words::and(&aged(file, names)))),
        of(&reach.cohorts, &|n| file.cohorts.get(n)?.title.clone()),
        of(&reach.needs, &|n| file.needs.get(n)?.title.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let beside = reach.tracks.iter().map(|(track, states)| beside(file, track, states));
    let served = reach.served_months.as_ref();
    let served = served.map(|n| format!("those there for {} months or more", said(n, words::figure)));
    let only: Vec<String> = only.into_iter().chain(beside).chain(served).collect();
    let only = if only.is_empty() { String::new() } else { format!(", only {}", only.join(", ")) };
    let there = i.reviews.is_some() || i.effects.iter().any(|e| e.pace_times.is_some());
    let who = if there { "children in" } else { "children entering" };
    format!("For {who} \u{201c}{}\u{201d}{only}.", stage(file, &reach.stage))
}

/// In which states of a track children are: "those whose placement is with parents or kinship".
fn beside(file: &ScenarioFile, track: &str, states: &[String]) -> String {
    let title = file.tracks.get(track).and_then(|t| t.title.clone()).unwrap_or_else(|| titles::plain(track));
    let states: Vec<String> =
        states.iter().map(|s| format!("\u{201c}{}\u{201d}", stage(file, &format!("{track}.{s}")))).collect();
    format!("those whose {} is {}", words::within(&title), states.join(" or "))
}

/// Age bands as they follow "children": "under 10", "aged 10 to 17", "not yet born". Those that adjoin are one.
fn aged(file: &ScenarioFile, names: &[String]) -> Vec<String> {
    let mut spans: Vec<([f64; 2], &str)> = Vec::new();
    for (name, &[from, to]) in file.ages.iter().filter(|(name, _)| names.contains(name)) {
        match spans.last_mut() {
            Some((span, _)) if span[1] == from && from > 0.0 => span[1] = to,
            _ => spans.push(([from, to], name)),
        }
    }
    spans.into_iter().map(|(span, name)| titles::aged(span, name)).collect()
}

fn room(i: &Intervention) -> Option<String> {
    let waits = match i.when_full {
        WhenFull::Refuse => "others go without",
        WhenFull::Wait => "others wait, in order",
    };
    let months = |n: &Number| format!(", each for {} months", said(n, words::figure));
    match (&i.places_per_year, &i.places) {
        (Some(n), _) => Some(format!("Room for {} families a year; {waits}.", said(n, words::figure))),
        (_, Some(n)) => {
            let months = i.months_per_place.as_ref().map(months).unwrap_or_default();
            Some(format!("Room for {} children at once{months}; {waits}.", said(n, words::figure)))
        }
        _ => None,
    }
}

/// What an effect does to those who are reached.
fn what(file: &ScenarioFile, i: &Intervention, effect: &Effect) -> Option<String> {
    let from = i.reaches.as_ref().map(|r| r.stage.as_str());
    let quoted = |name: &str| format!("\u{201c}{}\u{201d}", words::within(&exit(file, from, name)));
    let by = effect.exit.as_deref().map_or_else(String::new, |name| format!(" by {}", quoted(name)));
    if let Some(n) = &effect.share_times {
        let instead = effect
            .instead
            .as_deref()
            .map_or_else(String::new, |name| format!("; the others leave by {} instead", quoted(name)));
        let instead =
            if effect.instead.is_none() { "; the other exits share the difference" } else { &instead };
        return Some(format!("The share who leave{by} {}{instead}.", times(n)));
    }
    if let Some(n) = &effect.pace_times {
        let shares = from.and_then(|from| state(file, from)).is_some_and(by_shares);
        let only =
            if shares { " It changes when those leave who leave this way, not how many do." } else { "" };
        return Some(format!("The chance per day of leaving{by} {}.{only}", times(n)));
    }
    let n = effect.time_times.as_ref()?;
    Some(format!("The time until leaving{by} {}.", times(n)))
}

fn times(n: &Number) -> String {
    let change = match n {
        Number::Exact(times) => Some(*times),
        Number::Range(range) => Some(range.best),
        Number::Blend(_) => None,
    };
    let change = change.filter(|times| *times != 1.0).map_or_else(String::new, |times| {
        let word = if times < 1.0 { "less" } else { "more" };
        let at_best = if matches!(n, Number::Range(_)) { " at best" } else { "" };
        format!(", {}% {word}{at_best}", words::figure((times - 1.0).abs() * 100.0))
    });
    format!("is multiplied by {}{change}", said(n, words::figure))
}

/// What grows and fades: with a pace the effect on everybody reached, otherwise how many are taken on.
fn growth_of_effect(i: &Intervention) -> Option<String> {
    let (grows, fades) = (is_some_months(i.ramp_up_months), is_some_months(i.fade_months));
    let (grow, taken_on) = match (grows, fades) {
        (false, false) => return None,
        (true, false) => ("grows", "As it grows, more of those in reach are taken on."),
        (false, true) => ("fades", "As it fades, fewer of those in reach are taken on."),
        (true, true) => {
            ("grows and fades", "As it grows, more of those in reach are taken on; as it fades, fewer are.")
        }
    };
    let is_paced = i.effects.iter().any(|e| e.pace_times.is_some());
    let selects = i.effects.iter().any(|e| e.share_times.is_some() || e.time_times.is_some());
    if is_paced {
        let who =
            if i.take_up.is_some() { "Everybody in reach who takes it up" } else { "Everybody in reach" };
        Some(format!(
            "{who} is taken on, and charged for in full, from the first day; only the effect {grow}."
        ))
    } else {
        selects.then(|| taken_on.to_owned())
    }
}

fn is_some_months(months: Option<u32>) -> bool {
    months.is_some_and(|n| n > 0)
}

/// What an effect does whoever is reached: to arrivals, or to a pool.
fn at_large(file: &ScenarioFile, lead: &str, effect: &Effect) -> Option<String> {
    if let Some(n) = &effect.arrivals_times {
        let stream = effect.arrivals.as_deref().unwrap_or_default();
        let title = file.arrivals.get(stream).and_then(|a| a.title.clone());
        let stream = title.unwrap_or_else(|| titles::plain(stream));
        return Some(format!("{lead}he number arriving ({}) {}.", words::within(&stream), times(n)));
    }
    let n = effect.adds_places.as_ref()?;
    let pool = effect.pool.as_deref().unwrap_or_default();
    let title = words::within(&money::pool_title(file, pool));
    Some(if is_below_nothing(n) {
        format!(
            "Takes away {} places ({title}); no child has to move out.",
            turned(n, |x| words::figure(x.abs()))
        )
    } else {
        format!("Adds {} places ({title}).", said(n, words::figure))
    })
}

/// What it costs and what it saves: a cut is written as a cost below nothing, and people call it a saving.
fn costs(file: &ScenarioFile, i: &Intervention, c: &InterventionCost) -> Vec<String> {
    let each = [
        (&c.per_year, " a year"),
        (&c.per_family, " for each family"),
        (&c.per_child, " for each child"),
        (&c.per_review, " for each review"),
        (&c.once, " once"),
    ];
    let given = each.iter().filter_map(|(n, of)| Some((n.as_ref()?, *of)));
    let (saved, paid): (Vec<_>, Vec<_>) = given.partition(|(n, _)| is_below_nothing(n));
    let size = |x: f64| words::price(x.abs());
    let saved: Vec<String> = saved.iter().map(|(n, of)| format!("{}{of}", turned(n, size))).collect();
    let paid: Vec<String> = paid.iter().map(|(n, of)| format!("{}{of}", said(n, words::price))).collect();
    if saved.is_empty() && paid.is_empty() {
        return Vec::new();
    }
    let sums = [("saves", saved), ("costs", paid)].into_iter().filter(|(_, parts)| !parts.is_empty());
    let sums: Vec<String> = sums.map(|(did, parts)| format!("{did} {}", words::and(&parts))).collect();
    let mut sentences = vec![format!("{}{}.", words::opening(&sums.join("; ")), prices(file, c))];
    if c.per_child.is_some() && i.effects.iter().any(|e| e.pace_times.is_some()) {
        sentences.push("It is paid for the children who are there on the first day as well.".to_owned());
    }
    if c.per_year.is_some() && (is_some_months(i.ramp_up_months) || is_some_months(i.fade_months)) {
        sentences.push(
            "What it costs a year is charged in full for as long as it runs, while it grows or fades too."
                .to_owned(),
        );
    }
    sentences
}

/// Whose prices its costs are in, and how they rise.
fn prices(file: &ScenarioFile, c: &InterventionCost) -> String {
    let base = file.price_base.as_ref().map(|year| format!(", in prices of {year}")).unwrap_or_default();
    let rise = c.growth.as_ref().map_or_else(
        || if base.is_empty() { String::new() } else { " that do not rise".to_owned() },
        |n| format!("{} {} a year", if base.is_empty() { ", growing" } else { " that grow" }, percent(n)),
    );
    base + &rise
}

/// Whether a number is below nothing at both ends.
fn is_below_nothing(n: &Number) -> bool {
    let [low, high] = match n {
        Number::Exact(x) => [*x; 2],
        Number::Range(r) => [r.low, r.high],
        Number::Blend(b) => b.between,
    };
    (low < 0.0 || high < 0.0) && low <= 0.0 && high <= 0.0
}

/// A number below nothing by its size, the smaller end first.
fn turned(n: &Number, say: impl Fn(f64) -> String) -> String {
    match n {
        Number::Range(r) => said(&Number::Range(Range { low: r.high, high: r.low, ..r.clone() }), say),
        _ => said(n, say),
    }
}

/// What people call a stage, or a state of a track.
pub(super) fn stage(file: &ScenarioFile, path: &str) -> String {
    let title = state(file, path).and_then(|state| state.title.clone());
    title.unwrap_or_else(|| titles::plain(path.rsplit('.').next().unwrap_or(path)))
}

/// What people call an exit: its own title, or that of the stage it leads to.
pub(super) fn exit(file: &ScenarioFile, from: Option<&str>, name: &str) -> String {
    let exit = from.and_then(|from| state(file, from)?.exits.get(name));
    exit.and_then(|e| e.title.clone()).unwrap_or_else(|| titles::plain(name))
}

/// A stage, or a state of a track.
pub(super) fn state<'a>(file: &'a ScenarioFile, path: &str) -> Option<&'a State> {
    match path.split_once('.') {
        Some((track, state)) => file.tracks.get(track)?.states.get(state),
        None => file.stages.get(path),
    }
}

/// Whether shares say who leaves a state by which exit.
fn by_shares(state: &State) -> bool {
    state.exits.values().any(|exit| exit.share.is_some())
}

pub(super) fn percent(n: &Number) -> String {
    said(n, |x| format!("{}%", words::figure(x * 100.0)))
}

pub(super) fn said(n: &Number, say: impl Fn(f64) -> String) -> String {
    match n {
        Number::Exact(x) => say(*x),
        Number::Range(r) => {
            let law = r.law.map_or_else(String::new, |law| format!(", {}", law.name()));
            format!("{} ({} to {}{law})", say(r.best), say(r.low), say(r.high))
        }
        Number::Blend(b) => {
            format!("{} to {}, by {}", say(b.between[0]), say(b.between[1]), titles::plain(&b.weight))
        }
    }
}
