//! The load: schools that are created, and when their callers had the answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::consumer::Moment;
use crate::error::BenchError;
use crate::load::{
    Answer, Arrivals, ClosedLoop, Exchange, Measurement, OpenLoop, Target, Workload, run_closed, run_open,
};
use crate::workload::CreateSchool;

/// How many connections the open loop uses at most, and the closed one always.
const CONNECTIONS: usize = 64;

/// How fast writes come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// So many a second, whatever the service does.
    Rate(f64),
    /// As many as the service takes.
    Saturation,
}

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    /// From when on the writes count.
    pub(super) counted_from: Moment,
    /// When each school's answer was here, by the school's id.
    pub(super) answered: HashMap<String, Instant>,
    /// Good answers a second.
    pub(super) throughput: f64,
}

/// Creates schools of these tenants by turns.
pub(super) async fn write(
    target: Target,
    tenants: &[String],
    pace: Pace,
    warm_up: Duration,
    duration: Duration,
) -> Result<Written, BenchError> {
    let workload = Arc::new(NotedCreations {
        inner: CreateSchool::new(tenants),
        answered: Mutex::default(),
    });
    let start = Moment::now();
    let measurement: Measurement = match pace {
        Pace::Rate(rate) => {
            let setting = OpenLoop {
                rate,
                arrivals: Arrivals::Poisson { seed: 1 },
                connections: CONNECTIONS,
                warm_up,
                duration,
            };
            run_open(target, workload.clone(), setting).await
        }
        Pace::Saturation => {
            let setting = ClosedLoop {
                connections: CONNECTIONS,
                warm_up,
                duration,
            };
            run_closed(target, workload.clone(), setting).await
        }
    };
    if measurement.error_count() > 0 {
        let reason = format!("writes failed: {:?}", measurement.errors());
        return Err(BenchError::invalid("the service", reason));
    }
    let answered = std::mem::take(&mut *workload.answered());
    Ok(Written {
        counted_from: Moment {
            at: start.at + warm_up,
            since_1970: start.since_1970 + warm_up,
        },
        answered,
        throughput: measurement.throughput(),
    })
}

struct NotedCreations {
    inner: CreateSchool,
    answered: Mutex<HashMap<String, Instant>>,
}

impl NotedCreations {
    fn answered(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Workload for NotedCreations {
    fn kinds(&self) -> Vec<&'static str> {
        self.inner.kinds()
    }

    fn exchange(&self, turn: u64) -> Exchange {
        self.inner.exchange(turn)
    }

    fn answered(&self, answer: &Answer<'_>) {
        if let Some(school) = school_id(answer.body) {
            self.answered().insert(school, answer.at);
        }
    }
}

/// Found without parsing: it holds the generator up.
fn school_id(body: &[u8]) -> Option<String> {
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("\"schoolId\":\"")?;
    rest.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::school_id;

    #[test]
    fn a_school_is_found_in_its_answer() {
        let found = school_id(br#"{"schoolId":"019a","name":"x"}"#);
        assert_eq!(found.as_deref(), Some("019a"));
        assert_eq!(school_id(b"{}"), None);
    }
}
