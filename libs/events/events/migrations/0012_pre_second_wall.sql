-- migrate:up

-- Reads of callers who are limited to lines of business are done as this role (events/second_wall.py). It only reads, and
-- of tables that are held only what their policies show. Services may become it through voronka_service.
DO $$
BEGIN
  IF to_regrole('voronka_limited') IS NULL THEN
    CREATE ROLE voronka_limited NOLOGIN;
  END IF;
  IF NOT pg_has_role('voronka_service', 'voronka_limited', 'MEMBER') THEN
    GRANT voronka_limited TO voronka_service;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was faster
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'this owner may not make roles; as an administrator: CREATE ROLE voronka_limited NOLOGIN; '
                    'GRANT voronka_limited TO voronka_service;' USING ERRCODE = 'insufficient_privilege';
END $$;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO voronka_limited;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO voronka_limited;

-- The lines of business that the caller of this transaction sees. To be written as (SELECT lines_seen()), which is asked
-- once for a statement and not once for a row.
CREATE FUNCTION lines_seen() RETURNS text[]
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN ARRAY(SELECT json_array_elements_text(current_setting('voronka.lines')::json));

-- Holds a table: limited callers see the rows for which this is true, services all of them, other roles none.
CREATE PROCEDURE hold_to_lines(held regclass, shown text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', held);
  EXECUTE format('CREATE POLICY everything ON %s TO voronka_service USING (true) WITH CHECK (true)', held);
  EXECUTE format('CREATE POLICY lines ON %s FOR SELECT TO voronka_limited USING (%s)', held, shown);
END $$;

-- The way back of a service's migration.
CREATE PROCEDURE hold_nothing_to_lines() LANGUAGE plpgsql AS $$
DECLARE
  held regclass;
BEGIN
  FOR held IN SELECT polrelid::regclass FROM pg_policy WHERE polname = 'lines' LOOP
    EXECUTE format('DROP POLICY lines ON %s', held);
    EXECUTE format('DROP POLICY everything ON %s', held);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', held);
  END LOOP;
END $$;

-- migrate:down

DROP PROCEDURE hold_nothing_to_lines();
DROP PROCEDURE hold_to_lines(regclass, text);
DROP FUNCTION lines_seen();
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM voronka_limited;
REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM voronka_limited;
