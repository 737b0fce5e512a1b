"""Creates the outbox table as the library defines it."""

import asyncio

from outbox import engine, metadata


async def create() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


asyncio.run(create())
