//! The function that writes what several requests decided, in one call.
//!
//! A request decides on assumptions: its tenant is served, its key is new, its name is free. The function holds each against the
//! tables, writes the units whose assumptions hold, and says of every other one what became of it. Sent by itself it is a transaction of its
//! own, so that a write costs one round trip.
//!
//! It runs with the rights and under the policies of its caller (`SECURITY INVOKER`). It takes one tenant after the other and enters each
//! before its first statement; every row carries the tenant that its request named, and row-level security refuses one that is not
//! the tenant's which was entered. The parameter is JSON, for each tenant a list of rows for each table, because a later step that
//! replaces the function may then read more members than an older program sends.

use sea_orm_migration::prelude::*;

use crate::tenant_table::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[FUNCTION, GRANT], &[]).await
    }
}

const GRANT: &str = "
REVOKE ALL ON FUNCTION write_units FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_units TO rollcall_app";

// A lock that is not to be had soon is a reason to let each unit wait by itself, not all of them for one.
//
// Keys and names are inserted in their order: two processes that insert the same ones wait for each other in one direction alone.
//
// The heads of the log's partitions come last, after everything that may have to wait for somebody else: whoever holds a head holds up
// every other write of that partition, and must not wait for one of them meanwhile.
const FUNCTION: &str = r"
CREATE FUNCTION write_units(tenants_units jsonb) RETURNS TABLE (
    unit integer, outcome text, seq bigint,
    operation text, fingerprint bytea, response_status integer, response_headers jsonb, response_body bytea,
    expires_at timestamptz
)
LANGUAGE plpgsql SECURITY INVOKER
SET lock_timeout = '1s'
AS $function$
#variable_conflict use_column
DECLARE
    part jsonb;
    scope uuid;
    claims jsonb;
    new_schools jsonb;
    claimed text[];
    inserted uuid[];
    found_units integer[];
    broken integer[] := '{}';
    event_count bigint;
    base bigint;
BEGIN
    FOR part IN SELECT value FROM jsonb_array_elements(tenants_units) LOOP
        scope := (part ->> 'scope')::uuid;
        PERFORM set_config('app.tenant_id', scope::text, true);

        IF (part -> 'needs_served_tenant')::boolean AND NOT EXISTS (
            SELECT FROM tenants WHERE tenants.tenant_id = scope AND tenants.status = 'active'
        ) THEN
            broken := broken || ARRAY(SELECT value::integer FROM jsonb_array_elements_text(part -> 'units'));
            CONTINUE;
        END IF;

        -- The key with its answer at once. A key that is there already belongs to an earlier request.
        claims := part -> 'claims';
        IF jsonb_array_length(claims) > 0 THEN
            WITH new AS (
                INSERT INTO idempotency_records (tenant_id, idempotency_key, operation, fingerprint, response_status,
                                                 response_headers, response_body, created_at, expires_at)
                SELECT tenant_id, idempotency_key, operation, decode(fingerprint, 'hex'), response_status,
                       response_headers, decode(response_body, 'hex'), created_at, expires_at
                FROM jsonb_to_recordset(claims) AS claim (
                    tenant_id uuid, idempotency_key text, operation text, fingerprint text, response_status integer,
                    response_headers jsonb, response_body text, created_at timestamptz, expires_at timestamptz)
                ORDER BY idempotency_key
                ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
                RETURNING idempotency_key
            )
            SELECT coalesce(array_agg(idempotency_key), '{}') INTO claimed FROM new;
            IF cardinality(claimed) < jsonb_array_length(claims) THEN
                SELECT array_agg(claim.unit) INTO found_units
                FROM jsonb_to_recordset(claims) AS claim (unit integer, idempotency_key text)
                WHERE claim.idempotency_key <> ALL (claimed);
                IF found_units IS NULL THEN
                    RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
                        MESSAGE = 'one key was claimed twice at once';
                END IF;
                RETURN QUERY
                SELECT claim.unit, 'known', NULL::bigint, record.operation, record.fingerprint, record.response_status,
                       record.response_headers, record.response_body, record.expires_at
                FROM jsonb_to_recordset(claims) AS claim (unit integer, idempotency_key text)
                JOIN idempotency_records AS record
                    ON record.tenant_id = scope AND record.idempotency_key = claim.idempotency_key
                WHERE claim.unit = ANY (found_units);
                broken := broken || found_units;
            END IF;
        END IF;

        -- `DO NOTHING` waits for a competitor that has not committed yet, and leaves the transaction usable.
        new_schools := part -> 'schools';
        IF jsonb_array_length(new_schools) > 0 THEN
            WITH new AS (
                INSERT INTO schools (tenant_id, school_id, name, name_folded, identifier, grade_levels, time_zone,
                                     external_refs, status, version, created_at, updated_at)
                SELECT tenant_id, school_id, name, name_folded, identifier, grade_levels, time_zone, external_refs,
                       status, version, created_at, updated_at
                FROM jsonb_to_recordset(new_schools) AS school (
                    unit integer, tenant_id uuid, school_id uuid, name text, name_folded text, identifier text,
                    grade_levels jsonb, time_zone text, external_refs jsonb, status text, version bigint,
                    created_at timestamptz, updated_at timestamptz)
                WHERE school.unit <> ALL (broken)
                ORDER BY name_folded
                ON CONFLICT DO NOTHING
                RETURNING school_id
            )
            SELECT coalesce(array_agg(school_id), '{}') INTO inserted FROM new;
            IF cardinality(inserted) < jsonb_array_length(new_schools) THEN
                SELECT coalesce(array_agg(school.unit), '{}') INTO found_units
                FROM jsonb_to_recordset(new_schools) AS school (unit integer, school_id uuid)
                WHERE school.unit <> ALL (broken) AND school.school_id <> ALL (inserted);
                -- What is not all there is taken back: of a unit whose only school was refused that is its key.
                IF EXISTS (SELECT FROM jsonb_to_recordset(new_schools) AS school (unit integer, school_id uuid)
                           WHERE school.unit = ANY (found_units) AND school.school_id = ANY (inserted)) THEN
                    RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
                        MESSAGE = 'one school of a unit was inserted and another was refused';
                END IF;
                DELETE FROM idempotency_records AS record
                USING jsonb_to_recordset(claims) AS claim (unit integer, idempotency_key text)
                WHERE claim.unit = ANY (found_units)
                  AND record.tenant_id = scope AND record.idempotency_key = claim.idempotency_key;
                broken := broken || found_units;
            END IF;
        END IF;

        INSERT INTO audit_records (tenant_id, audit_id, occurred_at, actor_subject, actor_client, action, entity_type,
                                   entity_id, outcome, reason, correlation_id, causation_id, trace_id,
                                   payload_fingerprint)
        SELECT tenant_id, audit_id, occurred_at, actor_subject, actor_client, action, entity_type, entity_id,
               audit.outcome, reason, correlation_id, causation_id, trace_id, payload_fingerprint
        FROM jsonb_to_recordset(part -> 'audits') AS audit (
            unit integer, tenant_id uuid, audit_id uuid, occurred_at timestamptz, actor_subject text,
            actor_client text, action text, entity_type text, entity_id uuid, outcome text, reason text,
            correlation_id uuid, causation_id uuid, trace_id text, payload_fingerprint text)
        WHERE audit.unit <> ALL (broken);
    END LOOP;

    FOR part IN SELECT value FROM jsonb_array_elements(tenants_units) LOOP
        event_count := jsonb_array_length(part -> 'events');
        IF broken <> '{}' THEN
            SELECT count(*) INTO event_count FROM jsonb_to_recordset(part -> 'events') AS event (unit integer)
            WHERE event.unit <> ALL (broken);
        END IF;
        CONTINUE WHEN event_count = 0;
        UPDATE event_partition_heads SET seq = event_partition_heads.seq + event_count
        WHERE partition = (part -> 'partition')::integer
        RETURNING event_partition_heads.seq - event_count INTO STRICT base;
        PERFORM set_config('app.tenant_id', part ->> 'scope', true);
        RETURN QUERY
        WITH placed AS (
            SELECT event.*, base + row_number() OVER (ORDER BY event.unit, event.place) AS seq
            FROM jsonb_to_recordset(part -> 'events') AS event (
                unit integer, place integer, tenant_id uuid, event_id uuid, event_type text, head text, tail text,
                traceparent text, committed_at timestamptz)
            WHERE event.unit <> ALL (broken)
        ), logged AS (
            INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
            SELECT (part -> 'partition')::integer, placed.seq, tenant_id, event_id, event_type,
                   head || placed.seq || tail, traceparent, committed_at
            FROM placed
        )
        SELECT placed.unit, 'written', placed.seq, NULL, NULL::bytea, NULL::integer, NULL::jsonb, NULL::bytea,
               NULL::timestamptz
        FROM placed;
    END LOOP;

    RETURN QUERY SELECT number, 'broken', NULL::bigint, NULL, NULL::bytea, NULL::integer, NULL::jsonb, NULL::bytea,
                        NULL::timestamptz
                 FROM unnest(broken) AS number;
END
$function$";
