//! Credentials that an operation asks for: some, which need not be believed.

use serde_json::Value;

use super::Draft;
use super::operation::{Operation, resolved};

/// The credentials of the first requirement that a request can show; none where there is no such requirement.
pub(super) fn of(document: &Value, operation: &Operation<'_>) -> Option<Draft> {
    let requirements = operation.security.and_then(Value::as_array);
    let Some(requirements) = requirements.filter(|list| !list.is_empty()) else {
        return Some(Draft::default());
    };
    requirements.iter().find_map(|requirement| {
        let mut draft = Draft::default();
        for name in requirement.as_object()?.keys() {
            let scheme = document.pointer("/components/securitySchemes")?.get(name)?;
            let (_, scheme) = resolved(document, String::new(), scheme);
            show(scheme, &mut draft)?;
        }
        Some(draft)
    })
}

fn show(scheme: &Value, draft: &mut Draft) -> Option<()> {
    let text = |name: &str| scheme.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "apiKey" => match text("in") {
            "query" => draft
                .query
                .push(format!("{}=key", super::style::encoded(text("name")))),
            "header" => draft.headers.push((text("name").to_owned(), "key".to_owned())),
            _ => draft.cookies.push(format!("{}=key", text("name"))),
        },
        "http" => {
            let scheme = text("scheme").to_ascii_lowercase();
            let secret = match scheme.as_str() {
                "basic" => "Basic dXNlcjpwYXNzd29yZA==".to_owned(),
                "bearer" => "Bearer token".to_owned(),
                _ => format!("{} secret", text("scheme")),
            };
            draft.headers.push(("authorization".to_owned(), secret));
        }
        "oauth2" | "openIdConnect" => draft
            .headers
            .push(("authorization".to_owned(), "Bearer token".to_owned())),
        _ => return None,
    }
    // Two that need the same header cannot both be shown.
    let is_twice = draft
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .count()
        > 1;
    (!is_twice).then_some(())
}
