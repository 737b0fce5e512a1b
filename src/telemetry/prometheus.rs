//! The metrics as text that Prometheus scrapes.

use opentelemetry_prometheus::PrometheusExporter;
use opentelemetry_sdk::error::OTelSdkError;
use prometheus::{Registry, TextEncoder};

/// The media type of the text (Prometheus exposition format, version 0.0.4).
pub const TEXT_MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the readers of one provider hold, as text.
#[derive(Clone, Debug)]
pub struct PrometheusText {
    registry: Registry,
}

impl PrometheusText {
    /// A reader for a provider, and the text of what it reads.
    pub fn with_reader() -> Result<(Self, PrometheusExporter), OTelSdkError> {
        let registry = Registry::new();
        // There is one scope, and labels that are the same on every series say nothing.
        let reader = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()?;
        Ok((Self { registry }, reader))
    }

    /// The text now.
    pub fn read(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}
