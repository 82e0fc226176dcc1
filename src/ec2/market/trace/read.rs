//! Files of recorded Spot capacity, in three formats told apart by content.
//!
//! 1. Intervals: CSV with the columns `start_s, end_s, nodes_available`, and `trace_id` where a
//!    file holds several traces; `spot_price` where prices were recorded.
//! 2. Changes: CSV with the columns `time, pool, capacity`, and `price` where they were recorded;
//!    a capacity holds until the next row of its pool. The last instant of the file ends every
//!    trace: what a row says of it has no length, and counts for nothing.
//! 3. Ticks: JSON `{"metadata": {"gap_seconds": g}, "data": [n, ...]}`, one number every g seconds.

use super::CapacityTrace;
use crate::ec2::money::Price;
use crate::ec2::price_series::PriceSeries;
use crate::sim::SimTime;
use std::collections::BTreeMap;

/// One trace of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its name in the file; empty where a file holds one trace without a name.
    pub name: String,
    /// How many instances there were.
    pub capacity: CapacityTrace,
    /// What an hour cost, where that was recorded, on the trace's own clock.
    pub prices: Option<PriceSeries>,
}

/// Why a text is no trace. Nothing of it is used.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// JSON that is broken.
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// CSV that is broken.
    #[error("it is not CSV: {0}")]
    Csv(#[from] csv::Error),
    /// JSON of another shape.
    #[error(
        "it is no JSON of ticks; expected {{\"metadata\": {{\"gap_seconds\": 600}}, \"data\": \
         [0, 1, ...]}} with gaps above 0 and whole numbers"
    )]
    Shape,
    /// A header of no known format.
    #[error(
        "its columns are {0}; expected start_s, end_s and nodes_available, or time, pool and \
         capacity"
    )]
    Columns(String),
    /// A cell that can not be read.
    #[error("row {row}: {value:?} is no {column}; expected {expected}")]
    Cell {
        /// From 1, without the header.
        row: usize,
        /// Of which column.
        column: &'static str,
        /// What was found.
        value: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// Intervals of one trace that overlap, are empty, or go back in time.
    #[error("row {row}: the intervals of {name:?} are not apart and ascending in time")]
    Intervals {
        /// From 1, without the header.
        row: usize,
        /// Of the trace.
        name: String,
    },
    /// Changes of one pool that go back in time, or two of one instant.
    #[error("row {row}: the rows of {name:?} do not ascend in time")]
    Changes {
        /// From 1, without the header.
        row: usize,
        /// Of the pool.
        name: String,
    },
    /// No row.
    #[error("it has no row")]
    Empty,
    /// Changes of which none is before the end.
    #[error(
        "pool {0:?} has no row before the file's last instant, which ends every trace; append a \
         row for when the record ends"
    )]
    NoLength(String),
}

/// Reads the traces of a file, by name.
///
/// # Errors
/// [`TraceError`] at the first thing that can not be read.
pub fn read(text: &str) -> Result<Vec<Recorded>, TraceError> {
    if text.trim_start().starts_with('{') { read_ticks(text) } else { read_table(text) }
}

/// What a trace is made of.
#[derive(Debug, Default)]
struct Rows {
    intervals: Vec<(SimTime, SimTime, u32)>,
    prices: Vec<(SimTime, Price)>,
}

impl Rows {
    fn recorded(self, name: String) -> Result<Recorded, TraceError> {
        // They are in order, so it is none of them that is missed.
        let Some(capacity) = CapacityTrace::new(&self.intervals) else {
            return Err(TraceError::NoLength(name));
        };
        Ok(Recorded { capacity, prices: PriceSeries::new(self.prices), name })
    }
}

fn read_ticks(text: &str) -> Result<Vec<Recorded>, TraceError> {
    let document: serde_json::Value = serde_json::from_str(text)?;
    let gap = document["metadata"]["gap_seconds"].as_f64().filter(|gap| (1e-3..1e9).contains(gap));
    let (gap, ticks) = gap.zip(document["data"].as_array()).ok_or(TraceError::Shape)?;
    if ticks.is_empty() {
        return Err(TraceError::Empty);
    }
    let gap_ms = (gap * 1e3).round_ties_even() as u64;
    let mut rows = Rows::default();
    for (tick, nodes) in (0..).zip(ticks) {
        let nodes = nodes.as_u64().and_then(|nodes| u32::try_from(nodes).ok());
        let at = |tick: u64| SimTime::from_millis(tick * gap_ms);
        rows.intervals.push((at(tick), at(tick + 1), nodes.ok_or(TraceError::Shape)?));
    }
    Ok(vec![rows.recorded(String::new())?])
}

/// Where the columns of a table stand.
struct Columns {
    start: usize,
    /// Of intervals.
    end: Option<usize>,
    nodes: usize,
    name: Option<usize>,
    price: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Option<Self> {
        let at = |name: &str| header.iter().position(|cell| cell.trim() == name);
        if let (Some(start), Some(end), Some(nodes)) =
            (at("start_s"), at("end_s"), at("nodes_available"))
        {
            let (name, price) = (at("trace_id"), at("spot_price"));
            return Some(Self { start, end: Some(end), nodes, name, price });
        }
        let (start, name, nodes) = (at("time")?, at("pool")?, at("capacity")?);
        Some(Self { start, end: None, nodes, name: Some(name), price: at("price") })
    }
}

/// A row as it is written.
struct Row {
    /// From 1, without the header.
    number: usize,
    start: SimTime,
    end: Option<SimTime>,
    nodes: u32,
    price: Option<Price>,
}

fn read_table(text: &str) -> Result<Vec<Recorded>, TraceError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let unknown = || TraceError::Columns(header.iter().collect::<Vec<_>>().join(", "));
    let columns = Columns::of(&header).ok_or_else(unknown)?;
    let mut traces: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record)? {
        number += 1;
        let name = columns.name.and_then(|column| record.get(column)).unwrap_or_default();
        let row = read_row(number, &record, &columns)?;
        traces.entry(name.trim().to_owned()).or_default().push(row);
    }
    let last = traces.values().flatten().map(|row| row.start).max().ok_or(TraceError::Empty)?;
    let recorded = |(name, written): (String, Vec<Row>)| {
        check_order(&name, &written, last)?;
        intervals(&written, last).recorded(name)
    };
    traces.into_iter().map(recorded).collect()
}

/// Whether the rows of one trace ascend, intervals apart from one another.
fn check_order(name: &str, written: &[Row], last: SimTime) -> Result<(), TraceError> {
    let mut until = SimTime::ZERO;
    for (index, row) in written.iter().enumerate() {
        let (number, name) = (row.number, name.to_owned());
        match row.end {
            Some(end) if row.start < until || end <= row.start => {
                return Err(TraceError::Intervals { row: number, name });
            }
            // What the last instant says is no part of a trace, so it may say it twice.
            None if row.start < until || (index > 0 && row.start == until && until < last) => {
                return Err(TraceError::Changes { row: number, name });
            }
            end => until = end.unwrap_or(row.start),
        }
    }
    Ok(())
}

/// Rows become intervals: each to its own end, or to the start of the next one, or to the `last`
/// instant of the file, of which nothing more is told.
fn intervals(written: &[Row], last: SimTime) -> Rows {
    let mut rows = Rows::default();
    let is_told = |row: &Row| row.end.is_some() || row.start < last;
    for (index, row) in written.iter().enumerate().filter(|(_, row)| is_told(row)) {
        let next = written.get(index + 1).map_or(last, |next| next.start);
        rows.intervals.push((row.start, row.end.unwrap_or(next), row.nodes));
        rows.prices.extend(row.price.map(|price| (row.start, price)));
    }
    rows
}

fn read_row(row: usize, record: &csv::StringRecord, columns: &Columns) -> Result<Row, TraceError> {
    let cell = |column: usize| record.get(column).unwrap_or_default().trim();
    let wrong = |column: &'static str, at: usize, expected: &'static str| TraceError::Cell {
        row,
        column,
        value: cell(at).to_owned(),
        expected,
    };
    let time = |name: &'static str, column: usize| {
        let secs = cell(column).parse::<f64>().ok().filter(|secs| (0.0..1e10).contains(secs));
        let ms = secs.map(|secs| SimTime::from_millis((secs * 1e3).round_ties_even() as u64));
        ms.ok_or_else(|| wrong(name, column, "seconds, 0 or more"))
    };
    let nodes = cell(columns.nodes).parse::<u32>().ok();
    let price = match columns.price.filter(|column| !cell(*column).is_empty()) {
        Some(column) => {
            let price = Price::parse(cell(column));
            Some(price.map_err(|_| wrong("price", column, "a decimal of USD per hour"))?)
        }
        None => None,
    };
    Ok(Row {
        number: row,
        start: time("time", columns.start)?,
        end: columns.end.map(|column| time("end", column)).transpose()?,
        nodes: nodes.ok_or_else(|| wrong("number", columns.nodes, "a number of instances"))?,
        price,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str, name: &str) -> Vec<(u64, u32)> {
        let traces = read(text).unwrap();
        let trace = traces.iter().find(|trace| trace.name == name).unwrap();
        trace.capacity.steps().map(|(start, nodes)| (start.as_millis(), nodes)).collect()
    }

    #[test]
    fn the_three_formats_say_the_same() {
        let intervals = "trace_id,start_s,end_s,nodes_available,spot_price\n\
            a,0,600,0,\na,600,1800,2,\nb,0,1800,1,\n";
        let changes = "time,pool,capacity\n0,a,0\n0,b,1\n600,a,2\n1800,b,1\n";
        let ticks = r#"{"metadata": {"gap_seconds": 600}, "data": [0, 2, 2]}"#;
        for (text, name) in [(intervals, "a"), (changes, "a"), (ticks, "")] {
            assert_eq!(steps(text, name), [(0, 0), (600_000, 2)]);
            let traces = read(text).unwrap();
            assert_eq!(traces[0].capacity.end().as_millis(), 1_800_000, "{text}");
        }
    }

    #[test]
    fn between_intervals_there_is_nothing() {
        let text = "start_s,end_s,nodes_available\n10,20,1\n30,40.5,1\n";
        assert_eq!(steps(text, ""), [(0, 0), (10_000, 1), (20_000, 0), (30_000, 1)]);
    }

    #[test]
    fn recorded_prices_are_read_where_they_are() {
        let text = "time,pool,capacity,price\n0,a,1,0.5\n60,a,1,0.75\n120,a,0,\n";
        let prices = read(text).unwrap()[0].prices.clone().unwrap();
        assert_eq!(prices.at(SimTime::from_millis(90_000)).to_string(), "0.75");
        assert_eq!(steps(text, "a"), [(0, 1)]);
    }

    #[test]
    fn the_last_instant_of_changes_ends_every_trace_and_is_no_part_of_one() {
        let changes = "time,pool,capacity,price\n0,a,5,0.1\n0,b,2,0.1\n7200,a,0,9\n7200,b,0,9\n";
        let intervals = "trace_id,start_s,end_s,nodes_available,spot_price\n\
            a,0,7200,5,0.1\nb,0,7200,2,0.1\n";
        assert_eq!(read(changes).unwrap(), read(intervals).unwrap());
    }

    #[test]
    fn what_is_no_trace_says_what_is_wrong_with_it() {
        for (text, says) in [
            ("a,b\n1,2\n", "its columns are a, b; expected start_s"),
            ("start_s,end_s,nodes_available\n", "it has no row"),
            ("start_s,end_s,nodes_available\n0,10,one\n", "row 1: \"one\" is no number"),
            ("start_s,end_s,nodes_available\n-1,10,1\n", "row 1: \"-1\" is no time"),
            ("start_s,end_s,nodes_available\n0,10,1\n5,20,0\n", "row 2: the intervals of"),
            ("start_s,end_s,nodes_available\n0,0,1\n", "are not apart and ascending"),
            ("time,pool,capacity\n9,p,1\n0,q,1\n0,p,2\n", "row 3: the rows of \"p\" do not"),
            ("time,pool,capacity\n5,p,1\n5,p,2\n9,p,2\n", "row 2: the rows of \"p\" do not"),
            ("time,pool,capacity\n9,p,1\n0,p,2\n5,p,2\n", "row 2: the rows of \"p\" do not"),
            ("time,pool,capacity,price\n0,a,1,x\n", "row 1: \"x\" is no price"),
            ("time,pool,capacity\n0,a,1\n0,b,1\n9,a,0\n9,c,1\n", "pool \"c\" has no row before"),
            ("time,pool,capacity\n0,a,1\n", "pool \"a\" has no row before"),
            ("{\"data\": [1]}", "it is no JSON of ticks"),
            ("{\"metadata\": {\"gap_seconds\": 1}, \"data\": [-1]}", "it is no JSON of ticks"),
            ("{", "it is not JSON"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
