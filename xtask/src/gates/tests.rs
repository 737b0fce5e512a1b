//! Each gate is shown to be missed when something is taken away, and to become mandatory when something comes.

use contract_codegen::openapi::Status;
use std::sync::OnceLock;

use serde_json::json;

use super::documents::Document;
use super::evidence::GATES;
use super::facts::Facts;
use super::gate::Verdict;
use crate::workspace::Workspace;

/// The facts of this repository, read once.
fn facts() -> Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS
        .get_or_init(|| Facts::read(&Workspace::find().unwrap()).unwrap())
        .clone()
}

fn judge(facts: &Facts, name: &str) -> Verdict {
    let gate = GATES.iter().find(|gate| gate.name == name).unwrap();
    gate.judge(facts)
}

/// Changes the facts of this repository and looks for the reason why `gate` is missed then.
#[track_caller]
fn check(gate: &str, change: impl FnOnce(&mut Facts), expected: &str) {
    let mut facts = facts();
    let before = judge(&facts, gate).missing();
    assert_eq!(
        before,
        Vec::<String>::new(),
        "met, or without cause, as it stands"
    );
    change(&mut facts);
    let verdict = judge(&facts, gate);
    let missing = verdict.missing().join("\n");
    assert_eq!(verdict.state(), "missed", "{expected}");
    assert!(missing.contains(expected), "{expected}\nis not in\n{missing}");
}

#[test]
fn this_repository_misses_no_gate() {
    let facts = facts();
    let missing: Vec<String> = GATES
        .iter()
        .flat_map(|gate| gate.judge(&facts).missing())
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn tenant_isolation_is_missed() {
    let gate = "tenant isolation";
    check(
        gate,
        |facts| facts.operation("getSchool").tenant = None,
        "getSchool lacks x-tenant",
    );
    check(
        gate,
        |facts| facts.operation("getSchool").parameters.clear(),
        "getSchool lacks the header X-Tenant-Id",
    );
    check(
        gate,
        |facts| facts.operation("getSchool").path.push_str("/persons/{personId}"),
        "getSchool has {personId} in its path, which tests/it/behaviour/isolation.rs does not fill",
    );
    check(
        gate,
        |facts| {
            let path =
                "/paths/~1api~1v1~1tenants~1{tenantId}~1schools/post/requestBody/content/application~1json";
            let media_type = facts.openapi_text.pointer_mut(path).unwrap();
            media_type.as_object_mut().unwrap().remove("examples");
        },
        "createSchool has a body without an example",
    );
    check(
        gate,
        |facts| {
            let text = "const A: &str = \"CREATE TABLE persons (tenant_id uuid NOT NULL)\";";
            facts
                .migrations
                .insert("migrations/src/m0008.rs".to_owned(), text.to_owned());
        },
        "the migrations do not isolate persons",
    );
}

#[test]
fn contract_first_artifacts_are_missed() {
    let gate = "contract-first artifacts";
    let path = "schemas/lms.roster.v1/SchoolCreated/1.0.0.json";
    check(
        gate,
        |facts| {
            let message = facts.asyncapi.messages.get_mut("SchoolCreated").unwrap();
            message.schema_version = "1.1.0".to_owned();
        },
        "SchoolCreated has no contracts/released/schemas/lms.roster.v1/SchoolCreated/1.1.0.json",
    );
    check(
        gate,
        |facts| _ = facts.released.insert(path.to_owned(), None),
        "SchoolCreated/1.0.0.json is no JSON",
    );
    check(
        gate,
        |facts| _ = facts.asyncapi.messages.shift_remove("SchoolCreated"),
        "contracts/released/schemas/lms.roster.v1/SchoolCreated/1.0.0.json",
    );
}

#[test]
fn outbox_publishing_is_missed() {
    let gate = "outbox publishing";
    check(
        gate,
        |facts| facts.operation("createSchool").emits.clear(),
        "createSchool lacks x-emits",
    );
    check(
        gate,
        |facts| facts.asyncapi_text["channels"]["rosterPartition"]["messages"] = json!({}),
        "no entry of /channels carries SchoolCreated",
    );
    check(
        gate,
        |facts| facts.asyncapi_text["operations"]["publishRosterEvents"]["action"] = json!("receive"),
        "no entry of /operations carries TenantProvisioned",
    );
}

#[test]
fn observability_and_audit_are_missed() {
    let gate = "observability and audit";
    check(
        gate,
        |facts| facts.operation("createTenant").audit = None,
        "createTenant lacks x-audit",
    );
    check(
        gate,
        |facts| facts.operation("createTenant").audit = Some("create".to_owned()),
        "createTenant has the action `create`, which is not entity.verb",
    );
    check(
        gate,
        |facts| facts.operation("healthLive").responses[0].headers.clear(),
        "healthLive does not take and answer X-Correlation-Id",
    );
    check(
        gate,
        |facts| {
            let message = facts.asyncapi.messages.get_mut("SchoolCreated").unwrap();
            message.payload.properties.shift_remove("causationid");
        },
        "SchoolCreated lacks causationid",
    );
    check(
        gate,
        |facts| {
            facts
                .openapi
                .operations
                .retain(|operation| operation.name != "healthDegraded");
        },
        "the contract lacks /health/degraded",
    );
    check(
        gate,
        |facts| {
            facts.documents.remove("docs/observability.md");
            facts.manifest.push_str("\nopentelemetry = \"0.33\"\n");
        },
        "write docs/observability.md",
    );
}

#[test]
fn lifecycle_cascades_become_mandatory_with_a_change_of_state() {
    for (method, status, audit) in [
        ("PATCH", 200, "school.update"),
        ("DELETE", 204, "school.delete"),
        ("POST", 200, "school.close"),
        ("POST", 201, "school.restore"),
    ] {
        let mut facts = facts();
        let operation = facts.operation("createSchool");
        operation.method = method.to_owned();
        operation.audit = Some(audit.to_owned());
        operation
            .responses
            .retain(|response| response.status.least() == 201 || response.status.least() >= 300);
        operation.responses.iter_mut().for_each(|response| {
            if response.status == Status::Exact(201) {
                response.status = Status::Exact(status);
            }
        });
        let verdict = judge(&facts, "lifecycle integrity cascades");
        assert_ne!(verdict.state(), "not applicable yet", "{method} {status} {audit}");
        let missing = verdict.missing().join("\n");
        assert!(
            missing.contains("createSchool does not take If-Match"),
            "{missing}"
        );
    }
}

#[test]
fn service_levels_become_mandatory_when_one_is_declared() {
    let changes: [fn(&mut Facts); 4] = [
        |facts| facts.openapi_text["x-service-levels"] = json!({ "reads": 0.999 }),
        |facts| facts.openapi_text["paths"]["/health/live"]["get"]["x-slo"] = json!(50),
        |facts| facts.asyncapi_text["info"]["description"] = json!("An event is published within 5 s (p95)."),
        |facts| {
            let document = Document::parse("# Operations\n\n## Service levels\n");
            facts.documents.insert("docs/OPERATIONS.md".to_owned(), document);
        },
    ];
    for change in changes {
        let mut facts = facts();
        // This repository declares its own, which would hide what is looked for.
        facts
            .documents
            .retain(|_, document| document.service_level().is_none());
        assert_eq!(judge(&facts, "SLO validation").state(), "not applicable yet");
        change(&mut facts);
        assert_ne!(judge(&facts, "SLO validation").state(), "not applicable yet");
    }
}

#[test]
fn slo_validation_is_missed() {
    let gate = "SLO validation";
    check(
        gate,
        |facts| {
            let document =
                Document::parse("# Observability\n\n## Levels\n\nReads answer within 300 ms (p95).\n");
            facts
                .documents
                .insert("docs/observability.md".to_owned(), document);
        },
        "docs/observability.md \"Service levels\": the document has no such heading",
    );
    check(
        gate,
        |facts| facts.documents.remove("docs/OPERATIONS.md").map_or((), drop),
        "docs/OPERATIONS.md \"When an alert fires\": there is no such document",
    );
}

/// A gate to which the contracts give cause is missed as long as nobody has named its evidence.
#[test]
fn cause_without_evidence_is_missed() {
    let facts = facts();
    let gate = super::gate::Gate {
        name: "a gate",
        cause: |_| super::gate::Cause::Given("always".to_owned()),
        rules: |_| Vec::new(),
        sweeps: &[],
        tests: &[],
        invariants: &[],
        sections: &[],
    };
    let missing = gate.judge(&facts).missing();
    assert_eq!(
        missing.len(),
        3,
        "a test, an invariant and a section: {missing:#?}"
    );
    assert!(missing[0].contains("under \"a gate\" in xtask/src/gates/evidence.rs"));
}

#[test]
fn evidence_that_is_not_there_is_missed() {
    let facts = facts();
    let gate = super::gate::Gate {
        name: "a gate",
        cause: |_| super::gate::Cause::Given("always".to_owned()),
        rules: |_| Vec::new(),
        sweeps: &[super::gate::Sweep {
            test: "tests/it/closed_loop.rs::the_derived_document_equals_the_contract",
            over: "tenants",
            count: |_| 1,
            source: "\"x-tenant\"",
        }],
        tests: &["tests/it/closed_loop.rs::nobody_wrote_this"],
        invariants: &[1, 999],
        sections: &[
            ("docs/EVENTS.md", "What is guaranteed"),
            ("docs/EVENTS.md", "What is not"),
            ("docs/NOTHING.md", "Nothing"),
        ],
    };
    let missing = gate.judge(&facts).missing();
    let reasons: Vec<&str> = missing
        .iter()
        .filter_map(|line| line.rsplit_once(": "))
        .map(|(_, reason)| reason)
        .collect();
    assert_eq!(
        reasons,
        [
            "tests/it/closed_loop.rs does not hold `\"x-tenant\"`, so it cannot go through all of them",
            "docs/ARCHITECTURE.md has no such invariant",
            "no test of this name is run, or it is ignored",
            "the document has no such heading",
            "there is no such document",
        ]
    );
}

impl Facts {
    fn operation(&mut self, id: &str) -> &mut contract_codegen::Operation {
        let mut operations = self.openapi.operations.iter_mut();
        operations.find(|operation| operation.name == id).unwrap()
    }
}
