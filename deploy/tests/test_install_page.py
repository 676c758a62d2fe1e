"""What the page on installing tells people to type, as far as it goes without a cluster."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from events.api_keys import ApiKeys, bootstrap
from leads.settings import LeadsSettings
from rendered_chart import CHART, EXAMPLES, ROOT

pytestmark = pytest.mark.deploy

PAGE = (ROOT / "docs" / "install-on-kubernetes.md").read_text()


def test_the_keys_it_makes_are_taken_by_a_service_and_are_those_the_values_name(monkeypatch) -> None:
    # given
    (block,) = (text for text in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL) if "generic voronka-keys" in text)
    said = subprocess.run(
        ["bash", "-euc", f'kubectl() {{ printf "%s\\n" "$@"; }}\n{block}'], capture_output=True, text=True, check=True
    ).stdout
    made = dict(re.findall(r"^--from-literal=(\w+)=(.*)$", said, re.MULTILINE))

    # when
    for name in ("master_key", "index_key", "link_keys", "bootstrap_key", "service_key", "api_keys"):
        monkeypatch.setenv(f"VORONKA_{name.upper()}", made[name])
    settings = LeadsSettings(database_url="postgresql://nobody@nowhere/none")

    # then
    assert settings.bootstrap_key is not None
    assert settings.service_key is not None
    keys = ApiKeys(None, [*settings.api_keys, bootstrap(settings.bootstrap_key)])  # type: ignore[arg-type]
    assert set(keys.given) == {"services", "admin"}
    named = {
        secret["key"]
        for service in yaml.safe_load(EXAMPLES["tls-sasl"].read_text())["services"].values()
        for secret in service["secrets"].values()
        if secret["existingSecret"] == "voronka-keys"
    }
    assert named == set(made)


def test_every_file_and_value_it_names_is_there() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    for path in re.findall(r"deploy/[\w./-]+\w", PAGE):
        assert (ROOT / path).exists(), path
    for name in ("networkPolicy.clients", "networkPolicy.monitoring", "monitoring.labels"):
        part, _, inner = name.partition(".")
        assert f"`{name}`" in PAGE
        assert inner in values[part]
