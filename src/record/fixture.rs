//! An invented distribution, for tests.

use super::Spread;

/// That of a normal law.
pub(crate) fn spread(mean: f64, sd: f64) -> Spread {
    let at = |z: f64| mean + z * sd;
    Spread {
        mean,
        sd,
        se: sd / 2000.0_f64.sqrt(),
        p2_5: at(-1.96),
        p10: at(-1.2816),
        p25: at(-0.6745),
        p50: at(0.0),
        p75: at(0.6745),
        p90: at(1.2816),
        p97_5: at(1.96),
    }
}
