//! The committed baseline: the ratios that a run is held against.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::mix::KINDS;
use crate::error::BenchError;
use crate::seed::TENANT_COUNT;

/// A baseline, as it is committed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What it was measured on, for readers; nothing is computed from it.
    pub measured: String,
    /// The load that it was measured with. A ratio says nothing about another load.
    pub load: LoadShape,
    /// By database and measure, such as `postgres/writes`.
    pub figures: BTreeMap<String, BaselineFigure>,
}

/// The load, as far as ratios depend on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadShape {
    /// Requests per second.
    pub rate: f64,
    /// How many tenants they go to.
    pub tenants: u32,
    /// The mix: the shares of the kinds of requests, in per cent.
    pub mix: BTreeMap<String, u8>,
}

impl LoadShape {
    /// Today's.
    #[must_use]
    pub fn at_rate(rate: f64) -> Self {
        Self {
            rate,
            tenants: TENANT_COUNT,
            mix: KINDS
                .iter()
                .map(|kind| (kind.name.to_owned(), kind.share_percent))
                .collect(),
        }
    }
}

/// A figure of the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineFigure {
    /// The median of the rounds' ratios of subject to reference. This alone is compared.
    pub ratio: f64,
    /// The smallest ratio of a round.
    pub ratio_min: f64,
    /// The largest.
    pub ratio_max: f64,
    /// How many rounds there were.
    pub rounds: usize,
    /// The share of the budget that was used on that machine.
    pub used: f64,
}

impl Baseline {
    /// Reads one; nothing where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, BenchError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BenchError::io(path.display().to_string())(error)),
        };
        let baseline = serde_json::from_str(&text).map_err(|error| BenchError::Document {
            path: path.to_owned(),
            reason: format!("is no baseline: {error}"),
        })?;
        Ok(Some(baseline))
    }

    /// Writes it.
    pub fn write(&self, path: &Path) -> Result<(), BenchError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| BenchError::invalid("the baseline", error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(path, text + "\n"))
            .map_err(BenchError::io(path.display().to_string()))
    }

    /// Refuses to be compared with another load.
    pub fn require_load(&self, load: &LoadShape) -> Result<(), BenchError> {
        if self.load == *load {
            return Ok(());
        }
        Err(BenchError::Arguments(format!(
            "the baseline was measured with another load ({:?} and not {load:?}): take --rate {} or --update-baseline",
            self.load, self.load.rate
        )))
    }

    /// The ratio of one figure, where there is one.
    #[must_use]
    pub fn ratio(&self, figure: &str) -> Option<f64> {
        self.figures.get(figure).map(|figure| figure.ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline() -> Baseline {
        let figure = BaselineFigure {
            ratio: 5.0,
            ratio_min: 4.0,
            ratio_max: 6.0,
            rounds: 15,
            used: 0.02,
        };
        Baseline {
            measured: "here".to_owned(),
            load: LoadShape::at_rate(200.0),
            figures: [("sqlite/reads".to_owned(), figure)].into(),
        }
    }

    #[test]
    fn a_baseline_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/baseline.json");
        assert_eq!(Baseline::read(&path).unwrap(), None);
        baseline().write(&path).unwrap();
        let read = Baseline::read(&path).unwrap().unwrap();
        assert_eq!(read, baseline());
        assert_eq!(read.ratio("sqlite/reads"), Some(5.0));
        assert_eq!(read.ratio("sqlite/publish"), None);
        std::fs::write(&path, "{}").unwrap();
        assert!(
            Baseline::read(&path)
                .unwrap_err()
                .to_string()
                .contains("is no baseline")
        );
    }

    #[test]
    fn another_load_is_not_compared() {
        baseline().require_load(&LoadShape::at_rate(200.0)).unwrap();
        let error = baseline()
            .require_load(&LoadShape::at_rate(100.0))
            .unwrap_err()
            .to_string();
        assert!(error.contains("take --rate 200 or --update-baseline"), "{error}");
    }
}
