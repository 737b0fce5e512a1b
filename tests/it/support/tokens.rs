//! Access tokens signed with a key of the tests, for a service with authentication on.
//!
//! The keys under `keys/` were made for these tests and protect nothing. `jwks.json` holds the public half of
//! `issuer-es256.pem`; `stranger-es256.pem` is a key that the service has never heard of.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rollcall::environment::{Environment as _, SystemEnvironment};
use serde_json::{Value, json};
use uuid::Uuid;

/// The issuer that a service with authentication trusts in tests.
pub const ISSUER: &str = "https://issuer.example";
/// The audience that it wants.
pub const AUDIENCE: &str = "rollcall";
/// The id of the key in `jwks.json`.
pub const KEY_ID: &str = "rollcall-tests-1";

/// Every scope of the contract.
pub const ALL_SCOPES: [&str; 6] = [
    "roster.tenants.write",
    "roster.tenants.read",
    "roster.schools.write",
    "roster.schools.read",
    "roster.events.read",
    "roster.audit.read",
];

const ISSUER_KEY: &str = include_str!("keys/issuer-es256.pem");
const STRANGER_KEY: &str = include_str!("keys/stranger-es256.pem");

/// The file with the public keys.
pub fn jwks_file() -> PathBuf {
    super::repository().join("tests/it/support/keys/jwks.json")
}

/// A token to be changed and signed.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its claims.
    pub claims: Value,
    /// The key id in its header.
    pub key_id: String,
}

impl Token {
    /// A token that is good for everything that needs no tenant: all scopes, for an hour.
    pub fn good() -> Self {
        let now = SystemEnvironment.now().timestamp();
        let claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "test-subject",
            "client_id": "test-client",
            "iat": now,
            "exp": now + 3600,
            "scope": ALL_SCOPES.join(" "),
        });
        Self {
            claims,
            key_id: KEY_ID.to_owned(),
        }
    }

    /// A token that is good for one tenant.
    pub fn for_tenant(tenant: Uuid) -> Self {
        Self::good().claim("tenant_id", tenant.to_string())
    }

    /// With one claim set.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// Without one claim.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().expect("claims").remove(name);
        self
    }

    /// With these scopes only.
    #[must_use]
    pub fn scopes(self, scopes: &[&str]) -> Self {
        self.claim("scope", scopes.join(" "))
    }

    /// Expired so long ago.
    #[must_use]
    pub fn expired(self, ago: Duration) -> Self {
        let now = SystemEnvironment.now().timestamp();
        let ago = i64::try_from(ago.as_secs()).expect("seconds");
        self.claim("iat", now - ago - 3600).claim("exp", now - ago)
    }

    /// Signed as the issuer signs: ES256.
    pub fn sign(&self) -> String {
        self.sign_with(Algorithm::ES256, &EncodingKey::from_ec_der(&der(ISSUER_KEY)))
    }

    /// Signed by someone else who claims the issuer's key id.
    pub fn sign_as_stranger(&self) -> String {
        self.sign_with(Algorithm::ES256, &EncodingKey::from_ec_der(&der(STRANGER_KEY)))
    }

    /// Signed with HS256 and the issuer's public keys as the secret: the algorithm confusion attack (RFC 8725 §2.1).
    pub fn sign_with_public_key_as_secret(&self) -> String {
        let secret = std::fs::read(jwks_file()).expect("read the public keys");
        self.sign_with(Algorithm::HS256, &EncodingKey::from_secret(&secret))
    }

    /// With `alg` none and no signature.
    pub fn unsigned(&self) -> String {
        let encode = |part: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part.to_string());
        format!(
            "{}.{}.",
            encode(&json!({ "alg": "none", "typ": "at+jwt" })),
            encode(&self.claims)
        )
    }

    fn sign_with(&self, algorithm: Algorithm, key: &EncodingKey) -> String {
        let mut header = Header::new(algorithm);
        header.kid = Some(self.key_id.clone());
        header.typ = Some("at+jwt".to_owned());
        jsonwebtoken::encode(&header, &self.claims, key).expect("sign a token")
    }
}

/// The bytes of a PEM file (RFC 7468) of one block.
fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD
        .decode(lines)
        .expect("base64")
}
