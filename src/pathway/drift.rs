//! Shares that drift on the log-odds scale and keep their means.
//!
//! A share p that drifts is p exp(c + x) over the sum of these, where x is normal with mean 0 and the same for
//! all exits that one drift moves. Without the shift c the mean of the share would not be p: the shares are no
//! straight lines in x. The shifts that keep all means are found here for all exits of a stage together.

/// Nodes and weights of Gauss-Hermite quadrature for the standard normal law, from the middle outwards: exact for
/// polynomials up to degree 25 (Abramowitz and Stegun 25.4.46). Where two shares of a stage drift with a standard deviation of 1
/// each, as opposite to each other as can be, their means are kept within 7e-5.
const MANY: [(f64, f64); 13] = [
    (0.0, 0.340_992_340_992_341),
    (-0.856_679_493_519_45, 0.237_871_522_964_136_27),
    (0.856_679_493_519_45, 0.237_871_522_964_136_27),
    (-1.725_418_379_588_239_2, 0.079_168_955_860_45),
    (1.725_418_379_588_239_2, 0.079_168_955_860_45),
    (-2.620_689_973_432_215, 0.011_770_560_505_996_536),
    (2.620_689_973_432_215, 0.011_770_560_505_996_536),
    (-3.563_444_380_281_634_2, 0.000_681_236_350_442_927_2),
    (3.563_444_380_281_634_2, 0.000_681_236_350_442_927_2),
    (-4.591_398_448_936_521, 1.152_659_652_733_387_5e-05),
    (4.591_398_448_936_521, 1.152_659_652_733_387_5e-05),
    (-5.800_167_252_386_5, 2.722_627_642_805_903_2e-08),
    (5.800_167_252_386_5, 2.722_627_642_805_903_2e-08),
];
/// The same with fewer nodes, for three drifts or more: exact up to degree 17, and such means are kept within 5e-4.
const FEWER: [(f64, f64); 9] = [
    (0.0, 0.406_349_206_349_206_35),
    (-1.023_255_663_789_132_6, 0.244_097_502_894_939_45),
    (1.023_255_663_789_132_6, 0.244_097_502_894_939_45),
    (-2.076_847_978_677_83, 0.049_916_406_765_217_87),
    (2.076_847_978_677_83, 0.049_916_406_765_217_87),
    (-3.205_429_002_856_47, 0.002_789_141_321_231_769),
    (3.205_429_002_856_47, 0.002_789_141_321_231_769),
    (-4.512_745_863_399_783, 2.234_584_400_774_658_3e-05),
    (4.512_745_863_399_783, 2.234_584_400_774_658_3e-05),
];
/// Drifts that may move the shares of one stage: quadrature takes nine to this power points.
pub const MOST_DRIFTS: usize = 4;
/// Means within this are kept.
const ENOUGH: f64 = 1e-9;
/// Many more steps than any shares take.
const MOST_STEPS: u32 = 50;

/// Shares with the logarithm of each moved by so much, relative to what the others come to.
#[must_use]
pub fn moved(shares: &[f64], by: impl Fn(usize) -> f64) -> Vec<f64> {
    let weights: Vec<f64> = shares.iter().enumerate().map(|(j, p)| p * libm::exp(by(j))).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

/// The drifts that move the shares of a stage, as points that stand for their joint normal law.
#[derive(Debug, Clone)]
pub struct Drifts {
    points: Vec<Point>,
}

/// A point of the law: its weight, and what each drift multiplies odds by there.
#[derive(Debug, Clone)]
struct Point {
    weight: f64,
    factors: Vec<f64>,
}

impl Drifts {
    /// Drifts with these covariances.
    #[must_use]
    pub fn new(covariance: &[Vec<f64>]) -> Self {
        let root = cholesky(covariance);
        let nodes: &[(f64, f64)] = if root.len() <= 2 { &MANY } else { &FEWER };
        let mut points = vec![(1.0, Vec::new())];
        for _ in &root {
            let with = |(w, z): &(f64, Vec<f64>)| {
                let (w, z) = (*w, z.clone());
                nodes.iter().map(move |(node, weight)| (w * weight, [z.as_slice(), &[*node]].concat()))
            };
            points = points.iter().flat_map(with).collect();
        }
        let factor = |row: &Vec<f64>, z: &[f64]| libm::exp(row.iter().zip(z).map(|(l, z)| l * z).sum());
        let points = points
            .into_iter()
            .map(|(weight, z)| Point { weight, factors: root.iter().map(|row| factor(row, &z)).collect() });
        Self { points: points.collect() }
    }

    /// The shifts that keep the means of shares where they are; `by` says which drift moves each.
    ///
    /// They are where the gradient of a convex function, mean(ln sum p exp(c + x)) - sum p c, vanishes: Newton's
    /// method finds it (Boyd and Vandenberghe 2004, section 9.5). What nothing moves goes together; if everything
    /// is moved, one exit stays without a shift.
    #[must_use]
    pub fn shifts(&self, shares: &[f64], by: &[Option<usize>]) -> Vec<f64> {
        let mut moved: Vec<usize> =
            (0..shares.len()).filter(|&j| by[j].is_some() && shares[j] > 0.0).collect();
        let still: f64 = (0..shares.len()).filter(|&j| by[j].is_none()).map(|j| shares[j]).sum();
        let mut reference = (still, None);
        if still <= 0.0 {
            let Some(last) = moved.pop() else { return vec![0.0; shares.len()] };
            reference = (shares[last], by[last]);
        }
        let wanted: Vec<f64> = moved.iter().map(|&j| shares[j]).collect();
        let drifts: Vec<usize> = moved.iter().filter_map(|&j| by[j]).collect();
        let found = self.solve(reference, &wanted, &drifts);
        let mut shifts = vec![0.0; shares.len()];
        moved.iter().zip(found).for_each(|(&j, shift)| shifts[j] = shift);
        shifts
    }

    fn solve(&self, reference: (f64, Option<usize>), wanted: &[f64], drifts: &[usize]) -> Vec<f64> {
        let mut shifts = vec![0.0; wanted.len()];
        for _ in 0..MOST_STEPS {
            let weights: Vec<f64> = wanted.iter().zip(&shifts).map(|(p, c)| p * libm::exp(*c)).collect();
            let (means, mut slopes) = self.means_and_slopes(reference, &weights, drifts);
            let missing: Vec<f64> = wanted.iter().zip(&means).map(|(p, mean)| p - mean).collect();
            if missing.iter().all(|m| libm::fabs(*m) < ENOUGH) {
                break;
            }
            let steps = solved(&mut slopes, missing);
            shifts.iter_mut().zip(steps).for_each(|(c, step)| *c += step.clamp(-1.0, 1.0));
        }
        shifts
    }

    /// The mean of each share, and how fast each mean grows with each shift.
    fn means_and_slopes(
        &self,
        (still, moved): (f64, Option<usize>),
        weights: &[f64],
        drifts: &[usize],
    ) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut means = vec![0.0; weights.len()];
        let mut slopes = vec![vec![0.0; weights.len()]; weights.len()];
        let mut shares = vec![0.0; weights.len()];
        for point in &self.points {
            let mut sum = still * moved.map_or(1.0, |d| point.factors[d]);
            for ((share, weight), &drift) in shares.iter_mut().zip(weights).zip(drifts) {
                *share = weight * point.factors[drift];
                sum += *share;
            }
            for (i, share) in shares.iter().map(|s| s / sum).enumerate() {
                means[i] += point.weight * share;
                slopes[i][i] += point.weight * share;
                for (slope, other) in slopes[i].iter_mut().zip(&shares) {
                    *slope -= point.weight * share * (other / sum);
                }
            }
        }
        (means, slopes)
    }
}

/// The lower triangle whose product with itself turned over is a matrix of covariances (Golub and Van Loan,
/// algorithm 4.2.1); a row of noughts where nothing of its own is left.
fn cholesky(covariance: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut root = vec![vec![0.0; covariance.len()]; covariance.len()];
    for i in 0..covariance.len() {
        for j in 0..=i {
            let left: f64 = covariance[i][j] - (0..j).map(|k| root[i][k] * root[j][k]).sum::<f64>();
            root[i][j] = match (i == j, root[j][j]) {
                (true, _) => libm::sqrt(left.max(0.0)),
                (false, pivot) if pivot > 0.0 => left / pivot,
                (false, _) => 0.0,
            };
        }
    }
    root
}

/// Solves a positive definite system by elimination, which needs no exchange of rows (Golub and Van Loan, section
/// 4.2).
fn solved(matrix: &mut [Vec<f64>], mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for pivot in 0..n {
        let (above, below) = matrix.split_at_mut(pivot + 1);
        let (row, known) = (&above[pivot], right[pivot]);
        for (other, value) in below.iter_mut().zip(&mut right[pivot + 1..]) {
            let factor = other[pivot] / row[pivot];
            other.iter_mut().zip(row).for_each(|(x, y)| *x -= factor * y);
            *value -= factor * known;
        }
    }
    for i in (0..n).rev() {
        let later: f64 = (i + 1..n).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - later) / matrix[i][i];
    }
    right
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The means of shares of which two are moved by drifts of their own, correlated, by the trapezoidal rule on a
    /// fine grid: its error is far below 1e-6 for smooth integrands that vanish at both ends.
    fn means(shares: &[f64], by: &[Option<usize>], shifts: &[f64], sd: [f64; 2], corr: f64) -> Vec<f64> {
        let mut means = vec![0.0; shares.len()];
        let step = 0.1;
        for (i, k) in (-70..=70).flat_map(|i| (-70..=70).map(move |k| (f64::from(i), f64::from(k)))) {
            let z = [i * step, k * step];
            let x = [sd[0] * z[0], sd[1] * (corr * z[0] + (1.0 - corr * corr).sqrt() * z[1])];
            let density = (-(z[0] * z[0] + z[1] * z[1]) / 2.0).exp() / (2.0 * std::f64::consts::PI);
            let here = moved(shares, |j| shifts[j] + by[j].map_or(0.0, |d| x[d]));
            means.iter_mut().zip(here).for_each(|(m, p)| *m += density * step * step * p);
        }
        means
    }

    /// Moments of the standard normal law: (2k - 1)!! for even powers, 0 for odd ones.
    #[test]
    fn the_nodes_have_the_moments_of_the_normal_law() {
        for nodes in [&MANY[..], &FEWER] {
            let mut due = 1.0;
            for power in 0..i32::try_from(nodes.len()).unwrap() {
                due *= f64::from((2 * power - 1).max(1));
                let moment = |power: i32| nodes.iter().map(|(z, w)| w * z.powi(power)).sum::<f64>();
                assert!((moment(2 * power) - due).abs() < 1e-9 * due, "{power}: {}", moment(2 * power));
                assert!(moment(2 * power + 1).abs() < 1e-9 * due, "{power}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// The bound is that of the nodes for two drifts, and half as much again.
        #[test]
        fn means_stay_where_they_are(
            raw in prop::collection::vec(0.001..1.0_f64, 2..6),
            by in prop::collection::vec(prop::option::of(0_usize..2), 6),
            sd in [0.0..1.0_f64, 0.0..1.0],
            corr in -0.99..0.99,
        ) {
            let sum: f64 = raw.iter().sum();
            let shares: Vec<f64> = raw.iter().map(|x| x / sum).collect();
            let by = &by[..shares.len()];
            let both = sd[0] * sd[1] * corr;
            let drifts = Drifts::new(&[vec![sd[0] * sd[0], both], vec![both, sd[1] * sd[1]]]);
            let shifts = drifts.shifts(&shares, by);
            for (mean, share) in means(&shares, by, &shifts, sd, corr).iter().zip(&shares) {
                prop_assert!((mean - share).abs() < 1e-4, "{share} becomes {mean}");
            }
        }
    }

    /// The worst of all: two shares that drift with a standard deviation of 1 each, opposite to each other; and beside a third
    /// drift, with fewer nodes.
    #[test]
    fn means_of_shares_that_drift_apart_stay_within_what_the_nodes_allow() {
        let corr = -0.99;
        let two = Drifts::new(&[vec![1.0, corr], vec![corr, 1.0]]);
        let three = Drifts::new(&[vec![1.0, corr, 0.0], vec![corr, 1.0, 0.0], vec![0.0, 0.0, 1.0]]);
        let by = [Some(0), Some(1)];
        let mut worst = [0.0_f64; 2];
        for percent in 1..100 {
            let shares = [f64::from(percent) / 100.0, 1.0 - f64::from(percent) / 100.0];
            for (worst, drifts) in worst.iter_mut().zip([&two, &three]) {
                let mean = means(&shares, &by, &drifts.shifts(&shares, &by), [1.0, 1.0], corr)[0];
                *worst = worst.max((mean - shares[0]).abs());
            }
        }
        assert!(worst[0] < 7e-5 && worst[1] < 5e-4, "{worst:?}");
        assert!(worst[0] > 5e-5 && worst[1] > 3e-4, "the documentation says more than that: {worst:?}");
    }

    /// [2 0 0; 2 0 0; 1 0 2] times itself turned over: two drifts that are one, and a third that is half of it.
    #[test]
    fn the_root_of_covariances_gives_them_back() {
        let covariance = [[4.0, 4.0, 2.0], [4.0, 4.0, 2.0], [2.0, 2.0, 5.0]].map(Vec::from);
        assert_eq!(cholesky(&covariance), [[2.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 0.0, 2.0]]);
        let covariance = [[4.0, 2.0, 2.0], [2.0, 10.0, 4.0], [2.0, 4.0, 18.0]].map(Vec::from);
        assert_eq!(cholesky(&covariance), [[2.0, 0.0, 0.0], [1.0, 3.0, 0.0], [1.0, 1.0, 4.0]]);
    }

    /// The same matrix times 1, 2, 3 is 14, 34, 64.
    #[test]
    fn equations_are_solved_exactly() {
        let mut matrix = [[4.0, 2.0, 2.0], [2.0, 10.0, 4.0], [2.0, 4.0, 18.0]].map(Vec::from);
        for (x, due) in solved(&mut matrix, vec![14.0, 34.0, 64.0]).into_iter().zip([1.0, 2.0, 3.0]) {
            assert!((x - due).abs() < 1e-14, "{x} instead of {due}");
        }
    }

    #[test]
    fn certain_and_impossible_exits_and_identical_drifts_are_no_trouble() {
        let both = Drifts::new(&[vec![1.0, 1.0], vec![1.0, 1.0]]);
        for shares in [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0], [1e-12, 0.3, 0.7 - 1e-12]] {
            let shifts = both.shifts(&shares, &[Some(0), Some(1), None]);
            assert!(shifts.iter().all(|c| c.is_finite() && c.abs() < 2.0), "{shares:?}: {shifts:?}");
        }
        assert_eq!(Drifts::new(&[]).shifts(&[0.4, 0.6], &[None, None]), [0.0, 0.0]);
    }
}
