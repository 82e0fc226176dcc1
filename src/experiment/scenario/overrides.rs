//! Overrides: `--set path=value`, and the paths of variants and grids.
//!
//! A path must be legal by the schema and its list items must exist; what lies between may be
//! created. The value is checked later, with everything else.

use super::error::{Complaint, Report, quote};
use super::load;
use super::path::{self, Path, Selector, Step, child, item_name};
use super::place::{Extent, Spot};
use super::schema::Shape;
use serde_json::{Map, Value, json};

/// Sets `path` to the value that `text` is in YAML's flow style; mistakes go to the report.
///
/// `lead` is what stood before the path where it was written, such as `--set `.
pub(super) fn set(
    document: &mut Value,
    lead: &str,
    (path, text): (&str, &str),
    schema: &Value,
    report: &mut Report,
) {
    let written = format!("{path}={text}");
    let source = report.sources.add(format!("{lead}{written}"), written.clone());
    let part = |start, end| Extent { source, start, end };
    let value = part(path.len() + 1, written.len());
    let resolved =
        resolve(path, document, schema).map_err(|complaint| (part(0, path.len()), complaint));
    let parsed = load::parse_flow(text).map_err(|error| {
        let complaint = error.complaint(&format!("{text:?} is no value: "));
        (value, complaint.accepted("YAML in flow style, such as 512, c6i.large or [a, b]"))
    });
    match resolved.and_then(|resolved| Ok((resolved, parsed?))) {
        Ok((resolved, parsed)) => {
            place(&mut report.spots, &resolved, Spot::of_value(&parsed, value));
            write(document, &resolved, parsed);
        }
        Err((extent, complaint)) => report.error_in(Some(extent), complaint),
    }
}

/// Sets `path` to a value that stands in the document itself, at `written`.
pub(super) fn set_value(
    document: &mut Value,
    written: &Path,
    (path, value): (&str, &Value),
    schema: &Value,
    report: &mut Report,
) {
    match resolve(path, document, schema) {
        Ok(resolved) => {
            let spot = report.spots.below(written).cloned().unwrap_or_default();
            place(&mut report.spots, &resolved, spot);
            write(document, &resolved, value.clone());
        }
        Err(complaint) => report.error_in(report.spots.find_key(written), complaint),
    }
}

/// The place that a written path means in this document.
pub(super) fn resolve(text: &str, document: &Value, schema: &Value) -> Result<Path, Complaint> {
    let selectors = path::parse(text).map_err(|(at, why)| {
        Complaint::new(format!("{text:?} is no path: {why} (at character {})", at + 1))
            .accepted("computeEnvironments[spot].computeResources.maxvCpus, for example")
    })?;
    let mut path = Path::default();
    let mut here = Some(document);
    let mut shape = Shape::root(schema);
    let mut list = String::new();
    if matches!(selectors.first(), Some(Selector::Key(key)) if key == "include") {
        let complaint = Complaint::new("include is read before any value is set");
        return Err(complaint.hint(
            "set a value of what is included, such as computeEnvironments[spot].state, or write \
             another scenario",
        ));
    }
    for selector in selectors {
        let (step, below) = match selector {
            Selector::Key(key) => key_step(key, shape, here, schema, &path.display(document))?,
            Selector::Item(item) => match shape.object(schema) {
                Some(_) => key_step(item, shape, here, schema, &path.display(document))?,
                None => item_step(&item, &list, shape, here, schema)?,
            },
        };
        here = here.and_then(|value| child(value, &step));
        list = if let Step::Key(key) = &step { key.clone() } else { String::new() };
        path.0.push(step);
        shape = below;
    }
    Ok(path)
}

fn key_step<'a>(
    key: String,
    shape: Shape<'a>,
    here: Option<&Value>,
    schema: &'a Value,
    at: &str,
) -> Result<(Step, Shape<'a>), Complaint> {
    let place = if at.is_empty() { "the scenario" } else { at };
    let Some(object) = shape.object(schema) else {
        let complaint = Complaint::new(format!("{place} has no keys, so no {key}"));
        return Err(complaint.hint("name an item of a list in brackets, such as jobQueues[q]"));
    };
    let whole = here.filter(|value| !value.is_object() && !value.is_null());
    if let Some(value) = whole.filter(|_| at != "profile") {
        return Err(Complaint::new(format!("{place} is {}, not a map of keys", quote(value))));
    }
    match object.property(&key) {
        Some(below) => Ok((Step::Key(key), below)),
        None => {
            let keys: Vec<_> = object.keys().collect();
            Err(Complaint::new(format!("unknown key {key} in {place}"))
                .accepted(keys.join(", "))
                .did_you_mean(&key, keys.iter().copied()))
        }
    }
}

fn item_step<'a>(
    item: &str,
    list: &str,
    shape: Shape<'a>,
    here: Option<&Value>,
    schema: &'a Value,
) -> Result<(Step, Shape<'a>), Complaint> {
    let arrays = shape.alternatives(schema);
    let Some(below) = arrays.iter().find_map(|shape| shape.schema.get("items")) else {
        return Err(Complaint::new(format!("{list} is no list, so it has no item {item}")));
    };
    let none = Vec::new();
    let items = here.and_then(Value::as_array).unwrap_or(&none);
    let named = items.iter().position(|value| item_name(list, value) == Some(item));
    let index = named.or_else(|| item.parse().ok().filter(|index| *index < items.len()));
    let Some(index) = index else {
        let names: Vec<_> = items.iter().filter_map(|value| item_name(list, value)).collect();
        let accepted = match names.is_empty() {
            true => format!("an index below {}", items.len()),
            false => names.join(", "),
        };
        return Err(Complaint::new(format!("{list} has no item {item}"))
            .accepted(accepted)
            .did_you_mean(item, names));
    };
    Ok((Step::Index(index), Shape { schema: below, kind: "" }))
}

/// Writes a value; maps on the way are created, and a profile's name becomes its base.
fn write(document: &mut Value, path: &Path, value: Value) {
    let mut here = document;
    for step in &path.0 {
        here = match step {
            Step::Key(key) => {
                if let Value::String(base) = here {
                    *here = json!({"base": base});
                }
                if !here.is_object() {
                    *here = Value::Object(Map::new());
                }
                &mut here[key.as_str()]
            }
            Step::Index(index) => &mut here[*index],
        };
    }
    *here = value;
}

fn place(spots: &mut Spot, path: &Path, spot: Spot) {
    let mut here = spots;
    for step in &path.0 {
        here = here.children.entry(step.clone()).or_default();
    }
    let key = here.key;
    *here = spot;
    here.key = here.value.or(key);
}

#[cfg(test)]
mod tests {
    use super::super::schema::SCHEMA;
    use super::*;

    fn document() -> Value {
        json!({
            "profile": "ideal",
            "computeEnvironments": [
                {"computeEnvironmentName": "spot", "computeResources": {"maxvCpus": 1}}
            ],
        })
    }

    fn resolved(text: &str) -> Result<String, String> {
        let path = resolve(text, &document(), &SCHEMA).map_err(|c| format!("{c:?}"))?;
        Ok(path.display(&document()))
    }

    #[test]
    fn a_path_is_legal_when_the_schema_has_it_and_its_items_exist() {
        for text in [
            "computeEnvironments[spot].computeResources.maxvCpus",
            "computeEnvironmentModels.spot.userData",
            "profile.cyclePeriod",
            "seed",
        ] {
            assert_eq!(resolved(text).unwrap(), text);
        }
        let index = resolved("computeEnvironments[0].computeResources.minvCpus").unwrap();
        assert_eq!(index, "computeEnvironments[spot].computeResources.minvCpus");
    }

    #[test]
    fn an_unknown_path_says_what_was_meant() {
        let error = resolved("computeEnvironments[spot].computeResources.maxVcpus").unwrap_err();
        assert!(error.contains("did you mean maxvCpus?"), "{error}");
        let error = resolved("computeEnvironments[spt].state").unwrap_err();
        assert!(error.contains("did you mean spot?"), "{error}");
        assert!(resolved("computeEnvironments[1].state").is_err());
        assert!(resolved("seed.x").is_err());
        assert!(resolved("a..b").is_err());
    }

    #[test]
    fn what_is_included_can_not_be_set() {
        for text in ["include", "include[0]", "include[0].file"] {
            let error = resolved(text).unwrap_err();
            assert!(error.contains("read before any value is set"), "{text}: {error}");
        }
    }

    #[test]
    fn setting_a_parameter_of_a_named_profile_keeps_its_base() {
        let mut value = document();
        let path = resolve("profile.cyclePeriod", &value, &SCHEMA).unwrap();
        write(&mut value, &path, json!("1s"));
        assert_eq!(value["profile"], json!({"base": "ideal", "cyclePeriod": "1s"}));
    }
}
