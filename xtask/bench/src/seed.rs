//! What is in a database before something is measured.
//!
//! On PostgreSQL the rows are copied by SQL from one tenant and one school that the subject itself has created, under ids
//! that can be computed from a number. So the service, the peers and pgbench read and write the same rows.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::error::BenchError;
use crate::postgres::Postgres;
use crate::simple_http::{Reply, post};
use crate::workload::KnownSchool;

/// How many tenants there are; a run uses one or all of them.
pub const TENANT_COUNT: u32 = 64;

/// How many schools each tenant has before anything is measured.
pub const SCHOOL_COUNT: u32 = 100;

/// What there is to read and to write to.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The tenants.
    pub tenants: Vec<String>,
    /// Schools that can be read, of all tenants by turns.
    pub schools: Vec<KnownSchool>,
}

impl Seed {
    /// What the first `count` tenants hold of it.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let tenants: Vec<String> = self.tenants.iter().take(count).cloned().collect();
        let of_these = |school: &&KnownSchool| tenants.contains(&school.tenant);
        Self {
            schools: self.schools.iter().filter(of_these).cloned().collect(),
            tenants,
        }
    }
}

/// The id of a tenant on PostgreSQL, from 1. Its partition of 64 is its number modulo 64.
#[must_use]
pub fn tenant_id(number: u32) -> String {
    format!("019a0000-0000-7000-8000-{number:012x}")
}

/// The id of a school on PostgreSQL, from 1.
#[must_use]
pub fn school_id(number: u32) -> String {
    format!("019a0000-0001-7000-8000-{number:012x}")
}

/// The same as expressions of PostgreSQL over a number.
pub(crate) fn uuid_expression(group: u8, number: &str) -> String {
    format!("('019a0000-{group:04x}-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid")
}

/// Fills a database of a server that runs over PostgreSQL.
pub fn seed_postgres(address: SocketAddr, postgres: &Postgres, database: &str) -> Result<Seed, BenchError> {
    let template = create_tenant(address, 0)?;
    let school = create_school(address, &template, 0)?;
    let (tenant, new_school) = (uuid_expression(0, "t"), uuid_expression(1, "s"));
    postgres.query(
        database,
        &format!(
            "INSERT INTO tenants (tenant_id, name, region, status, version, created_at, updated_at)
             SELECT {tenant}, name, region, status, version, created_at, updated_at
             FROM tenants, generate_series(1, {TENANT_COUNT}) AS t WHERE tenant_id = '{template}';
             INSERT INTO schools (tenant_id, school_id, name, name_folded, identifier, grade_levels, time_zone,
                                  external_refs, status, version, created_at, updated_at)
             SELECT {tenant}, {new_school}, name || ' ' || s, name_folded || ' ' || s, identifier || '-' || s,
                    grade_levels, time_zone, external_refs, status, version, created_at, updated_at
             FROM schools, generate_series(1, {TENANT_COUNT}) AS t, generate_series(1, {SCHOOL_COUNT}) AS s
             WHERE tenant_id = '{template}';"
        ),
    )?;
    postgres.query(database, "VACUUM ANALYZE")?;
    let tenants = (1..=TENANT_COUNT).map(tenant_id).collect();
    let schools = (1..=SCHOOL_COUNT).flat_map(|number| {
        let name = format!("{} {number}", school.name);
        (1..=TENANT_COUNT).map(move |tenant| KnownSchool {
            tenant: tenant_id(tenant),
            school: school_id(number),
            name: name.clone(),
        })
    });
    Ok(Seed {
        tenants,
        schools: schools.collect(),
    })
}

/// Fills a server over its own interface: as many tenants, with one school each.
pub fn seed_over_http(address: SocketAddr) -> Result<Seed, BenchError> {
    let mut seed = Seed {
        tenants: Vec::new(),
        schools: Vec::new(),
    };
    for number in 1..=TENANT_COUNT {
        let tenant = create_tenant(address, number)?;
        seed.schools.push(create_school(address, &tenant, number)?);
        seed.tenants.push(tenant);
    }
    Ok(seed)
}

/// Creates a tenant; its id.
pub fn create_tenant(address: SocketAddr, number: u32) -> Result<String, BenchError> {
    let key = format!("seed-tenant-{number}");
    let body = json!({"name": format!("Northfield Unified School District {number}")});
    let reply = post(address, "/api/v1/tenants", &[("Idempotency-Key", &key)], &body)?;
    text(&created(address, &reply)?, "tenantId", address)
}

pub(crate) fn create_school(
    address: SocketAddr,
    tenant: &str,
    number: u32,
) -> Result<KnownSchool, BenchError> {
    let path = format!("/api/v1/tenants/{tenant}/schools");
    let key = format!("seed-school-{number}");
    let headers = [("X-Tenant-Id", tenant), ("Idempotency-Key", key.as_str())];
    // As long as those that the load creates.
    let body = json!({
        "name": format!("Lincoln Elementary School 00000000-0-{number:06}"),
        "identifier": format!("NF-00000000-0-{number:06}"),
        "gradeLevels": ["KG", "01", "02"],
        "timeZone": "America/Chicago",
    });
    let school = created(address, &post(address, &path, &headers, &body)?)?;
    Ok(KnownSchool {
        tenant: tenant.to_owned(),
        school: text(&school, "schoolId", address)?,
        name: text(&school, "name", address)?,
    })
}

fn created(address: SocketAddr, reply: &Reply) -> Result<Value, BenchError> {
    if reply.status != 201 {
        let reason = format!(
            "creating what it is filled with is answered with {}: {}",
            reply.status, reply.body
        );
        return Err(BenchError::invalid(address.to_string(), reason));
    }
    serde_json::from_str(&reply.body)
        .map_err(|error| BenchError::invalid(address.to_string(), format!("its answer is no JSON: {error}")))
}

fn text(value: &Value, member: &str, address: SocketAddr) -> Result<String, BenchError> {
    let text = value.get(member).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| BenchError::invalid(address.to_string(), format!("its answer has no {member}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_that_the_expression_gives() {
        assert_eq!(tenant_id(64), "019a0000-0000-7000-8000-000000000040");
        assert_eq!(school_id(1), "019a0000-0001-7000-8000-000000000001");
        assert_eq!(
            uuid_expression(1, "s"),
            "('019a0000-0001-7000-8000-' || lpad(to_hex(s), 12, '0'))::uuid"
        );
    }

    #[test]
    fn one_tenant_has_its_own_schools_only() {
        let school = |tenant: &str| KnownSchool {
            tenant: tenant.to_owned(),
            school: "s".to_owned(),
            name: "n".to_owned(),
        };
        let seed = Seed {
            tenants: vec!["a".to_owned(), "b".to_owned()],
            schools: vec![school("a"), school("b"), school("a")],
        };
        assert_eq!(seed.first(1).schools, [school("a"), school("a")]);
    }
}
