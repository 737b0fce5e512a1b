//! The result of a run, as JSON and as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::baseline::{Baseline, BaselineFigure, LoadShape};
use super::figures::{ERROR_SHARE_MAX, Figures, Measure};
use super::stage::Database;
use super::verdict::{Judgement, REGRESSION_MAX, Verdict, judge, judge_errors};
use crate::facts::Facts;
use crate::load::Latencies;
use crate::rounds::Round;

/// A run that would not show a service twice as slow is worth a warning.
const BLIND_ABOVE: f64 = 1.0;

/// The result of a run.
#[derive(Debug, Clone, Serialize)]
pub struct SloReport {
    /// The machine, and what ran on it.
    pub facts: Facts,
    /// The load.
    pub load: LoadShape,
    /// How many rounds there were.
    pub rounds: usize,
    /// For how many seconds each loaded the service.
    pub seconds: f64,
    /// By how many milliseconds each answer was held up on purpose.
    pub injected_delay_ms: Option<u64>,
    /// By database.
    pub databases: Vec<DatabaseReport>,
}

/// What was found on one database.
#[derive(Debug, Clone, Serialize)]
pub struct DatabaseReport {
    /// Its key, such as `postgres`.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The service levels.
    pub figures: Vec<FigureReport>,
    /// By kind of request.
    pub kinds: Vec<Percentiles>,
    /// How long after its caller had the answer an event was seen; 0 where it came before.
    pub publish_after_answer: Option<Percentiles>,
    /// How many requests were answered or failed.
    pub request_count: u64,
    /// What failed, by kind of request and by what came instead.
    pub errors: BTreeMap<String, u64>,
    /// The share of all requests that failed.
    pub error_share: f64,
    /// How the failures stand.
    pub error_verdict: Verdict,
    /// What the generator took of one processor.
    pub generator_share: f64,
    /// The 99th percentile of how late the generator itself was, in the worst round.
    pub lateness_p99_ms: f64,
}

/// One service level.
#[derive(Debug, Clone, Serialize)]
pub struct FigureReport {
    /// Its name.
    pub name: &'static str,
    /// Latencies over all rounds.
    pub latencies: Percentiles,
    /// Each round's 95th percentiles.
    pub rounds: Vec<Round>,
    /// How it stands.
    pub judgement: Judgement,
}

/// Some percentiles, in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Percentiles {
    /// Of what.
    pub name: String,
    /// How many there were.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Percentiles {
    fn of(name: &str, latencies: &Latencies) -> Self {
        Self {
            name: name.to_owned(),
            count: latencies.count(),
            p50_ms: latencies.percentile_ms(50.0),
            p95_ms: latencies.percentile_ms(95.0),
            p99_ms: latencies.percentile_ms(99.0),
            max_ms: latencies.max_ms(),
        }
    }
}

impl DatabaseReport {
    pub(super) fn new(database: Database, figures: &Figures, baseline: Option<&Baseline>) -> Self {
        let key = key(database);
        let report = |measure: Measure| {
            let latencies = Percentiles::of(measure.name(), figures.latencies(measure)?);
            let rounds = figures.rounds(measure);
            let ratio = baseline.and_then(|baseline| baseline.ratio(&figure_key(key, measure.name())));
            Some(FigureReport {
                name: measure.name(),
                judgement: judge(rounds, latencies.p95_ms, measure.bound_ms(), ratio),
                latencies,
                rounds: rounds.to_vec(),
            })
        };
        let after_answer = figures.after_answer();
        Self {
            key,
            name: database.name(),
            figures: Measure::ALL.into_iter().filter_map(report).collect(),
            kinds: figures
                .kinds()
                .iter()
                .map(|(name, latencies)| Percentiles::of(name, latencies))
                .collect(),
            publish_after_answer: (after_answer.count() > 0)
                .then(|| Percentiles::of("publish, after the answer", after_answer)),
            request_count: figures.request_count(),
            errors: figures.errors().clone(),
            error_share: figures.error_share(),
            error_verdict: judge_errors(figures.error_share(), ERROR_SHARE_MAX),
            generator_share: figures.generator_share(),
            lateness_p99_ms: figures.lateness_p99_ms(),
        }
    }
}

impl SloReport {
    /// What does not hold, in words; nothing where all is well.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for database in &self.databases {
            for figure in &database.figures {
                failures.extend(
                    failure(figure).map(|text| format!("{}, {}: {text}", database.name, figure.name)),
                );
            }
            if database.error_verdict.fails() {
                let (share, max) = (100.0 * database.error_share, 100.0 * ERROR_SHARE_MAX);
                failures.push(format!(
                    "{}: {share:.3}% of the requests failed, {max:.1}% may",
                    database.name
                ));
            }
        }
        failures
    }

    /// Where this run was too restless to see a service twice as slow.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let blind = self.databases.iter().flat_map(|database| {
            let figures = database.figures.iter();
            figures.filter_map(|figure| {
                let resolution = figure
                    .judgement
                    .resolution
                    .filter(|resolution| *resolution > BLIND_ABOVE)?;
                Some(format!(
                    "{}, {}: regressions below {} would not have shown; repeat this on a quieter machine",
                    database.name,
                    figure.name,
                    change(Some(resolution))
                ))
            })
        });
        blind.collect()
    }

    /// The baseline that this run would be.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        let figures = self.databases.iter().flat_map(|database| {
            database.figures.iter().filter_map(|figure| {
                let ratio = figure.judgement.ratio?;
                let baseline = BaselineFigure {
                    ratio: ratio.median,
                    ratio_min: ratio.min,
                    ratio_max: ratio.max,
                    rounds: figure.rounds.len(),
                    used: figure.judgement.used,
                };
                Some((figure_key(database.key, figure.name), baseline))
            })
        });
        Baseline {
            measured: format!(
                "{} UTC at revision {} on {} processors ({}), load average before {:.1}",
                self.facts.started,
                self.facts.revision,
                self.facts.processors,
                self.facts.processor_model,
                self.facts.load_before
            ),
            load: self.load.clone(),
            figures: figures.collect(),
        }
    }

    /// The tables.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "{}\n- {} requests a second for {} rounds of {} s\n",
            self.facts.markdown(),
            self.load.rate,
            self.rounds,
            self.seconds
        );
        if let Some(delay) = self.injected_delay_ms {
            // Writing to a String cannot fail, here and below.
            _ = writeln!(text, "- **each answer was held up by {delay} ms on purpose**");
        }
        for database in &self.databases {
            _ = write!(text, "\n{}", database_markdown(database));
        }
        text
    }
}

fn failure(figure: &FigureReport) -> Option<String> {
    let judgement = &figure.judgement;
    match judgement.verdict {
        Verdict::Kept | Verdict::Unknown => None,
        Verdict::Broken => Some(format!(
            "the 95th percentile is {:.1} ms, the bound {:.0} ms",
            judgement.p95_ms, judgement.bound_ms
        )),
        Verdict::Regressed => Some(format!(
            "uses {} more of its budget than the baseline does (at the very least {}), {:.0}% may be",
            change(judgement.regression),
            change(judgement.regression_certain),
            100.0 * REGRESSION_MAX
        )),
    }
}

fn database_markdown(database: &DatabaseReport) -> String {
    let mut text = format!(
        "**{}** ({} requests)\n\n\
         | service level | p50 | p95 | p99 | bound (p95) | used | margin | p95 to reference (rounds) | baseline | change | seen from | verdict |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
        database.name, database.request_count
    );
    for figure in &database.figures {
        let (latencies, judgement) = (&figure.latencies, &figure.judgement);
        let ratio = judgement.ratio.map_or("–".to_owned(), |ratio| {
            format!("{:.2} ({:.2}–{:.2})", ratio.median, ratio.min, ratio.max)
        });
        let baseline = judgement
            .baseline_ratio
            .map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
        _ = writeln!(
            text,
            "| {} | {:.2} ms | {:.2} ms | {:.2} ms | {:.0} ms | {:.2}% | {:.0}× | {ratio} | {baseline} | {} | {} | {} |",
            figure.name,
            latencies.p50_ms,
            latencies.p95_ms,
            latencies.p99_ms,
            judgement.bound_ms,
            100.0 * judgement.used,
            1.0 / judgement.used,
            change(judgement.regression),
            change(judgement.resolution),
            verdict(judgement.verdict),
        );
    }
    _ = writeln!(
        text,
        "| errors | | | | {:.1}% of requests | {:.3}% | | | | | | {} |\n",
        100.0 * ERROR_SHARE_MAX,
        100.0 * database.error_share,
        verdict(database.error_verdict)
    );
    text.push_str("| request | count | p50 | p95 | p99 | longest |\n|---|---|---|---|---|---|\n");
    for kind in database.kinds.iter().chain(&database.publish_after_answer) {
        _ = writeln!(
            text,
            "| {} | {} | {:.2} ms | {:.2} ms | {:.2} ms | {:.1} ms |",
            kind.name, kind.count, kind.p50_ms, kind.p95_ms, kind.p99_ms, kind.max_ms
        );
    }
    for (fault, count) in &database.errors {
        _ = writeln!(text, "\n- {count} × {fault}");
    }
    _ = writeln!(
        text,
        "\nThe generator took {:.0}% of one processor; it noticed requests at most {:.2} ms late (p99 of the worst round).",
        100.0 * database.generator_share,
        database.lateness_p99_ms
    );
    text
}

fn change(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:+.0}%", 100.0 * share))
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "kept",
        Verdict::Unknown => "kept (no baseline)",
        Verdict::Regressed => "**regressed**",
        Verdict::Broken => "**broken**",
    }
}

fn key(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "sqlite",
        Database::Postgres => "postgres",
    }
}

fn figure_key(database: &str, measure: &str) -> String {
    format!("{database}/{measure}")
}
