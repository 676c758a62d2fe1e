"""Jinja2 for templates of users, with everything cut away that a document does not need.

A template is checked before it runs: it reads known variables, loops over lists that are given, branches, and uses a
few filters; it calls nothing, imports nothing, and reaches no attribute of any object. The sandbox of jinja2 and the
limits of the process that renders (``press.py``) stand behind that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILTERS: Final = frozenset(
    ("upper", "lower", "capitalize", "title", "trim", "default", "d", "length", "count", "join", "first", "last",
     "truncate", "escape", "e")
)  # fmt: skip
TESTS: Final = frozenset(("defined", "undefined", "none", "eq", "equalto", "ne", "in", "odd", "even"))
LOOP: Final = frozenset(("index", "index0", "revindex", "first", "last", "length"))
_COUNTERS: Final = frozenset(f"loop.{counter}" for counter in LOOP)
DEEPEST_LOOPS: Final = 2
_PLAIN: Final = (
    nodes.Output, nodes.TemplateData, nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.Add, nodes.Sub, nodes.Concat, nodes.Tuple, nodes.List, nodes.Keyword,
)  # fmt: skip


class Refused(Exception):
    """A template does what is not allowed. ``code`` is stable; ``names`` are the variables or parts it is about."""

    def __init__(self, code: str, message: str, names: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names stand for: the path of a variable, or None for a value that the template made itself."""

    aliases: Mapping[str, str | None] = field(default_factory=dict)
    guarded: frozenset[str] = frozenset()
    loops: int = 0

    def guarding(self, paths: Iterable[str]) -> _Scope:
        return _Scope(self.aliases, self.guarded | set(paths), self.loops)

    def naming(self, name: str, path: str | None) -> _Scope:
        return _Scope({**self.aliases, name: path}, self.guarded, self.loops)

    def looping(self, name: str, path: str) -> _Scope:
        return _Scope({**self.aliases, name: path, "loop": "loop"}, self.guarded, self.loops + 1)


class Reading:
    """Which variables templates use; ``required`` are those printed without asking first whether they are there."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self.used: set[str] = set()
        self.required: set[str] = set()
        self.unknown: set[str] = set()

    def read(self, source: nodes.Template) -> None:
        """Raises :class:`Refused` for anything but reading; unknown variables are collected."""
        self._all(source.body, _Scope())

    def _all(self, body: Iterable[nodes.Node], scope: _Scope) -> None:
        for node in body:
            if isinstance(node, nodes.Assign):
                scope = self._assign(node, scope)
            else:
                self._visit(node, scope, required=True)

    def _assign(self, node: nodes.Assign, scope: _Scope) -> _Scope:
        if not isinstance(node.target, nodes.Name):
            raise _not_allowed("setting several variables at once", node)
        self._visit(node.node, scope, required=False)
        return scope.naming(node.target.name, None)

    def _visit(self, node: nodes.Node, scope: _Scope, *, required: bool) -> None:
        match node:
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                self._variable(node, scope, required)
            case nodes.For():
                self._loop(node, scope)
            case nodes.If() | nodes.CondExpr():
                self._branch(node, scope, required)
            case nodes.Filter() | nodes.Test():
                self._ask(node, scope, required)
            case _ if isinstance(node, _PLAIN):
                self._each(node.iter_child_nodes(), scope, required)
            case _:
                raise _not_allowed(_WHAT.get(type(node), type(node).__name__.lower()), node)

    def _each(self, children: Iterable[nodes.Node], scope: _Scope, required: bool) -> None:
        for child in children:
            self._visit(child, scope, required=required)

    def _branch(self, node: nodes.If | nodes.CondExpr, scope: _Scope, required: bool) -> None:
        inner = scope.guarding(self._asked(node.test, scope))
        if isinstance(node, nodes.If):
            self._all(node.body, inner)
            self._all([*node.elif_, *node.else_], inner)
        else:
            self._each(filter(None, (node.expr1, node.expr2)), inner, required)

    def _ask(self, node: nodes.Filter | nodes.Test, scope: _Scope, required: bool) -> None:
        """Filters and tests. What has a default, or is asked about, may be missing."""
        if node.name not in (FILTERS if isinstance(node, nodes.Filter) else TESTS):
            raise _not_allowed(f"«{node.name}»", node)
        spared = isinstance(node, nodes.Test) or node.name in ("default", "d")
        self._each(node.iter_child_nodes(), scope, required and not spared)

    def _asked(self, test: nodes.Node, scope: _Scope) -> set[str]:
        inner = Reading(self._known)
        inner._visit(test, scope, required=False)
        self.used |= inner.used
        self.unknown |= inner.unknown
        return inner.used

    def _loop(self, node: nodes.For, scope: _Scope) -> None:
        path = self._path(node.iter, scope) if isinstance(node.iter, nodes.Name | nodes.Getattr) else None
        if not isinstance(node.target, nodes.Name) or node.recursive or path is None or f"{path}[]" not in self._known:
            raise Refused("loop", f"Line {node.lineno}: a loop goes over a list of variables, such as lines.")
        if scope.loops == DEEPEST_LOOPS:
            raise Refused("loop", f"Line {node.lineno}: loops stand in each other {DEEPEST_LOOPS} deep at most.")
        inner = scope.looping(node.target.name, f"{path}[]")
        self.used.add(f"{path}[]")
        if node.test is not None:
            inner = inner.guarding(self._asked(node.test, inner))
        self._all(node.body, inner)
        self._all(node.else_, scope)

    def _variable(self, node: nodes.Node, scope: _Scope, required: bool) -> None:
        path = self._path(node, scope)
        if path is None or path in _COUNTERS:
            return
        if path not in self._known:
            self.unknown.add(path)
            return
        self.used.add(path)
        if required and path not in scope.guarded:
            self.required.add(path)

    def _path(self, node: nodes.Node, scope: _Scope) -> str | None:
        match node:
            case nodes.Name(name=name):
                return scope.aliases.get(name, name)
            case nodes.Getattr(attr=name) | nodes.Getitem(arg=nodes.Const(value=str(name))):
                if name.startswith("_"):
                    raise _not_allowed(f"the attribute {name}", node)
                before = self._path(node.node, scope)
                if before is None:
                    raise _not_allowed(f"the attribute {name} of something that is no variable", node)
                return f"{before}.{name}"
        raise _not_allowed("an attribute of something that is no variable", node)


_WHAT: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Call: "a call",
    nodes.Mul: "multiplying",
    nodes.Pow: "raising to a power",
    nodes.Include: "including another template",
    nodes.Import: "importing another template",
    nodes.FromImport: "importing another template",
    nodes.Extends: "building on another template",
    nodes.Macro: "a macro",
    nodes.CallBlock: "a call",
    nodes.ScopedEvalContextModifier: "switching escaping off",
}


def _not_allowed(what: str, node: nodes.Node) -> Refused:
    return Refused("not_allowed", f"Line {node.lineno}: {what} is not allowed in a template.")


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment that docxtpl renders every part of a document with: each source is read before it runs."""

    def __init__(self, known: frozenset[str]) -> None:
        super().__init__(autoescape=True, finalize=lambda value: "" if value is None else value)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {name: self.tests[name] for name in TESTS}
        self.reading = Reading(known)

    def from_string(self, source: Any, *args: Any, **kwargs: Any) -> Template:
        """The template; raises :class:`Refused`, also for what is no jinja2 at all."""
        try:
            self.reading.read(self.parse(source))
            if self.reading.unknown:
                names = sorted(self.reading.unknown)
                raise Refused("unknown_variables", f"There are no variables {', '.join(names)}.", names)
            return super().from_string(source, *args, **kwargs)
        except TemplateSyntaxError as error:
            raise Refused("syntax", f"Line {error.lineno}: {error.message}") from None

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Of plain values the element of that name, of a loop its counters; attributes of objects do not exist."""
        return _element(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The same, written with brackets."""
        return _element(obj, argument)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing is ever called."""
        raise SecurityError("calls are not allowed")


def _element(obj: Any, name: Any) -> Any:
    if isinstance(obj, LoopContext) and name in LOOP:
        return getattr(obj, name)
    if isinstance(obj, dict) and name in obj:
        return obj[name]
    raise SecurityError(f"the attribute {name} is not allowed")
