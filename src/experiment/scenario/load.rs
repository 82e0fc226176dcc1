//! Texts to documents: YAML, JSON and TOML become one value and the place of each part.
//!
//! The only place that names the YAML and TOML crates. Knows no key. YAML and JSON are read twice:
//! a parser gives the value, of YAML with limits on aliases and depth, and only what it accepts is
//! read again for places. What a parser has against a text is said in words of our own
//! (`yaml_fault`).

mod json_places;
mod yaml_fault;

use super::error::Complaint;
use super::path::Step;
use super::place::{Extent, Spot};
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Value};

/// How a text is written, told by the file's extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Yaml,
    Json,
    Toml,
}

impl Syntax {
    /// YAML unless the name ends otherwise.
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".json") {
            Self::Json
        } else if name.ends_with(".toml") {
            Self::Toml
        } else {
            Self::Yaml
        }
    }
}

impl std::fmt::Display for Syntax {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Toml => "TOML",
        })
    }
}

/// A value and where its parts were written.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) spots: Spot,
}

/// Why a text is no document, and where it stops being one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) at: Option<usize>,
    pub(super) hint: Option<&'static str>,
}

impl SyntaxError {
    fn new(message: String, at: Option<usize>) -> Self {
        Self { message, at, hint: None }
    }

    /// A map has a key again.
    fn repeats(key: &str, at: Option<usize>) -> Self {
        let message = format!("the key {key} is written twice");
        Self { message, at, hint: Some("leave one of them out") }
    }

    /// The mistake without its place; `lead` stands before the message.
    pub(super) fn complaint(&self, lead: &str) -> Complaint {
        let complaint = Complaint::new(format!("{lead}{}", self.message));
        match self.hint {
            Some(hint) => complaint.hint(hint),
            None => complaint,
        }
    }
}

/// Reads a text whose place is `source`.
///
/// # Errors
/// When the text breaks its syntax, repeats a key, nests too deep or holds a number that is none.
pub(super) fn parse(text: &str, source: usize, syntax: Syntax) -> Result<Document, SyntaxError> {
    match syntax {
        Syntax::Yaml => Ok(Document { value: yaml_value(text)?, spots: yaml_spots(text, source) }),
        Syntax::Json => {
            let value = json_value(text)?;
            Ok(Document { value, spots: json_places::spots(text, source)? })
        }
        Syntax::Toml => toml_document(text, source),
    }
}

/// Reads the value of an override: YAML in flow style.
///
/// # Errors
/// When the text breaks the syntax.
pub(super) fn parse_flow(text: &str) -> Result<Value, SyntaxError> {
    yaml_value(text)
}

fn yaml_value(text: &str) -> Result<Value, SyntaxError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
    };
    serde_saphyr::from_str_with_options::<Option<Value>>(text, options)
        .map(Option::unwrap_or_default)
        .map_err(|error| yaml_fault::said(error.without_snippet(), text))
}

fn json_value(text: &str) -> Result<Value, SyntaxError> {
    serde_json::from_str(text).map_err(|error| {
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let before: usize = lines.map(str::len).sum();
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        SyntaxError::new(message.to_owned(), Some((before + error.column()).saturating_sub(1)))
    })
}

/// Places of a text that was accepted; none where the second parser differs from the first.
fn yaml_spots(text: &str, source: usize) -> Spot {
    // The parser counts characters; extents count bytes.
    let mut offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
    offsets.push(text.len());
    let tree = MarkedYaml::load_from_str(text).ok().and_then(|mut all| all.pop());
    let places = YamlPlaces { text, offsets, source };
    tree.map_or_else(Spot::default, |node| places.spot(None, &node))
}

struct YamlPlaces<'a> {
    text: &'a str,
    offsets: Vec<usize>,
    source: usize,
}

impl YamlPlaces<'_> {
    fn extent(&self, node: &MarkedYaml<'_>) -> Extent {
        let offset =
            |index: usize| self.offsets.get(index).or(self.offsets.last()).copied().unwrap_or(0);
        let (start, end) = (offset(node.span.start.index()), offset(node.span.end.index()));
        // The parser leaves the closing bracket of a flow collection out.
        let open = |bracket| self.text[start..].starts_with(bracket);
        let closed = |bracket| self.text[end..].starts_with(bracket);
        let bracket = (open('[') && closed(']')) || (open('{') && closed('}'));
        Extent { source: self.source, start, end: end + usize::from(bracket) }
    }

    fn spot(&self, key: Option<Extent>, node: &MarkedYaml<'_>) -> Spot {
        let mut spot = Spot::leaf(key, self.extent(node));
        match &node.data {
            YamlData::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    spot.children.insert(Step::Index(index), self.spot(None, item));
                }
            }
            YamlData::Mapping(entries) => {
                for (key, value) in entries {
                    let Some(name) = key_text(key) else { continue };
                    let below = self.spot(Some(self.extent(key)), value);
                    spot.children.insert(Step::Key(name), below);
                }
            }
            YamlData::Tagged(_, inner) => return self.spot(key, inner),
            _ => {}
        }
        spot
    }
}

fn key_text(key: &MarkedYaml<'_>) -> Option<String> {
    match &key.data {
        YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
        YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
        YamlData::Value(Scalar::Boolean(flag)) => Some(flag.to_string()),
        YamlData::Representation(text, ..) => Some(text.to_string()),
        _ => None,
    }
}

fn toml_document(text: &str, source: usize) -> Result<Document, SyntaxError> {
    let table = toml::de::DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| span.start);
        SyntaxError::new(error.message().to_owned(), at)
    })?;
    let extent = |span: std::ops::Range<usize>| Extent { source, start: span.start, end: span.end };
    let mut spots = Spot::leaf(None, extent(table.span()));
    let value = toml_table(table.get_ref(), &mut spots, &extent)?;
    Ok(Document { value, spots })
}

type ToExtent<'a> = &'a dyn Fn(std::ops::Range<usize>) -> Extent;

fn toml_table(
    table: &toml::de::DeTable<'_>,
    spot: &mut Spot,
    extent: ToExtent<'_>,
) -> Result<Value, SyntaxError> {
    let mut map = Map::new();
    for (key, value) in table {
        let mut below = Spot::leaf(Some(extent(key.span())), extent(value.span()));
        let name = key.get_ref().to_string();
        map.insert(name.clone(), toml_value(value, &mut below, extent)?);
        spot.children.insert(Step::Key(name), below);
    }
    Ok(Value::Object(map))
}

fn toml_value(
    value: &toml::Spanned<toml::de::DeValue<'_>>,
    spot: &mut Spot,
    extent: ToExtent<'_>,
) -> Result<Value, SyntaxError> {
    use toml::de::DeValue;
    let number = |text: &str| {
        serde_json::from_str::<serde_json::Number>(text).map(Value::Number).map_err(|_| {
            let message = format!("{text} is no number that a scenario can hold");
            SyntaxError::new(message, Some(value.span().start))
        })
    };
    match value.get_ref() {
        DeValue::String(text) => Ok(Value::String(text.to_string())),
        DeValue::Integer(integer) if integer.radix() == 10 => {
            number(integer.as_str().trim_start_matches('+'))
        }
        DeValue::Integer(integer) => {
            let parsed = u64::from_str_radix(integer.as_str(), integer.radix());
            parsed.map(Value::from).or_else(|_| number(integer.as_str()))
        }
        DeValue::Float(float) => number(float.as_str().trim_start_matches('+')),
        DeValue::Boolean(flag) => Ok(Value::Bool(*flag)),
        DeValue::Datetime(datetime) => Ok(Value::String(datetime.to_string())),
        DeValue::Array(items) => {
            let mut array = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let mut below = Spot::leaf(None, extent(item.span()));
                array.push(toml_value(item, &mut below, extent)?);
                spot.children.insert(Step::Index(index), below);
            }
            Ok(Value::Array(array))
        }
        DeValue::Table(table) => toml_table(table, spot, extent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_json_and_toml_say_the_same() {
        let expected = json!({"a": {"b": [1, "2", 0.5, true]}});
        for (text, syntax) in [
            ("a: {b: [1, \"2\", 0.5, true]}", Syntax::Yaml),
            ("{\n\t\"a\": {\"b\": [1, \"2\", 0.5, true]}}", Syntax::Json),
            ("[a]\nb = [1, \"2\", 0.5, true]", Syntax::Toml),
        ] {
            let document = parse(text, 0, syntax).unwrap();
            assert_eq!(document.value, expected, "{text}");
            let b =
                &document.spots.children[&Step::Key("a".into())].children[&Step::Key("b".into())];
            let second = b.children[&Step::Index(1)].value.unwrap();
            assert_eq!(&text[second.start..second.end], "\"2\"", "{syntax:?}");
        }
    }

    #[test]
    fn what_a_scenario_can_not_hold_is_refused() {
        for bad in ["a: 1\na: 2", "a: .nan", "a: .inf", "a: [1", "a: *b"] {
            assert!(parse(bad, 0, Syntax::Yaml).is_err(), "{bad}");
        }
        assert!(parse("a = nan", 0, Syntax::Toml).is_err());
        assert!(parse("{\"a\": }", 0, Syntax::Json).is_err());
    }

    #[test]
    fn yaml_words_stay_words() {
        let value = parse_flow("{on: no, version: 2026-07-20, price: \"1.00\", no: yes}").unwrap();
        assert_eq!(
            value,
            json!({"on": "no", "version": "2026-07-20", "price": "1.00", "no": "yes"})
        );
    }
}
