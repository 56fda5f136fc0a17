//! Numbers, dates and ranges in the words that committees read.

use time::Date;

use crate::experiment::summary::{Measure, Spread};
use crate::pathway::calendar::{self, Period};
pub use crate::scenario::check::parse_date as read_day;

/// A dash that stands for "less than nothing", as wide as a digit.
pub const MINUS: char = '\u{2212}';

/// Beyond this a number is written as a power of ten: no count or sum of money is as large.
const HUGE: f64 = 1e15;

/// A whole number with thousands separated: 1,063.
#[must_use]
pub fn count(x: f64) -> String {
    let sign = if x.round() < 0.0 { MINUS.to_string() } else { String::new() };
    format!("{sign}{}", magnitude(x))
}

/// A change in a number, with its sign: +12.
#[must_use]
pub fn count_change(x: f64) -> String {
    let sign = if x.round() > 0.0 { "+" } else { "" };
    format!("{sign}{}", count(x))
}

/// Pounds, as short as a committee needs: £146.3m, £520,000.
#[must_use]
pub fn money(x: f64) -> String {
    let sign = if x <= -0.5 { MINUS.to_string() } else { String::new() };
    format!("{sign}{}", pounds(x.abs()))
}

/// A change in pounds, with its sign: +£1.2m.
#[must_use]
pub fn money_change(x: f64) -> String {
    let sign = if x >= 0.5 { "+" } else { "" };
    format!("{sign}{}", money(x))
}

/// A price that somebody has set: £1,500, £1.32m.
#[must_use]
pub fn price(x: f64) -> String {
    if x.abs() < 1e6 {
        let sign = if x < 0.0 { MINUS.to_string() } else { String::new() };
        format!("{sign}\u{a3}{}", figure(x.abs()))
    } else {
        round_money(x)
    }
}

/// Round pounds, such as scales have: £2.5m, £120m.
#[must_use]
pub fn round_money(x: f64) -> String {
    let sign = if x <= -0.5 { MINUS.to_string() } else { String::new() };
    let size = x.abs();
    let in_units = |unit: f64, name: &str| format!("{sign}\u{a3}{}{name}", figure(size / unit));
    match size {
        1e6..1e9 => in_units(1e6, "m"),
        1e9..HUGE => in_units(1e9, "bn"),
        _ => money(x),
    }
}

/// A round change in pounds, with its sign.
#[must_use]
pub fn round_money_change(x: f64) -> String {
    let sign = if x >= 0.5 { "+" } else { "" };
    format!("{sign}{}", round_money(x))
}

fn pounds(x: f64) -> String {
    if !x.is_finite() || x >= HUGE {
        format!("\u{a3}{}", magnitude(x))
    } else if x >= 999_950_000.0 {
        format!("\u{a3}{}bn", tenths(x / 1e9))
    } else if x >= 999_500.0 {
        format!("\u{a3}{}m", tenths(x / 1e6))
    } else if x >= 9_999.5 {
        format!("\u{a3}{}", magnitude((x / 1e3).round() * 1e3))
    } else {
        format!("\u{a3}{}", magnitude(x))
    }
}

fn tenths(x: f64) -> String {
    let text = format!("{x:.1}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    format!("{}.{part}", separated(whole))
}

/// A whole number without its sign.
fn magnitude(x: f64) -> String {
    if !x.is_finite() {
        return "not known".to_owned();
    }
    if x.abs() >= HUGE { format!("{:.1e}", x.abs()) } else { separated(&format!("{:.0}", x.abs().round())) }
}

fn separated(digits: &str) -> String {
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Days to a tenth: 12.5 days.
fn in_days(x: f64) -> String {
    let sign = if x <= -0.05 { MINUS.to_string() } else { String::new() };
    format!("{sign}{} days", tenths(x.abs()))
}

/// A number in the unit of a measure: pounds, per cent, days or a count.
#[must_use]
pub fn amount(measure: Measure, x: f64) -> String {
    match measure {
        Measure::Cost => money(x),
        Measure::Use => format!("{}%", count(x)),
        Measure::Wait => in_days(x),
        Measure::Stock | Measure::Flow | Measure::Days => count(x),
    }
}

/// A change in the unit of a measure.
#[must_use]
pub fn change(measure: Measure, x: f64) -> String {
    match measure {
        Measure::Cost => money_change(x),
        Measure::Use => format!("{} percentage points", count_change(x)),
        Measure::Wait => format!("{}{}", if x >= 0.05 { "+" } else { "" }, in_days(x)),
        Measure::Stock | Measure::Flow | Measure::Days => count_change(x),
    }
}

/// The middle eight in ten: 960 to 1,310.
#[must_use]
pub fn range(measure: Measure, s: &Spread) -> String {
    format!("{} to {}", amount(measure, s.p10), amount(measure, s.p90))
}

/// The middle eight in ten of a change: −140 to −51.
#[must_use]
pub fn change_range(measure: Measure, s: &Spread) -> String {
    format!("{} to {}", change(measure, s.p10), change(measure, s.p90))
}

/// A change in words, without its sign: "93 fewer", "£1.2m more".
#[must_use]
pub fn fewer_or_more(measure: Measure, x: f64) -> String {
    let is_counted = matches!(measure, Measure::Stock | Measure::Flow | Measure::Days);
    let (less, more) = if is_counted { ("fewer", "more") } else { ("less", "more") };
    let size = amount(measure, x.abs());
    if size == amount(measure, 0.0) {
        "no change".to_owned()
    } else {
        format!("{size} {}", if x < 0.0 { less } else { more })
    }
}

/// What is counted, after a number of it: "93 children looked after", "1 child looked after".
#[must_use]
pub fn counted(x: f64, title: &str) -> String {
    let name = within(title);
    match name.strip_prefix("children") {
        Some(rest) if count(x.abs()) == "1" => format!("child{rest}"),
        _ => name,
    }
}

/// The middle eight in ten of a change in words: "140 to 51 fewer", "12 fewer to 3 more".
#[must_use]
pub fn fewer_or_more_range(measure: Measure, s: &Spread) -> String {
    let (low, high) = (fewer_or_more(measure, s.p10), fewer_or_more(measure, s.p90));
    if low == high {
        return low;
    }
    let word = |text: &str| text.rsplit(' ').next().unwrap_or_default().to_owned();
    if word(&low) == word(&high) && word(&low) != "change" {
        let small = |x: f64| amount(measure, x.abs());
        let (a, b) = if s.p10.abs() <= s.p90.abs() { (s.p10, s.p90) } else { (s.p90, s.p10) };
        format!("{} to {} {}", small(a), small(b), word(&low))
    } else {
        format!("{low} to {high}")
    }
}

/// Years of age from one birthday to the day before another.
#[must_use]
pub fn age_band([from, to]: [f64; 2], name: &str) -> String {
    if from < 0.0 && to <= 0.0 {
        "Not yet born".to_owned()
    } else if from <= 0.0 {
        format!("Under {}", figure(to))
    } else if from.fract() != 0.0 || to.fract() != 0.0 {
        opening(&name.replace('_', " "))
    } else if to - from > 1.0 {
        format!("{} to {}", figure(from), figure(to - 1.0))
    } else {
        figure(from)
    }
}

/// 31 March 2030.
#[must_use]
pub fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), date.month(), date.year())
}

/// Mar 2030.
#[must_use]
pub fn month(date: Date) -> String {
    let name = date.month().to_string();
    format!("{} {}", &name[..3], date.year())
}

/// March 2030.
#[must_use]
pub fn month_in_full(date: Date) -> String {
    format!("{} {}", date.month(), date.year())
}

/// The financial year that a day is in: 2029-30.
#[must_use]
pub fn financial_year(date: Date) -> String {
    calendar::financial_year_name(calendar::financial_year(date))
}

/// A financial year, 2029-30, or from when to when it is simulated, Oct 2029 to Mar 2030.
#[must_use]
pub fn period(period: &Period) -> String {
    if period.is_whole() { financial_year(period.to) } else { months(period) }
}

/// Oct 2029 to Mar 2030.
#[must_use]
pub fn months(period: &Period) -> String {
    let (from, to) = (month(period.from), month(period.to));
    if from == to { to } else { format!("{from} to {to}") }
}

/// The calendar year in which a day's financial year ends.
#[must_use]
pub fn ending(date: Date) -> i32 {
    calendar::financial_year(date) + 1
}

/// As the text stands within a sentence: "Children looked after" loses its capital, "UASC" keeps its own.
#[must_use]
pub fn within(text: &str) -> String {
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    match (first, second) {
        (Some(a), Some(b)) if a.is_uppercase() && (b.is_lowercase() || b == ' ') => {
            a.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

/// As the text stands at the start of a sentence.
pub fn opening(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// One, two and three.
#[must_use]
pub fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// How often a change is below nothing, as far as its percentiles tell.
#[must_use]
pub fn how_often_lower(s: &Spread) -> &'static str {
    if s.p97_5 < 0.0 {
        "lower in at least 97 futures in 100"
    } else if s.p90 < 0.0 {
        "lower in at least nine futures in ten"
    } else if s.p75 < 0.0 {
        "lower in at least three futures in four"
    } else if s.p50 < 0.0 {
        "lower in more than half of the futures, but not in three quarters of them"
    } else if s.p2_5 > 0.0 {
        "higher in at least 97 futures in 100"
    } else if s.p10 > 0.0 {
        "higher in at least nine futures in ten"
    } else if s.p25 > 0.0 {
        "higher in at least three futures in four"
    } else if s.p50 > 0.0 {
        "higher in more than half of the futures, but not in three quarters of them"
    } else {
        "neither lower nor higher in more than half of the futures"
    }
}

/// A number that went in, as its author would write it: 0.496, 12,140.
#[must_use]
pub fn figure(x: f64) -> String {
    if !x.is_finite() {
        return "not known".to_owned();
    }
    if x.abs() >= HUGE || (x != 0.0 && x.abs() < 1e-4) {
        return format!("{x:.1e}").replace('-', &MINUS.to_string());
    }
    let text = format!("{:.4}", x.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let sign = if x < 0.0 { MINUS.to_string() } else { String::new() };
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{part}", separated(whole))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::record::fixture::spread;

    #[test]
    fn counts_have_their_thousands_separated() {
        assert_eq!([0.4, 999.5, 12_345.0, -1_063.2].map(count), ["0", "1,000", "12,345", "−1,063"]);
        assert_eq!([12.0, -12.0, -0.2].map(count_change), ["+12", "−12", "0"]);
        assert_eq!(count(f64::MAX), "1.8e308");
    }

    #[test]
    fn money_is_as_short_as_a_committee_needs() {
        assert_eq!(
            [0.2, 812.0, 1_499.0, 12_345.0, 519_900.0, 999_600.0, 146_290_000.0, 1_234_000_000.0].map(money),
            ["£0", "£812", "£1,499", "£12,000", "£520,000", "£1.0m", "£146.3m", "£1.2bn"]
        );
        assert_eq!([-5_240_000.0, 5_240_000.0, 0.0].map(money_change), ["−£5.2m", "+£5.2m", "£0"]);
        assert_eq!(
            [1_250_000.0, 120e6, -2.5e6, 250e3].map(round_money),
            ["£1.25m", "£120m", "−£2.5m", "£250,000"]
        );
    }

    #[test]
    fn numbers_that_went_in_keep_their_digits() {
        assert_eq!(
            [0.496, 12_140.0, -0.05, 0.0, 1e-6].map(figure),
            ["0.496", "12,140", "−0.05", "0", "1.0e−6"]
        );
    }

    #[test]
    fn changes_are_said_in_words() {
        let of = |mean: f64, sd: f64| fewer_or_more_range(Measure::Stock, &spread(mean, sd));
        assert_eq!(of(-93.0, 30.0), "55 to 131 fewer");
        assert_eq!(of(93.0, 30.0), "55 to 131 more");
        assert_eq!(of(-3.0, 10.0), "16 fewer to 10 more");
        assert_eq!(of(0.0, 0.0), "no change");
        assert_eq!(fewer_or_more(Measure::Cost, -5.2e6), "£5.2m less");
        assert_eq!([amount(Measure::Use, 86.6), amount(Measure::Wait, 1234.56)], ["87%", "1,234.6 days"]);
        assert_eq!(change(Measure::Use, -3.2), "−3 percentage points");
        assert_eq!(
            [0.5, -0.5, 0.01].map(|x| change(Measure::Wait, x)),
            ["+0.5 days", "−0.5 days", "0.0 days"]
        );
        assert_eq!(counted(-1.2, "Children looked after"), "child looked after");
        assert_eq!([counted(0.0, "Children in need"), counted(1.0, "UASC")], ["children in need", "UASC"]);
    }

    #[test]
    fn how_often_follows_from_the_percentiles() {
        let of = |mean: f64| how_often_lower(&spread(mean, 10.0));
        assert_eq!(of(-20.0), "lower in at least 97 futures in 100");
        assert_eq!(of(-13.0), "lower in at least nine futures in ten");
        assert_eq!(of(-7.0), "lower in at least three futures in four");
        assert!(of(-1.0).starts_with("lower in more than half"));
        assert_eq!(of(0.0), "neither lower nor higher in more than half of the futures");
        assert!(of(1.0).starts_with("higher in more than half"));
        assert_eq!(of(20.0), "higher in at least 97 futures in 100");
    }

    #[test]
    fn financial_years_are_read_and_written() {
        assert_eq!(financial_year(date!(2030 - 03 - 31)), "2029-30");
        assert_eq!(financial_year(date!(2030 - 04 - 01)), "2030-31");
        assert_eq!(financial_year(date!(2000 - 03 - 31)), "1999-00");
        assert_eq!(read_day("2026-01-15"), Some(date!(2026 - 01 - 15)));
        assert_eq!([read_day("2026-02-30"), read_day("2026"), read_day("")], [None; 3]);
    }

    #[test]
    fn titles_find_their_place_in_a_sentence() {
        assert_eq!(within("Children looked after"), "children looked after");
        assert_eq!(within("UASC"), "UASC");
        assert_eq!([within(""), opening("")], ["", ""]);
        assert_eq!(opening("\u{e9}tude"), "\u{c9}tude");
        assert_eq!(and(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
