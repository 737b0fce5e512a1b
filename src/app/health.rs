//! `healthLive`, `healthReady`, `healthDegraded`: whether the service lives, can serve, and has kept up.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use contract_runtime::{Refusal, ServiceProblem, UtcDateTime};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::Rollcall;
use crate::contract::models::{HealthCheck, HealthReport, HealthStatus};
use crate::contract::operations::{
    HealthDegradedResponse, HealthLiveResponse, HealthReadyProblem, HealthReadyResponse,
};
use crate::outbox::{RELAY_SILENCE_MAX, RelayActivity, RelayHealth, WakeupPath};
use crate::store::Store;

/// How long a probe waits for the database: probes must answer while it hangs.
const PROBE_PATIENCE: Duration = Duration::from_millis(25);
/// How long the database has for one answer before it is asked again, on a new connection.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long to wait after an answer that is none, unless a probe comes.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How long the database may have been silent before the service is no longer ready; a shorter pause is no reason to take a
/// process out of service.
const DATABASE_SILENCE_MAX: Duration = Duration::from_secs(2);
/// From which age an unpublished event is worth a word.
const BACKLOG_AGE_MAX: Duration = Duration::from_secs(5);

/// How much of the broker's own words a check shows; the contract bounds all of it.
const REASON_LENGTH_MAX: usize = 300;

/// The question to the database that is open or was answered last. It is asked until there is an answer, whether or not another probe
/// comes, so that the silence is the database's: two probes that fail minutes apart say nothing of the time in between.
#[derive(Default)]
pub(super) struct DatabaseProbe {
    question: Option<Question>,
}

#[derive(Clone)]
struct Question {
    asked_at: Instant,
    answer: watch::Receiver<bool>,
    /// Has it asked at once, for a probe that waits.
    hurry: Arc<Notify>,
}

pub(super) fn health_live(service: &Rollcall) -> HealthLiveResponse {
    HealthLiveResponse::Ok {
        body: report(vec![service.check("process", HealthStatus::Ok, None)]),
    }
}

pub(super) async fn health_ready(
    service: &Rollcall,
) -> Result<HealthReadyResponse, Refusal<HealthReadyProblem>> {
    let database = service.database().await;
    // A probe on a connection that is still open learns of the drain here; new connections are not accepted any more.
    if database.status == HealthStatus::Unavailable || service.parts.drain.is_cancelled() {
        return Err(ServiceProblem::Unavailable {
            retry_after_seconds: 1,
        }
        .into());
    }
    Ok(HealthReadyResponse::Ok {
        body: report(vec![database]),
    })
}

pub(super) async fn health_degraded(service: &Rollcall) -> HealthDegradedResponse {
    let mut checks = vec![service.database().await];
    checks.extend(service.wakeup());
    if let Some(relay) = &service.parts.relay {
        let relay = relay.snapshot();
        checks.extend([
            service.relay(&relay),
            service.broker(&relay),
            service.backlog(&relay),
            service.divergence(&relay),
        ]);
    }
    HealthDegradedResponse::Ok { body: report(checks) }
}

fn report(checks: Vec<HealthCheck>) -> HealthReport {
    let worst = |status| checks.iter().any(|check| check.status == status);
    // A broker that is away leaves the service degraded, not unavailable: nothing is lost, and requests are served.
    let status = if checks
        .iter()
        .any(|check| check.name == "database" && check.status == HealthStatus::Unavailable)
    {
        HealthStatus::Unavailable
    } else if worst(HealthStatus::Unavailable) || worst(HealthStatus::Degraded) {
        HealthStatus::Degraded
    } else {
        HealthStatus::Ok
    };
    HealthReport { status, checks }
}

/// `reason` without addresses and of a length that an answer may have: whoever may probe need not learn where the broker is.
fn anonymous(reason: &str) -> String {
    let is_address = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        word.parse::<IpAddr>().is_ok()
            || word
                .rsplit_once(':')
                .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    };
    let words: Vec<&str> = reason
        .split_whitespace()
        .map(|word| if is_address(word) { "***" } else { word })
        .collect();
    words.join(" ").chars().take(REASON_LENGTH_MAX).collect()
}

/// Whether the relay is at work, and what is to be said of that.
fn relay_state(relay: &RelayHealth) -> (HealthStatus, Option<String>) {
    let silent_for = relay.silent_for.unwrap_or_default();
    let (status, detail) = match relay.activity {
        RelayActivity::Ended => {
            let detail = "The relay of this process does not run; events wait in the log.";
            (HealthStatus::Unavailable, detail.to_owned())
        }
        _ if silent_for > RELAY_SILENCE_MAX => {
            let silent_for_s = silent_for.as_secs();
            let detail = format!("The relay has given no sign of life for {silent_for_s} s.");
            (HealthStatus::Unavailable, detail)
        }
        RelayActivity::Watches => {
            let detail = "This process does not relay; it watches how far the streams are.";
            (HealthStatus::Ok, detail.to_owned())
        }
        RelayActivity::Relays => return (HealthStatus::Ok, None),
    };
    (status, Some(detail))
}

/// Asks until there is an answer.
async fn ask(store: Store, answered: watch::Sender<bool>, hurry: Arc<Notify>) {
    while store.ping(ANSWER_TIMEOUT).await.is_err() {
        _ = tokio::time::timeout(ASK_AGAIN, hurry.notified()).await;
    }
    answered.send_replace(true);
}

impl Rollcall {
    fn check(&self, name: &str, status: HealthStatus, detail: Option<String>) -> HealthCheck {
        let observed_at = UtcDateTime(self.parts.environment.now());
        HealthCheck {
            name: name.to_owned(),
            status,
            detail,
            observed_at,
        }
    }

    /// The question that waits for its answer; a new one where there is none. However many probes come, one is open at a time.
    fn question(&self) -> Question {
        let mut probe = self.database_probe();
        match &probe.question {
            Some(open) if !*open.answer.borrow() => {
                open.hurry.notify_one();
                open.clone()
            }
            _ => {
                let (answered, answer) = watch::channel(false);
                let hurry = Arc::<Notify>::default();
                let (store, drain) = (self.parts.store.clone(), self.parts.drain.clone());
                tokio::spawn(drain.run_until_cancelled_owned(ask(store, answered, Arc::clone(&hurry))));
                let asked_at = Instant::now();
                let question = Question {
                    asked_at,
                    answer,
                    hurry,
                };
                probe.question.insert(question).clone()
            }
        }
    }

    async fn database(&self) -> HealthCheck {
        let mut question = self.question();
        let answered = question.answer.wait_for(|answered| *answered);
        let silent_for = match tokio::time::timeout(PROBE_PATIENCE, answered).await {
            Ok(Ok(_)) => None,
            // Given up because the service drains, or not answered yet.
            Ok(Err(_)) | Err(_) => Some(question.asked_at.elapsed()),
        };
        match silent_for {
            None => self.check("database", HealthStatus::Ok, None),
            Some(silent_for) if silent_for < DATABASE_SILENCE_MAX => self.check(
                "database",
                HealthStatus::Degraded,
                Some("The database is slow to answer.".to_owned()),
            ),
            Some(_) => self.check(
                "database",
                HealthStatus::Unavailable,
                Some("The database does not answer.".to_owned()),
            ),
        }
    }

    /// How commits of other processes become known, where something other than polls should tell of them.
    fn wakeup(&self) -> Option<HealthCheck> {
        match self.parts.wakeup.path() {
            WakeupPath::Unproven => None,
            WakeupPath::Signal => Some(self.check("wake-up", HealthStatus::Ok, None)),
            WakeupPath::Poll => {
                let detail = "poll: the database's notifications do not come through; commits of other processes are found a little later.";
                Some(self.check("wake-up", HealthStatus::Degraded, Some(detail.to_owned())))
            }
        }
    }

    fn relay(&self, relay: &RelayHealth) -> HealthCheck {
        let (status, detail) = relay_state(relay);
        self.check("relay", status, detail)
    }

    fn broker(&self, relay: &RelayHealth) -> HealthCheck {
        match relay.broker_reachable {
            Some(true) if !relay.refused.is_empty() => {
                let reason = relay.refused.values().next().map_or("", String::as_str);
                let detail = match relay.refused.len() {
                    1 => "The broker refuses one stream".to_owned(),
                    count => format!("The broker refuses {count} streams"),
                };
                let detail = format!("{detail}; events wait in the log. Last: {}.", anonymous(reason));
                self.check("broker", HealthStatus::Unavailable, Some(detail))
            }
            Some(true) => match &relay.broker_warning {
                Some(warning) => self.check("broker", HealthStatus::Degraded, Some(format!("{warning}."))),
                None => self.check("broker", HealthStatus::Ok, None),
            },
            Some(false) => {
                let reason = relay.broker_error.as_deref().unwrap_or("no reason is known");
                let reason = anonymous(reason);
                let detail = format!("The broker does not answer; events wait in the log. Last: {reason}.");
                self.check("broker", HealthStatus::Unavailable, Some(detail))
            }
            None => self.check(
                "broker",
                HealthStatus::Ok,
                Some("The broker has not been needed yet.".to_owned()),
            ),
        }
    }

    fn backlog(&self, relay: &RelayHealth) -> HealthCheck {
        let age = relay.oldest_unpublished_age.unwrap_or_default();
        let detail = if relay.backlog_total > 0 {
            let age_s = age.as_secs();
            Some(match relay.backlog_total {
                1 => format!("1 event waits, for {age_s} s."),
                waiting => format!("{waiting} events wait, the oldest for {age_s} s."),
            })
        } else if relay.log_reachable == Some(false) {
            Some("The log cannot be read, so it is not known how many events wait.".to_owned())
        } else if relay.positions_unknown > 0 {
            Some("The broker has not told yet how many events wait.".to_owned())
        } else {
            None
        };
        let is_late =
            age > BACKLOG_AGE_MAX || relay.positions_unknown > 0 || relay.log_reachable == Some(false);
        self.check(
            "backlog",
            if is_late {
                HealthStatus::Degraded
            } else {
                HealthStatus::Ok
            },
            detail,
        )
    }

    fn divergence(&self, relay: &RelayHealth) -> HealthCheck {
        if relay.diverged.is_empty() {
            return self.check("divergence", HealthStatus::Ok, None);
        }
        let partitions: Vec<String> = relay.diverged.keys().map(ToString::to_string).collect();
        let detail = format!(
            "The streams of these partitions are not the log's and are stopped: {}.",
            partitions.join(", ")
        );
        self.check("divergence", HealthStatus::Unavailable, Some(detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_that_has_ended_or_is_stuck_is_told() {
        for (activity, silent_for_s, expected) in [
            (RelayActivity::Relays, 0, HealthStatus::Ok),
            (RelayActivity::Relays, 30, HealthStatus::Ok),
            (RelayActivity::Relays, 31, HealthStatus::Unavailable),
            (RelayActivity::Watches, 31, HealthStatus::Unavailable),
            (RelayActivity::Watches, 0, HealthStatus::Ok),
            (RelayActivity::Ended, 0, HealthStatus::Unavailable),
        ] {
            let relay = RelayHealth {
                activity,
                silent_for: Some(Duration::from_secs(silent_for_s)),
                ..RelayHealth::default()
            };
            assert_eq!(
                relay_state(&relay).0,
                expected,
                "{activity:?} after {silent_for_s} s"
            );
        }
        assert_eq!(relay_state(&RelayHealth::default()).0, HealthStatus::Unavailable);
    }

    #[test]
    fn what_the_broker_says_is_shown_without_addresses() {
        for (reason, shown) in [
            (
                "the broker at redis.internal:6379 is away: timed out",
                "the broker at *** is away: timed out",
            ),
            (
                "no route to 10.0.0.7, nor to [fe80::1]:6379",
                "no route to *** nor to ***",
            ),
            (
                "WRONGTYPE of lms.roster.v1:{17}",
                "WRONGTYPE of lms.roster.v1:{17}",
            ),
        ] {
            assert_eq!(anonymous(reason), shown);
        }
        assert_eq!(anonymous(&"x".repeat(5000)).len(), REASON_LENGTH_MAX);
    }
}
