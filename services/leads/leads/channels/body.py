"""Turns hostile bytes into plain Python values, or raises `Unreadable` with a reason in plain words.

Everything that comes out is free of NUL and control characters, at most `MAX_DEPTH` deep, and can be written as JSON
again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from events.webhooks import RawRequest, Unreadable
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from leads.channels.values import listing, mapping
from leads.normalise import clean

MAX_BODY: Final = 1 << 20
"""Bytes of a JSON or urlencoded body. Real ones have a few kilobytes."""
MAX_MULTIPART: Final = 40 << 20
"""Bytes of a multipart body: letters with attachments; providers stop at 25 to 30 MB."""
MAX_FIELDS: Final = 500
MAX_DEPTH: Final = 20

_CHARSETS: Final = {
    name: codec
    for codec, names in {
        "utf-8-sig": ("", "utf-8", "utf8", "us-ascii", "ascii"),
        "windows-1251": ("windows-1251", "cp1251"),
        "windows-1252": ("windows-1252", "cp1252", "iso-8859-1", "latin1", "latin-1"),
        "koi8-r": ("koi8-r",),
        "koi8-u": ("koi8-u",),
        "cp866": ("ibm866", "cp866"),
        "iso-8859-2": ("iso-8859-2",),
        "iso-8859-5": ("iso-8859-5",),
        "iso-8859-15": ("iso-8859-15",),
        "windows-1250": ("windows-1250", "cp1250"),
        "windows-1254": ("windows-1254", "iso-8859-9"),
        "gb18030": ("gb18030", "gbk", "gb2312"),
        "big5": ("big5",),
        "euc-kr": ("euc-kr", "ks_c_5601-1987"),
        "shift_jis": ("shift_jis",),
        "iso-2022-jp": ("iso-2022-jp",),
    }.items()
    for name in names
}
"""Named one by one: some codecs of Python take quadratic time, and some do not make text."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body. A file has a `filename`; its bytes stay in the raw request, only `size` is kept."""

    name: str
    value: bytes
    filename: str | None
    content_type: str | None
    size: int


def json_object(raw: bytes | str, what: str = "the body") -> dict[str, Any]:
    """A JSON object. Integers keep all their digits up to 64 bits."""
    return mapping(_json(raw, what), what)


def json_list(raw: bytes | str, what: str = "the body") -> list[Any]:
    """A JSON list of something, likewise."""
    found = listing(_json(raw, what), what)
    if not found:
        raise Unreadable(f"{what} is an empty list")
    return found


def _json(raw: bytes | str, what: str) -> Any:
    if not raw:
        raise Unreadable(f"{what} is empty")
    if len(raw) > MAX_BODY:
        raise Unreadable(f"{what} is larger than {MAX_BODY} bytes")
    try:
        value = orjson.loads(raw)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise Unreadable(f"{what} is not valid JSON") from error
    return _tidy(value, MAX_DEPTH, what)


def form(request: RawRequest) -> dict[str, Any]:
    """The fields of a urlencoded or multipart body. A repeated field becomes a list; files are in `uploaded_files`."""
    if media_type(request)[0] == "multipart/form-data":
        return decoded(parts(request), {})
    return _grouped((clean(name), clean(value)) for name, value in pairs(request))


def pairs(request: RawRequest) -> list[tuple[str, str]]:
    """The fields of a urlencoded body in their order, exactly as sent: what signatures are made over."""
    if not request.body:
        raise Unreadable("the body is empty")
    if len(request.body) > MAX_BODY:
        raise Unreadable(f"the body is larger than {MAX_BODY} bytes")
    charset = media_type(request)[1].get("charset", "")
    codec = _codec(charset).removesuffix("-sig")
    try:
        found = parse_qsl(
            request.body.decode(codec),
            keep_blank_values=True,
            encoding=codec,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise Unreadable(f"the body is not text in {charset or 'utf-8'}") from error
    except ValueError as error:
        raise Unreadable(f"the form has more than {MAX_FIELDS} fields") from error
    if not found:
        raise Unreadable("the body holds no form field")
    return found


def fields(request: RawRequest) -> dict[str, Any]:
    """A JSON object or a form, whichever the request says it is."""
    kind, options = media_type(request)
    if kind.endswith("json") or (not kind and request.body.lstrip()[:1] == b"{"):
        return json_object(decode(request.body, options.get("charset", "")))
    return form(request)


def parts(request: RawRequest) -> list[Part]:
    """The parts of a multipart body, undecoded."""
    if len(request.body) > MAX_MULTIPART:
        raise Unreadable(f"the body is larger than {MAX_MULTIPART} bytes")
    found: list[Part] = []

    def keep(name: bytes | None, value: bytes, filename: bytes | None, content_type: str | None, size: int) -> None:
        if len(found) == MAX_FIELDS:
            raise Unreadable(f"the form has more than {MAX_FIELDS} fields")
        shown = None if filename is None else clean(filename.decode(errors="replace"))
        kind = None if content_type is None else clean(content_type)
        found.append(Part(clean((name or b"").decode(errors="replace")), value, shown, kind, size))

    def on_field(part: Field) -> None:
        keep(part.field_name, part.value or b"", None, part.content_type, len(part.value or b""))

    def on_file(part: File) -> None:
        keep(part.field_name, b"", part.file_name or b"", part.content_type, part.size)

    boundary = media_type(request)[1].get("boundary")
    if not boundary:
        raise Unreadable("the multipart body has no boundary")
    ends: list[None] = []
    try:
        config = {"MAX_MEMORY_FILE_SIZE": MAX_MULTIPART + 1}
        parser = FormParser(
            "multipart/form-data", on_field, on_file, lambda: ends.append(None), boundary, config=config
        )
        parser.write(request.body)
        parser.finalize()
    except (FormParserError, ValueError, AssertionError) as error:
        raise Unreadable("the multipart body is broken") from error
    if not (found and ends):
        raise Unreadable("the multipart body is cut off")
    return found


def decoded(found: Iterable[Part], charsets: Mapping[str, str], *, lenient: bool = False) -> dict[str, Any]:
    """Parts as form fields; `charsets` says which fields are not UTF-8. Files are described under `uploaded_files`."""
    found = list(found)
    texts = [part for part in found if part.filename is None]
    grouped = _grouped(
        (p.name, clean(decode(p.value, charsets.get(p.name, ""), p.name, lenient=lenient))) for p in texts
    )
    files = [
        {"field": part.name, "filename": part.filename, "content_type": part.content_type, "size": part.size}
        for part in found
        if part.filename is not None
    ]
    return {**grouped, "uploaded_files": files} if files else grouped


def decode(raw: bytes, charset: str, what: str = "the body", *, lenient: bool = False) -> str:
    """Text in the charset named, UTF-8 for none. `lenient` replaces what cannot be read, as mail programs do."""
    try:
        return raw.decode(_codec(charset))
    except (UnicodeDecodeError, Unreadable) as error:
        if lenient:
            return raw.decode(_CHARSETS.get(charset.lower(), "utf-8"), "replace")
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"{what} is not text in {charset or 'utf-8'}") from error


def media_type(request: RawRequest) -> tuple[str, dict[str, str]]:
    """The lower-case media type of the body ("" when none is given) and its parameters."""
    kind, options = parse_options_header((request.header("content-type") or "").encode(errors="replace"))
    return kind.decode("latin-1").lower(), {k.decode("latin-1"): v.decode("latin-1") for k, v in options.items()}


def _codec(charset: str) -> str:
    try:
        return _CHARSETS[charset.lower()]
    except KeyError as error:
        raise Unreadable("the character set is not supported") from error


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for name, value in pairs:
        if name not in grouped:
            grouped[name] = value
        elif isinstance(grouped[name], list):
            grouped[name].append(value)
        else:
            grouped[name] = [grouped[name], value]
    return grouped


def _tidy(value: Any, depth: int, what: str) -> Any:
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise Unreadable(f"{what} is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, list):
        return [_tidy(item, depth - 1, what) for item in value]
    return {clean(key): _tidy(item, depth - 1, what) for key, item in value.items()}
