//! Every page, over the frame that serves it.

use std::sync::Arc;

use poem::http::{HeaderValue, Method, StatusCode, Uri, header};
use poem::{Endpoint as _, Request, Response};
use serde_json::Value;

use super::*;
use crate::environment::SystemEnvironment;
use crate::http::problem::ProblemCatalogue;

const SCHEMA: &str = "/schemas/lms.roster.v1/SchoolCreated/1.0.0.json";

fn data() -> PagesData {
    PagesData {
        version: "1.2.3".to_owned(),
        first_call: "curl -d '{\"name\": \"<&>\"}'".to_owned(),
        demo_tenant: Some("<a tenant>".to_owned()),
        openapi_json: r#"{"openapi":"3.0.3"}"#.to_owned(),
        openapi_yaml: "openapi: 3.0.3\n".to_owned(),
        asyncapi_json: r#"{"asyncapi":"3.0.0"}"#.to_owned(),
        asyncapi_yaml: "asyncapi: 3.0.0\n".to_owned(),
        problems: vec![ProblemPage {
            slug: "school-name-taken".to_owned(),
            status: 409,
            title: "School name taken".to_owned(),
            description: "Another school has this `name`.\n\nChoose <another>.".to_owned(),
        }],
        schemas: vec![PublishedSchema {
            path: SCHEMA.to_owned(),
            json: r#"{"description":"A school was created. It is here."}"#.to_owned(),
        }],
        metrics: None,
    }
}

async fn get_with(path: &str, name: header::HeaderName, value: &str) -> Response {
    let mut request = Request::builder()
        .method(Method::GET)
        .uri(path.parse::<Uri>().unwrap())
        .finish();
    request
        .headers_mut()
        .insert(name, HeaderValue::from_str(value).unwrap());
    let api = poem::endpoint::make_sync(|_: Request| -> Response { panic!("a page asked the API") });
    let frame = super::super::assemble(
        api,
        &Vec::new(),
        &data(),
        ProblemCatalogue::new("http://rollcall.test", crate::contract::problems::ALL),
        Arc::new(SystemEnvironment),
        8,
        None,
    );
    frame.get_response(request).await
}

async fn get(path: &str) -> Response {
    get_with(path, header::ACCEPT, "text/html,*/*;q=0.8").await
}

async fn text(response: Response) -> String {
    response.into_body().into_string().await.unwrap()
}

#[tokio::test]
async fn every_path_is_served_with_a_type_a_tag_and_a_word_on_caching() {
    let pages = routes(&data());
    let mut count = 0;
    for (path, _) in pages.templates() {
        let response = get(&path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        for name in [
            "content-type",
            "etag",
            "cache-control",
            "x-content-type-options",
            "x-correlation-id",
        ] {
            assert!(response.header(name).is_some(), "{path} {name}");
        }
        let is_page = response.content_type().unwrap().starts_with("text/html");
        assert_eq!(
            response.header("content-security-policy").is_some(),
            is_page,
            "{path}"
        );
        let tag = response.header("etag").unwrap().to_owned();
        let caching = response.header("cache-control").unwrap().to_owned();
        assert!(!text(response).await.is_empty(), "{path}");

        let again = get_with(&path, header::IF_NONE_MATCH, &format!("\"other\", W/{tag}")).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.header("etag"), Some(tag.as_str()), "{path}");
        assert_eq!(again.header("cache-control"), Some(caching.as_str()), "{path}");
        assert_eq!(text(again).await, "", "{path}");
        count += 1;
    }
    assert_eq!(count, 5 + 3 + 3 + 6);
}

#[tokio::test]
async fn the_contracts_are_served_as_they_are_given() {
    for (path, media_type, expected) in [
        ("/openapi.json", "application/json", r#"{"openapi":"3.0.3"}"#),
        ("/openapi.yaml", "application/yaml", "openapi: 3.0.3\n"),
        ("/asyncapi.json", "application/json", r#"{"asyncapi":"3.0.0"}"#),
        ("/asyncapi.yaml", "application/yaml", "asyncapi: 3.0.0\n"),
    ] {
        let response = get(path).await;
        assert_eq!(response.content_type(), Some(media_type));
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        assert_eq!(response.header("cache-control"), Some("no-cache"));
        assert_eq!(text(response).await, expected);
    }
}

#[tokio::test]
async fn a_schema_may_be_kept_forever() {
    let response = get(SCHEMA).await;
    assert_eq!(response.content_type(), Some("application/schema+json"));
    assert_eq!(
        response.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    assert_eq!(response.header("etag").unwrap().len(), 66);
    assert_eq!(text(response).await, data().schemas[0].json);
}

#[tokio::test]
async fn a_problem_is_a_page_or_json() {
    let response = get("/problems/school-name-taken").await;
    assert_eq!(response.header("vary"), Some("Accept"));
    let html = text(response).await;
    assert!(html.contains("<p>Another school has this <code>name</code>.</p><p>Choose &lt;another&gt;.</p>"));

    let response = get_with("/problems/school-name-taken", header::ACCEPT, "application/json").await;
    assert_eq!(response.content_type(), Some("application/json"));
    let json: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(json["type"], "/problems/school-name-taken");
    assert_eq!(json["status"], 409);
}

#[tokio::test]
async fn the_indexes_link_what_there_is() {
    assert!(
        text(get("/problems/").await)
            .await
            .contains("href=\"/problems/school-name-taken\"")
    );
    let schemas = text(get("/schemas/").await).await;
    assert!(
        schemas.contains(&format!("href=\"{SCHEMA}\"")) && schemas.contains("<td>A school was created.</td>")
    );
    let json = text(get_with("/schemas/", header::ACCEPT, "application/json").await).await;
    assert_eq!(json, format!("{{\"schemas\":[\"{SCHEMA}\"]}}"));
}

#[tokio::test]
async fn the_landing_page_links_all_of_it() {
    let html = text(get("/").await).await;
    for path in [
        "/docs",
        "/openapi.json",
        "/openapi.yaml",
        "/asyncapi.json",
        "/asyncapi.yaml",
        "/schemas/",
        "/problems/",
        "/health/ready",
        "/health/degraded",
    ] {
        assert!(html.contains(&format!("href=\"{path}\"")), "{path}");
    }
    assert!(html.contains("&lt;&amp;&gt;") && html.contains("1.2.3"));
    assert!(!html.contains("{{"), "a placeholder is left");
}

#[tokio::test]
async fn the_console_is_what_the_library_ships() {
    let script = text(get("/docs/swagger-ui-bundle.js").await).await;
    assert!(script.len() > 1_000_000 && script.contains("SwaggerUIBundle"));
    let style = text(get("/docs/swagger-ui.css").await).await;
    assert!(style.len() > 50_000 && style.contains(".swagger-ui"));
    let page = get("/docs").await;
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"));
    let page = text(page).await;
    assert!(
        !page.contains("<script>"),
        "the policy would stop an inline script"
    );
    assert!(page.contains("data-tenant=\"&lt;a tenant&gt;\"") && !page.contains("{{"));
}

#[tokio::test]
async fn an_unknown_page_is_a_problem() {
    for path in [
        "/problems/unheard-of",
        "/schemas/lms.roster.v1/SchoolCreated/9.9.9.json",
        "/docs/other.js",
    ] {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.content_type(), Some("application/problem+json"));
    }
}
