//! The key arithmetic of [`Stream`] on bare keys, for code that is not yet written in terms of streams.

use crate::stream::Stream;
pub use crate::stream::unit;

/// 2^64 divided by the golden ratio, made odd.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The bits of a stream's child by name.
#[inline]
#[must_use]
pub const fn mix(key: u64) -> u64 {
    Stream::from_key(key).keyed(0).bits()
}

/// The key of a name.
#[must_use]
pub const fn name_key(name: &str) -> u64 {
    Stream::named(name).key()
}

/// A key below another.
#[inline]
#[must_use]
pub const fn below(key: u64, index: u64) -> u64 {
    Stream::from_key(key).nth(index).key()
}

/// Uniform bits that are never all ones.
#[inline]
#[must_use]
pub const fn lot(key: u64) -> u64 {
    Stream::from_key(key).keyed(0).lot()
}
