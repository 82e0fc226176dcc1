//! What is wrong with a scenario: place, value, what would be accepted, what to do next.
//!
//! Several independent mistakes are reported at once. The texts they point into travel with them,
//! so that a command line can draw an underline; [`ScenarioErrors::render_plain`] draws one too.

use super::path::Path;
use super::place::{Extent, SourceSpan, SourceText, Sources, Spot};
use serde_json::Value;
use std::fmt::{self, Write as _};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// Where it was written, if it was.
    pub place: Option<SourceSpan>,
    /// The path of the value, as `--set` would name it; empty for the whole file.
    pub path: String,
    /// What is wrong, with the value.
    pub message: String,
    /// What would be accepted.
    pub accepted: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
}

/// All that is wrong with a scenario; never empty. The scenario can not be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioErrors {
    /// In the order of the file, as far as it is known.
    pub errors: Vec<ScenarioError>,
    /// The texts that places point into.
    pub sources: Vec<SourceText>,
}

impl ScenarioErrors {
    /// The text that a place points into.
    #[must_use]
    pub fn text_of(&self, place: &SourceSpan) -> Option<&str> {
        self.sources.iter().find(|s| s.name == place.file).map(|s| s.text.as_str())
    }

    /// Every mistake with its line and a caret underline, without colour.
    #[must_use]
    pub fn render_plain(&self) -> String {
        let mut out = String::new();
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            // Writing to a string can not go wrong.
            let _ = self.render_one(error, &mut out);
        }
        out
    }

    fn render_one(&self, error: &ScenarioError, out: &mut String) -> fmt::Result {
        writeln!(out, "error: {}", error.message)?;
        let line = error.place.as_ref().and_then(|place| {
            let text = self.text_of(place)?;
            Some((place, text.lines().nth(place.line - 1)?))
        });
        if let Some((place, line)) = line {
            let number = place.line.to_string();
            let margin = " ".repeat(number.len());
            match place.file.starts_with("--") {
                true => writeln!(out, "{margin}--> {}", place.file)?,
                false => {
                    writeln!(out, "{margin}--> {}:{}:{}", place.file, place.line, place.column)?;
                }
            }
            let before: String = line.chars().take(place.column - 1).map(blank).collect();
            let marked = line.chars().skip(place.column - 1).count();
            let carets = self.chars_of(place).clamp(1, marked.max(1));
            writeln!(out, "{margin} |\n{number} | {line}")?;
            writeln!(out, "{margin} | {before}{}", "^".repeat(carets))?;
        } else if let Some(place) = &error.place {
            writeln!(out, " --> {}", place.file)?;
        }
        if !error.path.is_empty() {
            writeln!(out, "  at: {}", error.path)?;
        }
        if let Some(accepted) = &error.accepted {
            writeln!(out, "  accepted: {accepted}")?;
        }
        if let Some(hint) = &error.hint {
            writeln!(out, "  hint: {hint}")?;
        }
        Ok(())
    }

    fn chars_of(&self, place: &SourceSpan) -> usize {
        self.text_of(place)
            .and_then(|text| text.get(place.offset..place.offset + place.length))
            .map_or(1, |text| text.chars().count())
    }
}

fn blank(c: char) -> char {
    if c == '\t' { '\t' } else { ' ' }
}

impl fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render_plain().trim_end())
    }
}

impl std::error::Error for ScenarioErrors {}

/// A mistake before its place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) accepted: Option<String>,
    pub(super) hint: Option<String>,
}

impl Complaint {
    /// Says what is wrong, with the value.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), accepted: None, hint: None }
    }

    /// Takes over a message of another floor, whose hint is on a line of its own.
    pub(super) fn of(error: &impl fmt::Display) -> Self {
        let text = error.to_string();
        let (message, hint) = match text.split_once("\nhint: ") {
            Some((message, hint)) => (message, Some(hint.to_owned())),
            None => (text.as_str(), None),
        };
        Self { message: message.to_owned(), accepted: None, hint }
    }

    /// Says what would be accepted.
    pub(super) fn accepted(mut self, accepted: impl Into<String>) -> Self {
        self.accepted = Some(accepted.into());
        self
    }

    /// Says what to do next.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Suggests the known name that is most like the one written, if any is.
    pub(super) fn did_you_mean<'a>(
        self,
        written: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match nearest(written, known) {
            Some(name) => self.hint(format!("did you mean {name}?")),
            None => self,
        }
    }
}

/// The known name most like the written one, if it is like it at all; ties: the first.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in known {
        let name_lower = name.to_lowercase();
        let likeness = strsim::jaro_winkler(&lower, &name_lower);
        // One wrong letter of a short name is a large part of it.
        let slip = lower.len() > 2 && strsim::damerau_levenshtein(&lower, &name_lower) == 1;
        if (likeness > 0.8 || slip) && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}

/// A value as it is quoted in a message: one line, cut short.
pub(super) fn quote(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text,
    }
}

/// Collects mistakes and warnings against one document.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) sources: Sources,
    pub(super) spots: Spot,
    /// The document, for the names in paths.
    pub(super) root: Value,
    pub(super) errors: Vec<ScenarioError>,
    pub(super) warnings: Vec<String>,
}

impl Report {
    /// Nothing wrong yet.
    pub(super) fn new(sources: Sources, spots: Spot) -> Self {
        Self { sources, spots, root: Value::Null, errors: Vec::new(), warnings: Vec::new() }
    }

    /// A mistake in the value at `path`.
    pub(super) fn error(&mut self, path: &Path, complaint: Complaint) {
        self.push(self.spots.find(path), path, complaint);
    }

    /// A mistake in the key at `path`.
    pub(super) fn key_error(&mut self, path: &Path, complaint: Complaint) {
        self.push(self.spots.find_key(path), path, complaint);
    }

    /// A mistake in a text that is not, or not yet, a value of the document.
    pub(super) fn error_in(&mut self, extent: Option<Extent>, complaint: Complaint) {
        self.push(extent, &Path::default(), complaint);
    }

    /// A doubt about the value at `path` that does not stop a run.
    pub(super) fn warn(&mut self, path: &Path, text: &str) {
        let path = path.display(&self.root);
        self.warnings.push(if path.is_empty() {
            text.to_owned()
        } else {
            format!("{path}: {text}")
        });
    }

    /// The value, or nothing and a mistake.
    pub(super) fn ok<T>(&mut self, path: &Path, result: Result<T, Complaint>) -> Option<T> {
        result.map_err(|complaint| self.error(path, complaint)).ok()
    }

    fn push(&mut self, extent: Option<Extent>, path: &Path, complaint: Complaint) {
        let Complaint { message, accepted, hint } = complaint;
        let place = extent.and_then(|extent| self.sources.span(extent));
        let path = path.display(&self.root);
        self.errors.push(ScenarioError { place, path, message, accepted, hint });
    }

    /// The mistakes in order of place, if there are any.
    pub(super) fn failed(&mut self) -> Result<(), ScenarioErrors> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let mut errors = std::mem::take(&mut self.errors);
        let rank = |e: &ScenarioError| {
            let place = e.place.as_ref()?;
            let source = self.sources.0.iter().position(|s| s.name == place.file);
            Some((source, place.offset))
        };
        errors.sort_by_key(rank);
        errors.dedup();
        Err(ScenarioErrors { errors, sources: self.sources.0.clone() })
    }
}
