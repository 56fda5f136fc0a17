//! Scenario files on disk: read as text, or told why they cannot be.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::fault::{Told, nearest};
use super::shipped;

/// No scenario comes near this size, in bytes; what does is some other file.
const LARGEST: u64 = 4 << 20;

/// Reads a file as text.
pub(super) fn read(path: &Path) -> Result<String, Told> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > LARGEST {
        let help = "A scenario is a text file of some hundred lines. Is this the right file?";
        return Err(("this file is larger than 4 MB".into(), help.into()));
    }
    let text = text_of(bytes)?;
    if is_no_toml(path, &text) {
        let help = "Name a scenario, a text file that ends in .toml. Nothing of this file is shown: it may hold records of \
                    children.";
        return Err(("this is a table or an export, not a scenario".into(), help.into()));
    }
    Ok(text)
}

/// Whether a file is a table of records, a return in XML or JSON, or the like. Such files are named by mistake, and what they hold
/// is nobody's to see.
fn is_no_toml(path: &Path, text: &str) -> bool {
    let ends_in = |ends: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ends));
    if ["csv", "tsv", "psv", "xml", "json"].into_iter().any(ends_in) {
        return true;
    }
    let lines = || text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    let is_toml = |line: &&str| line.starts_with(['#', '[', ']', '}', '"']) || line.contains('=');
    let is_record = |line: &&str| line.contains([',', ';', '\t', '|']);
    let (all, toml, records) =
        (lines().count(), lines().filter(is_toml).count(), lines().filter(is_record).count());
    let has_text = lines().any(|line| !line.starts_with('#'));
    text.contains('\0')
        || text.trim_start().starts_with(['<', '{'])
        || has_text && !lines().any(is_statement)
        || all > 0 && toml * 10 < all && records * 2 > all
}

/// Whether a line is a key with a value or a table's header, as every scenario has: its key or name is of letters, digits, dots
/// and the like.
fn is_statement(line: &str) -> bool {
    let is_name = |name: &str| {
        let named = |c: char| c.is_alphanumeric() || "_-.\"' ".contains(c);
        !name.trim().is_empty() && name.chars().all(named)
    };
    let header = line.strip_prefix('[').map(|rest| rest.split(['#', ']']).next().unwrap_or(rest));
    header.is_some_and(|name| is_name(name) && !name.trim().starts_with(['"', '\'']))
        || line.split_once('=').is_some_and(|(key, _)| is_name(key))
}

fn text_of(bytes: Vec<u8>) -> Result<String, Told> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + String::from_utf8_lossy(&error.as_bytes()[..valid]).matches('\n').count();
        let help = "Save it again as UTF-8. Notepad asks for the encoding under Save As; a spreadsheet or a Word \
                    document must be exported as plain text.";
        (format!("this file is not UTF-8 text (line {line})"), help.into())
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Told {
    match error.kind() {
        io::ErrorKind::NotFound if path.components().count() == 1 && path.extension().is_none() => (
            "there is no such file, and no scenario of this name comes with the program".into(),
            missing_file(path),
        ),
        io::ErrorKind::NotFound => ("there is no such file".into(), missing_file(path)),
        io::ErrorKind::IsADirectory => {
            ("this is a folder".into(), "Name the file in it that ends in .toml.".into())
        }
        io::ErrorKind::PermissionDenied => (
            "you do not have permission to read this file".into(),
            "Ask whoever owns it to let you read it.".into(),
        ),
        _ => (format!("this file cannot be read: {error}"), "Try to copy it somewhere else first.".into()),
    }
}

/// Which file, or which scenario that comes with the program, was most likely meant.
fn missing_file(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = folder.read_dir().into_iter().flatten().flatten().filter(|entry| !entry.path().is_dir());
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    // Endings are alike anyway: what matters is what stands before them.
    let is_toml =
        |name: &str| Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    let stem = |name: &str| name[..name.len() - if is_toml(name) { ".toml".len() } else { 0 }].to_owned();
    let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
    let last_part = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    let shipped: Vec<&str> = shipped::names().map(last_part).collect();
    let near = nearest(&stem(name), shipped.iter().copied().chain(stems.iter().map(String::as_str)));
    let file = near.and_then(|near| names.iter().find(|name| stem(name) == near));
    match (file, near) {
        (Some(file), _) => format!("Did you mean `{}`?", path.with_file_name(file).display()),
        (None, Some(near)) if is_toml(name) => {
            format!("Did you mean `{near}`? It comes with the program, and is named without .toml.")
        }
        (None, Some(near)) => format!("Did you mean `{near}`? It comes with the program."),
        (None, None) if folder.is_dir() => {
            format!("Check the spelling. The folder is {}.", whole_path(folder).display())
        }
        (None, None) => format!("There is no folder {} either: check the spelling.", folder.display()),
    }
}

fn whole_path(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_records_of_children_is_no_scenario() {
        let fixed_width =
            "1001    Jane Smith    2012-03-04    WBRI\n1002    John Doe      2015-01-01    WIRI\n";
        for text in [
            "[{\"name\":\"Jane Smith\"}]",
            "[\"Jane Smith\",\"John Doe\"]",
            "Name\nJane Smith\nJohn Doe\n",
            fixed_width,
            "Dear all,\nJane Smith has moved.\n",
            "- name: Jane Smith\n- name: John Doe\n",
            "\"Name\",\"Born\"\n",
            "n\0a\0m\0e\0 \0=\0 \0",
        ] {
            assert!(is_no_toml(Path::new("children.toml"), text), "{text}");
        }
    }

    #[test]
    fn a_scenario_with_slips_is_a_scenario() {
        for text in [
            "name = \"Small\"",
            "# a note\n[stages.care]\n",
            "[stages.care\ntitle \"Care\"\n",
            "name \"Small\"\nyears = 5\n",
            "",
            "# only a note\n",
        ] {
            assert!(!is_no_toml(Path::new("small.toml"), text), "{text}");
        }
    }
}
