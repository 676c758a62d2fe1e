"""Settings of the leads service, on top of those that every service has."""

from functools import cached_property
from pathlib import Path
from typing import Any, Self

from events.blind_index import BlindIndex
from events.privacy import MasterKey
from events.settings import MIB, Settings, Strings
from pydantic import Field, SecretStr, model_validator

from leads import index_key


class LeadsSettings(Settings):
    """What the leads service is configured by."""

    sources_path: Path | None = Field(
        None, description="YAML file with the sources of inquiries: channel, name, secrets, direction, options."
    )
    outgoing_private_hosts: Strings = Field(
        frozenset(),
        description="Hosts in private networks that sources may be fetched from (exchanges, mail servers), comma "
        "separated; `*` all.",
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
    handover_reasons: Strings = Field(
        frozenset(("leaver", "holiday", "illness", "load", "customer-wish", "other")),
        description="Reasons for which customers and open work change hands, comma separated.",
    )
    public_document_classes: Strings = Field(
        frozenset(("public",)),
        description="Classes of confidentiality whose documents stand in the history of a card for everybody who sees "
        "documents, comma separated; the others for who sets documents up.",
    )
    requisites_url: str = Field(
        "https://suggestions.dadata.ru/suggestions/api/4_1/rs/",
        pattern=r"^https?://",
        description="Where requisites of organisations are looked up: an API of DaData's form.",
    )
    requisites_key: SecretStr | None = Field(
        None, description="API key of that reference; empty: requisites are not looked up."
    )

    merge_on_phone_and_email: bool = Field(
        False,
        description="Merge two cards by themselves when one request names a phone of one and an e-mail of the other, "
        "and neither is known by the other kind. Off: people are asked.",
    )

    @model_validator(mode="after")
    def _keys_of_personal_data(self) -> Self:
        if self.master_key is None or self.index_key is None:
            raise ValueError("leads keeps personal data: VORONKA_MASTER_KEY and VORONKA_INDEX_KEY must be given")
        return self

    async def unfit_for(self, connection: Any) -> str | None:
        """Contacts under another index key find nobody: everybody who is known would be taken for new."""
        return await index_key.other_than(connection, self.blind, self.master())

    @cached_property
    def blind(self) -> BlindIndex:
        """The blind indexes of this process, in the form that the database had when it was last asked."""
        assert self.index_key is not None
        return BlindIndex(self.index_key.get_secret_value(), *(key.get_secret_value() for key in self.later_index_keys))

    def master(self) -> MasterKey:
        """The master key in force, with the other one while there are two."""
        assert self.master_key is not None
        others = [self.other_master_key.get_secret_value()] if self.other_master_key else []
        return MasterKey(self.master_key.get_secret_value(), *others)
