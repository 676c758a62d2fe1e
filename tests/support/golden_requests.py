"""Recorded requests of the channels: a folder per source, a byte-exact `.http` and its expected outcome per case."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable, Unverified
from leads.channels import CHANNELS, CallSign, Channel, Inquiry, View
from leads.channels.base import Answering, Company, Delivery, Membership, PastContact, PastDeal
from leads.channels.pulled import Reference, is_pulled

FOLDER = Path(__file__).parents[2] / "services/leads/tests/channels/golden"
KINDS = {
    Inquiry: "inquiries",
    CallSign: "calls",
    View: "views",
    Reference: "references",
    Delivery: "deliveries",
    Answering: "answering",
    PastContact: "contacts",
    PastDeal: "deals",
    Company: "companies",
    Membership: "memberships",
}
RECEIVED_AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    path: Path
    request: RawRequest
    source: Source

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.source.channel]

    @property
    def expected(self) -> dict[str, Any]:
        outcome: dict[str, Any] = json.loads(self.path.with_suffix(".json").read_text())
        return outcome


def cases() -> list[Case]:
    return [
        Case(path, read_request(path.read_bytes()), read_source(path.parent))
        for path in sorted(FOLDER.glob("*/*.http"))
    ]


def received(
    url: str = "https://crm.example/",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    method: str = "POST",
    at: datetime = RECEIVED_AT,
) -> RawRequest:
    return RawRequest(UUID(int=1), at, "channel", "main", method, url, headers, body)


def read_request(raw: bytes) -> RawRequest:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = tuple((name.lower(), value) for name, _, value in (line.partition(": ") for line in lines))
    return received(f"https://{dict(headers)['host']}{target}", headers, body, method)


def read_source(folder: Path) -> Source:
    settings = json.loads((folder / "source.json").read_text())
    return Source(settings["channel"], folder.name, tuple(settings["secrets"]), options=settings["options"])


def outcome(case: Case) -> dict[str, Any]:
    """What the channel says of a request at each step, as JSON."""
    said: dict[str, Any] = {}
    if is_pulled(case.request):
        return parsed(lambda: case.channel.parse(case.request, case.source))
    try:
        answer = case.channel.handshake(case.request, case.source)
        if answer is not None:
            return {"handshake": _reply(answer)}
        case.channel.verify(case.request, case.source)
    except Unverified as refusal:
        return {"refused": refusal.reason}
    said["reply"] = _reply(case.channel.reply(case.request, case.source))
    return said | parsed(lambda: case.channel.parse(case.request, case.source))


def parsed(parse: Callable[[], Sequence[Any]]) -> dict[str, Any]:
    try:
        facts = parse()
    except Ignored as ignored:
        return {"ignored": ignored.reason}
    except Unreadable as unreadable:
        return {"unreadable": unreadable.reason}
    told: dict[str, Any] = {}
    for fact in facts:
        told.setdefault(KINDS[type(fact)], []).append(json.loads(json.dumps(asdict(fact), default=_text)))
    return told


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _reply(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status,
        "content_type": reply.content_type,
        "body": reply.body.decode(),
        "headers": [list(header) for header in reply.headers],
    }
