//! The README is executed: its scenario, its commands, and the numbers that it prints.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const README: &str = include_str!("../README.md");

/// The fenced blocks of one language, in order.
fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in README.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(fence)) if fence == language => block = Some(String::new()),
            (Some(_), Some("")) => blocks.extend(block.take()),
            (Some(text), _) => *text += &format!("{line}\n"),
            _ => {}
        }
    }
    blocks
}

/// The commands of the console blocks that call the program, continuation lines joined.
fn commands() -> Vec<String> {
    let text = blocks("console").join("").replace("\\\n", " ");
    let commands = text.lines().filter_map(|line| line.strip_prefix("$ batchcast "));
    commands.map(str::to_owned).collect()
}

/// Splits as a shell does, as far as the README goes: blanks, and single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn run(folder: &Path, arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchcast"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1");
    command.output().expect("the program starts")
}

fn folder(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("batchcast-readme-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let folder = folder("commands");
    let scenario = &blocks("yaml")[0];
    std::fs::write(folder.join("nightly.yaml"), scenario).expect("a file");
    let commands = commands();
    assert!(commands.len() >= 6, "the README has lost its examples: {commands:?}");
    for command in commands {
        let output = run(&folder, &words(&command));
        let gate = command.contains("thresholds");
        let code = output.status.code();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(code == Some(0) || (gate && code == Some(4)), "{command}: {code:?}\n{errors}");
    }
    std::fs::remove_dir_all(folder).expect("our own folder");
}

#[test]
fn the_numbers_of_the_readme_are_those_of_the_default_study() {
    let folder = folder("numbers");
    let output = run(&folder, &["run".to_owned(), "allocation-strategies".to_owned()]);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let shown = blocks("text").join("");
    for line in shown.lines().filter(|line| !line.trim().is_empty()) {
        assert!(printed.contains(line), "the README shows\n{line}\nthe program prints\n{printed}");
    }
    std::fs::remove_dir_all(folder).expect("our own folder");
}
