//! How a command fails: what is printed, and the exit code.
//!
//! Mistakes in scenarios are underlined in their text; everything else is `error: ...` and
//! `hint: ...`.

use super::output::{say, stderr_is_rich};
use batchcast::experiment::regress::BaselineError;
use batchcast::experiment::replicate::ReplicateError;
use batchcast::experiment::scenario::{ScenarioError, ScenarioErrors};
use batchcast::report::WriteError;
use batchcast::report::fingerprint::FingerprintError;
use batchcast::report::folder::FolderError;
use batchcast::report::output_file::OutputFileError;
use miette::{Diagnostic, GraphicalReportHandler, LabeledSpan, NamedSource, SourceCode};
use std::fmt;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Mistakes in a scenario.
    Scenario(ScenarioErrors),
    /// Thresholds that were not kept, a message each.
    Thresholds(Vec<String>),
    /// The message and its hints, and the exit code.
    Other(String, u8),
}

const RUNTIME: u8 = 1;
const USAGE: u8 = 2;
const INPUT: u8 = 3;
const THRESHOLD: u8 = 4;
/// Ended by the user, as a shell says it: 128 + SIGINT.
pub(super) const INTERRUPTED: u8 = 130;

impl Failure {
    /// The system did not do what was asked of it.
    pub(super) fn runtime(message: impl fmt::Display) -> Self {
        Self::Other(message.to_string(), RUNTIME)
    }

    /// The command line asks for what can not be.
    pub(super) fn usage(message: impl fmt::Display) -> Self {
        Self::Other(message.to_string(), USAGE)
    }

    /// What was to be read is wrong.
    pub(super) fn input(message: impl fmt::Display) -> Self {
        Self::Other(message.to_string(), INPUT)
    }

    /// How a command ends whose results are written: well, unless a threshold is broken.
    pub(super) fn unless_kept(broken: Vec<String>) -> Result<ExitCode, Self> {
        if broken.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Self::Thresholds(broken)) }
    }

    /// What was promised is not kept.
    pub(super) fn broken(message: impl fmt::Display) -> Self {
        Self::Other(message.to_string(), THRESHOLD)
    }

    /// Whether the user ended it.
    pub(super) const fn is_interruption(&self) -> bool {
        matches!(self, Self::Other(_, INTERRUPTED))
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Scenario(_) => INPUT,
            Self::Thresholds(_) => THRESHOLD,
            Self::Other(_, code) => *code,
        })
    }

    /// Says on stderr what is wrong.
    pub(crate) fn print(&self) {
        match self {
            Self::Scenario(errors) if stderr_is_rich() => say(rendered(errors).trim_end()),
            Self::Scenario(errors) => say(errors.render_plain().trim_end()),
            Self::Thresholds(broken) => {
                for message in broken {
                    say_error(message);
                }
            }
            Self::Other(message, _) => say_error(message),
        }
    }
}

/// `error: ...`, hints on lines of their own.
fn say_error(message: &str) {
    let (error, hint) = match stderr_is_rich() {
        true => ("\x1b[1;31merror:\x1b[0m ", "\x1b[1;36mhint:\x1b[0m "),
        false => ("error: ", "hint: "),
    };
    for (index, line) in message.lines().enumerate() {
        match line.trim_start().strip_prefix("hint: ") {
            Some(text) => say(&format!("{hint}{text}")),
            None if index == 0 => say(&format!("{error}{line}")),
            None => say(line),
        }
    }
}

impl From<ScenarioErrors> for Failure {
    fn from(errors: ScenarioErrors) -> Self {
        Self::Scenario(errors)
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        if error.is_usage() { Self::usage(error) } else { Self::runtime(error) }
    }
}

impl From<OutputFileError> for Failure {
    fn from(error: OutputFileError) -> Self {
        if error.is_usage() { Self::usage(error) } else { Self::runtime(error) }
    }
}

impl From<ReplicateError> for Failure {
    fn from(error: ReplicateError) -> Self {
        if error.is_input() { Self::input(error) } else { Self::runtime(error) }
    }
}

impl From<BaselineError> for Failure {
    fn from(error: BaselineError) -> Self {
        if error.is_input() { Self::input(error) } else { Self::runtime(error) }
    }
}

impl From<FingerprintError> for Failure {
    fn from(error: FingerprintError) -> Self {
        match error {
            FingerprintError::Replicate(error) => error.into(),
            FingerprintError::Write(error) => error.into(),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::runtime(error)
    }
}

/// Every mistake, underlined in colour.
fn rendered(errors: &ScenarioErrors) -> String {
    let mut text = String::new();
    for error in &errors.errors {
        let place = error.place.as_ref();
        let source = place.and_then(|place| {
            let text = errors.text_of(place).filter(|text| !text.is_empty())?;
            Some(NamedSource::new(&place.file, text.to_owned()))
        });
        // A writer into a string can not fail.
        let _ = GraphicalReportHandler::new().render_report(&mut text, &Shown { error, source });
    }
    text
}

/// A mistake with the text that it stands in.
#[derive(Debug)]
struct Shown<'a> {
    error: &'a ScenarioError,
    source: Option<NamedSource<String>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let ScenarioError { accepted, hint, .. } = self.error;
        let accepted = accepted.as_ref().map(|accepted| format!("accepted: {accepted}"));
        let lines: Vec<String> = accepted.into_iter().chain(hint.clone()).collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.error.place.as_ref().filter(|_| self.source.is_some())?;
        let path = Some(self.error.path.clone()).filter(|path| !path.is_empty());
        let span = LabeledSpan::new(path, place.offset, place.length.max(1));
        Some(Box::new(std::iter::once(span)))
    }
}
