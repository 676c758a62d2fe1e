"""Every route of every service, asked by every role and by those whom nobody knows: exactly those whom its declared
permission lets in get past the door.

The routes are those of the composed services, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from events.api_keys import new_key
from events.oidc import Tokens
from events.permissions import PERMISSIONS, ROLE_PERMISSIONS
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from unstarted import REACHED, SERVICES, Unstarted, ask, filled, settings_of, unstarted

ISSUER, AUDIENCE = "https://id.example", "voronka"
OWN, STRANGERS = (RSAKey.generate_key(2048, {"kid": "k1"}) for _ in range(2))
KEYS = {role: new_key() for role in ROLE_PERMISSIONS}
LET_IN = {REACHED, 422}


async def published(url: str) -> Any:
    return {"jwks_uri": f"{ISSUER}/keys"} if "well-known" in url else KeySet([OWN]).as_dict(private=False)


def token(key: Any = OWN, **claims: Any) -> str:
    now = int(time.time())
    told = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "exp": now + 600, "roles": ["admin"], "directions": ["*"]}
    return jwt.encode({"alg": "RS256", "kid": "k1"}, told | claims, key, algorithms=["RS256"])


UNKNOWN = {
    "nobody": None,
    "a key with another secret": f"vk_{KEYS['admin'].split('_')[1]}_{'x' * 43}",
    "half a key": KEYS["admin"][:-1],
    "an expired token": token(exp=int(time.time()) - 3600),
    "a token for another system": token(aud="another"),
    "a token of another issuer": token(iss="https://evil.example"),
    "a token that a stranger signed": token(STRANGERS),
}


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> Unstarted:
    given = tuple({"key": key, "name": role, "roles": [role]} for role, key in KEYS.items())
    users = settings_of("leads").model_copy(update={"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE})
    return unstarted(request.param, given, Tokens(users, published))


async def test_a_route_lets_in_exactly_the_roles_that_have_its_permission(service: Unstarted) -> None:
    wrong = []
    for method, access in service.calls():
        for role, key in KEYS.items() if access.needs else ():
            answer = await ask(service.edge, method, filled(access.path), key)
            expected = ROLE_PERMISSIONS[role].issuperset(access.needs)
            if answer.status not in (LET_IN if expected else {403}):
                wrong.append((method, access.path, role, answer.status, expected))
    assert wrong == []


async def test_a_route_lets_nobody_in_whom_it_does_not_know(service: Unstarted) -> None:
    answers = {
        (method, access.path, who): (await ask(service.edge, method, filled(access.path), credential)).status
        for method, access in service.calls()
        if access.needs
        for who, credential in UNKNOWN.items()
    }
    assert {called: status for called, status in answers.items() if status != 401} == {}


async def test_a_users_token_opens_what_its_role_opens_and_nobody_is_a_service_by_a_claim(service: Unstarted) -> None:
    for method, access in service.calls():
        if "keys:manage" in access.needs or "keyring:read" in access.needs:
            path = filled(access.path)
            opened = [
                (await ask(service.edge, method, path, token(roles=[role]))).status in LET_IN
                for role in ("admin", "manager", "service")
            ]
            assert opened == ["keys:manage" in access.needs, False, False], access


async def test_whatever_is_asked_is_answered_by_the_route_that_was_meant(service: Unstarted) -> None:
    for method, access in service.calls():
        role = "service" if "keyring:read" in access.needs else "admin"
        answer = await ask(service.edge, method, filled(access.path), KEYS[role])
        assert (answer.route, answer.status in LET_IN) == (access.path, True), access


ASKED_INSIDE = {"tasks:colleagues", "exports:read"}
"""What routes ask for that others may call too: whose tasks, in which form."""


def test_every_permission_is_needed_somewhere() -> None:
    needed = {one for name in SERVICES for _, access in unstarted(name).calls() for one in access.needs}
    assert needed | ASKED_INSIDE == PERMISSIONS.keys()
