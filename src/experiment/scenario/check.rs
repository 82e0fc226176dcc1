//! The structural check: keys, types, ranges and names of a document against the schema.
//!
//! Reports every mistake it finds and drops what has no meaning, so that the typed shapes can be
//! read afterwards without surprise. Does not look anything up across the document.

use super::choice::{ANY_CASE, NOT_MODELLED};
use super::error::{Complaint, Report, nearest, quote};
use super::keys::{KeyClass, class_of};
use super::path::Path;
use super::scalar;
use super::schema::{SCHEMA, Shape};
use serde_json::{Map, Value};

/// Checks `value` and drops nulls and keys without meaning from it.
pub(super) fn check(value: &mut Value, schema: &Value, strict: bool, report: &mut Report) {
    Walk { schema, strict, report }.value(value, Shape::root(schema), &Path::default());
}

/// Checks an item of the list that a scenario has at `key`, before the whole is looked at.
pub(super) fn check_item(item: &mut Value, key: &str, path: &Path, report: &mut Report) {
    let schema = &*SCHEMA;
    let list = Shape::root(schema).property(key);
    if let Some(schema_of_item) = list.and_then(|list| list.schema.get("items")) {
        let shape = Shape { schema: schema_of_item, kind: "" };
        Walk { schema, strict: false, report }.value(item, shape, path);
    }
}

struct Walk<'a> {
    schema: &'a Value,
    strict: bool,
    report: &'a mut Report,
}

impl<'a> Walk<'a> {
    fn value(&mut self, value: &mut Value, shape: Shape<'a>, path: &Path) {
        let alternatives = shape.alternatives(self.schema);
        let Some(shape) = alternatives.iter().find(|shape| takes(shape.schema, value)) else {
            self.wrong_type(value, &alternatives, path);
            return;
        };
        match value {
            Value::Object(map) => self.object(map, *shape, path),
            Value::Array(items) => {
                let Some(schema) = shape.schema.get("items") else { return };
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(item, Shape { schema, kind: "" }, &path.index(index));
                }
                self.length(items.len(), shape.schema, path);
            }
            scalar => self.scalar(scalar, shape.schema, &alternatives, path),
        }
    }

    fn object(&mut self, map: &mut Map<String, Value>, shape: Shape<'a>, path: &Path) {
        map.retain(|_, value| !value.is_null());
        let mut meant = Vec::new();
        map.retain(|key, value| self.keeps(key, value, shape, &path.key(key), &mut meant));
        for (key, value) in map.iter_mut() {
            if let Some(below) = shape.property(key) {
                self.value(value, below, &path.key(key));
            }
        }
        let required = shape.schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            // A misspelt key is one mistake, not two.
            if !map.contains_key(key) && !meant.contains(&key) {
                let complaint = Complaint::new(format!("{key} is missing"));
                self.report.key_error(path, complaint);
            }
        }
    }

    /// Whether a key stays in the document; what is wrong with one that does not is reported, and
    /// which key was probably `meant`.
    fn keeps(
        &mut self,
        key: &str,
        value: &Value,
        shape: Shape<'a>,
        path: &Path,
        meant: &mut Vec<&'a str>,
    ) -> bool {
        match class_of(shape.kind, key) {
            Some(KeyClass::Dropped) => return false,
            Some(KeyClass::Unmodelled) if says_nothing(value) => return false,
            Some(KeyClass::Refused(_)) if is_empty(value) => return false,
            Some(KeyClass::Unmodelled) if self.strict => {
                let complaint = Complaint::new(format!("{key} is not modelled"));
                let hint = "leave it out, or run without --strict to ignore it";
                self.report.key_error(path, complaint.hint(hint));
                return false;
            }
            Some(KeyClass::Unmodelled) => {
                self.report.warn(path, "not modelled, ignored");
                return false;
            }
            Some(KeyClass::Refused(instead)) => {
                let complaint = Complaint::new(format!("{key} is not modelled yet"));
                self.report.key_error(path, complaint.hint(instead));
                return false;
            }
            None => {}
        }
        if shape.property(key).is_some() || shape.is_open() {
            return true;
        }
        meant.extend(nearest(key, shape.legal_keys()));
        let keys: Vec<_> = shape.keys().collect();
        let others = match shape.legal_keys().count() > keys.len() {
            true => ", and keys of AWS that are ignored",
            false => "",
        };
        let complaint = Complaint::new(format!("unknown key {key}"))
            .accepted(format!("{}{others}", keys.join(", ")))
            .did_you_mean(key, shape.legal_keys());
        self.report.key_error(path, complaint);
        false
    }

    fn scalar(&mut self, value: &Value, schema: &Value, alternatives: &[Shape<'_>], path: &Path) {
        if let Some(kind) = schema.get(scalar::KEYWORD).and_then(Value::as_str) {
            let checked = scalar::check(kind, value);
            self.report.ok(path, checked);
            return;
        }
        let complaint = wrong_choice(value, schema).or_else(|| out_of_range(value, schema));
        if let Some(complaint) = complaint.or_else(|| wrong_length(value, schema)) {
            let complaint = match alternatives {
                [_] => complaint,
                several => complaint.accepted(described(several)),
            };
            self.report.error(path, complaint);
        }
    }

    fn length(&mut self, length: usize, schema: &Value, path: &Path) {
        if let Some(most) = schema.get("maxItems").and_then(Value::as_u64)
            && length as u64 > most
        {
            let complaint = Complaint::new(format!("{length} entries are too many"));
            self.report.error(path, complaint.accepted(format!("at most {most}")));
        }
        if let Some(least) = schema.get("minItems").and_then(Value::as_u64)
            && (length as u64) < least
        {
            let complaint = Complaint::new(format!("{length} entries are too few"));
            self.report.error(path, complaint.accepted(format!("at least {least}")));
        }
    }

    fn wrong_type(&mut self, value: &Value, alternatives: &[Shape<'_>], path: &Path) {
        // A text among choices is a wrong name rather than a wrong type.
        let choices = alternatives.iter().find_map(|shape| wrong_choice(value, shape.schema));
        let complaint = choices
            .filter(|_| value.is_string())
            .unwrap_or_else(|| Complaint::new(format!("{} is {}", quote(value), type_of(value))));
        self.report.error(path, complaint.accepted(described(alternatives)));
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a value is what AWS prints where nobody has asked for anything: no amount, no text, or a
/// map of nothing else than empty lists, maps and texts.
fn says_nothing(value: &Value) -> bool {
    let is_hollow = value.as_object().is_some_and(|map| map.values().all(is_empty));
    is_hollow || is_empty(value) || *value == 0
}

/// What any of the alternatives accepts.
fn described(alternatives: &[Shape<'_>]) -> String {
    let each: Vec<_> = alternatives.iter().map(|shape| describe(shape.schema)).collect();
    each.join(", or ")
}

/// Whether a value is of the type that a schema asks for, or of a kind that reads it.
fn takes(schema: &Value, value: &Value) -> bool {
    if schema.get(scalar::KEYWORD).is_some() {
        return !value.is_object() && !value.is_array();
    }
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        // A whole number out of the key's range is told from one of the wrong type later.
        "integer" => value.is_i64() || value.is_u64(),
        _ => value.is_null(),
    };
    match schema.get("type") {
        Some(Value::String(name)) => is(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

/// The values that a schema lists, and whether they may be written in any case.
fn choices(schema: &Value) -> Option<(&[Value], bool)> {
    let listed = |keyword| schema.get(keyword).and_then(Value::as_array).map(Vec::as_slice);
    listed("enum").map(|all| (all, false)).or_else(|| listed(ANY_CASE).map(|all| (all, true)))
}

fn wrong_choice(value: &Value, schema: &Value) -> Option<Complaint> {
    let (choices, any_case) = choices(schema)?;
    let text = value.as_str().unwrap_or_default();
    let names: Vec<_> = choices.iter().filter_map(Value::as_str).collect();
    let same = |name: &&str| any_case && name.eq_ignore_ascii_case(text);
    if choices.contains(value) || names.iter().any(same) {
        return None;
    }
    if let Some(instead) = schema.get(NOT_MODELLED).and_then(|all| all.get(text)?.as_str()) {
        let complaint = Complaint::new(format!("{text} is not modelled yet"));
        return Some(complaint.accepted(names.join(", ")).hint(instead));
    }
    let complaint = Complaint::new(format!("{} is not one of the choices", quote(value)));
    Some(complaint.accepted(names.join(", ")).did_you_mean(text, names.iter().copied()))
}

fn out_of_range(value: &Value, schema: &Value) -> Option<Complaint> {
    let (least, most) = (schema.get("minimum"), schema.get("maximum"));
    let bound = |bound: Option<&Value>| bound.and_then(Value::as_f64);
    let number = value.as_f64()?;
    let low = bound(least).is_some_and(|least| number < least);
    let high = bound(most).is_some_and(|most| number > most);
    let beyond = |bits: u32| number < 0.0 || number >= (1_u64 << bits) as f64;
    let format = schema.get("format").and_then(Value::as_str);
    let wide = match format {
        Some("uint8") => beyond(8),
        Some("uint16") => beyond(16),
        Some("uint32") => beyond(32),
        Some("int32") => number.abs() >= (1_u64 << 31) as f64,
        _ => false,
    };
    if !low && !high && !wide {
        return None;
    }
    let complaint = Complaint::new(format!("{} is out of range", quote(value)));
    Some(complaint.accepted(describe(schema)))
}

/// A text that is too short or too long, counted in characters.
fn wrong_length(value: &Value, schema: &Value) -> Option<Complaint> {
    let length = value.as_str()?.chars().count() as u64;
    let bound = |keyword| schema.get(keyword).and_then(Value::as_u64);
    let (least, most) = (bound("minLength").unwrap_or(0), bound("maxLength").unwrap_or(u64::MAX));
    if (least..=most).contains(&length) {
        return None;
    }
    let complaint = Complaint::new(format!("a text of {length} characters"));
    Some(complaint.accepted(match most {
        u64::MAX => format!("at least {least} characters"),
        _ => format!("{least} to {most} characters"),
    }))
}

/// What a schema accepts, in words.
fn describe(schema: &Value) -> String {
    if let Some((choices, _)) = choices(schema) {
        let names: Vec<_> = choices.iter().filter_map(Value::as_str).collect();
        return names.join(", ");
    }
    if let Some(kind) = schema.get(scalar::KEYWORD).and_then(Value::as_str) {
        let complaint = scalar::check(kind, &Value::Null).err();
        return complaint.and_then(|c| c.accepted).unwrap_or_else(|| kind.to_owned());
    }
    let noun = match schema.get("type").and_then(Value::as_str) {
        Some("object") => "a map of keys",
        Some("array") => "a list",
        Some("string") => "a text",
        Some("boolean") => "true or false",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        _ => "a value",
    };
    let keys = schema.get("properties").and_then(Value::as_object);
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) => format!("{noun}, {least} to {most}"),
        (Some(least), None) => format!("{noun}, {least} or more"),
        (None, Some(most)) => format!("{noun}, at most {most}"),
        (None, None) => match keys.filter(|keys| keys.len() <= 12) {
            Some(keys) => {
                format!("a map of {}", keys.keys().cloned().collect::<Vec<_>>().join(", "))
            }
            None => noun.to_owned(),
        },
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map of keys",
    }
}
