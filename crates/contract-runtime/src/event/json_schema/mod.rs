//! The JSON Schema of a type that was generated from a schema: what schemars derives of it is what its constant says, which is what
//! its values are held against.
//!
//! The schemas that it refers to become definitions of the schemars generator, under the last part of their reference.

mod words;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::{Keyword, Schema};

/// Implements schemars' trait for a type from its schema constant.
#[macro_export]
#[doc(hidden)]
macro_rules! json_schema {
    ($type:ident, $schema:expr) => {
        impl $crate::export::schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($type)).into()
            }

            fn json_schema(
                generator: &mut $crate::export::schemars::SchemaGenerator,
            ) -> $crate::export::schemars::Schema {
                $crate::schema_of_constant($schema, generator)
            }
        }
    };
}

/// What schemars derives of a type with this schema.
#[must_use]
pub fn schema_of_constant(schema: Schema, generator: &mut SchemaGenerator) -> schemars::Schema {
    let is_draft_07 = generator
        .settings()
        .meta_schema
        .as_deref()
        .is_none_or(|uri| uri.contains("draft-07"));
    let mut definitions = Definitions {
        path: generator.settings().definitions_path.to_string(),
        is_draft_07,
        known: Vec::new(),
        mapped: Vec::new(),
    };
    definitions.collect_all(schema);
    definitions.avoid(generator.definitions());
    for (_, name, target) in &definitions.known {
        let value = definitions.written(*target);
        generator.definitions_mut().insert(name.clone(), value);
    }
    let value = definitions.written(schema);
    schemars::Schema::try_from(value).unwrap_or_default()
}

/// The JSON Schema of a type, draft-07, as a document of its own.
#[must_use]
pub fn derived_schema<T: JsonSchema>() -> Value {
    derived::<T>(SchemaSettings::draft07(), "definitions")
}

/// The JSON Schema of a type, 2020-12, as a document of its own.
#[must_use]
pub fn derived_schema_2020_12<T: JsonSchema>() -> Value {
    derived::<T>(SchemaSettings::draft2020_12(), "$defs")
}

fn derived<T: JsonSchema>(settings: SchemaSettings, section: &str) -> Value {
    // The constants are written in the words of the draft already.
    let settings = settings.with(|settings| settings.transforms.clear());
    let mut generator = SchemaGenerator::new(settings);
    let mut schema = generator.subschema_for::<T>().to_value();
    let definitions = generator.take_definitions(false);
    if let Some(members) = schema.as_object_mut() {
        members.insert(section.to_owned(), Value::Object(definitions));
    }
    schema
}

/// The schemas that a schema refers to, directly or not.
struct Definitions {
    /// Where the generator wants them.
    path: String,
    /// Which words the generator wants.
    is_draft_07: bool,
    /// The reference, the name of the definition, and the schema.
    known: Vec<(&'static str, String, Schema)>,
    /// What discriminators map values to: named at last, since most of it is referred to as well.
    mapped: Vec<(&'static str, Schema)>,
}

impl Definitions {
    /// All that a schema refers to, and what its discriminators lead to.
    fn collect_all(&mut self, schema: Schema) {
        self.collect(schema);
        while let Some((value, target)) = self.mapped.pop() {
            if self.definition_of(target).is_none() {
                let name = self.name(value);
                self.known.push((value, name, target));
                self.collect(target);
            }
        }
    }

    fn collect(&mut self, schema: Schema) {
        for keyword in schema.0 {
            if let Some((reference, target)) = keyword.reference() {
                if self.known.iter().all(|(known, _, _)| *known != reference) {
                    let name = self.name(reference);
                    self.known.push((reference, name, target));
                    self.collect(target);
                }
            } else {
                if let Keyword::Discriminator { mapping, .. } = keyword {
                    self.mapped
                        .extend(mapping.iter().map(|(value, target)| (*value, **target)));
                }
                for schema in below(*keyword) {
                    self.collect(schema);
                }
            }
        }
    }

    /// The last part of the reference; with a number where another one has the same.
    fn name(&self, reference: &str) -> String {
        let last = reference.rsplit('/').next().unwrap_or_default();
        self.free_name(&last.replace("~1", "/").replace("~0", "~"), &Map::new())
    }

    /// The name, with the least number that makes it another than all that are known or present.
    fn free_name(&self, name: &str, present: &Map<String, Value>) -> String {
        let is_taken = |name: &String| {
            present.contains_key(name) || self.known.iter().any(|(_, known, _)| known == name)
        };
        let mut free = name.to_owned();
        let mut number = 1;
        while is_taken(&free) {
            number += 1;
            free = format!("{name}{number}");
        }
        free
    }

    /// Leaves the definitions alone that the generator has already and that say something else.
    fn avoid(&mut self, present: &Map<String, Value>) {
        for index in 0..self.known.len() {
            let Some((_, name, target)) = self.known.get(index) else {
                return;
            };
            let is_other = |known: &Value| *known != self.written(*target);
            if !present.get(name).is_some_and(is_other) {
                continue;
            }
            let name = self.free_name(name, present);
            if let Some(known) = self.known.get_mut(index) {
                known.1 = name;
            }
        }
    }

    /// A reference of the contract as one to a definition.
    fn local(&self, reference: &str) -> String {
        let known = self.known.iter().find(|(known, _, _)| *known == reference);
        known.map_or_else(|| reference.to_owned(), |(_, name, _)| self.to_definition(name))
    }

    fn to_definition(&self, name: &str) -> String {
        let name = name.replace('~', "~0").replace('/', "~1");
        let path = self.path.trim_matches(['#', '/']);
        format!("#/{path}/{name}")
    }

    /// A reference to the definition that this constant is.
    fn definition_of(&self, schema: Schema) -> Option<String> {
        let is_it = |known: &&(&str, String, Schema)| std::ptr::eq(known.2.0, schema.0);
        let (_, name, _) = self.known.iter().find(is_it)?;
        Some(self.to_definition(name))
    }
}

/// The schemas inside of a keyword.
fn below(keyword: Keyword) -> Vec<Schema> {
    match keyword {
        Keyword::Items(schema)
        | Keyword::AdditionalItems(schema)
        | Keyword::UnevaluatedItems(schema)
        | Keyword::Contains(schema)
        | Keyword::AdditionalProperties(schema)
        | Keyword::PropertyNames(schema)
        | Keyword::UnevaluatedProperties(schema)
        | Keyword::Not(schema)
        | Keyword::If(schema)
        | Keyword::Then(schema)
        | Keyword::Else(schema) => vec![schema],
        Keyword::PrefixItems(schemas)
        | Keyword::AllOf(schemas)
        | Keyword::AnyOf(schemas)
        | Keyword::OneOf(schemas) => schemas.to_vec(),
        Keyword::Properties(members) | Keyword::DependentSchemas(members) => {
            members.iter().map(|member| member.schema).collect()
        }
        Keyword::PatternProperties(members) => members.iter().map(|(_, schema)| *schema).collect(),
        _ => Vec::new(),
    }
}
