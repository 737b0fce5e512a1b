//! The files of a contract, each read once.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde::de::IgnoredAny;

use super::limits::Budget;
use super::node::{Node, Place};
use super::resources;
use super::yaml::{self, Fault};

/// A file that was read.
#[derive(Debug)]
pub(super) struct ContractFile {
    /// As people are told of it.
    pub(super) name: String,
    /// Where it lies, without symbolic links; `None` if the text did not come from a file.
    pub(super) path: Option<PathBuf>,
    /// What is in it; taken out of the entry while it is worked on.
    pub(super) root: Node,
}

/// All files of a contract, the entry first.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) all: Vec<ContractFile>,
    by_path: HashMap<PathBuf, u32>,
    /// The symbolic links by which references led to files, each with where the file lies.
    pub(super) links: BTreeMap<PathBuf, PathBuf>,
    pub(super) budget: Budget,
}

impl Files {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            all: Vec::new(),
            by_path: HashMap::new(),
            links: BTreeMap::new(),
            budget,
        }
    }

    /// Takes the text of a contract that has no files beside it.
    pub(super) fn add_text(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.budget.take_bytes(length).map_err(nowhere)?;
        self.add(name.to_owned(), None, text)?;
        Ok(())
    }

    /// The number of the file at `path`, which is called `name`.
    pub(super) fn open(&mut self, name: String, path: &Path) -> Result<u32, Fault> {
        let path = path.canonicalize().map_err(unreadable)?;
        self.open_real(name, path)
    }

    /// The number of the file at `path`, in which there are no symbolic links.
    fn open_real(&mut self, name: String, path: PathBuf) -> Result<u32, Fault> {
        if let Some(number) = self.by_path.get(&path) {
            return Ok(*number);
        }
        let text = self.read(&path)?;
        let number = self.add(name, Some(path.clone()), &text)?;
        self.by_path.insert(path, number);
        Ok(number)
    }

    /// Never more bytes than may be read, whatever the file system says of the file's length.
    fn read(&mut self, path: &Path) -> Result<String, Fault> {
        // Whoever opens a pipe waits until somebody writes into it.
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(nowhere("cannot be read: is no regular file".to_owned()));
        }
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let left = self.budget.bytes_left();
        let mut bytes = Vec::new();
        if length <= left {
            file.take(left + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        }
        let length = length.max(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.budget.take_bytes(length).map_err(nowhere)?;
        text(bytes).map_err(|(line, column, reason)| {
            let file = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
            Fault {
                place: Place { file, line, column },
                pointer: String::new(),
                reason,
            }
        })
    }

    fn add(&mut self, name: String, path: Option<PathBuf>, text: &str) -> Result<u32, Fault> {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let empty = Node::empty(Place {
            file: number,
            line: 0,
            column: 0,
        });
        // It is there before it is read, so that a refusal of what is in it can tell its name.
        self.all.push(ContractFile {
            name,
            path,
            root: empty,
        });
        let mut root = yaml::read(number, &printable(text), &mut self.budget)?;
        resources::lead_from_root(&mut root);
        if let Some(file) = self.get_mut(number) {
            file.root = root;
        }
        Ok(number)
    }

    /// What is in the entry.
    pub(super) fn take_entry(&mut self) -> Node {
        let empty = Node::empty(Place {
            file: 0,
            line: 0,
            column: 0,
        });
        self.get_mut(0)
            .map_or(empty.clone(), |file| std::mem::replace(&mut file.root, empty))
    }

    pub(super) fn get(&self, number: u32) -> Option<&ContractFile> {
        self.all.get(usize::try_from(number).ok()?)
    }

    fn get_mut(&mut self, number: u32) -> Option<&mut ContractFile> {
        self.all.get_mut(usize::try_from(number).ok()?)
    }

    /// The file to which `relative` leads from file number `from`. `Ok(None)` if there are no files beside it.
    pub(super) fn beside(&mut self, from: u32, relative: &str) -> Result<Option<u32>, Fault> {
        let Some(ContractFile {
            name,
            path: Some(from),
            ..
        }) = self.get(from)
        else {
            return Ok(None);
        };
        let name = match name.rsplit_once('/') {
            Some((parent, _)) => format!("{parent}/{relative}"),
            None => relative.to_owned(),
        };
        let folder = from.parent().unwrap_or(from);
        let path = folder.join(relative);
        let real = path.canonicalize().map_err(unreadable)?;
        let named = without_steps(&path);
        if named != real {
            self.links.insert(named, real.clone());
        }
        self.open_real(tidy(&name), real).map(Some)
    }
}

/// A name without `./`, and without `x/..`.
fn tidy(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path without `./`, and without `x/..`.
fn without_steps(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` takes")]
fn unreadable(error: std::io::Error) -> Fault {
    nowhere(format!("cannot be read: {error}"))
}

fn nowhere(reason: String) -> Fault {
    Fault {
        place: Place {
            file: 0,
            line: 0,
            column: 0,
        },
        pointer: String::new(),
        reason,
    }
}

/// JSON allows characters that YAML wants escaped (§5.1 of YAML 1.2.2). They can only stand in its texts, where an escape says the same.
fn printable(text: &str) -> Cow<'_, str> {
    let is_json = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '[']);
    let wants_escape =
        |other: char| matches!(other, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if !is_json || !text.contains(wants_escape) || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for other in text.chars() {
        if wants_escape(other) {
            escaped.extend(format!("\\u{:04x}", u32::from(other)).chars());
        } else {
            escaped.push(other);
        }
    }
    Cow::Owned(escaped)
}

/// The text of some bytes, or what is wrong with them and in which line and column.
fn text(bytes: Vec<u8>) -> Result<String, (u32, u32, String)> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((1, 1, "is UTF-16; a contract must be UTF-8".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let of_line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(of_line).chars().count() + 1;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (
            number(line),
            number(column),
            "is not UTF-8, so it is no text".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_refused_where_they_stand() {
        assert_eq!(text(b"a: b\n".to_vec()).unwrap(), "a: b\n");
        assert_eq!(
            text(b"a: b\nc: \xc3\xa9\xff".to_vec()).unwrap_err(),
            (2, 5, "is not UTF-8, so it is no text".to_owned())
        );
        assert!(text(b"\xff\xfea\0".to_vec()).unwrap_err().2.contains("UTF-16"));
    }

    #[test]
    fn names_are_told_as_short_as_they_can_be() {
        assert_eq!(tidy("contracts/./a/../b.yaml"), "contracts/b.yaml");
        assert_eq!(tidy("../../b.yaml"), "../../b.yaml");
        assert_eq!(tidy("/a/../b.yaml"), "/b.yaml");
    }
}
