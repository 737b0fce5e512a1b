//! The domain: tenants and schools and their rules. No I/O, no HTTP, no SQL.

mod name;
mod school;
mod tenant;

pub use name::{NAME_LENGTH_MAX, Name, NameError};
pub use school::{NewSchool, School, SchoolId, SchoolStatus};
pub use tenant::{Tenant, TenantStatus};
