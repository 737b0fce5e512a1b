//! `Cargo.toml`: written once, and read to learn which contracts a project was made of.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::ProjectOptions;
use super::error::{ProjectError, at};
use crate::generation::{ContractFiles, Unsupported};

/// What a crate has that is built by itself.
const ALONE: &str = "
# This crate belongs to no workspace around it; take this line away where it becomes a member of one.
[workspace]

# Less to debug, sooner built.
[profile.dev]
debug = \"line-tables-only\"

[profile.dev.package.\"*\"]
debug = false";

/// Names that cargo takes for something else (`cargo new` refuses them too), and those of what the crate depends on; as they are in
/// code.
const TAKEN: &[&str] = &[
    "alloc",
    "build",
    "contract_codegen",
    "contract_runtime",
    "core",
    "deps",
    "examples",
    "incremental",
    "poem",
    "proc_macro",
    "serde",
    "serde_json",
    "std",
    "test",
    "tokio",
];

/// The part of the manifest that is the generator's.
const SECTION: &str = "[package.metadata.contract]";

/// What a project remembers of how it was made.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) name: String,
    /// Paths below the project's folder.
    pub(super) contracts: ContractFiles,
    pub(super) unsupported: Unsupported,
}

/// Whether `folder` holds a project that this program made.
pub(super) fn is_project(folder: &Path) -> Result<bool, ProjectError> {
    Ok(read(folder)?.is_some_and(|manifest| metadata(&manifest).is_some()))
}

/// What the project in `folder` remembers.
pub(super) fn remembered(folder: &Path) -> Result<Remembered, ProjectError> {
    let none = || ProjectError::NoProject(folder.to_owned());
    let manifest = read(folder)?.ok_or_else(none)?;
    let made_of = metadata(&manifest).ok_or_else(none)?;
    let path = |name: &str| made_of.get(name).and_then(Value::as_str).map(PathBuf::from);
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name")?.as_str());
    let leaves_out = made_of
        .get("partial")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    Ok(Remembered {
        name: name.ok_or_else(none)?.to_owned(),
        contracts: ContractFiles {
            openapi: path("openapi"),
            asyncapi: path("asyncapi"),
        },
        unsupported: if leaves_out {
            Unsupported::LeaveOut
        } else {
            Unsupported::Refuse
        },
    })
}

fn read(folder: &Path) -> Result<Option<Table>, ProjectError> {
    let path = folder.join("Cargo.toml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(at(&path)(error)),
    };
    let parsed = text
        .parse()
        .map_err(|error: toml::de::Error| ProjectError::Manifest {
            path,
            reason: error.message().to_owned(),
        })?;
    Ok(Some(parsed))
}

fn metadata(manifest: &Table) -> Option<&Value> {
    manifest.get("package")?.get("metadata")?.get("contract")
}

/// The crate's name: the wanted one, or that of the folder.
pub(super) fn name(folder: &Path, wanted: Option<&str>) -> Result<String, ProjectError> {
    if let Some(wanted) = wanted {
        return if is_name(wanted) {
            Ok(wanted.to_owned())
        } else {
            Err(ProjectError::Name(wanted.to_owned()))
        };
    }
    let folder = std::path::absolute(folder).map_err(at(folder))?;
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let name: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '_' {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches('-');
    if is_name(name) {
        Ok(name.to_owned())
    } else {
        Err(ProjectError::Name(name.to_owned()))
    }
}

fn is_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let in_code = name.replace('-', "_");
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(is_letter)
        && !TAKEN.contains(&in_code.as_str())
        && syn::parse_str::<syn::Ident>(&in_code).is_ok()
}

/// The text of `Cargo.toml`; `contracts` are paths below the project's folder.
pub(super) fn text(
    name: &str,
    contracts: &ContractFiles,
    options: &ProjectOptions,
) -> Result<String, ProjectError> {
    let version = versions(&options.checkout)?;
    let in_checkout = |name: &str| quoted(&options.checkout.join("crates").join(name));
    let mut lines = vec![
        "[package]".to_owned(),
        format!("name = \"{name}\""),
        "version = \"0.1.0\"".to_owned(),
        "edition = \"2024\"".to_owned(),
        "publish = false".to_owned(),
        String::new(),
        "# What this crate was made of; `cargo xtask generate` reads it.".to_owned(),
        SECTION.to_owned(),
    ];
    lines.extend(made_of(contracts, options.unsupported));
    lines.extend([String::new(), "[dependencies]".to_owned()]);
    lines.push(format!(
        "contract-runtime = {{ path = {} }}",
        in_checkout("contract-runtime")
    ));
    if contracts.openapi.is_some() {
        lines.push(with_features("poem", &version("poem"), &["server"]));
    }
    lines.push(format!(
        "serde = {{ version = \"{}\", features = [\"derive\"] }}",
        version("serde")
    ));
    lines.push(format!("serde_json = \"{}\"", version("serde_json")));
    if contracts.openapi.is_some() {
        let features = ["macros", "net", "rt-multi-thread", "signal"];
        lines.push(with_features("tokio", &version("tokio"), &features));
    }
    lines.extend([String::new(), "[dev-dependencies]".to_owned()]);
    lines.push(format!(
        "contract-codegen = {{ path = {} }}",
        in_checkout("contract-codegen")
    ));
    if options.standalone {
        lines.push(ALONE.to_owned());
    }
    Ok(lines.join("\n") + "\n")
}

/// The manifest of a project with a note of what it is made now; everything else in it is the team's.
pub(super) fn remembering(
    folder: &Path,
    contracts: &ContractFiles,
    unsupported: Unsupported,
) -> Result<String, ProjectError> {
    let path = folder.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(at(&path))?;
    let mut lines: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        let is_header = line.trim() == SECTION;
        is_inside =
            is_header || (is_inside && !line.trim().is_empty() && !line.trim_start().starts_with('['));
        if is_header {
            lines.push(line.to_owned());
            lines.extend(made_of(contracts, unsupported));
        } else if !is_inside {
            lines.push(line.to_owned());
        }
    }
    Ok(lines.join("\n") + "\n")
}

fn made_of(contracts: &ContractFiles, unsupported: Unsupported) -> Vec<String> {
    let named = [("openapi", &contracts.openapi), ("asyncapi", &contracts.asyncapi)];
    let mut lines: Vec<String> = named
        .iter()
        .filter_map(|(key, path)| Some(format!("{key} = {}", quoted(path.as_deref()?))))
        .collect();
    lines.push(format!("partial = {}", unsupported == Unsupported::LeaveOut));
    lines
}

fn quoted(path: &Path) -> String {
    Value::from(path.to_string_lossy().into_owned()).to_string()
}

fn with_features(name: &str, version: &str, features: &[&str]) -> String {
    let features = features.join("\", \"");
    format!("{name} = {{ version = \"{version}\", default-features = false, features = [\"{features}\"] }}")
}

/// Looks up which version of a crate the checkout itself uses.
fn versions(checkout: &Path) -> Result<impl Fn(&str) -> String, ProjectError> {
    let manifest = read(checkout)?.ok_or_else(|| ProjectError::NoProject(checkout.to_owned()))?;
    Ok(move |name: &str| {
        let entry = manifest
            .get("workspace")
            .and_then(|workspace| workspace.get("dependencies")?.get(name));
        let version = entry.and_then(|entry| entry.as_str().or_else(|| entry.get("version")?.as_str()));
        version.unwrap_or("*").to_owned()
    })
}
