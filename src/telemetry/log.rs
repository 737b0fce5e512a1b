//! The log: one line an event, on stderr. stdout belongs to what a command prints for its caller.

use std::io::{IsTerminal as _, stderr};
use std::panic::PanicHookInfo;

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing::Subscriber;
use tracing_subscriber::filter::{ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::TelemetryError;
use super::one_line::OneLine;
use crate::config::{LogFormat, LogSettings};

/// What libraries tell at `info` of every first start, some twenty lines, and nobody has asked for; and what the exporters tell of every
/// batch that a collector does not take, which is told once instead (see `collector`). A level given for the same target wins.
const QUIETED: &str = "sea_orm_migration=warn,sqlx::postgres::notice=warn,opentelemetry-otlp=off";

/// Sends what this process logs from now on to stderr, as `settings` say, and to `provider`, where there is one.
pub(super) fn init(
    settings: &LogSettings,
    provider: Option<&SdkLoggerProvider>,
) -> Result<(), TelemetryError> {
    let is_terminal = stderr().is_terminal();
    let format = match settings.format {
        LogFormat::Auto if is_terminal => LogFormat::Pretty,
        LogFormat::Auto => LogFormat::Json,
        given => given,
    };
    // The colours of a terminal would be noise in a file; https://no-color.org asks for none at all.
    let colours = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let subscriber = Registry::default()
        .with(filter(&settings.level)?)
        .with(lines(format, colours, stderr))
        .with(provider.map(records));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::Twice)
}

/// Makes a panic a line of the log instead of lines of its own format beside it.
pub fn log_panics() {
    std::panic::set_hook(Box::new(log_panic));
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let payload = panic.payload();
    let reason = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(location, reason, "panic");
}

fn filter(level: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::try_new(format!("{QUIETED},{level}"))
}

/// Writes lines to `writer`; boxed because the two formats are different types.
fn lines<S>(
    format: LogFormat,
    colours: bool,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(OneLine::new(writer));
    match format {
        LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
        _ => layer.with_ansi(colours).compact().boxed(),
    }
}

/// What tells of exports, by the start of its target: the exporters and the HTTP client under them.
const TELLERS_OF_EXPORTS: [&str; 3] = ["opentelemetry", "hyper_util::client", "reqwest"];

/// Makes records for a collector. What tells of exports stays out: it would cause what it tells of, without end.
fn records<S>(provider: &SdkLoggerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let tells_of_exports = |target: &str| TELLERS_OF_EXPORTS.iter().any(|start| target.starts_with(start));
    OpenTelemetryTracingBridge::new(provider)
        .with_filter(filter_fn(move |metadata| !tells_of_exports(metadata.target())))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub(in crate::telemetry) fn logged(format: LogFormat, level: &str, log: impl FnOnce()) -> String {
        let memory = Memory::default();
        let writer = memory.clone();
        let subscriber =
            Registry::default()
                .with(filter(level).unwrap())
                .with(lines(format, false, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, log);
        String::from_utf8(memory.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_json_line_has_its_fields_at_the_top() {
        let line = logged(LogFormat::Json, "info", || {
            tracing::info!(status = 201, "request");
        });
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["status"], 201);
        assert_eq!(value["message"], "request");
        assert_eq!(value["level"], "INFO");
    }

    #[test]
    fn a_text_cannot_forge_a_second_line() {
        for format in [LogFormat::Json, LogFormat::Pretty] {
            let lines = logged(format, "info", || {
                tracing::info!(
                    path = "/a\r\n\u{1b}[31mforged\u{9b}31m\u{85}\u{2028}\u{2029}\u{7f}\0\u{202e}",
                    "a\u{9b}\n\u{2028}b"
                );
                tracing::info!(error = %"a\u{9b}\n\u{2028}b", "request");
            });
            assert_eq!(lines.matches('\n').count(), 2, "{lines}");
            let is_raw = |character: char| character.is_control() && character != '\n';
            let breaks = ['\u{2028}', '\u{2029}', '\u{202e}'];
            assert!(!lines.contains(is_raw) && !lines.contains(breaks), "{lines:?}");
        }
    }

    #[test]
    fn what_libraries_tell_of_a_first_start_is_told_when_asked_for() {
        let told = || tracing::info!(target: "sea_orm_migration::migrator::exec", "applied");
        assert_eq!(logged(LogFormat::Json, "info", told), "");
        assert_ne!(logged(LogFormat::Json, "info,sea_orm_migration=info", told), "");
    }

    #[test]
    fn a_panic_is_one_line() {
        let line = logged(LogFormat::Json, "info", || {
            // The hook is the process's, so other tests that panic meanwhile see it; the subscriber is this thread's.
            let before = std::panic::take_hook();
            log_panics();
            _ = std::panic::catch_unwind(|| panic!("two\nlines"));
            std::panic::set_hook(before);
        });
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["message"], "panic");
        assert_eq!(value["reason"], "two\nlines");
        assert!(value["location"].as_str().unwrap().contains("telemetry"));
    }

    #[test]
    fn the_level_filters() {
        assert_eq!(logged(LogFormat::Json, "warn", || tracing::info!("quiet")), "");
    }
}
