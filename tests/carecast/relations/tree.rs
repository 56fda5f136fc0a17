//! A scenario's text as a tree, to be changed and written again.

use toml::{Table, Value};

/// Changes a text as a tree.
pub fn edit(text: &str, change: impl FnOnce(&mut Table)) -> String {
    let mut tree: Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    change(&mut tree);
    written(&tree)
}

/// The table at a path, such as `stages.s0.exits`.
#[track_caller]
pub fn at<'a>(tree: &'a mut Table, path: &str) -> &'a mut Table {
    path.split('.').fold(tree, |table, key| {
        let inner = table.get_mut(key).unwrap_or_else(|| panic!("no {key} of {path}"));
        inner.as_table_mut().unwrap_or_else(|| panic!("{key} of {path} is no table"))
    })
}

/// Whether there is anything at a path.
pub fn has(text: &str, path: &str) -> bool {
    let tree: Table = text.parse().expect("it was read before");
    let mut table = Some(&tree);
    let mut value = None;
    for key in path.split('.') {
        value = table.and_then(|t| t.get(key));
        table = value.and_then(Value::as_table);
    }
    value.is_some()
}

/// Sets a value at a path, as a file would write it; tables on the way are made.
pub fn set(text: &str, path: &str, value: &str) -> String {
    edit(text, |tree| {
        let (above, key) = path.rsplit_once('.').map_or(("", path), |(above, key)| (above, key));
        let mut table = tree;
        for key in above.split('.').filter(|k| !k.is_empty()) {
            let inner = table.entry(key.to_owned()).or_insert_with(|| Value::Table(Table::new()));
            table = inner.as_table_mut().unwrap_or_else(|| panic!("{key} of {path} is no table"));
        }
        table.insert(key.to_owned(), parsed(value));
    })
}

/// A value as a file writes it.
pub fn parsed(value: &str) -> Value {
    let table: Table = format!("x = {value}").parse().unwrap_or_else(|error| panic!("{error}: {value}"));
    table["x"].clone()
}

/// A table in the opposite order.
pub fn reverse(table: &mut Table) {
    let entries: Vec<(String, Value)> = std::mem::take(table).into_iter().collect();
    *table = entries.into_iter().rev().collect();
}

/// Every table of a tree, itself included, from the outside in.
pub fn each(table: &mut Table, path: &str, change: &mut impl FnMut(&str, &mut Table)) {
    change(path, table);
    for (key, value) in table.iter_mut() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        each_value(value, &path, change);
    }
}

fn each_value(value: &mut Value, path: &str, change: &mut impl FnMut(&str, &mut Table)) {
    match value {
        Value::Table(table) => each(table, path, change),
        Value::Array(values) => values.iter_mut().for_each(|v| each_value(v, path, change)),
        _ => {}
    }
}

fn written(tree: &Table) -> String {
    let mut text = String::new();
    write_table(&mut text, "", tree);
    text
}

/// Plain values first, then the tables in it under headings of their own.
fn write_table(text: &mut String, path: &str, table: &Table) {
    if !path.is_empty() {
        *text += &format!("[{path}]\n");
    }
    let inner = |v: &Value| v.is_table();
    for (key, value) in table.iter().filter(|e| !inner(e.1)) {
        *text += &format!("{} = {}\n", quoted(key), line(value));
    }
    for (key, value) in table.iter().filter_map(|(k, v)| Some((k, v.as_table()?))) {
        let path = if path.is_empty() { quoted(key) } else { format!("{path}.{}", quoted(key)) };
        write_table(text, &path, value);
    }
}

fn quoted(key: &str) -> String {
    format!("{key:?}")
}

/// A value on one line.
fn line(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Integer(n) => n.to_string(),
        Value::Float(x) => format!("{x:?}"),
        Value::Boolean(yes) => yes.to_string(),
        Value::Datetime(date) => date.to_string(),
        Value::Array(all) => format!("[{}]", all.iter().map(line).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            let entries = table.iter().map(|(k, v)| format!("{} = {}", quoted(k), line(v)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
