//! A scanner that knows just enough Rust: where comments, strings, functions and test code are.
//!
//! Deliberately no parser: it blanks what is no code and then matches braces. It never panics on
//! odd input; at worst it sees less.

use std::ops::RangeInclusive;
use std::path::Path;

/// One source file: its text by line, and the same lines with comments and literals blanked.
pub(crate) struct SourceFile {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    /// As written.
    pub(crate) lines: Vec<String>,
    /// With comments, strings and characters blanked, line for line.
    pub(crate) code: Vec<String>,
    /// Whether each line starts inside a string literal.
    pub(crate) in_string: Vec<bool>,
    /// Whether each line is test code.
    pub(crate) in_test: Vec<bool>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// From 1.
    pub(crate) line: usize,
    /// From `fn` to the closing brace, both included.
    pub(crate) length: usize,
}

impl SourceFile {
    /// Scans `text`, which stands at `path`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, in_string) = blank(text);
        let code: Vec<String> = code.lines().map(str::to_owned).collect();
        let mut in_test = vec![path.starts_with("tests/"); code.len()];
        for lines in test_blocks(&code) {
            in_test[lines].fill(true);
        }
        let lines = text.lines().map(str::to_owned).collect();
        Self { path: path.to_owned(), lines, code, in_string, in_test }
    }

    /// Its functions, in order; those nested in another one count on their own too.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (index, line) in self.code.iter().enumerate() {
            for name in function_names(line) {
                let start = line.find(&format!("fn {name}")).unwrap_or(0);
                if let Some(end) = end_of_block(&self.code, index, start) {
                    found.push(Function { name, line: index + 1, length: end - index + 1 });
                }
            }
        }
        found
    }
}

/// The lines of every `#[cfg(test)] mod name { .. }`, attribute to closing brace, from 0.
fn test_blocks(code: &[String]) -> Vec<RangeInclusive<usize>> {
    let mut blocks = Vec::new();
    for (index, line) in code.iter().enumerate() {
        if line.trim() != "#[cfg(test)]" {
            continue;
        }
        let module = (index + 1..code.len()).find(|&i| !code[i].trim().starts_with("#["));
        let Some(module) = module.filter(|&i| code[i].trim_start().starts_with("mod ")) else {
            continue;
        };
        if let Some(end) = end_of_block(code, module, 0) {
            blocks.push(index..=end);
        }
    }
    blocks
}

/// The names after each `fn` of a line of code; function pointer types have none.
fn function_names(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in line.match_indices("fn ") {
        if line[..at].chars().next_back().is_some_and(is_identifier) {
            continue;
        }
        let name: String = line[at + 3..].chars().take_while(|&c| is_identifier(c)).collect();
        if !name.is_empty() {
            names.push(name);
        }
    }
    names
}

/// The line on which the first `{ .. }` at or after the place closes; `None` when a `;` outside of
/// brackets comes first.
fn end_of_block(code: &[String], line: usize, column: usize) -> Option<usize> {
    let (mut brackets, mut braces) = (0_i32, 0_i32);
    for (index, text) in code.iter().enumerate().skip(line) {
        let from = if index == line { column } else { 0 };
        for c in text.get(from..).unwrap_or("").chars() {
            match c {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets -= 1,
                ';' if brackets == 0 && braces == 0 => return None,
                '{' => braces += 1,
                '}' => {
                    braces -= 1;
                    if braces == 0 {
                        return Some(index);
                    }
                }
                _ => {}
            }
        }
    }
    None
}

/// Whether `c` may stand in an identifier.
pub(crate) fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What the scanner is inside of.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Code,
    LineComment,
    /// Nested so deep.
    BlockComment(u32),
    Text,
    /// Closed by a quote and so many `#`.
    RawText(usize),
}

/// The text with everything but code blanked, and for each line whether it starts in a string.
fn blank(text: &str) -> (String, Vec<bool>) {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut in_string = vec![false];
    let mut inside = Inside::Code;
    let mut at = 0;
    while at < chars.len() {
        let (next, length) = step(&chars, at, inside);
        for &c in &chars[at..(at + length).min(chars.len())] {
            let keep = inside == Inside::Code && next == Inside::Code && length == 1;
            out.push(if keep || c == '\n' { c } else { ' ' });
            if c == '\n' {
                in_string.push(matches!(next, Inside::Text | Inside::RawText(_)));
            }
        }
        at += length;
        inside = next;
    }
    (out, in_string)
}

/// What follows `at`: the state after it and how many characters it takes. In code, one character
/// is code; more than one is a character literal and is blanked.
fn step(chars: &[char], at: usize, inside: Inside) -> (Inside, usize) {
    let c = chars[at];
    let next = chars.get(at + 1).copied();
    match inside {
        Inside::Code => step_in_code(chars, at),
        Inside::LineComment if c == '\n' => (Inside::Code, 1),
        Inside::BlockComment(depth) => match (c, next) {
            ('/', Some('*')) => (Inside::BlockComment(depth + 1), 2),
            ('*', Some('/')) if depth == 1 => (Inside::Code, 2),
            ('*', Some('/')) => (Inside::BlockComment(depth - 1), 2),
            _ => (inside, 1),
        },
        Inside::Text if c == '\\' => (inside, 2),
        Inside::Text if c == '"' => (Inside::Code, 1),
        Inside::RawText(hashes) if c == '"' && hashes_at(chars, at + 1) >= hashes => {
            (Inside::Code, 1 + hashes)
        }
        Inside::LineComment | Inside::Text | Inside::RawText(_) => (inside, 1),
    }
}

fn step_in_code(chars: &[char], at: usize) -> (Inside, usize) {
    let after_identifier = at > 0 && is_identifier(chars[at - 1]);
    match (chars[at], chars.get(at + 1).copied()) {
        ('/', Some('/')) => (Inside::LineComment, 2),
        ('/', Some('*')) => (Inside::BlockComment(1), 2),
        ('"', _) => (Inside::Text, 1),
        ('r', Some('"' | '#')) if !after_identifier || chars[at - 1] == 'b' => {
            let hashes = hashes_at(chars, at + 1);
            // `r#type` is an identifier, not a string.
            match chars.get(at + 1 + hashes) {
                Some('"') => (Inside::RawText(hashes), hashes + 2),
                _ => (Inside::Code, 1),
            }
        }
        ('\'', Some('\\')) => {
            // The escaped character itself may be a quote.
            let close = (at + 3..chars.len()).find(|&i| chars[i] == '\'').unwrap_or(at + 3);
            (Inside::Code, close - at + 1)
        }
        // A lifetime has no quote after its first letter.
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => (Inside::Code, 3),
        _ => (Inside::Code, 1),
    }
}

fn hashes_at(chars: &[char], at: usize) -> usize {
    chars[at.min(chars.len())..].iter().take_while(|&&c| c == '#').count()
}

/// Reads every `.rs` file below `folders` of the repository at `root`, in path order.
pub(crate) fn read_sources(root: &Path, folders: &[&str]) -> Vec<SourceFile> {
    let mut open: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut sources: Vec<SourceFile> = files
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let relative = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
            SourceFile::new(&relative.replace('\\', "/"), &text)
        })
        .collect();
    mark_test_files(&mut sources);
    sources
}

/// A file that its parent declares behind `#[cfg(test)]` is test code, and so is all below it.
fn mark_test_files(sources: &mut [SourceFile]) {
    let mut stems = Vec::new();
    for file in sources.iter() {
        let folder = match file.path.as_str() {
            "src/lib.rs" | "src/main.rs" => "src",
            path => path.trim_end_matches(".rs"),
        };
        stems.extend(test_modules(&file.code).map(|module| format!("{folder}/{module}")));
    }
    for file in sources {
        let below = |stem: &String| {
            file.path.strip_prefix(stem.as_str()).is_some_and(|rest| rest.starts_with(['.', '/']))
        };
        if stems.iter().any(below) {
            file.in_test.fill(true);
        }
    }
}

/// The names of every `#[cfg(test)] mod name;`.
fn test_modules(code: &[String]) -> impl Iterator<Item = &str> {
    code.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]").filter_map(|pair| {
        let (_, module) = pair[1].trim().strip_suffix(';')?.split_once("mod ")?;
        Some(module)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        blank(text).0
    }

    #[test]
    fn comments_and_literals_are_blanked_and_code_is_kept() {
        assert_eq!(code("a // b\nc"), "a     \nc");
        assert_eq!(code("a /* b /* c */ d */ e"), "a                   e");
        assert_eq!(code(r#"f("x\"y", z)"#), "f(      , z)");
        assert_eq!(code("('\\'', '{', b'}')"), "(    ,    , b   )");
        assert_eq!(code("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
        assert_eq!(code("r#type + 1"), "r#type + 1");
    }

    #[test]
    fn a_raw_string_ends_at_its_own_number_of_hashes() {
        let blanked = code("x(r##\"a\"# } //\"##, y)");
        assert!(blanked.starts_with("x(") && blanked.ends_with(", y)"), "{blanked:?}");
        assert!(!blanked.contains('}'));
    }

    #[test]
    fn a_line_inside_a_string_is_known_as_such() {
        let file = SourceFile::new("src/x.rs", "let a = \"one\ntwo\";\nlet b = 1;\n");
        assert_eq!(file.in_string[..3], [false, true, false]);
    }

    #[test]
    fn a_function_reaches_from_its_name_to_its_closing_brace() {
        let text = "trait T {\n    fn no_body(&self);\n}\nfn two(x: [u8; 3]) -> fn(u8) {\n}\n\
                    fn one() { if x { \"}\" } }\nfn open() {\n    fn inner() {}\n}\n";
        let functions = SourceFile::new("src/x.rs", text).functions();
        let lengths: Vec<_> =
            functions.iter().map(|f| (f.name.as_str(), f.line, f.length)).collect();
        assert_eq!(lengths, [("two", 4, 2), ("one", 6, 1), ("open", 7, 3), ("inner", 8, 1)]);
    }

    #[test]
    fn only_the_test_module_of_a_file_is_test_code() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
        let file = SourceFile::new("src/x.rs", text);
        assert_eq!(file.in_test, [false, true, true, true, true, false]);
        let declared = SourceFile::new("src/x.rs", "#[cfg(test)]\nmod tests;\nfn c() {}\n");
        assert_eq!(declared.in_test, [false; 3]);
        assert_eq!(SourceFile::new("tests/x.rs", "fn a() {}\n").in_test, [true]);
    }

    #[test]
    fn a_file_declared_as_a_test_module_is_test_code_and_its_siblings_are_not() {
        let parent = "#[cfg(test)]\nmod scene;\nmod scenery;\n";
        let one_line = |path: &str| SourceFile::new(path, "fn a() {}\n");
        let mut sources = vec![SourceFile::new("src/x.rs", parent)];
        sources.extend(["src/x/scene.rs", "src/x/scene/y.rs", "src/x/scenery.rs"].map(one_line));
        mark_test_files(&mut sources);
        let marked: Vec<_> = sources[1..].iter().map(|file| file.in_test[0]).collect();
        assert_eq!(marked, [true, true, false]);
    }
}
