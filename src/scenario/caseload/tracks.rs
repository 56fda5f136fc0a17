//! Where a child is in a track, and since when, given how long ago the stage began.
//!
//! A track is a semi-Markov process that starts with its stage. The entries to each of its states in each step
//! of time follow from those before by the renewal equation (Cox 1962, Renewal Theory, section 4; Howard 1971,
//! Dynamic Probabilistic Systems, section 10.4): who came in step k and leaves in step m by an exit with share p and
//! survival S are p (S(m - 1 - k) - S(m - k)) of those who came. Entries within a step count from its
//! middle, so the error is of the second order in the length of a step; steps grow with time, from
//! 1/9216 of the longest stay at the start to 1/48 of it at the end. Everything is at best values; a pace is that of
//! the time before the first day.

use std::collections::BTreeMap;

use super::served::{Part, Stage};
use crate::pathway::{
    ExitId, Grid, IdRange, IfFull, Kind, StateId, TrackId,
    calendar::Tick,
    stay::{Stay, Time},
};
use crate::scenario::opening::{QUANTILES, TrackOpening};
use crate::scenario::paces::BestTimes;
use crate::scenario::{Scenario, ShareOf};

/// Steps of time since the stage began.
const STEPS: usize = 96;
/// Of the times at their ends, every so manyth is kept for drawing time served in the track.
const KEPT: usize = 4;
/// The share of those who come to a state with a pool that are taken to find it full, since how many will is not
/// known before a run.
const FULL: f64 = 0.05;
/// Moves within one step that are followed; who moves more often waits for the next step.
const MOVES: usize = 8;

/// The times since the stage began at which states are known: level in the square root of time.
#[expect(clippy::cast_precision_loss, reason = "steps are few")]
pub(super) fn times(longest: f64) -> Vec<f64> {
    let at = |k: usize| (k as f64 / STEPS as f64).powi(2) * longest;
    (0..=STEPS).map(at).collect()
}

/// A step of the times, and how far along it.
pub(super) type Place = (usize, f64);

/// Where a time lies among those at which states are known.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "steps are few"
)]
pub(super) fn place(longest: f64, served: f64) -> Place {
    let at = |k: usize| (k as f64 / STEPS as f64).powi(2) * longest;
    let step = ((libm::sqrt(served / longest) * STEPS as f64) as usize).min(STEPS - 1);
    (step, ((served - at(step)) / (at(step + 1) - at(step))).clamp(0.0, 1.0))
}

/// How the share still there falls.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Left {
    /// By a time law.
    By(Time),
    /// Until an age.
    Until(Tick),
    /// Not at all.
    Never,
    /// As one exit of a race does, of those who leave by it: a position in [`Model::races`].
    Race(usize),
}

/// One way out of a state, by a law, to another state.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Way {
    /// Where it leads, counted from the first state of the track.
    to: usize,
    left: Left,
    /// Position of its law in [`Model::left`].
    law: usize,
}

/// A track as a semi-Markov process.
pub(super) struct Model<'a> {
    stage: &'a Stage<'a>,
    track: TrackId,
    /// Its states, without those who wait.
    states: IdRange<StateId>,
    width: usize,
    times: Vec<f64>,
    /// By state, its ways out in any row.
    ways: Vec<Vec<Way>>,
    /// By state and row, the ways out with their shares.
    rows: Vec<Vec<Vec<(usize, f64)>>>,
    /// The laws, and for each the share left at the end of step m of those who came in step k <= m.
    laws: Vec<Left>,
    left: Vec<Vec<f64>>,
    /// For each exit of a race in a row, pairs of time and the share of those leaving by it that is left.
    races: Vec<Vec<(f64, f64)>>,
}

/// What becomes of children of one class who entered the stage at one age.
pub(super) struct Course {
    /// For each time, state by state, how likely it is.
    pub chances: Vec<f64>,
    /// By state and way out, those who came in each step and are bound for it; at 0, those who began there.
    came: Vec<Vec<Vec<f64>>>,
    /// The age at which the stage began.
    entered_at: Tick,
}

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
    pub fn new(stage: &'a Stage<'a>, track: TrackId) -> Self {
        let scenario = stage.scenario;
        let named = &scenario.pathway.tracks[track];
        let width = scenario.file.tracks[&named.name].states.len();
        let mut model = Self {
            stage,
            track,
            width,
            states: named.states,
            times: times(stage.longest()),
            ways: vec![Vec::new(); width],
            rows: vec![Vec::new(); width],
            laws: Vec::new(),
            left: Vec::new(),
            races: Vec::new(),
        };
        for s in 0..width {
            for row in 0..scenario.pathway.states[model.states.nth(s)].grid.rows.max(1) {
                let found = model.ways_out(s, row);
                let ways =
                    found.into_iter().map(|(to, left, share)| (model.way(s, to, left), share)).collect();
                model.rows[s].push(ways);
            }
        }
        model.left = model.laws.iter().map(|&law| model.triangle(law)).collect();
        model
    }

    fn scenario(&self) -> &'a Scenario {
        self.stage.scenario
    }

    /// The ways out of a state in a row, with their shares.
    fn ways_out(&mut self, s: usize, row: usize) -> Vec<(usize, Left, f64)> {
        let scenario = self.scenario();
        let (id, states) = (self.states.nth(s), self.states);
        let state = &scenario.pathway.states[id];
        let times = self.stage.best.row(scenario, id, row);
        let to = |j: usize| states.offset(scenario.pathway.exits[state.exits.nth(j)].to);
        if times.is_empty() {
            return vec![(s, Left::Never, 1.0)];
        }
        if state.kind == Kind::Race {
            let ways = self.race(times).into_iter();
            // Where those lead who never leave does not matter.
            return ways.map(|(j, left, p)| (j.map_or(s, to), left, p)).collect();
        }
        let specs = &scenario.stays[id].rows[row * times.len()..][..times.len()];
        let shares: Vec<ShareOf> = specs.iter().map(|r| r.share).collect();
        let shares = scenario.shares(&shares, &self.stage.best.values, |_| 0.0);
        let way = |(j, share): (usize, f64)| (to(j), of_time(times[j]), share);
        shares.into_iter().enumerate().filter(|w| w.1 > 0.0).map(way).collect()
    }

    /// A race as a lottery: each exit with the share that wins by it, and how those leave. Who waits for an age
    /// stays until then.
    fn race(&mut self, times: &[Time]) -> Vec<(Option<usize>, Left, f64)> {
        let won = incidence(self.stage.best, times, self.times[STEPS]);
        let shares: Vec<f64> = won.iter().map(|w| w[w.len() - 1].1).collect();
        let mut ways = Vec::new();
        for (j, (won, share)) in won.into_iter().zip(&shares).enumerate().filter(|(_, w)| *w.1 > 0.0) {
            self.races.push(won.into_iter().map(|(t, sum)| (t, 1.0 - sum / share)).collect());
            ways.push((Some(j), Left::Race(self.races.len() - 1), *share));
        }
        let others = (1.0 - shares.iter().sum::<f64>()).max(0.0);
        let aged = times.iter().enumerate().filter_map(|(j, t)| Some((t.age()?, j))).min();
        ways.push(match aged {
            Some((age, j)) => (Some(j), Left::Until(age), others),
            None => (None, Left::Never, others),
        });
        ways
    }

    /// The position of a way out, added if it is new.
    fn way(&mut self, s: usize, to: usize, left: Left) -> usize {
        let law = self.laws.iter().position(|&l| l == left).unwrap_or_else(|| {
            self.laws.push(left);
            self.laws.len() - 1
        });
        let way = Way { to, left, law };
        self.ways[s].iter().position(|w| *w == way).unwrap_or_else(|| {
            self.ways[s].push(way);
            self.ways[s].len() - 1
        })
    }

    /// When those who came in a step came: at its middle.
    fn came_at(&self, k: usize) -> f64 {
        if k == 0 { 0.0 } else { f64::midpoint(self.times[k - 1], self.times[k]) }
    }

    fn triangle(&self, law: Left) -> Vec<f64> {
        let mut left = Vec::new();
        for m in 0..=STEPS {
            for k in 0..=m {
                left.push(self.left_after(law, self.times[m] - self.came_at(k)));
            }
        }
        left
    }

    fn left_after(&self, law: Left, after: f64) -> f64 {
        match law {
            Left::By(time) => {
                let stay = Stay { born: 0, entered: -whole(after), now: 0 };
                self.stage.best.laws.survival(time, stay)
            }
            Left::Race(race) => line(&self.races[race], after),
            Left::Until(_) | Left::Never => 1.0,
        }
    }

    /// Those bound for a way out who have come so far and are still there at the end of step m.
    fn there(&self, way: &Way, came: &[f64], m: usize, age: Tick) -> f64 {
        match way.left {
            Left::Until(until) if age >= until => 0.0,
            Left::Until(_) | Left::Never => came.iter().sum(),
            _ => product(came, &self.left[way.law][at(m, 0)..at(m, came.len())]),
        }
    }

    /// Follows children of a class who entered the stage at an age.
    pub fn course(&self, class: Class, entered_at: Tick) -> Course {
        let came = self.ways.iter().map(|ways| vec![Vec::with_capacity(STEPS + 1); ways.len()]).collect();
        let mut course = Course { chances: Vec::new(), came, entered_at };
        let mut entering = self.start(class, entered_at);
        let mut there: Vec<Vec<f64>> = self.ways.iter().map(|ways| vec![0.0; ways.len()]).collect();
        for m in 0..=STEPS {
            let age = entered_at + whole(self.times[m]);
            for s in 0..self.width {
                for (w, way) in self.ways[s].iter().enumerate() {
                    course.came[s][w].push(0.0);
                    if there[s][w] > 0.0 {
                        let still = if self.grown(s, age) {
                            0.0
                        } else {
                            self.there(way, &course.came[s][w], m, age)
                        };
                        entering[self.leads(s, way, age)] += there[s][w] - still;
                        there[s][w] = still;
                    }
                }
            }
            entering = self.enter(&mut course, &mut there, entering, class, (m, age));
            for s in 0..self.width {
                course.chances.push(there[s].iter().sum::<f64>() + entering[s]);
            }
        }
        course
    }

    /// Lets children into states during a step, and on from there if they leave within it; gives those who
    /// are still on the move.
    fn enter(
        &self,
        course: &mut Course,
        there: &mut [Vec<f64>],
        mut entering: Vec<f64>,
        class: Class,
        (m, age): (usize, Tick),
    ) -> Vec<f64> {
        let rows: Vec<usize> = (0..self.width).map(|s| self.row(s, class, age)).collect();
        for _ in 0..MOVES {
            if entering.iter().sum::<f64>() < 1e-9 {
                break;
            }
            let mut next = vec![0.0; self.width];
            for s in 0..self.width {
                if entering[s] <= 0.0 {
                    continue;
                }
                let full = self.overflow(s, rows[s]);
                let refused = full.map_or(0.0, |_| FULL * entering[s]);
                if let Some(to) = full {
                    next[to] += refused;
                }
                for &(w, share) in &self.rows[s][rows[s]] {
                    let way = &self.ways[s][w];
                    let bound = (entering[s] - refused) * share;
                    let gone = self.grown(s, age) || matches!(way.left, Left::Until(a) if age >= a);
                    let left = if gone { 0.0 } else { bound * self.left[way.law][at(m, m)] };
                    if !gone {
                        course.came[s][w][m] += bound;
                    }
                    there[s][w] += left;
                    next[self.leads(s, way, age)] += bound - left;
                }
            }
            entering = next;
        }
        entering
    }

    /// Where a way out leads at an age: a birthday comes first.
    fn leads(&self, s: usize, way: &Way, age: Tick) -> usize {
        let state = &self.scenario().pathway.states[self.states.nth(s)];
        match state.birthday {
            Some((birthday, exit)) if age >= birthday => {
                self.states.offset(self.scenario().pathway.exits[exit].to)
            }
            _ => way.to,
        }
    }

    fn grown(&self, s: usize, age: Tick) -> bool {
        self.scenario().pathway.states[self.states.nth(s)].birthday.is_some_and(|b| age >= b.0)
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

    /// Quantiles of the time served in a state at the end of step m, as a share of that served in the stage.
    fn quantiles(&self, course: &Course, s: usize, m: usize) -> Vec<f32> {
        let total = self.times[m];
        let age = course.entered_at + whole(total);
        let mut weights = vec![0.0; m + 1];
        for (way, came) in self.ways[s].iter().zip(&course.came[s]) {
            if matches!(way.left, Left::Until(until) if age >= until) || self.grown(s, age) {
                continue;
            }
            for (k, weight) in weights.iter_mut().enumerate() {
                *weight += came[k] * self.left[way.law][at(m, k)];
            }
        }
        // Who came last has served least; who began there, all the time.
        let mut sums = vec![(0.0, 0.0)];
        let mut sum = 0.0;
        for k in (1..=m).rev() {
            sum += weights[k];
            sums.push((sum, (total - self.times[k - 1]) / total));
        }
        let all = sum + weights[0];
        if all <= 0.0 {
            return vec![1.0; QUANTILES];
        }
        quantiles(&sums, all)
    }
}

/// Quantiles of times served, from running sums and the times they are reached at; beyond the last sum, the whole
/// time.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "shares at a few points")]
fn quantiles(sums: &[(f64, f64)], all: f64) -> Vec<f32> {
    // The first begins where the first of them came.
    let mut next = sums.iter().skip(1).take_while(|s| s.0 <= 0.0).count() + 1;
    let quantile = |q: usize| {
        let wanted = all * q as f64 / (QUANTILES - 1) as f64;
        while sums.get(next).is_some_and(|s| s.0 < wanted) {
            next += 1;
        }
        let Some(&(high, to)) = sums.get(next) else { return 1.0 };
        let (low, from) = sums[next - 1];
        let along = ((wanted - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        (from + (to - from) * along) as f32
    };
    (0..QUANTILES).map(quantile).collect()
}

/// By exit of a race, running shares of those who have left by it, at times that grow by a twenty-fifth each: those
/// who leave between two are divided by the hazards there. Ages are left out.
pub(super) fn incidence(best: &BestTimes, times: &[Time], longest: f64) -> Vec<Vec<(f64, f64)>> {
    let hazard = |time: Time, t: f64| {
        let stay = Stay { born: 0, entered: -whole(t), now: 0 };
        if time.age().is_some() { 0.0 } else { -libm::log(best.laws.survival(time, stay)) }
    };
    let left = |hazards: &[f64]| libm::exp(-hazards.iter().sum::<f64>());
    let mut won = vec![vec![(0.0, 0.0)]; times.len()];
    let mut before = vec![0.0; times.len()];
    for k in (0..400_u32).rev() {
        let t = longest * libm::exp(-f64::from(k) / 25.0);
        let now: Vec<f64> = times.iter().map(|&time| hazard(time, t)).collect();
        let here: Vec<f64> = now.iter().zip(&before).map(|(n, b)| (n.min(1e9) - b).max(0.0)).collect();
        let (all, leaving) = (here.iter().sum::<f64>(), left(&before) - left(&now));
        for (won, h) in won.iter_mut().zip(&here) {
            let sum = won[won.len() - 1].1 + if all > 0.0 { leaving * h / all } else { 0.0 };
            won.push((t, sum));
        }
        before = now.iter().map(|n| n.min(1e9)).collect();
    }
    won
}

fn of_time(time: Time) -> Left {
    time.age().map_or(Left::By(time), Left::Until)
}

#[expect(clippy::cast_possible_truncation, reason = "spans are far below 2^52 ticks")]
fn whole(ticks: f64) -> Tick {
    ticks as Tick
}

/// A line through points, level beyond them.
fn line(points: &[(f64, f64)], x: f64) -> f64 {
    let next = points.partition_point(|p| p.0 <= x);
    match (next.checked_sub(1).map(|i| points[i]), points.get(next)) {
        (Some((x0, y0)), Some(&(x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        (Some((_, y)), None) | (None, Some(&(_, y))) => y,
        (None, None) => 1.0,
    }
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
    let grids = named.states.iter().map(|s| &scenario.pathway.states[s]);
    named.grid.band > 0 || grids.into_iter().any(|s| s.grid.band > 0 || s.birthday.is_some())
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
pub(super) struct Courses<'a> {
    pub model: Model<'a>,
    pub grid: Grid,
    /// By row of the grid, then part of the ages at entry.
    known: BTreeMap<usize, Vec<Course>>,
}

impl<'a> Courses<'a> {
    pub fn new(stage: &'a Stage<'a>, track: TrackId, classes: &[Class]) -> Self {
        let mut courses = Self {
            model: Model::new(stage, track),
            grid: grid(stage.scenario, track),
            known: BTreeMap::new(),
        };
        let aged = varies_by_age(stage.scenario, track);
        for &class in classes {
            let row = class.row(&courses.grid, 0);
            if !courses.known.contains_key(&row) {
                let parts = if aged { &stage.parts[..] } else { &stage.parts[..stage.parts.len().min(1)] };
                let course = |part: &Part| courses.model.course(class, part.middle(stage.oldest));
                let found = parts.iter().map(course).collect();
                courses.known.insert(row, found);
            }
        }
        courses
    }

    /// What becomes of a class who entered in a part of the ages.
    pub fn course(&self, class: Class, part: usize) -> Option<&Course> {
        let parts = self.known.get(&class.row(&self.grid, 0))?;
        parts.get(part).or(parts.first())
    }

    /// How likely a state is at a time, in a straight line between steps.
    pub fn chance(&self, course: &Course, state: StateId, (step, along): Place) -> f64 {
        let at = |m: usize| course.chances[m * self.model.width + self.model.states.offset(state)];
        at(step) + (at(step + 1) - at(step)) * along
    }

    /// What the engine needs to know.
    #[expect(clippy::cast_possible_truncation, reason = "chances need no more digits")]
    pub fn opening(&self) -> TrackOpening {
        let model = &self.model;
        let kept: Vec<usize> = (1..=STEPS / KEPT).map(|k| k * KEPT).collect();
        let mut rows = vec![None; self.grid.rows];
        let (mut chances, mut served) = (Vec::new(), Vec::new());
        let mut parts = 1;
        for (position, (&row, courses)) in self.known.iter().enumerate() {
            rows[row] = Some(position);
            parts = courses.len();
            for course in courses {
                for &m in &kept {
                    let here = &course.chances[m * model.width..][..model.width];
                    chances.extend(here.iter().map(|&c| c as f32));
                    (0..model.width).for_each(|s| served.extend(model.quantiles(course, s, m)));
                }
            }
        }
        TrackOpening {
            states: IdRange::new(model.states.start().index(), model.states.start().index() + model.width),
            grid: self.grid,
            rows,
            ages: model.stage.parts[..parts].iter().map(|p| p.ages.0).collect(),
            times: kept.iter().map(|&m| model.times[m]).collect(),
            chances,
            served,
        }
    }
}
