//! When requests are due.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Latencies;

/// How requests arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// One after the other at equal distances.
    Constant,
    /// Independently of each other, as callers that do not know of each other do; from this seed.
    Poisson {
        /// Two schedules of one seed are equal.
        seed: u64,
    },
}

/// The moments at which requests are due, counted from the start; strictly bounded by `duration`.
pub(super) struct Schedule {
    arrivals: Arrivals,
    random: fastrand::Rng,
    gap_mean: f64,
    at: f64,
    end: f64,
}

impl Schedule {
    /// `rate` is in requests per second; one of 0 or below never has any.
    pub(super) fn new(arrivals: Arrivals, rate: f64, duration: Duration) -> Self {
        let seed = match arrivals {
            Arrivals::Constant => 0,
            Arrivals::Poisson { seed } => seed,
        };
        Self {
            arrivals,
            random: fastrand::Rng::with_seed(seed),
            gap_mean: if rate > 0.0 { rate.recip() } else { f64::INFINITY },
            at: 0.0,
            end: duration.as_secs_f64(),
        }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let gap = match self.arrivals {
            Arrivals::Constant => self.gap_mean,
            // The gaps of a Poisson process are exponentially distributed; `1 - random` is never 0.
            Arrivals::Poisson { .. } => -(1.0 - self.random.f64()).ln() * self.gap_mean,
        };
        self.at += gap;
        (self.at < self.end).then(|| Duration::from_secs_f64(self.at))
    }
}

/// A request that is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    /// Which one, from 0.
    pub(super) turn: u64,
    /// When it should be sent.
    pub(super) at: Instant,
}

/// Sends each request of a schedule when it is due; how late it was each time.
///
/// It is a thread that sleeps, because the timer of the runtime only knows whole milliseconds, which would be added to every
/// latency.
pub(super) fn keep_time(schedule: Schedule, start: Instant, due: &mpsc::UnboundedSender<Due>) -> Latencies {
    let mut lateness = Latencies::new();
    for (turn, offset) in (0..).zip(schedule) {
        let at = start + offset;
        let now = Instant::now();
        if let Some(pause) = at.checked_duration_since(now) {
            std::thread::sleep(pause);
        }
        lateness.record(Instant::now().saturating_duration_since(at));
        if due.send(Due { turn, at }).is_err() {
            break;
        }
    }
    lateness
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_arrivals_are_equally_far_apart_and_end_in_time() {
        let offsets: Vec<_> = Schedule::new(Arrivals::Constant, 4.0, Duration::from_secs(1)).collect();
        assert_eq!(offsets, [250, 500, 750].map(Duration::from_millis));
    }

    #[test]
    fn a_rate_of_nothing_has_no_arrivals() {
        for rate in [0.0, -1.0, f64::NAN] {
            assert_eq!(
                Schedule::new(Arrivals::Constant, rate, Duration::from_secs(9)).count(),
                0
            );
        }
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread_of_a_poisson_process() {
        let arrivals = Arrivals::Poisson { seed: 7 };
        let schedule = || Schedule::new(arrivals, 1000.0, Duration::from_secs(100));
        let offsets: Vec<f64> = schedule().map(|offset| offset.as_secs_f64()).collect();
        // 100,000 are expected, with a standard deviation of 316.
        assert!(
            offsets.len().abs_diff(100_000) < 1600,
            "{} arrivals",
            offsets.len()
        );
        let gaps: Vec<f64> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let short = gaps.iter().filter(|gap| **gap < 0.001).count();
        // 1 - 1/e of the gaps are shorter than their mean.
        let share = f64::from(u32::try_from(short).unwrap()) / f64::from(u32::try_from(gaps.len()).unwrap());
        assert!((share - 0.632).abs() < 0.01, "{share} of the gaps are short");
        assert!(schedule().eq(schedule()), "one seed is one schedule");
    }
}
