//! Labels at the ends of lines, which make way for each other.

use super::{
    Look,
    plot::TEXT,
    scene::{Anchor, Ink, Point, Scene, width, wrap},
};

/// Where to put the middles of labels with these wanted middles and heights, so that none overlaps another
/// and all are between `top` and `bottom`: in the order of the wanted middles, each as near to its own as
/// the others allow. Labels that are too many for the room run over its end rather than overlap.
fn apart(wanted: &[(f64, f64)], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].0.total_cmp(&wanted[b].0));
    let mut blocks: Vec<Heap> = Vec::new();
    for &i in &order {
        let (middle, height) = wanted[i];
        blocks.push(Heap { start: middle - height / 2.0, height, members: 1 }.within(top, bottom));
        while let [.., above, below] = blocks.as_slice() {
            if above.start + above.height <= below.start {
                break;
            }
            let joined = above.join(below).within(top, bottom);
            blocks.truncate(blocks.len() - 2);
            blocks.push(joined);
        }
    }
    let mut places = vec![0.0; wanted.len()];
    let mut next = order.into_iter();
    for block in blocks {
        let mut y = block.start;
        for i in next.by_ref().take(block.members) {
            places[i] = y + wanted[i].1 / 2.0;
            y += wanted[i].1;
        }
    }
    places
}

/// Labels that touch.
#[derive(Clone, Copy)]
struct Heap {
    start: f64,
    height: f64,
    members: usize,
}

impl Heap {
    /// One block of both, between where each would be.
    fn join(self, below: &Self) -> Self {
        let members = self.members + below.members;
        let weight = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        // Each block's members want it where it is; those of the lower one want the joint start higher up.
        let start = (self.start * weight(self.members) + (below.start - self.height) * weight(below.members))
            / weight(members);
        Self { start, height: self.height + below.height, members }
    }

    fn within(self, top: f64, bottom: f64) -> Self {
        Self { start: self.start.min(bottom - self.height).max(top), ..self }
    }
}

/// What stands beside the end of a line: a name and a value in bold, and its range.
pub struct EndLabel {
    pub at: f64,
    pub head: String,
    pub note: String,
    pub look: Look,
    /// The shape that stands for it in the chart, if it is not a line.
    pub marker: Option<usize>,
}

/// A mark whose shape tells scenarios apart where colour does not.
pub fn marker(scene: &mut Scene, (x, y): Point, which: usize, r: f64, ink: Ink) {
    match which {
        1 => scene.dot((x, y), r, ink),
        2 => scene.area(vec![(x - r, y + r), (x, y - r), (x + r, y + r)], ink),
        _ => scene.bar((x - r * 0.9, y - r * 0.9), (x + r * 0.9, y + r * 0.9), ink),
    }
}

impl EndLabel {
    /// The room that its marker takes.
    pub fn indent(&self) -> f64 {
        if self.marker.is_some() { 16.0 } else { 0.0 }
    }
}

/// A label's lines, whether each is bold, and how wide the widest is.
pub struct Block {
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
pub fn blocks(labels: &[EndLabel], room: f64) -> Vec<Block> {
    labels.iter().map(|label| Block::new(label, room)).collect()
}

/// The width of the column that labels stand in.
pub fn column(labels: &[EndLabel], blocks: &[Block]) -> f64 {
    labels.iter().zip(blocks).map(|(label, block)| label.indent() + block.width).fold(0.0, f64::max)
}

/// How far labels stand from the ends of their lines.
pub const LEAD: f64 = 22.0;

/// Draws labels beside the ends of lines at `x`, apart from each other, joined to their lines where they had
/// to move.
pub fn end_labels(
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
pub fn key(scene: &mut Scene, labels: &[EndLabel], y: f64) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn labels_with_room_stay_where_they_want_to_be() {
        assert_eq!(apart(&[(50.0, 20.0), (10.0, 20.0)], 0.0, 100.0), [50.0, 10.0]);
    }

    #[test]
    fn labels_at_one_place_share_it_evenly() {
        assert_eq!(apart(&[(50.0, 20.0), (50.0, 20.0), (50.0, 20.0)], 0.0, 100.0), [30.0, 50.0, 70.0]);
    }

    #[test]
    fn labels_keep_inside() {
        assert_eq!(apart(&[(0.0, 20.0), (100.0, 20.0)], 0.0, 100.0), [10.0, 90.0]);
    }

    #[test]
    fn no_labels_overlap_however_they_crowd() {
        let wanted: Vec<(f64, f64)> =
            (0..12).map(|i| (f64::from(i * 37 % 11) * 3.0, 8.0 + f64::from(i % 3))).collect();
        let places = apart(&wanted, 0.0, 200.0);
        let mut spans: Vec<(f64, f64)> =
            places.iter().zip(&wanted).map(|(y, (_, h))| (y - h / 2.0, y + h / 2.0)).collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(spans.windows(2).all(|w| w[0].1 <= w[1].0 + 1e-9));
        assert!(spans[0].0 >= 0.0 && spans[11].1 <= 200.0);
    }

    #[test]
    fn too_many_labels_run_over_rather_than_overlap() {
        let places = apart(&[(5.0, 20.0); 4], 0.0, 50.0);
        assert_eq!(places, [10.0, 30.0, 50.0, 70.0]);
    }

    #[test]
    fn no_labels_are_no_trouble() {
        assert!(apart(&[], 0.0, 1.0).is_empty());
    }
}
