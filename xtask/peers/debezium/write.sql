-- One event as long as those of the log, committed alone.
INSERT INTO debezium_outbox (id, aggregatetype, aggregateid, type, payload, tenantid, traceparent)
SELECT id, 'events', tenant_id::text, event_type, replace(envelope, event_id::text, id::text), tenant_id::text, traceparent
FROM bench_template, gen_random_uuid() AS id;
