-- Contacts that a manager is to hold, and entries of call lists that he keeps for himself.
SELECT (SELECT count(*) FROM interactions i
         WHERE i.manager_id = $1 AND (i.callback = 'due' OR i.state = 'planned')
           AND ($2::uuid[] IS NULL OR i.customer_id = ANY($2))
           AND ($3::text[] IS NULL OR i.direction IS NULL OR i.direction = ANY($3)))::int AS contacts,
       (SELECT count(*) FROM call_entries
         WHERE leased_to = $1 AND state <> 'done'
           AND ($3 IS NULL OR direction IS NULL OR direction = ANY($3)))::int AS call_entries
