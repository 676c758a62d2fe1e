"""The parts of search, put together."""

import asyncpg
from fastapi import APIRouter

from leads.capture import Capturer
from leads.cards import Cards
from leads.search.api import Search, router
from leads.search.indexing import Indexing
from leads.search.tokens import Tokens


def routes(pool: asyncpg.Pool, capturer: Capturer) -> APIRouter:
    """``/search``."""
    return router(Search(pool, Cards(pool, capturer.keyring), capturer.blind, capturer.region))


def reaction(capturer: Capturer) -> Indexing:
    """Keeps the tokens of cards."""
    return Indexing(capturer.keyring, Tokens(capturer.blind))
