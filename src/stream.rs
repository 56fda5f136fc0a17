//! Random numbers that are keyed, not sequential: each is a pure function of what it decides.
//!
//! Two scenarios that ask the same question about the same child get the same answer, whatever else happened
//! before, on any thread, in any order (common random numbers).
//!
//! A [`Stream`] is a place in a tree: it has children by name and by number, 64 uniform bits of its own, and a
//! [generator](Stream::rng) that implements the traits of the `rand` crate, so that any law of `rand_distr` can be
//! drawn from it. How many numbers a law takes from its generator changes nothing elsewhere in the tree.
//!
//! ```
//! use carecast::stream::Stream;
//! use rand_distr::{Distribution, Poisson};
//!
//! let child = Stream::named("chance").nth(2026).child("family").nth(17);
//! let visits = Poisson::new(2.5)?.sample(&mut child.child("visits").rng());
//! let stays = child.child("stays").unit() < 0.8;
//! assert_eq!(stays, child.child("stays").unit() < 0.8, "asked again, it answers the same");
//! # let _ = visits;
//! # Ok::<(), rand_distr::PoissonError>(())
//! ```

use std::convert::Infallible;

use rand::TryRng;
use rand::rand_core::utils::fill_bytes_via_next_word;

/// 2^64 divided by the golden ratio, made odd: steps by it never repeat within 2^64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
/// generators"): a bijection of 64 bits in which every input bit moves every output bit.
#[inline]
const fn mix(key: u64) -> u64 {
    let z = (key ^ (key >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A keyed stream of random numbers.
///
/// The bits of a stream, its children and its generator may all be used: they do not depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stream {
    key: u64,
}

impl Stream {
    /// The stream of a key that is uniform already, such as one that [`Stream::key`] gave.
    #[inline]
    #[must_use]
    pub const fn from_key(key: u64) -> Self {
        Self { key }
    }

    /// A root by name: FNV-1a (Fowler, Noll and Vo), then mixed. Names are the stable identity of things in a
    /// scenario; positions are not, since a what-if may add to them.
    ///
    /// Give a root a number, such as the seed, before children by name: keys are added before they are mixed, so
    /// that `named("a").child("b")` is `named("b").child("a")`.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        let bytes = name.as_bytes();
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01B3);
            i += 1;
        }
        Self { key: mix(hash.wrapping_add(GOLDEN)) }
    }

    /// The key, to be kept where only a number fits.
    #[inline]
    #[must_use]
    pub const fn key(self) -> u64 {
        self.key
    }

    /// The child of a name.
    #[must_use]
    pub const fn child(self, name: &str) -> Self {
        self.keyed(Self::named(name).key)
    }

    /// The child of a name whose key was worked out before: `s.keyed(Stream::named("x").key())` is
    /// `s.child("x")`.
    #[inline]
    #[must_use]
    pub const fn keyed(self, name: u64) -> Self {
        Self { key: mix(self.key.wrapping_add(name)) }
    }

    /// The child of a number: the numbers that `SplitMix64` gives, seeded with the key, in any order.
    #[inline]
    #[must_use]
    pub const fn nth(self, number: u64) -> Self {
        Self { key: mix(self.shifted(0, number.wrapping_add(1)).key) }
    }

    /// Adds the key of a name and a number without mixing them in: cheaper than `keyed(name).nth(number)` where a
    /// child by name follows at once. What this gives is no uniform itself.
    #[inline]
    #[must_use]
    pub const fn shifted(self, name: u64, number: u64) -> Self {
        Self { key: self.key.wrapping_add(name).wrapping_add(number.wrapping_mul(GOLDEN)) }
    }

    /// 64 uniform bits.
    #[inline]
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.key
    }

    /// Uniform bits to hold against running thresholds: never all ones, so always below the last threshold.
    #[inline]
    #[must_use]
    pub const fn lot(self) -> u64 {
        self.key & !1
    }

    /// A uniform strictly between 0 and 1.
    #[inline]
    #[must_use]
    pub fn unit(self) -> f64 {
        unit(self.key)
    }

    /// A generator for laws that take as many numbers as they please.
    #[must_use]
    pub const fn rng(self) -> StreamRng {
        StreamRng { stream: self.child("generator"), drawn: 0 }
    }
}

/// 64 uniform bits as a number strictly between 0 and 1.
#[inline]
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "52 bits fit a float exactly")]
pub fn unit(bits: u64) -> f64 {
    // The top bits are clear, and a signed conversion is one instruction where an unsigned one is several.
    ((bits >> 12).cast_signed() as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

/// A counter-based generator: number n is a function of the stream's key and n alone. It is `SplitMix64`, of period
/// 2^64; not for secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRng {
    stream: Stream,
    drawn: u64,
}

impl TryRng for StreamRng {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let bits = self.stream.nth(self.drawn).bits();
        self.drawn = self.drawn.wrapping_add(1);
        Ok(bits)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt};
    use rand_distr::{Distribution, Exp1};

    use super::*;

    #[test]
    fn units_stay_strictly_inside() {
        assert!(unit(0) > 0.0);
        assert!(unit(u64::MAX) < 1.0);
    }

    #[test]
    fn a_lot_is_below_all_ones() {
        assert_eq!(Stream::from_key(u64::MAX).lot(), u64::MAX - 1);
    }

    #[test]
    fn names_have_keys_of_their_own() {
        assert_ne!(Stream::named("care"), Stream::named("cara"));
        assert_ne!(Stream::named("").key(), 0);
        let root = Stream::named("root").nth(1);
        assert_ne!(root.child("a").child("b"), root.child("b").child("a"));
    }

    /// The first numbers of `SplitMix64` seeded with 1234567, as published with its C source (Vigna 2015,
    /// `prng.di.unimi.it/splitmix64.c`) on Rosetta Code.
    #[test]
    fn children_by_number_are_splitmix64() {
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!([0, 1, 2, 3, 4].map(|n| Stream::from_key(1_234_567).nth(n).bits()), published);
    }

    /// Every simulated future hangs on these.
    #[test]
    fn keys_are_pinned_to_the_bit() {
        let stream = Stream::named("chance").nth(7).child("exit");
        assert_eq!(Stream::named("chance").key(), 0x83a2_d27f_9214_618a);
        assert_eq!(stream.shifted(5, 2).child("price").bits(), 0x8bdd_fc06_92ab_ee1c);
        assert_eq!(stream.rng().next_u64(), 0x03d0_a1d3_170e_eb0d);
        assert_eq!(
            Stream::named("x").nth(3).keyed(Stream::named("y").key()),
            Stream::named("x").nth(3).child("y")
        );
    }

    #[test]
    fn a_generator_disturbs_nothing_and_starts_afresh() {
        let stream = Stream::named("a child");
        let mut rng = stream.rng();
        let few: Vec<f64> = (0..3).map(|_| Exp1.sample(&mut rng)).collect();
        let more: Vec<f64> = Exp1.sample_iter(stream.rng()).take(1000).collect();
        assert_eq!(few, more[..3]);
        assert_ne!(stream.rng().next_u64(), stream.nth(0).bits());
        assert_ne!(stream.rng().random::<u64>(), stream.child("else").rng().random::<u64>());
    }

    #[test]
    fn bytes_are_those_of_the_numbers_in_little_endian_order() {
        let mut bytes = [0; 11];
        Stream::named("bytes").rng().fill_bytes(&mut bytes);
        let mut rng = Stream::named("bytes").rng();
        let words = [rng.next_u64().to_le_bytes(), rng.next_u64().to_le_bytes()].concat();
        assert_eq!(bytes, words[..11]);
        assert_eq!(
            u64::from(Stream::named("bytes").rng().next_u32()),
            Stream::named("bytes").rng().next_u64() >> 32
        );
    }

    /// Pearson's chi-squared over 256 cells for each byte of 2^16 keyed draws, stepped as a child's draws
    /// are. The 99.9999% point of chi-squared with 255 degrees of freedom is about 375 (Wilson and Hilferty),
    /// so the false-alarm rate over 8 bytes is below one in a hundred thousand.
    #[test]
    fn bytes_of_keyed_draws_are_level() {
        let base = Stream::named("a child");
        for byte in 0..8 {
            let mut cells = [0_u32; 256];
            for draw in 0..65_536_u64 {
                let bits = base.shifted(0, draw).keyed(0).bits();
                cells[((bits >> (8 * byte)) & 255) as usize] += 1;
            }
            let chi: f64 = cells.iter().map(|&n| (f64::from(n) - 256.0).powi(2) / 256.0).sum();
            assert!(chi < 375.0, "byte {byte}: chi-squared {chi}");
        }
    }
}
