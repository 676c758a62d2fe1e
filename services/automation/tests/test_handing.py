"""A provider who knows no repeats is handed a message once at most, whenever the process dies or what he answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.messages.media.calls import Api
from automation.messages.media.telegram import Telegram
from automation_service import serving
from automation_world import Story, World, world
from events.outgoing import Outgoing
from mortality import Life, living, mortality
from outbox import run, sending, worker
from pydantic import SecretStr

__all__ = ["mortality"]

TAKEN = orjson.dumps({"ok": True, "result": {"message_id": 1}})
ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s"


@dataclass
class Bot:
    """Takes what it is told, by chat, and then answers ``says``: status and body; None: hangs up without a word."""

    says: tuple[int, bytes] | None = (200, TAKEN)
    told: Counter[int] = field(default_factory=Counter)
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        self.told[orjson.loads(await reader.readexactly(length))["chat_id"]] += 1
        if self.says:
            status, body = self.says
            writer.write(ANSWER % (status, len(body), body))
        writer.close()


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    made = Bot()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture
async def telegram(bot: Bot) -> AsyncIterator[Telegram]:
    outgoing = Outgoing(frozenset({"127.0.0.1"}))
    yield Telegram(Api(outgoing, "telegram"), SecretStr("t"), f"http://127.0.0.1:{bot.port}")
    await outgoing.close()


async def quoted(automation: World, story: Story, chat: int) -> None:
    """A quote goes to the person of that chat."""
    before = len(story.log.records)
    story.registered(f"c{chat}", messengers=[f"telegram:{chat}"])
    story.quote_sent(f"c{chat}", f"https://daisy.test/q/{chat}", channel="telegram")
    await automation.deliver(story.log.records[before:])
    await automation.settle()


async def test_an_unconfirmed_message_is_sent_again_once_where_a_person_orders_it(
    new_database: Any, telegram: Telegram, bot: Bot
) -> None:
    dsn = await new_database("automation")
    async with serving(dsn) as service, world(dsn) as automation:
        messages = worker(automation, sending(automation, telegram))
        await quoted(automation, Story(), 1)
        (first,) = await automation.messages()
        path = f"/messages/{first['message_id']}/again"
        refused = await service.call("POST", path, status=409)
        bot.says = None
        await run(automation, messages)

        bot.says = 200, TAKEN
        ordered = await asyncio.gather(*(service.call("POST", path) for _ in range(3)))
        await automation.settle()
        await run(automation, messages, times=2)
        await service.call("POST", f"/messages/{UUID(int=0)}/again", status=404)

        assert refused["code"] == "not_unconfirmed"
        assert bot.told[1] == 2
        (again,) = {one["message_id"] for one in ordered}
        states = {str(one["message_id"]): one["state"] for one in await automation.messages()}
        assert states == {str(first["message_id"]): "unconfirmed", again: "sent"}


async def state(automation: World, chat: int) -> str:
    asked = "SELECT state FROM messages WHERE customer_id = $1"
    return str(await automation.pool.fetchval(asked, Story.customer(f"c{chat}")))


async def test_whenever_the_process_dies_a_message_is_handed_over_once_at_most_and_its_end_is_told(
    automation: World, mortality: None, telegram: Telegram, bot: Bot
) -> None:
    story, states, chat, survived = Story(), Counter[str](), 0, False
    messages = worker(automation, sending(automation, telegram))
    while not survived:
        for done in (False, True):
            chat += 1
            life = Life(chat // 2, done)
            await quoted(automation, story, chat)
            with living(life):
                await asyncio.gather(messages.run_due(), return_exceptions=True)
            survived = not life.is_over
            await run(automation, messages, times=2)

            end = await state(automation, chat)
            states[end] += 1
            assert (end, bot.told[chat]) in {("sent", 1), ("unconfirmed", 0), ("unconfirmed", 1)}
    assert states["sent"] > 2
    assert states["unconfirmed"] > 2
    assert await automation.pool.fetchval("SELECT count(*) FROM tasks") == 0


@pytest.mark.parametrize(
    "says", [None, (502, b"<html>"), (500, b""), (200, b"")], ids=["hangs up", "gateway", "broken", "no sign"]
)
async def test_an_answer_that_does_not_say_whether_it_was_taken_is_the_end(automation, telegram, bot, says) -> None:
    bot.says = says
    await quoted(automation, Story(), 1)
    await run(automation, worker(automation, sending(automation, telegram)), times=3)

    assert await state(automation, 1) == "unconfirmed"
    assert bot.told[1] == 1
    (told,) = await automation.appended("message.unconfirmed.v1")
    assert orjson.loads(told["data"])["medium"] == "telegram"


@pytest.mark.parametrize("says", [(503, b""), (429, b""), (401, b"<html>"), (500, b'{"ok": false}')])
async def test_a_provider_that_says_no_or_is_not_reached_is_tried_again(automation, telegram, bot, says) -> None:
    away = Telegram(telegram.api, telegram.token, "http://127.0.0.1:9")
    await quoted(automation, Story(), 1)
    await run(automation, worker(automation, sending(automation, away)), times=2)
    bot.says = says
    messages = worker(automation, sending(automation, telegram))
    await run(automation, messages, times=2)
    assert (await state(automation, 1), bot.told[1]) == ("requested", 2)

    bot.says = 200, TAKEN
    await run(automation, messages)
    assert await state(automation, 1) == "sent"


async def test_a_worker_whose_lease_is_over_hands_nothing_over(automation, telegram, bot) -> None:
    await quoted(automation, Story(), 1)
    handler = sending(automation, telegram)
    late, other = worker(automation, handler), worker(automation, handler)
    turn = handler.pace.turn

    async def stands_still(medium: str) -> None:
        object.__setattr__(handler.pace, "turn", turn)
        await run(automation, other)

    object.__setattr__(handler.pace, "turn", stands_still)
    await run(automation, late)

    assert await state(automation, 1) == "sent"
    assert bot.told[1] == 1
