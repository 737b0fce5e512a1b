"""Commits five rows, or reads one by its key, at a pace; prints the 95th percentile in milliseconds.

Usage: python3 -c … DATABASE write|read RATE SECONDS. Arrivals are a Poisson process, and a latency counts from the intended
start. The settings are the service's (write-ahead log, synchronous=FULL), the rows are about as long as a school's.
"""

import random
import sqlite3
import sys
import time

NAMES = ("schools", "audit_records", "idempotency_records", "event_log", "heads")
LENGTHS = (220, 300, 700, 1100, 10)
KNOWN = 6400


def prepare(connection):
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute("PRAGMA " + pragma)
    for name in NAMES:
        connection.execute("CREATE TABLE IF NOT EXISTS %s (id INTEGER PRIMARY KEY, content TEXT NOT NULL)" % name)
    if connection.execute("SELECT count(*) FROM schools").fetchone()[0] < KNOWN:
        connection.execute("BEGIN IMMEDIATE")
        row = ("x" * LENGTHS[0],)
        connection.executemany("INSERT INTO schools (content) VALUES (?)", [row] * KNOWN)
        connection.execute("COMMIT")


def write(connection):
    connection.execute("BEGIN IMMEDIATE")
    for name, length in zip(NAMES, LENGTHS):
        connection.execute("INSERT INTO %s (content) VALUES (?)" % name, ("x" * length,))
    connection.execute("COMMIT")


def read(connection):
    connection.execute("SELECT content FROM schools WHERE id = ?", (random.randint(1, KNOWN),)).fetchone()


def main():
    database, what, rate, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    # isolation_level=None: the module starts no transactions of its own.
    connection = sqlite3.connect(database, isolation_level=None)
    prepare(connection)
    random.seed(1)
    act = write if what == "write" else read
    latencies = []
    start = due = time.monotonic()
    while (due := due + random.expovariate(rate)) < start + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        act(connection)
        latencies.append(time.monotonic() - due)
    latencies.sort()
    print(1000 * latencies[int(len(latencies) * 0.95)])


main()
