-- migrate:up

-- The index key can be replaced: each key after the first makes another form of every index out of the one before. The
-- first two bytes of an index tell its form, but for the first, which is of no key's after it.
ALTER TABLE index_key
  ADD COLUMN form         smallint NOT NULL DEFAULT 0,  -- all indexes here have it
  ADD COLUMN wanted       smallint NOT NULL DEFAULT 0,  -- the form that they are to get
  ADD COLUMN tokens_after uuid;                         -- tokens of search: those up to this card have it; null: all

-- What a process looks up or writes is of the form that is here, or nothing of its transaction happens: whoever has not
-- heard yet that the key was replaced would find nobody. SQLSTATE 40001: worth another try.
CREATE FUNCTION in_form(given uuid[]) RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  kept integer := (SELECT form FROM index_key);
BEGIN
  IF kept > 0 AND EXISTS (SELECT FROM unnest(given) i WHERE left(i::text, 4) <> lpad(to_hex(kept), 4, '0')) THEN
    RAISE 'blind indexes of another form than %', kept USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN given;
END $$;

CREATE FUNCTION in_form(given uuid) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (in_form(ARRAY[given]))[1];

CREATE FUNCTION in_form(given bigint[]) RETURNS bigint[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  kept integer := (SELECT form FROM index_key);
BEGIN
  IF kept > 0 AND EXISTS (SELECT FROM unnest(given) i WHERE i >> 48 <> kept) THEN
    RAISE 'tokens of another form than %', kept USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN given;
END $$;

-- migrate:down

DROP FUNCTION in_form(bigint[]), in_form(uuid), in_form(uuid[]);
ALTER TABLE index_key DROP COLUMN form, DROP COLUMN wanted, DROP COLUMN tokens_after;
