SELECT DISTINCT ON (name) name, version, template_id, title, texts, requires, saved_at, saved_by, retired
  FROM message_templates ORDER BY name, version DESC
