//! What the rounds of one database have shown.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::consumer::Sighting;
use super::mix::KINDS;
use crate::load::{Latencies, Measurement};
use crate::rounds::Round;

/// What a service level is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Answers to requests that read.
    Reads,
    /// Answers to requests that write.
    Writes,
    /// Events at the stream.
    Publish,
}

impl Measure {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Reads, Self::Writes, Self::Publish];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Publish => "publish",
        }
    }

    /// The service level: what the 95th percentile may be at most, in milliseconds.
    #[must_use]
    pub fn bound_ms(self) -> f64 {
        match self {
            Self::Reads => 300.0,
            Self::Writes => 800.0,
            Self::Publish => 5000.0,
        }
    }
}

/// The service level of failures: at most this share of all requests.
pub(super) const ERROR_SHARE_MAX: f64 = 0.001;

/// What the rounds of one database have shown.
#[derive(Debug, Default)]
pub(super) struct Figures {
    latencies: BTreeMap<Measure, Latencies>,
    rounds: BTreeMap<Measure, Vec<Round>>,
    /// How long after the answer events were seen.
    after_answer: Latencies,
    /// By the name of the kind.
    kinds: Vec<(&'static str, Latencies)>,
    errors: BTreeMap<String, u64>,
    good_count: u64,
    generator_cpu: Duration,
    load_duration: Duration,
    lateness_p99_ms: f64,
}

/// Under which events that never came are counted.
const LOST: &str = "event not seen at the stream";

impl Figures {
    /// Adds what the generator has measured; the percentiles of this round.
    pub(super) fn add_measurement(&mut self, measurement: &Measurement) -> Vec<(Measure, f64)> {
        let mut of_round = BTreeMap::<Measure, Latencies>::new();
        for (kind, measured) in KINDS.iter().zip(&measurement.kinds) {
            let measure = if kind.writes {
                Measure::Writes
            } else {
                Measure::Reads
            };
            of_round.entry(measure).or_default().merge(&measured.latencies);
            match self.kinds.iter_mut().find(|(name, _)| *name == kind.name) {
                Some((_, latencies)) => latencies.merge(&measured.latencies),
                None => self.kinds.push((kind.name, measured.latencies.clone())),
            }
            for (fault, count) in &measured.errors {
                *self.errors.entry(format!("{}: {fault}", kind.name)).or_default() += count;
            }
            self.good_count += measured.good_count;
        }
        self.generator_cpu += measurement.generator_cpu;
        self.load_duration += measurement.duration;
        self.lateness_p99_ms = self
            .lateness_p99_ms
            .max(measurement.lateness_p99_ms.unwrap_or(0.0));
        let percentiles = of_round
            .iter()
            .map(|(measure, latencies)| (*measure, latencies.percentile_ms(95.0)));
        let percentiles = percentiles.collect();
        for (measure, latencies) in of_round {
            self.latencies.entry(measure).or_default().merge(&latencies);
        }
        percentiles
    }

    /// Adds when the events of answered writes were seen; the percentile of this round. An event that was not seen counts as
    /// an error.
    pub(super) fn add_events(
        &mut self,
        answered: &HashMap<String, Instant>,
        seen: &HashMap<String, Sighting>,
    ) -> f64 {
        let mut of_round = Latencies::new();
        for (school, answered_at) in answered {
            let Some(sighting) = seen.get(school) else {
                *self.errors.entry(LOST.to_owned()).or_default() += 1;
                continue;
            };
            of_round.record(sighting.after_sealing);
            self.after_answer
                .record(sighting.at.saturating_duration_since(*answered_at));
        }
        self.latencies
            .entry(Measure::Publish)
            .or_default()
            .merge(&of_round);
        of_round.percentile_ms(95.0)
    }

    pub(super) fn add_round(&mut self, measure: Measure, round: Round) {
        self.rounds.entry(measure).or_default().push(round);
    }

    pub(super) fn latencies(&self, measure: Measure) -> Option<&Latencies> {
        self.latencies.get(&measure)
    }

    pub(super) fn rounds(&self, measure: Measure) -> &[Round] {
        self.rounds.get(&measure).map_or(&[], Vec::as_slice)
    }

    pub(super) fn kinds(&self) -> &[(&'static str, Latencies)] {
        &self.kinds
    }

    pub(super) fn after_answer(&self) -> &Latencies {
        &self.after_answer
    }

    pub(super) fn errors(&self) -> &BTreeMap<String, u64> {
        &self.errors
    }

    pub(super) fn request_count(&self) -> u64 {
        self.good_count + self.error_count()
    }

    fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }

    /// NaN, which keeps no bound, where nothing was asked.
    #[expect(clippy::cast_precision_loss, reason = "counts of one run fit in an f64")]
    pub(super) fn error_share(&self) -> f64 {
        self.error_count() as f64 / self.request_count() as f64
    }

    /// What the generator took of one processor while it loaded.
    pub(super) fn generator_share(&self) -> f64 {
        self.generator_cpu.as_secs_f64() / self.load_duration.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The worst 99th percentile of how late the generator itself was.
    pub(super) fn lateness_p99_ms(&self) -> f64 {
        self.lateness_p99_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_is_not_seen_is_an_error() {
        let mut figures = Figures::default();
        let at = Instant::now();
        let answered = ["a", "b"].map(|school| (school.to_owned(), at)).into();
        let sighting = Sighting {
            at: at + Duration::from_millis(3),
            after_sealing: Duration::from_millis(8),
        };
        let p95 = figures.add_events(&answered, &[("a".to_owned(), sighting)].into());
        assert!((p95 - 8.0).abs() < 0.1, "{p95}");
        assert!((figures.after_answer().max_ms() - 3.0).abs() < 0.1);
        assert_eq!(figures.errors()[LOST], 1);
        assert!((figures.error_share() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_asked_keeps_no_bound() {
        assert!(Figures::default().error_share().is_nan());
    }
}
