//! The README, those of the studies and the page on baselines are executed: their scenarios,
//! commands, and numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/markdown.rs"]
mod markdown;

use markdown::{commands, folder, read, run};
use std::fs;
use std::path::Path;

const README: &str = include_str!("../README.md");

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let folder = folder("commands");
    let (blocks, _) = read(README);
    let scenario = blocks.iter().find(|block| block.language == "yaml").unwrap();
    fs::write(folder.join("nightly.yaml"), &scenario.text).expect("a file");
    let commands: Vec<String> = blocks.iter().flat_map(commands).collect();
    assert!(commands.len() >= 6, "the README has lost its examples: {commands:?}");
    for command in commands {
        let output = run(&folder, &command);
        let gate = command.contains("thresholds");
        let code = output.status.code();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(code == Some(0) || (gate && code == Some(4)), "{command}: {code:?}\n{errors}");
    }
}

#[test]
fn the_numbers_of_the_readme_are_those_of_the_default_study() {
    let (blocks, _) = read(README);
    let output = run(&folder("numbers"), "run allocation-strategies");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    for block in blocks.iter().filter(|block| block.language == "text") {
        for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
            assert!(printed.contains(line), "README: {line}\nthe program prints\n{printed}");
        }
    }
}

/// The page keeps the study of the README.
#[test]
fn the_page_on_baselines_shows_what_is_printed() {
    let page = include_str!("../docs/how-to/keep-a-regression-benchmark.md");
    let folder = folder("baselines");
    let (blocks, _) = read(README);
    let scenario = blocks.iter().find(|block| block.language == "yaml").unwrap();
    fs::create_dir_all(folder.join("studies/nightly")).unwrap();
    fs::write(folder.join("studies/nightly/scenario.yaml"), &scenario.text).unwrap();
    let mut shown = 0;
    for block in read(page).0.iter().filter(|block| block.language == "console") {
        let mut printed = String::new();
        for command in commands(block) {
            let output = run(&folder, &command);
            assert!(output.status.success(), "{command}: {output:?}");
            printed += &String::from_utf8_lossy(&output.stdout);
        }
        for line in block.text.lines().filter(|line| !line.starts_with("$ ")) {
            assert!(printed.lines().any(|l| l == line), "{line}\n{printed}");
            shown += 1;
        }
    }
    assert!(shown >= 2, "the page has lost its examples");
}

/// Every study of the repository that has a README, by folder name.
fn studies() -> Vec<String> {
    let folders = fs::read_dir("scenarios").unwrap().map(|folder| folder.unwrap().path());
    let mut names: Vec<String> = folders
        .filter(|folder| folder.join("scenario.yaml").exists())
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_line_that_a_study_shows_is_printed_by_the_command_above_it() {
    for study in studies() {
        let page = fs::read_to_string(Path::new("scenarios").join(&study).join("README.md"))
            .unwrap_or_else(|error| panic!("{study}: README.md: {error}"));
        let folder = folder(&study);
        let mut printed = None;
        for block in read(&page).0 {
            for command in commands(&block) {
                let output = run(&folder, &command);
                let errors = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{study}: {command}\n{errors}");
                printed = Some(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            if block.language == "text" {
                let printed = printed.as_deref().expect("a command above");
                for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
                    assert!(printed.lines().any(|l| l == line), "{study}: {line}\n{printed}");
                }
            }
        }
        assert!(printed.is_some(), "{study}: the README names no command");
    }
}

/// The numbers in a text: digits with whatever separates them, `1,240` or `0.0643`. Digits of a
/// name are none, the unit of `90s` is no part of it.
fn numbers(text: &str) -> Vec<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, ',' | '.');
    let words = text.split(|c: char| !part(c)).map(|word| word.trim_matches([',', '.']));
    let number = |word: &str| word.split(|c: char| c.is_alphabetic()).next().map(str::to_owned);
    words.filter_map(number).filter(|number| !number.is_empty()).collect()
}

/// Prose without what stands in it as code: an option that a reader may try claims no result.
fn without_code(prose: &str) -> String {
    prose.split('`').step_by(2).collect()
}

#[test]
fn every_number_in_the_prose_of_a_study_is_in_its_scenario_or_printed() {
    for study in studies() {
        let folder = Path::new("scenarios").join(&study);
        let page = fs::read_to_string(folder.join("README.md")).unwrap();
        let scenario = fs::read_to_string(folder.join("scenario.yaml")).unwrap();
        let (blocks, prose) = read(&page);
        // What the blocks show is held against the program by the test above.
        let shown: String = blocks.iter().map(|block| block.text.as_str()).collect();
        let known: Vec<String> = numbers(&(scenario + &shown));
        for number in numbers(&without_code(&prose)) {
            let plain = number.replace(',', "");
            assert!(
                known.iter().any(|known| *known == number || *known == plain),
                "{study}: {number} is neither in scenario.yaml nor printed"
            );
        }
    }
}
