//! Every answer is held against the contract.
//!
//! [`Contract::check`] finds the operation that a request went to and lists everything in the answer that
//! `contracts/openapi.yaml` does not allow: an undeclared status, media type or header, a required header that is
//! missing, a value that breaks its schema, a problem type that the response may not carry. The tests' [`Client`]
//! calls it for each answer, so a single undeclared answer anywhere in the suite fails the suite.
//!
//! It is written against the document alone and shares no code with the generator or the runtime: the two would
//! otherwise agree on the same mistake.
//!
//! [`Client`]: super::Client

mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

use schema::to_json_schema;

/// The contract of the repository, parsed once.
pub fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let path = crate::support::repository().join("contracts/openapi.yaml");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        Contract::parse(&text)
    })
}

/// An OpenAPI 3.0 document to hold answers against.
pub struct Contract {
    document: Value,
    /// `components` with its schemas in the words of JSON Schema 2020-12.
    components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// What was answered.
pub struct Observed<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's path, without query.
    pub path: &'a str,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body; none for a stream, whose body has no end.
    pub body: Option<&'a [u8]>,
}

impl Contract {
    /// Reads a document in YAML.
    pub fn parse(text: &str) -> Self {
        let document: Value = serde_saphyr::from_str(text).expect("the contract is YAML");
        let mut schemas = document["components"]["schemas"].clone();
        schemas
            .as_object_mut()
            .into_iter()
            .flatten()
            .for_each(|(_, schema)| to_json_schema(schema));
        let components = json!({ "schemas": schemas });
        Self {
            document,
            components,
            validators: Mutex::default(),
        }
    }

    /// The document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Everything in an answer that the contract does not allow; empty when it conforms.
    pub fn check(&self, observed: &Observed) -> Vec<String> {
        let mut faults = Vec::new();
        match self.operation(observed.method, observed.path) {
            Some(operation) => self.check_operation(operation, observed, &mut faults),
            None => self.check_outside(observed, &mut faults),
        }
        faults
    }

    /// The operation that a request goes to. A literal path wins over one with parameters (OpenAPI, Paths Object).
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let paths = self.document["paths"].as_object()?;
        let matching = paths
            .iter()
            .filter(|(template, _)| matches_template(template, path));
        let (_, item) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
        item.get(method.to_ascii_lowercase())
    }

    fn check_operation(&self, operation: &Value, observed: &Observed, faults: &mut Vec<String>) {
        let responses = &operation["responses"];
        let declared = responses
            .get(observed.status.to_string())
            .or_else(|| responses.get("default"));
        let Some(response) = declared.map(|response| self.resolve(response)) else {
            faults.push(format!("status {} is not declared", observed.status));
            return;
        };
        self.check_headers(response, observed, faults);
        self.check_content(response, observed, faults);
        if let Some(types) = response.get("x-problem-types") {
            self.check_problem(Some(types), observed, faults);
        }
    }

    /// What middleware answers where no operation is: only problems are told by the contract, other pages are not.
    fn check_outside(&self, observed: &Observed, faults: &mut Vec<String>) {
        let path_is_known = self.document["paths"].as_object().is_some_and(|paths| {
            paths
                .keys()
                .any(|template| matches_template(template, observed.path))
        });
        if path_is_known && observed.status != 405 {
            faults.push(format!(
                "status {} to a method that the path does not have, want 405",
                observed.status
            ));
        }
        if observed.status == 405 && !observed.headers.contains_key("allow") {
            faults.push("405 without the header Allow".to_owned());
        }
        if media_type(observed.headers).as_deref() == Some("application/problem+json") {
            let schema = json!({ "$ref": "#/components/schemas/Problem" });
            self.check_json("Problem", &schema, observed.body, faults);
            self.check_problem(None, observed, faults);
        } else if observed.status >= 400 {
            faults.push(format!(
                "status {} without application/problem+json",
                observed.status
            ));
        }
    }

    fn check_headers(&self, response: &Value, observed: &Observed, faults: &mut Vec<String>) {
        let declared = response["headers"].as_object().cloned().unwrap_or_default();
        for (name, header) in &declared {
            let header = self.resolve(header);
            let values: Vec<_> = observed.headers.get_all(name).iter().collect();
            if values.is_empty() && header["required"] == true {
                faults.push(format!("header {name} is missing"));
            }
            if values.len() > 1 {
                faults.push(format!("header {name} is there {} times", values.len()));
            }
            for value in values {
                let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                let value = typed(&text, header["schema"]["type"].as_str().unwrap_or("string"));
                for fault in self.faults_of(&format!("header {name}"), &header["schema"], &value) {
                    faults.push(format!("header {name}: {text:?}: {fault}"));
                }
            }
        }
        for name in self.response_headers() {
            let is_declared = declared.keys().any(|other| other.eq_ignore_ascii_case(&name));
            if observed.headers.contains_key(&name) && !is_declared {
                faults.push(format!(
                    "header {name} is not declared for status {}",
                    observed.status
                ));
            }
        }
    }

    /// The names of all headers that any response declares: where they are not declared they must not appear either.
    fn response_headers(&self) -> BTreeSet<String> {
        let operations = self.document["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, item)| item.as_object());
        let responses = operations
            .flatten()
            .filter_map(|(_, operation)| operation.get("responses")?.as_object())
            .flat_map(|responses| responses.values());
        responses
            .filter_map(|response| self.resolve(response)["headers"].as_object())
            .flat_map(|headers| headers.keys().map(|name| name.to_ascii_lowercase()))
            .collect()
    }

    fn check_content(&self, response: &Value, observed: &Observed, faults: &mut Vec<String>) {
        let sent = media_type(observed.headers);
        let Some(content) = response.get("content").and_then(Value::as_object) else {
            if observed.body.is_some_and(|body| !body.is_empty()) {
                faults.push(format!("status {} has a body, none is declared", observed.status));
            }
            return;
        };
        let Some(sent) = sent else {
            faults.push("no content-type".to_owned());
            return;
        };
        let Some(media) = content.get(&sent) else {
            faults.push(format!(
                "media type {sent} is not declared for status {}",
                observed.status
            ));
            return;
        };
        if sent.ends_with("json") {
            let name = media["schema"]["$ref"].as_str().unwrap_or("body");
            self.check_json(name, &media["schema"], observed.body, faults);
        }
    }

    fn check_json(&self, name: &str, schema: &Value, body: Option<&[u8]>, faults: &mut Vec<String>) {
        let Some(body) = body else { return };
        match serde_json::from_slice(body) {
            Ok(value) => faults.extend(self.faults_of(name, schema, &value)),
            Err(error) => faults.push(format!("the body is no JSON: {error}")),
        }
    }

    fn check_problem(&self, types: Option<&Value>, observed: &Observed, faults: &mut Vec<String>) {
        let problem: Value = observed
            .body
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default();
        let url = problem["type"].as_str().unwrap_or_default();
        let slug = url.rsplit_once("/problems/").map_or(url, |(_, slug)| slug);
        let allowed = |types: &Value| {
            types
                .as_array()
                .is_some_and(|types| types.iter().any(|name| name == slug))
        };
        if types.is_some_and(|types| !allowed(types)) {
            faults.push(format!(
                "problem type {slug:?} is not declared for status {}",
                observed.status
            ));
        }
        let known = &self.document["x-problems"][slug];
        if known["status"] != observed.status || known["title"] != problem["title"] {
            faults.push(format!(
                "problem {slug:?} does not have the status and title of x-problems"
            ));
        }
        if problem["status"] != observed.status {
            faults.push(format!(
                "problem says status {}, the answer is {}",
                problem["status"], observed.status
            ));
        }
        let correlation = observed
            .headers
            .get("x-correlation-id")
            .and_then(|value| value.to_str().ok());
        // A replayed problem is, byte for byte, the answer to the first request; the header is this request's.
        let is_replay = observed.headers.contains_key("idempotent-replayed");
        if !is_replay && problem["correlationId"].as_str() != correlation {
            faults.push("the problem's correlationId is not that of the header X-Correlation-Id".to_owned());
        }
    }

    fn faults_of(&self, name: &str, schema: &Value, value: &Value) -> Vec<String> {
        let validator = self.validator(name, schema);
        validator
            .iter_errors(value)
            .map(|error| format!("{name} at {:?}: {error}", error.instance_path().to_string()))
            .collect()
    }

    fn validator(&self, name: &str, schema: &Value) -> Arc<Validator> {
        let key = format!("{name} {schema}");
        let mut validators = self.validators.lock().expect("the cache of validators");
        let build = || {
            let mut schema = schema.clone();
            to_json_schema(&mut schema);
            let root = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "allOf": [schema],
                "components": self.components,
            });
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(
                options
                    .build(&root)
                    .unwrap_or_else(|error| panic!("schema of {name}: {error}")),
            )
        };
        Arc::clone(validators.entry(key).or_insert_with(build))
    }

    /// Follows a reference to a component.
    fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix('#'))
        {
            Some(pointer) => self
                .document
                .pointer(pointer)
                .unwrap_or_else(|| panic!("nothing at {pointer}")),
            None => node,
        }
    }
}

fn matches_template(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(want, have)| want == have || (want.starts_with('{') && !have.is_empty()))
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn typed(text: &str, kind: &str) -> Value {
    match kind {
        "integer" | "number" | "boolean" => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        _ => Value::from(text),
    }
}
