//! `getSchool`: one school, if it is this tenant's, under the request's conditions.

use contract_runtime::{ProblemSet as _, Refusal, ServiceProblem};

use super::admission::require_served;
use super::{Admission, Rollcall, shapes};
use crate::contract::operations::{GetSchoolInput, GetSchoolProblem as Problem, GetSchoolResponse};
use crate::roster::SchoolId;

pub(super) async fn get_school(
    service: &Rollcall,
    admission: &Admission,
    input: GetSchoolInput,
) -> Result<GetSchoolResponse, Refusal<Problem>> {
    let store = &service.parts.store;
    let (tenant, school) = store.school(admission.context, SchoolId(input.school_id)).await?;
    require_served(tenant)?;
    let Some(school) = school else {
        return Err(Problem::SchoolNotFound.because("There is no such school in this tenant."));
    };
    let etag = shapes::entity_tag(school.version);
    // If-Match is evaluated first (RFC 9110 §13.2.2).
    if input
        .if_match
        .is_some_and(|tags| !lists(&tags, &etag, Comparison::Strong))
    {
        let detail = format!("The school's current version is {etag}.");
        return Err(Problem::VersionMismatch.because(detail));
    }
    if input
        .if_none_match
        .is_some_and(|tags| lists(&tags, &etag, Comparison::Weak))
    {
        return Ok(GetSchoolResponse::NotModified { etag });
    }
    let body = shapes::school(&school).ok_or(ServiceProblem::InternalError)?;
    Ok(GetSchoolResponse::Ok { etag, body })
}

/// How entity tags are compared (RFC 9110 §8.8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// A weak tag equals none.
    Strong,
    /// A weak tag equals the strong one of the same text.
    Weak,
}

/// Whether a list of entity tags, or `*`, has this one. The contract has seen to its form.
fn lists(tags: &str, etag: &str, comparison: Comparison) -> bool {
    tags.trim() == "*"
        || tags
            .split(',')
            .map(str::trim)
            .any(|tag| match (tag.strip_prefix("W/"), comparison) {
                (Some(_), Comparison::Strong) => false,
                (Some(tag), Comparison::Weak) => tag == etag,
                (None, _) => tag == etag,
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_as_rfc_9110_says() {
        for (tags, strong, weak) in [
            ("\"1\"", true, true),
            ("W/\"1\"", false, true),
            ("\"2\"", false, false),
            ("\"2\", \"1\"", true, true),
            ("*", true, true),
        ] {
            assert_eq!(lists(tags, "\"1\"", Comparison::Strong), strong, "{tags}");
            assert_eq!(lists(tags, "\"1\"", Comparison::Weak), weak, "{tags}");
        }
    }
}
