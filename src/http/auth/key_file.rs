//! The issuer's public keys, from a file that may be replaced while the service runs.
//!
//! The file is looked at once a second at most and read again when its time or length changed. Because a file can be
//! replaced within the clock's grain, a `kid` that is not in it makes it be read again too, once in ten seconds at most:
//! whoever sends made-up key ids must not make the service read files all day. A file that is away or broken leaves the
//! keys as they were, with a warning; only at start it is an error.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;
use serde_json::Value;

use crate::config::TokenAlgorithm;
use crate::environment::SharedEnvironment;

/// Why the keys cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("auth.jwks: cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file is no JSON Web Key Set.
    #[error("auth.jwks: {} is not a JSON Web Key Set: it needs an object with a list named keys", .path.display())]
    NotAKeySet {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no key that could be used.
    #[error(
        "auth.jwks: {} holds no key to check signatures with: it needs a kid, and must be RSA of 2048 to 4096 bits, \
         EC P-256 or Ed25519, for one of the algorithms in auth.algorithms", .path.display()
    )]
    NoUsableKey {
        /// The file.
        path: PathBuf,
    },
}

/// The keys of a file.
pub(super) struct KeyFile {
    path: PathBuf,
    algorithms: Vec<TokenAlgorithm>,
    environment: SharedEnvironment,
    state: Mutex<State>,
}

struct State {
    keys: Vec<PublicKey>,
    stamp: Option<Stamp>,
    looked_at: DateTime<Utc>,
    searched_at: Option<DateTime<Utc>>,
}

struct PublicKey {
    key_id: String,
    algorithm: TokenAlgorithm,
    key: DecodingKey,
}

/// What differs when a file was replaced.
type Stamp = (SystemTime, u64);

impl KeyFile {
    pub(super) fn open(
        path: &Path,
        algorithms: &[TokenAlgorithm],
        environment: SharedEnvironment,
    ) -> Result<Self, KeyFileError> {
        let stamp = stamp(path);
        let keys = read(path, algorithms)?;
        let state = Mutex::new(State {
            keys,
            stamp,
            looked_at: environment.now(),
            searched_at: None,
        });
        Ok(Self {
            path: path.to_owned(),
            algorithms: algorithms.to_vec(),
            environment,
            state,
        })
    }

    /// The key named `key_id`, if it is meant for `algorithm`.
    pub(super) fn find(&self, key_id: &str, algorithm: TokenAlgorithm) -> Option<DecodingKey> {
        let now = self.environment.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now - state.looked_at >= TimeDelta::seconds(1) {
            state.looked_at = now;
            let stamp = stamp(&self.path);
            if stamp != state.stamp {
                state.stamp = stamp;
                self.read_again(&mut state);
            }
        }
        if let Some(key) = state.find(key_id, algorithm) {
            return Some(key);
        }
        if state
            .searched_at
            .is_some_and(|searched_at| now - searched_at < TimeDelta::seconds(10))
        {
            return None;
        }
        state.searched_at = Some(now);
        self.read_again(&mut state);
        state.find(key_id, algorithm)
    }

    fn read_again(&self, state: &mut State) {
        match read(&self.path, &self.algorithms) {
            Ok(keys) => state.keys = keys,
            Err(error) => tracing::warn!(%error, "the signing keys stay as they were"),
        }
    }
}

impl State {
    fn find(&self, key_id: &str, algorithm: TokenAlgorithm) -> Option<DecodingKey> {
        self.keys
            .iter()
            .find(|key| key.key_id == key_id && key.algorithm == algorithm)
            .map(|key| key.key.clone())
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(path: &Path, algorithms: &[TokenAlgorithm]) -> Result<Vec<PublicKey>, KeyFileError> {
    let text = std::fs::read(path).map_err(|source| KeyFileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let set: Value = serde_json::from_slice(&text).map_err(|_| KeyFileError::NotAKeySet {
        path: path.to_owned(),
    })?;
    let listed = set
        .get("keys")
        .and_then(Value::as_array)
        .ok_or_else(|| KeyFileError::NotAKeySet {
            path: path.to_owned(),
        })?;
    let keys: Vec<PublicKey> = listed
        .iter()
        // A set may hold keys for other purposes; RFC 7517 §5 has them ignored.
        .filter_map(public_key)
        .filter(|key| algorithms.contains(&key.algorithm))
        .collect();
    if keys.is_empty() {
        return Err(KeyFileError::NoUsableKey {
            path: path.to_owned(),
        });
    }
    Ok(keys)
}

/// The key that `jwk` describes, if it can check the signatures of one of our algorithms.
fn public_key(jwk: &Value) -> Option<PublicKey> {
    let text = |name| jwk.get(name).and_then(Value::as_str);
    let bytes = |name| text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let is_256_bits = |name| bytes(name).is_some_and(|bytes| bytes.len() == 32);
    let (algorithm, name, key) = match (text("kty")?, text("crv")) {
        // RFC 7518 §3.3 asks for 2048 bits; the library refuses more than 4096.
        ("RSA", _) if bytes("n").is_some_and(|modulus| (256..=512).contains(&modulus.len())) => {
            let key = DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()?;
            (TokenAlgorithm::Rs256, "RS256", key)
        }
        ("EC", Some("P-256")) if is_256_bits("x") && is_256_bits("y") => {
            let key = DecodingKey::from_ec_components(text("x")?, text("y")?).ok()?;
            (TokenAlgorithm::Es256, "ES256", key)
        }
        ("OKP", Some("Ed25519")) if is_256_bits("x") => (
            TokenAlgorithm::EdDsa,
            "EdDSA",
            DecodingKey::from_ed_components(text("x")?).ok()?,
        ),
        _ => return None,
    };
    let is_for_signatures = text("use").is_none_or(|purpose| purpose == "sig");
    let is_for_checking = jwk.get("key_ops").is_none_or(|uses| {
        uses.as_array()
            .is_some_and(|uses| uses.iter().any(|one| one == "verify"))
    });
    let is_for_algorithm = text("alg").is_none_or(|alg| alg == name);
    let usable = is_for_signatures && is_for_checking && is_for_algorithm;
    usable.then_some(PublicKey {
        key_id: text("kid")?.to_owned(),
        algorithm,
        key,
    })
}
