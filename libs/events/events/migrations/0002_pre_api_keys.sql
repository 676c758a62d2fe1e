-- migrate:up

-- API keys. A key is vk_<id>_<secret>; only the SHA-256 of the secret is stored. The secret is 256 random bits, so there is
-- nothing to guess and a slow hash (argon2, for passwords people choose) would only slow down every request.
CREATE TABLE api_keys (
    id           text        PRIMARY KEY CHECK (id ~ '^[a-z0-9]{4,32}$'),
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    hash         bytea       NOT NULL CHECK (length(hash) = 32),
    roles        text[]      NOT NULL CHECK (cardinality(roles) > 0),
    directions   text[]      NOT NULL,
    scopes       text[]      NOT NULL DEFAULT '{}',
    created_by   text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);

COMMENT ON TABLE api_keys IS 'Keys of people and systems that call the API; the secret itself is shown once and not kept.';
COMMENT ON COLUMN api_keys.name IS 'Who holds the key; stands as the actor in events (key:<name>).';
COMMENT ON COLUMN api_keys.directions IS 'Lines of business the key may see; * means all.';
COMMENT ON COLUMN api_keys.scopes IS 'Permissions the key is narrowed to; empty means all that its roles allow.';
COMMENT ON COLUMN api_keys.last_used_at IS 'To the minute.';

-- migrate:down

DROP TABLE api_keys;
