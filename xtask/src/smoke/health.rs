//! Health and metrics.

use serde_json::Value;

use super::{Answer, Fault, Smoke};

impl Smoke<'_> {
    pub(super) fn health(&mut self) {
        let ready = self.caller.get("/health/ready").send().and_then(|answer| {
            answer.has_status(200)?;
            answer.says("/status", &Value::from("ok"))
        });
        let advice = "see RollcallDatabaseUnavailable in docs/OPERATIONS.md";
        self.report.check("it takes requests", advice, ready);
        let degraded = self
            .caller
            .get("/health/degraded")
            .send()
            .and_then(|answer| is_well(&answer));
        let advice = "what each part's state means is in docs/OPERATIONS.md under Health";
        self.report.check("every part works", advice, degraded);
    }

    /// Metrics may be served on an address of their own; then only who names it has them checked.
    pub(super) fn metrics(&mut self) {
        const NAME: &str = "metrics are served, and tell of no tenant";
        let given = self.arguments.metrics_url.as_deref();
        let url = given.map_or_else(|| format!("{}/metrics", self.arguments.url), str::to_owned);
        let answer = self.caller.get_url(&url).send();
        if given.is_none() && answer.as_ref().is_ok_and(|answer| answer.status == 404) {
            return self.report.skip(
                NAME,
                "there are none under /metrics; name their address with --metrics-url",
            );
        }
        let verdict = answer.and_then(|answer| {
            answer.has_status(200)?;
            let (mut samples, mut has_build) = (0, false);
            for line in answer.text().lines().filter(|line| !line.starts_with('#')) {
                samples += 1;
                has_build |= line.starts_with("rollcall_build_info");
                if ["tenant_id=", "tenant=", "school_id=", "correlation_id="]
                    .iter()
                    .any(|label| line.contains(label))
                {
                    return Err(Fault {
                        expected: "no label with an id".to_owned(),
                        got: line.to_owned(),
                    });
                }
            }
            let expected = "rollcall_build_info among the metrics";
            if has_build && samples > 1 {
                Ok(())
            } else {
                Err(answer.fault(expected))
            }
        });
        self.report
            .check(NAME, "see \"Set it up\" in docs/observability.md", verdict);
    }
}

fn is_well(answer: &Answer) -> Result<(), Fault> {
    answer.has_status(200)?;
    let report = answer.json();
    let checks = report
        .get("checks")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let text = |check: &Value, name: &str| {
        check
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let unwell: Vec<String> = checks
        .iter()
        .filter(|check| text(check, "status") != "ok")
        .map(|check| {
            format!(
                "{} {} ({})",
                text(check, "name"),
                text(check, "status"),
                text(check, "detail")
            )
        })
        .collect();
    if unwell.is_empty() && !checks.is_empty() {
        return answer.says("/status", &Value::from("ok"));
    }
    if unwell.is_empty() {
        return Err(answer.fault("a report with checks"));
    }
    Err(Fault {
        expected: "ok from every part".to_owned(),
        got: unwell.join(", "),
    })
}
