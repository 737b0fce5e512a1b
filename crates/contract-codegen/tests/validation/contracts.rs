//! The generator's own contracts, as they are and with a change.

use std::path::{Path, PathBuf};

use contract_codegen::{Limits, Source};
use serde_json::Value;

/// The generator's own contracts, one for each thing that requests are made of.
pub(crate) fn contracts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/generator/tests/corpus");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            if path.is_dir() {
                path.join("openapi.yaml")
            } else {
                path
            }
        })
        .filter(|path| std::fs::read_to_string(path).is_ok_and(|text| text.starts_with("openapi:")))
        .collect();
    paths.sort();
    paths
}

/// One of them.
pub(crate) fn contract(name: &str) -> Source {
    let path = contracts().into_iter().find(|path| path.ends_with(name)).unwrap();
    Source::load(&path, &Limits::default()).unwrap()
}

/// One change of what a contract says: the place, and what stands there instead; nothing, where it is left out.
pub(crate) type Change = (&'static str, Option<Value>);

/// A contract with a change.
pub(crate) fn changed(contract: &Source, (pointer, changed): &Change) -> Source {
    let mut document = contract.root().clone();
    let (above, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    let place = document.pointer_mut(above).unwrap();
    match changed {
        Some(value) => match key.parse::<usize>() {
            Ok(index) if place.is_array() => place[index] = value.clone(),
            _ => place[&key] = value.clone(),
        },
        None => drop(place.as_object_mut().unwrap().remove(&key).unwrap()),
    }
    Source::parse("contract.json", &document.to_string()).unwrap()
}
