//! The tests' client: plain HTTP, and every answer is held against the contract.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use rollcall::environment::{Environment as _, SystemEnvironment};
use serde_json::Value;
use uuid::Uuid;

use super::conformance::{Observed, contract};
use super::{EventStream, wait};

/// A caller of one service.
#[derive(Clone)]
pub struct Client {
    base_url: String,
    token: Option<String>,
    http: reqwest::Client,
}

/// An answer that conforms to the contract.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl Client {
    /// A client of the service at `base_url`, such as `http://127.0.0.1:8080`.
    pub fn new(base_url: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(wait::PATIENCE)
            .read_timeout(wait::PATIENCE)
            .build()
            .expect("build a client");
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            token: None,
            http,
        }
    }

    /// The same client that sends a bearer token with each request.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// A request to be completed and given to [`Client::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base_url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Sends a request; panics if no answer comes or if the answer breaks the contract.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// Sends a request that may stay without an answer, for instance while the service is being killed.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let request = request.build()?;
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?;
        if method == Method::HEAD {
            // The headers of GET (RFC 9110, section 9.3.2), and nothing else.
            assert!(body.is_empty(), "a body in answer to HEAD {path}");
            assert_conforms(&Method::GET, &path, status, &headers, None);
        } else {
            assert_conforms(&method, &path, status, &headers, Some(&body));
        }
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Answer {
            status,
            headers,
            body,
            json,
        })
    }

    /// createTenant.
    pub async fn create_tenant(&self, idempotency_key: &str, body: &Value) -> Answer {
        let request = self
            .post("/api/v1/tenants")
            .header("Idempotency-Key", idempotency_key);
        self.send(request.json(body)).await
    }

    /// A new tenant's id.
    pub async fn new_tenant(&self, name: &str) -> Uuid {
        let answer = self
            .create_tenant(&unique_key(), &serde_json::json!({ "name": name }))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json["tenantId"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("a tenant id")
    }

    /// getTenant.
    pub async fn get_tenant(&self, tenant: Uuid) -> Answer {
        self.send(self.in_tenant(Method::GET, tenant, "")).await
    }

    /// createSchool.
    pub async fn create_school(&self, tenant: Uuid, idempotency_key: &str, body: &Value) -> Answer {
        let request = self
            .in_tenant(Method::POST, tenant, "/schools")
            .header("Idempotency-Key", idempotency_key);
        self.send(request.json(body)).await
    }

    /// A new school's id.
    pub async fn new_school(&self, tenant: Uuid, name: &str) -> Uuid {
        let answer = self
            .create_school(tenant, &unique_key(), &serde_json::json!({ "name": name }))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json["schoolId"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("a school id")
    }

    /// getSchool.
    pub async fn get_school(&self, tenant: Uuid, school: Uuid) -> Answer {
        self.send(self.in_tenant(Method::GET, tenant, &format!("/schools/{school}")))
            .await
    }

    /// listSchools, with a query such as `limit=2&cursor=…`.
    pub async fn list_schools(&self, tenant: Uuid, query: &str) -> Answer {
        self.send(self.in_tenant(Method::GET, tenant, &format!("/schools?{query}")))
            .await
    }

    /// listAuditRecords, with a query such as `outcome=refused`.
    pub async fn list_audit_records(&self, tenant: Uuid, query: &str) -> Answer {
        self.send(self.in_tenant(Method::GET, tenant, &format!("/audit-records?{query}")))
            .await
    }

    /// listEvents as a JSON page.
    pub async fn list_events(&self, tenant: Uuid, query: &str) -> Answer {
        let request = self.in_tenant(Method::GET, tenant, &format!("/events?{query}"));
        self.send(request.header("Accept", "application/json")).await
    }

    /// listEvents as server-sent events, resuming after `last_event_id`.
    pub async fn stream_events(&self, tenant: Uuid, last_event_id: Option<&str>) -> EventStream {
        let mut request = self
            .in_tenant(Method::GET, tenant, "/events")
            .header("Accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let request = request.build().expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.expect("an answer");
        assert_conforms(&method, &path, response.status(), response.headers(), None);
        assert_eq!(response.status(), StatusCode::OK);
        EventStream::new(response)
    }

    /// A request inside a tenant: `rest` follows `/api/v1/tenants/{tenant}`.
    pub fn in_tenant(&self, method: Method, tenant: Uuid, rest: &str) -> RequestBuilder {
        self.request(method, &format!("/api/v1/tenants/{tenant}{rest}"))
            .header("X-Tenant-Id", tenant.to_string())
    }

    /// Whether the service takes requests now.
    pub async fn is_ready(&self) -> bool {
        let request = self.get("/health/ready").timeout(Duration::from_secs(5));
        self.try_send(request)
            .await
            .is_ok_and(|answer| answer.status == StatusCode::OK)
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The name of the problem, such as `school-not-found`; empty when the answer is none.
    pub fn problem(&self) -> &str {
        self.json["type"]
            .as_str()
            .and_then(|url| url.rsplit_once("/problems/"))
            .map_or("", |(_, slug)| slug)
    }
}

/// An id that nothing has.
pub fn unique_id() -> Uuid {
    SystemEnvironment.new_id()
}

/// An idempotency key that no other request of this process has.
pub fn unique_key() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!(
        "test-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

fn assert_conforms(
    method: &Method,
    path: &str,
    status: StatusCode,
    headers: &HeaderMap,
    body: Option<&[u8]>,
) {
    let observed = Observed {
        method: method.as_str(),
        path,
        status: status.as_u16(),
        headers,
        body,
    };
    let faults = contract().check(&observed);
    let text = body.map(String::from_utf8_lossy).unwrap_or_default();
    assert!(
        faults.is_empty(),
        "{method} {path} → {status} breaks the contract: {faults:#?}\n{headers:#?}\n{text}"
    );
}
