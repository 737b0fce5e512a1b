//! Why a caller is not known, and how that is said (RFC 6750 §3).

use poem::http::HeaderValue;

/// Why a request is answered 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthFailure {
    /// There is no bearer token.
    #[error("this operation needs a bearer token in the Authorization header")]
    Missing,
    /// The `Authorization` header is not one `Bearer` and a token.
    #[error("the Authorization header must be sent once, as Bearer and a token")]
    Malformed,
    /// The token is not believed.
    #[error(transparent)]
    Invalid(#[from] InvalidToken),
}

/// Why a token is not believed. The texts are for the client: they tell what to correct and nothing about the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It is no JSON Web Token, or one with extensions that must be understood.
    #[error("the token is not a JSON Web Token")]
    Malformed,
    /// Its algorithm is not on the list.
    #[error("the signature algorithm of the token is not accepted")]
    Algorithm,
    /// The issuer has no such key.
    #[error("the token names no known key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature of the token is not valid")]
    Signature,
    /// It is too old.
    #[error("the token has expired")]
    Expired,
    /// It is too young.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Somebody else made it.
    #[error("the issuer of the token is not accepted")]
    Issuer,
    /// It was made for somebody else.
    #[error("the token is meant for another audience")]
    Audience,
    /// A claim that is needed is missing or of another type.
    #[error("a claim of the token is missing or malformed")]
    Claim,
}

impl AuthFailure {
    /// The value of the `WWW-Authenticate` header. A request without a token gets no error code (RFC 6750 §3.1).
    #[must_use]
    pub fn www_authenticate(&self) -> HeaderValue {
        let code = match self {
            Self::Missing => return HeaderValue::from_static("Bearer realm=\"rollcall\""),
            Self::Malformed => "invalid_request",
            Self::Invalid(_) => "invalid_token",
        };
        challenge(&format!("error=\"{code}\", error_description=\"{self}\""))
    }
}

fn challenge(parameters: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("Bearer realm=\"rollcall\", {parameters}"))
        .unwrap_or_else(|_| HeaderValue::from_static("Bearer realm=\"rollcall\""))
}
