//! What an OpenAPI contract says around its operations.

use super::{Location, Operation, ProblemType};

/// A link to further documentation.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct ExternalDocs {
    pub url: String,
    pub description: Option<String>,
}

/// A tag.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Tag {
    pub name: String,
    pub description: Option<String>,
    pub external_docs: Option<ExternalDocs>,
}

/// A variable of a server's URL.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct ServerVariable {
    pub name: String,
    pub default: String,
    pub description: Option<String>,
    pub enumeration: Vec<String>,
}

/// A server.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Server {
    pub url: String,
    pub description: Option<String>,
    pub variables: Vec<ServerVariable>,
}

/// A way in which `oauth2` gives tokens.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct OAuthFlow {
    /// `implicit`, `password`, `clientCredentials` or `authorizationCode`.
    pub name: String,
    pub authorization_url: Option<String>,
    pub token_url: Option<String>,
    pub refresh_url: Option<String>,
    /// Each with its description.
    pub scopes: Vec<(String, String)>,
}

/// How callers show who they are.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub enum SecurityKind {
    ApiKey {
        location: Location,
        name: String,
    },
    Http {
        scheme: String,
        bearer_format: Option<String>,
    },
    OAuth2 {
        flows: Vec<OAuthFlow>,
    },
    OpenIdConnect {
        url: String,
    },
    MutualTls,
}

/// A security scheme.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct SecurityScheme {
    /// Where its fields stand.
    pub pointer: String,
    /// The component's name.
    pub name: String,
    pub description: Option<String>,
    pub kind: SecurityKind,
}

/// Whom to ask.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Contact {
    pub name: Option<String>,
    pub url: Option<String>,
    pub email: Option<String>,
}

/// A license.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct License {
    pub name: String,
    pub url: Option<String>,
    pub identifier: Option<String>,
}

/// A whole contract.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct OpenApi {
    pub title: String,
    pub version: String,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub terms_of_service: Option<String>,
    pub contact: Option<Contact>,
    pub license: Option<License>,
    pub servers: Vec<Server>,
    pub tags: Vec<Tag>,
    pub external_docs: Option<ExternalDocs>,
    pub security_schemes: Vec<SecurityScheme>,
    /// In the contract's order.
    pub operations: Vec<Operation>,
    pub problems: Vec<ProblemType>,
}
