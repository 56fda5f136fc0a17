//! What a value that TOML does not know most likely means: pounds, percentages, thousands, ranges, dates.

use time::{Date, Month};

use super::super::fault::Told;
use super::quoted;

/// How a date is written.
const ISO: &str = "Write a date as year-month-day, with two digits each for month and day: 2026-04-01.";
/// Signs that look like a minus and are none: hyphens, dashes and the minus of typesetters.
const DASHES: [char; 9] = ['‐', '‑', '‒', '–', '—', '―', '−', '﹣', '-'];
/// Signs of arithmetic besides the minus.
const SIGNS: [char; 5] = ['+', '*', '×', '/', '÷'];
/// Quotation marks that word processors make.
const CURLY: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];

/// What is wrong with a value that stands without quotation marks and is no number, and what to write instead.
pub(super) fn meant(found: &str) -> Told {
    let found = &*quoted(found);
    truth(found)
        .or_else(|| curly(found))
        .or_else(|| semicolon(found))
        .or_else(|| date(found))
        .or_else(|| around(found))
        .or_else(|| range(found))
        .or_else(|| sum(found))
        .or_else(|| number_told(found))
        .or_else(|| about(found))
        .or_else(|| nothing(found))
        .unwrap_or_else(|| text(found))
}

/// What to write for a percentage that stands where something is multiplied: 10% there may be meant as a tenth more or a tenth
/// fewer, and as a fraction would leave a tenth.
pub fn factor_meant(key: &str, found: &str) -> Option<String> {
    let found = found.trim();
    let is_percentage = found.ends_with('%') || found.ends_with("cent");
    let part = plain_number(found).filter(|part| *part != 0.0 && part.abs() < 1.0)?;
    if !key.ends_with("_times") || !is_percentage {
        return None;
    }
    if part < 0.0 {
        return Some(format!("Write what it is multiplied by: {found} is {}.", in_full(tidy(1.0 + part))));
    }
    Some(format!(
        "Write what it is multiplied by: {found} more is {}, {found} fewer or shorter is {}.",
        in_full(tidy(1.0 + part)),
        in_full(tidy(1.0 - part))
    ))
}

/// What to write for a text that stands where a number belongs.
pub fn number_meant(found: &str) -> Option<String> {
    let number = || plain_number(found.trim()).map(|number| format!("Write {}, without", in_full(number)));
    let worked_out =
        || Some(format!("Sums are not worked out here. Write {}, without", in_full(result(found.trim())?)));
    number().or_else(worked_out).map(|help| format!("{help} quotation marks."))
}

/// What to write for a text that stands where a range may.
pub fn range_meant(found: &str) -> Option<String> {
    let best = around(found.trim()).map(|(_, help)| help);
    best.or_else(|| between(found.trim()).map(|(low, high)| ranged(low, high)))
}

/// What to write for a text that stands where a date belongs, if the day that is meant is plain.
pub fn date_meant(found: &str) -> Option<String> {
    day_meant(&date_parts(found.trim()), found).map(written)
}

/// The day that a number of eight digits stands for, such as 20260401.
pub fn day_in_digits(number: i64) -> Option<String> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let written = format!("{year:04}-{month:02}-{day:02}");
    crate::scenario::check::parse_date(&written).map(|_| written)
}

fn truth(found: &str) -> Option<Told> {
    let is_word = matches!(found.to_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off");
    is_word.then(|| (neither(found), "Write true or false, in small letters.".into()))
}

fn neither(found: &str) -> String {
    format!("`{found}` is neither a number nor a text in quotation marks")
}

fn curly(found: &str) -> Option<Told> {
    let inner = found.starts_with(CURLY).then(|| found.trim_matches(CURLY))?;
    let help = format!("Use straight quotation marks: \"{inner}\". Word processors make curly ones.");
    Some((neither(found), help))
}

fn semicolon(found: &str) -> Option<Told> {
    let value = found.strip_suffix(';').filter(|value| plain_number(value).is_some())?;
    Some((format!("there is a `;` after {value}"), "Take it out: nothing stands after a value.".into()))
}

fn nothing(found: &str) -> Option<Told> {
    let is_word =
        matches!(found.to_lowercase().as_str(), "none" | "null" | "nil" | "n/a" | "na" | "-" | "tbc" | "?");
    is_word.then(|| (format!("`{found}` is no value"), "Write a value, or put # before the line.".into()))
}

fn text(found: &str) -> Told {
    let help = format!("A text stands between quotation marks: \"{}\".", found.replace('"', ""));
    if found.contains('"') {
        return ("a text has only one quotation mark of a pair".into(), help);
    }
    let is_number = found.starts_with(|c: char| c.is_ascii_digit() || c == '£' || DASHES.contains(&c));
    if is_number {
        let help = format!(
            "A number has digits alone, and a point before decimals. A text stands between quotation marks: \"{found}\"."
        );
        return (neither(found), help);
    }
    (neither(found), help)
}

/// A date, a month or a financial year, as people write them.
fn date(found: &str) -> Option<Told> {
    let parts = date_parts(found);
    if let [year, next] = parts[..]
        && is_next_year(year, next)
    {
        let help = format!("Write a financial year between quotation marks: \"{year}-{next}\".");
        return Some((format!("`{found}` is not a date"), help));
    }
    if let Some(date) = day_meant(&parts, found) {
        let has_dashes = found.contains(|c| c != '-' && DASHES.contains(&c));
        return Some(if has_dashes && parts[0].len() == 4 {
            (format!("`{found}` has dashes for hyphens"), format!("Use ordinary hyphens: {date}."))
        } else {
            (format!("`{found}` is not the way to write a date"), written(date))
        });
    }
    let is_wordy = found.contains(|c: char| c.is_ascii_digit()) && has_month(&parts);
    let has_three = parts.len() == 3 && !found.contains(' ') && parts.iter().all(|part| is_digits(part));
    (is_wordy || has_three).then(|| (format!("`{found}` is not a date"), ISO.into()))
}

fn written(date: Date) -> String {
    format!("Write the date as year-month-day: {date}.")
}

/// The parts of a date; none of anything with signs of more than one kind between them, such as `1-0.2`.
fn date_parts(found: &str) -> Vec<&str> {
    let kinds = [found.contains('/'), found.contains('.'), found.contains(DASHES)];
    if kinds.into_iter().filter(|has| *has).count() > 1 {
        return Vec::new();
    }
    let is_between = |c: char| "/. ".contains(c) || DASHES.contains(&c);
    found.split(is_between).filter(|part| !part.is_empty()).collect()
}

fn has_month(parts: &[&str]) -> bool {
    parts.iter().any(|part| month_named(part).is_some())
}

/// The day that is meant by numbers and names of months: the first of a month without a day.
fn day_meant(parts: &[&str], found: &str) -> Option<Date> {
    match *parts {
        [year, month] if year.len() == 4 && !found.contains([' ', '.']) => day_of(year, month, "1"),
        [month, year] if has_month(parts) || found.contains('/') => day_of(year, month, "1"),
        [first, month, year] if year.len() == 4 || first.len() < 4 => day_of(&full_year(year), month, first),
        [year, month, day] => day_of(year, month, day),
        _ => None,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn full_year(year: &str) -> String {
    if year.len() == 2 { format!("20{year}") } else { year.to_owned() }
}

/// Whether two numbers are a financial year: 2024 and 25, 2024 and 2025.
fn is_next_year(year: &str, next: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| is_digits(text));
    let (Some(first), Some(second)) = (number(year), number(next)) else { return false };
    year.len() == 4
        && (next.len() == 2 && (first + 1) % 100 == second || next.len() == 4 && first + 1 == second)
}

fn day_of(year: &str, month: &str, day: &str) -> Option<Date> {
    let by_number = || Month::try_from(month.parse::<u8>().ok()?).ok();
    let month = month_named(month).or_else(by_number)?;
    let day = day.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let year = year.parse().ok().filter(|year| (1900..2200).contains(year))?;
    Date::from_calendar_date(year, month, day.parse().ok()?).ok()
}

/// The month that a word or its first letters name.
fn month_named(word: &str) -> Option<Month> {
    let word = word.to_lowercase();
    let is_it = |month: &Month| month.to_string().to_lowercase().starts_with(&word);
    let mut months = (1..=12).filter_map(|number| Month::try_from(number).ok());
    months.find(|month| word.len() >= 3 && is_it(month))
}

/// Two numbers that stand for a range.
fn range(found: &str) -> Option<Told> {
    let (low, high) = between(found)?;
    Some((format!("`{found}` is not the way to write a range"), ranged(low, high)))
}

/// A number with how far it may be off, `0.7 +- 0.2`, or with its range behind it, `0.8 (0.7-0.9)`.
fn around(found: &str) -> Option<Told> {
    let off = ["+-", "+/-", "±"].iter().find_map(|sign| {
        let (best, off) = found.split_once(sign)?;
        let (best, off) = (plain_number(best.trim())?, plain_number(off.trim())?);
        (off > 0.0).then(|| (best, tidy(best - off), tidy(best + off)))
    });
    let behind = || {
        let (best, range) = found.strip_suffix([')', ']'])?.split_once(['(', '['])?;
        let (low, high) = between(range.trim())?;
        let best = plain_number(best.trim())?;
        (low <= best && best <= high).then_some((best, low, high))
    };
    let (best, low, high) = off.or_else(behind)?;
    let help = format!("Write `{{ best = {best}, low = {low}, high = {high} }}`.");
    Some((format!("`{found}` is not the way to write a range"), help))
}

/// A number with a word or sign around it: `~120`, `circa 120`, `(120)`, `120/yr`.
fn about(found: &str) -> Option<Told> {
    let bare = found.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let bare = bare.or_else(|| {
        ["~", "≈", "circa", "about", "ca.", "c."].iter().find_map(|word| found.strip_prefix(word))
    });
    let per = || {
        found
            .split_once('/')
            .filter(|(_, unit)| unit.trim().starts_with(char::is_alphabetic))
            .map(|parts| parts.0)
    };
    let number = plain_number(bare.or_else(per)?.trim())?;
    Some((neither(found), format!("Write the number alone: {}.", in_full(number))))
}

fn ranged(low: f64, high: f64) -> String {
    let best = tidy(f64::midpoint(low, high));
    format!(
        "Write `{{ best = {best}, low = {low}, high = {high} }}`, with your own best estimate for {best}."
    )
}

/// The ends of a range: `3-5`, `3 to 5`, `3..5`, `(3, 5)`.
fn between(found: &str) -> Option<(f64, f64)> {
    let in_brackets = found.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let split = |sign: &str| {
        let (low, high) = in_brackets.unwrap_or(found).split_once(sign)?;
        let (low, high) = (plain_number(low.trim())?, plain_number(high.trim())?);
        let is_apart = low < high && !found.trim_start_matches(DASHES).is_empty();
        is_apart.then_some((low, high))
    };
    let signs: &[&str] =
        if in_brackets.is_some() { &[", ", ",", ";"] } else { &["...", "..", " to ", ":", "~"] };
    let dashes = DASHES.map(String::from);
    signs.iter().copied().chain(dashes.iter().map(String::as_str)).find_map(split)
}

/// A sum that is left to be worked out.
fn sum(found: &str) -> Option<Told> {
    let is_arithmetic =
        |c: char| c.is_ascii_digit() || " .,_()£%".contains(c) || SIGNS.contains(&c) || DASHES.contains(&c);
    let between = found.trim_matches(|c: char| !c.is_ascii_digit());
    let has_minus = || between.split(DASHES).rev().skip(1).any(|before| before.ends_with(' '));
    let is_sum = (between.contains(SIGNS) || has_minus())
        && found.chars().all(is_arithmetic)
        && !between.contains(',');
    let result = result(found);
    if result.is_none() && !is_sum {
        return None;
    }
    let help = result.map_or("Write the result.".to_owned(), |number| format!("Write {}.", in_full(number)));
    Some((format!("`{found}` is a sum, and sums are not worked out here"), help))
}

/// What two numbers come to with one sign of arithmetic between them.
fn result(found: &str) -> Option<f64> {
    let at = |(at, sign): (usize, char)| {
        let (left, right) = (found[..at].trim(), found[at + sign.len_utf8()..].trim());
        let is_unsigned = |text: &&str| text.starts_with(|c: char| c.is_ascii_digit() || ".£".contains(c));
        let (left, right) = (plain_number(left)?, plain_number(Some(right).filter(is_unsigned)?)?);
        let result = match sign {
            '+' => left + right,
            '*' | '×' => left * right,
            '/' | '÷' => left / right,
            _ if DASHES.contains(&sign) => left - right,
            _ => return None,
        };
        result.is_finite().then(|| tidy(result))
    };
    found.char_indices().skip(1).find_map(at)
}

/// A number with signs that TOML does not take.
fn number_told(found: &str) -> Option<Told> {
    if let Some(number) = plain_number(found) {
        return Some(told_as(found, number));
    }
    if let Some(number) = found.strip_suffix('m').and_then(plain_number) {
        let help = format!("Write {} if m is for million, or else the number alone.", in_full(number * 1e6));
        return Some((neither(found), help));
    }
    let (start, word) = found.split_once(char::is_whitespace)?;
    let number = plain_number(start).filter(|_| word.trim_start().starts_with(char::is_alphabetic))?;
    let help =
        format!("Write the number alone: {number}. A time law has its unit beside it: unit = \"days\".");
    Some((neither(found), help))
}

/// What to write for a number, by what of it TOML does not take.
fn told_as(found: &str, number: f64) -> Told {
    let unsigned = found.trim_start_matches(DASHES);
    let dash = found.chars().next().filter(|c| *c != '-' && DASHES.contains(c));
    let number_said = in_full(number);
    let is_grouped = unsigned.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || ",_.".contains(c));
    let sign = if number < 0.0 { "-" } else { "" };
    if found.ends_with('%') || found.ends_with("cent") {
        (neither(found), format!("Write {found} as a fraction: {number_said}."))
    } else if found.contains('£') {
        (neither(found), format!("Write pounds as a bare number: {number_said}."))
    } else if unsigned.ends_with(|c: char| c.is_alphabetic()) {
        (neither(found), format!("Write the number in full: {number_said}."))
    } else if decimal_comma(unsigned).is_some() {
        (format!("`{found}` has a comma for a point"), format!("Write {number_said}."))
    } else if is_grouped && (unsigned.contains(',') || unsigned.contains(char::is_whitespace)) {
        let what = if unsigned.contains(',') { "comma" } else { "space" };
        let help = format!("Write thousands without it, or with _: {sign}{}.", with_underscores(unsigned));
        (format!("`{found}` has a {what} in it"), help)
    } else if let Some(dash) = dash {
        let message = format!(
            "the minus sign of `{found}` is not that of the keyboard (it is U+{:04X})",
            u32::from(dash)
        );
        (message, format!("Type it as a hyphen: {number_said}."))
    } else if unsigned.starts_with('.') || unsigned.ends_with('.') {
        (
            "a number has no digit before or after its point".into(),
            format!("Write `{number_said}` for `{found}`."),
        )
    } else if unsigned.starts_with('0') && !unsigned.contains('.') {
        let help = format!("Leave out the 0 in front: {number_said}, not {found}. A date is 2026-04-01.");
        ("a number starts with 0".into(), help)
    } else {
        (format!("`{found}` is not the way to write a number"), format!("Write {number_said}."))
    }
}

fn with_underscores(number: &str) -> String {
    let parts = number.split(|c: char| c == ',' || c.is_whitespace());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// A number as it is written in a file: from `10_000` on with a mark between thousands.
fn in_full(number: f64) -> String {
    marked(&number.to_string())
}

/// The same of a whole number.
pub fn whole_in_full(number: i64) -> String {
    marked(&number.to_string())
}

fn marked(digits: &str) -> String {
    let sign = if digits.starts_with('-') { "-" } else { "" };
    let (whole, rest) =
        digits.split_once('.').map_or((digits, ""), |(whole, _)| (whole, &digits[whole.len()..]));
    let whole = whole.trim_start_matches('-');
    if whole.len() < 5 {
        return digits.to_owned();
    }
    let groups = whole.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    format!("{sign}{}{rest}", groups.collect::<Vec<_>>().join("_"))
}

/// Digits with a comma where the point belongs: `0,7`. What could be meant for thousands is none.
pub(super) fn decimal_comma(digits: &str) -> Option<String> {
    let (whole, rest) = digits.split_once(',')?;
    if let Some(whole) = points_for_commas(whole).filter(|_| is_digits(rest) && rest.len() < 3) {
        return Some(format!("{whole}.{rest}"));
    }
    let is_decimal = is_digits(whole) && is_digits(rest) && (whole == "0" || rest.len() < 3);
    (is_decimal && rest.contains(|c| c != '0')).then(|| format!("{whole}.{rest}"))
}

/// Digits with points between thousands, as on the continent, without these: `7.900`.
fn points_for_commas(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split('.').collect();
    let (first, others) = groups.split_first()?;
    let is_grouped = !others.is_empty() && (1..=3).contains(&first.len()) && !first.starts_with('0');
    let fits = is_grouped
        && others.iter().all(|group| group.len() == 3)
        && groups.iter().all(|group| is_digits(group));
    fits.then(|| groups.concat())
}

/// The number that is meant, if the whole of a text is one: `£7,900`, `50%`, `7.9k`, `−0.03`, `7 900`.
fn plain_number(found: &str) -> Option<f64> {
    let amount = found.trim_start_matches(|c: char| c == '£' || c == ' ' || DASHES.contains(&c));
    let signs = &found[..found.len() - amount.len()];
    let is_negative = signs.contains(DASHES);
    let (digits, scale) = scaled(amount, signs.contains('£'));
    let number: f64 = ungrouped(digits.trim_end())?.parse().ok()?;
    let number = tidy(if is_negative { -number } else { number } * scale);
    number.is_finite().then_some(number)
}

/// A number without what stands after it for a share or a multiple, and what that multiplies by.
fn scaled(amount: &str, is_pounds: bool) -> (&str, f64) {
    let suffixes = [
        ("%", 0.01),
        (" per cent", 0.01),
        (" percent", 0.01),
        ("k", 1e3),
        ("K", 1e3),
        ("M", 1e6),
        (" thousand", 1e3),
        (" million", 1e6),
    ];
    // 6m may be six months.
    let is_million = is_pounds || amount.contains('.');
    let known = suffixes.iter().chain([("m", 1e6)].iter().filter(|_| is_million));
    let mut found = known.filter_map(|(suffix, scale)| Some((amount.strip_suffix(suffix)?, *scale)));
    found.next_back().unwrap_or((amount, 1.0))
}

/// Digits without what stands between thousands; nothing for anything that is not one number.
fn ungrouped(digits: &str) -> Option<String> {
    if let Some(number) = decimal_comma(digits) {
        return Some(number);
    }
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.split(|c: char| c == ',' || c == '_' || c.is_whitespace()).collect();
    let fits = |(at, group): (usize, &&str)| {
        (at == 0 || group.len() == 3)
            && group.bytes().all(|b| b.is_ascii_digit())
            && (groups.len() == 1 || (1..=3).contains(&group.len()))
    };
    let is_number = groups.iter().enumerate().all(fits)
        && rest.bytes().all(|b| b.is_ascii_digit())
        && (!whole.is_empty() || !rest.is_empty());
    is_number.then(|| format!("0{}.{rest}0", groups.concat()))
}

/// Without the noise that arithmetic leaves: 7.000000000000001e-2 is 0.07.
fn tidy(number: f64) -> f64 {
    format!("{number:.10}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole_or_not_at_all() {
        for (found, due) in [
            ("£7,900", Some(7900.0)),
            ("£1.2m", Some(1_200_000.0)),
            ("7 900", Some(7900.0)),
            ("7\u{a0}900", Some(7900.0)),
            ("7.9k", Some(7900.0)),
            ("50%", Some(0.5)),
            ("7 %", Some(0.07)),
            ("−0.03", Some(-0.03)),
            ("–3", Some(-3.0)),
            ("-£1,500", Some(-1500.0)),
            (".5", Some(0.5)),
            ("0,7", Some(0.7)),
            ("0,125", Some(0.125)),
            ("7.900,00", Some(7900.0)),
            ("1.234.567,5", Some(1_234_567.5)),
            ("0.125,5", None),
            ("12,5%", Some(0.125)),
            ("1,000", Some(1000.0)),
            ("7.9m", Some(7_900_000.0)),
            ("7.9M", Some(7_900_000.0)),
            ("8M", Some(8_000_000.0)),
            ("7 90", None),
            ("7 9000", None),
            ("1,00", None),
            ("3 days", None),
            ("5m", None),
            ("3-5", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(plain_number(found), due, "{found}");
        }
    }

    #[test]
    fn what_is_meant_is_told() {
        for (found, due) in [
            ("7 900", "Write thousands without it, or with _: 7_900."),
            ("1 234 567", "1_234_567"),
            ("-7,900", "-7_900"),
            ("£7,900", "Write pounds as a bare number: 7900."),
            ("£-7,900", "Write pounds as a bare number: -7900."),
            ("7.9k", "Write the number in full: 7900."),
            ("450k", "Write the number in full: 450_000."),
            ("7.9m", "Write the number in full: 7_900_000."),
            ("7.9M", "Write the number in full: 7_900_000."),
            ("£1.5m-£2m", "{ best = 1750000, low = 1500000, high = 2000000 }"),
            ("6m", "Write 6_000_000 if m is for million, or else the number alone."),
            ("0,7", "Write 0.7."),
            ("7.900,50", "Write 7900.5."),
            ("7900.", "Write `7900` for `7900.`."),
            ("0,5-0,7", "{ best = 0.6, low = 0.5, high = 0.7 }"),
            ("1,000", "Write thousands without it, or with _: 1_000."),
            ("1,00", "A number has digits alone"),
            ("1 - 0.2", "Write 0.8."),
            ("1-0.2", "Write 0.8."),
            ("1 – 0.2", "Write 0.8."),
            ("0.2+0.3", "Write 0.5."),
            ("12 * 40_000", "Write 480_000."),
            ("3 × 0.1", "Write 0.3."),
            ("1/4", "Write 0.25."),
            ("100% - 30%", "Write 0.7."),
            ("0800 123-456", "A text stands between quotation marks"),
            ("1 / 0", "Write the result."),
            ("0.35 * 0.7 * 2", "Write the result."),
            ("1 - (0.2 + 0.3)", "Write the result."),
            ("−0.03", "Type it as a hyphen: -0.03."),
            ("50%", "Write 50% as a fraction: 0.5."),
            ("70 per cent", "as a fraction: 0.7."),
            ("3;", "Take it out"),
            ("30 days", "Write the number alone: 30."),
            ("3-5", "Write `{ best = 4, low = 3, high = 5 }`, with your own best estimate for 4."),
            ("3 – 5", "{ best = 4, low = 3, high = 5 }"),
            ("3 to 5", "{ best = 4, low = 3, high = 5 }"),
            ("3..5", "{ best = 4, low = 3, high = 5 }"),
            ("(3, 5)", "{ best = 4, low = 3, high = 5 }"),
            ("5%-10%", "{ best = 0.075, low = 0.05, high = 0.1 }"),
            ("£1,000-£2,000", "{ best = 1500, low = 1000, high = 2000 }"),
            ("01/04/2026", "Write the date as year-month-day: 2026-04-01."),
            ("1.4.26", "2026-04-01"),
            ("2026/04/01", "2026-04-01"),
            ("2026-4-1", "2026-04-01"),
            ("April 2026", "2026-04-01"),
            ("1st April 2026", "2026-04-01"),
            ("30 Sept 2026", "2026-09-30"),
            ("2026-04", "2026-04-01"),
            ("2026–04–01", "Use ordinary hyphens: 2026-04-01."),
            ("2026—04—01", "Use ordinary hyphens: 2026-04-01."),
            ("01–04–2026", "Write the date as year-month-day: 2026-04-01."),
            ("31/02/2026", "Write a date as year-month-day, with two digits"),
            ("2024-25", "Write a financial year between quotation marks: \"2024-25\"."),
            ("2024/25", "\"2024-25\""),
            ("2024–25", "\"2024-25\""),
            ("TRUE", "in small letters"),
            ("“x”", "Use straight quotation marks: \"x\"."),
            ("None", "put # before the line"),
            ("Referral", "\"Referral\""),
            ("Referral\"", "\"Referral\""),
        ] {
            let (message, help) = meant(found);
            assert!(help.contains(due), "{found}: {message}: {help}");
        }
    }
}
