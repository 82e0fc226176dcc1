//! Paths into a scenario: `computeEnvironments[spot].computeResources.maxvCpus`.
//!
//! A path that a user writes names list items by name or index ([`Selector`]); a resolved [`Path`]
//! has keys and indices only. Does not know which keys are legal.

use serde_json::Value;

/// The key that names an item of a list, by list.
const NAMED_LISTS: [(&str, &str); 11] = [
    ("computeEnvironments", "computeEnvironmentName"),
    ("jobQueues", "jobQueueName"),
    ("schedulingPolicies", "name"),
    ("shareDistribution", "shareIdentifier"),
    ("consumableResources", "consumableResourceName"),
    ("sharedFileSystems", "name"),
    ("jobDefinitions", "jobDefinitionName"),
    ("instanceTypes", "instanceType"),
    ("workload", "submit.jobName"),
    ("containers", "name"),
    ("initContainers", "name"),
];

/// One step of a resolved path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A resolved place in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    /// This path and one key more.
    pub(super) fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.to_owned()));
        path
    }

    /// This path and one index more.
    pub(super) fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Index(index));
        path
    }

    /// As a user would write it: items by name where `root` knows one.
    pub(super) fn display(&self, root: &Value) -> String {
        let mut text = String::new();
        let mut here = Some(root);
        let mut list = "";
        for step in &self.0 {
            match step {
                Step::Key(key) if plain(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(key);
                }
                Step::Key(key) => text.push_str(&format!("[{key}]")),
                Step::Index(index) => {
                    let item = here.and_then(|v| v.get(index));
                    match item.and_then(|v| item_name(list, v)) {
                        Some(name) => text.push_str(&format!("[{name}]")),
                        None => text.push_str(&format!("[{index}]")),
                    }
                }
            }
            here = here.and_then(|v| child(v, step));
            list = if let Step::Key(key) = step { key } else { "" };
        }
        text
    }
}

fn plain(key: &str) -> bool {
    !key.contains(['.', '[', ']', '='])
}

/// The value one step below.
pub(super) fn child<'a>(value: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    }
}

/// The name of an item of `list`, if items of that list have one.
pub(super) fn item_name<'a>(list: &str, item: &'a Value) -> Option<&'a str> {
    let (_, key) = NAMED_LISTS.iter().find(|(name, _)| *name == list)?;
    key.split('.').try_fold(item, |v, k| v.get(k))?.as_str()
}

/// One step of a path that a user wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    /// `.key`
    Key(String),
    /// `[name or index]`; on a map, a key.
    Item(String),
}

/// Reads `a.b[c].d`.
///
/// # Errors
/// The byte offset where the text stops being a path, and why.
pub(super) fn parse(text: &str) -> Result<Vec<Selector>, (usize, &'static str)> {
    let mut selectors = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').ok_or((at, "this bracket is not closed"))?;
            let item = inner[..end].trim_matches('"');
            if item.is_empty() {
                return Err((at, "these brackets are empty"));
            }
            selectors.push(Selector::Item(item.to_owned()));
            rest = &inner[end + 1..];
            continue;
        }
        let body = match rest.strip_prefix('.') {
            Some(body) if !selectors.is_empty() => body,
            None if selectors.is_empty() => rest,
            _ => return Err((at, "a key follows a dot, and a dot follows a bracket")),
        };
        let end = body.find(['.', '[']).unwrap_or(body.len());
        if end == 0 {
            return Err((at, "a key is missing here"));
        }
        selectors.push(Selector::Key(body[..end].to_owned()));
        rest = &body[end..];
    }
    if selectors.is_empty() { Err((0, "it is empty")) } else { Ok(selectors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_items_by_name_or_index() {
        let key = |s: &str| Selector::Key(s.to_owned());
        let item = |s: &str| Selector::Item(s.to_owned());
        assert_eq!(
            parse("a[spot].b[0].c").unwrap(),
            [key("a"), item("spot"), key("b"), item("0"), key("c")]
        );
        for bad in ["", ".a", "a..b", "a[", "a[]", "a[b]c"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_is_shown_as_a_user_would_write_it() {
        let root = serde_json::json!({"jobQueues": [{"jobQueueName": "q"}]});
        let path = Path::default().key("jobQueues").index(0).key("priority");
        assert_eq!(path.display(&root), "jobQueues[q].priority");
    }
}
