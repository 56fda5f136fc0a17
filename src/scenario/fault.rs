//! Faults in scenario files, told to people: which file, which line, what is wrong, what to write instead.
//!
//! Who finds a fault may not know its place in a file yet: a reader of TOML knows the bytes of one text, a check of the
//! scenario the path of a key. A [`Fault`] is of what its finder knows, until its place is found.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};
use indexmap::IndexSet;

use super::source::{FileId, Place, Sources, boundary};

/// How wide the lines of help are, in characters.
const HELP_WIDTH: usize = 96;
/// What lines of help begin with that are to be pasted into a file, and so cannot be broken.
pub(super) const TO_PASTE: &str = "    ";
/// The most faults that are shown: a file with more is another kind of file, or needs one remedy for all.
const MOST_SHOWN: usize = 100;
/// The most faults of a scenario that are looked for: what is beyond is neither kept nor counted.
pub(super) const MOST_FOUND: usize = 1000;
/// Among so many names, and for so many faults, near ones are looked for: thousands among thousands would take for ever.
pub const FEW: usize = 500;
/// The most names to choose from that are listed.
const MOST_NAMES: usize = 30;
/// How much of a very long line is shown on either side of a fault, in bytes.
const LINE_CONTEXT: usize = 200;

/// One thing that is wrong with a scenario. Its place is found by what its finder knew of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fault<P = Option<Place>> {
    /// Where, when it is somewhere in a file.
    pub place: P,
    /// The key that is at fault, as a dotted path ([`super::tree::join`] says how); empty for the file itself.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl<P> Fault<P> {
    /// The same where it was found to be.
    pub(super) fn placed(self, place: Place) -> Fault {
        let Self { path, message, help, .. } = self;
        Fault { place: Some(place), path, message, help }
    }
}

impl Fault {
    fn wrapped_help(&self) -> String {
        let wrapped = |line: String| if line.starts_with(TO_PASTE) { line } else { wrap(&line) };
        let lines = self.help.lines().map(|line| wrapped(normalize_untrusted_str(line)));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The help of a fault that no line of a file shows: without a line there is no margin to stand beside.
    fn bare_help(&self) -> String {
        if self.help.is_empty() {
            String::new()
        } else {
            format!("\n  = help: {}", self.wrapped_help().replace('\n', "\n          "))
        }
    }

    /// A fault that no line of a file shows, such as a file that cannot be read.
    pub fn without_place(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place: None, path: String::new(), message: message.into(), help: help.into() }
    }

    fn title(&self) -> String {
        let title = if self.path.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.path, self.message)
        };
        normalize_untrusted_str(&title.replace(['\n', '\r'], " "))
    }
}

/// A message and the help that goes with it.
pub(super) type Told = (String, String);

/// All that is wrong with a scenario, in the order of its files and lines.
#[derive(Clone)]
pub struct Faults {
    faults: Vec<Fault>,
    sources: Sources,
}

/// As [`Display`](fmt::Display), so that a `main` that returns them says what is wrong.
impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Faults {
    /// Puts faults in order: those without a place, then by file and place.
    #[must_use]
    pub fn new(mut faults: Vec<Fault>, sources: Sources) -> Self {
        faults.sort_by_key(|fault| {
            fault.place.as_ref().map(|place| (place.file, place.span.start, Reverse(place.span.end)))
        });
        faults.truncate(MOST_FOUND + 1);
        Self { faults, sources }
    }

    /// These faults and those of other scenarios, each once: scenarios may extend the same file.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let files: BTreeMap<FileId, FileId> = other.sources.merge_into(&mut self.sources);
        let others = other.faults.into_iter().map(|mut fault| {
            if let Some(place) = &mut fault.place {
                place.file = files[&place.file];
            }
            fault
        });
        let faults: IndexSet<Fault> = self.faults.into_iter().chain(others).collect();
        Self::new(faults.into_iter().collect(), self.sources)
    }

    /// The faults, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Fault] {
        &self.faults
    }

    /// The files they are in.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Every fault with the line it is about, as compilers show them, and how many there are.
    #[must_use]
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for fault in self.faults.iter().take(MOST_SHOWN) {
            text.push_str(&renderer.render(&[self.report(fault)]));
            if fault.place.is_none() {
                text.push_str(&fault.bare_help());
            }
            text.push_str("\n\n");
        }
        text.push_str(&self.tally());
        if self.faults.len() > MOST_SHOWN {
            let _ = write!(text, ", of which the first {MOST_SHOWN} are shown");
        }
        text
    }

    fn report(&self, fault: &Fault) -> Group<'_> {
        let mut report = Group::with_title(Level::ERROR.primary_title(fault.title()));
        if let Some(place) = &fault.place {
            report = self.show(report, place);
            if !fault.help.is_empty() {
                report = report.element(Level::HELP.message(fault.wrapped_help()));
            }
        }
        report
    }

    /// Adds the line of a place to a report. Only that line is shown, however long the stretch is.
    fn show<'a>(&'a self, report: Group<'a>, place: &Place) -> Group<'a> {
        let line = self.sources.line(place.file, place.span.start);
        let name = normalize_untrusted_str(self.sources.name(place.file));
        if line.text.trim().is_empty() {
            return report.element(Origin::path(name).line(line.number));
        }
        let within = |byte: usize| boundary(line.text, byte.saturating_sub(line.start));
        let (start, end) = (within(place.span.start), within(place.span.end.max(place.span.start)));
        let from = boundary(line.text, start.saturating_sub(LINE_CONTEXT));
        let to = boundary(line.text, end.min(start + LINE_CONTEXT) + LINE_CONTEXT);
        let shown = &line.text[from..to];
        let span = start - from..end.min(to) - from;
        let mark: Annotation<'_> = AnnotationKind::Primary.span(span);
        report.element(Snippet::source(shown).line_start(line.number).path(name).annotation(mark))
    }

    fn tally(&self) -> String {
        let places = self.faults.iter().filter_map(|fault| fault.place.as_ref());
        let files = places.map(|place| place.file).collect::<BTreeSet<_>>().len();
        let faults = match self.faults.len() {
            0..=MOST_FOUND => counted(self.faults.len(), "fault"),
            _ => format!("more than {MOST_FOUND} faults"),
        };
        if files == 0 { faults } else { format!("{faults} in {}", counted(files, "file")) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Faults {}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Breaks a line into several at spaces outside `code`, keeping what it is indented by.
fn wrap(text: &str) -> String {
    const SPACE_IN_CODE: char = '\u{a0}';
    let parts = text.split('`').enumerate();
    let held =
        parts.map(|(part, text)| if part % 2 == 1 { text.replace(' ', "\u{a0}") } else { text.into() });
    let held = held.collect::<Vec<String>>().join("`");
    let mut wrapped = " ".repeat(text.len() - text.trim_start().len());
    let mut width = 0;
    for word in held.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if width > 0 {
            let fits = width + 1 + length <= HELP_WIDTH;
            wrapped.push(if fits { ' ' } else { '\n' });
            width = if fits { width + 1 } else { 0 };
        }
        wrapped.push_str(word);
        width += length;
    }
    wrapped.replace(SPACE_IN_CODE, " ")
}

/// A word and a name are near if one starts with the other, unless that is shorter than this.
const LEAST_START: usize = 4;

/// The name that a mistyped word was most likely meant to be, if any is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    let likeness = |name: &str| strsim::jaro_winkler(&word, &plain(name));
    let near = |name: &str| {
        let name = plain(name);
        let edits = strsim::damerau_levenshtein(&word, &name);
        let starts =
            |long: &str, short: &str| short.chars().count() >= LEAST_START && long.starts_with(short);
        edits <= 1.max(word.chars().count() / 3) || starts(&name, &word) || starts(&word, &name)
    };
    names.into_iter().filter(|name| near(name)).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

/// Help for a name that does not exist: the nearest one, or else a list of those there are.
#[must_use]
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let near = nearest(word, names.iter().copied()).or_else(|| nearest_end(word, &names));
    match same_end(word, &names).or(near) {
        Some(name) => format!("Did you mean `{name}`?"),
        None if names.is_empty() => "There are none to choose from.".into(),
        None if names.len() == 1 => format!("There is only `{}`.", names[0]),
        None => {
            let mut items: Vec<String> =
                likeliest(word, &names).iter().map(|name| format!("`{name}`")).collect();
            if names.len() > MOST_NAMES {
                items.push(format!("{} more", names.len() - MOST_NAMES));
            }
            format!("There are {}.", listed(items, "and"))
        }
    }
}

/// The last part of a name: `foster` of `placement.foster`.
fn end(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}

/// The name whose last part a word is.
fn same_end<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    names.iter().copied().find(|name| end(name) != *name && end(name).eq_ignore_ascii_case(word))
}

/// The name whose last part is nearest to that of a word.
fn nearest_end<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let near = nearest(end(word), names.iter().map(|name| end(name)))?;
    names.iter().copied().find(|name| end(name) == near)
}

/// As many names as are listed, in their order: of too many those most like a word.
fn likeliest<'a>(word: &str, names: &[&'a str]) -> Vec<&'a str> {
    if names.len() <= MOST_NAMES {
        return names.to_vec();
    }
    let likeness = |name: &str| strsim::jaro_winkler(word, name).max(strsim::jaro_winkler(word, end(name)));
    let mut ranked: Vec<(usize, f64)> = names.iter().map(|name| likeness(name)).enumerate().collect();
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let mut places: Vec<usize> = ranked.iter().take(MOST_NAMES).map(|(place, _)| *place).collect();
    places.sort_unstable();
    places.into_iter().map(|place| names[place]).collect()
}

/// "a", "a or b", "a, b or c".
pub(super) fn listed(items: impl IntoIterator<Item = String>, conjunction: &str) -> String {
    let mut items: Vec<String> = items.into_iter().collect();
    let Some(last) = items.pop() else { return String::new() };
    if items.is_empty() { last } else { format!("{} {conjunction} {last}", items.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, spans: &[(usize, usize)]) -> Faults {
        let mut sources = Sources::default();
        let file = sources.add("stoke.toml", text);
        let fault = |&(start, end): &(usize, usize)| Fault {
            place: Some(Place { file, span: start..end }),
            path: "stages.care".into(),
            message: "it is wrong".into(),
            help: "Write it right.".into(),
        };
        Faults::new(spans.iter().map(fault).collect(), sources)
    }

    #[test]
    fn a_fault_shows_file_line_and_remedy() {
        insta::assert_snapshot!(faults("a = 1\nb = \"lots\"\n", &[(10, 16)]), @r#"
        error: stages.care: it is wrong
         --> stoke.toml:2:5
          |
        2 | b = "lots"
          |     ^^^^^^
          |
          = help: Write it right.

        1 fault in 1 file
        "#);
    }

    #[test]
    fn faults_come_in_the_order_of_the_lines() {
        let faults = faults("a = 1\nb = 2\n", &[(6, 7), (0, 1)]);
        assert_eq!(faults.as_slice()[0].place.as_ref().map(|place| place.span.start), Some(0));
        assert!(faults.to_string().ends_with("2 faults in 1 file"));
    }

    #[test]
    fn more_faults_than_are_looked_for_are_not_counted() {
        let many = |count| faults("a = 1\n", &vec![(0, 1); count]).to_string();
        assert!(many(1000).ends_with("1000 faults in 1 file, of which the first 100 are shown"));
        assert!(many(1001).ends_with("more than 1000 faults in 1 file, of which the first 100 are shown"));
        let both = faults("a = 1\n", &[(0, 1); 800]).and(faults("b = 1\n", &[(0, 1); 800]));
        assert_eq!(both.as_slice().len(), 2, "each is told once");
    }

    #[test]
    fn any_stretch_of_any_text_can_be_shown() {
        for text in ["", "\n", "é", "a = \"日本\"\r\nb\tc\r", "\u{1b}[31m\u{7}", &"x".repeat(100_000)] {
            let ends = [0, 1, 2, 3, text.len() / 2, text.len(), text.len() + 7];
            for start in ends {
                for end in ends {
                    let shown = faults(text, &[(start, end)]);
                    assert!(shown.render(true).len() < 5000);
                }
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_has_no_line() {
        let fault = Fault::without_place("a.toml: there is no such file", "Check the spelling.");
        insta::assert_snapshot!(Faults::new(vec![fault], Sources::default()), @"
        error: a.toml: there is no such file
          = help: Check the spelling.

        1 fault
        ");
    }

    #[test]
    fn a_long_list_keeps_the_likely_names() {
        let names: Vec<String> = (0..100).map(|n| format!("n{n:02}")).chain(["home_again".into()]).collect();
        let help = did_you_mean("from_home", names.iter().map(String::as_str));
        assert!(help.ends_with("`home_again` and 71 more."), "{help}");
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_listed() {
        assert_eq!(did_you_mean("shar", ["to", "share"]), "Did you mean `share`?");
        assert_eq!(did_you_mean("Price base", ["price_base"]), "Did you mean `price_base`?");
        assert_eq!(did_you_mean("reach", ["stage", "reaches"]), "Did you mean `reaches`?");
        let states = ["care", "placement.childrens_home", "placement.kinship", "kin"];
        assert_eq!(did_you_mean("childrens_home", states), "Did you mean `placement.childrens_home`?");
        assert_eq!(did_you_mean("childrens_homes", states), "Did you mean `placement.childrens_home`?");
        assert_eq!(did_you_mean("kinship", states), "Did you mean `placement.kinship`?");
        assert_eq!(did_you_mean("colour", ["to", "time", "share"]), "There are `to`, `time` and `share`.");
    }
}
