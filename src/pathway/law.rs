//! How long things take: time laws, drawn by inversion through tables of quantiles.
//!
//! One uniform makes one draw, so the same child under two scenarios draws comparable times, and the time
//! left of a spell that is already running follows from the same table. Tables are built with the mathematics
//! of the `libm` crate alone, never the platform's, so the same input gives the same bits everywhere.

mod beta;
mod gamma;
mod normal;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use std::fmt;

pub use beta::{beta_quantile, beta_with_interval};
pub use gamma::gamma_quantile;
pub use normal::normal_quantile;

/// A time law apart from its scale.
///
/// Parameters outside the ranges given here are for the scenario's checker to refuse. A table built from them
/// is of no use, but building it neither panics nor hangs.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Always 1.
    Fixed,
    /// Exponential with mean 1.
    Exponential,
    /// Gamma with mean 1.
    Gamma {
        /// The shape, from 0.05 to 10,000. Quantiles are not a number for shapes below 0.01 or above 100,000.
        shape: f64,
    },
    /// Weibull with scale 1: a share exp(-1) is left at time 1.
    Weibull {
        /// The shape, 0.05 or more.
        shape: f64,
    },
    /// Lognormal with median 1.
    Lognormal {
        /// The standard deviation of the logarithm, from 0 to 5.
        sigma: f64,
    },
    /// A density that rises in a straight line from `low` to `mode` and falls in one to `high`.
    Triangular {
        /// The shortest time.
        low: f64,
        /// The likeliest time.
        mode: f64,
        /// The longest time.
        high: f64,
    },
    /// An empirical law: pairs of the share ended and the time by which it has, both rising, with straight
    /// lines in between. A share before the first pair ends at the first time; a share after the last, at the
    /// last.
    Quantiles(Vec<[f64; 2]>),
}

/// One half of a law: the half that ends before the median, or the half that ends after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// Probabilities are shares ended.
    Lower,
    /// Probabilities are shares left.
    Upper,
}

impl Shape {
    /// The exact mean.
    fn mean(&self) -> f64 {
        match self {
            Self::Fixed | Self::Exponential | Self::Gamma { .. } => 1.0,
            Self::Weibull { shape } => libm::tgamma(1.0 + 1.0 / shape),
            Self::Lognormal { sigma } => libm::exp(0.5 * sigma * sigma),
            Self::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Self::Quantiles(knots) => knots_mean(knots),
        }
    }

    /// Whether some single time has a chance above zero.
    fn has_atoms(&self) -> bool {
        match self {
            Self::Fixed => true,
            Self::Lognormal { sigma } => *sigma <= 0.0,
            Self::Triangular { low, high, .. } => low >= high,
            Self::Quantiles(knots) => {
                knots.first().is_none_or(|&[share, _]| share > 0.0)
                    || knots.last().is_none_or(|&[share, _]| share < 1.0)
                    || knots.windows(2).any(|pair| pair[0][1] >= pair[1][1])
            }
            Self::Exponential | Self::Gamma { .. } | Self::Weibull { .. } => false,
        }
    }

    /// The time at which the probability in `tail` is `p` (at most a half), for the laws that have a formula.
    /// The gamma law has none.
    fn closed_form(&self, tail: Tail, p: f64) -> f64 {
        match self {
            Self::Fixed => 1.0,
            Self::Exponential => cumulative_hazard(tail, p),
            Self::Gamma { .. } => f64::NAN,
            Self::Weibull { shape } => libm::pow(cumulative_hazard(tail, p), 1.0 / shape),
            Self::Lognormal { sigma } => match tail {
                Tail::Lower => libm::exp(sigma * normal_quantile(p)),
                Tail::Upper => libm::exp(-sigma * normal_quantile(p)),
            },
            &Self::Triangular { low, mode, high } => triangular_quantile([low, mode, high], tail, p),
            Self::Quantiles(knots) => match tail {
                Tail::Lower => knots_quantile(knots, p),
                Tail::Upper => knots_quantile(knots, 1.0 - p),
            },
        }
    }
}

/// The cumulative hazard -ln(S) at which the probability in `tail` is `p`: the quantile of the exponential
/// law.
fn cumulative_hazard(tail: Tail, p: f64) -> f64 {
    match tail {
        Tail::Lower => -libm::log1p(-p),
        Tail::Upper => -libm::log(p),
    }
}

/// Inverts the two parabolas of the triangular distribution function (Kotz and van Dorp, Beyond Beta, 2004),
/// each measured from its own end.
fn triangular_quantile([low, mode, high]: [f64; 3], tail: Tail, p: f64) -> f64 {
    let (ended, left) = match tail {
        Tail::Lower => (p, 1.0 - p),
        Tail::Upper => (1.0 - p, p),
    };
    if ended * (high - low) < mode - low {
        low + libm::sqrt(ended * (high - low) * (mode - low))
    } else {
        high - libm::sqrt(left * (high - low) * (high - mode))
    }
}

/// Reads an empirical law at a share ended. No knots at all read as no time at all.
fn knots_quantile(knots: &[[f64; 2]], ended: f64) -> f64 {
    let next = knots.partition_point(|&[share, _]| share < ended);
    let before = next.checked_sub(1).and_then(|last| knots.get(last));
    match (before, knots.get(next)) {
        (Some([s0, t0]), Some([s1, t1])) => t0 + (t1 - t0) * ((ended - s0) / (s1 - s0)),
        (Some([_, time]), None) | (None, Some([_, time])) => *time,
        (None, None) => 0.0,
    }
}

/// The area under an empirical law's quantiles: a flat piece at either end, trapezia in between.
fn knots_mean(knots: &[[f64; 2]]) -> f64 {
    let (Some([first, shortest]), Some([last, longest])) = (knots.first(), knots.last()) else { return 0.0 };
    let trapezia = knots.windows(2).map(|k| (k[1][0] - k[0][0]) * f64::midpoint(k[0][1], k[1][1]));
    first * shortest + trapezia.sum::<f64>() + (1.0 - last) * longest
}

/// Each octave of probability, (2^-(k+1), 2^-k], is cut into this many cells of equal width, as a power of
/// two.
const CELL_BITS: u32 = 5;
/// Cells in one half of the table: 64 octaves, so that every one of the 2^64 patterns of bits falls in a
/// cell.
const SIDE: usize = 64 << CELL_BITS;
/// Ends of cells in both halves, the median shared.
const NODES: usize = 2 * SIDE + 1;
/// Bits of a float's mantissa below those that number the cell.
const ALONG_BITS: u32 = f64::MANTISSA_DIGITS - 1 - CELL_BITS;
/// The number that a float of 0.5, the smallest probability in units of 2^-64, has before cells are counted.
const FIRST_CELL: u64 = 0.5_f64.to_bits() >> ALONG_BITS;
/// Probabilities are held in this unit: then the bits of a float number its cell without more arithmetic.
const UNIT: f64 = 1.0 / 18_446_744_073_709_551_616.0;

/// A law's quantiles, tabulated: a draw costs a few nanoseconds whatever the law.
///
/// Cells halve towards both tails. Each octave of the share ended (below the median) or left (above it) holds
/// 32 cells of equal width, and quantiles are linear within a cell. There are 64 octaves on either side, as
/// many as 64 uniform bits can tell apart; the last 2^-65 of either tail is cut off. The heaviest laws
/// allowed, a Weibull of shape 0.05 and a lognormal with `sigma` 5, lose about 1e-5 of their mean by that.
///
/// # Error
///
/// A chord across a cell of width h is off by at most h²/8 times the largest |Q''|, and h is at most p/32.
/// With c the largest p²|Q''|/Q and d the largest |p Q'|/Q of the law, over both halves, the relative error
/// of a quantile is therefore at most (c / 8192)(33/32)^d:
///
/// | law | c | d | bound |
/// |---|---|---|---|
/// | exponential; gamma and Weibull of shape 1 or more | 1.45 | 1.45 | 1.9e-4 |
/// | gamma and Weibull of shape k < 1 | 2.1/k² | 1.45/k | k = 0.5: 1.2e-3 |
/// | lognormal | 1.58 sigma² + 0.44 sigma | 1.26 sigma | sigma = 1: 2.6e-4; 2: 9.5e-4 |
/// | triangular | | | 3.1e-5 (high - low), absolute |
/// | quantiles | | | 1/512 of the change of slope at a knot, absolute, within that knot's cell |
///
/// For small shapes the bound is reached only at times that are a tiny part of the mean.
///
/// A clone shares the table.
#[derive(Clone)]
pub struct QuantileTable {
    shape: Shape,
    /// Quantiles in rising order, the median in the middle.
    nodes: Arc<[f64; NODES]>,
    mean: f64,
}

impl QuantileTable {
    /// Tabulates a law.
    #[must_use]
    pub fn new(shape: &Shape) -> Self {
        let mut nodes = blank_nodes();
        for tail in [Tail::Lower, Tail::Upper] {
            match *shape {
                Shape::Gamma { shape } if gamma::SHAPES.contains(&shape) => {
                    let mut walk = gamma::Walk::from_median(shape, tail);
                    fill(&mut nodes, tail, |p| walk.quantile(p) / shape);
                }
                _ => fill(&mut nodes, tail, |p| shape.closed_form(tail, p)),
            }
        }
        make_monotone(&mut nodes);
        Self { shape: shape.clone(), nodes: Arc::from(nodes), mean: shape.mean() }
    }

    /// The quantile at u = (bits + 0.5) / 2^64: a draw, if the 64 bits are uniform.
    #[inline]
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a distance of 2^-54 from u moves no draw that matters")]
    pub fn quantile(&self, bits: u64) -> f64 {
        let upper = bits >> 63;
        let from_end = bits ^ upper.wrapping_neg();
        // The top bit is clear, and a signed conversion is one instruction where an unsigned one is several.
        self.interpolate(upper, from_end.cast_signed() as f64 + 0.5)
    }

    /// The quantile at the share ended `u`. Values outside the table's range read as its ends.
    #[must_use]
    pub fn quantile_at(&self, u: f64) -> f64 {
        if u <= 0.5 { self.interpolate(0, in_units(u)) } else { self.interpolate(1, in_units(1.0 - u)) }
    }

    /// The quantile at the share left `s`, exact to the last digits of a tiny `s`, where `1 - s` would lose
    /// them.
    #[must_use]
    pub fn quantile_of_survival(&self, s: f64) -> f64 {
        if s <= 0.5 { self.interpolate(1, in_units(s)) } else { self.interpolate(0, in_units(1.0 - s)) }
    }

    /// The share left after time `x`: the inverse of the table itself, not of the law behind it, so that
    /// `quantile_of_survival` leads back to `x`. It is 1 below the shortest tabulated time, 0 from the
    /// longest.
    #[must_use]
    pub fn survival(&self, x: f64) -> f64 {
        let next = self.nodes.partition_point(|&node| node <= x);
        if next == 0 {
            return 1.0;
        }
        let Some(&after) = self.nodes.get(next) else { return 0.0 };
        let before = self.nodes[next - 1];
        if next <= SIDE {
            let (p, step) = (probability(next - 1), probability(next) - probability(next - 1));
            1.0 - (p + step * ((x - before) / (after - before)))
        } else {
            let cell = NODES - 1 - next;
            let (p, step) = (probability(cell), probability(cell + 1) - probability(cell));
            p + step * ((after - x) / (after - before))
        }
    }

    /// Whether some single time has a chance above zero. The hazard of such a law is not finite, and nothing
    /// can multiply it.
    #[must_use]
    pub fn has_atoms(&self) -> bool {
        self.shape.has_atoms()
    }

    /// The law's exact mean, from its formula rather than from the table.
    #[must_use]
    #[inline]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Reads the table at a probability from one end (`upper` is 0 or 1), in units of 2^-64.
    ///
    /// The exponent of the float is the octave, the top bits of its mantissa the cell in it, and the rest of
    /// the mantissa says how far along the cell: no search, no logarithm, no branch.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "masked to twelve bits")]
    fn interpolate(&self, upper: u64, p: f64) -> f64 {
        let bits = p.to_bits();
        let cell = (bits >> ALONG_BITS).wrapping_sub(FIRST_CELL);
        // In the upper half cells are counted from the far end, NODES - 2 - cell, which is a flip of all
        // bits.
        let left = ((cell ^ upper.wrapping_neg()) & (2 * SIDE as u64 - 1)) as usize;
        let upper = (upper & 1) as usize;
        let (near, far) = (self.nodes[left + upper], self.nodes[left + 1 - upper]);
        near + along_cell(bits) * (far - near)
    }
}

impl fmt::Debug for QuantileTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuantileTable").field("shape", &self.shape).finish_non_exhaustive()
    }
}

/// The mantissa below the cell's number, stretched to [0, 1).
#[inline]
fn along_cell(bits: u64) -> f64 {
    let mantissa = (bits << CELL_BITS) & ((1 << (f64::MANTISSA_DIGITS - 1)) - 1);
    f64::from_bits(1.0_f64.to_bits() | mantissa) - 1.0
}

/// A probability of at most a half in the table's unit; what is beyond the table's end reads as the end.
fn in_units(p: f64) -> f64 {
    (p / UNIT).max(0.5)
}

/// The probability at the outer end of a cell, counted from the end of the tail.
fn probability(cell: usize) -> f64 {
    f64::from_bits((FIRST_CELL + cell as u64) << ALONG_BITS) * UNIT
}

#[expect(clippy::large_stack_arrays, reason = "32 KiB, moved to the heap at once")]
fn blank_nodes() -> Box<[f64; NODES]> {
    Box::new([0.0; NODES])
}

/// Fills one half of the table from the median outwards, the order in which gamma quantiles are found
/// fastest.
fn fill(nodes: &mut [f64; NODES], tail: Tail, mut quantile: impl FnMut(f64) -> f64) {
    for cell in (0..=SIDE).rev() {
        let node = match tail {
            Tail::Lower => cell,
            Tail::Upper => NODES - 1 - cell,
        };
        nodes[node] = quantile(probability(cell));
    }
}

/// Removes the steps back, by a last digit, that rounding may have left between neighbours.
fn make_monotone(nodes: &mut [f64; NODES]) {
    let mut highest = nodes[0];
    for node in nodes {
        highest = highest.max(*node);
        *node = highest;
    }
}
