//! The TOML file, read into text values that know their line.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, nearest};
use super::key::{KEYS, Key};

/// A value of the file.
pub(super) struct FileValue {
    pub(super) key: &'static Key,
    pub(super) text: String,
    pub(super) line: usize,
}

/// Reads `text`, the content of `file`; unknown keys and values of the wrong kind are refused.
pub(super) fn parse(file: &Path, text: &str) -> Result<Vec<FileValue>, ConfigError> {
    let document = DeTable::parse(text).map_err(|error| ConfigError::FileSyntax {
        file: file.to_owned(),
        line: error.span().map_or(1, |span| line_at(text, span.start)),
        reason: error.message().replace('\n', " "),
    })?;
    let reader = Reader { file, text };
    let mut values = Vec::new();
    reader.read_table("", document.get_ref(), &mut values)?;
    Ok(values)
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn read_table(
        &self,
        prefix: &str,
        table: &DeTable<'_>,
        values: &mut Vec<FileValue>,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let line = line_at(self.text, name.span().start);
            let name = format!("{prefix}{}", name.get_ref());
            match (Key::find(&name), value.get_ref()) {
                (Some(key), value) => values.push(FileValue {
                    key,
                    text: self.text_of(key, line, value)?,
                    line,
                }),
                (None, DeValue::Table(inner)) if is_table(&name) => {
                    self.read_table(&format!("{name}."), inner, values)?;
                }
                (None, _) => {
                    let nearest = nearest(&name, KEYS.iter().map(|key| key.name.to_owned()));
                    return Err(ConfigError::UnknownKey {
                        file: self.file.to_owned(),
                        line,
                        name,
                        nearest,
                    });
                }
            }
        }
        Ok(())
    }

    fn text_of(&self, key: &Key, line: usize, value: &DeValue<'_>) -> Result<String, ConfigError> {
        let items = |array: &[Spanned<DeValue<'_>>]| -> Option<Vec<String>> {
            array
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect()
        };
        let text = match value {
            DeValue::String(text) => Some(text.clone().into_owned()),
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Boolean(value) => Some(if *value { "on" } else { "off" }.to_owned()),
            DeValue::Array(array) => items(array).map(|items| items.join(",")),
            _ => None,
        };
        text.ok_or_else(|| ConfigError::InvalidValue {
            origin: origin(self.file, line, key),
            problem: format!("must be text, such as {} = \"…\"", key.name),
        })
    }
}

/// How a value of the file is named in an error.
pub(super) fn origin(file: &Path, line: usize, key: &Key) -> String {
    format!("{} line {line}: {}", file.display(), key.name)
}

fn is_table(name: &str) -> bool {
    KEYS.iter()
        .any(|key| key.name.split_once('.').is_some_and(|(table, _)| table == name))
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
