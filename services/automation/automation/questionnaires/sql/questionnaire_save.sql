INSERT INTO questionnaires (questionnaire, version, definition, saved_at) VALUES ($1, $2, $3, clock_timestamp())
