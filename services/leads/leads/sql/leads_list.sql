SELECT is_blacklisted(customer_id),
       id AS lead_id, root_of(customer_id) AS customer_id, version, status, direction, channel, intake, source, campaign,
       is_returning, is_test, captured_at, last_touch_at, touches, manager_id, temperature, category, reason, taken_at,
       postponed_until
  FROM leads
 WHERE ($1::text IS NULL OR status = $1)
   AND ($2::text IS NULL OR manager_id = $2)
   AND ($3::text IS NULL OR channel = $3)
   AND ($4::text[] IS NULL OR direction IS NULL OR direction = ANY($4))
   AND ($8::boolean IS NULL OR (manager_id IS NULL) = $8)
   AND ($5::timestamptz IS NULL OR (captured_at, id) < ($5, $6::uuid))
 ORDER BY captured_at DESC, id DESC
 LIMIT $7
