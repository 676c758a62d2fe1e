"""Users' tokens: what is checked, and how the issuer's keys are fetched, renewed and rotated."""

import base64
import hmac
import json
import time
from typing import Any

import pytest
from events.app import Runtime
from events.auth import CurrentPrincipal, require
from events.configuration import ConfigurationError
from events.oidc import Tokens, fetch_json
from events.problems import Unavailable
from events.settings import Settings
from fastapi import APIRouter, Depends
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from pytest_httpserver import HTTPServer
from serving import Serve

ISSUER = "https://id.example/realms/crm"
NOW = 1_800_000_000
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
CLAIMS = {
    "iss": ISSUER,
    "aud": "voronka",
    "sub": "u-17",
    "exp": NOW + 300,
    "iat": NOW - 5,
    "preferred_username": "anna",
    "roles": ["manager", "offline_access"],
    "directions": ["b2b"],
}


class Issuer:
    """The keys an issuer publishes, how often it was asked, and the time."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.asked: list[str] = []
        self.down = False
        self.now = 0.0

    async def fetch(self, url: str) -> Any:
        self.asked.append(url)
        if self.down:
            raise ConnectionError
        if url.endswith("openid-configuration"):
            return {"jwks_uri": "https://id.example/jwks"}
        return KeySet(self.keys).as_dict(private=False)

    def tokens(self, **settings: Any) -> Tokens:
        given = {"oidc_issuer": ISSUER, "oidc_audience": "voronka", "database_url": "postgresql://x/y"} | settings
        return Tokens(Settings(**given), self.fetch, lambda: self.now, lambda: NOW)


def token(key: Any = RSA, algorithm: str = "RS256", **claims: Any) -> str:
    header = {"alg": algorithm, "kid": key.kid}
    return jwt.encode(
        header, {k: v for k, v in (CLAIMS | claims).items() if v is not None}, key, algorithms=[algorithm]
    )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(RSA, EC)


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256")])
async def test_a_users_token_makes_a_principal(issuer: Issuer, key: Any, algorithm: str) -> None:
    principal = await issuer.tokens()(token(key, algorithm))
    assert principal is not None
    assert (principal.actor, principal.id) == ("user:anna", "u-17")
    assert principal.roles == {"manager"}
    assert principal.directions == {"b2b"}
    assert "leads:write" in principal.permissions


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-system"},
        {"aud": ["a", "b"]},
        {"aud": None},
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "never"},
        {"nbf": NOW + 31},
        {"iat": NOW + 31},
        {"sub": None},
        {"sub": ""},
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    assert await issuer.tokens()(token(**claims)) is None


@pytest.mark.parametrize("claims", [{"exp": NOW - 29}, {"nbf": NOW + 29}, {"iat": NOW + 29}, {"aud": ["x", "voronka"]}])
async def test_clocks_may_differ_a_little_and_there_may_be_several_audiences(
    issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert await issuer.tokens()(token(**claims)) is not None


async def test_a_token_without_a_signature_is_refused(issuer: Issuer) -> None:
    head, body, _ = token().split(".")
    none = "eyJhbGciOiJub25lIn0"
    tokens = issuer.tokens()
    for forged in (f"{none}.{body}.", f"{head}.{body}.", f"{head}.{body}.AAAA", f"{none}.{body}.AAAA"):
        assert await tokens(forged) is None


async def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused(issuer: Issuer) -> None:
    def part(content: object) -> bytes:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    signed = part({"alg": "HS256", "kid": "rsa-1"}) + b"." + part(CLAIMS)
    forged = signed + b"." + part(hmac.digest(RSA.as_pem(private=False), signed, "sha256"))
    assert await issuer.tokens()(forged.decode()) is None


async def test_a_token_of_a_stranger_with_a_known_key_id_is_refused(issuer: Issuer) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    assert await issuer.tokens()(token(stranger)) is None


async def test_an_algorithm_that_is_not_allowed_is_refused(issuer: Issuer) -> None:
    tokens = issuer.tokens(oidc_algorithms="RS256")
    assert await tokens(token(EC, "ES256")) is None
    assert await tokens(token(RSA, "RS256")) is not None


@pytest.mark.parametrize("algorithms", ["HS256", "RS256,none"])
def test_shared_secrets_and_no_signature_cannot_be_configured(issuer: Issuer, algorithms: str) -> None:
    with pytest.raises(ConfigurationError, match="ALGORITHMS"):
        issuer.tokens(oidc_algorithms=algorithms)


@pytest.mark.parametrize("garbage", ["", "a", "a.b", "a.b.c", "....", "é.é.é", "x" * 20_000 + ".b.c"])
async def test_garbage_is_refused(issuer: Issuer, garbage: str) -> None:
    assert await issuer.tokens()(garbage) is None


async def test_nobody_becomes_a_service_by_a_claim(issuer: Issuer) -> None:
    principal = await issuer.tokens()(token(roles=["service", "admin"]))
    assert principal is not None
    assert principal.roles == {"admin"}
    assert "keyring:read" not in principal.permissions


async def test_claims_may_stand_in_objects_and_be_text(issuer: Issuer) -> None:
    tokens = issuer.tokens(
        oidc_roles_claim="realm_access.roles",
        oidc_directions_claim="https://crm.example/lines",
        oidc_name_claim="given",
    )
    claims = {"realm_access": {"roles": "head finance"}, "https://crm.example/lines": "b2b,retail"}
    principal = await tokens(token(**claims))
    assert principal is not None
    assert principal.roles == {"head", "finance"}
    assert principal.directions == {"b2b", "retail"}
    assert principal.actor == "user:u-17"


async def test_a_user_without_lines_of_business_sees_none_unless_the_configuration_says_so(issuer: Issuer) -> None:
    alone = await issuer.tokens()(token(directions=None))
    trusted = await issuer.tokens(oidc_directions_default="*")(token(directions=None))
    assert alone is not None
    assert trusted is not None
    assert (alone.sees("b2b"), trusted.sees("b2b")) == (False, True)


async def test_scopes_of_a_token_narrow_only_if_they_are_ours(issuer: Issuer) -> None:
    narrow = await issuer.tokens()(token(scope="openid profile leads:read"))
    wide = await issuer.tokens()(token(scope="openid profile"))
    assert narrow is not None
    assert wide is not None
    assert narrow.permissions == {"leads:read"}
    assert len(wide.permissions) > 1


async def test_a_name_is_fit_to_stand_in_an_event(issuer: Issuer) -> None:
    principal = await issuer.tokens()(token(preferred_username="an\x00na\n" + "x" * 500))
    assert principal is not None
    assert principal.name == ("anna" + "x" * 500)[:100]


async def test_keys_are_fetched_once_and_again_every_hour(issuer: Issuer) -> None:
    tokens = issuer.tokens()
    for at in (0, 1, 3599):
        issuer.now = at
        assert await tokens(token()) is not None
    assert issuer.asked == [f"{ISSUER}/.well-known/openid-configuration", "https://id.example/jwks"]
    issuer.now = 3601
    issuer.keys = [EC]
    assert await tokens(token()) is None


async def test_a_new_key_is_fetched_when_a_token_names_it(issuer: Issuer) -> None:
    tokens = issuer.tokens(oidc_jwks_url="https://id.example/jwks")
    assert await tokens(token()) is not None
    rotated = RSAKey.generate_key(2048, {"kid": "rsa-2"})
    issuer.keys.append(rotated)
    issuer.now = 31
    assert await tokens(token(rotated)) is not None
    assert len(issuer.asked) == 2


async def test_made_up_key_ids_do_not_flood_the_issuer(issuer: Issuer) -> None:
    tokens = issuer.tokens(oidc_jwks_url="https://id.example/jwks")
    for n in range(50):
        issuer.now = n / 10
        stranger = EC if n == 0 else ECKey.generate_key("P-256", {"kid": f"made-up-{n}"})
        await tokens(token(stranger, "ES256"))
    assert len(issuer.asked) == 1


async def test_an_issuer_that_is_away_is_503_at_first_and_no_matter_later(issuer: Issuer) -> None:
    tokens = issuer.tokens()
    issuer.down = True
    with pytest.raises(Unavailable):
        await tokens(token())
    issuer.down, issuer.now = False, 3
    assert await tokens(token()) is not None
    issuer.down, issuer.now = True, 8000
    assert await tokens(token()) is not None


async def test_an_answer_that_makes_no_sense_does_not_lock_everybody_out(issuer: Issuer) -> None:
    tokens = issuer.tokens()
    assert await tokens(token()) is not None
    issuer.keys, issuer.now = [], 8000
    assert await tokens(token()) is not None


def test_the_issuer_must_be_https(issuer: Issuer) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        issuer.tokens(oidc_issuer="http://id.example")


async def test_keys_come_over_http(httpserver: HTTPServer) -> None:
    base = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_json({"jwks_uri": f"{base}/jwks"})
    httpserver.expect_request("/jwks").respond_with_json(KeySet([RSA]).as_dict(private=False))
    settings = Settings(oidc_issuer=base, oidc_audience="voronka", database_url="postgresql://x/y")
    tokens = Tokens(settings, fetch_json)
    principal = await tokens(token(iss=base, exp=int(time.time()) + 60, iat=int(time.time())))
    assert principal is not None


async def test_a_person_comes_in_by_a_token_of_an_issuer_and_does_what_its_roles_allow(
    serve: Serve, httpserver: HTTPServer
) -> None:
    base, now = httpserver.url_for("").rstrip("/"), int(time.time())
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_json({"jwks_uri": f"{base}/jwks"})
    httpserver.expect_request("/jwks").respond_with_json(KeySet([RSA, EC]).as_dict(private=False))
    settings = {"oidc_issuer": base, "oidc_audience": "voronka", "oidc_roles_claim": "realm_access.roles"}
    serving = await serve(routers=_routes, settings=settings)
    times = {"iss": base, "exp": now + 60, "iat": now}
    right: dict[str, Any] = {"realm_access": {"roles": ["manager"]}, "directions": ["b2b", "retail"]}
    cases = [
        (token(**times, **right), 200),
        (token(EC, "ES256", **times, **right), 200),
        (token(**times, realm_access={"roles": ["finance"]}), 403),
        (token(**times | {"exp": now - 60}, **right), 401),
        (token(**times | {"aud": "other"}, **right), 401),
        (token(RSAKey.generate_key(2048, {"kid": "rsa-1"}), **times, **right), 401),
    ]
    for credential, status in cases:
        answer = await serving.nobody.get("/who", headers={"authorization": f"Bearer {credential}"})
        assert answer.status_code == status, answer.text
        if status == 200:
            assert answer.json() == {"actor": "user:anna", "directions": ["b2b", "retail"]}


def _routes(_runtime: Runtime) -> list[APIRouter]:
    router = APIRouter()

    @router.get("/who", dependencies=[Depends(require("leads:read"))])
    async def who(principal: CurrentPrincipal) -> dict[str, object]:
        return {"actor": principal.actor, "directions": sorted(principal.directions)}

    return [router]
