//! `trace fit-speed`, and the page that shows it.

use super::home::Home;
use crate::markdown::{commands, read};

/// A scenario that says nothing of speeds.
const STUDY: &str = include_str!("../../scenarios/spot-first/scenario.yaml");

const LOG: &str = "task,machine,run_time\n\
    align,c6i.large,100\nalign,c6i.large,104\nalign,m5.large,125\nalign,m5.xlarge,131\n\
    sort,c6i.large,20\nsort,m5.large,26\nsort,m5.large,0\n\
    call,c6i.xlarge,300\ncall,m5.xlarge,370\n";

#[test]
fn speeds_are_a_table_or_a_mapping_that_a_scenario_takes() {
    let home = Home::new("trace-fit");
    home.write("log.csv", LOG);
    let fit = ["trace", "fit-speed", "log.csv", "--by-family"];
    let table = home.run(&fit).ends_with(0).stdout;
    assert!(table.starts_with("Relative speeds against c6i, whose speed is 1"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("1 row no_run_time, first in line 8: run_time \"0\""), "{table}");
    let mapping = home.run(&[&fit[..], &["--yaml"]].concat()).ends_with(0).stdout;
    home.run(&[&fit[..], &["--out", "speeds.yaml"]].concat())
        .ends_with(0)
        .says(&["wrote speeds.yaml"]);
    assert_eq!(home.files("")["speeds.yaml"], mapping.as_bytes());
    home.write("scenario.yaml", format!("{STUDY}\n{mapping}"));
    home.run(&["validate", "scenario.yaml"]).ends_with(0);
    let by_type = home.run(&["trace", "fit-speed", "log.csv"]).ends_with(0).stdout;
    assert!(by_type.contains("m5.xlarge"), "{by_type}");
}

#[test]
fn several_logs_are_one_and_each_is_told_of() {
    let home = Home::new("trace-logs");
    home.write("old.csv", "process,realtime,hostname\nALIGN,4000,m5.large\nSORT,9000,m5.large\n");
    home.write("new.csv", "hostname\tprocess\trealtime\nc6i.large\tALIGN\t2000\n");
    let fit = ["trace", "fit-speed", "old.csv", "new.csv", "--reference", "m5.large"];
    let table = home.run(&fit).ends_with(0).stdout;
    let row: Vec<&str> =
        table.lines().find(|l| l.contains("c6i")).unwrap().split_whitespace().collect();
    assert_eq!(row, ["c6i.large", "2.000", "too", "few", "rows", "1", "1"]);
    for words in ["old.csv: 2 of 2 rows used", "new.csv: 1 of 1 row used, by process, hostname"] {
        assert!(table.contains(words), "{words}\n{table}");
    }
}

#[test]
fn what_can_not_be_fitted_ends_with_3_and_says_what_to_do() {
    let home = Home::new("trace-errors");
    home.write("log.csv", LOG);
    home.write("one.csv", "task,machine,run_time\na,x,5\nb,x,6\n");
    home.write("apart.csv", "task,machine,run_time\na,x,5\nb,y,6\n");
    home.write("none.csv", "task,machine,run_time\na,x,0\n");
    home.write("empty.csv", "");
    home.write("no-machine.csv", "task,mashine,run_time\na,x,5\n");
    let fails = |arguments: &[&str], words: &[&str]| {
        home.run(&[&["trace", "fit-speed"], arguments].concat()).ends_with(3).says(words);
    };
    fails(&["nowhere.csv"], &["nowhere.csv"]);
    fails(&["one.csv"], &["one.csv: all 2 rows ran on x", "hint"]);
    fails(&["apart.csv"], &["no task ran on x and on another machine", "x | y", "--task"]);
    fails(&["none.csv"], &["none of 1 rows can be used", "line 2: run_time \"0\"", "above zero"]);
    fails(&["empty.csv"], &["empty.csv, line 1", "no column", "the columns are: nothing"]);
    fails(&["no-machine.csv"], &["did you mean `mashine`?", "--machine"]);
    fails(&["log.csv", "--reference", "m6i"], &["no row ran on m6i", "expected c6i.large"]);
    fails(&["log.csv", "--task", "tusk"], &["`tusk`", "did you mean `task`?"]);
    let usage = |arguments: &[&str], words: &[&str]| {
        home.run(&[&["trace", "fit-speed"], arguments].concat()).ends_with(2).says(words);
    };
    usage(&[], &["<FILE>"]);
    usage(&["log.csv", "--run-time", "took:min"], &["COLUMN:ms"]);
    usage(&["log.csv", "--min-run-time=-1"], &["--min-run-time", "seconds, 0 or more"]);
    let out = ["trace", "fit-speed", "log.csv", "--out", "no/such/folder.yaml"];
    home.run(&out).ends_with(1).says(&["no/such/folder.yaml: can not be written", "hint:"]);
}

#[test]
fn a_mapping_replaces_an_earlier_mapping_and_nothing_else() {
    let home = Home::new("trace-places");
    home.write("log.csv", LOG);
    home.write("scenario.yaml", STUDY);
    let fit = |out| home.run(&["trace", "fit-speed", "log.csv", "--out", out]);
    fit("speeds.yaml").ends_with(0);
    fit("speeds.yaml").ends_with(0);
    std::fs::create_dir(home.path().join("folder")).unwrap();
    let before = home.files("");
    for (out, expected) in [
        ("./log.csv", "log.csv: is what the mapping of speeds is made from"),
        ("scenario.yaml", "scenario.yaml: is no mapping of speeds, so it is not replaced"),
        ("folder", "folder: is no mapping of speeds"),
    ] {
        fit(out).ends_with(2).says(&[expected, "hint: choose another name with --out"]);
        assert!(before == home.files(""), "{out}: nothing is touched");
    }
    fit("/dev/null").ends_with(0);
}

#[test]
fn the_page_on_speeds_shows_what_is_printed_and_scenarios_that_are_read() {
    let page = include_str!("../../docs/how-to/fit-machine-speeds.md");
    let home = Home::new("trace-page");
    let (blocks, _) = read(page);
    let log = blocks.iter().find(|block| block.language == "csv").unwrap();
    home.write("tasks.csv", &log.text);
    let mut shown = 0;
    for block in &blocks {
        for command in commands(block) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let printed = home.run(&words).ends_with(0).stdout;
            for line in block.text.lines().filter(|line| !line.starts_with("$ ")) {
                assert!(printed.lines().any(|l| l == line), "{line}\n{printed}");
                shown += 1;
            }
        }
    }
    assert!(shown > 5, "the page shows what is printed");
    for block in blocks.iter().filter(|block| block.language == "yaml") {
        home.write("scenario.yaml", format!("{STUDY}\n{}", block.text));
        home.run(&["validate", "scenario.yaml"]).ends_with(0);
    }
}
