//! What each what-if changes: paired differences from the reference.

use super::{
    Chart,
    budget::BROKEN,
    futures, look,
    panels::{Panel, Panels, Shape},
    rows::{Row, Rows},
    source,
    spreads::{by_day, in_row, known},
};
use crate::{
    chart::{Form, scene::Scene},
    experiment::summary::{Item, Measure, ScenarioSummary, Series, Spread},
    record::Thing,
    report::{
        direction::{self, Direction},
        facts::{Facts, difference, difference_year, last, quoted},
        words,
    },
};

/// More what-ifs than this have a row each instead of a panel.
const MOST_PANELS: usize = 6;

/// How many fewer or more children each what-if would mean.
pub(super) fn children(facts: &Facts) -> Option<Chart> {
    let main = facts.main()?;
    let found = found(facts, &main.item);
    let points = found.iter().flat_map(|f| &f.whole.points);
    let from = points.clone().map(|p| p.0).min()?;
    let end = points.map(|p| p.0).max()?;
    let what = What {
        measure: Measure::Stock,
        title: &main.title,
        when: format!("by {}", words::month_in_full(end)),
    };
    let alike = alike(&found, |s| [s.p2_5, s.p97_5]);
    let panels = Panels {
        all: found.iter().map(|f| f.panel(facts, &what)).collect(),
        shape: Shape::Fan,
        columns: (columns(found.len()), 1),
        height: 210.0,
        alike,
        from,
        end,
        start: None,
        name: words::count_change,
    };
    let rows = rows(
        facts,
        &found,
        &what,
        format!("Difference in {} on {}", words::within(&main.title), words::day(end)),
        words::count_change,
    );
    let (wide, narrow) = drawn(&panels, &rows);
    let how = if rows.all.len() > MOST_PANELS {
        "Left of the line: fewer children. Dot: median. Coloured line: the middle 80% of"
    } else {
        "Below the line: fewer children. Shading, dark to light: the middle 50%, 80% and 95% of"
    };
    let median = if rows.all.len() > MOST_PANELS { "" } else { " Line: median." };
    Some(Chart {
        name: "difference",
        title: headline(facts, &found, &what)?,
        subtitle: vec![
            format!(
                "{}: difference from {}, each future compared with itself.{}",
                words::opening(&main.title),
                facts.reference_name(),
                notes(&found, alike, &main.title)
            ),
            format!("{how} {}.{median}", futures(facts.results.summary.runs)),
        ],
        source: source(facts, &[]),
        description: description(
            &rows,
            &format!("Difference in {} through time", words::within(&main.title)),
        ),
        wide,
        narrow,
    })
}

/// How much less or more each what-if would cost in each financial year.
pub(super) fn money(facts: &Facts) -> Option<Chart> {
    let found = found(facts, &Item::NET_COST);
    let points = found.iter().flat_map(|f| &f.whole.points);
    let from = points.clone().map(|p| p.0).min()?;
    let end = points.clone().map(|p| p.0).max()?;
    let last = found.iter().filter_map(|f| facts.last_year(f.whole)).map(|p| p.0).max()?;
    let year = facts.period_name(last);
    let what = What { measure: Measure::Cost, title: "Net cost", when: format!("in {year}") };
    let alike = alike(&found, |s| [s.p10, s.p90]);
    let panels = Panels {
        all: found.iter().map(|f| f.panel(facts, &what)).collect(),
        shape: Shape::Bars,
        columns: (columns(found.len()), 1),
        height: 200.0,
        alike,
        from,
        end,
        start: None,
        name: words::round_money_change,
    };
    let rows =
        rows(facts, &found, &what, format!("Difference in net cost in {year}"), words::round_money_change);
    let (wide, narrow) = drawn(&panels, &rows);
    let how = if rows.all.len() > MOST_PANELS {
        "Left of the line: a saving, after what the intervention costs. Dot: median. Coloured line: the middle 80% of \
         futures."
            .to_owned()
    } else {
        let parts = if points.clone().all(|p| facts.is_whole(p.0)) { "" } else { BROKEN };
        format!(
            "Below the line: a saving, after what the intervention costs. Bar: median. Thin line: the middle 80% of \
             futures.{parts}"
        )
    };
    Some(Chart {
        name: "saving",
        title: headline(facts, &found, &what)?,
        subtitle: vec![
            format!(
                "Net cost by financial year, in cash: difference from {}, each future compared with itself.{}",
                facts.reference_name(),
                notes(&found, alike, "net cost")
            ),
            how,
        ],
        source: source(facts, &[]),
        description: description(&rows, "Difference in net cost by financial year"),
        wide,
        narrow,
    })
}

/// What the differences are of, and at what time they are told.
pub(super) struct What<'a> {
    measure: Measure,
    title: &'a str,
    when: String,
}

/// Panels or, where they would be too many, rows: wide and narrow.
fn drawn(panels: &Panels, rows: &Rows) -> (Scene, Scene) {
    if rows.all.len() > MOST_PANELS {
        (rows.draw(Form::Wide), rows.draw(Form::Narrow))
    } else {
        (panels.draw(Form::Wide), panels.draw(Form::Narrow))
    }
}

/// Whether no panel is so small beside the largest that nothing could be seen in it: then all share a scale, and
/// can be compared by eye.
fn alike(found: &[Found], ends: fn(&Spread) -> [f64; 2]) -> bool {
    let height =
        |f: &Found| f.drawn().points.iter().flat_map(|p| ends(&p.1)).map(f64::abs).fold(0.0, f64::max);
    let heights = found.iter().map(height).filter(|h| *h > 0.0);
    let (least, most) = heights.fold((f64::INFINITY, 0.0_f64), |(a, b), h| (a.min(h), b.max(h)));
    most < SMALLEST * least || found.len() == 1
}

/// A panel's share of the largest below which it has a scale of its own: one in so many.
const SMALLEST: f64 = 5.0;

/// What is to be known of the panels.
fn notes(found: &[Found], alike: bool, title: &str) -> String {
    if found.len() > MOST_PANELS {
        return String::new();
    }
    let scales = if alike { "" } else { " Each panel has a scale of its own." };
    let others = if found.iter().any(|f| !f.instead.is_empty()) {
        format!(
            " Where a what-if changes nothing in {}, its panel shows what it changes most.",
            words::within(title)
        )
    } else {
        String::new()
    };
    format!("{scales}{others}")
}

/// How many panels stand side by side: three, unless that would leave the fourth alone.
fn columns(panels: usize) -> usize {
    if panels == 4 { 2 } else { 3 }
}

/// A what-if and the difference it makes.
pub(super) struct Found<'a> {
    place: usize,
    scenario: &'a ScenarioSummary,
    /// To what the chart is about.
    whole: &'a Series,
    /// Where that is none, to what it changes most, and next.
    instead: Vec<&'a Series>,
}

/// The what-ifs, and what each changes in an item.
pub(super) fn found<'a>(facts: &Facts<'a>, item: &Item) -> Vec<Found<'a>> {
    let is_stock = item.measure == Measure::Stock;
    facts
        .what_ifs()
        .filter_map(|(place, scenario)| {
            let whole = if is_stock { difference(scenario, item) } else { difference_year(scenario, item) }?;
            let instead =
                if is_nothing(whole) { most_changed(facts, scenario, item.measure) } else { Vec::new() };
            Some(Found { place, scenario, whole, instead })
        })
        .collect()
}

/// Whether a difference would be drawn as a line at nothing.
fn is_nothing(series: &Series) -> bool {
    let nothing = |s: &Spread| Direction::of_change(series.item.measure, s) == Direction::Nowhere;
    series.points.iter().all(|p| nothing(&p.1))
}

/// What a what-if changes most, and next, among counts of children or among lines of cost.
fn most_changed<'a>(facts: &Facts<'a>, s: &'a ScenarioSummary, measure: Measure) -> Vec<&'a Series> {
    let all = if measure == Measure::Stock { &s.difference_months } else { &s.difference_years };
    let wanted = |series: &&Series| match series.item.thing {
        Thing::Stock(_) => measure == Measure::Stock && series.item.measure == measure,
        Thing::Line(_) | Thing::Income(_) | Thing::Intervention(_) => measure == Measure::Cost,
        _ => false,
    };
    let mut changed: Vec<(&Series, Spread)> = all
        .iter()
        .filter(wanted)
        .filter(|series| !series.points.is_empty() && !is_nothing(series))
        .filter_map(|series| Some((series, end(facts, series)?)))
        .collect();
    let weight = |s: &Spread| (Direction::of_change(measure, s).is_sure(), s.p50.abs());
    changed.sort_by(|a, b| {
        let (a, b) = (weight(&a.1), weight(&b.1));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    changed.into_iter().take(2).map(|(series, _)| series).collect()
}

/// What a difference is of a stock on the last day, of the rest in the last whole year.
fn end<'a>(facts: &Facts<'a>, series: &'a Series) -> Option<Spread> {
    let is_stock = series.item.measure == Measure::Stock;
    if is_stock { last(Some(series)) } else { facts.last_year(series) }.map(|p| p.1)
}

impl<'a> Found<'a> {
    /// What its panel shows.
    fn drawn(&self) -> &'a Series {
        self.instead.first().unwrap_or(&self.whole)
    }

    fn panel(&self, facts: &Facts<'a>, what: &What) -> Panel {
        let has_drawing = !self.instead.is_empty() || !is_nothing(self.whole);
        let series = self.drawn();
        let points = if what.measure == Measure::Cost { in_row(series) } else { by_day(series) };
        Panel {
            title: self.scenario.name.clone(),
            notes: self.notes(facts, what),
            recorded: Vec::new(),
            readings: Vec::new(),
            points: if has_drawing { points } else { Vec::new() },
            periods: known(series).map(|p| facts.period(p.0)).collect(),
            parts: Vec::new(),
            look: look(facts, self.place),
        }
    }

    /// What stands over its panel.
    fn notes(&self, facts: &Facts<'a>, what: &What) -> Vec<String> {
        let Some(end) = end(facts, self.whole) else { return Vec::new() };
        let [said, range] = in_words(what.measure, &end);
        let said = words::opening(&said);
        let mut notes = self.in_other_words(facts, what);
        let lead = if self.instead.is_empty() {
            format!("{said} {}", what.when)
        } else {
            if let Some(first) = notes.first_mut() {
                *first = format!("Shown: {}", words::within(&first.replacen(": ", ", ", 1)));
            }
            format!("{said} in {}", words::within(what.title))
        };
        notes.splice(0..0, [lead, range]);
        notes.retain(|note| !note.is_empty());
        notes
    }

    /// What it changes instead, in words.
    fn in_other_words(&self, facts: &Facts<'a>, what: &What) -> Vec<String> {
        if self.instead.is_empty() && is_nothing(self.whole) {
            let stock = what.measure == Measure::Stock;
            return vec![
                if stock { "Changes no count of children" } else { "Changes no line of cost" }.to_owned(),
            ];
        }
        let say = |(i, series): (usize, &&'a Series)| {
            let [said, range] = in_words(what.measure, &end(facts, series)?);
            let when = if i == 0 { format!(" {}", what.when) } else { String::new() };
            let range = if range.is_empty() { range } else { format!(" ({range})") };
            Some(format!("{}: {said}{when}{range}", facts.title(series)))
        };
        self.instead.iter().enumerate().filter_map(say).collect()
    }

    fn row(&self, facts: &Facts<'a>, what: &What) -> Option<Row> {
        let spread = end(facts, self.whole)?;
        let [said, range] = in_words(what.measure, &spread);
        Some(Row {
            name: self.scenario.name.clone(),
            note: self.in_other_words(facts, what).into_iter().next().unwrap_or_default(),
            spread,
            said: [words::opening(&said), range],
            look: look(facts, self.place),
        })
    }
}

/// A change in words, and its range; where the direction is open, its range and the median.
fn in_words(measure: Measure, end: &Spread) -> [String; 2] {
    let said = direction::change(measure, end);
    let (middle, range) = (words::fewer_or_more(measure, end.p50), words::fewer_or_more_range(measure, end));
    let aside = match Direction::of_change(measure, end) {
        _ if middle == range => String::new(),
        Direction::Open { .. } => format!("80% range; median {middle}"),
        _ => format!("80% range {range}"),
    };
    [said, aside]
}

/// A row for each, from the least to the most.
fn rows<'a>(
    facts: &Facts<'a>,
    found: &[Found<'a>],
    what: &What,
    heading: String,
    name: fn(f64) -> String,
) -> Rows {
    let mut all: Vec<Row> = found.iter().filter_map(|f| f.row(facts, what)).collect();
    all.sort_by(|a, b| a.spread.p50.total_cmp(&b.spread.p50));
    Rows { heading, all, against: 0.0, name }
}

/// Names the what-if that lowers the number most or, if none does, that raises it most, of those whose 80% range
/// leaves no doubt which way it goes.
fn headline<'a>(facts: &Facts<'a>, found: &[Found<'a>], what: &What) -> Option<String> {
    let ends: Vec<(&Found, Spread)> = found.iter().filter_map(|f| Some((f, end(facts, f.whole)?))).collect();
    ends.first()?;
    let (measure, name, when) = (what.measure, words::within(what.title), &what.when);
    if let Some((best, s)) = foremost(measure, &ends) {
        return Some(says(what, &quoted(&best.scenario.name), s.p50));
    }
    let none = ends.iter().all(|(_, s)| Direction::of_change(measure, s) == Direction::Nowhere);
    Some(match (ends.as_slice(), none) {
        ([(only, _)], true) => {
            let who = quoted(&only.scenario.name);
            let instead = only.in_other_words(facts, what).into_iter().next();
            let instead = instead.filter(|_| !only.instead.is_empty());
            let instead =
                instead.map_or_else(String::new, |instead| format!("; {}", words::within(&instead)));
            format!("{who} would make no difference to {name} {when}{instead}")
        }
        (_, true) => format!("No what-if would make a difference to {name} {when}"),
        ([(only, s)], false) => may(what, &quoted(&only.scenario.name), s),
        (_, false) if measure == Measure::Cost => {
            format!("No what-if would clearly save or cost money, net, {when}")
        }
        (_, false) => format!("No what-if would clearly mean fewer or more {name} {when}"),
    })
}

/// The what-if that lowers a number most for sure, otherwise the one that raises it most.
fn foremost<'f, 'a>(measure: Measure, ends: &[(&'f Found<'a>, Spread)]) -> Option<(&'f Found<'a>, Spread)> {
    let sure = ends.iter().filter(|(_, s)| Direction::of_change(measure, s).is_sure());
    let least = sure.clone().min_by(|a, b| a.1.p50.total_cmp(&b.1.p50)).filter(|(_, s)| s.p50 < 0.0);
    least.or(sure.max_by(|a, b| a.1.p50.total_cmp(&b.1.p50))).copied()
}

/// The end of a title that names the foremost what-if, if the direction of any is sure: "“A” would mean 20 fewer".
pub(super) fn foremost_in_words(facts: &Facts, item: &Item) -> Option<String> {
    let found = found(facts, item);
    let ends: Vec<(&Found, Spread)> = found.iter().filter_map(|f| Some((f, end(facts, f.whole)?))).collect();
    let (best, s) = foremost(item.measure, &ends)?;
    Some(format!("{} would mean {}", quoted(&best.scenario.name), direction::change(item.measure, &s)))
}

fn says(what: &What, who: &str, change: f64) -> String {
    let What { measure, title, when } = what;
    let (size, name) = (words::amount(*measure, change.abs()), words::counted(change, title));
    match (change < 0.0, measure) {
        (true, Measure::Cost) => format!("{who} would save {size} net {when}"),
        (false, Measure::Cost) => format!("{who} would cost {size} more, net, {when}"),
        (true, _) => format!("{who} would mean {size} fewer {name} {when}"),
        (false, _) => format!("{who} would mean {size} more {name} {when}"),
    }
}

fn may(what: &What, who: &str, change: &Spread) -> String {
    let (way, range) =
        (Direction::of_change(what.measure, change), words::fewer_or_more_range(what.measure, change));
    let (name, when) = (words::within(what.title), &what.when);
    if what.measure == Measure::Cost {
        format!("{who} may {} money, net, {when}: {range}", way.in_words("save", "cost", "save or cost"))
    } else {
        format!("{who} may mean {} {name} {when}: {range}", way.in_words("fewer", "more", "fewer or more"))
    }
}

fn description(rows: &Rows, what: &str) -> String {
    let each = rows.all.iter().map(|row| {
        let said = [&row.said[0], &row.said[1], &row.note].map(String::as_str);
        format!("{}: {}", row.name, said.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", "))
    });
    format!("{what}. {}.", each.collect::<Vec<_>>().join(". "))
}
