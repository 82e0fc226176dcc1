//! The JSON schema of a scenario, made from the types that read it.
//!
//! One schema serves editors, `batchcast schema` and our own check of keys and types, so they can
//! not disagree.

use super::keys::{KeyClass, class_of, keys_of};
use super::raw;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The JSON schema of a scenario file (draft 2020-12).
#[must_use]
pub fn schema() -> Value {
    SCHEMA.clone()
}

/// The same, shared: reading a scenario walks it several times.
pub(super) static SCHEMA: LazyLock<Value> = LazyLock::new(build);

fn build() -> Value {
    let mut schema = schemars::schema_for!(raw::Scenario).to_value();
    schema["title"] = Value::from("Batchcast scenario");
    add_other_keys("Scenario", &mut schema);
    if let Some(defs) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for (kind, def) in defs {
            add_other_keys(kind, def);
        }
    }
    close_objects(&mut schema);
    schema
}

/// AWS keys that are dropped or warned of are legal in a file; those that are refused are not.
fn add_other_keys(kind: &str, schema: &mut Value) {
    let Some(keys) = keys_of(kind) else { return };
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for key in keys.all() {
        let text = match class_of(kind, key) {
            Some(KeyClass::Unmodelled) => "not modelled: a warning",
            Some(KeyClass::Dropped) => "no meaning here: ignored",
            _ => "not modelled yet: must be empty",
        };
        let mut property = json!({"description": text});
        if let Some(KeyClass::Refused(_)) = class_of(kind, key) {
            property["enum"] = json!([null, [], {}]);
        }
        properties.insert(key.to_owned(), property);
    }
}

/// No object takes keys that it does not list; no key may be null for want of a value.
fn close_objects(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties") && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            drop_null(map);
            map.values_mut().for_each(close_objects);
        }
        Value::Array(items) => items.iter_mut().for_each(close_objects),
        _ => {}
    }
}

/// `Option` makes `type: [x, null]` or `anyOf: [x, null]`; absent keys are said by `required`.
fn drop_null(map: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(options)) = map.get_mut("anyOf") {
        options.retain(|option| *option != json!({"type": "null"}));
        if let [Value::Object(only)] = options.as_slice() {
            let only = only.clone();
            map.remove("anyOf");
            for (key, value) in only {
                map.entry(key).or_insert(value);
            }
        }
    }
}

/// A place in the schema: what a value may be, and the name of its type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    pub(super) schema: &'a Value,
    pub(super) kind: &'a str,
}

impl<'a> Shape<'a> {
    /// The shape of a whole scenario.
    pub(super) fn root(schema: &'a Value) -> Self {
        Self { schema, kind: "Scenario" }
    }

    fn resolve(self, root: &'a Value) -> Self {
        let name = self.schema.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|name| name.strip_prefix("#/$defs/"));
        match name.and_then(|name| Some((name, root.get("$defs")?.get(name)?))) {
            Some((kind, schema)) => Self { schema, kind },
            None => self,
        }
    }

    /// What the value may be: references followed, alternatives laid open.
    pub(super) fn alternatives(self, root: &'a Value) -> Vec<Self> {
        let here = self.resolve(root);
        match here.schema.get("anyOf").and_then(Value::as_array) {
            None => vec![here],
            Some(options) => options
                .iter()
                .map(|schema| Self { schema, kind: here.kind }.resolve(root))
                .collect(),
        }
    }

    /// The alternative that is an object.
    pub(super) fn object(self, root: &'a Value) -> Option<Self> {
        self.alternatives(root).into_iter().find(|shape| shape.schema["type"] == "object")
    }

    /// The shape of the value of `key`, if the key is legal in an object of this shape.
    pub(super) fn property(self, key: &str) -> Option<Self> {
        let listed = self.schema.get("properties").and_then(|all| all.get(key));
        let other =
            || self.schema.get("additionalProperties").filter(|schema| !schema.is_boolean());
        listed.or_else(other).map(|schema| Self { schema, kind: "" })
    }

    /// The keys that it lists and that are modelled.
    pub(super) fn keys(self) -> impl Iterator<Item = &'a str> {
        self.legal_keys().filter(move |key| class_of(self.kind, key).is_none())
    }

    /// The keys that it lists, but those that are refused.
    pub(super) fn legal_keys(self) -> impl Iterator<Item = &'a str> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        let keys = properties.into_iter().flat_map(Map::keys).map(String::as_str);
        keys.filter(move |key| !matches!(class_of(self.kind, key), Some(KeyClass::Refused(_))))
    }

    /// Whether any key is legal.
    pub(super) fn is_open(self) -> bool {
        match self.schema.get("additionalProperties") {
            None => true,
            Some(schema) => !matches!(schema, Value::Bool(false)),
        }
    }
}
