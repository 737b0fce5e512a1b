//! What the claims of a token with a valid signature say.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Caller, InvalidToken, ScopeGrant, TenantGrant};
use crate::config::AuthSettings;
use crate::tenancy::TenantId;

/// The claims as they came.
pub(super) type Claims = Map<String, Value>;

/// How far the clocks of two machines may be apart.
const LEEWAY_S: f64 = 60.0;
/// How many characters a subject or client may have (`sub` in `OpenID` Connect Core 1.0 §2).
const NAME_LENGTH_MAX: usize = 255;

/// Checks `claims` at the time `now` and reads the caller out of them.
pub(super) fn check(
    claims: &Claims,
    settings: &AuthSettings,
    now: DateTime<Utc>,
) -> Result<Caller, InvalidToken> {
    if text(claims, "iss")? != Some(settings.issuer.as_str()) {
        return Err(InvalidToken::Issuer);
    }
    let audience = texts(claims, "aud")?;
    if !audience.contains(&settings.audience.as_str()) {
        return Err(InvalidToken::Audience);
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
    let now_s = now.timestamp() as f64;
    let expires_s = number(claims, "exp")?.ok_or(InvalidToken::Claim)?;
    if now_s >= expires_s + LEEWAY_S {
        return Err(InvalidToken::Expired);
    }
    // Not every issuer writes `nbf`; RFC 9068 §2.2 does not ask for it.
    if number(claims, "nbf")?.is_some_and(|begins_s| now_s + LEEWAY_S < begins_s) {
        return Err(InvalidToken::NotYetValid);
    }
    let subject = name(claims, "sub")?.ok_or(InvalidToken::Claim)?;
    let client = match name(claims, "azp")? {
        Some(client) => Some(client),
        None => name(claims, "client_id")?,
    };
    Ok(Caller {
        subject: subject.to_owned(),
        client: client.map(str::to_owned),
        scopes: scopes(claims)?,
        tenants: tenants(claims, &settings.tenant_claim)?,
        believed_until: instant(expires_s + LEEWAY_S),
    })
}

/// `scope` is one text with spaces (RFC 9068 §2.2.3); some issuers write a list named `scp` instead.
fn scopes(claims: &Claims) -> Result<ScopeGrant, InvalidToken> {
    let listed = if claims.contains_key("scope") {
        texts(claims, "scope")?
    } else {
        texts(claims, "scp")?
    };
    Ok(ScopeGrant::Only(
        listed
            .into_iter()
            .flat_map(str::split_ascii_whitespace)
            .map(str::to_owned)
            .collect(),
    ))
}

/// A text or a list of tenant ids; `*` is every tenant. A malformed one is refused rather than skipped: a token that its
/// issuer got wrong should be noticed.
fn tenants(claims: &Claims, name: &str) -> Result<TenantGrant, InvalidToken> {
    let listed = texts(claims, name)?;
    if listed.contains(&"*") {
        return Ok(TenantGrant::All);
    }
    let tenant_id = |text: &str| {
        Uuid::try_parse(text)
            .map(TenantId)
            .map_err(|_| InvalidToken::Claim)
    };
    Ok(TenantGrant::Only(
        listed.into_iter().map(tenant_id).collect::<Result<_, _>>()?,
    ))
}

fn text<'a>(claims: &'a Claims, name: &str) -> Result<Option<&'a str>, InvalidToken> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(InvalidToken::Claim),
    }
}

/// A text by which audit records name somebody: what they keep and the contract shows.
fn name<'a>(claims: &'a Claims, claim: &str) -> Result<Option<&'a str>, InvalidToken> {
    let is_name = |text: &str| {
        !text.chars().any(char::is_control) && (1..=NAME_LENGTH_MAX).contains(&text.chars().count())
    };
    match text(claims, claim)? {
        Some(text) if !is_name(text) => Err(InvalidToken::Claim),
        name => Ok(name),
    }
}

fn texts<'a>(claims: &'a Claims, name: &str) -> Result<Vec<&'a str>, InvalidToken> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().ok_or(InvalidToken::Claim))
            .collect(),
        Some(_) => Err(InvalidToken::Claim),
    }
}

/// `None` for a time so far away that it has no date.
fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is out of range has no date either"
    )]
    DateTime::from_timestamp_millis((seconds * 1e3) as i64)
}

fn number(claims: &Claims, name: &str) -> Result<Option<f64>, InvalidToken> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(InvalidToken::Claim),
    }
}
