//! The types that schemas become: for each feature a small contract, what is generated of it, and values that must survive it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p contract-codegen --test types` writes the generated code anew; read the difference before committing
//! it. What is compiled here is what stood there before: run it twice.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

#[rustfmt::skip]
#[allow(unreachable_pub, dead_code, reason = "generated code is the interface of a service; this one has none")]
mod types {
    pub(crate) mod cases;
    pub(crate) mod all_of;
    pub(crate) mod defaults;
    pub(crate) mod directions;
    pub(crate) mod enumerations;
    pub(crate) mod formats;
    pub(crate) mod maps;
    pub(crate) mod naming;
    pub(crate) mod numbers;
    pub(crate) mod optional_nullable;
    pub(crate) mod recursion;
    pub(crate) mod tuples;
    pub(crate) mod unions;
    pub(crate) mod untyped;
}

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use contract_codegen::{GeneratedFile, Language, Root, SchemaAt, Source, Types, Way, models_alone};
use contract_oracle::{Dialect, Direction, instances, translated};
use contract_runtime::{Direction as Towards, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use types::cases;

const FEATURES: [&str; 13] = [
    "all_of",
    "defaults",
    "directions",
    "enumerations",
    "formats",
    "maps",
    "naming",
    "numbers",
    "optional_nullable",
    "recursion",
    "tuples",
    "unions",
    "untyped",
];

/// So many values are made for each schema.
const INSTANCE_COUNT: usize = 400;

fn folder(feature: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/types")
        .join(feature)
}

fn contract(feature: &str) -> Source {
    let text = fs::read_to_string(folder(feature).join("openapi.yaml")).unwrap();
    Source::parse("openapi.yaml", &text).unwrap()
}

/// The bodies of the contract of directions, which alone has operations.
fn roots(feature: &str) -> Vec<Root> {
    let body = |place: &str, name: &str, way| Root {
        pointer: format!("/paths/~1accounts/post/{place}/content/application~1json/schema"),
        name: name.to_owned(),
        way,
    };
    match feature {
        "directions" => vec![
            body("requestBody", "MakeAccountBody", Way::Request),
            body("responses/200", "MakeAccountResponse", Way::Response),
        ],
        _ => Vec::new(),
    }
}

fn golden(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, text).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap_or_default() == text,
        "{} is not what is generated: UPDATE_GOLDEN=1 writes it anew",
        path.display()
    );
}

#[test]
fn each_feature_gives_its_golden_output() {
    let mut cases = String::from(
        "use crate::Values;\n\npub(crate) fn run(feature: &str, values: &mut Values<'_>) {\n    match feature {\n",
    );
    for feature in FEATURES {
        let source = contract(feature);
        let types = Types::read(&source, &roots(feature), Language::Plain);
        let files = models_alone(&source, &types).unwrap();
        for file in &files {
            golden(&folder(feature).join(file.name), &file.text);
        }
        writeln!(cases, "        {feature:?} => {{").unwrap();
        cases.push_str(&cases_of(feature, &source, &types, &files));
        cases.push_str("        }\n");
    }
    cases.push_str("        _ => {}\n    }\n}\n");
    golden(&folder("cases.rs"), &cases);
}

/// A line for each component: its type where it is used, and its constant.
fn cases_of(feature: &str, source: &Source, types: &Types<'_>, files: &[GeneratedFile]) -> String {
    let schemas = files.iter().find(|file| file.name == "schemas.rs").unwrap();
    let line = |(name, schema): (&str, SchemaAt<'_>)| {
        let (_, after) = schemas
            .text
            .split_once(&format!("The schema `{name}`.\npub static "))
            .unwrap();
        let (constant, _) = after.split_once(':').unwrap();
        let models: proc_macro2::TokenStream = format!("super::{feature}::models::").parse().unwrap();
        let of = types.of(schema.pointer(), &models).to_string().replace(' ', "");
        format!("            values.survive::<{of}>({name:?}, &super::{feature}::schemas::{constant});\n")
    };
    source.component_schemas().into_iter().map(line).collect()
}

/// Holds a type against its schema.
pub(crate) struct Values<'a> {
    document: &'a Value,
    count: usize,
}

impl Values<'_> {
    /// Whatever the schema accepts is read, and written again as it was.
    pub(crate) fn survive<T: Serialize + DeserializeOwned>(&mut self, component: &str, schema: &Schema) {
        let pointer = format!("/components/schemas/{component}");
        for instance in instances(self.document, &pointer, 20_261_123, INSTANCE_COUNT) {
            for way in [None, Some(Towards::Request), Some(Towards::Response)] {
                let mut checked = instance.value.clone();
                let violations = match way {
                    None => schema.check(&mut checked),
                    Some(way) => schema.check_in(way, &mut checked),
                };
                if violations.is_empty() {
                    self.count += 1;
                    survives::<T>(component, &instance.value, checked);
                }
            }
        }
    }
}

fn survives<T: Serialize + DeserializeOwned>(component: &str, value: &Value, checked: Value) {
    let read: T =
        serde_json::from_value(checked).unwrap_or_else(|error| panic!("{component}: {value}: {error}"));
    let written = serde_json::to_value(&read).unwrap();
    assert!(is_same(value, &written), "{component}: {value} became {written}");
}

/// Equal as JSON; a member that was absent may have its default.
fn is_same(value: &Value, written: &Value) -> bool {
    match (value, written) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let defaults = ["retries", "name", "colour", "since", "tags", "note"];
            one.iter()
                .all(|(name, one)| other.get(name).is_some_and(|other| is_same(one, other)))
                && other
                    .keys()
                    .all(|name| one.contains_key(name) || defaults.contains(&name.as_str()))
        }
        _ => value == written,
    }
}

#[test]
fn whatever_a_schema_accepts_survives_its_type() {
    for feature in FEATURES {
        let source = contract(feature);
        let dialect = Dialect::of(source.root()).unwrap();
        let document = translated(source.root(), dialect, Direction::Either);
        let mut values = Values {
            document: &document,
            count: 0,
        };
        cases::run(feature, &mut values);
        assert!(
            values.count > 20,
            "{feature}: only {} values were accepted",
            values.count
        );
    }
}
