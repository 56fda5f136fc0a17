//! Drawings of charts: scenes, axes and labels, as SVG and as PNG. It knows nothing of what they show.

pub mod axis;
pub mod labels;
pub mod plot;
pub mod render;
pub mod scene;

use scene::{Dash, Ink};

/// Why a picture could not be drawn, in the words of the library that draws.
#[derive(Debug)]
pub struct Error(pub String);

/// The ink of text and axes.
pub const BLACK: Ink = Ink::new(0x000B_0C0C);
/// The paper.
pub const WHITE: Ink = Ink::new(0x00FF_FFFF);
/// The ink of notes.
pub const GREY: Ink = Ink::new(0x0050_5A5F);
/// The ink of the lines that help the eye across.
pub const FAINT: Ink = Ink::new(0x00D9_DBDD);

/// How one thing is told from the others: never by colour alone.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Of lines and text: dark enough to read.
    pub line: Ink,
    /// Of shading.
    pub fill: Ink,
    pub dash: Dash,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A document or a screen.
    Wide,
    /// A telephone.
    Narrow,
}

impl Form {
    pub fn width(self) -> f64 {
        match self {
            Self::Wide => 960.0,
            Self::Narrow => 400.0,
        }
    }

    pub fn is_wide(self) -> bool {
        self == Self::Wide
    }
}
