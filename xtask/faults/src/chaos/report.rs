//! How long it took until the backlog was empty, in a table.

use std::collections::BTreeMap;
use std::time::Duration;

use super::schedule::Fault;

/// Times from the end of a round's last fault to an empty backlog.
#[derive(Debug, Default)]
pub(super) struct Recoveries {
    of: BTreeMap<&'static str, Vec<Duration>>,
}

const TWO: &str = "two at a time";
const ALL: &str = "all";

impl Recoveries {
    /// Notes one. Where two faults came together it cannot be said of either.
    pub(super) fn add(&mut self, faults: &[Fault], recovery: Duration) {
        let name = match faults {
            [fault] => fault.kind.name(),
            _ => TWO,
        };
        self.of.entry(name).or_default().push(recovery);
        self.of.entry(ALL).or_default().push(recovery);
    }

    /// Prints the table, in Markdown: the kinds, then pairs, then all.
    pub(super) fn print(&self) {
        println!("\nFrom the end of a fault to an empty backlog, in milliseconds:\n");
        println!("| fault | times | p50 | p99 | max |\n|---|---|---|---|---|");
        let is_sum = |name: &str| name == TWO || name == ALL;
        let kinds = self.of.iter().filter(|(name, _)| !is_sum(name));
        let sums = [TWO, ALL].iter().filter_map(|name| self.of.get_key_value(name));
        for (name, times) in kinds.chain(sums) {
            let milliseconds = |share| at(times, share).as_secs_f64() * 1e3;
            println!(
                "| {name} | {} | {:.0} | {:.0} | {:.0} |",
                times.len(),
                milliseconds(0.5),
                milliseconds(0.99),
                milliseconds(1.0)
            );
        }
    }
}

/// The value below which `share` of all are, or the smallest that there is for it.
pub(super) fn at<T: Copy + Ord + Default>(values: &[T], share: f64) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a count"
    )]
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_smallest_value_that_reaches_it() {
        let values: Vec<u32> = (1..=100).rev().collect();
        assert_eq!([0.5, 0.99, 1.0].map(|share| at(&values, share)), [50, 99, 100]);
        assert_eq!(at(&[7], 0.5), 7);
        assert_eq!(at::<u32>(&[], 0.5), 0);
    }
}
