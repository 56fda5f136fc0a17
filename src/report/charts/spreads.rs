//! Fans, medians and labels of what was simulated.

use time::Date;

use super::Look;
use crate::{
    chart::{
        axis::day_number,
        labels::EndLabel,
        plot::Plot,
        scene::{Ink, Point, Scene},
    },
    experiment::summary::{Measure, Series, Spread},
    report::words,
};

impl Plot {
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
