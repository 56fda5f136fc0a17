//! How a stay ends: by which exit, and after how long.

use super::{
    Engine, Observer, Walker, purpose, threshold,
    world::{Entry, FIXED, Step, UNTIL_AGE},
};
use crate::pathway::{
    ExitId, InterventionId, Kind, LawId,
    calendar::Tick,
    chance::{GOLDEN, lot, mix, unit},
};
use crate::scenario::{Effect, Intervention, Limit};

/// No stay outlasts this; it keeps sums of ticks within range.
const FOREVER: f64 = 1e15;
/// The same in whole ticks.
const LONGEST: Tick = 1_000_000_000_000_000;

/// From here to twice as far, neighbouring floats are 1 apart.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// A time from 0 to [`FOREVER`] as the nearest whole tick: the sum's lowest bits are the integer.
#[inline]
pub(super) fn whole_ticks(time: f64) -> Tick {
    (time + WHOLE).to_bits().cast_signed() - WHOLE.to_bits().cast_signed()
}

/// How a stay ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    /// The exit that the child was bound for.
    pub plan: ExitId,
    /// The exit it takes: that one, unless a birthday comes first.
    pub exit: ExitId,
    /// Time left until then.
    pub left: Tick,
}

impl<'a, O: Observer> Engine<'a, O> {
    /// The exits of a state for a child who entered it at an instant.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions, and looked up for every stay")]
    fn entries(&self, walker: &Walker, step: &Step, entered: Tick) -> &'a [Entry] {
        let (scenario, world) = (self.scenario, self.world);
        let row = if step.grid.rows > 1 {
            scenario.pathway.row(&step.grid, &walker.child, usize::from(walker.plan), entered)
        } else {
            0
        };
        let year = if step.drifts { scenario.calendar.year_at(walker.now) } else { 0 };
        world.row(step, row, year)
    }

    /// How a stay that begins now will end. Counts the visit.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "half of every walk")]
    pub(super) fn begin(&mut self, walker: &mut Walker, step: &Step) -> Ending {
        let luck = decision_luck(walker, step);
        let entries = self.entries(walker, step, walker.now);
        let (j, left) = if step.served {
            self.begin_served(walker, step, entries, luck)
        } else if step.kind == Kind::Decision {
            (drawn_exit(entries, luck), 0)
        } else if step.kind != Kind::Race {
            let j = drawn_exit(entries, luck);
            (j, self.time(&entries[j], luck, walker))
        } else if step.tabulated {
            self.tabulated_race(entries, luck)
        } else {
            self.race(walker, entries.iter().copied(), luck, 0)
        };
        count_visit(walker, step);
        ending(walker, step, j, left)
    }

    /// How a stay will end that has lasted for so long when the simulation starts. Counts the visit.
    pub(super) fn go_on(&mut self, walker: &mut Walker, step: &Step, served: Tick) -> Ending {
        let luck = decision_luck(walker, step);
        let entries = self.entries(walker, step, walker.now - served);
        let (j, left) = if step.kind == Kind::Race {
            self.race(walker, entries.iter().copied(), luck, served)
        } else {
            self.lottery_after(walker, entries, luck, served)
        };
        count_visit(walker, step);
        ending(walker, step, j, left)
    }

    /// The earliest of the times of all exits; of equal times, that of the exit named first.
    fn race(
        &self,
        walker: &Walker,
        entries: impl Iterator<Item = Entry>,
        luck: u64,
        served: Tick,
    ) -> (usize, Tick) {
        let mut best = (0, LONGEST);
        for (j, entry) in entries.enumerate() {
            let left = self.time_left(&entry, luck, walker, served);
            if left < best.1 {
                best = (j, left);
            }
        }
        best
    }

    /// The same for a stay that begins now, where all times come straight from tables.
    #[inline]
    fn tabulated_race(&self, entries: &[Entry], luck: u64) -> (usize, Tick) {
        let mut best = (0, LONGEST);
        for (j, entry) in entries.iter().enumerate() {
            let left = self.tabulated(entry, luck);
            if left < best.1 {
                best = (j, left);
            }
        }
        best
    }

    /// The time an exit takes by its table.
    #[inline]
    fn tabulated(&self, entry: &Entry, luck: u64) -> Tick {
        let bits = mix(luck.wrapping_add(entry.key));
        whole_ticks((self.world.laws[law_id(entry.law)].quantile(bits) * entry.scale).min(FOREVER))
    }

    /// How a stay ends that interventions reach.
    #[inline(never)]
    fn begin_served(&mut self, walker: &Walker, step: &Step, entries: &[Entry], luck: u64) -> (usize, Tick) {
        let acting = self.acting(walker);
        let lengthened = |j: usize| self.lengthened(step, entries[j], j, &acting);
        if step.kind == Kind::Race {
            return self.race(walker, (0..entries.len()).map(lengthened), luck, 0);
        }
        let j = self.turned(step, entries, drawn_exit(entries, luck), luck, &acting);
        (j, self.time_left(&lengthened(j), luck, walker, 0))
    }

    /// A lottery already under way: exit j with probability in proportion to `share_j` x `S_j`(served).
    fn lottery_after(&self, walker: &Walker, entries: &[Entry], luck: u64, served: Tick) -> (usize, Tick) {
        let mut below = 0;
        let mut sum = 0.0;
        let weights: Vec<f64> = entries
            .iter()
            .map(|e| {
                let share = to_unit(e.threshold) - to_unit(below);
                below = e.threshold.max(below);
                if share > 0.0 {
                    sum += share * self.survival(e, served, walker);
                }
                sum
            })
            .collect();
        let target = unit(mix(luck.wrapping_add(purpose::EXIT))) * sum;
        let j = weights.iter().take_while(|w| **w <= target).count().min(entries.len() - 1);
        (j, self.time_left(&entries[j], luck, walker, served))
    }

    /// The share still there after so long.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn survival(&self, entry: &Entry, served: Tick, walker: &Walker) -> f64 {
        match entry.law {
            FIXED => f64::from(u8::from((served as f64) < entry.scale)),
            UNTIL_AGE => f64::from(u8::from(((walker.now - walker.child.born) as f64) < entry.scale)),
            law => self.world.laws[law_id(law)].survival(served as f64 / entry.scale),
        }
    }

    /// The time an exit takes in a stay that begins now.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "almost always straight from a table")]
    fn time(&self, entry: &Entry, luck: u64, walker: &Walker) -> Tick {
        if entry.law < UNTIL_AGE && entry.pace == 0 {
            self.tabulated(entry, luck)
        } else {
            self.other_time_left(entry, luck, walker, 0)
        }
    }

    /// Time left of a stay that has lasted so long, at the uniform of its exit, by inversion of the law of
    /// what is left: S(served + x) = u S(served).
    fn time_left(&self, entry: &Entry, luck: u64, walker: &Walker, served: Tick) -> Tick {
        if served == 0 {
            self.time(entry, luck, walker)
        } else {
            self.other_time_left(entry, luck, walker, served)
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "spans are far below 2^52 ticks"
    )]
    fn other_time_left(&self, entry: &Entry, luck: u64, walker: &Walker, served: Tick) -> Tick {
        let bits = mix(luck.wrapping_add(entry.key));
        match entry.law {
            FIXED => (whole_ticks(entry.scale.min(FOREVER)) - served).max(0),
            UNTIL_AGE => (walker.child.born + entry.scale as Tick - walker.now).max(0),
            law => {
                let law = &self.world.laws[law_id(law)];
                let lived = served as f64 / entry.scale;
                let unpaced = if served == 0 {
                    law.quantile(bits)
                } else {
                    // Rounding in the table may not take a stay back before now.
                    (law.quantile_of_survival(unit(!bits) * law.survival(lived)) - lived).max(0.0)
                };
                let left = self.paced(entry, unpaced * entry.scale, unit(!bits), walker.now, lived);
                whole_ticks(left.min(FOREVER))
            }
        }
    }

    /// The time left under a hazard multiplied by m, which changes with time: the stay ends when the integral
    /// of m dH from what is served reaches the exponential quantile -ln u, H = -ln S being the cumulative
    /// hazard. `unpaced` is the time left at m = 1, and stands as it is until m changes.
    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
    fn paced(&self, entry: &Entry, unpaced: f64, u: f64, now: Tick, served: f64) -> f64 {
        let law = &self.world.laws[law_id(entry.law)];
        let pace = &self.world.paces[entry.pace as usize];
        let Some(mut at) = pace.partition_point(|p| p.0 <= now).checked_sub(1) else { return unpaced };
        let turn = |at: usize| pace.get(at + 1).map_or(f64::INFINITY, |p| (p.0 - now) as f64);
        if pace[at].1 == 1.0 && unpaced <= turn(at) {
            return unpaced;
        }
        let mut exponent = -libm::log(u);
        let mut lived = served;
        let mut hazard = -libm::log(law.survival(served));
        loop {
            let m = pace[at].1;
            let end = if m > 0.0 {
                law.quantile_of_survival(libm::exp(-(hazard + exponent / m))).max(lived)
            } else {
                f64::INFINITY
            };
            let until = served + turn(at) / entry.scale;
            let then = -libm::log(law.survival(until));
            let spent = if m > 0.0 { m * (then - hazard) } else { 0.0 };
            if until.is_infinite() || spent >= exponent {
                return (end.min(until) - served) * entry.scale;
            }
            (exponent, hazard, lived, at) = (exponent - spent, then, until, at + 1);
        }
    }

    // ---- interventions ----

    /// Whether an intervention is on offer to a child at the door of a state, and it would take it up.
    pub(super) fn wants(&self, walker: &Walker, intervention: &Intervention) -> bool {
        let Some(reach) = &intervention.reach else { return false };
        let level = intervention.level(walker.now);
        let child = &walker.child;
        let band = || self.scenario.pathway.band(walker.now - child.born);
        if level == 0.0
            || !reach.cohorts[usize::from(child.cohort)]
            || !reach.needs[usize::from(child.need)]
            || !reach.bands[band()]
        {
            return false;
        }
        let offered = intervention.take_up.map_or(1.0, |n| self.world.values[n]) * level;
        // A family takes a service up together, each time that it comes to its door.
        let step = &self.world.steps[walker.state];
        let luck = stay_luck(walker, step, true).wrapping_add(intervention.key);
        mix(luck.wrapping_add(purpose::TAKE_UP)) <= threshold(offered)
    }

    /// Whether an intervention acts on a child entering a state.
    fn acts(&self, walker: &Walker, i: InterventionId) -> bool {
        let intervention = &self.scenario.interventions[i];
        match intervention.limit {
            Limit::None => self.wants(walker, intervention),
            _ => walker.taken & (1 << i.index()) != 0,
        }
    }

    /// The interventions that act on a child entering a state; each is told of.
    fn acting(&mut self, walker: &Walker) -> Vec<InterventionId> {
        let services = &self.scenario.stays[walker.state].interventions;
        let acting: Vec<InterventionId> =
            services.iter().copied().filter(|&i| self.acts(walker, i)).collect();
        for &i in &acting {
            self.observer.reach(&walker.child, i, walker.now);
        }
        acting
    }

    /// The exit that interventions leave of the one drawn.
    ///
    /// First those whom an effect turns away to an exit that is named go there; then shares are multiplied, all
    /// at once. Who is bound for an exit whose share falls keeps it with probability new / old, and else goes to those
    /// whose shares rise, in proportion to their rise: the way that changes the fewest children (the maximal
    /// coupling; Lindvall 2002, "Lectures on the coupling method", section I.5).
    fn turned(
        &self,
        step: &Step,
        entries: &[Entry],
        drawn: usize,
        luck: u64,
        acting: &[InterventionId],
    ) -> usize {
        let mut j = drawn;
        let mut old: Vec<f64> = (0..entries.len()).map(|j| share(entries, j)).collect();
        // What the shares of exits that are named are multiplied by, beyond what is turned away.
        let mut times: Vec<Option<f64>> = vec![None; entries.len()];
        for intervention in acting.iter().map(|&i| &self.scenario.interventions[i]) {
            for effect in &intervention.effects {
                let Effect::Share { exit, times: n, instead } = effect else { continue };
                let (target, m) = (step.exits.offset(*exit), self.world.values[*n]);
                let named = times[target].get_or_insert(1.0);
                let Some(instead) = instead.as_ref().filter(|_| m < 1.0) else {
                    *named *= m;
                    continue;
                };
                let moved = old[target] * (1.0 - m);
                old[target] -= moved;
                old[step.exits.offset(*instead)] += moved;
                let luck = luck.wrapping_add(intervention.key).wrapping_add(entries[target].key);
                if j == target && unit(mix(luck.wrapping_add(purpose::KEEP))) >= m {
                    j = step.exits.offset(*instead);
                }
            }
        }
        let Some(new) = multiplied(&old, &times) else { return j };
        if unit(mix(luck.wrapping_add(purpose::KEEP))) * old[j] < new[j] {
            return j;
        }
        let rises = || old.iter().zip(&new).map(|(old, new)| (new - old).max(0.0));
        let mut left = unit(mix(luck.wrapping_add(purpose::INSTEAD))) * rises().sum::<f64>();
        let reached = |rise: f64| {
            left -= rise;
            left < 0.0
        };
        rises().position(reached).unwrap_or(j)
    }

    /// An exit's entry with its time as interventions leave it.
    fn lengthened(&self, step: &Step, mut entry: Entry, j: usize, acting: &[InterventionId]) -> Entry {
        let exit = step.exits.nth(j);
        for effect in acting.iter().flat_map(|&i| &self.scenario.interventions[i].effects) {
            if let Effect::Time { exits, times } = effect
                && exits.contains(&exit)
                && entry.law != UNTIL_AGE
            {
                entry.scale *= self.world.values[*times];
            }
        }
        entry
    }
}

/// The law of an entry.
#[inline]
fn law_id(law: u32) -> LawId {
    LawId::from_index(law as usize)
}

/// The luck of a stay: the child's own, or the family's if it decides together.
#[inline]
pub(super) fn stay_luck(walker: &Walker, step: &Step, together: bool) -> u64 {
    let visit = walker.visits.of(step.visit);
    let base = if together { walker.child.family_luck } else { walker.child.luck };
    base.wrapping_add(step.key).wrapping_add(visit.wrapping_mul(GOLDEN))
}

/// The luck of the decision in a stay. Each child of a family copies the family's uniforms with probability
/// sqrt(r), each on its own, so that two of them share with probability r.
#[inline]
fn decision_luck(walker: &Walker, step: &Step) -> u64 {
    let own = stay_luck(walker, step, false);
    if walker.child.siblings == 1 {
        return own;
    }
    let together = mix(own.wrapping_add(purpose::TOGETHER)) < step.together;
    if together { stay_luck(walker, step, true) } else { own }
}

/// Counts a visit. When the count comes round the luck is renewed, so that no draw is ever used twice.
#[inline]
fn count_visit(walker: &mut Walker, step: &Step) {
    if walker.visits.count(step.visit) {
        walker.child.luck = mix(walker.child.luck);
        walker.child.family_luck = mix(walker.child.family_luck);
    }
}

/// The exit a lottery draws.
#[inline]
fn drawn_exit(entries: &[Entry], luck: u64) -> usize {
    let bits = lot(luck.wrapping_add(purpose::EXIT));
    entries.iter().take_while(|e| e.threshold <= bits).count()
}

/// The end of a stay bound for an exit. A birthday wins a tie.
#[inline]
fn ending(walker: &Walker, step: &Step, j: usize, left: Tick) -> Ending {
    let plan = step.exits.nth(j);
    let birthday_in = (walker.child.born + step.birthday - walker.now).max(0);
    if birthday_in <= left {
        return Ending { plan, exit: step.birthday_exit, left: birthday_in };
    }
    Ending { plan, exit: plan, left }
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
