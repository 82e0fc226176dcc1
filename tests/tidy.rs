//! Style as a test: what a reader may rely on in every file of this repository.
//!
//! Knows text, braces and paths, no types: what needs a compiler is in `clippy.toml`. Each rule
//! prints the file, the line and the reason.

#[path = "tidy/scan.rs"]
mod scan;
#[path = "tidy/tower.rs"]
mod tower;

use scan::{SourceFile, is_identifier, read_sources};
use std::path::Path;

const LINES_OF_A_FILE: usize = 600;
const LINES_OF_A_FUNCTION: usize = 70;
const COLUMNS: usize = 100;
const BYTES_OF_A_FILE: u64 = 1_500_000;

/// What no code outside of tests contains, and what to write instead.
const BANNED_IN_THE_PROGRAM: [(&str, &str); 6] = [
    (".unwrap()", "return a typed error, or state the invariant with unreachable!"),
    (".expect(", "return a typed error, or state the invariant with unreachable!"),
    ("panic!(", "bad input is an error; a broken invariant is an assert! that says which"),
    ("HashMap::new(", "iteration order is random; use FxHashMap, for lookups only, or BTreeMap"),
    ("HashSet::new(", "iteration order is random; use FxHashSet, for lookups only, or BTreeSet"),
    ("thread::sleep", "simulated time comes from the engine"),
];

/// What only the command line does: data to stdout, talk to stderr.
const BANNED_OUTSIDE_THE_COMMAND_LINE: [&str; 4] = ["println!", "print!", "eprintln!", "eprint!"];

/// What no committed code contains, tests included.
const BANNED_EVERYWHERE: [&str; 4] = ["todo!", "unimplemented!", "dbg!", "#[ignore"];

/// What the kernel, which could be published on its own, does not name (words in snake case).
const NOUNS_OF_THE_MODEL: [&str; 5] =
    ["aws", "ec2", "spot", "instance_type", "compute_environment"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<SourceFile> {
    let files = read_sources(root(), &["src", "tests", "benches"]);
    assert!(files.len() > 10, "only {} source files found below {:?}", files.len(), root());
    files
}

/// Fails with one line per violation.
#[track_caller]
fn assert_none(violations: &[String]) {
    let count = violations.len();
    assert!(violations.is_empty(), "{count} to mend:\n{}\n", violations.join("\n"));
}

/// Where `needle` stands in a line of code as a word of its own, from its left.
fn contains_word(code: &str, needle: &str) -> bool {
    let word = needle.starts_with(is_identifier);
    code.match_indices(needle)
        .any(|(at, _)| !word || !code[..at].chars().next_back().is_some_and(is_identifier))
}

/// `ComputeEnvironmentId` is `compute_environment_id`.
fn snake_case(identifier: &str) -> String {
    let mut out = String::new();
    let mut previous_lower = false;
    for c in identifier.chars() {
        if c.is_uppercase() && previous_lower {
            out.push('_');
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
        out.extend(c.to_lowercase());
    }
    out
}

/// The first noun of the model that an identifier of the line contains.
fn noun_of_the_model(code: &str) -> Option<&'static str> {
    for identifier in code.split(|c| !is_identifier(c)).filter(|word| !word.is_empty()) {
        let words = format!("_{}_", snake_case(identifier));
        let found = NOUNS_OF_THE_MODEL.iter().find(|noun| words.contains(&format!("_{noun}_")));
        if found.is_some() {
            return found.copied();
        }
    }
    None
}

#[test]
fn every_source_file_says_what_it_is() {
    let silent = sources().into_iter().filter(|file| {
        !file.lines.first().is_some_and(|line| line.starts_with("//!") && line.len() > 10)
    });
    let violations: Vec<_> = silent
        .map(|file| format!("{}:1: starts with no //! header that says what it is", file.path))
        .collect();
    assert_none(&violations);
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    let long = sources().into_iter().filter(|file| file.lines.len() > LINES_OF_A_FILE);
    let violations: Vec<_> = long
        .map(|file| {
            let lines = file.lines.len();
            format!("{}:{lines}: {lines} lines, at most {LINES_OF_A_FILE}", file.path)
        })
        .collect();
    assert_none(&violations);
}

#[test]
fn no_function_is_longer_than_70_lines() {
    let mut violations = Vec::new();
    for file in sources() {
        for function in file.functions().iter().filter(|f| f.length > LINES_OF_A_FUNCTION) {
            violations.push(format!(
                "{}:{}: fn {} has {} lines, at most {LINES_OF_A_FUNCTION}",
                file.path, function.line, function.name, function.length
            ));
        }
    }
    assert_none(&violations);
}

#[test]
fn no_line_is_longer_than_100_columns() {
    let mut violations = Vec::new();
    for file in sources() {
        for (index, line) in file.lines.iter().enumerate() {
            let columns = line.chars().count();
            let text = line.trim_start().trim_start_matches(['b', 'r', '#']).starts_with('"');
            // A string that can not be broken and an address are as long as they are.
            if columns > COLUMNS && !text && !file.in_string[index] && !line.contains("://") {
                violations.push(format!(
                    "{}:{}: {columns} columns, at most {COLUMNS}",
                    file.path,
                    index + 1
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn every_floor_of_the_tower_sees_only_what_is_below_it() {
    let mut violations = Vec::new();
    for file in sources() {
        let Some(floor) = tower::floor_of(&file.path) else { continue };
        for import in tower::imports(&file) {
            // A test may look down from anywhere: it is not part of the house.
            if file.in_test[import.line - 1] && floor != "sim" {
                continue;
            }
            if let Some(objection) = tower::objection(floor, &import.path) {
                let path = import.path.join("::");
                violations.push(format!("{}:{}: {path}: {objection}", file.path, import.line));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn every_source_file_is_a_module_of_its_parent() {
    let files = sources();
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| tower::floor_of(&file.path).is_some()) {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let module = name.trim_end_matches(".rs");
        if module == "mod" {
            violations.push(format!("{}:1: name it {folder}.rs instead", file.path));
        }
        let parents = match folder {
            "src" => vec!["src/lib.rs".to_owned(), "src/main.rs".to_owned()],
            _ => vec![format!("{folder}.rs")],
        };
        let declared = files.iter().filter(|parent| parents.contains(&parent.path)).any(|parent| {
            parent.code.iter().any(|line| line.trim_end().ends_with(&format!("mod {module};")))
        });
        if !declared {
            violations.push(format!("{}:1: no mod line in {}", file.path, parents.join(" or ")));
        }
    }
    assert_none(&violations);
}

#[test]
fn the_program_neither_panics_on_input_nor_hashes_at_random() {
    let mut violations = Vec::new();
    for file in sources().iter().filter(|file| file.path.starts_with("src/")) {
        for (index, code) in file.code.iter().enumerate().filter(|(i, _)| !file.in_test[*i]) {
            for (banned, instead) in BANNED_IN_THE_PROGRAM {
                if contains_word(code, banned) {
                    violations.push(format!("{}:{}: {banned}: {instead}", file.path, index + 1));
                }
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn only_the_command_line_prints() {
    let mut violations = Vec::new();
    for file in sources().iter().filter(|file| file.path.starts_with("src/")) {
        if file.path == "src/main.rs" || tower::floor_of(&file.path) == Some("cli") {
            continue;
        }
        for (index, code) in file.code.iter().enumerate().filter(|(i, _)| !file.in_test[*i]) {
            for banned in BANNED_OUTSIDE_THE_COMMAND_LINE {
                if contains_word(code, banned) {
                    let reason = "write to the sink you were given";
                    violations.push(format!("{}:{}: {banned}: {reason}", file.path, index + 1));
                }
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn nothing_is_left_for_later() {
    // Spelt so that this file does not contain them.
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut violations = Vec::new();
    for file in sources() {
        for (index, (line, code)) in file.lines.iter().zip(&file.code).enumerate() {
            for banned in BANNED_EVERYWHERE.iter().filter(|banned| contains_word(code, banned)) {
                violations.push(format!("{}:{}: {banned}", file.path, index + 1));
            }
            for note in notes.iter().filter(|note| contains_word(line, note)) {
                violations.push(format!("{}:{}: {note}: do it or decide it", file.path, index + 1));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn the_kernel_names_no_noun_of_the_model() {
    let mut violations = Vec::new();
    for file in sources().iter().filter(|file| tower::floor_of(&file.path) == Some("sim")) {
        for (index, code) in file.code.iter().enumerate() {
            if let Some(noun) = noun_of_the_model(code) {
                violations.push(format!("{}:{}: {noun} in the kernel", file.path, index + 1));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn no_committed_file_is_larger_than_1500_kilobytes() {
    let mut violations = Vec::new();
    for name in committed_files() {
        let bytes = std::fs::metadata(root().join(&name)).map_or(0, |meta| meta.len());
        if bytes > BYTES_OF_A_FILE {
            violations.push(format!("{name}:1: {bytes} bytes, at most {BYTES_OF_A_FILE}"));
        }
    }
    assert_none(&violations);
}

#[test]
fn every_link_of_a_document_leads_to_a_file() {
    let mut violations = Vec::new();
    for name in committed_files().iter().filter(|name| name.ends_with(".md")) {
        // A file that is deleted and not yet committed is listed still.
        let text = std::fs::read_to_string(root().join(name)).unwrap_or_default();
        let folder = root().join(name).parent().map(Path::to_owned).unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            for target in local_links(line).filter(|target| !folder.join(target).exists()) {
                violations.push(format!("{name}:{}: no file {target}", index + 1));
            }
        }
    }
    assert_none(&violations);
}

/// The files of the repository, those about to be committed too; none outside of a checkout.
fn committed_files() -> Vec<String> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let Some(listed) = listed.ok().filter(|output| output.status.success()) else {
        eprintln!("not a git checkout: committed files are not checked");
        return Vec::new();
    };
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The targets of `[text](target)` that are paths, without their anchors.
fn local_links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        let path = target.split('#').next()?;
        (!path.is_empty() && !target.contains("://")).then_some(path)
    })
}

#[test]
fn a_banned_word_counts_only_as_a_word_of_its_own() {
    assert!(contains_word("x.unwrap()", ".unwrap()"));
    assert!(!contains_word("x.unwrap_or(1)", ".unwrap()"));
    assert!(contains_word("  println!(x)", "println!"));
    assert!(!contains_word("eprintln!(x)", "println!"));
    assert!(contains_word("std::collections::HashMap::new()", "HashMap::new("));
    assert!(!contains_word("FxHashMap::new()", "HashMap::new("));
}

#[test]
fn a_noun_is_found_in_either_case_and_never_inside_another_word() {
    assert_eq!(noun_of_the_model("struct SpotPool;"), Some("spot"));
    assert_eq!(noun_of_the_model("let instance_type_id = 1;"), Some("instance_type"));
    assert_eq!(noun_of_the_model("ComputeEnvironmentId"), Some("compute_environment"));
    assert_eq!(noun_of_the_model("use crate::ec2::x;"), Some("ec2"));
    assert_eq!(noun_of_the_model("let spotless = laws(event_queue);"), None);
}

#[test]
fn only_links_to_paths_are_followed() {
    let line = "[a](docs/x.md) and [b](https://x.org/y), [c](#top), [d](../z.md#part)";
    assert_eq!(local_links(line).collect::<Vec<_>>(), ["docs/x.md", "../z.md"]);
}
