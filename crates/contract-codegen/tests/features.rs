//! Golden outputs of any contract: for each folder of `golden/` with a `contract.yaml`, a small contract that shows one feature, and the code
//! of it. They are there to be read: `golden/README.md` lists them with what to look at.
//!
//! `UPDATE_GOLDEN=1 cargo test -p contract-codegen --test features` writes them anew; read the difference before committing it. What
//! is compiled here is what stood there before: run it twice. A new feature is a folder with a contract; its comment is its
//! line in the list.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]
#![deny(warnings)]

#[rustfmt::skip]
#[path = "golden/all.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "generated; the interface of a service is of use to none here"
)]
mod all;
mod golden_file;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use contract_codegen::grammar::Grammar;
use contract_codegen::{
    Contracts, GeneratedFile, Language, SchemaAt, Source, Types, Warning, differences, generate_and_warn,
    models_alone, mutate, normal_openapi,
};
use contract_oracle::{Dialect, Direction, instances, translated};
use contract_runtime::{Direction as Towards, Schema};
use contract_scalars::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// So many values are made for each schema.
const INSTANCE_COUNT: usize = 200;

fn golden_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A contract that shows something.
struct Feature {
    name: String,
    folder: PathBuf,
    text: String,
}

impl Feature {
    fn all() -> Vec<Self> {
        let folders = fs::read_dir(golden_folder())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut features: Vec<Self> = folders
            .filter_map(|folder| {
                Some(Self {
                    name: folder.file_name()?.to_str()?.to_owned(),
                    text: fs::read_to_string(folder.join("contract.yaml")).ok()?,
                    folder,
                })
            })
            .collect();
        features.sort_by(|one, other| one.name.cmp(&other.name));
        assert!(features.len() > 50, "there are {} features", features.len());
        features
    }

    fn source(&self) -> Source {
        Source::parse("contract.yaml", &self.text).unwrap()
    }

    fn contracts(&self) -> Contracts {
        Contracts::read(self.source(), None, Language::Plain)
            .unwrap_or_else(|refusals| panic!("{}: {refusals}", self.name))
    }

    /// What is generated: everything, or types and schemas alone where there is no operation.
    fn generated(&self) -> (Vec<GeneratedFile>, Vec<Warning>) {
        let contracts = self.contracts();
        let (files, warnings) = generate_and_warn(&contracts, &[]).unwrap();
        let warnings = [contracts.warnings(), &warnings].concat();
        if self.is_served() {
            return (files, warnings);
        }
        let source = self.source();
        let types = Types::read(&source, &[], Language::Plain);
        (models_alone(&source, &types).unwrap(), warnings)
    }

    fn is_served(&self) -> bool {
        !self.contracts().openapi().operations.is_empty()
    }

    /// The comment at the head of the contract.
    fn comment(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("# "));
        lines.collect::<Vec<_>>().join(" ")
    }

    /// A line of Rust for each component: its type where it is used, and its constant.
    fn cases(&self, files: &[GeneratedFile]) -> String {
        let source = self.source();
        let types = Types::read(&source, &[], Language::Plain);
        let text = |name: &str| &files.iter().find(|file| file.name == name).unwrap().text;
        let (models, schemas) = (text("models.rs"), text("schemas.rs"));
        let line = |(name, schema): (&str, SchemaAt<'_>)| {
            let marker = format!("The schema `{name}`.\npub static ");
            let constant = schemas.split_once(&marker)?.1.split_once(':')?.0;
            let of = if self.is_served() {
                let (before, _) = models.split_once(&format!(", {name:?}, super::schemas::"))?;
                let (_, of) = before.rsplit_once("component!(")?;
                format!("{}::models::{of}", self.name)
            } else {
                let models: proc_macro2::TokenStream =
                    format!("{}::models::", raw(&self.name)).parse().unwrap();
                types.of(schema.pointer(), &models).to_string().replace(' ', "")
            };
            Some(format!(
                "            values.survive::<{of}>({name:?}, &{}::schemas::{constant});\n",
                raw(&self.name)
            ))
        };
        source.component_schemas().into_iter().filter_map(line).collect()
    }
}

/// A folder's name as that of a module.
fn raw(name: &str) -> String {
    match name {
        "const" => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

#[test]
fn each_feature_gives_its_golden_output() {
    let mut list = String::from(
        "# What is made of each feature of a contract\n\nEach folder has a contract that shows one feature, and the code that is generated of it.\n`cargo test -p contract-codegen --test features` compiles all of it, and proves that the derived document equals the contract.\n\n| feature | what to look at |\n|---|---|\n",
    );
    let (mut modules, mut cases, mut documents) = (String::new(), String::new(), String::new());
    for feature in Feature::all() {
        let (name, module) = (&feature.name, raw(&feature.name));
        writeln!(list, "| [{name}]({name}/contract.yaml) | {} |", feature.comment()).unwrap();
        writeln!(modules, "#[path = \"{name}/mod.rs\"]\npub(crate) mod {module};").unwrap();
        let (files, warnings) = feature.generated();
        for file in &files {
            golden_file::check(&feature.folder.join(file.name), &file.text);
        }
        write!(
            cases,
            "        {name:?} => {{\n{}        }}\n",
            feature.cases(&files)
        )
        .unwrap();
        if feature.is_served() {
            writeln!(documents, "        {name:?} => {module}::api::document(),").unwrap();
        }
        let mut told = String::new();
        for warning in warnings {
            writeln!(told, "warning: {warning}").unwrap();
        }
        let path = feature.folder.join("warnings.txt");
        if !told.is_empty() || path.exists() {
            golden_file::check(&path, &told);
        }
    }
    golden_file::check(&golden_folder().join("README.md"), &list);
    let all = format!(
        "{modules}\nuse crate::Values;\n\npub(crate) fn run(feature: &str, values: &mut Values<'_>) {{\n    match feature {{\n{cases}        _ => {{}}\n    }}\n}}\n\npub(crate) fn document(feature: &str) -> serde_json::Value {{\n    match feature {{\n{documents}        _ => serde_json::Value::Null,\n    }}\n}}\n"
    );
    golden_file::check(&golden_folder().join("all.rs"), &all);
}

/// The derived document equals the contract, and no mutant of the contract.
#[test]
fn each_feature_closes_the_loop() {
    for feature in Feature::all().into_iter().filter(Feature::is_served) {
        let source = feature.source();
        let derived = normal_openapi(&all::document(&feature.name));
        let found = differences(&normal_openapi(source.root()), &derived);
        assert!(found.is_empty(), "{}: {found:#?}", feature.name);
        let mutants = mutate::mutants(source.root(), Grammar::of(&source, Language::Plain));
        assert!(!mutants.is_empty(), "{}", feature.name);
        let survivors = mutate::survivors(&mutants, source.root(), &derived);
        let lines: Vec<String> = survivors.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}: {}", feature.name, lines.join("\n"));
    }
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
        (Value::Number(one), Value::Number(other)) => Decimal::of(one) == Decimal::of(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let defaults = [
                "retries", "name", "colour", "since", "tags", "note", "rate", "total",
            ];
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
    for feature in Feature::all() {
        let source = feature.source();
        let dialect = Dialect::of(source.root()).unwrap();
        let document = translated(source.root(), dialect, Direction::Either);
        let mut values = Values {
            document: &document,
            count: 0,
        };
        all::run(&feature.name, &mut values);
        let has_components = !source.component_schemas().is_empty();
        assert!(
            values.count > 5 || !has_components,
            "{}: only {} values were accepted",
            feature.name,
            values.count
        );
    }
}
