"""The parts of identity that the service puts together."""

from collections.abc import Sequence

from events.store import Store
from fastapi import APIRouter

from leads.capture import Capturer
from leads.card.showing import CardDesk
from leads.cards import Cards
from leads.identity import api
from leads.identity.commands import IdentityCommands
from leads.identity.namesakes import Namesakes
from leads.identity.reactions import Reactions
from leads.settings import LeadsSettings


def routers(store: Store, capturer: Capturer, desk: CardDesk) -> Sequence[APIRouter]:
    """The HTTP API of merging, splitting and matches."""
    commands, cards = IdentityCommands(store, capturer.keyring), Cards(store.pool, capturer.keyring)
    return [api.merges_router(commands, desk), api.matches_router(store.pool, commands, cards, desk)]


def reaction(settings: LeadsSettings, capturer: Capturer) -> Reactions:
    """Looks for namesakes, and merges by the rule where it is switched on."""
    namesakes = Namesakes(capturer.keyring, capturer.blind)
    return Reactions(namesakes, merge_on_phone_and_email=settings.merge_on_phone_and_email)
