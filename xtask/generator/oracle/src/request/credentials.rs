//! Credentials that an operation asks for: some, which need not be believed.

use serde_json::Value;

use super::Draft;
use super::operation::{Operation, resolved};
use super::wire;

/// What an operation asks for: one of these sets.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    alternatives: Vec<Vec<Credential>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Credential {
    place: Place,
    name: String,
    /// What is sent.
    text: String,
    /// What else would do begins with that, such as `Bearer `.
    prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Query,
    Header,
    Cookie,
}

impl Credentials {
    /// Reads what an operation asks for; none where no request can show it.
    pub(super) fn read(document: &Value, operation: &Operation<'_>) -> Option<Self> {
        let requirements = operation.security.and_then(Value::as_array);
        let Some(requirements) = requirements.filter(|list| !list.is_empty()) else {
            return Some(Self::default());
        };
        let alternatives: Vec<_> = requirements
            .iter()
            .filter_map(|requirement| set(document, requirement))
            .collect();
        (!alternatives.is_empty()).then_some(Self { alternatives })
    }

    /// The first set, without what the operation declares as a parameter too: that is sent as one.
    pub(super) fn shown(&self, is_parameter: impl Fn(&str, &str) -> bool) -> Draft {
        let mut draft = Draft::default();
        for credential in self.alternatives.first().into_iter().flatten() {
            if !is_parameter(credential.place.name(), &credential.name) {
                credential.put(&mut draft);
            }
        }
        draft
    }

    /// Whether a request shows one of the sets. What is empty shows nothing.
    pub(super) fn are_shown(&self, draft: &Draft) -> bool {
        let is_whole = |set: &Vec<Credential>| set.iter().all(|credential| credential.is_in(draft));
        self.alternatives.is_empty() || self.alternatives.iter().any(is_whole)
    }
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

impl Credential {
    /// The one of a scheme; none where it is nothing that a request can carry.
    fn of(scheme: &Value) -> Option<Self> {
        let text = |name: &str| scheme.get(name).and_then(Value::as_str).unwrap_or_default();
        let authorization = |scheme: &str, secret: &str| Self {
            place: Place::Header,
            name: "authorization".to_owned(),
            text: format!("{scheme} {secret}"),
            prefix: format!("{scheme} "),
        };
        match text("type") {
            "apiKey" => Some(Self {
                place: match text("in") {
                    "query" => Place::Query,
                    "header" => Place::Header,
                    _ => Place::Cookie,
                },
                name: text("name").to_owned(),
                text: "key".to_owned(),
                prefix: String::new(),
            }),
            "http" => Some(match text("scheme").to_ascii_lowercase().as_str() {
                "basic" => authorization("Basic", "dXNlcjpwYXNzd29yZA=="),
                "bearer" => authorization("Bearer", "token"),
                _ => authorization(text("scheme"), "secret"),
            }),
            "oauth2" | "openIdConnect" => Some(authorization("Bearer", "token")),
            _ => None,
        }
    }

    fn put(&self, draft: &mut Draft) {
        match self.place {
            Place::Query => {
                let name = super::style::encoded(&self.name);
                draft.query.push(format!("{name}={}", self.text));
            }
            Place::Header => draft.headers.push((self.name.clone(), self.text.clone())),
            Place::Cookie => draft.cookies.push(format!("{}={}", self.name, self.text)),
        }
    }

    /// Whether a request shows it: once, since of two nobody knows which is meant.
    fn is_in(&self, draft: &Draft) -> bool {
        let place = self.place.name();
        let in_pairs = |pairs: &[String]| {
            let pairs = pairs.iter().map(|pair| wire::pair(pair));
            let own = pairs.filter(|(key, _)| wire::decoded(key, place) == self.name);
            own.map(|(_, text)| text.to_owned()).collect()
        };
        let texts: Vec<String> = match self.place {
            Place::Query => in_pairs(&draft.query),
            Place::Cookie => in_pairs(&draft.cookies),
            Place::Header => {
                let own = draft
                    .headers
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(&self.name));
                own.map(|(_, text)| text.clone()).collect()
            }
        };
        matches!(texts.as_slice(), [text] if !text.is_empty() && text.starts_with(&self.prefix))
    }
}

/// The credentials of a requirement; none where one is nothing that a request can carry, or where two need the same place.
fn set(document: &Value, requirement: &Value) -> Option<Vec<Credential>> {
    let scheme = |name: &str| document.pointer("/components/securitySchemes")?.get(name);
    let mut set: Vec<Credential> = Vec::new();
    for name in requirement.as_object()?.keys() {
        let (_, scheme) = resolved(document, String::new(), scheme(name)?);
        let credential = Credential::of(scheme)?;
        let is_same_place = |one: &Credential| {
            one.place == credential.place && one.name.eq_ignore_ascii_case(&credential.name)
        };
        match set.iter().find(|one| is_same_place(one)) {
            Some(one) if *one == credential => {}
            Some(_) => return None,
            None => set.push(credential),
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::request::operation;

    fn document(security: &Value) -> Value {
        let key = |place: &str, name: &str| json!({"type": "apiKey", "in": place, "name": name});
        let http = |scheme: &str| json!({"type": "http", "scheme": scheme});
        json!({
            "openapi": "3.0.3",
            "components": {"securitySchemes": {
                "key": key("query", "key"), "token": key("query", "token"),
                "basic": http("basic"), "bearer": http("bearer"), "oauth": {"type": "oauth2"},
                "certificate": {"type": "mutualTLS"},
            }},
            "paths": {"/": {"get": {"security": security}}},
        })
    }

    fn are_shown(security: &Value, query: &[&str], authorization: Option<&str>) -> Option<bool> {
        let document = document(security);
        let operations = operation::all(&document);
        let credentials = Credentials::read(&document, operations.first()?)?;
        let draft = Draft {
            query: query.iter().map(|&pair| pair.to_owned()).collect(),
            headers: authorization
                .map(|text| ("authorization".to_owned(), text.to_owned()))
                .into_iter()
                .collect(),
            ..Draft::default()
        };
        Some(credentials.are_shown(&draft))
    }

    #[test]
    fn one_of_the_alternatives_is_enough_and_needs_all_that_it_names() {
        let either = json!([{"key": []}, {"token": []}]);
        assert_eq!(are_shown(&either, &["key=", "token=a"], None), Some(true));
        assert_eq!(are_shown(&either, &["key=", "token"], None), Some(false));
        assert_eq!(are_shown(&either, &["key=a", "key=b"], None), Some(false));
        let both = json!([{"key": [], "token": []}]);
        assert_eq!(are_shown(&both, &["key=a"], None), Some(false));
        assert_eq!(are_shown(&both, &["key=a", "token=b"], None), Some(true));
        assert_eq!(are_shown(&json!([{"key": []}, {}]), &[], None), Some(true));
        assert_eq!(are_shown(&json!([]), &[], None), Some(true));
    }

    #[test]
    fn a_header_is_of_one_scheme() {
        let security = json!([{"bearer": []}, {"key": [], "basic": []}]);
        assert_eq!(are_shown(&security, &[], Some("Basic eDp5")), Some(false));
        assert_eq!(are_shown(&security, &[], Some("Bearer a")), Some(true));
        let same = json!([{"bearer": [], "oauth": []}]);
        assert_eq!(are_shown(&same, &[], Some("Bearer a")), Some(true));
    }

    #[test]
    fn what_no_request_carries_leaves_the_other_alternatives() {
        assert_eq!(are_shown(&json!([{"certificate": []}]), &[], None), None);
        assert_eq!(are_shown(&json!([{"basic": [], "bearer": []}]), &[], None), None);
        let security = json!([{"certificate": []}, {"key": []}]);
        assert_eq!(are_shown(&security, &["key=a"], None), Some(true));
    }

    #[test]
    fn what_is_a_parameter_too_is_left_to_it() {
        let document = document(&json!([{"key": [], "bearer": []}]));
        let operations = operation::all(&document);
        let credentials = Credentials::read(&document, &operations[0]).unwrap();
        let draft = credentials.shown(|place, name| (place, name) == ("query", "key"));
        assert_eq!((draft.query.len(), draft.headers.len()), (0, 1));
        assert_eq!(credentials.shown(|_, _| false).query, ["key=key"]);
    }
}
