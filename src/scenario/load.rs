//! From a path or a name to a scenario file that fits the format, all it extends laid beneath it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize as _;

#[cfg(feature = "files")]
use super::disk::read;
use super::doubt::Doubts;
use super::fault::{Fault, Faults, Told, did_you_mean, nearest};
use super::file::ScenarioFile;
use super::population;
use super::replaced::{self, Remedies, Replaced};
use super::schema;
use super::shipped::{self, Shipped};
use super::source::{FileId, Place, Sources};
use super::texts;
use super::tree::{self, Node, Value, join};

/// Made once: a sweep reads many scenarios.
static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(schema::whole);

/// A scenario file, with what is needed to say where each part of it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says, with stand-ins for what does not fit the format.
    pub file: ScenarioFile,
    /// The same as a tree that knows files and lines.
    pub tree: Node,
    /// The files it was read from, the extending ones first.
    pub sources: Sources,
    /// What is not TOML, or does not fit the format. With any of these the file is no scenario: the rest is there
    /// so that what else is wrong can be told in the same go.
    pub misfits: Vec<Fault>,
    /// Where the stand-ins are.
    pub doubts: Doubts,
    /// What to write for tables that replace those of another file whole, if they lack what they must say.
    remedies: Remedies,
    /// The source that each file gives for what it says in a table, by the table's path.
    said_sources: SaidSources,
    /// Whether it starts on another day than the scenario at the bottom, with the children who were there on that one's first.
    pub starts_elsewhen: bool,
}

type SaidSources = BTreeMap<(FileId, String), String>;

impl Loaded {
    /// A fault where the value of its key is ([`tree::join`] says how paths are written). A key that is not in the
    /// file points to the nearest table above it.
    #[must_use]
    pub fn place<P>(&self, fault: Fault<P>) -> Fault {
        let (node, is_itself) = self.tree.find_nearest(&fault.path);
        let is_table = matches!(node.value, Value::Table(_));
        fault.placed(if is_itself && !is_table { node.place() } else { node.heading() })
    }

    /// A fault where its key is, or where one stands that it may come of, if a file that extends the one of its own says that. What
    /// comes with the program is right by itself.
    #[must_use]
    pub(super) fn place_of<P>(&self, fault: Fault<P>, may_come_of: &[String]) -> Fault {
        let mut shown = fault.path.as_str();
        for other in may_come_of {
            shown = self.nearer(shown, Some(other));
        }
        let shown = shown.to_owned();
        let place =
            self.place(Fault { place: (), path: shown, message: String::new(), help: String::new() }).place;
        let mut fault = Fault { place, path: fault.path, message: fault.message, help: fault.help };
        let own = self.tree.find_nearest(&fault.path).0.file;
        if fault.place.as_ref().is_some_and(|place| place.file != own) {
            let name = self.sources.name(own).trim_end_matches(BUILT_IN);
            fault.help =
                format!("{} `{}` stands in {name}, which this file extends.", fault.help, fault.path);
        }
        let (place, top) = (fault.place.as_ref(), self.sources.iter().next());
        let names = place.map(|place| self.sources.name(place.file)).zip(top.map(|(top, _)| top));
        if let Some((name, top)) =
            names.filter(|(name, top)| name.ends_with(BUILT_IN) && !top.ends_with(BUILT_IN))
        {
            let name = name.trim_end_matches(BUILT_IN);
            fault.help =
                format!("{} `{name}` is right by itself: this comes of what {top} changes.", fault.help);
        }
        fault
    }

    /// A fault of a table that leaves out some of what it must say: it may be meant to change a part of one that it
    /// replaces.
    #[must_use]
    pub(super) fn fault_of_part(&self, path: &str) -> Option<Fault> {
        let (table, remedy) = self.remedies.around(path)?;
        let (path, message, help) = (table.into(), replaced::IN_PART.into(), remedy.into());
        Some(self.place(Fault { place: (), path, message, help }))
    }

    /// Of two paths, the one that is said nearer to the scenario itself: a what-if comes before what it extends.
    #[must_use]
    pub fn nearer<'p>(&self, path: &'p str, other: Option<&'p str>) -> &'p str {
        let file = |path: &str| self.tree.find_nearest(path).0.file;
        other.filter(|other| file(other) < file(path)).unwrap_or(path)
    }

    /// Whether something is said by a file that extends another, and not by the one at the bottom.
    #[must_use]
    pub fn is_added(&self, path: &str) -> bool {
        Some(self.tree.find_nearest(path).0.heading().file) < self.sources.last()
    }

    /// Whether something is said by a file that extends another, or there is but one.
    #[must_use]
    pub fn is_new(&self, path: &str) -> bool {
        self.tree.get("extends").is_none() || self.is_added(path)
    }

    /// Where the number at a path comes from: the source that its own file gives for it, or for the nearest table around
    /// it. Nothing where no number is at the path.
    #[must_use]
    pub fn source_of(&self, path: &str) -> Option<Option<&str>> {
        let file = self.tree.find(path)?.file;
        let ends = path.match_indices(['.', '[']).map(|(end, _)| end);
        let mut tables: Vec<&str> = ends.map(|end| &path[..end]).chain([path]).collect();
        tables.reverse();
        let said = |table: &str| self.said_sources.get(&(file, table.to_owned()));
        Some(tables.into_iter().find_map(said).map(String::as_str))
    }

    /// What does not fit the format, and what else was found wrong with it.
    #[must_use]
    pub fn faults(&self, others: Vec<Fault>) -> Faults {
        Faults::new([self.misfits.clone(), others].concat(), self.sources.clone())
    }
}

/// Loads a scenario file and everything it extends.
///
/// # Errors
///
/// When the file cannot be read.
#[cfg(feature = "files")]
pub fn load(path: &Path) -> Result<Loaded, Faults> {
    match read(path) {
        Ok(text) => Loader::default().run(&Origin::Path(path.to_owned()), path.display().to_string(), text),
        Err((message, help)) => {
            let fault = Fault::without_place(format!("{}: {message}", path.display()), help);
            Err(Faults::new(vec![fault], Sources::default()))
        }
    }
}

/// Loads a scenario from a text. The name stands for its path, and other files are found from there.
///
/// # Errors
///
/// None but mistakes of carecast: what is wrong with the text is told in what is loaded.
pub fn load_text(name: &str, text: &str) -> Result<Loaded, Faults> {
    Loader::default().run(&Origin::Path(name.into()), name.into(), text.into())
}

/// Loads a scenario that comes inside the program.
///
/// # Errors
///
/// A fault when there is none of that name.
pub fn load_shipped(name: &str) -> Result<Loaded, Faults> {
    if let Some(found) = Shipped::find(name) {
        return Loader::default().run(&Origin::Shipped(found), built_in(found), found.text.into());
    }
    let message = format!("there is no built-in scenario called \"{name}\"");
    let fault = Fault::without_place(message, did_you_mean(name, shipped::names()));
    Err(Faults::new(vec![fault], Sources::default()))
}

/// What follows the name of a file that comes with the program.
const BUILT_IN: &str = " (built in)";

fn built_in(shipped: Shipped) -> String {
    format!("{}{BUILT_IN}", shipped.name)
}

/// Where a scenario comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Shipped(Shipped),
    Path(PathBuf),
}

impl Origin {
    /// The same for the same file, however its path is written.
    fn identity(&self) -> Origin {
        match self {
            Self::Shipped(shipped) => Self::Shipped(*shipped),
            Self::Path(path) => Self::Path(path.canonicalize().unwrap_or_else(|_| path.clone())),
        }
    }
}

#[derive(Default)]
struct Loader {
    sources: Sources,
    faults: Vec<Fault>,
    doubts: Doubts,
    replaced: Replaced,
    said_sources: SaidSources,
    starts_elsewhen: bool,
}

impl Loader {
    fn run(mut self, origin: &Origin, name: String, text: String) -> Result<Loaded, Faults> {
        let mut tree = self.chain(origin, name, text);
        let told = self.lines_not_toml();
        self.doubt_lines(&tree, "", &told);
        let remedies = self.replaced.remedies(&tree, &self.sources);
        let (found, doubts) = schema::check(&mut tree, &SCHEMA, std::mem::take(&mut self.doubts), &remedies);
        let is_news =
            |fault: &Fault| fault.place.as_ref().is_none_or(|place| !told.contains(&self.line(place)));
        let odd = texts::faults(&tree, &doubts);
        let news: Vec<Fault> = found.into_iter().chain(odd).filter(is_news).collect();
        self.faults.extend(news);
        match ScenarioFile::deserialize(&tree) {
            Ok(file) => {
                let Self { sources, faults: misfits, said_sources, starts_elsewhen, .. } = self;
                Ok(Loaded { file, tree, sources, misfits, doubts, remedies, said_sources, starts_elsewhen })
            }
            Err(error) => {
                self.faults.push(unforeseen(&tree, &error));
                Err(Faults::new(self.faults, self.sources))
            }
        }
    }

    /// What stands on a line that is not TOML may not be what was meant.
    fn doubt_lines(&mut self, node: &Node, path: &str, lines: &BTreeSet<(FileId, usize)>) {
        if lines.is_empty() {
            return;
        }
        if !path.is_empty() && [node.place(), node.key_place()].iter().any(|p| lines.contains(&self.line(p)))
        {
            self.doubts.add(path);
        }
        match &node.value {
            Value::Table(table) => {
                table.iter().for_each(|(key, inner)| self.doubt_lines(inner, &join(path, key), lines));
            }
            Value::Array(items) => {
                let at = |index: usize| format!("{path}[{index}]");
                items.iter().enumerate().for_each(|(i, item)| self.doubt_lines(item, &at(i), lines));
            }
            _ => {}
        }
    }

    /// Reads a file and those it extends, and lays each over the next.
    fn chain(&mut self, origin: &Origin, name: String, text: String) -> Node {
        let mut seen = vec![(origin.identity(), name.clone())];
        let mut origin = origin.clone();
        let mut trees = vec![self.parse(name, text)];
        while let Some(extends) = trees.last().and_then(|tree| tree.get("extends")).cloned() {
            let Value::Text(target) = &extends.value else {
                // That it is not a text is told with all else that does not fit.
                self.doubts.add_gaps();
                break;
            };
            match next(&origin, target, &seen) {
                Ok((base, name, text)) => {
                    seen.push((base.identity(), name.clone()));
                    origin = base;
                    trees.push(self.parse(name, text));
                }
                Err((message, help)) => {
                    let path = "extends".into();
                    // What is not even TOML has been told.
                    if !self.lines_not_toml().contains(&self.line(&extends.place())) {
                        self.faults.push(Fault { place: Some(extends.place()), path, message, help });
                    }
                    self.doubts.add_gaps();
                    break;
                }
            }
        }
        self.need_names(&trees);
        for tree in &trees {
            note_sources(tree, "", &mut self.said_sources);
        }
        self.starts_elsewhen = starts_elsewhen(&trees);
        let merged = trees.into_iter().rev().reduce(|base, over| {
            let base = population::in_proportion(base, &over, &mut self.faults);
            tree::merge(base, over, &mut self.replaced)
        });
        merged.expect("the first file is always there")
    }

    fn parse(&mut self, name: String, text: String) -> Node {
        let file = self.sources.add(name, text);
        let parsed = tree::parse(&self.sources, file);
        if parsed.has_gaps {
            self.doubts.add_gaps();
        }
        self.faults.extend(parsed.faults);
        parsed.tree
    }

    /// Results are told apart by their scenarios' names, so no file may take its name from the one it extends.
    fn need_names(&mut self, trees: &[Node]) {
        let nameless = |tree: &&Node| tree.get("extends").is_some() && tree.get("name").is_none();
        for tree in trees.iter().filter(nameless).filter(|_| !self.doubts.has_gaps()) {
            self.faults.push(Fault {
                place: Some(tree.place()),
                path: "name".into(),
                message: "this key is missing".into(),
                help: "A scenario that extends another needs a name of its own, to tell the two apart in tables \
                       and charts. Write name = \"…\"."
                    .into(),
            });
        }
    }

    /// The lines that are already at fault as TOML, so that what is wrong with their values says nothing new.
    fn lines_not_toml(&self) -> BTreeSet<(FileId, usize)> {
        let not_toml = self.faults.iter().filter(|fault| fault.path.is_empty());
        not_toml.filter_map(|fault| fault.place.as_ref()).map(|place| self.line(place)).collect()
    }

    fn line(&self, place: &Place) -> (FileId, usize) {
        (place.file, self.sources.line_number(place.file, place.span.start))
    }
}

/// The file that `extends` names: where it is, what to call it, and what it says.
fn next(from: &Origin, target: &str, seen: &[(Origin, String)]) -> Result<(Origin, String, String), Told> {
    let origin = resolve(from, target)?;
    let name = match &origin {
        Origin::Shipped(shipped) => built_in(*shipped),
        Origin::Path(path) => path.display().to_string(),
    };
    if let Some(start) = seen.iter().position(|(other, _)| *other == origin.identity()) {
        let mut circle: Vec<&str> = seen[start..].iter().map(|(_, name)| name.as_str()).collect();
        circle.push(&name);
        let message = format!("the files extend each other in a circle: {}", circle.join(" → "));
        return Err((message, "One of them must stand on its own: take `extends` out of it.".into()));
    }
    let text = match &origin {
        Origin::Shipped(shipped) => shipped.text.to_owned(),
        Origin::Path(path) => read(path).map_err(|(message, help)| {
            let from =
                if help.starts_with("Did") { "" } else { " The path starts from the folder of this file." };
            (format!("{name}: {message}"), format!("{help}{from}"))
        })?,
    };
    Ok((origin, name, text))
}

/// Notes the sources that a file gives.
fn note_sources(node: &Node, path: &str, found: &mut SaidSources) {
    let Value::Table(table) = &node.value else { return };
    if let Some(Value::Text(source)) = table.get("source").map(|said| &said.value) {
        found.insert((node.file, path.to_owned()), source.clone());
    }
    table.iter().for_each(|(key, inner)| note_sources(inner, &join(path, key), found));
}

/// Whether a file gives another first day than what it extends, and neither it nor one above it the children who are there
/// then.
fn starts_elsewhen(trees: &[Node]) -> bool {
    let start = |tree: &Node| match &tree.find("simulation.start")?.value {
        Value::Text(day) | Value::Date(day) => Some(day.clone()),
        _ => None,
    };
    let Some(top) = trees.iter().position(|tree| start(tree).is_some()) else { return false };
    let (above, beneath) = trees.split_at(top + 1);
    let first = beneath.iter().find_map(start);
    first.is_some() && first != start(&trees[top]) && above.iter().all(|tree| tree.get("opening").is_none())
}

/// What a name after `extends` stands for: a scenario inside the program, or a file beside the one that says it.
fn resolve(from: &Origin, target: &str) -> Result<Origin, Told> {
    if let Some(shipped) = Shipped::find(target) {
        return Ok(Origin::Shipped(shipped));
    }
    let folder = match from {
        Origin::Path(path) => path.parent().unwrap_or(Path::new("")),
        Origin::Shipped(_) => Path::new(""),
    };
    let is_toml = Path::new(target).extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    let path = folder.join(target);
    if is_toml || (target.contains(['/', '\\']) && path.is_file()) {
        return Ok(Origin::Path(path));
    }
    let with_ending = format!("{target}.toml");
    let help = if folder.join(&with_ending).is_file() {
        format!("There is a file of that name: write \"{with_ending}\".")
    } else {
        let last_part = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
        let near = nearest(target, shipped::names().map(last_part));
        let help = near
            .map_or_else(|| did_you_mean(target, shipped::names()), |name| format!("Did you mean `{name}`?"));
        format!("{help} A file is named by its path, ending in .toml.")
    };
    Err((format!("there is no built-in scenario called \"{target}\""), help))
}

/// A build that reads no files has only the scenarios that come with the program.
#[cfg(not(feature = "files"))]
fn read(_: &Path) -> Result<String, Told> {
    let help = "Extend a scenario that comes with the program.";
    Err(("this build of carecast reads no files".into(), help.into()))
}

/// The schema and the types are made from each other, and stand-ins fit them, so this should never be seen.
fn unforeseen(tree: &Node, error: &tree::Mismatch) -> Fault {
    Fault {
        place: Some(tree.place()),
        path: String::new(),
        message: format!("the file fits the format but cannot be read: {error}"),
        help: "This is a mistake in carecast, not in your file. Please report it with the file.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name = "Test"
ages = { all = [0, 18] }

[simulation]
start = 2025-04-01
years = 5

[stages.care]
title = "Looked after"
[stages.care.exits.home]
to = "home"
share = { best = 0.3, low = 0.2, high = 0.4 }
time = { law = "gamma", shape = 2, mean = 90 }
[stages.care.exits.adult]
to = "gone"
share = "rest"
time = { law = "until_age", age = 18 }

[stages.home]
[stages.gone]
"#;

    /// Everything that is said of the good file with a change.
    fn told(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        said(&GOOD.replacen(from, to, 1))
    }

    fn said(text: &str) -> String {
        let loaded = load_text("test.toml", text).expect("it can be read");
        assert!(!loaded.misfits.is_empty(), "there are faults");
        loaded.faults(Vec::new()).to_string()
    }

    #[test]
    fn a_slip_in_extends_makes_nothing_else_seem_missing() {
        let told = said("name = \"x\"\nextend = \"stoke-on-trent\"\n");
        assert!(told.contains("Did you mean `extends`?") && told.ends_with("1 fault in 1 file"), "{told}");
    }

    /// The same without line breaks.
    fn told_flat(from: &str, to: &str) -> String {
        told(from, to).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_good_file_loads() {
        let loaded = load_text("test.toml", GOOD).expect("it is good");
        assert_eq!(loaded.misfits, []);
        assert_eq!(loaded.file.simulation.start, "2025-04-01");
        assert_eq!(loaded.file.stages["care"].exits.len(), 2);
    }

    #[test]
    fn a_word_for_a_number_is_told_with_what_to_write() {
        insta::assert_snapshot!(told("share = \"rest\"", "share = \"lots\""), @r#"
        error: stages.care.exits.adult.share: the text "lots" cannot stand here
          --> test.toml:17:9
           |
        17 | share = "lots"
           |         ^^^^^^
           |
           = help: The share of entrants who are bound for it. Write one of these:
                     0.3
                     { best = 0.3, low = 0.2, high = 0.4 }
                     { between = [0.2, 0.4], weight = "PARAMETER" }
                     { count = 30, of = 100 }
                     "rest"
                     { by = "age", NAME = 0.3 }

        1 fault in 1 file
        "#);
    }

    #[test]
    fn a_mistyped_key_is_one_fault_though_another_is_missing() {
        insta::assert_snapshot!(told("best = 0.3", "bset = 0.3"), @r#"
        error: stages.care.exits.home.share.bset: there is no such key
          --> test.toml:13:11
           |
        13 | share = { bset = 0.3, low = 0.2, high = 0.4 }
           |           ^^^^
           |
           = help: Did you mean `best`?

        1 fault in 1 file
        "#);
    }

    #[test]
    fn all_faults_are_told_in_one_go() {
        let text = GOOD.replace("years = 5", "years = 5.5").replace("to = \"gone\"\n", "");
        let text = text.replace("name = \"Test\"", "name = Test").replace("shape = 2", "shape = \"2\"");
        insta::assert_snapshot!(said(&text), @r#"
        error: `Test` is neither a number nor a text in quotation marks
         --> test.toml:2:8
          |
        2 | name = Test
          |        ^^^^
          |
          = help: A text stands between quotation marks: "Test".

        error: simulation.years: 5.5 is not a whole number
         --> test.toml:7:9
          |
        7 | years = 5.5
          |         ^^^
          |
          = help: How many years are simulated. Write a whole number, such as 6.

        error: stages.care.exits.home.time.shape: the text "2" cannot stand here
          --> test.toml:14:33
           |
        14 | time = { law = "gamma", shape = "2", mean = 90 }
           |                                 ^^^
           |
           = help: Shape: 1 is exponential, larger is more regular. Write 2, without quotation marks.

        error: stages.care.exits.adult.to: this key is missing
          --> test.toml:15:1
           |
        15 | [stages.care.exits.adult]
           | ^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: The stage it leads to. Add `to = "STAGE"`.

        4 faults in 1 file
        "#);
    }

    #[test]
    fn a_time_without_a_law_says_which_there_are() {
        insta::assert_snapshot!(told("law = \"gamma\", ", ""), @r#"
        error: stages.care.exits.home.time.law: this key is missing
          --> test.toml:14:1
           |
        14 | time = { shape = 2, mean = 90 }
           | ^^^^
           |
           = help: How long it takes. Add `law = …`, where … is "fixed", "exponential", "gamma", "weibull",
                   "lognormal", "triangular", "quantiles" or "until_age".

        1 fault in 1 file
        "#);
        insta::assert_snapshot!(told("\"gamma\"", "\"gama\""), @r#"
        error: stages.care.exits.home.time.law: the text "gama" cannot stand here
          --> test.toml:14:16
           |
        14 | time = { law = "gama", shape = 2, mean = 90 }
           |                ^^^^^^
           |
           = help: Did you mean "gamma"?

        1 fault in 1 file
        "#);
        insta::assert_snapshot!(told("time = { law = \"gamma\", shape = 2, mean = 90 }", "time = 90"), @r#"
        error: stages.care.exits.home.time: the number 90 cannot stand here
          --> test.toml:14:8
           |
        14 | time = 90
           |        ^^
           |
           = help: How long it takes. Write one of these:
                     { law = "fixed", length = 40 }
                     { by = "age", NAME = { law = "fixed", length = 40 } }
                   For law = "fixed" there may also be "exponential", "gamma", "weibull", "lognormal",
                   "triangular", "quantiles" or "until_age", with other keys.

        1 fault in 1 file
        "#);
    }

    #[test]
    fn a_table_that_is_no_kind_of_share_says_what_is_missing() {
        insta::assert_snapshot!(told("share = \"rest\"", "share = { all = 0.3 }"), @r#"
        error: stages.care.exits.adult.share: this table has no key `by`, `best`, `between` or `count` to tell what it is
          --> test.toml:17:1
           |
        17 | share = { all = 0.3 }
           | ^^^^^
           |
           = help: The share of entrants who are bound for it. Write one of these:
                     0.3
                     { best = 0.3, low = 0.2, high = 0.4 }
                     { between = [0.2, 0.4], weight = "PARAMETER" }
                     { count = 30, of = 100 }
                     "rest"
                     { by = "age", NAME = 0.3 }

        1 fault in 1 file
        "#);
    }

    #[test]
    fn lists_and_tables_are_told_apart() {
        assert!(
            told_flat("[stages.home]", "[[stages.home]]")
                .contains("write `[stages.home]` for `[[stages.home]]`")
        );
        assert!(
            told_flat("[stages.home]", "[stages.home]\n[[interventions]]\ntitle = \"x\"")
                .contains("Write `[interventions.x]` for `[[interventions]]`")
        );
        assert!(
            told_flat("[stages.home]", "[flows.x]\ntitle = \"x\"\ninto = \"care\"")
                .contains("write `[\"care\"]`")
        );
        assert!(told_flat("[0, 18]", "[0, 18, 25]").contains("this list has 3 items, but 2 belong here"));
    }

    #[test]
    fn numbers_dressed_as_texts_are_undressed() {
        for (wrong, right) in [("\"30%\"", "0.3"), ("\"0.25\"", "0.25"), ("30%", "0.3")] {
            assert!(
                told_flat("share = \"rest\"", &format!("share = {wrong}")).contains(&format!(" {right}"))
            );
        }
        assert!(told_flat("years = 5", "years = inf").contains("infinite"));
        assert!(told_flat("years = 5", "years = 99999999999999999999").contains("too large"));
        assert!(told_flat("years = 5", "years = -5").contains("from 1 to 100"));
    }

    #[test]
    fn what_is_not_toml_is_told_as_what_was_meant() {
        for (wrong, remedy) in [
            ("title: \"x\"", "Write `title = \"x\"`."),
            ("title \"x\"", "Write `title = \"x\"`"),
            ("title = x", "\"x\""),
            ("title = “x”", "Use straight quotation marks: \"x\"."),
            ("title = \"x", "Put a quotation mark"),
            ("title =", "Write a value"),
            ("title = 2024-25", "\"2024-25\""),
            ("title = 01/04/2026", "2026-04-01"),
            ("title = £1,500", "1500"),
            ("title = 1,500", "1_500"),
            ("title = 30 days", "Write the number alone: 30."),
            ("title = TRUE", "in small letters"),
            ("title = .5", "0.5"),
            ("title = 07", "7, not 07"),
            ("my title = 1", "`my_title`"),
            ("// x", "A comment starts with #, not //."),
            ("source = 'a'\nsource = 'b'", "Keep one of the two"),
            ("source = [1, 2", "Put `]` after its last item."),
            ("[stages.x", "Put `]`"),
        ] {
            let said = told_flat("title = \"Looked after\"", wrong);
            assert!(said.contains(remedy), "{said}");
            assert!(said.contains("1 fault in 1 file"), "{said}");
        }
    }

    #[test]
    fn line_endings_and_byte_order_marks_of_other_systems_are_read() {
        let loaded = load_text("test.toml", &format!("\u{feff}{}", GOOD.replace('\n', "\r\n")));
        assert_eq!(loaded.expect("it can be read").misfits, []);
    }

    #[test]
    fn an_empty_file_is_told_what_it_needs() {
        assert!(said("").ends_with("4 faults in 1 file"));
    }

    #[test]
    fn every_shipped_scenario_loads() {
        for name in shipped::names() {
            let loaded = load_shipped(name).expect("it can be read");
            assert!(loaded.misfits.is_empty(), "{name}\n{}", loaded.faults(Vec::new()));
        }
        let faults = load_shipped("stok-on-trent").map(|_| ()).expect_err("there is none of that name");
        assert!(faults.to_string().contains("Did you mean `stoke-on-trent`?"));
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        folder
    }

    #[test]
    fn a_file_extends_another_beside_it() {
        let change = "extends = \"../base.toml\"\nname = \"B\"\n[stages.care.exits.home]\nshare = 0.5\n";
        let folder = folder(&[("base.toml", GOOD), ("b/what-if.toml", change)]);
        let loaded = load(&folder.path().join("b/what-if.toml")).expect("both are good");
        assert_eq!(loaded.file.name, "B");
        assert_eq!(loaded.file.stages["care"].exits["home"].to, "home");
        assert_eq!(loaded.sources.iter().count(), 2);
        let at = |path: &str| {
            let (path, message, help) = (path.into(), "is too high".into(), "Write less.".into());
            loaded.place(Fault { place: (), path, message, help })
        };
        let fault = at("stages.care.exits.home.share");
        assert!(loaded.faults(vec![fault]).to_string().contains("what-if.toml:4:9"));
        let fault = at("stages.care.exits.adult.pace");
        assert!(loaded.faults(vec![fault]).to_string().contains("base.toml:15:1"));
    }

    #[test]
    fn a_name_is_not_taken_from_the_file_that_is_extended() {
        assert!(said("extends = \"england\"\n").contains("name: this key is missing"));
    }

    #[test]
    fn a_circle_of_files_is_told() {
        let file = |base: &str| format!("extends = \"{base}\"\nname = \"x\"\n");
        let folder = folder(&[("a.toml", &file("b.toml")), ("b.toml", &file("./a.toml"))]);
        let loaded = load(&folder.path().join("a.toml")).expect("it can be read");
        let faults = loaded.faults(Vec::new()).to_string();
        assert!(faults.contains("b.toml:1:11") && faults.contains("in a circle"), "{faults}");
        assert!(faults.ends_with("1 fault in 1 file"), "{faults}");
    }

    #[test]
    fn a_base_that_is_not_there_is_told_where_it_is_named() {
        let said = said("extends = \"early-help-expandd\"\nname = \"x\"\n");
        assert!(
            said.contains("test.toml:1:11") && said.contains("Did you mean `early-help-expanded`?"),
            "{said}"
        );
        let folder = folder(&[("base.toml", GOOD), ("a.toml", "extends = \"base\"\nname = \"x\"")]);
        let loaded = load(&folder.path().join("a.toml")).expect("it can be read");
        let said = loaded.faults(Vec::new()).to_string();
        assert!(said.contains("write \"base.toml\""), "{said}");
    }

    #[test]
    fn files_that_cannot_be_read_are_told() {
        let folder = folder(&[("stoke.toml", GOOD)]);
        std::fs::write(folder.path().join("latin.toml"), b"name = \"\xe9\"").expect("a file");
        let said = |name: &str| {
            load(&folder.path().join(name)).map(|_| ()).expect_err("it cannot be read").to_string()
        };
        assert!(said("stok.toml").contains("stoke.toml"));
        assert!(said("").contains("this is a folder"));
        assert!(said("latin.toml").contains("not UTF-8"));
    }

    proptest::proptest! {
        /// Whatever a file says, it is read or its faults are told; and what fits the schema fits the types.
        #[test]
        fn nothing_panics(cuts in proptest::collection::vec((0..GOOD.len(), 0..12_usize, "[a-z0-9=\"'\\[\\]{}.,#é£“”−()%/ \r\n-]{0,5}"), 1..4)) {
            let mut text = GOOD.to_owned();
            for (start, length, insert) in cuts {
                let start = crate::scenario::source::boundary(&text, start);
                let end = crate::scenario::source::boundary(&text, start + length);
                text.replace_range(start..end, &insert);
            }
            match load_text("test.toml", &text) {
                Ok(loaded) => drop(loaded.faults(Vec::new()).render(true)),
                Err(faults) => proptest::prop_assert!(false, "{text}\n{faults}"),
            }
        }

        #[test]
        fn no_text_at_all_panics(text in "\\PC{0,40}|[ -~\n\r\t]{0,80}") {
            let loaded = load_text("test.toml", &text);
            proptest::prop_assert!(loaded.is_ok_and(|loaded| !loaded.faults(Vec::new()).render(false).is_empty()));
        }
    }
}
