//! A contract: its values, and where each of them stands.
//!
//! Whatever comes after sees one document in which every reference is local, `#` and a JSON pointer. Where values came from,
//! from which file and line, is kept beside them as a list in the order of the document, so that a position costs a few
//! bytes and no text.

mod bundle;
mod files;
mod formats;
mod limits;
mod members;
mod node;
mod resources;
mod scalar;
#[cfg(test)]
mod tests;
mod version;
mod with;
mod without;
mod yaml;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use indexmap::IndexSet;
use serde_json::Value;

use crate::schema::KindsMemo;
use crate::{Dialect, Refusal, Refusals, Warning};
use files::Files;
use formats::Formats;
use limits::Budget;
pub use limits::Limits;
use node::{Place, Settled};
pub(crate) use node::{index, tokens};
use yaml::Fault;

/// A contract as it was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The names of its files, the entry first.
    files: Vec<String>,
    origin: Origin,
    root: Value,
    places: Vec<Settled>,
    /// Whether the version was a number, and is a text now.
    pub(crate) version_was_number: bool,
    /// All pointers, in the order of the document, which is that of the numbers; made when someone asks for one.
    pointers: OnceLock<IndexSet<String>>,
    /// Which types of values the schemas accept, as far as someone asked.
    pub(crate) kinds: KindsMemo,
    /// The schemas that are of another format because of who refers to them; found when someone asks.
    formats: OnceLock<Formats>,
}

/// Where the files of a contract lie.
#[derive(Debug, Clone, Default)]
struct Origin {
    paths: Vec<PathBuf>,
    links: BTreeMap<PathBuf, PathBuf>,
}

impl Source {
    /// Reads one file of YAML 1.2, of which JSON is a part. A mapping that has a key twice is refused. References to other files stay as
    /// they are.
    pub fn parse(name: &str, text: &str) -> Result<Self, Refusals> {
        let mut files = Files::new(Budget::new(&Limits::default()));
        let read = files.add_text(name, text);
        Self::assemble(files, name, read)
    }

    /// Reads a contract with all local files that it refers to, and makes one document of them in which every reference is local.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, Refusals> {
        let name = path.display().to_string();
        let mut files = Files::new(Budget::new(limits));
        let read = files.open(name.clone(), path).map(|_| ());
        let source = Self::assemble(files, &name, read)?;
        source.said_dialect().map_err(|refusal| Refusals(vec![refusal]))?;
        Ok(source)
    }

    fn assemble(mut files: Files, name: &str, read: Result<(), Fault>) -> Result<Self, Refusals> {
        if let Err(fault) = read {
            let names = vec![name.to_owned()];
            return Err(Refusals(vec![refusal(
                &names,
                fault.place,
                &fault.pointer,
                fault.reason,
            )]));
        }
        let limits = files.budget.limits;
        let said = files
            .all
            .first()
            .and_then(|file| Dialect::said(|field| file.root.get(field)?.text()));
        let wants_bundling = files
            .all
            .first()
            .is_some_and(|file| file.root.has_references_to_settle());
        let (mut root, findings) = if wants_bundling {
            bundle::bundle(&mut files, said.unwrap_or(Dialect::OpenApi30))
        } else {
            (files.take_entry(), Vec::new())
        };
        let origin = Origin {
            paths: files.all.iter().filter_map(|file| file.path.clone()).collect(),
            links: files.links,
        };
        let names: Vec<String> = files.all.into_iter().map(|file| file.name).collect();
        if !findings.is_empty() {
            let refusals = findings
                .into_iter()
                .map(|one| refusal(&names, one.place, &one.pointer, one.reason));
            return Err(Refusals::unique(refusals.collect()));
        }
        let version_was_number = root.take_version_for_text();
        match node::settle(root, &limits) {
            Ok(document) => Ok(Self {
                files: names,
                origin,
                root: document.root,
                places: document.places,
                version_was_number,
                pointers: OnceLock::new(),
                kinds: KindsMemo::default(),
                formats: OnceLock::new(),
            }),
            Err((place, pointer, reason)) => Err(Refusals(vec![refusal(&names, place, &pointer, reason)])),
        }
    }

    /// The files that it was read from, the entry first: their paths, unless it was a text without a file.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Where its files lie, the entry first, without symbolic links; none of a text without a file.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.origin.paths
    }

    /// The symbolic links by which its references lead to its files, each with where the file lies.
    #[must_use]
    pub fn links(&self) -> &BTreeMap<PathBuf, PathBuf> {
        &self.origin.links
    }

    /// The whole document.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The value at a JSON pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// The specification that the contract says it follows; OpenAPI 3.0 where it says none that is read, which
    /// [`Source::said_dialect`] refuses.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        Dialect::said_by(&self.root).unwrap_or(Dialect::OpenApi30)
    }

    /// How the keywords of the schema at `pointer` are read: as the specification says, or the format beside the schema that it is a part
    /// of (AsyncAPI 3.0.0, Multi Format Schema Object).
    #[must_use]
    pub fn dialect_at(&self, pointer: &str) -> Dialect {
        const INNER: &str = "/schema";
        let dialect = self.dialect();
        if dialect.is_openapi() {
            return dialect;
        }
        let mut formats = pointer.rmatch_indices(INNER).filter_map(|(at, _)| {
            let (outer, inner) = pointer.split_at_checked(at)?;
            let rest = inner.strip_prefix(INNER)?;
            let format = self.at(outer)?.get("schemaFormat")?.as_str()?;
            (rest.is_empty() || rest.starts_with('/')).then_some(format)
        });
        let said = formats.find_map(Dialect::of_schema_format);
        said.or_else(|| self.format_around(pointer)).unwrap_or(dialect)
    }

    /// What the schema at `pointer` is read as, where those that refer to it say so.
    pub(crate) fn format_by_reference(&self, pointer: &str) -> Option<Dialect> {
        let find = || {
            let is_openapi = self.dialect().is_openapi();
            if is_openapi {
                Formats::new()
            } else {
                formats::formats(&self.root)
            }
        };
        self.formats.get_or_init(find).get(pointer).copied()
    }

    fn format_around(&self, pointer: &str) -> Option<Dialect> {
        let ends = pointer.match_indices('/').map(|(end, _)| end);
        let mut places = ends.chain([pointer.len()]).rev();
        places.find_map(|end| self.format_by_reference(pointer.get(..end)?))
    }

    /// The specification that the contract says it follows. Refuses a version that is not read, or a document that says none.
    pub fn said_dialect(&self) -> Result<Dialect, Refusal> {
        Dialect::said_by(&self.root).ok_or_else(|| Dialect::refusal(self))
    }

    /// The pointer and value that a local reference (`#/…`) leads to.
    #[must_use]
    pub fn follow<'a>(&'a self, reference: &'a str) -> Option<(&'a str, &'a Value)> {
        let pointer = reference.strip_prefix('#')?;
        Some((pointer, self.at(pointer)?))
    }

    /// Where the chain of references that begins at `pointer` ends: at `pointer` itself where none stands there. `None` where the chain
    /// leads nowhere, or in a circle.
    #[must_use]
    pub fn resolve<'a>(&'a self, pointer: &'a str) -> Option<(&'a str, &'a Value)> {
        let (mut pointer, mut value) = (pointer, self.at(pointer)?);
        let mut passed = HashSet::new();
        while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            if !passed.insert(pointer) {
                return None;
            }
            (pointer, value) = self.follow(reference)?;
        }
        Some((pointer, value))
    }

    /// The value at a JSON pointer, and the pointer as the source keeps it.
    pub(crate) fn interned(&self, pointer: &str) -> Option<(&str, &Value)> {
        let (_, pointer) = self.pointers().get_full(pointer)?;
        Some((pointer, self.at(pointer)?))
    }

    fn pointers(&self) -> &IndexSet<String> {
        self.pointers.get_or_init(|| all_pointers(&self.root))
    }

    /// A warning of what stands at `pointer`.
    #[must_use]
    pub fn warn(&self, pointer: &str, reason: impl Into<String>) -> Warning {
        self.refuse(pointer, reason).into()
    }

    /// A refusal of what stands at `pointer`; where nothing stands there, its position is that of the nearest value around it.
    #[must_use]
    pub fn refuse(&self, pointer: &str, reason: impl Into<String>) -> Refusal {
        self.refuse_number(self.number(pointer), pointer, reason)
    }

    /// A refusal of value number `number` of the document, which stands at `pointer`.
    pub(crate) fn refuse_number(&self, number: usize, pointer: &str, reason: impl Into<String>) -> Refusal {
        let nowhere = Place {
            file: 0,
            line: 0,
            column: 0,
        };
        let place = self.places.get(number).map_or(nowhere, |settled| settled.place);
        refusal(&self.files, place, pointer, reason.into())
    }

    /// How many values the value of this number is, itself among them.
    pub(crate) fn count(&self, number: usize) -> usize {
        let count = self.places.get(number).map_or(1, |settled| settled.count);
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// The number, in the order of the document, of the value at `pointer`, or of the nearest one around it.
    pub(crate) fn number(&self, pointer: &str) -> usize {
        let (mut number, mut value) = (0, &self.root);
        for token in node::tokens(pointer).into_iter().flatten() {
            match self.below(number, value, &token) {
                Some(found) => (number, value) = found,
                None => break,
            }
        }
        number
    }

    fn below<'a>(&self, number: usize, value: &'a Value, token: &str) -> Option<(usize, &'a Value)> {
        let mut child = number + 1;
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if name == token {
                        return Some((child, member));
                    }
                    child += self.count(child);
                }
                None
            }
            Value::Array(items) => {
                let index = node::index(token)?;
                for _ in items.iter().take(index) {
                    child += self.count(child);
                }
                Some((child, items.get(index)?))
            }
            _ => None,
        }
    }
}

fn all_pointers(root: &Value) -> IndexSet<String> {
    fn collect(pointer: &mut String, value: &Value, pointers: &mut IndexSet<String>) {
        pointers.insert(pointer.clone());
        let length = pointer.len();
        let mut below = |token: &str, value: &Value| {
            pointer.push('/');
            pointer.push_str(token);
            collect(pointer, value, pointers);
            pointer.truncate(length);
        };
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    below(&index.to_string(), item);
                }
            }
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| below(&escape(name), member)),
            _ => {}
        }
    }
    let mut pointers = IndexSet::new();
    collect(&mut String::new(), root, &mut pointers);
    pointers
}

fn refusal(files: &[String], place: Place, pointer: &str, reason: String) -> Refusal {
    let file = usize::try_from(place.file).ok().and_then(|file| files.get(file));
    Refusal {
        file: file.cloned().unwrap_or_default(),
        line: place.line.into(),
        column: place.column.into(),
        pointer: pointer.to_owned(),
        reason,
    }
}

/// `token` as a part of a JSON pointer (RFC 6901 §3).
#[must_use]
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The pointer of a child.
#[must_use]
pub fn child(pointer: &str, token: impl fmt::Display) -> String {
    format!("{pointer}/{}", escape(&token.to_string()))
}
