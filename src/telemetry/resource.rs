//! Who is speaking.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_semantic_conventions::resource::{SERVICE_INSTANCE_ID, SERVICE_VERSION};

use crate::config::TelemetrySettings;
use crate::environment::Environment;

/// The attributes of everything that this process tells: name, version and instance of the service, and whatever else
/// `OTEL_RESOURCE_ATTRIBUTES` holds, such as `service.namespace` and `deployment.environment.name`.
pub(super) fn resource(settings: &TelemetrySettings, environment: &dyn Environment) -> Resource {
    let instance = settings
        .service_instance
        .clone()
        .unwrap_or_else(|| environment.new_id().to_string());
    Resource::builder()
        .with_service_name(env!("CARGO_PKG_NAME"))
        .with_attributes([
            KeyValue::new(SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
            KeyValue::new(SERVICE_INSTANCE_ID, instance),
        ])
        .build()
}
