"""Who calls, and whether they may: the `Principal`, and the permission that every route declares (deny by default).

    router = APIRouter()

    @router.get("/leads/{lead_id}", dependencies=[Depends(require("leads:read"))])
    async def read(lead_id: UUID, principal: CurrentPrincipal) -> Lead: ...

A route without `require(…)` or `public("why")` keeps the service from starting.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from fastapi import Depends, Request
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from events.budget import UNLIMITED, Budget, Meter
from events.permissions import PERMISSIONS, permissions_of
from events.problems import Forbidden, TooManyRequests, Unauthorised

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a command comes from. `directions` are the lines of business it may see, `*` all of them."""

    kind: Literal["key", "user", "service"]
    id: str
    name: str
    roles: frozenset[str]
    directions: frozenset[str]
    scopes: frozenset[str] = frozenset()
    permissions: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", permissions_of(self.roles, self.scopes))

    @property
    def actor(self) -> str:
        """Who did it, as events tell it: `key:web-team`, `user:anna`, `service:automation`."""
        return f"{self.kind}:{self.name}"

    def sees(self, direction: str | None) -> bool:
        """May this principal see things of this line of business? What has none is seen by everybody."""
        return direction is None or EVERYTHING in self.directions or direction in self.directions

    def sees_all(self, directions: Collection[str] | None) -> bool:
        """May this principal see what somebody did in these lines of business, None: in all there are?"""
        return EVERYTHING in self.directions or (directions is not None and self.directions.issuperset(directions))


class Verifier(Protocol):
    """Knows one kind of credential. `None`: not my kind, or not valid."""

    async def __call__(self, credential: str) -> Principal | None: ...


@dataclass(frozen=True)
class Authenticator:
    """Finds the principal of a request: an API key (`vk_…`) or an OIDC token, from `Authorization: Bearer` or
    `X-API-Key`.

    `budget` is what one caller may send, services left out; `failures` what one address may send of credentials that
    are not valid. Both are counted in this process.
    """

    keys: Verifier
    tokens: Verifier | None = None
    budget: Budget = UNLIMITED
    failures: Budget = UNLIMITED
    meter: Meter = field(default_factory=Meter)

    async def authenticate(self, scope: Scope) -> Principal:
        """The caller. Raises Unauthorised; the same answer for an unknown, a wrong, an expired and a revoked
        credential; TooManyRequests over the budget. Strangers cost nobody else of their address anything.
        """
        credential = _credential(scope)
        if credential is None:
            raise Unauthorised("No API key or token was sent.")
        principal = await self._verified(credential)
        if principal is None:
            self._spend(("address", (scope.get("client") or ("",))[0]), self.failures)
            raise Unauthorised("The API key or token is not valid, or not any more.")
        if principal.kind != "service":
            self._spend((principal.kind, principal.id), self.budget)
        return principal

    async def still(self, scope: Scope, permission: str) -> bool:
        """Whether who was let in may do so now too: for answers that last, and whose key may end before they do."""
        credential = _credential(scope)
        principal = await self._verified(credential) if credential else None
        return principal is not None and permission in principal.permissions

    async def _verified(self, credential: str) -> Principal | None:
        verify = self.keys if credential.startswith("vk_") else self.tokens
        return await verify(credential) if verify else None

    def _spend(self, sender: Hashable, budget: Budget) -> None:
        if budget is not UNLIMITED and (wait := self.meter.wait(sender, budget)):
            raise TooManyRequests("More requests than may be sent in this time.", retry_after=wait)


def _credential(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:], "latin-1").strip()
        if name == b"x-api-key":
            return str(value, "latin-1").strip()
    return None


@dataclass(frozen=True)
class Require:
    """The permission a route needs; as a dependency it authenticates, checks, and gives the principal."""

    permission: str

    async def __call__(self, request: Request) -> Principal:
        return await self.admit(request.scope, request.app.state.authenticator)

    async def admit(self, scope: Scope, authenticator: Authenticator) -> Principal:
        """The caller, put in the scope as `principal`. Raises Unauthorised or Forbidden."""
        principal: Principal = scope.get("principal") or await authenticator.authenticate(scope)
        if self.permission not in principal.permissions:
            raise Forbidden(f"This needs the permission {self.permission}.")
        scope["principal"] = principal
        return principal


@dataclass(frozen=True)
class Public:
    """Says that a route needs no permission, and why."""

    reason: str

    async def __call__(self) -> None:
        return None


Access = Require | Public


def require(permission: str) -> Require:
    """Declares the permission a route needs. Raises ValueError for one that is not in `PERMISSIONS`."""
    if permission not in PERMISSIONS:
        raise ValueError(f"{permission} is not a permission; add it to events/permissions.py with its meaning")
    return Require(permission)


def public(reason: str) -> Public:
    """Declares that a route is open to everybody, and why; the reason stands in the list of routes."""
    if not reason:
        raise ValueError("a public route needs a reason")
    return Public(reason)


async def current_principal(request: Request) -> Principal:
    """The caller of a route that declared its permission."""
    principal = request.scope.get("principal")
    if not isinstance(principal, Principal):
        raise Unauthorised("No API key or token was sent.")
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True)
class RawRoute:
    """A plain ASGI app under a path prefix, dispatched before FastAPI (the hot intake).

    With `require(…)` the caller is verified before the app runs and stands in `scope["principal"]`; with
    `public(why)` the app verifies by itself (a provider's signature). `label` stands for the path in metrics and
    logs: paths may hold secrets.
    """

    app: ASGIApp
    access: Access
    label: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class RouteAccess:
    """What a route declared: the permissions it needs, all of them, or why it is public."""

    methods: str
    path: str
    needs: tuple[str, ...]
    public: str | None

    @property
    def declared(self) -> bool:
        return bool(self.needs or self.public)


def access_of(routes: Iterable[BaseRoute], raw: Mapping[str, ASGIApp]) -> list[RouteAccess]:
    """What every route of an app declares, routers included in routers too, raw routes last."""
    found = [
        _access(",".join(sorted(at.methods or ("*",))), at.path or "*", declarations(getattr(at, "dependant", None)))
        for at in iter_route_contexts(list(routes))
    ]
    for path, app in raw.items():
        found.append(_access("*", path, [app.access] if isinstance(app, RawRoute) else []))
    return found


def declarations(dependant: Any) -> list[Access]:
    """The `require(…)` and `public(…)` among the dependencies of a route."""
    steps = getattr(dependant, "dependencies", ())
    return [step.call for step in steps if isinstance(step.call, Require | Public)]


def _access(methods: str, path: str, declared: Sequence[Access]) -> RouteAccess:
    needs = tuple(dict.fromkeys(one.permission for one in declared if isinstance(one, Require)))
    reasons = [one.reason for one in declared if isinstance(one, Public)]
    return RouteAccess(methods, path, needs, None if needs or not reasons else reasons[0])
