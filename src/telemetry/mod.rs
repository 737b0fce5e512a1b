//! What the service tells of its work: lines on stderr, and traces, metrics and logs to a collector over OTLP.
//!
//! [`Telemetry::start`] is called once, before anything else is; without a collector it sets up the lines and nothing that
//! costs. With one, three providers share a resource that says who is speaking; each hands what it has to a thread of its own, which sends it
//! in batches over blocking HTTP. Nobody who serves a request ever waits for a collector: a queue that is full drops, a collector that is away is
//! told of once (see `collector`), and [`Telemetry::stop`] gives the last batches a bounded time.

pub mod catalogue;
mod collector;
mod log;
pub mod metrics;
mod one_line;
mod otlp;
pub mod prometheus;
mod request;
mod resource;
pub mod trace;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

pub use log::log_panics;
pub use request::{RequestNotes, correlation_id, note_tenant};
pub use trace::http::{RemoteParent, RequestDescription, ServerSpan, known_method};
pub use trace::{Span, Tracing};

use crate::config::{LogSettings, TelemetrySettings};
use crate::environment::Environment;
use metrics::Metrics;
use prometheus::PrometheusText;

/// How long the last batches may take after everything else has ended. A collector that hangs delays the end of the process by as much.
const LAST_BATCHES: Duration = Duration::from_secs(3);

/// Why telemetry cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is no filter.
    #[error("log.level: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// Something in this process logs already.
    #[error("the log is set up already")]
    Twice,
    /// No exporter can be made for the collector.
    #[error("otlp.endpoint: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// No reader can be made for Prometheus.
    #[error("metrics cannot be read: {0}")]
    Reader(#[from] OTelSdkError),
}

/// What was started. It is to be [stopped](Telemetry::stop) when nothing is left to tell, outside of any asynchronous runtime.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    logs: Option<SdkLoggerProvider>,
    metrics: SdkMeterProvider,
    prometheus: PrometheusText,
}

impl Telemetry {
    /// Sends what this process logs to stderr as `log` says, and all it tells to the collector of `telemetry`, where that names one.
    pub fn start(
        log: &LogSettings,
        telemetry: &TelemetrySettings,
        environment: &dyn Environment,
    ) -> Result<Self, TelemetryError> {
        let resource = resource::resource(telemetry, environment);
        let exporters = telemetry.otlp.as_ref().map(otlp::Exporters::new);
        let (prometheus, reader) = PrometheusText::with_reader()?;
        let started = Self {
            traces: exporters
                .as_ref()
                .map(|exporters| exporters.tracer_provider(telemetry, resource.clone()))
                .transpose()?,
            logs: exporters
                .as_ref()
                .map(|exporters| exporters.logger_provider(resource.clone()))
                .transpose()?,
            metrics: otlp::meter_provider(exporters.as_ref(), reader, resource)?,
            prometheus,
        };
        log::init(log, started.logs.as_ref())?;
        Ok(started)
    }

    /// Where spans come from; they go to the collector, where there is one.
    #[must_use]
    pub fn tracing(&self) -> Tracing {
        Tracing::new(
            self.traces
                .as_ref()
                .map(|provider| provider.tracer(env!("CARGO_PKG_NAME"))),
        )
    }

    /// Instruments, to be made once; what they measure goes to the collector, where there is one, and is read by [`Self::prometheus`].
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::new(&self.metrics)
    }

    /// What the instruments measured, as text.
    #[must_use]
    pub fn prometheus(&self) -> &PrometheusText {
        &self.prometheus
    }

    /// Sends what is left, as far as the collector takes it in time.
    pub fn stop(self) {
        let deadline = Instant::now() + LAST_BATCHES;
        let (told, ends) = mpsc::channel();
        let mut waiting = 0;
        // Each on a thread of its own: one that hangs must neither hold up the others nor the end of the process.
        let mut stop = |end: Box<dyn FnOnce() -> OTelSdkResult + Send>| {
            let told = told.clone();
            let thread = std::thread::Builder::new().spawn(move || _ = told.send(end()));
            waiting += usize::from(thread.is_ok());
        };
        if let Some(provider) = self.traces {
            stop(Box::new(move || provider.shutdown_with_timeout(LAST_BATCHES)));
        }
        if let Some(provider) = self.logs {
            stop(Box::new(move || provider.shutdown_with_timeout(LAST_BATCHES)));
        }
        let provider = self.metrics;
        stop(Box::new(move || provider.shutdown_with_timeout(LAST_BATCHES)));
        for _ in 0..waiting {
            let left = deadline.saturating_duration_since(Instant::now());
            // Whoever failed has had it told by the collector's watch; there is nothing more to do about it.
            if ends.recv_timeout(left).is_err() {
                return;
            }
        }
    }
}
