//! What the compiler holds handlers to, each rule beside a twin that differs in one line and compiles. There is no code here: these are
//! the doc tests of generated types, which cannot carry them themselves.
//!
//! # An operation emits exactly its events
//! ```
//! use contract_runtime::Subject;
//! use rollcall::contract::{events::SchoolCreated, operations::CreateSchoolEvents};
//!
//! fn events(school_created: Subject<SchoolCreated>) -> CreateSchoolEvents {
//!     CreateSchoolEvents { school_created }
//! }
//! ```
//! One that is forgotten does not compile:
//! ```compile_fail,E0063
//! use contract_runtime::Subject;
//! use rollcall::contract::{events::SchoolCreated, operations::CreateSchoolEvents};
//!
//! fn events(school_created: Subject<SchoolCreated>) -> CreateSchoolEvents {
//!     CreateSchoolEvents {}
//! }
//! ```
//! Nor does another one in its place:
//! ```compile_fail,E0308
//! use contract_runtime::Subject;
//! use rollcall::contract::{events::TenantProvisioned, operations::CreateSchoolEvents};
//!
//! fn events(school_created: Subject<TenantProvisioned>) -> CreateSchoolEvents {
//!     CreateSchoolEvents { school_created }
//! }
//! ```
//!
//! # A handler that writes says its events
//! ```
//! use contract_runtime::{Affected, Written};
//! use rollcall::contract::operations::{CreateSchoolEvents, CreateSchoolResponse};
//!
//! type Decision = Written<CreateSchoolResponse, CreateSchoolEvents>;
//!
//! fn decide(response: CreateSchoolResponse, events: CreateSchoolEvents, affected: Affected) -> Decision {
//!     Written::new(response, events, affected)
//! }
//! ```
//! Without them there is no answer:
//! ```compile_fail,E0308
//! use contract_runtime::{Affected, Written};
//! use rollcall::contract::operations::{CreateSchoolEvents, CreateSchoolResponse};
//!
//! type Decision = Written<CreateSchoolResponse, CreateSchoolEvents>;
//!
//! fn decide(response: CreateSchoolResponse, events: CreateSchoolEvents, affected: Affected) -> Decision {
//!     Written::new(response, (), affected)
//! }
//! ```
//!
//! # A handler that reads cannot emit
//! ```
//! use contract_runtime::{Refusal, Written};
//! use rollcall::contract::api::RollcallApi;
//! use rollcall::contract::operations::{GetSchoolInput, GetSchoolProblem, GetSchoolResponse};
//!
//! type Answer = GetSchoolResponse;
//!
//! async fn read<S: RollcallApi>(service: &S, admission: &S::Admission, input: GetSchoolInput)
//! -> Result<Answer, Refusal<GetSchoolProblem>> {
//!     service.get_school(admission, input).await
//! }
//! ```
//! Its method in the trait has no place for events:
//! ```compile_fail,E0308
//! use contract_runtime::{Refusal, Written};
//! use rollcall::contract::api::RollcallApi;
//! use rollcall::contract::operations::{GetSchoolInput, GetSchoolProblem, GetSchoolResponse};
//!
//! type Answer = Written<GetSchoolResponse, ()>;
//!
//! async fn read<S: RollcallApi>(service: &S, admission: &S::Admission, input: GetSchoolInput)
//! -> Result<Answer, Refusal<GetSchoolProblem>> {
//!     service.get_school(admission, input).await
//! }
//! ```
//!
//! # An undeclared response cannot be written
//! ```
//! use rollcall::contract::{models::School, operations::GetSchoolResponse};
//!
//! fn answer(etag: String, body: School) -> GetSchoolResponse {
//!     GetSchoolResponse::Ok { etag, body }
//! }
//! ```
//! ```compile_fail,E0599
//! use rollcall::contract::{models::School, operations::GetSchoolResponse};
//!
//! fn answer(etag: String, body: School) -> GetSchoolResponse {
//!     GetSchoolResponse::Accepted { etag, body }
//! }
//! ```
//!
//! # Nor an undeclared problem
//! ```
//! use contract_runtime::{ProblemSet, Refusal};
//! use rollcall::contract::operations::GetSchoolProblem;
//!
//! fn refuse() -> Refusal<GetSchoolProblem> {
//!     GetSchoolProblem::SchoolNotFound.because("There is no such school.")
//! }
//! ```
//! ```compile_fail,E0599
//! use contract_runtime::{ProblemSet, Refusal};
//! use rollcall::contract::operations::GetSchoolProblem;
//!
//! fn refuse() -> Refusal<GetSchoolProblem> {
//!     GetSchoolProblem::SchoolNameTaken.because("There is no such school.")
//! }
//! ```
