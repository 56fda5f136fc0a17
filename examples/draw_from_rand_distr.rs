//! A small model of one's own, drawn from `rand_distr` through keyed streams: what a policy does not touch stays the
//! same to the last bit, so its effect shows without noise.
//!
//! `cargo run --release --example draw_from_rand_distr`

use std::error::Error;

use carecast::stream::Stream;
use rand_distr::{Distribution, Gamma, Poisson};

const FAMILIES: u64 = 1000;

/// Weeks of support that a family gets in a year: a Poisson number of visits, each of a gamma length. `longer`
/// multiplies the length of the first visit alone.
fn weeks(family: Stream, longer: f64) -> Result<f64, Box<dyn Error>> {
    let visits = Poisson::new(2.0)?.sample(&mut family.child("visits").rng());
    let length = Gamma::new(1.5, 4.0)?;
    let mut total = 0.0;
    for visit in (0_u32..).take_while(|&visit| f64::from(visit) < visits) {
        let drawn = length.sample(&mut family.child("length").nth(visit.into()).rng());
        total += if visit == 0 { drawn * longer } else { drawn };
    }
    Ok(total)
}

fn main() -> Result<(), Box<dyn Error>> {
    let families = Stream::named("families").nth(1);
    let (mut before, mut more, mut touched) = (0.0, 0.0, 0);
    for family in (0..FAMILIES).map(|number| families.nth(number)) {
        let (now, then) = (weeks(family, 1.0)?, weeks(family, 1.2)?);
        before += now;
        more += then - now;
        touched += u32::from(then != now);
    }
    println!(
        "{before:.0} weeks of support; {more:.0} more for the {touched} families that are visited at all"
    );
    // Wald: two visits of six weeks each to a family. And 1 in e^2 families has no visit.
    let expected = 12.0 * 1000.0;
    println!("expected: {expected:.0} weeks, and {:.0} families", 1000.0 * (1.0 - (-2.0_f64).exp()));
    Ok(())
}
