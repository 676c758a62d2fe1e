"""Questionnaires: asked through a link in a message, answered once, counted; own words stay sealed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from automation.actions.effect import Known, Shape
from automation.messages.tracking import Tracking
from automation.questionnaires.questionnaire import Definition, NoAnswer, read, score
from automation.rules.check import parse
from automation.rules.rule import Rule, Rules
from automation_service import URL, serving
from automation_world import Leads, Story, World, world
from events.links import Links
from hypothesis import given
from hypothesis import strategies as st
from outbox import by_email, run, sending, worker
from post import Post
from pydantic import SecretBytes, ValidationError
from pytest_httpserver import HTTPServer

LINK_KEY = SecretBytes(bytes(range(32)))
TITLE = {"ru": "Как прошла доставка?", "en": "How was the delivery?"}
NPS = {"ask": "nps", "id": "recommend", "title": {"ru": "Порекомендуете нас?", "en": "Would you recommend us?"}}
WHY = {"ask": "text", "id": "why", "title": {"ru": "Почему?", "en": "Why? <b>"}}
AGAIN = {
    "ask": "choice",
    "id": "again",
    "title": {"ru": "Придёте ещё?", "en": "Will you come again?"},
    "options": [
        {"id": "yes", "title": {"ru": "Да", "en": "Yes"}},
        {"id": "no", "title": {"ru": "Нет", "en": "No"}},
    ],
}
ASKED = {"title": TITLE, "questions": [NPS, AGAIN, WHY]}
ASK = {
    "id": "ask",
    "version": 1,
    "title": TITLE,
    "trigger": "lead.captured.v1",
    "actions": [{"do": "send_questionnaire", "id": "q", "template": "quote", "questionnaire": "after-delivery"}],
}


@dataclass
class Firm:
    """The service with its page, and the consumer beside it with a rule that asks."""

    automation: World
    client: httpx2.AsyncClient
    keys: dict[str, str]
    post: Post
    story: Story = field(default_factory=Story)

    async def call(self, method: str, path: str, body: Any = None, role: str = "marketer", status: int = 200) -> Any:
        headers = {"authorization": f"Bearer {self.keys[role]}"}
        answer = await self.client.request(method, f"/questionnaires{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def link(self) -> str:
        """The questions, and the address in the letter that the rule sends."""
        await self.call("PUT", "/after-delivery", ASKED)
        records = [*self.story.registered("olga", "olga@example.com"), *self.story.captured("olga")]
        for record in records:
            at = await self.automation.pool.fetchval("SELECT clock_timestamp()")
            record.attributes["ce_recordedtime"] = at.isoformat().encode()
        await self.automation.deliver(records)
        await self.automation.settle()
        tracking = Tracking(self.automation.pool, Links([LINK_KEY]), URL)
        await run(
            self.automation, worker(self.automation, sending(self.automation, by_email(self.post), tracking=tracking))
        )
        (letter,) = self.post.letters
        (address,) = re.findall(rf"{URL}/public/questionnaires/\S+", letter.get_body("plain").get_content())
        return str(address)

    async def answer(self, link: str, **said: str) -> httpx2.Response:
        return await self.client.post(link, data=said)


@pytest.fixture
async def firm(new_database: Any, httpserver: HTTPServer, post: Post) -> AsyncIterator[Firm]:
    dsn, url = await new_database("automation"), httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    links = {"link_keys": (LINK_KEY,), "public_url": URL}
    async with (
        serving(dsn, {"marketer": "marketer", "head": "head"}, leads_url=url, language="en", **links) as service,
        world(dsn, Rules((Rule.model_validate(ASK),))) as automation,
    ):
        yield Firm(automation, service.client, service.keys, post)


async def test_a_customer_answers_once_through_the_link_and_it_is_counted(firm) -> None:
    link = await firm.link()
    page = await firm.client.get(link)
    assert page.status_code == 200
    assert re.findall(r'name="(\w+)"', page.text).count("recommend") == 11
    assert "Why? &lt;b&gt;" in page.text
    assert "script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")

    first = await firm.answer(link, recommend="10", again="yes", why="Quick and kind")
    second = await firm.answer(link, recommend="0", again="no")
    assert "Thank you" in first.text
    assert "Thank you" in second.text
    await firm.automation.settle()

    results = await firm.call("GET", "/after-delivery/results")
    assert [(one["question"], one["score"], one["given"]) for one in results["questions"]] == [
        ("recommend", 100.0, {"10": 1}),
        ("again", None, {"yes": 1}),
    ]
    (answered,) = await firm.automation.appended("questionnaire.answered.v1")
    assert "Quick" not in answered["data"]
    (shown,) = (await firm.call("GET", "/after-delivery/answers", role="head"))["answers"]
    (hidden,) = (await firm.call("GET", "/after-delivery/answers"))["answers"]
    assert (shown["texts"], hidden["texts"]) == ({"why": "Quick and kind"}, None)


async def test_a_wrong_answer_is_asked_again_and_a_wrong_link_tells_nothing(firm) -> None:
    link = await firm.link()
    assert (await firm.answer(link, recommend="11", again="yes")).status_code == 422
    assert (await firm.answer(link, again="yes")).status_code == 422
    assert (await firm.client.get(link + "x")).status_code == 404
    assert (await firm.client.post(link[:-5], data={"recommend": "9"})).status_code == 404
    assert await firm.automation.appended("questionnaire.answered.v1") == []


async def test_the_words_of_the_erased_are_gone(firm) -> None:
    link = await firm.link()
    await firm.answer(link, recommend="9", again="no", why="My name is Olga")
    await firm.automation.settle()
    await firm.automation.deliver(firm.story.erased("olga"))
    rows = await firm.automation.pool.fetch("SELECT texts, scores FROM questionnaire_answers")
    assert [(row["texts"], row["scores"]) for row in rows] == [("{}", '{"recommend": 9}')]


async def test_a_message_asks_what_was_asked_when_it_was_requested(firm) -> None:
    link = await firm.link()
    await firm.call("PUT", "/after-delivery", {"title": TITLE, "questions": [WHY]})
    assert 'name="recommend"' in (await firm.client.get(link)).text
    assert (await firm.call("GET", "/after-delivery"))["version"] == 2
    await firm.call("GET", "/unknown", status=404)


def test_a_rule_that_asks_needs_a_template_with_a_link_and_no_link_of_its_own() -> None:
    known = Known(frozenset({"quote"}), {"quote": Shape(requires=frozenset({"link"}))})
    assert parse(ASK, known)[1] == []
    action = ASK["actions"][0] | {"link": "touch.comment"}  # type: ignore[index]
    assert parse(ASK | {"actions": [action]}, known)[1][0].startswith(".actions[0].link: the link of this message")


def test_two_questions_or_options_of_one_name_are_refused() -> None:
    for doubled in ([NPS, NPS], [AGAIN | {"options": [AGAIN["options"][0]] * 2}]):
        with pytest.raises(ValidationError, match="two have the id"):
            Definition.model_validate({"title": TITLE, "questions": doubled})


@given(st.dictionaries(st.sampled_from(["recommend", "again", "why", "other"]), st.text(max_size=12)))
def test_whatever_is_sent_is_an_answer_within_the_questions_or_none(said) -> None:
    definition = Definition.model_validate(ASKED)
    try:
        answers = read(definition, said)
    except NoAnswer:
        return
    assert 0 <= answers.scores["recommend"] <= 10
    assert answers.choices["again"] in ("yes", "no")
    assert set(answers.texts) <= {"why"}


@given(st.lists(st.integers(0, 10), max_size=50))
def test_nps_is_the_share_of_promoters_less_that_of_detractors(given_numbers) -> None:
    counted = {number: given_numbers.count(number) for number in set(given_numbers)}
    found = score("nps", counted)
    if not given_numbers:
        assert found is None
        return
    promoters = len([number for number in given_numbers if number > 8])
    detractors = len([number for number in given_numbers if number < 7])
    assert found == round((promoters - detractors) / len(given_numbers) * 100, 1)


def test_csat_is_the_share_of_the_satisfied() -> None:
    assert score("csat", {5: 1, 4: 1, 3: 1, 1: 1}) == 50.0
