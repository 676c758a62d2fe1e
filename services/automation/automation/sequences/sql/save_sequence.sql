INSERT INTO sequences (sequence, revision, state, entered_version) VALUES ($1, $2, $3, $4)
    ON CONFLICT (sequence) DO UPDATE
   SET revision = excluded.revision, state = excluded.state, entered_version = excluded.entered_version
