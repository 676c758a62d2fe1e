-- migrate:up

-- Cards that were merged are one person. All cards of the person of a card, itself among them, as leads told last. ROWS: most
-- cards were never merged; by the default of 1,000 statements would be planned, and compiled, for millions of rows.
CREATE FUNCTION cards_of(card uuid) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 1 AS $$
  WITH RECURSIVE up AS (
    SELECT card AS id
     UNION
    SELECT m.into_customer_id FROM merged_cards m JOIN up ON m.customer_id = up.id WHERE m.into_customer_id IS NOT NULL
  ), tree AS (
    SELECT id FROM up
     UNION
    SELECT m.customer_id FROM merged_cards m JOIN tree t ON m.into_customer_id = t.id
  )
  SELECT id FROM tree
$$;

-- The card that stands for the person: the one that counts as no other.
CREATE FUNCTION person_of(card uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT c.id FROM cards_of(card) c(id)
   WHERE NOT EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = c.id AND m.into_customer_id IS NOT NULL)
   ORDER BY 1 LIMIT 1
$$;

-- The card by which the person is written to: the one that stands for him, or another if that one has no address.
CREATE FUNCTION written_to(card uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT c.id FROM cards_of(card) c(id) LEFT JOIN contacts k ON k.customer_id = c.id
   ORDER BY coalesce(cardinality(k.emails) + cardinality(k.phones) + cardinality(k.messengers), 0) = 0,
            c.id <> person_of(card), c.id
   LIMIT 1
$$;

-- As cards_of, as it was at a moment.
CREATE INDEX facts_merged ON facts (value) WHERE name = 'into';
CREATE FUNCTION cards_at(card uuid, moment timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 1 AS $$
  WITH RECURSIVE up AS (
    SELECT card AS id
     UNION
    SELECT (i.value #>> '{}')::uuid
      FROM up CROSS JOIN LATERAL (
             SELECT f.value FROM facts f WHERE f.subject_id = up.id AND f.name = 'into' AND f.recorded_at <= moment
              ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1) i
     WHERE i.value <> 'null'
  ), tree AS (
    SELECT id FROM up
     UNION
    SELECT f.subject_id
      FROM tree t JOIN facts f ON f.name = 'into' AND f.value = to_jsonb(t.id::text) AND f.recorded_at <= moment
     WHERE NOT EXISTS (SELECT FROM facts l
                        WHERE l.subject_id = f.subject_id AND l.name = 'into' AND l.recorded_at <= moment
                          AND (l.recorded_at, l.version) > (f.recorded_at, f.version))
  )
  SELECT id FROM tree
$$;

-- migrate:down

DROP FUNCTION cards_at;
DROP INDEX facts_merged;
DROP FUNCTION written_to;
DROP FUNCTION person_of;
DROP FUNCTION cards_of;
