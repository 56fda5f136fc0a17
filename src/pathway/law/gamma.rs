//! Quantiles of the gamma law with scale 1, by Halley's method on the logarithm of the incomplete gamma
//! function.

use std::ops::RangeInclusive;

use super::{Tail, normal_quantile};

/// The shapes for which terms and steps are enough.
pub(super) const SHAPES: RangeInclusive<f64> = 0.01..=1e5;
/// The series and the continued fraction need at most some 9 sqrt(shape) terms.
const MAX_TERMS: u32 = 5_000;
/// Many more than any shape takes.
const MAX_STEPS: u32 = 60;

/// The value below which a share `u` of the gamma law with scale 1 lies.
///
/// For shapes above 100,000 by the cube of Wilson and Hilferty (Abramowitz and Stegun 26.4.17), which is then within
/// 1e-7.
#[must_use]
pub fn gamma_quantile(shape: f64, u: f64) -> f64 {
    if shape > *SHAPES.end() {
        let cube = 1.0 - 1.0 / (9.0 * shape) + normal_quantile(u) / (3.0 * libm::sqrt(shape));
        return shape * cube * cube * cube;
    }
    let (tail, p) = if u <= 0.5 { (Tail::Lower, u) } else { (Tail::Upper, 1.0 - u) };
    Walk::from_median(shape, tail).quantile(p)
}

/// A walk along the quantiles of one tail, in small steps away from the median.
///
/// Each quantile starts the search for the next. Between logarithms of time and of probability the law is so
/// nearly straight that most quantiles then need one evaluation.
pub(super) struct Walk {
    shape: f64,
    ln_gamma: f64,
    tail: Tail,
    at: Expansion,
}

/// What is known of ln(p) as a function of y = ln(x) around one point.
#[derive(Clone, Copy)]
struct Expansion {
    y: f64,
    ln_p: f64,
    slope: f64,
    curvature: f64,
}

impl Walk {
    /// Starts near the median.
    pub(super) fn from_median(shape: f64, tail: Tail) -> Self {
        let ln_gamma = libm::lgamma(shape);
        let start = ln_median(shape);
        let blank = Expansion { y: start, ln_p: 0.0, slope: 1.0, curvature: 0.0 };
        let walk = Self { shape, ln_gamma, tail, at: blank };
        Self { at: walk.expand(start), ..walk }
    }

    /// The time at which the probability in the walk's tail is `p`.
    pub(super) fn quantile(&mut self, p: f64) -> f64 {
        let target = libm::log(p);
        // Halley's method cubes the error, measured against the width of the law in ln(x).
        let small = 1e-5 / libm::sqrt(self.shape.max(1.0));
        for _ in 0..MAX_STEPS {
            let step = self.at.step_to(target);
            if libm::fabs(step) < small {
                return libm::exp(self.at.y + step);
            }
            self.at = self.expand(self.at.y + step);
        }
        libm::exp(self.at.y)
    }

    /// Expands ln P or ln Q, the regularised incomplete gamma functions (DLMF 8.2.4), around ln(x) = y.
    ///
    /// With g = x f(x) / p, where f is the density, the slope is g in the lower tail and -g in the upper.
    /// Since d ln(x f) / dy = shape - x, the curvature is slope (shape - x - slope) in both.
    fn expand(&self, y: f64) -> Expansion {
        let x = libm::exp(y);
        // ln(x f(x)), kept as a logarithm because x itself may be too small for a float.
        let ln_density = self.shape * y - x - self.ln_gamma;
        // Each expansion converges fast on its own side of shape + 1.
        let (near, ratio) = if x < self.shape + 1.0 {
            (Tail::Lower, lower_ratio(self.shape, x))
        } else {
            (Tail::Upper, upper_ratio(self.shape, x))
        };
        let ln_near = ln_density + libm::log(ratio);
        let (ln_p, g) = if near == self.tail {
            (ln_near, 1.0 / ratio)
        } else {
            let ln_far = libm::log1p(-libm::exp(ln_near));
            (ln_far, libm::exp(ln_density - ln_far))
        };
        let slope = if self.tail == Tail::Lower { g } else { -g };
        Expansion { y, ln_p, slope, curvature: slope * (self.shape - x - slope) }
    }
}

impl Expansion {
    /// Halley's step in y to where ln(p) is `target` (Traub, Iterative Methods for the Solution of Equations,
    /// 1964).
    fn step_to(self, target: f64) -> f64 {
        let newton = (target - self.ln_p) / self.slope;
        newton / (1.0 + 0.5 * newton * self.curvature / self.slope)
    }
}

/// A first guess at the logarithm of the median: the leading term of the series (DLMF 8.7.1) for small
/// shapes, Wilson and Hilferty's cube (Abramowitz and Stegun 26.4.17) for the others.
fn ln_median(shape: f64) -> f64 {
    if shape < 1.0 {
        (libm::lgamma(shape + 1.0) - core::f64::consts::LN_2) / shape
    } else {
        libm::log(shape) + 3.0 * libm::log1p(-1.0 / (9.0 * shape))
    }
}

/// P(a, x) / (x f(x)) by the series 1/a + x/(a(a+1)) + x²/(a(a+1)(a+2)) + ... (Abramowitz and Stegun 6.5.29,
/// DLMF 8.7.1).
fn lower_ratio(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut divisor = a;
    for _ in 0..MAX_TERMS {
        divisor += 1.0;
        term *= x / divisor;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum
}

/// Q(a, x) / (x f(x)), a being the shape, by the even part of Legendre's continued fraction (Abramowitz and
/// Stegun 6.5.31, DLMF 8.9.2), 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))), evaluated forwards by
/// Lentz's method as modified by Thompson and Barnett (Journal of Computational Physics 64, 1986). From x = a
/// + 1 on no denominator vanishes.
fn upper_ratio(shape: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - shape;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for term in 1..MAX_TERMS {
        let term = f64::from(term);
        let numerator = term * (shape - term);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        fraction *= factor;
        if libm::fabs(factor - 1.0) < f64::EPSILON {
            break;
        }
    }
    fraction
}
