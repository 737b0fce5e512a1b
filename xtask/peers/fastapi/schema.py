"""Applies schema.sql once, before any worker starts."""

import asyncio
import os
import pathlib

import asyncpg


async def main() -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute((pathlib.Path(__file__).parents[1] / "schema.sql").read_text())
    await connection.close()


asyncio.run(main())
