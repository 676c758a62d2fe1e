# ruff: noqa: S608 - the parts are texts of sql/fields and of this module, every value is a parameter
"""Criteria become one SQL statement. Every value is a parameter; SQL text comes from ``sql/fields`` alone.

Each condition is a set of cards: ``c.id IN (SELECT f.root …)``. It is true or false and never unknown, so ``not`` means
what people mean by it: a card without a manager is one whose manager is not Anna.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from events.contracts.leads import FieldKind
from events.sqlfile import sql

from leads.lists import FIELDS
from leads.lists.catalogue import CUSTOM, Amount, ConsentAsked, Contact, Kind, Op, Request, asked_as, value_of
from leads.lists.catalogue import FIELDS as CATALOGUE
from leads.lists.criteria import Criteria, comparison, read_value
from leads.lists.sealed_values import SealedIndexes

_NOBODY = "false"


@dataclass(frozen=True, slots=True)
class ByHand:
    """The members that stand on the list."""

    list_id: UUID


Selection = Criteria | ByHand


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What criteria refer to: the time now, kinds of custom fields by code, and other lists by id.

    ``personal`` are the codes of those whose values are found by ``indexes``.
    """

    now: datetime
    custom: Mapping[str, FieldKind]
    lists: Mapping[UUID, Selection]
    personal: frozenset[str] = frozenset()
    indexes: SealedIndexes | None = None

    def asked_as(self, code: str) -> Kind | None:
        """How a custom field can be asked; None if there is none that can."""
        kind = self.custom.get(code)
        return asked_as(kind, code in self.personal) if kind else None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A ``WITH`` clause whose ``selected`` has the roots (id, registered_at), and its parameters."""

    text: str
    parameters: list[Any]


def compiled(
    selection: Selection, around: Surroundings, directions: list[str] | None, include_blacklisted: bool = False
) -> Compiled:
    """The cards that are selected and seen with these lines of business (None: all), each once by its root.

    Black-listed ones are left out unless asked for, here or by the field ``blacklisted``.
    """
    compiler = _Compiler(around)
    where = [compiler.selection(selection)]
    if directions is not None:
        seen = compiler.parameter(directions, "text[]")
        members = f"SELECT m.root FROM card_members m WHERE m.direction IS NULL OR m.direction = ANY({seen})"
        where.append(f"c.id IN ({members})")
    if not include_blacklisted and not asks_for_blacklisted(selection):
        where.append(f"NOT {_blacklisted()}")
    cards = f"SELECT c.id, c.registered_at FROM customers c WHERE c.merged_into IS NULL AND {' AND '.join(where)}"
    clauses = [*compiler.clauses, f"selected AS ({cards})"]
    return Compiled("WITH " + ", ".join(clauses), compiler.parameters)


def asks_for_blacklisted(selection: Selection) -> bool:
    """Do the criteria name the black list?"""
    return isinstance(selection, Criteria) and selection.names("blacklisted")


def _blacklisted() -> str:
    return _in("blacklisted", "f.value")


def _in(relation: str, condition: str) -> str:
    return _among(sql(relation, FIELDS).strip() + "\n", condition)


def _among(rows: str, condition: str) -> str:
    return f"c.id IN (SELECT f.root FROM ({rows}) f WHERE {condition})"


@dataclass
class _Compiler:
    around: Surroundings
    parameters: list[Any] = field(default_factory=list)
    clauses: list[str] = field(default_factory=list)
    _named: dict[UUID, str] = field(default_factory=dict)

    def parameter(self, value: Any, type_: str) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}::{type_}"

    def selection(self, selection: Selection) -> str:
        if isinstance(selection, ByHand):
            return _in("list", f"f.value = {self.parameter(selection.list_id, 'uuid')}")
        return self._node(selection)

    def _node(self, node: Criteria) -> str:
        if node.all is not None:
            return "(" + " AND ".join(map(self._node, node.all)) + ")"
        if node.any is not None:
            return "(" + " OR ".join(map(self._node, node.any)) + ")"
        if node.not_ is not None:
            return f"(NOT {self._node(node.not_)})"
        return self._condition(node)

    def _condition(self, node: Criteria) -> str:
        assert node.field is not None
        assert node.op is not None
        if node.field.startswith(CUSTOM):
            return self._custom(node, node.field.removeprefix(CUSTOM))
        kind = CATALOGUE[node.field].kind
        value = read_value(kind, node.op, node.value)
        if kind == "list":
            return self._list(value)
        if kind == "contact":
            return self._contact(value)
        if kind == "request":
            return self._request(value)
        if kind == "consent":
            return self._consent(value, comparison(kind, node.op).sql)
        return self._compared(partial(_in, node.field), kind, node.op, value)

    def _custom(self, node: Criteria, code: str) -> str:
        told, kind = self.around.custom.get(code), self.around.asked_as(code)
        if told is None or kind is None or node.op is None:
            return _NOBODY
        if kind == "sealed":
            return self._sealed(code, node.op, read_value(kind, node.op, node.value))
        # Only a row of this field is read as its kind: PostgreSQL may look at values before it looks at names.
        name = self.parameter(code, "text")
        value = f"SELECT v.root, CASE WHEN v.field = {name} THEN {value_of(told)} END AS value"
        if kind == "money":
            value = "SELECT v.root, (v.value ->> 'amount')::numeric AS amount, v.value ->> 'currency' AS currency"
        rows = f"{value} FROM ({sql('custom', FIELDS).strip()}\n) v WHERE v.field = {name}"
        return self._compared(partial(_among, rows), kind, node.op, read_value(kind, node.op, node.value))

    def _sealed(self, code: str, op: Op, value: Any) -> str:
        """Whoever has one of the indexes of what is asked for."""
        assert self.around.indexes is not None
        name = self.parameter(code, "text")
        rows = f"SELECT v.root, v.value FROM ({sql('sealed', FIELDS).strip()}\n) v WHERE v.field = {name}"
        asked = value
        if isinstance(value, str):
            asked = self.around.indexes.of(code, value)
        elif not isinstance(value, bool):
            asked = [self.around.indexes.of(code, one) for one in value]
        return self._compared(partial(_among, rows), "sealed", op, asked)

    def _compared(self, within: Callable[[str], str], kind: Kind, op: Op, value: Any) -> str:
        how = comparison(kind, op)
        if how.of == "boolean":
            return within(how.sql) if value else f"(NOT {within(how.sql)})"
        if isinstance(value, Amount):
            amount, currency = self.parameter(value.amount, how.of), self.parameter(value.currency, "text")
            return within(f"{how.sql.format(amount)} AND f.currency = {currency}")
        return within(how.sql.format(self.parameter(how.given(value, self.around.now), how.of)))

    def _contact(self, value: Contact) -> str:
        return self._had("interaction", {"kind": value.kind, "result": value.result}, value)

    def _request(self, value: Request) -> str:
        same = value.model_dump(include={"channel", "intake", "source", "campaign", "direction"})
        return self._had("request", same, value)

    def _had(self, relation: str, same: Mapping[str, str | None], value: Contact | Request) -> str:
        """Something that took place once, and is all of this."""
        asked = [f"f.{name} = {self.parameter(text, 'text')}" for name, text in same.items() if text is not None]
        if value.since is not None:
            asked.append(f"f.at >= {self.parameter(value.since, 'timestamptz')}")
        if value.within_days is not None:
            since = self.around.now - timedelta(days=value.within_days)
            asked.append(f"f.at >= {self.parameter(since, 'timestamptz')}")
        return _in(relation, " AND ".join(asked or ["true"]))

    def _consent(self, value: ConsentAsked, condition: str) -> str:
        """Of the words on this channel and on all the latest counts; ``false`` sorts first."""
        said = [f"w.purpose = {self.parameter(value.purpose, 'text')}"]
        said.append(f"w.channel IN ('', {self.parameter(value.channel or '', 'text')})")
        if value.as_of is not None:
            said.append(f"w.at <= {self.parameter(value.as_of, 'timestamptz')}")
        rows = f"SELECT w.root, w.given, w.at FROM ({sql('consent', FIELDS).strip()}\n) w WHERE {' AND '.join(said)}"
        return _among(
            f"SELECT DISTINCT ON (l.root) l.root, l.given FROM ({rows}) l ORDER BY l.root, l.at DESC, l.given",
            condition,
        )

    def _list(self, list_id: UUID) -> str:
        """A list by criteria is a clause of its own, once; one that leads back to itself selects nobody there."""
        other = self.around.lists.get(list_id)
        if not isinstance(other, Criteria):
            return _NOBODY if other is None else self.selection(other)
        if list_id not in self._named:
            self._named[list_id] = ""
            where = self._node(other)
            if not asks_for_blacklisted(other):
                where += f" AND NOT {_blacklisted()}"
            name = f"list_{len(self.clauses) + 1}"
            cards = f"SELECT c.id FROM customers c WHERE c.merged_into IS NULL AND {where}"
            self.clauses.append(f"{name} AS ({cards})")
            self._named[list_id] = name
        name = self._named[list_id]
        return f"c.id IN (SELECT l.id FROM {name} l)" if name else _NOBODY
