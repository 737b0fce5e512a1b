//! When a figure passes.
//!
//! There are two questions. *Is the bound kept?* is about milliseconds: the 95th percentile over all rounds against the bound.
//! *Has it got worse?* must not be about milliseconds, because the baseline may have been made on another machine, or on
//! this one on another day. So each round measures a reference as well, in the same half minute, and what is compared is
//! the ratio of the two: on a machine that is twice as slow both double, and the ratio stays.
//!
//! A figure uses its budget to `p95 / bound`. On the machine of the baseline, today's code would use it to
//! `ratio × reference of the baseline / bound`; against the baseline's own use, reference and bound cancel out, and the
//! regression is `ratio / ratio of the baseline - 1`. More than [`REGRESSION_MAX`] fails.
//!
//! Ratios scatter from round to round. Therefore not the median of the rounds is held against the limit but what the median
//! of infinitely many rounds is not below, with at least 95% confidence: the k-th smallest of n rounds, where k is chosen
//! by the sign test, which assumes nothing about the distribution. With 5 to 7 rounds it is the smallest, with 11 or 12 the
//! third. With fewer than 5 there is no such bound; the smallest is taken, and a regression has to show in every round.
//! The price is that a noisy run sees less; what it could have seen is reported as its resolution.

use serde::Serialize;

use crate::rounds::{Round, Summary, ratios};

/// By how much of itself the use of a budget may grow against the baseline.
pub const REGRESSION_MAX: f64 = 0.10;

/// How likely it may be that the lower bound of the median lies above the median.
const ERROR_MAX: f64 = 0.05;

/// How a figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within its bound, and not worse than the baseline.
    Kept,
    /// Within its bound; there is no baseline to hold it against.
    Unknown,
    /// Within its bound, but worse than the baseline.
    Regressed,
    /// Over its bound, or not measured at all.
    Broken,
}

impl Verdict {
    /// Whether the run fails because of it.
    #[must_use]
    pub fn fails(self) -> bool {
        matches!(self, Self::Regressed | Self::Broken)
    }
}

/// A figure held against its bound and its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Judgement {
    /// The bound in milliseconds.
    pub bound_ms: f64,
    /// The 95th percentile over all rounds, in milliseconds.
    pub p95_ms: f64,
    /// How much of the budget that is, 0 to 1 where the bound is kept.
    pub used: f64,
    /// Subject over reference, of the rounds.
    pub ratio: Option<Summary>,
    /// The ratio of the baseline.
    pub baseline_ratio: Option<f64>,
    /// By how much the median ratio is above the baseline's, as a share of that.
    pub regression: Option<f64>,
    /// By how much the ratio is above the baseline's for certain; this is what is held against the limit.
    pub regression_certain: Option<f64>,
    /// The smallest regression that the rounds of this run would have shown.
    pub resolution: Option<f64>,
    /// How it stands.
    pub verdict: Verdict,
}

/// Judges one figure from its rounds, its percentile over all rounds, and the ratio that the baseline has for it.
#[must_use]
pub(super) fn judge(rounds: &[Round], p95_ms: f64, bound_ms: f64, baseline_ratio: Option<f64>) -> Judgement {
    let ratio = ratios(rounds);
    let lower = lower_bound(rounds);
    let against = |figure: f64| baseline_ratio.map(|baseline| figure / baseline - 1.0);
    let regression_certain = lower.and_then(against);
    let is_kept = p95_ms > 0.0 && p95_ms <= bound_ms;
    let verdict = match regression_certain {
        // NaN is neither within the bound nor above it.
        _ if !is_kept || ratio.is_none() => Verdict::Broken,
        None => Verdict::Unknown,
        Some(regression) if regression <= REGRESSION_MAX => Verdict::Kept,
        Some(_) => Verdict::Regressed,
    };
    Judgement {
        bound_ms,
        p95_ms,
        used: p95_ms / bound_ms,
        ratio,
        baseline_ratio,
        regression: ratio.and_then(|ratio| against(ratio.median)),
        regression_certain,
        resolution: ratio
            .zip(lower)
            .map(|(ratio, lower)| (1.0 + REGRESSION_MAX) * ratio.median / lower - 1.0),
        verdict,
    }
}

/// What the median ratio is not below, with confidence.
fn lower_bound(rounds: &[Round]) -> Option<f64> {
    let ratios: Option<Vec<f64>> = rounds.iter().map(Round::ratio).collect();
    let mut ratios = ratios?;
    ratios.sort_by(f64::total_cmp);
    ratios.get(rank(ratios.len())).copied()
}

/// The rank, from 0, of the order statistic that is a lower confidence bound of the median.
///
/// It lies above the median where at most `rank` of the figures lie below it, and how many do is distributed binomially with
/// one half.
fn rank(count: usize) -> usize {
    let Ok(exponent) = i32::try_from(count) else {
        return 0;
    };
    let mut probability = 0.5_f64.powi(exponent);
    let mut at_most = probability;
    let mut rank = 0;
    // Of the sequence n over 0, n over 1, …
    for below in 1..=count {
        probability *= share(count + 1 - below, below);
        at_most += probability;
        if at_most > ERROR_MAX {
            break;
        }
        rank = below;
    }
    rank
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rounds are small")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Judges the share of failed requests, 0 to 1.
#[must_use]
pub(super) fn judge_errors(share: f64, share_max: f64) -> Verdict {
    if share <= share_max {
        Verdict::Kept
    } else {
        Verdict::Broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: f64 = 300.0;

    /// Rounds on a machine that is so many times slower than that of the baseline, with code so many times slower.
    fn rounds(machine: f64, code: f64, noise: &[f64]) -> Vec<Round> {
        let round = |noise: &f64| Round {
            reference: 2.0 * machine,
            subject: 10.0 * machine * code * noise,
        };
        noise.iter().map(round).collect()
    }

    const BASELINE: f64 = 5.0;
    const QUIET: [f64; 5] = [1.0; 5];

    fn check(rounds: &[Round], expected: Verdict) -> Judgement {
        let judgement = judge(rounds, 10.0, BOUND, Some(BASELINE));
        assert_eq!(judgement.verdict, expected, "{judgement:?}");
        judgement
    }

    #[test]
    fn nine_per_cent_pass_and_eleven_fail() {
        check(&rounds(1.0, 1.0, &QUIET), Verdict::Kept);
        check(&rounds(1.0, 1.09, &QUIET), Verdict::Kept);
        let judgement = check(&rounds(1.0, 1.11, &QUIET), Verdict::Regressed);
        assert!((judgement.regression.unwrap() - 0.11).abs() < 1e-9);
        assert!((judgement.resolution.unwrap() - 0.10).abs() < 1e-9);
    }

    #[test]
    fn a_machine_twice_as_slow_passes_and_one_twice_as_fast_hides_nothing() {
        check(&rounds(2.0, 1.0, &QUIET), Verdict::Kept);
        check(&rounds(2.0, 1.09, &QUIET), Verdict::Kept);
        check(&rounds(0.5, 1.11, &QUIET), Verdict::Regressed);
    }

    #[test]
    fn a_regression_within_the_spread_of_the_run_passes_and_one_beyond_it_fails() {
        let noise = [0.8, 0.9, 1.0, 1.1, 1.2];
        // The lowest round is at 0.8 × 1.3 = 1.04 of the baseline.
        let judgement = check(&rounds(1.0, 1.3, &noise), Verdict::Kept);
        assert!((judgement.resolution.unwrap() - 0.375).abs() < 1e-9);
        check(&rounds(1.0, 1.4, &noise), Verdict::Regressed);
    }

    #[test]
    fn one_lucky_round_of_many_hides_nothing() {
        let noise = [0.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        check(&rounds(1.0, 1.2, &noise), Verdict::Regressed);
    }

    #[test]
    fn the_rank_is_that_of_the_sign_test() {
        // From a table of the binomial distribution: P(X <= 1 of 8) = 0.035, P(X <= 1 of 7) = 0.063,
        // P(X <= 2 of 11) = 0.033, P(X <= 2 of 10) = 0.055.
        let ranks = [0, 1, 2, 3, 5, 7, 8, 10, 11].map(|count| (count, rank(count)));
        let expected = [
            (0, 0),
            (1, 0),
            (2, 0),
            (3, 0),
            (5, 0),
            (7, 0),
            (8, 1),
            (10, 1),
            (11, 2),
        ];
        assert_eq!(ranks, expected);
    }

    #[test]
    fn a_bound_holds_in_milliseconds_however_slow_the_machine() {
        let rounds = rounds(40.0, 1.0, &QUIET);
        let check = |p95, expected| {
            assert_eq!(
                judge(&rounds, p95, BOUND, Some(BASELINE)).verdict,
                expected,
                "{p95}"
            );
        };
        check(300.0, Verdict::Kept);
        check(300.1, Verdict::Broken);
        // Nothing was measured.
        check(0.0, Verdict::Broken);
        check(f64::NAN, Verdict::Broken);
    }

    #[test]
    fn without_a_baseline_the_bound_alone_counts() {
        let judgement = judge(&rounds(1.0, 9.0, &QUIET), 10.0, BOUND, None);
        assert_eq!(judgement.verdict, Verdict::Unknown);
        assert_eq!(judge(&[], 10.0, BOUND, None).verdict, Verdict::Broken);
        assert!((judgement.used - 10.0 / 300.0).abs() < 1e-12);
    }

    #[test]
    fn one_error_in_a_thousand_passes() {
        assert_eq!(judge_errors(0.001, 0.001), Verdict::Kept);
        assert_eq!(judge_errors(0.0011, 0.001), Verdict::Broken);
        assert_eq!(judge_errors(f64::NAN, 0.001), Verdict::Broken);
    }
}
