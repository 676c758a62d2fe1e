"""First part of the demo: leads by seven channels at once, with repeats, duplicates, doubles and rubbish among them."""

from __future__ import annotations

import asyncio
import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import yaml

from voronka import samples
from voronka.client import Api
from voronka.importing import import_file
from voronka.people import people
from voronka.samples import Delivery, Person

SOURCE = "demo"
CHANNELS = ("web_form", "tilda", "telegram", "google_ads", "mango", "mailgun")
NEW_BY_CHANNEL = 18
ROWS_IN_FILE = 40
CAMPAIGNS: tuple[samples.Utm, ...] = (
    {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "spring"},
    {"utm_source": "vk", "utm_medium": "social", "utm_campaign": "spring"},
    {},
    {},
)
MAPPING = {
    "name": "fair",
    "row_id": "No",
    "columns": {"name": "Name", "phone": "Phone", "email": "E-mail", "channel": "From", "text": "Comment"},
}


@dataclass(frozen=True)
class Sending:
    """One request on its way to a source."""

    channel: str
    delivery: Delivery
    source: str = SOURCE


def sendings(seed: int, secret: str, at: datetime) -> list[Sending]:
    """All requests of a run, in the order in which they are sent."""
    luck = random.Random(seed)
    crowd = people(NEW_BY_CHANNEL * len(CHANNELS), seed)
    result: list[Sending] = []
    for number, channel in enumerate(CHANNELS):
        own = crowd[number * NEW_BY_CHANNEL : (number + 1) * NEW_BY_CHANNEL]
        result += [_sending(channel, person, seed, n, secret, at, luck) for n, person in enumerate(own)]
    for n, person in enumerate(luck.sample(crowd, 14)):
        result.append(_sending(luck.choice(("web_form", "tilda", "mailgun")), person, seed, 500 + n, secret, at, luck))
    result += luck.sample(result, 12)
    result += _rubbish(secret, at, crowd[0], seed)
    luck.shuffle(result)
    return result


async def feed(leads: Api, requests: list[Sending], advance: Callable[[], None]) -> dict[int, int]:
    """Sends every channel's requests side by side, as providers would; returns how many got which status."""
    statuses: dict[int, int] = {}
    by_channel: dict[str, list[Sending]] = {}
    for request in requests:
        by_channel.setdefault(request.channel, []).append(request)

    async def one_channel(queue: list[Sending]) -> None:
        for request in queue:
            status = await leads.deliver(request.channel, request.source, request.delivery)
            statuses[status] = statuses.get(status, 0) + 1
            advance()

    await asyncio.gather(*(one_channel(queue) for queue in by_channel.values()))
    return statuses


async def feed_file(home: Path, url: str, key: str, seed: int) -> None:
    """Imports a list of visitors of a fair, two rows of which nobody can understand."""
    file, mapping = home / f"fair-{seed}.csv", home / "fair.yaml"
    mapping.write_text(yaml.safe_dump(MAPPING, allow_unicode=True))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["No", "Name", "Phone", "E-mail", "From", "Comment"])
        for number, person in enumerate(people(ROWS_IN_FILE, seed, first=500), 1):
            writer.writerow([f"{seed}-{number}", person.name, person.phone, person.email, "Выставка", person.message])
        writer.writerow(["", "Без номера", "8 900 111-22-33", "", "Выставка", ""])
        writer.writerow([f"{seed}-x", "Ни телефона, ни почты", "позвоню сам", "нет", "Выставка", ""])
    await import_file(file, mapping, url, key, home / f"fair-{seed}-rejected.csv")


def _sending(
    channel: str, person: Person, seed: int, number: int, secret: str, at: datetime, luck: random.Random
) -> Sending:
    key = f"{seed}-{channel}-{number}"
    utm = luck.choice(CAMPAIGNS)
    match channel:
        case "web_form":
            delivery = samples.web_form(person, key, key=secret, utm=utm)
        case "tilda":
            delivery = samples.tilda(person, key, secret=secret, utm=utm)
        case "telegram":
            delivery = samples.telegram(
                person, seed * 100_000 + number, secret=secret, at=at, with_phone=number % 2 == 0
            )
        case "google_ads":
            delivery = samples.google_ads(person, key, key=secret, click_id=f"Cj0K{seed}{number}")
        case "mango":
            delivery = samples.mango(person, key, api_key="demo", salt=secret, at=at)
        case _:
            delivery = samples.mailgun(person, key, signing_key=secret, at=at)
    return Sending(channel, delivery)


def _rubbish(secret: str, at: datetime, person: Person, seed: int) -> list[Sending]:
    nobody = Person(name="Кто-то", phone="нет", email="не скажу", telegram_id=1)
    good = samples.telegram(person, seed * 100_000 + 99_999, secret=secret, at=at)
    return [
        Sending("telegram", replace(good, body=b'{"update_id": 1, "message": {"text": "\xff\xfe')),
        Sending("tilda", samples.tilda(nobody, f"{seed}-nobody", secret=secret)),
        Sending("web_form", samples.web_form(nobody, f"{seed}-nobody", key=secret)),
        Sending("google_ads", samples.google_ads(person, f"{seed}-forged", key="guessed")),
        Sending("mango", samples.mango(person, f"{seed}-forged", api_key="demo", salt="guessed", at=at)),
        Sending("tilda", samples.tilda(person, f"{seed}-lost", secret=secret), source="closed-site"),
        Sending(
            "mailgun",
            samples.mailgun(person, f"{seed}-old", signing_key="guessed", at=datetime(2020, 1, 1, tzinfo=UTC)),
        ),
    ]
