"""Accounts of other CRMs on this machine: they speak the documented API, with its paging, limits and troubles."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import orjson
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

CUT = 0
"""A connection that ends in the middle of the answer."""


class Troubled(ABC):
    """Answers requests, the first ones with troubles: statuses to answer, `CUT`, or None for a good answer."""

    def __init__(self) -> None:
        self.troubles: list[int | None] = []
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(f"{request.path.rsplit('/', 1)[1]}?{request.query_string.decode()}")
        answer = self.answer(request)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is None:
            return answer
        if trouble == CUT:
            body = answer.get_data()
            return Response(body[: len(body) // 2], headers={"Content-Length": str(len(body) + 100)})
        return Response(b'{"error":"QUERY_LIMIT_EXCEEDED"}', trouble, headers={"Retry-After": "0"})

    @abstractmethod
    def answer(self, request: Request) -> Response:
        """What is said where there is no trouble."""


class AmoAccount(Troubled):
    """Lists by `order[updated_at]=desc` in pages, 204 for an empty one, events of at most ten deals."""

    token = "amo-token"

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        kinds = ("companies", "contacts", "leads", "contacts/notes", "leads/notes", "tasks")
        self.things: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in kinds}
        self.events: list[dict[str, Any]] = []
        self.catalogue: dict[str, list[dict[str, Any]]] = {"pipelines": [], "users": [], "loss_reasons": []}
        self.url = server.url_for("")[:-1]
        server.expect_request(_under("/api/v4/")).respond_with_handler(self)

    def add(self, kind: str, id_: int, **fields: Any) -> dict[str, Any]:
        thing = {"id": id_, "created_at": 1_577_836_800 + id_, "updated_at": 1_577_836_800 + id_, **fields}
        self.things[kind][id_] = thing
        return thing

    def move(self, id_: int, at: int, to: int, closed: bool = False) -> None:
        """A deal enters a stage of pipeline 31."""
        lead = self.things["leads"][id_]
        states = ({"id": lead["status_id"], "pipeline_id": 31}, {"id": to, "pipeline_id": 31})
        before, after = ([{"lead_status": state}] for state in states)
        event = {"id": f"{len(self.events):026}", "type": "lead_status_changed", "entity_id": id_}
        self.events.append({**event, "created_at": at, "value_before": before, "value_after": after})
        lead |= {"status_id": to, "updated_at": at} | ({"closed_at": at} if closed else {})

    def answer(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Response(b'{"status":401}', 401)
        parts = request.path.removeprefix("/api/v4/").split("/")
        if parts == ["account"]:
            return _json({"id": 1, "currency": "RUB"})
        if parts[-1] in self.catalogue:
            shown = self.catalogue[parts[-1]] if request.args.get("page", "1") == "1" else []
            return _json({"_embedded": {parts[-1]: shown}}) if shown else Response(status=204)
        if len(parts) == 2 and parts[1] != "notes":
            thing = self.things[parts[0]].get(int(parts[1]))
            return _json(thing) if thing else Response(b"{}", 404)
        return self._listed(request, "/".join(parts))

    def _listed(self, request: Request, kind: str) -> Response:
        if kind == "events":
            ids = [int(id_) for id_ in request.args.getlist("filter[entity_id][]")]
            if len(ids) > 10 or request.args["filter[type]"] != "lead_status_changed":
                return Response(b"{}", 400)
            newest = sorted(self.events, key=lambda event: -event["created_at"])
            found: list[Any] = [event for event in newest if event["entity_id"] in ids]
        elif kind == "tasks":
            assert request.args["order[id]"] == "asc"
            found = [thing for _, thing in sorted(self.things[kind].items())]
        else:
            assert request.args["order[updated_at]"] == "desc"
            found = sorted(self.things[kind].values(), key=lambda thing: -thing["updated_at"])
        page, limit = int(request.args["page"]), int(request.args["limit"])
        shown = found[(page - 1) * limit : page * limit]
        return _json({"_page": page, "_embedded": {kind.split("/")[-1]: shown}}) if shown else Response(status=204)


class BitrixPortal(Troubled):
    """Lists by `filter[>ID]` in pages of fifty, and the history of stages."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        self.things: dict[str, dict[int, dict[str, Any]]] = {
            kind: {} for kind in ("company", "contact", "lead", "deal", "activity")
        }
        self.history: list[dict[str, Any]] = []
        self.stages: list[dict[str, Any]] = []
        self.users: list[dict[str, Any]] = []
        self.categories: list[dict[str, Any]] = []
        self.url = server.url_for("/rest/1/code")
        server.expect_request(_under("/rest/1/code/")).respond_with_handler(self)

    def add(self, kind: str, id_: int, **fields: Any) -> dict[str, Any]:
        made = {"ID": str(id_), "DATE_CREATE": "2024-04-25T10:00:00+03:00", "DATE_MODIFY": "2024-04-25T10:00:00+03:00"}
        self.things[kind][id_] = made | fields
        return self.things[kind][id_]

    def move(self, id_: int, at: str, stage: str, semantic: str = "P") -> None:
        """A deal enters a stage of the first pipeline."""
        row = {"ID": len(self.history) + 1, "OWNER_ID": id_, "CREATED_TIME": at, "CATEGORY_ID": 0, "TYPE_ID": 2}
        self.history.append({**row, "STAGE_ID": stage, "STAGE_SEMANTIC_ID": semantic})
        self.things["deal"][id_] |= {"STAGE_ID": stage, "STAGE_SEMANTIC_ID": semantic, "DATE_MODIFY": at}

    def answer(self, request: Request) -> Response:
        method, asked = request.path.rsplit("/", 1)[1].removesuffix(".json"), orjson.loads(request.get_data())
        filters = asked.get("filter", asked.get("FILTER", {}))
        match method.split("."):
            case ["crm", "stagehistory", "list"]:
                found = [] if asked["entityTypeId"] != 2 else self.history
                wanted = [row for row in found if str(row["OWNER_ID"]) in filters["@OWNER_ID"]]
                return _json({"result": {"items": [row for row in wanted if row["ID"] > filters[">ID"]][:50]}})
            case ["crm", "status", "list"]:
                return _json({"result": [one for one in self.stages if one["ENTITY_ID"] == filters["ENTITY_ID"]]})
            case ["crm", "category", "list"]:
                return _json({"result": {"categories": self.categories}})
            case ["user", "get"]:
                return _json({"result": self.users[asked["start"] :][:50], "total": len(self.users)})
            case ["crm", kind, "get"]:
                return _json({"result": self.things[kind][int(asked["id"])]})
            case ["crm", kind, "list"]:
                changed = "LAST_UPDATED" if kind == "activity" else "DATE_MODIFY"
                since = filters.get(f">={changed}", "")
                found = [one for id_, one in sorted(self.things[kind].items()) if id_ > filters[">ID"]]
                return _json({"result": [one for one in found if one[changed] >= since][:50]})
        return Response(b'{"error":"ERROR_METHOD_NOT_FOUND"}', 404)


def _under(prefix: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(prefix)}")


def _json(thing: Any) -> Response:
    return Response(orjson.dumps(thing), content_type="application/hal+json")


def persons(ids: Iterable[int]) -> list[dict[str, Any]]:
    """Custom fields with a phone of each person."""
    return [{"field_code": "PHONE", "values": [{"value": f"+7912345{id_:04d}"}]} for id_ in ids]
