//! What each what-if changes: paired differences from the reference.

use super::{
    Chart, Form, futures, look,
    panels::{Panel, Panels, Shape},
    plot::by_day,
    source,
};
use crate::{
    experiment::summary::{Measure, ScenarioSummary, Series, Spread},
    report::{
        facts::{Facts, NET_COST, difference, difference_year, last, quoted},
        words,
    },
};

/// How many fewer or more children each what-if would mean.
pub(super) fn children(facts: &Facts) -> Option<Chart> {
    let main = facts.main()?;
    let found = found(facts, |s| difference(s, Measure::Stock, &main.item));
    let points = found.iter().flat_map(|f| &f.series.points);
    let from = points.clone().map(|p| p.0).min()?;
    let end = points.map(|p| p.0).max()?;
    let name = words::within(&main.title);
    let panels = Panels {
        all: found.iter().map(|f| f.panel(Measure::Stock, &words::month_in_full(end))).collect(),
        shape: Shape::Fan,
        columns: (columns(found.len()), 1),
        height: 210.0,
        alike: true,
        from,
        end,
        start: None,
        name: words::count_change,
    };
    Some(Chart {
        name: "difference",
        title: title(&found, Measure::Stock, &name, &format!("by {}", words::month_in_full(end)))?,
        subtitle: vec![
            format!(
                "{}: difference from {}, each future compared with itself.",
                words::opening(&main.title),
                facts.reference_name()
            ),
            format!(
                "Below the line: fewer children. Shading, dark to light: the middle 50%, 80% and 95% of {}. Line: \
                 median.",
                futures(facts.results.summary.runs)
            ),
        ],
        source: source(facts, &[]),
        description: description(&panels, &format!("Difference in {name} through time")),
        wide: panels.draw(Form::Wide),
        narrow: panels.draw(Form::Narrow),
    })
}

/// How much less or more each what-if would cost in each financial year.
pub(super) fn money(facts: &Facts) -> Option<Chart> {
    let found = found(facts, |s| difference_year(s, Measure::Cost, NET_COST));
    let points = found.iter().flat_map(|f| &f.series.points);
    let from = points.clone().map(|p| p.0).min()?;
    let end = points.map(|p| p.0).max()?;
    let when = words::financial_year(end);
    let panels = Panels {
        all: found.iter().map(|f| f.panel(Measure::Cost, &when)).collect(),
        shape: Shape::Bars,
        columns: (columns(found.len()), 1),
        height: 200.0,
        alike: true,
        from,
        end,
        start: None,
        name: words::round_money_change,
    };
    Some(Chart {
        name: "saving",
        title: title(&found, Measure::Cost, "net cost", &format!("in {when}"))?,
        subtitle: vec![
            format!(
                "Net cost by financial year, in cash: difference from {}, each future compared with itself.",
                facts.reference_name()
            ),
            "Below the line: a saving, after what the intervention costs. Bar: median. Thin line: the middle 80% of \
             futures."
                .to_owned(),
        ],
        source: source(facts, &[]),
        description: description(&panels, "Difference in net cost by financial year"),
        wide: panels.draw(Form::Wide),
        narrow: panels.draw(Form::Narrow),
    })
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

impl Found<'_> {
    fn end(&self) -> Option<Spread> {
        last(Some(self.series)).map(|p| p.1)
    }

    fn panel(&self, measure: Measure, when: &str) -> Panel {
        let notes = self.end().map_or_else(Vec::new, |end| {
            let preposition = if measure == Measure::Cost { "in" } else { "by" };
            vec![
                format!("{} {preposition} {when}", words::opening(&words::fewer_or_more(measure, end.p50))),
                format!("80% range {}", words::fewer_or_more_range(measure, &end)),
            ]
        });
        Panel {
            title: self.scenario.name.clone(),
            notes,
            recorded: Vec::new(),
            readings: Vec::new(),
            points: by_day(self.series),
            look: look(self.place),
        }
    }
}

/// Names the what-if that lowers the number most or, if none does, that raises it most.
fn title(found: &[Found], measure: Measure, name: &str, when: &str) -> Option<String> {
    let ends: Vec<(&Found, f64)> = found.iter().filter_map(|f| Some((f, f.end()?.p50))).collect();
    let least = ends.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let most = ends.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let size = |change: f64| words::amount(measure, change.abs());
    let none = size(0.0);
    if size(least.1) == none && size(most.1) == none {
        return Some(match found {
            [only] => format!("{} would make no difference to {name} {when}", quoted(&only.scenario.name)),
            _ => format!("No what-if would make a difference to {name} {when}"),
        });
    }
    let (best, change) = if least.1 < 0.0 && size(least.1) != none { least } else { most };
    let (who, size) = (quoted(&best.scenario.name), size(*change));
    Some(match (*change < 0.0, measure) {
        (true, Measure::Cost) => format!("{who} would save {size} net {when}"),
        (false, Measure::Cost) => format!("{who} would cost {size} more, net, {when}"),
        (true, _) => format!("{who} would mean {size} fewer {name} {when}"),
        (false, _) => format!("{who} would mean {size} more {name} {when}"),
    })
}

fn description(panels: &Panels, what: &str) -> String {
    let each: Vec<String> =
        panels.all.iter().map(|p| format!("{}: {}", p.title, p.notes.join(", "))).collect();
    format!("{what}. {}.", each.join(". "))
}
