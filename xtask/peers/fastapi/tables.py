"""The tables of ../schema.sql that are written column by column, and the statements, each built once."""

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert

metadata = MetaData()
time = DateTime(timezone=True)

tenants = Table(
    "tenants", metadata, Column("tenant_id", Uuid), Column("name", String), Column("region", String),
    Column("status", String), Column("version", Integer), Column("created_at", time), Column("updated_at", time),
)
schools = Table(
    "schools", metadata, Column("tenant_id", Uuid), Column("school_id", Uuid), Column("name", String),
    Column("name_folded", String), Column("identifier", String), Column("grade_levels", JSONB(none_as_null=True)),
    Column("time_zone", String), Column("external_refs", JSONB(none_as_null=True)), Column("status", String),
    Column("version", Integer), Column("created_at", time), Column("updated_at", time),
)
idempotency_records = Table(
    "idempotency_records", metadata, Column("tenant_id", Uuid), Column("idempotency_key", String),
    Column("operation", String), Column("fingerprint", LargeBinary), Column("response_status", Integer),
    Column("response_headers", JSONB), Column("response_body", LargeBinary), Column("created_at", time),
    Column("expires_at", time),
)
audit_records = Table(
    "audit_records", metadata, Column("tenant_id", Uuid), Column("audit_id", Uuid), Column("occurred_at", time),
    Column("actor_subject", String), Column("actor_client", String), Column("action", String),
    Column("entity_type", String), Column("entity_id", Uuid), Column("outcome", String), Column("reason", String),
    Column("correlation_id", Uuid), Column("causation_id", Uuid), Column("trace_id", String),
    Column("payload_fingerprint", String),
)

tenant_of_id = select(tenants.c.status).where(tenants.c.tenant_id == bindparam("tenant_id"))
# One round trip tells an unknown tenant from an unknown school.
school_of_id = (
    select(tenants.c.status.label("tenant_status"), schools)
    .join_from(tenants, schools, (schools.c.tenant_id == tenants.c.tenant_id)
               & (schools.c.school_id == bindparam("school")), isouter=True)
    .where(tenants.c.tenant_id == bindparam("tenant"))
)
taken_by = (
    select(schools.c.school_id, schools.c.name_folded)
    .where(schools.c.tenant_id == bindparam("tenant"),
           (schools.c.name_folded == bindparam("name")) | (schools.c.identifier == bindparam("number")))
)
record_of_key = select(idempotency_records).where(
    idempotency_records.c.tenant_id == bindparam("tenant"), idempotency_records.c.idempotency_key == bindparam("key"))
store_refusal = (
    idempotency_records.update()
    .where(idempotency_records.c.tenant_id == bindparam("tenant"), idempotency_records.c.idempotency_key == bindparam("key"))
    .values(response_status=bindparam("status"), response_headers=bindparam("headers"), response_body=bindparam("body"))
)
insert_tenant = insert(tenants)
insert_school = insert(schools).on_conflict_do_nothing()
insert_record = insert(idempotency_records).on_conflict_do_nothing()
insert_audit = insert(audit_records)
# The head is taken and used in one statement, so that it is held only until the commit that follows.
append_event = text("""
    WITH head AS (UPDATE event_partition_heads SET seq = seq + 1 WHERE partition = :partition RETURNING seq)
    INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
    SELECT CAST(:partition AS integer), seq, CAST(:tenant_id AS uuid), CAST(:event_id AS uuid), CAST(:event_type AS text),
           CAST(:envelope_head AS text) || seq || CAST(:envelope_tail AS text), CAST(:traceparent AS text),
           CAST(:now AS timestamptz)
    FROM head""")
