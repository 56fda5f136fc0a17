//! What the fuzz targets share: playing a text through carecast, and editing good scenarios.

use std::sync::LazyLock;

use carecast::engine::{Run, simulate};
use carecast::pathway::Child;
use carecast::record::{Observer, Spell};
use carecast::scenario::Scenario;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use toml::{Table, Value};

/// More events than this of so few children mean that something goes round without end.
const MOST_EVENTS: u64 = 20_000_000;
/// Scenarios with more children than this are checked, but not simulated: a few children go everywhere that many
/// do, and sooner.
const MOST_CHILDREN: f64 = 400.0;

/// Good scenarios: a small one, which is checked in milliseconds, and larger ones that take a hundred times as
/// long.
const GOOD: [&str; 5] = [
    include_str!("../../carecast/good.toml"),
    include_str!("../../../scenarios/england.toml"),
    include_str!("../../../benches/benchmark.toml"),
    include_str!("../../../scenarios/what-if/early-help-expanded.toml"),
    include_str!("../../../scenarios/what-if/in-house-foster-carers.toml"),
];

/// Reads a text as a scenario and, if it is a small one, simulates a future of it.
///
/// # Panics
/// When carecast does, or when a child goes round without end: that is what is looked for.
pub fn play(text: &str) {
    match Scenario::from_text("scenarios/what-if/fuzzed.toml", text) {
        Ok(scenario) if children(&scenario) <= MOST_CHILDREN => {
            simulate(&scenario, Run::new(1, 1), &mut Count::default());
        }
        Ok(_) => {}
        Err(faults) => {
            let told = faults.render(false);
            assert!(!told.contains("mistake in carecast"), "{told}");
        }
    }
}

/// About how many children there are.
fn children(scenario: &Scenario) -> f64 {
    let best = carecast::scenario::number::best_values(&scenario.quantities);
    let years = f64::from(scenario.file.simulation.years);
    let arriving = |s: &carecast::scenario::Arrivals| {
        let growth = s.growth.map_or(0.0, |n| best[n]).max(0.0);
        best[s.children_per_year] * years * (1.0 + growth).powf(years)
    };
    let there: u32 = scenario.openings.iter().flat_map(|o| &o.cells).map(|c| c.children).sum();
    f64::from(there) + scenario.arrivals.values().map(arriving).sum::<f64>()
}

/// Counts what happens.
#[derive(Default)]
struct Count(u64);

impl Count {
    fn one_more(&mut self) {
        self.0 += 1;
        assert!(self.0 < MOST_EVENTS, "a child goes round without end");
    }
}

impl Observer for Count {
    fn left(&mut self, _: &Child, spell: &Spell) {
        assert!(spell.since <= spell.to, "{spell:?}");
        self.one_more();
    }
}

/// The good scenarios, read once.
static TREES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    // Shipped what-ifs name the file beside theirs.
    let texts = GOOD.iter().map(|text| text.replace("\"../stoke-on-trent\"", "\"stoke-on-trent\""));
    texts.map(|text| toml::from_str(&text).expect("the good scenarios are TOML")).collect()
});

/// A good scenario with up to six edits.
///
/// # Errors
/// When the bytes run out.
pub fn edited(bytes: &mut Unstructured) -> Result<String> {
    let which = usize::from(bytes.arbitrary::<u8>()?);
    // The first byte of a file chooses: one file in thirty starts from a large scenario.
    let mut tree = TREES[if which < 8 { which % GOOD.len() } else { 0 }].clone();
    for _ in 0..bytes.int_in_range(1..=6)? {
        edit(&mut tree, bytes)?;
    }
    Ok(toml::to_string(&tree).unwrap_or_default())
}

fn edit(tree: &mut Table, bytes: &mut Unstructured) -> Result<()> {
    let mut paths = Vec::new();
    gather(&Value::Table(tree.clone()), &mut Vec::new(), &mut paths);
    if paths.is_empty() {
        return Ok(());
    }
    let path = bytes.choose(&paths)?;
    let other = bytes.choose(&paths)?;
    let (key, parent) = path.split_last().expect("paths are not empty");
    let elsewhere = at(tree, other).cloned();
    let name = other.last().cloned().unwrap_or_default();
    let value = match bytes.int_in_range(0..=5_u8)? {
        0 | 1 => Value::Float(number(bytes)?),
        2 => Value::Integer(i64::from(bytes.int_in_range(-2..=200_i16)?)),
        3 => Value::String(name.clone()),
        _ => elsewhere.unwrap_or(Value::Boolean(true)),
    };
    let what = bytes.int_in_range(0..=4_u8)?;
    match at_mut(tree, parent) {
        Some(Place::Table(table)) => match what {
            0 => drop(table.remove(key)),
            1 => drop(table.insert(name, value)),
            2 => {
                if let Some(old) = table.remove(key) {
                    table.insert(name, old);
                }
            }
            _ => drop(table.insert(key.clone(), value)),
        },
        Some(Place::List(list)) => {
            let index = key.parse().unwrap_or(0).min(list.len());
            match what {
                0 if index < list.len() => drop(list.remove(index)),
                1 => list.insert(index, value),
                _ if index < list.len() => list[index] = value,
                _ => {}
            }
        }
        None => {}
    }
    Ok(())
}

/// Numbers at which things break.
fn number(bytes: &mut Unstructured) -> Result<f64> {
    const ODD: [f64; 20] = [
        0.0, 1.0, -1.0, 0.5, 1e-300, 1e-12, 1e-6, 0.001, 0.999_999, 1.000_001, 2.0, 17.9, 18.0, 60.0, 99.0,
        1e3, 1e6, 1e11, 1e300, -0.4,
    ];
    if bytes.arbitrary()? {
        Ok(*bytes.choose(&ODD)?)
    } else {
        Ok(f64::from(bytes.int_in_range(0..=1000_u16)?) / 100.0)
    }
}

/// The paths of all parts of a tree.
fn gather(value: &Value, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let mut each = |key: String, inner: &Value| {
        path.push(key);
        paths.push(path.clone());
        gather(inner, path, paths);
        path.pop();
    };
    match value {
        Value::Table(table) => table.iter().for_each(|(key, inner)| each(key.clone(), inner)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, inner)| each(i.to_string(), inner)),
        _ => {}
    }
}

fn at<'a>(tree: &'a Table, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(tree.get(first)?, |value, key| match value {
        Value::Table(table) => table.get(key),
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// What holds other values.
enum Place<'a> {
    Table(&'a mut Table),
    List(&'a mut Vec<Value>),
}

fn at_mut<'a>(tree: &'a mut Table, path: &[String]) -> Option<Place<'a>> {
    let Some((first, rest)) = path.split_first() else { return Some(Place::Table(tree)) };
    let value = rest.iter().try_fold(tree.get_mut(first)?, |value, key| match value {
        Value::Table(table) => table.get_mut(key),
        Value::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    })?;
    match value {
        Value::Table(table) => Some(Place::Table(table)),
        Value::Array(list) => Some(Place::List(list)),
        _ => None,
    }
}
