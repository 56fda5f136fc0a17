//! Child-days and events that two charges are made for: most often by a charge that a what-if adds or replaces.

use std::collections::{BTreeMap, BTreeSet};

use super::published::Move;
use super::tree::join;
use super::unreached::{Comers, comers};
use super::{ChargeSpec, LineSpec, Scenario};
use crate::pathway::{During, QuantityId, StateId, Table, TrackId};

/// Two charges, or one that names the same in two ways, for the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargedTwice {
    /// Where the charges are: the same path twice if it is one.
    pub charges: [String; 2],
    /// What both are for.
    pub what: Shared,
    /// Whether it comes of what a file says that extends another, or of one that extends none.
    pub is_new: bool,
}

/// What two charges are both for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shared {
    /// Days of the same children.
    Days {
        /// The stages in which the children are.
        stages: Vec<StateId>,
        /// The cohorts that they are of.
        cohorts: Vec<usize>,
    },
    /// Events, as each of the two names them.
    Events([String; 2]),
}

/// About so many are told of: where there are more, the first say what there is to know.
const MOST: usize = 20;
/// So many charges after one are looked at beside it.
const MOST_BESIDE: usize = 500;

/// A charge that is above nought: where it is, and what it is for.
struct Charge<'a> {
    path: String,
    income: bool,
    of: Of<'a>,
}

enum Of<'a> {
    /// The states, and the price of each class.
    Days(&'a [StateId], &'a [QuantityId]),
    /// By move, the names in the list of the charge that count it.
    Events(BTreeMap<usize, Vec<&'a String>>),
}

/// Every two charges, both costs or both income, that are above nought for the same events, or for children who are in the
/// states of both at once. Paths of which `is_new` holds are said by a file that extends another, or that extends none.
pub(super) fn charged_twice(scenario: &Scenario, is_new: impl Fn(&str) -> bool) -> Vec<ChargedTwice> {
    let (moves, comers) = (moves(scenario), comers(scenario));
    let charges: Vec<Charge> =
        scenario.lines.values().flat_map(|line| charges(scenario, line, &moves)).collect();
    let says =
        |charge: &Charge| ["per_week", "per_event", "of"].iter().any(|key| is_new(&join(&charge.path, key)));
    let mut twice = Vec::new();
    for (n, one) in charges.iter().enumerate() {
        if twice.len() >= MOST {
            break;
        }
        let beside = charges[n..].iter().filter(|other| other.income == one.income);
        for other in beside.take(MOST_BESIDE) {
            let told = |what| ChargedTwice {
                charges: [one.path.clone(), other.path.clone()],
                what,
                is_new: says(one) || says(other),
            };
            twice.extend(shared(scenario, &comers, one, other).into_iter().map(told));
        }
    }
    twice
}

/// All moves that can be charged for: exits, and arrivals.
fn moves(scenario: &Scenario) -> Vec<Move> {
    let exits = scenario.pathway.exits.ids().iter().map(|exit| Move::by(&scenario.pathway, exit));
    let entered: BTreeSet<StateId> = scenario.arrivals.values().map(|stream| stream.enters).collect();
    exits.chain(entered.into_iter().map(Move::arriving)).collect()
}

/// The charges of a line by the week and by the event.
fn charges<'a>(scenario: &'a Scenario, line: &'a LineSpec, moves: &[Move]) -> Vec<Charge<'a>> {
    let (table, lines) =
        if line.income { ("income", &scenario.file.income) } else { ("costs", &scenario.file.costs) };
    let said = lines.get(&line.name).into_iter().flat_map(|said| &said.charges);
    let at = join(&join(table, &line.name), "charges");
    let of = |(charge, (name, said)): (&'a ChargeSpec, (&'a String, &'a super::file::Charge))| {
        let of = match charge {
            ChargeSpec::Week(states, prices) => Of::Days(states, prices),
            ChargeSpec::Event(counted, price) if !scenario.quantities[*price].is_nought() => {
                let mut events: BTreeMap<usize, Vec<&String>> = BTreeMap::new();
                for (counted, name) in counted.iter().zip(&said.of) {
                    let counts = moves.iter().enumerate().filter(|(_, made)| counted.counts(made));
                    counts.for_each(|(n, _)| events.entry(n).or_default().push(name));
                }
                Of::Events(events)
            }
            ChargeSpec::Event(..) | ChargeSpec::Year(_) => return None,
        };
        Some(Charge { path: join(&at, name), income: line.income, of })
    };
    line.charges.iter().zip(said).filter_map(of).collect()
}

/// What two charges, or two names of one charge, are both for.
fn shared(scenario: &Scenario, comers: &Table<StateId, Comers>, one: &Charge, other: &Charge) -> Vec<Shared> {
    let is_one = one.path == other.path;
    match (&one.of, &other.of) {
        (Of::Days(states, prices), Of::Days(others, other_prices)) => {
            let meet = |stage| {
                if is_one { overlap(scenario, stage, states) } else { meet(scenario, stage, states, others) }
            };
            days(scenario, comers, meet, prices, other_prices).into_iter().collect()
        }
        (Of::Events(events), Of::Events(others)) => {
            let pairs: BTreeSet<[&String; 2]> = if is_one {
                events.values().filter(|names| names.len() > 1).map(|names| [names[0], names[1]]).collect()
            } else {
                let both = events.iter().filter_map(|(n, names)| Some([names[0], others.get(n)?[0]]));
                both.collect()
            };
            pairs.into_iter().map(|pair| Shared::Events(pair.map(Clone::clone))).collect()
        }
        _ => Vec::new(),
    }
}

/// The days of children who are in the states of two charges at once and pay both.
fn days(
    scenario: &Scenario,
    comers: &Table<StateId, Comers>,
    meet: impl Fn(StateId) -> bool,
    prices: &[QuantityId],
    others: &[QuantityId],
) -> Option<Shared> {
    let cohorts = |stage: StateId| {
        let here = comers[stage].cohorts.iter().copied();
        here.filter(|&cohort| pays_both(scenario, cohort, prices, others)).collect::<BTreeSet<_>>()
    };
    let pathway = &scenario.pathway;
    // Who waits outside a stage is one of those who come to it.
    let with_waiting = |stage: StateId| {
        let waiting = pathway.states[stage].waiting.map(|waiting| waiting.state);
        std::iter::once(stage).chain(waiting).map(move |here| (here, stage))
    };
    let stages: Vec<(StateId, BTreeSet<usize>)> = pathway.tracks[TrackId::MAIN]
        .states
        .iter()
        .flat_map(with_waiting)
        .filter(|(here, _)| meet(*here))
        .map(|(here, stage)| (here, cohorts(stage)))
        .filter(|(_, cohorts)| !cohorts.is_empty())
        .collect();
    let all: BTreeSet<usize> = stages.iter().flat_map(|(_, cohorts)| cohorts.iter().copied()).collect();
    let stages: Vec<StateId> = stages.into_iter().map(|(stage, _)| stage).collect();
    (!stages.is_empty()).then(|| Shared::Days { stages, cohorts: all.into_iter().collect() })
}

/// Whether some of a cohort pay both prices.
fn pays_both(scenario: &Scenario, cohort: usize, prices: &[QuantityId], others: &[QuantityId]) -> bool {
    let needs = scenario.classes.needs.len();
    let costs = |n: QuantityId| !scenario.quantities[n].is_nought();
    (cohort * needs..(cohort + 1) * needs).any(|class| costs(prices[class]) && costs(others[class]))
}

/// Whether a child in a stage can be in states of both lists at once.
fn meet(scenario: &Scenario, stage: StateId, one: &[StateId], other: &[StateId]) -> bool {
    let (here, there) = (those_in(scenario, stage, one), those_in(scenario, stage, other));
    here.iter().any(|&a| there.iter().any(|&b| a == b || are_beside(scenario, a, b)))
}

/// Whether a child in a stage can be in two states of a list at once.
fn overlap(scenario: &Scenario, stage: StateId, states: &[StateId]) -> bool {
    let here = those_in(scenario, stage, states);
    here.iter().enumerate().any(|(n, &a)| here[n + 1..].iter().any(|&b| are_beside(scenario, a, b)))
}

/// Whether two states run beside each other, where both can be.
fn are_beside(scenario: &Scenario, a: StateId, b: StateId) -> bool {
    scenario.pathway.states[a].track != scenario.pathway.states[b].track
}

/// The states of a list in which a child in a stage can be.
fn those_in(scenario: &Scenario, stage: StateId, states: &[StateId]) -> Vec<StateId> {
    let pathway = &scenario.pathway;
    let there = |state: &StateId| {
        let track = pathway.states[*state].track;
        if track == TrackId::MAIN {
            return *state == stage;
        }
        match pathway.tracks[track].during.get(stage) {
            Some(During::Runs) => true,
            Some(During::Held(held)) => held == state,
            Some(During::Off) | None => false,
        }
    };
    states.iter().copied().filter(there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which charges meet, of whom, in a what-if of Stoke-on-Trent that says this.
    fn found(change: &str) -> Vec<String> {
        let text = format!("extends = \"stoke-on-trent\"\nname = \"x\"\n{change}");
        let scenario = Scenario::from_text("x.toml", &text).unwrap_or_else(|faults| panic!("{faults}"));
        let told = |twice: &ChargedTwice| {
            let names = |i: &usize| scenario.classes.cohorts[*i].clone();
            let [one, other] =
                twice.charges.each_ref().map(|path| path.rsplit('.').next().unwrap_or_default());
            assert!(twice.is_new, "{twice:?}");
            match &twice.what {
                Shared::Days { cohorts, .. } => {
                    format!(
                        "{one} and {other}, of {}",
                        cohorts.iter().map(names).collect::<Vec<_>>().join(" and ")
                    )
                }
                Shared::Events([here, there]) => format!("{one} for {here} and {other} for {there}"),
            }
        };
        scenario.charged_twice.iter().map(told).collect()
    }

    #[test]
    fn the_shipped_baselines_charge_nobody_twice() {
        for name in super::super::shipped::names() {
            let scenario = Scenario::shipped(name).expect("a shipped scenario");
            assert_eq!(scenario.charged_twice, [], "{name}");
        }
    }

    #[test]
    fn a_price_that_loses_its_nought_meets_the_charge_of_the_stage_beside() {
        assert_eq!(
            found("[costs.residential.charges.childrens_home]\nper_week = 7000\n"),
            ["childrens_home and care, of uasc"]
        );
    }

    #[test]
    fn a_second_charge_for_a_state_is_found_and_one_for_others_is_not() {
        let second = |of: &str, price: &str| {
            format!("[costs.residential.charges.homes]\nper_week = {price}\nof = [\"{of}\"]\n")
        };
        let nought = "{ by = \"cohort\", uasc = 0, others = 100 }";
        assert_eq!(
            found(&second("placement.childrens_home", nought)),
            ["childrens_home and homes, of general and disabled"]
        );
        assert_eq!(
            found(&second("care", nought)).len(),
            6,
            "the stage meets what is charged for each placement"
        );
        assert_eq!(found(&second("placement.childrens_home", "0")), Vec::<String>::new());
        assert_eq!(found(&second("child_in_need", nought)), ["homes and plans, of general and disabled"]);
    }

    #[test]
    fn an_event_is_found_however_two_charges_name_it() {
        let second =
            |line: &str, of: &str| format!("[costs.{line}.charges.again]\nper_event = 500\nof = [{of}]\n");
        let due = "proceedings for proceedings and again for pre_proceedings.proceedings";
        assert_eq!(found(&second("legal", "\"pre_proceedings.proceedings\"")), [due]);
        assert_eq!(
            found(&second("fostering", "\"pre_proceedings.proceedings\"")),
            ["again for pre_proceedings.proceedings and proceedings for proceedings"],
            "in another line"
        );
        assert_eq!(
            found(&second("legal", "\"home\", \"care.home_planned\"")),
            ["again for home and again for care.home_planned"],
            "in one charge"
        );
        assert_eq!(found(&second("legal", "\"contact\", \"home.settled\"")), Vec::<String>::new());
        assert_eq!(
            found(&second("legal", "\"pre_proceedings.proceedings\"").replace("500", "0")),
            Vec::<String>::new()
        );
        let arrivals = second("legal", "\"contact\"") + &second("fostering", "\"contact\"");
        assert_eq!(found(&arrivals), ["again for contact and again for contact"]);
    }

    #[test]
    fn days_that_one_charge_names_in_two_ways_are_found() {
        let change = "[costs.residential.charges.homes]\nper_week = 1\nof = [\"home\", \"care\", \"placement.kinship\"]";
        let own = "homes and homes, of general and disabled";
        let told = found(change);
        assert_eq!(told.iter().filter(|t| t.starts_with("homes and homes")).collect::<Vec<_>>(), [own]);
    }

    /// A file that extends none says all that is in it.
    #[test]
    fn a_baseline_hears_of_its_own_charges() {
        let good = include_str!("../../tests/carecast/good.toml");
        let text = format!(
            "{good}\n[costs.more]\ntitle = \"More\"\nbehaves = \"varies\"\nbasis = \"case\"\n\
            charges.a = {{ per_event = 1, of = [\"care\"] }}\ncharges.b = {{ per_event = 1, of = [\"assessment.care\"] }}\n"
        );
        let scenario = Scenario::from_text("good.toml", &text).unwrap_or_else(|faults| panic!("{faults}"));
        // The file has a charge for `care` already.
        assert_eq!(scenario.charged_twice.iter().filter(|twice| twice.is_new).count(), 3);
    }
}
