//! The gate over whole reports, with synthetic rounds.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::consumer::Sighting;
use super::*;
use crate::load::{KindMeasurement, Latencies, Measurement};
use crate::rounds::Round;

fn facts() -> Facts {
    Facts {
        started: "2026-01-01 00:00".to_owned(),
        revision: "0".to_owned(),
        processors: 2,
        processor_model: "a processor".to_owned(),
        memory_mib: 1,
        kernel: "a kernel".to_owned(),
        file_system: "ext4".to_owned(),
        load_before: 0.0,
        versions: Vec::new(),
    }
}

/// Five rounds in which everything takes so many milliseconds, and the reference two on this machine.
fn figures(subject_ms: f64, machine: f64, errors: u64) -> Figures {
    let mut latencies = Latencies::new();
    for _ in 0..100 {
        latencies.record(Duration::from_secs_f64(subject_ms * machine / 1000.0));
    }
    let kinds = mix::KINDS.iter().map(|kind| KindMeasurement {
        name: kind.name,
        latencies: latencies.clone(),
        good_count: 1000,
        errors: [("status 503 instead of 200".to_owned(), errors)].into(),
    });
    let measurement = Measurement {
        kinds: kinds.collect(),
        duration: Duration::from_secs(1),
        generator_cpu: Duration::ZERO,
        lateness_p99_ms: Some(0.1),
    };
    let sighting = Sighting {
        at: Instant::now(),
        after_sealing: Duration::from_secs_f64(subject_ms * machine / 1000.0),
    };
    let answered: HashMap<_, _> = [("a".to_owned(), Instant::now())].into();
    let seen: HashMap<_, _> = [("a".to_owned(), sighting)].into();
    let mut figures = Figures::default();
    for _ in 0..5 {
        figures.add_measurement(&measurement);
        figures.add_events(&answered, &seen);
        for measure in Measure::ALL {
            figures.add_round(
                measure,
                Round {
                    reference: 2.0 * machine,
                    subject: subject_ms * machine,
                },
            );
        }
    }
    figures
}

fn report(figures: &Figures, baseline: Option<&Baseline>) -> SloReport {
    SloReport {
        facts: facts(),
        load: LoadShape::at_rate(RATE),
        rounds: 5,
        seconds: 1.0,
        injected_delay_ms: None,
        databases: vec![DatabaseReport::new(Database::Postgres, figures, baseline)],
    }
}

fn failures(subject_ms: f64, machine: f64, errors: u64) -> Vec<String> {
    let baseline = report(&figures(10.0, 1.0, 0), None).baseline();
    report(&figures(subject_ms, machine, errors), Some(&baseline)).failures()
}

#[test]
fn a_run_passes_against_itself_on_any_machine() {
    assert_eq!(failures(10.0, 1.0, 0), Vec::<String>::new());
    assert_eq!(failures(10.0, 2.0, 0), Vec::<String>::new());
    assert_eq!(failures(10.9, 0.5, 1), Vec::<String>::new());
}

#[test]
fn every_figure_that_got_worse_is_named() {
    let failures = failures(11.1, 1.0, 0);
    assert_eq!(failures.len(), 3, "{failures:?}");
    assert_eq!(
        failures[1],
        "PostgreSQL and Redis, writes: uses +11% more of its budget than the baseline does (at the very least +11%), 10% may be"
    );
}

#[test]
fn a_bound_that_is_broken_is_named_even_on_a_slow_machine() {
    let failures = failures(10.0, 40.0, 0);
    assert_eq!(
        failures,
        ["PostgreSQL and Redis, reads: the 95th percentile is 400.1 ms, the bound 300 ms"]
    );
}

#[test]
fn more_than_one_failed_request_in_a_thousand_fails() {
    assert_eq!(
        failures(10.0, 1.0, 2),
        ["PostgreSQL and Redis: 0.200% of the requests failed, 0.1% may"]
    );
}

#[test]
fn a_run_that_would_not_see_a_doubling_says_so() {
    let mut figures = figures(10.0, 1.0, 0);
    assert_eq!(report(&figures, None).warnings(), Vec::<String>::new());
    figures.add_round(
        Measure::Writes,
        Round {
            reference: 10.0,
            subject: 10.0,
        },
    );
    // The smallest of six is a fifth of the median.
    assert_eq!(
        report(&figures, None).warnings(),
        [
            "PostgreSQL and Redis, writes: regressions below +450% would not have shown; repeat this on a quieter machine"
        ]
    );
}

#[test]
fn the_tables_show_what_was_judged() {
    let baseline = report(&figures(10.0, 1.0, 0), None).baseline();
    let text = report(&figures(12.0, 1.0, 2), Some(&baseline)).markdown();
    let row = text.lines().find(|line| line.starts_with("| writes")).unwrap();
    assert!(
        row.contains("| 800 ms | 1.50% | 67× | 6.00 (6.00–6.00) | 5.00 | +20% | +10% | **regressed** |"),
        "{row}"
    );
    assert!(
        text.contains("70 × createSchool: status 503 instead of 200")
            || text.contains("10 × createSchool: status 503"),
        "{text}"
    );
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        slo: SloArguments,
    }
    let setting = |arguments: &[&str]| {
        let all = ["slo", "--binary", "/bin/true"].iter().chain(arguments);
        let slo = Command::try_parse_from(all).unwrap().slo;
        SloSetting::of(&slo, &slo.places)
    };
    for arguments in [
        ["--rounds", "0"],
        ["--seconds", "0"],
        ["--seconds", "NaN"],
        ["--rate", "0"],
    ] {
        assert!(setting(&arguments).is_err(), "{arguments:?}");
    }
    assert_eq!(setting(&[]).unwrap().rounds, 11);
    assert_eq!(setting(&["--quick"]).unwrap().rounds, 3);
    assert_eq!(setting(&["--update-baseline"]).unwrap().rounds, 21);
    assert!(
        Command::try_parse_from([
            "slo",
            "--binary",
            "x",
            "--update-baseline",
            "--inject-delay-ms",
            "1"
        ])
        .is_err()
    );
}
