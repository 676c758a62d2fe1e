"""What runs out, and what waits, is told before anybody is hurt by it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from events import metrics
from events.expiry import first_end
from events.lookout import Lookout
from serving import Serve

NOW = datetime.now(UTC).replace(microsecond=0)


def certificate(days: int) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "brokers")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=days))
    )
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_of_several_certificates_the_first_to_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate(300) + certificate(9))
    assert first_end(path) == (NOW + timedelta(days=9)).timestamp()


def test_a_file_without_a_certificate_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    with pytest.raises(ValueError):
        first_end(path)


async def test_the_next_key_in_use_to_expire_is_told_and_an_idle_one_is_not(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate(9))
    serving = await serve(name="expiring", settings={"kafka_ssl_cafile": path})
    for key, days, used in (("idle", 3, None), ("busy", 10, NOW), ("later", 50, NOW), ("gone", -1, NOW)):
        await serving.runtime.pool.execute(
            "INSERT INTO api_keys (id, name, hash, roles, directions, scopes, expires_at, created_by, last_used_at)"
            " VALUES ($1, $1, decode(repeat('00', 32), 'hex'), '{admin}', '{}', '{}', $2, 'test', $3)",
            key, NOW + timedelta(days=days), used,
        )  # fmt: skip
    (expiry,) = [one for one in serving.app.health.supervisors if one.name == "expiring.expiry"]  # type: ignore[union-attr]

    await expiry._component._look_once()

    assert metrics.API_KEY_EXPIRES.labels("expiring")._value.get() == (NOW + timedelta(days=10)).timestamp()
    told = metrics.CERTIFICATE_EXPIRES.labels("expiring", "kafka_ssl_cafile")._value.get()
    assert told == (NOW + timedelta(days=9)).timestamp()


async def test_the_lag_of_a_consumer_that_stands_still_grows_and_ends_with_what_it_had_in_hand() -> None:
    def lag() -> tuple[float, float]:
        return tuple(one.labels("stuck")._value.get() for one in (metrics.CONSUMER_LAG, metrics.CONSUMER_LAG_SECONDS))

    lookout = Lookout("stuck", ())
    await lookout.look(None, (), in_hand=3)
    events, first = lag()
    await asyncio.sleep(0.01)
    await lookout.look(None, (), in_hand=3)
    assert events == 3
    assert lag()[1] > first
    await lookout.look(None, ())
    assert lag() == (0, 0)
