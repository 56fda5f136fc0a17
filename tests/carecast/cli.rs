//! The program as people meet it: what it prints, what it writes, and how it ends.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A scenario that takes no time to simulate.
const SMALL: &str = r#"
name = "Small"
price_base = "2024-25"
ages = { child = [0, 18] }
[simulation]
start = 2025-04-01
years = 1
[arrivals.families]
children_per_year = 20
enters = "care"
ages = { child = 1 }
[stages.care]
title = "Looked after"
birthday = { age = 18, to = "left" }
exits.home = { to = "left", share = 1, time = { law = "exponential", mean = 90 } }
[stages.left]
[stocks.looked_after]
title = "Children looked after"
stages = ["care"]
by = ["age"]
"#;

fn carecast(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the program starts")
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_carecast"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints UTF-8")
}

fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it prints UTF-8")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A folder with the small scenario in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.toml"), SMALL).expect("a file");
    folder
}

/// Simulates the small scenario, with these further arguments.
fn run(folder: &Path, results: &str, more: &[&str]) -> Output {
    let (file, results) = (folder.join("small.toml"), folder.join(results));
    let mut arguments = vec!["run", text(&file), "--runs", "3", "--out", text(&results)];
    arguments.extend(more);
    carecast(&arguments)
}

/// Every file under a folder, by its path from there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

#[test]
fn help_shows_examples_and_every_command() {
    let help = carecast(&["--help"]);
    assert_eq!(code(&help), Some(0));
    for word in ["Examples:", "carecast check my-council.toml", "run", "check", "schema"] {
        assert!(out(&help).contains(word), "{word}");
    }
}

#[test]
fn the_schema_is_json_that_says_what_each_key_means() {
    let schema = carecast(&["schema"]);
    assert_eq!(code(&schema), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&schema.stdout).expect("it is JSON");
    assert!(json.get("properties").is_some_and(|keys| keys.get("stages").is_some()));
    assert!(out(&schema).contains("The share of entrants who are bound for it."));
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let mut child = command(&["schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(complaint(&ended), "");
    assert_eq!(code(&ended), Some(0));
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = fs::File::options().write(true).open("/dev/full").expect("the device");
    let ended = command(&["schema"]).stdout(full).stderr(Stdio::piped()).output().expect("it ends");
    assert_eq!(code(&ended), Some(1));
    assert!(complaint(&ended).contains("standard output cannot be written"), "{}", complaint(&ended));
}

#[test]
fn the_examples_check_and_say_what_they_mean() {
    let council = carecast(&["check", "examples/my-council.toml"]);
    assert_eq!(code(&council), Some(0), "{}", complaint(&council));
    for word in ["Who arrives", "100 children", "What is assumed", "Anytown: the file is in order."] {
        assert!(out(&council).contains(word), "{word}");
    }
    let what_if = carecast(&["check", "examples/what-if.toml"]);
    assert_eq!(code(&what_if), Some(0), "{}", complaint(&what_if));
    assert!(out(&what_if).contains("What it changes in \"Stoke-on-Trent\""), "{}", out(&what_if));
    assert!(!out(&what_if).contains("Who arrives"));
    assert!(out(&carecast(&["check", "--all", "examples/what-if.toml"])).contains("Who arrives"));
}

#[test]
fn the_examples_run() {
    let folder = folder();
    for file in ["examples/my-council.toml", "examples/what-if.toml"] {
        let results = folder.path().join("results");
        let done = carecast(&["run", file, "--runs", "1", "--out", text(&results)]);
        assert_eq!(code(&done), Some(0), "{}", complaint(&done));
    }
}

#[test]
fn a_run_writes_a_report_tables_charts_and_a_manifest() {
    let folder = folder();
    let done = run(folder.path(), "results", &[]);
    assert_eq!(code(&done), Some(0), "{}", complaint(&done));
    assert!(out(&done).contains("report.html"), "{}", out(&done));
    assert!(out(&done).contains("The ends of the ranges are rough"), "{}", out(&done));
    let files = files(&folder.path().join("results"));
    for name in [
        "report.html",
        "summary.csv",
        "financial_years.csv",
        "comparison.csv",
        "comparison_financial_years.csv",
        "comparison_since_start.csv",
        "assumptions.csv",
        "manifest.json",
        "charts/children.svg",
        "charts/children.png",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    let summary = String::from_utf8(files["summary.csv"].clone()).expect("UTF-8");
    assert!(summary.starts_with("scenario,measure,item,unit,date,mean,sd,se,p2_5,p10,p25,p50,p75,p90,p97_5"));
    assert!(summary.contains(",looked_after/age_child,"));
}

#[test]
fn results_are_the_same_to_the_byte_at_any_number_of_threads() {
    let folder = folder();
    assert_eq!(code(&run(folder.path(), "one", &["--threads", "1"])), Some(0));
    assert_eq!(code(&run(folder.path(), "two", &["--threads", "2"])), Some(0));
    assert_eq!(files(&folder.path().join("one")), files(&folder.path().join("two")));
}

#[test]
fn quiet_prints_nothing() {
    let folder = folder();
    let done = run(folder.path(), "results", &["--quiet"]);
    assert_eq!((code(&done), out(&done), complaint(&done)), (Some(0), String::new(), String::new()));
}

#[test]
fn an_earlier_result_is_replaced_and_a_folder_with_other_files_is_left_alone() {
    let folder = folder();
    assert_eq!(code(&run(folder.path(), "results", &[])), Some(0));
    assert_eq!(code(&run(folder.path(), "results", &["--seed", "2"])), Some(0));
    let stranger = folder.path().join("results/letters.txt");
    fs::write(&stranger, "mine").expect("a file");
    let before = files(&folder.path().join("results"));
    let refused = run(folder.path(), "results", &["--seed", "3"]);
    assert_eq!(code(&refused), Some(2), "{}", complaint(&refused));
    assert!(complaint(&refused).contains("letters.txt"), "{}", complaint(&refused));
    assert_eq!(files(&folder.path().join("results")), before);
}

#[test]
fn bad_usage_and_bad_scenarios_end_with_2_and_say_why() {
    let folder = folder();
    let bad = folder.path().join("bad.toml");
    fs::write(&bad, SMALL.replace("mean = 90", "maen = 90")).expect("a file");
    let cases: [(&[&str], &str); 10] = [
        (&["check", "stok-on-trent.toml"], "stok-on-trent.toml"),
        (&["check", text(&bad)], "Did you mean `mean`?"),
        (&["check"], "FILE"),
        (&["my-council.toml", "--runs", "3"], "`carecast run my-council.toml`"),
        (&["stoke-on-trent"], "`carecast check stoke-on-trent`"),
        (&["run", "stoke-on-trent", "--rnus", "3"], "--runs"),
        (&["run", "stoke-on-trent", "--runs", "0"], "write a whole number from 1 to 1000000"),
        (&["run", "stoke-on-trent", "--threads", "0"], "write a whole number from 1 to 1024"),
        (&["run", "stoke-on-trent", "--seed", "-1"], "write a whole number from 0 to"),
        (&["run", "stoke-on-trent", "stoke-on-trent", "--runs", "1"], "two scenarios are called"),
    ];
    for (arguments, why) in cases {
        let refused = carecast(arguments);
        assert_eq!(code(&refused), Some(2), "{arguments:?}: {}", complaint(&refused));
        assert!(complaint(&refused).contains(why), "{arguments:?}: {}", complaint(&refused));
        assert_eq!(out(&refused), "", "{arguments:?}");
    }
}

/// Returns hold records of children: given by mistake, nothing of them may be shown.
#[test]
fn nothing_of_a_return_is_shown() {
    let folder = folder();
    let records =
        "CHILD,DOB,DECOM,RNE,LS,PLACE\nA1,2011-05-06,2025-01-02,S,V2,U6\nA2,2014-07-08,2025-02-03,S,C1,K2\n";
    let xml = "<Message>\n<ChildID>A1</ChildID>\n<DOB>2011-05-06</DOB>\n</Message>\n";
    let json = "{ \"child\": \"A1\",\n \"dob\": \"2011-05-06\" }\n";
    let old_mac = records.replace('\n', "\r");
    for (name, text) in [
        ("return.csv", records),
        ("return.CSV", "A1"),
        ("return.toml", records),
        ("return.txt", &records.replace(',', ";")),
        ("return.tab", &records.replace(',', "\t")),
        ("mac.toml", &old_mac),
        ("return.xml", xml),
        ("export.toml", xml),
        ("export.json", json),
        ("other.toml", json),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("a file");
        let refused = carecast(&["check", &file.display().to_string()]);
        let complaint = complaint(&refused);
        assert_eq!(code(&refused), Some(2), "{name}: {complaint}");
        assert!(complaint.contains("not a scenario") && out(&refused).is_empty(), "{name}: {complaint}");
        assert!(!complaint.contains("A1") && !complaint.contains("2011"), "{name}: {complaint}");
    }
}

#[test]
fn threads_of_the_environment_have_the_same_limits() {
    let folder = folder();
    let small = folder.path().join("small.toml");
    let asked =
        ["run", text(&small), "--runs", "1", "--out", text(&folder.path().join("out"))].map(str::to_owned);
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let many = command(&asked).env("RAYON_NUM_THREADS", "100000").output().expect("the program starts");
    assert_eq!(code(&many), Some(2), "{}", complaint(&many));
    assert!(complaint(&many).contains("RAYON_NUM_THREADS"), "{}", complaint(&many));
    let two = command(&asked).env("RAYON_NUM_THREADS", "2").output().expect("the program starts");
    assert_eq!(code(&two), Some(0), "{}", complaint(&two));
}

/// What is complained of when scenarios made of the small one by these replacements are run together, and how
/// it ends.
fn compared(others: &[&[(&str, &str)]]) -> (Option<i32>, String) {
    let folder = folder();
    let mut files = vec![folder.path().join("small.toml")];
    for (number, changes) in others.iter().enumerate() {
        let changed = changes.iter().fold(SMALL.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        files.push(folder.path().join(format!("{number}.toml")));
        fs::write(&files[number + 1], changed).expect("a file");
    }
    let results = folder.path().join("results");
    let mut arguments = vec!["run", "--runs", "1", "--out", text(&results)];
    arguments.extend(files.iter().map(|file| text(file)));
    let done = carecast(&arguments);
    assert_eq!(results.exists(), code(&done) == Some(0), "{}", complaint(&done));
    (code(&done), complaint(&done))
}

#[test]
fn what_cannot_be_compared_is_refused() {
    for (changes, why) in [
        (("years = 1", "years = 2"), "the one 1 year from 1 April 2025, the other 2 years from 1 April 2025"),
        (("price_base = \"2024-25\"", "price_base = \"2023-24\""), "is in the prices of 2024-25"),
    ] {
        let (code, told) = compared(&[&[("\"Small\"", "\"Other\""), changes]]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(why) && told.contains("  = help: Give both the same"), "{told}");
    }
}

#[test]
fn what_is_not_alike_in_scenarios_that_are_compared_is_said() {
    let (code, told) = compared(&[
        &[("\"Small\"", "\"Same\""), ("mean = 90", "mean = 80")],
        &[
            ("\"Small\"", "\"Other\""),
            (
                "[stocks.looked_after]",
                "[opening.care]\ncount = 3\n[flows.starts]\ntitle = \"Starts\"\ninto = [\"care\"]\n[stocks.in_care]",
            ),
        ],
    ]);
    assert_eq!(code, Some(0), "{told}");
    let due = "\
note: \"Small\" and \"Other\" do not start with the same children: a part of the difference is there from the first day. Not the same: Looked after (0 and 3).
note: \"Small\" does not have these, and so they are not compared: Children looked after.
note: \"Small\" does not have these, and so they count as nothing there: Starts.
note: \"Other\" does not have these, and so they are not compared: Children looked after.
";
    assert_eq!(told, due);
}

/// A what-if cannot take out the interventions of the scenario that it extends, so those that start after the
/// last day simulated are no fault; but they are told.
#[test]
fn an_intervention_outside_the_years_simulated_is_told() {
    let folder = folder();
    let later = "\n[interventions.later]\ntitle = \"Later\"\nfrom = 2027-10-01\ncost = { per_year = 1000 }\n";
    let small = SMALL.replace("years = 1", "years = 5") + later;
    fs::write(folder.path().join("small.toml"), small).expect("a file");
    let what_if = folder.path().join("short.toml");
    let short = "extends = \"small.toml\"\nname = \"Short\"\n[simulation]\nyears = 1\n";
    fs::write(&what_if, short).expect("a file");
    let due = "\"Later\" starts on 1 October 2027, after the last day simulated, 31 March 2026. It does nothing here.";
    let checked = carecast(&["check", text(&what_if)]);
    assert_eq!(code(&checked), Some(0), "{}", complaint(&checked));
    assert!(
        out(&checked).ends_with(&format!("Short: the file is in order.\n  Note: {due}\n")),
        "{}",
        out(&checked)
    );
    let results = folder.path().join("results");
    let done = carecast(&["run", text(&what_if), "--runs", "1", "--out", text(&results)]);
    assert_eq!((code(&done), complaint(&done)), (Some(0), format!("note: Short: {due}\n")));
    let whole = carecast(&["check", text(&folder.path().join("small.toml"))]);
    assert!(out(&whole).ends_with("Small: the file is in order.\n"), "{}", out(&whole));
}

/// Services for children who never come, or that never reach their full size, are no fault; but they are told.
#[test]
fn an_intervention_that_cannot_do_all_it_says_is_told() {
    let folder = folder();
    let what_if = folder.path().join("late.toml");
    let late = "extends = \"stoke-on-trent\"\nname = \"Late\"\n[interventions.late]\ntitle = \"Late\"\n\
                from = 2026-04-01\nramp_up_months = 200\nreaches = { stage = \"care\", ages = [\"age_18_20\"] }\n\
                effects = [{ time_times = 0.9 }]\n";
    fs::write(&what_if, late).expect("a file");
    let checked = out(&carecast(&["check", text(&what_if)]));
    let due = "Late: the file is in order.\n  \
               Note: \"Late\" reaches nobody: every stay in \"Looked after\" ends by the age of 18.\n  \
               Note: \"Late\" never reaches its full size: it grows over 200 months, longer than it runs here.\n";
    assert!(checked.ends_with(due), "{checked}");
    fs::write(&what_if, late.replace("200", "6").replace("age_18_20", "age_17")).expect("a file");
    let checked = out(&carecast(&["check", text(&what_if)]));
    assert!(checked.ends_with("Late: the file is in order.\n"), "{checked}");
}

/// A what-if alone is compared with nothing; a baseline has nothing to be compared with.
#[test]
fn a_what_if_alone_is_told_how_to_compare_it() {
    let folder = folder();
    let (small, what_if) = (folder.path().join("small.toml"), folder.path().join("more.toml"));
    fs::write(&small, SMALL).expect("a file");
    fs::write(&what_if, "extends = \"small.toml\"\nname = \"More\"\n").expect("a file");
    let results = folder.path().join("results");
    let told = |files: &[&Path]| {
        let files = files.iter().map(|file| text(file));
        let arguments = ["run"].into_iter().chain(files).chain(["--runs", "1", "--out", text(&results)]);
        out(&carecast(&arguments.collect::<Vec<_>>()))
    };
    let due = format!("To see the difference it makes: carecast run {} {}\n", text(&small), text(&what_if));
    assert!(told(&[&what_if]).ends_with(&due));
    for files in [&[small.as_path()][..], &[&small, &what_if]] {
        assert!(!told(files).contains("To see the difference"));
    }
}

/// Every file of a command line is checked, whatever is wrong with another, and the fault of a file that two
/// of them extend is told once.
#[test]
fn the_faults_of_all_files_are_told_in_one_go() {
    let folder = folder();
    let file = |name: &str, says: &str| {
        let path = folder.path().join(name);
        fs::write(&path, says).expect("a file");
        path
    };
    file("base.toml", &SMALL.replace("share = 1,", "share = 1.5,"));
    let one = file("one.toml", "extends = \"base.toml\"\nname = \"One\"\n[simulation]\nyears = 0\n");
    let two = file("two.toml", "extends = \"base.toml\"\nname = [\"Two\"\n");
    let refused = carecast(&["check", text(&one), "nothing-of-the-kind.toml", text(&two)]);
    assert_eq!(code(&refused), Some(2));
    let told = complaint(&refused);
    for once in [
        "nothing-of-the-kind.toml: there is no such file\n  = help: ",
        "0 is out of range",
        "1.5 does not fit here",
        "the list that starts here is never closed",
        "4 faults in 3 files",
    ] {
        assert_eq!(told.matches(once).count(), 1, "{once}: {told}");
    }
}

#[test]
fn results_that_cannot_be_written_end_with_1() {
    let folder = folder();
    fs::write(folder.path().join("file"), "mine").expect("a file");
    let failed = run(folder.path(), "file/results", &[]);
    assert_eq!(code(&failed), Some(1), "{}", complaint(&failed));
    assert!(complaint(&failed).starts_with("error:"), "{}", complaint(&failed));
    assert_eq!(fs::read(folder.path().join("file")).expect("it is still there"), b"mine");
}

/// Names of files and of scenarios that come with the program, mixed up: what was meant is told.
#[test]
fn a_name_that_is_nearly_right_is_told_as_what_was_meant() {
    let folder = folder();
    fs::create_dir(folder.path().join("england")).expect("a folder");
    let extends = "extends = \"stoke-on-trent.toml\"\nname = \"x\"\n";
    fs::write(folder.path().join("what-if.toml"), extends).expect("a file");
    let said = |name: &str| {
        let output = command(&["check", name]).current_dir(folder.path()).output().expect("it starts");
        assert_eq!(code(&output), Some(2), "{name}");
        complaint(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (name, meant) in [
        ("england.toml", "Did you mean `england`? It comes with the program, and is named without .toml."),
        ("England", "Did you mean `england`? It comes with the program."),
        ("stoke", "Did you mean `stoke-on-trent`? It comes with the program."),
        ("scenarios/england.toml", "Did you mean `england`?"),
        (
            "what-if.toml",
            "Did you mean `stoke-on-trent`? It comes with the program, and is named without .toml.",
        ),
        ("small", "Did you mean `small.toml`?"),
        ("smal.toml", "Did you mean `small.toml`?"),
        ("nothing/x.toml", "There is no folder nothing either"),
        (".", "this is a folder"),
    ] {
        assert!(said(name).contains(meant), "{name}: {}", said(name));
    }
}

#[test]
fn a_folder_does_not_hide_a_scenario_of_its_name() {
    let folder = folder();
    fs::create_dir(folder.path().join("england")).expect("a folder");
    let output = command(&["check", "england"]).current_dir(folder.path()).output().expect("it starts");
    assert_eq!(code(&output), Some(0), "{}", complaint(&output));
}
