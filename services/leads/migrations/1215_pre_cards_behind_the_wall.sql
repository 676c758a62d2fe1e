-- migrate:up

-- Cards of customers behind the second wall (events/second_wall.py): who sees one of the cards that were merged sees all of
-- them, and what may be one card who sees both. A card's own line answers for most, and most were never merged; only then
-- are the others looked at, as the owner. The functions tell an id, or yes and no: of a card that is hidden too, for a
-- request of the caller's line may belong to it.
CREATE FUNCTION has_members(card uuid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  RETURN EXISTS (SELECT FROM customers WHERE merged_into = card);
ALTER FUNCTION root_of(uuid) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION is_blacklisted(uuid) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION card_is_seen(uuid, text[]) SECURITY DEFINER SET search_path = public, pg_temp;

-- What is done as the owner, services and limited callers may do: voronka_service is a member of voronka_limited.
REVOKE EXECUTE ON FUNCTION has_members(uuid), root_of(uuid), is_blacklisted(uuid), card_is_seen(uuid, text[]),
                           managers_of_leads(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION has_members(uuid), root_of(uuid), is_blacklisted(uuid), card_is_seen(uuid, text[]),
                          managers_of_leads(uuid[]) TO voronka_limited;

-- A view reads as its owner, whom no policy holds. Criteria alone ask this one, across lines.
REVOKE SELECT ON card_members FROM voronka_limited;

CALL hold_to_lines('customers', 'direction IS NULL OR direction = ANY ((SELECT lines_seen())::text[])'
                                ' OR (merged_into IS NOT NULL OR has_members(id))'
                                ' AND card_is_seen(root_of(id), (SELECT lines_seen())::text[])');
CALL hold_to_lines('matches', '(SELECT true FROM customers c WHERE c.id = matches.low)'
                              ' AND (SELECT true FROM customers c WHERE c.id = matches.high)');

-- migrate:down

DO $$
DECLARE
  held regclass;
BEGIN
  FOREACH held IN ARRAY ARRAY['customers', 'matches']::regclass[] LOOP
    EXECUTE format('DROP POLICY lines ON %s', held);
    EXECUTE format('DROP POLICY everything ON %s', held);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', held);
  END LOOP;
END $$;
GRANT SELECT ON card_members TO voronka_limited;
REVOKE EXECUTE ON FUNCTION root_of(uuid), is_blacklisted(uuid), card_is_seen(uuid, text[]), managers_of_leads(uuid[])
  FROM voronka_limited;
GRANT EXECUTE ON FUNCTION root_of(uuid), is_blacklisted(uuid), card_is_seen(uuid, text[]), managers_of_leads(uuid[]) TO PUBLIC;
ALTER FUNCTION card_is_seen(uuid, text[]) SECURITY INVOKER RESET ALL;
ALTER FUNCTION is_blacklisted(uuid) SECURITY INVOKER RESET ALL;
ALTER FUNCTION root_of(uuid) SECURITY INVOKER RESET ALL;
DROP FUNCTION has_members;
