//! Texts that would do something else than be read: in a terminal, a drawing or a spreadsheet.
//!
//! They are refused where they are written, so that no output has to alter a text.

use std::collections::BTreeSet;

use super::doubt::Doubts;
use super::fault::{Fault, MOST_FOUND, Told, listed};
use super::tree::{Node, Value, join};

/// Keys whose texts stand alone in the cells of tables.
const NAMES: [&str; 2] = ["name", "title"];

/// The most characters that are listed.
const SHOWN: usize = 5;

/// What is wrong with the texts and names of a file.
#[must_use]
pub fn faults(tree: &Node, doubts: &Doubts) -> Vec<Fault> {
    let mut faults = Vec::new();
    look_at(tree, "", "", &mut faults);
    // What stands in for a text that is missing or wrong is empty, and is told of already.
    faults.retain(|fault| !doubts.holds(&fault.path));
    faults
}

fn look_at(node: &Node, path: &str, key: &str, faults: &mut Vec<Fault>) {
    if faults.len() > MOST_FOUND {
        return;
    }
    match &node.value {
        Value::Table(table) => {
            for (key, value) in table {
                let path = join(path, key);
                if let Some((message, help)) = odd_name(key, "name").or_else(|| odd_text(key)) {
                    let place = Some(value.key_place());
                    faults.push(Fault { place, path: path.clone(), message, help });
                }
                look_at(value, &path, key, faults);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                look_at(item, &format!("{path}[{number}]"), key, faults);
            }
        }
        Value::Text(text) => {
            let name = NAMES.contains(&key).then(|| odd_name(text, key)).flatten();
            if let Some((message, help)) = name.or_else(|| odd_text(text)) {
                faults.push(Fault { place: Some(node.place()), path: path.to_owned(), message, help });
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_) => {}
    }
}

/// Whether a name is one of those that are refused here.
pub(super) fn is_odd_name(name: &str) -> bool {
    odd_name(name, "name").or_else(|| odd_text(name)).is_some()
}

/// A name that a spreadsheet would take for a formula, or that shows otherwise than it is.
fn odd_name(text: &str, what: &str) -> Option<Told> {
    if text.trim().is_empty() {
        return Some((format!("this {what} is empty"), "Write what people call it.".into()));
    }
    if text.trim() != text {
        return Some((format!("a {what} cannot begin or end with a space"), "Take the space out.".into()));
    }
    let unseen = |c: &char| matches!(c, '\n' | '\r' | '\t' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if let Some(odd) = text.chars().find(unseen) {
        return Some((
            format!("there is a character that cannot be seen (U+{:04X}) in this {what}", u32::from(odd)),
            "Write it in one line, with spaces alone between its words.".into(),
        ));
    }
    let first = text.chars().next().filter(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(*c))?;
    let message = format!("a {what} cannot begin with `{first}`");
    Some((message, "A spreadsheet would take it for a formula. Begin with a letter or a digit.".into()))
}

/// A text with characters that command a terminal or that no drawing may hold.
fn odd_text(text: &str) -> Option<Told> {
    let is_odd =
        |c: &char| c.is_control() && !matches!(c, '\n' | '\t' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}');
    let odd: BTreeSet<char> = text.chars().filter(is_odd).collect();
    let mut codes: Vec<String> = odd.iter().take(SHOWN).map(|&c| format!("U+{:04X}", u32::from(c))).collect();
    if odd.len() > SHOWN {
        codes.push("others".into());
    }
    let (message, it, they) = match odd.len() {
        0 => return None,
        1 => (format!("there is a control character ({}) in this text", codes[0]), "it", "it"),
        _ => {
            (format!("there are control characters ({}) in this text", listed(codes, "and")), "them", "they")
        }
    };
    let first = odd.first().map_or(0, |&c| u32::from(c));
    let help = format!(
        "Take {it} out: {they} cannot be seen, and a terminal would act on {it}. Look for \\u{first:04x} if you see none."
    );
    Some((message, help))
}
