//! Where the parts of a JSON text were written, and whether a key is written twice.
//!
//! Reads only what the JSON parser has accepted, so it checks no grammar and goes no deeper than
//! the parser does. The parser itself keeps the last of two equal keys silently.

use super::SyntaxError;
use crate::experiment::scenario::path::Step;
use crate::experiment::scenario::place::{Extent, Spot};

/// The places of a text that was accepted.
///
/// # Errors
/// When a map has a key twice.
pub(super) fn spots(text: &str, source: usize) -> Result<Spot, SyntaxError> {
    Scan { text, source, at: 0 }.value(None)
}

struct Scan<'a> {
    text: &'a str,
    source: usize,
    /// The byte to read next.
    at: usize,
}

impl Scan<'_> {
    fn value(&mut self, key: Option<Extent>) -> Result<Spot, SyntaxError> {
        let first = self.next();
        let start = self.at;
        let mut spot = Spot::leaf(key, self.since(start));
        match first {
            Some(b'{') => self.members(&mut spot)?,
            Some(b'[') => self.items(&mut spot)?,
            Some(b'"') => self.skip_text(),
            _ => self.skip_while(|byte| !matches!(byte, b',' | b']' | b'}') && !is_blank(byte)),
        }
        spot.value = Some(self.since(start));
        Ok(spot)
    }

    fn members(&mut self, spot: &mut Spot) -> Result<(), SyntaxError> {
        self.at += 1;
        while self.next() == Some(b'"') {
            let start = self.at;
            self.skip_text();
            let key = self.since(start);
            let name = serde_json::from_str::<String>(&self.text[start..self.at]);
            let name = name.unwrap_or_default();
            self.pass(b':');
            let below = self.value(Some(key))?;
            if spot.children.contains_key(&Step::Key(name.clone())) {
                return Err(SyntaxError::repeats(&name, Some(start)));
            }
            spot.children.insert(Step::Key(name), below);
            self.pass(b',');
        }
        self.pass(b'}');
        Ok(())
    }

    fn items(&mut self, spot: &mut Spot) -> Result<(), SyntaxError> {
        self.at += 1;
        while self.next().is_some_and(|byte| byte != b']') {
            let below = self.value(None)?;
            spot.children.insert(Step::Index(spot.children.len()), below);
            self.pass(b',');
        }
        self.pass(b']');
        Ok(())
    }

    /// From its opening quote to behind its closing one.
    fn skip_text(&mut self) {
        let mut escaped = true;
        self.skip_while(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            !ends
        });
        self.pass(b'"');
    }

    /// The first byte behind blanks.
    fn next(&mut self) -> Option<u8> {
        self.skip_while(is_blank);
        self.text.as_bytes().get(self.at).copied()
    }

    fn pass(&mut self, byte: u8) {
        self.at += usize::from(self.next() == Some(byte));
    }

    fn skip_while(&mut self, mut passes: impl FnMut(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| passes(**byte)).count();
    }

    fn since(&self, start: usize) -> Extent {
        Extent { source: self.source, start, end: self.at }
    }
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::scenario::load::{Syntax, parse};

    #[test]
    fn a_key_that_is_written_twice_is_refused_where_it_stands_again() {
        let text = r#"{"a": {"b": 1, "c": [], "\u0062" : 2}}"#;
        let error = parse(text, 0, Syntax::Json).unwrap_err();
        assert_eq!(error.message, "the key b is written twice");
        assert!(text[error.at.unwrap()..].starts_with(r#""\u0062""#), "{error:?}");
        assert!(error.hint.is_some());
        assert!(parse(r#"{"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}"#, 0, Syntax::Json).is_ok());
    }

    #[test]
    fn every_part_of_a_text_has_its_place() {
        let text =
            "{\r\n \"q\\\"\": \"\\ud83d\\ude00 \\\\\",\"e\":{ },\t\"l\" : [ -1e3 ,[],null]\n}\n";
        let spot = spots(text, 3).unwrap();
        let place = |extent: Option<Extent>| &text[extent.unwrap().start..extent.unwrap().end];
        assert_eq!(place(spot.value), text.trim_end());
        let part = |key: &str| &spot.children[&Step::Key(key.to_owned())];
        assert_eq!(
            (place(part("q\"").key), place(part("q\"").value)),
            ("\"q\\\"\"", "\"\\ud83d\\ude00 \\\\\"")
        );
        assert_eq!(place(part("e").value), "{ }");
        let items = part("l").children.values().map(|item| place(item.value));
        assert_eq!(items.collect::<Vec<_>>(), ["-1e3", "[]", "null"]);
        assert_eq!(part("l").value.unwrap().source, 3);
    }
}
