"""Sources by HTTP: set up, listed, shown, secrets replaced, switched off."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.problems import FieldError, Invalid, NotFound
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import SecretStr, ValidationError

from leads.channels import CHANNELS
from leads.channels.options import options_of
from leads.sources.commands import SourceCommands
from leads.sources.domain import Setup, deactivate, retire, rotate
from leads.sources.models import (
    ChangedSource,
    ChannelShown,
    RetireSecret,
    RotateSecret,
    SetUpSource,
    ShownSource,
    SourcePage,
)
from leads.sources.showing import SourceView

Channel = Annotated[str, Path(max_length=100, examples=["tilda"])]
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,100}$", examples=["shop"])]
Limit = Annotated[int, Query(ge=1, le=200)]
GENERATED_BYTES = 24

Run = Callable[..., Awaitable[ChangedSource]]


def reading(view: SourceView) -> APIRouter:
    """``/sources`` and ``/channels``, to look at."""
    routes = APIRouter(tags=["Sources"])
    reads = [Depends(require("sources:read"))]

    @routes.get("/channels", dependencies=reads, summary="List channels, with the options of their sources")
    async def list_channels() -> list[ChannelShown]:
        return view.channels()

    @routes.get("/sources", dependencies=reads, summary="List sources")
    async def list_sources(
        principal: CurrentPrincipal,
        channel: Annotated[str | None, Query(max_length=100)] = None,
        cursor: Annotated[str | None, Query(max_length=300, description="`next` of the page before.")] = None,
        limit: Limit = 50,
    ) -> SourcePage:
        return await view.page(channel, directions_of(principal), principal.sees, cursor, limit)

    @routes.get("/sources/{channel}/{name}", dependencies=reads, summary="Show a source")
    async def read_source(channel: Channel, name: Name, principal: CurrentPrincipal, response: Response) -> ShownSource:
        shown = await view.one(channel, name)
        if shown is None or not principal.sees(shown.direction):
            raise NotFound("There is no such source.")
        response.headers["ETag"] = f'"{shown.version}"'
        return shown

    return routes


def changing(commands: SourceCommands, view: SourceView) -> APIRouter:
    """``/sources``, to set up."""
    routes = APIRouter(tags=["Sources"])
    writes = [Depends(require("sources:write"))]
    change = _changer(commands, view)

    @routes.put("/sources/{channel}/{name}", dependencies=writes, summary="Set a source up; known everywhere in 2 s")
    async def set_up(
        channel: Channel,
        name: Name,
        wanted: SetUpSource,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> ChangedSource:
        if channel not in CHANNELS:
            raise NotFound("There is no such channel; GET /channels lists them.")
        if not principal.sees(wanted.direction):
            raise Invalid(errors=[FieldError("is no line of business of yours", "#/direction")])
        made = secrets.token_urlsafe(GENERATED_BYTES)

        def decide(old: Setup) -> Setup:
            return configured(channel, old, wanted, made)

        return await change(channel, name, decide, "configured", principal, response, if_match, made, creates=True)

    @routes.post("/sources/{channel}/{name}/rotate", dependencies=writes, summary="Add a secret beside the live one")
    async def rotate_secret(
        channel: Channel,
        name: Name,
        wanted: RotateSecret,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> ChangedSource:
        made = secrets.token_urlsafe(GENERATED_BYTES)
        new = wanted.secret.get_secret_value() if wanted.secret else made
        return await change(channel, name, lambda old: rotate(old, new), "rotated", principal, response, if_match, made)

    @routes.post("/sources/{channel}/{name}/retire", dependencies=writes, summary="End one of two live secrets")
    async def retire_secret(
        channel: Channel,
        name: Name,
        wanted: RetireSecret,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> ChangedSource:
        return await change(
            channel, name, lambda old: retire(old, wanted.which), "retired", principal, response, if_match
        )

    @routes.delete("/sources/{channel}/{name}", dependencies=writes, summary="Switch a source off; nothing is deleted")
    async def switch_off(
        channel: Channel, name: Name, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> ChangedSource:
        return await change(channel, name, deactivate, "deactivated", principal, response, if_match)

    return routes


def _changer(commands: SourceCommands, view: SourceView) -> Run:
    async def change(
        channel: str,
        name: str,
        decide: Callable[[Setup], Setup],
        what: Any,
        principal: Principal,
        response: Response,
        if_match: str | None,
        made: str | None = None,
        *,
        creates: bool = False,
    ) -> ChangedSource:
        of_file = commands.live.fixed.get((channel, name))
        if of_file is not None and not principal.sees(of_file.direction):
            raise NotFound("There is no such source.")

        def seen(old: Setup) -> Setup:
            if not principal.sees(old.direction):
                raise NotFound("There is no such source.")
            return decide(old)

        stored = await commands.change(
            channel, name, seen, what, cause_of_call(principal), datetime.now(UTC), expected_version(if_match),
            creates=creates,
        )  # fmt: skip
        shown = await view.one(channel, name)
        assert shown is not None
        response.headers["ETag"] = f'"{shown.version}"'
        is_new_secret = made is not None and made in stored.setup.secrets
        return ChangedSource(**shown.model_dump(), new_secret=made if is_new_secret else None)

    return change


def configured(channel: str, old: Setup, wanted: SetUpSource, made: str) -> Setup:
    """The setup asked for: what is write-only and left out is the old one's. Raises :class:`Invalid`."""
    model = options_of(channel)
    given = wanted.all_options()
    hidden_names = model.write_only()
    kept = {name: value for name, value in old.hidden.items() if name not in given}
    try:
        options = model.model_validate({**kept, **{k: v for k, v in given.items() if v is not None}})
    except ValidationError as error:
        raise Invalid("The options do not fit the channel.", errors=_faults(error)) from None
    if wanted.budget.over == "refuse" and not CHANNELS[channel].retries:
        fault = "the provider of this channel does not send again: what is refused would be lost"
        raise Invalid(errors=[FieldError(fault, "#/budget/over")])
    given_secrets = tuple(secret.get_secret_value() for secret in wanted.secrets or ())
    needs_one = needs_secret(channel, options.flat())
    return Setup(
        wanted.active,
        wanted.direction,
        wanted.manager_id,
        options.model_dump(mode="json", exclude=set(hidden_names), exclude_unset=True),
        {
            name: value.get_secret_value()
            for name in hidden_names
            if isinstance(value := getattr(options, name), SecretStr)
        },
        given_secrets or old.secrets or ((made,) if needs_one else ()),
        wanted.budget.budget(),
    )


def needs_secret(channel: str, flat: Mapping[str, str]) -> bool:
    """Does the channel refuse everything without a secret?"""
    receives = CHANNELS[channel].receives
    return receives and not flat.get("origins") and not flat.get("public_key")


def _faults(error: ValidationError) -> list[FieldError]:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        FieldError(fault["msg"].removeprefix("Value error, "), "/".join(("#/options", *map(str, fault["loc"]))))
        for fault in found
    ]
