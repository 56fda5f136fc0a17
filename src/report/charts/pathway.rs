//! Where children live, and how many pass each point of the pathway, in the reference.

use time::Date;

use super::{
    Chart, futures, look,
    panels::{Panel, Panels, Shape},
    source,
    spreads::known,
};
use crate::{
    chart::{Form, axis::day_number},
    experiment::summary::{Item, Measure, Series, Spread},
    report::{
        facts::{Facts, History},
        words,
    },
};

/// A space that no line is broken at.
const HOLD: &str = "\u{a0}";

/// A text that no line is broken in.
fn held(text: &str) -> String {
    text.replace(' ', HOLD)
}

/// The flow that stands for children who begin to be looked after.
const CARE_STARTS: &str = "care_starts";

/// More panels than this are more than a reader takes in.
const MOST: usize = 12;

/// Children by placement (or, without placements, by whatever the main stock is divided by).
pub(super) fn placements(facts: &Facts) -> Option<Chart> {
    let main = facts.main()?;
    let division = facts.divisions(&main.item).into_iter().find(|d| d.is_track)?;
    let series: Vec<&Series> = division
        .items
        .iter()
        .filter_map(|item| facts.reference.months_of(item))
        .filter(|s| !s.points.is_empty() && !facts.is_idle(s))
        .take(MOST)
        .collect();
    let views: Vec<View> = series.iter().map(|s| View::new(facts, s)).collect();
    let by = words::within(&division.title);
    let lead = format!("{}, by {by}, at each month\u{2019}s end", words::opening(&main.title));
    let title = largest(facts, &views, &format!("{} by {by}", words::opening(&main.title)))?;
    sheet(facts, "placements", &views, (&title, &lead), Measure::Stock)
}

/// Events along the pathway by financial year.
pub(super) fn flows(facts: &Facts) -> Option<Chart> {
    let flows = facts.flows().into_iter();
    let seen = flows.filter(|s| !facts.is_idle(s) || !facts.history(&s.item).years.is_empty());
    let views: Vec<View> = seen.take(MOST).map(|s| View::new(facts, s)).collect();
    let title = most_changed(facts, &views)?;
    sheet(facts, "pathway", &views, (&title, "Events in each financial year"), Measure::Flow)
}

fn sheet(
    facts: &Facts,
    name: &'static str,
    views: &[View],
    (title, lead): (&str, &str),
    measure: Measure,
) -> Option<Chart> {
    let from = views.iter().filter_map(View::first).min()?;
    let end = views.iter().filter_map(View::end).max()?;
    let start = views.iter().filter_map(|v| v.series.points.first()).map(|p| p.0).min()?;
    let has_past = views.iter().any(|v| !v.history.years.is_empty());
    let divider = if measure == Measure::Flow { facts.opening_of(start) } else { start };
    let has_parts = views.iter().any(|v| !v.parts.is_empty());
    let parts = if has_parts { " Square: a part of a year." } else { "" };
    let panels = Panels {
        all: views.iter().map(|v| v.panel(facts, measure)).collect(),
        shape: Shape::Fan,
        columns: (4, 2),
        height: 105.0,
        alike: false,
        from,
        end,
        start: has_past.then(|| day_number(divider)),
        name: words::count,
    };
    let sources: Vec<&str> = views.iter().filter_map(|v| v.history.source).collect();
    let each: Vec<String> = panels
        .all
        .iter()
        .map(|p| format!("{}: {}", p.title, p.notes.join(", ").replace(HOLD, " ")))
        .collect();
    let recorded = if has_past { " Black dots: recorded." } else { "" };
    Some(Chart {
        name,
        title: title.to_owned(),
        subtitle: vec![
            format!("{lead}, in {}. Each panel has a scale of its own.", facts.reference_name()),
            format!(
                "Shading, dark to light: the middle 50%, 80% and 95% of {}. Line: median.{recorded}{parts}",
                futures(facts.results.summary.runs)
            ),
        ],
        source: source(facts, &sources),
        description: format!("{lead}. {}.", each.join(". ")),
        wide: panels.draw(Form::Wide),
        narrow: panels.draw(Form::Narrow),
    })
}

/// The last day of the financial year before.
fn year_before(date: Date) -> Date {
    date.replace_year(date.year() - 1).unwrap_or(date)
}

/// A series and its past.
struct View<'a> {
    title: String,
    series: &'a Series,
    /// What can be compared: of events, whole years, if there are any.
    points: Vec<(Date, Spread)>,
    /// Of events, the parts of years beside them.
    parts: Vec<(Date, Spread)>,
    history: History<'a>,
}

impl<'a> View<'a> {
    fn new(facts: &Facts<'a>, series: &'a Series) -> Self {
        let history = facts.history(&series.item);
        let ends = series.points.first().zip(series.points.last());
        // A year's events start a year before the day they are counted on.
        let start = |date| if series.item.measure == Measure::Flow { year_before(date) } else { date };
        let history = match ends {
            Some((first, last)) => history.recent(start(first.0), last.0),
            None => history,
        };
        let points: Vec<(Date, Spread)> = match series.item.measure {
            Measure::Flow => facts.comparable(series).collect(),
            _ => series.points.clone(),
        };
        let parts = known(series).filter(|p| points.iter().all(|w| w.0 != p.0)).copied().collect();
        Self { title: facts.title(series), series, points, parts, history }
    }

    fn first(&self) -> Option<Date> {
        let past = self.history.years.first().map(|p| p.0);
        let future = self.series.points.first().map(|p| p.0);
        past.into_iter().chain(future).min()
    }

    fn end(&self) -> Option<Date> {
        self.series.points.last().map(|p| p.0)
    }

    /// The last number known before the projection, or the first of the projection.
    fn before(&self) -> Option<(Date, f64)> {
        let first = self.points.first().map(|(date, s)| (*date, s.p50));
        self.history.years.last().copied().or(first)
    }

    /// What a number is of. What is recorded is of whole years.
    fn when(&self, facts: &Facts, date: Date) -> String {
        let is_recorded = self.history.years.iter().any(|p| p.0 == date);
        match self.series.item.measure {
            Measure::Flow if is_recorded => words::financial_year(date),
            Measure::Flow => facts.period_name(date),
            _ => words::month(date),
        }
    }

    fn panel(&self, facts: &Facts, measure: Measure) -> Panel {
        let when = |date| self.when(facts, date);
        let notes = match (self.before(), self.points.last()) {
            (Some((a, _)), Some((b, after))) if a == *b || !self.compares(facts, *b) => vec![
                format!("{} in {}", words::count(after.p50), when(*b)),
                format!("80% range {}", words::range(measure, after)),
            ],
            (Some((a, before)), Some((b, after))) => vec![
                // The two halves stay whole where the line has to be broken.
                held(&format!("{} in {},", words::count(before), when(a)))
                    + " "
                    + &held(&format!("{} in {}", words::count(after.p50), when(*b))),
                format!("80% range {}", words::range(measure, after)),
            ],
            _ => Vec::new(),
        };
        let first = self.first();
        let readings = self.history.readings.iter().filter(|r| Some(r.0) >= first && Some(r.0) <= self.end());
        Panel {
            title: self.title.clone(),
            notes,
            recorded: self.history.years.clone(),
            readings: readings.copied().collect(),
            points: known(self.series)
                .filter(|p| self.points.contains(p))
                .map(|(date, s)| (day_number(*date), *s))
                .collect(),
            periods: Vec::new(),
            parts: self.parts.iter().map(|(date, s)| (day_number(*date), *s)).collect(),
            look: look(facts, 0),
        }
    }
}

impl View<'_> {
    /// Whether its last number can be compared with another: events of a part of a year cannot.
    fn compares(&self, facts: &Facts, last: Date) -> bool {
        self.series.item.measure != Measure::Flow || facts.is_whole(last)
    }
}

/// Says where most children live, at the start and at the end.
fn largest(facts: &Facts, views: &[View], lead: &str) -> Option<String> {
    let ends = views.iter().filter_map(|v| Some((v, v.before()?, *v.points.last()?)));
    let (view, before, (day, after)) = ends.max_by(|a, b| a.2.1.p50.total_cmp(&b.2.1.p50))?;
    let name = words::within(&view.title);
    let (old, new) = (words::count(before.1), words::count(after.p50));
    let (from, to) = (words::month_in_full(before.0), words::month_in_full(day));
    let range = facts.in_brackets(&words::range(Measure::Stock, &after));
    Some(if before.0 == day {
        format!("{lead}: the largest group is {name}, about {new} in {to}{range}")
    } else {
        format!("{lead}: the largest group is {name}, {old} in {from} and about {new} in {to}{range}")
    })
}

/// Names the events that begin care or, if they are not counted, what changes most for its size.
fn most_changed(facts: &Facts, views: &[View]) -> Option<String> {
    let weight = |v: &View, before: f64, after: f64| {
        if v.series.item == Item::flow(CARE_STARTS) { f64::INFINITY } else { relative(before, after) }
    };
    let (view, before, (day, after)) = views
        .iter()
        .filter_map(|v| Some((v, v.before()?, *v.points.last()?)))
        .max_by(|a, b| weight(a.0, a.1.1, a.2.1.p50).total_cmp(&weight(b.0, b.1.1, b.2.1.p50)))?;
    let (old, new) = (words::count(before.1), words::count(after.p50));
    let name = &view.title;
    let range = facts.in_brackets(&words::range(view.series.item.measure, &after));
    Some(if before.0 == day || !view.compares(facts, day) {
        format!("{name}: about {new} in {}{range}", facts.period_name(day))
    } else {
        let (from, to) = (words::financial_year(before.0), words::financial_year(day));
        format!("{name}: {old} in {from}, about {new} in {to}{range}")
    })
}

/// How large a change is for the number it starts from. Small numbers always change much: they count as 20.
fn relative(before: f64, after: f64) -> f64 {
    let change = (after - before).abs() / before.abs().max(20.0);
    if change.is_finite() { change } else { 0.0 }
}
