UPDATE message_templates SET retired = true
 WHERE name = $1 AND version = (SELECT max(version) FROM message_templates WHERE name = $1)
