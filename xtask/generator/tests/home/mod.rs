//! A folder in which projects are made, and small contracts for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rollcall_generator::generation::{ContractFiles, Unsupported};
use rollcall_generator::project::{Project, ProjectError, ProjectOptions, scaffold};
use tempfile::TempDir;

pub(crate) const CONTRACT: &str = "\
openapi: 3.0.3
info: { title: Pets, version: '1' }
paths:
  /pets:
    get:
      operationId: listPets
      responses: { '204': { description: None. } }
";

pub(crate) const MORE: &str = "    post:
      operationId: addPet
      responses: { '204': { description: Added. } }
";

pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// All files below, without those that the generator names as it likes.
    pub(crate) fn files(&self, folder: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![self.path(folder)];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path
                    .strip_prefix(self.0.path())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                if path.is_dir() {
                    open.push(path);
                } else if !name.contains("/src/contract/") {
                    found.insert(name);
                }
            }
        }
        found
    }

    pub(crate) fn make(&self, contract: &Path) -> Result<Project, ProjectError> {
        self.make_of(Some(contract), None, None)
    }

    pub(crate) fn make_of(
        &self,
        openapi: Option<&Path>,
        asyncapi: Option<&Path>,
        name: Option<&str>,
    ) -> Result<Project, ProjectError> {
        let contracts = ContractFiles {
            openapi: openapi.map(Path::to_owned),
            asyncapi: asyncapi.map(Path::to_owned),
        };
        let options = ProjectOptions {
            checkout: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
            name: name.map(str::to_owned),
            unsupported: Unsupported::Refuse,
            standalone: true,
        };
        scaffold(&self.path("pets"), &contracts, &options)
    }
}

pub(crate) const EVENTS: &str = "\
asyncapi: 3.0.0
info: { title: Pets, version: '1' }
channels:
  pets: { address: pets, messages: { petAdded: { payload: { type: object } } } }
operations:
  add: { action: send, channel: { $ref: '#/channels/pets' } }
";
