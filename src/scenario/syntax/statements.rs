//! Where one statement of a file ends and the next begins, even if a bracket or a quotation mark is missing: a line
//! that can only begin a statement ends the one before it.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind as Kind};

/// The statements of a text, each a header, or a key with its value, with the line endings after it. Lines without
/// any are left out.
pub(super) fn statements(text: &str) -> Vec<Range<usize>> {
    let mut statements = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = end_of_statement(text, start);
        let is_said = |token: &Token| !is_blank(token.kind()) && token.kind() != Kind::Eof;
        if Source::new(&text[start..end]).lex().any(|token| is_said(&token)) {
            statements.push(start..end);
        }
        start = end;
    }
    statements
}

/// Whether a token says nothing.
pub(super) fn is_blank(kind: Kind) -> bool {
    matches!(kind, Kind::Whitespace | Kind::Comment | Kind::Newline)
}

/// The brackets that are open, how many of each, and what was said last.
#[derive(Default)]
struct Open {
    brackets: Vec<Kind>,
    tables: usize,
    last: Option<Kind>,
}

impl Open {
    fn see(&mut self, kind: Kind) {
        match kind {
            Kind::LeftSquareBracket => self.brackets.push(kind),
            Kind::LeftCurlyBracket => {
                self.brackets.push(kind);
                self.tables += 1;
            }
            Kind::RightSquareBracket if self.brackets.len() > self.tables => {
                self.close(Kind::LeftSquareBracket);
            }
            Kind::RightCurlyBracket if self.tables > 0 => self.close(Kind::LeftCurlyBracket),
            _ => {}
        }
        if !is_blank(kind) {
            self.last = Some(kind);
        }
    }

    /// Closes the innermost bracket of a kind, and those in it that are not closed.
    fn close(&mut self, kind: Kind) {
        while let Some(open) = self.brackets.pop() {
            self.tables -= usize::from(open == Kind::LeftCurlyBracket);
            if open == kind {
                return;
            }
        }
    }

    /// Whether a line that follows begins a statement, though a bracket is open.
    fn ends_before(&self, line: Line) -> bool {
        let in_table = self.brackets.last() == Some(&Kind::LeftCurlyBracket);
        let awaits = matches!(
            self.last,
            Some(Kind::Comma | Kind::LeftSquareBracket | Kind::LeftCurlyBracket | Kind::Equals)
        );
        match line {
            Line::Header => true,
            Line::ListOrHeader => !awaits,
            Line::Pair => !(in_table && awaits),
            Line::Other => false,
        }
    }
}

fn end_of_statement(text: &str, start: usize) -> usize {
    let mut open = Open::default();
    for token in Source::new(&text[start..]).lex() {
        let (kind, end) = (token.kind(), start + token.span().end());
        open.see(kind);
        if kind == Kind::Newline && (open.brackets.is_empty() || open.ends_before(line_at(text, end))) {
            return end;
        }
        if matches!(kind, Kind::MlBasicString | Kind::MlLiteralString) {
            let quotes = &text[start + token.span().start()..][..3];
            let is_closed = token.span().len() >= 6 && text[..end].ends_with(quotes);
            if !is_closed || follows_text(text, end) {
                return first_statement_in(text, start + token.span().start(), end).unwrap_or(end);
            }
        }
    }
    text.len()
}

/// Whether something follows a text over several lines that can stand after no value: the quotation marks that seem
/// to end it most likely begin another.
fn follows_text(text: &str, end: usize) -> bool {
    let next = Source::new(&text[end..]).lex().next().map(|token| token.kind());
    matches!(next, Some(Kind::Atom | Kind::BasicString | Kind::LiteralString))
}

/// Where the first line begins, after the one that holds `from`, that looks like a statement.
fn first_statement_in(text: &str, from: usize, end: usize) -> Option<usize> {
    let lines = text[from..end].match_indices('\n').map(|(at, _)| from + at + 1);
    lines.into_iter().find(|&at| matches!(line_at(text, at), Line::Header | Line::Pair))
}

/// What a line looks like from how it begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// `[a.b]`.
    Header,
    /// `["a"]` or `[1]`, which may be either.
    ListOrHeader,
    /// `key = …`, with no more closing brackets than opening ones.
    Pair,
    /// Anything else.
    Other,
}

/// What the line that starts at a byte looks like.
pub(super) fn line_at(text: &str, start: usize) -> Line {
    let line = text[start..].split('\n').next().unwrap_or_default();
    let mut tokens = Source::new(line).lex().filter(|token| token.kind() != Kind::Whitespace).peekable();
    let brackets = std::iter::from_fn(|| tokens.next_if(|t| t.kind() == Kind::LeftSquareBracket)).count();
    let first = tokens.peek().map(|token| line[token.span().start()..].chars().next().unwrap_or(' '));
    let mut after_key = None;
    for token in tokens.by_ref() {
        if !is_key_part(token.kind()) {
            after_key = Some(token.kind());
            break;
        }
    }
    match (first, after_key) {
        (None | Some('=' | ']' | '}' | ',' | '{'), _) => Line::Other,
        (_, Some(Kind::Equals)) if brackets == 0 => {
            if first_unopened(tokens.map(|token| token.kind())).is_some() { Line::Other } else { Line::Pair }
        }
        (Some(first), Some(Kind::RightSquareBracket)) if (1..=2).contains(&brackets) => {
            let closing = tokens.find(|token| token.kind() != Kind::RightSquareBracket);
            let ends =
                closing.is_none_or(|token| matches!(token.kind(), Kind::Comment | Kind::Newline | Kind::Eof));
            match (ends, first.is_alphabetic()) {
                (false, _) => Line::Other,
                (true, true) => Line::Header,
                (true, false) => Line::ListOrHeader,
            }
        }
        _ => Line::Other,
    }
}

fn is_key_part(kind: Kind) -> bool {
    matches!(kind, Kind::Atom | Kind::Dot | Kind::BasicString | Kind::LiteralString)
}

/// Which of some tokens is the first to close a bracket that none of them opens.
pub(super) fn first_unopened(kinds: impl IntoIterator<Item = Kind>) -> Option<usize> {
    let mut depth = 0_usize;
    kinds.into_iter().position(|kind| match kind {
        Kind::LeftSquareBracket | Kind::LeftCurlyBracket => {
            depth += 1;
            false
        }
        Kind::RightSquareBracket | Kind::RightCurlyBracket => {
            let is_opened = depth > 0;
            depth = depth.saturating_sub(1);
            !is_opened
        }
        _ => false,
    })
}

/// Whether a line can only go on with a statement that began above it.
pub(super) fn goes_on(text: &str, start: usize) -> bool {
    let line = text[start..].split('\n').next().unwrap_or_default();
    let mut tokens = Source::new(line).lex().filter(|token| token.kind() != Kind::Whitespace);
    let Some(first) = tokens.next() else { return false };
    match first.kind() {
        Kind::RightSquareBracket | Kind::RightCurlyBracket | Kind::LeftCurlyBracket | Kind::Comma => true,
        Kind::LeftSquareBracket => line_at(text, start) == Line::Other,
        Kind::BasicString | Kind::LiteralString | Kind::Atom => {
            tokens.next().is_some_and(|next| next.kind() == Kind::Comma)
        }
        _ => false,
    }
}
