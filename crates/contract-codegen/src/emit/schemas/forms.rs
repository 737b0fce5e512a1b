//! Which keywords a dialect has, and what each of them holds.

use crate::Dialect;

/// What a keyword holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A type or several.
    Types,
    Format,
    Text,
    Texts,
    Literal,
    /// Examples of which the first is meant.
    Literals,
    /// A number that bounds numbers.
    Bound,
    Count,
    /// `true`; `false` says nothing.
    Flag,
    /// `false` is the schema that accepts nothing, `true` the one that accepts everything.
    Schema,
    /// One schema, or in draft-07 a list of them.
    Items,
    Schemas,
    Named,
    Pattern,
    Patterns,
    TextsUnderNames,
    /// `dependencies` of draft-07.
    Dependencies,
    Reference,
    DynamicReference,
    Discriminator,
}

/// OpenAPI 3.0.
const OLD: u8 = 1;
/// OpenAPI 3.1: JSON Schema 2020-12.
const NEW: u8 = 2;
/// AsyncAPI: JSON Schema draft-07 and more.
const EVENTS: u8 = 4;
const ALL: u8 = OLD | NEW | EVENTS;

/// Each keyword, its variant in the runtime, what it holds and the dialects that have it.
const FORMS: &[(&str, &str, Form, u8)] = &[
    ("$ref", "Ref", Form::Reference, ALL),
    ("$dynamicRef", "DynamicRef", Form::DynamicReference, NEW),
    ("type", "Type", Form::Types, ALL),
    ("nullable", "Nullable", Form::Flag, OLD),
    ("format", "Format", Form::Format, ALL),
    ("title", "Title", Form::Text, ALL),
    ("description", "Description", Form::Text, ALL),
    ("default", "Default", Form::Literal, ALL),
    ("example", "Example", Form::Literal, OLD | NEW),
    ("deprecated", "Deprecated", Form::Flag, ALL),
    ("readOnly", "ReadOnly", Form::Flag, ALL),
    ("writeOnly", "WriteOnly", Form::Flag, ALL),
    ("enum", "Enum", Form::Literals, ALL),
    ("const", "Const", Form::Literal, NEW | EVENTS),
    ("multipleOf", "MultipleOf", Form::Bound, ALL),
    ("minimum", "Minimum", Form::Bound, ALL),
    ("maximum", "Maximum", Form::Bound, ALL),
    ("exclusiveMinimum", "MinimumIsExclusive", Form::Flag, OLD),
    ("exclusiveMaximum", "MaximumIsExclusive", Form::Flag, OLD),
    ("exclusiveMinimum", "ExclusiveMinimum", Form::Bound, NEW | EVENTS),
    ("exclusiveMaximum", "ExclusiveMaximum", Form::Bound, NEW | EVENTS),
    ("minLength", "MinLength", Form::Count, ALL),
    ("maxLength", "MaxLength", Form::Count, ALL),
    ("pattern", "Pattern", Form::Pattern, ALL),
    ("items", "Items", Form::Schema, OLD | NEW),
    ("items", "Items", Form::Items, EVENTS),
    ("prefixItems", "PrefixItems", Form::Schemas, NEW),
    ("additionalItems", "AdditionalItems", Form::Schema, EVENTS),
    ("unevaluatedItems", "UnevaluatedItems", Form::Schema, NEW),
    ("contains", "Contains", Form::Schema, NEW | EVENTS),
    ("minContains", "MinContains", Form::Count, NEW),
    ("maxContains", "MaxContains", Form::Count, NEW),
    ("minItems", "MinItems", Form::Count, ALL),
    ("maxItems", "MaxItems", Form::Count, ALL),
    ("uniqueItems", "UniqueItems", Form::Flag, ALL),
    ("properties", "Properties", Form::Named, ALL),
    ("required", "Required", Form::Texts, ALL),
    ("additionalProperties", "AdditionalProperties", Form::Schema, ALL),
    (
        "patternProperties",
        "PatternProperties",
        Form::Patterns,
        NEW | EVENTS,
    ),
    ("propertyNames", "PropertyNames", Form::Schema, NEW | EVENTS),
    ("x-key-pattern", "KeyPattern", Form::Pattern, ALL),
    ("minProperties", "MinProperties", Form::Count, ALL),
    ("maxProperties", "MaxProperties", Form::Count, ALL),
    (
        "dependentRequired",
        "DependentRequired",
        Form::TextsUnderNames,
        NEW,
    ),
    ("dependentSchemas", "DependentSchemas", Form::Named, NEW),
    ("dependencies", "DependentSchemas", Form::Dependencies, EVENTS),
    (
        "unevaluatedProperties",
        "UnevaluatedProperties",
        Form::Schema,
        NEW,
    ),
    ("allOf", "AllOf", Form::Schemas, ALL),
    ("anyOf", "AnyOf", Form::Schemas, ALL),
    ("oneOf", "OneOf", Form::Schemas, ALL),
    ("not", "Not", Form::Schema, ALL),
    ("if", "If", Form::Schema, NEW | EVENTS),
    ("then", "Then", Form::Schema, NEW | EVENTS),
    ("else", "Else", Form::Schema, NEW | EVENTS),
    ("discriminator", "Discriminator", Form::Discriminator, ALL),
];

/// Whether a keyword is one in some dialect, and not in all.
pub(crate) fn has_foreigners(keyword: &str) -> bool {
    FORMS
        .iter()
        .any(|(name, _, _, dialects)| *name == keyword && *dialects != ALL)
}

/// Whether a dialect has a keyword that becomes one of the runtime's.
pub(crate) fn has_keyword(dialect: Dialect, keyword: &str) -> bool {
    form(dialect, keyword).is_some()
}

/// The variant of the runtime's `Keyword` and what it holds, where the dialect has this keyword.
pub(super) fn form(dialect: Dialect, keyword: &str) -> Option<(&'static str, Form)> {
    let bit = match dialect {
        Dialect::OpenApi30 => OLD,
        Dialect::OpenApi31 => NEW,
        Dialect::AsyncApi30 | Dialect::AsyncApi31 => EVENTS,
    };
    let (_, variant, form, _) = FORMS
        .iter()
        .find(|(name, _, _, dialects)| *name == keyword && dialects & bit != 0)?;
    Some((variant, *form))
}

/// The runtime's `Format` of each format that is checked.
const FORMATS: &[(&str, &str)] = &[
    ("uuid", "Uuid"),
    ("date", "Date"),
    ("time", "Time"),
    ("date-time", "DateTime"),
    ("duration", "Duration"),
    ("iana-time-zone", "IanaTimeZone"),
    ("byte", "Byte"),
    ("email", "Email"),
    ("idn-email", "IdnEmail"),
    ("hostname", "Hostname"),
    ("idn-hostname", "IdnHostname"),
    ("ipv4", "Ipv4"),
    ("ipv6", "Ipv6"),
    ("uri", "Uri"),
    ("uri-reference", "UriReference"),
    ("iri", "Iri"),
    ("iri-reference", "IriReference"),
    ("uri-template", "UriTemplate"),
    ("json-pointer", "JsonPointer"),
    ("relative-json-pointer", "RelativeJsonPointer"),
    ("regex", "Regex"),
    ("int32", "Int32"),
    ("int64", "Int64"),
    ("float", "Float"),
    ("double", "Double"),
];

/// The runtime's `Format` of a format, where it is checked.
pub(super) fn checked_format(name: &str) -> Option<&'static str> {
    let known = FORMATS.iter().find(|(known, _)| *known == name);
    known.map(|(_, variant)| *variant)
}

/// The runtime's `Kind` of a word of `type`.
pub(super) fn kind(word: &str) -> Option<&'static str> {
    Some(match word {
        "null" => "Null",
        "boolean" => "Boolean",
        "integer" => "Integer",
        "number" => "Number",
        "string" => "String",
        "array" => "Array",
        "object" => "Object",
        _ => return None,
    })
}
