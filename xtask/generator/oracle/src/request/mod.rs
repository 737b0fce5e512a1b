//! Requests to a running API, and what the oracle says of each.
//!
//! For each operation of a contract requests are made of which every part is meant to be valid, and requests of which exactly one part
//! is not. A part is a parameter or the body. What was meant counts for nothing: what is on the wire is read back, by rules of this crate's
//! own, into every value that it may stand for, and the request is valid if for each part one of these is. The API is asked in-process;
//! it answers 501 where it would have called a handler.

pub(crate) mod asked;
mod body;
pub(crate) mod content;
mod credentials;
mod form;
pub(crate) mod operation;
pub(crate) mod part;
mod path;
pub(crate) mod reading;
mod shape;
pub(crate) mod style;
mod wire;

use fastrand::Rng;
use poem::http::{HeaderValue, Uri};
use poem::{Endpoint, EndpointExt as _, Request};
use serde_json::{Value, json};

use crate::instance::Maker;
use crate::survey::message;
use crate::{Dialect, Direction, Judges, Survey, translated};
use body::Body;
use credentials::Credentials;
use operation::Operation;
use part::{Made, Part};

/// So often other values are tried where a path may be another operation's.
const PATH_ATTEMPTS: usize = 20;

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

/// A request with what is known of it.
struct MadeRequest {
    draft: Draft,
    verdicts: Vec<Option<bool>>,
    told: Vec<Value>,
}

fn made(part: &Part<'_>, maker: &mut Maker<'_>, is_broken: bool) -> Result<Made, String> {
    let made = part.make(maker, is_broken);
    made.ok_or_else(|| format!("no value for a parameter in {}", part.place))
}

/// Makes the requests for one operation.
struct Driver<'a> {
    operation: &'a Operation<'a>,
    parts: Vec<Part<'a>>,
    body: Option<Body<'a>>,
    /// The names of the parameters of the query.
    in_query: Vec<&'a str>,
    credentials: Credentials,
    maker: Maker<'a>,
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
        let Some(credentials) = Credentials::read(document, operation) else {
            return skip("an operation for which only a certificate speaks".to_owned());
        };
        let mut parts = Vec::new();
        for parameter in &operation.parameters {
            match Part::read(requests, judges, parameter) {
                Ok(part) => parts.extend(part),
                Err(why) => return skip(why),
            }
        }
        let body = match Body::read(requests, judges, operation) {
            Ok(body) => body,
            Err(why) => return skip(why),
        };
        Some(Self {
            operation,
            in_query: parts
                .iter()
                .filter(|part| part.place == "query")
                .map(|part| part.name)
                .collect(),
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
        let made = match self.make(broken) {
            Ok(made) => made,
            Err(why) => return survey.skip(why),
        };
        let is_known = self.credentials.are_shown(&made.draft);
        let is_valid = if !is_known || made.verdicts.contains(&Some(false)) {
            false
        } else if made.verdicts.contains(&None) {
            survey.undecided += 1;
            return;
        } else {
            true
        };
        let Some((shown, status, text)) = send(&made.draft, self.operation.method, api).await else {
            return survey.skip("it cannot be written".to_owned());
        };
        match (is_valid, status) {
            (true, 501) => survey.accepted += 1,
            (false, 400 | 413 | 415 | 422) => survey.refused += 1,
            (false, 401) if !is_known => survey.refused += 1,
            // What cannot be told apart by its path alone is no operation at all when its constants are wrong.
            (false, 404) if self.operation.path.contains(['?', '#']) => survey.refused += 1,
            _ => survey.disagree(|| self.told(is_valid, status, &shown, &text, &made.told)),
        }
    }

    /// A request of which at most one part is broken; why not, where there is none.
    fn make(&mut self, broken: Option<usize>) -> Result<MadeRequest, String> {
        let mut parts = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            parts.push(made(part, &mut self.maker, broken == Some(index))?);
        }
        let mut draft = self.filled(&parts);
        for _ in 0..PATH_ATTEMPTS {
            if path::is_own(&draft.path, &draft.query, self.operation) {
                break;
            }
            let in_path = self.parts.iter().zip(&mut parts).enumerate();
            for (index, (part, one)) in in_path.filter(|(_, (part, _))| part.place == "path") {
                *one = made(part, &mut self.maker, broken == Some(index))?;
            }
            draft = self.filled(&parts);
        }
        if !path::is_own(&draft.path, &draft.query, self.operation) {
            return Err("the path may be another operation's".to_owned());
        }
        let own = self.parts.iter().zip(&parts);
        let mut verdicts: Vec<Option<bool>> = own
            .map(|(part, one)| part.verdict(&draft, &one.texts, &self.others(part)))
            .collect();
        let mut told: Vec<Value> = parts.into_iter().map(|one| one.told).collect();
        if let Some(body) = &self.body {
            let body = body.make(&mut self.maker, broken == Some(self.parts.len()));
            let body = body.ok_or("no body can be written")?;
            draft.body = body.bytes;
            verdicts.push(body.is_valid);
            told.push(body.told);
        }
        Ok(MadeRequest {
            draft,
            verdicts,
            told,
        })
    }

    /// A request with its parameters.
    fn filled(&self, made: &[Made]) -> Draft {
        let is_parameter = |place: &str, name: &str| self.parts.iter().any(|part| part.is(place, name));
        let mut draft = Draft {
            path: self.operation.path.to_owned(),
            ..self.credentials.shown(is_parameter)
        };
        for (part, one) in self.parts.iter().zip(made) {
            part.put(&one.texts, &mut draft);
        }
        draft.path = path::without_parameters(&draft.path, &self.in_query);
        draft
    }

    /// The other parameters of the query.
    fn others(&self, part: &Part<'_>) -> Vec<&'a str> {
        let is_other = |name: &&str| part.place != "query" || *name != part.name;
        self.in_query.iter().copied().filter(is_other).collect()
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
    let mut headers = draft.headers.clone();
    headers.extend((!draft.cookies.is_empty()).then(|| ("cookie".to_owned(), draft.cookies.join("; "))));
    let content_type = draft.body.iter().map(|(media_type, _)| media_type.clone());
    headers.extend(content_type.map(|media_type| ("content-type".to_owned(), media_type)));
    let bytes = draft.body.as_ref().map(|(_, bytes)| bytes.as_slice());
    let shown = message(&format!("{method} {uri}"), &headers, bytes);
    let mut request = Request::builder().method(method.parse().ok()?).uri(uri);
    for (name, value) in headers {
        request = request.header(name, HeaderValue::from_str(&value).ok()?);
    }
    let request = match bytes {
        Some(bytes) => request.header("content-length", bytes.len()).body(bytes.to_vec()),
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

#[cfg(test)]
mod tests;
