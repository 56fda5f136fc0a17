//! What is wrong with one statement: the first mark that is missing or too many, and values that TOML does not know.

use std::ops::Range;

use toml::de::DeTable;
use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind as Kind};

use super::super::fault::Told;
use super::super::tree::DEEPEST;
use super::statements::{first_unopened, is_blank};
use super::{Slip, quoted, values};

/// The most values of one statement that are told of.
const MOST_VALUES: usize = 3;

/// The slips of the statement in a stretch of a text, a key with its value; none if all seems well to it.
pub(super) fn of_pair(text: &str, span: Range<usize>) -> Vec<Slip> {
    let statement = &text[span.clone()];
    let tokens: Vec<Token> = Source::new(statement).lex().filter(|token| !is_blank(token.kind())).collect();
    let mut walk = Walk { text: statement, tokens: &tokens, at: 0, open: Vec::new(), slips: Vec::new() };
    if let Some(slip) = walk.pair() {
        walk.slips.push(slip);
    }
    walk.slips.into_iter().map(|slip| slip.moved(span.start)).collect()
}

/// What the next token should be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Key,
    Equals,
    Value,
    Next,
}

struct Walk<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    /// The brackets that are open.
    open: Vec<Token>,
    /// The values that are wrong.
    slips: Vec<Slip>,
}

fn span(token: Token) -> Range<usize> {
    token.span().start()..token.span().end()
}

fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::BasicString | Kind::LiteralString | Kind::MlBasicString | Kind::MlLiteralString)
}

fn closes(kind: Kind) -> bool {
    matches!(kind, Kind::RightSquareBracket | Kind::RightCurlyBracket)
}

impl Walk<'_> {
    /// Reads on to the first mark that is wrong.
    fn pair(&mut self) -> Option<Slip> {
        let mut due = Due::Key;
        while let Some(&token) = self.tokens.get(self.at) {
            if token.kind() == Kind::Eof {
                return self.ended(due);
            }
            due = match self.step(due, token) {
                Ok(due) => due,
                Err(slip) => return slip,
            };
        }
        None
    }

    /// What is due after a token, or the slip that it shows, or nothing if what is wrong is for others to say.
    fn step(&mut self, due: Due, token: Token) -> Result<Due, Option<Slip>> {
        if is_text(token.kind()) && !self.is_closed(token) {
            return Err(self.unclosed_text(token).into());
        }
        if let Some(slip) = self.odd_space(token, due) {
            return Err(Some(slip));
        }
        match due {
            Due::Key | Due::Equals if self.in_table() && self.is_list_in_table(token) => {
                Err(self.never_opened())
            }
            Due::Key => self.key(token),
            Due::Equals => self.equals(token),
            Due::Value => self.value(token),
            Due::Next => self.next(token),
        }
    }

    /// A space that looks like any other: web pages and word processors make them. Between thousands it is told with
    /// the number.
    fn odd_space(&self, token: Token, due: Due) -> Option<Slip> {
        let odd = |c: char| !c.is_ascii() && (c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'));
        let said = self.said(token);
        let is_odd = token.kind() == Kind::Atom
            && (said.starts_with(odd) || said.ends_with(odd) || due != Due::Value && said.contains(odd));
        let (at, space) = said.char_indices().find(|(_, c)| is_odd && odd(*c))?;
        let start = token.span().start() + at;
        let message = format!("there is a special space here (U+{:04X})", u32::from(space));
        Some(Slip::new(
            start..start + space.len_utf8(),
            message,
            "Take it out, or type an ordinary space in its place.",
        ))
    }

    /// Whether a token goes on with a list, though a table is open.
    fn is_list_in_table(&self, token: Token) -> bool {
        let is_of_list =
            matches!(token.kind(), Kind::Comma | Kind::LeftSquareBracket | Kind::RightSquareBracket);
        is_of_list && self.never_opened().is_some()
    }

    fn said(&self, token: Token) -> &str {
        &self.text[span(token)]
    }

    fn peek(&self, ahead: usize) -> Token {
        self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    fn in_table(&self) -> bool {
        self.open.last().is_some_and(|open| open.kind() == Kind::LeftCurlyBracket)
    }

    fn key(&mut self, token: Token) -> Result<Due, Option<Slip>> {
        match token.kind() {
            Kind::RightCurlyBracket if self.in_table() => self.close(token),
            Kind::Atom if self.said(token).contains(['"', '\'']) => Err(self.half_quoted(token).into()),
            Kind::Atom | Kind::BasicString | Kind::LiteralString => {
                self.at += 1;
                Ok(Due::Equals)
            }
            Kind::Comma if self.in_table() => Err(comma_too_many(span(token)).into()),
            Kind::Equals if self.in_table() => {
                Err(Slip::new(span(token), "there is no key before `=`", "Write `key = value`.").into())
            }
            Kind::LeftCurlyBracket if self.in_table() => Err(Slip::new(
                span(token),
                "a `{` stands where a key belongs",
                "A list of tables stands between `[` and `]`; in a table, each value has its key: `key = { … }`.",
            ).into()),
            kind if closes(kind) && self.in_table() => Err(self.mismatch(token)),
            _ => Err(None),
        }
    }

    /// A name with a quotation mark in it or after it, and none before it.
    fn half_quoted(&self, token: Token) -> Slip {
        let said = quoted(self.said(token));
        let name = said.replace(['"', '\''], "");
        let message = format!("`{said}` has only one quotation mark of a pair");
        Slip::new(
            span(token),
            message,
            format!("Write `\"{name}\"`, or `{name}` if it is a single word or number."),
        )
    }

    fn equals(&mut self, token: Token) -> Result<Due, Option<Slip>> {
        let key = span(self.tokens[self.at - 1]);
        match token.kind() {
            Kind::Equals => {
                self.at += 1;
                Ok(Due::Value)
            }
            Kind::Dot => {
                self.at += 1;
                Ok(Due::Key)
            }
            Kind::Comma | Kind::RightCurlyBracket if self.in_table() => {
                let key_said = quoted(&self.text[key.clone()]);
                Err(Slip::new(
                    key.clone(),
                    format!("`{key_said}` has no value"),
                    format!("Write `{key_said} = ` and a value."),
                )
                .into())
            }
            kind if is_text(kind) && key.end == token.span().start() => Err(quotes_do_not_match(key).into()),
            Kind::Atom if key.end == token.span().start() => Err(quotes_do_not_match(key).into()),
            _ if self.in_table() => Err(Slip::new(
                span(token),
                "there is no `=` before this",
                "In a table, each value has its key: `key = value`.",
            )
            .into()),
            _ => Err(None),
        }
    }

    fn value(&mut self, token: Token) -> Result<Due, Option<Slip>> {
        let is_list = self.open.last().is_some_and(|open| open.kind() == Kind::LeftSquareBracket);
        match token.kind() {
            kind if is_text(kind) => {
                self.at += 1;
                Ok(Due::Next)
            }
            Kind::Atom if self.peek(1).kind() == Kind::Equals && self.ends_list_of_numbers() => {
                Err(self.open.last().map(|open| never_closed(*open)))
            }
            Kind::Atom | Kind::Dot if self.peek(1).kind() == Kind::Equals => {
                Err(no_brace(self.text, span(token)).into())
            }
            Kind::Atom | Kind::Dot => self.bare_value(token),
            Kind::LeftSquareBracket | Kind::LeftCurlyBracket => {
                if self.open.len() >= DEEPEST {
                    return Err(super::too_deep(span(token)).into());
                }
                self.open.push(token);
                self.at += 1;
                Ok(if token.kind() == Kind::LeftCurlyBracket { Due::Key } else { Due::Value })
            }
            Kind::Equals => Err(one_equals(token).into()),
            Kind::RightSquareBracket if is_list => self.close(token),
            Kind::Comma if is_list => Err(comma_too_many(span(token)).into()),
            kind if closes(kind) && is_list => Err(self.mismatch(token)),
            _ => Err(self.no_value(token)),
        }
    }

    /// Whether the next token follows an item of a list in a table, and that item is no table: a key after it belongs to
    /// the table.
    fn ends_list_of_numbers(&self) -> bool {
        let open = |back: usize| self.open.len().checked_sub(back).map(|at| self.open[at].kind());
        let before = self.at.checked_sub(2).map(|at| self.tokens[at].kind());
        open(1) == Some(Kind::LeftSquareBracket)
            && open(2) == Some(Kind::LeftCurlyBracket)
            && !matches!(before, Some(Kind::RightCurlyBracket | Kind::Equals))
    }

    /// What stands after `=` in place of a value.
    fn no_value(&self, token: Token) -> Option<Slip> {
        let before = self.tokens[..self.at].iter().rposition(|token| token.kind() == Kind::Equals)?;
        let key = quoted(self.said(*self.tokens.get(before.checked_sub(1)?)?));
        let message = format!("there is no value after `{key} =`");
        let equals = span(self.tokens[before]);
        let help = if self.open.is_empty() {
            "Write a value, or put # before the line."
        } else {
            "Write a value, or take the key out."
        };
        Some(Slip::new(equals.start..token.span().start().max(equals.end), message, help))
    }

    /// A value without quotation marks.
    fn bare_value(&mut self, token: Token) -> Result<Due, Option<Slip>> {
        let found = self.bare_span(token);
        let after = self.tokens[self.at..].iter().position(|token| token.span().start() >= found.end);
        self.at += after.unwrap_or(self.tokens.len() - 1 - self.at);
        let said = &self.text[found.clone()];
        if DeTable::parse(&format!("v = {said}")).is_ok() {
            return Ok(Due::Next);
        }
        let items: Vec<&str> = said.split_whitespace().collect();
        if !self.open.is_empty()
            && !self.in_table()
            && items.len() > 1
            && items.iter().all(|item| item.parse::<f64>().is_ok())
        {
            let help = format!("Put a comma between one item and the next: {}.", items.join(", "));
            return Err(Slip::new(found, "a comma is missing between these", help).into());
        }
        let (message, help) = values::meant(said);
        let key = self.text[..found.start].trim_end().trim_end_matches('=').trim_end();
        let help = values::factor_meant(key, said).unwrap_or(help);
        self.slips.extend(Some(Slip::new(found, message, help)));
        if self.slips.len() < MOST_VALUES { Ok(Due::Next) } else { Err(None) }
    }

    /// How far a value goes: to the next mark that ends it, but over commas between thousands and in `(3, 5)`.
    fn bare_span(&self, first: Token) -> Range<usize> {
        let start = first.span().start();
        let rest = self.text[start..].split('\n').next().unwrap_or_default();
        let paired = |open: &str, close: char| rest.starts_with(open).then(|| rest.find(close)).flatten();
        let curly =
            ["“", "„", "‘"].iter().find_map(|open| paired(open, if *open == "‘" { '’' } else { '”' }));
        let whole = paired("(", ')').or(curly);
        if let Some(close) = whole {
            let mark = rest[close..].chars().next().map_or(0, char::len_utf8);
            return start..start + close + mark;
        }
        let mut end = start;
        let mut tokens = self.tokens[self.at..].iter();
        while let Some(token) = tokens.next() {
            let is_key =
                token.span().start() > end && is_key_next(std::iter::once(token).chain(tokens.clone()));
            match token.kind() {
                _ if self.has_newline(end, *token) => break,
                Kind::Atom | Kind::Dot if !is_key => end = token.span().end(),
                Kind::Comma
                    if self.goes_on_after(start..end, *token) || self.is_for_point(start..end, *token) => {}
                _ => break,
            }
        }
        start..end
    }

    fn has_newline(&self, end: usize, token: Token) -> bool {
        self.text.get(end..token.span().start()).is_some_and(|between| between.contains('\n'))
    }

    /// Whether a comma stands between the thousands of a number. In a list it only does after `£`.
    fn goes_on_after(&self, number: Range<usize>, comma: Token) -> bool {
        let before = &self.text[number.clone()];
        let is_list = !self.open.is_empty() && !self.in_table();
        let group = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let after = &self.text[comma.span().end()..];
        let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let follows = group(after) == 3 && ends(after.chars().nth(3)) && !is_key_ahead(&after[3..]);
        let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
        number.end == comma.span().start()
            && follows
            && (1..=3).contains(&digits)
            && (!is_list || before.contains('£'))
    }

    /// Whether a comma stands where the point of a number belongs. In a list it never does.
    fn is_for_point(&self, number: Range<usize>, comma: Token) -> bool {
        let is_list = !self.open.is_empty() && !self.in_table();
        let is_digit = |c: char| c.is_ascii_digit();
        let is_word = |c: char| c.is_alphanumeric() || "_-".contains(c);
        let (before, after) = (&self.text[number.clone()], &self.text[comma.span().end()..]);
        let decimals: String = after.chars().take_while(char::is_ascii_digit).collect();
        let is_grouped = values::decimal_comma(&format!("{before},{decimals}")).is_some();
        number.end == comma.span().start()
            && !is_list
            && before.ends_with(is_digit)
            && after.starts_with(is_digit)
            && (!before.trim_end_matches(is_digit).ends_with(['.', ',', '_']) || is_grouped)
            && !is_key_ahead(after.trim_start_matches(is_word))
    }

    fn next(&mut self, token: Token) -> Result<Due, Option<Slip>> {
        let before = span(self.tokens[self.at - 1]);
        let touches = before.end == token.span().start();
        match token.kind() {
            Kind::Comma if !self.open.is_empty() => {
                self.at += 1;
                Ok(if self.in_table() { Due::Key } else { Due::Value })
            }
            kind if closes(kind) => self.close(token),
            kind if touches && (kind == Kind::Atom || is_text(kind)) => {
                Err(quotes_do_not_match(before).into())
            }
            _ if self.open.is_empty() => Err(self.after_value(token)),
            Kind::Equals => Err(one_equals(token).into()),
            _ if self.text[before.end..token.span().start()].contains('\n')
                && self.in_table()
                && !self.is_key(token) =>
            {
                Err(self.open.last().map(|open| never_closed(*open)))
            }
            _ => Err(Slip::new(
                span(token),
                "a comma is missing before this",
                "Put a comma between one item and the next.",
            )
            .into()),
        }
    }

    fn is_key(&self, token: Token) -> bool {
        matches!(token.kind(), Kind::Atom | Kind::BasicString | Kind::LiteralString)
            && matches!(self.peek(1).kind(), Kind::Equals | Kind::Dot)
    }

    /// Something after the whole value of a statement.
    fn after_value(&self, token: Token) -> Option<Slip> {
        let value = self.tokens.iter().position(|token| token.kind() == Kind::Equals)? + 1;
        let start = self.tokens[value].span().start();
        match self.unmatched_closing().map(|token| token.kind()) {
            Some(Kind::RightSquareBracket) => {
                let first = quoted(self.text[start..token.span().start()].trim_end());
                Some(Slip::new(
                    start..token.span().end(),
                    format!("a `[` is missing before `{first}`"),
                    "A list stands between `[` and `]`.",
                ))
            }
            Some(_) => Some(no_brace(self.text, span(self.tokens[value]))),
            None => {
                let rest = super::rest_of_line(self.text, token.span().start());
                if self.text[rest.clone()].matches('"').count() % 2 == 1 {
                    return Some(quotes_do_not_match(rest));
                }
                Some(super::follows_value(rest))
            }
        }
    }

    /// The next bracket that closes more than is open.
    fn unmatched_closing(&self) -> Option<Token> {
        let ahead = &self.tokens[self.at..];
        first_unopened(ahead.iter().map(Token::kind)).map(|place| ahead[place])
    }

    fn close(&mut self, token: Token) -> Result<Due, Option<Slip>> {
        let pair = match token.kind() {
            Kind::RightSquareBracket => Kind::LeftSquareBracket,
            _ => Kind::LeftCurlyBracket,
        };
        match self.open.last() {
            Some(open) if open.kind() == pair => {
                self.open.pop();
                self.at += 1;
                Ok(Due::Next)
            }
            Some(_) => Err(self.mismatch(token)),
            None => Err(self.never_opened()),
        }
    }

    /// A bracket that is closed and was never opened, from here on.
    fn never_opened(&self) -> Option<Slip> {
        let token = self.unmatched_closing()?;
        let (open, close) = if token.kind() == Kind::RightSquareBracket { ("[", "]") } else { ("{", "}") };
        let opened = if open == "[" { Kind::LeftSquareBracket } else { Kind::LeftCurlyBracket };
        let help = format!("Take it out, or put `{open}` where what it ends begins.");
        let is_none = self.open.iter().all(|open| open.kind() != opened);
        is_none.then(|| Slip::new(span(token), format!("there is no `{open}` for this `{close}`"), help))
    }

    /// A bracket is closed by one of the other kind.
    fn mismatch(&self, token: Token) -> Option<Slip> {
        let open = *self.open.last()?;
        let is_last = self.open.len() == 1 && self.at + 2 == self.tokens.len();
        if !is_last {
            return self.never_opened().or_else(|| Some(never_closed(open)));
        }
        let (what, right) =
            if open.kind() == Kind::LeftSquareBracket { ("list", "]") } else { ("table", "}") };
        let said = self.said(token);
        Some(Slip::new(
            span(token),
            format!("this {what} ends with `{said}`"),
            format!("Write `{right}` for `{said}`."),
        ))
    }

    /// The end of the statement, before all is said.
    fn ended(&self, due: Due) -> Option<Slip> {
        if due == Due::Value && self.open.is_empty() {
            return self.no_value(self.tokens[self.at - 1]);
        }
        Some(never_closed(*self.open.first()?))
    }

    fn is_closed(&self, token: Token) -> bool {
        let said = self.said(token);
        let quotes = if matches!(token.kind(), Kind::MlBasicString | Kind::MlLiteralString) { 3 } else { 1 };
        said.len() >= 2 * quotes && said.ends_with(&said[..quotes]) && !ends_escaped(said, quotes)
    }

    fn unclosed_text(&self, token: Token) -> Slip {
        let start = token.span().start();
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let help = "Put a quotation mark of the same kind at its end.";
        Slip::new(start..start + line.trim_end().len(), "a text is not closed", help)
    }
}

fn never_closed(open: Token) -> Slip {
    let (what, due) = if open.kind() == Kind::LeftSquareBracket {
        ("list", "Put `]` after its last item.")
    } else {
        ("table", "Put `}` after its last value.")
    };
    Slip::new(span(open), format!("the {what} that starts here is never closed"), due)
}

/// Whether tokens begin with a key and `=`.
fn is_key_next<'a>(tokens: impl Iterator<Item = &'a Token>) -> bool {
    const LONGEST: usize = 2 * DEEPEST;
    let after = tokens.take(LONGEST).find(|token| !matches!(token.kind(), Kind::Atom | Kind::Dot));
    after.is_some_and(|token| token.kind() == Kind::Equals)
}

/// Whether a key and `=` come next.
fn is_key_ahead(text: &str) -> bool {
    text.trim_start().starts_with('=')
}

/// Whether the quotation mark at the end of a text belongs to it: `"C:\"`.
fn ends_escaped(said: &str, quotes: usize) -> bool {
    let inner = &said[quotes..said.len() - quotes];
    said.starts_with('"') && inner.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

fn one_equals(token: Token) -> Slip {
    Slip::new(span(token), "there is an `=` too many", "Write `key = value`.")
}

fn comma_too_many(span: Range<usize>) -> Slip {
    Slip::new(span, "there is a comma too many", "Take it out, or put what is missing before it.")
}

fn no_brace(text: &str, key: Range<usize>) -> Slip {
    let said = quoted(&text[key.clone()]);
    let help = "A table within a line stands between `{` and `}`.";
    Slip::new(key.clone(), format!("a `{{` is missing before `{said}`"), help)
}

fn quotes_do_not_match(before: Range<usize>) -> Slip {
    let help =
        "Put each text between a pair of them. Within a text in double quotation marks, use single ones.";
    Slip::new(before, "the quotation marks do not pair up here", help)
}

/// What is wrong with a table's header.
pub(super) fn of_header(text: &str, line: Range<usize>) -> Option<Slip> {
    let said = &text[line.clone()];
    let kinds: Vec<Token> = Source::new(said).lex().filter(|token| !is_blank(token.kind())).collect();
    let count = |kind: Kind| kinds.iter().filter(|token| token.kind() == kind).count();
    let (opening, closing) = (count(Kind::LeftSquareBracket), count(Kind::RightSquareBracket));
    let last = kinds.iter().rev().find(|token| token.kind() != Kind::Eof)?;
    let end = line.start + last.span().end();
    let name = quoted(said[..last.span().end()].trim_matches(['[', ']', ' ']));
    let single = format!("Write `[{name}]`");
    if kinds.iter().any(|token| is_text(token.kind()) && token.span().len() == 1)
        || name.matches('"').count() % 2 == 1
    {
        return Some(Slip::new(
            line.start..end,
            "a quotation mark is missing in this header",
            "Names with other signs than letters, digits, `_` and `-` stand between a pair of them.",
        ));
    }
    let (message, help) = match (opening, closing) {
        (0, 1) => ("the header of this table has no `[`", single + "."),
        (0, 2) => ("the header of this table has no `[[`", format!("Write `[[{name}]]`.")),
        (1, 0) => ("the header of this table is not closed", format!("Put `]` at the end: `[{name}]`.")),
        (2, 0) => ("the header of this table is not closed", format!("Put `]]` at the end: `[[{name}]]`.")),
        (1, 2) | (2, 1) => (
            "the header of this table has not as many `[` as `]`",
            format!("{single}, or `[[{name}]]` for one of a list."),
        ),
        (1, 1) | (2, 2) => {
            let (message, help) = odd_name(&name)?;
            return Some(Slip::new(line.start..end, message, help));
        }
        _ if kinds.iter().take(3).all(|token| token.kind() == Kind::LeftSquareBracket) => (
            "a line begins with more than two `[`",
            "A table starts with `[name]`, one of a list with `[[name]]`.".into(),
        ),
        _ => return None,
    };
    Some(Slip::new(line.start..end, message, help))
}

/// A name in a header that cannot stand as it is.
fn odd_name(name: &str) -> Option<Told> {
    let steps = name.split('.').map(str::trim);
    let is_bare = |step: &&str| step.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let odd = steps.into_iter().find(|step| !is_bare(step) && !step.starts_with(['"', '\'']))?;
    if name.contains(['[', ']', '"', '\'', '=']) {
        return None;
    }
    let help = if odd.contains(char::is_whitespace) {
        format!(
            "A name is one word: `{}`. Names with spaces stand between quotation marks.",
            super::snake(odd)
        )
    } else {
        format!("Put it between quotation marks: \"{odd}\".")
    };
    Some((format!("`{odd}` cannot be a name as it stands"), help))
}
