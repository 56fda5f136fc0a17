//! TOML itself: where a file is not TOML, what its writer most likely meant.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::fault::Fault;
use super::source::{FileId, Place, boundary};

const NO_VALUE: &str = "key with no value";
const LEFTOVER: &str = "unexpected key or value";

/// What is wrong, where, and what to write instead.
pub(super) struct Slip {
    span: Range<usize>,
    message: String,
    help: String,
}

impl Slip {
    pub(super) fn in_file(self, file: FileId) -> Fault {
        let place = Some(Place { file, span: self.span });
        Fault { place, path: String::new(), message: self.message, help: self.help }
    }
}

/// The text as far as it can be read: without lines that hold no value, at which the parser would give up, and
/// without lists and tables that are never closed. Everything else stays where it was. Also what is wrong there.
/// `table` and `errors` are what the parser makes of it.
pub(super) fn readable<'t>(
    text: &'t str,
    table: &DeTable<'_>,
    errors: &[Error],
) -> (Cow<'t, str>, Vec<Slip>) {
    let unclosed = unclosed(table, errors);
    let stops: Vec<usize> = errors
        .iter()
        .filter(|error| error.message().starts_with(NO_VALUE))
        .map(start)
        .filter(|&at| unclosed.is_none_or(|open| at < open))
        .collect();
    let mut readable = Cow::Borrowed(text);
    for &stop in &stops {
        blank(readable.to_mut(), line_around(text, stop));
    }
    let mut slips: Vec<Slip> = stops.iter().map(|&stop| key_without_value(text, stop)).collect();
    if let Some(open) = unclosed {
        readable = Cow::Owned(without_bracket(&readable, open));
        slips.push(unclosed_bracket(text, open));
    }
    (readable, slips)
}

/// Where the outermost list or inline table starts that is never closed.
fn unclosed(table: &DeTable<'_>, errors: &[Error]) -> Option<usize> {
    let ends = errors.iter().filter(|error| {
        error.message().starts_with("unclosed inline table")
            || error.message() == "unclosed array, expected `]`"
    });
    ends.filter_map(|error| opening(table, start(error))).min()
}

/// The text without the line in which a list or table starts that is never closed or, when what follows belongs
/// to it, without all that follows.
fn without_bracket(text: &str, open: usize) -> String {
    let line = line_around(text, open);
    let mut shorter = text.to_owned();
    blank(&mut shorter, line.clone());
    let (_, errors) = DeTable::parse_recoverable(&shorter);
    if errors.iter().any(|error| start(error) > open) {
        blank(&mut shorter, line.start..text.len());
    }
    shorter
}

/// Turns a stretch of a text to spaces.
fn blank(text: &mut String, span: Range<usize>) {
    text.replace_range(span.clone(), &" ".repeat(span.len()));
}

/// What the parser finds wrong, told so that it says what was most likely meant.
pub(super) fn explain_all(text: &str, errors: &[Error]) -> Vec<Slip> {
    // `£1,500` is one slip, though the parser takes `£1` for a text and stumbles again at the comma.
    let is_leftover = |error: &&Error| error.message().starts_with(LEFTOVER);
    let leftovers: BTreeSet<usize> = errors.iter().filter(is_leftover).map(start).collect();
    let unquoted_ends: BTreeSet<usize> = errors
        .iter()
        .filter(|error| is_unquoted(error))
        .filter_map(|error| Some(error.span()?.end))
        .collect();
    // A number with a comma in an inline table makes the parser stumble over all that follows it.
    let grouped: BTreeMap<usize, Range<usize>> = errors
        .iter()
        .filter(|error| {
            error.message().contains("in inline table") || error.message().contains("between key")
        })
        .filter_map(|error| grouped_before(text, start(error)))
        .map(|number| (line_around(text, number.start).start, number))
        .collect();
    let again = headers_again(text, errors);
    // What follows a place too deep for the parser only seems to be wrong.
    let bottom = errors.iter().filter(|error| is_too_deep(error)).map(start).min();
    let slips = errors
        .iter()
        .filter(|error| bottom.is_none_or(|at| start(error) < at || is_too_deep(error)))
        .filter(|error| !(is_leftover(error) && unquoted_ends.contains(&start(error))))
        .filter(|error| !(is_duplicate(error) && again.contains(&header_before(text, start(error)))))
        .filter(|error| grouped.is_empty() || !grouped.contains_key(&line_around(text, start(error)).start))
        .map(|error| explain(text, error, &leftovers));
    slips.chain(grouped.values().map(|number| comma_in_number(text, number.clone()))).collect()
}

fn is_duplicate(error: &Error) -> bool {
    error.message().starts_with("duplicate key")
}

/// The headers of tables that are there for the second time: that their keys are too says nothing new.
fn headers_again(text: &str, errors: &[Error]) -> BTreeSet<Option<usize>> {
    let starts = errors.iter().filter(|error| is_duplicate(error)).map(start);
    starts.map(|at| line_around(text, at).start).filter(|&at| text[at..].starts_with('[')).map(Some).collect()
}

/// Where the line of the table header starts under which a line stands.
fn header_before(text: &str, byte: usize) -> Option<usize> {
    let above = &text[..line_around(text, byte).start];
    let lines = above.match_indices('\n').map(|(end, _)| end + 1).chain([0]);
    let starts = lines.map(|at| line_around(text, at).start).filter(|&at| at < above.len());
    starts.filter(|&at| text[at..].starts_with('[')).max()
}

/// The number with commas between its thousands that ends at or just before a byte, in a line.
fn grouped_before(text: &str, byte: usize) -> Option<Range<usize>> {
    let line = line_around(text, byte);
    let sign = |c: char| c.is_ascii_digit() || ",_.".contains(c);
    let number = |(at, part): (usize, &str)| {
        let part_start = line.start + at + part.len() - part.trim_start().len();
        let found: String = part.trim_start().chars().take_while(|&c| sign(c)).collect();
        let found = found.trim_end_matches(',');
        let mut groups = found.split(',');
        let first = groups.next().filter(|g| !g.is_empty() && g.len() <= 3)?;
        let rest: Vec<&str> = groups.collect();
        let thousands = |g: &&str| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit());
        let fits =
            first.bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty() && rest.iter().all(thousands);
        fits.then(|| part_start..part_start + found.len())
    };
    let mut parts =
        text[line.clone()].match_indices('=').map(|(at, _)| (at + 1, &text[line.start + at + 1..line.end]));
    parts.find_map(number)
}

fn comma_in_number(text: &str, span: Range<usize>) -> Slip {
    let number = &text[span.clone()];
    let message = format!("`{number}` has a comma in it");
    let help = format!("Write thousands without it, or with _: {}.", number.replace(',', "_"));
    Slip { span, message, help }
}

/// Whether the parser lost no key over an error, only the meaning of a value.
pub(super) fn keeps_key(error: &Error) -> bool {
    let of_a_value = ["invalid mantissa", "unexpected leading zero"];
    is_unquoted(error)
        || is_of_date(error.message())
        || of_a_value.iter().any(|start| error.message().starts_with(start))
}

/// Whether the parser gave up at brackets or dots within each other.
pub(super) fn is_too_deep(error: &Error) -> bool {
    error.message().contains("recurs")
}

fn is_of_date(said: &str) -> bool {
    said.contains("date") || said.contains("time")
}

fn is_unquoted(error: &Error) -> bool {
    error.message().starts_with("string values must be quoted")
        || error.message().starts_with("invalid boolean")
}

fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

/// The line that holds a byte, without blanks and the line ending.
fn line_around(text: &str, byte: usize) -> Range<usize> {
    let byte = boundary(text, byte);
    let start = text[..byte].rfind('\n').map_or(0, |at| at + 1);
    let end = text[byte..].find('\n').map_or(text.len(), |at| byte + at);
    let line = &text[start..end];
    let start = start + (line.len() - line.trim_start().len());
    start..start + line.trim().len()
}

/// Where the outermost list or inline table starts that ends at a byte.
fn opening(table: &DeTable<'_>, end: usize) -> Option<usize> {
    table.iter().filter_map(|(_, value)| opening_in(value, end)).min()
}

fn opening_in(value: &Spanned<DeValue<'_>>, end: usize) -> Option<usize> {
    let span = value.span();
    match value.get_ref() {
        DeValue::Array(_) | DeValue::Table(_) if span.end == end => Some(span.start),
        DeValue::Array(items) => items.iter().filter_map(|item| opening_in(item, end)).min(),
        DeValue::Table(table) => opening(table, end),
        _ => None,
    }
}

fn unclosed_bracket(text: &str, open: usize) -> Slip {
    let (message, help) = if text[open..].starts_with('[') {
        ("the list that starts here is never closed", "Put `]` after its last item.")
    } else {
        ("the table that starts here is never closed", "Put `}` after its last value.")
    };
    Slip { span: open..open + 1, message: message.into(), help: help.into() }
}

fn explain(text: &str, error: &Error, leftovers: &BTreeSet<usize>) -> Slip {
    let mut span = error.span().unwrap_or_else(|| most_nested(text));
    if is_unquoted(error) && leftovers.contains(&span.end) {
        span.end = rest_of_value(text, span.end).end;
    }
    let said = error.message();
    let found = text.get(span.clone()).unwrap_or_default();
    let told = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    let (message, help) = if said.starts_with(NO_VALUE) {
        return key_without_value(text, span.start);
    } else if said.starts_with(LEFTOVER) {
        return leftover(text, span.start);
    } else if is_unquoted(error) {
        unquoted(found)
    } else if said.starts_with("duplicate key") {
        (
            format!("`{found}` is here for the second time"),
            "Keep one of the two, or give one another name.".into(),
        )
    } else if is_of_date(said) {
        date(found)
    } else if said.starts_with("unclosed table") || said.starts_with("unclosed array of tables") {
        told("the header of this table is not closed", "Put `]` (for `[[`, `]]`) at the end of the line.")
    } else if said.starts_with("invalid mantissa") {
        told("a number has no digit before or after its point", "Write 0.5 for .5, and 5.0 for 5.")
    } else if said.starts_with("unexpected leading zero") {
        told("a number starts with 0", "Leave out the 0 in front: 7, not 07. A date is 2026-04-01.")
    } else if said.contains("`_` may only go between digits") {
        told("a `_` in a number is not between two digits", "Write 110_000 or 110000.")
    } else if said.contains("escape") {
        told(
            "a backslash in double quotation marks begins a special character",
            "Write two backslashes for one, or put the text between single quotation marks: 'C:\\data'.",
        )
    } else if said.contains("string") && found.chars().next().is_none_or(char::is_whitespace) {
        told("a text is not closed", "Put a quotation mark of the same kind at its end.")
    } else if said.starts_with("missing comma") {
        told("a comma is missing before this", "Put a comma between one item and the next.")
    } else if is_too_deep(error) {
        told(
            "tables and lists are nested too deep",
            "No part of a scenario is nested so deep: look for a bracket that is never closed.",
        )
    } else {
        (
            format!("this is not TOML: {said}"),
            "A line reads `key = value`; a table starts with `[name]`.".into(),
        )
    };
    Slip { span, message, help }
}

/// The line with the most brackets and dots: the parser does not say where it gave up.
fn most_nested(text: &str) -> Range<usize> {
    let starts = text.match_indices('\n').map(|(end, _)| end + 1).chain([0]);
    let lines = starts.map(|at| line_around(text, at));
    let depth = |line: &Range<usize>| text[line.clone()].matches(['[', '{', '.']).count();
    lines.max_by_key(depth).unwrap_or(0..0)
}

fn unquoted(found: &str) -> (String, String) {
    let number = |text: &str| text.trim().replace([',', ' '], "").parse::<f64>().ok();
    let help = if found.is_empty() {
        return ("there is no value after `=`".into(), "Write a value, or put # before the line.".into());
    } else if matches!(found.to_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off") {
        "Write true or false, in small letters.".into()
    } else if let Some(share) = found.strip_suffix('%').and_then(number) {
        format!("Write {found} as a fraction: {}.", round(share / 100.0))
    } else if let Some(pounds) = found.strip_prefix('£').and_then(number) {
        format!("Write pounds as a bare number: {pounds}.")
    } else if found.split('/').count() == 3 && found.starts_with(|c: char| c.is_ascii_digit()) {
        "Write a date as year-month-day: 2026-04-01.".into()
    } else if let Some(number) = first_word(found).filter(|word| number(word).is_some()) {
        format!("Write the number alone: {number}. A time law has its unit beside it: unit = \"days\".")
    } else if found.starts_with(['“', '”', '‘', '’']) {
        let inner = found.trim_matches(['“', '”', '‘', '’']);
        format!("Use straight quotation marks: \"{inner}\". Word processors make curly ones.")
    } else {
        format!("A text stands between quotation marks: \"{}\".", found.trim_matches(['"', '\'']))
    };
    (format!("`{found}` is neither a number nor a text in quotation marks"), help)
}

fn first_word(text: &str) -> Option<&str> {
    text.split_whitespace().next().filter(|word| word.len() < text.len())
}

/// Without the noise that dividing leaves: 7.000000000000001e-2 is 0.07.
pub(super) fn round(number: f64) -> f64 {
    format!("{number:.10}").parse().unwrap_or(number)
}

fn date(found: &str) -> (String, String) {
    let is_year = found.len() == 7 && found.as_bytes()[4] == b'-';
    let help = if is_year {
        format!("Write a financial year between quotation marks: \"{found}\".")
    } else {
        "Write a date as year-month-day, with two digits each for month and day: 2026-04-01.".into()
    };
    (format!("`{found}` is not a date"), help)
}

fn key_without_value(text: &str, byte: usize) -> Slip {
    let span = line_around(text, byte);
    let line = &text[span.clone()];
    let comment = ["//", "--", ";", "%", "/*"].iter().find(|sign| line.starts_with(**sign));
    let before = |sign: char| line.split_once(sign).filter(|(key, _)| !key.contains(['"', '\'', '=']));
    let (message, help) = if let Some(sign) = comment {
        ("this line is not `key = value`".into(), format!("A comment starts with #, not {sign}."))
    } else if line.starts_with('=') {
        ("there is no key before `=`".into(), "Write `key = value`.".into())
    } else if let Some((key, _)) = before('=') {
        let key = key.trim();
        let help = if key.contains(char::is_whitespace) {
            format!("A key is one word: `{}`. Names with spaces stand between quotation marks.", snake(key))
        } else {
            format!("Put the key between quotation marks: \"{key}\".")
        };
        (format!("`{key}` cannot be a key as it stands"), help)
    } else if let Some((key, value)) = before(':') {
        ("this line has a colon for `=`".into(), format!("Write `{} = {}`.", key.trim(), value.trim()))
    } else if let Some((key, value)) = line.split_once(char::is_whitespace) {
        let value = value.trim().trim_start_matches('=').trim();
        (
            "there is no `=` in this line".into(),
            format!("Write `{key} = {value}`, or put # before a comment."),
        )
    } else {
        ("this key has no value".into(), format!("Write `{line} = ` and a value, or put # before the line."))
    };
    Slip { span, message, help }
}

fn snake(key: &str) -> String {
    key.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

/// What is left of a line from a byte on, up to a comment.
fn rest_of_value(text: &str, byte: usize) -> Range<usize> {
    let line = line_around(text, byte);
    let rest = text[byte..line.end.max(byte)].split('#').next().unwrap_or_default().trim_end();
    byte..byte + rest.len()
}

fn leftover(text: &str, byte: usize) -> Slip {
    let byte = boundary(text, byte);
    let line = line_around(text, byte);
    let span = rest_of_value(text, byte);
    let rest = &text[span.clone()];
    let before = text[line.start..byte].rsplit(|c: char| c == '=' || c.is_whitespace()).next().unwrap_or("");
    let number = format!("{before}{rest}");
    let is_grouped = number.contains(',') && number.chars().all(|c| c.is_ascii_digit() || ",._".contains(c));
    let (message, help) = if is_grouped {
        let message = format!("`{number}` has a comma in it");
        (message, format!("Write thousands without it, or with _: {}.", number.replace(',', "_")))
    } else {
        let help =
            "A line holds one `key = value`. Put the rest on a line of its own, or # before a comment.";
        ("something follows the value".into(), help.into())
    };
    Slip { span, message, help }
}
