//! A tenant and a school, created, repeated, contradicted, looked for by another tenant, and followed to the feed.

use serde_json::Value;
use uuid::Uuid;

use super::http::{Request, named};
use super::{Access, Answer, Fault, Smoke, new_id};

/// What to do where idempotency fails.
const IDEMPOTENCY: &str = "callers repeat what got no answer; until this works a repetition may create twice";
/// What to do where tenants are not kept apart.
const ISOLATION: &str =
    "take the service off the net, and see RollcallTenantBoundaryProbed in docs/OPERATIONS.md";

/// A school that was created here.
struct Created {
    tenant: Uuid,
    school: Uuid,
    path: String,
    name: String,
    correlation: Uuid,
    answer: Answer,
}

impl Smoke<'_> {
    pub(super) fn writes(&mut self) {
        if self.access == Access::Locked {
            return self
                .report
                .skip("writes", "the service asks for a token, and there is none");
        }
        let tenant = match self.arguments.tenant {
            Some(tenant) => Some(tenant),
            None => self.new_tenant(),
        };
        let Some(tenant) = tenant else { return };
        let verdict = self.create_school(tenant);
        let Some(created) = self.report.check(
            "a school is created",
            "see the log under the correlation id",
            verdict,
        ) else {
            return;
        };
        self.repetitions(&created);
        self.read_back(&created);
        self.isolation(&created);
        let verdict = self.event(&created);
        let advice =
            "the write and its event are one transaction; see RollcallEventsWait in docs/OPERATIONS.md";
        if let Some(event) = self
            .report
            .check("its event is in the feed, once", advice, verdict)
        {
            self.broker(&event);
        }
    }

    /// A tenant, and that repeating its request gives the same one again.
    fn new_tenant(&mut self) -> Option<Uuid> {
        let key = format!("smoke-{}", new_id());
        let request = || {
            let request = self
                .caller
                .request("POST", "/api/v1/tenants")
                .header("Idempotency-Key", &key);
            request.json(&named(&format!("Smoke check {key}")))
        };
        let first = request().send().and_then(|answer| {
            answer.has_status(201)?;
            answer.header_starts("location", "/api/v1/tenants/")?;
            Ok((answer.id_at("/tenantId")?, answer))
        });
        let again = request().send();
        let advice = "the token needs roster.tenants.write for every tenant; or name one with --tenant";
        let (tenant, answer) = self.report.check("a tenant is created", advice, first)?;
        let verdict = again.and_then(|again| is_repetition(&again, &answer));
        self.report.check(
            "a repeated request gets the first answer again",
            IDEMPOTENCY,
            verdict,
        );
        Some(tenant)
    }

    fn create_school(&self, tenant: Uuid) -> Result<Created, Fault> {
        let (key, correlation) = (format!("smoke-{}", new_id()), new_id());
        let name = format!("Smoke check {key}");
        let answer = self
            .school(tenant, &key, &name)
            .header("X-Correlation-Id", &correlation.to_string())
            .send()?;
        answer.has_status(201)?;
        answer.has_header("etag", "\"1\"")?;
        answer.says("/name", &Value::from(name.as_str()))?;
        let (school, path) = (answer.id_at("/schoolId")?, answer.header("location").to_owned());
        Ok(Created {
            tenant,
            school,
            path,
            name,
            correlation,
            answer,
        })
    }

    fn school(&self, tenant: Uuid, key: &str, name: &str) -> Request<'_> {
        let request = self
            .caller
            .in_tenant("POST", tenant, "/schools")
            .header("Idempotency-Key", key);
        request.json(&named(name))
    }

    fn repetitions(&mut self, created: &Created) {
        let Created {
            tenant, name, answer, ..
        } = created;
        let key = name.trim_start_matches("Smoke check ");
        let again = self
            .school(*tenant, key, name)
            .send()
            .and_then(|again| is_repetition(&again, answer));
        let reused = self.school(*tenant, key, "Another school").send();
        let reused = reused.and_then(|answer| answer.is_problem(422, "idempotency-key-reused"));
        let taken = self
            .school(*tenant, &format!("smoke-{}", new_id()), &name.to_uppercase())
            .send();
        let taken = taken.and_then(|answer| {
            answer.is_problem(409, "school-name-taken")?;
            answer.says("/conflictingResource", &Value::from(created.path.as_str()))
        });
        self.report
            .check("a repeated school is the same school", IDEMPOTENCY, again);
        self.report.check(
            "a key that stands for another request is refused",
            IDEMPOTENCY,
            reused,
        );
        let advice = "two schools of one tenant must not have one name";
        self.report.check(
            "a name that is taken is refused, whatever its case",
            advice,
            taken,
        );
    }

    fn read_back(&mut self, created: &Created) {
        let Created {
            tenant,
            school,
            answer,
            ..
        } = created;
        let read = || {
            self.caller
                .in_tenant("GET", *tenant, &format!("/schools/{school}"))
        };
        let as_written = read().send().and_then(|found| {
            found.has_status(200)?;
            if found.json() == answer.json() {
                Ok(())
            } else {
                Err(found.fault(answer.text()))
            }
        });
        let known = read()
            .header("If-None-Match", "\"1\"")
            .send()
            .and_then(|found| found.has_status(304));
        let stale = read().header("If-Match", "\"2\"").send();
        let stale = stale.and_then(|found| found.is_problem(412, "version-mismatch"));
        let listed = self.listed(*tenant, *school);
        let advice = "a read that follows a write has to see it; is this one service with one database?";
        self.report
            .check("the school is read as it was written", advice, as_written);
        self.report.check(
            "a version that is known is not sent again",
            "does a proxy take headers away?",
            known,
        );
        self.report.check(
            "a version that is not the one asked for is refused",
            advice,
            stale,
        );
        self.report.check("the school is in the list", advice, listed);
    }

    /// Looks for the school in the list, page by page.
    fn listed(&self, tenant: Uuid, school: Uuid) -> Result<(), Fault> {
        /// Enough for twenty thousand schools; a tenant that has more need not be read whole.
        const PAGES: u32 = 100;
        let mut query = "limit=200".to_owned();
        for _ in 0..PAGES {
            let page = self
                .caller
                .in_tenant("GET", tenant, &format!("/schools?{query}"))
                .send()?;
            page.has_status(200)?;
            if page.text().contains(&school.to_string()) {
                return Ok(());
            }
            match page.json().pointer("/nextCursor").and_then(Value::as_str) {
                Some(cursor) => query = format!("limit=200&cursor={cursor}"),
                None => return Err(page.fault(format!("{school} on one of the pages"))),
            }
        }
        Ok(())
    }

    fn isolation(&mut self, created: &Created) {
        let Created {
            tenant, school, name, ..
        } = created;
        let header = self
            .caller
            .request("GET", &format!("/api/v1/tenants/{tenant}/schools/{school}"))
            .header("X-Tenant-Id", &new_id().to_string())
            .send();
        let header = header.and_then(|answer| answer.is_problem(403, "tenant-mismatch"));
        self.report.check(
            "a header of another tenant than the path is refused",
            ISOLATION,
            header,
        );
        if self.arguments.tenant.is_some() {
            return self.report.skip(
                "another tenant does not see the school",
                "it needs a tenant of its own, without --tenant",
            );
        }
        let Some(other) = self.new_tenant() else { return };
        let foreign = self
            .caller
            .in_tenant("GET", other, &format!("/schools/{school}"))
            .send();
        let foreign = foreign.and_then(|answer| answer.is_problem(404, "school-not-found"));
        self.report
            .check("another tenant does not see the school", ISOLATION, foreign);
        let theirs = self
            .caller
            .in_tenant("GET", other, "/schools")
            .send()
            .and_then(|answer| {
                answer.has_status(200)?;
                let is_empty =
                    !answer.text().contains(name) && answer.says("/items", &Value::Array(Vec::new())).is_ok();
                if is_empty {
                    Ok(())
                } else {
                    Err(answer.fault("an empty list"))
                }
            });
        self.report
            .check("another tenant's list does not hold it", ISOLATION, theirs);
    }

    /// The one event of the school, as the feed has it.
    fn event(&self, created: &Created) -> Result<Value, Fault> {
        let subject = format!("schools/{}", created.school);
        let (mut after, mut found) = (0, Vec::new());
        loop {
            let rest = format!("/events?limit=200&after={after}");
            let request = self.caller.in_tenant("GET", created.tenant, &rest);
            let page = request.header("Accept", "application/json").send()?;
            page.has_status(200)?;
            let json = page.json();
            let items = json
                .pointer("/items")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let is_last = items.is_empty();
            found.extend(
                items
                    .into_iter()
                    .filter(|event| event.get("subject") == Some(&Value::from(subject.as_str()))),
            );
            match json.pointer("/nextAfter").and_then(Value::as_u64) {
                Some(next) if !is_last && next > after => after = next,
                _ => {
                    let [event] = found.as_slice() else {
                        return Err(page.fault(format!("one event of {subject}, and not {}", found.len())));
                    };
                    return check_event(event, created);
                }
            }
        }
    }
}

fn check_event(event: &Value, created: &Created) -> Result<Value, Fault> {
    let expected = [
        ("type", "lms.roster.v1.SchoolCreated".to_owned()),
        ("tenantid", created.tenant.to_string()),
        ("correlationid", created.correlation.to_string()),
    ];
    for (name, value) in expected {
        let found = event.get(name).and_then(Value::as_str).unwrap_or_default();
        if found != value {
            return Err(Fault {
                expected: format!("{name} {value}"),
                got: found.to_owned(),
            });
        }
    }
    Ok(event.clone())
}

/// That an answer is the first one again, and says so.
fn is_repetition(again: &Answer, first: &Answer) -> Result<(), Fault> {
    again.has_status(first.status)?;
    again.has_header("idempotent-replayed", "true")?;
    again.has_header("location", first.header("location"))?;
    if again.text() == first.text() {
        Ok(())
    } else {
        Err(again.fault(first.text()))
    }
}
