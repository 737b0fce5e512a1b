//! Macros and functions that generated code expands to; not for people.

use poem::EndpointExt as _;
use poem::endpoint::{BoxEndpoint, make};
use std::future::Future;

/// Implements poem-openapi's traits for a model from its schema constant.
#[macro_export]
#[doc(hidden)]
macro_rules! component {
    ($type:ident, $name:literal, $schema:expr) => {
        impl $crate::export::poem_openapi::types::Type for $type {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn schema_ref() -> $crate::export::poem_openapi::registry::MetaSchemaRef {
                $crate::export::poem_openapi::registry::MetaSchemaRef::Reference($name.to_owned())
            }

            fn register(registry: &mut $crate::export::poem_openapi::registry::Registry) {
                $crate::glue::register_component($name, $schema, registry);
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl $crate::export::poem_openapi::types::ParseFromJSON for $type {
            fn parse_from_json(
                value: Option<$crate::export::serde_json::Value>,
            ) -> $crate::export::poem_openapi::types::ParseResult<Self> {
                $crate::glue::parse_model(&$schema, value)
                    .map_err($crate::export::poem_openapi::types::ParseError::custom)
            }
        }

        impl $crate::export::poem_openapi::types::ToJSON for $type {
            fn to_json(&self) -> Option<$crate::export::serde_json::Value> {
                $crate::export::serde_json::to_value(self).ok()
            }
        }
    };
}

/// Implements poem-openapi's response trait for the responses of an operation.
#[macro_export]
#[doc(hidden)]
macro_rules! responses {
    ($type:ident, $operation:expr) => {
        impl $crate::export::poem_openapi::ApiResponse for $type {
            fn meta() -> $crate::export::poem_openapi::registry::MetaResponses {
                $operation.responses_to_meta()
            }

            fn register(registry: &mut $crate::export::poem_openapi::registry::Registry) {
                $operation.register(registry);
            }
        }
    };
}

/// Makes the type of a `const` text.
#[macro_export]
#[doc(hidden)]
macro_rules! constant_text {
    ($type:ident, $text:literal) => {
        #[doc = concat!("Always `", $text, "`.")]
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $type;

        impl $crate::ConstantText for $type {
            const TEXT: &'static str = $text;
        }

        impl $crate::export::serde::Serialize for $type {
            fn serialize<S: $crate::export::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($text)
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::export::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <Self as $crate::ConstantText>::deserialize_text(deserializer)
            }
        }

        impl $crate::export::schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(
                _generator: &mut $crate::export::schemars::SchemaGenerator,
            ) -> $crate::export::schemars::Schema {
                $crate::export::schemars::json_schema!({ "type": "string", "const": $text })
            }
        }
    };
}

/// Enters a model and the named schemas that it uses.
pub fn register_component(
    name: &str,
    schema: crate::Schema,
    registry: &mut poem_openapi::registry::Registry,
) {
    if !registry.schemas.contains_key(name) {
        registry.schemas.insert(name.to_owned(), schema.to_meta());
        schema.register(registry);
    }
}

/// Checks and decodes a model.
pub fn parse_model<T: serde::de::DeserializeOwned>(
    schema: &crate::Schema,
    value: Option<serde_json::Value>,
) -> Result<T, String> {
    let mut value = value.unwrap_or_default();
    if let Some(violation) = schema.check(&mut value).into_iter().next() {
        return Err(format!("{} {}", violation.pointer, violation.message));
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// The draft-07 JSON Schema of a type, with everything in place. Schemars titles it with the name of the type; that is left out
/// where the contract has no title.
#[must_use]
pub fn json_schema_of<T: schemars::JsonSchema, const TITLED: bool>() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft07().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(members) = schema.as_object_mut()
        && !TITLED
    {
        members.remove("title");
    }
    schema
}

/// Boxes an endpoint for poem-openapi's table of routes.
pub fn endpoint<F, R>(handle: F) -> BoxEndpoint<'static>
where
    F: Fn(poem::Request) -> R + Send + Sync + 'static,
    R: Future<Output = poem::Response> + Send + 'static,
{
    make(move |request| {
        let response = handle(request);
        async move { Ok::<_, poem::Error>(response.await) }
    })
    .map_to_response()
    .boxed()
}
