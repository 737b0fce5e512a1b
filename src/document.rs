//! The documents that the service publishes about itself.

use contract_runtime::{AnyFormat, MessageDescriptor};
use serde_json::{Value, json};

use crate::contract::api::{API, RollcallDocument};
use crate::contract::overlay::OVERLAY;
use crate::contract::{events, released};

/// The event contract as it was written.
pub const ASYNCAPI_YAML: &str = include_str!("../contracts/asyncapi.yaml");

/// Why a document cannot be made; the generated code is not of the contracts beside it.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The generated code is not of one contract.
    #[error(transparent)]
    Derived(#[from] contract_runtime::DocumentError),
    /// A released schema is no JSON.
    #[error("the released schema {path} cannot be read: {source}")]
    Released {
        /// Under which path it is served.
        path: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The event contract is no YAML.
    #[error("the event contract cannot be read: {0}")]
    AsyncApi(String),
    /// The document cannot be written as YAML.
    #[error("the document cannot be written as YAML: {0}")]
    Yaml(String),
}

/// The OpenAPI document that is served: derived from the running code, with the overlay.
pub fn openapi() -> Result<Value, DocumentError> {
    Ok(API.document(RollcallDocument, &OVERLAY)?)
}

/// The same, as the instance at `base_url` serves it: the server that it names is that instance, to which consoles and generated clients
/// then speak. The contract's own names the default address.
pub fn openapi_of(base_url: &str) -> Result<Value, DocumentError> {
    let mut document = openapi()?;
    if let Some(members) = document.as_object_mut() {
        let server = json!({ "url": base_url, "description": "The service that serves this document." });
        members.insert("servers".to_owned(), json!([server]));
    }
    Ok(document)
}

/// A document as YAML.
pub fn yaml(document: &Value) -> Result<String, DocumentError> {
    serde_saphyr::to_string(&AnyFormat(document)).map_err(|error| DocumentError::Yaml(error.to_string()))
}

/// The event contract as JSON.
pub fn asyncapi() -> Result<Value, DocumentError> {
    serde_saphyr::from_str(ASYNCAPI_YAML).map_err(|error| DocumentError::AsyncApi(error.to_string()))
}

/// The published JSON Schemas by path: every version that was released, since events of all of them are read for as long as
/// somebody keeps them, and for each message the schema of its data.
pub fn schemas() -> Result<Vec<(&'static str, Value)>, DocumentError> {
    all_schemas(released::ALL)
}

/// A version that is not released yet is served as it is derived; one that is released, as it was released.
fn all_schemas(
    released: &[(&'static str, &'static str)],
) -> Result<Vec<(&'static str, Value)>, DocumentError> {
    let parse = |&(path, text): &(&'static str, &'static str)| match serde_json::from_str(text) {
        Ok(schema) => Ok((path, schema)),
        Err(source) => Err(DocumentError::Released { path, source }),
    };
    let mut schemas = released.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    for message in events::ALL {
        let path = message.data_schema_path;
        if !released.iter().any(|(released, _)| *released == path) {
            schemas.push((path, published_schema(message)));
        }
    }
    Ok(schemas)
}

/// The schema of a message's data, derived from its type, as it is published. It has no `$id`: that would be the address of one
/// instance of the service, and the bytes are the same everywhere.
#[must_use]
pub fn published_schema(message: &MessageDescriptor) -> Value {
    let mut schema = json!({ "$schema": "http://json-schema.org/draft-07/schema#" });
    if let (Some(members), Value::Object(derived)) = (schema.as_object_mut(), (message.data_schema)()) {
        members.extend(derived);
    }
    schema
}

#[cfg(test)]
mod tests {
    use contract_codegen::ReleasedSchema;

    use super::*;

    fn at<'a>(schemas: &'a [(&str, Value)], path: &str) -> Vec<&'a Value> {
        let found = schemas.iter().filter(|(at, _)| *at == path);
        found.map(|(_, schema)| schema).collect()
    }

    #[test]
    fn every_released_schema_is_served_as_it_was_released() {
        let files = ReleasedSchema::all(env!("CARGO_MANIFEST_DIR").as_ref()).unwrap();
        assert!(!files.is_empty());
        let schemas = schemas().unwrap();
        for file in files {
            let released: Value = serde_json::from_str(&file.text).unwrap();
            assert_eq!(at(&schemas, &file.path), [&released], "{}", file.path);
        }
    }

    #[test]
    fn a_released_schema_of_the_current_version_is_what_the_code_derives() {
        let schemas = schemas().unwrap();
        for message in events::ALL {
            let derived = published_schema(message);
            assert_eq!(
                at(&schemas, message.data_schema_path),
                [&derived],
                "{}",
                message.key
            );
        }
    }

    #[test]
    fn an_older_version_stays_where_events_point_and_the_current_one_joins_it() {
        const OLDER: &str = "/schemas/lms.roster.v1/SchoolCreated/0.9.0.json";
        let schemas = all_schemas(&[(OLDER, r#"{"title":"older"}"#)]).unwrap();
        assert_eq!(at(&schemas, OLDER), [&json!({ "title": "older" })]);
        for message in events::ALL {
            let current = at(&schemas, message.data_schema_path);
            assert_eq!(current, [&published_schema(message)], "{}", message.key);
        }
    }

    #[test]
    fn a_released_schema_that_is_no_json_is_named() {
        let error = all_schemas(&[("/schemas/broken.json", "{")]).unwrap_err();
        assert!(error.to_string().contains("/schemas/broken.json"), "{error}");
    }
}
