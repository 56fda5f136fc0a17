//! A TOML file as a tree of values, each knowing the file and line it came from.

use std::ops::Range;

use indexmap::IndexMap;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::replaced::Replaced;
use super::source::{FileId, Place, Sources};
use super::syntax;

/// How deep tables and lists may be nested. No scenario needs a quarter of it.
pub(super) const DEEPEST: usize = 64;

/// Tables whose keys are choices among which something is divided, and series. Half an old one and half a new
/// one would be nonsense, so a new one replaces the old one whole. `*` stands for any key.
const REPLACED_WHOLE: &[&[&str]] = &[
    &["arrivals", "*", "family_sizes"],
    &["arrivals", "*", "ages"],
    &["arrivals", "*", "cohorts"],
    &["opening", "*", "family_sizes"],
    &["opening", "*", "ages"],
    &["opening", "*", "cohorts"],
    &["opening", "*", "tracks", "*"],
    &["opening", "*", "entries_by_age"],
    &["opening", "*", "entries_by_year"],
    &["tracks", "*", "first"],
    &["costs", "*", "outturn"],
    &["income", "*", "outturn"],
];

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The file it is in.
    pub file: FileId,
    /// Where the value is; for a table with a header of its own, the header.
    pub span: Range<usize>,
    /// Where its key is, when it has one.
    pub key_span: Option<Range<usize>>,
}

/// What a TOML file can hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Keys and their values, in the order of the file.
    Table(IndexMap<String, Node>),
    /// A list.
    Array(Vec<Node>),
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a decimal point or an exponent, and a whole number too large to be one.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A date or time without quotation marks, as TOML writes it: `2026-04-01`.
    Date(String),
}

impl Node {
    /// Where the value is.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { file: self.file, span: self.span.clone() }
    }

    /// Where to point for something about the key, or about a table as a whole: its header or its key.
    #[must_use]
    pub fn heading(&self) -> Place {
        let in_header = |key: &Range<usize>| self.span.start <= key.start && key.end <= self.span.end;
        let span = self.key_span.clone().filter(|key| !in_header(key));
        Place { file: self.file, span: span.unwrap_or_else(|| self.span.clone()) }
    }

    /// Where the key is, or the value when it has no key.
    #[must_use]
    pub fn key_place(&self) -> Place {
        Place { file: self.file, span: self.key_span.clone().unwrap_or_else(|| self.span.clone()) }
    }

    /// The value of a key of this table.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// The node at a dotted path ([`join`] says how paths are written).
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Node> {
        let (node, whole) = self.find_nearest(path);
        whole.then_some(node)
    }

    /// The node at a dotted path or, when there is none, its nearest ancestor, and whether it is the node itself.
    #[must_use]
    pub fn find_nearest(&self, path: &str) -> (&Node, bool) {
        let mut node = self;
        for step in steps(path) {
            let next = match &node.value {
                Value::Table(table) => table.get(&step),
                Value::Array(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => return (node, false),
            }
        }
        (node, true)
    }

    /// The value without its places. Dates become text; so does nothing else.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Table(table) => {
                Json::Object(table.iter().map(|(key, node)| (key.clone(), node.to_json())).collect())
            }
            Value::Array(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Text(text) | Value::Date(text) => Json::from(text.as_str()),
            Value::Integer(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::Bool(truth) => Json::from(*truth),
        }
    }
}

/// What a value lacks that a type asks for.
pub type Mismatch = de::value::Error;

/// A type is read straight from the tree.
impl<'de> Deserializer<'de> for &'de Node {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match &self.value {
            Value::Table(table) => {
                let entries = table.iter().map(|(key, node)| (key.as_str(), node));
                visitor.visit_map(MapDeserializer::new(entries))
            }
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Value::Text(text) | Value::Date(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Bool(truth) => visitor.visit_bool(*truth),
        }
    }

    /// What is there is said: nothing stands for nothing.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match &self.value {
            Value::Text(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            Value::Table(table) => {
                let entries = table.iter().map(|(key, node)| (key.as_str(), node));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(entries)))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A value as a line of TOML has it.
#[must_use]
pub fn written(value: &Json) -> String {
    match value {
        Json::Object(table) => {
            let entries = table.iter().map(|(key, value)| format!("{} = {}", join("", key), written(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The path of a key in the table at `parent`, as TOML would write it: `stages.care.exits.adoption`. A key with
/// other characters than letters, digits, `_` and `-` is quoted: `recorded."care_ends/adoption"`. Items of
/// lists are numbered from 0: `interventions.conferences.effects[0]`.
#[must_use]
pub fn join(parent: &str, key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let key = if !key.is_empty() && key.chars().all(is_bare) {
        key.to_owned()
    } else {
        format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
    };
    if parent.is_empty() { key } else { format!("{parent}.{key}") }
}

/// The keys and indices of a dotted path.
fn steps(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut letters = path.chars().peekable();
    while let Some(&first) = letters.peek() {
        match first {
            '"' => steps.push(quoted(&mut letters)),
            '.' | '[' | ']' => {
                letters.next();
            }
            _ => {
                let mut step = String::new();
                while let Some(letter) = letters.next_if(|&c| !matches!(c, '.' | '[' | ']')) {
                    step.push(letter);
                }
                steps.push(step);
            }
        }
    }
    steps
}

fn quoted(letters: &mut impl Iterator<Item = char>) -> String {
    let mut key = String::new();
    letters.next();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => key.extend(letters.next()),
            _ => key.push(letter),
        }
    }
    key
}

/// What could be read of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Its values.
    pub tree: Node,
    /// What is not TOML.
    pub faults: Vec<Fault>,
    /// Whether there may be keys in the file that are not in the tree.
    pub has_gaps: bool,
}

/// Reads a file of the sources as TOML, as far as that is possible.
#[must_use]
pub fn parse(sources: &Sources, file: FileId) -> Parsed {
    let text = sources.text(file);
    match DeTable::parse(text) {
        Ok(table) => built(file, table.get_ref(), Vec::new(), false),
        Err(_) => recovered(file, text),
    }
}

/// What can be read of a text that is not TOML.
fn recovered(file: FileId, text: &str) -> Parsed {
    let mut readable = syntax::readable(text);
    let mut slips = std::mem::take(&mut readable.slips);
    let (table, errors) = DeTable::parse_recoverable(&readable.text);
    slips.extend(readable.explain(&errors));
    let has_gaps = readable.has_gaps || !errors.iter().all(syntax::keeps_key);
    // What nests too deep for the parser need not be told as too deep for a scenario as well.
    let is_told = errors.iter().any(syntax::is_too_deep);
    let told = slips.len();
    let mut parsed = built(file, table.get_ref(), slips, has_gaps);
    if is_told {
        parsed.faults.truncate(told);
    }
    parsed
}

fn built(file: FileId, table: &DeTable<'_>, slips: Vec<syntax::Slip>, has_gaps: bool) -> Parsed {
    let mut faults: Vec<Fault> = slips.into_iter().map(|slip| slip.in_file(file)).collect();
    let told = faults.len();
    let mut builder = Builder { file, faults: &mut faults };
    let value = builder.table(table, 0);
    let has_gaps = has_gaps || faults.len() > told;
    Parsed { tree: Node { value, file, span: 0..0, key_span: None }, faults, has_gaps }
}

struct Builder<'a> {
    file: FileId,
    faults: &'a mut Vec<Fault>,
}

impl Builder<'_> {
    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Value {
        let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<_>)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            (name.to_string(), self.node(value, Some(key.span()), depth + 1))
        };
        Value::Table(table.iter().map(entry).collect())
    }

    fn node(
        &mut self,
        value: &toml::Spanned<DeValue<'_>>,
        key_span: Option<Range<usize>>,
        depth: usize,
    ) -> Node {
        let span = value.span();
        let value = match value.get_ref() {
            DeValue::Table(_) | DeValue::Array(_) if depth > DEEPEST => self.too_deep(&span),
            DeValue::Table(table) => self.table(table, depth),
            DeValue::Array(items) => {
                Value::Array(items.iter().map(|item| self.node(item, None, depth + 1)).collect())
            }
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Float(f64::INFINITY), Value::Integer),
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
        };
        Node { value, file: self.file, span, key_span }
    }

    fn too_deep(&mut self, span: &Range<usize>) -> Value {
        self.faults.push(Fault {
            place: Some(Place { file: self.file, span: span.clone() }),
            path: String::new(),
            message: format!("tables and lists are nested more than {DEEPEST} deep here"),
            help: "No part of a scenario is nested so deep: look for a bracket that is never closed.".into(),
        });
        Value::Table(IndexMap::new())
    }
}

/// Lays a file over the one it extends. Structures merge by key; values (numbers, ranges, tables by age and the
/// like, time laws, lists, texts) and divisions into shares are replaced whole. What is merged is placed where
/// the extending file has it. Tables that are replaced by others are kept aside.
pub(super) fn merge(base: Node, over: Node, replaced: &mut Replaced) -> Node {
    merge_at(base, over, &mut Vec::new(), replaced)
}

fn merge_at(base: Node, over: Node, path: &mut Vec<String>, replaced: &mut Replaced) -> Node {
    if !is_structure(&base, path) || !is_structure(&over, path) || is_replaced_whole(path) {
        if [&base, &over].iter().all(|node| matches!(node.value, Value::Table(_))) {
            replaced.add(path.iter().fold(String::new(), |path, key| join(&path, key)), base);
        }
        return over;
    }
    let (Value::Table(mut merged), Value::Table(changes)) = (base.value, over.value) else {
        unreachable!("structures are tables");
    };
    for (key, change) in changes {
        let node = match merged.get_mut(&key) {
            Some(old) => {
                path.push(key.clone());
                let old = std::mem::replace(old, change.clone());
                let node = merge_at(old, change, path, replaced);
                path.pop();
                node
            }
            None => change,
        };
        merged.insert(key, node);
    }
    Node { value: Value::Table(merged), ..over }
}

fn is_structure(node: &Node, path: &[String]) -> bool {
    let Value::Table(table) = &node.value else { return false };
    let is_value = table.iter().any(|(key, node)| match key.as_str() {
        "best" => matches!(node.value, Value::Integer(_) | Value::Float(_)),
        // The count of an opening caseload stands beside structures; elsewhere it makes a number.
        "count" => path.first().is_none_or(|table| table != "opening"),
        "between" => matches!(node.value, Value::Array(_)),
        "by" | "law" => matches!(node.value, Value::Text(_)),
        _ => false,
    });
    !is_value
}

fn is_replaced_whole(path: &[String]) -> bool {
    let fits = |pattern: &&&[&str]| {
        pattern.len() == path.len()
            && pattern.iter().zip(path).all(|(want, key)| *want == "*" || *want == key.as_str())
    };
    REPLACED_WHOLE.iter().any(|pattern| fits(&pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", text);
        let parsed = parse(&sources, file);
        assert_eq!(parsed.faults, []);
        parsed.tree
    }

    fn merged(base: &str, over: &str) -> String {
        merge(tree(base), tree(over), &mut Replaced::default()).to_json().to_string()
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let text =
            "a = \"t\"\nb = 1_000\nc = 0.5\nd = true\ne = 2026-04-01\nf = [1, { g = 2 }]\n[h.i]\nj = 1";
        let json =
            r#"{"a":"t","b":1000,"c":0.5,"d":true,"e":"2026-04-01","f":[1,{"g":2}],"h":{"i":{"j":1}}}"#;
        assert_eq!(tree(text).to_json().to_string(), json);
    }

    #[test]
    fn a_table_is_headed_by_its_header_or_its_key() {
        let tree = tree("[a.b]\nc = { d = 1 }\n");
        assert_eq!(tree.find("a.b").map(|node| node.heading().span), Some(0..5));
        assert_eq!(tree.find("a.b.c").map(|node| node.heading().span), Some(6..7));
    }

    #[test]
    fn structures_merge_and_values_are_replaced() {
        assert_eq!(merged("[s.a]\nx = 1\ny = 2", "[s.a]\ny = 3\n[s.b]\nz = 4"), {
            r#"{"s":{"a":{"x":1,"y":3},"b":{"z":4}}}"#
        });
        assert_eq!(
            merged("a = { count = 1, of = 2 }", "a = { best = 1, low = 0, high = 2 }"),
            r#"{"a":{"best":1,"low":0,"high":2}}"#
        );
        assert_eq!(
            merged("a = { best = 1, low = 0, high = 2 }", "a = { low = 0, high = 9 }"),
            r#"{"a":{"low":0,"high":9}}"#
        );
        assert_eq!(
            merged("a = { law = \"gamma\", shape = 2, mean = 9 }", "a = { law = \"fixed\", length = 1 }"),
            r#"{"a":{"law":"fixed","length":1}}"#
        );
        assert_eq!(merged("a = [1, 2]", "a = [3]"), r#"{"a":[3]}"#);
        assert_eq!(merged("a = 1", "a.b = 1"), r#"{"a":{"b":1}}"#);
    }

    #[test]
    fn divisions_are_replaced_whole() {
        assert_eq!(
            merged("[opening.care]\ncount = 9\nages = { a = 1 }", "[opening.care]\nages = { b = 1 }"),
            r#"{"opening":{"care":{"count":9,"ages":{"b":1}}}}"#
        );
        assert_eq!(merged("ages = { a = [0, 1] }", "ages = { b = [1, 2] }"), {
            r#"{"ages":{"a":[0,1],"b":[1,2]}}"#
        });
    }

    #[test]
    fn a_list_called_by_does_not_make_a_value() {
        assert_eq!(merged("[stocks.a]\ntitle = \"T\"\nby = [\"age\"]", "stocks.a.by = []"), {
            r#"{"stocks":{"a":{"title":"T","by":[]}}}"#
        });
    }

    #[test]
    fn paths_find_what_join_names() {
        let tree = tree("[recorded.\"care_ends/a\\\"b\"]\nyears = { 2024-25 = 1 }\nlist = [{ x = 1 }]");
        let path = join(&join("recorded", "care_ends/a\"b"), "years");
        assert_eq!(path, r#"recorded."care_ends/a\"b".years"#);
        assert!(tree.find(&join(&path, "2024-25")).is_some());
        assert!(tree.find(r#"recorded."care_ends/a\"b".list[0].x"#).is_some());
        assert!(tree.find("recorded.nothing").is_none());
        assert_eq!(tree.find(""), Some(&tree));
    }

    #[test]
    fn deep_nesting_is_a_fault_and_no_overflow() {
        let dotted = ["a"; 70].join(".");
        let deep = (0..79).fold("1".to_owned(), |inner, _| format!("{{ {dotted} = {inner} }}"));
        for text in [format!("x = {deep}"), format!("x = {}", "[".repeat(100_000)), "a.".repeat(100_000)] {
            let mut sources = Sources::default();
            let file = sources.add("a.toml", text);
            assert!(!parse(&sources, file).faults.is_empty());
        }
    }
}
