//! The page: everything in one file that needs nothing else.

use minijinja::{Environment, context, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use super::{
    Error,
    charts::{Chart, colour},
    facts::{Facts, quoted},
    findings::{self, Finding},
    services,
    tables::{self, Table},
    words,
};
use crate::{
    describe::changes::Change,
    export::{Assumption, Results, VERSION},
    scenario::file::ScenarioFile,
};

/// More what-ifs than this are counted at the head of the page, not named.
const NAMED: usize = 5;

const TEMPLATE: &str = include_str!("report.html.j2");

/// The page as HTML.
pub(super) fn html(results: &Results, charts: &[Chart]) -> Result<Vec<u8>, Error> {
    let page = page(results, charts)?;
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(Error::Page)?);
    // The name ends in .html, so that everything put into the template is escaped.
    environment.add_template("report.html", TEMPLATE).map_err(Error::Page)?;
    let template = environment.get_template("report.html").map_err(Error::Page)?;
    let mut text = template.render(context! { page => Serde(page) }).map_err(Error::Page)?;
    text.push('\n');
    Ok(text.into_bytes())
}

#[derive(Serialize)]
struct Page {
    title: String,
    subtitle: String,
    description: String,
    findings: Vec<Card>,
    charts: Vec<Figure>,
    sections: Vec<Section>,
    changes: Vec<Changes>,
    numbers: Numbers,
    method: Method,
    run: Run,
}

#[derive(Serialize)]
struct Card {
    #[serde(flatten)]
    finding: Finding,
    colour: String,
    description: String,
}

/// A chart on the page.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    title: String,
    subtitle: Vec<String>,
    source: String,
    wide: String,
    narrow: String,
}

/// A chapter of tables.
#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
    intro: String,
    tables: Vec<Table>,
}

/// What one scenario changes; of the reference its interventions.
#[derive(Serialize)]
struct Changes {
    title: String,
    each: Vec<Change>,
    costs: Option<Table>,
}

/// The numbers that went in.
#[derive(Serialize)]
struct Numbers {
    any: bool,
    /// How many are assumptions, in a sentence, if any are.
    assumptions: Option<String>,
    /// Those with a range that are assumptions.
    assumed: List,
    /// The others with a range.
    sourced: List,
    /// Where those without a range come from.
    sources: Vec<Source>,
    /// How many are exact, in a sentence, if any are.
    exact: Option<String>,
}

/// A source, and how many numbers come from it.
#[derive(Serialize)]
struct Source {
    name: String,
    kind: &'static str,
    count: String,
}

/// Numbers with a range: first those that act on the whole, and those of what-ifs; then those of single stages,
/// placements and prices, which paper leaves to the file.
#[derive(Serialize)]
struct List {
    whole: Vec<Listed>,
    single: Vec<Listed>,
    /// How many of the latter there are.
    more: String,
}

#[derive(Serialize)]
struct Listed {
    title: String,
    /// In pieces between which a line may be broken.
    path: Vec<String>,
    value: String,
    range: String,
    unit: String,
    source: String,
    scenarios: String,
}

#[derive(Serialize)]
struct Method {
    /// How many, unless it is one alone.
    futures: Option<String>,
    /// What readers must be told of so few.
    caution: Option<String>,
    compares: bool,
    doubt: Doubt,
    costs: bool,
    price_base: Option<String>,
    reference: String,
}

#[derive(Serialize)]
struct Run {
    version: &'static str,
    seed: String,
    futures: String,
    scenarios: Vec<Hash>,
    /// What is not as a reader would expect.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Hash {
    name: String,
    hash: String,
}

/// Why futures differ, besides chance.
#[derive(Serialize)]
struct Doubt {
    /// Whether any number has a range.
    numbers: bool,
    /// Whether any rate drifts.
    drift: bool,
}

fn page(results: &Results, charts: &[Chart]) -> Result<Page, Error> {
    let facts = Facts::new(results);
    let facts = facts.as_ref();
    Ok(Page {
        title: facts.map_or_else(|| "No scenario".to_owned(), |f| f.reference.name.clone()),
        subtitle: facts.map(subtitle).unwrap_or_default(),
        description: description(results, 0),
        findings: facts.map(|f| cards(f, results)).unwrap_or_default(),
        charts: charts.iter().map(figure).collect::<Result<_, _>>()?,
        sections: facts.map(sections).unwrap_or_default(),
        changes: changes(results, facts),
        numbers: numbers(results),
        method: method(results, facts),
        run: run(results),
    })
}

fn subtitle(facts: &Facts) -> String {
    let names: Vec<String> = facts.what_ifs().map(|(_, s)| quoted(&s.name)).collect();
    let against = match names.len() {
        0 => String::new(),
        1..=NAMED => format!(", compared with {}", words::and(&names)),
        many => format!(", compared with {} what-ifs", number_of(many)),
    };
    findings::horizon(facts).map_or_else(String::new, |(from, to)| {
        format!("A projection from {} to {}{against}", words::day(from), words::day(to))
    })
}

fn description(results: &Results, scenario: usize) -> String {
    results.scenarios.get(scenario).and_then(|s| s.file.description.clone()).unwrap_or_default()
}

fn cards(facts: &Facts, results: &Results) -> Vec<Card> {
    let card = |finding: Finding| {
        // The reference's description stands at the head of the page.
        let inherited = description(results, finding.place) == description(results, 0);
        let description = if inherited { String::new() } else { description(results, finding.place) };
        Card { colour: colour(facts, finding.place), description, finding }
    };
    findings::all(facts).into_iter().map(card).collect()
}

fn figure(chart: &Chart) -> Result<Figure, Error> {
    Ok(Figure {
        name: chart.name,
        title: chart.title.clone(),
        subtitle: chart.subtitle.clone(),
        source: chart.source.clone(),
        wide: chart.wide_svg()?,
        narrow: chart.narrow_svg()?,
    })
}

fn sections(facts: &Facts) -> Vec<Section> {
    let reference = facts.reference_name();
    let compares = facts.what_ifs().next().is_some();
    let years = if tables::leave_years_out(facts) {
        " Where there are many years, most tables show the first three, every fifth and the last; all are in \
         financial_years.csv."
    } else {
        ""
    };
    let parts = facts.parts_of_years().map(|parts| format!(" {parts}")).unwrap_or_default();
    let middle =
        format!("Each number is the middle of the simulated futures; below it is the 80% range.{years}");
    let all = [
        Section { id: "children", title: "Children by year", intro: middle, tables: tables::stocks(facts) },
        Section {
            id: "parts",
            title: "Where they live, and how old they are",
            intro: String::new(),
            tables: tables::divisions(facts),
        },
        Section {
            id: "events",
            title: "Events along the pathway",
            intro: parts.trim_start().to_owned(),
            tables: tables::flows(facts),
        },
        Section {
            id: "places",
            title: "Places and waits",
            intro: String::new(),
            tables: tables::places(facts),
        },
        Section {
            id: "costs",
            title: "Cost by financial year",
            intro: format!(
                "In cash: the prices of each year. Net cost is what the lines cost, with interventions, less income. \
                 Medians do not add up: those of the lines come to another sum than the median of the net cost.{parts}"
            ),
            tables: tables::costs(facts),
        },
        Section {
            id: "savings",
            title: "What would be saved",
            intro: format!(
                "Change in net cost from {reference}, in cash; a minus is a saving. The change is the middle of the \
                 simulated futures, with its 80% range. Its average, which adds up, is divided into three: lines that \
                 vary with children, where a saving is cash; fixed lines, where fewer children free staff and \
                 buildings but no cash; and what the interventions themselves cost.{parts}"
            ),
            tables: tables::savings(facts),
        },
    ];
    all.into_iter().filter(|s| !s.tables.is_empty() && (compares || s.id != "savings")).map(named).collect()
}

/// The chapter under a name that fits what is in it.
fn named(section: Section) -> Section {
    let title = match (section.id, section.tables.len()) {
        ("parts", 0..=2) => "How they divide",
        _ => section.title,
    };
    Section { title, ..section }
}

/// What each what-if changes in the reference, and the interventions of the reference itself.
fn changes(results: &Results, facts: Option<&Facts>) -> Vec<Changes> {
    let reference = results.scenarios.first().map(|info| info.file);
    let each = results.summary.scenarios.iter().enumerate().map(|(i, s)| {
        let info = results.scenarios.get(i);
        let new = info.map(|info| services::new_in(info.file, reference.filter(|_| i > 0)));
        let names: Option<Vec<&str>> = new.map(|new| new.iter().map(|(name, _)| *name).collect());
        let title = if i == 0 {
            format!("{}: its interventions", s.name)
        } else {
            format!("What \u{201c}{}\u{201d} changes", s.name)
        };
        Changes {
            title,
            costs: facts.and_then(|f| tables::interventions(f, s, names.as_deref())),
            each: info.map(|info| info.changes.clone()).unwrap_or_default(),
        }
    });
    each.filter(|i| !i.each.is_empty() || i.costs.is_some()).collect()
}

/// Every number once: those that a later scenario shares with the reference are listed under the reference.
fn numbers(results: &Results) -> Numbers {
    let mut all: Vec<(&Assumption, String)> = Vec::new();
    for (i, info) in results.scenarios.iter().enumerate() {
        for a in &info.assumptions {
            let known = i > 0 && results.scenarios[0].assumptions.contains(a);
            let name = if i == 0 { String::new() } else { info.file.name.clone() };
            match all.iter_mut().find(|(b, name)| !name.is_empty() && *b == a) {
                _ if known => {}
                Some((_, names)) => names.extend(["; ", &name]),
                None => all.push((a, name)),
            }
        }
    }
    let listed = |assumed: bool| {
        let chosen = all.iter().filter(|(a, _)| a.is_assumption == assumed && is_uncertain(a));
        let (whole, single): (Vec<_>, Vec<_>) =
            chosen.partition(|(a, name)| !name.is_empty() || acts_on_all(a));
        let more = number_of(single.len());
        List { whole: rows(&whole), single: rows(&single), more }
    };
    let count = |of: fn(&Assumption) -> bool| all.iter().filter(|(a, _)| of(a)).count();
    let (assumed, exact) = (count(|a| a.is_assumption), count(|a| !is_uncertain(a)));
    Numbers {
        any: !all.is_empty(),
        assumptions: (assumed > 0).then(|| {
            let assumed = of(all.len(), assumed, ["is an assumption", "are assumptions"]);
            format!("{assumed}: judgements that nobody has published or measured for this council.")
        }),
        exact: (exact > 0).then(|| of(all.len(), exact, ["is taken as exact.", "are taken as exact."])),
        assumed: listed(true),
        sourced: listed(false),
        sources: sources(all.iter().map(|(a, _)| *a).filter(|a| !is_uncertain(a))),
    }
}

/// Whether a number moves many things at once, rather than one stage, placement or price.
fn acts_on_all(a: &Assumption) -> bool {
    let steps: Vec<&str> = a.path.split('.').collect();
    match steps[..] {
        ["parameters" | "arrivals" | "siblings" | "drift", ..] => true,
        ["costs" | "income", .., last] => last == "growth",
        _ => false,
    }
}

fn rows(numbers: &[&(&Assumption, String)]) -> Vec<Listed> {
    let mut rows: Vec<Listed> = numbers.iter().map(|(a, name)| listed(a, name)).collect();
    for i in (1..rows.len()).rev() {
        // A long source that many numbers share is read once.
        if rows[i].source == rows[i - 1].source && rows[i].source.len() > 40 {
            "As above".clone_into(&mut rows[i].source);
        }
    }
    rows
}

fn is_uncertain(a: &Assumption) -> bool {
    a.low.is_some() && a.high.is_some()
}

/// Numbers by source, assumptions first, each source where it first stands.
fn sources<'a>(numbers: impl Iterator<Item = &'a Assumption>) -> Vec<Source> {
    let mut all: Vec<(&Assumption, usize)> = Vec::new();
    for a in numbers {
        match all.iter_mut().find(|(b, _)| (&b.source, b.is_assumption) == (&a.source, a.is_assumption)) {
            Some((_, count)) => *count += 1,
            None => all.push((a, 1)),
        }
    }
    all.sort_by_key(|(a, _)| !a.is_assumption);
    let source = |(a, count): (&Assumption, usize)| Source {
        name: source(a),
        kind: if a.is_assumption { "assumption" } else { "source" },
        count: number_of(count),
    };
    all.into_iter().map(source).collect()
}

fn source(a: &Assumption) -> String {
    if a.source.is_empty() { "not given".to_owned() } else { words::opening(&a.source) }
}

/// How many of all numbers are something.
fn of(all: usize, some: usize, [is, are]: [&str; 2]) -> String {
    match some {
        _ if all == 1 => format!("Its only number {is}"),
        _ if some == all => format!("All of its {} numbers {are}", number_of(all)),
        1 => format!("One of its {} numbers {is}", number_of(all)),
        _ => format!("{} of its {} numbers {are}", number_of(some), number_of(all)),
    }
}

fn number_of(n: usize) -> String {
    words::count(f64::from(u32::try_from(n).unwrap_or(u32::MAX)))
}

fn listed(a: &Assumption, scenarios: &str) -> Listed {
    let say = |x: f64| match a.unit.as_str() {
        "share" | "a year" => format!("{}%", words::figure(x * 100.0)),
        _ => words::figure(x),
    };
    let range = match (a.low, a.high) {
        (Some(low), Some(high)) => {
            let law = a.law.map_or_else(String::new, |law| format!(", {}", law.name()));
            format!("{} to {}{law}", say(low), say(high))
        }
        _ => "exact".to_owned(),
    };
    let (title, path) =
        if a.title.is_empty() { (a.path.clone(), "") } else { (a.title.clone(), a.path.as_str()) };
    Listed {
        title,
        path: path.split_inclusive(['.', '_']).map(str::to_owned).collect(),
        value: say(a.best),
        range,
        unit: a.unit.clone(),
        source: source(a),
        scenarios: scenarios.to_owned(),
    }
}

fn method(results: &Results, facts: Option<&Facts>) -> Method {
    let runs = results.summary.runs;
    let file: Option<&ScenarioFile> = results.scenarios.first().map(|s| s.file);
    Method {
        futures: (runs != 1).then(|| words::count(f64::from(runs))),
        caution: super::caution(runs).map(|caution| match runs {
            1 => caution.to_owned(),
            _ => format!("Only {} futures were simulated. {caution}", words::count(f64::from(runs))),
        }),
        compares: results.summary.scenarios.len() > 1,
        doubt: Doubt {
            numbers: results.scenarios.iter().flat_map(|s| &s.assumptions).any(is_uncertain),
            drift: results.scenarios.iter().any(|s| !s.file.drift.is_empty()),
        },
        costs: facts.is_some_and(|f| !tables::costs(f).is_empty()),
        price_base: file.and_then(|f| f.price_base.clone()),
        reference: facts.map(Facts::reference_name).unwrap_or_default(),
    }
}

fn run(results: &Results) -> Run {
    let hash = |(i, s): (usize, &crate::experiment::summary::ScenarioSummary)| Hash {
        name: s.name.clone(),
        hash: results.scenarios.get(i).map_or_else(String::new, |info| info.hash.clone()),
    };
    Run {
        version: VERSION,
        seed: results.summary.seed.to_string(),
        futures: words::count(f64::from(results.summary.runs)),
        scenarios: results.summary.scenarios.iter().enumerate().map(hash).collect(),
        notes: results.notes.clone(),
    }
}
