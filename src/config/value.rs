//! How each kind of value is written. Every function answers what is wrong in words that follow the value.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use poem::http::{HeaderName, HeaderValue, Uri};

use super::secret::Secret;
use super::settings::{LogFormat, TokenAlgorithm};

/// For how long every event stays in the log at least.
const EVENT_RETENTION_MIN: Duration = Duration::from_secs(7 * 86_400);

/// An IP address and a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "is not an IP address and port, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// Digits and a unit: `500ms`, `10s`, `5m`, `24h`, `7d`; at least 1 ms and at most 366 days.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit_ms))
        .filter(|milliseconds| (1..=366 * 86_400_000).contains(milliseconds))
        .map(Duration::from_millis)
        .ok_or_else(|| "is not a duration of 1ms to 366d, such as 500ms, 10s, 5m or 24h".to_owned())
}

/// A duration, or `off`.
pub(super) fn duration_or_off(text: &str) -> Result<Option<Duration>, String> {
    match text {
        "off" => Ok(None),
        text => duration(text)
            .map(Some)
            .map_err(|problem| format!("{problem}, nor off")),
    }
}

/// A duration of seven days or more, or `off`: consumers that were away for a week find everything.
pub(super) fn event_retention(text: &str) -> Result<Option<Duration>, String> {
    match duration_or_off(text)? {
        Some(duration) if duration < EVENT_RETENTION_MIN => {
            Err("is shorter than 7d, for which every event is kept at least".to_owned())
        }
        kept => Ok(kept),
    }
}

/// A whole number of `least` to `most`.
pub(super) fn number(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("is not a whole number of {least} to {most}"))
    }
}

/// `on` or `off`.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err("is neither on nor off".to_owned()),
    }
}

/// A folder.
pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        Err("is no folder".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

/// A file with a JSON Web Key Set.
pub(super) fn jwks_file(text: &str) -> Result<PathBuf, String> {
    if text.contains("://") {
        return Err(
            "is a URL, and keys are read from a file: give its path; it is read again when it changes".into(),
        );
    }
    folder(text).map_err(|_| "is no file".to_owned())
}

/// Text that is not blank.
pub(super) fn text(text: &str) -> Result<String, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        Err("is blank".to_owned())
    } else {
        Ok(trimmed.to_owned())
    }
}

/// A `sqlite://`, `postgres://` or `postgresql://` URL.
pub(super) fn database_url(text: &str) -> Result<Secret, String> {
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if known
        .iter()
        .any(|start| text.starts_with(start) && text.len() > start.len())
    {
        Ok(Secret::new(text))
    } else {
        Err(
            "must be like sqlite://./data/rollcall.db or postgres://user:password@host:5432/database"
                .to_owned(),
        )
    }
}

/// A URL of Redis, in one of the ways in which it is run. All but the scheme is read by whoever connects.
pub(super) fn redis_url(text: &str) -> Result<Secret, String> {
    let known = [
        "redis://",
        "rediss://",
        "redis+sentinel://",
        "rediss+sentinel://",
        "redis+cluster://",
        "rediss+cluster://",
        "unix://",
    ];
    if known
        .iter()
        .any(|start| text.starts_with(start) && text.len() > start.len())
    {
        Ok(Secret::new(text))
    } else {
        Err(
            "must be like redis://host:6379, rediss://user:password@host:6379/0, \
             redis+sentinel://host:26379,host:26379/service or redis+cluster://host:6379,host:6379"
                .to_owned(),
        )
    }
}

/// An `http://` or `https://` URL without query; a slash at its end is dropped.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    let problem = || "is not a URL like https://roster.example.org".to_owned();
    let url: Uri = text.parse().map_err(|_| problem())?;
    let scheme_is_http = matches!(url.scheme_str(), Some("http" | "https"));
    if !scheme_is_http || url.authority().is_none() || url.query().is_some() || text.contains('#') {
        return Err(problem());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A comma-separated list of signature algorithms. Symmetric ones and `none` are not on offer: a service that holds only
/// public keys must never take one of them for a secret (RFC 8725 §2.1).
pub(super) fn algorithms(text: &str) -> Result<Vec<TokenAlgorithm>, String> {
    text.split(',')
        .map(|name| match name.trim() {
            "RS256" => Ok(TokenAlgorithm::Rs256),
            "ES256" => Ok(TokenAlgorithm::Es256),
            "EdDSA" => Ok(TokenAlgorithm::EdDsa),
            _ => Err("is not a list of RS256, ES256 and EdDSA".to_owned()),
        })
        .collect()
}

/// The `http://` URL of a collector, without credentials and query; a slash at its end is dropped.
pub(super) fn otlp_endpoint(text: &str) -> Result<String, String> {
    if text.starts_with("https://") {
        return Err(
            "is https, which this service does not speak: name a collector on this host by http".into(),
        );
    }
    match public_url(text) {
        Ok(url) if !url.contains('@') => Ok(url),
        _ => Err("is not a URL like http://127.0.0.1:4318".to_owned()),
    }
}

/// Headers as `name=value`, comma-separated.
pub(super) fn headers(text: &str) -> Result<Vec<(String, Secret)>, String> {
    text.split(',')
        .map(|header| {
            let (name, value) = header.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            HeaderName::try_from(name).ok()?;
            HeaderValue::try_from(value).ok()?;
            Some((name.to_owned(), Secret::new(value)))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| "is not a list like api-key=secret,x-tenant=roster".to_owned())
}

/// A share of 0 to 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "is not a number of 0 to 1, such as 0.1".to_owned())
}

/// `auto`, `json` or `pretty`.
pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "json" => Ok(LogFormat::Json),
        "pretty" => Ok(LogFormat::Pretty),
        _ => Err("is none of auto, json and pretty".to_owned()),
    }
}

/// A level, or `target=level` pairs, comma-separated. The filter's own parser takes any word for a target.
pub(super) fn log_level(text: &str) -> Result<String, String> {
    let is_level = |word: &str| matches!(word, "error" | "warn" | "info" | "debug" | "trace" | "off");
    let is_directive = |part: &str| match part.trim().split_once('=') {
        Some((target, level)) => {
            is_level(level)
                && !target.is_empty()
                && target
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_:-".contains(c))
        }
        None => is_level(part.trim()),
    };
    if text.split(',').all(is_directive) {
        Ok(text.to_owned())
    } else {
        Err("is not error, warn, info, debug or trace, nor a list like info,sqlx=warn".to_owned())
    }
}
