-- A manager's telephone at an exchange ($2), or one that he has at every exchange.
SELECT extension FROM phone_extensions WHERE manager_id = $1 AND source IN ($2, '') ORDER BY source DESC, extension LIMIT 1
