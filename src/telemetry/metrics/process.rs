//! What runs, and what it takes of the machine.

use std::time::Instant;

use opentelemetry::metrics::Meter;
use opentelemetry::{Key, KeyValue};

use super::instruments::{observe_gauge, observe_seconds};
use crate::telemetry::catalogue;

const VERSION: Key = Key::from_static_str("version");
const TARGET: Key = Key::from_static_str("target");

pub(super) fn observe(meter: &Meter) {
    let started = Instant::now();
    observe_seconds(meter, &catalogue::PROCESS_UPTIME, move |observer| {
        observer.observe(started.elapsed().as_secs_f64(), &[]);
    });
    observe_gauge(meter, &catalogue::BUILD_INFO, |observer| {
        let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
        let version = KeyValue::new(VERSION, env!("CARGO_PKG_VERSION"));
        observer.observe(1, &[version, KeyValue::new(TARGET, target)]);
    });
    #[cfg(target_os = "linux")]
    linux::observe(meter);
}

/// Where there is no `/proc` these metrics are absent.
#[cfg(target_os = "linux")]
mod linux {
    use opentelemetry::metrics::Meter;
    use opentelemetry::{Key, KeyValue};
    use procfs::process::{Process, Stat};

    use super::super::instruments::{observe_sum, observe_total_seconds, whole};
    use crate::telemetry::catalogue;

    const CPU_MODE: Key = Key::from_static_str("cpu.mode");

    pub(super) fn observe(meter: &Meter) {
        observe_total_seconds(meter, &catalogue::PROCESS_CPU_TIME, |observer| {
            let Some(stat) = stat() else { return };
            for (mode, ticks) in [("user", stat.utime), ("system", stat.stime)] {
                observer.observe(seconds(ticks), &[KeyValue::new(CPU_MODE, mode)]);
            }
        });
        observe_sum(meter, &catalogue::PROCESS_MEMORY_USAGE, |observer| {
            if let Some(stat) = stat() {
                observer.observe(whole(stat.rss.saturating_mul(procfs::page_size())), &[]);
            }
        });
        observe_sum(meter, &catalogue::PROCESS_FILE_DESCRIPTOR_COUNT, |observer| {
            if let Ok(count) = Process::myself().and_then(|process| process.fd_count()) {
                observer.observe(whole(count), &[]);
            }
        });
    }

    fn stat() -> Option<Stat> {
        Process::myself().and_then(|process| process.stat()).ok()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a process that ran for 2^53 ticks has other worries"
    )]
    fn seconds(ticks: u64) -> f64 {
        ticks as f64 / procfs::ticks_per_second() as f64
    }
}
