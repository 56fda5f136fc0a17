//! What there is to tell: which series stand for what, and what was recorded before.

use indexmap::IndexMap;
use time::Date;

use super::{LOOKED_AFTER, words};
use crate::{
    experiment::summary::{Item, Measure, ScenarioSummary, Series, Spread, series_of},
    export::Results,
    pathway::calendar::Period,
    record::{Part, Thing},
    scenario::file::ScenarioFile,
};

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

    /// The figure of the financial year that ends on a day.
    pub(super) fn in_year(&self, end: Date) -> Option<f64> {
        self.years.iter().find(|p| p.0 == end).map(|p| p.1)
    }
}

/// What was spent on lines that have an outturn.
pub(super) struct Outturn {
    /// Their sum by financial year.
    pub(super) years: Vec<(Date, f64)>,
    /// The average of what they are projected to come to together, in the reference.
    pub(super) projected: Vec<(Date, f64)>,
    /// Their titles, as they stand in a sentence.
    lines: Vec<String>,
    /// How many lines of the budget and of income there are.
    all: usize,
}

impl Outturn {
    /// Whether it is of every line, and so of the net cost.
    pub(super) fn is_net_cost(&self) -> bool {
        self.lines.len() == self.all
    }

    /// What it is of: some lines of the budget.
    pub(super) fn of_what(&self) -> String {
        format!("{} of {} lines: {}", self.lines.len(), self.all, words::and(&self.lines))
    }
}

/// One way of dividing a stock or a flow.
pub(super) struct Division<'a> {
    /// What it is divided by, as the file calls it.
    way: &'a str,
    /// What people call that, such as "Placement".
    pub(super) title: String,
    /// Whether it follows placements or another track, rather than age.
    pub(super) is_track: bool,
    /// The items.
    pub(super) items: Vec<&'a Item>,
}

impl<'a> Facts<'a> {
    /// Whether there is but one future, of which no range can be told.
    pub(super) fn is_one_future(&self) -> bool {
        self.results.summary.runs == 1
    }

    /// Whether futures are too few to say how often something happens.
    pub(super) fn are_few(&self) -> bool {
        self.results.summary.runs < super::FEW
    }

    /// A range as it stands behind a number; nothing where there is none.
    pub(super) fn in_brackets(&self, range: &str) -> String {
        if self.is_one_future() { String::new() } else { format!(" (80% range {range})") }
    }

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
        let stock = |name: &str| {
            self.reference.months_of(&Item::stock(name)).filter(|series| !series.points.is_empty())
        };
        let named = self.file().map(|f| f.stocks.keys()).into_iter().flatten();
        std::iter::once(LOOKED_AFTER).chain(named.map(String::as_str)).find_map(stock).or_else(|| {
            let mut whole = self.reference.months.iter().filter(|s| s.item.measure == Measure::Stock);
            whole.find(|s| s.item.is_whole() && !s.points.is_empty())
        })
    }

    /// The series of whole stocks by financial year, the main one first.
    pub(super) fn stocks(&self) -> Vec<&'a Series> {
        let main = self.main().map(|s| &s.item);
        let mut all = self.ordered(Measure::Stock, self.file().map(|f| &f.stocks));
        all.sort_by_key(|s| Some(&s.item) != main);
        all
    }

    /// The series of whole flows by financial year, in the order of the file.
    pub(super) fn flows(&self) -> Vec<&'a Series> {
        self.ordered(Measure::Flow, self.file().map(|f| &f.flows))
    }

    fn ordered<T>(&self, measure: Measure, named: Option<&IndexMap<String, T>>) -> Vec<&'a Series> {
        let place =
            |s: &Series| named.and_then(|n| n.get_index_of(s.item.thing.name()?)).unwrap_or(usize::MAX);
        let counts = |s: &&Series| matches!(s.item.thing, Thing::Stock(_) | Thing::Flow(_));
        let wanted = |s: &&Series| s.item.measure == measure && s.item.is_whole() && !s.points.is_empty();
        let mut all: Vec<_> = self.reference.years.iter().filter(counts).filter(wanted).collect();
        all.sort_by_key(|s| place(s));
        all
    }

    /// The parts of a flow that are events by exits of a name, by financial year.
    pub(super) fn exits(&self, whole: &Item) -> Vec<&'a Series> {
        let years = self.reference.years.iter().filter(|s| matches!(s.item.part, Part::Exit(_)));
        years.filter(|s| s.item.is_part_of(whole) && !s.points.is_empty()).collect()
    }

    /// The ways in which a stock or a flow is divided, in the order of the file. Exits of a flow stand with the flow.
    pub(super) fn divisions(&self, whole: &Item) -> Vec<Division<'a>> {
        let mut divisions: Vec<Division> = Vec::new();
        let series = self.reference.months.iter().chain(&self.reference.years);
        let parts = series.filter(|s| s.item.is_part_of(whole) && !matches!(s.item.part, Part::Exit(_)));
        for item in parts.filter(|s| !s.points.is_empty()).map(|s| &s.item) {
            let way = item.part.way();
            match divisions.iter_mut().find(|d| d.way == way) {
                Some(division) if division.items.contains(&item) => {}
                Some(division) => division.items.push(item),
                None => divisions.push(self.division(item)),
            }
        }
        let name = whole.thing.name().unwrap_or_default();
        let ways = self.file().and_then(|file| match whole.thing {
            Thing::Flow(_) => file.flows.get(name).map(|flow| &flow.by),
            _ => file.stocks.get(name).map(|stock| &stock.by),
        });
        let place = |way: &str| ways.and_then(|by| by.iter().position(|b| b == way)).unwrap_or(usize::MAX);
        divisions.sort_by_key(|d| place(d.way));
        divisions
    }

    /// A division of which an item is the first part.
    fn division(&self, item: &'a Item) -> Division<'a> {
        let way = item.part.way();
        let title = self.file().and_then(|file| file.tracks.get(way)?.title.clone());
        Division {
            way,
            title: title.unwrap_or_else(|| words::opening(&way.replace('_', " "))),
            is_track: matches!(item.part, Part::State { .. } | Part::NoState { .. }),
            items: vec![item],
        }
    }

    /// What people call an item. A part is called by its own name, for it stands beside the other parts.
    pub(super) fn title(&self, series: &Series) -> String {
        if let (Part::Age(band), Measure::Stock | Measure::Flow) = (&series.item.part, series.item.measure)
            && let Some(years) = self.file().and_then(|file| file.ages.get(band))
        {
            return words::age_band(*years, band);
        }
        let whole = self.reference.years_of(&series.item.part(Part::Whole));
        let whole = whole.filter(|_| !series.item.is_whole()).map(|w| format!("{}: ", w.title));
        let title = whole.and_then(|whole| series.title.strip_prefix(&whole)).unwrap_or(&series.title);
        words::opening(title)
    }

    /// Whether an item is nothing in every scenario and year, or next to nothing, so that there is nothing to say of it.
    pub(super) fn is_idle(&self, series: &Series) -> bool {
        let found = |s: &'a ScenarioSummary| s.years_of(&series.item);
        let all = self.results.summary.scenarios.iter().filter_map(found).flat_map(|s| &s.points);
        all.map(|p| p.1).all(|s| s.mean.abs() < 0.05 && s.p90 < 0.5)
    }

    /// The evening before the first day simulated.
    pub(super) fn opening(&self) -> Option<Date> {
        let stocks = self.reference.months.iter().filter(|s| s.item.measure == Measure::Stock);
        stocks.filter_map(|s| s.points.first()).map(|p| p.0).min()
    }

    /// What was published about an item.
    pub(super) fn history(&self, item: &Item) -> History<'a> {
        let recorded = self.results.scenarios.first().map_or(&[][..], |s| &s.recorded);
        let Some(found) = recorded.iter().find(|r| r.years.item == *item) else { return History::default() };
        History {
            years: found.years.points.clone(),
            readings: found.readings.clone(),
            source: Some(&found.source),
        }
    }

    /// What was spent, by financial year, on the lines of the budget and of income that have an outturn, in the years in
    /// which all of them have one; nothing where there is no such year.
    pub(super) fn outturn(&self) -> Option<Outturn> {
        let file = self.file()?;
        let costs = file.costs.iter().map(|(name, line)| (Item::line(name), &line.title));
        let income = file.income.iter().map(|(name, line)| (Item::income(name), &line.title));
        let all: Vec<(Item, &String)> = costs.chain(income).collect();
        let lines: Vec<(History, &Item, &String)> = all
            .iter()
            .map(|(item, title)| (self.history(item), item, *title))
            .filter(|(history, ..)| !history.years.is_empty())
            .collect();
        let spent = |year| {
            lines
                .iter()
                .map(|(history, ..)| history.in_year(year))
                .sum::<Option<f64>>()
                .map(|sum| (year, sum))
        };
        let years =
            years_of(lines.iter().map(|(history, ..)| history)).into_iter().filter_map(spent).collect();
        let items: Vec<&Item> = lines.iter().map(|(_, item, _)| *item).collect();
        let found = Outturn {
            years,
            projected: self.average_of(&items),
            lines: lines.iter().map(|(.., title)| words::within(title)).collect(),
            all: all.len(),
        };
        (!found.years.is_empty()).then_some(found)
    }

    /// The average of the sum of some items by financial year, in the reference.
    fn average_of(&self, items: &[&Item]) -> Vec<(Date, f64)> {
        let series: Option<Vec<&Series>> = items.iter().map(|item| self.reference.years_of(item)).collect();
        let Some(series) = series else { return Vec::new() };
        let Some(first) = series.first() else { return Vec::new() };
        let mean = |s: &Series, day: Date| s.points.iter().find(|p| p.0 == day).map(|p| p.1.mean);
        let sum = |(day, _): &(Date, Spread)| {
            let sum: Option<f64> = series.iter().map(|s| mean(s, *day)).sum();
            Some((*day, sum?))
        };
        first.points.iter().filter_map(sum).collect()
    }

    /// The years of which any line of the budget or of income has an outturn.
    pub(super) fn outturn_years(&self) -> Vec<Date> {
        let Some(file) = self.file() else { return Vec::new() };
        let lines = file.costs.keys().map(Item::line).chain(file.income.keys().map(Item::income));
        years_of(lines.map(|item| self.history(&item)).collect::<Vec<_>>().iter())
    }

    /// What a yearly figure is of: a financial year, or the part of one that is simulated.
    pub(super) fn period(&self, to: Date) -> Period {
        self.results.summary.period(to)
    }

    /// Its name: 2029-30, or Oct 2029 to Mar 2030.
    pub(super) fn period_name(&self, to: Date) -> String {
        words::period(&self.period(to))
    }

    /// Whether a yearly figure is of a whole financial year, and so can be compared with that of another.
    pub(super) fn is_whole(&self, to: Date) -> bool {
        self.period(to).is_whole()
    }

    /// The points of whole financial years; of a series that has none, its parts of years.
    pub(super) fn comparable(
        &self,
        series: &'a Series,
    ) -> impl DoubleEndedIterator<Item = (Date, Spread)> + use<'a> {
        let start = self.results.summary.start;
        let is_whole = move |p: &&(Date, Spread)| Period::until(p.0, start).is_whole();
        let any = series.points.iter().any(|p| is_whole(&p));
        series.points.iter().filter(move |p| !any || is_whole(p)).copied()
    }

    /// The last whole financial year of a series; of a series that has none, its last part of a year.
    pub(super) fn last_year(&self, series: &'a Series) -> Option<(Date, Spread)> {
        self.comparable(series).next_back()
    }

    /// The evening before the first day of what a yearly figure is of.
    pub(super) fn opening_of(&self, to: Date) -> Date {
        let from = self.period(to).from;
        from.previous_day().unwrap_or(from)
    }

    /// What readers should know of the parts of years in which sums were taken, if there are any.
    pub(super) fn parts_of_years(&self) -> Option<String> {
        let sums = self.reference.years.iter().filter(|s| s.item.measure != Measure::Stock);
        let mut days: Vec<Date> = sums.flat_map(|s| &s.points).map(|p| p.0).collect();
        days.sort();
        days.dedup();
        let parts: Vec<String> = days
            .into_iter()
            .map(|day| self.period(day))
            .filter(|p| !p.is_whole())
            .map(|p| words::months(&p))
            .collect();
        let (are, parts_of, them) = match parts.len() {
            0 => return None,
            1 => ("is", "a part of a financial year", "it"),
            _ => ("are", "parts of financial years", "them"),
        };
        Some(format!(
            "{} {are} {parts_of}, not to be compared with whole ones; sums over all years include {them}.",
            words::and(&parts)
        ))
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

/// The years of which there is any figure.
fn years_of<'h>(lines: impl Iterator<Item = &'h History<'h>>) -> Vec<Date> {
    let mut years: Vec<Date> = lines.flat_map(|line| &line.years).map(|p| p.0).collect();
    years.sort();
    years.dedup();
    years
}

/// The last point of a series.
pub(super) fn last(series: Option<&Series>) -> Option<(Date, Spread)> {
    series?.points.last().copied()
}

/// The difference that a scenario makes to an item by month.
pub(super) fn difference<'a>(s: &'a ScenarioSummary, item: &Item) -> Option<&'a Series> {
    series_of(&s.difference_months, item).filter(|series| !series.points.is_empty())
}

/// The difference that a scenario makes to an item by financial year.
pub(super) fn difference_year<'a>(s: &'a ScenarioSummary, item: &Item) -> Option<&'a Series> {
    series_of(&s.difference_years, item).filter(|series| !series.points.is_empty())
}

/// What a scenario changes in an item from the first day to the end of each year.
pub(super) fn difference_since_start<'a>(s: &'a ScenarioSummary, item: &Item) -> Option<&'a Series> {
    series_of(&s.difference_since_start, item).filter(|series| !series.points.is_empty())
}
