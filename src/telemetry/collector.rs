//! What is told of a collector that is away: one line when it goes, one when it is back, and none for every batch in between.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// What is sent to a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Traces = 1,
    Metrics = 2,
    Logs = 4,
}

/// Whether the collector takes what it is sent.
pub(super) struct Collector {
    endpoint: String,
    /// One bit for each signal that it did not take last.
    refused: AtomicU8,
}

impl Collector {
    pub(super) fn new(endpoint: &str) -> Arc<Self> {
        Arc::new(Self {
            endpoint: endpoint.to_owned(),
            refused: AtomicU8::new(0),
        })
    }

    /// Tells of `result`, if it is news.
    fn saw(&self, signal: Signal, result: OTelSdkResult) {
        let bit = signal as u8;
        match result {
            Err(error) => {
                if self.refused.fetch_or(bit, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        endpoint = self.endpoint, ?signal, %error,
                        "the collector does not take telemetry; what it misses is lost, and requests are served as before"
                    );
                }
            }
            Ok(()) => {
                if self.refused.fetch_and(!bit, Ordering::Relaxed) == bit {
                    tracing::info!(endpoint = self.endpoint, "the collector takes telemetry again");
                }
            }
        }
    }
}

/// An exporter whose failures are the collector's news. Nobody above it can do more about them, and the SDK would log each.
pub(super) struct Watched<E> {
    exporter: E,
    signal: Signal,
    collector: Arc<Collector>,
}

impl<E> Watched<E> {
    pub(super) fn new(exporter: E, signal: Signal, collector: Arc<Collector>) -> Self {
        Self {
            exporter,
            signal,
            collector,
        }
    }
}

impl<E> fmt::Debug for Watched<E> {
    /// Without the exporter, which holds the headers.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Watched").field(&self.signal).finish()
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.collector.saw(self.signal, result);
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Watched<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.collector.saw(self.signal, result);
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let result = self.exporter.export(metrics).await;
        self.collector.saw(self.signal, result);
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::error::OTelSdkError;

    use super::*;
    use crate::config::LogFormat;
    use crate::telemetry::log::tests::logged;

    #[test]
    fn a_collector_that_is_away_is_told_of_once_and_once_when_it_is_back() {
        let refusal = || Err(OTelSdkError::InternalFailure("refused".to_owned()));
        let lines = logged(LogFormat::Json, "info", || {
            let collector = Collector::new("http://127.0.0.1:1");
            collector.saw(Signal::Logs, Ok(()));
            for _ in 0..5 {
                collector.saw(Signal::Traces, refusal());
                collector.saw(Signal::Metrics, refusal());
            }
            collector.saw(Signal::Traces, Ok(()));
            collector.saw(Signal::Metrics, Ok(()));
            collector.saw(Signal::Metrics, Ok(()));
        });
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("does not take telemetry") && lines[0].contains("http://127.0.0.1:1"));
        assert!(lines[1].contains("takes telemetry again"));
    }
}
