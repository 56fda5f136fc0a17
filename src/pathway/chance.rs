//! Uniforms that are keyed, not sequential: a pure function of what they decide.
//!
//! Two scenarios that ask the same question about the same child get the same answer, whatever else
//! happened before, on any thread, in any order.

/// 2^64 divided by the golden ratio, made odd: steps by it never repeat within 2^64.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
/// generators"): a bijection of 64 bits in which every input bit moves every output bit.
#[inline]
#[must_use]
pub const fn mix(key: u64) -> u64 {
    let z = (key ^ (key >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The key of a name: FNV-1a, then mixed. Names are the stable identity of things in a scenario; positions
/// are not, since a what-if may add to them.
#[must_use]
pub const fn name_key(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        i += 1;
    }
    mix(hash.wrapping_add(GOLDEN))
}

/// A key below another.
#[inline]
#[must_use]
pub const fn below(key: u64, index: u64) -> u64 {
    mix(key.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// Uniform bits to hold against running thresholds: never all ones, so always below the last threshold.
#[inline]
#[must_use]
pub const fn lot(key: u64) -> u64 {
    mix(key) & !1
}

/// 64 uniform bits as a number strictly between 0 and 1.
#[inline]
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "52 bits fit a float exactly")]
pub fn unit(bits: u64) -> f64 {
    // The top bits are clear, and a signed conversion is one instruction where an unsigned one is several.
    ((bits >> 12).cast_signed() as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stay_strictly_inside() {
        assert!(unit(0) > 0.0);
        assert!(unit(u64::MAX) < 1.0);
    }

    #[test]
    fn names_have_keys_of_their_own() {
        assert_ne!(name_key("care"), name_key("cara"));
        assert_ne!(name_key(""), 0);
    }

    /// Pearson's chi-squared over 256 cells for each byte of 2^16 keyed draws stepped as a child's draws
    /// are. 99.9999% point of chi-squared with 255 degrees of freedom is about 375 (Wilson and Hilferty),
    /// so the false-alarm rate over 8 bytes is below one in a hundred thousand.
    #[test]
    fn bytes_of_keyed_draws_are_level() {
        let base = name_key("a child");
        for byte in 0..8 {
            let mut cells = [0_u32; 256];
            for draw in 0..65_536_u64 {
                let bits = mix(base.wrapping_add(draw.wrapping_mul(GOLDEN)));
                cells[((bits >> (8 * byte)) & 255) as usize] += 1;
            }
            let chi: f64 = cells.iter().map(|&n| (f64::from(n) - 256.0).powi(2) / 256.0).sum();
            assert!(chi < 375.0, "byte {byte}: chi-squared {chi}");
        }
    }
}
