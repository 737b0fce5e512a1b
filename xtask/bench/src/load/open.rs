//! The open loop: requests arrive by a schedule, whatever the server does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc};

use super::connection::Connection;
use super::pace::{Due, Schedule, keep_time};
use super::recorder::Recorder;
use super::{Arrivals, Latencies, Measurement, Target, Workload};
use crate::usage::own_cpu_time;

/// An open loop.
#[derive(Debug, Clone, Copy)]
pub struct OpenLoop {
    /// How many requests arrive in a second.
    pub rate: f64,
    /// In what manner.
    pub arrivals: Arrivals,
    /// How many connections there are at most; a request that finds none free waits, and its latency counts on.
    pub connections: usize,
    /// Requests that are due within this time from the start are not counted.
    pub warm_up: Duration,
    /// For how long requests are due after that.
    pub duration: Duration,
}

/// Runs it, until the last request that was due is answered or has failed.
///
/// Every latency counts from when the request was due. A request that failed counts as an error and, with the time that was
/// waited for it, in the latencies too: leaving it out would flatter a server that gives up.
pub async fn run_open(target: Target, workload: Arc<dyn Workload>, setting: OpenLoop) -> Measurement {
    let recorder = Arc::new(Recorder::new(&workload.kinds()));
    let (sender, receiver) = mpsc::unbounded_channel();
    let receiver = Arc::new(Mutex::new(receiver));
    let start = Instant::now();
    let counted_from = start + setting.warm_up;
    let schedule = Schedule::new(setting.arrivals, setting.rate, setting.warm_up + setting.duration);
    let clock = tokio::task::spawn_blocking(move || keep_time(schedule, start, &sender));
    let connections: Vec<_> = (0..setting.connections)
        .map(|_| {
            let (workload, recorder, receiver) = (workload.clone(), recorder.clone(), receiver.clone());
            tokio::spawn(async move {
                let mut connection = Connection::new(target);
                while let Some(Due { turn, at }) = next(&receiver).await {
                    let exchange = workload.exchange(turn);
                    let kind = exchange.kind;
                    let outcome = connection.exchange(exchange, &*workload).await;
                    if at >= counted_from {
                        recorder.record(kind, Some(at.elapsed()), outcome);
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep_until(counted_from.into()).await;
    let cpu_before = own_cpu_time();
    let lateness: Latencies = clock.await.unwrap_or_default();
    let generator_cpu = own_cpu_time().saturating_sub(cpu_before);
    for connection in connections {
        let _ = connection.await;
    }
    Measurement {
        kinds: recorder.finish(),
        duration: setting.duration,
        generator_cpu,
        lateness_p99_ms: Some(lateness.percentile_ms(99.0)),
    }
}

async fn next(receiver: &Mutex<mpsc::UnboundedReceiver<Due>>) -> Option<Due> {
    receiver.lock().await.recv().await
}
