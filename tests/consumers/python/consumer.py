"""Follow the roster events in Redis Streams: in order, nothing missed, nothing handled twice.

Partitions share out the work: give each running copy its own, for instance PARTITIONS=0-31 and PARTITIONS=32-63.
One copy per partition is what keeps the events of a tenant in order.

What was handled is remembered in a file of this consumer's own (STATE_FILE), not in Redis: a broker that loses its last
writes would forget it together with the events, deliver them again, and nobody could tell.
"""

import functools
import json
import os
import signal
import sqlite3
import sys
import threading
import urllib.request

import redis
from jsonschema import Draft202012Validator, FormatChecker
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
GROUP = os.environ.get("CONSUMER_GROUP", "example-python")
CONSUMER = os.environ.get("CONSUMER_NAME", "consumer-1")
STATE_FILE = os.environ.get("STATE_FILE", f"{GROUP}.db")
FIRST, LAST = map(int, os.environ.get("PARTITIONS", "0-63").split("-"))
# The braces are part of the key: in Redis Cluster they keep a partition's keys on one node.
STREAMS = {f"lms.roster.v1:{{{partition}}}": partition for partition in range(FIRST, LAST + 1)}

# What every event has (CloudEvents 1.0 and its extensions), whatever its type. Unknown members are welcome.
TEXT, UUID = {"type": "string", "minLength": 1}, {"type": "string", "format": "uuid"}
PROPERTIES = {
    "specversion": {"const": "1.0"},
    "id": UUID,
    "source": TEXT,
    "type": {"type": "string", "pattern": r"^lms\.roster\.v1\."},
    "subject": TEXT,
    "time": {"type": "string", "format": "date-time"},
    "dataschema": {"type": "string", "format": "uri"},
    "datacontenttype": {"const": "application/json"},
    "tenantid": UUID,
    "correlationid": UUID,
    "partitionkey": TEXT,
    "sequence": {"type": "string", "pattern": "^[0-9]{1,19}$"},
    "data": {},
}


def validator(schema):
    return Draft202012Validator(schema, format_checker=FormatChecker())


ENVELOPE = validator({"type": "object", "required": list(PROPERTIES), "properties": PROPERTIES})
stopping = threading.Event()
tracer = trace.get_tracer("example-consumer")


@functools.cache  # what a URL leads to never changes, so each is fetched once
def schema(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return validator(json.load(response))


def check(entry, sequence, fields):
    """Gives the event of an entry; raises if it is not what was promised."""
    event = json.loads(fields["ce"])
    ENVELOPE.validate(event)
    schema(event["dataschema"]).validate(event["data"])
    flat = {name: fields.get(name) for name in ("id", "type", "tenantid", "traceparent")}
    if flat != {name: event.get(name) for name in flat} or event["sequence"] != str(sequence):
        raise ValueError(f"{entry}: the fields beside `ce` differ from the event")
    return event


class State:
    """How far each partition was handled, and which events. Your work belongs into the same transaction, if it is in a database."""

    def __init__(self, path):
        self.database = sqlite3.connect(path)
        self.database.executescript("""
            create table if not exists positions (partition integer primary key, epoch integer, sequence integer);
            create table if not exists handled (id text primary key, at text default current_timestamp);
            delete from handled where at < datetime('now', '-60 days');  -- far longer than any event stays in the log
        """)

    def position(self, partition):
        select = "select epoch, sequence from positions where partition = ?"
        return self.database.execute(select, (partition,)).fetchone()

    def was_handled(self, event_id):
        return self.database.execute("select 1 from handled where id = ?", (event_id,)).fetchone() is not None

    def moved(self, partition, epoch, sequence, event_id):
        with self.database:
            self.database.execute("replace into positions values (?, ?, ?)", (partition, epoch, sequence))
            self.database.execute("insert or ignore into handled (id) values (?)", (event_id,))


def handle(partition, entry, event):
    """Your own work goes here, type by type. A type that you do not know is news for others: pass over it."""
    if event["type"] in ("lms.roster.v1.SchoolCreated", "lms.roster.v1.TenantProvisioned"):
        keys = ("id", "type", "tenantid", "subject")
        print(json.dumps({"partition": partition, "entry": entry} | {key: event[key] for key in keys}), flush=True)


def trace_and_handle(stream, entry, event):
    """Handles an event inside a span that goes on with the trace of the request that caused it."""
    attributes = {
        "messaging.system": "redis",
        "messaging.operation.type": "process",
        "messaging.operation.name": "handle",
        "messaging.destination.name": stream,
        "messaging.destination.template": "lms.roster.v1:{partition}",
        "messaging.consumer.group.name": GROUP,
        "messaging.message.id": event["id"],
    }
    cause = propagate.extract(event)  # the event's `traceparent`, and whether that trace is recorded
    with tracer.start_as_current_span("process lms.roster.v1", cause, trace.SpanKind.CONSUMER, attributes):
        handle(STREAMS[stream], entry, event)


def is_new(known, stream, entry, epoch, sequence):
    """Says whether an entry lies behind what is known of its partition; raises if entries in between are gone."""
    if known is None:
        return True  # the first entry that this consumer ever sees; whoever needs what was before it bootstraps
    known_epoch, position = known
    if epoch < known_epoch:
        return False  # of a life of the stream that has ended, brought back by a failover
    if sequence > position + 1:
        raise ValueError(f"{stream}: {entry} (epoch {epoch}) follows {position}: what was in between is gone, bootstrap")
    return epoch > known_epoch or sequence > position  # otherwise it is here again: only its acknowledgement got lost


def take(client, state, stream, entries):
    partition = STREAMS[stream]
    for entry, fields in entries:
        if stopping.is_set():
            return  # what is not acknowledged is claimed at the next start
        epoch, sequence = int(fields.get("epoch", 1)), int(entry.split("-")[0])
        if is_new(state.position(partition), stream, entry, epoch, sequence):
            event = check(entry, sequence, fields)
            if not state.was_handled(event["id"]):  # a new epoch may begin with events that were there before
                trace_and_handle(stream, entry, event)
            state.moved(partition, epoch, sequence, event["id"])
        client.xack(stream, GROUP, entry)


def main():
    client = redis.Redis.from_url(REDIS_URL, decode_responses=True, protocol=2)
    state = State(STATE_FILE)
    for stream in STREAMS:
        try:
            client.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
    # First what a copy before this one had read but not acknowledged. It has died, since this one has its partitions.
    for stream in STREAMS:
        cursor = None
        while cursor != "0-0" and not stopping.is_set():
            cursor, entries, _ = client.xautoclaim(stream, GROUP, CONSUMER, min_idle_time=0, start_id=cursor or "0-0")
            take(client, state, stream, entries)
    # Then what is new.
    while not stopping.is_set():
        for stream, entries in client.xreadgroup(GROUP, CONSUMER, dict.fromkeys(STREAMS, ">"), count=100, block=1000):
            take(client, state, stream, entries)


if __name__ == "__main__":
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:  # without it there are no spans, and `tracer` costs nothing
        trace.set_tracer_provider(TracerProvider())
        trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        main()
    except Exception as error:  # an event that breaks its promise must stop the consumer, not be skipped
        sys.exit(f"{type(error).__name__}: {error}")
