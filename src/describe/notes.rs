//! What the reader of results should know beforehand: interventions that fall outside the years simulated, and
//! what is not alike in scenarios that are compared.

use std::collections::BTreeMap;

use time::Date;

use super::{changes, money, titles, words};
use crate::experiment::summary::{Measure, ScenarioSummary, Summary};
use crate::pathway::calendar::Calendar;
use crate::pathway::{PoolId, QuantityId};
use crate::record::{Item, Recorded, Series, Thing};
use crate::scenario::check::parse_year;
use crate::scenario::file::{Flow, Opening, ScenarioFile, State, Stock};
use crate::scenario::number::{Quantity, best_values};
use crate::scenario::{Effect, Intervention, Limit, PoolSpec, Scenario, fault::Fault, unused, why_unreached};

/// All that the reader of a batch should know of its scenarios, the reference first.
#[must_use]
pub fn of(scenarios: &[Scenario]) -> Vec<String> {
    let named =
        |s: &Scenario| of_one(s).into_iter().map(|note| format!("{}: {note}", s.name())).collect::<Vec<_>>();
    differences(scenarios).into_iter().chain(scenarios.iter().flat_map(named)).collect()
}

/// All that the reader of one scenario should know beforehand.
#[must_use]
pub fn of_one(scenario: &Scenario) -> Vec<String> {
    let twice = scenario.charged_twice.iter().filter(|twice| twice.is_new);
    [
        idle(scenario),
        limited(scenario),
        strong(scenario),
        grown(scenario),
        alike(scenario),
        overfull(scenario),
        emptied(scenario),
        prices_to_come(scenario).into_iter().collect(),
        recorded_later(scenario),
        scenario.starts_elsewhen.then(|| elsewhen(scenario)).into_iter().collect(),
        unused(scenario).iter().map(nothing).collect(),
        twice.map(|twice| money::charged_twice(scenario, twice)).collect(),
    ]
    .concat()
}

/// What the reader should know of the results themselves: where children wait for an intervention that is full, since
/// nothing else can happen to them meanwhile.
#[must_use]
pub fn of_results(scenarios: &[Scenario], summary: &Summary) -> Vec<String> {
    let waiting = |(scenario, results): (&Scenario, &ScenarioSummary)| -> Vec<String> {
        scenario.interventions.values().filter_map(|i| who_waits(scenario, i, results)).collect()
    };
    scenarios.iter().zip(&summary.scenarios).flat_map(waiting).collect()
}

/// A number of children.
fn children(number: f64) -> String {
    match words::count(libm::round(number)).as_str() {
        "1" => "1 child".to_owned(),
        n => format!("{n} children"),
    }
}

fn who_waits(scenario: &Scenario, i: &Intervention, results: &ScenarioSummary) -> Option<String> {
    let item = Item::waiting(&i.name);
    let &(day, ref waiting) = results.months.iter().find(|s| s.item == item)?.points.last()?;
    let stage = &scenario.pathway.states[i.reach.as_ref()?.state].title;
    (waiting.mean >= 0.5).then(|| {
        format!(
            "{}: on {} about {} wait for \"{}\". Until it takes them in they stay in \"{stage}\" and do not \
             move on from there, so a part of the change elsewhere may come from the wait alone. Write \
             `when_full = \"refuse\"` if children move on while the service is full.",
            scenario.name(),
            words::day(day),
            children(waiting.mean),
            i.title,
        )
    })
}

/// What is defined and plays no part: most often a slip in a name.
fn nothing(unused: &Fault<()>) -> String {
    format!("{}: it changes nothing. {}", words::opening(&unused.message), unused.help)
}

/// Interventions that do nothing, for they start after the last day simulated or end before the first. That is
/// no fault: a what-if may simulate fewer years than the scenario that it extends, whose interventions it cannot
/// take out.
fn idle(scenario: &Scenario) -> Vec<String> {
    scenario
        .interventions
        .values()
        .filter_map(|i| Some(format!("{} It does nothing here.", why_idle(i, scenario)?)))
        .collect()
}

fn why_idle(i: &Intervention, scenario: &Scenario) -> Option<String> {
    let calendar: &Calendar = &scenario.calendar;
    let file = scenario.file.interventions.get(&i.name)?;
    let said = |day: &str| words::read_day(day).map_or_else(|| day.to_owned(), words::day);
    if i.from >= calendar.end() {
        let last = words::day(calendar.month_end(calendar.months() - 1));
        return Some(format!(
            "\"{}\" starts on {}, after the last day simulated, {last}.",
            i.title,
            said(&file.from)
        ));
    }
    let until = file.until.as_deref().or(file.reviews.as_ref().and_then(|r| r.all_by.as_deref()));
    let until = until.filter(|_| i.over().is_some_and(|over| over <= 0))?;
    let first = words::day(calendar.start());
    Some(format!("\"{}\" ends on {}, before the first day simulated, {first}.", i.title, said(until)))
}

/// Interventions within the years simulated that reach nobody, or never reach their full size.
fn limited(scenario: &Scenario) -> Vec<String> {
    let active = scenario.interventions.values().filter(|i| why_idle(i, scenario).is_none());
    let reasons = active.flat_map(|i| [nobody(i, scenario), never_full(i, scenario)]);
    reasons.flatten().collect()
}

fn nobody(i: &Intervention, scenario: &Scenario) -> Option<String> {
    Some(format!("\"{}\" reaches nobody: {}.", i.title, why_unreached(scenario, i)?))
}

fn never_full(i: &Intervention, scenario: &Scenario) -> Option<String> {
    let end = i.until.unwrap_or(scenario.calendar.end()).min(scenario.calendar.end());
    let months = scenario.file.interventions.get(&i.name)?.ramp_up_months?;
    let told = || {
        let why = format!("it grows over {months} months, longer than it runs here");
        format!("\"{}\" never reaches its full size: {why}.", i.title)
    };
    (i.from + i.ramp > end).then(told)
}

/// Prices that grow faster than this a year are most often a slip.
const ODD_GROWTH: f64 = 0.15;

/// Prices of interventions and lines that grow so fast that a slip is likely.
fn grown(scenario: &Scenario) -> Vec<String> {
    let best = best_values(&scenario.quantities);
    let told = |(id, quantity): (QuantityId, &Quantity)| {
        let is_growth = quantity.path.ends_with(".growth") && !quantity.path.starts_with("arrivals.");
        (is_growth && best[id] > ODD_GROWTH).then(|| {
            let thing = titles::titled_in_parts(&scenario.file, &quantity.path).thing;
            let (fast, slow) = (words::figure(best[id] * 100.0), words::figure(best[id] * 10.0));
            format!(
                "\"{thing}\": prices grow by {fast}% a year. If {slow}% was meant, write {}.",
                words::figure(best[id] / 10.0)
            )
        })
    };
    scenario.quantities.iter().filter_map(told).collect()
}

/// Interventions that cannot be told apart by their titles, and those with room for nobody.
fn alike(scenario: &Scenario) -> Vec<String> {
    let best = best_values(&scenario.quantities);
    let all: Vec<&Intervention> = scenario.interventions.values().collect();
    let twice = |(place, i): (usize, &&Intervention)| {
        all[..place].iter().any(|other| other.title == i.title).then(|| {
            format!("Two interventions are called \"{}\", so tables do not tell them apart: both are there, and both act.", i.title)
        })
    };
    let empty = |i: &&Intervention| {
        let (Limit::Places(n, _) | Limit::Quota(n)) = i.limit else { return None };
        (best[n] == 0.0).then(|| format!("\"{}\" has room for nobody.", i.title))
    };
    all.iter().enumerate().filter_map(twice).chain(all.iter().filter_map(empty)).collect()
}

/// Pools with fewer places than children who hold one on the first day.
fn overfull(scenario: &Scenario) -> Vec<String> {
    let best = best_values(&scenario.quantities);
    let told = |pool: &PoolSpec| {
        let (there, places) = (there_in(&scenario.file, &pool.name), best[pool.places]);
        (there > MOST_OVER * places).then(|| {
            let title = money::pool_title(&scenario.file, &pool.name);
            let (there, places) = (words::count(there), words::count(places));
            format!(
                "\"{title}\": {there} children are there on the first day, and there are {places} places. No child has to move out, and \
                 none moves in until there is room. For {places} more places than there are, write an intervention with \
                 `adds_places`."
            )
        })
    };
    scenario.pools.values().filter_map(told).collect()
}

/// Pools from which more places are taken away than there are.
fn emptied(scenario: &Scenario) -> Vec<String> {
    let best = best_values(&scenario.quantities);
    let effects = || scenario.interventions.values().flat_map(|i| &i.effects);
    let told = |(id, pool): (PoolId, &PoolSpec)| {
        let taken: f64 = effects()
            .filter_map(|effect| match effect {
                Effect::Places { pool, adds } if *pool == id => Some(best[*adds].min(0.0)),
                _ => None,
            })
            .sum();
        let places = best[pool.places];
        (places + taken < 0.0).then(|| {
            let title = money::pool_title(&scenario.file, &pool.name);
            let (taken, places) = (words::count(-taken), words::count(places));
            format!("\"{title}\": {taken} places are taken away, and there are {places}. No more than those can go.")
        })
    };
    scenario.pools.iter().filter_map(told).collect()
}

/// So many times as many children as places may be there without remark: what is published is filled or approved places.
const MOST_OVER: f64 = 1.1;

/// The children who are in stages and states of a pool on the first day.
fn there_in(file: &ScenarioFile, pool: &str) -> f64 {
    let has = |state: &State| state.pool.as_deref() == Some(pool);
    let of_stage = |(stage, opening): (&String, &Opening)| {
        let own = f64::from(u8::from(file.stages.get(stage).is_some_and(has))) * f64::from(opening.count);
        let of_tracks = opening.tracks.iter().map(|(track, parts)| {
            let sum: f64 = parts.values().sum();
            let held = parts.iter().filter(|(state, _)| {
                file.tracks.get(track).and_then(|t| t.states.get(*state)).is_some_and(has)
            });
            held.map(|(_, part)| part / sum * f64::from(opening.count)).sum::<f64>()
        });
        own + of_tracks.sum::<f64>()
    };
    file.opening.iter().map(of_stage).sum()
}

/// Figures on record of years that are simulated, and of days after them. Single readings are meant to be later than the
/// first day.
fn recorded_later(scenario: &Scenario) -> Vec<String> {
    let calendar = &scenario.calendar;
    let (opening, last) = (calendar.opening(), calendar.month_end(calendar.months() - 1));
    let told = |recorded: &Recorded| {
        let Series { item, title, points } = &recorded.years;
        let name = if matches!(item.thing, Thing::Line(_) | Thing::Income(_)) {
            "The outturn"
        } else {
            "What is on record"
        };
        let note = |days: Vec<Date>, what: &str| {
            let days: Vec<String> = days.into_iter().map(|day| dated(item.measure, day)).collect();
            (!days.is_empty()).then(|| format!("{name} of \"{title}\" {}: {what}", words::and(&days)))
        };
        let years = || points.iter().map(|point| point.0);
        let later =
            years().chain(recorded.readings.iter().map(|reading| reading.0)).filter(|&day| day > last);
        [
            note(
                years().filter(|&day| day > opening && day <= last).collect(),
                "this is simulated too. The report shows both beside each other, and what is recorded does not change what is \
                 simulated.",
            ),
            note(
                later.collect(),
                &format!(
                    "this is after {}, the last day simulated, and stands beside nothing.",
                    words::day(last)
                ),
            ),
        ]
    };
    scenario.recorded.iter().flat_map(told).flatten().collect()
}

/// The day that a figure is of, or the financial year that ends on it.
fn dated(measure: Measure, day: Date) -> String {
    if measure == Measure::Stock {
        format!("on {}", words::day(day))
    } else {
        format!("in {}", words::financial_year(day))
    }
}

/// That prices are those of a year to come.
fn prices_to_come(scenario: &Scenario) -> Option<String> {
    let base = scenario.file.price_base.as_ref()?;
    (parse_year(base)? > scenario.calendar.first_year()).then(|| {
        let first = words::financial_year(scenario.calendar.start());
        format!(
            "Prices are those of {base}, after {first}, the first year simulated: in the years before they are taken back by \
             their growth."
        )
    })
}

/// That the first day was moved and the children were not.
fn elsewhen(scenario: &Scenario) -> String {
    format!(
        "The simulation starts on {}, with the children who were there on the first day of the scenario that this one extends. Give \
         those of the day before in [opening], or leave `start` as it was.",
        words::day(scenario.calendar.start())
    )
}

/// What multiplies by more than this is most often a percentage written as a number.
const ODD_FACTOR: f64 = 5.0;

/// Factors so large that a percentage may have been meant.
fn strong(scenario: &Scenario) -> Vec<String> {
    let best = best_values(&scenario.quantities);
    let told = |(i, effect): (&Intervention, &Effect)| {
        let (Effect::Share { times, .. }
        | Effect::Pace { times, .. }
        | Effect::Time { times, .. }
        | Effect::Arrivals { times, .. }) = effect
        else {
            return None;
        };
        let factor = best[*times];
        (factor > ODD_FACTOR).then(|| {
            let what = titles::titled_in_parts(&scenario.file, &scenario.quantities[*times].path).what;
            let (said, share) = (words::figure(factor), words::figure(factor / 100.0));
            format!("\"{}\": {what} {said}. If {said}% was meant, write {share}.", i.title)
        })
    };
    let effects = scenario.interventions.values().flat_map(|i| i.effects.iter().map(move |e| (i, e)));
    effects.filter_map(told).collect()
}

/// What is not alike in scenarios that are compared with the first.
fn differences(scenarios: &[Scenario]) -> Vec<String> {
    let Some((first, others)) = scenarios.split_first() else { return Vec::new() };
    others.iter().flat_map(|other| between(first, other)).collect()
}

fn between(one: &Scenario, other: &Scenario) -> Vec<String> {
    let mut notes = Vec::new();
    let (a, b) = (one.name(), other.name());
    if changes::is_another_place(other, one) {
        notes.push(format!(
            "\"{a}\" and \"{b}\" do not start with the same children: the differences are between two places, \
             not what one change would make."
        ));
    } else {
        notes.extend(changed(one, other));
    }
    let (here, there) = (items(one), items(other));
    for (measured, fate) in [(true, "are not compared"), (false, "count as nothing there")] {
        let new = missing(&there, &here, measured);
        if !new.is_empty() {
            notes.push(format!("\"{a}\" does not have these, and so they {fate}: {}.", words::and(&new)));
        }
    }
    let gone = [missing(&here, &there, true), missing(&here, &there, false)].concat();
    if !gone.is_empty() {
        notes.push(format!(
            "\"{b}\" does not have these, and so they are not compared: {}.",
            words::and(&gone)
        ));
    }
    let unlike = unlike(&one.file, &other.file);
    if !unlike.is_empty() {
        notes.push(format!("\"{a}\" and \"{b}\" count these by another rule: {}.", words::and(&unlike)));
    }
    notes
}

/// What should be known of a what-if beside its baseline.
pub(super) fn changed(base: &Scenario, what_if: &Scenario) -> Vec<String> {
    let size = of_two_sizes(base, what_if);
    opened_otherwise(base, what_if).into_iter().chain(size).chain(leaps(base, what_if)).collect()
}

/// So many times as many children as come for those who are there, beside the same in the baseline, are most often those of
/// two places: where other children are there, and where only other numbers come, as in many a what-if.
const ODD_SIZE: [f64; 2] = [1.5, 3.0];

/// That the children who are there are those of one place, and those who arrive of another.
fn of_two_sizes(base: &Scenario, what_if: &Scenario) -> Option<String> {
    let there = |s: &Scenario| s.file.opening.values().map(|opening| f64::from(opening.count)).sum::<f64>();
    let arrive = |s: &Scenario| {
        let best = best_values(&s.quantities);
        s.arrivals.values().map(|stream| best[stream.children_per_year]).sum::<f64>()
    };
    let (there, arrive) = ([base, what_if].map(there), [base, what_if].map(arrive));
    if there.into_iter().chain(arrive).any(|children| children <= 0.0) {
        return None;
    }
    let (of_there, of_arrivals) = (there[1] / there[0], arrive[1] / arrive[0]);
    let ratio = of_there / of_arrivals;
    let odd = ODD_SIZE[usize::from(of_there == 1.0)];
    (ratio.max(1.0 / ratio) >= odd).then(|| {
        format!(
            "{}: there are {} on the first day ({} in \"{}\"), and {} arrive in a year ({} there). If this is another place, \
             give the children of both [opening] and [arrivals], or its `population`.",
            what_if.name(),
            children(there[1]),
            words::count(there[0]),
            base.name(),
            words::count(arrive[1]),
            words::count(arrive[0])
        )
    })
}

/// A price, or a number of children or places, that becomes so many times as high or low is most often a slip: 6.500 for 6,500, or millions for pounds.
const ODD_LEAP: f64 = 20.0;

/// Prices, arrivals and places that leap.
fn leaps(base: &Scenario, what_if: &Scenario) -> Vec<String> {
    let (before, after) = (best_values(&base.quantities), best_values(&what_if.quantities));
    let told = |(id, quantity): (QuantityId, &Quantity)| {
        let is_price = quantity.unit.starts_with("pounds");
        if !is_price && !["children a year", "places"].contains(&quantity.unit) {
            return None;
        }
        let say = if is_price { words::price } else { words::figure };
        // A price that was a table of several is compared with the highest of them.
        let table = format!("{}.", quantity.path);
        let same =
            base.quantities.iter().filter(|(_, q)| q.path == quantity.path || q.path.starts_with(&table));
        let (old, new) = (same.map(|(old, _)| before[old]).fold(0.0, f64::max), after[id]);
        let times = if new > old { new / old } else { old / new };
        (old > 0.0 && new > 0.0 && times >= ODD_LEAP).then(|| {
            let title = titles::title(&what_if.file, &quantity.path);
            let way = if new > old { "as high" } else { "as low" };
            format!(
                "{}: {title} goes from {} to {}, {} times {way}. Is the decimal point where it should be?",
                what_if.name(),
                say(old),
                say(new),
                words::count(times)
            )
        })
    };
    what_if.quantities.iter().filter_map(told).collect()
}

/// That a what-if does not start with the same children, if it does not.
fn opened_otherwise(one: &Scenario, other: &Scenario) -> Option<String> {
    let opened = changes::opened_otherwise(other, one);
    (!opened.is_empty()).then(|| {
        format!(
            "\"{}\" and \"{}\" do not start with the same children: a part of the difference is there from the \
             first day. Not the same: {}.",
            one.name(),
            other.name(),
            words::and(&opened)
        )
    })
}

/// All that is counted and charged: in which table, by which name, and what people call it.
type Items<'a> = BTreeMap<(&'static str, &'a String), &'a String>;

fn items(scenario: &Scenario) -> Items<'_> {
    let file = &scenario.file;
    let stocks = file.stocks.iter().map(|(name, s)| (("stocks", name), &s.title));
    let flows = file.flows.iter().map(|(name, f)| (("flows", name), &f.title));
    let costs = file.costs.iter().map(|(name, l)| (("costs", name), &l.title));
    let income = file.income.iter().map(|(name, l)| (("income", name), &l.title));
    stocks.chain(flows).chain(costs).chain(income).collect()
}

/// The titles of what is not there: of children on a day, or of events and pounds, which are nothing where
/// nobody counts them.
fn missing(here: &Items, there: &Items, on_a_day: bool) -> Vec<String> {
    let gone = here.iter().filter(|(key, _)| !there.contains_key(*key) && (key.0 == "stocks") == on_a_day);
    gone.map(|(_, title)| (*title).clone()).collect()
}

/// The titles of counts that both files have, but define otherwise.
fn unlike(one: &ScenarioFile, other: &ScenarioFile) -> Vec<String> {
    let stock = |a: &Stock, b: &Stock| a.stages == b.stages && a.cohorts == b.cohorts;
    let flow = |a: &Flow, b: &Flow| {
        a.into == b.into && a.out_of == b.out_of && a.exits == b.exits && a.moves_in == b.moves_in
    };
    let stocks = one.stocks.iter().filter(|(name, a)| other.stocks.get(*name).is_some_and(|b| !stock(a, b)));
    let flows = one.flows.iter().filter(|(name, a)| other.flows.get(*name).is_some_and(|b| !flow(a, b)));
    stocks.map(|(_, s)| s.title.clone()).chain(flows.map(|(_, f)| f.title.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(change: &str) -> Vec<String> {
        let text = format!("extends = \"stoke-on-trent\"\nname = \"x\"\n{change}");
        of_one(&Scenario::from_text("x.toml", &text).unwrap_or_else(|faults| panic!("{faults}")))
    }

    #[test]
    fn a_factor_that_looks_like_a_percentage_is_noted() {
        let effect = |times: &str| {
            notes(&format!(
                "[interventions.x]\ntitle = \"X\"\nfrom = 2026-04-01\nreaches = {{ stage = \"care\" }}\n\
                 effects = [{{ exit = \"home_planned\", pace_times = {times} }}]\nsource = \"assumption\"\n"
            ))
        };
        let due = "\"X\": chance per day of home planned multiplied by 90. If 90% was meant, write 0.9.";
        assert_eq!(effect("90"), [due]);
        assert_eq!(effect("{ best = 90, low = 80, high = 95 }"), [due]);
        for times in ["0.01", "1.2", "5"] {
            assert_eq!(effect(times), Vec::<String>::new(), "{times}");
        }
    }

    /// That a change is noted with these words, alone, and the shipped scenarios without it are not.
    #[track_caller]
    fn is_noted(change: &str, words: &str) {
        let told = notes(change);
        assert!(told.len() == 1 && told[0].contains(words), "{told:#?}");
        assert_eq!(notes(""), Vec::<String>::new());
    }

    #[test]
    fn fewer_places_than_children_who_hold_one_are_noted() {
        is_noted(
            "[pools.in_house_foster_places]\nplaces = 25",
            "205 children are there on the first day, and there are 25 places",
        );
    }

    #[test]
    fn more_places_taken_away_than_there_are_is_noted() {
        is_noted(
            "[interventions.x]\ntitle = \"X\"\nfrom = 2026-04-01\nsource = \"assumption\"\n\
             effects = [{ pool = \"in_house_foster_places\", adds_places = -500 }]",
            "500 places are taken away, and there are 206",
        );
    }

    #[test]
    fn an_event_that_two_charges_are_made_for_is_noted_with_both() {
        is_noted(
            "[costs.legal.charges.again]\nper_event = 500\nof = [\"proceedings\"]",
            "Each `proceedings` is charged twice, by `costs.legal.charges.proceedings` and by `costs.legal.charges.again`",
        );
    }

    #[test]
    fn another_first_day_with_the_same_children_is_noted() {
        is_noted(
            "[simulation]\nstart = 2026-04-01",
            "starts on 1 April 2026, with the children who were there on the first day of the scenario",
        );
        assert_eq!(notes("[simulation]\nstart = 2025-04-01"), Vec::<String>::new());
        assert_eq!(
            notes("[simulation]\nstart = 2026-04-01\n[opening.home]\ncount = 60"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn figures_on_record_of_years_to_come_are_noted() {
        is_noted(
            "[recorded.looked_after]\nyears = { 2025 = 1063, 2026 = 1080, 2027 = 1090 }",
            "\"Children looked after\" on 31 March 2026 and on 31 March 2027: this is simulated too",
        );
        is_noted(
            "[recorded.care_starts]\nyears = { 2031 = 200 }",
            "\"Children starting to be looked after\" in 2030-31: this is after 31 March 2030",
        );
        is_noted(
            "[costs.residential]\noutturn = { \"2024-25\" = 5e7, \"2025-26\" = 5e7 }",
            "The outturn of \"Residential care\" in 2025-26: this is simulated too",
        );
    }

    #[test]
    fn prices_that_grow_fast_and_prices_to_come_are_noted() {
        is_noted("[costs.legal]\ngrowth = 0.3", "prices grow by 30% a year. If 3% was meant, write 0.03");
        is_noted("price_base = \"2030-31\"", "those of 2030-31, after 2025-26");
    }

    #[test]
    fn interventions_of_one_title_and_without_room_are_noted() {
        let one = |name: &str, title: &str, room: &str| {
            format!(
                "[interventions.{name}]\ntitle = \"{title}\"\nfrom = 2026-04-01\n{room}\nreaches = {{ stage = \"care\" }}\n\
                 effects = [{{ exit = \"home_planned\", time_times = 0.9 }}]\nsource = \"assumption\"\n"
            )
        };
        is_noted(
            &(one("a", "Visits", "") + &one("b", "Visits", "")),
            "Two interventions are called \"Visits\"",
        );
        is_noted(&one("a", "Visits", "places_per_year = 0"), "\"Visits\" has room for nobody");
    }

    #[test]
    fn a_price_that_leaps_is_noted_and_one_that_moves_is_not() {
        let base = Scenario::shipped("stoke-on-trent").expect("it comes with the program");
        let leap = |price: &str| {
            let text = format!(
                "extends = \"stoke-on-trent\"\nname = \"x\"\n[costs.fostering.charges.agency]\nper_week = {price}"
            );
            let what_if = Scenario::from_text("x.toml", &text).unwrap_or_else(|faults| panic!("{faults}"));
            leaps(&base, &what_if)
        };
        let told = leap("1.2");
        assert!(told.len() == 1 && told[0].contains("Is the decimal point where it should be?"), "{told:?}");
        assert_eq!(leap("1_200"), Vec::<String>::new());
        let text =
            "extends = \"stoke-on-trent\"\nname = \"x\"\n[arrivals.families]\nchildren_per_year = 4.800";
        let what_if = Scenario::from_text("x.toml", text).unwrap_or_else(|faults| panic!("{faults}"));
        let told = leaps(&base, &what_if);
        assert!(
            told.len() == 1 && told[0].contains("to 4.8, ") && told[0].contains("times as low"),
            "{told:?}"
        );
    }

    #[test]
    fn children_of_one_place_and_arrivals_of_another_are_noted() {
        let base = Scenario::shipped("england").expect("it comes with the program");
        let sizes = |change: &str| {
            let text = format!("extends = \"england\"\nname = \"x\"\n{change}");
            of_two_sizes(
                &base,
                &Scenario::from_text("x.toml", &text).unwrap_or_else(|faults| panic!("{faults}")),
            )
        };
        let told = sizes("[opening.home]\ncount = 3000").expect("it is noted");
        assert!(told.contains("there are 6,323 children on the first day (3,359 in \"England\")"), "{told}");
        assert!(sizes("[arrivals.families]\nchildren_per_year = 30_000").is_some());
        assert_eq!(sizes("[arrivals.families]\nchildren_per_year = 6_000"), None);
        assert_eq!(sizes("population = 40_000"), None);
        assert_eq!(sizes("[opening.home]\ncount = 1000"), None);
        let my_council = include_str!("../../examples/my-council.toml");
        let my_council = Scenario::from_text("my-council.toml", my_council).expect("it is in order");
        assert_eq!(of_two_sizes(&base, &my_council), None);
    }

    #[test]
    fn child_days_that_a_what_if_charges_twice_are_noted_with_both_charges() {
        let found = notes("[costs.residential.charges.childrens_home]\nper_week = 7000\n");
        let due = "\"Residential care, childrens home\" (costs.residential.charges.childrens_home) and \
                   \"Unaccompanied asylum-seeking children, care\" (costs.unaccompanied_children.charges.care) are both \
                   charged for the same child-days in \"Looked after, unaccompanied\", of unaccompanied asylum-seeking \
                   children. If only one of the two is meant, take the other out, or give it the price 0 for these \
                   children.";
        assert_eq!(found, [due]);
    }
}
