//! The figures behind the charts, by financial year.

use serde::Serialize;
use time::Date;

use super::{
    facts::{Facts, NET_COST, difference_year, last, line_outturn, outturn_years},
    words,
};
use crate::{
    experiment::summary::{Measure, ScenarioSummary, Series, Spread, find},
    scenario::file::{Behaviour, CostLine},
};

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
        Self { main: words::amount(measure, s.p50), aside: words::range(measure, s) }
    }

    fn change(measure: Measure, s: &Spread) -> Self {
        Self { main: words::change(measure, s.p50), aside: words::change_range(measure, s) }
    }
}

/// The stocks, each by year and scenario.
pub(super) fn stocks(facts: &Facts) -> Vec<Table> {
    facts.stocks().into_iter().map(|series| by_scenario(facts, series)).collect()
}

/// One item: a row for each year, a column for each scenario.
fn by_scenario(facts: &Facts, series: &Series) -> Table {
    let scenarios = &facts.results.summary.scenarios;
    let first = series.points.first().map(|p| p.0);
    let past: Vec<(Date, f64)> =
        if series.item == NET_COST { facts.outturn() } else { facts.history(&series.item).years };
    let past: Vec<_> = past.into_iter().filter(|p| first.is_none_or(|f| p.0 < f)).collect();
    let past = &past[past.len().saturating_sub(PAST)..];
    let has_past = !past.is_empty();
    let mut rows: Vec<Row> = past
        .iter()
        .map(|(date, value)| {
            let mut cells = vec![Cell::of(words::amount(series.measure, *value))];
            cells.resize(scenarios.len() + 1, Cell::default());
            Row { head: date_name(series.measure, *date), cells, ..Row::default() }
        })
        .collect();
    for (date, _) in &series.points {
        let projected = scenarios.iter().map(|s| {
            let spread = at(s.year_series(series.measure, &series.item), *date);
            spread.map_or_else(Cell::none, |s| Cell::spread(series.measure, &s))
        });
        let cells = has_past.then(Cell::default).into_iter().chain(projected).collect();
        rows.push(Row { head: date_name(series.measure, *date), cells, ..Row::default() });
    }
    let lead = if series.measure == Measure::Stock { "On" } else { "Financial year" };
    let recorded = has_past.then(|| "Recorded".to_owned());
    let names = scenarios.iter().map(|s| s.name.clone());
    Table {
        caption: words::opening(&series.title),
        head: std::iter::once(lead.to_owned()).chain(recorded).chain(names).collect(),
        rows,
        notes: note(facts, series).into_iter().collect(),
    }
}

fn note(facts: &Facts, series: &Series) -> Option<String> {
    let file = facts.file()?;
    match series.measure {
        Measure::Stock => file.stocks.get(&series.item)?.note.clone(),
        Measure::Flow => file.flows.get(&series.item)?.note.clone(),
        _ => None,
    }
}

fn date_name(measure: Measure, date: Date) -> String {
    if measure == Measure::Stock { words::day(date) } else { words::financial_year(date) }
}

fn at(series: Option<&Series>, date: Date) -> Option<Spread> {
    series?.points.iter().find(|p| p.0 == date).map(|p| p.1)
}

/// How the main stock is divided: over the years in the reference, and at the end in every scenario.
pub(super) fn divisions(facts: &Facts) -> Vec<Table> {
    let Some(main) = facts.main() else { return Vec::new() };
    let title = words::opening(&main.title);
    facts
        .divisions(&main.item)
        .iter()
        .flat_map(|division| {
            let lines: Vec<(&Series, bool)> = division
                .items
                .iter()
                .filter_map(|item| facts.reference.year_series(Measure::Stock, item))
                .filter(|s| !s.points.is_empty())
                .map(|s| (s, false))
                .collect();
            let by = words::within(&division.title);
            over_years_and_scenarios(facts, &lines, &format!("{title} by {by}"), &division.title)
        })
        .collect()
}

/// Events along the pathway, with their parts.
pub(super) fn flows(facts: &Facts) -> Vec<Table> {
    let mut lines: Vec<(&Series, bool)> = Vec::new();
    for flow in facts.flows() {
        lines.push((flow, false));
        lines.extend(facts.parts(Measure::Flow, &flow.item).into_iter().map(|part| (part, true)));
    }
    let mut tables = over_years_and_scenarios(facts, &lines, "Events in the year", "Event");
    if let Some(first) = tables.first_mut() {
        let notes = lines.iter().filter_map(|(s, _)| Some(format!("{}: {}", s.title, note(facts, s)?)));
        first.notes.extend(notes);
    }
    tables
}

fn over_years_and_scenarios(
    facts: &Facts,
    lines: &[(&Series, bool)],
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
    let mut years: Vec<Date> = lines.iter().flat_map(|(s, _)| &s.points).map(|p| p.0).collect();
    years.sort();
    years.dedup();
    let first = years.first().copied();
    let past_of = |s: &Series| {
        let years = facts.history(&s.item).years;
        years.into_iter().rfind(|p| first.is_none_or(|f| p.0 < f))
    };
    let past = lines.iter().filter_map(|(s, _)| past_of(s)).map(|p| p.0).max();
    let measure = lines.first().map_or(Measure::Stock, |l| l.0.measure);
    let rows = lines
        .iter()
        .map(|(series, part)| {
            let before = past.map(|date| {
                let found = past_of(series).filter(|p| p.0 == date);
                found.map_or_else(Cell::none, |p| Cell::of(words::amount(measure, p.1)))
            });
            let after = years
                .iter()
                .map(|year| at(Some(series), *year).map_or_else(Cell::none, |s| Cell::spread(measure, &s)));
            let cells = before.into_iter().chain(after).collect();
            Row { head: words::opening(&series.title), part: *part, cells, ..Row::default() }
        })
        .collect();
    let recorded = past.map(|date| format!("{} (recorded)", date_name(measure, date)));
    let names = years.iter().map(|year| date_name(measure, *year));
    Table {
        caption: format!("{caption}: {}", facts.reference.name),
        head: std::iter::once(head.to_owned()).chain(recorded).chain(names).collect(),
        rows,
        notes: Vec::new(),
    }
}

/// Items in rows, scenarios in columns, in the last year.
fn over_scenarios(facts: &Facts, lines: &[(&Series, bool)], caption: &str, head: &str) -> Option<Table> {
    let end = lines.iter().filter_map(|(s, _)| last(Some(s))).map(|p| p.0).max()?;
    let measure = lines.first()?.0.measure;
    let cell = |s: &ScenarioSummary, item: &str| {
        let Some(spread) = at(s.year_series(measure, item), end) else { return Cell::none() };
        match at(find(&s.difference_years, measure, item), end) {
            Some(change) => {
                Cell { main: words::amount(measure, spread.p50), aside: words::change(measure, change.p50) }
            }
            None => Cell::of(words::amount(measure, spread.p50)),
        }
    };
    let scenarios = &facts.results.summary.scenarios;
    let rows = lines
        .iter()
        .map(|(series, part)| Row {
            head: words::opening(&series.title),
            part: *part,
            cells: scenarios.iter().map(|s| cell(s, &series.item)).collect(),
            ..Row::default()
        })
        .collect();
    let when = date_name(measure, end);
    Some(Table {
        caption: format!("{caption}: every scenario, {when}"),
        head: std::iter::once(head.to_owned()).chain(scenarios.iter().map(|s| s.name.clone())).collect(),
        rows,
        notes: vec!["Below each number: the middle difference from the first scenario.".to_owned()],
    })
}

/// Net cost by year and scenario, then the lines of the reference's budget.
pub(super) fn costs(facts: &Facts) -> Vec<Table> {
    let net = facts.reference.year_series(Measure::Cost, NET_COST).filter(|s| !s.points.is_empty());
    net.map(|series| by_scenario(facts, series)).into_iter().chain(budget(facts)).collect()
}

fn budget(facts: &Facts) -> Option<Table> {
    let costs: Vec<&Series> = facts
        .reference
        .years
        .iter()
        .filter(|s| s.measure == Measure::Cost && !s.points.is_empty())
        .filter(|s| ["line/", "income/", "intervention/"].iter().any(|kind| s.item.starts_with(kind)))
        .collect();
    let mut years: Vec<Date> = costs.iter().flat_map(|s| &s.points).map(|p| p.0).collect();
    years.sort();
    years.dedup();
    let first = *years.first()?;
    let lines = facts.file().into_iter().flat_map(|f| f.costs.values().chain(f.income.values()));
    let past: Vec<Date> = outturn_years(lines).into_iter().filter(|y| *y < first).collect();
    let past = &past[past.len().saturating_sub(PAST)..];
    let mut rows: Vec<Row> = costs.iter().map(|s| budget_row(facts, s, past, &years)).collect();
    rows.extend(
        facts.reference.year_series(Measure::Cost, NET_COST).map(|s| net_row(facts, s, past, &years)),
    );
    let recorded = past.iter().map(|y| format!("{} (outturn)", words::financial_year(*y)));
    let names = years.iter().map(|y| words::financial_year(*y));
    Some(Table {
        caption: format!("Cost by line: {}", facts.reference.name),
        head: std::iter::once("Line".to_owned()).chain(recorded).chain(names).collect(),
        rows,
        notes: vec![
            "Medians do not add up: those of the lines come to another sum than the median of the net cost."
                .to_owned(),
        ],
    })
}

fn budget_row(facts: &Facts, series: &Series, past: &[Date], years: &[Date]) -> Row {
    let line = cost_line(facts, &series.item);
    let before = past.iter().map(|year| {
        let value = line.and_then(|line| line_outturn(line, *year));
        value.map_or_else(Cell::none, |v| Cell::of(words::money(v)))
    });
    let kind = series.item.split('/').next().unwrap_or_default();
    let aside = match (kind, line.map(|l| l.behaves)) {
        ("income", _) => "income, taken off",
        ("intervention", _) => "intervention",
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
    let outturn = facts.outturn();
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
    years
        .iter()
        .map(|year| at(Some(series), *year).map_or_else(Cell::none, |s| Cell::spread(series.measure, &s)))
}

/// The line of the scenario file that a cost item comes from.
fn cost_line<'a>(facts: &Facts<'a>, item: &str) -> Option<&'a CostLine> {
    let file = facts.file()?;
    match item.split_once('/')? {
        ("line", name) => file.costs.get(name),
        ("income", name) => file.income.get(name),
        _ => None,
    }
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
    let net = difference_year(s, Measure::Cost, NET_COST)?;
    let means = |series: Option<&Series>| {
        let mean = |(date, _): &(Date, Spread)| at(series, *date).map_or(0.0, |spread| spread.mean);
        net.points.iter().map(mean).collect::<Vec<f64>>()
    };
    let named = |part: &str| difference_year(s, Measure::Cost, &format!("{NET_COST}/{part}"));
    let mut parts = vec![Part { head: "Average", by_year: means(Some(net)) }];
    for (name, head) in [("cash_releasing", "Of which cash"), ("not_cash_releasing", "Of which not cash")] {
        parts.extend(named(name).map(|series| Part { head, by_year: means(Some(series)) }));
    }
    parts.extend(rest(&parts));
    let row = |(i, (date, spread)): (usize, &(Date, Spread))| {
        let averages = parts.iter().map(|p| Cell::of(words::money_change(p.by_year[i])));
        let cells = std::iter::once(Cell::change(Measure::Cost, spread)).chain(averages).collect();
        Row { head: words::financial_year(*date), cells, ..Row::default() }
    };
    let mut rows: Vec<Row> = net.points.iter().enumerate().map(row).collect();
    let sums = parts.iter().map(|p| Cell::of(words::money_change(p.by_year.iter().sum())));
    let cells = std::iter::once(Cell::none()).chain(sums).collect();
    rows.push(Row { head: "All years".to_owned(), sum: true, cells, ..Row::default() });
    let heads = ["Financial year", "Change in net cost"].into_iter().chain(parts.iter().map(|p| p.head));
    Some(Table {
        caption: format!("{} against {}", s.name, facts.reference.name),
        head: heads.map(str::to_owned).collect(),
        rows,
        notes: Vec::new(),
    })
}

/// What cash and no cash leave of the net change, where both are known and it is not nothing.
fn rest(parts: &[Part]) -> Option<Part> {
    let [net, cash, fixed] = parts else { return None };
    let left = |i: usize| net.by_year[i] - cash.by_year[i] - fixed.by_year[i];
    let by_year: Vec<f64> = (0..net.by_year.len()).map(left).collect();
    let counts = by_year.iter().any(|x| x.abs() >= 500.0);
    counts.then_some(Part { head: "Interventions and other", by_year })
}

/// What a scenario's interventions cost in each year; only those with these names, if any are given.
pub(super) fn interventions(s: &ScenarioSummary, only: Option<&[&str]>) -> Option<Table> {
    let wanted = |item: &str| {
        let name = item.strip_prefix("intervention/")?;
        only.is_none_or(|only| only.contains(&name)).then_some(())
    };
    let costs: Vec<&Series> = s
        .years
        .iter()
        .filter(|series| series.measure == Measure::Cost && wanted(&series.item).is_some())
        .filter(|series| !series.points.is_empty())
        .collect();
    let mut years: Vec<Date> = costs.iter().flat_map(|s| &s.points).map(|p| p.0).collect();
    years.sort();
    years.dedup();
    years.first()?;
    let row = |series: &&Series| Row {
        head: words::opening(&series.title),
        cells: projected(series, &years).collect(),
        ..Row::default()
    };
    Some(Table {
        caption: format!("{}: what its interventions cost", s.name),
        head: std::iter::once("Intervention".to_owned())
            .chain(years.iter().map(|y| words::financial_year(*y)))
            .collect(),
        rows: costs.iter().map(row).collect(),
        notes: Vec::new(),
    })
}
