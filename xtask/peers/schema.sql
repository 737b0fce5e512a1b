-- What both peers keep: the columns and keys of Rollcall's migrations as plain tables.
-- No row-level security, no partitions and no roles, so nothing here costs what those cost.
CREATE TABLE IF NOT EXISTS tenants (
    tenant_id uuid PRIMARY KEY,
    name text NOT NULL,
    region text,
    status text NOT NULL CHECK (status IN ('active', 'suspended')),
    version bigint NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS schools (
    tenant_id uuid NOT NULL REFERENCES tenants (tenant_id),
    school_id uuid NOT NULL,
    name text NOT NULL,
    name_folded text NOT NULL,
    identifier text,
    grade_levels jsonb,
    time_zone text,
    external_refs jsonb,
    status text NOT NULL CHECK (status IN ('active', 'closed')),
    version bigint NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, school_id),
    UNIQUE (tenant_id, name_folded),
    UNIQUE (tenant_id, identifier)
);

CREATE TABLE IF NOT EXISTS idempotency_records (
    tenant_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    response_status integer,
    response_headers jsonb,
    response_body bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, idempotency_key)
);
CREATE INDEX IF NOT EXISTS idempotency_records_expires_at ON idempotency_records (expires_at);

CREATE TABLE IF NOT EXISTS audit_records (
    tenant_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor_subject text NOT NULL,
    actor_client text,
    action text NOT NULL,
    entity_type text NOT NULL,
    entity_id uuid,
    outcome text NOT NULL CHECK (outcome IN ('succeeded', 'refused')),
    reason text,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    trace_id text NOT NULL,
    payload_fingerprint text,
    PRIMARY KEY (tenant_id, audit_id)
);

CREATE TABLE IF NOT EXISTS event_partition_heads (
    partition integer PRIMARY KEY CHECK (partition >= 0),
    seq bigint NOT NULL CHECK (seq >= 0)
) WITH (fillfactor = 10);
INSERT INTO event_partition_heads (partition, seq) SELECT partition, 0 FROM generate_series(0, 63) AS partition
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS event_log (
    partition integer NOT NULL CHECK (partition >= 0),
    seq bigint NOT NULL CHECK (seq >= 1),
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    envelope text NOT NULL,
    traceparent text,
    committed_at timestamptz NOT NULL,
    PRIMARY KEY (partition, seq)
);
CREATE INDEX IF NOT EXISTS event_log_tenant ON event_log (tenant_id, seq);
