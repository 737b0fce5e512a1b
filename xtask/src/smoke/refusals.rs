//! What is refused, and how: without a change, and without a record of an attempt across tenants.

use super::http::{Request, named};
use super::{Access, Answer, Fault, Smoke, new_id};

/// More than `x-body-limit` of createTenant.
const TOO_LARGE: usize = 17 * 1024;
const TENANTS: &str = "/api/v1/tenants";

/// A refusal: its name, the request, and the problem.
type Refusal<'a> = (&'static str, Request<'a>, u16, &'static str);

impl Smoke<'_> {
    pub(super) fn refusals(&mut self) {
        let advice = "callers rely on the kinds of problems; is it the version that the contract is of?";
        let outcomes: Vec<_> = self.open().into_iter().map(outcome).collect();
        for (name, outcome) in outcomes {
            self.report
                .check(name, advice, outcome.and_then(|outcome| outcome.refused));
        }
        let verdict = self.wrong_method();
        self.report
            .check("a method that a path does not have is refused", advice, verdict);
        let verdict = self.identity();
        self.report.check(
            "correlation and trace are the caller's",
            "logs of both sides are joined by them",
            verdict,
        );
        if self.access == Access::Locked {
            let reason = "the service asks for a token, and there is none";
            return self.report.skip("refusals of operations", reason);
        }
        let outcomes: Vec<_> = self.behind_the_door().into_iter().map(outcome).collect();
        for (name, outcome) in outcomes {
            if outcome.as_ref().is_ok_and(|outcome| outcome.is_forbidden) {
                self.report
                    .skip(name, "the token lacks the right to create tenants");
            } else {
                self.report
                    .check(name, advice, outcome.and_then(|outcome| outcome.refused));
            }
        }
    }

    /// Refusals of what asks nobody who they are.
    fn open(&self) -> Vec<Refusal<'_>> {
        let live = || self.caller.get("/health/live");
        let nowhere = format!("/smoke/{}", new_id());
        vec![
            (
                "a path that does not exist is not found",
                self.caller.get(&nowhere),
                404,
                "route-not-found",
            ),
            (
                "an answer that nobody accepts is refused",
                live().header("Accept", "text/html"),
                406,
                "not-acceptable",
            ),
            (
                "a header that cannot be read is refused",
                live().header("X-Correlation-Id", "no id"),
                400,
                "malformed-request",
            ),
        ]
    }

    /// Refusals of what needs a right. Each request would be refused even by a service that misses its fault: the name of
    /// the tenant is empty.
    fn behind_the_door(&self) -> Vec<Refusal<'_>> {
        let create = || self.caller.request("POST", TENANTS);
        let keyed = || create().header("Idempotency-Key", &format!("smoke-{}", new_id()));
        let mut refusals = vec![
            (
                "a body of another media type is refused",
                keyed().body("text/plain", ""),
                415,
                "unsupported-media-type",
            ),
            (
                "a body that is too large is refused",
                keyed().json(&format!(
                    "{{\"name\": \"\", \"x\": \"{}\"}}",
                    "x".repeat(TOO_LARGE)
                )),
                413,
                "payload-too-large",
            ),
            (
                "a body that is no JSON is refused",
                keyed().json("{\"name\": "),
                400,
                "malformed-request",
            ),
            (
                "a body that breaks its schema is refused",
                keyed().json(&named("")),
                422,
                "validation-failed",
            ),
            (
                "a write without an idempotency key is refused",
                create().json(&named("")),
                400,
                "idempotency-key-invalid",
            ),
        ];
        if self.arguments.token.is_none() {
            let tenant = new_id();
            refusals.push((
                "a request without its tenant header is refused",
                self.caller.request("GET", &format!("{TENANTS}/{tenant}/schools")),
                400,
                "tenant-header-invalid",
            ));
            refusals.push((
                "a tenant that does not exist is not found",
                self.caller.in_tenant("GET", tenant, ""),
                404,
                "tenant-not-found",
            ));
        }
        refusals
    }

    fn wrong_method(&self) -> Result<(), Fault> {
        let answer = self.caller.anonymous("DELETE", TENANTS).send()?;
        answer.is_problem(405, "method-not-allowed")?;
        answer.has_header("allow", "POST")
    }

    fn identity(&self) -> Result<(), Fault> {
        let (correlation, trace) = (new_id(), new_id().simple().to_string());
        let request = self.caller.get(&format!("/smoke/{}", new_id()));
        let answer = request
            .header("X-Correlation-Id", &correlation.to_string())
            .header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-00"))
            .send()?;
        answer.has_header("x-correlation-id", &correlation.to_string())?;
        answer.says("/correlationId", &correlation.to_string().into())?;
        answer.says("/traceId", &trace.into())
    }
}

/// How a refusal went.
struct Outcome {
    refused: Result<(), Fault>,
    is_forbidden: bool,
}

fn outcome((name, request, status, slug): Refusal<'_>) -> (&'static str, Result<Outcome, Fault>) {
    let judge = |answer: Answer| Outcome {
        refused: answer.is_problem(status, slug),
        is_forbidden: answer.is_problem(403, "forbidden").is_ok(),
    };
    (name, request.send().map(judge))
}
