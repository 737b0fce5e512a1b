//! Schemas made at run time from the same transliteration that is printed as Rust: thousands of contracts are tried without
//! compiling any. What is made lives as long as the test.

use std::collections::HashMap;
use std::sync::OnceLock;

use contract_codegen::{Argument, KeywordTree, SchemaTree, Source, Transliterator};
use contract_runtime::{Direction, Format, Keyword, Kind, Literal, Named, Pattern, Schema};
use serde_json::Value;

/// The schema at `pointer`.
pub(crate) fn schema(source: &Source, pointer: &str) -> Schema {
    Maker::new(source).at(pointer)
}

/// Makes the schemas of one contract.
pub(crate) struct Maker<'a> {
    transliterator: Transliterator<'a>,
    targets: HashMap<String, &'static Schema>,
}

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(crate) fn text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

pub(crate) fn list<T>(items: impl Iterator<Item = T>) -> &'static [T] {
    Box::leak(items.collect::<Vec<T>>().into_boxed_slice())
}

pub(crate) fn texts(names: &[String]) -> &'static [&'static str] {
    list(names.iter().map(|name| text(name)))
}

fn literal(value: &Value) -> Literal {
    match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::String(value) => Literal::Text(text(value)),
        Value::Number(number) if number.is_i64() => Literal::Integer(number.as_i64().unwrap()),
        composite => Literal::Json(text(&composite.to_string())),
    }
}

fn kind(name: &str) -> Kind {
    match name {
        "Null" => Kind::Null,
        "Boolean" => Kind::Boolean,
        "Integer" => Kind::Integer,
        "Number" => Kind::Number,
        "String" => Kind::String,
        "Array" => Kind::Array,
        "Object" => Kind::Object,
        other => panic!("no kind {other}"),
    }
}

impl<'a> Maker<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            transliterator: Transliterator::new(source),
            targets: HashMap::new(),
        }
    }

    /// The schema at `pointer`.
    pub(crate) fn at(&mut self, pointer: &str) -> Schema {
        *self.target(pointer)
    }

    fn schema(&mut self, tree: &SchemaTree) -> Schema {
        let keywords: Vec<Keyword> = tree.0.iter().map(|keyword| self.keyword(keyword)).collect();
        Schema(list(keywords.into_iter()))
    }

    fn schemas(&mut self, trees: &[SchemaTree]) -> &'static [Schema] {
        let schemas: Vec<Schema> = trees.iter().map(|tree| self.schema(tree)).collect();
        list(schemas.into_iter())
    }

    fn named(&mut self, members: &[(String, SchemaTree)]) -> &'static [Named] {
        let named: Vec<Named> = members
            .iter()
            .map(|(name, tree)| Named {
                name: text(name),
                schema: self.schema(tree),
            })
            .collect();
        list(named.into_iter())
    }

    /// What a reference leads to may be in the making: it is filled in afterwards.
    fn target(&mut self, pointer: &str) -> &'static Schema {
        if let Some(known) = self.targets.get(pointer) {
            return known;
        }
        let late: &'static OnceLock<Schema> = leak(OnceLock::new());
        let target: &'static Schema = leak(Schema(list(std::iter::once(Keyword::Late(late)))));
        self.targets.insert(pointer.to_owned(), target);
        let tree = self.transliterator.of(pointer);
        late.set(self.schema(&tree)).unwrap();
        target
    }

    fn mapped(&mut self, targets: &[(String, String)]) -> &'static [(&'static str, &'static Schema)] {
        let targets: Vec<_> = targets
            .iter()
            .map(|(name, target)| (text(name), self.target(target)))
            .collect();
        list(targets.into_iter())
    }

    fn keyword(&mut self, keyword: &KeywordTree) -> Keyword {
        match (keyword.variant, &keyword.argument) {
            ("Never", _) => Keyword::Never,
            ("Nullable", _) => Keyword::Nullable,
            ("Deprecated", _) => Keyword::Deprecated,
            ("ReadOnly", _) => Keyword::ReadOnly,
            ("WriteOnly", _) => Keyword::WriteOnly,
            ("MinimumIsExclusive", _) => Keyword::MinimumIsExclusive,
            ("MaximumIsExclusive", _) => Keyword::MaximumIsExclusive,
            ("UniqueItems", _) => Keyword::UniqueItems,
            ("Ref", Argument::Reference(reference)) => Keyword::Ref {
                reference: text(&reference.text),
                schema: self.target(&reference.target),
            },
            ("DynamicRef", Argument::Dynamic(reference, anchor)) => Keyword::DynamicRef {
                reference: text(&reference.text),
                anchor: text(anchor),
                schema: self.target(&reference.target),
            },
            ("DynamicScope", Argument::Anchors(anchors)) => Keyword::DynamicScope(self.mapped(anchors)),
            ("Type", Argument::Kinds(kinds)) => Keyword::Type(list(kinds.iter().map(|name| kind(name)))),
            ("Format", Argument::Format(name, checked)) => {
                let checked = checked.is_some().then(|| Format::named(name).unwrap());
                Keyword::Format(text(name), checked)
            }
            (variant, Argument::Text(value)) => match variant {
                "Title" => Keyword::Title(text(value)),
                "Description" => Keyword::Description(text(value)),
                other => panic!("no text {other}"),
            },
            (variant, Argument::Literal(value)) => literal_keyword(variant, literal(value)),
            ("Enum", Argument::Literals(values)) => Keyword::Enum(list(values.iter().map(literal))),
            (variant, Argument::Count(count)) => count_keyword(variant, *count),
            (variant, Argument::Pattern(pattern)) => {
                let pattern = leak(Pattern::new(text(pattern)));
                match variant {
                    "Pattern" => Keyword::Pattern(pattern),
                    "KeyPattern" => Keyword::KeyPattern(pattern),
                    other => panic!("no pattern {other}"),
                }
            }
            (variant, Argument::Schema(tree)) => {
                let schema = self.schema(tree);
                schema_keyword(variant, schema)
            }
            ("PrefixItems", Argument::Schemas(trees)) => Keyword::PrefixItems(self.schemas(trees)),
            ("AllOf", Argument::Schemas(trees)) => Keyword::AllOf(self.schemas(trees)),
            ("AnyOf", Argument::Schemas(trees)) => Keyword::AnyOf(self.schemas(trees)),
            ("OneOf", Argument::Schemas(trees)) => Keyword::OneOf(self.schemas(trees)),
            ("Properties", Argument::Named(members)) => Keyword::Properties(self.named(members)),
            ("DependentSchemas", Argument::Named(members)) => Keyword::DependentSchemas(self.named(members)),
            ("Required", Argument::Texts(names)) => Keyword::Required(texts(names)),
            ("NotRequiredIn", Argument::Waived(direction, names)) => {
                let direction = match *direction {
                    "Request" => Direction::Request,
                    _ => Direction::Response,
                };
                Keyword::NotRequiredIn(direction, texts(names))
            }
            ("DependentRequired", Argument::Dependencies(members)) => Keyword::DependentRequired(list(
                members.iter().map(|(name, names)| (text(name), texts(names))),
            )),
            ("PatternProperties", Argument::Patterns(members)) => {
                let patterns: Vec<_> = members
                    .iter()
                    .map(|(pattern, tree)| {
                        let pattern: &'static Pattern = leak(Pattern::new(text(pattern)));
                        (pattern, self.schema(tree))
                    })
                    .collect();
                Keyword::PatternProperties(list(patterns.into_iter()))
            }
            ("Discriminator", Argument::Discriminator(property, mapping)) => Keyword::Discriminator {
                property: text(property),
                mapping: self.mapped(mapping),
            },
            ("Annotation", Argument::Annotation(name, value)) => {
                Keyword::Annotation(text(name), literal(value))
            }
            (variant, argument) => panic!("no keyword {variant} of {argument:?}"),
        }
    }
}

fn literal_keyword(variant: &str, literal: Literal) -> Keyword {
    match variant {
        "Default" => Keyword::Default(literal),
        "Example" => Keyword::Example(literal),
        "Const" => Keyword::Const(literal),
        "MultipleOf" => Keyword::MultipleOf(literal),
        "Minimum" => Keyword::Minimum(literal),
        "Maximum" => Keyword::Maximum(literal),
        "ExclusiveMinimum" => Keyword::ExclusiveMinimum(literal),
        "ExclusiveMaximum" => Keyword::ExclusiveMaximum(literal),
        other => panic!("no literal {other}"),
    }
}

fn count_keyword(variant: &str, count: u64) -> Keyword {
    match variant {
        "MinLength" => Keyword::MinLength(count),
        "MaxLength" => Keyword::MaxLength(count),
        "MinItems" => Keyword::MinItems(count),
        "MaxItems" => Keyword::MaxItems(count),
        "MinContains" => Keyword::MinContains(count),
        "MaxContains" => Keyword::MaxContains(count),
        "MinProperties" => Keyword::MinProperties(count),
        "MaxProperties" => Keyword::MaxProperties(count),
        other => panic!("no count {other}"),
    }
}

fn schema_keyword(variant: &str, schema: Schema) -> Keyword {
    match variant {
        "Items" => Keyword::Items(schema),
        "AdditionalItems" => Keyword::AdditionalItems(schema),
        "UnevaluatedItems" => Keyword::UnevaluatedItems(schema),
        "Contains" => Keyword::Contains(schema),
        "AdditionalProperties" => Keyword::AdditionalProperties(schema),
        "PropertyNames" => Keyword::PropertyNames(schema),
        "UnevaluatedProperties" => Keyword::UnevaluatedProperties(schema),
        "Not" => Keyword::Not(schema),
        "If" => Keyword::If(schema),
        "Then" => Keyword::Then(schema),
        "Else" => Keyword::Else(schema),
        other => panic!("no schema {other}"),
    }
}
