"""Settings that are set as a whole, by HTTP: read with ETag, set with If-Match, and every version ever set."""

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Final, Generic, TypeVar

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, expected_version
from events.cursor import Limit
from events.problems import Conflict, NotFound
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from leads.routing import versions
from leads.routing.models import Frozen, Name, Ruleset
from leads.routing.processing_lists import (
    CATEGORIES,
    CHECKLIST,
    DISQUALIFICATION,
    RETURN_REASONS,
    RETURNING,
    Checklist,
    Codes,
)
from leads.routing.reading import CALENDAR

T = TypeVar("T", bound=BaseModel)
CALL_LIST: Final = "call-list:"
"""Beginning of the names under which call lists are kept."""
Named = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", examples=["ru"])]


class DayOff(Frozen):
    """A day on which nobody works."""

    date: date
    title: Name | None = None


class Calendar(Frozen):
    """Days off, for the managers who name this calendar."""

    days: tuple[DayOff, ...] = Field((), max_length=2_000)


class CallList(Frozen):
    """Leads to be called, and how often."""

    title: Name
    direction: Name | None = Field(None, description="Who sees it; empty: everybody.")
    active: bool = True
    retry_minutes: int = Field(180, ge=1, le=60 * 24 * 30, description="Pause after a call that reached nobody.")
    most_attempts: int = Field(5, ge=1, le=100, description="Calls after which somebody counts as unreachable.")


class Kept(BaseModel, Generic[T]):
    """A version of a setting. Version 0 was never set: it is what holds by default."""

    version: int = Field(description="For `If-Match`.")
    set_by: str | None
    set_at: datetime | None
    content: T


def settings_routers(pool: asyncpg.Pool, now: Callable[[], datetime], default_reasons: Codes) -> list[APIRouter]:
    """Rules of distribution, reasons, categories, check-list, calendars, call lists."""
    settings: list[tuple[str, str, type[BaseModel], BaseModel, str]] = [
        ("/distribution-rules", versions.RULES, Ruleset, Ruleset(), "the rules of distribution"),
        ("/disqualification-reasons", DISQUALIFICATION, Codes, default_reasons, "the reasons to disqualify a lead"),
        ("/return-reasons", RETURNING, Codes, RETURN_REASONS, "the reasons to return a lead"),
        ("/lead-categories", CATEGORIES, Codes, Codes(), "the categories of leads; none: any word will do"),
        ("/qualification-checklist", CHECKLIST, Checklist, Checklist(), "the questions of the first line"),
    ]
    return [
        *(_single(pool, now, *setting) for setting in settings),
        _several(pool, now, "/calendars", CALENDAR, Calendar, "calendars of days off", "a calendar of days off"),
        _several(pool, now, "/call-lists", CALL_LIST, CallList, "call lists", "a call list"),
    ]


def _single(
    pool: asyncpg.Pool, now: Callable[[], datetime], path: str, name: str, model: type[T], default: T, title: str
) -> APIRouter:
    async def read(response: Response) -> Any:
        kept = (await versions.newest(pool, [name])).get(name)
        return _tagged(_kept(model, kept) if kept else _default(model, default), response)

    async def put(content: Any, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None) -> Any:
        given = content.model_dump(mode="json")
        kept = await versions.put(pool, name, given, principal.actor, now(), expected_version(if_match))
        return _tagged(_kept(model, kept), response)

    async def read_versions(limit: Limit = 50) -> Any:
        return [_kept(model, one) for one in await versions.history(pool, name, limit)]

    return _routes(path, model, title, read, put, read_versions)


def _several(
    pool: asyncpg.Pool,
    now: Callable[[], datetime],
    path: str,
    prefix: str,
    model: type[T],
    all_of_them: str,
    title: str,
) -> APIRouter:
    async def newest(name: str, principal: Principal) -> versions.Version | None:
        kept = (await versions.newest(pool, [prefix + name])).get(prefix + name)
        if kept is not None and not _seen(kept, principal):
            raise NotFound(f"There is no such setting under {path}.")
        return kept

    async def read(name: Named, principal: CurrentPrincipal, response: Response) -> Any:
        kept = await newest(name, principal)
        if kept is None:
            raise NotFound(f"There is no such setting under {path}.")
        return _tagged(_kept(model, kept), response)

    async def put(
        name: Named, content: Any, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> Any:
        await newest(name, principal)
        given = content.model_dump(mode="json")
        if not principal.sees(given.get("direction")):
            raise Conflict("You do not see this line of business.", hint="rule: direction", code="direction")
        kept = await versions.put(pool, prefix + name, given, principal.actor, now(), expected_version(if_match))
        return _tagged(_kept(model, kept), response)

    async def read_versions(name: Named, principal: CurrentPrincipal, limit: Limit = 50) -> Any:
        await newest(name, principal)
        return [_kept(model, one) for one in await versions.history(pool, prefix + name, limit)]

    async def read_all(principal: CurrentPrincipal) -> Any:
        found = await versions.newest_with_prefix(pool, prefix)
        return {name: _kept(model, kept) for name, kept in found.items() if _seen(kept, principal)}

    routes = _routes(f"{path}/{{name}}", model, title, read, put, read_versions)
    every: Any = dict[str, Kept[model]]  # type: ignore[valid-type]
    routes.add_api_route(
        path, read_all, methods=["GET"], response_model=every, summary=f"List {all_of_them}", dependencies=_READS,
        tags=_TAGS,
    )  # fmt: skip
    return routes


_TAGS: Final[list[str | Enum]] = ["Settings of distribution"]
_READS: Final = [Depends(require("leads:read"))]


def _routes(
    path: str,
    model: type[BaseModel],
    title: str,
    read: Callable[..., Any],
    put: Callable[..., Any],
    read_versions: Callable[..., Any],
) -> APIRouter:
    """The three routes that every setting has. The model is told to FastAPI here, where it is known."""
    put.__annotations__["content"] = model
    kept: Any = Kept[model]  # type: ignore[valid-type]
    routes, tags = APIRouter(), _TAGS
    setting = [Depends(require("leads:assign"))]
    named = path.strip("/").replace("-", "_").replace("/{name}", "_one")
    routes.add_api_route(
        path, read, methods=["GET"], response_model=kept, dependencies=_READS, tags=tags, name=f"read_{named}",
        summary=f"Read {title}",
    )  # fmt: skip
    routes.add_api_route(
        path, put, methods=["PUT"], response_model=kept, dependencies=setting, tags=tags, name=f"put_{named}",
        summary=f"Set {title}, as a whole",
    )  # fmt: skip
    routes.add_api_route(
        f"{path}/versions", read_versions, methods=["GET"], response_model=list[kept], dependencies=_READS, tags=tags,
        name=f"versions_of_{named}", summary=f"All versions of {title}: who set what, and when",
    )  # fmt: skip
    return routes


def _seen(kept: versions.Version, principal: Principal) -> bool:
    """A call list may be of a line of business; a calendar is of none."""
    return principal.sees(kept.content.get("direction"))


def _kept(model: type[T], kept: versions.Version) -> Kept[T]:
    content = model.model_validate(kept.content)
    return Kept[model](  # type: ignore[valid-type]
        version=kept.number, set_by=kept.set_by, set_at=kept.set_at, content=content
    )


def _default(model: type[T], default: T) -> Kept[T]:
    return Kept[model](version=0, set_by=None, set_at=None, content=default)  # type: ignore[valid-type]


def _tagged(kept: Kept[T], response: Response) -> Kept[T]:
    response.headers["ETag"] = f'"{kept.version}"'
    return kept
