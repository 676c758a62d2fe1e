"""The OpenAPI 3.1 document: what FastAPI makes, with problems and permissions as they really are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from events.audit import MOST_OF_A_REASON, REASON
from events.auth import RouteAccess
from events.disclosure import SHOWING
from events.problems import (
    MEDIA_TYPE,
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthorised,
    Unavailable,
)

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Page that explains this kind of problem.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong with this request, in plain words."},
        "code": {"type": "string", "description": "Stable name of the rule that refused."},
        "hint": {"type": "string", "description": "What to do."},
        "trace_id": {"type": "string", "description": "Name this to the operators."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "Place and name of a parameter, `query:limit`."},
                },
            },
        },
    },
}
_REASON: dict[str, Any] = {
    "name": REASON,
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "Why, for the audit: name the occasion, not the person. UTF-8, percent-encoded; the first "
    f"{MOST_OF_A_REASON} characters are kept. Installations may demand it for files and all that is known of a person.",
    "example": "letter%2014%20of%202%20March",
}
LICENCE: Final = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key (`vk_…`) or an OIDC access token."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
}


def document(
    app: FastAPI, routes: Sequence[BaseRoute], declared: Sequence[RouteAccess], examples: Path | None = None
) -> dict[str, Any]:
    """The description of all routes, with the permission each declared; ``examples``: a YAML file of bodies by call."""
    bodies = yaml.load(examples.read_text(), yaml.CSafeLoader) if examples else {}
    made = get_openapi(
        title=app.title, version=app.version, openapi_version="3.1.0", description=app.description, routes=routes
    )
    made["info"]["license"] = LICENCE
    made["tags"] = _tags(made)
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for replaced in ("HTTPValidationError", "ValidationError"):
        schemas.pop(replaced, None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = _SCHEMES
    components.setdefault("parameters", {})["RequestReason"] = _REASON
    for route in declared:
        for method in route.methods.lower().split(","):
            operation = made.get("paths", {}).get(route.path, {}).get(method)
            if operation is not None:
                _describe(operation, method, route)
                for media in operation["responses"].get("200", {}).get("content", {}).values():
                    media.pop("itemSchema", None)  # FastAPI tells streams as OpenAPI 3.2 does.
                if (body := bodies.get(f"{method.upper()} {route.path}")) is not None:
                    operation["requestBody"]["content"]["application/json"]["example"] = body
    return made


def _tags(described: dict[str, Any]) -> list[dict[str, str]]:
    operations = (operation for path in described.get("paths", {}).values() for operation in path.values())
    return [{"name": name} for name in sorted({tag for operation in operations for tag in operation.get("tags", ())})]


def _describe(operation: dict[str, Any], method: str, route: RouteAccess) -> None:
    kinds: list[type[Problem]] = [Problem, Unavailable]
    if "requestBody" in operation:
        kinds += [Malformed, TooLarge, Invalid]
    elif "422" in operation["responses"]:
        kinds.append(Invalid)
    if "{" in route.path:
        kinds.append(NotFound)
    if method not in ("get", "head"):
        kinds.append(Conflict)
    if route.needs:
        kinds += [Unauthorised, Forbidden, TooManyRequests]
        if method == "get" or not SHOWING.isdisjoint(route.needs):
            operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/RequestReason"})
            kinds.append(Invalid)
        operation["security"] = [{"key": []}, {"header": []}]
    needs = f"Needs the permission {' and '.join(f'`{name}`' for name in route.needs)}."
    needs = needs if route.needs else f"Open to everybody: {route.public}."
    operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
    for kind in kinds:
        described = operation["responses"].get(str(kind.status))
        if described is None or str(kind.status) == "422":
            operation["responses"][str(kind.status)] = _response(kind)


def _response(kind: type[Problem]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": kind.title,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if kind in (Unavailable, TooManyRequests):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return response
