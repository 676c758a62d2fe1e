"""Settings of the deals service."""

from __future__ import annotations

from pathlib import Path

from events.settings import Settings
from pydantic import Field

from deals.pipelines import DEFAULT


class DealsSettings(Settings):
    """What deals is configured by, beyond what every service is."""

    sources_path: Path | None = Field(
        None, description="YAML file with the accounts at payment providers: channel, name, secrets, options."
    )
    pipelines_path: Path = Field(DEFAULT, description="Folder with the pipelines, a YAML file each.")
    open_deal_on_qualified: bool = Field(True, description="Open a deal as soon as a lead is qualified.")
    default_currency: str = Field(
        "RUB", pattern=r"^[A-Z]{3}$", description="Currency (ISO 4217) of deals that are opened without a value."
    )
