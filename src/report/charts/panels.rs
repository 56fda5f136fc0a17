//! Small charts side by side, one for each thing compared.

use time::Date;

use super::budget::{name, outline};
use crate::{
    chart::{
        BLACK, FAINT, Form, GREY, Look, WHITE,
        axis::{Scale, day_number, ticks, year_ticks},
        plot::Plot,
        scene::{Anchor, Point, Scene, width, wrap},
    },
    experiment::summary::Spread,
    pathway::calendar::Period,
    report::words,
};

const SMALL: f64 = 12.5;
const LINE: f64 = 16.0;
const GAP: f64 = 26.0;

/// One small chart.
pub(super) struct Panel {
    pub(super) title: String,
    /// What it says at its end, in words.
    pub(super) notes: Vec<String>,
    pub(super) recorded: Vec<(Date, f64)>,
    pub(super) readings: Vec<(Date, f64)>,
    /// Of bars, the first number is their place in the row.
    pub(super) points: Vec<(f64, Spread)>,
    /// What each bar is of.
    pub(super) periods: Vec<Period>,
    /// Figures of parts of years, which stand apart from a fan of whole ones.
    pub(super) parts: Vec<(f64, Spread)>,
    pub(super) look: Look,
}

impl Panel {
    /// Whether there is nothing to draw below its words.
    fn is_empty(&self) -> bool {
        self.points.is_empty()
            && self.parts.is_empty()
            && self.recorded.is_empty()
            && self.readings.is_empty()
    }
}

/// How the points of panels are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A fan around a median.
    Fan,
    /// A bar to the median with a line over the middle eight in ten.
    Bars,
}

/// A sheet of small charts with one axis of dates.
pub(super) struct Panels {
    pub(super) all: Vec<Panel>,
    pub(super) shape: Shape,
    /// How many stand side by side where there is room, and on a telephone.
    pub(super) columns: (usize, usize),
    /// The height of a panel's drawing.
    pub(super) height: f64,
    /// Whether all have the scale of the largest.
    pub(super) alike: bool,
    pub(super) from: Date,
    pub(super) end: Date,
    /// Where the projection starts, if recorded figures stand before it.
    pub(super) start: Option<f64>,
    /// What a number on the scale is called.
    pub(super) name: fn(f64) -> String,
}

/// What the panels of a row share.
struct Cell {
    width: f64,
    left: f64,
    /// Lines of text above the drawing.
    head: usize,
}

impl Panels {
    /// The sheet.
    pub(super) fn draw(&self, form: Form) -> Scene {
        let wanted = if form.is_wide() { self.columns.0 } else { self.columns.1 };
        let columns = wanted.min(self.all.len()).max(1);
        let width = (form.width() - GAP * as_f64(columns - 1)) / as_f64(columns);
        let names =
            self.all.iter().filter(|p| !p.is_empty()).flat_map(|p| self.scale(p)).map(|t| (self.name)(t));
        let left = names.map(|n| self::width(&n, SMALL, false)).fold(0.0, f64::max) + 9.0;
        let mut sheet = Scene::new(form.width(), 0.0);
        for row in self.all.chunks(columns) {
            let head = row.iter().map(|panel| heading(panel, width).len()).max().unwrap_or(0);
            let cell = Cell { width, left, head };
            let y = if sheet.height > 0.0 { sheet.height + GAP } else { 0.0 };
            for (i, panel) in row.iter().enumerate() {
                let drawing = self.panel(panel, &cell);
                sheet.place(&drawing, (as_f64(i) * (width + GAP), y));
                sheet.height = sheet.height.max(y + drawing.height);
            }
        }
        sheet
    }

    /// The round numbers of a panel's scale.
    fn scale(&self, panel: &Panel) -> Vec<f64> {
        let shape = self.shape;
        let of = |p: &Panel| {
            let fan = p.points.iter().chain(&p.parts).flat_map(move |(_, s)| match shape {
                Shape::Fan => [s.p2_5, s.p97_5],
                Shape::Bars => [s.p10, s.p90],
            });
            fan.chain(p.recorded.iter().chain(&p.readings).map(|r| r.1)).collect::<Vec<f64>>()
        };
        if self.alike {
            ticks(self.all.iter().flat_map(of), 5.0)
        } else {
            ticks(of(panel).into_iter(), (self.height / 40.0).round())
        }
    }

    fn panel(&self, panel: &Panel, cell: &Cell) -> Scene {
        let top = as_f64(cell.head) * LINE + 14.0;
        let names = if panel.periods.iter().all(Period::is_whole) { 26.0 } else { 26.0 + NEXT };
        let mut scene = Scene::new(cell.width, top + self.height + names);
        write_heading(&mut scene, panel);
        if panel.is_empty() {
            scene.height = top;
            return scene;
        }
        let plot = self.plot(panel, cell, (top, top + self.height));
        for tick in self.scale(panel) {
            let y = plot.y.at(tick);
            scene.line(&[(plot.left, y), (plot.right, y)], 1.0, FAINT, &[]);
            let name = (self.name)(tick);
            scene.text((plot.left - 6.0, y + SMALL * 0.35), name, SMALL, BLACK, Anchor::End);
        }
        match self.shape {
            Shape::Fan => self.fan(&mut scene, &plot, panel),
            Shape::Bars => bars(&mut scene, &plot, panel),
        }
        scene
    }

    fn plot(&self, panel: &Panel, cell: &Cell, (top, bottom): Point) -> Plot {
        let round = self.scale(panel);
        let (left, right) = (cell.left, cell.width - 6.0);
        let inset = match self.shape {
            Shape::Fan => 5.0,
            Shape::Bars => (right - left) / as_f64(panel.points.len().max(1)) / 2.0,
        };
        let days = match (self.shape, panel.points.first(), panel.points.last()) {
            (Shape::Bars, Some(a), Some(b)) => (a.0, b.0),
            _ => (day_number(self.from), day_number(self.end)),
        };
        Plot {
            x: Scale::new(days, (left + inset, right - inset)),
            y: Scale::new((round[0], round[round.len() - 1]), (bottom, top)),
            left,
            right,
            top,
            bottom,
        }
    }

    fn fan(&self, scene: &mut Scene, plot: &Plot, panel: &Panel) {
        plot.fan(scene, &panel.points, panel.look.fill);
        plot.zero(scene);
        let room = if scene.width > 250.0 { 4 } else { 3 };
        plot.dates(scene, &year_ticks(self.from, self.end, room, words::month), SMALL);
        if let Some(day) = self.start {
            plot.divider(scene, day, None);
        }
        plot.median(scene, &panel.points, panel.look, 2.5);
        for (day, s) in &panel.parts {
            part(scene, plot, (*day, s), panel.look);
        }
        plot.joined_dots(scene, &panel.recorded, 2.0, 2.75);
        plot.rings(scene, &panel.readings, 4.0);
    }
}

fn bars(scene: &mut Scene, plot: &Plot, panel: &Panel) {
    let slot = (plot.right - plot.left) / as_f64(panel.points.len().max(1));
    let half = (slot * 0.3).min(22.0);
    for ((place, s), period) in panel.points.iter().zip(&panel.periods) {
        let (x, y) = plot.at((*place, s.p50));
        let (a, b) = ((x - half, y), (x + half, plot.y.at(0.0)));
        if period.is_whole() {
            scene.bar(a, b, panel.look.fill.fade(0.55));
            scene.line(&[a, (b.0, y)], 2.5, panel.look.line, &[]);
        } else {
            scene.bar(a, b, panel.look.fill.fade(0.2));
            outline(scene, a, b, panel.look.line);
        }
        let (low, high) = (plot.y.at(s.p10), plot.y.at(s.p90));
        scene.line(&[(x, low), (x, high)], 2.0, BLACK, &[]);
        for end in [low, high] {
            scene.line(&[(x - 4.0, end), (x + 4.0, end)], 2.0, BLACK, &[]);
        }
    }
    plot.zero(scene);
    years(scene, plot, panel, slot);
}

/// A part of a year among whole ones: a hollow mark, with the middle eight in ten.
fn part(scene: &mut Scene, plot: &Plot, (day, s): (f64, &Spread), look: Look) {
    let (x, y) = plot.at((day, s.p50));
    scene.line(&[(x, plot.y.at(s.p10)), (x, plot.y.at(s.p90))], 1.5, look.line, &[]);
    scene.bar((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), look.line);
    scene.bar((x - 2.25, y - 2.25), (x + 2.25, y + 2.25), WHITE);
}

/// The height of a line of a name of two.
const NEXT: f64 = 14.0;

/// The name of its year under each bar; of the others, where they are close, under the last and the first.
fn years(scene: &mut Scene, plot: &Plot, panel: &Panel, slot: f64) {
    let all = slot > width("2025-26", SMALL, false) + 6.0;
    let n = panel.periods.len();
    let mut free = scene.width;
    for (i, ((place, _), period)) in panel.points.iter().zip(&panel.periods).enumerate().rev() {
        let x = plot.x.at(*place);
        scene.line(&[(x, plot.bottom), (x, plot.bottom + 6.0)], 1.0, BLACK, &[]);
        let lines = name(*period);
        let wide = lines.iter().map(|line| width(line, SMALL, false)).fold(0.0, f64::max);
        let middle = x.min(scene.width - wide / 2.0).max(wide / 2.0);
        if (all || i == 0 || i + 1 == n) && middle + wide / 2.0 <= free {
            for (line, down) in lines.into_iter().zip([0.0, NEXT]) {
                let at = (middle, plot.bottom + 8.0 + SMALL + down);
                scene.text(at, line, SMALL, BLACK, Anchor::Middle);
            }
            free = middle - wide / 2.0 - 4.0;
        }
    }
}

/// The lines above a panel, and whether each is bold.
fn heading(panel: &Panel, room: f64) -> Vec<(String, bool)> {
    let title = wrap(&panel.title, size(true), true, room).into_iter().map(|line| (line, true));
    let notes = panel.notes.iter().flat_map(|note| wrap(note, SMALL, false, room)).map(|line| (line, false));
    title.chain(notes).collect()
}

fn write_heading(scene: &mut Scene, panel: &Panel) {
    let mut y = -3.0;
    for (line, bold) in heading(panel, scene.width) {
        y += LINE;
        if bold {
            scene.bold((0.0, y), line, size(bold), panel.look.line, Anchor::Start);
        } else {
            scene.text((0.0, y), line, size(bold), GREY, Anchor::Start);
        }
    }
}

fn size(bold: bool) -> f64 {
    if bold { 14.0 } else { SMALL }
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
