"""``GET /search``: one box for whatever a person remembers."""

import re
from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.blind_index import BlindIndex
from events.calls import directions_of
from events.second_wall import across_lines
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from leads.cards import Cards, CustomerCard
from leads.normalise import NotNormal, email, one_line, phone
from leads.search import SQL
from leads.search.tokens import Tokens
from leads.search.words import FEWEST_DIGITS, MOST_DIGITS

_NUMBER: Final = re.compile(r"\+?[\d\s().-]*\d[\d\s().-]*")
_WILD: Final = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


class FoundOrganisation(BaseModel):
    """An organisation by the beginning of its name, or its INN."""

    organisation_id: UUID
    name: str
    inn: str | None
    kpp: str | None


class FoundManager(BaseModel):
    """A manager by the beginning of a word of the name, or the id."""

    manager_id: str
    name: str
    active: bool


class Found(BaseModel):
    """What the question leads to, the best matches first."""

    customers: list[CustomerCard]
    organisations: list[FoundOrganisation]
    managers: list[FoundManager]


class Search:
    """Asks the tables what a text may mean."""

    def __init__(self, pool: asyncpg.Pool, cards: Cards, blind: BlindIndex, region: str) -> None:
        self._pool = pool
        self._cards = cards
        self._blind = blind
        self._tokens = Tokens(blind)
        self._region = region

    async def find(self, text: str, principal: Principal, limit: int) -> Found:
        """Everything that fits and that the caller may see, at most ``limit`` of each."""
        text = one_line(text)
        directions = directions_of(principal)
        begun = text.lower().translate(_WILD)
        with across_lines("behind a policy no index finds what a name begins with"):
            organisations = await self._pool.fetch(sql("organisations_found", SQL), begun, text, directions, limit)
        managers = await self._pool.fetch(sql("managers_found", SQL), begun, text, limit)
        return Found(
            customers=await self._customers(text, principal, directions, limit),
            organisations=[FoundOrganisation(organisation_id=row["id"], **row) for row in organisations],
            managers=[FoundManager(manager_id=row["id"], **row) for row in managers],
        )

    async def _customers(
        self, text: str, principal: Principal, directions: Sequence[str] | None, limit: int
    ) -> list[CustomerCard]:
        indexes = self._indexes(text)
        found = await self._pool.fetch(sql("identity_found", SQL), indexes) if indexes else []
        for form in () if found else self._blind.searched():
            whole, begun = self._begun(text, form)
            if begun:
                found += await self._pool.fetch(sql("cards_found", SQL), whole, begun, directions, limit)
        ranks = {row["id"]: place for place, row in reversed(list(enumerate(found)))}
        cards = await self._cards.find(list(ranks), principal)
        return sorted(cards, key=lambda card: ranks[card.customer_id])

    def _indexes(self, text: str) -> list[str]:
        """Blind indexes of what is known whole."""
        try:
            if "@" in text:
                return [self._blind.of("email", address)] if (address := email(text)) else []
            return self._phone(text) if _NUMBER.fullmatch(text) else []
        except NotNormal:
            return []

    def _begun(self, text: str, form: int) -> tuple[list[int], list[int]]:
        """Tokens of what is begun, the narrower ones first."""
        if "@" in text:
            return [], []
        if not _NUMBER.fullmatch(text):
            return self._tokens.of_words(text, form)
        digits = re.sub(r"\D", "", text)
        whole = self._tokens.of_ending(digits[-MOST_DIGITS:], form) if len(digits) >= FEWEST_DIGITS else []
        return whole, whole

    def _phone(self, text: str) -> list[str]:
        try:
            number = phone(text, self._region)
        except NotNormal:
            return []
        return [self._blind.of("phone", number)] if number else []


def router(search: Search) -> APIRouter:
    """``/search``."""
    routes = APIRouter(tags=["Search"], dependencies=[Depends(require("customers:read"))])

    @routes.get("/search", summary="Find customers, organisations and managers by what is remembered of them")
    async def find(
        principal: CurrentPrincipal,
        q: Annotated[
            str,
            Query(
                min_length=2,
                max_length=200,
                description="Beginnings of words of a name, a phone or its last digits (4 to 10), an e-mail, an INN.",
                examples=["пет ан"],
            ),
        ],
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
    ) -> Found:
        return await search.find(q, principal, limit)

    return routes
