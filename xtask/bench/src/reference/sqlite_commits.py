"""Inserts what createSchool inserts, one commit for each; prints commits per second.

Usage: sqlite_commits.py DATABASE SECONDS. The rows are as long as the service's own (see docs/benchmarks.md).
"""

import sqlite3
import sys
import time
import uuid

TENANT = "019a0000-0000-7000-8000-000000000001"
NOW = "2026-01-01T00:00:00.000000Z"
HEADERS = '{"x": "%s"}' % ("x" * 158)
BODY = b"x" * 358
ENVELOPE = "x" * 991


def new_id():
    """Grows with time, as the service's ids do: random ones would dirty more pages of the indexes."""
    return "%s-7%s" % ("%08x-%04x" % divmod(time.time_ns() // 1_000_000, 65536), str(uuid.uuid4())[15:])


# An old SQLite takes NULL for invalid JSON, so the optional column holds an empty object.
def commit_one(cursor, unique):
    cursor.execute("BEGIN IMMEDIATE")
    cursor.execute(
        "INSERT INTO idempotency_records VALUES (?, ?, 'createSchool', ?, 201, ?, ?, ?, ?)",
        (TENANT, unique, b"0" * 32, HEADERS, BODY, NOW, NOW),
    )
    cursor.execute(
        "INSERT INTO schools VALUES (?, ?, ?, ?, ?, '[\"KG\",\"01\",\"02\"]', 'America/Chicago', '{}', 'active', 1, ?, ?)",
        (TENANT, new_id(), "Lincoln Elementary School " + unique, "lincoln elementary school " + unique, "NF-" + unique, NOW, NOW),
    )
    cursor.execute(
        "INSERT INTO audit_records VALUES (?, ?, ?, 'anonymous', NULL, 'school.create', 'school', ?, 'succeeded', NULL, ?, NULL,"
        " ?, ?)",
        (TENANT, new_id(), NOW, new_id(), str(uuid.uuid4()), "0" * 32, "0" * 64),
    )
    cursor.execute("UPDATE event_partition_heads SET seq = seq + 1 WHERE partition = 1 RETURNING seq")
    (seq,) = cursor.fetchone()
    cursor.execute(
        "INSERT INTO event_log VALUES (1, ?, ?, ?, 'lms.roster.v1.SchoolCreated', ?, ?, ?)",
        (seq, TENANT, new_id(), ENVELOPE, "0" * 55, NOW),
    )
    cursor.execute("COMMIT")


def main():
    database, seconds = sys.argv[1], float(sys.argv[2])
    # isolation_level=None: the module starts no transactions of its own.
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON"):
        connection.execute("PRAGMA " + pragma)
    connection.execute(
        "INSERT OR IGNORE INTO tenants VALUES (?, 'Reference', NULL, 'active', 1, ?, ?)", (TENANT, NOW, NOW)
    )
    cursor = connection.cursor()
    run = uuid.uuid4().hex[:8]
    count, start = 0, time.monotonic()
    while (elapsed := time.monotonic() - start) < seconds:
        commit_one(cursor, "%s-%d" % (run, count))
        count += 1
    print(count / elapsed)


main()
