"""Errors as RFC 9457 problem documents (https://www.rfc-editor.org/rfc/rfc9457), in one place.

Raise a `Problem` where the fact is known; `problem_of` turns any other exception into one. A service adds its own
kinds by subclassing; every kind gets a page under `/problems/<slug>`, made from its title, docstring and `remedy`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from starlette.responses import Response

from events import tracing

MEDIA_TYPE = "application/problem+json"
CATALOGUE: dict[str, type["Problem"]] = {}


@dataclass(frozen=True)
class FieldError:
    """One fault in the request: what, and where: a JSON pointer into the body (`#/lead/phone`) or a named parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def body(self) -> dict[str, str]:
        place = {"pointer": self.pointer, "parameter": self.parameter}
        return {"detail": self.detail, **{name: value for name, value in place.items() if value is not None}}


class Problem(Exception):
    """Something went wrong inside the service; it was logged under the `trace_id` of this answer."""

    status: int = 500
    slug: ClassVar[str] = "internal-error"
    title: str = "Internal error"
    remedy: ClassVar[str] = "Try again; if it stays, tell the operators the trace_id."

    def __init_subclass__(cls) -> None:
        CATALOGUE[cls.slug] = cls

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        hint: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.code = code
        self.errors = tuple(errors)
        self.hint = hint
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, round(retry_after)))

    def body(self, public_url: str = "") -> dict[str, Any]:
        """The problem document; `type` is relative if the service does not know its own address."""
        trail = tracing.current_trail()
        members = {
            "type": f"{public_url}/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [error.body() for error in self.errors] or None,
            "hint": self.hint,
            "trace_id": trail.trace_id if trail else None,
        }
        return {name: value for name, value in members.items() if value is not None}

    def response(self, public_url: str = "") -> Response:
        return Response(orjson.dumps(self.body(public_url)), self.status, self.headers, MEDIA_TYPE)


CATALOGUE[Problem.slug] = Problem


class Malformed(Problem):
    """The request cannot be read: its body is not the JSON, form or file it says it is."""

    status, slug, title = 400, "malformed", "The request cannot be read"
    remedy = "Check the body against its Content-Type; JSON must be UTF-8."


class Unauthorised(Problem):
    """The request carries no valid API key or token."""

    status, slug, title = 401, "unauthorised", "Who are you?"
    remedy = "Send `Authorization: Bearer <API key or OIDC token>`; keys expire and can be revoked."

    def __init__(self, detail: str | None = None, **more: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **more)


class Forbidden(Problem):
    """The key or user is known, but its roles or scopes do not allow this."""

    status, slug, title = 403, "forbidden", "Not allowed"
    remedy = "Ask an administrator for a role that has the permission named in `detail`."


class NotFound(Problem):
    """There is no such thing, or it is not yours to see."""

    status, slug, title = 404, "not-found", "Not found"
    remedy = "Check the address and the id."


class MethodNotAllowed(Problem):
    """The address exists, but not for this method; `Allow` names the methods that work."""

    status, slug, title = 405, "method-not-allowed", "Method not allowed"
    remedy = "Use a method from the `Allow` header."


class Conflict(Problem):
    """The request contradicts the present state: somebody was faster, or the step is not possible from here."""

    status, slug, title = 409, "conflict", "Conflict with the present state"
    remedy = "Read the present state and decide again."


class StaleVersion(Problem):
    """The thing has changed since you read it: its version is not the one in `If-Match`."""

    status, slug, title = 412, "stale-version", "Changed in the meantime"
    remedy = "Read it again, look at what changed, and send the command with the new version."


class TooLarge(Problem):
    """The body is larger than this address takes."""

    status, slug, title = 413, "too-large", "Too large"
    remedy = "Send less at once; bulk endpoints take many items in several requests."


class UnsupportedType(Problem):
    """The body's Content-Type is not one this address takes."""

    status, slug, title = 415, "unsupported-type", "Unsupported content type"
    remedy = "Use a Content-Type from the API description."


class Invalid(Problem):
    """The request can be read, but something in it is missing, malformed or out of bounds; `errors` says what and
    where.
    """

    status, slug, title = 422, "invalid", "Invalid request"
    remedy = "Correct the places named by `errors[].pointer` or `errors[].parameter`."


class TooManyRequests(Problem):
    """You send more requests than your limit allows."""

    status, slug, title = 429, "too-many-requests", "Too many requests"
    remedy = "Wait for the seconds in `Retry-After`; use bulk endpoints."


class Unavailable(Problem):
    """A part that this service stands on does not answer now. Nothing of this request was accepted."""

    status, slug, title = 503, "unavailable", "Not available now"
    remedy = "Send the same request again after the seconds in `Retry-After`."

    def __init__(self, detail: str | None = None, *, retry_after: float = 5, **more: Any) -> None:
        super().__init__(detail, retry_after=retry_after, **more)
