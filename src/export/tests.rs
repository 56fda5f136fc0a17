//! What is handed over, and how it is put in place.

use std::{fs, path::Path};

use tempfile::tempdir;

use super::{
    Document, Error,
    fixture::{october, stoke},
    publish, tables,
};

fn table<'a>(documents: &'a [Document], path: &str) -> &'a [u8] {
    &documents.iter().find(|d| d.path == path).unwrap().bytes
}

fn rows(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let head = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    (head, rows)
}

#[test]
fn distributions_are_tidy() {
    let fixture = stoke();
    let documents = tables(&fixture.results());
    for path in ["summary.csv", "financial_years.csv", "comparison.csv", "comparison_financial_years.csv"] {
        let (head, rows) = rows(table(&documents, path));
        let is_yearly = path.ends_with("financial_years.csv");
        let date = if is_yearly { "financial_year,year_ending,from,date" } else { "date" };
        assert_eq!(
            head.join(","),
            format!("scenario,measure,item,unit,{date},mean,sd,se,p2_5,p10,p25,p50,p75,p90,p97_5")
        );
        assert!(rows.len() > 100, "{path}");
        assert!(rows.iter().all(|row| {
            row[if is_yearly { 8 } else { 5 }..].iter().all(|cell| cell.parse::<f64>().unwrap().is_finite())
        }));
    }
    let (_, rows) = rows(table(&documents, "summary.csv"));
    assert_eq!(
        rows[0][..5],
        ["Stoke-on-Trent as it stands", "stock", "looked_after", "children", "2025-03-31"]
    );
}

#[test]
fn a_part_of_a_year_says_from_when_to_when_it_goes() {
    let (_, rows) = rows(table(&tables(&october().results()), "financial_years.csv"));
    let spans = |measure: &str| -> Vec<String> {
        let first = rows.iter().find(|row| row[1] == measure).unwrap();
        let same = rows.iter().filter(|row| row[..3] == first[..3]);
        same.map(|row| row[4..8].join(" ")).collect()
    };
    let costs = spans("cost");
    assert_eq!(costs[0], "2025-26 2026 2025-10-01 2026-03-31");
    assert_eq!(costs[1], "2026-27 2027 2026-04-01 2027-03-31");
    assert_eq!(costs.last().unwrap(), "2030-31 2031 2030-04-01 2030-09-30");
    assert_eq!(spans("stock").last().unwrap(), "2030-31 2031 2030-09-30 2030-09-30");
}

#[test]
fn the_reference_is_not_compared_with_itself() {
    let fixture = stoke();
    let reference = &fixture.files[0].name;
    let (_, compared) = rows(table(&tables(&fixture.results()), "comparison.csv"));
    assert!(compared.iter().all(|row| row[0] != *reference));
    let alone = stoke().keep(1);
    let (head, compared) = rows(table(&tables(&alone.results()), "comparison.csv"));
    assert_eq!((head.len(), compared.len()), (15, 0));
}

#[test]
fn names_with_commas_and_quotes_read_back() {
    let mut fixture = stoke();
    let name = "As it stands, \"for now\"\nand then";
    fixture.summary.scenarios[0].name = name.to_owned();
    let (_, rows) = rows(table(&tables(&fixture.results()), "summary.csv"));
    assert_eq!(rows[0][0], name);
}

#[test]
fn assumptions_are_flagged() {
    let fixture = stoke();
    let documents = tables(&fixture.results());
    // Excel on Windows takes a file for UTF-8 only if it begins with this mark.
    let text = table(&documents, "assumptions.csv").strip_prefix("\u{feff}".as_bytes()).expect("a mark");
    let (head, rows) = rows(text);
    assert_eq!(head.join(","), "scenario,path,title,best,low,high,law,unit,source,assumption");
    let flag = |path: &str| rows.iter().find(|r| r[1] == path).unwrap()[9].clone();
    assert_eq!(flag("siblings.correlation"), "yes");
    assert_eq!(flag("costs.residential.charges.weeks.per_week"), "no");
}

#[test]
fn tables_of_numbers_begin_with_the_name_of_their_first_column() {
    let fixture = stoke();
    for document in tables(&fixture.results()).iter().filter(|d| d.path != "assumptions.csv") {
        assert!(document.bytes.starts_with(b"scenario,measure,item,unit,"), "{}", document.path);
    }
}

#[test]
fn one_future_has_a_value_and_no_spread() {
    let mut fixture = stoke();
    fixture.summary.runs = 1;
    let (head, rows) = rows(table(&tables(&fixture.results()), "summary.csv"));
    for (name, cell) in head.iter().zip(&rows[0]).skip(5) {
        assert_eq!(cell.is_empty(), !["mean", "p50"].contains(&name.as_str()), "{name}: {cell}");
    }
}

#[test]
fn what_is_not_a_number_leaves_its_cell_empty() {
    let fixture = stoke().mapped(|s| crate::experiment::summary::Spread { p50: f64::NAN, ..s });
    let (_, rows) = rows(table(&tables(&fixture.results()), "summary.csv"));
    assert!(rows.iter().all(|row| row[11].is_empty() && !row[10].is_empty()));
}

#[test]
fn the_same_batch_gives_the_same_bytes() {
    let [a, b] = [stoke(), stoke()].map(|fixture| {
        let place = tempdir().unwrap();
        let results = fixture.results();
        let directory = place.path().join("out");
        publish(&directory, &results, tables(&results)).unwrap();
        fs::read(directory.join("manifest.json")).unwrap()
    });
    assert_eq!(a, b);
}

#[test]
fn the_manifest_lists_every_file_with_its_fingerprint() {
    let fixture = stoke();
    let results = fixture.results();
    let place = tempdir().unwrap();
    let documents = vec![Document::new("charts/a.svg", b"abc".to_vec())];
    publish(&place.path().join("out"), &results, documents).unwrap();
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(place.path().join("out/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["seed"], 42);
    assert_eq!(manifest["runs"], 2000);
    assert_eq!(manifest["scenarios"][0]["name"], "Stoke-on-Trent as it stands");
    assert_eq!(manifest["files"][0]["path"], "charts/a.svg");
    assert_eq!(
        manifest["files"][0]["sha256"],
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

fn put(directory: &Path, paths: &[&str]) -> Result<(), Error> {
    let fixture = stoke();
    let documents = paths.iter().map(|p| Document::new(*p, p.as_bytes().to_vec())).collect();
    publish(directory, &fixture.results(), documents)
}

fn names(directory: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

#[test]
fn a_directory_appears_whole_with_its_parents() {
    let place = tempdir().unwrap();
    let directory = place.path().join("some/where/out");
    put(&directory, &["a.csv", "charts/b.svg"]).unwrap();
    assert_eq!(names(&directory), ["a.csv", "charts", "manifest.json"]);
    assert_eq!(names(directory.parent().unwrap()), ["out"]);
}

#[test]
fn what_an_earlier_run_left_is_replaced() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv", "charts/b.svg"]).unwrap();
    put(&directory, &["c.csv"]).unwrap();
    assert_eq!(names(&directory), ["c.csv", "manifest.json"]);
    assert_eq!(names(place.path()), ["out"]);
}

#[test]
fn an_empty_directory_is_used() {
    let place = tempdir().unwrap();
    put(place.path(), &["a.csv"]).unwrap();
    assert_eq!(names(place.path()), ["a.csv", "manifest.json"]);
}

#[test]
fn nothing_that_others_made_is_deleted() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["charts/b.svg"]).unwrap();
    for stranger in ["notes.docx", "charts/mine.png", "charts/folder/deep.txt"] {
        let path = directory.join(stranger);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        let error = put(&directory, &["c.csv"]).unwrap_err();
        assert!(matches!(error, Error::NotOurs { .. }), "{error}");
        assert!(error.to_string().contains("Name another directory"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        assert!(directory.join("charts/b.svg").exists());
        fs::remove_file(&path).unwrap();
        let _ = fs::remove_dir(directory.join("charts/folder"));
    }
    put(&directory, &["c.csv"]).unwrap();
}

#[test]
fn a_directory_without_our_manifest_is_not_ours() {
    let place = tempdir().unwrap();
    fs::write(place.path().join("summary.csv"), "mine").unwrap();
    assert!(matches!(put(place.path(), &["summary.csv"]), Err(Error::NotOurs { .. })));
    let others = r#"{ "made_by": "somebody", "files": [{ "path": "summary.csv" }] }"#;
    fs::write(place.path().join("manifest.json"), others).unwrap();
    assert!(matches!(put(place.path(), &["summary.csv"]), Err(Error::NotOurs { .. })));
    assert_eq!(fs::read_to_string(place.path().join("summary.csv")).unwrap(), "mine");
}

#[test]
fn a_file_in_the_way_is_left_alone() {
    let place = tempdir().unwrap();
    let file = place.path().join("out");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(put(&file, &["a.csv"]), Err(Error::NotADirectory(_))));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn the_directory_we_are_in_cannot_be_replaced() {
    assert!(matches!(put(Path::new("."), &["a.csv"]), Err(Error::InTheWay(_))));
    assert!(matches!(put(Path::new("/"), &["a.csv"]), Err(Error::InTheWay(_))));
}

#[test]
fn a_failure_half_way_leaves_everything_as_it_was() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    // A file and a directory of one name: the second cannot be written.
    let impossible = ["first.csv", "same", "same/inside.csv"];
    assert!(matches!(put(&directory, &impossible), Err(Error::Io { .. })));
    assert!(names(place.path()).is_empty());
    put(&directory, &["old.csv"]).unwrap();
    assert!(matches!(put(&directory, &impossible), Err(Error::Io { .. })));
    assert_eq!(names(place.path()), ["out"]);
    assert_eq!(names(&directory), ["manifest.json", "old.csv"]);
}

#[cfg(unix)]
#[test]
fn colleagues_may_read_what_any_new_file_lets_them_read() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["charts/b.svg"]).unwrap();
    let (file, folder) = (place.path().join("file"), place.path().join("folder"));
    fs::write(&file, "").unwrap();
    fs::create_dir(&folder).unwrap();
    assert_eq!(mode(&directory.join("charts/b.svg")), mode(&file));
    assert_eq!(mode(&directory.join("charts")), mode(&folder));
    assert_eq!(mode(&directory), mode(&folder));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_directory_stays_a_link() {
    let place = tempdir().unwrap();
    let (real, link) = (place.path().join("real"), place.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    put(&link, &["a.csv"]).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(&real), ["a.csv", "manifest.json"]);
}

#[test]
fn a_table_that_its_reader_has_changed_is_not_replaced() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv", "b.csv"]).unwrap();
    fs::remove_file(directory.join("b.csv")).unwrap();
    fs::write(directory.join("a.csv"), "mine").unwrap();
    let error = put(&directory, &["a.csv"]).unwrap_err();
    assert!(matches!(error, Error::Changed(_)), "{error}");
    assert!(error.to_string().contains("a.csv has been changed since"), "{error}");
    assert_eq!(fs::read_to_string(directory.join("a.csv")).unwrap(), "mine");
    fs::write(directory.join("a.csv"), "a.csv").unwrap();
    put(&directory, &["a.csv"]).unwrap();
}

/// As a program that was stopped leaves it: the lock is free, and what was there has been moved away.
fn stopped(place: &Path, directory: &Path) -> std::path::PathBuf {
    let left = place.join(".out.carecast-stopped");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("lock"), "").unwrap();
    fs::rename(directory, left.join("old")).unwrap();
    left
}

#[test]
fn what_a_stopped_run_had_moved_away_comes_back() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv"]).unwrap();
    stopped(place.path(), &directory);
    let back = super::prepare_directory(&directory).unwrap().expect("it is back");
    assert!(back.is_back && back.directory.ends_with("out"));
    assert_eq!(names(&directory), ["a.csv", "manifest.json"]);
    assert_eq!(names(place.path()), ["out"]);
    assert_eq!(super::prepare_directory(&directory).unwrap(), None);
}

/// A program that is stopped while it removes its hidden directory has removed the lock, or not yet. What it had replaced may
/// be there in part, and does not come back.
#[test]
fn what_is_left_without_a_lock_is_cleared_away() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv"]).unwrap();
    let left = stopped(place.path(), &directory);
    fs::remove_file(left.join("lock")).unwrap();
    let cleared = super::prepare_directory(&directory).unwrap().expect("something was left");
    assert!(!cleared.is_back);
    assert_eq!(names(place.path()), [""; 0]);
}

#[cfg(unix)]
/// What is empty, or holds a lock that nobody has locked yet, may belong to a program that has just begun.
#[test]
fn an_empty_hidden_directory_is_cleared_away_when_it_is_old() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    let left = place.path().join(".out.carecast-new");
    for begun in [None, Some("to_be_locked")] {
        fs::create_dir(&left).unwrap();
        if let Some(name) = begun {
            fs::write(left.join(name), "").unwrap();
        }
        assert_eq!(super::prepare_directory(&directory).unwrap(), None);
        assert!(left.exists());
        let an_hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
        fs::File::open(&left).unwrap().set_modified(an_hour_ago).unwrap();
        assert!(super::prepare_directory(&directory).unwrap().is_some());
        assert!(!left.exists());
    }
}

#[test]
fn what_a_stopped_run_left_is_cleared_away_but_nothing_of_a_run_that_goes_on() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv"]).unwrap();
    let left = stopped(place.path(), &directory);
    fs::rename(left.join("old"), &directory).unwrap();
    let running = super::scratch::Scratch::new(place.path(), &directory).unwrap();
    let others = place.path().join(".out.carecast-mine");
    fs::create_dir(&others).unwrap();
    for file in ["lock", "letter.txt"] {
        fs::write(others.join(file), "mine").unwrap();
    }
    put(&directory, &["c.csv"]).unwrap();
    assert!(!left.exists() && others.join("letter.txt").exists());
    assert!(running.new_results().parent().unwrap().exists());
    assert_eq!(names(&directory), ["c.csv", "manifest.json"]);
}

/// In a folder in which nothing may be made, as around one that is mounted, what is there is replaced file by file.
#[cfg(unix)]
#[test]
fn a_directory_that_has_to_stay_is_filled_anew() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv", "charts/b.svg", "charts/c.svg"]).unwrap();
    let lock_up = |mode| fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
    lock_up(0o555);
    // Whoever may do everything is not held up.
    let is_held = fs::write(place.path().join("probe"), "").is_err();
    let done = put(&directory, &["c.csv", "charts/c.svg"]);
    lock_up(0o755);
    done.unwrap();
    assert_eq!(names(&directory), ["c.csv", "charts", "manifest.json"]);
    assert_eq!(names(&directory.join("charts")), ["c.svg"]);
    let _ = fs::remove_file(place.path().join("probe"));
    assert_eq!(names(place.path()), ["out"], "held: {is_held}");
}

#[test]
fn files_are_replaced_one_by_one_and_those_of_before_go() {
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv", "charts/b.svg", "tables/d.csv"]).unwrap();
    let documents = ["charts/c.svg", "manifest.json"].map(|path| Document::new(path, b"new".to_vec()));
    super::directory::replace_singly(&directory, &documents).unwrap();
    assert_eq!(names(&directory), ["charts", "manifest.json"]);
    assert_eq!(names(&directory.join("charts")), ["c.svg"]);
    assert_eq!(fs::read(directory.join("manifest.json")).unwrap(), b"new");
}

#[cfg(unix)]
#[test]
fn a_directory_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempdir().unwrap();
    let directory = place.path().join("out");
    put(&directory, &["a.csv"]).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o2770)).unwrap();
    put(&directory, &["a.csv"]).unwrap();
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o7777, 0o2770);
}
