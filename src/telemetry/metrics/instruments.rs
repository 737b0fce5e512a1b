//! From a description of the catalogue to an instrument.

use opentelemetry::metrics::{AsyncInstrument, Counter, Gauge, Histogram, Meter, UpDownCounter};

use crate::telemetry::catalogue::{MetricDescription, MetricKind};

pub(super) fn histogram(meter: &Meter, metric: &MetricDescription) -> Histogram<f64> {
    let boundaries = match metric.kind {
        MetricKind::Histogram(boundaries) => boundaries.to_vec(),
        _ => Vec::new(),
    };
    meter
        .f64_histogram(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .with_boundaries(boundaries)
        .build()
}

pub(super) fn counter(meter: &Meter, metric: &MetricDescription) -> Counter<u64> {
    meter
        .u64_counter(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .build()
}

pub(super) fn seconds(meter: &Meter, metric: &MetricDescription) -> Gauge<f64> {
    meter
        .f64_gauge(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .build()
}

pub(super) fn up_down_counter(meter: &Meter, metric: &MetricDescription) -> UpDownCounter<i64> {
    meter
        .i64_up_down_counter(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .build()
}

/// Whole numbers of anything, for which a metric with parts of a second has no use.
pub(super) fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

pub(super) fn observe_gauge(
    meter: &Meter,
    metric: &MetricDescription,
    read: impl Fn(&dyn AsyncInstrument<i64>) + Send + Sync + 'static,
) {
    meter
        .i64_observable_gauge(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .with_callback(read)
        .build();
}

pub(super) fn observe_seconds(
    meter: &Meter,
    metric: &MetricDescription,
    read: impl Fn(&dyn AsyncInstrument<f64>) + Send + Sync + 'static,
) {
    meter
        .f64_observable_gauge(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .with_callback(read)
        .build();
}

pub(super) fn observe_sum(
    meter: &Meter,
    metric: &MetricDescription,
    read: impl Fn(&dyn AsyncInstrument<i64>) + Send + Sync + 'static,
) {
    meter
        .i64_observable_up_down_counter(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .with_callback(read)
        .build();
}

pub(super) fn observe_total_seconds(
    meter: &Meter,
    metric: &MetricDescription,
    read: impl Fn(&dyn AsyncInstrument<f64>) + Send + Sync + 'static,
) {
    meter
        .f64_observable_counter(metric.name)
        .with_unit(metric.unit)
        .with_description(metric.description)
        .with_callback(read)
        .build();
}
