-- The events of the log, as they are.
INSERT INTO faststream_outbox (queue, payload, headers)
SELECT 'events', convert_to(envelope, 'UTF8'),
       jsonb_build_object('content-type', 'application/json', 'correlation_id', event_id::text)
FROM event_log ORDER BY partition, seq;
