'use strict'
// The statements. A name makes one a prepared statement, which each connection parses once.

const statement = (name, text) => (...values) => ({ name, text, values })

module.exports = {
  tenant: statement('tenant', 'SELECT status FROM tenants WHERE tenant_id = $1'),
  insertTenant: statement('insert-tenant', `
    INSERT INTO tenants (tenant_id, name, status, version, created_at, updated_at) VALUES ($1, $2, 'active', 1, $3, $3)`),
  // One round trip tells an unknown tenant from an unknown school.
  school: statement('school', `
    SELECT tenants.status AS tenant_status, schools.*
    FROM tenants LEFT JOIN schools ON schools.tenant_id = tenants.tenant_id AND schools.school_id = $2
    WHERE tenants.tenant_id = $1`),
  claim: statement('claim', `
    INSERT INTO idempotency_records
      (tenant_id, idempotency_key, operation, fingerprint, response_status, response_headers, response_body, created_at, expires_at)
    VALUES ($1, $2, 'createSchool', $3, 201, $4, $5, $6, $6::timestamptz + interval '24 hours')
    ON CONFLICT DO NOTHING`),
  record: statement('record', `
    SELECT fingerprint, response_status, response_headers, response_body FROM idempotency_records
    WHERE tenant_id = $1 AND idempotency_key = $2`),
  storeRefusal: statement('store-refusal', `
    UPDATE idempotency_records SET response_status = $3, response_headers = $4, response_body = $5
    WHERE tenant_id = $1 AND idempotency_key = $2`),
  insertSchool: statement('insert-school', `
    INSERT INTO schools (tenant_id, school_id, name, name_folded, identifier, grade_levels, time_zone, external_refs, status,
                         version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', 1, $9, $9)
    ON CONFLICT DO NOTHING`),
  takenBy: statement('taken-by', `
    SELECT school_id, name_folded FROM schools WHERE tenant_id = $1 AND (name_folded = $2 OR identifier = $3)`),
  insertAudit: statement('insert-audit', `
    INSERT INTO audit_records (tenant_id, audit_id, occurred_at, actor_subject, action, entity_type, entity_id, outcome,
                               correlation_id, causation_id, trace_id, payload_fingerprint)
    VALUES ($1, $2, $3, 'anonymous', 'school.create', 'school', $4, 'succeeded', $5, $6, $7, $8)`),
  // The head is taken and used in one statement, so that it is held only until the commit that follows.
  appendEvent: statement('append-event', `
    WITH head AS (UPDATE event_partition_heads SET seq = seq + 1 WHERE partition = $1 RETURNING seq)
    INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
    SELECT $1, seq, $2, $3, $4, $5 || seq || $6, $7, $8 FROM head`)
}
