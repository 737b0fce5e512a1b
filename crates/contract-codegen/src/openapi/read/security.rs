//! Security schemes, and which of them a request needs.

use serde_json::Value;

use super::{Reader, items, members, text};
use crate::openapi::{Location, OAuthFlow, SecurityKind, SecurityRequirement, SecurityScheme};
use crate::source::child;

impl Reader<'_> {
    pub(super) fn security_schemes(&mut self) -> Vec<SecurityScheme> {
        let Some(components) = self.source.at("/components") else {
            return Vec::new();
        };
        let mut schemes = Vec::new();
        for (name, _) in members(components, "securitySchemes") {
            let place = child("/components/securitySchemes", name);
            let Some(at) = self.resolve(&place, "securitySchemes") else {
                continue;
            };
            let Some(kind) = self.security_kind(&at.pointer, at.value) else {
                continue;
            };
            schemes.push(SecurityScheme {
                name: name.clone(),
                description: text(at.value, "description"),
                kind,
                pointer: at.pointer,
            });
        }
        schemes
    }

    fn security_kind(&mut self, pointer: &str, value: &Value) -> Option<SecurityKind> {
        let word = text(value, "type").unwrap_or_default();
        Some(match word.as_str() {
            "apiKey" => SecurityKind::ApiKey {
                location: match text(value, "in").as_deref() {
                    Some("query") => Location::Query,
                    Some("header") => Location::Header,
                    Some("cookie") => Location::Cookie,
                    _ => {
                        self.refuse(&child(pointer, "in"), "must be query, header or cookie");
                        return None;
                    }
                },
                name: text(value, "name").unwrap_or_default(),
            },
            "http" => SecurityKind::Http {
                scheme: text(value, "scheme").unwrap_or_default(),
                bearer_format: text(value, "bearerFormat"),
            },
            "oauth2" => SecurityKind::OAuth2 {
                flows: members(value, "flows")
                    .map(|(name, flow)| oauth_flow(name, flow))
                    .collect(),
            },
            "openIdConnect" => SecurityKind::OpenIdConnect {
                url: text(value, "openIdConnectUrl").unwrap_or_default(),
            },
            "mutualTLS" => SecurityKind::MutualTls,
            _ => {
                self.refuse(
                    &child(pointer, "type"),
                    format!("there is no type `{word}` of security schemes"),
                );
                return None;
            }
        })
    }

    /// What `security` says, where it stands there.
    pub(super) fn security(&mut self, pointer: &str, value: &Value) -> Option<Vec<SecurityRequirement>> {
        value.get("security")?;
        let list = child(pointer, "security");
        let mut requirements = Vec::new();
        for (index, requirement) in items(value, "security").enumerate() {
            let at = child(&list, index);
            let mut schemes = Vec::new();
            for (name, scopes) in requirement.as_object().into_iter().flatten() {
                let scheme = child("/components/securitySchemes", name);
                if self.source.at(&scheme).is_none() {
                    self.refuse(&child(&at, name), format!("there is no security scheme `{name}`"));
                }
                let scopes = scopes.as_array().into_iter().flatten();
                let scopes = scopes.filter_map(Value::as_str).map(str::to_owned);
                schemes.push((name.clone(), scopes.collect()));
            }
            requirements.push(SecurityRequirement { pointer: at, schemes });
        }
        Some(requirements)
    }
}

fn oauth_flow(name: &str, value: &Value) -> OAuthFlow {
    let scope =
        |(name, text): (&String, &Value)| (name.clone(), text.as_str().unwrap_or_default().to_owned());
    OAuthFlow {
        name: name.to_owned(),
        authorization_url: text(value, "authorizationUrl"),
        token_url: text(value, "tokenUrl"),
        refresh_url: text(value, "refreshUrl"),
        scopes: members(value, "scopes").map(scope).collect(),
    }
}
