//! The providers, and the exporters under them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_prometheus::PrometheusExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::collector::{Collector, Signal, Watched};
use super::metrics::series_limit;
use super::trace::sampler::sampler;
use crate::config::{OtlpSettings, TelemetrySettings};

/// How long a collector may take for one batch.
const BATCH_TIMEOUT: Duration = Duration::from_secs(5);

/// As many events as a relay appends at once: each may be linked to its creation.
const LINKS_PER_SPAN: u32 = 512;

/// Makes exporters to one collector.
pub(super) struct Exporters<'a> {
    settings: &'a OtlpSettings,
    collector: Arc<Collector>,
}

impl<'a> Exporters<'a> {
    pub(super) fn new(settings: &'a OtlpSettings) -> Self {
        Self {
            settings,
            collector: Collector::new(&settings.endpoint),
        }
    }

    pub(super) fn tracer_provider(
        &self,
        settings: &TelemetrySettings,
        resource: Resource,
    ) -> Result<SdkTracerProvider, ExporterBuildError> {
        let exporter = self
            .configured(SpanExporter::builder().with_http(), "traces")
            .build()?;
        Ok(SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler(settings))
            .with_max_links_per_span(LINKS_PER_SPAN)
            .with_batch_exporter(self.watched(exporter, Signal::Traces))
            .build())
    }

    pub(super) fn logger_provider(
        &self,
        resource: Resource,
    ) -> Result<SdkLoggerProvider, ExporterBuildError> {
        let exporter = self
            .configured(LogExporter::builder().with_http(), "logs")
            .build()?;
        Ok(SdkLoggerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(self.watched(exporter, Signal::Logs))
            .build())
    }

    fn metric_exporter(&self) -> Result<Watched<MetricExporter>, ExporterBuildError> {
        let exporter = self
            .configured(MetricExporter::builder().with_http(), "metrics")
            .build()?;
        Ok(self.watched(exporter, Signal::Metrics))
    }

    /// An endpoint that is set in code is taken as it stands, so the path of the signal is added here.
    fn configured<B: WithExportConfig + WithHttpConfig>(&self, builder: B, signal: &str) -> B {
        let headers: HashMap<String, String> = self
            .settings
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.expose().to_owned()))
            .collect();
        builder
            .with_endpoint(format!("{}/v1/{signal}", self.settings.endpoint))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(BATCH_TIMEOUT)
            .with_headers(headers)
    }

    fn watched<E>(&self, exporter: E, signal: Signal) -> Watched<E> {
        Watched::new(exporter, signal, Arc::clone(&self.collector))
    }
}

/// Where instruments come from; `reader` reads them besides the collector.
pub(super) fn meter_provider(
    exporters: Option<&Exporters<'_>>,
    reader: PrometheusExporter,
    resource: Resource,
) -> Result<SdkMeterProvider, ExporterBuildError> {
    let mut builder = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_view(series_limit)
        .with_reader(reader);
    if let Some(exporters) = exporters {
        builder = builder.with_periodic_exporter(exporters.metric_exporter()?);
    }
    Ok(builder.build())
}
