//! Where a child is in a track, and since when, given how long ago the stage began.
//!
//! A track is a semi-Markov process that starts with its stage. The entries to each of its states in each step
//! of time follow from those before by the renewal equation (Cox 1962, Renewal Theory, section 4; Howard 1971,
//! Dynamic Probabilistic Systems, section 10.4). Entries within a step are level, and what is left of them at
//! a later time is the mean of the law over the step, by its integral: exact for level entries whatever the law, also
//! where it is much shorter than the step. Who comes and goes on within one step is found from the equations of the
//! step, all states together. Steps are as short as the laws want them ([`moments`]), and moves of many in one
//! instant have a step of their own, so that the error is of the second order in steps across which no law falls by
//! much. Everything is at best values; a pace is that of the time before the first day.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::curve::Curve;
use super::kept;
use super::moments::{INSTANT, Path, moments};
use super::race::incidence;
use super::served::{Part, Stage};
use crate::pathway::{
    ExitId, Grid, IdRange, IfFull, Kind, StateId, TrackId,
    calendar::Tick,
    stay::{Stay, Time},
};
use crate::scenario::opening::{LEVELS, TrackCourse, TrackOpening};
use crate::scenario::{Scenario, ShareOf, TimeOf};

/// Times served in a track that are kept for all kinds of children together at most, but for those kept in any case.
const ROOM: usize = 3_000_000;
/// The share of those who come to a state with a pool that are taken to find it full, since how many will is not
/// known before a run.
const FULL: f64 = 0.05;
/// The least that is left at the end of a step of those who come in it: so nobody moves without end in no time.
const LEAST: f64 = 1e-9;
/// Where in a step those stand who came in it, as parts of its length back from its end.
const INNER: [f64; 20] = [
    0.005, 0.01, 0.02, 0.03, 0.045, 0.0625, 0.09, 0.125, 0.1875, 0.25, 0.3125, 0.375, 0.4375, 0.5, 0.5625,
    0.625, 0.6875, 0.75, 0.875, 1.0,
];
/// Of a step across which a law falls by less than this part, all parts count alike.
const STEEP: f64 = 0.1;

/// An age at which a state is left, and the state to go to, counted from the first of the track.
type Cut = (Tick, usize);

/// One way out of a state, by a law, to another state.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Way {
    /// Where it leads, counted from the first state of the track.
    to: usize,
    /// Its law, in [`Model::curves`].
    law: usize,
    /// The age at which whoever is left goes, and where to.
    cut: Option<Cut>,
}

impl Way {
    fn is_over(&self, age: Tick) -> bool {
        self.cut.is_some_and(|(until, _)| age >= until)
    }

    fn leads(&self, age: Tick) -> usize {
        self.cut.filter(|(until, _)| age >= *until).map_or(self.to, |c| c.1)
    }
}

/// What is left of the step in which children came, at the end of another.
struct Triangle {
    /// The share left at the end of step m of those who came in step k <= m.
    left: Vec<f64>,
    /// By step m, found when it is first asked for: those k across which the law falls.
    inner: Vec<OnceCell<Vec<Inner>>>,
}

/// A step in which children came, and the share of the ones left that is in each part of it, counted from the end.
type Inner = (usize, [f64; INNER.len()]);

/// A track as a semi-Markov process, for those who enter its stage at an age.
struct Model<'a> {
    stage: &'a Stage<'a>,
    track: TrackId,
    /// Its states, without those who wait.
    states: IdRange<StateId>,
    width: usize,
    times: Arc<[f64]>,
    /// The most times for which time served in a state is kept.
    most: usize,
    /// By state, its ways out in any row.
    ways: Vec<Vec<Way>>,
    /// By state and row, the ways out with their shares.
    rows: Vec<Vec<Vec<(usize, f64)>>>,
    /// The laws of ways out: where each comes from, what it leaves, and what it leaves of steps.
    sources: Vec<Source>,
    curves: Vec<Curve>,
    triangles: Vec<Triangle>,
}

/// Where the law of a way out comes from.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    Law(Time),
    /// Nobody leaves by it.
    Never,
    /// One exit of a race, of those who leave by it.
    Race(Vec<Time>, usize),
}

/// What becomes of children of one class who entered the stage at one age.
pub(super) struct Course {
    /// The times at which states are known.
    times: Arc<[f64]>,
    /// For each, state by state, how likely it is.
    chances: Vec<f64>,
    width: usize,
    /// What the engine needs to know.
    opening: TrackCourse,
}

impl Course {
    /// Multiplies factors, one for each of several rising times, by how likely a state is then.
    pub fn multiply(&self, state: usize, times: &[f64], factors: &mut [f64]) {
        let chance = |m: usize| self.chances[m * self.width + state];
        let mut next = 0;
        for (&time, factor) in times.iter().zip(factors) {
            while next < self.times.len() && self.times[next] <= time {
                next += 1;
            }
            *factor *= match next {
                0 => chance(0),
                n if n == self.times.len() => chance(n - 1),
                n => {
                    let along = (time - self.times[n - 1]) / (self.times[n] - self.times[n - 1]);
                    chance(n - 1) + (chance(n) - chance(n - 1)) * along
                }
            };
        }
    }
}

/// Those who came in each step by state and way out, and are bound for it; at 0, those who began there.
type Came = Vec<Vec<Vec<f64>>>;

/// The position of an entry in step k, as seen from step m, in a triangular table.
fn at(m: usize, k: usize) -> usize {
    m * (m + 1) / 2 + k
}

/// The sum of products, in four parts that the processor can do side by side.
fn product(a: &[f64], b: &[f64]) -> f64 {
    let (fours, rest) = (a.chunks_exact(4).zip(b.chunks_exact(4)), a.len() / 4 * 4);
    let mut sums = [0.0; 4];
    for (a, b) in fours {
        for i in 0..4 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = a[rest..].iter().zip(&b[rest..]).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

impl<'a> Model<'a> {
    fn new(stage: &'a Stage<'a>, track: TrackId, entered_at: Tick, courses: usize) -> Self {
        let scenario = stage.scenario;
        let named = &scenario.pathway.tracks[track];
        let width = scenario.file.tracks[&named.name].states.len();
        let mut model = Self {
            stage,
            track,
            width,
            states: named.states,
            times: Arc::from([]),
            most: ROOM / (courses * width * LEVELS.len()).max(1),
            ways: vec![Vec::new(); width],
            rows: vec![Vec::new(); width],
            sources: Vec::new(),
            curves: Vec::new(),
            triangles: Vec::new(),
        };
        for s in 0..width {
            for row in 0..scenario.pathway.states[model.states.nth(s)].grid.rows.max(1) {
                let ways = model.ways_out(s, row);
                model.rows[s].push(ways);
            }
        }
        model.times = Arc::from(model.moments(entered_at));
        model.triangles = model.curves.iter().map(|curve| model.triangle(curve)).collect();
        model
    }

    fn scenario(&self) -> &'a Scenario {
        self.stage.scenario
    }

    /// The times at which the track is followed.
    #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
    fn moments(&self, entered_at: Tick) -> Vec<f64> {
        let path = |s: usize, w: usize| {
            let shares = self.rows[s].iter().flatten().filter(|way| way.0 == w).map(|way| way.1);
            let way = &self.ways[s][w];
            Path { to: way.to, share: shares.fold(0.0, f64::max), curve: &self.curves[way.law] }
        };
        let paths: Vec<Vec<Path>> =
            (0..self.width).map(|s| (0..self.ways[s].len()).map(|w| path(s, w)).collect()).collect();
        let cuts = self.ways.iter().flatten().filter_map(|way| Some(way.cut?.0 - entered_at));
        let mut cuts: Vec<f64> = cuts.filter(|&after| after > 0).map(|after| after as f64).collect();
        super::served::sort(&mut cuts);
        let end = self.stage.longest();
        cuts.retain(|&cut| cut < end);
        moments(&paths, &cuts, end)
    }

    /// The ways out of a state in a row, with their shares.
    fn ways_out(&mut self, s: usize, row: usize) -> Vec<(usize, f64)> {
        let scenario = self.scenario();
        let (id, states) = (self.states.nth(s), self.states);
        let state = &scenario.pathway.states[id];
        let times = self.stage.best.row(scenario, id, row);
        let to = |exit: ExitId| states.offset(scenario.pathway.exits[exit].to);
        let birthday = state.birthday.map(|(age, exit)| (age, to(exit)));
        // Of two at the same age the birthday comes first.
        let sooner = |cut: Option<Cut>| match (birthday, cut) {
            (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
            (a, b) => a.or(b),
        };
        let aged = |(j, time): (usize, &Time)| Some((time.age()?, to(state.exits.nth(j))));
        if state.kind == Kind::Race {
            let cut = times.iter().enumerate().filter_map(aged).min_by_key(|c| c.0);
            let ways = self.race(times).into_iter();
            // Where those lead who never leave does not matter.
            let ways =
                ways.map(|(j, source, share)| (j.map_or(s, |j| to(state.exits.nth(j))), source, share));
            let ways: Vec<_> = ways.collect();
            return ways.into_iter().map(|(t, source, p)| (self.way(s, t, source, sooner(cut)), p)).collect();
        }
        if times.is_empty() {
            return vec![(self.way(s, s, Source::Never, birthday), 1.0)];
        }
        let specs = &scenario.stays[id].rows[row * times.len()..][..times.len()];
        let shares: Vec<ShareOf> = specs.iter().map(|r| r.share).collect();
        let shares = scenario.shares(&shares, &self.stage.best.values, |_| 0.0);
        let mut ways = Vec::new();
        for (j, share) in shares.into_iter().enumerate().filter(|w| w.1 > 0.0) {
            let cut = aged((j, &times[j]));
            let source = if cut.is_some() { Source::Never } else { Source::Law(times[j]) };
            ways.push((self.way(s, to(state.exits.nth(j)), source, sooner(cut)), share));
        }
        ways
    }

    /// A race as a lottery: each exit with the share that wins by it, and how those leave; and those who have not left
    /// by the end.
    fn race(&self, times: &[Time]) -> Vec<(Option<usize>, Source, f64)> {
        let won = incidence(self.stage.best, times, self.stage.longest());
        let shares: Vec<f64> = won.iter().map(|w| w[w.len() - 1].1).collect();
        let exits = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
        let mut ways: Vec<(Option<usize>, Source, f64)> =
            exits.map(|(j, &share)| (Some(j), Source::Race(times.to_vec(), j), share)).collect();
        ways.push((None, Source::Never, (1.0 - shares.iter().sum::<f64>()).max(0.0)));
        ways
    }

    /// The position of a way out, added if it is new.
    fn way(&mut self, s: usize, to: usize, source: Source, cut: Option<Cut>) -> usize {
        let law = self.sources.iter().position(|l| *l == source).unwrap_or_else(|| {
            self.curves.push(self.curve(&source));
            self.sources.push(source);
            self.sources.len() - 1
        });
        let way = Way { to, law, cut };
        self.ways[s].iter().position(|w| *w == way).unwrap_or_else(|| {
            self.ways[s].push(way);
            self.ways[s].len() - 1
        })
    }

    fn curve(&self, source: &Source) -> Curve {
        match source {
            Source::Law(time) => {
                let left = |after: f64| {
                    let stay = Stay { born: 0, entered: -whole(after), now: 0 };
                    self.stage.best.laws.survival(*time, stay)
                };
                Curve::of(left, self.stage.longest())
            }
            Source::Never => Curve::level(),
            Source::Race(times, j) => {
                let won = incidence(self.stage.best, times, self.stage.longest()).swap_remove(*j);
                let all = won[won.len() - 1].1;
                Curve::through(won.into_iter().map(|(t, sum)| (t, 1.0 - sum / all)))
            }
        }
    }

    /// The stretch of time over which those came who came in a step.
    fn step(&self, k: usize) -> (f64, f64) {
        if k == 0 { (0.0, 0.0) } else { (self.times[k - 1], self.times[k]) }
    }

    fn triangle(&self, curve: &Curve) -> Triangle {
        let steps = self.times.len();
        let mut left = vec![0.0; at(steps, 0)];
        for (m, now) in self.times.iter().enumerate() {
            let since = || (0..=m).rev().map(|k| now - self.times[k]);
            let areas = curve.areas(since());
            left[at(m, 0)] = curve.left(*now);
            // Who came in step k did so between its end and that of the step before.
            for (k, ((least, most), area)) in
                (1..=m).rev().zip(since().zip(since().skip(1)).zip(areas.windows(2)))
            {
                left[at(m, k)] = curve.mean_between((least, area[0]), (most, area[1]));
            }
            left[at(m, m)] = left[at(m, m)].max(LEAST);
        }
        Triangle { left, inner: vec![OnceCell::new(); steps] }
    }

    /// Of those left at the end of step m, where in their steps they came, as far as a law falls across these.
    fn inner(&self, law: usize, m: usize) -> &[Inner] {
        let (curve, now) = (&self.curves[law], self.times[m]);
        let of_step = |k: usize| {
            let (from, to) = self.step(k);
            let (least, most) = (now - to, now - from);
            let falls = curve.left(least) - curve.left(most);
            let steep = falls > STEEP * curve.left(least) && falls > 1e-3;
            (most - least > INSTANT && steep).then(|| (k, inner(curve, least, most)))
        };
        self.triangles[law].inner[m].get_or_init(|| (0..=m).filter_map(of_step).collect())
    }

    /// Those bound for a way out who have come so far and are still there at the end of step m.
    fn there(&self, way: &Way, came: &[f64], m: usize, age: Tick) -> f64 {
        if way.is_over(age) {
            0.0
        } else {
            product(came, &self.triangles[way.law].left[at(m, 0)..][..came.len()])
        }
    }

    /// Follows children of a class who entered the stage at an age.
    fn course(&self, class: Class, entered_at: Tick) -> Course {
        let steps = self.times.len();
        let mut came: Came =
            self.ways.iter().map(|ways| vec![Vec::with_capacity(steps); ways.len()]).collect();
        let mut chances = Vec::with_capacity(steps * self.width);
        let mut entering = self.start(class, entered_at);
        let mut there: Vec<Vec<f64>> = self.ways.iter().map(|ways| vec![0.0; ways.len()]).collect();
        for m in 0..steps {
            let age = entered_at + whole(self.times[m]);
            for s in 0..self.width {
                for (w, way) in self.ways[s].iter().enumerate() {
                    if there[s][w] <= 0.0 {
                        continue;
                    }
                    let still = self.there(way, &came[s][w], m, age);
                    entering[way.leads(age)] += there[s][w] - still;
                    there[s][w] = still;
                }
            }
            self.enter(&mut came, &mut there, &entering, class, (m, age));
            entering = vec![0.0; self.width];
            // What is left by way of calculation is nobody.
            let chance = |ways: &Vec<f64>| Some(ways.iter().sum::<f64>()).filter(|sum| *sum > 10.0 * LEAST);
            chances.extend(there.iter().map(|ways| chance(ways).unwrap_or(0.0)));
        }
        let opening = self.opening(&chances, &came, entered_at);
        Course { times: self.times.clone(), chances, width: self.width, opening }
    }

    /// Lets children into states during a step, and on from there if they leave within it: all who come to a state are
    /// those who come from before the step and those who go on from others within it.
    fn enter(
        &self,
        came: &mut Came,
        there: &mut [Vec<f64>],
        entering: &[f64],
        class: Class,
        (m, age): (usize, Tick),
    ) {
        let width = self.width;
        let rows: Vec<usize> = (0..width).map(|s| self.row(s, class, age)).collect();
        let full: Vec<Option<usize>> = (0..width).map(|s| self.overflow(s, rows[s])).collect();
        let left = |way: &Way| if way.is_over(age) { LEAST } else { self.triangles[way.law].left[at(m, m)] };
        let mut moves = vec![0.0; width * width];
        for s in 0..width {
            let refused = full[s].map_or(0.0, |to| {
                moves[to * width + s] += FULL;
                FULL
            });
            for &(w, share) in &self.rows[s][rows[s]] {
                let way = &self.ways[s][w];
                moves[way.leads(age) * width + s] += (1.0 - refused) * share * (1.0 - left(way));
            }
        }
        let all = if entering.iter().all(|e| *e <= 0.0) { vec![0.0; width] } else { solve(moves, entering) };
        for s in 0..width {
            came[s].iter_mut().for_each(|came| came.push(0.0));
            let stay = all[s] * (1.0 - full[s].map_or(0.0, |_| FULL));
            for &(w, share) in &self.rows[s][rows[s]] {
                came[s][w][m] += stay * share;
                there[s][w] += stay * share * left(&self.ways[s][w]);
            }
        }
    }

    /// Where those go who find no place.
    fn overflow(&self, s: usize, row: usize) -> Option<usize> {
        let Some((_, IfFull::Leave(exits))) = &self.scenario().pathway.states[self.states.nth(s)].pool else {
            return None;
        };
        let exit: ExitId = exits[row];
        Some(self.states.offset(self.scenario().pathway.exits[exit].to)).filter(|&to| to != s)
    }

    fn row(&self, s: usize, class: Class, age: Tick) -> usize {
        let pathway = &self.scenario().pathway;
        class.row(&pathway.states[self.states.nth(s)].grid, pathway.band(age))
    }

    fn start(&self, class: Class, age: Tick) -> Vec<f64> {
        let scenario = self.scenario();
        let row = class.row(&scenario.pathway.tracks[self.track].grid, scenario.pathway.band(age));
        let firsts = &scenario.firsts[self.track][row * self.width..][..self.width];
        scenario.shares(firsts, &self.stage.best.values, |_| 0.0)
    }

    /// What the engine needs to know.
    #[expect(clippy::cast_possible_truncation, reason = "chances need no more digits")]
    fn opening(&self, chances: &[f64], came: &Came, entered_at: Tick) -> TrackCourse {
        let served = |s: usize| {
            let chance = |m: usize| chances[m * self.width + s];
            let state = kept::State { times: &self.times, chance: &chance };
            state.kept(self.most, |m| self.quantiles(&came[s], entered_at, s, m))
        };
        TrackCourse {
            times: self.times.clone(),
            chances: chances.iter().map(|&c| c as f32).collect(),
            served: (0..self.width).map(served).collect(),
        }
    }

    /// Quantiles of the time served in a state at the end of step m, as a share of that served in the stage; below 0 if
    /// nobody is there.
    fn quantiles(&self, came: &[Vec<f64>], entered_at: Tick, s: usize, m: usize) -> Vec<f32> {
        let total = self.times[m];
        let age = entered_at + whole(total);
        let mut weights = vec![0.0; m + 1];
        let mut inner: BTreeMap<usize, [f64; INNER.len()]> = BTreeMap::new();
        for (way, came) in self.ways[s].iter().zip(came).filter(|(way, _)| !way.is_over(age)) {
            let triangle = &self.triangles[way.law];
            let left = &triangle.left[at(m, 0)..=at(m, m)];
            weights.iter_mut().zip(came.iter().zip(left)).for_each(|(w, (c, l))| *w += c * l);
            for (k, parts) in self.inner(way.law, m).iter().filter(|(k, _)| came[*k] > 0.0) {
                let level = |i: usize| INNER[i] - i.checked_sub(1).map_or(0.0, |j| INNER[j]);
                let sums = inner.entry(*k).or_insert([0.0; INNER.len()]);
                // By how much more there are in each part than if all parts counted alike.
                for (i, part) in parts.iter().enumerate() {
                    sums[i] += came[*k] * left[*k] * (part - level(i));
                }
            }
        }
        // Who came last has served least; who began there, all the time.
        let mut sums = vec![(0.0, 0.0)];
        let mut sum = 0.0;
        for k in (1..=m).rev().filter(|&k| weights[k] > 0.0) {
            let (from, to) = self.step(k);
            let share = |part: f64| ((total - to + (to - from) * part) / total).min(1.0);
            sums.push((sum, share(0.0)));
            match inner.get(&k) {
                None => sum += weights[k],
                Some(more) => {
                    let mut before = 0.0;
                    for (part, more) in INNER.iter().zip(more) {
                        sum += (weights[k] * (part - before) + more).max(0.0);
                        sums.push((sum, share(*part)));
                        before = *part;
                    }
                }
            }
            sums.push((sum, share(1.0)));
        }
        quantiles(&sums, sum, sum + weights[0])
    }
}

/// Of those who came in a step and are left, the share in each part of it, by how long ago they came.
fn inner(curve: &Curve, least: f64, most: f64) -> [f64; INNER.len()] {
    let all = curve.area(most) - curve.area(least);
    let mut before = curve.area(least);
    INNER.map(|part| {
        let area = curve.area(least + (most - least) * part);
        (area - std::mem::replace(&mut before, area)) / all.max(f64::MIN_POSITIVE)
    })
}

/// All who come to each state in a step: those from before, and those who move on to it within the step. By
/// elimination; shares that move on come to less than 1, so no pivot is 0.
fn solve(mut moves: Vec<f64>, entering: &[f64]) -> Vec<f64> {
    let width = entering.len();
    for p in &mut moves {
        *p = -*p;
    }
    for s in 0..width {
        moves[s * width + s] += 1.0;
    }
    let mut all = entering.to_vec();
    for s in 0..width {
        let pivot = moves[s * width + s].max(LEAST / 10.0);
        moves[s * width + s] = pivot;
        for row in s + 1..width {
            let factor = moves[row * width + s] / pivot;
            if factor != 0.0 {
                for c in s..width {
                    moves[row * width + c] -= factor * moves[s * width + c];
                }
                all[row] -= factor * all[s];
            }
        }
    }
    for s in (0..width).rev() {
        let others: f64 = (s + 1..width).map(|c| moves[s * width + c] * all[c]).sum();
        all[s] = ((all[s] - others) / moves[s * width + s]).max(0.0);
    }
    all
}

/// Quantiles of times served, from running sums up to `sum` and the times they are reached at; beyond that, the whole
/// time. Below 0 if there is nobody.
#[expect(clippy::cast_possible_truncation, reason = "shares at a few points")]
fn quantiles(sums: &[(f64, f64)], sum: f64, all: f64) -> Vec<f32> {
    if all <= LEAST {
        return vec![-1.0; LEVELS.len()];
    }
    // The first stands where the first of them came.
    let mut next = sums.iter().take_while(|s| s.0 <= 0.0).count();
    let quantile = |level: f64| {
        let wanted = all * level;
        if wanted > sum || next >= sums.len() {
            return 1.0;
        }
        while next + 1 < sums.len() && sums[next].0 < wanted {
            next += 1;
        }
        let ((low, from), (high, to)) = (sums[next - 1], sums[next]);
        let along = ((wanted - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        (from + (to - from) * along) as f32
    };
    LEVELS.iter().copied().map(quantile).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "spans are far below 2^52 ticks")]
pub(super) fn whole(ticks: f64) -> Tick {
    ticks as Tick
}

/// What tracks vary by, besides age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    pub cohort: usize,
    pub need: usize,
    pub plan: usize,
}

impl Class {
    fn row(self, grid: &Grid, band: usize) -> usize {
        grid.row(self.cohort, self.need, self.plan, band)
    }
}

/// Whether anything of a track varies by age.
pub(super) fn varies_by_age(scenario: &Scenario, track: TrackId) -> bool {
    let named = &scenario.pathway.tracks[track];
    let mut grids = named.states.iter().map(|s| &scenario.pathway.states[s].grid);
    named.grid.band > 0 || grids.any(|grid| grid.band > 0) || waits_for_age(scenario, track)
}

/// Whether a state of a track is left at an age.
pub(super) fn waits_for_age(scenario: &Scenario, track: TrackId) -> bool {
    let waits = |state: StateId| {
        let mut times = scenario.stays[state].rows.iter().map(|row| row.time);
        scenario.pathway.states[state].birthday.is_some()
            || times.any(|time| matches!(time, Some(TimeOf::UntilAge(_))))
    };
    scenario.pathway.tracks[track].states.iter().any(waits)
}

/// What a track varies by, taken together, besides age.
pub(super) fn grid(scenario: &Scenario, track: TrackId) -> Grid {
    let named = &scenario.pathway.tracks[track];
    let grids = || named.states.iter().map(|s| scenario.pathway.states[s].grid).chain([named.grid]);
    let mut rows = 1;
    let mut step = |varies: bool, size: usize| {
        let here = if varies { rows } else { 0 };
        rows *= if varies { size } else { 1 };
        here
    };
    let classes = &scenario.classes;
    let plan = step(grids().any(|g| g.plan > 0), classes.plans.len());
    let need = step(grids().any(|g| g.need > 0), classes.needs.len());
    let cohort = step(grids().any(|g| g.cohort > 0), classes.cohorts.len());
    Grid { cohort, need, plan, band: 0, rows }
}

/// A track beside a stage: what becomes of children of every class and age.
pub(super) struct Courses {
    states: IdRange<StateId>,
    grid: Grid,
    /// Parts of the ages at entry that are told apart: where each starts.
    ages: Vec<Tick>,
    /// By row of the grid, then part of the ages at entry.
    known: BTreeMap<usize, Vec<Course>>,
}

impl Courses {
    pub fn new(stage: &Stage, track: TrackId, classes: &[Class]) -> Self {
        let aged = varies_by_age(stage.scenario, track);
        let parts = if aged { &stage.parts[..] } else { &stage.parts[..stage.parts.len().min(1)] };
        // Where a state is left at an age, how long that takes depends on the part.
        let alike = if waits_for_age(stage.scenario, track) { 1 } else { parts.len().max(1) };
        let grid = grid(stage.scenario, track);
        let mut known: BTreeMap<usize, Vec<Course>> = BTreeMap::new();
        let rows: BTreeMap<usize, Class> = classes.iter().map(|c| (c.row(&grid, 0), *c)).collect();
        let mut states = stage.scenario.pathway.tracks[track].states;
        let all = rows.len() * parts.len();
        for parts in parts.chunks(alike) {
            let model = Model::new(stage, track, parts[0].middle(stage.oldest), all);
            states = IdRange::new(model.states.start().index(), model.states.start().index() + model.width);
            for (&row, &class) in &rows {
                let course = |part: &Part| model.course(class, part.middle(stage.oldest));
                known.entry(row).or_default().extend(parts.iter().map(course));
            }
        }
        Self { states, grid, ages: parts.iter().map(|p| p.ages.0).collect(), known }
    }

    /// By part of the ages at entry, the times at which states are known; one for all parts if they are the same.
    pub fn times(&self) -> Vec<Arc<[f64]>> {
        let Some(courses) = self.known.values().next() else { return Vec::new() };
        let mut times: Vec<Arc<[f64]>> = courses.iter().map(|c| c.times.clone()).collect();
        if times.iter().all(|t| Arc::ptr_eq(t, &times[0])) {
            times.truncate(1);
        }
        times
    }

    /// What becomes of a class who entered in a part of the ages.
    pub fn course(&self, class: Class, part: usize) -> Option<&Course> {
        let parts = self.known.get(&class.row(&self.grid, 0))?;
        parts.get(part).or(parts.first())
    }

    /// The place of a state among those of the track.
    pub fn place(&self, state: StateId) -> usize {
        self.states.offset(state)
    }

    /// What the engine needs to know.
    pub fn opening(&self) -> TrackOpening {
        let mut rows = vec![None; self.grid.rows];
        self.known.keys().enumerate().for_each(|(position, &row)| rows[row] = Some(position));
        let courses = self.known.values().flatten().map(|c| c.opening.clone()).collect();
        TrackOpening { states: self.states, grid: self.grid, rows, ages: self.ages.clone(), courses }
    }
}
