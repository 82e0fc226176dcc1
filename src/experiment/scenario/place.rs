//! Where each value of a scenario was written: a tree of extents beside the tree of values.
//!
//! The tree follows the values through includes and overrides, so that an error found late still
//! points at the text that caused it, whichever file or `--set` that is.

use super::path::{Path, Step};
use std::collections::BTreeMap;

/// A place in a text, as a reader counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpan {
    /// The file as it was named, or the option: `--set path=value`.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// From 0, in bytes of the whole text.
    pub offset: usize,
    /// In bytes; 0 marks a point.
    pub length: usize,
}

/// One text that a scenario was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The file as it was named, or the option: `--set path=value`.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// A stretch of one text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) source: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Every text of a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources(pub(super) Vec<SourceText>);

impl Sources {
    /// Adds a text; the result names it in extents.
    pub(super) fn add(&mut self, name: String, text: String) -> usize {
        self.0.push(SourceText { name, text });
        self.0.len() - 1
    }

    /// Counts lines and columns. An extent over several lines is cut at the end of its first.
    pub(super) fn span(&self, extent: Extent) -> Option<SourceSpan> {
        let source = self.0.get(extent.source)?;
        let text = &source.text;
        let start = floor_boundary(text, extent.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
        let end = floor_boundary(text, extent.end.clamp(start, line_end));
        let written = text[start..end].trim_end().len();
        Some(SourceSpan {
            file: source.name.clone(),
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            offset: start,
            length: written,
        })
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Where a value, its key and everything below were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Spot {
    pub(super) key: Option<Extent>,
    pub(super) value: Option<Extent>,
    pub(super) children: BTreeMap<Step, Spot>,
}

impl Spot {
    /// A value without parts.
    pub(super) fn leaf(key: Option<Extent>, value: Extent) -> Self {
        Self { key, value: Some(value), children: BTreeMap::new() }
    }

    /// Marks this value and all below as written at one place.
    pub(super) fn of_value(value: &serde_json::Value, extent: Extent) -> Self {
        let mut spot = Self::leaf(None, extent);
        match value {
            serde_json::Value::Object(map) => {
                for (key, below) in map {
                    spot.children.insert(Step::Key(key.clone()), Self::of_value(below, extent));
                }
            }
            serde_json::Value::Array(items) => {
                for (index, below) in items.iter().enumerate() {
                    spot.children.insert(Step::Index(index), Self::of_value(below, extent));
                }
            }
            _ => {}
        }
        spot
    }

    /// The text of the value at `path`, or of the nearest thing above it that was written.
    pub(super) fn find(&self, path: &Path) -> Option<Extent> {
        let mut best = self.value;
        let mut here = self;
        for step in &path.0 {
            match here.children.get(step) {
                Some(below) => here = below,
                None => return here.key.or(best),
            }
            best = here.value.or(here.key).or(best);
        }
        best
    }

    /// The text of the key at `path`, or what [`find`](Self::find) gives.
    pub(super) fn find_key(&self, path: &Path) -> Option<Extent> {
        self.below(path).and_then(|spot| spot.key).or_else(|| self.find(path))
    }

    /// The extents of what stands at `path`, if it was written as such.
    pub(super) fn below(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |spot, step| spot.children.get(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_counts_lines_and_columns_from_one_and_stops_at_the_line() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml".into(), "ä: 1\nb: [2,\n 3]\n".into());
        let span = sources.span(Extent { source, start: 9, end: 16 }).unwrap();
        assert_eq!((span.line, span.column, span.length), (2, 4, 3));
    }
}
