//! Child-days that two charges are made for: most often a charge that a what-if adds or replaces.

use super::tree::join;
use super::unreached::comers;
use super::{ChargeSpec, LineSpec, Scenario};
use crate::pathway::{During, QuantityId, StateId, TrackId};

/// Two charges for the same days of the same children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargedTwice {
    /// Where the charges are.
    pub charges: [String; 2],
    /// The stages in which the children are.
    pub stages: Vec<StateId>,
    /// The cohorts that they are of.
    pub cohorts: Vec<usize>,
    /// Whether a file that extends another makes or changes one of the charges.
    pub is_added: bool,
}

/// About so many are told of: where there are more, the first say what there is to know.
const MOST: usize = 20;
/// So many charges after one are looked at beside it.
const MOST_BESIDE: usize = 500;

/// A charge by the week: where it is, whom it is for, and the price of each class.
struct Weekly<'a> {
    path: String,
    income: bool,
    states: &'a [StateId],
    prices: &'a [QuantityId],
}

/// Every two charges, both costs or both income, that are above nought for children who are in the states of both at once.
/// Paths of which `is_added` holds are said by a file that extends another.
pub(super) fn charged_twice(scenario: &Scenario, is_added: impl Fn(&str) -> bool) -> Vec<ChargedTwice> {
    let charges: Vec<Weekly> = scenario.lines.values().flat_map(|line| weekly(scenario, line)).collect();
    let comers = comers(scenario);
    let mut twice = Vec::new();
    for (n, one) in charges.iter().enumerate() {
        if twice.len() >= MOST {
            break;
        }
        for other in charges[n + 1..].iter().filter(|other| other.income == one.income).take(MOST_BESIDE) {
            let cohorts = |stage: StateId| {
                let here = comers[stage].cohorts.iter().copied();
                here.filter(|&cohort| pays_both(scenario, cohort, one, other)).collect::<Vec<_>>()
            };
            let stages: Vec<(StateId, Vec<usize>)> = scenario.pathway.tracks[TrackId::MAIN]
                .states
                .iter()
                .filter(|&stage| meet(scenario, stage, one, other))
                .map(|stage| (stage, cohorts(stage)))
                .filter(|(_, cohorts)| !cohorts.is_empty())
                .collect();
            if stages.is_empty() {
                continue;
            }
            let mut cohorts: Vec<usize> =
                stages.iter().flat_map(|(_, cohorts)| cohorts.iter().copied()).collect();
            cohorts.sort_unstable();
            cohorts.dedup();
            let says =
                |charge: &Weekly| ["per_week", "of"].iter().any(|key| is_added(&join(&charge.path, key)));
            twice.push(ChargedTwice {
                charges: [one.path.clone(), other.path.clone()],
                stages: stages.into_iter().map(|(stage, _)| stage).collect(),
                cohorts,
                is_added: says(one) || says(other),
            });
        }
    }
    twice
}

/// The charges of a line that are by the week.
fn weekly<'a>(scenario: &'a Scenario, line: &'a LineSpec) -> Vec<Weekly<'a>> {
    let (table, lines) =
        if line.income { ("income", &scenario.file.income) } else { ("costs", &scenario.file.costs) };
    let names = lines.get(&line.name).into_iter().flat_map(|said| said.charges.keys());
    let at = join(&join(table, &line.name), "charges");
    let of = |(charge, name): (&'a ChargeSpec, &String)| match charge {
        ChargeSpec::Week(states, prices) => {
            Some(Weekly { path: join(&at, name), income: line.income, states, prices })
        }
        ChargeSpec::Event(..) | ChargeSpec::Year(_) => None,
    };
    line.charges.iter().zip(names).filter_map(of).collect()
}

/// Whether some of a cohort pay both.
fn pays_both(scenario: &Scenario, cohort: usize, one: &Weekly, other: &Weekly) -> bool {
    let needs = scenario.classes.needs.len();
    let costs = |n: QuantityId| !scenario.quantities[n].is_nought();
    (cohort * needs..(cohort + 1) * needs).any(|class| costs(one.prices[class]) && costs(other.prices[class]))
}

/// Whether a child in a stage can be in states of both charges at once.
fn meet(scenario: &Scenario, stage: StateId, one: &Weekly, other: &Weekly) -> bool {
    let pathway = &scenario.pathway;
    let there = |state: StateId| {
        let track = pathway.states[state].track;
        if track == TrackId::MAIN {
            return state == stage;
        }
        match pathway.tracks[track].during.get(stage) {
            Some(During::Runs) => true,
            Some(During::Held(held)) => *held == state,
            Some(During::Off) | None => false,
        }
    };
    let track = |state: StateId| pathway.states[state].track;
    let both = |a: StateId, b: StateId| a == b || track(a) != track(b);
    let here = |charge: &Weekly| charge.states.iter().copied().filter(|&s| there(s)).collect::<Vec<_>>();
    here(one).iter().any(|&a| here(other).iter().any(|&b| both(a, b)))
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
            let last = |path: &String| path.rsplit('.').next().unwrap_or_default().to_owned();
            assert!(twice.is_added, "{twice:?}");
            format!(
                "{} and {}, of {}",
                last(&twice.charges[0]),
                last(&twice.charges[1]),
                twice.cohorts.iter().map(names).collect::<Vec<_>>().join(" and ")
            )
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
}
