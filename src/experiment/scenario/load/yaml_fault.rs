//! What is wrong with a YAML text, in words of this program, and where.
//!
//! The parser speaks to programmers: of its own options and of Rust types. Its words about the
//! grammar are kept where they are plain, everything else is said anew.

use super::SyntaxError;
use serde_saphyr::{Error, Location};

const INDENT: &str = "indent with spaces only";
const QUOTE: &str = "mind the indentation, and quote a text that holds `: ` or begins with a sign";
const BACKSLASH: &str = "double the backslash, or use single quotes";
const NESTING: &str = "nest less, or write out what aliases repeat";

/// What the parser has against `text`.
pub(super) fn said(error: &Error, text: &str) -> SyntaxError {
    let at = error.location().and_then(|location| offset(&location, text));
    // A text that goes on in the next line is placed at its end.
    let next_tab = |at: usize| text[at..].find('\t').map(|tab| at + tab);
    let after = at.filter(|_| matches!(error, Error::ExternalMessage { msg, .. } if is_tab(msg)));
    let tab = at.and_then(|at| tab_in_indentation(text, at)).or_else(|| after.and_then(next_tab));
    if let Some(tab) = tab {
        let message = "a tab stands among the spaces that begin a line".to_owned();
        return SyntaxError { message, at: Some(tab), hint: Some(INDENT) };
    }
    let (message, hint) = match error {
        // The fault is in what the alias repeats.
        Error::AliasError { error, .. } => words(error),
        error => words(error),
    };
    SyntaxError { message, at, hint }
}

/// Whether the parser minds a tab.
fn is_tab(message: &str) -> bool {
    message.ends_with(" a tab") || message.starts_with("tab")
}

/// The byte of a place; mistakes of the grammar have a place in characters only.
fn offset(location: &Location, text: &str) -> Option<usize> {
    let span = location.span();
    if let Some(byte) = span.byte_offset() {
        return usize::try_from(byte).ok().filter(|byte| text.is_char_boundary(*byte));
    }
    let characters = usize::try_from(span.offset()).ok()?;
    text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(characters)
}

/// The tab among the blanks that begin the line of a place.
fn tab_in_indentation(text: &str, at: usize) -> Option<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..];
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    line[..blanks].find('\t').map(|tab| start + tab)
}

/// The message, and what to do.
fn words(error: &Error) -> (String, Option<&'static str>) {
    let (message, hint) = match error {
        Error::ExternalMessage { msg, .. } => return grammar(msg),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
            return (format!("the key{key} is written twice"), Some("leave one of them out"));
        }
        Error::NonFiniteFloat { value, .. } => {
            return (format!("{value} is no number that a scenario can hold"), None);
        }
        Error::MultipleDocuments { .. } => {
            ("a second document begins here", Some("write one document a file, without ---"))
        }
        Error::UnknownAnchor { .. } => (
            "an alias names an anchor that was not written before it",
            Some("write &name before what *name repeats, or quote a text that begins with *"),
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            ("an alias repeats what it stands in", Some("write it out"))
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            ("the document grows too large or too deep here", Some(NESTING))
        }
        Error::NullIntoString { .. } | Error::Unexpected { .. } => {
            ("a key is a text, and this is none", Some("quote the key"))
        }
        Error::InvalidScalar { .. } | Error::InvalidBinaryBase64 { .. } => {
            ("the value is not what its tag says", Some("leave the tag out"))
        }
        Error::MergeValueNotMapOrSeqOfMaps { .. } => ("<< merges maps, and this is none", None),
        Error::Eof { .. } => ("the text ends too early", None),
        _ => ("this is nothing that a scenario can hold", None),
    };
    (message.to_owned(), hint)
}

/// What breaks the grammar; what is met most often is said in plain words.
fn grammar(message: &str) -> (String, Option<&'static str>) {
    let message = message.lines().next().unwrap_or_default();
    // What the parser was about is the reader's guess as well as ours.
    let found = message.strip_prefix("while ").and_then(|rest| rest.split_once(", "));
    let message = found.map_or(message, |(_, found)| found);
    let plain = [
        ("mapping values are not allowed", "a key with its value can not stand here", QUOTE),
        ("illegal placement of ':'", "a key with its value can not stand here", QUOTE),
        ("sequence entries are not allowed", "an item of a list can not stand here", QUOTE),
        ("expected '-'", "an item of the list, which begins with -, is expected here", QUOTE),
        ("expected key", "a key of the map is expected here", QUOTE),
        ("unknown escape", "a backslash stands before what it can not change", BACKSLASH),
        ("unexpected character", "a value can not begin with this character", QUOTE),
        ("recursion limit", "lists and maps are nested too deep here", NESTING),
    ];
    match plain.iter().find(|(theirs, ..)| message.contains(theirs)) {
        Some((_, ours, hint)) => ((*ours).to_owned(), Some(hint)),
        None => (message.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use crate::experiment::scenario::load::{Syntax, parse};

    #[test]
    fn a_mistake_is_placed_where_it_stands_and_said_without_a_word_of_the_parser() {
        for (text, at, words) in [
            ("name: a\nname: b\n", "name: b", "the key name is written twice"),
            ("a: 1\n---\nb: 2\n", "b: 2", "a second document"),
            ("a: 1\nb: &x [*x]\n", "*x]", "repeats what it stands in"),
            ("\u{e4}: 1\nb: *x\n", "*x", "an anchor that was not written"),
            ("a: 1\nb: .nan\n", ".nan", "no number that a scenario can hold"),
            ("a: 1\n~: 4\n", "~", "a key is a text"),
            ("a: 1\n? [b]\n: 2\n", "[b]", "a key is a text"),
            ("a: 1\nb: @c\n", "@c", "can not begin with this character"),
            ("a: 1\n b: 2\n", ": 2", "a key with its value can not stand here"),
            ("\u{e4}: 1\nb:\n  c: 1\n\td: 2\n", "\td", "a tab stands among the spaces"),
            ("a:\n\t- b\n", "\t- b", "a tab stands among the spaces"),
            ("a:\n  - b\n  c: 1\n", "c: 1", "an item of the list"),
            ("a: 1\nb: \"\\q\"\n", "\"\\q", "a backslash"),
            ("a: 1\nb: \"c\n", "\"c", "unclosed quote"),
        ] {
            let error = parse(text, 0, Syntax::Yaml).unwrap_err();
            assert!(error.message.contains(words), "{text:?}: {error:?}");
            let place = &text[error.at.unwrap()..];
            assert!(place.starts_with(at), "{text:?}: {place:?}, {error:?}");
        }
    }

    #[test]
    fn what_grows_too_large_or_too_deep_is_refused_in_plain_words() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let alias = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{alias}]\n"));
        }
        let deep = format!("a: {}{}", "[".repeat(2_000), "]".repeat(2_000));
        for text in [bomb, deep] {
            let error = parse(&text, 0, Syntax::Yaml).unwrap_err();
            assert!(error.message.contains("too deep"), "{error:?}");
            assert!(error.hint.is_some() && error.at.is_some(), "{error:?}");
        }
    }
}
