"""Which problem answers which exception: the one place where errors of all layers meet HTTP."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from events import problems, store
from events.database import is_database_away
from events.decider import Rejected
from events.problems import Conflict, FieldError, Invalid, Malformed, Problem, Unauthorised, Unavailable


def problem_of(error: Exception) -> Problem:
    """The problem that tells a client about `error`; nothing of an unexpected error's text goes out."""
    if is_database_away(error):
        return Unavailable("The database does not answer.")
    for kind, answer in _ANSWERS.items():
        if isinstance(error, kind):
            return answer(error)
    return Problem()


def _validation(error: RequestValidationError) -> Problem:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return Malformed("The body is not valid JSON.")
    return Invalid("The request has faults.", errors=[_field_error(fault["loc"], fault["msg"]) for fault in faults])


def _field_error(location: Sequence[int | str], message: str) -> FieldError:
    place, *inner = location or ("body",)
    message = message.removeprefix("Value error, ")
    if place == "body":
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in inner)
        return FieldError(message, pointer="#" + "".join(f"/{step}" for step in steps))
    return FieldError(message, parameter=f"{place}:{'.'.join(map(str, inner))}")


def _http(error: HTTPException) -> Problem:
    status, headers = error.status_code, dict(error.headers or {})
    detail = error.detail if error.detail != HTTPStatus(status).phrase else None
    kind = _BY_STATUS.get(status)
    if kind is Unauthorised:
        return Unauthorised(detail)
    if kind is not None:
        return kind(detail, headers=headers)
    return Problem() if status >= 500 else _Other(status, detail, headers)


_BY_STATUS = {kind.status: kind for kind in problems.CATALOGUE.values() if kind.status < 500}


class _Other(Problem):
    """An HTTP error that needs no explanation beyond its status (RFC 9110)."""

    slug = "http-error"
    remedy = "See the status."

    def __init__(self, status: int, detail: str | None, headers: Mapping[str, str]) -> None:
        self.status, self.title = status, HTTPStatus(status).phrase
        super().__init__(detail, headers=headers)


def _sql(error: Exception) -> Problem:
    # asyncpg refuses an argument by itself, before anything is sent, with the reason as the cause
    reason = error.__cause__ if type(error) is asyncpg.DataError else error
    if isinstance(reason, UnicodeError | asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError):
        return _unstorable(reason)
    if isinstance(reason, OverflowError | asyncpg.NumericValueOutOfRangeError | asyncpg.DatetimeFieldOverflowError):
        return Invalid("A value in the request is out of the range that can be stored.")
    return Problem()


def _unstorable(_error: Exception) -> Problem:
    return Invalid("The request holds text that cannot be stored.", hint="NUL and lone surrogates are refused.")


_ANSWERS: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda problem: problem,
    RequestValidationError: _validation,
    HTTPException: _http,
    Rejected: lambda error: Conflict(str(error), code=error.code),
    store.Conflict: lambda error: Conflict("Somebody else changed this just now."),
    store.TooLarge: lambda error: problems.TooLarge(str(error)),
    asyncpg.PostgresError: _sql,
    asyncpg.InterfaceError: _sql,
    asyncpg.InternalClientError: _sql,
    UnicodeEncodeError: _unstorable,
    ConnectionError: lambda error: Unavailable("A part of the system does not answer."),
}

ANSWERED = tuple(_ANSWERS)
"""What a service answers by itself; any other exception is a fault of the service."""
