//! Which scenario an argument means: a file, a folder, or a study that the program carries.

use super::Failure;
use batchcast::experiment::embedded::{self, CarriedFile, DEFAULT_STUDY, EMBEDDED};
use batchcast::experiment::scenario::{LoadOptions, Scenario, ScenarioSource, load};
use std::path::Path;

/// A scenario and the files that are not on disk.
pub(super) struct Opened {
    pub(super) scenario: Scenario,
    pub(super) carried: &'static [CarriedFile],
    /// Where it came from.
    pub(super) place: String,
}

/// Opens what `argument` names; nothing named is the default study.
///
/// What exists on disk comes before an embedded study of the same name.
pub(super) fn open(argument: Option<&str>, options: &LoadOptions) -> Result<Opened, Failure> {
    let name = argument.unwrap_or(DEFAULT_STUDY);
    let path = Path::new(name);
    let on_disk = argument.is_some() && path.exists();
    if let Some(study) = embedded::find(name).filter(|_| !on_disk) {
        let scenario = load(&study.source(), options)?;
        return Ok(Opened { scenario, carried: study.files, place: format!("embedded {name}") });
    }
    let looks_like_a_path = name.contains(['/', '\\']) || path.extension().is_some();
    if !on_disk && !looks_like_a_path {
        return Err(Failure::input(unknown(name)));
    }
    let scenario = load(&ScenarioSource::path(path), options)?;
    Ok(Opened { scenario, carried: &[], place: name.to_owned() })
}

fn unknown(name: &str) -> String {
    let studies: Vec<&str> = EMBEDDED.iter().map(|study| study.name).collect();
    let message = format!(
        "{name:?} is no scenario; expected a file, a folder, or one of {}",
        studies.join(", ")
    );
    match embedded::nearest(name) {
        Some(study) => format!("{message}\nhint: did you mean {study}?"),
        None => format!("{message}\nhint: `batchcast list` shows what comes with the program"),
    }
}
