//! One slip of the pen in a file that is right: a bracket, brace, quotation mark or comma that is missing. The line where
//! it is missing is told first, and little else, for what seems wrong after it is not.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use carecast::scenario::Scenario;
use carecast::scenario::shipped::{SHIPPED, Shipped};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// The most faults that one slip may give.
const MOST: usize = 3;
/// How many slips of each file are tried in every run of the tests.
const SAMPLE: usize = 120;

/// A mark that can be left out: where it is, and the lines on which a reader would look for it.
struct Mark {
    byte: usize,
    lines: RangeInclusive<usize>,
}

/// All marks of a file outside comments and texts. Those of a list over several lines are missed anywhere in it.
fn marks(text: &str) -> Vec<Mark> {
    let (mut marks, mut open) = (Vec::<Mark>::new(), Vec::<usize>::new());
    let line_of = |byte: usize| 1 + text[..byte].matches('\n').count();
    let mut first_of_statement = 0;
    for token in Source::new(text).lex() {
        let (start, end) = (token.span().start(), token.span().end());
        let line = line_of(start);
        let bytes = match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                open.push(start);
                vec![start]
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                open.pop();
                vec![start]
            }
            TokenKind::Comma => vec![start],
            TokenKind::BasicString | TokenKind::LiteralString => vec![start, end - 1],
            TokenKind::Newline if open.is_empty() => {
                first_of_statement = marks.len();
                vec![]
            }
            _ => vec![],
        };
        marks.extend(bytes.into_iter().map(|byte| Mark { byte, lines: line..=line }));
        let statement = &mut marks[first_of_statement..];
        if let Some(first) = statement.first().map(|mark| *mark.lines.start()) {
            for mark in statement {
                mark.lines = first..=line;
            }
        }
    }
    marks
}

/// What is told of the file without a mark, unless the right line comes first and little else after it.
fn told_badly(file: &Shipped, mark: &Mark, meaning: &str) -> Option<String> {
    let text = [&file.text[..mark.byte], &file.text[mark.byte + 1..]].concat();
    let faults = match Scenario::from_text("slip.toml", &text) {
        Ok(scenario) if scenario.hash == meaning => return None,
        Ok(_) => return Some("it means something else".into()),
        Err(faults) => faults,
    };
    let place = faults.as_slice()[0].place.as_ref();
    let line = place.filter(|place| faults.sources().name(place.file) == "slip.toml");
    let line = line.map(|place| faults.sources().line(place.file, place.span.start).number);
    let is_right = line.is_some_and(|line| mark.lines.contains(&line));
    if is_right && faults.as_slice().len() <= MOST {
        return None;
    }
    let count = faults.as_slice().len();
    let which = if is_right { "the right line" } else { "another line" };
    Some(format!("{which} first, {count} faults:\n{faults}"))
}

/// Leaves out one mark after another, at most so many of each file.
fn try_slips(most: usize) {
    let (mut tried, mut wrong) = (0, Vec::new());
    for file in SHIPPED {
        let meaning = Scenario::shipped(file.name).expect("it comes with the program").hash;
        let marks = marks(file.text);
        for mark in marks.iter().step_by(marks.len().div_ceil(most)) {
            tried += 1;
            if let Some(told) = told_badly(file, mark, &meaning) {
                let left_out = &file.text[mark.byte..=mark.byte];
                let line = file.text[..mark.byte].matches('\n').count() + 1;
                wrong.push(format!("{}:{line}: without {left_out}: {told}\n", file.name));
            }
        }
    }
    let mut all = String::new();
    wrong.iter().take(20).for_each(|told| writeln!(all, "{told}").expect("a text takes it"));
    println!("{tried} slips");
    assert!(wrong.is_empty(), "of {tried} slips {} are told badly, such as:\n{all}", wrong.len());
}

#[test]
fn one_slip_gives_its_line_first_and_little_else() {
    try_slips(SAMPLE);
}

#[test]
#[ignore = "takes minutes: every mark of every file that comes with the program"]
fn any_slip_gives_its_line_first_and_little_else() {
    try_slips(usize::MAX);
}
