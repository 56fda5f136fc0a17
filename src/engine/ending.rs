//! How a spell ends: by which exit, and after how long.

use super::{
    live::{Acting, Live, Phase},
    purpose,
    rules::{Entry, Rules, Step},
};
use crate::pathway::{
    Child, ExitId, Grid, InterventionId, Kind, PoolId, StateId,
    calendar::{DAY, Tick},
    stay::{HazardRatio, LONGEST, Stay},
};
use crate::scenario::{Effect, Scenario};
use crate::stream::Stream;

/// Leap years move a birthday by less than this.
const NEAR: Tick = 3 * DAY;

/// How a spell ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    /// The exit that the child is bound for.
    pub plan: ExitId,
    /// The exit it takes: that one, unless a birthday comes first.
    pub exit: ExitId,
    /// Time left until then.
    pub left: Tick,
}

/// A scenario under a run's drawn rules.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub scenario: &'a Scenario,
    pub rules: &'a Rules,
}

impl<'a> Model<'a> {
    /// A child's age at an instant.
    #[inline]
    pub fn age(self, child: &Child, at: Tick) -> Tick {
        self.scenario.calendar.age_at(child.born, at)
    }

    /// When a child has an age.
    #[inline]
    pub fn when_aged(self, child: &Child, age: Tick) -> Tick {
        self.scenario.calendar.when_aged(child.born, age)
    }

    /// The row of a grid that holds for a child at an instant.
    #[inline]
    pub fn row(self, grid: &Grid, live: &Live, at: Tick) -> usize {
        self.scenario.pathway.row(grid, &live.child, usize::from(live.plan), || self.age(&live.child, at))
    }

    /// The state in which a child is counted: for one who waits for a pool, the waiting state.
    #[inline]
    pub fn counted_state(self, live: &Live) -> StateId {
        if live.phase != Phase::WaitsForPool {
            return live.state;
        }
        self.scenario.pathway.states[live.state].waiting.map_or(live.state, |waiting| waiting.state)
    }

    /// The service that a child waits for.
    pub fn service_waited_for(self, live: &Live) -> Option<InterventionId> {
        let Phase::WaitsForService(n) = live.phase else { return None };
        Some(self.scenario.stays[live.state].interventions[usize::from(n)])
    }

    /// The pool of which a child holds a place.
    #[inline]
    pub fn pool_held(self, live: &Live) -> Option<PoolId> {
        if live.seized { self.rules.steps[live.state].pool } else { None }
    }

    /// The exits of a state for a child, by its age when it entered the state: a wait there for a service makes it no older.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions, and looked up for every spell")]
    fn entries(self, live: &Live, step: &Step) -> &'a [Entry] {
        if step.varies { self.entries_of_class(live, step) } else { self.rules.row(step, 0, 0) }
    }

    /// The same where they differ by class or from year to year.
    #[inline(never)]
    fn entries_of_class(self, live: &Live, step: &Step) -> &'a [Entry] {
        let row = if step.grid.rows > 1 { self.row(&step.grid, live, live.entered()) } else { 0 };
        let year = if step.drifts { self.scenario.calendar.year_at(live.clock) } else { 0 };
        self.rules.row(step, row, year)
    }

    /// How a spell ends whose clock starts now, if no intervention acts on it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "half of every event")]
    pub fn ending(self, live: &Live, step: &Step) -> Ending {
        let (draws, entries) = (live.draws, self.entries(live, step));
        let (j, left) = match (step.kind, step.tabulated) {
            (_, false) => self.drawn_at_length(live, step.kind, entries),
            (Kind::Race, true) => earliest(entries.iter().map(|entry| self.tabulated(entry, draws))),
            (_, true) => {
                let j = drawn_exit(entries, draws);
                (j, self.tabulated(&entries[j], draws))
            }
        };
        self.cut_by_birthday(live, step, j, left)
    }

    /// The exit drawn and the time it takes, where some times do not come straight from tables.
    #[inline(never)]
    fn drawn_at_length(self, live: &Live, kind: Kind, entries: &[Entry]) -> (usize, Tick) {
        let time = |entry: &Entry| self.time(entry, live.draws, live);
        if kind == Kind::Race {
            return earliest(entries.iter().map(time));
        }
        let j = drawn_exit(entries, live.draws);
        (j, time(&entries[j]))
    }

    /// The exit that a decision draws, if no intervention acts on it.
    #[inline]
    pub fn decision(self, live: &Live, step: &Step) -> ExitId {
        step.exits.nth(drawn_exit(self.entries(live, step), live.draws))
    }

    /// How a spell ends that has been going on when the simulation starts. The exit of a lottery may be known, by its
    /// position.
    pub fn ending_of_opening(self, live: &Live, acting: Acting, step: &Step, exit: Option<usize>) -> Ending {
        let drawn = || exit.unwrap_or_else(|| self.lottery_after(live, self.entries(live, step)));
        let bound_for = (step.kind == Kind::Lottery).then(|| step.exits.nth(drawn()));
        self.ending_under(live, acting, step, bound_for)
    }

    /// How a spell ends under the interventions that have acted on it and whose hazard ratios it has met; of a lottery already drawn, by
    /// the exit that it is bound for.
    pub fn ending_under(self, live: &Live, acting: Acting, step: &Step, bound_for: Option<ExitId>) -> Ending {
        let is_fresh = live.served == 0 && bound_for.is_none() && step.kind != Kind::Decision;
        if is_fresh && acting == Acting::default() {
            let ending = self.ending(live, step);
            debug_assert_eq!(ending, self.ending_at_length(live, acting, step, bound_for));
            return ending;
        }
        self.ending_at_length(live, acting, step, bound_for)
    }

    /// The same, whatever has acted on the spell and however long it has lasted.
    fn ending_at_length(self, live: &Live, acting: Acting, step: &Step, bound_for: Option<ExitId>) -> Ending {
        let Acting { acted, met } = acting;
        let entries = self.entries(live, step);
        let time = |j: usize| {
            let entry = self.lengthened(step, entries[j], j, acted);
            if met == 0 {
                return if live.served == 0 {
                    self.time(&entry, live.draws, live)
                } else {
                    self.time_left(&entry, live, &self.rules.laws.hazard_ratios[entry.time.hazard_ratio()])
                };
            }
            let hazard_ratio =
                self.rules.hazard_ratio(entry.time, step.exits.nth(j), met, |i| self.met_at(live, i));
            self.time_left(&entry, live, &hazard_ratio)
        };
        let (j, left) = match (step.kind, bound_for) {
            (Kind::Race, _) => earliest((0..entries.len()).map(time)),
            (_, Some(exit)) => (step.exits.offset(exit), time(step.exits.offset(exit))),
            (_, None) => {
                let j = self.turned(step, entries, drawn_exit(entries, live.draws), live.draws, acted);
                (j, if step.kind == Kind::Decision { 0 } else { time(j) })
            }
        };
        self.cut_by_birthday(live, step, j, left)
    }

    /// The end of a spell bound for an exit. A birthday wins a tie.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a comparison, but for the few whose birthday is near")]
    fn cut_by_birthday(self, live: &Live, step: &Step, j: usize, left: Tick) -> Ending {
        let plan = step.exits.nth(j);
        if is_far_off(step.birthday, &live.child, live.clock + left) {
            return Ending { plan, exit: plan, left };
        }
        self.cut_by_near_birthday(live, step, plan, left)
    }

    #[inline(never)]
    fn cut_by_near_birthday(self, live: &Live, step: &Step, plan: ExitId, left: Tick) -> Ending {
        let birthday_in = (self.when_aged(&live.child, step.birthday) - live.clock).max(0);
        if birthday_in <= left {
            return Ending { plan, exit: step.birthday_exit, left: birthday_in };
        }
        Ending { plan, exit: plan, left }
    }

    /// The birthday that ends a stay whose clock stands still, and by which exit: that of the state, or that until which an
    /// exit lasts, in a lottery the exit drawn.
    pub fn birthday_that_ends(self, live: &Live, step: &Step) -> (Tick, ExitId) {
        let entries = self.entries(live, step);
        let bound_for = (step.kind != Kind::Race).then(|| drawn_exit(entries, live.draws));
        let of_exits = entries.iter().enumerate().filter(|(j, _)| bound_for.is_none_or(|bound| *j == bound));
        let until = of_exits.filter_map(|(j, entry)| Some((entry.time.age()?, step.exits.nth(j))));
        let (age, exit) = std::iter::once((step.birthday, step.birthday_exit))
            .chain(until)
            .min_by_key(|until| until.0)
            .unwrap_or((step.birthday, step.birthday_exit));
        (self.when_aged(&live.child, age), exit)
    }

    /// Whether a child has had a birthday.
    #[inline]
    pub fn is_past(self, birthday: Tick, live: &Live, at: Tick) -> bool {
        !is_far_off(birthday, &live.child, at) && self.when_aged(&live.child, birthday) <= at
    }

    /// The time an exit takes by its table.
    #[inline]
    fn tabulated(self, entry: &Entry, draws: Stream) -> Tick {
        self.rules.laws.tabulated(entry.time, draws.keyed(entry.key).bits())
    }

    /// A lottery already under way: exit j with probability in proportion to `share_j` x `S_j`(served).
    fn lottery_after(self, live: &Live, entries: &[Entry]) -> usize {
        let mut below = 0;
        let mut sum = 0.0;
        let weights: Vec<f64> = entries
            .iter()
            .map(|e| {
                let share = to_unit(e.threshold) - to_unit(below);
                below = e.threshold.max(below);
                if share > 0.0 {
                    sum += share * self.survival(e, live);
                }
                sum
            })
            .collect();
        let target = live.draws.keyed(purpose::EXIT).unit() * sum;
        weights.iter().take_while(|w| **w <= target).count().min(entries.len() - 1)
    }

    /// The share still there after what has been served.
    fn survival(self, entry: &Entry, live: &Live) -> f64 {
        match entry.time.age() {
            Some(age) => f64::from(u8::from(self.age(&live.child, live.clock) < age)),
            None => self.rules.laws.survival(entry.time, stay_of(live)),
        }
    }

    /// The time an exit takes in a spell whose clock starts now.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "almost always straight from a table")]
    fn time(self, entry: &Entry, draws: Stream, live: &Live) -> Tick {
        if entry.time.is_tabulated() {
            self.tabulated(entry, draws)
        } else {
            self.time_left(entry, live, &self.rules.laws.hazard_ratios[entry.time.hazard_ratio()])
        }
    }

    /// Time left of a spell that has lasted so long, at the uniform of its exit, under a hazard ratio.
    fn time_left(self, entry: &Entry, live: &Live, hazard_ratio: &HazardRatio) -> Tick {
        if let Some(age) = entry.time.age() {
            return (self.when_aged(&live.child, age) - live.clock).max(0);
        }
        let bits = live.draws.keyed(entry.key).bits();
        self.rules.laws.left_under(entry.time, stay_of(live), bits, hazard_ratio)
    }

    // ---- interventions ----

    /// The exit that interventions leave of the one drawn.
    ///
    /// First those whom effects turn away to an exit that is named go there, all at once; then shares are multiplied, all
    /// at once. Who is bound for an exit whose share falls keeps it with probability new / old, and else goes to those
    /// whose shares rise, in proportion to their rise: the way that changes the fewest children (the maximal
    /// coupling; Lindvall 2002, "Lectures on the coupling method", section I.5).
    fn turned(self, step: &Step, entries: &[Entry], drawn: usize, draws: Stream, acted: u64) -> usize {
        let away = self.turned_away(step, acted);
        let j = away_to(&away, drawn, entries, draws).unwrap_or(drawn);
        let old = after_turning_away(entries, &away);
        let times = self.multipliers(step, entries.len(), acted);
        let Some(new) = multiplied(&old, &times) else { return j };
        if draws.keyed(purpose::KEEP).unit() * old[j] < new[j] {
            return j;
        }
        let rises = || old.iter().zip(&new).map(|(old, new)| (new - old).max(0.0));
        let mut left = draws.keyed(purpose::INSTEAD).unit() * rises().sum::<f64>();
        let reached = |rise: f64| {
            left -= rise;
            left < 0.0
        };
        rises().position(reached).unwrap_or(j)
    }

    /// Effects that turn children away from an exit to another that is named.
    fn turned_away(self, step: &Step, acted: u64) -> Vec<TurnedAway> {
        let mut away = Vec::new();
        for (_, intervention) in self.scenario.interventions.iter().filter(|(i, _)| has(acted, *i)) {
            for effect in &intervention.effects {
                if let Effect::Share { exit, times, instead: Some(instead) } = effect
                    && self.rules.values[*times] < 1.0
                {
                    let keep = self.rules.values[*times];
                    away.push(TurnedAway {
                        from: step.exits.offset(*exit),
                        to: step.exits.offset(*instead),
                        keep,
                        key: intervention.key,
                    });
                }
            }
        }
        away
    }

    /// What the shares of exits that are named are multiplied by, beyond what is turned away.
    fn multipliers(self, step: &Step, width: usize, acted: u64) -> Vec<Option<f64>> {
        let mut times: Vec<Option<f64>> = vec![None; width];
        for effect in self.effects(acted) {
            if let Effect::Share { exit, times: n, instead } = effect {
                let named = times[step.exits.offset(*exit)].get_or_insert(1.0);
                let m = self.rules.values[*n];
                if instead.is_none() || m >= 1.0 {
                    *named *= m;
                }
            }
        }
        times
    }

    fn effects(self, of: u64) -> impl Iterator<Item = &'a Effect> {
        let interventions = self.scenario.interventions.iter();
        interventions.filter(move |(i, _)| has(of, *i)).flat_map(|(_, i)| &i.effects)
    }

    /// An exit's entry with its time as interventions leave it.
    fn lengthened(self, step: &Step, mut entry: Entry, j: usize, acted: u64) -> Entry {
        let exit = step.exits.nth(j);
        for effect in self.effects(acted) {
            if let Effect::Time { exits, times } = effect
                && exits.contains(&exit)
            {
                entry.time = entry.time.times(self.rules.values[*times]);
            }
        }
        entry
    }
}

/// Whether a birthday cannot have come yet: none is further from where years of 365.25 days would put it than leap years
/// can move it.
#[inline]
fn is_far_off(birthday: Tick, child: &Child, at: Tick) -> bool {
    child.born + birthday - NEAR > at
}

/// Whether an intervention is one of a set.
#[inline]
pub(super) fn has(set: u64, intervention: InterventionId) -> bool {
    set >> intervention.index() & 1 == 1
}

/// An intervention as a set of one, if it belongs to the set.
#[inline]
pub(super) fn only(intervention: InterventionId, belongs: bool) -> u64 {
    u64::from(belongs) << intervention.index()
}

/// An effect that turns children away from one exit to another, by their positions.
struct TurnedAway {
    from: usize,
    to: usize,
    /// The share that keeps to the exit.
    keep: f64,
    /// Key of the intervention.
    key: u64,
}

/// Where a child bound for an exit is turned away to. Each effect on that exit has its own say; of several that
/// would turn the child away, one is drawn, all alike.
fn away_to(away: &[TurnedAway], drawn: usize, entries: &[Entry], draws: Stream) -> Option<usize> {
    let draw = |effect: &TurnedAway, purpose: u64| {
        draws.shifted(effect.key, 0).shifted(entries[effect.from].key, 0).keyed(purpose)
    };
    let turns =
        |effect: &&TurnedAway| effect.from == drawn && draw(effect, purpose::KEEP).unit() >= effect.keep;
    away.iter()
        .filter(turns)
        .min_by_key(|effect| draw(effect, purpose::INSTEAD).bits())
        .map(|effect| effect.to)
}

/// The shares of exits once effects have turned children away, all at once.
fn after_turning_away(entries: &[Entry], away: &[TurnedAway]) -> Vec<f64> {
    let old: Vec<f64> = (0..entries.len()).map(|j| share(entries, j)).collect();
    let mut new = old.clone();
    for (k, effect) in away.iter().enumerate() {
        let others = away.iter().enumerate().filter(|(o, e)| *o != k && e.from == effect.from);
        let moved = old[effect.from] * (1.0 - effect.keep) * chosen(others.map(|(_, e)| e.keep));
        new[effect.from] -= moved;
        new[effect.to] += moved;
    }
    new
}

/// The chance to be the one drawn among those that would turn a child away, given the shares that each of the others lets go
/// on: the mean of 1 / (1 + n), n having the Poisson binomial law (Wang 1993, "On the number of successes in
/// independent trials").
#[expect(clippy::cast_precision_loss, reason = "a few interventions")]
fn chosen(keep: impl Iterator<Item = f64>) -> f64 {
    let mut law = vec![1.0];
    for keep in keep {
        law.push(0.0);
        for n in (0..law.len()).rev() {
            law[n] = law[n] * keep + if n > 0 { law[n - 1] * (1.0 - keep) } else { 0.0 };
        }
    }
    law.iter().enumerate().map(|(n, p)| p / (1 + n) as f64).sum()
}

/// The earliest of several times; of equal times, the first.
#[inline]
fn earliest(times: impl Iterator<Item = Tick>) -> (usize, Tick) {
    let mut best = (0, LONGEST);
    for (j, left) in times.enumerate() {
        if left < best.1 {
            best = (j, left);
        }
    }
    best
}

/// What is drawn for a stay: for the child alone, or for the family if it decides together.
#[inline]
pub(super) fn stay_draws(child: &Child, step: &Step, visit: u64, together: bool) -> Stream {
    let draws = if together { child.family_draws } else { child.draws };
    draws.shifted(step.key, visit)
}

/// What is drawn for the decision in a stay. Each child of a family copies the family's uniforms with probability
/// sqrt(r), each on its own, so that two of them share with probability r.
#[inline]
pub(super) fn decision_draws(child: &Child, step: &Step, visit: u64) -> Stream {
    let own = stay_draws(child, step, visit, false);
    if child.siblings == 1 {
        return own;
    }
    let together = own.keyed(purpose::TOGETHER).bits() < step.together;
    if together { stay_draws(child, step, visit, true) } else { own }
}

/// The exit a lottery draws.
#[inline]
fn drawn_exit(entries: &[Entry], draws: Stream) -> usize {
    let bits = draws.keyed(purpose::EXIT).lot();
    // Thresholds rise. Counting them all takes no branch that depends on the draw.
    entries.iter().filter(|e| e.threshold <= bits).count()
}

/// A threshold as a probability.
#[expect(clippy::cast_precision_loss, reason = "a probability needs no more than 53 bits")]
fn to_unit(threshold: u64) -> f64 {
    if threshold == u64::MAX { 1.0 } else { threshold as f64 / 18_446_744_073_709_551_616.0 }
}

/// Shares after those that are named have been multiplied, if any is: the others share what remains, in
/// proportion. Where nothing remains for them, those that are named share everything.
fn multiplied(old: &[f64], times: &[Option<f64>]) -> Option<Vec<f64>> {
    if times.iter().all(|m| m.is_none_or(|m| m == 1.0)) {
        return None;
    }
    let named = || old.iter().zip(times).filter_map(|(p, m)| Some((p, (*m)?)));
    let before: f64 = named().map(|(p, _)| p).sum();
    let after: f64 = named().map(|(p, m)| p * m).sum();
    let others = if before < 1.0 - 1e-9 { ((1.0 - after) / (1.0 - before)).max(0.0) } else { 0.0 };
    let all = if others > 0.0 { 1.0 } else { after.max(f64::MIN_POSITIVE) };
    Some(old.iter().zip(times).map(|(p, m)| p * m.unwrap_or(others) / all).collect())
}

/// The share of an exit in its row.
fn share(entries: &[Entry], j: usize) -> f64 {
    let below = if j == 0 { 0 } else { entries[j - 1].threshold };
    to_unit(entries[j].threshold) - to_unit(below)
}

fn stay_of(live: &Live) -> Stay {
    Stay { born: live.child.born, entered: live.clock - live.served, now: live.clock }
}

#[cfg(test)]
mod tests {
    use super::super::rules::threshold;
    use super::*;
    use crate::pathway::stay::Time;

    /// Two effects that let half go on: alone in half of cases, one of two in the other half.
    #[test]
    fn of_two_that_turn_a_child_away_either_is_drawn_alike() {
        assert!((chosen([0.5].into_iter()) - 0.75).abs() < 1e-15);
        assert!((chosen([0.0, 0.0].into_iter()) - 1.0 / 3.0).abs() < 1e-15);
        assert!((chosen(std::iter::empty()) - 1.0).abs() < 1e-15);
    }
    /// Of a half, two effects turn away half each: a quarter of a half stays, and the rest is shared alike, three sixteenths
    /// to each of the others. A third effect turns the last exit's eighth to the first, all at once: none of it is turned on.
    #[test]
    fn who_is_turned_away_from_one_exit_is_gained_by_another() {
        let shares = [0.5, 0.25, 0.125, 0.125];
        let mut sum = 0.0;
        let entries = shares.map(|share: f64| {
            sum += share;
            let threshold = if sum < 1.0 { threshold(sum) } else { u64::MAX };
            Entry { threshold, time: Time::fixed(1.0), key: 0 }
        });
        let effect = |from, to, keep| TurnedAway { from, to, keep, key: 0 };
        assert_eq!(after_turning_away(&entries, &[]), shares);
        assert_eq!(after_turning_away(&entries, &[effect(0, 1, 0.75)]), [0.375, 0.375, 0.125, 0.125]);
        let all = [effect(0, 1, 0.5), effect(0, 2, 0.5), effect(3, 0, 0.0)];
        assert_eq!(after_turning_away(&entries, &all), [0.25, 0.4375, 0.3125, 0.0]);
    }
    /// Half of a half leaves a quarter, and the others share three quarters in proportion. Where all are named, what they
    /// come to is all; where those named come to more than all, the others have nothing.
    #[test]
    fn shares_that_are_multiplied_leave_the_others_what_remains() {
        let named = |shares: &[f64], times: &[Option<f64>]| multiplied(shares, times).unwrap();
        assert_eq!(named(&[0.5, 0.375, 0.125], &[Some(0.5), None, None]), [0.25, 0.5625, 0.1875]);
        assert_eq!(named(&[0.75, 0.25], &[Some(0.5), Some(0.5)]), [0.75, 0.25]);
        assert_eq!(named(&[0.5, 0.5], &[Some(0.5), Some(1.5)]), [0.25, 0.75]);
        assert_eq!(named(&[0.5, 0.5], &[Some(0.25), Some(0.75)]), [0.25, 0.75]);
        assert_eq!(named(&[0.5, 0.25, 0.25], &[Some(3.0), Some(2.0), None]), [0.75, 0.25, 0.0]);
        assert_eq!(multiplied(&[0.5, 0.5], &[Some(1.0), None]), None);
    }
}
