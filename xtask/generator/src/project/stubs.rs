//! Which handlers a changed contract wants that a project does not have, and which it has that nobody wants any more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{ImplItem, ImplItemFn, Item, ItemImpl};

use super::error::{ProjectError, at};

/// How handlers differ from what the trait wants.
#[derive(Debug, Default)]
pub(super) struct Drift {
    /// The stubs of the handlers that are missing, as text.
    pub(super) missing: Vec<String>,
    /// The names of handlers that the trait does not have.
    pub(super) gone: Vec<String>,
}

/// The stubs with blank lines between what belongs apart, as a person would write them.
pub(super) fn spaced(stubs: &str) -> String {
    let mut text = String::new();
    let mut before = "";
    for line in stubs.lines() {
        let (above, here) = (before.trim(), line.trim());
        let ends = |line: &str| line.starts_with('}') || line.ends_with(';');
        let begins = here.starts_with("///") || here.starts_with("impl ") || here.starts_with("async ");
        let is_apart = (above.starts_with("//!") && !here.starts_with("//!"))
            || (ends(above) && begins)
            || (above.starts_with("use contract_runtime") && here.starts_with("use crate"));
        if is_apart && !here.is_empty() && !above.starts_with("///") {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
        before = line;
    }
    text
}

/// Compares the stubs with the handlers in the files below `source`, except for generated ones.
pub(super) fn drift(stubs: &str, source: &Path) -> Result<Drift, ProjectError> {
    let Ok(stubs) = syn::parse_file(stubs) else {
        return Ok(Drift::default());
    };
    // The first is what all services have in common; the last is the contract's own.
    let Some((wanted_trait, wanted)) = implementations(&stubs.items).last() else {
        return Ok(Drift::default());
    };
    let mut present = BTreeSet::new();
    for path in own_files(source)? {
        let text = fs::read_to_string(&path).map_err(at(&path))?;
        // A file in the middle of somebody's work need not be Rust.
        let Ok(file) = syn::parse_file(&text) else {
            continue;
        };
        for (_, implementation) in implementations(&file.items).filter(|(name, _)| *name == wanted_trait) {
            present.extend(methods(implementation).map(|method| method.sig.ident.to_string()));
        }
    }
    let names: BTreeSet<String> = methods(wanted)
        .map(|method| method.sig.ident.to_string())
        .collect();
    let is_missing = |method: &&ImplItemFn| !present.contains(&method.sig.ident.to_string());
    Ok(Drift {
        missing: methods(wanted).filter(is_missing).map(printed).collect(),
        gone: present.difference(&names).cloned().collect(),
    })
}

/// The implementations of traits, with the last part of the trait's name.
fn implementations(items: &[Item]) -> impl Iterator<Item = (String, &ItemImpl)> {
    items.iter().filter_map(|item| match item {
        Item::Impl(implementation) => {
            let (_, path, _) = implementation.trait_.as_ref()?;
            Some((path.segments.last()?.ident.to_string(), implementation))
        }
        _ => None,
    })
}

fn methods(implementation: &ItemImpl) -> impl Iterator<Item = &ImplItemFn> {
    implementation.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}

fn printed(method: &ImplItemFn) -> String {
    let function = Item::Verbatim(quote::quote!(#method));
    let file = syn::File {
        shebang: None,
        attrs: Vec::new(),
        items: vec![syn::parse2(quote::quote!(#method)).unwrap_or(function)],
    };
    prettyplease::unparse(&file)
}

/// The project's Rust files, without those of the generator.
fn own_files(source: &Path) -> Result<Vec<PathBuf>, ProjectError> {
    let mut found = Vec::new();
    let mut open = vec![source.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            if path.is_dir() && path != source.join("contract") {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUBS: &str = "impl Plain for Handlers { async fn authorize(&self) {} }
    impl api::PetsApi for Handlers {
        /// Lists.
        async fn list_pets(&self, input: I) -> O { todo() }
        async fn add_pet(&self) -> O { todo() }
    }";

    fn check(handlers: &str, missing: &[&str], gone: &[&str]) {
        let source = tempfile::tempdir().unwrap();
        fs::create_dir(source.path().join("contract")).unwrap();
        fs::write(source.path().join("contract/api.rs"), STUBS).unwrap();
        fs::write(source.path().join("handlers.rs"), handlers).unwrap();
        let found = drift(STUBS, source.path()).unwrap();
        let names: Vec<bool> = missing
            .iter()
            .zip(&found.missing)
            .map(|(name, text)| text.contains(&format!("fn {name}(")))
            .collect();
        assert_eq!(names, vec![true; found.missing.len()], "{found:?}");
        assert_eq!(found.missing.len(), missing.len(), "{found:?}");
        assert_eq!(found.gone, gone);
    }

    #[test]
    fn missing_and_superfluous_handlers_are_named() {
        check("", &["list_pets", "add_pet"], &[]);
        check(STUBS, &[], &[]);
        check(
            "impl PetsApi for Mine { async fn add_pet(&self) -> O { 1 } async fn old(&self) -> O { 2 } }",
            &["list_pets"],
            &["old"],
        );
        check(
            "impl Clone for Mine { fn add_pet() {} }",
            &["list_pets", "add_pet"],
            &[],
        );
    }

    #[test]
    fn what_belongs_apart_stands_apart() {
        let text = "//! All.\nuse contract_runtime::A;\nuse crate::B;\n/// One.\nstruct S;\nimpl S {\n    type C = ();\n    /// F.\n    fn f() {}\n}\n";
        let expected = "//! All.\n\nuse contract_runtime::A;\n\nuse crate::B;\n\n/// One.\nstruct S;\n\nimpl S {\n    type C = ();\n\n    /// F.\n    fn f() {}\n}\n";
        assert_eq!(spaced(text), expected);
        assert_eq!(spaced(expected), expected);
    }

    #[test]
    fn a_stub_is_printed_with_its_documentation() {
        let source = tempfile::tempdir().unwrap();
        let found = drift(STUBS, source.path()).unwrap();
        assert!(
            found.missing[0].starts_with("/// Lists.\nasync fn list_pets(&self, input: I) -> O {"),
            "{found:?}"
        );
    }
}
