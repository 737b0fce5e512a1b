-- The events of the log, as they are.
INSERT INTO debezium_outbox (id, aggregatetype, aggregateid, type, payload, tenantid, traceparent)
SELECT event_id, 'events', tenant_id::text, event_type, envelope, tenant_id::text, traceparent
FROM event_log ORDER BY partition, seq;
