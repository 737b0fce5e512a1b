//! The table of evidence: what shows that a gate is passed.
//!
//! Whoever adds to a gate adds a line here. Each line is looked up: a test must be one that runs, an invariant must stand
//! in `docs/ARCHITECTURE.md` with tests that run, a section must be a heading of its document.

use super::facts::Facts;
use super::gate::{Gate, Sweep};
use super::rules::{audit, contracts, events, lifecycle, service_levels, tenants};

/// The sweep across tenants; its file has to fill every path of the contract.
pub(super) const ISOLATION: &str =
    "tests/it/behaviour/isolation.rs::no_operation_crosses_from_one_tenant_to_another";

const WRITES: &str = "tests/it/behaviour/writes.rs::each_write_leaves_its_audit_record_and_its_events";

/// The six gates.
pub(super) const GATES: [Gate; 6] = [
    Gate {
        name: "tenant isolation",
        cause: tenants::cause,
        rules: tenants::check,
        sweeps: &[Sweep {
            test: ISOLATION,
            over: "operations with x-tenant",
            count: |facts: &Facts| facts.tenant_operations().count(),
            source: r#"operation.get("x-tenant")"#,
        }],
        tests: &[
            "tests/it/behaviour/tenancy.rs::a_tenant_header_that_is_missing_malformed_or_repeated_is_refused",
            "tests/it/behaviour/feed.rs::a_tenant_sees_no_event_of_another",
        ],
        invariants: &[15, 16, 17, 18, 19, 28],
        sections: &[
            ("docs/API-DESIGN.md", "Tenants"),
            ("docs/OPERATIONS.md", "Roles"),
            ("docs/decisions/0007-roles-and-set-role.md", "Decision"),
        ],
    },
    Gate {
        name: "contract-first artifacts",
        cause: contracts::cause,
        rules: contracts::check,
        sweeps: &[
            Sweep {
                test: "tests/it/closed_loop.rs::the_schemas_derived_from_the_event_types_equal_the_contract",
                over: "messages",
                count: |facts: &Facts| facts.asyncapi.messages.len(),
                source: "events::ALL",
            },
            Sweep {
                test: "tests/it/ledger/events.rs::what_the_event_ledger_calls_enforced_is_refused_before_a_commit",
                over: "messages",
                count: |facts: &Facts| facts.asyncapi.messages.len(),
                source: "events::ALL",
            },
        ],
        tests: &[],
        invariants: &[1, 2, 3, 4, 5, 6, 7, 8, 9],
        sections: &[
            ("docs/API-DESIGN.md", "The language of the contract"),
            ("docs/API-DESIGN.md", "The closed loop"),
            ("docs/API-DESIGN.md", "Versions"),
            ("docs/EVENTS.md", "Schemas and how they change"),
        ],
    },
    Gate {
        name: "outbox publishing",
        cause: events::cause,
        rules: events::check,
        sweeps: &[
            Sweep {
                test: WRITES,
                over: "writes and their x-emits",
                count: |facts: &Facts| facts.writes().count(),
                source: r#""x-emits""#,
            },
            Sweep {
                test: "tests/it/behaviour/delivery.rs::any_number_of_relays_deliver_each_event_once",
                over: "messages, their schemas",
                count: |facts: &Facts| facts.asyncapi.messages.len(),
                source: "events::ALL",
            },
        ],
        tests: &[],
        invariants: &[10, 20, 21, 22, 23, 24, 25, 26, 27],
        sections: &[
            ("docs/ARCHITECTURE.md", "The life of an event"),
            ("docs/EVENTS.md", "What is guaranteed"),
            ("docs/OPERATIONS.md", "Divergence"),
            ("docs/decisions/0005-fence-in-the-broker.md", "Decision"),
        ],
    },
    Gate {
        name: "observability and audit",
        cause: audit::cause,
        rules: audit::check,
        sweeps: &[Sweep {
            test: WRITES,
            over: "writes and their x-audit",
            count: |facts: &Facts| facts.writes().count(),
            source: r#""x-audit""#,
        }],
        tests: &[
            "tests/it/behaviour/tracing.rs::the_ids_of_a_request_go_into_answer_event_and_audit_record",
            "tests/it/behaviour/tracing.rs::a_problem_carries_the_ids_of_its_request",
            "tests/it/first_use.rs::a_broker_that_is_away_is_not_fatal_and_is_caught_up_with",
        ],
        invariants: &[10, 19, 27, 30, 31, 37],
        sections: &[
            ("docs/OPERATIONS.md", "Health"),
            ("docs/OPERATIONS.md", "The log"),
            ("docs/OPERATIONS.md", "When something is wrong"),
            ("docs/observability.md", "Metrics"),
            ("docs/observability.md", "Traces"),
            ("docs/ARCHITECTURE.md", "The life of a write"),
        ],
    },
    Gate {
        name: "lifecycle integrity cascades",
        cause: lifecycle::cause,
        rules: lifecycle::check,
        sweeps: &[],
        tests: &[],
        invariants: &[],
        sections: &[],
    },
    Gate {
        name: "SLO validation",
        cause: service_levels::cause,
        rules: service_levels::check,
        sweeps: &[],
        tests: &[
            "xtask/src/ops/tests.rs::each_service_level_of_the_document_has_its_alerts",
            "xtask/src/ops/tests.rs::what_is_committed_is_what_is_described",
            "xtask/bench/tests/slo.rs::both_databases_are_measured_and_a_regression_fails_the_run",
            "xtask/bench/tests/slo.rs::answers_that_are_held_up_break_a_bound",
        ],
        invariants: &[41],
        sections: &[
            ("docs/benchmarks.md", "Service levels"),
            ("docs/observability.md", "Service levels"),
            ("docs/OPERATIONS.md", "When an alert fires"),
        ],
    },
];
