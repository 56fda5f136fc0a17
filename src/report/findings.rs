//! What the batch found, in sentences.

use serde::Serialize;
use time::Date;

use super::{
    direction::{self, Direction},
    facts::{Facts, difference, difference_since_start, difference_year, last},
    words,
};
use crate::{
    experiment::summary::{Item, Measure, ScenarioSummary, Series, Spread},
    pathway::calendar::Period,
    record::{Thing, Total},
};

/// What was found about one scenario.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// The scenario.
    pub(super) name: String,
    /// Which scenario it is.
    pub(super) place: usize,
    /// What stands in large letters, if anything does.
    pub(super) figure: Option<Figure>,
    /// The sentences.
    pub(super) sentences: Vec<String>,
}

/// One number with what it is.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) number: String,
    pub(super) what: String,
}

/// The findings, the reference's first.
pub(super) fn all(facts: &Facts) -> Vec<Finding> {
    let what_ifs = facts.what_ifs().map(|(place, s)| what_if(facts, place, s));
    std::iter::once(reference(facts)).chain(what_ifs).collect()
}

fn reference(facts: &Facts) -> Finding {
    let mut sentences: Vec<String> = [stock(facts), cost(facts)].into_iter().flatten().collect();
    if sentences.is_empty() {
        sentences.push("Neither children on a day nor costs were counted in this scenario.".to_owned());
    }
    let figure = facts.main().and_then(|main| {
        let (day, end) = last(Some(main))?;
        let what = format!("{} on {}", words::within(&main.title), words::day(day));
        Some(Figure { number: words::count(end.p50), what })
    });
    Finding { name: facts.reference.name.clone(), place: 0, figure, sentences }
}

fn stock(facts: &Facts) -> Option<String> {
    let main = facts.main()?;
    let (day, end) = last(Some(main))?;
    let when = words::day(day);
    let name = words::opening(&main.title);
    let first = main.points.first()?;
    // What is on record of days that are simulated is no start.
    let years = facts.history(&main.item).years;
    let recorded = years.into_iter().rfind(|year| year.0 <= facts.opening().unwrap_or(first.0));
    let (from, before, how) = match recorded {
        Some((date, value)) => (date, value, " recorded"),
        None => (first.0, first.1.p50, ""),
    };
    let range = eight_in_ten(Measure::Stock, &end, facts.is_one_future());
    let (before, after) = (words::count(before), words::count(end.p50));
    if from >= day {
        return Some(format!("{name}: about {after} on {when}. {range}"));
    }
    let against = if before == after { "as many as the" } else { "against" };
    Some(format!("{name}: about {after} on {when}, {against} {before}{how} on {}. {range}", words::day(from)))
}

fn eight_in_ten(measure: Measure, s: &Spread, is_one: bool) -> String {
    if is_one {
        "One future of many: it says nothing of how others differ.".to_owned()
    } else if words::amount(measure, s.p10) == words::amount(measure, s.p90) {
        "Almost all simulated futures agree on it.".to_owned()
    } else {
        let (low, high) = (words::amount(measure, s.p10), words::amount(measure, s.p90));
        format!("In eight of ten simulated futures it is between {low} and {high} (the 80% range).")
    }
}

fn cost(facts: &Facts) -> Option<String> {
    let series = facts.reference.years_of(&Item::NET_COST)?;
    let ((first, before), (end, after)) = (facts.comparable(series).next()?, facts.last_year(series)?);
    let range = facts.in_brackets(&words::range(Measure::Cost, &after));
    let year = facts.period_name(end);
    let about = format!("about {} in {year}{range}, in cash terms", words::money(after.p50));
    Some(if first == end || !facts.is_whole(end) {
        format!("Net cost: {about}.")
    } else {
        format!("Net cost: {about}, against {} in {}.", words::money(before.p50), facts.period_name(first))
    })
}

fn what_if(facts: &Facts, place: usize, s: &ScenarioSummary) -> Finding {
    let main = facts.main();
    let children = main.and_then(|main| Some((main, difference(s, &main.item)?)));
    let money = difference_year(s, &Item::NET_COST);
    let mut sentences: Vec<String> = Vec::new();
    sentences.extend(children.and_then(|(main, series)| fewer(facts, main, series)));
    if let Some(series) = money {
        sentences.extend(saving(facts, series));
        sentences.extend(together(facts, place, s));
        sentences.extend(made_of(s, series));
    }
    if sentences.is_empty() {
        sentences.push("Nothing was counted that could be compared.".to_owned());
    }
    let figure = children.and_then(|(main, series)| figure(main, series));
    Finding { name: s.name.clone(), place, figure, sentences }
}

/// The change in the main stock on the last day: its median or, where the direction is open, its range.
fn figure(main: &Series, series: &Series) -> Option<Figure> {
    let (day, end) = last(Some(series))?;
    let what = format!("{} on {}", words::counted(end.p50, &main.title), words::day(day));
    let number = words::opening(&direction::change(Measure::Stock, &end));
    let what = match Direction::of_change(Measure::Stock, &end) {
        Direction::Nowhere => format!("in {what}"),
        Direction::Open { .. } => format!("{what} (80% range)"),
        Direction::Down | Direction::Up => what,
    };
    Some(Figure { number, what })
}

fn fewer(facts: &Facts, main: &Series, series: &Series) -> Option<String> {
    let (day, end) = last(Some(series))?;
    let (name, when) = (words::counted(end.p50, &main.title), words::day(day));
    let way = Direction::of_change(Measure::Stock, &end);
    if way == Direction::Nowhere {
        return Some(format!("No difference in {name} on {when}."));
    }
    let reference = facts.reference_name();
    let change = words::fewer_or_more(Measure::Stock, end.p50);
    if facts.is_one_future() {
        return Some(format!("About {change} {name} on {when} than in {reference}, in one future."));
    }
    let range = words::fewer_or_more_range(Measure::Stock, &end);
    let said = if way.is_sure() {
        format!("About {change} {name} on {when} than in {reference} (80% range {range})")
    } else {
        let open = way.in_words("fewer", "more", "fewer or more");
        format!("Perhaps {open} {name} on {when} than in {reference}: {range} (80% range; median {change})")
    };
    let often = how_often(facts, "The number", &end);
    Some(format!("{said}.{often}"))
}

fn saving<'a>(facts: &Facts<'a>, series: &'a Series) -> Option<String> {
    let (day, end) = facts.last_year(series)?;
    let year = facts.period_name(day);
    let way = Direction::of_change(Measure::Cost, &end);
    if way == Direction::Nowhere {
        return Some(format!("No difference in net cost in {year}."));
    }
    let change = words::fewer_or_more(Measure::Cost, end.p50);
    if facts.is_one_future() {
        return Some(format!("Net cost in {year}: about {change}, in one future."));
    }
    let range = words::fewer_or_more_range(Measure::Cost, &end);
    let said = if way.is_sure() {
        format!("Net cost in {year}: about {change} (80% range {range})")
    } else {
        let open = way.in_words("less", "more", "less or more");
        format!("Net cost in {year}: perhaps {open}, {range} (80% range; median {change})")
    };
    let often = how_often(facts, "It", &end);
    Some(format!("{said}.{often}"))
}

/// How often a change goes one way; nothing where futures are too few to tell.
fn how_often(facts: &Facts, what: &str, change: &Spread) -> String {
    if facts.are_few() { String::new() } else { format!(" {what} is {}.", words::how_often_lower(change)) }
}

/// What the change of all years together is made of: what becomes cash, what does not, and what was paid for it.
fn made_of(s: &ScenarioSummary, series: &Series) -> Option<String> {
    let part = |total: Total, of: &str, what: &str| {
        let sum = difference_since_start(s, &Item::total(total))?.points.last()?.1.mean;
        let change = words::fewer_or_more(Measure::Cost, sum);
        Some(match change.strip_suffix(" less") {
            // What is no longer paid for an intervention is a saving of its own, not less of a cost.
            Some(size) if total == Total::Interventions => format!("{size} saved by {what}"),
            _ if change == "no change" => format!("{change} in {what}"),
            _ => format!("{change} {of} {what}"),
        })
    };
    let is_change = |part: &String| !part.starts_with("no change");
    let lines = [
        part(Total::CashReleasing, "on", "lines that vary with children (cash-releasing)"),
        part(Total::NotCashReleasing, "on", "fixed lines (not cash-releasing)"),
    ];
    let paid = part(Total::Interventions, "for", "interventions").filter(is_change);
    let parts: Vec<String> = lines.into_iter().flatten().chain(paid).collect();
    let lead = if series.points.len() == 1 { "On average that is" } else { "That is" };
    parts.iter().any(is_change).then(|| format!("{lead} {}.", words::and(&parts)))
}

/// All years and parts of years together.
fn together(facts: &Facts, place: usize, s: &ScenarioSummary) -> Option<String> {
    let sums = difference_since_start(s, &Item::NET_COST)?;
    let in_years = difference_year(s, &Item::NET_COST)?;
    let ((first, _), (end, total)) = (*sums.points.first()?, *sums.points.last()?);
    let way = Direction::of_change(Measure::Cost, &total);
    if first == end || words::money(total.mean) == words::money(0.0) {
        return None;
    }
    let span = span(facts.period(first), facts.period(end));
    let saves = total.mean < 0.0;
    let (did, more) = if saves { ("saves", "") } else { ("costs", " more") };
    let size = words::money(total.mean.abs());
    let lead = format!("Over {span} together it {did} {size}{more}");
    if facts.is_one_future() {
        return Some(format!("{lead}, in one future."));
    }
    let range = words::fewer_or_more_range(Measure::Cost, &total);
    let lead = format!("{lead} on average (80% range {range})");
    if !way.is_sure() {
        let open = if facts.results.scenarios[place].only_invests && invests(s) {
            "; whether it pays for itself within these years is open"
        } else {
            ""
        };
        return Some(format!("{lead}{open}."));
    }
    let means: Vec<f64> = sums.points.iter().map(|p| if saves { p.1.mean } else { -p.1.mean }).collect();
    let turned = paid_back(&means).and_then(|i| sums.points.get(i)).map(|p| facts.period_name(p.0));
    if let Some(year) = turned {
        return Some(if saves {
            format!("{lead}; on average, what it costs at first has been earned back by the end of {year}.")
        } else {
            format!("{lead}; on average, what it saves at first has been lost again by the end of {year}.")
        });
    }
    Some(format!("{lead}{}.", against(facts, (place, s), in_years, saves)))
}

/// What else is to be said of a sum that is sure: that the last year goes against it, though not for long enough to turn it, and
/// that an investment does not pay for itself.
fn against(facts: &Facts, (place, s): (usize, &ScenarioSummary), in_years: &Series, saves: bool) -> String {
    let Some((day, last)) = in_years.points.last() else { return String::new() };
    let turns =
        Direction::of_change(Measure::Cost, last) == if saves { Direction::Up } else { Direction::Down };
    let (year, size) = (facts.period_name(*day), words::money(last.mean.abs()));
    let fails = !saves && facts.results.scenarios[place].only_invests && invests(s);
    match (fails, turns) {
        (false, false) => String::new(),
        (false, true) if saves => format!(", but in {year} alone it costs {size} more on average"),
        (false, true) => format!(", but in {year} alone it saves {size} on average"),
        (true, false) => ": within these years it does not pay for itself".to_owned(),
        (true, true) => format!(
            ": it does not pay for itself within these years, but in {year} alone it saves {size} on average"
        ),
    }
}

/// From a year to another; in months, where one of them is not whole.
fn span(first: Period, last: Period) -> String {
    if first.is_whole() && last.is_whole() {
        format!("{} to {}", words::financial_year(first.to), words::financial_year(last.to))
    } else {
        format!("{} to {}", words::month_in_full(first.from), words::month_in_full(last.to))
    }
}

/// The year from which the sum stays a saving, if it was a cost before.
fn paid_back(sums: &[f64]) -> Option<usize> {
    let last_cost = sums.iter().rposition(|sum| *sum > 0.0)?;
    (last_cost + 1 < sums.len()).then_some(last_cost + 1)
}

/// Whether its interventions cost anything.
fn invests(s: &ScenarioSummary) -> bool {
    let costs =
        s.difference_years.iter().filter(|series| matches!(series.item.thing, Thing::Intervention(_)));
    costs.flat_map(|series| &series.points).any(|p| p.1.mean > 0.0)
}

/// The days that the report is about.
pub(super) fn horizon(facts: &Facts) -> Option<(Date, Date)> {
    let points = facts.reference.months.iter().flat_map(|s| &s.points).map(|p| p.0);
    Some((points.clone().min()?, points.max()?))
}

#[cfg(test)]
mod tests {
    use super::paid_back;

    #[test]
    fn an_investment_is_paid_back_when_its_sum_stays_a_saving() {
        assert_eq!(paid_back(&[3.0, 1.0, -2.0, -4.0]), Some(2));
        assert_eq!(paid_back(&[3.0, -1.0, 2.0, -4.0]), Some(3));
        assert_eq!(paid_back(&[3.0, 1.0]), None);
        assert_eq!(paid_back(&[-3.0, -4.0]), None);
        assert_eq!(paid_back(&[]), None);
    }
}
