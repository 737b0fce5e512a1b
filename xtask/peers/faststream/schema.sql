-- When an event was committed must be known after its row is gone.
CREATE TABLE faststream_written (event_id uuid PRIMARY KEY);
