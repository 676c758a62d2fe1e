"""What is installed from elsewhere: every file by its hash, every licence one that may be shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)

MAY_BE_SHIPPED = re.compile(
    r"MIT(-0)?|BSD(-[23]-Clause)?|Apache-2\.0|ISC|PSF-2\.0|Unlicense|MPL-2\.0|LGPL-2\.1-or-later|LGPL-2\.1-only"
)
"""SPDX. MPL and LGPL ask for the sources of the library itself, unchanged here and loaded as a module of its own."""
OTHER_WORDS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.1-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "3-Clause BSD License": "BSD-3-Clause",
}
NOT_HERE = {"colorama", "httpx2-jsfetch"}
"""For other systems than this one; MIT and BSD-3-Clause as their registry tells."""


def pinned(lock: Path) -> Iterator[tuple[str, str]]:
    """Each requirement of a lock file with what follows it up to the next."""
    text = lock.read_text()
    places = [*PIN.finditer(text)]
    for here, following in zip(places, [*places[1:], None], strict=True):
        yield here[1], text[here.start() : following.start() if following else None]


def licence(told: PackageMetadata) -> str:
    """The licence in SPDX, as the expression, the classifiers or the free words of a package tell it."""
    classifiers = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if "License ::" in line]
    named = [OTHER_WORDS[one] for one in classifiers if one in OTHER_WORDS]
    words = (told.get("License") or "").strip()
    return told.get("License-Expression") or " OR ".join(named) or OTHER_WORDS.get(words, words)


def may_be_shipped(expression: str) -> bool:
    """May one be chosen of each alternative, so that all of them together may be shipped?"""
    return all(
        any(MAY_BE_SHIPPED.fullmatch(one.strip(" ()")) for one in part.split(" OR "))
        for part in expression.split(" AND ")
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_to_one_version_and_to_the_hashes_of_its_files(lock: Path) -> None:
    text = lock.read_text()
    stray = [line for line in text.splitlines() if line and not re.match(r"[a-z0-9]|    (--hash=|# )", line)]
    assert stray == []
    assert len(re.findall(r"^\S", text, re.MULTILINE)) == len(list(pinned(lock)))
    assert [name for name, rest in pinned(lock) if not re.search(r"--hash=sha256:[0-9a-f]{64}", rest)] == []
    assert "git+" not in text
    assert " @ " not in text


def test_the_image_holds_nothing_that_the_runtime_does_not_hold() -> None:
    image, runtime = (set(PIN.findall((ROOT / f"requirements{kind}.lock").read_text())) for kind in ("-image", ""))
    assert image <= runtime


def test_every_library_that_is_shipped_has_a_licence_that_allows_it() -> None:
    refused = {}
    for name, _ in pinned(ROOT / "requirements.lock"):
        try:
            told = metadata(name)
        except PackageNotFoundError:
            assert name in NOT_HERE
            continue
        if not may_be_shipped(licence(told)):
            refused[name] = licence(told)
    assert refused == {}


@pytest.mark.parametrize("other", ["GPL-3.0-only", "AGPL-3.0", "MIT AND GPL-2.0-only", "SSPL-1.0", "", "Proprietary"])
def test_another_licence_is_not_let_through(other: str) -> None:
    assert not may_be_shipped(other)
