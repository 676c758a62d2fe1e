"""Blind indexes: what personal data are found by without being read.

A blind index is HMAC-SHA-256 (RFC 2104) of kind and normalised value, cut to 128 bits: equal values have equal indexes,
and nothing else can be learnt without the index key.
"""

from __future__ import annotations

import hashlib
import hmac


class BlindIndex:
    """Indexes of normalised values under a secret key, and under the keys that have replaced it since, oldest first.

    The first key makes an index of a value; each later one makes the next form of an index out of the form before,
    without knowing the value. A database has all its indexes in one ``form``: so many of the later keys.
    """

    __slots__ = ("_later", "_mac", "form", "is_moving")

    def __init__(self, key: bytes, *later: bytes) -> None:
        self._mac = hmac.new(key, digestmod=hashlib.sha256)
        self._later = [hmac.new(one, digestmod=hashlib.sha256) for one in later]
        self.form = 0
        self.is_moving = False
        """Whether what may be found by two forms for a while (search) has some of the form before."""

    @property
    def newest(self) -> int:
        """The form that all these keys together make."""
        return len(self._later)

    def first(self, kind: str, value: str) -> str:
        """32 hex digits that stay whatever key comes later: what a value is called by, not what it is stored as."""
        mac = self._mac.copy()
        mac.update(f"{kind}\x1f{value}".encode())
        return mac.hexdigest()[:32]

    def of(self, kind: str, value: str, form: int | None = None) -> str:
        """32 hex digits, in the form that the database has, or in that one."""
        return self.stored(bytes.fromhex(self.first(kind, value)), form).hex()

    def stored(self, first: bytes, form: int | None = None) -> bytes:
        """The form that the database has, or that one, of an index or the beginning of an index in its first form."""
        for each in range(1, (self.form if form is None else form) + 1):
            first = self.next(first, each)
        return first

    def searched(self) -> tuple[int, ...]:
        """The forms that are to be asked for where both may stand."""
        return (self.form, self.form - 1) if self.is_moving else (self.form,)

    def next(self, index: bytes, form: int) -> bytes:
        """That form of an index of the form before, as long: its number in two bytes, then HMAC-SHA-256."""
        mac = self._later[form - 1].copy()
        mac.update(index)
        return form.to_bytes(2) + mac.digest()[: len(index) - 2]
