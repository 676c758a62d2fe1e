"""Templates that people save: every save is a version in the template's stream, checked before anything is written.

The table is written in the transaction of the event, so what was saved can be sent at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import asyncpg
import orjson
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.automation import MessageTemplateSaved
from events.problems import FieldError, Invalid, NotFound
from events.sqlfile import sql
from events.store import Connection, Store
from liquid.exceptions import LiquidError

from automation.definitions import Change, Definitions
from automation.messages.letters import Templates
from automation.messages.models import Preview, Previewing, SavedTemplate, SavingTemplate, Template
from automation.messages.standing import SQL
from automation.messages.template import TEMPLATE, Command, Retire, Save, State, template_id
from automation.messages.wording import TemplateInvalid, Variables, Wording, first_line
from automation.names import Named, refuse_in_use
from automation.parts import Language


@dataclass(frozen=True)
class TemplateDesk:
    """What the routes of templates work with."""

    store: Store
    files: Templates
    named: Named
    language: Language
    now: Callable[[], datetime]

    async def save(self, name: str, saving: SavingTemplate, principal: Principal) -> SavedTemplate:
        """A new version; the same texts again change nothing. Raises ``Invalid`` with every fault and its place."""
        if faults := list(self._faults(saving)):
            raise Invalid("The template cannot be used.", errors=faults)
        wanted = MessageTemplateSaved(
            template_id=template_id(name),
            name=name,
            title=saving.title,
            version=1,
            texts=saving.texts,
            requires=tuple(saving.requires),
        )

        async def keep(connection: Connection, change: Change[State]) -> None:
            assert change.state is not None
            newest = change.state.newest
            texts = orjson.dumps({language: text.model_dump() for language, text in newest.texts.items()}).decode()
            row = name, newest.version, newest.template_id, newest.title, texts, list(newest.requires)
            await connection.execute(sql("template_save", SQL), *row, principal.actor)

        change = await self._kept.run(wanted.template_id, Save(wanted), cause_of_call(principal), keep)
        assert change.state is not None
        return SavedTemplate(name=name, version=change.state.newest.version, changed=bool(change.events))

    async def retire(self, name: str, principal: Principal) -> None:
        """No new rule may name it. Raises ``NotFound``, ``Conflict`` (in_use); retired twice, it is retired once."""
        await refuse_in_use(self.named, "template", name)

        async def keep(connection: Connection, _: Change[State]) -> None:
            await connection.execute(sql("template_retire", SQL), name)

        await self._kept.run(template_id(name), Retire(), cause_of_call(principal), keep)

    @property
    def _kept(self) -> Definitions[Command, State]:
        return Definitions("template", TEMPLATE, frozenset({"no_template"}), self.store, self.now)

    async def all(self) -> list[Template]:
        """Files and the newest version of what was saved, by name."""
        saved = {row["name"]: _shown(row) for row in await self.store.pool.fetch(sql("templates_now", SQL))}
        return [found for _, found in sorted((self._of_files() | saved).items())]

    async def one(self, name: str, version: int | None) -> Template:
        """A template, in its newest version or another. Raises ``NotFound``."""
        row = await self.store.pool.fetchrow(sql("template_version", SQL), name, version)
        if row is not None:
            return _shown(row)
        files = self._of_files()
        if version is not None or name not in files:
            raise NotFound("There is no such template, or not in this version.")
        return files[name]

    def preview(self, previewing: Previewing) -> Preview:
        """What the texts come to with sample values. Raises ``Invalid``."""
        try:
            wording = Wording(previewing.text, previewing.requires)
        except TemplateInvalid as error:
            raise Invalid("The template cannot be used.", errors=list(_errors("text", error))) from None
        given = previewing.name, previewing.company, previewing.link, previewing.unsubscribe, previewing.values
        variables = Variables(*given)
        try:
            said = wording.render(variables)
        except LiquidError as error:
            raise Invalid(f"The template fails with these values: {first_line(error)}") from None
        whatsapp = list(said.whatsapp[1]) if said.whatsapp else None
        return Preview(
            subject=said.subject,
            body=said.body,
            short=said.short,
            whatsapp_places=whatsapp,
            missing=wording.missing(variables),
        )

    def _faults(self, saving: SavingTemplate) -> Iterator[FieldError]:
        if self.language not in saving.texts:
            yield FieldError(f"there is no text in {self.language}, the language of messages", pointer="#/texts")
        for language, text in saving.texts.items():
            try:
                Wording(text, saving.requires)
            except TemplateInvalid as error:
                yield from _errors(f"texts/{language}", error)

    def _of_files(self) -> dict[str, Template]:
        return {
            name: Template(
                name=name,
                title=name,
                version=None,
                texts={language: self.files.wording(name, language).text for language in get_args(Language)},
                requires=sorted(self.files.wording(name, self.language).requires),
            )
            for name in self.files.names
        }


def _shown(row: asyncpg.Record) -> Template:
    return Template(**{**row, "texts": orjson.loads(row["texts"])})


def _errors(place: str, error: TemplateInvalid) -> Sequence[FieldError]:
    faults = [line.partition(": ") for line in str(error).splitlines()]
    return [
        FieldError(why, pointer="#/requires" if part == "requires" else f"#/{place}/{part}") for part, _, why in faults
    ]
