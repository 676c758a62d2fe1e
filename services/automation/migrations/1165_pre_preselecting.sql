-- migrate:up

-- Is the newest value of each of these facts, as of a moment, one of those allowed (JSON lists; null: or never said)?
CREATE FUNCTION is_said(about uuid, names text[], allowed text[], moment timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT FROM unnest(names, allowed) AS asked(name, allowed)
     WHERE NOT asked.allowed::jsonb @> coalesce(
             (SELECT f.value FROM facts f
               WHERE f.subject_id = about AND f.name = asked.name AND f.recorded_at <= moment
               ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1), 'null'))
$$;

-- May all of this be so of a customer? Of one whose cards were merged it may: another card may say it. Types of events stand
-- with spaces between those of which one is enough.
CREATE FUNCTION may_be(card uuid, names text[], allowed text[], types text[], ever boolean[], moment timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = card)
      OR EXISTS (SELECT FROM merged_cards m WHERE m.into_customer_id = card)
      OR (is_said(card, names, allowed, moment)
          AND NOT EXISTS (
            SELECT FROM unnest(types, ever) AS asked(types, ever)
             WHERE asked.ever <> EXISTS (
               SELECT FROM happenings h
                WHERE h.customer_id = card AND h.type = ANY(string_to_array(asked.types, ' '))
                  AND (h.recorded_at < moment OR (asked.ever AND h.recorded_at = moment)))))
$$;

-- migrate:down

DROP FUNCTION may_be;
DROP FUNCTION is_said;
