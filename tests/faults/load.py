"""Customers who come by several channels at once while things break, and managers who sell to them.

Everybody behaves as the outside world does: a provider sends a webhook again, with the same id, until it gets a 2xx;
a client repeats a POST with the same ``Idempotency-Key``; a manager presses the button again. What was answered with a
2xx is written into the ledger, and only then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
from embedded.system import System
from events.store import deterministic_id
from voronka import payment_samples, samples
from voronka.payment_samples import Paid
from voronka.people import people
from voronka.samples import Delivery
from voronka.selling import MANAGERS

from .ledger import Ledger

SOURCE = "demo"
API = "api"
CHANNELS = ("web_form", "tilda", "telegram", "google_ads", "mango", "mailgun", API)
PROVIDERS = ("cloudpayments", "tbank", "stripe")
TWICE = 0.1
"""Share of requests that a provider sends once more although they were accepted."""
HANDED_OVER = 0.3
"""Share of qualified leads that go on to another manager."""
SENDERS_WAIT_SECONDS = 30.0
PATIENCE_SECONDS = 240.0
NOT_YET = frozenset((404, 409))
"""What a service answers to a command on something that it has not heard of yet."""


class Refused(AssertionError):
    """A good request was answered with a 4xx."""


class StillWaiting(AssertionError):
    """Somebody was not served within ``PATIENCE_SECONDS`` after nothing was broken any more."""


def _client() -> httpx2.AsyncClient:
    """Senders have one of their own: they come however many of the others wait for answers."""
    timeout = httpx2.Timeout(SENDERS_WAIT_SECONDS, pool=120)
    return httpx2.AsyncClient(timeout=timeout, limits=httpx2.Limits(max_connections=64), trust_env=False)


class Load:
    """``at_once`` customers at a time, each with a pause of ``pause`` seconds before the next; ``selling`` is the share
    of leads that managers take up at once. The same seed brings the same choices.

    ``doors`` says where the services are reached: a test that plays the load balancer changes it while the load flows.
    """

    def __init__(
        self, system: System, ledger: Ledger, seed: int, *, at_once: int = 8, pause: float = 0.1, selling: float = 0.4
    ) -> None:
        self.doors: dict[str, list[str]] = {name: [system.url(name)] for name in ("leads", "deals")}
        self._secrets = system.secrets
        self._ledger = ledger
        self._chance = random.Random(seed)
        self._at_once = at_once
        self._pause = pause
        self._selling = selling
        self._open = True
        self._waiting: dict[str, str] = {}  # request -> what came instead of a 2xx

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Customers come as long as the block lasts; after it everybody inside is still served, or ``StillWaiting``."""
        try:
            async with (
                _client() as self._senders,
                _client() as self._office,
                asyncio.timeout(None) as patience,
                asyncio.TaskGroup() as group,
            ):
                for _ in range(self._at_once):
                    group.create_task(self._queue(group))
                yield
                self._open = False
                patience.reschedule(asyncio.get_running_loop().time() + PATIENCE_SECONDS)
        except TimeoutError as error:
            raise StillWaiting(f"{len(self._waiting)} requests: {self._waiting}") from error

    async def _queue(self, group: asyncio.TaskGroup) -> None:
        while self._open:
            number = self._ledger.next_customer()
            lead_id = await self._asks(self._chance.choice(CHANNELS), number)
            if self._chance.random() < self._selling:
                group.create_task(self._is_sold_to(lead_id, number))
            await asyncio.sleep(self._pause * self._chance.uniform(0.2, 1.8))

    async def _asks(self, channel: str, number: int) -> UUID:
        """The request of one new person; returns the lead that it must open."""
        send, provider_id = self._request(channel, number)
        times = 2 if self._chance.random() < TWICE else 1
        for _ in range(times):
            await send()
            source = "channels" if channel == API else SOURCE
            touch = deterministic_id(channel, source, provider_id)
            self._ledger.touches[touch] = channel
        return deterministic_id("lead", touch)

    def _request(self, channel: str, number: int) -> tuple[Callable[[], Any], str]:
        """What sends the request, and the id that its provider gave it."""
        person = people(1, 1, first=number)[0]
        secret, at, key = self._secrets.channel_secret, datetime.now(UTC), f"{channel}-{number}"
        match channel:
            case "api":
                body = {"name": person.name, "phones": [person.phone], "emails": [person.email], "text": person.message}
                headers = {"Idempotency-Key": key, "Authorization": f"Bearer {self._secrets.integration_key}"}
                return lambda: self._send("leads", "POST", "/leads", json=body, headers=headers), key
            case "web_form":
                return self._webhook(channel, samples.web_form(person, key, key=secret)), key
            case "tilda":
                return self._webhook(channel, samples.tilda(person, key, secret=secret)), key
            case "telegram":
                update = samples.telegram(person, number, secret=secret, at=at, with_phone=number % 2 == 0)
                return self._webhook(channel, update), str(number)
            case "google_ads":
                return self._webhook(channel, samples.google_ads(person, key, key=secret)), key
            case "mango":
                return self._webhook(channel, samples.mango(person, key, api_key="demo", salt=secret, at=at)), key
            case _:
                letter = samples.mailgun(person, key, signing_key=secret, at=at)
                return self._webhook(channel, letter), f"<{key}@example.com>"

    def _webhook(self, channel: str, delivery: Delivery, service: str = "leads") -> Callable[[], Any]:
        path = f"/in/{channel}/{SOURCE}{delivery.suffix}" + (f"?{delivery.query}" if delivery.query else "")
        return lambda: self._send(service, delivery.method, path, content=delivery.body, headers=dict(delivery.headers))

    async def _is_sold_to(self, lead_id: UUID, number: int) -> None:
        manager, another = self._chance.sample(sorted(MANAGERS), 2)
        await self._command("leads", f"/leads/{lead_id}/assign", {"manager_id": manager})
        await self._command("leads", f"/leads/{lead_id}/qualify", {"temperature": "warm"})
        self._ledger.qualified.add(lead_id)
        if self._chance.random() < HANDED_OVER:
            await self._command("leads", f"/leads/{lead_id}/assign", {"manager_id": another})
        deal_id = deterministic_id("deal", lead_id)
        path, amount = f"/deals/{deal_id}", Decimal(self._chance.randrange(20, 400) * 1000)
        deal = await self._send("deals", "GET", path, headers=self._admin, not_yet=NOT_YET)
        await self._command("deals", f"{path}/value", {"value": {"amount": str(amount), "currency": "RUB"}})
        await self._command("deals", f"{path}/move", {"to_stage": "offer_sent"})
        await self._pays(deal.json()["number"], amount, number)
        await self._command("deals", f"{path}/win", {})
        self._ledger.won.add(deal_id)

    async def _pays(self, deal_number: str, amount: Decimal, number: int) -> None:
        paid, at, secret = Paid(deal_number, amount), datetime.now(UTC), self._secrets.payment_secret
        provider, provider_id = self._chance.choice(PROVIDERS), str(number)
        match provider:
            case "cloudpayments":
                delivery = payment_samples.cloudpayments(paid, number, secret=secret, at=at)
            case "tbank":
                delivery = payment_samples.tbank(paid, number, password=secret)
            case _:
                provider_id = f"pi_{number}"
                delivery = payment_samples.stripe_payment_intent(paid, provider_id, secret=secret, at=at)
        for _ in range(2 if self._chance.random() < TWICE else 1):
            await self._webhook(provider, delivery, "deals")()
            self._ledger.payments[deterministic_id("payment", provider, provider_id)] = amount

    @property
    def _admin(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._secrets.admin_key}"}

    async def _command(self, service: str, path: str, body: Any) -> None:
        await self._send(service, "POST", path, json=body, headers=self._admin, not_yet=frozenset((404,)))

    async def _send(
        self, service: str, method: str, path: str, *, not_yet: frozenset[int] = frozenset(), **options: Any
    ) -> httpx2.Response:
        """Sends until the answer is a 2xx."""
        pause = 0.05
        is_intake = path.startswith("/in/")
        door, http = (f"intake of {service}", self._senders) if is_intake else (service, self._office)
        while True:
            self._ledger.requests += 1
            try:
                answer = await http.request(method, self._chance.choice(self.doors[service]) + path, **options)
            except httpx2.TransportError as error:
                self._ledger.failures[f"{door}: {type(error).__name__}"] += 1
                self._waiting[f"{method} {path}"] = type(error).__name__
            else:
                if answer.is_success:
                    self._waiting.pop(f"{method} {path}", None)
                    return answer
                self._waiting[f"{method} {path}"] = f"{answer.status_code} {answer.text}"
                if answer.status_code < 500 and answer.status_code not in {429, *not_yet}:
                    raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
                if answer.status_code not in not_yet:
                    self._ledger.failures[f"{door}: {answer.status_code}"] += 1
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            pause = min(pause * 1.6, 1.0)
