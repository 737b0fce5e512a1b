//! What a browser, a generator or a consumer reads: landing page, API console, problem types, schemas, the two contracts.
//!
//! Everything is inside the binary and made once at start; nothing is loaded from another host, and each page's
//! `Content-Security-Policy` says so.

mod asset;
mod docs;
mod html;
mod landing;
mod problems;
mod schemas;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use poem::error::NotFoundError;
use poem::http::Method;
use poem::{Endpoint, Request, Response};

use super::metrics::MetricsPage;
use super::problem::ProblemPage;
use asset::{Asset, Caching};
use docs::Docs;

/// What the pages show. The documents are texts as they are to be served.
#[derive(Debug, Clone, Default)]
pub struct PagesData {
    /// The version of the API.
    pub version: String,
    /// A command that creates something, to be pasted into a terminal.
    pub first_call: String,
    /// The tenant that the console fills in, where there is one to try.
    pub demo_tenant: Option<String>,
    /// The OpenAPI document as JSON, as the running server derived it.
    pub openapi_json: String,
    /// The same as YAML.
    pub openapi_yaml: String,
    /// The AsyncAPI document as JSON.
    pub asyncapi_json: String,
    /// The same as YAML.
    pub asyncapi_yaml: String,
    /// Every type of problem.
    pub problems: Vec<ProblemPage>,
    /// The published event schemas.
    pub schemas: Vec<PublishedSchema>,
    /// The metrics, where they are shown beside the pages.
    pub metrics: Option<MetricsPage>,
}

/// A JSON Schema that never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSchema {
    /// Where it is served, such as `/schemas/lms.roster.v1/SchoolCreated/1.0.0.json`.
    pub path: String,
    /// Its text.
    pub json: String,
}

/// The endpoint of all pages.
pub struct Pages {
    pages: HashMap<String, Page>,
    docs: Docs,
}

/// What is served under one path.
enum Page {
    /// The same for everybody.
    One(Asset),
    /// JSON for those who prefer it.
    Either { html: Asset, json: Asset },
}

/// The endpoint that serves what `data` holds.
#[must_use]
pub fn routes(data: &PagesData) -> Pages {
    let document = |media_type, text: &str| {
        Page::One(Asset::new(media_type, text.to_owned(), Caching::Revalidate).shared())
    };
    let mut pages = HashMap::from([
        ("/".to_owned(), Page::One(landing::page(data))),
        (
            "/openapi.json".to_owned(),
            document("application/json", &data.openapi_json),
        ),
        (
            "/openapi.yaml".to_owned(),
            document("application/yaml", &data.openapi_yaml),
        ),
        (
            "/asyncapi.json".to_owned(),
            document("application/json", &data.asyncapi_json),
        ),
        (
            "/asyncapi.yaml".to_owned(),
            document("application/yaml", &data.asyncapi_yaml),
        ),
    ]);
    pages.extend(problems::pages(data));
    pages.extend(schemas::pages(data));
    Pages {
        pages,
        docs: Docs::new(data.demo_tenant.as_deref()),
    }
}

impl Pages {
    /// The paths that are served, for the table of routes.
    pub fn templates(&self) -> impl Iterator<Item = (String, Vec<Method>)> {
        self.pages
            .keys()
            .map(String::as_str)
            .chain(docs::PATHS)
            .map(|path| (path.to_owned(), vec![Method::GET]))
    }

    /// Whether `path` is one of them.
    #[must_use]
    pub fn serves(&self, path: &str) -> bool {
        self.pages.contains_key(path) || docs::PATHS.contains(&path)
    }
}

impl Endpoint for Pages {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path();
        let headers = request.headers();
        match self.pages.get(path) {
            Some(Page::One(asset)) => Ok(asset.answer(headers)),
            Some(Page::Either { html, json }) => {
                let chosen = if asset::prefers_json(headers) { json } else { html };
                Ok(asset::varying_by_accept(chosen.answer(headers)))
            }
            None => self
                .docs
                .asset(path)
                .map(|asset| asset.answer(headers))
                .ok_or_else(|| NotFoundError.into()),
        }
    }
}
