//! Each room of the house imports only from its permitted neighbours (DESIGN, section 5).

use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms it may know, and words of the outside rules that it never says.
type Room = (&'static str, &'static [&'static str], &'static [&'static str]);

const OUTSIDE: &[&str] =
    &["std::fs", "std::env", "std::thread", "std::time::", "std::net", "rayon", "tempfile"];

/// Each room imports from those before it. Besides, pools know no clock,
/// the engine knows no money, calibration reaches the engine only through experiments, and what writes or draws
/// results does not simulate.
const ROOMS: [Room; 15] = [
    ("stream", &[], OUTSIDE),
    ("pathway", &["stream"], OUTSIDE),
    ("record", &["stream", "pathway"], OUTSIDE),
    ("capacity", &["pathway", "record"], &["pathway::calendar", "std::fs", "rayon"]),
    ("costs", &["pathway", "record"], &["std::fs", "rayon"]),
    ("scenario", &["stream", "pathway", "record", "capacity", "costs"], &["rayon", "std::thread"]),
    ("history", &["pathway", "record", "capacity", "costs"], &["rayon"]),
    ("engine", &["stream", "pathway", "record", "capacity", "scenario"], OUTSIDE),
    (
        "experiment",
        &["stream", "pathway", "record", "capacity", "costs", "scenario", "engine"],
        &["std::fs", "plotters"],
    ),
    (
        "calibrate",
        &["stream", "pathway", "record", "capacity", "costs", "scenario", "history", "experiment"],
        &["std::fs"],
    ),
    (
        "describe",
        &["pathway", "record", "costs", "scenario", "history", "experiment", "calibrate"],
        &["std::fs", "plotters", "rayon"],
    ),
    ("chart", &[], &["std::fs", "rayon", "children"]),
    (
        "export",
        &["pathway", "record", "costs", "scenario", "history", "experiment", "calibrate", "describe"],
        &["plotters", "rayon"],
    ),
    (
        "report",
        &[
            "pathway",
            "record",
            "costs",
            "scenario",
            "history",
            "experiment",
            "calibrate",
            "describe",
            "chart",
            "export",
        ],
        &["rayon"],
    ),
    (
        "cli",
        &[
            "pathway",
            "record",
            "capacity",
            "costs",
            "scenario",
            "history",
            "engine",
            "experiment",
            "calibrate",
            "describe",
            "export",
            "report",
        ],
        &[],
    ),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A source file.
struct Source {
    /// Nothing for the crate's root and the binary.
    room: Option<String>,
    file: PathBuf,
    /// What it says, without comments.
    text: String,
    /// The same without tests, which may do what the room may not.
    outside_tests: String,
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let source = |path: PathBuf| {
        let file = path.strip_prefix(&src).unwrap().to_path_buf();
        let first = file.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text: String = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| line.split("//").next().unwrap_or("").to_owned() + "\n")
            .collect();
        let is_test = file.ends_with("tests.rs") || file.ends_with("fixture.rs");
        let outside_tests = if is_test { String::new() } else { without_tests(&text) };
        Source { room: (first != "lib" && first != "main").then_some(first), file, text, outside_tests }
    };
    rust_files(&src).into_iter().map(source).collect()
}

/// A text without the items that are there for tests alone. Their ends are told by how they are indented: at the bracket that
/// closes them, or on the line on which they begin.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(indent) = line.strip_suffix("#[cfg(test)]").filter(|indent| indent.trim().is_empty()) else {
            kept.push_str(line);
            kept.push('\n');
            continue;
        };
        let item = |line: &&str| !line.trim_start().starts_with("#[");
        let Some(first) = lines.find(item).map(str::trim_end) else { break };
        let closes = |line: &&str| {
            let rest = line.strip_prefix(indent).unwrap_or_default();
            rest.starts_with(['}', ']', ')']) && rest.trim_end().ends_with(['}', ';'])
        };
        if !first.ends_with(['}', ';']) {
            lines.find(closes);
        }
    }
    kept
}

#[test]
fn the_reader_of_files_leaves_out_tests_and_nothing_else() {
    let text = "
mod a;
#[cfg(test)]
pub(crate) mod fixture;
mod b;
#[cfg(test)]
use c::{
    C,
};
impl A {
    #[cfg(test)]
    #[must_use]
    fn tested(
        &self,
    ) -> bool {
        if true {
            false
        }
    }
    fn used() {}
}
#[cfg(test)]
mod tests {
    const TOML: &str = \"
[stages]
ages = { all = [0, 18] }
\";
    fn test() {
    }
}
fn last() {}
";
    let kept = "
mod a;
mod b;
impl A {
    fn used() {}
}
fn last() {}
";
    assert_eq!(without_tests(text), kept);
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// What follows each `crate::`, singly or in braces.
fn rooms_named(text: &str) -> Vec<&str> {
    let mut named = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if !rest.starts_with('{') {
            named.push(name(rest));
            continue;
        }
        let mut depth = 0;
        for (i, c) in rest.char_indices() {
            match c {
                '{' | ',' if depth == usize::from(c == ',') => {
                    named.push(name(rest[i + 1..].trim_start()));
                    depth += usize::from(c == '{');
                }
                '{' => depth += 1,
                '}' if depth == 1 => break,
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    named.retain(|n| !n.is_empty());
    named
}

#[test]
fn the_reader_of_imports_sees_single_and_grouped_ones() {
    let text = "use crate::a::B;\nuse crate::{b::{X, Y}, c::Z,\n d};\nlet x = crate::e::f();";
    assert_eq!(rooms_named(text), ["a", "b", "c", "d", "e"]);
}

#[test]
fn each_room_imports_only_from_its_permitted_neighbours() {
    let mut wrong = Vec::new();
    for Source { room, file, text, outside_tests } in sources() {
        let Some(room) = room else { continue };
        let Some((_, permitted, never)) = ROOMS.iter().find(|r| r.0 == room) else {
            wrong.push(format!("{}: there is no room {room} in the house", file.display()));
            continue;
        };
        for other in rooms_named(&text) {
            let is_room = ROOMS.iter().any(|r| r.0 == other);
            if is_room && other != room && !permitted.contains(&other) {
                wrong.push(format!("{}: {room} may not know {other}", file.display()));
            }
        }
        for word in never.iter().filter(|w| outside_tests.contains(**w)) {
            wrong.push(format!("{}: {room} may not say {word}", file.display()));
        }
        let by_super = |other: &str| outside_tests.contains(&format!("super::{other}::"));
        for (other, ..) in ROOMS.iter().filter(|r| r.0 != room && by_super(r.0)) {
            let mine = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&room);
            if !mine.join(format!("{other}.rs")).exists() && !mine.join(other).exists() {
                wrong.push(format!("{}: {other} is reached by way of super", file.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Nothing is open to other rooms but closed to users of the library: so whatever one room, or the command line,
/// uses of another is its public face.
#[test]
fn rooms_show_each_other_only_what_they_show_everybody() {
    let is_private = |s: &Source| ["pub(crate)", "pub(in "].iter().any(|word| s.outside_tests.contains(word));
    let private: Vec<PathBuf> = sources().into_iter().filter(is_private).map(|s| s.file).collect();
    assert!(private.is_empty(), "{private:?}");
}

#[test]
fn the_engine_and_what_is_below_it_have_no_unsafe_code_and_no_unordered_maps() {
    for Source { room, file, outside_tests, .. } in sources() {
        let below = ["stream", "pathway", "record", "capacity", "costs", "engine", "experiment"];
        if room.is_some_and(|r| below.contains(&r.as_str())) {
            for word in ["HashMap", "HashSet", "unsafe "] {
                assert!(!outside_tests.contains(word), "{}: {word} has no order that lasts", file.display());
            }
        }
    }
}
