//! The figures behind the charts, by financial year.

use serde::Serialize;
use time::Date;

use super::{
    direction::Direction,
    facts::{Facts, Outturn, difference_since_start, difference_year, last},
    words,
};
use crate::{
    experiment::summary::{Item, Measure, ScenarioSummary, Series, Spread, series_of},
    record::{Thing, Total},
    scenario::{file::Behaviour, line_of},
};

/// Tables with more years than this leave some out.
const MANY: usize = 6;

/// How many recorded years stand beside the projected ones.
const PAST: usize = 3;

/// A table.
#[derive(Debug, Default, Serialize)]
pub(super) struct Table {
    pub(super) caption: String,
    /// The column heads, that of the row heads first.
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Said under it.
    pub(super) notes: Vec<String>,
}

/// A row.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    pub(super) head: String,
    /// What its head needs to be understood.
    pub(super) aside: String,
    /// Whether it is a part of the row above.
    pub(super) part: bool,
    /// Whether it is a sum.
    pub(super) sum: bool,
    pub(super) cells: Vec<Cell>,
}

/// A number, and its range or what else qualifies it.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Cell {
    pub(super) main: String,
    pub(super) aside: String,
}

impl Cell {
    fn of(text: String) -> Self {
        Self { main: text, aside: String::new() }
    }

    fn none() -> Self {
        Self::of("\u{2013}".to_owned())
    }

    fn spread(measure: Measure, s: &Spread) -> Self {
        let certain = words::amount(measure, s.p10) == words::amount(measure, s.p90);
        let aside = if certain { String::new() } else { held(&words::range(measure, s)) };
        Self { main: words::amount(measure, s.p50), aside }
    }

    fn change(measure: Measure, s: &Spread) -> Self {
        let certain = words::change(measure, s.p10) == words::change(measure, s.p90);
        let aside = if certain { String::new() } else { held(&words::change_range(measure, s)) };
        Self { main: words::change(measure, s.p50), aside }
    }
}

/// A range whose signs stay with their numbers where its line is broken.
fn held(range: &str) -> String {
    range.replace(words::MINUS, "\u{2212}\u{2060}")
}

/// The main stock by year and scenario; then the others, in the reference by year and in every scenario at the end.
pub(super) fn stocks(facts: &Facts) -> Vec<Table> {
    let stocks = facts.stocks();
    let Some((main, others)) = stocks.split_first() else { return Vec::new() };
    let others: Vec<(&Series, bool)> = others.iter().map(|s| (*s, false)).collect();
    let mut tables = over_years_and_scenarios(facts, &others, "Other counts", "Count");
    explain(facts, &others, &mut tables);
    std::iter::once(by_scenario(facts, main)).chain(tables).collect()
}

/// Notes of the items under the first of their tables.
fn explain(facts: &Facts, lines: &[(&Series, bool)], tables: &mut [Table]) {
    if let Some(first) = tables.first_mut() {
        let notes =
            lines.iter().filter_map(|(s, _)| Some(format!("{}: {}", facts.title(s), note(facts, s)?)));
        first.notes.extend(notes);
    }
}

/// One item: a row for each year, a column for each scenario.
fn by_scenario(facts: &Facts, series: &Series) -> Table {
    let scenarios = &facts.results.summary.scenarios;
    let recorded = Recorded::new(facts, series);
    let past = &recorded.past;
    let dates = series.points.iter().map(|p| p.0);
    let shown: Vec<Date> = past[past.len().saturating_sub(PAST)..].iter().copied().chain(dates).collect();
    let has_past = shown.iter().any(|d| recorded.at(facts, *d).is_some());
    let row = |date: &Date| {
        let projected = scenarios.iter().map(|s| {
            let spread = at(s.years_of(&series.item), *date);
            spread.map_or_else(Cell::default, |s| Cell::spread(series.item.measure, &s))
        });
        let cell = has_past.then(|| recorded.cell(facts, *date));
        let cells = cell.into_iter().chain(projected).collect();
        Row { head: date_name(facts, series.item.measure, *date), cells, ..Row::default() }
    };
    let lead = if series.item.measure == Measure::Stock { "On" } else { "Financial year" };
    let names = scenarios.iter().map(|s| s.name.clone());
    let head = has_past.then(|| recorded.head.to_owned());
    Table {
        caption: facts.title(series),
        head: std::iter::once(lead.to_owned()).chain(head).chain(names).collect(),
        rows: shown.iter().map(row).collect(),
        notes: note(facts, series).into_iter().chain(recorded.note.filter(|_| has_past)).collect(),
    }
}

/// What was recorded of an item, for a column of its own.
struct Recorded {
    head: &'static str,
    measure: Measure,
    years: Vec<(Date, f64)>,
    /// The years before the projection.
    past: Vec<Date>,
    /// Where it is not of the whole item, what the same comes to in the projection.
    alike: Vec<(Date, f64)>,
    note: Option<String>,
}

impl Recorded {
    fn new(facts: &Facts, series: &Series) -> Self {
        let outturn = (series.item == Item::NET_COST).then(|| facts.outturn());
        let (head, years, alike, note) = match outturn {
            None => ("Recorded", facts.history(&series.item).years, Vec::new(), None),
            Some(None) => ("Recorded", Vec::new(), Vec::new(), None),
            Some(Some(o)) if o.is_net_cost() => ("Recorded", o.years, Vec::new(), None),
            Some(Some(o)) => {
                let note = format!(
                    "Lines with an outturn are {}. Net cost holds all lines, and the interventions: what is recorded \
                     is to be compared with the same lines in the projection, not with net cost.",
                    o.of_what()
                );
                ("Lines with an outturn", o.years, o.projected, Some(note))
            }
        };
        let first = series.points.first().map(|p| p.0);
        let past = years.iter().map(|p| p.0).filter(|d| first.is_none_or(|f| *d < f)).collect();
        Self { head, measure: series.item.measure, years, past, alike, note }
    }

    /// What is recorded of a day or a year; nothing beside a part of that year.
    fn at(&self, facts: &Facts, date: Date) -> Option<f64> {
        let fits = self.measure == Measure::Stock || self.past.contains(&date) || facts.is_whole(date);
        self.years.iter().find(|p| p.0 == date && fits).map(|p| p.1)
    }

    fn cell(&self, facts: &Facts, date: Date) -> Cell {
        let projected = || self.alike.iter().find(|p| p.0 == date).map(|p| (p.1, "projected average"));
        let recorded = self.at(facts, date).map(|v| (v, if self.note.is_some() { "recorded" } else { "" }));
        recorded.or_else(projected).map_or_else(Cell::default, |(value, aside)| Cell {
            main: words::amount(self.measure, value),
            aside: aside.to_owned(),
        })
    }
}

/// The years that a table shows: all, if they are few; otherwise the start, the first three, every fifth and
/// the last, and parts of years.
fn chosen(facts: &Facts, years: &[Date]) -> Vec<Date> {
    if years.len() <= MANY {
        return years.to_vec();
    }
    let before = |year: &Date| Some(*year) == facts.opening() || !facts.is_whole(*year);
    let (start, end) = (
        usize::from(years.first().is_some_and(before)),
        years.len() - usize::from(years.last().is_some_and(before)),
    );
    let keep = |i: usize| i < start + 3 || (i + 1 - start).is_multiple_of(5) || i + 1 >= end;
    (0..years.len()).filter(|i| keep(*i)).map(|i| years[i]).collect()
}

/// Whether tables leave years out.
pub(super) fn leave_years_out(facts: &Facts) -> bool {
    facts.reference.years.iter().any(|s| s.points.len() > MANY)
}

fn note(facts: &Facts, series: &Series) -> Option<String> {
    let file = facts.file()?;
    match &series.item.thing {
        Thing::Stock(name) if series.item.is_whole() => file.stocks.get(name)?.note.clone(),
        Thing::Flow(name) if series.item.is_whole() => file.flows.get(name)?.note.clone(),
        _ => None,
    }
}

fn date_name(facts: &Facts, measure: Measure, date: Date) -> String {
    if measure == Measure::Stock { words::day(date) } else { facts.period_name(date) }
}

fn at(series: Option<&Series>, date: Date) -> Option<Spread> {
    series?.points.iter().find(|p| p.0 == date).map(|p| p.1)
}

/// How the main stock is divided: over the years in the reference, and at the end in every scenario.
pub(super) fn divisions(facts: &Facts) -> Vec<Table> {
    facts.main().map_or_else(Vec::new, |main| divided(facts, main))
}

/// How a stock or a flow is divided, a table for each way.
fn divided(facts: &Facts, whole: &Series) -> Vec<Table> {
    let title = words::opening(&whole.title);
    facts
        .divisions(&whole.item)
        .iter()
        .flat_map(|division| {
            let lines: Vec<(&Series, bool)> = division
                .items
                .iter()
                .filter_map(|item| facts.reference.years_of(item))
                .filter(|s| !s.points.is_empty() && !facts.is_idle(s))
                .map(|s| (s, false))
                .collect();
            let by = words::within(&division.title);
            over_years_and_scenarios(facts, &lines, &format!("{title} by {by}"), &division.title)
        })
        .collect()
}

/// Events along the pathway, with those by single exits; then the flows that are counted by who the children are.
pub(super) fn flows(facts: &Facts) -> Vec<Table> {
    let flows = facts.flows();
    let mut lines: Vec<(&Series, bool)> = Vec::new();
    for flow in &flows {
        lines.push((flow, false));
        let exits = facts.exits(&flow.item).into_iter();
        lines.extend(exits.filter(|part| !facts.is_idle(part)).map(|part| (part, true)));
    }
    let mut tables = over_years_and_scenarios(facts, &lines, "Events in the year", "Event");
    explain(facts, &lines, &mut tables);
    tables.extend(flows.iter().flat_map(|flow| divided(facts, flow)));
    tables
}

/// How places are used and how long children wait for them, where that is counted: for each scenario, places in rows and
/// years in columns.
pub(super) fn places(facts: &Facts) -> Vec<Table> {
    facts.results.summary.scenarios.iter().filter_map(|s| places_of(facts, s)).collect()
}

fn places_of(facts: &Facts, s: &ScenarioSummary) -> Option<Table> {
    let is_counted = |name: &str| s.years_of(&Item::taken(name)).is_some();
    let of_places = |series: &&Series| match &series.item.thing {
        Thing::Taken(_) => true,
        Thing::Waiting(name) => is_counted(name),
        _ => false,
    };
    let mut lines: Vec<&Series> = s.years.iter().filter(of_places).filter(|s| !s.points.is_empty()).collect();
    // Those who wait for a service stand elsewhere in the results.
    let name = |series: &Series| series.item.thing.name().map(str::to_owned);
    let order: Vec<Option<String>> = lines.iter().map(|series| name(series)).collect();
    lines.sort_by_key(|series| order.iter().rposition(|other| *other == name(series)));
    let first = *lines.first()?;
    // Taken on the first day are those of a year that is not simulated.
    let all: Vec<Date> =
        years_of(lines.iter().copied().filter(|s| s.item.measure != Measure::Stock).chain([first]));
    let years: Vec<Date> =
        chosen(facts, &all).into_iter().filter(|day| Some(*day) != facts.opening()).collect();
    let row = |series: &&Series| Row {
        head: words::opening(&series.title),
        cells: projected(series, &years).collect(),
        ..Row::default()
    };
    Some(Table {
        caption: format!("Places and waits: {}", s.name),
        head: std::iter::once("Places".to_owned())
            .chain(years.iter().map(|y| facts.period_name(*y)))
            .collect(),
        rows: lines.iter().map(row).collect(),
        notes: vec![
            "Places taken and children waiting are those of the year\u{2019}s last day. Use is the days on which places were \
             taken, of the days of all places. The wait is that of children let in or no longer waiting, those let in at once \
             among them."
                .to_owned(),
        ],
    })
}

fn over_years_and_scenarios<'a>(
    facts: &Facts<'a>,
    lines: &[(&'a Series, bool)],
    caption: &str,
    head: &str,
) -> Vec<Table> {
    if lines.is_empty() {
        return Vec::new();
    }
    let mut tables = vec![over_years(facts, lines, caption, head)];
    if facts.results.summary.scenarios.len() > 1 {
        tables.extend(over_scenarios(facts, lines, caption, head));
    }
    tables
}

/// Items in rows, years in columns, in the reference.
fn over_years(facts: &Facts, lines: &[(&Series, bool)], caption: &str, head: &str) -> Table {
    let years = years_of(lines.iter().map(|l| l.0));
    let first = years.first().copied();
    let measure = lines.first().map_or(Measure::Stock, |l| l.0.item.measure);
    let recorded = |s: &Series, date: Date| {
        let years = facts.history(&s.item).years;
        let is_alike = measure == Measure::Stock || first.is_none_or(|f| date < f) || facts.is_whole(date);
        let known = |p: &(Date, f64)| p.0 == date && first.is_none_or(|f| date <= f) && is_alike;
        years.into_iter().find(known).map(|p| p.1)
    };
    // A count on the first day stands in the column of that day.
    let opened = first.filter(|f| facts.opening() == Some(*f));
    // What nobody has recorded of the first day does not stand under that word.
    let is_mixed =
        |date: Date| opened == Some(date) && lines.iter().any(|(s, _)| recorded(s, date).is_none());
    let is_recorded = |date: Date| !is_mixed(date) && lines.iter().any(|(s, _)| recorded(s, date).is_some());
    let past = lines.iter().flat_map(|(s, _)| facts.history(&s.item).years).map(|p| p.0);
    let name_of = |date: Date| {
        // What stands before the first year is recorded, of a whole year.
        let is_past = measure != Measure::Stock && first.is_some_and(|f| date < f);
        if is_past { words::financial_year(date) } else { date_name(facts, measure, date) }
    };
    let past = past.filter(|d| opened.is_none() && first.is_none_or(|f| *d < f)).max();
    let chosen = chosen(facts, &years);
    let shown: Vec<Date> = past.into_iter().chain(chosen.iter().copied()).collect();
    let rows = lines
        .iter()
        .map(|(series, part)| {
            let cell = |date: &Date| match recorded(series, *date) {
                Some(value) => {
                    let aside = if is_mixed(*date) { "recorded" } else { "" };
                    Cell { main: words::amount(measure, value), aside: aside.to_owned() }
                }
                None => at(Some(series), *date).map_or_else(Cell::none, |s| Cell::spread(measure, &s)),
            };
            let cells = shown.iter().map(cell).collect();
            Row { head: facts.title(series), part: *part, cells, ..Row::default() }
        })
        .collect();
    let names = shown.iter().map(|date| match name_of(*date) {
        name if is_recorded(*date) => format!("{name} (recorded)"),
        name if opened == Some(*date) => format!("{name} (start)"),
        name => name,
    });
    Table {
        caption: format!("{caption}: {}", facts.reference.name),
        head: std::iter::once(head.to_owned()).chain(names).collect(),
        rows,
        notes: Vec::new(),
    }
}

fn years_of<'a>(lines: impl Iterator<Item = &'a Series>) -> Vec<Date> {
    let mut years: Vec<Date> = lines.flat_map(|s| &s.points).map(|p| p.0).collect();
    years.sort();
    years.dedup();
    years
}

/// Items in rows, scenarios in columns, in the last year: a whole one, if there is any.
fn over_scenarios<'a>(
    facts: &Facts<'a>,
    lines: &[(&'a Series, bool)],
    caption: &str,
    head: &str,
) -> Option<Table> {
    let measure = lines.first()?.0.item.measure;
    let last = |s: &'a Series| if measure == Measure::Stock { last(Some(s)) } else { facts.last_year(s) };
    let end = lines.iter().filter_map(|(s, _)| last(s)).map(|p| p.0).max()?;
    let cell = |s: &ScenarioSummary, item: &Item| {
        let Some(spread) = at(s.years_of(item), end) else { return Cell::none() };
        match at(series_of(&s.difference_years, item), end) {
            Some(change) => {
                let aside = if Direction::of_change(measure, &change).is_open() {
                    held(&words::change_range(measure, &change))
                } else {
                    words::change(measure, change.p50)
                };
                Cell { main: words::amount(measure, spread.p50), aside }
            }
            None => Cell::of(words::amount(measure, spread.p50)),
        }
    };
    let scenarios = &facts.results.summary.scenarios;
    let rows = lines
        .iter()
        .map(|(series, part)| Row {
            head: facts.title(series),
            part: *part,
            cells: scenarios.iter().map(|s| cell(s, &series.item)).collect(),
            ..Row::default()
        })
        .collect();
    let when = date_name(facts, measure, end);
    Some(Table {
        caption: format!("{caption}: every scenario, {when}"),
        head: std::iter::once(head.to_owned()).chain(scenarios.iter().map(|s| s.name.clone())).collect(),
        rows,
        notes: vec![
            "Below each number: the median difference from the first scenario; where its 80% range leaves open which \
             way it goes, that range."
                .to_owned(),
        ],
    })
}

/// Net cost by year and scenario, then the lines of the reference's budget.
pub(super) fn costs(facts: &Facts) -> Vec<Table> {
    let net = facts.reference.years_of(&Item::NET_COST).filter(|s| !s.points.is_empty());
    net.map(|series| by_scenario(facts, series)).into_iter().chain(budget(facts)).collect()
}

fn budget(facts: &Facts) -> Option<Table> {
    let costs: Vec<&Series> = facts
        .reference
        .years
        .iter()
        .filter(|s| !s.points.is_empty())
        .filter(|s| matches!(s.item.thing, Thing::Line(_) | Thing::Income(_) | Thing::Intervention(_)))
        .collect();
    let all_years = years_of(costs.iter().copied());
    let first = *all_years.first()?;
    let years = chosen(facts, &all_years);
    let past: Vec<Date> = facts.outturn_years().into_iter().filter(|y| *y < first).collect();
    let past = &past[past.len().saturating_sub(PAST)..];
    let mut rows: Vec<Row> = costs.iter().map(|s| budget_row(facts, s, past, &years)).collect();
    rows.extend(facts.reference.years_of(&Item::NET_COST).map(|s| net_row(facts, s, past, &years)));
    let recorded = past.iter().map(|y| format!("{} (outturn)", words::financial_year(*y)));
    let names = years.iter().map(|y| facts.period_name(*y));
    Some(Table {
        caption: format!("Cost by line: {}", facts.reference.name),
        head: std::iter::once("Line".to_owned()).chain(recorded).chain(names).collect(),
        rows,
        notes: Vec::new(),
    })
}

fn budget_row(facts: &Facts, series: &Series, past: &[Date], years: &[Date]) -> Row {
    let line = facts.file().and_then(|file| line_of(file, &series.item));
    let history = facts.history(&series.item);
    let before =
        past.iter().map(|year| history.in_year(*year).map_or_else(Cell::none, |v| Cell::of(words::money(v))));
    let aside = match (&series.item.thing, line.map(|l| l.behaves)) {
        (Thing::Income(_), _) => "income",
        (Thing::Intervention(_), _) => "intervention",
        (_, Some(Behaviour::Varies)) => "varies with children",
        (_, Some(Behaviour::Fixed)) => "fixed",
        _ => "",
    };
    Row {
        head: words::opening(&series.title),
        aside: aside.to_owned(),
        cells: before.chain(projected(series, years)).collect(),
        ..Row::default()
    }
}

fn net_row(facts: &Facts, series: &Series, past: &[Date], years: &[Date]) -> Row {
    let outturn = facts.outturn().filter(Outturn::is_net_cost).map(|o| o.years).unwrap_or_default();
    let before = past.iter().map(|year| {
        let found = outturn.iter().find(|p| p.0 == *year);
        found.map_or_else(Cell::none, |p| Cell::of(words::money(p.1)))
    });
    Row {
        head: words::opening(&series.title),
        sum: true,
        cells: before.chain(projected(series, years)).collect(),
        ..Row::default()
    }
}

fn projected<'a>(series: &'a Series, years: &'a [Date]) -> impl Iterator<Item = Cell> + 'a {
    years.iter().map(|year| {
        at(Some(series), *year).map_or_else(Cell::none, |s| Cell::spread(series.item.measure, &s))
    })
}

/// What each what-if saves in each year, and how much of it is cash.
pub(super) fn savings(facts: &Facts) -> Vec<Table> {
    facts.what_ifs().filter_map(|(_, s)| saving(facts, s)).collect()
}

/// A part of the net cost that a saving is divided into.
struct Part {
    head: &'static str,
    by_year: Vec<f64>,
}

fn saving(facts: &Facts, s: &ScenarioSummary) -> Option<Table> {
    let net = difference_year(s, &Item::NET_COST)?;
    let means = |series: Option<&Series>| {
        let mean = |(date, _): &(Date, Spread)| at(series, *date).map_or(0.0, |spread| spread.mean);
        net.points.iter().map(mean).collect::<Vec<f64>>()
    };
    let mut parts = vec![Part { head: "Average", by_year: means(Some(net)) }];
    for (total, head) in [
        (Total::CashReleasing, "Cash-releasing"),
        (Total::NotCashReleasing, "Not cash-releasing"),
        (Total::Interventions, "Interventions"),
    ] {
        let series = difference_year(s, &Item::total(total));
        parts.extend(series.map(|series| Part { head, by_year: means(Some(series)) }));
    }
    parts.extend(rest(&parts));
    let row = |(i, (date, spread)): (usize, &(Date, Spread))| {
        let averages = parts.iter().map(|p| Cell::of(words::money_change(p.by_year[i])));
        let cells = std::iter::once(Cell::change(Measure::Cost, spread)).chain(averages).collect();
        Row { head: facts.period_name(*date), cells, ..Row::default() }
    };
    let mut rows: Vec<Row> = net.points.iter().enumerate().map(row).collect();
    let sums = parts.iter().map(|p| Cell::of(words::money_change(p.by_year.iter().sum())));
    let is_whole = net.points.iter().all(|p| facts.is_whole(p.0));
    let all = if is_whole { "All years" } else { "All years and parts" };
    let total = difference_since_start(s, &Item::NET_COST).and_then(|series| series.points.last());
    let total = total.map_or_else(Cell::none, |p| Cell::change(Measure::Cost, &p.1));
    let cells = std::iter::once(total).chain(sums).collect();
    rows.push(Row { head: all.to_owned(), sum: true, cells, ..Row::default() });
    let heads = ["Financial year", "Change in net cost"].into_iter().chain(parts.iter().map(|p| p.head));
    Some(Table {
        caption: format!("{} against {}", s.name, facts.reference.name),
        head: heads.map(str::to_owned).collect(),
        rows,
        notes: vec!["Rounded, so that sums may be out by one in the last digit.".to_owned()],
    })
}

/// What the other parts leave of the net change, if they leave anything.
fn rest(parts: &[Part]) -> Option<Part> {
    let [net, others @ ..] = parts else { return None };
    let left = |i: usize| net.by_year[i] - others.iter().map(|p| p.by_year[i]).sum::<f64>();
    let by_year: Vec<f64> = (0..net.by_year.len()).map(left).collect();
    let counts = !others.is_empty() && by_year.iter().any(|x| x.abs() >= 500.0);
    counts.then_some(Part { head: "Other", by_year })
}

/// What a scenario's interventions cost in each year, and how many children they reach; only those with
/// these names, if any are given.
pub(super) fn interventions(facts: &Facts, s: &ScenarioSummary, only: Option<&[&str]>) -> Option<Table> {
    let named = |name: &String| only.is_none_or(|only| only.contains(&name.as_str()));
    let wanted = |series: &&Series| match &series.item.thing {
        Thing::Intervention(name) | Thing::Reached(name) | Thing::Moved(name) | Thing::Waiting(name) => {
            named(name)
        }
        _ => false,
    };
    let counted = s.years.iter().filter(wanted).filter(|series| !series.points.is_empty());
    // Nothing is said of what is nothing in every year, such as the cost of a loss.
    let counted = counted.filter(|series| series.points.iter().any(|p| p.1.p97_5 != 0.0 || p.1.p2_5 != 0.0));
    let (costs, reached): (Vec<&Series>, Vec<&Series>) =
        counted.partition(|s| s.item.measure == Measure::Cost);
    let all_years = years_of(costs.iter().chain(&reached).copied());
    let years = chosen(facts, &all_years);
    years.first()?;
    let row = |series: &&Series| Row {
        head: words::opening(&series.title),
        cells: projected(series, &years).collect(),
        ..Row::default()
    };
    Some(Table {
        caption: format!("{}: what its interventions cost, and whom they reach", s.name),
        head: std::iter::once("Intervention".to_owned())
            .chain(years.iter().map(|y| facts.period_name(*y)))
            .collect(),
        rows: costs.iter().chain(&reached).map(row).collect(),
        notes: facts.parts_of_years().into_iter().collect(),
    })
}
