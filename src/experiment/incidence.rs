//! What becomes of the children who enter a stage: the incidence that results, not the shares in the file.
//!
//! Shares are latent: a birthday can cut a stay short before the exit that a child was bound for. What is
//! given here follows from the laws at the best value of every number, by integration over their quantiles.

use super::entry::{self, Ages};
use crate::pathway::{
    During, Exit, ExitId, Kind, StateId, TrackId,
    calendar::{DAY, Tick},
    stay::{LONGEST, Stay, Time},
};
use crate::scenario::{Scenario, ShareOf, paces::BestTimes};

/// Points at which each law is taken.
const POINTS: u32 = 1000;
/// Ages at which children enter, for each band.
const AGES: Tick = 12;
/// Ticks in 18 years.
const CHILDHOOD: f64 = 18.0 * 365.25 * 65_536.0;

/// One way in which stays end.
#[derive(Debug, Clone, PartialEq)]
pub struct Fate {
    /// Name of the exit.
    pub exit: String,
    /// What people call it.
    pub title: String,
    /// Where it leads, as people call it.
    pub to: String,
    /// In a track: it leads back to the same state after longer than any childhood, so that the child stays for
    /// as long as the track runs.
    pub stays: bool,
    /// The share of entrants.
    pub share: f64,
    /// Days by which half of those who leave this way have left.
    pub median_days: f64,
}

/// What becomes of children who enter a stage at an age.
#[derive(Debug, Clone, PartialEq)]
pub struct Incidence {
    /// The age band at entry; none if the age makes no difference, or all enter on a birthday.
    pub band: Option<String>,
    /// The age of the birthday on which they enter.
    pub at_age: Option<Tick>,
    /// How stays end, in the order of the file.
    pub fates: Vec<Fate>,
    /// Mean length of a stay in days. In a track it is that of those who leave for another state, and none if
    /// nobody does: the others stay for as long as the track runs.
    pub mean_days: Option<f64>,
}

/// A possible ending: by which exit (the number of exits: the birthday), after how long, how likely.
type Ending = (usize, f64, f64);

/// What becomes of children of the first cohort and need class who enter a stage or a state of a track, by age
/// band if the age makes a difference: those bands in which somebody can enter it, or all if nobody enters it at all. Within
/// a band all ages are alike, as in arrivals, and those who enter on a birthday stand by themselves. Empty for ends.
#[must_use]
pub fn of_stage(scenario: &Scenario, state: StateId) -> Vec<Incidence> {
    let best = BestTimes::of_state(scenario, state);
    let named = &scenario.pathway.states[state];
    if named.exits.is_empty() && named.birthday.is_none() || named.kind == Kind::Waiting {
        return Vec::new();
    }
    let waits_for_an_age = || best.row(scenario, state, 0).iter().any(|time| time.age().is_some());
    let ages_matter = named.grid.band > 0
        || named.grid.plan > 0
        || named.kind != Kind::Decision && (named.birthday.is_some() || waits_for_an_age());
    let bands = &scenario.classes.bands;
    if !ages_matter {
        return vec![of_rows(scenario, state, &[(0, 1.0)], &[bands[0].1], None, &best)];
    }
    let mut entering: Vec<Ages> = entry::ages(scenario)[state].ages().collect();
    if entering.iter().all(Ages::is_none) {
        entering.fill(Ages::ANY);
    }
    let young_enough = |from: Tick| named.birthday.is_none_or(|(age, _)| from < age);
    let mut incidences = Vec::new();
    for (band, (name, from, to)) in bands.iter().enumerate().filter(|(_, band)| young_enough(band.1)) {
        let plans = plans(scenario, state, band, &best);
        let rows: Vec<(usize, f64)> =
            plans.into_iter().map(|(plan, w)| (named.grid.row(0, 0, plan, band), w)).collect();
        let of = |ages: &[Tick], band: Option<String>| of_rows(scenario, state, &rows, ages, band, &best);
        let Ages { on, any } = &entering[band];
        incidences.extend(on.iter().map(|&age| Incidence { at_age: Some(age), ..of(&[age], None) }));
        if *any {
            let to = named.birthday.map_or(*to, |(age, _)| age.min(*to));
            incidences.push(of(&ages(*from, to), Some(name.clone())));
        }
    }
    incidences
}

/// Ages that stand for a band: a birthday, or an exit until an age, cuts short the stays of those who enter shortly before
/// it, so that the age in the middle would not do.
fn ages(from: Tick, to: Tick) -> Vec<Tick> {
    (0..AGES).map(|i| from + (to - from) * (2 * i + 1) / (2 * AGES)).collect()
}

/// The plans that children of an age band have, with their shares, if the numbers of a state vary by plan:
/// those of children who enter the first stage beside which the track runs and that has shares.
fn plans(scenario: &Scenario, state: StateId, band: usize, best: &BestTimes) -> Vec<(usize, f64)> {
    let pathway = &scenario.pathway;
    let named = &pathway.states[state];
    let runs = &pathway.tracks[named.track].during;
    let has_plans =
        |stage: &StateId| runs[*stage] == During::Runs && pathway.states[*stage].kind == Kind::Lottery;
    let stage = runs.ids().iter().find(has_plans).filter(|_| named.grid.plan > 0);
    let Some(stage) = stage else { return vec![(0, 1.0)] };
    let beside = &pathway.states[stage];
    let (row, width) = (beside.grid.row(0, 0, 0, band), beside.exits.len());
    let specs = &scenario.stays[stage].rows[row * width..][..width];
    let shares: Vec<ShareOf> = specs.iter().map(|r| r.share).collect();
    let shares = scenario.shares(&shares, &best.values, |_| 0.0);
    let plan = |exit: ExitId| usize::from(pathway.exits[exit].plan);
    beside.exits.iter().map(plan).zip(shares).filter(|p| p.1 > 0.0).collect()
}

/// How stays end in one row.
#[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ticks")]
fn endings(scenario: &Scenario, state: StateId, row: usize, age: Tick, best: &BestTimes) -> Vec<Ending> {
    let named = &scenario.pathway.states[state];
    let width = named.exits.len();
    let left = named.birthday.map_or(f64::INFINITY, |(birthday, _)| (birthday - age).max(0) as f64);
    let laws: Vec<Law> = best.row(scenario, state, row).iter().map(|&time| Law { best, time, age }).collect();
    let endings: Vec<Ending> = if named.kind == Kind::Race {
        race(&laws, left)
    } else {
        let specs = &scenario.stays[state].rows[row * width..][..width];
        let shares: Vec<ShareOf> = specs.iter().map(|r| r.share).collect();
        lottery(&laws, &scenario.shares(&shares, &best.values, |_| 0.0))
    };
    endings.into_iter().map(|(j, t, w)| if t >= left { (width, left, w) } else { (j, t, w) }).collect()
}

/// What becomes of children in several rows, each with its share of them, who enter at several ages, all alike.
#[expect(clippy::cast_precision_loss, reason = "a day is 65,536 ticks")]
fn of_rows(
    scenario: &Scenario,
    state: StateId,
    rows: &[(usize, f64)],
    ages: &[Tick],
    band: Option<String>,
    best: &BestTimes,
) -> Incidence {
    let named = &scenario.pathway.states[state];
    let each = ages.iter().flat_map(|&age| rows.iter().map(move |&(row, share)| (age, row, share)));
    let cut: Vec<Ending> = each
        .flat_map(|(age, row, share)| {
            let weight = share / ages.len() as f64;
            endings(scenario, state, row, age, best).into_iter().map(move |(j, t, w)| (j, t, w * weight))
        })
        .collect();
    let exits: Vec<&Exit> = named
        .exits
        .iter()
        .chain(named.birthday.map(|b| b.1))
        .map(|exit| &scenario.pathway.exits[exit])
        .collect();
    let is_long = |j: usize| cut.iter().filter(|e| e.0 == j && e.2 > 0.0).all(|e| e.1 >= CHILDHOOD);
    let stays: Vec<bool> = exits
        .iter()
        .enumerate()
        .map(|(j, exit)| named.track != TrackId::MAIN && exit.to == state && is_long(j))
        .collect();
    let leaving: Vec<(f64, f64)> = cut
        .iter()
        .filter(|(j, _, w)| *w > 0.0 && !stays.get(*j).is_some_and(|stays| *stays))
        .map(|(_, t, w)| (t * w, *w))
        .collect();
    let (time, leavers) = leaving.iter().fold((0.0, 0.0), |sum, x| (sum.0 + x.0, sum.1 + x.1));
    let mean_days = (leavers > 0.0).then(|| time / leavers / DAY as f64);
    let fates = exits.iter().enumerate().map(|(j, exit)| {
        let mut times: Vec<(f64, f64)> = cut.iter().filter(|e| e.0 == j).map(|e| (e.1, e.2)).collect();
        Fate {
            exit: exit.name.clone(),
            title: exit.title.clone(),
            to: scenario.pathway.states[exit.to].title.clone(),
            stays: stays[j],
            share: times.iter().map(|t| t.1).sum(),
            median_days: weighted_median(&mut times) / DAY as f64,
        }
    });
    Incidence { band, at_age: None, fates: fates.filter(|f| f.share > 0.0).collect(), mean_days }
}

/// A time law as it holds for a child entering at an age.
struct Law<'a> {
    best: &'a BestTimes,
    time: Time,
    age: Tick,
}

impl Law<'_> {
    fn stay(&self, after: Tick) -> Stay {
        Stay { born: -self.age, entered: 0, now: after }
    }

    /// The time at which the share left is `s`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 2^64")]
    fn time(&self, s: f64) -> Tick {
        self.best.laws.left(self.time, self.stay(0), !((s * 18_446_744_073_709_551_616.0) as u64))
    }

    /// The share of stays that last longer.
    fn longer(&self, time: Tick) -> f64 {
        self.best.laws.longer(self.time, self.stay(time))
    }

    /// The share of stays that last so long or longer.
    fn as_long(&self, time: Tick) -> f64 {
        self.best.laws.as_long(self.time, self.stay(time))
    }
}

/// A time as a float; beyond the longest, for ever.
#[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
fn float(time: Tick) -> f64 {
    if time >= LONGEST { f64::INFINITY } else { time as f64 }
}

fn points() -> impl Iterator<Item = f64> {
    (0..POINTS).map(|i| (f64::from(i) + 0.5) / f64::from(POINTS))
}

fn lottery(laws: &[Law], shares: &[f64]) -> Vec<Ending> {
    let each = |(j, &share): (usize, &f64)| {
        points().map(move |s| (j, float(laws[j].time(s)), share / f64::from(POINTS)))
    };
    shares.iter().enumerate().flat_map(each).collect()
}

/// An exit wins at each of its times with the chance that none of the others has come by then. Of equal times,
/// that of the exit named first wins: it beats the later ones at the same tick, and loses to the earlier ones.
fn race(laws: &[Law], birthday: f64) -> Vec<Ending> {
    if laws.is_empty() {
        return vec![(0, birthday, 1.0)];
    }
    let others = |j: usize, t: Tick| -> f64 {
        let before: f64 = laws[..j].iter().map(|law| law.longer(t)).product();
        before * laws[j + 1..].iter().map(|law| law.as_long(t)).product::<f64>()
    };
    let each = |j: usize| {
        points().map(move |s| {
            let t = laws[j].time(s);
            // What happens after the birthday is the birthday's, whoever would have won.
            (j, float(t), others(j, t) / f64::from(POINTS))
        })
    };
    (0..laws.len()).flat_map(each).collect()
}

fn weighted_median(times: &mut [(f64, f64)]) -> f64 {
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = times.iter().map(|t| t.1).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    times
        .iter()
        .find(|t| {
            sum += t.1;
            sum >= half
        })
        .map_or(0.0, |t| t.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pathway::calendar::YEAR;

    const PAIR: &str = r#"
name = "Pair"
[simulation]
start = 2025-04-01
years = 1
[ages]
child = [0, 18]
[stages.care]
exits.home = { to = "end", time = { law = "exponential", mean = 300 } }
exits.adoption = { to = "end", time = { law = "exponential", mean = 600 } }
[stages.stay]
exits.home = { to = "end", share = 0.5, time = { law = "exponential", mean = 9, unit = "years" } }
exits.grown = { to = "end", share = "rest", time = { law = "until_age", age = 18 } }
birthday = { age = 18, to = "end" }
[stages.end]
"#;

    fn stage(name: &str) -> Vec<Incidence> {
        let scenario = Scenario::from_text("pair", PAIR).expect("a good scenario");
        let state = scenario.pathway.state_named(name).expect("a stage");
        of_stage(&scenario, state)
    }

    /// Of two exponential times with rates 2 and 1 the first comes first in two cases of three; the mean of
    /// the earlier is 1/3.
    #[test]
    fn a_race_gives_the_shares_of_competing_exponentials() {
        let care = &stage("care")[0];
        assert!((care.fates[0].share - 2.0 / 3.0).abs() < 1e-3, "{}", care.fates[0].share);
        let mean = care.mean_days.expect("everybody leaves");
        assert!((mean - 200.0).abs() < 1.0, "{mean}");
    }

    /// Two exits that always take 30 days: the one named first wins whenever the third has not, exp(-1/2) of the
    /// time. The mean of the shortest is 60 (1 - exp(-1/2)).
    #[test]
    fn of_equal_times_the_exit_named_first_wins() {
        let ties = "[stages.ties]\nexits.b = { to = \"end\", time = { law = \"fixed\", length = 30 } }\n\
                    exits.a = { to = \"end\", time = { law = \"fixed\", length = 30 } }\n\
                    exits.c = { to = \"end\", time = { law = \"exponential\", mean = 60 } }\n\
                    [stages.births]\nexits.b = { to = \"end\", time = { law = \"until_age\", age = 10 } }\n\
                    exits.a = { to = \"end\", time = { law = \"until_age\", age = 10 } }\n\
                    [stages.atoms]\n\
                    exits.a = { to = \"end\", time = { law = \"quantiles\", points = [[0, 7], [0.5, 7], [1, 9]] } }\n\
                    exits.b = { to = \"end\", time = { law = \"quantiles\", points = [[0, 7], [0.4, 7], [1, 9]] } }\n";
        let scenario = Scenario::from_text("ties", &(PAIR.to_owned() + ties)).expect("a good scenario");
        let of = |name: &str| {
            let state = scenario.pathway.state_named(name).expect("a stage");
            of_stage(&scenario, state).remove(0)
        };
        let ties = of("ties");
        let left = (-0.5_f64).exp();
        assert_eq!(ties.fates.iter().map(|f| f.exit.as_str()).collect::<Vec<_>>(), ["b", "c"]);
        assert!((ties.fates[0].share - left).abs() < 1e-3, "{}", ties.fates[0].share);
        assert!((ties.fates[1].share - 1.0 + left).abs() < 1e-3, "{}", ties.fates[1].share);
        let mean = ties.mean_days.expect("everybody leaves");
        assert!((mean - 60.0 * (1.0 - left)).abs() < 0.05, "{mean}");
        let atoms = of("atoms");
        // a wins with its half at 7; else b with its two fifths; of the rest, both level from 7 to 9, half each.
        assert!((atoms.fates[0].share - (0.5 + 0.5 * 0.6 / 2.0)).abs() < 2e-3, "{}", atoms.fates[0].share);
        assert!((of("births").fates[0].share - 1.0).abs() < 1e-9);
    }

    /// Entering at any age a, all alike, half are bound for home after 9 years on average: exp(-(18 - a) / 9) of
    /// them meet their birthday, on average (1 - exp(-2)) / 2. The midpoint rule over 12 ages is off by
    /// (18 / 12)^2 / 24 times the mean second derivative, 1 / 81 of that: below 1e-3.
    #[test]
    fn a_birthday_takes_those_who_would_have_left_later() {
        let stay = &stage("stay")[0];
        let home = 0.5 * (1.0 - (1.0 - (-2.0_f64).exp()) / 2.0);
        assert!((stay.fates[0].share - home).abs() < 1e-3, "{}", stay.fates[0].share);
        assert!((stay.fates.iter().map(|f| f.share).sum::<f64>() - 1.0).abs() < 1e-9);
    }

    /// Children enter at 10 to 14 or at 14 to 18, level, so L days before they are 18, level over W: the exponential of mean m has
    /// not come by then for (m / W)(exp(-a / m) - exp(-b / m)) of them, L from a to b = a + W. In a race those reach 18 in the stage,
    /// and the mean stay is m times the others' share; in a lottery of halves the others of one half leave by the law, the other
    /// half all stay until 18. The midpoint rule is off by (W / 12 m)^2 / 24 of the curve's mean, 0.0017 of it here, and the 1000 points of a law by less.
    #[test]
    fn an_exit_until_an_age_is_told_for_all_ages_at_entry() {
        let text = PAIR.replace("child = [0, 18]", "young = [10, 14]\nold = [14, 18]")
            + r#"
[stages.race]
exits.grown = { to = "end", time = { law = "until_age", age = 18 } }
exits.home = { to = "end", time = { law = "exponential", mean = 600 } }
[stages.lottery]
exits.grown = { to = "end", share = 0.5, time = { law = "until_age", age = 18 } }
exits.home = { to = "end", share = "rest", time = { law = "exponential", mean = 600 } }
[stages.alone]
exits.grown = { to = "end", time = { law = "until_age", age = 18 } }
"#;
        let scenario = Scenario::from_text("ages", &text).expect("a good scenario");
        let of = |name: &str| of_stage(&scenario, scenario.pathway.state_named(name).expect("a stage"));
        let years = 365.25;
        for (band, (a, b)) in [(4.0 * years, 8.0 * years), (0.0, 4.0 * years)].into_iter().enumerate() {
            let stays = 600.0 / (b - a) * ((-a / 600.0_f64).exp() - (-b / 600.0_f64).exp());
            let near = |found: f64, due: f64, off: f64| {
                assert!((found - due).abs() <= off, "{found} instead of {due} in band {band}");
            };
            let race = &of("race")[band];
            near(race.fates[0].share, stays, 2e-3);
            near(race.fates[1].share, 1.0 - stays, 2e-3);
            near(race.mean_days.expect("all leave"), 600.0 * (1.0 - stays), 2.0);
            let lottery = &of("lottery")[band];
            near(lottery.fates[0].share, 0.5, 1e-9);
            near(lottery.mean_days.expect("all leave"), 0.5 * (f64::midpoint(a, b) + 600.0), 1.0);
            let alone = &of("alone")[band];
            near(alone.mean_days.expect("all leave"), f64::midpoint(a, b), 1e-6);
            near(alone.fates[0].median_days, f64::midpoint(a, b), (b - a) / 23.0);
        }
    }

    /// Of children in care a quarter are bound for adoption, all of whom change state; the others stay.
    #[test]
    fn a_track_that_varies_by_plan_is_told_for_all_plans_together() {
        let text = PAIR.to_owned()
            + r#"
[stages.plan]
exits.adoption = { to = "end", share = 0.25, time = { law = "exponential", mean = 600 } }
exits.home = { to = "end", share = "rest", time = { law = "exponential", mean = 300 } }
[tracks.legal]
during = ["plan"]
first = { interim = "rest" }
[tracks.legal.states.interim]
exits.order = { to = "order", share = { by = "plan", adoption = 1, others = 0 }, time = { law = "fixed", length = 50 } }
exits.stays = { to = "interim", share = "rest", time = { law = "fixed", length = 30, unit = "years" } }
[tracks.legal.states.order]
"#;
        let scenario = Scenario::from_text("plans", &text).expect("a good scenario");
        let state = scenario.pathway.state_named("legal.interim").expect("a state");
        let interim = &of_stage(&scenario, state)[0];
        assert!((interim.fates[0].share - 0.25).abs() < 1e-9, "{}", interim.fates[0].share);
        assert!(interim.fates[1].stays && !interim.fates[0].stays);
        assert!((interim.mean_days.expect("some move") - 50.0).abs() < 1e-9);
    }

    /// Who stays with carers from 18 on leaves at a rate of two in three years, so that exp(-2) turn 21 there; the mean stay is
    /// (1 - exp(-2)) 1.5 years. Who then comes to `later` is of any age, but for those who turn 21.
    #[test]
    fn who_enters_on_a_birthday_is_told_by_that_age() {
        let text = r#"
name = "Birthdays"
[simulation]
start = 2025-04-01
years = 1
[ages]
child = [0, 18]
grown = [18, 21]
older = [21, 25]
[arrivals.a]
children_per_year = 10
enters = "care"
ages = { child = 1 }
[stages.care]
exits.home = { to = "end", time = { law = "exponential", mean = 9, unit = "years" } }
birthday = { age = 18, to = "stays" }
[stages.stays]
exits.leaves = { to = "later", time = { law = "exponential", mean = 1.5, unit = "years" } }
birthday = { age = 21, to = "later" }
[stages.later]
birthday = { age = 25, to = "end" }
[stages.end]
[opening.stays]
count = 5
ages = { grown = 1 }
"#;
        let scenario = Scenario::from_text("birthdays", text).expect("a good scenario");
        let of = |name: &str| of_stage(&scenario, scenario.pathway.state_named(name).expect("a stage"));
        let years = |incidence: &Incidence| incidence.mean_days.expect("all leave") / 365.25;
        let [stays] = &of("stays")[..] else { panic!("one age") };
        assert_eq!(stays.at_age, Some(18 * YEAR));
        assert!((stays.fates[1].share - (-2.0_f64).exp()).abs() < 1e-3, "{stays:?}");
        assert!((years(stays) - 1.5 * (1.0 - (-2.0_f64).exp())).abs() < 2e-3, "{stays:?}");
        let [others, turned_21] = &of("later")[..] else { panic!("other ages and a birthday") };
        assert_eq!((turned_21.at_age, others.band.as_deref()), (Some(21 * YEAR), Some("grown")));
        assert!((years(turned_21) - 4.0).abs() < 1e-9 && (years(others) - 5.5).abs() < 1e-9);
    }
}
