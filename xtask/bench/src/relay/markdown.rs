//! A run as tables.

use std::fmt::Write as _;

use super::{Drain, Fairness, Idle, LatencyRow, Peers, Percentiles, RelayResult, Takeover};
use crate::rounds::Summary;

/// The drain beside pipelined `XADD`.
const DRAIN_RATIO_MIN: f64 = 0.4;

/// The 99th percentile with a backlog over that without.
const FAIRNESS_RATIO_MAX: f64 = 2.0;

const TAKEOVER_P99_MS_MAX: f64 = 250.0;

/// At 200 writes a second.
const LATENCY_MS_MAX: (f64, f64) = (1.0, 5.0);

const IDLE_QUERIES_MAX: f64 = 2.0;
const IDLE_PROCESSOR_SHARE_MAX: f64 = 0.005;

/// The whole run.
pub(super) fn document(result: &RelayResult) -> String {
    let mut text = result.facts.markdown() + "\n";
    text += &targets(result);
    text += &drains(&result.drains);
    text += &latencies(&result.latencies);
    text += &result.takeover.as_ref().map(takeover).unwrap_or_default();
    text += &result.fairness.as_ref().map(fairness).unwrap_or_default();
    text += &result.idle.as_ref().map(idle).unwrap_or_default();
    text += &result.peers.as_ref().map(peers).unwrap_or_default();
    text
}

struct Target {
    what: String,
    bound: String,
    measured: String,
    is_met: bool,
}

fn targets(result: &RelayResult) -> String {
    let drains = result.drains.iter().filter_map(|drain| {
        let ratio = drain.ratio()?;
        Some(Target {
            what: format!("drain, {} / pipelined XADD of the same entries", drain.spread),
            bound: format!("≥ {DRAIN_RATIO_MIN}"),
            measured: range(ratio, 2),
            is_met: ratio.median >= DRAIN_RATIO_MIN,
        })
    });
    let latencies = result
        .latencies
        .iter()
        .filter(|row| row.rate == Some(200.0))
        .map(|row| {
            let (p50, p99) = (row.after_commit.p50_ms, row.after_commit.p99_ms);
            Target {
                what: format!(
                    "commit record → consumer at 200 writes/s, by the {}, p50 and p99",
                    row.carrier
                ),
                bound: format!("≤ {} ms, ≤ {} ms", LATENCY_MS_MAX.0, LATENCY_MS_MAX.1),
                measured: format!("{p50:.2} ms, {p99:.2} ms"),
                is_met: p50 <= LATENCY_MS_MAX.0 && p99 <= LATENCY_MS_MAX.1,
            }
        });
    let takeover = result.takeover.iter().map(|takeover| Target {
        what: format!("takeover after SIGKILL, p99 of {}", takeover.kills),
        bound: format!("≤ {TAKEOVER_P99_MS_MAX} ms"),
        measured: format!("{:.0} ms", takeover.all_partitions.p99_ms),
        is_met: takeover.all_partitions.p99_ms <= TAKEOVER_P99_MS_MAX,
    });
    let fairness = result.fairness.iter().filter_map(|fairness| {
        let ratio = fairness.ratio()?;
        Some(Target {
            what: "p99 of 200 tenants beside another's backlog / without it".to_owned(),
            bound: format!("≤ {FAIRNESS_RATIO_MAX}"),
            measured: range(ratio, 2),
            is_met: ratio.median <= FAIRNESS_RATIO_MAX,
        })
    });
    let idle = result.idle.iter().map(|idle| Target {
        what: "one relay at rest: queries a second, share of a processor".to_owned(),
        bound: format!("≤ {IDLE_QUERIES_MAX}, ≤ {} %", IDLE_PROCESSOR_SHARE_MAX * 100.0),
        measured: format!("{:.2}, {:.2} %", idle.queries, idle.processor_share * 100.0),
        is_met: idle.queries <= IDLE_QUERIES_MAX && idle.processor_share <= IDLE_PROCESSOR_SHARE_MAX,
    });
    let mut text =
        "\n### Targets of the relay\n\n| what | target | measured | |\n|---|---|---|---|\n".to_owned();
    for target in drains
        .chain(latencies)
        .chain(takeover)
        .chain(fairness)
        .chain(idle)
    {
        let met = if target.is_met { "met" } else { "**not met**" };
        _ = writeln!(
            text,
            "| {} | {} | {} | {met} |",
            target.what, target.bound, target.measured
        );
    }
    text
}

fn drains(drains: &[Drain]) -> String {
    if drains.is_empty() {
        return String::new();
    }
    let mut text = "\n### Drain\n\n\
        | events | envelope | relay/s | pipelined XADD/s | ratio, median (range) | relay µs | broker µs | broker µs, XADD | relay MiB |\n\
        |---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for drain in drains {
        _ = writeln!(
            text,
            "| {} in {} | {} bytes | {} | {} | {} | {} | {} | {} | {} |",
            drain.events,
            drain.spread,
            drain.envelope_bytes,
            median(drain.figure(|round| round.rates.subject), 0),
            median(drain.figure(|round| round.rates.reference), 0),
            drain
                .ratio()
                .map_or_else(|| "–".to_owned(), |ratio| range(ratio, 2)),
            median(drain.figure(|round| round.relay_cpu_us), 1),
            median(drain.figure(|round| round.broker_cpu_us), 1),
            median(drain.figure(|round| round.reference_broker_cpu_us), 1),
            median(drain.figure(|round| round.relay_memory_mib), 0),
        );
    }
    text + "\nµs are processor time for one event.\n"
}

fn latencies(rows: &[LatencyRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = "\n### From commit to consumer\n\n\
        | carried by | writes/s | p50 ms | p99 ms | max ms | after the answer: p50 ms | p99 ms | max ms |\n\
        |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows {
        let rate = match row.rate {
            Some(rate) => format!("{rate:.0}"),
            None => format!("{:.0}, saturated", row.throughput),
        };
        let answer = row
            .after_answer
            .as_ref()
            .map_or_else(|| "– | – | –".to_owned(), columns);
        _ = writeln!(
            text,
            "| {} | {rate} | {} | {answer} |",
            row.carrier,
            columns(&row.after_commit)
        );
    }
    text
}

fn takeover(takeover: &Takeover) -> String {
    format!(
        "\n### Takeover\n\n{} kills of the relay that carried everything, at 200 writes/s.\n\n\
         | what | p50 ms | p99 ms | max ms |\n|---|---|---|---|\n\
         | from the kill until every partition had published a later commit | {} |\n\
         | from the kill until the first of them had | {} |\n\
         | the longest commit record → consumer around the kill | {} |\n",
        takeover.kills,
        columns(&takeover.all_partitions),
        columns(&takeover.first_partition),
        columns(&takeover.longest)
    )
}

fn fairness(fairness: &Fairness) -> String {
    let mut text = format!(
        "\n### Fairness\n\n200 tenants write 200 events a second together, beside a backlog of {} events of one tenant and \
         after it.\n\n\
         | round | backlog gone after | with: p50 ms | p99 ms | max ms | without: p50 ms | p99 ms | max ms | its own partition: \
         p50 ms | max ms | service MiB |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
        fairness.backlog
    );
    for (number, round) in fairness.rounds.iter().enumerate() {
        _ = writeln!(
            text,
            "| {} | {:.1} s | {} | {} | {:.0} | {:.0} | {:.0} |",
            number + 1,
            round.drained_after_s,
            columns(&round.with_backlog),
            columns(&round.without_backlog),
            round.same_partition.p50_ms,
            round.same_partition.max_ms,
            round.memory_mib
        );
    }
    text
}

fn idle(idle: &Idle) -> String {
    format!(
        "\n### At rest\n\nOne relay, {} partitions with events, all published: {:.2} queries and {:.1} broker commands a second, \
         {:.2} % of a processor, {:.0} MiB.\n",
        idle.partitions,
        idle.queries,
        idle.commands,
        idle.processor_share * 100.0,
        idle.memory_mib
    )
}

fn peers(peers: &Peers) -> String {
    let mut text = format!(
        "\n### Against other relays\n\n{} events into one stream; latencies at 200 writes/s, from the commit record.\n\n\
         | relay | drained/s | processor µs for one | MiB | first entry after s | p50 ms | p99 ms | max ms |\n\
         |---|---|---|---|---|---|---|---|\n",
        peers.events
    );
    for row in &peers.rows {
        _ = writeln!(
            text,
            "| {} | {:.0} | {:.1} | {:.0} | {:.1} | {} |",
            row.name,
            row.drain_rate,
            row.cpu_us,
            row.memory_mib,
            row.first_after_s,
            columns(&row.after_commit)
        );
    }
    text
}

fn columns(percentiles: &Percentiles) -> String {
    format!(
        "{:.2} | {:.2} | {:.1}",
        percentiles.p50_ms, percentiles.p99_ms, percentiles.max_ms
    )
}

fn median(summary: Option<Summary>, digits: usize) -> String {
    summary.map_or_else(
        || "–".to_owned(),
        |summary| format!("{:.digits$}", summary.median),
    )
}

fn range(summary: Summary, digits: usize) -> String {
    format!(
        "{:.digits$} ({:.digits$} to {:.digits$})",
        summary.median, summary.min, summary.max
    )
}
