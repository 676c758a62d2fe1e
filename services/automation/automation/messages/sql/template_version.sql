SELECT name, version, title, texts, requires, saved_at, saved_by, retired
  FROM message_templates WHERE name = $1 AND ($2::integer IS NULL OR version = $2) ORDER BY version DESC LIMIT 1
