//! Requests to a running API, and what the oracle says of each.
//!
//! For each operation of a contract requests are made of which every part is valid, and requests of which exactly one part is
//! not. A part is a parameter or the body. The text of a parameter may stand for more than one JSON value: it is read back, by rules of
//! this crate's own, into every one of them, and one that was meant to be wrong is only sent if all of them are. The API is asked in-process; it
//! answers 501 where it would have called a handler.

mod body;
mod credentials;
mod operation;
mod part;
mod path;
mod reading;
mod style;

use std::collections::BTreeMap;

use fastrand::Rng;
use poem::http::{HeaderValue, Uri};
use poem::{Endpoint, EndpointExt as _, Request};
use serde_json::{Value, json};

use crate::instance::Maker;
use crate::{Dialect, Direction, Judge, Judges, translated};
use body::Body;
use operation::Operation;
use part::{Part, Sent};

/// So many disagreements are told in full.
const DISAGREEMENTS_MAX: usize = 30;

/// What was asked and answered.
#[derive(Debug, Default)]
pub struct Survey {
    /// Requests whose every part is valid, to which the handler was called.
    pub accepted: usize,
    /// Requests with one part that is not, which were refused.
    pub refused: usize,
    /// How many requests the API and the oracle judge differently.
    pub disagreed: usize,
    /// The first of these.
    pub disagreements: Vec<Value>,
    /// Why operations or parts were left out, and how often.
    pub skipped: BTreeMap<String, usize>,
}

impl Draft {
    /// Whether something of this name is sent already.
    fn has(&self, place: &str, name: &str) -> bool {
        let begins = |texts: &[String]| texts.iter().any(|text| text.starts_with(&format!("{name}=")));
        match place {
            "query" => begins(&self.query),
            "cookie" => begins(&self.cookies),
            _ => self
                .headers
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(name)),
        }
    }
}

impl Survey {
    /// The same as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "accepted": self.accepted,
            "refused": self.refused,
            "disagreed": self.disagreed,
            "disagreements": self.disagreements,
            "skipped": self.skipped,
        })
    }
}

/// A request, before it is sent.
#[derive(Debug, Default)]
struct Draft {
    path: String,
    query: Vec<String>,
    headers: Vec<(String, String)>,
    cookies: Vec<String>,
    body: Option<(String, Vec<u8>)>,
}

/// Sends `count` requests to an API whose handlers answer 501, evenly over its operations.
pub async fn survey<E: Endpoint>(
    document: &Value,
    api: E,
    count: usize,
    seed: u64,
) -> Result<Survey, String> {
    let dialect = Dialect::of(document).ok_or("this crate has no rules for the document's version")?;
    let requests = translated(document, dialect, Direction::Request);
    let judges = Judges::new(&requests, dialect)?;
    let api = api.map_to_response();
    let operations = operation::all(document);
    let mut survey = Survey::default();
    let each = count.div_ceil(operations.len().max(1)).max(2);
    for (index, operation) in operations.iter().enumerate() {
        let random = Rng::with_seed(seed.wrapping_add(index as u64));
        let Some(mut driver) = Driver::new(document, &requests, &judges, operation, random, &mut survey)
        else {
            continue;
        };
        for turn in 0..each {
            driver.turn(turn % 2 == 1, &api, &mut survey).await;
        }
    }
    Ok(survey)
}

/// Makes the requests for one operation.
struct Driver<'a> {
    operation: &'a Operation<'a>,
    parts: Vec<Part<'a>>,
    body: Option<Body<'a>>,
    credentials: Draft,
    maker: Maker<'a>,
}

/// What became of a part.
struct Made {
    sent: Sent,
    is_valid: bool,
    told: Value,
}

impl<'a> Driver<'a> {
    fn new(
        document: &'a Value,
        requests: &'a Value,
        judges: &Judges,
        operation: &'a Operation<'a>,
        random: Rng,
        survey: &mut Survey,
    ) -> Option<Self> {
        let mut skip = |why: String| {
            *survey.skipped.entry(why).or_default() += 1;
            None
        };
        let Some(credentials) = credentials::of(document, operation) else {
            return skip("an operation for which only a certificate speaks".to_owned());
        };
        let mut parts = Vec::new();
        for parameter in &operation.parameters {
            match Part::read(requests, judges, parameter) {
                Ok(Some(part)) if credentials.has(part.place, part.name) => {
                    return skip("an operation that has a credential as a parameter too".to_owned());
                }
                Ok(Some(part)) => parts.push(part),
                Ok(None) => {}
                Err(why) => return skip(why),
            }
        }
        let body = match Body::read(requests, judges, operation) {
            Ok(body) => body,
            Err(why) => return skip(why),
        };
        Some(Self {
            operation,
            parts,
            body,
            credentials,
            maker: Maker::new(requests, random),
        })
    }

    /// Makes a request, valid or with one fault, sends it, and notes what came of it.
    async fn turn<E: Endpoint<Output = poem::Response>>(
        &mut self,
        is_faulty: bool,
        api: &E,
        survey: &mut Survey,
    ) {
        let faults = self.parts.len() + usize::from(self.body.is_some());
        if is_faulty && faults == 0 {
            return;
        }
        let broken = is_faulty.then(|| self.maker.random.usize(..faults));
        let mut draft = Draft {
            path: self.operation.path.to_owned(),
            query: self.credentials.query.clone(),
            headers: self.credentials.headers.clone(),
            cookies: self.credentials.cookies.clone(),
            body: None,
        };
        let mut is_valid = true;
        let mut told = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            let Some(made) = part.make(&mut self.maker, broken == Some(index)) else {
                *survey
                    .skipped
                    .entry(format!("no request: {}", part.trouble(broken == Some(index))))
                    .or_default() += 1;
                return;
            };
            made.sent.put(part, &mut draft);
            is_valid &= made.is_valid;
            told.push(made.told);
        }
        if let Some(body) = &self.body {
            let Some(made) = body.make(&mut self.maker, broken == Some(self.parts.len())) else {
                *survey
                    .skipped
                    .entry("no request: no such body".to_owned())
                    .or_default() += 1;
                return;
            };
            draft.body = made.0;
            is_valid &= made.1;
            told.push(made.2);
        }
        if !path::is_own(&draft.path, self.operation) {
            *survey
                .skipped
                .entry("no request: the path belongs to another operation".to_owned())
                .or_default() += 1;
            return;
        }
        let Some((shown, status, text)) = send(&draft, self.operation.method, api).await else {
            *survey
                .skipped
                .entry("no request: it cannot be written".to_owned())
                .or_default() += 1;
            return;
        };
        match (is_valid, status) {
            (true, 501) => survey.accepted += 1,
            (false, 400 | 413 | 415 | 422) => survey.refused += 1,
            // What cannot be told apart by its path alone is no operation at all when its constants are wrong.
            (false, 404) if self.operation.path.contains(['?', '#']) => survey.refused += 1,
            _ => {
                survey.disagreed += 1;
                if survey.disagreements.len() < DISAGREEMENTS_MAX {
                    survey
                        .disagreements
                        .push(self.told(is_valid, status, &shown, &text, &told));
                }
            }
        }
    }

    /// A disagreement, with all that is needed to understand it.
    fn told(&self, is_valid: bool, status: u16, request: &str, answer: &str, parts: &[Value]) -> Value {
        json!({
            "operation": format!("{} {}", self.operation.method, self.operation.path),
            "pointer": self.operation.pointer,
            "oracle": if is_valid { "accepts" } else { "refuses" },
            "status": status,
            "answer": answer.chars().take(600).collect::<String>(),
            "request": request,
            "parts": parts,
        })
    }
}

/// Sends a request; gives how it looked, the status, and the text of the answer.
async fn send<E: Endpoint<Output = poem::Response>>(
    draft: &Draft,
    method: &str,
    api: &E,
) -> Option<(String, u16, String)> {
    let query = draft.query.join("&");
    let path = draft.path.split('#').next().unwrap_or_default();
    let glue = if query.is_empty() {
        ""
    } else if path.contains('?') {
        "&"
    } else {
        "?"
    };
    let uri: Uri = format!("{path}{glue}{query}").parse().ok()?;
    let mut shown = format!("{method} {uri}");
    let mut request = Request::builder().method(method.parse().ok()?).uri(uri);
    let cookie = (!draft.cookies.is_empty()).then(|| ("cookie".to_owned(), draft.cookies.join("; ")));
    for (name, value) in draft.headers.iter().cloned().chain(cookie) {
        shown.push_str(&format_line(&name, &value));
        request = request.header(name, HeaderValue::from_str(&value).ok()?);
    }
    let request = match &draft.body {
        Some((media_type, bytes)) => {
            let text = String::from_utf8_lossy(bytes);
            shown.push_str(&format_line("content-type", media_type));
            shown.push_str(&format_line("", &text.chars().take(2000).collect::<String>()));
            request
                .header("content-type", media_type.as_str())
                .header("content-length", bytes.len())
                .body(bytes.clone())
        }
        None => request.finish(),
    };
    let response = api.get_response(request).await;
    let status = response.status().as_u16();
    Some((
        shown,
        status,
        response.into_body().into_string().await.unwrap_or_default(),
    ))
}

fn format_line(name: &str, value: &str) -> String {
    if name.is_empty() {
        format!("\n\n{value}")
    } else {
        format!("\n{name}: {value}")
    }
}

/// Whether what was sent is valid: what was meant is. None where it is not and may still be read as something that is; then nobody
/// can say what the API should do.
fn verdict(judge: &Judge, meant: &Value, readings: &[Value]) -> Option<bool> {
    if judge.accepts(meant) {
        return Some(true);
    }
    let is_in_doubt = readings.iter().any(|reading| judge.accepts(reading));
    (!is_in_doubt).then_some(false)
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make;
    use poem::http::StatusCode;

    use super::*;

    fn document() -> Value {
        json!({
            "openapi": "3.0.3",
            "paths": {"/pets/{id}": {"post": {
                "parameters": [
                    {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}},
                ],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 2}},
                }}}},
            }}},
        })
    }

    /// What the contract above says, by hand; without `is_strict` the body may hold anything.
    async fn answer(mut request: Request, is_strict: bool) -> StatusCode {
        let is_whole = |text: &str, range: std::ops::RangeInclusive<f64>| {
            text.parse::<f64>()
                .is_ok_and(|number| number.fract() == 0.0 && range.contains(&number))
        };
        let id = request.uri().path().rsplit('/').next().unwrap_or_default();
        let query = request.uri().query().unwrap_or_default();
        let limit = query.strip_prefix("limit=");
        let is_declared = is_whole(id, 1.0..=9.0)
            && limit.is_none_or(|limit| is_whole(limit, f64::MIN..=10.0))
            && request.header("content-type") == Some("application/json");
        let body = request.take_body().into_string().await.unwrap();
        let body: Option<Value> = serde_json::from_str(&body).ok();
        let name = body.as_ref().and_then(|body| body.get("name")?.as_str());
        let is_valid = name.is_some_and(|name| name.chars().count() >= 2) || !is_strict;
        if is_declared && is_valid && body.is_some() {
            StatusCode::NOT_IMPLEMENTED
        } else {
            StatusCode::BAD_REQUEST
        }
    }

    #[tokio::test]
    async fn an_api_that_does_what_its_contract_says_agrees() {
        let api = make(|request: Request| async { Ok::<_, poem::Error>(answer(request, true).await) });
        let survey = survey(&document(), api, 2000, 1).await.unwrap();
        assert_eq!(survey.disagreements, Vec::<Value>::new());
        assert_eq!(survey.disagreed, 0);
        assert!(survey.accepted > 500 && survey.refused > 500, "{survey:?}");
    }

    #[tokio::test]
    async fn an_api_that_accepts_too_much_is_found_out() {
        let api = make(|request: Request| async { Ok::<_, poem::Error>(answer(request, false).await) });
        let survey = survey(&document(), api, 200, 1).await.unwrap();
        let first = survey.disagreements.first().unwrap();
        assert_eq!(
            (&first["oracle"], &first["status"]),
            (&json!("refuses"), &json!(501))
        );
        assert!(
            first["request"].as_str().unwrap().contains("POST /pets/"),
            "{first}"
        );
    }

    #[tokio::test]
    async fn an_api_that_refuses_too_much_is_found_out() {
        let api = make(|_| async { Ok::<_, poem::Error>(StatusCode::BAD_REQUEST) });
        let survey = survey(&document(), api, 20, 1).await.unwrap();
        assert!(
            survey.disagreements.iter().all(|one| one["oracle"] == "accepts"),
            "{survey:?}"
        );
        assert_eq!(survey.disagreed + survey.refused, 20);
    }
}
