SELECT suppression_id, rule_version AS version, action, event_id, event_type, reason, customer_id, recorded_at
  FROM suppressions
 WHERE rule = $1 AND ($2::timestamptz IS NULL OR (recorded_at, suppression_id) < ($2, $3::uuid))
   AND is_in_sight(NULL, NULL, customer_id, $5::text[])
 ORDER BY recorded_at DESC, suppression_id DESC
 LIMIT $4
