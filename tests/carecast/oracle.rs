//! What theory says should come out: expected stocks of small pathways, waiting lines, competing exits.
//!
//! Nothing here is shared with the engine. Time is in whatever unit the caller keeps to; a law is known by
//! its survival function alone.
//!
//! **Error of the renewal solver.** Expected entries are taken as straight lines between the points of the
//! grid, against the exact mass and mean place of each law within each step, so the error is of second
//! order: halving the step divides it by four. It holds for any continuous law, and in a lottery also for
//! fixed times that are multiples of the step. Where a density is infinite at nought (a Weibull of shape k
//! below 1) the order is 1 + k for the successors of a fresh opening stock. Ask for two steps, h and h/2:
//! their difference is about three times the error of the finer.

use statrs::distribution::ContinuousCDF;
use statrs::function::factorial::ln_factorial;

/// The probability that a time is longer than the argument.
pub type Survival = Box<dyn Fn(f64) -> f64>;

/// The survival function of a law of statrs.
pub fn survival(law: impl ContinuousCDF<f64, f64> + 'static) -> Survival {
    Box::new(move |t| law.sf(t))
}

/// The survival function of a fixed time: 0 for a decision taken at once.
pub fn fixed(length: f64) -> Survival {
    Box::new(move |t| if t < length { 1.0 } else { 0.0 })
}

/// The integral of a smooth decreasing function from `from` to infinity, to about ten digits.
///
/// The exp-sinh rule: the trapezoidal rule after a change of variable that crowds points at `from` and
/// thins them out double-exponentially far away, so that neither a steep start nor a heavy tail matters.
pub fn integral_to_infinity(f: impl Fn(f64) -> f64, from: f64) -> f64 {
    const STEP: f64 = 1.0 / 64.0;
    let quarter_turn = std::f64::consts::FRAC_PI_2;
    let point = |k: i32| {
        let x = f64::from(k) * STEP;
        let distance = (quarter_turn * x.sinh()).exp();
        f(from + distance) * distance * quarter_turn * x.cosh()
    };
    STEP * (-256..=256).map(point).sum::<f64>()
}

/// The mean of a continuous time law.
pub fn mean_time(survival: impl Fn(f64) -> f64) -> f64 {
    integral_to_infinity(survival, 0.0)
}

/// The probability that a spell found running, in a stock that has always been fed at the same rate, goes on
/// for longer than `t`.
pub fn residual_survival(survival: impl Fn(f64) -> f64, t: f64) -> f64 {
    integral_to_infinity(&survival, t) / mean_time(&survival)
}

/// The mean number of children in a stage that was empty at 0, fed at a constant rate (M/G/infinity).
pub fn mg_infinity_mean(rate: f64, survival: impl Fn(f64) -> f64, t: f64) -> f64 {
    rate * (mean_time(&survival) - integral_to_infinity(&survival, t))
}

/// The probability of `count` children in such a stage at a moment when `mean` are expected: the Poisson law.
pub fn occupancy_probability(mean: f64, count: u32) -> f64 {
    (f64::from(count) * mean.ln() - mean - ln_factorial(u64::from(count))).exp()
}

/// The share of those who ask and find all of `servers` taken, when refused children go away (Erlang B).
/// The load is the rate of arrivals times the mean time of service, whatever its law.
pub fn erlang_b(load: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked))
}

/// The share of those who ask and have to wait, when nobody goes away and service is exponential (Erlang C).
pub fn erlang_c(load: f64, servers: u32) -> f64 {
    let servers_f = f64::from(servers);
    assert!(load < servers_f, "the queue of {servers} servers under a load of {load} grows for ever");
    let blocked = erlang_b(load, servers);
    servers_f * blocked / (servers_f - load * (1.0 - blocked))
}

/// A waiting line in the long run: Poisson arrivals, exponential service, first come first served (M/M/c).
#[derive(Debug, Clone, Copy)]
pub struct WaitingLine {
    /// Arrivals per unit of time.
    pub rate: f64,
    /// Mean time of service.
    pub service: f64,
    /// Places.
    pub servers: u32,
}

impl WaitingLine {
    fn load(self) -> f64 {
        self.rate * self.service
    }

    /// What is left over of the pace of service: how fast long waits become rare.
    fn spare_rate(self) -> f64 {
        (f64::from(self.servers) - self.load()) / self.service
    }

    /// The probability of waiting longer than `t`.
    pub fn wait_survival(self, t: f64) -> f64 {
        erlang_c(self.load(), self.servers) * (-self.spare_rate() * t).exp()
    }

    /// The mean wait of all who ask, those who wait not at all included.
    pub fn mean_wait(self) -> f64 {
        erlang_c(self.load(), self.servers) / self.spare_rate()
    }

    /// The mean number waiting.
    pub fn mean_waiting(self) -> f64 {
        self.rate * self.mean_wait()
    }

    /// The mean number of places taken.
    pub fn mean_in_service(self) -> f64 {
        self.load()
    }
}

/// Exponential exits in competition: the share that each wins, and the mean time to the first.
pub fn competing_exponentials(rates: &[f64]) -> (Vec<f64>, f64) {
    let total: f64 = rates.iter().sum();
    (rates.iter().map(|rate| rate / total).collect(), 1.0 / total)
}

/// One way out of a stage.
pub struct Exit {
    /// The stage it leads to, if that is one of those looked at.
    pub to: Option<usize>,
    /// Its time law.
    pub time: Survival,
}

/// How the exits of a stage share out its children.
#[derive(Debug, Clone)]
pub enum Form {
    /// Each child is bound from the start for an exit, with these shares.
    Lottery(Vec<f64>),
    /// The earliest wins. Times are continuous.
    Race,
}

/// The children there at the start.
#[derive(Debug, Clone, Copy)]
pub enum Opening {
    /// So many, all at the start of their stay.
    Fresh(f64),
    /// So many, as they are found where the stage has always been fed at the same rate.
    Stationary(f64),
}

/// A stage of a pathway without capacity.
pub struct Stage {
    /// How the exits share out the children.
    pub form: Form,
    /// The ways out.
    pub exits: Vec<Exit>,
    /// Arrivals from outside expected by the time of the argument.
    pub arrivals: Box<dyn Fn(f64) -> f64>,
    /// Who is there at the start.
    pub opening: Opening,
}

/// Arrivals at a constant rate.
pub fn constant_rate(rate: f64) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |t| rate * t)
}

/// Arrivals at rates that change, as (rate, until when), in order; none after the last.
/// Changes at points of the grid cost the solver no accuracy.
pub fn changing_rate(pieces: Vec<(f64, f64)>) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |t| {
        let mut start = 0.0;
        let mut arrived = 0.0;
        for &(rate, until) in &pieces {
            arrived += rate * (t.min(until) - start).max(0.0);
            start = until;
        }
        arrived
    })
}

/// What is expected, at multiples of the step from 0 to the horizon.
#[derive(Debug, Clone)]
pub struct Expected {
    step: f64,
    /// Children there, by stage.
    stock: Vec<Vec<f64>>,
    /// Entries so far, by stage, without the opening stock.
    entries: Vec<Vec<f64>>,
    /// Departures so far, by stage and exit.
    departures: Vec<Vec<Vec<f64>>>,
}

impl Expected {
    /// Children in a stage at a time.
    pub fn stock(&self, stage: usize, t: f64) -> f64 {
        self.at(&self.stock[stage], t)
    }

    /// Entries to a stage by a time.
    pub fn entries(&self, stage: usize, t: f64) -> f64 {
        self.at(&self.entries[stage], t)
    }

    /// Departures by an exit by a time.
    pub fn departures(&self, stage: usize, exit: usize, t: f64) -> f64 {
        self.at(&self.departures[stage][exit], t)
    }

    /// Child-time spent in a stage between two times.
    pub fn child_time(&self, stage: usize, from: f64, to: f64) -> f64 {
        let pieces = index(((to - from) / self.step).ceil()).max(1);
        let width = (to - from) / count(pieces);
        let ends = f64::midpoint(self.stock(stage, from), self.stock(stage, to));
        let between = (1..pieces).map(|piece| self.stock(stage, from + count(piece) * width));
        width * (ends + between.sum::<f64>())
    }

    /// On the curve through the points, or between them on a straight line.
    fn at(&self, curve: &[f64], t: f64) -> f64 {
        let place = t / self.step;
        let before = index(place.floor()).min(curve.len() - 2);
        let part = place - count(before);
        assert!((-1e-9..=1.0 + 1e-9).contains(&part), "{t} is beyond the horizon");
        curve[before] + part * (curve[before + 1] - curve[before])
    }
}

/// The expected course of a pathway without capacity, by the renewal equation
/// `entries = arrivals + departures of the opening stock + sum over exits of entries * law of the exit`.
///
/// # Panics
/// If decisions taken at once lead round in a circle, or somebody enters a stage at the very start (a stage
/// that is a decision taken at once has no opening stock).
pub fn expected(stages: &[Stage], step: f64, horizon: f64) -> Expected {
    let steps = index((horizon / step).round());
    let laws: Vec<Vec<Incidence>> = stages.iter().map(|stage| incidences(stage, step, steps)).collect();
    // Departures begin as those of the opening stock; those of entrants are added as they become known.
    let mut departures: Vec<Vec<Vec<f64>>> =
        stages.iter().zip(&laws).map(|(stage, laws)| opening_departures(stage, laws, step)).collect();
    let mut entries = vec![Vec::with_capacity(steps + 1); stages.len()];
    for now in 0..=steps {
        for ((laws, entries), departures) in laws.iter().zip(&entries).zip(&mut departures) {
            for (law, departures) in laws.iter().zip(departures) {
                let past = law.weights[1..=now].iter().zip(entries.iter().rev());
                departures[now] += past.map(|(weight, entered): (&f64, &f64)| weight * entered).sum::<f64>();
            }
        }
        settle(stages, &laws, count(now) * step, &mut entries, &mut departures);
    }
    let stock = stages.iter().enumerate().map(|(stage, facts)| {
        let (Opening::Fresh(children) | Opening::Stationary(children)) = facts.opening;
        (0..=steps)
            .map(|now| {
                let left: f64 = departures[stage].iter().map(|by_exit| by_exit[now]).sum();
                children + entries[stage][now] - left
            })
            .collect()
    });
    Expected { step, stock: stock.collect(), entries, departures }
}

/// Finds the entries of this moment, some of which leave again within the same step and enter elsewhere.
fn settle(
    stages: &[Stage],
    laws: &[Vec<Incidence>],
    time: f64,
    entries: &mut [Vec<f64>],
    departures: &mut [Vec<Vec<f64>>],
) {
    let now = entries[0].len();
    let arrived: Vec<f64> = stages.iter().map(|stage| (stage.arrivals)(time)).collect();
    let mut guess = arrived.clone();
    for round in 0.. {
        assert!(round < 10_000, "decisions taken at once lead round in a circle");
        let mut next = arrived.clone();
        for (stage, facts) in stages.iter().enumerate() {
            for (exit, facts) in facts.exits.iter().enumerate() {
                if let Some(to) = facts.to {
                    next[to] += departures[stage][exit][now] + laws[stage][exit].weights[0] * guess[stage];
                }
            }
        }
        let change = guess.iter().zip(&next).map(|(old, new)| (old - new).abs()).fold(0.0, f64::max);
        guess = next;
        if change <= 1e-13 * guess.iter().fold(1.0, |most: f64, entered| most.max(*entered)) {
            break;
        }
    }
    assert!(now > 0 || guess.iter().all(|&entered| entered == 0.0), "nobody enters at the very start");
    for (stage, entered) in guess.into_iter().enumerate() {
        for (exit, law) in laws[stage].iter().enumerate() {
            departures[stage][exit][now] += law.weights[0] * entered;
        }
        entries[stage].push(entered);
    }
}

/// How many points of a law are taken within each step, to place its mass there. Even.
const POINTS: usize = 16;

/// The law of leaving by one exit, before any other: a share of less than one in all.
struct Incidence {
    /// Probability of having left by each point of the grid.
    by: Vec<f64>,
    /// Its integral over each step.
    within: Vec<f64>,
    /// What the entries up to so many steps ago contribute to departures up to now.
    weights: Vec<f64>,
}

fn incidences(stage: &Stage, step: f64, steps: usize) -> Vec<Incidence> {
    let times: Vec<f64> = (0..=steps * POINTS).map(|point| count(point) * step / count(POINTS)).collect();
    cumulative_incidences(stage, &times).iter().map(|fine| Incidence::new(fine, step)).collect()
}

impl Incidence {
    /// From its values at `POINTS` places in each step. Those midway are used for the integrals, so that
    /// a jump at a point of the grid is placed exactly.
    fn new(fine: &[f64], step: f64) -> Self {
        let by: Vec<f64> = fine.iter().copied().step_by(POINTS).collect();
        let middle = |cell: &[f64]| cell.iter().skip(1).step_by(2).sum::<f64>() * step * 2.0 / count(POINTS);
        let within: Vec<f64> = fine[..fine.len() - 1].chunks(POINTS).map(middle).collect();
        let mut weights = vec![0.0; by.len()];
        weights[0] = by[0];
        for (cell, area) in within.iter().enumerate() {
            // The part of the step's mass that belongs to its far end is its mean place, as a share of the step.
            let far = by[cell + 1] - area / step;
            weights[cell + 1] += far;
            weights[cell] += by[cell + 1] - by[cell] - far;
        }
        Self { by, within, weights }
    }
}

/// The probability of having left by each exit, at each of the times (the first is 0).
fn cumulative_incidences(stage: &Stage, times: &[f64]) -> Vec<Vec<f64>> {
    match &stage.form {
        Form::Lottery(shares) => {
            assert_eq!(shares.len(), stage.exits.len(), "as many shares as exits");
            let by_exit = |(share, exit): (&f64, &Exit)| {
                times.iter().map(|&t| share * (1.0 - (exit.time)(t))).collect()
            };
            shares.iter().zip(&stage.exits).map(by_exit).collect()
        }
        Form::Race => race_incidences(&stage.exits, times),
    }
}

/// Between two times every survival function is taken as a straight line; the share that each exit wins is
/// then the integral of a polynomial, and the shares add up to all who leave.
fn race_incidences(exits: &[Exit], times: &[f64]) -> Vec<Vec<f64>> {
    let mut won = vec![vec![0.0]; exits.len()];
    let mut before: Vec<f64> = exits.iter().map(|exit| (exit.time)(times[0])).collect();
    for &time in &times[1..] {
        let after: Vec<f64> = exits.iter().map(|exit| (exit.time)(time)).collect();
        for (winner, won) in won.iter_mut().enumerate() {
            let others = |x: f64| -> f64 {
                let survives =
                    |(k, (a, b)): (usize, (&f64, &f64))| if k == winner { 1.0 } else { a + x * (b - a) };
                before.iter().zip(&after).enumerate().map(survives).product()
            };
            let last = *won.last().expect("starts with one");
            won.push(last + (before[winner] - after[winner]) * integral_to_one(others));
        }
        before = after;
    }
    won
}

/// The integral of a polynomial from 0 to 1, exact to degree 9 (Gauss and Legendre, five points).
fn integral_to_one(f: impl Fn(f64) -> f64) -> f64 {
    const POINTS_AND_WEIGHTS: [(f64, f64); 5] = [
        (0.046_910_077_030_668, 0.118_463_442_528_095),
        (0.230_765_344_947_158, 0.239_314_335_249_683),
        (0.5, 0.284_444_444_444_444),
        (0.769_234_655_052_842, 0.239_314_335_249_683),
        (0.953_089_922_969_332, 0.118_463_442_528_095),
    ];
    POINTS_AND_WEIGHTS.iter().map(|(x, weight)| weight * f(*x)).sum()
}

/// Departures of those there at the start, by exit, by each point of the grid.
fn opening_departures(stage: &Stage, laws: &[Incidence], step: f64) -> Vec<Vec<f64>> {
    match stage.opening {
        Opening::Fresh(children) => {
            laws.iter().map(|law| law.by.iter().map(|by| children * by).collect()).collect()
        }
        Opening::Stationary(children) => {
            let (won, mean) = in_the_end(stage);
            let left_by = |(law, won): (&Incidence, f64)| {
                // Found running, a spell has left by an exit within t with probability
                // (integral from 0 to t of the probability of leaving by it later than x) / mean.
                let mut left = vec![0.0];
                for area in &law.within {
                    let last = left[left.len() - 1];
                    left.push(last + children * (won * step - area) / mean);
                }
                left
            };
            laws.iter().zip(won).map(left_by).collect()
        }
    }
}

/// The probability of leaving by each exit some day, and the mean stay.
fn in_the_end(stage: &Stage) -> (Vec<f64>, f64) {
    match &stage.form {
        Form::Lottery(shares) => {
            let means = shares.iter().zip(&stage.exits).map(|(share, exit)| share * mean_time(&exit.time));
            (shares.clone(), means.sum())
        }
        Form::Race => {
            let all = |t: f64| stage.exits.iter().map(|exit| (exit.time)(t)).product::<f64>();
            let mean = mean_time(all);
            // Times far finer than the mean stay at first and a thousandth apart later, till nobody is left.
            let mut times = vec![0.0];
            let mut time = mean * 1e-9;
            while all(time) > 1e-12 {
                times.push(time);
                time *= 1.001;
            }
            let won = race_incidences(&stage.exits, &times);
            (won.iter().map(|by| by[by.len() - 1]).collect(), mean)
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "grids are far shorter than 2^52 points")]
fn count(points: usize) -> f64 {
    points as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of grid points")]
fn index(place: f64) -> usize {
    assert!(place >= 0.0, "{place} is before the start");
    place as usize
}
