//! Net cost by financial year, recorded and projected.

use time::Date;

use super::{
    BEFORE_AND_AFTER, Chart, are_many, look,
    rows::{Row, Rows, rows_in_words},
    source,
    spreads::together,
};
use crate::{
    chart::{
        BLACK, Form, Look,
        axis::{Scale, ticks},
        labels::{EndLabel, LEAD, blocks, column, end_labels, key, marker},
        plot::{Plot, TEXT},
        scene::{Anchor, Ink, Point, Scene, width},
    },
    experiment::summary::{Item, Measure, Spread},
    pathway::calendar::Period,
    report::{
        direction,
        facts::{Facts, Outturn},
        words,
    },
};

/// The ink of recorded spending.
const PAST: Ink = Ink::new(0x0050_5A5F);

/// The share of a year's slot that a bar takes.
const BAR: f64 = 0.42;

/// The share that what-ifs have beside it.
const SIDE: f64 = 0.90 - BAR;

/// How bars of parts of years are told from the others.
pub(super) const BROKEN: &str = " Pale, with a broken outline: a part of a year.";

/// Marks of what-ifs that would stand closer than this many pixels become dashes, and rows tell them apart.
const CLOSE: f64 = 8.0;

const SMALL: f64 = 12.5;

/// The chart, where costs were counted.
pub(super) fn chart(facts: &Facts) -> Option<Chart> {
    let picture = Picture::new(facts)?;
    let (first, _) = *picture.lines.first()?.points.first()?;
    let others = if picture.lines.len() > 1 { " Beside it: each what-if." } else { "" };
    let parts = if picture.years.iter().all(Period::is_whole) { "" } else { BROKEN };
    let mut subtitle = vec![
        format!("Net cost by financial year, in cash, from {}.", since(first)),
        format!(
            "Bar: median in {}. Thin line: the middle 80% of futures.{others}{parts}",
            facts.reference_name()
        ),
    ];
    subtitle.extend(picture.past_in_words());
    subtitle.extend(picture.many.then(|| rows_in_words(&facts.reference_name())));
    Some(Chart {
        name: "cost",
        title: title(&picture)?,
        subtitle,
        source: source(
            facts,
            if picture.past.is_empty() { &[] } else { &["outturn by line, as in the scenario"] },
        ),
        description: picture.description(),
        wide: picture.draw(Form::Wide),
        narrow: picture.narrowed().draw(Form::Narrow),
    })
}

#[derive(Clone)]
struct Line {
    place: usize,
    name: String,
    points: Vec<(Period, Spread)>,
    look: Look,
}

#[derive(Clone)]
struct Picture {
    /// The reference first.
    lines: Vec<Line>,
    /// Whether there are too many to tell them apart by their marks.
    many: bool,
    /// What was spent: net, or on the lines that have an outturn.
    past: Vec<(Period, f64)>,
    /// Where the past is not of the net cost, what it is of, and what the same comes to in the projection.
    alike: Option<(String, Vec<(Period, f64)>)>,
    /// The years, and parts of years.
    years: Vec<Period>,
}

impl Picture {
    fn new(facts: &Facts) -> Option<Self> {
        let mut lines = Vec::new();
        for (place, s) in facts.results.summary.scenarios.iter().enumerate() {
            if let Some(series) = s.years_of(&Item::NET_COST).filter(|s| !s.points.is_empty()) {
                let known =
                    |p: &&(Date, Spread)| p.1.p10.is_finite() && p.1.p90.is_finite() && p.1.p50.is_finite();
                let points = series.points.iter().filter(known).map(|p| (facts.period(p.0), p.1)).collect();
                lines.push(Line { place, name: s.name.clone(), points, look: look(facts, place) });
            }
        }
        let start = lines.first()?.points.first()?.0;
        let outturn = facts.outturn();
        let before = |o: &Outturn| {
            let years = o.years.iter().filter(|p| p.0 < start.to);
            years.map(|(year, v)| (Period::until(*year, Date::MIN), *v)).collect::<Vec<_>>()
        };
        let past = outturn.as_ref().map(before).unwrap_or_default();
        let alike = outturn.filter(|o| !o.is_net_cost() && !past.is_empty()).map(|o| {
            let same = o.projected.iter().filter(|p| p.1.is_finite());
            (o.of_what(), same.map(|(day, v)| (facts.period(*day), *v)).collect())
        });
        let future = lines.iter().flat_map(|l| &l.points).map(|p| p.0);
        let mut years: Vec<Period> = past.iter().map(|p| p.0).chain(future).collect();
        years.sort_by_key(|year| year.to);
        years.dedup();
        Some(Self { lines, many: are_many(facts), past, alike, years })
    }

    /// What the grey bars are of.
    fn past_in_words(&self) -> Option<String> {
        match (&self.alike, self.past.is_empty()) {
            (_, true) => None,
            (None, false) => Some("Grey: outturn.".to_owned()),
            (Some((lines, _)), false) => Some(format!(
                "Grey: recorded outturn of {lines}. Within the bars: the same lines in the projection, on average."
            )),
        }
    }

    /// With no more of the past than a telephone has room for.
    fn narrowed(&self) -> Self {
        let past: Vec<(Period, f64)> = self.past.last().copied().into_iter().collect();
        let future = self.years.iter().filter(|y| self.past.iter().all(|p| p.0 != **y));
        let years = past.iter().map(|p| p.0).chain(future.copied()).collect();
        Self { past, years, ..self.clone() }
    }

    fn draw(&self, form: Form) -> Scene {
        let mut scene = self.by_year(form);
        if self.has_rows(form) {
            let rows = self.rows().draw(form);
            let top = scene.height + 24.0;
            scene.place(&rows, (0.0, top));
            scene.height = top + rows.height;
        }
        scene
    }

    /// Whether marks could not tell the what-ifs apart, so that each has a row below.
    fn has_rows(&self, form: Form) -> bool {
        let others = self.lines.len().saturating_sub(1);
        let room = if form.is_wide() { 620.0 } else { 330.0 };
        self.many || (others > 0 && room * SIDE / as_f64(self.years.len().max(1) * others) < CLOSE)
    }

    fn rows(&self) -> Rows {
        let year = self.lines.iter().find_map(end).map(|p| words::period(&p.0)).unwrap_or_default();
        let row = |line: &Line| Some(Row::level(Measure::Cost, &line.name, end(line)?.1, line.look));
        let heading = format!("Net cost of each scenario in {year}");
        Rows::of_levels(heading, self.lines.iter().filter_map(row), words::round_money)
    }

    fn by_year(&self, form: Form) -> Scene {
        let mut scene = Scene::new(form.width(), if form.is_wide() { 400.0 } else { 320.0 });
        let round = ticks(self.values(), 5.0);
        let (labels, blocks) = (self.labels(form, |_| 0.0), blocks(&self.labels(form, |_| 0.0), 225.0));
        let column = column(&labels, &blocks);
        let right = if form.is_wide() { form.width() - column - LEAD - 2.0 } else { form.width() - 4.0 };
        let left =
            12.0 + round.iter().map(|t| width(&words::round_money(*t), TEXT, false)).fold(0.0, f64::max);
        // Names of parts of years have two lines.
        let below = if self.years.iter().all(Period::is_whole) { 0.0 } else { NEXT };
        scene.height += below;
        let (top, bottom) = (24.0, scene.height - 30.0 - below);
        let n = as_f64(self.years.len().max(1));
        let slot = (right - left) / n;
        let plot = Plot {
            x: Scale::new((0.0, n), (left, right)),
            y: Scale::new((round[0], round[round.len() - 1]), (bottom, top)),
            left,
            right,
            top,
            bottom,
        };
        plot.grid(&mut scene, &round, words::round_money);
        self.bars(&mut scene, &plot, slot);
        if self.has_rows(form) {
            self.dashes(&mut scene, &plot, slot);
        } else {
            self.uprights(&mut scene, &plot, slot);
        }
        self.range(&mut scene, &plot, slot);
        plot.zero(&mut scene);
        self.year_names(&mut scene, &plot, slot);
        let ends = self.labels(form, |value| plot.y.at(value));
        if form.is_wide() {
            end_labels(&mut scene, &ends, &blocks, right, (0.0, bottom + 10.0));
        } else {
            scene.height = key(&mut scene, &ends, bottom + 38.0 + below) + 4.0;
        }
        scene
    }

    /// The share of a slot that is left free before the reference's bar.
    fn before(&self) -> f64 {
        if self.lines.len() > 1 { 0.06 } else { (1.0 - BAR) / 2.0 }
    }

    /// Where a year's slot starts.
    fn slot(&self, year: Period) -> f64 {
        as_f64(self.years.iter().position(|y| *y == year).unwrap_or(0))
    }

    fn bars(&self, scene: &mut Scene, plot: &Plot, slot: f64) {
        let wide = slot * BAR;
        for (year, value) in &self.past {
            let (x, y) = (plot.x.at(self.slot(*year)) + slot * (1.0 - BAR) / 2.0, plot.y.at(*value));
            bar(scene, (x, y), (x + wide, plot.y.at(0.0)), PAST, true);
            let label = words::money(*value);
            if width(&label, SMALL, true) < slot {
                scene.bold((x + wide / 2.0, y - 7.0), label, SMALL, PAST, Anchor::Middle);
            }
        }
        for (year, s) in self.lines.first().map_or(&[][..], |l| &l.points) {
            let x = plot.x.at(self.slot(*year)) + slot * self.before();
            let (top, bottom) = ((x, plot.y.at(s.p50)), (x + wide, plot.y.at(0.0)));
            bar(scene, top, bottom, self.lines[0].look.fill, year.is_whole());
        }
        for (year, value) in self.alike.iter().flat_map(|(_, same)| same) {
            let x = plot.x.at(self.slot(*year)) + slot * self.before();
            bar(scene, (x, plot.y.at(*value)), (x + wide, plot.y.at(0.0)), PAST, year.is_whole());
        }
        if let (Some(_), Some(first)) = (self.past.first(), self.lines.first().and_then(|l| l.points.first()))
        {
            plot.divider(scene, self.slot(first.0), Some(BEFORE_AND_AFTER));
        }
    }

    /// The middle eight in ten of the reference.
    fn range(&self, scene: &mut Scene, plot: &Plot, slot: f64) {
        for (year, s) in self.lines.first().map_or(&[][..], |l| &l.points) {
            let x = plot.x.at(self.slot(*year)) + slot * (self.before() + BAR / 2.0);
            scene.line(&[(x, plot.y.at(s.p10)), (x, plot.y.at(s.p90))], 2.0, BLACK, &[]);
            for end in [s.p10, s.p90] {
                let y = plot.y.at(end);
                scene.line(&[(x - 4.0, y), (x + 4.0, y)], 2.0, BLACK, &[]);
            }
        }
    }

    /// The middle eight in ten of each what-if, side by side.
    fn uprights(&self, scene: &mut Scene, plot: &Plot, slot: f64) {
        let gap = slot * SIDE / as_f64(self.lines.len().saturating_sub(1).max(1));
        let radius = (gap * 0.42).min(4.5);
        for (i, line) in self.lines.iter().enumerate().skip(1) {
            for (year, s) in &line.points {
                let x = plot.x.at(self.slot(*year)) + slot * (0.08 + BAR) + gap * (as_f64(i) - 0.5);
                scene.line(&[(x, plot.y.at(s.p10)), (x, plot.y.at(s.p90))], 2.0, line.look.line, &[]);
                marker(scene, (x, plot.y.at(s.p50)), line.place, radius, line.look.line);
            }
        }
    }

    /// The median of each what-if, as a dash beside the bar.
    fn dashes(&self, scene: &mut Scene, plot: &Plot, slot: f64) {
        for line in self.lines.iter().skip(1) {
            for (year, s) in &line.points {
                let (x, y) = (plot.x.at(self.slot(*year)) + slot * (0.08 + BAR), plot.y.at(s.p50));
                scene.line(&[(x, y), (x + slot * 0.3, y)], 1.5, line.look.line, &[]);
            }
        }
    }

    /// Names the last year, and every year before it that there is room to name.
    fn year_names(&self, scene: &mut Scene, plot: &Plot, slot: f64) {
        let mut free = scene.width;
        for year in self.years.iter().rev() {
            let lines = name(*year);
            let wide = lines.iter().map(|line| width(line, TEXT, false)).fold(0.0, f64::max);
            let x = (plot.x.at(self.slot(*year)) + slot / 2.0).min(scene.width - wide / 2.0).max(wide / 2.0);
            if x + wide / 2.0 <= free {
                let mut y = plot.bottom + 8.0 + TEXT;
                for line in lines {
                    scene.text((x, y), line, TEXT, BLACK, Anchor::Middle);
                    y += NEXT;
                }
                free = x - wide / 2.0 - 8.0;
            }
        }
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let future = self.lines.iter().flat_map(|l| &l.points).flat_map(|p| [p.1.p10, p.1.p90]);
        let alike = self.alike.iter().flat_map(|(_, same)| same);
        future.chain(self.past.iter().chain(alike).map(|p| p.1))
    }

    fn labels(&self, form: Form, place: impl Fn(f64) -> f64) -> Vec<EndLabel> {
        let has_rows = self.has_rows(form);
        // Where another bar comes after it, it says which it is of.
        let of = |year: &Period| (self.years.last() != Some(year)).then(|| words::period(year));
        let label = |line: &Line| {
            let (year, s) = end(line)?;
            let when = of(year).map_or_else(String::new, |year| format!(" in {year}"));
            Some(EndLabel {
                at: place(s.p50),
                head: format!("{}: {}{when}", line.name, words::money(s.p50)),
                note: format!("80% range {}", words::range(Measure::Cost, s)),
                look: line.look,
                marker: (line.place > 0).then_some(line.place),
            })
        };
        let shown = if has_rows { 1 } else { self.lines.len() };
        let mut labels: Vec<EndLabel> = self.lines.iter().take(shown).filter_map(label).collect();
        let others: Vec<(Look, Spread)> =
            self.lines.iter().skip(shown).filter_map(|line| Some((line.look, end(line)?.1))).collect();
        let when = self.lines.iter().find_map(end).and_then(|p| of(&p.0));
        labels.extend(together(Measure::Cost, &others, when.as_deref(), &place));
        labels
    }

    fn description(&self) -> String {
        let past: Vec<String> = self
            .past
            .iter()
            .map(|(year, v)| format!("{} in {}", words::money(*v), words::period(year)))
            .collect();
        let of = self.alike.as_ref().map_or_else(String::new, |(lines, _)| format!(" of {lines}"));
        let past =
            if past.is_empty() { String::new() } else { format!(" Recorded{of}: {}.", past.join(", ")) };
        let say = |line: &Line| {
            let (_, s) = end(line)?;
            let range = words::range(Measure::Cost, s);
            Some(format!("{}: {}, 80% range {range}", line.name, words::money(s.p50)))
        };
        let ends: Vec<String> = self.lines.iter().filter_map(say).collect();
        let year = self.lines.iter().find_map(end).map(|p| words::period(&p.0)).unwrap_or_default();
        format!("Net cost by financial year.{past} Projected for {year}: {}.", ends.join("; "))
    }
}

/// The height of a line of a name of two.
const NEXT: f64 = 16.0;

/// The name of a year; of a part of one, in two lines.
pub(super) fn name(year: Period) -> Vec<String> {
    let name = words::period(&year);
    match name.split_once(" to ") {
        Some((from, to)) => vec![from.to_owned(), format!("to {to}")],
        None => vec![name],
    }
}

/// From when: a financial year or, where the first is not whole, a month.
fn since(first: Period) -> String {
    if first.is_whole() { words::period(&first) } else { words::month_in_full(first.from) }
}

/// The last whole year of a line or, where it has none, its last part of a year.
fn end(line: &Line) -> Option<&(Period, Spread)> {
    line.points.iter().rfind(|p| p.0.is_whole()).or(line.points.last())
}

fn bar(scene: &mut Scene, a: Point, b: Point, ink: Ink, is_whole: bool) {
    if is_whole {
        scene.bar(a, b, ink.fade(0.5));
        scene.line(&[a, (b.0, a.1)], 2.5, ink, &[]);
    } else {
        scene.bar(a, b, ink.fade(0.2));
        outline(scene, a, b, ink);
    }
}

/// The broken outline of the bar of a part of a year.
pub(super) fn outline(scene: &mut Scene, a: Point, b: Point, ink: Ink) {
    scene.line(&[(a.0, b.1), a, (b.0, a.1), b], 1.75, ink, &[4.0, 3.0]);
}

fn title(picture: &Picture) -> Option<String> {
    let line = picture.lines.first()?;
    let last = end(line)?;
    let first = line.points.iter().find(|p| p.0.is_whole()).unwrap_or(last);
    let net = picture.past.last().filter(|_| picture.alike.is_none());
    let (from, before) = net.copied().unwrap_or((first.0, first.1.p50));
    let (since, when) = (words::period(&from), words::period(&last.0));
    if from == last.0 || !last.0.is_whole() {
        return Some(format!("Net cost would be about {} in {when}", words::money(last.1.p50)));
    }
    let course = direction::course(Measure::Cost, (before, &since), (&last.1, &when));
    Some(format!("Net cost {course}"))
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
