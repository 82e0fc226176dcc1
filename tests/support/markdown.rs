//! Pages of documentation that are executed: their blocks, and the commands in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A fenced block.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The fenced blocks of a page, in order, and its prose: what stands outside of them.
pub(crate) fn read(page: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { language: language.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text += &format!("{line}\n"),
            (None, None) => prose += &format!("{line}\n"),
        }
    }
    (blocks, prose)
}

/// The commands of a console block that call the program, without its name, continuation lines
/// joined.
pub(crate) fn commands(block: &Block) -> Vec<String> {
    if block.language != "console" {
        return Vec::new();
    }
    let text = block.text.replace("\\\n", " ");
    let commands = text.lines().filter_map(|line| line.strip_prefix("$ batchcast "));
    commands.map(str::to_owned).collect()
}

/// Splits as a shell does, as far as our pages go: blanks, and single quotes.
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

/// Runs a command of a page in `folder`.
pub(crate) fn run(folder: &Path, command: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_batchcast"));
    program.args(words(command)).current_dir(folder).env("NO_COLOR", "1");
    program.output().expect("the program starts")
}

/// An empty folder of that name.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pages-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}
