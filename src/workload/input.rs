//! The bytes of a trace or a workflow: plain or gzip, told by content.
//!
//! Knows nothing of what they say. Errors of a damaged gzip stream are named by [`read_error`].

use crate::workload::WorkloadError;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

/// A reader of decompressed bytes.
pub(super) type Input = Box<dyn Read + Send>;

pub(super) fn open(path: &Path) -> Result<File, WorkloadError> {
    File::open(path).map_err(|source| WorkloadError::Open { path: path.into(), source })
}

/// Sees whether the bytes are gzip and decompresses them if so; refuses UTF-16.
pub(super) fn decompress(
    mut reader: impl Read + Send + 'static,
    path: &Path,
) -> Result<Input, WorkloadError> {
    let mut magic = [0; 2];
    let mut length = 0;
    while length < magic.len() {
        match reader.read(&mut magic[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(path, 0, error)),
        }
    }
    let bytes = Cursor::new(magic).take(length as u64).chain(reader);
    match &magic[..length] {
        [0x1f, 0x8b] => {
            let compressed = BufReader::with_capacity(1 << 16, bytes);
            Ok(Box::new(MultiGzDecoder::new(compressed)))
        }
        [0xff, 0xfe] | [0xfe, 0xff] => {
            let what = "the file (it begins like UTF-16)";
            Err(WorkloadError::NotUtf8 { path: path.into(), line: 1, what })
        }
        _ => Ok(Box::new(bytes)),
    }
}

/// Names what went wrong while reading. A plain file never reports the kinds that a damaged gzip
/// stream does.
#[cold]
pub(super) fn read_error(path: &Path, line: u64, source: io::Error) -> WorkloadError {
    let what = match source.kind() {
        io::ErrorKind::UnexpectedEof => "ends in the middle",
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => "is damaged",
        _ => return WorkloadError::Read { path: path.into(), line, source },
    };
    WorkloadError::Gzip { path: path.into(), line, what }
}
