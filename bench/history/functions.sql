-- Chance without state: the same seed, number and question give the same answer, whatever the order and the portion.
CREATE FUNCTION chance(n bigint, question text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, hashtext(question) + :seed::bigint) & 9007199254740991) / 9007199254740992.0;

CREATE FUNCTION some_id(n bigint, what text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN md5(what || ':' || n || ':' || :seed::bigint)::uuid;

-- A wait with that mean: many are short, few are very long.
CREATE FUNCTION wait(n bigint, question text, mean interval) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN date_trunc('second', -ln(1 - chance(n, question)) * mean);

CREATE FUNCTION money(amount numeric, currency text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_build_object('amount', round(amount, 2)::text, 'currency', currency);

-- Every hundredth event is told late: an import, a webhook that was sent again, a manager who writes up his week.
CREATE FUNCTION told_at(occurred_at timestamptz, stream_id uuid, version integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN occurred_at + CASE WHEN abs(uuid_hash_extended(stream_id, version::bigint + :seed::bigint)) % 100 = 0
                          THEN interval '1 minute' * (abs(uuid_hash_extended(stream_id, version::bigint)) % 4320)
                          ELSE interval '0.9 second' END;
