"""Settings of the deals service."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.settings import MIB, Settings
from pydantic import Field, SecretStr, field_validator, model_validator

from deals.documents.classes import SHIPPED
from deals.pipelines.files import DEFAULT


class DealsSettings(Settings):
    """What deals is configured by, beyond what every service is."""

    sources_path: Path | None = Field(
        None, description="YAML file with the accounts at payment providers: channel, name, secrets, options."
    )
    pipelines_path: Path = Field(
        DEFAULT, description="Folder with the pipelines that an installation starts with, a YAML file each."
    )
    open_deal_on_qualified: bool = Field(True, description="Open a deal as soon as a lead is qualified.")
    default_currency: str = Field(
        "RUB", pattern=r"^[A-Z]{3}$", description="Currency (ISO 4217) of deals that are opened without a value."
    )
    business_timezone: str = Field(
        "Europe/Moscow",
        description="Time zone in which days begin and end (quotes, due dates), a name of the IANA database.",
    )

    yookassa_url: str = Field(
        "https://api.yookassa.ru/v3/",
        pattern=r"^https?://.*/$",
        description="Where payments of YooKassa are read; its notifications are believed only then.",
    )

    documents_folder: Path = Field(
        Path("documents"), description="Folder in which documents are kept, sealed, while no documents_url is given."
    )
    documents_url: str | None = Field(
        None, pattern=r"^s3://.+", description="Storage that speaks S3: s3://bucket/prefix; empty: the folder."
    )
    s3_endpoint: str | None = Field(None, pattern=r"^https?://", description="Address of the storage; empty: AWS.")
    s3_region: str | None = Field(None, description="Region of the storage.")
    s3_access_key_id: str | None = Field(None, description="Who we are at the storage.")
    s3_secret_access_key: SecretStr | None = Field(None, description="Secret at the storage.")
    document_classes_path: Path = Field(
        SHIPPED, description="YAML file with the classes of confidentiality and the roles that see each."
    )
    max_document_bytes: int = Field(25 * MIB, gt=0, description="Largest document that is uploaded, bytes.")
    max_template_bytes: int = Field(5 * MIB, gt=0, description="Largest template of a document, bytes.")

    @field_validator("business_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone of the IANA database") from None
        return name

    @model_validator(mode="after")
    def _keys_of_links(self) -> Self:
        if not self.link_keys:
            raise ValueError("deals gives customers signed links: VORONKA_LINK_KEYS must be given")
        return self
