//! The generated trait, each method in its own file.

use std::future::Future;

use contract_runtime::{Refusal, Written};

use super::{
    Admission, Rollcall, Work, create_school, create_tenant, get_school, get_tenant, health,
    list_audit_records, list_events, list_schools,
};
use crate::contract::api::RollcallApi;
use crate::contract::operations::{
    CreateSchoolEvents, CreateSchoolInput, CreateSchoolProblem, CreateSchoolResponse, CreateTenantEvents,
    CreateTenantInput, CreateTenantProblem, CreateTenantResponse, GetSchoolInput, GetSchoolProblem,
    GetSchoolResponse, GetTenantInput, GetTenantProblem, GetTenantResponse, HealthDegradedInput,
    HealthDegradedProblem, HealthDegradedResponse, HealthLiveInput, HealthLiveProblem, HealthLiveResponse,
    HealthReadyInput, HealthReadyProblem, HealthReadyResponse, ListAuditRecordsInput,
    ListAuditRecordsProblem, ListAuditRecordsResponse, ListEventsInput, ListEventsProblem,
    ListEventsResponse, ListSchoolsInput, ListSchoolsProblem, ListSchoolsResponse,
};

impl RollcallApi for Rollcall {
    fn create_tenant(
        &self,
        work: &mut Work,
        input: CreateTenantInput,
    ) -> impl Future<
        Output = Result<Written<CreateTenantResponse, CreateTenantEvents>, Refusal<CreateTenantProblem>>,
    > + Send {
        create_tenant::create_tenant(self, work, input)
    }

    fn get_tenant(
        &self,
        admission: &Admission,
        _input: GetTenantInput,
    ) -> impl Future<Output = Result<GetTenantResponse, Refusal<GetTenantProblem>>> + Send {
        get_tenant::get_tenant(self, admission)
    }

    fn list_schools(
        &self,
        admission: &Admission,
        input: ListSchoolsInput,
    ) -> impl Future<Output = Result<ListSchoolsResponse, Refusal<ListSchoolsProblem>>> + Send {
        list_schools::list_schools(self, admission, input)
    }

    fn create_school(
        &self,
        work: &mut Work,
        input: CreateSchoolInput,
    ) -> impl Future<
        Output = Result<Written<CreateSchoolResponse, CreateSchoolEvents>, Refusal<CreateSchoolProblem>>,
    > + Send {
        create_school::create_school(self, work, input)
    }

    fn get_school(
        &self,
        admission: &Admission,
        input: GetSchoolInput,
    ) -> impl Future<Output = Result<GetSchoolResponse, Refusal<GetSchoolProblem>>> + Send {
        get_school::get_school(self, admission, input)
    }

    fn list_events(
        &self,
        admission: &Admission,
        input: ListEventsInput,
    ) -> impl Future<Output = Result<ListEventsResponse, Refusal<ListEventsProblem>>> + Send {
        list_events::list_events(self, admission, input)
    }

    fn list_audit_records(
        &self,
        admission: &Admission,
        input: ListAuditRecordsInput,
    ) -> impl Future<Output = Result<ListAuditRecordsResponse, Refusal<ListAuditRecordsProblem>>> + Send {
        list_audit_records::list_audit_records(self, admission, input)
    }

    async fn health_live(
        &self,
        _admission: &Admission,
        _input: HealthLiveInput,
    ) -> Result<HealthLiveResponse, Refusal<HealthLiveProblem>> {
        Ok(health::health_live(self))
    }

    fn health_ready(
        &self,
        _admission: &Admission,
        _input: HealthReadyInput,
    ) -> impl Future<Output = Result<HealthReadyResponse, Refusal<HealthReadyProblem>>> + Send {
        health::health_ready(self)
    }

    async fn health_degraded(
        &self,
        _admission: &Admission,
        _input: HealthDegradedInput,
    ) -> Result<HealthDegradedResponse, Refusal<HealthDegradedProblem>> {
        Ok(health::health_degraded(self).await)
    }
}
