"""``voronka bi``: logins for BI tools. The one group that needs the database: roles are PostgreSQL's own."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import asyncpg
import typer
from rich.console import Console

from voronka.options import AsJson, DryRun, told

app = typer.Typer(no_args_is_help=True, help="Logins for BI tools, which read the schema bi of analytics.")

_VIEWS = """
SELECT count(*) FILTER (WHERE has_table_privilege(c.oid, 'SELECT')) AS readable, count(*) AS there
  FROM pg_class c WHERE c.relnamespace = 'bi'::regnamespace AND c.relkind = 'v'
"""
_BEYOND = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('bi', 'pg_catalog', 'information_schema')
   AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
"""

Owner = Annotated[str, typer.Option(envvar="VORONKA_OWNER_URL", help="Address of analytics' database, as its owner.")]
Reader = Annotated[str, typer.Option(envvar="VORONKA_BI_URL", help="Address of analytics' database, as the login.")]


@app.command()
def install(
    reader: Annotated[str, typer.Argument(help="Name of the login.")],
    owner: Owner,
    direction: Annotated[list[str], typer.Option(help="Line of business it sees; may be given again; * for all.")],
    password: Annotated[
        str | None, typer.Option(envvar="VORONKA_BI_PASSWORD", help="By the environment only; empty: as it is.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a login that reads the schema bi of its lines of business and nothing else; run again, it is set anew.

    Example: voronka bi install superset --direction '*'
    """

    async def installed(connection: asyncpg.Connection) -> int:
        there = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", reader)
        found = {"login": reader, "was_there": there, "directions": direction}
        told(found, as_json, f"{reader}: {'is there' if there else 'is made'}, sees {', '.join(direction)}")
        if dry_run:
            return 0
        async with connection.transaction():
            if not there:
                await connection.execute(f"CREATE ROLE {_quoted(reader)} LOGIN")
            if password:
                literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
                await connection.execute(f"ALTER ROLE {_quoted(reader)} PASSWORD {literal}")
            await connection.execute("CALL bi_admit($1, VARIADIC $2::text[])", reader, direction)
        return 0

    _run(owner, installed)


@app.command()
def verify(reader: Reader, as_json: AsJson = False) -> None:
    """Check, as the login itself, that it reads every view of bi, reads only, and can change nothing.

    Exit code 3 if not. Example: VORONKA_BI_URL=postgresql://superset@db/voronka_analytics voronka bi verify
    """

    async def verified(connection: asyncpg.Connection) -> int:
        views = await connection.fetchrow(_VIEWS)
        assert views is not None
        found = {
            "login": await connection.fetchval("SELECT current_user"),
            "views": views["there"],
            "readable": views["readable"],
            "reads_only": await connection.fetchval("SHOW default_transaction_read_only") == "on",
            "may_change": await connection.fetchval(_BEYOND),
            "directions": await connection.fetchval("SELECT public.bi_visible_directions()"),
        }
        well = bool(views["there"]) and views["there"] == views["readable"]
        well = well and bool(found["reads_only"]) and not found["may_change"] and bool(found["directions"])
        print(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(f"{k}: {v}" for k, v in found.items()))
        return 0 if well else 3

    _run(reader, verified)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _run(dsn: str, work: Any) -> None:
    async def connected() -> int:
        connection = await asyncpg.connect(dsn)
        try:
            return int(await work(connection))
        finally:
            await connection.close()

    try:
        raise typer.Exit(asyncio.run(connected()))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        Console(stderr=True).print(f"[red]{type(error).__name__}: {error}")
        raise typer.Exit(1) from None
