"""Settings: where they come from, what is refused, and that secrets never show."""

import base64
from pathlib import Path

import pytest
from events.configuration import ConfigurationError, load, unknown_variables
from events.settings import Settings

DATABASE = "postgresql://voronka:s3cret-word@db.example/voronka_leads"
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing but the database's address, as a service needs it."""
    monkeypatch.setenv("VORONKA_DATABASE_URL", DATABASE)
    return monkeypatch


def test_the_address_of_the_database_is_all_a_service_needs(environment: pytest.MonkeyPatch) -> None:
    settings = load(Settings)
    assert settings.database_url.get_secret_value() == DATABASE
    assert settings.roles == {"api", "relay", "consumer", "worker"}


def test_all_faults_are_told_at_once_and_without_values(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("VORONKA_DATABASE_URL", "mysql://root:hunter2@db/x")
    environment.setenv("VORONKA_PORT", "eighty")
    environment.setenv("VORONKA_ROLES", "api,cook")
    environment.setenv("VORONKA_MASTER_KEY", base64.b64encode(b"short-secret").decode())
    environment.setenv("VORONKA_API_KEYS", "{not json")
    environment.setenv("VORONKA_SERVICE_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(ConfigurationError) as told:
        load(Settings)
    lines = str(told.value).splitlines()
    assert len(lines) == 6
    for variable in ("DATABASE_URL", "PORT", "ROLES", "MASTER_KEY", "API_KEYS", "SERVICE_KEY"):
        assert any(line.startswith(f"VORONKA_{variable}") for line in lines), variable
    assert "hunter2" not in str(told.value)
    assert "short-secret" not in str(told.value)


def test_a_missing_setting_is_told_with_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VORONKA_DATABASE_URL", raising=False)
    with pytest.raises(ConfigurationError, match=r"VORONKA_DATABASE_URL: .*required.*PostgreSQL address"):
        load(Settings)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_every_setting_can_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path, ending: str) -> None:
    secret = tmp_path / "master"
    secret.write_bytes((KEY + ending).encode())
    environment.setenv("VORONKA_MASTER_KEY_FILE", str(secret))
    settings = load(Settings)
    assert settings.master_key is not None
    assert settings.master_key.get_secret_value() == bytes(range(32))


def test_a_setting_given_twice_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(DATABASE)
    environment.setenv("VORONKA_DATABASE_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(ConfigurationError, match="given twice"):
        load(Settings)


def test_an_empty_variable_counts_as_not_given(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("VORONKA_PORT", "")
    assert load(Settings).port == 8000


def test_the_command_line_wins_over_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("VORONKA_PORT", "1")
    assert load(Settings, port="2").port == 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"database_pool_min": 5, "database_pool_max": 2}, "POOL_MIN is above"),
        ({"kafka_security_protocol": "SASL_SSL"}, "SASL needs"),
        ({"oidc_issuer": "https://id.example"}, "OIDC_AUDIENCE"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(
    environment: pytest.MonkeyPatch, given: dict[str, object], reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        load(Settings, **given)


def test_secrets_do_not_show(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("VORONKA_MASTER_KEY", KEY)
    environment.setenv("VORONKA_BOOTSTRAP_KEY", "vk_admin_topsecret")
    environment.setenv("VORONKA_API_KEYS", '[{"key": "vk_web1_topsecret", "name": "web", "roles": ["manager"]}]')
    settings = load(Settings)
    shown = settings.redacted()
    for text in (repr(settings), str(settings), str(shown)):
        assert "s3cret-word" not in text
        assert "topsecret" not in text
        assert KEY not in text
    assert shown["VORONKA_DATABASE_URL"] == "postgresql://voronka:***@db.example/voronka_leads"
    assert shown["VORONKA_BOOTSTRAP_KEY"] == "***"
    assert shown["VORONKA_API_KEYS"] == "web"


def test_a_misspelt_variable_is_pointed_out_and_another_services_is_not() -> None:
    hints = unknown_variables(Settings, {"VORONKA_DATABASE_ULR": "x", "VORONKA_SMTP_HOST": "x", "HOME": "/"})
    assert hints == ["VORONKA_DATABASE_ULR is not a setting; is VORONKA_DATABASE_URL meant?"]


def test_every_setting_says_what_it_means() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith((".", "]")), name


def test_keys_of_links_come_as_a_list_whole_or_not_at_all(environment: pytest.MonkeyPatch) -> None:
    other = base64.b64encode(bytes(32)).decode()
    environment.setenv("VORONKA_LINK_KEYS", f"{KEY}, {other}")
    settings = load(Settings)
    assert [key.get_secret_value() for key in settings.link_keys] == [bytes(range(32)), bytes(32)]
    assert settings.redacted()["VORONKA_LINK_KEYS"] == "***,***"
    assert KEY not in repr(settings)
    environment.setenv("VORONKA_LINK_KEYS", f"{KEY},c2hvcnQ=")
    with pytest.raises(ConfigurationError, match=r"VORONKA_LINK_KEYS\.1: must be 32 bytes"):
        load(Settings)
