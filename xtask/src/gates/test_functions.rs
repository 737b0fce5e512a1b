//! Which test functions cargo runs, found by following the modules of each crate from its root.
//!
//! A text search would find a test that is commented out, ignored, or in a file that no crate includes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta};

use crate::error::TaskError;

/// The macros of `tests/it/behaviour/` and `src/store/` that make two tests of each function that they name.
const CASES: [&str; 2] = ["on_both", "on_both_databases"];

/// The test functions of the repository.
#[derive(Clone, Default)]
pub(super) struct TestFunctions {
    /// As `path::function`.
    names: BTreeSet<String>,
    /// The source of each file without comments and white space.
    sources: BTreeMap<String, String>,
}

impl TestFunctions {
    /// Follows the modules from `crate_roots`.
    pub(super) fn read(root: &Path, crate_roots: &[PathBuf]) -> Result<Self, TaskError> {
        let mut found = Self::default();
        let mut pending: Vec<(PathBuf, bool)> = crate_roots.iter().map(|path| (path.clone(), true)).collect();
        while let Some((path, is_root)) = pending.pop() {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
            if found.sources.contains_key(name.as_ref()) {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|source| TaskError::File {
                path: path.clone(),
                source,
            })?;
            let broken = |error| TaskError::Unexpected(format!("{name} is no Rust: {error}"));
            let modules = found.add(&name, &text).map_err(broken)?;
            pending.extend(
                modules
                    .iter()
                    .filter_map(|module| module.file(&path, is_root))
                    .map(|path| (path, false)),
            );
        }
        Ok(found)
    }

    /// Whether `path::function` is a test that runs.
    pub(super) fn runs(&self, test: &str) -> bool {
        self.names.contains(test)
    }

    /// Whether the file at `path` holds `source`, white space apart.
    pub(super) fn mentions(&self, path: &str, source: &str) -> bool {
        self.sources
            .get(path)
            .is_some_and(|text| text.contains(&squeezed(source)))
    }

    /// Takes the tests of a file, and gives the modules that it includes.
    fn add(&mut self, name: &str, text: &str) -> syn::Result<Vec<Module>> {
        let file = syn::parse_file(text)?;
        let tokens: TokenStream = text.parse().map_err(syn::Error::from)?;
        self.sources
            .insert(name.to_owned(), squeezed(&tokens.to_string()));
        let mut modules = Vec::new();
        self.add_items(name, &file.items, &[], &mut modules);
        Ok(modules)
    }

    fn add_items(&mut self, name: &str, items: &[Item], inside: &[String], modules: &mut Vec<Module>) {
        let cases: BTreeSet<String> = items.iter().flat_map(cases).collect();
        for item in items {
            match item {
                Item::Fn(function) => {
                    let ident = function.sig.ident.to_string();
                    let is_ignored = function.attrs.iter().any(|found| is_named(found, "ignore"));
                    let is_test = function.attrs.iter().any(|found| is_named(found, "test"));
                    if !is_ignored && (is_test || cases.contains(&ident)) {
                        self.names.insert(format!("{name}::{ident}"));
                    }
                }
                Item::Mod(module) => match &module.content {
                    Some((_, items)) => {
                        let inside = [inside, &[module.ident.to_string()]].concat();
                        self.add_items(name, items, &inside, modules);
                    }
                    None => modules.push(Module::of(module, inside)),
                },
                _ => {}
            }
        }
    }
}

/// A module in a file of its own.
struct Module {
    /// The inline modules around it, and its own name.
    names: Vec<String>,
    /// What `#[path]` says.
    path: Option<String>,
}

impl Module {
    fn of(module: &ItemMod, inside: &[String]) -> Self {
        Self {
            names: [inside, &[module.ident.to_string()]].concat(),
            path: module.attrs.iter().find_map(path_of),
        }
    }

    /// Where it is, by the rules of the Rust reference, "Module source filenames".
    fn file(&self, parent: &Path, is_root: bool) -> Option<PathBuf> {
        let folder = parent.parent()?;
        if let Some(path) = &self.path {
            return Some(folder.join(path));
        }
        let stem = parent.file_stem()?;
        let mut path = folder.to_owned();
        if !is_root && stem != "mod" {
            path.push(stem);
        }
        path.extend(&self.names);
        [path.with_extension("rs"), path.join("mod.rs")]
            .into_iter()
            .find(|path| path.is_file())
    }
}

/// The functions that one of [`CASES`] names.
fn cases(item: &Item) -> Vec<String> {
    let Item::Macro(found) = item else {
        return Vec::new();
    };
    if !CASES.iter().any(|name| found.mac.path.is_ident(name)) {
        return Vec::new();
    }
    let names = found.mac.tokens.clone().into_iter();
    names
        .filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        })
        .collect()
}

/// Whether the last part of an attribute's path is `name`: `#[test]` and `#[tokio::test]` are both tests.
fn is_named(attribute: &Attribute, name: &str) -> bool {
    let path = attribute.path();
    path.segments.last().is_some_and(|segment| segment.ident == name)
}

fn path_of(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::TestFunctions;

    #[test]
    fn only_functions_that_run_count() {
        let mut found = TestFunctions::default();
        let text = r#"
            on_both!(open: a_case, another_case,);
            async fn a_case(world: &World) { contract()["x-tenant"]; }
            fn a_helper() {}
            // #[test] fn commented_out() {}
            mod inner {
                #[test] fn plain() {}
                #[tokio::test(flavor = "multi_thread")] async fn with_a_runtime() {}
                #[test] # [ignore = "slow"] fn ignored() {}
            }
        "#;
        found.add("tests/a.rs", text).unwrap();
        let names: Vec<&str> = found.names.iter().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "tests/a.rs::a_case",
                "tests/a.rs::plain",
                "tests/a.rs::with_a_runtime"
            ]
        );
        assert!(found.mentions("tests/a.rs", r#""x-tenant""#));
        assert!(!found.mentions("tests/a.rs", "commented_out"));
    }
}
