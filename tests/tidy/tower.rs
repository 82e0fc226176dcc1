//! The tower: which floor a file stands on, what it imports, and what it may import.

use crate::scan::{SourceFile, is_identifier};

/// The floors, lowest first.
const FLOORS: [&str; 9] =
    ["sim", "ec2", "batch", "workload", "world", "metrics", "experiment", "report", "cli"];

/// Narrower than the tower: (floor, what it looks at, the only modules of it that it may see).
const NARROWER: [(&str, &str, &[&str]); 4] = [
    ("batch", "ec2", &["catalog", "fleet", "money"]),
    ("workload", "batch", &["dependency", "job_definition", "job_queue"]),
    ("metrics", "world", &["record", "observer", "config", "profile"]),
    ("report", "world", &["record", "observer", "config", "profile"]),
];

/// Macros are exported at the crate's root whatever floor defines them.
const ROOT_MACROS: [&str; 1] = ["define_id"];

/// A path into the crate, as written in a `use` or in an expression.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// From 1.
    pub(crate) line: usize,
    /// The segments after the crate's root.
    pub(crate) path: Vec<String>,
}

/// The floor of a source file; `None` for the crate's roots and for other folders.
pub(crate) fn floor_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let first = inside.split('/').next()?.trim_end_matches(".rs");
    (!matches!(inside, "lib.rs" | "main.rs")).then_some(first)
}

/// What is wrong with an import of a file on `floor`, if anything.
pub(crate) fn objection(floor: &str, path: &[String]) -> Option<String> {
    let Some(own) = FLOORS.iter().position(|&f| f == floor) else {
        return Some(format!("{floor} is on no floor of the tower"));
    };
    let target = path.first().map_or("", String::as_str);
    if ROOT_MACROS.contains(&target) {
        return None;
    }
    let Some(theirs) = FLOORS.iter().position(|&f| f == target) else {
        return Some(format!("crate::{target} is no floor; name the module that defines it"));
    };
    if theirs > own {
        return Some(format!("{floor} must not see {target}, a floor above it"));
    }
    let second = path.get(1).map_or("", String::as_str);
    let narrower = NARROWER.iter().find(|(from, to, _)| *from == floor && *to == target);
    let (_, _, allowed) = narrower.filter(|(_, _, allowed)| !allowed.contains(&second))?;
    Some(format!("{floor} sees of {target} only {}, not {second:?}", allowed.join(", ")))
}

/// Every path into the crate that the file's code names.
pub(crate) fn imports(file: &SourceFile) -> Vec<Import> {
    let mut found = Vec::new();
    let code = file.code.join("\n");
    for root in ["crate::", "batchcast::"] {
        for (at, _) in code.match_indices(root) {
            // `$crate::` of a macro and a longer identifier are not this root.
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| is_identifier(c) || c == '$') {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            for path in expand(&code[at + root.len()..]) {
                found.push(Import { line, path });
            }
        }
    }
    found.extend(climbs(file, &code));
    found.sort_by(|a, b| (a.line, &a.path).cmp(&(b.line, &b.path)));
    found
}

/// `super::super::ec2` reaches another floor as well as `crate::ec2` does.
fn climbs(file: &SourceFile, code: &str) -> Vec<Import> {
    let depth = file.path.matches('/').count();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let chain = code[at..].split("super::").take_while(|part| part.is_empty()).count();
        // An inline module is one deeper than its file: only a known floor is surely a climb.
        for path in expand(&code[at + chain.max(1) * "super::".len()..]) {
            let named = path.first().is_some_and(|first| FLOORS.contains(&first.as_str()));
            if chain >= depth && named {
                let line = code[..at].matches('\n').count() + 1;
                found.push(Import { line, path });
            }
        }
    }
    found
}

/// The paths of a use tree such as `a::{b, c::{d, e as f}, self};`, which starts `text`.
fn expand(text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut current: Vec<String> = Vec::new();
    // Of each open brace: how many segments its prefix has.
    let mut open: Vec<usize> = Vec::new();
    // Whether `current` is a path that no separator has ended yet.
    let mut pending = false;
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let word = &rest[..rest.find(|c| !is_identifier(c)).unwrap_or(rest.len())];
        rest = rest[word.len().max(c.len_utf8())..].trim_start();
        match (word, c, open.last().copied()) {
            ("as", _, _) => rest = rest.trim_start_matches(is_identifier).trim_start(),
            ("self", _, _) => pending = true,
            ("", ':', _) => {}
            ("", '{', _) => {
                open.push(current.len());
                pending = false;
            }
            ("", ',' | '}', Some(prefix)) => {
                if std::mem::take(&mut pending) {
                    paths.push(current.clone());
                }
                current.truncate(prefix);
                if c == '}' {
                    open.pop();
                }
            }
            ("", '*', _) => {
                current.push("*".to_owned());
                pending = true;
            }
            ("", _, _) => break,
            (word, _, _) => {
                current.push(word.to_owned());
                pending = true;
            }
        }
        // Outside of braces a path goes on only behind `::`.
        if open.is_empty() && c != ':' && !rest.starts_with("::") {
            break;
        }
    }
    if pending {
        paths.push(current);
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let file = SourceFile::new("src/batch/placement.rs", text);
        imports(&file).iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn a_use_tree_is_expanded_to_its_paths() {
        assert_eq!(paths("use crate::sim::SimTime;"), ["sim::SimTime"]);
        assert_eq!(
            paths("use crate::{sim::{SimTime, SimDuration as D}, ec2::catalog};"),
            ["ec2::catalog", "sim::SimDuration", "sim::SimTime"]
        );
        assert_eq!(paths("use crate::ec2::fleet::{self, InstanceId};").len(), 2);
        assert_eq!(paths("use crate::ec2::*;"), ["ec2::*"]);
    }

    #[test]
    fn a_path_in_an_expression_or_a_type_counts_too() {
        assert_eq!(paths("let x = crate::world::record::JobId::new(1);").len(), 1);
        assert_eq!(paths("fn f(x: &crate::ec2::market::Pool<u8>) {}"), ["ec2::market::Pool"]);
        assert_eq!(paths("// crate::world::World\n").len(), 0);
        assert_eq!(paths("$crate::world::x").len(), 0);
    }

    #[test]
    fn climbing_to_another_floor_counts_as_an_import() {
        assert_eq!(paths("use super::super::world::World;"), ["world::World"]);
        assert_eq!(paths("use super::job_queue::JobQueue;").len(), 0);
    }

    #[test]
    fn a_floor_sees_only_what_is_below_it() {
        let says = |floor: &str, path: &str| {
            let path: Vec<String> = path.split("::").map(str::to_owned).collect();
            objection(floor, &path)
        };
        assert_eq!(says("batch", "sim::SimTime"), None);
        assert_eq!(says("batch", "define_id"), None);
        assert_eq!(says("report", "experiment::compare"), None);
        assert!(says("sim", "ec2::catalog").is_some_and(|s| s.contains("above")));
        assert!(says("experiment", "report::csv").is_some());
        assert!(says("batch", "ec2::market").is_some_and(|s| s.contains("only catalog")));
        assert!(says("batch", "ec2").is_some());
        assert!(says("metrics", "world::World").is_some());
        assert!(says("workload", "batch::placement").is_some());
        assert!(says("batch", "JobId").is_some_and(|s| s.contains("no floor")));
        assert!(says("attic", "sim::SimTime").is_some());
    }

    #[test]
    fn the_floor_is_the_first_name_below_src() {
        assert_eq!(floor_of("src/batch/allocation/best_fit.rs"), Some("batch"));
        assert_eq!(floor_of("src/sim.rs"), Some("sim"));
        assert_eq!(floor_of("src/lib.rs"), None);
        assert_eq!(floor_of("tests/tidy.rs"), None);
    }
}
