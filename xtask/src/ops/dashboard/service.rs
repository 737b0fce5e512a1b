//! Rows on database, tenants, idempotency and the processes.

use super::{HERE, Kind, Panel, Row, quantile, rate};

const OPERATION: &str = "db_client_operation_duration_seconds";

pub(super) fn database() -> Vec<Row> {
    let failed = format!(r#"{HERE},error_type!="""#);
    let panels = vec![
        Panel::new(Kind::Stat, "Database", "none", "1 where every process gets answers from it.")
            .limits(1.0, 0.5)
            .query(format!(r#"min(rollcall_dependency_up{{{HERE},dependency="database"}})"#), "up"),
        Panel::new(Kind::TimeSeries, "Connections in use", "short", "At the size of the pool requests wait.")
            .width(18)
            .query(
                format!(
                    r#"sum by (instance, db_client_connection_pool_name) (db_client_connection_count{{{HERE},db_client_connection_state="used"}})"#
                ),
                "{{instance}} {{db_client_connection_pool_name}}",
            )
            .query(
                format!("max by (db_client_connection_pool_name) (db_client_connection_max{{{HERE}}})"),
                "at most {{db_client_connection_pool_name}}",
            ),
        Panel::new(Kind::TimeSeries, "95th percentile of operations", "s", "As the service sees them.")
            .query(quantile("0.95", OPERATION, ", db_operation_name", HERE), "{{db_operation_name}}"),
        Panel::new(Kind::TimeSeries, "Operations and those that failed", "ops", "By what they do.")
            .query(rate(&format!("{OPERATION}_count"), "db_operation_name", HERE), "{{db_operation_name}}")
            .query(
                rate(&format!("{OPERATION}_count"), "db_operation_name, error_type", &failed),
                "failed: {{db_operation_name}} {{error_type}}",
            ),
    ];
    vec![Row {
        title: "Database",
        panels,
    }]
}

pub(super) fn rest() -> Vec<Row> {
    vec![
        Row {
            title: "Tenants and idempotency",
            panels: tenants(),
        },
        Row {
            title: "Processes",
            panels: processes(),
        },
    ]
}

fn tenants() -> Vec<Panel> {
    vec![
        Panel::new(
            Kind::TimeSeries,
            "Refusals at the boundary of tenants",
            "reqps",
            "Each but a malformed header has an audit record that names the caller.",
        )
        .query(
            rate("rollcall_tenancy_refusals_total", "reason", HERE),
            "{{reason}}",
        ),
        Panel::new(
            Kind::TimeSeries,
            "Repeated requests",
            "reqps",
            "Answered with the stored answer.",
        )
        .query(
            rate("rollcall_idempotency_replays_total", "rollcall_operation", HERE),
            "{{rollcall_operation}}",
        ),
        Panel::new(
            Kind::TimeSeries,
            "Conflicts of idempotency keys",
            "reqps",
            "A key that is used for another request is a fault of a client.",
        )
        .query(
            rate(
                "rollcall_idempotency_conflicts_total",
                "rollcall_operation, reason",
                HERE,
            ),
            "{{rollcall_operation}} {{reason}}",
        ),
    ]
}

fn processes() -> Vec<Panel> {
    let of = |metric: &str| format!("sum by (instance) ({metric}{{{HERE}}})");
    vec![
        Panel::new(Kind::TimeSeries, "Processor", "short", "Cores in use.").query(
            rate("process_cpu_time_seconds_total", "instance, cpu_mode", HERE),
            "{{instance}} {{cpu_mode}}",
        ),
        Panel::new(Kind::TimeSeries, "Memory", "bytes", "Resident.")
            .query(of("process_memory_usage_bytes"), "{{instance}}"),
        Panel::new(
            Kind::TimeSeries,
            "File descriptors",
            "short",
            "Each connection is one. The limit is that of the process (`ulimit -n`), which it cannot exceed.",
        )
        .query(of("process_unix_file_descriptor_count"), "{{instance}}"),
        Panel::new(
            Kind::TimeSeries,
            "Uptime",
            "s",
            "A saw is a process that starts again and again.",
        )
        .query(of("process_uptime_seconds"), "{{instance}}"),
        Panel::new(
            Kind::Table,
            "What runs",
            "none",
            "Versions by process; more than one during an upgrade.",
        )
        .width(24)
        .query(
            format!("rollcall_build_info{{{HERE}}}"),
            "{{instance}} {{version}}",
        ),
    ]
}
