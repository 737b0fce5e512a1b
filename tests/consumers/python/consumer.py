"""Follow the roster events in Redis Streams: in order, nothing missed, nothing handled twice.

Partitions share out the work: give each running copy its own, for instance PARTITIONS=0-31 and PARTITIONS=32-63.
One copy per partition is what keeps the events of a tenant in order.
"""

import functools
import json
import os
import signal
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


def handle(partition, entry, event):
    """Your own work goes here. If it is done in a database, store the position there in the same transaction."""
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


def take(client, positions, stream, entries):
    for entry, fields in entries:
        if stopping.is_set():
            return  # what is not acknowledged is claimed at the next start
        sequence, position = int(entry.split("-")[0]), positions[stream]
        if sequence > position:  # otherwise it was handled before, and only its acknowledgement got lost
            if position and sequence != position + 1:
                raise ValueError(f"{stream}: {entry} follows {position}: entries in between were trimmed unread")
            trace_and_handle(stream, entry, check(entry, sequence, fields))
        with client.pipeline(transaction=True) as transaction:
            transaction.set(f"{GROUP}:position:{{{STREAMS[stream]}}}", max(sequence, position))
            transaction.xack(stream, GROUP, entry)
            transaction.execute()
        positions[stream] = max(sequence, position)


def main():
    client = redis.Redis.from_url(REDIS_URL, decode_responses=True, protocol=2)
    positions = {}
    for stream, partition in STREAMS.items():
        try:
            client.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        positions[stream] = int(client.get(f"{GROUP}:position:{{{partition}}}") or 0)
    # First what a copy before this one had read but not acknowledged. It has died, since this one has its partitions.
    for stream in STREAMS:
        cursor = None
        while cursor != "0-0" and not stopping.is_set():
            cursor, entries, _ = client.xautoclaim(stream, GROUP, CONSUMER, min_idle_time=0, start_id=cursor or "0-0")
            take(client, positions, stream, entries)
    # Then what is new.
    while not stopping.is_set():
        for stream, entries in client.xreadgroup(GROUP, CONSUMER, dict.fromkeys(STREAMS, ">"), count=100, block=1000):
            take(client, positions, stream, entries)


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
