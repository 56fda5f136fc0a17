//! The numbers of a scenario: what each is, how sure we are of it, and where it comes from.

use super::file::RangeLaw;
use crate::pathway::law::{beta_quantile, gamma_quantile, normal_quantile};
use crate::pathway::{QuantityId, Table};
use crate::stream::Stream;

/// What each number of a scenario is worth in one future.
pub type Values = Table<QuantityId, f64>;

/// The standard normal quantile of 0.975: a 95% interval reaches so many standard deviations either side.
const Z95: f64 = 1.959_963_984_540_054;

/// What kind of number it is, and so on which scale it is uncertain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Between 0 and 1.
    Share,
    /// Above 0.
    Positive,
    /// Not below 0.
    NotNegative,
    /// Any.
    Real,
}

/// A number of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Its path in the file, which is also its identity from one scenario to another.
    pub path: String,
    /// Its unit, in words.
    pub unit: &'static str,
    /// What kind of number it is.
    pub role: Role,
    /// What it is worth.
    pub value: Value,
    /// Where it comes from.
    pub source: Option<String>,
    /// Key of what is drawn for it.
    pub key: u64,
}

/// What a number is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Just this.
    Exact(f64),
    /// Uncertain: best estimate and 95% interval.
    Range {
        /// The median, of a triangle or PERT law the top, of counts the plain ratio.
        best: f64,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// How it is spread.
        law: Spread,
    },
    /// Between two, by another number.
    Blend {
        /// At weight 0.
        from: f64,
        /// At weight 1.
        to: f64,
        /// The weight.
        weight: QuantityId,
    },
}

/// How a number is spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// By a law that its best estimate and its ends say all about.
    By(RangeLaw),
    /// A beta law fitted to its ends.
    Beta {
        /// The first shape.
        a: f64,
        /// The second.
        b: f64,
    },
    /// What is known of a share after so many were counted of so many.
    Share {
        /// How many, and a half.
        a: f64,
        /// How many not, and a half.
        b: f64,
    },
    /// What is known of a rate after a count.
    Rate {
        /// The count, and a half.
        shape: f64,
        /// The years it took.
        years: f64,
    },
    /// What is known of one of several shares after all were counted: a part of what those before it leave.
    PartOfRow {
        /// The count, and a half.
        a: f64,
        /// The same summed over those that come after it; 0 for the last.
        b: f64,
        /// The first number of the row; the others follow without a gap.
        first: QuantityId,
    },
}

impl Spread {
    /// What it is called in what is put out.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::By(law) => law.name(),
            Self::Beta { .. } => "beta",
            Self::Share { .. } => "beta from a count",
            Self::Rate { .. } => "gamma from a count",
            Self::PartOfRow { .. } => "Dirichlet from counts",
        }
    }
}

/// Whether a source says that a number is an assumption, or there is no source.
#[must_use]
pub fn is_assumption(source: Option<&str>) -> bool {
    let assumed = |s: String| ["assumption", "judgement", "judgment"].iter().any(|word| s.contains(word));
    source.is_none_or(|s| assumed(s.to_lowercase()))
}

impl Quantity {
    /// Whether its source calls it an assumption or a judgement, or there is none.
    #[must_use]
    pub fn is_assumption(&self) -> bool {
        is_assumption(self.source.as_deref())
    }

    /// Whether it is exactly nought.
    #[must_use]
    pub fn is_nought(&self) -> bool {
        matches!(self.value, Value::Exact(0.0))
    }

    /// Its value at a uniform `u`, given the values drawn before it.
    #[must_use]
    pub fn draw(&self, u: f64, drawn: &Values) -> f64 {
        match self.value {
            Value::Exact(x) => x,
            Value::Blend { from, to, weight } => from + (to - from) * drawn[weight],
            Value::Range { best, low, high, law: Spread::By(law) } => quantile(best, low, high, law, u),
            Value::Range { law: Spread::Beta { a, b } | Spread::Share { a, b }, .. } => {
                beta_quantile(a, b, u)
            }
            Value::Range { law: Spread::Rate { shape, years }, .. } => gamma_quantile(shape, u) / years,
            Value::Range { law: Spread::PartOfRow { a, b, first }, .. } => {
                let left = (1.0 - drawn.as_slice()[first.index()..].iter().sum::<f64>()).max(0.0);
                if b > 0.0 { left * beta_quantile(a, b, u) } else { left }
            }
        }
    }

    /// Its best value, given the best values of those before it.
    #[must_use]
    pub fn best(&self, best: &Values) -> f64 {
        match self.value {
            Value::Range { best, .. } => best,
            _ => self.draw(0.5, best),
        }
    }

    /// Whether it is the same in every future.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.value, Value::Exact(_))
    }
}

/// The best values of a list of numbers.
#[must_use]
pub fn best_values(quantities: &Table<QuantityId, Quantity>) -> Values {
    let mut best = Values::new();
    for quantity in quantities.values() {
        let value = quantity.best(&best);
        best.push(value);
    }
    best
}

/// The values of a list of numbers in one draw.
#[must_use]
pub fn drawn_values(quantities: &Table<QuantityId, Quantity>, stream: Stream) -> Values {
    let mut drawn = Values::new();
    for quantity in quantities.values() {
        let u = stream.keyed(quantity.key).unit();
        let value = quantity.draw(u, &drawn);
        drawn.push(value);
    }
    drawn
}

/// The logarithm of the odds of a probability.
#[must_use]
pub fn logit(p: f64) -> f64 {
    libm::log(p) - libm::log1p(-p)
}

/// The quantile of a range: two half-normals joined at the best estimate on the law's scale, so that the
/// median is `best` and the 95% interval ends at `low` and `high`; or a uniform or triangular law over it.
fn quantile(best: f64, low: f64, high: f64, law: RangeLaw, u: f64) -> f64 {
    let joined = |best: f64, low: f64, high: f64| {
        let z = normal_quantile(u);
        best + z / Z95 * if z < 0.0 { best - low } else { high - best }
    };
    match law {
        RangeLaw::Normal => joined(best, low, high),
        RangeLaw::Lognormal => libm::exp(joined(libm::log(best), libm::log(low), libm::log(high))),
        RangeLaw::Logit => {
            let x = joined(logit(best), logit(low), logit(high));
            1.0 / (1.0 + libm::exp(-x))
        }
        RangeLaw::Uniform => low + u * (high - low),
        RangeLaw::Triangular => triangular(low, best, high, u),
        RangeLaw::Pert => pert(low, best, high, u),
        // Its shapes are found when the file is read.
        RangeLaw::Beta => best,
    }
}

/// The quantile of a triangular law (Johnson, Kotz and Balakrishnan 1995, section 26.9).
fn triangular(low: f64, mode: f64, high: f64, u: f64) -> f64 {
    let width = high - low;
    if width <= 0.0 {
        return low;
    }
    let turn = (mode - low) / width;
    if u < turn {
        low + libm::sqrt(u * width * (mode - low))
    } else {
        high - libm::sqrt((1.0 - u) * width * (high - mode))
    }
}

/// The quantile of a PERT law: a beta law over the range whose mean is (low + 4 best + high) / 6 (Malcolm, Roseboom,
/// Clark and Fazar 1959, "Application of a technique for research and development program evaluation"; its shapes are
/// those of Vose 2008, "Risk Analysis", appendix III).
fn pert(low: f64, mode: f64, high: f64, u: f64) -> f64 {
    let width = high - low;
    if width <= 0.0 {
        return low;
    }
    low + width * beta_quantile(1.0 + 4.0 * (mode - low) / width, 1.0 + 4.0 * (high - mode) / width, u)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
    }

    #[test]
    fn a_range_has_its_best_estimate_as_median_and_its_ends_as_95_percent_interval() {
        for law in [RangeLaw::Normal, RangeLaw::Lognormal, RangeLaw::Logit] {
            near(quantile(0.2, 0.1, 0.5, law, 0.5), 0.2);
            near(quantile(0.2, 0.1, 0.5, law, 0.025), 0.1);
            near(quantile(0.2, 0.1, 0.5, law, 0.975), 0.5);
        }
    }

    #[test]
    fn a_share_never_leaves_0_to_1() {
        for u in [1e-12, 1.0 - 1e-12] {
            let p = quantile(0.97, 0.6, 0.999, RangeLaw::Logit, u);
            assert!(p > 0.0 && p < 1.0);
        }
    }

    /// Its mean is (low + 4 mode + high) / 6.
    #[test]
    fn a_pert_law_has_its_mean() {
        let n = 20_000;
        let sum: f64 = (0..n).map(|i| pert(1.0, 2.0, 6.0, (f64::from(i) + 0.5) / f64::from(n))).sum();
        near(libm::round(sum / f64::from(n) * 1e5) / 1e5, 2.5);
        near(pert(2.0, 2.0, 2.0, 0.3), 2.0);
    }

    /// Simpson's rule over the quantile gives the mean of a triangular law, (low + mode + high) / 3.
    #[test]
    fn a_triangle_has_the_mean_of_its_corners() {
        let n = 20_000;
        let mean =
            (0..n).map(|i| triangular(1.0, 2.0, 6.0, (f64::from(i) + 0.5) / f64::from(n))).sum::<f64>()
                / f64::from(n);
        assert!((mean - 3.0).abs() < 1e-4, "{mean}");
    }
}
