//! A drawing before any format: marks at places, in pixels from the top left.

use std::sync::{LazyLock, Once};

use ab_glyph::{Font, FontRef};
use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

/// The family that text is measured and, in bitmaps, drawn in. It has the widths of Arial.
pub const FAMILY: &str = "Arimo";

static REGULAR: &[u8] = include_bytes!("fonts/Arimo-Regular.ttf");
static BOLD: &[u8] = include_bytes!("fonts/Arimo-Bold.ttf");

/// Height of the font's line in ems: the unit that plotters asks sizes in for bitmaps.
pub const LINE: f64 = 2288.0 / 2048.0;

/// A place.
pub type Point = (f64, f64);

/// A colour, and how much of what is beneath it hides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    pub rgb: (u8, u8, u8),
    pub alpha: f64,
}

impl Ink {
    /// An opaque colour, such as 0x12436D.
    pub const fn new(hex: u32) -> Self {
        let [_, r, g, b] = hex.to_be_bytes();
        Self { rgb: (r, g, b), alpha: 1.0 }
    }

    /// The same colour, letting some of what is beneath it through.
    pub const fn fade(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }
}

/// Where along a line of text its place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// How a line is broken: lengths drawn and left out in turn; empty for an unbroken line.
pub type Dash = &'static [f64];

/// A piece of text on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Where its baseline is.
    pub at: Point,
    pub text: String,
    pub size: f64,
    pub bold: bool,
    pub anchor: Anchor,
    pub ink: Ink,
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    Area { points: Vec<Point>, ink: Ink },
    Line { points: Vec<Point>, width: f64, ink: Ink },
    Dot { at: Point, radius: f64, ink: Ink },
    Text(Label),
}

/// Marks on a sheet of a given size, drawn in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    pub width: f64,
    pub height: f64,
    pub marks: Vec<Mark>,
}

impl Scene {
    /// An empty sheet.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, marks: Vec::new() }
    }

    /// A filled shape.
    pub fn area(&mut self, points: Vec<Point>, ink: Ink) {
        if points.len() > 2 {
            self.marks.push(Mark::Area { points, ink });
        }
    }

    /// A filled rectangle between two corners.
    pub fn bar(&mut self, a: Point, b: Point, ink: Ink) {
        self.area(vec![a, (b.0, a.1), b, (a.0, b.1)], ink);
    }

    /// A line through points, whole or broken.
    pub fn line(&mut self, points: &[Point], width: f64, ink: Ink, dash: Dash) {
        for points in broken(points, dash) {
            self.marks.push(Mark::Line { points, width, ink });
        }
    }

    /// A disc.
    pub fn dot(&mut self, at: Point, radius: f64, ink: Ink) {
        self.marks.push(Mark::Dot { at, radius, ink });
    }

    /// A line of text.
    pub fn text(&mut self, at: Point, text: impl Into<String>, size: f64, ink: Ink, anchor: Anchor) {
        self.marks.push(Mark::Text(Label { at, text: text.into(), size, bold: false, anchor, ink }));
    }

    /// A line of bold text.
    pub fn bold(&mut self, at: Point, text: impl Into<String>, size: f64, ink: Ink, anchor: Anchor) {
        self.marks.push(Mark::Text(Label { at, text: text.into(), size, bold: true, anchor, ink }));
    }

    /// Another scene's marks, moved.
    pub fn place(&mut self, other: &Scene, by: Point) {
        let shift = |p: &Point| (p.0 + by.0, p.1 + by.1);
        self.marks.extend(other.marks.iter().map(|mark| match mark {
            Mark::Area { points, ink } => {
                Mark::Area { points: points.iter().map(shift).collect(), ink: *ink }
            }
            Mark::Line { points, width, ink } => {
                Mark::Line { points: points.iter().map(shift).collect(), width: *width, ink: *ink }
            }
            Mark::Dot { at, radius, ink } => Mark::Dot { at: shift(at), radius: *radius, ink: *ink },
            Mark::Text(label) => Mark::Text(Label { at: shift(&label.at), ..label.clone() }),
        }));
    }
}

/// The pieces of a line that a dash leaves.
fn broken(points: &[Point], dash: Dash) -> Vec<Vec<Point>> {
    if points.len() < 2 {
        return Vec::new();
    }
    if dash.is_empty() || dash.iter().any(|d| *d <= 0.0) {
        return vec![points.to_vec()];
    }
    let (mut pieces, mut piece, mut turn, mut left) = (Vec::new(), vec![points[0]], 0, dash[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = (to.0 - from.0).hypot(to.1 - from.1);
        while length > left {
            let t = left / length;
            from = (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1));
            length -= left;
            if turn % 2 == 0 {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![from];
            }
            turn += 1;
            left = dash[turn % dash.len()];
        }
        left -= length;
        if turn % 2 == 0 {
            piece.push(to);
        }
    }
    pieces.push(piece);
    pieces.retain(|p| p.len() > 1);
    pieces
}

/// Makes the embedded fonts known to the drawing library, once.
pub fn load_fonts() {
    static LOADED: Once = Once::new();
    LOADED.call_once(|| {
        for (style, bytes) in [(FontStyle::Normal, REGULAR), (FontStyle::Bold, BOLD)] {
            // The bytes are part of this program: a test shows that they are a font.
            let _ = register_font(FAMILY, style, bytes);
        }
    });
}

/// Whether the embedded font has a letter. It has no need of one for what leaves no ink.
fn has_letter(c: char, bold: bool) -> bool {
    static FONTS: LazyLock<[Option<FontRef>; 2]> =
        LazyLock::new(|| [REGULAR, BOLD].map(|bytes| FontRef::try_from_slice(bytes).ok()));
    let Some(font) = &FONTS[usize::from(bold)] else { return true };
    c.is_whitespace() || c.is_control() || font.glyph_id(c).0 != 0
}

impl Label {
    /// From where to where along its line each letter stands that the embedded font lacks.
    pub fn missing(&self) -> Vec<(f64, f64)> {
        let along = |text: &str| width(text, self.size, self.bold);
        let start = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - along(&self.text) / 2.0,
            Anchor::End => self.at.0 - along(&self.text),
        };
        let missing = self.text.char_indices().filter(|(_, c)| !has_letter(*c, self.bold));
        missing
            .map(|(i, c)| (start + along(&self.text[..i]), start + along(&self.text[..i + c.len_utf8()])))
            .collect()
    }
}

impl Scene {
    /// Whether any of its texts has a letter that the embedded font lacks.
    pub fn lacks_letters(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark, Mark::Text(label) if !label.missing().is_empty()))
    }
}

/// How wide a text is, in pixels.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    load_fonts();
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::Name(FAMILY), 100.0 * LINE, style);
    font.box_size(text).map_or(0.0, |(w, _)| f64::from(w) / 100.0 * size)
}

/// A text in lines no wider than `room`, broken between words; within a word only if it is wider than that itself.
pub fn wrap(text: &str, size: f64, bold: bool, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // Words held together by a no-break space stay together.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, bold) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(pieces(word, size, bold, room)),
        }
    }
    lines
}

/// A word in pieces no wider than `room`: most often one.
fn pieces(word: &str, size: f64, bold: bool, room: f64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    if width(word, size, bold) <= room {
        return vec![word.to_owned()];
    }
    for c in word.chars() {
        match pieces.last_mut() {
            Some(piece) if width(&format!("{piece}{c}"), size, bold) <= room => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A text, and the left, top, right and bottom of its ink.
#[cfg(test)]
pub fn text_box(mark: &Mark) -> Option<(String, (f64, f64, f64, f64))> {
    let Mark::Text(label) = mark else { return None };
    let wide = width(&label.text, label.size, label.bold);
    let left = match label.anchor {
        Anchor::Start => label.at.0,
        Anchor::Middle => label.at.0 - wide / 2.0,
        Anchor::End => label.at.0 - wide,
    };
    let (top, bottom) = (label.at.1 - 0.72 * label.size, label.at.1 + 0.2 * label.size);
    Some((label.text.clone(), (left, top, left + wide, bottom)))
}

#[cfg(test)]
mod tests {
    use super::{broken, width, wrap};

    #[test]
    fn text_has_the_widths_of_arial() {
        // 556/1000 em for a digit in Arial.
        assert!((width("0000000000", 100.0, false) - 556.0).abs() < 2.0);
        assert!(width("Children", 20.0, true) > width("Children", 20.0, false));
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "Early help could hold care numbers about 90 below current trend by March 2036";
        let lines = wrap(text, 20.0, true, 300.0);
        assert!(lines.iter().all(|l| width(l, 20.0, true) <= 300.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_word_wider_than_the_room_is_broken() {
        let lines = wrap("A verylongwordwithoutanyspaceinit here", 20.0, true, 100.0);
        assert!(lines.iter().all(|l| width(l, 20.0, true) <= 100.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), "Averylongwordwithoutanyspaceinithere");
    }

    #[test]
    fn dashes_cover_their_share_of_a_line() {
        let pieces = broken(&[(0.0, 0.0), (55.0, 0.0), (100.0, 0.0)], &[6.0, 4.0]);
        let drawn: f64 = pieces.iter().map(|p| p[p.len() - 1].0 - p[0].0).sum();
        assert_eq!(pieces.len(), 10);
        assert!((drawn - 60.0).abs() < 1e-9);
    }

    #[test]
    fn a_line_of_one_point_or_none_draws_nothing() {
        assert!(broken(&[], &[]).is_empty());
        assert!(broken(&[(1.0, 1.0)], &[2.0, 2.0]).is_empty());
    }
}
