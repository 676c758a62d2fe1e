"""What is shown of sources: their setup without secrets, their address, and what came in by them."""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from events.privacy import MasterKey
from events.problems import FieldError, Invalid
from events.sqlfile import sql
from events.webhooks import Source

from leads.channels import CHANNELS
from leads.channels.options import options_of
from leads.sources.live import LiveSources
from leads.sources.models import ChannelShown, ShownSource, SourcePage, Traffic, shown_budget
from leads.sources.rows import COLUMNS, Stored, Unopenable, stored

SQL = Path(__file__).parent / "sql"
WINDOW = timedelta(hours=24)
_ONE = f"SELECT {COLUMNS} FROM sources WHERE channel = $1 AND name = $2"  # noqa: S608
_PULLS = """
SELECT channel, source, leased_until > now() AS running, due_at, last_success_at, last_error, fetched
  FROM source_pulls WHERE (channel, source) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""


class SourceView:
    """Reads sources for showing. ``public_url`` is where this service is reached from outside."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        master: MasterKey,
        live: LiveSources,
        public_url: str | None,
        fetched: Collection[str] = (),
    ) -> None:
        """``fetched`` are the channels whose sources can be looked through."""
        self._fetched = fetched
        self._pool = pool
        self._master = master
        self._live = live
        self._public_url = public_url or ""

    def channels(self) -> list[ChannelShown]:
        """Every channel there is."""
        return [
            ChannelShown(
                name=name,
                options=options_of(name).model_json_schema(),
                retries=channel.retries,
                receives=channel.receives,
                fetches=name in self._fetched,
            )
            for name, channel in sorted(CHANNELS.items())
        ]

    async def one(self, channel: str, name: str) -> ShownSource | None:
        """A source, None if there is none."""
        fixed = self._live.fixed.get((channel, name))
        if fixed is not None:
            return (await self._shown([fixed]))[0]
        row = await self._pool.fetchrow(_ONE, channel, name)
        return None if row is None else (await self._shown([row]))[0]

    async def page(
        self,
        channel: str | None,
        directions: list[str] | None,
        sees: Callable[[str | None], bool],
        cursor: str | None,
        limit: int,
    ) -> SourcePage:
        """A page of the table's sources; before the first page those of the file."""
        after = _read_cursor(cursor)
        rows = await self._pool.fetch(sql("sources_list", SQL), channel, directions, *after, limit + 1)
        fixed = [
            source for source in self._live.fixed.values() if after[0] is None and channel in (None, source.channel)
        ]
        hidden = self._live.fixed.keys()
        of_table = [row for row in rows[:limit] if (row["channel"], row["name"]) not in hidden]
        shown = await self._shown([*(source for source in fixed if sees(source.direction)), *of_table])
        following = _write_cursor(rows[limit - 1]) if len(rows) > limit else None
        return SourcePage(sources=shown, next=following)

    async def _shown(self, found: Sequence[Source | asyncpg.Record]) -> list[ShownSource]:
        names = [(s.channel, s.name) if isinstance(s, Source) else (s["channel"], s["name"]) for s in found]
        columns = [channel for channel, _ in names], [name for _, name in names]
        counts = await self._pool.fetch(sql("sources_counts", SQL), *columns, datetime.now(UTC) - WINDOW)
        traffic = {(row["channel"], row["name"]): Traffic(**row) for row in counts}
        pulls = {(row["channel"], row["source"]): row for row in await self._pool.fetch(_PULLS, *columns)}
        return [
            self._told(source, traffic[key], _pull(pulls.get(key))) for key, source in zip(names, found, strict=True)
        ]

    def _told(self, found: Source | asyncpg.Record, traffic: Traffic, pull: Mapping[str, Any] | None) -> ShownSource:
        of_table = None if isinstance(found, Source) else self._opened(found)
        source = found if isinstance(found, Source) else of_table.source() if of_table else _closed(found)
        model = options_of(source.channel)
        options = model.of_flat(source.options) if source.options or of_table else None
        hidden = model.write_only()
        row: Mapping[str, Any] = {} if isinstance(found, Source) else dict(found)
        channel = CHANNELS.get(source.channel)
        return ShownSource(
            channel=source.channel,
            name=source.name,
            version=row.get("version", 0),
            set_up_by="api" if row else "file",
            active=source.active,
            direction=source.direction,
            manager_id=source.manager_id,
            options=options.model_dump(mode="json", exclude=set(hidden), exclude_none=True) if options else {},
            hidden_options=sorted(name for name in hidden if options and getattr(options, name) is not None),
            budget=shown_budget(source.budget),
            live_secrets=len(source.secrets),
            webhook_url=self._address(source) if channel and channel.receives else None,
            changed_at=row.get("changed_at"),
            changed_by=row.get("changed_by"),
            last_24_hours=traffic,
            pull=pull,
        )

    def _opened(self, row: asyncpg.Record) -> Stored | None:
        try:
            return stored(row, self._master)
        except Unopenable:
            return None

    def _address(self, source: Source) -> str:
        return f"{self._public_url}/in/{source.channel}/{source.name}"


def _closed(row: asyncpg.Record) -> Source:
    """A source whose secrets cannot be opened: it takes nothing in."""
    return Source(row["channel"], row["name"], (), row["direction"], {}, row["manager_id"], active=False)


def _pull(row: asyncpg.Record | None) -> Mapping[str, Any] | None:
    return None if row is None else {name: value for name, value in row.items() if name not in ("channel", "source")}


def _write_cursor(row: asyncpg.Record) -> str:
    return base64.urlsafe_b64encode(f"{row['channel']} {row['name']}".encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str | None) -> tuple[str | None, str | None]:
    if cursor is None:
        return None, None
    try:
        channel, _, name = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
    except (ValueError, binascii.Error):
        channel = name = ""
    if not channel or not name or "\x00" in channel + name:
        raise Invalid("The cursor is not one of ours.", errors=[FieldError("not a cursor", parameter="query:cursor")])
    return channel, name
