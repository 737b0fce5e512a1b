//! Who is calling: OAuth 2.0 bearer tokens that are JSON Web Tokens (RFC 6750, RFC 7519, RFC 9068).
//!
//! A token is believed only when everything holds: its algorithm is on the configured list (which offers none that is
//! symmetric, RFC 8725 §2.1), its `kid` names a key of the issuer that is meant for that very algorithm, the signature
//! fits, `iss` and `aud` are ours, and the time is within `nbf` and `exp`. Nothing in the token's header chooses a key
//! other than `kid`; `jwk`, `jku` and `x5u` are ignored.
//!
//! The tenant claim is the authority over which tenants the caller may enter; the `X-Tenant-Id` header only says which of
//! them this request is about. With authentication off everybody may do everything, which is why the service then
//! listens on loopback only.

mod bearer;
mod caller;
mod claims;
mod failure;
mod key_file;
#[cfg(test)]
mod tests;

pub use caller::{Caller, ScopeGrant, TenantGrant};
pub use failure::{AuthFailure, InvalidToken};
pub use key_file::KeyFileError;

use jsonwebtoken::{Algorithm, Validation};
use poem::http::HeaderMap;

use crate::config::{AuthSettings, TokenAlgorithm};
use crate::environment::SharedEnvironment;
use key_file::KeyFile;

/// Tells who calls, or why that cannot be told.
pub struct Authenticator {
    tokens: Option<TokenCheck>,
}

struct TokenCheck {
    settings: AuthSettings,
    keys: KeyFile,
    environment: SharedEnvironment,
}

impl Authenticator {
    /// One for `settings`; `None` means that authentication is off. The key file is read now, so that a wrong path is an
    /// error at start and not at the first request.
    pub fn from_config(
        settings: Option<&AuthSettings>,
        environment: &SharedEnvironment,
    ) -> Result<Self, KeyFileError> {
        let tokens = settings
            .map(|settings| {
                let keys = KeyFile::open(&settings.jwks, &settings.algorithms, environment.clone())?;
                Ok(TokenCheck {
                    settings: settings.clone(),
                    keys,
                    environment: environment.clone(),
                })
            })
            .transpose()?;
        Ok(Self { tokens })
    }

    /// The caller that the request's `headers` prove.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, AuthFailure> {
        match &self.tokens {
            None => Ok(Caller::anonymous()),
            Some(check) => check
                .caller_of(bearer::token(headers)?)
                .map_err(AuthFailure::Invalid),
        }
    }
}

impl TokenCheck {
    fn caller_of(&self, token: &str) -> Result<Caller, InvalidToken> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken::Malformed)?;
        // RFC 7515 §4.1.11: extensions that must be understood, and none is.
        if header.crit.is_some() {
            return Err(InvalidToken::Malformed);
        }
        let algorithm = match header.alg {
            Algorithm::RS256 => TokenAlgorithm::Rs256,
            Algorithm::ES256 => TokenAlgorithm::Es256,
            Algorithm::EdDSA => TokenAlgorithm::EdDsa,
            _ => return Err(InvalidToken::Algorithm),
        };
        if !self.settings.algorithms.contains(&algorithm) {
            return Err(InvalidToken::Algorithm);
        }
        let key_id = header.kid.ok_or(InvalidToken::UnknownKey)?;
        let key = self
            .keys
            .find(&key_id, algorithm)
            .ok_or(InvalidToken::UnknownKey)?;

        // The library checks the signature alone: its other checks read the machine's clock.
        let mut validation = Validation::new(header.alg);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<claims::Claims>(token, &key, &validation)
            .map_err(|_| InvalidToken::Signature)?
            .claims;
        claims::check(&claims, &self.settings, self.environment.now())
    }
}
