//! `include: [{file, as}]`: items of other files, appended to a list of the scenario.
//!
//! A file is a bare list, or what `aws batch describe-*` prints: an object with the list in it.

use super::check;
use super::error::{Complaint, Report};
use super::load::{self, Document, Syntax};
use super::path::{Path, Step};
use super::place::{Extent, Spot};
use super::raw::Include;
use super::source::Files;
use serde_json::Value;

/// Appends what `include` names and takes the key away.
pub(super) fn resolve(document: &mut Value, files: &Files, report: &mut Report) {
    let Some(map) = document.as_object_mut() else { return };
    let Some(entries) = map.remove("include") else { return };
    let root = Path::default().key("include");
    let Value::Array(entries) = entries else {
        let complaint = Complaint::new("include is not a list");
        report.error(&root, complaint.accepted("include: [{file: ce.json, as: jobQueues}]"));
        return;
    };
    for (index, mut entry) in entries.into_iter().enumerate() {
        let path = root.index(index);
        let before = report.errors.len();
        check::check_item(&mut entry, "include", &path, report);
        // What the check lets through can be read.
        let include = serde_json::from_value::<Include>(entry);
        if let (Ok(include), true) = (include, report.errors.len() == before) {
            append(document, &include, &path, files, report);
        }
    }
}

fn append(
    document: &mut Value,
    include: &Include,
    path: &Path,
    files: &Files,
    report: &mut Report,
) {
    let file = path.key("file");
    let Some(included) = read(include, &file, files, report) else { return };
    let spots = &mut report.spots;
    let list_spot = spots.children.entry(Step::Key(include.list.clone())).or_default();
    let list = document.as_object_mut().map(|map| map.entry(include.list.clone()));
    let Some(list) = list.map(|entry| entry.or_insert_with(|| Value::Array(Vec::new()))) else {
        return;
    };
    let Value::Array(list) = list else { return };
    for (item, spot) in included {
        list_spot.children.insert(Step::Index(list.len()), spot);
        list.push(item);
    }
}

/// The items of a file with their places.
fn read(
    include: &Include,
    path: &Path,
    files: &Files,
    report: &mut Report,
) -> Option<Vec<(Value, Spot)>> {
    let text = report.ok(path, files.text(&include.file))?;
    let source = report.sources.add(include.file.clone(), text);
    let text = report.sources.0[source].text.clone();
    let parsed = load::parse(&text, source, Syntax::of(&include.file));
    let Document { mut value, mut spots } = match parsed {
        Ok(document) => document,
        Err(error) => {
            let at = error.at.unwrap_or(0);
            let extent = Extent { source, start: at, end: at };
            report.spots.children.insert(Step::Key(String::new()), Spot::leaf(None, extent));
            report.error(&Path::default().key(""), error.complaint(""));
            return None;
        }
    };
    if let Value::Object(map) = &mut value {
        let Some(list) = map.remove(&include.list) else {
            let found: Vec<_> = map.keys().map(String::as_str).collect();
            let complaint =
                Complaint::new(format!("{} has no list {}", include.file, include.list));
            report
                .error(path, complaint.accepted(format!("one of its keys: {}", found.join(", "))));
            return None;
        };
        value = list;
        spots = spots.children.remove(&Step::Key(include.list.clone())).unwrap_or_default();
    }
    let Value::Array(items) = value else {
        let complaint =
            Complaint::new(format!("{} is not a list of {}", include.file, include.list));
        report.error(path, complaint.accepted("a list, or the output of `aws batch describe-*`"));
        return None;
    };
    let places = |index| spots.children.get(&Step::Index(index)).cloned().unwrap_or_default();
    Some(items.into_iter().enumerate().map(|(index, item)| (item, places(index))).collect())
}
