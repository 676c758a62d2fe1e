"""Requisites of Russian organisations: digits of the right length, and control digits that are right.

INN: orders of the tax service, by python-stdnum (``stdnum.ru.inn``); OGRN and OGRNIP likewise (``stdnum.ru.ogrn``).
KPP has no control digit: nine characters, of which the fifth and sixth may be letters (order of the tax service
MMV-7-6/435@ of 29 June 2012, section II). BIK: nine digits (Bank of Russia, regulation 732-P; those of Russian banks
begin with 04, of the Treasury with 01 or 02). The control key of an account is that of the Bank of Russia's order 515
of 8 September 1997. That order is older than the Treasury's own accounts (03…), whose key is not checked.
"""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import BaseModel
from stdnum.exceptions import ValidationError
from stdnum.ru import inn, ogrn

Requisites = TypeVar("Requisites", bound=BaseModel)
"""A model with the fields ``inn, kpp, ogrn, bik, account, correspondent_account``."""

_KPP: Final = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_BIK: Final = re.compile(r"[0-9]{9}")
_ACCOUNT: Final = re.compile(r"[0-9]{20}")
_WEIGHTS: Final = (7, 1, 3) * 8
_ACCOUNTS: Final = ("account", "correspondent_account")


class WrongRequisites(ValueError):
    """Faults by the name of the field, in plain words and without the values."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults.items()))
        self.faults = dict(faults)


def checked(given: Requisites) -> Requisites:
    """The requisites without blanks. Raises :class:`WrongRequisites` with all faults at once."""
    plain = given.model_copy(
        update={name: _digits(getattr(given, name)) for name in ("inn", "kpp", "ogrn", "bik", *_ACCOUNTS)}
    )
    faults = faults_of(plain.model_dump())
    if faults:
        raise WrongRequisites(faults)
    return plain


def faults_of(plain: Mapping[str, str | None]) -> dict[str, str]:
    """What is wrong, by the name of the field; none where all that is given is right."""
    inn_, kpp, ogrn_, bik = (plain[name] for name in ("inn", "kpp", "ogrn", "bik"))
    faults: dict[str, str] = {}
    if inn_ is not None and not is_inn(inn_):
        faults["inn"] = "must have 10 or 12 digits, with right control digits"
    if kpp is not None and not _KPP.fullmatch(kpp):
        faults["kpp"] = "must have nine characters, such as 773601001"
    elif kpp is not None and inn_ is not None and len(inn_) == 12:
        faults["kpp"] = "a sole proprietor has none"
    if ogrn_ is not None and not is_ogrn(ogrn_):
        faults["ogrn"] = "must have 13 or 15 digits, with a right control digit"
    if bik is not None and not _BIK.fullmatch(bik):
        faults["bik"] = "must have nine digits"
    for name in _ACCOUNTS:
        fault = _account_fault(plain[name], None if "bik" in faults else bik, name)
        if fault is not None:
            faults[name] = fault
    return faults


def is_inn(text: str) -> bool:
    """Ten digits of an organisation or twelve of a person; never zeros only, which control digits let pass."""
    return _valid(inn.validate, text) and text.strip("0") != ""


def is_ogrn(text: str) -> bool:
    """Thirteen digits of an organisation (OGRN) or fifteen of a sole proprietor (OGRNIP)."""
    return _valid(ogrn.validate, text)


def has_right_key(account: str, bik: str, *, correspondent: bool) -> bool:
    """The control key of an account of twenty digits, the ninth, at the bank of a BIK.

    Three digits of the BIK stand before the account: the last three (the bank's number), or, for a correspondent
    account and for accounts at the Bank of Russia itself, ``0`` and the fifth and sixth (the number of its office).
    Each of the 23 digits is multiplied by 7, 1, 3 in turn; the last digits of the products add up to a multiple of ten.
    """
    at_bank_of_russia = correspondent or bik[6:] in ("000", "001", "002")
    before = f"0{bik[4:6]}" if at_bank_of_russia else bik[6:]
    digits = before + account
    return sum(int(digit) * weight % 10 for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 10 == 0


def _account_fault(account: str | None, bik: str | None, name: str) -> str | None:
    if account is None:
        return None
    if not _ACCOUNT.fullmatch(account):
        return "must have twenty digits"
    if bik is None:
        return "can only be checked with the BIK of its bank"
    correspondent = name == "correspondent_account"
    if correspondent and not account.startswith(("301", "40102")):
        return "must begin with 301, or 40102 at the Treasury"
    if account.startswith("03") and not correspondent:
        return None
    return None if has_right_key(account, bik, correspondent=correspondent) else "does not fit the BIK"


def _valid(validate: object, text: str) -> bool:
    try:
        return text.isascii() and text.isdigit() and validate(text) == text  # type: ignore[operator]
    except ValidationError:
        return False


def _digits(text: str | None) -> str | None:
    plain = None if text is None else re.sub(r"[\s-]", "", text).upper()
    return plain or None
