"""API keys: `vk_<id>_<secret>`, kept as SHA-256 of the secret, made and revoked under `/api-keys`.

The secret is 256 random bits, so nothing can be guessed and SHA-256 is enough; argon2 exists to slow down guesses at
what people choose, and would cost every request 50 ms and 64 MiB. Keys given by configuration work in every service
that is given them.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import asyncpg
import structlog
from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel, Field, JsonValue, SecretStr
from pydantic.fields import FieldInfo

from events.auth import EVERYTHING, CurrentPrincipal, Principal, require
from events.inputs import Input, Moment
from events.permissions import PERMISSIONS, ROLE_PERMISSIONS, permissions_of
from events.problems import Conflict, Forbidden, NotFound
from events.settings import GivenKey

log = structlog.get_logger(__name__)

_KEY = re.compile(r"^vk_([a-z0-9]{4,32})_([A-Za-z0-9_-]{43})$")
_CACHED_AT_MOST = 10_000
_LIVE = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
_FIND = (
    f"SELECT name, hash, roles, directions, scopes, expires_at, last_used_at FROM api_keys WHERE id = $1 AND {_LIVE}"  # noqa: S608
)
_USED = """
UPDATE api_keys SET last_used_at = now()
 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""
_ADD = """
INSERT INTO api_keys (id, name, hash, roles, directions, scopes, expires_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *
"""
_REVOKE = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING hash"


def new_key(id: str | None = None) -> str:
    """A new key with 256 random bits; keep it safe, it is not stored anywhere."""
    return f"vk_{id or secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"


def key_id_and_hash(key: str) -> tuple[str, bytes] | None:
    """Id and hash of the secret; None if `key` has not the form of a key."""
    match = _KEY.match(key)
    return (match[1], hashlib.sha256(match[2].encode()).digest()) if match else None


def _principal(id: str, name: str, roles: Iterable[str], directions: Iterable[str], scopes: Iterable[str]) -> Principal:
    held = frozenset(roles)
    kind: Literal["key", "service"] = "service" if "service" in held else "key"
    return Principal(kind, id, name, held, frozenset(directions), frozenset(scopes))


class ApiKeys:
    """Verifies keys of the table `api_keys` and of the configuration; remembers verified ones for `cache_seconds`."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        given: Iterable[GivenKey] = (),
        cache_seconds: float = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._cache: dict[bytes, tuple[float, Principal]] = {}
        self.given: dict[str, tuple[bytes, Principal]] = {}
        for one in given:
            parts = key_id_and_hash(one.key.get_secret_value())
            if parts is None:
                raise ValueError(f"the API key of {one.name} is not of the form vk_<id>_<43 characters of base64url>")
            self.given[parts[0]] = parts[1], _principal(parts[0], one.name, one.roles, one.directions, one.scopes)

    async def __call__(self, credential: str) -> Principal | None:
        """The holder of a valid key, else None. A revoked key works in other processes for `cache_seconds` more."""
        fingerprint = hashlib.sha256(credential.encode()).digest()
        now = self._clock()
        cached = self._cache.get(fingerprint)
        if cached is not None and cached[0] > now:
            return cached[1]
        parts = key_id_and_hash(credential)
        if parts is None:
            return None
        key_id, hashed = parts
        if key_id in self.given:
            expected, principal = self.given[key_id]
            return principal if hmac.compare_digest(hashed, expected) else None
        row = await self._pool.fetchrow(_FIND, key_id)
        if not hmac.compare_digest(hashed, row["hash"] if row else bytes(32)) or row is None:
            return None
        await self._pool.execute(_USED, key_id)
        principal = _principal(key_id, row["name"], row["roles"], row["directions"], row["scopes"])
        self._remember(fingerprint, principal, now, row["expires_at"])
        return principal

    def _remember(self, fingerprint: bytes, principal: Principal, now: float, expires_at: datetime | None) -> None:
        seconds = self._cache_seconds
        if expires_at is not None:
            seconds = min(seconds, (expires_at - datetime.now(UTC)).total_seconds())
        if len(self._cache) >= _CACHED_AT_MOST:
            self._cache.clear()
        self._cache[fingerprint] = now + seconds, principal

    def forget(self, id: str) -> None:
        """Drops a key from the memory of this process."""
        self._cache = {print_: held for print_, held in self._cache.items() if held[1].id != id}


def _one_of(names: Iterable[str]) -> tuple[AfterValidator, FieldInfo]:
    known = list(names)

    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"is not one of {', '.join(known)}")
        return name

    return AfterValidator(check), Field(json_schema_extra={"enum": list[JsonValue](known)})


KnownRole = Annotated[str, *_one_of(ROLE_PERMISSIONS)]
KnownPermission = Annotated[str, *_one_of(PERMISSIONS)]


class NewApiKey(Input):
    """A key to make: who holds it and what it may do."""

    name: str = Field(
        min_length=1, max_length=100, description="Who holds it; stands as the actor in events (key:<name>)."
    )
    roles: list[KnownRole] = Field(min_length=1, max_length=20)
    directions: list[str] = Field(
        default=[EVERYTHING], max_length=100, description="Lines of business it may see; `*` means all."
    )
    scopes: list[KnownPermission] = Field(
        default=[], max_length=50, description="Permissions it is narrowed to; empty: all of its roles."
    )
    expires_at: Moment | None = Field(default=None, description="When it stops working; empty: never.")


class ApiKey(BaseModel):
    """A key as it is listed: everything but the secret."""

    id: str
    name: str
    roles: list[str]
    directions: list[str]
    scopes: list[str]
    source: Literal["stored", "configuration"] = "stored"
    created_by: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class MadeApiKey(ApiKey):
    """A key just made."""

    key: str = Field(description="The whole key. It is shown this once and not kept.")


def router(pool: asyncpg.Pool, keys: ApiKeys) -> APIRouter:
    """`/api-keys`: make, list, revoke."""
    routes = APIRouter(prefix="/api-keys", tags=["API keys"], dependencies=[Depends(require("keys:manage"))])

    @routes.post("", status_code=201, summary="Make an API key; the answer holds the secret, once")
    async def make(new: NewApiKey, principal: CurrentPrincipal) -> MadeApiKey:
        check_gives(new, principal)
        key = new_key()
        key_id, hashed = key_id_and_hash(key) or ("", b"")
        row: Any = await pool.fetchrow(
            _ADD, key_id, new.name, hashed, new.roles, new.directions, new.scopes, new.expires_at, principal.actor
        )
        log.info("api_key_made", key_id=key_id, by=principal.actor)
        return MadeApiKey(**_listed(row), key=key)

    @routes.get("", summary="List API keys, newest first; revoked and expired ones too")
    async def list_all() -> list[ApiKey]:
        given = [_given(principal) for _, principal in keys.given.values()]
        rows = await pool.fetch("SELECT * FROM api_keys ORDER BY created_at DESC, id LIMIT 1000")
        return given + [ApiKey(**_listed(row)) for row in rows]

    @routes.delete("/{key_id}", status_code=204, summary="Revoke an API key; revoking again changes nothing")
    async def revoke(key_id: str, principal: CurrentPrincipal) -> None:
        if key_id in keys.given:
            raise Conflict("This key comes from the configuration; take it out there.")
        if await pool.fetchrow(_REVOKE, key_id) is None:
            raise NotFound("There is no such API key.")
        keys.forget(key_id)
        log.info("api_key_revoked", key_id=key_id, by=principal.actor)

    return routes


def _listed(row: asyncpg.Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "hash"}


def _given(holder: Principal) -> ApiKey:
    return ApiKey(
        id=holder.id,
        name=holder.name,
        roles=sorted(holder.roles),
        directions=sorted(holder.directions),
        scopes=sorted(holder.scopes),
        source="configuration",
    )


def check_gives(new: NewApiKey, principal: Principal) -> None:
    """Raises ``Forbidden`` where the caller has not himself what the key would have."""
    beyond = permissions_of(new.roles, new.scopes) - principal.permissions
    if beyond:
        raise Forbidden(f"Nobody gives what he has not: {', '.join(sorted(beyond))}.")
    if EVERYTHING not in principal.directions and not set(new.directions) <= principal.directions:
        raise Forbidden("Nobody gives what he has not: a line of business you do not see.")


def bootstrap(key: SecretStr) -> GivenKey:
    """The key for the first start: an administrator."""
    return GivenKey(key=key, name="bootstrap", roles=frozenset(("admin",)))
