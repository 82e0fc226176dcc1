//! Variants: a scenario with a few values set, by name, from its own study or from a command line.
//!
//! A variant has no study of its own: the paths of its siblings need not exist in it.

use super::error::{Complaint, Report};
use super::overrides;
use super::path::Path;
use serde_json::Value;

/// Which variant of a scenario is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The one of that name in `study.variants`.
    OfStudy(String),
    /// One that the command line makes.
    Given {
        /// Its name.
        name: String,
        /// Override paths and their values in YAML's flow style, in order.
        sets: Vec<(String, String)>,
    },
}

impl Variant {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::OfStudy(name) | Self::Given { name, .. } => name,
        }
    }
}

/// The variants of a study by name, numbers by their value: `max-512` before `max-1024`.
pub(super) fn names(study: &Value) -> Vec<String> {
    let variants = study["variants"].as_object();
    let mut names: Vec<String> =
        variants.into_iter().flat_map(|variants| variants.keys().cloned()).collect();
    // Names are unique, and break the tie of 07 and 7.
    names.sort_by(|a, b| parts(a).cmp(&parts(b)).then_with(|| a.cmp(b)));
    names
}

/// A name as texts and numbers in turn, a text first.
fn parts(name: &str) -> Vec<(&str, u128)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[text..].find(|c: char| !c.is_ascii_digit());
        let end = digits.map_or(rest.len(), |digits| text + digits);
        // More digits than a number holds count as 0; the name then breaks the tie.
        parts.push((&rest[..text], rest[text..end].parse().unwrap_or(0)));
        rest = &rest[end..];
    }
    parts
}

/// Makes the variant of a document; mistakes go to the report.
pub(super) fn apply(document: &mut Value, variant: &Variant, schema: &Value, report: &mut Report) {
    let study = document.as_object_mut().and_then(|scenario| scenario.remove("study"));
    match variant {
        Variant::Given { name, sets } => {
            for (path, text) in sets {
                let written = format!("--variant {name}:");
                overrides::set(document, &written, (path, text), schema, report);
            }
        }
        Variant::OfStudy(name) => {
            let here = Path::default().key("study").key("variants").key(name);
            let variants = study.as_ref().and_then(|study| study.get("variants"));
            let sets = variants.and_then(|variants| variants.get(name)).and_then(Value::as_object);
            let Some(sets) = sets else {
                let complaint = Complaint::new(format!("the study has no variant {name}"));
                return report.error(&here, complaint);
            };
            for (path, value) in sets {
                overrides::set_value(document, &here.key(path), (path, value), schema, report);
            }
        }
    }
}

/// Whether a scenario or a variant may be called so: its name becomes a folder of results.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    begins && name.len() <= 100 && name.chars().all(legal)
}

/// What [`is_name`] lets through, in words.
pub const NAME_RULE: &str = "up to 100 letters, digits, . _ -, the first a letter or digit";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_in_names_are_sorted_by_value() {
        let mut variants = serde_json::Map::new();
        for name in ["max-1024", "max-512", "b", "a10z2", "a10z", "a9", "max-0512"] {
            variants.insert(name.to_owned(), json!({}));
        }
        let sorted = ["a9", "a10z", "a10z2", "b", "max-0512", "max-512", "max-1024"];
        assert_eq!(names(&json!({"variants": variants})), sorted);
        assert!(names(&Value::Null).is_empty());
    }
}
