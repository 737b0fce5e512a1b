SELECT event_id, xmin FROM faststream_written
