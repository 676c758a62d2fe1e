"""Second part of the demo: managers qualify leads, deals move, customers pay, some are lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from voronka import payment_samples
from voronka.client import Api
from voronka.payment_samples import Paid

MANAGERS = {"anna": "Анна Серова", "boris": "Борис Ким", "vera": "Вера Лунина"}
STAGES = ("first_contact", "offer_sent", "negotiation", "deciding", "awaiting_payment")
AT_ONCE = 8


@dataclass(frozen=True)
class Sales:
    """What the managers did."""

    qualified: int
    disqualified: int
    won: int
    lost: int
    payments: int


async def at_once(work: list[Awaitable[None]]) -> None:
    """Everything, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Awaitable[None]) -> None:
        async with gate:
            await item

    await asyncio.gather(*(one(item) for item in work))


async def hire(leads: Api) -> None:
    """Makes the three managers known."""
    for manager, name in MANAGERS.items():
        await leads.put(f"/managers/{manager}", {"name": name, "active": True, "directions": []})


async def distribute(leads: Api) -> None:
    """Gives what comes in to the managers in turns. Imported leads are left to hand."""
    await leads.put("/distribution-rules", {"rules": [{"id": "in-turns", "to": {"strategy": "round_robin"}}]})


async def process_leads(leads: Api, seed: int, advance: Callable[[], None]) -> tuple[int, int]:
    """Assigns what no rule has assigned; qualifies two thirds, disqualifies some; returns both numbers."""
    luck = random.Random(seed)
    fresh = [lead async for lead in leads.pages("/leads", "leads", status="new")]
    qualified = disqualified = 0

    async def process(lead: dict[str, Any], fate: float, warmth: str) -> None:
        nonlocal qualified, disqualified
        path = f"/leads/{lead['lead_id']}"
        if (await leads.get(path))["manager_id"] is None:
            await leads.post(f"{path}/assign", {"strategy": "round_robin"})
        if fate < 0.65:
            await leads.post(f"{path}/qualify", {"temperature": warmth})
            qualified += 1
        elif fate < 0.8:
            await leads.post(
                f"{path}/disqualify", {"reason": "not-interested", "comment": "Спрашивали для другой компании"}
            )
            disqualified += 1
        advance()

    await at_once([process(lead, luck.random(), luck.choice(("cold", "warm", "hot"))) for lead in fresh])
    return qualified, disqualified


async def opened_deals(deals: Api, expected: int, seconds: float = 30) -> list[dict[str, Any]]:
    """Waits until that many deals stand untouched in the first stage: each was opened by the event of its lead."""
    async with asyncio.timeout(seconds):
        while True:
            fresh = [deal async for deal in deals.pages("/deals", "deals", stage="unsorted")]
            if len(fresh) >= expected:
                return fresh
            await asyncio.sleep(0.1)


class Salesroom:
    """Moves deals, takes payments, wins and loses."""

    def __init__(self, deals: Api, secret: str, seed: int) -> None:
        self.deals = deals
        self.won = self.lost = self.payments = 0
        self._secret = secret
        self._luck = random.Random(seed)
        self._numbers = iter(range(seed * 1_000_000, (seed + 1) * 1_000_000))

    async def sell(self, deals: list[dict[str, Any]], advance: Callable[[], None]) -> None:
        """Gives every deal its fate."""
        await at_once([self._deal(deal, self._luck.random(), advance) for deal in deals])

    async def _deal(self, deal: dict[str, Any], fate: float, advance: Callable[[], None]) -> None:
        path = f"/deals/{deal['deal_id']}"
        amount = Decimal(self._luck.randrange(20, 400) * 1000)
        await self.deals.post(f"{path}/value", {"value": {"amount": str(amount), "currency": "RUB"}})
        last = len(STAGES) if fate < 0.4 else self._luck.randrange(0, len(STAGES) + 1)
        for stage in STAGES[:last]:
            if stage == "awaiting_payment" or self._luck.random() > 0.25:
                await self.deals.post(f"{path}/move", {"to_stage": stage})
        if fate < 0.4:
            await self._pay(deal, amount)
            await self.deals.post(f"{path}/win", {})
            self.won += 1
        elif fate < 0.7:
            reason = self._luck.choice(("too_expensive", "competitor", "no_response"))
            await self.deals.post(f"{path}/lose", {"reason": reason, "comment": "Решили отложить до осени"})
            self.lost += 1
        elif fate < 0.78:
            await self.deals.post(f"{path}/move", {"to_stage": "nurture"})
        advance()

    async def _pay(self, deal: dict[str, Any], amount: Decimal) -> None:
        paid, number, at = Paid(deal["number"], amount, "RUB"), next(self._numbers), datetime.now(UTC)
        provider = self._luck.choice(("cloudpayments", "tbank", "stripe"))
        match provider:
            case "cloudpayments":
                delivery = payment_samples.cloudpayments(paid, number, secret=self._secret, at=at)
            case "tbank":
                delivery = payment_samples.tbank(paid, number, password=self._secret)
            case _:
                delivery = payment_samples.stripe_payment_intent(paid, f"pi_{number}", secret=self._secret, at=at)
        for _ in range(2 if self._luck.random() < 0.3 else 1):
            await self.deals.deliver(provider, "demo", delivery)
        self.payments += 1
        async with asyncio.timeout(20):
            while Decimal((await self.deals.get(f"/deals/{deal['deal_id']}"))["paid"]["amount"]) < amount:
                await asyncio.sleep(0.1)
