//! The folder protocol, step by step, with what crashes leave behind.

use super::*;
use crate::report::test_folder::TestFolder;

const OURS: &str = r#"{"schema": "batchcast.result/1"}"#;

fn write_ours(dir: &Path, content: &str) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join(MANIFEST), OURS).unwrap();
    fs::write(dir.join("summary.json"), content).unwrap();
}

fn content(dir: &Path) -> String {
    fs::read_to_string(dir.join("summary.json")).unwrap()
}

fn entries(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn finished(dir: &Path, content: &str) -> ResultFolder {
    let folder = ResultFolder::create(dir).unwrap();
    write_ours(folder.path(), content);
    folder
}

#[test]
fn results_appear_at_the_commit_and_not_before() {
    let home = TestFolder::new("commit");
    let dir = home.path().join("made/on/the/way");
    let folder = finished(&dir, "new");
    assert!(!dir.exists());
    assert_eq!(folder.commit().unwrap(), dir);
    assert_eq!(content(&dir), "new");
    assert_eq!(entries(&dir), ["manifest.json", "summary.json"]);
    assert_eq!(entries(dir.parent().unwrap()), ["way"]);
}

#[test]
fn earlier_results_stay_until_the_commit_and_are_replaced_whole() {
    let home = TestFolder::new("replace");
    let dir = home.path().join("r");
    write_ours(&dir, "old");
    fs::write(dir.join("jobs.csv"), "only in the old one").unwrap();
    let folder = finished(&dir, "new");
    assert_eq!(content(&dir), "old");
    folder.commit().unwrap();
    assert_eq!(content(&dir), "new");
    assert_eq!(entries(&dir), ["manifest.json", "summary.json"]);
    assert_eq!(entries(home.path()), ["r"]);
}

#[test]
fn an_empty_folder_is_taken() {
    let home = TestFolder::new("empty");
    let dir = home.path().join("r");
    fs::create_dir(&dir).unwrap();
    finished(&dir, "new").commit().unwrap();
    assert_eq!(content(&dir), "new");
}

#[test]
fn a_folder_of_someone_else_is_refused_and_not_touched() {
    let home = TestFolder::new("foreign");
    for manifest in [None, Some("{}"), Some("not json"), Some(r#"{"schema": "other/1"}"#)] {
        let dir = home.path().join("r");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("thesis.tex"), "x").unwrap();
        if let Some(manifest) = manifest {
            fs::write(dir.join(MANIFEST), manifest).unwrap();
        }
        let error = ResultFolder::create(&dir).unwrap_err();
        assert!(matches!(error, FolderError::NotOurs { .. }) && error.is_usage(), "{error}");
        assert!(error.to_string().contains("holds no manifest.json of Batchcast"), "{error}");
        assert!(dir.join("thesis.tex").exists());
    }
}

#[test]
fn a_folder_that_became_someone_elses_during_the_run_is_not_replaced() {
    let home = TestFolder::new("became-foreign");
    let dir = home.path().join("r");
    let folder = finished(&dir, "new");
    let partial = folder.path().to_owned();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("thesis.tex"), "x").unwrap();
    let error = folder.commit().unwrap_err();
    assert!(matches!(error, FolderError::Taken { .. }) && !error.is_usage(), "{error}");
    assert_eq!(entries(&dir), ["thesis.tex"]);
    assert_eq!(content(&partial), "new");
}

#[test]
fn a_dropped_folder_leaves_nothing_behind() {
    let home = TestFolder::new("drop");
    drop(finished(&home.path().join("r"), "new"));
    assert!(entries(home.path()).is_empty());
}

#[test]
fn an_interrupted_run_leaves_its_results_beside_the_old_ones() {
    let home = TestFolder::new("interrupt");
    let dir = home.path().join("r");
    write_ours(&dir, "old");
    for attempt in ["first", "second"] {
        let place = finished(&dir, attempt).interrupt().unwrap();
        assert_eq!(content(&place), attempt);
    }
    assert_eq!(content(&dir), "old");
    assert_eq!(entries(home.path()), ["r", "r.interrupted"]);
}

#[test]
fn partial_results_of_a_dead_process_are_removed() {
    let home = TestFolder::new("dead-partial");
    let dir = home.path().join("r");
    write_ours(&home.path().join("r.partial-12"), "dead");
    // Process ids are reused: our own is no proof of life.
    let own = home.path().join(format!("r.partial-{}", std::process::id()));
    write_ours(&own, "dead");
    fs::write(own.join(LOCK), "").unwrap();
    finished(&dir, "new").commit().unwrap();
    assert_eq!(entries(home.path()), ["r"]);
}

#[test]
fn results_set_aside_by_a_process_that_died_at_once_come_back() {
    let home = TestFolder::new("dead-between-renames");
    let dir = home.path().join("r");
    write_ours(&home.path().join("r.old-12"), "old");
    write_ours(&home.path().join("r.partial-12"), "new");
    drop(ResultFolder::create(&dir).unwrap());
    assert_eq!(content(&dir), "old");
    assert_eq!(entries(home.path()), ["r"]);
}

#[test]
fn results_set_aside_by_a_process_that_died_after_its_own_were_in_place_go() {
    let home = TestFolder::new("dead-after-renames");
    let dir = home.path().join("r");
    write_ours(&home.path().join("r.old-12"), "old");
    write_ours(&dir, "new");
    drop(ResultFolder::create(&dir).unwrap());
    assert_eq!(content(&dir), "new");
    assert_eq!(entries(home.path()), ["r"]);
}

#[test]
fn the_work_of_a_live_process_is_left_alone() {
    let home = TestFolder::new("live");
    let dir = home.path().join("r");
    let folder = finished(&dir, "mine");
    let other = home.path().join("r.partial-12");
    write_ours(&other, "other");
    let lock = File::create(other.join(LOCK)).unwrap();
    lock.try_lock().unwrap();
    assert!(matches!(ResultFolder::create(&dir), Err(FolderError::InUse { .. })));
    assert_eq!(content(folder.path()), "mine");
    assert_eq!(content(&other), "other");
}

#[test]
fn neighbours_with_similar_names_are_no_leftovers() {
    let home = TestFolder::new("neighbours");
    for name in ["r.partial-x", "r.partial-", "r2.partial-12", "r.old-12.zip", "rr.old-3"] {
        write_ours(&home.path().join(name), "other");
    }
    drop(ResultFolder::create(&home.path().join("r")).unwrap());
    assert_eq!(entries(home.path()).len(), 5);
}

#[test]
fn names_with_odd_characters_work() {
    let home = TestFolder::new("odd");
    for name in ["mit Leerzeichen", "a.b.partial-7", "--out", "ré sumé 雪", "x\ny", "%41"] {
        let dir = home.path().join(name);
        write_ours(&dir, "old");
        finished(&dir, "new").commit().unwrap();
        assert_eq!(content(&dir), "new");
    }
    assert_eq!(entries(home.path()).len(), 6);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_stays_a_link() {
    let home = TestFolder::new("link");
    let (real, link) = (home.path().join("real"), home.path().join("link"));
    write_ours(&real, "old");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    finished(&link, "new").commit().unwrap();
    assert!(link.is_symlink());
    assert_eq!(content(&real), "new");
}

#[test]
fn what_is_no_folder_is_refused_with_a_hint() {
    for path in ["", ".", "..", "/", "results/.."] {
        let error = ResultFolder::create(Path::new(path)).unwrap_err();
        assert!(matches!(error, FolderError::NoName { .. }), "{path:?}: {error}");
    }
    let home = TestFolder::new("file");
    let file = home.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = ResultFolder::create(&file).unwrap_err();
    assert!(matches!(error, FolderError::NotAFolder { .. }), "{error}");
    let error = ResultFolder::create(&file.join("inside")).unwrap_err();
    assert!(matches!(error, FolderError::Io { .. }) && !error.is_usage(), "{error}");
    assert!(error.to_string().contains("hint:"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "x");
}
