"""The service's events as an AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0),
made from the contracts.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pydantic.json_schema import models_json_schema

from events.envelope import ATTRIBUTES, SHARDS, topic_of
from events.event import REGISTRY, Event
from events.openapi import LICENCE

_TEXT = {"type": "string"}
_DOES = {"send": "What {} says to whoever listens.", "receive": "What is taken from {}."}
_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 in Kafka's binary mode: the headers of every record.",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_sequence"],
    "properties": {"content-type": _TEXT, "ce_specversion": {"const": "1.0"}, "ce_source": _TEXT}
    | dict.fromkeys(ATTRIBUTES, _TEXT),
}


def document(service: str, title: str, version: str, kafka: str, subscribes: Sequence[str] = ()) -> dict[str, Any]:
    """What `service` publishes, and what it takes from the services in `subscribes`."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    events: dict[str, type[Event]] = {}
    for owner, action in [(service, "send"), *((other, "receive") for other in subscribes)]:
        _load(owner)
        owned = {type_: event for type_, event in sorted(REGISTRY.items()) if event.owner() == owner}
        if not owned:
            continue
        events |= owned
        channels[owner] = {
            "address": topic_of(owner),
            "description": f"The events of {owner}: {SHARDS} partitions, ordered within a stream, at least once.",
            "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in owned},
            "bindings": {"kafka": {"topic": topic_of(owner), "partitions": SHARDS, "bindingVersion": "0.5.0"}},
        }
        operations[f"{action}-{owner}"] = {
            "action": action,
            "description": _DOES[action].format(owner),
            "channel": {"$ref": f"#/channels/{owner}"},
            "messages": [{"$ref": f"#/channels/{owner}/messages/{type_}"} for type_ in owned],
        }
    references, definitions = models_json_schema(
        [(event, "validation") for event in events.values()], ref_template="#/components/schemas/{model}"
    )
    messages = {
        type_: {
            "name": type_,
            "title": event.__name__,
            "summary": " ".join((event.__doc__ or "").split()),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/Envelope"},
            "payload": references[event, "validation"],
        }
        for type_, event in events.items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{title}: events",
            "version": version,
            "description": "What happened, once and for ever: facts of one stream each, written before they are sent.",
            "license": LICENCE,
            "tags": [{"name": service}],
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": kafka, "protocol": "kafka"}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"Envelope": _HEADERS, **definitions.get("$defs", {})}},
    }


def _load(owner: str) -> None:
    """A service may publish nothing: then it has no contracts."""
    if find_spec(f"events.contracts.{owner}"):
        import_module(f"events.contracts.{owner}")


def html(document: Mapping[str, Any]) -> str:
    """The document as the body of a page: topics, their events, and the fields of each."""
    components = document["components"]
    parts = [
        f"<h1>{escape(document['info']['title'])}</h1>",
        '<p><a href="asyncapi.json">The AsyncAPI 3.0 document</a></p>',
    ]
    shown = set()
    for operation in document["operations"].values():
        channel = document["channels"][_target(operation["channel"])]
        verb = "Publishes to" if operation["action"] == "send" else "Takes from"
        parts.append(
            f"<h2>{verb} <code>{escape(channel['address'])}</code></h2><p>{escape(channel['description'])}</p>"
        )
        for type_ in channel["messages"]:
            message = components["messages"][type_]
            name = _target(message["payload"])
            shown.add(name)
            parts.append(
                f'<h3 id="{escape(name)}"><code>{escape(type_)}</code></h3><p>{_prose(message["summary"])}</p>'
            )
            parts.append(_fields(components["schemas"][name]))
    parts.append("<h2>Parts of events</h2>")
    for name, schema in components["schemas"].items():
        if name not in shown:
            parts.append(f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{_prose(schema.get("description", ""))}</p>')
            parts.append(_fields(schema) if "properties" in schema else f"<p>{_kind(schema)}</p>")
    return "".join(parts)


def _prose(text: str) -> str:
    """Plain text with `code` in backticks, single or double."""
    return re.sub(r"``?([^`]+)``?", r"<code>\1</code>", escape(text))


def _target(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{_kind(field)}</td>"
        f"<td>{'required' if name in required else ''}</td><td>{_prose(field.get('description', ''))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    return f"<table>{rows}</table>" if rows else '<p class="muted">No fields.</p>'


def _kind(field: Mapping[str, Any]) -> str:
    """A JSON Schema's type in a few words."""
    if "$ref" in field:
        name = escape(_target(field))
        return f'<a href="#{name}">{name}</a>'
    if field.get("x-sealed"):
        return "sealed text"
    for joint in ("anyOf", "oneOf", "allOf"):
        if joint in field:
            return " or ".join(_kind(option) for option in field[joint] if option.get("type") != "null")
    if "enum" in field or "const" in field:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return escape(str(field.get("format") or field.get("type") or "anything"))
