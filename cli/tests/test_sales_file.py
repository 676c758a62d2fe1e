"""A sales pipeline as it is read from its files: what is sent, and which rows cannot be deals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from voronka.importing_deals import MAPPING
from voronka.sales_file import SalesFiles, code_of, manager_id, read_files

HEADER = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
PRODUCTS = "product,series,sales_price\nGTX Pro,GTX,4821\nMG Special,MG,55\n"
ACCOUNTS = "account,sector,office_location,revenue\nIsdom,technolgy,Philipines,1100.04\nNobody,medical,Kenya,1\n"
TEAMS = "sales_agent,manager,regional_office\nMoses Frase,Dustin Brinkmann,Central\n"


def read(tmp_path: Path, *rows: str) -> SalesFiles:
    for name, content in {"accounts": ACCOUNTS, "products": PRODUCTS, "teams": TEAMS}.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "deals").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    mapping: dict[str, Any] = yaml.safe_load(MAPPING.read_text())
    return read_files(mapping, *(tmp_path / name for name in ("deals", "accounts", "products", "teams")))


def test_a_won_deal_is_sent_with_its_history_its_line_and_its_customer(tmp_path: Path) -> None:
    read_ = read(tmp_path, "Z06,Moses Frase,GTXPro,Isdom,Won,25-10-16,11-03-17,4514")
    ((line, account, deal),) = read_.deals
    assert (line, account) == (2, "account:Isdom")
    assert deal == {
        "external_id": "Z06",
        "pipeline": "default",
        "title": "GTX Pro, Isdom",
        "value": {"amount": "4514.00", "currency": "USD"},
        "manager_id": "moses.frase",
        "visits": [{"stage": "negotiation", "at": "2016-10-25T12:00:00+00:00"}],
        "lines": [{"product": "GTX-PRO", "price": "4514.00"}],
        "outcome": {"kind": "won", "at": "2017-03-11T12:00:00+00:00"},
    }
    (customer,) = read_.accounts
    assert (customer.name, customer.tags) == ("Isdom", ("technology", "Philippines"))
    assert read_.managers == [{"name": "Moses Frase", "department": "Central", "teams": ["Dustin Brinkmann"]}]
    assert read_.prices == {"GTX-PRO": Decimal(4821), "MG-SPECIAL": Decimal(55)}


def test_an_open_deal_is_worth_its_price_and_without_a_date_counts_from_the_last_one(tmp_path: Path) -> None:
    read_ = read(
        tmp_path,
        "A1,Moses Frase,MG Special,Isdom,Prospecting,,,",
        "A2,Moses Frase,MG Special,Isdom,Lost,25-10-16,11-03-17,0",
    )
    (_, _, undated), (_, _, lost) = read_.deals
    assert undated["visits"] == [{"stage": "first_contact", "at": "2017-03-11T12:00:00+00:00"}]
    assert undated["value"]["amount"] == "55.00"
    assert lost["value"]["amount"] == "0.00"
    assert lost["outcome"]["reason"] == "other"


def test_a_deal_without_an_account_has_a_customer_of_its_own_who_is_no_organisation(tmp_path: Path) -> None:
    read_ = read(
        tmp_path,
        "A1,Moses Frase,MG Special,,Engaging,25-10-16,,",
        "A2,Moses Frase,MG Special,,Engaging,26-10-16,,",
    )
    assert [(one.key, one.tags) for one in read_.accounts] == [("deal:A1", None), ("deal:A2", None)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Moses Frase,MG Special,Isdom,Engaging,25-10-16,,", "the row has no id"),
        ("A1,Moses Frase,MG Normal,Isdom,Engaging,25-10-16,,", "there is no product MG Normal"),
        ("A1,Moses Frase,MG Special,Isdom,Dancing,25-10-16,,", "there is no stage Dancing"),
        ("A1,Moses Frase,MG Special,Isdom,Engaging,2016-10-25,,", "2016-10-25 is no date"),
        (
            "A1,Moses Frase,MG Special,Isdom,Won,25-10-16,,5",
            "a closed deal has no date on which it was opened or closed",
        ),
        ("A1,Moses Frase,MG Special,Isdom,Won,25-10-16,24-10-16,5", "it was closed before it was opened"),
        ("A1,Moses Frase,MG Special,Isdom,Won,25-10-16,26-10-16,", "a closed deal has no value"),
        ("A1,Moses Frase,MG Special,Isdom,Won,25-10-16,26-10-16,much", "much is no value"),
        ("A1,Moses Frase,MG Special,Isdom,Won,25-10-16,26-10-16,-5", "-5 is no value of a deal"),
        ("OK,Moses Frase,MG Special,Isdom,Engaging,25-10-16,,", "the file has a deal of this id above"),
    ],
)
def test_a_row_that_cannot_be_a_deal_is_kept_with_the_reason(tmp_path: Path, row: str, reason: str) -> None:
    read_ = read(tmp_path, "OK,Moses Frase,MG Special,Isdom,Engaging,25-10-16,,", row)
    assert (len(read_.deals), read_.rows) == (1, 2)
    ((line, _, why),) = read_.rejected
    assert (line, why) == (3, reason)


def test_names_become_codes_and_ids() -> None:
    assert code_of("GTX Plus Basic") == "GTX-PLUS-BASIC"
    assert manager_id("Mei-Mei Johns") == "mei-mei.johns"
