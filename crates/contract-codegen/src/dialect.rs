//! Which specification a contract is written in. It decides which fields there are, and how the keywords of schemas are read.

use serde_json::Value;

use crate::{Refusal, Source};

/// What makes of a set of contracts the input of the generator: which rules hold beyond those of the specifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Any contract. What the specifications do not know is shown, with a warning unless it is an `x-` extension.
    Plain,
    /// Rollcall's own: its `x-` extensions mean something, and whatever is not listed or not used is refused.
    Service,
}

/// A specification, as far as its versions differ in meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAPI 3.0.x: its own schemas, with `nullable` and boolean `exclusiveMinimum`; what stands beside a `$ref` is ignored.
    OpenApi30,
    /// OpenAPI 3.1.x: schemas are JSON Schema 2020-12.
    OpenApi31,
    /// AsyncAPI 3.0.x: schemas are a superset of JSON Schema draft-07.
    AsyncApi30,
    /// AsyncAPI 3.1.x: schemas as in 3.0.
    AsyncApi31,
}

/// The fields that name a specification, the versions that are read, and what each is.
const VERSIONS: [(&str, &str, Dialect); 4] = [
    ("openapi", "3.0", Dialect::OpenApi30),
    ("openapi", "3.1", Dialect::OpenApi31),
    ("asyncapi", "3.0", Dialect::AsyncApi30),
    ("asyncapi", "3.1", Dialect::AsyncApi31),
];

impl Dialect {
    /// Whether it is a version of OpenAPI.
    #[must_use]
    pub fn is_openapi(self) -> bool {
        matches!(self, Self::OpenApi30 | Self::OpenApi31)
    }

    /// The specification and its version, as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenApi30 => "OpenAPI 3.0",
            Self::OpenApi31 => "OpenAPI 3.1",
            Self::AsyncApi30 => "AsyncAPI 3.0",
            Self::AsyncApi31 => "AsyncAPI 3.1",
        }
    }

    /// How the keywords of a schema are read whose `schemaFormat` says this (AsyncAPI 3.0.0, Multi Format Schema Object); `None`
    /// for formats that are no JSON Schema. The schemas of AsyncAPI 2 are those of AsyncAPI 3.
    #[must_use]
    pub fn of_schema_format(format: &str) -> Option<Self> {
        let (media_type, version) = format.split_once(';').unwrap_or((format, ""));
        let version = version.trim().strip_prefix("version=").unwrap_or_default();
        let version = version.trim().trim_matches('"');
        let media_type = media_type
            .trim()
            .trim_end_matches("+json")
            .trim_end_matches("+yaml");
        match (media_type, version) {
            ("application/vnd.aai.asyncapi", version)
                if version.starts_with("2.") || version.starts_with("3.") || version.is_empty() =>
            {
                Some(Self::AsyncApi30)
            }
            ("application/schema", "draft-07" | "") => Some(Self::AsyncApi30),
            ("application/schema", "draft-2020-12") => Some(Self::OpenApi31),
            ("application/vnd.oai.openapi", version) if version.starts_with("3.1") => Some(Self::OpenApi31),
            ("application/vnd.oai.openapi", version) if version.starts_with("3.0") => Some(Self::OpenApi30),
            _ => None,
        }
    }

    /// What a document says that it is, where that is read.
    pub(crate) fn said_by(root: &Value) -> Option<Self> {
        Self::said(|field| root.get(field)?.as_str())
    }

    /// What the fields of a document say that it is, where that is read.
    pub(crate) fn said<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        VERSIONS.into_iter().find_map(|(field, version, dialect)| {
            let rest = text(field)?.strip_prefix(version)?;
            (rest.is_empty() || rest.starts_with('.')).then_some(dialect)
        })
    }

    /// Why a document of no dialect is refused, where it says what it is.
    pub(crate) fn refusal(source: &Source) -> Refusal {
        const READ: &str = "OpenAPI 3.0 and 3.1 and AsyncAPI 3.0 and 3.1 are read";
        let said = |field: &str| source.root().get(field).map(|value| (format!("/{field}"), value));
        match said("openapi")
            .or_else(|| said("asyncapi"))
            .or_else(|| said("swagger"))
        {
            None if source.root().is_object() => source.refuse(
                "",
                format!("there is neither `openapi` nor `asyncapi` at the root; {READ}"),
            ),
            None => source.refuse("", format!("the contract must be an object; {READ}")),
            Some((pointer, Value::Number(version))) => source.refuse(
                &pointer,
                format!("the version must be a text, such as \"{version}.0\": write it in quotation marks"),
            ),
            Some((pointer, version)) => {
                let version = version
                    .as_str()
                    .map_or_else(|| version.to_string(), str::to_owned);
                let name = match pointer.as_str() {
                    "/openapi" => "OpenAPI",
                    "/asyncapi" => "AsyncAPI",
                    _ => "Swagger",
                };
                source.refuse(&pointer, format!("{name} {version} is not read: {READ}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<Dialect, String> {
        let source = Source::parse("a.yaml", text).unwrap();
        source.said_dialect().map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_document_says_its_dialect() {
        assert_eq!(said("openapi: 3.0.3"), Ok(Dialect::OpenApi30));
        assert_eq!(said("openapi: 3.1.1"), Ok(Dialect::OpenApi31));
        assert_eq!(said("asyncapi: 3.0.0"), Ok(Dialect::AsyncApi30));
        assert_eq!(said("asyncapi: '3.1.0'"), Ok(Dialect::AsyncApi31));
    }

    #[test]
    fn every_other_document_is_refused_where_it_says_what_it_is() {
        const READ: &str = "OpenAPI 3.0 and 3.1 and AsyncAPI 3.0 and 3.1 are read";
        let refused = |text, expected: &str| assert_eq!(said(text), Err(format!("a.yaml:1:{expected}")));
        refused(
            "swagger: '2.0'",
            &format!("10: /swagger: Swagger 2.0 is not read: {READ}"),
        );
        refused(
            "asyncapi: 2.6.0",
            &format!("11: /asyncapi: AsyncAPI 2.6.0 is not read: {READ}"),
        );
        refused(
            "openapi: 3.10.0",
            &format!("10: /openapi: OpenAPI 3.10.0 is not read: {READ}"),
        );
        refused(
            "openapi: 3.0",
            "10: /openapi: the version must be a text, such as \"3.0.0\": write it in quotation marks",
        );
        refused(
            "info: {}",
            &format!("1: : there is neither `openapi` nor `asyncapi` at the root; {READ}"),
        );
        refused("[]", &format!("1: : the contract must be an object; {READ}"));
    }
}
