-- The version that was the newest as of $2, or is now.
SELECT version, definition FROM questionnaires
 WHERE questionnaire = $1 AND ($2::timestamptz IS NULL OR saved_at <= $2) ORDER BY version DESC LIMIT 1
