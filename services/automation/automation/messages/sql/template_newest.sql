SELECT version, title, texts, requires, retired FROM message_templates WHERE name = $1 ORDER BY version DESC LIMIT 1
