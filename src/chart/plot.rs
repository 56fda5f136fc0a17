//! The part of a sheet that data are drawn in: its grid, its dates, and dots through time.

use time::Date;

use super::{
    BLACK, FAINT, GREY, WHITE,
    axis::{DateTick, Scale, day_number},
    scene::{Anchor, Point, Scene, width},
};

/// The size of ordinary text in charts.
pub const TEXT: f64 = 14.0;

/// The part of a sheet that data are drawn in.
#[derive(Debug, Clone)]
pub struct Plot {
    pub x: Scale,
    pub y: Scale,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Plot {
    /// Where a number on a day falls.
    pub fn at(&self, (day, value): (f64, f64)) -> Point {
        (self.x.at(day), self.y.at(value))
    }

    /// The lines across, and their numbers.
    pub fn grid(&self, scene: &mut Scene, ticks: &[f64], name: impl Fn(f64) -> String) {
        for tick in ticks {
            let y = self.y.at(*tick);
            scene.line(&[(self.left, y), (self.right, y)], 1.0, FAINT, &[]);
            scene.text((self.left - 8.0, y + TEXT * 0.35), name(*tick), TEXT, BLACK, Anchor::End);
        }
    }

    /// The line at nothing.
    pub fn zero(&self, scene: &mut Scene) {
        let y = self.y.at(0.0);
        scene.line(&[(self.left, y), (self.right, y)], 1.5, BLACK, &[]);
    }

    /// The dates below.
    pub fn dates(&self, scene: &mut Scene, ticks: &[DateTick], size: f64) {
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

    /// A line between two stretches of time, each with its name where there is room for it.
    pub fn divider(&self, scene: &mut Scene, day: f64, names: Option<[&str; 2]>) {
        let x = self.x.at(day);
        let top = if names.is_some() { self.top - 8.0 } else { self.top };
        scene.line(&[(x, top), (x, self.bottom)], 1.25, GREY, &[2.0, 3.0]);
        let Some([before, after]) = names else { return };
        let fits = |word: &str, room: f64| width(word, TEXT, false) + 8.0 <= room;
        if fits(before, x) {
            scene.text((x - 8.0, self.top - 10.0), before, TEXT, GREY, Anchor::End);
        }
        if fits(after, self.right + 12.0 - x) {
            scene.text((x + 8.0, self.top - 10.0), after, TEXT, GREY, Anchor::Start);
        }
    }

    /// Joined dots.
    pub fn joined_dots(&self, scene: &mut Scene, points: &[(Date, f64)], stroke: f64, radius: f64) {
        let line: Vec<Point> = points.iter().map(|(date, v)| self.at((day_number(*date), *v))).collect();
        scene.line(&line, stroke, BLACK, &[]);
        for p in line {
            scene.dot(p, radius, BLACK);
        }
    }

    /// Rings.
    pub fn rings(&self, scene: &mut Scene, points: &[(Date, f64)], radius: f64) {
        for (date, v) in points {
            let p = self.at((day_number(*date), *v));
            scene.dot(p, radius, BLACK);
            scene.dot(p, radius - 2.0, WHITE);
        }
    }
}
