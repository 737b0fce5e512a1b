//! What the gates look at: contracts, test functions, documents.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use contract_codegen::{AsyncApi, Contracts, Language, OpenApi, Operation};
use serde_json::Value;

use super::documents::{Document, Invariant, invariants};
use super::test_functions::TestFunctions;
use crate::error::TaskError;
use crate::generate::source;
use crate::workspace::{Workspace, output};

const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";

/// What the gates look at.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) openapi: OpenApi,
    pub(super) asyncapi: AsyncApi,
    /// The contracts as they are written, for what the models leave out.
    pub(super) openapi_text: Value,
    pub(super) asyncapi_text: Value,
    pub(super) tests: TestFunctions,
    /// Every document of the repository by its path, but those that speak of other projects; see [`documents`].
    pub(super) documents: BTreeMap<String, Document>,
    /// The sources of the migrations by their path.
    pub(super) migrations: BTreeMap<String, String>,
    /// Every file below `contracts/released/`, by its path there; none where it is no JSON.
    pub(super) released: BTreeMap<String, Option<Value>>,
    /// The service's manifest.
    pub(super) manifest: String,
    invariants: BTreeMap<u16, Invariant>,
}

impl Facts {
    /// Reads the repository. Contracts that the generator refuses are refused here with its reasons.
    pub(super) fn read(workspace: &Workspace) -> Result<Self, TaskError> {
        let root = workspace.root();
        let (openapi, asyncapi) = (source(root, "openapi.yaml")?, source(root, "asyncapi.yaml")?);
        let (openapi_text, asyncapi_text) = (openapi.root().clone(), asyncapi.root().clone());
        let contracts = Contracts::read(openapi, asyncapi, Language::Service)?;
        let documents = documents(root)?;
        let parse = |(path, text): (String, String)| (path, serde_json::from_str(&text).ok());
        Ok(Self {
            openapi: contracts.openapi().clone(),
            asyncapi: contracts.asyncapi().clone(),
            openapi_text,
            asyncapi_text,
            tests: TestFunctions::read(root, &crate_roots(workspace)?)?,
            invariants: documents.get(ARCHITECTURE).map(invariants).unwrap_or_default(),
            documents,
            migrations: files(root, "migrations/src", "rs")?,
            released: files(&root.join("contracts/released"), "schemas", "json")?
                .into_iter()
                .map(parse)
                .collect(),
            manifest: read(&root.join("Cargo.toml"))?,
        })
    }

    /// The operations that change something.
    pub(super) fn writes(&self) -> impl Iterator<Item = &Operation> {
        self.openapi
            .operations
            .iter()
            .filter(|operation| operation.is_write())
    }

    /// The operations inside a tenant.
    pub(super) fn tenant_operations(&self) -> impl Iterator<Item = &Operation> {
        self.openapi
            .operations
            .iter()
            .filter(|operation| operation.tenant.is_some())
    }

    /// Why a test is no evidence.
    pub(super) fn test_fault(&self, test: &str) -> Option<String> {
        (!self.tests.runs(test)).then(|| "no test of this name is run, or it is ignored".to_owned())
    }

    /// Why a section is no evidence.
    pub(super) fn section_fault(&self, path: &str, heading: &str) -> Option<String> {
        match self.documents.get(path) {
            None => Some("there is no such document".to_owned()),
            Some(document) if !document.headings().any(|found| found == heading) => {
                Some("the document has no such heading".to_owned())
            }
            Some(_) => None,
        }
    }

    /// An invariant with what it says.
    pub(super) fn invariant_text(&self, number: u16) -> String {
        let statement = self.invariants.get(&number).map(|found| found.statement.as_str());
        format!("I{number} {}", statement.unwrap_or_default())
            .trim_end()
            .to_owned()
    }

    /// Why an invariant is no evidence: it has to be there, and the tests that it names too.
    pub(super) fn invariant_fault(&self, number: u16) -> Option<String> {
        let Some(invariant) = self.invariants.get(&number) else {
            return Some(format!("{ARCHITECTURE} has no such invariant"));
        };
        if invariant.tests.is_empty() {
            return Some("it names no test that holds it".to_owned());
        }
        let mut unheld = invariant.tests.iter().filter(|test| !self.tests.runs(test));
        unheld.next().map(|test| {
            format!("it names the test {test}, which is not run: no test has this name, or it is ignored")
        })
    }
}

/// The roots of all crates of the workspace, as cargo sees them: a file that no crate includes holds no test that runs.
fn crate_roots(workspace: &Workspace) -> Result<Vec<PathBuf>, TaskError> {
    let mut cargo = workspace.cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&output(&mut cargo)?)
        .map_err(|error| TaskError::Unexpected(format!("cargo metadata is no JSON: {error}")))?;
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned();
    let packages = list(&metadata, "packages").unwrap_or_default();
    let targets = packages
        .iter()
        .flat_map(|package| list(package, "targets").unwrap_or_default());
    Ok(targets
        .filter_map(|target| target.get("src_path")?.as_str().map(PathBuf::from))
        .collect())
}

/// README and `docs/`. Left out are the page of the tasks generator, whose examples are other people's features, and the
/// lists of tasks that it writes.
fn documents(root: &Path) -> Result<BTreeMap<String, Document>, TaskError> {
    let mut texts = files(root, "docs", "md")?;
    texts.insert("README.md".to_owned(), read(&root.join("README.md"))?);
    texts.retain(|path, _| path != "docs/TASKS.md" && !path.ends_with("/tasks.md"));
    Ok(texts
        .into_iter()
        .map(|(path, text)| (path, Document::parse(&text)))
        .collect())
}

/// Every file below `folder` with this extension, by its path from `root`.
fn files(root: &Path, folder: &str, extension: &str) -> Result<BTreeMap<String, String>, TaskError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let failed = |source| TaskError::File {
            path: folder.clone(),
            source,
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let name = path.strip_prefix(root).unwrap_or(&path);
                found.insert(name.to_string_lossy().into_owned(), read(&path)?);
            }
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<String, TaskError> {
    fs::read_to_string(path).map_err(|source| TaskError::File {
        path: path.to_owned(),
        source,
    })
}
