INSERT INTO message_templates (name, version, template_id, title, texts, requires, saved_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
