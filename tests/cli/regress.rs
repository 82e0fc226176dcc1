//! `batchcast regress` as a user meets it: missing, written, kept, broken, corrupt.

use crate::home::Home;

const STUDY: &str = include_str!("../scenarios/study.yaml");

const BASELINE: &str = "results/baselines/study.json";

fn home(test: &str) -> Home {
    let home = Home::new(&format!("regress-{test}"));
    home.write("study.yaml", STUDY);
    home
}

fn with_baseline(test: &str) -> Home {
    let home = home(test);
    let written = home.run(&["regress", "study.yaml", "--update"]).ends_with(0).stdout;
    assert_eq!(written, format!("study: wrote {BASELINE}\n"));
    home
}

#[test]
fn a_missing_baseline_is_invalid_input_with_the_way_to_write_it() {
    let missing = home("missing").run(&["regress", "study.yaml"]).ends_with(3);
    missing.says(&[
        BASELINE,
        "there is no baseline",
        "hint: `batchcast regress study.yaml --update`",
    ]);
    let elsewhere = home("elsewhere").run(&["regress", "study.yaml", "--baselines", "mine"]);
    elsewhere.ends_with(3).says(&["`batchcast regress study.yaml --baselines mine --update`"]);
}

#[test]
fn an_unchanged_program_keeps_its_baseline_on_any_number_of_threads() {
    let home = with_baseline("same");
    for jobs in ["1", "3"] {
        let same = home.run(&["regress", "study.yaml", "--jobs", jobs]).ends_with(0).stdout;
        assert!(same.starts_with("study: same: every promised byte"), "{same}");
    }
    let left: Vec<String> = home.files("").into_keys().collect();
    assert_eq!(left, [BASELINE, "study.yaml"], "no results beside the baseline");
}

#[test]
fn the_results_that_are_compared_are_gone_afterwards() {
    let home = with_baseline("temporary");
    let temporary = home.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = home.command(&["regress", "study.yaml"]);
    assert!(command.env("TMPDIR", &temporary).status().unwrap().success());
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn a_changed_digest_breaks_a_baseline() {
    let home = with_baseline("broken");
    let text = String::from_utf8(home.files("")[BASELINE].clone()).unwrap();
    let mut baseline: serde_json::Value = serde_json::from_str(&text).unwrap();
    baseline["replications"][1]["digest"] = "0123456789abcdef".into();
    home.write(BASELINE, baseline.to_string());
    let broken = home.run(&["regress", "study.yaml"]).ends_with(4);
    broken.says(&["error: 1 of 1 scenarios broke their baseline", "hint: ", "--update"]);
    let words = ["study: BROKEN", "the digest of replication 1", "no metric does"];
    let shown = words.iter().all(|word| broken.stdout.contains(word));
    assert!(shown, "{}", broken.stdout);
}

#[test]
fn a_changed_scenario_is_compared_by_tolerances_which_an_update_keeps() {
    let home = with_baseline("tolerances");
    let text = String::from_utf8(home.files("")[BASELINE].clone()).unwrap();
    let mut baseline: serde_json::Value = serde_json::from_str(&text).unwrap();
    for metric in baseline["metrics"].as_object_mut().unwrap().values_mut() {
        metric["tolerance"] = 0.75.into();
    }
    home.write(BASELINE, baseline.to_string());
    home.write("study.yaml", STUDY.replace("mean: 5m", "mean: 301s"));
    let within = home.run(&["regress", "study.yaml"]).ends_with(0);
    within.says(&["hint: ", "out of date", "--update"]);
    assert!(within.stdout.contains("study: within tolerance"), "{}", within.stdout);
    assert!(within.stdout.contains("scenario changed: "), "{}", within.stdout);

    home.run(&["regress", "study.yaml", "--update"]).ends_with(0);
    let text = String::from_utf8(home.files("")[BASELINE].clone()).unwrap();
    let updated: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(updated["metrics"]["makespan"]["tolerance"], 0.75);
    home.run(&["regress", "study.yaml"]).ends_with(0);
    home.write("study.yaml", STUDY.replace("maxvCpus: 64", "maxvCpus: 2"));
    let out = home.run(&["regress", "study.yaml"]).ends_with(4);
    assert!(out.stdout.contains("OUT"), "{}", out.stdout);
}

#[test]
fn a_corrupt_baseline_is_invalid_input_and_never_overwritten() {
    let home = with_baseline("corrupt");
    home.write(BASELINE, "{\n  \"schema\": \"batchcast.baseline/1\",\n  oops\n}\n");
    for arguments in [&["regress", "study.yaml"][..], &["regress", "study.yaml", "--update"]] {
        let refused = home.run(arguments).ends_with(3);
        refused.says(&["study.json:3:3: is no JSON", "hint: restore it"]);
    }
    home.write(BASELINE, "{\"schema\": \"batchcast.baseline/2\"}");
    let newer = home.run(&["regress", "study.yaml"]).ends_with(3);
    newer.says(&["schema is \"batchcast.baseline/2\", expected \"batchcast.baseline/1\""]);
}

#[test]
fn the_other_scenarios_are_checked_after_one_that_can_not_be() {
    let home = with_baseline("others");
    let checked = home.run(&["regress", "nothing.yaml", "study.yaml"]).ends_with(3);
    assert!(checked.stdout.contains("study: same"), "{}", checked.stdout);
}
