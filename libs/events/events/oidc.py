"""Users' tokens (OpenID Connect access tokens, JWT), checked against the issuer's published keys.

Checked: signature by an allowed algorithm, `iss`, `aud`, `exp`, `nbf`, `iat` with leeway, `sub` present (RFC 7519,
RFC 8725). Keys are fetched at first need, again every hour, and when a token names a key not yet known (rotation), at
most every 30 seconds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from events.auth import Principal
from events.permissions import PERMISSIONS, ROLE_PERMISSIONS
from events.problems import Unavailable
from events.settings import ConfigurationError, Settings

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 3600.0
RETRY_SECONDS = 30.0
FIRST_RETRY_SECONDS = 2.0
MAX_TOKEN = 16 * 1024

Fetch = Callable[[str], Awaitable[Any]]

# A person never acts as a service, whatever the issuer's claim says: `service` opens the keyring.
_ROLES_OF_USERS = frozenset(ROLE_PERMISSIONS) - {"service"}


async def fetch_json(url: str) -> Any:
    """A JSON document over HTTP, 5 s at most."""
    import httpx2

    async with httpx2.AsyncClient(timeout=5, follow_redirects=False) as client:
        response = await client.get(url)
        response.raise_for_status()
        return response.json()


class Tokens:
    """Verifies tokens of one issuer. Raises ConfigurationError if an address is not https (but for this machine)."""

    def __init__(
        self,
        settings: Settings,
        fetch: Fetch = fetch_json,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        assert settings.oidc_issuer
        assert settings.oidc_audience
        self._settings = settings
        self._issuer = settings.oidc_issuer
        self._audience = settings.oidc_audience
        self._fetch = fetch
        self._clock = clock
        self._wall_clock = wall_clock
        self._keys: KeySet | None = None
        self._fetched = self._tried = float("-inf")
        self._lock = asyncio.Lock()
        for url in filter(None, (self._issuer, settings.oidc_jwks_url)):
            _check_address(url)
        if any(name.startswith("HS") or name == "none" for name in settings.oidc_algorithms):
            raise ConfigurationError("VORONKA_OIDC_ALGORITHMS: only public-key algorithms (RS256, ES256, EdDSA, …)")

    async def __call__(self, credential: str) -> Principal | None:
        """The user of a valid token, else None. Raises Unavailable while the issuer's keys were never read."""
        if len(credential) > MAX_TOKEN or credential.count(".") != 2:
            return None
        if self._keys is None or self._clock() - self._fetched > REFRESH_SECONDS:
            await self._renew()
        try:
            try:
                claims = self._claims(credential)
            except InvalidKeyIdError:
                await self._renew()
                claims = self._claims(credential)
        except (JoseError, ValueError):
            return None
        return self._principal(claims)

    def _claims(self, credential: str) -> dict[str, Any]:
        if self._keys is None:
            raise Unavailable("The issuer of users' tokens does not answer.", retry_after=FIRST_RETRY_SECONDS)
        claims = jwt.decode(credential, self._keys, algorithms=self._settings.oidc_algorithms).claims
        JWTClaimsRegistry(
            now=int(self._wall_clock()),
            leeway=self._settings.oidc_leeway_seconds,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(claims)
        return claims

    async def _renew(self) -> None:
        async with self._lock:
            if self._clock() - self._tried < (RETRY_SECONDS if self._keys else FIRST_RETRY_SECONDS):
                return
            self._tried = self._clock()
            try:
                url = self._settings.oidc_jwks_url or await self._discover()
                self._keys = KeySet.import_key_set(await self._fetch(url))
                self._fetched = self._clock()
            except Exception as error:
                # Whatever the issuer answers, the keys known so far go on serving; a wrong answer must not lock
                # everybody out.
                log.warning("issuer_keys_not_read", error=type(error).__name__)

    async def _discover(self) -> str:
        document = await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        url = document["jwks_uri"]
        _check_address(url)
        return str(url)

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        settings = self._settings
        roles = _ROLES_OF_USERS.intersection(_strings(_claim(claims, settings.oidc_roles_claim)))
        directions = frozenset(_strings(_claim(claims, settings.oidc_directions_claim)))
        scopes = frozenset(PERMISSIONS).intersection(_strings(claims.get("scope")))
        name = _claim(claims, settings.oidc_name_claim)
        shown = "".join(c for c in (name if isinstance(name, str) else claims["sub"]) if c.isprintable())[:100]
        return Principal(
            "user", claims["sub"], shown or "unnamed", roles, directions or settings.oidc_directions_default, scopes
        )


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by a path of names joined with dots (`realm_access.roles`)."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _strings(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ConfigurationError(f"{url} must be https: the keys in it decide who may enter")
