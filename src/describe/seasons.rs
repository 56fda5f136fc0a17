//! When in the year children arrive, in plain words.

use time::Month;

use super::words;

/// A sentence on the months in which more or fewer arrive; none where all days are alike.
pub(super) fn sentence(factors: &[f64; 12]) -> Option<String> {
    let levels = grouped(factors);
    let (none, some): (Vec<_>, Vec<_>) = levels.into_iter().partition(|level| level.0 == 0.0);
    let names = |level: &Level| words::and(&level.1);
    match (&none[..], &some[..]) {
        ([], [_]) => None,
        (_, [all]) => Some(format!("They arrive in {} only.", names(all))),
        (_, most) => {
            let nobody = none.first().map(|level| format!(" Nobody arrives in {}.", names(level)));
            let each = most.iter().map(in_months).collect::<Vec<_>>().join("; ");
            Some(format!(
                "By season, a day brings so many times as many as in a level year: {}.{}",
                each,
                nobody.unwrap_or_default()
            ))
        }
    }
}

/// The factors with their months, for a sentence of their own.
pub(super) fn levels(factors: &[f64]) -> String {
    match &grouped(factors)[..] {
        [_] => "every month alike".to_owned(),
        levels => levels.iter().map(in_months).collect::<Vec<_>>().join("; "),
    }
}

/// A factor and the months that have it.
type Level = (f64, Vec<String>);

fn grouped(factors: &[f64]) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    // The factors of a file begin with January.
    for (factor, month) in factors.iter().zip((0..12).map(|month| Month::January.nth_next(month))) {
        match levels.iter_mut().find(|level| level.0 == *factor) {
            Some(level) => level.1.push(month.to_string()),
            None => levels.push((*factor, vec![month.to_string()])),
        }
    }
    levels
}

fn in_months((factor, months): &Level) -> String {
    format!("{} in {}", words::figure(*factor), words::and(months))
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn seasons_are_told_in_words() {
        let mut factors = [0.0; 12];
        factors[1] = 12.0;
        assert_eq!(sentence(&factors).as_deref(), Some("They arrive in February only."));
        factors = [6.0, 6.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(sentence(&factors).as_deref(), Some("They arrive in January and February only."));
        assert_eq!(sentence(&[1.0; 12]), None);
        factors = [1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.9];
        assert_eq!(
            sentence(&factors).as_deref(),
            Some(
                "By season, a day brings so many times as many as in a level year: 1.1 in January; 1 in February, March, \
                 April, May, June, July, September, October and November; 1.9 in December. Nobody arrives in August."
            )
        );
    }
}
