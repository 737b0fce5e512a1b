//! Alerts on the boundary between tenants.

use super::{Alert, Case, Severity};
use crate::ops::samples::Samples;

pub(super) fn alerts() -> Vec<Alert> {
    let refusals = |reason: &str| {
        format!(r#"rollcall_tenancy_refusals_total{{job="rollcall",instance="a",reason="{reason}"}}"#)
    };
    vec![Alert {
        group: "rollcall-tenants",
        name: "RollcallTenantBoundaryProbed".to_owned(),
        severity: Severity::Ticket,
        lasting: "0m",
        expr: r#"sum(increase(rollcall_tenancy_refusals_total{job="rollcall",reason=~"tenant-mismatch|forbidden"}[10m])) > 20"#
            .to_owned(),
        summary: "Many attempts to reach another tenant, or beyond a token's rights, were refused.".to_owned(),
        description: "Nothing was shown or changed. Somebody tries, or a client is set up wrongly.".to_owned(),
        cases: vec![
            Case::fires(
                "ten attempts a minute",
                "15m",
                &[],
                vec![
                    Samples::counter(&refusals("tenant-mismatch"), &[(5, 20)]),
                    Samples::counter(&refusals("forbidden"), &[(5, 20)]),
                ],
            ),
            Case::silent("one attempt a minute", "15m", vec![Samples::counter(&refusals("forbidden"), &[(1, 20)])]),
            Case::silent(
                "a client that sends no usable header",
                "15m",
                vec![Samples::counter(&refusals("tenant-header-invalid"), &[(50, 20)])],
            ),
        ],
    }]
}
