-- One event as long as those of the log, committed alone, with the notification that the library's own publisher sends.
WITH event AS (
    SELECT id, replace(envelope, event_id::text, id::text) AS envelope FROM bench_template, gen_random_uuid() AS id
), written AS (
    INSERT INTO faststream_written SELECT id FROM event
)
INSERT INTO faststream_outbox (queue, payload, headers)
SELECT 'events', convert_to(envelope, 'UTF8'),
       jsonb_build_object('content-type', 'application/json', 'correlation_id', id::text)
FROM event RETURNING pg_notify('outbox_faststream_outbox', queue);
