//! The arithmetic of comparisons.
//!
//! A reference and a subject take turns; each round gives one ratio, and the median of the rounds is the figure. Machines are
//! noisy in stretches of seconds: the two halves of a round lie next to each other, so that noise hits both or shows in the
//! spread. The order alternates, so that whoever goes second (over a warmer cache, under a busier disk) is not always the same.

use serde::Serialize;

/// Who goes first in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// What is held against.
    Reference,
    /// What is measured.
    Subject,
}

impl First {
    /// Of this round, counted from 0.
    #[must_use]
    pub fn of_round(round: usize) -> Self {
        if round.is_multiple_of(2) {
            Self::Reference
        } else {
            Self::Subject
        }
    }
}

/// One round's two figures, in the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Round {
    /// What is held against.
    pub reference: f64,
    /// What is measured.
    pub subject: f64,
}

impl Round {
    /// Subject over reference; nothing where the reference did nothing.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        (self.reference > 0.0).then(|| self.subject / self.reference)
    }
}

/// The middle of several figures, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// The median.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Summary {
    /// Of at least one figure, none of them NaN; nothing otherwise.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        if figures.iter().any(|figure| figure.is_nan()) {
            return None;
        }
        figures.sort_by(f64::total_cmp);
        let (min, max) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let upper = *figures.get(middle)?;
        let median = if figures.len().is_multiple_of(2) {
            f64::midpoint(*figures.get(middle - 1)?, upper)
        } else {
            upper
        };
        Some(Self { median, min, max })
    }

    /// The distance of the outermost figures as a share of the median.
    #[must_use]
    pub fn spread(&self) -> f64 {
        if self.median == 0.0 {
            return 0.0;
        }
        (self.max - self.min) / self.median.abs()
    }
}

/// The ratios of several rounds; nothing if one of them has none.
#[must_use]
pub fn ratios(rounds: &[Round]) -> Option<Summary> {
    let ratios: Option<Vec<f64>> = rounds.iter().map(Round::ratio).collect();
    Summary::of(ratios?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(figures: &[f64], median: f64, min: f64, max: f64) {
        assert_eq!(
            Summary::of(figures.iter().copied()),
            Some(Summary { median, min, max })
        );
    }

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        check(&[3.0], 3.0, 3.0, 3.0);
        check(&[9.0, 1.0, 2.0], 2.0, 1.0, 9.0);
        check(&[4.0, 1.0, 3.0, 100.0], 3.5, 1.0, 100.0);
    }

    #[test]
    fn of_nothing_and_of_what_is_no_number_there_is_no_summary() {
        assert_eq!(Summary::of([]), None);
        assert_eq!(Summary::of([1.0, f64::NAN]), None);
    }

    #[test]
    fn a_round_on_a_slower_machine_has_the_same_ratio() {
        let fast = Round {
            reference: 1000.0,
            subject: 600.0,
        };
        let slow = Round {
            reference: 500.0,
            subject: 300.0,
        };
        assert_eq!(fast.ratio(), slow.ratio());
        let summary = ratios(&[fast, slow]).unwrap();
        assert!((summary.median - 0.6).abs() < 1e-12 && summary.spread() < 1e-12);
    }

    /// The ratio of the medians would be 2 here, although no round has seen that.
    #[test]
    fn the_median_is_of_ratios_and_no_ratio_of_medians() {
        let rounds = [(100.0, 100.0), (50.0, 200.0), (300.0, 30.0)];
        let rounds = rounds.map(|(reference, subject)| Round { reference, subject });
        let summary = ratios(&rounds).unwrap();
        assert!((summary.median - 1.0).abs() < 1e-12, "{summary:?}");
    }

    #[test]
    fn a_reference_that_did_nothing_makes_no_ratio() {
        let rounds = [Round {
            reference: 0.0,
            subject: 5.0,
        }];
        assert_eq!(ratios(&rounds), None);
    }

    #[test]
    fn the_spread_is_relative() {
        let summary = Summary {
            median: 2.0,
            min: 1.5,
            max: 2.5,
        };
        assert!((summary.spread() - 0.5).abs() < 1e-12);
        assert!(Summary::of([0.0]).unwrap().spread().abs() < 1e-12);
    }

    #[test]
    fn whoever_goes_first_alternates() {
        use First::{Reference, Subject};
        assert_eq!(
            [0, 1, 2, 3].map(First::of_round),
            [Reference, Subject, Reference, Subject]
        );
    }
}
