"""The outbox table and the engine to its database."""

import os

from faststream_outbox import make_outbox_table
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

metadata = MetaData()
table = make_outbox_table(metadata, table_name="faststream_outbox")
engine = create_async_engine(
    "postgresql+asyncpg://{PGUSER}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**os.environ), pool_size=20, max_overflow=20
)
