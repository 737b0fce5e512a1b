//! The closed loop: a fixed number of connections, each with one request under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::recorder::Recorder;
use super::{Measurement, Target, Workload};
use crate::usage::own_cpu_time;

/// A closed loop.
#[derive(Debug, Clone, Copy)]
pub struct ClosedLoop {
    /// How many connections.
    pub connections: usize,
    /// For how long they run before anything is counted.
    pub warm_up: Duration,
    /// For how long is counted.
    pub duration: Duration,
}

/// Runs it. An answer counts if it is complete within the counted time.
pub async fn run_closed(target: Target, workload: Arc<dyn Workload>, setting: ClosedLoop) -> Measurement {
    let recorder = Arc::new(Recorder::new(&workload.kinds()));
    let turn = Arc::new(AtomicU64::new(0));
    let counted_from = Instant::now() + setting.warm_up;
    let counted_to = counted_from + setting.duration;
    let connections: Vec<_> = (0..setting.connections)
        .map(|_| {
            let (workload, recorder, turn) = (workload.clone(), recorder.clone(), turn.clone());
            tokio::spawn(async move {
                let mut connection = Connection::new(target);
                loop {
                    let sent = Instant::now();
                    if sent >= counted_to {
                        return;
                    }
                    let exchange = workload.exchange(turn.fetch_add(1, Ordering::Relaxed));
                    let kind = exchange.kind;
                    let outcome = connection.exchange(exchange, &*workload).await;
                    let done = Instant::now();
                    // An error that ends after the time, such as no answer at all, is one of this run.
                    if done >= counted_from && (done < counted_to || outcome.is_err()) {
                        let latency = outcome.is_ok().then(|| done - sent);
                        recorder.record(kind, latency, outcome);
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep_until(counted_from.into()).await;
    let cpu_before = own_cpu_time();
    tokio::time::sleep_until(counted_to.into()).await;
    let generator_cpu = own_cpu_time().saturating_sub(cpu_before);
    for connection in connections {
        // Each ends within the deadline of its last request.
        let _ = connection.await;
    }
    Measurement {
        kinds: recorder.finish(),
        duration: setting.duration,
        generator_cpu,
        lateness_p99_ms: None,
    }
}
