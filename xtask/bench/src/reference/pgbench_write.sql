\set t random(1, :tenants)
\set a random(0, 999999)
\startpipeline
BEGIN;
SELECT set_config('app.tenant_id', ({tenant})::text, true);
INSERT INTO schools (tenant_id, school_id, name, name_folded, identifier, grade_levels, time_zone, external_refs, status,
                     version, created_at, updated_at)
VALUES ({tenant}, {id}, '{name}' || {unique}, '{name}' || {unique}, '{identifier}' || {unique},
        '["KG", "01", "02"]', 'America/Chicago', NULL, 'active', 1, now(), now());
INSERT INTO audit_records (tenant_id, audit_id, occurred_at, actor_subject, action, entity_type, entity_id, outcome,
                           correlation_id, trace_id, payload_fingerprint)
VALUES ({tenant}, {id}, now(), 'anonymous', 'school.create', 'school', gen_random_uuid(), 'succeeded',
        gen_random_uuid(), repeat('0', 32), repeat('0', 64));
INSERT INTO idempotency_records (tenant_id, idempotency_key, operation, fingerprint, response_status, response_headers,
                                 response_body, created_at, expires_at)
VALUES ({tenant}, '{key}' || {unique}, 'createSchool', decode(repeat('00', 32), 'hex'), 201, '{headers}',
        '{body}', now(), now() + interval '1 day');
WITH head AS (UPDATE event_partition_heads SET seq = seq + 1 WHERE partition = :t::int % 64 RETURNING partition, seq)
INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
SELECT partition, seq, {tenant}, {id}, 'lms.roster.v1.SchoolCreated', '{envelope}' || seq,
       repeat('0', 55), now()
FROM head;
COMMIT;
\endpipeline
