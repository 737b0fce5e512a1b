//! What a client sees of the frame, over a socket where that matters.

use std::sync::Arc;

use poem::http::Uri;
use poem::{EndpointExt as _, IntoResponse as _};
use serde_json::Value;
use tokio::sync::Notify;

use super::*;
use crate::environment::SystemEnvironment;

const ID: &str = "01936d3c-5e0a-7000-8000-0000000000aa";
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn frame<E: Endpoint<Output = Response>>(endpoint: E, concurrent_requests: usize) -> Frame<E> {
    let routes = [
        ("/tenants/{tenantId}", vec![Method::GET]),
        ("/tenants", vec![Method::POST]),
        ("/health/live", vec![Method::GET]),
    ];
    let problems = ProblemCatalogue::new("http://rollcall.test", crate::contract::problems::ALL);
    let routes = RouteTable::new(routes.map(|(template, methods)| (template.to_owned(), methods)));
    Frame::new(
        endpoint,
        routes,
        problems,
        Arc::new(SystemEnvironment),
        concurrent_requests,
    )
}

fn echo() -> impl Endpoint<Output = Response> {
    poem::endpoint::make_sync(|request: Request| {
        let identity = request.extensions().get::<RequestIdentity>().unwrap().clone();
        format!("{} {}", request.method(), identity.correlation_id).into_response()
    })
}

fn request(method: Method, path: &'static str) -> Request {
    Request::builder()
        .method(method)
        .uri(Uri::from_static(path))
        .finish()
}

async fn problem(response: Response) -> Value {
    assert_eq!(response.content_type(), Some("application/problem+json"));
    assert!(response.header("x-correlation-id").is_some());
    serde_json::from_slice(&response.into_body().into_bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_ids_go_in_and_out() {
    let mut request = request(Method::GET, "/tenants/7");
    request
        .headers_mut()
        .insert(CORRELATION_HEADER, HeaderValue::from_static(ID));
    let response = frame(echo(), 1).get_response(request).await;
    assert_eq!(response.header("x-correlation-id"), Some(ID));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(
        response.into_body().into_string().await.unwrap(),
        format!("GET {ID}")
    );
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_a_problem() {
    let mut request = request(Method::GET, "/nowhere?name=secret");
    request
        .headers_mut()
        .insert(CORRELATION_HEADER, HeaderValue::from_static(ID));
    request
        .headers_mut()
        .insert("traceparent", HeaderValue::from_static(TRACEPARENT));
    let response = frame(echo(), 1).get_response(request).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let expected = serde_json::json!({
        "type": "http://rollcall.test/problems/route-not-found",
        "title": "Route not found",
        "status": 404,
        "detail": "Nothing is served under this path.",
        "instance": "/nowhere",
        "correlationId": ID,
        "traceId": "0af7651916cd43dd8448eb211c80319c",
    });
    assert_eq!(problem(response).await, expected);
}

#[tokio::test]
async fn a_method_that_does_not_exist_is_a_problem_that_names_those_that_do() {
    let response = frame(echo(), 1)
        .get_response(request(Method::DELETE, "/tenants/7"))
        .await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.header("allow"), Some("GET, HEAD"));
    let problem = problem(response).await;
    assert_eq!(
        problem["type"],
        "http://rollcall.test/problems/method-not-allowed"
    );
    assert_eq!(problem["title"], "Method not allowed");
    assert_eq!(problem["detail"], "This path answers GET, HEAD.");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let frame = frame(echo(), 1);
    let response = frame.get_response(request(Method::HEAD, "/tenants/7")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.header("content-length"), Some("40"));
    assert_eq!(response.into_body().into_bytes().await.unwrap(), "");
    let response = frame.get_response(request(Method::HEAD, "/nowhere")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.into_body().into_bytes().await.unwrap(), "");
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing() {
    let endpoint = poem::endpoint::make_sync(|_: Request| -> Response { panic!("secret") });
    let response = frame(endpoint, 1)
        .get_response(request(Method::GET, "/tenants/7"))
        .await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let problem = problem(response).await;
    assert_eq!(problem["type"], "http://rollcall.test/problems/internal-error");
    assert!(!problem.to_string().contains("secret"));
}

#[tokio::test]
async fn an_error_of_the_library_is_a_problem() {
    for (status, expected, slug) in [
        (404, 404, "route-not-found"),
        (405, 405, "method-not-allowed"),
        (406, 406, "not-acceptable"),
        (413, 413, "payload-too-large"),
        (415, 415, "unsupported-media-type"),
        (418, 400, "malformed-request"),
        (500, 500, "internal-error"),
        (502, 500, "internal-error"),
    ] {
        let endpoint = poem::endpoint::make(move |_: Request| async move {
            let status = StatusCode::from_u16(status).unwrap();
            Err::<Response, _>(poem::Error::from_string("secret", status))
        });
        let response = frame(endpoint, 1)
            .get_response(request(Method::GET, "/tenants/7"))
            .await;
        assert_eq!(response.status().as_u16(), expected);
        let problem = problem(response).await;
        assert_eq!(problem["type"], format!("http://rollcall.test/problems/{slug}"));
        assert_eq!(problem["status"], expected);
        assert!(expected < 500 || !problem.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn an_error_that_is_an_answer_is_answered() {
    let endpoint = poem::endpoint::make(|_: Request| async {
        let answer = Response::builder().status(StatusCode::CONFLICT).body("mine");
        Err::<Response, _>(poem::Error::from_response(answer))
    });
    let response = frame(endpoint, 1)
        .get_response(request(Method::GET, "/tenants/7"))
        .await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(response.into_body().into_string().await.unwrap(), "mine");
}

#[tokio::test]
async fn more_requests_than_slots_are_told_to_come_back() {
    let (begun, gate) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let endpoint = {
        let (begun, gate) = (begun.clone(), gate.clone());
        poem::endpoint::make(move |request: Request| {
            let (begun, gate) = (begun.clone(), gate.clone());
            async move {
                if request.uri().path() != "/health/live" {
                    begun.notify_one();
                    gate.notified().await;
                }
                "done"
            }
        })
        .map_to_response()
    };
    let frame = Arc::new(frame(endpoint, 1));
    let first = tokio::spawn({
        let frame = frame.clone();
        async move { frame.get_response(request(Method::GET, "/tenants/7")).await }
    });
    begun.notified().await;
    let refused = frame.get_response(request(Method::GET, "/tenants/7")).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(
        problem(refused).await["type"],
        "http://rollcall.test/problems/unavailable"
    );
    let probe = frame.get_response(request(Method::GET, "/health/live")).await;
    assert_eq!(probe.status(), StatusCode::OK);
    gate.notify_one();
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
}
