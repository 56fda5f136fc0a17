//! The JSON Schema of scenario files: editors complete and check with it, and so does carecast.
//!
//! There is one description of the format, the types of [`super::file`]. [`whole`] is their schema, and what a
//! file must fit after everything it extends has been laid beneath it. [`schema`] is the same for editors, which
//! see one file at a time: a file that extends another need not repeat what the other says.

use std::collections::BTreeSet;
use std::rc::Rc;

use indexmap::IndexMap;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::doubt::Doubts;
use super::examples;
use super::fault::{FEW, Fault, MOST_FOUND, did_you_mean, listed, nearest};
use super::file::ScenarioFile;
use super::replaced::{self, Remedies};
use super::source::Place;
use super::syntax::{day_in_digits, factor_meant, number_meant, range_meant, snake, whole_in_full};
use super::tree::{Node, Value, join};

/// The example of a table in which nothing must stand.
const EMPTY: &str = "{ … }";
/// How much of a long text a message repeats, in characters.
const QUOTED: usize = 40;

/// The schema of a whole scenario, in which everything that must be there is required.
#[must_use]
pub fn whole() -> Json {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<ScenarioFile>().to_value();
    drop_nulls(&mut schema);
    schema["title"] = json!("carecast scenario");
    schema
}

/// The schema that editors use.
///
/// It differs from [`whole`] in that a file with `extends` may leave out everything but its name.
#[must_use]
pub fn schema() -> Json {
    let mut schema = whole();
    let mut structures = BTreeSet::new();
    let requirements = requirements(&schema, &schema, &mut structures);
    for structure in structures {
        schema["definitions"][structure].as_object_mut().map(|table| table.shift_remove("required"));
    }
    schema["required"] = json!(["name"]);
    schema["if"] = json!({ "not": { "required": ["extends"] } });
    schema["then"] = requirements.unwrap_or(json!(true));
    schema
}

/// TOML has no null: takes out the nulls by which schemars marks what is optional.
fn drop_nulls(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        Json::Object(table) => {
            table.values_mut().for_each(drop_nulls);
            if let Some([kind, Json::String(null)]) =
                table.get("type").and_then(Json::as_array).map(Vec::as_slice)
                && null == "null"
            {
                table["type"] = kind.clone();
            }
            if let Some([kind, null]) = table.get("anyOf").and_then(Json::as_array).map(Vec::as_slice)
                && null["type"] == "null"
            {
                let kind = json!([kind]);
                table.shift_remove("anyOf");
                table.insert("allOf".into(), kind);
            }
        }
        _ => {}
    }
}

/// What a structure and the structures in it require, and nothing else; also which definitions are structures.
/// Values, which are replaced whole, keep their requirements.
fn requirements(root: &Json, schema: &Json, structures: &mut BTreeSet<String>) -> Option<Json> {
    if let Some(name) = definition(schema) {
        structures.insert(name.to_owned());
    }
    let schema = resolve(root, schema);
    if schema["type"] != "object" {
        return None;
    }
    let mut found = Map::new();
    if let Some(required) = schema.get("required") {
        found.insert("required".into(), required.clone());
    }
    let inner = |(key, part): (&String, &Json)| Some((key.clone(), requirements(root, part, structures)?));
    let parts: Map<_, _> = schema["properties"].as_object().into_iter().flatten().filter_map(inner).collect();
    if !parts.is_empty() {
        found.insert("properties".into(), parts.into());
    }
    if let Some(entries) = requirements(root, &schema["additionalProperties"], structures) {
        found.insert("additionalProperties".into(), entries);
    }
    (!found.is_empty()).then(|| found.into())
}

/// The name of the definition that a schema refers to.
fn definition(schema: &Json) -> Option<&str> {
    let reference = schema.get("$ref").or_else(|| schema["allOf"][0].get("$ref"))?;
    reference.as_str()?.strip_prefix("#/definitions/")
}

fn resolve<'a>(root: &'a Json, mut schema: &'a Json) -> &'a Json {
    while let Some(name) = definition(schema) {
        schema = &root["definitions"][name];
    }
    schema
}

/// Checks a tree against a schema made by [`whole`], says everything that does not fit, and puts stand-ins in its
/// place: what is left fits. Of a tree with gaps it is not told that keys are missing.
#[must_use]
pub(super) fn check(
    tree: &mut Node,
    schema: &Json,
    mut doubts: Doubts,
    remedies: &Remedies,
) -> (Vec<Fault>, Doubts) {
    let missing = if doubts.has_gaps() { Missing::Ignored } else { Missing::Told };
    let mut checker = Checker {
        root: schema,
        missing,
        faults: Vec::new(),
        doubts: &mut doubts,
        remedies,
        above: Vec::new(),
    };
    checker.node(tree, schema, "");
    (checker.faults, doubts)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Told,
    Ignored,
}

struct Checker<'a> {
    root: &'a Json,
    missing: Missing,
    faults: Vec<Fault>,
    doubts: &'a mut Doubts,
    /// What to write for tables that should change a part of one that they replace.
    remedies: &'a Remedies,
    /// The tables with names of their own that hold what is being looked at, the outermost first.
    above: Vec<Among>,
}

/// A table with a name of its own, and the names and titles of those that it stands among: one of them may be meant.
struct Among {
    /// The path of the table that all stand in.
    path: String,
    name: String,
    names: Rc<[(String, String)]>,
}

impl Among {
    /// The name that was most likely meant: one that differs in capital letters alone, one whose title is given, or, of the
    /// table that lacks something itself, the nearest.
    fn meant(&self, is_itself: bool) -> Option<String> {
        let others = || self.names.iter().filter(|(name, _)| *name != self.name);
        let own = self.name.to_lowercase();
        let same = others().find(|(name, title)| {
            name.to_lowercase() == own || !title.is_empty() && title.to_lowercase() == own
        });
        let near = || nearest(&self.name, others().map(|(name, _)| name.as_str())).filter(|_| is_itself);
        same.map(|(name, _)| name.clone()).or_else(|| near().map(str::to_owned))
    }
}

/// The values of a table by their keys.
type Entries = IndexMap<String, Node>;

/// Whether a value fits, or else a stand-in must take its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Good,
    Bad,
}

impl<'a> Checker<'a> {
    /// Whether so many faults were found that no more are looked for.
    fn is_full(&self) -> bool {
        self.faults.len() > MOST_FOUND
    }

    fn node(&mut self, node: &mut Node, schema: &'a Json, path: &str) {
        let forms = self.forms(schema);
        let fit = match &node.value {
            _ if self.is_full() => Fit::Bad,
            Value::Table(_) => self.table(node, schema, &forms, path),
            Value::Array(_) => self.array(node, schema, &forms, path),
            Value::Text(text) => self.text(node, text, schema, &forms, path),
            Value::Date(_) if forms.iter().any(|form| is_plain_text(form)) => Fit::Good,
            Value::Integer(number) => self.integer(node, *number, schema, &forms, path),
            Value::Float(number) => self.float(node, *number, schema, &forms, path),
            Value::Bool(_) if has_type(&forms, "boolean") => Fit::Good,
            Value::Bool(_) | Value::Date(_) => self.misfit(node, schema, &forms, path),
        };
        if fit == Fit::Bad {
            node.value = self.stand_in(schema, &node.place());
            self.doubts.add(path);
        }
    }

    /// The least that fits, for a value that stands, or should stand, somewhere.
    fn stand_in(&self, schema: &'a Json, place: &Place) -> Value {
        let Some(form) = self.simplest(schema) else { return Value::Table(IndexMap::new()) };
        if let Some(word) = form["const"].as_str() {
            return Value::Text(word.into());
        }
        match form["type"].as_str() {
            Some("number") => Value::Float(0.5),
            Some("integer") => Value::Integer(1),
            Some("boolean") => Value::Bool(false),
            Some("array") => {
                let item = |_| self.stand_in_node(&form["items"], place);
                Value::Array((0..form["minItems"].as_u64().unwrap_or(0)).map(item).collect())
            }
            Some("object") => {
                let entry = |key: &str| (key.to_owned(), self.stand_in_node(&form["properties"][key], place));
                Value::Table(texts(&form["required"]).map(entry).collect())
            }
            _ => Value::Text(String::new()),
        }
    }

    fn stand_in_node(&self, schema: &'a Json, place: &Place) -> Node {
        let value = self.stand_in(schema, place);
        Node { value, file: place.file, span: place.span.clone(), key_span: None }
    }

    /// The simplest form of a value: a number or a text, or else the last of its tables.
    fn simplest(&self, schema: &'a Json) -> Option<&'a Json> {
        let forms = self.forms(schema);
        forms.iter().find(|form| form["type"] != "object").or(forms.last()).copied()
    }

    /// The alternatives of a schema, down to the last.
    fn forms(&self, schema: &'a Json) -> Vec<&'a Json> {
        let schema = resolve(self.root, schema);
        let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array);
        match alternatives {
            Some(alternatives) => alternatives.iter().flat_map(|form| self.forms(form)).collect(),
            None => vec![schema],
        }
    }

    fn text(&mut self, node: &Node, text: &str, schema: &'a Json, forms: &[&'a Json], path: &str) -> Fit {
        let words: Vec<&str> = forms.iter().filter_map(|form| form["const"].as_str()).collect();
        if forms.iter().any(|form| is_plain_text(form)) || words.contains(&text) {
            return Fit::Good;
        }
        let near = nearest(text, words.iter().copied());
        if near.is_none() && words.len() < forms.len() {
            return self.misfit(node, schema, forms, path);
        }
        let choice = || format!("Write {}.", listed(words.iter().map(|word| format!("\"{word}\"")), "or"));
        let remedy = near.map_or_else(choice, |word| format!("Did you mean \"{word}\"?"));
        let help = format!("{} {remedy}", self.about(schema));
        self.fault(node.place(), path, cannot_stand(&node.value), &help)
    }

    fn integer(&mut self, node: &Node, number: i64, schema: &'a Json, forms: &[&'a Json], path: &str) -> Fit {
        if has_type(forms, "number") {
            return Fit::Good;
        }
        let Some(form) = forms.iter().find(|form| form["type"] == "integer") else {
            return self.misfit(node, schema, forms, path);
        };
        let least = form["minimum"].as_i64().unwrap_or(i64::MIN);
        let most = form["maximum"].as_i64();
        let most = most.unwrap_or(if form["format"] == "uint32" { u32::MAX.into() } else { i64::MAX });
        if (least..=most).contains(&number) {
            return Fit::Good;
        }
        let message = format!("{number} is out of range");
        let (least, most) = (whole_in_full(least), whole_in_full(most));
        let help = format!("{} Write a whole number from {least} to {most}.", self.about(schema));
        self.fault(node.place(), path, message, &help)
    }

    fn float(&mut self, node: &Node, number: f64, schema: &'a Json, forms: &[&'a Json], path: &str) -> Fit {
        if !number.is_finite() {
            let help = format!("{} Write an ordinary number.", self.about(schema));
            self.fault(node.place(), path, "this number is infinite, undefined or too large", &help)
        } else if has_type(forms, "integer") {
            let nearest = number.round();
            let help = format!("{} Write a whole number, such as {nearest}.", self.about(schema));
            self.fault(node.place(), path, format!("{number:?} is not a whole number"), &help)
        } else if !has_type(forms, "number") {
            self.misfit(node, schema, forms, path)
        } else {
            Fit::Good
        }
    }

    fn array(&mut self, node: &mut Node, schema: &'a Json, forms: &[&'a Json], path: &str) -> Fit {
        let Some(form) = forms.iter().find(|form| form["type"] == "array") else {
            return self.misfit(node, schema, forms, path);
        };
        let place = node.place();
        let Value::Array(items) = &mut node.value else { return Fit::Bad };
        let allowed = |limit: &str| form[limit].as_u64().and_then(|limit| usize::try_from(limit).ok());
        let (least, most) = (allowed("minItems").unwrap_or(0), allowed("maxItems").unwrap_or(usize::MAX));
        if (least..=most).contains(&items.len()) {
            for (index, item) in items.iter_mut().enumerate() {
                self.node(item, &form["items"], &format!("{path}[{index}]"));
            }
            return Fit::Good;
        }
        let message = format!("this list has {}, but {least} belong here", count(items.len()));
        let sample = self.sample(form, path);
        self.fault(place, path, message, &format!("{} Write {sample}.", self.about(schema)))
    }

    fn table(&mut self, node: &mut Node, schema: &'a Json, forms: &[&'a Json], path: &str) -> Fit {
        let Value::Table(table) = &node.value else { return Fit::Bad };
        let forms_of_table: Vec<&'a Json> =
            forms.iter().filter(|form| form["type"] == "object").copied().collect();
        let tag = forms_of_table.iter().find_map(|form| tag(form)).map(|(key, _)| key);
        let is_by =
            |form: &&&Json| form["properties"].get("by").is_some() && form["required"] == json!(["by"]);
        let by = forms_of_table.iter().find(is_by).filter(|_| has_text(table, "by"));
        if let Some(by) = by {
            self.object(node, by, path)
        } else if let Some(tag) = tag {
            self.tagged(node, schema, &forms_of_table, tag, path)
        } else if let Some(form) = best_fit(&forms_of_table, table) {
            self.object(node, form, path)
        } else if forms_of_table.is_empty() {
            self.misfit(node, schema, forms, path)
        } else if let Some(help) = self.remedies.of(path) {
            self.in_part(node, path, help)
        } else {
            let signs = forms_of_table.iter().filter_map(|form| form["required"][0].as_str());
            let signs = listed(signs.map(|key| format!("`{key}`")), "or");
            let message = format!("this table has no key {signs} to tell what it is");
            let help = format!("{} Write {}", self.about(schema), self.choices(forms, path));
            self.fault(node.heading(), path, message, &help)
        }
    }

    /// A table of which one key (`law`) says what the others are.
    fn tagged(
        &mut self,
        node: &mut Node,
        schema: &'a Json,
        forms: &[&'a Json],
        key: &'a str,
        path: &str,
    ) -> Fit {
        let words: Vec<&str> = forms.iter().filter_map(|form| tag(form)).map(|(_, word)| word).collect();
        let choice = listed(words.iter().map(|word| format!("\"{word}\"")), "or");
        let path_of_key = join(path, key);
        let Some(said) = node.get(key) else {
            if let Some(help) = self.remedies.of(path) {
                return self.in_part(node, path, help);
            }
            if self.missing == Missing::Told {
                let help = format!("{} Add `{key} = …`, where … is {choice}.", self.about(schema));
                self.fault(node.heading(), &path_of_key, "this key is missing", &help);
            }
            return Fit::Bad;
        };
        let is_said = |form: &&&Json| matches!((tag(form), &said.value), (Some((_, word)), Value::Text(text)) if word == text);
        if let Some(form) = forms.iter().find(is_said) {
            return self.object(node, form, path);
        }
        let near = match &said.value {
            Value::Text(text) => nearest(text, words.iter().copied()),
            _ => None,
        };
        let help = near.map_or(format!("Write {choice}."), |word| format!("Did you mean \"{word}\"?"));
        self.fault(said.place(), &path_of_key, cannot_stand(&said.value), &help)
    }

    /// A table that replaces another whole, but says only a part.
    fn in_part(&mut self, node: &Node, path: &str, help: &str) -> Fit {
        if self.missing == Missing::Ignored {
            return Fit::Bad;
        }
        self.fault(node.heading(), path, replaced::IN_PART, help)
    }

    fn object(&mut self, node: &mut Node, form: &'a Json, path: &str) -> Fit {
        if let Some(help) = self.remedies.of(path).filter(|_| lacks(node, form)) {
            return self.in_part(node, path, help);
        }
        let heading = node.heading();
        let Value::Table(table) = &mut node.value else { return Fit::Bad };
        // First, so that nothing is told of a table of which a part stands under a misspelt key.
        let meant = self.take_unknown_keys(table, form, path);
        self.entries(table, form, path);
        // What is under a misspelt key is read as what was meant, so that nothing else seems to be missing.
        for (key, mut value) in meant {
            let told = self.faults.len();
            self.node(&mut value, &form["properties"][key], &join(path, key));
            self.faults.truncate(told);
            self.doubts.add(join(path, key));
            table.insert(key.to_owned(), value);
        }
        self.missing_keys(table, &heading, form, path);
        Fit::Good
    }

    /// Takes out the keys that there are not, and gives what stands under those that are misspelt, by the right key.
    fn take_unknown_keys(
        &mut self,
        table: &mut Entries,
        form: &'a Json,
        path: &str,
    ) -> IndexMap<&'a str, Node> {
        let is_closed = form["additionalProperties"] == json!(false);
        let is_known = |key: &str| !is_closed || form["properties"].get(key).is_some();
        let mut meant = IndexMap::new();
        for (key, value) in table.iter().filter(|(key, _)| !is_known(key)) {
            if self.is_full() {
                break;
            }
            if let Some(right) = self.unknown_key(key, value, table, form, path) {
                meant.entry(right).or_insert_with(|| value.clone());
            }
        }
        table.retain(|key, _| is_known(key));
        meant
    }

    /// The values of a table, those with names of their own among them.
    fn entries(&mut self, table: &mut Entries, form: &'a Json, path: &str) {
        let others = form.get("additionalProperties").filter(|others| others.is_object());
        let named = |(key, node): (&String, &Node)| (key.clone(), title(node));
        let names: Rc<[(String, String)]> =
            others.map_or_else(Rc::default, |_| table.iter().map(named).collect());
        for (key, value) in table.iter_mut() {
            if let Some(schema) = form["properties"].get(key) {
                self.node(value, schema, &join(path, key));
            } else if let Some(schema) = others {
                self.above.push(Among { path: path.to_owned(), name: key.clone(), names: names.clone() });
                self.node(value, schema, &join(path, key));
                self.above.pop();
            }
        }
    }

    /// Puts stand-ins for the keys that a table lacks.
    fn missing_keys(&mut self, table: &mut Entries, heading: &Place, form: &'a Json, path: &str) {
        let absent: Vec<&str> = texts(&form["required"]).filter(|key| !table.contains_key(*key)).collect();
        // With a slip in `extends` all that the other file says seems to be missing.
        let is_lost = path.is_empty() && self.doubts.holds("extends");
        let is_told =
            self.missing == Missing::Told && !self.is_full() && !self.doubts.holds(path) && !is_lost;
        let near = if is_told && !absent.is_empty() { self.meant_above(path) } else { None };
        for (index, key) in absent.into_iter().enumerate() {
            let schema = &form["properties"][key];
            // If the name has a slip in it, nothing else is missing.
            if is_told && (index == 0 || near.is_none()) {
                let sample = self.first_sample(schema, &join(path, key));
                let help = match &near {
                    Some((name, _)) => format!("Did you mean `{name}`? If not, add `{key} = {sample}`."),
                    None => format!("{} Add `{key} = {sample}`.", self.about(schema)),
                };
                self.fault(heading.clone(), &join(path, key), "this key is missing", &help);
            }
            table.insert(key.to_owned(), self.stand_in_node(schema, heading));
            self.doubts.add(join(path, key));
        }
        if let Some((_, misnamed)) = near {
            self.doubts.add(misnamed);
        }
    }

    /// The name that was most likely meant for a table that lacks something, or for one that holds it, and the path of the
    /// one with the slip in its name.
    fn meant_above(&self, path: &str) -> Option<(String, String)> {
        let few = |among: &&Among| among.names.len() <= FEW && self.faults.len() <= FEW;
        self.above.iter().filter(few).find_map(|among| {
            let misnamed = join(&among.path, &among.name);
            let own = misnamed == path;
            let name = among.meant(own)?;
            Some((if own { name } else { join(&among.path, &name) }, misnamed))
        })
    }

    /// Tells of a key that means nothing here, and gives the key that was most likely meant.
    fn unknown_key(
        &mut self,
        key: &str,
        value: &Node,
        table: &Entries,
        form: &'a Json,
        path: &str,
    ) -> Option<&'a str> {
        let keys: Vec<&'a str> = properties(form).map(|(key, _)| key).collect();
        let open: Vec<&'a str> = keys.iter().filter(|key| !table.contains_key(**key)).copied().collect();
        let meant = in_other_words(key, &open).or_else(|| nearest(key, open.iter().copied()));
        // A what-if may misspell what the scenario that it extends spells right.
        let there = nearest(key, keys.iter().copied()).filter(|_| meant.is_none());
        let home = properties(form).find(|(_, part)| self.holds(part, key)).map(|(name, _)| name);
        let help = match (meant, home) {
            (Some(meant), _) => format!("Did you mean `{meant}`?"),
            _ if there.is_some() => did_you_mean(key, there),
            (None, Some(home)) => format!("It belongs inside `{home}`."),
            (None, None) if keys.is_empty() => "This table takes no keys.".into(),
            (None, None) => {
                format!("The keys here are {}.", listed(keys.iter().map(|key| format!("`{key}`")), "and"))
            }
        };
        self.fault(value.key_place(), &join(path, key), "there is no such key", &help);
        self.doubts.add(join(path, key));
        match there {
            Some(there) => self.doubts.add(join(path, there)),
            None if meant.is_none() => self.doubts.add_stray(path),
            None => {}
        }
        meant
    }

    /// Whether a part (or each item or entry of it) has a key of this name.
    fn holds(&self, part: &'a Json, key: &str) -> bool {
        let has = |schema: &'a Json| {
            let forms = self.forms(schema);
            matches!(forms[..], [form] if form["properties"].get(key).is_some())
        };
        let inner = resolve(self.root, part);
        has(inner) || has(&inner["items"]) || has(&inner["additionalProperties"])
    }

    /// A value of a kind that cannot stand here.
    fn misfit(&mut self, node: &Node, schema: &'a Json, forms: &[&'a Json], path: &str) -> Fit {
        let message = cannot_stand(&node.value);
        let (about, remedy) = (self.about(schema), self.remedy(node, forms, path));
        let is_for_table =
            matches!(&node.value, Value::Array(items) if is_tables(items) && has_type(forms, "object"));
        let help = if is_for_table { format!("{remedy} {about}") } else { format!("{about} {remedy}") };
        let place = if matches!(node.value, Value::Table(_)) { node.heading() } else { node.place() };
        self.fault(place, path, message, &help)
    }

    fn remedy(&self, node: &Node, forms: &[&'a Json], path: &str) -> String {
        let takes = |kind: &str| has_type(forms, kind);
        let is_map =
            forms.iter().any(|form| form["type"] == "object" && form["additionalProperties"].is_object());
        match &node.value {
            Value::Text(text) if takes("number") || takes("integer") => {
                let range = || range_meant(text).filter(|_| takes_range(forms));
                if let Some(help) = factor_meant(path, text).or_else(|| number_meant(text)).or_else(range) {
                    return help;
                }
            }
            Value::Text(text) if takes("boolean") && (text == "true" || text == "false") => {
                return format!("Write {text}, without quotation marks.");
            }
            Value::Integer(_) | Value::Float(_) if forms.iter().any(|form| is_plain_text(form)) => {
                return match &node.value {
                    Value::Integer(number) => day_in_digits(*number),
                    _ => None,
                }
                .map_or_else(
                    || format!("Put it between quotation marks: \"{}\".", node.to_json()),
                    |day| format!("Write \"{day}\", with quotation marks."),
                );
            }
            Value::Array(items) if takes_range(forms) && items.len() == 2 => {
                let ends = format!("({}, {})", items[0].to_json(), items[1].to_json());
                if let Some(help) = range_meant(&ends) {
                    return help;
                }
            }
            Value::Array(items) if takes("object") && is_tables(items) => {
                return if is_map {
                    named_tables(items, path)
                } else {
                    format!("It is one table: write `[{path}]` for `[[{path}]]`.")
                };
            }
            Value::Table(_) if takes("array") => {
                return format!(
                    "It is a list: write `[[{path}]]` for `[{path}]`, or `[{{ … }}]` for `{{ … }}`."
                );
            }
            Value::Text(_) | Value::Integer(_) | Value::Float(_) if takes("array") => {
                return format!("It is a list: write `[{}]`.", node.to_json());
            }
            Value::Array(items) if items.len() == 1 && forms.iter().any(|form| is_plain_text(form)) => {
                return format!("It is not a list: write {} without brackets.", items[0].to_json());
            }
            _ => {}
        }
        match forms {
            [form] if self.sample(form, path) == EMPTY => {
                format!("It is a table: write `[{path}]`, and what there is to say in lines below it.")
            }
            _ => format!("Write {}", self.choices(forms, path)),
        }
    }

    /// An example of each form; of time laws and the like, the first alone.
    fn choices(&self, forms: &[&'a Json], path: &str) -> String {
        let first_tagged = forms.iter().position(|form| tag(form).is_some());
        let is_shown = |(index, form): &(usize, &&Json)| tag(form).is_none() || Some(*index) == first_tagged;
        let mut shown: Vec<&Json> =
            forms.iter().enumerate().filter(is_shown).map(|(_, form)| *form).collect();
        shown.sort_by_key(|form| form["properties"].get("by").is_some());
        let samples: Vec<String> = shown.iter().map(|form| self.sample(form, path)).collect();
        match (&shown[..], &samples[..]) {
            ([form], [sample]) if form["type"] == "number" => format!("a number, such as {sample}."),
            ([form], [sample]) if form["type"] == "integer" => format!("a whole number, such as {sample}."),
            ([form], [sample]) if is_plain_text(form) => format!("a text, such as {sample}."),
            (_, [sample]) => format!("{sample}."),
            (_, samples) => format!("one of these:\n  {}{}", samples.join("\n  "), other_words(forms)),
        }
    }

    /// An example of the simplest form.
    fn first_sample(&self, schema: &'a Json, path: &str) -> String {
        self.simplest(schema).map_or("…".into(), |form| self.sample(form, path))
    }

    fn sample(&self, form: &'a Json, path: &str) -> String {
        if let Some(word) = form["const"].as_str() {
            return format!("\"{word}\"");
        }
        match form["type"].as_str() {
            Some("number" | "integer") => examples::number(path).into(),
            Some("string") => examples::text(path).into(),
            Some("boolean") => "true".into(),
            Some("array") => {
                let least = form["minItems"].as_u64().unwrap_or(1);
                let item = |index| self.first_sample(&form["items"], &format!("{path}[{index}]"));
                format!("[{}]", (0..least).map(item).collect::<Vec<_>>().join(", "))
            }
            Some("object") => self.sample_table(form, path),
            _ => "…".into(),
        }
    }

    fn sample_table(&self, form: &'a Json, path: &str) -> String {
        let mut entries: Vec<String> = Vec::new();
        let whole = form["properties"].get("of").map(|_| "of");
        for key in texts(&form["required"]).chain(whole) {
            let forms = self.forms(&form["properties"][key]);
            let sample = match key {
                "by" => examples::attribute(path).into(),
                _ => forms.first().map_or("…".into(), |form| self.sample(form, &join(path, key))),
            };
            entries.push(format!("{key} = {sample}"));
        }
        if let Some(values) = form.get("additionalProperties").filter(|values| values.is_object()) {
            let forms = self.forms(values);
            let form = forms.iter().find(|form| form["properties"].get("by").is_none());
            let sample = form.map_or("…".into(), |form| self.sample(form, &join(path, "NAME")));
            entries.push(format!("NAME = {sample}"));
        }
        if entries.is_empty() { EMPTY.into() } else { format!("{{ {} }}", entries.join(", ")) }
    }

    /// What the format says about a value.
    fn about(&self, schema: &'a Json) -> String {
        let own = schema.get("description").or_else(|| resolve(self.root, schema).get("description"));
        let text = own.and_then(Json::as_str).unwrap_or_default();
        text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
    }

    fn fault(&mut self, place: Place, path: &str, message: impl Into<String>, help: &str) -> Fit {
        self.faults.push(Fault {
            place: Some(place),
            path: path.to_owned(),
            message: message.into(),
            help: help.trim().to_owned(),
        });
        Fit::Bad
    }
}

/// The form with which a table has most keys in common.
fn best_fit<'a>(forms: &[&'a Json], table: &Entries) -> Option<&'a Json> {
    if let [form] = forms {
        return Some(form);
    }
    let in_common = |form: &Json| {
        let keys: Vec<&str> = properties(form).map(|(key, _)| key).filter(|key| *key != "by").collect();
        table.keys().filter(|key| keys.contains(&key.as_str())).count()
    };
    let best = forms.iter().rev().max_by_key(|form| in_common(form)).filter(|form| in_common(form) > 0);
    best.or_else(|| forms.iter().find(|form| form.get("properties").is_none())).copied()
}

fn properties(form: &Json) -> impl Iterator<Item = (&str, &Json)> {
    form["properties"].as_object().into_iter().flatten().map(|(key, part)| (key.as_str(), part))
}

/// The key that says which of several forms a table has, and the word for this one.
fn tag(form: &Json) -> Option<(&str, &str)> {
    properties(form).find_map(|(key, part)| Some((key, part["const"].as_str()?)))
}

/// The words that make other forms of a table than the one shown.
fn other_words(forms: &[&Json]) -> String {
    let mut tags = forms.iter().filter_map(|form| tag(form));
    let Some((key, word)) = tags.next() else { return String::new() };
    let others = tags.map(|(_, word)| format!("\"{word}\""));
    format!("\nFor {key} = \"{word}\" there may also be {}, with other keys.", listed(others, "or"))
}

fn texts(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

/// What to write for a list of tables each of which has a name of its own: it may have been given as a value.
fn named_tables(items: &[Node], path: &str) -> String {
    let given = ["name", "title"].iter().find_map(|key| match &items.first()?.get(key)?.value {
        Value::Text(text) => Some((*key, snake(text))).filter(|(_, name)| !name.is_empty()),
        _ => None,
    });
    let Some((key, name)) = given else {
        return format!("Write `[{path}.NAME]` for `[[{path}]]`: each has a name of its own.");
    };
    let title = if key == "name" { ", and call `name` there `title`" } else { "" };
    format!("Write `[{}]` for `[[{path}]]`{title}.", join(path, &name))
}

fn is_tables(items: &[Node]) -> bool {
    !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Table(_)))
}

/// Whether a table lacks some of what must be there.
fn lacks(table: &Node, form: &Json) -> bool {
    texts(&form["required"]).any(|key| table.get(key).is_none())
}

fn title(node: &Node) -> String {
    match node.get("title").map(|title| &title.value) {
        Some(Value::Text(title)) => title.clone(),
        _ => String::new(),
    }
}

fn has_text(table: &Entries, key: &str) -> bool {
    table.get(key).is_some_and(|node| matches!(node.value, Value::Text(_)))
}

fn has_type(forms: &[&Json], kind: &str) -> bool {
    forms.iter().any(|form| form["type"] == kind)
}

/// Whether a range may stand here.
fn takes_range(forms: &[&Json]) -> bool {
    forms.iter().any(|form| form["properties"].get("best").is_some())
}

fn is_plain_text(form: &Json) -> bool {
    form["type"] == "string" && form.get("const").is_none()
}

fn count(items: usize) -> String {
    if items == 1 { "1 item".into() } else { format!("{items} items") }
}

fn cannot_stand(value: &Value) -> String {
    format!("{} cannot stand here", shown(value))
}

/// A value as a message names it.
fn shown(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table of this kind".into(),
        Value::Array(_) => "a list".into(),
        Value::Text(text) if text.chars().count() > QUOTED => {
            format!("the text \"{}…\"", text.chars().take(QUOTED).collect::<String>())
        }
        Value::Text(text) => format!("the text \"{text}\""),
        Value::Integer(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number:?}"),
        Value::Bool(truth) => format!("{truth}"),
        Value::Date(date) => format!("the date {date}"),
    }
}

/// Keys that people write in words of their own, and what the format calls them.
const OTHER_WORDS: [(&str, &str); 12] = [
    ("base", "extends"),
    ("baseline", "extends"),
    ("start", "from"),
    ("begins", "from"),
    ("end", "until"),
    ("ends", "until"),
    ("capacity", "places"),
    ("annual", "per_year"),
    ("weekly", "per_week"),
    ("uptake", "take_up"),
    ("destination", "to"),
    ("probability", "share"),
];

/// The key that is meant by another word for it, if it belongs here.
fn in_other_words<'k>(key: &str, open: &[&'k str]) -> Option<&'k str> {
    let meant = OTHER_WORDS.iter().find(|(other, _)| *other == key)?.1;
    open.iter().copied().find(|name| *name == meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_let_a_file_that_extends_another_leave_things_out() {
        let schema = schema();
        assert_eq!(schema["required"], json!(["name"]));
        assert_eq!(schema["definitions"]["Exit"].get("required"), None);
        let exit = &schema["then"]["properties"]["stages"]["additionalProperties"]["properties"]["exits"];
        assert_eq!(exit["additionalProperties"]["required"], json!(["to"]));
    }

    #[test]
    fn values_keep_what_they_require() {
        assert_eq!(schema()["definitions"]["Range"]["required"], json!(["best", "low", "high"]));
    }

    #[test]
    fn there_is_no_null_in_toml() {
        assert!(!schema().to_string().contains("\"null\""));
    }

    #[test]
    fn every_key_is_described() {
        for (name, definition) in whole()["definitions"].as_object().into_iter().flatten() {
            for (key, part) in properties(definition) {
                assert!(part.get("description").is_some(), "{name}.{key} has no description");
            }
        }
    }
}
