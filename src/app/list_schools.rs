//! `listSchools`: a page of a tenant's schools in the order of their ids, which is that of their creation.

use contract_runtime::{ProblemSet as _, Refusal, ServiceProblem};

use super::cursor::PagedList;
use super::{Admission, Rollcall, shapes};
use crate::contract::models::SchoolPage;
use crate::contract::operations::{ListSchoolsInput, ListSchoolsProblem as Problem, ListSchoolsResponse};
use crate::roster::SchoolId;

pub(super) async fn list_schools(
    service: &Rollcall,
    admission: &Admission,
    input: ListSchoolsInput,
) -> Result<ListSchoolsResponse, Refusal<Problem>> {
    let (read, _) = service.open_read(admission).await?;
    let list = PagedList {
        key: &service.parts.store.metadata().cursor_key,
        name: "schools",
        tenant_id: admission.context.tenant_id(),
        filters: b"",
    };
    let after = match input.cursor {
        None => None,
        Some(cursor) => Some(list.open_cursor(&cursor).ok_or_else(|| {
            Problem::MalformedRequest.because("The query parameter cursor was not given out for this list.")
        })?),
    };
    let limit = u64::try_from(input.limit).unwrap_or(1);
    // One more than the page holds tells whether another page follows.
    let schools = read.schools_after(after.map(SchoolId), limit + 1).await?;
    read.finish().await?;
    let page_length = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = schools.len() > page_length;
    let page = schools.get(..page_length).unwrap_or(&schools);
    let next_cursor = page
        .last()
        .filter(|_| has_more)
        .map(|last| list.seal_cursor(last.school_id.0));
    let items = page
        .iter()
        .map(shapes::school)
        .collect::<Option<Vec<_>>>()
        .ok_or(ServiceProblem::InternalError)?;
    Ok(ListSchoolsResponse::Ok {
        body: SchoolPage { items, next_cursor },
    })
}
