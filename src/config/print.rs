//! The effective configuration as text.

use std::fmt::Write as _;

use super::key::KEYS;
use super::layers::Layers;
use super::secret::Secret;
use super::settings::Settings;

/// A TOML file that sets every key to its effective value, with its origin as a comment. Secrets are redacted, so that
/// the text may be shown around; a key without a value stands as a comment.
pub(super) fn effective(layers: &Layers, settings: &Settings) -> String {
    let mut text = String::new();
    let mut table = "";
    for key in KEYS {
        if let Some((name, _)) = key.name.split_once('.').filter(|(name, _)| *name != table) {
            table = name;
            let _ = writeln!(text, "\n[{table}]");
        }
        let name = key.name.rsplit('.').next().unwrap_or(key.name);
        let value = layers.get(key.name);
        let origin = value
            .and_then(|value| value.origin.as_deref())
            .unwrap_or("default");
        let shown = match value {
            Some(value) if key.secret => Some(Secret::new(&value.text).redacted_url()),
            Some(value) => Some(value.text.clone()),
            None => derived(key.name, settings),
        };
        // An authentication that is off has no effective algorithm or claim.
        let is_off = key.name.starts_with("auth.") && settings.auth.is_none();
        let _ = match shown {
            Some(shown) if !is_off => writeln!(text, "{name} = {} # {origin}", quoted(&shown)),
            _ => writeln!(text, "# {name} is not set"),
        };
    }
    text
}

/// The value of a key whose default follows from other settings.
fn derived(name: &str, settings: &Settings) -> Option<String> {
    let switch = |on: bool| Some(if on { "on" } else { "off" }.to_owned());
    match name {
        "public_url" => Some(settings.base_url(settings.listen)),
        "database_url" => Some(settings.database_url.redacted_url()),
        "relay" => switch(settings.relay),
        "demo_tenant" => switch(settings.demo_tenant),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
