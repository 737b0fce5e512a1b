//! A workspace whose members are the projects of a batch, and what cargo says of each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::error::{CorpusError, at};
use super::{CorpusOptions, process, runner};

/// Nobody debugs these programs. What they share is optimised, since it is built once; what is generated is not.
const PROFILES: &str = "\n[profile.dev]\ndebug = false\nincremental = false\n\n[profile.dev.package.\"*\"]\nopt-level = 1\n\n\
                        # Generated code is as fast built as it can be, whoever depends on it.\n";

/// No build of a batch takes an hour.
const BUILD_SECONDS_MAX: u64 = 3600;

/// The workspace of all batches; its target folder keeps what they share.
pub(super) struct Workspace {
    folder: PathBuf,
}

/// What cargo says.
pub(super) struct Built {
    /// For each project that compiles, nothing; for each that does not, the first error.
    pub(super) verdicts: BTreeMap<String, Option<String>>,
}

impl Workspace {
    pub(super) fn new(options: &CorpusOptions) -> Result<Self, CorpusError> {
        let folder = options.out.join("workspace");
        fs::create_dir_all(folder.join("documents")).map_err(at(&folder))?;
        let lock = folder.join("Cargo.lock");
        runner::write_shared(&folder.join("shared"), options)?;
        if !lock.exists() {
            fs::copy(options.checkout.join("Cargo.lock"), &lock).map_err(at(&lock))?;
        }
        Ok(Self { folder })
    }

    /// Where the project of a document is.
    pub(super) fn project(&self, slug: &str) -> PathBuf {
        self.folder.join("documents").join(slug)
    }

    /// Builds the library of each project.
    pub(super) fn build(&self, slugs: &[&str]) -> Result<Built, CorpusError> {
        self.write_members(slugs, &["shared"])?;
        let mut cargo = self.cargo();
        cargo.args([
            "build",
            "--quiet",
            "--keep-going",
            "--lib",
            "--message-format",
            "json",
            "--package",
            runner::SHARED,
        ]);
        for slug in slugs {
            cargo.args(["--package", slug]);
        }
        let ended = process::run(&mut cargo, &self.folder, BUILD_SECONDS_MAX)?;
        let mut verdicts = verdicts(&ended.output);
        for slug in slugs {
            let silent = || Some(format!("cargo built nothing: {}", ended.complaint()));
            verdicts.entry((*slug).to_owned()).or_insert_with(silent);
        }
        // Where even what they depend on does not compile, no document is to blame.
        let foreign = verdicts
            .iter()
            .find(|(name, error)| !slugs.contains(&name.as_str()) && error.is_some());
        if let Some((name, Some(error))) = foreign {
            return Err(CorpusError::Cargo(format!("{name}: {error}")));
        }
        if ended.output.is_empty() {
            return Err(CorpusError::Cargo(ended.errors));
        }
        Ok(Built { verdicts })
    }

    /// Builds the program that holds the projects; they compile. Gives where it is.
    pub(super) fn build_runner(
        &self,
        slugs: &[&str],
        options: &CorpusOptions,
    ) -> Result<PathBuf, CorpusError> {
        runner::write(&self.folder.join("runner"), slugs, options)?;
        self.write_members(slugs, &["runner", "shared"])?;
        let mut cargo = self.cargo();
        cargo.args([
            "build",
            "--quiet",
            "--package",
            runner::PACKAGE,
            "--package",
            runner::SHARED,
        ]);
        let ended = process::run(&mut cargo, &self.folder, BUILD_SECONDS_MAX)?;
        if !ended.is_success() {
            return Err(CorpusError::Cargo(ended.errors));
        }
        Ok(self.folder.join("target/debug").join(runner::PACKAGE))
    }

    /// Removes what was built of these projects: thousands of them would fill the disk.
    pub(super) fn sweep(&self, slugs: &[&str]) {
        let target = self.folder.join("target/debug");
        for folder in ["deps", ".fingerprint", "build", "incremental"].map(|name| target.join(name)) {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let stem = name.strip_prefix("lib").unwrap_or(&name);
                let stem = stem.rsplit_once('-').map_or(stem, |(stem, _)| stem);
                if slugs.contains(&stem) {
                    let path = entry.path();
                    // What cannot be removed is only in the way of the disk.
                    let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
                }
            }
        }
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let inherited = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for name in
            inherited.filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            cargo.env_remove(name);
        }
        cargo
            .env_remove("RUSTFLAGS")
            .env("CARGO_TARGET_DIR", self.folder.join("target"));
        cargo.current_dir(&self.folder);
        cargo
    }

    fn write_members(&self, slugs: &[&str], others: &[&str]) -> Result<(), CorpusError> {
        let documents = slugs.iter().map(|slug| format!("documents/{slug}"));
        let members: Vec<String> = documents
            .chain(others.iter().map(|other| (*other).to_owned()))
            .map(|member| format!("    \"{member}\",\n"))
            .collect();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\n{}]\n{PROFILES}",
            members.concat()
        );
        let path = self.folder.join("Cargo.toml");
        fs::write(&path, manifest).map_err(at(&path))
    }
}

/// What a stream of cargo's messages says of each package: nothing where its library was built, else the first error.
fn verdicts(messages: &str) -> BTreeMap<String, Option<String>> {
    let mut verdicts: BTreeMap<String, Option<String>> = BTreeMap::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let text = |pointer: &str| {
            message
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let name = package(text("/manifest_path"));
        if text("/reason") == "compiler-artifact" {
            verdicts.entry(name).or_insert(None);
        } else if text("/reason") == "compiler-message" && text("/message/level") == "error" {
            let error = verdicts.entry(name).or_insert(None);
            if error.is_none() {
                *error = Some(told(&message));
            }
        }
    }
    verdicts
}

/// An error as a person would tell it: what, and where in the generated code.
fn told(message: &Value) -> String {
    let text = message
        .pointer("/message/message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let spans = message.pointer("/message/spans").and_then(Value::as_array);
    let primary = spans
        .into_iter()
        .flatten()
        .find(|span| span.get("is_primary") == Some(&Value::Bool(true)));
    let place = primary.map(|span| {
        let file = outermost(span)
            .get("file_name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let file = file.rsplit_once("src/").map_or(file, |(_, file)| file).to_owned();
        format!(
            "{file}:{}",
            outermost(span)
                .get("line_start")
                .and_then(Value::as_u64)
                .unwrap_or_default()
        )
    });
    let rendered = message
        .pointer("/message/rendered")
        .and_then(Value::as_str)
        .unwrap_or_default();
    format!("{}: {text}\n{rendered}", place.unwrap_or_default())
}

/// Where the macro is called that an error stands in.
fn outermost(span: &Value) -> &Value {
    let mut outer = span;
    while let Some(call) = outer.pointer("/expansion/span").filter(|call| call.is_object()) {
        outer = call;
    }
    outer
}

/// The name of the package in a folder: projects are named like their folders.
fn package(manifest: &str) -> String {
    let folder = Path::new(manifest).parent().and_then(Path::file_name);
    folder.unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_belongs_to_the_package_that_it_is_in() {
        let message = |path: &str, level: &str, text: &str| {
            serde_json::json!({
                "reason": "compiler-message", "manifest_path": path,
                "message": {"level": level, "message": text, "rendered": "", "spans": [{
                    "is_primary": true, "file_name": "/x/src/glue.rs", "line_start": 1,
                    "expansion": {"span": {"file_name": "documents/a/src/contract/models.rs", "line_start": 7, "expansion": null}},
                }]},
            })
            .to_string()
        };
        let artifact = |path: &str| {
            serde_json::json!({"reason": "compiler-artifact", "manifest_path": path}).to_string()
        };
        let messages = [
            message("/w/documents/a/Cargo.toml", "warning", "unused"),
            message("/w/documents/a/Cargo.toml", "error", "no type"),
            message("/w/documents/a/Cargo.toml", "error", "no field"),
            artifact("/w/documents/b/Cargo.toml"),
            "no JSON".to_owned(),
        ];
        let found = verdicts(&messages.join("\n"));
        let expected = [
            ("a".to_owned(), Some("contract/models.rs:7: no type\n".to_owned())),
            ("b".to_owned(), None),
        ];
        assert_eq!(found, BTreeMap::from(expected));
    }
}
