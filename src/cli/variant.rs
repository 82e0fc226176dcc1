//! `--variant NAME:PATH=VALUE[,PATH=VALUE]...`: values are YAML in flow style, so a comma separates
//! only outside of brackets, braces and quotes.

use super::options::path_and_value;
use batchcast::experiment::scenario::{NAME_RULE, Variant, is_name};

const EXPECTED: &str = "expected NAME:PATH=VALUE[,PATH=VALUE]..., such as short:horizon=1h";

/// Reads the argument of `--variant`; values are looked at with the scenario.
pub(super) fn variant(text: &str) -> Result<Variant, String> {
    let (name, changes) = text.split_once(':').ok_or(EXPECTED)?;
    if !is_name(name) {
        return Err(format!("{name:?} is no name of a variant, that is {NAME_RULE}; {EXPECTED}"));
    }
    let sets: Result<Vec<_>, String> = split(changes).into_iter().map(path_and_value).collect();
    let sets = sets.map_err(|why| format!("variant {name}: {why}"))?;
    Ok(Variant::Given { name: name.to_owned(), sets })
}

/// Splits at the commas outside of all brackets and quotes.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    let mut quote = None;
    let mut escaped = false;
    // What stood before, blanks aside: a quote opens only where a value or a key begins.
    let mut before = '=';
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            if c == open && !escaped {
                quote = None;
            }
            escaped = open == '"' && c == '\\' && !escaped;
        } else {
            match c {
                // A doubled quote is one inside of quotes: it opens them again at once.
                '"' | '\'' if "=,:[{".contains(before) || before == c => quote = Some(c),
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    parts.push(&text[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_only_outside_of_brackets_braces_and_quotes() {
        for (text, parts) in [
            ("a=1,b[x].c=2", &["a=1", "b[x].c=2"][..]),
            ("a=[1, {b: 2, c: 3}],d=4", &["a=[1, {b: 2, c: 3}]", "d=4"]),
            (r#"a="x,y",b='it''s, so',c=2"#, &[r#"a="x,y""#, "b='it''s, so'", "c=2"]),
            (r#"a="x\",y",b=1"#, &[r#"a="x\",y""#, "b=1"]),
            ("a=it's,b=1", &["a=it's", "b=1"]),
            ("a=[\"]\", 1],b=2", &["a=[\"]\", 1]", "b=2"]),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }

    #[test]
    fn a_variant_has_a_name_and_at_least_one_value() {
        let sets = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "[2,3]".to_owned())];
        let expected = Variant::Given { name: "x-1".to_owned(), sets };
        assert_eq!(variant("x-1:a=1, b=[2,3]"), Ok(expected));
        for bad in ["a=1", "x:", "x:a", "x:a=1,", ":a=1", "../x:a=1", "a.b=12:30"] {
            assert!(variant(bad).is_err(), "{bad}");
        }
    }
}
