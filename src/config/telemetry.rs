//! What is told of the service's work, and to whom.

use super::error::ConfigError;
use super::layers::Layers;
use super::secret::Secret;
use super::value;

/// What is told of the service's work, and to whom.
#[derive(Clone)]
pub struct TelemetrySettings {
    /// The collector that gets traces, metrics and logs; without one nothing is recorded for any.
    pub otlp: Option<OtlpSettings>,
    /// The share of the traces begun here that are recorded, 0 to 1.
    pub sample_ratio: f64,
    /// How many traces begun here are recorded in a second, at most.
    pub traces_per_second: u32,
    /// What tells this process from its like, where an operator names it.
    pub service_instance: Option<String>,
}

/// A collector that speaks OTLP over HTTP with protobuf bodies.
#[derive(Clone)]
pub struct OtlpSettings {
    /// Its base URL without a slash at the end; `/v1/traces` and the like are added.
    pub endpoint: String,
    /// What goes with every request to it.
    pub headers: Vec<(String, Secret)>,
}

pub(super) fn telemetry(layers: &Layers) -> Result<TelemetrySettings, ConfigError> {
    let headers = layers.optional("otlp.headers", value::headers)?;
    let endpoint = layers.optional("otlp.endpoint", value::otlp_endpoint)?;
    let traces_per_second = layers.required("telemetry.traces_per_second", value::number(0, 1_000_000))?;
    Ok(TelemetrySettings {
        otlp: endpoint.map(|endpoint| OtlpSettings {
            endpoint,
            headers: headers.unwrap_or_default(),
        }),
        sample_ratio: layers.required("telemetry.sample_ratio", value::share)?,
        traces_per_second: u32::try_from(traces_per_second).unwrap_or(u32::MAX),
        service_instance: layers.optional("telemetry.service_instance", value::text)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_refused, settings};

    #[test]
    fn a_collector_is_what_turns_it_on() {
        let off = settings(&[], &[], "").unwrap().telemetry;
        assert!(off.otlp.is_none());
        assert_eq!((off.sample_ratio, off.traces_per_second), (1.0, 100));
        let on = [
            ("ROLLCALL_OTLP_ENDPOINT", "http://127.0.0.1:4318/"),
            ("ROLLCALL_OTLP_HEADERS", "api-key=a=b, x-tenant=roster"),
        ];
        let otlp = settings(&[], &on, "").unwrap().telemetry.otlp.unwrap();
        assert_eq!(otlp.endpoint, "http://127.0.0.1:4318");
        let headers: Vec<_> = otlp
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()))
            .collect();
        assert_eq!(headers, [("api-key", "a=b"), ("x-tenant", "roster")]);
    }

    #[test]
    fn the_standard_variable_counts_before_the_default_and_after_all_else() {
        let standard = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://standard:4318");
        let endpoint = |variables: &[(&str, &str)], file: &str| {
            let settings = settings(&["--config", "rollcall.toml"], variables, file).unwrap();
            settings.telemetry.otlp.unwrap().endpoint
        };
        assert_eq!(endpoint(&[standard], ""), "http://standard:4318");
        let file = "otlp.endpoint = \"http://file:4318\"";
        assert_eq!(endpoint(&[standard], file), "http://file:4318");
        let own = ("ROLLCALL_OTLP_ENDPOINT", "http://own:4318");
        assert_eq!(endpoint(&[standard, own], file), "http://own:4318");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (name, value, problem) in [
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "https://collector",
                "OTEL_EXPORTER_OTLP_ENDPOINT: \"https://collector\" is https, which this service does not speak: name a collector on \
                 this host by http",
            ),
            (
                "ROLLCALL_OTLP_ENDPOINT",
                "collector:4318",
                "ROLLCALL_OTLP_ENDPOINT: \"collector:4318\" is not a URL like http://127.0.0.1:4318",
            ),
            (
                "ROLLCALL_OTLP_HEADERS",
                "secret",
                "ROLLCALL_OTLP_HEADERS: it is not a list like api-key=secret,x-tenant=roster",
            ),
            (
                "ROLLCALL_TELEMETRY_SAMPLE_RATIO",
                "NaN",
                "ROLLCALL_TELEMETRY_SAMPLE_RATIO: \"NaN\" is not a number of 0 to 1, such as 0.1",
            ),
        ] {
            check_refused(&[], &[(name, value)], "", problem);
        }
    }

    #[test]
    fn headers_are_not_printed() {
        let headers = [("ROLLCALL_OTLP_HEADERS", "api-key=squirrel")];
        let settings = settings(&[], &headers, "").unwrap();
        assert!(settings.effective().contains("headers = \"***\""));
        assert!(!settings.effective().contains("squirrel"));
    }
}
