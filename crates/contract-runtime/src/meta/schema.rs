//! Schemas as poem-openapi's registry has them.

use poem_openapi::registry::{MetaDiscriminatorObject, MetaSchema, MetaSchemaRef, Registry};

use crate::{Keyword, Literal, Schema};

impl Schema {
    /// The registry's form of this use of a schema.
    #[must_use]
    pub fn to_meta_ref(self) -> MetaSchemaRef {
        match self.component() {
            Some((name, _)) => MetaSchemaRef::Reference(name.to_owned()),
            None => MetaSchemaRef::Inline(Box::new(self.to_meta())),
        }
    }

    /// The component that this schema refers to: its name and itself. The registry writes a name into a reference as it is, so that it
    /// can hold no reference whose text is another.
    fn component(self) -> Option<(&'static str, Self)> {
        let (reference, schema) = self.reference()?;
        let name = reference.strip_prefix("#/components/schemas/")?;
        (!name.contains(['/', '~', '%'])).then_some((name, schema))
    }

    /// Enters the named schemas that can be reached from here.
    pub fn register(self, registry: &mut Registry) {
        let mut waiting = vec![self];
        while let Some(schema) = waiting.pop() {
            match schema.component() {
                Some((name, _)) if registry.schemas.contains_key(name) => {}
                Some((name, target)) => {
                    registry.schemas.insert(name.to_owned(), target.to_meta());
                    // A component that is a reference itself has no form in the registry; it is completed later.
                    waiting.push(target);
                }
                None => waiting.extend(schema.0.iter().flat_map(|keyword| keyword.members())),
            }
        }
    }

    /// The registry's form of these keywords.
    #[must_use]
    pub fn to_meta(self) -> MetaSchema {
        let mut meta = MetaSchema::ANY;
        for keyword in self.0 {
            keyword.add_to(&mut meta);
        }
        meta
    }
}

fn metas(schemas: &[Schema]) -> Vec<MetaSchemaRef> {
    schemas.iter().map(|schema| schema.to_meta_ref()).collect()
}

fn boxed(schema: Schema) -> Box<MetaSchemaRef> {
    Box::new(schema.to_meta_ref())
}

impl Keyword {
    /// The schemas in a keyword that the registry holds.
    fn members(self) -> Vec<Schema> {
        match self {
            Self::Properties(properties) => properties.iter().map(|property| property.schema).collect(),
            Self::Items(schema) | Self::AdditionalProperties(schema) => vec![schema],
            Self::AllOf(schemas) | Self::AnyOf(schemas) | Self::OneOf(schemas) => schemas.to_vec(),
            _ => Vec::new(),
        }
    }

    fn add_to(self, meta: &mut MetaSchema) {
        match self {
            Self::Type([kind]) => meta.ty = kind.name(),
            Self::Nullable => meta.nullable = true,
            Self::Format(format, _) => meta.format = Some(format),
            Self::Title(title) => meta.title = Some(title.to_owned()),
            Self::Description(description) => meta.description = Some(description),
            Self::Default(literal) => meta.default = Some(literal.to_value()),
            Self::Example(literal) => meta.example = Some(literal.to_value()),
            Self::Deprecated => meta.deprecated = true,
            Self::ReadOnly => meta.read_only = true,
            Self::WriteOnly => meta.write_only = true,
            Self::Enum(literals) => {
                meta.enum_items = literals.iter().map(|literal| literal.to_value()).collect();
            }
            Self::Required(names) => meta.required = names.to_vec(),
            Self::Properties(properties) => {
                let properties = properties.iter();
                meta.properties = properties
                    .map(|property| (property.name, property.schema.to_meta_ref()))
                    .collect();
            }
            Self::Items(schema) => meta.items = Some(boxed(schema)),
            Self::AdditionalProperties(Schema([Self::Never])) => {}
            Self::AdditionalProperties(schema) => meta.additional_properties = Some(boxed(schema)),
            Self::AllOf(schemas) => meta.all_of = metas(schemas),
            Self::AnyOf(schemas) => meta.any_of = metas(schemas),
            Self::OneOf(schemas) => meta.one_of = metas(schemas),
            Self::Discriminator { property, .. } => {
                meta.discriminator = Some(MetaDiscriminatorObject {
                    property_name: property,
                    mapping: Vec::new(),
                });
            }
            other => other.add_bound_to(meta),
        }
    }

    fn add_bound_to(self, meta: &mut MetaSchema) {
        let count = |count| usize::try_from(count).ok();
        match self {
            Self::MultipleOf(step) => meta.multiple_of = float(step),
            Self::Minimum(least) => meta.minimum = float(least),
            Self::Maximum(most) => meta.maximum = float(most),
            Self::MinimumIsExclusive => meta.exclusive_minimum = Some(true),
            Self::MaximumIsExclusive => meta.exclusive_maximum = Some(true),
            Self::MinLength(least) => meta.min_length = count(least),
            Self::MaxLength(most) => meta.max_length = count(most),
            Self::Pattern(pattern) => meta.pattern = Some(pattern.source().to_owned()),
            Self::MinItems(least) => meta.min_items = count(least),
            Self::MaxItems(most) => meta.max_items = count(most),
            Self::UniqueItems => meta.unique_items = Some(true),
            Self::MinProperties(least) => meta.min_properties = count(least),
            Self::MaxProperties(most) => meta.max_properties = count(most),
            _ => {}
        }
    }
}

/// A number that no float is near is left to those who complete the document.
fn float(literal: Literal) -> Option<f64> {
    literal.to_value().as_f64().filter(|float| float.is_finite())
}
