SELECT h.type FROM cards_of($1) AS card(id) JOIN happenings h ON h.customer_id = card.id
 WHERE h.recorded_at > $2 AND h.type = ANY($3::text[]) ORDER BY h.recorded_at LIMIT 1
