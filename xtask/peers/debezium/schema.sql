-- The table of Debezium's outbox event router, with two fields more that become fields of the stream's entries.
CREATE TABLE debezium_outbox (
    id uuid PRIMARY KEY,
    aggregatetype text NOT NULL,
    aggregateid text NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    tenantid text NOT NULL,
    traceparent text
);
CREATE PUBLICATION debezium_outbox FOR TABLE debezium_outbox WITH (publish = 'insert');
-- The slot begins here: what is inserted from now on is carried, also what is inserted while the engine is down.
SELECT pg_create_logical_replication_slot('debezium_outbox', 'pgoutput');
