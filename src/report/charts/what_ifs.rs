//! What each what-if changes: paired differences from the reference.

use super::{
    Chart, Form,
    budget::BROKEN,
    futures, look,
    panels::{Panel, Panels, Shape},
    plot::{by_day, in_row, known},
    source,
};
use crate::{
    experiment::summary::{Item, Measure, ScenarioSummary, Series, Spread},
    report::{
        facts::{Facts, difference, difference_year, last, quoted},
        words,
    },
};

/// How many fewer or more children each what-if would mean.
pub(super) fn children(facts: &Facts) -> Option<Chart> {
    let main = facts.main()?;
    let found = found(facts, |s| difference(s, &main.item));
    let points = found.iter().flat_map(|f| &f.series.points);
    let from = points.clone().map(|p| p.0).min()?;
    let end = points.map(|p| p.0).max()?;
    let alike = alike(&found, |s| [s.p2_5, s.p97_5]);
    let panels = Panels {
        all: found.iter().map(|f| f.panel(facts, Measure::Stock, &words::month_in_full(end))).collect(),
        shape: Shape::Fan,
        columns: (columns(found.len()), 1),
        height: 210.0,
        alike,
        from,
        end,
        start: None,
        name: words::count_change,
    };
    Some(Chart {
        name: "difference",
        title: title(
            facts,
            &found,
            Measure::Stock,
            &main.title,
            &format!("by {}", words::month_in_full(end)),
        )?,
        subtitle: vec![
            format!(
                "{}: difference from {}, each future compared with itself.{}",
                words::opening(&main.title),
                facts.reference_name(),
                scales(alike)
            ),
            format!(
                "Below the line: fewer children. Shading, dark to light: the middle 50%, 80% and 95% of {}. Line: \
                 median.",
                futures(facts.results.summary.runs)
            ),
        ],
        source: source(facts, &[]),
        description: description(
            &panels,
            &format!("Difference in {} through time", words::within(&main.title)),
        ),
        wide: panels.draw(Form::Wide),
        narrow: panels.draw(Form::Narrow),
    })
}

/// How much less or more each what-if would cost in each financial year.
pub(super) fn money(facts: &Facts) -> Option<Chart> {
    let found = found(facts, |s| difference_year(s, &Item::NET_COST));
    let points = found.iter().flat_map(|f| &f.series.points);
    let from = points.clone().map(|p| p.0).min()?;
    let end = points.clone().map(|p| p.0).max()?;
    let last = found.iter().filter_map(|f| facts.last_year(f.series)).map(|p| p.0).max()?;
    let when = facts.period_name(last);
    let parts = if points.clone().all(|p| facts.is_whole(p.0)) { "" } else { BROKEN };
    let alike = alike(&found, |s| [s.p10, s.p90]);
    let panels = Panels {
        all: found.iter().map(|f| f.panel(facts, Measure::Cost, &when)).collect(),
        shape: Shape::Bars,
        columns: (columns(found.len()), 1),
        height: 200.0,
        alike,
        from,
        end,
        start: None,
        name: words::round_money_change,
    };
    Some(Chart {
        name: "saving",
        title: title(facts, &found, Measure::Cost, "Net cost", &format!("in {when}"))?,
        subtitle: vec![
            format!(
                "Net cost by financial year, in cash: difference from {}, each future compared with itself.{}",
                facts.reference_name(),
                scales(alike)
            ),
            format!(
                "Below the line: a saving, after what the intervention costs. Bar: median. Thin line: the middle 80% of \
                 futures.{parts}"
            ),
        ],
        source: source(facts, &[]),
        description: description(&panels, "Difference in net cost by financial year"),
        wide: panels.draw(Form::Wide),
        narrow: panels.draw(Form::Narrow),
    })
}

/// Whether no panel is so small beside the largest that nothing could be seen in it: then all share a scale, and
/// can be compared by eye.
fn alike(found: &[Found], ends: fn(&Spread) -> [f64; 2]) -> bool {
    let height =
        |f: &Found| f.series.points.iter().flat_map(|p| ends(&p.1)).map(f64::abs).fold(0.0, f64::max);
    let heights = found.iter().map(height).filter(|h| *h > 0.0);
    let (least, most) = heights.fold((f64::INFINITY, 0.0_f64), |(a, b), h| (a.min(h), b.max(h)));
    most < SMALLEST * least || found.len() == 1
}

/// A panel's share of the largest below which it has a scale of its own: one in so many.
const SMALLEST: f64 = 5.0;

fn scales(alike: bool) -> &'static str {
    if alike { "" } else { " Each panel has a scale of its own." }
}

/// How many panels stand side by side: three, unless that would leave the fourth alone.
fn columns(panels: usize) -> usize {
    if panels == 4 { 2 } else { 3 }
}

/// A what-if and a difference it makes.
struct Found<'a> {
    place: usize,
    scenario: &'a ScenarioSummary,
    series: &'a Series,
}

fn found<'a>(facts: &Facts<'a>, pick: impl Fn(&'a ScenarioSummary) -> Option<&'a Series>) -> Vec<Found<'a>> {
    facts
        .what_ifs()
        .filter_map(|(place, scenario)| Some(Found { place, scenario, series: pick(scenario)? }))
        .collect()
}

impl<'a> Found<'a> {
    /// What it says of a stock on the last day, of the rest in the last whole year.
    fn end(&self, facts: &Facts<'a>) -> Option<Spread> {
        let is_stock = self.series.item.measure == Measure::Stock;
        if is_stock { last(Some(self.series)) } else { facts.last_year(self.series) }.map(|p| p.1)
    }

    fn panel(&self, facts: &Facts<'a>, measure: Measure, when: &str) -> Panel {
        let notes = self.end(facts).map_or_else(Vec::new, |end| {
            let preposition = if measure == Measure::Cost { "in" } else { "by" };
            let range = words::fewer_or_more_range(measure, &end);
            let middle = words::opening(&words::fewer_or_more(measure, end.p50));
            let range = (range != "no change").then(|| format!("80% range {range}"));
            std::iter::once(format!("{middle} {preposition} {when}")).chain(range).collect()
        });
        Panel {
            title: self.scenario.name.clone(),
            notes,
            recorded: Vec::new(),
            readings: Vec::new(),
            points: if measure == Measure::Cost { in_row(self.series) } else { by_day(self.series) },
            periods: known(self.series).map(|p| facts.period(p.0)).collect(),
            parts: Vec::new(),
            look: look(self.place),
        }
    }
}

/// Names the what-if that lowers the number most or, if none does, that raises it most, of those whose 80% range
/// leaves no doubt which way it goes.
fn title<'a>(
    facts: &Facts<'a>,
    found: &[Found<'a>],
    measure: Measure,
    title: &str,
    when: &str,
) -> Option<String> {
    let ends: Vec<(&Found, Spread)> = found.iter().filter_map(|f| Some((f, f.end(facts)?))).collect();
    ends.first()?;
    let size = |change: f64| words::amount(measure, change.abs());
    let seen = |change: f64| size(change) != size(0.0);
    let name = words::within(title);
    if ends.iter().all(|(_, s)| !seen(s.p50)) {
        return Some(match found {
            [only] => format!("{} would make no difference to {name} {when}", quoted(&only.scenario.name)),
            _ => format!("No what-if would make a difference to {name} {when}"),
        });
    }
    let clear = |s: &Spread| seen(s.p50) && (s.p90 < 0.0 || s.p10 > 0.0);
    let clear = ends.iter().filter(|(_, s)| clear(s));
    let least = clear.clone().min_by(|a, b| a.1.p50.total_cmp(&b.1.p50)).filter(|(_, s)| s.p50 < 0.0);
    let most = clear.max_by(|a, b| a.1.p50.total_cmp(&b.1.p50));
    Some(match (least.or(most), found) {
        (Some((best, s)), _) => says(measure, &quoted(&best.scenario.name), s.p50, title, when),
        (None, [only]) => {
            let (_, end) = ends[0];
            let other = if end.p50 < 0.0 { end.p90 } else { end.p10 };
            let lead = says(measure, &quoted(&only.scenario.name), end.p50, title, when);
            if seen(other) { format!("{lead}, but may do the opposite") } else { lead }
        }
        (None, _) if measure == Measure::Cost => {
            format!("No what-if would clearly save or cost money, net, {when}")
        }
        (None, _) => format!("No what-if would clearly mean fewer or more {name} {when}"),
    })
}

fn says(measure: Measure, who: &str, change: f64, title: &str, when: &str) -> String {
    let (size, name) = (words::amount(measure, change.abs()), words::counted(change, title));
    match (change < 0.0, measure) {
        (true, Measure::Cost) => format!("{who} would save {size} net {when}"),
        (false, Measure::Cost) => format!("{who} would cost {size} more, net, {when}"),
        (true, _) => format!("{who} would mean {size} fewer {name} {when}"),
        (false, _) => format!("{who} would mean {size} more {name} {when}"),
    }
}

fn description(panels: &Panels, what: &str) -> String {
    let each: Vec<String> =
        panels.all.iter().map(|p| format!("{}: {}", p.title, p.notes.join(", "))).collect();
    format!("{what}. {}.", each.join(". "))
}
