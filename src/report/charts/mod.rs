//! Charts: what they show, and the sheets they are drawn on.
//!
//! Every chart is drawn twice: wide, for documents and screens, and narrow, for telephones. In the page its
//! heading is text of the page; in a file it is part of the picture.

mod budget;
mod children;
mod panels;
mod pathway;
mod rows;
mod spreads;
mod what_ifs;

use super::{Error, facts::Facts};
#[cfg(test)]
use crate::chart::scene;
use crate::chart::{
    BLACK, GREY, Look, render,
    scene::{Anchor, Ink, Scene, wrap},
};

/// The reference first. More scenarios than this are told apart by their names alone: see [`OTHERS`].
const LOOKS: [Look; 4] = [
    Look { line: Ink::new(0x0012_436D), fill: Ink::new(0x0012_436D), dash: &[] },
    Look { line: Ink::new(0x00B8_430B), fill: Ink::new(0x00F4_6A25), dash: &[9.0, 4.0] },
    Look { line: Ink::new(0x001B_7069), fill: Ink::new(0x0028_A197), dash: &[2.5, 3.0] },
    Look { line: Ink::new(0x0080_1650), fill: Ink::new(0x0080_1650), dash: &[11.0, 3.0, 2.5, 3.0] },
];

/// What stands on either side of the day on which the projection starts.
const BEFORE_AND_AFTER: [&str; 2] = ["Recorded", "Projected"];

/// How all what-ifs look where they are many.
const OTHERS: Look = Look { line: Ink::new(0x00B8_430B), fill: Ink::new(0x00F4_6A25), dash: &[] };

/// Whether scenarios are too many to be told apart by colours and dashes.
fn are_many(facts: &Facts) -> bool {
    facts.results.summary.scenarios.len() > LOOKS.len()
}

/// The look of the scenario at a place in the batch.
fn look(facts: &Facts, place: usize) -> Look {
    if place > 0 && are_many(facts) { OTHERS } else { LOOKS[place.min(LOOKS.len() - 1)] }
}

/// The colour of a scenario's text, as pages write it.
pub(super) fn colour(facts: &Facts, place: usize) -> String {
    let (r, g, b) = look(facts, place).line.rgb;
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// What a bitmap says where it lacks letters.
const BOXES: &str =
    "A box stands for a letter that the font of this picture lacks; the same chart as SVG has it.";

/// A chart, in all the ways it is shown.
pub(super) struct Chart {
    /// What its files are called.
    pub(super) name: &'static str,
    /// The finding.
    pub(super) title: String,
    /// What is shown, and how to read it.
    pub(super) subtitle: Vec<String>,
    /// Where the figures come from.
    pub(super) source: String,
    /// What those who cannot see it need.
    pub(super) description: String,
    wide: Scene,
    narrow: Scene,
}

impl Chart {
    /// The drawing without its heading, for wide pages.
    pub(super) fn wide_svg(&self) -> Result<String, Error> {
        Ok(render::svg(&self.wide, &format!("{}-wide", self.name), &self.title, &self.description)?)
    }

    /// The drawing without its heading, for narrow pages.
    pub(super) fn narrow_svg(&self) -> Result<String, Error> {
        Ok(render::svg(&self.narrow, &format!("{}-narrow", self.name), &self.title, &self.description)?)
    }

    /// The chart by itself, as SVG.
    pub(super) fn svg(&self) -> Result<String, Error> {
        Ok(render::svg(&self.sheet(""), self.name, &self.title, &self.description)?)
    }

    /// The chart by itself, as PNG.
    pub(super) fn png(&self) -> Result<Vec<u8>, Error> {
        let sheet = self.sheet("");
        Ok(render::png(&if sheet.lacks_letters() { self.sheet(BOXES) } else { sheet })?)
    }

    /// The drawing with its heading, its source and a note.
    fn sheet(&self, note: &str) -> Scene {
        let margin = 24.0;
        let room = self.wide.width;
        let mut sheet = Scene::new(self.wide.width + 2.0 * margin, 0.0);
        let mut y = 16.0;
        let lines = |text: &str, size: f64, bold: bool| wrap(text, size, bold, room);
        for line in lines(&self.title, 21.0, true) {
            y += 27.0;
            sheet.bold((margin, y), line, 21.0, BLACK, Anchor::Start);
        }
        y += 5.0;
        for line in self.subtitle.iter().flat_map(|text| lines(text, 15.0, false)) {
            y += 22.0;
            sheet.text((margin, y), line, 15.0, GREY, Anchor::Start);
        }
        y += 20.0;
        sheet.place(&self.wide, (margin, y));
        y += self.wide.height + 12.0;
        for line in [&self.source, note].into_iter().flat_map(|text| lines(text, 13.0, false)) {
            y += 18.0;
            sheet.text((margin, y), line, 13.0, GREY, Anchor::Start);
        }
        sheet.height = (y + 18.0).ceil();
        sheet
    }
}

/// Every chart that the batch has figures for.
pub(super) fn all(facts: &Facts) -> Vec<Chart> {
    [
        children::chart(facts),
        what_ifs::children(facts),
        budget::chart(facts),
        what_ifs::money(facts),
        pathway::placements(facts),
        pathway::flows(facts),
    ]
    .into_iter()
    .flatten()
    .map(|chart| Chart { title: format!("{}{}", chart.title, caution(facts)), ..chart })
    .collect()
}

/// What every title adds where there is but one future, which says nothing of how others differ, or too few to be sure.
fn caution(facts: &Facts) -> String {
    match facts.results.summary.runs {
        1 => " (in one future of many)".to_owned(),
        n if facts.are_few() => format!(" (in {n} futures only)"),
        _ => String::new(),
    }
}

/// The line at the foot of every chart.
fn source(facts: &Facts, published: &[&str]) -> String {
    let summary = facts.results.summary;
    let mut sources: Vec<&str> = Vec::new();
    for source in published {
        if !sources.contains(source) {
            sources.push(source);
        }
    }
    let recorded = if sources.is_empty() {
        String::new()
    } else {
        format!("Recorded: {}. ", sources.join("; ").trim_end_matches('.'))
    };
    let futures = futures(summary.runs);
    format!("{recorded}Projected: carecast {}, {futures}, seed {}.", crate::export::VERSION, summary.seed)
}

/// How many futures, in words.
fn futures(runs: u32) -> String {
    let each = if runs == 1 { "future" } else { "futures" };
    format!("{} simulated {each}", super::words::count(f64::from(runs)))
}

#[cfg(test)]
impl Chart {
    /// That no text covers another or runs off its sheet, in any of the drawings.
    pub(super) fn assert_labels_apart(&self) {
        for scene in [&self.wide, &self.narrow, &self.sheet("")] {
            let boxes: Vec<_> = scene.marks.iter().filter_map(scene::text_box).collect();
            for (i, (text, a)) in boxes.iter().enumerate() {
                let inside = a.0 >= -1.0 && a.2 <= scene.width + 1.0 && a.3 <= scene.height + 1.0;
                assert!(inside, "{}: {text:?} leaves the sheet: {a:?}", self.name);
                for (other, b) in &boxes[..i] {
                    let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                    assert!(apart, "{}: {text:?} {a:?} covers {other:?} {b:?}", self.name);
                }
            }
        }
    }
}
