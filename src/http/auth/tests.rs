//! Real tokens, signed here. The keys under `test_keys/` were made for these tests and open nothing.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use poem::http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::environment::{Environment, SystemEnvironment};
use crate::tenancy::TenantId;

const TENANT: &str = "01936d3c-5e0a-7000-8000-0000000000aa";
const NOW_S: i64 = 1_800_000_000;

/// A clock that stands until it is moved.
struct StandingClock(Mutex<DateTime<Utc>>);

impl StandingClock {
    fn pass(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }
}

impl Environment for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn new_id(&self) -> Uuid {
        SystemEnvironment.new_id()
    }

    fn random_bytes(&self, length: usize) -> Vec<u8> {
        SystemEnvironment.random_bytes(length)
    }
}

#[derive(Clone, Copy)]
enum Signer {
    RsaFirst,
    RsaSecond,
    RsaShort,
    Ec,
    Ed25519,
}

impl Signer {
    fn key(self) -> (Algorithm, EncodingKey) {
        match self {
            Self::RsaFirst => (
                Algorithm::RS256,
                EncodingKey::from_rsa_der(include_bytes!("test_keys/rsa-first.der")),
            ),
            Self::RsaSecond => (
                Algorithm::RS256,
                EncodingKey::from_rsa_der(include_bytes!("test_keys/rsa-second.der")),
            ),
            Self::RsaShort => (
                Algorithm::RS256,
                EncodingKey::from_rsa_der(include_bytes!("test_keys/rsa-short.der")),
            ),
            Self::Ec => (
                Algorithm::ES256,
                EncodingKey::from_ec_der(include_bytes!("test_keys/ec.der")),
            ),
            Self::Ed25519 => (
                Algorithm::EdDSA,
                EncodingKey::from_ed_der(include_bytes!("test_keys/ed25519.der")),
            ),
        }
    }

    fn public(self, key_id: &str) -> Value {
        // The library derives no public key from an Ed25519 one.
        if let Self::Ed25519 = self {
            let x = "Y4pO3_pw2Bc8b3gSOjXKz9UFsq7eh4L87LcjxtKi8nM";
            return json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key_id, "x": x });
        }
        let (algorithm, key) = self.key();
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(key_id);
        jwk
    }

    fn sign(self, key_id: &str, claims: &Value) -> String {
        let (algorithm, key) = self.key();
        let header = Header {
            kid: Some(key_id.to_owned()),
            ..Header::new(algorithm)
        };
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }
}

struct Bench {
    folder: tempfile::TempDir,
    clock: Arc<StandingClock>,
    authenticator: Authenticator,
}

impl Bench {
    fn new() -> Self {
        Self::with_algorithms(&[
            TokenAlgorithm::Rs256,
            TokenAlgorithm::Es256,
            TokenAlgorithm::EdDsa,
        ])
    }

    fn with_algorithms(algorithms: &[TokenAlgorithm]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = [
            Signer::RsaFirst.public("r1"),
            Signer::Ec.public("e1"),
            Signer::Ed25519.public("d1"),
        ];
        write_keys(&folder.path().join("jwks.json"), &keys);
        let clock = Arc::new(StandingClock(Mutex::new(
            DateTime::from_timestamp(NOW_S, 0).unwrap(),
        )));
        let environment: SharedEnvironment = clock.clone();
        let settings = settings(folder.path().join("jwks.json"), algorithms);
        let authenticator = Authenticator::from_config(Some(&settings), &environment).unwrap();
        Self {
            folder,
            clock,
            authenticator,
        }
    }

    fn rotate(&self, keys: &[Value]) {
        write_keys(&self.folder.path().join("jwks.json"), keys);
    }

    fn check(&self, token: &str) -> Result<Caller, AuthFailure> {
        self.authenticator
            .authenticate(&bearer(&format!("Bearer {token}")))
    }

    #[track_caller]
    fn check_invalid(&self, token: &str, expected: InvalidToken) {
        assert_eq!(self.check(token), Err(AuthFailure::Invalid(expected)));
    }
}

fn settings(jwks: PathBuf, algorithms: &[TokenAlgorithm]) -> AuthSettings {
    AuthSettings {
        issuer: "https://id.example.org".to_owned(),
        audience: "rollcall".to_owned(),
        jwks,
        algorithms: algorithms.to_vec(),
        tenant_claim: "tenant_id".to_owned(),
    }
}

fn write_keys(path: &std::path::Path, keys: &[Value]) {
    std::fs::write(path, json!({ "keys": keys }).to_string()).unwrap();
}

fn bearer(value: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())])
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example.org", "aud": "rollcall", "sub": "user-1", "azp": "portal",
        "exp": NOW_S + 300, "nbf": NOW_S, "scope": "roster.schools.read roster.schools.write", "tenant_id": TENANT,
    })
}

fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_good_token_of_each_algorithm_is_believed() {
    let bench = Bench::new();
    for (signer, key_id) in [
        (Signer::RsaFirst, "r1"),
        (Signer::Ec, "e1"),
        (Signer::Ed25519, "d1"),
    ] {
        let caller = bench.check(&signer.sign(key_id, &claims())).unwrap();
        assert_eq!(caller.subject, "user-1");
        assert_eq!(caller.client.as_deref(), Some("portal"));
        assert!(caller.has_scope("roster.schools.write") && !caller.has_scope("roster.tenants.write"));
        assert!(caller.may_enter(TenantId(TENANT.parse().unwrap())));
        assert!(!caller.may_enter(TenantId(Uuid::nil())));
    }
}

#[test]
fn an_algorithm_that_is_not_on_the_list_is_refused() {
    let bench = Bench::with_algorithms(&[TokenAlgorithm::Rs256]);
    bench.check_invalid(&Signer::Ec.sign("e1", &claims()), InvalidToken::Algorithm);
}

#[test]
fn a_key_is_used_for_its_own_algorithm_only() {
    let bench = Bench::new();
    bench.check_invalid(&Signer::Ec.sign("r1", &claims()), InvalidToken::UnknownKey);
}

#[test]
fn a_claim_that_does_not_fit_is_refused() {
    let bench = Bench::new();
    for (name, value, expected) in [
        ("exp", json!(NOW_S - 60), InvalidToken::Expired),
        ("exp", json!(null), InvalidToken::Claim),
        ("exp", json!("soon"), InvalidToken::Claim),
        ("nbf", json!(NOW_S + 61), InvalidToken::NotYetValid),
        ("aud", json!("gradebook"), InvalidToken::Audience),
        ("aud", json!(null), InvalidToken::Audience),
        ("iss", json!("https://id.example.org/"), InvalidToken::Issuer),
        ("iss", json!(["https://id.example.org"]), InvalidToken::Claim),
        ("sub", json!(""), InvalidToken::Claim),
        ("sub", json!("x".repeat(256)), InvalidToken::Claim),
        ("sub", json!("two\u{0}parts"), InvalidToken::Claim),
        ("azp", json!("x".repeat(256)), InvalidToken::Claim),
        ("tenant_id", json!("district-7"), InvalidToken::Claim),
        ("tenant_id", json!([TENANT, 7]), InvalidToken::Claim),
    ] {
        bench.check_invalid(&Signer::RsaFirst.sign("r1", &claims_with(name, value)), expected);
    }
}

#[test]
fn clocks_may_be_a_minute_apart() {
    let bench = Bench::new();
    for (name, value) in [("exp", NOW_S - 59), ("nbf", NOW_S + 60)] {
        let caller = bench.check(&Signer::RsaFirst.sign("r1", &claims_with(name, json!(value))));
        assert!(caller.is_ok(), "{name}");
        if name == "exp" {
            let until = caller.unwrap().believed_until.unwrap();
            assert_eq!(until.timestamp(), NOW_S + 1);
        }
    }
}

#[test]
fn claims_may_be_written_in_their_other_forms() {
    let bench = Bench::new();
    let other = Uuid::from_u128(7);
    let claims = json!({
        "iss": "https://id.example.org", "aud": ["gradebook", "rollcall"], "sub": "operator", "client_id": "cli",
        "exp": NOW_S + 300, "scp": ["roster.tenants.write"], "tenant_id": [TENANT, other],
    });
    let caller = bench.check(&Signer::RsaFirst.sign("r1", &claims)).unwrap();
    assert_eq!(caller.client.as_deref(), Some("cli"));
    assert!(caller.has_scope("roster.tenants.write"));
    assert_eq!(
        caller.tenants,
        TenantGrant::Only(vec![TenantId(TENANT.parse().unwrap()), TenantId(other)])
    );

    let caller = bench
        .check(&Signer::RsaFirst.sign("r1", &claims_with("tenant_id", json!("*"))))
        .unwrap();
    assert_eq!(caller.tenants, TenantGrant::All);

    let caller = bench
        .check(&Signer::RsaFirst.sign("r1", &claims_with("tenant_id", json!(null))))
        .unwrap();
    assert_eq!(
        caller.tenants,
        TenantGrant::Only(Vec::new()),
        "no claim, no tenant"
    );

    // RFC 7519 §2: a NumericDate may have a fraction.
    let later = claims_with("exp", json!(1_800_000_300.5));
    assert!(bench.check(&Signer::RsaFirst.sign("r1", &later)).is_ok());
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let bench = Bench::new();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"r1"}"#);
    let body = URL_SAFE_NO_PAD.encode(claims().to_string());
    bench.check_invalid(&format!("{header}.{body}."), InvalidToken::Malformed);
    let signed = Signer::RsaFirst.sign("r1", &claims());
    bench.check_invalid(signed.rsplit_once('.').unwrap().0, InvalidToken::Malformed);
}

#[test]
fn a_public_key_is_never_taken_for_a_secret() {
    let bench = Bench::new();
    let jwk = Signer::RsaFirst.public("r1");
    for secret in [jwk["n"].as_str().unwrap().as_bytes(), jwk.to_string().as_bytes()] {
        let header = Header {
            kid: Some("r1".to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
        bench.check_invalid(&token, InvalidToken::Algorithm);
    }
}

#[test]
fn a_changed_token_is_refused() {
    let bench = Bench::new();
    let token = Signer::RsaFirst.sign("r1", &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let body = URL_SAFE_NO_PAD.encode(claims_with("tenant_id", json!("*")).to_string());
    bench.check_invalid(
        &format!("{}.{body}.{}", parts[0], parts[2]),
        InvalidToken::Signature,
    );
    bench.check_invalid(&Signer::RsaSecond.sign("r1", &claims()), InvalidToken::Signature);
}

#[test]
fn a_key_that_the_token_brings_along_is_not_used() {
    let bench = Bench::new();
    let (algorithm, key) = Signer::RsaSecond.key();
    let header = Header {
        jwk: Some(Jwk::from_encoding_key(&key, algorithm).unwrap()),
        kid: Some("mine".to_owned()),
        ..Header::new(algorithm)
    };
    let token = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
    bench.check_invalid(&token, InvalidToken::UnknownKey);
}

#[test]
fn an_extension_that_must_be_understood_is_not() {
    let bench = Bench::new();
    let (algorithm, key) = Signer::RsaFirst.key();
    let header = Header {
        crit: Some(vec!["b64".to_owned()]),
        kid: Some("r1".to_owned()),
        ..Header::new(algorithm)
    };
    bench.check_invalid(
        &jsonwebtoken::encode(&header, &claims(), &key).unwrap(),
        InvalidToken::Malformed,
    );
}

#[test]
fn a_replaced_file_brings_its_keys_and_takes_the_old_ones() {
    let bench = Bench::new();
    let old = Signer::RsaFirst.sign("r1", &claims());
    let new = Signer::RsaSecond.sign("r2-longer", &claims());
    assert!(bench.check(&old).is_ok());
    bench.rotate(&[Signer::RsaSecond.public("r2-longer")]);
    assert!(
        bench.check(&old).is_ok(),
        "within the second the file is not looked at"
    );
    bench.clock.pass(1);
    bench.check_invalid(&old, InvalidToken::UnknownKey);
    assert!(bench.check(&new).is_ok());
}

#[test]
fn an_unknown_key_is_searched_for_once_in_ten_seconds() {
    let bench = Bench::new();
    let new = Signer::RsaSecond.sign("r2", &claims());
    bench.check_invalid(&new, InvalidToken::UnknownKey);
    bench.rotate(&[Signer::RsaFirst.public("r1"), Signer::RsaSecond.public("r2")]);
    // The clock stands, so that only the search could read the file, and it has just been made.
    bench.check_invalid(&new, InvalidToken::UnknownKey);
    bench.clock.pass(10);
    assert!(bench.check(&new).is_ok());
}

#[test]
fn a_broken_or_missing_file_leaves_the_keys_as_they_were() {
    let bench = Bench::new();
    let token = Signer::RsaFirst.sign("r1", &claims());
    let path = bench.folder.path().join("jwks.json");
    std::fs::write(&path, "{\"keys\":").unwrap();
    bench.clock.pass(2);
    assert!(bench.check(&token).is_ok());
    std::fs::remove_file(&path).unwrap();
    bench.clock.pass(2);
    assert!(bench.check(&token).is_ok());
}

#[test]
fn a_file_without_a_usable_key_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let environment: SharedEnvironment = Arc::new(SystemEnvironment);
    let open = || {
        Authenticator::from_config(
            Some(&settings(path.clone(), &[TokenAlgorithm::Rs256])),
            &environment,
        )
    };
    assert!(matches!(open(), Err(KeyFileError::Unreadable { .. })));
    std::fs::write(&path, "[]").unwrap();
    assert!(matches!(open(), Err(KeyFileError::NotAKeySet { .. })));
    let mut for_encryption = Signer::RsaFirst.public("r1");
    for_encryption["use"] = json!("enc");
    let mut without_id = Signer::RsaFirst.public("r1");
    without_id.as_object_mut().unwrap().remove("kid");
    let secret = json!({ "kty": "oct", "kid": "s1", "k": "c2VjcmV0" });
    let short_point = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "d1", "x": "c2hvcnQ" });
    let unusable = [
        for_encryption,
        without_id,
        secret,
        short_point,
        Signer::RsaShort.public("r0"),
        Signer::Ec.public("e1"),
    ];
    for jwk in unusable {
        write_keys(&path, &[jwk]);
        assert!(matches!(open(), Err(KeyFileError::NoUsableKey { .. })));
    }
}

#[test]
fn the_header_must_be_one_bearer_token() {
    let bench = Bench::new();
    let failure = |headers: &HeaderMap| bench.authenticator.authenticate(headers).unwrap_err();
    assert_eq!(failure(&HeaderMap::new()), AuthFailure::Missing);
    assert_eq!(failure(&bearer("Basic dXNlcjpwYXNz")), AuthFailure::Missing);
    assert_eq!(failure(&bearer("Bearer")), AuthFailure::Malformed);
    assert_eq!(failure(&bearer("Bearer a b")), AuthFailure::Malformed);
    let mut twice = bearer(&format!("Bearer {}", Signer::RsaFirst.sign("r1", &claims())));
    twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
    assert_eq!(failure(&twice), AuthFailure::Malformed);
    let lower = bearer(&format!("bearer {}", Signer::RsaFirst.sign("r1", &claims())));
    assert!(bench.authenticator.authenticate(&lower).is_ok());
}

#[test]
fn the_challenge_says_what_is_wrong() {
    for (failure, expected) in [
        (AuthFailure::Missing, "Bearer realm=\"rollcall\""),
        (
            AuthFailure::Malformed,
            "Bearer realm=\"rollcall\", error=\"invalid_request\", \
             error_description=\"the Authorization header must be sent once, as Bearer and a token\"",
        ),
        (
            AuthFailure::Invalid(InvalidToken::Expired),
            "Bearer realm=\"rollcall\", error=\"invalid_token\", error_description=\"the token has expired\"",
        ),
    ] {
        assert_eq!(failure.www_authenticate(), expected);
    }
}

#[test]
fn without_authentication_everybody_may_do_everything() {
    let environment: SharedEnvironment = Arc::new(SystemEnvironment);
    let authenticator = Authenticator::from_config(None, &environment).unwrap();
    let caller = authenticator.authenticate(&bearer("Bearer whatever")).unwrap();
    assert!(caller.has_scope("anything") && caller.may_enter(TenantId(Uuid::nil())));
    assert_eq!(caller.believed_until, None);
}
