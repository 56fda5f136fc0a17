//! What there is to tell: which series stand for what, and what was recorded before.

use indexmap::IndexMap;
use time::Date;

use super::words;
use crate::{
    experiment::{
        summary::{Measure, ScenarioSummary, Series, Spread, find},
        tally::age_part,
    },
    export::Results,
    scenario::file::{CostLine, ScenarioFile, Stock},
};

/// The item that stands for the number of children looked after.
const LOOKED_AFTER: &str = "looked_after";

/// The item that stands for net cost.
pub(super) const NET_COST: &str = "total";

/// A batch with at least one scenario.
pub(super) struct Facts<'a> {
    pub(super) results: &'a Results<'a>,
    pub(super) reference: &'a ScenarioSummary,
}

/// Published figures of an item.
#[derive(Debug, Default, Clone)]
pub(super) struct History<'a> {
    /// At the ends of financial years, in order.
    pub(super) years: Vec<(Date, f64)>,
    /// Single later readings, in order.
    pub(super) readings: Vec<(Date, f64)>,
    /// Where they come from.
    pub(super) source: Option<&'a str>,
}

impl History<'_> {
    /// Without the years that would leave a projection of these days less than about half of a chart. A short
    /// projection still gets some years before it.
    pub(super) fn recent(self, first: Date, last: Date) -> Self {
        let projected = (last - first).whole_days();
        let reach = (projected * 6 / 5).max((projected * 5).min(5 * 366)) + 10;
        let years = self.years.into_iter().filter(|p| (first - p.0).whole_days() < reach).collect();
        Self { years, ..self }
    }
}

/// One way of dividing a stock.
pub(super) struct Division<'a> {
    /// What it is divided by, such as "Placement".
    pub(super) title: String,
    /// Whether it follows placements or another track, rather than age.
    pub(super) is_track: bool,
    /// The items.
    pub(super) items: Vec<&'a str>,
}

impl<'a> Facts<'a> {
    /// The facts of a batch, unless it has no scenario.
    pub(super) fn new(results: &'a Results<'a>) -> Option<Self> {
        let reference = results.summary.scenarios.first()?;
        Some(Self { results, reference })
    }

    /// The scenario file of the reference.
    pub(super) fn file(&self) -> Option<&'a ScenarioFile> {
        self.results.scenarios.first().map(|s| s.file)
    }

    /// What is compared with the reference: its place among the scenarios, and what came out.
    pub(super) fn what_ifs(&self) -> impl Iterator<Item = (usize, &'a ScenarioSummary)> + Clone {
        self.results.summary.scenarios.iter().enumerate().skip(1)
    }

    /// The stock that the report is about: children looked after if it is counted, otherwise the first in
    /// the scenario file.
    pub(super) fn main(&self) -> Option<&'a Series> {
        let stock = |item: &str| {
            self.reference.month_series(Measure::Stock, item).filter(|series| !series.points.is_empty())
        };
        let named = self.file().map(|f| f.stocks.keys()).into_iter().flatten();
        std::iter::once(LOOKED_AFTER).chain(named.map(String::as_str)).find_map(stock).or_else(|| {
            let mut whole = self.reference.months.iter().filter(|s| s.measure == Measure::Stock);
            whole.find(|s| is_whole(s) && !s.points.is_empty())
        })
    }

    /// The series of whole stocks by financial year, the main one first.
    pub(super) fn stocks(&self) -> Vec<&'a Series> {
        let main = self.main().map(|s| s.item.as_str());
        let mut all = self.ordered(Measure::Stock, self.file().map(|f| &f.stocks));
        all.sort_by_key(|s| Some(s.item.as_str()) != main);
        all
    }

    /// The series of whole flows by financial year, in the order of the file.
    pub(super) fn flows(&self) -> Vec<&'a Series> {
        self.ordered(Measure::Flow, self.file().map(|f| &f.flows))
    }

    fn ordered<T>(&self, measure: Measure, named: Option<&IndexMap<String, T>>) -> Vec<&'a Series> {
        let place = |s: &Series| named.and_then(|n| n.get_index_of(&s.item)).unwrap_or(usize::MAX);
        let years = self.reference.years.iter();
        let mut all: Vec<_> =
            years.filter(|s| s.measure == measure && is_whole(s) && !s.points.is_empty()).collect();
        all.sort_by_key(|s| place(s));
        all
    }

    /// The parts of an item by financial year: those whose names start with it and a slash.
    pub(super) fn parts(&self, measure: Measure, item: &str) -> Vec<&'a Series> {
        let years = self.reference.years.iter();
        years.filter(|s| s.measure == measure && is_part(&s.item, item) && !s.points.is_empty()).collect()
    }

    /// The ways in which a stock is divided, as the file says; one way if the file does not say.
    pub(super) fn divisions(&self, item: &str) -> Vec<Division<'a>> {
        let months = self.reference.months.iter().chain(&self.reference.years);
        let mut left: Vec<&str> = Vec::new();
        for series in months.filter(|s| s.measure == Measure::Stock && is_part(&s.item, item)) {
            if !left.contains(&series.item.as_str()) && !series.points.is_empty() {
                left.push(&series.item);
            }
        }
        let ways = self.file().and_then(|f| f.stocks.get(item)).map_or(&[][..], |s: &Stock| &s.by);
        let mut out: Vec<Division> =
            ways.iter().filter_map(|way| self.division(item, way, &mut left)).collect();
        if !left.is_empty() {
            out.push(Division { title: "Part".to_owned(), is_track: out.is_empty(), items: left });
        }
        out
    }

    /// The items of `left` that divide `item` in one way; they are taken out of `left`.
    fn division(&self, item: &str, way: &str, left: &mut Vec<&'a str>) -> Option<Division<'a>> {
        let file = self.file()?;
        let track = file.tracks.get(way);
        let names: Vec<&String> = match (way, track) {
            (_, Some(track)) => track.states.keys().collect(),
            ("age", _) => file.ages.keys().collect(),
            ("cohort", _) => file.cohorts.keys().collect(),
            ("need", _) => file.needs.keys().collect(),
            _ => Vec::new(),
        };
        let belongs = |part: &str| {
            names.iter().any(|n| {
                let n = n.as_str();
                part == n || part.strip_prefix(way).and_then(|p| p.get(1..)) == Some(n)
            })
        };
        let (mine, rest) = left.iter().partition(|full| full.get(item.len() + 1..).is_some_and(belongs));
        *left = rest;
        let items: Vec<&str> = mine;
        let title =
            track.and_then(|t| t.title.clone()).unwrap_or_else(|| words::opening(&way.replace('_', " ")));
        (!items.is_empty()).then_some(Division { title, is_track: track.is_some(), items })
    }

    /// What people call an item. A part is called by its own name, for it stands beside the other parts.
    pub(super) fn title(&self, series: &Series) -> String {
        let Some((whole, part)) = series.item.split_once('/') else { return words::opening(&series.title) };
        let band = || self.file()?.ages.iter().find(|(name, _)| age_part(name) == part);
        if let Some((name, band)) = band().filter(|_| series.measure == Measure::Stock) {
            return words::age_band(*band, name);
        }
        let whole = self.reference.year_series(series.measure, whole).map(|w| format!("{}: ", w.title));
        let title = whole.and_then(|whole| series.title.strip_prefix(&whole)).unwrap_or(&series.title);
        words::opening(title)
    }

    /// Whether an item is nothing in every scenario and year, or next to nothing, so that there is nothing to say of it.
    pub(super) fn is_idle(&self, series: &Series) -> bool {
        let found = |s: &'a ScenarioSummary| s.year_series(series.measure, &series.item);
        let all = self.results.summary.scenarios.iter().filter_map(found).flat_map(|s| &s.points);
        all.map(|p| p.1).all(|s| s.mean.abs() < 0.05 && s.p90 < 0.5)
    }

    /// The evening before the first day simulated.
    pub(super) fn opening(&self) -> Option<Date> {
        let stocks = self.reference.months.iter().filter(|s| s.measure == Measure::Stock);
        stocks.filter_map(|s| s.points.first()).map(|p| p.0).min()
    }

    /// What was published about an item.
    pub(super) fn history(&self, item: &str) -> History<'a> {
        let Some(recorded) = self.file().and_then(|f| f.recorded.get(item)) else {
            return History::default();
        };
        let dated = |map: &IndexMap<String, f64>, read: fn(&str) -> Option<Date>| {
            let mut all: Vec<(Date, f64)> = map
                .iter()
                .filter(|(_, value)| value.is_finite())
                .filter_map(|(text, value)| Some((read(text)?, *value)))
                .collect();
            all.sort_by_key(|(date, _)| *date);
            all
        };
        History {
            years: dated(&recorded.years, words::year_end),
            readings: dated(&recorded.readings, words::read_day),
            source: Some(&recorded.source),
        }
    }

    /// Published net spending by financial year, for the years in which every line of the budget and of
    /// income has an outturn: of other years the total is not known.
    pub(super) fn outturn(&self) -> Vec<(Date, f64)> {
        let recorded = self.history(NET_COST).years;
        let Some(file) = self.file().filter(|f| recorded.is_empty() && !f.costs.is_empty()) else {
            return recorded;
        };
        let mut years: Vec<Date> = outturn_years(file.costs.values());
        years.sort();
        let in_year = |line: &CostLine, year| line_outturn(line, year).filter(|v| v.is_finite());
        let total = |lines: &IndexMap<String, CostLine>, year| {
            lines.values().map(|line| in_year(line, year)).sum::<Option<f64>>()
        };
        years
            .into_iter()
            .filter_map(|year| Some((year, total(&file.costs, year)? - total(&file.income, year)?)))
            .collect()
    }

    /// What the council's own charts call the reference in the middle of a sentence.
    pub(super) fn reference_name(&self) -> String {
        quoted(&self.reference.name)
    }
}

/// A scenario's name within a sentence.
pub(super) fn quoted(name: &str) -> String {
    format!("\u{201c}{name}\u{201d}")
}

/// The years for which any of these lines has an outturn.
pub(super) fn outturn_years<'a>(lines: impl Iterator<Item = &'a CostLine>) -> Vec<Date> {
    let mut years: Vec<Date> =
        lines.flat_map(|line| line.outturn.keys()).filter_map(|text| words::year_end(text)).collect();
    years.sort();
    years.dedup();
    years
}

/// A line's outturn in the financial year that ends on a day.
pub(super) fn line_outturn(line: &CostLine, year: Date) -> Option<f64> {
    line.outturn.iter().find(|(text, _)| words::year_end(text) == Some(year)).map(|(_, value)| *value)
}

/// Whether a series is of an item that is not a part of another.
fn is_whole(series: &Series) -> bool {
    !series.item.contains('/')
}

fn is_part(item: &str, of: &str) -> bool {
    item.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'))
}

/// The last point of a series.
pub(super) fn last(series: Option<&Series>) -> Option<(Date, Spread)> {
    series?.points.last().copied()
}

/// The difference that a scenario makes to an item by month.
pub(super) fn difference<'a>(s: &'a ScenarioSummary, measure: Measure, item: &str) -> Option<&'a Series> {
    find(&s.difference_months, measure, item).filter(|series| !series.points.is_empty())
}

/// The difference that a scenario makes to an item by financial year.
pub(super) fn difference_year<'a>(
    s: &'a ScenarioSummary,
    measure: Measure,
    item: &str,
) -> Option<&'a Series> {
    find(&s.difference_years, measure, item).filter(|series| !series.points.is_empty())
}
