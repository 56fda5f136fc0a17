//! Children looked after: recorded years, then the fan of each future.

use time::Date;

use super::{
    BEFORE_AND_AFTER, Chart, are_many, futures, look,
    rows::{Row, Rows, rows_in_words},
    source,
    spreads::{by_day, together},
    what_ifs,
};
use crate::{
    chart::{
        Form, Look,
        axis::{Scale, date_ticks, day_number, ticks},
        labels::{EndLabel, LEAD, blocks, column, end_labels, key},
        plot::{Plot, TEXT},
        scene::{Scene, width},
    },
    experiment::summary::{Measure, Series, Spread},
    report::{
        direction,
        facts::{Facts, History, last},
        words,
    },
};

/// The chart, where there is a stock to draw.
pub(super) fn chart(facts: &Facts) -> Option<Chart> {
    let main = facts.main()?;
    let (first, (last_day, _)) = (main.points.first()?.0, last(Some(main))?);
    let history = facts.history(&main.item).recent(first, last_day);
    let lines = lines(facts, main);
    let from = history.years.first().map_or(first, |p| p.0.min(first));
    let picture = Picture { lines, many: are_many(facts), history, from, start: first, end: last_day };
    Some(Chart {
        name: "children",
        title: title(facts, main),
        subtitle: subtitle(facts, main, &picture),
        source: source(facts, &picture.history.source.into_iter().collect::<Vec<_>>()),
        description: description(main, &picture),
        wide: picture.draw(Form::Wide),
        narrow: picture.draw(Form::Narrow),
    })
}

/// One scenario's line.
struct Line {
    name: String,
    points: Vec<(f64, Spread)>,
    fan: bool,
    look: Look,
}

struct Picture<'a> {
    /// The reference first.
    lines: Vec<Line>,
    /// Whether there are too many to tell them apart along the lines: then each has a row below as well.
    many: bool,
    history: History<'a>,
    from: Date,
    start: Date,
    end: Date,
}

/// Two scenarios both have their fans; of more, the reference alone, for the eye parts no more than two.
fn lines(facts: &Facts, main: &Series) -> Vec<Line> {
    let scenarios = &facts.results.summary.scenarios;
    let line = |(place, s): (usize, &crate::experiment::summary::ScenarioSummary)| {
        let points = by_day(s.months_of(&main.item)?);
        let fan = place == 0 || scenarios.len() == 2;
        (!points.is_empty()).then(|| Line { name: s.name.clone(), points, fan, look: look(facts, place) })
    };
    scenarios.iter().enumerate().filter_map(line).collect()
}

impl Picture<'_> {
    fn draw(&self, form: Form) -> Scene {
        let mut scene = self.through_time(form);
        if self.many {
            let rows = self.rows().draw(form);
            let top = scene.height + 24.0;
            scene.place(&rows, (0.0, top));
            scene.height = top + rows.height;
        }
        scene
    }

    fn through_time(&self, form: Form) -> Scene {
        let mut scene = Scene::new(form.width(), if form.is_wide() { 430.0 } else { 330.0 });
        let round = ticks(self.values(), if form.is_wide() { 6.0 } else { 5.0 });
        let (low, high) = (round[0], round[round.len() - 1]);
        let labels = self.labels(|_| 0.0);
        let wide_labels = blocks(&labels, 232.0);
        let column = column(&labels, &wide_labels);
        let right = if form.is_wide() { form.width() - column - LEAD - 2.0 } else { form.width() - 14.0 };
        let left = 12.0 + round.iter().map(|t| width(&words::count(*t), TEXT, false)).fold(0.0, f64::max);
        let (top, bottom) = (28.0, scene.height - 30.0);
        let x = Scale::new((day_number(self.from), day_number(self.end)), (left + 8.0, right));
        let plot = Plot { x, y: Scale::new((low, high), (bottom, top)), left, right, top, bottom };
        plot.grid(&mut scene, &round, words::count);
        for line in self.lines.iter().filter(|line| line.fan) {
            plot.fan(&mut scene, &line.points, line.look.fill);
        }
        plot.zero(&mut scene);
        plot.dates(
            &mut scene,
            &date_ticks(self.from, self.end, if form.is_wide() { 8 } else { 4 }, words::month),
            TEXT,
        );
        if self.from < self.start {
            plot.divider(&mut scene, day_number(self.start), Some(BEFORE_AND_AFTER));
        }
        self.medians(&mut scene, &plot);
        plot.joined_dots(&mut scene, &self.history.years, 3.0, 4.5);
        plot.rings(&mut scene, &self.readings(), 5.5);
        let labels = self.labels(|value| plot.y.at(value));
        if form.is_wide() {
            end_labels(&mut scene, &labels, &wide_labels, right, (0.0, bottom + 10.0));
        } else {
            scene.height = key(&mut scene, &labels, bottom + 38.0) + 4.0;
        }
        scene
    }

    /// The line of each scenario; where they are many, that of the reference over thinner ones.
    fn medians(&self, scene: &mut Scene, plot: &Plot) {
        let thin = |i: usize| self.many && i > 0;
        for (i, line) in self.lines.iter().enumerate() {
            plot.median(scene, &line.points, line.look, if thin(i) { 1.25 } else { 3.0 });
        }
        if let Some(reference) = self.lines.first().filter(|_| self.many) {
            plot.median(scene, &reference.points, reference.look, 3.0);
        }
    }

    /// Everything that the chart must have room for.
    fn values(&self) -> impl Iterator<Item = f64> {
        let fan = self.lines.iter().filter(|l| l.fan).flat_map(|l| &l.points).map(|p| p.1);
        let medians = self.lines.iter().flat_map(|l| &l.points).map(|p| p.1.p50);
        let recorded = self.history.years.iter().chain(&self.history.readings).map(|p| p.1);
        fan.flat_map(|s| [s.p2_5, s.p97_5]).chain(medians).chain(recorded)
    }

    /// The readings within the years drawn.
    fn readings(&self) -> Vec<(Date, f64)> {
        let within = |p: &&(Date, f64)| p.0 >= self.from && p.0 <= self.end;
        self.history.readings.iter().filter(within).copied().collect()
    }

    /// What each scenario comes to at the end.
    fn ends(&self) -> impl Iterator<Item = (&Line, Spread)> {
        self.lines.iter().filter_map(|line| Some((line, line.points.last()?.1)))
    }

    fn labels(&self, place: impl Fn(f64) -> f64) -> Vec<EndLabel> {
        let label = |(line, spread): (&Line, Spread)| EndLabel {
            at: place(spread.p50),
            head: format!("{}: {}", line.name, words::count(spread.p50)),
            note: format!("80% range {}", words::range(Measure::Stock, &spread)),
            look: line.look,
            marker: None,
        };
        if !self.many {
            return self.ends().map(label).collect();
        }
        let others: Vec<(Look, Spread)> = self.ends().skip(1).map(|(line, s)| (line.look, s)).collect();
        self.ends().take(1).map(label).chain(together(Measure::Stock, &others, None, &place)).collect()
    }

    fn rows(&self) -> Rows {
        let row = |(line, s): (&Line, Spread)| Row::level(Measure::Stock, &line.name, s, line.look);
        Rows::of_levels(
            format!("Each scenario on {}", words::day(self.end)),
            self.ends().map(row),
            words::count,
        )
    }
}

fn title(facts: &Facts, main: &Series) -> String {
    let Some((day, end)) = last(Some(main)) else { return main.title.clone() };
    let history = facts.history(&main.item).years;
    let first = main.points.first().map(|p| (p.0, p.1.p50));
    // What is on record of days that are simulated is no start.
    let recorded = history.into_iter().rfind(|p| first.is_none_or(|first| p.0 <= first.0));
    let before = recorded.or(first);
    let (from, before) = before.unwrap_or((day, end.p50));
    let (from, when) = (words::month_in_full(from), words::month_in_full(day));
    let course = direction::course(Measure::Stock, (before, &from), (&end, &when));
    let foremost = what_ifs::foremost_in_words(facts, &main.item);
    let foremost = foremost.map_or_else(String::new, |foremost| format!("; {foremost}"));
    format!("{} {course}{foremost}", words::opening(&main.title))
}

fn subtitle(facts: &Facts, main: &Series, picture: &Picture) -> Vec<String> {
    let fans = picture.lines.iter().filter(|l| l.fan).count();
    let whose =
        if fans < picture.lines.len() { format!(" in {}", facts.reference_name()) } else { String::new() };
    let from = words::day(picture.from);
    let thin = if picture.many { " Thin lines: the medians of what-ifs." } else { "" };
    let mut lines = vec![
        format!(
            "{} at each month\u{2019}s end, {from} to {}.",
            words::opening(&main.title),
            words::day(picture.end)
        ),
        format!(
            "Shading, dark to light: the middle 50%, 80% and 95% of {}{whose}. Line: median.{thin}",
            futures(facts.results.summary.runs)
        ),
    ];
    let readings: Vec<String> = picture
        .readings()
        .iter()
        .map(|(date, value)| format!("{} on {}", words::count(*value), words::day(*date)))
        .collect();
    if picture.many {
        lines.push(rows_in_words(&facts.reference_name()));
    }
    if !readings.is_empty() {
        lines.push(format!("Ring: a later count, {}.", words::and(&readings)));
    }
    lines
}

fn description(main: &Series, picture: &Picture) -> String {
    let name = words::opening(&main.title);
    let recorded = match (picture.history.years.first(), picture.history.years.last()) {
        (Some(a), Some(b)) => format!(
            " Recorded: {} on {}, {} on {}.",
            words::count(a.1),
            words::day(a.0),
            words::count(b.1),
            words::day(b.0)
        ),
        _ => String::new(),
    };
    let end = |(line, s): (&Line, Spread)| {
        let range = words::range(Measure::Stock, &s);
        format!("{}: {}, 80% range {range}", line.name, words::count(s.p50))
    };
    let ends: Vec<String> = picture.ends().map(end).collect();
    format!("{name} through time.{recorded} Projected for {}: {}.", words::day(picture.end), ends.join("; "))
}
