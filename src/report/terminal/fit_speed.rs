//! Fitted speeds of machines, a line each.

use super::layout::{Table, wrapped};
use super::quantity::{number, plural};
use crate::ec2::catalog::Catalog;
use crate::experiment::fit_speed::{FittedSpeeds, MachineSpeed};
use crate::report::fit_speed::unknown;

/// How fast each machine is, how sure that is, and what was left out of account.
#[must_use]
pub fn render_speeds(fitted: &FittedSpeeds, catalog: &Catalog) -> String {
    let reference = &fitted.reference;
    let of = format!(
        "{}, {} that ran on more than one of them",
        plural(fitted.rows as f64, "row"),
        plural(fitted.tasks as f64, "task")
    );
    let title = format!("Relative speeds against {reference}, whose speed is 1, from {of}");
    let mut text = wrapped("", 0, &title);
    let mut table = Table::new(30, &["MACHINE", "SPEED", "95% INTERVAL", "TASKS", "ROWS"]);
    for machine in &fitted.machines {
        table.row(cells(machine, reference), String::new());
    }
    text += &table.render();
    if let Some(spread) = fitted.spread {
        let error = format!(
            "A run time differs from what its task and machine say by a factor of {spread:.2}, \
             one standard deviation"
        );
        text += &wrapped("", 0, &error);
    }
    text + &notes(fitted, catalog)
}

fn cells(machine: &MachineSpeed, reference: &str) -> Vec<String> {
    let interval = match machine.interval {
        _ if machine.machine == reference => "reference".to_owned(),
        Some((low, high)) => format!("{low:.3} to {high:.3}"),
        None => "too few rows".to_owned(),
    };
    vec![
        machine.machine.clone(),
        format!("{:.3}", machine.speed),
        interval,
        number(machine.tasks as f64, 0),
        number(machine.rows as f64, 0),
    ]
}

/// What was not used, what can not be compared, and what a scenario would not know.
fn notes(fitted: &FittedSpeeds, catalog: &Catalog) -> String {
    let mut text = String::new();
    for log in &fitted.logs {
        let tally = &log.tally;
        let columns = tally.columns.join(", ");
        let (path, used) = (log.path.display(), number(tally.used as f64, 0));
        let rows = plural(tally.rows as f64, "row");
        text += &wrapped("", 2, &format!("{path}: {used} of {rows} used, by {columns}"));
        for unused in &tally.unused {
            text += &wrapped("not used: ", 10, &unused.told());
        }
    }
    for group in &fitted.apart {
        let warning =
            format!("no task ran on {} and on one of: {}", fitted.reference, group.join(", "));
        text += &wrapped("warning: ", 9, &warning);
    }
    let unknown = unknown(fitted, catalog);
    if !unknown.is_empty() {
        let note = format!(
            "no family and no type of the catalog: {}; a scenario takes no such name, and the \
             others may be other machines too",
            unknown.join(", ")
        );
        text += &wrapped("note: ", 6, &note);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fit_speed::ReadLog;
    use crate::workload::task_log::{TaskLogTally, Unused, UnusedReason};

    #[test]
    fn the_table_says_how_sure_it_is_and_what_it_leaves_out() {
        let machine = |name: &str, speed: f64, interval| MachineSpeed {
            machine: name.to_owned(),
            speed,
            interval,
            tasks: 12,
            rows: 1_234,
        };
        let unused = Unused {
            reason: UnusedReason::NoRunTime,
            column: "realtime".to_owned(),
            rows: 2,
            first_line: 7,
            example: "0".to_owned(),
        };
        let tally = TaskLogTally {
            columns: vec!["process".to_owned()],
            rows: 2_470,
            used: 2_468,
            unused: vec![unused],
        };
        let fitted = FittedSpeeds {
            reference: "c6i".to_owned(),
            machines: vec![
                machine("c6i", 1.0, Some((1.0, 1.0))),
                machine("m5", 0.8, Some((0.75, 0.85))),
                machine("node-7", 1.2, None),
            ],
            apart: vec![vec!["p3".to_owned()]],
            tasks: 12,
            rows: 2_468,
            spread: Some(1.254),
            logs: vec![ReadLog { path: "log.csv".into(), tally }],
        };
        insta::assert_snapshot!(render_speeds(&fitted, &Catalog::embedded()), @r#"
        Relative speeds against c6i, whose speed is 1, from 2,468 rows, 12 tasks that
        ran on more than one of them
        MACHINE   SPEED    95% INTERVAL  TASKS   ROWS
          c6i     1.000       reference     12  1,234
          m5      0.800  0.750 to 0.850     12  1,234
          node-7  1.200    too few rows     12  1,234
        A run time differs from what its task and machine say by a factor of 1.25, one
        standard deviation
        log.csv: 2,468 of 2,470 rows used, by process
        not used: 2 rows no_run_time, first in line 7: realtime "0"; expected a run time
                  above zero
        warning: no task ran on c6i and on one of: p3
        note: no family and no type of the catalog: node-7; a scenario takes no such
              name, and the others may be other machines too
        "#);
    }
}
