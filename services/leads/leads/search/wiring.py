"""The parts of search, put together."""

import asyncpg
from events.consumer import Consumer
from events.kafka import KafkaConfig
from fastapi import APIRouter

from leads.capture import Capturer
from leads.cards import Cards
from leads.search.api import Search, router
from leads.search.indexing import Indexing
from leads.search.tokens import Tokens
from leads.settings import LeadsSettings


def routes(pool: asyncpg.Pool, capturer: Capturer) -> APIRouter:
    """``/search``."""
    return router(Search(pool, Cards(pool, capturer.keyring), capturer.blind, capturer.region))


def consumer(pool: asyncpg.Pool, settings: LeadsSettings, capturer: Capturer) -> Consumer:
    """Keeps the tokens of cards."""
    indexing = Indexing(capturer.keyring, Tokens(capturer.blind))
    return Consumer("leads.search", ["leads"], pool, KafkaConfig.of(settings), indexing.apply)
