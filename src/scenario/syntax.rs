//! TOML itself: where a file is not TOML, what its writer most likely meant.
//!
//! A file is looked at one statement at a time. What is wrong with one is told once, and the statement is left out of
//! what is read, so that the rest can be checked and nothing else seems wrong because of it.

mod slips;
mod statements;
mod values;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, Error};

use super::fault::{Fault, MOST_FOUND};
use super::source::{FileId, Place, boundary};
pub(super) use values::{date_meant, day_in_digits, factor_meant, number_meant, range_meant, whole_in_full};

const NO_VALUE: &str = "key with no value";
/// How much of a file a message repeats, in characters.
const QUOTED: usize = 80;
/// Statements longer than this, in bytes, are left out whole if anything is wrong with them.
const LONG: usize = 100_000;

/// What is wrong with a text, at which of its bytes.
pub(super) type Slip = Fault<Range<usize>>;

impl Slip {
    /// The same in the file of the text.
    pub(super) fn in_file(self, file: FileId) -> Fault {
        let span = self.place.clone();
        self.placed(Place { file, span })
    }

    fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place: span, path: String::new(), message: message.into(), help: help.into() }
    }

    /// The same, so many bytes further on.
    fn moved(mut self, by: usize) -> Self {
        self.place = self.place.start + by..self.place.end + by;
        self
    }
}

/// As much of a text as can be read.
pub(super) struct Readable<'t> {
    /// The text with blanks for what cannot: everything else is where it was.
    pub(super) text: Cow<'t, str>,
    /// What is wrong with it.
    pub(super) slips: Vec<Slip>,
    /// Whether anything was left out.
    pub(super) has_gaps: bool,
    /// The statements that were not left out, though one of their values is wrong.
    kept: Vec<Range<usize>>,
}

/// A text without the statements that are not TOML, and what is wrong with them.
pub(super) fn readable(text: &str) -> Readable<'_> {
    let mut readable =
        Readable { text: Cow::Borrowed(text), slips: Vec::new(), has_gaps: false, kept: Vec::new() };
    readable.end_lines();
    readable.leave_out_conflicts();
    readable.leave_out_statements();
    readable
}

impl Readable<'_> {
    /// Ends lines where carriage returns alone do.
    fn end_lines(&mut self) {
        let bytes = self.text.as_bytes();
        let is_alone = |&at: &usize| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        let Some(first) = (0..bytes.len()).find(is_alone) else { return };
        let start = self.text[..first].rfind('\n').map_or(0, |at| at + 1);
        self.slips.push(Slip::new(
            start..first,
            "this line ends with a carriage return alone, as on old Macs",
            "Save the file again with the line endings of Windows (CRLF) or Unix (LF).",
        ));
        self.text = self.text.replace("\r\n", "\n\n").replace('\r', "\n").into();
    }

    /// Leaves out what a merge of two versions left behind: both of them, and the marks between.
    fn leave_out_conflicts(&mut self) {
        let is_mark = |line: &str| {
            ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark))
        };
        let mut blanks: Vec<Range<usize>> = Vec::new();
        let (mut at, mut open) = (0, None);
        for line in self.text.split_inclusive('\n') {
            let end = at + line.len();
            if is_mark(line) {
                let start = open.unwrap_or(at);
                if open.is_none() {
                    self.slips.push(Slip::new(
                        at..at + line.trim_end().len(),
                        "a merge of two versions of this file was not finished",
                        "Keep one of the two versions, and take out the lines that start with <<<<<<<, ======= and >>>>>>>.",
                    ));
                }
                blanks.push(start..end);
                open = (!line.starts_with(">>>>>>>")).then_some(end);
            }
            at = end;
        }
        self.leave_out(&blanks);
    }

    /// Leaves out the statements that are not TOML, with all that stands under a header that is none.
    fn leave_out_statements(&mut self) {
        let text = self.text.clone();
        let mut blanks = Vec::new();
        let (mut is_lost, mut was_wrong) = (false, false);
        for span in statements::statements(&text) {
            let line = line_around(&text, first_said(&text, &span));
            let is_header = is_header(&text[line.clone()]);
            let error = DeTable::parse(&text[span.clone()]).err();
            if is_header {
                is_lost = error.is_some();
            }
            let goes_on = was_wrong && !is_header && statements::goes_on(&text, line.start);
            was_wrong = error.is_some() || goes_on;
            let Some(error) = error.filter(|_| !goes_on) else {
                if is_lost || goes_on {
                    blanks.push(span);
                }
                continue;
            };
            if self.slips.len() >= MOST_FOUND {
                self.slips.push(Slip::new(
                    line,
                    "there are too many lines like this",
                    "Is this the right file? What follows was not looked at.",
                ));
                blanks.push(span.start..text.len());
                break;
            }
            self.slips.extend(slips_of(&text, span.clone(), line, is_header, &error));
            if !is_lost && keeps_its_key(&text[span.clone()]) {
                self.kept.push(span);
            } else {
                blanks.push(span);
            }
        }
        self.leave_out(&blanks);
    }

    /// Turns stretches of the text to blanks.
    fn leave_out(&mut self, stretches: &[Range<usize>]) {
        if stretches.is_empty() {
            return;
        }
        let (mut text, mut at) = (String::with_capacity(self.text.len()), 0);
        for stretch in stretches {
            text.push_str(&self.text[at..stretch.start.max(at)]);
            let left_out = self.text[stretch.start.max(at)..stretch.end].bytes();
            text.extend(left_out.map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            at = stretch.end;
        }
        text.push_str(&self.text[at..]);
        self.text = text.into();
        self.has_gaps = true;
    }

    /// What the parser finds wrong with what is left: most often something said twice.
    pub(super) fn explain(&self, errors: &[Error]) -> Vec<Slip> {
        let headers: Vec<usize> =
            line_starts(&self.text).filter(|&at| self.text[at..].starts_with('[')).collect();
        let header_before = |at: usize| headers.partition_point(|&header| header <= at).checked_sub(1);
        let starts = errors.iter().filter(|error| is_duplicate(error)).map(start);
        let again: BTreeSet<Option<usize>> = starts
            .filter(|&at| self.text[line_around(&self.text, at)].starts_with('['))
            .map(header_before)
            .collect();
        let is_told = |error: &&Error| {
            let at = start(error);
            let before = self.kept.partition_point(|kept| kept.start <= at);
            before > 0 && self.kept[before - 1].contains(&at)
        };
        // That the keys of a table that is there for the second time are too says nothing new.
        let is_news = |error: &&Error| {
            let at = start(error);
            let is_header = self.text[line_around(&self.text, at)].starts_with('[');
            is_header || !is_duplicate(error) || !again.contains(&header_before(at))
        };
        let mut slips: Vec<Slip> = errors
            .iter()
            .filter(|error| !is_told(error))
            .filter(is_news)
            .take(MOST_FOUND + 1)
            .map(|error| explain(&self.text, error))
            .collect();
        slips.dedup();
        slips
    }
}

fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1))
}

/// Where in a statement its first line is that says something.
fn first_said(text: &str, statement: &Range<usize>) -> usize {
    let said = &text[statement.clone()];
    let lines = line_starts(said).map(|at| (at, said[at..].trim_start()));
    let mut said = lines.filter(|(_, rest)| !rest.starts_with(['#', '\n', '\r']));
    statement.start + said.next().map_or(0, |(at, _)| at)
}

/// Whether a line is meant to be a table's header.
fn is_header(line: &str) -> bool {
    line.starts_with('[')
        || !line.contains('=') && line.split('#').next().unwrap_or_default().trim_end().ends_with(']')
}

/// What is wrong with a statement of which the parser says that something is.
fn slips_of(text: &str, span: Range<usize>, line: Range<usize>, is_header: bool, error: &Error) -> Vec<Slip> {
    let mut slips = if is_header {
        slips::of_header(text, line).into_iter().collect()
    } else {
        slips::of_pair(text, span.clone())
    };
    if slips.is_empty() {
        slips.push(explain(&text[span.clone()], error).moved(span.start));
    }
    slips
}

/// Whether the parser knows which key a statement is about, though not what is said of it.
fn keeps_its_key(statement: &str) -> bool {
    statement.len() < LONG && DeTable::parse_recoverable(statement).1.iter().all(keeps_key)
}

fn is_duplicate(error: &Error) -> bool {
    error.message().starts_with("duplicate key")
}

/// Whether the parser lost no key over an error, only the meaning of a value.
pub(super) fn keeps_key(error: &Error) -> bool {
    let of_a_value =
        ["string values must be quoted", "invalid boolean", "invalid mantissa", "unexpected leading zero"];
    let said = error.message();
    said.contains("date") || said.contains("time") || of_a_value.iter().any(|start| said.starts_with(start))
}

/// Whether the parser gave up at brackets or dots within each other.
pub(super) fn is_too_deep(error: &Error) -> bool {
    error.message().contains("recurs")
}

fn too_deep(span: Range<usize>) -> Slip {
    let help = "No part of a scenario is nested so deep: look for a bracket that is never closed.";
    Slip::new(span, "tables and lists are nested too deep", help)
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

/// What is left of a line from a byte on, up to a comment.
fn rest_of_line(text: &str, byte: usize) -> Range<usize> {
    let line = line_around(text, byte);
    let rest = text[byte..line.end.max(byte)].split('#').next().unwrap_or_default().trim_end();
    byte..byte + rest.len()
}

/// What an error of the parser most likely means.
fn explain(text: &str, error: &Error) -> Slip {
    let span = error.span().unwrap_or_else(|| most_nested(text));
    let said = error.message();
    let found = text.get(span.clone()).unwrap_or_default();
    if said.starts_with(NO_VALUE) || said.contains("unquoted key") {
        return key_without_value(text, span.start);
    }
    if is_too_deep(error) {
        return too_deep(span);
    }
    if said.starts_with("unexpected key or value") {
        return follows_value(span);
    }
    if is_duplicate(error) {
        let message = format!("`{}` is here for the second time", quoted(found));
        return Slip::new(span, message, "Keep one of the two, or give one another name.");
    }
    if said.contains("inline table") {
        let found = quoted(found);
        let message = format!("`{found}` stands in braces above, and nothing can be added to it here");
        let help =
            "Put these keys between its braces, or take what is in them out and below a header of its own.";
        return Slip::new(span, message, help);
    }
    if said.contains("escape") {
        return Slip::new(
            span,
            "a backslash in double quotation marks begins a special character",
            "Write two backslashes for one, or put the text between single quotation marks: 'C:\\data'.",
        );
    }
    let message = format!("this is not TOML: {said}");
    Slip::new(span, message, "A line reads `key = value`; a table starts with `[name]`.")
}

/// A line goes on after its value.
fn follows_value(rest: Range<usize>) -> Slip {
    Slip::new(
        rest,
        "something follows the value",
        "A line holds one `key = value`. Put the rest on a line of its own, or # before a comment.",
    )
}

/// The line with the most brackets and dots: the parser does not say where it gave up.
fn most_nested(text: &str) -> Range<usize> {
    let lines = line_starts(text).map(|at| line_around(text, at));
    let depth = |line: &Range<usize>| text[line.clone()].matches(['[', '{', '.']).count();
    lines.max_by_key(depth).unwrap_or(0..0)
}

fn key_without_value(text: &str, byte: usize) -> Slip {
    let span = line_around(text, byte);
    let line = &text[span.clone()];
    let comment = ["//", "--", ";", "%", "/*"].iter().find(|sign| line.starts_with(**sign));
    let before = |sign: char| line.split_once(sign).filter(|(key, _)| !key.contains(['"', '\'', '=']));
    let (message, help) = if ["```", "~~~"].iter().any(|fence| line.starts_with(fence)) {
        (
            "this line is not part of the file".into(),
            "Delete it: it only frames a text on a page or in a chat.".into(),
        )
    } else if let Some(sign) = comment {
        ("this line is not `key = value`".into(), format!("A comment starts with #, not {sign}."))
    } else if line.starts_with('=') {
        ("there is no key before `=`".into(), "Write `key = value`.".into())
    } else if let Some((key, _)) = before('=') {
        let key = key.trim();
        let help = if key.contains(char::is_whitespace) {
            format!(
                "A key is one word: `{}`. Names with spaces stand between quotation marks.",
                quoted(&snake(key))
            )
        } else {
            format!("Put the key between quotation marks: \"{}\".", quoted(key))
        };
        (format!("`{}` cannot be a key as it stands", quoted(key)), help)
    } else if let Some((key, value)) = before(':') {
        (
            "this line has a colon for `=`".into(),
            format!("Write `{} = {}`.", quoted(key.trim()), as_value(value.trim())),
        )
    } else if let Some((key, value)) = line.split_once(char::is_whitespace) {
        let value = value.trim().trim_start_matches('=').trim();
        (
            "there is no `=` in this line".into(),
            format!("Write `{} = {}`, or put # before a comment.", quoted(key), as_value(value)),
        )
    } else {
        (
            "this key has no value".into(),
            format!("Write `{} = ` and a value, or put # before the line.", quoted(line)),
        )
    };
    Slip::new(span, message, help)
}

/// What stands for a value, between quotation marks if it needs them.
fn as_value(text: &str) -> String {
    let is_value =
        DeTable::parse(&format!("v = {text}")).is_ok() || text.contains(['"', '\'', '{', '[', '#']);
    if is_value { quoted(text).into_owned() } else { format!("\"{}\"", quoted(text)) }
}

/// A text, or how it begins if it is long.
fn quoted(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// A text as a name.
pub(super) fn snake(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}
