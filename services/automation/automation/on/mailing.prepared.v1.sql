INSERT INTO mailings (mailing_id, title, template, state, revision, prepared_at)
SELECT stream_id, data->>'title', data->>'template', 'draft', version, recorded_at FROM batch
    ON CONFLICT (mailing_id) DO NOTHING
