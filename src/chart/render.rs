//! Scenes as SVG and as PNG, both drawn by plotters so that they agree.

use std::fmt::Write as _;

use plotters::{
    prelude::{BitMapBackend, DrawingBackend, SVGBackend},
    style::{
        Color, FontFamily, FontStyle, RGBAColor, RGBColor, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{
    Error,
    scene::{Anchor, FAMILY, Ink, LINE, Label, Mark, Point, Scene, load_fonts},
};

/// plotters rounds to whole pixels, so drawings are made this many times too large.
const SCALE: f64 = 4.0;

/// Pixels of a bitmap for each pixel of a scene. The rest of `SCALE` smooths edges.
const DENSITY: u32 = 2;

/// No sheet is longer than this; a hundred scenarios need a third of it.
const LONGEST: f64 = 20_000.0;

/// What SVG text is set in: the embedded font where it is installed, and those of the same widths.
const STACK: &str = "Arimo, Arial, 'Liberation Sans', Helvetica, sans-serif";

/// What a format of drawing asks of text.
struct Setting {
    family: &'static str,
    /// plotters' size of a text that is one pixel large.
    size: f64,
    /// How far below the place that plotters is told the baseline falls, in ems.
    drop: f64,
}

const SVG: Setting = Setting { family: STACK, size: 1.24, drop: 0.76 };
const PNG: Setting = Setting { family: FAMILY, size: LINE, drop: LINE / 2.0 };

/// The scene as a picture for a page: a drawing with a name and a description for those who cannot see it.
pub fn svg(scene: &Scene, id: &str, title: &str, description: &str) -> Result<String, Error> {
    let mut body = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut body, pixels(scene));
        draw(&mut backend, scene, &SVG)?;
        backend.present().map_err(failed)?;
    }
    let start = body.find("<svg").and_then(|i| body[i..].find('>').map(|j| i + j + 1)).unwrap_or(0);
    let (w, h) = pixels(scene);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" stroke-linejoin=\"round\">\n<title id=\"{id}-title\">{}</title>\n\
         <desc id=\"{id}-desc\">{}</desc>\n",
        scene.width.round(),
        scene.height.round(),
        escaped(title),
        escaped(description),
    );
    out.push_str(body[start..].trim_start_matches('\n').replace(" opacity=\"1\"", "").as_str());
    Ok(out)
}

/// The scene as a bitmap on white, for a slide or a document.
pub fn png(scene: &Scene) -> Result<Vec<u8>, Error> {
    let (w, h) = pixels(scene);
    let mut buffer = vec![255; w as usize * h as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut buffer, (w, h));
        draw(&mut backend, scene, &PNG)?;
        boxes(&mut backend, scene)?;
        backend.present().map_err(failed)?;
    }
    encode(&shrink(&buffer, w), w / DENSITY, h / DENSITY)
}

fn encode(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Best);
    // 192 dots an inch: a document then shows it at the size it was drawn for.
    let dots = 7559;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: dots, yppu: dots, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(rgb).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

/// The mean colour of each square of pixels.
fn shrink(rgb: &[u8], width: u32) -> Vec<u8> {
    let row = width as usize * 3;
    rgb.chunks_exact(2 * row)
        .flat_map(|rows| {
            let (upper, lower) = rows.split_at(row);
            upper.chunks_exact(6).zip(lower.chunks_exact(6)).flat_map(|(u, l)| {
                [0, 1, 2].map(|c| {
                    let sum = u16::from(u[c]) + u16::from(u[c + 3]) + u16::from(l[c]) + u16::from(l[c + 3]);
                    u8::try_from((sum + 2) / 4).unwrap_or(u8::MAX)
                })
            })
        })
        .collect()
}

fn pixels(scene: &Scene) -> (u32, u32) {
    let whole = |x: f64| to_pixel(x.round().clamp(1.0, LONGEST)).unsigned_abs();
    (whole(scene.width), whole(scene.height))
}

/// A length of a scene in the pixels that plotters counts; far outside any sheet for what is not a number.
#[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
fn to_pixel(x: f64) -> i32 {
    if x.is_nan() { -100_000 } else { (x * SCALE).round().clamp(-100_000.0, 100_000.0) as i32 }
}

fn place(p: Point) -> (i32, i32) {
    (to_pixel(p.0), to_pixel(p.1))
}

fn colour(ink: Ink) -> RGBAColor {
    let (r, g, b) = ink.rgb;
    RGBColor(r, g, b).mix(ink.alpha)
}

fn draw<B: DrawingBackend>(backend: &mut B, scene: &Scene, setting: &Setting) -> Result<(), Error> {
    load_fonts();
    for mark in &scene.marks {
        match mark {
            Mark::Area { points, ink } => {
                backend.fill_polygon(points.iter().copied().map(place), &colour(*ink)).map_err(failed)?;
            }
            Mark::Line { points, width, ink } => {
                let stroke = to_pixel(*width).unsigned_abs().max(1);
                let style = ShapeStyle { color: colour(*ink), filled: false, stroke_width: stroke };
                backend.draw_path(points.iter().copied().map(place), &style).map_err(failed)?;
            }
            Mark::Dot { at, radius, ink } => {
                let radius = to_pixel(*radius).unsigned_abs();
                backend.draw_circle(place(*at), radius, &colour(*ink), true).map_err(failed)?;
            }
            Mark::Text(label) => text(backend, label, setting)?,
        }
    }
    Ok(())
}

fn text<B: DrawingBackend>(backend: &mut B, label: &Label, setting: &Setting) -> Result<(), Error> {
    let style = if label.bold { FontStyle::Bold } else { FontStyle::Normal };
    let h_pos = match label.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = (FontFamily::Name(setting.family), label.size * SCALE * setting.size, style);
    let ink = colour(label.ink);
    let style = TextStyle::from(font).color(&ink).pos(Pos::new(h_pos, VPos::Top));
    let top = (label.at.0, label.at.1 - setting.drop * label.size);
    backend.draw_text(&label.text, &style, place(top)).map_err(failed)
}

/// An empty box for each letter that the embedded font lacks, which would be left blank.
fn boxes<B: DrawingBackend>(backend: &mut B, scene: &Scene) -> Result<(), Error> {
    for mark in &scene.marks {
        let Mark::Text(label) = mark else { continue };
        let style = ShapeStyle {
            color: colour(label.ink),
            filled: false,
            stroke_width: to_pixel(label.size * 0.07).unsigned_abs().max(1),
        };
        for (left, right) in label.missing() {
            let inset = (right - left) * 0.12;
            let (left, right) = (left + inset, right - inset);
            let (top, bottom) = (label.at.1 - 0.7 * label.size, label.at.1);
            let outline = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
            backend.draw_path(outline.map(place), &style).map_err(failed)?;
        }
    }
    Ok(())
}

fn failed(e: impl std::fmt::Display) -> Error {
    Error(e.to_string())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
