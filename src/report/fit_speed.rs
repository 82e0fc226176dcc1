//! Fitted speeds as a piece of a scenario.
//!
//! Pure: a fit in, text out. Only what a scenario would take is a key; the rest are comments.

use super::output_file::{OutputKind, starts_with};
use crate::batch::checkpoint::Speed;
use crate::ec2::catalog::Catalog;
use crate::experiment::fit_speed::{FittedSpeeds, MachineSpeed};

const HEAD: &str = "# Relative speeds, fitted by `batchcast trace fit-speed`\n";

/// A mapping as a file of its own.
pub static MAPPING: OutputKind = OutputKind {
    name: "mapping of speeds",
    option: "--out",
    is_earlier: |path| starts_with(path, HEAD),
};

/// The mapping `machineSpeed` to paste into a scenario with this catalog, with comments that say
/// where it is from. Machines that are no family and no type of the catalog are comments too.
///
/// ```
/// use batchcast::ec2::catalog::Catalog;
/// use batchcast::experiment::fit_speed::FittedSpeeds;
/// let nothing = FittedSpeeds {
///     reference: "c6i".to_owned(),
///     machines: vec![],
///     apart: vec![],
///     tasks: 0,
///     rows: 0,
///     spread: None,
///     logs: vec![],
/// };
/// let text = batchcast::report::fit_speed::yaml(&nothing, &Catalog::embedded());
/// assert!(text.ends_with("machineSpeed: {}\n"));
/// ```
#[must_use]
pub fn yaml(fitted: &FittedSpeeds, catalog: &Catalog) -> String {
    let mut text = HEAD.to_owned();
    for log in &fitted.logs {
        let (path, rows) = (log.path.display().to_string(), log.tally.used);
        text += &comment(&format!("from {path}: {rows} of {} rows", log.tally.rows));
    }
    text += &comment(&format!(
        "{} tasks ran on more than one machine; run times are to be stated for {}",
        fitted.tasks, fitted.reference
    ));
    for group in &fitted.apart {
        text += &comment(&format!("share no task with {}: {}", fitted.reference, group.join(", ")));
    }
    let (mut keys, mut others) = (String::new(), String::new());
    for machine in &fitted.machines {
        let line = format!("{}  # {}", key(machine), told(machine, &fitted.reference));
        match usable(machine, catalog) {
            true => keys += &format!("  {line}\n"),
            false => others += &comment(&line),
        }
    }
    if !others.is_empty() {
        text += "# No family and no instance type, or no speed that a scenario takes; see whether \
                 the names\n# that are left are meant as EC2's:\n";
        text += &others;
    }
    match keys.is_empty() {
        true => text + "machineSpeed: {}\n",
        false => text + "machineSpeed:\n" + &keys,
    }
}

/// The machines that a scenario does not know by these names.
#[must_use]
pub fn unknown<'a>(fitted: &'a FittedSpeeds, catalog: &Catalog) -> Vec<&'a str> {
    let machines = fitted.machines.iter().map(|machine| machine.machine.as_str());
    machines.filter(|name| !is_known(name, catalog)).collect()
}

fn is_known(name: &str, catalog: &Catalog) -> bool {
    catalog.iter().any(|(_, t)| t.name == name || t.family == name)
}

fn usable(machine: &MachineSpeed, catalog: &Catalog) -> bool {
    is_known(&machine.machine, catalog)
        && rounded(machine.speed).parse().ok().and_then(Speed::new).is_some()
}

fn key(machine: &MachineSpeed) -> String {
    format!("{}: {}", machine.machine, rounded(machine.speed))
}

fn told(machine: &MachineSpeed, reference: &str) -> String {
    if machine.machine == reference {
        return "the reference".to_owned();
    }
    let of = format!("{} tasks, {} rows", machine.tasks, machine.rows);
    match machine.interval {
        Some((low, high)) => format!("{} to {}, {of}", rounded(low), rounded(high)),
        None => format!("too few rows for an interval, {of}"),
    }
}

fn rounded(speed: f64) -> String {
    format!("{speed:.4}")
}

/// A line of comment: what a log calls a machine may not end it.
fn comment(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("# {printable}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(name: &str, speed: f64) -> MachineSpeed {
        let interval = (speed != 1.0).then_some((speed / 2.0, speed * 2.0));
        MachineSpeed { machine: name.to_owned(), speed, interval, tasks: 3, rows: 40 }
    }

    fn fitted(machines: &[(&str, f64)]) -> FittedSpeeds {
        FittedSpeeds {
            reference: "c6i".to_owned(),
            machines: machines.iter().map(|(name, speed)| machine(name, *speed)).collect(),
            apart: vec![vec!["p3".to_owned(), "p4d".to_owned()]],
            tasks: 3,
            rows: 80,
            spread: Some(1.2),
            logs: vec![],
        }
    }

    #[test]
    fn families_and_types_are_keys_and_what_is_neither_is_a_comment() {
        let fit = fitted(&[("c6i", 1.0), ("m5.large", 0.81234), ("node\n1: x", 2.0), ("r5", 1e-9)]);
        let text = yaml(&fit, &Catalog::embedded());
        let read: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let keys = serde_json::json!({"machineSpeed": {"c6i": 1.0, "m5.large": 0.8123}});
        assert_eq!(read, keys, "{text}");
        for line in ["  c6i: 1.0000  # the reference", "# share no task with c6i: p3, p4d"] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(text.contains("0.4062 to 1.6247, 3 tasks, 40 rows"), "{text}");
        assert!(text.lines().all(|l| l.starts_with(['#', 'm', ' '])), "{text}");
        assert_eq!(unknown(&fit, &Catalog::embedded()), ["node\n1: x"]);
    }
}
