//! Texts that would do something else than be read: in a terminal, a drawing or a spreadsheet.
//!
//! They are refused where they are written, so that no output has to alter a text.

use std::collections::BTreeSet;

use super::fault::{Fault, MOST_FOUND, Told, listed};
use super::tree::{Node, Value, join};

/// Keys whose texts stand alone in the cells of tables.
const NAMES: [&str; 2] = ["name", "title"];

/// The most characters that are listed.
const SHOWN: usize = 5;

/// What is wrong with the texts and names of a file.
#[must_use]
pub fn faults(tree: &Node) -> Vec<Fault> {
    let mut faults = Vec::new();
    look_at(tree, "", "", &mut faults);
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

/// A name that a spreadsheet would take for a formula.
fn odd_name(text: &str, what: &str) -> Option<Told> {
    let first = text.chars().next().filter(|c| "=+-@".contains(*c))?;
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
