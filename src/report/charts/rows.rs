//! A row for each scenario: its name, a dot on the median with a line over the middle eight in ten, and both in words.
//! However many there are, each is told by its name, not by its colour.

use crate::{
    chart::{
        BLACK, FAINT, Form, GREY, Look,
        axis::{Scale, round_numbers},
        scene::{Anchor, Ink, Point, Scene, width, wrap},
    },
    experiment::summary::{Measure, Spread},
    report::words,
};

const TEXT: f64 = 14.0;
const SMALL: f64 = 12.5;
const LINE: f64 = 17.0;
const GAP: f64 = 10.0;

/// One scenario.
pub(super) struct Row {
    pub(super) name: String,
    /// What else is to be known of it.
    pub(super) note: String,
    pub(super) spread: Spread,
    /// The number in words, and what qualifies it.
    pub(super) said: [String; 2],
    pub(super) look: Look,
}

/// All of them below each other, along one scale.
pub(super) struct Rows {
    /// What the rows are of.
    pub(super) heading: String,
    pub(super) all: Vec<Row>,
    /// The number that all are compared with.
    pub(super) against: f64,
    /// What a number on the scale is called.
    pub(super) name: fn(f64) -> String,
}

impl Row {
    /// One of a number, rather than of a difference.
    pub(super) fn level(measure: Measure, name: &str, spread: Spread, look: Look) -> Self {
        let range = format!("80% range {}", words::range(measure, &spread));
        let said = [words::amount(measure, spread.p50), range];
        Self { name: name.to_owned(), note: String::new(), spread, said, look }
    }
}

/// How to read rows of levels.
pub(super) fn rows_in_words(reference: &str) -> String {
    format!(
        "Below, each scenario. Dot: median. Line through it: the middle 80%. Upright: the median of {reference}."
    )
}

/// The columns of a sheet, from left to right.
struct Columns {
    /// The room for names.
    names: f64,
    /// Where words start, and their room.
    words: (f64, f64),
    /// From where to where numbers are drawn.
    plot: (f64, f64),
}

impl Columns {
    fn of(form: Form) -> Self {
        let all = form.width();
        match form {
            Form::Wide => Self { names: 300.0, words: (all - 250.0, 250.0), plot: (320.0, all - 274.0) },
            Form::Narrow => Self { names: all, words: (0.0, all), plot: (12.0, all - 24.0) },
        }
    }
}

/// A text of a row: its place, whether it is bold, and its ink.
struct Piece {
    at: Point,
    text: String,
    bold: bool,
    ink: Ink,
}

/// What a row holds, from its top on.
struct Cell {
    pieces: Vec<Piece>,
    /// Where its dot is.
    middle: f64,
    /// From where to where the lines of the scale run, which cross no words.
    strip: (f64, f64),
    height: f64,
}

impl Rows {
    /// The reference, and then the others from the least to the most, against the reference's median.
    pub(super) fn of_levels(
        heading: String,
        rows: impl Iterator<Item = Row>,
        name: fn(f64) -> String,
    ) -> Self {
        let mut all: Vec<Row> = rows.collect();
        let against = all.first().map_or(0.0, |row| row.spread.p50);
        if let Some(others) = all.get_mut(1..) {
            others.sort_by(|a, b| a.spread.p50.total_cmp(&b.spread.p50));
        }
        Self { heading, all, against, name }
    }

    /// The sheet.
    pub(super) fn draw(&self, form: Form) -> Scene {
        let columns = Columns::of(form);
        let cells: Vec<Cell> = self.all.iter().map(|row| cell(row, form, &columns)).collect();
        let mut scene = Scene::new(form.width(), 0.0);
        let mut y = 0.0;
        for line in wrap(&self.heading, TEXT, true, form.width()) {
            y += LINE;
            scene.bold((0.0, y - 4.0), line, TEXT, BLACK, Anchor::Start);
        }
        let top = y + 30.0;
        let bottom = top + cells.iter().map(|cell| cell.height + GAP).sum::<f64>();
        let round = round_numbers(self.ends(), if form.is_wide() { 4.0 } else { 3.0 });
        let x = Scale::new((round[0], round[round.len() - 1]), columns.plot);
        self.name_ticks(&mut scene, &x, &round, [top - 8.0, bottom + 8.0 + SMALL]);
        let mut y = top + GAP / 2.0;
        for (row, cell) in self.all.iter().zip(cells) {
            let (above, below) = cell.strip;
            for tick in &round {
                upright(&mut scene, x.at(*tick), (y + above, y + below), 1.0, FAINT);
            }
            upright(&mut scene, x.at(self.against), (y + above, y + below), 1.5, BLACK);
            mark(&mut scene, &x, y + cell.middle, row);
            write(&mut scene, &cell, y);
            y += cell.height + GAP;
        }
        scene.height = bottom + 30.0;
        scene
    }

    /// The least and the greatest number that there must be room for.
    fn ends(&self) -> (f64, f64) {
        let ends = self.all.iter().flat_map(|row| [row.spread.p10, row.spread.p90]);
        let known = ends.filter(|x| x.is_finite());
        known.fold((self.against, self.against), |(low, high), x| (low.min(x), high.max(x)))
    }

    /// The numbers of the scale above and below the rows, as many as there is room for.
    fn name_ticks(&self, scene: &mut Scene, x: &Scale, round: &[f64], heights: [f64; 2]) {
        let mut free = f64::NEG_INFINITY;
        for tick in round {
            let name = (self.name)(*tick);
            let half = width(&name, SMALL, false) / 2.0;
            let at = x.at(*tick).min(scene.width - half).max(half);
            if at - half >= free {
                for y in heights {
                    scene.text((at, y), name.clone(), SMALL, BLACK, Anchor::Middle);
                }
                free = at + half + 8.0;
            }
        }
    }
}

/// The words of a row and where they stand: beside the drawing where there is room, otherwise above it.
fn cell(row: &Row, form: Form, columns: &Columns) -> Cell {
    let name = wrap(&row.name, TEXT, true, columns.names).into_iter().map(|line| (line, true, row.look.line));
    let note = wrap(&row.note, SMALL, false, columns.names).into_iter().map(|line| (line, false, GREY));
    let left: Vec<_> = name.chain(note).collect();
    let [number, range] = &row.said;
    let (start, room) = columns.words;
    let lines =
        |text: &str, bold| wrap(text, TEXT, bold, room).into_iter().map(move |line| (line, bold, BLACK));
    if form.is_wide() {
        let right: Vec<_> = lines(number, true).chain(lines(range, false)).collect();
        let height = LINE * as_f64(left.len().max(right.len()));
        let pieces = stacked(left, 0.0, 0.0).chain(stacked(right, start, 0.0)).collect();
        Cell { pieces, middle: LINE / 2.0, strip: (-GAP / 2.0, height + GAP / 2.0), height }
    } else {
        let both = if range.is_empty() { number.clone() } else { format!("{number}, {range}") };
        let all: Vec<_> = left.into_iter().chain(lines(&both, false)).collect();
        let words = LINE * as_f64(all.len());
        let strip = (words + 2.0, words + 18.0);
        Cell { pieces: stacked(all, start, 0.0).collect(), middle: words + 10.0, strip, height: words + 18.0 }
    }
}

fn stacked(lines: Vec<(String, bool, Ink)>, x: f64, top: f64) -> impl Iterator<Item = Piece> {
    lines.into_iter().enumerate().map(move |(i, (text, bold, ink))| {
        let at = (x, top + LINE * as_f64(i + 1) - 4.0);
        Piece { at, text, bold, ink }
    })
}

/// Writes what a row says, from its top on.
fn write(scene: &mut Scene, cell: &Cell, top: f64) {
    for piece in &cell.pieces {
        let at = (piece.at.0, top + piece.at.1);
        let size = if piece.ink == GREY { SMALL } else { TEXT };
        if piece.bold {
            scene.bold(at, piece.text.clone(), size, piece.ink, Anchor::Start);
        } else {
            scene.text(at, piece.text.clone(), size, piece.ink, Anchor::Start);
        }
    }
}

fn upright(scene: &mut Scene, x: f64, (top, bottom): (f64, f64), width: f64, ink: Ink) {
    scene.line(&[(x, top), (x, bottom)], width, ink, &[]);
}

fn mark(scene: &mut Scene, x: &Scale, y: f64, row: &Row) {
    let s = &row.spread;
    scene.line(&[(x.at(s.p10), y), (x.at(s.p90), y)], 2.5, row.look.line, &[]);
    scene.dot((x.at(s.p50), y), 4.0, row.look.line);
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
