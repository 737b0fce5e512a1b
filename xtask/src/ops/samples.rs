//! Series for the cases of an alert, in the notation of `promtool test rules`.

use std::fmt::Write as _;

/// A series with a sample each minute.
#[derive(Clone)]
pub(super) struct Samples {
    /// Name and labels.
    pub(super) series: String,
    /// The samples.
    pub(super) values: String,
}

impl Samples {
    /// A series that stays at one value.
    pub(super) fn constant(series: &str, value: u32, minutes: u32) -> Self {
        Self::literal(series, &format!("{value}x{minutes}"))
    }

    /// A series in the notation itself, such as `0+5x60` or `1 _ 3`.
    pub(super) fn literal(series: &str, values: &str) -> Self {
        Self {
            series: series.to_owned(),
            values: values.to_owned(),
        }
    }

    /// A counter that grows at one rate after the other: pairs of growth in a minute and of minutes.
    pub(super) fn counter(series: &str, stretches: &[(u32, u32)]) -> Self {
        let (mut values, mut value) = (String::new(), 0);
        for (growth, minutes) in stretches.iter().filter(|(_, minutes)| *minutes > 0) {
            // `a+bxn` is n + 1 samples, of which the first is `a`.
            let first = if values.is_empty() { value } else { value + growth };
            let rest = minutes - 1;
            let separator = if values.is_empty() { "" } else { " " };
            // Writing into a text cannot fail.
            _ = write!(values, "{separator}{first}+{growth}x{rest}");
            value = first + growth * rest;
        }
        Self {
            series: series.to_owned(),
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Samples;

    #[test]
    fn a_counter_goes_on_where_it_was() {
        let counter = Samples::counter("a", &[(10, 3), (0, 2), (5, 1)]);
        // 0 10 20, 20 20, 25
        assert_eq!(counter.values, "0+10x2 20+0x1 25+5x0");
    }
}
