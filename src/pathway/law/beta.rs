//! Quantiles of the beta law, through the continued fraction of the incomplete beta function.

/// The continued fraction needs at most some 5 sqrt(max(a, b)) terms.
const MAX_TERMS: u32 = 30_000;
/// Many more than any shapes take.
const MAX_STEPS: u32 = 200;

/// The share below which a share `u` of the beta law lies.
///
/// Newton's method on the logarithm of the smaller tail as a function of the log odds, where both tails are nearly
/// straight, kept within a bracket.
#[must_use]
pub fn beta_quantile(a: f64, b: f64, u: f64) -> f64 {
    let upper = u > 0.5;
    let target = libm::log(if upper { 1.0 - u } else { u });
    let (mut low, mut high) = (-700.0, 700.0);
    let mut y = libm::log(a / b);
    for _ in 0..MAX_STEPS {
        let (tails, density) = beta_tails(a, b, y);
        let tail = tails[usize::from(upper)];
        let excess = libm::log(tail) - target;
        if (excess > 0.0) == upper {
            low = y;
        } else {
            high = y;
        }
        let slope = if upper { -density / tail } else { density / tail };
        let newton = y - excess / slope;
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        let done = libm::fabs(next - y) < 1e-12 * (1.0 + libm::fabs(y));
        y = next;
        if done {
            break;
        }
    }
    logistic(y)
}

/// The shapes of the beta law whose 95% interval is from `low` to `high`, if there is one whose density has a single
/// top or runs straight to one side.
///
/// For a given sum of the shapes the mean is found that leaves 2.5% below `low`; the larger the sum the less is then
/// above `high`. Both by halving.
#[must_use]
pub fn beta_with_interval(low: f64, high: f64) -> Option<(f64, f64)> {
    let logit = |p: f64| libm::log(p) - libm::log1p(-p);
    let (low, high) = (logit(low), logit(high));
    let shapes = |ln_sum: f64| {
        let split = |m: f64| (libm::exp(ln_sum) * logistic(m), libm::exp(ln_sum) * logistic(-m));
        let m = halved(-40.0, 40.0, |m| beta_tails(split(m).0, split(m).1, low).0[0] > 0.025);
        split(m)
    };
    let above = |(a, b): (f64, f64)| beta_tails(a, b, high).0[1];
    let (a, b) = shapes(halved(-3.0, 18.0, |ln_sum| above(shapes(ln_sum)) > 0.025));
    let fits = libm::fabs(above((a, b)) - 0.025) < 1e-6 && a.max(b) >= 1.0;
    fits.then_some((a, b))
}

/// Where what holds first ceases to hold.
fn halved(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

fn logistic(y: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-y))
}

/// The shares of the law below and above the log odds `y`, and its density there, per unit of log odds.
///
/// x^a (1 - x)^b / B(a, b) times a continued fraction over a (DLMF 8.17.22) gives the tail on whose side of the mean x
/// is.
fn beta_tails(a: f64, b: f64, y: f64) -> ([f64; 2], f64) {
    let (ln_x, ln_rest) = (-libm::log1p(libm::exp(-y)), -libm::log1p(libm::exp(y)));
    let ln_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let density = libm::exp(a * ln_x + b * ln_rest - ln_beta);
    let x = logistic(y);
    if x < (a + 1.0) / (a + b + 2.0) {
        let below = density * fraction(a, b, x) / a;
        ([below, 1.0 - below], density)
    } else {
        let above = density * fraction(b, a, logistic(-y)) / b;
        ([1.0 - above, above], density)
    }
}

/// The continued fraction 1/(1 + d1/(1 + d2/(1 + ...))) of DLMF 8.17.22, evaluated forwards by Lentz's method as
/// modified by Thompson and Barnett (Journal of Computational Physics 64, 1986).
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if libm::fabs(v) < TINY { TINY } else { v };
    let mut ahead = 1.0;
    let mut behind = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut value = behind;
    for term in 2..MAX_TERMS {
        let half = f64::from(term / 2);
        let numerator = if term % 2 == 0 {
            half * (b - half) * x / ((a + 2.0 * half - 1.0) * (a + 2.0 * half))
        } else {
            -(a + half) * (a + b + half) * x / ((a + 2.0 * half) * (a + 2.0 * half + 1.0))
        };
        behind = 1.0 / away(1.0 + numerator * behind);
        ahead = away(1.0 + numerator / ahead);
        value *= ahead * behind;
        if libm::fabs(ahead * behind - 1.0) < f64::EPSILON {
            break;
        }
    }
    value
}
