SELECT address FROM message_links WHERE message_id = $1 AND place = $2
