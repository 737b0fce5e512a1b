//! The files of a feature's folder, as text.

use std::fs;
use std::path::Path;

use crate::tasks::model::{Origin, Problem};

/// A file as text, and what was wrong with its bytes.
pub(crate) struct Text {
    /// The text; bytes that are none are replaced.
    pub(crate) content: String,
    invalid: Option<u64>,
}

impl Text {
    /// Reads bytes: UTF-8, or UTF-16 with its mark.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let wide = |pairs: &[u8], little: bool| -> Option<String> {
            let units: Vec<u16> = pairs
                .chunks_exact(2)
                .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
                .map(|pair| {
                    if little {
                        u16::from_le_bytes(pair)
                    } else {
                        u16::from_be_bytes(pair)
                    }
                })
                .collect();
            String::from_utf16(&units).ok()
        };
        let decoded = match bytes {
            [0xff, 0xfe, rest @ ..] => wide(rest, true),
            [0xfe, 0xff, rest @ ..] => wide(rest, false),
            _ => None,
        };
        let (text, invalid) = match decoded {
            Some(text) => (text, None),
            None => match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), None),
                Err(error) => {
                    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                    let line = before.split(|byte| *byte == b'\n').count() as u64;
                    (String::from_utf8_lossy(bytes).into_owned(), Some(line))
                }
            },
        };
        let content = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        Self { content, invalid }
    }

    /// What was wrong with the bytes.
    pub(crate) fn problem(&self, file: &str) -> Option<Problem> {
        let line = self.invalid?;
        Some(Problem {
            origin: Origin::line(file, line),
            reason: "the line is not UTF-8; it was read as far as it is".to_owned(),
        })
    }
}

/// The files of `contracts/`, in the order of their names, at most eight folders deep.
pub(crate) fn contract_files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    walk(&folder.join("contracts"), "contracts", 8, &mut files);
    files.sort();
    files
}

fn walk(folder: &Path, name: &str, depth: u8, files: &mut Vec<String>) {
    const OTHERS: [&str; 14] = [
        "png", "jpg", "jpeg", "gif", "svg", "webp", "pdf", "ico", "zip", "lock", "pyc", "puml", "drawio",
        "bak",
    ];
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(file) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{name}/{file}");
        let ending = file
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_lowercase())
            .unwrap_or_default();
        let tool = [
            "package.json",
            "package-lock.json",
            "tsconfig.json",
            "redocly.yaml",
            "node_modules",
        ];
        if file.starts_with('.') || tool.contains(&file.as_str()) || OTHERS.contains(&ending.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            if depth > 0 {
                walk(&entry.path(), &path, depth - 1, files);
            }
        } else {
            files.push(path);
        }
    }
}

/// How tasks name the folder: from `specs`, `docs` or `features` on, wherever it lies.
pub(crate) fn name(folder: &Path) -> String {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let parts: Vec<String> = whole
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let start = parts
        .iter()
        .rposition(|part| part == "specs" || part == "docs")
        .or_else(|| parts.iter().rposition(|part| part == "features"));
    let start = start
        .filter(|start| parts.len() - start <= 4)
        .unwrap_or(parts.len().saturating_sub(1));
    parts.get(start..).unwrap_or_default().join("/")
}
