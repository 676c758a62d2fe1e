"""Pipelines as data."""

from __future__ import annotations

from pathlib import Path

import pytest
from deals.pipelines import files
from pydantic import ValidationError

BASE = """
code: short
version: 2
title_ru: Коротко
title_en: Short
stages:
  - {code: talk, kind: open, title_ru: Разговор, title_en: Talk, probability: "0.5"}
  - {code: won, kind: won, title_ru: Да, title_en: Won, probability: "1"}
  - {code: lost, kind: lost, title_ru: Нет, title_en: Lost, probability: "0"}
loss_reasons:
  - {code: other, title_ru: Другое, title_en: Other}
"""


def test_the_default_pipeline_has_the_nine_stages_in_order() -> None:
    default = files.load()["default"]
    assert [stage.title_en for stage in default.stages] == [
        "Unsorted", "First contact", "Offer sent", "Negotiation", "Deciding", "Awaiting payment", "Won", "Lost",
        "Nurture",
    ]  # fmt: skip
    assert [stage.title_ru for stage in default.stages][0:3] == ["Неразобранные", "Первичный контакт", "КП отправлено"]
    assert default.first().code == "unsorted"
    assert default.end("lost").code == "lost"


def test_a_folder_of_files_is_a_set_of_pipelines(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(BASE)
    assert files.load(tmp_path)["short"].version == 2


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("kind: won", "kind: open"),
        ("{code: talk", "{code: won"),
        ("code: other", "code: Other Things"),
        ('probability: "0.5"', 'probability: "1.5"'),
        ("version: 2", "version: 0"),
        ("title_en: Short", "title_en: Short\ncolour: red"),
    ],
)
def test_a_faulty_pipeline_is_refused_at_the_start(tmp_path: Path, what: str, instead: str) -> None:
    (tmp_path / "short.yaml").write_text(BASE.replace(what, instead))
    with pytest.raises(ValidationError):
        files.load(tmp_path)


def test_two_pipelines_of_one_code_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BASE)
    (tmp_path / "b.yaml").write_text(BASE)
    with pytest.raises(ValueError, match="one code"):
        files.load(tmp_path)
