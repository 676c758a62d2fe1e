"""The command ``voronka``. Results go to stdout, progress and warnings to stderr.

Exit codes: 0 all is well, 1 the system could not be reached or refused, 2 the command was called wrongly, 3 done, but
something needs a person (rows were rejected, numbers do not reconcile).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from voronka import demo as demo_
from voronka import importing, importing_deals, importing_prices, quarantine, rules

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Voronka, a CRM made of events."
)
import_app = typer.Typer(no_args_is_help=True, help="Bring data in from files.")
app.add_typer(import_app, name="import")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(rules.app, name="rules")


@app.command()
def demo(
    home: Annotated[Path, typer.Option(help="Folder that keeps the demo's data.")] = Path(".voronka"),
    once: Annotated[
        bool, typer.Option("--once", help="End by itself; exit code 0 only if the numbers reconcile.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Makes the same people and the same luck again.")] = 1,
    at: Annotated[
        Path | None,
        typer.Option(help="JSON file: where services run already, and secrets of their sources. Ends by itself."),
    ] = None,
) -> None:
    """The main job on the embedded system, or on services that run: leads from seven channels at once, to a report."""
    if at is not None:
        raise typer.Exit(demo_.run(at, home, seed=seed))
    from voronka import embedded_demo  # an installation without the embedded system has the command too

    raise typer.Exit(embedded_demo.run(home, once=once, seed=seed))


@import_app.command("leads")
def import_leads(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX file with a header.")],
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="YAML: which column is what.")],
    url: Annotated[
        str, typer.Option(envvar="VORONKA_LEADS_URL", help="Address of the leads service.")
    ] = "http://127.0.0.1:8101",
    key: Annotated[str, typer.Option(envvar="VORONKA_KEY", help="API key; better given by the environment.")] = "",
    home: Annotated[Path, typer.Option(help="Folder of a running demo, whose key is used if none is given.")] = Path(
        ".voronka"
    ),
    rejected: Annotated[
        Path | None, typer.Option(help="CSV file for the rows that were rejected, with the reason.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Import leads from a file. Running it again adds nothing.

    Example: voronka import leads leads.csv --mapping services/leads/mappings/x_education.yaml
    """
    raise typer.Exit(
        importing.run(
            file,
            mapping,
            url=url,
            key=key or demo_.admin_key(home),
            rejected=rejected,
            dry_run=dry_run,
            as_json=as_json,
        )
    )


@import_app.command("deals")
def import_deals(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file of deals with a header.")],
    accounts: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: customers.")] = None,
    products: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: products, prices.")] = None,
    teams: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: managers, departments.")] = None,
    mapping: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="YAML: which column is what.")
    ] = importing_deals.MAPPING,
    leads_url: Annotated[
        str, typer.Option(envvar="VORONKA_LEADS_URL", help="Address of the leads service.")
    ] = "http://127.0.0.1:8101",
    deals_url: Annotated[
        str, typer.Option(envvar="VORONKA_DEALS_URL", help="Address of the deals service.")
    ] = "http://127.0.0.1:8102",
    key: Annotated[str, typer.Option(envvar="VORONKA_KEY", help="API key; better given by the environment.")] = "",
    home: Annotated[Path, typer.Option(help="Folder of a running demo, whose key is used if none is given.")] = Path(
        ".voronka"
    ),
    rejected: Annotated[
        Path | None, typer.Option(help="CSV file for the rows that were rejected, with the reason.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Import a sales pipeline with its history. Running it again adds nothing.

    Example: voronka import deals pipeline.csv --accounts accounts.csv --products products.csv --teams teams.csv
    """
    raise typer.Exit(
        importing_deals.run(
            importing_deals.Files(file, accounts, products, teams, mapping),
            leads_url=leads_url,
            deals_url=deals_url,
            key=key or demo_.admin_key(home),
            rejected=rejected,
            as_json=as_json,
        )
    )


@import_app.command("prices")
def import_prices(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX file with a header.")],
    price_list: Annotated[str, typer.Option("--list", help="Code of the price list; it is opened if it is not there.")],
    currency: Annotated[str, typer.Option(help="Of the list: ISO 4217.")] = "RUB",
    tax_included: Annotated[bool, typer.Option(help="Whether its prices include the tax.")] = True,
    title: Annotated[str | None, typer.Option(help="Title of the list; empty: the one it has, else its code.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From which day the prices hold; empty: today.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="YAML: columns and constants; empty: columns called as fields."),
    ] = None,
    url: Annotated[
        str, typer.Option(envvar="VORONKA_DEALS_URL", help="Address of the deals service.")
    ] = "http://127.0.0.1:8102",
    key: Annotated[str, typer.Option(envvar="VORONKA_KEY", help="API key; better given by the environment.")] = "",
    home: Annotated[Path, typer.Option(help="Folder of a running demo, whose key is used if none is given.")] = Path(
        ".voronka"
    ),
    rejected: Annotated[
        Path | None, typer.Option(help="CSV file for the rows that were rejected, with the reason.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Import products and their prices from a file. Running it again adds nothing.

    Example: voronka import prices prices.xlsx --list retail-2026 --since 2026-01-01
    """
    day = (since or datetime.now().astimezone()).date()
    raise typer.Exit(
        importing_prices.run(
            file,
            mapping,
            importing_prices.PriceList(price_list, title, currency, tax_included, day),
            url=url,
            key=key or demo_.admin_key(home),
            rejected=rejected,
            as_json=as_json,
        )
    )
