"""``voronka import``: leads, deals with their history, and prices from files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from voronka import importing, importing_deals, importing_prices
from voronka.client import stored_key
from voronka.options import DEALS, DEMO, LEADS, AsJson, DealsUrl, DryRun, Home, Key, LeadsUrl, Rejected

app = typer.Typer(no_args_is_help=True, help="Bring data in from files.")


@app.command("leads")
def leads(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX file with a header.")],
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="YAML: which column is what.")],
    url: LeadsUrl = LEADS,
    key: Key = "",
    home: Home = DEMO,
    rejected: Rejected = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import leads from a file. Running it again adds nothing.

    Example: voronka import leads leads.csv --mapping services/leads/mappings/x_education.yaml
    """
    raise typer.Exit(
        importing.run(
            file,
            mapping,
            url=url,
            key=key or stored_key(home),
            rejected=rejected,
            dry_run=dry_run,
            as_json=as_json,
        )
    )


@app.command("deals")
def deals(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file of deals with a header.")],
    accounts: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: customers.")] = None,
    products: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: products, prices.")] = None,
    teams: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: managers, departments.")] = None,
    mapping: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="YAML: which column is what.",
            show_default="the one of the package",
        ),
    ] = importing_deals.MAPPING,
    leads_url: LeadsUrl = LEADS,
    deals_url: DealsUrl = DEALS,
    key: Key = "",
    home: Home = DEMO,
    rejected: Rejected = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import a sales pipeline with its history. Running it again adds nothing.

    Example: voronka import deals pipeline.csv --accounts accounts.csv --products products.csv --teams teams.csv
    """
    raise typer.Exit(
        importing_deals.run(
            importing_deals.Files(file, accounts, products, teams, mapping),
            leads_url=leads_url,
            deals_url=deals_url,
            key=key or stored_key(home),
            rejected=rejected,
            dry_run=dry_run,
            as_json=as_json,
        )
    )


@app.command("prices")
def prices(
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
    url: DealsUrl = DEALS,
    key: Key = "",
    home: Home = DEMO,
    rejected: Rejected = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
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
            key=key or stored_key(home),
            rejected=rejected,
            dry_run=dry_run,
            as_json=as_json,
        )
    )
