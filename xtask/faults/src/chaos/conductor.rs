//! The run from its first to its last moment.

use std::time::{Duration, Instant};

use super::ChaosArguments;
use super::backlog::Backlog;
use super::check;
use super::consumer::Consumer;
use super::faults;
use super::report::Recoveries;
use super::schedule::{Round, Schedule};
use super::stage::Stage;
use super::writers::Writers;

/// So many rounds are printed before the run begins; each is printed again when it comes.
const ROUNDS_SHOWN: usize = 40;

/// How long the relays are left in peace before the first fault.
const WARM_UP: Duration = Duration::from_secs(1);

/// Runs it; gives whether all is as it should be.
pub(super) async fn run(arguments: &ChaosArguments, schedule: Schedule) -> bool {
    let shown = arguments.rounds.map_or(ROUNDS_SHOWN, |rounds| rounds as usize);
    println!("seed {}; the schedule begins with", arguments.seed);
    schedule
        .clone()
        .take(shown)
        .for_each(|round| println!("  {round}"));
    // Each process starts in a folder of its own.
    let binary = match std::path::absolute(&arguments.binary) {
        Ok(binary) if binary.is_file() => binary,
        _ => {
            eprintln!("error: {} is no file", arguments.binary.display());
            return false;
        }
    };
    let stage = Stage::start(&binary, arguments.control, arguments.sentinel).await;
    let writers = Writers::start(stage.base_urls(), arguments.rate, arguments.seed).await;
    let consumer = Consumer::start(stage.consumer_network.port());
    tokio::time::sleep(WARM_UP).await;

    let mut recoveries = Recoveries::default();
    let mut stuck = None;
    let begun = Instant::now();
    for round in schedule {
        let is_over = match arguments.rounds {
            Some(rounds) => round.number > rounds,
            None => begun.elapsed() >= arguments.length(),
        };
        if is_over {
            break;
        }
        if let Err(behind) = play(
            &stage,
            &consumer,
            &round,
            arguments.control,
            begun,
            &mut recoveries,
        )
        .await
        {
            stuck = Some(format!(
                "after round {} the backlog does not empty: {behind}",
                round.number
            ));
            break;
        }
        if round.number % 10 == 0 {
            println!(
                "  {} schools answered, {} events handled",
                writers.answered(),
                consumer.count()
            );
        }
    }
    let faulted_for = begun.elapsed();
    let outcome = check::outcome(&stage, writers, consumer, stuck, (&binary, arguments)).await;
    recoveries.print();
    outcome.print(faulted_for);
    outcome.is_well(arguments.control)
}

/// One round, and the wait for an empty backlog after it.
async fn play(
    stage: &Stage,
    consumer: &Consumer,
    round: &Round,
    is_control: bool,
    run_begun: Instant,
    recoveries: &mut Recoveries,
) -> Result<(), String> {
    consumer.set_quiet(true);
    tokio::time::sleep(Duration::from_millis(round.pause)).await;
    consumer.set_quiet(false);
    println!("[{:7.2}] {round}", run_begun.elapsed().as_secs_f64());
    let round_begun = Instant::now();
    let playing = round.faults.iter().map(|fault| {
        let fault = *fault;
        async move {
            tokio::time::sleep(Duration::from_millis(fault.begins)).await;
            let (mut begun, remark) = faults::begin(stage, fault).await;
            let name = fault.kind.name();
            log(run_begun, &format!("{name} begun {remark}"));
            let end = round_begun + Duration::from_millis(fault.begins + fault.lasts);
            faults::last(stage, &begun, end).await;
            faults::end(stage, &mut begun).await;
            log(run_begun, &format!("{name} ended"));
            begun
        }
    });
    let begun = futures_util::future::join_all(playing).await;
    let ended = Instant::now();
    Backlog::new(stage, is_control).await.until_empty().await?;
    let recovery = ended.elapsed();
    log(
        run_begun,
        &format!(
            "the backlog is empty after {:.0} ms",
            recovery.as_secs_f64() * 1e3
        ),
    );
    recoveries.add(&round.faults, recovery);
    for fault in &begun {
        faults::tidy(stage, fault);
    }
    Ok(())
}

fn log(run_begun: Instant, text: &str) {
    println!("[{:7.2}]   {text}", run_begun.elapsed().as_secs_f64());
}
