//! The children already there: who they are, by which exit they are bound to leave, and how long they have been
//! there.

use std::ops::Range;
use std::sync::Arc;

use crate::pathway::{Grid, IdRange, StateId, Table, TrackId, calendar::Tick, stay::whole_ticks};

/// The opening caseload of a stage.
///
/// A child aged a who has served s is there, bound for exit j, with weight (entries at age a - s in the year
/// concerned) x `share_j(a - s)` x `S_j(s)` x `P_j`(states of its tracks after s): those who came then with that
/// plan, have not left, and are now where they are known to be. In a race no exit is drawn: the weight has the
/// product of the survivals of all.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The stage.
    pub state: StateId,
    /// How many children of each kind.
    pub cells: Vec<Cell>,
    /// Cumulative shares of groups of 1, 2, 3, ... siblings there together.
    pub family_sizes: Vec<f64>,
    /// Whether every stay starts on the first day.
    pub fresh: bool,
    /// How the kinds of children weigh by exit and time served.
    pub tables: Arc<[Joint]>,
    /// For each track that runs beside the stage, what is known of it.
    pub tracks: Arc<Table<TrackId, Option<TrackOpening>>>,
    /// Where the states of tracks are given and the stage is a lottery: for each exit, how many children are
    /// bound for it given those states, and how many would be if the states were not known.
    pub bound: Option<Vec<[f64; 2]>>,
}

/// Children of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Age band.
    pub band: usize,
    /// For each need class, how the ages of such children are spread over the band.
    pub ages: Vec<Ages>,
    /// Cohort.
    pub cohort: usize,
    /// Cumulative shares of need classes.
    pub needs: Vec<f64>,
    /// State in each track (none: the track does not run, or its state is not given).
    pub tracks: Table<TrackId, Option<StateId>>,
    /// How many.
    pub children: u32,
    /// For each need class, the table of [`Opening::tables`]; none where every stay starts on the first day.
    pub tables: Vec<Option<usize>>,
    /// Where every stay starts on the first day in known states of tracks: for each need class, cumulative shares of
    /// the exits.
    pub exits: Vec<Vec<f64>>,
}

/// How the ages of children of a kind are spread: between two of the ages listed, all are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Ages {
    /// The youngest age, and then ages on to the oldest, each with the share of children who are younger.
    pub younger: Vec<(Tick, f64)>,
}

impl Ages {
    /// All ages alike.
    #[must_use]
    pub fn alike((from, to): (Tick, Tick)) -> Self {
        Self { younger: vec![(from, 0.0), (to, 1.0)] }
    }

    /// The age at a uniform.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
    pub fn at(&self, u: f64) -> Tick {
        let above = self.younger.partition_point(|&(_, share)| share <= u).clamp(1, self.younger.len() - 1);
        let ((from, before), (to, after)) = (self.younger[above - 1], self.younger[above]);
        let along = ((u - before) / (after - before).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        from + whole_ticks((to - from) as f64 * along)
    }
}

/// What is drawn for a child who is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// The exit that the child is bound for, by its position in the stage; none in a race, and where stays
    /// begin as any other does.
    pub exit: Option<usize>,
    /// Time served.
    pub served: Tick,
}

impl Opening {
    /// By which exit a child leaves and how long it has been there, given its kind, need and exact age, at two
    /// uniforms. No time served where nobody of that age can be there.
    #[must_use]
    pub fn draw(&self, cell: &Cell, need: usize, age: Tick, u_exit: f64, u_served: f64) -> Drawn {
        if let Some(table) = cell.tables.get(need).copied().flatten() {
            return self.tables[table].draw(age, u_exit, u_served);
        }
        let exit =
            cell.exits.get(need).map(|sums| sums.partition_point(|&s| s <= u_exit).min(sums.len() - 1));
        Drawn { exit, served: 0 }
    }
}

/// How children of a kind weigh by age at entry, exit and time served.
#[derive(Debug, Clone)]
pub struct Joint {
    /// By part of the ages at entry, the oldest first: the shortest times served.
    pub spans: Vec<Span>,
    /// Whether exits are drawn.
    pub lottery: bool,
}

/// Children who entered at ages between two.
#[derive(Debug, Clone)]
pub struct Span {
    /// From which age to which.
    pub ages: (Tick, Tick),
    /// Times served, from 0, at which the weights are summed. Between two of them the weight is level.
    pub times: Arc<[f64]>,
    /// For each exit, the age at which it is taken at the latest.
    pub until: Arc<[Tick]>,
    /// Running sums of the weights: for each time, exit by exit.
    pub sums: Vec<f64>,
}

/// Where a time served lies: the step, and how far along it.
type Along = (usize, f64);

impl Span {
    /// The times served by a child of an age, if there are any: no less than since the oldest age at entry, no
    /// more than since the youngest.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn served(&self, age: Tick) -> Option<Range<f64>> {
        let (from, to) = ((age - self.ages.1).max(0), age - self.ages.0);
        (from < to).then_some(from as f64..to as f64)
    }

    fn locate(&self, time: f64) -> Along {
        let last = self.times.len() - 1;
        let step = self.times.partition_point(|&t| t <= time).clamp(1, last) - 1;
        let (low, high) = (self.times[step], self.times[step + 1]);
        (step, ((time - low) / (high - low)).min(1.0))
    }

    /// The running sums at a place, exit by exit.
    fn sums(&self, (step, along): Along) -> impl Iterator<Item = f64> {
        let width = self.until.len();
        let (low, high) = self.sums[step * width..][..2 * width].split_at(width);
        low.iter().zip(high).map(move |(low, high)| low + (high - low) * along)
    }

    /// The running sum of an exit at a place.
    fn sum(&self, (step, along): Along, exit: usize) -> f64 {
        let width = self.until.len();
        let (low, high) = (self.sums[step * width + exit], self.sums[(step + 1) * width + exit]);
        low + (high - low) * along
    }

    /// The time served by which so much of the weight of an exit has come.
    #[expect(clippy::cast_possible_truncation, reason = "spans are far below 2^52 ticks")]
    fn at(&self, age: Tick, exit: usize, weight: f64) -> Tick {
        let Some(served) = self.served(age) else { return 0 };
        let width = self.until.len();
        let wanted = self.sum(self.locate(served.start), exit) + weight;
        let (mut low, mut high) = (0, self.times.len() - 1);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if self.sums[middle * width + exit] <= wanted { low = middle } else { high = middle }
        }
        let (before, after) = (self.sums[low * width + exit], self.sums[high * width + exit]);
        let along = ((wanted - before) / (after - before).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let time = self.times[low] + (self.times[high] - self.times[low]) * along;
        time.clamp(served.start, served.end) as Tick
    }
}

impl Joint {
    /// The weights of a child of an age, exit by exit: all 0 when none can be there.
    #[must_use]
    pub fn weights(&self, age: Tick) -> Vec<f64> {
        self.by_exit(&self.weights_by_span(age))
    }

    /// The weights of a child of an age: for each span, exit by exit.
    fn weights_by_span(&self, age: Tick) -> Vec<f64> {
        let mut weights = Vec::with_capacity(self.spans.len() * self.width());
        // A span mostly begins where the one before it ends, and sums at the same times.
        let mut before: Option<(&Arc<[f64]>, f64, Along)> = None;
        for span in &self.spans {
            let Some(served) = span.served(age) else {
                weights.extend(span.until.iter().map(|_| 0.0));
                continue;
            };
            let from = match before {
                Some((times, end, place)) if end == served.start && Arc::ptr_eq(times, &span.times) => place,
                _ => span.locate(served.start),
            };
            let to = span.locate(served.end);
            before = Some((&span.times, served.end, to));
            let weights_of_all = span.sums(to).zip(span.sums(from)).map(|(to, from)| to - from);
            weights.extend(
                weights_of_all.zip(&*span.until).map(|(w, &until)| if age < until { w } else { 0.0 }),
            );
        }
        weights
    }

    fn width(&self) -> usize {
        self.spans.first().map_or(0, |span| span.until.len())
    }

    /// The sums of weights over all spans.
    fn by_exit(&self, weights_by_span: &[f64]) -> Vec<f64> {
        let mut weights = vec![0.0; self.width()];
        for span in weights_by_span.chunks(self.width().max(1)) {
            weights.iter_mut().zip(span).for_each(|(sum, weight)| *sum += weight);
        }
        weights
    }

    /// The exit and the time served at two uniforms: first the exit by its whole weight, then the time
    /// served among those bound for it.
    fn draw(&self, age: Tick, u_exit: f64, u_served: f64) -> Drawn {
        let by_span = self.weights_by_span(age);
        let weights = self.by_exit(&by_span);
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return Drawn { exit: None, served: 0 };
        }
        let exit = part(weights.iter().copied(), u_exit * total);
        let of_exit = by_span.iter().skip(exit.0).step_by(self.width()).copied();
        let (span, left) = part(of_exit, u_served * weights[exit.0]);
        Drawn { exit: self.lottery.then_some(exit.0), served: self.spans[span].at(age, exit.0, left) }
    }
}

/// In which of several weights a sum falls, and how much of that one it takes: never in one of 0.
fn part(weights: impl Iterator<Item = f64>, mut sum: f64) -> (usize, f64) {
    let mut last = (0, 0.0);
    for (number, weight) in weights.enumerate().filter(|w| w.1 > 0.0) {
        if sum < weight {
            return (number, sum);
        }
        last = (number, weight);
        sum -= weight;
    }
    last
}

/// The shares of children, by how long they have been in a state of a track, at which times served there are kept:
/// dense at both ends, where times are furthest apart or many are alike.
pub const LEVELS: [f64; 33] = [
    0.0, 0.001, 0.005, 0.02, 0.04, 0.07, 0.1, 0.14, 0.18, 0.22, 0.26, 0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.54,
    0.58, 0.62, 0.66, 0.7, 0.74, 0.78, 0.82, 0.86, 0.9, 0.93, 0.96, 0.98, 0.993, 0.999, 0.999_99,
];

/// A track beside the stay of a child who is there: it began with that stay.
#[derive(Debug, Clone)]
pub struct TrackOpening {
    /// The states.
    pub states: IdRange<StateId>,
    /// What the track varies by besides age.
    pub grid: Grid,
    /// For each row of that grid, its position among those kept.
    pub rows: Vec<Option<usize>>,
    /// Parts of the ages at entry, each taken at its middle: where each starts.
    pub ages: Vec<Tick>,
    /// By row and part, what becomes of children.
    pub courses: Vec<TrackCourse>,
}

/// What becomes of children in a track. Between times served in the stage everything runs in straight lines.
#[derive(Debug, Clone)]
pub struct TrackCourse {
    /// Times served in the stage, from 0.
    pub times: Arc<[f64]>,
    /// By time: how likely each state is.
    pub chances: Vec<f32>,
    /// By state, since when children are there.
    pub served: Vec<TimeServed>,
}

/// How long children have been in a state of a track. Nothing if nobody is ever there.
#[derive(Debug, Clone, Default)]
pub struct TimeServed {
    /// Times served in the stage.
    pub times: Vec<f64>,
    /// By time, at each of a few levels, the time served there as a share of that served in the stage; below 0 if nobody
    /// is there.
    pub shares: Vec<f32>,
}

impl TrackOpening {
    /// The state a child is in who has served so long in the stage, at a uniform, where it is not known.
    #[must_use]
    pub fn state(&self, row: usize, entered_at: Tick, served: Tick, u: f64) -> StateId {
        let Some(course) = self.course(row, entered_at) else { return self.states.start() };
        let (time, along) = locate(&course.times, served);
        let width = self.states.len();
        let chance = |s: usize| {
            let at = |time: usize| f64::from(course.chances[time * width + s]);
            at(time) + (at(time + usize::from(along > 0.0)) - at(time)) * along
        };
        let total: f64 = (0..width).map(chance).sum();
        self.states.nth(part((0..width).map(chance), u * total).0)
    }

    /// How long a child has been in a state of the track who has served so long in the stage, at a uniform:
    /// never longer than that.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    pub fn served(&self, state: StateId, row: usize, entered_at: Tick, served: Tick, u: f64) -> Tick {
        let Some(course) = self.course(row, entered_at) else { return served };
        let known = &course.served[self.states.offset(state)];
        if known.times.is_empty() {
            return served;
        }
        let (time, _) = locate(&known.times, served);
        let at = |time: usize| {
            let row = &known.shares[time * LEVELS.len()..][..LEVELS.len()];
            (known.times[time], (row[0] >= 0.0).then(|| at_level(row, u)))
        };
        let after = (time + 1 < known.times.len()).then(|| at(time + 1));
        let time_served = between(served as f64, at(time), after);
        whole_ticks(time_served).clamp(0, served)
    }

    fn course(&self, row: usize, entered_at: Tick) -> Option<&TrackCourse> {
        let row = (*self.rows.get(row)?)?;
        let part = self.ages.partition_point(|&a| a <= entered_at).max(1) - 1;
        self.courses.get(row * self.ages.len() + part)
    }
}

/// The time just before, and how far the time served lies towards the next.
#[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
fn locate(times: &[f64], served: Tick) -> Along {
    let served = served as f64;
    let time = times.partition_point(|&t| t <= served).max(1) - 1;
    let low = times[time];
    (time, times.get(time + 1).map_or(0.0, |high| ((served - low) / (high - low)).max(0.0)))
}

/// The time served in a state by who has been in a stage so long, from times kept before and after, each with the share of
/// it served in the state; none if nobody is there then.
pub(super) fn between(now: f64, before: (f64, Option<f64>), after: Option<(f64, Option<f64>)>) -> f64 {
    let (from, low) = before;
    let served = match (low, after.and_then(|(to, high)| Some((to, high?)))) {
        (Some(low), Some((to, high))) => {
            low * from + (high * to - low * from) * ((now - from) / (to - from)).max(0.0)
        }
        // Nobody is there at the next time: those who are came when others came who are there at this one.
        (Some(low), None) => now - from * (1.0 - low),
        // Nobody was there at this time: whoever is came since.
        (None, Some((to, high))) => now - to * (1.0 - high),
        (None, None) => now,
    };
    served.max(0.0)
}

/// What is kept at levels, at one between them.
fn at_level(row: &[f32], u: f64) -> f64 {
    let next = LEVELS.partition_point(|&level| level <= u).clamp(1, LEVELS.len() - 1);
    let (low, high) = (f64::from(row[next - 1]), f64::from(row[next]));
    low + (high - low) * ((u - LEVELS[next - 1]) / (LEVELS[next] - LEVELS[next - 1])).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two exits, level in two steps each; entries at ages below 120 weigh half as much.
    fn joint() -> Joint {
        let span = |ages, scale: f64| Span {
            ages,
            times: Arc::from([0.0, 100.0, 200.0]),
            until: Arc::from([Tick::MAX, 500]),
            sums: [0.0, 0.0, 3.0, 1.0, 4.0, 2.0].map(|x| x * scale).to_vec(),
        };
        Joint { spans: vec![span((120, Tick::MAX / 2), 1.0), span((0, 120), 0.5)], lottery: true }
    }

    #[test]
    fn exit_and_time_served_follow_the_weights() {
        let joint = joint();
        let drawn = |age, u_exit, u_served| {
            let drawn = joint.draw(age, u_exit, u_served);
            (drawn.exit.expect("a lottery"), drawn.served)
        };
        assert_eq!(joint.weights(450), [4.0, 2.0]);
        assert_eq!(drawn(450, 0.6, 0.375), (0, 50));
        assert_eq!(drawn(450, 0.6, 0.875), (0, 150));
        assert_eq!(drawn(450, 0.7, 0.25), (1, 50));
        // At 500 the second exit has been taken by all who were bound for it.
        assert_eq!(joint.weights(500), [4.0, 0.0]);
        assert_eq!(drawn(600, 0.999, 0.375), (0, 50));
        // Aged 220, the last 100 were served by those who came later than at 120, the rest by the others.
        assert_eq!(joint.weights(220), [3.5, 1.5]);
        assert_eq!(drawn(220, 0.0, 3.25 / 3.5), (0, 150));
        assert_eq!(joint.draw(0, 0.5, 0.5), Drawn { exit: None, served: 0 });
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "shares need no more digits")]
    fn time_in_a_track_runs_in_straight_lines_between_times_in_the_stage() {
        let ramp = |top: f64| LEVELS.map(|level| (top * level) as f32).to_vec();
        let nobody = || vec![-1.0; LEVELS.len()];
        let course = TrackCourse {
            times: Arc::from([0.0, 100.0, 200.0]),
            chances: vec![1.0, 0.0, 1.0, 0.0, 0.5, 0.5],
            served: [[ramp(1.0), ramp(1.0), ramp(0.5)], [nobody(), nobody(), ramp(0.5)]]
                .map(|shares| TimeServed { times: vec![0.0, 100.0, 200.0], shares: shares.concat() })
                .to_vec(),
        };
        let track = TrackOpening {
            states: IdRange::new(7, 9),
            grid: Grid { rows: 1, ..Grid::default() },
            rows: vec![Some(0)],
            ages: vec![0],
            courses: vec![course],
        };
        let [seventh, eighth] = [7, 8].map(StateId::from_index);
        assert_eq!(track.served(seventh, 0, 0, 50, 0.5), 25);
        assert_eq!(track.served(seventh, 0, 0, 150, 0.5), 50);
        // Who is there 50 after the start of the step, and 50 before its end, came at 150 if that is when the others came.
        assert_eq!(track.served(eighth, 0, 0, 190, 0.5), 40);
        assert_eq!(track.served(eighth, 0, 0, 120, 0.5), 0);
        assert_eq!(track.served(eighth, 0, 0, 200, 0.5), 50);
        assert_eq!([track.state(0, 0, 100, 0.9), track.state(0, 0, 150, 0.9)], [seventh, eighth]);
    }
}
