//! What differs between two resolved scenarios, by path, as a plan of changes shows it.
//!
//! Items of a list that has names are matched by name, others by position; a list of plain values
//! is one value. What a study says of itself (its name, its question, its variants) is no change of
//! what is simulated.

use super::path::{Path, item_name};
use serde::Serialize;
use serde_json::Value;

/// One value that is not the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// As `--set` would name it.
    pub path: String,
    /// `None` when it was added.
    pub before: Option<Value>,
    /// `None` when it was taken away.
    pub after: Option<Value>,
}

/// What a study says of itself.
const NOT_SIMULATED: [&str; 3] = ["name", "question", "study"];

/// The changes from one resolved scenario to another, in the order of its keys.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut walk = Walk { before, after, found: Vec::new() };
    walk.objects(&Place::default(), before, after, &NOT_SIMULATED);
    walk.found
}

/// The same place in both documents; its indices may differ.
#[derive(Clone, Default)]
struct Place {
    before: Path,
    after: Path,
}

impl Place {
    fn key(&self, key: &str) -> Self {
        Self { before: self.before.key(key), after: self.after.key(key) }
    }

    fn items(&self, before: usize, after: usize) -> Self {
        Self { before: self.before.index(before), after: self.after.index(after) }
    }
}

struct Walk<'a> {
    before: &'a Value,
    after: &'a Value,
    found: Vec<Change>,
}

impl Walk<'_> {
    fn value(&mut self, list: &str, place: &Place, before: &Value, after: &Value) {
        match (before, after) {
            (Value::Object(_), Value::Object(_)) => self.objects(place, before, after, &[]),
            (Value::Array(old), Value::Array(new)) if of_maps(old) && of_maps(new) => {
                self.lists(list, place, old, new);
            }
            _ if before != after => self.push(place, Some(before), Some(after)),
            _ => {}
        }
    }

    fn objects(&mut self, place: &Place, before: &Value, after: &Value, skipped: &[&str]) {
        let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else { return };
        let added = new.keys().filter(|key| !old.contains_key(*key));
        for key in old.keys().chain(added).filter(|key| !skipped.contains(&key.as_str())) {
            let place = place.key(key);
            match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) => self.value(key, &place, old, new),
                (old, new) => self.push(&place, old, new),
            }
        }
    }

    fn lists(&mut self, list: &str, place: &Place, old: &[Value], new: &[Value]) {
        let named = is_named(list, old) && is_named(list, new);
        let partner = |position: usize| match named {
            true => new.iter().position(|i| item_name(list, i) == item_name(list, &old[position])),
            false => Some(position).filter(|position| *position < new.len()),
        };
        let partners: Vec<Option<usize>> = (0..old.len()).map(partner).collect();
        for (index, before) in old.iter().enumerate() {
            match partners[index] {
                Some(at) => self.value("", &place.items(index, at), before, &new[at]),
                None => self.push(&place.items(index, index), Some(before), None),
            }
        }
        for (index, after) in new.iter().enumerate() {
            if !partners.contains(&Some(index)) {
                self.push(&place.items(index, index), None, Some(after));
            }
        }
        let moved = partners.iter().flatten().is_sorted();
        if !moved {
            // All there, in another order: the order itself is the change.
            let names = |items: &[Value]| -> Value {
                items.iter().filter_map(|item| item_name(list, item)).collect()
            };
            self.push(place, Some(&names(old)), Some(&names(new)));
        }
    }

    fn push(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        let path = match after {
            Some(_) => place.after.display(self.after),
            None => place.before.display(self.before),
        };
        self.found.push(Change { path, before: before.cloned(), after: after.cloned() });
    }
}

fn of_maps(items: &[Value]) -> bool {
    items.iter().all(Value::is_object)
}

/// Whether every item has a name of its own.
fn is_named(list: &str, items: &[Value]) -> bool {
    let names: Vec<_> = items.iter().map(|item| item_name(list, item)).collect();
    let once = |(at, name): (usize, &Option<&str>)| name.is_some() && !names[..at].contains(name);
    names.iter().enumerate().all(once)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(before: &Value, after: &Value) -> Vec<String> {
        let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
        let line = |c: &Change| format!("{} {} {}", c.path, text(&c.before), text(&c.after));
        changes(before, after).iter().map(line).collect()
    }

    fn environment(name: &str, max: u32) -> Value {
        json!({"computeEnvironmentName": name, "computeResources":
            {"maxvCpus": max, "instanceTypes": ["c6i"]}})
    }

    #[test]
    fn items_are_matched_by_name_and_shown_by_it() {
        let before = json!({"computeEnvironments": [environment("a", 1), environment("b", 2)]});
        let after = json!({"computeEnvironments": [environment("b", 3), environment("c", 4)]});
        let found = shown(&before, &after);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("computeEnvironments[a] {") && found[0].ends_with(" -"));
        assert_eq!(found[1], "computeEnvironments[b].computeResources.maxvCpus 2 3");
        assert!(found[2].starts_with("computeEnvironments[c] - {"), "{found:?}");
    }

    #[test]
    fn another_order_of_named_items_is_one_change() {
        let list =
            |names: [&str; 2]| json!({"jobQueues": names.map(|n| json!({"jobQueueName": n}))});
        let found = shown(&list(["a", "b"]), &list(["b", "a"]));
        assert_eq!(found, [r#"jobQueues ["a","b"] ["b","a"]"#]);
    }

    #[test]
    fn lists_of_values_are_values_and_a_study_is_no_change() {
        let before = json!({"name": "a", "study": {"variants": {}}, "retry": [1, 2], "seed": 1});
        let after = json!({"name": "b", "question": "?", "retry": [], "seed": 1, "horizon": "1h"});
        assert_eq!(shown(&before, &after), ["retry [1,2] []", r#"horizon - "1h""#]);
    }
}
