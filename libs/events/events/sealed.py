"""``Sealed[...]``: a field that only the holder of the customer's key can read.

The wire form is ``s1.`` and the unpadded base64url of nonce (12 bytes), ciphertext and tag (16 bytes) of AES-256-GCM
(NIST SP 800-38D), with the customer's id as associated data. ``events.privacy`` seals and opens.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")


class Sealed(str, Generic[T]):
    """Ciphertext of a value of type ``T`` (``str``, or JSON for anything else)."""

    __slots__ = ()
    PREFIX = "s1."

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        read = core_schema.no_info_after_validator_function(Sealed, core_schema.str_schema(pattern=r"^s1\.[\w-]{38,}$"))
        made_here = core_schema.is_instance_schema(Sealed)
        either = core_schema.union_schema([made_here, read], mode="left_to_right")
        return core_schema.json_or_python_schema(read, either)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": r"^s1\.[\w-]{38,}$",
            "x-sealed": True,
            "description": "AES-256-GCM, by the customer's key",
        }
