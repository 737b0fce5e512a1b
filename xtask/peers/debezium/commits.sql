SELECT id, xmin FROM debezium_outbox
