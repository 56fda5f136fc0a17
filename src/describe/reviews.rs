//! Reviews of open cases in plain words: how many, who comes first, and what they lead to.

use super::services::{exit, percent, said, stage};
use super::words;
use crate::scenario::file::{Intervention, Number, ReviewOrder, Reviews, ScenarioFile, TimeLaw, Unit};

/// What an intervention's reviews are, a sentence each.
pub(super) fn sentences(file: &ScenarioFile, i: &Intervention, reviews: &Reviews) -> Vec<String> {
    let mut sentences = vec![how_many(reviews)];
    if [i.ramp_up_months, i.fade_months].into_iter().flatten().any(|months| months > 0) {
        sentences.push("While it grows or fades, fewer are reviewed.".to_owned());
    }
    sentences.push(match &reviews.again_after_months {
        None => "Nobody is reviewed by it twice.".to_owned(),
        Some(n) => format!("A child can be reviewed again after {} months.", said(n, words::figure)),
    });
    sentences.push(outcome(file, i, reviews));
    sentences
}

fn how_many(reviews: &Reviews) -> String {
    let order = match reviews.order {
        ReviewOrder::Longest => "those there longest first",
        ReviewOrder::Chance => "drawn by chance",
        ReviewOrder::Cost => "those who cost most a week first",
    };
    match (&reviews.per_month, &reviews.all_by) {
        (_, Some(day)) => {
            let day = words::read_day(day).map_or_else(|| day.clone(), words::day);
            format!("All of them are reviewed by {day}, in equal parts from month to month, {order}.")
        }
        (Some(n), None) => format!("{} of them are reviewed a month, {order}.", said(n, words::figure)),
        (None, None) => String::new(),
    }
}

fn outcome(file: &ScenarioFile, i: &Intervention, reviews: &Reviews) -> String {
    let from = i.reaches.as_ref().map(|reach| reach.stage.as_str());
    let quoted = |title: &str| format!("\u{201c}{}\u{201d}", words::within(title));
    let who = match &reviews.share {
        None => "All those reviewed".to_owned(),
        Some(n) => format!("Of those reviewed, {}", percent(n)),
    };
    let what = match reviews.leads_to.as_deref() {
        Some(state) if state.contains('.') => format!("go to {}", quoted(&stage(file, state))),
        Some(name) => format!("leave by {}", quoted(&exit(file, from, name))),
        None => "have their exit and its time drawn again".to_owned(),
    };
    match &reviews.after {
        None => format!("{who} {what} at once."),
        Some(law) => format!("{who} {what} after {}, unless they leave before.", length(law)),
    }
}

/// How long something takes: "3 months", "a mean of 90 days (gamma law, shape 2)".
fn length(law: &TimeLaw) -> String {
    let figure = |n: &Number| said(n, words::figure);
    let all_times = |n: &Option<Number>| {
        n.as_ref().map_or_else(String::new, |n| format!(", all multiplied by {}", figure(n)))
    };
    match law {
        TimeLaw::Fixed { length, unit } => format!("{} {}", figure(length), word(*unit)),
        TimeLaw::Exponential { mean, unit } => {
            format!("a mean of {} {} (exponential law)", figure(mean), word(*unit))
        }
        TimeLaw::Gamma { shape, mean, unit } => {
            format!("a mean of {} {} (gamma law, shape {})", figure(mean), word(*unit), figure(shape))
        }
        TimeLaw::Weibull { shape, scale, median, unit } => {
            let (what, n) =
                if let Some(n) = scale { ("scale", Some(n)) } else { ("median", median.as_ref()) };
            let n = n.map_or_else(String::new, figure);
            format!("a {what} of {n} {} (Weibull law, shape {})", word(*unit), figure(shape))
        }
        TimeLaw::Lognormal { median, sigma, unit } => {
            format!(
                "a median of {} {} (lognormal law, spread {})",
                figure(median),
                word(*unit),
                figure(sigma)
            )
        }
        TimeLaw::Triangular { low, mode, high, times, unit } => {
            let [low, mode, high] = [low, mode, high].map(|x| words::figure(*x));
            let times = all_times(times);
            format!("{low} to {high} {}, most often {mode} (triangular law{times})", word(*unit))
        }
        TimeLaw::Quantiles { points, times, unit } => {
            let point = |[share, length]: &[f64; 2]| {
                format!("{}% by {}", words::figure(share * 100.0), words::figure(*length))
            };
            let points: Vec<String> = points.iter().map(point).collect();
            format!("a time by quantiles, in {} ({}{})", word(*unit), points.join(", "), all_times(times))
        }
        TimeLaw::UntilAge { age } => format!("the age of {}", words::figure(*age)),
    }
}

fn word(unit: Unit) -> &'static str {
    match unit {
        Unit::Days => "days",
        Unit::Weeks => "weeks",
        Unit::Months => "months",
        Unit::Years => "years",
    }
}
