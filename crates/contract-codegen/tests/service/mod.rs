//! The contracts of `golden/service/`: each feature is laid over what is common to all.

use std::fs;
use std::path::PathBuf;

use contract_codegen::Source;
use serde_json::Value;

/// The folders, and which of the generated files each of them is about.
pub(crate) const FEATURES: &[(&str, &[&str])] = &[
    ("array", &["models.rs", "schemas.rs"]),
    ("component", &["models.rs", "schemas.rs"]),
    ("enumeration", &["models.rs", "schemas.rs"]),
    ("integer", &["models.rs", "schemas.rs"]),
    ("map", &["models.rs", "overlay.rs", "patterns.rs", "schemas.rs"]),
    ("media_types", &["api.rs", "operations.rs"]),
    ("not_modified", &["operations.rs"]),
    ("parameters", &["operations.rs", "overlay.rs"]),
    ("problems", &["operations.rs", "problems.rs"]),
    ("response_headers", &["operations.rs", "overlay.rs"]),
    ("string", &["models.rs", "patterns.rs", "schemas.rs"]),
    ("tenant", &["api.rs", "operations.rs"]),
    ("write", &["api.rs", "events.rs", "operations.rs", "overlay.rs"]),
];

/// The folders of the contract of all features.
pub(crate) fn all() -> Vec<&'static str> {
    let features = FEATURES.iter().map(|(name, _)| *name);
    std::iter::once("common").chain(features).collect()
}

/// One of the two documents of some folders together.
pub(crate) fn document(folders: &[&str], name: &str) -> Value {
    let mut document = Value::Null;
    for folder in folders {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden/service")
            .join(folder)
            .join(name);
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        lay_over(&mut document, Source::parse(name, &text).unwrap().root().clone());
    }
    document
}

fn lay_over(document: &mut Value, part: Value) {
    match (document, part) {
        (Value::Object(document), Value::Object(part)) => {
            for (name, member) in part {
                lay_over(document.entry(name).or_insert(Value::Null), member);
            }
        }
        (document, part) => *document = part,
    }
}
