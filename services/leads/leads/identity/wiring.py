"""The parts of identity that the service puts together."""

from collections.abc import Sequence

import asyncpg
from events.consumer import Consumer
from events.kafka import KafkaConfig
from events.relay import Relay
from events.store import Store
from fastapi import APIRouter

from leads.capture import Capturer
from leads.cards import Cards
from leads.identity import api
from leads.identity.commands import IdentityCommands
from leads.identity.namesakes import Namesakes
from leads.identity.reactions import Reactions
from leads.settings import LeadsSettings


def routers(store: Store, capturer: Capturer) -> Sequence[APIRouter]:
    """The HTTP API of merging, splitting and matches."""
    commands, cards = IdentityCommands(store, capturer.keyring), Cards(store.pool, capturer.keyring)
    return [api.merges_router(commands, cards), api.matches_router(store.pool, commands, cards)]


def consumer(pool: asyncpg.Pool, settings: LeadsSettings, capturer: Capturer, relay: Relay) -> Consumer:
    """Looks for namesakes, and merges by the rule where it is switched on."""
    namesakes = Namesakes(capturer.keyring, capturer.blind)
    reactions = Reactions(namesakes, merge_on_phone_and_email=settings.merge_on_phone_and_email)
    kafka = KafkaConfig.of(settings)
    # Each new card may bring fifty namesakes: with batches of 2,000 the service took 25 MiB more.
    return Consumer("leads.identity", ["leads"], pool, kafka, reactions.apply, applied=relay.wake, max_records=100)
