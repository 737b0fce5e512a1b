//! `cargo xtask smoke`: is this running instance what the contracts and the documents say, seen from outside?
//!
//! The checklist that one would go through by hand after an upgrade: pages, documents, health, refusals, and, where it is
//! allowed to write, a tenant and a school with repetitions and conflicts, followed to the feed and into Redis.
//!
//! Without `--write` nothing is changed, and nothing is asked that leaves an audit record. Requests go through `curl`, so
//! that certificates, proxies and names are those of the operator's own shell. Everything ends within [`RUN_LIMIT`].

mod answer;
mod broker;
mod health;
mod http;
mod pages;
mod refusals;
mod report;
mod writes;

use std::time::Duration;

use clap::Args;
use serde_json::Value;
use uuid::Uuid;

use crate::error::TaskError;
use answer::Answer;
use http::Caller;
use report::{Fault, Report};

/// For how long all checks together may go on; what is not asked by then has failed.
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// What `cargo xtask smoke` is called with.
#[derive(Args)]
pub(crate) struct SmokeArguments {
    #[arg(long, value_parser = http::base_url, help = "The service, such as http://127.0.0.1:8080")]
    url: String,
    /// A bearer token; better given as a variable, which nobody sees in the list of processes
    #[arg(long, env = "ROLLCALL_SMOKE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Read, and with --write create, in this tenant instead of new ones: for a token of one tenant
    #[arg(long)]
    tenant: Option<Uuid>,
    /// Create tenants and schools too, which stay there
    #[arg(long)]
    write: bool,
    #[arg(
        long,
        env = "ROLLCALL_SMOKE_REDIS_URL",
        hide_env_values = true,
        help = "With --write, find the new event in the streams of this Redis, such as redis://127.0.0.1:6379"
    )]
    redis: Option<String>,
    /// Where the metrics are, where that is not /metrics of the service
    #[arg(long, value_parser = http::base_url)]
    metrics_url: Option<String>,
}

/// One run over an instance.
struct Smoke<'a> {
    arguments: &'a SmokeArguments,
    broker: Option<redis::Client>,
    caller: Caller,
    access: Access,
    report: Report,
}

/// Whom the instance lets in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Everybody: it asks for no tokens, or there is one.
    Granted,
    /// Nobody without a token, and there is none.
    Locked,
}

/// Goes through the list and prints a line for each check; fails if one failed.
pub(crate) fn run(arguments: &SmokeArguments) -> Result<(), TaskError> {
    let mut smoke = Smoke {
        arguments,
        broker: arguments.redis.as_deref().map(broker::client).transpose()?,
        caller: Caller::new(&arguments.url, arguments.token.clone(), RUN_LIMIT),
        access: Access::Granted,
        report: Report::default(),
    };
    println!("{}", arguments.url);
    if smoke.lives() {
        smoke.health();
        smoke.metrics();
        smoke.pages();
        smoke.access = smoke.authentication();
        smoke.refusals();
        smoke.reads();
        if arguments.write {
            smoke.writes();
        } else if smoke.broker.is_some() {
            smoke.report.skip(
                "an event in its stream",
                "without --write there is no new one to look for",
            );
        }
    }
    smoke.report.verdict()
}

impl Smoke<'_> {
    /// Whether anybody is there; without an answer to this all other checks would only say the same.
    fn lives(&mut self) -> bool {
        let verdict = self.caller.get("/health/live").send().and_then(|answer| {
            answer.has_status(200)?;
            answer.says("/status", &Value::from("ok"))
        });
        let advice = "is it Rollcall that listens there? see RollcallInstanceDown in docs/OPERATIONS.md";
        self.report.check("the process lives", advice, verdict).is_some()
    }

    /// Reads in the tenant that was named.
    fn reads(&mut self) {
        let Some(tenant) = self.arguments.tenant else {
            return;
        };
        if self.access == Access::Locked {
            return self.report.skip(
                "reads in a tenant",
                "the service asks for a token, and there is none",
            );
        }
        let read = |rest: &str| {
            let request = self
                .caller
                .in_tenant("GET", tenant, rest)
                .header("Accept", "application/json");
            request
                .send()
                .and_then(|answer| answer.has_status(200).map(|()| answer))
        };
        let is_list = |answer: Answer| match answer.json().pointer("/items") {
            Some(Value::Array(_)) => Ok(()),
            _ => Err(answer.fault("a list at /items")),
        };
        let verdicts = [
            (
                "reads the tenant",
                read("").and_then(|answer| answer.says("/tenantId", &Value::from(tenant.to_string()))),
            ),
            ("lists schools", read("/schools?limit=1").and_then(is_list)),
            ("lists events", read("/events?limit=1").and_then(is_list)),
        ];
        for (name, verdict) in verdicts {
            self.report.check(
                name,
                "the tenant has to exist, and the token has to entitle to it",
                verdict,
            );
        }
    }

    /// A service that others can reach has to ask who they are.
    fn authentication(&mut self) -> Access {
        let request = || {
            self.caller
                .anonymous("GET", &format!("/api/v1/tenants/{}", new_id()))
        };
        let probe = request().send();
        if probe.as_ref().is_ok_and(|answer| answer.status != 401) {
            let advice = "set ROLLCALL_AUTH_ISSUER, ROLLCALL_AUTH_AUDIENCE and ROLLCALL_AUTH_JWKS";
            let verdict = if http::is_loopback(&self.arguments.url) {
                Ok(())
            } else {
                probe.and_then(|answer| answer.has_status(401))
            };
            self.report
                .check("only this machine may do without a token", advice, verdict);
            return Access::Granted;
        }
        let is_refused = |answer: Answer| {
            answer.is_problem(401, "unauthenticated")?;
            answer.header_starts("www-authenticate", "Bearer")
        };
        let advice = "callers rely on these to know that they have to fetch a token";
        let verdict = probe.and_then(is_refused);
        self.report
            .check("a request without a token is refused", advice, verdict);
        let forged = request().header("Authorization", "Bearer e30.e30.e30").send();
        let verdict = forged.and_then(is_refused);
        self.report.check(
            "a token that nobody signed is refused",
            "take the service off the net",
            verdict,
        );
        if self.arguments.token.is_some() {
            Access::Granted
        } else {
            Access::Locked
        }
    }
}

/// An id that nothing has.
#[expect(
    clippy::disallowed_methods,
    reason = "these ids need only be new to an instance that is none of ours to replay"
)]
fn new_id() -> Uuid {
    Uuid::new_v4()
}
