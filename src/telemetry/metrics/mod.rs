//! The instruments, as one value that is handed to those who record.
//!
//! There is nothing global here: a process may have as many [`Metrics`] as it has servers, and a test sees its own numbers alone. Whoever
//! records gets the small part that concerns them ([`HttpMetrics`], [`RelayMetrics`] and so on), which is cheap to clone; a part made by
//! `Default` records nothing. What can be asked for instead of counted, such as the state of a pool, is observed: [`Metrics`] takes a
//! function and calls it when somebody reads.
//!
//! Which metrics there are stands in [`super::catalogue`]; an instrument cannot be made without its description there.

mod broker;
mod database;
mod http;
mod instruments;
mod observed;
mod process;
mod relay;
mod retention;
#[cfg(test)]
mod tests;

use opentelemetry::metrics::{Meter, MeterProvider, NoopMeterProvider};
use opentelemetry_sdk::metrics::{Instrument, Stream};

pub use broker::{BrokerCall, BrokerMetrics};
pub use database::{DatabaseMetrics, operation_name};
pub use http::{EventStreamMetrics, HttpMetrics, OpenEventStream, RequestMeasurement};
pub use observed::{PoolReading, RelayReading};
pub use relay::RelayMetrics;
pub use retention::RetentionMetrics;

use super::catalogue;

/// The name of the scope that all instruments belong to.
const SCOPE: &str = "rollcall";

/// The most partitions that an event log may have, and so the most series of its backlog. The SDK's own limit is 2,000 series, after which
/// it counts all further ones as one.
const PARTITION_SERIES_MAX: usize = 4096;

/// Every instrument of one server or relay; clones record into the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Requests and what was answered.
    pub http: HttpMetrics,
    /// Streams of server-sent events.
    pub event_streams: EventStreamMetrics,
    /// Calls to the database.
    pub database: DatabaseMetrics,
    /// Calls to the broker.
    pub broker: BrokerMetrics,
    /// What the relay decides.
    pub relay: RelayMetrics,
    /// What is deleted from the log and the streams.
    pub retention: RetentionMetrics,
    meter: Meter,
}

impl Metrics {
    /// Instruments whose values the readers of `provider` read.
    #[must_use]
    pub fn new(provider: &dyn MeterProvider) -> Self {
        let meter = provider.meter_with_scope(opentelemetry::InstrumentationScope::builder(SCOPE).build());
        Self {
            http: HttpMetrics::new(&meter),
            event_streams: EventStreamMetrics::new(&meter),
            database: DatabaseMetrics::new(&meter),
            broker: BrokerMetrics::new(&meter),
            relay: RelayMetrics::new(&meter),
            retention: RetentionMetrics::new(&meter),
            meter,
        }
    }
}

impl Default for Metrics {
    /// Instruments that nobody reads, and that cost next to nothing.
    fn default() -> Self {
        Self::new(&NoopMeterProvider::new())
    }
}

/// How many series each instrument may have, for the provider's `with_view`.
#[must_use]
pub fn series_limit(instrument: &Instrument) -> Option<Stream> {
    let is_backlog = instrument.name() == catalogue::EVENT_LOG_BACKLOG.name;
    let stream = is_backlog.then(|| {
        Stream::builder()
            .with_cardinality_limit(PARTITION_SERIES_MAX)
            .build()
    });
    stream?.ok()
}

/// The meter of a part that records nothing.
fn silent() -> Meter {
    NoopMeterProvider::new().meter(SCOPE)
}
