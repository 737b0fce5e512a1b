//! The contract to read, and a console to try the API: what a generated program serves beside its operations.
//!
//! The console is Swagger UI as poem-openapi ships it, taken apart: script and style are files of their own, so the
//! page needs nothing from elsewhere and no inline script, and its policy can forbid both. An operation of the contract comes
//! first: where one may be meant by `/docs` or `/openapi.json`, both move below `/-/`, as often as it takes.

use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use poem_openapi::OpenApiService;
use serde_json::Value;

const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>API console</title>\n\
                    <link rel=\"stylesheet\" href=\"docs/swagger-ui.css\">\n</head>\n<body>\n<div id=\"ui\"></div>\n\
                    <script src=\"docs/swagger-ui-bundle.js\"></script>\n<script src=\"docs/start.js\"></script>\n</body>\n</html>\n";

/// The servers of a contract may be far away, and nobody who tries an operation here means those unless they choose them: the server that
/// shows the page comes first wherever the document names servers.
const START: &str = r"const here = { url: location.origin + location.pathname.replace(/(\/-)*\/docs\/?$/, ''), description: 'this server' };
const first = (holder) => { if (holder?.servers) holder.servers = [here, ...holder.servers]; };
const withHere = (spec) => {
  spec.servers = [here, ...(spec.servers ?? [])];
  for (const path of Object.values(spec.paths ?? {})) [path, ...Object.values(path ?? {})].forEach(first);
  return spec;
};
const plugin = { statePlugins: { spec: { wrapActions: { updateJsonSpec: (update) => (spec) => update(withHere(spec)) } } } };
SwaggerUIBundle({ dom_id: '#ui', url: 'openapi.json', deepLinking: true, plugins: [() => plugin] });
";

/// Swagger UI writes style attributes and its icons are data URLs. What is tried may be a server that the contract names.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src *; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Prefixes that are tried; a contract that means every path of nine parts has no console in its way.
const PREFIXES_MAX: usize = 8;

/// The document and the console.
#[derive(Debug)]
pub struct Console {
    prefix: String,
    document: String,
    style: String,
    script: String,
}

impl Console {
    /// A console for an OpenAPI document, which it also serves.
    #[must_use]
    pub fn new(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let paths: Vec<&str> = paths
            .into_iter()
            .flatten()
            .map(|(path, _)| path.as_str())
            .collect();
        let shipped = OpenApiService::new((), "", "").swagger_ui_html();
        let part = |open, close| between(&shipped, open, close).unwrap_or_default().to_owned();
        Self {
            prefix: free_prefix(&paths),
            document: document.to_string(),
            style: part("<style charset=\"UTF-8\">", "</style>"),
            script: part("<script charset=\"UTF-8\">", "</script>"),
        }
    }

    /// The path of the console.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/docs", self.prefix)
    }

    /// The path of the document.
    #[must_use]
    pub fn document_path(&self) -> String {
        format!("{}/openapi.json", self.prefix)
    }

    /// Answers what is the console's, and leaves everything else to `api`.
    pub fn over<E: Endpoint>(self, api: E) -> impl Endpoint<Output = Response> {
        WithConsole { console: self, api }
    }

    /// The media type and the text at a path.
    fn at(&self, path: &str) -> Option<(&'static str, &str)> {
        match path.strip_prefix(self.prefix.as_str())? {
            "/openapi.json" => Some(("application/json", &self.document)),
            "/docs" => Some(("text/html; charset=utf-8", PAGE)),
            "/docs/start.js" => Some(("text/javascript; charset=utf-8", START)),
            "/docs/swagger-ui.css" => Some(("text/css; charset=utf-8", &self.style)),
            "/docs/swagger-ui-bundle.js" => Some(("text/javascript; charset=utf-8", &self.script)),
            _ => None,
        }
    }
}

struct WithConsole<E> {
    console: Console,
    api: E,
}

impl<E: Endpoint> Endpoint for WithConsole<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let Some((media_type, text)) = self.console.at(request.uri().path()).filter(|_| is_read) else {
            return self.api.call(request).await.map(IntoResponse::into_response);
        };
        let response = Response::builder()
            .status(StatusCode::OK)
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .content_type(media_type);
        Ok(response.body(text.to_owned()))
    }
}

/// The first prefix below which no operation is meant.
fn free_prefix(paths: &[&str]) -> String {
    let is_free = |prefix: &String| {
        let own = ["/docs", "/openapi.json", "/docs/start.js"].map(|path| format!("{prefix}{path}"));
        !paths.iter().any(|path| own.iter().any(|own| may_mean(path, own)))
    };
    let mut prefixes = (0..=PREFIXES_MAX).map(|times| "/-".repeat(times));
    prefixes
        .find(is_free)
        .unwrap_or_else(|| "/-".repeat(PREFIXES_MAX))
}

/// Whether a path of the contract, with parameters in braces, may mean a path.
fn may_mean(template: &str, path: &str) -> bool {
    let template = template.split(['?', '#']).next().unwrap_or_default();
    let parts = |text: &str| {
        text.trim_end_matches('/')
            .split('/')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (template, path) = (parts(template), parts(path));
    let is_met = |(template, part): (&String, &String)| template.contains('{') || template == part;
    template.len() == path.len() && template.iter().zip(&path).all(is_met)
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    let (inside, _) = rest.split_once(close)?;
    Some(inside)
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make_sync;
    use serde_json::json;

    use super::*;

    async fn answer(document: &Value, method: Method, path: &str) -> (StatusCode, String) {
        let api = make_sync(|request: Request| format!("api: {}", request.uri().path()));
        let server = Console::new(document).over(api);
        let request = Request::builder()
            .method(method)
            .uri(path.parse().unwrap())
            .finish();
        let response = server.get_response(request).await;
        let status = response.status();
        (status, response.into_body().into_string().await.unwrap())
    }

    #[tokio::test]
    async fn the_document_and_the_console_are_served() {
        let document = json!({"openapi": "3.0.3", "paths": {"/pets": {}}});
        let (status, text) = answer(&document, Method::GET, "/openapi.json").await;
        assert_eq!((status, text), (StatusCode::OK, document.to_string()));
        let (_, page) = answer(&document, Method::GET, "/docs").await;
        for part in [
            "docs/start.js",
            "docs/swagger-ui.css",
            "docs/swagger-ui-bundle.js",
        ] {
            assert!(page.contains(&format!("\"{part}\"")), "{page}");
            let (status, text) = answer(&document, Method::GET, &format!("/{part}")).await;
            assert!(status.is_success() && text.len() > 50, "{part}: {text}");
        }
        let (_, script) = answer(&document, Method::GET, "/docs/swagger-ui-bundle.js").await;
        assert!(script.len() > 1_000_000 && script.contains("SwaggerUIBundle"));
    }

    #[tokio::test]
    async fn everything_else_is_the_apis() {
        let document = json!({"paths": {}});
        for (method, path) in [
            (Method::GET, "/pets"),
            (Method::POST, "/docs"),
            (Method::GET, "/docs/x"),
        ] {
            let (_, text) = answer(&document, method, path).await;
            assert_eq!(text, format!("api: {path}"));
        }
    }

    #[test]
    fn an_operation_comes_first() {
        fn check(paths: &[&str], expected: &str) {
            assert_eq!(free_prefix(paths), expected, "{paths:?}");
        }
        check(&["/pets", "/pets/{petId}"], "");
        check(&["/docs"], "/-");
        check(&["/docs/"], "/-");
        check(&["/{name}"], "/-");
        check(&["/{name}.{end}"], "/-");
        check(&["/openapi.json?x=y"], "/-");
        check(&["/{a}", "/-/{b}"], "/-/-");
        check(&["/{a}/{b}"], "/-/-");
    }
}
