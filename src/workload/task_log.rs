//! Logs of tasks that ran on known machines: which task, on which machine, for how long.
//!
//! Comma- or tab-separated text with a header, plain or gzip; columns go by name. Rows that can not
//! be used are counted with their reason and the place of the first. Knows no jobs: what is read
//! here is compared, not replayed.

mod columns;

pub use columns::{Columns, RunTimeColumn, TimeUnit};

use super::WorkloadError;
use super::input::{decompress, read_error};
use columns::Places;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// A row that can be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskRun<'a> {
    /// What the first task column says: rows of one name are alike.
    pub name: &'a str,
    /// What all task columns say: rows of one task do the same work.
    pub task: &'a str,
    /// The machine, as it is written.
    pub machine: &'a str,
    /// Seconds, above zero.
    pub run_s: f64,
}

/// What became of the rows of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskLogTally {
    /// The columns that were used: those of the task, of the machine, of the run time.
    pub columns: Vec<String>,
    /// All rows but the header.
    pub rows: u64,
    /// Those that were handed out.
    pub used: u64,
    /// The others by reason, in order of first appearance.
    pub unused: Vec<Unused>,
}

/// Rows that are not used for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// Why.
    pub reason: UnusedReason,
    /// In which column; empty when it concerns the whole row.
    pub column: String,
    /// How many rows.
    pub rows: u64,
    /// Line of the first, from 1.
    pub first_line: u64,
    /// The value of the first, shortened.
    pub example: String,
}

/// Why a row is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusedReason {
    /// More or fewer fields than the header.
    FieldCount,
    /// No UTF-8 text.
    NotUtf8,
    /// A run time that is no number.
    NotANumber,
    /// An empty run time, zero or less.
    NoRunTime,
    /// Below the shortest run time that is compared.
    TooShort,
    /// The task did not succeed: what it would have taken is not known.
    DidNotSucceed,
    /// An empty name of a task or machine.
    NoName,
}

impl UnusedReason {
    /// The name in reports, such as `did_not_succeed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FieldCount => "field_count",
            Self::NotUtf8 => "not_utf8",
            Self::NotANumber => "not_a_number",
            Self::NoRunTime => "no_run_time",
            Self::TooShort => "too_short",
            Self::DidNotSucceed => "did_not_succeed",
            Self::NoName => "no_name",
        }
    }

    /// What would be used.
    #[must_use]
    pub const fn expectation(self) -> &'static str {
        match self {
            Self::FieldCount => "as many fields as the header has",
            Self::NotUtf8 => "UTF-8 text",
            Self::NotANumber => "a number of seconds or milliseconds",
            Self::NoRunTime => "a run time above zero",
            Self::TooShort => "a run time from --min-run-time on",
            Self::DidNotSucceed => "COMPLETED or SUCCEEDED, or exit code 0",
            Self::NoName => "a name",
        }
    }
}

/// What is wrong with a row: the reason, the place of the column, if it is one's.
type Fault = (UnusedReason, Option<usize>);

/// As far as is looked for tabs, in bytes.
const LONGEST_HEADER: u64 = 1 << 20;
/// Longest value that a message shows, in characters.
const LONGEST_EXAMPLE: usize = 40;

/// Hands out the rows of a log that can be used and took `least_s` seconds or more, in order;
/// `path` names it in errors.
///
/// # Errors
/// [`WorkloadError`] when the log can not be read, or a column is missing.
pub fn read(
    reader: impl Read + Send + 'static,
    path: &Path,
    columns: &Columns,
    least_s: f64,
    each: &mut dyn FnMut(TaskRun<'_>),
) -> Result<TaskLogTally, WorkloadError> {
    let mut text = BufReader::with_capacity(1 << 16, decompress(reader, path)?);
    let mut header = Vec::new();
    let first_line = (&mut text).take(LONGEST_HEADER).read_until(b'\n', &mut header);
    first_line.map_err(|error| read_error(path, 0, error))?;
    let delimiter = if header.contains(&b'\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(Cursor::new(header).chain(text));
    let error = |line: u64, error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(source) => read_error(path, line, source),
        _ => WorkloadError::NotUtf8 { path: path.into(), line, what: "the header" },
    };
    let names = reader.headers().map_err(|e| error(1, e))?.clone();
    let places = Places::find(&names, columns, path)?;
    let mut tally = TaskLogTally { columns: places.names(&names), ..TaskLogTally::default() };
    let (mut record, mut task) = (csv::ByteRecord::new(), String::new());
    loop {
        let line = reader.position().line();
        if !reader.read_byte_record(&mut record).map_err(|e| error(line, e))? {
            return Ok(tally);
        }
        tally.rows += 1;
        let width = names.len();
        match row(&record, width, &places, least_s, &mut task) {
            Ok(run) => {
                tally.used += 1;
                each(run);
            }
            Err((reason, at)) => {
                let line = record.position().map_or(line, csv::Position::line);
                let value = at.and_then(|at| record.get(at)).unwrap_or_default();
                let column = at.and_then(|at| names.get(at)).unwrap_or_default();
                tally.leave_out(reason, column, line, &String::from_utf8_lossy(value));
            }
        }
    }
}

/// Reads a row; `task` is scratch.
fn row<'a>(
    record: &'a csv::ByteRecord,
    width: usize,
    places: &Places,
    least_s: f64,
    task: &'a mut String,
) -> Result<TaskRun<'a>, Fault> {
    if record.len() != width {
        return Err((UnusedReason::FieldCount, None));
    }
    let text = |at: usize| {
        let cell = record.get(at).unwrap_or_default();
        std::str::from_utf8(cell).map(str::trim).map_err(|_| (UnusedReason::NotUtf8, Some(at)))
    };
    for (at, accepted) in &places.success {
        if !accepted.contains(&text(*at)?) {
            return Err((UnusedReason::DidNotSucceed, Some(*at)));
        }
    }
    let named = |at: usize| match text(at)? {
        "" => Err((UnusedReason::NoName, Some(at))),
        name => Ok(name),
    };
    let (name, machine) = (named(places.task[0])?, named(places.machine)?);
    task.clear();
    for at in &places.task {
        // A sign that no name has keeps `a b` with `c` apart from `a` with `b c`.
        task.push_str(text(*at)?);
        task.push('\u{1f}');
    }
    let (at, per_second) = places.run_time;
    let run_s = match text(at)? {
        "" | "-" => return Err((UnusedReason::NoRunTime, Some(at))),
        written => written.parse::<f64>().ok().filter(|number| number.is_finite()),
    };
    let run_s = run_s.ok_or((UnusedReason::NotANumber, Some(at)))? / per_second;
    if run_s <= 0.0 {
        return Err((UnusedReason::NoRunTime, Some(at)));
    }
    if run_s < least_s {
        return Err((UnusedReason::TooShort, Some(at)));
    }
    Ok(TaskRun { name, task, machine, run_s })
}

impl Unused {
    /// How many rows, the place and value of the first, and what would be used, in a line.
    #[must_use]
    pub fn told(&self) -> String {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        let place = match &*self.column {
            "" => format!("line {}", self.first_line),
            column => format!("line {}: {column} {:?}", self.first_line, self.example),
        };
        let (count, reason) = (self.rows, self.reason.as_str());
        format!("{count} {rows} {reason}, first in {place}; expected {}", self.reason.expectation())
    }
}

impl TaskLogTally {
    fn leave_out(&mut self, reason: UnusedReason, column: &str, line: u64, value: &str) {
        let same = |known: &&mut Unused| known.reason == reason && known.column == column;
        if let Some(known) = self.unused.iter_mut().find(same) {
            known.rows += 1;
            return;
        }
        let example = value.chars().take(LONGEST_EXAMPLE).collect();
        let column = column.to_owned();
        self.unused.push(Unused { reason, column, rows: 1, first_line: line, example });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Runs = Vec<(String, String, f64)>;

    fn read_all(text: &[u8], columns: &Columns) -> Result<(Runs, TaskLogTally), WorkloadError> {
        let mut runs = Vec::new();
        let mut each = |run: TaskRun<'_>| {
            let task = run.task.trim_end_matches('\u{1f}').replace('\u{1f}', "|");
            assert!(run.task.starts_with(run.name), "the first column names the task");
            runs.push((task, run.machine.to_owned(), run.run_s));
        };
        let bytes = std::io::Cursor::new(text.to_vec());
        let tally = read(bytes, Path::new("log.csv"), columns, 1.0, &mut each)?;
        Ok((runs, tally))
    }

    fn runs(text: &str) -> Runs {
        read_all(text.as_bytes(), &Columns::default()).unwrap().0
    }

    #[test]
    fn logs_of_several_tools_are_read_by_their_own_columns() {
        let run = |task: &str, machine: &str, run_s| (task.to_owned(), machine.to_owned(), run_s);
        let own = "task,machine,run_time\nalign,c6i.large,12.5\n";
        assert_eq!(runs(own), [run("align", "c6i.large", 12.5)]);
        let trace = "task_id,process,status,exit,realtime,cpus,machine_type\n\
            1,ALIGN,COMPLETED,0,12500,4,c6i.large\n";
        assert_eq!(runs(trace), [run("ALIGN|4", "c6i.large", 12.5)]);
        assert_eq!(runs(&trace.replace(',', "\t")), [run("ALIGN|4", "c6i.large", 12.5)]);
        let nodes = "node,workflow,Task,WorkflowInputSize,Realtime\nn1,rnaseq,ALIGN,77,12500\n";
        assert_eq!(runs(nodes), [run("ALIGN|rnaseq|77", "n1", 12.5)]);
        let crlf = "\u{feff}task,machine,run_time\r\n\"a, b\",m,2\r\n";
        assert_eq!(runs(crlf), [run("a, b", "m", 2.0)]);
    }

    #[test]
    fn columns_that_are_named_are_taken_and_no_others() {
        let columns = Columns {
            task: vec!["step".to_owned(), "input".to_owned()],
            machine: Some("host".to_owned()),
            run_time: Some("ms:ms".parse().unwrap()),
        };
        let text = b"task,step,input,host,machine,ms,run_time\nx,a,b,h,m,3000,1\n";
        let (runs, tally) = read_all(text, &columns).unwrap();
        assert_eq!(runs, [("a|b".to_owned(), "h".to_owned(), 3.0)]);
        assert_eq!(tally.columns, ["step", "input", "host", "ms"]);
    }

    #[test]
    fn rows_that_can_not_be_used_are_counted_with_the_first_of_each_reason() {
        let text = b"task,machine,run_time,status\n\
            a,m,5,COMPLETED\n\
            a,m,0,COMPLETED\n\
            a,m,-1,SUCCEEDED\n\
            a,m,,COMPLETED\n\
            a,m,0.5,COMPLETED\n\
            a,m,soon,COMPLETED\n\
            a,m,NaN,COMPLETED\n\
            a,m,5,FAILED\n\
            a,,5,COMPLETED\n\
            ,m,5,COMPLETED\n\
            a,m,5\n\
            \xff,m,5,COMPLETED\n";
        let (runs, tally) = read_all(text, &Columns::default()).unwrap();
        assert_eq!((runs.len(), tally.rows, tally.used), (1, 12, 1));
        let found: Vec<_> = tally
            .unused
            .iter()
            .map(|u| (u.reason.as_str(), u.column.as_str(), u.rows, u.first_line, &*u.example))
            .collect();
        assert_eq!(
            found,
            [
                ("no_run_time", "run_time", 3, 3, "0"),
                ("too_short", "run_time", 1, 6, "0.5"),
                ("not_a_number", "run_time", 2, 7, "soon"),
                ("did_not_succeed", "status", 1, 9, "FAILED"),
                ("no_name", "machine", 1, 10, ""),
                ("no_name", "task", 1, 11, ""),
                ("field_count", "", 1, 12, ""),
                ("not_utf8", "task", 1, 13, "\u{fffd}"),
            ]
        );
        let sum: u64 = tally.unused.iter().map(|unused| unused.rows).sum();
        assert_eq!(tally.used + sum, tally.rows);
    }

    #[test]
    fn a_missing_column_is_named_with_what_is_there_and_the_flag_that_names_another() {
        let says = |text: &str, columns: &Columns| {
            read_all(text.as_bytes(), columns).unwrap_err().to_string()
        };
        let none = says("taks,machine,run_time\n", &Columns::default());
        for words in ["log.csv, line 1", "`task`", "did you mean `taks`", "--task"] {
            assert!(none.contains(words), "{words}: {none}");
        }
        let none = says("task,where,run_time\n", &Columns::default());
        assert!(none.contains("--machine") && none.contains("task, where, run_time"), "{none}");
        let none = says("task,machine,took\n", &Columns::default());
        assert!(none.contains("--run-time") && none.contains("realtime"), "{none}");
        let columns = Columns { machine: Some("hots".to_owned()), ..Columns::default() };
        let none = says("task,host,run_time\n", &columns);
        assert!(none.contains("`hots`") && none.contains("did you mean `host`"), "{none}");
        let twice = says("task,task,machine,run_time\n", &Columns::default());
        assert!(twice.contains("`task` stands there twice"), "{twice}");
        assert!(says("", &Columns::default()).contains("the columns are: nothing"));
    }

    #[test]
    fn a_unit_is_seconds_or_milliseconds() {
        let column = |text: &str| text.parse::<RunTimeColumn>();
        assert_eq!(column("a:b:s").unwrap().column, "a:b");
        assert_eq!(column("took").unwrap().unit, None);
        for text in ["took:min", "took:", ":ms", ""] {
            let error = column(text).unwrap_err();
            assert!(error.contains("COLUMN, COLUMN:s or COLUMN:ms"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_row_of_any_bytes_is_used_or_counted(
            bytes in proptest::collection::vec(prop_oneof![
                Just(b'\n'), Just(b','), Just(b'"'), Just(b'1'), any::<u8>()
            ], 0..200),
        ) {
            let text = [b"task,machine,run_time\n", &bytes[..]].concat();
            let (runs, tally) = read_all(&text, &Columns::default()).unwrap();
            let unused: u64 = tally.unused.iter().map(|unused| unused.rows).sum();
            prop_assert_eq!(tally.rows, tally.used + unused);
            prop_assert_eq!(runs.len() as u64, tally.used);
            prop_assert!(runs.iter().all(|(_, _, run_s)| run_s.is_finite() && *run_s >= 1.0));
        }
    }

    #[test]
    fn a_log_that_is_damaged_says_so_and_never_panics() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gz, b"task,machine,run_time\na,m,5\nb,m,7\n").unwrap();
        let whole = gz.finish().unwrap();
        assert_eq!(read_all(&whole, &Columns::default()).unwrap().0.len(), 2);
        for length in 0..whole.len() {
            let error = read_all(&whole[..length], &Columns::default()).unwrap_err().to_string();
            assert!(error.contains("log.csv"), "{error}");
        }
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x55;
            let _ = read_all(&damaged, &Columns::default());
        }
    }
}
