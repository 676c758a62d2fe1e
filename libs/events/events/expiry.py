"""What runs out: API keys in use, and the certificates in files the service is given.

What others hold (the ingress's certificate, the broker's own) the service cannot see: see docs/observability.md.
"""

from __future__ import annotations

import time
from pathlib import Path

import asyncpg
import structlog
from cryptography import x509

from events import metrics
from events.poller import Poller
from events.settings import Role, Settings

log = structlog.get_logger(__name__)

LOOK_SECONDS = 20.0

_NEXT = """
SELECT coalesce(extract(epoch FROM min(expires_at)), 0)::float FROM api_keys
 WHERE revoked_at IS NULL AND expires_at > now() AND last_used_at > now() - interval '30 days'
"""
_FILES = ("kafka_ssl_cafile",)


class Expiry(Poller):
    """The component that looks, in every process that answers requests; it changes nothing."""

    role: Role = "api"

    def __init__(self, service: str, pool: asyncpg.Pool, settings: Settings) -> None:
        super().__init__(f"{service}.expiry", self._look_once, LOOK_SECONDS)
        self._service = service
        self._pool = pool
        self._files = {name: path for name in _FILES if (path := getattr(settings, name)) is not None}

    def last_progress(self) -> float:
        """Now: nobody's work waits for this, so it is no reason to start a process again."""
        return time.monotonic()

    async def _look_once(self) -> int:
        metrics.API_KEY_EXPIRES.labels(self._service).set(await self._pool.fetchval(_NEXT))
        for setting, path in self._files.items():
            try:
                ends = first_end(path)
            except (OSError, ValueError) as error:
                log.warning("certificate_unreadable", setting=setting, error=type(error).__name__)
            else:
                metrics.CERTIFICATE_EXPIRES.labels(self._service, setting).set(ends)
        return 0


def first_end(path: Path) -> float:
    """Unix time when the first of the certificates in a PEM file expires. Raises ``OSError`` and ``ValueError``."""
    return min(one.not_valid_after_utc.timestamp() for one in x509.load_pem_x509_certificates(path.read_bytes()))
