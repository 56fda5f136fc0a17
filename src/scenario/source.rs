//! The files a scenario was read from, kept so that a fault can show the line it is about.

use std::collections::BTreeMap;
use std::ops::Range;

/// One of the files in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(usize);

/// A stretch of a file, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Where in the file.
    pub span: Range<usize>,
}

/// One line of a file, without its line ending: a line feed, a carriage return, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// The byte at which it starts.
    pub start: usize,
    /// What it says.
    pub text: &'a str,
}

#[derive(Debug, Clone)]
struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

/// The names and texts of all files that a scenario was read from, the extending file first.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let ends = text
            .match_indices(['\n', '\r'])
            .filter(|(at, end)| *end == "\n" || !text[at + 1..].starts_with('\n'));
        let line_starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        self.0.push(Source { name: name.into(), text, line_starts });
        FileId(self.0.len() - 1)
    }

    /// Adds these files to others that do not have them, and says which is which there.
    pub(super) fn merge_into(self, others: &mut Self) -> BTreeMap<FileId, FileId> {
        let mut which = BTreeMap::new();
        for (at, source) in self.0.into_iter().enumerate() {
            let known =
                others.0.iter().position(|other| other.name == source.name && other.text == source.text);
            let file = known.unwrap_or_else(|| {
                others.0.push(source);
                others.0.len() - 1
            });
            which.insert(FileId(at), FileId(file));
        }
        which
    }

    /// The file that was read last: it extends no other.
    #[must_use]
    pub fn last(&self) -> Option<FileId> {
        self.0.len().checked_sub(1).map(FileId)
    }

    /// What the file is called: its path, or the name of a shipped scenario.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        &self.0[file.0].name
    }

    /// What the file says.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        &self.0[file.0].text
    }

    /// The names and texts of all files, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|source| (source.name.as_str(), source.text.as_str()))
    }

    /// The number of the line that holds a byte of a file.
    pub(super) fn line_number(&self, file: FileId, byte: usize) -> usize {
        self.0[file.0].line_starts.partition_point(|&start| start <= byte).max(1)
    }

    /// The line that holds a byte; the last line for a byte beyond the end.
    #[must_use]
    pub fn line(&self, file: FileId, byte: usize) -> Line<'_> {
        let source = &self.0[file.0];
        let number = self.line_number(file, byte);
        let start = source.line_starts[number - 1];
        let text = source.text[start..].split(['\n', '\r']).next().unwrap_or_default();
        Line { number, start, text }
    }
}

/// The last byte, no later than the one given, at which a text may be cut.
pub(super) fn boundary(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_on_its_line() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "one\r\ntwo\n");
        assert_eq!(sources.line(file, 0), Line { number: 1, start: 0, text: "one" });
        assert_eq!(sources.line(file, 5), Line { number: 2, start: 5, text: "two" });
        assert_eq!(sources.line(file, 99), Line { number: 3, start: 9, text: "" });
    }

    #[test]
    fn a_carriage_return_alone_ends_a_line_too() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "one\rtwo\r\nthree");
        assert_eq!(sources.line(file, 5), Line { number: 2, start: 4, text: "two" });
        assert_eq!(sources.line(file, 10), Line { number: 3, start: 9, text: "three" });
    }

    #[test]
    fn an_empty_file_has_one_empty_line() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "");
        assert_eq!(sources.line(file, 0), Line { number: 1, start: 0, text: "" });
    }
}
