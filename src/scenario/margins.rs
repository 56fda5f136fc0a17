//! Tables of children that meet their margins, in whole numbers.

/// Whole numbers of children in each cell of a table of expected numbers: cells are rounded so that every
/// running total is (systematic rounding), and with it the total and, up to one child, every block of cells.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of children")]
pub fn whole(expected: &[f64]) -> Vec<u32> {
    let mut sum = 0.0;
    let mut given = 0_u32;
    expected
        .iter()
        .map(|&x| {
            sum += x;
            let next = libm::round(sum) as u32;
            let here = next.saturating_sub(given);
            given = given.max(next);
            here
        })
        .collect()
}

/// Moves children between cells that differ in one dimension only, until the sums along every dimension are
/// the whole numbers nearest to those expected: rounding the cells alone would miss published counts by a few. Says
/// whether they are.
#[must_use]
pub fn meet_margins(children: &mut [u32], expected: &[f64], sizes: &[usize]) -> bool {
    let mut met = true;
    for d in 0..sizes.len() {
        let inner: usize = sizes[d + 1..].iter().product();
        let level = |cell: usize| cell / inner % sizes[d];
        let mut wanted = vec![0.0; sizes[d]];
        let mut excess = vec![0_i64; sizes[d]];
        for (cell, (&n, &x)) in children.iter().zip(expected).enumerate() {
            wanted[level(cell)] += x;
            excess[level(cell)] += i64::from(n);
        }
        for (e, n) in excess.iter_mut().zip(whole(&wanted)) {
            *e -= i64::from(n);
        }
        while let Some(over) = (0..sizes[d]).find(|&l| excess[l] > 0) {
            let under: Vec<bool> = excess.iter().map(|&e| e < 0).collect();
            let Some(moves) = chain(children, expected, over, &under, (inner, sizes[d])) else {
                met = false;
                break;
            };
            for &(from, to) in &moves {
                children[from] -= 1;
                children[to] += 1;
            }
            excess[over] -= 1;
            excess[level(moves[moves.len() - 1].1)] += 1;
        }
    }
    met
}

/// The fewest moves that take one child out of a level with too many and add one to a level with too few: one,
/// or several by way of levels between, where no kind of children can be in both.
fn chain(
    children: &[u32],
    expected: &[f64],
    over: usize,
    under: &[bool],
    (inner, size): (usize, usize),
) -> Option<Vec<(usize, usize)>> {
    let mut chains: Vec<(usize, Vec<(usize, usize)>)> = vec![(over, Vec::new())];
    let mut open = vec![true; size];
    open[over] = false;
    let mut next = 0;
    while let Some((level, chain)) = chains.get(next).cloned() {
        let with = |step: (usize, usize)| [chain.clone(), vec![step]].concat();
        if let Some(step) = best_move(children, expected, level, under, (inner, size)) {
            return Some(with(step));
        }
        for to in 0..size {
            let only: Vec<bool> = (0..size).map(|l| l == to && open[l]).collect();
            if let Some(step) = best_move(children, expected, level, &only, (inner, size)) {
                open[to] = false;
                chains.push((to, with(step)));
            }
        }
        next += 1;
    }
    None
}

/// The move of one child from a level to one of others that brings cells nearest to what is expected of them.
fn best_move(
    children: &[u32],
    expected: &[f64],
    over: usize,
    levels: &[bool],
    (inner, size): (usize, usize),
) -> Option<(usize, usize)> {
    let gain = |from: usize, to: usize| {
        f64::from(children[from]) - expected[from] + expected[to] - f64::from(children[to])
    };
    let mut best: Option<(f64, usize, usize)> = None;
    for from in (0..children.len()).filter(|&c| c / inner % size == over && children[c] > 0) {
        for under in (0..size).filter(|&l| levels[l]) {
            let to = from - over * inner + under * inner;
            if expected[to] > 0.0 && best.is_none_or(|b| gain(from, to) > b.0) {
                best = Some((gain(from, to), from, to));
            }
        }
    }
    best.map(|(_, from, to)| (from, to))
}

/// Fits a table to its margins by iterative proportional fitting (Deming and Stephan 1940).
///
/// `table` is row-major over `sizes`; `margins[d]` holds the wanted sums along dimension d, or nothing.
/// Gives the largest relative error left, or infinity when a wanted sum cannot be reached.
pub fn fit_margins(table: &mut [f64], sizes: &[usize], margins: &[Option<Vec<f64>>]) -> f64 {
    let mut worst = 0.0_f64;
    for _ in 0..200 {
        worst = 0.0;
        for (d, margin) in margins.iter().enumerate() {
            let Some(wanted) = margin else { continue };
            let inner: usize = sizes[d + 1..].iter().product();
            let level = |cell: usize| cell / inner % sizes[d];
            let mut sums = vec![0.0; sizes[d]];
            for (cell, x) in table.iter().enumerate() {
                sums[level(cell)] += x;
            }
            for (&sum, &want) in sums.iter().zip(wanted) {
                if want > 0.0 {
                    worst = worst.max(if sum > 0.0 { (sum / want - 1.0).abs() } else { f64::INFINITY });
                }
            }
            for (cell, x) in table.iter_mut().enumerate() {
                let sum = sums[level(cell)];
                *x *= if sum > 0.0 { wanted[level(cell)] / sum } else { 0.0 };
            }
        }
        if worst < 1e-9 || worst.is_infinite() {
            break;
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_the_total() {
        let cells = whole(&[0.4, 0.4, 0.4, 1.3, 2.5]);
        assert_eq!(cells.iter().sum::<u32>(), 5);
        assert_eq!(cells, [0, 1, 0, 2, 2]);
    }

    /// Six cells of 1/2 and a margin of three either way: every sum can be met, and is.
    #[test]
    fn children_are_moved_until_every_sum_is_met() {
        let expected = [1.5, 0.5, 1.0, 0.5, 1.5, 1.0];
        let mut children = vec![2, 1, 0, 1, 1, 1];
        assert!(meet_margins(&mut children, &expected, &[2, 3]));
        let sum = |cells: &[usize]| cells.iter().map(|&c| children[c]).sum::<u32>();
        assert_eq!([sum(&[0, 1, 2]), sum(&[3, 4, 5])], [3, 3]);
        assert_eq!([sum(&[0, 3]), sum(&[1, 4]), sum(&[2, 5])], [2, 2, 2]);
    }

    /// Nobody can be both in the first row and in the last column, or in the last row and the first column: a child
    /// too many on the left comes to the right by way of the middle.
    #[test]
    fn children_are_moved_by_way_of_others_where_they_must() {
        let expected = [2.0, 1.0, 0.0, 0.0, 1.0, 2.0];
        let mut children = vec![3, 0, 0, 0, 2, 1];
        assert!(meet_margins(&mut children, &expected, &[2, 3]));
        assert_eq!(children, [2, 1, 0, 0, 1, 2]);
    }

    /// The classic 2 x 2 case: with all seeds alike the fit is the product of the margins.
    #[test]
    fn fitting_level_seeds_gives_independence() {
        let mut table = vec![1.0; 4];
        let error = fit_margins(&mut table, &[2, 2], &[Some(vec![3.0, 7.0]), Some(vec![4.0, 6.0])]);
        assert!(error < 1e-9);
        for (x, want) in table.iter().zip([1.2, 1.8, 2.8, 4.2]) {
            assert!((x - want).abs() < 1e-9);
        }
    }

    #[test]
    fn an_empty_row_that_should_not_be_is_said() {
        let mut table = vec![0.0, 0.0, 1.0, 1.0];
        assert!(fit_margins(&mut table, &[2, 2], &[Some(vec![1.0, 1.0]), None]).is_infinite());
    }
}
