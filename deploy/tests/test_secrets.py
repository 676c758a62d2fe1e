"""The secrets of the embedded system: made once, kept, and completed where the folder is older than one of them."""

import json
from dataclasses import asdict
from pathlib import Path

from embedded.secrets import Secrets


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    made = Secrets.of(tmp_path)
    assert Secrets.of(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_from_before_a_secret_was_invented_gets_it_and_keeps_the_others(tmp_path: Path) -> None:
    old = {name: value for name, value in asdict(Secrets()).items() if name != "link_key"}
    (tmp_path / "secrets.json").write_text(json.dumps(old))
    completed = Secrets.of(tmp_path)
    assert {**asdict(completed), "link_key": None} == {**old, "link_key": None}
    assert Secrets.of(tmp_path) == completed
