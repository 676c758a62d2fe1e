"""Statements of reports: a report reads *relations*, which are the facts as of a moment that the reader may see.

A relation is a file ``relations/<name>.sql``: one SELECT over the tables of a build (``:schema``). It alone applies the
moment, the filters and the lines of business, once for all reports: a report's own statement, ``<name>.sql``, names in
its first line the relations that it reads (``-- reads: leads, deals``) and knows no table. ``:name`` is a parameter;

- ``:known(h)``: the row of the history ``h`` had happened by ``as_of`` and was recorded by ``known_at``;
- ``:seen(d.direction)``: the reader may see that line of business;
- ``:is(channel, l.channel)``: the filter ``channel`` selects that value;
- ``:is_of(g.segment)``: the segment asked for; who has none is casual;
- ``:is_chosen(person_id)``: the person has a lead or deal of what is asked for, where that is; reads ``chosen``;
- ``:last(h.kind)``: the last value that was told, by version;
- ``:money(amount)``: an object of sums by ``currency``;
- ``:median(expression, 2)``: rounded to so many digits;
- ``:seen_part(direction)``: ``:seen`` of a line of business that is a text, empty where there is none;
- ``:directions(won)``: ``won_directions``, the lines of business of deals in such stages; none is an empty text;
- ``:narrowed(won_directions)``: those of them that the reader may see and asks for;
- ``:level(hours)``: the number of the step of :data:`LEVELS` that a time stands on;
- ``:medians(parts, channel, step)``: the ``median`` by these of the ``singles`` of parts that are counted by level: it
  stands on the level that the counts tell, so that no others need be looked at;
- ``:times(call)``: how often that happened;
- ``:place(kind, position, stage)``: where a stage stands in its pipeline, as a text to be compared.

A relation may have other forms of the same rows, ``<name>.<form>.sql``, read where the form is asked for:

- ``cohort``: a report looks at the leads captured in its period and what became of them;
- ``days``: the same of the leads captured on ``:days``, some days of the business time zone;
- ``told``: of what pipelines were told alone;
- ``now``: as all is now, of the columns that keep the latest. No relation is made on its own then, but becomes part of
  the statement, so that its period and keys reach the tables' indexes; one that begins with ``-- kept`` is made once;
- ``kept``: what the rollup keeps of ``:days``, which its sums are made of;
- ``whole``: nothing is asked for that only leads and deals have;
- ``rolled``: from the rollup, but for ``:stale`` days; together with ``days``, the rows of those days are added.
  What is kept by month is read but for ``:stale_months``, in which such days are: the days ``:beside`` them are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPORTS = Path(__file__).parent

TYPES = {
    "start": "timestamptz",
    "end": "timestamptz",
    "as_of": "timestamptz",
    "known_at": "timestamptz",
    "moment": "timestamptz",
    "visible": "text[]",
    "is_cohort": "boolean",
    "days": "date[]",
    "stale": "date[]",
    "stale_months": "date[]",
    "beside": "date[]",
}
"""Types of parameters; one that says its own (``:days::int``) needs none here, all else is text."""

LEVELS = "{" + ",".join(f"{step}e{power}" for power in range(-2, 5) for step in (1, 1.5, 2, 3, 5, 7)) + "}"
"""Where the steps of the scale begin on which times are counted, whatever their unit: few enough to count all of a day,
so many that few values stand on each."""

_KEPT = "-- kept\n"
_READS = re.compile(r"^-- reads: (.+)$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<!:):([a-z][a-z_]*)\b(::)?")
_COMMENT = re.compile(r"--.*")
_SHORT = {
    re.compile(r":known\((\w+)\)"): r"\1.occurred_at <= :as_of AND \1.recorded_at <= :known_at",
    re.compile(r":seen\(([\w.]+)\)"): r"(:visible IS NULL OR \1 IS NULL OR \1 = ANY (:visible))",
    re.compile(r":is\((\w+), ([\w.]+)\)"): r"(:\1 IS NULL OR \2 = :\1)",
    re.compile(r":is_of\(([\w.]+)\)"): r"(:segment IS NULL OR coalesce(\1, 'casual') = :segment)",
    re.compile(r":is_chosen\(((?:[^()]|\([^()]*\))+)\)"): (
        r"(coalesce(:pipeline, :product, :channel, :campaign, :manager, :department) IS NULL"
        r" OR \1 IN (SELECT person_id FROM chosen))"
    ),
    re.compile(r":last\(([\w.]+)\)"): r"(array_agg(\1 ORDER BY h.version DESC) FILTER (WHERE \1 IS NOT NULL))[1]",
    re.compile(r":directions\((\w+)\)"): (
        r"array_agg(DISTINCT coalesce(direction, '') ORDER BY coalesce(direction, ''))"
        r" FILTER (WHERE stage_kind = '\1') AS \1_directions"
    ),
    re.compile(r":narrowed\((\w+)\)"): (
        r"CASE WHEN (:visible IS NULL AND :direction IS NULL) THEN \1 ELSE"
        r" ARRAY(SELECT part FROM unnest(\1) AS part WHERE (:direction IS NULL OR part = :direction)"
        r" AND (:visible IS NULL OR part = '' OR part = ANY (:visible))) END AS \1"
    ),
    re.compile(r":level\((\w+)\)"): f"width_bucket(\\1, '{LEVELS}'::float8[])",
    re.compile(r":medians\((\w+), ([\w, ]+)\)"): (
        r"WITH sought AS MATERIALIZED (SELECT \2, level, here, row_number() OVER () AS number,"
        r" (total + 1) / 2 - before AS one, total / 2 + 1 - before AS other"
        r" FROM (SELECT \2, level, sum(times)::bigint AS here,"
        r" (sum(sum(times)) OVER (PARTITION BY \2 ORDER BY level) - sum(times))::bigint AS before,"
        r" (sum(sum(times)) OVER (PARTITION BY \2))::bigint AS total FROM \1 GROUP BY \2, level) levels"
        r" WHERE before <= total / 2 AND before + here >= (total + 1) / 2)"
        r" SELECT \2, avg(single) AS median FROM sought JOIN (SELECT number, percentile_disc(ARRAY["
        r"CASE WHEN one BETWEEN 1 AND here THEN (one - 0.5) / here END,"
        r" CASE WHEN other BETWEEN 1 AND here THEN (other - 0.5) / here END]) WITHIN GROUP (ORDER BY single) AS middle"
        r" FROM (SELECT number, one, other, here, unnest(singles) AS single FROM sought JOIN \1 USING (\2, level)"
        r" ORDER BY number, one, other, here) beside GROUP BY number, one, other, here) placed USING (number),"
        r" unnest(middle) AS single GROUP BY \2"
    ),
    re.compile(r":times\((\w+)\)"): r"coalesce(sum(times) FILTER (WHERE what = '\1'), 0)",
    re.compile(r":seen_part\((\w+)\)"): r"(:visible IS NULL OR \1 = '' OR \1 = ANY (:visible))",
    re.compile(r":place\(([\w.]+), ([\w.]+), ([\w.]+)\)"): (
        r"(array_position('{open,nurture,won,lost}', \1) || to_char(coalesce(\2, 99999999), 'FM00000000') || \3)"
    ),
    re.compile(r":money\((\w+)\)"): (
        r"json_object_agg(currency, \1::numeric(38, 2)::text ORDER BY currency) FILTER (WHERE \1 IS NOT NULL)"
    ),
    re.compile(r":median\(((?:[^()]|\([^()]*\))+), (\d)\)"): (
        r"round((percentile_cont(0.5) WITHIN GROUP (ORDER BY \1))::numeric, \2)"
    ),
}
_TABLE = re.compile(r":schema\.(\w+)")


@dataclass(frozen=True)
class Statement:
    """A report's statement with the relations it reads before it, and the names of its parameters, $1 first."""

    text: str
    parameters: tuple[str, ...]
    tables: frozenset[str]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """The values in the order of the parameters; a ``KeyError`` names one that is missing."""
        return [values[name] for name in self.parameters]


@cache
def statement(name: str, schema: str, forms: tuple[str, ...] = (), folder: Path = REPORTS) -> Statement:
    """The statement of a report over a build's ``schema``, of relations in these ``forms`` where they have them."""
    return compiled((folder / f"{name}.sql").read_text(), schema, forms)


def compiled(text: str, schema: str, forms: tuple[str, ...] = ()) -> Statement:
    """The statement of that text, its relations before it."""
    relations: dict[str, str] = {}
    _gather(text, relations, forms)
    known = ",\n".join(f"{relation} AS {body}" for relation, body in relations.items())
    own = f"WITH RECURSIVE {known}\n" + re.sub(r"\AWITH( RECURSIVE)?\b", ",", _bare(text))
    tables = frozenset(_TABLE.findall(own))
    names: dict[str, str] = {}

    def place(found: re.Match[str]) -> str:
        parameter = found[1]
        if parameter == "schema":
            return f'"{schema}"'
        return names.setdefault(parameter, f"${len(names) + 1}") + (found[2] or f"::{TYPES.get(parameter, 'text')}")

    return Statement(_PARAMETER.sub(place, own), tuple(names), tables)


def _gather(text: str, relations: dict[str, str], forms: tuple[str, ...]) -> None:
    """Adds what a text reads, and before it what that reads."""
    header = _READS.search(text)
    for name in header[1].split(", ") if header else []:
        if name in relations:
            continue
        body = _relation(name, forms)
        if "days" in forms and _file(name, "rolled") and "rolled" in forms:
            rows = _relation(name, tuple(form for form in forms if form != "rolled"))
            _gather(rows, relations, forms)
            relations[f"{name}_of_days"] = f"(\n{_bare(rows)}\n)"
            body += f" UNION ALL SELECT * FROM {name}_of_days"  # noqa: S608 - the name of a file of ours
        _gather(body, relations, forms)
        relations[name] = f"{_kept(body, forms)}(\n{_bare(body)}\n)"


def _kept(body: str, forms: tuple[str, ...]) -> str:
    if "now" not in forms:
        return ""
    return "MATERIALIZED " if body.startswith(_KEPT) else "NOT MATERIALIZED "


def _relation(name: str, forms: tuple[str, ...]) -> str:
    found = next((path for form in forms if (path := _file(name, form))), None)
    return (found or REPORTS / "relations" / f"{name}.sql").read_text()


def _file(name: str, form: str) -> Path | None:
    path = REPORTS / "relations" / f"{name}.{form}.sql"
    return path if path.exists() else None


def _bare(text: str) -> str:
    text = _COMMENT.sub("", text).strip()
    for short, long in _SHORT.items():
        text = short.sub(long, text)
    return text
