//! Tables by age in which a band may be divided: a number for the band, or for some whole years of it.

use indexmap::IndexMap;

use super::{At, Problems, ticks};
use crate::pathway::calendar::Tick;
use crate::scenario::AgeSlice;

/// An age band: its name, and from which age to which.
type Band = (String, Tick, Tick);

/// The slices into which the keys of a table divide the bands, youngest first, by name: a band that the table divides by its
/// years (`10-12`, or `13` alone), every other band whole.
pub fn slices(given: &IndexMap<String, f64>, bands: &[Band]) -> Vec<(String, AgeSlice)> {
    let part = |key: &String| {
        let ages = years(key).filter(|_| bands.iter().all(|b| b.0 != *key))?;
        let band = bands.iter().position(|&(_, from, to)| from <= ages.0 && ages.1 <= to)?;
        Some((key.clone(), AgeSlice { band, ages }))
    };
    let mut found: Vec<(String, AgeSlice)> = given.keys().filter_map(part).collect();
    for (band, (name, from, to)) in bands.iter().enumerate() {
        if found.iter().all(|(_, slice)| slice.band != band) || given.contains_key(name) {
            found.push((name.clone(), AgeSlice { band, ages: (*from, *to) }));
        }
    }
    found.sort_by_key(|(_, slice)| slice.ages);
    found
}

/// The same, and what of the keys cannot be is a fault: years that cross the end of a band, and ages that stand there twice.
pub fn checked_slices(
    problems: &mut Problems,
    at: &At,
    given: &IndexMap<String, f64>,
    bands: &[Band],
) -> Vec<(String, AgeSlice)> {
    let slices = slices(given, bands);
    for key in given.keys().filter(|key| years(key).is_some()) {
        let Some((_, here)) = slices.iter().find(|(name, _)| name == key) else {
            problems.unfit(
                &at.key(key),
                format!("`{key}` does not lie within one age band"),
                "Write whole years of one band, such as 10-12 and 13-15 of a band from 10 to 16.",
            );
            continue;
        };
        let meets = |name: &str, other: &AgeSlice| {
            name != key && other.ages.0 < here.ages.1 && here.ages.0 < other.ages.1
        };
        if let Some((other, _)) = slices.iter().find(|(name, slice)| meets(name, slice)) {
            problems.unfit(
                &at.key(key),
                format!("the same ages stand in `{other}`"),
                "Give each age once: the band as a whole, or all of it by years.",
            );
        }
    }
    slices
}

/// From the first birthday of a key such as `10-12` or `13` to the birthday after its last.
fn years(key: &str) -> Option<(Tick, Tick)> {
    let (from, to) = key.split_once('-').unwrap_or((key, key));
    let birthday = |age: &str| age.parse::<u8>().ok().filter(|_| !age.starts_with('+')).map(f64::from);
    let (from, to) = (birthday(from)?, birthday(to)?);
    (from <= to).then(|| (ticks(from * 365.25), ticks((to + 1.0) * 365.25)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_completed_ones() {
        let year = |n: f64| ticks(n * 365.25);
        assert_eq!(years("10-12"), Some((year(10.0), year(13.0))));
        assert_eq!(years("13"), Some((year(13.0), year(14.0))));
        for wrong in ["12-10", "-1-3", "ten", "10-", "+3", "1.5", "10 - 12"] {
            assert_eq!(years(wrong), None, "{wrong}");
        }
    }
}
