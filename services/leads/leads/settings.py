"""Settings of the leads service, on top of those that every service has."""

from pathlib import Path
from typing import Self

from events.settings import MIB, Settings, Strings
from pydantic import Field, model_validator


class LeadsSettings(Settings):
    """What the leads service is configured by."""

    sources_path: Path | None = Field(
        None, description="YAML file with the sources of inquiries: channel, name, secrets, direction, options."
    )
    phone_region: str = Field(
        "RU", pattern=r"^[A-Z]{2}$", description="Country (ISO 3166) in which phones without a country code are read."
    )
    max_body_bytes: int = Field(8 * MIB, gt=0, description="Largest JSON body, bytes; a thousand leads fit.")
    max_inquiry_bytes: int = Field(
        40 * MIB, gt=0, description="Largest request of a channel, bytes: letters with files."
    )
    disqualification_reasons: Strings = Field(
        frozenset(("spam", "test", "wrong-contact", "no-answer", "not-interested", "not-our-customer", "other")),
        description="Reasons for which a lead may be closed, comma separated.",
    )

    @model_validator(mode="after")
    def _keys_of_personal_data(self) -> Self:
        if self.master_key is None or self.index_key is None:
            raise ValueError("leads keeps personal data: VORONKA_MASTER_KEY and VORONKA_INDEX_KEY must be given")
        return self
