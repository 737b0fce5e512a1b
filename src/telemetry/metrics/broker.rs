//! Calls to the broker.

use std::time::Duration;

use opentelemetry::metrics::{Counter, Histogram, Meter};
use opentelemetry::{Key, KeyValue};

use super::instruments::{counter, histogram};
use super::silent;
use crate::telemetry::catalogue;

const SYSTEM: Key = Key::from_static_str("messaging.system");
const OPERATION: Key = Key::from_static_str("messaging.operation.name");
const ERROR: Key = Key::from_static_str("error.type");
const REDIS: &str = "redis";

/// What the broker is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerCall {
    /// To append a batch.
    Append,
    /// To say where a stream ends.
    Tail,
}

/// Measures calls to the broker.
#[derive(Clone, Debug)]
pub struct BrokerMetrics {
    duration: Histogram<f64>,
    sent: Counter<u64>,
}

impl BrokerMetrics {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            duration: histogram(meter, &catalogue::MESSAGING_CLIENT_OPERATION_DURATION),
            sent: counter(meter, &catalogue::MESSAGING_CLIENT_SENT_MESSAGES),
        }
    }

    /// Lets what counts start at 0.
    pub fn begin_at_zero(&self) {
        self.sent(0);
    }

    /// The broker took so long for a call; `error` is what kind of error came of it.
    pub fn called(&self, call: BrokerCall, error: Option<&'static str>, took: Duration) {
        let name = match call {
            BrokerCall::Append => "append",
            BrokerCall::Tail => "tail",
        };
        let seconds = took.as_secs_f64();
        let (system, operation) = (KeyValue::new(SYSTEM, REDIS), KeyValue::new(OPERATION, name));
        match error {
            None => self.duration.record(seconds, &[system, operation]),
            Some(error) => self
                .duration
                .record(seconds, &[system, operation, KeyValue::new(ERROR, error)]),
        }
    }

    /// The broker took so many events.
    pub fn sent(&self, count: u64) {
        self.sent.add(count, &[KeyValue::new(SYSTEM, REDIS)]);
    }
}

impl Default for BrokerMetrics {
    fn default() -> Self {
        Self::new(&silent())
    }
}
