"""Questionnaires kept in versions, and customers' answers, each once for a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson
from events import tracing
from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.automation import MessageRequested, QuestionnaireAnswered
from events.cursor import read_cursor, write_cursor
from events.links import LinkInvalid, Links
from events.privacy import Keys
from events.problems import FieldError, Invalid, NotFound
from events.sealed import Sealed
from events.second_wall import across_lines
from events.sqlfile import sql
from events.store import Append, Cause, Conflict, Connection, Store, deterministic_id
from uuid_utils.compat import uuid7

from automation.definitions import Change, Definitions
from automation.messages import tracking
from automation.messages.public import ACTOR
from automation.questionnaires.kept import QUESTIONNAIRE, Save, State, stream_of
from automation.questionnaires.models import Answer, AnswerPage, QuestionnaireCard, QuestionResult, Results
from automation.questionnaires.questionnaire import Answers, Choice, Definition, NoAnswer, Scale, read, score
from automation.sight import COUNTS_ALL

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class QuestionnaireDesk:
    """What the routes of people work with."""

    store: Store
    keys: Keys
    now: Callable[[], datetime]

    async def all(self) -> list[QuestionnaireCard]:
        """The newest versions, by name."""
        rows = await self.store.pool.fetch(sql("questionnaires_now", SQL))
        return [QuestionnaireCard(**{**row, "definition": orjson.loads(row["definition"])}) for row in rows]

    async def read(self, questionnaire: str) -> QuestionnaireCard:
        """Raises ``NotFound``."""
        row = await self.store.pool.fetchrow(sql("questionnaire_at", SQL), questionnaire, None)
        if row is None:
            raise NotFound("There is no such questionnaire.")
        definition = Definition.model_validate(orjson.loads(row["definition"]))
        return QuestionnaireCard(id=questionnaire, version=row["version"], definition=definition)

    async def save(
        self, questionnaire: str, definition: Definition, principal: Principal, expected: int | None
    ) -> QuestionnaireCard:
        """A new version; the same again changes nothing. Raises ``StaleVersion``."""
        content = definition.model_dump(mode="json")

        async def keep(connection: Connection, change: Change[State]) -> None:
            row = questionnaire, change.revision, orjson.dumps(content).decode()
            await connection.execute(sql("questionnaire_save", SQL), *row)

        kept = Definitions("questionnaire", QUESTIONNAIRE, frozenset(), self.store, self.now)
        command = Save(questionnaire, content)
        change = await kept.run(stream_of(questionnaire), command, cause_of_call(principal), keep, expected)
        return QuestionnaireCard(id=questionnaire, version=change.revision, definition=definition)

    async def results(self, questionnaire: str, since: datetime | None, until: datetime | None) -> Results:
        """What was answered to the questions of the newest version. Raises ``NotFound``."""
        card = await self.read(questionnaire)
        with across_lines(COUNTS_ALL):
            rows = await self.store.pool.fetch(sql("answers_counted", SQL), questionnaire, since, until)
            total = await self.store.pool.fetchval(sql("answers_total", SQL), questionnaire, since, until)
        given: dict[str, Counter[str]] = {}
        for row in rows:
            given.setdefault(row["question"], Counter())[row["answer"]] += row["count"]
        return Results(
            questionnaire=questionnaire,
            answers=total,
            questions=[
                _result(question, given.get(question.id, Counter()))
                for question in card.definition.questions
                if isinstance(question, Scale | Choice)
            ],
        )

    async def answers(
        self, questionnaire: str, customer_id: UUID | None, cursor: str | None, limit: int, principal: Principal
    ) -> AnswerPage:
        """A page of answers, oldest first; words only for those who may see customers."""
        rows = await self.store.pool.fetch(
            sql("answers_list", SQL),
            *(questionnaire, customer_id, *read_cursor(cursor), limit + 1, directions_of(principal)),
        )
        shown = rows[:limit]
        opens = "customers:read" in principal.permissions
        keys = (
            await self.keys.read(list({row["customer_id"] for row in shown if row["texts"] != "{}"})) if opens else {}
        )
        found = []
        for row in shown:
            key = keys.get(row["customer_id"])
            sealed: Mapping[str, str] = orjson.loads(row["texts"])
            texts = {name: key.open(text) for name, text in sealed.items()} if key else None
            told = {name: orjson.loads(row[name]) for name in ("scores", "choices")}
            found.append(Answer(**{**row, **told, "texts": texts}))
        last = found[-1] if len(rows) > limit else None
        return AnswerPage(answers=found, next=write_cursor(last.answered_at, last.message_id) if last else None)


def _result(question: Scale | Choice, given: Counter[str]) -> QuestionResult:
    value = (
        score(question.ask, {int(number): n for number, n in given.items()}) if isinstance(question, Scale) else None
    )
    return QuestionResult(question=question.id, ask=question.ask, answers=given.total(), score=value, given=dict(given))


@dataclass(frozen=True)
class Asked:
    """What a customer is asked through a link."""

    message_id: UUID
    customer_id: UUID
    questionnaire: str
    version: int
    definition: Definition
    is_answered: bool


@dataclass(frozen=True)
class Answering:
    """What the public page works with. Raises ``LinkInvalid`` and ``LinkExpired``, which tell nothing."""

    store: Store
    keys: Keys
    links: Links | None
    now: Callable[[], datetime]

    async def asked(self, token: str) -> Asked:
        """What the link asks."""
        if self.links is None:
            raise LinkInvalid
        message_id = UUID(self.links.open(tracking.QUESTIONNAIRE, token, self.now()))
        history = await self.store.load(message_id)
        requested = history[0].event if history else None
        if not isinstance(requested, MessageRequested) or requested.questionnaire is None:
            raise LinkInvalid
        name = requested.questionnaire
        row = await self.store.pool.fetchrow(sql("questionnaire_at", SQL), name, history[0].recorded_at)
        if row is None:
            raise LinkInvalid
        answered = bool(await self.store.load(_answer_stream(message_id)))
        definition = Definition.model_validate(orjson.loads(row["definition"]))
        return Asked(message_id, requested.customer_id, name, row["version"], definition, answered)

    async def answer(self, token: str, said: Mapping[str, str]) -> None:
        """Keeps the answer; a second one changes nothing. Raises ``Invalid`` with the question that is wrong."""
        asked = await self.asked(token)
        if asked.is_answered:
            return
        try:
            answers = read(asked.definition, said)
        except NoAnswer as wrong:
            raise Invalid(
                "An answer is missing or wrong.", errors=[FieldError(str(wrong), pointer=f"#/{wrong.question}")]
            ) from None
        event = QuestionnaireAnswered(
            message_id=asked.message_id,
            questionnaire=asked.questionnaire,
            version=asked.version,
            customer_id=asked.customer_id,
            scores=dict(answers.scores),
            choices=dict(answers.choices),
            texts=await self._sealed(asked.customer_id, answers),
        )
        trail = tracing.current_trail()
        cause = Cause(ACTOR, trail.correlation_id if trail else uuid7(), None, tracing.current_traceparent())
        try:
            await self.store.commit(Append(_answer_stream(asked.message_id), 0, [event], cause, self.now()))
        except Conflict:
            return

    async def _sealed(self, customer_id: UUID, answers: Answers) -> dict[str, Sealed[str]]:
        if not answers.texts:
            return {}
        key = (await self.keys.read([customer_id])).get(customer_id)
        if key is None:
            raise LinkInvalid
        return {name: key.seal(text) for name, text in answers.texts.items()}


def _answer_stream(message_id: UUID) -> UUID:
    return deterministic_id(message_id, "answer")
