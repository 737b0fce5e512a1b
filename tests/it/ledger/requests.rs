//! The HTTP contract: a request that breaks one enforced pointer is refused, its twin is accepted.

use std::collections::BTreeSet;

use contract_codegen::{Location, OpenApi, Operation, Parameter, Schema, Source, child};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::breaks::{Break, KeyPattern, breaks_of};
use super::request::{Request, as_text, unique};
use crate::support::tokens::Token;
use crate::support::{Answer, Client, Service};

/// A service, and what valid requests are made of.
struct Bench {
    _service: Service,
    client: Client,
    anonymous: Client,
    tenant: Uuid,
    school: Uuid,
    source: Source,
    api: OpenApi,
    tried: BTreeSet<String>,
}

#[tokio::test]
async fn what_the_ledger_calls_enforced_is_refused_over_http_and_its_twin_accepted() {
    let mut bench = Bench::start().await;
    let api = bench.api.clone();
    for operation in &api.operations {
        bench.try_operation(operation).await;
        for parameter in &operation.parameters {
            bench.try_parameter(operation, parameter).await;
        }
        bench.try_body(operation).await;
    }
    let enforced = super::enforced(&bench.source);
    let untried: Vec<&String> = enforced.difference(&bench.tried).collect();
    assert!(
        untried.is_empty(),
        "enforced, but nothing breaks them: {untried:#?}"
    );
    let unclaimed: Vec<&String> = bench.tried.difference(&enforced).collect();
    assert!(
        unclaimed.is_empty(),
        "refused, but the ledger does not say so: {unclaimed:#?}"
    );
}

impl Bench {
    async fn start() -> Self {
        let service = Service::builder().authentication().start().await;
        let anonymous = service.client();
        let client = anonymous.with_token(&Token::good().claim("tenant_id", "*").sign());
        let tenant = client.new_tenant("Northfield").await;
        let school = client.new_school(tenant, "First").await;
        let (source, api) = super::openapi();
        Self {
            _service: service,
            client,
            anonymous,
            tenant,
            school,
            source,
            api,
            tried: BTreeSet::new(),
        }
    }

    /// The contract's example of a request, in this bench's tenant.
    fn valid<'a>(&self, operation: &'a Operation) -> Request<'a> {
        let mut request = Request {
            operation,
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            content_type: None,
            body: None,
        };
        for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
            let value = match parameter.name.as_str() {
                "tenantId" | "X-Tenant-Id" => self.tenant.to_string(),
                "schoolId" => self.school.to_string(),
                "Idempotency-Key" => Uuid::new_v4().to_string(),
                other => panic!("what is a valid {other}?"),
            };
            request.set(parameter, Some(value));
        }
        if let Some(body) = self.example(operation) {
            request.set_body(&body);
        }
        request
    }

    /// The most complete example of the operation's body.
    fn example(&self, operation: &Operation) -> Option<Value> {
        operation.body.as_ref()?;
        let pointer = format!(
            "{}/requestBody/content/application~1json/examples",
            operation.pointer
        );
        let examples = self
            .source
            .at(&pointer)
            .and_then(Value::as_object)
            .expect("examples");
        let bodies = examples.values().filter_map(|example| example.get("value"));
        bodies
            .max_by_key(|body| body.as_object().map_or(0, serde_json::Map::len))
            .cloned()
    }

    async fn send(&self, client: &Client, request: &Request<'_>) -> Answer {
        client.send(request.build(client)).await
    }

    async fn refused(&mut self, pointer: &str, request: Request<'_>, status: u16, problem: &str) -> Answer {
        let client = self.client.clone();
        self.refused_by(&client, pointer, request, status, problem).await
    }

    async fn refused_by(
        &mut self,
        client: &Client,
        pointer: &str,
        request: Request<'_>,
        status: u16,
        problem: &str,
    ) -> Answer {
        let answer = self.send(client, &request).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{pointer} is not enforced: {}",
            answer.text()
        );
        let kind = answer.json["type"].as_str().unwrap_or_default();
        assert!(
            kind.ends_with(&format!("/{problem}")),
            "{pointer}: {}",
            answer.text()
        );
        self.tried.insert(pointer.to_owned());
        answer
    }

    async fn accepted(&self, pointer: &str, request: Request<'_>) {
        let answer = self.send(&self.client, &request).await;
        let met = answer.status.is_success()
            || matches!(
                answer.status,
                StatusCode::NOT_MODIFIED | StatusCode::PRECONDITION_FAILED
            );
        assert!(met, "the twin of {pointer} is refused: {}", answer.text());
    }

    /// The links and the security of an operation.
    async fn try_operation(&mut self, operation: &Operation) {
        let valid = self.valid(operation);
        self.accepted(&operation.pointer, valid.fresh()).await;
        let anonymous = self.anonymous.clone();
        for requirement in &operation.security {
            let (scheme, _) = requirement.schemes.first().expect("a scheme");
            let pointer = child(&requirement.pointer, scheme);
            self.refused_by(&anonymous, &pointer, valid.fresh(), 401, "unauthenticated")
                .await;
        }
        if let Some(scope) = &operation.scope {
            let others: Vec<&str> = crate::support::tokens::ALL_SCOPES
                .into_iter()
                .filter(|other| other != scope)
                .collect();
            let token = Token::good().claim("tenant_id", "*").scopes(&others).sign();
            let client = self.anonymous.with_token(&token);
            let pointer = child(&operation.pointer, "x-scope");
            self.refused_by(&client, &pointer, valid.fresh(), 403, "forbidden")
                .await;
        }
        if operation.tenant.is_some() {
            let header = operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == "X-Tenant-Id")
                .expect("the header");
            let mut request = valid.fresh();
            request.set(header, Some(Uuid::new_v4().to_string()));
            self.refused(
                &child(&operation.pointer, "x-tenant"),
                request,
                403,
                "tenant-mismatch",
            )
            .await;
        }
        if operation.idempotent {
            let mut request = valid.fresh();
            request.headers.retain(|(name, _)| name != "Idempotency-Key");
            self.refused(
                &child(&operation.pointer, "x-idempotency"),
                request,
                400,
                "idempotency-key-invalid",
            )
            .await;
        }
    }

    async fn try_parameter(&mut self, operation: &Operation, parameter: &Parameter) {
        let valid = self.valid(operation);
        if parameter.required && parameter.location != Location::Path {
            let mut request = valid.fresh();
            request.set(parameter, None);
            self.refused(
                &child(&parameter.pointer, "required"),
                request,
                400,
                &parameter.problem,
            )
            .await;
        }
        let example = self
            .source
            .at(&child(&parameter.pointer, "example"))
            .expect("an example")
            .clone();
        for case in breaks_of(
            &Schema::at(&self.source, parameter.schema.as_deref()),
            &example,
            KeyPattern::Extension,
        ) {
            // Every text is a string, and in a path an empty one is another path.
            if case.keyword == "type" && case.broken.is_boolean() {
                continue;
            }
            let mut request = valid.fresh();
            request.set(parameter, Some(as_text(&case.broken)));
            self.refused(&case.pointer, request, 400, &parameter.problem)
                .await;
            let mut request = valid.fresh();
            request.set(
                parameter,
                Some(self.meaningful(operation, parameter, &case).await),
            );
            self.accepted(&case.pointer, request).await;
        }
    }

    /// A twin that is not only well formed: an id that is there, a cursor that was given out, a key that is new.
    async fn meaningful(&self, operation: &Operation, parameter: &Parameter, case: &Break) -> String {
        match parameter.name.as_str() {
            "tenantId" | "X-Tenant-Id" => self.tenant.to_string(),
            "schoolId" => self.school.to_string(),
            "cursor" => {
                self.client
                    .new_school(self.tenant, &Uuid::new_v4().to_string())
                    .await;
                let mut request = self.valid(operation);
                request.query.push(("limit".to_owned(), "1".to_owned()));
                let page = self.send(&self.client, &request).await;
                page.json["nextCursor"].as_str().expect("another page").to_owned()
            }
            "Idempotency-Key" if case.keyword == "maxLength" => format!("{:a<255}", Uuid::new_v4()),
            "Idempotency-Key" => Uuid::new_v4().to_string(),
            // The only values that these short texts may have are no entity tags.
            "If-Match" | "If-None-Match" => "*".to_owned(),
            "Last-Event-ID" if case.keyword == "maxLength" => "9".repeat(15),
            "Last-Event-ID" => "7".to_owned(),
            _ => as_text(&case.twin),
        }
    }

    async fn try_body(&mut self, operation: &Operation) {
        let (Some(body), Some(example)) = (&operation.body, self.example(operation)) else {
            return;
        };
        let valid = self.valid(operation);
        let mut request = valid.fresh();
        request.body = None;
        self.refused(
            &child(&body.pointer, "required"),
            request,
            400,
            "malformed-request",
        )
        .await;

        let content = child(&body.pointer, "content");
        for media_type in &body.media_types {
            let mut request = valid.fresh();
            request.content_type = Some("text/plain".to_owned());
            self.refused(
                &child(&content, &media_type.name),
                request,
                415,
                "unsupported-media-type",
            )
            .await;
            for case in breaks_of(
                &Schema::at(&self.source, media_type.schema.as_deref()),
                &example,
                KeyPattern::Extension,
            ) {
                self.try_body_break(&valid, &case).await;
            }
        }

        let limit = usize::try_from(body.limit_bytes.expect("a limit")).expect("a size");
        let padded = |length: usize| {
            let mut text = serde_json::to_vec(&unique(&example)).expect("JSON");
            text.resize(length, b' ');
            text
        };
        let mut request = valid.fresh();
        request.body = Some(padded(limit + 1));
        self.refused(
            &child(&operation.pointer, "x-body-limit"),
            request,
            413,
            "payload-too-large",
        )
        .await;
        let mut request = valid.fresh();
        request.body = Some(padded(limit));
        self.accepted("x-body-limit", request).await;
    }

    /// The answer lists the violations, so it shows by itself that nothing but the keyword was broken; but for keywords that
    /// another one implies at the same place (`minLength: 1` and a pattern that wants a character).
    async fn try_body_break(&mut self, valid: &Request<'_>, case: &Break) {
        let mut request = valid.fresh();
        request.set_body(&case.broken);
        let answer = self
            .refused(&case.pointer, request, 422, "validation-failed")
            .await;
        let errors = answer.json["errors"].as_array().expect("errors");
        let named = errors
            .iter()
            .any(|error| error["keyword"] == case.keyword && error["pointer"] == json!(case.at));
        assert!(named, "{} is not named: {}", case.pointer, answer.text());
        let elsewhere = errors.iter().any(|error| error["pointer"] != json!(case.at));
        assert!(
            !elsewhere,
            "{} is not broken alone: {}",
            case.pointer,
            answer.text()
        );
        let mut request = valid.fresh();
        request.set_body(&unique(&case.twin));
        self.accepted(&case.pointer, request).await;
    }
}
