//! Labels that make way for each other.

/// Where to put the middles of labels with these wanted middles and heights, so that none overlaps another
/// and all are between `top` and `bottom`: in the order of the wanted middles, each as near to its own as
/// the others allow. Labels that are too many for the room run over its end rather than overlap.
pub(super) fn apart(wanted: &[(f64, f64)], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].0.total_cmp(&wanted[b].0));
    let mut blocks: Vec<Block> = Vec::new();
    for &i in &order {
        let (middle, height) = wanted[i];
        blocks.push(Block { start: middle - height / 2.0, height, members: 1 }.within(top, bottom));
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
struct Block {
    start: f64,
    height: f64,
    members: usize,
}

impl Block {
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
