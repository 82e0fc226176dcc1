//! Where a scenario comes from, and the files that it names.

use super::error::Complaint;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where a scenario comes from.
#[derive(Clone, Debug)]
pub enum ScenarioSource {
    /// A YAML, JSON or TOML file, told by its extension.
    File(PathBuf),
    /// A folder with a `scenario.yaml`, `.yml`, `.json` or `.toml`.
    Folder(PathBuf),
    /// A study that the program carries.
    Embedded {
        /// Its name.
        name: String,
        /// The text of its `scenario.yaml`.
        text: String,
        /// The files that it names, by name.
        files: Vec<(String, String)>,
    },
    /// A value in memory, such as a resolved scenario; files are relative to `base`.
    Value {
        /// The scenario.
        value: Value,
        /// The folder of its files.
        base: PathBuf,
    },
}

impl ScenarioSource {
    /// A folder when `path` is one, else a file.
    #[must_use]
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        if path.is_dir() { Self::Folder(path) } else { Self::File(path) }
    }
}

/// The file of a folder that is a scenario, in order of preference.
pub(super) const FILE_NAMES: [&str; 4] =
    ["scenario.yaml", "scenario.yml", "scenario.json", "scenario.toml"];

const ACCEPTED: &str = "a file; paths are relative to the scenario's folder";

/// The files that a scenario can name.
#[derive(Clone, Debug)]
pub(super) enum Files {
    /// Those of a folder and below.
    Folder {
        folder: PathBuf,
        /// Those that were asked for.
        asked: RefCell<Vec<PathBuf>>,
    },
    /// Those that the program carries.
    Embedded(Vec<(String, String)>),
}

impl Files {
    /// Those of a folder and below.
    pub(super) fn folder(folder: PathBuf) -> Self {
        Self::Folder { folder, asked: RefCell::default() }
    }

    /// Every file on disk that was asked for.
    pub(super) fn on_disk(&self) -> Vec<PathBuf> {
        match self {
            Self::Folder { asked, .. } => asked.borrow().clone(),
            Self::Embedded(_) => Vec::new(),
        }
    }

    /// Notes a file that is read without these.
    pub(super) fn note(&self, path: &Path) {
        if let Self::Folder { asked, .. } = self {
            asked.borrow_mut().push(path.to_owned());
        }
    }

    /// The path of a file of the folder, which is noted.
    fn ask(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        self.note(&path);
        path
    }

    /// The text of a file.
    pub(super) fn text(&self, name: &str) -> Result<String, Complaint> {
        match self {
            Self::Folder { folder, .. } => read_text(&self.ask(folder, name)),
            Self::Embedded(files) => files
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, text)| text.clone())
                .ok_or_else(|| missing(name)),
        }
    }

    /// The bytes of a file. One that the program carries must be a text.
    pub(super) fn bytes(&self, name: &str) -> Result<Vec<u8>, Complaint> {
        match self {
            Self::Folder { folder, .. } => read_bytes(&self.ask(folder, name)),
            Self::Embedded(_) => self.text(name).map(String::into_bytes),
        }
    }

    /// The text of a file that may be gzipped, and the hash of its bytes.
    pub(super) fn inflated_text(&self, name: &str) -> Result<(String, String), Complaint> {
        let bytes = self.bytes(name)?;
        let hash = blake3::hash(&bytes).to_hex().to_string();
        let bytes = match bytes.as_slice() {
            [0x1f, 0x8b, ..] => {
                let mut inflated = Vec::new();
                MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut inflated).map_err(
                    |error| Complaint::new(format!("{name} is a damaged gzip: {error}")),
                )?;
                inflated
            }
            _ => bytes,
        };
        Ok((utf8(bytes, name)?, hash))
    }

    /// The path of a file that exists.
    pub(super) fn path(&self, name: &str) -> Result<PathBuf, Complaint> {
        match self {
            Self::Folder { folder, .. } if folder.join(name).is_file() => {
                Ok(self.ask(folder, name))
            }
            Self::Embedded(files) if files.iter().any(|(known, _)| known == name) => {
                Ok(PathBuf::from(name))
            }
            Self::Folder { folder, .. } => Err(no_file(&folder.join(name))),
            Self::Embedded(_) => Err(missing(name)),
        }
    }
}

fn missing(name: &str) -> Complaint {
    Complaint::new(format!("{name} does not exist")).accepted(ACCEPTED)
}

/// What a path is that is no regular file.
fn no_file(path: &Path) -> Complaint {
    let name = path.display();
    let what = match path.metadata() {
        Err(_) => return missing(&name.to_string()),
        Ok(found) if found.is_dir() => "is a folder",
        // It is read more than once, which a device or a pipe does not allow.
        Ok(_) => "is a device or a pipe",
    };
    Complaint::new(format!("{name} {what}, not a file")).accepted(ACCEPTED)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Complaint> {
    let name = path.display();
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => missing(&name.to_string()),
        _ => Complaint::new(format!("{name} can not be read: {error}")),
    })
}

/// Reads a text file.
///
/// # Errors
/// When it does not exist, can not be read, or is not UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, Complaint> {
    utf8(read_bytes(path)?, &path.display().to_string())
}

fn utf8(bytes: Vec<u8>, name: &str) -> Result<String, Complaint> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Complaint::new(format!("{name} is not UTF-8 from byte {at} on")).accepted("UTF-8 text")
    })
}
