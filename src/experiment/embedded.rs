//! The studies that the program carries, so that it has something to show without a file.
//!
//! One line of the registry a study; its files stand in `scenarios/<name>/`. Knows no key of a
//! scenario.

use super::scenario::ScenarioSource;

/// A study that the program carries.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// Its name, as on the command line.
    pub name: &'static str,
    /// The text of its `scenario.yaml`.
    pub text: &'static str,
    /// The files that it names.
    pub files: &'static [CarriedFile],
}

/// A file that the program carries.
#[derive(Clone, Copy, Debug)]
pub struct CarriedFile {
    /// As the scenario names it.
    pub name: &'static str,
    /// All of it.
    pub bytes: &'static [u8],
}

/// What runs when no scenario is named.
pub const DEFAULT_STUDY: &str = "allocation-strategies";

macro_rules! study {
    ($name:literal $(, $file:literal)*) => {
        Embedded {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, "/scenario.yaml")),
            files: &[$(CarriedFile {
                name: $file,
                bytes: include_bytes!(concat!("../../scenarios/", $name, "/", $file)),
            }),*],
        }
    };
}

/// Every study that the program carries: its name, then the files beside its scenario.
pub static EMBEDDED: &[Embedded] = &[
    study!("allocation-strategies"),
    study!("spot-first"),
    study!("spot-retries"),
    study!("maxvcpus-sizing"),
    study!("keep-warm"),
    study!("instance-sizes"),
    study!("fair-share"),
    study!("dependency-graph"),
    study!("lex-training"),
    study!("workflow-polling", "variants.json"),
    study!("hpc-log-replay", "log.swf.gz"),
    study!("fcfs-oracle"),
];

/// The study of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Embedded> {
    EMBEDDED.iter().find(|study| study.name == name)
}

/// The study whose name is most like `written`, if one is like it at all.
#[must_use]
pub fn nearest(written: &str) -> Option<&'static str> {
    let likeness = |study: &Embedded| strsim::jaro_winkler(written, study.name);
    let names = EMBEDDED.iter().map(|study| (likeness(study), study.name));
    let best = names.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
    best.filter(|(likeness, _)| *likeness > 0.75).map(|(_, name)| name)
}

impl Embedded {
    /// The study as a scenario to load. Files that are no text can be named, not included.
    #[must_use]
    pub fn source(&self) -> ScenarioSource {
        let text = |file: &CarriedFile| {
            let text = std::str::from_utf8(file.bytes).unwrap_or_default();
            (file.name.to_owned(), text.to_owned())
        };
        ScenarioSource::Embedded {
            name: self.name.to_owned(),
            text: self.text.to_owned(),
            files: self.files.iter().map(text).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::scenario::{LoadOptions, load};

    #[test]
    fn every_study_loads_under_its_own_name_and_asks_a_question() {
        for study in EMBEDDED {
            let scenario = load(&study.source(), &LoadOptions::default()).unwrap();
            assert_eq!(scenario.name, study.name);
            assert!(scenario.question.is_some_and(|question| question.ends_with('?')));
        }
        assert!(find(DEFAULT_STUDY).is_some());
    }

    #[test]
    fn a_slip_of_the_pen_finds_the_study() {
        assert_eq!(nearest("fcfs-orakle"), Some("fcfs-oracle"));
        assert_eq!(nearest("allocation-strategy"), Some("allocation-strategies"));
        assert_eq!(nearest("zzz"), None);
    }
}
