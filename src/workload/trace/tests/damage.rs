//! Damaged traces: typed errors that name the place, never a panic, never a lost row.

use super::*;
use proptest::prelude::*;

const CSV: &str = "job_id,submit_time,run_time,vcpus,queue\n1,0,60,1,low\n2,1.5,7,2,high\n\
    \"a \"\"name\"\"\",2026-01-01T00:00:00Z,0,4,\n4,3,-1,1,\n";

fn samples() -> Vec<(TraceFormat, Vec<u8>)> {
    let swf = format!("; Version: 2.2\n{}", super::swf(&["1 0 -1 60 1 -1 -1 1 -1 -1"; 3]));
    let mut samples = vec![];
    for (format, text) in [(TraceFormat::Swf, swf.as_str()), (TraceFormat::Csv, CSV)] {
        samples.push((format, text.as_bytes().to_vec()));
        samples.push((format, gzip(text.as_bytes())));
    }
    samples
}

/// Reads to the end or to an error; `read` itself checks that no row is lost.
fn survives(bytes: &[u8], format: TraceFormat) {
    let tolerant = TraceSpec { max_rejects: 1.0, ..spec(format) };
    if let Err(error) = read(bytes, &tolerant) {
        let text = error.to_string();
        assert!(text.starts_with("trace") && !text.ends_with('.'), "{text}");
    }
    // An error ends a source for good.
    if let Ok(mut source) = over(std::io::Cursor::new(bytes.to_vec()), &tolerant)
        && source.next_time().is_err()
    {
        assert!(matches!(source.next_time(), Ok(None)));
        let tally = source.tally();
        assert_eq!(tally.rows, tally.accepted + tally.rejected_rows() + tally.skipped_rows());
    }
}

#[test]
fn a_trace_cut_at_any_byte_is_read_or_refused() {
    for (format, bytes) in samples() {
        (0..bytes.len()).for_each(|length| survives(&bytes[..length], format));
    }
}

proptest! {
    #[test]
    fn a_corrupted_trace_is_read_or_refused(
        sample in 0_usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (format, mut bytes) = samples().swap_remove(sample);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        survives(&bytes, format);
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes, TraceFormat::Swf);
        survives(&bytes, TraceFormat::Csv);
        survives(&[&b"submit_time,run_time,vcpus\n"[..], &bytes].concat(), TraceFormat::Csv);
    }
}

fn message(bytes: impl AsRef<[u8]>, spec: &TraceSpec) -> String {
    read(bytes, spec).unwrap_err().to_string()
}

#[test]
fn a_missing_file_is_named() {
    let spec = TraceSpec { path: "no/such/file.swf".into(), ..spec(TraceFormat::Swf) };
    let error = open(&spec).err().unwrap();
    assert!(matches!(error, WorkloadError::Open { .. }));
    assert!(error.to_string().starts_with("no/such/file.swf: "), "{error}");
}

#[test]
fn a_truncated_or_damaged_gzip_stream_is_named_with_its_last_line() {
    let bytes = gzip(super::swf(&["1 0 -1 60 1 -1 -1 1 -1 -1"; 3]).as_bytes());
    let text = message(&bytes[..bytes.len() - 4], &spec(TraceFormat::Swf));
    assert!(text.starts_with("trace, after line 3: the gzip stream ends in the middle"), "{text}");
    let mut flipped = bytes.clone();
    let crc = flipped.len() - 6;
    flipped[crc] ^= 1;
    assert!(message(flipped, &spec(TraceFormat::Swf)).contains("the gzip stream is damaged"));
}

#[test]
fn text_that_is_not_utf8_is_named() {
    assert!(message(b"\xff\xfes\0u\0b\0", &spec(TraceFormat::Csv)).contains("UTF-16"));
    let text = message(b"submit_time,\xff,run_time,vcpus\n", &spec(TraceFormat::Csv));
    assert!(text.starts_with("trace, line 1: the header is not UTF-8 text"), "{text}");
    let text = message(b"job_id,submit_time,run_time,vcpus\n\xff,0,1,1\n", &spec(TraceFormat::Csv));
    assert!(text.contains("not_utf8, first in line 2, column job_id"), "{text}");
}

#[test]
fn a_header_that_does_not_fit_says_what_would() {
    let header = |text: &str| message(text, &spec(TraceFormat::Csv));
    let text = header("submit_tiem,run_time,vcpus\n");
    assert!(text.starts_with("trace, line 1: column `submit_time` is missing"), "{text}");
    assert!(text.contains("did you mean `submit_tiem`?"), "{text}");
    assert!(header("a,b\n").contains("the names are: a, b"));
    assert!(header("").contains("column `submit_time` is missing"));
    let text = header("vcpus,submit_time,run_time,vcpus\n");
    assert!(text.contains("column `vcpus` stands there twice"), "{text}");
}

#[test]
fn a_map_that_does_not_fit_says_what_would() {
    let mapped = |canonical: &str, column: &str, unit: &str| {
        let map = vec![(canonical.to_owned(), column.to_owned(), unit.to_owned())];
        let text = "submit_time,run_time,vcpus\n0,1,1\n";
        message(text, &TraceSpec { map, ..spec(TraceFormat::Csv) })
    };
    let text = mapped("runtime", "run_time", "");
    assert!(text.contains("`runtime` (mapped from `run_time`) is no canonical column"), "{text}");
    assert!(text.contains("did you mean `run_time`?"), "{text}");
    assert!(mapped("run_time", "run_tme", "").contains("mapped to run_time, is not in the header"));
    assert!(mapped("run_time", "run_time", "gib").contains("its units are s and ms"));
    assert!(mapped("vcpus", "vcpus", "s").contains("it has no unit"));
}

#[test]
fn a_row_without_end_is_refused_before_it_fills_the_memory() {
    let mut text = String::from("submit_time,run_time,vcpus\n0,1,1\n0,1,\"1\n");
    text.push_str(&"0,1,1\n".repeat(1_000_000));
    let error = read(&text, &spec(TraceFormat::Csv)).unwrap_err();
    assert!(matches!(error, WorkloadError::LineTooLong { line: 3, .. }), "{error}");
    let text = format!("{}{}", super::swf(&["1 0 -1 60 1 -1 -1 1 -1 -1"]), "x".repeat(2_000_000));
    let error = read(&text, &spec(TraceFormat::Swf)).unwrap_err();
    assert!(matches!(error, WorkloadError::LineTooLong { line: 2, .. }), "{error}");
}

#[test]
fn a_trace_without_a_single_job_is_refused_with_the_reasons() {
    let text =
        message("submit_time,run_time,vcpus\n0,-1,1\n0,-1,1\n0,1,0\n", &spec(TraceFormat::Csv));
    assert!(text.contains("none of 3 rows is a job: 0 are malformed"), "{text}");
    assert!(text.contains("(2 no_run_time, 1 no_processors)"), "{text}");
    assert!(message("", &spec(TraceFormat::Swf)).contains("none of 0 rows is a job"));
}
