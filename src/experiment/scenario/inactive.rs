//! INACTIVE revisions of a description of job definitions: only that they are there is read.
//!
//! An account keeps the revisions that it has deregistered for months; whatever they say, nothing
//! can be submitted with them, so nothing in them is a mistake (behaviour 4.3).

use serde_json::Value;

/// What is read of an INACTIVE revision.
const KEPT: [&str; 3] = ["jobDefinitionName", "revision", "status"];

/// Cuts INACTIVE revisions down to their name and number.
pub(super) fn cut(document: &mut Value) {
    let list = document.get_mut("jobDefinitions").and_then(Value::as_array_mut);
    for definition in list.into_iter().flatten().filter_map(Value::as_object_mut) {
        if definition.get("status").and_then(Value::as_str) == Some("INACTIVE") {
            definition.retain(|key, _| KEPT.contains(&key.as_str()));
        }
    }
}
