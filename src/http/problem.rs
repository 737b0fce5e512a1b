//! Problems (RFC 9457) that are answered outside of an operation.

use std::sync::Arc;

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use uuid::Uuid;

use super::middleware::RequestIdentity;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A type of problem and the page that explains it; these come from the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemPage {
    /// The last part of its type, such as `school-not-found`.
    pub slug: String,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// What it is, in a few words.
    pub title: String,
    /// What happened and what to do, for people; paragraphs are separated by empty lines, code stands in backticks.
    pub description: String,
}

/// The body of a problem.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    correlation_id: Uuid,
    trace_id: &'a str,
}

/// All types of problem, shared.
#[derive(Debug, Clone, Default)]
pub struct ProblemCatalogue(Arc<[ProblemPage]>);

impl ProblemCatalogue {
    /// A catalogue of `pages`.
    #[must_use]
    pub fn new(pages: Vec<ProblemPage>) -> Self {
        Self(pages.into())
    }

    /// The answer for the problem `slug`, with the contract's title. `detail` is for the client.
    #[must_use]
    pub fn answer(
        &self,
        status: StatusCode,
        slug: &str,
        detail: &str,
        instance: &str,
        identity: &RequestIdentity,
    ) -> Response {
        let title = match self.0.iter().find(|page| page.slug == slug) {
            Some(page) => page.title.clone(),
            None => title_of(slug),
        };
        problem_response(
            status,
            slug,
            &title,
            detail,
            instance,
            identity.correlation_id,
            &identity.trace_id,
        )
    }
}

/// An answer of the media type `application/problem+json`. `instance` is the request's path, `trace_id` 32 hexadecimal
/// digits.
#[must_use]
pub fn problem_response(
    status: StatusCode,
    slug: &str,
    title: &str,
    detail: &str,
    instance: &str,
    correlation_id: Uuid,
    trace_id: &str,
) -> Response {
    let body = ProblemBody {
        r#type: format!("/problems/{slug}"),
        title,
        status: status.as_u16(),
        detail,
        instance,
        correlation_id,
        trace_id,
    };
    let mut response = Response::builder()
        .status(status)
        .body(serde_json::to_vec(&body).unwrap_or_default());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    response
}

/// `route-not-found` as `Route not found`.
fn title_of(slug: &str) -> String {
    let words = slug.replace('-', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
