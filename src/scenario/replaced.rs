//! What a what-if replaces in its baseline: a table of values that should change a part of one replaces it whole.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::fault::TO_PASTE;
use super::source::Sources;
use super::tree::{Node, Value, join, written};

/// What is wrong with a table that should change a part of one that it replaces.
pub(super) const IN_PART: &str = "this replaces a whole table, but says only a part of it";

/// Tables within a line are no longer than this, where they can have a header of their own.
const LONGEST_LINE: usize = 150;

/// The keys of which a table of values has one, to say what it is.
const SIGNS: [&str; 5] = ["by", "law", "best", "between", "count"];

/// The tables that others replace, by path.
#[derive(Debug, Default)]
pub(super) struct Replaced(BTreeMap<String, Node>);

impl Replaced {
    pub(super) fn add(&mut self, path: String, base: Node) {
        self.0.insert(path, base);
    }

    /// What to write for each of the tables that replace others, if it lacks what it must say.
    pub(super) fn remedies(&self, tree: &Node, sources: &Sources) -> Remedies {
        let names = |table: &str| tree.get(table).and_then(entries).into_iter().flat_map(IndexMap::keys);
        let classes = [("age", "ages"), ("cohort", "cohorts"), ("need", "needs")];
        let classes = Classes(classes.map(|(by, table)| (by, names(table).cloned().collect())));
        let remedy = |(path, base): (&String, &Node)| {
            Some((path.clone(), remedy(path, (base, tree.find(path)?), &classes, sources)?))
        };
        Remedies(self.0.iter().filter_map(remedy).collect())
    }
}

/// What to write for tables that replace others and lack what they must say, by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Remedies(BTreeMap<String, String>);

impl Remedies {
    pub(super) fn of(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The table that a path is, or is in, and its remedy.
    pub(super) fn around(&self, path: &str) -> Option<(&str, &str)> {
        let rest = |table: &String| path.strip_prefix(table.as_str());
        let is_around = |table: &String| rest(table).is_some_and(|r| r.is_empty() || r.starts_with('.'));
        let found = self.0.iter().find(|(table, _)| is_around(table));
        found.map(|(table, remedy)| (table.as_str(), remedy.as_str()))
    }
}

/// The table that is replaced, with what the other says put in.
fn remedy(path: &str, (base, over): (&Node, &Node), classes: &Classes, sources: &Sources) -> Option<String> {
    let put_in = if is_value(base) { classes.put_in(base, over) } else { Some(parts_put_in(base, over)?) };
    let (told, shown) = match put_in {
        Some(whole) if is_value(base) => ("with your values put in; write this instead", whole),
        Some(whole) => ("with your values put in; change the others so that the sum is the same", whole),
        None if !is_value(over) => ("to copy and change", base.clone()),
        None => return None,
    };
    let lines = match key_within_table(over, sources) {
        Some(key) => vec![format!("{key} = {}", written(&shown.to_json()))],
        None => headed(path, &shown),
    };
    let lines: Vec<String> = lines.iter().map(|line| format!("{TO_PASTE}{line}")).collect();
    Some(format!(
        "A table of values replaces the one in the baseline whole: the two are not merged. Here is the baseline's, \
         {told}:\n{}",
        lines.join("\n")
    ))
}

/// A table among whose keys something is divided, with what another says of some of them put in.
fn parts_put_in(base: &Node, over: &Node) -> Option<Node> {
    let (mut whole, changes) = (entries(base)?.clone(), entries(over)?);
    if changes.len() >= whole.len() || changes.keys().any(|key| !whole.contains_key(key)) {
        return None;
    }
    whole.extend(changes.clone());
    Some(Node { value: Value::Table(whole), ..base.clone() })
}

/// The names of age bands, cohorts and need classes, by what a table that varies by them says.
struct Classes([(&'static str, Vec<String>); 3]);

impl Classes {
    /// A table with what another says put in, if that is of the same kind.
    fn put_in(&self, base: &Node, over: &Node) -> Option<Node> {
        let mut whole = entries(base)?.clone();
        for (key, change) in entries(over)? {
            match whole.get_mut(key) {
                Some(old) if ["by", "law"].contains(&key.as_str()) => {
                    (old.to_json() == change.to_json()).then_some(())?;
                }
                Some(old) => *old = self.changed(old, change),
                None if self.is_class(base, key) => {
                    // `others` comes last.
                    let place = whole.get_index_of("others").unwrap_or(whole.len());
                    whole.shift_insert(place, key.clone(), change.clone());
                }
                None => return None,
            }
        }
        Some(Node { value: Value::Table(whole), ..base.clone() })
    }

    fn changed(&self, old: &Node, change: &Node) -> Node {
        let lacks = |key: &String| key != "source" && change.get(key).is_none();
        let is_part = entries(old).is_some_and(|old| old.keys().any(lacks));
        let whole = if is_part { self.put_in(old, change) } else { None };
        whole.unwrap_or_else(|| change.clone())
    }

    /// Whether a table varies by something of which there is a class of this name.
    fn is_class(&self, table: &Node, name: &str) -> bool {
        let Some(Value::Text(said)) = table.get("by").map(|by| &by.value) else { return false };
        self.0.iter().any(|(by, names)| by == said && names.iter().any(|class| class == name))
    }
}

fn entries(node: &Node) -> Option<&IndexMap<String, Node>> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

fn is_value(node: &Node) -> bool {
    SIGNS.iter().any(|sign| node.get(sign).is_some())
}

/// The key of a table that stands within another, as the line says it; none of a table with a header of its own.
fn key_within_table<'t>(node: &Node, sources: &'t Sources) -> Option<&'t str> {
    let (text, key) = (sources.text(node.file), node.key_span.clone()?);
    let start = text[..key.start].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..key.end].trim_start();
    if line.starts_with('[') {
        return None;
    }
    Some(if line.contains(['{', ',']) { &text[key] } else { line })
}

/// A table under a header, and long ones in it under headers of their own.
fn headed(path: &str, table: &Node) -> Vec<String> {
    let mut lines = vec![format!("[{path}]")];
    let mut below = Vec::new();
    for (key, node) in entries(table).into_iter().flatten() {
        let line = format!("{} = {}", join("", key), written(&node.to_json()));
        let holds_tables =
            entries(node).is_some_and(|inner| inner.values().any(|node| entries(node).is_some()));
        if holds_tables && line.len() > LONGEST_LINE {
            below.extend(headed(&join(path, key), node));
        } else {
            lines.push(line);
        }
    }
    lines.extend(below);
    lines
}

#[cfg(test)]
mod tests {
    use super::super::tree::{merge, parse};
    use super::*;

    const BASE: &str = "[ages]\nyoung = [0, 10]\nold = [10, 18]\n[s.x]\nby = \"age\"\nyoung = 0.1\nothers = { best = 0.2, low = 0.1, high = 0.3 }\n[s.y]\nlaw = \"gamma\"\nshape = 2\nmean = 9\nunit = \"days\"\n";

    /// What is to be written for a table that replaces one.
    fn written(path: &str, over: &str) -> Option<String> {
        let mut sources = Sources::default();
        let mut read = |text: &str| {
            let file = sources.add("a.toml", text);
            parse(&sources, file).tree
        };
        let (base, over) = (read(BASE), read(over));
        let mut replaced = Replaced::default();
        let tree = merge(base, over, &mut replaced);
        let remedy = replaced.remedies(&tree, &sources).of(path)?.to_owned();
        let lines: Vec<&str> = remedy.lines().skip(1).map(|line| &line[TO_PASTE.len()..]).collect();
        Some(lines.join("\n"))
    }

    #[test]
    fn what_is_changed_is_put_into_what_it_replaces() {
        for (path, over, due) in [
            (
                "s.x",
                "[s.x]\nold = 0\nothers.best = 0.25\n",
                "[s.x]\nby = \"age\"\nyoung = 0.1\nold = 0\nothers = { best = 0.25, low = 0.1, high = 0.3 }",
            ),
            (
                "s.x",
                "[s]\nx = { by = \"age\", young = 0 }\n",
                "x = { by = \"age\", young = 0, others = { best = 0.2, low = 0.1, high = 0.3 } }",
            ),
            ("s.x", "s.x.others = 0.5\n", "s.x = { by = \"age\", young = 0.1, others = 0.5 }"),
            ("s.y", "[s.y]\nmean = 7\n", "[s.y]\nlaw = \"gamma\"\nshape = 2\nmean = 7\nunit = \"days\""),
            // Of another kind: only to copy.
            ("s.y", "[s.y]\nyoung = 7\n", "[s.y]\nlaw = \"gamma\"\nshape = 2\nmean = 9\nunit = \"days\""),
        ] {
            assert_eq!(written(path, over).as_deref(), Some(due), "{over}");
        }
    }

    #[test]
    fn a_part_of_what_something_is_divided_among_is_put_into_the_whole() {
        let remedy = |over: &str| {
            let mut sources = Sources::default();
            let [base, over] = ["[arrivals.a]\nages = { young = 0.3, old = 0.7 }\n", over].map(|text| {
                let file = sources.add("a.toml", text);
                parse(&sources, file).tree
            });
            let mut replaced = Replaced::default();
            let tree = merge(base, over, &mut replaced);
            replaced.remedies(&tree, &sources).of("arrivals.a.ages").map(str::to_owned)
        };
        let told = remedy("arrivals.a.ages.old = 0.6\n").expect("a part of it is said");
        assert!(told.ends_with("arrivals.a.ages = { young = 0.3, old = 0.6 }"), "{told}");
        assert_eq!(remedy("arrivals.a.ages = { old = 1, young = 0 }\n"), None);
    }

    #[test]
    fn what_says_of_itself_what_it_is_has_no_remedy() {
        for over in
            ["[s.x]\nby = \"cohort\"\na = 1\n", "s.y = { law = \"fixed\", length = 1 }\n", "s.x = 3\n"]
        {
            assert_eq!(written("s.x", over).or(written("s.y", over)), None, "{over}");
        }
    }
}
