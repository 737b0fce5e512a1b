"""FastStream's outbox, relayed to one Redis stream with a stacked publisher, as its documentation shows."""

import asyncio
import logging
import os

from faststream import FastStream
from faststream.redis import RedisBroker
from faststream_outbox import OutboxBroker
from outbox import engine, table

broker_outbox = OutboxBroker(engine, outbox_table=table, log_level=logging.DEBUG)
broker_redis = RedisBroker(os.environ["REDIS_URL"])
publisher = broker_redis.publisher(stream=os.environ["STREAM"])


@publisher
@broker_outbox.subscriber(
    "events",
    # For throughput, at the price of the order; the defaults are one worker, 10 rows and a DELETE for each.
    max_workers=16,
    fetch_batch_size=500,
    terminal_flush_batch_size=100,
)
async def relay(body: dict) -> dict:
    return body


app = FastStream(broker_outbox, on_startup=[broker_redis.connect])
asyncio.run(app.run(log_level=logging.WARNING))
