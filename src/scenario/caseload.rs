//! The opening caseload: from published counts to children of every kind, and how long they have been there.

use super::build::{At, Problems, cumulative, family_sizes, said, shares_of, year_ending};
use super::file;
use super::number::{Values, best_values};
use super::opening::{fit_margins, meet_margins, whole};
use super::tree::join;
use super::{Cell, Opening, RowExit, Scenario, Served, TimeOf};
use crate::pathway::{
    During, Grid, Kind, StateId, Table, TrackId,
    calendar::{DAY, Tick, YEAR, financial_year},
};

/// Steps of a table of time served.
const STEPS: usize = 240;
/// Ages at which such a table is tried are so far apart.
const MONTH: Tick = YEAR / 12;
/// The most weights that all tables together hold.
const MOST_WEIGHTS: usize = 20_000_000;
/// Weight of a state of a track that a child can be in, but does not start in.
const BY_MOVES: f64 = 0.05;

/// Adds the opening caseload to a scenario that is otherwise complete.
pub(super) fn fill(scenario: &mut Scenario, problems: &mut Problems) {
    let file = scenario.file.clone();
    let mut room = MOST_WEIGHTS;
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
        if given.count > 1_000_000 {
            problems.unfit(
                &at.key("count"),
                format!("{} children are more than a million", given.count),
                "Write the number for one authority.",
            );
        }
        let before = problems.len();
        if let Some(opening) = opening(scenario, state, given, &at, problems) {
            scenario.openings.push(opening);
        }
        if problems.none() && !given.fresh {
            let served = TimeServed::new(scenario, state, Some(given)).served(&at, &mut room, problems);
            scenario.stays[state].served = served;
        }
        if problems.len() == before && !given.fresh && !given.entries_by_age.is_empty() {
            check_entries(scenario, scenario.stays[state].served.as_ref(), &at, problems);
        }
    }
    if problems.none() {
        let held: Vec<StateId> = scenario
            .openings
            .iter()
            .flat_map(|o| &o.cells)
            .flat_map(|c| c.tracks.values().flatten().copied())
            .collect();
        for state in held {
            if scenario.stays[state].served.is_none() && problems.none() {
                let at = At::new("opening", None);
                let served = TimeServed::new(scenario, state, None).served(&at, &mut room, problems);
                scenario.stays[state].served = served;
            }
        }
    }
}

fn opening(
    scenario: &Scenario,
    state: StateId,
    given: &file::Opening,
    at: &At,
    problems: &mut Problems,
) -> Option<Opening> {
    let bands: Vec<String> = scenario.classes.bands.iter().map(|b| b.0.clone()).collect();
    let ages = if given.ages.is_empty() {
        let stream = scenario.arrivals.values().next().map_or_else(Vec::new, |s| s.ages.clone());
        Some(differences(&stream, bands.len()))
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
    for key in given.entries_by_age.keys().filter(|k| !bands.contains(k)) {
        problems.unknown(&at.key("entries_by_age").key(key), "age band", key, ("ages", &bands));
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
    check_birthday(scenario, state, given, &ages, at, problems);
    if !problems.none() {
        return None;
    }
    let cells = cells(scenario, f64::from(given.count), &ages, &cohorts, &tracks, at, problems)?;
    Some(Opening { state, cells, family_sizes: cumulative(&sizes), fresh: given.fresh })
}

/// Shares from their running sums.
fn differences(sums: &[f64], len: usize) -> Vec<f64> {
    if sums.is_empty() {
        #[expect(clippy::cast_precision_loss, reason = "a few age bands")]
        return vec![1.0 / len as f64; len];
    }
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

/// Divides the children over ages, cohorts and states of tracks so that every published count is met.
fn cells(
    scenario: &Scenario,
    count: f64,
    ages: &[f64],
    cohorts: &[f64],
    tracks: &[(TrackId, Vec<f64>)],
    at: &At,
    problems: &mut Problems,
) -> Option<Vec<Cell>> {
    let mut sizes = vec![ages.len(), cohorts.len()];
    sizes.extend(tracks.iter().map(|t| t.1.len()));
    let scaled = |shares: &[f64]| Some(shares.iter().map(|s| s * count).collect::<Vec<f64>>());
    let mut margins = vec![scaled(ages), scaled(cohorts)];
    margins.extend(tracks.iter().map(|t| scaled(&t.1)));
    let kinds = sizes.iter().fold(1_usize, |all, &size| all.saturating_mul(size));
    if kinds > 1_000_000 {
        problems.wrong(
            &at.key("tracks"),
            "ages, cohorts and states of tracks make more than a million kinds of children",
            "Divide the children by fewer tracks.",
        );
        return None;
    }
    let likely = Likely::new(scenario, tracks);
    let mut table: Vec<f64> =
        (0..kinds).map(|kind| likely.by_need(&digits(kind, &sizes)).iter().sum()).collect();
    let error = fit_margins(&mut table, &sizes, &margins);
    if count > 0.0 && error > 0.005 {
        let (key, what) = worst_margin(scenario, tracks, &table, &sizes, &margins);
        problems.wrong(
            &at.key(&key),
            format!("no division of the children meets all the counts: {what}"),
            "Check the counts, and which ages and cohorts can be in each state of a track: children must start \
             there (`first`) or be able to move there.",
        );
        return None;
    }
    let mut whole = whole(&table);
    meet_margins(&mut whole, &table, &sizes);
    let all = scenario.pathway.tracks.len();
    let cell = |(kind, &children): (usize, &u32)| {
        let place = digits(kind, &sizes);
        let mut states: Table<TrackId, Option<StateId>> = Table::filled(all, None);
        for (&(track, _), &s) in tracks.iter().zip(&place[2..]) {
            states[track] = Some(scenario.pathway.tracks[track].states.nth(s));
        }
        let needs = likely.by_need(&place);
        let sum: f64 = needs.iter().sum();
        let needs = cumulative(&needs.iter().map(|n| n / sum).collect::<Vec<f64>>());
        Cell { band: place[0], cohort: place[1], needs, tracks: states, children }
    };
    Some(whole.iter().enumerate().filter(|(_, n)| **n > 0).map(cell).collect())
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

/// Whether children of each age who are there can have come at an age at which any come.
fn check_entries(scenario: &Scenario, served: Option<&Served>, at: &At, problems: &mut Problems) {
    let (Some(served), Some(opening)) = (served, scenario.openings.last()) else { return };
    for (band, (name, from, to)) in scenario.classes.bands.iter().enumerate() {
        let there = opening.cells.iter().any(|c| c.band == band && c.children > 0);
        let mut ages = (0..).map(|month| from + MONTH / 2 + month * MONTH).take_while(|age| age < to);
        let empty = |age: Tick| (0..served.grid.rows).all(|row| served.weight(row, age, Tick::MAX) <= 0.0);
        if there && ages.all(empty) {
            problems.wrong(
                &at.key("entries_by_age"),
                format!("children of `{name}` are there, but nobody came by then"),
                "Give a number above 0 to an age band at which they can have come.",
            );
        }
    }
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

/// How likely the kinds of children are at a guess, before the published counts are met.
struct Likely {
    cohorts: usize,
    /// By age band and cohort, the shares of the need classes.
    needs: Vec<Vec<f64>>,
    /// By track and need class: by age band, cohort and state.
    states: Vec<Vec<Vec<f64>>>,
    widths: Vec<usize>,
}

impl Likely {
    fn new(scenario: &Scenario, tracks: &[(TrackId, Vec<f64>)]) -> Self {
        let best = best_values(&scenario.quantities);
        let (cohorts, width) = (scenario.classes.cohorts.len(), scenario.classes.needs.len());
        let mut needs = Vec::new();
        for band in 0..scenario.classes.bands.len() {
            for cohort in 0..cohorts {
                let row = scenario.need_grid.row(cohort, 0, 0, band);
                needs.push(scenario.shares(&scenario.need_shares[row * width..][..width], &best, |_| 0.0));
            }
        }
        let by_need =
            |track: TrackId| (0..width).map(|need| likely_states(scenario, track, need, &best)).collect();
        let states = tracks.iter().map(|t| by_need(t.0)).collect();
        Self { cohorts, needs, states, widths: tracks.iter().map(|t| t.1.len()).collect() }
    }

    /// By need class, the weight of children at a place of the table: the share with the need, times the
    /// shares of those with it who are in the states of the tracks (Bayes).
    fn by_need(&self, place: &[usize]) -> Vec<f64> {
        let row = place[0] * self.cohorts + place[1];
        let state = |need: usize| -> f64 {
            let tracks = self.states.iter().zip(&self.widths).zip(&place[2..]);
            tracks.map(|((by_need, width), s)| by_need[need][row * width + s]).product()
        };
        self.needs[row].iter().enumerate().map(|(need, share)| share * state(need)).collect()
    }
}

/// For each age band and cohort, how likely each state of a track is for a need class at a guess: the share
/// who start there, a little where children come only by moves, nothing where they cannot come at that age.
fn likely_states(scenario: &Scenario, track: TrackId, need: usize, best: &Values) -> Vec<f64> {
    let named = &scenario.pathway.tracks[track];
    let width = scenario.file.tracks[&named.name].states.len();
    let mut likely = Vec::new();
    for band in 0..scenario.classes.bands.len() {
        for cohort in 0..scenario.classes.cohorts.len() {
            let mut here = vec![0.0; width];
            for plan in 0..scenario.classes.plans.len().max(1) {
                let row = named.grid.row(cohort, need, plan, band);
                let shares = scenario.shares(&scenario.firsts[track][row * width..][..width], best, |_| 0.0);
                here.iter_mut().zip(shares).for_each(|(h, s)| *h += s);
            }
            let sum: f64 = here.iter().sum();
            for h in &mut here {
                *h /= sum;
            }
            spread_by_moves(scenario, track, &mut here, (band, cohort), best);
            likely.extend(here);
        }
    }
    likely
}

fn pairs(needs: &[String], plans: &[String]) -> Vec<(usize, usize)> {
    (0..needs.len()).flat_map(|n| (0..plans.len().max(1)).map(move |p| (n, p))).collect()
}

/// Gives a little weight to the states that moves lead to.
fn spread_by_moves(
    scenario: &Scenario,
    track: TrackId,
    here: &mut [f64],
    class: (usize, usize),
    best: &Values,
) {
    let states = scenario.pathway.tracks[track].states;
    let mut open: Vec<usize> = (0..here.len()).filter(|&s| here[s] > 0.0).collect();
    while let Some(from) = open.pop() {
        for to in leads_to(scenario, states.nth(from), class, best) {
            let short = states.offset(to);
            if short < here.len() && here[short] == 0.0 {
                here[short] = BY_MOVES;
                open.push(short);
            }
        }
    }
}

/// The states that children of a class can go to from a state.
fn leads_to(scenario: &Scenario, id: StateId, (band, cohort): (usize, usize), best: &Values) -> Vec<StateId> {
    let state = &scenario.pathway.states[id];
    let mut to = Vec::new();
    for (need, plan) in pairs(&scenario.classes.needs, &scenario.classes.plans) {
        let row = state.grid.row(cohort, need, plan, band);
        if let Some((_, crate::pathway::IfFull::Leave(exits))) = &state.pool {
            to.push(scenario.pathway.exits[exits[row]].to);
        }
        let specs = row_of(scenario, id, row);
        let shares: Vec<_> = specs.iter().map(|r| r.share).collect();
        let shares = if state.kind == Kind::Race {
            vec![1.0; specs.len()]
        } else {
            scenario.shares(&shares, best, |_| 0.0)
        };
        to.extend(
            state
                .exits
                .iter()
                .zip(shares)
                .filter(|(_, s)| *s > 0.0)
                .map(|(e, _)| scenario.pathway.exits[e].to),
        );
    }
    to
}

fn row_of(scenario: &Scenario, state: StateId, row: usize) -> &[RowExit] {
    let width = scenario.pathway.states[state].exits.len();
    &scenario.stays[state].rows[row * width..][..width]
}

/// How a table of time served is made: at the best values of every number.
struct TimeServed<'a> {
    scenario: &'a Scenario,
    state: StateId,
    given: Option<&'a file::Opening>,
    best: Values,
    step: Tick,
    youngest: Tick,
    oldest: Tick,
}

impl<'a> TimeServed<'a> {
    fn new(scenario: &'a Scenario, state: StateId, given: Option<&'a file::Opening>) -> Self {
        let best = best_values(&scenario.quantities);
        let bands = &scenario.classes.bands;
        let (youngest, oldest) = (bands[0].1, bands[bands.len() - 1].2);
        let mut table = Self { scenario, state, given, best, step: 1, youngest, oldest };
        table.step = (table.longest() / Tick::try_from(STEPS).unwrap_or(1)).max(1);
        table
    }

    /// The time by which nearly all have left, but no longer than a childhood.
    fn longest(&self) -> Tick {
        let mut longest = self.oldest - self.youngest;
        let rows = self.scenario.pathway.states[self.state].grid.rows;
        while longest > DAY {
            let half = longest / 2;
            if (0..rows).any(|row| self.still_there(row, half, self.oldest) > 1e-3) {
                break;
            }
            longest = half;
        }
        longest
    }

    /// The share still there after a time, of those who entered in a row.
    fn still_there(&self, row: usize, after: Tick, age: Tick) -> f64 {
        let state = &self.scenario.pathway.states[self.state];
        let specs = row_of(self.scenario, self.state, row);
        if state.kind == Kind::Race {
            return specs.iter().map(|r| self.survival(r.time, after, age)).product();
        }
        let shares: Vec<_> = specs.iter().map(|r| r.share).collect();
        let shares = self.scenario.shares(&shares, &self.best, |_| 0.0);
        specs
            .iter()
            .zip(shares)
            .map(|(r, p)| if p > 0.0 { p * self.survival(r.time, after, age) } else { 0.0 })
            .sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn survival(&self, time: Option<TimeOf>, after: Tick, age: Tick) -> f64 {
        match time {
            None => 0.0,
            Some(TimeOf::UntilAge(until)) => f64::from(u8::from(age < until)),
            Some(TimeOf::Fixed(n, unit)) => f64::from(u8::from((after as f64) < self.best[n] * unit)),
            Some(of @ TimeOf::Law { law, .. }) => {
                let scale = of.scale(&self.best);
                self.scenario.laws[law].table.survival(after as f64 / scale)
            }
        }
    }

    fn served(&self, at: &At, room: &mut usize, problems: &mut Problems) -> Option<Served> {
        let grid = &self.scenario.pathway.states[self.state].grid;
        let classes = &self.scenario.classes;
        let step = |on: usize, rows: &mut usize, size: usize| {
            let here = if on > 0 { *rows } else { 0 };
            *rows *= if on > 0 { size } else { 1 };
            here
        };
        let mut rows = 1;
        let plan = step(grid.plan, &mut rows, classes.plans.len());
        let need = step(grid.need, &mut rows, classes.needs.len());
        let cohort = step(grid.cohort, &mut rows, classes.cohorts.len());
        let small = Grid { cohort, need, plan, band: 0, rows };
        let weights = rows.saturating_mul(classes.bands.len()).saturating_mul(STEPS + 1);
        if weights > *room {
            problems.wrong(
                at,
                "the tables of time already served would take too much memory",
                "Let the stages and states with an opening caseload vary by fewer attributes.",
            );
            return None;
        }
        *room -= weights;
        let entry = self.entry_weights();
        let mut sums = Vec::with_capacity(rows * classes.bands.len());
        for row in 0..rows {
            let whole =
                |part: usize, step: usize, size: usize| part.checked_div(step).map_or(0, |q| q % size);
            let class = grid.row(
                whole(row, cohort, classes.cohorts.len()),
                whole(row, need, classes.needs.len()),
                whole(row, plan, classes.plans.len()),
                0,
            );
            sums.extend((0..classes.bands.len()).map(|band| self.sums(band, class, &entry)));
        }
        let bands = classes.bands.iter().map(|&(_, start, end)| (start, end)).collect();
        Some(Served { grid: small, step: self.step, bands, sums })
    }

    fn middle(&self, k: usize) -> Tick {
        Tick::try_from(k).unwrap_or(0) * self.step + self.step / 2
    }

    /// Entries a year, up to a factor: by age band, and by step back from the start.
    fn entry_weights(&self) -> (Vec<f64>, Vec<f64>) {
        let scenario = self.scenario;
        let by_age = |band: &(String, Tick, Tick)| match self.given {
            Some(g) if !g.entries_by_age.is_empty() => g.entries_by_age.get(&band.0).copied().unwrap_or(0.0),
            _ => 1.0,
        };
        let mut years: Vec<(i32, f64)> = self.given.map_or_else(Vec::new, |g| {
            g.entries_by_year.iter().filter_map(|(y, &x)| Some((y.parse().ok()?, x))).collect()
        });
        years.sort_by_key(|y| y.0);
        let now = financial_year(scenario.calendar.opening()) + 1;
        let by_step = |k: usize| {
            let back = i32::try_from(self.middle(k) / YEAR).unwrap_or(i32::MAX);
            let year = now.saturating_sub(back);
            let known = years.iter().rfind(|y| y.0 <= year).or(years.first());
            known.map_or(1.0, |y| y.1)
        };
        (scenario.classes.bands.iter().map(by_age).collect(), (0..STEPS).map(by_step).collect())
    }

    /// Running sums of the weights of those who entered in an age band and a class.
    fn sums(&self, band: usize, class: usize, entry: &(Vec<f64>, Vec<f64>)) -> Vec<f64> {
        let row = class + band * self.scenario.pathway.states[self.state].grid.band;
        let mut sum = 0.0;
        let weights = (0..STEPS).map(|k| {
            sum += entry.0[band] * entry.1[k] * self.still_there(row, self.middle(k), Tick::MIN);
            sum
        });
        std::iter::once(0.0).chain(weights).collect()
    }
}
