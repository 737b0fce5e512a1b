//! Problems (RFC 9457) that are answered outside of an operation.

use contract_runtime::{Problem, ProblemType, RequestIdentity};
use poem::Response;

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

impl From<&ProblemType> for ProblemPage {
    fn from(kind: &ProblemType) -> Self {
        Self {
            slug: kind.slug.to_owned(),
            status: kind.status,
            title: kind.title.to_owned(),
            description: kind.description.to_owned(),
        }
    }
}

/// All types of problem, and below which URL they stand.
#[derive(Debug, Clone)]
pub struct ProblemCatalogue {
    base_url: String,
    problems: &'static [&'static ProblemType],
}

impl ProblemCatalogue {
    /// The catalogue of a contract's `problems`, whose types are URLs below `base_url` (without a slash at its end).
    #[must_use]
    pub fn new(base_url: impl Into<String>, problems: &'static [&'static ProblemType]) -> Self {
        Self {
            base_url: base_url.into(),
            problems,
        }
    }

    /// The answer for the problem `slug`. `detail` is for the client.
    #[must_use]
    pub fn answer(&self, slug: &str, detail: &str, instance: &str, identity: &RequestIdentity) -> Response {
        Problem::named(self.problems, slug, detail)
            .into_reply(&self.base_url, instance, identity)
            .into_response()
    }
}
