//! The command line: arguments, progress, exit codes.

mod comparable;
mod table;

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::describe::{self, changes, notes, titles};
use crate::experiment::{self, Batch, Uncertainty};
use crate::export::{self, Assumption, Document, Results, ScenarioInfo};
use crate::report;
use crate::scenario::fault::Faults;
use crate::scenario::number::{Value, best_values, is_assumption};
use crate::scenario::{MOST_RUNS, PlainNumber, Scenario, schema, shipped::Shipped};

/// The scenarios of the built-in example, the reference first.
const EXAMPLE: [&str; 4] =
    ["stoke-on-trent", "early-help-expanded", "early-help-withdrawn", "in-house-foster-carers"];
/// How many futures are simulated when nobody says.
const RUNS: u32 = 1000;
/// Where results go when nobody says.
const OUT: &str = "carecast-report";

const EXAMPLES: &str = "\
Examples:
  carecast                                    run the built-in example and write carecast-report/
  carecast check my-council.toml              say what a file means, or what is wrong with it
  carecast run my-council.toml what-if.toml   compare a what-if with a baseline
  carecast run stoke-on-trent --runs 200 --out results
                                              run a scenario that comes with the program";

/// Projects how many children an English local authority will look after, what that will cost, and what an
/// investment in early help would change.
#[derive(Debug, Parser)]
#[command(name = "carecast", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate scenarios and write a report; the first is the reference that the others are compared with.
    Run(RunArgs),
    /// Check scenario files, and say in plain words what they mean.
    Check {
        /// Scenario files, or names of scenarios that come with the program.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Tell everything: of a what-if also what it leaves as it is, the assumptions taken as exact, and every number with its key.
        #[arg(long)]
        all: bool,
    },
    /// Print the JSON Schema of scenario files, for completion in editors.
    Schema,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Scenario files, or names of scenarios that come with the program.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How many futures to simulate for each scenario (1000 unless the first file says).
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = |n: &str| whole::<u32>(n, 1, MOST_RUNS))]
    runs: Option<u32>,
    /// Which futures: the same seed gives the same results.
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = |n: &str| whole::<u64>(n, 0, u64::MAX))]
    seed: u64,
    /// How many threads to use (all there are unless said here or by the environment). The results do not depend on it.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = |n: &str| whole::<u16>(n, 1, 1024))]
    threads: Option<u16>,
    /// The directory for the results. What an earlier run left there is replaced.
    #[arg(long, value_name = "DIR", default_value = OUT)]
    out: PathBuf,
    /// Print nothing unless something is wrong.
    #[arg(long)]
    quiet: bool,
}

/// A whole number of the command line.
fn whole<N: FromStr + PartialOrd + Display + Copy>(text: &str, least: N, most: N) -> Result<N, String> {
    let number = text.parse().ok().filter(|n| (least..=most).contains(n));
    number.ok_or_else(|| format!("write a whole number from {least} to {most}"))
}

/// What went wrong: something in what was asked (exit code 2), or in doing it (exit code 1).
enum Failure {
    Asked(String),
    Done(String),
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Asked(faults.render(std::io::stderr().is_terminal()))
    }
}

impl From<export::Error> for Failure {
    fn from(error: export::Error) -> Self {
        let told = format!("error: {error}");
        let failed = matches!(error, export::Error::Io { .. } | export::Error::HalfWay { .. });
        if failed { Self::Done(told) } else { Self::Asked(told) }
    }
}

/// Runs the program. Exit codes: 0 done, 1 failed, 2 bad usage or bad scenario.
#[must_use]
pub fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => {
            if let Some(told) = file_for_a_command(&error) {
                complain(&told);
                return ExitCode::from(2);
            }
            error.exit()
        }
    };
    let done = match command {
        None => run(&RunArgs {
            files: EXAMPLE.iter().map(PathBuf::from).collect(),
            runs: None,
            seed: 1,
            threads: None,
            out: OUT.into(),
            quiet: false,
        }),
        Some(Command::Run(args)) => run(&args),
        Some(Command::Check { files, all }) => check(&files, all),
        Some(Command::Schema) => say(&format!("{:#}\n", schema::schema())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Asked(what)) => {
            complain(&what);
            ExitCode::from(2)
        }
        Err(Failure::Done(what)) => {
            complain(&what);
            ExitCode::FAILURE
        }
    }
}

/// What to say where a file stands in place of a command.
fn file_for_a_command(error: &clap::Error) -> Option<String> {
    let found =
        error.get(ContextKind::InvalidSubcommand).filter(|_| error.kind() == ErrorKind::InvalidSubcommand)?;
    let ContextValue::String(file) = found else { return None };
    let is_toml = Path::new(file).extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    (is_toml || Path::new(file).is_file() || Shipped::find(file).is_some()).then(|| {
        format!(
            "error: `{file}` is a scenario, and no command stands before it\n  = help: To simulate it, write `carecast run {file}`. To \
             check it, write `carecast check {file}`."
        )
    })
}

/// Prints to standard output. A reader who has left is no error.
fn say(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Done(format!("error: standard output cannot be written: {e}")))
        }
        _ => Ok(()),
    }
}

fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
}

fn check(files: &[PathBuf], all: bool) -> Result<(), Failure> {
    let scenarios = read_all(files)?;
    let told =
        |(scenario, file): (Scenario, &PathBuf)| describe::Told { base: base(file, &scenario), scenario };
    let told: Vec<describe::Told> = scenarios.into_iter().zip(files).map(told).collect();
    say(&describe::describe_all(&told, all))
}

/// The scenario that one extends: one that comes with the program, or a file beside it.
fn base(file: &Path, scenario: &Scenario) -> Option<Scenario> {
    let target = scenario.file.extends.as_deref()?;
    if Shipped::find(target).is_some() {
        return Scenario::shipped(target).ok();
    }
    Scenario::read(&file.with_file_name(target)).ok()
}

/// How to run a what-if that was run alone so that it is compared with what it changes.
fn how_to_compare(scenario: &Scenario, file: &Path) -> Option<String> {
    let target = scenario.file.extends.as_deref()?;
    base(file, scenario).filter(|base| !changes::is_another_place(scenario, base))?;
    let is_shipped = Shipped::find(target).is_some();
    let base = if is_shipped { PathBuf::from(target) } else { file.with_file_name(target) };
    let (base, file) = (base.display(), file.display());
    Some(format!("To see the difference it makes: carecast run {base} {file}\n"))
}

/// Reads every scenario; all faults of all of them are told in one go.
fn read_all(files: &[PathBuf]) -> Result<Vec<Scenario>, Failure> {
    let mut scenarios = Vec::new();
    let mut faults: Option<Faults> = None;
    for file in files {
        match read(file) {
            Ok(scenario) => scenarios.push(scenario),
            Err(f) => {
                faults = Some(match faults {
                    None => f,
                    Some(before) => before.and(f),
                });
            }
        }
    }
    faults.map_or(Ok(scenarios), |faults| Err(faults.into()))
}

/// A file, or a scenario that comes with the program if there is no such file; a folder is none.
fn read(file: &Path) -> Result<Scenario, Faults> {
    let is_there = file.exists() && !file.is_dir();
    let name = file.to_str().filter(|n| !is_there && Shipped::find(n).is_some());
    name.map_or_else(|| Scenario::read(file), Scenario::shipped)
}

fn run(args: &RunArgs) -> Result<(), Failure> {
    let scenarios = read_all(&args.files)?;
    comparable::ensure(&scenarios)
        .map_err(|(message, help)| Failure::Asked(format!("error: {message}\n  = help: {help}")))?;
    if let Some(recovered) = export::prepare_directory(&args.out)? {
        let directory = recovered.directory.display();
        complain(&if recovered.is_back {
            format!("note: a run was stopped while it replaced {directory}; what was there before is back.")
        } else {
            format!(
                "note: a run was stopped while it wrote {directory}; the temporary files that it left are removed."
            )
        });
    }
    let mut notes = notes::of(&scenarios);
    let tell = |notes: &[String]| {
        for note in notes.iter().filter(|_| !args.quiet) {
            complain(&format!("note: {note}"));
        }
    };
    tell(&notes);
    let runs = args.runs.or(scenarios[0].file.simulation.runs).unwrap_or(RUNS);
    let batch = Batch { seed: args.seed, runs, uncertainty: Uncertainty::All };
    ensure_space(&scenarios, batch)?;
    let failed = |e: &dyn std::fmt::Display| Failure::Done(format!("error: {e}"));
    let threads = threads(args.threads)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| failed(&e))?;
    let bar = progress_bar(u64::from(runs) * scenarios.len() as u64, args.quiet);
    let summary =
        pool.install(|| experiment::run(&scenarios, batch, &|n| bar.inc(n))).map_err(|e| no_space(&e))?;
    bar.finish_and_clear();
    let of_results = notes::of_results(&scenarios, &summary);
    tell(&of_results);
    notes.extend(of_results);
    let first = |i: usize| scenarios.first().filter(|_| i > 0);
    let infos = scenarios.iter().enumerate().map(|(i, scenario)| info(scenario, first(i))).collect();
    let results = Results { summary: &summary, scenarios: infos, notes };
    let mut documents: Vec<Document> = export::tables(&results);
    documents.extend(pool.install(|| report::documents(&results)).map_err(|e| failed(&e))?);
    export::publish(&args.out, &results, documents)?;
    if !args.quiet {
        say(&table::findings(&summary))?;
        say(&format!("\nThe report is in {}\n", args.out.join("report.html").display()))?;
        if let ([scenario], [file]) = (&scenarios[..], &args.files[..]) {
            say(&how_to_compare(scenario, file).unwrap_or_default())?;
        }
    }
    Ok(())
}

/// What to say where the temporary files of a run cannot be written.
fn no_space(error: &std::io::Error) -> Failure {
    let place = std::env::temp_dir();
    Failure::Done(format!(
        "error: the run needs room for temporary files, and {} gives none: {error}\n  = help: Set TMPDIR to a folder with more \
         room, or simulate fewer futures with --runs.",
        place.display()
    ))
}

/// Refuses a run whose results would not fit where they are put away until they are summed up.
fn ensure_space(scenarios: &[Scenario], batch: Batch) -> Result<(), Failure> {
    let place = std::env::temp_dir();
    // Where the system does not say how much is free, the run itself will find out.
    let Ok(free) = fs4::available_space(&place) else { return Ok(()) };
    match too_little(experiment::temporary_space(scenarios, batch), free, &place) {
        None => Ok(()),
        Some(why) => Err(Failure::Done(why)),
    }
}

/// What to say where a run needs more bytes than are free.
fn too_little(needed: u64, free: u64, place: &Path) -> Option<String> {
    let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
    (needed > free).then(|| {
        format!(
            "error: the run needs about {} MB in {} until it is summed up, and {} MB are free there\n  = help: Free \
             some space, set TMPDIR (on Windows TMP) to another folder, or simulate fewer futures with --runs.",
            megabytes(needed),
            place.display(),
            megabytes(free)
        )
    })
}

/// The threads asked for, here or in the environment; otherwise as many as there are processors.
fn threads(asked: Option<u16>) -> Result<usize, Failure> {
    const VARIABLE: &str = "RAYON_NUM_THREADS";
    let of_environment = || std::env::var(VARIABLE).ok().filter(|text| !text.is_empty() && text != "0");
    match (asked, of_environment()) {
        (Some(threads), _) => Ok(threads.into()),
        (None, Some(text)) => whole::<u16>(&text, 1, 1024)
            .map(usize::from)
            .map_err(|help| Failure::Asked(format!("error: {VARIABLE} is `{text}`: {help}"))),
        (None, None) => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
    }
}

fn progress_bar(futures: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(5) };
    let bar = ProgressBar::with_draw_target(Some(futures), target);
    if let Ok(style) = ProgressStyle::with_template("Simulating {bar:40} {pos} of {len} futures, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}

/// What the report says of a scenario besides its results, beside the reference.
fn info<'a>(scenario: &'a Scenario, reference: Option<&Scenario>) -> ScenarioInfo<'a> {
    let best = best_values(&scenario.quantities);
    let source =
        |given: &Option<String>| given.clone().unwrap_or_else(|| "assumption: no source is given".to_owned());
    let assumption = |(quantity, &best): (&crate::scenario::number::Quantity, &f64)| {
        let (low, high, law) = match quantity.value {
            Value::Range { low, high, law, .. } => (Some(low), Some(high), Some(law)),
            _ => (None, None, None),
        };
        Assumption {
            path: quantity.path.clone(),
            title: titles::title(&scenario.file, &quantity.path),
            best,
            low,
            high,
            law,
            unit: quantity.unit.to_owned(),
            source: source(&quantity.source),
            is_assumption: quantity.is_assumption(),
        }
    };
    let plain = |number: &PlainNumber| Assumption {
        path: number.path.clone(),
        title: titles::title(&scenario.file, &number.path),
        best: number.value,
        low: None,
        high: None,
        law: None,
        unit: number.unit.to_owned(),
        source: source(&number.source),
        is_assumption: is_assumption(number.source.as_deref()),
    };
    let uncertain = scenario.quantities.values().zip(best.values()).map(assumption);
    ScenarioInfo {
        file: &scenario.file,
        hash: scenario.hash.clone(),
        assumptions: uncertain.chain(scenario.plain.iter().map(plain)).collect(),
        recorded: scenario.recorded.clone(),
        changes: changes::beside(scenario, reference),
        only_invests: reference.is_some_and(|reference| changes::only_invests(scenario, reference)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_needs_more_space_than_is_free_is_told_how_much() {
        assert_eq!(too_little(5 << 20, 5 << 20, Path::new("/tmp")), None);
        let why = too_little(180 << 20, 50 << 20, Path::new("/tmp")).expect("it is too little");
        assert!(why.starts_with("error: the run needs about 180 MB in /tmp"), "{why}");
        assert!(why.contains("50 MB are free") && why.contains("--runs"), "{why}");
    }
}
