//! Which path parameter holds the tenant is said by the contract's `x-tenant`, not by its name.

use contract_codegen::Refusals;

use crate::contract::{ASYNCAPI, OPENAPI, read};

/// The base, whose tenants are called organisations, with a second path beside the health check, which names no tenant.
fn with_path(path: &str, name: &str) -> Result<(), Refusals> {
    let base = OPENAPI
        .replace("/tenants/{tenantId}/", "/orgs/{orgId}/")
        .replace("x-tenant: tenantId", "x-tenant: orgId")
        .replace("name: tenantId", "name: orgId");
    let health = base.find("  /health:\n").unwrap();
    let end = health + base[health..].find("components:\n").unwrap();
    let parameter = format!(
        "      parameters:\n        - name: {name}\n          in: path\n          required: true\n          \
         schema:\n            type: string\n            format: uuid\n"
    );
    let second = base[health..end]
        .replacen("/health:", path, 1)
        .replacen("getHealth", "getSecond", 1)
        .replacen("      parameters:\n", &parameter, 1);
    let base = format!("{}{second}{}", &base[..end], &base[end..]);
    read(&base, ASYNCAPI).map(|_| ())
}

#[test]
fn another_path_below_a_tenant_needs_x_tenant() {
    let refusals = with_path("/orgs/{orgId}/state:", "orgId").unwrap_err();
    let found: Vec<_> = refusals.0.iter().map(|one| one.pointer.as_str()).collect();
    assert_eq!(found, ["/paths/~1orgs~1{orgId}~1state/get"], "{refusals}");
    assert!(refusals.0[0].reason.contains("x-tenant"), "{refusals}");
}

#[test]
fn a_parameter_that_no_operation_calls_a_tenant_is_none() {
    with_path("/things/{thingId}:", "thingId").unwrap();
    with_path("/landlords/{tenantId}:", "tenantId").unwrap();
}
