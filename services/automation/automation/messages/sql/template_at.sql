SELECT version, texts, requires FROM message_templates WHERE name = $1 AND saved_at <= $2 ORDER BY version DESC LIMIT 1
