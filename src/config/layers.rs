//! Flags over variables over the file over defaults.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::cli::Cli;
use super::error::{ConfigError, nearest};
use super::file;
use super::key::{FILE_VARIABLE, KEYS, Key, VARIABLE_PREFIX};

/// A value and where it was set.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sourced {
    pub(super) text: String,
    /// The flag, the variable, or the file, line and key; `None` for a default.
    pub(super) origin: Option<String>,
}

/// The effective text of every key that has one.
pub(super) struct Layers(BTreeMap<&'static str, Sourced>);

impl Layers {
    /// Reads all layers and refuses every name that is unknown in any of them.
    pub(super) fn read(
        cli: &Cli,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        read_file: impl FnOnce(&Path) -> io::Result<String>,
    ) -> Result<Self, ConfigError> {
        let Variables {
            own: variables,
            standard,
        } = read_variables(environment)?;
        let file = cli
            .config
            .clone()
            .or_else(|| variables.get(FILE_VARIABLE).map(PathBuf::from));

        let mut values = BTreeMap::new();
        for key in KEYS {
            if let Some(default) = key.default {
                values.insert(
                    key.name,
                    Sourced {
                        text: default.to_owned(),
                        origin: None,
                    },
                );
            }
            if let Some((name, text)) = key
                .standard_variable
                .and_then(|name| standard.get_key_value(name))
            {
                values.insert(
                    key.name,
                    Sourced {
                        text: text.clone(),
                        origin: Some((*name).to_owned()),
                    },
                );
            }
        }
        if let Some(path) = file {
            let text = read_file(&path).map_err(|error| ConfigError::FileUnreadable {
                file: path.clone(),
                reason: error.to_string(),
            })?;
            for value in file::parse(&path, &text)? {
                let origin = Some(file::origin(&path, value.line, value.key));
                values.insert(
                    value.key.name,
                    Sourced {
                        text: value.text,
                        origin,
                    },
                );
            }
        }
        for key in KEYS {
            if let Some(text) = variables.get(&key.variable()) {
                values.insert(
                    key.name,
                    Sourced {
                        text: text.clone(),
                        origin: Some(key.variable()),
                    },
                );
            }
            if let Some(text) = cli.flags.get(key.name) {
                values.insert(
                    key.name,
                    Sourced {
                        text: text.clone(),
                        origin: Some(format!("--{}", key.flag)),
                    },
                );
            }
        }
        Ok(Self(values))
    }

    /// The effective text of `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Sourced> {
        self.0.get(name)
    }

    /// Whether an operator set `name`.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.origin.is_some())
    }

    /// Where `name` was set, for an error.
    pub(super) fn origin(&self, name: &str) -> String {
        self.get(name)
            .and_then(|value| value.origin.clone())
            .unwrap_or_else(|| format!("the default of {name}"))
    }

    /// The effective value of `name`, if it has one, as `parse` reads it; `parse` says what is wrong.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        parse(&value.text).map(Some).map_err(|problem| {
            let shown = Key::find(name).is_none_or(|key| !key.secret);
            let problem = if shown {
                format!("{:?} {problem}", value.text)
            } else {
                format!("it {problem}")
            };
            ConfigError::InvalidValue {
                origin: self.origin(name),
                problem,
            }
        })
    }

    /// The effective value of `name`, which has a default.
    pub(super) fn required<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        self.optional(name, parse)?
            .ok_or_else(|| ConfigError::InvalidValue {
                origin: name.to_owned(),
                problem: "must be set".to_owned(),
            })
    }
}

#[derive(Default)]
struct Variables {
    /// Those of this service, by name.
    own: BTreeMap<String, String>,
    /// Those that a standard names and a key looks into.
    standard: BTreeMap<&'static str, String>,
}

/// The service's own variables, and those of standards that a key names; an empty one counts as not set, as compose files write it.
fn read_variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Variables, ConfigError> {
    let mut variables = Variables::default();
    for (name, value) in environment {
        let name = name.to_string_lossy().into_owned();
        let standard_name = KEYS
            .iter()
            .filter_map(|key| key.standard_variable)
            .find(|known| *known == name);
        if !name.starts_with(VARIABLE_PREFIX) && standard_name.is_none() {
            continue;
        }
        let is_known =
            standard_name.is_some() || name == FILE_VARIABLE || KEYS.iter().any(|key| key.variable() == name);
        if !is_known {
            let nearest = nearest(
                &name,
                KEYS.iter().map(Key::variable).chain([FILE_VARIABLE.to_owned()]),
            );
            return Err(ConfigError::UnknownVariable { name, nearest });
        }
        let value = value.into_string().map_err(|_| ConfigError::InvalidValue {
            origin: name.clone(),
            problem: "must be UTF-8 text".to_owned(),
        })?;
        match standard_name {
            _ if value.is_empty() => {}
            Some(known) => _ = variables.standard.insert(known, value),
            None => _ = variables.own.insert(name, value),
        }
    }
    Ok(variables)
}
