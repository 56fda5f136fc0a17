//! What charts have in common: grids, fans, lines through time and the labels at their ends.

use time::Date;

use super::{
    BLACK, FAINT, GREY, Look, WHITE,
    axis::{DateTick, Scale, day_number},
    labels::apart,
    scene::{Anchor, Ink, Point, Scene, width, wrap},
};
use crate::{
    experiment::summary::{Measure, Series, Spread},
    report::words,
};

/// The size of ordinary text in charts.
pub(super) const TEXT: f64 = 14.0;

/// The part of a sheet that data are drawn in.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Plot {
    /// Where a number on a day falls.
    pub(super) fn at(&self, (day, value): (f64, f64)) -> Point {
        (self.x.at(day), self.y.at(value))
    }

    /// The lines across, and their numbers.
    pub(super) fn grid(&self, scene: &mut Scene, ticks: &[f64], name: impl Fn(f64) -> String) {
        for tick in ticks {
            let y = self.y.at(*tick);
            scene.line(&[(self.left, y), (self.right, y)], 1.0, FAINT, &[]);
            scene.text((self.left - 8.0, y + TEXT * 0.35), name(*tick), TEXT, BLACK, Anchor::End);
        }
    }

    /// The line at nothing.
    pub(super) fn zero(&self, scene: &mut Scene) {
        let y = self.y.at(0.0);
        scene.line(&[(self.left, y), (self.right, y)], 1.5, BLACK, &[]);
    }

    /// The dates below.
    pub(super) fn dates(&self, scene: &mut Scene, ticks: &[DateTick], size: f64) {
        for tick in ticks {
            let x = self.x.at(tick.day);
            let long = if tick.label.is_some() { 6.0 } else { 3.0 };
            scene.line(&[(x, self.bottom), (x, self.bottom + long)], 1.0, BLACK, &[]);
            if let Some(label) = &tick.label {
                let half = width(label, size, false) / 2.0;
                let x = x.min(scene.width - half).max(half);
                scene.text((x, self.bottom + 8.0 + size), label.clone(), size, BLACK, Anchor::Middle);
            }
        }
    }

    /// The line between what was recorded and what is projected.
    pub(super) fn divider(&self, scene: &mut Scene, day: f64, names: bool) {
        let x = self.x.at(day);
        let top = if names { self.top - 8.0 } else { self.top };
        scene.line(&[(x, top), (x, self.bottom)], 1.25, GREY, &[2.0, 3.0]);
        let fits = |word: &str, room: f64| names && width(word, TEXT, false) + 8.0 <= room;
        if fits("Recorded", x) {
            scene.text((x - 8.0, self.top - 10.0), "Recorded", TEXT, GREY, Anchor::End);
        }
        if fits("Projected", self.right + 12.0 - x) {
            scene.text((x + 8.0, self.top - 10.0), "Projected", TEXT, GREY, Anchor::Start);
        }
    }

    /// The middle 95, 80 and 50 futures in a hundred, light to dark; a bar where there is one day alone.
    pub(super) fn fan(&self, scene: &mut Scene, points: &[(f64, Spread)], fill: Ink) {
        for (band, alpha) in [0.16, 0.22, 0.30].into_iter().enumerate() {
            let ends = |s: &Spread| [(s.p2_5, s.p97_5), (s.p10, s.p90), (s.p25, s.p75)][band];
            let lower = points.iter().map(|(day, s)| self.at((*day, ends(s).0)));
            let upper = points.iter().map(|(day, s)| self.at((*day, ends(s).1)));
            let ink = fill.fade(alpha);
            if points.len() == 1 {
                for (low, high) in lower.zip(upper) {
                    scene.bar((low.0 - 5.0, high.1), (low.0 + 5.0, low.1), ink);
                }
            } else {
                scene.area(lower.chain(upper.rev()).collect(), ink);
            }
        }
    }

    /// The median through time.
    pub(super) fn median(&self, scene: &mut Scene, points: &[(f64, Spread)], look: Look, stroke: f64) {
        let line: Vec<Point> = points.iter().map(|(day, s)| self.at((*day, s.p50))).collect();
        scene.line(&line, stroke, look.line, look.dash);
        if let [only] = line.as_slice() {
            scene.dot(*only, stroke + 1.0, look.line);
        }
    }

    /// Published figures: joined dots.
    pub(super) fn recorded(&self, scene: &mut Scene, points: &[(Date, f64)], stroke: f64, radius: f64) {
        let line: Vec<Point> = points.iter().map(|(date, v)| self.at((day_number(*date), *v))).collect();
        scene.line(&line, stroke, BLACK, &[]);
        for p in line {
            scene.dot(p, radius, BLACK);
        }
    }

    /// Single later readings: rings.
    pub(super) fn readings(&self, scene: &mut Scene, points: &[(Date, f64)], radius: f64) {
        for (date, v) in points {
            let p = self.at((day_number(*date), *v));
            scene.dot(p, radius, BLACK);
            scene.dot(p, radius - 2.0, WHITE);
        }
    }
}

/// The points of a series that can be drawn.
pub(super) fn known(series: &Series) -> impl Iterator<Item = &(Date, Spread)> {
    let known = |s: &Spread| s.p2_5.is_finite() && s.p97_5.is_finite() && s.p50.is_finite();
    series.points.iter().filter(move |(_, s)| known(s))
}

/// A series as day numbers.
pub(super) fn by_day(series: &Series) -> Vec<(f64, Spread)> {
    known(series).map(|(date, s)| (day_number(*date), *s)).collect()
}

/// A series as places in a row, for bars side by side whatever time lies between them.
pub(super) fn in_row(series: &Series) -> Vec<(f64, Spread)> {
    known(series)
        .enumerate()
        .map(|(i, (_, s))| (f64::from(u32::try_from(i).unwrap_or(u32::MAX)), *s))
        .collect()
}

/// What stands beside the end of a line: a name and a value in bold, and its range.
pub(super) struct EndLabel {
    pub(super) at: f64,
    pub(super) head: String,
    pub(super) note: String,
    pub(super) look: Look,
    /// The shape that stands for it in the chart, if it is not a line.
    pub(super) marker: Option<usize>,
}

/// The label of many lines that no labels of their own tell apart, beside the middle of their ends.
pub(super) fn together(
    measure: Measure,
    others: &[(Look, Spread)],
    when: Option<&str>,
    place: impl Fn(f64) -> f64,
) -> Option<EndLabel> {
    let (look, _) = *others.first()?;
    let medians = others.iter().map(|(_, s)| s.p50);
    let (low, high) = medians.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let when = when.map_or_else(String::new, |when| format!(" in {when}"));
    Some(EndLabel {
        at: place(f64::midpoint(low, high)),
        head: format!("{} what-ifs{when}", others.len()),
        note: format!("medians {} to {}", words::amount(measure, low), words::amount(measure, high)),
        look,
        marker: None,
    })
}

/// A mark whose shape tells scenarios apart where colour does not.
pub(super) fn marker(scene: &mut Scene, (x, y): Point, which: usize, r: f64, ink: Ink) {
    match which {
        1 => scene.dot((x, y), r, ink),
        2 => scene.area(vec![(x - r, y + r), (x, y - r), (x + r, y + r)], ink),
        _ => scene.bar((x - r * 0.9, y - r * 0.9), (x + r * 0.9, y + r * 0.9), ink),
    }
}

impl EndLabel {
    /// The room that its marker takes.
    pub(super) fn indent(&self) -> f64 {
        if self.marker.is_some() { 16.0 } else { 0.0 }
    }
}

/// A label's lines, whether each is bold, and how wide the widest is.
pub(super) struct Block {
    lines: Vec<(String, bool)>,
    width: f64,
}

/// The height of a line of a label.
const LINE: f64 = 17.0;

impl Block {
    fn new(label: &EndLabel, room: f64) -> Self {
        let head = wrap(&label.head, TEXT, true, room).into_iter().map(|line| (line, true));
        let note = wrap(&label.note, TEXT, false, room).into_iter().map(|line| (line, false));
        let lines: Vec<(String, bool)> = head.chain(note).collect();
        let width = lines.iter().map(|(text, bold)| width(text, TEXT, *bold)).fold(0.0, f64::max);
        Self { lines, width }
    }

    fn height(&self) -> f64 {
        f64::from(u32::try_from(self.lines.len()).unwrap_or(u32::MAX)) * LINE
    }

    /// Draws the lines from a place at the top left.
    fn draw(&self, scene: &mut Scene, (x, y): Point, ink: Ink) {
        let mut y = y - 4.0;
        for (text, bold) in &self.lines {
            y += LINE;
            if *bold {
                scene.bold((x, y), text.clone(), TEXT, ink, Anchor::Start);
            } else {
                scene.text((x, y), text.clone(), TEXT, ink, Anchor::Start);
            }
        }
    }
}

/// The labels broken into lines.
pub(super) fn blocks(labels: &[EndLabel], room: f64) -> Vec<Block> {
    labels.iter().map(|label| Block::new(label, room)).collect()
}

/// The width of the column that labels stand in.
pub(super) fn column(labels: &[EndLabel], blocks: &[Block]) -> f64 {
    labels.iter().zip(blocks).map(|(label, block)| label.indent() + block.width).fold(0.0, f64::max)
}

/// How far labels stand from the ends of their lines.
pub(super) const LEAD: f64 = 22.0;

/// Draws labels beside the ends of lines at `x`, apart from each other, joined to their lines where they had
/// to move.
pub(super) fn end_labels(
    scene: &mut Scene,
    labels: &[EndLabel],
    blocks: &[Block],
    x: f64,
    (top, bottom): (f64, f64),
) {
    let wanted: Vec<(f64, f64)> =
        labels.iter().zip(blocks).map(|(label, block)| (label.at, block.height() + 8.0)).collect();
    for ((label, block), middle) in labels.iter().zip(blocks).zip(apart(&wanted, top, bottom)) {
        if (middle - label.at).abs() > 4.0 {
            let path = [(x + 3.0, label.at), (x + LEAD - 4.0, middle)];
            scene.line(&path, 1.0, label.look.line, &[]);
        }
        let top = middle - block.height() / 2.0;
        let start = x + LEAD + label.indent();
        if let Some(which) = label.marker {
            marker(scene, (x + LEAD + 5.0, top + LINE / 2.0), which, 4.5, label.look.line);
        }
        block.draw(scene, (start, top), label.look.line);
    }
}

/// Draws labels below each other from `y`, each beside a piece of its line. Says where they end.
pub(super) fn key(scene: &mut Scene, labels: &[EndLabel], y: f64) -> f64 {
    let mut y = y;
    for (label, block) in labels.iter().zip(blocks(labels, scene.width - 48.0)) {
        let middle = y + LINE / 2.0;
        match label.marker {
            Some(which) => marker(scene, (18.0, middle), which, 5.0, label.look.line),
            None => scene.line(&[(2.0, middle), (34.0, middle)], 3.0, label.look.line, label.look.dash),
        }
        block.draw(scene, (44.0, y), label.look.line);
        y += block.height() + 6.0;
    }
    y
}
