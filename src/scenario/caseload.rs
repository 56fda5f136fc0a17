//! The opening caseload: from published counts to children of every kind, and how long they have been there.

mod curve;
mod kept;
mod moments;
mod race;
mod served;
mod tracks;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::check::{
    At, Problems, checked_slices, cumulative, family_sizes, said, shares_of, slices, year_ending,
};
use super::fault::listed;
use super::file;
use super::margins::{fit_margins, meet_margins, whole};
use super::number::best_values;
use super::paces::BestTimes;
use super::tree::join;
use super::{AgeSlice, Ages, Cell, Joint, Opening, Scenario, TrackOpening};
use crate::pathway::{
    During, ExitId, Kind, StateId, Table, TrackId,
    calendar::{DAY, Tick, YEAR},
};
use race::incidence;
use served::{Base, Part, Stage};
use tracks::{Class, Course, Courses, varies_by_age, waits_for_age};

/// The most weights that all tables together hold.
const MOST_WEIGHTS: usize = 20_000_000;
/// Ages within a band at which children are weighed.
const AGES: Tick = 6;
/// Steps of a band within which children who are there are of all ages alike.
const AGE_STEPS: Tick = 24;
/// Ages at entry are treated alike in parts of a band no longer than this, where tracks vary by age.
const LONGEST_PART: Tick = 3 * YEAR;
/// The same where a track has a state that is left at an age, if there is room.
const SHORT_PART: Tick = YEAR / 4;

/// Adds the opening caseload to a scenario that is otherwise complete.
pub(super) fn fill(scenario: &mut Scenario, problems: &mut Problems) {
    let file = scenario.file.clone();
    let mut room = MOST_WEIGHTS;
    let best =
        if file.opening.is_empty() || !problems.none() { None } else { Some(BestTimes::new(scenario)) };
    for (stage, given) in &file.opening {
        let at = At::new("opening", None).key(stage);
        let Some(state) = scenario.pathway.tracks[TrackId::MAIN]
            .states
            .iter()
            .find(|&s| &scenario.pathway.states[s].name == stage)
        else {
            problems.unknown(&at, "stage", stage, ("stages", file.stages.keys()));
            continue;
        };
        let why = match scenario.pathway.states[state].kind {
            Kind::Lottery | Kind::Race => None,
            Kind::End => Some("is an end: children who come there have left"),
            _ => Some("is a decision, taken at once"),
        };
        if let Some(why) = why {
            problems.wrong_with(
                &at,
                &[&join("stages", stage)],
                format!("nobody stays in `{stage}`: it {why}"),
                "Give the children to a stage that takes time.",
            );
            continue;
        }
        let margins = margins(scenario, state, given, &at, problems);
        if can_be_rounded(given, &at, problems) {
            check_sums(given, &at, problems);
        }
        let Some(margins) = margins else { continue };
        if let Some(best) = &best {
            let opening = opening(scenario, best, (state, given), &margins, (&at, &mut room), problems);
            scenario.openings.extend(opening);
        }
    }
}

/// How children divide, each in shares: by age, cohort, family size and states of tracks.
struct Margins {
    ages: Vec<f64>,
    cohorts: Vec<f64>,
    sizes: Vec<f64>,
    tracks: Vec<(TrackId, Vec<f64>)>,
}

/// Reads how children divide, and says what of it cannot be.
fn margins(
    scenario: &Scenario,
    state: StateId,
    given: &file::Opening,
    at: &At,
    problems: &mut Problems,
) -> Option<Margins> {
    let bands: Vec<String> = scenario.classes.bands.iter().map(|b| b.0.clone()).collect();
    let ages = if given.ages.is_empty() {
        Some(ages_of_arrivals(scenario, bands.len()))
    } else {
        shares_of(problems, &at.key("ages"), &given.ages, ("age band", "ages", &bands), false)
    };
    let cohorts = shares_of(
        problems,
        &at.key("cohorts"),
        &given.cohorts,
        ("cohort", "cohorts", &scenario.classes.cohorts),
        false,
    );
    let sizes = family_sizes(problems, &at.key("family_sizes"), &given.family_sizes);
    let here = at.key("entries_by_age");
    let slices = checked_slices(problems, &here, &given.entries_by_age, &scenario.classes.bands);
    let names: Vec<String> = slices.into_iter().map(|(name, _)| name).collect();
    for key in given.entries_by_age.keys().filter(|k| !names.contains(k)) {
        problems.unknown(&here.key(key), "age band", key, ("ages", &bands));
    }
    for (of, entries) in
        [("entries_by_age", &given.entries_by_age), ("entries_by_year", &given.entries_by_year)]
    {
        let here = at.key(of);
        for (key, &x) in entries.iter().filter(|(_, x)| !(0.0..1e9).contains(*x)) {
            let message = format!("{} does not fit here", said(x));
            problems.unfit(&here.key(key), message, "Write a number that is 0 or more.");
        }
        if !entries.is_empty() && entries.values().all(|x| *x == 0.0) {
            problems.unfit(
                &here,
                "nobody ever came, and yet there are children",
                "Give at least one of them a number above 0, or take this out: then all are alike.",
            );
        }
    }
    for key in given.entries_by_year.keys().filter(|y| year_ending(y).is_none()) {
        problems.unfit(
            &at.key("entries_by_year").key(key),
            format!("`{key}` is not a year"),
            "Write the year in which it ends on 31 March, such as 2025.",
        );
    }
    let tracks = track_margins(scenario, state, given, at, problems);
    let (ages, cohorts, sizes, tracks) = (ages?, cohorts?, sizes?, tracks?);
    let before = problems.len();
    check_birthday(scenario, state, given, &ages, at, problems);
    (problems.len() == before).then_some(Margins { ages, cohorts, sizes, tracks })
}

/// Whether the figures can have been rounded as they say: what is larger than all of them would excuse any sum.
fn can_be_rounded(given: &file::Opening, at: &At, problems: &mut Problems) -> bool {
    let Some(rounded) = given.rounded_to else { return true };
    let largest = |figures: &IndexMap<String, f64>| figures.values().copied().fold(0.0, f64::max);
    // Shares are not rounded to whole numbers of children.
    let counts = [&given.ages, &given.cohorts].into_iter().chain(given.tracks.values());
    let counts = counts.filter(|figures| figures.values().sum::<f64>() > 1.001).map(largest);
    let least = counts.fold(f64::from(given.count), f64::min);
    let why = if rounded == 0 {
        "nothing is rounded to 0".to_owned()
    } else if f64::from(rounded) > least {
        format!(
            "this is more than the figures themselves: rounded to {rounded}, {} would be 0 or {rounded}",
            said(least)
        )
    } else {
        return true;
    };
    let help = "Write what the figures were rounded to when they were published, such as 5, or take `rounded_to` out.";
    problems.wrong(&at.key("rounded_to"), why, help);
    false
}

/// Checks that counts add up to all there are, or shares to 1.
fn check_sums(given: &file::Opening, at: &At, problems: &mut Problems) {
    let tracks = given
        .tracks
        .iter()
        .map(|(t, counts)| (at.key("tracks").key(t), format!("the states of `{t}`"), counts));
    let tables =
        [("ages", &given.ages), ("cohorts", &given.cohorts)].map(|(t, n)| (at.key(t), format!("the {t}"), n));
    let off: Vec<(At, String)> = tables
        .into_iter()
        .chain(tracks)
        .filter_map(|(here, what, counts)| {
            Some((here, format!("{what} add up to {}", odd_sum(given, counts)?)))
        })
        .collect();
    let help = format!(
        "Give counts that add up to {}, or shares that add up to 1: shares hold whatever the count.",
        given.count
    );
    match off.as_slice() {
        [] => {}
        [(here, what)] => {
            problems.at_odds(here, &at.key("count"), format!("{what}, and `count` is {}", given.count), help);
        }
        several => {
            let all = listed(several.iter().map(|(_, what)| what.clone()), "and");
            let message = format!("`count` is {}, but {all}", given.count);
            problems.wrong(&at.key("count"), message, help);
        }
    }
}

/// What figures add up to, if that is neither 1 nor all there are.
fn odd_sum(given: &file::Opening, counts: &IndexMap<String, f64>) -> Option<String> {
    let (sum, all) = (counts.values().sum::<f64>(), f64::from(given.count));
    let fits = (sum - 1.0).abs() <= 0.001
        || (sum - all).abs() <= rounding(given, counts.len()) + 1e-6 * all.max(1.0);
    // Sums of nothing and beyond all numbers are told elsewhere.
    let odd = !counts.is_empty() && sum > 0.0 && sum.is_finite() && !fits;
    odd.then(|| said(libm::round(sum * 1e6) / 1e6))
}

/// How far the sum of so many figures may be from the whole, each rounded when it was published, and the whole too.
#[expect(clippy::cast_precision_loss, reason = "a few figures")]
fn rounding(given: &file::Opening, figures: usize) -> f64 {
    f64::from(given.rounded_to.unwrap_or(0)) / 2.0 * (figures + 1) as f64
}

/// Shares of age bands among all who arrive, at the best value of every number; all alike if nobody does.
#[expect(clippy::cast_precision_loss, reason = "a few age bands")]
fn ages_of_arrivals(scenario: &Scenario, bands: usize) -> Vec<f64> {
    let best = best_values(&scenario.quantities);
    let mut children = vec![0.0; bands];
    for stream in scenario.arrivals.values() {
        let shares = differences(&stream.ages);
        for (slice, share) in stream.slices.iter().zip(shares) {
            children[slice.band] += best[stream.children_per_year] * share;
        }
    }
    let all: f64 = children.iter().sum();
    if all > 0.0 { children.iter().map(|n| n / all).collect() } else { vec![1.0 / bands as f64; bands] }
}

/// Shares from their running sums.
fn differences(sums: &[f64]) -> Vec<f64> {
    sums.iter().scan(0.0, |before, &s| Some(s - std::mem::replace(before, s))).collect()
}

/// For each track that is given, its number and the shares of its states.
fn track_margins(
    scenario: &Scenario,
    state: StateId,
    given: &file::Opening,
    at: &At,
    problems: &mut Problems,
) -> Option<Vec<(TrackId, Vec<f64>)>> {
    let mut margins = Vec::new();
    for (name, counts) in &given.tracks {
        let here = at.key("tracks").key(name);
        let track = scenario.pathway.tracks.iter().skip(1).find(|(_, t)| &t.name == name).map(|t| t.0);
        let Some(track) = track else {
            problems.unknown(&here, "track", name, ("tracks", scenario.file.tracks.keys()));
            continue;
        };
        if scenario.pathway.tracks[track].during[state] != During::Runs {
            let why = match scenario.pathway.tracks[track].during[state] {
                During::Held(_) => "is held in one state by",
                _ => "does not run during",
            };
            let message = format!("the track `{name}` {why} this stage");
            problems.wrong_with(&here, &[&join("tracks", name)], message, "Take this out.");
            continue;
        }
        let names: Vec<String> = scenario.file.tracks[name].states.keys().cloned().collect();
        let table = join(&join("tracks", name), "states");
        margins
            .push(shares_of(problems, &here, counts, ("state", &table, &names), false).map(|s| (track, s)));
    }
    margins.into_iter().collect()
}

/// The opening caseload of a stage, in the shortest parts of the ages at entry for which there is room.
fn opening(
    scenario: &Scenario,
    best: &BestTimes,
    (state, given): (StateId, &file::Opening),
    margins: &Margins,
    (at, room): (&At, &mut usize),
    problems: &mut Problems,
) -> Option<Opening> {
    let tracks = scenario.pathway.tracks.iter().skip(1);
    let running: Vec<TrackId> = tracks.filter(|(_, t)| t.runs_beside(state)).map(|t| t.0).collect();
    let kinds = margins.sizes().iter().fold(1_usize, |all, &size| all.saturating_mul(size));
    let waits = running.iter().any(|&track| waits_for_age(scenario, track));
    let parts = if waits { &[SHORT_PART, YEAR, LONGEST_PART][..] } else { &[LONGEST_PART] };
    for &longest in parts {
        let stage = stage(scenario, best, (state, given), margins, &running, longest);
        let builder = Builder::new(&stage, margins, &running);
        let before = problems.len();
        builder.check_ages(at, problems);
        if problems.len() > before {
            return None;
        }
        if kinds <= 1_000_000 && builder.fits(kinds, room) {
            return finished(builder, kinds, at, problems);
        }
    }
    problems.wrong(
        &at.key("tracks"),
        "ages, cohorts and states of tracks make too many kinds of children",
        "Divide the children by fewer tracks.",
    );
    None
}

/// The opening caseload once it is known that there is room for it.
fn finished(mut builder: Builder, kinds: usize, at: &At, problems: &mut Problems) -> Option<Opening> {
    let (stage, margins) = (builder.stage, builder.margins);
    let mut cells = builder.cells(kinds, &margins.sizes(), at, problems)?;
    builder.keep_used(&mut cells);
    Some(Opening {
        state: stage.state,
        bound: builder.bound(&cells),
        cells,
        family_sizes: cumulative(&margins.sizes),
        fresh: stage.given.fresh,
        tracks: builder.track_openings().into(),
        tables: builder.tables.into(),
    })
}

/// The stage, with the ages at entry that are treated alike: age bands, and parts of them where tracks vary by age.
fn stage<'a>(
    scenario: &'a Scenario,
    best: &'a BestTimes,
    (state, given): (StateId, &'a file::Opening),
    margins: &Margins,
    running: &[TrackId],
    longest: Tick,
) -> Stage<'a> {
    let bands = &scenario.classes.bands;
    let there = bands.iter().zip(&margins.ages).filter(|b| *b.1 > 0.0);
    let birthday = scenario.pathway.states[state].birthday.map_or(Tick::MAX, |b| b.0);
    let oldest = there.map(|b| b.0.2).max().unwrap_or(bands[0].2).min(birthday);
    let aged = running.iter().any(|&track| varies_by_age(scenario, track));
    let fresh = given.fresh;
    let entries = |slice: &str| {
        let given = &given.entries_by_age;
        if fresh || given.is_empty() { 1.0 } else { given.get(slice).copied().unwrap_or(0.0) }
    };
    let mut parts = Vec::new();
    for (name, AgeSlice { band, ages: (from, to) }) in slices(&given.entries_by_age, bands) {
        let entries = entries(&name);
        if from >= oldest || entries <= 0.0 {
            continue;
        }
        let pieces = if aged { (to - from + longest - DAY) / longest } else { 1 }.max(1);
        for piece in 0..pieces {
            let age = |k: Tick| from + (to - from) * k / pieces;
            let is_last = to == bands[bands.len() - 1].2 && piece + 1 == pieces;
            let end = if is_last { Tick::MAX / 4 } else { age(piece + 1) };
            parts.push(Part { band, ages: (age(piece), end), entries });
        }
    }
    Stage { scenario, best, state, given, oldest, parts, longest: 1.0 }.with_longest()
}

impl Margins {
    /// How many classes each dimension of the table of kinds has.
    fn sizes(&self) -> Vec<usize> {
        let tracks = self.tracks.iter().map(|t| t.1.len());
        [self.ages.len(), self.cohorts.len()].into_iter().chain(tracks).collect()
    }
}

/// States of the tracks that are given, in the order of [`Margins::tracks`].
type States = Vec<StateId>;

/// How the opening caseload of a stage is put together.
struct Builder<'a> {
    stage: &'a Stage<'a>,
    margins: &'a Margins,
    /// By cohort and need, the weights of each part.
    bases: BTreeMap<(usize, usize), Vec<Base>>,
    /// By track, what becomes of children in it.
    courses: Table<TrackId, Option<Courses>>,
    /// In a race, by part, the chance of each exit.
    wins: Vec<Vec<f64>>,
    /// By age band and cohort, the shares of the need classes.
    needs: Vec<Vec<f64>>,
    /// Joint tables, and where each is found.
    tables: Vec<Joint>,
    known: BTreeMap<(usize, usize, States), usize>,
}

impl<'a> Builder<'a> {
    fn new(stage: &'a Stage<'a>, margins: &'a Margins, running: &[TrackId]) -> Self {
        let scenario = stage.scenario;
        let width = scenario.classes.needs.len();
        let cohorts = (0..margins.cohorts.len()).filter(|&c| margins.cohorts[c] > 0.0);
        let classes: Vec<(usize, usize)> = cohorts.flat_map(|c| (0..width).map(move |n| (c, n))).collect();
        let mut plans: Vec<usize> =
            scenario.pathway.states[stage.state].exits.iter().map(|e| plan(scenario, e)).collect();
        if plans.is_empty() {
            plans.push(0);
        }
        let all: Vec<Class> = classes
            .iter()
            .flat_map(|&(cohort, need)| plans.iter().map(move |&plan| Class { cohort, need, plan }))
            .collect();
        let of_track = |t| running.contains(&t).then(|| Courses::new(stage, t, &all));
        let courses: Table<TrackId, Option<Courses>> =
            scenario.pathway.tracks.ids().iter().map(of_track).collect();
        let marks = marks(&courses, margins);
        let bases = classes.iter().map(|&(c, n)| ((c, n), stage.bases(c, n, &marks))).collect();
        let mut needs = Vec::new();
        for band in 0..scenario.classes.bands.len() {
            for cohort in 0..scenario.classes.cohorts.len() {
                let row = scenario.need_grid.row(cohort, 0, 0, band);
                let shares = &scenario.need_shares[row * width..][..width];
                needs.push(scenario.shares(shares, &stage.best.values, |_| 0.0));
            }
        }
        let wins = if stage.is_race() { wins(stage) } else { Vec::new() };
        Self { stage, margins, bases, courses, wins, needs, tables: Vec::new(), known: BTreeMap::new() }
    }

    /// For children of a class who came in a part, bound for an exit: what becomes of them in each track given.
    fn tracks(&self, class: (usize, usize), part: usize, exit: usize) -> Vec<(&Courses, &Course)> {
        let exits = self.stage.scenario.pathway.states[self.stage.state].exits;
        let plan = if exits.is_empty() { 0 } else { plan(self.stage.scenario, exits.nth(exit)) };
        let class = Class { cohort: class.0, need: class.1, plan };
        let courses = self.margins.tracks.iter().filter_map(|t| self.courses[t.0].as_ref());
        courses.filter_map(|c| Some((c, c.course(class, part)?))).collect()
    }

    /// How likely it is, exit by exit and at each of some rising times served, that children of a class who came in a part are in
    /// the states given: tracks are independent of each other, given all that. In a race the exit is not known, and
    /// counts with its chance.
    fn chances_at(
        &self,
        class: (usize, usize),
        part: usize,
        states: &[StateId],
        times: &[f64],
    ) -> Vec<Vec<f64>> {
        let width = self.stage.scenario.pathway.states[self.stage.state].exits.len().max(1);
        let of_exit = |exit: usize| -> Vec<f64> {
            let mut chances = vec![1.0; times.len()];
            for ((courses, course), &state) in self.tracks(class, part, exit).into_iter().zip(states) {
                course.multiply(courses.place(state), times, &mut chances);
            }
            chances
        };
        let mut by_exit: Vec<Vec<f64>> = (0..width).map(of_exit).collect();
        if self.stage.is_race() {
            let mean = |at: usize| self.wins[part].iter().zip(&by_exit).map(|(p, c)| p * c[at]).sum();
            by_exit = vec![(0..times.len()).map(mean).collect()];
        }
        by_exit
    }

    /// The joint table of a class in given states of its tracks.
    fn joint(&self, class: (usize, usize), states: &[StateId]) -> Joint {
        let span = |(part, base): (usize, &Base)| {
            let chances = self.chances_at(class, part, states, &base.middles);
            base.span(|exit, step| chances[exit][step])
        };
        let spans = self.bases[&class].iter().enumerate().rev().map(span).collect();
        Joint { spans, lottery: !self.stage.is_race() }
    }

    /// The ages within a band at which children are weighed.
    fn ages(&self, band: usize) -> impl Iterator<Item = Tick> + use<> {
        let (_, from, to) = self.stage.scenario.classes.bands[band];
        (0..AGES).map(move |i| from + (to - from) * (2 * i + 1) / (2 * AGES))
    }

    /// Whether children of each age can have come and still be there.
    fn check_ages(&self, at: &At, problems: &mut Problems) {
        let given = self.stage.given;
        if given.fresh || given.count == 0 {
            return;
        }
        let tables: Vec<Joint> = self.bases.keys().map(|&class| self.plain(class)).collect();
        for (band, (name, ..)) in self.stage.scenario.classes.bands.iter().enumerate() {
            let there = self.margins.ages[band] > 0.0;
            let mut ages = self.ages(band);
            if !there || ages.any(|age| tables.iter().any(|t| t.weights(age).iter().any(|w| *w > 0.0))) {
                continue;
            }
            let message =
                format!("children of `{name}` are there, but nobody who came by then is still there");
            if given.entries_by_age.is_empty() {
                let here = if given.ages.is_empty() { at.clone() } else { at.key("ages").key(name) };
                let stage = &self.stage.scenario.pathway.states[self.stage.state].name;
                problems.wrong_with(
                    &here,
                    &[&join("stages", stage)],
                    message,
                    "Take this band out of `ages`, or give the stage an exit that takes longer.",
                );
            } else {
                problems.wrong(
                    &at.key("entries_by_age"),
                    format!("children of `{name}` are there, but nobody came by then"),
                    "Give a number above 0 to an age band at which they can have come.",
                );
            }
        }
    }

    /// The joint table of a class whatever the states of its tracks.
    fn plain(&self, class: (usize, usize)) -> Joint {
        let spans = self.bases[&class].iter().rev().map(|base| base.span(|_, _| 1.0)).collect();
        Joint { spans, lottery: !self.stage.is_race() }
    }

    /// Whether the tables of all kinds are small enough.
    fn fits(&self, kinds: usize, room: &mut usize) -> bool {
        let kinds = kinds / self.margins.ages.len() / self.margins.cohorts.len();
        let one: usize = self.bases.values().flatten().map(|b| b.weights.len()).sum();
        let all = if self.stage.given.fresh { 0 } else { one.saturating_mul(kinds) };
        let fits = all <= *room;
        if fits {
            *room -= all;
        }
        fits
    }

    /// The weights of the exits at the start of a stay in given states, for a band.
    fn fresh(&self, class: (usize, usize), band: usize, states: &[StateId]) -> Vec<f64> {
        let part = self.stage.parts.iter().position(|p| p.band == band).unwrap_or(0);
        let chances = self.chances_at(class, part, states, &[0.0]);
        self.stage.shares(class, band).iter().zip(&chances).map(|(share, chance)| share * chance[0]).collect()
    }

    /// The position of the joint table of a class in given states.
    fn table(&mut self, class: (usize, usize), states: &[StateId]) -> usize {
        let key = (class.0, class.1, states.to_vec());
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        self.tables.push(self.joint(class, states));
        self.known.insert(key, self.tables.len() - 1);
        self.tables.len() - 1
    }

    /// By band, the chance of states among children of a class who are there, whatever they are bound for.
    fn chances(&mut self, class: (usize, usize), states: &[StateId]) -> Vec<f64> {
        let bands = 0..self.margins.ages.len();
        if states.is_empty() {
            return vec![1.0; bands.len()];
        }
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        if self.stage.given.fresh {
            return bands.map(|band| self.fresh(class, band, states).iter().sum()).collect();
        }
        let without = self.plain(class);
        let with = self.table(class, states);
        let with = &self.tables[with];
        let sum = |table: &Joint, band| -> f64 {
            self.ages(band).map(|a| table.weights(a).iter().sum::<f64>()).sum()
        };
        bands.map(|band| share(sum(with, band), sum(&without, band))).collect()
    }

    /// Divides the children over ages, cohorts and states of tracks so that every published count is met.
    fn cells(
        &mut self,
        kinds: usize,
        sizes: &[usize],
        at: &At,
        problems: &mut Problems,
    ) -> Option<Vec<Cell>> {
        let count = f64::from(self.stage.given.count);
        let scaled = |shares: &[f64]| Some(shares.iter().map(|s| s * count).collect::<Vec<f64>>());
        let mut margins = vec![scaled(&self.margins.ages), scaled(&self.margins.cohorts)];
        margins.extend(self.margins.tracks.iter().map(|t| scaled(&t.1)));
        let by_need = self.by_need(kinds, sizes);
        let mut table: Vec<f64> = by_need.iter().map(|needs| needs.iter().sum()).collect();
        let error = fit_margins(&mut table, sizes, &margins);
        if count > 0.0 && error > 0.005 {
            let (key, what) =
                worst_margin(self.stage.scenario, &self.margins.tracks, &table, sizes, &margins);
            problems.wrong(
                &at.key(&key),
                format!("no division of the children meets all the counts: {what}"),
                "Check the counts, and which ages and cohorts can be in each state of a track: children must start \
                 there (`first`) or be able to move there.",
            );
            return None;
        }
        let mut whole = whole(&table);
        if !meet_margins(&mut whole, &table, sizes) {
            problems.wrong(
                &at.key("tracks"),
                "no division of the children in whole numbers meets all the counts",
                "Check the counts, and which ages and cohorts can be in each state of a track.",
            );
            return None;
        }
        let kinds = whole.iter().enumerate().filter(|(_, n)| **n > 0);
        Some(kinds.map(|(kind, &n)| self.cell(&digits(kind, sizes), &by_need[kind], n)).collect())
    }

    /// For each kind of children, the weight of each need class: the share with the need, times the chance of
    /// the states among those with it (Bayes).
    fn by_need(&mut self, kinds: usize, sizes: &[usize]) -> Vec<Vec<f64>> {
        let mut chances: BTreeMap<(usize, usize, States), Vec<f64>> = BTreeMap::new();
        let width = self.stage.scenario.classes.needs.len();
        let mut all = Vec::with_capacity(kinds);
        for kind in 0..kinds {
            let place = digits(kind, sizes);
            let (band, cohort) = (place[0], place[1]);
            let mut weights = vec![0.0; width];
            if self.margins.ages[band] > 0.0 && self.margins.cohorts[cohort] > 0.0 {
                let states = self.states(&place);
                for (need, weight) in weights.iter_mut().enumerate() {
                    let key = (cohort, need, states.clone());
                    let known = chances.entry(key).or_insert_with(|| self.chances((cohort, need), &states));
                    *weight = self.needs[band * self.margins.cohorts.len() + cohort][need] * known[band];
                }
            }
            all.push(weights);
        }
        all
    }

    /// The states of tracks that a place in the table of kinds stands for.
    fn states(&self, place: &[usize]) -> States {
        let states = |track: TrackId| self.stage.scenario.pathway.tracks[track].states;
        self.margins.tracks.iter().zip(&place[2..]).map(|(t, &s)| states(t.0).nth(s)).collect()
    }

    fn cell(&mut self, place: &[usize], by_need: &[f64], children: u32) -> Cell {
        let (band, cohort) = (place[0], place[1]);
        let states = self.states(place);
        let sum: f64 = by_need.iter().sum();
        let needs = cumulative(&by_need.iter().map(|n| n / sum).collect::<Vec<f64>>());
        let mut tracks = Table::filled(self.stage.scenario.pathway.tracks.len(), None);
        for (&(track, _), &s) in self.margins.tracks.iter().zip(&states) {
            tracks[track] = Some(s);
        }
        let mut cell = Cell {
            band,
            ages: vec![Ages::alike(self.band(band)); by_need.len()],
            cohort,
            needs,
            tracks,
            children,
            tables: vec![None; by_need.len()],
            exits: Vec::new(),
        };
        if self.stage.given.fresh {
            if !states.is_empty() && !self.stage.is_race() {
                let sums = |need| shares(&self.fresh((cohort, need), band, &states));
                cell.exits = (0..by_need.len()).map(sums).collect();
            }
            return cell;
        }
        for (need, table) in cell.tables.iter_mut().enumerate().filter(|(need, _)| by_need[*need] > 0.0) {
            let joint = self.table((cohort, need), &states);
            *table = Some(joint);
            cell.ages[need] = self.spread_of_ages(&self.tables[joint], band);
        }
        cell
    }

    /// Forgets the tables of kinds of which there are no children.
    fn keep_used(&mut self, cells: &mut [Cell]) {
        let mut kept = vec![None; self.tables.len()];
        let mut tables = Vec::new();
        for table in cells.iter_mut().flat_map(|c| &mut c.tables).flatten() {
            *table = *kept[*table].get_or_insert_with(|| {
                tables.push(self.tables[*table].clone());
                tables.len() - 1
            });
        }
        self.tables = tables;
    }

    fn band(&self, band: usize) -> (Tick, Tick) {
        let (_, from, to) = self.stage.scenario.classes.bands[band];
        (from, to)
    }

    /// How the ages of children are spread over a band: as those who came, have not left, and are in the states of the table.
    fn spread_of_ages(&self, table: &Joint, band: usize) -> Ages {
        let weight = |age: Tick| table.weights(age).iter().sum::<f64>();
        let (from, to) = possible_ages(self.band(band), |age| weight(age) > 0.0);
        let step = |k: Tick| from + (to - from) * k / AGE_STEPS;
        let mut sum = 0.0;
        let mut younger = vec![(from, 0.0)];
        for k in 0..AGE_STEPS {
            sum += weight(Tick::midpoint(step(k), step(k + 1)));
            younger.push((step(k + 1), sum));
        }
        if sum <= 0.0 {
            return Ages::alike((from, to));
        }
        for (_, share) in &mut younger {
            *share /= sum;
        }
        Ages { younger }
    }

    /// For each exit of a lottery with known states of tracks, how many children are bound for it, and how many
    /// would be if the states were not known.
    fn bound(&self, cells: &[Cell]) -> Option<Vec<[f64; 2]>> {
        let given = self.stage.given;
        if self.margins.tracks.is_empty() || self.stage.is_race() || given.fresh {
            return None;
        }
        let width = self.stage.scenario.pathway.states[self.stage.state].exits.len();
        let plain: BTreeMap<(usize, usize), Joint> = self.bases.keys().map(|&c| (c, self.plain(c))).collect();
        let mut bound = vec![[0.0; 2]; width];
        for cell in cells {
            let mut before = 0.0;
            for (need, &sum) in cell.needs.iter().enumerate() {
                let children = f64::from(cell.children) * (sum - before);
                before = sum;
                let Some(table) = cell.tables[need] else { continue };
                self.add_bound(&mut bound, 0, &self.tables[table], cell.band, children);
                self.add_bound(&mut bound, 1, &plain[&(cell.cohort, need)], cell.band, children);
            }
        }
        Some(bound)
    }

    fn add_bound(&self, bound: &mut [[f64; 2]], column: usize, table: &Joint, band: usize, children: f64) {
        let mut sums = vec![0.0; bound.len()];
        for age in self.ages(band) {
            sums.iter_mut().zip(&table.weights(age)).for_each(|(sum, weight)| *sum += weight);
        }
        let all: f64 = sums.iter().sum();
        for (bound, sum) in bound.iter_mut().zip(&sums) {
            bound[column] += children * sum / all.max(f64::MIN_POSITIVE);
        }
    }

    fn track_openings(&self) -> Table<TrackId, Option<TrackOpening>> {
        let fresh = self.stage.given.fresh;
        self.courses.values().map(|c| c.as_ref().filter(|_| !fresh).map(Courses::opening)).collect()
    }
}

/// The ages of a band between which anybody can be there, to the day.
fn possible_ages((from, to): (Tick, Tick), anybody: impl Fn(Tick) -> bool) -> (Tick, Tick) {
    const FINE: Tick = 60;
    let middle = |k: Tick| from + (to - from) * (2 * k + 1) / (2 * FINE);
    // An age at which nobody can be there, and one at which somebody can, or the end of the band.
    let edge = |mut nobody: Tick, mut somebody: Tick| {
        while (somebody - nobody).abs() > DAY {
            let age = Tick::midpoint(nobody, somebody);
            if anybody(age) { somebody = age } else { nobody = age }
        }
        somebody
    };
    let Some(first) = (0..FINE).map(middle).find(|&age| anybody(age)) else { return (from, to) };
    let last = (0..FINE).rev().map(middle).find(|&age| anybody(age)).unwrap_or(first);
    let before = (first - (to - from) / FINE).max(from);
    let after = (last + (to - from) / FINE).min(to);
    (
        if first == middle(0) { from } else { edge(before, first) },
        if last == middle(FINE - 1) { to } else { edge(after, last) },
    )
}

/// By part of the ages at entry, the times at which states of the tracks given are known; one for all parts if they are
/// the same.
fn marks(courses: &Table<TrackId, Option<Courses>>, margins: &Margins) -> Vec<Vec<f64>> {
    let given: Vec<Vec<Arc<[f64]>>> =
        margins.tracks.iter().filter_map(|t| Some(courses[t.0].as_ref()?.times())).collect();
    let parts = given.iter().map(Vec::len).max().unwrap_or(0);
    let of_part = |part: usize| {
        let times = given.iter().filter_map(|times| times.get(part).or(times.first()));
        times.flat_map(|times| times.iter().copied()).collect()
    };
    (0..parts).map(of_part).collect()
}

/// The chance of each exit of a race, by part of the ages at entry.
fn wins(stage: &Stage) -> Vec<Vec<f64>> {
    let grid = &stage.scenario.pathway.states[stage.state].grid;
    let of_part = |part: &Part| {
        let times = stage.best.row(stage.scenario, stage.state, grid.row(0, 0, 0, part.band));
        let won = incidence(stage.best, times, stage.longest());
        let mut wins: Vec<f64> = won.iter().map(|w| w[w.len() - 1].1).collect();
        let others = 1.0 - wins.iter().sum::<f64>();
        let aged = times.iter().enumerate().filter_map(|(j, t)| Some((t.age()?, j))).min();
        // Who never leaves counts with the last.
        let other = aged.map_or(wins.len().saturating_sub(1), |a| a.1);
        if let Some(win) = wins.get_mut(other) {
            *win += others.max(0.0);
        }
        if wins.is_empty() { vec![1.0] } else { wins }
    };
    stage.parts.iter().map(of_part).collect()
}

/// The plan that an exit stands for.
fn plan(scenario: &Scenario, exit: ExitId) -> usize {
    usize::from(scenario.pathway.exits[exit].plan)
}

/// Cumulative shares of weights.
fn shares(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    cumulative(&weights.iter().map(|w| w / sum).collect::<Vec<f64>>())
}

/// Where a table that cannot meet its margins misses one by most: the key, and what is wanted there.
fn worst_margin(
    scenario: &Scenario,
    tracks: &[(TrackId, Vec<f64>)],
    table: &[f64],
    sizes: &[usize],
    margins: &[Option<Vec<f64>>],
) -> (String, String) {
    let mut worst = (-1.0, 0, 0, 0.0, 0.0);
    for (d, wanted) in margins.iter().enumerate() {
        let Some(wanted) = wanted else { continue };
        let mut sums = vec![0.0; sizes[d]];
        for (cell, x) in table.iter().enumerate() {
            sums[digits(cell, sizes)[d]] += x;
        }
        for (level, (&sum, &want)) in sums.iter().zip(wanted).enumerate() {
            if (sum - want).abs() > worst.0 {
                worst = ((sum - want).abs(), d, level, want, sum);
            }
        }
    }
    let (_, d, level, want, sum) = worst;
    let (key, name) = match d {
        0 => ("ages".to_owned(), scenario.classes.bands[level].0.clone()),
        1 => ("cohorts".to_owned(), scenario.classes.cohorts[level].clone()),
        _ => {
            let track = &scenario.pathway.tracks[tracks[d - 2].0];
            let states = &scenario.file.tracks[&track.name].states;
            let name = states.get_index(level).map(|s| s.0.clone()).unwrap_or_default();
            ("tracks".to_owned(), format!("{}.{name}", track.name))
        }
    };
    let count = |x: f64| libm::round(x * 10.0) / 10.0;
    (key, format!("{} of `{name}` are wanted, and {} can be had", count(want), count(sum)))
}

/// Children past the birthday that ends their stage would leave it at once.
fn check_birthday(
    scenario: &Scenario,
    state: StateId,
    given: &file::Opening,
    ages: &[f64],
    at: &At,
    problems: &mut Problems,
) {
    let Some((age, _)) = scenario.pathway.states[state].birthday else { return };
    let past = |(band, share): (&(String, Tick, Tick), &f64)| *share > 0.0 && band.2 > age + DAY;
    let Some((name, from, _)) =
        scenario.classes.bands.iter().zip(ages).find(|&(b, s)| past((b, s))).map(|(b, _)| b)
    else {
        return;
    };
    #[expect(clippy::cast_precision_loss, reason = "an age in years")]
    let years = libm::round(age as f64 / YEAR as f64 * 100.0) / 100.0;
    let stage = &scenario.pathway.states[state].name;
    let here = if given.ages.is_empty() { at.clone() } else { at.key("ages").key(name) };
    let message = format!("children of `{name}` are there, but a birthday ends `{stage}` at {years}");
    let help = if given.ages.is_empty() {
        "Add `ages`: unless said, they are as old as those who arrive.".to_owned()
    } else if *from >= age {
        "Take this band out of `ages`.".to_owned()
    } else {
        format!("Let an age band end at {years}, in `ages` at the top of the file.")
    };
    let others = ["ages", &join("stages", stage), "arrivals"];
    problems.wrong_with(&here, &others, message, help);
}

/// The place of a cell along each dimension of a row-major table.
fn digits(mut cell: usize, sizes: &[usize]) -> Vec<usize> {
    let mut place: Vec<usize> = sizes
        .iter()
        .rev()
        .map(|&size| {
            let digit = cell % size;
            cell /= size;
            digit
        })
        .collect();
    place.reverse();
    place
}
