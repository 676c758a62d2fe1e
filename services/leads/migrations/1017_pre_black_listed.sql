-- migrate:up

-- Is the card on the black list? Of all members of its tree the latest decision counts.
CREATE FUNCTION is_blacklisted(card uuid) RETURNS boolean LANGUAGE sql STABLE STRICT AS $$
  WITH RECURSIVE tree AS (
    SELECT root_of(card) AS id
    UNION ALL
    SELECT c.id FROM tree t JOIN customers c ON c.merged_into = t.id
  )
  SELECT coalesce((SELECT b.listed FROM tree t JOIN black_list b ON b.customer_id = t.id
                    ORDER BY b.decided_at DESC LIMIT 1), false)
$$;

-- migrate:down
