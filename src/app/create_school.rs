//! `createSchool`: a new school of a tenant, unless its name or identifier is taken.

use contract_runtime::{Affected, ProblemSet as _, Refusal, ServiceProblem, Subject, Written};

use super::failure::{BROKEN_NAME, name_violation};
use super::{Rollcall, Work, shapes};
use crate::contract::models::{CreateSchoolRequest, GradeLevel};
use crate::contract::operations::{
    CreateSchoolEvents, CreateSchoolInput, CreateSchoolProblem as Problem, CreateSchoolResponse,
};
use crate::roster::{Name, NameError, NewSchool, School, SchoolId};
use crate::store::SchoolInsertion;
use crate::tenancy::TenantId;

pub(super) async fn create_school(
    service: &Rollcall,
    work: &mut Work,
    input: CreateSchoolInput,
) -> Result<Written<CreateSchoolResponse, CreateSchoolEvents>, Refusal<Problem>> {
    let environment = &service.parts.environment;
    let tenant_id = work.context.tenant_id();
    let details = details(input.body).map_err(|error| {
        Problem::ValidationFailed
            .because(BROKEN_NAME)
            .with_violations(&[name_violation(error)])
    })?;
    let school = School::create(
        tenant_id,
        SchoolId(environment.new_id()),
        details,
        environment.now(),
    );
    match work.write.insert_school(&school).await? {
        SchoolInsertion::Inserted => {}
        SchoolInsertion::NameTaken(other) => {
            let refusal = Problem::SchoolNameTaken
                .because("Another school of this tenant has this name, ignoring case.");
            return Err(refusal.with_member("conflictingResource", location(tenant_id, other)));
        }
        SchoolInsertion::IdentifierTaken(other) => {
            let refusal =
                Problem::SchoolIdentifierTaken.because("Another school of this tenant has this identifier.");
            return Err(refusal.with_member("conflictingResource", location(tenant_id, other)));
        }
    }

    let body = shapes::school(&school).ok_or(ServiceProblem::InternalError)?;
    let data = shapes::school_created(&body).ok_or(ServiceProblem::InternalError)?;
    let subject = format!("schools/{}", school.school_id.0);
    let response = CreateSchoolResponse::Created {
        location: location(tenant_id, school.school_id),
        etag: shapes::entity_tag(school.version),
        body,
    };
    let events = CreateSchoolEvents {
        school_created: Subject { subject, data },
    };
    Ok(Written::new(
        response,
        events,
        Affected {
            entity_type: "school",
            entity_id: school.school_id.0,
        },
    ))
}

fn details(request: CreateSchoolRequest) -> Result<NewSchool, NameError> {
    Ok(NewSchool {
        name: Name::parse(&request.name)?,
        identifier: request.identifier,
        grade_levels: request.grade_levels.map(|levels| {
            levels
                .into_iter()
                .map(GradeLevel::as_str)
                .map(str::to_owned)
                .collect()
        }),
        time_zone: request.time_zone,
        external_refs: request.external_refs.map(|references| references.0),
    })
}

fn location(tenant_id: TenantId, school_id: SchoolId) -> String {
    format!("/api/v1/tenants/{tenant_id}/schools/{}", school_id.0)
}
